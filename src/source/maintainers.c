// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/maintainers.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "base/vec.h"
#include "source/regex.h"

enum { ADDRESSES_MAX = 1000 };

/* ---- reading ---- */

struct kd_error *kd_maintainers_parse(struct kd_view text, struct kd_maintainers *ret)
{
	struct kd_view rest = text;
	uint32_t number = 0;

	*ret = (struct kd_maintainers){0};
	while (rest.n) {
		size_t len = kd_view_chr(rest, '\n');
		struct kd_view line = len == KD_NPOS ? rest : kd_view_head(rest, len);
		struct kd_maint_line *l;
		bool typed;

		rest = len == KD_NPOS ? KD_VNULL : kd_view_from(rest, len + 1);
		number++;
		typed = line.n > 1 && line.p[0] >= 'A' && line.p[0] <= 'Z' && line.p[1] == ':';
		if (!typed && (!kd_view_trim(line).n || kd_view_trim(line).p[0] == '#'))
			continue;
		l = kd_vec_push(ret, KD_MAINTAINERS_LINES_MAX);
		if (!l) {
			ret->over_limit = true;
			break;
		}
		l->type = typed ? line.p[0] : 0;
		l->value = kd_view_trim(typed ? kd_view_from(line, 2) : line);
		l->line = number;
	}
	return NULL;
}

void kd_maintainers_deinit(struct kd_maintainers *m)
{
	kd_vec_free(m);
}

/* ---- F: and X: ---- */

static size_t slashes(struct kd_view v)
{
	size_t n = 0;

	for (size_t i = 0; i < v.n; i++)
		n += v.p[i] == '/';
	return n;
}

/*
 * Does the pattern match the beginning of the path? '*' is any text here, '/' included: that the
 * number of slashes has to agree is what keeps it inside a folder. Linear: the latest '*' is
 * the only one that has to be tried again.
 */
static bool glob_prefix(struct kd_view pattern, struct kd_view path)
{
	size_t p = 0, s = 0, star = KD_NPOS, mark = 0;

	for (;;) {
		if (p == pattern.n)
			return true;
		if (pattern.p[p] == '*') {
			star = p++;
			mark = s;
			continue;
		}
		if (s < path.n && (pattern.p[p] == '?' || pattern.p[p] == path.p[s])) {
			p++;
			s++;
			continue;
		}
		if (star == KD_NPOS || mark >= path.n)
			return false;
		p = star + 1;
		s = ++mark;
	}
}

/* A folder's pattern: everything below it. */
static bool matches_dir(struct kd_view pattern, struct kd_view path)
{
	return glob_prefix(pattern, path);
}

static bool matches_file(struct kd_view pattern, struct kd_view path)
{
	return slashes(pattern) == slashes(path) && glob_prefix(pattern, path);
}

/* "F: dir" where dir is a folder: "dir/". */
static bool is_bare_dir(const struct kd_maint_request *req, struct kd_view pattern, struct kd_view path)
{
	if (kd_view_ends(pattern, KD_V("/")) || path.n <= pattern.n || path.p[pattern.n] != '/' ||
	    kd_view_chr(pattern, '*') != KD_NPOS || kd_view_chr(pattern, '?') != KD_NPOS ||
	    !kd_view_starts(path, pattern))
		return false;
	/* the path goes through it, so it is a folder of this tree */
	return !req->is_dir || req->is_dir(req->user, pattern);
}

static bool matches(const struct kd_maint_request *req, struct kd_view pattern, int *depth)
{
	bool dir = kd_view_ends(pattern, KD_V("/")), hit;

	if (!pattern.n)
		return false;
	hit = dir ? matches_dir(pattern, req->path) : matches_file(pattern, req->path);
	*depth = (int)slashes(pattern) + !dir;
	if (!hit && is_bare_dir(req, pattern, req->path)) {
		*depth = (int)slashes(pattern) + 1;
		hit = true;
	}
	if (kd_view_starts(pattern, KD_V("*")))
		*depth = -1;
	return hit;
}

/* ---- sections ---- */

struct question {
	const struct kd_maint_request *req;
	struct kd_maint_answer *ret;
	struct kd_arena *arena;
	uint64_t budget;
	KD_VEC(struct kd_maint_section) found;
};

static void note_skipped(struct question *q, struct kd_view why)
{
	if (!q->ret->skipped++)
		q->ret->skipped_why = kd_arena_view(q->arena, why);
}

