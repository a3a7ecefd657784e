// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "report/hwerr.h"

static bool is(struct kd_view v, const char *want)
{
	if (!kd_view_eq(v, kd_view_of(want)))
		print_message("'%.*s' is not '%s'\n", KD_VARG(v), want);
	return kd_view_eq(v, kd_view_of(want));
}

static void mce_record(void **state)
{
	struct kd_mce m = {0};
	(void)state;

	assert_int_equal(kd_mce_line(KD_V("mce: [Hardware Error]: CPU 2: Machine Check: 0 Bank 5: "
					  "be00000000800400"),
				     &m),
			 KD_MCE_NEW);
	assert_true(m.has_cpu && m.cpu == 2 && m.has_bank && m.bank == 5 && !m.exception);
	assert_true(m.status == 0xbe00000000800400);
	assert_int_equal(kd_mce_line(KD_V("mce: [Hardware Error]: RIP !INEXACT! "
					  "10:<ffffffff8103d1e2> {intel_idle+0x112/0x190}"),
				     &m),
			 KD_MCE_MORE);
	assert_true(m.has_ip && m.inexact && m.cs == 0x10 && m.ip == 0xffffffff8103d1e2);
	assert_true(is(m.ip_sym, "intel_idle+0x112/0x190"));
	assert_int_equal(
		kd_mce_line(KD_V("mce: [Hardware Error]: TSC 0 ADDR 3fff81 MISC 7f PPIN 12ab "),
			    &m),
		KD_MCE_MORE);
	assert_true(m.has_tsc && m.has_addr && m.has_misc);
	assert_int_equal(m.addr, 0x3fff81);
	assert_int_equal(m.misc, 0x7f);
	assert_int_equal(m.ppin, 0x12ab);
	assert_int_equal(kd_mce_line(KD_V("mce: [Hardware Error]: PROCESSOR 0:50654 TIME "
					  "1700000000 SOCKET 1 APIC 40 microcode 2006e05"),
				     &m),
			 KD_MCE_MORE);
	assert_true(m.has_proc);
	assert_int_equal(m.cpuid, 0x50654);
	assert_int_equal(m.time, 1700000000);
	assert_int_equal(m.socket, 1);
	assert_int_equal(m.apic, 0x40);
	assert_int_equal(m.microcode, 0x2006e05);
	assert_false(m.is_amd);
	assert_int_equal(
		kd_mce_line(KD_V("mce: [Hardware Error]: Run the above through 'mcelog --ascii'"),
			    &m),
		KD_MCE_INFO);
	assert_int_equal(
		kd_mce_line(KD_V("mce: [Hardware Error]: Machine check: Processor context corrupt"),
			    &m),
		KD_MCE_PANIC);
	assert_true(is(m.panic, "Processor context corrupt"));
}

static void mce_status(void **state)
{
	struct kd_mce m = {.has_bank = true, .status = 0xbe00000000800400};
	struct kd_mci s;
	(void)state;

	kd_mci_decode(m.status, &s);
	assert_true(s.val && !s.over && s.uc && s.en && s.miscv && s.addrv && s.pcc && !s.s);
	assert_int_equal(s.code, 0x400);
	assert_int_equal(s.model, 0x80);
	assert_non_null(strstr(s.words, "timer"));
	assert_int_equal(kd_mce_severity(&m).severity, KD_HW_FATAL);
	assert_string_equal(kd_mce_severity(&m).words, "processor context corrupt");
}

static void mce_not_lines(void **state)
{
	static const char *const bad[] = {"",
					  "mce: ",
					  "mce: CPU supports 20 MCE banks",
					  "CPU 2: Machine",
					  "CPU 2: Machine Check: 0 Bank",
					  "CPU 2: Machine Check: 0 Bank 5:",
					  "CPU x: Machine Check: 0 Bank 5: 1",
					  "TSC 0 ADDR 1",
					  "RIP 10:<ff>",
					  "[Hardware Error]: ",
					  "CPU 99999999999: Machine Check: 0 Bank 5: 1"};
	struct kd_mce m = {0};
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		assert_int_equal(kd_mce_line(kd_view_of(bad[i]), &m), KD_MCE_NONE);
	assert_false(m.has_bank || m.has_tsc || m.has_ip);
	assert_int_equal(kd_mce_severity(&m).severity, KD_HW_UNKNOWN);
}

