// SPDX-License-Identifier: GPL-2.0-or-later
/* mirror_list URL FOLDER [MAX_BYTES]: a mirror brought up to date, a line "EPOCH STATE WHY" each; tests/run/mail-referees. */
#include <stdio.h>

#include "base/alloc.h"
#include "history/mirror.h"

int main(int argc, char **argv)
{
	struct kd_mirror_req r = {.connect_s = 10, .fetch_s = 60};
	struct kd_arena a = KD_ARENA_INIT(1 << 20);
	struct kd_mirror m = {.n = 0};
	struct kd_ctx ctx;
	struct kd_error *err;
	int status;

	if (argc < 3)
		return 2;
	r.url = argv[1];
	r.local = argv[2];
	if (argc > 3 && !kd_view_dec(kd_view_of(argv[3]), &r.max_bytes))
		return 2;
	kd_ctx_init(&ctx);
	err = kd_mirror_refresh(&ctx, &r, &a, &m);
	for (size_t i = 0; !err && i < m.n; i++)
		printf("%u %s %.*s\n", m.epoch[i].n, kd_mirror_word(m.epoch[i].state), KD_VARG(m.epoch[i].why));
	if (err)
		printf("error %s %s\n", kd_errclass_info(err->cls)->name, err->msg);
	status = err ? 1 : 0;
	kd_error_free(err);
	kd_ctx_deinit(&ctx);
	kd_arena_deinit(&a);
	return status;
}
