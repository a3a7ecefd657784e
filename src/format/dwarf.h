/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dwarf.h: DWARF 2 to 5 as compilers write it for kernels: units, entries, lists. (dwarf_line.h has
 * line programs.)
 *
 *	struct kd_dwarf dw = {.info = …, .abbrev = …, .str = …};
 *	struct kd_dwarf_unit u;
 *	for (uint64_t off = 0; !err && off < dw.info.n; off = u.end) {
 *		err = kd_dwarf_unit(&dw, off, &u);
 *		err = kd_dwarf_abbrevs_read(&dw, u.abbrev, &table);
 *		struct kd_cursor c = kd_dwarf_entries(&dw, &u);
 *		while (kd_dwarf_next(&dw, &u, &table, &c, &entry)) …
 *	}
 *
 * Section bytes are borrowed, nothing is kept. The numbers of tags, attributes and forms are those of
 * DWARF 5 (dwarfstd.org), chapter 7; GNU's extensions those of binutils' dwarf2.def, for split units of DWARF 4
 * https://gcc.gnu.org/wiki/DebugFission. Sections are those of one file, or of several files' one behind the other:
 * then units say where theirs begin (struct kd_dwarf_moved). What is in a file that is not at hand is KD_DWV_ALT.
 */
#ifndef KD_FORMAT_DWARF_H
#define KD_FORMAT_DWARF_H

#include "base/cursor.h"
#include "base/error.h"
#include "base/view.h"

struct kd_dwarf {
	struct kd_view info, abbrev, str, line_str, str_offsets, addr, line;
	struct kd_view ranges, rnglists, loc, loclists;
	bool big_endian;
};

enum kd_dwarf_unit_type {
	KD_DWU_COMPILE = 1, KD_DWU_TYPE, KD_DWU_PARTIAL, KD_DWU_SKELETON, KD_DWU_SPLIT, KD_DWU_SPLIT_TYPE,
};

/* Where the sections begin that the numbers of a unit count from, when several files' are in one; else all are 0. */
struct kd_dwarf_moved {
	uint64_t info, str, line_str; /* for DW_FORM_ref_addr, strp (and strx), line_strp */
	uint64_t ranges, loc; /* for lists by offset; of a split unit of DWARF 4 its DW_AT_GNU_ranges_base */
	uint64_t alt_info, alt_str; /* of the file that dwz put what several share into */
	bool has_alt;
};

struct kd_dwarf_unit {
	uint64_t off, end; /* in .debug_info, header included */
	uint64_t entries; /* offset of the first entry */
	uint64_t abbrev; /* offset of its table */
	uint16_t version;
	uint8_t type, address_size, offset_size;
	/* Bases of DWARF 5, from the unit's own entry: kd_dwarf_unit_bases(). */
	uint64_t str_offsets_base, addr_base, rnglists_base, loclists_base, low_pc;
	uint64_t dwo_id; /* of a skeleton and its split unit; in DWARF 4 an attribute of the first entry */
	struct kd_dwarf_moved moved;
};

/*
 * The header at off; bases have their defaults. KD_BADDATA when it is none or reaches past the
 * section: the unit ends at ret->end if that could be read (else 0), the rest may be good.
 */
KD_MUST_CHECK struct kd_error *kd_dwarf_unit(const struct kd_dwarf *dw, uint64_t off,
					     struct kd_dwarf_unit *ret);

/* ---- abbreviations ---- */

struct kd_dwarf_abbrev {
	uint64_t code;
	uint32_t tag;
	uint32_t first, n; /* specs */
	uint32_t order; /* place in the table as it is written, from 1 */
	bool children;
	bool plain; /* no attribute of it is one of enum kd_dwarf_attr */
	int32_t fixed; /* bytes of all its attributes when that is always the same, else -1 */
};

struct kd_dwarf_spec {
	uint16_t form;
	uint8_t slot; /* enum kd_dwarf_attr, KD_DWA_N: not one that is kept */
	int64_t implicit; /* DW_FORM_implicit_const */
};

struct kd_dwarf_abbrevs {
	struct kd_dwarf_abbrev *v;
	size_t n, cap;
	struct kd_dwarf_spec *spec;
	size_t nspec, spec_cap;
	uint64_t off; /* where it was read */
	uint8_t address_size, offset_size; /* that `fixed` was reckoned with */
	bool old; /* … and that the unit is of DWARF 2 */
	bool whole; /* the table was read to its end */
	bool sorted; /* codes ascend */
};

