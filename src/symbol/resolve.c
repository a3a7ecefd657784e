// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/resolve.h"

#include "base/cursor.h"
#include "format/elf.h"
#include "symbol/kdx_format.h"
#include "symbol/resolve_internal.h"

enum { BACK_MAX = 64, NAMED_MAX = 4096 };

struct kd_view kd_kdx_text(struct kd_kdx *k, uint32_t off)
{
	const uint64_t size = kd_kdx_size(k, KD_KDX_STRINGS);
	uint64_t n = size - off < 256 ? size - off : 256;
	const uint8_t *p, *end;

	if (!off || off >= size)
		return KD_VNULL;
	for (;;) {
		p = kd_kdx_at(k, KD_KDX_STRINGS, off, n);
		if (!p)
			return KD_VNULL;
		end = memchr(p, 0, (size_t)n);
		if (end)
			return kd_view((const char *)p, (size_t)(end - p));
		if (n == size - off)
			return KD_VNULL;
		n = size - off < n * 16 ? size - off : n * 16;
	}
}

/* --- identity ----------------------------------------------------------------------------- */

struct kd_kdx_ident kd_kdx_ident(struct kd_kdx *k)
{
	const uint64_t n = kd_kdx_size(k, KD_KDX_IDENT);
	const uint8_t *p = kd_kdx_at(k, KD_KDX_IDENT, 0, n);
	struct kd_view rest = p ? kd_view((const char *)p, (size_t)n) : KD_VNULL, line, key;
	struct kd_kdx_ident id = {.machine = 0};
	uint64_t v;

	const struct {
		struct kd_view key;
		struct kd_view *to;
	} texts[] = {{KD_V("build_id"), &id.build_id}, {KD_V("release"), &id.release},
		     {KD_V("banner"), &id.banner},     {KD_V("name"), &id.name},
		     {KD_V("module"), &id.module},     {KD_V("srcversion"), &id.srcversion},
		     {KD_V("vermagic"), &id.vermagic}, {KD_V("comp_dir"), &id.comp_dir},
		     {KD_V("missing"), &id.missing},   {KD_V("missing_file"), &id.missing_file},
		     {KD_V("symbols"), &id.symbols}};

	while (kd_view_take_until(&rest, KD_V("\n"), &line)) {
		if (!kd_view_take_until(&line, KD_V("="), &key))
			continue;
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (kd_view_eq(key, texts[i].key))
				*texts[i].to = line;
		if (kd_view_eq(key, KD_V("text_base")))
			(void)kd_view_hex(line, &id.text_base);
		else if (kd_view_eq(key, KD_V("text_end")))
			(void)kd_view_hex(line, &id.text_end);
		else if (kd_view_eq(key, KD_V("machine")) && kd_view_dec(line, &v))
			id.machine = (uint16_t)v;
		else if (kd_view_eq(key, KD_V("type")) && kd_view_dec(line, &v))
			id.type = (uint16_t)v;
		else if (kd_view_eq(key, KD_V("units")))
			(void)kd_view_dec(line, &id.units);
		else if (kd_view_eq(key, KD_V("damaged_units")))
			(void)kd_view_dec(line, &id.damaged_units);
		else if (kd_view_eq(key, KD_V("missing_files")))
			(void)kd_view_dec(line, &id.missing_files);
		else if (kd_view_eq(key, KD_V("debug")))
			id.dwarf = kd_view_eq(line, KD_V("dwarf"));
	}
	return id;
}

/* The text base alone, as often as it is needed. */
static bool base_of(struct kd_kdx *k, uint64_t *ret)
{
	const uint8_t *p = kd_kdx_at(k, KD_KDX_BASE, 0, 16);

	if (!p)
		return false;
	*ret = kd_le64(p);
	return true;
}

