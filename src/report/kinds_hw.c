// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hardware errors: machine checks, firmware-first records, EDAC, PCIe AER; hwerr.h reads
 * the lines. How bad a report is follows from the records, not from their kind: what the
 * hardware corrected is no crash. The worst record decides, and its line is the evidence.
 */
#include "report/kinds_internal.h"

#include <stdarg.h>

#include "base/alloc.h"
#include "report/hwerr.h"

struct hw {
	struct kd_mce mce;
	struct kd_amd_mce amd;
	struct kd_ghes ghes;
	struct kd_aer aer;
	int32_t mce_line; /* of the machine check that is not judged yet, -1 */
	int32_t worst_line;
	uint8_t worst; /* enum kd_hw_severity */
	bool hypothesis, previous_boot, software, recovered, only_logged;
	int32_t recovered_line;
	const char *why;
	struct kd_view what; /* for the title */
	uint32_t records;
};

static struct hw *hw(struct kd_builder *b)
{
	struct hw *h = b->mine;

	if (h)
		return h;
	h = kd_arena_new(b->arena, struct hw);
	if (h)
		h->mce_line = h->worst_line = -1;
	b->mine = h;
	return h;
}

static void judge(struct kd_builder *b, enum kd_hw_severity sev, const char *why, bool hypothesis)
{
	struct hw *h = b->mine;

	if (h->worst_line >= 0 && sev <= h->worst)
		return;
	h->worst = (uint8_t)sev;
	h->why = why;
	h->hypothesis = hypothesis;
	h->worst_line = b->line;
}

static void what(struct kd_builder *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void what(struct kd_builder *b, const char *fmt, ...)
{
	struct hw *h = b->mine;
	char t[160];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t, sizeof(t), fmt, ap);
	va_end(ap);
	if (n > 0)
		h->what = kd_arena_view(b->arena, kd_view(t, (size_t)n < sizeof(t) ? (size_t)n : sizeof(t) - 1));
}

static void put_str(struct kd_builder *b, const char *section, const char *key, struct kd_view v)
{
	if (v.p && v.n)
		kd_builder_str(b, section, key, v);
}

static void put_words(struct kd_builder *b, const char *section, const char *key, const char *v)
{
	if (v)
		kd_builder_str(b, section, key, kd_view_of(v));
}

static void recovered(struct kd_builder *b, bool yes)
{
	struct hw *h = b->mine;

	if (!yes || h->recovered)
		return;
	h->recovered = true;
	h->recovered_line = b->line;
}

/* --- machine checks -------------------------------------------------------------------- */

static void put_status(struct kd_builder *b, const char *sec, uint64_t status)
{
	struct kd_mci s;

	kd_mci_decode(status, &s);
	kd_builder_hex(b, sec, "status", status);
	kd_builder_hex(b, sec, "error_code", s.code);
	kd_builder_str(b, sec, "error", kd_view_of(s.words));
	put_words(b, sec, "transaction", s.transaction);
	put_words(b, sec, "level", s.level);
	put_words(b, sec, "request", s.request);
	put_words(b, sec, "area", s.area);
	if (s.channel >= 0)
		kd_builder_u64(b, sec, "channel", (uint64_t)s.channel, NULL);
	kd_builder_bool(b, sec, "uncorrected", s.uc);
	kd_builder_bool(b, sec, "context_corrupt", s.pcc);
	kd_builder_bool(b, sec, "overflow", s.over);
	kd_builder_bool(b, sec, "address_valid", s.addrv);
}

/* All lines of the record are read: vendor and status together tell the severity. */
static void mce_judge(struct kd_builder *b)
{
	struct hw *h = b->mine;
	struct kd_mce_severity sev;
	int32_t line = b->line;
	struct kd_mci s;

	if (!h || h->mce_line < 0)
		return;
	sev = kd_mce_severity(&h->mce);
	kd_mci_decode(h->mce.status, &s);
	b->line = h->mce_line;
	kd_builder_str(b, "machine_check", "severity", kd_view_of(kd_hw_severity_name(sev.severity)));
	kd_builder_str(b, "machine_check", "severity_why", kd_view_of(sev.words));
	if (h->worst_line < 0 || sev.severity > h->worst)
		what(b, "CPU %u bank %u, %s", h->mce.cpu, h->mce.bank, s.words);
	judge(b, sev.severity, sev.words, sev.hypothesis);
	b->line = line;
	h->mce_line = -1;
}

