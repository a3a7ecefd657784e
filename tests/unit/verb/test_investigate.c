/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Properties that hold for every answer, and the traps that text alone decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "verb/investigate.h"

/* Synthetic logs, written after the kernel's printk formats. */
#define NULL_HEAD \
	"[  812.000001] BUG: kernel NULL pointer dereference, address: 0000000000000028\n" \
	"[  812.000002] #PF: supervisor read access in kernel mode\n" \
	"[  812.000003] #PF: error_code(0x0000) - not-present page\n" \
	"[  812.000004] PGD 0 P4D 0 \n" \
	"[  812.000005] Oops: 0000 [#2] PREEMPT SMP NOPTI\n" \
	"[  812.000006] CPU: 1 PID: 77 Comm: probe Tainted: G      D            6.1.0-18-amd64 #1\n" \
	"[  812.000007] RIP: 0010:probe_read+0x12/0x80\n"
#define NULL_TAIL \
	"[  812.000009] RSP: 0018:ffffc90000123e00 EFLAGS: 00010246\n" \
	"[  812.000010] RAX: 0000000000000000 RBX: ffff888004a3c000 RCX: 0000000000000000\n" \
	"[  812.000011] CR2: 0000000000000028 CR3: 0000000004a3c000 CR4: 00000000000006e0\n" \
	"[  812.000012] Call Trace:\n" \
	"[  812.000013]  <TASK>\n" \
	"[  812.000014]  vfs_read+0xa2/0x2f0\n" \
	"[  812.000015]  ksys_read+0x5f/0xe0\n" \
	"[  812.000016]  do_syscall_64+0x3a/0x90\n" \
	"[  812.000017]  entry_SYSCALL_64_after_hwframe+0x6e/0xd8\n" \
	"[  812.000018]  </TASK>\n" \
	"[  812.000019] ---[ end trace 0000000000000000 ]---\n"
static const char null_deref[] = NULL_HEAD NULL_TAIL;
/* mov 0x28(%rdi),%rax; mov 0x28(%rax),%rax with rax 0 */
static const char null_deref_code[] =
	NULL_HEAD "[  812.000008] Code: 48 8b 47 28 <48> 8b 40 28\n" NULL_TAIL;

static const char warning[] =
	"[   10.000001] ------------[ cut here ]------------\n"
	"[   10.000002] WARNING: CPU: 0 PID: 1 at mm/probe.c:12 probe_check+0x1b/0x40\n"
	"[   10.000003] CPU: 0 PID: 1 Comm: init Not tainted 6.1.0-18-amd64 #1\n"
	"[   10.000004] RIP: 0010:probe_check+0x1b/0x40\n"
	"[   10.000005] RAX: 0000000000000000 RBX: 0000000000000008 RCX: 0000000000000000\n"
	"[   10.000006] CR2: 0000000000000010 CR3: 0000000004a3c000 CR4: 00000000000006e0\n"
	"[   10.000007] Call Trace:\n"
	"[   10.000008]  probe_init+0x10/0x20\n"
	"[   10.000009]  do_one_initcall+0x56/0x230\n"
	"[   10.000010] ---[ end trace 0000000000000000 ]---\n";

static const char lockup[] =
	"[  900.000001] watchdog: BUG: soft lockup - CPU#3 stuck for 26s! [worker:99]\n"
	"[  900.000002] CPU: 3 PID: 99 Comm: worker Not tainted 6.1.0-18-amd64 #1\n"
	"[  900.000003] RIP: 0010:smp_call_function_many_cond+0x12c/0x2f0\n"
	"[  900.000004] RAX: 0000000000000011 RBX: 6b6b6b6b6b6b6b6b RCX: 0000000000000000\n"
	"[  900.000005] Call Trace:\n"
	"[  900.000006]  <TASK>\n"
	"[  900.000007]  on_each_cpu_cond_mask+0x1b/0x30\n"
	"[  900.000008]  flush_tlb_mm_range+0xfb/0x150\n"
	"[  900.000009]  </TASK>\n";

