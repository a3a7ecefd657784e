// SPDX-License-Identifier: GPL-2.0-or-later
/* Units, abbreviations, entries, forms: made by hand, in both byte orders, and damaged. */
#include "../base/check.h"

#include "base/alloc.h"
#include "format/dwarf.h"

#include "bytes_out.h"

/* DW_AT_…, DW_FORM_… that the cases use (DWARF 5, 7.5.4 and 7.5.6). */
enum { AT_NAME = 3, AT_STMT = 0x10, AT_LOW = 0x11, AT_HIGH = 0x12, AT_CONST = 0x1c, AT_DECL_LINE = 0x3b, AT_EXTERNAL = 0x3f,
       AT_TYPE = 0x49, AT_STR_BASE = 0x72, AT_ADDR_BASE = 0x73, AT_UNKNOWN = 0x3fff };

struct made {
	struct out info, abbrev;
	struct kd_dwarf dw;
	struct kd_dwarf_unit u;
	struct kd_dwarf_abbrevs t;
	struct kd_dwarf_entry e;
	struct kd_cursor c;
};

/* A unit's header; version 5's is that of a compile unit. */
static void header(struct out *o, unsigned version, bool is64, unsigned address)
{
	if (is64)
		put(o, 0xffffffff, 4);
	put(o, 0, is64 ? 8 : 4);
	put(o, version, 2);
	if (version >= 5) {
		put(o, 1, 1);
		put(o, address, 1);
	}
	put(o, 0, is64 ? 8 : 4);
	if (version < 5)
		put(o, address, 1);
}

static void end_unit(struct out *o, size_t at, bool is64)
{
	put_at(o, at + (is64 ? 4 : 0), o->n - at - (is64 ? 12 : 4), is64 ? 8 : 4);
}

static void abbrev(struct out *o, uint64_t code, uint64_t tag, bool children)
{
	put_uleb(o, code);
	put_uleb(o, tag);
	put(o, children, 1);
}

static void attr(struct out *o, uint64_t at, uint64_t form)
{
	put_uleb(o, at);
	put_uleb(o, form);
}

static void end_attrs(struct out *o)
{
	put(o, 0, 2);
}

/* Open the unit at 0 and its first entry. */
static void begin(struct made *m)
{
	m->dw.info = out_view(&m->info);
	m->dw.abbrev = out_view(&m->abbrev);
	m->dw.big_endian = m->info.big;
	assert_ok(kd_dwarf_unit(&m->dw, 0, &m->u));
	assert_ok(kd_dwarf_abbrevs_read(&m->dw, &m->u, &m->t));
	m->c = kd_dwarf_entries(&m->dw, &m->u);
}

static bool next(struct made *m)
{
	return kd_dwarf_next(&m->dw, &m->u, &m->t, &m->c, &m->e);
}

static void done(struct made *m)
{
	kd_dwarf_abbrevs_deinit(&m->t);
	kd_free(m);
}

static struct made *new_made(bool big)
{
	struct made *m = kd_xcalloc(1, sizeof(*m));

	m->info.big = m->abbrev.big = big;
	return m;
}

/* One entry with AT_CONST of that form, and its bytes; then AT_DECL_LINE of one byte, 77, behind it. */
static struct made *one_form(unsigned version, bool is64, unsigned address, bool big, uint64_t form, const void *raw, size_t n)
{
	struct made *m = new_made(big);

	abbrev(&m->abbrev, 1, KD_DWT_COMPILE_UNIT, false);
	attr(&m->abbrev, AT_CONST, form);
	attr(&m->abbrev, AT_DECL_LINE, 0x0b);
	end_attrs(&m->abbrev);
	put(&m->abbrev, 0, 1);
	header(&m->info, version, is64, address);
	put(&m->info, 1, 1);
	memcpy(m->info.p + m->info.n, raw, n);
	m->info.n += n;
	put(&m->info, 77, 1);
	end_unit(&m->info, 0, is64);
	begin(m);
	return m;
}

