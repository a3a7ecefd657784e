/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * embedded.h: the files of src/lab/guest/, compiled into kdoc (tools/embed-files).
 *
 *	kd_cpio_file(&c, "init", 0755, kd_lab_embedded("init"));
 */
#ifndef KD_LAB_EMBEDDED_H
#define KD_LAB_EMBEDDED_H

#include "base/view.h"

struct kd_lab_file {
	const char *name;
	struct kd_view bytes;
};

extern const struct kd_lab_file kd_lab_files[]; /* .name NULL at the end */

/* The bytes of a file; absent when there is none of that name. */
struct kd_view kd_lab_embedded(const char *name);

#endif
