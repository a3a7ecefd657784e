// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/vulns.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/jsonin.h"
#include "base/vec.h"

enum { FILE_MAX = 4 << 20, YEAR = 4, PATH_MAX_BYTES = 4096, ID_DIGITS = 40 };

bool kd_vuln_is_id(struct kd_view v)
{
	if (!kd_view_skip(&v, KD_V("CVE-")) || v.n < YEAR + 5 || v.n > YEAR + 12 || v.p[YEAR] != '-')
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (i != YEAR && !kd_is_digit(v.p[i]))
			return false;
	return true;
}

const char *kd_vuln_role_name(enum kd_vuln_role role)
{
	return role == KD_VULN_FIX ? "fixes" : role == KD_VULN_FIX_IN_BRANCH ? "fixes_in_branch" : "brought_in";
}

/* --- the files of one id ----------------------------------------------------------------------- */

struct reading {
	struct kd_arena *a;
	KD_VEC(struct kd_view) fixes;
	KD_VEC(struct kd_vuln_pair) pairs;
};

static bool is_hex(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_xdigit(v.p[i]))
			return false;
	return v.n >= 7 && v.n <= ID_DIGITS;
}

static struct kd_view next_line(struct kd_view *rest)
{
	struct kd_view line = KD_VNULL;

	kd_view_take_part(rest, KD_V("\n"), &line);
	return kd_view_trim(line);
}

static void put_fix(struct reading *r, struct kd_view id)
{
	struct kd_view *slot;

	if (!is_hex(id))
		return;
	for (size_t i = 0; i < r->fixes.n; i++)
		if (kd_view_eq(r->fixes.v[i], id))
			return;
	slot = kd_avec_push(r->a, &r->fixes, KD_VULN_PAIRS_MAX);
	if (slot)
		*slot = id;
}

static void read_sha1(struct reading *r, struct kd_view text)
{
	while (text.n)
		put_fix(r, next_line(&text));
}

/* "5.9:ID:6.6.17:ID"; false: it is no such line. */
static bool dyad_line(struct kd_view line, struct kd_vuln_pair *ret)
{
	struct kd_view part[4];

	for (int i = 0; i < 4; i++) {
		if (i < 3 ? !kd_view_take_until(&line, KD_V(":"), &part[i]) : !line.n)
			return false;
		if (i == 3)
			part[i] = line;
		if (kd_view_eq(part[i], KD_V("0")))
			part[i] = KD_VNULL;
	}
	if ((part[1].p && !is_hex(part[1])) || (part[3].p && !is_hex(part[3])))
		return false;
	*ret = (struct kd_vuln_pair){part[0], part[1], part[2], part[3]};
	return true;
}

/* The id at the end of a remark like "# getting vulnerable:fixed pairs for git id X". */
static struct kd_view remark_id(struct kd_view line)
{
	const size_t at = kd_view_rchr(line, ' ');
	const struct kd_view id = at == KD_NPOS ? KD_VNULL : kd_view_from(line, at + 1);

	return kd_view_has(line, KD_V(" git id ")) && id.n == ID_DIGITS && is_hex(id) ? id : KD_VNULL;
}

/* fixes: nobody else has said them. */
static void read_dyad(struct reading *r, struct kd_view text, bool fixes)
{
	while (text.n) {
		const struct kd_view line = next_line(&text);
		struct kd_vuln_pair pair, *slot;

		if (line.n && *line.p == '#') {
			if (fixes)
				put_fix(r, remark_id(line));
		} else if (dyad_line(line, &pair)) {
			slot = kd_avec_push(r->a, &r->pairs, KD_VULN_PAIRS_MAX);
			if (slot)
				*slot = pair;
		}
	}
}

static struct kd_view text_of(struct reading *r, struct kd_jval v, const char *key)
{
	struct kd_view text = KD_VNULL;

	if (!kd_jsonin_str(kd_jsonin_get(v, key), &text))
		return KD_VNULL;
	return kd_arena_view(r->a, text);
}

static void json_version(struct reading *r, struct kd_jval v)
{
	const struct kd_view since = text_of(r, v, "version"), fixed = text_of(r, v, "lessThan");
	struct kd_vuln_pair *slot;

	if (!kd_view_eq(text_of(r, v, "versionType"), KD_V("git")) || !kd_view_eq(text_of(r, v, "status"), KD_V("affected")))
		return;
	slot = kd_avec_push(r->a, &r->pairs, KD_VULN_PAIRS_MAX);
	if (slot)
		*slot = (struct kd_vuln_pair){.since_id = is_hex(since) ? since : KD_VNULL, .fixed_id = is_hex(fixed) ? fixed : KD_VNULL};
}

static struct kd_error *read_json(struct reading *r, struct kd_view text)
{
	static const struct kd_jsonin_opts opts = {.max_bytes = FILE_MAX, .max_values = 400000};
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_jsonin_parse(text, &opts, &doc);
	struct kd_jval affected;

	if (err)
		return err;
	affected = kd_jsonin_get(kd_jsonin_get(kd_jsonin_get(kd_jsonin_root(doc), "containers"), "cna"), "affected");
	for (size_t i = 0; i < kd_jsonin_len(affected); i++) {
		const struct kd_jval versions = kd_jsonin_get(kd_jsonin_at(affected, i), "versions");

		for (size_t k = 0; k < kd_jsonin_len(versions); k++)
			json_version(r, kd_jsonin_at(versions, k));
	}
	return NULL;
}

