// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/embed.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/le.h"
#include "history/embed_ask.h"
#include "history/frames.h"
#include "history/record.h"

#define MAGIC "kdocKDE\n"
enum { BATCH = 32, NAME_MAX_BYTES = KD_EMBED_HEAD - 24, ID = 8, WITNESSES = 8 };

/* --- configuration ----------------------------------------------------------------------------- */

static char *text_of(struct kd_view v)
{
	return kd_xstrndup(v.n ? v.p : "", v.n);
}

static char *address(struct kd_view url, bool ollama)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);

	while (url.n && url.p[url.n - 1] == '/')
		url.n--;
	kd_buf_printf(&b, "%.*s%s", KD_VARG(url), ollama ? "/api/embed" : kd_view_ends(url, KD_V("/v1")) ? "/embeddings" : "/v1/embeddings");
	return text_of(kd_buf_view(&b));
}

struct kd_error *kd_embed_config(const struct kd_config *c, struct kd_embed *ret)
{
	struct kd_view url, model, api = KD_V("openai");
	struct kd_error *err;
	int64_t batch, weight;

	*ret = (struct kd_embed){0};
	if (!kd_config_get(c, "embed.url", &url) || !url.n)
		return NULL;
	if (!kd_view_starts(url, KD_V("http://")) && !kd_view_starts(url, KD_V("https://")))
		return kd_error_new(KD_INVALID, "embed.url is no address: %.*s", KD_VARG(url));
	if (url.n > 4096 || !kd_config_get(c, "embed.model", &model) || !model.n || model.n > NAME_MAX_BYTES)
		return kd_error_new(KD_INVALID, "embed.url is set, embed.model is not, or is too long: which model has to be known");
	if (kd_config_get(c, "embed.api", &api) && !kd_view_eq(api, KD_V("openai")) && !kd_view_eq(api, KD_V("ollama")))
		return kd_error_new(KD_INVALID, "embed.api is openai or ollama, not %.*s", KD_VARG(api));
	err = kd_config_int(c, "embed.batch", BATCH, &batch);
	if (err)
		return err;
	if (batch < 1 || batch > KD_EMBED_BATCH_MAX)
		return kd_error_new(KD_INVALID, "embed.batch is 1 to %u", KD_EMBED_BATCH_MAX);
	err = kd_config_int(c, "embed.weight", 100, &weight);
	if (err)
		return err;
	if (weight < 0 || weight > 10000)
		return kd_error_new(KD_INVALID, "embed.weight is 0 to 10000 percent");
	ret->weight = (double)weight / 100;
	ret->on = true;
	ret->ollama = kd_view_eq(api, KD_V("ollama"));
	ret->batch = (unsigned)batch;
	ret->url = address(url, ret->ollama);
	ret->model = text_of(model);
	return NULL;
}

void kd_embed_deinit(struct kd_embed *e)
{
	kd_free(e->url);
	kd_free(e->model);
	*e = (struct kd_embed){0};
}

/* --- the file ---------------------------------------------------------------------------------- */

static char *path_of(const struct kd_store *st)
{
	const size_t n = strlen(st->dir) + 16;
	char *p = kd_xmalloc(n);

	snprintf(p, n, "%s/embeddings", st->dir);
	return p;
}

static size_t row_size(uint32_t dims)
{
	return ID + (size_t)dims;
}

static uint64_t id_of(const struct kd_store *st, uint32_t doc)
{
	struct kd_seg_doc d;

	kd_store_doc(st, doc, &d);
	return kd_oid_head(d.oid);
}

static struct kd_error *check_head(const uint8_t *p, const struct kd_embed *e, uint32_t *dims)
{
	const uint32_t n = kd_le32(p + 16);

	if (memcmp(p, MAGIC, 8) != 0 || kd_le32(p + 8) != KD_EMBED_VERSION || n > NAME_MAX_BYTES)
		return kd_error_new(KD_CONFLICT, "the embeddings of the index are of another version: kdoc index git --embed-again makes them anew");
	*dims = kd_le32(p + 12);
	if (kd_check32(kd_view((const char *)p + 24, n)) != kd_le32(p + 20) || !*dims || *dims > KD_EMBED_DIMS_MAX)
		return kd_error_new(KD_CONFLICT, "the embeddings of the index are damaged: kdoc index git --embed-again makes them anew");
	if (!kd_view_eq(kd_view((const char *)p + 24, n), kd_view_of(e->model)))
		return kd_error_new(KD_CONFLICT, "the embeddings of the index are by the model %.*s, not by %s: kdoc index git --embed-again makes "
						 "them anew", (int)n, (const char *)p + 24, e->model);
	return NULL;
}

