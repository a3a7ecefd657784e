// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/relset.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "history/releases.h"

enum { MEMORY = 64 << 20, PATTERNS_MAX = 1000, STARS = 9 };

/* --- patterns ---------------------------------------------------------------------------------- */

/* Each star takes as little as it can; the last one the rest. No way back but to the last star: linear but for that. */
bool kd_relset_match(struct kd_view pattern, struct kd_view name, struct kd_view star[static STARS])
{
	size_t p = 0, i = 0, back_p = KD_NPOS, back_i = 0, stars = 0;

	for (size_t k = 0; k < STARS; k++)
		star[k] = KD_VNULL;
	while (i < name.n || p < pattern.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			if (stars < STARS)
				star[stars] = kd_view(name.p + i, 0);
			stars++;
			back_p = ++p;
			back_i = i;
		} else if (p < pattern.n && i < name.n && pattern.p[p] == name.p[i]) {
			p++;
			i++;
		} else if (back_p != KD_NPOS && back_i < name.n) {
			i = ++back_i;
			p = back_p;
			if (stars <= STARS)
				star[stars - 1].n++;
		} else {
			return false;
		}
	}
	return true;
}

/* "debian/{1}" with what the stars matched. */
static struct kd_view fill_in(struct kd_arena *a, struct kd_view ref, const struct kd_view *star)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);

	for (size_t i = 0; i < ref.n; i++)
		if (ref.p[i] == '{' && i + 2 < ref.n && ref.p[i + 1] >= '1' && ref.p[i + 1] <= '9' && ref.p[i + 2] == '}') {
			kd_buf_add(&b, star[ref.p[i + 1] - '1']);
			i += 2;
		} else {
			kd_buf_addc(&b, ref.p[i]);
		}
	return kd_arena_view(a, kd_buf_view(&b));
}

/* --- refs -------------------------------------------------------------------------------------- */

static const char *const before[] = {"", "refs/", "refs/tags/", "refs/heads/", "refs/remotes/"};

static bool is_ref(const char *ref, const char *prefix, struct kd_view name)
{
	struct kd_view v = kd_view_of(ref);

	return kd_view_skip(&v, kd_view_of(prefix)) && kd_view_eq(v, name);
}

/* tree absent: any. */
static const struct kd_store_ref *find_ref(const struct kd_store *st, struct kd_view tree, struct kd_view name,
					   const struct kd_store_tree **tree_ret, uint32_t *doc_ret)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(before); i++)
		kd_vec_each(t, &st->trees) {
			if (tree.n && !kd_view_eq(tree, kd_view_of(t->name)))
				continue;
			kd_vec_each(r, &t->refs)
				if (is_ref(r->name, before[i], name) && kd_store_find(st, kd_view_of(r->oid), doc_ret) == 1) {
					*tree_ret = t;
					return r;
				}
		}
	return NULL;
}

static struct kd_error *put(struct kd_relset *s, struct kd_view name, const struct kd_store_tree *t, const char *ref, uint32_t tip)
{
	struct kd_relref *r;

	kd_vec_each(have, &s->v)
		if (kd_view_eq(have->name, name))
			return NULL;
	r = kd_vec_push(&s->v, KD_RELSET_MAX);
	if (!r)
		return kd_error_new(KD_LIMIT, "more than %u releases", KD_RELSET_MAX);
	r->name = kd_arena_view(&s->arena, name);
	r->ref = ref;
	r->tree = t ? t->name : "";
	r->path = t ? t->path : NULL;
	r->tip = tip;
	r->shallow = t && (t->shallow || !t->complete);
	kd_dag_reach(s->st, &tip, 1, &r->has);
	return NULL;
}

/* "REF" or "TREE:REF" under this name; KD_NOTFOUND silently through *found_ret. */
static struct kd_error *put_ref(struct kd_relset *s, struct kd_view name, struct kd_view tree, struct kd_view ref, bool *found_ret)
{
	const struct kd_store_tree *t = NULL;
	uint32_t tip;
	const struct kd_store_ref *r = find_ref(s->st, tree, ref, &t, &tip);
	const size_t colon = kd_view_chr(ref, ':');

