// SPDX-License-Identifier: GPL-2.0-or-later
/* Machine check records of x86; see hwerr.h. */
#include "report/hwerr.h"

#include "base/alloc.h"

const char *kd_hw_severity_name(enum kd_hw_severity s)
{
	static const char *const names[] = {"unknown",  "info",        "corrected",
					    "deferred", "recoverable", "fatal"};

	return names[(unsigned)s < KD_ARRAY_LEN(names) ? s : 0];
}

/* --- MCi_STATUS ----------------------------------------------------------------------- */

static const char *const transactions[4] = {"instruction", "data", "generic", NULL};
static const char *const levels[4] = {"level 0", "level 1", "level 2", "generic level"};
static const char *const requests[16] = {
	"generic error",     "read",     "write",    "data read", "data write",
	"instruction fetch", "prefetch", "eviction", "snoop",
};
static const char *const participations[4] = {
	"this processor made the request",
	"this processor answered the request",
	"this processor saw the error as a third party",
	"generic",
};
static const char *const areas[4] = {"memory", NULL, "I/O", "other"};
static const char *const memory_ops[8] = {
	"generic request", "read", "write", "address or command", "scrubbing",
};
static const char *const memory_words[8] = {
	"memory controller error",         "memory read error",      "memory write error",
	"memory address or command error", "memory scrubbing error",
};

struct simple {
	uint16_t code;
	uint8_t cls;
	const char *words;
};

/* Intel SDM volume 3, table 15-9. */
static const struct simple simples[] = {
	{0x0000, KD_MCA_NONE, "no error"},
	{0x0001, KD_MCA_SIMPLE, "unclassified error"},
	{0x0002, KD_MCA_SIMPLE, "parity error in the microcode ROM"},
	{0x0003, KD_MCA_SIMPLE, "external error: another processor signalled it"},
	{0x0004, KD_MCA_SIMPLE, "functional redundancy check error"},
	{0x0005, KD_MCA_SIMPLE, "internal parity error"},
	{0x0006, KD_MCA_SIMPLE, "SMM handler ran code outside of its region"},
	{0x0400, KD_MCA_SIMPLE, "internal timer error: an instruction did not retire in time"},
	{0x0e0b, KD_MCA_SIMPLE, "I/O error"},
};

static bool decode_simple(uint16_t code, struct kd_mci *m)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(simples); i++)
		if (simples[i].code == code) {
			m->cls = simples[i].cls;
			m->words = simples[i].words;
			return true;
		}
	return false;
}

static void decode_memory(uint16_t code, struct kd_mci *m)
{
	unsigned op = code >> 4 & 7, channel = code & 15;

	m->request = memory_ops[op];
	m->words = memory_words[op] ? memory_words[op] : "memory controller error";
	m->channel = channel == 15 ? -1 : (int)channel;
}

/* Table 15-10; the filter bit 12 is masked. The first pattern from the top wins. */
static void decode_compound(uint16_t code, struct kd_mci *m)
{
	m->level = levels[code & 3];
	if (code >> 11 == 1) {
		m->cls = KD_MCA_BUS;
		m->participation = participations[code >> 9 & 3];
		m->timeout = code >> 8 & 1;
		m->request = requests[code >> 4 & 15];
		m->area = areas[code >> 2 & 3];
		m->words = "bus or interconnect error";
	} else if (code >> 10 == 1) {
		m->cls = KD_MCA_INTERNAL;
		m->level = NULL;
		m->words = "internal error without a class";
	} else if (code >> 7 == 5 || code >> 7 == 1) {
		m->cls = code >> 7 == 5 ? KD_MCA_EXTMEM : KD_MCA_MEMCTL;
		m->level = NULL;
		decode_memory(code, m);
	} else if (code >> 8 == 1) {
		m->cls = KD_MCA_CACHE;
		m->request = requests[code >> 4 & 15];
		m->transaction = transactions[code >> 2 & 3];
		m->words = "cache hierarchy error";
	} else if (code >> 4 == 1) {
		m->cls = KD_MCA_TLB;
		m->transaction = transactions[code >> 2 & 3];
		m->words = "TLB error";
	} else if (code >> 2 == 3) {
		m->cls = KD_MCA_CACHE;
		m->words = "generic cache hierarchy error";
	} else {
		m->cls = KD_MCA_UNKNOWN;
		m->level = NULL;
		m->words = "unknown error code";
	}
}

