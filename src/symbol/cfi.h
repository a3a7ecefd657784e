/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cfi.h: the call frame information of a function, out of an index.
 *
 *	struct kd_cfi_fde f;
 *	struct kd_cfi_row row;
 *	if (kd_cfi_find(kdx, addr, &f) && kd_cfi_row_at(&f, addr, &row) == KD_CFI_OK) …      // format/cfi.h
 *
 * Addresses are the file's. Bytes are borrowed from the index. The index has what .debug_frame says and, of code that this
 * does not speak of, .eh_frame; entries that could not be read to their end are not in it.
 */
#ifndef KD_SYMBOL_CFI_H
#define KD_SYMBOL_CFI_H

#include "format/cfi.h"
#include "symbol/kdx.h"

/* false: nothing is said of code at addr, or the index is damaged there. */
bool kd_cfi_find(struct kd_kdx *k, uint64_t addr, struct kd_cfi_fde *ret);

/* Has it any? An index of a list of symbols has none, nor has one of a file without both sections. */
bool kd_cfi_has(const struct kd_kdx *k);

#endif
