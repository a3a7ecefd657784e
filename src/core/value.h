/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * value.h: typed values in a dump: members, elements, what a pointer points to, as C has them.
 *
 *	struct kd_values *vs;
 *	err = kd_values_new(dump, &vs);                          // types: of debug info if there is any, else the dump's BTF
 *	struct kd_value v = kd_value_at(type, 0, addr), m;       // one of that type lies there
 *	err = kd_value_member(vs, &v, KD_V("comm"), &m);
 *	err = kd_value_number(vs, &m, &n);
 *	kd_value_show(vs, &v, &how, sheet, kd_sheet_tree(sheet, "value", text));
 *
 * A value is in memory (it has an address, and is read when it is asked for) or a number. Pointers are followed in the
 * dump; what cannot be read is an error that says which address and why. Arithmetic is of 64 bits.
 */
#ifndef KD_CORE_VALUE_H
#define KD_CORE_VALUE_H

#include "core/dump.h"
#include "symbol/types.h"

struct kd_values;

/* d outlives it. Errors of kd_dump_need_types(). */
KD_MUST_CHECK struct kd_error *kd_values_new(struct kd_dump *d, struct kd_values **ret);
void kd_values_free(struct kd_values *vs);
void kd_values_freep(struct kd_values **vs);

const struct kd_types *kd_values_types(const struct kd_values *vs);
struct kd_dump *kd_values_dump(const struct kd_values *vs);

struct kd_vtype {
	uint32_t id; /* in kd_values_types(); 0: void */
	uint8_t ptr; /* so many pointers on top of it */
	uint8_t plain; /* bytes of an integer that no type of the kernel stands for; 0: it is type id */
	bool is_signed; /* of plain */
};

struct kd_value {
	struct kd_vtype type;
	bool in_memory;
	uint64_t addr; /* in_memory */
	uint32_t bit_off, bits; /* in_memory: a bit field, from addr on; bits 0: it is none */
	uint64_t n; /* not in_memory; signed ones with their sign in all 64 bits */
	bool untyped; /* a symbol of which only the address is known */
};

struct kd_value kd_value_at(struct kd_vtype type, uint64_t addr);
struct kd_value kd_value_of(struct kd_vtype type, uint64_t n);
struct kd_value kd_value_plain(uint64_t n, bool is_signed);

/* What is behind typedefs and qualifiers: its kind (enum kd_btf_kind; KD_BTF_PTR for pointers, _INT for plain). */
enum kd_btf_kind kd_vtype_kind(const struct kd_values *vs, struct kd_vtype t, struct kd_btf_type *ret);
/* Bytes; false: void, a function, not known. */
bool kd_vtype_size(const struct kd_values *vs, struct kd_vtype t, uint64_t *ret);
/* What it points to, or an element of an array; false: it is neither. */
bool kd_vtype_target(const struct kd_values *vs, struct kd_vtype t, struct kd_vtype *ret);
bool kd_vtype_is_signed(const struct kd_values *vs, struct kd_vtype t);
/* "struct list_head *"; with a name as C declares one. */
struct kd_view kd_vtype_text(const struct kd_values *vs, struct kd_vtype t, struct kd_view name, struct kd_arena *arena);

/* A number, pointer, enum, bit field; of an array or function its address. KD_INVALID: it has no single value. */
KD_MUST_CHECK struct kd_error *kd_value_number(struct kd_values *vs, const struct kd_value *v, uint64_t *ret);

/*
 * The member of a struct, or of what a pointer points to; members of anonymous ones, too. KD_NOTFOUND names the type
 * and those that come near.
 */
KD_MUST_CHECK struct kd_error *kd_value_member(struct kd_values *vs, const struct kd_value *v, struct kd_view name,
					       struct kd_value *ret);
KD_MUST_CHECK struct kd_error *kd_value_deref(struct kd_values *vs, const struct kd_value *v, struct kd_value *ret);
KD_MUST_CHECK struct kd_error *kd_value_index(struct kd_values *vs, const struct kd_value *v, int64_t i, struct kd_value *ret);
KD_MUST_CHECK struct kd_error *kd_value_address(struct kd_values *vs, const struct kd_value *v, struct kd_value *ret);
/* As a C cast of a number or pointer. */
KD_MUST_CHECK struct kd_error *kd_value_cast(struct kd_values *vs, const struct kd_value *v, struct kd_vtype to,
					     struct kd_value *ret);

/* A global variable or function; per-CPU ones: cpu ≥ 0, or the offset of the variable in its area. */
KD_MUST_CHECK struct kd_error *kd_value_symbol(struct kd_values *vs, struct kd_view name, int cpu, struct kd_value *ret);

struct kd_show {
	unsigned depth; /* of structs in structs; 0: 8 */
	uint64_t elements; /* of an array; 0: 64 */
	bool hex; /* integers as hexadecimal */
};

/* Puts the value, with its parts, into the node. What cannot be read is a reason in its place. */
void kd_value_show(struct kd_values *vs, const struct kd_value *v, const struct kd_show *how, struct kd_sheet *s,
		   struct kd_node *node);

#endif
