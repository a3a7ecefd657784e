// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A tracker that is a folder: each FILE.json in it is an issue.
 *
 *	{"key": "PROJ-77",            without it: the file's name
 *	 "title": "…", "url": "…", "status": "unresolved", "ticket": "…", "count": 41,
 *	 "first_seen": "2026-05-01T10:00:00Z", "last_seen": "…",
 *	 "events": [{…}, "events/one.json"]}
 *
 * An event is an object, or the name of a file below the folder that holds one; the newest comes first. "comments" and "merged_into" are
 * what comment() and merge() write; every other member stays as it is.
 */
#include "link/tracker.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "base/jsonin.h"
#include "base/time.h"
#include "link/folder.h"

enum { DEPTH_MAX = 48, FILE_MODE = 0644 };

struct dir {
	char *path;
	int64_t since;
};

static struct kd_error *open_dir(struct kd_ctx *ctx, const struct kd_tracker_config *c, void **ret)
{
	char *path = NULL;
	struct kd_error *err = kd_link_folder_open(c->address, "issues", &path);
	struct dir *d;

	(void)ctx;
	if (err)
		return err;
	d = kd_xcalloc(1, sizeof(*d));
	d->path = path;
	d->since = c->since;
	*ret = d;
	return NULL;
}

static void close_dir(void *conn)
{
	struct dir *d = conn;

	kd_free(d->path);
	kd_free(d);
}

/* ---- one issue ---- */

static struct kd_view text_of(struct kd_jval v, const char *key)
{
	return kd_view_head(kd_jsonin_member_str(v, key), KD_TRACKER_TEXT);
}

static int64_t time_of(struct kd_jval v, const char *key)
{
	struct kd_view t = text_of(v, key);
	int64_t us;

	return kd_civil_take_us(&t, &us) && !t.n ? us : 0;
}

static struct kd_view base_of(const char *name)
{
	struct kd_view v = kd_view_of(name);

	return kd_view_head(v, v.n - 5); /* without .json */
}

static struct kd_error *load(const char *path, struct kd_buf *text, struct kd_jsonin **ret)
{
	const struct kd_jsonin_opts opts = {.max_bytes = KD_TRACKER_EVENT, .max_depth = DEPTH_MAX};
	struct kd_error *err = kd_fs_read_small(path, KD_TRACKER_EVENT, text);

	if (!err)
		err = kd_jsonin_parse(kd_buf_view(text), &opts, ret);
	if (!err && kd_jsonin_type(kd_jsonin_root(*ret)) != KD_JOBJECT)
		err = kd_error_new(KD_BADDATA, "is no object");
	return kd_error_wrap(err, "%s", path);
}

static void issue_of(struct kd_jval v, struct kd_view name, struct kd_tracker_issue *ret)
{
	*ret = (struct kd_tracker_issue){
		.key = text_of(v, "key"),
		.title = text_of(v, "title"),
		.url = text_of(v, "url"),
		.status = text_of(v, "status"),
		.ticket = text_of(v, "ticket"),
		.count = -1,
		.first = time_of(v, "first_seen"),
		.last = time_of(v, "last_seen"),
	};
	if (!ret->key.n)
		ret->key = name;
	if (!kd_jsonin_i64(kd_jsonin_get(v, "count"), &ret->count) || ret->count < 0)
		ret->count = -1;
}

/* All issues; or which file is one of them: the first that says so. */
struct listing {
	struct dir *d;
	kd_tracker_issue_fn *fn; /* NULL: the file with this key is looked for */
	void *user;
	void (*bad)(void *user, struct kd_view key, const char *why);
	struct kd_view key;
	char *path;
};

static struct kd_error *list_file(void *user, const struct kd_fs_entry *e)
{
	struct listing *l = user;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_TRACKER_EVENT);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_tracker_issue issue;
	struct kd_error *err;

	if (l->path || e->depth != 1 || !kd_view_ends(kd_view_of(e->name), KD_V(".json")) || strlen(e->name) == 5)
		return NULL;
	err = load(e->path, &text, &doc);
	if (err) {
		if (l->bad)
			l->bad(l->user, base_of(e->name), err->msg);
		kd_error_free(err);
		return NULL;
	}
	issue_of(kd_jsonin_root(doc), base_of(e->name), &issue);
	if (!l->fn) {
		if (kd_view_eq(issue.key, l->key))
			l->path = kd_xstrndup(e->path, strlen(e->path));
		return NULL;
	}
	return l->d->since && issue.last && issue.last < l->d->since ? NULL : l->fn(l->user, &issue);
}

