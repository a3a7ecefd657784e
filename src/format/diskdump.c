// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/diskdump.h"

#include "base/cursor.h"

enum { UTS_LEN = 65, VERSION_MAX = 6, BLOCK_MAX = 64 << 10 };

/* A number at an offset of the head, which the caller has checked to be long enough. */
static uint64_t at(struct kd_view head, size_t off, unsigned size)
{
	struct kd_cursor c = kd_cursor_of(head, 0, false);
	uint64_t v = 0;

	(void)(kd_cursor_seek(&c, off) && kd_cursor_next_uint(&c, size, &v));
	return v;
}

static void uts(struct kd_view head, unsigned which, char ret[66])
{
	const char *p = head.p + KD_DDH_UTSNAME + which * UTS_LEN;
	size_t n = strnlen(p, UTS_LEN);

	memcpy(ret, p, n);
	ret[n] = '\0';
}

static struct kd_error *read_header(struct kd_view head, struct kd_diskdump *d)
{
	d->version = (uint32_t)at(head, KD_DDH_VERSION, 4);
	if (d->version > VERSION_MAX && d->version & 0xff000000 && !(d->version & 0xffffff))
		return kd_error_new(KD_UNSUPPORTED, "a dump of a big-endian machine");
	if (d->version > 2 * VERSION_MAX)
		return kd_error_at(KD_BADDATA, KD_DDH_VERSION, "header version %u does not exist", d->version);
	uts(head, 1, d->nodename);
	uts(head, 2, d->release);
	uts(head, 3, d->uts_version);
	uts(head, 4, d->machine);
	d->time = (int64_t)at(head, KD_DDH_TIME, 8);
	d->status = (uint32_t)at(head, KD_DDH_STATUS, 4);
	d->block = (uint32_t)at(head, KD_DDH_BLOCK_SIZE, 4);
	d->frames = at(head, KD_DDH_MAX_MAPNR, 4);
	d->nr_cpus = (uint32_t)at(head, KD_DDH_NR_CPUS, 4);
	if (d->block < KD_DISKDUMP_BLOCK || d->block > BLOCK_MAX || d->block & (d->block - 1))
		return kd_error_at(KD_UNSUPPORTED, KD_DDH_BLOCK_SIZE,
				   "blocks of %u bytes: of a 32-bit machine, or damaged", d->block);
	return NULL;
}

static struct kd_diskdump_part part(struct kd_view head, size_t sub, unsigned off)
{
	return (struct kd_diskdump_part){.off = at(head, sub + off, 8), .size = at(head, sub + off + 8, 8)};
}

static void read_sub(struct kd_view head, struct kd_diskdump *d)
{
	const size_t sub = d->block;
	const bool wide = d->version >= 6;

	d->phys_base = at(head, sub + KD_DDS_PHYS_BASE, 8);
	if (d->version >= 1)
		d->level = (int32_t)at(head, sub + KD_DDS_DUMP_LEVEL, 4);
	if (d->version >= 2) {
		d->split = at(head, sub + KD_DDS_SPLIT, 4) != 0;
		d->start_pfn = at(head, sub + (wide ? KD_DDS_START_PFN_64 : KD_DDS_START_PFN), 8);
		d->end_pfn = at(head, sub + (wide ? KD_DDS_END_PFN_64 : KD_DDS_END_PFN), 8);
	}
	if (d->version >= 3)
		d->vmcoreinfo = part(head, sub, KD_DDS_VMCOREINFO);
	if (d->version >= 4)
		d->notes = part(head, sub, KD_DDS_NOTE);
	if (wide)
		d->frames = at(head, sub + KD_DDS_MAX_MAPNR_64, 8);
}

struct kd_error *kd_diskdump_parse(struct kd_view head, struct kd_diskdump *ret)
{
	struct kd_diskdump d = {0};
	struct kd_error *err;
	uint64_t sub_blocks, bitmap_blocks;

	if (!kd_view_starts(head, KD_V(KD_DISKDUMP_SIGNATURE)))
		return kd_error_at(KD_BADDATA, 0, "it is no compressed kdump");
	if (head.n < KD_DDH_SIZE)
		return kd_error_at(KD_BADDATA, (int64_t)head.n, "the data ends inside of the headers (is it a whole copy?)");
	err = read_header(head, &d);
	if (err)
		return err;
	if (head.n < (size_t)d.block + KD_DDS_SIZE)
		return kd_error_at(KD_BADDATA, (int64_t)head.n, "the data ends inside of the headers (is it a whole copy?)");
	read_sub(head, &d);
	sub_blocks = at(head, KD_DDH_SUB_HDR_SIZE, 4);
	bitmap_blocks = at(head, KD_DDH_BITMAP_BLOCKS, 4);
	d.bitmap_size = bitmap_blocks / 2 * d.block;
	d.exists_off = (1 + sub_blocks) * d.block;
	d.kept_off = d.exists_off + d.bitmap_size;
	d.desc_off = d.exists_off + bitmap_blocks * d.block;
	if (!bitmap_blocks || bitmap_blocks & 1 || d.frames / 8 > d.bitmap_size)
		return kd_error_at(KD_BADDATA, KD_DDH_BITMAP_BLOCKS, "%ju blocks of bitmaps for %ju page frames",
				   (uintmax_t)bitmap_blocks, (uintmax_t)d.frames);
	if (d.split && d.start_pfn > d.end_pfn)
		return kd_error_at(KD_BADDATA, (int64_t)d.block + KD_DDS_SPLIT, "its part is from frame %ju to %ju",
				   (uintmax_t)d.start_pfn, (uintmax_t)d.end_pfn);
	*ret = d;
	return NULL;
}

bool kd_flat_record(const uint8_t raw[16], struct kd_flat_record *ret)
{
	struct kd_cursor c = kd_cursor_of(kd_view((const char *)raw, 16), 0, true);
	uint64_t end;

	if (!kd_cursor_next_u64(&c, &ret->off) || !kd_cursor_next_u64(&c, &ret->size))
		return false;
	ret->end = ret->off == UINT64_MAX && ret->size == UINT64_MAX;
	return ret->end || (!__builtin_add_overflow(ret->off, ret->size, &end) && end <= INT64_MAX && ret->size);
}
