// SPDX-License-Identifier: GPL-2.0-or-later
/* Call frame information in the unwinder: rows worked out, chains of kernels without tables, what it may not lead to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/cfi.h"
#include "core/locals.h"
#include "fake.h"
#include "format/elfcore.h"

#define GIVEN (((uint64_t)1 << KD_NREGS) - 1)

enum { RBX = KD_RBX, RBP = KD_RBP };

static void must(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

/* One entry for [start, start + len) of the dump; a program for all of it. */
struct source {
	struct entry {
		uint64_t start, len;
		const char *program;
		size_t n;
		bool is_signal;
	} v[8];
	size_t n;
	uint16_t machine;
};

static bool find(void *user, uint64_t pc, struct kd_cfi_fde *ret, uint64_t *ret_at)
{
	const struct source *s = user;

	for (size_t i = 0; i < s->n; i++)
		if (pc - s->v[i].start < s->v[i].len) {
			const bool arm = s->machine == KD_EM_AARCH64;

			*ret = (struct kd_cfi_fde){.start = 0x1000, .len = s->v[i].len, .program = kd_view(s->v[i].program, s->v[i].n),
						   .cie = {.code_align = 1, .data_align = -8, .ra = arm ? 30 : 16, .machine = s->machine,
							   .address_size = 8, .signal = s->v[i].is_signal}};
			/* the CFA is sp + 0; rsp + 8, below it the return address */
			ret->cie.init = arm ? kd_view("\x0c\x1f\0", 3) : KD_V("\x0c\x07\x08\x90\x01");
			*ret_at = pc - s->v[i].start + 0x1000; /* the file is elsewhere */
			return true;
		}
	return false;
}

static void add(struct source *s, uint64_t start, const char *program, size_t n)
{
	assert_true(s->n < KD_ARRAY_LEN(s->v));
	s->v[s->n++] = (struct entry){.start = start, .len = FAKE_FN, .program = program, .n = n};
}

#define ADD(s, start, program) add(s, start, program, sizeof(program) - 1)

static void use(struct fake *f, struct source *s)
{
	kd_unwinder_cfi(f->unwinder, &(struct kd_cfi_source){.user = s, .find = find});
	kd_unwinder_keep_regs(f->unwinder, true);
}

static void frame(struct fake *f, const struct kd_core_stack *st, size_t i, const char *func, uint64_t off, enum kd_frame_how how)
{
	assert_true(i < st->n);
	assert_int_equal(st->v[i].pc, fake_symbol(f, func) + off);
	assert_int_equal(st->v[i].how, how);
	assert_false(st->v[i].guessed);
}

/* frames of 24 bytes: rbp at CFA - 24, rbx at CFA - 16 */
static const char small_frame[] = "\x0e\x18\x83\x02\x86\x03";

static uint64_t push(struct fake *f, uint64_t sp, const char *caller, uint64_t rbp, uint64_t rbx)
{
	fake_put(f, sp, rbp, 8);
	fake_put(f, sp + 8, rbx, 8);
	fake_put(f, sp + 16, fake_symbol(f, caller) + 0x10, 8);
	return sp + 24;
}

