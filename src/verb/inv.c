/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The builder behind inv.h, look-ups in a report, and words. */
#include "report/demangle.h"
#include "verb/inv.h"

#include <stdio.h>

#include "base/alloc.h"

struct kd_statement *kd_inv_say(struct kd_inv_build *b, enum kd_part part, const char *topic,
				const char *fmt, ...)
{
	char text[KD_INV_TEXT];
	struct kd_statement *s;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s = n < 0 ? NULL : kd_avec_push(b->arena, &b->st, KD_INV_STATEMENTS);
	if (!s) {
		b->f->limited = true;
		return NULL;
	}
	if ((size_t)n >= sizeof(text)) {
		n = sizeof(text) - 1;
		b->f->limited = true;
	}
	*s = (struct kd_statement){.part = (uint8_t)part, .topic = topic};
	s->text = kd_arena_view(b->arena, kd_view(text, (size_t)n));
	if (part == KD_PART_PROVEN || part == KD_PART_KNOWN)
		s->status = KD_CLAIM_SUPPORTED;
	return s;
}

void kd_inv_refuted_by(struct kd_inv_build *b, struct kd_statement *s, const char *fmt, ...)
{
	char text[KD_INV_TEXT];
	va_list ap;
	int n;

	if (!s)
		return;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n > 0)
		s->refute = kd_arena_view(
			b->arena, kd_view(text, (size_t)n < sizeof(text) ? (size_t)n
									 : sizeof(text) - 1));
}

/* A span whose bytes are not there (the scanner's offsets are its own) is no evidence. */
static bool make_evidence(const struct kd_investigation *inv, struct kd_inv_evidence *e)
{
	struct kd_error *err = kd_evidence_log(kd_buf_view(&inv->raw), e->off, e->end, &e->e);

	kd_error_free(err);
	return !err;
}

static uint16_t add_evidence(struct kd_inv_build *b, const struct kd_inv_evidence *span)
{
	struct kd_inv_evidence *e;

	for (size_t i = 0; i < b->ev.n; i++)
		if (b->ev.v[i].off == span->off && b->ev.v[i].end == span->end)
			return (uint16_t)i;
	e = kd_avec_push(b->arena, &b->ev, KD_INV_EVIDENCE);
	if (!e) {
		b->f->limited = true;
		return UINT16_MAX;
	}
	*e = *span;
	e->quote = kd_arena_view(b->arena, kd_view_head(span->quote, 200));
	if (!make_evidence(b->inv, e)) {
		b->ev.n--;
		return UINT16_MAX;
	}
	return (uint16_t)(b->ev.n - 1);
}

uint16_t kd_inv_evidence(struct kd_inv_build *b, int32_t first, int32_t last)
{
	const struct kd_report *r = b->r;
	const struct kd_rline *a, *z;

	if (first < 0 || (size_t)first >= r->nlines)
		return UINT16_MAX;
	if (last < first || (size_t)last >= r->nlines)
		last = first;
	a = &r->lines[first];
	z = &r->lines[last];
	return add_evidence(b, &(struct kd_inv_evidence){.line = a->no,
							 .line_end = z->no,
							 .off = a->off,
							 .end = z->off + z->len,
							 .quote = a->text});
}

static void attach(struct kd_statement *s, uint16_t i)
{
	if (!s || i == UINT16_MAX)
		return;
	for (uint8_t k = 0; k < s->nev; k++)
		if (s->ev[k] == i)
			return;
	if (s->nev < KD_INV_EV_MAX)
		s->ev[s->nev++] = i;
}

void kd_inv_ref(struct kd_inv_build *b, struct kd_statement *s, const struct kd_logref *l)
{
	if (s && l->no)
		attach(s, add_evidence(b, &(struct kd_inv_evidence){.line = l->no,
								    .line_end = l->no,
								    .off = l->off,
								    .end = l->off + l->len,
								    .quote = l->text}));
}

void kd_inv_span(struct kd_inv_build *b, struct kd_statement *s, int32_t first, int32_t last)
{
	attach(s, s ? kd_inv_evidence(b, first, last) : UINT16_MAX);
}

