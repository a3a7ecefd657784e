// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/package.h"

#include "base/alloc.h"
#include "format/ar.h"
#include "format/rpm.h"

static struct kd_error *deb_data(const struct kd_bytes *file, uint64_t *at, uint64_t *bytes)
{
	struct kd_error *err = kd_ar_find(file, KD_V("data.tar"), at, bytes);

	if (kd_error_catch(&err, KD_NOTFOUND))
		return kd_error_new(KD_BADDATA, "no Debian package: it has no data.tar");
	return err;
}

static struct kd_error *all_of_it(const struct kd_bytes *file, uint64_t *at, uint64_t *bytes)
{
	(void)file;
	(void)at;
	(void)bytes;
	return NULL;
}

static struct kd_error *tar_next(struct kd_package *p, struct kd_tar_member *ret)
{
	return kd_tar_next(&p->tar, ret);
}

static struct kd_error *tar_some(struct kd_package *p, void *buf, size_t n, size_t *ret_n)
{
	return kd_tar_some(&p->tar, buf, n, ret_n);
}

static struct kd_error *cpio_next(struct kd_package *p, struct kd_tar_member *ret)
{
	return kd_cpio_in_next(&p->cpio, ret);
}

static struct kd_error *cpio_some(struct kd_package *p, void *buf, size_t n, size_t *ret_n)
{
	return kd_cpio_in_some(&p->cpio, buf, n, ret_n);
}

/* Asked in order; the last one takes what is left. */
static const struct kd_package_ops forms[] = {
	{"a Debian package", kd_ar_probe, deb_data, tar_next, tar_some},
	{"an RPM package", kd_rpm_probe, kd_rpm_payload, cpio_next, cpio_some},
	{"a tar archive", NULL, all_of_it, tar_next, tar_some},
};

static bool is_tar(struct kd_ctx *ctx, const struct kd_bytes *file)
{
	struct kd_tar_member m;
	struct kd_unpacker u;
	struct kd_tar t;
	struct kd_error *err = kd_unpacker_open(ctx, file, 0, kd_bytes_size(file), &u);
	bool is = false;

	kd_tar_init(&t, kd_stream_of_unpacker(&u));
	if (!err)
		err = kd_tar_next(&t, &m);
	is = !err && m.type;
	kd_error_free(err);
	kd_tar_deinit(&t);
	kd_unpacker_close(&u);
	return is;
}

bool kd_package_probe(struct kd_ctx *ctx, const struct kd_bytes *file)
{
	return kd_ar_probe(file) || kd_rpm_probe(file) || is_tar(ctx, file);
}

struct kd_error *kd_package_open(struct kd_ctx *ctx, const struct kd_bytes *file, struct kd_package *ret)
{
	uint64_t at = 0, bytes = kd_bytes_size(file);
	struct kd_error *err;

	*ret = (struct kd_package){.u = {.end = true}, .total = bytes, .ops = forms};
	while (ret->ops->probe && !ret->ops->probe(file))
		ret->ops++;
	err = ret->ops->find(file, &at, &bytes);
	if (!err)
		err = kd_unpacker_open(ctx, file, at, bytes, &ret->u);
	if (!err) {
		kd_tar_init(&ret->tar, kd_stream_of_unpacker(&ret->u));
		kd_cpio_in_init(&ret->cpio, kd_stream_of_unpacker(&ret->u));
	}
	return err;
}

void kd_package_close(struct kd_package *p)
{
	kd_tar_deinit(&p->tar);
	kd_cpio_in_deinit(&p->cpio);
	kd_unpacker_close(&p->u);
}

struct kd_error *kd_package_next(struct kd_package *p, struct kd_tar_member *ret)
{
	return p->ops->next(p, ret);
}

struct kd_error *kd_package_some(struct kd_package *p, void *buf, size_t n, size_t *ret_n)
{
	return p->ops->some(p, buf, n, ret_n);
}
