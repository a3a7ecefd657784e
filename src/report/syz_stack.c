// SPDX-License-Identifier: GPL-2.0-or-later
/* The guilty function: walk the stack, pass over helpers (docs/titles.md, section 4). */
#include "base/alloc.h"
#include "report/syz_internal.h"

/* Which pairs of letters stand in a name: hardly a pattern that it does not hold is searched for. */
#define PAIR(a, b) (((unsigned char)(a) * 37u + (unsigned char)(b)) % 512u)

struct skip {
	char text[31]; /* here, so that no pointer has to be followed */
	uint8_t n;
};

#define S(lit) {lit, sizeof(lit) - 1}
#define SKIPS(...) (const struct skip[]){__VA_ARGS__, {"", 0}}

/*
 * Functions that say nothing about the bug: checkers, reporting, allocation, locks, atomics, memory
 * and strings, lists and trees, timers and work, the device core, usb, files, entry. Substrings; '^'
 * only at the start, '$' at the end. By their first letter, because every frame is asked for all.
 */
static const struct skip *const skip_all[128] = {
	['^'] = SKIPS(S("^kfree$"), S("^vfree$"), S("^kvfree$"), S("^free$"), S("^down$"), S("^mutex_"),
			S("^__mutex_"), S("^refcount_"), S("^kref_"), S("^memcpy"), S("^memset"),
			S("^memmove"), S("^memcmp"), S("^__mem"), S("^mem"), S("^str"), S("^__str"),
			S("^pointer$"), S("^crc"), S("^rb_"), S("^__rb_"), S("^klist_"), S("^complete$"),
			S("^_dev_"), S("^kobject_"), S("^iput$"), S("^iput_final$"), S("^ihold$"),
			S("^dput$")),
	['_'] = SKIPS(S("__asan"), S("__msan"), S("__sanitizer"), S("_trap$"), S("__warn"),
			S("__fortify_report"), S("__do_kmalloc"), S("__local_bh_enable_ip"),
			S("__mod_timer"), S("_is_static_object"), S("__wake_up"), S("_indirect_thunk_"),
			S("__read_once_word_nocheck"), S("__phys_addr")),
	['a'] = SKIPS(S("assertfail"), S("allocate_slab"), S("alloc_page"), S("alloc_frozen_pages"),
			S("alloc_pages"), S("atomic_"), S("atomic64_"), S("add_uevent_var"),
			S("arch_stack_walk")),
	['b'] = SKIPS(S("bad_page"), S("bh_enable"), S("bh_disable")),
	['c'] = SKIPS(S("check_memory_region"), S("check_heap_object"), S("check_object"), S("clear_bit"),
			S("change_bit"), S("copy_to_user"), S("copy_from_user"), S("copy_to_iter"),
			S("copy_from_iter"), S("copy_page_to_iter"), S("copy_page_from_iter"), S("copyin"),
			S("copyout"), S("cancel_work"), S("cleanup_srcu_struct")),
	['d'] = SKIPS(S("dump_header"), S("do_error"), S("do_trap"), S("dump_stack"), S("dump_backtrace"),
			S("down_read"), S("down_write"), S("down_trylock"), S("del_timer"),
			S("drain_workqueue"), S("destroy_workqueue"), S("delayed_work"), S("debug_object"),
			S("dev_info"), S("dev_notice"), S("dev_warn"), S("dev_err"), S("dev_crit"),
			S("dev_alert"), S("dev_emerg"), S("device_add"), S("device_del"),
			S("device_unregister"), S("device_destroy"), S("device_release"),
			S("devres_release_all"), S("dummy_urb_enqueue"), S("drop_nlink"), S("do_mem_abort"),
			S("do_kernel_fault"), S("do_translation_fault"), S("do_tag_check_fault"),
			S("do_bad_area")),
	['e'] = SKIPS(S("el1_abort"), S("el1_sync"), S("el1h_64_sync")),
	['f'] = SKIPS(S("fixup_bug"), S("folio_alloc"), S("filemap_alloc_folio"), S("filemap_get_folio"),
			S("folio_unlock"), S("free_pages"), S("find_get_page"), S("flush_workqueue"),
			S("finish_wait"), S("fast_dput"), S("find_lock_entries")),
	['g'] = SKIPS(S("get_taint"), S("get_page_from_freelist"), S("grab_cache_page"), S("get_user"),
			S("get_device_parent")),
	['h'] = SKIPS(S("hwasan"), S("hex_dump"), S("hwrng_unregister")),
	['i'] = SKIPS(S("invalid_op"), S("imbalance_bug"), S("ida_free"), S("insert_work"),
			S("i2c_del_adapter")),
	['k'] = SKIPS(S("kasan"), S("kmsan"), S("kcsan_setup_watchpoint"), S("kcov"), S("kfence"),
			S("kmalloc"), S("kzalloc"), S("kcalloc"), S("kvcalloc"), S("kvzalloc"),
			S("krealloc"), S("kmemdup"), S("kmem_cache"), S("kfree_skb"), S("kvmalloc"),
			S("kthread_stop")),
	['l'] = SKIPS(S("lockdep"), S("lock_acquire"), S("lock_release"), S("lock_class"), S("lock_sock"),
			S("lock_timer_base"), S("list_add"), S("list_del"), S("list_replace"),
			S("list_move"), S("list_splice"), S("logic_in"), S("logic_out")),
	['m'] = SKIPS(S("malloc$"), S("mark_lock"), S("mark_held_locks"), S("might_fault"),
			S("might_sleep"), S("might_resched"), S("mark_buffer_dirty")),
	['o'] = SKIPS(S("osq_"), S("owner_on_cpu")),
	['p'] = SKIPS(S("panic"), S("print_report"), S("print_address_description"), S("print_usage_bug"),
			S("print_unlock"), S("print_tainted"), S("pagecache_get_page"),
			S("post_alloc_hook"), S("printf"), S("printk"), S("put_user"), S("program_check_"),
			S("perf_trace")),
	['q'] = SKIPS(S("queue_work")),
	['r'] = SKIPS(S("report_bug"), S("reacquire_held_locks"), S("raw_spin_rq"), S("read_lock"),
			S("read_trylock"), S("read_unlock"), S("rt_mutex"), S("release_sock"),
			S("ref_tracker"), S("rhashtable_lookup"), S("rollback_registered"), S("readb$"),
			S("readw$"), S("readl$"), S("readq$")),
	['s'] = SKIPS(S("spin_dump"), S("spin_bug"), S("slab_err"), S("show_stack"), S("slab_"),
			S("spin_lock"), S("spin_trylock"), S("spin_unlock"), S("set_bit"),
			S("seqprop_assert"), S("string"), S("sk_stop_timer_sync"), S("sysfs_remove"),
			S("stack_trace_save"), S("stack_trace_consume_entry")),
	['t'] = SKIPS(S("trace_hardirqs"), S("trace_softirqs"), S("test_bit"), S("timer_delete"),
			S("try_to_grab_pending"), S("tty_unregister_device"),
			S("truncate_inode_pages_range")),
	['u'] = SKIPS(S("usercopy_abort"), S("up_read"), S("up_write"), S("unregister_netdev"),
			S("usb_unbind_interface"), S("usb_submit_urb"), S("usb_kill_"),
			S("usb_control_msg"), S("usb_hcd_submit_urb")),
	['v'] = SKIPS(S("vmalloc"), S("vzalloc")),
	['w'] = SKIPS(S("walk_stack"), S("warn_slowpath"), S("warn_alloc"), S("warn_bogus"),
			S("write_lock"), S("write_trylock"), S("write_unlock"), S("wait_for_completion"),
			S("writeb$"), S("writew$"), S("writel$"), S("writeq$")),
	['x'] = SKIPS(S("xas_load"), S("xas_find"), S("xas_start")),
};

