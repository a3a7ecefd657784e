/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpio.h: the archive that the kernel unpacks as its first root file system, in the "newc"
 * format of Documentation/driver-api/early-userspace/buffer-format.rst of the kernel.
 *
 *	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(64 << 20);
 *	struct kd_cpio c = {.out = &out};
 *	kd_cpio_dir(&c, "dev", 0755);
 *	kd_cpio_node(&c, "dev/console", 0600, 'c', 5, 1);
 *	kd_cpio_file(&c, "init", 0755, bytes);
 *	err = kd_cpio_end(&c);                       // trailer; did everything fit?
 *
 * Names have no "/" in front; folders come before what is in them: kd_cpio_parents() sees to
 * that. Times are 0, owner and group are root: the same input gives the same bytes.
 */
#ifndef KD_LAB_CPIO_H
#define KD_LAB_CPIO_H

#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

struct kd_cpio {
	struct kd_buf *out;
	uint32_t ino; /* of the last entry */
	bool failed; /* something did not fit or was not allowed */
	bool bad_name; /* … because of a name: empty, too long, "..", a NUL byte */
};

void kd_cpio_dir(struct kd_cpio *c, const char *name, unsigned mode);
void kd_cpio_file(struct kd_cpio *c, const char *name, unsigned mode, struct kd_view bytes);
void kd_cpio_link(struct kd_cpio *c, const char *name, const char *target); /* symbolic */
void kd_cpio_node(struct kd_cpio *c, const char *name, unsigned mode, char type, unsigned major,
		  unsigned minor); /* type: 'c' or 'b' */

/* The folders above name, mode 0755. An entry that comes twice is fine for the kernel. */
void kd_cpio_parents(struct kd_cpio *c, const char *name);

/* KD_LIMIT when out was too small, KD_INVALID for a bad name. */
KD_MUST_CHECK struct kd_error *kd_cpio_end(struct kd_cpio *c);

#endif
