/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hwerr.h: hardware errors as the kernel prints them, read into plain structs.
 *
 *	struct kd_mce m = {0};
 *	for each line:
 *		if (kd_mce_line(text, &m) == KD_MCE_NEW) …   // a new record begins
 *	struct kd_mci s;
 *	kd_mci_decode(m.status, &s);     // s.words "memory controller read error, channel 0"
 *	kd_mce_severity(&m)->words       // "processor context corrupt: panic"
 *
 * Only what all x86 processors agree on is decoded (the architectural MCA codes); model
 * specific codes are given as numbers. A hardware record is never a software candidate.
 *
 * Sources: arch/x86/kernel/cpu/mce/core.c, __print_mce(); mce/severity.c; arch/x86/
 * include/asm/mce.h; Intel SDM volume 3, 15.3.2 (MCi_STATUS) and 15.9 (error codes);
 * drivers/edac/mce_amd.c; drivers/edac/edac_mc.c (edac_ce_error, edac_ue_error);
 * drivers/acpi/apei/ghes.c and drivers/firmware/efi/cper.c; drivers/pci/pcie/aer.c.
 */
#ifndef KD_REPORT_HWERR_H
#define KD_REPORT_HWERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

/* --- machine checks ------------------------------------------------------------------ */

struct kd_mce {
	bool exception; /* "Machine Check Exception": reported by #MC, not by polling */
	bool has_cpu, has_bank, has_ip, has_tsc, has_addr, has_misc, has_ppin, has_synd, has_ipid,
		has_proc;
	bool inexact; /* "!INEXACT!": RIP need not be the guilty instruction */
	bool is_amd;  /* vendor number, or printed by the AMD decoder */
	uint32_t cpu, bank;
	uint64_t mcg_status, status;
	uint64_t ip, tsc, addr, misc, ppin, synd, ipid;
	uint16_t cs;
	struct kd_view ip_sym; /* "foo+0x1/0x2", borrowed */
	uint32_t vendor, cpuid, socket, apic, microcode;
	uint64_t time; /* seconds since 1970 as the machine's clock said */
	struct kd_view panic; /* "Machine check: Processor context corrupt" */
};

enum kd_mce_what {
	KD_MCE_NONE,  /* not a machine check line; ret is untouched */
	KD_MCE_NEW,   /* a record begins: ret was cleared and filled */
	KD_MCE_MORE,  /* belongs to the record in ret */
	KD_MCE_PANIC, /* why the kernel gives up: ret->panic */
	KD_MCE_INFO,  /* a machine check line without a field ("Run the above through …") */
};

/* One line without prefix; "mce: " in front and "[Hardware Error]: " may be there or not. */
enum kd_mce_what kd_mce_line(struct kd_view line, struct kd_mce *ret);

enum kd_mca_class {
	KD_MCA_NONE,	 /* 0: no error */
	KD_MCA_SIMPLE,	 /* see words */
	KD_MCA_TLB,
	KD_MCA_MEMCTL,	 /* memory controller */
	KD_MCA_EXTMEM,	 /* memory used as cache (3D XPoint, HBM) */
	KD_MCA_CACHE,	 /* cache hierarchy */
	KD_MCA_BUS,	 /* bus and interconnect */
	KD_MCA_INTERNAL, /* unclassified internal error */
	KD_MCA_UNKNOWN,
};

/* MCi_STATUS, taken apart. */
struct kd_mci {
	bool val, over, uc, en, miscv, addrv, pcc, s, ar; /* s, ar: Intel with recovery */
	uint16_t code;	 /* MCA error code, bits 15…0 */
	uint16_t model;	 /* model-specific code, bits 31…16: given, not decoded */
	uint8_t cls;	 /* enum kd_mca_class */
	bool filtered;	 /* bit 12: correction report filtering */
	const char *transaction; /* "data", "instruction", "generic", or NULL */
	const char *level;	 /* "level 1" …, or NULL */
	const char *request;	 /* "read", "write", "prefetch" …, or NULL */
	const char *participation; /* bus: "this processor asked", or NULL */
	const char *area;	 /* bus: "memory", "I/O", "other", or NULL */
	bool timeout;		 /* bus */
	int channel;		 /* memory controller; -1: not specified */
	const char *words;	 /* "cache hierarchy error" */
};

void kd_mci_decode(uint64_t status, struct kd_mci *ret);

#define KD_MCG_RIPV 1u /* the program can be restarted at the pushed RIP */
#define KD_MCG_EIPV 2u /* the pushed RIP belongs to the error */
#define KD_MCG_MCIP 4u /* machine check in progress */
#define KD_MCG_LMCE 8u /* local to this processor */

enum kd_hw_severity {
	KD_HW_UNKNOWN,
	KD_HW_INFO,
	KD_HW_CORRECTED,   /* the hardware put it right */
	KD_HW_DEFERRED,	   /* found, not consumed yet (AMD deferred, Intel UCNA, AO) */
	KD_HW_RECOVERABLE, /* not corrected; software can contain it */
	KD_HW_FATAL,
};

