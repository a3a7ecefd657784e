// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/gitlog.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/fs.h"
#include "base/hash.h"

enum {
	REFS_MAX = 1000000,
	REFS_BYTES = 256 << 20,
	IDS_MAX = 200000000,
	LONG_MS = 24 * 3600 * 1000, /* a whole history */
	RETRIES = 8, /* of a chunk whose diffs break off */
	HEX = 2 * KD_SEG_OID,
};

/* --- refs -------------------------------------------------------------------------------------- */

/* "<oid> <type> <oid> <type> <name>"; the second pair is what a tag leads to. */
static void take_ref(struct kd_gitlog_refs *r, struct kd_view line, bool *sha256)
{
	struct kd_view part[5];
	struct kd_gitlog_ref *ref;

	for (int i = 0; i < 4; i++)
		if (!kd_view_take_until(&line, KD_V(" "), &part[i]))
			return;
	part[4] = line;
	if (kd_view_eq(part[1], KD_V("tag")) && kd_view_eq(part[3], KD_V("commit")))
		part[0] = part[2];
	else if (!kd_view_eq(part[1], KD_V("commit")))
		return;
	if (part[0].n != HEX) {
		*sha256 = *sha256 || part[0].n == 64;
		return;
	}
	ref = kd_vec_push(&r->v, REFS_MAX);
	if (!ref)
		return;
	ref->name = kd_xstrndup(part[4].p, part[4].n);
	memcpy(ref->oid, part[0].p, HEX);
}

/* The file "shallow" lists the commits whose parents were left out. */
static struct kd_error *read_shallow(const struct kd_git *g, struct kd_gitlog_refs *r)
{
	static const char *const args[] = {"rev-parse", "--git-path", "shallow", NULL};
	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(8192), text = KD_BUF_INIT(64 << 20);
	struct kd_git_req req = {.args = args};
	struct kd_error *err = kd_git_run(g, &req, &path, NULL);
	struct kd_view rest, line;

	if (err)
		return err;
	if (path.n && path.p[path.n - 1] == '\n')
		path.p[path.n - 1] = 0;
	err = path.n ? kd_fs_read_small(path.p, text.max, &text) : NULL;
	if (kd_error_catch(&err, KD_NOTFOUND))
		return NULL;
	if (err)
		return err;
	r->shallow = text.n != 0;
	rest = kd_buf_view(&text);
	while (kd_view_take_until(&rest, KD_V("\n"), &line)) {
		char **slot = line.n == HEX ? kd_vec_push(&r->boundary, REFS_MAX) : NULL;

		if (slot)
			*slot = kd_xstrndup(line.p, line.n);
	}
	return NULL;
}

static struct kd_error *read_partial(const struct kd_git *g, struct kd_gitlog_refs *r)
{
	static const char *const args[] = {"config", "--get-regexp", "^remote\\..*\\.promisor$", NULL};
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(1 << 20);
	struct kd_git_req req = {.args = args};
	struct kd_error *err = kd_git_run(g, &req, &out, NULL);

