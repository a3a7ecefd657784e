/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * types.h: names → types, members by name, the member at an offset.
 *
 *	struct kd_types *ts = kd_types_new(&btf, 0);
 *	uint32_t ids[8];
 *	size_t n = kd_types_find(ts, KD_TYPES_NAMED, KD_V("sock"), ids, 8);    // all of that name
 *	struct kd_type_readings r;
 *	err = kd_types_at(ts, ids[0], 0x28, 8, &arena, &r);    // sk->… read with 8 bytes at 0x28
 *	for (i = 0; i < r.n; i++) … r.v[i].path                // "__sk_common.skc_prot", one per reading
 *	kd_types_free(ts);
 *
 * Everything is answered from BTF; DWARF's types come as BTF, too (symbol/btfwrite.h). A name that stands for
 * several types gives all of them, in the order of their ids. Ids are those of the BTF.
 */
#ifndef KD_SYMBOL_TYPES_H
#define KD_SYMBOL_TYPES_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "format/btf.h"

struct kd_types;

/* The BTF (with its base) is borrowed. ptr_size 0: as large as the BTF's long, or 8. */
struct kd_types *kd_types_new(const struct kd_btf *btf, unsigned ptr_size);
void kd_types_free(struct kd_types *ts);
void kd_types_freep(struct kd_types **ts);

const struct kd_btf *kd_types_btf(const struct kd_types *ts);
unsigned kd_types_ptr_size(const struct kd_types *ts);

/* Kinds for kd_types_find(), as bits. */
#define KD_TYPES_STRUCT (1u << KD_BTF_STRUCT)
#define KD_TYPES_UNION (1u << KD_BTF_UNION)
#define KD_TYPES_ENUM (1u << KD_BTF_ENUM | 1u << KD_BTF_ENUM64)
#define KD_TYPES_TYPEDEF (1u << KD_BTF_TYPEDEF)
#define KD_TYPES_NAMED                                                                             \
	(KD_TYPES_STRUCT | KD_TYPES_UNION | KD_TYPES_ENUM | KD_TYPES_TYPEDEF |                     \
	 1u << KD_BTF_INT | 1u << KD_BTF_FLOAT)

/* How many there are; the first max of them in ids[]. */
size_t kd_types_find(const struct kd_types *ts, unsigned kinds, struct kd_view name, uint32_t *ids, size_t max);

/* The one with the lowest id. Of a lazy BTF no more is looked at than needed; kd_types_find() looks at all of it. */
bool kd_types_first(const struct kd_types *ts, unsigned kinds, struct kd_view name, uint32_t *ret);

/* As kd_btf_strip() and kd_btf_size(). */
uint32_t kd_types_strip(const struct kd_types *ts, uint32_t id);
bool kd_types_size(const struct kd_types *ts, uint32_t id, uint64_t *ret);
/* An integer or an enum whose values may be negative, also behind typedefs and qualifiers; of all else false. */
bool kd_types_is_signed(const struct kd_types *ts, uint32_t id);

/* ---- names ---- */

/*
 * A declaration of `name` as C writes it: "int (*name)(struct bar *, u64)"; with an absent name the type
 * alone. Anonymous structs are "struct {...}". A circle or more than 64 levels end in "…". What does not
 * fit into the buffer is its overflow.
 */
void kd_types_declare(const struct kd_types *ts, uint32_t id, struct kd_view name, struct kd_buf *out);

/* ---- members ---- */

struct kd_type_member {
	uint32_t type;
	uint64_t bit_off; /* from the beginning of the outermost type */
	uint32_t bits; /* of a bit field, else 0 */
	uint64_t size; /* bytes; 0: it has none */
};

/* The i-th member of a struct or union, old bit fields included; bit_off within this one. */
struct kd_type_member kd_types_nth(const struct kd_types *ts, const struct kd_btf_type *t, uint32_t i);

/*
 * "a.b[3].c" in a type; members of anonymous members are found, pointers are not followed. KD_NOTFOUND says
 * which name is missing where, KD_INVALID what is wrong with the path. An index behind the array's end is
 * KD_INVALID unless the array has no length.
 */
KD_MUST_CHECK struct kd_error *kd_types_member(const struct kd_types *ts, uint32_t id, struct kd_view path,
					       struct kd_type_member *ret);

/* ---- the member at an offset ---- */

enum kd_reading_how {
	KD_READ_EXACT, /* the whole member, or its first byte when no width was given */
	KD_READ_PART, /* bytes of one member */
	KD_READ_ACROSS, /* more than this member: one reading per member that is touched */
	KD_READ_BITS, /* bytes that hold this bit field */
	KD_READ_PADDING, /* no member is there; path: of the struct with the hole */
	KD_READ_BEYOND, /* at or behind the end */
	KD_READ_BEFORE, /* in front of it; see kd_types_containers() */
};

struct kd_type_reading {
	uint8_t how; /* enum kd_reading_how */
	bool flexible; /* behind sizeof, in an array without length at the end */
	struct kd_view path; /* "a.b[3].c"; absent: the type itself */
	uint32_t type; /* of the member; PADDING, BEYOND: of the struct */
	uint64_t off, size; /* of the member in bytes; a bit field: the bytes that it touches */
	uint64_t bit_off; /* of the member */
	uint32_t bits; /* of a bit field, else 0 */
	uint64_t part; /* bytes from the member's beginning to the access; BEYOND, BEFORE: from the type's */
	struct kd_view after, before; /* PADDING: the members around the hole; absent: none */
};

struct kd_type_readings {
	struct kd_type_reading *v;
	size_t n;
	uint64_t beyond; /* so many bytes of the access lie behind the end of the type */
	bool limited; /* there are more */
};

#define KD_TYPE_READINGS_MAX 256

/*
 * What an access of width bytes (0: not known) at an offset touches: the innermost members; of a union each
 * member. KD_INVALID when the type has no size; KD_LIMIT when the arena is full.
 */
KD_MUST_CHECK struct kd_error *kd_types_at(const struct kd_types *ts, uint32_t id, int64_t off, uint64_t width,
					   struct kd_arena *arena, struct kd_type_readings *ret);

/* ---- container_of ---- */

struct kd_container {
	uint32_t type; /* the struct around it */
	struct kd_view path; /* of the member in it; in an array: its first element */
	uint64_t off; /* bytes */
};

/*
 * Structs and unions that hold one of type id at least `back` bytes from their beginning: what an access
 * in front of it by so many bytes may mean. How many there are; the first max in ret[], in order of ids.
 * KD_LIMIT when the arena is full, or there is more to search than any kernel has.
 */
KD_MUST_CHECK struct kd_error *kd_types_containers(const struct kd_types *ts, uint32_t id, uint64_t back,
						   struct kd_arena *arena, struct kd_container *ret,
						   size_t max, size_t *ret_n);

#endif