struct code {
	uint16_t code;
	enum kd_mca_class cls;
	const char *words;
	int channel;
};

static void mca_codes(void **state)
{
	static const struct code rows[] = {
		{0x0000, KD_MCA_NONE, "no error", -1},
		{0x0005, KD_MCA_SIMPLE, "internal parity error", -1},
		{0x0090, KD_MCA_MEMCTL, "memory read error", 0},
		{0x00c1, KD_MCA_MEMCTL, "memory scrubbing error", 1},
		{0x009f, KD_MCA_MEMCTL, "memory read error", -1},
		{0x0134, KD_MCA_CACHE, "cache hierarchy error", -1},
		{0x0150, KD_MCA_CACHE, "cache hierarchy error", -1},
		{0x1136, KD_MCA_CACHE, "cache hierarchy error", -1},
		{0x0011, KD_MCA_TLB, "TLB error", -1},
		{0x000e, KD_MCA_CACHE, "generic cache hierarchy error", -1},
		{0x0e0f, KD_MCA_BUS, "bus or interconnect error", -1},
		{0x0281, KD_MCA_EXTMEM, "memory controller error", 1},
		{0x0410, KD_MCA_INTERNAL, "internal error without a class", -1},
		{0x2000, KD_MCA_UNKNOWN, "unknown error code", -1},
	};
	struct kd_mci s;
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		kd_mci_decode(rows[i].code, &s);
		assert_string_equal(s.words, rows[i].words);
		assert_int_equal(s.cls, rows[i].cls);
		assert_int_equal(s.channel, rows[i].channel);
	}
	kd_mci_decode(0x0134, &s);
	assert_string_equal(s.transaction, "data");
	assert_string_equal(s.request, "data read");
	assert_string_equal(s.level, "level 0");
	kd_mci_decode(0x1136, &s);
	assert_true(s.filtered);
	kd_mci_decode(0x0f0f, &s);
	assert_true(s.timeout);
	for (unsigned c = 0; c <= 0xffff; c++) {
		kd_mci_decode(c, &s);
		assert_non_null(s.words);
	}
}

static void severities(void **state)
{
	struct kd_mce m = {.has_bank = true};
	(void)state;

	m.status = 0x8c00004000010090; /* corrected memory read */
	assert_int_equal(kd_mce_severity(&m).severity, KD_HW_CORRECTED);
	assert_false(kd_mce_severity(&m).hypothesis);
	m.status = 0xbd80000000100134; /* UC, S, AR */
	assert_int_equal(kd_mce_severity(&m).severity, KD_HW_RECOVERABLE);
	assert_true(kd_mce_severity(&m).hypothesis);
	m.exception = true;
	m.mcg_status = KD_MCG_MCIP;
	assert_int_equal(kd_mce_severity(&m).severity, KD_HW_FATAL);
	m.mcg_status = KD_MCG_MCIP | KD_MCG_RIPV;
	assert_int_equal(kd_mce_severity(&m).severity, KD_HW_RECOVERABLE);
	m = (struct kd_mce){.has_bank = true, .is_amd = true, .status = 0x9c00100000000000};
	assert_int_equal(kd_mce_severity(&m).severity, KD_HW_DEFERRED);
	m.status = 0;
	assert_int_equal(kd_mce_severity(&m).severity, KD_HW_UNKNOWN);
}

