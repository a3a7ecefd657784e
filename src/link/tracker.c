// SPDX-License-Identifier: GPL-2.0-or-later
#include "link/tracker.h"

#include "base/alloc.h"

static const struct kd_tracker_ops *const kinds[] = {
	&kd_tracker_dir,
};

struct kd_error *kd_tracker_open(struct kd_ctx *ctx, const struct kd_tracker_config *c, struct kd_tracker **ret)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++) {
		struct kd_tracker *t;
		struct kd_error *err;
		void *conn = NULL;

		if (!kinds[i]->claims(c->address))
			continue;
		err = kinds[i]->open(ctx, c, &conn);
		if (err)
			return err;
		t = kd_xcalloc(1, sizeof(*t));
		*t = (struct kd_tracker){kinds[i], conn};
		*ret = t;
		return NULL;
	}
	return kd_error_new(KD_INVALID, "'%.*s' names no tracker: a folder, or dir:FOLDER", KD_VARG(kd_view_head(c->address, 200)));
}

void kd_tracker_closep(struct kd_tracker **t)
{
	if (!*t)
		return;
	(*t)->ops->close((*t)->conn);
	kd_free(*t);
	*t = NULL;
}
