// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/place.h"

#include "base/alloc.h"

enum { AROUND = 10, ARENA_MAX = 64 << 20 };

static void index_lines(struct kd_place *p)
{
	struct kd_view rest = kd_buf_view(&p->text);
	size_t n = 0;

	for (size_t i = 0; i < rest.n; i++)
		n += rest.p[i] == '\n';
	p->line = kd_xcalloc(n + 2, sizeof(*p->line));
	while (rest.n) {
		size_t len = kd_view_chr(rest, '\n');

		p->line[p->nlines++] = rest.p;
		rest = len == KD_NPOS ? KD_VNULL : kd_view_from(rest, len + 1);
	}
	p->line[p->nlines] = p->text.n ? p->text.p + p->text.n : p->text.p;
}

struct kd_view kd_place_line(const struct kd_place *p, uint32_t n)
{
	struct kd_view v;

	if (!n || n > p->nlines)
		return KD_VNULL;
	v = kd_view(p->line[n - 1], (size_t)(p->line[n] - p->line[n - 1]));
	while (v.n && (v.p[v.n - 1] == '\n' || v.p[v.n - 1] == '\r'))
		v.n--;
	return v;
}

static bool is_named(const struct kd_body *b, struct kd_view func)
{
	char one[KD_BODY_NAME_MAX], two[KD_BODY_NAME_MAX];
	struct kd_view key = kd_body_key(b, one), asked;
	bool also;

	asked = kd_body_key_of(func, two, &also);
	return kd_view_eq(key, asked) || (also && kd_view_eq(key, func)) ||
	       (b->flags & KD_BODY_MACRO && b->arg.n && kd_view_eq(b->arg, asked));
}

/* The function's definition: around the line if any is, else the only one. */
static const struct kd_body *find_named(const struct kd_place *p, const struct kd_place_req *req, size_t *n)
{
	const struct kd_body *only = NULL;

	*n = 0;
	for (size_t i = 0; i < p->bodies.n; i++) {
		const struct kd_body *b = &p->bodies.v[i];

		if (!is_named(b, req->func))
			continue;
		if (req->line && req->line >= b->start && req->line <= b->close) {
			*n = 1;
			return b;
		}
		only = b;
		++*n;
	}
	return *n == 1 ? only : NULL;
}

static void show_around(struct kd_place *p, uint32_t line)
{
	p->first = line > AROUND ? line - AROUND : 1;
	p->last = line + AROUND < p->nlines ? line + AROUND : p->nlines;
}

static void set_body(struct kd_place *p, const struct kd_body *b)
{
	p->body = *b;
	p->first = b->start;
	p->last = b->close;
}

/* The line is not where the function is: which of both is shown, and what is said. */
static void misfit(struct kd_place *p, const struct kd_place_req *req, const struct kd_body *named)
{
	const struct kd_body *there = kd_body_at(&p->bodies, req->line);

	p->fit = KD_PLACE_OTHER_FUNCTION;
	set_body(p, named);
	p->warning = kd_arena_printf(
		&p->arena, "line %u is not in %.*s (lines %u to %u) but in %.*s: this is not the text of that kernel",
		req->line, KD_VARG(req->func), named->start, named->close,
		KD_VARG(there ? there->name : KD_V("no function")));
}

static void no_function(struct kd_place *p, const struct kd_place_req *req, size_t n)
{
	p->fit = KD_PLACE_NOT_THERE;
	if (n > 1)
		p->why_not = kd_arena_printf(&p->arena, "%.*s defines %.*s %zu times; a line tells which one",
					     KD_VARG(p->path), KD_VARG(req->func), n);
	else
		p->why_not = kd_arena_printf(&p->arena, "%.*s defines no function %.*s: another version of the file, or a function that a macro makes",
					     KD_VARG(p->path), KD_VARG(req->func));
}

static void choose(struct kd_place *p, const struct kd_place_req *req)
{
	const struct kd_body *b;
	size_t n;

	if (req->line > p->nlines) {
		p->fit = KD_PLACE_NOT_THERE;
		p->why_not = kd_arena_printf(&p->arena, "%.*s has %u lines, %u was asked for: this is not the text of that kernel",
					     KD_VARG(p->path), p->nlines, req->line);
		return;
	}
	p->marked = req->line;
	if (!req->func.n) {
		b = req->line ? kd_body_at(&p->bodies, req->line) : NULL;
		p->fit = KD_PLACE_NO_FUNCTION;
		if (b)
			set_body(p, b);
		else if (req->line)
			show_around(p, req->line);
		else
			p->why_not = kd_arena_view(&p->arena, KD_V("neither a function nor a line was given"));
		return;
	}
	b = find_named(p, req, &n);
	if (!b) {
		no_function(p, req, n);
		return;
	}
	if (req->line && (req->line < b->start || req->line > b->close)) {
		misfit(p, req, b);
		p->marked = 0;
		return;
	}
	p->fit = req->line ? KD_PLACE_FITS : KD_PLACE_NO_LINE;
	set_body(p, b);
	if (b->flags & KD_BODY_GUESSED_END)
		p->warning = kd_arena_view(&p->arena,
					   KD_V("the braces of the file do not add up: where the function ends is a guess"));
}

struct kd_error *kd_place_open(struct kd_tree *t, const struct kd_place_req *req, struct kd_place *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(8192);
	struct kd_error *err;

	*ret = (struct kd_place){.arena = KD_ARENA_INIT(ARENA_MAX), .text = KD_BUF_INIT(KD_TREE_FILE_MAX + 2)};
	err = kd_tree_find(t, req->file, &path);
	if (!err)
		err = kd_tree_read(t, kd_buf_view(&path), KD_TREE_FILE_MAX, &ret->text);
	if (err && err->cls == KD_NOTFOUND) {
		ret->fit = KD_PLACE_NOT_THERE;
		ret->why_not = kd_arena_view(&ret->arena, kd_view_of(err->msg));
		kd_error_free(err);
		return NULL;
	}
	if (!err)
		err = kd_bodies_scan(kd_buf_view(&ret->text), kd_body_lang(kd_buf_view(&path)), NULL,
				     &ret->bodies);
	if (err) {
		kd_place_deinit(ret);
		return err;
	}
	ret->path = kd_arena_view(&ret->arena, kd_buf_view(&path));
	index_lines(ret);
	choose(ret, req);
	return NULL;
}

void kd_place_deinit(struct kd_place *p)
{
	kd_bodies_deinit(&p->bodies);
	kd_buf_deinit(&p->text);
	kd_arena_deinit(&p->arena);
	kd_free(p->line);
	*p = (struct kd_place){0};
}
