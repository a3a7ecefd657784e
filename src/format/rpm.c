// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/rpm.h"

#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/cursor.h"

enum {
	LEAD = 96,
	HEAD = 16, /* of a header: magic, reserved, two counts */
	ENTRY = 16,
	CPIO_HEAD = 110, /* magic and 13 numbers of 8 hexadecimal digits */
	ALIGN = 4,
	CHUNK = 128 << 10,
};

/* --- RPM ---------------------------------------------------------------------------------- */

bool kd_rpm_probe(const struct kd_bytes *file)
{
	char magic[4];
	struct kd_error *err = kd_bytes_size(file) < LEAD ? kd_error_new(KD_NOTFOUND, "it is too short")
							  : kd_bytes_read(file, 0, sizeof(magic), magic);
	const bool is = !err && !memcmp(magic, "\xed\xab\xee\xdb", sizeof(magic));

	kd_error_free(err);
	return is;
}

/* Move *at behind the header that begins there. */
static struct kd_error *pass_header(const struct kd_bytes *file, uint64_t *at, bool padded)
{
	char raw[HEAD] = "";
	struct kd_cursor c = kd_cursor_of(kd_view(raw, HEAD), *at, true);
	uint32_t entries, bytes;
	struct kd_error *err;
	uint64_t size;

	if (*at + HEAD > kd_bytes_size(file))
		return kd_error_at(KD_BADDATA, (int64_t)*at, "the package ends in its headers");
	err = kd_bytes_read(file, *at, HEAD, raw);
	if (err)
		return err;
	if (memcmp(raw, "\x8e\xad\xe8\x01", 4) || !kd_cursor_skip(&c, 8) ||
	    !kd_cursor_next_u32(&c, &entries) || !kd_cursor_next_u32(&c, &bytes))
		return kd_error_at(KD_BADDATA, (int64_t)*at, "a damaged RPM header");
	size = (uint64_t)entries * ENTRY + bytes;
	if (size > KD_RPM_HEADER_MAX)
		return kd_error_at(KD_BADDATA, (int64_t)*at, "an RPM header of %llu bytes",
				   (unsigned long long)size);
	*at += HEAD + size;
	if (padded)
		*at = (*at + 7) / 8 * 8;
	return NULL;
}

struct kd_error *kd_rpm_payload(const struct kd_bytes *file, uint64_t *ret_at, uint64_t *ret_bytes)
{
	uint64_t at = LEAD;
	struct kd_error *err = pass_header(file, &at, true);

	if (!err)
		err = pass_header(file, &at, false);
	if (err)
		return err;
	if (at >= kd_bytes_size(file))
		return kd_error_new(KD_BADDATA, "the package ends in its headers");
	*ret_at = at;
	*ret_bytes = kd_bytes_size(file) - at;
	return NULL;
}

/* --- cpio --------------------------------------------------------------------------------- */

void kd_cpio_in_init(struct kd_cpio_in *c, struct kd_stream src)
{
	*c = (struct kd_cpio_in){
		.src = src,
		.path = kd_xcalloc(1, KD_TAR_PATH_MAX),
		.link = kd_xcalloc(1, KD_TAR_PATH_MAX),
		.block = kd_xmalloc(CHUNK),
	};
}

void kd_cpio_in_deinit(struct kd_cpio_in *c)
{
	kd_free(c->path);
	kd_free(c->link);
	kd_free(c->block);
	c->path = c->link = c->block = NULL;
}

static struct kd_error *read_full(struct kd_cpio_in *c, void *buf, size_t n)
{
	size_t got;
	struct kd_error *err = kd_stream_fill(&c->src, buf, n, &got);

	if (err)
		return err;
	c->at += got;
	return got == n ? NULL : kd_error_at(KD_BADDATA, (int64_t)c->at, "the archive ends too early");
}

