// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the source tree began on the machine that compiled it. */
#include "base/alloc.h"
#include "symbol/build_internal.h"

/* Calls fn for each directory of the files that units named. */
static void each_dir(const struct build *b, void (*fn)(void *user, struct kd_view dir), void *user)
{
	for (unsigned k = 0; k < b->nw; k++)
		for (size_t i = 1; i < b->w[k].files.n; i++)
			fn(user, b->w[k].files.v[i].dir);
}

static bool is_absolute(struct kd_view dir)
{
	return dir.n && *dir.p == '/';
}

/* --- by the kernel's own headers ------------------------------------------------------------ */

static void look_for_headers(void *user, struct kd_view dir)
{
	const struct kd_view end = KD_V("/include/linux");
	struct kd_view *top = user;

	if (!is_absolute(dir) || !kd_view_ends(dir, end) || dir.n == end.n)
		return;
	dir = kd_view_head(dir, dir.n - end.n);
	if (!top->n || kd_view_cmp(dir, *top) < 0)
		*top = dir;
}

/* --- by the directories that other units have without it ------------------------------------- */

struct votes {
	struct kd_hashmap relative, tops;
};

static void keep_relative(void *user, struct kd_view dir)
{
	struct votes *v = user;

	if (!is_absolute(dir) && kd_view_chr(dir, '/') != KD_NPOS) /* "kernel" alone is in arch/x86, too */
		(void)kd_hashmap_add(&v->relative, dir, NULL);
}

static void vote(void *user, struct kd_view dir)
{
	struct votes *v = user;
	struct kd_hashmap_entry *e;

	if (!is_absolute(dir))
		return;
	for (size_t i = 1; i < dir.n; i++)
		if (dir.p[i] == '/' && kd_hashmap_get(&v->relative, kd_view_from(dir, i + 1))) {
			e = kd_hashmap_add(&v->tops, kd_view_head(dir, i), NULL);
			if (e)
				e->num++;
			return;
		}
}

/* The top that most absolute directories agree on; of equal ones the shortest. */
static struct kd_view by_vote(const struct build *b)
{
	struct votes v = {.relative = KD_HASHMAP_INIT(1 << 20, NULL), .tops = KD_HASHMAP_INIT(1 << 16, NULL)};
	const struct kd_hashmap_entry *best = NULL;
	struct kd_view top;

	each_dir(b, keep_relative, &v);
	each_dir(b, vote, &v);
	kd_vec_each(e, &v.tops.entries)
		if (!best || e->num > best->num || (e->num == best->num && e->key.n < best->key.n))
			best = e;
	top = best && best->num > 1 ? best->key : KD_VNULL;
	kd_hashmap_deinit(&v.relative);
	kd_hashmap_deinit(&v.tops);
	return top;
}

struct kd_view kd_build_top(const struct build *b)
{
	struct kd_view top = KD_VNULL;

	each_dir(b, look_for_headers, &top);
	return top.n ? top : by_vote(b);
}

struct kd_view kd_build_below(struct kd_view top, struct kd_view dir)
{
	if (!top.n || !kd_view_starts(dir, top))
		return dir;
	if (dir.n == top.n)
		return kd_view("", 0);
	return dir.p[top.n] == '/' ? kd_view_from(dir, top.n + 1) : dir;
}
