// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Archives of public-inbox. v2: each commit of git/N.git has a file "m" (a message came) or "d" (the message that this
 * blob is was taken out). v1: a file per message, named by the SHA-1 of its Message-ID, xx/xxxx…
 *
 * Walked in batches of commits: one git diff-tree tells what each commit changed, one git cat-file streams the
 * messages. Position: a line "git <name> <commit>" per repository, its last commit.
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "history/mailsrc_internal.h"
#include "source/git.h"

enum { BATCH = 2000, LOG_MS = 600000, OUT_MAX = 256 << 20 };

struct change {
	char blob[KD_GIT_OID];
	char commit[KD_GIT_OID];
	bool deleted;
};

struct walk {
	struct kd_mailsrc *s;
	struct kd_mailsrc_read *r;
	struct kd_git git;
	const char *name; /* in the position */
	char last[KD_GIT_OID]; /* the commit up to which all was given */
	struct change *list; /* of a batch */
	size_t n;
	size_t *asked; /* which of them cat-file was asked for */
	size_t at; /* how many of them came */
};

static bool is_hex(struct kd_view v, size_t n)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_xdigit(v.p[i]))
			return false;
	return v.n == n;
}

/* "m", "d", or v1's two digits, a slash and 38 */
static bool is_message_path(struct kd_view path)
{
	if (path.n == 1)
		return path.p[0] == 'm' || path.p[0] == 'd';
	return path.n == 41 && path.p[2] == '/' && is_hex(kd_view_head(path, 2), 2) && is_hex(kd_view_from(path, 3), 38);
}

static void set_oid(char *to, struct kd_view v)
{
	size_t n = v.n < KD_GIT_OID - 1 ? v.n : KD_GIT_OID - 1;

	memcpy(to, v.p, n);
	to[n] = 0;
}

/*
 * ":100644 100644 <old> <new> M\tm" (git-diff-tree(1), raw output format). In v2 "d" comes and "m" goes in one commit,
 * or the other way round: what comes counts. In v1 a file that goes is a message that was taken out.
 */
static void take_raw(struct walk *w, struct kd_view line, struct kd_view commit)
{
	struct kd_view word[5], path;
	struct change *c;
	bool gone;

	line = kd_view_from(line, 1);
	for (size_t i = 0; i < 5; i++) {
		kd_view_skip_blank(&line);
		if (!kd_view_take_word(&line, &word[i]))
			return;
	}
	kd_view_skip_blank(&line);
	path = line;
	gone = kd_view_starts(word[4], KD_V("D"));
	if (!is_message_path(path) || (gone && path.n == 1) || w->n == BATCH)
		return;
	c = &w->list[w->n++];
	set_oid(c->blob, word[gone ? 2 : 3]);
	set_oid(c->commit, commit);
	c->deleted = gone || kd_view_eq(path, KD_V("d"));
}

static struct kd_error *give_changes(struct walk *w);

/* v1 may have many files in one commit (an import): the batch is given whenever it is full. */
static struct kd_error *take_changes(struct walk *w, struct kd_view out)
{
	struct kd_view line, commit = KD_VNULL;
	struct kd_error *err = NULL;

	while (!err && kd_view_take_until(&out, KD_V("\n"), &line)) {
		if (line.n && line.p[0] == ':')
			take_raw(w, line, commit);
		else
			commit = line;
		if (w->n == BATCH)
			err = give_changes(w);
	}
	return err ? err : give_changes(w);
}

static struct kd_error *on_blob(void *user, size_t i, struct kd_view bytes)
{
	struct walk *w = user;
	const struct change *c = &w->list[w->asked[i]];
	const struct kd_mailsrc_mail m = {
		.id = kd_view_of(c->blob),
		.bytes = bytes,
		.deleted = c->deleted,
		.lost = bytes.p ? NULL : "the repository does not have it, or it is longer than 16 MiB",
	};
	struct kd_error *err = kd_mailsrc_give(w->s, w->r, &m);

	if (!err)
		w->at = i + 1;
	return err;
}

static struct kd_error *give_changes(struct walk *w)
{
	kd_auto(kd_buf_deinit) struct kd_buf names = KD_BUF_INIT((size_t)BATCH * KD_GIT_OID);
	size_t n = 0;
	struct kd_error *err;

