// SPDX-License-Identifier: GPL-2.0-or-later
/* Call frame information made by hand: entries of both sections, every instruction, what is damaged. (tests/run/cfi has compilers'.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "bytes_out.h"
#include "format/cfi.h"
#include "format/elfcore.h"

enum { START = 0x1000, LEN = 0x100, RA = 16, NOP = 0 };

struct made {
	struct out o;
	size_t at; /* of the entry's length */
	unsigned width; /* of it: 4 or 8 */
};

static void begin(struct made *m, unsigned width)
{
	m->at = m->o.n;
	m->width = width;
	if (width == 8)
		put(&m->o, UINT32_MAX, 4);
	put(&m->o, 0, width);
}

static void end(struct made *m)
{
	const size_t first = m->at + (m->width == 8 ? 12 : 4);

	put_at(&m->o, m->width == 8 ? m->at + 4 : m->at, m->o.n - first, m->width);
}

/* version 1, code 4, data -8; the CFA is r7 + 8, the return address at CFA - 8 */
static void cie(struct made *m, bool eh, const char *augmentation, const char *data, size_t n)
{
	begin(m, 4);
	put(&m->o, eh ? 0 : UINT32_MAX, 4);
	put(&m->o, 1, 1);
	put_text(&m->o, augmentation);
	put_uleb(&m->o, 4);
	put_sleb(&m->o, -8);
	put(&m->o, RA, 1);
	for (size_t i = 0; i < n; i++)
		put(&m->o, (uint8_t)data[i], 1);
	put(&m->o, 0x0c, 1), put(&m->o, 7, 1), put(&m->o, 8, 1);
	put(&m->o, 0x80 | RA, 1), put(&m->o, 1, 1);
	end(m);
}

/* Of .debug_frame, on the CIE at 0. */
static void fde(struct made *m, const char *program, size_t n)
{
	begin(m, 4);
	put(&m->o, 0, 4);
	put(&m->o, START, 8);
	put(&m->o, LEN, 8);
	for (size_t i = 0; i < n; i++)
		put(&m->o, (uint8_t)program[i], 1);
	end(m);
}

static struct kd_cfi_reader reader(const struct made *m, bool eh, uint16_t machine)
{
	return (struct kd_cfi_reader){.section = {.bytes = out_view(&m->o), .eh = eh, .big_endian = m->o.big, .address_size = 8, .machine = machine}};
}

static enum kd_cfi_why one(const char *program, size_t n, uint16_t machine, uint64_t addr, struct kd_cfi_row *row)
{
	struct made m = {.at = 0};
	struct kd_cfi_reader r;
	struct kd_cfi_fde f;

	cie(&m, false, "", "", 0);
	fde(&m, program, n);
	r = reader(&m, false, machine);
	assert_true(kd_cfi_next(&r, &f));
	assert_int_equal(f.start, START);
	assert_int_equal(f.len, LEN);
	assert_int_equal(f.cie.ra, RA);
	return kd_cfi_row_at(&f, addr, row);
}

#define ROW(program, addr, row) assert_int_equal(one(program, sizeof(program) - 1, KD_EM_X86_64, addr, row), KD_CFI_OK)

static void is(const struct kd_cfi_row *r, unsigned reg, enum kd_cfi_kind kind, int64_t off)
{
	assert_int_equal(r->reg[reg].kind, kind);
	assert_true(r->reg[reg].off == off);
}

static void rows(void **state)
{
	/* advance 8; CFA off 32; r3 at CFA - 16; advance1 16; CFA register 6 */
	static const char program[] = "\x42\x0e\x20\x83\x02\x02\x04\x0d\x06";
	struct kd_cfi_row r;

	(void)state;
	ROW(program, START + 7, &r);
	assert_int_equal(r.start, START);
	assert_int_equal(r.end, START + 8);
	assert_int_equal(r.cfa.reg, 7);
	assert_true(r.cfa.off == 8);
	is(&r, RA, KD_CFI_OFFSET, -8);
	is(&r, 3, KD_CFI_UNSAID, 0);
	ROW(program, START + 8, &r);
	assert_int_equal(r.start, START + 8);
	assert_int_equal(r.end, START + 24);
	assert_true(r.cfa.off == 32 && r.cfa.reg == 7);
	is(&r, 3, KD_CFI_OFFSET, -16);
	ROW(program, START + LEN - 1, &r);
	assert_int_equal(r.start, START + 24);
	assert_int_equal(r.end, START + LEN);
	assert_true(r.cfa.off == 32 && r.cfa.reg == 6);
	assert_int_equal(one(program, sizeof(program) - 1, KD_EM_X86_64, START - 1, &r), KD_CFI_OUTSIDE);
	assert_int_equal(one(program, sizeof(program) - 1, KD_EM_X86_64, START + LEN, &r), KD_CFI_OUTSIDE);
	ROW("", START, &r); /* all is as the CIE says */
	is(&r, RA, KD_CFI_OFFSET, -8);
}

