// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/pushes.h"

#include <string.h>

#include "base/alloc.h"

enum { CODE_MAX = 32 << 10, STEPS_MAX = 2048, SLOTS = 64 /* of 8 bytes below the caller's stack pointer */, SLOT_FREE = 0, SLOT_MIXED = 0xff };

static const uint8_t kept_by_callees[] = {KD_RBX, KD_RBP, KD_R12, KD_R13, KD_R14, KD_R15};

struct function {
	uint64_t start, size;
	uint8_t code[CODE_MAX];
	uint8_t slot[SLOTS]; /* 1 + register pushed there, SLOT_FREE, SLOT_MIXED */
};

/* Intel's numbers of registers, in the order of their encoding. */
static const uint8_t encoded[16] = {KD_RAX, KD_RCX, KD_RDX, KD_RBX, KD_RSP, KD_RBP, KD_RSI, KD_RDI,
				    KD_R8,  KD_R9,  KD_R10, KD_R11, KD_R12, KD_R13, KD_R14, KD_R15};

/* The register that the instruction which ends before `end` pushes; SLOT_MIXED: it is no push. */
static unsigned push_before(const uint8_t *code, size_t end)
{
	if (end >= 2 && code[end - 2] == 0x41 && (code[end - 1] & 0xf8) == 0x50)
		return encoded[8 + (code[end - 1] & 7)];
	if (end >= 1 && (code[end - 1] & 0xf8) == 0x50)
		return encoded[code[end - 1] & 7];
	return SLOT_MIXED;
}

/* Does "sub $n,%rsp" end there? */
static bool sub_before(const uint8_t *code, size_t end)
{
	return (end >= 4 && !memcmp(code + end - 4, "\x48\x83\xec", 3)) || (end >= 7 && !memcmp(code + end - 7, "\x48\x81\xec", 3));
}

static void mark(struct function *f, size_t slot, unsigned reg)
{
	if (slot >= SLOTS)
		return;
	f->slot[slot] = f->slot[slot] == SLOT_FREE || f->slot[slot] == reg + 1 ? (uint8_t)(reg == SLOT_MIXED ? SLOT_MIXED : reg + 1)
									       : SLOT_MIXED;
}

/* From one entry of the table to the next, at code[at]. */
static void compare(struct function *f, const struct kd_orc *a, const struct kd_orc *b, size_t at)
{
	const bool grows = a->type == KD_ORC_CALL && b->type == KD_ORC_CALL && a->sp_reg == KD_ORC_REG_SP && b->sp_reg == KD_ORC_REG_SP &&
			   b->sp_off > a->sp_off && a->sp_off >= 8;
	unsigned reg;

	if (!grows)
		return;
	reg = push_before(f->code, at);
	if (b->sp_off == a->sp_off + 8 && reg != SLOT_MIXED && !sub_before(f->code, at))
		mark(f, (size_t)b->sp_off / 8, reg);
	else if (sub_before(f->code, at))
		for (size_t slot = (size_t)a->sp_off / 8 + 1; slot <= (size_t)b->sp_off / 8 && slot < SLOTS; slot++)
			mark(f, slot, SLOT_MIXED);
}

/* Is the register moved to a place at rsp or rbp somewhere? "mov %reg,disp(%rsp)" and "mov %reg,disp(%rbp)". */
static bool is_moved(const struct function *f, unsigned reg)
{
	for (size_t i = 0; i + 4 < f->size; i++) {
		const uint8_t *p = f->code + i, rm = p[2] & 7, mod = p[2] >> 6;

		if ((p[0] & 0xfb) == 0x48 && p[1] == 0x89 && encoded[(p[0] & 4) * 2 + (p[2] >> 3 & 7)] == reg &&
		    ((mod != 3 && rm == 4 && p[3] == 0x24) || ((mod == 1 || mod == 2) && rm == 5)))
			return true;
	}
	return false;
}

/* Is it pushed anywhere, by the look of the bytes? (A byte of another instruction may look like that, too.) */
static bool is_pushed(const struct function *f, unsigned reg)
{
	for (size_t i = 0; i < f->size; i++)
		if (push_before(f->code, i + 1) == reg)
			return true;
	return false;
}