bool kd_kdx_relative(struct kd_kdx *k, uint64_t addr, uint32_t *ret)
{
	uint64_t base;

	if (!base_of(k, &base) || addr < base || addr - base > UINT32_MAX)
		return false;
	*ret = (uint32_t)(addr - base);
	return true;
}

/* --- symbols ------------------------------------------------------------------------------ */

size_t kd_symbols(const struct kd_kdx *k)
{
	const uint64_t a = kd_kdx_size(k, KD_KDX_SYM_ADDR) / 8;
	const uint64_t b = kd_kdx_size(k, KD_KDX_SYMS) / KD_KDX_SYM_BYTES;

	return (size_t)(a < b ? a : b);
}

static bool sym_addr(struct kd_kdx *k, size_t i, uint64_t *ret)
{
	const uint8_t *p = kd_kdx_at(k, KD_KDX_SYM_ADDR, (uint64_t)i * 8, 8);

	if (p)
		*ret = kd_le64(p);
	return p != NULL;
}

static bool raw_symbol(struct kd_kdx *k, size_t i, struct kd_symbol *ret)
{
	const uint8_t *p = kd_kdx_at(k, KD_KDX_SYMS, (uint64_t)i * KD_KDX_SYM_BYTES, KD_KDX_SYM_BYTES);
	struct kd_symbol s = {.index = (uint32_t)i};

	if (!p || !sym_addr(k, i, &s.addr))
		return false;
	s.size = kd_le32(p);
	s.name = kd_kdx_text(k, kd_le32(p + 4));
	s.type = p[8];
	s.bind = p[9];
	s.flags = (uint16_t)(p[10] | p[11] << 8);
	*ret = s;
	return true;
}

/* Up to the next symbol of the same sort of section that lies elsewhere. */
static uint64_t room_of(struct kd_kdx *k, const struct kd_symbol *s)
{
	const size_t n = kd_symbols(k);
	const uint16_t sort = KD_SYM_CODE | KD_SYM_DATA;
	struct kd_symbol next;

	for (size_t i = (size_t)s->index + 1; i < n; i++) {
		if (!raw_symbol(k, i, &next))
			break;
		if (next.addr != s->addr && (next.flags & sort) == (s->flags & sort))
			return next.addr - s->addr;
	}
	return s->size;
}

bool kd_symbol(struct kd_kdx *k, size_t i, struct kd_symbol *ret)
{
	struct kd_symbol s;

	if (i >= kd_symbols(k) || !raw_symbol(k, i, &s))
		return false;
	s.room = room_of(k, &s);
	*ret = s;
	return true;
}

