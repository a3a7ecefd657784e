// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/debug.h"

#include "base/alloc.h"
#include "base/config.h"

static bool is_ours(const struct kd_config_item *it)
{
	return kd_view_ieq(kd_view_of(it->key), KD_V("symbol.debug")) && it->value.n;
}

/* The environment's alone when it is set. */
static void configured(const struct kd_config *c, struct kd_debug_paths *p)
{
	const struct kd_config_item *it;
	bool env = false;

	for (size_t i = 0; (it = kd_config_at(c, i)); i++)
		env |= it->layer >= KD_CONFIG_ENV && is_ours(it);
	for (size_t i = 0; (it = kd_config_at(c, i)) && p->n < KD_OPT_LIST_MAX; i++) {
		if (!is_ours(it) || (env && it->layer < KD_CONFIG_ENV))
			continue;
		p->own[p->n] = kd_xstrndup(it->value.p, it->value.n);
		p->v[p->n] = p->own[p->n];
		p->n++;
	}
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
