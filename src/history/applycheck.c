// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/applycheck.h"

#include "base/alloc.h"
#include "base/vec.h"

enum { STEPS_MAX = 20000000 }; /* lines compared for one hunk */

struct line {
	struct kd_view v; /* with its newline, if it has one */
	uint64_t hash;
	bool put; /* by an earlier hunk */
};

struct image {
	KD_VEC(struct line) v;
};

struct sides {
	struct image pre, post;
	size_t leading, trailing; /* context lines at its ends */
};

const char *kd_apply_why_text(unsigned why)
{
	static const char *const text[] = {
		"applies",
		"its lines are not in the file",
		"it is there already",
		"the release does not have the file",
		"the release has a file of this name already",
		"the file that is deleted has more in it",
		"a binary file",
		"the hunk is damaged",
		"looking for its place was given up",
	};

	return why < KD_ARRAY_LEN(text) ? text[why] : "";
}

static uint64_t hash_of(struct kd_view v)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < v.n; i++)
		h = (h ^ (unsigned char)v.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

static bool put_line(struct kd_arena *a, struct image *im, struct kd_view v)
{
	struct line *l = kd_avec_push(a, &im->v, KD_APPLY_LINES_MAX);

	if (l)
		*l = (struct line){v, hash_of(v), false};
	return l != NULL;
}

static bool split(struct kd_arena *a, struct kd_view bytes, struct image *ret)
{
	while (bytes.n) {
		const size_t nl = kd_view_chr(bytes, '\n');
		const size_t n = nl == KD_NPOS ? bytes.n : nl + 1;

		if (!put_line(a, ret, kd_view_head(bytes, n)))
			return false;
		bytes = kd_view_from(bytes, n);
	}
	return true;
}

/* --- a hunk as two texts ----------------------------------------------------------------------- */

/* The line without its newline: what "\ No newline at end of file" says of the one before. */
static void cut_newline(struct image *im)
{
	struct line *l = im->v.n ? &im->v.v[im->v.n - 1] : NULL;

	if (!l || !l->v.n || l->v.p[l->v.n - 1] != '\n')
		return;
	l->v.n--;
	l->hash = hash_of(l->v);
}

static bool one_line(struct kd_arena *a, struct kd_view line, struct sides *s, char *last, bool *changed)
{
	static const char empty[] = "\n";
	const char sign = line.n && *line.p != '\n' && *line.p != '\r' ? *line.p : ' ';
	struct kd_view v = line.n && (*line.p == ' ' || *line.p == '+' || *line.p == '-') ? kd_view_from(line, 1) : kd_view(empty, 1);

	if (sign == '\\') {
		if (*last != '+')
			cut_newline(&s->pre);
		if (*last != '-')
			cut_newline(&s->post);
		return true;
	}
	*last = sign;
	if (sign == ' ' && !*changed)
		s->leading++;
	s->trailing = sign == ' ' ? s->trailing + 1 : 0;
	*changed = *changed || sign != ' ';
	return (sign == '+' || put_line(a, &s->pre, v)) && (sign == '-' || put_line(a, &s->post, v));
}

static bool take_sides(struct kd_arena *a, const struct kd_patch_hunk *h, struct sides *ret)
{
	struct kd_view rest = h->body;
	bool changed = false;
	char last = ' ';

	*ret = (struct sides){0};
	while (rest.n) {
		const size_t nl = kd_view_chr(rest, '\n');
		const size_t n = nl == KD_NPOS ? rest.n : nl + 1;

		if (!one_line(a, kd_view_head(rest, n), ret, &last, &changed))
			return false;
		rest = kd_view_from(rest, n);
	}
	return true;
}

/* --- looking for it ---------------------------------------------------------------------------- */

struct search {
	const struct image *im, *want;
	bool at_begin, at_end;
	uint64_t steps;
};

static bool fits(struct search *s, size_t at)
{
	const size_t n = s->want->v.n;

	if (at + n > s->im->v.n || (s->at_end && at + n != s->im->v.n) || (s->at_begin && at))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct line *x = &s->im->v.v[at + i], *y = &s->want->v.v[i];

		s->steps++;
		if (x->put || x->hash != y->hash || !kd_view_eq(x->v, y->v))
			return false;
	}
	return true;
}

/* The nearest place, the later one of two: KD_NPOS without one. */
static size_t find(struct search *s, size_t at)
{
	size_t down, up;

	if (s->at_begin)
		at = 0;
	else if (s->at_end)
		at = s->im->v.n >= s->want->v.n ? s->im->v.n - s->want->v.n : s->im->v.n;
	if (at > s->im->v.n)
		at = s->im->v.n;
	if (fits(s, at))
		return at;
	for (down = up = at; (down || up < s->im->v.n) && s->steps < STEPS_MAX;) {
		s->steps++;
		if (up < s->im->v.n && fits(s, ++up))
			return up;
		if (down && fits(s, --down))
			return down;
	}
	return KD_NPOS;
}

