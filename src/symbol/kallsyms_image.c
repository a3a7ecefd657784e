// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/kallsyms_image.h"

#include <string.h>

#include "base/alloc.h"
#include "base/le.h"
#include "format/kallsyms.h"

#define DATA_MAX ((size_t)512 << 20)

enum { TOKENS = KD_KALLSYMS_TOKENS, INDEX = KD_KALLSYMS_INDEX, TABLE_MAX = 8192, COUNT_MIN = 1000, COUNT_MAX = 1 << 22,
       MARKER = 256, ALIGN = 8, NAMES_MAX = 64 << 20,
       STEPS_MAX = 1 << 25 /* of work in all: places looked at, names read */ };

struct tables {
	const uint8_t *p;
	size_t n;
	size_t tokens, index; /* where they begin */
	struct kd_kallsyms coding; /* … read */
	size_t count_at, names, names_end;
	uint32_t count;
	size_t steps;
};

static size_t up(size_t v, size_t to)
{
	return (v + to - 1) / to * to;
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
	t->tokens = start;
	t->index = at;
	return true;
}

static bool find_tokens(struct tables *t)
{
	static const char digits[20] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009"; /* with its last NUL */
	struct kd_view all = kd_view((const char *)t->p, t->n);

	for (size_t from = 0; from < t->n;) {
		size_t zero = kd_view_find(kd_view_from(all, from), kd_view(digits, sizeof(digits)));

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
		kd_kallsyms_open(kd_view_head(kd_view_from(all, t->tokens), t->index - t->tokens),
				 kd_view_head(kd_view_from(all, t->index), INDEX), &t->coding);

	return !err;
}

/* --- names -------------------------------------------------------------------------------- */

/* The text of one name into buf, letter first; its length, 0: it is none. */
static size_t expand(const struct tables *t, struct kd_view coded, char buf[KD_KALLSYMS_NAME])
{
	const size_t n = kd_kallsyms_expand(&t->coding, coded, buf, KD_KALLSYMS_NAME);

	return n >= 2 && memchr("tTdDrRbBaAwWvVnNgGsSuiIc", buf[0], 24) ? n : 0;
}

static bool markers_fit(const struct tables *t, size_t at, const uint32_t *marks, size_t n)
{
	if (at + 4 * n > t->tokens)
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
	struct kd_view names = kd_view((const char *)t->p, t->tokens), coded;
	uint32_t *marks;
	char buf[KD_KALLSYMS_NAME];

	if (count < COUNT_MIN || count > COUNT_MAX || kd_le32(t->p + at + 4) || (t->tokens - at) / 2 < count)
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
	t->count = count;
	t->count_at = at;
	t->names = at + ALIGN;
	t->names_end = pos;
	return true;
}

static bool find_names(struct tables *t)
{
	const size_t low = t->tokens > NAMES_MAX ? t->tokens - NAMES_MAX : 0;

	t->steps = 0;
	for (size_t at = t->tokens / ALIGN * ALIGN; at >= low + ALIGN && t->steps < STEPS_MAX;) {
		kd_auto(kd_arena_deinit) struct kd_arena scratch = KD_ARENA_INIT(1 << 20);

		at -= ALIGN;
		if (at + 2 * ALIGN <= t->tokens && names_fit(t, at, &scratch))
			return true;
	}
	return false;
}

/* --- addresses ---------------------------------------------------------------------------- */

static bool landmark(struct kd_view name)
{
	return kd_view_eq(name, KD_V("_text")) || kd_view_eq(name, KD_V("_stext")) || kd_view_eq(name, KD_V("startup_64"));
}

static struct kd_image_symbol *with_offsets(const struct tables *t, size_t at, uint64_t base, uint64_t text,
					    uint64_t text_end, struct kd_arena *arena)
{
	struct kd_image_symbol *v = kd_arena_array(arena, t->count, struct kd_image_symbol);
	const struct kd_view names = kd_view((const char *)t->p, t->names_end);
	enum kd_kallsyms_form form = KD_KALLSYMS_BASE;
	bool found = false;
	size_t pos = t->names;
	char buf[KD_KALLSYMS_NAME];

	for (uint32_t i = 0; i < t->count; i++)
		if ((int32_t)kd_le32(t->p + at + 4 * (size_t)i) < 0)
			form = KD_KALLSYMS_PERCPU;
	for (uint32_t i = 0; v && i < t->count; i++) {
		struct kd_view coded = KD_VNULL;
		const size_t n = kd_kallsyms_next(names, &pos, &coded) ? expand(t, coded, buf) : 0;

		v[i].addr = kd_kallsyms_address(form, base, 0, kd_le32(t->p + at + 4 * (size_t)i));
		v[i].type = buf[0];
		v[i].name = n ? kd_arena_view(arena, kd_view(buf + 1, n - 1)) : KD_VNULL;
		if (!v[i].name.n || (i && v[i].addr < v[i - 1].addr))
			return NULL;
		found |= landmark(v[i].name) && v[i].addr >= text && v[i].addr < text_end;
	}
	return found ? v : NULL;
}

/* Offsets and base before the count (to 6.3), or behind the tokens (since 6.4). */
static struct kd_image_symbol *find_offsets(const struct tables *t, uint64_t text, uint64_t text_end,
					    struct kd_arena *arena)
{
	const size_t bytes = 4 * (size_t)t->count, behind = up(t->index + INDEX, ALIGN);
	struct kd_image_symbol *v = NULL;

	if (up(behind + bytes, ALIGN) + ALIGN <= t->n)
		v = with_offsets(t, behind, kd_le64(t->p + up(behind + bytes, ALIGN)), text, text_end, arena);
	if (!v && t->count_at >= ALIGN + up(bytes, ALIGN))
		v = with_offsets(t, t->count_at - ALIGN - up(bytes, ALIGN), kd_le64(t->p + t->count_at - ALIGN), text, text_end,
				 arena);
	return v;
}

bool kd_image_symbols_in(struct kd_view data, uint64_t text, uint64_t text_end, struct kd_arena *arena,
			 struct kd_image_symbol **ret, size_t *ret_n)
{
	struct tables t = {.p = (const uint8_t *)data.p, .n = data.n};
	struct kd_image_symbol *v;

	if (data.n < INDEX + ALIGN || !find_tokens(&t) || !read_tokens(&t) || !find_names(&t))
		return false;
	v = find_offsets(&t, text, text_end, arena);
	if (!v)
		return false;
	*ret = v;
	*ret_n = t.count;
	return true;
}

struct kd_error *kd_image_symbols(const struct kd_elf *elf, struct kd_arena *arena, struct kd_image_symbol **ret,
				  size_t *ret_n)
{
	const struct kd_elf_section *ro = kd_elf_find(elf, KD_V(".rodata")), *text = kd_elf_find(elf, KD_V(".text"));
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	struct kd_error *err;

	if (!ro || !text || elf->big_endian || elf->type == KD_ET_REL)
		return kd_error_new(KD_NOTFOUND, "no image of a kernel");
	err = kd_elf_load(elf, ro, DATA_MAX, &d);
	if (err)
		return err;
	return kd_image_symbols_in(d.v, text->addr, text->addr + text->size, arena, ret, ret_n)
		       ? NULL
		       : kd_error_new(KD_NOTFOUND, "the image has no symbols of its own that are certain");
}
