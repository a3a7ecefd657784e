// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/dwarf_line.h"

#include "base/alloc.h"

enum { FILES_MAX = 1 << 20, FORMATS_MAX = 255, ROWS_MAX = 1 << 28 };
enum { LNCT_PATH = 1, LNCT_DIRECTORY = 2, LNCT_MD5 = 5 };
enum { FORM_DATA16 = 0x1e };

/* Standard opcodes, and the extended ones that matter (DWARF 5, 6.2.5.2 and 6.2.5.3). */
enum { COPY = 1, ADVANCE_PC, ADVANCE_LINE, SET_FILE, SET_COLUMN, NEGATE_STMT, BASIC_BLOCK, CONST_ADD_PC,
       FIXED_ADVANCE_PC, PROLOGUE_END, EPILOGUE_BEGIN, SET_ISA };
enum { END_SEQUENCE = 1, SET_ADDRESS = 2, DEFINE_FILE = 3 };

/* --- header ------------------------------------------------------------------------------- */

struct tables {
	const struct kd_dwarf *dw;
	struct kd_dwarf_unit u; /* only sizes and bases */
	struct kd_arena *arena;
	struct kd_view comp_dir;
	struct kd_view *dirs;
	size_t ndirs;
};

static struct kd_view dir_of(const struct tables *t, uint64_t i)
{
	return i < t->ndirs ? t->dirs[i] : KD_VNULL;
}

/* Versions 2 to 4: texts that end with an empty one. Directory 0 is the compilation directory. */
static bool count_dirs(struct kd_cursor c, size_t *n)
{
	struct kd_view dir;

	for (*n = 1; kd_cursor_next_cstr(&c, &dir) && *n < FILES_MAX; ++*n)
		if (!dir.n)
			return true;
	return false;
}

static bool file4(struct kd_cursor *c, const struct tables *t, struct kd_dwarf_file *ret)
{
	uint64_t dir, mtime, length;

	if (!kd_cursor_next_cstr(c, &ret->name))
		return false;
	if (!ret->name.n)
		return true;
	if (!kd_cursor_next_uleb128(c, &dir) || !kd_cursor_next_uleb128(c, &mtime) ||
	    !kd_cursor_next_uleb128(c, &length))
		return false;
	ret->dir = dir_of(t, dir);
	return true;
}

static bool count_files4(struct kd_cursor c, const struct tables *t, size_t *n)
{
	struct kd_dwarf_file f;

	for (*n = 1; file4(&c, t, &f) && *n < FILES_MAX; ++*n)
		if (!f.name.n)
			return true;
	return false;
}

static struct kd_error *tables4(struct kd_cursor *c, struct tables *t, struct kd_dwarf_lines *p)
{
	size_t n;

	if (!count_dirs(*c, &t->ndirs))
		return kd_error_at(KD_BADDATA, (int64_t)c->pos, "directories of a line program");
	t->dirs = kd_arena_array(t->arena, t->ndirs, struct kd_view);
	if (!t->dirs)
		return kd_error_new(KD_LIMIT, "no room for %zu directories", t->ndirs);
	t->dirs[0] = t->comp_dir;
	for (size_t i = 1; i < t->ndirs; i++)
		(void)kd_cursor_next_cstr(c, &t->dirs[i]);
	(void)kd_cursor_skip(c, 1);
	if (!count_files4(*c, t, &n))
		return kd_error_at(KD_BADDATA, (int64_t)c->pos, "files of a line program");
	p->files = kd_arena_array(t->arena, n, struct kd_dwarf_file);
	if (!p->files)
		return kd_error_new(KD_LIMIT, "no room for %zu files", n);
	for (p->nfiles = 1; p->nfiles < n; p->nfiles++)
		(void)file4(c, t, &p->files[p->nfiles]);
	return NULL;
}

struct format {
	uint8_t n;
	struct { uint64_t what, form; } v[FORMATS_MAX];
};

static bool read_format(struct kd_cursor *c, struct format *f)
{
	if (!kd_cursor_next_u8(c, &f->n))
		return false;
	for (unsigned i = 0; i < f->n; i++)
		if (!kd_cursor_next_uleb128(c, &f->v[i].what) || !kd_cursor_next_uleb128(c, &f->v[i].form))
			return false;
	return true;
}

/* One entry as the format says; only known contents are kept. */
static bool file5(struct kd_cursor *c, const struct tables *t, const struct format *f,
		  struct kd_dwarf_file *ret)
{
	*ret = (struct kd_dwarf_file){.name = KD_VNULL};
	for (unsigned i = 0; i < f->n; i++) {
		struct kd_dwarf_value v = {.kind = 0};
		uint64_t dir = 0;

		if (!kd_dwarf_form(c, &t->u, f->v[i].form, &v))
			return false;
		if (f->v[i].what == LNCT_PATH)
			ret->name = kd_dwarf_text(t->dw, &t->u, &v);
		else if (f->v[i].what == LNCT_DIRECTORY && kd_dwarf_uint(&v, &dir))
			ret->dir = dir_of(t, dir);
		else if (f->v[i].what == LNCT_MD5 && f->v[i].form == FORM_DATA16)
			ret->md5 = v.v;
	}
	return true;
}

