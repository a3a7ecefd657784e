// SPDX-License-Identifier: GPL-2.0-or-later
/* Call chains of arm64: frame records, exceptions of both forms, functions without a record yet, the end, damage. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "fake.h"

enum { EL0 = 0, EL1H = 5, PT_X30 = 240, PT_X29 = 232, META_FINAL = 1, META_REGS = 2 };

static const struct fake_kind *const kinds[] = {&fake_arm64, &fake_arm64_613};

static void must(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

static uint64_t in(const struct fake *f, const char *func, uint64_t off)
{
	return (!strcmp(func, "mod_write") ? FAKE_MODULE : fake_symbol(f, func)) + off;
}

/* A frame record at `at`; the return address has a signature where the kernel signs. */
static void record(struct fake *f, uint64_t at, uint64_t next, uint64_t lr)
{
	fake_put(f, at, next, 8);
	fake_put(f, at + 8, lr & ~f->kind->pac ? (lr & ~f->kind->pac) | (f->kind->pac & 0x0012345678abcdef) : lr, 8);
}

/* struct pt_regs at `at`, with what its frame record says. */
static void regs(struct fake *f, uint64_t at, uint64_t pc, uint64_t pstate, uint64_t x29, uint64_t x30, uint64_t sp)
{
	const bool kernel = pstate == EL1H;

	for (unsigned i = 0; i < 31; i++)
		fake_put(f, at + 8 * i, 0x100 + i, 8);
	fake_put(f, at + PT_X29, x29, 8);
	fake_put(f, at + PT_X30, x30, 8);
	fake_put(f, at + FAKE_PT_SP, sp, 8);
	fake_put(f, at + FAKE_PT_PC, pc, 8);
	fake_put(f, at + FAKE_PT_PSTATE, pstate, 8);
	fake_put(f, at + FAKE_PT_FRAME, kernel && !f->kind->meta ? x29 : 0, 8);
	fake_put(f, at + FAKE_PT_FRAME + 8, kernel && !f->kind->meta ? pc : 0, 8);
	fake_put(f, at + FAKE_PT_FRAME + 16, kernel ? META_REGS : META_FINAL, 8);
}

/* The bottom of task 1's stack: a system call. Gives the record that its first function has. */
static uint64_t entry(struct fake *f)
{
	const uint64_t pt = fake_stack(1, FAKE_PT_SIZE);

	regs(f, pt, 0x401000, EL0, 0x7ffe10, 0x401100, 0x7ffe00);
	record(f, pt - 64, pt + FAKE_PT_FRAME, in(f, "do_syscall_64", 0x20));
	record(f, pt - 128, pt - 64, in(f, "ksys_write", 0x14));
	return pt - 128;
}

/* "f+0x1 ?g+0x2": one word per frame, ? for a guess, ! for an exception, < for x30. */
static void expect(struct fake *f, const struct kd_unwind_from *from, const char *want, enum kd_stack_end end, struct kd_core_stack *st)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(1 << 16);

	must(kd_unwind(f->unwinder, from, &f->arena, st));
	for (size_t i = 0; i < st->n; i++) {
		const struct kd_core_module *m = kd_modules_at(&f->mods, st->v[i].pc);
		struct kd_ksym s;

		kd_buf_printf(&text, "%s%s%s%s", i ? " " : "", st->v[i].guessed ? "?" : "", st->v[i].how == KD_FRAME_TRAP ? "!" : "",
			      st->v[i].how == KD_FRAME_NONE_YET ? "<" : "");
		if (m ? kd_module_symbol(f->kernel, m, st->v[i].pc, &s)
		      : kd_kernel_is_text(f->kernel, st->v[i].pc) && kd_ksyms_at(kd_kernel_symbols(f->kernel), st->v[i].pc, &s))
			kd_buf_printf(&text, "%s+0x%" PRIx64, s.name, st->v[i].pc - s.addr);
		else
			kd_buf_printf(&text, "0x%" PRIx64, st->v[i].pc);
	}
	kd_buf_addc(&text, 0);
	assert_string_equal(text.p, want);
	if (st->end != end)
		fail_msg("%s: ends with %d: %s", want, st->end, st->why);
}

static struct kd_unwind_from from(const struct kd_core_regs *r)
{
	return (struct kd_unwind_from){.regs = r, .exact = true, .stack = fake_stack(1, FAKE_STACK), .stack_end = fake_stack(1, 0)};
}

static struct kd_core_regs start(uint64_t pc, uint64_t fp)
{
	struct kd_core_regs r = {0};

