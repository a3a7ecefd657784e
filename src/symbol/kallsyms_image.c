// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/kallsyms_image.h"

#include <string.h>

#include "base/alloc.h"
#include "base/le.h"
#include "format/kallsyms_search.h"

#define DATA_MAX ((size_t)512 << 20)

enum { ALIGN = KD_KALLSYMS_ALIGN };

static size_t up(size_t v, size_t to)
{
	return (v + to - 1) / to * to;
}

/* --- addresses ---------------------------------------------------------------------------- */

static bool landmark(struct kd_view name)
{
	return kd_view_eq(name, KD_V("_text")) || kd_view_eq(name, KD_V("_stext")) || kd_view_eq(name, KD_V("startup_64"));
}

static struct kd_image_symbol *with_offsets(const struct kd_kallsyms_places *t, const uint8_t *p, size_t at, uint64_t base, uint64_t text,
					    uint64_t text_end, struct kd_arena *arena)
{
	struct kd_image_symbol *v = kd_arena_array(arena, t->count, struct kd_image_symbol);
	const struct kd_view names = kd_view((const char *)p, t->names_end);
	enum kd_kallsyms_form form = KD_KALLSYMS_BASE;
	bool found = false;
	size_t pos = t->names;
	char buf[KD_KALLSYMS_NAME];

	for (uint32_t i = 0; i < t->count; i++)
		if ((int32_t)kd_le32(p + at + 4 * (size_t)i) < 0)
			form = KD_KALLSYMS_PERCPU;
	for (uint32_t i = 0; v && i < t->count; i++) {
		struct kd_view coded = KD_VNULL;
		const size_t n = kd_kallsyms_next(names, &pos, &coded) ? kd_kallsyms_expand(&t->coding, coded, buf, sizeof(buf)) : 0;

		v[i].addr = kd_kallsyms_address(form, base, 0, kd_le32(p + at + 4 * (size_t)i));
		v[i].type = n ? buf[0] : 0;
		v[i].name = n ? kd_arena_view(arena, kd_view(buf + 1, n - 1)) : KD_VNULL;
		if (!v[i].name.n || (i && v[i].addr < v[i - 1].addr))
			return NULL;
		found |= landmark(v[i].name) && v[i].addr >= text && v[i].addr < text_end;
	}
	return found ? v : NULL;
}

/* Offsets and base before the count (to 6.3), or behind the tokens (since 6.4). */
static struct kd_image_symbol *find_offsets(const struct kd_kallsyms_places *t, struct kd_view data, uint64_t text, uint64_t text_end,
					    struct kd_arena *arena)
{
	const size_t bytes = 4 * (size_t)t->count, behind = up(t->index + KD_KALLSYMS_INDEX, ALIGN);
	const uint8_t *p = (const uint8_t *)data.p;
	struct kd_image_symbol *v = NULL;

	if (up(behind + bytes, ALIGN) + ALIGN <= data.n)
		v = with_offsets(t, p, behind, kd_le64(p + up(behind + bytes, ALIGN)), text, text_end, arena);
	if (!v && t->count_at >= ALIGN + up(bytes, ALIGN))
		v = with_offsets(t, p, t->count_at - ALIGN - up(bytes, ALIGN), kd_le64(p + t->count_at - ALIGN), text, text_end,
				 arena);
	return v;
}

bool kd_image_symbols_in(struct kd_view data, uint64_t text, uint64_t text_end, struct kd_arena *arena,
			 struct kd_image_symbol **ret, size_t *ret_n)
{
	struct kd_kallsyms_places t;
	struct kd_image_symbol *v;

	if (!kd_kallsyms_search(data, &t))
		return false;
	v = find_offsets(&t, data, text, text_end, arena);
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
