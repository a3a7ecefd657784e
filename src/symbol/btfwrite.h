/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * btfwrite.h: makes a BTF blob of the types of many compilation units, each type once.
 *
 *	struct kd_btfw *w = kd_btfw_new(300 << 20);
 *	for each unit:
 *		kd_btfw_unit_begin(w);
 *		s = kd_btfw_reserve(w);                        // for what refers to it before it is there
 *		p = kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, s);
 *		kd_btfw_at(w, s);                              // the next one gets the number s
 *		kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("list"), 8);
 *		kd_btfw_member(w, KD_V("next"), p, 0, 0);
 *		err = kd_btfw_unit_end(w, &nodes, &n);         // nodes[p]: what it is among all units
 *	err = kd_btfw_finish(w, &blob);                        // BTF, little endian
 *	id = kd_btfw_id(w, node);
 *	kd_btfw_free(w);
 *
 * Ids within a unit begin at 1; 0 is void. Calls do not fail: what went wrong is told by kd_btfw_unit_end().
 *
 * When are two types the same? When everything is equal that decides on their bytes: kind, name, size, each
 * member's name, place and type, types by value down to the last scalar. What lies behind a pointer (also as a
 * parameter of a function) is compared the same way, except that a struct, union or enum with a name is
 * compared there by kind and name alone: this cuts every circle, and a unit that knows only `struct foo;`
 * agrees with one that knows its members. So one comparison of finished records decides, without hypotheses
 * about circles, and equal records are equal (their hash only finds them).
 *
 * Such a reference by name gets the definition of that name if there is exactly one. With none, or with
 * several that differ (two drivers with a `struct priv` of their own), it stays a forward declaration: it says
 * no more than what all agree on, and the definitions are all there, to be found by name.
 */
#ifndef KD_SYMBOL_BTFWRITE_H
#define KD_SYMBOL_BTFWRITE_H

#include "base/buf.h"
#include "base/error.h"
#include "format/btf.h"

struct kd_btfw;

/* May use so many bytes. */
struct kd_btfw *kd_btfw_new(size_t max);
void kd_btfw_free(struct kd_btfw *w);
void kd_btfw_freep(struct kd_btfw **w);

void kd_btfw_unit_begin(struct kd_btfw *w);

/* A number for a type that comes later; void if it never does. */
uint32_t kd_btfw_reserve(struct kd_btfw *w);
void kd_btfw_at(struct kd_btfw *w, uint32_t reserved);

/* encoding: 1 signed, 2 char, 4 bool, as BTF has it. */
uint32_t kd_btfw_int(struct kd_btfw *w, struct kd_view name, uint32_t size, unsigned encoding);
uint32_t kd_btfw_float(struct kd_btfw *w, struct kd_view name, uint32_t size);

/* KD_BTF_PTR, CONST, VOLATILE, RESTRICT (without a name), TYPEDEF. */
uint32_t kd_btfw_ref(struct kd_btfw *w, enum kd_btf_kind kind, struct kd_view name, uint32_t type);

/* n 0: without a length. index: the type of an index, 0 is fine. */
uint32_t kd_btfw_array(struct kd_btfw *w, uint32_t type, uint32_t index, uint32_t n);

/* `struct x;`: kind is KD_BTF_STRUCT, KD_BTF_UNION or KD_BTF_ENUM. */
uint32_t kd_btfw_fwd(struct kd_btfw *w, enum kd_btf_kind kind, struct kd_view name);

/* KD_BTF_STRUCT, KD_BTF_UNION; its members follow at once. bits: of a bit field, else 0. */
uint32_t kd_btfw_composite(struct kd_btfw *w, enum kd_btf_kind kind, struct kd_view name, uint32_t size);
void kd_btfw_member(struct kd_btfw *w, struct kd_view name, uint32_t type, uint64_t bit_off, unsigned bits);

/* Its values follow at once. */
uint32_t kd_btfw_enum(struct kd_btfw *w, struct kd_view name, uint32_t size, bool is_signed);
void kd_btfw_enumerator(struct kd_btfw *w, struct kd_view name, uint64_t value);

/* Its parameters follow at once; "..." is one of type 0 without a name. */
uint32_t kd_btfw_proto(struct kd_btfw *w, uint32_t type);
void kd_btfw_param(struct kd_btfw *w, struct kd_view name, uint32_t type);

/*
 * Joins the unit with the others. nodes[id], id < n: what each type is among all of them, good until the
 * next unit begins. KD_LIMIT: out of the memory that was allowed, nothing more can be added.
 */
KD_MUST_CHECK struct kd_error *kd_btfw_unit_end(struct kd_btfw *w, const uint32_t **nodes, size_t *n);

struct kd_btfw_stats {
	uint64_t in; /* types that came in */
	uint32_t out; /* types of the blob */
	uint32_t several; /* names that stand for several definitions */
	uint32_t undefined; /* names without one */
	uint64_t lost; /* members and values that BTF cannot express: behind the 65535th, bit fields behind 2 MiB */
	uint64_t broken; /* types that contain themselves by value, references to nothing: they became void */
	size_t memory; /* bytes at most so far */
};

/* The blob, into *ret (whose maximum bounds it). Afterwards only kd_btfw_id() and _stats() make sense. */
KD_MUST_CHECK struct kd_error *kd_btfw_finish(struct kd_btfw *w, struct kd_buf *ret);

/* The BTF id of a node. */
uint32_t kd_btfw_id(const struct kd_btfw *w, uint32_t node);

struct kd_btfw_stats kd_btfw_stats(const struct kd_btfw *w);

#endif
