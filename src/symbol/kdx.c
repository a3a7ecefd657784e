// SPDX-License-Identifier: GPL-2.0-or-later
/* The reader of indexes; kdxwrite.c makes them. */
#include "symbol/kdx.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/pack.h"
#include "symbol/kdx_format.h"
#include "symbol/kdx_layout.h"
#include "symbol/kdxbase.h"

struct section {
	uint64_t off, size; /* in the file */
	uint64_t raw; /* unpacked */
	uint32_t check; /* index of its first one */
	uint8_t kind, log;
	uint8_t *at; /* packed: where its blocks are unpacked to */
	uint8_t *have; /* packed: bit per block: it is there */
};

struct kd_kdx {
	struct kd_view bytes;
	bool mapped, disposable;
	char *name;
	struct section sec[KD_KDX_NSECTIONS];
	const uint8_t *checks;
	size_t nchecks, nhead;
	uint8_t *seen; /* bit per chunk: it was checked and is good */
	uint8_t *raw, *have; /* of all packed sections */
	size_t nraw;
	struct kd_zstd *z;
	struct kd_kdx *base;
	char *kept;
	size_t nkept;
	uint64_t misses;
	char damage[120];
};

static size_t chunks(uint64_t size)
{
	return (size_t)((size + KD_KDX_CHUNK - 1) / KD_KDX_CHUNK);
}

/* --- opening ------------------------------------------------------------------------------ */

static struct kd_error *bad(const struct kd_kdx *k, const char *what)
{
	return kd_error_new(KD_BADDATA, "%s is no usable index: %s", k->name, what);
}

uint32_t kd_kdx_head_check(const uint8_t *p, size_t n)
{
	kd_auto(kd_freep) uint8_t *copy = kd_xmalloc(n);

	memcpy(copy, p, n);
	memset(copy + KD_KDX_AT_HEAD_CHECK, 0, 8);
	return kd_check32(kd_view((const char *)copy, n));
}

/* Does what the table says about a packed section hold together? */
static bool sound(const struct section *s)
{
	if (s->kind == KD_KDX_PLAIN)
		return s->raw == s->size;
	return s->kind < KD_KDX_NKINDS && s->log >= KD_KDX_LOG_MIN && s->log <= KD_KDX_LOG_MAX && s->raw &&
	       s->raw <= KD_KDX_RAW_MAX &&
	       kd_kdx_blocks(s->raw, s->log) * kd_kdx_dir_entry(s->kind) <= s->size;
}

static struct kd_error *read_table(struct kd_kdx *k, const uint8_t *p, uint32_t n, uint64_t checks)
{
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *e = p + KD_KDX_HEADER + (size_t)i * KD_KDX_ENTRY;
		const uint32_t id = kd_le32(e + KD_KDX_E_ID);
		struct section s = {.off = kd_le64(e + KD_KDX_E_OFF), .size = kd_le64(e + KD_KDX_E_SIZE),
				    .raw = kd_le64(e + KD_KDX_E_RAW), .check = kd_le32(e + KD_KDX_E_CHECK),
				    .kind = e[KD_KDX_E_KIND], .log = e[KD_KDX_E_LOG]};

		if (s.off > checks || s.size > checks - s.off || s.check > k->nchecks ||
		    chunks(s.size) > k->nchecks - s.check)
			return bad(k, "a section lies outside of it");
		if (!sound(&s))
			return bad(k, "a packed section has an impossible size");
		if (s.kind && !kd_pack_has_zstd())
			return kd_error_new(KD_UNSUPPORTED, "%s is packed with zstd, which this program was built without",
					    k->name);
		if (id && id < KD_KDX_NSECTIONS)
			k->sec[id] = s;
	}
	return NULL;
}

static uint64_t aligned(uint64_t n)
{
	return (n + KD_KDX_ALIGN - 1) / KD_KDX_ALIGN * KD_KDX_ALIGN;
}

/* Room for what packed sections unpack to: address space, of which what is written to becomes memory. */
static struct kd_error *reserve(struct kd_kdx *k)
{
	uint64_t raw = 0, bits = 0;
	void *p;

