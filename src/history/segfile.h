/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * segfile.h: a segment's file while it is written: sections one after the other, then header and table.
 *
 *	struct kd_segfile f;
 *	err = kd_segfile_begin(&f, path);
 *	kd_segfile_section(&f, KD_SEG_DOCS);
 *	kd_segfile_put(&f, bytes); …
 *	err = kd_segfile_end(&f, first, docs);                // NULL: it has its name; else nothing of it is left
 *
 *	struct kd_segspool s;                                    // bytes for later, in an unnamed file beside path
 */
#ifndef KD_HISTORY_SEGFILE_H
#define KD_HISTORY_SEGFILE_H

#include "base/buf.h"
#include "base/error.h"
#include "history/seg.h"
#include "history/seg_layout.h"

struct kd_segfile {
	char *path, *tmp;
	int fd;
	uint64_t at; /* offset in the file */
	struct kd_buf buf;
	struct {
		uint32_t id;
		uint64_t off, size;
	} sec[KD_SEG_NSECTIONS];
	unsigned n;
	struct kd_error *err; /* the first; told at the end */
};

KD_MUST_CHECK struct kd_error *kd_segfile_begin(struct kd_segfile *f, const char *path);
void kd_segfile_section(struct kd_segfile *f, enum kd_seg_section id);
void kd_segfile_put(struct kd_segfile *f, struct kd_view bytes);
/* Of the section that is open. */
uint64_t kd_segfile_size(const struct kd_segfile *f);
KD_MUST_CHECK struct kd_error *kd_segfile_end(struct kd_segfile *f, uint32_t first, uint32_t docs);
void kd_segfile_abandon(struct kd_segfile *f);

/* v as a varint: 7 bits a byte, the low ones first; 10 bytes at most. */
void kd_segfile_put_varint(struct kd_segfile *f, uint64_t v);

struct kd_segspool {
	int fd; /* -1: none */
	struct kd_buf buf;
	struct kd_error *err;
};

KD_MUST_CHECK struct kd_error *kd_segspool_begin(struct kd_segspool *s, const char *beside);
void kd_segspool_put(struct kd_segspool *s, const void *p, size_t n);
/* Everything into the file's open section; the spool is closed. */
void kd_segspool_pour(struct kd_segspool *s, struct kd_segfile *f);
void kd_segspool_deinit(struct kd_segspool *s);

#endif