static void mce_new(struct kd_builder *b, struct hw *h)
{
	const char *sec = "machine_check";

	h->records++;
	h->mce_line = b->line;
	kd_builder_section(b, sec);
	kd_builder_u64(b, sec, "cpu", h->mce.cpu, NULL);
	kd_builder_u64(b, sec, "bank", h->mce.bank, NULL);
	kd_builder_bool(b, sec, "exception", h->mce.exception);
	kd_builder_hex(b, sec, "mcg_status", h->mce.mcg_status);
	put_status(b, sec, h->mce.status);
	kd_builder_cpu(b, h->mce.cpu);
}

/* What the line added to the record. */
static void mce_more(struct kd_builder *b, const struct kd_mce *was, const struct kd_mce *m)
{
	const char *sec = "machine_check";

	if (m->has_ip && !was->has_ip) {
		kd_builder_hex(b, sec, "ip", m->ip);
		kd_builder_bool(b, sec, "ip_inexact", m->inexact);
		put_str(b, sec, "ip_symbol", m->ip_sym);
	}
	if (m->has_tsc && !was->has_tsc)
		kd_builder_hex(b, sec, "tsc", m->tsc);
	if (m->has_addr && !was->has_addr)
		kd_builder_hex(b, sec, "physical_address", m->addr);
	if (m->has_misc && !was->has_misc)
		kd_builder_hex(b, sec, "misc", m->misc);
	if (m->has_ppin && !was->has_ppin)
		kd_builder_hex(b, sec, "ppin", m->ppin);
	if (m->has_synd && !was->has_synd)
		kd_builder_hex(b, sec, "syndrome", m->synd);
	if (m->has_ipid && !was->has_ipid)
		kd_builder_hex(b, sec, "ipid", m->ipid);
	if (!m->has_proc || was->has_proc)
		return;
	kd_builder_u64(b, sec, "vendor", m->vendor, NULL);
	kd_builder_hex(b, sec, "cpuid", m->cpuid);
	kd_builder_u64(b, sec, "time", m->time, "seconds since 1970");
	kd_builder_u64(b, sec, "socket", m->socket, NULL);
	kd_builder_hex(b, sec, "apic", m->apic);
	kd_builder_hex(b, sec, "microcode", m->microcode);
}

/* Machine checks of one moment are one event: a panic prints every bank of every CPU. */
static bool same_moment(const struct kd_builder *b)
{
	const struct kd_rline *first = &b->lines.v[0], *now = &b->lines.v[b->line];

	return !first->has_mono || !now->has_mono || now->mono_us - first->mono_us < 1000000;
}

static void amd_put(struct kd_builder *b, const struct kd_amd_mce *was, const struct kd_amd_mce *m)
{
	const char *sec = "amd_decoder";

	if (m->has_status && m->status != was->status) {
		kd_builder_section(b, sec);
		kd_builder_u64(b, sec, "cpu", m->cpu, NULL);
		kd_builder_u64(b, sec, "bank", m->bank, NULL);
		put_str(b, sec, "model", m->model);
		put_str(b, sec, "flags", m->flags);
		put_status(b, sec, m->status);
		kd_builder_bool(b, sec, "deferred", m->deferred);
		kd_builder_bool(b, sec, "poison", m->poison);
		kd_builder_cpu(b, m->cpu);
	}
	if (m->has_addr && !was->has_addr)
		kd_builder_hex(b, sec, "physical_address", m->addr);
	if (m->unit.p && m->unit.p != was->unit.p) {
		put_str(b, sec, "unit", m->unit);
		kd_builder_u64(b, sec, "extended_code", m->ext_code, NULL);
		put_str(b, sec, "error_text", m->error);
	}
	if (m->detail.p != was->detail.p)
		put_str(b, sec, "detail", m->detail);
}