static void amd(void **state)
{
	struct kd_amd_mce m = {0};
	(void)state;

	assert_true(kd_amd_mce_line(KD_V("[Hardware Error]: Corrected error, no action required."),
				    &m));
	assert_true(kd_amd_mce_line(
		KD_V("[Hardware Error]: CPU:2 (17:31:0) "
		     "MC17_STATUS[Over|CE|MiscV|AddrV|-|-|SyndV|CECC|-|-|-]: 0xdc2040000000011b"),
		&m));
	assert_true(m.has_status && m.status == 0xdc2040000000011b && m.cpu == 2 && m.bank == 17 &&
		    m.overflow);
	assert_true(!m.uncorrected && m.ecc && !m.deferred && is(m.model, "17:31:0"));
	assert_true(kd_amd_mce_line(KD_V("[Hardware Error]: Error Addr: 0x00000001f9a5d880"), &m));
	assert_true(m.has_addr && m.addr == 0x1f9a5d880);
	assert_true(kd_amd_mce_line(KD_V("[Hardware Error]: Unified Memory Controller Ext. Error "
					 "Code: 0, DRAM ECC error."),
				    &m));
	assert_true(is(m.unit, "Unified Memory Controller") && m.ext_code == 0 &&
		    is(m.error, "DRAM ECC error."));
	assert_true(kd_amd_mce_line(
		KD_V("[Hardware Error]: cache level: L3/GEN, tx: GEN, mem-tx: RD"), &m));
	assert_true(is(m.detail, "cache level: L3/GEN, tx: GEN, mem-tx: RD"));
	assert_true(kd_amd_mce_line(
		KD_V("[Hardware Error]: MC2 Error: VB Data ECC or parity error."), &m));
	assert_true(is(m.unit, "MC2 Error"));
	assert_false(kd_amd_mce_line(KD_V("CPU:2 (17:31:0) MC17_STATUS[Over]: 0x1"), &m));
	assert_false(
		kd_amd_mce_line(KD_V("[Hardware Error]: CPU:2 (17:31:0) MC17_STATUS[Over"), &m));
	assert_false(kd_amd_mce_line(KD_V("[Hardware Error]: "), &m));
}

static void ghes(void **state)
{
	static const char *const lines[] = {
		"{1}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 4",
		"{1}[Hardware Error]: event severity: fatal",
		"{1}[Hardware Error]:  Error 0, type: recoverable",
		"{1}[Hardware Error]:  fru_text: DIMM_A1",
		"{1}[Hardware Error]:   section_type: memory error",
		"{1}[Hardware Error]:   physical_address: 0x00000012345678c0",
		"{1}[Hardware Error]:   node:0 card:1 module:0 rank:1 bank:3 row:1234 column:56",
		"{1}[Hardware Error]:   error_type: 3, multi-bit ECC",
		"{1}[Hardware Error]:   DIMM location: P1 DIMM_A1",
	};
	struct kd_ghes g = {0};
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(lines); i++)
		assert_true(kd_ghes_line(kd_view_of(lines[i]), &g));
	assert_true(g.has_seq && g.seq == 1 && g.has_source && g.source == 4);
	assert_int_equal(g.severity, KD_HW_FATAL);
	assert_int_equal(g.section_severity, KD_HW_RECOVERABLE);
	assert_true(is(g.section_type, "memory error") && is(g.error_type, "3, multi-bit ECC") &&
		    is(g.fru, "DIMM_A1"));
	assert_true(g.has_addr && g.addr == 0x12345678c0 && is(g.dimm, "P1 DIMM_A1"));
	assert_true(kd_ghes_line(KD_V("[Hardware Error]: event severity: corrected"), &g));
	assert_int_equal(g.severity, KD_HW_CORRECTED);
	assert_false(kd_ghes_line(KD_V("[Hardware Error]: CPU 2: Machine Check: 0 Bank 5: 1"), &g));
	assert_false(kd_ghes_line(KD_V("{1[Hardware Error]: event severity: fatal"), &g));
	assert_false(kd_ghes_line(KD_V("{99999999999}[Hardware Error]: x"), &g));
	assert_false(kd_ghes_line(KD_V("{"), &g));
	assert_false(kd_ghes_line(KD_VNULL, &g));
}

