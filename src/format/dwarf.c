// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/dwarf.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/vec.h"

enum { ABBREVS_MAX = 1 << 20, SPECS_MAX = 1 << 23, FORM_MAX_INDIRECT = 4 };

/* DW_FORM_… of DWARF 5, 7.5.6; the last ones are GNU's. */
enum form {
	F_ADDR = 0x01, F_BLOCK2 = 0x03, F_BLOCK4, F_DATA2, F_DATA4, F_DATA8, F_STRING, F_BLOCK, F_BLOCK1,
	F_DATA1, F_FLAG, F_SDATA, F_STRP, F_UDATA, F_REF_ADDR, F_REF1, F_REF2, F_REF4, F_REF8, F_REF_UDATA,
	F_INDIRECT, F_SEC_OFFSET, F_EXPRLOC, F_FLAG_PRESENT, F_STRX, F_ADDRX, F_REF_SUP4, F_STRP_SUP,
	F_DATA16, F_LINE_STRP, F_REF_SIG8, F_IMPLICIT_CONST, F_LOCLISTX, F_RNGLISTX, F_REF_SUP8, F_STRX1,
	F_STRX2, F_STRX3, F_STRX4, F_ADDRX1, F_ADDRX2, F_ADDRX3, F_ADDRX4, F_GNU_ADDR_INDEX = 0x1f01,
	F_GNU_STR_INDEX = 0x1f02, F_GNU_REF_ALT = 0x1f20, F_GNU_STRP_ALT = 0x1f21,
};

/* --- units -------------------------------------------------------------------------------- */

static struct kd_error *unit_header(struct kd_cursor *c, struct kd_dwarf_unit *u)
{
	uint64_t skip;

	if (!kd_cursor_next_u16(c, &u->version))
		return kd_cursor_error(c, "unit header");
	if (u->version < 2 || u->version > 5)
		return kd_error_at(KD_UNSUPPORTED, (int64_t)u->off, "DWARF version %u is not known", u->version);
	u->type = KD_DWU_COMPILE;
	if (u->version >= 5) {
		if (!kd_cursor_next_u8(c, &u->type) || !kd_cursor_next_u8(c, &u->address_size) ||
		    !kd_cursor_next_uint(c, u->offset_size, &u->abbrev))
			return kd_cursor_error(c, "unit header");
	} else if (!kd_cursor_next_uint(c, u->offset_size, &u->abbrev) ||
		   !kd_cursor_next_u8(c, &u->address_size)) {
		return kd_cursor_error(c, "unit header");
	}
	if (u->address_size != 4 && u->address_size != 8)
		return kd_error_at(KD_UNSUPPORTED, (int64_t)u->off, "addresses of %u bytes", u->address_size);
	skip = 0;
	if (u->type == KD_DWU_SKELETON || u->type == KD_DWU_SPLIT) {
		if (!kd_cursor_next_u64(c, &u->dwo_id))
			return kd_cursor_error(c, "unit header");
	} else if (u->type == KD_DWU_TYPE || u->type == KD_DWU_SPLIT_TYPE)
		skip = 8 + u->offset_size; /* signature, offset of the type */
	if (!kd_cursor_skip(c, (size_t)skip))
		return kd_cursor_error(c, "unit header");
	return NULL;
}

struct kd_error *kd_dwarf_unit(const struct kd_dwarf *dw, uint64_t off, struct kd_dwarf_unit *ret)
{
	struct kd_cursor c = kd_cursor_of(dw->info, 0, dw->big_endian);
	struct kd_dwarf_unit u = {.off = off, .offset_size = 4};
	struct kd_error *err;
	uint32_t first;
	uint64_t length;

	*ret = u;
	if (off > dw->info.n || !kd_cursor_seek(&c, (size_t)off) || !kd_cursor_next_u32(&c, &first))
		return kd_error_at(KD_BADDATA, -1, "there is no unit at %#jx", (uintmax_t)off);
	length = first;
	if (first == 0xffffffff) {
		u.offset_size = 8;
		if (!kd_cursor_next_u64(&c, &length))
			return kd_cursor_error(&c, "unit header");
	}
	if (length > kd_cursor_left(&c))
		return kd_error_at(KD_BADDATA, (int64_t)off, "the unit at %#jx reaches past the section",
				   (uintmax_t)off);
	u.end = ret->end = c.pos + length;
	c.data.n = (size_t)u.end;
	err = unit_header(&c, &u);
	if (err)
		return err;
	u.entries = c.pos;
	/* DWARF 5, 7.26 … 7.29: a split unit's tables begin behind their headers */
	if (u.version >= 5) {
		u.str_offsets_base = u.offset_size == 8 ? 16 : 8;
		u.addr_base = u.offset_size == 8 ? 16 : 8;
		u.rnglists_base = u.loclists_base = u.offset_size == 8 ? 20 : 12;
	}
	*ret = u;
	return NULL;
}