static bool regex_hits(struct question *q, struct kd_view pattern, struct kd_view text)
{
	kd_auto(kd_regex_freep) struct kd_regex *re = NULL;
	struct kd_error *err = kd_regex_compile(pattern, KD_REGEX_EXTENDED, &re);
	bool hit;

	if (err) {
		note_skipped(q, kd_view_of(err->msg));
		kd_error_free(err);
		return false;
	}
	hit = q->budget && kd_regex_search(re, text, &q->budget);
	if (!hit && !q->budget)
		note_skipped(q, KD_V("the time for patterns was up"));
	return hit;
}

/* Keep the line if it is a better reason than the one before. */
static void reason(struct kd_maint_section *s, char by, struct kd_view pattern, int depth)
{
	if (s->by && (s->by == 'F' || by != 'F') && depth <= s->depth)
		return;
	s->by = by;
	s->pattern = pattern;
	s->depth = depth;
}

static void ask(struct question *q, struct kd_maint_section *s)
{
	bool excluded = false;
	int depth;

	for (size_t i = 0; i < s->nlines && !excluded; i++)
		excluded = s->lines[i].type == 'X' && matches(q->req, s->lines[i].value, &depth);
	for (size_t i = 0; i < s->nlines; i++) {
		const struct kd_maint_line *l = &s->lines[i];

		if (!l->value.n)
			continue;
		if (l->type == 'S' && !s->status.n)
			s->status = l->value;
		else if (l->type == 'F' && !excluded && matches(q->req, l->value, &depth))
			reason(s, 'F', l->value, depth);
		else if (l->type == 'N' && !excluded && regex_hits(q, l->value, q->req->path))
			reason(s, 'N', l->value, 0);
		else if (l->type == 'K' && q->req->content.p && regex_hits(q, l->value, q->req->content))
			reason(s, 'K', l->value, 0);
	}
}

static int rank(const struct kd_maint_section *s)
{
	/* K: behind everything that names the path but "THE REST" */
	return s->by == 'K' ? -1 : s->depth * 2;
}

