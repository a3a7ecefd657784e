/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core_net_internal.h: what core_net.c and core_net_unix.c share. */
#ifndef KD_VERB_CORE_NET_INTERNAL_H
#define KD_VERB_CORE_NET_INTERNAL_H

#include "core/dump.h"
#include "core/unixsock.h"

struct nets {
	struct kd_dump *d;
	struct kd_kernel *k;
	struct kd_sheet *s;
	struct kd_table *t;
	uint64_t net;
	struct kd_sockowners owners; /* with --sockets, --unix, of one */
};

/* The text, or why there is none. */
struct kd_cell kd_core_net_text(struct kd_sheet *s, const char *text, const char *why);
struct kd_cell kd_core_net_ns(struct nets *x, uint64_t net);
/* "432 sshd fd 3", and how many others; none: no process has it open. */
struct kd_cell kd_core_net_owner(struct nets *x, uint64_t sock);

/* core_net_unix.c: the table of all; the fields of one, when it is one. */
void kd_core_net_unix(struct nets *x);
bool kd_core_net_unix_one(struct nets *x, uint64_t sock);

/* core_net_diag.c: what holds up the network; with owners. */
KD_MUST_CHECK struct kd_error *kd_core_net_diagnose(struct nets *x);

#endif
