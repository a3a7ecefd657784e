// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/x86.h"

#include "base/alloc.h"

#define TABLE(rows)                                                                                \
	{                                                                                          \
		rows, KD_ARRAY_LEN(rows)                                                           \
	}

static const struct kd_bit pf_rows[] = {
	{0, "P", "the page was present: a protection violation", "no page was present"},
	{1, "W", "write", "read"},
	{2, "U", "the access was made with user privilege", "the access was made by the kernel"},
	{3, "RSVD", "a reserved bit is set in a page table entry: damaged page tables", NULL},
	{4, "I", "instruction fetch", NULL},
	{5, "PK", "blocked by a protection key", NULL},
	{6, "SS", "access to a shadow stack", NULL},
	{15, "SGX", "blocked by SGX", NULL},
	{31, "RMP", "blocked by the reverse map table (SEV-SNP)", NULL},
};
const struct kd_bits kd_x86_pf_bits = TABLE(pf_rows);

static const struct kd_bit flags_rows[] = {
	{0, "CF", "carry", NULL},
	{1, "1", NULL, "bit 1 is always set: this is not a real EFLAGS value"},
	{2, "PF", "parity", NULL},
	{4, "AF", "auxiliary carry", NULL},
	{6, "ZF", "zero", NULL},
	{7, "SF", "sign", NULL},
	{8, "TF", "single step", NULL},
	{9, "IF", "interrupts on", "interrupts off"},
	{10, "DF", "string instructions run downwards", NULL},
	{11, "OF", "overflow", NULL},
	{12, "IOPL0", NULL, NULL},
	{13, "IOPL1", NULL, NULL},
	{14, "NT", "nested task", NULL},
	{16, "RF", "resume: set by the processor in the frame of most faults", NULL},
	{17, "VM", "virtual 8086 mode", NULL},
	{18, "AC", "user pages may be accessed (SMAP is off, inside user_access_begin or stac)",
	 NULL},
	{19, "VIF", "virtual interrupt flag", NULL},
	{20, "VIP", "virtual interrupt pending", NULL},
	{21, "ID", "cpuid may be tested", NULL},
};
const struct kd_bits kd_x86_flags_bits = TABLE(flags_rows);

static const struct kd_bit cr0_rows[] = {
	{0, "PE", NULL, "protected mode is off"},
	{1, "MP", NULL, NULL},
	{2, "EM", "no floating-point unit", NULL},
	{3, "TS", "task switched: floating-point use traps", NULL},
	{4, "ET", NULL, NULL},
	{5, "NE", NULL, NULL},
	{16, "WP", NULL, "the kernel may write to read-only pages"},
	{18, "AM", NULL, NULL},
	{29, "NW", "caches don't write through", NULL},
	{30, "CD", "caches are off", NULL},
	{31, "PG", NULL, "paging is off"},
};
const struct kd_bits kd_x86_cr0_bits = TABLE(cr0_rows);

static const struct kd_bit cr4_rows[] = {
	{0, "VME", NULL, NULL},
	{1, "PVI", NULL, NULL},
	{2, "TSD", NULL, NULL},
	{3, "DE", NULL, NULL},
	{4, "PSE", NULL, NULL},
	{5, "PAE", NULL, NULL},
	{6, "MCE", NULL, "machine checks are off"},
	{7, "PGE", NULL, NULL},
	{8, "PCE", NULL, NULL},
	{9, "OSFXSR", NULL, NULL},
	{10, "OSXMMEXCPT", NULL, NULL},
	{11, "UMIP", NULL, NULL},
	{12, "LA57", "5-level page tables", NULL},
	{13, "VMXE", "VMX is on: a hypervisor (kvm_intel) runs here", NULL},
	{14, "SMXE", NULL, NULL},
	{16, "FSGSBASE", NULL, NULL},
	{17, "PCIDE", NULL, NULL},
	{18, "OSXSAVE", NULL, NULL},
	{20, "SMEP", "the kernel cannot execute user pages", NULL},
	{21, "SMAP", "the kernel cannot touch user pages outside of marked regions", NULL},
	{22, "PKE", "protection keys for user pages", NULL},
	{23, "CET", "control-flow enforcement", NULL},
	{24, "PKS", NULL, NULL},
	{28, "LAM_SUP", "linear address masking for kernel pointers", NULL},
	{32, "FRED", "flexible return and event delivery", NULL},
};
const struct kd_bits kd_x86_cr4_bits = TABLE(cr4_rows);

