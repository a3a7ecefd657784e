// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compressed kdump: makedumpfile's and QEMU's. The n-th set bit of the second bitmap has the n-th
 * descriptor; how many are set before a place is counted once, chunk by chunk, as far as it is needed.
 */
#include "base/alloc.h"
#include "base/le.h"
#include "base/pack.h"
#include "base/vec.h"
#include "core/pages.h"
#include "format/diskdump.h"
#include "format/elfcore.h"

enum { CHUNK = 4096, CHUNK_BITS = CHUNK * 8, BATCH = 64, HELD = 64, PARTS_MAX = 64 << 20, DESC_BATCH = 4096, DESC_AHEAD = 64,
       DATA_AHEAD = 32 << 10 };

/* Bytes of the file that were read last, for what stands behind them. */
struct ahead {
	uint64_t off;
	size_t n, room; /* bytes that are there; of p */
	unsigned char *p;
};

struct kdump {
	struct kd_bytes *file;
	struct kd_diskdump d;
	struct kd_lzo *lzo;
	struct kd_deflate *deflate;
	struct kd_zstd *zstd; /* what it needs for each page is made once */
	bool no_lzo, no_deflate; /* it was tried */
	bool no_bitmaps; /* the file ends before their end: no page can be found */
	struct {
		uint64_t *v; /* kept frames before each chunk */
		size_t n, cap;
	} before;
	struct {
		uint64_t frame, number;
	} last; /* that was asked for; number 0: none, or the first */
	uint8_t (*chunk)[CHUNK]; /* of the second bitmap, each in the slot of its number */
	uint64_t held[HELD]; /* number + 1 */
	struct ahead descs, packed;
};

static bool probe(struct kd_view head)
{
	return kd_view_starts(head, KD_V(KD_DISKDUMP_SIGNATURE));
}

static void close_kdump(void *state)
{
	struct kdump *k = state;

	kd_lzo_close(k->lzo);
	kd_deflate_close(k->deflate);
	kd_zstd_free(k->zstd);
	kd_vec_free(&k->before);
	kd_free(k->chunk);
	kd_free(k->descs.p);
	kd_free(k->packed.p);
	kd_free(k);
}

static struct kd_error *part(const struct kdump *k, const struct kd_diskdump_part *p, struct kd_arena *arena,
			     struct kd_view *ret)
{
	struct kd_error *err;
	char *to;

	if (!p->size)
		return NULL;
	if (p->size > PARTS_MAX)
		return kd_error_new(KD_LIMIT, "notes of %ju bytes", (uintmax_t)p->size);
	to = kd_arena_raw(arena, (size_t)p->size);
	if (!to)
		return kd_error_new(KD_LIMIT, "no room for its notes");
	err = kd_bytes_read(k->file, p->off, (size_t)p->size, to);
	if (!err)
		*ret = kd_view(to, (size_t)p->size);
	return err;
}

static uint16_t machine_of(const char *name)
{
	static const struct {
		const char *name;
		uint16_t machine;
	} known[] = {{"x86_64", KD_EM_X86_64}, {"aarch64", KD_EM_AARCH64}, {"riscv64", KD_EM_RISCV},
		     {"ppc64le", KD_EM_PPC64}, {"s390x", KD_EM_S390}, {"loongarch64", KD_EM_LOONGARCH}};

	for (size_t i = 0; i < KD_ARRAY_LEN(known); i++)
		if (!strcmp(name, known[i].name))
			return known[i].machine;
	return 0;
}

/* "(none)" is a host without a name. */
static struct kd_view text(const char *s)
{
	return *s && strcmp(s, "(none)") ? kd_view_of(s) : KD_VNULL;
}

static void tell(const struct kdump *k, struct kd_pages_info *info)
{
	const struct kd_diskdump *d = &k->d;

	info->version = d->version;
	info->page_size = d->block;
	info->machine = machine_of(d->machine);
	info->release = text(d->release);
	info->nodename = text(d->nodename);
	info->uts_version = text(d->uts_version);
	info->machine_name = text(d->machine);
	info->time = d->time;
	info->has_phys_base = true;
	info->phys_base = d->phys_base;
	info->level = d->version >= 1 ? d->level : -1;
	info->top = d->frames * d->block;
	info->split = d->split;
	info->part_start = d->start_pfn * d->block;
	info->part_end = d->end_pfn * d->block;
	if (d->status & KD_DD_INCOMPLETE)
		info->incomplete = "its writer marked it as incomplete";
}

