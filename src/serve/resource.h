/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resource.h: what can be read by an address: skills and help pages, which are in the program; and by templates what a
 * verb says of a file, a piece of evidence, a group: kdoc://report/var/log/kern.log.
 *
 * A path in an address is absolute, percent-encoded, and has to lie below a root as an argument of a tool has to.
 */
#ifndef KD_SERVE_RESOURCE_H
#define KD_SERVE_RESOURCE_H

#include "base/view.h"
#include "serve/mcp.h"

/* The file that a resource is made of; NULL: of none, or there is no such resource. The caller's. */
char *kd_resource_file(const struct kd_mcp *m, struct kd_view uri);

#endif
