// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_mm.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "core/files.h"
#include "core/mm.h"
#include "verb/core_cell.h"

/* --- vm ---------------------------------------------------------------------------------------------- */

struct areas {
	struct kd_kernel *k;
	struct kd_sheet *s;
	struct kd_table *table;
	struct kd_path *path;
	uint64_t mm, bytes, misplaced;
};

static bool see_area(void *user, const struct kd_vma *v)
{
	struct areas *a = user;
	const bool wanted = kd_table_wants(a->table);
	struct kd_cell *row = kd_table_row(a->table);
	char flags[KD_VMA_FLAGS];

	a->bytes += v->end > v->start ? v->end - v->start : 0;
	a->misplaced += v->misplaced;
	if (!wanted)
		return true;
	kd_vma_flags(v->flags.v, flags, sizeof(flags));
	kd_vma_name(a->k, a->mm, v, a->path);
	row[0] = kd_cell_hex(v->addr);
	row[1] = kd_cell_hex(v->start);
	row[2] = kd_cell_hex(v->end);
	row[3] = kd_core_cell(v->flags, KD_CELL_HEX);
	row[4] = v->flags.why ? kd_cell_none(v->flags.why) : kd_sheet_cell(a->s, kd_view_of(flags));
	row[5] = kd_core_cell(v->pgoff, KD_CELL_UINT);
	row[6] = !a->path->why && !*a->path->text ? kd_cell_text(KD_V("")) : kd_core_path_cell(a->s, a->path);
	return true;
}

static struct kd_datum sum(struct kd_datum f, int64_t pages, uint64_t page)
{
	const int64_t all = (int64_t)f.v + pages * (int64_t)page;

	return f.why ? f : kd_datum_of(all < 0 ? 0 : (uint64_t)all);
}

static void say_counts(struct kd_dump *d, struct kd_sheet *s, uint64_t mm)
{
	struct kd_kernel *k = kd_dump_kernel(d);
	const uint64_t page = kd_page_bytes(k);
	struct kd_datum total = kd_datum_member(k, mm, "mm_struct", "total_vm");
	struct kd_mm_threads c;
	struct kd_mm_counts n;

	kd_mm_counts_read(k, mm, &n);
	kd_mm_threads_read(k, mm, &c);
	total.v *= page;
	kd_sheet_field(s, "pgd", "PGD", kd_core_cell(kd_datum_member(k, mm, "mm_struct", "pgd"), KD_CELL_HEX));
	kd_sheet_field(s, "rss", "RSS", kd_core_cell(sum(n.rss, c.pages[0] + c.pages[1] + c.pages[3], page), KD_CELL_BYTES));
	kd_sheet_field(s, "vsz", "TOTAL VM", kd_core_cell(total, KD_CELL_BYTES));
	kd_sheet_field(s, "rss_file", "OF FILES", kd_core_cell(sum(n.file, c.pages[0], page), KD_CELL_BYTES));
	kd_sheet_field(s, "rss_anon", "ANONYMOUS", kd_core_cell(sum(n.anon, c.pages[1], page), KD_CELL_BYTES));
	kd_sheet_field(s, "rss_shmem", "SHARED MEMORY", kd_core_cell(sum(n.shmem, c.pages[3], page), KD_CELL_BYTES));
	kd_sheet_field(s, "swap", "SWAPPED OUT", kd_core_cell(sum(n.swap, c.pages[2], page), KD_CELL_BYTES));
	kd_sheet_field(s, "threads", "THREADS", kd_cell_uint(c.n));
	if (*c.why)
		kd_sheet_note(s, "what threads count for themselves may be missing: %s", c.why);
}

struct kd_error *kd_core_vm(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"area", "AREA"}, {"start", "START"}, {"end", "END"}, {"flags", NULL},
						   {"flag_words", "FLAGS"}, {"page_offset", NULL}, {"file", "FILE"}};
	struct areas a = {.s = s};
	struct kd_error *err;
	char why[KD_WALK_WHY];
	struct kd_datum mm, count;
	struct kd_task t;

	(void)options;
	err = kd_core_one_task(d, nargs ? args[0] : NULL, &t);
	if (err)
		return err;
	a.k = kd_dump_kernel(d);
	kd_core_say_task(s, &t);
	mm = kd_datum_member(a.k, t.addr, "task_struct", "mm");
	kd_sheet_field(s, "mm", "MM", mm.v ? kd_core_cell(mm, KD_CELL_HEX) : kd_cell_none(mm.why ? mm.why : "a kernel thread, or it has ended"));
	s->none = mm.why || !mm.v;
	if (s->none)
		return NULL;
	say_counts(d, s, mm.v);
	a.mm = mm.v;
	a.path = kd_arena_new(s->arena, struct kd_path);
	if (!a.path)
		return kd_error_new(KD_LIMIT, "no room for a path");
	a.table = kd_sheet_table(s, "areas", columns, KD_ARRAY_LEN(columns));
	kd_vmas_walk(a.k, mm.v, see_area, &a, why);
	if (*why)
		kd_sheet_note(s, "not all areas are here: %s", why);
	if (a.misplaced)
		kd_sheet_note(s, "%" PRIu64 " areas are in the tree at other addresses than their own", a.misplaced);
	count = kd_datum_member(a.k, mm.v, "mm_struct", "map_count");
	if (!*why && !count.why && count.v != a.table->total)
		kd_sheet_note(s, "the process counts %" PRIu64 " areas (mm_struct.map_count), found are %" PRIu64, count.v, a.table->total);
	return NULL;
}

