/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core_dev.h: disks, requests in flight, device numbers, PCI devices of a dump. Answer for kd_core_ask(); no arguments. */
#ifndef KD_VERB_CORE_DEV_H
#define KD_VERB_CORE_DEV_H

#include "verb/core_ask.h"

struct kd_core_dev_options {
	bool majors, io, stats, pci; /* one of them; none: the disks */
};

kd_core_answer kd_core_dev; /* options: struct kd_core_dev_options */

#endif