void kd_inv_at(struct kd_inv_build *b, struct kd_statement *s, int32_t line)
{
	kd_inv_span(b, s, line, line);
}

/* --- look-ups ------------------------------------------------------------------------- */

const struct kd_section *kd_inv_section(const struct kd_report *r, const char *section)
{
	for (size_t i = 0; i < r->nsections; i++)
		if (!strcmp(r->sections[i].name, section))
			return &r->sections[i];
	return NULL;
}

const struct kd_fact *kd_inv_fact(const struct kd_report *r, const char *section, const char *key)
{
	for (size_t i = 0; i < r->nsections; i++) {
		const struct kd_section *s = &r->sections[i];

		if (section && strcmp(s->name, section))
			continue;
		for (size_t k = 0; k < s->nfacts; k++)
			if (!strcmp(s->facts[k].key, key))
				return &s->facts[k];
	}
	return NULL;
}

const struct kd_stack *kd_inv_stack_of(const struct kd_report *r, enum kd_stack_role role)
{
	for (size_t i = 0; i < r->nstacks; i++)
		if (r->stacks[i].role == role && r->stacks[i].nframes)
			return &r->stacks[i];
	return NULL;
}

const struct kd_regset *kd_inv_regset(const struct kd_report *r, enum kd_regset_label label)
{
	for (size_t i = 0; i < r->nregsets; i++)
		if (r->regsets[i].label == label)
			return &r->regsets[i];
	return NULL;
}

const struct kd_reg *kd_inv_reg(const struct kd_regset *s, const char *name)
{
	for (size_t i = 0; s && i < s->nregs; i++)
		if (kd_view_eq(s->regs[i].name, kd_view_of(name)))
			return &s->regs[i];
	return NULL;
}

int32_t kd_inv_header(const struct kd_report *r)
{
	for (size_t i = 0; i < r->nlines; i++)
		if (r->lines[i].role == KD_ROLE_HEADER)
			return (int32_t)i;
	return 0;
}

bool kd_inv_is(const struct kd_report *r, const char *kind_or_family)
{
	return r->kind && kd_kind_is(r->kind, kind_or_family);
}

struct kd_view kd_inv_symbol(struct kd_arena *a, const struct kd_frame *f)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(512);

	if (!f->func.n)
		return f->has_addr ? kd_arena_printf(a, "%#llx", (unsigned long long)f->addr)
				   : KD_VNULL;
	kd_buf_add(&b, kd_view_head(kd_demangle(a, f->func), 256));
	if (f->has_offset)
		kd_buf_printf(&b, "+%#llx/%#llx", (unsigned long long)f->offset,
			      (unsigned long long)f->size);
	if (f->module.n)
		kd_buf_printf(&b, " [%.*s]", KD_VARG(kd_view_head(f->module, 64)));
	return kd_arena_view(a, kd_buf_view(&b));
}

const struct kd_report *kd_inv_report(const struct kd_investigation *inv, uint32_t number)
{
	for (size_t i = 0; number && i < inv->reports->n; i++)
		if (inv->reports->v[i]->index + 1 == number)
			return inv->reports->v[i];
	return NULL;
}

/* --- words ---------------------------------------------------------------------------- */

static const char *word(const char *const *words, size_t n, size_t i)
{
	return i < n ? words[i] : words[0];
}

#define WORD(table, i) word(table, KD_ARRAY_LEN(table), i)

const char *kd_ctx_words(uint8_t ctx)
{
	static const char *const w[] = {
		[KD_CTX_UNKNOWN] = "context not stated",
		[KD_CTX_TASK] = "task context",
		[KD_CTX_SOFTIRQ] = "softirq context",
		[KD_CTX_IRQ] = "hard interrupt context",
		[KD_CTX_NMI] = "NMI context",
		[KD_CTX_EXCEPTION] = "exception stack",
		[KD_CTX_IDLE] = "idle task",
		[KD_CTX_INTERRUPT] = "interrupt context (hard or soft)",
	};
	return WORD(w, ctx);
}

