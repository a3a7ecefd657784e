/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * layout.h: a struct or union member by member, with what lies between.
 *
 *	struct kd_layout l;
 *	err = kd_layout_of(ts, id, &(struct kd_layout_opts){.expand = true}, &arena, &l);
 *	for (i = 0; i < l.nrows; i++) … l.rows[i].decl, .off, .size
 *
 * Rows are in the order of offsets. Anonymous members are always opened, those with a type of a name on
 * request. Offsets count from the beginning of the outermost type.
 */
#ifndef KD_SYMBOL_LAYOUT_H
#define KD_SYMBOL_LAYOUT_H

#include "symbol/types.h"

enum kd_layout_what {
	KD_LAYOUT_MEMBER,
	KD_LAYOUT_OPEN, /* decl: "struct foo" of what follows one level deeper */
	KD_LAYOUT_CLOSE, /* decl: the member's name, with [] of an array; off and size as at OPEN */
	KD_LAYOUT_HOLE, /* size bytes and bits bits that no member uses, another one follows */
	KD_LAYOUT_PADDING, /* the same behind the last member */
	KD_LAYOUT_LINE, /* a cache line begins at off; size: so many bytes ago */
};

struct kd_layout_row {
	uint8_t what; /* enum kd_layout_what */
	uint8_t depth; /* 0: a member of the type itself */
	uint8_t bits; /* of a bit field, or of a hole */
	uint8_t bit; /* where in the byte `off` a bit field begins */
	uint32_t type;
	uint64_t off, size; /* bytes */
	struct kd_view decl; /* "int (*probe)(struct device *)" */
	struct kd_view name; /* of the member; absent: anonymous */
};

struct kd_layout {
	uint8_t kind; /* enum kd_btf_kind: struct or union */
	struct kd_view name; /* absent: anonymous */
	uint64_t size;
	struct kd_layout_row *rows;
	size_t nrows;
	uint32_t members; /* of the type itself, as all that follows */
	uint32_t holes; /* that are whole bytes at least in part */
	uint64_t hole_bits, padding_bits; /* all that no member uses; 0 for a union */
	uint32_t line_size;
	uint32_t closed; /* members that .expand would open */
	bool limited; /* too many rows, or types that contain themselves */
};

struct kd_layout_opts {
	bool expand;
	uint32_t line_size; /* 0: 64 */
};

#define KD_LAYOUT_ROWS_MAX 200000

/* KD_INVALID: no struct or union (typedefs of one are fine); KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_layout_of(const struct kd_types *ts, uint32_t id,
					    const struct kd_layout_opts *opts, struct kd_arena *arena,
					    struct kd_layout *ret);

#endif
