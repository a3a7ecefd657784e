// SPDX-License-Identifier: GPL-2.0-or-later
/* core mount: mounts of a namespace, the files that are open there, the inodes that are dirty. */
#include <inttypes.h>

#include "base/alloc.h"
#include "core/openfiles.h"
#include "verb/core_cell.h"
#include "verb/core_mm.h"

struct mounts {
	struct kd_kernel *k;
	struct kd_sheet *s;
	struct kd_table *table, *more; /* more: of --files, --dirty */
	struct kd_path *path;
	const struct kd_core_mount_options *o;
	struct kd_open_files open;
	size_t placed; /* files that are on one of these mounts */
	KD_VEC(uint64_t) done; /* super_blocks whose inodes were looked at */
	const struct kd_mount *at;
};

/* --- files ------------------------------------------------------------------------------------------- */

static void file_row(struct mounts *x, const struct kd_open_file *f, struct kd_view where)
{
	const bool wanted = kd_table_wants(x->more);
	struct kd_cell *row = kd_table_row(x->more);
	struct kd_task t;

	if (!wanted)
		return;
	kd_file_path(x->k, f->f.file, x->path);
	row[0] = kd_cell_text(where);
	row[1] = kd_cell_hex(f->f.file);
	row[2] = kd_core_cell(f->f.dentry, KD_CELL_HEX);
	row[3] = kd_core_cell(f->f.inode, KD_CELL_HEX);
	row[4] = f->f.type ? kd_cell_text(kd_view_of(f->f.type)) : kd_cell_none("its inode cannot be read");
	row[5] = kd_core_path_cell(x->s, x->path);
	if (kd_task_read(x->k, f->task, &t)) {
		row[6] = kd_cell_int(t.pid);
		row[7] = kd_core_text_cell(x->s, t.comm);
	} else {
		row[6] = row[7] = kd_cell_none("its task cannot be read");
	}
	row[8] = kd_cell_uint(f->f.fd);
	row[9] = kd_cell_uint(f->tables);
}

static struct kd_view mount_text(struct mounts *x, const struct kd_mount *m)
{
	kd_mount_path(x->k, m, x->path);
	return kd_sheet_text(x->s, "%s", x->path->text);
}

static void files_on(struct mounts *x, const struct kd_mount *m)
{
	const struct kd_view where = mount_text(x, m);

	for (size_t i = 0; i < x->open.v.n; i++)
		if (x->open.v.v[i].vfsmount == m->vfsmount) {
			file_row(x, &x->open.v.v[i], where);
			x->placed++;
		}
}

static void files_notes(struct mounts *x)
{
	const struct kd_open_files *o = &x->open;

	if (x->placed < o->v.n)
		kd_sheet_note(x->s, "%zu open files are on none of these mounts: pipes, sockets and the like, and what is open in other namespaces",
			      o->v.n - x->placed);
	kd_sheet_note(x->s, "files without a descriptor are not listed: mapped and closed, the programs themselves, swap files, those of the kernel's own");
	if (o->unread)
		kd_sheet_note(x->s, "%zu tables of files could not be read, or not to their end: %s", o->unread, o->why);
	if (*o->tasks_why)
		kd_sheet_note(x->s, "not all tasks were found: %s", o->tasks_why);
	if (o->cut)
		kd_sheet_note(x->s, "more than %d descriptors: the others were not looked at", KD_OPEN_FILES_MAX);
}

/* --- dirty inodes ------------------------------------------------------------------------------------ */

/* include/linux/fs.h: the low three bits. */
static struct kd_view dirty_words(struct kd_sheet *s, uint64_t state)
{
	return kd_sheet_text(s, "%s%s%s%s%s", state & 1 ? "SYNC" : "", state & 1 && state & 2 ? "|" : "", state & 2 ? "DATASYNC" : "",
			     state & 3 && state & 4 ? "|" : "", state & 4 ? "PAGES" : "");
}

/* A name of it: of the dentry that its list of names begins with. */
static struct kd_cell inode_name(struct mounts *x, uint64_t inode)
{
	const struct kd_datum first = kd_datum_member(x->k, inode, "inode", "i_dentry.first");
	struct kd_field alias;

	if (first.why || !first.v)
		return kd_cell_none(first.why ? first.why : "no name of it is kept in memory");
	if (!kd_kernel_field(x->k, "dentry", "d_u.d_alias", &alias) && !kd_kernel_field(x->k, "dentry", "d_alias", &alias))
		return kd_cell_none("this kernel has no such member");
	kd_path_of(x->k, x->at->vfsmount, first.v - alias.off, x->path);
	return kd_core_path_cell(x->s, x->path);
}

static bool see_dirty(void *user, uint64_t state, uint64_t inode)
{
	struct mounts *x = user;
	const bool wanted = kd_table_wants(x->more);
	struct kd_cell *row = kd_table_row(x->more);

	if (!wanted)
		return true;
	row[0] = kd_cell_text(mount_text(x, x->at));
	row[1] = kd_cell_hex(inode);
	row[2] = kd_core_cell(kd_datum_member(x->k, inode, "inode", "i_ino"), KD_CELL_UINT);
	row[3] = kd_cell_text(dirty_words(x->s, state));
	row[4] = kd_core_cell(kd_datum_member(x->k, inode, "inode", "i_data.nrpages"), KD_CELL_UINT);
	row[5] = inode_name(x, inode);
	row[6] = kd_cell_hex(state);
	return true;
}

