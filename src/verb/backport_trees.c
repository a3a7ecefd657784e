// SPDX-License-Identifier: GPL-2.0-or-later
/* backport-check: what the files of the releases say: is the change there, would it apply? */
#include "verb/backport_internal.h"

#include "base/alloc.h"
#include "history/applycheck.h"
#include "source/git.h"

enum { DIFF_MAX = 16 << 20, BLOB_MAX = 16 << 20, PATCH_MEMORY = 512 << 20, FILES_MAX = 200, CELLS_MAX = 64, WORDS_MIN = 12, HUNKS_MAX = 100000 };

struct trees {
	struct kd_bpv *w;
	struct kd_arena arena; /* of one commit */
	struct kd_patch patch;
	struct kd_apply_file *files; /* of one release */
	struct kd_error *err;
	unsigned left; /* cells that are still looked at */
};

/* --- the diff ---------------------------------------------------------------------------------- */

static struct kd_error *diff_from(const struct kd_bpv *w, const char *path, const char *hex, struct kd_buf *ret)
{
	const char *const args[] = {"diff-tree", "-p", "-r", "--root", "--no-renames", "--full-index", "--no-commit-id", "--no-color",
				    "--no-ext-diff", "--no-textconv", hex, NULL};
	const struct kd_git_req req = {.args = args, .out_max = DIFF_MAX};
	struct kd_git g;
	struct kd_error *err = kd_git_open(w->h->ctx, path, &g);

	if (err)
		return err;
	kd_buf_clear(ret);
	err = kd_git_run(&g, &req, ret, NULL);
	kd_git_deinit(&g);
	return err;
}

static struct kd_error *read_patch(struct trees *x, uint32_t doc)
{
	const struct kd_bpv *w = x->w;
	kd_auto(kd_buf_deinit) struct kd_buf diff = KD_BUF_INIT(DIFF_MAX);
	struct kd_error *err = kd_error_new(KD_NOTFOUND, "no tree is in the index");
	char hex[2 * KD_SEG_OID + 1];
	struct kd_view copy;

	kd_store_hex(w->h->git, doc, hex);
	kd_vec_each(t, &w->h->git->trees) {
		kd_error_free(err);
		err = diff_from(w, t->path, hex, &diff);
		if (!err)
			break;
	}
	if (err)
		return err;
	copy = kd_arena_view(&x->arena, kd_buf_view(&diff));
	if (!copy.p)
		return kd_error_new(KD_LIMIT, "the diff is too long");
	return kd_patch_parse(copy, &x->arena, NULL, &x->patch);
}

/* --- one release ------------------------------------------------------------------------------- */

static struct kd_error *one_blob(void *user, size_t i, struct kd_view bytes)
{
	struct trees *x = user;

	return kd_apply_file(&x->patch, i, bytes, &x->arena, &x->files[i]);
}

static struct kd_error *read_release(struct trees *x, const struct kd_relref *rel)
{
	kd_auto(kd_buf_deinit) struct kd_buf names = KD_BUF_INIT(8 << 20);
	char hex[2 * KD_SEG_OID + 1];
	struct kd_git g;
	struct kd_error *err;

	x->files = kd_arena_array(&x->arena, x->patch.nfiles + 1, struct kd_apply_file);
	if (!x->files)
		return kd_error_new(KD_LIMIT, "the patch has too many files");
	kd_store_hex(x->w->h->git, rel->tip, hex);
	for (size_t i = 0; i < x->patch.nfiles; i++) {
		const struct kd_patch_file *f = &x->patch.files[i];
		const struct kd_view path = f->old_path.p ? f->old_path : f->new_path;

		if (kd_view_chr(path, '\n') != KD_NPOS)
			return kd_error_new(KD_UNSUPPORTED, "a file's name has a line break in it");
		kd_buf_printf(&names, "%s:%.*s\n", hex, KD_VARG(path));
	}
	err = kd_git_open(x->w->h->ctx, rel->path, &g);
	if (err)
		return err;
	err = kd_git_each(&g, kd_buf_view(&names), x->patch.nfiles, BLOB_MAX, one_blob, x);
	kd_git_deinit(&g);
	return err;
}

/* Does the hunk add lines that say something: so many letters and digits? Braces are everywhere. */
static bool says_something(const struct kd_patch_hunk *h)
{
	struct kd_view rest = h->body, line;
	size_t n = 0;

	while (kd_view_take_until(&rest, KD_V("\n"), &line))
		for (size_t i = 1; line.n && *line.p == '+' && i < line.n; i++)
			n += kd_is_alnum(line.p[i]);
	return n >= WORDS_MIN;
}

struct there {
	size_t hunks, after, before, telling, fit;
};

static void count(const struct trees *x, struct there *n)
{
	for (size_t i = 0; i < x->patch.nfiles; i++)
		for (size_t k = 0; k < x->files[i].nhunks; k++) {
			const struct kd_apply_hunk *h = &x->files[i].hunks[k];
			const bool only_after = h->after && !h->before;

			n->hunks++;
			n->after += only_after;
			n->before += h->before && !h->after;
			n->telling += only_after && says_something(&x->patch.hunks[x->patch.files[i].hunk + k]);
			n->fit += h->state == KD_APPLY_OK;
		}
}

/*
 * All hunks are there with their context, none as it was before, and one of them adds something of its own: present. Some are:
 * partly. Less says nothing.
 */
