// SPDX-License-Identifier: GPL-2.0-or-later
/* Chains, XArrays, IDRs and trees in a made kernel's memory: whole ones, and each way in which they are broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/rbtree.h"
#include "core/xarray.h"
#include "fake.h"

#define ROOM 0xffff888000c00000u /* four pages for what is walked */

enum { PAGES = 4, SEEN = 128, NODE = 576, SLOTS = 40 };

struct seen {
	uint64_t index[SEEN], entry[SEEN];
	size_t n, stop; /* stop: visit no more than these; 0: all */
};

static bool visit(void *user, uint64_t index, uint64_t entry)
{
	struct seen *s = user;

	assert_true(s->n < SEEN);
	s->index[s->n] = index;
	s->entry[s->n++] = entry;
	return s->n != s->stop;
}

static void begin(struct fake *f)
{
	fake_init(f, &fake_61);
	for (unsigned i = 0; i < PAGES; i++)
		machine_map(&f->m, ROOM + 0x1000 * (uint64_t)i, machine_page(&f->m));
}

static void opened(struct fake *f)
{
	struct kd_error *err = fake_open(f);

	if (err)
		fail_msg("%s", err->msg);
}

static void says(const struct kd_walk_end *end, const char *words)
{
	if (!strstr(end->why, words))
		fail_msg("\"%s\" is not in \"%s\"", words, end->why);
}

/* --- chains ------------------------------------------------------------------------------------------ */

static void ring(struct fake *f, uint64_t head, unsigned n)
{
	for (unsigned i = 0; i <= n; i++) {
		const uint64_t at = i ? head + 0x100 * i : head, next = i < n ? head + 0x100 * (i + 1) : head;

		fake_put(f, at, next, 8);
		fake_put(f, next + 8, at, 8);
	}
}

static void lists(void **state)
{
	struct fake f;
	struct seen s = {.n = 0};
	struct kd_walk_end end;

	(void)state;
	begin(&f);
	ring(&f, ROOM, 3);
	ring(&f, ROOM + 0x1000, 5);
	fake_put(&f, ROOM + 0x1300 + 8, ROOM + 0x1100, 8); /* the third's prev is the first */
	ring(&f, ROOM + 0x2000, 0);
	opened(&f);
	kd_walk_list(f.kernel, ROOM, 100, visit, &s, &end);
	assert_int_equal(end.count, 3);
	assert_string_equal(end.why, "");
	assert_int_equal(s.entry[2], ROOM + 0x300);
	assert_int_equal(s.index[2], 2);
	kd_walk_list(f.kernel, ROOM, 2, visit, &s, &end);
	assert_int_equal(end.count, 2);
	says(&end, "more than 2 entries");
	s = (struct seen){.stop = 1};
	kd_walk_list(f.kernel, ROOM, 2, visit, &s, &end);
	assert_int_equal(end.count, 1);
	assert_true(end.stopped);
	assert_string_equal(end.why, "");
	kd_walk_list(f.kernel, ROOM + 0x1000, 100, visit, &s, &end);
	assert_int_equal(end.count, 2);
	says(&end, "in a list 0xffff888000c01200 points to 0xffff888000c01300, which points back to 0xffff888000c01100");
	kd_walk_list(f.kernel, ROOM + 0x2000, 100, visit, &s, &end);
	assert_int_equal(end.count, 0);
	assert_int_equal(end.broken, 0);
	kd_walk_list(f.kernel, 0x1000, 100, visit, &s, &end);
	says(&end, "0x1000");
	fake_deinit(&f);
}

static void chains(void **state)
{
	struct fake f;
	struct seen s = {.n = 0};
	struct kd_walk_end end;

	(void)state;
	begin(&f);
	for (unsigned i = 0; i < 4; i++) { /* hlist: head, three nodes; nulls: ends with an odd word */
		fake_put(&f, ROOM + 0x100 * i, i < 3 ? ROOM + 0x100 * (i + 1) : 0x55, 8);
		fake_put(&f, ROOM + 0x100 * (i + 1) + 8, ROOM + 0x100 * i, 8);
	}
	for (unsigned i = 0; i < 9; i++) /* a chain: the ninth leads to the third */
		fake_put(&f, ROOM + 0x1010 + 0x40 * i, ROOM + 0x1000 + 0x40 * (i < 8 ? i + 1 : 2), 8);
	opened(&f);
	kd_walk_hlist(f.kernel, ROOM, 10, visit, &s, &end);
	assert_int_equal(end.count, 3);
	assert_string_equal(end.why, "");
	assert_int_equal(s.entry[2], ROOM + 0x300);
	s.n = 0;
	kd_walk_hlist(f.kernel, ROOM + 0x1010, 10, visit, &s, &end);
	assert_int_equal(end.count, 0);
	says(&end, "pprev");
	kd_walk_chain(f.kernel, ROOM + 0x1000, 0x10, 100, visit, &s, &end);
	says(&end, "circle");
	assert_true(end.count >= 9 && end.count < 30);
	s.n = 0;
	kd_walk_chain(f.kernel, 0, 0x10, 100, visit, &s, &end);
	assert_int_equal(end.count + end.broken, 0);
	fake_deinit(&f);
}

