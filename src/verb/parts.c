// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/parts.h"

#include <string.h>

#include "base/alloc.h"
#include "format/printk.h"

static struct kd_view file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return kd_view_of(slash ? slash + 1 : path);
}

static struct kd_view dir_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? kd_view(path, (size_t)(slash - path)) : KD_V(".");
}

struct kd_error *kd_parts_is(const char *path, struct kd_source *src, bool *ret)
{
	struct kd_view head;
	struct kd_error *err;

	*ret = false;
	if (!kd_view_starts(file_name(path), KD_V("dmesg-")))
		return NULL;
	err = kd_source_peek(src, 64, &head);
	if (err)
		return err;
	*ret = kd_printk_is_part(kd_view_head(head, kd_view_chr(head, '\n')));
	return NULL;
}

bool kd_parts_same(const struct kd_parts *p, const char *path)
{
	return !p->dir || kd_view_eq(kd_view_of(p->dir), dir_name(path));
}

struct kd_error *kd_parts_add(struct kd_parts *p, const char *path, struct kd_source *src)
{
	struct kd_view dir = dir_name(path);
	char block[16384];
	size_t n;

	if (!p->dir) {
		p->dir = kd_xstrndup(dir.p, dir.n);
		p->first = kd_xstrndup(path, strlen(path));
	}
	p->files++;
	for (;;) {
		struct kd_error *err = kd_source_read(src, block, sizeof(block), &n);

		if (err)
			return err;
		if (!n)
			break;
		kd_buf_add(&p->bytes, kd_view(block, n));
	}
	if (p->bytes.n && p->bytes.p[p->bytes.n - 1] != '\n') /* a part may end inside a line */
		kd_buf_addc(&p->bytes, '\n');
	p->overflow |= p->bytes.overflow;
	return NULL;
}

const char *kd_parts_name(const struct kd_parts *p)
{
	return p->files == 1 ? p->first : p->dir;
}

struct kd_error *kd_parts_source(struct kd_parts *p, struct kd_source **ret)
{
	return kd_source_from_buf(&p->bytes, kd_parts_name(p), ret);
}

void kd_parts_reset(struct kd_parts *p)
{
	kd_buf_deinit(&p->bytes);
	kd_free(p->dir);
	kd_free(p->first);
	*p = KD_PARTS_INIT;
}
