// SPDX-License-Identifier: GPL-2.0-or-later
/* RCU, run queues, worker pools and users of memory of a made kernel; and what is said when their lists and trees are damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/clock.h"
#include "core/memuse.h"
#include "core/rcustate.h"
#include "core/runqueue.h"
#include "core/workqueue.h"
#include "fake.h"
#include "symbol/btfwrite.h"

#define PAGE_AT (FAKE_TASKS_AT + 0x30000)
#define RCU (FAKE_IMAGE + 0x50300) /* in the image's data, for symbols of it have to be near */
#define NUMBERS (RCU + 0x100) /* rcu_num_nodes, rcu_num_lvls */
#define STATES (RCU + 0x110) /* gp_state_names, and a name behind it */
#define MM (PAGE_AT + 0x300) /* and 0x40 further */
#define WORKS (PAGE_AT + 0x400)
#define WORKER (PAGE_AT + 0x500)
#define PWQ (PAGE_AT + 0x600) /* the low 8 bits are flags */
#define WQ (PAGE_AT + 0x700)

/* rcu_node; rcu_state */
enum { N_QSMASK = 0, N_EXPMASK = 8, N_LO = 16, N_HI = 20, N_LEVEL = 24, N_BLOCKED = 32, N_GP = 48, N_EXP = 56, N_SIZE = 64,
       R_SEQ = 3 * N_SIZE, R_KTHREAD = R_SEQ + 8, R_STATE = R_SEQ + 16,
       RQ = 0x200, Q_NR = 0, Q_CURR = 8, Q_IDLE = 16, Q_CLOCK = 24, Q_CFS = 32, Q_RT = 40, RT_QUEUES = 2,
       POOLS = 0x300, P_CPU = 0, P_ID = 4, P_LIST = 8, P_WORKERS = 24, P_SIZE = 40,
       W_WORK = 0, W_FUNC = 8, W_TASK = 16, W_NODE = 24, K_DATA = 0, K_ENTRY = 8, K_FUNC = 24, K_SIZE = 32 };

struct one {
	const char *name;
	uint32_t type;
	unsigned off;
};

static uint32_t structure(struct kd_btfw *w, const char *name, uint32_t size, const struct one *m, size_t n)
{
	const uint32_t id = kd_btfw_composite(w, KD_BTF_STRUCT, kd_view_of(name), size);

	for (size_t i = 0; i < n; i++)
		kd_btfw_member(w, kd_view_of(m[i].name), m[i].type, 8 * (uint64_t)m[i].off, 0);
	return id;
}
#define STRUCT(name, size, ...) structure(w, name, size, (const struct one[]){__VA_ARGS__}, \
		sizeof((const struct one[]){__VA_ARGS__}) / sizeof(struct one))

