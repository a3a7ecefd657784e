/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fakesocks.h: faketasks.h with UNIX sockets, and with disks and tags as kernels before 5.11 have them.
 *
 * Sockets: 0 listens on /run/x, 1 is connected to 2 (both streams), 3 has the abstract name @a and takes datagrams, 4 is known to nobody.
 * PID 101 has 0 as descriptor 3, and 1 as 4. The disk fda (8:0) has the partition fda1; of its two tags the second is taken.
 */
#ifndef KD_TESTS_CORE_FAKESOCKS_H
#define KD_TESTS_CORE_FAKESOCKS_H

#include "fake.h"

#define FAKESOCKS (FAKE_TASKS_AT + 0x80000)
#define FAKESOCKS_TABLE (FAKE_IMAGE + 0x78000)
#define FAKESOCKS_SOCK(i) (FAKESOCKS + 0x1000 + 0x100 * (uint64_t)(i))
#define FAKESOCKS_DISK (FAKESOCKS + 0x2000) /* struct gendisk */
#define FAKESOCKS_PART (FAKESOCKS + 0x2200) /* struct hd_struct of the partition */
#define FAKESOCKS_QUEUE (FAKESOCKS + 0x2300)

void fakesocks_init(struct fake *f);

#endif
