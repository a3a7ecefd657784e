/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verb/playbook.h"

#include <string.h>

#include "verb/playbook_table.h"

const struct kd_playbook *kd_playbooks(size_t *ret_n)
{
	*ret_n = kd_playbook_table_n;
	return kd_playbook_table;
}

static bool names(const struct kd_playbook *p, struct kd_view kind)
{
	for (size_t i = 0; i < p->nkinds; i++)
		if (kd_view_eq(kd_view_of(p->kinds[i]), kind))
			return true;
	return false;
}

static const struct kd_playbook *by_kind(struct kd_view kind)
{
	for (size_t i = 0; i < kd_playbook_table_n; i++)
		if (names(&kd_playbook_table[i], kind))
			return &kd_playbook_table[i];
	return NULL;
}

const struct kd_playbook *kd_playbook_for(const char *kind, const char *family)
{
	const struct kd_playbook *p = kind ? by_kind(kd_view_of(kind)) : NULL;

	if (!p && family)
		p = by_kind(kd_view_of(family));
	return p;
}

const struct kd_playbook *kd_playbook_named(struct kd_view name)
{
	for (size_t i = 0; i < kd_playbook_table_n; i++)
		if (kd_view_eq(kd_view_of(kd_playbook_table[i].name), name))
			return &kd_playbook_table[i];
	return by_kind(name);
}
