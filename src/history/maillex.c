// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/maillex.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/hashmap.h"

#define MEMORY ((size_t)96 << 20)
#define FILE_MAX ((size_t)8 << 30)
enum { WORDS_MAX = 4 << 20 };

struct kd_lexw {
	struct kd_arena arena;
	struct kd_hashmap words;
};

/* --- making ------------------------------------------------------------------------------------ */

struct kd_lexw *kd_lexw_new(void)
{
	struct kd_lexw *w = kd_xcalloc(1, sizeof(*w));

	w->arena = KD_ARENA_INIT(MEMORY);
	w->words = KD_HASHMAP_INIT(WORDS_MAX, &w->arena);
	return w;
}

void kd_lexw_free(struct kd_lexw *w)
{
	if (!w)
		return;
	kd_hashmap_deinit(&w->words);
	kd_arena_deinit(&w->arena);
	kd_free(w);
}

bool kd_lexw_add(struct kd_lexw *w, struct kd_view lines)
{
	struct kd_view word;

	while (kd_view_take_until(&lines, KD_V("\n"), &word))
		if (word.n && !kd_hashmap_add(&w->words, word, NULL))
			return false;
	return w->words.entries.n < WORDS_MAX - 65536 && w->arena.used < MEMORY - (4u << 20);
}

bool kd_lexw_empty(const struct kd_lexw *w)
{
	return !w->words.entries.n;
}

static int by_key(const void *a, const void *b)
{
	return kd_view_cmp(((const struct kd_hashmap_entry *)a)->key, ((const struct kd_hashmap_entry *)b)->key);
}

struct kd_error *kd_lexw_write(struct kd_lexw *w, const char *path, uint32_t *check_ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(2 * MEMORY);
	struct kd_error *err;

	if (w->words.entries.n)
		qsort(w->words.entries.v, w->words.entries.n, sizeof(*w->words.entries.v), by_key);
	kd_vec_each(e, &w->words.entries) {
		kd_buf_add(&text, e->key);
		kd_buf_addc(&text, '\n');
	}
	*check_ret = kd_check32(kd_buf_view(&text));
	err = text.overflow ? kd_error_new(KD_LIMIT, "a list of words is too long") : kd_fs_write_atomic(path, kd_buf_view(&text), 0644);
	kd_hashmap_clear(&w->words);
	kd_arena_reset(&w->arena);
	return err;
}

/* --- asking ------------------------------------------------------------------------------------ */

struct kd_error *kd_lex_open(const char *path, struct kd_lex *ret)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct kd_error *err = NULL;
	struct stat st;
	void *p = NULL;

	*ret = (struct kd_lex){.map = NULL};
	if (fd < 0)
		return kd_error_errno(errno, "%s", path);
	if (fstat(fd, &st))
		err = kd_error_errno(errno, "%s", path);
	else if (!S_ISREG(st.st_mode))
		err = kd_error_new(KD_BADDATA, "%s is no file", path);
	else if (st.st_size && (p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0)) == MAP_FAILED)
		err = kd_error_errno(errno, "mapping %s", path);
	close(fd);
	if (!err && p)
		*ret = (struct kd_lex){p, (size_t)st.st_size};
	return err;
}

void kd_lex_close(struct kd_lex *l)
{
	if (l->map)
		munmap((void *)(uintptr_t)l->map, l->size);
	*l = (struct kd_lex){.map = NULL};
}

uint32_t kd_lex_check(const struct kd_lex *l)
{
	return kd_check32(kd_view(l->map, l->size));
}

/* The line that begins at `at`, which moves behind it. */
static struct kd_view line_at(const struct kd_lex *l, size_t *at)
{
	const struct kd_view rest = kd_view(l->map + *at, l->size - *at);
	const size_t n = kd_view_chr(rest, '\n');
	const struct kd_view v = kd_view_head(rest, n == KD_NPOS ? rest.n : n);

	*at += n == KD_NPOS ? rest.n : n + 1;
	return v;
}

/* Where the first line begins that is not below the prefix. */
static size_t lower(const struct kd_lex *l, struct kd_view prefix)
{
	size_t lo = 0, hi = l->size;

	while (lo < hi) {
		size_t from = lo + (hi - lo) / 2, next;
		struct kd_view v;

		while (from > lo && l->map[from - 1] != '\n')
			from--;
		next = from;
		v = line_at(l, &next);
		if (kd_view_cmp(v, prefix) < 0)
			lo = next;
		else
			hi = from;
	}
	return lo;
}

void kd_lex_each(const struct kd_lex *l, struct kd_view prefix, bool (*fn)(void *user, struct kd_view word), void *user)
{
	size_t at = l->size ? lower(l, prefix) : 0;

	while (at < l->size) {
		const struct kd_view v = line_at(l, &at);

		if (!kd_view_starts(v, prefix) || !fn(user, v))
			return;
	}
}

/* --- merging ----------------------------------------------------------------------------------- */

struct head {
	struct kd_view word;
	size_t at;
	bool left;
};

static void step(const struct kd_lex *l, struct head *h)
{
	h->left = h->at < l->size;
	if (h->left)
		h->word = line_at(l, &h->at);
}

static const struct head *least(const struct head *h, size_t n)
{
	const struct head *ret = NULL;

	for (size_t i = 0; i < n; i++)
		if (h[i].left && (!ret || kd_view_cmp(h[i].word, ret->word) < 0))
			ret = &h[i];
	return ret;
}

struct kd_error *kd_lex_merge(const struct kd_lex *l, size_t n, const char *path, uint32_t *check_ret)
{
	kd_auto(kd_freep) struct head *h = kd_xcalloc(n, sizeof(*h));
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(FILE_MAX);
	const struct head *x;

	for (size_t i = 0; i < n; i++)
		step(&l[i], &h[i]);
	while ((x = least(h, n))) {
		const struct kd_view word = x->word;

		kd_buf_add(&text, word);
		kd_buf_addc(&text, '\n');
		for (size_t i = 0; i < n; i++)
			while (h[i].left && kd_view_eq(h[i].word, word))
				step(&l[i], &h[i]);
	}
	if (text.overflow)
		return kd_error_new(KD_LIMIT, "the list of words is too long");
	*check_ret = kd_check32(kd_buf_view(&text));
	return kd_fs_write_atomic(path, kd_buf_view(&text), 0644);
}
