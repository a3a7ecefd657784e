// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/lsa.h"

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
#include "history/lsalearn.h"

#define MAGIC "kdocKDV\n"
enum { HEAD = 32 + KD_LSA_WITNESSES * 8, GROWN = 4, PER_WORD = 8 + 4 + KD_LSA_DIMS, AT_ONCE = 1 << 18 };

static char *path_of(const struct kd_store *st, uint32_t docs)
{
	const size_t n = strlen(st->dir) + 32;
	char *p = kd_xmalloc(n);

	snprintf(p, n, "%s/vectors-%08x", st->dir, docs);
	return p;
}

static float get_f32(const uint8_t *p)
{
	const uint32_t bits = kd_le32(p);
	float f;

	memcpy(&f, &bits, sizeof(f));
	return f;
}

static uint64_t witness(const struct kd_store *st, uint32_t docs, unsigned i)
{
	struct kd_seg_doc d;

	kd_store_doc(st, (uint32_t)((uint64_t)(docs - 1) * i / (KD_LSA_WITNESSES - 1)), &d);
	return kd_oid_head(d.oid);
}

/* --- reading ----------------------------------------------------------------------------------- */

static bool fits(const struct kd_store *st, const uint8_t *p, uint64_t size)
{
	const uint32_t words = kd_le32(p + 16), docs = kd_le32(p + 24);

	if (memcmp(p, MAGIC, 8) != 0 || kd_le32(p + 8) != KD_LSA_VERSION || kd_le32(p + 12) != KD_LSA_DIMS)
		return false;
	if (!docs || docs > st->docs || words > KD_LSA_WORDS_MAX || size != HEAD + (uint64_t)words * PER_WORD + (uint64_t)docs * KD_LSA_DIMS)
		return false;
	for (unsigned i = 0; i < KD_LSA_WITNESSES; i++)
		if (kd_le64(p + 32 + (size_t)i * 8) != witness(st, docs, i))
			return false;
	return kd_check32(kd_view((const char *)p + HEAD, (size_t)words * PER_WORD)) == kd_le32(p + 28);
}

static void open_file(const struct kd_store *st, const char *path, struct kd_lsa *ret)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat s;
	uint8_t *p = MAP_FAILED;

	*ret = (struct kd_lsa){0};
	if (fd < 0)
		return;
	if (!fstat(fd, &s) && S_ISREG(s.st_mode) && s.st_size > HEAD)
		p = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return;
	if (!fits(st, p, (uint64_t)s.st_size)) {
		munmap(p, (size_t)s.st_size);
		return;
	}
	ret->map = p;
	ret->size = (size_t)s.st_size;
	ret->words = kd_le32(p + 16);
	ret->learned = kd_le32(p + 20);
	ret->docs = kd_le32(p + 24);
	ret->model = kd_le32(p + 28);
	ret->word = p + HEAD;
	ret->scale = ret->word + (size_t)ret->words * 8;
	ret->of_word = (const int8_t *)ret->scale + (size_t)ret->words * 4;
	ret->of_doc = ret->of_word + (size_t)ret->words * KD_LSA_DIMS;
}

void kd_lsa_open(const struct kd_store *st, struct kd_lsa *ret)
{
	kd_auto(kd_freep) char *path = path_of(st, st->docs);

	open_file(st, path, ret);
	if (ret->docs != st->docs)
		kd_lsa_close(ret);
}

void kd_lsa_close(struct kd_lsa *v)
{
	if (v->map)
		munmap(v->map, v->size);
	*v = (struct kd_lsa){0};
}

/* --- vectors ----------------------------------------------------------------------------------- */

static bool find_word(const struct kd_lsa *v, uint64_t term, uint32_t *ret)
{
	uint32_t from = 0, to = v->words;

	while (from < to) {
		const uint32_t mid = from + (to - from) / 2;
		const uint64_t x = kd_le64(v->word + (size_t)mid * 8);

		if (x == term) {
			*ret = mid;
			return true;
		}
		if (x < term)
			from = mid + 1;
		else
			to = mid;
	}
	return false;
}

void kd_lsa_query_add(struct kd_lsa_query *q, const struct kd_lsa *v, uint64_t term, double weight)
{
	uint32_t at;
	float f;

	if (!find_word(v, term, &at))
		return;
	f = (float)weight * get_f32(v->scale + (size_t)at * 4);
	for (unsigned i = 0; i < KD_LSA_DIMS; i++)
		q->sum[i] += f * (float)v->of_word[(size_t)at * KD_LSA_DIMS + i];
}

/* Length 1 is 127. */
static bool shorten(const float *sum, int8_t *ret)
{
	float square = 0;

	for (unsigned i = 0; i < KD_LSA_DIMS; i++)
		square += sum[i] * sum[i];
	for (unsigned i = 0; i < KD_LSA_DIMS; i++)
		ret[i] = square > 0 && isfinite(square) ? (int8_t)lrintf(127.0f * sum[i] / sqrtf(square)) : 0;
	return square > 0;
}

void kd_lsa_query_end(struct kd_lsa_query *q)
{
	q->any = shorten(q->sum, q->v);
}

/* --- writing ----------------------------------------------------------------------------------- */

struct making {
	const struct kd_store *st;
	const struct kd_lsa *v;
	uint32_t from, n; /* commits */
	float *sum;
};