/* How many symbols begin at addr or before it. */
static size_t symbols_up_to(struct kd_kdx *k, uint64_t addr)
{
	size_t lo = 0, hi = kd_symbols(k);
	uint64_t at;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (!sym_addr(k, mid, &at))
			return 0;
		if (at <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Which name of one address: higher is better. */
static int rank(const struct kd_symbol *s)
{
	int r = s->bind == KD_STB_GLOBAL ? 3 : s->bind == KD_STB_WEAK ? 2 : 1;

	return s->type == KD_STT_FUNC ? r + 8 : s->type == KD_STT_OBJECT ? r + 4 : r;
}

static bool symbol_at(struct kd_kdx *k, uint64_t addr, struct kd_symbol *ret)
{
	struct kd_symbol best = {.index = 0}, s;
	size_t n = symbols_up_to(k, addr);
	bool have = false;

	for (size_t back = 0; n && back < BACK_MAX; back++) {
		if (!raw_symbol(k, --n, &s) || s.addr > addr) /* not in order: no index that was made here */
			return false;
		if (s.addr > addr || (have && s.addr != best.addr))
			break; /* the first cannot be, unless the order is damaged */
		if (s.flags & KD_SYM_ABS)
			continue;
		if (!have || rank(&s) >= rank(&best))
			best = s;
		have = true;
	}
	if (!have)
		return false;
	best.room = room_of(k, &best);
	if (addr - best.addr >= best.room && addr - best.addr >= best.size)
		return false;
	*ret = best;
	return true;
}

bool kd_symbol_at(struct kd_kdx *k, uint64_t addr, struct kd_symbol *ret)
{
	const uint64_t before = kd_kdx_misses(k);

	return symbol_at(k, addr, ret) && kd_kdx_misses(k) == before;
}

bool kd_symbol_is_code(const struct kd_symbol *s)
{
	return s->flags & KD_SYM_CODE;
}

static bool sym_by_name(struct kd_kdx *k, size_t place, uint32_t *ret)
{
	const uint8_t *p = kd_kdx_at(k, KD_KDX_SYM_NAMES, (uint64_t)place * 4, 4);

	if (p)
		*ret = kd_le32(p);
	return p != NULL;
}

/* The first place whose name is not below `name`; upper: that is above it. */
static size_t name_bound(struct kd_kdx *k, struct kd_view name, bool upper)
{
	size_t lo = 0, hi = (size_t)(kd_kdx_size(k, KD_KDX_SYM_NAMES) / 4);
	struct kd_symbol s;
	uint32_t i;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c;

		if (!sym_by_name(k, mid, &i) || i >= kd_symbols(k) || !raw_symbol(k, i, &s))
			return 0;
		c = kd_view_cmp(s.name, name);
		if (c < 0 || (upper && !c))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

size_t kd_symbols_named(struct kd_kdx *k, struct kd_view name, size_t *first)
{
	const uint64_t before = kd_kdx_misses(k);
	size_t last = name_bound(k, name, true);

	*first = name_bound(k, name, false);
	return last > *first && kd_kdx_misses(k) == before ? last - *first : 0;
}

bool kd_symbol_by_name(struct kd_kdx *k, size_t place, struct kd_symbol *ret)
{
	uint32_t i;

	return sym_by_name(k, place, &i) && kd_symbol(k, i, ret);
}

/* --- lines -------------------------------------------------------------------------------- */

static void file_of(struct kd_kdx *k, uint64_t file, struct kd_src *ret)
{
	const uint8_t *p = NULL;

	ret->dir = ret->name = KD_VNULL;
	if (file && file <= UINT32_MAX)
		p = kd_kdx_at(k, KD_KDX_FILES, file * KD_KDX_FILE_BYTES, KD_KDX_FILE_BYTES);
	if (!p)
		return;
	ret->dir = kd_kdx_text(k, kd_le32(p));
	ret->name = kd_kdx_text(k, kd_le32(p + 4));
}

/* The index of the last fixed-size record whose first u32 is ≤ key; KD_NPOS: none. */
size_t kd_kdx_last_up_to(struct kd_kdx *k, enum kd_kdx_section sec, size_t bytes, uint32_t key)
{
	size_t lo = 0, hi = (size_t)(kd_kdx_size(k, sec) / bytes);

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const uint8_t *p = kd_kdx_at(k, sec, (uint64_t)mid * bytes, 4);

		if (!p)
			return KD_NPOS;
		if (kd_le32(p) <= key)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo - 1; /* 0 - 1 is KD_NPOS */
}

/* The bytes of a section from off to end, as a cursor. */
static bool open_bytes(struct kd_kdx *k, enum kd_kdx_section sec, uint64_t off, uint64_t end,
		       struct kd_cursor *ret)
{
	const uint8_t *p;

	if (end < off)
		return false;
	p = kd_kdx_at(k, sec, off, end - off);
	if (!p)
		return false;
	*ret = kd_cursor_of(kd_view((const char *)p, (size_t)(end - off)), off, false);
	return true;
}

struct row {
	uint64_t addr, file, column;
	int64_t line;
};

static bool next_row(struct kd_cursor *c, struct row *r)
{
	uint64_t addr, line;

	if (!kd_cursor_left(c) || !kd_cursor_next_uleb128(c, &addr) || !kd_cursor_next_uleb128(c, &r->file) ||
	    !kd_cursor_next_uleb128(c, &line) || !kd_cursor_next_uleb128(c, &r->column))
		return false;
	r->addr += addr;
	r->line += kd_unzigzag(line);
	return true;
}

/* *from: where the row begins. */
static bool line_at(struct kd_kdx *k, uint32_t rel, struct kd_src *ret, uint64_t *from)
{
	const size_t i = kd_kdx_last_up_to(k, KD_KDX_LINE_BLOCKS, KD_KDX_BLOCK_BYTES, rel);
	const size_t n = (size_t)(kd_kdx_size(k, KD_KDX_LINE_BLOCKS) / KD_KDX_BLOCK_BYTES);
	struct row r = {.line = 0}, best;
	const uint8_t *p;
	uint64_t off, end = kd_kdx_size(k, KD_KDX_LINES);
	struct kd_cursor c;

	if (i == KD_NPOS)
		return false;
	p = kd_kdx_at(k, KD_KDX_LINE_BLOCKS, (uint64_t)i * KD_KDX_BLOCK_BYTES, KD_KDX_BLOCK_BYTES);
	if (!p)
		return false;
	r.addr = kd_le32(p);
	off = kd_le32(p + 4);
	if (i + 1 < n) {
		p = kd_kdx_at(k, KD_KDX_LINE_BLOCKS, (uint64_t)(i + 1) * KD_KDX_BLOCK_BYTES, KD_KDX_BLOCK_BYTES);
		if (!p)
			return false;
		end = kd_le32(p + 4);
	}
	if (!open_bytes(k, KD_KDX_LINES, off, end, &c) || !next_row(&c, &r))
		return false;
	do
		best = r;
	while (next_row(&c, &r) && r.addr <= rel);
	if (!best.file)
		return false;
	*from = best.addr;
	file_of(k, best.file, ret);
	ret->line = best.line > 0 && best.line <= UINT32_MAX ? (uint32_t)best.line : 0;
	ret->column = best.column <= UINT32_MAX ? (uint32_t)best.column : 0;
	return ret->name.p != NULL;
}

/*
 * Between a symbol and the beginning of its function's debug info: gcc lets it begin behind the NOPs of
 * -fpatchable-function-entry (arm64's ftrace), and the row that reaches up to there is the last one of the function before.
 */
static bool in_front_of_function(struct kd_kdx *k, uint64_t addr, uint32_t rel, uint64_t from)
{
	const size_t n = (size_t)(kd_kdx_size(k, KD_KDX_RANGES) / KD_KDX_RANGE_BYTES);
	struct kd_func_rec f;
	struct kd_symbol s;
	uint32_t start;
	const uint8_t *p;
	size_t i;

	if (kd_func_at(k, rel, &f) || !kd_symbol_at(k, addr, &s) || s.type != KD_STT_FUNC ||
	    !kd_kdx_relative(k, s.addr, &start) || from >= start || kd_func_at(k, start, &f))
		return false;
	i = kd_kdx_last_up_to(k, KD_KDX_RANGES, KD_KDX_RANGE_BYTES, rel) + 1; /* none: the first */
	p = i < n ? kd_kdx_at(k, KD_KDX_RANGES, (uint64_t)i * KD_KDX_RANGE_BYTES, 4) : NULL;
	return p && kd_le32(p) - start < s.size;
}

bool kd_line_at(struct kd_kdx *k, uint64_t addr, struct kd_src *ret)
{
	const uint64_t before = kd_kdx_misses(k);
	uint64_t from;
	uint32_t rel;

	*ret = (struct kd_src){.line = 0};
	if (kd_kdx_relative(k, addr, &rel) && line_at(k, rel, ret, &from) &&
	    !in_front_of_function(k, addr, rel, from) && kd_kdx_misses(k) == before)
		return true;
	*ret = (struct kd_src){.line = 0};
	return false;
}

struct kd_view kd_src_path(struct kd_arena *arena, const struct kd_src *s)
{
	if (!s->name.p)
		return KD_VNULL;
	return kd_arena_printf(arena, "%.*s%s%.*s", KD_VARG(s->dir),
			       s->dir.n && s->dir.p[s->dir.n - 1] != '/' ? "/" : "", KD_VARG(s->name));
}

bool kd_file_md5(struct kd_kdx *k, struct kd_view path, uint8_t ret[KD_MD5_LEN])
{
	const uint64_t n = kd_kdx_size(k, KD_KDX_FILE_MD5) / KD_KDX_MD5_BYTES;
	struct kd_src s;

	for (uint64_t i = 0; i < n; i++) {
		const uint8_t *p = kd_kdx_at(k, KD_KDX_FILE_MD5, i * KD_KDX_MD5_BYTES, KD_KDX_MD5_BYTES);
		struct kd_view rest = path;

		if (!p)
			return false;
		file_of(k, kd_le32(p), &s);
		if (!s.name.n || (s.dir.n && (!kd_view_skip(&rest, s.dir) ||
					      (s.dir.p[s.dir.n - 1] != '/' && !kd_view_skip(&rest, KD_V("/"))))) ||
		    !kd_view_eq(rest, s.name))
			continue;
		memcpy(ret, p + 4, KD_MD5_LEN);
		return true;
	}
	return false;
}

/* --- functions ---------------------------------------------------------------------------- */

bool kd_func_at(struct kd_kdx *k, uint32_t rel, struct kd_func_rec *ret)
{
	size_t i = kd_kdx_last_up_to(k, KD_KDX_RANGES, KD_KDX_RANGE_BYTES, rel);

	for (int back = 0; i != KD_NPOS && back < BACK_MAX; back++, i--) {
		const uint8_t *p = kd_kdx_at(k, KD_KDX_RANGES, (uint64_t)i * KD_KDX_RANGE_BYTES, KD_KDX_RANGE_BYTES);

		if (!p)
			return false;
		if (rel - kd_le32(p) < kd_le32(p + 4)) {
			ret->index = kd_le32(p + 8);
			p = kd_kdx_at(k, KD_KDX_FUNCS, (uint64_t)ret->index * KD_KDX_FUNC_BYTES,
				      KD_KDX_FUNC_BYTES);
			if (!p)
				return false;
			ret->origin = kd_le32(p);
			ret->tree = kd_le32(p + 4);
			ret->low = kd_le32(p + 8);
			ret->flags = kd_le32(p + 12);
			return true;
		}
	}
	return false;
}

static void set_origin(struct kd_kdx *k, uint64_t origin, struct kd_chain_link *to)
{
	const uint8_t *p = NULL;

	if (origin <= UINT32_MAX)
		p = kd_kdx_at(k, KD_KDX_ORIGINS, origin * KD_KDX_ORIGIN_BYTES, KD_KDX_ORIGIN_BYTES);
	if (!p)
		return;
	to->func = kd_kdx_text(k, kd_le32(p));
	to->linkage = kd_kdx_text(k, kd_le32(p + 4));
	file_of(k, kd_le32(p + 8), &to->decl);
	to->decl.line = kd_le32(p + 12);
}

bool kd_kdx_ranges(struct kd_cursor *c, uint64_t n, uint32_t low, uint32_t rel, bool *covers)
{
	uint64_t delta, len, at = low;

	*covers = false;
	for (; n; n--) {
		if (!kd_cursor_next_uleb128(c, &delta) || !kd_cursor_next_uleb128(c, &len))
			return false;
		at += (uint64_t)kd_unzigzag(delta);
		*covers |= rel - at < len;
		at += len;
	}
	return true;
}

static bool next_node(struct kd_cursor *c, uint32_t low, uint32_t rel, struct kd_node *n)
{
	uint64_t ranges;

	return kd_cursor_left(c) && kd_cursor_next_uleb128(c, &n->depth) &&
	       kd_cursor_next_uleb128(c, &n->origin) && kd_cursor_next_uleb128(c, &n->file) &&
	       kd_cursor_next_uleb128(c, &n->line) && kd_cursor_next_uleb128(c, &n->column) &&
	       kd_cursor_next_uleb128(c, &ranges) && kd_kdx_ranges(c, ranges, low, rel, &n->covers);
}

size_t kd_inlined_at(struct kd_kdx *k, const struct kd_func_rec *f, uint32_t rel, struct kd_node *v)
{
	const uint64_t all = kd_kdx_size(k, KD_KDX_TREES);
	struct kd_cursor c;
	struct kd_node node = {.index = 0};
	uint64_t bytes;
	size_t n = 0;

	/* the length takes 10 bytes at most */
	if (!open_bytes(k, KD_KDX_TREES, f->tree, all - f->tree < 10 ? all : (uint64_t)f->tree + 10, &c) ||
	    !kd_cursor_next_uleb128(&c, &bytes) || bytes > all - f->tree ||
	    !open_bytes(k, KD_KDX_TREES, f->tree + c.pos, f->tree + c.pos + bytes, &c))
		return 0;
	for (; n < KD_CHAIN_MAX && next_node(&c, f->low, rel, &node); node.index++) {
		if (node.depth < n)
			break; /* past the covering one's children */
		if (node.covers && node.depth == n)
			v[n++] = node;
	}
	return n;
}

bool kd_chain_at(struct kd_kdx *k, uint64_t addr, struct kd_arena *arena, struct kd_chain *ret)
{
	const uint64_t before = kd_kdx_misses(k);
	struct kd_node node[KD_CHAIN_MAX];
	struct kd_chain_link *v;
	struct kd_src at;
	struct kd_func_rec f = {.origin = 0};
	uint32_t rel;
	bool have_line, have_func;
	size_t n = 0;

	*ret = (struct kd_chain){.n = 0};
	if (!kd_kdx_relative(k, addr, &rel))
		return false;
	have_line = kd_line_at(k, addr, &at);
	have_func = kd_func_at(k, rel, &f);
	if (!have_line && !have_func)
		return false;
	if (have_func)
		n = kd_inlined_at(k, &f, rel, node);
	v = kd_arena_array(arena, n + 1, struct kd_chain_link);
	if (!v)
		return false;
	v[0].at = at;
	for (size_t i = 0; i <= n; i++) {
		if (have_func)
			set_origin(k, i < n ? node[n - 1 - i].origin : f.origin, &v[i]);
		v[i].inlined = i < n;
		if (i < n) {
			const struct kd_node *call = &node[n - 1 - i];

			file_of(k, call->file, &v[i + 1].at);
			v[i + 1].at.line = (uint32_t)call->line;
			v[i + 1].at.column = (uint32_t)call->column;
		}
	}
	if (kd_kdx_misses(k) != before)
		return false;
	ret->v = v;
	ret->n = n + 1;
	if (have_func)
		ret->func_low = addr - rel + f.low;
	return true;
}

/* --- code --------------------------------------------------------------------------------- */

/* What a section has at rel, at most n bytes. */
static size_t code_piece(struct kd_kdx *k, uint32_t rel, uint8_t *to, size_t n)
{
	const size_t i = kd_kdx_last_up_to(k, KD_KDX_TEXT_BLOCKS, KD_KDX_TEXT_BLOCK_BYTES, rel);
	const uint8_t *e, *p;
	uint32_t start, len;

	if (i == KD_NPOS)
		return 0;
	e = kd_kdx_at(k, KD_KDX_TEXT_BLOCKS, (uint64_t)i * KD_KDX_TEXT_BLOCK_BYTES, KD_KDX_TEXT_BLOCK_BYTES);
	if (!e)
		return 0;
	start = kd_le32(e);
	len = kd_le32(e + 4);
	if (rel - start >= len)
		return 0;
	if (n > len - (rel - start))
		n = len - (rel - start);
	p = kd_kdx_at(k, KD_KDX_TEXT, (uint64_t)kd_le32(e + 8) + (rel - start), n);
	if (!p)
		return 0;
	memcpy(to, p, n);
	return n;
}

size_t kd_code_at(struct kd_kdx *k, uint64_t addr, void *buf, size_t n)
{
	uint8_t *to = buf;
	size_t done = 0, got;
	uint32_t rel;

	while (done < n && kd_kdx_relative(k, addr + done, &rel)) {
		got = code_piece(k, rel, to + done, n - done);
		if (!got)
			break;
		done += got;
	}
	return done;
}

/* --- frames ------------------------------------------------------------------------------- */

static enum kd_match_size compare_size(const struct kd_symbol *s, const struct kd_frame_query *q)
{
	if (!q->has_offset || !q->size || (!s->size && !s->room))
		return KD_MATCH_SIZE_UNKNOWN;
	return s->size == q->size || s->room == q->size ? KD_MATCH_SIZE_SAME : KD_MATCH_SIZE_DIFFERS;
}

/* Symbols at one address are one function. */
static bool have_addr(const struct kd_matches *m, uint64_t addr)
{
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].sym.addr == addr)
			return true;
	return false;
}

static void keep_same_size(struct kd_matches *m)
{
	size_t n = 0, same = 0;

	for (size_t i = 0; i < m->n; i++)
		same += m->v[i].size == KD_MATCH_SIZE_SAME;
	if (!same || same == m->n)
		return;
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].size == KD_MATCH_SIZE_SAME)
			m->v[n++] = m->v[i];
	m->by_size = true;
	m->left_out = m->n - n;
	m->n = n;
}

