// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An index with anything in its sections: the input is u16 lengths of the sections (little endian, in the order of
 * enum kd_kdx_section; the two highest bits are the kind), then their bytes; header, table and checks are made right, so
 * that all questions reach them. Kinds 0 and 1: the section's bytes; 2: directory and blocks as they lie in the file; 3:
 * such ones on a base, which has the bytes of the input as its sections. The input as it is, too, for the header; as
 * types that are packed; and its sections written by kdoc itself, alone and on each other: they come out as they went in.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "fuzz.h"
#include "symbol/kdx_format.h"
#include "symbol/operand.h"
#include "symbol/relocs.h"
#include "symbol/resolve.h"
#include "symbol/scopes.h"
#include "symbol/typepack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { SECTIONS = KD_KDX_SIBLING - 1, HEADER = 64, ENTRY = 40, QUESTIONS = 24, LENGTH = 0x3fff, BLOCK_LOG = 12 };

/* What lies in the file for one section. */
struct stored {
	struct kd_view v;
	unsigned kind; /* of kdx.h: 0 plain, 1 packed, 2 on a base */
};

static void put(struct kd_buf *b, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		kd_buf_addc(b, i < 8 ? (char)(v >> 8 * i) : 0);
}

static size_t aligned(size_t n)
{
	return (n + 7) / 8 * 8;
}

/* Unpacked: as much as the directory has room for, and not more than 64 KiB, so that zstd's bombs stay small. */
static size_t raw_size(const struct stored *s)
{
	const size_t blocks = s->v.n / (s->kind == 1 ? 4 : 12);

	return !s->kind ? s->v.n : blocks > 16 ? 16 << BLOCK_LOG : (blocks << BLOCK_LOG) - 5;
}

/* As kdx.h says. */
static void image(struct stored *sec, struct kd_buf *b)
{
	kd_auto(kd_buf_deinit) struct kd_buf checks = KD_BUF_INIT(1 << 16);
	size_t at = aligned(HEADER + SECTIONS * ENTRY), first = 0;

	kd_buf_add(b, kd_view("kdocKDX\n", 8));
	put(b, KD_KDX_VERSION, 4);
	put(b, SECTIONS, 4);
	put(b, 0, HEADER - 16);
	for (uint32_t i = 0; i < SECTIONS; i++) {
		struct stored *s = &sec[i];

		if (s->v.n < 12)
			s->kind = 0;
		put(b, i + 1, 4);
		put(b, s->kind | (s->kind ? BLOCK_LOG << 8 : 0), 4);
		put(b, at, 8);
		put(b, s->v.n, 8);
		put(b, first, 8);
		put(b, raw_size(s), 8);
		at = aligned(at + s->v.n);
		for (size_t k = 0; k < s->v.n; k += KD_KDX_CHUNK, first++)
			put(&checks, kd_check32(kd_view_head(kd_view_from(s->v, k), KD_KDX_CHUNK)), 4);
	}
	for (uint32_t i = 0; i < SECTIONS; i++) {
		put(b, 0, (unsigned)(aligned(b->n) - b->n));
		kd_buf_add(b, sec[i].v);
	}
	put(b, 0, (unsigned)(aligned(b->n) - b->n));
	check(b->n == at);
	kd_buf_add(b, kd_buf_view(&checks));
	kd_put_le64((uint8_t *)b->p + 16, b->n);
	kd_put_le64((uint8_t *)b->p + 24, at);
	kd_put_le32((uint8_t *)b->p + 32, kd_check32(kd_view(b->p, HEADER + SECTIONS * ENTRY)));
	kd_put_le32((uint8_t *)b->p + 36, kd_check32(kd_buf_view(&checks)));
}

static void at_address(struct kd_kdx *k, uint64_t addr, struct kd_arena *arena)
{
	struct kd_chain chain;
	struct kd_symbol s;
	struct kd_src src;
	char code[64];

	kd_arena_reset(arena);
	if (kd_symbol_at(k, addr, &s))
		check(s.addr <= addr && s.index < kd_symbols(k));
	(void)kd_line_at(k, addr, &src);
	check(kd_code_at(k, addr, code, sizeof(code)) <= sizeof(code));
	if (!kd_chain_at(k, addr, arena, &chain))
		return;
	check(chain.n && !chain.v[chain.n - 1].inlined);
	for (size_t i = 0; i < chain.n; i++)
		(void)kd_src_path(arena, &chain.v[i].at);
}

/* Variables, types and operands: whatever the sections say, an answer or none. */
static void operands(struct kd_kdx *k, uint64_t base)
{
	static const struct kd_insn_mem mem = {.base = KD_X86_RAX, .index = KD_NOREG, .disp = 8, .width = 8, .read = true};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(64 << 20);
	kd_auto(kd_btf_deinit) struct kd_btf btf = {.base = NULL};
	kd_auto(kd_types_freep) struct kd_types *types = NULL;
	kd_auto(kd_error_freep) struct kd_error *bad = kd_btf_open(kd_kdx_types(k), NULL, &btf);

	if (!bad)
		types = kd_types_new(&btf, 8);
	for (unsigned i = 0; i < QUESTIONS; i++) {
		const uint64_t pc = base + (uint64_t)i * 37;
		const struct kd_operand_query q = {.k = k, .types = types, .arch = KD_ARCH_X86_64, .pc = pc, .mem = &mem};
		kd_auto(kd_error_freep) struct kd_error *err = NULL;
		struct kd_insn in = {.addr = pc, .len = 7, .has_target = true, .nmem = 1, .mem = {{.pcrel = true}}};
		struct kd_operand o;
		struct kd_vars vars;
		struct kd_view name;

		kd_arena_reset(&arena);
		if (kd_vars_at(k, pc, &arena, &vars))
			check(vars.n <= KD_VARS_MAX);
		(void)kd_insn_relocate(k, &in, &name);
		if (!types)
			continue;
		err = kd_operand(&q, &arena, &o);
		check(err || o.n || o.why);
	}
}

