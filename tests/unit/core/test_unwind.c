// SPDX-License-Identifier: GPL-2.0-or-later
/* Call chains of made stacks: calls, exceptions, the border to user space, jumps to nowhere, damage. */
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

/* as if the rest were known to be 0, too */
#define GIVEN (((uint64_t)1 << KD_NREGS) - 1)
#define FROM(r, end) (&(struct kd_unwind_from){.regs = (r), .exact = true, .stack_end = (end)})

static const struct fake_kind *const kinds[] = {&fake_61, &fake_612, &fake_72};

static void must(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

/* "vfs_write+0x20 ?ksys_write+0x10 …": one word per frame, ? for a guess, ! for an exception. */
static void chain(struct fake *f, const struct kd_core_stack *st, struct kd_buf *text)
{
	*text = KD_BUF_INIT(1 << 16);
	for (size_t i = 0; i < st->n; i++) {
		const struct kd_core_module *m = kd_modules_at(&f->mods, st->v[i].pc);
		struct kd_ksym s;
		const bool known = m ? kd_module_symbol(f->kernel, m, st->v[i].pc, &s)
				     : kd_kernel_is_text(f->kernel, st->v[i].pc) &&
					       kd_ksyms_at(kd_kernel_symbols(f->kernel), st->v[i].pc, &s);

		kd_buf_printf(text, "%s%s%s", i ? " " : "", st->v[i].guessed ? "?" : "", st->v[i].how == KD_FRAME_TRAP ? "!" : "");
		if (known)
			kd_buf_printf(text, "%s+0x%" PRIx64, s.name, st->v[i].pc - s.addr);
		else
			kd_buf_printf(text, "0x%" PRIx64, st->v[i].pc);
	}
}

static void expect_from(struct fake *f, const struct kd_unwind_from *from, const char *want, enum kd_stack_end end, struct kd_core_stack *st)
{
	struct kd_buf text;

	must(kd_unwind(f->unwinder, from, &f->arena, st));
	chain(f, st, &text);
	kd_buf_addc(&text, 0);
	assert_string_equal(text.p, want);
	kd_buf_deinit(&text);
	if (st->end != end)
		fail_msg("%s: ends with %d: %s", want, st->end, st->why);
}

static void expect(struct fake *f, uint64_t ip, uint64_t sp, const char *want, enum kd_stack_end end, struct kd_core_stack *st)
{
	struct kd_core_regs regs = {.known = GIVEN, .r = {[KD_RIP] = ip, [KD_RSP] = sp, [KD_RBP] = 0x77, [KD_REG_CS] = 0x10}};

	expect_from(f, FROM(&regs, fake_stack(1, 0)), want, end, st);
}

/* A fault in a system call, as the panic prints it. */
static uint64_t make_fault(struct fake *f, uint64_t fault_ip, uint64_t *ret_fault_sp, uint64_t *ret_top)
{
	const uint64_t bottom = fake_stack(1, 1024), fault_sp = fake_stack(1, 512);
	uint64_t sp = bottom;

	sp = fake_call(f, sp, "exc_page_fault", 0x10); /* panic() was called there */
	sp = fake_call(f, sp, "asm_exc_page_fault", 0x15);
	fake_regs(f, sp, fault_ip, 0x10, fault_sp, false);
	sp = *ret_top = fault_sp;
	*ret_fault_sp = fault_sp;
	return bottom;
}

static uint64_t make_syscall(struct fake *f, uint64_t sp)
{
	sp = fake_call(f, sp, "ksys_write", 0x10);
	sp = fake_call(f, sp, "do_syscall_64", 0x10);
	sp = fake_call(f, sp, "entry_SYSCALL_64_after_hwframe", 0x10);
	return fake_regs(f, sp, 0x401000, 0x33, 0x7ffe0000, false);
}

static void fault(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++) {
		uint64_t bottom, sp, top;
		struct kd_core_stack st;
		struct fake f;

		fake_init(&f, kinds[i]);
		bottom = make_fault(&f, FAKE_MODULE + 0x22, &sp, &top);
		make_syscall(&f, fake_call(&f, top, "vfs_write", 0x20));
		must(fake_open(&f));
		expect(&f, fake_symbol(&f, "panic") + 0x13, bottom,
		       "panic+0x13 exc_page_fault+0x10 asm_exc_page_fault+0x15 !mod_write+0x22 vfs_write+0x20 ksys_write+0x10 "
		       "do_syscall_64+0x10 entry_SYSCALL_64_after_hwframe+0x10",
		       KD_STACK_USER, &st);
		assert_true(st.v[0].exact);
		assert_false(st.v[1].exact);
		assert_true(st.v[3].exact);
		assert_int_equal(st.v[3].regs->r[KD_RDI], 0x100 + 14);
		assert_int_equal(st.v[3].sp, sp);
		assert_non_null(st.user);
		assert_int_equal(st.user->r[KD_RIP], 0x401000);
		assert_int_equal(st.user->r[KD_RAX], 0x100 + 10);
		fake_deinit(&f);
	}
}