static void edac(void **state)
{
	struct kd_edac e;
	(void)state;

	assert_true(kd_edac_line(
		KD_V("EDAC MC0: 1 UE memory read error on CPU_SrcID#0_MC#0_Chan#1_DIMM#0 "
		     "(channel:1 slot:0 page:0x1234 offset:0xc0 grain:32 -  err_code:0x0101:0x0091 "
		     "SystemAddress:0x1)"),
		&e));
	assert_true(e.uncorrected && e.count == 1 && is(e.ctl, "MC0") &&
		    is(e.msg, "memory read error"));
	assert_true(is(e.label, "CPU_SrcID#0_MC#0_Chan#1_DIMM#0") &&
		    is(e.where, "channel:1 slot:0"));
	assert_true(e.has_page && e.page == 0x1234 && e.offset == 0xc0 && e.has_grain &&
		    e.grain == 32 && !e.has_syndrome);
	assert_true(is(e.detail, "err_code:0x0101:0x0091 SystemAddress:0x1"));
	assert_true(kd_edac_line(KD_V("EDAC MC1: 2 CE on unknown memory (csrow:2 channel:1 "
				      "page:0x1 offset:0x0 grain:64 syndrome:0x17)"),
				 &e));
	assert_true(!e.uncorrected && is(e.label, "unknown memory") && !e.msg.p &&
		    e.syndrome == 0x17);
	assert_false(kd_edac_line(KD_V("EDAC MC: Ver: 3.0.0"), &e));
	assert_false(kd_edac_line(KD_V("EDAC DEVICE0: Giving out device to module x"), &e));
	assert_false(kd_edac_line(KD_V("EDAC MC0: 1 XE y"), &e));
	assert_false(kd_edac_line(KD_V("EDAC "), &e));
	assert_true(kd_edac_line(KD_V("EDAC MC0: 1 CE ("), &e));
}

static void aer(void **state)
{
	struct kd_aer a = {0};
	(void)state;

	assert_int_equal(kd_aer_line(KD_V("pcieport 0000:00:1c.0: AER: Uncorrected (Fatal) error "
					  "received: 0000:01:00.0"),
				     &a),
			 KD_AER_NEW);
	assert_true(is(a.driver, "pcieport") && is(a.reporter, "0000:00:1c.0") &&
		    is(a.source, "0000:01:00.0"));
	assert_int_equal(a.severity, KD_HW_FATAL);
	assert_int_equal(kd_aer_line(KD_V("nvme 0000:01:00.0: PCIe Bus Error: severity=Uncorrected "
					  "(Fatal), type=Transaction Layer, (Requester ID)"),
				     &a),
			 KD_AER_MORE);
	assert_true(is(a.layer, "Transaction Layer") && is(a.agent, "Requester ID"));
	assert_int_equal(kd_aer_line(KD_V("nvme 0000:01:00.0:   device [144d:a808] error "
					  "status/mask=00004000/00400000"),
				     &a),
			 KD_AER_MORE);
	assert_true(a.has_id && a.vendor == 0x144d && a.status == 0x4000 && a.mask == 0x400000);
	assert_int_equal(
		kd_aer_line(KD_V("nvme 0000:01:00.0:    [14] CmpltTO                (First)"), &a),
		KD_AER_MORE);
	assert_true(a.bits == 0x4000 && a.first_set && a.first == 14);
	assert_int_equal(kd_aer_line(KD_V("nvme 0000:01:00.0:   TLP Header: 04000001 0000000f "
					  "02000000 00000000"),
				     &a),
			 KD_AER_MORE);
	assert_true(is(a.tlp, "04000001 0000000f 02000000 00000000"));
	assert_int_equal(kd_aer_line(KD_V("pcieport 0000:00:1c.5: AER: Multiple Correctable error "
					  "message received from 0000:00:1c.5"),
				     &a),
			 KD_AER_NEW);
	assert_true(a.multiple && a.severity == KD_HW_CORRECTED && !a.bits);
	a = (struct kd_aer){0};
	assert_int_equal(
		kd_aer_line(KD_V("pcieport 0000:00:1c.5: PCIe Bus Error: severity=Corrected, "
				 "type=Physical Layer, id=00e5(Receiver ID)"),
			    &a),
		KD_AER_NEW);
	assert_true(is(a.agent, "Receiver ID") && is(a.source, "0000:00:1c.5"));
	assert_int_equal(kd_aer_line(KD_V("pcieport 0000:00:01.2: AER: enabled with IRQ 25"), &a),
			 KD_AER_INFO);
	assert_string_equal(kd_aer_bit(false, 14), "completion timeout");
	assert_string_equal(kd_aer_bit(true, 6), "bad TLP");
	assert_null(kd_aer_bit(true, 1));
}

