// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/ar.h"

#include <string.h>

#include "base/view.h"

enum { MAGIC = 8, HEADER = 60, NAME = 16, SIZE_AT = 48, SIZE_DIGITS = 10 };

bool kd_ar_probe(const struct kd_bytes *file)
{
	char magic[MAGIC];
	struct kd_error *err = kd_bytes_size(file) < MAGIC ? kd_error_new(KD_NOTFOUND, "it is too short")
							   : kd_bytes_read(file, 0, MAGIC, magic);
	const bool is = !err && !memcmp(magic, "!<arch>\n", MAGIC);

	kd_error_free(err);
	return is;
}

static bool size_of(const char *h, uint64_t *ret)
{
	return kd_view_dec(kd_view_trim(kd_view(h + SIZE_AT, SIZE_DIGITS)), ret);
}

static struct kd_error *whole(const struct kd_bytes *file, uint64_t end)
{
	const uint64_t size = kd_bytes_size(file);

	if (end <= size)
		return NULL;
	return kd_error_new(KD_BADDATA, "the package ends too early: %llu of %llu bytes are there",
			    (unsigned long long)size, (unsigned long long)end);
}

struct kd_error *kd_ar_find(const struct kd_bytes *file, struct kd_view begin, uint64_t *ret_at, uint64_t *ret_bytes)
{
	uint64_t pos = MAGIC, size;
	char h[HEADER];

	for (unsigned i = 0; i < KD_AR_MEMBERS_MAX && begin.n <= NAME && pos + HEADER <= kd_bytes_size(file); i++) {
		struct kd_error *err = kd_bytes_read(file, pos, HEADER, h);

		if (err)
			return err;
		if (h[58] != '`' || h[59] != '\n' || !size_of(h, &size))
			return kd_error_at(KD_BADDATA, (int64_t)pos, "a damaged ar header");
		if (!memcmp(h, begin.p, begin.n)) {
			*ret_at = pos + HEADER;
			*ret_bytes = size;
			return whole(file, pos + HEADER + size);
		}
		pos += HEADER + size + (size & 1);
	}
	return kd_error_new(KD_NOTFOUND, "it has no %.*s", KD_VARG(begin));
}