static void ask(struct kd_kdx *k, bool plain)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(16 << 20);
	const struct kd_kdx_ident id = kd_kdx_ident(k);
	const size_t n = kd_symbols(k);
	uint64_t base = id.text_base;
	const uint8_t *p = kd_kdx_at(k, KD_KDX_BASE, 0, 8);

	if (p)
		base = kd_le64(p);
	for (unsigned i = 0; i < QUESTIONS; i++)
		at_address(k, base + (uint64_t)i * 53 - 3, &arena);
	operands(k, base);
	for (size_t i = 0; i < n && i < QUESTIONS; i++) {
		struct kd_symbol s;
		struct kd_frame_query q = {.has_offset = true, .offset = i * 3, .size = i & 1 ? 16 : 0, .exact = i & 2};
		struct kd_matches m = {.n = 0};
		kd_auto(kd_error_freep) struct kd_error *err = NULL;

		if (!kd_symbol(k, i, &s))
			continue;
		at_address(k, s.addr, &arena);
		q.func = s.name;
		err = kd_match_frame(k, &q, &arena, &m);
		for (size_t j = 0; !err && j < m.n; j++)
			check(m.v[j].addr == m.v[j].sym.addr + q.offset);
	}
	check(!plain || (!kd_kdx_damage(k) && !kd_kdx_misses(k))); /* the checks are right, whatever is in it */
}

/* Written by kdoc itself: each section as it went in. base NULL: alone. Taken over. */
static struct kd_kdx *written(const struct stored *sec, size_t drop, struct kd_kdx *base, struct kd_buf *b)
{
	struct kd_kdx_part parts[SECTIONS];
	struct kd_kdx_ref *ref = NULL;
	struct kd_kdx *k = NULL;
	struct kd_error *err = base ? kd_kdx_ref_new(base, UINT32_MAX, &ref) : NULL;

	for (uint32_t i = 0; i < SECTIONS; i++)
		parts[i] = (struct kd_kdx_part){(enum kd_kdx_section)(i + 1), kd_view_from(sec[i].v, sec[i].v.n < drop ? 0 : drop)};
	if (!err)
		err = kd_kdx_encode(parts, SECTIONS, &(struct kd_kdx_how){.ref = ref, .workers = 1, .small = true}, b);
	kd_kdx_ref_free(ref);
	if (!err)
		err = kd_kdx_of_view(kd_buf_view(b), "written", base, &k);
	check(!err);
	for (uint32_t i = 0; i < SECTIONS; i++) {
		const uint8_t *p = kd_kdx_at(k, parts[i].id, 0, parts[i].data.n);

		check(kd_kdx_size(k, parts[i].id) == parts[i].data.n && p);
		check(!parts[i].data.n || !memcmp(p, parts[i].data.p, parts[i].data.n));
	}
	return k;
}

static void hostile(struct stored *sec)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4 << 20), base_bytes = KD_BUF_INIT(4 << 20);
	struct kd_kdx *base = written(sec, 0, NULL, &base_bytes);
	kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
	struct kd_error *err;
	bool plain = true;

	image(sec, &b);
	for (uint32_t i = 0; i < SECTIONS; i++)
		plain &= !sec[i].kind;
	err = kd_kdx_of_view(kd_buf_view(&b), "fuzz", base, &k);
	check(!err);
	ask(k, plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf one = KD_BUF_INIT(4 << 20), two = KD_BUF_INIT(4 << 20);
	struct kd_view rest = kd_view((const char *)data, n);
	struct stored sec[SECTIONS];
	struct kd_kdx *k = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = kd_kdx_of_view(rest, "fuzz", NULL, &k);
	size_t bytes;

	check(!err == !!k);
	kd_kdx_close(k);
	kd_free(kd_typepack_open(rest, &bytes));
	if (n < 2 * SECTIONS)
		return 0;
	rest = kd_view_from(rest, 2 * SECTIONS);
	for (int i = 0; i < SECTIONS; i++) {
		const unsigned word = data[2 * i] | (unsigned)data[2 * i + 1] << 8;

		sec[i].v = kd_view_head(rest, word & LENGTH);
		sec[i].kind = word >> 14 < 2 ? 0 : (word >> 14) - 1;
		rest = kd_view_from(rest, sec[i].v.n);
	}
	k = written(sec, 0, NULL, &one);
	kd_kdx_close(written(sec, 7, k, &two)); /* which closes k */
	hostile(sec);
	return 0;
}
