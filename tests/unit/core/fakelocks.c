// SPDX-License-Identifier: GPL-2.0-or-later
/* Locks and their waiters as the types of a made kernel. */
#include "fake.h"

#include "base/alloc.h"
#include "symbol/btfwrite.h"
#include "fakebtf.h"

uint32_t fake_task_part(struct kd_btfw *w)
{
	const uint32_t u32 = kd_btfw_int(w, KD_V("unsigned int"), 4, 0), ulong = kd_btfw_int(w, KD_V("long unsigned int"), 8, 0);
	const uint32_t ptr = kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, 0);
	const uint32_t list = STRUCT("list_head", 16, {"next", ptr, 0}, {"prev", ptr, 8});
	const uint32_t rb = STRUCT("rb_node", 24, {"__rb_parent_color", ulong, 0}, {"rb_right", ptr, 8}, {"rb_left", ptr, 16});
	const uint32_t se = STRUCT("sched_entity", 48, {"run_node", rb, 0}, {"vruntime", ulong, FAKE_SE_VRUNTIME}, {"my_q", ptr, FAKE_SE_MY_Q},
				   {"deadline", ulong, FAKE_SE_DEADLINE});
	const uint32_t rt = STRUCT("sched_rt_entity", 16, {"run_list", list, 0});
	const uint32_t held = STRUCT("held_lock", 16, {"acquire_ip", ulong, 0}, {"instance", ptr, 8});
	const unsigned at = FAKE_T_STATE;

	return STRUCT("", FAKE_T_SIZE - FAKE_T_STATE, {"__state", u32, 0}, {"on_cpu", u32, FAKE_T_ON_CPU - at}, {"cpu", u32, FAKE_T_CPU - at},
		      {"pi_blocked_on", ptr, FAKE_T_PI - at}, {"lockdep_depth", u32, FAKE_T_DEPTH - at}, {"prio", u32, FAKE_T_PRIO - at},
		      {"held_locks", kd_btfw_array(w, held, 0, 4), FAKE_T_HELD - at}, {"rcu_node_entry", list, FAKE_T_RCU - at},
		      {"mm", ptr, FAKE_T_MM - at}, {"se", se, FAKE_T_SE - at}, {"rt", rt, FAKE_T_RT - at});
}

void fake_lock_types(struct fake *f, struct kd_btfw *w)
{
	const uint32_t u32 = kd_btfw_int(w, KD_V("unsigned int"), 4, 0), ulong = kd_btfw_int(w, KD_V("long unsigned int"), 8, 0);
	const uint32_t ptr = kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, 0);
	const uint32_t list = STRUCT("list_head", 16, {"next", ptr, 0}, {"prev", ptr, 8});
	const uint32_t head = f->kind->headless ? ptr : list;
	const char *name = f->kind->headless ? "first_waiter" : "wait_list";
	const uint32_t swait = STRUCT("swait_queue_head", 24, {"lock", u32, 0}, {"task_list", list, 8});
	uint32_t completion;
	const uint32_t map = STRUCT("lockdep_map", 8, {"key", ptr, 0});
	const uint32_t timer = STRUCT("timer_list", 40, {"entry", list, 0}, {"expires", ulong, 16}, {"function", ptr, 24}, {"flags", u32, 32});

	STRUCT("mutex_waiter", 32, {"list", list, 0}, {"task", ptr, 16}, {"ww_ctx", ptr, 24});
	STRUCT("mutex", 40, {"owner", ulong, 0}, {"wait_lock", u32, 8}, {name, head, 16}, {"dep_map", map, 32});
	STRUCT("rwsem_waiter", 40, {"list", list, 0}, {"task", ptr, 16}, {"type", u32, 24}, {"timeout", ulong, 32});
	STRUCT("rw_semaphore", 48, {"count", ulong, 0}, {"owner", ulong, 8}, {name, head, 24}, {"dep_map", map, 40});
	STRUCT("semaphore_waiter", 32, {"list", list, 0}, {"task", ptr, 16}, {"up", u32, 24});
	STRUCT("semaphore", 24, {"lock", u32, 0}, {"count", u32, 4}, {name, head, 8});
	STRUCT("swait_queue", 24, {"task", ptr, 0}, {"task_list", list, 8});
	completion = STRUCT("completion", 32, {"done", u32, 0}, {"wait", swait, 8});
	if (!f->more) /* else the test has its own */
		STRUCT("worker", 40, {"current_work", ptr, 0}, {"task", ptr, 8}, {"scheduled", list, 16});
	STRUCT("wq_barrier", 72, {"work", STRUCT("work_of_barrier", 32, {"data", ulong, 0}, {"entry", list, 8}, {"func", ptr, 24}), 0},
	       {"done", completion, 32}, {"task", ptr, 64});
	STRUCT("wait_queue_head", 24, {"lock", u32, 0}, {"head", list, 8});
	STRUCT("wait_queue_entry", 40, {"flags", u32, 0}, {"private", ptr, 8}, {"func", ptr, 16}, {"entry", list, 24});
	STRUCT("rt_mutex_base", 32, {"wait_lock", u32, 0}, {"owner", ptr, 24});
	STRUCT("rt_mutex_waiter", 32, {"task", ptr, 0}, {"lock", ptr, 8});
	STRUCT("process_timer", 48, {"timer", timer, 0}, {"task", ptr, 40});
}

