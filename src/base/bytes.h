/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bytes.h: bytes at an offset, of a file or of memory.
 *
 *	kd_auto(kd_bytes_closep) struct kd_bytes *b = NULL;
 *	err = kd_bytes_open("vmlinux", 1 << 30, &b);
 *	if (!err)
 *		err = kd_bytes_read(b, 0x1000, sizeof(buf), buf);     // all of them, or an error
 *
 * A packed file (base/source.h) is unpacked into memory first. A plain file is read, never mapped:
 * one that shrinks meanwhile gives an error, not a signal.
 */
#ifndef KD_BASE_BYTES_H
#define KD_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

struct kd_bytes;

/*
 * A regular file; at most max bytes are unpacked. KD_NOTFOUND, KD_ACCESS, KD_IO; KD_INVALID when it
 * is no regular file; KD_LIMIT; KD_BADDATA when the packed data is damaged.
 */
KD_MUST_CHECK struct kd_error *kd_bytes_open(const char *path, size_t max, struct kd_bytes **ret);

/* The file as it is: what is packed stays so. */
KD_MUST_CHECK struct kd_error *kd_bytes_open_raw(const char *path, struct kd_bytes **ret);
/* The same for an open descriptor, which stays the caller's, its position too. */
KD_MUST_CHECK struct kd_error *kd_bytes_of_fd(int fd, const char *name, struct kd_bytes **ret);

/* Bytes that the caller keeps alive; or bytes that it then owns (*data is empty afterwards). */
struct kd_bytes *kd_bytes_of_view(struct kd_view data, const char *name);
struct kd_bytes *kd_bytes_of_buf(struct kd_buf *data, const char *name);

/* Bytes that somebody else puts together: read() is asked for ranges inside of size only. */
struct kd_bytes_ops {
	struct kd_error *(*read)(void *user, uint64_t off, size_t n, void *ret);
	void (*close)(void *user);
};

struct kd_bytes *kd_bytes_of_ops(const struct kd_bytes_ops *ops, void *user, uint64_t size, const char *name);

/* KD_BADDATA with the offset when there are fewer; KD_IO. */
KD_MUST_CHECK struct kd_error *kd_bytes_read(const struct kd_bytes *b, uint64_t off, size_t n,
					     void *ret);

/* n bytes at off without a copy: those of memory; absent for a file, or when there are fewer. */
struct kd_view kd_bytes_peek(const struct kd_bytes *b, uint64_t off, size_t n);

/* The open file, borrowed; -1: there is none. */
int kd_bytes_fd(const struct kd_bytes *b);

/*
 * Where at off or behind it the file has data: off itself, unless the system knows of a hole there (lseek(2),
 * SEEK_DATA); its size when there is none.
 */
uint64_t kd_bytes_next_data(const struct kd_bytes *b, uint64_t off);

uint64_t kd_bytes_size(const struct kd_bytes *b);
const char *kd_bytes_name(const struct kd_bytes *b);

/* NULL is fine. */
void kd_bytes_close(struct kd_bytes *b);
void kd_bytes_closep(struct kd_bytes **b);

#endif