static void types(struct fake *f, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	const uint32_t node = STRUCT("rcu_node", N_SIZE, {"qsmask", ulong, N_QSMASK}, {"expmask", ulong, N_EXPMASK}, {"grplo", u32, N_LO},
				     {"grphi", u32, N_HI}, {"level", u32, N_LEVEL}, {"blkd_tasks", listhead, N_BLOCKED}, {"gp_tasks", ptr, N_GP},
				     {"exp_tasks", ptr, N_EXP});
	const uint32_t root = STRUCT("rb_root", 8, {"rb_node", ptr, 0});
	const uint32_t cached = STRUCT("rb_root_cached", 8, {"rb_root", root, 0});
	const uint32_t cfs = STRUCT("cfs_rq", 8, {"tasks_timeline", cached, 0});
	const uint32_t prio = STRUCT("rt_prio_array", 16 * RT_QUEUES, {"queue", kd_btfw_array(w, listhead, 0, RT_QUEUES), 0});
	const uint32_t rt = STRUCT("rt_rq", 16 * RT_QUEUES, {"active", prio, 0});
	const uint32_t stat = STRUCT("mm_rss_stat", 32, {"count", kd_btfw_array(w, ulong, 0, 4), 0});

	(void)f;
	STRUCT("rcu_state", R_STATE + 8, {"node", kd_btfw_array(w, node, 0, 3), 0}, {"gp_seq", ulong, R_SEQ}, {"gp_kthread", ptr, R_KTHREAD},
	       {"gp_state", u32, R_STATE});
	STRUCT("rq", Q_RT + 16 * RT_QUEUES, {"nr_running", u32, Q_NR}, {"curr", ptr, Q_CURR}, {"idle", ptr, Q_IDLE}, {"clock", ulong, Q_CLOCK},
	       {"cfs", cfs, Q_CFS}, {"rt", rt, Q_RT});
	STRUCT("worker_pool", P_SIZE, {"cpu", kd_btfw_int(w, KD_V("int"), 4, 1), P_CPU}, {"id", u32, P_ID}, {"worklist", listhead, P_LIST},
	       {"workers", listhead, P_WORKERS});
	STRUCT("worker", 40, {"current_work", ptr, W_WORK}, {"current_func", ptr, W_FUNC}, {"task", ptr, W_TASK}, {"node", listhead, W_NODE});
	STRUCT("work_struct", K_SIZE, {"data", ulong, K_DATA}, {"entry", listhead, K_ENTRY}, {"func", ptr, K_FUNC});
	STRUCT("pool_workqueue", 16, {"pool", ptr, 0}, {"wq", ptr, 8});
	STRUCT("workqueue_struct", 24, {"name", kd_btfw_array(w, kd_btfw_int(w, KD_V("char"), 1, 2), 0, 24), 0});
	STRUCT("mm_struct", 48, {"total_vm", ulong, 0}, {"rss_stat", stat, 8});
}

static void symbols(struct fake *f, void (*add)(void *to, const char *name, uint64_t addr), void *to)
{
	add(to, "rcu_state", RCU);
	add(to, "rcu_num_nodes", NUMBERS);
	add(to, "rcu_num_lvls", NUMBERS + 4);
	add(to, "gp_state_names", STATES);
	add(to, "runqueues", fake_percpu(f) + RQ);
	add(to, "cpu_worker_pools", fake_percpu(f) + POOLS);
	add(to, "zz_behind_the_pools", fake_percpu(f) + POOLS + P_SIZE);
}

static void ring_of(struct fake *f, uint64_t head, const uint64_t *node, size_t n)
{
	uint64_t at = head;

	for (size_t i = 0; i < n; i++) {
		fake_link(f, at, node[i]);
		at = node[i];
	}
	fake_link(f, at, head);
}

static uint64_t rq_of(unsigned cpu)
{
	return fake_area(cpu) + RQ;
}

static void memory(struct fake *f)
{
	fake_map(f, PAGE_AT, 1);
	fake_put(f, NUMBERS, 3, 4);
	fake_put(f, NUMBERS + 4, 2, 4);
	fake_put(f, STATES + 8, STATES + 0x20, 8);
	fake_put(f, STATES + 0x20, 0x54494157, 8); /* "WAIT" */
	for (unsigned i = 0; i < 3; i++) {
		fake_put(f, RCU + i * N_SIZE + N_LEVEL, i != 0, 4);
		fake_put(f, RCU + i * N_SIZE + N_LO, i ? 16 * (i - 1) : 0, 4);
		ring_of(f, RCU + i * N_SIZE + N_BLOCKED, NULL, 0);
	}
	for (unsigned cpu = 0; cpu < FAKE_CPUS; cpu++) {
		fake_put(f, rq_of(cpu) + Q_CURR, fake_task(cpu), 8);
		fake_put(f, rq_of(cpu) + Q_IDLE, fake_task(0), 8);
		fake_put(f, rq_of(cpu) + Q_CLOCK, 5000000000u + cpu, 8);
		for (unsigned i = 0; i < RT_QUEUES; i++)
			ring_of(f, rq_of(cpu) + Q_RT + 16 * i, NULL, 0);
		fake_put(f, fake_area(cpu) + POOLS + P_CPU, cpu, 4);
		fake_put(f, fake_area(cpu) + POOLS + P_ID, 2 * cpu, 4);
		ring_of(f, fake_area(cpu) + POOLS + P_LIST, NULL, 0);
		ring_of(f, fake_area(cpu) + POOLS + P_WORKERS, NULL, 0);
	}
}

static const struct fake_more more = {.types = types, .symbols = symbols, .memory = memory};

