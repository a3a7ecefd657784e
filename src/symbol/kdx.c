// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/kdx.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "base/hash.h"
#include "symbol/kdx_format.h"

enum { HEADER = 64, ENTRY = 32, ALIGN = 64, SECTIONS_MAX = 64, NAMES_MAX = 1000 };
enum { AT_VERSION = 8, AT_SECTIONS = 12, AT_SIZE = 16, AT_CHECKS = 24, AT_HEAD_CHECK = 32,
       AT_CHECKS_CHECK = 36 };

static const char magic[8] = {'k', 'd', 'o', 'c', 'K', 'D', 'X', '\n'};

struct section {
	uint64_t off, size;
	uint32_t check; /* index of its first one */
};

struct kd_kdx {
	struct kd_view bytes;
	bool mapped, disposable;
	char *name;
	struct section sec[KD_KDX_NSECTIONS];
	const uint8_t *checks;
	size_t nchecks;
	uint8_t *seen; /* bit per chunk: it was checked and is good */
	uint64_t misses;
	char damage[120];
};

static size_t chunks(uint64_t size)
{
	return (size_t)((size + KD_KDX_CHUNK - 1) / KD_KDX_CHUNK);
}

/* --- reading ------------------------------------------------------------------------------ */

static struct kd_error *bad(const struct kd_kdx *k, const char *what)
{
	return kd_error_new(KD_BADDATA, "%s is no usable index: %s", k->name, what);
}

static uint32_t head_check(const uint8_t *p, size_t n)
{
	kd_auto(kd_freep) uint8_t *copy = kd_xmalloc(n);

	memcpy(copy, p, n);
	memset(copy + AT_HEAD_CHECK, 0, 8);
	return kd_check32(kd_view((const char *)copy, n));
}

static struct kd_error *read_table(struct kd_kdx *k, const uint8_t *p, uint32_t n, uint64_t checks)
{
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *e = p + HEADER + (size_t)i * ENTRY;
		const uint32_t id = kd_le32(e);
		struct section s = {.off = kd_le64(e + 8), .size = kd_le64(e + 16), .check = kd_le32(e + 24)};

		if (s.off > checks || s.size > checks - s.off || s.check > k->nchecks ||
		    chunks(s.size) > k->nchecks - s.check)
			return bad(k, "a section lies outside of it");
		if (id && id < KD_KDX_NSECTIONS)
			k->sec[id] = s;
	}
	return NULL;
}

static struct kd_error *read_header(struct kd_kdx *k)
{
	const uint8_t *p = (const uint8_t *)k->bytes.p;
	uint64_t checks;
	uint32_t n;

	if (k->bytes.n < HEADER || memcmp(p, magic, sizeof(magic)) != 0)
		return bad(k, "it does not begin as one");
	if (kd_le32(p + AT_VERSION) != KD_KDX_VERSION)
		return kd_error_new(KD_UNSUPPORTED, "%s is an index of version %u; this program reads %u", k->name,
				    kd_le32(p + AT_VERSION), KD_KDX_VERSION);
	n = kd_le32(p + AT_SECTIONS);
	checks = kd_le64(p + AT_CHECKS);
	if (kd_le64(p + AT_SIZE) != k->bytes.n)
		return bad(k, "it does not have the size that it should");
	if (n > SECTIONS_MAX || checks > k->bytes.n || checks < HEADER + (uint64_t)n * ENTRY)
		return bad(k, "its header is damaged");
	if (head_check(p, HEADER + (size_t)n * ENTRY) != kd_le32(p + AT_HEAD_CHECK) ||
	    kd_check32(kd_view_from(k->bytes, (size_t)checks)) != kd_le32(p + AT_CHECKS_CHECK))
		return bad(k, "its header is damaged");
	k->checks = p + checks;
	k->nchecks = (size_t)(k->bytes.n - checks) / 4;
	k->seen = kd_xcalloc(k->nchecks / 8 + 1, 1);
	return read_table(k, p, n, checks);
}

static struct kd_kdx *new_kdx(struct kd_view bytes, const char *name, bool mapped)
{
	struct kd_kdx *k = kd_xcalloc(1, sizeof(*k));

	k->bytes = bytes;
	k->mapped = mapped;
	k->name = kd_xstrndup(name, strlen(name));
	return k;
}

struct kd_error *kd_kdx_of_view(struct kd_view bytes, const char *name, struct kd_kdx **ret)
{
	kd_auto(kd_kdx_closep) struct kd_kdx *k = new_kdx(bytes, name, false);
	struct kd_error *err = read_header(k);

	if (!err)
		*ret = kd_take(k);
	return err;
}

/* size 0: up to the file's end. NULL: *err says why. */
static struct kd_kdx *map_file(int fd, const char *path, uint64_t off, uint64_t size, struct kd_error **err)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st)) {
		*err = kd_error_errno(errno, "%s", path);
		return NULL;
	}
	if (!S_ISREG(st.st_mode) || off > (uint64_t)st.st_size || (uint64_t)st.st_size - off < HEADER ||
	    size > (uint64_t)st.st_size - off) {
		*err = kd_error_new(KD_BADDATA, "%s is no usable index: it does not begin as one", path);
		return NULL;
	}
	if (!size)
		size = (uint64_t)st.st_size - off;
	p = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, (off_t)off);
	if (p == MAP_FAILED) {
		*err = kd_error_errno(errno, "mapping %s", path);
		return NULL;
	}
	return new_kdx(kd_view(p, (size_t)size), path, true);
}

struct kd_error *kd_kdx_open_at(const char *path, uint64_t off, uint64_t size, struct kd_kdx **ret)
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