	if (!r && !tree.n && colon != KD_NPOS)
		r = find_ref(s->st, kd_view_head(ref, colon), kd_view_from(ref, colon + 1), &t, &tip);
	*found_ret = r != NULL;
	return r ? put(s, name, t, r->name, tip) : NULL;
}

/* --- the configuration ------------------------------------------------------------------------- */

/* The NAME of "release.NAME.KEY". */
static struct kd_view config_name(const struct kd_config_item *it, struct kd_view key)
{
	struct kd_view v = kd_view_of(it->key);

	if (!kd_view_skip(&v, KD_V("release.")) || v.n <= key.n || !kd_view_ends(v, key) || v.p[v.n - key.n - 1] != '.')
		return KD_VNULL;
	return kd_view_head(v, v.n - key.n - 1);
}

static struct kd_error *put_config(struct kd_relset *s, struct kd_view as, struct kd_view name, const struct kd_view *star)
{
	struct kd_view tree = KD_VNULL, ref = KD_VNULL;
	const struct kd_view key_ref = kd_arena_printf(&s->arena, "release.%.*s.ref", KD_VARG(name)),
			     key_tree = kd_arena_printf(&s->arena, "release.%.*s.tree", KD_VARG(name));
	bool found = false;
	struct kd_error *err;

	if (!key_ref.p || !key_tree.p)
		return kd_error_new(KD_LIMIT, "the names of the releases are too long");
	if (!kd_config_get(s->config, key_ref.p, &ref) || !ref.n)
		return kd_error_new(KD_INVALID, "the configuration has release \"%.*s\" without its ref", KD_VARG(name));
	kd_config_get(s->config, key_tree.p, &tree);
	ref = fill_in(&s->arena, ref, star);
	err = put_ref(s, as, tree, ref, &found);
	if (err || found)
		return err;
	return kd_error_new(KD_NOTFOUND, "release %.*s: the index has no tag or branch %.*s%s%.*s", KD_VARG(as), KD_VARG(ref),
			    tree.n ? " of " : "", KD_VARG(tree));
}

static struct kd_error *by_config(struct kd_relset *s, struct kd_view name, bool *found_ret)
{
	struct kd_view star[STARS] = {{0}};
	const struct kd_config_item *it;

	*found_ret = true;
	for (size_t i = 0; s->config && (it = kd_config_at(s->config, i)); i++)
		if (kd_view_eq(config_name(it, KD_V("ref")), name) && name.n)
			return put_config(s, name, name, star);
	for (size_t i = 0; s->config && (it = kd_config_at(s->config, i)); i++) {
		const struct kd_view owner = config_name(it, KD_V("match"));

		if (owner.n && kd_relset_match(it->value, name, star))
			return put_config(s, name, owner, star);
	}
	*found_ret = false;
	return NULL;
}

/* --- one name ---------------------------------------------------------------------------------- */

struct kd_error *kd_relset_add(struct kd_relset *s, struct kd_view name)
{
	bool found = false;
	struct kd_view version;
	uint32_t doc;
	struct kd_error *err = by_config(s, name, &found);

	if (!err && !found)
		err = put_ref(s, name, KD_VNULL, name, &found);
	if (err || found)
		return err;
	version = kd_arena_printf(&s->arena, "v%.*s", KD_VARG(name));
	err = put_ref(s, name, KD_VNULL, version, &found);
	if (err || found)
		return err;
	if (name.n >= 7 && kd_store_find(s->st, name, &doc) == 1)
		return put(s, name, NULL, "", doc);
	return kd_error_new(KD_NOTFOUND,
			    "no release, tag or branch '%.*s': its tree is not in the index, or it is a vendor's version string that "
			    "the configuration maps nowhere ([release \"%.*s\"] ref = TAG)",
			    KD_VARG(name), KD_VARG(name));
}

