/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kallsyms.h: the names in a kernel's own symbol table.
 *
 *	struct kd_kallsyms k;
 *	err = kd_kallsyms_open(token_table, token_index, &k);      // views are borrowed
 *	size_t at = 0;
 *	struct kd_view coded;
 *	while (kd_kallsyms_next(names, &at, &coded)) {
 *		n = kd_kallsyms_expand(&k, coded, buf, sizeof(buf));   // "Tvfs_write"
 *	}
 *
 * Format: scripts/kallsyms.c and kernel/kallsyms.c of the kernel. A name is its length (one byte, or since
 * 6.1 two when the first has its high bit) and that many tokens of one byte; the text's first character is
 * the type as nm(1) prints it. Addresses are 32-bit numbers; what they count from is not written anywhere:
 * enum kd_kallsyms_form.
 */
#ifndef KD_FORMAT_KALLSYMS_H
#define KD_FORMAT_KALLSYMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/view.h"

enum { KD_KALLSYMS_TOKENS = 256, KD_KALLSYMS_INDEX = 2 * KD_KALLSYMS_TOKENS /* bytes of the index */,
       KD_KALLSYMS_NAME = 1024 /* no name is longer, its type included */ };

struct kd_kallsyms {
	struct kd_view token[KD_KALLSYMS_TOKENS];
};

/* KD_BADDATA: the index leads out of the table, or to a token without an end. Little endian. */
KD_MUST_CHECK struct kd_error *kd_kallsyms_open(struct kd_view table, struct kd_view index, struct kd_kallsyms *ret);

/* The tokens of the name at *at, which is moved behind it; false: names end there, or in the midst of it. */
static inline bool kd_kallsyms_next(struct kd_view names, size_t *at, struct kd_view *ret)
{
	size_t pos = *at, len;

	if (pos >= names.n)
		return false;
	len = (unsigned char)names.p[pos++];
	if (len & 0x80) {
		if (pos >= names.n)
			return false;
		len = (len & 0x7f) | (size_t)(unsigned char)names.p[pos++] << 7;
	}
	if (!len || len > names.n - pos)
		return false;
	*ret = kd_view(names.p + pos, len);
	*at = pos + len;
	return true;
}

/* How long its text is, type included. */
size_t kd_kallsyms_length(const struct kd_kallsyms *k, struct kd_view coded);

/* The text, type first; how long it is. 0: it does not fit. */
size_t kd_kallsyms_expand(const struct kd_kallsyms *k, struct kd_view coded, char *buf, size_t max);

enum kd_kallsyms_form {
	KD_KALLSYMS_PERCPU, /* CONFIG_KALLSYMS_ABSOLUTE_PERCPU: not negative is absolute, negative counts from the base */
	KD_KALLSYMS_BASE, /* counts from the base */
	KD_KALLSYMS_PLACE, /* counts from where the number itself stands, with a sign */
	KD_KALLSYMS_NFORMS
};

/* base: kallsyms_relative_base; place: address of the number. */
uint64_t kd_kallsyms_address(enum kd_kallsyms_form form, uint64_t base, uint64_t place, uint32_t number);

#endif
