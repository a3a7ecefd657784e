/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * releases.h: the first tag that contains a commit.
 *
 *	kd_auto(kd_releases_deinit) struct kd_releases r;
 *	kd_releases_make(store, &r);                      // of the file that kd_releases_write() left, else one pass over the graph
 *	const char *tag = kd_releases_first(&r, doc);     // "v6.1-rc3"; NULL: no tag contains it
 *	tag = kd_releases_final(&r, doc);                 // "v6.1": of those without -rc
 *
 * First is the one whose commit is the oldest by its committer's date; of the same date the lower version.
 *
 * A file "releases-DDDDDDDD" beside the segments has it for all documents: "kdocKDR\n", u32 documents, u32 tags, u64 key (of the tags'
 * names, ids and dates), a kd_check32 for each 4096 documents, then per document u32 first, u32 final: places in the sorted list of the
 * tags, UINT32_MAX for none. One of other tags is not used; a block that is damaged is as if there were no file.
 */
#ifndef KD_HISTORY_RELEASES_H
#define KD_HISTORY_RELEASES_H

#include "history/store.h"

struct kd_tag {
	const char *tag; /* without refs/tags/; the store's */
	int64_t date;
	const char *oid;
	bool candidate; /* -rcN */
};

struct kd_releases {
	const struct kd_store *st;
	KD_VEC(struct kd_tag) v; /* in order */
	uint32_t **own; /* first and final, made when there is no file that says it: per document an index, UINT32_MAX: none */
	const uint8_t *map;
	size_t size;
	uint32_t n;
};

void kd_releases_make(const struct kd_store *st, struct kd_releases *ret);
void kd_releases_deinit(struct kd_releases *r);

/* After each run of the indexer; nothing where the file is right already. */
KD_MUST_CHECK struct kd_error *kd_releases_write(const struct kd_store *st);

const char *kd_releases_first(const struct kd_releases *r, uint32_t doc);
const char *kd_releases_final(const struct kd_releases *r, uint32_t doc);

/* As versions: "v6.1-rc3" < "v6.1" < "v6.1.2" < "v6.1.10" < "v6.2". */
int kd_version_cmp(const char *a, const char *b);

#endif