uint64_t kd_bits_unknown(const struct kd_bits *t, uint64_t value)
{
	for (size_t i = 0; i < t->n; i++)
		value &= ~(UINT64_C(1) << t->v[i].bit);
	return value;
}

const struct kd_bit *kd_bits_find(const struct kd_bits *t, unsigned bit)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].bit == bit)
			return &t->v[i];
	return NULL;
}

/* [user][access][present]; access 0 read, 1 write, 2 fetch */
static const char *const pf_words[2][3][2] = {
	{{"kernel read of a page that is not present",
	  "kernel read against the page's permissions"},
	 {"kernel write to a page that is not present",
	  "kernel write against the page's permissions"},
	 {"kernel instruction fetch from a page that is not present",
	  "kernel instruction fetch from a page that may not be executed"}},
	{{"user read of a page that is not present", "user read against the page's permissions"},
	 {"user write to a page that is not present", "user write against the page's permissions"},
	 {"user instruction fetch from a page that is not present",
	  "user instruction fetch from a page that may not be executed"}},
};

void kd_x86_pf_decode(uint64_t code, struct kd_x86_pf *ret)
{
	struct kd_x86_pf pf = {
		.present = code & KD_X86_PF_P,
		.write = code & KD_X86_PF_W,
		.user = code & KD_X86_PF_U,
		.rsvd = code & KD_X86_PF_RSVD,
		.instr = code & KD_X86_PF_I,
		.pkey = code & KD_X86_PF_PK,
		.shstk = code & KD_X86_PF_SS,
		.sgx = code & KD_X86_PF_SGX,
		.rmp = code & KD_X86_PF_RMP,
		.unknown = kd_bits_unknown(&kd_x86_pf_bits, code),
	};

	pf.words = pf_words[pf.user][pf.instr ? 2 : pf.write][pf.present];
	if (pf.rsvd)
		pf.words = "a reserved bit is set in a page table entry: damaged page tables";
	*ret = pf;
}

/* "supervisor read access in kernel mode" */
static bool said_access(struct kd_view v, struct kd_x86_pf_said *s)
{
	struct kd_x86_pf_said n = *s;

	if (kd_view_skip(&v, KD_V("user ")))
		n.user = true;
	else if (kd_view_skip(&v, KD_V("supervisor ")))
		n.user = false;
	else
		return false;
	n.write = n.instr = false;
	if (kd_view_skip(&v, KD_V("instruction fetch")))
		n.instr = true;
	else if (kd_view_skip(&v, KD_V("write access")))
		n.write = true;
	else if (!kd_view_skip(&v, KD_V("read access")))
		return false;
	n.has_access = true;
	if (kd_view_skip(&v, KD_V(" in "))) {
		n.user_mode = kd_view_starts(v, KD_V("user mode"));
		n.has_mode = n.user_mode || kd_view_starts(v, KD_V("kernel mode"));
	}
	*s = n;
	return true;
}

static const char *const causes[] = {
	"not-present page", "reserved bit violation", "protection keys violation",
	"RMP violation",    "permissions violation",
};