	for (int i = 0; i < KD_KDX_NSECTIONS; i++)
		if (k->sec[i].kind) {
			raw += aligned(k->sec[i].raw);
			bits += kd_kdx_blocks(k->sec[i].raw, k->sec[i].log) / 8 + 1;
		}
	if (!raw)
		return NULL;
	if (raw > KD_KDX_RAW_ALL)
		return bad(k, "it would unpack to more than 4 GiB");
	p = mmap(NULL, (size_t)raw, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return kd_error_errno(errno, "room for %ju bytes of %s", (uintmax_t)raw, k->name);
	k->raw = p;
	k->nraw = (size_t)raw;
	k->have = kd_xcalloc((size_t)bits, 1);
	raw = bits = 0;
	for (int i = 0; i < KD_KDX_NSECTIONS; i++)
		if (k->sec[i].kind) {
			k->sec[i].at = k->raw + raw;
			k->sec[i].have = k->have + bits;
			raw += aligned(k->sec[i].raw);
			bits += kd_kdx_blocks(k->sec[i].raw, k->sec[i].log) / 8 + 1;
		}
	k->z = kd_zstd_new();
	return NULL;
}

static struct kd_error *read_header(struct kd_kdx *k)
{
	const uint8_t *p = (const uint8_t *)k->bytes.p;
	struct kd_error *err;
	uint64_t checks;
	uint32_t n;

	if (k->bytes.n < KD_KDX_HEADER || memcmp(p, KD_KDX_MAGIC, 8) != 0)
		return bad(k, "it does not begin as one");
	if (kd_le32(p + KD_KDX_AT_VERSION) != KD_KDX_VERSION)
		return kd_error_new(KD_UNSUPPORTED, "%s is an index of version %u; this program reads %u", k->name,
				    kd_le32(p + KD_KDX_AT_VERSION), KD_KDX_VERSION);
	n = kd_le32(p + KD_KDX_AT_SECTIONS);
	checks = kd_le64(p + KD_KDX_AT_CHECKS);
	if (kd_le64(p + KD_KDX_AT_SIZE) != k->bytes.n)
		return bad(k, "it does not have the size that it should");
	if (n > KD_KDX_SECTIONS_MAX || checks > k->bytes.n || checks < KD_KDX_HEADER + (uint64_t)n * KD_KDX_ENTRY)
		return bad(k, "its header is damaged");
	k->nhead = KD_KDX_HEADER + (size_t)n * KD_KDX_ENTRY;
	if (kd_kdx_head_check(p, k->nhead) != kd_le32(p + KD_KDX_AT_HEAD_CHECK) ||
	    kd_check32(kd_view_from(k->bytes, (size_t)checks)) != kd_le32(p + KD_KDX_AT_CHECKS_CHECK))
		return bad(k, "its header is damaged");
	k->checks = p + checks;
	k->nchecks = (size_t)(k->bytes.n - checks) / 4;
	k->seen = kd_xcalloc(k->nchecks / 8 + 1, 1);
	err = read_table(k, p, n, checks);
	return err ? err : reserve(k);
}

static struct kd_kdx *new_kdx(struct kd_view bytes, const char *name, bool mapped)
{
	struct kd_kdx *k = kd_xcalloc(1, sizeof(*k));

	k->bytes = bytes;
	k->mapped = mapped;
	k->name = kd_xstrndup(name, strlen(name));
	return k;
}

static bool needs_base(const struct kd_kdx *k)
{
	for (int i = 0; i < KD_KDX_NSECTIONS; i++)
		if (k->sec[i].kind == KD_KDX_BASED)
			return true;
	return k->sec[KD_KDX_SIBLING].size != 0;
}

struct kd_error *kd_kdx_of_view(struct kd_view bytes, const char *name, struct kd_kdx *base, struct kd_kdx **ret)
{
	kd_auto(kd_kdx_closep) struct kd_kdx *k = new_kdx(bytes, name, false);
	struct kd_error *err = read_header(k);

	if (!err && !base && needs_base(k))
		err = kd_error_new(KD_CONFLICT, "%s needs another index, its base", name);
	if (err)
		return err;
	k->base = base;
	*ret = kd_take(k);
	return NULL;
}

/* size 0: up to the file's end. NULL: *err says why. The file may begin in the midst of a page. */
static struct kd_kdx *map_file(int fd, const char *path, uint64_t off, uint64_t size, struct kd_error **err)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), lead = off % page;
	struct stat st;
	void *p;

	if (fstat(fd, &st)) {
		*err = kd_error_errno(errno, "%s", path);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || off > (uint64_t)st.st_size || (uint64_t)st.st_size - off < KD_KDX_HEADER ||
	    size > (uint64_t)st.st_size - off) {
		*err = kd_error_new(KD_BADDATA, "%s is no usable index: it does not begin as one", path);
		return NULL;
	}
	if (!size)
		size = (uint64_t)st.st_size - off;
	p = mmap(NULL, (size_t)(size + lead), PROT_READ, MAP_PRIVATE, fd, (off_t)(off - lead));
	if (p == MAP_FAILED) {
		*err = kd_error_errno(errno, "mapping %s", path);
		return NULL;
	}
	return new_kdx(kd_view((const char *)p + lead, (size_t)size), path, true);
}