/* --- the kernel of a log ----------------------------------------------------------------------- */

/* "X.Y[.Z][-rcN]" at the head of v as a tag is called: without a last part 0. Absent: there is none. */
static struct kd_view take_tag(struct kd_arena *a, struct kd_view *v)
{
	uint64_t x, y, z = 0, rc = 0;
	struct kd_view rest = *v;

	if (!kd_view_take_dec(&rest, &x) || !kd_view_skip(&rest, KD_V(".")) || !kd_view_take_dec(&rest, &y))
		return KD_VNULL;
	if (rest.n > 1 && *rest.p == '.' && kd_is_digit(rest.p[1])) {
		rest = kd_view_from(rest, 1);
		if (!kd_view_take_dec(&rest, &z))
			return KD_VNULL;
	}
	if (kd_view_skip(&rest, KD_V("-rc")) && !kd_view_take_dec(&rest, &rc))
		return KD_VNULL;
	*v = rest;
	if (rc)
		return kd_arena_printf(a, "v%ju.%ju-rc%ju", (uintmax_t)x, (uintmax_t)y, (uintmax_t)rc);
	if (z)
		return kd_arena_printf(a, "v%ju.%ju.%ju", (uintmax_t)x, (uintmax_t)y, (uintmax_t)z);
	return kd_arena_printf(a, "v%ju.%ju", (uintmax_t)x, (uintmax_t)y);
}

/* "v6.1": neither of stable nor a candidate. */
static bool tag_is_bare(struct kd_view tag)
{
	return kd_view_chr(tag, '.') == kd_view_rchr(tag, '.') && !kd_view_has(tag, KD_V("-rc")) && kd_view_starts(tag, KD_V("v"));
}

/* The id behind the last "-g"; absent: there is none. */
static struct kd_view built_from(struct kd_view release)
{
	const size_t dash = kd_view_rchr(release, '-');
	struct kd_view id = dash == KD_NPOS ? KD_VNULL : kd_view_from(release, dash + 1);

	if (id.n < 8 || *id.p != 'g')
		return KD_VNULL;
	id = kd_view_from(id, 1);
	for (size_t i = 0; i < id.n; i++)
		if (!kd_is_xdigit(id.p[i]))
			return KD_VNULL;
	return id;
}

static struct kd_error *by_git(struct kd_relset *s, struct kd_view release, bool *found_ret, bool *changed_ret)
{
	struct kd_view clean = release, rest, tag, id;
	uint64_t day;
	uint32_t doc;

	if (kd_view_ends(clean, KD_V("+")))
		clean.n--;
	if (kd_view_ends(clean, KD_V("-dirty")))
		clean.n -= 6;
	*changed_ret = clean.n != release.n;
	id = built_from(clean);
	if (id.n && kd_store_find(s->st, id, &doc) == 1) {
		*found_ret = true;
		return put(s, release, NULL, "", doc);
	}
	rest = clean;
	tag = take_tag(&s->arena, &rest);
	if (kd_view_skip(&rest, KD_V("-next-")) && rest.n >= 8 && kd_view_take_dec(&(struct kd_view){rest.p, 8}, &day)) {
		tag = kd_arena_printf(&s->arena, "next-%.8s", rest.p);
		rest = kd_view_from(rest, 8);
	}
	/* "6.1.0-56-amd64" is a vendor's number, of any 6.1.y; "5.10.184-175.amzn2" and "6.2.0-rc1-test" are made of that release. */
	if (!tag.n || (rest.n && !id.n && tag_is_bare(tag)))
		return NULL;
	*changed_ret |= rest.n > 0;
	return put_ref(s, release, KD_VNULL, tag, found_ret);
}

struct kd_error *kd_relset_add_kernel(struct kd_relset *s, struct kd_view release, size_t *at_ret, bool *changed_ret)
{
	struct kd_error *err = kd_relset_add(s, release);
	bool found = !err;

