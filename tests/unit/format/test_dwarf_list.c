// SPDX-License-Identifier: GPL-2.0-or-later
/* Range and location lists of versions 4 and 5, every kind of entry, and damaged ones. */
#include "../base/check.h"

#include "base/alloc.h"
#include "format/dwarf.h"

#include "bytes_out.h"

struct made {
	struct out list, addr;
	struct kd_dwarf dw;
	struct kd_dwarf_unit u;
	struct kd_dwarf_list l;
};

static struct made *new_made(unsigned version, unsigned address, bool big)
{
	struct made *m = kd_xcalloc(1, sizeof(*m));

	m->list.big = m->addr.big = m->dw.big_endian = big;
	m->u = (struct kd_dwarf_unit){.version = (uint16_t)version, .address_size = (uint8_t)address, .offset_size = 4,
				      .low_pc = 0x1000, .rnglists_base = 12, .loclists_base = 12, .addr_base = 8};
	put(&m->addr, 0, 8);
	for (unsigned i = 0; i < 4; i++)
		put(&m->addr, 0x5000 + 0x100 * i, address);
	return m;
}

static bool open_at(struct made *m, bool location, uint8_t kind, uint64_t u)
{
	const struct kd_dwarf_value v = {.kind = kind, .u = u};

	m->dw.ranges = m->dw.loc = m->dw.rnglists = m->dw.loclists = out_view(&m->list);
	m->dw.addr = out_view(&m->addr);
	return location ? kd_dwarf_locations(&m->dw, &m->u, &v, &m->l) : kd_dwarf_ranges(&m->dw, &m->u, &v, &m->l);
}

static void want(struct made *m, uint64_t start, uint64_t end, const char *expr)
{
	struct kd_view v = KD_VNULL;
	uint64_t a = 0, b = 0;

	if (!kd_dwarf_list_next(&m->l, &a, &b, &v))
		fail_msg("no entry, want %#jx", (uintmax_t)start);
	assert_int_equal(a, start);
	assert_int_equal(b, end);
	if (expr)
		assert_view(v, expr);
}

static void want_end(struct made *m, bool failed)
{
	uint64_t a, b;

	assert_false(kd_dwarf_list_next(&m->l, &a, &b, NULL));
	assert_int_equal(m->l.c.failed, failed);
	assert_false(kd_dwarf_list_next(&m->l, &a, &b, NULL));
}

static void pair4(struct made *m, uint64_t a, uint64_t b, const char *expr)
{
	put(&m->list, a, m->u.address_size);
	put(&m->list, b, m->u.address_size);
	if (!expr)
		return;
	put(&m->list, strlen(expr), 2);
	for (; *expr; expr++)
		put(&m->list, (uint8_t)*expr, 1);
}

static void test_ranges4(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct made *m = new_made(i & 1 ? 4 : 3, i & 2 ? 4 : 8, i & 1);
		const uint64_t ones = m->u.address_size == 4 ? UINT32_MAX : UINT64_MAX;

		pair4(m, 0x10, 0x20, NULL);
		pair4(m, 0x30, 0x30, NULL); /* empty */
		pair4(m, 0x50, 0x40, NULL); /* backwards: no range */
		pair4(m, ones, 0x8000, NULL);
		pair4(m, 0x1, 0x2, NULL);
		pair4(m, 0, 0, NULL);
		pair4(m, 0x7, 0x8, NULL);
		/* DWARF 3 has no form for an offset into a section: data4 */
		assert_true(open_at(m, false, m->u.version == 3 ? KD_DWV_UINT : KD_DWV_OFFSET, 0));
		want(m, 0x1010, 0x1020, NULL);
		want(m, 0x8001, 0x8002, NULL);
		want_end(m, false);
		if (m->u.version == 4)
			assert_false(open_at(m, false, KD_DWV_UINT, 0));
		assert_false(open_at(m, false, KD_DWV_OFFSET, m->list.n));
		assert_true(open_at(m, false, KD_DWV_OFFSET, m->list.n - 1));
		want_end(m, true);
		kd_free(m);
	}
}