/* Rows of commits that have these numbers no more (the index was made anew) are none. */
static bool rows_fit(const struct kd_store *st, const struct kd_embedded *v)
{
	if (v->docs > st->docs)
		return false;
	for (uint32_t i = 0; i < WITNESSES && v->docs; i++) {
		const uint32_t doc = (uint32_t)((uint64_t)(v->docs - 1) * i / (WITNESSES - 1));

		if (kd_le64(v->rows + doc * row_size(v->dims)) != id_of(st, doc))
			return false;
	}
	return true;
}

struct kd_error *kd_embed_open(const struct kd_store *st, const struct kd_embed *e, struct kd_embedded *ret)
{
	kd_auto(kd_freep) char *path = path_of(st);
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct kd_error *err = NULL;
	struct stat s;
	uint8_t *p = MAP_FAILED;

	*ret = (struct kd_embedded){.weight = (float)e->weight};
	if (fd < 0)
		return errno == ENOENT ? NULL : kd_error_errno(errno, "%s", path);
	if (!fstat(fd, &s) && S_ISREG(s.st_mode) && s.st_size >= (off_t)KD_EMBED_HEAD)
		p = mmap(NULL, (size_t)s.st_size, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return NULL; /* begun, and nothing written */
	ret->map = p;
	ret->size = (size_t)s.st_size;
	err = check_head(p, e, &ret->dims);
	if (!err) {
		const size_t n = (ret->size - KD_EMBED_HEAD) / row_size(ret->dims);

		ret->rows = p + KD_EMBED_HEAD;
		ret->docs = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
		if (!rows_fit(st, ret))
			err = kd_error_new(KD_CONFLICT, "the embeddings are of other commits than the index: kdoc index git --embed-again makes them anew");
	}
	if (err)
		kd_embed_close(ret);
	return err;
}

void kd_embed_close(struct kd_embedded *v)
{
	if (v->map)
		munmap(v->map, v->size);
	kd_free(v->query);
	*v = (struct kd_embedded){0};
}

/* --- texts ------------------------------------------------------------------------------------- */

static void put_line(struct kd_buf *b, const char *what, struct kd_view v)
{
	if (v.n)
		kd_buf_printf(b, "%s%.*s\n", what, KD_VARG(v));
}

static void put_list(struct kd_buf *b, const char *what, const struct kd_view *v, size_t n, size_t max)
{
	if (n)
		kd_buf_printf(b, "%s", what);
	for (size_t i = 0; i < n && i < max; i++)
		kd_buf_printf(b, " %.*s", KD_VARG(v[i]));
	if (n)
		kd_buf_printf(b, "\n");
}

static struct kd_error *text_of_commit(const struct kd_store *st, uint32_t doc, struct kd_arena *a, struct kd_view *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_SEG_TEXT_MAX + 65536), b = KD_BUF_INIT(KD_SEG_TEXT_MAX + 65536);
	struct kd_record r;
	struct kd_error *err = kd_store_text(st, doc, &text);

	if (!err)
		err = kd_record_parse(a, kd_buf_view(&text), &r);
	if (err)
		return err;
	put_line(&b, "", kd_view_head(r.message, KD_EMBED_TEXT - KD_EMBED_TEXT / 4));
	for (size_t i = 0; i < r.nfiles && i < 8; i++)
		put_line(&b, "file ", r.files[i].path);
	put_list(&b, "functions", r.funcs, r.nfuncs, 12);
	*ret = kd_arena_view(a, kd_view_head(kd_buf_view(&b), KD_EMBED_TEXT));
	return NULL;
}

static struct kd_view text_of_query(const struct kd_fixquery *q, struct kd_arena *a)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(65536);

	for (size_t i = 0; i < q->head.n && i < 3; i++)
		put_line(&b, "", q->head.v[i]);
	for (size_t i = 0, n = 0; i < q->frames.n && n < 16; i++) {
		const struct kd_query_frame *f = &q->frames.v[i];

		if (f->section > KD_SECTION_MAIN || kd_frame_class(f->func, f->path) == KD_FRAME_MACHINERY)
			continue;
		put_line(&b, "function ", f->func);
		put_line(&b, "file ", f->path);
		n++;
	}
	for (size_t i = 0; i < q->prose.n && i < 20; i++)
		put_line(&b, "", q->prose.v[i]);
	return kd_arena_view(a, kd_view_head(kd_buf_view(&b), KD_EMBED_TEXT));
}

/* --- making ------------------------------------------------------------------------------------ */

/* Length 1 is 127. */
static void shorten(const float *x, uint32_t dims, int8_t *ret)
{
	double square = 0;

	for (uint32_t i = 0; i < dims; i++)
		square += (double)x[i] * (double)x[i];
	for (uint32_t i = 0; i < dims; i++)
		ret[i] = square > 0 && isfinite(square) ? (int8_t)lrint(127.0 * (double)x[i] / sqrt(square)) : 0;
}

