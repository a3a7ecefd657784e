// SPDX-License-Identifier: GPL-2.0-or-later
/* What tasks of a made kernel wait for, who holds it, and cycles; with list heads in locks and without; and what must not be believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/funcrow.h"
#include "core/waitgraph.h"
#include "fake.h"

#define LOCKS FAKE_LOCKS
#define LOCK_A FAKE_LOCK_A
#define LOCK_B FAKE_LOCK_B

enum { BLOCKED = 2, SLEEPS = 1, MUTEX_HEAD = 16, RWSEM_HEAD = 24, SEM_HEAD = 8, SWAIT_HEAD = 16 };

static struct kd_waits *waits;

static void begin(struct fake *f, const struct fake_kind *kind)
{
	fake_init(f, kind);
	fake_locks_begin(f);
}

static void open_it(struct fake *f, bool chains)
{
	struct kd_error *err = fake_open(f);

	if (err)
		fail_msg("%s", err->msg);
	assert_null(kd_waits_new(f->kernel, chains ? f->unwinder : NULL, &waits));
}

static void end(struct fake *f)
{
	kd_waits_free(waits);
	fake_deinit(f);
}

static void look(struct fake *f, unsigned task, enum kd_wait_depth depth, struct kd_wait *r)
{
	struct kd_task t;

	assert_true(kd_task_read(f->kernel, fake_task(task), &t));
	assert_null(kd_wait_of_task(waits, &t, depth, &f->arena, r));
}

static bool has_fact(const struct kd_wait *r, const char *what, uint64_t addr, uint64_t value)
{
	for (size_t i = 0; i < r->nfacts; i++)
		if (!strcmp(r->fact[i].what, what))
			return r->fact[i].addr == addr && r->fact[i].value == value;
	return false;
}

/* --- locks ------------------------------------------------------------------------------------------- */

static const struct fake_kind *const kinds[] = {&fake_61, &fake_612, &fake_locks7};

static void a_cycle(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++) {
		struct kd_waitgraph g;
		struct kd_wait r;
		struct fake f;

		begin(&f, kinds[i]);
		fake_cross(&f);
		open_it(&f, true);
		look(&f, 3, KD_WAIT_QUICK, &r);
		if (r.trust != KD_WAIT_PROVEN)
			fail_msg("%zu: %s, %s", i, kd_wait_kind_words(r.kind), r.why);
		assert_int_equal(r.kind, KD_WAIT_MUTEX);
		assert_int_equal(r.lock, LOCK_A);
		assert_int_equal(r.owner_how, KD_OWNER_STATED);
		assert_int_equal(r.owner, fake_task(2));
		assert_int_equal(r.waiters, 2);
		assert_int_equal(r.waiter, fake_waiter(3));
		assert_string_equal(r.function, "__mutex_lock.constprop.0");
		assert_int_equal(r.caller, 3); /* __schedule, schedule, __mutex_lock, vfs_write */
		assert_true(has_fact(&r, "mutex.owner", LOCK_A, fake_task(2) | 1));
		assert_true(has_fact(&r, "mutex_waiter.task", fake_waiter(3) + 16, fake_task(3)));

		assert_null(kd_waitgraph_read(f.kernel, waits, &f.arena, &g));
		assert_int_equal(g.n, 3);
		assert_int_equal(g.blocked, 3);
		assert_int_equal(g.nlocks, 2);
		assert_int_equal(g.ncycles, 1);
		assert_true(g.cycle[0].proven);
		assert_int_equal(g.cycle[0].n, 2);
		for (size_t k = 0; k < 2; k++) {
			const struct kd_wg_task *t = &g.task[g.cycle[0].task[k]], *next = &g.task[g.cycle[0].task[1 - k]];

			assert_true(t->t.addr == fake_task(1) || t->t.addr == fake_task(2));
			assert_int_equal(t->wait.owner, next->t.addr);
			assert_int_equal(t->owner, g.cycle[0].task[1 - k]);
		}
		assert_int_equal(g.root, KD_WG_NONE);
		end(&f);
	}
}

