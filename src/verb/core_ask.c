// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_ask.h"

#include "base/alloc.h"

struct kd_error *kd_core_ask(struct kd_ctx *ctx, const struct kd_core_question *q, struct kd_sheet *s)
{
	kd_auto(kd_dump_closep) struct kd_dump *own = NULL;
	struct kd_dump *d = q->dump;
	struct kd_error *err = NULL;

	if (!d) {
		err = kd_dump_open(ctx, q->path, &q->how, &own);
		d = own;
	}
	if (err)
		return err;
	err = q->answer(d, q->options, q->args, q->nargs, s);
	if (kd_dump_again(d)) {
		const uint64_t limit = s->limit, offset = s->offset;

		kd_error_free(err);
		kd_sheet_init(s, s->arena);
		s->limit = limit;
		s->offset = offset;
		err = q->answer(d, q->options, q->args, q->nargs, s);
	}
	if (!err)
		kd_dump_level(d, s);
	return err;
}

struct kd_error *kd_core_open(struct kd_ctx *ctx, const char *path, const struct kd_dump_options *o, struct kd_dump **ret)
{
	return kd_dump_open(ctx, path, o, ret);
}

void kd_core_close(struct kd_dump *d)
{
	kd_dump_close(d);
}

void kd_core_closep(struct kd_dump **d)
{
	kd_dump_closep(d);
}

const char *kd_core_path(const struct kd_dump *d)
{
	return kd_dump_path(d);
}