void kd_dwarf_unit_bases(const struct kd_dwarf *dw, const struct kd_dwarf_entry *e,
			 struct kd_dwarf_unit *u)
{
	static const uint8_t slot[] = {KD_DWA_STR_OFFSETS_BASE, KD_DWA_ADDR_BASE, KD_DWA_RNGLISTS_BASE,
				       KD_DWA_LOCLISTS_BASE};
	uint64_t *const to[] = {&u->str_offsets_base, &u->addr_base, &u->rnglists_base, &u->loclists_base};

	for (size_t i = 0; i < KD_ARRAY_LEN(slot); i++)
		if (kd_dwarf_has(e, slot[i]))
			(void)kd_dwarf_uint(&e->a[slot[i]], to[i]);
	if (kd_dwarf_has(e, KD_DWA_LOW_PC))
		(void)kd_dwarf_address(dw, u, &e->a[KD_DWA_LOW_PC], &u->low_pc);
}

/* --- abbreviations ------------------------------------------------------------------------ */

/* DW_AT_… → slot + 1. */
static const uint8_t slots[] = {
	[0x01] = KD_DWA_SIBLING + 1,	    [0x02] = KD_DWA_LOCATION + 1,
	[0x03] = KD_DWA_NAME + 1,	    [0x0b] = KD_DWA_BYTE_SIZE + 1,
	[0x0c] = KD_DWA_BIT_OFFSET + 1,	    [0x0d] = KD_DWA_BIT_SIZE + 1,
	[0x10] = KD_DWA_STMT_LIST + 1,	    [0x11] = KD_DWA_LOW_PC + 1,
	[0x12] = KD_DWA_HIGH_PC + 1,	    [0x13] = KD_DWA_LANGUAGE + 1,
	[0x1b] = KD_DWA_COMP_DIR + 1,	    [0x1c] = KD_DWA_CONST_VALUE + 1,
	[0x20] = KD_DWA_INLINE + 1,	    [0x25] = KD_DWA_PRODUCER + 1,
	[0x27] = KD_DWA_PROTOTYPED + 1,	    [0x2f] = KD_DWA_UPPER_BOUND + 1,
	[0x31] = KD_DWA_ABSTRACT_ORIGIN + 1, [0x34] = KD_DWA_ARTIFICIAL + 1,
	[0x37] = KD_DWA_COUNT + 1,	    [0x38] = KD_DWA_MEMBER_LOCATION + 1,
	[0x3a] = KD_DWA_DECL_FILE + 1,	    [0x3b] = KD_DWA_DECL_LINE + 1,
	[0x3c] = KD_DWA_DECLARATION + 1,    [0x3e] = KD_DWA_ENCODING + 1,
	[0x3f] = KD_DWA_EXTERNAL + 1,	    [0x40] = KD_DWA_FRAME_BASE + 1,
	[0x47] = KD_DWA_SPECIFICATION + 1,  [0x49] = KD_DWA_TYPE + 1,
	[0x52] = KD_DWA_ENTRY_PC + 1,	    [0x55] = KD_DWA_RANGES + 1,
	[0x57] = KD_DWA_CALL_COLUMN + 1,    [0x58] = KD_DWA_CALL_FILE + 1,
	[0x59] = KD_DWA_CALL_LINE + 1,	    [0x69] = KD_DWA_SIGNATURE + 1,
	[0x6b] = KD_DWA_DATA_BIT_OFFSET + 1, [0x6e] = KD_DWA_LINKAGE_NAME + 1,
	[0x72] = KD_DWA_STR_OFFSETS_BASE + 1, [0x73] = KD_DWA_ADDR_BASE + 1,
	[0x74] = KD_DWA_RNGLISTS_BASE + 1,  [0x76] = KD_DWA_DWO_NAME + 1,
	[0x7d] = KD_DWA_CALL_RETURN_PC + 1, [0x7e] = KD_DWA_CALL_VALUE + 1,
	[0x7f] = KD_DWA_CALL_ORIGIN + 1,    [0x8c] = KD_DWA_LOCLISTS_BASE + 1,
};

