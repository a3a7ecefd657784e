/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_net.h: network devices and sockets of a dump. Answer for kd_core_ask().
 *
 *	net: [ADDRESS]     of a struct sock: all about this one
 */
#ifndef KD_VERB_CORE_NET_H
#define KD_VERB_CORE_NET_H

#include "verb/core_ask.h"

struct kd_core_net_options {
	bool sockets; /* of TCP and UDP */
	bool local; /* UNIX sockets */
	bool diagnose; /* what holds up the network, instead */
};

kd_core_answer kd_core_net; /* options: struct kd_core_net_options */

#endif