/* A call of 0: what is on top of the stack is where it came from. */
static void wild(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++) {
		uint64_t bottom, sp, top;
		struct kd_core_stack st;
		struct fake f;

		fake_init(&f, kinds[i]);
		bottom = make_fault(&f, 0, &sp, &top);
		fake_put(&f, top, fake_symbol(&f, "vfs_write") + 0x1a, 8);
		make_syscall(&f, top + 8 + 0);
		must(fake_open(&f));
		expect(&f, fake_symbol(&f, "panic") + 0x13, bottom,
		       "panic+0x13 exc_page_fault+0x10 asm_exc_page_fault+0x15 !0x0 ?vfs_write+0x1a ksys_write+0x10 "
		       "do_syscall_64+0x10 entry_SYSCALL_64_after_hwframe+0x10",
		       KD_STACK_USER, &st);
		assert_int_equal(st.v[4].how, KD_FRAME_TOP);
		assert_int_equal(st.v[4].slot, top);
		fake_deinit(&f);
	}
}

/* The same, and the chain behind the guess breaks: all behind it stays a guess. */
static void wild_and_broken(void **state)
{
	uint64_t bottom, sp, top;
	struct kd_core_stack st;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_612);
	bottom = make_fault(&f, 0, &sp, &top);
	fake_put(&f, top, fake_symbol(&f, "vfs_write") + 0x1a, 8);
	sp = fake_call(&f, top + 8, "ksys_write", 0x10);
	sp = fake_call(&f, sp, "stub", 0x10);
	fake_put(&f, sp + 40, fake_symbol(&f, "do_syscall_64") + 0x15, 8);
	fake_put(&f, sp + 48, fake_symbol(&f, "do_syscall_64") + 0x16, 8); /* no call in front of it */
	must(fake_open(&f));
	expect(&f, fake_symbol(&f, "panic") + 0x13, bottom,
	       "panic+0x13 exc_page_fault+0x10 asm_exc_page_fault+0x15 !0x0 ?vfs_write+0x1a ?ksys_write+0x10 ?stub+0x10 "
	       "?do_syscall_64+0x15",
	       KD_STACK_BROKEN, &st);
	assert_int_equal(st.v[7].how, KD_FRAME_SCAN);
	assert_non_null(strstr(st.why, "no way out"));
	fake_deinit(&f);
}

/* An exception in the first instructions of another, where the CPU's five words alone are there. */
static void partial(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++) {
		const uint64_t sp = fake_stack(1, 512), old = fake_stack(1, 256);
		struct kd_core_stack st;
		struct fake f;

		fake_init(&f, kinds[i]);
		fake_regs(&f, sp, fake_symbol(&f, "do_idle") + 0x12, 0x10, old, true);
		fake_call(&f, old, "secondary_startup_64", 0x10);
		must(fake_open(&f));
		expect(&f, fake_symbol(&f, "error_entry") + 2, sp, "error_entry+0x2 !do_idle+0x12 secondary_startup_64+0x10",
		       KD_STACK_OUTERMOST, &st);
		assert_false(kd_core_regs_has(st.v[1].regs, KD_RAX));
		assert_int_equal(st.v[2].slot, old + FAKE_FRAME - 8);
		fake_deinit(&f);
	}
}

static void in_user_space(void **state)
{
	struct kd_core_regs regs = {.known = GIVEN, .r = {[KD_RIP] = 0x401000, [KD_REG_CS] = 0x33, [KD_RSP] = 0x7ffe0000}};
	struct kd_core_stack st;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_61);
	must(fake_open(&f));
	must(kd_unwind(f.unwinder, FROM(&regs, 0), &f.arena, &st));
	assert_int_equal(st.n, 0);
	assert_int_equal(st.end, KD_STACK_USER);
	assert_ptr_equal(st.user, &regs);
	fake_deinit(&f);
}

