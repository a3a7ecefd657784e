// SPDX-License-Identifier: GPL-2.0-or-later
/* AMD's decoder, firmware-first records, EDAC and PCIe AER; see hwerr.h. */
#include "report/hwerr.h"

#include "base/alloc.h"

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

static bool take_hex32(struct kd_view *v, uint32_t *ret)
{
	struct kd_view w = *v;
	uint64_t n;

	if (!kd_view_take_hex(&w, &n) || n > UINT32_MAX)
		return false;
	*v = w;
	*ret = (uint32_t)n;
	return true;
}

/* "key: 0x1234" inside a text. */
static bool find_hex(struct kd_view v, struct kd_view key, uint64_t *ret)
{
	size_t at = kd_view_find(v, key);

	if (at == KD_NPOS)
		return false;
	v = kd_view_from(v, at + key.n);
	kd_view_skip_blank(&v);
	return kd_view_take_hex(&v, ret);
}

/* --- AMD ---------------------------------------------------------------------------------- */

/* "CPU:2 (17:31:0) MC4_STATUS[Over|CE|MiscV|…]: 0xdc2040000000011b" */
static bool amd_status(struct kd_view v, struct kd_amd_mce *ret)
{
	struct kd_amd_mce m = {0};
	struct kd_view f;

	if (!kd_view_skip(&v, KD_V("CPU:")) || !take_dec32(&v, &m.cpu) ||
	    !kd_view_skip(&v, KD_V(" (")) || !kd_view_take_until(&v, KD_V(") MC"), &m.model) ||
	    !take_dec32(&v, &m.bank) || !kd_view_skip(&v, KD_V("_STATUS[")) ||
	    !kd_view_take_until(&v, KD_V("]: "), &m.flags) || !kd_view_take_hex(&v, &m.status))
		return false;
	m.has_cpu = m.has_bank = m.has_status = true;
	f = m.flags;
	m.overflow = kd_view_has(f, KD_V("Over"));
	m.uncorrected = kd_view_has(f, KD_V("|UE"));
	m.pcc = kd_view_has(f, KD_V("PCC"));
	m.ecc = kd_view_has(f, KD_V("ECC"));
	m.deferred = kd_view_has(f, KD_V("Deferred"));
	m.poison = kd_view_has(f, KD_V("Poison"));
	m.scrub = kd_view_has(f, KD_V("Scrub"));
	*ret = m;
	return true;
}

/* "Unified Memory Controller Ext. Error Code: 0, DRAM ECC error." and "MC4 Error: …" */
static bool amd_unit(struct kd_view v, struct kd_amd_mce *ret)
{
	struct kd_view unit, w = v;
	uint32_t code;

	if (kd_view_take_until(&w, KD_V(" Ext. Error Code: "), &unit) && unit.n && unit.n < 64) {
		if (!take_dec32(&w, &code))
			return false;
		ret->unit = unit;
		ret->ext_code = code;
		if (kd_view_skip(&w, KD_V(", ")))
			ret->error = kd_view_trim(w);
		return true;
	}
	w = v;
	if (kd_view_skip(&w, KD_V("MC")) && w.n && kd_is_digit(*w.p) &&
	    kd_view_take_until(&w, KD_V(" Error: "), &unit) && unit.n < 3) {
		ret->unit = kd_view(v.p, (size_t)(w.p - v.p) - 2);
		ret->error = kd_view_trim(w);
		return true;
	}
	return false;
}

bool kd_amd_mce_line(struct kd_view line, struct kd_amd_mce *ret)
{
	struct kd_view v = kd_view_trim(line);
	uint64_t n;

	kd_view_skip(&v, KD_V("mce: "));
	if (!kd_view_skip(&v, KD_V("[Hardware Error]: ")))
		return false;
	if (amd_status(v, ret) || amd_unit(v, ret))
		return true;
	if (kd_view_starts(v, KD_V("Error Addr: ")) && find_hex(v, KD_V("Error Addr:"), &n)) {
		ret->has_addr = true;
		ret->addr = n;
		return true;
	}
	if (kd_view_starts(v, KD_V("cache level: "))) {
		ret->detail = v;
		return true;
	}
	return kd_view_starts(v, KD_V("IPID: ")) || kd_view_starts(v, KD_V("PPIN: ")) ||
	       kd_view_starts(v, KD_V("Corrected error, no action required")) ||
	       kd_view_starts(v, KD_V("Deferred error, no action required")) ||
	       kd_view_starts(v, KD_V("Uncorrected, software ")) ||
	       kd_view_starts(v, KD_V("System Fatal error"));
}

/* --- firmware first -------------------------------------------------------------------------- */

