/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * type.h: what is in a struct, where is a member, which member is at an offset.
 *
 *	struct kd_type_request req = {.name = "sock.sk_prot", .file = "vmlinux"};
 *	kd_auto(kd_type_answer_freep) struct kd_type_answer *a = NULL;
 *	err = kd_type(ctx, &req, &a);
 *	for (i = 0; i < a->n; i++) … a->v[i]                  // each type of that name
 *
 * Types come from a file that symbol/typesource.h can read. A name that stands for several types gives all
 * of them.
 */
#ifndef KD_VERB_TYPE_H
#define KD_VERB_TYPE_H

#include "base/ctx.h"
#include "symbol/layout.h"
#include "symbol/typesource.h"

#define KD_TYPE_MATCHES_MAX 32
#define KD_TYPE_OFFSETS_MAX 64
#define KD_TYPE_CONTAINERS_MAX 100

struct kd_type_offset {
	int64_t off;
	uint64_t width; /* 0: not known */
};

struct kd_type_request {
	const char *name; /* "sock", "struct sock", "sock.sk_prot", "pid_t" */
	const char *file; /* NULL: the running kernel's */
	const char *base; /* of a module; NULL */
	struct kd_type_offset at[KD_TYPE_OFFSETS_MAX]; /* from the beginning of what is named */
	size_t nat;
	bool expand; /* structs in structs */
	bool containers; /* of a negative offset: what may lie around it */
};

/* What one offset of the request means. */
struct kd_type_place {
	struct kd_type_offset at;
	struct kd_type_readings r;
	struct kd_view *decl; /* of each reading: its type */
	struct kd_container *around; /* containers, with the type's name and what is at the place there */
	struct kd_view *around_decl;
	size_t naround, total_around;
};

struct kd_type_match {
	uint32_t id;
	struct kd_btf_type t; /* as it is named */
	struct kd_view decl; /* "struct sock" */
	bool has_member; /* the request names a member, and this type has it */
	struct kd_view no_member; /* why it has not */
	struct kd_type_member member;
	struct kd_view member_decl; /* its type */
	uint32_t shown; /* the type of the member, or the type itself, without qualifiers and typedefs */
	struct kd_view shown_decl;
	uint8_t shown_kind; /* enum kd_btf_kind */
	uint64_t size;
	bool has_size;
	struct kd_layout layout; /* of a struct or union; rows NULL: not one */
	struct kd_type_place *places;
	size_t nplaces;
};

struct kd_type_answer {
	struct kd_arena arena;
	struct kd_typesource *source; /* owned */
	struct kd_view input, base; /* names without folders; base absent: none */
	struct kd_view arg, file_arg, base_arg; /* as the user wrote them, quoted for a shell; absent */
	bool running; /* the kernel that runs here */
	struct kd_view kind_word; /* "struct ", when the request says so; else absent */
	struct kd_view name, path; /* of the type; of the member, absent */
	struct kd_type_match *v;
	size_t n, total; /* total: also those behind KD_TYPE_MATCHES_MAX */
	struct kd_view nearest; /* nothing has that name, but this is near; absent */
	bool expand;
	bool found; /* a type, with the member if one was named */
	bool limited;
};

/*
 * "0x28", "40", "-8", "0x28:8" (with a width). KD_INVALID.
 */
KD_MUST_CHECK struct kd_error *kd_type_parse_offset(const char *text, struct kd_type_offset *ret);

/* KD_INVALID: what the name or the file lacks; errors of kd_typesource_open(); KD_LIMIT. */
KD_MUST_CHECK struct kd_error *kd_type(struct kd_ctx *ctx, const struct kd_type_request *req,
				       struct kd_type_answer **ret);
void kd_type_answer_free(struct kd_type_answer *a);
void kd_type_answer_freep(struct kd_type_answer **a);

#endif
