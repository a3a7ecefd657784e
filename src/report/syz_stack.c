// SPDX-License-Identifier: GPL-2.0-or-later
/* The guilty function: walk the stack, pass over helpers (docs/titles.md, section 4). */
#include "base/alloc.h"
#include "report/syz_internal.h"

/*
 * Functions that say nothing about the bug. Substrings; '^' only at the start, '$' at
 * the end. Grouped by what they are helpers of.
 */
static const char *const skip_all[] = {
	/* checkers */
	"kasan", "hwasan", "kmsan", "__asan", "__msan", "__sanitizer", "kcsan_setup_watchpoint",
	"check_memory_region", "check_heap_object", "check_object", "kcov", "kfence",
	/* reporting */
	"panic", "spin_dump", "spin_bug", "usercopy_abort", "dump_header", "bad_page", "slab_err", "print_report", "print_address_description", "print_usage_bug", "print_unlock",
	"print_tainted", "report_bug", "fixup_bug", "invalid_op", "do_error", "_trap$", "do_trap",
	"show_stack", "dump_stack", "walk_stack", "dump_backtrace", "warn_slowpath", "warn_alloc",
	"warn_bogus", "__warn", "assertfail", "__fortify_report", "imbalance_bug", "get_taint",
	/* allocation */
	"kmalloc", "vmalloc", "kzalloc", "vzalloc", "kcalloc", "kvcalloc", "kvzalloc", "krealloc", "kmemdup", "kmem_cache", "slab_", "allocate_slab", "get_page_from_freelist",
	"alloc_page", "folio_alloc", "filemap_alloc_folio", "filemap_get_folio", "folio_unlock", "free_pages", "find_get_page", "pagecache_get_page", "grab_cache_page",
	"^kfree$", "^vfree$", "^kvfree$", "^free$", "kfree_skb", "kvmalloc", "alloc_frozen_pages", "post_alloc_hook", "__do_kmalloc", "malloc$", "alloc_pages",
	/* locking */
	"lockdep", "lock_acquire", "lock_release", "lock_class", "mark_lock", "mark_held_locks",
	"reacquire_held_locks", "spin_lock", "spin_trylock", "spin_unlock", "raw_spin_rq",
	"read_lock", "read_trylock", "read_unlock", "write_lock", "write_trylock", "write_unlock",
	"down_read", "down_write", "up_read", "up_write", "^down$", "down_trylock", "^mutex_", "^__mutex_", "rt_mutex", "lock_sock", "release_sock",
	"osq_", "owner_on_cpu", "bh_enable", "bh_disable", "trace_hardirqs", "trace_softirqs", "lock_timer_base",
	"__local_bh_enable_ip",
	/* atomics */
	"atomic_", "atomic64_", "set_bit", "clear_bit", "change_bit", "test_bit", "^refcount_",
	"^kref_", "ref_tracker", "seqprop_assert",
	/* memory and strings */
	"^memcpy", "^memset", "^memmove", "^memcmp", "^__mem", "^mem", "^str", "^__str", "string", "^pointer$", "printf",
	"printk", "copy_to_user", "copy_from_user", "copy_to_iter", "copy_from_iter", "copy_page_to_iter", "copy_page_from_iter", "copyin", "copyout", "get_user",
	"put_user", "might_fault", "might_sleep", "might_resched", "hex_dump", "^crc",
	/* lists and trees */
	"list_add", "list_del", "list_replace", "list_move", "list_splice", "^rb_", "^__rb_", "^klist_", "xas_load",
	"xas_find", "xas_start", "rhashtable_lookup", "ida_free",
	/* timers and work */
	"del_timer", "timer_delete", "__mod_timer", "sk_stop_timer_sync", "flush_workqueue",
	"drain_workqueue", "destroy_workqueue", "queue_work", "delayed_work", "cancel_work",
	"insert_work", "try_to_grab_pending", "debug_object", "_is_static_object", "__wake_up", "finish_wait",
	"^complete$", "wait_for_completion", "kthread_stop", "cleanup_srcu_struct",
	/* device core */
	"dev_info", "dev_notice", "dev_warn", "dev_err", "dev_crit", "dev_alert", "dev_emerg", "^_dev_", "^kobject_", "device_add", "device_del", "device_unregister",
	"device_destroy", "device_release", "devres_release_all", "get_device_parent", "sysfs_remove",
	"unregister_netdev", "rollback_registered", "tty_unregister_device", "hwrng_unregister", "usb_unbind_interface", "add_uevent_var", "i2c_del_adapter",
	/* usb, I/O, files, entry */
	"usb_submit_urb", "usb_kill_", "usb_control_msg", "usb_hcd_submit_urb", "dummy_urb_enqueue",
	"readb$", "readw$", "readl$", "readq$", "writeb$", "writew$", "writel$", "writeq$", "logic_in", "logic_out",
	"^iput$", "^iput_final$", "^ihold$", "^dput$", "fast_dput", "drop_nlink", "mark_buffer_dirty",
	"truncate_inode_pages_range", "find_lock_entries", "do_mem_abort", "do_kernel_fault", "do_translation_fault", "el1_abort", "el1_sync",
	"el1h_64_sync", "do_tag_check_fault", "do_bad_area", "program_check_", "arch_stack_walk", "stack_trace_save", "stack_trace_consume_entry",
	"_indirect_thunk_", "__read_once_word_nocheck", "perf_trace", "__phys_addr",
};

