// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/search.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/le.h"

enum { CHECK_EVERY = 1024 }; /* pages */

#define VIRTUAL_MAX ((uint64_t)1 << 40)

struct search {
	const struct kd_search_what *w;
	bool (*found)(void *user, uint64_t at, uint64_t value);
	void *user;
	uint64_t page; /* bytes */
	unsigned char *buf; /* the end of the page before, and this one */
	size_t keep; /* bytes of the one before, in front of this one */
	uint64_t start, end; /* of what is asked for, inside of pages */
	struct kd_search_stats stats;
	bool stop;
};

static uint64_t word(const unsigned char *p, unsigned size)
{
	switch (size) {
	case 1:
		return *p;
	case 2:
		return kd_le16(p);
	case 4:
		return kd_le32(p);
	default:
		return kd_le64(p);
	}
}

static void hit(struct search *s, uint64_t at, uint64_t value)
{
	if (at < s->start || at >= s->end)
		return;
	s->stats.hits++;
	if (!s->found(s->user, at, value))
		s->stop = true;
}

static void numbers(struct search *s, const unsigned char *p, uint64_t at)
{
	const struct kd_search_what *w = s->w;
	const uint64_t want = w->value & w->mask;

	if (w->size == 8 && !w->range) { /* the usual one, in a loop that compilers unroll */
		for (uint64_t i = 0; i < s->page && !s->stop; i += 8)
			if ((kd_le64(p + i) & w->mask) == want)
				hit(s, at + i, kd_le64(p + i));
		return;
	}
	for (uint64_t i = 0; i < s->page && !s->stop; i += w->size) {
		const uint64_t v = word(p + i, w->size);

		if (w->range ? v >= w->value && v < w->until : (v & w->mask) == want)
			hit(s, at + i, v);
	}
}

/* start: of the page; what was kept of the one before lies in front of it. */
static void texts(struct search *s, uint64_t start)
{
	const struct kd_view b = s->w->bytes;
	const unsigned char *from = s->buf + KD_SEARCH_BYTES_MAX - s->keep, *end = s->buf + KD_SEARCH_BYTES_MAX + s->page;

	while (!s->stop) {
		const unsigned char *p = memmem(from, (size_t)(end - from), b.p, b.n);

		if (!p)
			return;
		hit(s, start - KD_SEARCH_BYTES_MAX + (uint64_t)(p - s->buf), 0);
		from = p + 1;
	}
}

static void one_page(struct search *s, uint64_t at)
{
	unsigned char *p = s->buf + KD_SEARCH_BYTES_MAX;

	s->stats.looked += s->page;
	if (s->w->size) {
		numbers(s, p, at);
		return;
	}
	texts(s, at);
	s->keep = s->w->bytes.n - 1;
	memcpy(p - s->keep, p + s->page - s->keep, s->keep);
}

static struct kd_error *begin(struct search *s, struct kd_mem *m, uint64_t start, uint64_t end)
{
	const struct kd_search_what *w = s->w;

	if (w->size ? w->size != 1 && w->size != 2 && w->size != 4 && w->size != 8
		    : !w->bytes.n || w->bytes.n > KD_SEARCH_BYTES_MAX)
		return kd_error_new(KD_INVALID, "sought are numbers of 1, 2, 4 or 8 bytes, or up to %d bytes",
				    KD_SEARCH_BYTES_MAX);
	if (end <= start)
		return kd_error_new(KD_INVALID, "the range ends before it begins");
	s->start = start;
	s->end = end;
	s->page = kd_mem_page_bytes(m);
	s->buf = kd_xcalloc(1, KD_SEARCH_BYTES_MAX + (size_t)s->page);
	return NULL;
}

struct kd_error *kd_search(struct kd_ctx *ctx, struct kd_mem *m, struct kd_pages *pages, const struct kd_search_what *w,
			   uint64_t start, uint64_t end, bool (*found)(void *user, uint64_t paddr, uint64_t value), void *user,
			   struct kd_search_stats *ret)
{
	struct search s = {.w = w, .found = found, .user = user};
	const uint64_t top = kd_pages_info(pages)->top;
	struct kd_error *err = begin(&s, m, start, end);

	if (!err && top && end > top)
		end = top;
	for (uint64_t at = start & ~(s.page - 1), n = 0; !err && at < end && !s.stop; at += s.page, n++) {
		const enum kd_page_state state = kd_pages_read(pages, at, s.buf + KD_SEARCH_BYTES_MAX, (size_t)s.page, NULL);

		if (n % CHECK_EVERY == 0)
			err = kd_ctx_check(ctx);
		if (state == KD_PAGE_OK)
			one_page(&s, at);
		else {
			s.keep = 0;
			if (state != KD_PAGE_ABSENT)
				s.stats.missing += s.page;
		}
	}
	kd_free(s.buf);
	*ret = s.stats;
	return err;
}

struct kd_error *kd_search_virtual(struct kd_ctx *ctx, struct kd_mem *m, const struct kd_search_what *w, uint64_t start,
				   uint64_t end, bool (*found)(void *user, uint64_t addr, uint64_t value), void *user,
				   struct kd_search_stats *ret)
{
	struct search s = {.w = w, .found = found, .user = user};
	struct kd_error *err =
		end - start > VIRTUAL_MAX ? kd_error_new(KD_INVALID, "a range of more than 1 TiB") : begin(&s, m, start, end);
	struct kd_space_miss miss;

	for (uint64_t at = start & ~(s.page - 1), n = 0; !err && at < end && !s.stop; at += s.page, n++) {
		if (n % CHECK_EVERY == 0)
			err = kd_ctx_check(ctx);
		if (kd_space_read(kd_mem_space(m), at, s.buf + KD_SEARCH_BYTES_MAX, (size_t)s.page, &miss))
			one_page(&s, at);
		else {
			s.keep = 0;
			if (miss.mapped)
				s.stats.missing += s.page;
		}
		if (at + s.page < at)
			break;
	}
	kd_free(s.buf);
	*ret = s.stats;
	return err;
}