static void aer_not_lines(void **state)
{
	static const char *const bad[] = {"",
					  "pcieport",
					  "pcieport 0000:00:1c.0",
					  "pcieport 0000:00:1c: AER: x",
					  "pci 0000:00:1c.0: [8086:a294] type 01 class 0x060400",
					  "nvme nvme0: pci function 0000:01:00.0",
					  "pcieport 0000:00:1c.0:   device [8086",
					  "0000:00:1c.0:    [99] X",
					  "x 0000:00:1c.0:"};
	struct kd_aer a = {0};
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		assert_int_equal(kd_aer_line(kd_view_of(bad[i]), &a), KD_AER_NONE);
	assert_true(kd_pci_address(KD_V("0000:00:1f.3")));
	assert_false(kd_pci_address(KD_V("0000:00:1f")));
	assert_false(kd_pci_address(KD_V("0000:00:1f.3x")));
	assert_false(kd_pci_address(KD_VNULL));
}

/* Cuts of a line of each format in memory of exactly that size. */
static void cut_anywhere(void **state)
{
	static const char *const lines[] = {
		"mce: [Hardware Error]: CPU 2: Machine Check Exception: 5 Bank 4: be00000000800400",
		"mce: [Hardware Error]: RIP !INEXACT! 10:<ffffffff8103d1e2> "
		"{intel_idle+0x112/0x190}",
		"mce: [Hardware Error]: PROCESSOR 0:50654 TIME 1700000000 SOCKET 1 APIC 40 "
		"microcode 2006e05",
		"[Hardware Error]: CPU:2 (17:31:0) MC17_STATUS[Over|CE]: 0xdc2040000000011b",
		"[Hardware Error]: Unified Memory Controller Ext. Error Code: 0, DRAM ECC error.",
		"{1}[Hardware Error]:  Error 0, type: recoverable",
		"EDAC MC0: 1 CE read error on A (channel:1 page:0x1 offset:0x0 grain:8 "
		"syndrome:0x0 - x)",
		"pcieport 0000:00:1c.0: AER: Uncorrected (Fatal) error received: 0000:01:00.0",
		"nvme 0000:01:00.0: PCIe Bus Error: severity=Corrected, type=Physical Layer, "
		"(Receiver ID)",
		"nvme 0000:01:00.0:   device [144d:a808] error status/mask=00004000/00400000",
	};
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(lines); i++)
		for (size_t n = 0; n <= strlen(lines[i]); n++) {
			char *copy = kd_xstrndup(lines[i], n);
			struct kd_view v = kd_view(copy, n);
			struct kd_mce m = {0};
			struct kd_amd_mce am = {0};
			struct kd_ghes g = {0};
			struct kd_edac e;
			struct kd_aer a = {.has_severity = true};

			(void)kd_mce_line(v, &m);
			(void)kd_amd_mce_line(v, &am);
			(void)kd_ghes_line(v, &g);
			(void)kd_edac_line(v, &e);
			(void)kd_aer_line(v, &a);
			kd_free(copy);
		}
	assert_string_equal(kd_hw_severity_name(KD_HW_FATAL), "fatal");
	assert_string_equal(kd_hw_severity_name((enum kd_hw_severity)77), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mce_record),    cmocka_unit_test(mce_status),
		cmocka_unit_test(mce_not_lines), cmocka_unit_test(mca_codes),
		cmocka_unit_test(severities),    cmocka_unit_test(amd),
		cmocka_unit_test(ghes),          cmocka_unit_test(edac),
		cmocka_unit_test(aer),           cmocka_unit_test(aer_not_lines),
		cmocka_unit_test(cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