static struct kd_error *open_alone(const char *path, uint64_t off, uint64_t size, struct kd_kdx **ret)
{
	kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct kd_error *err = NULL;

	if (fd < 0)
		return kd_error_errno(errno, "%s", path);
	k = map_file(fd, path, off, size, &err);
	close(fd);
	if (!k)
		return err;
	err = read_header(k);
	if (!err)
		*ret = kd_take(k);
	return err;
}

struct kd_error *kd_kdx_open_deep(const char *path, uint64_t off, uint64_t size, unsigned depth, struct kd_kdx **ret)
{
	kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
	struct kd_error *err = open_alone(path, off, size, &k);

	if (!err && needs_base(k))
		err = kd_kdxbase_find(k, path, depth, &k->base);
	if (!err)
		*ret = kd_take(k);
	return err;
}

struct kd_error *kd_kdx_open_at(const char *path, uint64_t off, uint64_t size, struct kd_kdx **ret)
{
	return kd_kdx_open_deep(path, off, size, 0, ret);
}

struct kd_error *kd_kdx_open(const char *path, struct kd_kdx **ret)
{
	return kd_kdx_open_at(path, 0, 0, ret);
}

/* --- bytes -------------------------------------------------------------------------------- */

static bool damaged(struct kd_kdx *k, enum kd_kdx_section id, uint64_t at, const char *why)
{
	if (!k->damage[0])
		snprintf(k->damage, sizeof(k->damage), "section %d of the index is damaged at %#jx%s", id,
			 (uintmax_t)(k->sec[id].off + at), why);
	k->misses++;
	return false;
}

static bool check_chunk(struct kd_kdx *k, enum kd_kdx_section id, size_t i)
{
	const struct section *s = &k->sec[id];
	const size_t bit = s->check + i;
	uint64_t at = (uint64_t)i * KD_KDX_CHUNK;
	uint64_t n = s->size - at < KD_KDX_CHUNK ? s->size - at : KD_KDX_CHUNK;

	if (k->seen[bit / 8] >> bit % 8 & 1)
		return true;
	if (kd_check32(kd_view(k->bytes.p + s->off + at, (size_t)n)) != kd_le32(k->checks + 4 * bit))
		return damaged(k, id, at, "");
	k->seen[bit / 8] |= (uint8_t)(1 << bit % 8);
	return true;
}

/* Bytes of a section as they lie in the file. */
static const uint8_t *stored(struct kd_kdx *k, enum kd_kdx_section id, uint64_t off, uint64_t n)
{
	const struct section *s = &k->sec[id];

	if (off > s->size || n > s->size - off)
		return NULL;
	if (n)
		for (size_t i = (size_t)(off / KD_KDX_CHUNK); i <= (off + n - 1) / KD_KDX_CHUNK; i++)
			if (!check_chunk(k, id, i))
				return NULL;
	return (const uint8_t *)k->bytes.p + s->off + off;
}

/* What the base has before a block. */
static bool bytes_before(struct kd_kdx *k, enum kd_kdx_section id, const uint8_t *entry, struct kd_view *ret)
{
	const uint32_t off = kd_le32(entry + 4), n = kd_le32(entry + 8);
	const uint8_t *p;

	*ret = KD_VNULL;
	if (!n)
		return true;
	p = k->base && n <= KD_KDX_BEFORE_MAX ? kd_kdx_at(k->base, id, off, n) : NULL;
	if (!p)
		return damaged(k, id, 0, k->base && kd_kdx_damage(k->base) ? ": its base is" : ": not in its base");
	*ret = kd_view((const char *)p, n);
	return true;
}

