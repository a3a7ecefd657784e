// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "symbol/insn.h"

static struct kd_disasm *open_for(enum kd_arch arch)
{
	struct kd_disasm_mode mode = {.arch = arch};
	struct kd_disasm *d = NULL;
	struct kd_error *err = kd_disasm_open(&mode, &d);

	if (err) {
		assert_int_equal(err->cls, KD_UNSUPPORTED);
		kd_error_free(err);
		skip();
	}
	return d;
}

static void one(struct kd_disasm *d, const char *bytes, size_t n, struct kd_insn *in)
{
	assert_true(kd_disasm_one(d, bytes, n, 0x1000, KD_INSN_TEXT, in));
	assert_int_equal(in->len, n);
}

#define ONE(d, lit, in) one(d, lit, sizeof(lit) - 1, in)
#define BIT(n) (UINT64_C(1) << (n))

static void x86_operands(void **state)
{
	kd_auto(kd_disasm_closep) struct kd_disasm *d = open_for(KD_ARCH_X86_64);
	struct kd_insn in;
	(void)state;

	ONE(d, "\x48\x8b\x50\x28", &in); /* mov 0x28(%rax),%rdx */
	assert_int_equal(in.nmem, 1);
	assert_int_equal(in.mem[0].base, KD_X86_RAX);
	assert_int_equal(in.mem[0].index, KD_NOREG);
	assert_int_equal(in.mem[0].disp, 0x28);
	assert_int_equal(in.mem[0].width, 8);
	assert_true(in.mem[0].read && !in.mem[0].write && !in.mem[0].stack);
	assert_true(in.reads & BIT(KD_X86_RAX) && in.writes & BIT(KD_X86_RDX));
	assert_int_equal(in.flow, KD_FLOW_LOAD);
	assert_int_equal(in.dst, KD_X86_RDX);

	ONE(d, "\xf0\x48\x0f\xb1\x53\xf8", &in); /* lock cmpxchg %rdx,-0x8(%rbx) */
	assert_true(in.mem[0].read && in.mem[0].write);
	assert_int_equal(in.mem[0].base, 3);
	assert_int_equal(in.mem[0].disp, -8);
	assert_string_equal(in.text, "lock cmpxchg %rdx,-0x8(%rbx)");

	ONE(d, "\x65\x48\x8b\x04\x25\x28\x00\x00\x00", &in); /* mov %gs:0x28,%rax */
	assert_int_equal(in.mem[0].seg, KD_SEG_GS);
	assert_int_equal(in.mem[0].base, KD_NOREG);
	assert_int_equal(in.mem[0].disp, 0x28);

	ONE(d, "\x48\x8b\x05\x10\x00\x00\x00", &in); /* mov 0x10(%rip),%rax */
	assert_true(in.mem[0].pcrel);
	assert_int_equal(in.mem[0].disp, 0x1017);

	ONE(d, "\x48\x8d\x7b\x18", &in); /* lea 0x18(%rbx),%rdi: nothing is accessed */
	assert_true(!in.mem[0].read && !in.mem[0].write);
	assert_int_equal(in.flow, KD_FLOW_LEA);
}

/* What the opcode implies: stack, strings. */
static void x86_implicit(void **state)
{
	kd_auto(kd_disasm_closep) struct kd_disasm *d = open_for(KD_ARCH_X86_64);
	struct kd_insn in;
	(void)state;

	ONE(d, "\x53", &in); /* push %rbx */
	assert_int_equal(in.nmem, 1);
	assert_true(in.mem[0].stack && in.mem[0].write && !in.mem[0].read);
	assert_int_equal(in.mem[0].base, KD_X86_RSP);
	assert_int_equal(in.mem[0].disp, -8);

	ONE(d, "\x5b", &in); /* pop %rbx */
	assert_true(in.mem[0].stack && in.mem[0].read);
	assert_int_equal(in.mem[0].disp, 0);

	ONE(d, "\xc9", &in); /* leave reads at rbp */
	assert_int_equal(in.mem[0].base, KD_X86_RBP);

	ONE(d, "\xff\x50\x18", &in); /* call *0x18(%rax) */
	assert_int_equal(in.cls, KD_INSN_CALL_IND);
	assert_int_equal(in.nmem, 2);
	assert_true(in.mem[0].read && !in.mem[0].stack && in.mem[1].stack && in.mem[1].write);
	assert_int_equal(in.mem[1].disp, -8);

	ONE(d, "\xf3\x48\xa5", &in); /* rep movsq */
	assert_int_equal(in.cls, KD_INSN_STRING);
	assert_true(in.rep);
	assert_int_equal(in.nmem, 2);
	assert_true(in.mem[0].write != in.mem[1].write);
	assert_string_equal(in.text, "rep movsq %ds:(%rsi),%es:(%rdi)");

	ONE(d, "\x0f\x1f\x44\x00\x00", &in); /* a long nop accesses nothing */
	assert_int_equal(in.cls, KD_INSN_NOP);
	assert_true(!in.mem[0].read && !in.mem[0].write);
}