/* By slots: the one nearest to the caller that is in use at pc. */
static void settle(const struct function *f, const struct kd_orc *here, unsigned reg, struct kd_pushes *ret)
{
	for (size_t slot = 2; slot < SLOTS && slot * 8 <= (size_t)here->sp_off; slot++) {
		if (f->slot[slot] != reg + 1)
			continue;
		ret->state[reg] = KD_PUSH_SAVED;
		ret->below[reg] = (uint16_t)(8 * slot);
		return;
	}
	for (size_t slot = 2; slot < SLOTS; slot++)
		if (f->slot[slot] == SLOT_MIXED && is_pushed(f, reg))
			return;
	if (!is_moved(f, reg))
		ret->state[reg] = KD_PUSH_KEPT;
}

/* The length of an instruction that stands between pushes and leaves the stack alone; 0: it is another. */
static size_t between_pushes(const uint8_t *p, size_t n)
{
	const size_t rex = n && (p[0] & 0xf0) == 0x40;

	if (n < 8)
		return 0;
	if (!memcmp(p, "\xf3\x0f\x1e\xfa", 4)) /* endbr64 */
		return 4;
	if (p[0] == 0xe8 || !memcmp(p, "\x0f\x1f\x44\x00\x00", 5)) /* the tracer's call, or its place */
		return 5;
	if (!memcmp(p, "\x66\x90", 2))
		return 2;
	if (p[rex] == 0x31 || p[rex] == 0x89 || p[rex] == 0x8b) /* xor, mov of registers */
		return p[rex + 1] >> 6 == 3 && (p[rex + 1] & 7) != 4 ? rex + 2 : 0;
	if (p[rex] == 0xc7 && p[rex + 1] >> 3 == 0x18) /* mov $n */
		return rex + 6;
	return (p[rex] & 0xf8) == 0xb8 && !(rex && p[0] & 8) ? rex + 5 : 0;
}

static void others_are_kept(const struct function *f, struct kd_pushes *ret)
{
	for (size_t i = 0; i < sizeof(kept_by_callees); i++) {
		const unsigned reg = kept_by_callees[i];

		if (ret->state[reg] == KD_PUSH_UNKNOWN && !is_pushed(f, reg) && !is_moved(f, reg))
			ret->state[reg] = KD_PUSH_KEPT;
	}
}

/* Others are pushed for the room alone, which is then used for something else. */
static bool is_kept(unsigned reg)
{
	return memchr(kept_by_callees, (int)reg, sizeof(kept_by_callees)) != NULL;
}

/* A function that begins with pushes, rbp's first, and has rbp as its frame pointer: what it pushes before anything else. */
static bool frame_pointer(const struct function *f, struct kd_pushes *ret)
{
	uint16_t below = 16;
	bool set = false;

	for (size_t at = 0, len; at < f->size; at += len) {
		len = f->code[at] == 0x41 ? 2 : 1;
		if (at + len <= f->size && (f->code[at + len - 1] & 0xf8) == 0x50) {
			const unsigned reg = push_before(f->code, at + len);

			if (below == 16 && reg != KD_RBP)
				return false;
			if (ret->state[reg] == KD_PUSH_UNKNOWN && is_kept(reg)) {
				ret->state[reg] = KD_PUSH_SAVED;
				ret->below[reg] = below;
			}
			below += 8;
		} else if (f->size - at >= 3 && !memcmp(f->code + at, "\x48\x89\xe5", 3)) {
			set = below == 24;
			len = 3;
		} else {
			len = between_pushes(f->code + at, f->size - at);
			if (!len)
				break;
		}
	}
	if (set)
		others_are_kept(f, ret);
	else
		*ret = (struct kd_pushes){0};
	return set;
}

static bool read_code(const struct kd_orctable *t, uint64_t start, uint64_t size, struct function *f)
{
	f->start = start;
	f->size = size;
	return size <= CODE_MAX && kd_space_read(kd_kernel_space(t->k), start, f->code, (size_t)size, NULL);
}