static bool anywhere(const struct image *im, const struct image *want)
{
	struct search s = {.im = im, .want = want};

	return want->v.n && find(&s, 0) != KD_NPOS;
}

/* --- applying ---------------------------------------------------------------------------------- */

static bool replace(struct kd_arena *a, struct image *im, size_t at, const struct sides *s)
{
	const size_t pre = s->pre.v.n, post = s->post.v.n, behind = im->v.n - at - pre;

	while (im->v.n < at + post + behind)
		if (!kd_avec_push(a, &im->v, KD_APPLY_LINES_MAX))
			return false;
	memmove(im->v.v + at + post, im->v.v + at + pre, behind * sizeof(*im->v.v));
	im->v.n = at + post + behind;
	for (size_t i = 0; i < post; i++) {
		im->v.v[at + i] = s->post.v.v[i];
		im->v.v[at + i].put = true;
	}
	return true;
}

static struct kd_error *full(void)
{
	return kd_error_new(KD_LIMIT, "a file has too many lines");
}

static struct kd_error *one_hunk(const struct kd_patch_hunk *h, const struct image *was, struct image *im, struct kd_arena *a,
				 struct kd_apply_hunk *ret)
{
	struct search s = {.im = im};
	struct sides sides;
	size_t at;
	const size_t says = h->new_start ? h->new_start - 1 : 0;

	*ret = (struct kd_apply_hunk){.state = KD_APPLY_CONFLICT, .why = KD_APPLY_DAMAGED};
	if (h->flags & KD_PATCH_CORRUPT)
		return NULL;
	if (!take_sides(a, h, &sides))
		return full();
	ret->before = anywhere(was, &sides.pre);
	ret->after = anywhere(was, &sides.post);
	s.want = &sides.pre;
	s.at_begin = h->old_start <= 1;
	s.at_end = !sides.trailing;
	at = find(&s, says);
	ret->why = at != KD_NPOS ? KD_APPLY_FITS : s.steps >= STEPS_MAX ? KD_APPLY_GIVEN_UP : ret->after ? KD_APPLY_ALREADY : KD_APPLY_NO_MATCH;
	if (at == KD_NPOS)
		return NULL;
	ret->state = KD_APPLY_OK;
	ret->line = (uint32_t)at + 1;
	ret->offset = (int64_t)at - (int64_t)says;
	return replace(a, im, at, &sides) ? NULL : full();
}

static void whole(struct kd_apply_file *ret, uint8_t why)
{
	ret->state = KD_APPLY_CONFLICT;
	ret->why = why;
	for (size_t i = 0; i < ret->nhunks; i++)
		ret->hunks[i] = (struct kd_apply_hunk){.state = KD_APPLY_CONFLICT, .why = why};
}

/* The file as it is before the patch: what the patch makes of nothing has none. */
static bool fits_tree(const struct kd_patch_file *f, struct kd_view bytes, struct kd_apply_file *ret)
{
	if (f->binary)
		whole(ret, KD_APPLY_BINARY);
	else if (f->status == KD_PATCH_ADDED && bytes.p)
		whole(ret, KD_APPLY_EXISTS);
	else if (f->status != KD_PATCH_ADDED && !bytes.p)
		whole(ret, KD_APPLY_NO_FILE);
	else
		return true;
	return false;
}

struct kd_error *kd_apply_file(const struct kd_patch *p, size_t i, struct kd_view bytes, struct kd_arena *a, struct kd_apply_file *ret)
{
	const struct kd_patch_file *f = &p->files[i];
	struct image im = {0}, was = {0};
	struct kd_error *err = NULL;

	*ret = (struct kd_apply_file){.nhunks = f->nhunks, .hunks = kd_arena_array(a, f->nhunks + 1, struct kd_apply_hunk)};
	if (!ret->hunks)
		return full();
	if (!fits_tree(f, bytes, ret))
		return NULL;
	if (!split(a, bytes, &im) || !split(a, bytes, &was))
		return full();
	for (size_t k = 0; k < f->nhunks && !err; k++) {
		err = one_hunk(&p->hunks[f->hunk + k], &was, &im, a, &ret->hunks[k]);
		if (!ret->why && ret->hunks[k].state == KD_APPLY_CONFLICT) {
			ret->state = KD_APPLY_CONFLICT;
			ret->why = ret->hunks[k].why;
		}
	}
	if (!err && f->status == KD_PATCH_DELETED && ret->state == KD_APPLY_OK && im.v.n) {
		ret->state = KD_APPLY_CONFLICT;
		ret->why = KD_APPLY_LEFT_OVER;
	}
	return err;
}