/* Without call chains the same, but nothing of it is proven, and the cycle has no name. */
static void without_chains(void **state)
{
	struct kd_waitgraph g;
	struct kd_wait r;
	struct fake f;

	(void)state;
	begin(&f, &fake_61);
	fake_cross(&f);
	open_it(&f, false);
	look(&f, 1, KD_WAIT_DEEP, &r);
	assert_int_equal(r.kind, KD_WAIT_MUTEX);
	assert_int_equal(r.trust, KD_WAIT_INFERRED);
	assert_non_null(r.why);
	assert_int_equal(r.lock, LOCK_A);
	assert_null(kd_waitgraph_read(f.kernel, waits, &f.arena, &g));
	assert_int_equal(g.ncycles, 1);
	assert_false(g.cycle[0].proven);
	end(&f);
}

/* One chain: 3 → A, which 2 has; 2 → B, which 1 has; 1 sleeps for a time. */
static void a_chain(void **state)
{
	struct kd_waitgraph g;
	struct fake f;

	(void)state;
	begin(&f, &fake_61);
	fake_mutex(&f, LOCK_A, fake_task(2), (const unsigned[]){3}, 1);
	fake_mutex(&f, LOCK_B, fake_task(1), (const unsigned[]){2}, 1);
	fake_sleeps_in(&f, 1, "schedule_timeout", SLEEPS);
	fake_put(&f, fake_waiter(1) + 16, 4711, 8); /* process_timer */
	fake_put(&f, fake_waiter(1) + 24, fake_symbol(&f, "process_timeout"), 8);
	fake_put(&f, fake_waiter(1) + 40, fake_task(1), 8);
	open_it(&f, true);
	assert_null(kd_waitgraph_read(f.kernel, waits, &f.arena, &g));
	assert_int_equal(g.n, 3);
	assert_int_equal(g.ncycles, 0);
	assert_true(g.root != KD_WG_NONE);
	assert_int_equal(g.task[g.root].t.addr, fake_task(1));
	assert_int_equal(g.task[g.root].dependents, 2);
	assert_int_equal(g.task[g.root].wait.kind, KD_WAIT_TIMER);
	assert_int_equal(g.task[g.root].wait.trust, KD_WAIT_PROVEN);
	assert_int_equal(g.task[g.root].wait.expires, 4711);
	assert_false(g.task[g.root].wait.never);
	for (size_t i = 0; i < g.n; i++)
		if ((int32_t)i != g.root)
			assert_int_equal(g.task[i].root, g.root);
	end(&f);
}

/* A task that waits for what it has itself. */
static void itself(void **state)
{
	struct kd_waitgraph g;
	struct fake f;

	(void)state;
	begin(&f, &fake_61);
	fake_mutex(&f, LOCK_A, fake_task(1), (const unsigned[]){1}, 1);
	open_it(&f, true);
	assert_null(kd_waitgraph_read(f.kernel, waits, &f.arena, &g));
	assert_int_equal(g.ncycles, 1);
	assert_int_equal(g.cycle[0].n, 1);
	assert_true(g.cycle[0].proven);
	end(&f);
}

