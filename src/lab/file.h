/* SPDX-License-Identifier: GPL-2.0-or-later */
/* file.h: bytes at an offset of an open file, all of them. path is for the message only. */
#ifndef KD_LAB_FILE_H
#define KD_LAB_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Up to n bytes; *got is less than n only at the end of the file. */
KD_MUST_CHECK struct kd_error *kd_file_read_at(int fd, const char *path, uint64_t off, void *buf,
					       size_t n, size_t *got);

KD_MUST_CHECK struct kd_error *kd_file_write_at(int fd, const char *path, uint64_t off,
						const void *buf, size_t n);

#endif
