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

static bool is_server(const struct kd_config_item *it)
{
	return kd_view_ieq(kd_view_of(it->key), KD_V("symbol.debuginfod"));
}

/* An empty value in the environment switches off what the file says. */
static void servers(const struct kd_config *c, struct kd_debug_paths *p)
{
	const struct kd_config_item *it;
	struct kd_view rest, url;
	bool env = false;

	for (size_t i = 0; (it = kd_config_at(c, i)); i++)
		env |= it->layer >= KD_CONFIG_ENV && is_server(it);
	for (size_t i = 0; (it = kd_config_at(c, i)); i++) {
		if (!is_server(it) || (env && it->layer < KD_CONFIG_ENV))
			continue;
		rest = it->value;
		while (p->nurl < KD_DEBUG_SERVERS && (kd_view_skip_blank(&rest), kd_view_take_word(&rest, &url)))
			p->url[p->nurl++] = kd_xstrndup(url.p, url.n);
	}
}

struct kd_debuginfod kd_debug_net(const struct kd_debug_paths *p)
{
	return (struct kd_debuginfod){.url = (const char *const *)p->url, .n = p->nurl};
}

struct kd_debug_paths kd_debug_paths(const struct kd_opt_list *given)
{
	kd_auto(kd_config_freep) struct kd_config *c = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_debug_paths p = {.n = given->n};

	for (size_t i = 0; i < given->n; i++)
		p.v[i] = given->v[i];
	c = kd_config_new();
	err = kd_config_load(c, ".");
	if (err)
		return p;
	if (!given->n)
		configured(c, &p);
	servers(c, &p);
	return p;
}

void kd_debug_paths_deinit(struct kd_debug_paths *p)
{
	for (size_t i = 0; i < KD_OPT_LIST_MAX; i++)
		kd_free(p->own[i]);
	for (size_t i = 0; i < p->nurl; i++)
		kd_free(p->url[i]);
	p->n = p->nurl = 0;
}
