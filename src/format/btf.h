/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btf.h: the types of a BTF blob, read in place.
 *
 *	struct kd_btf btf;
 *	struct kd_btf_type t;
 *	err = kd_btf_open(section, NULL, &btf);             // base of a split blob, or NULL
 *	for (uint32_t id = 1; id < btf.end; id++)
 *		if (kd_btf_type(&btf, id, &t) && t.kind == KD_BTF_STRUCT)
 *			for (uint32_t i = 0; i < t.n; i++) {
 *				struct kd_btf_member m = kd_btf_member(&btf, &t, i);
 *				…
 *			}
 *	kd_btf_deinit(&btf);
 *
 * Both byte orders. Opening checks the header and walks the types once, keeping the offset of each; nothing
 * else is allocated. Names that lie outside of the strings are absent, ids outside of the types give
 * false: what a type refers to is not checked before somebody asks for it, and references may run in
 * circles (kd_btf_strip() and kd_btf_size() stop).
 *
 * A split blob (of a module) goes on where its base ends: ids from base->end on, string offsets from the
 * length of all strings before it on. Base and bytes are borrowed.
 *
 * Of a blob that is costly to have (a kernel's, in a dump) most bytes are never looked at: kd_btf_open_lazy()
 * takes room for it and somebody who brings bytes to their places. Types are walked as far as an id that is
 * asked for needs it.
 *
 * Format: Documentation/bpf/btf.rst and include/uapi/linux/btf.h of the kernel.
 */
#ifndef KD_FORMAT_BTF_H
#define KD_FORMAT_BTF_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/view.h"

enum kd_btf_kind {
	KD_BTF_VOID, /* id 0 */
	KD_BTF_INT,
	KD_BTF_PTR,
	KD_BTF_ARRAY,
	KD_BTF_STRUCT,
	KD_BTF_UNION,
	KD_BTF_ENUM,
	KD_BTF_FWD,
	KD_BTF_TYPEDEF,
	KD_BTF_VOLATILE,
	KD_BTF_CONST,
	KD_BTF_RESTRICT,
	KD_BTF_FUNC,
	KD_BTF_FUNC_PROTO,
	KD_BTF_VAR,
	KD_BTF_DATASEC,
	KD_BTF_FLOAT,
	KD_BTF_DECL_TAG,
	KD_BTF_TYPE_TAG,
	KD_BTF_ENUM64,
	KD_BTF_NKINDS
};

#define KD_BTF_TYPES_MAX (16u << 20)

struct kd_btf_lazy;

struct kd_btf {
	const struct kd_btf *base; /* NULL: none */
	struct kd_btf_lazy *lazy; /* NULL: all of it is there */
	struct kd_view types, strings; /* of this blob alone */
	bool big_endian;
	uint32_t first, end; /* ids of this blob: first ≤ id < end; all: 0 ≤ id < end. Of a lazy one: there are at most so many */
	uint32_t first_string, end_string; /* offsets of its strings */
	uint32_t *at; /* offset in `types` of each, from first on; owned */
};

/*
 * KD_BADDATA: no BTF, or header and types contradict each other; KD_UNSUPPORTED: a version or a kind
 * of type that is not known here (whose length nobody can know); KD_LIMIT.
 */
KD_MUST_CHECK struct kd_error *kd_btf_open(struct kd_view blob, const struct kd_btf *base,
					   struct kd_btf *ret);
void kd_btf_deinit(struct kd_btf *btf);

/* Who puts bytes [off, off + n) of the blob to their places in the room, if they are not there; false: they cannot be had. */
struct kd_btf_source {
	bool (*bring)(void *user, uint64_t off, uint64_t n);
	void *user;
};

/*
 * room: where the blob will be, borrowed, as is what source->user points to. Errors as above, those of the
 * header; what is wrong with types is found out where they are walked: kd_btf_lost(). Never a base.
 */
KD_MUST_CHECK struct kd_error *kd_btf_open_lazy(struct kd_view room, const struct kd_btf_source *source,
						struct kd_btf *ret);

/* Is there a type of that id? Ids up to it are walked. Of any blob. */
bool kd_btf_has(const struct kd_btf *btf, uint32_t id);

/* Does any name end with that text? Brings all strings of a lazy blob, none of its types. */
bool kd_btf_has_string(const struct kd_btf *btf, struct kd_view text);

/*
 * Of a lazy blob: why something that was asked for could not be told: types are damaged, or bytes could not
 * be had ("" as reason: the source knows). NULL: nothing was lost so far.
 */
const char *kd_btf_lost(const struct kd_btf *btf);

/*
 * A split blob says nothing about which base it belongs to. On another one its names begin in the midst of
 * strings and its ids lead to nowhere: how many do. 0 for one that fits.
 */
uint32_t kd_btf_misfits(const struct kd_btf *btf);

/* Does the blob begin as BTF does, in either byte order? */
bool kd_btf_probe(struct kd_view head);

struct kd_btf_type {
	uint32_t id;
	uint8_t kind; /* enum kd_btf_kind */
	bool flag; /* kind_flag: struct and union: members have bit sizes; enum: signed; fwd: union */
	uint32_t n; /* members, enumerators, parameters, variables */
	uint32_t size; /* bytes, of the kinds that have one; else 0 */
	uint32_t type; /* the type it refers to, of the kinds that do; ARRAY: of an element; else 0 */
	struct kd_view name; /* absent: anonymous */
	struct kd_view body; /* what follows, for the functions below */
};

/* false: there is no such id. */
bool kd_btf_type(const struct kd_btf *btf, uint32_t id, struct kd_btf_type *ret);

/* Its kind alone; KD_BTF_VOID without such an id. Its name alone; absent. */
enum kd_btf_kind kd_btf_kind_of(const struct kd_btf *btf, uint32_t id);
struct kd_view kd_btf_name_of(const struct kd_btf *btf, uint32_t id);

/* KD_BTF_INT. */
struct kd_btf_int {
	bool is_signed, is_char, is_bool;
	uint8_t bit_off, bits;
};
struct kd_btf_int kd_btf_int(const struct kd_btf *btf, const struct kd_btf_type *t);

/* KD_BTF_ARRAY. */
struct kd_btf_array {
	uint32_t type, index_type, n;
};
struct kd_btf_array kd_btf_array(const struct kd_btf *btf, const struct kd_btf_type *t);

/* KD_BTF_STRUCT, KD_BTF_UNION; i < t->n. */
struct kd_btf_member {
	struct kd_view name; /* absent: anonymous */
	uint32_t type;
	uint32_t bit_off; /* from the beginning of the struct */
	uint8_t bits; /* of a bit field; 0: it is none, or an old one (pahole < 1.12) whose INT says so */
};
struct kd_btf_member kd_btf_member(const struct kd_btf *btf, const struct kd_btf_type *t, uint32_t i);

/* KD_BTF_ENUM, KD_BTF_ENUM64; i < t->n. */
struct kd_btf_enumerator {
	struct kd_view name;
	uint64_t value; /* sign-extended when t->flag */
};
struct kd_btf_enumerator kd_btf_enumerator(const struct kd_btf *btf, const struct kd_btf_type *t,
					   uint32_t i);

/* KD_BTF_FUNC_PROTO; i < t->n. The last one with type 0 and no name is "...". */
struct kd_btf_param {
	struct kd_view name;
	uint32_t type;
};
struct kd_btf_param kd_btf_param(const struct kd_btf *btf, const struct kd_btf_type *t, uint32_t i);

/* KD_BTF_DATASEC; i < t->n. */
struct kd_btf_secvar {
	uint32_t type, off, size;
};
struct kd_btf_secvar kd_btf_secvar(const struct kd_btf *btf, const struct kd_btf_type *t, uint32_t i);

/* The word behind KD_BTF_VAR (linkage) and KD_BTF_DECL_TAG (which member or parameter; -1: the whole). */
int32_t kd_btf_word(const struct kd_btf *btf, const struct kd_btf_type *t);

/* Names behind const, volatile, restrict, type tags and, if asked, typedefs; KD_BTF_NONE in a circle. */
#define KD_BTF_NONE UINT32_MAX
uint32_t kd_btf_strip(const struct kd_btf *btf, uint32_t id, bool typedefs);

/*
 * sizeof in bytes, pointers counting ptr_size. false: it has none (void, function, forward declaration), or
 * it is more than 64 bits can say, or its references run in a circle.
 */
bool kd_btf_size(const struct kd_btf *btf, uint32_t id, unsigned ptr_size, uint64_t *ret);

/* "struct", "enum", …: what btf.rst calls it, in lower case. */
const char *kd_btf_kind_name(enum kd_btf_kind kind);

#endif
