/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filekind.h: what a file is when it is not the kernel log that was hoped for.
 *
 *	err = kd_source_peek(src, KD_FILEKIND_BYTES, &head);
 *	const struct kd_filekind_info *k = kd_filekind_info(kd_filekind_guess(head));
 *	if (!k->is_text)
 *		… "%s is %s: %s", name, k->what, k->remedy
 *
 * A guess from the first bytes, by magic numbers; sources stand at each of them
 * in filekind.c. Give unpacked bytes if you have them: packed kinds are for
 * those who look at the packed file itself.
 */
#ifndef KD_BASE_FILEKIND_H
#define KD_BASE_FILEKIND_H

#include <stdbool.h>

#include "base/view.h"

/* Give so many bytes, or all there are. */
#define KD_FILEKIND_BYTES 4096

enum kd_filekind {
	KD_FILE_TEXT, /* UTF-8 or mostly printable bytes */
	KD_FILE_JSON,
	KD_FILE_HTML,
	KD_FILE_EMPTY,
	KD_FILE_VMCORE, /* ELF ET_CORE */
	KD_FILE_KDUMP, /* kdump-compressed or diskdump */
	KD_FILE_FLAT, /* makedumpfile -F */
	KD_FILE_ELF_EXEC,
	KD_FILE_ELF_MODULE, /* relocatable object: .ko, .o */
	KD_FILE_ELF_SHARED,
	KD_FILE_BZIMAGE,
	KD_FILE_PACKED, /* gzip, xz, zstd … */
	KD_FILE_TAR,
	KD_FILE_ZIP,
	KD_FILE_DEB,
	KD_FILE_RPM,
	KD_FILE_CPIO, /* initramfs */
	KD_FILE_SQLITE,
	KD_FILE_PNG,
	KD_FILE_JPEG,
	KD_FILE_GIF,
	KD_FILE_PDF,
	KD_FILE_PERF, /* perf.data */
	KD_FILE_JOURNAL, /* systemd journal */
	KD_FILE_UTF16,
	KD_FILE_BINARY, /* something else that is no text */
	KD_FILE_N
};

struct kd_filekind_info {
	const char *name; /* for JSON: "vmcore" */
	const char *what; /* "an ELF core dump (vmcore)" */
	const char *remedy; /* one sentence, or "" when the kind can be read */
	bool is_text; /* reading it as a log makes sense */
};

/* Always gives a kind; KD_FILE_EMPTY for no bytes. */
enum kd_filekind kd_filekind_guess(struct kd_view head);

/* Never NULL. */
const struct kd_filekind_info *kd_filekind_info(enum kd_filekind kind);

#endif
