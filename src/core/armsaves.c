// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/armsaves.h"

#include "base/alloc.h"
#include "base/le.h"

enum { CODE_MAX = 32 << 10, SP = 31 };

static bool sets_x29(uint32_t insn, int32_t *off) /* add x29, sp, #n; mov x29, sp is that with 0 */
{
	*off = (int32_t)(insn >> 10 & 0xfff);
	return (insn & 0xffc003ff) == 0x910003fd;
}

static bool restores_x29(uint32_t insn) /* ldp x29, x30, [sp…] */
{
	return (insn & 0xfe407fff) == 0xa8407bfd;
}

static bool leaves(uint32_t insn) /* b, ret, br: what is behind it is come to from elsewhere */
{
	return insn >> 26 == 5 || (insn & 0xfefff800) == 0xd65f0000 || (insn & 0xfffffc1f) == 0xd61f0000;
}

/* Of a branch or call: behind it not every way through the function has come. */
static bool branches(uint32_t insn)
{
	return (insn & 0x7c000000) == 0x14000000 || (insn & 0x7c000000) == 0x34000000 || (insn & 0xff000010) == 0x54000000 ||
	       (insn & 0xfe000000) == 0xd6000000;
}

/* Bytes of a function's code, up to CODE_MAX; NULL: not readable, or more. */
static uint8_t *read_code(struct kd_space *s, uint64_t start, uint64_t size)
{
	uint8_t *code;

	if (size > CODE_MAX || start % 4)
		return NULL;
	code = kd_xmalloc((size_t)size + 1);
	if (kd_space_read(s, start, code, (size_t)size, NULL))
		return code;
	kd_free(code);
	return NULL;
}

enum kd_armframe kd_armframe_at(struct kd_space *s, uint64_t start, uint64_t pc)
{
	kd_auto(kd_freep) uint8_t *code = pc >= start ? read_code(s, start, pc - start) : NULL;
	enum kd_armframe at = KD_ARMFRAME_NONE;
	bool ever = false;
	int32_t off;

	if (!code)
		return KD_ARMFRAME_UNKNOWN;
	for (size_t i = 0; i + 4 <= pc - start; i += 4) {
		const uint32_t insn = kd_le32(code + i);

		if (sets_x29(insn, &off)) {
			at = KD_ARMFRAME_MADE;
			ever = true;
		} else if (restores_x29(insn)) {
			at = KD_ARMFRAME_NONE;
		} else if (leaves(insn) && ever) {
			at = KD_ARMFRAME_MADE; /* most blocks behind an epilogue are of the time before it */
		}
	}
	return at;
}

/* --- saved registers --------------------------------------------------------------------------------- */

static void saved(struct kd_armsaves *r, unsigned reg, int32_t off, bool always)
{
	struct kd_armsave *s;

	if (reg < KD_ARMSAVES_FIRST || reg > KD_ARMSAVES_LAST)
		return;
	s = &r->reg[reg - KD_ARMSAVES_FIRST];
	if (s->state != KD_ARMSAVE_KEPT)
		return; /* the first store is the caller's value */
	s->state = always ? KD_ARMSAVE_SAVED : KD_ARMSAVE_UNKNOWN;
	s->off = off;
}

/* A store to [sp, #n] of the registers' whole 64 bits; offsets still from sp. */
static void store(struct kd_armsaves *r, uint32_t insn, bool always)
{
	const unsigned rt = insn & 31, rt2 = insn >> 10 & 31;

	if ((insn & 0xffc003e0) == (0xa9000000 | SP << 5)) { /* stp rt, rt2, [sp, #n] */
		const int32_t off = (int32_t)((insn >> 15 & 0x7f) ^ 0x40) - 0x40;

		saved(r, rt, 8 * off, always);
		saved(r, rt2, 8 * off + 8, always);
	} else if ((insn & 0xffc003e0) == (0xf9000000 | SP << 5)) { /* str rt, [sp, #n] */
		saved(r, rt, 8 * (int32_t)(insn >> 10 & 0xfff), always);
	}
}

/* How much an instruction of the prologue takes sp down; 0: not at all. */
static int32_t takes(uint32_t insn)
{
	if ((insn & 0xffc07fff) == 0xa9807bfd) /* stp x29, x30, [sp, #-n]! */
		return -8 * ((int32_t)((insn >> 15 & 0x7f) ^ 0x40) - 0x40);
	if ((insn & 0xff8003ff) == 0xd10003ff) /* sub sp, sp, #n{, lsl #12} */
		return (int32_t)(insn >> 10 & 0xfff) << (insn >> 22 & 1 ? 12 : 0);
	return 0;
}

bool kd_armsaves_find(struct kd_space *s, uint64_t start, uint64_t size, uint64_t pc, struct kd_armsaves *ret)
{
	kd_auto(kd_freep) uint8_t *code = read_code(s, start, size);
	struct kd_armsaves r = {0};
	int32_t down = 0, down_at_record = 0, x29 = 0, off;
	bool made = false, straight = true;

	if (!code)
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(r.reg); i++)
		r.reg[i].state = KD_ARMSAVE_KEPT;
	for (size_t i = 0; i + 4 <= size; i += 4) {
		const uint32_t insn = kd_le32(code + i);

		if (!made && sets_x29(insn, &off)) {
			made = true;
			x29 = off;
			down_at_record = down;
		}
		if (!made)
			down += takes(insn);
		else if (takes(insn))
			return false; /* sp goes on: offsets from it would be others */
		straight &= !branches(insn);
		store(&r, insn, straight && start + i < pc);
	}
	if (!made)
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(r.reg); i++)
		r.reg[i].off -= x29; /* from sp to the record, which x29 points to */
	r.has_cfa = down_at_record > 0;
	r.cfa = down_at_record - x29;
	*ret = r;
	return true;
}