struct form_case {
	uint64_t form;
	const char *raw;
	size_t n;
	uint8_t kind;
	uint64_t u;
};

#define RAW(text) text, sizeof(text) - 1

/* Little endian, 8-byte addresses, 4-byte offsets, version 5 (a header of 12 bytes). */
static const struct form_case forms[] = {
	{0x01, RAW("\1\2\3\4\5\6\7\10"), KD_DWV_ADDR, 0x0807060504030201},
	{0x0b, RAW("\201"), KD_DWV_UINT, 0x81},
	{0x05, RAW("\1\202"), KD_DWV_UINT, 0x8201},
	{0x06, RAW("\1\2\3\204"), KD_DWV_UINT, 0x84030201},
	{0x07, RAW("\1\2\3\4\5\6\7\210"), KD_DWV_UINT, 0x8807060504030201},
	{0x0c, RAW("\1"), KD_DWV_FLAG, 1},
	{0x19, RAW(""), KD_DWV_FLAG, 1},
	{0x0d, RAW("\177"), KD_DWV_SINT, (uint64_t)-1},
	{0x0d, RAW("\200\177"), KD_DWV_SINT, (uint64_t)-128},
	{0x0f, RAW("\345\216\46"), KD_DWV_UINT, 624485},
	{0x0e, RAW("\1\0\0\0"), KD_DWV_STRP, 1},
	{0x1f, RAW("\2\0\0\0"), KD_DWV_LINE_STRP, 2},
	{0x17, RAW("\3\0\0\0"), KD_DWV_OFFSET, 3},
	{0x11, RAW("\5"), KD_DWV_REF, 5},
	{0x12, RAW("\5\1"), KD_DWV_REF, 0x105},
	{0x13, RAW("\5\0\1\0"), KD_DWV_REF, 0x10005},
	{0x14, RAW("\5\0\0\0\1\0\0\0"), KD_DWV_REF, 0x100000005},
	{0x15, RAW("\205\1"), KD_DWV_REF, 133},
	{0x10, RAW("\6\0\0\0"), KD_DWV_REF, 6},
	{0x20, RAW("\1\2\3\4\5\6\7\10"), KD_DWV_SIG8, 0x0807060504030201},
	{0x1a, RAW("\201\1"), KD_DWV_STRX, 129},
	{0x25, RAW("\7"), KD_DWV_STRX, 7},
	{0x26, RAW("\7\1"), KD_DWV_STRX, 0x107},
	{0x27, RAW("\7\1\2"), KD_DWV_STRX, 0x20107},
	{0x28, RAW("\7\1\2\3"), KD_DWV_STRX, 0x3020107},
	{0x1b, RAW("\201\1"), KD_DWV_ADDRX, 129},
	{0x29, RAW("\7"), KD_DWV_ADDRX, 7},
	{0x2a, RAW("\7\1"), KD_DWV_ADDRX, 0x107},
	{0x2b, RAW("\7\1\2"), KD_DWV_ADDRX, 0x20107},
	{0x2c, RAW("\7\1\2\3"), KD_DWV_ADDRX, 0x3020107},
	{0x22, RAW("\3"), KD_DWV_LISTX, 3},
	{0x23, RAW("\4"), KD_DWV_LISTX, 4},
	{0x1c, RAW("\1\0\0\0"), KD_DWV_ALT, 1},
	{0x1d, RAW("\1\0\0\0"), KD_DWV_ALT, 1},
	{0x24, RAW("\1\0\0\0\0\0\0\0"), KD_DWV_ALT, 1},
	{0x1f20, RAW("\1\0\0\0"), KD_DWV_ALT, 1},
	{0x1f21, RAW("\1\0\0\0"), KD_DWV_ALT, 1},
	{0x16, RAW("\13\52"), KD_DWV_UINT, 42}, /* indirect: data1 */
	{0x16, RAW("\26\26\17\52"), KD_DWV_UINT, 42}, /* indirect, three deep */
};

