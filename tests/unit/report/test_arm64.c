// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "report/arm64.h"
#include "report/cpucodes.h"

static void data_abort(void **state)
{
	struct kd_esr e;
	(void)state;

	kd_esr_decode(0x96000004, &e);
	assert_true(e.is_abort && e.is_data && !e.user && !e.write && e.il && !e.fnv);
	assert_string_equal(e.ec_words, "DABT (current EL)");
	assert_string_equal(e.fsc_words, "level 0 translation fault");
	assert_int_equal(e.level, 0);
	kd_esr_decode(0x9600004f, &e);
	assert_true(e.write);
	assert_string_equal(e.fsc_words, "level 3 permission fault");
	kd_esr_decode(0x96000410, &e); /* external abort with FAR not valid */
	assert_true(e.fnv);
	assert_string_equal(e.fsc_words, "synchronous external abort");
	assert_int_equal(e.level, -128);
	kd_esr_decode(0x93c08044, &e); /* ISV: 8 bytes, x0 */
	assert_true(e.isv);
	assert_int_equal(e.access_size, 8);
	kd_esr_decode(0x86000004, &e);
	assert_true(e.is_abort && !e.is_data);
	assert_string_equal(e.ec_words, "IABT (current EL)");
	kd_esr_decode(0x9600006b, &e);
	assert_int_equal(e.level, -1);
}

static void traps(void **state)
{
	struct kd_brk_kasan k;
	struct kd_esr e;
	(void)state;

	kd_esr_decode(0xf2000800, &e);
	assert_true(e.is_brk && !e.is_abort);
	assert_string_equal(e.brk_words, "BUG() or WARN()");
	kd_esr_decode(0xf2000934, &e);
	assert_string_equal(e.brk_words, "KASAN (software tags)");
	assert_true(kd_brk_kasan(e.brk, &k));
	assert_true(k.recover && k.write && k.sized && k.size == 16);
	assert_true(kd_brk_kasan(0x90f, &k));
	assert_false(k.sized);
	assert_false(kd_brk_kasan(0x800, &k));
	assert_string_equal(kd_brk_ubsan(0x5512), "array index out of bounds");
	assert_null(kd_brk_ubsan(0x55ff));
	assert_null(kd_brk_ubsan(0x12));
	assert_null(kd_brk_words(0xffff));
	assert_non_null(strstr(kd_brk_words(0x8012), "CFI"));
	kd_esr_decode(0xbe000011, &e);
	assert_true(e.is_serror);
	assert_non_null(strstr(e.serror_words, "uncontainable"));
	kd_esr_decode(0xbf000000, &e);
	assert_non_null(strstr(e.serror_words, "implementation"));
	/* All classes have words. */
	for (uint64_t ec = 0; ec < 64; ec++) {
		kd_esr_decode(ec << 26, &e);
		assert_non_null(e.ec_words);
	}
}

static void info_lines(void **state)
{
	static const char *const lines[] = {
		"Mem abort info:",
		"  ESR = 0x0000000096000044",
		"  EC = 0x25: DABT (current EL), IL = 32 bits",
		"  SET = 0, FnV = 0",
		"  EA = 0, S1PTW = 0",
		"  FSC = 0x04: level 0 translation fault",
		"Data abort info:",
		"  ISV = 0, ISS = 0x00000044, ISS2 = 0x00000000",
		"  CM = 0, WnR = 1, TnD = 0, TagAccess = 0",
		"swapper pgtable: 4k pages, 48-bit VAs, pgdp=0000000041a3a000",
	};
	struct kd_mem_abort m = {0};
	struct kd_esr e;
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(lines); i++)
		assert_true(kd_mem_abort_line(kd_view_of(lines[i]), &m));
	assert_true(m.has_esr && m.esr == 0x96000044 && m.has_ec && m.ec == 0x25);
	assert_int_equal(m.ec_text.n, strlen("DABT (current EL)"));
	assert_int_equal(m.fsc_text.n, strlen("level 0 translation fault"));
	assert_true(m.has_write && m.write && m.has_iss && m.iss == 0x44);
	assert_true(m.page_kb == 4 && m.va_bits == 48 && !m.user_pgtable);
	kd_esr_decode(m.esr, &e);
	assert_null(kd_mem_abort_conflict(&m, &e));
	kd_esr_decode(0x96000004, &e);
	assert_non_null(kd_mem_abort_conflict(&m, &e));
	m.has_esr = false;
	assert_non_null(kd_mem_abort_conflict(&m, &e)); /* WnR */
}

