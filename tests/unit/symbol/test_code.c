// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "symbol/code.h"

static struct kd_disasm *open_x86(void)
{
	struct kd_disasm_mode mode = {.arch = KD_ARCH_X86_64};
	struct kd_disasm *d = NULL;
	struct kd_error *err = kd_disasm_open(&mode, &d);

	if (err) {
		assert_int_equal(err->cls, KD_UNSUPPORTED);
		kd_error_free(err);
		skip();
	}
	return d;
}

static void forms(void **state)
{
	static const struct {
		const char *text;
		enum kd_arch arch;
		uint8_t state;
		size_t n, mark;
		unsigned unit;
	} t[] = {
		{"", KD_ARCH_X86_64, KD_CODE_ABSENT, 0, 0, 0},
		{"48 8b <48> 8b 40 18", KD_ARCH_X86_64, KD_CODE_OK, 6, 2, 1},
		{"<48> 8b 40 18", KD_ARCH_X86_64, KD_CODE_OK, 4, 0, 1},
		{" 48 8b 40 <18>\r", KD_ARCH_X86_64, KD_CODE_OK, 4, 3, 1},
		{"48 8b <48> 8b 4", KD_ARCH_X86_64, KD_CODE_OK, 4, 2, 1}, /* cut line */
		{"48 8b 48 8b", KD_ARCH_X86_64, KD_CODE_UNMARKED, 4, 0, 1},
		{"48 <8b> 48 <8b>", KD_ARCH_X86_64, KD_CODE_DAMAGED, 3, 1, 1},
		{"48 8x <48> 8b", KD_ARCH_X86_64, KD_CODE_DAMAGED, 1, 0, 1},
		{"48 8b <4", KD_ARCH_X86_64, KD_CODE_UNMARKED, 2, 0, 1},
		{"00 00 <00> 00", KD_ARCH_X86_64, KD_CODE_ZERO, 4, 2, 1},
		{"Bad RIP value.", KD_ARCH_X86_64, KD_CODE_UNREADABLE, 0, 0, 0},
		{"Unable to access opcode bytes at RIP 0x12.", KD_ARCH_X86_64, KD_CODE_UNREADABLE, 0, 0, 0},
		{"f9400000 b4000060 (f9400020)", KD_ARCH_ARM64, KD_CODE_OK, 12, 8, 4},
		{"f9400000 (f9400020) bad address", KD_ARCH_ARM64, KD_CODE_DAMAGED, 8, 4, 4},
		{"48 8b <48>", KD_ARCH_ARM64, KD_CODE_DAMAGED, 0, 0, 0},
		{"4602 4608 (f8d3)", KD_ARCH_ARM, KD_CODE_OK, 6, 4, 2},
		{"000003ff80062006: c0e500000000", KD_ARCH_S390X, KD_CODE_DECODED, 0, 0, 0},
		{"1141 e422 (6b9c) 6422", KD_ARCH_RISCV64, KD_CODE_OK, 8, 4, 2},
	};
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(t); i++) {
		struct kd_code c;

		kd_code_parse(kd_view_of(t[i].text), t[i].arch, &c);
		assert_int_equal(c.state, t[i].state);
		assert_int_equal(c.n, t[i].n);
		assert_int_equal(c.unit, t[i].unit);
		if (c.state == KD_CODE_OK)
			assert_int_equal(c.mark, t[i].mark);
		assert_int_equal(kd_code_state_words(c.state) == NULL, c.state == KD_CODE_OK);
	}
}

static void words_are_little_endian(void **state)
{
	struct kd_code c;
	(void)state;

	kd_code_parse(KD_V("(f9400020)"), KD_ARCH_ARM64, &c);
	assert_memory_equal(c.bytes, "\x20\x00\x40\xf9", 4);
	kd_code_parse(KD_V("4602 (f8d3)"), KD_ARCH_ARM, &c);
	assert_true(c.thumb);
	assert_memory_equal(c.bytes, "\x02\x46\xd3\xf8", 4);
}

/* More bytes than are kept: said, and the mark behind them counts as none. */
static void too_many(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(1 << 20);
	struct kd_code c;
	(void)state;

	for (unsigned i = 0; i < KD_CODE_BYTES + 10; i++)
		kd_buf_add(&t, KD_V("90 "));
	kd_buf_add(&t, KD_V("<90>"));
	kd_code_parse(kd_buf_view(&t), KD_ARCH_X86_64, &c);
	assert_true(c.cut);
	assert_int_equal(c.state, KD_CODE_UNMARKED);
	assert_int_equal(c.n, KD_CODE_BYTES);
}

/* xor %eax,%eax; mov 0x28(%rax),%rdx; ret */
static void from_the_start(void **state)
{
	kd_auto(kd_disasm_closep) struct kd_disasm *d = open_x86();
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_code_hint hint = {.has_func = true, .func_off = 2, .func_size = 7};
	struct kd_code_listing l;
	struct kd_code c;
	(void)state;

	kd_code_parse(KD_V("cc cc 31 c0 <48> 8b 50 28 c3 cc cc"), KD_ARCH_X86_64, &c);
	assert_null(kd_code_list(d, &c, &hint, &a, &l));
	assert_int_equal(l.n, 3);
	assert_int_equal(l.at, 1);
	assert_true(l.from_start);
	assert_false(l.misplaced);
	assert_string_equal(l.v[0].insn.text, "xor    %eax,%eax");
	assert_int_equal(l.v[0].how, KD_CODE_CERTAIN);
	assert_string_equal(l.v[1].insn.text, "mov    0x28(%rax),%rdx");
	assert_string_equal(l.v[2].insn.text, "ret");
	hint.func_off = 1; /* c0 <48> 8b … is one instruction: the mark is inside of it */
	assert_null(kd_code_list(d, &c, &hint, &a, &l));
	assert_true(l.misplaced);
	assert_int_equal(l.at, 0);
	kd_arena_deinit(&a);
}