/*
 * The name between '^' and '$', so that a pattern is a plain part of it, and which pairs of
 * letters stand in it: hardly a pattern that it does not hold is searched for.
 */
struct name {
	char text[512];
	size_t n;
	uint64_t pairs[16];
};

static unsigned pair(const char *p)
{
	return ((unsigned char)p[0] * 37u + (unsigned char)p[1]) % 1024;
}

static void name_init(struct name *name, struct kd_view f)
{
	f = kd_view_head(f, sizeof(name->text) - 2);
	name->n = f.n + 2;
	name->text[0] = '^';
	if (f.n)
		memcpy(name->text + 1, f.p, f.n);
	name->text[f.n + 1] = '$';
	memset(name->pairs, 0, sizeof(name->pairs));
	for (size_t i = 0; i + 1 < name->n; i++)
		name->pairs[pair(name->text + i) / 64] |= 1ULL << pair(name->text + i) % 64;
}

static bool has_pair(const struct name *name, const char *p)
{
	return name->pairs[pair(p) / 64] >> pair(p) % 64 & 1;
}

/* Patterns are at least three letters long. */
bool kd_syz_in_list(const char *const *list, size_t n, struct kd_view f)
{
	struct name name;

	name_init(&name, f);
	for (size_t i = 0; i < n && list[i]; i++)
		if (has_pair(&name, list[i]) && has_pair(&name, list[i] + 1) &&
		    kd_view_has(kd_view(name.text, name.n), kd_view_of(list[i])))
			return true;
	return false;
}

bool kd_syz_skips(struct kd_view f)
{
	return kd_syz_in_list(skip_all, KD_ARRAY_LEN(skip_all), f);
}

bool kd_syz_stack_start(struct kd_view t)
{
	static const struct kd_view starts[] = {
		KD_V("Call Trace"), KD_V("Call trace"), KD_V("Allocated:"), KD_V("Freed:"),
		KD_V("Backtrace:"), KD_V("Uninit was stored to memory at"), KD_V("Uninit was created at"), KD_V("Linux Kernel Library Stack Trace")};

	/* all of them hold one of these; most lines hold none */
	if (!kd_view_has(t, KD_V("race")) && !kd_view_has(t, KD_V("ed:")) &&
	    !kd_view_has(t, KD_V("Uninit was")) && !kd_view_has(t, KD_V(" by task ")))
		return false;
	if (kd_view_has(t, KD_V("stack backtrace:")))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(starts); i++)
		if (kd_view_has(t, starts[i]))
			return true;
	if (kd_view_has(t, KD_V(" by task ")) && kd_view_ends(kd_view_trim(t), KD_V(":")))
		return true;
	return kd_view_has(t, KD_V("backtrace:")) || kd_view_has(t, KD_V("backtrace (crc"));
}

struct walk {
	struct kd_view f[KD_SYZ_FRAMES];
	size_t n;
	bool injected;
	bool mixed; /* fault injection's trace stands in the warning: no frame can be trusted */
};

static void add(struct walk *w, struct kd_view func)
{
	func = kd_func_base(func);
	if (func.n && w->n < KD_SYZ_FRAMES)
		w->f[w->n++] = func;
	if (kd_view_has(func, KD_V("should_fail")))
		w->injected = true;
}

/* Inlined functions of decoded text ("f file.c:1 [inline]") have no offset and do not count. */
static void add_frame(struct walk *w, const struct kd_token *k)
{
	if (!k->frame.has_offset && !k->has_from)
		return;
	add(w, k->frame.func);
	if (k->has_from)
		add(w, k->from.func);
}