static void x86_classes(void **state)
{
	kd_auto(kd_disasm_closep) struct kd_disasm *d = open_for(KD_ARCH_X86_64);
	struct kd_insn in;
	(void)state;

	ONE(d, "\x0f\x0b", &in);
	assert_int_equal(in.cls, KD_INSN_TRAP);
	ONE(d, "\xe8\xfb\xff\xff\xff", &in);
	assert_int_equal(in.cls, KD_INSN_CALL);
	assert_true(in.has_target);
	assert_int_equal(in.target, 0x1000);
	ONE(d, "\x74\xfe", &in);
	assert_int_equal(in.cls, KD_INSN_JCC);
	assert_int_equal(in.target, 0x1000);
	ONE(d, "\xff\xe0", &in); /* jmp *%rax */
	assert_int_equal(in.cls, KD_INSN_JUMP_IND);
	assert_int_equal(in.branch_reg, KD_X86_RAX);
	ONE(d, "\xc3", &in);
	assert_int_equal(in.cls, KD_INSN_RET);
	ONE(d, "\xf7\xf1", &in); /* div %ecx */
	assert_int_equal(in.cls, KD_INSN_DIV);
	assert_int_equal(in.src, KD_X86_RCX);
	assert_int_equal(in.width, 4);
	ONE(d, "\x31\xc0", &in); /* xor %eax,%eax sets 0 */
	assert_int_equal(in.flow, KD_FLOW_IMM);
	assert_int_equal(in.imm, 0);
	ONE(d, "\x48\xc1\xea\x03", &in); /* shr $3,%rdx */
	assert_int_equal(in.flow, KD_FLOW_SHR);
	assert_int_equal(in.imm, 3);
	assert_false(kd_disasm_one(d, "\x06", 1, 0, 0, &in)); /* push %es: not in 64 bits */
	assert_false(kd_disasm_one(d, "\x48\x8b", 2, 0, 0, &in)); /* ends too early */
	assert_false(kd_disasm_one(d, "", 0, 0, 0, &in));
}

static void i386_registers(void **state)
{
	kd_auto(kd_disasm_closep) struct kd_disasm *d = open_for(KD_ARCH_I386);
	struct kd_insn in;
	(void)state;

	ONE(d, "\x8b\x46\x08", &in); /* mov 0x8(%esi),%eax */
	assert_int_equal(in.mem[0].base, KD_I386_ESI);
	assert_int_equal(in.mem[0].addr_bits, 32);
	assert_int_equal(in.mem[0].seg, KD_SEG_NONE);
	assert_string_equal(in.text, "mov    0x8(%esi),%eax");
	ONE(d, "\x06", &in); /* push %es */
	assert_true(in.mem[0].stack);
}

