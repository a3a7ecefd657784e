/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts that only the family of the report prints, read by its kind into sections: one
 * statement per section, in the words of the keys. A new kind needs nothing here.
 */
#include "base/alloc.h"
#include "verb/inv.h"

#define FACTS_MAX 24 /* in one statement */

static void add_value(struct kd_buf *t, const struct kd_fact *f)
{
	switch ((enum kd_fact_type)f->type) {
	case KD_FACT_STR:
		kd_buf_add(t, kd_view_head(f->str, 160));
		break;
	case KD_FACT_U64:
		kd_buf_printf(t, "%llu", (unsigned long long)f->num);
		break;
	case KD_FACT_HEX:
		kd_buf_printf(t, "%#llx", (unsigned long long)f->num);
		break;
	case KD_FACT_BOOL:
		kd_buf_printf(t, "%s", f->num ? "yes" : "no");
		break;
	case KD_FACT_I64:
		kd_buf_printf(t, "%lld", (long long)f->num);
		break;
	}
	if (f->unit)
		kd_buf_printf(t, " %s", f->unit);
}

static void add_words(struct kd_buf *t, const char *key)
{
	for (; *key; key++)
		kd_buf_addc(t, *key == '_' ? ' ' : *key);
}

void kd_inv_fact_text(struct kd_buf *t, const struct kd_fact *f)
{
	add_words(t, f->key);
	kd_buf_add(t, KD_V(" "));
	add_value(t, f);
}

/* Facts that other statements say already. */
static bool said_elsewhere(const struct kd_report *r, const struct kd_section *s)
{
	if (!strcmp(s->name, "panic"))
		return kd_inv_is(r, "panic"); /* the header */
	if (!strcmp(s->name, "exception") && s->nfacts)
		return !strcmp(s->facts[0].key, "error_code") || !strcmp(s->facts[0].key, "esr");
	return !strcmp(s->name, "access") || !strcmp(s->name, "x86_pf") ||
	       !strcmp(s->name, "header");
}

/* The line as printed, of which the other facts are the parts. */
static bool is_whole_line(const struct kd_section *s, const struct kd_fact *f)
{
	if (strcmp(f->key, "text") != 0)
		return false;
	if (!strcmp(s->name, "list"))
		return true; /* the header */
	for (size_t i = 0; !strcmp(s->name, "lock") && i < s->nfacts; i++)
		if (!strcmp(s->facts[i].key, "class"))
			return true;
	return false;
}

static void say_section(struct kd_inv_build *b, const struct kd_section *sec)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(1500);
	size_t n = sec->nfacts < FACTS_MAX ? sec->nfacts : FACTS_MAX;
	struct kd_statement *s;

	for (size_t i = 0; i < n; i++) {
		if (is_whole_line(sec, &sec->facts[i]))
			continue;
		if (t.n)
			kd_buf_add(&t, KD_V(" · "));
		kd_inv_fact_text(&t, &sec->facts[i]);
	}
	if (sec->nfacts > n)
		kd_buf_printf(&t, " · %zu more", sec->nfacts - n);
	if (!t.n)
		return;
	s = kd_inv_say(b, KD_PART_PROVEN, sec->name, "%.*s", KD_VARG(kd_buf_view(&t)));
	for (size_t i = 0; i < n; i++)
		kd_inv_at(b, s, sec->facts[i].line);
}

/*
 * KASAN and KFENCE: do the free and the use come from the same task, how much of their
 * outer frames is common? That is what tells an order bug in one path from a lifetime
 * bug between two (screen c of the wish list).
 */
static size_t common_tail(const struct kd_stack *a, const struct kd_stack *z)
{
	size_t n = 0;

	while (n < a->nframes && n < z->nframes &&
	       kd_view_eq(a->frames[a->nframes - 1 - n].func, z->frames[z->nframes - 1 - n].func))
		n++;
	return n;
}

static void say_use_and_free(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	const struct kd_stack *use = kd_inv_stack_of(r, KD_STACK_CRASH);
	const struct kd_stack *fr = kd_inv_stack_of(r, KD_STACK_FREE);
	const struct kd_fact *sub = kd_inv_fact(r, "sanitizer", "subtype");
	bool freeing = sub && (kd_view_has(sub->str, KD_V("double-free")) || kd_view_has(sub->str, KD_V("invalid-free")) ||
			       kd_view_has(sub->str, KD_V("invalid free")));
	const char *what = freeing ? "second free" : "access";
	struct kd_statement *s;
	size_t n;

	/* Found when the object was freed: the stack is that of the check, the write is elsewhere. */
	if (sub && kd_view_has(sub->str, KD_V("memory corruption")))
		return;
	/* SLUB notices later: its stack is that of the check, not of an access. */
	if (!use || !fr || use->cut || fr->cut || !kd_inv_is(r, "sanitizer"))
		return;
	if (fr->has_pid && r->has_pid) {
		s = kd_inv_say(b, KD_PART_PROVEN, "tasks",
			       fr->pid == r->pid ? "the free and the %s were made by the same task id, %lld"
						 : "the %s was made by task %lld, the free by task %lld",
			       what, (long long)r->pid, (long long)fr->pid);
		kd_inv_at(b, s, fr->line);
		kd_inv_at(b, s, r->cpu_line);
	}
	n = common_tail(use, fr);
	if (n < 3 || !fr->has_pid || !r->has_pid || fr->pid != r->pid)
		return;
	s = kd_inv_say(b, KD_PART_PROVEN, "frames",
		       "%s and free share their %zu outer frames: one call, or two passes of the same loop", what,
		       n);
	kd_inv_at(b, s, use->line);
	kd_inv_at(b, s, fr->line);
}

void kd_inv_family(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;

	for (size_t i = 0; i < r->nsections; i++)
		if (!said_elsewhere(r, &r->sections[i]))
			say_section(b, &r->sections[i]);
	say_use_and_free(b);
}
