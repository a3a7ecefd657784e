// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A ticket system that is a folder: KEY.md is a ticket.
 *
 *	---
 *	key: KRN-12
 *	title: NULL pointer dereference in widget_put
 *	status: open
 *	created: 2026-05-12T12:00:00Z
 *	marker: kdoc:g-0123456789ab
 *	link: sentry:PROJ-77 kdoc:l-…        (any number of such lines; the word behind it is the change's marker)
 *	---
 *
 *	body
 *
 *	## Comment 2026-05-12T12:00:00Z person:ada
 *	<!-- kdoc:… -->
 *
 *	text
 *
 * A change takes a lock on the folder, writes a new file beside the old one and renames it: whoever reads sees all of it or nothing, and of
 * two changes at a time none is lost. What people write into such a file by hand stays.
 */
#include "link/ticket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "link/folder.h"

enum { FILE_MODE = 0644, TICKETS_MAX = 200000, NUMBER_MAX = 9 };

#define COMMENT "\n## Comment "

struct dir {
	char *path, *project;
};

/* ---- its form ---- */

static bool next_line(struct kd_view *rest, struct kd_view *line)
{
	if (!kd_view_take_part(rest, KD_V("\n"), line))
		return false;
	*line = kd_view_trim(*line);
	return true;
}

/* What the head says under a name; *rest: the text behind it. false: it has no head. */
static bool head_of(struct kd_view file, struct kd_view *head, struct kd_view *rest)
{
	struct kd_view line, from = file;

	if (!next_line(&file, &line) || !kd_view_eq(line, KD_V("---")))
		return false;
	from = file;
	while (next_line(&file, &line))
		if (kd_view_eq(line, KD_V("---"))) {
			*head = kd_view(from.p, (size_t)(line.p - from.p));
			*rest = file;
			return true;
		}
	return false;
}

static struct kd_view member(struct kd_view head, struct kd_view name)
{
	struct kd_view line;

	while (next_line(&head, &line))
		if (kd_view_skip(&line, name) && kd_view_skip(&line, KD_V(":")))
			return kd_view_trim(line);
	return KD_VNULL;
}

struct kd_error *kd_ticket_dir_read(struct kd_view file, struct kd_ticket *ret)
{
	struct kd_view head, rest, v;
	struct kd_ticket t = {.comments = 0};

	if (!head_of(file, &head, &rest))
		return kd_error_new(KD_BADDATA, "it has no head between two lines '---'");
	t.key = member(head, KD_V("key"));
	t.title = member(head, KD_V("title"));
	t.status = member(head, KD_V("status"));
	t.url = member(head, KD_V("url"));
	t.created = member(head, KD_V("created"));
	t.text = kd_view_trim(rest);
	if (!t.key.n)
		return kd_error_new(KD_BADDATA, "its head says no key");
	v = rest;
	for (size_t at; (at = kd_view_find(v, KD_V(COMMENT))) != KD_NPOS; v = kd_view_from(v, at + 1))
		t.comments++;
	*ret = t;
	return NULL;
}

/* ---- the folder ---- */

/* Letters, digits, '-': the name of a file. */
static bool key_fits(struct kd_view v, size_t max)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_alnum(v.p[i]) && v.p[i] != '-')
			return false;
	return v.n && v.n <= max && *v.p != '-';
}

static struct kd_error *open_dir(struct kd_ctx *ctx, const struct kd_ticket_config *c, void **ret)
{
	const struct kd_view project = c->project.n ? c->project : KD_V("T");
	kd_auto(kd_freep) char *path = NULL;
	struct kd_error *err = kd_link_folder_open(c->address, "tickets", &path);
	struct dir *d;

	(void)ctx;
	if (err)
		return err;
	if (!key_fits(project, KD_TICKET_KEY - NUMBER_MAX - 2))
		return kd_error_new(KD_INVALID, "'%.*s' is no project: letters, digits, '-'", KD_VARG(kd_view_head(project, 80)));
	d = kd_xcalloc(1, sizeof(*d));
	d->path = kd_take(path);
	d->project = kd_xstrndup(project.p, project.n);
	*ret = d;
	return NULL;
}

