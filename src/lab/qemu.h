/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qemu.h: what back-ends that run QEMU share: the ports it is given, and its monitor.
 *
 *	argv has … "-chardev", "socket,id=con,fd=3" … and so on for KD_QEMU_AGENT_FD, _QMP_FD
 *	err = kd_qemu_run(ctx, &program, argv, spec->initrd_fd, vm);
 */
#ifndef KD_LAB_QEMU_H
#define KD_LAB_QEMU_H

#include "lab/vm.h"

enum {
	KD_QEMU_CONSOLE_FD = 3, /* descriptors as QEMU sees them */
	KD_QEMU_AGENT_FD,
	KD_QEMU_QMP_FD,
	KD_QEMU_INITRD_FD /* the file given to kd_qemu_run(), if there is one */
};

/* How the program is called in messages, and where it comes from. */
struct kd_qemu_program {
	const char *name, *package;
};

/*
 * Start it with both serial ports, monitor and complaints of vm; its monitor has answered then.
 * initrd_fd: an open file that it gets, too, when > 0; stays the caller's. KD_NOTFOUND when it is
 * not installed, KD_IO with its own words when it ended at once.
 */
KD_MUST_CHECK struct kd_error *kd_qemu_run(struct kd_ctx *ctx, const struct kd_qemu_program *program,
					   const char *const *argv, int initrd_fd, struct kd_vm *vm);

/* kd_vm_ops.dump of each. */
KD_MUST_CHECK struct kd_error *kd_qemu_dump(struct kd_ctx *ctx, struct kd_vm *vm, const char *path,
					    enum kd_vm_dump_format format);

#endif
