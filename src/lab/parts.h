/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parts.h: what kernel.c and fetch.c both know about packages of kernels.
 */
#ifndef KD_LAB_PARTS_H
#define KD_LAB_PARTS_H

#include <stdbool.h>

#include "base/ctx.h"
#include "base/error.h"
#include "base/view.h"

/* Is this member of a -dbg package the vmlinux? (The others, 5 GB of modules, are not needed.) */
bool kd_lab_is_debug_vmlinux(struct kd_view path);

/*
 * A package's modules have no modules.dep: it is made when the package is configured. Makes one:
 * in the folder itself when that lies below work, else in work/lib/modules/RELEASE with a link
 * to what the folder has. Runs depmod in the sandbox. *ret: the folder that then has it.
 */
KD_MUST_CHECK struct kd_error *kd_lab_depmod(struct kd_ctx *ctx, const char *modules,
					     const char *release, const char *work, char **ret);

#endif
