// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Locks and things that wait: lockdep, hung tasks, soft lockups, RCU stalls, workqueue lockups.
 *
 * Formats: kernel/locking/lockdep.c (print_circular_bug_header, print_circular_bug_entry,
 * print_lock, lockdep_print_held_locks), kernel/hung_task.c, kernel/watchdog.c,
 * kernel/rcu/tree_stall.h, kernel/workqueue.c (show_pwq, show_one_worker_pool, wq_watchdog_timer_fn).
 */
#include "report/kinds_internal.h"

#include "base/alloc.h"
#include "report/taint.h"

static bool detail(struct kd_builder *b)
{
	kd_builder_role(b, KD_ROLE_DETAIL);
	return true;
}

/* "name:12" or "name/12": the number behind the last separator; names hold both. */
static bool name_and_pid(struct kd_view v, char sep, struct kd_view *name, int64_t *pid)
{
	size_t at = kd_view_rchr(v, sep);
	struct kd_view n;

	if (at == KD_NPOS || !at)
		return false;
	n = kd_view_from(v, at + 1);
	*name = kd_view_head(v, at);
	return kd_view_take_int(&n, pid);
}

/* --- lockdep ----------------------------------------------------------------------------------- */

/* What the locks that follow are: free for the kind in b->aux[0]. */
enum lock_role { LOCK_NONE, LOCK_WANTED, LOCK_HOLDING, LOCK_LIST, LOCK_SYSTEM, LOCK_OTHER };

static const char *const lock_roles[] = {"other", "wanted", "held", "held", "held_elsewhere", "other"};

/* "ffff888… (&a->lock){+.+.}-{3:3}", "#0: ffff888… (rcu_read_lock){....}-{1:2}" */
static void lock_name(struct kd_builder *b, const char *sec, struct kd_view t)
{
	struct kd_view v = t, cls, usage;
	size_t open, close;
	uint64_t n;

	if (kd_view_skip(&v, KD_V("#")) && kd_view_take_dec(&v, &n)) {
		kd_builder_u64(b, sec, "number", n, NULL);
		kd_view_skip(&v, KD_V(":"));
	}
	kd_view_skip_blank(&v);
	if (v.n > 8 && kd_view_take_hex(&v, &n))
		kd_builder_hex(b, sec, "address", n);
	open = kd_view_chr(v, '(');
	if (open == KD_NPOS)
		return;
	close = kd_view_find(v, KD_V("){"));
	if (close == KD_NPOS)
		close = kd_view_find(v, KD_V("}, at"));
	if (close == KD_NPOS || close <= open)
		return;
	cls = kd_view_trim(kd_view(v.p + open + 1, close - open - 1));
	kd_builder_str(b, sec, "class", cls);
	usage = kd_view_from(v, close + 2);
	if (kd_view_chr(usage, '}') != KD_NPOS)
		kd_builder_str(b, sec, "usage", kd_view_head(usage, kd_view_chr(usage, '}')));
}

static bool lock_at(struct kd_builder *b, struct kd_view t)
{
	struct kd_view first = kd_after(t, " at: "), at;

	if (!first.p || kd_has(t, "... key ")) /* where a lock's class lies, not where a lock was taken */
		return false;
	at = kd_after(t, ", at: ");
	if (!at.p)
		at = first;
	kd_view_skip_blank(&at);
	kd_builder_section(b, "lock");
	kd_builder_str(b, "lock", "text", t);
	kd_builder_str(b, "lock", "role",
		       kd_view_of(lock_roles[b->aux[0] <= LOCK_OTHER ? b->aux[0] : LOCK_OTHER]));
	lock_name(b, "lock", t);
	if (kd_view_chr(at, ']') != KD_NPOS && at.n && at.p[0] == '[')
		at = kd_view_trim(kd_view_from(at, kd_view_chr(at, ']') + 1));
	kd_builder_str(b, "lock", "at", at);
	if (b->phase == 1 && !strcmp(b->r->kind->family, "lockdep"))
		kd_builder_where(b, at); /* elsewhere a list of locks only illustrates */
	else if (!strcmp(b->r->kind->family, "lockdep"))
		kd_builder_where_host(b, at);
	b->phase = 2;
	return true;
}

