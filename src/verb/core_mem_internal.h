/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core_mem_internal.h: what core_kmem.c, core_what.c share. */
#ifndef KD_VERB_CORE_MEM_INTERNAL_H
#define KD_VERB_CORE_MEM_INTERNAL_H

#include "core/ident.h"

/* core_what.c */
KD_MUST_CHECK struct kd_error *kd_core_what_facts(struct kd_dump *d, struct kd_ident *id, bool stacks, const char *const *args, size_t nargs,
						  struct kd_sheet *s);
/* Slabs and objects of caches. */
KD_MUST_CHECK struct kd_error *kd_core_kmem_objects(struct kd_slub *sl, const char *const *args, size_t nargs, struct kd_sheet *s);

/* core_kmem.c: a name, or the address of a struct kmem_cache; NULL: none. */
const struct kd_cache *kd_core_cache_arg(struct kd_slub *sl, const char *text);

#endif