static void by_content(const struct there *n, struct kd_bp_cell *c)
{
	if (c->state != KD_BP_ABSENT || c->reverted_by != KD_DOC_NONE || !n->telling)
		return;
	if (n->after == n->hunks) {
		c->state = KD_BP_PRESENT;
		c->proof = KD_BP_CONTENT;
		c->guessed = n->telling < 2;
		c->why = c->guessed ? "one hunk with its context is all that says so" : "all its hunks are in the files; no commit says so";
	} else if (n->after) {
		c->state = KD_BP_PARTLY;
		c->proof = KD_BP_CONTENT;
		c->guessed = true;
		c->why = "some of its hunks are in the files; no commit says so";
	}
}

static void put_hunk(struct trees *x, size_t commit, size_t release, size_t file, size_t hunk, const struct kd_apply_hunk *h)
{
	struct kd_bpv_apply *a = kd_vec_push(&x->w->applies, HUNKS_MAX);

	if (!a)
		return;
	*a = (struct kd_bpv_apply){.commit = commit, .release = release, .hunk = (uint32_t)hunk, .line = h->line, .offset = h->offset,
				   .state = h->state, .why = h->why};
	a->path = kd_sheet_cell(x->w->s, kd_patch_path(&x->patch.files[file]));
}

static void put_hunks(struct trees *x, size_t commit, size_t release)
{
	for (size_t i = 0; i < x->patch.nfiles; i++) {
		const struct kd_apply_file *f = &x->files[i];

		if (!f->nhunks)
			put_hunk(x, commit, release, i, 0, &(struct kd_apply_hunk){.state = f->state, .why = f->why});
		for (size_t k = 0; k < f->nhunks; k++)
			put_hunk(x, commit, release, i, k + 1, &f->hunks[k]);
	}
}

static struct kd_error *one_release(struct trees *x, size_t commit, size_t r)
{
	const struct kd_relref *rel = &x->w->rels.v.v[r];
	struct kd_bp_cell *c = &x->w->cells[commit * x->w->rels.v.n + r];
	struct there n = {0};
	struct kd_error *err;

	if ((c->state != KD_BP_ABSENT && c->state != KD_BP_UNKNOWN) || !rel->path)
		return NULL;
	if (!x->left) {
		kd_sheet_note(x->w->s, "files of the releases were looked at for the first %d absent ones alone", CELLS_MAX);
		return NULL;
	}
	x->left--;
	err = read_release(x, rel);
	if (err) {
		if (err->cls == KD_CANCELLED)
			return err;
		kd_sheet_note(x->w->s, "the files of %.*s were not looked at: %s", KD_VARG(rel->name), err->msg);
		kd_error_free(err);
		return NULL;
	}
	count(x, &n);
	by_content(&n, c);
	if (c->state == KD_BP_ABSENT || c->state == KD_BP_PARTLY)
		put_hunks(x, commit, r);
	return NULL;
}

static struct kd_error *one_commit(struct trees *x, size_t i)
{
	struct kd_error *err;
	bool any = false;

	for (size_t r = 0; r < x->w->rels.v.n; r++)
		any |= x->w->cells[i * x->w->rels.v.n + r].state == KD_BP_ABSENT;
	if (!any || x->w->commits.v[i].doc == KD_DOC_NONE)
		return NULL;
	kd_arena_reset(&x->arena);
	err = read_patch(x, x->w->commits.v[i].doc);
	if (err && err->cls != KD_CANCELLED) {
		kd_sheet_note(x->w->s, "a diff cannot be had, so that nothing was tried on the releases' files: %s", err->msg);
		kd_error_free(err);
		return NULL;
	}
	if (!err && (!x->patch.nfiles || x->patch.nfiles > FILES_MAX)) {
		kd_sheet_note(x->w->s, "a commit changes %zu files: it was not tried on the releases' files", x->patch.nfiles);
		return NULL;
	}
	for (size_t r = 0; r < x->w->rels.v.n && !err; r++)
		err = one_release(x, i, r);
	return err;
}

struct kd_error *kd_bpv_read_trees(struct kd_bpv *w)
{
	struct trees x = {.w = w, .arena = KD_ARENA_INIT(PATCH_MEMORY), .left = CELLS_MAX};
	struct kd_error *err = NULL;

	for (size_t i = 0; i < w->commits.n && !err; i++)
		err = one_commit(&x, i);
	kd_arena_deinit(&x.arena);
	return err;
}

void kd_bpv_show_trees(struct kd_bpv *w)
{
	static const struct kd_column columns[] = {{"commit", "COMMIT"}, {"release", "RELEASE"}, {"path", "FILE"},   {"hunk", "HUNK"},
						   {"result", "RESULT"}, {"line", "LINE"},	 {"offset", "OFFSET"}, {"why", "WHY"}};
	struct kd_table *t = kd_sheet_table(w->s, "dry_apply", columns, KD_ARRAY_LEN(columns));

	t->title = "WOULD IT APPLY (a dry run on the release's files)";
	kd_vec_each(a, &w->applies) {
		const bool wants = kd_table_wants(t), fits = a->state == KD_APPLY_OK;
		struct kd_cell *row = kd_table_row(t);

		if (!wants)
			continue;
		row[0] = kd_bpv_id(w, &w->commits.v[a->commit]);
		row[1] = kd_sheet_cell(w->s, w->rels.v.v[a->release].name);
		row[2] = a->path;
		row[3] = a->hunk ? kd_cell_uint(a->hunk) : kd_cell_none(NULL);
		row[4] = kd_cell_text(fits ? KD_V("applies") : KD_V("conflict"));
		row[5] = a->line ? kd_cell_uint(a->line) : kd_cell_none(NULL);
		row[6] = a->line ? kd_cell_int(a->offset) : kd_cell_none(NULL);
		row[7] = fits ? kd_cell_none(NULL) : kd_cell_text(kd_view_of(kd_apply_why_text(a->why)));
	}
}
