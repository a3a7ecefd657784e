// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/kaslr.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "format/elfcore.h"
#include "symbol/entry.h"

#define TEXT_MAX ((uint64_t)256 << 20)
#define X86_IMAGE 0xffffffff80000000ull /* __START_KERNEL_map */
#define X86_MODULES 0xffffffffc0000000ull /* MODULES_VADDR with RANDOMIZE_BASE: KERNEL_IMAGE_SIZE is 1 GiB */
#define X86_END 0xffffffffff000000ull
#define ARM64_KERNEL 0xffff800000000000ull /* _PAGE_END(48), and above it with smaller address spaces */

enum { SEEDS = 16, SAMPLES = 16384, PAIRS_MIN = 3, BYTES_MIN = 32, WEAK_MIN = 3, STRONG_MIN = 8, OFFSETS_MAX = 1 << 17, PAGE = 4096 };

#define RAREST 0.01 /* calls are never taken for rarer than one in a hundred places */
#define ACCIDENT 1e-6 /* what is less likely is proof */
#define RIVAL 1e-3 /* what is less likely than this stands against another answer */
#define LINK_CHANCE 1e-3 /* a direct call that by accident goes to the frame above: far less; kept careful */
#define BYTES_CHANCE 1e-9 /* three quarters of 32 bytes and more */

/* The file as this needs it. */
struct file {
	struct kd_kdx *k;
	struct kd_kdx_ident id;
	uint8_t *text; /* [base, end); where the file has no code: 0. NULL: a list of symbols */
	uint64_t base, end;
	uint64_t align;
	int64_t min, max; /* of offsets */
	bool can_move; /* which offsets are possible is known */
	double chance; /* that a random place follows a call */
};

struct score {
	int64_t offset;
	size_t calls, asked, links, in, out, bytes, same;
	size_t weak, weak_calls; /* frames with '?': most of them were return addresses once */
};

static void __attribute__((format(printf, 2, 3))) say(struct kd_kaslr *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->words, sizeof(f->words), fmt, ap);
	va_end(ap);
}

bool kd_kaslr_kernel_address(uint16_t machine, uint64_t addr)
{
	switch (machine) {
	case KD_EM_X86_64:
		return addr >= X86_IMAGE && addr < X86_END;
	case KD_EM_AARCH64:
		return addr >= ARM64_KERNEL && addr < 0 - (uint64_t)PAGE;
	default:
		return addr >= ARM64_KERNEL && addr < X86_END;
	}
}

/* --- calls -------------------------------------------------------------------------------- */

/* E8: the displacement counts from the end of the instruction. */
static uint64_t rel32(const uint8_t *p, uint64_t end)
{
	const uint32_t d = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

	return end + (uint64_t)(int64_t)(int32_t)d;
}

/* FF /2: how long is the call that begins at p; 0: it is none (Intel SDM, volume 2, 2.1.5 and the table of ModR/M). */
static size_t indirect_len(const uint8_t *p, size_t n)
{
	const size_t rex = n && (p[0] & 0xf0) == 0x40;
	uint8_t mod, rm;
	size_t len = rex + 2;

	if (n < rex + 2 || p[rex] != 0xff || (p[rex + 1] >> 3 & 7) != 2)
		return 0;
	mod = p[rex + 1] >> 6;
	rm = p[rex + 1] & 7;
	if (mod == 3)
		return len;
	if (rm == 4) {
		if (n < rex + 3)
			return 0;
		len++;
		if (mod == 0 && (p[rex + 2] & 7) == 5)
			len += 4;
	} else if (mod == 0 && rm == 5) {
		len += 4;
	}
	return len + (mod == 1 ? 1 : mod == 2 ? 4 : 0);
}

static bool thunk(struct kd_kdx *k, uint64_t addr)
{
	struct kd_symbol s;

	return kd_symbol_at(k, addr, &s) && kd_view_starts(s.name, KD_V("__x86_indirect_"));
}

