// SPDX-License-Identifier: GPL-2.0-or-later
/* Line programs of versions 2 to 5: tables, every opcode, hostile headers, every cut. */
#include "../base/check.h"

#include "base/alloc.h"
#include "format/dwarf_line.h"

#include "bytes_out.h"

enum { LINE_BASE = -3, LINE_RANGE = 12, OPCODE_BASE = 14 };

struct made {
	struct out line;
	struct kd_dwarf dw;
	struct kd_dwarf_unit u;
	struct kd_arena arena;
	struct kd_dwarf_lines p;
	size_t length_at, header_at, tables; /* where the lengths stand; where the header's length counts from */
};

static struct made *begin(unsigned version, bool is64, bool big, unsigned min_length)
{
	struct made *m = kd_xcalloc(1, sizeof(*m));
	struct out *o = &m->line;

	m->arena = KD_ARENA_INIT(1 << 20);
	o->big = m->dw.big_endian = big;
	m->u = (struct kd_dwarf_unit){.version = (uint16_t)version, .address_size = 8, .offset_size = is64 ? 8 : 4};
	if (is64)
		put(o, 0xffffffff, 4);
	m->length_at = o->n;
	put(o, 0, is64 ? 8 : 4);
	put(o, version, 2);
	if (version >= 5)
		put(o, big ? 0x0800 : 0x0008, 2); /* size of an address, of a segment */
	m->header_at = o->n;
	put(o, 0, is64 ? 8 : 4);
	m->tables = o->n;
	put(o, min_length, 1);
	if (version >= 4)
		put(o, 1, 1);
	put(o, 1, 1);
	put(o, (uint8_t)LINE_BASE, 1);
	put(o, LINE_RANGE, 1);
	put(o, OPCODE_BASE, 1);
	for (unsigned op = 1; op < OPCODE_BASE; op++) /* op 13 is not known: it has two operands */
		put(o, op == 13 ? 2 : op == 2 || op == 3 || op == 4 || op == 5 || op == 9 || op == 12, 1);
	return m;
}

static void files4(struct made *m)
{
	struct out *o = &m->line;

	put_text(o, "include");
	put_text(o, "/abs");
	put(o, 0, 1);
	put_text(o, "main.c");
	put(o, 0, 3);
	put_text(o, "a.h");
	put_uleb(o, 1);
	put_uleb(o, 1000);
	put_uleb(o, 2000);
	put_text(o, "b.h");
	put_uleb(o, 2);
	put(o, 0, 2);
	put_text(o, "c.h");
	put_uleb(o, 99); /* no such directory */
	put(o, 0, 2);
	put(o, 0, 1);
}

/* Directories by line_strp; files: path, directory as data1, MD5. */
static void files5(struct made *m)
{
	struct out *o = &m->line;

	m->dw.line_str = kd_view("/comp\0include\0main.c\0a.h\0", 25);
	put(o, 1, 1);
	put_uleb(o, 1);
	put_uleb(o, 0x1f);
	put_uleb(o, 2);
	put(o, 0, m->u.offset_size);
	put(o, 6, m->u.offset_size);
	put(o, 4, 1);
	put_uleb(o, 1);
	put_uleb(o, 0x1f);
	put_uleb(o, 2);
	put_uleb(o, 0x0b);
	put_uleb(o, 5);
	put_uleb(o, 0x1e);
	put_uleb(o, 0x2001); /* a content that nobody knows */
	put_uleb(o, 0x08);
	put_uleb(o, 2);
	for (unsigned i = 0; i < 2; i++) {
		put(o, i ? 21 : 14, m->u.offset_size);
		put(o, i, 1);
		memcpy(o->p + o->n, "0123456789abcdef", 16);
		o->n += 16;
		put_text(o, "?");
	}
}

static void end_header(struct made *m)
{
	put_at(&m->line, m->header_at, m->line.n - m->tables, m->u.offset_size);
}

static void extended(struct out *o, unsigned op, uint64_t v, unsigned bytes)
{
	put(o, 0, 1);
	put_uleb(o, 1 + bytes);
	put(o, op, 1);
	put(o, v, bytes);
}

