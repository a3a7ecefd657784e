// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "lab/path.h"
#include "lab/unpack.h"

enum {
	BLOCK = 512, /* POSIX.1-1988, 10.1.1 */
	PATH_BYTES = 4096,
	PAX_BYTES = 64 << 10,
	CHUNK = 128 << 10,
	AR_HEADER = 60, /* ar(5) */
	AR_MEMBERS = 64,
	NAMES = 128,
};

struct tar {
	struct kd_ctx *ctx;
	const struct kd_unpack_req *req;
	struct kd_unpack_result *r;
	struct kd_unpacker u;
	uint64_t total; /* packed bytes of the file */
	int root; /* folder to unpack to; -1: nothing is written */
	char path[PATH_BYTES], link[PATH_BYTES]; /* of the next member */
	uint64_t pax_size;
	bool has_path, has_link, has_pax_size;
	char *chunk;
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- bytes ---- */

static struct kd_error *read_full(struct tar *t, void *buf, size_t n)
{
	size_t done = 0, got;

	while (done < n) {
		struct kd_error *err = kd_unpacker_read(&t->u, (char *)buf + done, n - done, &got);

		if (err)
			return err;
		if (!got)
			return kd_error_at(KD_BADDATA, (int64_t)t->u.at,
					   "the archive ends too early");
		done += got;
	}
	return NULL;
}

static struct kd_error *skip(struct tar *t, uint64_t n)
{
	while (n) {
		size_t some = n < CHUNK ? (size_t)n : CHUNK;
		struct kd_error *err = read_full(t, t->chunk, some);

		if (err)
			return err;
		n -= some;
	}
	return NULL;
}

static uint64_t padding(uint64_t size)
{
	return (BLOCK - size % BLOCK) % BLOCK;
}

/* ---- headers ---- */

struct header {
	char type;
	uint64_t size;
	unsigned mode;
};

/* Octal digits, blanks around; or GNU's base 256 (first bit set). */
static bool number(const char *p, size_t n, uint64_t *ret)
{
	uint64_t x = 0;
	size_t i = 0;

	if ((unsigned char)p[0] & 0x80) {
		for (i = 1; i < n; i++) {
			if (x >> 55)
				return false;
			x = x << 8 | (unsigned char)p[i];
		}
		*ret = x;
		return !((unsigned char)p[0] & 0x7f);
	}
	while (i < n && p[i] == ' ')
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++) {
		if (x >> 60)
			return false;
		x = x << 3 | (uint64_t)(p[i] - '0');
	}
	*ret = x;
	return i == n || p[i] == '\0' || p[i] == ' ';
}

static bool checksum_is_right(const char *h)
{
	uint64_t want, sum = 0;

	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : (unsigned char)h[i];
	return number(h + 148, 8, &want) && want == sum;
}

static struct kd_view field(const char *p, size_t n)
{
	return kd_view(p, strnlen(p, n));
}

static bool set_text(char *to, struct kd_view v)
{
	if (v.n >= PATH_BYTES || memchr(v.n ? v.p : "", '\0', v.n))
		return false;
	memcpy(to, v.n ? v.p : "", v.n);
	to[v.n] = '\0';
	return true;
}

static bool header_names(struct tar *t, const char *h)
{
	struct kd_view name = field(h, 100), prefix = field(h + 345, 155);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(PATH_BYTES);

	if (!t->has_link && !set_text(t->link, field(h + 157, 100)))
		return false;
	if (t->has_path)
		return true;
	/* "ustar\0": POSIX; GNU's "ustar  " keeps times where the prefix would be */
	if (!memcmp(h + 257, "ustar\0", 6) && prefix.n)
		kd_buf_printf(&b, "%.*s/", KD_VARG(prefix));
	kd_buf_add(&b, name);
	return set_text(t->path, kd_buf_view(&b));
}

/* *ret.type == 0: the end of the archive. */
static struct kd_error *next_header(struct tar *t, struct header *ret)
{
	char h[BLOCK];
	struct kd_error *err = read_full(t, h, sizeof(h));
	uint64_t mode = 0;

