// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/link.h"

#include "base/alloc.h"
#include "case/links.h"
#include "verb/know.h"

static void tell_links(const struct kd_links *l, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"system", "SYSTEM"}, {"key", "KEY"}, {"kind", "KIND"},     {"title", "TITLE"}, {"url", "ADDRESS"},
						   {"via", "THROUGH"},	 {"made", NULL}, {"who", NULL}};
	struct kd_table *t = kd_sheet_table(s, "links", columns, KD_ARRAY_LEN(columns));

	for (size_t i = 0; i < l->n; i++) {
		const struct kd_link *x = &l->v[i];
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_sheet_cell(s, x->system);
		row[1] = kd_sheet_cell(s, x->key);
		row[2] = kd_know_text(s, x->kind);
		row[3] = kd_know_text(s, x->title);
		row[4] = kd_know_text(s, x->url);
		row[5] = kd_know_text(s, x->via.n ? x->via : x->subject);
		row[6] = kd_know_when(s, x->made);
		row[7] = kd_know_text(s, x->who);
	}
	if (l->cut)
		kd_sheet_note(s, "there are more than %d links", KD_LINKS_MAX);
}

static struct kd_error *change(struct kd_memory *m, const struct kd_link_options *o, const struct kd_subject *subject, const char *text,
			       struct kd_sheet *s)
{
	struct kd_link l;
	struct kd_error *err = kd_link_parse(kd_view_of(text), &l);
	bool is_new = false, gone = false;

	if (err)
		return err;
	l.subject = kd_view_of(subject->id);
	if (o->remove) {
		err = kd_link_remove(m->db, l.subject, l.system, l.key, &gone);
		if (!err && !gone)
			err = kd_error_new(KD_NOTFOUND, "%s has no link %s", subject->id, text);
		if (!err)
			kd_sheet_say(s, "%s is no longer linked to %s", subject->id, text);
		return err;
	}
	if (o->kind)
		l.kind = kd_view_of(o->kind);
	if (!kd_link_kind_valid(l.kind))
		return kd_error_new(KD_INVALID, "'%s' is no kind of link: ticket, issue, fix, dup", o->kind);
	if (o->url)
		l.url = kd_view_of(o->url);
	l.title = kd_view_of(o->title);
	l.made = m->now;
	l.who = kd_view_of(m->who);
	err = kd_link_put(m->db, &l, &is_new);
	if (!err)
		kd_sheet_say(s, "%s is linked to %s%s", subject->id, text, is_new ? "" : " (it was already)");
	return err;
}

struct kd_error *kd_link_ask(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_link_options *o = options;
	struct kd_links links = {.n = 0};
	struct kd_subject subject;
	struct kd_error *err = kd_subject_find(m->db, kd_view_of(args[0]), &subject);

	if (!err && nargs < 2 && (o->remove || o->kind || o->url || o->title))
		err = kd_error_new(KD_INVALID, "--remove, --kind, --url and --title go with a link (SYSTEM:KEY)");
	if (!err && nargs > 1)
		err = change(m, o, &subject, args[1], s);
	if (!err)
		err = subject.kind == KD_SUBJECT_GROUP ? kd_links_of_group(m->db, subject.id, s->arena, &links)
						       : kd_links_of(m->db, kd_view_of(subject.id), s->arena, &links);
	if (err)
		return err;
	if (nargs < 2)
		kd_sheet_say(s, "%zu link%s of %s", links.n, links.n == 1 ? "" : "s", subject.id);
	kd_sheet_field(s, "subject", NULL, kd_sheet_cell(s, kd_view_of(subject.id)));
	tell_links(&links, s);
	s->none = nargs < 2 && !links.n;
	if (s->none)
		kd_sheet_next(s, "kdoc link %s SYSTEM:KEY", subject.id);
	return NULL;
}
