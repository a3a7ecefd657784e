// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a log: reports or none; spans lie inside the input and lines are in order. */
#include <stdlib.h>

#include "report/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct kd_error *look(void *user, const struct kd_report *r)
{
	const size_t *size = user;

	if (!r->kind || r->off > r->end_off || r->end_off > *size || !r->nlines)
		abort();
	for (size_t i = 0; i < r->nstacks; i++)
		for (size_t k = 0; k < r->stacks[i].nframes; k++)
			if (r->stacks[i].frames[k].line < 0 ||
			    (size_t)r->stacks[i].frames[k].line >= r->nlines + 12)
				abort();
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_scan_opts o = {0};
	struct kd_scan_log log;
	struct kd_source *src;
	struct kd_error *err;
	struct kd_ctx ctx;

	kd_ctx_init(&ctx);
	err = kd_source_from_memory(kd_view(p, size), "fuzz", &src);
	if (!err) {
		/* Packed input grows: spans are of the unpacked bytes. */
		size_t limit = !strcmp(kd_source_kind(src), "plain") ? size : (size_t)-1;

		err = kd_scan(&ctx, src, &o, look, &limit, &log);
		kd_source_close(src);
	}
	kd_error_free(err);
	kd_ctx_deinit(&ctx);
	return 0;
}