	*changed_ret = false;
	if (err && err->cls == KD_NOTFOUND) {
		struct kd_error *other = by_git(s, release, &found, changed_ret);

		if (other || found) {
			kd_error_free(err);
			err = other;
		}
	}
	for (*at_ret = 0; !err && *at_ret < s->v.n && !kd_view_eq(s->v.v[*at_ret].name, release); ++*at_ret)
		;
	return err;
}

/* --- all of them ------------------------------------------------------------------------------- */

struct candidate {
	const char *ref; /* full name */
	const char *version; /* in it: "6.1.y" */
	const struct kd_store_tree *tree;
	uint32_t tip;
};

struct candidates {
	KD_VEC(struct candidate) v;
};

/* "X.Y" in a name, not in the middle of a word. */
static const char *version_in(const char *name)
{
	for (const char *p = name; *p; p++) {
		const char *q = p;

		if (!kd_is_digit(*p) || (p > name && (kd_is_digit(p[-1]) || p[-1] == '.' || (kd_is_alpha(p[-1]) && p[-1] != 'v'))))
			continue;
		while (kd_is_digit(*q))
			q++;
		if (*q == '.' && kd_is_digit(q[1]))
			return p;
	}
	return NULL;
}

static int by_version(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	const int c = kd_version_cmp(y->version, x->version);

	return c ? c : strcmp(x->ref, y->ref);
}

/* Are they of one series: "6.1.90", "6.1.8"? */
static bool same_series(const char *a, const char *b)
{
	unsigned dots = 0;

	for (; *a == *b && *a; a++, b++)
		dots += *a == '.';
	if (dots >= 2)
		return true;
	return dots == 1 && !kd_is_digit(*a) && !kd_is_digit(*b);
}

static void collect(const struct kd_store *st, bool tags, struct candidates *ret)
{
	kd_vec_each(t, &st->trees)
		kd_vec_each(r, &t->refs) {
			const bool is_tag = !strncmp(r->name, "refs/tags/", 10);
			const char *slash = strrchr(r->name, '/'), *version = slash ? version_in(slash) : NULL;
			struct candidate *c;
			uint32_t tip;

			if (is_tag != tags || !version || (is_tag && strstr(version, "-rc")) ||
			    kd_store_find(st, kd_view_of(r->oid), &tip) != 1)
				continue;
			c = kd_vec_push(&ret->v, KD_STORE_REFS_MAX);
			if (c)
				*c = (struct candidate){r->name, version, t, tip};
		}
	if (ret->v.n)
		qsort(ret->v.v, ret->v.n, sizeof(*ret->v.v), by_version);
}

static struct kd_view short_name(const char *ref)
{
	struct kd_view v = kd_view_of(ref);

	for (size_t i = KD_ARRAY_LEN(before); i-- > 2;)
		if (kd_view_skip(&v, kd_view_of(before[i])))
			break;
	return v;
}

static struct kd_error *take(struct kd_relset *s, struct candidates *c, bool tags, size_t *left_ret)
{
	const struct candidate *last = NULL;
	struct kd_error *err = NULL;

	kd_vec_each(k, &c->v) {
		if (tags && last && same_series(last->version, k->version))
			continue;
		last = k;
		if (s->v.n >= KD_RELSET_DEFAULT)
			++*left_ret;
		else if (!err)
			err = put(s, short_name(k->ref), k->tree, k->ref, k->tip);
	}
	kd_vec_free(&c->v);
	return err;
}

struct kd_error *kd_relset_default(struct kd_relset *s, const char **how_ret, size_t *left_ret)
{
	struct kd_view star[STARS] = {{0}};
	struct candidates c = {0};
	const struct kd_config_item *it;
	struct kd_error *err = NULL;
	bool tags = false;