static void test_locations4(void **state)
{
	struct made *m = new_made(4, 8, false);

	(void)state;
	pair4(m, 0x10, 0x20, "abc");
	pair4(m, 0x30, 0x30, "no");
	pair4(m, UINT64_MAX, 0x8000, NULL);
	pair4(m, 0x1, 0x2, "d");
	pair4(m, 0, 0, NULL);
	assert_true(open_at(m, true, KD_DWV_OFFSET, 0));
	want(m, 0x1010, 0x1020, "abc");
	want(m, 0x8001, 0x8002, "d");
	want_end(m, false);
	m->list.n = 20; /* in the expression */
	assert_true(open_at(m, true, KD_DWV_OFFSET, 0));
	want_end(m, true);
	kd_free(m);
}

/* Kinds of DWARF 5, 7.25; those of location lists from 5 on are one higher. */
static void entry5(struct made *m, unsigned kind, uint64_t a, uint64_t b, const char *expr)
{
	const unsigned raw = kind - (expr && kind > 5);

	put(&m->list, kind, 1);
	if (raw == 5 || raw == 6 || raw == 7)
		put(&m->list, a, m->u.address_size);
	else
		put_uleb(&m->list, a);
	if (raw == 6)
		put(&m->list, b, m->u.address_size);
	else if (raw != 1 && raw != 5)
		put_uleb(&m->list, b);
	if (!expr || raw == 1 || raw == 5)
		return;
	put_uleb(&m->list, strlen(expr));
	for (; *expr; expr++)
		put(&m->list, (uint8_t)*expr, 1);
}

static void test_ranges5(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		struct made *m = new_made(5, i & 1 ? 4 : 8, i & 2);

		put(&m->list, 0, 12); /* the table's header */
		put(&m->list, 8, 4); /* list 0 begins there, counted from here */
		put(&m->list, 0x1000, 4); /* list 1 lies outside */
		entry5(m, 4, 0x10, 0x20, NULL);
		entry5(m, 2, 1, 2, NULL);
		entry5(m, 3, 2, 0x33, NULL);
		entry5(m, 3, 2, 0, NULL); /* empty */
		entry5(m, 5, 0x8000, 0, NULL);
		entry5(m, 4, 1, 2, NULL);
		entry5(m, 1, 3, 0, NULL);
		entry5(m, 4, 1, 2, NULL);
		entry5(m, 6, 0x9000, 0x9001, NULL);
		entry5(m, 7, 0xa000, 0x10, NULL);
		put(&m->list, 0, 1);
		assert_true(open_at(m, false, KD_DWV_LISTX, 0));
		want(m, 0x1010, 0x1020, NULL);
		want(m, 0x5100, 0x5200, NULL);
		want(m, 0x5200, 0x5233, NULL);
		want(m, 0x8001, 0x8002, NULL);
		want(m, 0x5301, 0x5302, NULL);
		want(m, 0x9000, 0x9001, NULL);
		want(m, 0xa000, 0xa010, NULL);
		want_end(m, false);
		assert_true(open_at(m, false, KD_DWV_OFFSET, 20));
		want(m, 0x1010, 0x1020, NULL);
		assert_false(open_at(m, false, KD_DWV_LISTX, 1));
		assert_false(open_at(m, false, KD_DWV_LISTX, UINT64_MAX / 4));
		assert_false(open_at(m, false, KD_DWV_LISTX, UINT64_MAX));
		assert_false(open_at(m, false, KD_DWV_STRING, 0));
		kd_free(m);
	}
}

