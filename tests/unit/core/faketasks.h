/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faketasks.h: the made kernel (fake.h) with tasks that have states, parents, a memory map, files, mounts: for core ps, task, vm,
 * files, mount, info, cmdline, config, taint.
 *
 *	struct fake f;
 *	faketasks_init(&f, &fake_61);                       // then as fake.h
 *
 * PID 101 runs on CPU 1 and has files and memory; 102 sleeps uninterruptibly, 103 is a thread of it; init_task is their parent.
 * The stack of 102 was written over at its end.
 */
#ifndef KD_TESTS_CORE_FAKETASKS_H
#define KD_TESTS_CORE_FAKETASKS_H

#include "fake.h"

#define FAKETASKS_FILES 0xffff888000d02300u /* files_struct; behind it at 0x30 which descriptors are open, at 0x40 their files */

/* What it adds to the made kernel, for those who add more. */
const struct fake_more *faketasks_more(void);
void faketasks_init(struct fake *f, const struct fake_kind *kind);

#endif