	*left_ret = 0;
	*how_ret = "the releases of the configuration";
	for (size_t i = 0; s->config && !err && (it = kd_config_at(s->config, i)); i++) {
		const struct kd_view name = config_name(it, KD_V("ref"));

		if (name.n && !kd_view_has(it->value, KD_V("{")))
			err = put_config(s, name, name, star);
	}
	if (err || s->v.n)
		return err;
	collect(s->st, false, &c);
	*how_ret = "branches that are called like releases";
	if (!c.v.n) {
		tags = true;
		collect(s->st, true, &c);
		*how_ret = "the last tag of each series";
	}
	if (!c.v.n)
		return kd_error_new(KD_NOTFOUND, "the index has no branch or tag that is called like a release: name them with --in");
	return take(s, &c, tags, left_ret);
}

/* --- mainline ---------------------------------------------------------------------------------- */

static bool is_head(const char *ref, bool named)
{
	static const char *const main_heads[] = {"refs/heads/master", "refs/heads/main", "refs/remotes/origin/master", "refs/remotes/origin/main"};

	for (size_t i = 0; i < KD_ARRAY_LEN(main_heads); i++)
		if (!strcmp(ref, main_heads[i]))
			return true;
	return named && strncmp(ref, "refs/tags/", 10) != 0;
}

/* Branches master and main of a tree; of one that was named all its branches when it has neither. Its commits, 0: no such branch. */
static uint64_t reach_heads(struct kd_relset *s, const struct kd_store_tree *t, bool named)
{
	struct {
		KD_VEC(uint32_t) v;
	} tips = {0};
	struct kd_bits bits = {0};
	const char *first = NULL;
	uint64_t n = 0;

	kd_vec_each(r, &t->refs) {
		uint32_t tip, *slot;

		if (!is_head(r->name, named) || kd_store_find(s->st, kd_view_of(r->oid), &tip) != 1)
			continue;
		slot = kd_vec_push(&tips.v, KD_STORE_REFS_MAX);
		if (slot)
			*slot = tip;
		first = first ? first : r->name;
	}
	if (tips.v.n)
		kd_dag_reach(s->st, tips.v.v, tips.v.n, &bits);
	kd_vec_free(&tips.v);
	for (size_t i = 0; bits.v && i <= bits.n / 64; i++)
		n += (uint64_t)__builtin_popcountll(bits.v[i]);
	if (n > s->mainline_commits) {
		kd_bits_deinit(&s->mainline);
		s->mainline = bits;
		s->mainline_commits = n;
		s->mainline_name = kd_arena_printf(&s->arena, "%s:%s", t->name, first);
	} else {
		kd_bits_deinit(&bits);
	}
	return n;
}

static bool take_tree(struct kd_relset *s, const char *name)
{
	const struct kd_store_tree *t = kd_store_tree(s->st, name);

	return t && (reach_heads(s, t, false) || reach_heads(s, t, true));
}

static void find_mainline(struct kd_relset *s)
{
	static const char *const usual[] = {"mainline", "linus", "torvalds", "upstream"};
	struct kd_view v;

	if (s->config && kd_config_get(s->config, "history.mainline", &v) && v.n) {
		const struct kd_view name = kd_arena_view(&s->arena, v);

		if (name.p && take_tree(s, name.p))
			return;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(usual); i++)
		if (take_tree(s, usual[i]))
			return;
	/* stable and vendor trees have a master as well: the one with most commits goes on longest */
	kd_vec_each(t, &s->st->trees)
		reach_heads(s, t, false);
}

void kd_relset_init(struct kd_relset *s, const struct kd_store *st, const struct kd_config *config)
{
	*s = (struct kd_relset){.st = st, .config = config, .arena = KD_ARENA_INIT(MEMORY)};
	find_mainline(s);
}

void kd_relset_deinit(struct kd_relset *s)
{
	kd_vec_each(r, &s->v)
		kd_bits_deinit(&r->has);
	kd_vec_free(&s->v);
	kd_bits_deinit(&s->mainline);
	kd_arena_deinit(&s->arena);
}