static struct kd_error *open_parts(struct kdump *k, struct kd_arena *arena, struct kd_pages_info *info)
{
	char head[KD_DISKDUMP_HEAD];
	const uint64_t size = kd_bytes_size(k->file);
	const size_t n = size < sizeof(head) ? (size_t)size : sizeof(head);
	struct kd_error *err = kd_bytes_read(k->file, 0, n, head);
	struct kd_elfnote note;
	size_t at = 0;

	if (!err)
		err = kd_diskdump_parse(kd_view(head, n), &k->d);
	if (err)
		return err;
	tell(k, info);
	err = part(k, &k->d.notes, arena, &info->notes);
	if (!err)
		err = part(k, &k->d.vmcoreinfo, arena, &info->vmcoreinfo);
	while (!err && !info->vmcoreinfo.n && kd_elfnote_next(info->notes, false, &at, &note))
		if (kd_view_eq(note.name, KD_V("VMCOREINFO")))
			info->vmcoreinfo = note.desc;
	return err;
}

static struct kd_error *open_kdump(struct kd_bytes *file, struct kd_arena *arena, struct kd_pages_info *info,
				   void **ret)
{
	struct kdump *k = kd_xcalloc(1, sizeof(*k));
	struct kd_error *err;

	k->file = file;
	err = open_parts(k, arena, info);
	if (!err && kd_bytes_size(file) < k->d.desc_off) { /* what its headers say is something all the same */
		info->incomplete = "the file ends inside of its bitmaps, in front of all pages";
		k->no_bitmaps = true;
	}
	if (err) {
		close_kdump(k);
		return err;
	}
	k->chunk = kd_xmalloc(HELD * sizeof(*k->chunk));
	k->descs.room = (size_t)DESC_AHEAD * KD_DISKDUMP_DESC;
	k->descs.p = kd_xmalloc(k->descs.room);
	k->packed.room = k->d.block > DATA_AHEAD ? k->d.block : DATA_AHEAD;
	k->packed.p = kd_xmalloc(k->packed.room);
	*ret = k;
	return NULL;
}

/* --- which pages there are -------------------------------------------------------------------- */

/* Frames that this file says something about. */
static uint64_t first_frame(const struct kdump *k)
{
	return k->d.split ? k->d.start_pfn : 0;
}

static uint64_t end_frame(const struct kdump *k)
{
	return k->d.split && k->d.end_pfn < k->d.frames ? k->d.end_pfn : k->d.frames;
}

