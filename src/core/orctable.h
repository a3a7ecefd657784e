/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * orctable.h: the ORC entry of an address, looked up in the tables of a dump's kernel and its modules.
 *
 * A table is two arrays: signed 32-bit distances from the word itself to an address, in order of the
 * addresses, and the entries (format/orc.h). Nothing of it is loaded: a look-up reads its twenty-odd words.
 */
#ifndef KD_CORE_ORCTABLE_H
#define KD_CORE_ORCTABLE_H

#include "core/kernel.h"
#include "core/modules.h"
#include "format/orc.h"

struct kd_orctable {
	struct kd_kernel *k;
	const struct kd_modules *mods;
	uint64_t ip, entries, n; /* of the kernel proper */
	enum kd_orc_layout layout;
};

/* KD_NOTFOUND: the kernel has none; KD_BADDATA: it cannot be read, or is of neither layout. */
KD_MUST_CHECK struct kd_error *kd_orctable_open(struct kd_kernel *k, const struct kd_modules *mods, struct kd_orctable *ret);

/* false: no table has one for that address (or it cannot be read). */
bool kd_orctable_find(const struct kd_orctable *t, uint64_t addr, struct kd_orc *ret);

/* The same, with the address from which on another entry is for; UINT64_MAX: none is. */
bool kd_orctable_next(const struct kd_orctable *t, uint64_t addr, struct kd_orc *ret, uint64_t *ret_next);

#endif
