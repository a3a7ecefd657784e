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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(works_in_flight),
		cmocka_unit_test(at_the_start),
		cmocka_unit_test(warning_of_a_slab),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
