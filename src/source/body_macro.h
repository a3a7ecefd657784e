/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * body_macro.h: words that matter at file scope, and macros that make functions.
 */
#ifndef KD_SOURCE_BODY_MACRO_H
#define KD_SOURCE_BODY_MACRO_H

#include <stdbool.h>

#include "base/view.h"

/* How the function's name comes out of a macro's first argument. */
struct kd_body_macro {
	const char *name; /* of the macro; with a trailing '*': so beginning */
	const char *prefix; /* in front of the argument */
};

/* NULL when kdoc does not know it. */
const struct kd_body_macro *kd_body_macro(struct kd_view name);

/* An attribute with an argument list: __attribute__(…), __printf(1, 2), __releases(lock). */
bool kd_body_is_attribute(struct kd_view name);

/* A word that cannot be a function's name: int, struct, return … */
bool kd_body_is_keyword(struct kd_view name);

#endif