static void rwsem(void **state)
{
	static const struct {
		uint64_t count, owner;
		enum kd_wait_owner how;
		uint64_t readers;
	} cases[] = {{1 | 2, 0, KD_OWNER_STATED, 0}, {3 << 8 | 2, 1, KD_OWNER_HINT, 3}, {2, 0, KD_OWNER_NOBODY, 0}};

	(void)state;
	for (size_t k = 0; k < KD_ARRAY_LEN(kinds); k++)
		for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
			struct kd_waitgraph g;
			struct kd_wait r;
			struct fake f;

			begin(&f, kinds[k]);
			fake_put(&f, LOCK_A, cases[i].count, 8);
			fake_put(&f, LOCK_A + 8, fake_task(2) | cases[i].owner, 8);
			fake_ring(&f, LOCK_A, RWSEM_HEAD, 0, 16, (const unsigned[]){1}, 1);
			fake_sleeps_in(&f, 1, "rwsem_down_write_slowpath", BLOCKED);
			open_it(&f, true);
			look(&f, 1, KD_WAIT_DEEP, &r);
			assert_int_equal(r.kind, KD_WAIT_RWSEM_WRITE);
			assert_int_equal(r.trust, KD_WAIT_PROVEN);
			assert_int_equal(r.lock, LOCK_A);
			assert_int_equal(r.owner_how, cases[i].how);
			assert_int_equal(r.readers, cases[i].readers);
			assert_null(kd_waitgraph_read(f.kernel, waits, &f.arena, &g));
			assert_int_equal(g.task[0].edge, cases[i].how == KD_OWNER_STATED ? KD_EDGE_STATED :
							cases[i].how == KD_OWNER_HINT	  ? KD_EDGE_HINT :
											    KD_EDGE_NONE);
			end(&f);
		}
}

/* Two tasks, each having read an rwsem that the other wants to write: a hint proves nothing, lockdep does. */
static void readers(void **state)
{
	(void)state;
	for (int lockdep = 0; lockdep < 2; lockdep++) {
		struct kd_waitgraph g;
		struct fake f;

		begin(&f, &fake_61);
		for (unsigned i = 1; i <= 2; i++) {
			const uint64_t lock = i == 1 ? LOCK_A : LOCK_B, held = i == 1 ? LOCK_B : LOCK_A;

			fake_put(&f, lock, 1 << 8 | 2, 8);
			fake_put(&f, lock + 8, fake_task(3 - i) | 1, 8);
			fake_ring(&f, lock, RWSEM_HEAD, 0, 16, &i, 1);
			fake_sleeps_in(&f, i, "rwsem_down_write_slowpath", BLOCKED);
			if (!lockdep)
				continue;
			fake_put(&f, fake_task(i) + FAKE_T_DEPTH, 2, 4); /* what it has, and what it waits for */
			fake_put(&f, fake_task(i) + FAKE_T_HELD + 8, held + 40, 8);
			fake_put(&f, fake_task(i) + FAKE_T_HELD + 24, lock + 40, 8);
		}
		open_it(&f, true);
		assert_null(kd_waitgraph_read(f.kernel, waits, &f.arena, &g));
		assert_int_equal(g.ncycles, 1);
		assert_int_equal(g.cycle[0].proven, lockdep);
		assert_int_equal(g.task[0].edge, lockdep ? KD_EDGE_LOCKDEP : KD_EDGE_HINT);
		assert_int_equal(g.nheld, lockdep ? 4 : 0);
		end(&f);
	}
}

static void others(void **state)
{
	struct kd_wait r;
	struct fake f;

	(void)state;
	begin(&f, &fake_61);
	fake_ring(&f, LOCK_A, SWAIT_HEAD, 8, 0, (const unsigned[]){1}, 1); /* completion, done 0 */
	fake_sleeps_in(&f, 1, "wait_for_completion", BLOCKED);
	fake_ring(&f, LOCK_B, SEM_HEAD, 0, 16, (const unsigned[]){2}, 1);
	fake_sleeps_in(&f, 2, "__down", BLOCKED);
	fake_ring(&f, LOCKS + 0x300, 8, 24, 8, (const unsigned[]){3}, 1); /* a wait queue */
	fake_put(&f, fake_waiter(3) + 16, fake_symbol(&f, "vfs_write"), 8);
	fake_sleeps_in(&f, 3, NULL, SLEEPS);
	open_it(&f, true);
	look(&f, 1, KD_WAIT_DEEP, &r);
	assert_int_equal(r.kind, KD_WAIT_COMPLETION);
	assert_int_equal(r.trust, KD_WAIT_PROVEN);
	assert_int_equal(r.lock, LOCK_A);
	assert_int_equal(r.owner_how, KD_OWNER_NOT_STORED);
	look(&f, 2, KD_WAIT_DEEP, &r);
	assert_int_equal(r.kind, KD_WAIT_SEMAPHORE);
	assert_int_equal(r.trust, KD_WAIT_PROVEN);
	assert_int_equal(r.lock, LOCK_B);
	look(&f, 3, KD_WAIT_DEEP, &r);
	assert_int_equal(r.kind, KD_WAIT_QUEUE);
	assert_int_equal(r.trust, KD_WAIT_PROVEN);
	assert_int_equal(r.lock, LOCKS + 0x300);
	look(&f, 3, KD_WAIT_QUICK, &r); /* no lock: not looked at */
	assert_int_equal(r.kind, KD_WAIT_UNKNOWN);
	end(&f);
}

