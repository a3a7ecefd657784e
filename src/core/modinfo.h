/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modinfo.h: what a dump knows about a module besides its symbols (modules.h).
 *
 *	struct kd_modinfo i;
 *	kd_modinfo_read(k, &mods.v[n], &i);
 *	i.state, i.size.v, i.taints, i.build_id …             // empty texts: the kernel does not keep it, or it is not readable
 *	kd_modinfo_users(k, &mods.v[n], see, &x, why);         // modules that use it
 *
 * Sources: include/linux/module.h (layouts by the BTF), kernel/module/main.c (the first reference is the module's own),
 * kernel/module/sysfs.c (notes that /sys/module/NAME/notes shows).
 */
#ifndef KD_CORE_MODINFO_H
#define KD_CORE_MODINFO_H

#include "core/datum.h"
#include "core/modules.h"
#include "core/walk.h"

enum { KD_MODINFO_TEXT = 128, KD_MODINFO_ARGS = 1024, KD_BUILD_ID_HEX = 2 * 20 + 1 };

struct kd_modinfo {
	struct kd_datum state_number;
	char state[32]; /* "live", "coming", "going", "unformed" */
	struct kd_datum refs; /* users: without the module's own */
	struct kd_datum taints; /* bits of report/taint.h */
	struct kd_datum size; /* bytes of all its memory */
	uint64_t base;
	char version[KD_MODINFO_TEXT], srcversion[KD_MODINFO_TEXT], args[KD_MODINFO_ARGS];
	char build_id[KD_BUILD_ID_HEX]; /* hexadecimal */
	const char *build_id_from; /* the member it was read from; NULL: why_no_build_id */
	const char *why_no_build_id;
};

void kd_modinfo_read(struct kd_kernel *k, const struct kd_core_module *m, struct kd_modinfo *ret);

/* why: empty, or why not all are known. */
void kd_modinfo_users(struct kd_kernel *k, const struct kd_core_module *m, bool (*visit)(void *user, uint64_t module), void *user,
		      char why[KD_WALK_WHY]);

#endif