static void close_dir(void *conn)
{
	struct dir *d = conn;

	kd_free(d->path);
	kd_free(d->project);
	kd_free(d);
}

static struct kd_error *read_ticket(const struct dir *d, struct kd_view key, struct kd_buf *path, struct kd_buf *text, struct kd_ticket *ret)
{
	struct kd_error *err;

	if (!key_fits(key, KD_TICKET_KEY - 1))
		return kd_error_new(KD_INVALID, "'%.*s' is no key of a ticket", KD_VARG(kd_view_head(key, 80)));
	kd_buf_clear(path);
	kd_buf_clear(text);
	kd_buf_printf(path, "%s/%.*s.md", d->path, KD_VARG(key));
	if (path->overflow)
		return kd_error_new(KD_LIMIT, "the folder's name is too long");
	if (!kd_fs_exists(path->p))
		return kd_error_new(KD_NOTFOUND, "there is no ticket %.*s in %s", KD_VARG(key), d->path);
	err = kd_fs_read_small(path->p, KD_TICKET_TEXT, text);
	if (!err)
		err = kd_error_wrap(kd_ticket_dir_read(kd_buf_view(text), ret), "%s", path->p);
	return err;
}

static struct kd_error *get(void *conn, struct kd_view key, kd_ticket_fn *fn, void *user)
{
	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(4096), text = KD_BUF_INIT(KD_TICKET_TEXT);
	struct kd_ticket t;
	struct kd_error *err = read_ticket(conn, key, &path, &text, &t);

	return err ? err : fn(user, &t);
}

/* ---- searching ---- */

struct walking {
	kd_ticket_fn *fn;
	void *user;
	struct kd_view words, marker;
	const char *prefix; /* of keys: the highest number */
	uint64_t highest;
	char *found; /* KD_TICKET_KEY bytes */
};

static bool has_word(struct kd_view text, struct kd_view word)
{
	for (; text.n >= word.n; text = kd_view_from(text, 1))
		if (kd_view_istarts(text, word))
			return true;
	return false;
}

static bool has_words(const struct kd_ticket *t, struct kd_view words)
{
	struct kd_view word;

	kd_view_skip_blank(&words);
	while (kd_view_take_word(&words, &word)) {
		if (!has_word(t->key, word) && !has_word(t->title, word) && !has_word(t->text, word))
			return false;
		kd_view_skip_blank(&words);
	}
	return true;
}

static struct kd_error *walk_file(void *user, const struct kd_fs_entry *e)
{
	struct walking *w = user;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_TICKET_TEXT);
	struct kd_view name = kd_view_of(e->name), number, head, rest;
	struct kd_ticket t;
	struct kd_error *err;
	uint64_t n;

	if (e->depth != 1 || !kd_view_ends(name, KD_V(".md")))
		return NULL;
	name.n -= 3;
	number = name;
	if (w->prefix && kd_view_skip(&number, kd_view_of(w->prefix)) && kd_view_skip(&number, KD_V("-")) && kd_view_dec(number, &n) && n > w->highest)
		w->highest = n;
	err = kd_fs_read_small(e->path, KD_TICKET_TEXT, &text);
	if (!err)
		err = kd_ticket_dir_read(kd_buf_view(&text), &t);
	if (err) { /* a README */
		kd_error_free(err);
		return NULL;
	}
	if (w->marker.n && head_of(kd_buf_view(&text), &head, &rest) && kd_view_eq(member(head, KD_V("marker")), w->marker))
		snprintf(w->found, KD_TICKET_KEY, "%.*s", KD_VARG(name));
	t.key = name; /* what it is called is what it is found by */
	return w->fn && has_words(&t, w->words) ? w->fn(w->user, &t) : NULL;
}

static struct kd_error *walk(const struct dir *d, struct walking *w)
{
	const struct kd_fs_walk_opts o = {.max_entries = TICKETS_MAX, .max_depth = 1};