	kd_error_free(err); /* exit status 1: none */
	r->partial = out.n != 0;
	return NULL;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct kd_error *kd_gitlog_refs(const struct kd_git *g, const char *const *patterns, size_t n, struct kd_gitlog_refs *ret)
{
	static const char *const usual[] = {"refs/heads", "refs/tags", "refs/remotes"};
	const char *args[KD_GIT_ARGS_MAX] = {"for-each-ref", "--format=%(objectname) %(objecttype) %(*objectname) %(*objecttype) %(refname)"};
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(REFS_BYTES);
	struct kd_git_req req = {.args = args, .out_max = REFS_BYTES, .timeout_ms = 600000};
	struct kd_view rest, line;
	bool sha256 = false;
	struct kd_error *err;

	*ret = (struct kd_gitlog_refs){0};
	if (!n) {
		patterns = usual;
		n = KD_ARRAY_LEN(usual);
	}
	if (n > KD_GIT_ARGS_MAX - 3)
		return kd_error_new(KD_INVALID, "more than %d patterns of refs", KD_GIT_ARGS_MAX - 3);
	for (size_t i = 0; i < n; i++) {
		if (!kd_git_name_ok(kd_view_of(patterns[i])))
			return kd_error_new(KD_INVALID, "'%s' is no pattern of refs", patterns[i]);
		args[2 + i] = patterns[i];
	}
	err = kd_git_run(g, &req, &out, NULL);
	if (!err)
		err = read_shallow(g, ret);
	if (!err)
		err = read_partial(g, ret);
	rest = kd_buf_view(&out);
	while (!err && kd_view_take_until(&rest, KD_V("\n"), &line))
		take_ref(ret, line, &sha256);
	if (!err && sha256)
		err = kd_error_new(KD_UNSUPPORTED, "a repository whose objects are named by SHA-256 is not read");
	if (err)
		kd_gitlog_refs_deinit(ret);
	else if (ret->boundary.n)
		qsort(ret->boundary.v, ret->boundary.n, sizeof(char *), by_text);
	return err;
}

void kd_gitlog_refs_deinit(struct kd_gitlog_refs *r)
{
	kd_vec_each(x, &r->v)
		kd_free(x->name);
	kd_vec_each(b, &r->boundary)
		kd_free(*b);
	kd_vec_free(&r->v);
	kd_vec_free(&r->boundary);
	*r = (struct kd_gitlog_refs){0};
}

/* --- which commits ----------------------------------------------------------------------------- */

struct list {
	bool (*known)(void *user, const uint8_t oid[KD_SEG_OID]);
	void *user;
	struct kd_gitlog_ids *ret;
	bool full;
};

static bool on_ids(void *user, struct kd_proc_result *r)
{
	struct list *l = user;
	struct kd_view rest = kd_buf_view(&r->out), line;

	while (!l->full && kd_view_take_until(&rest, KD_V("\n"), &line)) {
		struct kd_gitlog_id id, *slot;

		if (!kd_oid_parse(line, id.oid, NULL) || line.n != HEX || l->known(l->user, id.oid))
			continue;
		slot = kd_vec_push(&l->ret->v, IDS_MAX);
		l->full = !slot;
		if (slot)
			*slot = id;
	}
	kd_buf_drop(&r->out, r->out.n - rest.n);
	return !l->full;
}

static void add_lines(struct kd_buf *b, struct kd_view ids, const char *before)
{
	struct kd_view line;

	while (kd_view_take_until(&ids, KD_V("\n"), &line))
		kd_buf_printf(b, "%s%.*s\n", before, KD_VARG(line));
}

struct kd_error *kd_gitlog_list(const struct kd_git *g, struct kd_view tips, struct kd_view old,
				bool (*known)(void *user, const uint8_t oid[KD_SEG_OID]), void *user, struct kd_gitlog_ids *ret)
{
	static const char *const args[] = {"rev-list", "--topo-order", "--reverse", "--ignore-missing", "--stdin", NULL};
	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT(REFS_BYTES);
	struct list l = {.known = known, .user = user, .ret = ret};
	struct kd_git_req req = {.args = args, .out_max = REFS_BYTES, .timeout_ms = LONG_MS, .watch = on_ids, .user = &l};
	struct kd_error *err;

	*ret = (struct kd_gitlog_ids){0};
	add_lines(&in, tips, "");
	add_lines(&in, old, "^");
	req.input = kd_buf_view(&in);
	err = kd_git_run(g, &req, NULL, NULL);
	if (!err && l.full)
		err = kd_error_new(KD_LIMIT, "more than %d commits", IDS_MAX);
	if (err)
		kd_vec_free(&ret->v);
	return err;
}

/* --- objects and diffs ------------------------------------------------------------------------- */

struct chunk {
	const struct kd_git *g;
	const struct kd_gitlog_refs *refs;
	const struct kd_gitlog_id *ids;
	size_t n;
	struct kd_error *(*fn)(void *user, const struct kd_gitlog_commit *c);
	void *user;
	struct kd_arena arena; /* commit objects */
	struct kd_gitlog_commit *c;
	size_t next; /* the first that was not handed on */
	size_t to; /* diffs are being read for [next, to) */
	bool in_diff; /* its id was seen, its diff is coming */
	bool skipping; /* it was handed on, the rest of its diff is too much */
	size_t keep_from; /* scanned bytes */
	struct kd_error *err;
};

/* A second parent? git writes them right behind the tree. */
static bool is_merge(struct kd_view raw)
{
	struct kd_view line;
	int parents = 0;

	while (kd_view_take_until(&raw, KD_V("\n"), &line) && line.n)
		parents += kd_view_starts(line, KD_V("parent "));
	return parents > 1;
}

static bool at_boundary(const struct kd_gitlog_refs *refs, const char *hex)
{
	return refs->boundary.n && bsearch(&hex, refs->boundary.v, refs->boundary.n, sizeof(char *), by_text);
}

static struct kd_error *take_object(void *user, size_t i, struct kd_view bytes)
{
	struct chunk *k = user;
	char hex[HEX + 1];