static void locations(void **state)
{
	struct kd_cfi_row r;

	(void)state;
	ROW("\x03\x02\x00\x07\x03", START + 8, &r); /* advance2; undefined r3 */
	is(&r, 3, KD_CFI_UNDEFINED, 0);
	ROW("\x04\x02\x00\x00\x00\x07\x03", START + 7, &r);
	is(&r, 3, KD_CFI_UNSAID, 0);
	ROW("\x1d\x02\x00\x00\x00\x00\x00\x00\x00\x08\x03", START + 8, &r); /* MIPS' eight bytes; same value */
	is(&r, 3, KD_CFI_SAME, 0);
	ROW("\x01\x10\x10\0\0\0\0\0\0\x07\x03", START + 0x10, &r); /* set_loc */
	is(&r, 3, KD_CFI_UNDEFINED, 0);
	assert_int_equal(r.start, START + 0x10);
	ROW("\x7f\x7f\x07\x03", START + LEN - 1, &r); /* advances out of the function */
	assert_int_equal(r.end, START + LEN);
	is(&r, 3, KD_CFI_UNSAID, 0);
	assert_int_equal(one("\x01\x10\0\0\0\0\0\0\0", 9, KD_EM_X86_64, START, &r), KD_CFI_DAMAGED); /* backwards */
}

static void rules(void **state)
{
	struct kd_cfi_row r;

	(void)state;
	ROW("\x05\x28\x03\x09\x03\x05\x14\x04\x02\x15\x05\x7f\x11\x06\x7e\x2f\x08\x03", START, &r);
	is(&r, 40, KD_CFI_OFFSET, -24);
	is(&r, 3, KD_CFI_REGISTER, 0);
	assert_int_equal(r.reg[3].reg, 5);
	is(&r, 4, KD_CFI_VAL_OFFSET, -16);
	is(&r, 5, KD_CFI_VAL_OFFSET, 8);
	is(&r, 6, KD_CFI_OFFSET, 16);
	is(&r, 8, KD_CFI_OFFSET, 24); /* negative_offset: minus three times minus eight */
	ROW("\x10\x03\x02\x76\x70\x16\x04\x01\x96", START, &r);
	is(&r, 3, KD_CFI_EXPR, 0);
	assert_int_equal(r.reg[3].expr.n, 2);
	assert_memory_equal(r.reg[3].expr.p, "\x76\x70", 2);
	is(&r, 4, KD_CFI_VAL_EXPR, 0);
	ROW("\x0f\x03\x76\x58\x06", START, &r); /* def_cfa_expression */
	assert_int_equal(r.cfa.kind, KD_CFI_VAL_EXPR);
	assert_int_equal(r.cfa.expr.n, 3);
	ROW("\x12\x06\x7e", START, &r); /* def_cfa_sf, def_cfa_offset_sf */
	assert_true(r.cfa.reg == 6 && r.cfa.off == 16);
	ROW("\x13\x7d", START, &r);
	assert_true(r.cfa.reg == 7 && r.cfa.off == 24);
	ROW("\x2e\x10\x05\x90\x01\x01", START, &r); /* args_size; a register behind those that are kept */
	ROW("\x83\x02\x07\x04\xc3\x06\x10", START, &r); /* restore, restore_extended: as after the CIE */
	is(&r, 3, KD_CFI_UNSAID, 0);
	is(&r, RA, KD_CFI_OFFSET, -8);
}

static void states(void **state)
{
	struct kd_cfi_row r;
	char deep[KD_CFI_DEPTH + 1];

	(void)state;
	/* off 32, r3; remember; advance 4; off 8, r3 restored; advance 4; restore_state */
	ROW("\x0e\x20\x83\x02\x0a\x41\x0e\x08\xc3\x41\x0b", START + 4, &r);
	assert_true(r.cfa.off == 8);
	is(&r, 3, KD_CFI_UNSAID, 0);
	ROW("\x0e\x20\x83\x02\x0a\x41\x0e\x08\xc3\x41\x0b", START + 8, &r);
	assert_true(r.cfa.off == 32);
	assert_int_equal(r.start, START + 8);
	is(&r, 3, KD_CFI_OFFSET, -16);
	memset(deep, 0x0a, sizeof(deep));
	assert_int_equal(one(deep, KD_CFI_DEPTH, KD_EM_X86_64, START, &r), KD_CFI_OK);
	assert_int_equal(one(deep, KD_CFI_DEPTH + 1, KD_EM_X86_64, START, &r), KD_CFI_LIMIT);
	assert_int_equal(one("\x0b", 1, KD_EM_X86_64, START, &r), KD_CFI_DAMAGED);
}