/*
 * Every chain from the first 15 bytes that meets the mark is followed by hand here: what they
 * all pass is "agreed", and nothing else is.
 */
static void agreement(void **state)
{
	static const char text[] = "40 48 c7 c2 e0 ff ff ff f7 d8 64 89 02 48 c7 c0 ff ff ff ff eb b7 0f 1f 00 80 "
				   "3d e8 85 16 00 00 74 17 b8 01 00 00 00 0f 05 <48> 3d 00 f0 ff ff 77 58 c3";
	kd_auto(kd_disasm_closep) struct kd_disasm *d = open_x86();
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_code_listing l;
	unsigned passed[64] = {0}, chains = 0;
	struct kd_code c;
	struct kd_insn in;
	(void)state;

	kd_code_parse(kd_view(text, sizeof(text) - 1), KD_ARCH_X86_64, &c);
	assert_int_equal(c.mark, 41);
	for (size_t s = 0; s < 15; s++) {
		size_t at = s, path[64], n = 0;

		while (at < c.mark && kd_disasm_one(d, c.bytes + at, c.n - at, 0, 0, &in)) {
			path[n++] = at;
			at += in.len;
		}
		if (at != c.mark)
			continue;
		chains++;
		while (n)
			passed[path[--n]]++;
	}
	assert_true(chains > 1);
	assert_null(kd_code_list(d, &c, NULL, &a, &l));
	assert_true(l.at > 4);
	for (size_t i = 0; i < l.at; i++)
		assert_int_equal(l.v[i].how, passed[l.v[i].off] == chains ? KD_CODE_SYNCED : KD_CODE_ONE_OF);
	assert_int_equal(l.v[l.at - 1].how, KD_CODE_SYNCED);
	assert_string_equal(l.v[l.at - 1].insn.text, "syscall");
	assert_string_equal(l.v[l.at].insn.text, "cmp    $0xfffffffffffff000,%rax");
	kd_arena_deinit(&a);
}

/* A thousand one-byte instructions: the nearest lines, and the mark is among them. */
static void long_listing(void **state)
{
	kd_auto(kd_disasm_closep) struct kd_disasm *d = open_x86();
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_code_listing l;
	struct kd_code c = {.state = KD_CODE_OK, .unit = 1, .n = KD_CODE_BYTES, .mark = KD_CODE_BYTES - 2};
	(void)state;

	memset(c.bytes, 0x90, sizeof(c.bytes));
	assert_null(kd_code_list(d, &c, NULL, &a, &l));
	assert_true(l.at < l.n);
	assert_int_equal(l.v[l.at].off, c.mark);
	assert_true(l.n <= KD_CODE_LINES);
	kd_arena_deinit(&a);
}

/* A word that is no instruction: what stands before it is not joined with what follows. */
static void no_gaps(void **state)
{
	struct kd_disasm_mode mode = {.arch = KD_ARCH_ARM64};
	kd_auto(kd_disasm_closep) struct kd_disasm *d = NULL;
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_error *err = kd_disasm_open(&mode, &d);
	struct kd_code_listing l;
	struct kd_code c;
	(void)state;

	if (err) {
		kd_error_free(err);
		skip();
	}
	kd_code_parse(KD_V("f9400000 ffffffff d2800020 (f9400020)"), KD_ARCH_ARM64, &c);
	assert_null(kd_code_list(d, &c, NULL, &a, &l));
	assert_int_equal(l.n, 2);
	assert_int_equal(l.at, 1);
	assert_int_equal(l.v[0].off, 8);
	assert_int_equal(l.v[0].how, KD_CODE_CERTAIN);
	kd_arena_deinit(&a);
}

static void full_arena(void **state)
{
	kd_auto(kd_disasm_closep) struct kd_disasm *d = open_x86();
	struct kd_arena a = KD_ARENA_INIT(100);
	struct kd_code_listing l;
	struct kd_error *err;
	struct kd_code c;
	(void)state;

	kd_code_parse(KD_V("<90> 90"), KD_ARCH_X86_64, &c);
	err = kd_code_list(d, &c, NULL, &a, &l);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_LIMIT);
	kd_error_free(err);
	kd_arena_deinit(&a);
}

/* Targets without an address: places in the function, or distances. */
static void targets(void **state)
{
	kd_auto(kd_disasm_closep) struct kd_disasm *d = open_x86();
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_code_hint hint = {.has_func = true, .func_off = 0x10, .func_size = 0x40};
	struct kd_code_listing l;
	struct kd_code c;
	(void)state;

	kd_code_parse(KD_V("<74> 08 e8 00 10 00 00"), KD_ARCH_X86_64, &c);
	assert_null(kd_code_list(d, &c, &hint, &a, &l));
	assert_string_equal(l.v[0].insn.text, "je     <+0x1a>");
	assert_string_equal(l.v[1].insn.text, "call   .+0x1005");
	hint.has_addr = true;
	hint.addr = 0xffffffff81000010;
	assert_null(kd_code_list(d, &c, &hint, &a, &l));
	assert_string_equal(l.v[0].insn.text, "je     0xffffffff8100001a");
	assert_string_equal(l.v[1].insn.text, "call   0xffffffff81001017");
	kd_arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(words_are_little_endian),
		cmocka_unit_test(too_many),
		cmocka_unit_test(from_the_start),
		cmocka_unit_test(agreement),
		cmocka_unit_test(long_listing),
		cmocka_unit_test(no_gaps),
		cmocka_unit_test(full_arena),
		cmocka_unit_test(targets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
