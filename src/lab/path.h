/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * path.h: names of files in the lab, on the heap.
 *
 *	kd_auto(kd_freep) char *p = kd_lab_path("%s/boot/vmlinuz-%s", root, release);
 *	if (kd_lab_is_file(p)) …
 *
 * A path longer than 4096 bytes is cut to nothing (""), which no file has as its name.
 */
#ifndef KD_LAB_PATH_H
#define KD_LAB_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

char *kd_lab_path(const char *fmt, ...) __attribute__((format(printf, 1, 2), returns_nonnull));

/* With links followed. */
bool kd_lab_is_file(const char *path);
bool kd_lab_is_dir(const char *path);

/* Absolute, without links; the file must be there. */
KD_MUST_CHECK struct kd_error *kd_lab_real(const char *path, char **ret);

/* Make the folder, give its absolute path. */
KD_MUST_CHECK struct kd_error *kd_lab_make_dir(const char *path, char **ret);

/* Is this a program of /usr/bin (or /usr/sbin, /bin, /sbin)? */
bool kd_lab_has_program(const char *name);

/* Bytes that may still be written below this folder; UINT64_MAX when it cannot be found out. */
uint64_t kd_lab_free_bytes(const char *dir);

#endif
