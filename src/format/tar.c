// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/tar.h"

#include <string.h>

#include "base/alloc.h"

enum {
	BLOCK = 512, /* POSIX.1-1988, 10.1.1 */
	CHUNK = 128 << 10,
	EXTRA_MAX = 64 << 10,
};

void kd_tar_init(struct kd_tar *t, struct kd_stream src)
{
	*t = (struct kd_tar){
		.src = src,
		.path = kd_xcalloc(1, KD_TAR_PATH_MAX),
		.link = kd_xcalloc(1, KD_TAR_PATH_MAX),
		.block = kd_xmalloc(CHUNK),
	};
}

void kd_tar_deinit(struct kd_tar *t)
{
	kd_free(t->path);
	kd_free(t->link);
	kd_free(t->block);
	t->path = t->link = t->block = NULL;
}

static struct kd_error *bad(const struct kd_tar *t, const char *what)
{
	return kd_error_at(KD_BADDATA, (int64_t)t->at, "%s", what);
}

static struct kd_error *read_full(struct kd_tar *t, void *buf, size_t n)
{
	size_t got;
	struct kd_error *err = kd_stream_fill(&t->src, buf, n, &got);

	if (err)
		return err;
	t->at += got;
	return got < n ? bad(t, "the archive ends too early") : NULL;
}

static struct kd_error *skip(struct kd_tar *t, uint64_t n)
{
	while (n) {
		size_t some = n < CHUNK ? (size_t)n : CHUNK;
		struct kd_error *err = read_full(t, t->block, some);

		if (err)
			return err;
		n -= some;
	}
	return NULL;
}

static struct kd_error *skip_rest(struct kd_tar *t)
{
	struct kd_error *err = skip(t, t->left);

	if (!err)
		err = skip(t, t->pad);
	t->left = t->pad = 0;
	return err;
}

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
	if (v.n >= KD_TAR_PATH_MAX || memchr(v.n ? v.p : "", '\0', v.n))
		return false;
	memcpy(to, v.n ? v.p : "", v.n);
	to[v.n] = '\0';
	return true;
}

static bool names(struct kd_tar *t, const char *h)
{
	struct kd_view name = field(h, 100), prefix = field(h + 345, 155);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(KD_TAR_PATH_MAX);

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

/* "27 path=usr/share/doc\n": POSIX.1-2001, pax, "Extended Header". */
static bool pax_record(struct kd_tar *t, struct kd_view *rest)
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
static struct kd_error *extension(struct kd_tar *t, char type)
{
	kd_auto(kd_freep) char *p = NULL;
	const size_t n = (size_t)t->left;
	struct kd_view v;
	struct kd_error *err;
	bool good = true;

	if (t->left > EXTRA_MAX)
		return kd_error_at(KD_LIMIT, (int64_t)t->at, "a header of %llu bytes is too long",
				   (unsigned long long)t->left);
	p = kd_xmalloc(n + 1);
	err = read_full(t, p, n);
	t->left = 0;
	if (err)
		return err;
	v = kd_view(p, n);
	if (type == 'L')
		good = t->has_path = set_text(t->path, field(p, n));
	else if (type == 'K')
		good = t->has_link = set_text(t->link, field(p, n));
	while (good && type == 'x' && v.n)
		good = pax_record(t, &v);
	return good ? NULL : bad(t, "a bad extended header");
}

/* ret->type KD_TAR_END: the end of the archive. */
static struct kd_error *header(struct kd_tar *t, struct kd_tar_member *ret)
{
	char h[BLOCK];
	size_t n;
	uint64_t mode = 0;
	struct kd_error *err = skip_rest(t);

	*ret = (struct kd_tar_member){.type = KD_TAR_END};
	if (!err)
		err = kd_stream_fill(&t->src, h, BLOCK, &n);
	if (err)
		return err;
	t->at += n;
	if (!n && t->open_end && t->members)
		return NULL;
	if (n < BLOCK)
		return bad(t, "the archive ends too early");
	if (!h[0] && !memcmp(h, h + 1, BLOCK - 1))
		return NULL;
	if (!checksum_is_right(h) || !number(h + 124, 12, &ret->size) || !number(h + 100, 8, &mode))
		return bad(t, "this is no tar archive, or a damaged one");
	if (++t->members > KD_TAR_MEMBERS_MAX)
		return kd_error_new(KD_LIMIT, "an archive of more than %d members", KD_TAR_MEMBERS_MAX);
	ret->mode = (unsigned)mode & 0777;
	ret->type = h[156] && h[156] != '7' ? h[156] : KD_TAR_FILE;
	if (!strchr("LKxg", ret->type)) {
		if (t->has_pax_size)
			ret->size = t->pax_size;
		if (!names(t, h))
			return kd_error_at(KD_LIMIT, (int64_t)t->at, "a path is longer than %d bytes",
					   KD_TAR_PATH_MAX);
	}
	if (ret->size > (uint64_t)1 << 50)
		return bad(t, "an impossible size");
	t->left = ret->size;
	t->pad = (BLOCK - ret->size % BLOCK) % BLOCK;
	return NULL;
}

struct kd_error *kd_tar_next(struct kd_tar *t, struct kd_tar_member *ret)
{
	t->has_path = t->has_link = t->has_pax_size = false;
	for (;;) {
		struct kd_error *err = header(t, ret);

		if (err)
			return err;
		ret->path = t->path;
		ret->link = t->link;
		if (ret->type == KD_TAR_END || !strchr("LKxg", ret->type))
			return NULL;
		if (ret->type != 'g')
			err = extension(t, ret->type);
		if (err)
			return err;
	}
}

struct kd_error *kd_tar_some(struct kd_tar *t, void *buf, size_t n, size_t *ret_n)
{
	struct kd_error *err;

	if (n > t->left)
		n = (size_t)t->left;
	err = read_full(t, buf, n);
	if (err)
		return err;
	t->left -= n;
	*ret_n = n;
	return NULL;
}

struct kd_error *kd_tar_read(struct kd_tar *t, struct kd_buf *ret)
{
	struct kd_error *err;
	size_t n = (size_t)t->left;
	char *p = t->left < SIZE_MAX ? kd_buf_reserve(ret, n) : NULL;

	if (!p)
		return kd_error_new(KD_LIMIT, "a member of %llu bytes", (unsigned long long)t->left);
	err = read_full(t, p, n);
	if (err)
		return err;
	ret->n += n;
	t->left = 0;
	return NULL;
}
