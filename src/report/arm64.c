// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/arm64.h"

#include "base/alloc.h"

/* Names as esr_class_str[] of arch/arm64/kernel/traps.c prints them. */
static const char *const ec_words[64] = {
	[0x00] = "Unknown/Uncategorized",
	[0x01] = "WFI/WFE",
	[0x03] = "CP15 MCR/MRC",
	[0x04] = "CP15 MCRR/MRRC",
	[0x05] = "CP14 MCR/MRC",
	[0x06] = "CP14 LDC/STC",
	[0x07] = "ASIMD",
	[0x08] = "CP10 MRC/VMRS",
	[0x09] = "PAC",
	[0x0c] = "CP14 MCRR/MRRC",
	[0x0d] = "BTI",
	[0x0e] = "PSTATE.IL",
	[0x11] = "SVC (AArch32)",
	[0x12] = "HVC (AArch32)",
	[0x13] = "SMC (AArch32)",
	[0x15] = "SVC (AArch64)",
	[0x16] = "HVC (AArch64)",
	[0x17] = "SMC (AArch64)",
	[0x18] = "MSR/MRS (AArch64)",
	[0x19] = "SVE",
	[0x1a] = "ERET/ERETAA/ERETAB",
	[0x1c] = "FPAC",
	[0x1d] = "SME",
	[0x1f] = "EL3 IMP DEF",
	[0x20] = "IABT (lower EL)",
	[0x21] = "IABT (current EL)",
	[0x22] = "PC Alignment",
	[0x24] = "DABT (lower EL)",
	[0x25] = "DABT (current EL)",
	[0x26] = "SP Alignment",
	[0x27] = "MOPS",
	[0x28] = "FP (AArch32)",
	[0x2c] = "FP (AArch64)",
	[0x2d] = "GCS",
	[0x2f] = "SError",
	[0x30] = "Breakpoint (lower EL)",
	[0x31] = "Breakpoint (current EL)",
	[0x32] = "Software Step (lower EL)",
	[0x33] = "Software Step (current EL)",
	[0x34] = "Watchpoint (lower EL)",
	[0x35] = "Watchpoint (current EL)",
	[0x38] = "BKPT (AArch32)",
	[0x3a] = "Vector catch (AArch32)",
	[0x3c] = "BRK (AArch64)",
};

struct fsc_row {
	uint8_t code;
	int8_t level;
	const char *words;
};

#define NO_LEVEL (-128)

/* Arm ARM, ISS encoding of a data abort, DFSC. */
static const struct fsc_row fsc_rows[] = {
	{0x00, 0, "level 0 address size fault (or TTBR)"},
	{0x01, 1, "level 1 address size fault"},
	{0x02, 2, "level 2 address size fault"},
	{0x03, 3, "level 3 address size fault"},
	{0x04, 0, "level 0 translation fault"},
	{0x05, 1, "level 1 translation fault"},
	{0x06, 2, "level 2 translation fault"},
	{0x07, 3, "level 3 translation fault"},
	{0x08, 0, "level 0 access flag fault"},
	{0x09, 1, "level 1 access flag fault"},
	{0x0a, 2, "level 2 access flag fault"},
	{0x0b, 3, "level 3 access flag fault"},
	{0x0c, 0, "level 0 permission fault"},
	{0x0d, 1, "level 1 permission fault"},
	{0x0e, 2, "level 2 permission fault"},
	{0x0f, 3, "level 3 permission fault"},
	{0x10, NO_LEVEL, "synchronous external abort"},
	{0x11, NO_LEVEL, "synchronous tag check fault"},
	{0x13, -1, "synchronous external abort on a level -1 table walk"},
	{0x14, 0, "synchronous external abort on a level 0 table walk"},
	{0x15, 1, "synchronous external abort on a level 1 table walk"},
	{0x16, 2, "synchronous external abort on a level 2 table walk"},
	{0x17, 3, "synchronous external abort on a level 3 table walk"},
	{0x18, NO_LEVEL, "synchronous parity or ECC error"},
	{0x1b, -1, "synchronous parity or ECC error on a level -1 table walk"},
	{0x1c, 0, "synchronous parity or ECC error on a level 0 table walk"},
	{0x1d, 1, "synchronous parity or ECC error on a level 1 table walk"},
	{0x1e, 2, "synchronous parity or ECC error on a level 2 table walk"},
	{0x1f, 3, "synchronous parity or ECC error on a level 3 table walk"},
	{0x21, NO_LEVEL, "alignment fault"},
	{0x29, -1, "level -1 address size fault"},
	{0x2b, -1, "level -1 translation fault"},
	{0x30, NO_LEVEL, "TLB conflict abort"},
	{0x31, NO_LEVEL, "unsupported atomic hardware update"},
	{0x34, NO_LEVEL, "implementation defined (lockdown)"},
	{0x35, NO_LEVEL, "implementation defined (unsupported exclusive or atomic access)"},
	{0x3d, NO_LEVEL, "section domain fault"},
	{0x3e, NO_LEVEL, "page domain fault"},
};