/* Neither tables nor frame pointers: the registers of each frame, its CFA, and the end at the system call. */
static void chain(void **state)
{
	const uint64_t pt = fake_stack(1, 168), sp = pt - 72;
	struct kd_core_regs regs = {.known = GIVEN, .r = {[KD_REG_CS] = 0x10, [KD_RSP] = sp, [KD_RBP] = 5, [KD_RBX] = 6, [KD_R12] = 12}};
	struct source s = {.machine = KD_EM_X86_64};
	struct kd_core_stack st;
	struct fake f;
	uint64_t cfa;

	(void)state;
	fake_init(&f, &fake_fp);
	push(&f, push(&f, push(&f, sp, "ksys_write", 0x77, 0x78), "do_syscall_64", 0x79, 0x7a), "entry_SYSCALL_64_after_hwframe", 0, 0x7b);
	fake_regs(&f, pt, 0x401000, 0x33, 0x7ffe0000, false);
	must(fake_open(&f));
	ADD(&s, fake_symbol(&f, "vfs_write"), small_frame);
	ADD(&s, fake_symbol(&f, "ksys_write"), small_frame);
	ADD(&s, fake_symbol(&f, "do_syscall_64"), small_frame);
	use(&f, &s);
	regs.r[KD_RIP] = fake_symbol(&f, "vfs_write") + 0x20;
	must(kd_unwind(f.unwinder, &(struct kd_unwind_from){.regs = &regs, .exact = true, .stack_end = fake_stack(1, 0)}, &f.arena, &st));
	assert_int_equal(st.n, 4);
	frame(&f, &st, 1, "ksys_write", 0x10, KD_FRAME_CFI);
	frame(&f, &st, 2, "do_syscall_64", 0x10, KD_FRAME_CFI);
	frame(&f, &st, 3, "entry_SYSCALL_64_after_hwframe", 0x10, KD_FRAME_CFI);
	assert_int_equal(st.end, KD_STACK_USER);
	assert_int_equal(st.user->r[KD_RIP], 0x401000);
	assert_int_equal(st.v[1].slot, sp + 16);
	assert_int_equal(st.v[1].sp, sp + 24);
	assert_int_equal(st.v[1].at->r[RBX], 0x78);
	assert_int_equal(st.v[1].at->r[RBP], 0x77);
	assert_int_equal(st.v[2].at->r[RBX], 0x7a);
	assert_int_equal(st.v[2].at->r[KD_R12], 12); /* nobody says anything of it: kept */
	assert_false(kd_core_regs_has(st.v[1].at, KD_RAX)); /* calls do not leave it alone */
	assert_true(kd_stack_cfa(&st, 0, &cfa));
	assert_int_equal(cfa, sp + 24);
	assert_true(kd_stack_cfa(&st, 2, &cfa));
	assert_int_equal(cfa, pt);
	assert_false(kd_stack_cfa(&st, 3, &cfa));
	fake_deinit(&f);
}

static void entry_text(struct fake *f, void (*put)(void *to, const char *name, uint64_t addr), void *to)
{
	(void)f;
	put(to, "__entry_text_start", *(const uint64_t *)f->user);
	put(to, "__entry_text_end", *(const uint64_t *)f->user + FAKE_FN);
}

/*
 * An exception without frame pointers: rbp is 0, which proves nothing. The entry code has registers on top of its stack; elsewhere
 * what looks like them is not believed, nor is the 0 taken for the end.
 */
static void exception(void **state)
{
	static const struct fake_more more = {.symbols = entry_text};

	(void)state;
	for (int known = 0; known < 2; known++) {
		const uint64_t sp = fake_stack(1, 1024), outer = fake_stack(1, 512);
		struct kd_core_regs regs = {.known = GIVEN, .r = {[KD_REG_CS] = 0x10, [KD_RSP] = sp}};
		struct source s = {.machine = KD_EM_X86_64};
		struct kd_core_stack st;
		uint64_t at = known ? FAKE_TEXT : FAKE_TEXT + 0x1000;
		struct fake f;

		fake_init(&f, &fake_fp); /* where the function is */
		at = known ? fake_symbol(&f, "asm_exc_page_fault") : at;
		fake_deinit(&f);
		fake_init_more(&f, &fake_fp, &more, &at);
		fake_regs(&f, push(&f, sp, "asm_exc_page_fault", 0, 0x78), fake_symbol(&f, "ksys_write") + 0x20, 0x10, outer, false);
		push(&f, outer, "do_syscall_64", 1, 2);
		must(fake_open(&f));
		ADD(&s, fake_symbol(&f, "vfs_write"), small_frame);
		ADD(&s, fake_symbol(&f, "ksys_write"), small_frame);
		use(&f, &s);
		regs.r[KD_RIP] = fake_symbol(&f, "vfs_write") + 0x20;
		must(kd_unwind(f.unwinder, &(struct kd_unwind_from){.regs = &regs, .exact = true, .stack_end = fake_stack(1, 0)}, &f.arena, &st));
		frame(&f, &st, 1, "asm_exc_page_fault", 0x10, KD_FRAME_CFI);
		if (known) {
			frame(&f, &st, 2, "ksys_write", 0x20, KD_FRAME_TRAP);
			frame(&f, &st, 3, "do_syscall_64", 0x10, KD_FRAME_CFI);
			assert_int_equal(st.v[3].at->r[RBX], 2);
		} else {
			assert_int_equal(st.end, KD_STACK_BROKEN);
			assert_true(st.n < 3 || st.v[2].guessed);
		}
		fake_deinit(&f);
	}
}