struct kd_error *kd_match_frame(struct kd_kdx *k, const struct kd_frame_query *q,
				struct kd_arena *arena, struct kd_matches *ret)
{
	const uint64_t before = kd_kdx_misses(k);
	struct kd_matches m = {.n = 0};
	size_t first, n = kd_symbols_named(k, q->func, &first);

	if (n > NAMED_MAX)
		return kd_error_new(KD_LIMIT, "%zu symbols have the name %.*s", n, KD_VARG(kd_view_head(q->func, 100)));
	m.v = kd_arena_array(arena, n + 1, struct kd_match);
	if (!m.v)
		return kd_error_new(KD_LIMIT, "no room for %zu symbols", n);
	for (size_t i = 0; i < n; i++) {
		struct kd_match *to = &m.v[m.n];

		if (!kd_symbol_by_name(k, first + i, &to->sym) || !(to->sym.flags & KD_SYM_CODE) ||
		    have_addr(&m, to->sym.addr))
			continue;
		to->size = compare_size(&to->sym, q);
		to->addr = to->lookup = to->sym.addr + q->offset;
		if (!q->exact && q->offset)
			to->lookup--;
		m.n++;
	}
	keep_same_size(&m);
	for (size_t i = 0; i < m.n; i++)
		(void)kd_chain_at(k, m.v[i].lookup, arena, &m.v[i].chain);
	if (kd_kdx_misses(k) != before) /* one that is not seen may be the right one */
		m.n = 0;
	*ret = m;
	return NULL;
}

struct kd_view kd_match_func(const struct kd_match *m, size_t link)
{
	const struct kd_view own = link < m->chain.n ? m->chain.v[link].func : KD_VNULL;
	const bool behind = m->sym.size && m->lookup - m->sym.addr >= m->sym.size;

	if (link + 1 < m->chain.n || !m->sym.name.n || (behind && own.n))
		return own;
	return m->sym.name;
}
