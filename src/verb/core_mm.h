/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_mm.h: what a process of a dump has: `core vm`, `core files`, `core mount`.
 *
 *	struct kd_core_question q = {.path = "vmcore", .answer = kd_core_vm, .args = (const char *const[]){"146"}, .nargs = 1};
 *
 * Without an argument vm and files are about the task that panicked, mount is about the namespace of process 1.
 */
#ifndef KD_VERB_CORE_MM_H
#define KD_VERB_CORE_MM_H

#include "verb/core_ask.h"

kd_core_answer kd_core_vm; /* options: none (NULL) */
kd_core_answer kd_core_files; /* options: none (NULL) */
struct kd_core_mount_options {
	bool files; /* the files that tasks have open on each mount */
	bool dirty; /* the inodes that have to be written */
};

kd_core_answer kd_core_mount; /* options: struct kd_core_mount_options */

#endif