/* 1 has A and flushes a work that 2 has in hand, which waits for A: the barrier is on 1's stack, in the list of the worker. */
static void flush(void **state)
{
	(void)state;
	for (int damage = 0; damage < 2; damage++) {
		const uint64_t bar = fake_stack(1, 400), worker = LOCKS + 0x400, entry = bar + 8, done = bar + 32;
		struct kd_waitgraph g;
		struct kd_wait r;
		struct fake f;

		begin(&f, &fake_61);
		fake_mutex(&f, LOCK_A, fake_task(1), (const unsigned[]){2}, 1);
		fake_ring(&f, done, SWAIT_HEAD, 8, 0, (const unsigned[]){1}, 1);
		fake_sleeps_in(&f, 1, "wait_for_completion", BLOCKED);
		fake_put(&f, bar + 64, fake_task(1), 8);
		fake_link(&f, worker + 16, entry);
		fake_link(&f, entry, worker + 16);
		fake_put(&f, worker, LOCKS + 0x500, 8);
		fake_put(&f, worker + 8, damage ? LOCKS : fake_task(2), 8);
		open_it(&f, true);
		look(&f, 1, KD_WAIT_DEEP, &r);
		assert_int_equal(r.kind, KD_WAIT_COMPLETION);
		assert_int_equal(r.trust, KD_WAIT_PROVEN);
		assert_int_equal(r.stack_of, fake_task(1));
		assert_int_equal(r.owner_how, damage ? KD_OWNER_NOT_STORED : KD_OWNER_WORKER);
		assert_null(kd_waitgraph_read(f.kernel, waits, &f.arena, &g));
		assert_int_equal(g.ncycles, !damage);
		if (!damage) {
			assert_true(g.cycle[0].proven);
			assert_int_equal(r.owner, fake_task(2));
			assert_true(has_fact(&r, "worker.task", worker + 8, fake_task(2)));
		}
		end(&f);
	}
}

/* --- what must not be believed ------------------------------------------------------------------------- */

enum damage { BACK_LINK, FORWARD_LINK, NO_FLAG, NO_TASK_WORD, OTHER_FUNCTION, LOST_POINTER, TWO_POINTERS, DONE_DAMAGE };

static void spoil(struct fake *f, enum damage how)
{
	const uint64_t w = fake_waiter(1);

	switch (how) {
	case BACK_LINK:
		fake_put(f, LOCK_A + MUTEX_HEAD + 8, LOCK_B, 8);
		break;
	case FORWARD_LINK:
		fake_put(f, w, LOCK_B, 8);
		break;
	case NO_FLAG:
		fake_put(f, LOCK_A, fake_task(2), 8);
		break;
	case NO_TASK_WORD:
		fake_put(f, w + 16, fake_task(3), 8);
		break;
	case OTHER_FUNCTION:
		fake_sleeps_in(f, 1, NULL, BLOCKED);
		break;
	case LOST_POINTER:
		fake_put(f, fake_stack(1, FAKE_SPILL), 0, 8);
		break;
	case TWO_POINTERS:
		fake_put(f, LOCK_B + MUTEX_HEAD, w, 8);
		fake_put(f, fake_stack(1, FAKE_SPILL + 8), LOCK_B, 8);
		break;
	default:
		break;
	}
}