	for (unsigned i = 0; i < 31; i++)
		kd_core_regs_set(&r, i, 0x500 + i);
	kd_core_regs_set(&r, KD_X29, fp);
	kd_core_regs_set(&r, KD_A64_SP, fp);
	kd_core_regs_set(&r, KD_A64_PC, pc);
	kd_core_regs_set(&r, KD_REG_FLAGS, EL1H);
	return r;
}

/* A task that sleeps: from its cpu_context to the program. */
static void sleeping(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++) {
		struct kd_core_regs r;
		char why[KD_TASKS_WHY];
		struct kd_core_stack st;
		struct kd_task t;
		struct fake f;
		uint64_t fp;

		fake_init(&f, kinds[i]);
		fp = entry(&f);
		record(&f, fp - 64, fp, in(&f, "schedule", 0x10));
		for (unsigned k = 0; k < 10; k++)
			fake_put(&f, fake_task(1) + FAKE_CONTEXT + 8 * k, 0x900 + k, 8);
		fake_put(&f, fp - 64 + 16, 0x1919, 8);
		fake_put(&f, fp - 64 + 24, 0x2020, 8);
		fake_put(&f, fake_task(1) + FAKE_CONTEXT + 80, fp - 64, 8);
		fake_put(&f, fake_task(1) + FAKE_CONTEXT + 88, fp - 64, 8);
		fake_put(&f, fake_task(1) + FAKE_CONTEXT + 96, in(&f, "__schedule", 0x14), 8);
		must(fake_open(&f));
		assert_true(kd_task_read(f.kernel, fake_task(1), &t));
		if (!kd_task_regs(f.kernel, &t, &r, why))
			fail_msg("%s", why);
		kd_unwinder_keep_regs(f.unwinder, true);
		expect(&f, &(struct kd_unwind_from){.regs = &r, .stack = t.stack, .stack_end = t.stack_end},
		       "__schedule+0x14 schedule+0x10 ksys_write+0x14 do_syscall_64+0x20", KD_STACK_USER, &st);
		assert_int_equal(st.user->r[KD_A64_PC], 0x401000);
		assert_int_equal(st.user->r[KD_X30], 0x401100);
		assert_int_equal(st.v[1].slot, fp - 64 + 8);
		/* what __schedule saved of schedule's, and where schedule's stack was; what it left alone */
		assert_int_equal(st.v[0].at->r[19], 0x900);
		assert_int_equal(st.v[1].at->r[19], 0x1919);
		assert_int_equal(st.v[1].at->r[20], 0x2020);
		assert_int_equal(st.v[1].at->r[21], 0x902);
		assert_int_equal(st.v[1].at->r[KD_A64_SP], fp - 64 + 32);
		assert_int_equal(st.v[1].at->r[KD_X29], fp);
		assert_false(kd_core_regs_has(st.v[1].at, 0));
		fake_deinit(&f);
	}
}

/* An exception in a function that has made its record, and in one that has not: its caller is in x30. */
static void exceptions(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * KD_ARRAY_LEN(kinds); i++) {
		const bool made = i % 2;
		struct kd_core_regs r;
		struct kd_core_stack st;
		struct fake f;
		uint64_t fp, pt, top;

		fake_init(&f, kinds[i / 2]);
		fp = entry(&f);
		if (made) {
			record(&f, fp - 64, fp, in(&f, "vfs_write", 0x1c));
			fp -= 64;
		}
		pt = fp - 64 - FAKE_PT_SIZE;
		regs(&f, pt, in(&f, "mod_write", made ? 0x20 : 4), EL1H, fp, made ? in(&f, "mod_write", 0x18) : in(&f, "vfs_write", 0x1c), fp);
		record(&f, pt - 64, pt + FAKE_PT_FRAME, in(&f, "asm_exc_page_fault", 0x10));
		top = pt - 64;
		must(fake_open(&f));
		r = start(in(&f, "panic", 0x20), top);
		expect(&f, &(struct kd_unwind_from){.regs = &r, .exact = true, .stack = fake_stack(1, FAKE_STACK), .stack_end = fake_stack(1, 0)},
		       made ? "panic+0x20 asm_exc_page_fault+0x10 !mod_write+0x20 vfs_write+0x1c ksys_write+0x14 do_syscall_64+0x20"
			    : "panic+0x20 asm_exc_page_fault+0x10 !mod_write+0x4 <vfs_write+0x1c ksys_write+0x14 do_syscall_64+0x20",
		       KD_STACK_USER, &st);
		assert_true(st.v[2].exact);
		assert_int_equal(st.v[2].regs->r[3], 0x103);
		assert_int_equal(st.v[2].regs->r[KD_A64_SP], fp);
		fake_deinit(&f);
	}
}

