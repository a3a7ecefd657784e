/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Notes for the header, the access, the error code, facts of the kind, and the rest. */
#include "base/alloc.h"
#include "report/arch.h"
#include "report/arm64.h"
#include "report/x86.h"
#include "verb/expl.h"
#include "verb/inv.h"

static int32_t header_line(const struct kd_report *r)
{
	for (size_t i = 0; i < r->nlines; i++)
		if (r->lines[i].role == KD_ROLE_HEADER)
			return (int32_t)i;
	return 0;
}

static const char *header_limit(uint8_t pcclass)
{
	switch ((enum kd_pcclass)pcclass) {
	case KD_PCC_FAULTING:
		return "why the address or operand was wrong: the function that faulted is often not "
		       "the one that made the pointer";
	case KD_PCC_TRAP:
		return "who broke the rule that is checked here, only that it was broken";
	case KD_PCC_SAMPLED:
		return "that the code shown is guilty: it was running, or waiting, when somebody looked";
	case KD_PCC_IMPRECISE:
		return "anything about the instruction at the pc: the error came from something earlier";
	case KD_PCC_REPORTER:
		return "that the checker's own functions on top of the stack matter: read below them";
	case KD_PCC_EXECUTED:
		return "that the instruction at the pc did it: the one before it was executed";
	case KD_PCC_NONE:
		break;
	}
	return NULL;
}

static void x86_code(struct kd_expl_build *b, const struct kd_access *a)
{
	struct kd_x86_pf pf;

	kd_x86_pf_decode(a->code, &pf);
	kd_expl_note(b, a->code_line, KD_NOTE_SAYS,
		     "error code 0x%04llx = %s: bit 0 (P) %s, bit 1 (W) %s, bit 2 (U) %s, bit 3 (RSVD) "
		     "%s, bit 4 (I) %s, bit 5 (PK) %s",
		     (unsigned long long)a->code, pf.words, pf.present ? "protection" : "not present",
		     pf.write ? "write" : "read", pf.user ? "user" : "supervisor",
		     pf.rsvd ? "reserved bit set" : "0", pf.instr ? "instruction fetch" : "0",
		     pf.pkey ? "protection key" : "0");
}

static void access_notes(struct kd_expl_build *b)
{
	const struct kd_access *a = &b->r->access;
	enum kd_arch arch = kd_arch_by_name(b->r->arch);
	struct kd_esr e;

	if (a->has_addr)
		kd_expl_note(b, a->addr_line, KD_NOTE_SAYS, "the address of the access is %#llx%s",
			     (unsigned long long)a->addr,
			     a->addr < 4096 && kd_inv_is(b->r, "page_fault")
				     ? ": so small that NULL plus an offset is a usual reading, not the "
				       "only one (an index, a small number used as a pointer)"
				     : "");
	if (a->has_code && kd_inv_is(b->r, "page_fault") &&
	    (arch == KD_ARCH_X86_64 || arch == KD_ARCH_I386)) {
		x86_code(b, a);
	} else if (a->has_code && arch == KD_ARCH_ARM64) {
		kd_esr_decode(a->code, &e);
		kd_expl_note(b, a->code_line, KD_NOTE_SAYS, "ESR %#llx: exception class %s%s%s",
			     (unsigned long long)a->code, e.ec_words ? e.ec_words : "unknown",
			     e.is_abort ? "; " : "", e.is_abort && e.fsc_words ? e.fsc_words : "");
	}
	if (a->pgtable.n) {
		kd_expl_note(b, a->pgtable_line, KD_NOTE_SAYS,
			     "the page table entries on the way to the address, from the top; the walk "
			     "ends at the first that is not present, 0 means that nothing is mapped");
		kd_expl_note(b, a->pgtable_line, KD_NOTE_NOT,
			     "what was mapped there earlier");
	}
}

static void oops_line(struct kd_expl_build *b)
{
	const struct kd_report *r = b->r;

	if (r->has_oops_no)
		kd_expl_note(b, r->oops_line, KD_NOTE_SAYS, "[#%u]: oops number %u since boot%s",
			     r->oops_no, r->oops_no,
			     r->oops_no > 1 ? "; look for the first one, later ones are often its "
					      "consequences"
					    : "");
	if (r->config.n)
		kd_expl_note(b, r->oops_line, KD_NOTE_SAYS,
			     "%.*s: how the kernel was built (PREEMPT, SMP, sanitizers) and, with PTI "
			     "or NOPTI, whether page table isolation is on",
			     KD_VARG(kd_view_head(r->config, 120)));
}

