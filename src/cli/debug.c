// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/debug.h"

#include "base/alloc.h"
#include "base/config.h"

static void configured(const struct kd_config *c, struct kd_debug_paths *p)
{
	struct kd_view v[KD_OPT_LIST_MAX];

	p->n = kd_config_values(c, "symbol.debug", v, KD_OPT_LIST_MAX);
	for (size_t i = 0; i < p->n; i++)
		p->v[i] = p->own[i] = kd_xstrndup(v[i].p, v[i].n);
}

struct kd_debug_paths kd_debug_paths(const struct kd_opt_list *given)
{
	kd_auto(kd_config_freep) struct kd_config *c = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_debug_paths p = {.n = given->n};

	for (size_t i = 0; i < given->n; i++)
		p.v[i] = given->v[i];
	if (given->n)
		return p;
	c = kd_config_new();
	err = kd_config_load(c, ".");
	if (!err)
		configured(c, &p);
	return p;
}

void kd_debug_paths_deinit(struct kd_debug_paths *p)
{
	for (size_t i = 0; i < KD_OPT_LIST_MAX; i++)
		kd_free(p->own[i]);
	p->n = 0;
}