void kd_mci_decode(uint64_t status, struct kd_mci *ret)
{
	struct kd_mci m = {
		.val = status >> 63 & 1,
		.over = status >> 62 & 1,
		.uc = status >> 61 & 1,
		.en = status >> 60 & 1,
		.miscv = status >> 59 & 1,
		.addrv = status >> 58 & 1,
		.pcc = status >> 57 & 1,
		.s = status >> 56 & 1,
		.ar = status >> 55 & 1,
		.code = (uint16_t)status,
		.model = (uint16_t)(status >> 16),
		.channel = -1,
	};
	uint16_t code = m.code & 0xefff;

	if (!decode_simple(m.code, &m)) {
		m.filtered = m.code >> 12 & 1;
		if (m.code >> 13) {
			m.cls = KD_MCA_UNKNOWN;
			m.words = "unknown error code";
		} else {
			decode_compound(code, &m);
		}
	}
	*ret = m;
}

static struct kd_mce_severity sev(enum kd_hw_severity s, const char *words, bool hypothesis)
{
	return (struct kd_mce_severity){(uint8_t)s, words, hypothesis};
}

/* Uncorrected, context intact: Intel's bits say how much is lost; AMD's differ. */
static struct kd_mce_severity uncorrected(const struct kd_mce *m, const struct kd_mci *s)
{
	if (m->is_amd)
		return sev(KD_HW_RECOVERABLE, "uncorrected; the kernel may kill who used it", true);
	if (s->s && s->ar && s->over)
		return sev(KD_HW_FATAL, "action required, and other errors were lost", true);
	if (s->s && s->ar)
		return sev(KD_HW_RECOVERABLE, "action required: somebody consumed bad data", true);
	if (s->s)
		return sev(KD_HW_RECOVERABLE, "action optional: bad data was found, not consumed",
			   true);
	if (s->ar)
		return sev(KD_HW_FATAL, "impossible combination: action required, not signalled",
			   true);
	if (m->exception)
		return sev(KD_HW_RECOVERABLE, "uncorrected", true);
	return sev(KD_HW_DEFERRED, "uncorrected, no action required (not consumed)", true);
}

struct kd_mce_severity kd_mce_severity(const struct kd_mce *m)
{
	struct kd_mci s;

	if (!m->has_bank)
		return sev(KD_HW_UNKNOWN, "no status was printed", false);
	kd_mci_decode(m->status, &s);
	if (!s.val)
		return sev(KD_HW_UNKNOWN, "the status is not marked valid", false);
	if (s.pcc)
		return sev(KD_HW_FATAL, "processor context corrupt", false);
	if (m->exception && !(m->mcg_status & KD_MCG_MCIP))
		return sev(KD_HW_FATAL, "an exception without a machine check in progress", false);
	if (m->exception && !(m->mcg_status & (KD_MCG_RIPV | KD_MCG_EIPV)))
		return sev(KD_HW_FATAL, "neither a restart nor an error address", false);
	if (s.uc)
		return uncorrected(m, &s);
	if (m->is_amd && (m->status >> 44 & 1))
		return sev(KD_HW_DEFERRED, "deferred: found, not consumed", false);
	return sev(KD_HW_CORRECTED, "corrected by the hardware", false);
}

/* --- lines -------------------------------------------------------------------------------- */

static bool take_dec32(struct kd_view *v, uint32_t *ret)
{
	struct kd_view w = *v;
	uint64_t n;

	if (!kd_view_take_dec(&w, &n) || n > UINT32_MAX)
		return false;
	*v = w;
	*ret = (uint32_t)n;
	return true;
}

/* "CPU 2: Machine Check[ Exception]: 0 Bank 5: be00000000800400" */
static bool head_line(struct kd_view v, struct kd_mce *ret)
{
	struct kd_mce m = {0};

	if (!kd_view_skip(&v, KD_V("CPU ")) || !take_dec32(&v, &m.cpu) ||
	    !kd_view_skip(&v, KD_V(": Machine Check")))
		return false;
	m.has_cpu = true;
	m.exception = kd_view_skip(&v, KD_V(" Exception"));
	if (!kd_view_skip(&v, KD_V(":")))
		return false;
	kd_view_skip_blank(&v);
	if (!kd_view_take_hex(&v, &m.mcg_status) || !kd_view_skip(&v, KD_V(" Bank ")) ||
	    !take_dec32(&v, &m.bank) || !kd_view_skip(&v, KD_V(": ")) ||
	    !kd_view_take_hex(&v, &m.status))
		return false;
	m.has_bank = true;
	*ret = m;
	return true;
}

