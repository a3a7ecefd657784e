/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fakedevices.h: devices of a kernel that never ran (fake.h): an interrupt with two handlers, an hrtimer, two waiters, a network
 * device with addresses, a disk's requests, a BPF program.
 *
 *	fake_devices_init(&f);
 *	fake_open(&f);
 *
 * What is where: offsets from ROOM.
 */
#ifndef KD_TESTS_CORE_FAKEDEVICES_H
#define KD_TESTS_CORE_FAKEDEVICES_H

#include "fake.h"

#define ROOM (FAKE_IMAGE + 0x80000)

enum { TREE = 0x0, DESC = 0x100, ACTION = 0x200, MASK = 0x300, TEXTS = 0x400, NODE = 0x800, HEAD = 0x1000, ENTRY = 0x1100, NETS = 0x1400,
       DEV = 0x1500, ADDR = 0x1600, QUEUE = 0x2000, TAGS = 0x2100, RQ = 0x2200, KSYMS = 0x3000, AUX = 0x3100, LINES = 0x3200,
       STRINGS = 0x3400, HRTIMER = 0x4000 };

enum { TIMERS = 0x200, OFF = 1000 }; /* of hrtimer_bases in a CPU's area; ns by which its second clock is ahead */

void fake_devices_init(struct fake *f);

/* A word at ROOM + at. */
void fake_devices_put(struct fake *f, unsigned at, uint64_t value);

#endif
