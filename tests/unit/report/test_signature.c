// SPDX-License-Identifier: GPL-2.0-or-later
/* Signatures: a log and what decoders make of it are one; other functions are another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/scan.h"

struct seen {
	char sig[KD_NSIG][sizeof(((struct kd_signature *)0)->hex)];
	char guilty[64];
};

static void look(const char *log, struct seen *ret)
{
	struct kd_scan_opts o = {.want = KD_WANT_ALL};
	struct kd_reports *rs;
	struct kd_source *src;
	struct kd_ctx ctx;

	kd_ctx_init(&ctx);
	assert_null(kd_source_from_memory(kd_view_of(log), "test", &src));
	assert_null(kd_scan_all(&ctx, src, &o, 10, &rs));
	assert_int_equal(rs->n, 1);
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < KD_NSIG; i++)
		memcpy(ret->sig[i], rs->v[0]->sig[i].hex, sizeof(ret->sig[i]));
	if (rs->v[0]->has_guilty)
		memcpy(ret->guilty, rs->v[0]->guilty.func.p, rs->v[0]->guilty.func.n);
	kd_reports_free(rs);
	kd_source_close(src);
	kd_ctx_deinit(&ctx);
}

/* The same crash without and with source lines: of syzkaller ("[inline]"), of scripts/decode_stacktrace.sh (in parentheses). */
struct crash {
	const char *raw, *syzkaller, *script;
	const char *guilty; /* of syzkaller's form */
};

