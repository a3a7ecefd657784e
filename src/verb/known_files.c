// SPDX-License-Identifier: GPL-2.0-or-later
/* The base as a folder of files, which a team keeps in git. */
#include "verb/known_internal.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "case/known_text.h"

enum { FILES_MAX = 20000, FILE_MODE = 0644, FOLDER_MODE = 0755 };

/* ---- in ---- */

struct importing {
	struct kd_known_job *j;
	uint64_t files, entries, added, passed;
};

static struct kd_error *take(void *user, const struct kd_known *from)
{
	struct importing *w = user;
	struct kd_known k = *from;
	bool is_new = false;
	struct kd_error *err;

	k.made = k.changed = w->j->m->now;
	k.who = kd_view_of(w->j->m->who);
	err = kd_known_put(w->j->m->db, &k, &is_new);
	w->entries += !err;
	w->added += !err && is_new;
	return err;
}

static struct kd_error *import_file(void *user, const struct kd_fs_entry *e)
{
	struct importing *w = user;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_KNOWN_FILE_MAX + 1);
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(16 << 20);
	const struct kd_view name = kd_view_of(e->name);
	struct kd_error *err;

	if (!kd_view_ends(name, KD_V(".md")) && !kd_view_ends(name, KD_V(".json"))) {
		w->passed++;
		return NULL;
	}
	err = kd_fs_read_small(e->path, KD_KNOWN_FILE_MAX, &text);
	if (!err && !kd_known_is_text(kd_buf_view(&text))) {
		w->passed++;
		return NULL;
	}
	if (!err)
		err = kd_known_read(kd_buf_view(&text), &a, take, w);
	w->files += !err;
	return kd_error_wrap(err, "%s", e->path);
}

/* All files or none: a folder that is half in is worse than an error. */
struct kd_error *kd_known_job_import(struct kd_known_job *j)
{
	const struct kd_fs_walk_opts walk = {.max_entries = FILES_MAX, .max_depth = 8};
	struct importing w = {.j = j};
	struct kd_error *err = kd_db_begin(j->m->db);

	if (!err)
		err = kd_fs_walk(j->args[0], &walk, import_file, &w);
	if (!err)
		err = kd_db_commit(j->m->db);
	if (err) {
		kd_db_rollback(j->m->db);
		return kd_error_wrap(err, "nothing was taken");
	}
	kd_sheet_say(j->s, "%" PRIu64 " known issue%s from %" PRIu64 " file%s: %" PRIu64 " new", w.entries, w.entries == 1 ? "" : "s", w.files,
		     w.files == 1 ? "" : "s", w.added);
	kd_sheet_field(j->s, "files", NULL, kd_cell_uint(w.files));
	kd_sheet_field(j->s, "entries", NULL, kd_cell_uint(w.entries));
	kd_sheet_field(j->s, "added", NULL, kd_cell_uint(w.added));
	if (w.passed)
		kd_sheet_note(j->s, "%" PRIu64 " file%s passed over: no .md with a head ('---'), no .json", w.passed, w.passed == 1 ? " was" : "s were");
	j->s->none = !w.entries;
	kd_sheet_next(j->s, "kdoc known list");
	return NULL;
}

/* ---- out ---- */

struct exporting {
	struct kd_known_job *j;
	const char *dir;
	uint64_t written, same;
};

/* "k-0123456789.md"; a file that says the same already is left alone, so that git sees what changed. */
static struct kd_error *export_one(void *user, const struct kd_known *k)
{
	struct exporting *w = user;
	kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(4096), text = KD_BUF_INIT(KD_KNOWN_FILE_MAX), old = KD_BUF_INIT(KD_KNOWN_FILE_MAX);
	struct kd_error *err = NULL;

	if (!kd_known_id_valid(k->id))
		return kd_error_new(KD_BADDATA, "table known has an id that is none");
	kd_buf_printf(&path, "%s/%.*s.md", w->dir, KD_VARG(k->id));
	kd_known_write(k, &text);
	if (path.overflow || text.overflow)
		return kd_error_new(KD_LIMIT, "%.*s does not fit into a file", KD_VARG(k->id));
	if (kd_fs_exists(path.p)) {
		err = kd_fs_read_small(path.p, KD_KNOWN_FILE_MAX, &old);
		if (!err && kd_view_eq(kd_buf_view(&old), kd_buf_view(&text))) {
			w->same++;
			return NULL;
		}
		if (!err && !w->j->o->replace)
			err = kd_error_new(KD_CONFLICT, "%s is there and says something else: --replace writes over it", path.p);
	}
	if (!err)
		err = kd_fs_write_atomic(path.p, kd_buf_view(&text), FILE_MODE);
	w->written += !err;
	return err;
}

struct kd_error *kd_known_job_export(struct kd_known_job *j)
{
	struct exporting w = {.j = j, .dir = j->args[0]};
	struct kd_error *err = kd_fs_mkdirs(w.dir, FOLDER_MODE);

	if (!err)
		err = kd_known_each(j->m->db, export_one, &w);
	if (err)
		return err;
	kd_sheet_say(j->s, "%" PRIu64 " file%s written, %" PRIu64 " as before", w.written, w.written == 1 ? "" : "s", w.same);
	kd_sheet_field(j->s, "written", NULL, kd_cell_uint(w.written));
	kd_sheet_field(j->s, "unchanged", NULL, kd_cell_uint(w.same));
	j->s->none = !(w.written + w.same);
	return NULL;
}