/* p: the n bytes up to addr, then `after` bytes from it on. */
static bool x86_after_call(struct kd_kdx *k, const uint8_t *p, size_t n, uint64_t addr, uint64_t base, uint64_t end,
			   uint64_t *target)
{
	*target = 0;
	if (n >= 5 && p[n - 5] == 0xe8) {
		const uint64_t to = rel32(p + n - 4, addr);

		if (to >= base && to < end) {
			*target = thunk(k, to) ? 0 : to;
			return true;
		}
	}
	if (n >= 2 && p[n - 2] == 0x48 && p[n - 1] == 0xcb)
		return true; /* lretq to the next instruction: how secondary_startup_64 goes to C (head_64.S) */
	for (size_t len = 2; len <= 8 && len <= n; len++)
		if (indirect_len(p + n - len, len) == len)
			return true;
	return false;
}

/*
 * "call __x86_indirect_thunk_rax" becomes "call *%rax" and nops when the processor needs no retpoline (patch_retpoline()
 * of arch/x86/kernel/alternative.c): the return address is then 2 or 3 bytes behind where the file's call begins; with
 * an lfence in front (AMD's retpoline) it is where the call ends. "call *pv_ops+…" of 6 or 7 bytes becomes a direct call of
 * 5 (paravirt_patch()).
 */
static bool x86_patched_call(struct kd_kdx *k, const uint8_t *p, size_t n, uint64_t addr)
{
	for (size_t back = 2; back <= 3; back++)
		if (n >= 8 + back && p[8 - back] == 0xe8 && thunk(k, rel32(p + 8 - back + 1, addr - back + 5)))
			return true;
	return n >= 8 && p[3] == 0xff && (p[4] == 0x15 || (p[4] == 0x14 && p[5] == 0x25));
}

/* BL, BLR, BLRAA and its relatives (Arm ARM, C4.1.66). */
static bool arm64_after_call(const uint8_t *p, uint64_t addr, uint64_t *target)
{
	const uint32_t w = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

	*target = 0;
	if (addr & 3)
		return false;
	if (w >> 26 == 0x25) {
		*target = addr - 4 + (uint64_t)((int64_t)((uint64_t)w << 38) >> 36);
		return true;
	}
	return (w & 0xfffffc1f) == 0xd63f0000 || (w & 0xfefff800) == 0xd63f0800;
}

/* p has 8 bytes before addr and 8 from it on. */
static bool after_call(struct kd_kdx *k, uint16_t machine, const uint8_t p[16], uint64_t addr, uint64_t base,
		       uint64_t end, uint64_t *target)
{
	if (machine == KD_EM_AARCH64)
		return arm64_after_call(p + 4, addr, target);
	if (machine != KD_EM_X86_64)
		return false;
	return x86_after_call(k, p, 8, addr, base, end, target) || x86_patched_call(k, p, 16, addr);
}

bool kd_kaslr_after_call(struct kd_kdx *k, uint16_t machine, uint64_t addr, uint64_t *target)
{
	const struct kd_kdx_ident id = kd_kdx_ident(k);
	uint8_t p[16] = {0};

	*target = 0;
	return addr >= id.text_base + 8 && kd_code_at(k, addr - 8, p, sizeof(p)) >= 8 &&
	       after_call(k, machine, p, addr, id.text_base, id.text_end, target);
}

/* --- the file ----------------------------------------------------------------------------- */

static bool in_text(const struct file *f, uint64_t at)
{
	return at >= f->base && at < f->end;
}

static bool follows(const struct file *f, uint64_t at, uint64_t *target)
{
	return at >= f->base + 8 && f->end >= 8 && at < f->end - 8 &&
	       after_call(f->k, f->id.machine, f->text + (at - 8 - f->base), at, f->base, f->end, target);
}

/* How often does a place of the code follow a call? Places at equal distances, an odd number of bytes. */
static double measure(const struct file *f)
{
	const uint64_t unit = f->id.machine == KD_EM_AARCH64 ? 4 : 1;
	uint64_t step = (f->end - f->base) / SAMPLES / unit * unit + unit, target;
	size_t n = 0, hits = 0;

	if (unit == 1)
		step |= 1;
	for (uint64_t at = f->base + 8; at < f->end - 8; at += step) {
		if (!f->text[at - f->base] && !f->text[at - 1 - f->base])
			continue; /* between sections */
		n++;
		hits += follows(f, at, &target);
	}
	return !n ? 1 : (double)hits / (double)n > RAREST ? (double)hits / (double)n : RAREST;
}