/* --- files ------------------------------------------------------------------------------------------- */

struct opened {
	struct kd_kernel *k;
	struct kd_sheet *s;
	struct kd_table *table;
	struct kd_path *path;
	uint16_t machine;
};

static struct kd_cell where(struct opened *o, const struct kd_file *f)
{
	struct kd_socket sock;

	kd_file_path(o->k, f->file, o->path);
	if (f->type && !strcmp(f->type, "SOCK") && !f->inode.why && !o->path->why && kd_socket_read(o->k, f->inode.v, &sock))
		return kd_cell_text(kd_sheet_text(o->s, "%s %s", o->path->text, sock.text));
	return kd_core_path_cell(o->s, o->path);
}

static bool see_file(void *user, const struct kd_file *f)
{
	struct opened *o = user;
	const bool wanted = kd_table_wants(o->table);
	struct kd_cell *row = kd_table_row(o->table);
	char flags[256];

	if (!wanted)
		return true;
	kd_file_flags(f->flags.v, o->machine, flags, sizeof(flags));
	row[0] = kd_cell_uint(f->fd);
	row[1] = kd_cell_hex(f->file);
	row[2] = kd_core_cell(f->dentry, KD_CELL_HEX);
	row[3] = kd_core_cell(f->inode, KD_CELL_HEX);
	row[4] = f->type ? kd_cell_text(kd_view_of(f->type)) : kd_cell_none("its inode cannot be read");
	row[5] = kd_core_cell(f->pos, KD_CELL_INT);
	row[6] = f->flags.why ? kd_cell_none(f->flags.why) : kd_sheet_cell(o->s, kd_view_of(flags));
	row[7] = kd_core_cell(f->flags, KD_CELL_HEX);
	row[8] = where(o, f);
	return true;
}

static void say_place(struct opened *o, uint64_t task, const char *member, const char *key, const char *title)
{
	const struct kd_datum fs = kd_datum_member(o->k, task, "task_struct", "fs");
	struct kd_field f;

	if (fs.why || !fs.v || !kd_kernel_field(o->k, "fs_struct", member, &f)) {
		kd_sheet_field(o->s, key, title, kd_cell_none(fs.why ? fs.why : "it has none"));
		return;
	}
	kd_path_at(o->k, fs.v + f.off, o->path);
	kd_sheet_field(o->s, key, title, kd_core_path_cell(o->s, o->path));
}

struct kd_error *kd_core_files(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"fd", "FD"}, {"file", "FILE"}, {"dentry", "DENTRY"}, {"inode", "INODE"}, {"type", "TYPE"},
						   {"position", "POS"}, {"flag_words", NULL}, {"flags", "FLAGS"}, {"path", "PATH"}};
	struct opened o = {.s = s};
	struct kd_error *err;
	char why[KD_WALK_WHY];
	struct kd_fds fds;
	struct kd_task t;

	(void)options;
	err = kd_core_one_task(d, nargs ? args[0] : NULL, &t);
	if (err)
		return err;
	o.k = kd_dump_kernel(d);
	o.machine = kd_space_machine(kd_dump_space(d));
	o.path = kd_arena_new(s->arena, struct kd_path);
	if (!o.path)
		return kd_error_new(KD_LIMIT, "no room for a path");
	kd_core_say_task(s, &t);
	say_place(&o, t.addr, "root", "root", "ROOT");
	say_place(&o, t.addr, "pwd", "cwd", "CWD");
	o.table = kd_sheet_table(s, "files", columns, KD_ARRAY_LEN(columns));
	if (!kd_files_walk(o.k, t.addr, &fds, see_file, &o, why) && !fds.files.v)
		kd_sheet_note(s, "its files: %s", fds.files.why ? fds.files.why : "it has given them back: it ends, or has ended");
	if (*why)
		kd_sheet_note(s, "not all files are here: %s", why);
	s->none = !o.table->total;
	return NULL;
}