static void test_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(forms); i++) {
		const struct form_case *f = &forms[i];
		struct made *m = one_form(5, false, 8, false, f->form, f->raw, f->n);

		if (!next(m) || m->e.a[KD_DWA_CONST_VALUE].kind != f->kind || m->e.a[KD_DWA_CONST_VALUE].u != f->u)
			fail_msg("form %#jx: kind %d, %#jx", (uintmax_t)f->form, m->e.a[KD_DWA_CONST_VALUE].kind,
				 (uintmax_t)m->e.a[KD_DWA_CONST_VALUE].u);
		assert_int_equal(m->e.a[KD_DWA_DECL_LINE].u, 77); /* its length was right */
		assert_false(next(m));
		assert_false(m->c.failed);
		done(m);
	}
}

static void test_big_endian(void **state)
{
	static const struct form_case big[] = {{0x01, RAW("\1\2\3\4"), KD_DWV_ADDR, 0x01020304},
					       {0x27, RAW("\1\2\3"), KD_DWV_STRX, 0x010203},
					       {0x05, RAW("\1\2"), KD_DWV_UINT, 0x0102},
					       {0x10, RAW("\1\2\3\4"), KD_DWV_REF, 0x01020304},
					       {0x0e, RAW("\0\0\0\0\0\0\1\2"), KD_DWV_STRP, 0x0102}};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(big); i++) {
		/* the address form has 4 bytes; DWARF 2's ref_addr too, with offsets of 8; strp has 8 */
		struct made *m = one_form(2, big[i].form == 0x10 || big[i].form == 0x0e, 4, true, big[i].form, big[i].raw, big[i].n);

		assert_true(next(m));
		assert_int_equal(m->e.a[KD_DWA_CONST_VALUE].kind, big[i].kind);
		assert_int_equal(m->e.a[KD_DWA_CONST_VALUE].u, big[i].u);
		assert_int_equal(m->e.a[KD_DWA_DECL_LINE].u, 77);
		done(m);
	}
}

static void test_blocks(void **state)
{
	static const struct { uint64_t form; const char *raw; size_t n; const char *want; } v[] = {
		{0x0a, RAW("\3abc"), "abc"}, {0x03, RAW("\3\0abc"), "abc"}, {0x04, RAW("\3\0\0\0abc"), "abc"},
		{0x09, RAW("\3abc"), "abc"}, {0x18, RAW("\0"), ""},	       {0x1e, RAW("0123456789abcdef"), "0123456789abcdef"},
		{0x08, RAW("abc\0"), "abc"}, {0x08, RAW("\0"), ""}};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(v); i++) {
		struct made *m = one_form(5, false, 8, false, v[i].form, v[i].raw, v[i].n);

		assert_true(next(m));
		assert_view(m->e.a[KD_DWA_CONST_VALUE].v, v[i].want);
		assert_int_equal(m->e.a[KD_DWA_DECL_LINE].u, 77);
		done(m);
	}
}

/* Forms that end before their bytes do, are not known, or go round: the unit ends, nothing is read past it. */
static void test_hostile_forms(void **state)
{
	static const struct form_case v[] = {{0x0a, RAW("\177"), 0, 0}, {0x04, RAW("\377\377\377\377"), 0, 0},
					     {0x09, RAW("\377\377\377\377\377\377\377\377\377\1"), 0, 0},
					     {0x08, RAW("abc"), 0, 0}, {0x07, RAW("\1"), 0, 0},
					     {0x02, RAW(""), 0, 0}, {0x7fff, RAW("\0\0"), 0, 0}, {0x12345, RAW("\0\0"), 0, 0},
					     {0x16, RAW("\26\26\26\26\26\13\1"), 0, 0}, {0x0f, RAW("\377\377\377\377\377\377\377\377\377\377\377\377"), 0, 0}};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(v); i++) {
		struct made *m = one_form(5, false, 8, false, v[i].form, v[i].raw, v[i].n);

		if (v[i].form == 0x08)
			m->info.p[m->info.n - 1] = 'd'; /* no NUL before the unit's end */
		if (next(m) || !m->c.failed || next(m))
			fail_msg("case %zu", i);
		done(m);
	}
}