static void load_text(struct file *f)
{
	const uint64_t size = f->end - f->base;

	if (f->id.symbols.n || size > TEXT_MAX || size < PAGE || !kd_kdx_size(f->k, KD_KDX_TEXT))
		return;
	f->text = kd_xcalloc((size_t)size, 1);
	for (uint64_t at = 0; at < size;) {
		const size_t got = kd_code_at(f->k, f->base + at, f->text + at, (size_t)(size - at));

		/* between two sections of code, which begin at pages */
		at += got ? got : PAGE - (f->base + at) % PAGE;
	}
	f->chance = measure(f);
}

static void open_file(struct kd_kdx *k, const struct kd_kaslr_log *l, struct file *f)
{
	*f = (struct file){.k = k, .id = kd_kdx_ident(k), .align = 0x10000, .chance = 1};
	f->base = f->id.text_base;
	f->end = f->id.text_end > f->base ? f->id.text_end : f->base;
	switch (f->id.machine) {
	case KD_EM_X86_64:
		f->align = 2 << 20;
		f->max = 1 << 30;
		f->can_move = true;
		break;
	case KD_EM_AARCH64:
		f->max = (int64_t)1 << 47;
		f->can_move = true;
		break;
	default:
		break;
	}
	if (l->pcs.n || l->code.n)
		load_text(f);
}

/* --- one offset --------------------------------------------------------------------------- */

/* An address that is the image's if it is the kernel's at all. */
static bool of_image(const struct file *f, uint64_t addr)
{
	return kd_kaslr_kernel_address(f->id.machine, addr) &&
	       !(f->id.machine == KD_EM_X86_64 && addr >= X86_MODULES);
}

static const struct kd_kaslr_pc *frame_above(const struct kd_kaslr_log *l, size_t i)
{
	const struct kd_kaslr_pc *p = i ? &l->pcs.v[i - 1] : NULL;

	return p && !p->last && !p->weak ? p : NULL;
}

static bool symbol_of(const struct file *f, const struct kd_kaslr_pc *p, int64_t offset, struct kd_symbol *ret)
{
	const uint64_t at = p->addr - (uint64_t)offset;

	return in_text(f, at) && kd_symbol_at(f->k, at - !p->exact, ret);
}

/* Was this frame interrupted: is what stands above it entry code of an exception? */
static bool interrupted(const struct file *f, const struct kd_kaslr_log *l, size_t i, int64_t offset)
{
	const struct kd_kaslr_pc *above = frame_above(l, i);
	struct kd_symbol s;

	return above && symbol_of(f, above, offset, &s) && kd_exception_entry(s.name);
}

/* false: it contradicts the offset, and all are not asked for. */
static bool ask_pc(const struct file *f, const struct kd_kaslr_log *l, size_t i, bool strict, struct score *s)
{
	const struct kd_kaslr_pc *p = &l->pcs.v[i], *above = frame_above(l, i);
	const uint64_t at = p->addr - (uint64_t)s->offset;
	struct kd_symbol sym;
	uint64_t target;

	if (!of_image(f, p->addr))
		return true;
	if (p->weak) {
		s->weak += in_text(f, at);
		s->weak_calls += follows(f, at, &target);
		return true;
	}
	if (!in_text(f, at)) {
		s->out++;
		return true;
	}
	s->in++;
	if (p->exact)
		return true;
	if (follows(f, at, &target)) {
		s->asked++;
		s->calls++;
		s->links += target && above && symbol_of(f, above, s->offset, &sym) && sym.addr == target;
		return true;
	}
	if (p->last || interrupted(f, l, i, s->offset))
		return true;
	s->asked++;
	return !strict;
}

/*
 * Five bytes that x86 kernels patch at boot: the file's call of __fentry__ is a nop, its jump to the return thunk a ret
 * and int3s, where the processor needs none (apply_returns(), ftrace_init_nop()).
 */
