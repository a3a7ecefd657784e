/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * build_symbols.h: the symbols of an index, wherever they come from (build_file.c: an ELF file, a kernel's
 * own tables; build_list.c: a text).
 */
#ifndef KD_SYMBOL_BUILD_SYMBOLS_H
#define KD_SYMBOL_BUILD_SYMBOLS_H

#include "base/buf.h"

struct kd_symbol_row {
	uint64_t addr;
	uint32_t size; /* UINT32_MAX: larger */
	uint32_t name; /* in the texts */
	uint32_t order; /* among those at one address */
	uint8_t type, bind; /* of ELF */
	uint16_t flags; /* KD_SYM_… */
};

/* KD_KDX_SYM_ADDR, KD_KDX_SYMS, KD_KDX_SYM_NAMES of kdx_format.h; texts: KD_KDX_STRINGS. Puts v in order. */
void kd_build_symbol_rows(struct kd_symbol_row *v, size_t n, const char *texts, struct kd_buf *addr, struct kd_buf *syms,
			  struct kd_buf *names);

#endif
