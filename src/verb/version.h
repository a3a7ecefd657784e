/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * version.h: which kdoc this is and what it was built with. No paths, no dates.
 *
 *	struct kd_version v;
 *	kd_version_get(&v);
 *	… v.version, v.compiler; for (i = 0; i < v.nfeatures; i++) v.feature[i].name …
 */
#ifndef KD_VERB_VERSION_H
#define KD_VERB_VERSION_H

#include <stdbool.h>
#include <stddef.h>

struct kd_feature {
	const char *name; /* "gzip" */
	const char *library; /* "zlib" */
	bool on;
};

struct kd_version {
	const char *version; /* "0.1.0" */
	const char *compiler; /* "gcc 12.2.0" */
	const char *arch; /* "x86_64" */
	bool sanitized, optimised;
	struct kd_feature feature[16];
	size_t nfeatures;
	size_t nkinds; /* kinds of reports that this build knows */
};

void kd_version_get(struct kd_version *ret);

#endif