static void signatures(void **state)
{
	static const char program[] = "\x41\x2d\x41\x0a\x2d\x41\x0b\x41\x2c";
	struct kd_cfi_row r;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		static const bool want[] = {false, true, false, true, false};

		assert_int_equal(one(program, sizeof(program) - 1, KD_EM_AARCH64, START + 4 * i, &r), KD_CFI_OK);
		assert_true(r.ra_signed == want[i]);
	}
	assert_int_equal(one("\x2d", 1, KD_EM_X86_64, START, &r), KD_CFI_UNKNOWN);
	assert_int_equal(one("\x2c", 1, KD_EM_X86_64, START, &r), KD_CFI_UNKNOWN);
}

static void damaged(void **state)
{
	static const struct {
		const char *program;
		size_t n;
		enum kd_cfi_why why;
	} cases[] = {
		{"\x0e", 1, KD_CFI_DAMAGED}, {"\x83", 1, KD_CFI_DAMAGED},	  {"\x03\x01", 2, KD_CFI_DAMAGED},
		{"\x10\x03\x05\x01", 4, KD_CFI_DAMAGED}, {"\x17", 1, KD_CFI_UNKNOWN}, {"\x3f", 1, KD_CFI_UNKNOWN},
		{"\x0f\x01\x96\x0e\x08", 5, KD_CFI_DAMAGED}, /* an offset of what has no register */
		{"\x0c\x80\x80\x04\x08", 5, KD_CFI_DAMAGED}, /* register 65536 */
		{"\x01\x00", 2, KD_CFI_DAMAGED},
	};
	struct kd_cfi_row r = {.start = 1};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++)
		if (one(cases[i].program, cases[i].n, KD_EM_X86_64, START, &r) != cases[i].why || r.start != 1)
			fail_msg("case %zu", i);
	/* behind the row that is asked for nothing is read */
	assert_int_equal(one("\x41\x17", 2, KD_EM_X86_64, START, &r), KD_CFI_OK);
}

/* --- entries ----------------------------------------------------------------------------------------- */

static void wide(void **state)
{
	struct kd_cfi_row row;

	(void)state;
	for (int big = 0; big < 2; big++) { /* 64-bit DWARF, version 4 with segments and addresses of 4 bytes */
		struct made m = {.o = {.big = big}};
		struct kd_cfi_reader r;
		struct kd_cfi_fde f;

		begin(&m, 8);
		put(&m.o, UINT64_MAX, 8);
		put(&m.o, 4, 1), put_text(&m.o, ""), put(&m.o, 4, 1), put(&m.o, 2, 1);
		put_uleb(&m.o, 1), put_sleb(&m.o, -4), put_uleb(&m.o, 300);
		put(&m.o, 0x0c, 1), put(&m.o, 4, 1), put(&m.o, 4, 1);
		end(&m);
		begin(&m, 8);
		put(&m.o, 0, 8), put(&m.o, 7, 2), put(&m.o, 0xc0000000, 4), put(&m.o, 0x20, 4);
		put(&m.o, 0x03, 1), put(&m.o, 0x10, 2), put(&m.o, 0x0e, 1), put(&m.o, 16, 1);
		end(&m);
		r = reader(&m, false, KD_EM_386);
		assert_true(kd_cfi_next(&r, &f));
		assert_int_equal(f.start, 0xc0000000);
		assert_int_equal(f.len, 0x20);
		assert_int_equal(f.cie.ra, 300);
		assert_int_equal(kd_cfi_row_at(&f, 0xc0000010, &row), KD_CFI_OK);
		assert_true(row.cfa.off == 16);
		assert_false(kd_cfi_next(&r, &f));
		assert_int_equal(r.damaged, 0);
	}
}