struct kd_error *kd_kdx_open(const char *path, struct kd_kdx **ret)
{
	return kd_kdx_open_at(path, 0, 0, ret);
}

static bool check_chunk(struct kd_kdx *k, enum kd_kdx_section id, size_t i)
{
	const struct section *s = &k->sec[id];
	const size_t bit = s->check + i;
	uint64_t at = (uint64_t)i * KD_KDX_CHUNK;
	uint64_t n = s->size - at < KD_KDX_CHUNK ? s->size - at : KD_KDX_CHUNK;

	if (k->seen[bit / 8] >> bit % 8 & 1)
		return true;
	if (kd_check32(kd_view(k->bytes.p + s->off + at, (size_t)n)) != kd_le32(k->checks + 4 * bit)) {
		if (!k->damage[0])
			snprintf(k->damage, sizeof(k->damage), "section %d of the index is damaged at %#jx", id,
				 (uintmax_t)(s->off + at));
		k->misses++;
		return false;
	}
	k->seen[bit / 8] |= (uint8_t)(1 << bit % 8);
	return true;
}

const uint8_t *kd_kdx_at(struct kd_kdx *k, enum kd_kdx_section id, uint64_t off, uint64_t n)
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

uint64_t kd_kdx_size(const struct kd_kdx *k, enum kd_kdx_section s)
{
	return k->sec[s].size;
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

void kd_kdx_close(struct kd_kdx *k)
{
	if (!k)
		return;
	if (k->disposable && k->misses)
		(void)unlink(k->name);
	if (k->mapped)
		munmap((void *)(uintptr_t)k->bytes.p, k->bytes.n);
	kd_free(k->seen);
	kd_free(k->name);
	kd_free(k);
}

void kd_kdx_closep(struct kd_kdx **k)
{
	kd_kdx_close(*k);
	*k = NULL;
}

/* --- writing ------------------------------------------------------------------------------ */

static uint64_t aligned(uint64_t at)
{
	return (at + ALIGN - 1) / ALIGN * ALIGN;
}

struct image {
	uint8_t head[HEADER + SECTIONS_MAX * ENTRY];
	size_t nhead;
	uint8_t *checks;
	size_t nchecks;
	uint64_t checks_at;
};

static void describe(struct image *m, const struct kd_kdx_part *parts, size_t n)
{
	uint64_t at;

	m->nhead = HEADER + n * ENTRY;
	for (size_t i = 0; i < n; i++)
		m->nchecks += chunks(parts[i].data.n);
	m->checks = kd_xcalloc(m->nchecks + 1, 4);
	m->nchecks = 0;
	at = aligned(m->nhead);
	for (size_t i = 0; i < n; i++) {
		uint8_t *e = m->head + HEADER + i * ENTRY;

		kd_put_le32(e, parts[i].id);
		kd_put_le64(e + 8, at);
		kd_put_le64(e + 16, parts[i].data.n);
		kd_put_le32(e + 24, (uint32_t)m->nchecks);
		for (size_t k = 0; k < parts[i].data.n; k += KD_KDX_CHUNK)
			kd_put_le32(m->checks + 4 * m->nchecks++,
				    kd_check32(kd_view_head(kd_view_from(parts[i].data, k), KD_KDX_CHUNK)));
		at = aligned(at + parts[i].data.n);
	}
	m->checks_at = at;
	memcpy(m->head, magic, sizeof(magic));
	kd_put_le32(m->head + AT_VERSION, KD_KDX_VERSION);
	kd_put_le32(m->head + AT_SECTIONS, (uint32_t)n);
	kd_put_le64(m->head + AT_SIZE, at + 4 * m->nchecks);
	kd_put_le64(m->head + AT_CHECKS, at);
	kd_put_le32(m->head + AT_HEAD_CHECK, head_check(m->head, m->nhead));
	kd_put_le32(m->head + AT_CHECKS_CHECK, kd_check32(kd_view((char *)m->checks, 4 * m->nchecks)));
}

static struct kd_error *write_image(int fd, const char *path, const struct image *m,
				    const struct kd_kdx_part *parts, size_t n)
{
	struct kd_error *err = kd_fs_write_at(fd, path, 0, kd_view((const char *)m->head, m->nhead));

	for (size_t i = 0; !err && i < n; i++)
		err = kd_fs_write_at(fd, path, kd_le64(m->head + HEADER + i * ENTRY + 8), parts[i].data);
	if (!err)
		err = kd_fs_write_at(fd, path, m->checks_at, kd_view((const char *)m->checks, 4 * m->nchecks));
	if (!err && fsync(fd))
		err = kd_error_errno(errno, "writing %s", path);
	return err;
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

struct kd_error *kd_kdx_write(const char *path, const struct kd_kdx_part *parts, size_t n,
			      uint64_t *ret_size)
{
	kd_auto(kd_buf_deinit) struct kd_buf tmp = KD_BUF_INIT(8192);
	struct image m = {.nchecks = 0};
	struct kd_error *err;
	int fd;

	if (n > SECTIONS_MAX)
		return kd_error_new(KD_INTERNAL, "%zu sections for an index", n);
	err = make_folder(path);
	if (!err)
		err = new_file(path, &tmp, &fd);
	if (err)
		return err;
	describe(&m, parts, n);
	err = write_image(fd, tmp.p, &m, parts, n);
	if (close(fd) && !err)
		err = kd_error_errno(errno, "writing %s", tmp.p);
	if (!err && rename(tmp.p, path))
		err = kd_error_errno(errno, "renaming %s", tmp.p);
	if (err)
		unlink(tmp.p);
	if (!err && ret_size)
		*ret_size = m.checks_at + 4 * m.nchecks;
	kd_free(m.checks);
	return err;
}
