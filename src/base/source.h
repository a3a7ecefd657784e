/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source.h: bytes from a file, from memory or from a stream, unpacked on the way.
 *
 *	kd_auto(kd_source_closep) struct kd_source *src = NULL;
 *	struct kd_error *err = kd_source_open("crash.log.xz", &src);   // "-": stdin
 *	char buf[65536];
 *	size_t n;
 *
 *	while (!err && !(err = kd_source_read(src, buf, sizeof(buf), &n)) && n)
 *		…                                                     // n bytes of text
 *	if (!err && kd_source_diag(src))
 *		…                                   // what was wrong with the packed data
 *
 * gzip, xz, lzma, zstd, bzip2 and lz4 (frames) are recognised by their first
 * bytes, not by a name, and unpacked as streams in bounded memory; members and
 * frames that follow each other are joined, and one packed file inside another
 * is unpacked too (two levels). A packed input that was cut or damaged gives its
 * good prefix, then the end, and kd_source_diag() tells about it.
 *
 * Files are read, never mapped: a log may shrink while it is being read.
 */
#ifndef KD_BASE_SOURCE_H
#define KD_BASE_SOURCE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/view.h"

struct kd_source;

/* At most so many bytes can be peeked at. */
#define KD_SOURCE_PEEK_MAX ((size_t)64 << 10)

/* Zero members mean the default. */
struct kd_source_opts {
	size_t decoder_memory; /* bytes a decoder may use; default kd_limits' */
	int fifo_wait_ms; /* how long a FIFO may stay without writer; default 30 s */
	const volatile sig_atomic_t *cancel; /* looked at when a signal interrupts a read */
};

/*
 * Open a path; "-" is the standard input. KD_NOTFOUND, KD_ACCESS, KD_IO;
 * KD_INVALID for what is no file (directory, block device, socket);
 * KD_UNSUPPORTED for a compression that this build cannot unpack; KD_TIMEOUT
 * for a FIFO that nobody writes to; what kd_source_read() gives. Character devices, pipes and FIFOs
 * are read like files.
 */
KD_MUST_CHECK struct kd_error *kd_source_open(const char *path, struct kd_source **ret);
KD_MUST_CHECK struct kd_error *
kd_source_open_with(const char *path, const struct kd_source_opts *opts, struct kd_source **ret);

/* An open descriptor, which the source then owns (also when this fails). opts may be NULL. */
KD_MUST_CHECK struct kd_error *kd_source_from_fd(int fd, const char *name,
						 const struct kd_source_opts *opts,
						 struct kd_source **ret);

/* Bytes that the caller keeps alive until the source is closed. */
KD_MUST_CHECK struct kd_error *kd_source_from_memory(struct kd_view data, const char *name,
						     struct kd_source **ret);

/* Bytes that the source then owns: *data is empty afterwards (also when this fails). */
KD_MUST_CHECK struct kd_error *kd_source_from_buf(struct kd_buf *data, const char *name,
						  struct kd_source **ret);

/*
 * Read up to n bytes; *ret_n == 0 is the end (and stays so). May give fewer
 * than n before the end. KD_IO when the system cannot read; KD_LIMIT when the
 * packed data needs more memory than allowed and nothing could be unpacked;
 * KD_CANCELLED.
 */
KD_MUST_CHECK struct kd_error *kd_source_read(struct kd_source *s, void *buf, size_t n,
					      size_t *ret_n);

/*
 * The next n (≤ KD_SOURCE_PEEK_MAX) unpacked bytes without consuming them,
 * fewer only at the end. Borrowed until the next call on the source.
 */
KD_MUST_CHECK struct kd_error *kd_source_peek(struct kd_source *s, size_t n, struct kd_view *ret);

/*
 * The same of what may stay open for ever (journalctl -f): waits for at least so many bytes, or the end; more are waited
 * for only as long as they come without a pause. Up to KD_SOURCE_PEEK_MAX.
 */
KD_MUST_CHECK struct kd_error *kd_source_peek_live(struct kd_source *s, size_t at_least, struct kd_view *ret);

/*
 * Would a read give something (bytes, the end, an error) within wait_ms? Of files and memory always; of packed data it is
 * a guess, for the decoder may want more than there is. KD_CANCELLED.
 */
KD_MUST_CHECK struct kd_error *kd_source_ready(struct kd_source *s, int wait_ms, bool *ret);

/*
 * What was wrong with the packed data, complete once the end was read, or NULL:
 * "the gzip data ends too early after 123456 unpacked bytes".
 */
const char *kd_source_diag(const struct kd_source *s);

/* "plain", "gzip", "xz", "lzma", "zstd", "bzip2", "lz4": the outermost packing. */
const char *kd_source_kind(const struct kd_source *s);

/* The path, "standard input", or the name given. */
const char *kd_source_name(const struct kd_source *s);

/* For progress: packed bytes read so far, and of all (0 = not known). */
uint64_t kd_source_packed_done(const struct kd_source *s);
uint64_t kd_source_packed_total(const struct kd_source *s);

/* Close and free; NULL is fine. The standard input stays open. */
void kd_source_close(struct kd_source *s);
void kd_source_closep(struct kd_source **s);

#endif