static uint8_t slot_of(uint64_t at)
{
	if (at < KD_ARRAY_LEN(slots))
		return slots[at] ? (uint8_t)(slots[at] - 1) : (uint8_t)KD_DWA_N;
	switch (at) {
	case 0x2007: /* DW_AT_MIPS_linkage_name */
		return KD_DWA_LINKAGE_NAME;
	case 0x2111: /* DW_AT_GNU_call_site_value */
		return KD_DWA_CALL_VALUE;
	case 0x2130: /* DW_AT_GNU_dwo_name */
		return KD_DWA_DWO_NAME;
	case 0x2131: /* DW_AT_GNU_dwo_id */
		return KD_DWA_DWO_ID;
	case 0x2132: /* DW_AT_GNU_ranges_base */
		return KD_DWA_RNGLISTS_BASE;
	case 0x2133: /* DW_AT_GNU_addr_base */
		return KD_DWA_ADDR_BASE;
	default:
		return KD_DWA_N;
	}
}

/* Bytes of a form, -1 when that depends on the bytes. */
static int form_bytes(uint64_t form, const struct kd_dwarf_unit *u)
{
	switch (form) {
	case F_FLAG_PRESENT:
	case F_IMPLICIT_CONST:
		return 0;
	case F_DATA1:
	case F_FLAG:
	case F_REF1:
	case F_STRX1:
	case F_ADDRX1:
		return 1;
	case F_DATA2:
	case F_REF2:
	case F_STRX2:
	case F_ADDRX2:
		return 2;
	case F_STRX3:
	case F_ADDRX3:
		return 3;
	case F_DATA4:
	case F_REF4:
	case F_REF_SUP4:
	case F_STRX4:
	case F_ADDRX4:
		return 4;
	case F_DATA8:
	case F_REF8:
	case F_REF_SIG8:
	case F_REF_SUP8:
		return 8;
	case F_DATA16:
		return 16;
	case F_ADDR:
		return u->address_size;
	case F_REF_ADDR: /* of the size of an address in DWARF 2 */
		return u->version == 2 ? u->address_size : u->offset_size;
	case F_STRP:
	case F_SEC_OFFSET:
	case F_LINE_STRP:
	case F_STRP_SUP:
	case F_GNU_REF_ALT:
	case F_GNU_STRP_ALT:
		return u->offset_size;
	default:
		return -1;
	}
}

static struct kd_error *read_specs(struct kd_cursor *c, const struct kd_dwarf_unit *u,
				   struct kd_dwarf_abbrevs *t, struct kd_dwarf_abbrev *a)
{
	uint64_t name, form;

	a->first = (uint32_t)t->nspec;
	a->plain = true;
	for (;;) {
		struct { struct kd_dwarf_spec *v; size_t n, cap; } specs = {t->spec, t->nspec, t->spec_cap};
		struct kd_dwarf_spec *s;
		int bytes;

		if (!kd_cursor_next_uleb128(c, &name) || !kd_cursor_next_uleb128(c, &form))
			return kd_cursor_error(c, "abbreviations");
		if (!name && !form)
			return NULL;
		s = kd_vec_push(&specs, SPECS_MAX);
		t->spec = specs.v;
		t->spec_cap = specs.cap;
		if (!s)
			return kd_error_new(KD_LIMIT, "more than %d attributes in a table of abbreviations",
					    SPECS_MAX);
		t->nspec++;
		a->n++;
		s->slot = slot_of(name);
		s->form = form > 0xffff ? 0xffff : (uint16_t)form;
		if (form == F_IMPLICIT_CONST && !kd_cursor_next_sleb128(c, &s->implicit))
			return kd_cursor_error(c, "abbreviations");
		a->plain &= s->slot == KD_DWA_N;
		bytes = form_bytes(form, u);
		a->fixed = bytes < 0 || a->fixed < 0 ? -1 : a->fixed + bytes;
	}
}