/* Registers that lead to themselves; a stack that is not there; one that leads to its own beginning. */
static void hostile(void **state)
{
	const uint64_t sp = fake_stack(1, 512);
	struct kd_core_stack st;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_61);
	fake_regs(&f, sp, fake_symbol(&f, "error_entry") + 3, 0x10, sp, true);
	must(fake_open(&f));
	expect(&f, fake_symbol(&f, "error_entry") + 3, sp, "error_entry+0x3", KD_STACK_BROKEN, &st);
	assert_non_null(strstr(st.why, "circle"));
	expect(&f, fake_symbol(&f, "vfs_write"), 0xffffc90000ff0000, "vfs_write+0x0", KD_STACK_BROKEN, &st);
	assert_non_null(strstr(st.why, "not mapped"));
	expect(&f, 0x1234, 0, "0x1234", KD_STACK_BROKEN, &st);
	assert_non_null(strstr(st.why, "no code"));
	expect(&f, 0, UINT64_MAX, "0x0", KD_STACK_BROKEN, &st);
	fake_deinit(&f);
}

/* A stack full of frames that lead nowhere. */
static void full(void **state)
{
	struct kd_core_stack st;
	struct fake f;
	uint64_t sp = fake_stack(1, FAKE_STACK - 8);

	(void)state;
	fake_init(&f, &fake_61);
	for (unsigned i = 0; i < FAKE_STACK / FAKE_FRAME - 2; i++)
		sp = fake_call(&f, sp, "vfs_write", 0x10);
	must(fake_open(&f));
	must(kd_unwind(f.unwinder,
		       FROM((&(struct kd_core_regs){.known = GIVEN, .r = {[KD_RIP] = fake_symbol(&f, "vfs_write"), [KD_RSP] = fake_stack(1, FAKE_STACK - 8),
						   [KD_REG_CS] = 0x10}}), fake_stack(1, 0)),
		       &f.arena, &st));
	assert_true(st.n > 160 && st.n <= KD_STACK_FRAMES);
	assert_int_equal(st.end, KD_STACK_BROKEN);
	fake_deinit(&f);
}

/* Without tables: frame pointers while they hold, then what looks like return addresses. */
static void no_table(void **state)
{
	const uint64_t sp = fake_stack(1, 256), bp = fake_stack(1, 240);
	struct kd_core_regs regs = {.known = GIVEN, .r = {[KD_REG_CS] = 0x10, [KD_RSP] = sp, [KD_RBP] = bp}};
	struct kd_buf text;
	struct kd_core_stack st;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_fp);
	regs.r[KD_RIP] = fake_symbol(&f, "vfs_write") + 3;
	fake_put(&f, bp, bp + 32, 8);
	fake_put(&f, bp + 8, fake_symbol(&f, "ksys_write") + 0x10, 8);
	fake_put(&f, bp + 32, 0, 8);
	fake_put(&f, bp + 40, fake_symbol(&f, "do_syscall_64") + 0x10, 8);
	fake_put(&f, bp + 64, fake_symbol(&f, "entry_SYSCALL_64_after_hwframe") + 0x15, 8);
	must(fake_open(&f));
	assert_non_null(strstr(kd_unwinder_no_table(f.unwinder), "CONFIG_UNWINDER_ORC"));
	must(kd_unwind(f.unwinder, FROM(&regs, fake_stack(1, 0)), &f.arena, &st));
	chain(&f, &st, &text);
	kd_buf_addc(&text, 0);
	assert_string_equal(text.p, "vfs_write+0x3 ?ksys_write+0x10 ?do_syscall_64+0x10 ?entry_SYSCALL_64_after_hwframe+0x15");
	kd_buf_deinit(&text);
	assert_int_equal(st.v[1].how, KD_FRAME_FP);
	assert_int_equal(st.v[3].how, KD_FRAME_SCAN);
	assert_int_equal(st.end, KD_STACK_BROKEN);
	fake_deinit(&f);
}

/* "push %rbp; mov %rsp,%rbp" at the beginning of that function. */
static void prologue(struct fake *f, const char *func)
{
	fake_put(f, fake_symbol(f, func), 0xe5894855, 4);
}

/*
 * Without tables, where the code sets frames up: nothing is guessed. In front of the prologue and in the midst of it the
 * return address is on top; an entry of an exception has left its registers' address + 1 in rbp; a system call 0.
 */
