// SPDX-License-Identifier: GPL-2.0-or-later
/* The writer of indexes; kdx.h has the format. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/pack.h"
#include "base/parallel.h"
#include "symbol/kdx.h"
#include "symbol/kdx_format.h"
#include "symbol/kdx_layout.h"

enum { NAMES_MAX = 1000, SMALL = 128 }; /* bytes that are not worth a directory */

/*
 * Measured with Debian's 6.1 (docs/SYMBOLS.md): to unpack 16 KiB takes 20 to 30 microseconds, so what each address asks for
 * lies in blocks of 4 KiB (20 addresses: 3.0 ms instead of 4.1, for 0.5 MB). What every lookup searches through is left as it
 * is, unless the file is to be small (16 KiB then); types are only asked for as a whole.
 */
static const struct {
	uint8_t log, level;
	bool searched;
} policies[KD_KDX_NSECTIONS] = {
	[KD_KDX_STRINGS] = {12, 9, false},     [KD_KDX_SYM_ADDR] = {14, 6, true}, [KD_KDX_SYMS] = {14, 9, true},
	[KD_KDX_SYM_NAMES] = {14, 9, true},    [KD_KDX_LINES] = {12, 6, false},	  [KD_KDX_LINE_BLOCKS] = {14, 6, true},
	[KD_KDX_RANGES] = {14, 6, true},       [KD_KDX_FUNCS] = {14, 6, true},	  [KD_KDX_ORIGINS] = {12, 9, false},
	[KD_KDX_TREES] = {12, 6, false},       [KD_KDX_TYPES] = {KD_KDX_LOG_MAX, 12, false},
	[KD_KDX_VARS] = {16, 9, false},	       [KD_KDX_TEXT] = {16, 6, false},	  [KD_KDX_RELOCS] = {14, 6, false},
	[KD_KDX_PATCH] = {14, 6, false},       [KD_KDX_GLOBALS] = {14, 6, false},
	[KD_KDX_FRAME_BLOCKS] = {14, 6, true}, [KD_KDX_FRAMES] = {14, 9, false},
};
/* With a base: sections that stand plain otherwise, too. */
enum { BASED_LOG = 14, BASED_LEVEL = 9 };

/* --- what another index has --------------------------------------------------------------- */

/*
 * Where bytes of the base come again: positions whose next 16 bytes have a hash with some bits 0 are anchors, on both
 * sides. Of a block two windows are tried, of 64 KiB or twice the block: the one with most of its anchors, and the one
 * at the same place in proportion (texts come again in longer ones, in the same order: anchors alone mislead).
 */
enum { ANCHOR = 16, ANCHOR_BITS = 5, WINDOW = 64 << 10, TABLE_LOG_MAX = 22, VOTES_MAX = 4096 };

struct ref_section {
	struct kd_view raw;
	uint32_t *table; /* hash of an anchor → position + 1 */
	unsigned log;
	struct kd_zstd_before *before; /* of a section that is one block */
};

struct kd_kdx_ref {
	struct ref_section sec[KD_KDX_NSECTIONS];
};

static uint64_t anchor_hash(const char *p)
{
	const uint64_t h = kd_le64((const uint8_t *)p) * 0x9e3779b97f4a7c15U;

	return (h ^ h >> 32 ^ kd_le64((const uint8_t *)p + 8)) * 0x9e3779b97f4a7c15U;
}

static bool is_anchor(uint64_t h)
{
	return !(h >> 20 & ((1U << ANCHOR_BITS) - 1));
}

static void find_anchors(struct ref_section *r)
{
	r->log = 10;
	while (r->log < TABLE_LOG_MAX && ((size_t)1 << r->log) < r->raw.n >> (ANCHOR_BITS - 1))
		r->log++;
	r->table = kd_xcalloc((size_t)1 << r->log, sizeof(*r->table));
	for (size_t i = 0; i + ANCHOR <= r->raw.n; i++) {
		const uint64_t h = anchor_hash(r->raw.p + i);

		if (is_anchor(h))
			r->table[h >> (64 - r->log)] = (uint32_t)i + 1;
	}
}