/* Of two with one code the first one counts. */
static int by_code(const void *a, const void *b)
{
	const struct kd_dwarf_abbrev *x = a, *y = b;

	if (x->code != y->code)
		return x->code < y->code ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

struct kd_error *kd_dwarf_abbrevs_read(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
				       struct kd_dwarf_abbrevs *t)
{
	struct kd_cursor c = kd_cursor_of(dw->abbrev, 0, dw->big_endian);
	uint64_t code, tag;
	uint8_t children;

	if (t->whole && t->off == u->abbrev && t->address_size == u->address_size &&
	    t->offset_size == u->offset_size && t->old == (u->version == 2))
		return NULL;
	t->n = t->nspec = 0;
	t->whole = false;
	t->old = u->version == 2;
	t->off = u->abbrev;
	t->address_size = u->address_size;
	t->offset_size = u->offset_size;
	t->sorted = true;
	if (u->abbrev > dw->abbrev.n || !kd_cursor_seek(&c, (size_t)u->abbrev))
		return kd_error_at(KD_BADDATA, -1, "there are no abbreviations at %#jx",
				   (uintmax_t)u->abbrev);
	for (;;) {
		struct { struct kd_dwarf_abbrev *v; size_t n, cap; } all = {t->v, t->n, t->cap};
		struct kd_dwarf_abbrev *a;
		struct kd_error *err;

		if (!kd_cursor_next_uleb128(&c, &code))
			return kd_cursor_error(&c, "abbreviations");
		if (!code)
			break;
		if (!kd_cursor_next_uleb128(&c, &tag) || !kd_cursor_next_u8(&c, &children))
			return kd_cursor_error(&c, "abbreviations");
		a = kd_vec_push(&all, ABBREVS_MAX);
		t->v = all.v;
		t->cap = all.cap;
		if (!a)
			return kd_error_new(KD_LIMIT, "more than %d abbreviations in a table", ABBREVS_MAX);
		t->n++;
		*a = (struct kd_dwarf_abbrev){.code = code, .children = children != 0, .order = (uint32_t)t->n,
					      .tag = tag > UINT32_MAX ? UINT32_MAX : (uint32_t)tag};
		t->sorted &= t->n < 2 || a[-1].code < code;
		err = read_specs(&c, u, t, a);
		if (err)
			return err;
	}
	if (!t->sorted)
		qsort(t->v, t->n, sizeof(*t->v), by_code);
	t->whole = true;
	return NULL;
}

void kd_dwarf_abbrevs_deinit(struct kd_dwarf_abbrevs *a)
{
	kd_free(a->v);
	kd_free(a->spec);
	*a = (struct kd_dwarf_abbrevs){.n = 0};
}

static const struct kd_dwarf_abbrev *find_abbrev(const struct kd_dwarf_abbrevs *t, uint64_t code)
{
	size_t lo = 0, hi = t->n;

	if (code - 1 < t->n && t->v[code - 1].code == code && (code == 1 || t->v[code - 2].code < code))
		return &t->v[code - 1];
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (t->v[mid].code < code)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < t->n && t->v[lo].code == code ? &t->v[lo] : NULL;
}

/* --- entries ------------------------------------------------------------------------------ */

struct kd_cursor kd_dwarf_entries_at(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
				     uint64_t off)
{
	struct kd_cursor c = kd_cursor_of(kd_view_head(dw->info, (size_t)u->end), 0, dw->big_endian);

	if (off < u->entries || off > u->end)
		off = u->end;
	(void)kd_cursor_seek(&c, (size_t)off);
	return c;
}

struct kd_cursor kd_dwarf_entries(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u)
{
	return kd_dwarf_entries_at(dw, u, u->entries);
}

/* Kind of a form whose value is one number of so many bytes. */
static uint8_t number_kind(uint64_t form)
{
	switch (form) {
	case F_ADDR:
		return KD_DWV_ADDR;
	case F_FLAG:
	case F_FLAG_PRESENT:
		return KD_DWV_FLAG;
	case F_STRP:
		return KD_DWV_STRP;
	case F_LINE_STRP:
		return KD_DWV_LINE_STRP;
	case F_SEC_OFFSET:
		return KD_DWV_OFFSET;
	case F_REF_SIG8:
		return KD_DWV_SIG8;
	case F_REF1:
	case F_REF2:
	case F_REF4:
	case F_REF8:
	case F_REF_ADDR:
		return KD_DWV_REF;
	case F_STRX1:
	case F_STRX2:
	case F_STRX3:
	case F_STRX4:
		return KD_DWV_STRX;
	case F_ADDRX1:
	case F_ADDRX2:
	case F_ADDRX3:
	case F_ADDRX4:
		return KD_DWV_ADDRX;
	case F_REF_SUP4:
	case F_REF_SUP8:
	case F_STRP_SUP:
	case F_GNU_REF_ALT:
	case F_GNU_STRP_ALT:
		return KD_DWV_ALT;
	default:
		return KD_DWV_UINT;
	}
}

static bool read_number(struct kd_cursor *c, int bytes, uint64_t *ret)
{
	uint64_t low = 0;
	uint16_t a = 0;
	uint8_t b = 0;

	if (bytes != 3)
		return !bytes || kd_cursor_next_uint(c, (unsigned)bytes, ret);
	if (!c->big_endian && (!kd_cursor_next_u16(c, &a) || !kd_cursor_next_u8(c, &b)))
		return false;
	low = a | (uint64_t)b << 16;
	if (c->big_endian && (!kd_cursor_next_u8(c, &b) || !kd_cursor_next_u16(c, &a)))
		return false;
	*ret = c->big_endian ? (uint64_t)b << 16 | a : low;
	return true;
}

static bool read_block(struct kd_cursor *c, unsigned bytes, struct kd_dwarf_value *v)
{
	uint64_t n;

	v->kind = KD_DWV_BLOCK;
	if (bytes ? !kd_cursor_next_uint(c, bytes, &n) : !kd_cursor_next_uleb128(c, &n))
		return false;
	return n <= kd_cursor_left(c) ? kd_cursor_next_bytes(c, (size_t)n, &v->v)
				      : kd_cursor_skip(c, SIZE_MAX);
}

static bool read_leb(struct kd_cursor *c, uint8_t kind, struct kd_dwarf_value *v)
{
	v->kind = kind;
	return kd_cursor_next_uleb128(c, &v->u);
}

/* Of the file that dwz made, whose sections lie behind this one's. */
static void to_alt(const struct kd_dwarf_unit *u, uint64_t form, struct kd_dwarf_value *v)
{
	if (form == F_STRP_SUP || form == F_GNU_STRP_ALT) {
		v->kind = KD_DWV_STRP;
		v->u += u->moved.alt_str - u->moved.str;
	} else {
		v->kind = KD_DWV_REF;
		v->u += u->moved.alt_info;
	}
}

static bool read_value(struct kd_cursor *c, const struct kd_dwarf_unit *u, uint64_t form,
		       int64_t implicit, struct kd_dwarf_value *v)
{
	const int bytes = form_bytes(form, u);
	int64_t s;

	v->u = 0;
	if (bytes >= 0 && form != F_DATA16) {
		v->kind = number_kind(form);
		if (form == F_FLAG_PRESENT)
			v->u = 1;
		if (form == F_IMPLICIT_CONST) {
			v->kind = KD_DWV_SINT;
			v->u = (uint64_t)implicit;
		}
		if (!read_number(c, bytes, &v->u))
			return false;
		if (v->kind == KD_DWV_REF)
			v->u += form == F_REF_ADDR ? u->moved.info : u->off;
		else if (v->kind == KD_DWV_ALT && u->moved.has_alt)
			to_alt(u, form, v);
		return true;
	}
	switch (form) {
	case F_DATA16:
		v->kind = KD_DWV_BLOCK;
		return kd_cursor_next_bytes(c, 16, &v->v);
	case F_BLOCK1:
		return read_block(c, 1, v);
	case F_BLOCK2:
		return read_block(c, 2, v);
	case F_BLOCK4:
		return read_block(c, 4, v);
	case F_BLOCK:
	case F_EXPRLOC:
		return read_block(c, 0, v);
	case F_STRING:
		v->kind = KD_DWV_STRING;
		return kd_cursor_next_cstr(c, &v->v);
	case F_SDATA:
		v->kind = KD_DWV_SINT;
		if (!kd_cursor_next_sleb128(c, &s))
			return false;
		v->u = (uint64_t)s;
		return true;
	case F_UDATA:
		return read_leb(c, KD_DWV_UINT, v);
	case F_REF_UDATA:
		if (!read_leb(c, KD_DWV_REF, v))
			return false;
		v->u += u->off;
		return true;
	case F_STRX:
	case F_GNU_STR_INDEX:
		return read_leb(c, KD_DWV_STRX, v);
	case F_ADDRX:
	case F_GNU_ADDR_INDEX:
		return read_leb(c, KD_DWV_ADDRX, v);
	case F_LOCLISTX:
	case F_RNGLISTX:
		return read_leb(c, KD_DWV_LISTX, v);
	default:
		return kd_cursor_skip(c, SIZE_MAX); /* its length is not known: the unit ends here */
	}
}

static bool read_attr(struct kd_cursor *c, const struct kd_dwarf_unit *u, const struct kd_dwarf_spec *s,
		      struct kd_dwarf_value *v)
{
	uint64_t form = s->form;

	for (int i = 0; form == F_INDIRECT; i++)
		if (i == FORM_MAX_INDIRECT || !kd_cursor_next_uleb128(c, &form))
			return kd_cursor_skip(c, SIZE_MAX);
	return read_value(c, u, form, s->implicit, v);
}

bool kd_dwarf_form(struct kd_cursor *c, const struct kd_dwarf_unit *u, uint64_t form,
		   struct kd_dwarf_value *ret)
{
	return read_value(c, u, form, 0, ret);
}

bool kd_dwarf_next(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
		   const struct kd_dwarf_abbrevs *t, struct kd_cursor *c, struct kd_dwarf_entry *ret)
{
	const struct kd_dwarf_abbrev *a;
	struct kd_dwarf_value none;
	uint64_t code;

	(void)dw;
	ret->off = c->pos;
	ret->have = 0;
	ret->tag = 0;
	ret->children = false;
	if (c->failed || !kd_cursor_left(c) || !kd_cursor_next_uleb128(c, &code))
		return false;
	if (!code)
		return true;
	a = find_abbrev(t, code);
	if (!a)
		return kd_cursor_skip(c, SIZE_MAX);
	ret->tag = a->tag;
	ret->children = a->children;
	if (a->plain && a->fixed >= 0)
		return kd_cursor_skip(c, (size_t)a->fixed);
	for (uint32_t i = 0; i < a->n; i++) {
		const struct kd_dwarf_spec *s = &t->spec[a->first + i];
		bool keep = s->slot < KD_DWA_N;

		if (!read_attr(c, u, s, keep ? &ret->a[s->slot] : &none))
			return false;
		if (keep)
			ret->have |= (uint64_t)1 << s->slot;
	}
	return true;
}

/* --- values ------------------------------------------------------------------------------- */

static struct kd_view text_at(struct kd_view section, uint64_t off)
{
	struct kd_view v = off < section.n ? kd_view_from(section, (size_t)off) : KD_VNULL;
	size_t end = kd_view_chr(v, '\0');

	return end == KD_NPOS ? KD_VNULL : kd_view_head(v, end);
}

/* The i-th number of a table of numbers that begins at base. */
static bool table_number(const struct kd_dwarf *dw, struct kd_view section, uint64_t base, uint64_t i,
			 unsigned bytes, uint64_t *ret)
{
	struct kd_cursor c = kd_cursor_of(section, 0, dw->big_endian);
	uint64_t at;

	return !__builtin_mul_overflow(i, bytes, &at) && !__builtin_add_overflow(at, base, &at) &&
	       at < section.n && kd_cursor_seek(&c, (size_t)at) && kd_cursor_next_uint(&c, bytes, ret);
}

struct kd_view kd_dwarf_text(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
			     const struct kd_dwarf_value *v)
{
	uint64_t off = v->u;

	switch (v->kind) {
	case KD_DWV_STRING:
		return v->v;
	case KD_DWV_STRP:
		return text_at(dw->str, off + u->moved.str);
	case KD_DWV_LINE_STRP:
		return text_at(dw->line_str, off + u->moved.line_str);
	case KD_DWV_STRX:
		if (table_number(dw, dw->str_offsets, u->str_offsets_base, v->u, u->offset_size, &off))
			return text_at(dw->str, off + u->moved.str);
		return KD_VNULL;
	default:
		return KD_VNULL;
	}
}

bool kd_dwarf_uint(const struct kd_dwarf_value *v, uint64_t *ret)
{
	if (v->kind != KD_DWV_UINT && v->kind != KD_DWV_SINT && v->kind != KD_DWV_OFFSET &&
	    v->kind != KD_DWV_FLAG)
		return false;
	*ret = v->u;
	return true;
}

bool kd_dwarf_address(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
		      const struct kd_dwarf_value *v, uint64_t *ret)
{
	if (v->kind == KD_DWV_ADDRX)
		return table_number(dw, dw->addr, u->addr_base, v->u, u->address_size, ret);
	*ret = v->u;
	return v->kind == KD_DWV_ADDR;
}