static void open_it(struct fake *f)
{
	struct kd_error *err = fake_open(f);

	if (err)
		fail_msg("%s", err->msg);
}

/* --- run queues -------------------------------------------------------------------------------------- */

struct queue {
	uint64_t task[8];
	enum kd_rq_class cls[8];
	size_t n;
	const char *problem;
	uint64_t clock;
};

static void see_cpu(void *user, const struct kd_rq *rq)
{
	((struct queue *)user)->clock = rq->clock;
}

static void see_task(void *user, const struct kd_rq *rq, const struct kd_rq_task *t)
{
	struct queue *q = user;

	assert_int_equal(rq->cpu, 0);
	assert_true(q->n < 8);
	q->task[q->n] = t->task;
	q->cls[q->n++] = t->cls;
	if (t->cls == KD_RQ_FAIR)
		assert_true(t->has_order);
}

static void see_end(void *user, const struct kd_rq *rq, const struct kd_rq_end *end)
{
	struct queue *q = user;

	if (rq->cpu == 0)
		q->problem = end->problem;
}

static uint64_t node_of(unsigned task)
{
	return fake_task(task) + FAKE_T_SE;
}

/* On CPU 0: 2 at the root, 3 left of it; 1 real-time. */
static void queue_up(struct fake *f)
{
	const uint64_t rt = fake_task(1) + FAKE_T_RT;

	fake_put(f, rq_of(0) + Q_CFS, node_of(2), 8);
	fake_put(f, node_of(2) + 16, node_of(3), 8);
	fake_put(f, node_of(3), node_of(2) | 1, 8); /* parent and colour */
	ring_of(f, rq_of(0) + Q_RT + 16, &rt, 1);
}

static void run_queues(void **state)
{
	static const struct kd_rq_ops ops = {see_cpu, see_task, see_end};

	(void)state;
	for (int damage = 0; damage < 4; damage++) {
		struct queue q = {0};
		struct fake f;

		fake_init_more(&f, &fake_61, &more, NULL);
		queue_up(&f);
		if (damage == 1)
			fake_put(&f, node_of(3), node_of(1), 8); /* another parent */
		else if (damage == 2)
			fake_put(&f, node_of(3) + 16, node_of(2), 8); /* a circle */
		else if (damage == 3)
			fake_put(&f, fake_task(1) + FAKE_T_RT, 0x1000, 8);
		open_it(&f);
		assert_null(kd_runqueues_each(f.kernel, &ops, &q));
		if (!damage) {
			assert_null(q.problem);
			assert_int_equal(q.n, 3);
			assert_int_equal(q.task[0], fake_task(1));
			assert_int_equal(q.cls[0], KD_RQ_RT);
			assert_int_equal(q.task[1], fake_task(3));
			assert_int_equal(q.task[2], fake_task(2));
			assert_int_equal(q.cls[2], KD_RQ_FAIR);
			assert_int_equal(q.clock, 5000000001u);
		} else {
			assert_non_null(q.problem);
		}
		fake_deinit(&f);
	}
}

/* A group that is its own parent's: it ends. */
static void groups(void **state)
{
	static const struct kd_rq_ops ops = {see_cpu, see_task, see_end};
	struct queue q = {0};
	struct fake f;

	(void)state;
	fake_init_more(&f, &fake_61, &more, NULL);
	fake_put(&f, rq_of(0) + Q_CFS, node_of(2), 8);
	fake_put(&f, node_of(2) + FAKE_SE_MY_Q, rq_of(0) + Q_CFS, 8);
	open_it(&f);
	assert_null(kd_runqueues_each(f.kernel, &ops, &q));
	assert_int_equal(q.n, 0);
	assert_non_null(q.problem);
	fake_deinit(&f);
}

/* --- worker pools ------------------------------------------------------------------------------------ */

struct pools {
	size_t pools, workers, works;
	struct kd_worker worker;
	struct kd_work work[4];
	const char *problem;
	uint64_t pending;
};

static void see_pool(void *user, const struct kd_pool *p)
{
	struct pools *x = user;

	assert_int_equal(p->cpu, x->pools);
	x->pools++;
}