struct kd_error *kd_kdx_ref_new(struct kd_kdx *base, uint32_t sections, struct kd_kdx_ref **ret)
{
	struct kd_kdx_ref *r = kd_xcalloc(1, sizeof(*r));

	for (unsigned i = 1; i < KD_KDX_NSECTIONS; i++) {
		struct ref_section *s = &r->sec[i];
		const uint64_t n = kd_kdx_size(base, (enum kd_kdx_section)i);
		const uint8_t *p = n && sections >> i & 1 ? kd_kdx_at(base, (enum kd_kdx_section)i, 0, n) : NULL;

		if (n && sections >> i & 1 && !p) {
			kd_kdx_ref_free(r);
			return kd_error_new(KD_BADDATA, "%s: %s", kd_kdx_name(base), kd_kdx_damage(base));
		}
		s->raw = p ? kd_view((const char *)p, (size_t)n) : KD_VNULL;
		if (p && policies[i].log == KD_KDX_LOG_MAX && n <= KD_KDX_BEFORE_MAX)
			s->before = kd_zstd_before_new(s->raw, policies[i].level);
		else if (p)
			find_anchors(s);
	}
	*ret = r;
	return NULL;
}

void kd_kdx_ref_free(struct kd_kdx_ref *r)
{
	for (int i = 0; r && i < KD_KDX_NSECTIONS; i++) {
		kd_free(r->sec[i].table);
		kd_zstd_before_free(r->sec[i].before);
	}
	kd_free(r);
}

void kd_kdx_ref_freep(struct kd_kdx_ref **r)
{
	kd_kdx_ref_free(*r);
	*r = NULL;
}