static void not_info_lines(void **state)
{
	static const char *const bad[] = {"",
					  "ESR",
					  "ESR = ",
					  "ESR = x",
					  "ESR: 0x12",
					  "FSC = ",
					  "CM = 2",
					  "EC = 0x11112222333344445555",
					  "pgtable: 4k pages",
					  "Exception class"};
	struct kd_mem_abort m = {0};
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		assert_false(kd_mem_abort_line(kd_view_of(bad[i]), &m));
	assert_true(kd_mem_abort_line(KD_V("user pgtable: 999999999999k pages, 48"), &m));
	assert_int_equal(m.page_kb, 0);
	assert_int_equal(m.va_bits, 0);
}

static void pointers(void **state)
{
	(void)state;
	assert_true(kd_arm64_strip(0xffdf80008012a000, 0, 48) == 0xffff80008012a000);
	assert_true(kd_arm64_strip(0x00240000c0123400, 0, 48) == 0x00000000c0123400);
	assert_true(kd_arm64_strip(0xf3ff0000c0123400, 0, 0) == 0xffff0000c0123400);
	assert_true(kd_arm64_strip(0xffdf80008012a000, 0xff7f000000000000, 0) ==
		    0xffff80008012a000);
	assert_true(kd_arm64_has_pac(0xffdf80008012a000, 48));
	assert_false(kd_arm64_has_pac(0xffff80008012a000, 48));
	assert_false(kd_arm64_has_pac(0, 52));
	/* With 52 bits the high nibble of the address is address. */
	assert_false(kd_arm64_has_pac(0xfff5000012345678, 52));
}

static void pstate(void **state)
{
	struct kd_pstate p;
	(void)state;

	kd_pstate_decode(0x604000c5, &p);
	assert_true(!p.n && p.z && p.c && !p.v && p.i && p.f && !p.d && !p.a && p.pan);
	assert_int_equal(p.el, 1);
	assert_false(p.sp_el0 || p.aarch32);
	kd_pstate_decode(0x10, &p);
	assert_true(p.aarch32);
	assert_int_equal(p.el, 0);
}

static void arm32(void **state)
{
	struct kd_arm_fsr f;
	(void)state;

	kd_arm_fsr_decode(0x817, false, &f); /* write, page translation fault, domain 1 */
	assert_true(f.write);
	assert_string_equal(f.words, "page translation fault");
	assert_int_equal(f.domain, 1);
	kd_arm_fsr_decode(0x005, false, &f);
	assert_string_equal(f.words, "section translation fault");
	assert_false(f.write);
	kd_arm_fsr_decode(0x80000007, true, &f);
	assert_string_equal(f.words, "page translation fault");
	kd_arm_fsr_decode(0xa06, false, &f); /* LPAE, write */
	assert_string_equal(f.words, "level 2 translation fault");
	assert_true(f.write);
	assert_int_equal(f.level, 2);
	kd_arm_fsr_decode(0x406, false, &f);
	assert_string_equal(f.words, "imprecise external abort");
	kd_arm_fsr_decode(0xffffffff, false, &f);
	assert_string_equal(f.words, "unknown fault status");
}

static void others(void **state)
{
	size_t n = 0;
	(void)state;

	assert_string_equal(kd_riscv_cause(13)->words, "load page fault");
	assert_int_equal(kd_riscv_cause(15)->access, 'w');
	assert_null(kd_riscv_cause(14));
	assert_null(kd_riscv_cause(UINT64_MAX));
	assert_true(kd_riscv_cause_is_irq(0x8000000000000005, 64));
	assert_false(kd_riscv_cause_is_irq(5, 32));
	assert_non_null(strstr(kd_ppc_trap(0x301)->words, "load or store"));
	assert_string_equal(kd_ppc_trap(0x700)->name, "PROGRAM");
	assert_null(kd_ppc_trap(0x7770));
	while (kd_ppc_dsisr_bit(n))
		n++;
	assert_true(n > 8);
	assert_string_equal(kd_s390_pgm(0x3b)->words, "region third translation");
	assert_string_equal(kd_s390_pgm(0x84)->words, "protection exception");
	assert_null(kd_s390_pgm(0x7f));
	assert_string_equal(kd_loongarch_ecode(kd_loongarch_estat_ecode(0x10000))->name, "PIL");
	assert_string_equal(kd_loongarch_ecode(12)->name, "BRK");
	assert_null(kd_loongarch_ecode(63));
	assert_string_equal(kd_mips_exccode(kd_mips_cause_exccode(0x8))->name, "TLBL");
	assert_null(kd_mips_exccode(31));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_abort), cmocka_unit_test(traps),
		cmocka_unit_test(info_lines), cmocka_unit_test(not_info_lines),
		cmocka_unit_test(pointers),   cmocka_unit_test(pstate),
		cmocka_unit_test(arm32),      cmocka_unit_test(others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