/* implicit_const is in the abbreviation; attributes that are not kept are passed over. */
static void test_implicit_and_unknown(void **state)
{
	struct made *m = new_made(false);

	(void)state;
	abbrev(&m->abbrev, 1, KD_DWT_COMPILE_UNIT, true);
	attr(&m->abbrev, AT_CONST, 0x21);
	put_sleb(&m->abbrev, -5);
	attr(&m->abbrev, AT_UNKNOWN, 0x08);
	attr(&m->abbrev, AT_EXTERNAL, 0x19);
	end_attrs(&m->abbrev);
	abbrev(&m->abbrev, 2, KD_DWT_MEMBER, false);
	attr(&m->abbrev, AT_UNKNOWN, 0x06);
	end_attrs(&m->abbrev);
	abbrev(&m->abbrev, 3, KD_DWT_VARIABLE, false);
	attr(&m->abbrev, AT_UNKNOWN, 0x0f);
	attr(&m->abbrev, AT_NAME, 0x08);
	end_attrs(&m->abbrev);
	put(&m->abbrev, 0, 1);
	header(&m->info, 4, false, 8);
	put(&m->info, 1, 1);
	put_text(&m->info, "not kept");
	put(&m->info, 2, 1);
	put(&m->info, 0, 4);
	put(&m->info, 3, 1);
	put_uleb(&m->info, 1 << 20);
	put_text(&m->info, "x");
	put(&m->info, 0, 1);
	end_unit(&m->info, 0, false);
	begin(m);
	assert_true(next(m));
	assert_true(m->e.children);
	assert_int_equal((int64_t)m->e.a[KD_DWA_CONST_VALUE].u, -5);
	assert_int_equal(m->e.a[KD_DWA_EXTERNAL].u, 1);
	assert_true(next(m));
	assert_int_equal(m->e.tag, KD_DWT_MEMBER);
	assert_int_equal(m->e.have, 0);
	assert_true(next(m));
	assert_view(m->e.a[KD_DWA_NAME].v, "x");
	assert_true(next(m));
	assert_int_equal(m->e.tag, 0);
	assert_false(next(m));
	assert_false(m->c.failed);
	done(m);
}

/* Codes that do not ascend, are large, or stand twice (the first counts); one that is not there. */
static void test_codes(void **state)
{
	static const uint64_t code[] = {900, 3, 1 << 20, 3, 1};
	struct made *m = new_made(false);

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(code); i++) {
		abbrev(&m->abbrev, code[i], 0x100 + i, false);
		end_attrs(&m->abbrev);
	}
	put(&m->abbrev, 0, 1);
	header(&m->info, 4, false, 8);
	for (size_t i = 0; i < KD_ARRAY_LEN(code); i++)
		put_uleb(&m->info, code[i]);
	put_uleb(&m->info, 2);
	end_unit(&m->info, 0, false);
	begin(m);
	for (size_t i = 0; i < KD_ARRAY_LEN(code); i++) {
		assert_true(next(m));
		assert_int_equal(m->e.tag, 0x100 + (i == 3 ? 1 : i));
	}
	assert_false(next(m));
	assert_true(m->c.failed);
	done(m);
}

/* A table that ends too early is no table, however often it is asked for. */
static void test_cut_table(void **state)
{
	struct made *m = new_made(false);

	(void)state;
	abbrev(&m->abbrev, 1, KD_DWT_COMPILE_UNIT, false);
	end_attrs(&m->abbrev);
	abbrev(&m->abbrev, 2, KD_DWT_VARIABLE, false);
	header(&m->info, 4, false, 8);
	put(&m->info, 1, 1);
	end_unit(&m->info, 0, false);
	m->dw.info = out_view(&m->info);
	m->dw.abbrev = out_view(&m->abbrev);
	assert_ok(kd_dwarf_unit(&m->dw, 0, &m->u));
	for (int i = 0; i < 2; i++)
		assert_error(kd_dwarf_abbrevs_read(&m->dw, &m->u, &m->t), KD_BADDATA, "abbreviations");
	m->u.abbrev = m->abbrev.n + 1;
	assert_error(kd_dwarf_abbrevs_read(&m->dw, &m->u, &m->t), KD_BADDATA, "there are no abbreviations");
	done(m);
}