static void tail_notes(struct kd_expl_build *b)
{
	const struct kd_report *r = b->r;

	if (r->outcome_line >= 0 && r->outcome_why.n)
		kd_expl_note(b, r->outcome_line, KD_NOTE_SAYS, "%s: %.*s",
			     kd_outcome_words(r->outcome), KD_VARG(kd_view_head(r->outcome_why, 200)));
	for (size_t i = 0; i < r->nlines; i++) {
		if (kd_view_has(r->lines[i].text, KD_V("---[ end trace")))
			kd_expl_note(b, (int32_t)i, KD_NOTE_SAYS,
				     "the end of the report; the number only marks the text (newer "
				     "kernels print zeros)");
		if (kd_view_has(r->lines[i].text, KD_V("Kernel Offset:")))
			kd_expl_note(b, (int32_t)i, KD_NOTE_SAYS,
				     "how far the kernel image was moved at boot (KASLR): subtract it "
				     "from raw text addresses; symbol+offset needs no correction");
	}
}

void kd_expl_header(struct kd_expl_build *b)
{
	const struct kd_report *r = b->r;
	int32_t at = header_line(r);

	if (r->kind) {
		const char *no = header_limit(r->kind->pcclass);

		kd_expl_note(b, at, KD_NOTE_SAYS, "this starts a report of the kind \"%s\"",
			     r->kind->words);
		if (no)
			kd_expl_note(b, at, KD_NOTE_NOT, "%s", no);
	}
	if (r->loc_file.n) {
		kd_expl_note(b, r->loc_at, KD_NOTE_SAYS, "%.*s line %u: exact for the source that this "
			     "kernel was built from", KD_VARG(kd_view_head(r->loc_file, 200)),
			     r->loc_line);
		kd_expl_note(b, r->loc_at, KD_NOTE_NEXT,
			     "the condition at that line, in exactly this release: lines move");
	}
	access_notes(b);
	oops_line(b);
	tail_notes(b);
}

/* The line as printed stands above its notes: its text is no news where parts of it were read. */
static bool is_the_line(const struct kd_section *s, const struct kd_fact *f)
{
	if (strcmp(f->key, "text") != 0)
		return false;
	for (size_t i = 0; i < s->nfacts; i++)
		if (&s->facts[i] != f && s->facts[i].line == f->line)
			return true;
	return false;
}

void kd_expl_family(struct kd_expl_build *b)
{
	const struct kd_report *r = b->r;

	for (size_t i = 0; i < r->nsections; i++)
		for (size_t k = 0; k < r->sections[i].nfacts; k++) {
			const struct kd_fact *f = &r->sections[i].facts[k];
			kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(400);

			if (is_the_line(&r->sections[i], f))
				continue;
			kd_inv_fact_text(&t, f);
			kd_expl_note(b, f->line, KD_NOTE_SAYS, "%s: %.*s", r->sections[i].name,
				     KD_VARG(kd_buf_view(&t)));
		}
}

/* Lines that no field came from: say so, once per sort. */
void kd_expl_rest(struct kd_expl_build *b)
{
	for (size_t i = 0; i < b->e->nlines; i++) {
		const struct kd_expl_line *l = &b->e->lines[i];
		int32_t at = (int32_t)i;

		if (l->nnotes)
			continue;
		if (kd_view_has(l->text, KD_V("[ cut here ]")))
			kd_expl_note(b, at, KD_NOTE_SAYS,
				     "where a report that is to be sent begins; copy from here to the "
				     "end trace, better from boot on");
		else if (l->role == KD_ROLE_NOISE && kd_view_trim(l->text).n &&
			 kd_expl_first(b, KD_EXPL_RULER))
			kd_expl_note(b, at, KD_NOTE_SAYS, "a ruler: no content");
		else if (l->role == KD_ROLE_DETAIL && kd_expl_first(b, KD_EXPL_DETAIL))
			kd_expl_note(b, at, KD_NOTE_SAYS,
				     "detail text of this kind of report (memory bytes, lists)");
		else if (l->role == KD_ROLE_UNKNOWN && kd_expl_first(b, KD_EXPL_UNREAD))
			kd_expl_note(b, at, KD_NOTE_SAYS,
				     "not understood by this version: read it yourself");
	}
}