	for (size_t i = 0; i < w->n; i++) {
		/* that it was taken out is no property of the blob, which may be known */
		if (!w->list[i].deleted && kd_mailsrc_skip(w->r, kd_view_of(w->list[i].blob)))
			continue;
		w->asked[n++] = i;
		kd_buf_printf(&names, "%s\n", w->list[i].blob);
	}
	w->at = 0;
	err = kd_git_each(&w->git, kd_buf_view(&names), n, KD_MAILSRC_MESSAGE_MAX, on_blob, w);
	/* after an error: the commit of the last message that was taken, or rather the one before its commit's next */
	if (err && w->at && w->at < n && strcmp(w->list[w->asked[w->at - 1]].commit, w->list[w->asked[w->at]].commit) != 0)
		memcpy(w->last, w->list[w->asked[w->at - 1]].commit, KD_GIT_OID);
	w->n = 0;
	return err;
}

static struct kd_error *run_batch(struct walk *w, struct kd_view commits)
{
	static const char *const args[] = {"diff-tree", "--stdin", "-r", "--root", "--raw", "--no-abbrev", "--no-renames",
					   NULL};
	struct kd_git_req req = {.args = args, .input = commits, .out_max = OUT_MAX, .timeout_ms = LOG_MS};
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(OUT_MAX);
	struct kd_error *err = kd_git_run(&w->git, &req, &out, NULL);

	return err ? err : take_changes(w, kd_buf_view(&out));
}

static struct kd_error *run_all(struct walk *w, struct kd_view commits)
{
	struct kd_error *err = NULL;

	while (commits.n && !err) {
		struct kd_view rest = commits, batch, line = KD_VNULL;
		size_t i = 0;

		while (i < BATCH && kd_view_take_until(&rest, KD_V("\n"), &line))
			i++;
		batch = kd_view_head(commits, commits.n - rest.n);
		if (!batch.n)
			break;
		err = run_batch(w, batch);
		if (!err)
			set_oid(w->last, line);
		commits = rest;
	}
	return err;
}

/* Is the stored commit still an ancestor of the branch? Else the archive was rewritten. */
static bool still_there(struct walk *w, const char *old, const char *head)
{
	const char *const args[] = {"merge-base", "--is-ancestor", old, head, NULL};
	const struct kd_git_req req = {.args = args, .timeout_ms = LOG_MS};
	struct kd_error *err = kd_git_run(&w->git, &req, NULL, NULL);
	bool ok = !err;

	kd_error_free(err);
	return ok;
}

static struct kd_error *walk_since(struct walk *w, const char *head)
{
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT((size_t)KD_MAILSRC_COMMITS_MAX * KD_GIT_OID);
	char range[2 * KD_GIT_OID + 2];
	const char *const args[] = {"rev-list", "--reverse", "--first-parent", range, NULL};
	const struct kd_git_req req = {.args = args, .timeout_ms = LOG_MS, .out_max = out.max};
	struct kd_error *err;

	snprintf(range, sizeof(range), "%s%s%s", w->last, w->last[0] ? ".." : "", head);
	err = kd_git_run(&w->git, &req, &out, NULL);
	return err ? err : run_all(w, kd_buf_view(&out));
}

/* The commit of "git <name> <commit>" in a position. */
static void stored(struct kd_view since, const char *name, char *ret)
{
	struct kd_view line;

	ret[0] = 0;
	while (kd_view_take_until(&since, KD_V("\n"), &line)) {
		struct kd_view rest = line;

		if (kd_view_skip(&rest, KD_V("git ")) && kd_view_skip(&rest, kd_view_of(name)) &&
		    kd_view_skip(&rest, KD_V(" ")) && (is_hex(rest, 40) || is_hex(rest, 64)))
			set_oid(ret, rest);
	}
}

/* What the branch of the archive is called: master by both formats, HEAD where somebody renamed it. */
static struct kd_error *find_head(const struct kd_git *git, char *ret)
{
	static const char *const names[] = {"refs/heads/master^{commit}", "HEAD^{commit}"};
	char oid[2][KD_GIT_OID];
	struct kd_error *err = kd_git_resolve(git, names, 2, oid);

	if (!err)
		memcpy(ret, oid[0][0] ? oid[0] : oid[1], KD_GIT_OID);
	return err;
}

static struct kd_error *walk_repository(struct walk *w)
{
	char head[KD_GIT_OID], old[KD_GIT_OID];
	struct kd_error *err = find_head(&w->git, head);