/* Frames from line i on, up to the next stack start. */
static void frames_from(const struct kd_syz_text *t, size_t i, struct walk *w)
{
	for (; i < t->n; i++) {
		const struct kd_token *k;

		if (kd_syz_stack_start(t->l[i]->text))
			return;
		k = kd_wline_token(t->l[i]);
		if (k->cls == KD_TOK_FRAME)
			add_frame(w, k);
	}
}

static size_t find_start(const struct kd_syz_text *t, size_t i)
{
	while (i < t->n && !kd_syz_stack_start(t->l[i]->text))
		i++;
	return i;
}

static void first_trace(const struct kd_syz_text *t, size_t from, struct walk *w)
{
	size_t i = find_start(t, from);

	if (i < t->n) {
		const struct kd_view text = t->l[i]->text;
		size_t colon = kd_view_chr(text, ':');
		struct kd_token k;

		if (colon != KD_NPOS) {
			kd_token_parse(kd_view_from(text, colon + 1), &k);
			if (k.cls == KD_TOK_FRAME)
				add(w, k.frame.func);
		}
		frames_from(t, i + 1, w);
	}
}

/* powerpc: "--- interrupt: 700 at f+0x2c/0x70" */
static bool interrupt_line(struct kd_view text, struct walk *w)
{
	size_t at;
	struct kd_token k;

	if (!kd_view_has(text, KD_V("--- interrupt: ")))
		return false;
	at = kd_view_find(text, KD_V(" at "));
	if (at == KD_NPOS)
		return false;
	kd_token_parse(kd_view_from(text, at + 4), &k);
	if (k.cls != KD_TOK_FRAME)
		return false;
	add(w, k.frame.func);
	return true;
}

/* The pc line with a kernel function; index or n. */
static size_t find_pc(const struct kd_syz_text *t, size_t from, struct walk *w)
{
	size_t pc = t->n;

	for (size_t i = from; i < t->n; i++) {
		const struct kd_token *k = kd_wline_token(t->l[i]);

		if (interrupt_line(t->l[i]->text, w))
			return i;
		if (kd_syz_stack_start(t->l[i]->text) && pc < t->n)
			break;
		if (k->cls != KD_TOK_PC || k->user_mode)
			continue;
		if (pc == t->n)
			pc = i;
		if (!k->frame.func.n || !k->frame.has_offset)
			continue; /* an address, or an inlined function: the next line may say more */
		add(w, k->frame.func);
		return i;
	}
	return pc;
}

/*
 * Generic dispatchers: below them every stack looks the same, the callee says what the
 * time is spent in.
 */
static bool is_anchor(struct kd_view f)
{
	static const char *const anchors[] = {
		/* entry */
		"do_syscall_", "do_int80_syscall", "do_fast_syscall", "system_call_fastpath", "entry_SYSCALL",
		"invoke_syscall", "el0_svc", "ret_fast_syscall", "do_page_fault", "__do_fault",
		/* threads, work and timers */
		"process_one_work", "^kthread$", "ret_from_fork", "cpu_startup_entry", "task_work_run",
		"do_softirq", "handle_softirqs", "tasklet_action", "_run_timers", "call_timer_fn", "hrtimer_run",
		"smp_call_function",
		/* files and memory */
		"^vfs_read$", "^vfs_write$", "^__vfs_read", "^__vfs_write", "^new_sync_read", "^new_sync_write",
		"^call_read_iter", "^call_write_iter", "^do_iter_read", "^do_iter_write", "^vfs_ioctl", "do_vfs_ioctl",
		"SyS_ioctl", "sys_ioctl", "blkdev_ioctl", "^vfs_open", "^do_dentry_open", "^__fput", "^mmap_region",
		"^do_mmap",
		/* sockets and packets */
		"^sock_sendmsg", "^__sock_sendmsg", "^sock_recvmsg", "^__sys_sendto", "^__sys_recvfrom", "^__sys_setsockopt", "^__sys_getsockopt", "netif_receive_skb",
		"netlink_rcv_msg", "^netlink_dump"};

	return kd_syz_in_list(anchors, KD_ARRAY_LEN(anchors), f);
}

/* The frame just above the first dispatcher; helpers in between say nothing. */
static struct kd_view above_anchor(const struct walk *w)
{
	struct kd_view prev = KD_VNULL;