static const struct crash crashes[] = {
	/* the blamed function of the decoded log is an inlined one, in the header, at the pc and in the trace */
	{
		"WARNING: CPU: 1 PID: 3605 at include/linux/swapops.h:323 change_protection+0x16e9/0x4280\n"
		"CPU: 1 PID: 3605 Comm: demo Not tainted 6.0.0 #0\n"
		"RIP: 0010:change_protection+0x16e9/0x4280\n"
		"Call Trace:\n <TASK>\n mprotect_fixup+0x14/0x20\n do_mprotect+0x74/0x80 [demo]\n ? maybe+0x5/0x6\n do_syscall_64+0x35/0xb0\n",
		"WARNING: CPU: 1 PID: 3605 at include/linux/swapops.h:323 make_pte_marker include/linux/swapops.h:346 [inline]\n"
		"WARNING: CPU: 1 PID: 3605 at include/linux/swapops.h:323 change_protection+0x16e9/0x4280 mm/mprotect.c:505\n"
		"CPU: 1 PID: 3605 Comm: demo Not tainted 6.0.0 #0\n"
		"RIP: 0010:make_pte_marker include/linux/swapops.h:346 [inline]\n"
		"RIP: 0010:change_protection+0x16e9/0x4280 mm/mprotect.c:505\n"
		"Call Trace:\n <TASK>\n vma_fix mm/mprotect.c:4 [inline]\n mprotect_fixup+0x14/0x20 mm/mprotect.c:6\n"
		" do_mprotect+0x74/0x80 [demo] drivers/demo.c:7\n ? maybe+0x5/0x6 mm/mprotect.c:8\n"
		" do_syscall_x64 arch/x86/entry/common.c:50 [inline]\n do_syscall_64+0x35/0xb0 arch/x86/entry/common.c:80\n",
		"WARNING: CPU: 1 PID: 3605 at include/linux/swapops.h:323 change_protection (include/linux/swapops.h:346 mm/mprotect.c:505) \n"
		"CPU: 1 PID: 3605 Comm: demo Not tainted 6.0.0 #0\n"
		"RIP: 0010:change_protection (include/linux/swapops.h:346 mm/mprotect.c:505) \n"
		"Call Trace:\n <TASK>\n mprotect_fixup (mm/mprotect.c:4 mm/mprotect.c:6) \n"
		" do_mprotect (drivers/demo.c:7 (discriminator 2)) demo\n ? maybe (mm/mprotect.c:8) \n"
		" do_syscall_64 (arch/x86/entry/common.c:50 arch/x86/entry/common.c:80) \n",
		"make_pte_marker",
	},
	/* a fault without a word about it in the header */
	{
		"BUG: unable to handle page fault for address: ffffc90000000000\n"
		"Oops: 0000 [#1] PREEMPT SMP\nCPU: 1 PID: 3605 Comm: demo Not tainted 6.0.0 #0\n"
		"RIP: 0010:outer+0x16/0x42\nCall Trace:\n caller+0x14/0x20\n",
		"BUG: unable to handle page fault for address: ffffc90000000000\n"
		"Oops: 0000 [#1] PREEMPT SMP\nCPU: 1 PID: 3605 Comm: demo Not tainted 6.0.0 #0\n"
		"RIP: 0010:inner fs/demo.c:3 [inline]\nRIP: 0010:outer+0x16/0x42 fs/demo.c:5\nCall Trace:\n"
		" inner2 fs/demo.c:7 [inline]\n caller+0x14/0x20 fs/demo.c:9\n",
		"BUG: unable to handle page fault for address: ffffc90000000000\n"
		"Oops: 0000 [#1] PREEMPT SMP\nCPU: 1 PID: 3605 Comm: demo Not tainted 6.0.0 #0\n"
		"RIP: 0010:outer (fs/demo.c:3 fs/demo.c:5) \nCall Trace:\n caller (fs/demo.c:7 fs/demo.c:9) \n",
		"outer",
	},
	/* the place of a lock, twice in the decoded log */
	{
		"=====================================\nWARNING: bad unlock balance detected!\n5.6.0 #0 Not tainted\n"
		"-------------------------------------\ndemo/7052 is trying to release lock (&mm->mmap_sem) at:\n"
		"[<ffffffff819fbf60>] outer+0x540/0x740\nbut there are no more locks to release!\n\n"
		"stack backtrace:\nCPU: 1 PID: 7052 Comm: demo Not tainted 5.6.0 #0\nCall Trace:\n dump_stack+0x19/0x21\n"
		" lock_release+0x5f/0x96\n up_read+0x1/0x2\n outer+0x540/0x740\n caller+0x1/0x20\n",
		"=====================================\nWARNING: bad unlock balance detected!\n5.6.0 #0 Not tainted\n"
		"-------------------------------------\ndemo/7052 is trying to release lock (&mm->mmap_sem) at:\n"
		"[<ffffffff819fbf60>] inner mm/gup.c:1366 [inline]\n[<ffffffff819fbf60>] lock_acquire mm/gup.c:1831 [inline]\n[<ffffffff819fbf60>] outer+0x540/0x740 mm/gup.c:1806\n"
		"but there are no more locks to release!\n\n"
		"stack backtrace:\nCPU: 1 PID: 7052 Comm: demo Not tainted 5.6.0 #0\nCall Trace:\n dump_stack+0x19/0x21 lib/dump_stack.c:7\n"
		" lock_release+0x5f/0x96 kernel/locking/lockdep.c:3\n up_read+0x1/0x2 kernel/locking/rwsem.c:6\n inner mm/gup.c:1366 [inline]\n"
		" outer+0x540/0x740 mm/gup.c:1806\n caller+0x1/0x20 mm/gup.c:9\n",
		NULL,
		"inner",
	},
	/* all functions are helpers: the title has one */
	{
		"WARNING: CPU: 0 PID: 7 at lib/x.c:346 mark_lock+0x16e9/0x4280\nRIP: 0010:mark_lock+0x16e9/0x4280\nCall Trace:\n lock_acquire+0x14/0x20\n",
		"WARNING: CPU: 0 PID: 7 at lib/x.c:346 mark_usage lib/y.h:6 [inline]\n"
		"WARNING: CPU: 0 PID: 7 at lib/x.c:346 mark_lock+0x16e9/0x4280 lib/x.c:5\nRIP: 0010:mark_usage lib/y.h:6 [inline]\n"
		"RIP: 0010:mark_lock+0x16e9/0x4280 lib/x.c:5\nCall Trace:\n lock_acquire+0x14/0x20 lib/x.c:7\n",
		NULL,
		"",
	},
	/* a sample: what was printed from the interrupt is inlined, too; the task's stack is the one that counts */
	{
		"rcu: INFO: rcu_preempt self-detected stall on CPU\nrcu: \t0-....: (1 GPs behind) idle=1 softirq=1/1 fqs=1\n"
		"CPU: 0 PID: 77 Comm: demo Not tainted 6.0.0 #0\nRIP: 0010:spin_here+0x5/0x10\nCall Trace:\n <TASK>\n caller+0x14/0x20\n",
		"rcu: INFO: rcu_preempt self-detected stall on CPU\nrcu: \t0-....: (1 GPs behind) idle=1 softirq=1/1 fqs=1\n"
		"CPU: 0 PID: 77 Comm: demo Not tainted 6.0.0 #0\nRIP: 0010:cpu_relax arch/x86/x.h:3 [inline]\n"
		"RIP: 0010:spin_here+0x5/0x10 fs/demo.c:5\nCall Trace:\n <TASK>\n caller+0x14/0x20 fs/demo.c:9\n",
		"rcu: INFO: rcu_preempt self-detected stall on CPU\nrcu: \t0-....: (1 GPs behind) idle=1 softirq=1/1 fqs=1\n"
		"CPU: 0 PID: 77 Comm: demo Not tainted 6.0.0 #0\nRIP: 0010:spin_here (arch/x86/x.h:3 fs/demo.c:5) \n"
		"Call Trace:\n <TASK>\n caller (fs/demo.c:9) \n",
		"spin_here",
	},
	/* KASAN, and a frame that is named by the function behind it, below an inlined one */
	{
		"BUG: KASAN: use-after-free in demo_wait+0x251/0x2a0\nRead of size 4 at addr ffff8801cda7b85c by task demo/4603\n\n"
		"CPU: 1 PID: 4603 Comm: demo Not tainted 6.1.0 #83\nCall trace:\n demo_wait+0x251/0x2a0\n next+0x0/0x20\n demo_read+0x10/0x20\n",
		"BUG: KASAN: use-after-free in demo_lock drivers/demo/lock.c:70 [inline]\n"
		"BUG: KASAN: use-after-free in demo_wait+0x251/0x2a0 drivers/demo/wait.c:118\n"
		"Read of size 4 at addr ffff8801cda7b85c by task demo/4603\n\n"
		"CPU: 1 PID: 4603 Comm: demo Not tainted 6.1.0 #83\nCall trace:\n demo_lock drivers/demo/lock.c:70 [inline]\n"
		" demo_wait+0x251/0x2a0 drivers/demo/wait.c:118\n demo_in drivers/demo/lock.c:71 [inline]\n next+0x0/0x20 drivers/demo/wait.c:1\n"
		" demo_read+0x10/0x20 drivers/demo/wait.c:140\n",
		NULL,
		"demo_wait",
	},
};