/* Read the unit's table, unless ret holds it already. deinit frees. */
KD_MUST_CHECK struct kd_error *kd_dwarf_abbrevs_read(const struct kd_dwarf *dw,
						     const struct kd_dwarf_unit *u,
						     struct kd_dwarf_abbrevs *ret);
void kd_dwarf_abbrevs_deinit(struct kd_dwarf_abbrevs *a);

/* ---- entries ---- */

/* Attributes that kdoc uses. To add one: here and in the table of dwarf.c. */
enum kd_dwarf_attr {
	KD_DWA_SIBLING, KD_DWA_LOCATION, KD_DWA_NAME, KD_DWA_BYTE_SIZE, KD_DWA_BIT_SIZE, KD_DWA_STMT_LIST,
	KD_DWA_LOW_PC, KD_DWA_HIGH_PC, KD_DWA_LANGUAGE, KD_DWA_COMP_DIR, KD_DWA_CONST_VALUE, KD_DWA_INLINE,
	KD_DWA_PRODUCER, KD_DWA_PROTOTYPED, KD_DWA_UPPER_BOUND, KD_DWA_ABSTRACT_ORIGIN, KD_DWA_ARTIFICIAL,
	KD_DWA_COUNT, KD_DWA_MEMBER_LOCATION, KD_DWA_DECL_FILE, KD_DWA_DECL_LINE, KD_DWA_DECLARATION,
	KD_DWA_ENCODING, KD_DWA_EXTERNAL, KD_DWA_FRAME_BASE, KD_DWA_SPECIFICATION, KD_DWA_TYPE,
	KD_DWA_RANGES, KD_DWA_ENTRY_PC, KD_DWA_CALL_COLUMN, KD_DWA_CALL_FILE, KD_DWA_CALL_LINE,
	KD_DWA_BIT_OFFSET, KD_DWA_DATA_BIT_OFFSET, KD_DWA_LINKAGE_NAME, KD_DWA_SIGNATURE,
	KD_DWA_STR_OFFSETS_BASE, KD_DWA_ADDR_BASE, KD_DWA_RNGLISTS_BASE, KD_DWA_LOCLISTS_BASE,
	KD_DWA_CALL_RETURN_PC, KD_DWA_CALL_ORIGIN, KD_DWA_CALL_VALUE, KD_DWA_DWO_NAME, KD_DWA_DWO_ID, KD_DWA_N,
};

enum kd_dwarf_value_kind {
	KD_DWV_UINT, /* u */
	KD_DWV_SINT, /* u as int64_t */
	KD_DWV_ADDR, /* u: an address */
	KD_DWV_ADDRX, /* u: index into .debug_addr */
	KD_DWV_REF, /* u: offset of an entry in .debug_info */
	KD_DWV_SIG8, /* u: signature of a type unit */
	KD_DWV_OFFSET, /* u: into the section that the attribute means */
	KD_DWV_LISTX, /* u: index of a range or location list */
	KD_DWV_STRING, /* v */
	KD_DWV_STRP, KD_DWV_LINE_STRP, KD_DWV_STRX, /* u: see kd_dwarf_text() */
	KD_DWV_BLOCK, /* v: an expression, or raw bytes */
	KD_DWV_FLAG, /* u: 0 or 1 */
	KD_DWV_ALT, /* u: text or entry of another file, which is not at hand */
};

struct kd_dwarf_value {
	uint8_t kind;
	uint64_t u;
	struct kd_view v;
};

struct kd_dwarf_entry {
	uint64_t off; /* in .debug_info */
	uint32_t tag; /* KD_DWT_…; 0: the end of a list of children */
	bool children;
	uint64_t have; /* bit per attribute; a[i] is valid only with it */
	struct kd_dwarf_value a[KD_DWA_N];
};

