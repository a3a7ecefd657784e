// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/history.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/time.h"
#include "source/mailmap.h"

enum { LOG_MAX = 200, NUM = 32 };
#define SECONDS_MAX 8000000000u /* until 2223: nanoseconds fit 64 bits */

static struct kd_error *no_git(void)
{
	return kd_error_new(KD_UNSUPPORTED, "history needs a git repository");
}

static char *text_of(struct kd_view v)
{
	return kd_xstrndup(v.p ? v.p : "", v.n);
}

/* ---- blame ---- */

/* Seconds and "+0200" → the author's own day. */
static struct kd_view day_of(struct kd_arena *a, struct kd_view seconds, struct kd_view zone)
{
	bool minus = kd_view_skip(&zone, KD_V("-"));
	struct kd_civil c;
	uint64_t s, hhmm = 0;
	int64_t off;

	kd_view_skip(&zone, KD_V("+"));
	if (!kd_view_dec(seconds, &s) || s > SECONDS_MAX || (zone.n && !kd_view_dec(zone, &hhmm)) ||
	    hhmm > 1500)
		return KD_VNULL;
	off = (int64_t)(hhmm / 100 * 3600 + hhmm % 100 * 60);
	kd_civil_from_ns(((int64_t)s + (minus ? -off : off)) * 1000000000, &c);
	return kd_arena_printf(a, "%04d-%02d-%02d", (int)c.year, (int)c.month, (int)c.day);
}

/* git-blame(1), "The porcelain format". */
static void take_blame(struct kd_view out, const struct kd_mailmap *map, struct kd_arena *a, struct kd_blame *b)
{
	struct kd_view line, word, seconds = KD_VNULL, zone = KD_VNULL, author = KD_VNULL, mail = KD_VNULL;
	uint64_t n;

	if (!kd_view_take_until(&out, KD_V("\n"), &line) || !kd_view_take_word(&line, &word))
		return;
	kd_view_skip_blank(&line);
	if (word.n < 40 || !kd_view_take_dec(&line, &n))
		return;
	b->commit.commit = kd_arena_view(a, word);
	b->line = (uint32_t)n;
	while (kd_view_take_until(&out, KD_V("\n"), &line) && !kd_view_starts(line, KD_V("\t"))) {
		if (kd_view_skip(&line, KD_V("author ")))
			author = line;
		else if (kd_view_skip(&line, KD_V("author-mail <")) && kd_view_ends(line, KD_V(">")))
			mail = kd_view_head(line, line.n - 1);
		else if (kd_view_skip(&line, KD_V("author-time ")))
			seconds = line;
		else if (kd_view_skip(&line, KD_V("author-tz ")))
			zone = line;
		else if (kd_view_skip(&line, KD_V("summary ")))
			b->commit.subject = kd_arena_view(a, line);
		else if (kd_view_eq(line, KD_V("boundary")))
			b->boundary = true;
	}
	kd_mailmap_apply(map, &author, &mail);
	b->commit.author = kd_arena_view(a, author);
	b->commit.date = day_of(a, seconds, zone);
	b->found = true;
}

struct kd_error *kd_history_blame(struct kd_tree *t, struct kd_view path, uint32_t line, unsigned timeout_ms,
				  struct kd_arena *a, struct kd_blame *ret)
{
	const struct kd_git *g = kd_tree_git(t);
	kd_auto(kd_freep) char *file = text_of(path);
	kd_auto(kd_freep) char *commit = text_of(kd_tree_info(t)->revision);
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(1 << 20);
	kd_auto(kd_mailmap_deinit) struct kd_mailmap map = {.n = 0};
	char range[NUM];
	const char *args[] = {"blame", "--no-textconv", "--porcelain", "-L", range, commit, "--", file, NULL};
	struct kd_git_req req = {.args = args, .timeout_ms = timeout_ms, .out_max = 1 << 20, .partial = true};
	struct kd_error *err;
	bool cut;

	if (!g)
		return no_git();
	*ret = (struct kd_blame){0};
	snprintf(range, sizeof(range), "%u,%u", line, line);
	err = kd_mailmap_load(t, &map);
	if (!err)
		err = kd_git_run(g, &req, &out, &cut);
	if (err)
		return err;
	take_blame(kd_buf_view(&out), &map, a, ret);
	return NULL;
}

/* ---- the last commits ---- */

static struct kd_commit_line *take_commit(struct kd_view line, const struct kd_mailmap *map, struct kd_arena *a,
					  struct kd_commit_line *to)
{
	struct kd_view id, date, author, mail;

	if (!kd_view_take_until(&line, KD_V("\x1f"), &id) || !kd_view_take_until(&line, KD_V("\x1f"), &date) ||
	    !kd_view_take_until(&line, KD_V("\x1f"), &author) ||
	    !kd_view_take_until(&line, KD_V("\x1f"), &mail))
		return NULL;
	kd_mailmap_apply(map, &author, &mail);
	*to = (struct kd_commit_line){
		.commit = kd_arena_view(a, id),
		.date = kd_arena_view(a, date),
		.author = kd_arena_view(a, author),
		.subject = kd_arena_view(a, line),
	};
	return to;
}

struct kd_error *kd_history_log(struct kd_tree *t, const struct kd_history_req *req, struct kd_arena *a,
				struct kd_commit_line **ret, size_t *n_ret, bool *cut_ret)
{
	const struct kd_git *g = kd_tree_git(t);
	kd_auto(kd_buf_deinit) struct kd_buf range = KD_BUF_INIT(8192);
	kd_auto(kd_freep) char *commit = text_of(kd_tree_info(t)->revision);
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(1 << 20);
	kd_auto(kd_mailmap_deinit) struct kd_mailmap map = {.n = 0};
	char count[NUM];
	const char *args[] = {"log",	   "--no-textconv",
			      "--no-ext-diff", "--no-show-signature",
			      "--no-patch",    "--date=short",
			      "--no-mailmap",  "--format=%H%x1f%ad%x1f%an%x1f%ae%x1f%s",
			      count,	       NULL,
			      commit,	       NULL};
	struct kd_git_req run = {
		.args = args, .timeout_ms = req->timeout_ms, .out_max = 1 << 20, .partial = true};
	struct kd_view rest, line;
	struct kd_error *err;
	size_t limit = req->limit < LOG_MAX ? req->limit : LOG_MAX, n = 0;

	if (!g)
		return no_git();
	snprintf(count, sizeof(count), "--max-count=%zu", limit);
	kd_buf_printf(&range, "-L%u,%u:%.*s", req->first, req->last, KD_VARG(req->path));
	args[9] = range.p;
	err = kd_mailmap_load(t, &map);
	if (!err)
		err = kd_git_run(g, &run, &out, cut_ret);
	if (err)
		return err;
	*ret = kd_arena_array(a, limit + 1, struct kd_commit_line);
	if (!*ret)
		return kd_error_new(KD_LIMIT, "no memory for the history");
	rest = kd_buf_view(&out);
	while (n < limit && kd_view_take_until(&rest, KD_V("\n"), &line))
		n += take_commit(line, &map, a, &(*ret)[n]) != NULL;
	*n_ret = n;
	return NULL;
}
