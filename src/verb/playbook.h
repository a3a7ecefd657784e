/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * playbook.h: what to know about a kind of report. The texts are those of docs/playbooks/,
 * compiled in by tools/embed-playbooks, so that the program needs no files.
 *
 *	const struct kd_playbook *p = kd_playbook_for(r->kind->name, r->kind->family);
 *	if (p)
 *		for (size_t i = 0; i < p->nsections; i++) …
 *
 * All of it is static and const.
 */
#ifndef KD_VERB_PLAYBOOK_H
#define KD_VERB_PLAYBOOK_H

#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

struct kd_playbook_section {
	const char *heading;
	const char *const *items; /* paragraphs or list items, one line each */
	size_t nitems;
	bool numbered; /* a list whose order matters */
};

struct kd_playbook {
	const char *name;   /* file name without .md: "page-fault" */
	const char *title;
	const char *const *kinds; /* names of kinds and families that it is for */
	size_t nkinds;
	const struct kd_playbook_section *sections;
	size_t nsections;
};

/* All, in the order of their names. *ret_n is their number. */
const struct kd_playbook *kd_playbooks(size_t *ret_n);

/* For a kind: the one that names the kind, else the one that names its family, else NULL. */
const struct kd_playbook *kd_playbook_for(const char *kind, const char *family);

/* By its own name, a kind's or a family's name; NULL: there is none. */
const struct kd_playbook *kd_playbook_named(struct kd_view name);

#endif