/* drivers/edac/mce_amd.c, decode_error_status(): the words are a verdict of their own. */
static void amd_verdict(struct kd_builder *b, struct kd_view t, const struct kd_amd_mce *m)
{
	struct hw *h = b->mine;

	if (kd_has(t, "Corrected error, no action"))
		judge(b, KD_HW_CORRECTED, "corrected by the hardware", false);
	else if (kd_has(t, "Deferred error, no action"))
		judge(b, KD_HW_DEFERRED, "deferred: found, not consumed", false);
	else if (kd_has(t, "Uncorrected, software"))
		judge(b, KD_HW_RECOVERABLE, "uncorrected; software can contain it", false);
	else if (kd_has(t, "System Fatal error"))
		judge(b, KD_HW_FATAL, "the decoder calls it a system fatal error", false);
	else if (m->pcc)
		judge(b, KD_HW_FATAL, "processor context corrupt", false);
	else if (m->has_status)
		judge(b, m->uncorrected ? KD_HW_RECOVERABLE : m->deferred ? KD_HW_DEFERRED : KD_HW_CORRECTED,
		      m->uncorrected ? "uncorrected" : m->deferred ? "deferred: found, not consumed"
								   : "corrected by the hardware",
		      false);
	if (m->unit.p && !h->what.n)
		what(b, "%.*s%s%.*s", KD_VARG(kd_view_head(m->unit, 60)), m->error.n ? ", " : "",
		     KD_VARG(kd_view_head(m->error, 80)));
}

static bool amd_line(struct kd_builder *b, struct hw *h, struct kd_view t)
{
	struct kd_amd_mce was = h->amd;

	if (!kd_amd_mce_line(t, &h->amd))
		return false;
	amd_put(b, &was, &h->amd);
	amd_verdict(b, t, &h->amd);
	if (h->amd.has_status)
		h->records += !was.has_status;
	return true;
}

/* mm/memory-failure.c: what became of the page. */
static bool memory_failure(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = t, w;
	uint64_t pfn;

	if (!kd_view_skip(&v, KD_V("Memory failure: ")) || !kd_view_take_hex(&v, &pfn) ||
	    !kd_view_skip(&v, KD_V(": ")))
		return false;
	kd_builder_section(b, "memory_failure");
	kd_builder_hex(b, "memory_failure", "pfn", pfn);
	kd_builder_str(b, "memory_failure", "text", v);
	w = kd_after(v, "recovery action for ");
	if (w.p && kd_view_chr(w, ':') != KD_NPOS) {
		kd_builder_str(b, "memory_failure", "page", kd_view_head(w, kd_view_chr(w, ':')));
		kd_builder_str(b, "memory_failure", "action",
			       kd_view_trim(kd_view_from(w, kd_view_chr(w, ':') + 1)));
		recovered(b, kd_has(w, ": Recovered"));
	}
	return true;
}

static bool edac_put(struct kd_builder *b, struct kd_view t)
{
	struct kd_edac e;
	const char *sec = "edac";

	if (!kd_edac_line(t, &e))
		return false;
	hw(b)->records++;
	kd_builder_section(b, sec);
	kd_builder_str(b, sec, "controller", e.ctl);
	kd_builder_u64(b, sec, "count", e.count, NULL);
	kd_builder_bool(b, sec, "uncorrected", e.uncorrected);
	put_str(b, sec, "message", e.msg);
	put_str(b, sec, "label", e.label);
	put_str(b, sec, "where", e.where);
	if (e.has_page)
		kd_builder_hex(b, sec, "page", e.page);
	if (e.has_offset)
		kd_builder_hex(b, sec, "offset", e.offset);
	if (e.has_grain)
		kd_builder_u64(b, sec, "grain", e.grain, "bytes");
	if (e.has_syndrome)
		kd_builder_hex(b, sec, "syndrome", e.syndrome);
	put_str(b, sec, "detail", e.detail);
	judge(b, e.uncorrected ? KD_HW_RECOVERABLE : KD_HW_CORRECTED,
	      e.uncorrected ? "the memory controller could not correct it"
			    : "corrected by the memory controller",
	      false);
	if (!hw(b)->what.n)
		what(b, "%.*s on %.*s", KD_VARG(kd_view_head(e.msg.n ? e.msg : KD_V("memory error"), 60)),
		     KD_VARG(kd_view_head(e.label.n ? e.label : e.ctl, 80)));
	return true;
}

