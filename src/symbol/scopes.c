// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/scopes.h"

#include "base/alloc.h"
#include "symbol/kdx_format.h"
#include "symbol/resolve_internal.h"
#include "symbol/typepack.h"

enum { SCOPES_DEEP = 128 };
#define TYPES_MAX ((uint64_t)256 << 20)

enum { SCOPE_FUNC, SCOPE_INLINED, SCOPE_BLOCK };
enum { VAR_PARAM = 1, VAR_LIST = 2 };

/* --- expressions -------------------------------------------------------------------------- */

/* DW_OP_… of DWARF 5, 7.7.1. */
enum { OP_ADDR = 0x03, OP_CONST1U = 0x08, OP_CONST1S, OP_CONST2U, OP_CONST2S, OP_CONST4U, OP_CONST4S,
       OP_CONST8U, OP_CONST8S, OP_CONSTU, OP_CONSTS, OP_PLUS_UCONST = 0x23, OP_LIT0 = 0x30, OP_LIT31 = 0x4f,
       OP_REG0 = 0x50, OP_BREG0 = 0x70, OP_REGX = 0x90, OP_FBREG,
       OP_BREGX, OP_PIECE, OP_CALL_FRAME_CFA = 0x9c, OP_STACK_VALUE = 0x9f, OP_ENTRY_VALUE = 0xa3,
       OP_GNU_ENTRY_VALUE = 0xf3 };

static bool number(struct kd_cursor *c, uint8_t op, int64_t *ret)
{
	unsigned size;
	uint64_t u;

	if (op >= OP_LIT0 && op <= OP_LIT31) {
		*ret = op - OP_LIT0;
		return true;
	}
	if (op == OP_CONSTS)
		return kd_cursor_next_sleb128(c, ret);
	if (op == OP_CONSTU) {
		if (!kd_cursor_next_uleb128(c, &u))
			return false;
		*ret = (int64_t)u;
		return true;
	}
	if (op < OP_CONST1U || op > OP_CONST8S)
		return false;
	size = 1U << (op - OP_CONST1U) / 2;
	if (!kd_cursor_next_uint(c, size, &u))
		return false;
	*ret = (int64_t)u;
	if (size < 8 && (op - OP_CONST1U) & 1) /* signed */
		*ret = (int64_t)(u << (64 - 8 * size)) >> (64 - 8 * size);
	return true;
}

/* A register that an operation names, in its number or behind it. */
static bool in_register(struct kd_cursor *c, uint8_t op, uint8_t first, uint8_t extended, uint16_t *ret)
{
	uint64_t u;

	if (op >= first && op <= first + 31) {
		*ret = (uint16_t)(op - first);
		return true;
	}
	if (op != extended || !kd_cursor_next_uleb128(c, &u) || u >= 0xffff)
		return false;
	*ret = (uint16_t)u;
	return true;
}

/* An expression of one register, which had the value when the function was entered. */
static bool entry_value(struct kd_cursor *c, struct kd_place *p)
{
	struct kd_view inner;
	uint64_t n;

	if (!kd_cursor_next_uleb128(c, &n) || n != 1 || !kd_cursor_next_bytes(c, 1, &inner))
		return false;
	p->kind = KD_PLACE_ENTRY;
	return in_register(c, (uint8_t)inner.p[0], OP_REG0, OP_REG0, &p->reg);
}

/* The first operation: what it starts from. */
static bool start(struct kd_cursor *c, unsigned address_size, struct kd_place *p)
{
	uint64_t u;
	uint8_t op;

	if (!kd_cursor_next_u8(c, &op))
		return false;
	p->kind = KD_PLACE_REG;
	if (in_register(c, op, OP_REG0, OP_REGX, &p->reg))
		return true;
	p->kind = KD_PLACE_MEM;
	if (in_register(c, op, OP_BREG0, OP_BREGX, &p->reg))
		return kd_cursor_next_sleb128(c, &p->off);
	p->kind = KD_PLACE_FRAME;
	if (op == OP_FBREG)
		return kd_cursor_next_sleb128(c, &p->off);
	if (op == OP_CALL_FRAME_CFA)
		return true;
	if (op == OP_ENTRY_VALUE || op == OP_GNU_ENTRY_VALUE)
		return entry_value(c, p);
	p->kind = KD_PLACE_ADDR;
	if (op != OP_ADDR)
		return number(c, op, &p->off);
	if (!kd_cursor_next_uint(c, address_size, &u))
		return false;
	p->off = (int64_t)u;
	return true;
}

struct kd_place kd_place_of(struct kd_view expr, unsigned address_size)
{
	struct kd_place p = {.kind = KD_PLACE_OTHER, .expr = expr};
	const struct kd_place other = p;
	struct kd_cursor c = kd_cursor_of(expr, 0, false);
	bool value = false;
	uint64_t plus;
	uint8_t op;

