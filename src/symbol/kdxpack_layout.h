/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kdxpack_layout.h: numbers of the layout that kdxpack.h has. Only for kdxpack.c and kdxpack_write.c. */
#ifndef KD_SYMBOL_KDXPACK_LAYOUT_H
#define KD_SYMBOL_KDXPACK_LAYOUT_H

#define KD_KDXPACK_MAGIC "kdocKDB\n"

enum { KD_KDXPACK_VERSION = 2, KD_KDXPACK_HEADER = 32, KD_KDXPACK_ENTRY = 24, KD_KDXPACK_NAMES_MAX = 16 << 20 };

#endif