/* --- XArrays ----------------------------------------------------------------------------------------- */

static uint64_t node(unsigned i)
{
	return ROOM + 0x400 + 0x400 * (uint64_t)i;
}

static void put_node(struct fake *f, unsigned i, unsigned shift, unsigned offset, uint64_t parent)
{
	fake_put(f, node(i), shift, 1);
	fake_put(f, node(i) + 1, offset, 1);
	fake_put(f, node(i) + 8, parent, 8);
	if (parent)
		fake_put(f, parent + SLOTS + 8 * offset, node(i) + 2, 8);
}

static void put_slot(struct fake *f, unsigned i, unsigned at, uint64_t entry)
{
	fake_put(f, node(i) + SLOTS + 8 * at, entry, 8);
}

/* Two levels: 0 → value 7, 1 → a pointer with a sibling behind it, 3 reserved, 4 retry, 130 → a pointer. */
static void put_xarray(struct fake *f)
{
	begin(f);
	fake_put(f, ROOM + 8, node(0) + 2, 8);
	put_node(f, 0, 6, 0, 0);
	put_node(f, 1, 0, 0, node(0));
	put_node(f, 2, 0, 2, node(0));
	put_slot(f, 1, 0, 7 << 1 | 1);
	put_slot(f, 1, 1, 0xffff888000001000);
	put_slot(f, 1, 2, 1 << 2 | 2);
	put_slot(f, 1, 3, 257 << 2 | 2);
	put_slot(f, 1, 4, 256 << 2 | 2);
	put_slot(f, 2, 2, 0xffff888000002000);
}

static void xarrays(void **state)
{
	struct fake f;
	struct seen s = {.n = 0};
	struct kd_walk_end end;
	uint64_t e;

	(void)state;
	put_xarray(&f);
	fake_put(&f, ROOM + 0x20 + 8, 0xffff888000003000, 8); /* one entry, at 0, without nodes */
	fake_put(&f, ROOM + 16, 10, 4); /* idr_base */
	opened(&f);
	kd_xarray_walk(f.kernel, ROOM, 100, visit, &s, &end);
	assert_string_equal(end.why, "");
	assert_int_equal(end.count, 3);
	assert_int_equal(end.reserved, 1);
	assert_true(kd_xa_is_value(s.entry[0]));
	assert_int_equal(kd_xa_value(s.entry[0]), 7);
	assert_int_equal(s.index[1], 1);
	assert_int_equal(s.index[2], 130);
	assert_int_equal(s.entry[2], 0xffff888000002000);
	assert_true(kd_xarray_at(f.kernel, ROOM, 130, &e));
	assert_int_equal(e, 0xffff888000002000);
	assert_true(kd_xarray_at(f.kernel, ROOM, 2, &e)); /* of the sibling */
	assert_int_equal(e, 0xffff888000001000);
	assert_false(kd_xarray_at(f.kernel, ROOM, 3, &e));
	assert_false(kd_xarray_at(f.kernel, ROOM, 4096 + 130, &e));
	s.n = 0;
	kd_idr_walk(f.kernel, ROOM, 100, visit, &s, &end);
	assert_int_equal(s.index[2], 140);
	s.n = 0;
	kd_xarray_walk(f.kernel, ROOM + 0x20, 100, visit, &s, &end);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.index[0], 0);
	assert_true(kd_xarray_at(f.kernel, ROOM + 0x20, 0, &e));
	assert_false(kd_xarray_at(f.kernel, ROOM + 0x20, 1, &e));
	fake_deinit(&f);
}