/* "RIP !INEXACT! 10:<ffffffff8103d1e2> {intel_idle+0x112/0x190}" */
static bool rip_line(struct kd_view v, struct kd_mce *m)
{
	uint64_t cs, ip;
	struct kd_view sym;

	if (!kd_view_skip(&v, KD_V("RIP ")))
		return false;
	m->inexact = kd_view_skip(&v, KD_V("!INEXACT!"));
	kd_view_skip_blank(&v);
	if (!kd_view_take_hex(&v, &cs) || cs > 0xffff || !kd_view_skip(&v, KD_V(":<")) ||
	    !kd_view_take_hex(&v, &ip) || !kd_view_skip(&v, KD_V(">")))
		return false;
	m->has_ip = true;
	m->cs = (uint16_t)cs;
	m->ip = ip;
	kd_view_skip_blank(&v);
	if (kd_view_skip(&v, KD_V("{")) && kd_view_take_until(&v, KD_V("}"), &sym))
		m->ip_sym = sym;
	return true;
}

/* "KEY value KEY value …": the value of a key, in hex. */
static bool value_of(struct kd_view v, struct kd_view key, uint64_t *ret)
{
	struct kd_view w;

	while (kd_view_take_word(&v, &w)) {
		if (!kd_view_eq(w, key))
			continue;
		kd_view_skip_blank(&v);
		return kd_view_take_hex(&v, ret);
	}
	return false;
}

static bool tsc_line(struct kd_view v, struct kd_mce *m)
{
	if (!kd_view_starts(v, KD_V("TSC ")))
		return false;
	m->has_tsc |= value_of(v, KD_V("TSC"), &m->tsc);
	m->has_addr |= value_of(v, KD_V("ADDR"), &m->addr);
	m->has_misc |= value_of(v, KD_V("MISC"), &m->misc);
	m->has_ppin |= value_of(v, KD_V("PPIN"), &m->ppin);
	m->has_synd |= value_of(v, KD_V("SYND"), &m->synd);
	m->has_ipid |= value_of(v, KD_V("IPID"), &m->ipid);
	return true;
}

/* "PROCESSOR 0:50654 TIME 1700000000 SOCKET 0 APIC 4 microcode 2006e05" */
static bool processor_line(struct kd_view v, struct kd_mce *m)
{
	uint64_t n;

	if (!kd_view_skip(&v, KD_V("PROCESSOR ")) || !take_dec32(&v, &m->vendor) ||
	    !kd_view_skip(&v, KD_V(":")) || !kd_view_take_hex(&v, &n))
		return false;
	m->has_proc = true;
	m->cpuid = (uint32_t)n;
	/* X86_VENDOR_AMD is 2, X86_VENDOR_HYGON 9 (arch/x86/include/asm/processor.h). */
	m->is_amd |= m->vendor == 2 || m->vendor == 9;
	kd_view_skip_blank(&v);
	if (kd_view_skip(&v, KD_V("TIME ")))
		(void)kd_view_take_dec(&v, &m->time);
	kd_view_skip_blank(&v);
	if (kd_view_skip(&v, KD_V("SOCKET ")))
		(void)take_dec32(&v, &m->socket);
	if (value_of(v, KD_V("APIC"), &n))
		m->apic = (uint32_t)n;
	if (value_of(v, KD_V("microcode"), &n))
		m->microcode = (uint32_t)n;
	return true;
}

enum kd_mce_what kd_mce_line(struct kd_view line, struct kd_mce *ret)
{
	struct kd_view v = kd_view_trim(line), rest;
	bool mce = kd_view_skip(&v, KD_V("mce: "));
	bool hw = kd_view_skip(&v, KD_V("[Hardware Error]: "));

	if (head_line(v, ret))
		return KD_MCE_NEW;
	if (!hw && !mce)
		return KD_MCE_NONE;
	if (rip_line(v, ret) || tsc_line(v, ret) || processor_line(v, ret))
		return KD_MCE_MORE;
	rest = v;
	if (kd_view_skip(&rest, KD_V("Machine check: ")) ||
	    kd_view_skip(&rest, KD_V("Fatal machine check: "))) {
		ret->panic = rest;
		return KD_MCE_PANIC;
	}
	if (kd_view_starts(v, KD_V("Run the above through")) ||
	    kd_view_starts(v, KD_V("Machine check events logged")) ||
	    kd_view_starts(v, KD_V("Some CPUs didn't answer")))
		return KD_MCE_INFO;
	return KD_MCE_NONE;
}
