// SPDX-License-Identifier: GPL-2.0-or-later
/* Files and rows of one unit. */
#include "base/alloc.h"
#include "symbol/build_internal.h"

enum { PATH_MAX_ = 4096 };

/* --- files -------------------------------------------------------------------------------- */

/* One folder up; false when the path has none that could be left out: it is "" or ends with "..". */
static bool go_up(const char *to, size_t *n)
{
	const struct kd_view v = kd_view(to, *n);
	const size_t last = kd_view_rchr(v, '/');
	const size_t begin = last == KD_NPOS ? 0 : last + 1;

	if (*n == 1 && *to == '/')
		return true; /* above the root is the root */
	if (!*n || kd_view_eq(kd_view_from(v, begin), KD_V("..")))
		return false;
	*n = last == KD_NPOS ? 0 : last ? last : 1;
	return true;
}

/* Join, and take out ".", ".." and doubled slashes. */
static struct kd_view clean(struct kd_arena *a, struct kd_view dir, struct kd_view rest)
{
	const struct kd_view from[2] = {dir, rest};
	char to[PATH_MAX_];
	size_t n = 0;

	for (size_t i = 0; i < 2; i++) {
		struct kd_view v = from[i];

		while (v.n) {
			size_t slash = kd_view_chr(v, '/');
			struct kd_view part = kd_view_head(v, slash == KD_NPOS ? v.n : slash);
			bool root = !n && !i && !part.n;

			v = kd_view_from(v, slash == KD_NPOS ? v.n : slash + 1);
			if (root && !n)
				to[n++] = '/';
			if (!part.n || kd_view_eq(part, KD_V(".")))
				continue;
			if (kd_view_eq(part, KD_V("..")) && go_up(to, &n))
				continue;
			if (n + part.n + 1 > sizeof(to))
				return KD_VNULL;
			if (n && to[n - 1] != '/')
				to[n++] = '/';
			memcpy(to + n, part.p, part.n);
			n += part.n;
		}
	}
	return kd_arena_view(a, kd_view(to, n));
}

/* The directory as KD_KDX_FILES wants it. */
static struct kd_view directory(struct build_worker *w, const struct build_names *names,
				struct kd_view dir)
{
	struct kd_view full, comp;

	if (kd_view_starts(dir, KD_V("/")) || kd_view_eq(dir, names->comp_dir)) /* a relative one: directory 0 */
		full = clean(&w->unit_arena, dir, KD_VNULL);
	else
		full = clean(&w->unit_arena, names->comp_dir, dir);
	comp = clean(&w->unit_arena, names->comp_dir, KD_VNULL);
	if (comp.n > 1 && kd_view_starts(full, comp) && (full.n == comp.n || full.p[comp.n] == '/'))
		return full.n == comp.n ? kd_view("", 0) : kd_view_from(full, comp.n + 1);
	return full;
}

/* A sum of zeros is what writes a table that must have one for a file that has none. */
static void take_md5(struct build_file *f, struct kd_view md5)
{
	static const uint8_t none[KD_MD5_LEN];

	if (md5.n != KD_MD5_LEN || !memcmp(md5.p, none, KD_MD5_LEN))
		return;
	f->other_md5 |= f->has_md5 && memcmp(f->md5, md5.p, KD_MD5_LEN) != 0;
	memcpy(f->md5, md5.p, KD_MD5_LEN);
	f->has_md5 = true;
}

static uint32_t file_id(struct build_worker *w, struct kd_view dir, struct kd_view name)
{
	struct kd_view path = kd_arena_printf(&w->unit_arena, "%.*s\n%.*s", KD_VARG(dir), KD_VARG(name));
	struct kd_hashmap_entry *e = path.p ? kd_hashmap_add(&w->file_ids, path, NULL) : NULL;
	struct build_file *f;

	if (e && e->num)
		return (uint32_t)e->num;
	f = e ? kd_vec_push(&w->files, BUILD_FILES_MAX) : NULL;
	if (!f) {
		w->full = true;
		return 0;
	}
	f->dir = kd_arena_view(&w->arena, dir);
	f->name = kd_arena_view(&w->arena, name);
	e->num = w->files.n - 1;
	return (uint32_t)e->num;
}

