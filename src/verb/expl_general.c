/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which sections of the playbook "general" apply to this report, and why. */
#include "verb/expl.h"
#include "verb/inv.h"

#define GENERAL_MAX 8

static const struct kd_playbook_section *section(const char *heading)
{
	const struct kd_playbook *p = kd_playbook_named(KD_V("general"));

	for (size_t i = 0; p && i < p->nsections; i++)
		if (!strcmp(p->sections[i].heading, heading))
			return &p->sections[i];
	return NULL;
}

static void add(struct kd_expl_build *b, const char *heading, struct kd_view why)
{
	const struct kd_playbook_section *s = section(heading);
	struct kd_expl_general *g;

	if (!s || b->e->ngeneral == GENERAL_MAX)
		return;
	g = &b->e->general[b->e->ngeneral++];
	g->section = s->heading;
	g->body = s;
	g->why = why;
}

void kd_expl_general(struct kd_expl_build *b)
{
	const struct kd_report *r = b->r;

	b->e->general = kd_arena_array(&b->e->arena, GENERAL_MAX, struct kd_expl_general);
	if (!b->e->general) {
		b->e->limited = true;
		return;
	}
	if (r->ctx == KD_CTX_IRQ || r->ctx == KD_CTX_SOFTIRQ || r->ctx == KD_CTX_NMI)
		add(b, "Interrupt context", KD_V("this code ran in an interrupt"));
	if (r->nstacks)
		add(b, "Stacks", KD_V("the report has a stack"));
	if (r->taint.bits)
		add(b, "Taint letters", KD_V("the kernel is tainted"));
	if (r->has_kaslr || (r->kind && r->kind->oops))
		add(b, "KASLR", r->has_kaslr ? KD_V("the offset is printed")
					     : KD_V("raw addresses of this boot are moved"));
	if (r->kind && r->kind->oops)
		add(b, "panic_on_oops",
		    r->panicked ? KD_V("this oops ended in a panic")
				: KD_V("this is an oops; the setting decides what follows"));
	if (kd_inv_is(r, "sanitizer") || kd_inv_is(r, "kasan") || kd_inv_is(r, "kfence") ||
	    kd_inv_is(r, "kmsan") || kd_inv_is(r, "kcsan") || kd_inv_is(r, "slab"))
		add(b, "Sanitizer costs", KD_V("a memory checker found or would find it"));
}