static bool patched(const uint8_t *file, const uint8_t *log)
{
	static const uint8_t nop[5] = {0x0f, 0x1f, 0x44, 0, 0}, ret[5] = {0xc3, 0xcc, 0xcc, 0xcc, 0xcc};

	return (file[0] == 0xe8 && !memcmp(log, nop, 5)) || (file[0] == 0xe9 && !memcmp(log, ret, 5));
}

static void ask_bytes(const struct file *f, const struct kd_kaslr_bytes *b, struct score *s)
{
	const uint64_t at = b->pc - (uint64_t)s->offset;

	if (!of_image(f, b->pc) || !in_text(f, at))
		return;
	for (size_t i = 0; i < b->n; i++) {
		const uint64_t here = at - b->mark + i;

		if (!in_text(f, here) || !in_text(f, here + 5))
			continue;
		if (f->id.machine == KD_EM_X86_64 && i + 5 <= b->n && patched(f->text + (here - f->base), b->v + i)) {
			s->bytes += 5;
			s->same += 5;
			i += 4;
			continue;
		}
		s->bytes++;
		s->same += f->text[here - f->base] == b->v[i];
	}
}

/* strict: false as soon as one return address follows no call. */
static bool score_offset(const struct file *f, const struct kd_kaslr_log *l, int64_t offset, bool strict,
			 struct score *ret)
{
	*ret = (struct score){.offset = offset};
	if (!f->text)
		return true;
	for (size_t i = 0; i < l->pcs.n; i++)
		if (!ask_pc(f, l, i, strict, ret))
			return false;
	for (size_t i = 0; i < l->code.n; i++)
		ask_bytes(f, &l->code.v[i], ret);
	return true;
}

static bool bytes_agree(const struct score *s)
{
	return s->same * 4 >= s->bytes * 3;
}

/* Frames with '?' may be anything that lay on the stack; they count where there is nothing better. */
static bool weak_agree(const struct score *s)
{
	return s->asked >= WEAK_MIN || s->weak < WEAK_MIN || s->weak_calls * 4 >= s->weak;
}

static void put_score(struct kd_kaslr *r, const struct score *s)
{
	r->calls = s->calls;
	r->asked = s->asked;
	r->links = s->links;
	r->bytes = s->bytes;
	r->bytes_same = s->same;
}

/* --- sizes and pairs ---------------------------------------------------------------------- */

/* One function of that name and size; several of one name and size: none. */
static bool function_of(const struct file *f, const struct kd_kaslr_pair *p, struct kd_arena *arena, uint64_t *ret,
			bool *same)
{
	const struct kd_frame_query q = {.func = p->func, .has_offset = true, .offset = p->offset, .size = p->size,
					 .exact = true};
	struct kd_matches m;
	kd_auto(kd_error_freep) struct kd_error *err = kd_match_frame(f->k, &q, arena, &m);

	*same = !err && m.n && m.v[0].size != KD_MATCH_SIZE_DIFFERS;
	if (!*same || m.n != 1)
		return false;
	*ret = m.v[0].sym.addr + p->offset;
	return true;
}

static void count_sizes(const struct file *f, const struct kd_kaslr_log *l, struct kd_kaslr *r)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(16 << 20);
	uint64_t at;
	bool same;

	for (size_t i = 0; i < l->sized.n; i++) {
		(void)function_of(f, &l->sized.v[i], &arena, &at, &same);
		r->sizes++;
		r->sizes_same += same;
		kd_arena_reset(&arena);
	}
}

/* All pairs of one mind? Their number; 0: they contradict each other. */
static size_t pairs_agree(const struct file *f, const struct kd_kaslr_log *l, int64_t *ret)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(16 << 20);
	size_t n = 0;

	for (size_t i = 0; i < l->pairs.n; i++) {
		const struct kd_kaslr_pair *p = &l->pairs.v[i];
		uint64_t at;
		bool same;

		kd_arena_reset(&arena);
		if (!kd_kaslr_kernel_address(f->id.machine, p->addr) || !function_of(f, p, &arena, &at, &same))
			continue;
		if (n && *ret != (int64_t)(p->addr - at))
			return 0;
		*ret = (int64_t)(p->addr - at);
		n++;
	}
	return n;
}