static void decode_abort(struct kd_esr *e)
{
	uint32_t iss = e->iss;

	e->is_abort = true;
	e->is_data = e->ec == 0x24 || e->ec == 0x25;
	e->user = e->ec == 0x20 || e->ec == 0x24;
	e->fsc = iss & 0x3f;
	e->write = e->is_data && (iss >> 6 & 1);
	e->s1ptw = iss >> 7 & 1;
	e->cm = e->is_data && (iss >> 8 & 1);
	e->ea = iss >> 9 & 1;
	e->fnv = iss >> 10 & 1;
	e->set = iss >> 11 & 3;
	e->isv = e->is_data && (iss >> 24 & 1);
	if (e->isv) {
		e->access_size = (uint8_t)(1u << (iss >> 22 & 3));
		e->srt = iss >> 16 & 31;
	}
	e->fsc_words = "unknown fault status";
	for (size_t i = 0; i < KD_ARRAY_LEN(fsc_rows); i++)
		if (fsc_rows[i].code == e->fsc) {
			e->fsc_words = fsc_rows[i].words;
			e->level = fsc_rows[i].level;
		}
}

/* Arm ARM, ISS encoding of an SError; arm64_is_fatal_ras_serror() reads the same. */
static const char *serror_words(uint32_t iss)
{
	static const char *const aet[8] = {
		"uncontainable: the error may have spread",
		"unrecoverable: this program's state is lost",
		"restartable: not consumed yet",
		"recoverable: can be contained",
		NULL,
		NULL,
		"corrected",
		NULL,
	};

	if (iss >> 24 & 1)
		return "the syndrome is implementation defined";
	if ((iss & 0x3f) != 0x11)
		return "uncategorised";
	return aet[iss >> 10 & 7] ? aet[iss >> 10 & 7] : "unknown error type";
}

void kd_esr_decode(uint64_t esr, struct kd_esr *ret)
{
	struct kd_esr e = {
		.raw = esr,
		.ec = (uint8_t)(esr >> 26 & 0x3f),
		.il = esr >> 25 & 1,
		.iss = (uint32_t)(esr & 0x1ffffff),
		.iss2 = (uint32_t)(esr >> 32 & 0xffffff),
		.level = NO_LEVEL,
	};

	e.ec_words = ec_words[e.ec] ? ec_words[e.ec] : "UNRECOGNIZED EC";
	if (e.ec == 0x20 || e.ec == 0x21 || e.ec == 0x24 || e.ec == 0x25) {
		decode_abort(&e);
	} else if (e.ec == 0x3c) {
		e.is_brk = true;
		e.brk = (uint16_t)(e.iss & 0xffff);
		e.brk_words = kd_brk_words(e.brk);
	} else if (e.ec == 0x2f) {
		e.is_serror = true;
		e.serror_words = serror_words(e.iss);
	}
	*ret = e;
}

