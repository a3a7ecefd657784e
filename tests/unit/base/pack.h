/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pack.h: packed test data, made by the libraries themselves.
 *
 *	for (const struct packer *p = packers; p->name; p++) {
 *		struct kd_buf b = KD_BUF_INIT(1 << 20);
 *		p->pack(&b, KD_V("text"));                  // appends one member
 */
#ifndef KD_TEST_PACK_H
#define KD_TEST_PACK_H

#include "base/buf.h"

struct packer {
	const char *name; /* as kd_source_kind() says it */
	void (*pack)(struct kd_buf *out, struct kd_view data);
};

/* Those of this build; name == NULL at the end. */
extern const struct packer packers[];

#endif
