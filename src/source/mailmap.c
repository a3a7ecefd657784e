// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/mailmap.h"

#include "base/alloc.h"
#include "base/vec.h"

/* "Name <mail>" off the front of a line; name absent when it is empty. */
static bool take_person(struct kd_view *line, bool empty_mail, struct kd_view *name, struct kd_view *mail)
{
	struct kd_view before, inside;

	if (kd_view_chr(*line, '<') == KD_NPOS || !kd_view_take_until(line, KD_V("<"), &before) ||
	    kd_view_chr(*line, '>') == KD_NPOS || !kd_view_take_until(line, KD_V(">"), &inside))
		return false;
	if (!inside.n && !empty_mail)
		return false;
	before = kd_view_trim(before);
	*name = before.n ? before : KD_VNULL;
	*mail = inside.p ? inside : kd_view("", 0);
	return true;
}

static bool take_line(struct kd_view line, struct kd_mailmap_line *ret)
{
	struct kd_mailmap_line l = {.name = KD_VNULL};
	struct kd_view name2, mail2;

	if (kd_view_starts(line, KD_V("#")) || !take_person(&line, false, &l.name, &l.mail))
		return false;
	if (take_person(&line, true, &name2, &mail2)) {
		l.old_name = name2;
		l.old_mail = mail2;
	} else {
		l.old_mail = l.mail;
		l.mail = KD_VNULL;
	}
	*ret = l;
	return true;
}

struct kd_error *kd_mailmap_parse(struct kd_mailmap *m)
{
	KD_VEC(struct kd_mailmap_line) all = {0};
	struct kd_view rest = kd_buf_view(&m->text), line;
	bool full = false;

	while (!full && kd_view_take_until(&rest, KD_V("\n"), &line)) {
		struct kd_mailmap_line one, *to;

		if (!take_line(line, &one))
			continue;
		to = kd_vec_push(&all, KD_MAILMAP_LINES_MAX);
		if (to)
			*to = one;
		else
			full = true;
	}
	m->v = all.v;
	m->n = all.n;
	return full ? kd_error_new(KD_LIMIT, ".mailmap has more than %d lines", KD_MAILMAP_LINES_MAX) : NULL;
}

struct kd_error *kd_mailmap_load(struct kd_tree *t, struct kd_mailmap *ret)
{
	struct kd_mailmap m = {.text = KD_BUF_INIT(KD_MAILMAP_MAX)};
	struct kd_error *err = kd_tree_read(t, KD_V(".mailmap"), KD_MAILMAP_MAX, &m.text);

	if (kd_error_catch(&err, KD_NOTFOUND))
		m.text.n = 0;
	if (!err)
		err = kd_mailmap_parse(&m);
	if (err) {
		kd_mailmap_deinit(&m);
		return kd_error_wrap(err, "reading .mailmap");
	}
	*ret = m;
	return NULL;
}

void kd_mailmap_apply(const struct kd_mailmap *m, struct kd_view *name, struct kd_view *mail)
{
	struct kd_view any_name = KD_VNULL, any_mail = KD_VNULL;
	const struct kd_mailmap_line *named = NULL;

	for (size_t i = 0; i < m->n; i++) {
		const struct kd_mailmap_line *l = &m->v[i];

		if (!kd_view_ieq(l->old_mail, *mail))
			continue;
		if (l->old_name.n) {
			if (kd_view_ieq(l->old_name, *name))
				named = l;
			continue;
		}
		if (l->name.n)
			any_name = l->name;
		if (l->mail.p)
			any_mail = l->mail;
	}
	if (named) {
		any_name = named->name;
		any_mail = named->mail;
	}
	if (any_name.n)
		*name = any_name;
	if (any_mail.p)
		*mail = any_mail;
}

struct kd_view kd_mailmap_address(const struct kd_mailmap *m, struct kd_view address, struct kd_arena *a)
{
	struct kd_view rest = address, name, mail, was_name, was_mail, made;
	bool quoted;

	if (!take_person(&rest, false, &name, &mail))
		return address;
	quoted = name.n > 2 && name.p[0] == '"' && name.p[name.n - 1] == '"'; /* RFC 5322, 3.2.4: not part of the name */
	if (quoted)
		name = kd_view(name.p + 1, name.n - 2);
	was_name = name;
	was_mail = mail;
	kd_mailmap_apply(m, &name, &mail);
	if (kd_view_eq(name, was_name) && kd_view_eq(mail, was_mail))
		return address;
	quoted = quoted && kd_view_eq(name, was_name);
	made = kd_arena_printf(a, "%s%.*s%s%s<%.*s>%.*s", quoted ? "\"" : "", KD_VARG(name), quoted ? "\"" : "",
			       name.n ? " " : "", KD_VARG(mail), KD_VARG(rest));
	return made.p ? made : address;
}

void kd_mailmap_deinit(struct kd_mailmap *m)
{
	kd_buf_deinit(&m->text);
	kd_free(m->v);
	*m = (struct kd_mailmap){.n = 0};
}