/* "2 locks held by task/123:", "no locks held by …" */
static bool held_by(struct kd_builder *b, struct kd_view t)
{
	struct kd_view who = kd_after(t, " held by "), name;
	int64_t pid;
	uint64_t n = 0;

	if (!who.p || (!kd_has(t, " locks held by ") && !kd_has(t, " lock held by ")))
		return false;
	if (kd_view_ends(who, KD_V(":")) || kd_view_ends(who, KD_V(".")))
		who.n--;
	if (b->aux[0] != LOCK_SYSTEM)
		b->aux[0] = LOCK_LIST;
	kd_builder_section(b, "holder");
	if (kd_view_take_dec(&t, &n) || kd_starts(t, "no "))
		kd_builder_u64(b, "holder", "locks", n, NULL);
	if (name_and_pid(who, '/', &name, &pid)) {
		kd_builder_str(b, "holder", "task", name);
		kd_builder_i64(b, "holder", "pid", pid, NULL);
	}
	return true;
}

static bool wants(struct kd_builder *b, struct kd_view t)
{
	static const char *const verbs[] = {" is trying to acquire lock", " is freeing memory",
					    " is trying to release lock", " is exiting with locks still held",
					    " is leaving the kernel with locks still held", " is trying to lock:",
					    /* print_bad_irq_dependency(): "a/1 [HC0[0]:SC0[2]:HE1:SE0] is …" */
					    " is trying to acquire:"};
	struct kd_view name;
	int64_t pid;

	if (!kd_has(t, " is ")) /* as in all of them */
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(verbs); i++) {
		size_t at = kd_view_find(t, kd_view_of(verbs[i]));

		if (at == KD_NPOS)
			continue;
		if (name_and_pid(kd_view_head(t, at), '/', &name, &pid))
			kd_builder_task(b, name, true, pid);
		if (!b->phase)
			b->phase = 1;
		b->aux[0] = i == 0 || i >= 5 ? LOCK_WANTED : LOCK_OTHER;
		return true;
	}
	return false;
}

/* "       CPU0                    CPU1", "  lock(&b->lock);", "                lock(&a->lock);" */
static bool scenario(struct kd_builder *b, struct kd_view text, struct kd_view t)
{
	size_t indent = 0;

	if (kd_starts(t, "CPU0 ") || kd_view_eq(t, KD_V("CPU0"))) {
		kd_builder_section(b, "scenario");
		b->aux[1] = 1;
		kd_builder_role(b, KD_ROLE_SECTION);
		return true;
	}
	if (!b->aux[1])
		return false;
	if (kd_starts(t, "----"))
		return detail(b);
	if (!kd_starts(t, "lock(") && !kd_starts(t, "rlock(") && !kd_starts(t, "sync(") && !kd_starts(t, "local_irq_disable") &&
	    !kd_starts(t, "<Interrupt>"))
		return false;
	while (indent < text.n && kd_is_blank(text.p[indent]))
		indent += text.p[indent] == '\t' ? 8 - (indent & 7) : 1;
	kd_builder_str(b, "scenario", indent >= 16 ? "cpu1" : "cpu0", t);
	return true;
}

/* "-> #1 (&b->lock){+.+.}-{3:3}:": one link; its stack shows where that lock was taken */
static bool link_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = t;

	if (!kd_view_skip(&v, KD_V("-> #")))
		return false;
	kd_builder_section(b, "dependency");
	v = kd_view(t.p + 3, t.n - 3);
	lock_name(b, "dependency", v);
	kd_builder_stack(b, t, KD_STACK_DEPENDS, KD_CTX_UNKNOWN);
	return true;
}

