/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_hops.h: a path of members followed from a root object in a dump, with a row for each hop.
 *
 *	err = kd_core_hops(vs, &v, KD_V("root"), KD_V("mm.exe_file.f_path.dentry"), sheet, &ended);
 *	if (!err && !ended) … v is what the path leads to
 *
 * Pointers are followed as they come. A pointer that is NULL, or cannot be read, ends the path: that is told, and no error.
 */
#ifndef KD_VERB_CORE_HOPS_H
#define KD_VERB_CORE_HOPS_H

#include "core/value.h"

/* KD_NOTFOUND: there is no such member; KD_INVALID: it is no path. */
KD_MUST_CHECK struct kd_error *kd_core_hops(struct kd_values *vs, struct kd_value *v, struct kd_view root, struct kd_view path,
					    struct kd_sheet *s, bool *ret_ended);

#endif