static void damaged(void **state)
{
	(void)state;
	for (enum damage how = BACK_LINK; how < DONE_DAMAGE; how++) {
		const bool headless = how >= LOST_POINTER;
		struct kd_waitgraph g;
		struct kd_wait r;
		struct fake f;

		begin(&f, headless ? &fake_locks7 : &fake_61);
		fake_mutex(&f, LOCK_A, fake_task(2), (const unsigned[]){1}, 1);
		spoil(&f, how);
		open_it(&f, true);
		look(&f, 1, KD_WAIT_DEEP, &r);
		if (r.lock || r.trust == KD_WAIT_PROVEN || !r.why)
			fail_msg("%d: %s 0x%jx, %s", how, kd_wait_kind_words(r.kind), (uintmax_t)r.lock, kd_wait_trust_words(r.trust));
		assert_int_equal(r.kind, how == OTHER_FUNCTION ? KD_WAIT_UNKNOWN : KD_WAIT_MUTEX);
		assert_null(kd_waitgraph_read(f.kernel, waits, &f.arena, &g));
		assert_int_equal(g.ncycles, 0);
		assert_int_equal(g.nlocks, 0);
		end(&f);
	}
}

/* The owner is no task (any more); a lock on a stack. */
static void owner_is_gone(void **state)
{
	struct kd_waitgraph g;
	struct kd_wait r;
	struct fake f;

	(void)state;
	begin(&f, &fake_61);
	fake_mutex(&f, fake_stack(2, 608), LOCKS + 0x800, (const unsigned[]){1}, 1);
	open_it(&f, true);
	look(&f, 1, KD_WAIT_DEEP, &r);
	assert_int_equal(r.trust, KD_WAIT_PROVEN);
	assert_int_equal(r.owner_how, KD_OWNER_GONE);
	assert_int_equal(r.owner, LOCKS + 0x800);
	assert_int_equal(r.stack_of, fake_task(2));
	assert_null(kd_waitgraph_read(f.kernel, waits, &f.arena, &g));
	assert_int_equal(g.task[0].owner, KD_WG_NONE);
	end(&f);
}

static void states(void **state)
{
	static const struct {
		uint64_t bits;
		char letter;
		bool killable;
	} cases[] = {{0, 'R', false}, {1, 'S', false}, {2, 'D', false}, {0x102, 'D', true}, {0x402, 'I', false}, {4, 'T', false}, {8, 't', false},
		     {0x40, 'P', false}, {0x80, 'X', false}};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		struct kd_task_state s;
		struct fake f;

		begin(&f, &fake_61);
		fake_put(&f, fake_task(1) + FAKE_T_STATE, cases[i].bits, 4);
		fake_put(&f, fake_task(1) + FAKE_T_CPU, 1, 4);
		open_it(&f, true);
		kd_task_state(waits, fake_task(1), &s);
		assert_int_equal(s.letter, cases[i].letter);
		assert_int_equal(s.killable, cases[i].killable);
		assert_true(s.has_cpu && s.cpu == 1 && !s.on_cpu);
		end(&f);
	}
}

/* --- names of functions ------------------------------------------------------------------------------ */

static void says(const char *name, int want)
{
	static const struct kd_func_row rows[] = {{"down", false, 1}, {"down_", true, 2}, {"down_read", true, 3}};
	const struct kd_func_row *row = kd_func_row(rows, KD_ARRAY_LEN(rows), name);

	assert_int_equal(row ? row->word : 0, want);
}

static void names(void **state)
{
	(void)state;
	says("down", 1);
	says("down.constprop.0", 1); /* what the compiler puts behind is not the name's */
	says("downs", 0);
	says("down_read", 2); /* the first row that fits */
	says("dow", 0);
	says("", 0);
	says(".cold", 0);
	says("down_.part.0", 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cycle), cmocka_unit_test(without_chains), cmocka_unit_test(a_chain), cmocka_unit_test(itself),
		cmocka_unit_test(rwsem),   cmocka_unit_test(readers),	      cmocka_unit_test(others),	cmocka_unit_test(damaged),
		cmocka_unit_test(flush), cmocka_unit_test(owner_is_gone), cmocka_unit_test(states), cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