const char *kd_brk_words(uint16_t imm)
{
	switch (imm) {
	case 0x004:
		return "kprobe";
	case 0x005:
		return "uprobe";
	case 0x006:
		return "single step of a kprobe";
	case 0x007:
		return "return of a kretprobe";
	case 0x100:
		return "deliberate fault of the kernel";
	case 0x400:
		return "kgdb breakpoint";
	case 0x401:
		return "kgdb breakpoint that was compiled in";
	case 0x800:
		return "BUG() or WARN()";
	default:
		break;
	}
	if (imm >= 0x400 && imm <= 0x7ff)
		return "kgdb";
	if ((imm & 0xff00) == 0x900)
		return "KASAN (software tags)";
	if ((imm & 0xff00) == 0x5500)
		return "UBSAN trap";
	if (imm >= 0x8000 && imm <= 0x83ff)
		return "control-flow integrity (CFI) failure";
	return NULL;
}

bool kd_brk_kasan(uint16_t imm, struct kd_brk_kasan *ret)
{
	if ((imm & 0xff00) != 0x900)
		return false;
	*ret = (struct kd_brk_kasan){
		.recover = imm & 0x20,
		.write = imm & 0x10,
		/* 0xf: the size is in a register, see lib/Makefile's instrumentation */
		.sized = (imm & 0xf) != 0xf,
		.size = (imm & 0xf) != 0xf ? 1u << (imm & 0xf) : 0,
	};
	return true;
}

const char *kd_brk_ubsan(uint16_t imm)
{
	static const char *const checks[] = {
		"addition overflow",
		"unreachable code was reached",
		"CFI check failed",
		"division or remainder overflow",
		"dynamic type mismatch",
		"float conversion overflow",
		"call through a function type that does not match",
		"implicit conversion changed the value",
		"invalid use of a builtin",
		"invalid Objective-C cast",
		"load of a value that the type cannot have",
		"function ended without a return value",
		"multiplication overflow",
		"negation overflow",
		"null passed to a non-null argument",
		"null returned from a non-null function",
		"null passed to a nonnull argument",
		"null returned from a nonnull function",
		"array index out of bounds",
		"pointer overflow",
		"shift out of bounds",
		"subtraction overflow",
		"type mismatch, misaligned or null access",
		"alignment assumption violated",
		"variable-length array with a size that is not positive",
	};

	if ((imm & 0xff00) != 0x5500 || (imm & 0xff) >= KD_ARRAY_LEN(checks))
		return NULL;
	return checks[imm & 0xff];
}

/* "NAME = 0x…": the number behind a key. */
static bool key_hex(struct kd_view v, struct kd_view key, uint64_t *ret, struct kd_view *rest)
{
	if (!kd_view_skip(&v, key) || !kd_view_skip(&v, KD_V(" = ")) || !kd_view_take_hex(&v, ret))
		return false;
	*rest = v;
	return true;
}

/* ": DABT (current EL), IL = 32 bits" → the words before the comma. */
static struct kd_view words_behind(struct kd_view v)
{
	struct kd_view w;

	if (!kd_view_skip(&v, KD_V(":")))
		return KD_VNULL;
	if (kd_view_take_until(&v, KD_V(", IL"), &w))
		return kd_view_trim(w);
	return kd_view_trim(v);
}

static bool pgtable_line(struct kd_view v, struct kd_mem_abort *m)
{
	bool user = kd_view_starts(v, KD_V("user pgtable: "));
	uint64_t kb, bits;

	if (!kd_view_skip(&v, KD_V("swapper pgtable: ")) &&
	    !kd_view_skip(&v, KD_V("user pgtable: ")))
		return false;
	m->has_pgtable = true;
	m->user_pgtable = user;
	if (kd_view_take_dec(&v, &kb) && kd_view_skip(&v, KD_V("k pages, ")) && kb <= 64)
		m->page_kb = (unsigned)kb;
	if (kd_view_take_dec(&v, &bits) && kd_view_skip(&v, KD_V("-bit VAs")) && bits <= 64)
		m->va_bits = (unsigned)bits;
	return true;
}

/* "CM = 0, WnR = 1…" */
static bool cm_line(struct kd_view v, struct kd_mem_abort *m)
{
	uint64_t cm, wnr;

	if (!key_hex(v, KD_V("CM"), &cm, &v) || cm > 1)
		return false;
	m->has_cm = true;
	m->cm = cm;
	kd_view_skip(&v, KD_V(", "));
	if (key_hex(v, KD_V("WnR"), &wnr, &v) && wnr <= 1) {
		m->has_write = true;
		m->write = wnr;
	}
	return true;
}