/* "{IN-HARDIRQ-W} state was registered at:", "… which became HARDIRQ-irq-safe at:", "the … lock was taken at" */
static bool registered(struct kd_builder *b, struct kd_view t)
{
	if (!kd_view_ends(t, KD_V(" at:")) && !kd_view_ends(t, KD_V("was registered at")))
		return false;
	if (!kd_has(t, "state was registered") && !kd_has(t, "which became") && !kd_has(t, "to a ") &&
	    !kd_has(t, "ON-") && !kd_has(t, "IN-") && !kd_has(t, "INITIAL USE") && !kd_has(t, "initial use"))
		return false;
	kd_builder_stack(b, kd_view_head(t, 120), KD_STACK_DEPENDS, KD_CTX_UNKNOWN);
	return true;
}

static bool lockdep_detail(struct kd_builder *b, struct kd_view text, struct kd_view t)
{
	static const char *const words[] = {"lock", "chain", "CPU0", "irqs", "DEADLOCK", "other info", "rcu"};
	struct kd_token k;
	bool fits = t.n && (t.p[0] == '#' || t.p[0] == '{' || t.p[0] == '}' || kd_starts(t, "(&") ||
			    kd_starts(t, "-> (") || (t.p[0] == '(' && kd_has(t, "){")) || kd_starts(t, "..."));

	if (!b->header_seen || !t.n)
		return false;
	/* "BUG: KASAN: use-after-free in mutex_lock+0x1/0x2" is no detail; the deadlock that was foreseen is one */
	if (b->foreign && !kd_has(t, "spinlock lockup"))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(words) && !fits; i++)
		fits = kd_has(t, words[i]);
	if (!fits)
		return false;
	kd_token_parse(text, &k);
	return k.cls == KD_TOK_OTHER && detail(b);
}

/* "6.1.0 #1 Tainted: G           O": the second line of a report (print_kernel_ident) */
static bool ident(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = t, release;
	struct kd_taint_text tt;
	struct kd_report *r = b->r;
	size_t at;

	if (!b->header_seen || b->phase || !t.n || !kd_is_digit(t.p[0]))
		return false;
	at = kd_view_find(t, KD_V("Tainted: "));
	if (at == KD_NPOS)
		at = kd_view_find(t, KD_V("Not tainted"));
	if (at == KD_NPOS || !kd_view_take_word(&v, &release))
		return false;
	if (!r->release.p) {
		r->release = kd_arena_view(b->arena, release);
		r->release_line = b->line;
	}
	v = kd_view_from(t, at);
	if (!r->taint.stated && kd_taint_take(&v, &tt)) {
		r->taint.stated = true;
		r->taint.bits = tt.bits;
		r->taint.text = kd_arena_view(b->arena, tt.text);
		r->taint.line = b->line;
	}
	return true;
}

/* "[<ffffffffc03451e9>] foo+0x30/0x33 [mod]": the place of "… is trying to release lock (x) at:",
 * on a line of its own (print_ip_sym) */
static bool release_place(struct kd_builder *b, struct kd_view t)
{
	size_t end = kd_view_find(t, KD_V(">]"));

	if (!b->phase || b->aux[0] != LOCK_OTHER || !kd_starts(t, "[<") || end == KD_NPOS)
		return false;
	if (b->phase != 1) { /* again, when the first was an inlined function */
		bool again = b->r->where.inlined && !b->r->has_where_host;

		kd_builder_where_host(b, t);
		return again;
	}
	kd_builder_where(b, kd_view_trim(kd_view_from(t, end + 2)));
	b->phase = 2;
	return true;
}

bool kd_kind_lockdep_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text);

	if (wants(b, t) || ident(b, t) || release_place(b, t))
		return true;
	if (kd_has(t, "holding") && (kd_has(t, "already holding") || kd_has(t, "is holding lock"))) {
		b->aux[0] = LOCK_HOLDING;
		return true;
	}
	if (held_by(b, t) || scenario(b, text, t) || link_line(b, t) || lock_at(b, t) || registered(b, t))
		return true;
	if (kd_starts(t, "stack backtrace:")) {
		kd_builder_expect_stack(b, KD_STACK_CRASH);
		return false;
	}
	return lockdep_detail(b, text, t);
}