/* DWARF 2 has references of the size of an address: one table, two units. */
static void test_one_table_two_versions(void **state)
{
	struct made *m = new_made(false);
	size_t second;

	(void)state;
	abbrev(&m->abbrev, 1, KD_DWT_MEMBER, false);
	attr(&m->abbrev, AT_UNKNOWN, 0x10);
	end_attrs(&m->abbrev);
	put(&m->abbrev, 0, 1);
	for (unsigned version = 2; version <= 3; version++) {
		second = m->info.n;
		header(&m->info, version, false, 8);
		put(&m->info, 1, 1);
		put(&m->info, 0, version == 2 ? 8 : 4);
		end_unit(&m->info, second, false);
	}
	begin(m);
	for (int i = 0; i < 2; i++) {
		assert_true(next(m));
		assert_false(next(m));
		assert_false(m->c.failed);
		if (i)
			break;
		assert_ok(kd_dwarf_unit(&m->dw, m->u.end, &m->u));
		assert_ok(kd_dwarf_abbrevs_read(&m->dw, &m->u, &m->t));
		m->c = kd_dwarf_entries(&m->dw, &m->u);
	}
	done(m);
}

static void test_headers(void **state)
{
	static const struct { unsigned version, type, address; bool is64; enum kd_errclass cls; size_t extra; } v[] = {
		{2, 1, 4, false, 0, 0},	 {3, 1, 8, true, 0, 0},	 {4, 1, 8, false, 0, 0}, {5, 1, 8, false, 0, 0},
		{5, 1, 8, true, 0, 0},	 {5, 2, 8, false, 0, 12}, {5, 2, 8, true, 0, 16}, {5, 3, 8, false, 0, 0},
		{5, 4, 8, false, 0, 8}, {5, 5, 8, true, 0, 8},	 {5, 6, 4, false, 0, 12}, {1, 1, 8, false, KD_UNSUPPORTED, 0},
		{6, 1, 8, false, KD_UNSUPPORTED, 0}, {4, 1, 2, false, KD_UNSUPPORTED, 0}, {5, 1, 16, false, KD_UNSUPPORTED, 0}};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(v); i++) {
		struct made *m = new_made(i & 1);
		struct kd_error *err;
		size_t entries;

		header(&m->info, v[i].version, v[i].is64, v[i].address);
		if (v[i].version == 5)
			m->info.p[v[i].is64 ? 14 : 6] = (uint8_t)v[i].type;
		m->info.n += v[i].extra;
		entries = m->info.n;
		put(&m->info, 0, 1);
		end_unit(&m->info, 0, v[i].is64);
		m->dw.info = out_view(&m->info);
		m->dw.big_endian = m->info.big;
		err = kd_dwarf_unit(&m->dw, 0, &m->u);
		assert_int_equal(m->u.end, m->info.n);
		assert_int_equal(err ? err->cls : 0, v[i].cls);
		kd_error_free(err);
		if (!v[i].cls) {
			assert_int_equal(m->u.entries, entries);
			assert_int_equal(m->u.offset_size, v[i].is64 ? 8 : 4);
			assert_int_equal(m->u.address_size, v[i].address);
		}
		done(m);
	}
}