static void put_head(uint8_t head[KD_EMBED_HEAD], const struct kd_embed *e, uint32_t dims)
{
	const size_t n = strlen(e->model);

	memset(head, 0, KD_EMBED_HEAD);
	memcpy(head, MAGIC, 8);
	kd_put_le32(head + 8, KD_EMBED_VERSION);
	kd_put_le32(head + 12, dims);
	kd_put_le32(head + 16, (uint32_t)n);
	kd_put_le32(head + 20, kd_check32(kd_view_of(e->model)));
	memcpy(head + 24, e->model, n);
}

struct making {
	struct kd_ctx *ctx;
	const struct kd_embed *e;
	const struct kd_store *st;
	int fd;
	uint32_t docs, dims; /* that are there; dims 0: not known yet */
};

static struct kd_error *one_batch(struct making *m)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT((size_t)256 << 20);
	kd_auto(kd_freep) struct kd_view *texts = kd_xcalloc(m->e->batch, sizeof(*texts));
	kd_auto(kd_freep) uint8_t *rows = NULL;
	struct kd_embed_answer ans = {.dims = m->dims};
	uint32_t n = 0;
	struct kd_error *err = kd_ctx_check(m->ctx);

	while (!err && n < m->e->batch && m->docs + n < m->st->docs) {
		err = text_of_commit(m->st, m->docs + n, &a, &texts[n]);
		n++;
	}
	if (!err)
		err = kd_embed_ask(m->ctx, m->e, texts, n, &ans);
	if (!err && !m->dims) {
		uint8_t head[KD_EMBED_HEAD];

		m->dims = ans.dims;
		put_head(head, m->e, m->dims);
		err = kd_fs_write(m->fd, "embeddings", kd_view((const char *)head, sizeof(head)));
	}
	if (!err) {
		rows = kd_xcalloc(n, row_size(m->dims));
		for (uint32_t i = 0; i < n; i++) {
			uint8_t *row = rows + i * row_size(m->dims);

			kd_put_le64(row, id_of(m->st, m->docs + i));
			shorten(ans.v + (size_t)i * m->dims, m->dims, (int8_t *)row + ID);
		}
		err = kd_fs_write(m->fd, "embeddings", kd_view((const char *)rows, n * row_size(m->dims)));
	}
	if (!err)
		m->docs += n;
	kd_free(ans.v);
	return err;
}

struct kd_error *kd_embed_all(struct kd_ctx *ctx, const struct kd_embed *e, const struct kd_store *st, bool again,
			      void (*watch)(void *user, uint64_t done, uint64_t total), void *user, uint64_t *ret)
{
	kd_auto(kd_freep) char *path = path_of(st);
	struct making m = {.ctx = ctx, .e = e, .st = st, .fd = -1};
	struct kd_embedded old = {0};
	struct kd_error *err = again ? NULL : kd_embed_open(st, e, &old);
	uint32_t first;

	*ret = 0;
	if (err)
		return err;
	m.docs = first = old.docs;
	m.dims = old.dims;
	kd_embed_close(&old);
	m.fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (again ? O_TRUNC : 0), 0644);
	if (m.fd < 0)
		return kd_error_errno(errno, "%s", path);
	/* half a row of an interrupted run goes */
	if (ftruncate(m.fd, m.dims ? (off_t)(KD_EMBED_HEAD + m.docs * row_size(m.dims)) : 0) || lseek(m.fd, 0, SEEK_END) < 0)
		err = kd_error_errno(errno, "%s", path);
	while (!err && m.docs < st->docs) {
		err = one_batch(&m);
		if (!err && watch)
			watch(user, m.docs, st->docs);
	}
	if (fsync(m.fd) && !err)
		err = kd_error_errno(errno, "%s", path);
	close(m.fd);
	*ret = m.docs - first;
	return err ? kd_error_wrap(err, "embeddings: %u of %u commits have one", m.docs, st->docs) : NULL;
}

/* --- asking ------------------------------------------------------------------------------------ */

struct kd_error *kd_embed_query(struct kd_ctx *ctx, const struct kd_embed *e, struct kd_embedded *v, const struct kd_fixquery *q)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT((size_t)1 << 20);
	struct kd_embed_answer ans = {.dims = v->dims};
	const struct kd_view text = text_of_query(q, &a);
	struct kd_error *err = text.n ? kd_embed_ask(ctx, e, &text, 1, &ans) : kd_error_new(KD_NOTFOUND, "the report has no words to ask with");

	if (!err) {
		v->query = kd_xcalloc(v->dims, 1);
		shorten(ans.v, v->dims, v->query);
	}
	kd_free(ans.v);
	return err;
}

float kd_embed_near(const struct kd_embedded *v, uint32_t doc)
{
	const int8_t *row = (const int8_t *)v->rows + doc * row_size(v->dims) + ID;
	int32_t sum = 0;

	for (uint32_t i = 0; i < v->dims; i++)
		sum += row[i] * v->query[i];
	return (float)sum / (127.0f * 127.0f);
}