/* .eh_frame: pointers of each kind. */
static void pointers(void **state)
{
	static const struct {
		uint8_t encoding;
		uint64_t start;
		unsigned width;
		uint64_t want, len;
		bool good;
	} cases[] = {
		{0x00, 0x12345678, 8, 0x12345678, 0x40, true},	    {0x03, 0xfffffff0, 4, 0xfffffff0, 0x40, true},
		{0x0b, 0xfffffff0, 4, UINT64_MAX - 15, 0, false},  {0x0b, 0x1000, 4, 0x1000, 0x40, true},
		{0x1b, 0x100, 4, 0, 0x40, true},		    {0x02, 0x1234, 2, 0x1234, 0x40, true},
		{0x1a, 0xfff0, 2, 0, 0x40, true},		    {0x01, 0x34, 1, 0x34, 0x40, true},
		{0x09, 0x3f, 1, 0x3f, 0x20, true},		    {0x9b, 0x100, 4, 0, 0x40, false}, /* indirect */
		{0x2b, 0x100, 4, 0, 0x40, false},		    {0x05, 0x100, 4, 0, 0x40, false},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		const char data[] = {1, (char)cases[i].encoding};
		struct made m = {.at = 0};
		struct kd_cfi_reader r;
		struct kd_cfi_fde f;
		size_t place;
		uint64_t want = cases[i].want;

		cie(&m, true, "zR", data, sizeof(data));
		begin(&m, 4);
		put(&m.o, m.o.n, 4); /* back to the CIE at 0 */
		place = m.o.n;
		put(&m.o, cases[i].start, cases[i].width);
		put(&m.o, cases[i].len ? cases[i].len : 0x40, cases[i].width);
		put(&m.o, 0, 1); /* no augmentation data */
		end(&m);
		put(&m.o, 0, 4); /* the end */
		r = reader(&m, true, KD_EM_X86_64);
		r.section.addr = 0x400000;
		if ((cases[i].encoding & 0x70) == 0x10)
			want = 0x400000 + place + (cases[i].width == 2 ? (uint64_t)(int64_t)(int16_t)cases[i].start : cases[i].start);
		if (kd_cfi_next(&r, &f) != cases[i].good || r.damaged == cases[i].good || (cases[i].good && (f.start != want || f.len != cases[i].len)))
			fail_msg("case %zu", i);
	}
}

static void augmentations(void **state)
{
	static const struct {
		const char *text, *data;
		size_t n;
		bool good, is_signal;
	} cases[] = {
		{"", "", 0, true, false},	   {"S", "", 0, true, true},	     {"zRS", "\1\0", 2, true, true},
		{"zPLR", "\x7\x3\1\2\3\4\0\0", 8, true, false}, {"zPR", "\2\xff\0", 3, true, false}, {"zRB", "\1\0", 2, true, false},
		{"zRG", "\1\0", 2, true, false}, {"zR", "\0", 1, false, false},	     {"zX", "\0", 1, false, false},
		{"zR", "\x7f\0", 2, false, false}, {"X", "", 0, false, false},	     {"zRRRRRRRRRRRRRRRRR", "\1\0", 2, false, false},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		struct made m = {.at = 0};
		struct kd_cfi_reader r;
		struct kd_cfi_fde f;

		cie(&m, true, cases[i].text, cases[i].data, cases[i].n);
		begin(&m, 4);
		put(&m.o, m.o.n, 4), put(&m.o, START, 8), put(&m.o, LEN, 8);
		if (*cases[i].text == 'z')
			put(&m.o, 0, 1);
		end(&m);
		r = reader(&m, true, KD_EM_AARCH64);
		if (kd_cfi_next(&r, &f) != cases[i].good || (cases[i].good && f.cie.signal != cases[i].is_signal))
			fail_msg("case %zu", i);
	}
}

/* A damaged entry costs itself alone; a length that is too long costs the rest. */
static void left_out(void **state)
{
	struct made m = {.at = 0};
	struct kd_cfi_reader r;
	struct kd_cfi_fde f;

	(void)state;
	cie(&m, false, "", "", 0);
	begin(&m, 4), put(&m.o, 3, 4), put(&m.o, START, 8), put(&m.o, LEN, 8), end(&m); /* no CIE there */
	begin(&m, 4), put(&m.o, 0, 4), put(&m.o, START, 4), end(&m); /* cut */
	begin(&m, 4), put(&m.o, 0, 2), end(&m);
	begin(&m, 4), put(&m.o, 0, 4), put(&m.o, START, 8), put(&m.o, 0, 8), end(&m); /* dropped by the linker */
	begin(&m, 4), put(&m.o, 0, 4), put(&m.o, UINT64_MAX - 4, 8), put(&m.o, LEN, 8), end(&m);
	fde(&m, "", 0);
	begin(&m, 4), put(&m.o, 0, 4), end(&m);
	put_at(&m.o, m.at, 400, 4);
	r = reader(&m, false, KD_EM_X86_64);
	assert_true(kd_cfi_next(&r, &f));
	assert_int_equal(f.start, START);
	assert_int_equal(r.damaged, 4);
	assert_string_equal(r.why, "a CIE that cannot be read");
	assert_false(kd_cfi_next(&r, &f));
	assert_int_equal(r.damaged, 5);
	assert_false(kd_cfi_next(&r, &f));
	assert_int_equal(r.damaged, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),	    cmocka_unit_test(locations), cmocka_unit_test(rules),    cmocka_unit_test(states),
		cmocka_unit_test(signatures), cmocka_unit_test(damaged),   cmocka_unit_test(wide),     cmocka_unit_test(pointers),
		cmocka_unit_test(augmentations), cmocka_unit_test(left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
