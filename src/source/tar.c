// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/tar.h"

#include "base/alloc.h"

enum { BLOCK = 512, CHUNK = 256 << 10, EXTRA_MAX = 64 << 10 };

void kd_tar_init(struct kd_tar *t, struct kd_source *src)
{
	*t = (struct kd_tar){
		.src = src,
		.path = KD_BUF_INIT(KD_TAR_PATH_MAX),
		.extra = KD_BUF_INIT(EXTRA_MAX),
		.block = kd_xmalloc(CHUNK),
	};
}

void kd_tar_deinit(struct kd_tar *t)
{
	kd_buf_deinit(&t->path);
	kd_buf_deinit(&t->extra);
	kd_free(t->block);
	t->block = NULL;
}

/* All n bytes into p; *ret_n < n at the end of the source. */
static struct kd_error *read_all(struct kd_tar *t, char *p, size_t n, size_t *ret_n)
{
	size_t got;

	*ret_n = 0;
	while (*ret_n < n) {
		struct kd_error *err = kd_source_read(t->src, p + *ret_n, n - *ret_n, &got);

		if (err)
			return err;
		if (!got)
			return NULL;
		*ret_n += got;
	}
	return NULL;
}

static struct kd_error *cut_off(const struct kd_tar *t)
{
	const char *why = kd_source_diag(t->src);

	return kd_error_new(KD_BADDATA, "the archive ends too early%s%s", why ? ": " : "", why ? why : "");
}

static struct kd_error *skip_rest(struct kd_tar *t)
{
	uint64_t n = t->left + t->pad;

	while (n) {
		size_t want = n < CHUNK ? (size_t)n : CHUNK, got;
		struct kd_error *err = read_all(t, t->block, want, &got);

		if (err)
			return err;
		if (got < want)
			return cut_off(t);
		n -= got;
	}
	t->left = t->pad = 0;
	return NULL;
}

/* Octal digits, or GNU's binary form (first bit set) for large ones. */
static bool take_number(const char *p, size_t n, uint64_t *ret)
{
	uint64_t v = 0;
	size_t i = 0;

	if ((unsigned char)p[0] & 0x80) {
		for (i = 1; i < n; i++) {
			if (v >> 55)
				return false;
			v = v << 8 | (unsigned char)p[i];
		}
		*ret = v;
		return true;
	}
	while (i < n && p[i] == ' ')
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++) {
		if (v >> 60)
			return false;
		v = v << 3 | (uint64_t)(p[i] - '0');
	}
	*ret = v;
	return i == n || !p[i] || p[i] == ' ';
}

static bool sum_ok(const char *h)
{
	uint64_t said, sum = 0;

	for (size_t i = 0; i < BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : (unsigned char)h[i];
	return take_number(h + 148, 8, &said) && said == sum;
}

static struct kd_view field(const char *p, size_t n)
{
	const char *end = memchr(p, 0, n);

	return kd_view(p, end ? (size_t)(end - p) : n);
}

/* "27 path=some/where\n…": length, key, value. */
static void take_pax(struct kd_tar *t, struct kd_view v)
{
	struct kd_view rest, record;
	uint64_t n;

	while (v.n) {
		rest = v;
		if (!kd_view_take_dec(&rest, &n) || n > v.n || n < v.n - rest.n + 2)
			return;
		record = kd_view(rest.p + 1, (size_t)n - (v.n - rest.n) - 2);
		v = kd_view_from(v, (size_t)n);
		if (kd_view_skip(&record, KD_V("path="))) {
			kd_buf_clear(&t->path);
			kd_buf_add(&t->path, record);
		} else if (kd_view_skip(&record, KD_V("size="))) {
			t->has_pax_size = kd_view_dec(record, &t->pax_size);
		}
	}
}

/* A member that describes the next one. */
static struct kd_error *take_extra(struct kd_tar *t, char type)
{
	struct kd_error *err;

	kd_buf_clear(&t->extra);
	if (t->left > EXTRA_MAX - 1)
		return kd_error_new(KD_LIMIT, "a name of %llu bytes", (unsigned long long)t->left);
	err = kd_tar_read(t, &t->extra);
	if (err)
		return err;
	if (type == 'L') {
		kd_buf_clear(&t->path);
		kd_buf_add(&t->path, field(t->extra.n ? t->extra.p : "", t->extra.n));
	} else {
		take_pax(t, kd_buf_view(&t->extra));
	}
	return NULL;
}

static void set_path(struct kd_tar *t, const char *h)
{
	struct kd_view prefix = field(h + 345, 155), v;

	if (!t->path.n) {
		if (!memcmp(h + 257, "ustar\0", 6) && prefix.n) {
			kd_buf_add(&t->path, prefix);
			kd_buf_addc(&t->path, '/');
		}
		kd_buf_add(&t->path, field(h, 100));
	}
	v = kd_buf_view(&t->path);
	while (kd_view_skip(&v, KD_V("./")))
		;
	kd_buf_drop(&t->path, t->path.n - v.n);
}

/* The header of the next member into h; *end: there is none. */
static struct kd_error *next_header(struct kd_tar *t, char *h, bool *end)
{
	struct kd_error *err = skip_rest(t);
	size_t n;

	*end = false;
	if (!err)
		err = read_all(t, h, BLOCK, &n);
	if (err)
		return err;
	if (n < BLOCK) {
		if (kd_source_diag(t->src) || n || !t->members)
			return cut_off(t);
		*end = true; /* without the two empty blocks: tar takes it, too */
		return NULL;
	}
	*end = !h[0] && !h[156];
	if (*end)
		return NULL;
	if (!sum_ok(h) || !take_number(h + 124, 12, &t->left))
		return kd_error_new(KD_BADDATA, "not a tar archive, or a damaged one");
	if (++t->members > KD_TAR_MEMBERS_MAX)
		return kd_error_new(KD_LIMIT, "an archive of more than %d members", KD_TAR_MEMBERS_MAX);
	return NULL;
}

struct kd_error *kd_tar_next(struct kd_tar *t, struct kd_tar_member *ret)
{
	char h[BLOCK];
	bool end;

	kd_buf_clear(&t->path);
	t->has_pax_size = false;
	for (;;) {
		struct kd_error *err = next_header(t, h, &end);
		char type;

		if (err)
			return err;
		if (end) {
			*ret = (struct kd_tar_member){0};
			return NULL;
		}
		type = h[156];
		if (t->has_pax_size && type != 'x' && type != 'L')
			t->left = t->pax_size;
		t->pad = (BLOCK - t->left % BLOCK) % BLOCK;
		if (type == 'L' || type == 'x') {
			err = take_extra(t, type);
			if (err)
				return err;
			continue;
		}
		if (type == '0' || type == 0 || type == '7') {
			set_path(t, h);
			*ret = (struct kd_tar_member){kd_buf_view(&t->path), t->left};
			if (ret->path.n)
				return NULL;
		}
		if (type != 'g') {
			kd_buf_clear(&t->path);
			t->has_pax_size = false;
		}
	}
}

struct kd_error *kd_tar_read(struct kd_tar *t, struct kd_buf *ret)
{
	size_t n = (size_t)t->left, got;
	char *p = kd_buf_reserve(ret, n);
	struct kd_error *err;

	if (!p)
		return kd_error_new(KD_LIMIT, "a member of %zu bytes", n);
	err = read_all(t, p, n, &got);
	if (err)
		return err;
	ret->n += got;
	t->left -= got;
	return got < n ? cut_off(t) : skip_rest(t);
}