/* Each entry takes a byte at least, unless its format is empty. */
static bool count5(struct kd_cursor *c, const struct format *f, uint64_t *n)
{
	return kd_cursor_next_uleb128(c, n) && (!*n || f->n) && *n <= kd_cursor_left(c) && *n <= FILES_MAX;
}

static struct kd_error *tables5(struct kd_cursor *c, struct tables *t, struct kd_dwarf_lines *p)
{
	struct kd_dwarf_file f;
	struct format format;
	uint64_t n;

	if (!read_format(c, &format) || !count5(c, &format, &n))
		return kd_error_at(KD_BADDATA, (int64_t)c->pos, "directories of a line program");
	t->dirs = kd_arena_array(t->arena, (size_t)n + 1, struct kd_view);
	if (!t->dirs)
		return kd_error_new(KD_LIMIT, "no room for %ju directories", (uintmax_t)n);
	for (; t->ndirs < n; t->ndirs++) {
		if (!file5(c, t, &format, &f))
			return kd_cursor_error(c, "directories of a line program");
		t->dirs[t->ndirs] = f.name;
	}
	if (!read_format(c, &format) || !count5(c, &format, &n))
		return kd_error_at(KD_BADDATA, (int64_t)c->pos, "files of a line program");
	p->files = kd_arena_array(t->arena, (size_t)n + 1, struct kd_dwarf_file);
	if (!p->files)
		return kd_error_new(KD_LIMIT, "no room for %ju files", (uintmax_t)n);
	for (; p->nfiles < n; p->nfiles++)
		if (!file5(c, t, &format, &p->files[p->nfiles]))
			return kd_cursor_error(c, "files of a line program");
	return NULL;
}

static bool fixed_part(struct kd_cursor *c, struct kd_dwarf_lines *p)
{
	uint8_t stmt, base, max_ops = 1;

	if (!kd_cursor_next_u8(c, &p->min_length) || (p->version >= 4 && !kd_cursor_next_u8(c, &max_ops)) ||
	    !kd_cursor_next_u8(c, &stmt) || !kd_cursor_next_u8(c, &base) ||
	    !kd_cursor_next_u8(c, &p->line_range) || !kd_cursor_next_u8(c, &p->opcode_base))
		return false;
	p->default_stmt = stmt != 0;
	p->line_base = (int8_t)base;
	return kd_cursor_next_bytes(c, p->opcode_base ? p->opcode_base - 1U : 0, &p->lengths);
}

static void restart(struct kd_dwarf_lines *p)
{
	p->now = (struct kd_dwarf_row){.file = 1, .line = 1, .is_stmt = p->default_stmt};
}

/* The program's header up to its tables: c then ends with them, p->c is the program behind them. */
static struct kd_error *open_program(struct kd_cursor *c, uint64_t at, struct tables *t, struct kd_dwarf_lines *p)
{
	uint64_t length, header;
	uint32_t first = 0;
	uint8_t segment;

	if (at > c->data.n || !kd_cursor_seek(c, (size_t)at) || !kd_cursor_next_u32(c, &first))
		return kd_error_at(KD_BADDATA, -1, "there is no line program at %#jx", (uintmax_t)at);
	length = first;
	t->u.offset_size = first == 0xffffffff ? 8 : 4;
	if (first == 0xffffffff && !kd_cursor_next_u64(c, &length))
		return kd_cursor_error(c, "line program");
	if (length > kd_cursor_left(c))
		return kd_error_at(KD_BADDATA, (int64_t)at, "a line program reaches past its section");
	c->data.n = c->pos + (size_t)length;
	if (!kd_cursor_next_u16(c, &p->version))
		return kd_cursor_error(c, "line program");
	if (p->version < 2 || p->version > 5)
		return kd_error_at(KD_UNSUPPORTED, (int64_t)at, "line program of version %u", p->version);
	if (p->version >= 5 && (!kd_cursor_next_u8(c, &p->address_size) || !kd_cursor_next_u8(c, &segment)))
		return kd_cursor_error(c, "line program");
	if (!kd_cursor_next_uint(c, t->u.offset_size, &header) || header > kd_cursor_left(c))
		return kd_error_at(KD_BADDATA, (int64_t)at, "header of a line program");
	p->c = *c;
	(void)kd_cursor_skip(&p->c, (size_t)header);
	c->data.n = p->c.pos;
	return fixed_part(c, p) ? NULL : kd_cursor_error(c, "line program");
}

