/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * diskdump.h: numbers of the compressed-kdump container ("KDUMP   ") and of the flattened
 * stream around it. Source: makedumpfile's diskdump_mod.h and its IMPLEMENTATION file, QEMU's
 * dump/dump.h; offsets are those of 64-bit little-endian dumps.
 *
 * A file is: header block; sub-header blocks (with the ELF notes behind the sub header); bitmap
 * of the frames that exist, bitmap of those that are in the file; one descriptor for each of the
 * latter; their data.
 */
#ifndef KD_FORMAT_DISKDUMP_H
#define KD_FORMAT_DISKDUMP_H

#include "base/error.h"
#include "base/view.h"

#define KD_DISKDUMP_SIGNATURE "KDUMP   "
#define KD_DISKDUMP_BLOCK 4096

enum kd_diskdump_header { /* offsets in the header block */
	KD_DDH_VERSION = 8, /* 6 is the last one */
	KD_DDH_UTSNAME = 12, /* sysname, nodename, release, version, machine, domainname: 65 each */
	KD_DDH_TIME = 408,
	KD_DDH_STATUS = 424, /* compression, see below */
	KD_DDH_BLOCK_SIZE = 428,
	KD_DDH_SUB_HDR_SIZE = 432, /* in blocks */
	KD_DDH_BITMAP_BLOCKS = 436, /* of both bitmaps */
	KD_DDH_MAX_MAPNR = 440,
	KD_DDH_NR_CPUS = 460,
	KD_DDH_SIZE = 464
};

enum kd_diskdump_sub { /* offsets in the sub header */
	KD_DDS_PHYS_BASE = 0,
	KD_DDS_DUMP_LEVEL = 8,
	KD_DDS_SPLIT = 12, /* makedumpfile --split: only frames from START_PFN to END_PFN are in this file */
	KD_DDS_START_PFN = 16, /* of 32 bits before version 6: then in the _64 ones */
	KD_DDS_END_PFN = 24,
	KD_DDS_VMCOREINFO = 32, /* file offset and size; since version 3 */
	KD_DDS_NOTE = 48, /* the same of the notes; since version 4 */
	KD_DDS_START_PFN_64 = 80, /* since version 6, as the two behind it */
	KD_DDS_END_PFN_64 = 88,
	KD_DDS_MAX_MAPNR_64 = 96,
	KD_DDS_SIZE = 104
};

enum kd_diskdump_packing { /* header status, and flags of a descriptor */
	KD_DD_ZLIB = 0x1,
	KD_DD_LZO = 0x2,
	KD_DD_SNAPPY = 0x4,
	KD_DD_INCOMPLETE = 0x8, /* of the header only: there was no room for all */
	KD_DD_NO_VMEMMAP = 0x10, /* of the header only: pages of struct page that describe none were left out */
	KD_DD_ZSTD = 0x20
};

/* A descriptor: u64 offset, u32 size, u32 flags, u64 page flags (0). */
#define KD_DISKDUMP_DESC 24

/* The stream: this block, then {s64 offset, s64 size, bytes}, big endian, ended by -1, -1. */
#define KD_FLAT_SIGNATURE "makedumpfile"
#define KD_FLAT_HEADER 4096

/* ---- reading ---- */

struct kd_diskdump_part {
	uint64_t off, size; /* in the file; size 0: none */
};

struct kd_diskdump {
	uint32_t version, status; /* enum kd_diskdump_packing */
	uint32_t block; /* bytes of a block and of a page */
	char nodename[66], release[66], uts_version[66], machine[66];
	int64_t time; /* seconds since 1970 of the machine's clock; 0: not there */
	uint32_t nr_cpus;
	uint64_t frames; /* page frames that the bitmaps tell of */
	uint64_t exists_off, kept_off, bitmap_size; /* the two bitmaps, bytes of each */
	uint64_t desc_off; /* of the first descriptor */
	uint64_t phys_base;
	int32_t level; /* makedumpfile -d */
	bool split;
	uint64_t start_pfn, end_pfn; /* with split */
	struct kd_diskdump_part vmcoreinfo, notes;
};

/* So many first bytes suffice: a header block of 64 KiB and the sub header. */
#define KD_DISKDUMP_HEAD ((size_t)(64 << 10) + KD_DISKDUMP_BLOCK)

/*
 * The headers, of the file's first bytes. KD_BADDATA: it is no such dump or its numbers contradict each
 * other; KD_UNSUPPORTED: of a 32-bit or big-endian machine, or an older layout.
 */
KD_MUST_CHECK struct kd_error *kd_diskdump_parse(struct kd_view head, struct kd_diskdump *ret);

/* A record of the flattened stream, of its 16 bytes; off and size in the file that it is a stream of. */
struct kd_flat_record {
	uint64_t off, size;
	bool end;
};

/* false: no record can begin like that. */
bool kd_flat_record(const uint8_t raw[16], struct kd_flat_record *ret);

#endif