static int by_value(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static uint32_t window_around(size_t middle, uint32_t size)
{
	return middle > size / 2 ? (uint32_t)(middle - size / 2) : 0;
}

/* Where in the base most of a block's anchors lie; straight: without any. */
static uint32_t find_window(const struct ref_section *r, struct kd_view block, uint32_t size, uint32_t straight)
{
	uint32_t votes[VOTES_MAX];
	size_t n = 0, best = 0, many = 0, lo = 0;

	for (size_t i = 0; i + ANCHOR <= block.n && n < VOTES_MAX; i++) {
		const uint64_t h = anchor_hash(block.p + i);
		const uint32_t pos = is_anchor(h) ? r->table[h >> (64 - r->log)] : 0;

		if (pos && !memcmp(r->raw.p + pos - 1, block.p + i, ANCHOR))
			votes[n++] = pos - 1;
	}
	qsort(votes, n, sizeof(*votes), by_value);
	for (size_t hi = 0; hi < n; hi++) {
		while (votes[hi] - votes[lo] > size - 4096)
			lo++;
		if (hi - lo + 1 > many) {
			many = hi - lo + 1;
			best = ((size_t)votes[lo] + votes[hi]) / 2;
		}
	}
	return many ? window_around(best, size) : straight;
}

/* --- packing ------------------------------------------------------------------------------ */

struct packing {
	const struct kd_kdx_part *part;
	const struct ref_section *ref; /* NULL: it stands alone */
	uint8_t kind, log, level;
	size_t first, nblocks; /* jobs */
	unsigned char *out; /* block i at i << log */
	struct kd_buf bytes; /* as they lie in the file, unless it is plain */
};

struct job {
	uint32_t part, n; /* bytes */
	uint32_t before, nbefore; /* in the base */
};

struct encoder {
	struct packing p[KD_KDX_SECTIONS_MAX];
	size_t n;
	struct job *jobs;
	size_t njobs;
	struct kd_zstd **z; /* per worker */
};

/* Blocks of 1 << that; 0: as it is. */
static unsigned log_of(enum kd_kdx_section id, const struct kd_kdx_how *how)
{
	const bool small = how && how->small;
	const unsigned log = policies[id].searched && !small ? 0 : policies[id].log;

	return log && log < BASED_LOG && (small || (how && how->ref)) ? BASED_LOG : log;
}

static bool can_pack(const struct kd_kdx_part *part)
{
	return kd_pack_has_zstd() && part->data.n >= SMALL && part->data.n <= KD_KDX_RAW_MAX &&
	       part->id < KD_KDX_NSECTIONS && part->id != KD_KDX_SIBLING && part->id != KD_KDX_IDENT;
}

static void plan(struct packing *p, const struct kd_kdx_part *part, const struct kd_kdx_how *how)
{
	unsigned log;

	*p = (struct packing){.part = part, .bytes = KD_BUF_INIT(KD_KDX_RAW_MAX)};
	if (!can_pack(part))
		return;
	log = log_of(part->id, how);
	if (how && how->ref && how->ref->sec[part->id].raw.n)
		p->ref = &how->ref->sec[part->id];
	if (!log && !p->ref)
		return;
	p->kind = p->ref ? KD_KDX_BASED : KD_KDX_PACKED;
	p->log = (uint8_t)(log ? log : BASED_LOG);
	p->level = log ? policies[part->id].level : BASED_LEVEL;
	p->nblocks = (size_t)kd_kdx_blocks(part->data.n, p->log);
	p->out = kd_xmalloc(part->data.n);
}

/* The better one of two windows. */
static bool pack_windows(struct encoder *e, unsigned worker, const struct packing *p, struct kd_view in, size_t at,
			 struct job *j)
{
	const uint32_t size = in.n * 2 > WINDOW ? (uint32_t)in.n * 2 : WINDOW;
	const size_t n = p->part->data.n, middle = at + in.n / 2;
	const uint32_t straight = window_around((size_t)((uint64_t)middle * p->ref->raw.n / n), size);
	const uint32_t at_anchors = find_window(p->ref, in, size, straight);
	kd_auto(kd_freep) unsigned char *other = kd_xmalloc(in.n);
	const struct kd_view a = kd_view_head(kd_view_from(p->ref->raw, at_anchors), size);
	const struct kd_view b = kd_view_head(kd_view_from(p->ref->raw, straight), size);
	size_t na = in.n, nb = in.n;
	const bool ok_a = kd_zstd_pack(e->z[worker], in, a, p->level, p->out + at, in.n - 1, &na);
	const bool ok_b = at_anchors != straight && kd_zstd_pack(e->z[worker], in, b, p->level, other, in.n - 1, &nb);

	if (ok_b && (!ok_a || nb < na)) {
		memcpy(p->out + at, other, nb);
		j->n = (uint32_t)nb;
		j->before = straight;
		j->nbefore = (uint32_t)b.n;
		return true;
	}
	j->n = (uint32_t)na;
	j->before = at_anchors;
	j->nbefore = (uint32_t)a.n;
	return ok_a;
}

static void pack_one(void *user, unsigned worker, size_t i)
{
	struct encoder *e = user;
	struct job *j = &e->jobs[i];
	const struct packing *p = &e->p[j->part];
	const size_t at = (i - p->first) << p->log;
	const struct kd_view in = kd_view_head(kd_view_from(p->part->data, at), (size_t)1 << p->log);
	size_t n = 0;
	bool ok;

	if (p->ref && p->ref->table) {
		ok = pack_windows(e, worker, p, in, at, j);
	} else if (p->ref && p->ref->before) {
		ok = kd_zstd_pack_on(e->z[worker], in, p->ref->before, p->out + at, in.n - 1, &n);
		j->n = (uint32_t)n;
		j->nbefore = (uint32_t)p->ref->raw.n;
	} else {
		ok = kd_zstd_pack(e->z[worker], in, KD_VNULL, p->level, p->out + at, in.n - 1, &n);
		j->n = (uint32_t)n;
	}
	if (!ok) {
		j->n = (uint32_t)in.n;
		j->nbefore = 0;
		memcpy(p->out + at, in.p, in.n);
	}
}

/* Directory and blocks one behind the other; as they were when that is not smaller. */
static void gather(struct packing *p, const struct job *jobs)
{
	uint32_t end = 0;

	for (size_t i = 0; i < p->nblocks; i++) {
		end += jobs[p->first + i].n;
		kd_buf_add_le32(&p->bytes, end);
		if (p->kind == KD_KDX_BASED) {
			kd_buf_add_le32(&p->bytes, jobs[p->first + i].before);
			kd_buf_add_le32(&p->bytes, jobs[p->first + i].nbefore);
		}
	}
	for (size_t i = 0; i < p->nblocks; i++)
		kd_buf_add(&p->bytes, kd_view((const char *)p->out + (i << p->log), jobs[p->first + i].n));
	if (p->bytes.n >= p->part->data.n || p->bytes.overflow)
		p->kind = KD_KDX_PLAIN;
	kd_free(p->out);
	p->out = NULL;
}

static void pack_all(struct encoder *e, const struct kd_kdx_part *parts, size_t n, const struct kd_kdx_how *how)
{
	const unsigned nw = kd_parallel_workers(how ? how->workers : 1);

	e->n = n;
	for (size_t i = 0; i < n; i++) {
		plan(&e->p[i], &parts[i], how);
		e->p[i].first = e->njobs;
		e->njobs += e->p[i].nblocks;
	}
	e->jobs = kd_xcalloc(e->njobs + 1, sizeof(*e->jobs));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < e->p[i].nblocks; k++)
			e->jobs[e->p[i].first + k].part = (uint32_t)i;
	e->z = kd_xcalloc(nw, sizeof(struct kd_zstd *));
	for (unsigned i = 0; i < nw; i++)
		e->z[i] = kd_zstd_new();
	kd_parallel(nw, e->njobs, pack_one, e);
	for (unsigned i = 0; i < nw; i++)
		kd_zstd_free(e->z[i]);
	kd_free(e->z);
	for (size_t i = 0; i < n; i++)
		if (e->p[i].kind)
			gather(&e->p[i], e->jobs);
	kd_free(e->jobs);
}

