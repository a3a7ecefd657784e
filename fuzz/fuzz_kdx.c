// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An index with anything in its sections: the input is u16 lengths of the sections (little endian, in the order of
 * enum kd_kdx_section), then their bytes; header, table and checks are made right, so that all questions reach
 * them. The input as it is, too, for the header.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "symbol/kdx_format.h"
#include "symbol/operand.h"
#include "symbol/relocs.h"
#include "symbol/resolve.h"
#include "symbol/scopes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { SECTIONS = KD_KDX_NSECTIONS - 1, HEADER = 64, ENTRY = 32, QUESTIONS = 24 };

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void put(struct kd_buf *b, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		kd_buf_addc(b, i < 8 ? (char)(v >> 8 * i) : 0);
}

static size_t aligned(size_t n)
{
	return (n + 63) / 64 * 64;
}

/* As kdx.h says. */
static void image(const struct kd_view *sec, struct kd_buf *b)
{
	kd_auto(kd_buf_deinit) struct kd_buf checks = KD_BUF_INIT(1 << 16);
	size_t at = aligned(HEADER + SECTIONS * ENTRY), first = 0;

	kd_buf_add(b, kd_view("kdocKDX\n", 8));
	put(b, KD_KDX_VERSION, 4);
	put(b, SECTIONS, 4);
	put(b, 0, HEADER - 16);
	for (uint32_t i = 0; i < SECTIONS; i++) {
		put(b, i + 1, 8);
		put(b, at, 8);
		put(b, sec[i].n, 8);
		put(b, first, 8);
		at = aligned(at + sec[i].n);
		for (size_t k = 0; k < sec[i].n; k += KD_KDX_CHUNK, first++)
			put(&checks, kd_check32(kd_view_head(kd_view_from(sec[i], k), KD_KDX_CHUNK)), 4);
	}
	for (uint32_t i = 0; i < SECTIONS; i++) {
		put(b, 0, (unsigned)(aligned(b->n) - b->n));
		kd_buf_add(b, sec[i]);
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

static void ask(struct kd_kdx *k)
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
	check(!kd_kdx_damage(k) && !kd_kdx_misses(k)); /* the checks are right, whatever is in it */
}

static void open_and_ask(struct kd_view v, bool must)
{
	kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = kd_kdx_of_view(v, "fuzz", NULL, &k);

	check(!must || !err);
	if (!err && must)
		ask(k);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4 << 20);
	struct kd_view rest = kd_view((const char *)data, n), sec[SECTIONS];

	open_and_ask(rest, false);
	if (n < 2 * SECTIONS)
		return 0;
	rest = kd_view_from(rest, 2 * SECTIONS);
	for (int i = 0; i < SECTIONS; i++) {
		sec[i] = kd_view_head(rest, data[2 * i] | (size_t)data[2 * i + 1] << 8);
		rest = kd_view_from(rest, sec[i].n);
	}
	image(sec, &b);
	open_and_ask(kd_buf_view(&b), true);
	return 0;
}