	if (err)
		return err;
	if (!h[0] && !memcmp(h, h + 1, BLOCK - 1)) {
		*ret = (struct header){0};
		return NULL;
	}
	if (!checksum_is_right(h) || !number(h + 124, 12, &ret->size) || !number(h + 100, 8, &mode))
		return kd_error_at(KD_BADDATA, (int64_t)t->u.at,
				   "this is no tar archive, or a damaged one");
	ret->mode = (unsigned)mode & 0777;
	ret->type = h[156] && h[156] != '7' ? h[156] : '0';
	if (ret->type == 'L' || ret->type == 'K' || ret->type == 'x' || ret->type == 'g')
		return NULL;
	if (t->has_pax_size)
		ret->size = t->pax_size;
	if (!header_names(t, h))
		return kd_error_at(KD_LIMIT, (int64_t)t->u.at, "a path is longer than %d bytes",
				   PATH_BYTES);
	return NULL;
}

/* "27 path=usr/share/doc\n": POSIX.1-2001, pax, "Extended Header". */
static bool pax_record(struct tar *t, struct kd_view *rest)
{
	struct kd_view v = *rest, key;
	uint64_t n;

	if (!kd_view_take_dec(&v, &n) || n > rest->n || n < rest->n - v.n + 3 ||
	    rest->p[n - 1] != '\n')
		return false;
	v = kd_view(v.p + 1, (size_t)n - (rest->n - v.n) - 2);
	*rest = kd_view_from(*rest, (size_t)n);
	if (!kd_view_take_until(&v, KD_V("="), &key))
		return false;
	if (kd_view_eq(key, KD_V("path")))
		return t->has_path = set_text(t->path, v);
	if (kd_view_eq(key, KD_V("linkpath")))
		return t->has_link = set_text(t->link, v);
	if (kd_view_eq(key, KD_V("size")))
		return t->has_pax_size = kd_view_dec(v, &t->pax_size);
	return true;
}

/* What stands in front of a member and says more about it. */
static struct kd_error *extension(struct tar *t, const struct header *h)
{
	kd_auto(kd_freep) char *p = NULL;
	struct kd_view v;
	struct kd_error *err;
	bool good = true;

	if (h->size > PAX_BYTES)
		return kd_error_at(KD_LIMIT, (int64_t)t->u.at,
				   "a header of %llu bytes is too long",
				   (unsigned long long)h->size);
	p = kd_xmalloc((size_t)h->size + 1);
	err = read_full(t, p, (size_t)h->size);
	if (!err)
		err = skip(t, padding(h->size));
	if (err)
		return err;
	v = kd_view(p, (size_t)h->size);
	if (h->type == 'L')
		good = t->has_path = set_text(t->path, field(p, v.n));
	else if (h->type == 'K')
		good = t->has_link = set_text(t->link, field(p, v.n));
	while (good && h->type == 'x' && v.n)
		good = pax_record(t, &v);
	return good ? NULL : kd_error_at(KD_BADDATA, (int64_t)t->u.at, "a bad extended header");
}

/* ---- writing ---- */

/* "./a//b/" → "a/b"; false: absolute, "..", or nothing at all. */
static bool tidy(char *path)
{
	struct kd_view rest = kd_view_of(path), part;
	char out[PATH_BYTES];
	size_t n = 0;

	if (path[0] == '/')
		return false;
	while (rest.n) {
		if (!kd_view_take_until(&rest, KD_V("/"), &part)) {
			part = rest;
			rest = KD_VNULL;
		}
		if (!part.n || kd_view_eq(part, KD_V(".")))
			continue;
		if (kd_view_eq(part, KD_V("..")))
			return false;
		if (n)
			out[n++] = '/';
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	out[n] = '\0';
	memcpy(path, out, n + 1);
	return n > 0;
}

/* The folder that `path` lies in, made on the way, no link followed; *name_ret: its last part. */
static struct kd_error *open_parent(const struct tar *t, const char *path, int *ret,
				    const char **name_ret)
{
	kd_auto(kd_freep) char *copy = kd_xstrndup(path, strlen(path));
	char *part = copy;
	int fd = fcntl(t->root, F_DUPFD_CLOEXEC, 0);

	for (char *slash; fd >= 0 && (slash = strchr(part, '/')); part = slash + 1) {
		int next;

		*slash = '\0';
		if (mkdirat(fd, part, 0755) && errno != EEXIST) {
			close_fd(&fd);
			break;
		}
		next = openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close_fd(&fd);
		fd = next;
	}
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return kd_error_new(KD_BADDATA, "%s lies in something that is no folder (a link?)",
				    path);
	if (fd < 0)
		return kd_error_errno(errno, "making the folder of %s", path);
	*ret = fd;
	*name_ret = path + (part - copy);
	return NULL;
}

static struct kd_error *put_file(struct tar *t, const struct header *h, int dir, const char *name)
{
	kd_auto(close_fd) int fd = -1;
	struct kd_error *err = NULL;

	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return kd_error_errno(errno, "replacing %s", t->path);
	fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    (h->mode & 0755) | 0600);
	if (fd < 0)
		return kd_error_errno(errno, "creating %s", t->path);
	for (uint64_t left = h->size; left && !err;) {
		size_t some = left < CHUNK ? (size_t)left : CHUNK;

		err = read_full(t, t->chunk, some);
		if (!err)
			err = kd_fs_write(fd, t->path, kd_view(t->chunk, some));
		left -= some;
	}
	if (!err)
		err = skip(t, padding(h->size));
	t->r->bytes += h->size;
	return err;
}