/* The tags that kdoc looks at. */
enum {
	KD_DWT_ARRAY = 0x01, KD_DWT_CLASS = 0x02, KD_DWT_ENUM = 0x04, KD_DWT_PARAMETER = 0x05,
	KD_DWT_LEXICAL_BLOCK = 0x0b, KD_DWT_MEMBER = 0x0d, KD_DWT_POINTER = 0x0f, KD_DWT_REFERENCE = 0x10,
	KD_DWT_COMPILE_UNIT = 0x11, KD_DWT_STRUCT = 0x13, KD_DWT_SUBROUTINE_TYPE = 0x15,
	KD_DWT_TYPEDEF = 0x16, KD_DWT_UNION = 0x17, KD_DWT_UNSPECIFIED_PARAMETERS = 0x18,
	KD_DWT_INHERITANCE = 0x1c, KD_DWT_INLINED = 0x1d, KD_DWT_SUBRANGE = 0x21, KD_DWT_BASE_TYPE = 0x24,
	KD_DWT_CONST = 0x26, KD_DWT_ENUMERATOR = 0x28, KD_DWT_SUBPROGRAM = 0x2e,
	KD_DWT_VARIANT_PART = 0x33, KD_DWT_VARIABLE = 0x34, KD_DWT_VOLATILE = 0x35, KD_DWT_RESTRICT = 0x37,
	KD_DWT_NAMESPACE = 0x39, KD_DWT_UNSPECIFIED_TYPE = 0x3b, KD_DWT_PARTIAL_UNIT = 0x3c,
	KD_DWT_TYPE_UNIT = 0x41, KD_DWT_RVALUE_REFERENCE = 0x42, KD_DWT_ATOMIC = 0x47,
	KD_DWT_CALL_SITE = 0x48, KD_DWT_CALL_SITE_PARAMETER = 0x49, KD_DWT_SKELETON_UNIT = 0x4a,
	KD_DWT_GNU_CALL_SITE = 0x4109, KD_DWT_GNU_CALL_SITE_PARAMETER = 0x410a,
};

/* A cursor over .debug_info that ends with the unit, at its first entry. */
struct kd_cursor kd_dwarf_entries(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u);

/* ... at the entry of that offset, of the same unit. */
struct kd_cursor kd_dwarf_entries_at(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
				     uint64_t off);

/*
 * The entry at the cursor, which moves to the next one (its first child, or a tag of 0). false at the
 * unit's end, or with c->failed when the bytes are damaged.
 */
bool kd_dwarf_next(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
		   const struct kd_dwarf_abbrevs *a, struct kd_cursor *c, struct kd_dwarf_entry *ret);

static inline bool kd_dwarf_has(const struct kd_dwarf_entry *e, enum kd_dwarf_attr a)
{
	return e->have >> a & 1;
}

/* Take the unit's bases from its first entry. */
void kd_dwarf_unit_bases(const struct kd_dwarf *dw, const struct kd_dwarf_entry *e,
			 struct kd_dwarf_unit *u);

/* ---- values ---- */

/* Text of a value; absent when it is none, or lies outside of its section. */
struct kd_view kd_dwarf_text(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
			     const struct kd_dwarf_value *v);

/* A plain number (also a flag, an offset); false when it is none. */
bool kd_dwarf_uint(const struct kd_dwarf_value *v, uint64_t *ret);

/* The same of an entry's attribute; 0 when it has none. */
static inline uint64_t kd_dwarf_number(const struct kd_dwarf_entry *e, enum kd_dwarf_attr a)
{
	uint64_t n;

	return kd_dwarf_has(e, a) && kd_dwarf_uint(&e->a[a], &n) ? n : 0;
}

/* An address; false when it is none or its index lies outside of .debug_addr. */
bool kd_dwarf_address(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
		      const struct kd_dwarf_value *v, uint64_t *ret);

/* The value of a form (DW_FORM_…) at the cursor; false at the end of the bytes, or for no known form. */
bool kd_dwarf_form(struct kd_cursor *c, const struct kd_dwarf_unit *u, uint64_t form,
		   struct kd_dwarf_value *ret);

/* ---- lists ---- */

/*
 *	struct kd_dwarf_list l;
 *	uint64_t start, end;
 *	if (kd_dwarf_ranges(&dw, &u, &entry.a[KD_DWA_RANGES], &l))
 *		while (kd_dwarf_list_next(&l, &start, &end, NULL)) …   // end > start, absolute addresses
 *	if (l.c.failed) … the list is damaged
 */
struct kd_dwarf_list {
	const struct kd_dwarf *dw;
	const struct kd_dwarf_unit *u;
	struct kd_cursor c;
	uint64_t base;
	bool location; /* entries have an expression */
	bool done;
	uint32_t left; /* entries that may follow: a list that is longer is damaged */
};

/* false: the value is no list, or its index or offset lies outside. */
bool kd_dwarf_ranges(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
		     const struct kd_dwarf_value *v, struct kd_dwarf_list *ret);
bool kd_dwarf_locations(const struct kd_dwarf *dw, const struct kd_dwarf_unit *u,
			const struct kd_dwarf_value *v, struct kd_dwarf_list *ret);

/* The next entry that is not empty. A default location has start 0 and end UINT64_MAX. */
bool kd_dwarf_list_next(struct kd_dwarf_list *l, uint64_t *start, uint64_t *end,
			struct kd_view *expression);

#endif