	k->c[i].oid = k->ids[i].oid;
	if (!bytes.p)
		return NULL;
	kd_hex(k->ids[i].oid, KD_SEG_OID, hex);
	k->c[i].raw = kd_arena_view(&k->arena, bytes);
	k->c[i].merge = is_merge(bytes);
	k->c[i].boundary = at_boundary(k->refs, hex);
	return NULL;
}

static bool wants_diff(const struct kd_gitlog_commit *c)
{
	return c->raw.p && !c->merge && !c->boundary && !c->lost;
}

static bool hand_on(struct chunk *k, struct kd_view diff)
{
	struct kd_gitlog_commit *c = &k->c[k->next++];

	c->diff = diff;
	k->err = k->fn(k->user, c);
	return !k->err;
}

/* Those before i have no diff to wait for. */
static bool hand_on_until(struct chunk *k, size_t i)
{
	while (k->next < i)
		if (!hand_on(k, KD_VNULL))
			return false;
	return true;
}

static bool is_id_line(struct kd_view line, const uint8_t *oid)
{
	char hex[HEX + 1];

	if (line.n != HEX)
		return false;
	kd_hex(oid, KD_SEG_OID, hex);
	return !memcmp(line.p, hex, HEX);
}

/* The next commit from `from` on whose diff was asked for. */
static size_t next_wanted(const struct chunk *k, size_t from)
{
	while (from < k->to && !wants_diff(&k->c[from]))
		from++;
	return from;
}

/* The diff of k->next is complete, or the end of what is wanted of it. */
static bool end_diff(struct chunk *k, struct kd_view diff, bool cut)
{
	if (!k->in_diff)
		return true;
	k->in_diff = false;
	if (k->skipping) {
		k->skipping = false;
		return true;
	}
	k->c[k->next].cut = cut;
	return hand_on(k, diff.p ? diff : KD_V(""));
}

/* No line of a diff is an object id alone: its lines begin with one of " +-@\\" or a word of its head. */
static bool on_diff(void *user, struct kd_proc_result *r)
{
	struct chunk *k = user;
	struct kd_view all = kd_buf_view(&r->out);
	size_t at = k->keep_from, begin = 0; /* of the line, of the diff */

	for (;;) {
		const struct kd_view rest = kd_view_from(all, at);
		const size_t nl = kd_view_chr(rest, '\n');
		size_t want;

		if (nl == KD_NPOS)
			break;
		want = nl == HEX ? next_wanted(k, k->next + (k->in_diff && !k->skipping)) : k->to;
		if (want < k->to && is_id_line(kd_view_head(rest, nl), k->c[want].oid)) {
			if (!end_diff(k, kd_view_head(kd_view_from(all, begin), at - begin), false) || !hand_on_until(k, want))
				return false;
			k->in_diff = true;
			begin = at + nl + 1;
		}
		at += nl + 1;
	}
	if (k->in_diff && !k->skipping && all.n - begin > KD_GITLOG_DIFF_MAX) {
		if (!end_diff(k, kd_view_head(kd_view_from(all, begin), KD_GITLOG_DIFF_MAX), true))
			return false;
		k->in_diff = k->skipping = true;
	}
	if (k->skipping)
		begin = at;
	kd_buf_drop(&r->out, begin);
	k->keep_from = at - begin;
	return !k->err;
}

/* Diffs of [k->next, to). *ok_ret false: git broke off; those that were complete are handed on. */
static struct kd_error *read_diffs(struct chunk *k, size_t to, bool *ok_ret)
{
	static const char *const args[] = {"diff-tree", "--stdin", "-p", "-r", "--root", "--always", "--no-renames", "--no-color",
					   "--no-ext-diff", "--no-textconv", "--full-index", "--diff-algorithm=myers", "-U3",
					   "--src-prefix=a/", "--dst-prefix=b/", NULL};
	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT((size_t)KD_GITLOG_CHUNK_MAX * (HEX + 1));
	kd_auto(kd_buf_deinit) struct kd_buf tail = KD_BUF_INIT(2 * KD_GITLOG_DIFF_MAX);
	struct kd_git_req req = {.args = args, .out_max = 4 * KD_GITLOG_DIFF_MAX, .timeout_ms = LONG_MS, .watch = on_diff, .user = k};
	struct kd_error *err = NULL;

