/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refs.h: where a file calls or mentions a function, by name.
 *
 *	struct kd_refs r = {0};
 *	err = kd_refs_scan(text, KD_LANG_C, KD_V("kfree"), &r);
 *	for (size_t i = 0; i < r.n; i++) … r.v[i].line, r.v[i].kind, r.v[i].in
 *
 * A search by name, not by meaning: a local variable or a function of the same name in another
 * file counts as well. Members (x->kfree, .kfree =), declarations and the definition itself are
 * left out. A name that is not called is a reference: a function pointer that is stored, a macro's
 * argument.
 */
#ifndef KD_SOURCE_REFS_H
#define KD_SOURCE_REFS_H

#include "base/error.h"
#include "base/view.h"
#include "source/body.h"

#define KD_REFS_MAX 100000 /* of one file */

enum kd_ref_kind {
	KD_REF_CALL, /* name ( … within a body */
	KD_REF_REFERENCE, /* name without '(' within a body or an initialiser */
	KD_REF_MACRO, /* within a #define */
	KD_REF_EXPORT, /* EXPORT_SYMBOL(name) and its relatives */
};

struct kd_ref {
	uint32_t line;
	enum kd_ref_kind kind;
	struct kd_view in; /* the function around it, or absent */
	struct kd_view text; /* the line */
};

struct kd_refs {
	struct kd_ref *v; /* by line */
	size_t n, cap;
	bool over_limit;
	struct kd_bodies bodies; /* of the file */
};

/* Views point into text. Errors of kd_bodies_scan(). */
KD_MUST_CHECK struct kd_error *kd_refs_scan(struct kd_view text, enum kd_body_lang lang, struct kd_view name,
					    struct kd_refs *ret);
void kd_refs_deinit(struct kd_refs *r);

const char *kd_ref_kind_word(enum kd_ref_kind k); /* "call", "reference", "macro", "export" */

#endif