static void see_worker(void *user, const struct kd_pool *p, const struct kd_worker *w)
{
	struct pools *x = user;

	assert_int_equal(p->cpu, 0);
	x->worker = *w;
	x->workers++;
}

static void see_work(void *user, const struct kd_pool *p, const struct kd_work *w)
{
	struct pools *x = user;

	(void)p;
	assert_true(x->works < 4);
	x->work[x->works++] = *w;
}

static void see_pool_end(void *user, const struct kd_pool *p, const struct kd_pool_end *e)
{
	struct pools *x = user;

	if (p->cpu == 0) {
		x->problem = e->problem;
		x->pending = e->pending;
	}
}

static void worker_pools(void **state)
{
	static const struct kd_pool_ops ops = {see_pool, see_worker, see_work, see_pool_end};

	(void)state;
	for (int damage = 0; damage < 2; damage++) {
		const uint64_t pool = fake_area(0) + POOLS, worker = WORKER + W_NODE, works[] = {WORKS + K_ENTRY, WORKS + K_SIZE + K_ENTRY};
		struct pools x = {0};
		struct fake f;

		fake_init_more(&f, &fake_61, &more, NULL);
		ring_of(&f, pool + P_WORKERS, &worker, 1);
		ring_of(&f, pool + P_LIST, works, 2);
		fake_put(&f, WORKER + W_WORK, WORKS + 0x80, 8);
		fake_put(&f, WORKER + W_FUNC, fake_symbol(&f, "vfs_write"), 8);
		fake_put(&f, WORKER + W_TASK, fake_task(1), 8);
		fake_put(&f, WORKS + K_FUNC, fake_symbol(&f, "ksys_write"), 8);
		fake_put(&f, WORKS + K_DATA, PWQ | 0x25, 8);
		fake_put(&f, WORKS + K_SIZE + K_DATA, (PWQ + 0x400) | 5, 8); /* what is there names no pool */
		fake_put(&f, PWQ, pool, 8);
		fake_put(&f, PWQ + 8, WQ, 8);
		fake_put(&f, WQ, 0x746e657665, 8); /* "event" */
		if (damage)
			fake_put(&f, works[1] + 8, pool, 8);
		open_it(&f);
		assert_null(kd_pools_each(f.kernel, &ops, &x));
		assert_int_equal(x.pools, FAKE_CPUS);
		assert_int_equal(x.workers, 1);
		assert_int_equal(x.worker.task, fake_task(1));
		assert_int_equal(x.worker.func, fake_symbol(&f, "vfs_write"));
		assert_int_equal(x.pending, damage ? 1 : 2);
		assert_string_equal(x.work[0].queue, "event");
		assert_int_equal(x.work[0].func, fake_symbol(&f, "ksys_write"));
		assert_string_equal(x.work[1].queue, "");
		assert_int_equal(x.problem != NULL, damage);
		fake_deinit(&f);
	}
}

/* --- RCU --------------------------------------------------------------------------------------------- */

/* CPUs 1 and 17 hold out; of two preempted tasks the second. */
static void rcu(void **state)
{
	(void)state;
	for (int damage = 0; damage < 2; damage++) {
		const uint64_t tasks[] = {fake_task(2) + FAKE_T_RCU, fake_task(3) + FAKE_T_RCU};
		struct kd_rcu r;
		struct fake f;

		fake_init_more(&f, &fake_61, &more, NULL);
		fake_put(&f, RCU + R_SEQ, 41, 8);
		fake_put(&f, RCU + R_STATE, 1, 4);
		fake_put(&f, RCU + R_KTHREAD, fake_task(1), 8);
		fake_put(&f, RCU + N_QSMASK, 3, 8); /* of the root: nodes, no CPUs */
		fake_put(&f, RCU + N_SIZE + N_QSMASK, 2, 8);
		fake_put(&f, RCU + 2 * N_SIZE + N_QSMASK, 2, 8);
		ring_of(&f, RCU + 2 * N_SIZE + N_BLOCKED, tasks, 2);
		fake_put(&f, RCU + 2 * N_SIZE + N_GP, tasks[1], 8);
		if (damage)
			fake_put(&f, tasks[0], 0, 8);
		open_it(&f);
		if (!kd_rcu_read(f.kernel, &f.arena, &r))
			fail_msg("%s", r.why);
		assert_true(r.running);
		assert_int_equal(r.gp_seq, 41);
		assert_string_equal(r.state, "WAIT");
		assert_int_equal(r.kthread, fake_task(1));
		assert_int_equal(r.nodes, 3);
		assert_int_equal(r.bad_lists, damage);
		assert_int_equal(r.nholds, damage ? 2 : 3);
		assert_int_equal(r.hold[0].cpu, 1);
		assert_int_equal(r.hold[0].word, RCU + N_SIZE + N_QSMASK);
		if (!damage) {
			assert_true(r.hold[1].is_task);
			assert_int_equal(r.hold[1].task, fake_task(3));
		}
		assert_int_equal(r.hold[r.nholds - 1].cpu, 17);
		fake_deinit(&f);
	}
}

