/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdump.h: an ELF core rewritten as a compressed-kdump file, in the packings that the
 * distribution's makedumpfile may have been built without.
 *
 *	struct kd_core_form form = {.format = KD_CORE_ZSTD, .level = 1};
 *	err = kd_kdump_write(ctx, "core.elf", &form, kernel.version, "core.zstd-1");
 *
 * Which pages are free or the page cache's is not looked at: level 0 keeps all, at level 1
 * the zero pages share one. An ELF core does not say what uname -v printed, but readers
 * (libkdumpfile) take no file for a dump without it; version may be NULL all the same. The layout
 * is format/diskdump.h's.
 */
#ifndef KD_LAB_KDUMP_H
#define KD_LAB_KDUMP_H

#include "base/ctx.h"
#include "base/error.h"
#include "lab/capture.h"

/* Can it write that form? */
bool kd_kdump_can(const struct kd_core_form *form);

/*
 * KD_UNSUPPORTED for other forms and other than 64-bit little-endian cores; KD_LIMIT when the
 * memory ends above 1 TiB. The file is removed when it could not be completed.
 */
KD_MUST_CHECK struct kd_error *kd_kdump_write(struct kd_ctx *ctx, const char *elf,
					      const struct kd_core_form *form,
					      const char *version, const char *path);

#endif
