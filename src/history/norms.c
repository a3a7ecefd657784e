// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/norms.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/le.h"

#define MAGIC "kdocKDN2"
enum { HEAD = 16, EACH = 6, DAY = 86400 };

struct making {
	const struct kd_store *st;
	float *v;
};

static void one_term(void *user, uint64_t term, struct kd_postings p)
{
	const struct making *m = user;
	const uint32_t df = kd_store_df(m->st, term);
	const float idf = logf(1.0f + (float)m->st->docs / (float)(df ? df : 1));
	struct kd_hit h;

	while (kd_postings_next(&p, &h)) {
		const float w = kd_level_weight(h.level) * idf;

		if (h.doc < m->st->docs)
			m->v[h.doc] += w * w;
	}
}

static float *make(const struct kd_store *st)
{
	struct making m = {st, kd_xcalloc((size_t)st->docs + 1, sizeof(float))};

	kd_vec_each(s, &st->segs)
		kd_seg_terms(*s, KD_FIELD_PART, one_term, &m);
	for (uint32_t i = 0; i < st->docs; i++)
		m.v[i] = m.v[i] > 0 ? sqrtf(m.v[i]) : 1.0f;
	return m.v;
}

static uint16_t *make_hints(const struct kd_store *st)
{
	uint16_t *hint = kd_xcalloc((size_t)st->docs + 1, sizeof(*hint));

	kd_vec_each(s, &st->segs)
		for (uint32_t i = 0; i < kd_seg_docs(*s) && kd_seg_first(*s) + i < st->docs; i++) {
			struct kd_seg_static x;

			kd_seg_static(*s, i, &x);
			hint[kd_seg_first(*s) + i] = (uint16_t)(x.date / (KD_HINT_DAYS * DAY) | (x.flags & 3u) << 14);
		}
	return hint;
}

static char *path_of(const struct kd_store *st)
{
	const size_t n = strlen(st->dir) + 32;
	char *p = kd_xmalloc(n);

	snprintf(p, n, "%s/norms-%08x", st->dir, st->docs);
	return p;
}

struct kd_error *kd_norms_write(const struct kd_store *st)
{
	kd_auto(kd_freep) char *path = path_of(st);
	const size_t size = HEAD + (size_t)st->docs * EACH;
	kd_auto(kd_freep) uint8_t *bytes = kd_xcalloc(size, 1);
	kd_auto(kd_freep) float *v = make(st);
	kd_auto(kd_freep) uint16_t *hint = make_hints(st);

	memcpy(bytes, MAGIC, 8);
	kd_put_le32(bytes + 8, st->docs);
	for (uint32_t i = 0; i < st->docs; i++) {
		uint32_t word;

		memcpy(&word, &v[i], sizeof(word));
		kd_put_le32(bytes + HEAD + (size_t)i * 4, word);
		kd_put_le16(bytes + HEAD + (size_t)st->docs * 4 + (size_t)i * 2, hint[i]);
	}
	kd_put_le32(bytes + 12, kd_check32(kd_view((const char *)bytes + HEAD, size - HEAD)));
	return kd_fs_write_atomic(path, kd_view((const char *)bytes, size), 0644);
}

/* A file that holds what is needed; else NULL. */
static void *map_file(const struct kd_store *st, size_t size)
{
	kd_auto(kd_freep) char *path = path_of(st);
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat s;
	uint8_t *p = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &s) && S_ISREG(s.st_mode) && (uint64_t)s.st_size == size)
		p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return NULL;
	if (!memcmp(p, MAGIC, 8) && kd_le32(p + 8) == st->docs &&
	    kd_le32(p + 12) == kd_check32(kd_view((const char *)p + HEAD, size - HEAD)))
		return p;
	munmap(p, size);
	return NULL;
}

struct kd_error *kd_norms_open(const struct kd_store *st, struct kd_norms *ret)
{
	const size_t size = HEAD + (size_t)st->docs * EACH;

	*ret = (struct kd_norms){.size = size, .map = map_file(st, size)};
	if (ret->map && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		ret->v = (const float *)(const void *)((const uint8_t *)ret->map + HEAD);
	else
		ret->v = ret->own = make(st);
	if (ret->own)
		ret->hint = ret->own_hint = make_hints(st);
	else
		ret->hint = (const uint16_t *)(const void *)(ret->v + st->docs);
	return NULL;
}

void kd_norms_close(struct kd_norms *n)
{
	if (n->map)
		munmap(n->map, n->size);
	kd_free(n->own);
	kd_free(n->own_hint);
	*n = (struct kd_norms){0};
}