/* --- ways --------------------------------------------------------------------------------- */

static bool sizes_contradict(const struct kd_kaslr *r)
{
	return r->sizes && r->sizes_same * 10 < r->sizes * 9;
}

/* What ties the file to the log when nothing in the log can be checked against it. */
static bool tied(const struct file *f, const struct kd_kaslr *r)
{
	return f->id.release.n || r->sizes_same >= PAIRS_MIN || r->pairs >= PAIRS_MIN;
}

static void answer(const struct file *f, const struct kd_kaslr_log *l, int64_t offset, uint8_t how, struct kd_kaslr *r)
{
	struct score s;

	(void)score_offset(f, l, offset, false, &s);
	put_score(r, &s);
	r->offset = offset;
	r->how = how;
	r->state = KD_KASLR_OTHER;
	if (!s.in && s.out >= WEAK_MIN)
		say(r, "at its offset none of %zu addresses lies in this file's code: it is not the log's kernel, or all are modules'",
		    s.out);
	else if (s.calls * 10 < s.asked * 9)
		say(r, "this is not the log's kernel: at its offset only %zu of %zu return addresses follow a call", s.calls,
		    s.asked);
	else if (!weak_agree(&s))
		say(r, "this is not the log's kernel: at its offset only %zu of %zu unreliable frames follow a call", s.weak_calls,
		    s.weak);
	else if (s.bytes >= BYTES_MIN && !bytes_agree(&s))
		say(r, "this is not the log's kernel: at its offset only %zu of %zu bytes of Code: are the file's", s.same,
		    s.bytes);
	else if (!s.asked && s.bytes < BYTES_MIN && !tied(f, r))
		say(r, "nothing ties this file to the log: it has no release, and no size of a function can be compared");
	else
		r->state = KD_KASLR_FOUND;
}

static void stated_words(const struct file *f, struct kd_kaslr *r)
{
	char sure[128] = "";

	if (r->state != KD_KASLR_FOUND)
		return;
	if (r->asked && r->bytes)
		snprintf(sure, sizeof(sure), "; %zu of %zu return addresses follow a call there, %zu of %zu bytes of Code: are the same",
			 r->calls, r->asked, r->bytes_same, r->bytes);
	else if (r->asked)
		snprintf(sure, sizeof(sure), "; %zu of %zu return addresses follow a call there", r->calls, r->asked);
	else if (r->bytes)
		snprintf(sure, sizeof(sure), "; %zu of %zu bytes of Code: are the same there", r->bytes_same, r->bytes);
	else if (r->sizes)
		snprintf(sure, sizeof(sure), "; the sizes of %zu of %zu functions agree", r->sizes_same, r->sizes);
	else
		snprintf(sure, sizeof(sure), "; not checked: %s", f->text ? "no raw return address" : "the file has no code");
	if (r->how == KD_KASLR_PAIRS)
		say(r, "%zu frames with address and symbol agree on it%s", r->pairs, sure);
	else
		say(r, r->disabled ? "the log says that the kernel was not moved%s" : "the log states it (Kernel Offset)%s", sure);
}

static void by_statement(const struct file *f, const struct kd_kaslr_log *l, struct kd_kaslr *r)
{
	struct kd_symbol text = {.addr = 0};
	int64_t offset = (int64_t)l->offset;
	size_t first;

	r->disabled = l->disabled;
	if (kd_symbols_named(f->k, KD_V("_text"), &first))
		(void)kd_symbol_by_name(f->k, first, &text);
	if (l->from && text.addr && text.addr != l->from) {
		/* kallsyms has the addresses of a boot: it was moved itself */
		if (!kd_view_eq(f->id.symbols, KD_V("kallsyms")) || (text.addr - l->from) % f->align) {
			r->state = KD_KASLR_OTHER;
			say(r, "this is not the log's kernel: that one was linked at %#jx, this file at %#jx", (uintmax_t)l->from,
			    (uintmax_t)text.addr);
			return;
		}
		offset += (int64_t)(l->from - text.addr);
	}
	answer(f, l, offset, KD_KASLR_STATED, r);
}