	stored(w->r->since, w->name, old);
	if (err || !head[0]) /* an archive without a message yet */
		return err;
	if (old[0] && still_there(w, old, head))
		memcpy(w->last, old, sizeof(old));
	else if (old[0])
		w->r->restarted = true;
	if (!strcmp(w->last, head))
		return NULL;
	return walk_since(w, head);
}

static struct kd_error *read_repository(struct kd_mailsrc *s, struct kd_mailsrc_read *r, const char *path,
					const char *name)
{
	struct walk w = {.s = s, .r = r, .name = name};
	struct kd_error *err = kd_git_open(s->ctx, path, &w.git);

	if (err)
		return err;
	w.list = kd_xcalloc(BATCH, sizeof(*w.list));
	w.asked = kd_xcalloc(BATCH, sizeof(*w.asked));
	err = walk_repository(&w);
	if (w.last[0])
		kd_buf_printf(r->position, "git %s %s\n", name, w.last);
	kd_free(w.list);
	kd_free(w.asked);
	kd_git_deinit(&w.git);
	return err ? kd_error_wrap(err, "%s", path) : NULL;
}

struct kd_error *kd_mailsrc_read_git(struct kd_mailsrc *s, struct kd_mailsrc_read *r)
{
	return read_repository(s, r, s->path, "0");
}

static bool epoch_path(const char *path, unsigned i, char *ret, size_t n)
{
	int len = snprintf(ret, n, "%s/git/%u.git", path, i);

	return len > 0 && (size_t)len < n && kd_git_is_repository(ret);
}

/* A mirror may begin with a later epoch; none is missing between two. */
struct kd_error *kd_mailsrc_read_v2(struct kd_mailsrc *s, struct kd_mailsrc_read *r)
{
	struct kd_error *err = NULL;
	char path[4096], name[16];

	for (unsigned i = 0; i < KD_MAILSRC_EPOCHS_MAX; i++) {
		char old[KD_GIT_OID];

		snprintf(name, sizeof(name), "%u", i);
		if (!epoch_path(s->path, i, path, sizeof(path)))
			continue;
		if (!err) {
			err = read_repository(s, r, path, name);
			continue;
		}
		stored(r->since, name, old); /* keeps its place for the next time */
		if (old[0])
			kd_buf_printf(r->position, "git %s %s\n", name, old);
	}
	return err;
}

bool kd_mailsrc_is_v2(struct kd_ctx *ctx, const char *path)
{
	char epoch[4096];

	(void)ctx;
	for (unsigned i = 0; i < KD_MAILSRC_EPOCHS_MAX; i++)
		if (epoch_path(path, i, epoch, sizeof(epoch)))
			return true;
	return false;
}

/* The first names of the tree at the branch's tip. */
static bool tree_has(struct kd_ctx *ctx, const char *path, bool (*is)(struct kd_view name))
{
	static const char *const args[] = {"ls-tree", "--name-only", NULL, NULL};
	const char *words[KD_ARRAY_LEN(args)];
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(1 << 20);
	struct kd_git_req req = {.args = words, .timeout_ms = 30000, .out_max = 1 << 16, .partial = true};
	char head[KD_GIT_OID] = "";
	struct kd_error *err;
	struct kd_view rest, line;
	struct kd_git git;
	bool found = false;

	if (!kd_git_is_repository(path))
		return false;
	err = kd_git_open(ctx, path, &git);
	if (err) {
		kd_error_free(err);
		return false;
	}
	memcpy(words, args, sizeof(args));
	err = find_head(&git, head);
	words[2] = head;
	if (!err && head[0])
		err = kd_git_run(&git, &req, &out, NULL);
	rest = kd_buf_view(&out);
	while (!found && kd_view_take_until(&rest, KD_V("\n"), &line))
		found = is(line);
	kd_error_free(err);
	kd_git_deinit(&git);
	return found;
}

static bool is_v2_name(struct kd_view name)
{
	return name.n == 1 && (name.p[0] == 'm' || name.p[0] == 'd');
}

static bool is_v1_name(struct kd_view name)
{
	return is_hex(name, 2);
}

bool kd_mailsrc_is_epoch(struct kd_ctx *ctx, const char *path)
{
	return tree_has(ctx, path, is_v2_name);
}

bool kd_mailsrc_is_v1(struct kd_ctx *ctx, const char *path)
{
	return tree_has(ctx, path, is_v1_name);
}
