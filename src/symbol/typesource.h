/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * typesource.h: a file → types.
 *
 *	struct kd_typesource *s = NULL;
 *	err = kd_typesource_open("vmlinux", NULL, &s);        // or a module and its vmlinux, or raw BTF
 *	if (!err) … s->types, s->how
 *	kd_typesource_free(s);
 *
 * Which kind of file it is, is asked of each row of a table in typesource.c: BTF, an ELF file, an index of debug
 * info (kdx.h). To add a source: a const struct kd_typesource_ops, one row.
 */
#ifndef KD_SYMBOL_TYPESOURCE_H
#define KD_SYMBOL_TYPESOURCE_H

#include "base/bytes.h"
#include "symbol/types.h"

/* Where the running kernel shows its types, and those of its modules. */
#define KD_TYPESOURCE_RUNNING "/sys/kernel/btf/vmlinux"

struct kd_typesource {
	struct kd_types *types;
	const char *how; /* "section .BTF of an ELF file"; static */
	uint64_t own; /* types of the file itself, without its base */
	struct kd_view build_id; /* absent: the file names none */
	/* of the implementation */
	struct kd_typesource *base; /* NULL: none; owned */
	struct kd_btf btf;
	struct kd_buf bytes;
	struct kd_arena arena;
};

struct kd_typesource_ops {
	const char *name;
	/* Is a file that begins so one of its? */
	bool (*probe)(struct kd_view head);
	/*
	 * Fill s->btf (whose base, if there is one, is open already), s->how, s->build_id. KD_NOTFOUND: it is such a
	 * file, and has no types; KD_INVALID: it needs a base, or has no use for one.
	 */
	struct kd_error *(*read)(const struct kd_bytes *b, const struct kd_btf *base, struct kd_typesource *s);
};

/*
 * Packed files are unpacked. base: NULL, or the file of the vmlinux that a module belongs to; one that
 * does not fit is refused (KD_BADDATA). A module below /sys/kernel/btf has the vmlinux beside it.
 * KD_UNSUPPORTED: no source knows this kind of file.
 */
KD_MUST_CHECK struct kd_error *kd_typesource_open(const char *path, const char *base,
						  struct kd_typesource **ret);
void kd_typesource_free(struct kd_typesource *s);
void kd_typesource_freep(struct kd_typesource **s);

#endif