/* The name between '^' and '$', so that a pattern is a plain part of it. */
enum { NAME_MAX = 512 };

static size_t enclose(struct kd_view f, char ret[NAME_MAX])
{
	f = kd_view_head(f, NAME_MAX - 2);
	ret[0] = '^';
	if (f.n)
		memcpy(ret + 1, f.p, f.n);
	ret[f.n + 1] = '$';
	return f.n + 2;
}

struct name {
	char text[NAME_MAX];
	size_t n;
	bool pairs[512];
};

static void name_init(struct name *name, struct kd_view f)
{
	name->n = enclose(f, name->text);
	memset(name->pairs, 0, sizeof(name->pairs));
	for (size_t i = 0; i + 1 < name->n; i++)
		name->pairs[PAIR(name->text[i], name->text[i + 1])] = true;
}

static bool holds(const struct name *name, const char *p, size_t n)
{
	return kd_view_has(kd_view(name->text, name->n), kd_view(p, n));
}

/* Patterns are at least three letters long. */
bool kd_syz_in_list(const char *const *list, size_t n, struct kd_view f)
{
	struct name name;

	name_init(&name, f);
	for (size_t i = 0; i < n && list[i]; i++) {
		const char *p = list[i];

		if (name.pairs[PAIR(p[0], p[1])] && name.pairs[PAIR(p[1], p[2])] && holds(&name, p, strlen(p)))
			return true;
	}
	return false;
}

/* Does a pattern fit at p? left: bytes from there on, at least the three that every pattern has. */
static bool skips_at(const char *p, size_t left)
{
	const struct skip *s = *p & 0x80 ? NULL : skip_all[(unsigned char)*p];

	for (; s && s->n; s++)
		if (s->text[1] == p[1] && s->text[2] == p[2] && s->n <= left && !memcmp(p, s->text, s->n))
			return true;
	return false;
}

bool kd_syz_skips(struct kd_view f)
{
	char name[NAME_MAX];
	size_t n = enclose(f, name);

	for (size_t i = 0; i + 3 <= n; i++)
		if (skips_at(name + i, n - i))
			return true;
	return false;
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
	struct kd_frame from;

	if (!k->frame.has_offset && !k->has_from)
		return;
	add(w, k->frame.func);
	if (k->has_from && kd_token_from(k, &from))
		add(w, from.func);
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
