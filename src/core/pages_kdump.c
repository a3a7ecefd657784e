// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Compressed kdump: makedumpfile's and QEMU's. The n-th set bit of the second bitmap has the n-th
 * descriptor; how many are set before a place is counted once, chunk by chunk, as far as it is needed.
 */
#include "base/alloc.h"
#include "base/cursor.h"
#include "base/pack.h"
#include "base/vec.h"
#include "core/pages.h"
#include "format/diskdump.h"
#include "format/elfcore.h"

enum { CHUNK = 4096, CHUNK_BITS = CHUNK * 8, BATCH = 64, HELD = 64, PARTS_MAX = 64 << 20, DESC_BATCH = 4096 };

struct kdump {
	struct kd_bytes *file;
	struct kd_diskdump d;
	struct kd_lzo *lzo;
	bool no_lzo;
	struct {
		uint64_t *v; /* kept frames before each chunk */
		size_t n, cap;
	} before;
	uint8_t (*chunk)[CHUNK]; /* of the second bitmap, each in the slot of its number */
	uint64_t held[HELD]; /* number + 1 */
	unsigned char *packed; /* a page's data */
};

static bool probe(struct kd_view head)
{
	return kd_view_starts(head, KD_V(KD_DISKDUMP_SIGNATURE));
}

static void close_kdump(void *state)
{
	struct kdump *k = state;

	kd_lzo_close(k->lzo);
	kd_vec_free(&k->before);
	kd_free(k->chunk);
	kd_free(k->packed);
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
	if (!err && kd_bytes_size(file) < k->d.desc_off) {
		info->incomplete = "the file ends inside of its bitmaps";
		err = kd_error_at(KD_BADDATA, (int64_t)kd_bytes_size(file), "the file ends inside of its bitmaps, at %ju "
				  "bytes; the pages begin behind %ju", (uintmax_t)kd_bytes_size(file),
				  (uintmax_t)k->d.desc_off);
	}
	if (err) {
		close_kdump(k);
		return err;
	}
	k->chunk = kd_xmalloc(HELD * sizeof(*k->chunk));
	k->packed = kd_xmalloc(k->d.block);
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

/* Bits [from, to) of a chunk that are set; numbers of frames, all of that chunk. */
static uint64_t count(const uint8_t *bits, uint64_t chunk, uint64_t from, uint64_t to)
{
	uint64_t base = chunk * CHUNK_BITS, n = 0;

	for (uint64_t i = from < base ? base : from; i < to && i < base + CHUNK_BITS;) {
		uint64_t at = i - base, word;

		if (!(at & 63) && to - i >= 64 && at + 64 <= CHUNK_BITS) {
			memcpy(&word, bits + at / 8, 8);
			n += (unsigned)__builtin_popcountll(word);
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
	if (frame < first_frame(k) || frame >= end_frame(k))
		return NULL;
	err = chunk_of(k, chunk, &bits);
	if (err || !(bits[frame % CHUNK_BITS / 8] >> (frame & 7) & 1))
		return err;
	err = count_to(k, chunk);
	if (err)
		return err;
	*kept = true;
	*ret = k->before.v[chunk] + count(bits, chunk, first_frame(k), frame);
	return NULL;
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

static struct desc desc_of(const char raw[KD_DISKDUMP_DESC])
{
	struct kd_cursor c = kd_cursor_of(kd_view(raw, KD_DISKDUMP_DESC), 0, false);
	struct desc d = {0};

	(void)(kd_cursor_next_u64(&c, &d.off) && kd_cursor_next_u32(&c, &d.size) && kd_cursor_next_u32(&c, &d.flags));
	return d;
}

static bool unpack(struct kdump *k, const struct desc *d, unsigned char *to)
{
	const struct kd_view in = kd_view((const char *)k->packed, d->size);

	if (d->flags & KD_DD_ZLIB)
		return kd_unpack_zlib(in, to, k->d.block);
	if (d->flags & KD_DD_SNAPPY)
		return kd_unpack_snappy(in, to, k->d.block);
	if (d->flags & KD_DD_ZSTD)
		return kd_unpack_zstd(in, to, k->d.block);
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

static enum kd_page_state read_page(struct kdump *k, uint64_t frame, unsigned char *to)
{
	char raw[KD_DISKDUMP_DESC];
	enum kd_page_state s;
	struct desc d;
	uint64_t number;
	bool kept;

	s = state_of(number_of(k, frame, &kept, &number));
	if (s != KD_PAGE_OK)
		return s;
	if (!kept)
		return why_not(k, frame);
	s = state_of(kd_bytes_read(k->file, k->d.desc_off + number * KD_DISKDUMP_DESC, sizeof(raw), raw));
	if (s != KD_PAGE_OK)
		return s;
	d = desc_of(raw);
	if (!d.off || !d.size || d.size > k->d.block)
		return KD_PAGE_DAMAGED;
	if (!d.flags && d.size != k->d.block)
		return KD_PAGE_DAMAGED;
	s = state_of(kd_bytes_read(k->file, d.off, d.size, d.flags ? k->packed : to));
	if (s != KD_PAGE_OK || !d.flags)
		return s;
	return unpack(k, &d, to) ? KD_PAGE_OK : KD_PAGE_DAMAGED;
}

static enum kd_page_state read_kdump(void *state, uint64_t paddr, void *to, size_t n)
{
	struct kdump *k = state;
	unsigned char *page;
	enum kd_page_state s;

	if (n == k->d.block && !(paddr % n))
		return read_page(k, paddr / n, to);
	page = kd_xmalloc(k->d.block);
	s = read_page(k, paddr / k->d.block, page);
	if (s == KD_PAGE_OK)
		memcpy(to, page + paddr % k->d.block, n);
	kd_free(page);
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
	char *raw = kd_xmalloc(DESC_BATCH * KD_DISKDUMP_DESC);
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
	uint8_t *bits = kd_xmalloc(BATCH * CHUNK);
	const uint64_t end = (k->d.frames + CHUNK_BITS - 1) / CHUNK_BITS;
	struct kd_error *err = count_to(k, end);
	uint64_t kept = err ? 0 : k->before.v[end], frames = 0;

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
					   .survey = survey,
					   .close = close_kdump};