/* --- hung tasks and lockups --------------------------------------------------------------------- */

/* "task:foo  state:D stack:0 pid:12 tgid:12 ppid:2 flags:0x00004000" (sched_show_task) */
static bool task_line(struct kd_builder *b, const char *sec, struct kd_view t)
{
	struct kd_view v;
	uint64_t n;

	if (!kd_starts(t, "task:"))
		return false;
	v = kd_word_after(t, "state:");
	if (v.n)
		kd_builder_str(b, sec, "state", v);
	if (kd_num_after(t, " pid:", &n))
		kd_builder_u64(b, sec, "task_pid", n, NULL);
	if (kd_num_after(t, "ppid:", &n))
		kd_builder_u64(b, sec, "parent_pid", n, NULL);
	if (kd_hex_after(t, "flags:0x", &n))
		kd_builder_hex(b, sec, "task_flags", n);
	return true;
}

static bool hung_header(struct kd_builder *b, struct kd_view t)
{
	struct kd_view who = b->phase ? KD_VNULL : kd_after(t, "INFO: task "), name;
	uint64_t n;
	int64_t pid;

	if (!who.p || !kd_view_take_word(&who, &name))
		return false;
	b->phase = 1;
	if (name_and_pid(name, ':', &name, &pid))
		kd_builder_task(b, name, true, pid);
	if (kd_num_after(t, "for more than ", &n))
		kd_builder_u64(b, "hang", "blocked_for", n, "seconds");
	return true;
}

static bool lockup_header(struct kd_builder *b, struct kd_view t)
{
	struct kd_view who, name;
	uint64_t n;
	int64_t pid;

	/* kernel/watchdog.c; watchdog_hld.c and the buddy detector; arch/powerpc/kernel/watchdog.c */
	if (b->phase || (!kd_num_after(t, "CPU#", &n) && !kd_num_after(t, "hard LOCKUP on cpu ", &n) &&
			 !kd_num_after(t, "Hard LOCKUP on cpu ", &n) && !kd_num_after(t, "atchdog CPU:", &n)))
		return false;
	b->phase = 1;
	kd_builder_cpu(b, n);
	if (kd_num_after(t, "stuck for ", &n))
		kd_builder_u64(b, "lockup", "stuck_for", n, "seconds");
	who = kd_after(t, "[");
	if (who.p && name_and_pid(who, ':', &name, &pid))
		kd_builder_task(b, name, true, pid);
	return true;
}

/*
 * "INFO: task T:1 is blocked on a mutex likely owned by task U:2." (kernel/hung_task.c, since
 * 6.15; read without the lock: "likely")
 */
static bool owner_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_view what = kd_after(t, "blocked on a"), who, name;

	if (!what.p)
		return false;
	who = kd_after(t, "likely owned by task ");
	if (kd_builder_get(b, "hang", "kernel_says"))
		return true;
	kd_builder_str(b, "hang", "kernel_says", t);
	kd_view_skip(&what, KD_V("n "));
	kd_builder_str(b, "hang", "waits_for", kd_view_trim(kd_view_head(what, kd_view_find(what, KD_V(" likely")))));
	kd_builder_expect_stack(b, KD_STACK_OTHER); /* the owner's, if it is shown */
	b->aux[2] = 1;
	if (who.p && kd_view_take_word(&who, &name))
		kd_builder_str(b, "hang", "likely_owner",
			       kd_view_ends(name, KD_V(".")) ? kd_view_head(name, name.n - 1) : name);
	return true;
}

/* "NMI backtrace for cpu 0" of a CPU that the report is not about (…_all_cpu_backtrace). */
static bool backtrace_of(struct kd_builder *b, struct kd_view t)
{
	uint64_t cpu;

	if (kd_starts(t, "Sending NMI from CPU"))
		return true;
	if (!kd_num_after(t, "NMI backtrace for cpu ", &cpu))
		return false;
	if (b->r->has_cpu ? b->r->cpu != cpu : !strcmp(b->r->kind->name, "hung_task"))
		kd_builder_expect_stack(b, KD_STACK_OTHER);
	return true;
}