	return kd_fs_walk(d->path, &o, walk_file, w);
}

static struct kd_error *search(void *conn, struct kd_view words, kd_ticket_fn *fn, void *user)
{
	struct walking w = {.fn = fn, .user = user, .words = words};

	return walk(conn, &w);
}

static struct kd_error *find(void *conn, struct kd_view marker, char ret_key[KD_TICKET_KEY])
{
	struct walking w = {.marker = marker, .found = ret_key};

	*ret_key = '\0';
	return walk(conn, &w);
}

/* ---- changes ---- */

static bool line_fits(struct kd_view v, size_t max)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return false;
	return v.n <= max;
}

static bool marker_fits(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_alnum(v.p[i]) && v.p[i] != '-' && v.p[i] != ':')
			return false;
	return v.n && v.n < KD_TICKET_MARKER;
}

static struct kd_error *check(const struct kd_ticket_change *c)
{
	if (!marker_fits(c->marker) || !line_fits(c->who, 200) || !line_fits(c->when, 40))
		return kd_error_new(KD_INVALID, "a change needs a marker, who, and when");
	if (c->verb == KD_TICKET_CREATE && (!c->title.n || !line_fits(c->title, KD_TICKET_TITLE)))
		return kd_error_new(KD_INVALID, "a ticket needs a title: one line of at most %d bytes", KD_TICKET_TITLE);
	if (c->verb == KD_TICKET_LINK && (!line_fits(c->text, 400) || kd_view_chr(c->text, ' ') != KD_NPOS))
		return kd_error_new(KD_INVALID, "a link is one word");
	return c->text.n && c->text.n <= KD_TICKET_TEXT / 4 ? NULL : kd_error_new(KD_INVALID, "its text is empty, or longer than %zu bytes", KD_TICKET_TEXT / 4);
}

/* A line of the text that is one of ours would end the comment it stands in: it is set in. */
static void add_text(struct kd_buf *b, struct kd_view text)
{
	struct kd_view line;

	while (kd_view_take_part(&text, KD_V("\n"), &line)) {
		if (kd_view_starts(line, KD_V("## Comment ")) || kd_view_starts(line, KD_V("<!-- kdoc:")))
			kd_buf_add(b, KD_V("    "));
		kd_buf_add(b, line);
		kd_buf_addc(b, '\n');
	}
}

/* The ticket that the change is about, and its file as it is then; KD_TICKET_CREATE: the next free key. */
struct target {
	char key[KD_TICKET_KEY];
	struct kd_buf path, old, text;
	bool existed;
};

static void target_deinit(struct target *t)
{
	kd_buf_deinit(&t->path);
	kd_buf_deinit(&t->old);
	kd_buf_deinit(&t->text);
}

static struct kd_error *new_ticket(const struct dir *d, const struct kd_ticket_change *c, struct target *t)
{
	struct walking w = {.marker = c->marker, .found = t->key, .prefix = d->project};
	struct kd_error *err = walk(d, &w);

	if (err)
		return err;
	t->existed = *t->key;
	if (t->existed)
		return NULL;
	snprintf(t->key, sizeof(t->key), "%s-%llu", d->project, (unsigned long long)w.highest + 1);
	kd_buf_printf(&t->path, "%s/%s.md", d->path, t->key);
	kd_buf_printf(&t->text, "---\nkey: %s\ntitle: %.*s\nstatus: open\ncreated: %.*s\nauthor: %.*s\nmarker: %.*s\n---\n\n", t->key, KD_VARG(c->title),
		      KD_VARG(c->when), KD_VARG(c->who), KD_VARG(c->marker));
	add_text(&t->text, c->text);
	return NULL;
}

static struct kd_error *old_ticket(const struct dir *d, const struct kd_ticket_change *c, struct target *t)
{
	kd_auto(kd_buf_deinit) struct kd_buf mark = KD_BUF_INIT(256);
	struct kd_view head, rest, file;
	struct kd_ticket is;
	struct kd_error *err = read_ticket(d, c->key, &t->path, &t->old, &is);