/* arch/powerpc/kernel/mce.c, machine_check_print_event_info(). */
static bool ppc_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = kd_after(t, "MCE: CPU"), sev;
	struct hw *h = hw(b);
	uint64_t cpu;

	if (!h || !v.p || !kd_view_take_dec(&v, &cpu) || !kd_view_skip(&v, KD_V(": ")))
		return false;
	if (kd_view_skip(&v, KD_V("machine check (")) && kd_view_take_until(&v, KD_V(")"), &sev)) {
		if (h->records++)
			return false;
		v = kd_view_trim(v);
		kd_builder_cpu(b, cpu);
		kd_builder_str(b, "machine_check", "severity", sev);
		kd_builder_str(b, "machine_check", "error", v);
		kd_builder_bool(b, "machine_check", "recovered", kd_has(v, "[Recovered]"));
		recovered(b, kd_has(v, "[Recovered]"));
		judge(b, kd_starts(sev, "Warning")	? KD_HW_DEFERRED
			 : kd_starts(sev, "Harmless")	? KD_HW_CORRECTED
			 : kd_starts(sev, "Fatal")	? KD_HW_FATAL
							: KD_HW_RECOVERABLE,
		      "as the kernel's decoder says", false);
		v = kd_view_head(v, kd_view_find(v, KD_V(" DAR: ")));
		v = kd_view_head(v, kd_view_find(v, KD_V(" [")));
		what(b, "CPU %llu, %.*s", (unsigned long long)cpu, KD_VARG(kd_view_head(v, 80)));
		return true;
	}
	if (kd_has(v, "oftware error") || kd_has(v, "ardware error")) {
		kd_builder_str(b, "machine_check", "class", v);
		h->software = kd_starts(v, "Software") || kd_starts(v, "Probable Software");
		return true;
	}
	if (kd_view_skip(&v, KD_V("NIP: ")) || kd_view_skip(&v, KD_V("PID: "))) {
		kd_builder_str(b, "machine_check", "at", v);
		return true;
	}
	return kd_starts(v, "Initiator ") || kd_starts(v, "Unknown ");
}

bool kd_kind_mce_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text);
	struct hw *h = hw(b);
	struct kd_mce was;

	if (!h || (b->header_seen && !same_moment(b)))
		return false;
	was = h->mce;
	switch (kd_mce_line(t, &h->mce)) {
	case KD_MCE_NEW: {
		struct kd_mce now = h->mce;

		h->mce = was;
		mce_judge(b);
		h->mce = now;
		mce_new(b, h);
		return true;
	}
	case KD_MCE_MORE:
		mce_more(b, &was, &h->mce);
		return true;
	case KD_MCE_PANIC:
		kd_builder_str(b, "machine_check", "panic_reason", h->mce.panic);
		return true;
	case KD_MCE_INFO:
		if (h->worst_line < 0 && kd_has(t, "events logged"))
			h->only_logged = true;
		return true;
	default:
		break;
	}
	if (amd_line(b, h, t) || memory_failure(b, t) || ppc_line(b, t))
		return true;
	if (kd_starts(t, "EDAC "))
		return edac_put(b, t);
	return kd_has(t, "[Hardware Error]: ") && kd_starts(t, "mce: ");
}

/* --- firmware first -------------------------------------------------------------------- */

static void ghes_put(struct kd_builder *b, const struct kd_ghes *was, const struct kd_ghes *g)
{
	const char *sec = "cper_section";

	if (g->has_source && !was->has_source)
		kd_builder_u64(b, "firmware_record", "source", g->source, NULL);
	if (g->severity != was->severity)
		kd_builder_str(b, "firmware_record", "severity",
			       kd_view_of(kd_hw_severity_name(g->severity)));
	if (g->type.p != was->type.p) {
		kd_builder_section(b, sec);
		kd_builder_u64(b, sec, "number", g->section, NULL);
		put_str(b, sec, "severity", g->type);
	}
	if (g->section_type.p != was->section_type.p)
		put_str(b, sec, "section_type", g->section_type);
	if (g->error_type.p != was->error_type.p)
		put_str(b, sec, "error_type", g->error_type);
	if (g->fru.p != was->fru.p)
		put_str(b, sec, "fru", g->fru);
	if (g->has_addr && (!was->has_addr || g->addr != was->addr))
		kd_builder_hex(b, sec, "physical_address", g->addr);
	if (g->where.p != was->where.p)
		put_str(b, sec, "where", g->where);
	if (g->dimm.p != was->dimm.p)
		put_str(b, sec, "dimm", g->dimm);
	if (g->device.p != was->device.p)
		put_str(b, sec, "device", g->device);
}

static void ghes_judge(struct kd_builder *b, const struct kd_ghes *g)
{
	static const char *const why[] = {
		"the firmware does not say how severe it is", "information only",
		"the firmware says: corrected", "the firmware says: deferred",
		"the firmware says: recoverable, not corrected", "the firmware says: fatal"};

	if (g->severity < KD_ARRAY_LEN(why))
		judge(b, (enum kd_hw_severity)g->severity, why[g->severity], false);
}

