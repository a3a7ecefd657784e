/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * build.h: from a file with debug info to its index.
 *
 *	struct kd_kdx_stats stats;
 *	struct kd_kdx_options o = {.progress = fn};
 *	err = kd_kdx_build(ctx, "vmlinux", "~/.cache/kdoc/…/ab12….kdx", &o, &stats);
 *
 * Units are read in parallel, each on its own; one that is damaged is left out and counted. A file
 * without DWARF gives an index of symbols alone, and so does a list of symbols (build_list.h).
 */
#ifndef KD_SYMBOL_BUILD_H
#define KD_SYMBOL_BUILD_H

#include "base/ctx.h"
#include "base/error.h"

struct kd_kdx_options {
	unsigned workers; /* 0: as many as there are processors */
	size_t section_max; /* bytes of one section of the file; default 4 GiB */
	/* Told now and then, from the calling thread: units of all units. */
	void (*progress)(void *user, uint64_t done, uint64_t total);
	void *user;
	const char *module; /* of a list of symbols (kallsyms): those of this module; NULL: the kernel's */
};

struct kd_kdx_stats {
	uint64_t bytes; /* of the index */
	uint64_t debug_bytes; /* of the debug sections in the file */
	uint64_t units, damaged; /* damaged: left out, in whole or in part */
	uint64_t symbols, functions, inlined, rows;
	uint64_t patched; /* places that the kernel patches at run time */
	uint64_t frames, bad_frames; /* pieces of code with call frame information; entries that could not be read */
	uint64_t dropped_rows; /* of sequences that lie over others */
	char damage[200]; /* the first unit's, "" without */
};

/*
 * KD_BADDATA when `file` is no ELF file; KD_LIMIT; KD_CANCELLED; those of kd_kdx_write(). o, stats
 * may be NULL.
 */
KD_MUST_CHECK struct kd_error *kd_kdx_build(struct kd_ctx *ctx, const char *file, const char *out,
					    const struct kd_kdx_options *o, struct kd_kdx_stats *stats);

#endif