/* A file system that is mounted at several places has its inodes once. */
static void dirty_on(struct mounts *x, const struct kd_mount *m)
{
	struct kd_walk_end end;
	uint64_t *done;

	if (m->sb.why)
		return;
	for (size_t i = 0; i < x->done.n; i++)
		if (x->done.v[i] == m->sb.v)
			return;
	done = kd_vec_push(&x->done, KD_MOUNTS_MAX);
	if (!done)
		return;
	*done = m->sb.v;
	x->at = m;
	kd_dirty_inodes_walk(x->k, m->sb.v, see_dirty, x, &end);
	if (*end.why)
		kd_sheet_note(x->s, "inodes of %s: %s", m->source, end.why);
}

static void more_tables(struct mounts *x)
{
	static const struct kd_column files[] = {{"mount", "MOUNT"}, {"file", "FILE"}, {"dentry", "DENTRY"}, {"inode", "INODE"}, {"type", "TYPE"},
						 {"path", "PATH"}, {"pid", "PID"}, {"comm", "COMMAND"}, {"fd", "FD"}, {"tables", "TABLES"}};
	static const struct kd_column dirty[] = {{"mount", "MOUNT"}, {"inode", "INODE"}, {"number", "NUMBER"}, {"dirty", "DIRTY"}, {"pages", "PAGES"},
						 {"path", "PATH"}, {"state", NULL}};

	if (x->o->files) {
		x->more = kd_sheet_table(x->s, "open_files", files, KD_ARRAY_LEN(files));
		x->more->title = "open files";
		kd_open_files_read(x->k, &x->open);
	} else if (x->o->dirty) {
		x->more = kd_sheet_table(x->s, "dirty_inodes", dirty, KD_ARRAY_LEN(dirty));
		x->more->title = "dirty inodes";
	}
}

/* --- mounts ------------------------------------------------------------------------------------------ */

static bool see_mount(void *user, const struct kd_mount *m)
{
	struct mounts *o = user;
	const bool wanted = kd_table_wants(o->table);
	struct kd_cell *row = kd_table_row(o->table);
	char options[KD_MOUNT_OPTIONS];

	if (o->o->files)
		files_on(o, m);
	else if (o->o->dirty)
		dirty_on(o, m);
	if (!wanted)
		return true;
	kd_mount_path(o->k, m, o->path);
	kd_mount_options(m, options);
	row[0] = kd_cell_hex(m->mount);
	row[1] = kd_core_cell(m->sb, KD_CELL_HEX);
	row[2] = kd_core_text_cell(o->s, m->type);
	row[3] = m->dev.why ? kd_cell_none(m->dev.why) :
			      kd_cell_text(kd_sheet_text(o->s, "%" PRIu64 ":%" PRIu64, m->dev.v >> 20, m->dev.v & 0xfffff));
	row[4] = kd_core_text_cell(o->s, m->source);
	row[5] = kd_core_path_cell(o->s, o->path);
	row[6] = kd_sheet_cell(o->s, kd_view_of(options));
	row[7] = kd_core_cell(m->flags, KD_CELL_HEX);
	row[8] = kd_core_cell(m->sb_flags, KD_CELL_HEX);
	row[9] = kd_core_cell(m->id, KD_CELL_INT);
	return true;
}

/* Process 1's: the one that most of a machine lives in; the idle task's is the one that the kernel began with. */
static struct kd_error *whose(struct kd_dump *d, const char *const *args, size_t nargs, struct kd_task *ret)
{
	struct kd_error *err;

	if (nargs)
		return kd_core_one_task(d, args[0], ret);
	err = kd_core_one_task(d, "1", ret);
	return kd_error_catch(&err, KD_NOTFOUND) ? kd_core_one_task(d, "0", ret) : err;
}

struct kd_error *kd_core_mount(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"mount", "MOUNT"}, {"superblock", "SUPERBLOCK"}, {"type", "TYPE"}, {"device", "DEV"},
						   {"source", "SOURCE"}, {"path", "PATH"}, {"options", "OPTIONS"}, {"mount_flags", NULL},
						   {"superblock_flags", NULL}, {"id", NULL}};
	struct mounts o = {.s = s, .o = options};
	struct kd_error *err = kd_dump_need_types(d);
	char why[KD_WALK_WHY];
	struct kd_datum ns;
	struct kd_task t;

	if (!err && o.o->files && o.o->dirty)
		err = kd_error_new(KD_INVALID, "one of --files, --dirty at once");
	if (!err)
		err = whose(d, args, nargs, &t);
	if (err)
		return err;
	o.k = kd_dump_kernel(d);
	o.path = kd_arena_new(s->arena, struct kd_path);
	if (!o.path)
		return kd_error_new(KD_LIMIT, "no room for a path");
	ns = kd_mount_namespace(o.k, t.addr);
	kd_sheet_field(s, "pid", "NAMESPACE OF PID", kd_cell_int(t.pid));
	kd_sheet_field(s, "namespace", "NAMESPACE", kd_core_cell(ns, KD_CELL_HEX));
	o.table = kd_sheet_table(s, "mounts", columns, KD_ARRAY_LEN(columns));
	more_tables(&o);
	if (!ns.why)
		kd_mounts_walk(o.k, ns.v, see_mount, &o, why);
	if (!ns.why && *why)
		kd_sheet_note(s, "not all mounts are here: %s", why);
	if (o.o->files)
		files_notes(&o);
	s->none = !o.table->total || (o.more && !o.more->total);
	kd_open_files_deinit(&o.open);
	kd_vec_free(&o.done);
	return NULL;
}