static struct kd_error *open_lines(struct made *m)
{
	put_at(&m->line, m->length_at, m->line.n - m->length_at - m->u.offset_size, m->u.offset_size);
	m->dw.line = out_view(&m->line);
	return kd_dwarf_lines(&m->dw, &m->u, 0, KD_V("/comp"), &m->arena, &m->p);
}

static void want(struct made *m, uint64_t addr, uint32_t file, uint32_t line, uint32_t column, bool stmt, bool end)
{
	struct kd_dwarf_row r;

	if (!kd_dwarf_lines_next(&m->p, &r))
		fail_msg("no row, want %#jx line %u", (uintmax_t)addr, line);
	assert_int_equal(r.addr, addr);
	assert_int_equal(r.end, end);
	if (end)
		return;
	assert_int_equal(r.file, file);
	assert_int_equal(r.line, line);
	assert_int_equal(r.column, column);
	assert_int_equal(r.is_stmt, stmt);
}

static void want_end(struct made *m, bool failed)
{
	struct kd_dwarf_row r;

	assert_false(kd_dwarf_lines_next(&m->p, &r));
	assert_int_equal(m->p.c.failed, failed);
}

static void done(struct made *m)
{
	kd_arena_deinit(&m->arena);
	kd_free(m);
}

/* All opcodes once. */
static void program(struct out *o)
{
	extended(o, 2, 0xffffffff81000000, 8);
	put(o, 1, 1); /* copy */
	put(o, 3, 1);
	put_sleb(o, 199); /* line 200 */
	put(o, 5, 1);
	put_uleb(o, 300);
	put(o, 4, 1);
	put_uleb(o, 2);
	put(o, 2, 1);
	put_uleb(o, 16);
	put(o, 1, 1);
	put(o, 6, 1); /* not a statement */
	put(o, OPCODE_BASE + 2 * LINE_RANGE + 1, 1); /* address + 2, line - 2 */
	put(o, 8, 1); /* address as of opcode 255: (255 - 14) / 12 = 20 */
	put(o, 9, 1);
	put(o, 0x101, 2);
	put(o, 7, 1);
	put(o, 10, 1);
	put(o, 11, 1);
	put(o, 12, 1);
	put_uleb(o, 1000);
	put(o, 13, 1); /* not known: its operands are passed over */
	put_uleb(o, 1);
	put_uleb(o, 1 << 20);
	extended(o, 4, 7, 1); /* a discriminator */
	extended(o, 0x80, 0x1234, 2); /* nobody's */
	put(o, OPCODE_BASE + 3, 1); /* line + 0 */
	put(o, 3, 1);
	put_sleb(o, -198); /* to line 0 */
	put(o, 1, 1);
	extended(o, 1, 0, 0);
	extended(o, 2, 0x1000, 8);
	put(o, 1, 1);
	extended(o, 1, 0, 0);
}

static void want_program(struct made *m, unsigned unit)
{
	const uint64_t a = 0xffffffff81000000, b = a + 16ULL * unit, c = b + 2ULL * unit, d = c + 20ULL * unit + 0x101;

	want(m, a, 1, 1, 0, true, false);
	want(m, b, 2, 200, 300, true, false);
	want(m, c, 2, 198, 300, false, false);
	want(m, d, 2, 198, 300, false, false);
	want(m, d, 2, 0, 300, false, false);
	want(m, d, 0, 0, 0, false, true);
	want(m, 0x1000, 1, 1, 0, true, false); /* the machine began anew */
	want(m, 0x1000, 0, 0, 0, false, true);
	want_end(m, false);
}

static void test_versions(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		const unsigned version = 2 + i % 4, unit = i & 8 ? 4 : 1;
		struct made *m = begin(version, i & 4, i & 8, unit);

		if (version < 5)
			files4(m);
		else
			files5(m);
		end_header(m);
		program(&m->line);
		assert_ok(open_lines(m));
		assert_int_equal(m->p.nfiles, version < 5 ? 5 : 2);
		assert_view(m->p.files[version < 5 ? 1 : 0].name, "main.c");
		assert_view(m->p.files[version < 5 ? 1 : 0].dir, "/comp");
		assert_view(m->p.files[version < 5 ? 2 : 1].name, "a.h");
		assert_view(m->p.files[version < 5 ? 2 : 1].dir, "include");
		if (version < 5) {
			assert_int_equal(m->p.files[0].name.n, 0);
			assert_view(m->p.files[3].dir, "/abs");
			assert_null(m->p.files[4].dir.p);
			assert_null(m->p.files[1].md5.p);
		} else {
			assert_view(m->p.files[1].md5, "0123456789abcdef");
		}
		want_program(m, unit);
		done(m);
	}
}

