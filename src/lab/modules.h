/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * modules.h: which modules a kernel has, and what each needs, from the modules.dep that depmod(8)
 * writes: "kernel/a/b.ko.xz: kernel/a/c.ko.xz …", and modules.builtin.
 *
 *	kd_auto(kd_modules_freep) struct kd_modules *m = NULL;
 *	err = kd_modules_open("…/lib/modules/6.1.0", &m);
 *	st = kd_modules_order(m, "virtio_blk", add, user);   // what it needs first, then itself
 *
 * Names are compared as the kernel does: '-' and '_' are the same.
 */
#ifndef KD_LAB_MODULES_H
#define KD_LAB_MODULES_H

#include <stdbool.h>

#include "base/error.h"
#include "base/view.h"

struct kd_modules;

enum kd_module_state { KD_MODULE_FOUND, KD_MODULE_BUILTIN, KD_MODULE_ABSENT };

KD_MUST_CHECK struct kd_error *kd_modules_open(const char *folder, struct kd_modules **ret);
void kd_modules_free(struct kd_modules *m); /* NULL is fine */
void kd_modules_freep(struct kd_modules **m);

/* "nls-cp437.ko.xz" of a path → does it belong to the module of this name? */
bool kd_module_is(struct kd_view path, struct kd_view name);

/* Of one name, without what it needs. BUILTIN is known only where the folder has modules.builtin. */
enum kd_module_state kd_modules_state(const struct kd_modules *m, struct kd_view name);

/* Calls add() with paths below the folder in the order of loading. An error of it ends. */
KD_MUST_CHECK struct kd_error *
kd_modules_order(const struct kd_modules *m, struct kd_view name,
		 struct kd_error *(*add)(void *user, struct kd_view path), void *user,
		 enum kd_module_state *ret);

#endif