/* --- the file ----------------------------------------------------------------------------- */

static struct kd_view stored_bytes(const struct packing *p)
{
	return p->kind ? kd_buf_view(&p->bytes) : p->part->data;
}

static void pad(struct kd_buf *b, size_t from)
{
	static const char zeroes[KD_KDX_ALIGN];
	const size_t over = (b->n - from) % KD_KDX_ALIGN;

	if (over)
		kd_buf_add(b, kd_view(zeroes, KD_KDX_ALIGN - over));
}

static void put_sections(const struct encoder *e, uint8_t *head, size_t nhead, struct kd_buf *to, struct kd_buf *checks)
{
	const size_t from = to->n;

	kd_buf_add(to, kd_view((const char *)head, nhead)); /* put right afterwards */
	for (size_t i = 0; i < e->n; i++) {
		const struct packing *p = &e->p[i];
		const struct kd_view v = stored_bytes(p);
		uint8_t *entry = head + KD_KDX_HEADER + i * KD_KDX_ENTRY;

		pad(to, from);
		kd_put_le32(entry + KD_KDX_E_ID, p->part->id);
		entry[KD_KDX_E_KIND] = p->kind;
		entry[KD_KDX_E_LOG] = p->kind ? p->log : 0;
		kd_put_le64(entry + KD_KDX_E_OFF, to->n - from);
		kd_put_le64(entry + KD_KDX_E_SIZE, v.n);
		kd_put_le32(entry + KD_KDX_E_CHECK, (uint32_t)(checks->n / 4));
		kd_put_le64(entry + KD_KDX_E_RAW, p->part->data.n);
		for (size_t k = 0; k < v.n; k += KD_KDX_CHUNK)
			kd_buf_add_le32(checks, kd_check32(kd_view_head(kd_view_from(v, k), KD_KDX_CHUNK)));
		kd_buf_add(to, v);
	}
	pad(to, from);
}

