/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine.h: limits of this very process, for work on a file that somebody else made. There is no way back.
 *
 *	const struct kd_confine c = {.memory = (uint64_t)4 << 30, .cpu_s = 600, .no_programs = true};
 *	bool held = kd_confine(&c);
 *
 * A defect that such a file makes use of then cannot take all memory or run for ever, start a program, open a
 * connection, look into other processes, or make and change files. What is open already can be written; files can be
 * read; threads can be started.
 */
#ifndef KD_BASE_CONFINE_H
#define KD_BASE_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

struct kd_confine {
	uint64_t memory; /* bytes of address space (RLIMIT_AS); 0: as it is. A lower limit that holds already stays */
	uint64_t cpu_s; /* seconds of processor time (RLIMIT_CPU: SIGXCPU, five seconds later SIGKILL); 0: as it is */
	bool no_programs; /* a seccomp filter: EPERM for execve, socket, ptrace, mount and the like */
	bool no_files; /* with no_programs: EPERM for opening a file to write, for rename, unlink, mkdir, chmod … */
};

/*
 * No core dump of this process is written from then on, either. false: no_programs was asked for and this system has no
 * seccomp filters, or not for this architecture; limits hold all the same. In builds with AddressSanitizer, which needs
 * both for itself, memory and no_programs are left alone (and true is given); where coverage is measured, files are.
 */
bool kd_confine(const struct kd_confine *c);

#endif