/* "error_code(0x0002) - not-present page" */
static bool said_code(struct kd_view v, struct kd_x86_pf_said *s)
{
	uint64_t code;

	if (!kd_view_skip(&v, KD_V("error_code(")) || !kd_view_take_hex(&v, &code) ||
	    !kd_view_skip(&v, KD_V(")")))
		return false;
	s->has_code = true;
	s->code = code;
	if (!kd_view_skip(&v, KD_V(" - ")))
		return true;
	v = kd_view_trim(v);
	for (size_t i = 0; i < KD_ARRAY_LEN(causes); i++)
		if (kd_view_eq(v, kd_view_of(causes[i]))) {
			s->has_cause = true;
			s->cause = causes[i];
		}
	return true;
}

struct old_bit {
	const char *name;
	uint32_t bit;
};

/* Kernels around Linux 5.0 named the bits in brackets; words came soon after. */
static const struct old_bit old_bits[] = {
	{"PROT", KD_X86_PF_P},    {"WRITE", KD_X86_PF_W}, {"USER", KD_X86_PF_U},
	{"RSVD", KD_X86_PF_RSVD}, {"INSTR", KD_X86_PF_I}, {"PK", KD_X86_PF_PK},
};

/* "[normal kernel read fault]" or "[PROT] [WRITE]" */
static bool said_old(struct kd_view v, struct kd_x86_pf_said *s)
{
	struct kd_view item;
	uint64_t code = 0;

	if (!kd_view_starts(v, KD_V("[")))
		return false;
	while (kd_view_skip(&v, KD_V("["))) {
		bool known = false;

		if (!kd_view_take_until(&v, KD_V("]"), &item))
			return false;
		for (size_t i = 0; i < KD_ARRAY_LEN(old_bits); i++)
			if (kd_view_eq(item, kd_view_of(old_bits[i].name))) {
				code |= old_bits[i].bit;
				known = true;
			}
		if (!known && !kd_view_eq(item, KD_V("normal kernel read fault")))
			return false;
		kd_view_skip_blank(&v);
	}
	s->has_code = true;
	s->code = code;
	return true;
}

bool kd_x86_pf_line(struct kd_view line, struct kd_x86_pf_said *ret)
{
	struct kd_view v = kd_view_trim(line);

	if (kd_view_skip(&v, KD_V("#PF error: ")))
		return said_old(v, ret);
	if (!kd_view_skip(&v, KD_V("#PF: ")))
		return false;
	return said_access(v, ret) || said_code(v, ret);
}

static const char *expected_cause(const struct kd_x86_pf *pf)
{
	if (!pf->present)
		return causes[0];
	return pf->rsvd ? causes[1] : pf->pkey ? causes[2] : pf->rmp ? causes[3] : causes[4];
}

const char *kd_x86_pf_conflict(const struct kd_x86_pf *pf, const struct kd_x86_pf_said *said)
{
	struct kd_x86_pf other;

	if (said->has_access) {
		if (said->user != pf->user)
			return "the error code's U bit and the #PF line disagree about the "
			       "privilege";
		if (said->instr != pf->instr || (!said->instr && said->write != pf->write))
			return "the error code and the #PF line disagree about the kind of access";
	}
	if (said->has_code) {
		kd_x86_pf_decode(said->code, &other);
		if (other.present != pf->present || other.write != pf->write ||
		    other.user != pf->user || other.rsvd != pf->rsvd || other.instr != pf->instr ||
		    other.pkey != pf->pkey || other.shstk != pf->shstk || other.sgx != pf->sgx)
			return "the Oops line and the #PF line print different error codes";
	}
	/* Before protection keys got words of their own, they were permissions violations. */
	if (said->has_cause && said->cause != expected_cause(pf) &&
	    !(said->cause == causes[4] && pf->present))
		return "the error code and the cause in the #PF line disagree";
	return NULL;
}

void kd_x86_gp_decode(uint64_t code, struct kd_x86_selector *ret)
{
	*ret = (struct kd_x86_selector){
		.zero = !code,
		.external = code & 1,
		.table = code & 2   ? "IDT"
			 : code & 4 ? "LDT"
				    : "GDT",
		.index = (uint16_t)(code >> 3 & 0x1fff),
		.beyond = code >> 16,
	};
}