	for (size_t i = 0; i < w->n; i++) {
		if (kd_view_has(w->f[i], KD_V("smp_call_function")))
			return w->f[i];
		if (is_anchor(w->f[i])) {
			if (prev.n)
				return prev;
			continue;
		}
		if (!kd_syz_skips(w->f[i]))
			prev = w->f[i];
	}
	return KD_VNULL;
}

static struct kd_view hang_frame(const struct walk *w)
{
	static const char *const skip[] = {"sched", "_lock", "_slowlock", "down", "rwsem", "completion",
					   "kthread", "wait", "synchronize", "context_switch", "__switch_to",
					   "cancel_delayed_work", "rcu_barrier", "mutex", "^do_read_cache_",
					   "flush_work"};

	for (size_t i = 0; i < w->n; i++) {
		if (kd_view_has(w->f[i], KD_V("rtnl_lock")))
			return w->f[i];
		if (kd_view_has(w->f[i], KD_V("synchronize_rcu")) || kd_view_has(w->f[i], KD_V("synchronize_srcu")) ||
		    kd_view_has(w->f[i], KD_V("synchronize_net")) || kd_view_has(w->f[i], KD_V("synchronize_sched")))
			return w->f[i];
	}
	for (size_t i = 0; i < w->n; i++)
		if (!kd_syz_in_list(skip, KD_ARRAY_LEN(skip), w->f[i]) && !kd_syz_skips(w->f[i]))
			return w->f[i];
	return KD_VNULL;
}

static struct kd_view first_unskipped(const struct walk *w, const char *const *skip)
{
	for (size_t i = 0; i < w->n; i++)
		if (!kd_syz_skips(w->f[i]) && !(skip && kd_syz_in_list(skip, 64, w->f[i])))
			return w->f[i];
	return KD_VNULL;
}

/*
 * The function of a lock line: "at: foo+0x1/0x2", "at: [<addr>] foo+…", or it follows on
 * the next line. The list of held locks counts only if nothing came before it.
 */
static void lock_lines(const struct kd_syz_text *t, struct walk *w, size_t max)
{
	for (size_t i = 0; i < t->n && max; i++) {
		struct kd_view v = t->l[i]->text;
		size_t at = kd_view_find(v, KD_V("at: "));
		struct kd_token k;

		if (w->n && kd_view_has(v, KD_V(" held by ")))
			return;
		if (at != KD_NPOS)
			v = kd_view_from(v, at + 4);
		else if (kd_view_ends(kd_view_trim(v), KD_V(" at:")) && i + 1 < t->n)
			v = t->l[i + 1]->text;
		else
			continue;
		kd_token_parse(kd_view_trim(v), &k);
		if (k.cls != KD_TOK_FRAME)
			continue;
		add(w, k.frame.func);
		max--;
	}
}

static bool is_timer_entry(struct kd_view func)
{
	static const char *const entries[] = {"apic_timer_interrupt", "el1_irq", "el1h_64_irq", "__irq_svc",
					      "timer_interrupt$"};

	return kd_syz_in_list(entries, KD_ARRAY_LEN(entries), func);
}

/* The frame of the timer interrupt that noticed a stall; index or n. */
static size_t timer_interrupt(const struct kd_syz_text *t)
{
	size_t i = 0;

	for (; i < t->n; i++) {
		const struct kd_token *k = kd_wline_token(t->l[i]);

		if (k->cls == KD_TOK_FRAME && is_timer_entry(k->frame.func))
			break;
	}
	return i;
}

/*
 * What the timer interrupt that noticed the stall had stopped: the pc and the frames in
 * line order. Without the interrupt only registers printed before any stack say whose
 * stack follows.
 */
static void stalled_frames(const struct kd_syz_text *t, struct walk *w)
{
	size_t i = timer_interrupt(t);

	if (i == t->n) {
		i = find_pc(t, 0, w);
		if (i < find_start(t, 0))
			first_trace(t, i, w);
		else
			w->n = 0;
		return;
	}
	for (i++; i < t->n && !kd_syz_stack_start(t->l[i]->text); i++) {
		const struct kd_token *k = kd_wline_token(t->l[i]);

		if (k->cls == KD_TOK_PC && !k->user_mode && k->frame.func.n && k->frame.has_offset)
			add(w, k->frame.func);
		else if (k->cls == KD_TOK_FRAME && !is_timer_entry(k->frame.func))
			add_frame(w, k);
	}
}

/* Fault injection's own trace, mixed in before the registers of the warning. */
static bool injection_above(const struct kd_syz_text *t, size_t pc)
{
	for (size_t i = 0; i < pc; i++)
		if (kd_view_has(t->l[i]->text, KD_V("should_fail")))
			return true;
	return false;
}

