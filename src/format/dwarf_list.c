// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Range and location lists: DWARF 5, 2.17.3, 2.6.2, 7.25, 7.28, 7.29; before it, DWARF 4, 2.17.3 and
 * 2.6.2: pairs of offsets, where (all ones, base) sets the base and (0, 0) ends the list. Locations of split units of
 * DWARF 4 have a form of their own (gcc.gnu.org/wiki/DebugFission, "Location Lists").
 */
#include "format/dwarf.h"

enum { LIST_MAX = 1 << 20 };

/* DW_RLE_… and DW_LLE_…: alike but for the default location, which moves the last ones by one. */
enum { END, BASEX, STARTX_ENDX, STARTX_LENGTH, OFFSET_PAIR, BASE, START_END, START_LENGTH };
enum { LLE_DEFAULT = 5 };
enum { LLE_VIEW_PAIR = 9 }; /* GNU: two numbers, before an entry */
/* Locations of split units of DWARF 4: numbers of .debug_addr, lengths and offsets of 4 bytes. */
enum { GNU_END, GNU_BASE, GNU_START_END, GNU_START_LENGTH, GNU_OFFSET_PAIR };

static bool open_list(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u, struct kd_view section,
		      uint64_t off, bool location, struct kd_dwarf_list *ret)
{
	*ret = (struct kd_dwarf_list){.dw = dw, .u = u, .location = location, .base = u->low_pc,
				      .left = LIST_MAX};
	ret->c = kd_cursor_of(section, 0, dw->big_endian);
	return off < section.n && kd_cursor_seek(&ret->c, (size_t)off);
}

static bool open_value(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
		       const struct kd_dwarf_value *v, bool location, struct kd_dwarf_list *ret)
{
	struct kd_view old = location ? dw->loc : dw->ranges;
	struct kd_view section = u->version < 5 ? old : location ? dw->loclists : dw->rnglists;
	const uint64_t base = location ? u->loclists_base : u->rnglists_base;
	struct kd_cursor c = kd_cursor_of(section, 0, dw->big_endian);
	uint64_t at, off;

	/* a list's offset is DW_FORM_data4 or data8 before DWARF 4 */
	if (v->kind == KD_DWV_OFFSET || (v->kind == KD_DWV_UINT && u->version < 4))
		return open_list(dw, u, section, v->u + (location ? u->moved.loc : u->moved.ranges), location,
				 ret);
	if (v->kind != KD_DWV_LISTX || __builtin_mul_overflow(v->u, u->offset_size, &at) ||
	    __builtin_add_overflow(at, base, &at) || at >= section.n ||
	    !kd_cursor_seek(&c, (size_t)at) || !kd_cursor_next_uint(&c, u->offset_size, &off) ||
	    __builtin_add_overflow(off, base, &off))
		return false;
	return open_list(dw, u, section, off, location, ret);
}

bool kd_dwarf_ranges(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
		     const struct kd_dwarf_value *v, struct kd_dwarf_list *ret)
{
	return open_value(dw, u, v, false, ret);
}

bool kd_dwarf_locations(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
			const struct kd_dwarf_value *v, struct kd_dwarf_list *ret)
{
	return open_value(dw, u, v, true, ret);
}

static bool addrx(struct kd_dwarf_list *l, uint64_t *ret)
{
	struct kd_dwarf_value v = {.kind = KD_DWV_ADDRX};

	return kd_cursor_next_uleb128(&l->c, &v.u) && kd_dwarf_address(l->dw, l->u, &v, ret);
}

static bool addr(struct kd_dwarf_list *l, uint64_t *ret)
{
	return kd_cursor_next_uint(&l->c, l->u->address_size, ret);
}

/* What one entry gives: two addresses, a base, or the end. */
enum got { DAMAGED, RANGE, NO_RANGE, LAST };

static enum got pair(struct kd_dwarf_list *l, unsigned kind, uint64_t *start, uint64_t *end)
{
	struct kd_cursor *c = &l->c;
	uint64_t n;