static void one_term(void *user, uint64_t term, struct kd_postings p)
{
	struct making *m = user;
	const uint32_t df = kd_store_df(m->st, term);
	float w[KD_LSA_DIMS], idf;
	uint32_t at;
	struct kd_hit h;

	if (!find_word(m->v, term, &at))
		return;
	idf = logf(1.0f + (float)m->st->docs / (float)(df ? df : 1)) * get_f32(m->v->scale + (size_t)at * 4);
	for (unsigned i = 0; i < KD_LSA_DIMS; i++)
		w[i] = idf * (float)m->v->of_word[(size_t)at * KD_LSA_DIMS + i];
	while (kd_postings_next(&p, &h)) {
		const uint32_t doc = h.doc - m->from;
		const float level = kd_level_weight(h.level);

		if (h.doc < m->from || doc >= m->n)
			continue;
		for (unsigned i = 0; i < KD_LSA_DIMS; i++)
			m->sum[(size_t)doc * KD_LSA_DIMS + i] += level * w[i];
	}
}

static void make_docs(const struct kd_store *st, const struct kd_lsa *v, uint32_t from, int8_t *ret)
{
	kd_auto(kd_freep) float *sum = NULL;

	if (from >= st->docs)
		return;
	sum = kd_xcalloc((size_t)(st->docs - from < AT_ONCE ? st->docs - from : AT_ONCE) * KD_LSA_DIMS, sizeof(*sum));
	for (uint32_t n; from < st->docs; from += n) {
		struct making m = {.st = st, .v = v, .from = from, .n = st->docs - from < AT_ONCE ? st->docs - from : AT_ONCE, .sum = sum};

		n = m.n;
		memset(sum, 0, (size_t)n * KD_LSA_DIMS * sizeof(*sum));
		kd_vec_each(s, &st->segs)
			if (kd_seg_first(*s) < from + n && kd_seg_first(*s) + kd_seg_docs(*s) > from)
				kd_seg_terms(*s, KD_FIELD_PART, one_term, &m);
		for (uint32_t i = 0; i < n; i++)
			shorten(sum + (size_t)i * KD_LSA_DIMS, ret + (size_t)(from + i) * KD_LSA_DIMS);
	}
}

static bool is_ours(const struct kd_fs_entry *e)
{
	return kd_view_starts(kd_view_of(e->name), KD_V("vectors-")) && strlen(e->name) == 16;
}

/* The file of the run before: the one of most commits. */
struct older {
	const struct kd_store *st;
	struct kd_lsa v;
};

static struct kd_error *look(void *user, const struct kd_fs_entry *e)
{
	struct older *o = user;
	struct kd_lsa v;

	if (!is_ours(e))
		return NULL;
	open_file(o->st, e->path, &v);
	if (v.docs > o->v.docs) {
		kd_lsa_close(&o->v);
		o->v = v;
	} else {
		kd_lsa_close(&v);
	}
	return NULL;
}

static struct kd_error *remove_older(void *user, const struct kd_fs_entry *e)
{
	const struct kd_store *st = user;
	char now[32];

	snprintf(now, sizeof(now), "vectors-%08x", st->docs);
	if (is_ours(e) && strcmp(e->name, now) != 0)
		unlink(e->path);
	return NULL;
}

static struct kd_error *write_file(const struct kd_store *st, const struct kd_lsa *model, const struct kd_lsa *old)
{
	const size_t model_size = (size_t)model->words * PER_WORD, docs_size = (size_t)st->docs * KD_LSA_DIMS;
	kd_auto(kd_freep) uint8_t *bytes = kd_xcalloc(HEAD + model_size + docs_size, 1);
	kd_auto(kd_freep) char *path = path_of(st, st->docs);
	int8_t *docs = (int8_t *)bytes + HEAD + model_size;

	memcpy(bytes, MAGIC, 8);
	kd_put_le32(bytes + 8, KD_LSA_VERSION);
	kd_put_le32(bytes + 12, KD_LSA_DIMS);
	kd_put_le32(bytes + 16, model->words);
	kd_put_le32(bytes + 20, model->learned);
	kd_put_le32(bytes + 24, st->docs);
	memcpy(bytes + HEAD, model->word, model_size);
	kd_put_le32(bytes + 28, kd_check32(kd_view((const char *)bytes + HEAD, model_size)));
	for (unsigned i = 0; i < KD_LSA_WITNESSES; i++)
		kd_put_le64(bytes + 32 + (size_t)i * 8, witness(st, st->docs, i));
	if (old->docs)
		memcpy(docs, old->of_doc, (size_t)old->docs * KD_LSA_DIMS);
	make_docs(st, model, old->docs, docs);
	return kd_fs_write_atomic(path, kd_view((const char *)bytes, HEAD + model_size + docs_size), 0644);
}

struct kd_error *kd_lsa_write(struct kd_store *st)
{
	static const struct kd_fs_walk_opts opts = {.max_depth = 1};
	struct older o = {.st = st};
	struct kd_error *err;

	if (st->docs < KD_LSA_LEAST)
		return NULL;
	err = kd_fs_walk(st->dir, &opts, look, &o);
	if (!err && o.v.docs && st->docs / GROWN < o.v.learned) {
		if (o.v.docs < st->docs)
			err = write_file(st, &o.v, &o.v);
	} else if (!err) {
		kd_auto(kd_freep) uint8_t *model = NULL;
		struct kd_lsa v = {.learned = st->docs};

		v.words = kd_lsa_learn(st, &model);
		v.word = model;
		v.scale = v.words ? model + (size_t)v.words * 8 : NULL;
		v.of_word = v.words ? (const int8_t *)v.scale + (size_t)v.words * 4 : NULL;
		if (v.words)
			err = write_file(st, &v, &(struct kd_lsa){0});
	}
	kd_lsa_close(&o.v);
	return err ? err : kd_fs_walk(st->dir, &opts, remove_older, st);
}
