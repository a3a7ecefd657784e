// SPDX-License-Identifier: GPL-2.0-or-later
/* Packages (ar, RPM and cpio, tar) and boot images with what is packed in them, in this order by the first byte. */
#include "base/alloc.h"
#include "format/kimage.h"
#include "format/package.h"
#include "fuzz.h"

enum { INPUT_MAX = 1 << 20, UNPACKED_MAX = 8 << 20, CHUNK = 64 << 10 };

static void one_member(struct kd_package *p, const struct kd_tar_member *m, char *buf, uint64_t *total)
{
	uint64_t sum = 0;
	size_t n = 1;

	check(m->path && m->link && strlen(m->path) < KD_TAR_PATH_MAX && strlen(m->link) < KD_TAR_PATH_MAX);
	while (n && *total < UNPACKED_MAX) {
		kd_auto(kd_error_freep) struct kd_error *err = kd_package_some(p, buf, CHUNK, &n);

		if (err)
			return;
		check(n <= CHUNK);
		sum += n;
		*total += n;
	}
	check(sum <= m->size && (n || sum == m->size || m->type == KD_TAR_LINK));
}

static void package(struct kd_ctx *ctx, const struct kd_bytes *file)
{
	char *buf = malloc(CHUNK);
	struct kd_tar_member m;
	struct kd_package p;
	uint64_t total = 0;
	struct kd_error *err = kd_package_open(ctx, file, &p);

	check(buf != NULL);
	while (!err && total < UNPACKED_MAX && !(err = kd_package_next(&p, &m)) && m.type) {
		one_member(&p, &m, buf, &total);
		total += 512;
	}
	kd_error_free(err);
	kd_package_close(&p);
	free(buf);
}

static void image(struct kd_ctx *ctx, const struct kd_bytes *file, struct kd_view all)
{
	struct kd_unpacker u;
	struct kd_kimage im;
	struct kd_error *err;
	uint64_t total = 0;
	char *buf;
	size_t n = 1;

	if (!kd_kimage_read(kd_view_head(all, KD_KIMAGE_HEAD), all.n, &im) || !im.payload_bytes)
		return;
	check(im.payload < all.n && im.payload_bytes <= all.n - im.payload);
	check(!im.text.n || (im.text.p >= all.p && im.text.p + im.text.n <= all.p + all.n));
	(void)kd_kimage_packing(kd_view_from(all, (size_t)im.payload));
	buf = malloc(CHUNK);
	check(buf != NULL);
	err = kd_unpacker_open(ctx, file, im.payload, im.payload_bytes, &u);
	while (!err && n && total < UNPACKED_MAX) {
		err = kd_unpacker_read(&u, buf, CHUNK, &n);
		total += err ? 0 : n;
	}
	kd_error_free(err);
	kd_unpacker_close(&u);
	free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kd_view all = kd_view((const char *)data + 1, size ? size - 1 : 0);
	struct kd_bytes *file;
	struct kd_ctx ctx;

	if (!size || size > INPUT_MAX)
		return 0;
	file = kd_bytes_of_view(all, "fuzz");
	kd_ctx_init(&ctx);
	if (data[0] & 1)
		image(&ctx, file, all);
	else
		package(&ctx, file);
	kd_ctx_deinit(&ctx);
	kd_bytes_close(file);
	return 0;
}
