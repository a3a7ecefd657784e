// SPDX-License-Identifier: GPL-2.0-or-later
/* Rings of list_heads: whole ones, and each way in which one can be broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/lists.h"
#include "fake.h"

enum { NODES = 5 };
#define AT (FAKE_TASKS_AT + 0x20000)

static uint64_t node(unsigned i)
{
	return AT + 0x40 * (uint64_t)(i % (NODES + 1)); /* 0: the head */
}

static void begin(struct fake *f)
{
	fake_init(f, &fake_61);
	machine_map(&f->m, AT, machine_page(&f->m));
	for (unsigned i = 0; i <= NODES; i++) {
		fake_put(f, node(i), node(i + 1), 8);
		fake_put(f, node(i) + 8, node(i + NODES), 8);
	}
}

static void open_it(struct fake *f)
{
	struct kd_error *err = fake_open(f);

	if (err)
		fail_msg("%s", err->msg);
}

struct seen {
	uint64_t at[2 * NODES];
	size_t n, stop;
};

static bool see(void *user, uint64_t at)
{
	struct seen *s = user;

	assert_true(s->n < 2 * NODES);
	s->at[s->n++] = at;
	return s->n != s->stop;
}

static void whole(void **state)
{
	struct kd_list_check c;
	struct kd_list_walk w;
	char words[KD_LIST_WORDS];
	struct seen s = {0};
	struct fake f;

	(void)state;
	begin(&f);
	open_it(&f);
	kd_list_check(f.kernel, node(0), 100, &c);
	assert_true(c.whole);
	assert_int_equal(c.next.n, NODES);
	assert_int_equal(c.prev.n, NODES);
	kd_list_each(f.kernel, node(0), 100, see, &s, &w);
	assert_int_equal(w.state, KD_LIST_WHOLE);
	for (unsigned i = 0; i < NODES; i++)
		assert_int_equal(s.at[i], node(i + 1));
	kd_list_each(f.kernel, node(0), NODES, NULL, NULL, &w); /* as many as there are */
	assert_int_equal(w.state, KD_LIST_WHOLE);
	kd_list_each(f.kernel, node(0), NODES - 1, NULL, NULL, &w);
	assert_int_equal(w.state, KD_LIST_LONG);
	assert_string_equal(kd_list_words(&w, words), "more than 4 nodes; the rest was not looked at");
	s = (struct seen){.stop = 2};
	kd_list_each(f.kernel, node(0), 100, see, &s, &w);
	assert_int_equal(w.state, KD_LIST_STOPPED);
	assert_int_equal(w.n, 2);
	fake_deinit(&f);
}

/* The place is named from both sides. */
static void broken_at(uint64_t slot, uint64_t value, enum kd_list_state next, enum kd_list_state prev, size_t nnext, size_t nprev)
{
	struct kd_list_check c;
	struct fake f;

	begin(&f);
	fake_put(&f, slot, value, 8);
	open_it(&f);
	kd_list_check(f.kernel, node(0), 100, &c);
	assert_false(c.whole);
	assert_int_equal(c.next.state, next);
	assert_int_equal(c.prev.state, prev);
	assert_int_equal(c.next.n, nnext);
	assert_int_equal(c.prev.n, nprev);
	assert_int_equal(c.next.at, node((unsigned)nnext));
	if (next != KD_LIST_BROKEN || slot == c.next.at)
		assert_int_equal(c.next.to, value);
	fake_deinit(&f);
}

static void broken(void **state)
{
	(void)state;
	/* node 2 points to node 4, behind which is node 3 */
	broken_at(node(2), node(4), KD_LIST_BROKEN, KD_LIST_BROKEN, 2, 3);
	broken_at(node(2), 0, KD_LIST_NULL, KD_LIST_BROKEN, 2, 3);
	broken_at(node(2), 0xdead000000000100, KD_LIST_POISON, KD_LIST_BROKEN, 2, 3);
	broken_at(node(2), 0xffff8f0000000000, KD_LIST_UNREADABLE, KD_LIST_BROKEN, 2, 3);
	broken_at(node(2), node(1), KD_LIST_BROKEN, KD_LIST_BROKEN, 2, 3); /* a circle without the head */
	broken_at(node(3) + 8, node(1), KD_LIST_BROKEN, KD_LIST_BROKEN, 2, 3); /* the other way */
	broken_at(node(0), node(0) + 4, KD_LIST_BROKEN, KD_LIST_BROKEN, 0, 5);
}

static void empty(void **state)
{
	struct kd_list_check c;
	struct fake f;

	(void)state;
	begin(&f);
	fake_put(&f, node(1), node(1), 8);
	fake_put(&f, node(1) + 8, node(1), 8);
	open_it(&f);
	kd_list_check(f.kernel, node(1), 0, &c);
	assert_true(c.whole);
	assert_int_equal(c.next.n, 0);
	kd_list_check(f.kernel, AT + 0x5000, 10, &c); /* the head itself is not there */
	assert_int_equal(c.next.state, KD_LIST_UNREADABLE);
	fake_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(whole), cmocka_unit_test(broken), cmocka_unit_test(empty)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