static void arm64_operands(void **state)
{
	kd_auto(kd_disasm_closep) struct kd_disasm *d = open_for(KD_ARCH_ARM64);
	struct kd_insn in;
	(void)state;

	ONE(d, "\x20\x0c\x40\xf9", &in); /* ldr x0, [x1, #0x18] */
	assert_int_equal(in.nmem, 1);
	assert_int_equal(in.mem[0].base, 1);
	assert_int_equal(in.mem[0].disp, 0x18);
	assert_int_equal(in.mem[0].width, 8);
	assert_true(in.mem[0].read && !in.mem[0].write);
	assert_int_equal(in.flow, KD_FLOW_LOAD);
	ONE(d, "\xfd\x7b\xbf\xa9", &in); /* stp x29, x30, [sp, #-0x10]! */
	assert_int_equal(in.mem[0].base, KD_ARM64_SP);
	assert_int_equal(in.mem[0].disp, -16);
	assert_int_equal(in.mem[0].width, 16);
	assert_true(in.writes & BIT(KD_ARM64_SP));
	ONE(d, "\x20\x84\x40\xf8", &in); /* ldr x0, [x1], #8: the access is at x1 itself */
	assert_int_equal(in.mem[0].disp, 0);
	assert_true(in.writes & BIT(1));
	ONE(d, "\x20\xd8\x62\xb8", &in); /* ldr w0, [x1, w2, sxtw #2] */
	assert_int_equal(in.mem[0].index, 2);
	assert_int_equal(in.mem[0].scale, 4);
	assert_int_equal(in.mem[0].ext, 0xa0);
	assert_int_equal(in.mem[0].width, 4);
	ONE(d, "\x00\x00\x21\xd4", &in); /* brk #0x800 */
	assert_int_equal(in.cls, KD_INSN_TRAP);
	assert_int_equal(in.trap, 0x800);
	ONE(d, "\x00\x00\x00\x94", &in);
	assert_int_equal(in.cls, KD_INSN_CALL);
	assert_int_equal(in.target, 0x1000);
}

static void names(void **state)
{
	static const enum kd_arch archs[] = {KD_ARCH_X86_64, KD_ARCH_I386, KD_ARCH_ARM64, KD_ARCH_ARM,
					     KD_ARCH_PPC64, KD_ARCH_MIPS, KD_ARCH_S390X, KD_ARCH_RISCV64};
	(void)state;

	assert_string_equal(kd_dwarf_reg_name(KD_ARCH_X86_64, 1), "rdx");
	assert_string_equal(kd_dwarf_reg_name(KD_ARCH_I386, 1), "ecx");
	assert_string_equal(kd_dwarf_reg_name(KD_ARCH_ARM64, 31), "sp");
	assert_null(kd_dwarf_reg_name(KD_ARCH_X86_64, 17));
	assert_null(kd_dwarf_reg_name(KD_ARCH_UNKNOWN, 0));
	assert_int_equal(kd_dwarf_reg_by_name(KD_ARCH_ARM64, KD_V("lr")), 30);
	assert_int_equal(kd_dwarf_reg_by_name(KD_ARCH_X86_64, KD_V("cr2")), KD_NOREG);
	for (size_t i = 0; i < KD_ARRAY_LEN(archs); i++)
		for (unsigned r = 0; kd_dwarf_reg_name(archs[i], r); r++)
			assert_int_equal(kd_dwarf_reg_by_name(archs[i], kd_view_of(kd_dwarf_reg_name(archs[i], r))),
					 r);
}

/* Processors that no decoder here knows: a sentence, and no crash. */
static void unsupported(void **state)
{
	static const enum kd_arch archs[] = {KD_ARCH_UNKNOWN, KD_ARCH_LOONGARCH64};
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(archs); i++) {
		struct kd_disasm_mode mode = {.arch = archs[i]};
		struct kd_disasm *d = NULL;
		struct kd_error *err = kd_disasm_open(&mode, &d);

		assert_non_null(err);
		assert_int_equal(err->cls, KD_UNSUPPORTED);
		assert_non_null(strstr(err->msg, "not disassembled"));
		kd_error_free(err);
	}
}

static void libraries(void **state)
{
	struct kd_disasm_library lib[4];
	size_t n = kd_disasm_libraries(lib, 4);
	(void)state;

	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		assert_true(lib[i].built || !lib[i].found);
		assert_true(*lib[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x86_operands), cmocka_unit_test(x86_implicit),
		cmocka_unit_test(x86_classes),	cmocka_unit_test(i386_registers),
		cmocka_unit_test(arm64_operands), cmocka_unit_test(names),
		cmocka_unit_test(unsupported),	cmocka_unit_test(libraries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