bool kd_kind_hang_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text);

	if (hung_header(b, t) || lockup_header(b, t) || backtrace_of(b, t) || owner_line(b, t) || task_line(b, b->aux[2] ? "owner_task" : "hang", t))
		return true;
	if (kd_starts(t, "Showing all locks held in the system")) {
		b->aux[0] = LOCK_SYSTEM;
		kd_builder_role(b, KD_ROLE_SECTION);
		return true;
	}
	if (b->aux[0] && (held_by(b, t) || lock_at(b, t)))
		return true;
	/* "#1: 100% system, 0% softirq, …" (kernel/watchdog.c, print_cpustat) */
	if (kd_starts(t, "#") && kd_has(t, "% system")) {
		kd_builder_section(b, "utilization");
		kd_builder_str(b, "utilization", "text", t);
		return true;
	}
	if (kd_starts(t, "Future hung task reports are suppressed"))
		return detail(b);
	if (kd_starts(t, "Tainted: ") || kd_starts(t, "Not tainted")) {
		kd_builder_taint(b, t);
		return true;
	}
	return kd_has(t, "hung_task_timeout_secs") || kd_irq_stamp(t) ||
	       kd_has(t, " Utilization every ") || kd_starts(t, "Detect hardirq storm");
}

/* --- RCU ------------------------------------------------------------------------------------------- */

static bool rcu_header(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = b->phase ? KD_VNULL : kd_after(t, "INFO: "), flavour;

	if (!v.p)
		return false;
	b->phase = 1;
	if (kd_view_take_word(&v, &flavour))
		kd_builder_str(b, "rcu", "flavour", flavour);
	kd_builder_bool(b, "rcu", "self_detected", kd_has(t, "self-detected"));
	kd_builder_bool(b, "rcu", "expedited", kd_has(t, "expedited"));
	return true;
}

/* "1-...!: (0 ticks this GP) idle=e54/1/0x4 softirq=123/123 fqs=0", "Tasks blocked on level-0 rcu_node (CPUs 0-1): P123" */
static bool holdout(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = t;
	uint64_t n;

	if (kd_starts(t, "Tasks blocked on")) {
		kd_builder_section(b, "holdout");
		kd_builder_str(b, "holdout", "text", t);
		v = kd_after(t, "): ");
		if (v.p)
			kd_builder_str(b, "holdout", "tasks", v);
		return true;
	}
	if (!kd_has(t, "idle=") && !kd_has(t, "softirq="))
		return false;
	kd_builder_section(b, "holdout");
	kd_builder_str(b, "holdout", "text", t);
	if (kd_view_take_dec(&v, &n) && kd_view_skip(&v, KD_V("-"))) {
		kd_builder_u64(b, "holdout", "cpu", n, NULL);
		/* '!' behind the letters: the CPU's tick did not run for too long (print_cpu_stall_info) */
		kd_builder_bool(b, "holdout", "no_tick", kd_has(kd_view_head(v, kd_view_chr(v, ':')), "!"));
		v = kd_after(t, ": (");
		if (v.p && kd_view_take_dec(&v, &n) && kd_starts(v, " ticks"))
			kd_builder_u64(b, "holdout", "ticks", n, NULL);
	}
	return true;
}

static bool detected(struct kd_builder *b, struct kd_view t)
{
	uint64_t n;

	if (!kd_has(t, "detected by") && !kd_starts(t, "(t="))
		return false;
	kd_builder_str(b, "rcu", "detected", t);
	if (kd_num_after(t, "detected by ", &n))
		kd_builder_u64(b, "rcu", "detector_cpu", n, NULL);
	if (kd_num_after(t, "t=", &n))
		kd_builder_u64(b, "rcu", "waited", n, "jiffies");
	if (kd_num_after(t, "ncpus=", &n))
		kd_builder_u64(b, "rcu", "cpus", n, NULL);
	if (kd_has(t, "detected by"))
		kd_builder_expect_stack(b, KD_STACK_DETECTOR);
	return true;
}