struct kd_error *kd_dwarf_lines(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
				uint64_t stmt_list, struct kd_view comp_dir, struct kd_arena *arena,
				struct kd_dwarf_lines *ret)
{
	struct kd_cursor c = kd_cursor_of(dw->line, 0, dw->big_endian);
	struct tables t = {.dw = dw, .u = *u, .arena = arena, .comp_dir = comp_dir};
	struct kd_dwarf_lines p = {.address_size = u->address_size};
	struct kd_error *err = open_program(&c, stmt_list, &t, &p);

	if (err)
		return err;
	if (!p.line_range || !p.opcode_base || (p.address_size != 4 && p.address_size != 8))
		return kd_error_at(KD_BADDATA, (int64_t)stmt_list, "impossible numbers in a line program's header");
	err = p.version >= 5 ? tables5(&c, &t, &p) : tables4(&c, &t, &p);
	if (err)
		return err;
	restart(&p);
	*ret = p;
	return NULL;
}

/* --- rows --------------------------------------------------------------------------------- */

static bool damaged(struct kd_dwarf_lines *p)
{
	p->c.failed = true;
	p->c.pos = p->c.data.n;
	return false;
}

static bool give(struct kd_dwarf_lines *p, struct kd_dwarf_row *ret)
{
	*ret = p->now;
	return ++p->rows < ROWS_MAX || damaged(p);
}

/* *row: it gives one. */
static bool extended(struct kd_dwarf_lines *p, bool *row)
{
	uint64_t n;
	uint8_t op;
	size_t next;

	if (!kd_cursor_next_uleb128(&p->c, &n) || !n || n > kd_cursor_left(&p->c))
		return false;
	next = p->c.pos + (size_t)n;
	if (!kd_cursor_next_u8(&p->c, &op))
		return false;
	if (op == END_SEQUENCE) {
		p->now.end = true;
		*row = true;
	} else if (op == SET_ADDRESS) {
		unsigned size = n - 1 == 4 || n - 1 == 8 ? (unsigned)n - 1 : p->address_size;

		if (!kd_cursor_next_uint(&p->c, size, &p->now.addr))
			return false;
	}
	return kd_cursor_seek(&p->c, next);
}

static bool skip_operands(struct kd_dwarf_lines *p, uint8_t op)
{
	uint64_t unused;

	for (uint8_t n = (uint8_t)p->lengths.p[op - 1]; n; n--)
		if (!kd_cursor_next_uleb128(&p->c, &unused))
			return false;
	return true;
}

static bool standard(struct kd_dwarf_lines *p, uint8_t op, bool *row)
{
	struct kd_cursor *c = &p->c;
	uint64_t u = 0;
	int64_t s = 0;
	uint16_t u16 = 0;

	switch (op) {
	case COPY:
		*row = true;
		return true;
	case ADVANCE_PC:
		if (!kd_cursor_next_uleb128(c, &u))
			return false;
		p->now.addr += u * p->min_length;
		return true;
	case ADVANCE_LINE:
		if (!kd_cursor_next_sleb128(c, &s))
			return false;
		p->now.line = (uint32_t)(p->now.line + (uint64_t)s);
		return true;
	case SET_FILE:
		if (!kd_cursor_next_uleb128(c, &u))
			return false;
		p->now.file = u > UINT32_MAX ? UINT32_MAX : (uint32_t)u;
		return true;
	case SET_COLUMN:
		if (!kd_cursor_next_uleb128(c, &u))
			return false;
		p->now.column = u > UINT32_MAX ? 0 : (uint32_t)u;
		return true;
	case NEGATE_STMT:
		p->now.is_stmt = !p->now.is_stmt;
		return true;
	case CONST_ADD_PC:
		p->now.addr += (uint64_t)((255 - p->opcode_base) / p->line_range) * p->min_length;
		return true;
	case FIXED_ADVANCE_PC:
		if (!kd_cursor_next_u16(c, &u16))
			return false;
		p->now.addr += u16;
		return true;
	default:
		return skip_operands(p, op);
	}
}

bool kd_dwarf_lines_next(struct kd_dwarf_lines *p, struct kd_dwarf_row *ret)
{
	bool row = false;
	uint8_t op;

	if (p->now.end)
		restart(p);
	while (kd_cursor_left(&p->c)) {
		if (!kd_cursor_next_u8(&p->c, &op))
			return damaged(p);
		if (op >= p->opcode_base) {
			unsigned n = (unsigned)op - p->opcode_base;

			p->now.addr += (uint64_t)(n / p->line_range) * p->min_length;
			p->now.line = (uint32_t)((int64_t)p->now.line + p->line_base + (int)(n % p->line_range));
			return give(p, ret);
		}
		if (op ? !standard(p, op, &row) : !extended(p, &row))
			return damaged(p);
		if (row)
			return give(p, ret);
	}
	return false;
}
