// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "report/x86.h"

static void page_fault_code(void **state)
{
	struct kd_x86_pf pf;
	(void)state;

	kd_x86_pf_decode(0x0002, &pf);
	assert_true(pf.write && !pf.present && !pf.user && !pf.instr);
	assert_string_equal(pf.words, "kernel write to a page that is not present");
	kd_x86_pf_decode(0x0011, &pf);
	assert_true(pf.instr && pf.present);
	kd_x86_pf_decode(0x0007, &pf);
	assert_string_equal(pf.words, "user write against the page's permissions");
	kd_x86_pf_decode(0x0009, &pf);
	assert_true(pf.rsvd);
	assert_non_null(strstr(pf.words, "reserved"));
	kd_x86_pf_decode(UINT64_MAX, &pf);
	assert_true(pf.sgx && pf.pkey && pf.shstk && pf.rmp);
	assert_true(pf.unknown & (1u << 7));
}

static void page_fault_lines(void **state)
{
	struct kd_x86_pf_said s = {0};
	struct kd_x86_pf pf;
	(void)state;

	assert_true(kd_x86_pf_line(KD_V("#PF: supervisor write access in kernel mode"), &s));
	assert_true(kd_x86_pf_line(KD_V("#PF: error_code(0x0002) - not-present page"), &s));
	assert_true(s.has_access && s.has_code && s.has_cause && s.write && !s.user && s.has_mode);
	kd_x86_pf_decode(2, &pf);
	assert_null(kd_x86_pf_conflict(&pf, &s));
	kd_x86_pf_decode(0, &pf);
	assert_non_null(kd_x86_pf_conflict(&pf, &s));
	kd_x86_pf_decode(3, &pf);
	assert_non_null(kd_x86_pf_conflict(&pf, &s));

	/* Supervisor access in user mode: descriptor tables. No contradiction. */
	s = (struct kd_x86_pf_said){0};
	assert_true(kd_x86_pf_line(KD_V("#PF: supervisor read access in user mode"), &s));
	assert_true(s.user_mode && !s.user);
	kd_x86_pf_decode(0, &pf);
	assert_null(kd_x86_pf_conflict(&pf, &s));

	s = (struct kd_x86_pf_said){0};
	assert_true(kd_x86_pf_line(KD_V("#PF error: [PROT] [INSTR]"), &s));
	assert_int_equal(s.code, 0x11);
	assert_true(kd_x86_pf_line(KD_V("#PF error: [normal kernel read fault]"), &s));
	assert_int_equal(s.code, 0);
}

static void not_page_fault_lines(void **state)
{
	static const char *const bad[] = {"",
					  "#PF",
					  "#PF: ",
					  "#PF: error_code(",
					  "#PF: error_code(0x",
					  "#PF: error_code(0x12",
					  "#PF: supervisor",
					  "#PF: supervisor jump access",
					  "#PF error: ",
					  "#PF error: [",
					  "#PF error: [NEW]",
					  "#PF error: [PROT",
					  "#PF: error_code(0x11112222333344445)"};
	struct kd_x86_pf_said s = {0};
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		assert_false(kd_x86_pf_line(kd_view_of(bad[i]), &s));
	assert_false(s.has_code || s.has_access);
	assert_true(kd_x86_pf_line(KD_V("#PF: error_code(0x0) - something new"), &s));
	assert_false(s.has_cause);
}

static void selectors(void **state)
{
	struct kd_x86_selector s;
	(void)state;

	kd_x86_gp_decode(0, &s);
	assert_true(s.zero);
	kd_x86_gp_decode(0x0402, &s); /* IDT vector 0x80 */
	assert_string_equal(s.table, "IDT");
	assert_int_equal(s.index, 0x80);
	kd_x86_gp_decode(0x0104, &s);
	assert_string_equal(s.table, "LDT");
	kd_x86_gp_decode(0x12345, &s);
	assert_true(s.beyond && s.external);
}

static void modes(void **state)
{
	(void)state;
	assert_false(kd_x86_cs_user(0x10, 0x246));
	assert_true(kd_x86_cs_user(0x33, 0x246));
	assert_true(kd_x86_cs_user(0x60, 1u << 17));
	assert_int_equal(kd_x86_cs_mode(0x10, true), KD_X86_CS_KERNEL);
	assert_int_equal(kd_x86_cs_mode(0x33, true), KD_X86_CS_USER64);
	assert_int_equal(kd_x86_cs_mode(0x23, true), KD_X86_CS_USER32);
	assert_int_equal(kd_x86_cs_mode(0x73, false), KD_X86_CS_USER32);
	assert_int_equal(kd_x86_cs_mode(0x73, true), KD_X86_CS_OTHER);
	assert_int_equal(kd_x86_cs_mode(0x61, false), KD_X86_CS_KERNEL);
	assert_true(kd_x86_irqs_on(0x246));
	assert_false(kd_x86_irqs_on(0x046));
}

static void bit_tables(void **state)
{
	const struct kd_bits *all[] = {&kd_x86_pf_bits, &kd_x86_flags_bits, &kd_x86_cr0_bits,
				       &kd_x86_cr4_bits};
	(void)state;

	for (size_t t = 0; t < KD_ARRAY_LEN(all); t++)
		for (size_t i = 0; i < all[t]->n; i++) {
			assert_true(all[t]->v[i].bit < 64);
			assert_true(!i || all[t]->v[i].bit > all[t]->v[i - 1].bit);
		}
	assert_string_equal(kd_bits_find(&kd_x86_flags_bits, 9)->name, "IF");
	assert_string_equal(kd_bits_find(&kd_x86_cr4_bits, 20)->name, "SMEP");
	assert_null(kd_bits_find(&kd_x86_cr4_bits, 63));
	assert_true(kd_bits_unknown(&kd_x86_flags_bits, 0x00010246) == 0);
	assert_true(kd_bits_unknown(&kd_x86_flags_bits, 0x80000000) == 0x80000000);
}

static void exceptions(void **state)
{
	(void)state;
	assert_string_equal(kd_x86_exception(14)->mnemonic, "#PF");
	assert_int_equal(kd_x86_exception(3)->cls, 't');
	assert_null(kd_x86_exception(15));
	assert_null(kd_x86_exception(255));
	assert_int_equal(
		kd_x86_exception_line(KD_V("general protection fault, probably for non-canonical "
					   "address 0xdffffc0000000003: 0000 [#1]"))
			->vector,
		13);
	assert_int_equal(
		kd_x86_exception_line(KD_V("Oops: general protection fault, probably for"))->vector,
		13);
	assert_int_equal(
		kd_x86_exception_line(KD_V("invalid opcode: 0000 [#1] PREEMPT SMP"))->vector, 6);
	assert_int_equal(
		kd_x86_exception_line(KD_V("PANIC: double fault, error_code: 0x0"))->vector, 8);
	assert_null(kd_x86_exception_line(KD_V("invalid opcodes are bad")));
	assert_null(kd_x86_exception_line(KD_V("Oops: Oops: ")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_fault_code),
		cmocka_unit_test(page_fault_lines),
		cmocka_unit_test(not_page_fault_lines),
		cmocka_unit_test(selectors),
		cmocka_unit_test(modes),
		cmocka_unit_test(bit_tables),
		cmocka_unit_test(exceptions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
