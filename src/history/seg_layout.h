/* SPDX-License-Identifier: GPL-2.0-or-later */
/* seg_layout.h: offsets in a segment, for seg.c and segwrite.c alone; seg.h describes the file. */
#ifndef KD_HISTORY_SEG_LAYOUT_H
#define KD_HISTORY_SEG_LAYOUT_H

#define KD_SEG_MAGIC "kdocKDH\n"

enum {
	KD_SEG_HEADER = 64, KD_SEG_ENTRY = 24,
	KD_SEG_AT_VERSION = 8, KD_SEG_AT_SECTIONS = 12, KD_SEG_AT_SIZE = 16, KD_SEG_AT_FIRST = 24, KD_SEG_AT_DOCS = 28, KD_SEG_AT_CHECK = 32,
	KD_SEG_E_ID = 0, KD_SEG_E_CHECK = 4, KD_SEG_E_OFF = 8, KD_SEG_E_SIZE = 16,
};

/* A document. */
enum {
	KD_SEG_D_OID = 0, KD_SEG_D_PARENT = 20, KD_SEG_D_DATE = 28, KD_SEG_D_CDATE = 32, KD_SEG_D_FLAGS = 36, KD_SEG_D_FILES = 38,
	KD_SEG_D_WORDS = 40, KD_SEG_D_LINES = 44, KD_SEG_D_SUBJECT = 48, KD_SEG_D_AUTHOR = 56, KD_SEG_D_PATCH = 64, KD_SEG_D_TEXT = 72,
	KD_SEG_D_TEXT_SIZE = 80, KD_SEG_DOC_BYTES = 88,
};

/* Entries of the tables. */
enum { KD_SEG_T1 = 12, KD_SEG_T = 24, KD_SEG_K = 16, KD_SEG_R = 16, KD_SEG_P = 16, KD_SEG_PAIR = 24 };

/* A document's statics: u32 date, u16 files, u8 flags, the kinds, zeros. */
enum { KD_SEG_STATIC = 24, KD_SEG_S_FILES = 4, KD_SEG_S_FLAGS = 6, KD_SEG_S_KIND = 7 };

/* A second parent with this bit is an index into PARENTS. */
#define KD_SEG_MORE (UINT32_C(1) << 31)

#endif