static void test_locations5(void **state)
{
	struct made *m = new_made(5, 8, false);

	(void)state;
	put(&m->list, 9, 1); /* GNU's pair of views, without an expression */
	put_uleb(&m->list, 300);
	put_uleb(&m->list, 2);
	entry5(m, 4, 0x10, 0x20, "a");
	entry5(m, 2, 1, 2, "bb");
	entry5(m, 3, 2, 0x33, "c");
	put(&m->list, 5, 1); /* default */
	put_uleb(&m->list, 1);
	put(&m->list, 'd', 1);
	entry5(m, 6, 0x8000, 0, "");
	entry5(m, 4, 1, 2, "e");
	entry5(m, 1, 3, 0, "");
	entry5(m, 4, 1, 2, "");
	entry5(m, 7, 0x9000, 0x9001, "f");
	entry5(m, 8, 0xa000, 0x10, "g");
	put(&m->list, 0, 1);
	assert_true(open_at(m, true, KD_DWV_OFFSET, 0));
	want(m, 0x1010, 0x1020, "a");
	want(m, 0x5100, 0x5200, "bb");
	want(m, 0x5200, 0x5233, "c");
	want(m, 0, UINT64_MAX, "d");
	want(m, 0x8001, 0x8002, "e");
	want(m, 0x5301, 0x5302, "");
	want(m, 0x9000, 0x9001, "f");
	want(m, 0xa000, 0xa010, "g");
	want_end(m, false);
	kd_free(m);
}

/* Every cut of a list, unknown kinds, indexes outside of the table: said, and nothing more comes. */
static void test_hostile(void **state)
{
	struct made *m = new_made(5, 8, false);
	uint64_t a, b;
	size_t whole;

	(void)state;
	entry5(m, 2, 1, 2, NULL);
	entry5(m, 6, 0x9000, 0x9001, NULL);
	whole = m->list.n;
	for (size_t n = 1; n < whole; n++) {
		m->list.n = n;
		assert_true(open_at(m, false, KD_DWV_OFFSET, 0));
		while (kd_dwarf_list_next(&m->l, &a, &b, NULL))
			;
		want_end(m, true);
	}
	m->list.n = 0;
	entry5(m, 2, 100, 2, NULL);
	assert_true(open_at(m, false, KD_DWV_OFFSET, 0));
	want_end(m, true);
	for (unsigned kind = 8; kind < 256; kind += 31) {
		m->list.p[0] = (uint8_t)kind;
		assert_true(open_at(m, false, KD_DWV_OFFSET, 0));
		want_end(m, true);
	}
	kd_free(m);
}

/* Longer than a list may be: it is given up, and that is said. */
static void test_too_long(void **state)
{
	const size_t n = (size_t)3 << 20;
	char *bytes = kd_xmalloc(n);
	struct made *m = new_made(5, 8, false);
	const struct kd_dwarf_value v = {.kind = KD_DWV_OFFSET, .u = 0};
	uint64_t a, b, count = 0;

	(void)state;
	for (size_t i = 0; i + 3 <= n; i += 3)
		memcpy(bytes + i, "\4\1\2", 3); /* offset_pair 1, 2 */
	m->dw.rnglists = kd_view(bytes, n);
	assert_true(kd_dwarf_ranges(&m->dw, &m->u, &v, &m->l));
	while (kd_dwarf_list_next(&m->l, &a, &b, NULL))
		count++;
	assert_int_equal(count, 1 << 20);
	assert_true(m->l.c.failed); /* it has no end */
	kd_free(bytes);
	bytes = kd_xmalloc(2 * n);
	for (size_t i = 0; i + 3 <= 2 * n; i += 3)
		memcpy(bytes + i, "\4\1\2", 3);
	m->dw.rnglists = kd_view(bytes, 2 * n);
	assert_true(kd_dwarf_ranges(&m->dw, &m->u, &v, &m->l));
	for (count = 0; kd_dwarf_list_next(&m->l, &a, &b, NULL);)
		count++;
	assert_int_equal(count, 1 << 20);
	assert_true(m->l.c.failed);
	kd_free(bytes);
	kd_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges4), cmocka_unit_test(test_locations4), cmocka_unit_test(test_ranges5),
		cmocka_unit_test(test_locations5), cmocka_unit_test(test_hostile), cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