static struct kd_investigation *ask(const char *log, uint32_t report, bool all)
{
	struct kd_inv_request req = {.name = "case.log", .report = report, .all = all};
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_investigation *inv = NULL;
	struct kd_error *err;
	struct kd_ctx ctx;

	kd_ctx_init(&ctx);
	err = kd_source_from_memory(kd_view_of(log), "case.log", &src);
	assert_null(err);
	err = kd_investigate(&ctx, src, &req, &inv);
	kd_ctx_deinit(&ctx);
	assert_null(err);
	return inv;
}

static const struct kd_statement *find(const struct kd_investigation *inv, enum kd_part part,
				       const char *topic)
{
	assert_int_not_equal(inv->nfindings, 0);
	for (size_t i = 0; i < inv->findings[0].nst; i++)
		if (inv->findings[0].st[i].part == part &&
		    !strcmp(inv->findings[0].st[i].topic, topic))
			return &inv->findings[0].st[i];
	return NULL;
}

static void properties(const char *log)
{
	kd_auto(kd_investigation_freep) struct kd_investigation *inv = ask(log, 0, true);
	size_t len = strlen(log);

	assert_int_not_equal(inv->nfindings, 0);
	for (size_t f = 0; f < inv->nfindings; f++) {
		const struct kd_finding *x = &inv->findings[f];

		assert_false(x->limited);
		for (size_t i = 0; i < x->nst; i++) {
			const struct kd_statement *s = &x->st[i];

			assert_true(s->text.n > 0);
			if (s->part == KD_PART_PROVEN) {
				assert_true(s->nev > 0);
				assert_int_equal(s->status, KD_CLAIM_SUPPORTED);
				assert_int_equal(s->id[0], 'c');
			}
			if (s->part == KD_PART_LIKELY) {
				assert_true(s->refute.n > 0);
				assert_int_equal(s->status, KD_CLAIM_HYPOTHESIS);
			}
		}
		for (size_t i = 0; i < x->nev; i++) {
			assert_true(x->ev[i].off < x->ev[i].end && x->ev[i].end <= len);
			assert_int_equal(kd_evidence_check(&x->ev[i].e, kd_view(log, len)),
					 KD_CHECK_SAME);
		}
	}
}

static void test_properties(void **state)
{
	(void)state;
	properties(null_deref);
	properties(warning);
	properties(lockup);
}

/* Trap 3: an address has readings; none of them is proven without the base register. */
static void test_small_address_is_a_reading(void **state)
{
	kd_auto(kd_investigation_freep) struct kd_investigation *inv = ask(null_deref, 0, false);
	const struct kd_statement *s;

	(void)state;
	assert_non_null(find(inv, KD_PART_LIKELY, "reading"));
	for (size_t i = 0; i < inv->findings[0].nst; i++) {
		s = &inv->findings[0].st[i];
		if (s->part == KD_PART_PROVEN)
			assert_false(kd_view_has(s->text, KD_V("offset of a member")));
	}
	assert_non_null(find(inv, KD_PART_UNKNOWN, "operand"));
}

/* The bytes tell the operand: its register decides, and no other reading is left. */
static void test_operand_is_proven(void **state)
{
	kd_auto(kd_investigation_freep) struct kd_investigation *inv = ask(null_deref_code, 0, false);
	const struct kd_fault *f = inv->findings[0].fault;
	const struct kd_statement *s = find(inv, KD_PART_PROVEN, "operand");

	(void)state;
	if (f->no_decoder.n) {
		assert_non_null(find(inv, KD_PART_UNKNOWN, "operand"));
		assert_non_null(find(inv, KD_PART_LIKELY, "reading"));
		return;
	}
	assert_int_equal(f->state, KD_FAULT_PROVEN);
	assert_non_null(s);
	assert_true(kd_view_has(s->text, KD_V("0x28(%rax); rax = 0 (NULL): address 0x28")));
	assert_int_equal(s->nev, 3); /* bytes, register, header */
	assert_null(find(inv, KD_PART_LIKELY, "reading"));
	/* the load before it is in the window, but the window's start is not proven */
	assert_int_equal(f->op[0].base.reg, KD_X86_RAX);
}