/* What is pushed where, by all entries of the table; false: it does not begin as a function does. */
static bool find_slots(const struct kd_orctable *t, struct function *f)
{
	struct kd_orc a, b;
	uint64_t next;

	if (!kd_orctable_next(t, f->start, &a, &next) || a.sp_reg != KD_ORC_REG_SP || a.sp_off != 8)
		return false;
	for (unsigned steps = 0; next > f->start && next < f->start + f->size; a = b) {
		const size_t at = (size_t)(next - f->start);

		if (++steps > STEPS_MAX || !kd_orctable_next(t, next, &b, &next))
			return false;
		compare(f, &a, &b, at);
	}
	return true;
}

bool kd_pushes_find(const struct kd_orctable *t, uint64_t start, uint64_t size, uint64_t pc, struct kd_pushes *ret)
{
	kd_auto(kd_freep) struct function *f = NULL;
	struct kd_orc here = {0};

	*ret = (struct kd_pushes){0};
	if (size > CODE_MAX || pc < start || pc - start >= size)
		return false;
	f = kd_xcalloc(1, sizeof(*f));
	if (!read_code(t, start, size, f))
		return false;
	if (!kd_orctable_find(t, pc, &here) || here.sp_reg == KD_ORC_REG_BP)
		return frame_pointer(f, ret);
	if (here.type != KD_ORC_CALL || here.sp_reg != KD_ORC_REG_SP || !find_slots(t, f))
		return false;
	for (size_t i = 0; i < sizeof(kept_by_callees); i++)
		settle(f, &here, kept_by_callees[i], ret);
	return true;
}

/* The function that NAME.cold is a part of; false: it is none, or there are several of that name. */
static bool whole_of(const struct kd_orctable *t, const char *name, struct kd_ksym *ret)
{
	struct kd_view whole = kd_view_of(name);
	const size_t at = kd_view_find(whole, KD_V(".cold"));
	char text[KD_KALLSYMS_NAME];
	uint64_t addr;

	if (at == KD_NPOS || at >= sizeof(text))
		return false;
	memcpy(text, name, at);
	text[at] = '\0';
	return kd_kernel_symbol(t->k, text, &addr) && kd_ksyms_at(kd_kernel_symbols(t->k), addr, ret) && ret->addr == addr;
}

/* A part has the frame of its function, which has pushed before it jumped there. */
static bool find_part(const struct kd_orctable *t, const struct kd_ksym *part, const struct kd_ksym *whole, uint64_t pc,
		      struct kd_pushes *ret)
{
	kd_auto(kd_freep) struct function *f = kd_xcalloc(1, sizeof(*f)), *p = kd_xcalloc(1, sizeof(*p));
	struct kd_orc here = {0};

	if (!read_code(t, whole->addr, whole->size, f) || !read_code(t, part->addr, part->size, p))
		return false;
	if (!kd_orctable_find(t, pc, &here) || here.type != KD_ORC_CALL)
		return false;
	if (here.sp_reg == KD_ORC_REG_BP && !frame_pointer(f, ret))
		return false;
	if (here.sp_reg != KD_ORC_REG_BP && (here.sp_reg != KD_ORC_REG_SP || !find_slots(t, f)))
		return false;
	for (size_t i = 0; i < sizeof(kept_by_callees); i++) {
		const unsigned reg = kept_by_callees[i];

		if (here.sp_reg == KD_ORC_REG_SP)
			settle(f, &here, reg, ret);
		if (ret->state[reg] == KD_PUSH_KEPT && (is_pushed(p, reg) || is_moved(p, reg)))
			ret->state[reg] = KD_PUSH_UNKNOWN;
	}
	return true;
}

bool kd_pushes_at(const struct kd_orctable *t, const struct kd_ksym *sym, uint64_t pc, struct kd_pushes *ret)
{
	struct kd_ksym whole;

	if (!sym->size)
		return false;
	if (kd_pushes_find(t, sym->addr, sym->size, pc, ret))
		return true;
	*ret = (struct kd_pushes){0};
	if (kd_kernel_is_text(t->k, pc) && whole_of(t, sym->name, &whole) && find_part(t, sym, &whole, pc, ret))
		return true;
	*ret = (struct kd_pushes){0};
	return false;
}