static bool plain_line(struct kd_view v)
{
	static const char *const starts[] = {
		"Mem abort info:", "Data abort info:", "SET = ",
		"EA = ",           "Access size = ",   "SSE = ",
		"SF = ",           "GCS = ",           "Exception class = ",
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(starts); i++)
		if (kd_view_starts(v, kd_view_of(starts[i])))
			return true;
	return false;
}

bool kd_mem_abort_line(struct kd_view line, struct kd_mem_abort *ret)
{
	struct kd_view v = kd_view_trim(line), rest;
	uint64_t n;

	if (key_hex(v, KD_V("ESR"), &n, &rest)) {
		ret->has_esr = true;
		ret->esr = n;
		return true;
	}
	if (key_hex(v, KD_V("EC"), &n, &rest)) {
		ret->has_ec = true;
		ret->ec = n;
		ret->ec_text = words_behind(rest);
		return true;
	}
	if (key_hex(v, KD_V("FSC"), &n, &rest)) {
		ret->has_fsc = true;
		ret->fsc = n;
		ret->fsc_text = words_behind(rest);
		return true;
	}
	if (kd_view_starts(v, KD_V("ISV = "))) {
		size_t at = kd_view_find(v, KD_V("ISS = "));

		if (at != KD_NPOS && key_hex(kd_view_from(v, at), KD_V("ISS"), &n, &rest)) {
			ret->has_iss = true;
			ret->iss = n;
		}
		return true;
	}
	return cm_line(v, ret) || pgtable_line(v, ret) || plain_line(v);
}

const char *kd_mem_abort_conflict(const struct kd_mem_abort *m, const struct kd_esr *e)
{
	if (m->has_esr && m->esr != e->raw)
		return "two different ESR values are printed";
	if (m->has_ec && m->ec != e->ec)
		return "the EC line does not belong to this ESR";
	if (!e->is_abort)
		return NULL;
	if (m->has_fsc && m->fsc != e->fsc)
		return "the FSC line does not belong to this ESR";
	if (m->has_write && e->is_data && m->write != e->write)
		return "the WnR line does not belong to this ESR";
	if (m->has_iss && e->is_data && m->iss != e->iss)
		return "the ISS line does not belong to this ESR";
	return NULL;
}

void kd_pstate_decode(uint64_t p, struct kd_pstate *ret)
{
	*ret = (struct kd_pstate){
		.n = p >> 31 & 1,
		.z = p >> 30 & 1,
		.c = p >> 29 & 1,
		.v = p >> 28 & 1,
		.tco = p >> 25 & 1,
		.dit = p >> 24 & 1,
		.uao = p >> 23 & 1,
		.pan = p >> 22 & 1,
		.ssbs = p >> 12 & 1,
		.btype_set = p >> 10 & 3,
		.d = p >> 9 & 1,
		.a = p >> 8 & 1,
		.i = p >> 7 & 1,
		.f = p >> 6 & 1,
		.aarch32 = p >> 4 & 1,
		.el = p >> 4 & 1 ? 0 : (uint8_t)(p >> 2 & 3),
		.sp_el0 = !(p & 1),
	};
}

/* Bits above the address, without bit 55 (it tells user from kernel). */
static uint64_t high_bits(unsigned va_bits)
{
	if (va_bits < 16 || va_bits > 55)
		va_bits = 48;
	return ~((UINT64_C(1) << va_bits) - 1) & ~(UINT64_C(1) << 55);
}

uint64_t kd_arm64_strip(uint64_t ptr, uint64_t mask, unsigned va_bits)
{
	if (!mask)
		mask = high_bits(va_bits);
	mask &= ~(UINT64_C(1) << 55);
	return ptr >> 55 & 1 ? ptr | mask : ptr & ~mask;
}

bool kd_arm64_has_pac(uint64_t ptr, unsigned va_bits)
{
	return kd_arm64_strip(ptr, 0, va_bits) != ptr;
}