/* Cut anywhere it is an error or fewer rows; never one that was not there. */
static void test_cuts(void **state)
{
	(void)state;
	for (unsigned version = 4; version <= 5; version++) {
		struct made *m = begin(version, false, false, 1);
		size_t whole, header;

		if (version < 5)
			files4(m);
		else
			files5(m);
		end_header(m);
		header = m->line.n;
		program(&m->line);
		whole = m->line.n;
		for (size_t n = 0; n < whole; n++) {
			struct kd_error *err;
			struct kd_dwarf_row r;
			int rows = 0;

			m->line.n = n < 4 ? 4 : n;
			err = open_lines(m);
			if (n < header)
				assert_non_null(err);
			for (; !err && kd_dwarf_lines_next(&m->p, &r); rows++)
				assert_true(r.addr == 0x1000 || r.addr - 0xffffffff81000000 < 0x200);
			assert_true(rows < 8);
			kd_error_free(err);
		}
		done(m);
	}
}

static void test_hostile_headers(void **state)
{
	static const struct { size_t at; uint8_t v; const char *part; } bad[] = {
		{4, 1, "version 1"}, {4, 6, "version 6"}, {6, 0xff, "line program"}, {9, 0xff, "header of a line program"},
		{14, 0, "impossible"}, {15, 0, "line program"}, {15, 0xff, "line program"}};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		struct made *m = begin(4, false, false, 1);
		struct kd_error *err;

		files4(m);
		end_header(m);
		program(&m->line);
		m->line.p[bad[i].at] = bad[i].v;
		err = open_lines(m);
		if (!err || !strstr(err->msg, bad[i].part))
			fail_msg("case %zu: %s", i, err ? err->msg : "no error");
		kd_error_free(err);
		done(m);
	}
}

/* Tables of version 5 that say more than there is, or nothing of each of very many. */
static void test_hostile_tables5(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct made *m = begin(5, false, false, 1);
		struct out *o = &m->line;

		put(o, i == 1 ? 0 : 1, 1);
		if (i != 1) {
			put_uleb(o, 1);
			put_uleb(o, i ? 0x7fff : 0x08);
		}
		put_uleb(o, i == 2 ? 1 : UINT32_MAX);
		end_header(m);
		assert_error(open_lines(m), KD_BADDATA, "directories of a line program");
		done(m);
	}
}

/* An extended opcode may not reach past the program; an address of 4 bytes is taken, too. */
static void test_extended(void **state)
{
	struct made *m = begin(4, false, false, 1);

	(void)state;
	files4(m);
	end_header(m);
	extended(&m->line, 2, 0x81000000, 4);
	put(&m->line, 1, 1);
	put(&m->line, 0, 1);
	put_uleb(&m->line, 100);
	put(&m->line, 2, 1);
	assert_ok(open_lines(m));
	want(m, 0x81000000, 1, 1, 0, true, false);
	want_end(m, true);
	done(m);
}

static void test_no_program(void **state)
{
	struct made *m = begin(4, false, false, 1);

	(void)state;
	m->dw.line = out_view(&m->line);
	assert_error(kd_dwarf_lines(&m->dw, &m->u, m->line.n + 1, KD_VNULL, &m->arena, &m->p), KD_BADDATA, "there is no line program");
	assert_error(kd_dwarf_lines(&m->dw, &m->u, UINT64_MAX, KD_VNULL, &m->arena, &m->p), KD_BADDATA, "there is no line program");
	done(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_versions), cmocka_unit_test(test_cuts), cmocka_unit_test(test_hostile_headers),
		cmocka_unit_test(test_hostile_tables5), cmocka_unit_test(test_extended), cmocka_unit_test(test_no_program),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
