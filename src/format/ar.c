// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/ar.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/view.h"

enum { MAGIC = 8, HEADER = 60, NAME = 16, SIZE_AT = 48, SIZE_DIGITS = 10 };

bool kd_ar_probe(int fd)
{
	char magic[MAGIC];

	return pread(fd, magic, MAGIC, 0) == MAGIC && !memcmp(magic, "!<arch>\n", MAGIC);
}

static bool size_of(const char *h, uint64_t *ret)
{
	return kd_view_dec(kd_view_trim(kd_view(h + SIZE_AT, SIZE_DIGITS)), ret);
}

static struct kd_error *whole(int fd, uint64_t end)
{
	struct stat st;

	if (fstat(fd, &st))
		return kd_error_errno(errno, "stat");
	if (end <= (uint64_t)st.st_size)
		return NULL;
	return kd_error_new(KD_BADDATA, "the package ends too early: %llu of %llu bytes are there",
			    (unsigned long long)st.st_size, (unsigned long long)end);
}

struct kd_error *kd_ar_find(int fd, const char *begin, uint64_t *ret_at, uint64_t *ret_bytes)
{
	const size_t len = strlen(begin);
	uint64_t pos = MAGIC, size;
	char h[HEADER];

	for (unsigned i = 0; i < KD_AR_MEMBERS_MAX && len <= NAME; i++) {
		ssize_t n = pread(fd, h, sizeof(h), (off_t)pos);

		if (n < 0)
			return kd_error_errno(errno, "reading");
		if (n != HEADER)
			break;
		if (h[58] != '`' || h[59] != '\n' || !size_of(h, &size))
			return kd_error_at(KD_BADDATA, (int64_t)pos, "a damaged ar header");
		if (!memcmp(h, begin, len)) {
			*ret_at = pos + HEADER;
			*ret_bytes = size;
			return whole(fd, pos + HEADER + size);
		}
		pos += HEADER + size + (size & 1);
	}
	return kd_error_new(KD_NOTFOUND, "it has no %s", begin);
}