/* --- tasks that wait ----------------------------------------------------------------------------------- */

enum { CHAIN = 704, MUTEX_HEAD = 16, BLOCKED = 2 };

/* A task that sleeps in func, called by vfs_write; NULL: vfs_write itself called schedule(). */
void fake_sleeps_in(struct fake *f, unsigned task, const char *func, unsigned state)
{
	uint64_t sp = fake_stack(task, CHAIN);

	fake_sleep(f, task, "__schedule", 0x10, sp);
	sp = fake_call(f, sp, "schedule", 0x10);
	if (func)
		sp = fake_call(f, sp, func, 0x10);
	sp = fake_call(f, sp, "vfs_write", 0x10);
	sp = fake_call(f, sp, "ksys_write", 0x10);
	sp = fake_call(f, sp, "do_syscall_64", 0x10);
	sp = fake_call(f, sp, "entry_SYSCALL_64_after_hwframe", 0x10);
	fake_regs(f, sp, 0x401000, 0x33, 0x7ffe0000, false);
	fake_put(f, fake_task(task) + FAKE_T_STATE, state, 4);
}

uint64_t fake_waiter(unsigned task)
{
	return fake_stack(task, FAKE_WAITER);
}

void fake_link(struct fake *f, uint64_t a, uint64_t b)
{
	fake_put(f, a, b, 8);
	fake_put(f, b + 8, a, 8);
}

/* Waiters with their list at `list` and task at `word`, on the ring of the head (or the pointer) at lock + head. */
void fake_ring(struct fake *f, uint64_t lock, unsigned head, unsigned list, unsigned word, const unsigned *task, size_t n)
{
	uint64_t at = f->kind->headless ? fake_waiter(task[n - 1]) + list : lock + head;

	for (size_t i = 0; i < n; i++) {
		fake_put(f, fake_waiter(task[i]) + word, fake_task(task[i]), 8);
		fake_link(f, at, fake_waiter(task[i]) + list);
		at = fake_waiter(task[i]) + list;
	}
	if (f->kind->headless) {
		fake_put(f, lock + head, fake_waiter(task[0]), 8);
		for (size_t i = 0; i < n; i++)
			fake_put(f, fake_stack(task[i], FAKE_SPILL), lock, 8);
	} else {
		fake_link(f, at, lock + head);
	}
}

void fake_mutex(struct fake *f, uint64_t lock, uint64_t owner, const unsigned *task, size_t n)
{
	fake_put(f, lock, owner | 1, 8);
	fake_ring(f, lock, MUTEX_HEAD, 0, 16, task, n);
	for (size_t i = 0; i < n; i++)
		fake_sleeps_in(f, task[i], "__mutex_lock.constprop.0", BLOCKED);
}

void fake_locks_begin(struct fake *f)
{
	machine_map(&f->m, FAKE_LOCKS, machine_page(&f->m));
}

void fake_cross(struct fake *f)
{
	fake_mutex(f, FAKE_LOCK_A, fake_task(2), (const unsigned[]){1, 3}, 2);
	fake_mutex(f, FAKE_LOCK_B, fake_task(1), (const unsigned[]){2}, 1);
}