static void ghes_what(struct kd_builder *b, const struct kd_ghes *g)
{
	struct kd_view at = g->dimm.n ? g->dimm : g->device.n ? g->device : g->fru;

	what(b, "%.*s%s%.*s", KD_VARG(kd_view_head(g->section_type.n ? g->section_type : KD_V("error"), 60)),
	     at.n ? ", " : "", KD_VARG(kd_view_head(at, 80)));
}

/* drivers/acpi/apei/ghes.c numbers its records with {n}; those of BERT have no number. */
bool kd_kind_ghes_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text);
	struct hw *h = hw(b);
	struct kd_ghes was, now;
	struct kd_aer a = {0};

	if (!h)
		return false;
	if (kd_has(t, "rror records from previous boot")) {
		h->previous_boot = true;
		kd_builder_bool(b, "firmware_record", "previous_boot", true);
		return true;
	}
	was = now = h->ghes;
	if (kd_ghes_line(t, &now) || (b->header_seen && kd_starts(t, "[Hardware Error]: "))) {
		if (h->records && ((now.has_seq && was.has_seq && now.seq != was.seq) ||
				   kd_has(t, "Generic Hardware Error Source")))
			return false;
		h->records = 1;
		h->ghes = now;
		ghes_put(b, &was, &now);
		if (kd_has(t, "event severity: "))
			ghes_judge(b, &now);
		ghes_what(b, &now);
		return true;
	}
	if (kd_aer_line(t, &a) == KD_AER_INFO && kd_has(t, "aer_")) {
		kd_builder_section(b, "aer");
		kd_builder_str(b, "aer", "text", t);
		return true;
	}
	return b->header_seen && (memory_failure(b, t) || edac_put(b, t));
}

bool kd_kind_edac_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text);

	if (!hw(b) || (b->header_seen && !same_moment(b)))
		return false;
	if (b->header_seen && hw(b)->records && kd_starts(t, "EDAC "))
		return false;
	return edac_put(b, t) || (b->header_seen && memory_failure(b, t));
}

/* --- PCIe --------------------------------------------------------------------------------- */

/* "bad TLP, receiver error": the names of the status bits. */
static void aer_bits(struct kd_builder *b, const struct kd_aer *a)
{
	char t[400] = "";
	size_t n = 0;

	for (unsigned i = 0; i < 32 && n < sizeof(t) - 48; i++) {
		const char *w = kd_aer_bit(a->severity == KD_HW_CORRECTED, i);

		if (!(a->status >> i & 1))
			continue;
		if (w)
			n += (size_t)snprintf(t + n, sizeof(t) - n, "%s%s", n ? ", " : "", w);
		else
			n += (size_t)snprintf(t + n, sizeof(t) - n, "%sbit %u", n ? ", " : "", i);
	}
	if (n)
		kd_builder_str(b, "aer", "errors", kd_view(t, n));
	if (n)
		what(b, "%.*s", KD_VARG(kd_view(t, n)));
}

static void aer_put(struct kd_builder *b, const struct kd_aer *was, const struct kd_aer *a)
{
	const char *sec = "aer";

	if (a->source.p && a->source.p != was->source.p)
		kd_builder_str(b, sec, "source", a->source);
	if (a->layer.p && a->layer.p != was->layer.p) {
		put_str(b, sec, "layer", a->layer);
		put_str(b, sec, "agent", a->agent);
	}
	if (a->has_id && !was->has_id) {
		kd_builder_hex(b, sec, "vendor", a->vendor);
		kd_builder_hex(b, sec, "device", a->device);
		kd_builder_hex(b, sec, "status", a->status);
		kd_builder_hex(b, sec, "mask", a->mask);
		aer_bits(b, a);
	}
	if (a->first_set && !was->first_set)
		put_words(b, sec, "first_error", kd_aer_bit(a->severity == KD_HW_CORRECTED, a->first));
	if (a->tlp.p != was->tlp.p)
		put_str(b, sec, "tlp_header", a->tlp);
}

static void aer_new(struct kd_builder *b, const struct kd_aer *a)
{
	static const struct kd_aer none;

	kd_builder_section(b, "aer");
	put_str(b, "aer", "driver", a->driver);
	put_str(b, "aer", "reporter", a->reporter);
	kd_builder_str(b, "aer", "severity", kd_view_of(kd_hw_severity_name(a->severity)));
	kd_builder_bool(b, "aer", "multiple", a->multiple);
	aer_put(b, &none, a);
	judge(b, (enum kd_hw_severity)a->severity,
	      a->severity == KD_HW_CORRECTED ? "corrected by the link"
	      : a->severity == KD_HW_FATAL   ? "fatal: the link can not be trusted any more"
					     : "non-fatal: the transaction was lost, the link works",
	      false);
}