static struct kd_error *walk(struct listing *l)
{
	const struct kd_fs_walk_opts opts = {.max_entries = KD_TRACKER_ISSUES, .max_depth = 1};

	return kd_fs_walk(l->d->path, &opts, list_file, l);
}

static struct kd_error *list(void *conn, kd_tracker_issue_fn *fn, void *user, void (*bad)(void *user, struct kd_view key, const char *why))
{
	struct listing l = {.d = conn, .fn = fn, .user = user, .bad = bad};

	return walk(&l);
}

static struct kd_error *path_of(struct dir *d, struct kd_view key, char **ret)
{
	struct listing l = {.d = d, .key = key};
	struct kd_error *err = walk(&l);

	if (!err && !l.path)
		err = kd_error_new(KD_NOTFOUND, "there is no issue %.*s in %s", KD_VARG(kd_view_head(key, 80)), d->path);
	if (err)
		kd_free(l.path);
	else
		*ret = l.path;
	return err;
}

static struct kd_error *get(void *conn, struct kd_view key, kd_tracker_issue_fn *fn, void *user)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_TRACKER_EVENT);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	kd_auto(kd_freep) char *path = NULL;
	struct kd_tracker_issue issue;
	struct kd_error *err = path_of(conn, key, &path);

	if (!err)
		err = load(path, &text, &doc);
	if (err)
		return err;
	issue_of(kd_jsonin_root(doc), key, &issue);
	return fn(user, &issue);
}

/* ---- JSON, written again ---- */

static void write_value(struct kd_json *j, struct kd_jval v, unsigned depth)
{
	struct kd_view key, text;
	struct kd_jval x;
	int64_t i;
	double d;
	bool b;

	switch (depth < DEPTH_MAX ? kd_jsonin_type(v) : KD_JNULL) {
	case KD_JSTR:
		(void)kd_jsonin_str(v, &text);
		kd_json_str(j, text);
		break;
	case KD_JINT:
		(void)kd_jsonin_i64(v, &i);
		kd_json_i64(j, i);
		break;
	case KD_JREAL:
		(void)kd_jsonin_double(v, &d);
		kd_json_double_exact(j, d);
		break;
	case KD_JBOOL:
		(void)kd_jsonin_bool(v, &b);
		kd_json_bool(j, b);
		break;
	case KD_JARRAY:
		kd_json_begin_array(j);
		for (size_t k = 0; k < kd_jsonin_len(v); k++)
			write_value(j, kd_jsonin_at(v, k), depth + 1);
		kd_json_end_array(j);
		break;
	case KD_JOBJECT:
		kd_json_begin_object(j);
		for (void *it = NULL; kd_jsonin_next(v, &it, &key, &x);) {
			kd_json_key_view(j, key);
			write_value(j, x, depth + 1);
		}
		kd_json_end_object(j);
		break;
	default:
		kd_json_null(j);
	}
}

/* ---- events ---- */

/* A file below the folder: no way out of it. */
static bool inside(struct kd_view name)
{
	struct kd_view rest = name, part;

	if (!name.n || *name.p == '/' || memchr(name.p, '\0', name.n))
		return false;
	while (kd_view_take_part(&rest, KD_V("/"), &part)) {
		if (!part.n || *part.p == '.')
			return false;
	}
	return true;
}

static struct kd_error *one_event(struct dir *d, struct kd_jval v, kd_tracker_event_fn *fn, void *user)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_TRACKER_EVENT), path = KD_BUF_INIT(4096);
	struct kd_view name;
	struct kd_json j;
	struct kd_error *err;

	if (kd_jsonin_str(v, &name)) {
		if (!inside(name))
			return kd_error_new(KD_BADDATA, "'%.*s' is no file below the folder", KD_VARG(kd_view_head(name, 100)));
		kd_buf_printf(&path, "%s/%.*s", d->path, KD_VARG(name));
		err = path.overflow ? kd_error_new(KD_LIMIT, "a name is too long") : kd_fs_read_small(path.p, KD_TRACKER_EVENT, &text);
	} else {
		kd_json_init(&j, &text, KD_JSON_COMPACT);
		write_value(&j, v, 0);
		err = kd_json_finish(&j);
	}
	return err ? err : fn(user, kd_buf_view(&text));
}