static void gather(const struct kd_syz_text *t, const struct kd_syz_format *f, struct kd_view cap1,
		   struct walk *w)
{
	size_t i = 0, had;

	switch (f->how) {
	case KD_SYZ_FIRST:
		add(w, cap1);
		had = w->n;
		frames_from(t, 1, w); /* KMSAN, KFENCE: below the header, no heading */
		if (w->n == had)
			first_trace(t, 1, w);
		break;
	case KD_SYZ_RIP:
	case KD_SYZ_WARN:
		i = find_pc(t, 0, w);
		w->mixed = f->how == KD_SYZ_WARN && injection_above(t, i);
		had = w->n;
		if (i < t->n)
			frames_from(t, i + 1, w); /* inside a trace: what the trap interrupted */
		if (w->n == had)
			first_trace(t, i < t->n ? i : 0, w);
		break;
	case KD_SYZ_LOCKS:
		lock_lines(t, w, 2);
		first_trace(t, 1, w);
		break;
	case KD_SYZ_IRQSAFE:
		while (i < t->n && !kd_view_has(t->l[i]->text, KD_V("-safe at:")))
			i++;
		frames_from(t, i + 1, w);
		break;
	case KD_SYZ_ALLOC:
		while (i < t->n && !kd_view_has(t->l[i]->text, KD_V("page last allocated")) &&
		       !kd_view_has(t->l[i]->text, KD_V("page_owner tracks the page as allocated")))
			i++;
		if (i < t->n)
			frames_from(t, i + 1, w);
		break;
	case KD_SYZ_RCU:
		stalled_frames(t, w);
		break;
	case KD_SYZ_STALL:
		i = find_pc(t, 0, w);
		first_trace(t, i < t->n ? i : 0, w);
		break;
	default:
		first_trace(t, 0, w);
	}
}

struct kd_view kd_syz_guilty(const struct kd_syz_text *t, const struct kd_syz_format *f,
			     struct kd_view cap1, bool *injected)
{
	struct walk w = {.n = 0};
	struct kd_view ret;

	gather(t, f, cap1, &w);
	switch (f->how) {
	case KD_SYZ_STALL:
	case KD_SYZ_RCU:
		ret = above_anchor(&w);
		break;
	case KD_SYZ_HANG:
		ret = hang_frame(&w);
		break;
	case KD_SYZ_ONLY:
		ret = cap1;
		break;
	default:
		ret = first_unskipped(&w, f->skip);
	}
	*injected = w.injected;
	return w.mixed ? KD_VNULL : ret;
}

size_t kd_syz_file_from(const struct kd_syz_text *t, const struct kd_syz_format *f)
{
	size_t i = f && f->how == KD_SYZ_RCU ? timer_interrupt(t) : 0, last;

	if (i == t->n)
		return 0;
	for (last = i++; i < t->n && !kd_syz_stack_start(t->l[i]->text); i++)
		if (is_timer_entry(kd_wline_token(t->l[i])->frame.func))
			last = i;
	return last;
}

struct kd_view kd_syz_origin(const struct kd_syz_text *t)
{
	static const char *const skip[] = {"alloc_skb", "skb_", NULL};
	struct walk w = {.n = 0};
	size_t i = 0;

	while (i < t->n && !kd_view_has(t->l[i]->text, KD_V("created at:")))
		i++;
	frames_from(t, i + 1, &w);
	return first_unskipped(&w, skip);
}

static bool has_frame(struct kd_wline *l)
{
	const struct kd_token *k = kd_wline_token(l);

	return k->cls == KD_TOK_FRAME || kd_view_has(l->text, KD_V("(stack is not available)"));
}

const char *kd_syz_corrupted(const struct kd_syz_text *t, bool needs_stack)
{
	bool any = false;

	for (size_t i = 0; i < t->n; i++) {
		size_t k, end = i + 16;

		if (!kd_syz_stack_start(t->l[i]->text))
			continue;
		any = true;
		if (i + 3 > t->n)
			return "a stack ends too early";
		for (k = i + 1; k < t->n && k < end && !has_frame(t->l[k]); k++)
			if (kd_syz_stack_start(t->l[k]->text) && k > i + 1)
				return "a stack has no frames";
		if (k >= t->n || k == end)
			return "a stack has no frames";
	}
	return needs_stack && !any ? "no stack" : NULL;
}