struct kd_mce_severity {
	uint8_t severity;  /* enum kd_hw_severity */
	const char *words; /* "processor context corrupt" */
	bool hypothesis;   /* depends on a capability that the text doesn't show */
};

/* From status and MCG status alone; the kernel also knows the context. */
struct kd_mce_severity kd_mce_severity(const struct kd_mce *m);

const char *kd_hw_severity_name(enum kd_hw_severity s); /* "corrected" …; never NULL */

/* --- AMD's decoded lines -------------------------------------------------------------- */

struct kd_amd_mce {
	bool has_status, has_addr, has_bank, has_cpu;
	bool overflow, uncorrected, deferred, pcc, poison, ecc, scrub;
	uint32_t cpu, bank;
	uint64_t status, addr;
	struct kd_view model;	 /* "17:31:0" */
	struct kd_view unit;	 /* "Unified Memory Controller", "MC4 Error" */
	uint32_t ext_code;	 /* "Ext. Error Code: 0"; valid with unit */
	struct kd_view error;	 /* the words behind it */
	struct kd_view flags;	 /* "Over|CE|MiscV|-|AddrV|-|-|SyndV|UECC|Deferred|-|-" */
	struct kd_view detail;	 /* "cache level: L3/GEN, mem/io: MEM …" */
};

/* Lines behind "[Hardware Error]: " of the AMD decoder; they add up. */
bool kd_amd_mce_line(struct kd_view line, struct kd_amd_mce *ret);

/* --- firmware first (APEI/GHES, CPER) -------------------------------------------------- */

struct kd_ghes {
	bool has_seq, has_source, has_addr, has_section;
	uint32_t seq;	  /* the n of {n} */
	uint32_t source;  /* generic hardware error source */
	uint8_t severity; /* enum kd_hw_severity of the event */
	uint8_t section_severity; /* of the section read last */
	uint32_t section; /* "Error 0, type: …" */
	struct kd_view type;	     /* of the section: "corrected" … */
	struct kd_view section_type; /* "memory error", "PCIe error" … */
	struct kd_view error_type;   /* memory: "2, single-bit ECC" */
	struct kd_view fru;
	struct kd_view device;	     /* PCIe: "0000:80:02.0" */
	uint64_t addr;		     /* physical address */
	struct kd_view dimm;	     /* "DIMM location: …" */
	struct kd_view where;	     /* "node: 0 card: 1 module: 0 …" */
};

/* Lines "{1}[Hardware Error]: …" (also without the number); they add up. */
bool kd_ghes_line(struct kd_view line, struct kd_ghes *ret);

/* --- EDAC ------------------------------------------------------------------------------ */

struct kd_edac {
	struct kd_view ctl;   /* "MC0", "DEVICE1", "PCI0" */
	uint64_t count;
	bool uncorrected;
	bool has_page, has_offset, has_grain, has_syndrome;
	uint64_t page, offset, grain, syndrome;
	struct kd_view msg;   /* "memory read error" */
	struct kd_view label; /* "CPU_SrcID#0_MC#0_Chan#1_DIMM#0" */
	struct kd_view where; /* "channel:1 slot:0" */
	struct kd_view detail;
};

/* "EDAC MC0: 1 CE memory read error on … (…)". Start-up lines are not taken. */
bool kd_edac_line(struct kd_view line, struct kd_edac *ret);

/* --- PCIe advanced error reporting ------------------------------------------------------ */

struct kd_aer {
	struct kd_view driver;	  /* who printed: "pcieport", "nvme" */
	struct kd_view reporter;  /* address of the printing device, "0000:00:1c.0" */
	struct kd_view source;	  /* device that sent the message, when named */
	bool multiple;
	bool has_severity, has_id, has_status, first_set;
	uint8_t severity;	  /* corrected, recoverable (non-fatal) or fatal */
	struct kd_view layer;	  /* "Transaction Layer" */
	struct kd_view agent;	  /* "Requester ID" */
	uint32_t vendor, device;
	uint32_t status, mask;
	uint32_t bits;		  /* of the "[14] CmpltTO" lines */
	uint8_t first;		  /* bit marked "(First)" */
	struct kd_view tlp;	  /* header words */
};

enum kd_aer_what { KD_AER_NONE, KD_AER_NEW, KD_AER_MORE, KD_AER_INFO };

/*
 * One line. NEW: "… AER: Uncorrected (Fatal) error received: …" or a "PCIe Bus Error:"
 * of another device; ret was cleared. INFO: about AER, but no error.
 */
enum kd_aer_what kd_aer_line(struct kd_view line, struct kd_aer *ret);

/* Name of a status bit: "completion timeout"; NULL: unknown. */
const char *kd_aer_bit(bool correctable, unsigned bit);

/* "0000:00:1f.3": four parts; false when it isn't one. */
bool kd_pci_address(struct kd_view v);

#endif