static struct kd_error *events(void *conn, struct kd_view key, size_t max, kd_tracker_event_fn *fn, void *user)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_TRACKER_EVENT);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	kd_auto(kd_freep) char *path = NULL;
	struct kd_error *err = path_of(conn, key, &path);
	struct kd_jval all;

	if (!err)
		err = load(path, &text, &doc);
	all = err ? (struct kd_jval){NULL} : kd_jsonin_get(kd_jsonin_root(doc), "events");
	for (size_t i = 0; !err && i < kd_jsonin_len(all) && (!max || i < max); i++)
		err = kd_error_wrap(one_event(conn, kd_jsonin_at(all, i), fn, user), "event %zu of %.*s", i + 1, KD_VARG(kd_view_head(key, 80)));
	return err;
}

/* ---- changes ---- */

/* Set a member to a text; of "comments" one more, unless it is there. */
static struct kd_error *rewrite(void *conn, struct kd_view key, const char *member, struct kd_view value)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_TRACKER_EVENT), out = KD_BUF_INIT(2 * KD_TRACKER_EVENT);
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	kd_auto(kd_freep) char *path = NULL;
	const bool more = !strcmp(member, "comments");
	struct kd_view name, old;
	struct kd_jval x, list_of;
	struct kd_json j;
	struct kd_error *err = path_of(conn, key, &path);

	if (!err)
		err = load(path, &text, &doc);
	if (err)
		return err;
	list_of = kd_jsonin_get(kd_jsonin_root(doc), member);
	for (size_t i = 0; more && i < kd_jsonin_len(list_of); i++)
		if (kd_jsonin_str(kd_jsonin_at(list_of, i), &old) && kd_view_eq(old, value))
			return NULL;
	kd_json_init(&j, &out, KD_JSON_PRETTY);
	kd_json_begin_object(&j);
	for (void *it = NULL; kd_jsonin_next(kd_jsonin_root(doc), &it, &name, &x);) {
		if (kd_view_eq(name, kd_view_of(member)))
			continue;
		kd_json_key_view(&j, name);
		write_value(&j, x, 1);
	}
	kd_json_key(&j, member);
	if (more) {
		kd_json_begin_array(&j);
		for (size_t i = 0; i < kd_jsonin_len(list_of); i++)
			write_value(&j, kd_jsonin_at(list_of, i), 2);
	}
	kd_json_str(&j, value);
	if (more)
		kd_json_end_array(&j);
	kd_json_end_object(&j);
	err = kd_json_finish(&j);
	return err ? err : kd_fs_write_atomic(path, kd_buf_view(&out), FILE_MODE);
}

static struct kd_error *comment(void *conn, struct kd_view key, struct kd_view text)
{
	return rewrite(conn, key, "comments", text);
}

static struct kd_error *link_ticket(void *conn, struct kd_view key, struct kd_view ticket, struct kd_view url)
{
	(void)url;
	return rewrite(conn, key, "ticket", ticket);
}

static struct kd_error *merge(void *conn, struct kd_view key, struct kd_view into)
{
	kd_auto(kd_freep) char *path = NULL;
	struct kd_error *err = path_of(conn, into, &path);

	if (!err && kd_view_eq(key, into))
		err = kd_error_new(KD_INVALID, "%.*s is one issue", KD_VARG(kd_view_head(key, 80)));
	return err ? err : rewrite(conn, key, "merged_into", into);
}

const struct kd_tracker_ops kd_tracker_dir = {
	.name = "dir",
	.claims = kd_link_folder_claims,
	.open = open_dir,
	.close = close_dir,
	.list = list,
	.get = get,
	.events = events,
	.comment = comment,
	.link_ticket = link_ticket,
	.merge = merge,
};