static void put_file(const struct encoder *e, struct kd_buf *to)
{
	uint8_t head[KD_KDX_HEADER + KD_KDX_SECTIONS_MAX * KD_KDX_ENTRY] = {0};
	kd_auto(kd_buf_deinit) struct kd_buf checks = KD_BUF_INIT((size_t)64 << 20);
	const size_t nhead = KD_KDX_HEADER + e->n * KD_KDX_ENTRY, from = to->n;

	put_sections(e, head, nhead, to, &checks);
	memcpy(head, KD_KDX_MAGIC, 8);
	kd_put_le32(head + KD_KDX_AT_VERSION, KD_KDX_VERSION);
	kd_put_le32(head + KD_KDX_AT_SECTIONS, (uint32_t)e->n);
	kd_put_le64(head + KD_KDX_AT_SIZE, to->n - from + checks.n);
	kd_put_le64(head + KD_KDX_AT_CHECKS, to->n - from);
	kd_put_le32(head + KD_KDX_AT_HEAD_CHECK, kd_kdx_head_check(head, nhead));
	kd_put_le32(head + KD_KDX_AT_CHECKS_CHECK, kd_check32(kd_buf_view(&checks)));
	kd_buf_add(to, kd_buf_view(&checks));
	to->overflow |= checks.overflow;
	if (!to->overflow)
		memcpy(to->p + from, head, nhead);
}

struct kd_error *kd_kdx_encode(const struct kd_kdx_part *parts, size_t n, const struct kd_kdx_how *how,
			       struct kd_buf *ret)
{
	struct kd_kdx_part full[KD_KDX_SECTIONS_MAX];
	struct encoder *e;
	size_t some = 0;

	if (n > KD_KDX_SECTIONS_MAX)
		return kd_error_new(KD_INTERNAL, "%zu sections for an index", n);
	for (size_t i = 0; i < n; i++)
		if (parts[i].data.n)
			full[some++] = parts[i];
	n = some;
	e = kd_xcalloc(1, sizeof(*e));
	pack_all(e, full, n, how);
	put_file(e, ret);
	for (size_t i = 0; i < n; i++)
		kd_buf_deinit(&e->p[i].bytes);
	kd_free(e);
	return ret->overflow ? kd_error_new(KD_LIMIT, "the index would be larger than %zu bytes", ret->max) : NULL;
}

static struct kd_error *make_folder(const char *path)
{
	size_t slash = kd_view_rchr(kd_view_of(path), '/');
	kd_auto(kd_freep) char *dir = NULL;

	if (slash == KD_NPOS || !slash)
		return NULL;
	dir = kd_xstrndup(path, slash);
	return kd_fs_mkdirs(dir, 0700);
}

/* A file of nobody else beside it: processes of two machines may have one number. */
static struct kd_error *new_file(const char *path, struct kd_buf *name, int *fd)
{
	for (int i = 0; i < NAMES_MAX; i++) {
		kd_buf_clear(name);
		if (!kd_buf_printf(name, "%s.%ld-%d.tmp", path, (long)getpid(), i))
			return kd_error_new(KD_LIMIT, "%s: too long a path", path);
		*fd = open(name->p, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (*fd >= 0)
			return NULL;
		if (errno != EEXIST)
			break;
	}
	return kd_error_errno(errno, "%s", name->p);
}

struct kd_error *kd_kdx_publish(const char *path, struct kd_view bytes)
{
	kd_auto(kd_buf_deinit) struct kd_buf tmp = KD_BUF_INIT(8192);
	struct kd_error *err = make_folder(path);
	int fd;

	if (!err)
		err = new_file(path, &tmp, &fd);
	if (err)
		return err;
	err = kd_fs_write_at(fd, tmp.p, 0, bytes);
	if (!err && fsync(fd))
		err = kd_error_errno(errno, "writing %s", tmp.p);
	if (close(fd) && !err)
		err = kd_error_errno(errno, "writing %s", tmp.p);
	if (!err && rename(tmp.p, path))
		err = kd_error_errno(errno, "renaming %s", tmp.p);
	if (err)
		unlink(tmp.p);
	return err;
}

struct kd_error *kd_kdx_write(const char *path, const struct kd_kdx_part *parts, size_t n, const struct kd_kdx_how *how,
			      uint64_t *ret_size)
{
	kd_auto(kd_buf_deinit) struct kd_buf image = KD_BUF_INIT(KD_KDX_RAW_ALL);
	struct kd_error *err = kd_kdx_encode(parts, n, how, &image);

	if (!err)
		err = kd_kdx_publish(path, kd_buf_view(&image));
	if (!err && ret_size)
		*ret_size = image.n;
	return err;
}