uint32_t kd_build_file(struct build_worker *w, struct build_names *names, uint64_t i)
{
	const struct kd_dwarf_file *f;
	size_t slash;

	if (!names->has || i >= names->lines.nfiles)
		return 0;
	if (names->ids[i] != UINT32_MAX)
		return names->ids[i];
	f = &names->lines.files[i];
	slash = kd_view_rchr(f->name, '/');
	if (!f->name.n)
		names->ids[i] = 0;
	else if (slash == KD_NPOS)
		names->ids[i] = file_id(w, directory(w, names, f->dir), f->name);
	else if (f->name.p[0] == '/')
		names->ids[i] = file_id(w, directory(w, names, kd_view_head(f->name, slash)),
					kd_view_from(f->name, slash + 1));
	else
		names->ids[i] = file_id(w,
					directory(w, names, kd_arena_printf(&w->unit_arena, "%.*s%s%.*s",
									    KD_VARG(f->dir), f->dir.n ? "/" : "",
									    (int)slash, f->name.p)),
					kd_view_from(f->name, slash + 1));
	if (names->ids[i])
		take_md5(&w->files.v[names->ids[i]], f->md5);
	return names->ids[i];
}

/* --- rows --------------------------------------------------------------------------------- */

struct run {
	struct build_worker *w;
	uint64_t unit;
	struct build_seq seq;
	bool open; /* a sequence of this file's code */
	uint64_t last;
};

static void add_row(struct run *r, uint32_t addr, uint32_t file, uint32_t line, uint32_t column)
{
	struct build_row *row = r->seq.nrows ? &r->w->rows.v[r->w->rows.n - 1] : NULL;

	if (!row || row->addr != addr) { /* of several rows at one address the last one counts */
		row = kd_vec_push(&r->w->rows, BUILD_ROWS_MAX);
		if (!row) {
			r->w->full = true;
			return;
		}
		r->seq.nrows++;
	}
	*row = (struct build_row){.addr = addr, .file = file, .line = line, .column = column};
}

static void end_sequence(struct run *r)
{
	struct build_seq *to;

	if (r->open && r->seq.nrows && r->seq.end > r->seq.start) {
		to = kd_vec_push(&r->w->seqs, BUILD_ROWS_MAX);
		if (to)
			*to = r->seq;
		else
			r->w->full = true;
	} else if (r->open) {
		r->w->rows.n -= r->seq.nrows;
	}
	r->open = false;
	r->seq = (struct build_seq){.row = (uint32_t)r->w->rows.n};
}

static void begin_sequence(struct run *r, const struct kd_dwarf_row *row)
{
	uint32_t len;

	r->seq = (struct build_seq){.unit = r->unit, .row = (uint32_t)r->w->rows.n};
	r->open = kd_build_code(r->w->b, row->addr, row->addr + 1, &r->seq.start, &len);
}

void kd_build_rows(struct build_worker *w, const struct kd_dwarf_unit *u, struct build_names *names)
{
	struct run r = {.w = w, .unit = u->off};
	struct kd_dwarf_row row;
	bool fresh = true;

	kd_build_steps(w, kd_cursor_left(&names->lines.c));
	while (!w->full && kd_dwarf_lines_next(&names->lines, &row)) {
		if (!fresh && row.addr < r.last) { /* does not happen in good ones */
			end_sequence(&r);
			fresh = true;
		}
		if (fresh)
			begin_sequence(&r, &row);
		fresh = row.end;
		r.last = row.addr;
		if (r.open && row.addr - w->b->base > UINT32_MAX)
			r.open = false;
		if (r.open) {
			uint32_t addr = (uint32_t)(row.addr - w->b->base);

			r.seq.end = addr;
			if (!row.end)
				add_row(&r, addr, kd_build_file(w, names, row.file), row.line, row.column);
		}
		if (row.end)
			end_sequence(&r);
	}
	end_sequence(&r);
	if (names->lines.c.failed)
		kd_build_damage(w, u, "a line program");
}