static void broken_xarray(void (*breaks)(struct fake *f), const char *words, unsigned left)
{
	struct fake f;
	struct seen s = {.n = 0};
	struct kd_walk_end end;

	put_xarray(&f);
	breaks(&f);
	opened(&f);
	kd_xarray_walk(f.kernel, ROOM, 100, visit, &s, &end);
	says(&end, words);
	assert_int_equal(end.broken, 1);
	assert_int_equal(end.count, left);
	fake_deinit(&f);
}

static void to_itself(struct fake *f)
{
	put_slot(f, 0, 5, node(0) + 2);
}

static void twice(struct fake *f)
{
	put_slot(f, 0, 5, node(1) + 2);
}

static void too_deep(struct fake *f)
{
	put_slot(f, 1, 5, node(3) + 2);
}

static void no_memory(struct fake *f)
{
	put_slot(f, 0, 5, 0xffff8880f0000002);
}

static void no_entry(struct fake *f)
{
	put_slot(f, 1, 5, 258 << 2 | 2);
}

static void other_parent(struct fake *f)
{
	fake_put(f, node(2) + 8, node(1), 8);
}

static void broken_xarrays(void **state)
{
	(void)state;
	broken_xarray(to_itself, "has the shift 6", 3);
	broken_xarray(twice, "[0], it is in", 3);
	broken_xarray(too_deep, "below it where entries are", 3);
	broken_xarray(no_memory, "cannot be read at 0xffff8880f0000000", 3);
	broken_xarray(no_entry, "index 5 of an xarray holds 0x40a", 3);
	broken_xarray(other_parent, "says its parent is", 2);
}

/* --- trees ------------------------------------------------------------------------------------------- */

static uint64_t leaf(unsigned i)
{
	return ROOM + 0x40 * (uint64_t)i;
}

/* 1 … 7 in order, 4 at the top; the root pointer at ROOM. */
static void put_tree(struct fake *f)
{
	static const unsigned char tree[][4] = {{4, 0, 2, 6}, {2, 4, 1, 3}, {6, 4, 5, 7}, {1, 2, 0, 0}, {3, 2, 0, 0}, {5, 6, 0, 0}, {7, 6, 0, 0}};

	begin(f);
	fake_put(f, ROOM, leaf(4), 8);
	for (size_t i = 0; i < KD_ARRAY_LEN(tree); i++) {
		const uint64_t at = leaf(tree[i][0]);

		fake_put(f, at, (tree[i][1] ? leaf(tree[i][1]) : 0) | (i & 1), 8);
		fake_put(f, at + 8, tree[i][3] ? leaf(tree[i][3]) : 0, 8);
		fake_put(f, at + 16, tree[i][2] ? leaf(tree[i][2]) : 0, 8);
	}
}

static void trees(void **state)
{
	struct fake f;
	struct seen s = {.n = 0};
	struct kd_walk_end end;

	(void)state;
	put_tree(&f);
	opened(&f);
	kd_rbtree_walk(f.kernel, ROOM, 100, visit, &s, &end);
	assert_string_equal(end.why, "");
	assert_int_equal(s.n, 7);
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(s.entry[i], leaf(i + 1));
	s.n = 0;
	kd_rbtree_walk(f.kernel, ROOM, 3, visit, &s, &end);
	assert_int_equal(s.n, 3);
	says(&end, "more than 3");
	kd_rbtree_walk(f.kernel, ROOM + 0x800, 3, visit, &s, &end);
	assert_int_equal(end.count + end.broken, 0);
	fake_deinit(&f);
}

static void broken_trees(void **state)
{
	struct fake f;
	struct seen s = {.n = 0};
	struct kd_walk_end end;

	(void)state;
	put_tree(&f);
	fake_put(&f, leaf(7) + 8, leaf(4), 8); /* a circle */
	fake_put(&f, leaf(2), leaf(6), 8); /* another parent: 1, 2, 3 are left out */
	opened(&f);
	kd_rbtree_walk(f.kernel, ROOM, 100, visit, &s, &end);
	assert_int_equal(s.n, 4);
	assert_int_equal(end.broken, 2);
	says(&end, "0xffff888000c00080 has the parent 0xffff888000c00180, but it is below 0xffff888000c00100");
	fake_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists), cmocka_unit_test(chains), cmocka_unit_test(xarrays), cmocka_unit_test(broken_xarrays),
		cmocka_unit_test(trees), cmocka_unit_test(broken_trees),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