static void frame_pointers(void **state)
{
	static const char tail[] = "asm_exc_page_fault+0x15 !mod_write+0x10 ksys_write+0x10 do_syscall_64+0x10 "
				   "entry_SYSCALL_64_after_hwframe+0x10";
	const uint64_t sp = fake_stack(1, 1024), inner = fake_stack(1, 512), outer = fake_stack(1, 304), pt = fake_stack(1, 168);

	(void)state;
	for (unsigned off = 0; off < 8; off++) {
		struct kd_core_regs regs = {.known = GIVEN, .r = {[KD_REG_CS] = 0x10, [KD_RSP] = sp, [KD_RBP] = inner + 1}};
		char want[256];
		struct kd_core_stack st;
		struct fake f;

		fake_init(&f, &fake_fp);
		prologue(&f, "exc_page_fault");
		prologue(&f, "ksys_write");
		prologue(&f, "do_syscall_64");
		fake_put(&f, FAKE_MODULE, 0xe5894855, 4);
		if (off < 1) { /* rbp is still asm_exc_page_fault's */
			fake_put(&f, sp, fake_symbol(&f, "asm_exc_page_fault") + 0x15, 8);
		} else {
			fake_put(&f, sp, inner + 1, 8);
			fake_put(&f, sp + 8, fake_symbol(&f, "asm_exc_page_fault") + 0x15, 8);
			if (off >= 4)
				regs.r[KD_RBP] = sp;
		}
		fake_regs(&f, inner, FAKE_MODULE + 0x10, 0x10, outer, false);
		fake_put(&f, inner + 4 * 8, outer, 8); /* pt_regs.bp */
		fake_put(&f, outer, outer + 32, 8);
		fake_put(&f, outer + 8, fake_symbol(&f, "ksys_write") + 0x10, 8);
		fake_put(&f, outer + 32, pt - 16, 8);
		fake_put(&f, outer + 40, fake_symbol(&f, "do_syscall_64") + 0x10, 8);
		fake_put(&f, pt - 16, 0, 8);
		fake_put(&f, pt - 8, fake_symbol(&f, "entry_SYSCALL_64_after_hwframe") + 0x10, 8);
		fake_regs(&f, pt, 0x401000, 0x33, 0x7ffe0000, false);
		regs.r[KD_RIP] = fake_symbol(&f, "exc_page_fault") + off;
		must(fake_open(&f));
		snprintf(want, sizeof(want), "exc_page_fault+0x%x %s", off, tail);
		expect_from(&f, FROM(&regs, fake_stack(1, 0)), want, KD_STACK_USER, &st);
		assert_int_equal(st.v[1].how, off < 4 ? KD_FRAME_NONE_YET : KD_FRAME_RECORD);
		assert_int_equal(st.user->r[KD_RIP], 0x401000);
		fake_deinit(&f);
	}
}

/* The first function of a CPU is returned to, with rbp 0; a kernel thread has empty registers on top of its stack. */
static void frame_pointers_end(void **state)
{
	const uint64_t sp = fake_stack(1, 512), pt = fake_stack(1, 168);
	struct kd_core_regs regs = {.known = GIVEN, .r = {[KD_REG_CS] = 0x10, [KD_RSP] = sp, [KD_RBP] = sp}};
	struct kd_core_stack st;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_fp);
	prologue(&f, "do_idle");
	fake_put(&f, sp, 0, 8);
	fake_put(&f, sp + 8, fake_symbol(&f, "secondary_startup_64") + 0x12, 8); /* not behind a call */
	fake_put(&f, sp + 64, pt + 1, 8);
	fake_put(&f, sp + 72, fake_symbol(&f, "ret_from_fork") + 0x10, 8);
	must(fake_open(&f));
	regs.r[KD_RIP] = fake_symbol(&f, "do_idle") + 0x20;
	expect_from(&f, FROM(&regs, fake_stack(1, 0)), "do_idle+0x20 secondary_startup_64+0x12", KD_STACK_OUTERMOST, &st);
	regs.r[KD_RBP] = sp + 64;
	expect_from(&f, FROM(&regs, fake_stack(1, 0)), "do_idle+0x20 ret_from_fork+0x10", KD_STACK_OUTERMOST, &st);
	fake_deinit(&f);
}

/* What a call calls: its own distance says it; of an indirect one nothing does. */
static void callee(void **state)
{
	uint64_t at;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_61);
	at = fake_symbol(&f, "ksys_write") + 0x10;
	fake_put(&f, at - 5, 0xe8, 1);
	fake_put(&f, at - 4, fake_symbol(&f, "do_idle") - at, 4);
	fake_put(&f, at + 0x10 - 5, 0xd0ff909090, 5);
	must(fake_open(&f));
	assert_int_equal(kd_unwinder_callee(f.unwinder, at), fake_symbol(&f, "do_idle"));
	assert_int_equal(kd_unwinder_callee(f.unwinder, at + 0x10), 0);
	assert_int_equal(kd_unwinder_callee(f.unwinder, 0x1234), 0);
	fake_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fault),
		cmocka_unit_test(wild),
		cmocka_unit_test(wild_and_broken),
		cmocka_unit_test(partial),
		cmocka_unit_test(in_user_space),
		cmocka_unit_test(hostile),
		cmocka_unit_test(full),
		cmocka_unit_test(no_table), cmocka_unit_test(frame_pointers), cmocka_unit_test(callee), cmocka_unit_test(frame_pointers_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