/* Absent when there is no such file. */
static struct kd_error *file_text(struct kd_arena *a, struct kd_view folder, struct kd_view id, const char *suffix, struct kd_view *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(FILE_MAX);
	const struct kd_view year = kd_view_head(kd_view_from(id, 4), YEAR);
	char path[PATH_MAX_BYTES];
	const int n = snprintf(path, sizeof(path), "%.*s/cve/published/%.*s/%.*s%s", KD_VARG(folder), KD_VARG(year), KD_VARG(id), suffix);
	struct kd_error *err;

	*ret = KD_VNULL;
	if (n < 0 || (size_t)n >= sizeof(path))
		return kd_error_new(KD_INVALID, "the path of the vulns repository is too long");
	err = kd_fs_read_small(path, FILE_MAX, &text);
	if (kd_error_catch(&err, KD_NOTFOUND) || err)
		return err;
	*ret = text.n ? kd_arena_view(a, kd_buf_view(&text)) : KD_V("");
	return ret->p ? NULL : kd_error_new(KD_LIMIT, "%s is too long", path);
}

struct kd_error *kd_vuln_read(struct kd_arena *a, struct kd_view folder, struct kd_view id, struct kd_vuln *ret)
{
	struct reading r = {.a = a};
	struct kd_view sha1 = KD_VNULL, dyad = KD_VNULL, json = KD_VNULL;
	struct kd_error *err;

	*ret = (struct kd_vuln){.nfixes = 0};
	if (!kd_vuln_is_id(id))
		return kd_error_new(KD_INVALID, "%.*s is no CVE id", KD_VARG(id));
	err = file_text(a, folder, id, ".sha1", &sha1);
	if (!err)
		err = file_text(a, folder, id, ".dyad", &dyad);
	if (!err)
		err = file_text(a, folder, id, ".json", &json);
	if (err)
		return err;
	if (!sha1.p && !dyad.p && !json.p)
		return kd_error_new(KD_NOTFOUND, "%.*s is not in %.*s/cve/published", KD_VARG(id), KD_VARG(folder));
	read_sha1(&r, sha1);
	read_dyad(&r, dyad, !r.fixes.n);
	if (!r.pairs.n && json.p) {
		err = read_json(&r, json);
		ret->from_json = true;
	}
	if (!err && !r.fixes.n && !r.pairs.n)
		err = kd_error_new(KD_BADDATA, "the files of %.*s in %.*s name no commit", KD_VARG(id), KD_VARG(folder));
	ret->fixes = r.fixes.v;
	ret->nfixes = r.fixes.n;
	ret->pairs = r.pairs.v;
	ret->npairs = r.pairs.n;
	return err;
}

/* --- the other way ----------------------------------------------------------------------------- */

struct naming {
	struct kd_arena *a;
	struct kd_view hex;
	void (*fn)(void *user, struct kd_view id, enum kd_vuln_role role, struct kd_view version);
	void *user;
};

static void roles_in_dyad(struct naming *n, struct kd_view id, struct kd_view text)
{
	bool fixed = false, cause = false;

	while (text.n) {
		struct kd_vuln_pair p;

		if (!dyad_line(next_line(&text), &p))
			continue;
		if (!cause && kd_view_eq(p.since_id, n->hex)) {
			cause = true;
			n->fn(n->user, id, KD_VULN_CAUSE, p.since);
		}
		if (!fixed && kd_view_eq(p.fixed_id, n->hex)) {
			fixed = true;
			n->fn(n->user, id, KD_VULN_FIX_IN_BRANCH, p.fixed);
		}
	}
}

static struct kd_error *one_file(void *user, const struct kd_fs_entry *e)
{
	struct naming *n = user;
	struct kd_view id = kd_view_of(e->name);
	const bool sha1 = kd_view_ends(id, KD_V(".sha1")), dyad = kd_view_ends(id, KD_V(".dyad"));
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(FILE_MAX);
	struct kd_error *err;

	id.n -= sha1 || dyad ? 5 : 0;
	if ((!sha1 && !dyad) || !kd_vuln_is_id(id))
		return NULL;
	err = kd_fs_read_small(e->path, FILE_MAX, &text);
	if (err)
		return err;
	if (!kd_view_has(kd_buf_view(&text), n->hex))
		return NULL;
	id = kd_arena_view(n->a, id);
	if (sha1)
		n->fn(n->user, id, KD_VULN_FIX, KD_VNULL);
	else
		roles_in_dyad(n, id, kd_arena_view(n->a, kd_buf_view(&text)));
	return NULL;
}

struct kd_error *kd_vulns_naming(struct kd_arena *a, struct kd_view folder, struct kd_view hex,
				 void (*fn)(void *user, struct kd_view id, enum kd_vuln_role role, struct kd_view version), void *user)
{
	static const struct kd_fs_walk_opts opts = {.max_entries = KD_VULNS_FILES_MAX, .max_depth = 3};
	struct naming n = {a, hex, fn, user};
	char path[PATH_MAX_BYTES];
	const int len = snprintf(path, sizeof(path), "%.*s/cve/published", KD_VARG(folder));

	if (len < 0 || (size_t)len >= sizeof(path))
		return kd_error_new(KD_INVALID, "the path of the vulns repository is too long");
	return kd_fs_walk(path, &opts, one_file, &n);
}