bool kd_ctx_borrows_task(uint8_t ctx)
{
	return ctx == KD_CTX_IRQ || ctx == KD_CTX_SOFTIRQ || ctx == KD_CTX_NMI || ctx == KD_CTX_INTERRUPT;
}

const char *kd_stack_role_words(uint8_t role)
{
	static const char *const w[] = {
		[KD_STACK_CRASH] = "stack",
		[KD_STACK_INTERRUPTED] = "interrupted",
		[KD_STACK_ALLOC] = "allocated",
		[KD_STACK_FREE] = "freed",
		[KD_STACK_ORIGIN] = "origin",
		[KD_STACK_WORK] = "queued",
		[KD_STACK_OTHER] = "other side",
		[KD_STACK_DEPENDS] = "dependency",
		[KD_STACK_DETECTOR] = "detector",
		[KD_STACK_HOLDOUT] = "holdout",
		[KD_STACK_GP] = "gp kthread",
		[KD_STACK_VICTIM] = "waits",
	};
	return WORD(w, role);
}

const char *kd_regset_words(uint8_t label)
{
	static const char *const w[] = {
		[KD_REGS_FAULT] = "event",
		[KD_REGS_INTERRUPTED] = "interrupted",
		[KD_REGS_USER] = "user entry",
		[KD_REGS_REPEAT] = "repeat",
		[KD_REGS_OTHER] = "other CPU or task",
	};
	return WORD(w, label);
}

const char *kd_owner_words(uint8_t owner)
{
	static const char *const w[] = {
		[KD_OWNER_KERNEL] = "kernel",
		[KD_OWNER_HARDWARE] = "hardware",
		[KD_OWNER_OOT_MODULE] = "out-of-tree module",
		[KD_OWNER_BPF] = "BPF program",
		[KD_OWNER_FIRMWARE] = "firmware",
		[KD_OWNER_USER] = "user space or administrator",
		[KD_OWNER_UNKNOWN] = "unknown",
	};
	return WORD(w, owner);
}

const char *kd_tier_words(uint8_t tier)
{
	static const char *const w[] = {
		[KD_TIER_NONE] = "NOTE", [KD_TIER_LOW] = "LOW",	  [KD_TIER_MED] = "MED",
		[KD_TIER_HIGH] = "HIGH", [KD_TIER_CRIT] = "CRIT",
	};
	return WORD(w, tier);
}

const char *kd_outcome_words(uint8_t outcome)
{
	static const char *const w[] = {
		[KD_OUT_UNKNOWN] = "outcome unknown",
		[KD_OUT_FATAL] = "fatal",
		[KD_OUT_RECOVERED] = "alive",
	};
	return WORD(w, outcome);
}

const char *kd_part_heading(enum kd_part part)
{
	static const char *const w[KD_NPARTS] = {
		[KD_PART_CONTEXT] = "CONTEXT",	 [KD_PART_PROVEN] = "PROVEN",
		[KD_PART_LIKELY] = "LIKELY",	 [KD_PART_KNOWN] = "KNOWN",
		[KD_PART_FIX] = "FIX", [KD_PART_UNKNOWN] = "NOT KNOWN", [KD_PART_SETTLE] = "SETTLE",
		[KD_PART_DO] = "DO",		 [KD_PART_NEXT] = "NEXT",
	};
	return WORD(w, part);
}

const char *kd_part_key(enum kd_part part)
{
	static const char *const w[KD_NPARTS] = {
		[KD_PART_CONTEXT] = "context",	 [KD_PART_PROVEN] = "proven",
		[KD_PART_LIKELY] = "likely",	 [KD_PART_KNOWN] = "known",
		[KD_PART_FIX] = "fix", [KD_PART_UNKNOWN] = "not_known", [KD_PART_SETTLE] = "settle",
		[KD_PART_DO] = "recommendation", [KD_PART_NEXT] = "next",
	};
	return WORD(w, part);
}