/* The grace-period kthread did not get a CPU: then RCU is the victim, not the cause. */
static bool starved(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v;
	uint64_t n;

	if (!kd_has(t, "kthread starved for") && !kd_has(t, "kthread timer wakeup"))
		return false;
	kd_builder_str(b, "rcu", "starved", t);
	if (kd_num_after(t, "starved for ", &n))
		kd_builder_u64(b, "rcu", "starved_for", n, "jiffies");
	if (kd_num_after(t, "->cpu=", &n))
		kd_builder_u64(b, "rcu", "gp_kthread_cpu", n, NULL);
	v = kd_word_after(t, "->state=");
	if (v.n)
		kd_builder_str(b, "rcu", "gp_kthread_state", v);
	kd_builder_expect_stack(b, KD_STACK_GP);
	return true;
}

/*
 * "task:foo  state:R … pid:157 …" and its stack: a task that holds the grace period up, running on
 * the CPU in question or blocked in its critical section (rcu_print_detail_task_stall_rnp(),
 * kernel/rcu/tree_stall.h); or RCU's own kthread, behind a line that says so.
 */
static bool stalled_task(struct kd_builder *b, struct kd_view t)
{
	struct kd_view name = kd_after(t, "task:");
	uint64_t pid;

	if (!task_line(b, "rcu_task", t))
		return false;
	if (b->next_role == KD_STACK_GP + 1 || b->next_role == KD_STACK_OTHER + 1)
		return true;
	kd_builder_expect_stack(b, KD_STACK_HOLDOUT);
	name = kd_view_head(name, kd_view_find(name, KD_V(" state:")));
	if (kd_num_after(t, " pid:", &pid) && pid <= INT32_MAX)
		kd_builder_task(b, kd_view_trim(name), true, (int64_t)pid);
	return true;
}

bool kd_kind_rcu_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text);

	kd_view_skip(&t, KD_V("rcu: "));
	t = kd_view_trim(t);
	if (rcu_header(b, t) || holdout(b, t) || detected(b, t) || starved(b, t))
		return true;
	if (kd_has(t, "NMI backtrace for cpu") || kd_starts(t, "Task dump for CPU")) {
		kd_builder_expect_stack(b, KD_STACK_HOLDOUT);
		return true;
	}
	if (kd_starts(t, "RCU grace-period kthread stack dump") || kd_starts(t, "Stack dump where RCU GP kthread last ran")) {
		kd_builder_expect_stack(b, kd_starts(t, "RCU") ? KD_STACK_GP : KD_STACK_OTHER);
		kd_builder_role(b, KD_ROLE_SECTION);
		return true;
	}
	return kd_starts(t, "Sending NMI") || kd_starts(t, "All QSes seen") || kd_starts(t, "Unless rcu") ||
	       stalled_task(b, t) || kd_starts(t, "blocking rcu_node") || kd_starts(t, "Offline CPU ") ||
	       kd_starts(t, "Possible timer handling issue");
}

/* --- workqueues ------------------------------------------------------------------------------------- */

/* "BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 225s!" */
static bool pool(struct kd_builder *b, const char *sec, struct kd_view t)
{
	struct kd_view v = kd_word_after(t, "cpus=");
	uint64_t n;

	kd_builder_section(b, sec);
	if (v.n)
		kd_builder_str(b, sec, "cpus", v);
	if (kd_num_after(t, "node=", &n))
		kd_builder_u64(b, sec, "node", n, NULL);
	v = kd_word_after(t, "nice=");
	if (v.n)
		kd_builder_str(b, sec, "nice", v);
	if (kd_num_after(t, "stuck for ", &n) || kd_num_after(t, "hung=", &n))
		kd_builder_u64(b, sec, "stuck_for", n, "seconds");
	if (kd_num_after(t, "workers=", &n))
		kd_builder_u64(b, sec, "workers", n, NULL);
	v = kd_word_after(t, "active=");
	if (v.n)
		kd_builder_str(b, sec, "active", v);
	v = kd_after(t, "idle: ");
	if (v.p)
		kd_builder_str(b, sec, "idle", v);
	return true;
}