/* Without the instruction, which not all x86_64 have, the compiler would call a function for each word. */
static unsigned ones(uint64_t w)
{
	w -= w >> 1 & 0x5555555555555555;
	w = (w & 0x3333333333333333) + (w >> 2 & 0x3333333333333333);
	w = (w + (w >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (unsigned)(w * 0x0101010101010101 >> 56);
}

/* Bits [from, to) of a chunk that are set; numbers of frames, all of that chunk. */
static uint64_t count(const uint8_t *bits, uint64_t chunk, uint64_t from, uint64_t to)
{
	uint64_t base = chunk * CHUNK_BITS, n = 0;

	for (uint64_t i = from < base ? base : from; i < to && i < base + CHUNK_BITS;) {
		uint64_t at = i - base, word;

		if (!(at & 63) && to - i >= 64 && at + 64 <= CHUNK_BITS) {
			memcpy(&word, bits + at / 8, 8);
			n += ones(word);
			i += 64;
		} else {
			n += bits[at / 8] >> (at & 7) & 1;
			i++;
		}
	}
	return n;
}

/* A chunk of a bitmap; the last one is filled up with zeros. */
static struct kd_error *read_chunks(const struct kdump *k, uint64_t bitmap_off, uint64_t chunk, size_t chunks,
				    uint8_t *to)
{
	uint64_t off = chunk * CHUNK, n = (uint64_t)chunks * CHUNK;

	memset(to, 0, (size_t)n);
	if (off >= k->d.bitmap_size)
		return NULL;
	if (n > k->d.bitmap_size - off)
		n = k->d.bitmap_size - off;
	return kd_bytes_read(k->file, bitmap_off + off, (size_t)n, to);
}

static struct kd_error *chunk_of(struct kdump *k, uint64_t chunk, const uint8_t **ret)
{
	const size_t slot = chunk % HELD;
	struct kd_error *err = NULL;

	if (k->held[slot] != chunk + 1) {
		k->held[slot] = 0;
		err = read_chunks(k, k->d.kept_off, chunk, 1, k->chunk[slot]);
		if (!err)
			k->held[slot] = chunk + 1;
	}
	*ret = k->chunk[slot];
	return err;
}

/* Counts on until before.v[chunk] is known. */
static struct kd_error *count_to(struct kdump *k, uint64_t chunk)
{
	uint8_t *bits = NULL;
	struct kd_error *err = NULL;

	if (!k->before.n)
		*kd_vec_push(&k->before, 1) = 0;
	while (!err && k->before.n <= chunk) {
		const uint64_t at = k->before.n - 1;

		if (!bits)
			bits = kd_xmalloc(BATCH * CHUNK);
		err = read_chunks(k, k->d.kept_off, at, BATCH, bits);
		for (uint64_t i = 0; !err && i < BATCH; i++) {
			uint64_t sum = k->before.v[at + i] + count(bits + i * CHUNK, at + i, first_frame(k), end_frame(k));
			uint64_t *to = kd_vec_push(&k->before, k->d.frames / CHUNK_BITS + BATCH + 2);

			if (!to)
				err = kd_error_new(KD_LIMIT, "%ju page frames", (uintmax_t)k->d.frames);
			else
				*to = sum;
		}
	}
	kd_free(bits);
	return err;
}

/* The descriptor of a frame; *kept false: it has none. */
static struct kd_error *number_of(struct kdump *k, uint64_t frame, bool *kept, uint64_t *ret)
{
	const uint64_t chunk = frame / CHUNK_BITS;
	const uint8_t *bits;
	struct kd_error *err;

	*kept = false;
	if (k->no_bitmaps)
		return kd_error_new(KD_BADDATA, "the file ends inside of its bitmaps");
	if (frame < first_frame(k) || frame >= end_frame(k))
		return NULL;
	err = chunk_of(k, chunk, &bits);
	if (err || !(bits[frame % CHUNK_BITS / 8] >> (frame & 7) & 1))
		return err;
	err = count_to(k, chunk);
	if (err)
		return err;
	*kept = true;
	if (k->last.frame / CHUNK_BITS == chunk && k->last.frame >= first_frame(k) && k->last.frame <= frame && k->last.number)
		*ret = k->last.number + count(bits, chunk, k->last.frame, frame); /* pages are mostly asked for in order */
	else
		*ret = k->before.v[chunk] + count(bits, chunk, first_frame(k), frame);
	k->last.frame = frame;
	k->last.number = *ret;
	return NULL;
}

/* The first frame at `from` or behind it that is in this file; UINT64_MAX: none. */
static uint64_t next_frame(struct kdump *k, uint64_t from)
{
	const uint64_t end = end_frame(k);

	if (from < first_frame(k))
		from = first_frame(k);
	while (from < end) {
		const uint64_t chunk = from / CHUNK_BITS;
		const uint8_t *bits;
		struct kd_error *err = chunk_of(k, chunk, &bits);

		if (err) {
			kd_error_free(err);
			return UINT64_MAX;
		}
		for (; from < end && from / CHUNK_BITS == chunk; from++) {
			if (!(from & 7) && !bits[from % CHUNK_BITS / 8])
				from += 7;
			else if (bits[from % CHUNK_BITS / 8] >> (from & 7) & 1)
				return from;
		}
	}
	return UINT64_MAX;
}

static uint64_t next(void *state, uint64_t paddr)
{
	struct kdump *k = state;
	uint64_t frame = k->no_bitmaps ? UINT64_MAX : next_frame(k, paddr / k->d.block), at;

	return __builtin_mul_overflow(frame, k->d.block, &at) ? UINT64_MAX : at > paddr ? at : paddr;
}

static enum kd_page_state why_not(const struct kdump *k, uint64_t frame)
{
	uint8_t bits = 0;
	struct kd_error *err;

	if (frame >= k->d.frames)
		return KD_PAGE_ABSENT;
	err = kd_bytes_read(k->file, k->d.exists_off + frame / 8, 1, &bits);
	kd_error_free(err);
	if (!(bits >> (frame & 7) & 1))
		return KD_PAGE_ABSENT;
	return frame < first_frame(k) || frame >= end_frame(k) ? KD_PAGE_OTHER_PART : KD_PAGE_FILTERED;
}

/* --- a page ------------------------------------------------------------------------------------- */

struct desc {
	uint64_t off;
	uint32_t size, flags;
};

static struct desc desc_of(const uint8_t raw[KD_DISKDUMP_DESC])
{
	return (struct desc){.off = kd_le64(raw), .size = kd_le32(raw + 8), .flags = kd_le32(raw + 12)};
}

static bool unpack_zlib(struct kdump *k, struct kd_view in, unsigned char *to)
{
	if (!k->deflate && !k->no_deflate) {
		kd_error_free(kd_deflate_open(&k->deflate));
		k->no_deflate = !k->deflate;
	}
	return k->deflate ? kd_unpack_deflate(k->deflate, in, to, k->d.block) : kd_unpack_zlib(in, to, k->d.block);
}

static bool unpack_zstd(struct kdump *k, struct kd_view in, unsigned char *to)
{
	if (!k->zstd)
		k->zstd = kd_zstd_new();
	return k->zstd && kd_zstd_unpack(k->zstd, in, KD_VNULL, to, k->d.block);
}

static bool unpack(struct kdump *k, const struct desc *d, const unsigned char *packed, unsigned char *to)
{
	const struct kd_view in = kd_view((const char *)packed, d->size);

	if (d->flags & KD_DD_ZLIB)
		return unpack_zlib(k, in, to);
	if (d->flags & KD_DD_SNAPPY)
		return kd_unpack_snappy(in, to, k->d.block);
	if (d->flags & KD_DD_ZSTD)
		return unpack_zstd(k, in, to);
	if (!(d->flags & KD_DD_LZO) || k->no_lzo)
		return false;
	if (!k->lzo) {
		struct kd_error *err = kd_lzo_open(&k->lzo);

		k->no_lzo = err != NULL;
		kd_error_free(err);
	}
	return k->lzo && kd_unpack_lzo(k->lzo, in, to, k->d.block);
}

static enum kd_page_state state_of(struct kd_error *err)
{
	enum kd_page_state s = !err ? KD_PAGE_OK : err->cls == KD_BADDATA ? KD_PAGE_CUT : KD_PAGE_DAMAGED;

	kd_error_free(err);
	return s;
}

/*
 * n bytes of the file, no more than there is room for. Pages that follow each other in memory do in the file: where reading goes on,
 * what comes next is read as well.
 */
static struct kd_error *read_ahead(const struct kdump *k, struct ahead *a, uint64_t off, size_t n, const unsigned char **ret)
{
	const uint64_t size = kd_bytes_size(k->file);
	const bool goes_on = a->n && off >= a->off && off - a->off <= a->n;
	struct kd_error *err = NULL;
	const uint64_t left = off < size ? size - off : 0;
	size_t some = goes_on ? a->room : n;

	if (goes_on && n <= a->n - (size_t)(off - a->off)) {
		*ret = a->p + (off - a->off);
		return NULL;
	}
	a->n = 0;
	if (some > left)
		some = left > n ? (size_t)left : n;
	err = kd_bytes_read(k->file, off, some, a->p);
	if (err && some > n) { /* what is asked for may be there all the same */
		kd_error_free(err);
		some = n;
		err = kd_bytes_read(k->file, off, some, a->p);
	}
	if (err)
		return err;
	a->off = off;
	a->n = some;
	*ret = a->p;
	return NULL;
}

static enum kd_page_state read_page(struct kdump *k, uint64_t frame, unsigned char *to)
{
	const unsigned char *raw;
	enum kd_page_state s;
	struct desc d;
	uint64_t number;
	bool kept;

	s = state_of(number_of(k, frame, &kept, &number));
	if (s != KD_PAGE_OK)
		return s;
	if (!kept)
		return why_not(k, frame);
	s = state_of(read_ahead(k, &k->descs, k->d.desc_off + number * KD_DISKDUMP_DESC, KD_DISKDUMP_DESC, &raw));
	if (s != KD_PAGE_OK)
		return s;
	d = desc_of(raw);
	if (!d.off || !d.size || d.size > k->d.block)
		return KD_PAGE_DAMAGED;
	if (!d.flags && d.size != k->d.block)
		return KD_PAGE_DAMAGED;
	if (!d.flags)
		return state_of(kd_bytes_read(k->file, d.off, d.size, to));
	s = state_of(read_ahead(k, &k->packed, d.off, d.size, &raw));
	if (s != KD_PAGE_OK)
		return s;
	return unpack(k, &d, raw, to) ? KD_PAGE_OK : KD_PAGE_DAMAGED;
}

/* n bytes inside of one block. */
static enum kd_page_state read_part(struct kdump *k, uint64_t paddr, unsigned char *to, size_t n)
{
	unsigned char *page;
	enum kd_page_state s;

	if (n == k->d.block)
		return read_page(k, paddr / n, to);
	page = kd_xmalloc(k->d.block);
	s = read_page(k, paddr / k->d.block, page);
	if (s == KD_PAGE_OK)
		memcpy(to, page + paddr % k->d.block, n);
	kd_free(page);
	return s;
}

/* A page of the kernel may be several blocks, or a part of one: VMCOREINFO says its size, the header that of a block. */
static enum kd_page_state read_kdump(void *state, uint64_t paddr, void *to, size_t n)
{
	struct kdump *k = state;
	enum kd_page_state s = KD_PAGE_OK;
	unsigned char *at = to;

	while (n && s == KD_PAGE_OK) {
		const size_t left = (size_t)(k->d.block - paddr % k->d.block), some = left < n ? left : n;

		s = read_part(k, paddr, at, some);
		paddr += some;
		at += some;
		n -= some;
	}
	return s;
}

/* --- all of them -------------------------------------------------------------------------------- */

static void look_at(const struct kdump *k, const struct desc *d, struct kd_pages_survey *ret)
{
	const uint64_t size = kd_bytes_size(k->file);
	uint64_t end;

	if (!d->off || !d->size || d->size > k->d.block || __builtin_add_overflow(d->off, d->size, &end)) {
		ret->damaged += k->d.block;
		return;
	}
	ret->packing |= d->flags;
	ret->packed += d->size;
	if (end > ret->need)
		ret->need = end;
	if (end > size)
		ret->cut += k->d.block;
}

static struct kd_error *survey_descs(const struct kdump *k, uint64_t n, struct kd_pages_survey *ret)
{
	const uint64_t size = kd_bytes_size(k->file);
	uint64_t there = (size - k->d.desc_off) / KD_DISKDUMP_DESC;
	uint8_t *raw = kd_xmalloc(DESC_BATCH * KD_DISKDUMP_DESC);
	struct kd_error *err = NULL;

	if (n > there) {
		ret->cut += (n - there) * k->d.block;
		ret->need = k->d.desc_off + n * KD_DISKDUMP_DESC;
		n = there;
	}
	for (uint64_t i = 0; !err && i < n; i += DESC_BATCH) {
		size_t some = n - i < DESC_BATCH ? (size_t)(n - i) : DESC_BATCH;

		err = kd_bytes_read(k->file, k->d.desc_off + i * KD_DISKDUMP_DESC, some * KD_DISKDUMP_DESC, raw);
		for (size_t j = 0; !err && j < some; j++) {
			struct desc d = desc_of(raw + j * KD_DISKDUMP_DESC);

			look_at(k, &d, ret);
		}
	}
	kd_free(raw);
	return err;
}

static struct kd_error *survey(void *state, struct kd_pages_survey *ret)
{
	struct kdump *k = state;
	uint8_t *bits;
	const uint64_t end = (k->d.frames + CHUNK_BITS - 1) / CHUNK_BITS;
	struct kd_error *err;
	uint64_t kept, frames = 0;

	if (k->no_bitmaps) {
		ret->need = k->d.desc_off;
		return NULL;
	}
	err = count_to(k, end);
	kept = err ? 0 : k->before.v[end];
	bits = kd_xmalloc(BATCH * CHUNK);
	for (uint64_t i = 0; !err && i < end; i += BATCH) {
		err = read_chunks(k, k->d.exists_off, i, BATCH, bits);
		for (uint64_t j = 0; !err && j < BATCH && i + j < end; j++)
			frames += count(bits + j * CHUNK, i + j, 0, k->d.frames);
	}
	kd_free(bits);
	if (err)
		return err;
	ret->ram = frames * k->d.block;
	ret->kept = kept * k->d.block;
	return survey_descs(k, kept, ret);
}

const struct kd_page_ops kd_pages_kdump = {.name = "compressed kdump",
					   .probe = probe,
					   .open = open_kdump,
					   .read = read_kdump,
					   .next = next,
					   .survey = survey,
					   .close = close_kdump};
