/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * releases.h: the first tag that contains a commit.
 *
 *	kd_auto(kd_releases_deinit) struct kd_releases r;
 *	kd_releases_make(store, &r);
 *	const char *tag = kd_releases_first(&r, doc);     // "v6.1-rc3"; NULL: no tag contains it
 *	tag = kd_releases_final(&r, doc);                 // "v6.1": of those without -rc
 *
 * The first question of either kind makes one pass over the graph: some 10 ms for a million commits.
 *
 * First is the one whose commit is the oldest by its committer's date; of the same date the lower version.
 */
#ifndef KD_HISTORY_RELEASES_H
#define KD_HISTORY_RELEASES_H

#include "history/store.h"

struct kd_release {
	const char *tag; /* without refs/tags/; the store's */
	int64_t date;
	uint32_t doc;
	bool candidate; /* -rcN */
};

struct kd_releases {
	KD_VEC(struct kd_release) v; /* in order */
	const struct kd_store *st;
	uint32_t *first, *final; /* per document: index, UINT32_MAX: none; NULL: nobody asked yet */
	uint32_t n;
};

void kd_releases_make(const struct kd_store *st, struct kd_releases *ret);
void kd_releases_deinit(struct kd_releases *r);

const char *kd_releases_first(struct kd_releases *r, uint32_t doc);
const char *kd_releases_final(struct kd_releases *r, uint32_t doc);

/* As versions: "v6.1-rc3" < "v6.1" < "v6.1.2" < "v6.1.10" < "v6.2". */
int kd_version_cmp(const char *a, const char *b);

#endif
