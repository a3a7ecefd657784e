// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a log: what is redacted comes back byte for byte, also through the map's file form;
 * any bytes as a map: taken or refused.
 */
#include "fuzz.h"
#include "verb/redact_line.h"

static void each_line(struct kd_redactor *r, struct kd_view all, struct kd_buf *out)
{
	struct kd_view line;

	kd_redactor_rewind(r);
	while (all.n) {
		bool last = !kd_view_take_until(&all, KD_V("\n"), &line);

		if (last) {
			line = all;
			all = KD_VNULL;
		}
		if (!out) {
			kd_redactor_learn(r, line);
			continue;
		}
		kd_redactor_line(r, line, out);
		if (!last)
			kd_buf_addc(out, '\n');
	}
}

static void look_at_map(const struct kd_redact_map *map, struct kd_view out, struct kd_view original)
{
	struct kd_buf text = KD_BUF_INIT(64 << 20), back = KD_BUF_INIT(64 << 20);
	struct kd_redact_map *again = NULL;
	struct kd_error *err;

	kd_redact_map_print(map, &text);
	err = kd_redact_map_parse(kd_buf_view(&text), "fuzz", &again);
	check(!err);
	kd_redact_undo(again, out, &back, NULL, NULL);
	check(kd_view_eq(kd_buf_view(&back), original));
	kd_redact_map_freep(&again);
	kd_buf_deinit(&text);
	kd_buf_deinit(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_view all = kd_view(p, size);
	struct kd_buf out = KD_BUF_INIT(64 << 20);
	struct kd_redact_map *map = kd_redact_map_new(0);
	struct kd_redactor r;
	struct kd_error *err;

	kd_redactor_init(&r, map, size % 2);
	each_line(&r, all, NULL);
	each_line(&r, all, &out);
	check(!r.lost && !map->partial);
	look_at_map(map, kd_buf_view(&out), all);
	kd_redactor_deinit(&r);
	kd_redact_map_freep(&map);
	kd_buf_deinit(&out);

	err = kd_redact_map_parse(all, "fuzz", &map);
	kd_error_free(err);
	kd_redact_map_freep(&map);
	return 0;
}