static struct kd_error *skip(struct kd_cpio_in *c, uint64_t n)
{
	while (n) {
		size_t some = n < CHUNK ? (size_t)n : CHUNK;
		struct kd_error *err = read_full(c, c->block, some);

		if (err)
			return err;
		n -= some;
	}
	return NULL;
}

static unsigned padding(uint64_t n)
{
	return (ALIGN - n % ALIGN) % ALIGN;
}

/* The i-th of the header's numbers. */
static bool number(const char *h, unsigned i, uint64_t *ret)
{
	struct kd_view v = kd_view(h + 6 + 8 * i, 8);

	return kd_view_take_hex(&v, ret) && !v.n;
}

static char type_of(uint64_t mode)
{
	return S_ISREG(mode) ? KD_TAR_FILE : S_ISDIR(mode) ? KD_TAR_FOLDER : S_ISLNK(mode) ? KD_TAR_LINK : '?';
}

static struct kd_error *take_link(struct kd_cpio_in *c)
{
	struct kd_error *err;

	if (c->left >= KD_TAR_PATH_MAX)
		return kd_error_at(KD_LIMIT, (int64_t)c->at, "a path is longer than %d bytes", KD_TAR_PATH_MAX);
	err = read_full(c, c->link, (size_t)c->left);
	if (!err) {
		c->link[c->left] = '\0';
		c->left = 0;
	}
	return err;
}

static struct kd_error *header(struct kd_cpio_in *c, uint64_t *mode, uint64_t *size, uint64_t *name)
{
	char h[CPIO_HEAD];
	struct kd_error *err = read_full(c, h, sizeof(h));

	if (err)
		return err;
	if (!memcmp(h, "07070X", 6))
		return kd_error_new(KD_UNSUPPORTED, "its files are in RPM's own form for files above 4 GiB");
	if ((memcmp(h, "070701", 6) && memcmp(h, "070702", 6)) || !number(h, 1, mode) || !number(h, 6, size) ||
	    !number(h, 11, name) || !*name)
		return kd_error_at(KD_BADDATA, (int64_t)c->at, "a damaged cpio header");
	if (*name > KD_TAR_PATH_MAX)
		return kd_error_at(KD_LIMIT, (int64_t)c->at, "a path is longer than %d bytes", KD_TAR_PATH_MAX);
	return NULL;
}

struct kd_error *kd_cpio_in_next(struct kd_cpio_in *c, struct kd_tar_member *ret)
{
	uint64_t mode, size, name;
	struct kd_error *err = skip(c, c->left);

	*ret = (struct kd_tar_member){.type = KD_TAR_END};
	if (!err)
		err = skip(c, c->pad);
	c->left = c->pad = 0;
	if (!err)
		err = header(c, &mode, &size, &name);
	if (!err)
		err = read_full(c, c->path, (size_t)name);
	if (!err)
		err = skip(c, padding(CPIO_HEAD + name));
	if (err)
		return err;
	if (c->path[name - 1])
		return kd_error_at(KD_BADDATA, (int64_t)c->at, "a damaged cpio header");
	if (!strcmp(c->path, "TRAILER!!!"))
		return NULL;
	if (++c->members > KD_TAR_MEMBERS_MAX)
		return kd_error_new(KD_LIMIT, "an archive of more than %d members", KD_TAR_MEMBERS_MAX);
	c->left = size;
	c->pad = padding(size);
	c->link[0] = '\0';
	*ret = (struct kd_tar_member){c->path, c->link, size, (unsigned)mode & 0777, type_of(mode)};
	return ret->type == KD_TAR_LINK ? take_link(c) : NULL;
}

struct kd_error *kd_cpio_in_some(struct kd_cpio_in *c, void *buf, size_t n, size_t *ret_n)
{
	struct kd_error *err;

	if (n > c->left)
		n = (size_t)c->left;
	err = read_full(c, buf, n);
	if (err)
		return err;
	c->left -= n;
	*ret_n = n;
	return NULL;
}
