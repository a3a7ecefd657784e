// SPDX-License-Identifier: GPL-2.0-or-later
/* Which function a report names, where the trace alone does not say it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "report/scan.h"

struct want {
	const char *log, *guilty; /* NULL: nobody */
	int64_t pid;		  /* 0: not said */
	bool is_caller;
	size_t reports;
};

static struct kd_view guilty_of(const struct kd_report *r)
{
	return r->has_guilty ? r->guilty.func : KD_VNULL;
}

static void check(const struct want *w)
{
	struct kd_scan_opts o = {.want = KD_WANT_ALL};
	struct kd_reports *rs;
	struct kd_source *src;
	struct kd_ctx ctx;

	kd_ctx_init(&ctx);
	assert_null(kd_source_from_memory(kd_view_of(w->log), "test", &src));
	assert_null(kd_scan_all(&ctx, src, &o, 10, &rs));
	assert_int_equal(rs->n, w->reports ? w->reports : 1);
	if (w->guilty)
		assert_true(kd_view_eq(guilty_of(rs->v[0]), kd_view_of(w->guilty)));
	else
		assert_false(rs->v[0]->has_guilty);
	assert_int_equal(rs->v[0]->guilty_is_caller, w->is_caller);
	assert_int_equal(rs->v[0]->has_pid ? rs->v[0]->pid : 0, w->pid);
	kd_reports_free(rs);
	kd_source_close(src);
	kd_ctx_deinit(&ctx);
}

#define STUCK                                                                                      \
	"BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=-20 stuck for 7s!\n"            \
	"Showing busy workqueues and worker pools:\n"                                              \
	"workqueue events: flags=0x0\n"                                                            \
	"  pwq 2: cpus=1 node=0 flags=0x0 nice=0 active=1/256 refcnt=2\n"                          \
	"    in-flight: 40:other_fn\n"                                                             \
	"workqueue events_highpri: flags=0x10\n"                                                   \
	"  pwq 1: cpus=0 node=0 flags=0x0 nice=-20 active=2/256 refcnt=3\n"