/* A jump to nowhere: that x30 has its caller is a guess. */
static void wild(void **state)
{
	struct kd_unwind_from w;
	struct kd_core_regs r;
	struct kd_core_stack st;
	struct fake f;
	uint64_t fp;

	(void)state;
	fake_init(&f, &fake_arm64);
	fp = entry(&f);
	must(fake_open(&f));
	r = start(0, fp);
	kd_core_regs_set(&r, KD_X30, in(&f, "vfs_write", 0x1c));
	w = from(&r);
	expect(&f, &w, "0x0 ?<vfs_write+0x1c ksys_write+0x14 do_syscall_64+0x20", KD_STACK_USER, &st);
	fake_deinit(&f);
}

/* Records that lead to themselves, down, off the stack, to what is no return address. */
static void hostile(void **state)
{
	struct kd_unwind_from w;
	struct kd_core_regs r;
	struct kd_core_stack st;
	struct fake f;
	const uint64_t at = fake_stack(1, 512);

	(void)state;
	fake_init(&f, &fake_arm64);
	record(&f, at, at, in(&f, "vfs_write", 0x10));
	record(&f, at + 64, at + 32, in(&f, "vfs_write", 0x10));
	record(&f, at + 96, at + 128, in(&f, "vfs_write", 0x8)); /* not behind a call */
	record(&f, at + 160, 0xffff900000000000, in(&f, "ksys_write", 0x10));
	must(fake_open(&f));
	r = start(in(&f, "panic", 0x20), at);
	w = from(&r);
	expect(&f, &w, "panic+0x20 vfs_write+0x10 ?vfs_write+0x10 ?ksys_write+0x10", KD_STACK_BROKEN, &st);
	assert_non_null(strstr(st.why, "no frame record of this stack"));
	r = start(in(&f, "panic", 0x20), at + 64);
	expect(&f, &w, "panic+0x20 vfs_write+0x10 ?ksys_write+0x10", KD_STACK_BROKEN, &st);
	r = start(in(&f, "panic", 0x20), at + 96);
	expect(&f, &w, "panic+0x20 ?ksys_write+0x10", KD_STACK_BROKEN, &st);
	assert_non_null(strstr(st.why, "not behind a call"));
	r = start(in(&f, "panic", 0x20), at + 160);
	expect(&f, &w, "panic+0x20 ksys_write+0x10", KD_STACK_BROKEN, &st);
	r = start(in(&f, "panic", 0x20), at + 161);
	expect(&f, &w, "panic+0x20 ?ksys_write+0x10", KD_STACK_BROKEN, &st);
	r = start(in(&f, "panic", 0x20), 0);
	expect(&f, &w, "panic+0x20", KD_STACK_OUTERMOST, &st);
	fake_deinit(&f);
}

static void in_user_space(void **state)
{
	struct kd_core_regs r = start(0x401000, 0x7ffe00);
	struct kd_unwind_from w = from(&r);
	struct kd_core_stack st;
	struct fake f;

	(void)state;
	kd_core_regs_set(&r, KD_REG_FLAGS, 0x60000000);
	fake_init(&f, &fake_arm64);
	must(fake_open(&f));
	expect(&f, &w, "", KD_STACK_USER, &st);
	assert_ptr_equal(st.user, &r);
	/* on its way in (KPTI): sp is the end of the task's stack, x29 still the program's */
	r = start(0xfffffbfffdbf7c80, 0x7ffe10);
	kd_core_regs_set(&r, KD_A64_SP, fake_stack(1, 0));
	expect(&f, &w, "0xfffffbfffdbf7c80", KD_STACK_USER, &st);
	assert_null(st.user);
	assert_false(st.v[0].guessed);
	/* something is on the stack: it is another thing */
	kd_core_regs_set(&r, KD_A64_SP, fake_stack(1, 16));
	must(kd_unwind(f.unwinder, &w, &f.arena, &st));
	assert_int_equal(st.end, KD_STACK_BROKEN);
	fake_deinit(&f);
}

static void callee(void **state)
{
	uint64_t at;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_arm64);
	at = in(&f, "ksys_write", 0x14);
	fake_put(&f, at - 4, 0x94000000 | ((in(&f, "do_idle", 0) - (at - 4)) / 4 & 0x3ffffff), 4);
	fake_put(&f, at, 0xd63f0000, 4); /* blr x0 */
	must(fake_open(&f));
	assert_int_equal(kd_unwinder_callee(f.unwinder, at), in(&f, "do_idle", 0));
	assert_int_equal(kd_unwinder_callee(f.unwinder, at + 4), 0);
	assert_int_equal(kd_unwinder_callee(f.unwinder, at + 2), 0);
	fake_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sleeping), cmocka_unit_test(exceptions), cmocka_unit_test(wild),
		cmocka_unit_test(hostile),  cmocka_unit_test(in_user_space), cmocka_unit_test(callee),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