/* Trap 12: D and [#2] without a predecessor: an earlier report is missing. */
static void test_missing_predecessor(void **state)
{
	kd_auto(kd_investigation_freep) struct kd_investigation *inv = ask(null_deref, 0, false);

	(void)state;
	assert_non_null(find(inv, KD_PART_UNKNOWN, "earlier"));
	assert_null(find(inv, KD_PART_KNOWN, "taint"));
}

/* Traps 1 and 2: a WARN's registers and CR2 are no fault. */
static void test_warning_has_no_readings(void **state)
{
	kd_auto(kd_investigation_freep) struct kd_investigation *inv = ask(warning, 0, false);

	(void)state;
	assert_null(find(inv, KD_PART_LIKELY, "reading"));
	assert_null(find(inv, KD_PART_LIKELY, "address"));
	assert_null(find(inv, KD_PART_PROVEN, "address"));
	assert_null(find(inv, KD_PART_PROVEN, "CR2"));
	assert_null(find(inv, KD_PART_UNKNOWN, "operand"));
}

/* Trap 15: a CPU in an IPI wait is a victim; its registers are not read. */
static void test_lockup_is_sampled(void **state)
{
	kd_auto(kd_investigation_freep) struct kd_investigation *inv = ask(lockup, 0, false);

	(void)state;
	assert_non_null(find(inv, KD_PART_LIKELY, "victim"));
	assert_non_null(find(inv, KD_PART_UNKNOWN, "culprit"));
	assert_null(find(inv, KD_PART_LIKELY, "poison"));
	assert_int_equal(inv->findings[0].nregs, 0);
}

static void test_no_such_report(void **state)
{
	struct kd_inv_request req = {.name = "case.log", .report = 9};
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_investigation *inv = NULL;
	struct kd_error *err;
	struct kd_ctx ctx;

	(void)state;
	kd_ctx_init(&ctx);
	assert_null(kd_source_from_memory(kd_view_of(warning), "case.log", &src));
	err = kd_investigate(&ctx, src, &req, &inv);
	kd_ctx_deinit(&ctx);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_NOTFOUND);
	assert_null(inv);
	kd_error_free(err);
}

static void test_no_report(void **state)
{
	kd_auto(kd_investigation_freep) struct kd_investigation *inv =
		ask("[    1.0] usb 1-1: new high-speed USB device\n", 0, false);

	(void)state;
	assert_int_equal(inv->nfindings, 0);
	assert_int_equal(inv->nrows, 0);
}

static void test_quoting(void **state)
{
	struct kd_arena a = KD_ARENA_INIT(1 << 20);

	(void)state;
	assert_true(kd_view_eq(kd_input_quoted(&a, "a/b.log"), KD_V("a/b.log")));
	assert_true(kd_view_eq(kd_input_quoted(&a, "a b"), KD_V("'a b'")));
	assert_true(kd_view_eq(kd_input_quoted(&a, "it's"), KD_V("'it'\\''s'")));
	assert_true(kd_view_eq(kd_input_basename("/x/y.log"), KD_V("y.log")));
	kd_arena_deinit(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_properties),
		cmocka_unit_test(test_small_address_is_a_reading),
		cmocka_unit_test(test_operand_is_proven),
		cmocka_unit_test(test_missing_predecessor),
		cmocka_unit_test(test_warning_has_no_readings),
		cmocka_unit_test(test_lockup_is_sampled),
		cmocka_unit_test(test_no_such_report),
		cmocka_unit_test(test_no_report),
		cmocka_unit_test(test_quoting),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
