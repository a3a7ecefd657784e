/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * traits.h: what of a report its grouping depends on, and nothing else.
 *
 *	struct kd_traits *t;
 *	err = kd_traits_of(report, &arena, &t);        // a few microseconds
 *	kd_traits_write(&json, t);                     // kept once for each strict signature
 *	err = kd_traits_read(text, &arena, &t);        // … and read back: the same traits
 *
 * Addresses, registers, CPUs, process ids, times, hosts, names of releases, offsets and compiler suffixes are
 * not in it, and what an architecture alone prints is brought to one form (system call entries, __pi_ copies
 * of helpers): the same bug on x86 and on arm64 gives traits that compare as alike.
 *
 * All texts live in the arena that was given, also those of kd_traits_of(): traits outlive their report.
 * An absent text has p == NULL. The JSON form is one object with short keys, at most KD_TRAITS_JSON_MAX
 * bytes; it only ever grows, so what an older kdoc stored is read by a newer one.
 *
 * Two reports with the same strict signature have nearly the same traits: make them for a strict
 * signature that was never seen, not for each event.
 */
#ifndef KD_CASE_TRAITS_H
#define KD_CASE_TRAITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/json.h"
#include "base/view.h"
#include "report/report.h"

#define KD_TRAITS_FRAMES_MAX 64 /* of all stacks together */
#define KD_TRAITS_STACK_MAX 24 /* of one stack */
#define KD_TRAITS_MARKS_MAX 12
#define KD_TRAITS_TEXT_MAX 160 /* bytes of a name or a title */
#define KD_TRAITS_JSON_MAX 32768

/* Which stack a frame is of. */
enum kd_tframe_role {
	KD_TF_CRASH, /* the code that the report is about, the guilty function first */
	KD_TF_ALLOC,
	KD_TF_FREE,
	KD_TF_OTHER, /* the second access of a race, a link of a lock chain, where work was queued … */
	KD_TF_ROLES
};

/* Helpers and glue (kd_frame_is_generic) are left out. */
struct kd_tframe {
	struct kd_view func; /* "nf_tables_dump_sets", "sys_ioctl" */
	struct kd_view file; /* "net/netfilter/nf_tables_api.c" when the log was decoded */
	struct kd_view module;
	uint8_t role; /* enum kd_tframe_role */
	uint8_t pos; /* in its stack, from 0 */
	bool inlined;
};

/* A fact of the report's family that has to do with which bug it is: "cache" "kmalloc-96", "lock" "&rtnl_mutex". */
struct kd_tmark {
	struct kd_view key, value;
};

enum kd_tdir { KD_TDIR_UNKNOWN, KD_TDIR_READ, KD_TDIR_WRITE, KD_TDIR_EXEC };

struct kd_traits {
	struct kd_view kind, family; /* names of struct kd_kind */
	struct kd_view what; /* of the kind: "use-after-free", "slab-out-of-bounds", "illegal context switch …" */
	uint8_t dir; /* enum kd_tdir */
	uint32_t size; /* bytes accessed; 0: not known */
	struct kd_view func; /* the guilty function */
	struct kd_view file; /* of the guilty place */
	uint32_t line; /* in file; 0: not known. Moves between releases. */
	/*
	 * When the tree was what it was, in tenths of a kernel version (4.0 is 200, 5.0 is 410), for mainline
	 * trees under development alone (rc, next, X.Y.0): 0 for what is maintained for years (stable, vendors).
	 */
	uint32_t vintage;
	struct kd_view module, subsystem;
	struct kd_view syscall; /* "ioctl" */
	struct kd_view title; /* kdoc's words, numbers replaced */
	struct kd_tmark *marks;
	size_t nmarks;
	struct kd_tframe *frames; /* by role, then position */
	size_t nframes;
};

/* KD_LIMIT: the arena is full. */
struct kd_error *kd_traits_of(const struct kd_report *r, struct kd_arena *arena, struct kd_traits **ret) KD_MUST_CHECK;

/* One object. What is absent has no key. */
void kd_traits_write(struct kd_json *j, const struct kd_traits *t);

/* What kd_traits_write() wrote. KD_BADDATA for anything else; KD_LIMIT. */
struct kd_error *kd_traits_read(struct kd_view json, struct kd_arena *arena, struct kd_traits **ret) KD_MUST_CHECK;

/*
 * The name of a function as all architectures and compilers have it: without suffixes, system call
 * entries as "sys_NAME". Borrowed from name, or from arena.
 */
struct kd_view kd_traits_func(struct kd_arena *arena, struct kd_view name);

#endif
