// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/kaslr.h"

#include "base/alloc.h"

const char *kd_kaslr_state_word(uint8_t state)
{
	static const char *const words[] = {[KD_KASLR_NOTHING] = "nothing", [KD_KASLR_FOUND] = "found",
					    [KD_KASLR_SEVERAL] = "several", [KD_KASLR_NONE] = "none",
					    [KD_KASLR_OTHER] = "other_kernel"};

	return state < KD_ARRAY_LEN(words) ? words[state] : "?";
}

const char *kd_kaslr_how_word(uint8_t how)
{
	static const char *const words[] = {[KD_KASLR_STATED] = "stated", [KD_KASLR_PAIRS] = "pairs",
					    [KD_KASLR_CALLS] = "calls", [KD_KASLR_BYTES] = "code"};

	return how < KD_ARRAY_LEN(words) ? words[how] : "?";
}

static void members(struct kd_json *j, const struct kd_kaslr *f)
{
	kd_json_kv_strz(j, "state", kd_kaslr_state_word(f->state));
	if (f->state == KD_KASLR_FOUND) {
		kd_json_kv_strz(j, "how", kd_kaslr_how_word(f->how));
		kd_json_kv_hex(j, "offset", (uint64_t)f->offset);
	}
	kd_json_kv_strz(j, "why", f->words);
	kd_json_kv_u64(j, "calls", f->calls);
	kd_json_kv_u64(j, "return_addresses", f->asked);
	kd_json_kv_u64(j, "code_bytes_same", f->bytes_same);
	kd_json_kv_u64(j, "code_bytes", f->bytes);
	kd_json_kv_u64(j, "pairs", f->pairs);
	kd_json_kv_u64(j, "offsets_tried", f->tried);
}

void kd_render_kaslr_one(struct kd_json *j, const struct kd_kaslr *f)
{
	kd_json_begin_object(j);
	members(j, f);
	kd_json_end_object(j);
}

void kd_render_kaslr_json(struct kd_json *j, const struct kd_raw *raw)
{
	kd_json_key(j, "kaslr");
	kd_json_begin_array(j);
	for (size_t i = 0; i < raw->boots.n; i++) {
		const struct kd_raw_boot *b = raw->boots.v[i];

		if (!b->solved)
			continue;
		kd_json_begin_object(j);
		kd_json_kv_u64(j, "boot", b->boot);
		members(j, &b->found);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}