static enum kd_hw_severity cper_severity(struct kd_view v)
{
	if (kd_view_starts(v, KD_V("fatal")))
		return KD_HW_FATAL;
	if (kd_view_starts(v, KD_V("recoverable")))
		return KD_HW_RECOVERABLE;
	if (kd_view_starts(v, KD_V("corrected")))
		return KD_HW_CORRECTED;
	if (kd_view_starts(v, KD_V("info")))
		return KD_HW_INFO;
	return KD_HW_UNKNOWN;
}

/* A key whose value is the rest of the line. */
static bool text_key(struct kd_view v, struct kd_view key, struct kd_view *ret)
{
	if (!kd_view_skip(&v, key))
		return false;
	*ret = kd_view_trim(v);
	return true;
}

static bool ghes_section(struct kd_view v, struct kd_ghes *g)
{
	struct kd_view w = v;
	uint32_t n;

	if (!kd_view_skip(&w, KD_V("Error ")) || !take_dec32(&w, &n) ||
	    !kd_view_skip(&w, KD_V(", type: ")))
		return false;
	g->has_section = true;
	g->section = n;
	g->type = kd_view_trim(w);
	g->section_severity = (uint8_t)cper_severity(g->type);
	return true;
}

static bool ghes_source(struct kd_view v, struct kd_ghes *g)
{
	uint32_t n;

	if (!kd_view_skip(&v, KD_V("Hardware error from APEI Generic Hardware Error Source: ")))
		return false;
	g->has_source = take_dec32(&v, &n);
	if (g->has_source)
		g->source = n;
	return true;
}

static bool ghes_field(struct kd_view v, struct kd_ghes *g)
{
	struct kd_view sev;
	uint64_t n;

	if (text_key(v, KD_V("event severity: "), &sev)) {
		g->severity = (uint8_t)cper_severity(sev);
		return true;
	}
	if (kd_view_starts(v, KD_V("physical_address: ")) &&
	    find_hex(v, KD_V("physical_address:"), &n)) {
		g->has_addr = true;
		g->addr = n;
		return true;
	}
	if (kd_view_starts(v, KD_V("node:")) || kd_view_starts(v, KD_V("card:"))) {
		g->where = v;
		return true;
	}
	return text_key(v, KD_V("section_type: "), &g->section_type) ||
	       text_key(v, KD_V("section type: "), &g->section_type) ||
	       text_key(v, KD_V("error_type: "), &g->error_type) ||
	       text_key(v, KD_V("fru_text: "), &g->fru) ||
	       text_key(v, KD_V("device_id: "), &g->device) ||
	       text_key(v, KD_V("DIMM location: "), &g->dimm);
}

bool kd_ghes_line(struct kd_view line, struct kd_ghes *ret)
{
	struct kd_view v = kd_view_trim(line);
	uint32_t seq = 0;
	bool has_seq = false;

	if (kd_view_skip(&v, KD_V("{"))) {
		if (!take_dec32(&v, &seq) || !kd_view_skip(&v, KD_V("}")))
			return false;
		has_seq = true;
	}
	if (!kd_view_skip(&v, KD_V("[Hardware Error]:")))
		return false;
	v = kd_view_trim(v);
	if (ghes_source(v, ret) || ghes_section(v, ret) || ghes_field(v, ret) || has_seq) {
		ret->has_seq |= has_seq;
		if (has_seq)
			ret->seq = seq;
		return true;
	}
	return false;
}

/* --- EDAC ------------------------------------------------------------------------------------- */

static void edac_numbers(struct kd_view v, struct kd_edac *e)
{
	struct kd_view grain = v;
	size_t at = kd_view_find(v, KD_V("page:"));

	e->has_page = find_hex(v, KD_V("page:"), &e->page);
	e->has_offset = find_hex(v, KD_V("offset:"), &e->offset);
	e->has_syndrome = find_hex(v, KD_V("syndrome:"), &e->syndrome);
	e->where = kd_view_trim(kd_view_head(v, at));
	at = kd_view_find(grain, KD_V("grain:"));
	if (at != KD_NPOS) {
		grain = kd_view_from(grain, at + 6);
		e->has_grain = kd_view_take_dec(&grain, &e->grain);
	}
	at = kd_view_find(v, KD_V(" - "));
	if (at != KD_NPOS)
		e->detail = kd_view_trim(kd_view_from(v, at + 3));
}