enum { WQ_OF_STUCK, WQ_IN_FLIGHT }; /* indexes of aux */

/* "pwq 1: cpus=0 node=0 flags=0x0 nice=-20 …": is that the pool that the header names? */
static bool is_stuck_pool(const struct kd_builder *b, struct kd_view t)
{
	const struct kd_fact *cpus = kd_builder_get(b, "pool", "cpus"),
			     *nice = kd_builder_get(b, "pool", "nice");
	struct kd_view c = kd_word_after(t, "cpus="), n = kd_word_after(t, "nice=");

	return cpus && nice && c.p && n.p && kd_view_eq(cpus->str, c) && kd_view_eq(nice->str, n);
}

/*
 * "37:kdoc_hog_fn [kdoc_crash], 45(RESCUER):other_fn BAR(12)" (kernel/workqueue.c, show_pwq): what
 * the workers run. A single work of the stuck pool is what the report is about; of several the
 * text does not say which one keeps the CPU.
 */
static void in_flight(struct kd_builder *b, struct kd_view v)
{
	int64_t pid;

	if (!b->aux[WQ_OF_STUCK])
		return;
	while (kd_view_skip_blank(&v), kd_view_take_int(&v, &pid)) {
		size_t comma;

		kd_view_skip(&v, KD_V("(RESCUER)"));
		if (!kd_view_skip(&v, KD_V(":")))
			return;
		if (b->aux[WQ_IN_FLIGHT]++) {
			b->r->has_where = b->r->has_pid = false;
			return;
		}
		if (!kd_view_starts(v, KD_V("wq_barrier_func"))) {
			kd_builder_where(b, v);
			if (b->r->has_where)
				kd_builder_task(b, KD_VNULL, true, pid);
		}
		comma = kd_view_chr(v, ',');
		if (comma == KD_NPOS)
			return;
		v = kd_view_from(v, comma + 1);
	}
}

bool kd_kind_wq_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v = t;
	uint64_t n;

	if (kd_has(t, "BUG: workqueue lockup"))
		return !b->phase++ && pool(b, "pool", t);
	if (kd_starts(t, "Showing busy workqueues and worker pools") || kd_starts(t, "Showing backtraces of running workers")) {
		kd_builder_role(b, KD_ROLE_SECTION);
		return true;
	}
	if (kd_view_skip(&v, KD_V("workqueue ")) && kd_has(v, ": flags=")) {
		kd_builder_section(b, "workqueue");
		kd_builder_str(b, "workqueue", "name", kd_view_head(v, kd_view_find(v, KD_V(": flags="))));
		return true;
	}
	if (kd_starts(t, "pwq ") && kd_has(t, "cpus=")) {
		b->aux[WQ_OF_STUCK] = is_stuck_pool(b, t);
		return pool(b, "pool_workqueue", t);
	}
	if (kd_view_skip(&v, KD_V("in-flight: "))) {
		kd_builder_str(b, "pool_workqueue", "in_flight", v);
		in_flight(b, v);
		return true;
	}
	if (kd_view_skip(&v, KD_V("pending: ")) || kd_view_skip(&v, KD_V("inactive: ")) ||
	    kd_view_skip(&v, KD_V("delayed: "))) {
		kd_builder_str(b, "pool_workqueue", t.p[0] == 'p' ? "pending" : "inactive", v);
		return true;
	}
	if (kd_view_skip(&v, KD_V("pool ")) && kd_view_take_dec(&v, &n))
		return kd_has(v, "cpus=") ? pool(b, "worker_pool", t) : detail(b);
	return task_line(b, "worker", t);
}
