// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/find_temp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"

enum { EDGE = 64 << 10, PATH_BYTES = 8192, NAME_BYTES = 200 };

static char *joined(const char *a, const char *b)
{
	struct kd_buf t = KD_BUF_INIT(PATH_BYTES);

	if (!kd_buf_printf(&t, "%s/%s", a, b)) {
		kd_buf_deinit(&t);
		return NULL;
	}
	return t.p;
}

struct kd_error *find_cache_path(const struct kd_kdx_cache *c, const char *rel, char **ret)
{
	kd_auto(kd_freep) char *dir = NULL;
	struct kd_error *err = NULL;

	if (c->dir)
		dir = kd_xstrndup(c->dir, strlen(c->dir));
	else
		err = kd_fs_xdg_path(KD_XDG_CACHE, "kdx", &dir);
	if (!err)
		err = kd_fs_mkdirs(dir, 0755);
	if (err)
		return err;
	*ret = joined(dir, rel);
	return *ret ? NULL : kd_error_new(KD_LIMIT, "the path of the cache is too long");
}

/* A name for a file that can be reached by its descriptor alone. */
static struct kd_error *give_name(struct find_temp *t, struct kd_view name)
{
	char target[64], file[NAME_BYTES + 1], dir[] = P_tmpdir "/kdoc-find-XXXXXX";

	snprintf(target, sizeof(target), "/proc/self/fd/%d", t->fd);
	snprintf(file, sizeof(file), "%.*s", KD_VARG(kd_view_head(name, NAME_BYTES)));
	if (!mkdtemp(dir))
		return kd_error_errno(errno, "making a temporary folder in %s", P_tmpdir);
	t->dir = kd_xstrndup(dir, strlen(dir));
	t->path = joined(dir, file);
	if (!t->path || symlink(target, t->path))
		return kd_error_errno(errno, "making a temporary link in %s", dir);
	return NULL;
}

struct kd_error *find_temp_open(const struct kd_kdx_cache *c, struct kd_view name, struct find_temp *ret)
{
	kd_auto(find_temp_close) struct find_temp t = FIND_TEMP_NONE;
	kd_auto(kd_freep) char *path = NULL;
	struct kd_error *err = find_cache_path(c, "unpack-XXXXXX", &path);

	if (err || !path)
		return err ? err : kd_error_new(KD_LIMIT, "the name of the cache's folder is too long");
	t.fd = mkostemp(path, O_CLOEXEC);
	if (t.fd < 0)
		return kd_error_errno(errno, "making a temporary file in the cache (%s)", path);
	(void)unlink(path);
	err = give_name(&t, name);
	if (err)
		return err;
	*ret = t;
	ret->max = FIND_TEMP_MAX;
	t = FIND_TEMP_NONE;
	return NULL;
}

struct kd_error *find_temp_add(struct find_temp *t, const void *p, size_t n)
{
	const char *from = p;

	if (n > t->max - t->bytes)
		return kd_error_new(KD_LIMIT, "it is longer than %llu MiB", (unsigned long long)(t->max >> 20));
	while (n) {
		ssize_t done = write(t->fd, from, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return kd_error_errno(errno, "unpacking it into the cache's folder");
		from += done;
		n -= (size_t)done;
		t->bytes += (uint64_t)done;
	}
	return NULL;
}

void find_temp_close(struct find_temp *t)
{
	if (t->path)
		(void)unlink(t->path);
	if (t->dir)
		(void)rmdir(t->dir);
	if (t->fd >= 0)
		close(t->fd);
	kd_free(t->path);
	kd_free(t->dir);
	*t = FIND_TEMP_NONE;
}

void find_file_key(const char *path, char ret[2 * KD_SHA256_LEN + 1])
{
	kd_auto(kd_freep) char *edge = kd_xmalloc(EDGE);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	uint8_t sum[KD_SHA256_LEN];
	struct kd_sha256 h;
	uint64_t facts[5];
	struct stat st;

	ret[0] = '\0';
	if (fd < 0 || fstat(fd, &st)) {
		if (fd >= 0)
			close(fd);
		return;
	}
	facts[0] = (uint64_t)st.st_size;
	facts[1] = (uint64_t)st.st_dev;
	facts[2] = (uint64_t)st.st_ino;
	facts[3] = (uint64_t)st.st_mtim.tv_sec;
	facts[4] = (uint64_t)st.st_mtim.tv_nsec;
	kd_sha256_init(&h);
	kd_sha256_update(&h, kd_view((const char *)facts, sizeof(facts)));
	for (int i = 0; i < 2; i++) {
		ssize_t n = pread(fd, edge, EDGE, i && st.st_size > EDGE ? st.st_size - EDGE : 0);

		if (n > 0)
			kd_sha256_update(&h, kd_view(edge, (size_t)n));
	}
	kd_sha256_final(&h, sum);
	kd_hex(sum, sizeof(sum), ret);
	close(fd);
}