	switch (kind) {
	case END:
		return LAST;
	case BASEX:
		return addrx(l, &l->base) ? NO_RANGE : DAMAGED;
	case BASE:
		return addr(l, &l->base) ? NO_RANGE : DAMAGED;
	case STARTX_ENDX:
		return addrx(l, start) && addrx(l, end) ? RANGE : DAMAGED;
	case STARTX_LENGTH:
		if (!addrx(l, start) || !kd_cursor_next_uleb128(c, &n))
			return DAMAGED;
		*end = *start + n;
		return RANGE;
	case OFFSET_PAIR:
		if (!kd_cursor_next_uleb128(c, start) || !kd_cursor_next_uleb128(c, end))
			return DAMAGED;
		*start += l->base;
		*end += l->base;
		return RANGE;
	case START_END:
		return addr(l, start) && addr(l, end) ? RANGE : DAMAGED;
	case START_LENGTH:
		if (!addr(l, start) || !kd_cursor_next_uleb128(c, &n))
			return DAMAGED;
		*end = *start + n;
		return RANGE;
	default:
		return DAMAGED;
	}
}

static bool expression(struct kd_dwarf_list *l, struct kd_view *ret)
{
	struct kd_view v;
	uint64_t n;
	uint16_t n16 = 0;

	if (l->u->version >= 5 ? !kd_cursor_next_uleb128(&l->c, &n) : !kd_cursor_next_u16(&l->c, &n16))
		return false;
	if (l->u->version < 5)
		n = n16;
	if (n > kd_cursor_left(&l->c) || !kd_cursor_next_bytes(&l->c, (size_t)n, &v))
		return false;
	if (ret)
		*ret = v;
	return true;
}

static enum got entry5(struct kd_dwarf_list *l, uint64_t *start, uint64_t *end)
{
	uint64_t view;
	uint8_t kind;

	if (!kd_cursor_next_u8(&l->c, &kind))
		return DAMAGED;
	if (!l->location)
		return pair(l, kind, start, end);
	if (kind == LLE_VIEW_PAIR)
		return kd_cursor_next_uleb128(&l->c, &view) && kd_cursor_next_uleb128(&l->c, &view) ? NO_RANGE
												   : DAMAGED;
	if (kind == LLE_DEFAULT) {
		*start = 0;
		*end = UINT64_MAX;
		return RANGE;
	}
	return pair(l, kind > LLE_DEFAULT ? kind - 1U : kind, start, end);
}

static enum got entry4(struct kd_dwarf_list *l, uint64_t *start, uint64_t *end)
{
	const uint64_t ones = l->u->address_size == 4 ? UINT32_MAX : UINT64_MAX;

	if (!addr(l, start) || !addr(l, end))
		return DAMAGED;
	if (!*start && !*end)
		return LAST;
	if (*start == ones) {
		l->base = *end;
		return NO_RANGE;
	}
	*start += l->base;
	*end += l->base;
	return RANGE;
}

static enum got entry_gnu(struct kd_dwarf_list *l, uint64_t *start, uint64_t *end)
{
	uint32_t a, b;
	uint8_t kind;

	if (!kd_cursor_next_u8(&l->c, &kind))
		return DAMAGED;
	switch (kind) {
	case GNU_END:
		return LAST;
	case GNU_BASE:
		return addrx(l, &l->base) ? NO_RANGE : DAMAGED;
	case GNU_START_END:
		return addrx(l, start) && addrx(l, end) ? RANGE : DAMAGED;
	case GNU_START_LENGTH:
		if (!addrx(l, start) || !kd_cursor_next_u32(&l->c, &b))
			return DAMAGED;
		*end = *start + b;
		return RANGE;
	case GNU_OFFSET_PAIR:
		if (!kd_cursor_next_u32(&l->c, &a) || !kd_cursor_next_u32(&l->c, &b))
			return DAMAGED;
		*start = l->base + a;
		*end = l->base + b;
		return RANGE;
	default:
		return DAMAGED;
	}
}

static enum got entry(struct kd_dwarf_list *l, uint64_t *start, uint64_t *end)
{
	if (l->u->version >= 5)
		return entry5(l, start, end);
	if (l->location && l->u->type == KD_DWU_SPLIT)
		return entry_gnu(l, start, end);
	return entry4(l, start, end);
}

bool kd_dwarf_list_next(struct kd_dwarf_list *l, uint64_t *start, uint64_t *end,
			struct kd_view *expr)
{
	while (!l->done) {
		enum got got = entry(l, start, end);

		if (!l->left-- || got == DAMAGED || (got == RANGE && l->location && !expression(l, expr))) {
			l->c.failed = true;
			break;
		}
		if (got == LAST)
			break;
		if (got == RANGE && *end > *start)
			return true;
	}
	l->done = true;
	return false;
}