bool kd_kind_aer_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v;
	struct hw *h = hw(b);
	struct kd_aer was, now;
	enum kd_aer_what w;

	if (!h || (b->header_seen && !same_moment(b)))
		return false;
	was = now = h->aer;
	w = kd_aer_line(t, &now);
	if (w == KD_AER_NONE || (w == KD_AER_NEW && h->records))
		return false;
	h->aer = now;
	h->records = 1;
	if (w == KD_AER_NEW)
		aer_new(b, &now);
	else if (w == KD_AER_MORE)
		aer_put(b, &was, &now);
	v = kd_after(t, "device recovery ");
	if (v.p)
		kd_builder_str(b, "aer", "recovery", v);
	recovered(b, v.p && kd_starts(v, "successful"));
	return true;
}

/* --- what follows ------------------------------------------------------------------------- */

static void words_of(struct kd_builder *b, const struct hw *h)
{
	struct kd_report *r = b->r;
	const struct kd_rline *l = &r->lines[h->worst_line >= 0 ? h->worst_line : 0];

	r->tier_why = kd_arena_printf(b->arena, "%s error: %s%s", kd_hw_severity_name(h->worst),
				      h->why ? h->why : "no record says how severe",
				      h->hypothesis ? " (as far as the status alone can tell)" : "");
	r->owner = h->software ? KD_OWNER_KERNEL : KD_OWNER_HARDWARE;
	r->owner_why = h->software
			       ? KD_V("the kernel's decoder calls it a software error")
			       : kd_arena_printf(b->arena, "the hardware reported it itself: %.*s",
						 KD_VARG(kd_view_head(kd_view_trim(l->text), 160)));
}

static void outcome_of(struct kd_report *r, const struct hw *h)
{
	static const uint8_t tiers[] = {
		[KD_HW_UNKNOWN] = KD_TIER_LOW,	 [KD_HW_INFO] = KD_TIER_LOW,
		[KD_HW_CORRECTED] = KD_TIER_LOW, [KD_HW_DEFERRED] = KD_TIER_MED,
		[KD_HW_RECOVERABLE] = KD_TIER_HIGH, [KD_HW_FATAL] = KD_TIER_CRIT};

	if (r->panicked)
		return;
	r->tier = tiers[h->worst];
	if (h->previous_boot) {
		if (r->tier > KD_TIER_HIGH)
			r->tier = KD_TIER_HIGH;
		r->outcome_why = KD_V("the record is of the boot before; this kernel runs");
	} else if (h->recovered) {
		if (r->tier > KD_TIER_MED)
			r->tier--;
		r->outcome = KD_OUT_RECOVERED;
		r->outcome_why = KD_V("the kernel says that it recovered");
		r->outcome_line = h->recovered_line;
	} else if (h->worst_line >= 0 && h->worst && h->worst <= KD_HW_DEFERRED) {
		r->outcome = KD_OUT_RECOVERED;
		r->outcome_why = KD_V("an error that was corrected or contained stops nothing");
		r->outcome_line = h->worst_line;
	}
}

void kd_kind_hw_finish(struct kd_builder *b)
{
	struct hw *h = b->mine;
	struct kd_report *r = b->r;
	struct kd_view at;
	const char *sev;

	if (!h)
		return;
	sev = kd_hw_severity_name(h->worst);
	words_of(b, h);
	outcome_of(r, h);
	if (h->only_logged && !h->what.n)
		what(b, "events were logged; the record is not in this text");
	b->line = h->worst_line >= 0 ? h->worst_line : 0;
	kd_builder_str(b, "hardware", "severity", kd_view_of(sev));
	kd_builder_u64(b, "hardware", "records", h->records, NULL);
	at = h->aer.source.p ? h->aer.source : h->aer.reporter;
	kd_builder_title(b, "%s%s%s%s%s%.*s%s%.*s", r->kind->words, h->worst ? ", " : "",
			 h->worst ? sev : "", h->previous_boot ? " (of the boot before)" : "",
			 at.n || h->what.n ? ": " : "", KD_VARG(at), at.n && h->what.n ? ", " : "",
			 KD_VARG(h->what));
}

void kd_kind_mce_finish(struct kd_builder *b)
{
	mce_judge(b);
	kd_kind_hw_finish(b);
}