	if (err)
		return err;
	snprintf(t->key, sizeof(t->key), "%.*s", KD_VARG(c->key));
	file = kd_buf_view(&t->old);
	(void)head_of(file, &head, &rest);
	kd_buf_printf(&mark, c->verb == KD_TICKET_LINK ? " %.*s\n" : "\n<!-- %.*s -->\n", KD_VARG(c->marker));
	t->existed = kd_view_has(c->verb == KD_TICKET_LINK ? head : rest, kd_buf_view(&mark));
	if (t->existed)
		return NULL;
	if (c->verb == KD_TICKET_LINK) {
		kd_buf_add(&t->text, kd_view(file.p, (size_t)(head.p + head.n - file.p)));
		kd_buf_printf(&t->text, "link: %.*s %.*s\n", KD_VARG(c->text), KD_VARG(c->marker));
		kd_buf_add(&t->text, kd_view_from(file, (size_t)(head.p + head.n - file.p)));
		return NULL;
	}
	kd_buf_add(&t->text, file);
	if (file.p[file.n - 1] != '\n')
		kd_buf_addc(&t->text, '\n');
	kd_buf_printf(&t->text, COMMENT "%.*s %.*s\n<!-- %.*s -->\n\n", KD_VARG(c->when), KD_VARG(c->who), KD_VARG(c->marker));
	add_text(&t->text, c->text);
	return NULL;
}

static struct kd_error *prepare(const struct dir *d, const struct kd_ticket_change *c, struct target *t)
{
	struct kd_error *err = check(c);

	*t = (struct target){.path = KD_BUF_INIT(4096), .old = KD_BUF_INIT(KD_TICKET_TEXT), .text = KD_BUF_INIT(KD_TICKET_TEXT)};
	if (!err)
		err = c->verb == KD_TICKET_CREATE ? new_ticket(d, c, t) : old_ticket(d, c, t);
	if (!err && (t->path.overflow || t->text.overflow))
		err = kd_error_new(KD_LIMIT, "the ticket would be longer than %zu bytes", KD_TICKET_TEXT);
	return err;
}

static struct kd_error *plan(void *conn, const struct kd_ticket_change *c, struct kd_buf *ret)
{
	static const char *const words[] = {[KD_TICKET_CREATE] = "make the ticket", [KD_TICKET_COMMENT] = "append a comment to",
					    [KD_TICKET_LINK] = "put a link into"};
	const struct dir *d = conn;
	struct target t;
	struct kd_error *err = prepare(d, c, &t);

	if (!err && t.existed)
		kd_buf_printf(ret, "would change nothing: %s has it already", t.key);
	else if (!err)
		kd_buf_printf(ret, "would %s %s (the file %s)", words[c->verb], t.key, t.path.p);
	target_deinit(&t);
	return err;
}

static struct kd_error *change(void *conn, const struct kd_ticket_change *c, char ret_key[KD_TICKET_KEY], bool *existed)
{
	const struct dir *d = conn;
	int fd = open(d->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct target t = {.existed = false};
	struct kd_error *err = NULL;

	if (fd < 0 || flock(fd, LOCK_EX))
		err = kd_error_errno(errno, "%s", d->path);
	if (!err)
		err = prepare(d, c, &t);
	if (!err && !t.existed)
		err = kd_fs_write_atomic(t.path.p, kd_buf_view(&t.text), FILE_MODE);
	if (fd >= 0)
		close(fd);
	if (!err) {
		memcpy(ret_key, t.key, sizeof(t.key));
		*existed = t.existed;
	}
	target_deinit(&t);
	return err;
}

const struct kd_ticket_ops kd_ticket_dir = {
	.name = "dir",
	.claims = kd_link_folder_claims,
	.open = open_dir,
	.close = close_dir,
	.search = search,
	.get = get,
	.find = find,
	.plan = plan,
	.change = change,
};