/* The row says that nobody called: the end, without a guess. */
static void outermost(void **state)
{
	struct kd_core_regs regs = {.known = GIVEN, .r = {[KD_REG_CS] = 0x10, [KD_RSP] = fake_stack(1, 512)}};
	struct source s = {.machine = KD_EM_X86_64};
	struct kd_core_stack st;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_fp);
	push(&f, regs.r[KD_RSP], "ksys_write", 0x77, 0x78);
	must(fake_open(&f));
	ADD(&s, fake_symbol(&f, "vfs_write"), "\x07\x10");
	use(&f, &s);
	regs.r[KD_RIP] = fake_symbol(&f, "vfs_write") + 0x20;
	must(kd_unwind(f.unwinder, &(struct kd_unwind_from){.regs = &regs, .exact = true, .stack_end = fake_stack(1, 0)}, &f.arena, &st));
	assert_int_equal(st.n, 1);
	assert_int_equal(st.end, KD_STACK_OUTERMOST);
	fake_deinit(&f);
}

/* What is there is no return address, or below: not gone to. */
static void refused(void **state)
{
	static const char down[] = "\x0c\x03\x00", far[] = "\x0e\x80\x80\x20", wrong[] = "\x0e\x10", none[] = "\x17";
	static const struct {
		const char *program;
		size_t n;
	} cases[] = {{down, 3}, {far, 4}, {wrong, 2}, {none, 1}};
	const uint64_t sp = fake_stack(1, 512);
	struct kd_core_regs regs = {.known = GIVEN, .r = {[KD_REG_CS] = 0x10, [KD_RSP] = sp, [KD_RBP] = 5, [KD_RBX] = sp}};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		struct source s = {.machine = KD_EM_X86_64};
		struct kd_core_stack st;
		struct fake f;

		fake_init(&f, &fake_fp);
		push(&f, sp, "ksys_write", 0x77, 0x78);
		must(fake_open(&f));
		add(&s, fake_symbol(&f, "vfs_write"), cases[i].program, cases[i].n);
		use(&f, &s);
		regs.r[KD_RIP] = fake_symbol(&f, "vfs_write") + 0x20;
		must(kd_unwind(f.unwinder, &(struct kd_unwind_from){.regs = &regs, .exact = true, .stack_end = fake_stack(1, 0)}, &f.arena, &st));
		assert_int_equal(st.end, KD_STACK_BROKEN);
		for (size_t k = 1; k < st.n; k++)
			assert_true(st.v[k].guessed && st.v[k].how == KD_FRAME_SCAN);
		fake_deinit(&f);
	}
}

/* With tables these lead; the registers come from CFI if it means the same frame, else not. */
static void beside_orc(void **state)
{
	static const char other[] = "\x0e\x20\x83\x02";

	(void)state;
	for (int first = 0; first < 2; first++)
		for (int agrees = 0; agrees < 2; agrees++) {
			struct kd_core_regs regs = {.known = GIVEN, .r = {[KD_REG_CS] = 0x10, [KD_RSP] = fake_stack(1, 512), [KD_RBX] = 6}};
			struct source s = {.machine = KD_EM_X86_64};
			struct kd_core_stack st;
			uint64_t sp = regs.r[KD_RSP];
			struct fake f;

			fake_init(&f, &fake_61);
			sp = push(&f, push(&f, sp, "ksys_write", 0x77, 0x78), "do_syscall_64", 0x79, 0x7a);
			sp = fake_call(&f, sp, "entry_SYSCALL_64_after_hwframe", 0x10);
			fake_regs(&f, sp, 0x401000, 0x33, 0x7ffe0000, false);
			must(fake_open(&f));
			add(&s, fake_symbol(&f, "vfs_write"), agrees ? small_frame : other, agrees ? 6 : 4);
			use(&f, &s);
			kd_unwinder_cfi_first(f.unwinder, first);
			regs.r[KD_RIP] = fake_symbol(&f, "vfs_write") + 0x20;
			must(kd_unwind(f.unwinder, &(struct kd_unwind_from){.regs = &regs, .exact = true, .stack_end = fake_stack(1, 0)}, &f.arena,
				       &st));
			frame(&f, &st, 1, "ksys_write", 0x10, first && agrees ? KD_FRAME_CFI : KD_FRAME_ORC);
			assert_int_equal(st.end, KD_STACK_USER);
			assert_true(!kd_core_regs_has(st.v[1].at, RBX) || st.v[1].at->r[RBX] == (agrees ? 0x78 : 6));
			assert_true(!agrees || kd_core_regs_has(st.v[1].at, RBX));
			assert_int_equal(st.v[0].has_cfa, agrees);
			frame(&f, &st, 2, "do_syscall_64", 0x10, KD_FRAME_ORC); /* of ksys_write it says nothing */
			fake_deinit(&f);
		}
}