	if (!start(&c, address_size, &p))
		return other;
	while (kd_cursor_left(&c)) {
		if (!kd_cursor_next_u8(&c, &op) || value)
			return other;
		if (op == OP_PIECE)
			return (struct kd_place){.kind = KD_PLACE_PIECES, .expr = expr};
		if (op == OP_PLUS_UCONST && p.kind != KD_PLACE_REG && kd_cursor_next_uleb128(&c, &plus))
			p.off = (int64_t)((uint64_t)p.off + plus);
		else if (op == OP_STACK_VALUE)
			value = true;
		else
			return other;
	}
	if (!value)
		return p.kind == KD_PLACE_ENTRY ? other : p;
	switch (p.kind) {
	case KD_PLACE_MEM:
		p.kind = KD_PLACE_VALUE;
		return p;
	case KD_PLACE_ADDR:
		p.kind = KD_PLACE_CONST;
		return p;
	case KD_PLACE_ENTRY:
		return p.off ? other : p;
	default:
		return other;
	}
}

/* --- a function's variables --------------------------------------------------------------- */

/* Its bytes: from the mark before it on, one function after the other. */
static bool open_vars(struct kd_kdx *k, uint32_t func, struct kd_cursor *ret)
{
	const size_t i = kd_kdx_last_up_to(k, KD_KDX_VAR_BLOCKS, KD_KDX_VAR_BLOCK_BYTES, func);
	const size_t marks = (size_t)(kd_kdx_size(k, KD_KDX_VAR_BLOCKS) / KD_KDX_VAR_BLOCK_BYTES);
	const uint8_t *e, *p;
	uint64_t from, end = kd_kdx_size(k, KD_KDX_VARS), n;
	uint32_t first;

	if (i == KD_NPOS)
		return false;
	e = kd_kdx_at(k, KD_KDX_VAR_BLOCKS, (uint64_t)i * KD_KDX_VAR_BLOCK_BYTES, KD_KDX_VAR_BLOCK_BYTES);
	if (!e)
		return false;
	first = kd_le32(e);
	from = kd_le32(e + 4);
	if (i + 1 < marks) {
		e = kd_kdx_at(k, KD_KDX_VAR_BLOCKS, (uint64_t)(i + 1) * KD_KDX_VAR_BLOCK_BYTES, KD_KDX_VAR_BLOCK_BYTES);
		if (!e)
			return false;
		end = kd_le32(e + 4);
	}
	p = end > from ? kd_kdx_at(k, KD_KDX_VARS, from, end - from) : NULL;
	if (!p)
		return false;
	*ret = kd_cursor_of(kd_view((const char *)p, (size_t)(end - from)), 0, false);
	for (;; first++) {
		if (!kd_cursor_next_uleb128(ret, &n) || n > kd_cursor_left(ret))
			return false;
		if (first == func)
			break;
		(void)kd_cursor_skip(ret, (size_t)n);
	}
	ret->data.n = ret->pos + (size_t)n;
	return true;
}

struct walk {
	struct kd_kdx *k;
	struct kd_func_rec f;
	uint32_t rel;
	struct kd_node node[KD_CHAIN_MAX];
	size_t nnodes;
	bool covered[SCOPES_DEEP]; /* of the scope that is open on each depth */
	uint32_t inlined[SCOPES_DEEP];
	struct kd_vars *vars;
};

/* The place that is valid at the address. */
static bool next_places(struct walk *w, struct kd_cursor *c, uint64_t n, struct kd_place *ret)
{
	uint64_t at = w->f.low, len, delta, bytes;
	struct kd_view expr;

	*ret = (struct kd_place){.kind = n ? KD_PLACE_ELSEWHERE : KD_PLACE_GONE};
	for (; n; n--) {
		bool here = true;

		if (!kd_cursor_next_uleb128(c, &len))
			return false;
		if (len) {
			if (!kd_cursor_next_uleb128(c, &delta))
				return false;
			at += (uint64_t)kd_unzigzag(delta);
			here = w->rel - at < len;
			at += len;
		}
		if (!kd_cursor_next_uleb128(c, &bytes) || bytes > kd_cursor_left(c) ||
		    !kd_cursor_next_bytes(c, (size_t)bytes, &expr))
			return false;
		if (here && ret->kind == KD_PLACE_ELSEWHERE)
			*ret = kd_place_of(expr, 8);
	}
	return true;
}

static bool next_var(struct walk *w, struct kd_cursor *c, uint32_t depth, bool wanted)
{
	uint64_t flags, name, type, line, nlocs;
	struct kd_place place;
	struct kd_vars *v = w->vars;

	if (!kd_cursor_next_uleb128(c, &flags) || !kd_cursor_next_uleb128(c, &name) ||
	    !kd_cursor_next_uleb128(c, &type) || !kd_cursor_next_uleb128(c, &line) ||
	    !kd_cursor_next_uleb128(c, &nlocs) || !next_places(w, c, nlocs, &place))
		return false;
	if (!wanted)
		return true;
	if (v->n == KD_VARS_MAX) {
		v->limited = true;
		return true;
	}
	v->v[v->n++] = (struct kd_var){.name = kd_kdx_text(w->k, (uint32_t)name), .type = (uint32_t)type,
				       .line = (uint32_t)line, .param = flags & VAR_PARAM,
				       .by_address = flags & VAR_LIST, .depth = depth,
				       .inlined = w->inlined[depth], .place = place};
	return true;
}

