/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture.h: a guest's memory as core files of the forms that exist in the field.
 *
 *	struct kd_core_form forms[8];
 *	size_t n;
 *	err = kd_core_forms_parse("elf,zlib:31,lzo:17:flat", forms, 8, &n);
 *	err = kd_capture(ctx, kd_lab_vm(lab), kernel.version, "out/cores", forms, n, &arena, files);
 *
 * QEMU writes the ELF core and, with its own compression, "qemu" forms; all others are made out
 * of the ELF core by makedumpfile, whose levels drop pages by what the kernel says of them. A
 * form that could not be made is said in the file's `problem`; the others are made all the same.
 */
#ifndef KD_LAB_CAPTURE_H
#define KD_LAB_CAPTURE_H

#include "base/arena.h"
#include "base/ctx.h"
#include "base/error.h"
#include "lab/vm.h"

enum kd_core_format {
	KD_CORE_ELF, /* makedumpfile -E, or as QEMU wrote it when no level is given */
	KD_CORE_PLAIN, /* compressed-kdump container, pages as they are */
	KD_CORE_ZLIB,
	KD_CORE_LZO,
	KD_CORE_SNAPPY,
	KD_CORE_ZSTD,
	KD_CORE_QEMU_ZLIB, /* dump-guest-memory -z: no page is dropped, always flattened */
	KD_CORE_NFORMATS
};

#define KD_CORE_LEVEL_NONE 255 /* ELF: as QEMU wrote it */
/* Bits of a level: 1 zero pages, 2 cache, 4 private cache, 8 user, 16 free (makedumpfile(8)). */
#define KD_CORE_LEVEL_MAX 31

struct kd_core_form {
	uint8_t format; /* enum kd_core_format */
	uint8_t level;
	bool flat; /* flattened: what makedumpfile writes to a pipe */
};

struct kd_core_file {
	struct kd_core_form form;
	const char *name; /* "core.zlib-31.flat" */
	const char *path;
	uint64_t bytes;
	/* "qemu", "makedumpfile", "kdoc" (kdump.h: what makedumpfile cannot), "kdump in the guest" */
	const char *by;
	const char *problem; /* why it is not there, or is not what was asked for; NULL: fine */
};

/* The words of the grammar: "elf", "plain", "zlib", … */
const char *kd_core_format_word(unsigned format);

/* makedumpfile's option for it, NULL: none. */
const char *kd_core_format_option(unsigned format);

/* "core.zlib-31.flat" */
const char *kd_core_form_name(struct kd_arena *a, const struct kd_core_form *f);

/*
 * Is the file packed as the form says? A makedumpfile that was built without a compression writes
 * plain pages and succeeds. NULL: yes; else what is wrong.
 */
const char *kd_core_check_packing(const char *path, const struct kd_core_form *f);

/*
 * The reason among what makedumpfile (1.7) printed before it failed: its last line but those that stand
 * behind every failure; a missing VMCOREINFO in words of our own. Borrowed from text; at most 200 bytes of it.
 */
struct kd_view kd_core_complaint(struct kd_view text);

/*
 * Comma-separated FORMAT[:LEVEL][:flat]; "all" stands for each format at levels 0 and 31, plain and
 * flattened. KD_INVALID names what is wrong; KD_LIMIT when there are more than max.
 */
KD_MUST_CHECK struct kd_error *kd_core_forms_parse(const char *text, struct kd_core_form *ret,
						   size_t max, size_t *n_ret);

/*
 * Dump the guest (it stands still meanwhile) and write the forms into the folder dir, which is
 * made. version: what uname -v prints in the guest, or NULL. files: n of them, in the same order; their strings are the arena's. An error only when
 * there is no ELF core at all.
 */
KD_MUST_CHECK struct kd_error *kd_capture(struct kd_ctx *ctx, struct kd_vm *vm,
					  const char *version, const char *dir,
					  const struct kd_core_form *forms, size_t n,
					  struct kd_arena *arena, struct kd_core_file *files);

/*
 * Put the program headers of an ELF core right behind its file header, in place. makedumpfile
 * (1.7.2) looks for them there and not where the header says; QEMU writes its section header in
 * between. The core stays a valid one. Nothing happens when they are there already.
 */
KD_MUST_CHECK struct kd_error *kd_elfcore_straighten(const char *path);

#endif