/* arm64: x29 and x30 at CFA - 32 and - 24, x19 at CFA - 16 */
static const char arm_frame[] = "\x0e\x20\x9d\x04\x9e\x03\x93\x02";

static void arm64(void **state)
{
	const uint64_t pt = fake_stack(1, FAKE_PT_SIZE), second = pt - 64, first = second - 64;
	struct kd_core_regs regs = {.known = GIVEN, .r = {[KD_X29] = first, [KD_A64_SP] = first - 16, [KD_REG_FLAGS] = 5, [19] = 0x19, [20] = 0x20}};
	struct source s = {.machine = KD_EM_AARCH64};
	struct kd_unwind_from from = {.regs = &regs, .exact = true, .stack = fake_stack(1, 2048), .stack_end = fake_stack(1, 0)};
	struct kd_core_stack st;
	struct fake f;
	uint64_t cfa;

	(void)state;
	fake_init(&f, &fake_arm64);
	fake_put(&f, first, second, 8);
	fake_put(&f, first + 8, fake_symbol(&f, "do_syscall_64") + 0x20, 8);
	fake_put(&f, first + 16, 0x1919, 8);
	fake_put(&f, second, pt + FAKE_PT_FRAME, 8);
	fake_put(&f, second + 8, fake_symbol(&f, "entry_SYSCALL_64_after_hwframe") + 0x20, 8);
	fake_put(&f, second + 16, 0x191919, 8);
	fake_put(&f, pt + FAKE_PT_FRAME, 0, 8);
	fake_put(&f, pt + FAKE_PT_FRAME + 8, 0, 8);
	fake_put(&f, pt + FAKE_PT_PSTATE, 0, 8);
	fake_put(&f, pt + FAKE_PT_PC, 0x401000, 8);
	must(fake_open(&f));
	/* vfs_write has 16 bytes of stack and no record yet: x30 is its caller's; ksys_write's is made */
	ADD(&s, fake_symbol(&f, "vfs_write"), "\x0e\x10");
	ADD(&s, fake_symbol(&f, "ksys_write"), arm_frame);
	ADD(&s, fake_symbol(&f, "do_syscall_64"), arm_frame);
	use(&f, &s);
	regs.r[KD_A64_PC] = fake_symbol(&f, "vfs_write") + 0x20;
	regs.r[KD_X30] = fake_symbol(&f, "ksys_write") + 0x14;
	must(kd_unwind(f.unwinder, &from, &f.arena, &st));
	assert_int_equal(st.n, 4);
	frame(&f, &st, 1, "ksys_write", 0x14, KD_FRAME_CFI);
	frame(&f, &st, 2, "do_syscall_64", 0x20, KD_FRAME_RECORD);
	frame(&f, &st, 3, "entry_SYSCALL_64_after_hwframe", 0x20, KD_FRAME_RECORD);
	assert_int_equal(st.end, KD_STACK_USER);
	assert_int_equal(st.v[1].slot, 0);
	assert_int_equal(st.v[1].at->r[19], 0x19);
	assert_int_equal(st.v[1].at->r[KD_A64_SP], first);
	assert_false(kd_core_regs_has(st.v[1].at, KD_X30));
	assert_int_equal(st.v[2].at->r[19], 0x1919);
	assert_int_equal(st.v[2].at->r[20], 0x20);
	assert_int_equal(st.v[2].at->r[KD_A64_SP], first + 32);
	assert_int_equal(st.v[3].at->r[19], 0x191919);
	assert_true(kd_stack_cfa(&st, 0, &cfa) && cfa == first);
	assert_true(kd_stack_cfa(&st, 1, &cfa) && cfa == first + 32);
	/* the stack pointer of do_syscall_64 is 32 bytes below its record: what CFI counts from it is not that record */
	assert_false(kd_stack_cfa(&st, 2, &cfa) && cfa == second);
	fake_deinit(&f);
}