static void rcu_is_idle(void **state)
{
	struct kd_rcu r;
	struct fake f;

	(void)state;
	fake_init_more(&f, &fake_61, &more, NULL);
	fake_put(&f, RCU + R_SEQ, 44, 8);
	open_it(&f);
	assert_true(kd_rcu_read(f.kernel, &f.arena, &r));
	assert_false(r.running);
	assert_int_equal(r.nholds, 0);
	fake_deinit(&f);
	fake_init(&f, &fake_61); /* a kernel without it */
	open_it(&f);
	assert_false(kd_rcu_read(f.kernel, &f.arena, &r));
	assert_non_null(r.why);
	fake_deinit(&f);
}

/* --- memory ------------------------------------------------------------------------------------------ */

static void users(void **state)
{
	struct kd_memuse m;
	struct fake f;

	(void)state;
	fake_init_more(&f, &fake_61, &more, NULL);
	fake_put(&f, fake_task(1) + FAKE_T_MM, MM, 8);
	fake_put(&f, fake_task(2) + FAKE_T_MM, MM + 0x40, 8);
	fake_put(&f, fake_task(3) + FAKE_T_MM, MM + 0x40, 8); /* a thread of 2 */
	for (unsigned i = 0; i < 4; i++) {
		fake_put(&f, MM + 8 + 8 * i, 10 * (i + 1), 8);
		fake_put(&f, MM + 0x48 + 8 * i, 100 * (i + 1), 8);
	}
	fake_put(&f, MM + 8 + 8 * KD_MEM_SWAP, UINT64_MAX, 8); /* -1: not summed up yet */
	open_it(&f);
	assert_null(kd_memuse_read(f.kernel, &f.arena, &m));
	assert_null(m.why);
	assert_int_equal(m.n, 2);
	assert_int_equal(m.v[0].pid, 102);
	assert_int_equal(m.v[0].rss, (100 + 200 + 400) * 4096);
	assert_int_equal(m.v[0].bytes[KD_MEM_SWAP], 300 * 4096);
	assert_int_equal(m.v[1].pid, 101);
	assert_int_equal(m.v[1].rss, (10 + 20 + 40) * 4096);
	assert_int_equal(m.v[1].bytes[KD_MEM_SWAP], 0);
	assert_int_equal(m.rss, m.v[0].rss + m.v[1].rss);
	fake_deinit(&f);
}

/* --- clocks ------------------------------------------------------------------------------------------ */

static void hz(void **state)
{
	static const unsigned choices[] = {100, 250, 300, 1000};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(choices); i++)
		for (uint64_t up = 1; up < 400000; up = up * 7 + 3) {
			const uint64_t jiffies = (uint64_t)(uint32_t)(-300 * (int64_t)choices[i]) + up * choices[i];
			const unsigned have = kd_clock_infer_hz(jiffies, up * 1000000000 + 123456);

			if (have && have != choices[i])
				fail_msg("%u for %u after %ju s", have, choices[i], (uintmax_t)up);
			if (up < 100)
				assert_int_equal(have, choices[i]);
		}
	assert_int_equal(kd_clock_infer_hz(5, 1000000000), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(run_queues), cmocka_unit_test(groups), cmocka_unit_test(worker_pools),
					   cmocka_unit_test(users), cmocka_unit_test(rcu), cmocka_unit_test(rcu_is_idle), cmocka_unit_test(hz)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