static int cmp_section(const void *a, const void *b)
{
	const struct kd_maint_section *x = a, *y = b;

	if (rank(x) != rank(y))
		return rank(x) > rank(y) ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

/* ---- addresses ---- */

static struct kd_view take_note(struct kd_view *v)
{
	size_t open = kd_view_chr(*v, '('), close;
	struct kd_view note;

	if (open == KD_NPOS || kd_view_has(*v, KD_V("<")))
		return KD_VNULL;
	note = kd_view_from(*v, open + 1);
	close = kd_view_chr(note, ')');
	*v = kd_view_trim(kd_view_head(*v, open));
	return kd_view_head(note, close == KD_NPOS ? note.n : close);
}

/* The mail address alone, for telling them apart. */
static struct kd_view mail_of(struct kd_view v)
{
	size_t open = kd_view_rchr(v, '<');
	struct kd_view m;

	if (open == KD_NPOS)
		return v;
	m = kd_view_from(v, open + 1);
	return kd_view_head(m, kd_view_chr(m, '>') == KD_NPOS ? m.n : kd_view_chr(m, '>'));
}

/* The name before it, for telling people with two addresses apart. */
static struct kd_view name_of(struct kd_view v)
{
	size_t open = kd_view_rchr(v, '<');
	struct kd_view name = open == KD_NPOS ? KD_VNULL : kd_view_trim(kd_view_head(v, open));

	return name.n > 1 && name.p[0] == '"' && name.p[name.n - 1] == '"' ? kd_view(name.p + 1, name.n - 2)
									    : name;
}

struct people {
	struct kd_hashmap mails, names;
	struct kd_arena lower; /* keys */
};

/* ASCII letters in lower case. */
static struct kd_view lower(struct kd_arena *a, struct kd_view v)
{
	char *p = kd_arena_raw(a, v.n + 1);

	for (size_t i = 0; p && i < v.n; i++)
		p[i] = (char)(v.p[i] >= 'A' && v.p[i] <= 'Z' ? v.p[i] | 0x20 : v.p[i]);
	return p ? kd_view(p, v.n) : KD_VNULL;
}

/* Once by address and, for people, once by name: the role in the more specific section counts. */
static bool is_first(struct people *p, const struct kd_maint_line *l, struct kd_view v)
{
	struct kd_view mail = lower(&p->lower, mail_of(v)), name = lower(&p->lower, name_of(v));
	bool new_mail = false, new_name = true;

	if (!mail.n || (l->type != 'L' && name.n && kd_hashmap_get(&p->names, name)))
		return false;
	if (!kd_hashmap_add(&p->mails, mail, &new_mail))
		return false;
	if (l->type != 'L' && name.n && !kd_hashmap_add(&p->names, name, &new_name))
		return false;
	return new_mail && new_name;
}

static void add_line(struct question *q, struct people *people, const struct kd_maint_section *s,
		     const struct kd_maint_line *l)
{
	struct kd_maint_answer *r = q->ret;
	struct kd_view v = l->value, note = KD_VNULL;

	if ((l->type != 'M' && l->type != 'R' && l->type != 'L') || (l->type != 'L' && s->depth < 0) ||
	    r->naddresses == ADDRESSES_MAX)
		return;
	if (l->type == 'L')
		note = take_note(&v);
	if (v.n && is_first(people, l, v))
		r->addresses[r->naddresses++] = (struct kd_maint_address){v, l->type, note, s};
}

/* Maintainers, reviewers, lists; within them as they were found. */
static void group_roles(struct kd_maint_address *v, size_t n, struct kd_maint_address *copy)
{
	static const char roles[] = "MRL";
	size_t at = 0;

	memcpy(copy, v, n * sizeof(*v));
	for (size_t role = 0; role < 3; role++)
		for (size_t i = 0; i < n; i++)
			if (copy[i].role == roles[role])
				v[at++] = copy[i];
}

static struct kd_error *add_addresses(struct question *q)
{
	struct kd_maint_answer *r = q->ret;
	struct kd_maint_address *copy = kd_arena_array(q->arena, ADDRESSES_MAX, struct kd_maint_address);
	struct people p = {.lower = KD_ARENA_INIT((size_t)4 << 20)};

	r->addresses = kd_arena_array(q->arena, ADDRESSES_MAX, struct kd_maint_address);
	if (!r->addresses || !copy)
		return kd_error_new(KD_LIMIT, "no memory for the answer");
	p.mails = KD_HASHMAP_INIT(ADDRESSES_MAX, NULL);
	p.names = KD_HASHMAP_INIT(ADDRESSES_MAX, NULL);
	for (size_t i = 0; i < r->nsections; i++)
		for (size_t k = 0; k < r->sections[i].nlines; k++)
			add_line(q, &p, &r->sections[i], &r->sections[i].lines[k]);
	group_roles(r->addresses, r->naddresses, copy);
	kd_hashmap_deinit(&p.mails);
	kd_hashmap_deinit(&p.names);
	kd_arena_deinit(&p.lower);
	return NULL;
}

static struct kd_error *finish(struct question *q)
{
	struct kd_maint_answer *r = q->ret;

	if (q->found.n)
		qsort(q->found.v, q->found.n, sizeof(*q->found.v), cmp_section);
	r->sections = kd_arena_array(q->arena, q->found.n, struct kd_maint_section);
	if (!r->sections && q->found.n)
		return kd_error_new(KD_LIMIT, "no memory for the answer");
	if (q->found.n)
		memcpy(r->sections, q->found.v, q->found.n * sizeof(*q->found.v));
	r->nsections = q->found.n;
	return add_addresses(q);
}

struct kd_error *kd_maintainers_for(const struct kd_maintainers *m, const struct kd_maint_request *req,
				    struct kd_arena *a, struct kd_maint_answer *ret)
{
	struct question q = {.req = req, .ret = ret, .arena = a, .budget = KD_MAINTAINERS_STEPS};
	struct kd_error *err;
	size_t i = 0;

	*ret = (struct kd_maint_answer){0};
	while (i < m->n) {
		struct kd_maint_section s = {0}, *to;

		if (!m->v[i].type) {
			s.title = m->v[i].value;
			s.line = m->v[i++].line;
		}
		s.lines = &m->v[i];
		while (i < m->n && m->v[i].type) {
			i++;
			s.nlines++;
		}
		ask(&q, &s);
		if (!s.by)
			continue;
		to = kd_vec_push(&q.found, KD_MAINTAINERS_SECTIONS_MAX);
		if (to)
			*to = s;
		else
			ret->over_limit = true;
	}
	err = finish(&q);
	kd_vec_free(&q.found);
	return err;
}
