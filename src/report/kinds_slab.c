// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SLUB's reports (mm/slub.c: slab_bug(), print_trailer(), print_track(), slab_fix()):
 * the cache and what is wrong with it, who allocated and freed the object, dumps.
 * Addresses are %p, hashed as a rule: they stay text.
 */
#include "report/kinds_internal.h"

#include "base/alloc.h"

/* "BUG kmalloc-96 (Tainted: G OE): Right Redzone overwritten" */
static bool header(struct kd_builder *b, struct kd_view t)
{
	struct kd_view cache, flags;
	size_t end;

	if (b->phase || !kd_view_skip(&t, KD_V("BUG ")) || !kd_view_take_word(&t, &cache))
		return false;
	b->phase = 1;
	if (kd_view_ends(cache, KD_V(":")))
		cache.n--;
	kd_builder_str(b, "slab", "cache", cache);
	end = kd_view_find(t, KD_V("): "));
	if (end != KD_NPOS)
		kd_builder_str(b, "slab", "problem", kd_view_trim(kd_view_from(t, end + 3)));
	/* The header shows the flags before the report adds its own. */
	flags = kd_view_head(t, kd_view_find(t, KD_V(")")));
	if (kd_view_skip(&flags, KD_V(" (")))
		kd_builder_taint(b, flags);
	return true;
}

static bool number_after(struct kd_view t, struct kd_view key, uint64_t *ret)
{
	size_t at = kd_view_find(t, key);

	if (at == KD_NPOS)
		return false;
	t = kd_view_from(t, at + key.n);
	return kd_view_take_dec(&t, ret);
}

/* "Allocated in foo+0x1/0x2 [mod] age=12 cpu=0 pid=97", its frames below */
static bool track(struct kd_builder *b, struct kd_view t)
{
	bool alloc = kd_view_starts(t, KD_V("Allocated in "));
	struct kd_stack *s;
	uint64_t n;

	if (!alloc && !kd_view_starts(t, KD_V("Freed in ")))
		return false;
	s = kd_builder_stack(b, kd_view_head(t, kd_view_find(t, KD_V(" age="))),
			     alloc ? KD_STACK_ALLOC : KD_STACK_FREE, KD_CTX_UNKNOWN);
	if (s && number_after(t, KD_V(" cpu="), &n) && n <= UINT32_MAX) {
		s->has_cpu = true;
		s->cpu = (uint32_t)n;
	}
	if (s && number_after(t, KD_V(" pid="), &n) && n <= INT32_MAX) {
		s->has_pid = true;
		s->pid = (int64_t)n;
	}
	return true;
}

static bool is_dump(struct kd_view t)
{
	static const struct kd_view starts[] = {
		KD_V("Slab 0x"),   KD_V("Object 0x"), KD_V("Redzone "), KD_V("Object  "),
		KD_V("Padding "),  KD_V("Bytes b4 "), KD_V("INFO: "),	KD_V("FIX "),
		KD_V("Object "),   KD_V("First byte"), KD_V("Disabling lock debugging"),
		KD_V("Fixing "),   KD_V("Slab padding"), KD_V("Sectioned"),
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(starts); i++)
		if (kd_view_starts(t, starts[i]))
			return true;
	return kd_view_has(t, KD_V("First byte 0x")) || kd_view_has(t, KD_V(" @offset="));
}

bool kd_kind_slab_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text);

	if (header(b, t) || track(b, t))
		return true;
	if (!b->header_seen || !is_dump(t))
		return false;
	kd_builder_role(b, KD_ROLE_DETAIL);
	return true;
}