	k->to = to;
	k->in_diff = k->skipping = false;
	k->keep_from = 0;
	for (size_t i = k->next; i < to; i++)
		if (wants_diff(&k->c[i])) {
			char hex[HEX + 1];

			kd_hex(k->c[i].oid, KD_SEG_OID, hex);
			kd_buf_printf(&in, "%s\n", hex);
		}
	req.input = kd_buf_view(&in);
	if (in.n)
		err = kd_git_run(k->g, &req, &tail, NULL);
	if (k->err) {
		kd_error_free(err);
		err = k->err;
		k->err = NULL;
		return err;
	}
	*ok_ret = !err;
	if (err && err->cls != KD_BADDATA)
		return err;
	if (!err) /* what is left is the last diff */
		end_diff(k, kd_buf_view(&tail), false);
	if (!err && !k->err)
		hand_on_until(k, to);
	kd_error_free(err);
	err = k->err;
	k->err = NULL;
	return err;
}

/* One by one up to the diff that cannot be had: the first, or, when output was lost with it, the second. */
static struct kd_error *find_lost(struct chunk *k)
{
	for (int i = 0; i < 2; i++) {
		struct kd_error *err;
		size_t want;
		bool ok;

		k->to = k->n;
		want = next_wanted(k, k->next);
		if (want == k->n)
			return NULL;
		err = read_diffs(k, want + 1, &ok);
		if (err)
			return err;
		if (!ok) {
			k->c[want].lost = true;
			return NULL;
		}
	}
	return NULL;
}

/* git breaks off at a missing object: the commit where it did goes without, and the others go on. */
static struct kd_error *read_all_diffs(struct chunk *k)
{
	struct kd_error *err = NULL;
	bool ok = false;

	for (int i = 0; i < RETRIES && !ok && !err; i++) {
		err = read_diffs(k, k->n, &ok);
		if (!err && !ok)
			err = find_lost(k);
	}
	for (size_t i = k->next; i < k->n && !err; i++)
		k->c[i].lost = k->c[i].lost || wants_diff(&k->c[i]);
	if (!err && !hand_on_until(k, k->n))
		err = k->err;
	return err;
}

struct kd_error *kd_gitlog_read(const struct kd_git *g, const struct kd_gitlog_refs *refs, const struct kd_gitlog_id *ids, size_t n,
				struct kd_error *(*fn)(void *user, const struct kd_gitlog_commit *c), void *user)
{
	struct chunk k = {.g = g, .refs = refs, .ids = ids, .n = n, .to = n, .fn = fn, .user = user,
			  .arena = KD_ARENA_INIT((size_t)1 << 30)};
	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT((size_t)KD_GITLOG_CHUNK_MAX * (HEX + 1));
	struct kd_error *err;

	if (n > KD_GITLOG_CHUNK_MAX)
		return kd_error_new(KD_INTERNAL, "a chunk of %zu commits", n);
	k.c = kd_xcalloc(n ? n : 1, sizeof(*k.c));
	for (size_t i = 0; i < n; i++) {
		char hex[HEX + 1];

		kd_hex(ids[i].oid, KD_SEG_OID, hex);
		kd_buf_printf(&in, "%s\n", hex);
	}
	err = kd_git_each_commit(g, kd_buf_view(&in), n, KD_GITLOG_COMMIT_MAX, take_object, &k);
	if (!err)
		err = read_all_diffs(&k);
	kd_arena_deinit(&k.arena);
	kd_free(k.c);
	return err;
}