/*
 * A link that leads out of the target is made as it is (packages have them: to /usr/src, to a
 * build folder) since nothing is ever written through one; whoever reads must not trust it.
 */
static struct kd_error *put_link(const struct tar *t, int dir, const char *name)
{
	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return kd_error_errno(errno, "replacing %s", t->path);
	if (symlinkat(t->link, dir, name))
		return kd_error_errno(errno, "linking %s", t->path);
	return NULL;
}

static struct kd_error *put_hardlink(struct tar *t, int dir, const char *name)
{
	kd_auto(close_fd) int from = -1;
	const char *from_name;
	struct kd_error *err;

	if (!tidy(t->link))
		return kd_error_new(KD_BADDATA, "%s is a hard link out of the archive", t->path);
	err = open_parent(t, t->link, &from, &from_name);
	if (err)
		return err;
	if (unlinkat(dir, name, 0) && errno != ENOENT)
		return kd_error_errno(errno, "replacing %s", t->path);
	if (linkat(from, from_name, dir, name, 0))
		return kd_error_errno(errno, "linking %s to %s", t->path, t->link);
	return NULL;
}

static struct kd_error *put(struct tar *t, const struct header *h)
{
	kd_auto(close_fd) int dir = -1;
	const char *name;
	struct kd_error *err = open_parent(t, t->path, &dir, &name);

	if (err)
		return err;
	t->r->taken++;
	if (h->type == '0')
		return put_file(t, h, dir, name);
	if (h->type == '2')
		err = put_link(t, dir, name);
	else if (h->type == '1')
		err = put_hardlink(t, dir, name);
	else if (mkdirat(dir, name, 0755) && errno != EEXIST)
		err = kd_error_errno(errno, "making folder %s", t->path);
	return err ? err : skip(t, h->size + padding(h->size));
}

/* "lib/x" → "usr/lib/x"; false: too long. */
static bool merge_usr(char *path)
{
	static const char *const top[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};
	struct kd_view v = kd_view_of(path);
	struct kd_view first = kd_view_head(v, kd_view_chr(v, '/'));

	for (size_t i = 0; i < KD_ARRAY_LEN(top); i++) {
		if (!kd_view_eq(first, kd_view_of(top[i])))
			continue;
		if (v.n + 5 > PATH_BYTES)
			return false;
		memmove(path + 4, path, v.n + 1);
		memcpy(path, "usr/", 4);
	}
	return true;
}

/* ---- members ---- */

static bool is_known(char type)
{
	return type == '0' || type == '1' || type == '2' || type == '5';
}

static struct kd_error *check_limits(const struct tar *t, const struct header *h)
{
	uint64_t members = t->req->max_members ? t->req->max_members : 1000000;
	uint64_t bytes = t->req->max_bytes ? t->req->max_bytes : (uint64_t)16 << 30;

	if (t->r->members > members)
		return kd_error_new(KD_LIMIT, "the archive has more than %llu members",
				    (unsigned long long)members);
	if (h->size > bytes || t->r->bytes > bytes - h->size)
		return kd_error_new(KD_LIMIT, "%s: unpacking takes more than %llu bytes", t->path,
				    (unsigned long long)bytes);
	return NULL;
}

static struct kd_error *member(struct tar *t, const struct header *h, bool *stop)
{
	enum kd_unpack_want want = KD_UNPACK_SKIP;
	struct kd_unpack_member m;
	bool named = tidy(t->path) && (!t->req->merge_usr || merge_usr(t->path));
	struct kd_error *err;

