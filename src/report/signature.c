// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signatures: what has to be equal for two reports to be taken for one bug.
 *
 * strict: kind, place with module, and all frames of the crash that are not helpers;
 * normal: kind and the first three of them; loose: the family and the first one.
 * Compiler suffixes are cut; offsets, addresses, CPUs, tasks and releases never count.
 */
#include "base/hash.h"
#include "report/engine.h"

enum { MAX_PARTS = 40 };

static const char *const depth_words[] = {"strict", "normal", "loose"};

static void add(struct kd_report *r, struct kd_signature *s, const char *what, struct kd_view v)
{
	if (s->nparts >= MAX_PARTS || !v.n)
		return;
	s->parts[s->nparts++] = kd_arena_printf(r->arena, "%s %.*s", what, KD_VARG(v));
}

static void seal(struct kd_signature *s, int level)
{
	struct kd_sha256 h;
	uint8_t sum[KD_SHA256_LEN];

	kd_sha256_init(&h);
	kd_sha256_update(&h, kd_view_of(depth_words[level]));
	for (size_t i = 0; i < s->nparts; i++) {
		kd_sha256_update(&h, KD_V("\n"));
		kd_sha256_update(&h, s->parts[i]);
	}
	kd_sha256_final(&h, sum);
	kd_hex(sum, 16, s->hex);
}

static void add_frames(struct kd_report *r, struct kd_signature *s, size_t max)
{
	uint8_t role = kd_main_role(r);
	size_t n = 0;

	if (r->has_guilty) {
		add(r, s, "func", kd_func_base(r->guilty.func));
		n++;
	}
	for (size_t i = 0; i < r->nstacks && n < max; i++) {
		const struct kd_stack *st = &r->stacks[i];

		if (st->role != role)
			continue;
		for (size_t k = 0; k < st->nframes && n < max; k++) {
			struct kd_view f = kd_func_base(st->frames[k].func);

			if (!st->frames[k].reliable || !f.n || kd_frame_is_generic(&st->frames[k], r) ||
			    (r->has_guilty && kd_view_eq(f, kd_func_base(r->guilty.func))))
				continue;
			add(r, s, "frame", f);
			n++;
		}
	}
}

void kd_signatures(struct kd_report *r)
{
	static const size_t depth[KD_NSIG] = {32, 3, 1};

	for (int i = 0; i < KD_NSIG; i++) {
		struct kd_signature *s = &r->sig[i];

		s->parts = kd_arena_array(r->arena, MAX_PARTS, struct kd_view);
		if (!s->parts)
			return;
		add(r, s, i == KD_SIG_LOOSE ? "family" : "kind",
		    kd_view_of(i == KD_SIG_LOOSE ? r->kind->family : r->kind->name));
		if (i == KD_SIG_STRICT)
			add(r, s, "location", r->loc_file);
		add_frames(r, s, depth[i]);
		if (s->nparts == 1)
			add(r, s, "title", r->title);
		seal(s, i);
	}
}
