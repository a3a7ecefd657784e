// SPDX-License-Identifier: GPL-2.0-or-later
/* Faults of made code on made stacks: operands, registers against memory, the words of frames. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/entryvalue.h"
#include "core/fault.h"
#include "core/framelayout.h"
#include "fake.h"

/* as if the rest were known to be 0, too */
#define GIVEN (((uint64_t)1 << KD_NREGS) - 1)

/* What fake_regs() saved. */
enum { RDX = 0x100 + 12, RAX = 0x100 + 10, AT = 0x10 /* where the code begins in its function */ };

struct scene {
	struct fake f;
	struct kd_core_stack st;
	struct kd_core_fault *fault;
	uint64_t sp; /* of the function that faulted */
	uint64_t code;
};

static void must(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

/* `n` bytes of code at +AT of vfs_write; the instruction that faults is at +fault of them. word: what is at 8(%rsp). */
static void scene(struct scene *s, const char *code, size_t n, size_t fault, uint64_t word, const struct kd_core_fault_query *how)
{
	struct kd_core_regs regs = {.known = GIVEN};
	struct kd_core_fault_query q = *how;
	uint64_t sp = fake_stack(1, 1024);

	fake_init(&s->f, &fake_61);
	s->code = fake_symbol(&s->f, "vfs_write") + AT;
	for (size_t i = 0; i < FAKE_FN; i++) /* all of it: it is decoded from its begin on */
		fake_put(&s->f, s->code - AT + i, i >= AT && i < AT + n ? (uint8_t)code[i - AT] : 0x90, 1);
	regs.r[KD_RIP] = fake_symbol(&s->f, "panic") + 0x13;
	regs.r[KD_RSP] = sp;
	regs.r[KD_REG_CS] = 0x10;
	s->sp = fake_stack(1, 512);
	sp = fake_call(&s->f, sp, "exc_page_fault", 0x10);
	sp = fake_call(&s->f, sp, "asm_exc_page_fault", 0x15);
	fake_regs(&s->f, sp, s->code + fault, 0x10, s->sp, false);
	sp = fake_call(&s->f, s->sp, "ksys_write", 0x10);
	fake_put(&s->f, s->sp + 8, word, 8);
	sp = fake_call(&s->f, sp, "do_syscall_64", 0x10);
	sp = fake_call(&s->f, sp, "entry_SYSCALL_64_after_hwframe", 0x10);
	fake_regs(&s->f, sp, 0x401000, 0x33, 0x7ffe0000, false);
	must(fake_open(&s->f));
	kd_unwinder_keep_regs(s->f.unwinder, true);
	must(kd_unwind(s->f.unwinder, &(struct kd_unwind_from){.regs = &regs, .exact = true, .stack_end = fake_stack(1, 0)}, &s->f.arena,
		       &s->st));
	q.k = s->f.kernel;
	q.mods = &s->f.mods;
	q.st = &s->st;
	q.cr2_pc = s->code + fault;
	must(kd_core_fault(&q, &s->f.arena, &s->fault));
	assert_true(s->fault->found);
	assert_int_equal(s->fault->frame, 3);
	assert_int_equal(s->fault->pc, s->code + fault);
}

#define LOAD "\x48\x8b\x44\x24\x08" /* mov 0x8(%rsp),%rax */
#define STORE "\x48\x89\x54\x24\x10" /* mov %rdx,0x10(%rsp) */
#define FAULT "\x48\x8b\x48\x20" /* mov 0x20(%rax),%rcx */
#define SCENE(s, code, before, word) scene(s, code, sizeof(code) - 1, sizeof(before) - 1, word, &(struct kd_core_fault_query){.k = NULL})

static bool decodes(const struct scene *s)
{
	if (s->fault->has_insn || strcmp(s->fault->why, "there is no decoder of x86 instructions here") != 0)
		return true;
	print_message("skipped: %s\n", s->fault->why);
	return false;
}

static void operand(void **state)
{
	const struct kd_core_fault_query q = {.has_cr2 = true, .cr2 = RAX + 0x21};
	struct scene s;

	(void)state;
	scene(&s, FAULT, sizeof(FAULT) - 1, 0, 0, &q);
	if (decodes(&s)) {
		assert_string_equal(s.fault->insn.text, "mov    0x20(%rax),%rcx");
		assert_int_equal(s.fault->nop, 1);
		assert_true(s.fault->op[0].has_addr);
		assert_int_equal(s.fault->op[0].addr, RAX + 0x20);
		assert_true(s.fault->op[0].covers);
		assert_true(s.fault->addr_of_log);
		assert_false(s.fault->op[0].readable);
		assert_int_equal(s.fault->which, 0);
		assert_int_equal(s.fault->nloads, 0);
		assert_null(s.fault->no_loads);
	}
	fake_deinit(&s.f);
}

static void memory_still_holds_it(void **state)
{
	struct scene s;

	(void)state;
	SCENE(&s, LOAD FAULT, LOAD, RAX);
	if (decodes(&s)) {
		assert_int_equal(s.fault->nloads, 1);
		assert_int_equal(s.fault->load[0].reg, KD_RAX);
		assert_int_equal(s.fault->load[0].addr, s.sp + 8);
		assert_int_equal(s.fault->load[0].state, KD_LOAD_SAME);
		assert_false(s.fault->load[0].stores);
		assert_int_equal(s.fault->which, -1);
	}
	fake_deinit(&s.f);
}

static void memory_changed(void **state)
{
	struct scene s;

	(void)state;
	SCENE(&s, LOAD STORE FAULT, LOAD STORE, 0x5151);
	if (decodes(&s)) {
		assert_int_equal(s.fault->nloads, 1);
		assert_int_equal(s.fault->load[0].state, KD_LOAD_CHANGED);
		assert_int_equal(s.fault->load[0].loaded, RAX);
		assert_int_equal(s.fault->load[0].now, 0x5151);
		assert_true(s.fault->load[0].stores);
	}
	fake_deinit(&s.f);
}

/* Through copies and additions: rdx had what rax has less 8. */
static void through_copies(void **state)
{
	struct scene s;

	(void)state;
	/* mov 0x8(%rsp),%rdx; mov %rdx,%rax; add $0x8,%rax */
	SCENE(&s, "\x48\x8b\x54\x24\x08\x48\x89\xd0\x48\x83\xc0\x08" FAULT, "\x48\x8b\x54\x24\x08\x48\x89\xd0\x48\x83\xc0\x08", RAX - 8);
	if (decodes(&s)) {
		assert_int_equal(s.fault->nloads, 1);
		assert_int_equal(s.fault->load[0].reg, KD_RDX);
		assert_int_equal(s.fault->load[0].loaded, RAX - 8);
		assert_int_equal(s.fault->load[0].state, KD_LOAD_SAME);
	}
	fake_deinit(&s.f);
}

/* mov (%rax),%rax: from where, nobody knows any more; what it was loaded from before can be asked. */
static void address_lost(void **state)
{
	struct scene s;

	(void)state;
	SCENE(&s, LOAD "\x48\x8b\x00" FAULT, LOAD "\x48\x8b\x00", 0x777);
	if (decodes(&s)) {
		assert_int_equal(s.fault->nloads, 2);
		assert_int_equal(s.fault->load[0].state, KD_LOAD_ADDRESS_LOST);
		assert_false(s.fault->load[0].assumed);
		assert_int_equal(s.fault->load[1].state, KD_LOAD_VALUE_LOST);
		assert_int_equal(s.fault->load[1].addr, s.sp + 8);
		assert_int_equal(s.fault->load[1].now, 0x777);
	}
	fake_deinit(&s.f);
}

/* The same when what memory holds leads somewhere: a guess, and said to be one. */
static void address_assumed(void **state)
{
	struct scene s;

	(void)state;
	SCENE(&s, LOAD "\x48\x8b\x00" FAULT, LOAD "\x48\x8b\x00", fake_stack(1, 512) + 8);
	if (decodes(&s)) {
		assert_int_equal(s.fault->load[0].state, KD_LOAD_CHANGED);
		assert_true(s.fault->load[0].assumed);
		assert_int_equal(s.fault->load[0].loaded, RAX);
	}
	fake_deinit(&s.f);
}

/* Where control may come in between, nothing is said. */
static void a_way_in(void **state)
{
	struct scene s;

	(void)state;
	/* jmp +5, over the load, to the fault; then the load */
	SCENE(&s, "\xeb\x05" LOAD FAULT, "\xeb\x05" LOAD, RAX);
	if (decodes(&s))
		assert_int_equal(s.fault->nloads, 0);
	fake_deinit(&s.f);
	/* a jump that goes anywhere: jmp *%rcx, then something else than int3 */
	SCENE(&s, LOAD FAULT "\xff\xe1\x90", LOAD, RAX);
	if (decodes(&s)) {
		assert_int_equal(s.fault->nloads, 0);
		assert_non_null(s.fault->no_loads);
	}
	fake_deinit(&s.f);
	/* a call in between may have changed rax */
	SCENE(&s, LOAD "\xe8\x00\x00\x00\x00" FAULT, LOAD "\xe8\x00\x00\x00\x00", RAX);
	if (decodes(&s))
		assert_int_equal(s.fault->nloads, 0);
	fake_deinit(&s.f);
}

static void of_the_log(void **state)
{
	struct kd_core_regs regs = {.known = GIVEN};
	struct kd_core_fault_query q = {.regs = &regs};
	struct kd_core_fault *fault;
	struct scene s;

	(void)state;
	SCENE(&s, FAULT, "", 0);
	regs.r[KD_RIP] = s.code;
	regs.r[KD_RAX] = 0x8000;
	q.k = s.f.kernel;
	q.mods = &s.f.mods;
	must(kd_core_fault(&q, &s.f.arena, &fault));
	assert_true(fault->found);
	assert_int_equal(fault->frame, SIZE_MAX);
	if (decodes(&s))
		assert_int_equal(fault->op[0].addr, 0x8020);
	regs.known = 0;
	must(kd_core_fault(&q, &s.f.arena, &fault));
	assert_false(fault->found);
	assert_non_null(fault->why);
	fake_deinit(&s.f);
}

/* --- words of a frame --------------------------------------------------------------------------------- */

static size_t count(const struct kd_frame_layout *l, enum kd_slot_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		n += l->v[i].kind == kind;
	return n;
}

static void words(void **state)
{
	struct kd_local v = {.state = KD_LOCAL_READ, .name = KD_V("x"), .bytes = KD_V("123456789012")};
	const struct kd_locals locals = {.v = &v, .n = 1};
	struct kd_frame_layout l;
	struct kd_orctable t;
	struct scene s;

	(void)state;
	SCENE(&s, FAULT, "", 0);
	must(kd_orctable_open(s.f.kernel, &s.f.mods, &t));
	must(kd_frame_layout(&t, &s.st, 0, NULL, 0, &s.f.arena, &l));
	assert_int_equal(l.n, FAKE_FRAME / 8);
	assert_int_equal(l.v[0].addr, s.st.v[0].sp);
	assert_int_equal(l.v[l.n - 1].kind, KD_SLOT_RETURN);
	assert_int_equal(l.v[l.n - 1].value, s.st.v[1].pc);
	assert_int_equal(count(&l, KD_SLOT_UNKNOWN), l.n - 1);
	must(kd_frame_layout(&t, &s.st, 2, NULL, 0, &s.f.arena, &l));
	assert_int_equal(count(&l, KD_SLOT_TRAP), KD_X86_PT_REGS);
	assert_int_equal(l.v[0].reg, KD_R15);
	assert_int_equal(l.v[0].value, 0x100);
	assert_int_equal(kd_frame_of(&s.st, s.st.v[1].sp + 8), 1);
	assert_int_equal(kd_frame_of(&s.st, 0x1234), s.st.n);
	/* a variable of 12 bytes takes two words, a canary the third */
	v.addr = s.st.v[3].sp;
	fake_put(&s.f, v.addr, 0, 8);
	must(kd_frame_layout(&t, &s.st, 3, &locals, 0, &s.f.arena, &l));
	assert_int_equal(count(&l, KD_SLOT_VARIABLE), 2);
	assert_int_equal(l.v[1].off, 8);
	assert_int_equal(count(&l, KD_SLOT_RETURN), 1);
	must(kd_frame_layout(&t, &s.st, 1, NULL, 0x1111, &s.f.arena, &l)); /* what fake_call() fills frames with */
	assert_int_equal(count(&l, KD_SLOT_CANARY), l.n - 1);
	fake_deinit(&s.f);
}

static void frame_addresses(void **state)
{
	struct scene s;
	uint64_t cfa;

	(void)state;
	SCENE(&s, FAULT, "", 0);
	assert_true(kd_stack_cfa(&s.st, 0, &cfa));
	assert_int_equal(cfa, s.st.v[1].sp);
	assert_false(kd_stack_cfa(&s.st, 2, &cfa)); /* an exception is behind it */
	assert_false(kd_stack_cfa(&s.st, s.st.n - 1, &cfa));
	s.st.v[1].guessed = true;
	assert_false(kd_stack_cfa(&s.st, 0, &cfa));
	fake_deinit(&s.f);
}

/* --- entry values ------------------------------------------------------------------------------------- */

/* What rdi held when vfs_write was entered, called by ksys_write with `code` before the call. */
static bool entered(const char *code, size_t n, bool direct, uint64_t *ret)
{
	const struct kd_disasm_mode mode = {.arch = KD_ARCH_X86_64};
	kd_auto(kd_disasm_closep) struct kd_disasm *d = NULL;
	kd_auto(kd_error_freep) struct kd_error *none = kd_disasm_open(&mode, &d);
	struct kd_core_regs regs = {.known = GIVEN};
	struct kd_entries e = {.disasm = d};
	uint64_t sp = fake_stack(1, 512), at, call;
	struct kd_core_stack st;
	struct fake f;
	bool known;

	if (none) {
		print_message("skipped: %s\n", none->msg);
		skip();
	}
	fake_init(&f, &fake_61);
	at = fake_symbol(&f, "ksys_write");
	for (size_t i = 0; i < FAKE_FN; i++)
		fake_put(&f, at + i, i < n ? (uint8_t)code[i] : 0x90, 1);
	call = at + n;
	fake_put(&f, call, 0xe8, 1);
	fake_put(&f, call + 1, (uint32_t)(fake_symbol(&f, direct ? "vfs_write" : "do_idle") - (call + 5)), 4);
	regs.r[KD_RIP] = fake_symbol(&f, "vfs_write") + 4;
	regs.r[KD_RSP] = sp;
	regs.r[KD_RBP] = 0x7700000077;
	regs.r[KD_REG_CS] = 0x10;
	sp = fake_call(&f, sp, "ksys_write", n + 5);
	sp = fake_call(&f, sp, "do_syscall_64", 0x10);
	sp = fake_call(&f, sp, "entry_SYSCALL_64_after_hwframe", 0x10);
	fake_regs(&f, sp, 0x401000, 0x33, 0x7ffe0000, false);
	must(fake_open(&f));
	kd_unwinder_keep_regs(f.unwinder, true);
	must(kd_unwind(f.unwinder, &(struct kd_unwind_from){.regs = &regs, .exact = true, .stack_end = fake_stack(1, 0)}, &f.arena, &st));
	e.k = f.kernel;
	e.mods = &f.mods;
	e.st = &st;
	known = kd_entry_value(&e, 0, KD_RDI, ret);
	fake_deinit(&f);
	return known;
}

#define ENTERED(code, ret) entered(code, sizeof(code) - 1, true, ret)

static void entry_values(void **state)
{
	uint64_t v = 0;

	(void)state;
	assert_true(ENTERED("\x48\x89\xef", &v)); /* mov %rbp,%rdi */
	assert_int_equal(v, 0x7700000077);
	assert_true(ENTERED("\x89\xef", &v)); /* mov %ebp,%edi */
	assert_int_equal(v, 0x77);
	assert_true(ENTERED("\x48\x8d\x7d\x08", &v)); /* lea 0x8(%rbp),%rdi */
	assert_int_equal(v, 0x770000007f);
	assert_true(ENTERED("\x48\x89\xe8\x48\x83\xc0\x10\x48\x89\xc7", &v)); /* mov %rbp,%rax; add $0x10,%rax; mov %rax,%rdi */
	assert_int_equal(v, 0x7700000087);
	assert_true(ENTERED("\xbf\x2a\x00\x00\x00", &v)); /* mov $0x2a,%edi */
	assert_int_equal(v, 0x2a);
}

static void entry_values_that_nobody_knows(void **state)
{
	uint64_t v;

	(void)state;
	assert_false(entered("\x48\x89\xef", 3, false, &v)); /* the call is of another function */
	assert_false(ENTERED("\x48\x8b\x7d\x00", &v)); /* mov (%rbp),%rdi: memory may have changed */
	assert_false(ENTERED("\x48\x89\xc7", &v)); /* mov %rax,%rdi: of the entry, and the caller's caller calls somebody else */
	assert_false(ENTERED("\x48\x89\xef\xe8\x00\x00\x00\x00", &v)); /* a call in between may change rdi */
	assert_false(ENTERED("\x75\x03\x48\x89\xef", &v)); /* jne over it: two ways */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operand), cmocka_unit_test(memory_still_holds_it), cmocka_unit_test(memory_changed),
		cmocka_unit_test(through_copies), cmocka_unit_test(address_lost), cmocka_unit_test(address_assumed),
		cmocka_unit_test(a_way_in), cmocka_unit_test(of_the_log), cmocka_unit_test(words), cmocka_unit_test(frame_addresses),
		cmocka_unit_test(entry_values), cmocka_unit_test(entry_values_that_nobody_knows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