/* Does the scope cover the address? Its head is read. */
static bool scope_head(struct walk *w, struct kd_cursor *c, uint32_t *depth, uint64_t *nvars, bool *covers)
{
	uint64_t d, kind, node, ranges;
	uint32_t up;

	if (!kd_cursor_next_uleb128(c, &d) || d >= SCOPES_DEEP || !kd_cursor_next_uleb128(c, &kind))
		return false;
	*depth = (uint32_t)d;
	up = d ? w->inlined[d - 1] : 0;
	*covers = !d || w->covered[d - 1];
	w->inlined[d] = up;
	if (kind == SCOPE_INLINED) {
		if (!kd_cursor_next_uleb128(c, &node))
			return false;
		*covers &= up < w->nnodes && w->node[up].index == node;
		w->inlined[d] = up + 1;
	} else if (kind == SCOPE_BLOCK) {
		bool here = true;

		if (!kd_cursor_next_uleb128(c, &ranges) ||
		    (ranges && !kd_kdx_ranges(c, ranges, w->f.low, w->rel, &here)))
			return false;
		*covers &= here;
	}
	w->covered[d] = *covers;
	return kd_cursor_next_uleb128(c, nvars);
}

static void innermost_first(struct kd_vars *v)
{
	/* by depth, kept in order within one: few enough for insertion */
	for (size_t i = 1; i < v->n; i++) {
		struct kd_var x = v->v[i];
		size_t k = i;

		for (; k && v->v[k - 1].depth < x.depth; k--)
			v->v[k] = v->v[k - 1];
		v->v[k] = x;
	}
}

bool kd_vars_at(struct kd_kdx *k, uint64_t addr, struct kd_arena *arena, struct kd_vars *ret)
{
	struct walk *w = kd_xcalloc(1, sizeof(*w));
	struct kd_vars vars = {.n = 0};
	struct kd_cursor c;
	uint32_t depth;
	uint64_t nvars;
	bool covers, ok = false;

	w->k = k;
	w->vars = &vars;
	vars.v = kd_arena_array(arena, KD_VARS_MAX, struct kd_var);
	if (vars.v && kd_kdx_relative(k, addr, &w->rel) && kd_func_at(k, w->rel, &w->f) &&
	    open_vars(k, w->f.index, &c)) {
		w->nnodes = kd_inlined_at(k, &w->f, w->rel, w->node);
		vars.links = (uint32_t)w->nnodes;
		ok = true;
		while (ok && kd_cursor_left(&c)) {
			ok = scope_head(w, &c, &depth, &nvars, &covers);
			for (; ok && nvars; nvars--)
				ok = next_var(w, &c, depth, covers);
		}
		innermost_first(&vars);
		*ret = vars;
	}
	kd_free(w);
	return ok;
}

static bool global(struct kd_kdx *k, size_t i, struct kd_global *ret)
{
	const uint8_t *p = kd_kdx_at(k, KD_KDX_GLOBALS, (uint64_t)i * KD_KDX_GLOBAL_BYTES, KD_KDX_GLOBAL_BYTES);

	if (p)
		*ret = (struct kd_global){kd_kdx_text(k, kd_le32(p + 8)), kd_le64(p), kd_le32(p + 12)};
	return p != NULL;
}

bool kd_global_at(struct kd_kdx *k, const struct kd_types *types, uint64_t addr, struct kd_view prefer,
		  struct kd_global *ret)
{
	size_t lo = 0, hi = (size_t)(kd_kdx_size(k, KD_KDX_GLOBALS) / KD_KDX_GLOBAL_BYTES);
	struct kd_global g;
	uint64_t size, at = 0;
	bool found = false;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (!global(k, mid, &g))
			return false;
		if (g.addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo && global(k, lo - 1, &g) && (!found || g.addr == at) && g.name.n; lo--) {
		if (!kd_types_size(types, g.type, &size) || addr - g.addr >= (size ? size : 1))
			break;
		if (!found || kd_view_eq(g.name, prefer))
			*ret = g;
		at = g.addr;
		found = true;
	}
	return found;
}

struct kd_view kd_kdx_types(struct kd_kdx *k)
{
	const uint64_t n = kd_kdx_size(k, KD_KDX_TYPES);
	const uint8_t *p;
	size_t bytes = 0;
	char *blob;

	if (kd_kdx_kept(k).n)
		return kd_kdx_kept(k);
	p = n && n <= TYPES_MAX ? kd_kdx_at(k, KD_KDX_TYPES, 0, n) : NULL;
	blob = p ? kd_typepack_open(kd_view((const char *)p, (size_t)n), &bytes) : NULL;
	if (!blob)
		return KD_VNULL;
	kd_kdx_keep(k, blob, bytes);
	return kd_kdx_kept(k);
}