/* --- rows -------------------------------------------------------------------------------------------- */

static bool row(struct fake *f, const char *program, size_t n, const struct kd_core_regs *regs, const uint64_t *cfa, struct kd_cfi_caller *c)
{
	struct source s = {.machine = KD_EM_X86_64};

	add(&s, 0x5000, program, n);
	return kd_cfi_caller(&(struct kd_cfi_source){.user = &s, .find = find}, f->space, 0x5010, regs, cfa, c);
}

#define ROW(program, regs, cfa, c) row(&f, program, sizeof(program) - 1, regs, cfa, c)

static void worked_out(void **state)
{
	const uint64_t sp = fake_stack(1, 512), elsewhere = 0x9000;
	struct kd_core_regs regs = {.known = GIVEN, .r = {[KD_RSP] = sp, [KD_RBP] = sp + 64, [KD_RBX] = 3}}, few = {.known = 0};
	struct kd_cfi_caller c;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_61);
	for (unsigned i = 0; i < 16; i++)
		fake_put(&f, sp + 8 * i, sp + 0x100 + i, 8);
	must(fake_open(&f));
	assert_true(ROW("", &regs, NULL, &c));
	assert_true(c.has_cfa && c.cfa == sp + 8 && c.has_ra && c.ra == sp + 0x100 && c.ra_slot == sp);
	/* the CFA is what lies at rbp - 8; r12 at rbp - 16; r13 is the CFA + 8; rbx was moved to r14, which is lost */
	assert_true(ROW("\x0f\x03\x76\x78\x06\x10\x0c\x02\x76\x70\x14\x0d\x7f\x09\x03\x0e\x07\x0e", &regs, NULL, &c));
	assert_true(c.cfa == sp + 0x100 + 7);
	assert_int_equal(c.regs.r[KD_R12], sp + 0x100 + 6);
	assert_int_equal(c.regs.r[KD_R13], c.cfa + (uint64_t)(-8 * 127));
	assert_true(kd_core_regs_has(&c.regs, RBX));
	assert_false(kd_core_regs_has(&c.regs, KD_R14));
	/* an expression has the CFA on its stack: r12 at CFA + 8; val_expression */
	assert_true(ROW("\x10\x0c\x02\x23\x08\x16\x0d\x02\x23\x10", &regs, NULL, &c));
	assert_int_equal(c.regs.r[KD_R12], sp + 0x100 + 2);
	assert_int_equal(c.regs.r[KD_R13], sp + 8 + 16);
	/* no caller */
	assert_true(ROW("\x07\x10", &regs, NULL, &c));
	assert_true(c.outermost && !c.has_ra);
	/* registers that are not known make nothing known */
	assert_true(ROW("\x83\x02", &few, NULL, &c));
	assert_true(!c.has_cfa && !c.has_ra && !c.regs.known);
	assert_true(ROW("\x83\x01", &few, &sp, &c)); /* but for who knows the CFA */
	assert_true(c.has_cfa && kd_core_regs_has(&c.regs, KD_RSP) && c.cfa == sp);
	assert_false(ROW("", &regs, &elsewhere, &c)); /* it means another frame */
	assert_false(ROW("\x17", &regs, NULL, &c));
	fake_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain),      cmocka_unit_test(exception), cmocka_unit_test(outermost), cmocka_unit_test(refused),    cmocka_unit_test(beside_orc),
		cmocka_unit_test(arm64),      cmocka_unit_test(worked_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