static void works_in_flight(void **state)
{
	static const struct want all[] = {
		{.log = STUCK "    in-flight: 37:hog_fn [m]\n    pending: starved_fn [m]\n",
		 .guilty = "hog_fn", .pid = 37},
		{.log = STUCK "    in-flight: 37(RESCUER):hog_fn BAR(12)\n", .guilty = "hog_fn", .pid = 37},
		/* one of them sleeps, and the text does not say which */
		{.log = STUCK "    in-flight: 37:hog_fn, 45:nap_fn\n"},
		{.log = STUCK "    in-flight: 37:hog_fn\nworkqueue mine: flags=0x0\n"
			      "  pwq 1: cpus=0 node=0 flags=0x0 nice=-20 active=1/256 refcnt=2\n"
			      "    in-flight: 45:nap_fn\n"},
		{.log = STUCK "    in-flight: 37:wq_barrier_func BAR(12)\n"},
		{.log = STUCK "    pending: starved_fn\n"},
		{.log = STUCK "    in-flight: 37:\n"},
		{.log = STUCK "    in-flight: 37\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check(&all[i]);
}

#define ARM64                                                                                      \
	"kernel BUG at lib/string_helpers.c:1027!\n"                                               \
	"Internal error: Oops - BUG: 00000000f2000800 [#1] SMP\n"                                  \
	"CPU: 1 PID: 143 Comm: t Not tainted 6.1.0 #1\n"                                           \
	"pstate: 60000005 (nZCv daif -PAN -UAO -TCO -DIT -SSBS BTYPE=--)\n"                        \
	"pc : fortify_panic+0x1c/0x20\n"                                                           \
	"lr : fortify_panic+0x1c/0x20\n"                                                           \
	"sp : ffff80000831b9b0\n"                                                                  \
	"x29: ffff80000831b9b0 x28: ffff6e17c8015140 x27: 0000000000000000\n"                      \
	"Call trace:\n"                                                                            \
	" fortify_panic+0x1c/0x20\n"
#define X86_64                                                                                     \
	"kernel BUG at lib/string_helpers.c:1027!\n"                                               \
	"invalid opcode: 0000 [#1] SMP\n"                                                          \
	"CPU: 1 PID: 143 Comm: t Not tainted 6.1.0 #1\n"                                           \
	"RIP: 0010:fortify_panic+0x1c/0x20\n"                                                      \
	"RSP: 0018:ffff8881000bbbb0 EFLAGS: 00000282\n"                                            \
	"RAX: 0000000000000000 RBX: ffffffffc023d4f0 RCX: 0000000000000003\n"                      \
	"Call Trace:\n"

#define JUMP(pc)                                                                                   \
	"Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000\n"   \
	"Mem abort info:\n"                                                                        \
	"  ESR = 0x0000000086000006\n"                                                             \
	"  EC = 0x21: IABT (current EL), IL = 32 bits\n"                                           \
	"Internal error: Oops: 0000000086000006 [#1] SMP\n"                                        \
	"CPU: 0 PID: 143 Comm: t Not tainted 6.1.0 #1\n"                                           \
	"pstate: 00000005 (nzcv daif -PAN -UAO -TCO -DIT -SSBS BTYPE=--)\n"                        \
	"pc : " pc "\n"
#define LR(lr) "lr : " lr "\n"
#define BEHIND                                                                                     \
	"sp : ffff80000831b9b0\n"                                                                  \
	"x29: ffff80000831b9b0 x28: ffff6e17c8015140 x27: 0000000000000000\n"                      \
	"Call trace:\n"                                                                            \
	" 0x0\n"                                                                                   \
	" above+0xd8/0x180 [m]\n"

static void at_the_start(void **state)
{
	static const struct want all[] = {
		/* the call was the last instruction of the function before behind() */
		{.log = ARM64 " behind+0x0/0x94 [m]\n caller+0xd8/0x180 [m]\n vfs_write+0xdc/0x3a0\n",
		 .guilty = "caller", .pid = 143, .is_caller = true},
		{.log = ARM64 " behind+0x4/0x94 [m]\n caller+0xd8/0x180 [m]\n", .guilty = "behind", .pid = 143},
		/* an interrupted function may have been at its first instruction */
		{.log = ARM64 " el1h_64_irq+0x64/0x68\n behind+0x0/0x94 [m]\n caller+0xd8/0x180 [m]\n",
		 .guilty = "behind", .pid = 143},
		/* entry code returns to its own labels */
		{.log = ARM64 " ret_from_fork+0x0/0x20\n", .guilty = NULL, .pid = 143},
		/* a call through a bad pointer has no frame yet; a bad return has the pc in lr */
		{.log = JUMP("0x0") LR("caller+0x1c/0x30 [m]") BEHIND, .guilty = "caller", .pid = 143},
		{.log = JUMP("data+0x43dc/0x8dc [m]") LR("caller+0x1c/0x30 [m]") BEHIND, .guilty = "caller", .pid = 143},
		{.log = JUMP("data+0x43dc/0x8dc [m]") LR("data+0x43dc/0x8dc [m]") BEHIND, .guilty = "above", .pid = 143},
		/* x86 once printed all text addresses of the stack, with their values: a pointer */
		{.log = X86_64 " [<ffffffff81001000>] behind+0x0/0x94\n [<ffffffff81002000>] caller+0xd8/0x180\n",
		 .guilty = "caller", .pid = 143},
		{.log = X86_64 " behind+0x0/0x94 [m]\n caller+0xd8/0x180 [m]\n", .guilty = "caller",
		 .pid = 143, .is_caller = true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check(&all[i]);
}

#define SLAB                                                                                       \
	"=============================================================================\n"          \
	"BUG kmalloc-96 (Not tainted): Object corrupt\n"                                           \
	"-----------------------------------------------------------------------------\n\n"        \
	"Allocated in maker+0x1f/0x50 age=4 cpu=0 pid=191\n"                                       \
	" maker+0x1f/0x50\n"                                                                       \
	"Slab 0xffbd199500ff6800 objects=18 used=18 fp=0x0000000000000000 flags=0xfffffc0000000\n" \
	"Object 0xff28f3617fda0b80 @offset=2944 fp=0x0000000000000000\n\n"                         \
	"Disabling lock debugging due to kernel taint\n"                                           \
	"------------[ cut here ]------------\n"
#define TRACE                                                                                      \
	"Call Trace:\n"                                                                            \
	" <TASK>\n"                                                                                \
	" check_bytes_and_report.cold+0x66/0x84\n"                                                 \
	" check_object+0x1a4/0x310\n"                                                              \
	" kfree+0x2ea/0x350\n"                                                                     \
	" freer+0x30/0x50\n"                                                                       \
	" </TASK>\n"                                                                               \
	"---[ end trace 0000000000000000 ]---\n"                                                   \
	"FIX kmalloc-96: Object at 0xff28f3617fda0b80 not freed\n"

static void warning_of_a_slab(void **state)
{
	static const struct want all[] = {
		{.log = SLAB "WARNING: CPU: 0 PID: 191 at mm/slub.c:1127 object_err+0x1d2/0x1df\n"
			     "CPU: 0 UID: 0 PID: 191 Comm: t Tainted: G    B      6.12.117 #1\n" TRACE,
		 .guilty = "freer", .pid = 191},
		{.log = SLAB "WARNING: mm/slub.c:1239 at __slab_err+0x1f3/0x202, CPU#0: t/191\n"
			     "CPU: 0 UID: 0 PID: 191 Comm: t Tainted: G    B      7.2.13 #1\n" TRACE,
		 .guilty = "freer", .pid = 191},
		/* another warning is another report */
		{.log = SLAB "WARNING: CPU: 0 PID: 191 at mm/slub.c:4500 kfree+0x1d2/0x1df\n"
			     "CPU: 0 UID: 0 PID: 191 Comm: t Tainted: G    B      6.12.117 #1\n" TRACE,
		 .reports = 2},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check(&all[i]);
}

/* Plumbing of allocators, checkers and lockdep, in front of the function that a person would name. */
static void plumbing(void **state)
{
#define LEAK "BUG: memory leak\nunreferenced object 0xffff888117ba9a00 (size 32):\n" \
	     "  comm \"t\", pid 191, jiffies 4294944351 (age 13.680s)\n  backtrace:\n"
#define AT(f) "    [<ffffffff814ee0a2>] " f "\n"
#define TRACED(header, frames) header "\nCPU: 0 PID: 191 Comm: t Not tainted 6.1.0 #1\nCall Trace:\n" frames " culprit+0x1/0x20\n"
	static const struct want all[] = {
		{.log = LEAK AT("kmemleak_alloc_recursive include/linux/kmemleak.h:42 [inline]") AT("kstrdup+0x36/0x70 mm/util.c:3")
				AT("culprit+0x30/0x50"), .guilty = "culprit", .pid = 191},
		{.log = LEAK AT("apparmor_sk_alloc_security+0x5/0x9") AT("security_sk_alloc+0x1/0x2") AT("sk_prot_alloc+0x3/0x5")
				AT("sk_alloc+0x3/0x5") AT("culprit+0x30/0x50"), .guilty = "culprit", .pid = 191},
		{.log = TRACED("WARNING: inconsistent lock state\n6.1.0 #1 Not tainted", " mark_usage+0x1/0x2\n __lock_acquire+0x1/0x2\n"),
		 .guilty = "culprit", .pid = 191},
		{.log = TRACED("INFO: trying to register non-static key.", " assign_lock_key+0x1/0x2\n register_lock_class+0x1/0x2\n"),
		 .guilty = "culprit", .pid = 191},
		{.log = TRACED("WARNING: held lock freed!", " print_freed_lock_bug+0x1/0x2\n"), .guilty = "culprit", .pid = 191},
		{.log = TRACED("refcount_t: underflow; use-after-free.", " __refcount_sub_and_test+0x1/0x2\n __refcount_dec+0x1/0x2\n"),
		 .guilty = "culprit", .pid = 191},
		{.log = TRACED("BUG: sleeping function called from invalid context at include/linux/sched/mm.h:274",
			       " might_alloc include/linux/sched/mm.h:274 [inline]\n kmem_cache_alloc+0x2e6/0x3c0 mm/slub.c:3427\n"),
		 .guilty = "culprit", .pid = 191},
		/* a module's function of that name is its own */
		{.log = TRACED("WARNING: CPU: 0 PID: 191 at drivers/m/x.c:9 check_flags+0x1/0x2 [m]", " check_flags+0x1/0x2 [m]\n"),
		 .guilty = "check_flags", .pid = 191},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check(&all[i]);
}

/* khungtaskd asks all CPUs what they do: none of them is the task that sleeps. */
static void hung_task(void **state)
{
	static const struct want w = {
		.log = "INFO: task t:191 blocked for more than 143 seconds.\n      Not tainted 6.1.0 #1\n"
		       "task:t state:D stack:23192 pid:191 ppid:8455 flags:0x00004004\nCall Trace:\n __schedule+0xc07/0x11f0\n"
		       " schedule+0x14b/0x210\n culprit+0x167/0x550\n\nNMI backtrace for cpu 0\n"
		       "CPU: 0 PID: 10 Comm: kworker/u4:1 Not tainted 6.1.0 #1\nRIP: 0010:bystander+0x1/0x180\n"
		       "RSP: 0018:ffffc90000cf7990 EFLAGS: 00000202\nRAX: 1ffffffff18e3801 RBX: 1ffff9200019ef34 RCX: 0000000080000001\n"
		       "Call Trace:\n bystanders_caller+0x1/0x20\n",
		.guilty = "culprit", .pid = 191};

	(void)state;
	check(&w);
}

/* "lock" in the next report's header makes it no detail of lockdep's. */
static void behind_lockdep(void **state)
{
#define UNREGISTERED TRACED("INFO: trying to register non-static key.", " register_lock_class+0x1/0x2\n")
	static const struct want all[] = {
		{.log = UNREGISTERED "==================================================================\n"
				     "BUG: KASAN: use-after-free in do_raw_spin_lock+0x19d/0xc00\nRead of size 4 at addr ffff88809b2b9088 by task t/191\n",
		 .guilty = "culprit", .pid = 191, .reports = 2},
		/* the deadlock of which it warned */
		{.log = UNREGISTERED "BUG: spinlock lockup suspected on CPU#0, t/191\n lock: 0xc3358724, .magic: dead4ead, .owner: t/191, .owner_cpu: 0\n",
		 .guilty = "culprit", .pid = 191},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		check(&all[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(works_in_flight),
		cmocka_unit_test(at_the_start),
		cmocka_unit_test(warning_of_a_slab),
		cmocka_unit_test(plumbing),
		cmocka_unit_test(hung_task),
		cmocka_unit_test(behind_lockdep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
