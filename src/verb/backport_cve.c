// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * backport-check: CVE ids → commits, by a clone of the kernel's vulns repository (its README: cve/published/YEAR/CVE-YEAR-N.sha1 holds
 * the id of the commit that fixes it, one per line when there are several), else by commits whose message names the id.
 */
#include "verb/backport_internal.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "history/term.h"

enum { FILE_MAX = 1 << 20, NAMED_MAX = 64, YEAR = 4, PATH_MAX_BYTES = 4096 };

/* "CVE-2024-12345": nothing else becomes a part of a path. */
static bool is_cve(struct kd_view v, struct kd_view *year_ret)
{
	if (!kd_view_skip(&v, KD_V("CVE-")) || v.n < YEAR + 5 || v.n > YEAR + 12 || v.p[YEAR] != '-')
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (i != YEAR && !kd_is_digit(v.p[i]))
			return false;
	*year_ret = kd_view_head(v, YEAR);
	return true;
}

struct named {
	uint32_t v[NAMED_MAX];
	size_t n;
};

static bool collect(void *user, uint32_t doc)
{
	struct named *f = user;

	if (f->n < NAMED_MAX)
		f->v[f->n++] = doc;
	return f->n < NAMED_MAX;
}

static struct kd_error *put(struct kd_bpv *w, struct kd_view line)
{
	struct kd_bp_commit *c = kd_vec_push(&w->commits, KD_BP_COMMITS_MAX);

	return c ? kd_bp_commit(&w->rels, line, c) : kd_error_new(KD_LIMIT, "too many commits");
}

/* The lines of the file: each an id. */
static struct kd_error *put_file(struct kd_bpv *w, const char *path)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(FILE_MAX);
	struct kd_error *err = kd_fs_read_small(path, FILE_MAX, &text);
	struct kd_view rest = kd_buf_view(&text), line;
	size_t n = 0;

	while (!err && rest.n) {
		if (!kd_view_take_until(&rest, KD_V("\n"), &line)) {
			line = rest;
			rest.n = 0;
		}
		line = kd_view_trim(line);
		if (!line.n || *line.p == '#')
			continue;
		err = put(w, line);
		n++;
	}
	if (!err && !n)
		err = kd_error_new(KD_BADDATA, "%s names no commit", path);
	return err;
}

/* Commits of mainline that name it in their message; a guess. */
static struct kd_error *put_named(struct kd_bpv *w, struct kd_view cve)
{
	struct named f = {.n = 0};
	const size_t before = w->commits.n;

	kd_store_keys(w->h->git, kd_term(KD_KEY_CVE, cve), collect, &f);
	for (size_t i = 0; i < f.n; i++) {
		struct kd_bp_commit *c;

		if (w->rels.mainline.v && !kd_bits_has(&w->rels.mainline, f.v[i]))
			continue;
		c = kd_vec_push(&w->commits, KD_BP_COMMITS_MAX);
		if (c)
			kd_bp_commit_of(w->h->git, f.v[i], c);
	}
	if (w->commits.n == before)
		return kd_error_new(KD_NOTFOUND,
				    "%.*s: no commit of the index names it, and no clone of the kernel's vulns repository is known (--vulns, or "
				    "history.vulns in the configuration)",
				    KD_VARG(cve));
	kd_sheet_note(w->s, "%.*s: commits whose message names it; a clone of the kernel's vulns repository (--vulns) says it for sure", KD_VARG(cve));
	return NULL;
}

struct kd_error *kd_bpv_cve(struct kd_bpv *w, struct kd_view cve, bool *is_ret)
{
	struct kd_view folder = kd_view_of(w->o->vulns), year;
	char path[PATH_MAX_BYTES];
	int n;

	*is_ret = is_cve(cve, &year);
	if (!*is_ret)
		return NULL;
	if (!folder.n && !(w->h->config && kd_config_get(w->h->config, "history.vulns", &folder) && folder.n))
		return put_named(w, cve);
	n = snprintf(path, sizeof(path), "%.*s/cve/published/%.*s/%.*s.sha1", KD_VARG(folder), KD_VARG(year), KD_VARG(cve));
	if (n < 0 || (size_t)n >= sizeof(path))
		return kd_error_new(KD_INVALID, "the path of the vulns repository is too long");
	return put_file(w, path);
}
