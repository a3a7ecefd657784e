/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_bpf.h: BPF programs, maps and links of a dump. Answer for kd_core_ask().
 *
 *	bpf: [ADDRESS]     all of them; or what is at an address in JITed code
 */
#ifndef KD_VERB_CORE_BPF_H
#define KD_VERB_CORE_BPF_H

#include "verb/core_ask.h"

struct kd_core_bpf_options {
	bool maps, links; /* these alone */
};

kd_core_answer kd_core_bpf; /* options: struct kd_core_bpf_options */

#endif