	t->r->members++;
	t->has_path = t->has_link = t->has_pax_size = false;
	m = (struct kd_unpack_member){kd_view_of(t->path), h->size, h->type};
	if (named && is_known(h->type))
		want = t->req->want ? t->req->want(t->req->user, &m) : KD_UNPACK_TAKE;
	if (t->req->progress)
		t->req->progress(t->req->progress_user, t->u.at, t->total);
	*stop = want == KD_UNPACK_STOP;
	if (*stop)
		return NULL;
	if (want == KD_UNPACK_SKIP || t->root < 0)
		return skip(t, h->size + padding(h->size));
	err = check_limits(t, h);
	return err ? err : put(t, h);
}

static struct kd_error *all_members(struct tar *t)
{
	bool stop = false;

	while (!stop) {
		struct header h = {0};
		struct kd_error *err = kd_ctx_check(t->ctx);

		if (!err)
			err = next_header(t, &h);
		if (err || !h.type)
			return err;
		if (h.size > (uint64_t)1 << 50)
			return kd_error_at(KD_BADDATA, (int64_t)t->u.at, "an impossible size");
		if (h.type == 'g')
			err = skip(t, h.size + padding(h.size));
		else if (h.type == 'L' || h.type == 'K' || h.type == 'x')
			err = extension(t, &h);
		else
			err = member(t, &h, &stop);
		if (err)
			return err;
	}
	return NULL;
}

/* ---- ar ---- */

static bool ar_size(const char *h, uint64_t *ret)
{
	return kd_view_dec(kd_view_trim(kd_view(h + 48, 10)), ret);
}

/* deb(5): "debian-binary", control.tar.*, data.tar.*; extra members begin with "_". */
static struct kd_error *find_data(int fd, uint64_t *at, uint64_t *bytes)
{
	uint64_t pos = 8;
	char h[AR_HEADER];

	for (unsigned i = 0; i < AR_MEMBERS; i++) {
		ssize_t n = pread(fd, h, sizeof(h), (off_t)pos);
		uint64_t size;

		if (n < 0)
			return kd_error_errno(errno, "reading");
		if (n != AR_HEADER)
			break;
		if (h[58] != '`' || h[59] != '\n' || !ar_size(h, &size))
			return kd_error_at(KD_BADDATA, (int64_t)pos, "a damaged ar header");
		if (!memcmp(h, "data.tar", 8)) {
			*at = pos + AR_HEADER;
			*bytes = size;
			return NULL;
		}
		pos += AR_HEADER + size + (size & 1);
	}
	return kd_error_new(KD_BADDATA, "no Debian package: it has no data.tar");
}

static struct kd_error *open_archive(struct tar *t, int fd)
{
	uint64_t at = 0, bytes;
	struct stat sb;
	char magic[8];

	if (fstat(fd, &sb))
		return kd_error_errno(errno, "stat");
	if (!S_ISREG(sb.st_mode))
		return kd_error_new(KD_INVALID, "not a regular file");
	t->total = bytes = (uint64_t)sb.st_size;
	if (pread(fd, magic, sizeof(magic), 0) == sizeof(magic) && !memcmp(magic, "!<arch>\n", 8)) {
		struct kd_error *err = find_data(fd, &at, &bytes);

		if (err)
			return err;
		if (at + bytes > t->total)
			return kd_error_new(KD_BADDATA, "the package ends too early: %llu of %llu "
							"bytes are there",
					    (unsigned long long)t->total,
					    (unsigned long long)(at + bytes));
	}
	return kd_unpacker_open(t->ctx, fd, at, bytes, &t->u);
}

static struct kd_error *unpack(struct tar *t)
{
	kd_auto(close_fd) int fd = open(t->req->from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	kd_auto(close_fd) int root = -1;
	struct kd_error *err;

	if (fd < 0)
		return kd_error_errno(errno, "opening it");
	if (t->req->to) {
		err = kd_fs_mkdirs(t->req->to, 0755);
		if (err)
			return err;
		root = open(t->req->to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			return kd_error_errno(errno, "%s", t->req->to);
	}
	t->root = root;
	err = open_archive(t, fd);
	return err ? err : all_members(t);
}

struct kd_error *kd_lab_unpack(struct kd_ctx *ctx, const struct kd_unpack_req *req,
			       struct kd_unpack_result *ret)
{
	struct tar *t = kd_xcalloc(1, sizeof(*t));
	struct kd_error *err;

	*ret = (struct kd_unpack_result){0};
	*t = (struct tar){.ctx = ctx, .req = req, .r = ret, .chunk = kd_xmalloc(CHUNK), .root = -1};
	err = unpack(t);
	kd_unpacker_close(&t->u);
	kd_free(t->chunk);
	kd_free(t);
	return kd_error_wrap(err, "unpacking %s", req->from);
}
