// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/releases.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/le.h"
#include "history/dag.h"

#define MAGIC "kdocKDR\n"
enum { HEAD = 24, BLOCK = 4096, ENTRY = 8 };

static unsigned long number(const char **p)
{
	unsigned long n = 0;

	for (; kd_is_digit(**p); (*p)++)
		n = n < 1000000000 ? n * 10 + (unsigned long)(**p - '0') : n;
	return n;
}

int kd_version_cmp(const char *a, const char *b)
{
	for (;;) {
		if (kd_is_digit(*a) && kd_is_digit(*b)) {
			const unsigned long x = number(&a), y = number(&b);

			if (x != y)
				return x < y ? -1 : 1;
			continue;
		}
		if (*a != *b) {
			/* a candidate comes before what it becomes */
			const bool ca = !strncmp(a, "-rc", 3), cb = !strncmp(b, "-rc", 3);

			if (ca != cb)
				return ca ? -1 : 1;
			return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
		}
		if (!*a)
			return 0;
		a++;
		b++;
	}
}

static int in_order(const void *a, const void *b)
{
	const struct kd_tag *x = a, *y = b;

	if (x->date != y->date)
		return x->date < y->date ? -1 : 1;
	return kd_version_cmp(x->tag, y->tag);
}

static uint32_t *labels(const struct kd_releases *r, const uint32_t *docs, bool finals)
{
	const size_t n = (size_t)r->n + 1;
	uint32_t *label = kd_xmalloc(n * sizeof(*label));

	memset(label, 0xff, n * sizeof(*label));
	for (size_t i = 0; i < r->v.n; i++)
		if (docs[i] < r->n && !(finals && r->v.v[i].candidate) && i < label[docs[i]])
			label[docs[i]] = (uint32_t)i;
	kd_dag_least(r->st, label);
	return label;
}

/* The pass over the graph. */
static void compute(const struct kd_releases *r)
{
	kd_auto(kd_freep) uint32_t *docs = kd_xcalloc(r->v.n + 1, sizeof(*docs));

	for (size_t i = 0; i < r->v.n; i++)
		if (!kd_store_find(r->st, kd_view_of(r->v.v[i].oid), &docs[i]))
			docs[i] = KD_DOC_NONE;
	r->own[0] = labels(r, docs, false);
	r->own[1] = labels(r, docs, true);
}

static void list_tags(const struct kd_store *st, struct kd_releases *ret)
{
	*ret = (struct kd_releases){.st = st, .n = st->docs, .own = kd_xcalloc(2, sizeof(*ret->own))};
	kd_vec_each(t, &st->trees)
		kd_vec_each(ref, &t->refs) {
			struct kd_view name = kd_view_of(ref->name);
			struct kd_tag *r;

			if (!kd_view_skip(&name, KD_V("refs/tags/")))
				continue;
			r = kd_vec_push(&ret->v, KD_STORE_REFS_MAX);
			if (r)
				*r = (struct kd_tag){name.p, ref->date, ref->oid, kd_view_has(name, KD_V("-rc"))};
		}
	if (ret->v.n)
		qsort(ret->v.v, ret->v.n, sizeof(*ret->v.v), in_order);
}

/* --- the file ---------------------------------------------------------------------------------- */

static uint64_t key_of(const struct kd_releases *r)
{
	uint64_t key = r->n;

	for (size_t i = 0; i < r->v.n; i++) {
		const uint64_t more[] = {kd_term(KD_KEY_LINK, kd_view_of(r->v.v[i].tag)), kd_term(KD_KEY_LINK, kd_view_of(r->v.v[i].oid)),
					 (uint64_t)r->v.v[i].date};

		for (size_t k = 0; k < KD_ARRAY_LEN(more); k++)
			key = (key ^ more[k]) * 0x100000001b3ull ^ key >> 29;
	}
	return key;
}

static char *path_of(const struct kd_store *st)
{
	const size_t n = strlen(st->dir) + 32;
	char *p = kd_xmalloc(n);

	snprintf(p, n, "%s/releases-%08x", st->dir, st->docs);
	return p;
}

static size_t blocks(uint32_t docs)
{
	return ((size_t)docs + BLOCK - 1) / BLOCK;
}

