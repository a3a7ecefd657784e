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
	KD_DDS_VMCOREINFO = 32, /* file offset and size; since version 3 */
	KD_DDS_NOTE = 48, /* the same of the notes; since version 4 */
	KD_DDS_MAX_MAPNR_64 = 96, /* since version 6 */
	KD_DDS_SIZE = 104
};

enum kd_diskdump_packing { /* header status, and flags of a descriptor */
	KD_DD_ZLIB = 0x1,
	KD_DD_LZO = 0x2,
	KD_DD_SNAPPY = 0x4,
	KD_DD_ZSTD = 0x20
};

/* A descriptor: u64 offset, u32 size, u32 flags, u64 page flags (0). */
#define KD_DISKDUMP_DESC 24

/* The stream: this block, then {s64 offset, s64 size, bytes}, big endian, ended by -1, -1. */
#define KD_FLAT_SIGNATURE "makedumpfile"
#define KD_FLAT_HEADER 4096

#endif