bool kd_edac_line(struct kd_view line, struct kd_edac *ret)
{
	struct kd_view v = kd_view_trim(line), head;
	struct kd_edac e = {0};
	size_t open;

	if (!kd_view_skip(&v, KD_V("EDAC ")) || !kd_view_take_until(&v, KD_V(": "), &e.ctl) ||
	    !e.ctl.n || e.ctl.n > 32 || !kd_view_take_dec(&v, &e.count))
		return false;
	if (kd_view_skip(&v, KD_V(" UE ")))
		e.uncorrected = true;
	else if (!kd_view_skip(&v, KD_V(" CE ")))
		return false;
	open = kd_view_find(v, KD_V(" ("));
	head = kd_view_head(v, open);
	if (kd_view_starts(head, KD_V("on ")))
		e.label = kd_view_trim(kd_view_from(head, 3));
	else if (kd_view_take_until(&head, KD_V(" on "), &e.msg))
		e.label = kd_view_trim(head);
	else
		e.msg = kd_view_trim(head);
	if (open != KD_NPOS) {
		v = kd_view_from(v, open + 2);
		if (kd_view_ends(v, KD_V(")")))
			v.n--;
		edac_numbers(v, &e);
	}
	*ret = e;
	return true;
}

/* --- PCIe AER ------------------------------------------------------------------------------------
 */

static bool hex_run(struct kd_view *v, size_t min, size_t max)
{
	size_t n = 0;

	while (n < v->n && n < max && kd_is_xdigit(v->p[n]))
		n++;
	if (n < min)
		return false;
	*v = kd_view_from(*v, n);
	return true;
}

static bool take_pci(struct kd_view *v, struct kd_view *ret)
{
	struct kd_view w = *v;

	if (!hex_run(&w, 4, 8) || !kd_view_skip(&w, KD_V(":")) || !hex_run(&w, 2, 2) ||
	    !kd_view_skip(&w, KD_V(":")) || !hex_run(&w, 2, 2) || !kd_view_skip(&w, KD_V(".")) ||
	    !hex_run(&w, 1, 1))
		return false;
	*ret = kd_view(v->p, (size_t)(w.p - v->p));
	*v = w;
	return true;
}

bool kd_pci_address(struct kd_view v)
{
	struct kd_view a;

	return take_pci(&v, &a) && !v.n;
}

/* "pcieport 0000:00:1c.0: AER: …" → driver, address, text */
static bool aer_prefix(struct kd_view *v, struct kd_view *driver, struct kd_view *dev, bool *aer)
{
	struct kd_view w = *v, first;

	*driver = KD_VNULL;
	if (!take_pci(&w, dev)) {
		if (!kd_view_take_word(&w, &first) || first.n > 64)
			return false;
		*driver = first;
		kd_view_skip_blank(&w);
		if (!take_pci(&w, dev))
			return false;
	}
	if (!kd_view_skip(&w, KD_V(":")))
		return false;
	kd_view_skip_blank(&w);
	*aer = kd_view_skip(&w, KD_V("AER:"));
	*v = kd_view_trim(w);
	return true;
}

static bool aer_severity(struct kd_view *v, uint8_t *ret)
{
	if (kd_view_skip(v, KD_V("Corrected")) || kd_view_skip(v, KD_V("Correctable"))) {
		*ret = KD_HW_CORRECTED;
		return true;
	}
	if (!kd_view_skip(v, KD_V("Uncorrected (")) && !kd_view_skip(v, KD_V("Uncorrectable (")))
		return false;
	if (kd_view_skip(v, KD_V("Fatal)")))
		*ret = KD_HW_FATAL;
	else if (kd_view_skip(v, KD_V("Non-Fatal)")))
		*ret = KD_HW_RECOVERABLE;
	else
		return false;
	return true;
}

/* "Multiple Uncorrected (Fatal) error [message ]received[: | from ]0000:01:00.0" */
static bool aer_received(struct kd_view v, struct kd_aer *a)
{
	a->multiple = kd_view_skip(&v, KD_V("Multiple "));
	if (!aer_severity(&v, &a->severity) || !kd_view_skip(&v, KD_V(" error ")))
		return false;
	kd_view_skip(&v, KD_V("message "));
	if (!kd_view_skip(&v, KD_V("received")))
		return false;
	a->has_severity = true;
	if (kd_view_skip(&v, KD_V(": ")) || kd_view_skip(&v, KD_V(" from ")))
		(void)take_pci(&v, &a->source);
	return true;
}

/* "PCIe Bus Error: severity=Corrected, type=Physical Layer, [id=00e4](Receiver ID)" */
static bool aer_bus_error(struct kd_view v, struct kd_aer *a)
{
	size_t at;

	if (!kd_view_skip(&v, KD_V("PCIe Bus Error: severity=")) || !aer_severity(&v, &a->severity))
		return false;
	a->has_severity = true;
	if (!kd_view_skip(&v, KD_V(", type=")))
		return true;
	if (!kd_view_take_until(&v, KD_V(","), &a->layer)) {
		a->layer = v;
		return true;
	}
	at = kd_view_chr(v, '(');
	if (at != KD_NPOS) {
		v = kd_view_from(v, at + 1);
		a->agent = kd_view_head(v, kd_view_chr(v, ')'));
	}
	return true;
}