static struct kd_view block_at(const uint8_t *file, uint32_t docs, size_t i)
{
	const size_t left = docs - i * BLOCK;

	return kd_view((const char *)file + HEAD + 4 * blocks(docs) + i * BLOCK * ENTRY, (left < BLOCK ? left : BLOCK) * ENTRY);
}

static void map_file(struct kd_releases *r)
{
	kd_auto(kd_freep) char *path = path_of(r->st);
	const size_t size = HEAD + 4 * blocks(r->n) + (size_t)r->n * ENTRY;
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	uint8_t *p = MAP_FAILED;
	struct stat s;

	if (fd < 0)
		return;
	if (!fstat(fd, &s) && S_ISREG(s.st_mode) && (uint64_t)s.st_size == size)
		p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return;
	if (!memcmp(p, MAGIC, 8) && kd_le32(p + 8) == r->n && kd_le32(p + 12) == r->v.n && kd_le64(p + 16) == key_of(r)) {
		r->map = p;
		r->size = size;
	} else {
		munmap(p, size);
	}
}

struct kd_error *kd_releases_write(const struct kd_store *st)
{
	const size_t size = HEAD + 4 * blocks(st->docs) + (size_t)st->docs * ENTRY;
	kd_auto(kd_releases_deinit) struct kd_releases r = {0};
	kd_auto(kd_freep) char *path = path_of(st);
	kd_auto(kd_freep) uint8_t *bytes = NULL;
	uint8_t *entry;

	list_tags(st, &r);
	map_file(&r);
	if (r.map)
		return NULL;
	compute(&r);
	bytes = kd_xcalloc(size, 1);
	entry = bytes + HEAD + 4 * blocks(st->docs);
	memcpy(bytes, MAGIC, 8);
	kd_put_le32(bytes + 8, st->docs);
	kd_put_le32(bytes + 12, (uint32_t)r.v.n);
	kd_put_le64(bytes + 16, key_of(&r));
	for (uint32_t i = 0; i < st->docs; i++) {
		kd_put_le32(entry + (size_t)i * ENTRY, r.own[0][i]);
		kd_put_le32(entry + (size_t)i * ENTRY + 4, r.own[1][i]);
	}
	for (size_t i = 0; i < blocks(st->docs); i++)
		kd_put_le32(bytes + HEAD + 4 * i, kd_check32(block_at(bytes, st->docs, i)));
	return kd_fs_write_atomic(path, kd_view((const char *)bytes, size), 0644);
}

/* --- asking ------------------------------------------------------------------------------------ */

void kd_releases_make(const struct kd_store *st, struct kd_releases *ret)
{
	list_tags(st, ret);
	map_file(ret);
}

void kd_releases_deinit(struct kd_releases *r)
{
	kd_vec_free(&r->v);
	if (r->own) {
		kd_free(r->own[0]);
		kd_free(r->own[1]);
	}
	kd_free(r->own);
	if (r->map)
		munmap((void *)(uintptr_t)r->map, r->size);
	*r = (struct kd_releases){0};
}

/* The entry of a document in the file; false: there is none, or it is damaged. */
static bool in_file(const struct kd_releases *r, uint32_t doc, unsigned which, uint32_t *ret)
{
	struct kd_view block;

	if (!r->map)
		return false;
	block = block_at(r->map, r->n, doc / BLOCK);
	if (kd_check32(block) != kd_le32(r->map + HEAD + 4 * (size_t)(doc / BLOCK)))
		return false;
	*ret = kd_le32((const uint8_t *)block.p + (size_t)(doc % BLOCK) * ENTRY + (size_t)which * 4);
	return true;
}

static const char *tag(const struct kd_releases *r, unsigned which, uint32_t doc)
{
	uint32_t i;

	if (doc >= r->n)
		return NULL;
	if (!in_file(r, doc, which, &i)) {
		if (!r->own[0])
			compute(r);
		i = r->own[which][doc];
	}
	return i < r->v.n ? r->v.v[i].tag : NULL;
}

const char *kd_releases_first(const struct kd_releases *r, uint32_t doc)
{
	return tag(r, 0, doc);
}

const char *kd_releases_final(const struct kd_releases *r, uint32_t doc)
{
	return tag(r, 1, doc);
}