static void same(const struct seen *a, const struct seen *b)
{
	for (size_t k = KD_NSIG; k--;)
		assert_string_equal(a->sig[k], b->sig[k]);
}

static void decoded(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++) {
		struct seen raw, other;

		look(crashes[i].raw, &raw);
		look(crashes[i].syzkaller, &other);
		same(&raw, &other);
		assert_string_equal(other.guilty, crashes[i].guilty); /* titles and people keep the inlined function */
		if (!crashes[i].script)
			continue;
		look(crashes[i].script, &other);
		same(&raw, &other);
		assert_string_equal(other.guilty, raw.guilty);
	}
}

/* One function that the compiler put out of line or another caller: not the same crash. */
static void others(void **state)
{
	struct seen all[sizeof(crashes) / sizeof(*crashes)];

	(void)state;
	for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++) {
		look(crashes[i].raw, &all[i]);
		for (size_t k = 0; k < i; k++)
			for (size_t s = 0; s < KD_NSIG; s++)
				assert_string_not_equal(all[i].sig[s], all[k].sig[s]);
	}
	look("BUG: unable to handle page fault for address: ffffc90000000000\n"
	     "Oops: 0000 [#1] PREEMPT SMP\nCPU: 1 PID: 3605 Comm: demo Not tainted 6.0.0 #0\n"
	     "RIP: 0010:inner+0x16/0x42 fs/demo.c:3\nCall Trace:\n outer+0x1/0x42 fs/demo.c:5\n caller+0x14/0x20 fs/demo.c:9\n",
	     &all[0]);
	for (size_t s = 0; s < KD_NSIG; s++)
		assert_string_not_equal(all[0].sig[s], all[1].sig[s]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(decoded), cmocka_unit_test(others)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