bool kd_x86_cs_user(uint64_t cs, uint64_t eflags)
{
	return (cs & 3) == 3 || (eflags >> 17 & 1);
}

enum kd_x86_csmode kd_x86_cs_mode(uint64_t cs, bool kernel_is_64)
{
	if ((cs & 3) == 0)
		return KD_X86_CS_KERNEL;
	if (kernel_is_64)
		return cs == 0x33   ? KD_X86_CS_USER64
		       : cs == 0x23 ? KD_X86_CS_USER32
				    : KD_X86_CS_OTHER;
	/* i386: __USER_CS is 0x73; ring 1 is the kernel under old Xen. */
	return cs == 0x73 ? KD_X86_CS_USER32 : (cs & 3) == 1 ? KD_X86_CS_KERNEL : KD_X86_CS_OTHER;
}

/* signature: the text that die() is called with in arch/x86/kernel/traps.c. */
static const struct kd_x86_exception exceptions[] = {
	{0, "#DE", "divide error", "divide error", false, 'f'},
	{1, "#DB", "debug exception", "debug", false, 't'},
	{2, "NMI", "non-maskable interrupt", "NMI", false, 'i'},
	{3, "#BP", "breakpoint", "int3", false, 't'},
	{4, "#OF", "overflow", "overflow", false, 't'},
	{5, "#BR", "bound range exceeded", "bounds", false, 'f'},
	{6, "#UD", "invalid opcode", "invalid opcode", false, 'f'},
	{7, "#NM", "device not available", "unexpected #NM exception", false, 'f'},
	{8, "#DF", "double fault", "double fault", true, 'a'},
	{9, "#MF", "coprocessor segment overrun", "coprocessor segment overrun", false, 'f'},
	{10, "#TS", "invalid TSS", "invalid TSS", true, 'f'},
	{11, "#NP", "segment not present", "segment not present", true, 'f'},
	{12, "#SS", "stack segment fault", "stack segment", true, 'f'},
	{13, "#GP", "general protection fault", "general protection fault", true, 'f'},
	{14, "#PF", "page fault", NULL, true, 'f'},
	{16, "#MF", "x87 floating-point exception", "fpu exception", false, 'f'},
	{17, "#AC", "alignment check", "alignment check", true, 'f'},
	{18, "#MC", "machine check", NULL, false, 'a'},
	{19, "#XF", "SIMD floating-point exception", "simd exception", false, 'f'},
	{20, "#VE", "virtualization exception", "VE fault", false, 'f'},
	{21, "#CP", "control protection exception", "control protection", true, 'f'},
	{29, "#VC", "VMM communication exception", "VMM communication exception", true, 'f'},
};

const struct kd_x86_exception *kd_x86_exception(unsigned vector)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(exceptions); i++)
		if (exceptions[i].vector == vector)
			return &exceptions[i];
	return NULL;
}

const struct kd_x86_exception *kd_x86_exception_line(struct kd_view line)
{
	/* "Oops: general protection fault, …" since Linux 6.10 (exc_general_protection). */
	while (kd_view_skip(&line, KD_V("Oops: ")))
		;
	kd_view_skip(&line, KD_V("PANIC: "));
	kd_view_skip(&line, KD_V("traps: "));
	kd_view_skip(&line, KD_V("segment-related "));
	for (size_t i = 0; i < KD_ARRAY_LEN(exceptions); i++) {
		struct kd_view v = line;

		if (!exceptions[i].signature ||
		    !kd_view_skip(&v, kd_view_of(exceptions[i].signature)))
			continue;
		if (!v.n || *v.p == ':' || *v.p == ',' || *v.p == ' ')
			return &exceptions[i];
	}
	return NULL;
}