/* "device [8086:a294] error status/mask=00000001/00002000" */
static bool aer_device(struct kd_view v, struct kd_aer *a)
{
	struct kd_aer n = *a;

	if (!kd_view_skip(&v, KD_V("device [")) || !take_hex32(&v, &n.vendor) ||
	    !kd_view_skip(&v, KD_V(":")) || !take_hex32(&v, &n.device) ||
	    !kd_view_skip(&v, KD_V("] error status/mask=")) || !take_hex32(&v, &n.status) ||
	    !kd_view_skip(&v, KD_V("/")) || !take_hex32(&v, &n.mask))
		return false;
	n.has_id = n.has_status = true;
	*a = n;
	return true;
}

/* "[14] CmpltTO                (First)" */
static bool aer_bit_line(struct kd_view v, struct kd_aer *a)
{
	uint32_t bit;

	if (!kd_view_skip(&v, KD_V("[")))
		return false;
	kd_view_skip_blank(&v);
	if (!take_dec32(&v, &bit) || bit > 31 || !kd_view_skip(&v, KD_V("]")))
		return false;
	a->bits |= UINT32_C(1) << bit;
	if (kd_view_has(v, KD_V("(First)"))) {
		a->first_set = true;
		a->first = (uint8_t)bit;
	}
	return true;
}

/* Does a "PCIe Bus Error" go on with the record that "error received" began? */
static bool aer_continues(const struct kd_aer *a, struct kd_view dev)
{
	return a->has_severity && !a->layer.p &&
	       (kd_view_eq(a->reporter, dev) || kd_view_eq(a->source, dev) || !a->source.p);
}

enum kd_aer_what kd_aer_line(struct kd_view line, struct kd_aer *ret)
{
	struct kd_view v = kd_view_trim(line), driver, dev;
	struct kd_aer a = {0};
	bool aer;

	if (!aer_prefix(&v, &driver, &dev, &aer))
		return KD_AER_NONE;
	a.driver = driver;
	a.reporter = dev;
	if (aer_received(v, &a)) {
		*ret = a;
		return KD_AER_NEW;
	}
	if (aer_bus_error(v, &a)) {
		if (aer_continues(ret, dev)) {
			ret->severity = a.severity;
			ret->layer = a.layer;
			ret->agent = a.agent;
			if (!ret->source.p)
				ret->source = dev;
			return KD_AER_MORE;
		}
		a.source = dev;
		*ret = a;
		return KD_AER_NEW;
	}
	if (ret->has_severity && (aer_device(v, ret) || aer_bit_line(v, ret)))
		return KD_AER_MORE;
	if (ret->has_severity && kd_view_skip(&v, KD_V("TLP Header: "))) {
		ret->tlp = kd_view_trim(v);
		return KD_AER_MORE;
	}
	return aer ? KD_AER_INFO : KD_AER_NONE;
}

struct aer_bit {
	uint8_t bit;
	const char *words;
};

/* PCI Express base specification, 7.8.4; names in the log are those of aer.c. */
static const struct aer_bit correctable[] = {
	{0, "receiver error"},
	{6, "bad TLP"},
	{7, "bad DLLP"},
	{8, "replay number rollover"},
	{12, "replay timer timeout"},
	{13, "advisory non-fatal error"},
	{14, "corrected internal error"},
	{15, "header log overflow"},
};

static const struct aer_bit uncorrectable[] = {
	{4, "data link protocol error"},
	{5, "surprise down"},
	{12, "poisoned TLP"},
	{13, "flow control protocol error"},
	{14, "completion timeout"},
	{15, "completer abort"},
	{16, "unexpected completion"},
	{17, "receiver overflow"},
	{18, "malformed TLP"},
	{19, "ECRC error"},
	{20, "unsupported request"},
	{21, "access control (ACS) violation"},
	{22, "uncorrectable internal error"},
	{23, "multicast blocked TLP"},
	{24, "atomic operation egress blocked"},
	{25, "TLP prefix blocked"},
	{26, "poisoned TLP egress blocked"},
	{27, "deferrable memory write egress blocked"},
	{28, "IDE check failed"},
	{29, "misrouted IDE TLP"},
	{30, "PCRC check failed"},
	{31, "TLP translation egress blocked"},
};

const char *kd_aer_bit(bool is_correctable, unsigned bit)
{
	const struct aer_bit *t = is_correctable ? correctable : uncorrectable;
	size_t n = is_correctable ? KD_ARRAY_LEN(correctable) : KD_ARRAY_LEN(uncorrectable);

	for (size_t i = 0; i < n; i++)
		if (t[i].bit == bit)
			return t[i].words;
	return NULL;
}
