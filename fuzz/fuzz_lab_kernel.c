// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Images, archives and sources.list(5), in this order by the first byte. Archives are only looked
 * through: what is written where is for tests/unit/lab/test_archive.c.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "lab/apt.h"
#include "lab/archive.h"
#include "lab/kernel_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void source(void *user, const struct kd_apt_source *s)
{
	size_t *sum = user;

	*sum += s->uri.n + s->suite.n + s->signed_by.n;
}

static enum kd_unpack_want all(void *user, const struct kd_unpack_member *m)
{
	size_t *sum = user;

	*sum += m->path.n;
	return KD_UNPACK_TAKE;
}

static int file_of(const uint8_t *data, size_t n)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, data, n) != (ssize_t)n) {
		close(fd);
		return -1;
	}
	return fd;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct kd_lab_image im = {0};
	struct kd_unpack_result r;
	struct kd_ctx ctx;
	char path[64];
	size_t sum = 0;
	int fd;

	if (!n || n > 1 << 20)
		return 0;
	if (data[0] == 's' || data[0] == 'l') {
		kd_apt_sources(kd_view((const char *)data + 1, n - 1), data[0] == 's', source, &sum);
		return 0;
	}
	fd = file_of(data + 1, n - 1);
	if (fd < 0)
		return 0;
	kd_ctx_init(&ctx);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (data[0] == 'a') {
		const struct kd_unpack_req req = {.from = path, .want = all, .user = &sum};

		kd_error_free(kd_lab_unpack(&ctx, &req, &r));
	} else {
		kd_error_free(kd_lab_image_read_fd(&ctx, fd, "fuzz", &im));
	}
	kd_ctx_deinit(&ctx);
	close(fd);
	return 0;
}
