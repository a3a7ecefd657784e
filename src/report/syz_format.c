// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which title a report gets: one row per wording (docs/titles.md, section 3).
 *
 * Patterns: literal text, '*' any text, "%f" a function name, "%t" any text up to what
 * follows in the pattern. Captures are counted from 1. Titles: "%1" … and "%F", the
 * guilty function.
 */
#include "base/alloc.h"
#include "report/syz_internal.h"

#define S(...) ((const char *const[]){__VA_ARGS__, NULL})
#define BUG "BUG:"
#define WARN "WARNING:"
#define INFO "INFO:"

static const struct kd_syz_format formats[] = {
	{BUG, "BUG: KASAN: double-free or invalid-free in %f", NULL, "KASAN: invalid-free in %F", "invalid-free in %F", KD_SYZ_FIRST, 0, S("slab_", "kfree", "vunmap", "vfree")},
	{BUG, "BUG: KASAN: double-free in %f", NULL, "KASAN: invalid-free in %F", "invalid-free in %F", KD_SYZ_FIRST, 0, S("slab_", "kfree", "vunmap", "vfree")},
	{BUG, "BUG: KASAN: invalid-free in %f", NULL, "KASAN: invalid-free in %F", "invalid-free in %F", KD_SYZ_FIRST, 0, S("slab_", "kfree", "vunmap", "vfree")},
	{BUG, "BUG: KASAN: %5 in %1", "Read of size", "KASAN: %2 Read in %F", "bad-access in %F", KD_SYZ_FIRST, 0, NULL},
	{BUG, "BUG: KASAN: %5 in %1", "Write of size", "KASAN: %2 Write in %F", "bad-access in %F", KD_SYZ_FIRST, 0, NULL},
	{BUG, "BUG: KASAN: %5 in %1", "Read at addr", "KASAN: %2 Read in %F", "bad-access in %F", KD_SYZ_FIRST, 0, NULL},
	{BUG, "BUG: KASAN: %5 in %1", "Write at addr", "KASAN: %2 Write in %F", "bad-access in %F", KD_SYZ_FIRST, 0, NULL},
	{BUG, "BUG: KASAN: %5 on address", "Read of size", "KASAN: %2 Read", NULL, KD_SYZ_PLAIN, 0, NULL},
	{BUG, "BUG: KASAN: %5 on address", "Write of size", "KASAN: %2 Write", NULL, KD_SYZ_PLAIN, 0, NULL},
	{BUG, "BUG: KASAN: %t", NULL, "KASAN: %1", NULL, KD_SYZ_PLAIN, KD_SYZF_CORRUPTED, NULL},
	{BUG, "BUG: KMSAN: kernel-usb-infoleak in %f", NULL, "KMSAN: kernel-usb-infoleak in %F", "KMSAN origin in %O", KD_SYZ_FIRST, 0, S("^usb_")},
	{BUG, "BUG: KMSAN: %5 in %1", NULL, "KMSAN: %2 in %F", "bad-access in %F", KD_SYZ_FIRST, 0, S("aes", "xts_", "crypto_", "cipher_", "drbg_", "rng_setkey", "iov_iter", "instrument_copy", "_copy_to")},
	{BUG, "BUG: KCSAN: %t", NULL, "KCSAN: %1", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{BUG, "BUG: KFENCE: use-after-free %3 in %1", NULL, "KFENCE: use-after-free %3 in %F", "bad-access in %F", KD_SYZ_FIRST, 0, NULL},
	{BUG, "BUG: KFENCE: out-of-bounds %3 in %1", NULL, "KFENCE: out-of-bounds %3 in %F", "bad-access in %F", KD_SYZ_FIRST, 0, NULL},
	{BUG, "BUG: KFENCE: invalid free in %f", NULL, "KFENCE: invalid free in %F", "invalid-free in %F", KD_SYZ_FIRST, 0, NULL},
	{BUG, "BUG: KFENCE: invalid %3 in %1", NULL, "KFENCE: invalid %3 in %F", "bad-access in %F", KD_SYZ_FIRST, 0, NULL},
	{BUG, "BUG: KFENCE: memory corruption in %f", NULL, "KFENCE: memory corruption in %F", NULL, KD_SYZ_FIRST, 0, NULL},
	{BUG, "BUG: unable to handle kernel paging request", NULL, "BUG: unable to handle kernel paging request in %F", "bad-access in %F", KD_SYZ_RIP, 0, NULL},
	{BUG, "BUG: unable to handle page fault for address", NULL, "BUG: unable to handle kernel paging request in %F", "bad-access in %F", KD_SYZ_RIP, 0, NULL},
	{BUG, "BUG: Unable to handle kernel data access", NULL, "BUG: unable to handle kernel paging request in %F", "bad-access in %F", KD_SYZ_RIP, 0, NULL},
	{BUG, "BUG: unable to handle kernel NULL pointer dereference", NULL, "BUG: unable to handle kernel NULL pointer dereference in %F", "bad-access in %F", KD_SYZ_RIP, 0, NULL},
	{BUG, "BUG: kernel NULL pointer dereference", NULL, "BUG: unable to handle kernel NULL pointer dereference in %F", "bad-access in %F", KD_SYZ_RIP, 0, NULL},
	{BUG, "BUG: Kernel NULL pointer dereference", NULL, "BUG: unable to handle kernel NULL pointer dereference in %F", "bad-access in %F", KD_SYZ_RIP, 0, NULL},
	{BUG, "BUG: unable to handle kernel", NULL, "BUG: unable to handle kernel", NULL, KD_SYZ_PLAIN, KD_SYZF_CORRUPTED, NULL},
	{BUG, "BUG: spinlock %4", NULL, "BUG: spinlock %4 in %F", NULL, KD_SYZ_TRACE, 0, NULL},
	{BUG, "BUG: rwlock %4", NULL, "BUG: rwlock %4 in %F", NULL, KD_SYZ_TRACE, 0, NULL},
	{BUG, "BUG: soft lockup", NULL, "BUG: soft lockup in %F", "stall in %F", KD_SYZ_STALL, 0, NULL},
	{BUG, "BUG: *still has locks held", NULL, "BUG: still has locks held in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{BUG, "BUG: scheduling while atomic", NULL, "BUG: scheduling while atomic in %F", NULL, KD_SYZ_TRACE, 0, S("schedule", "preempt_schedule", "cond_resched")},
	{BUG, "BUG: sleeping function called from invalid context", NULL, "BUG: sleeping function called from invalid context in %F", NULL, KD_SYZ_TRACE, 0, NULL},
	{BUG, "BUG: using %2 in preemptible", NULL, "BUG: using %2 in preemptible code in %F", NULL, KD_SYZ_TRACE, 0, S("smp_processor_id", "preempt", "this_cpu")},
	{BUG, "BUG: bad unlock balance", NULL, "BUG: bad unlock balance in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{BUG, "BUG: held lock freed", NULL, "BUG: held lock freed in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{BUG, "BUG: lock held when returning to user space", NULL, "BUG: lock held when returning to user space in %F", NULL, KD_SYZ_LOCKS, KD_SYZF_NOSTACK, NULL},
	{BUG, "BUG: Invalid wait context", NULL, "WARNING: locking bug in %F", NULL, KD_SYZ_TRACE, 0, NULL},
	{BUG, "BUG: workqueue leaked lock or atomic", "last function: %f", "BUG: workqueue leaked lock or atomic in %1", NULL, KD_SYZ_ONLY, KD_SYZF_NOSTACK, NULL},
	{BUG, "BUG: memory leak", NULL, "memory leak in %F", NULL, KD_SYZ_BACKTRACE, 0, S("kmemleak", "create_object", "radix_tree", "list_lru", "idr_", "alloc_urb")},
	{BUG, "BUG: Bad page state", NULL, "BUG: Bad page state in %F", NULL, KD_SYZ_ALLOC, 0, NULL},
	{BUG, "BUG: Bad page cache", NULL, "BUG: Bad page cache in %F", NULL, KD_SYZ_ALLOC, 0, NULL},
	{BUG, "BUG: Bad page map", NULL, "BUG: Bad page map", NULL, KD_SYZ_PLAIN, 0, NULL},
	{BUG, "BUG: Bad rss-counter state", NULL, "BUG: Bad rss-counter state", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{BUG, "BUG: non-zero nr_ptes on freeing mm", NULL, "BUG: non-zero nr_ptes on freeing mm", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{BUG, "BUG: non-zero nr_pmds on freeing mm", NULL, "BUG: non-zero nr_pmds on freeing mm", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{BUG, "BUG: workqueue lockup", NULL, "BUG: workqueue lockup", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{BUG, "BUG: Dentry *still in use*[unmount of %t]", NULL, "BUG: Dentry still in use in unmount", "BUG: Dentry still in use [unmount of %1]", KD_SYZ_PLAIN, 0, NULL},
	{BUG, "BUG: stack guard page was hit", NULL, "BUG: stack guard page was hit in %F", "stack-overflow in %F", KD_SYZ_STALL, 0, NULL},
	{WARN, "WARNING: *lib/debugobjects.c", NULL, "WARNING: ODEBUG bug in %F", NULL, KD_SYZ_WARN, 0, S("debug_", "timer")},
	{WARN, "WARNING: *mm/usercopy.c", NULL, "WARNING: bad usercopy in %F", NULL, KD_SYZ_WARN, 0, S("usercopy", "__check")},
	{WARN, "WARNING: *lib/kobject.c", NULL, "WARNING: kobject bug in %F", NULL, KD_SYZ_WARN, 0, NULL},
	{WARN, "WARNING: *fs/proc/generic.c", NULL, "WARNING: proc registration bug in %F", NULL, KD_SYZ_WARN, 0, S("proc_")},
	{WARN, "WARNING: *lib/refcount.c", NULL, "WARNING: refcount bug in %F", NULL, KD_SYZ_WARN, 0, S("refcount", "kobject_")},
	{WARN, "WARNING: *kernel/locking/lockdep.c*lock_", NULL, "WARNING: locking bug in %F", NULL, KD_SYZ_WARN, 0, NULL},
	{WARN, "WARNING: *mm/vmalloc.c*__vmalloc_node", NULL, "WARNING: zero-size vmalloc in %F", NULL, KD_SYZ_WARN, 0, NULL},
	{WARN, "WARNING: *mm/*.c*malloc", NULL, "WARNING: kmalloc bug in %F", NULL, KD_SYZ_WARN, 0, S("kmalloc", "krealloc", "slab", "kmem")},
	{WARN, "WARNING: *usb_submit_urb", NULL, "WARNING in %F/usb_submit_urb", NULL, KD_SYZ_WARN, 0, S("usb_submit_urb", "usb_start_wait_urb", "usb_bulk_msg", "usb_interrupt_msg", "usb_control_msg")},
	{WARN, "WARNING: possible circular locking dependency detected", ", at:",  "possible deadlock in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{WARN, "WARNING: possible recursive locking detected", NULL, "possible deadlock in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{WARN, "WARNING: possible irq lock inversion dependency detected", NULL, "possible deadlock in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{WARN, "WARNING: *-safe -> *-unsafe lock order detected", NULL, "possible deadlock in %F", NULL, KD_SYZ_IRQSAFE, 0, NULL},
	{WARN, "WARNING: inconsistent lock state", NULL, "inconsistent lock state in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{WARN, "WARNING: suspicious RCU usage", "suspicious rcu_dereference", "WARNING: suspicious RCU usage in %F", NULL, KD_SYZ_TRACE, 0, S("rcu", "kmem", "slab")},
	{WARN, "WARNING: suspicious RCU usage", "other info that", "WARNING: suspicious RCU usage in %F", NULL, KD_SYZ_TRACE, 0, S("rcu", "kmem", "slab")},
	{WARN, "WARNING: kernel stack regs at %f in *has bad '%5' value", NULL, "WARNING: kernel stack regs has bad '%2' value", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{WARN, "WARNING: kernel stack regs*has bad '%t' value", NULL, "WARNING: kernel stack regs has bad value", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{WARN, "WARNING: kernel stack frame pointer*has bad value", NULL, "WARNING: kernel stack frame pointer has bad value", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{WARN, "WARNING: bad unlock balance", NULL, "WARNING: bad unlock balance in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{WARN, "WARNING: held lock freed", NULL, "WARNING: held lock freed in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{WARN, "WARNING: *still has locks held", NULL, "WARNING: still has locks held in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{WARN, "WARNING: lock held when returning to user space", NULL, "WARNING: lock held when returning to user space in %F", NULL, KD_SYZ_LOCKS, KD_SYZF_NOSTACK, NULL},
	{WARN, "WARNING: Nested lock was not taken", NULL, "WARNING: nested lock was not taken in %F", NULL, KD_SYZ_TRACE, 0, NULL},
	{WARN, "WARNING: nested lock was not taken", NULL, "WARNING: nested lock was not taken in %F", NULL, KD_SYZ_TRACE, 0, NULL},
	{WARN, "WARNING: *.c:* at %f", NULL, "WARNING in %F", NULL, KD_SYZ_WARN, 0, NULL},
	{WARN, "WARNING: * at *:* %f+0x", NULL, "WARNING in %F", NULL, KD_SYZ_WARN, 0, NULL},
	{INFO, "INFO: possible circular locking dependency detected", ", at: [<", "possible deadlock in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{INFO, "INFO: possible recursive locking detected", NULL, "possible deadlock in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{INFO, "INFO: possible irq lock inversion dependency detected", NULL, "possible deadlock in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{INFO, "INFO: *-safe -> *-unsafe lock order detected", NULL, "possible deadlock in %F", NULL, KD_SYZ_IRQSAFE, 0, NULL},
	{INFO, "INFO: inconsistent lock state", NULL, "inconsistent lock state in %F", NULL, KD_SYZ_LOCKS, 0, NULL},
	{INFO, "INFO: rcu_*detected*stall", NULL, "INFO: rcu detected stall in %F", "stall in %F", KD_SYZ_RCU, 0, NULL},
	{INFO, "INFO: trying to register non-static key", NULL, "INFO: trying to register non-static key in %F", NULL, KD_SYZ_TRACE, 0, S("stack")},
	{INFO, "INFO: suspicious RCU usage", NULL, "INFO: suspicious RCU usage in %F", NULL, KD_SYZ_TRACE, 0, S("rcu", "kmem", "slab")},
	{INFO, "INFO: task *blocked*for more than*seconds", NULL, "INFO: task hung in %F", "hang in %F", KD_SYZ_HANG, 0, NULL},
	{INFO, "INFO: task", "blocked*for more than*seconds", "INFO: task hung in %F", "hang in %F", KD_SYZ_HANG, 0, NULL},
	{INFO, "INFO: task *can't die for more than", NULL, "INFO: task can't die in %F", "hang in %F", KD_SYZ_HANG, 0, NULL},
	{"Unable to handle kernel", "Unable to handle kernel paging request", NULL, "BUG: unable to handle kernel paging request in %F", "bad-access in %F", KD_SYZ_RIP, 0, NULL},
	{"Unable to handle kernel", "Unable to handle kernel NULL pointer dereference", NULL, "BUG: unable to handle kernel NULL pointer dereference in %F", "bad-access in %F", KD_SYZ_RIP, 0, NULL},
	{"Unable to handle kernel", "Unable to handle kernel access to user memory", NULL, "BUG: unable to handle kernel access to user memory in %F", "bad-access in %F", KD_SYZ_RIP, 0, NULL},
	{"general protection fault", "general protection fault*:", NULL, "general protection fault in %F", "bad-access in %F", KD_SYZ_RIP, 0, NULL},
	{"stack segment: ", "stack segment: ", NULL, "stack segment fault in %F", NULL, KD_SYZ_RIP, 0, NULL},
	{"Kernel panic", "Kernel panic - not syncing: Attempted to kill init!", NULL, "kernel panic: Attempted to kill init!", NULL, KD_SYZ_PLAIN, 0, NULL},
	{"Kernel panic", "Kernel panic - not syncing: Couldn't open N_TTY ldisc", NULL, "kernel panic: Couldn't open N_TTY ldisc", NULL, KD_SYZ_PLAIN, 0, NULL},
	{"Kernel panic", "Kernel panic - not syncing: Fatal exception", NULL, "kernel panic: Fatal exception", NULL, KD_SYZ_PLAIN, KD_SYZF_CORRUPTED, NULL},
	{"Kernel panic", "Kernel panic - not syncing: panic_on_warn set", NULL, "kernel panic: panic_on_warn set", NULL, KD_SYZ_PLAIN, KD_SYZF_CORRUPTED, NULL},
	{"Kernel panic", "Kernel panic - not syncing: hung_task: blocked tasks", NULL, "kernel panic: hung_task: blocked tasks", NULL, KD_SYZ_PLAIN, KD_SYZF_CORRUPTED, NULL},
	{"Kernel panic", "Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: %f", NULL, "kernel panic: stack is corrupted in %F", NULL, KD_SYZ_FIRST, 0, S("stack_chk")},
	{"Kernel panic", "Kernel panic - not syncing: corrupted stack end", NULL, "kernel panic: corrupted stack end in %F", "stack-overflow in %F", KD_SYZ_STALL, 0, NULL},
	{"Kernel panic", "Kernel panic - not syncing: kernel stack overflow", NULL, "kernel stack overflow in %F", "stack-overflow in %F", KD_SYZ_STALL, 0, NULL},
	{"Kernel panic", "Kernel panic - not syncing: %t", NULL, "kernel panic: %1", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{"PANIC: double fault", "PANIC: double fault", NULL, "PANIC: double fault in %F", NULL, KD_SYZ_RIP, 0, NULL},
	{"kernel BUG", "kernel BUG at mm/usercopy.c", NULL, "BUG: bad usercopy in %F", NULL, KD_SYZ_RIP, 0, S("usercopy", "__check")},
	{"kernel BUG", "kernel BUG at lib/list_debug.c", NULL, "BUG: corrupted list in %F", "bad-access in %F", KD_SYZ_RIP, 0, S("list_")},
	{"kernel BUG", "kernel BUG", NULL, "kernel BUG in %F", NULL, KD_SYZ_RIP, 0, S("^skb_")},
	{"Kernel BUG", "Kernel BUG", NULL, "kernel BUG in %F", NULL, KD_SYZ_RIP, 0, S("^skb_")},
	{"BUG kmalloc-", "BUG kmalloc-*: Object already free", NULL, "BUG: Object already free", NULL, KD_SYZ_PLAIN, 0, NULL},
	{"divide error:", "divide error:", NULL, "divide error in %F", NULL, KD_SYZ_RIP, 0, NULL},
	{"divide_error:", "divide_error:", NULL, "divide error in %F", NULL, KD_SYZ_RIP, 0, NULL},
	{"invalid opcode:", "invalid opcode:", NULL, "invalid opcode in %F", NULL, KD_SYZ_RIP, 0, NULL},
	{"int3:", "int3:", NULL, "int3 in %F", NULL, KD_SYZ_RIP, 0, NULL},
	{"UBSAN:", "UBSAN: Undefined behaviour in", NULL, "UBSAN: undefined-behaviour in %F", NULL, KD_SYZ_TRACE, 0, S("ubsan", "overflow", "__divrem")},
	{"UBSAN:", "UBSAN: array-index-out-of-bounds in", NULL, "UBSAN: array-index-out-of-bounds in %F", "bad-access in %F", KD_SYZ_TRACE, 0, S("ubsan", "overflow")},
	{"UBSAN:", "UBSAN: %2 in ", NULL, "UBSAN: %2 in %F", NULL, KD_SYZ_TRACE, 0, S("ubsan", "overflow")},
	{"Booting the kernel.", "Booting the kernel.", NULL, "unexpected kernel reboot", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{"unregister_netdevice: waiting for", "unregister_netdevice: waiting for ", NULL, "unregister_netdevice: waiting for DEV to become free", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{"VFS: Close: file count is 0", "VFS: Close", NULL, "VFS: Close: file count is zero (use-after-free)", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{"VFS: Busy inodes after unmount", "VFS: Busy", NULL, "VFS: Busy inodes after unmount (use-after-free)", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{"Internal error:", "Internal error:", NULL, "Internal error in %F", "bad-access in %F", KD_SYZ_RIP, 0, NULL},
	{"Unhandled fault:", "Unhandled fault:", NULL, "Unhandled fault in %F", "bad-access in %F", KD_SYZ_RIP, 0, NULL},
	{"Alignment trap:", "Alignment trap:", NULL, "Alignment trap in %F", NULL, KD_SYZ_RIP, 0, NULL},
	{"trusty: panic", "trusty: panic*ASSERT FAILED*): %t", NULL, "trusty: ASSERT FAILED: %1", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{"fatal error:", "fatal error: %t", NULL, "fatal error: %1", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{"SYZFAIL:", "SYZFAIL: %t", NULL, "SYZFAIL: %1", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{"SYZFATAL:", "SYZFATAL: %t", NULL, "SYZFATAL: %1", "SYZFATAL", KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
	{"panic:", "panic: %t", NULL, "panic: %1", NULL, KD_SYZ_PLAIN, KD_SYZF_NOSTACK, NULL},
};

static bool in_function(char c)
{
	return kd_is_word(c) || c == '.' || c == '$';
}

/* "slab-out-of-bounds" */
static bool in_lower_word(char c)
{
	return (c >= 'a' && c <= 'z') || c == '-';
}

static size_t run(struct kd_view v, bool (*is)(char))
{
	size_t i = 0;

	while (i < v.n && is(v.p[i]))
		i++;
	return i;
}

/* How far a capture of this letter reaches from the front of v. */
static size_t capture_len(char c, const char *next, struct kd_view v)
{
	const char *stop = next;
	size_t i = 0;

	switch (c) {
	case 'f':
	case '1':
	case '3':
		return run(v, in_function);
	case '5':
		return run(v, in_lower_word);
	case '4': /* words up to " on", ":" or the end */
		while (i < v.n && v.p[i] != ':' && !kd_view_starts(kd_view_from(v, i), KD_V(" on ")))
			i++;
		return i;
	default:
		if (!*stop)
			return v.n;
		while (*stop && *stop != '%' && *stop != '*')
			stop++;
		return kd_view_find(v, kd_view(next, (size_t)(stop - next)));
	}
}

static unsigned slot_of(char c)
{
	return c == '2' || c == '4' || c == '5' ? 1 : c == '3' ? 2 : 0;
}

static bool fit_from(const char *pat, struct kd_view v, struct kd_view caps[KD_SYZ_CAPS])
{
	while (*pat) {
		size_t n;

		if (*pat == '*') {
			const char *lit = ++pat;
			struct kd_view save = v;

			while (*pat && *pat != '%' && *pat != '*')
				pat++;
			if (pat == lit) {
				for (; save.n; save = kd_view_from(save, 1))
					if (fit_from(pat, save, caps))
						return true;
				return false;
			}
			for (;;) {
				n = kd_view_find(save, kd_view(lit, (size_t)(pat - lit)));
				if (n == KD_NPOS)
					return false;
				save = kd_view_from(save, n + (size_t)(pat - lit));
				if (fit_from(pat, save, caps))
					return true;
			}
		}
		if (*pat == '%') {
			n = capture_len(pat[1], pat + 2, v);
			if (n == KD_NPOS || !n)
				return pat[1] == 't' && !n && !pat[2];
			caps[slot_of(pat[1])] = kd_view_head(v, n);
			v = kd_view_from(v, n);
			pat += 2;
			continue;
		}
		if (!v.n || v.p[0] != *pat)
			return false;
		v = kd_view_from(v, 1);
		pat++;
	}
	return true;
}

static bool fits(const char *pat, struct kd_view t, struct kd_view caps[KD_SYZ_CAPS])
{
	const bool literal = *pat != '%' && *pat != '*';

	for (; t.n; t = kd_view_from(t, 1)) {
		if (literal)
			t = kd_view_from(t, kd_view_chr(t, *pat)); /* KD_NPOS: the end */
		if (t.n && fit_from(pat, t, caps))
			return true;
	}
	return false;
}

static bool more_fits(const struct kd_syz_text *t, size_t from, const char *more,
		      struct kd_view caps[KD_SYZ_CAPS])
{
	for (size_t i = from; i < t->n; i++)
		if (fits(more, t->l[i]->text, caps))
			return true;
	return false;
}

const struct kd_syz_format *kd_syz_format_find(const struct kd_syz_text *t,
					       struct kd_view caps[KD_SYZ_CAPS], bool *partial)
{
	const char *header = kd_syz_header_text(t->header);

	*partial = false;
	for (size_t i = 0; i < t->n && i < 40; i++)
		for (size_t k = 0; k < KD_ARRAY_LEN(formats); k++) {
			const struct kd_syz_format *f = &formats[k];

			if (strcmp(f->header, header))
				continue;
			memset(caps, 0, KD_SYZ_CAPS * sizeof(*caps));
			if (!fits(f->pat, t->l[i]->text, caps))
				continue;
			if (f->more && !more_fits(t, i + 1, f->more, caps)) {
				*partial = true;
				continue;
			}
			return f;
		}
	return NULL;
}
