// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/kallsyms_search.h"

#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/le.h"

enum { TOKENS = KD_KALLSYMS_TOKENS, INDEX = KD_KALLSYMS_INDEX, TABLE_MAX = 8192, COUNT_MIN = 1000, COUNT_MAX = 1 << 22,
       MARKER = 256, ALIGN = KD_KALLSYMS_ALIGN, NAMES_MAX = 64 << 20,
       STEPS_MAX = 1 << 25 /* of work in all: places looked at, names read */ };

struct tables {
	const uint8_t *p;
	size_t n;
	struct kd_kallsyms_places at;
	size_t steps;
};

static size_t up(size_t v, size_t to)
{
	return (v + to - 1) / to * to;
}

size_t kd_kallsyms_hint(struct kd_view data)
{
	static const char digits[20] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009"; /* with its last NUL */

	return kd_view_find(data, kd_view(digits, sizeof(digits)));
}

/* --- tokens ------------------------------------------------------------------------------- */

/* Is there an index at `at` that fits the tokens in front of it, of which "0" is at `zero`? */
static bool index_fits(struct tables *t, size_t at, size_t zero)
{
	const size_t before = kd_le16(t->p + at + 2 * (size_t)'0');
	size_t start, end;

	if (kd_le16(t->p + at) || before > zero)
		return false;
	start = zero - before;
	for (size_t i = 0; i < TOKENS; i++) {
		const size_t token = start + kd_le16(t->p + at + 2 * i);
		/* a token has no more bytes than the table may have */
		const uint8_t *nul = token < at ? memchr(t->p + token, 0, at - token < TABLE_MAX ? at - token : TABLE_MAX) : NULL;

		if (!nul)
			return false;
		end = (size_t)(nul - t->p) + 1;
		if (i + 1 < TOKENS ? end != start + kd_le16(t->p + at + 2 * (i + 1)) : up(end, 4) > at || at - end >= 2 * ALIGN)
			return false;
	}
	t->at.tokens = start;
	t->at.index = at;
	return true;
}

static bool find_tokens(struct tables *t)
{
	const struct kd_view all = kd_view((const char *)t->p, t->n);

	for (size_t from = 0; from < t->n;) {
		size_t zero = kd_kallsyms_hint(kd_view_from(all, from));

		if (zero == KD_NPOS)
			return false;
		zero += from;
		for (size_t at = up(zero, 4); at + INDEX <= t->n && at < zero + TABLE_MAX; at += 4) {
			if (t->steps++ > STEPS_MAX)
				return false;
			if (index_fits(t, at, zero))
				return true;
		}
		from = zero + 1;
	}
	return false;
}

static bool read_tokens(struct tables *t)
{
	const struct kd_view all = kd_view((const char *)t->p, t->n);
	kd_auto(kd_error_freep) struct kd_error *err =
		kd_kallsyms_open(kd_view_head(kd_view_from(all, t->at.tokens), t->at.index - t->at.tokens),
				 kd_view_head(kd_view_from(all, t->at.index), INDEX), &t->at.coding);

	return !err;
}

/* --- names -------------------------------------------------------------------------------- */

/* The text of one name into buf, letter first; its length, 0: it is none. */
static size_t expand(const struct tables *t, struct kd_view coded, char buf[KD_KALLSYMS_NAME])
{
	const size_t n = kd_kallsyms_expand(&t->at.coding, coded, buf, KD_KALLSYMS_NAME);

	return n >= 2 && memchr("tTdDrRbBaAwWvVnNgGsSuiIc", buf[0], 24) ? n : 0;
}

static bool markers_fit(const struct tables *t, size_t at, const uint32_t *marks, size_t n)
{
	if (at + 4 * n > t->at.tokens)
		return false;
	for (size_t i = 0; i < n; i++)
		if (kd_le32(t->p + at + 4 * i) != marks[i])
			return false;
	return true;
}

/* As many names as the count at `at` says, and markers behind them. */
static bool names_fit(struct tables *t, size_t at, struct kd_arena *scratch)
{
	const uint32_t count = kd_le32(t->p + at);
	size_t pos = at + ALIGN;
	struct kd_view names = kd_view((const char *)t->p, t->at.tokens), coded;
	uint32_t *marks;
	char buf[KD_KALLSYMS_NAME];

	if (count < COUNT_MIN || count > COUNT_MAX || kd_le32(t->p + at + 4) || (t->at.tokens - at) / 2 < count)
		return false;
	marks = kd_arena_array(scratch, count / MARKER + 1, uint32_t);
	for (uint32_t i = 0; marks && i < count; i++) {
		if (i % MARKER == 0)
			marks[i / MARKER] = (uint32_t)(pos - at - ALIGN);
		if (t->steps++ > STEPS_MAX || !kd_kallsyms_next(names, &pos, &coded) || !expand(t, coded, buf))
			return false;
	}
	if (!marks || !markers_fit(t, up(pos, ALIGN), marks, (count + MARKER - 1) / MARKER))
		return false;
	t->at.count = count;
	t->at.count_at = at;
	t->at.names = at + ALIGN;
	t->at.names_end = pos;
	return true;
}

static bool find_names(struct tables *t)
{
	const size_t low = t->at.tokens > NAMES_MAX ? t->at.tokens - NAMES_MAX : 0;

	t->steps = 0;
	for (size_t at = t->at.tokens / ALIGN * ALIGN; at >= low + ALIGN && t->steps < STEPS_MAX;) {
		kd_auto(kd_arena_deinit) struct kd_arena scratch = KD_ARENA_INIT(1 << 20);

		at -= ALIGN;
		if (at + 2 * ALIGN <= t->at.tokens && names_fit(t, at, &scratch))
			return true;
	}
	return false;
}

bool kd_kallsyms_search(struct kd_view data, struct kd_kallsyms_places *ret)
{
	struct tables t = {.p = (const uint8_t *)data.p, .n = data.n};

	if (data.n < INDEX + ALIGN || !find_tokens(&t) || !read_tokens(&t) || !find_names(&t))
		return false;
	*ret = t.at;
	return true;
}
