// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/record.h"

#include "base/vec.h"

enum { PARENTS_MAX = 1000, FILES_MAX = 1000000 };

/* One line, whatever is in it. */
static void put_text(struct kd_buf *b, struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		kd_buf_addc(b, v.p[i] == '\n' || v.p[i] == '\r' ? ' ' : v.p[i]);
	kd_buf_addc(b, '\n');
}

static void put_line(struct kd_buf *b, const char *key, struct kd_view v)
{
	if (!v.p)
		return;
	kd_buf_printf(b, "%s ", key);
	put_text(b, v);
}

void kd_record_write(struct kd_buf *b, const struct kd_record *r)
{
	put_line(b, "author", r->author);
	put_line(b, "committer", r->committer);
	put_line(b, "patch-id", r->patch_id);
	for (size_t i = 0; i < r->nparents; i++)
		put_line(b, "parent", r->parents[i]);
	for (size_t i = 0; i < r->nfiles; i++) {
		const struct kd_record_file *f = &r->files[i];

		kd_buf_printf(b, "file %c %u %u ", f->status, f->added, f->removed);
		put_text(b, f->path);
		for (uint32_t k = 0; k < f->nfuncs; k++)
			put_line(b, "func", r->funcs[f->func + k]);
	}
	put_line(b, "cut", r->cut);
	kd_buf_addc(b, '\n');
	kd_buf_add(b, r->message);
}

struct parse {
	struct kd_arena *a;
	KD_VEC(struct kd_view) parents, funcs;
	KD_VEC(struct kd_record_file) files;
};

static bool take_file(struct parse *p, struct kd_view v)
{
	struct kd_record_file *f = kd_avec_push(p->a, &p->files, FILES_MAX);
	uint64_t added = 0, removed = 0;

	if (!f)
		return false;
	f->status = v.n ? v.p[0] : 'M';
	v = kd_view_from(v, 2);
	kd_view_take_dec(&v, &added);
	kd_view_skip(&v, KD_V(" "));
	kd_view_take_dec(&v, &removed);
	kd_view_skip(&v, KD_V(" "));
	f->added = (uint32_t)added;
	f->removed = (uint32_t)removed;
	f->path = v;
	f->func = (uint32_t)p->funcs.n;
	return true;
}

static bool take_func(struct parse *p, struct kd_view v)
{
	struct kd_view *f = p->files.n ? kd_avec_push(p->a, &p->funcs, FILES_MAX) : NULL;

	if (!f)
		return !p->files.n;
	*f = v;
	p->files.v[p->files.n - 1].nfuncs++;
	return true;
}

static bool take_line(struct parse *p, struct kd_record *r, struct kd_view line)
{
	struct kd_view *parent;

	if (kd_view_skip(&line, KD_V("author ")))
		r->author = line;
	else if (kd_view_skip(&line, KD_V("committer ")))
		r->committer = line;
	else if (kd_view_skip(&line, KD_V("patch-id ")))
		r->patch_id = line;
	else if (kd_view_skip(&line, KD_V("cut ")))
		r->cut = line;
	else if (kd_view_skip(&line, KD_V("file ")))
		return take_file(p, line);
	else if (kd_view_skip(&line, KD_V("func ")))
		return take_func(p, line);
	else if (kd_view_skip(&line, KD_V("parent "))) {
		parent = kd_avec_push(p->a, &p->parents, PARENTS_MAX);
		if (!parent)
			return false;
		*parent = line;
	}
	return true;
}

struct kd_error *kd_record_parse(struct kd_arena *a, struct kd_view text, struct kd_record *ret)
{
	struct parse p = {.a = a};
	struct kd_view line;

	*ret = (struct kd_record){0};
	while (kd_view_take_until(&text, KD_V("\n"), &line) && line.n)
		if (!take_line(&p, ret, line))
			return kd_error_new(KD_LIMIT, "the record of a commit has too many lines");
	ret->message = text;
	ret->parents = p.parents.v;
	ret->nparents = p.parents.n;
	ret->files = p.files.v;
	ret->nfiles = p.files.n;
	ret->funcs = p.funcs.v;
	ret->nfuncs = p.funcs.n;
	return NULL;
}