static bool unpack_block(struct kd_kdx *k, enum kd_kdx_section id, uint64_t i)
{
	struct section *s = &k->sec[id];
	const unsigned entry = kd_kdx_dir_entry(s->kind);
	const uint64_t dir = kd_kdx_blocks(s->raw, s->log) * entry, at = i << s->log;
	const uint64_t want = s->raw - at < (uint64_t)1 << s->log ? s->raw - at : (uint64_t)1 << s->log;
	const uint8_t *e, *p;
	uint32_t begin = 0, end;
	struct kd_view before = KD_VNULL;

	if (s->have[i / 8] >> i % 8 & 1)
		return true;
	e = stored(k, id, i ? (i - 1) * entry : 0, i ? 2 * entry : entry);
	if (!e)
		return false;
	if (i) {
		begin = kd_le32(e);
		e += entry;
	}
	end = kd_le32(e);
	if (end < begin || end > s->size - dir)
		return damaged(k, id, i * entry, "");
	p = stored(k, id, dir + begin, end - begin);
	if (!p || (s->kind == KD_KDX_BASED && !bytes_before(k, id, e, &before)))
		return false;
	if (end - begin == want)
		memcpy(s->at + at, p, (size_t)want);
	else if (!kd_zstd_unpack(k->z, kd_view((const char *)p, end - begin), before, s->at + at, (size_t)want))
		return damaged(k, id, dir + begin, "");
	s->have[i / 8] |= (uint8_t)(1 << i % 8);
	return true;
}

const uint8_t *kd_kdx_at(struct kd_kdx *k, enum kd_kdx_section id, uint64_t off, uint64_t n)
{
	const struct section *s = &k->sec[id];

	if (s->kind == KD_KDX_PLAIN)
		return stored(k, id, off, n);
	if (off > s->raw || n > s->raw - off)
		return NULL;
	if (n)
		for (uint64_t i = off >> s->log; i <= (off + n - 1) >> s->log; i++)
			if (!unpack_block(k, id, i))
				return NULL;
	return s->at + off;
}

uint64_t kd_kdx_size(const struct kd_kdx *k, enum kd_kdx_section s)
{
	return k->sec[s].raw;
}

const char *kd_kdx_damage(const struct kd_kdx *k)
{
	return k->damage[0] ? k->damage : NULL;
}

uint64_t kd_kdx_misses(const struct kd_kdx *k)
{
	return k->misses;
}

void kd_kdx_disposable(struct kd_kdx *k)
{
	k->disposable = true;
}

const char *kd_kdx_name(const struct kd_kdx *k)
{
	return k->name;
}

uint64_t kd_kdx_bytes(const struct kd_kdx *k)
{
	return k->bytes.n;
}

static void identity(struct kd_view head, struct kd_view checks, uint8_t ret[KD_SHA256_LEN])
{
	struct kd_sha256 h;

	kd_sha256_init(&h);
	kd_sha256_update(&h, head);
	kd_sha256_update(&h, checks);
	kd_sha256_final(&h, ret);
}

void kd_kdx_identity(const struct kd_kdx *k, uint8_t ret[KD_SHA256_LEN])
{
	identity(kd_view_head(k->bytes, k->nhead), kd_view((const char *)k->checks, 4 * k->nchecks), ret);
}

void kd_kdx_identity_of(struct kd_view bytes, uint8_t ret[KD_SHA256_LEN])
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	const size_t nhead = KD_KDX_HEADER + (size_t)kd_le32(p + KD_KDX_AT_SECTIONS) * KD_KDX_ENTRY;
	const struct kd_view checks = kd_view_from(bytes, (size_t)kd_le64(p + KD_KDX_AT_CHECKS));

	identity(kd_view_head(bytes, nhead), kd_view(checks.p, checks.n / 4 * 4), ret);
}

struct kd_kdx *kd_kdx_base(const struct kd_kdx *k)
{
	return k->base;
}

struct kd_view kd_kdx_kept(const struct kd_kdx *k)
{
	return kd_view(k->kept, k->nkept);
}

void kd_kdx_keep(struct kd_kdx *k, char *bytes, size_t n)
{
	kd_free(k->kept);
	k->kept = bytes;
	k->nkept = n;
}

void kd_kdx_close(struct kd_kdx *k)
{
	uintptr_t at;
	size_t lead;

	if (!k)
		return;
	if (k->disposable && k->misses)
		(void)unlink(k->name);
	if (k->mapped) {
		at = (uintptr_t)k->bytes.p;
		lead = at % (size_t)sysconf(_SC_PAGESIZE);
		munmap((void *)(at - lead), k->bytes.n + lead);
	}
	if (k->raw)
		munmap(k->raw, k->nraw);
	kd_kdx_close(k->base); /* three deep at most: kdxbase.h */
	kd_zstd_free(k->z);
	kd_free(k->kept);
	kd_free(k->have);
	kd_free(k->seen);
	kd_free(k->name);
	kd_free(k);
}

void kd_kdx_closep(struct kd_kdx **k)
{
	kd_kdx_close(*k);
	*k = NULL;
}