/* --- by matching -------------------------------------------------------------------------- */

struct offsets {
	KD_VEC(int64_t) v;
};

static int by_value(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* All offsets that put addr into the file's code. */
static void offsets_of(const struct file *f, uint64_t addr, struct offsets *o)
{
	const uint64_t high = addr - f->base, low = addr - f->end;
	int64_t at = (int64_t)(high - high % f->align);

	if ((int64_t)high < 0)
		return;
	for (; at >= (int64_t)low && at >= f->min; at -= (int64_t)f->align) {
		int64_t *to = at <= f->max ? kd_vec_push(&o->v, OFFSETS_MAX) : NULL;

		if (to)
			*to = at;
	}
}

static void seed(const struct file *f, const struct kd_kaslr_log *l, bool weak, struct offsets *o)
{
	uint64_t last = 0;

	for (size_t i = 0, seeds = 0; i < l->pcs.n && seeds < SEEDS; i++) {
		const struct kd_kaslr_pc *p = &l->pcs.v[i];

		if (p->weak != weak || p->addr == last || !of_image(f, p->addr))
			continue;
		last = p->addr;
		offsets_of(f, p->addr, o);
		seeds++;
	}
}

static void possible_offsets(const struct file *f, const struct kd_kaslr_log *l, struct offsets *o)
{
	size_t n = 0;

	seed(f, l, false, o);
	if (!o->v.n)
		seed(f, l, true, o);
	for (size_t i = 0; i < l->code.n && i < SEEDS; i++)
		if (of_image(f, l->code.v[i].pc))
			offsets_of(f, l->code.v[i].pc, o);
	if (!o->v.n)
		return;
	qsort(o->v.v, o->v.n, sizeof(*o->v.v), by_value);
	for (size_t i = 0; i < o->v.n; i++)
		if (!n || o->v.v[n - 1] != o->v.v[i])
			o->v.v[n++] = o->v.v[i];
	o->v.n = n;
}

/* That all of this happens somewhere among the offsets tried, by accident. */
static double accident(const struct file *f, const struct score *s, size_t tried)
{
	double p = (double)tried, weak = 1;

	for (size_t i = 0; i < s->calls; i++)
		p *= f->chance;
	for (size_t i = 0; i < s->links; i++)
		p *= LINK_CHANCE;
	/* so many of all: fewer ways to choose them than 2 to the power of all */
	for (size_t i = 0; s->weak_calls && i < s->weak; i++)
		weak *= i < s->weak_calls ? 2 * f->chance : 2;
	p *= weak < 1 ? weak : 1;
	return s->bytes >= BYTES_MIN ? p * BYTES_CHANCE : p;
}

static void matched_words(struct kd_kaslr *r, const struct score *s)
{
	put_score(r, s);
	r->offset = s->offset;
	r->state = KD_KASLR_FOUND;
	r->how = s->calls + s->weak_calls ? KD_KASLR_CALLS : KD_KASLR_BYTES;
	if (s->calls && s->bytes >= BYTES_MIN)
		say(r, "proven by %zu of %zu return addresses that follow calls at this one of %zu offsets, and %zu of %zu bytes of "
		    "Code:", s->calls, s->asked, r->tried, s->same, s->bytes);
	else if (!s->calls && s->weak_calls)
		say(r, "proven by %zu of %zu unreliable frames whose addresses follow calls at this one of %zu offsets", s->weak_calls,
		    s->weak, r->tried);
	else if (s->weak_calls && r->calls < STRONG_MIN)
		say(r, "proven by %zu of %zu return addresses and %zu of %zu unreliable ones that follow calls at this one of %zu "
		    "offsets", s->calls, s->asked, s->weak_calls, s->weak, r->tried);
	else if (s->calls)
		say(r, "proven by %zu of %zu return addresses that follow calls at this one of %zu offsets", s->calls, s->asked,
		    r->tried);
	else
		say(r, "proven by %zu of %zu bytes of Code: at this one of %zu offsets", s->same, s->bytes, r->tried);
}

static void no_match_words(struct kd_kaslr *r, size_t fits, size_t possible)
{
	r->state = fits > 1 ? KD_KASLR_SEVERAL : KD_KASLR_NONE;
	if (fits > 1)
		say(r, "%zu of %zu offsets fit the log's raw addresses equally: none is taken", fits, r->tried);
	else if (possible)
		say(r, "too few raw return addresses to tell the offset: %zu of %zu offsets are possible", possible, r->tried);
	else
		say(r, "at none of %zu offsets do all raw return addresses follow calls in this file: it is not the log's kernel, "
		    "or they are no return addresses of it", r->tried);
}

static void by_matching(const struct file *f, const struct kd_kaslr_log *l, struct kd_kaslr *r)
{
	struct offsets o = {{0}};
	struct score best = {.in = 0}, s;
	size_t fits = 0, rivals = 0, possible = 0;

	possible_offsets(f, l, &o);
	r->tried = o.v.n;
	for (size_t i = 0; i < o.v.n; i++) {
		double p;

		if (!score_offset(f, l, o.v.v[i], true, &s) || s.out > s.in || !weak_agree(&s) ||
		    (s.bytes >= BYTES_MIN && !bytes_agree(&s)))
			continue;
		p = accident(f, &s, o.v.n);
		possible++;
		rivals += p < RIVAL;
		if (p < ACCIDENT && !fits++)
			best = s;
	}
	if (fits == 1 && rivals == 1)
		matched_words(r, &best);
	else if (o.v.n)
		no_match_words(r, rivals, possible);
	kd_vec_free(&o.v);
}

static void decide(const struct file *f, const struct kd_kaslr_log *l, struct kd_kaslr *r)
{
	int64_t offset = 0;
	size_t pairs;

	say(r, "the log has neither a Kernel Offset nor raw addresses to find it by");
	count_sizes(f, l, r);
	if (sizes_contradict(r)) {
		r->state = KD_KASLR_OTHER;
		say(r, "this is not the log's kernel: only %zu of %zu frames have the size of the file's function", r->sizes_same,
		    r->sizes);
		return;
	}
	pairs = pairs_agree(f, l, &offset);
	r->pairs = pairs;
	if (l->contradicts) {
		r->state = KD_KASLR_NONE;
		say(r, "the log states several offsets for one boot");
	} else if (l->stated) {
		by_statement(f, l, r);
		if (r->state == KD_KASLR_FOUND && pairs && offset != r->offset) {
			r->state = KD_KASLR_NONE;
			say(r, "the log states another offset than its frames with address and symbol have");
		}
	} else if (pairs >= PAIRS_MIN && !((uint64_t)offset % f->align)) {
		answer(f, l, offset, KD_KASLR_PAIRS, r);
	} else if (f->text && f->can_move) {
		by_matching(f, l, r);
	} else if (l->pcs.n) {
		r->state = KD_KASLR_NONE;
		say(r, "the log does not state the kernel's offset, and %s", f->text ? "which offsets this architecture allows is not known"
									   : "there is no code to find it by");
	}
	if (r->how != KD_KASLR_CALLS && r->how != KD_KASLR_BYTES)
		stated_words(f, r);
}

void kd_kaslr_find(struct kd_kdx *k, const struct kd_kaslr_log *l, struct kd_kaslr *ret)
{
	struct file f;

	*ret = (struct kd_kaslr){.state = KD_KASLR_NOTHING};
	open_file(k, l, &f);
	decide(&f, l, ret);
	kd_free(f.text);
}

bool kd_kaslr_to_file(struct kd_kdx *k, const struct kd_kaslr *f, uint64_t addr, uint64_t *ret, bool *is_module)
{
	const struct kd_kdx_ident id = kd_kdx_ident(k);
	const uint64_t at = addr - (uint64_t)f->offset;

	*is_module = id.machine == KD_EM_X86_64 && addr >= X86_MODULES && addr < X86_END;
	if (f->state != KD_KASLR_FOUND || !kd_kaslr_kernel_address(id.machine, addr) || at < id.text_base ||
	    at >= id.text_end)
		return false;
	*is_module = false;
	*ret = at;
	return true;
}
