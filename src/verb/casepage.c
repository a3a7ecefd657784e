// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/casepage.h"

#include <stdarg.h>

#include "base/alloc.h"

enum { PARTS = 32, FACTS = 100, TABLES = 8, LINES = 400, NEXTS = 20 };

struct kd_casepage *kd_casepage_new(size_t max_bytes)
{
	struct kd_casepage *p = kd_xcalloc(1, sizeof(*p));

	p->arena = KD_ARENA_INIT(max_bytes);
	kd_sheet_init(&p->sheet, &p->arena);
	return p;
}

void kd_casepage_free(struct kd_casepage *p)
{
	if (!p)
		return;
	kd_arena_deinit(&p->arena);
	kd_free(p);
}

void kd_casepage_freep(struct kd_casepage **p)
{
	kd_casepage_free(*p);
}

static struct kd_view fit(struct kd_casepage *p, struct kd_view v)
{
	if (!v.p)
		p->full = true;
	return v;
}

struct kd_view kd_casepage_text(struct kd_casepage *p, const char *fmt, ...)
{
	struct kd_view v;
	va_list ap;

	va_start(ap, fmt);
	v = kd_arena_vprintf(&p->arena, fmt, ap);
	va_end(ap);
	return fit(p, v);
}

struct kd_view kd_casepage_copy(struct kd_casepage *p, struct kd_view v)
{
	return v.p ? fit(p, kd_arena_view(&p->arena, v)) : v;
}

void kd_casepage_part(struct kd_casepage *p, const char *key, const char *title)
{
	struct kd_casepart *x = kd_avec_push(&p->arena, &p->part, PARTS);

	if (x)
		*x = (struct kd_casepart){.key = key, .title = title};
	else
		p->full = true;
}

static struct kd_casepart *current(struct kd_casepage *p)
{
	return p->part.n ? &p->part.v[p->part.n - 1] : NULL;
}

void kd_casepage_fact(struct kd_casepage *p, const char *key, const char *title, struct kd_cell c)
{
	struct kd_casepart *part = current(p);
	struct kd_casefact *f = part ? kd_avec_push(&p->arena, &part->fact, FACTS) : NULL;

	if (f)
		*f = (struct kd_casefact){key, title, c};
	else
		p->full = true;
}

struct kd_casestmt *kd_casepage_put(struct kd_casepage *p, enum kd_case_status status,
				    struct kd_view topic, struct kd_view text)
{
	struct kd_casepart *part = current(p);
	struct kd_casestmt *s =
		part ? kd_avec_push(&p->arena, &part->stmt, KD_CASE_STATEMENTS) : NULL;

	if (!s) {
		p->full = true;
		s = &p->spare;
	}
	*s = (struct kd_casestmt){.status = status, .topic = topic, .text = text};
	return s;
}

struct kd_casestmt *kd_casepage_say(struct kd_casepage *p, enum kd_case_status status,
				    const char *topic, const char *fmt, ...)
{
	struct kd_view text;
	va_list ap;

	va_start(ap, fmt);
	text = fit(p, kd_arena_vprintf(&p->arena, fmt, ap));
	va_end(ap);
	return kd_casepage_put(p, status, kd_view_of(topic), text);
}

void kd_casepage_test(struct kd_casepage *p, struct kd_casestmt *s, const char *text)
{
	s->test = kd_casepage_copy(p, kd_view_of(text));
}

void kd_casepage_confirm(struct kd_casepage *p, struct kd_casestmt *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	s->confirm = fit(p, kd_arena_vprintf(&p->arena, fmt, ap));
	va_end(ap);
}

void kd_casepage_refute(struct kd_casepage *p, struct kd_casestmt *s, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	s->refute = fit(p, kd_arena_vprintf(&p->arena, fmt, ap));
	va_end(ap);
}

void kd_casepage_ev(struct kd_casepage *p, struct kd_casestmt *s, struct kd_view id)
{
	for (size_t i = 0; i < s->nev; i++)
		if (kd_view_eq(s->ev[i], id))
			return;
	if (id.n && s->nev < KD_CASE_EVIDENCE)
		s->ev[s->nev++] = kd_casepage_copy(p, id);
}

struct kd_table *kd_casepage_table(struct kd_casepage *p, const char *key, const char *title,
				   const struct kd_column *c, size_t n)
{
	struct kd_casepart *part = current(p);
	struct kd_table *t = kd_sheet_table(&p->sheet, key, c, n),
			**slot = part ? kd_avec_push(&p->arena, &part->table, TABLES) : NULL;

	t->title = title;
	if (slot)
		*slot = t;
	p->full |= !slot || p->sheet.full;
	return t;
}

void kd_casepage_next(struct kd_casepage *p, const char *fmt, ...)
{
	struct kd_view *v = kd_avec_push(&p->arena, &p->next, NEXTS);
	va_list ap;

	if (!v)
		return;
	va_start(ap, fmt);
	*v = fit(p, kd_arena_vprintf(&p->arena, fmt, ap));
	va_end(ap);
}

bool kd_casepart_empty(const struct kd_casepart *part)
{
	return !part->fact.n && !part->stmt.n && !part->table.n;
}

const char *kd_case_status_key(uint8_t status)
{
	static const char *const keys[KD_CASE_STATUSES] = {"said", "proven", "hypothesis",
							   "unknown", "action"};

	return status < KD_CASE_STATUSES ? keys[status] : "unknown";
}