static void test_hostile_headers(void **state)
{
	struct made *m = new_made(false);

	(void)state;
	header(&m->info, 4, false, 8);
	for (size_t n = 0; n < m->info.n; n++) { /* every cut */
		put_at(&m->info, 0, n < 4 ? 0 : n - 4, 4);
		m->dw.info = kd_view_head(out_view(&m->info), n);
		assert_error(kd_dwarf_unit(&m->dw, 0, &m->u), KD_BADDATA, "");
	}
	put_at(&m->info, 0, 1000, 4);
	m->dw.info = out_view(&m->info);
	assert_error(kd_dwarf_unit(&m->dw, 0, &m->u), KD_BADDATA, "past the section");
	assert_int_equal(m->u.end, 0);
	assert_error(kd_dwarf_unit(&m->dw, UINT64_MAX, &m->u), KD_BADDATA, "there is no unit");
	m->info.n = 0;
	header(&m->info, 4, true, 8);
	m->dw.info = out_view(&m->info);
	memset(m->info.p, 0xff, 12); /* a length of 2^64 - 1 */
	assert_error(kd_dwarf_unit(&m->dw, 0, &m->u), KD_BADDATA, "past the section");
	done(m);
}

static void test_texts_and_addresses(void **state)
{
	struct out offsets = {.n = 0}, addr = {.n = 0};
	struct kd_dwarf dw = {.str = kd_view("\0one\0two\0cut", 12), .line_str = kd_view("\0line\0", 6)};
	struct kd_dwarf_unit u = {.version = 5, .offset_size = 4, .address_size = 8, .str_offsets_base = 8, .addr_base = 8};
	struct kd_dwarf_value v = {.kind = KD_DWV_STRP, .u = 1};
	uint64_t a;

	(void)state;
	put(&offsets, 0, 8);
	put(&offsets, 5, 4);
	put(&offsets, 1000, 4);
	put(&addr, 0, 8);
	put(&addr, 0xffffffff81000000, 8);
	put(&addr, 1, 4);
	dw.str_offsets = out_view(&offsets);
	dw.addr = out_view(&addr);
	assert_view(kd_dwarf_text(&dw, &u, &v), "one");
	v.u = 9; /* no NUL behind it */
	assert_null(kd_dwarf_text(&dw, &u, &v).p);
	v.u = 12;
	assert_null(kd_dwarf_text(&dw, &u, &v).p);
	v = (struct kd_dwarf_value){.kind = KD_DWV_LINE_STRP, .u = 1};
	assert_view(kd_dwarf_text(&dw, &u, &v), "line");
	v = (struct kd_dwarf_value){.kind = KD_DWV_STRX, .u = 0};
	assert_view(kd_dwarf_text(&dw, &u, &v), "two");
	for (v.u = 1; v.u; v.u = v.u == 1 ? 2 : v.u == 2 ? UINT64_MAX / 4 : v.u == UINT64_MAX / 4 ? UINT64_MAX : 0)
		assert_null(kd_dwarf_text(&dw, &u, &v).p);
	v = (struct kd_dwarf_value){.kind = KD_DWV_ALT, .u = 1};
	assert_null(kd_dwarf_text(&dw, &u, &v).p);
	v = (struct kd_dwarf_value){.kind = KD_DWV_ADDRX, .u = 0};
	assert_true(kd_dwarf_address(&dw, &u, &v, &a));
	assert_int_equal(a, 0xffffffff81000000);
	v.u = 1; /* half of it is there */
	assert_false(kd_dwarf_address(&dw, &u, &v, &a));
	v.u = UINT64_MAX;
	assert_false(kd_dwarf_address(&dw, &u, &v, &a));
	v = (struct kd_dwarf_value){.kind = KD_DWV_UINT, .u = 1};
	assert_false(kd_dwarf_address(&dw, &u, &v, &a));
	assert_true(kd_dwarf_uint(&v, &a));
	v.kind = KD_DWV_REF;
	assert_false(kd_dwarf_uint(&v, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_big_endian), cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_hostile_forms), cmocka_unit_test(test_implicit_and_unknown), cmocka_unit_test(test_codes),
		cmocka_unit_test(test_cut_table), cmocka_unit_test(test_one_table_two_versions), cmocka_unit_test(test_headers),
		cmocka_unit_test(test_hostile_headers), cmocka_unit_test(test_texts_and_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
