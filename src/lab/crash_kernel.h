/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crash_kernel.h: kdump as in production: a crash kernel waits inside the guest and saves
 * /proc/vmcore after the panic, to a disk that the host reads.
 *
 *	struct kd_crash_kernel ck;
 *	err = kd_crash_kernel_prepare(ctx, &arena, &spec, &ck);
 *	lr.guest.files = ck.files; lr.vm.drives = &ck.drive; …   // boot with ck.append
 *	run ck.command in the guest                              // 0: it is loaded
 *	… panic; the crash kernel boots, saves, switches the machine off …
 *	err = kd_crash_kernel_take(console, &ck, "cores/core.kdump", &bytes);
 *
 * The crash kernel is the same image, its root file system the lab's with a command line that
 * tells init to save (guest/init, kdoc.kdump=). It is loaded by kdoc_kexec, which is built with the
 * crash module, through kexec_file_load(2): no kexec-tools are needed.
 */
#ifndef KD_LAB_CRASH_KERNEL_H
#define KD_LAB_CRASH_KERNEL_H

#include "base/arena.h"
#include "base/ctx.h"
#include "base/error.h"
#include "lab/console.h"
#include "lab/guest.h"
#include "lab/vm.h"

struct kd_crash_kernel_spec {
	const struct kd_lab_kernel *kernel;
	const char *module; /* the crash module; kdoc_kexec lies beside it */
	const char *busybox; /* default: searched */
	const char *disk; /* file to make; sparse */
	unsigned memory_mib; /* of the guest */
};

#define KD_CRASH_KERNEL_MIB 192 /* reserved for it */

/* Strings and bytes are the arena's; initrd is freed by kd_crash_kernel_deinit(). */
struct kd_crash_kernel {
	struct kd_guest_file files[3];
	struct kd_vm_drive drive;
	struct kd_buf initrd;
	const char *append; /* for the first kernel's command line */
	const char *command; /* loads it; output says why not */
};

/* KD_NOTFOUND when kdoc_kexec is not beside the module. */
KD_MUST_CHECK struct kd_error *kd_crash_kernel_prepare(struct kd_ctx *ctx, struct kd_arena *arena,
						       const struct kd_crash_kernel_spec *spec,
						       struct kd_crash_kernel *ret);

/*
 * The saved core becomes `path` (the disk's file is renamed and cut to its size). KD_NOTFOUND when
 * the console does not say that it was saved: with what it says instead.
 */
KD_MUST_CHECK struct kd_error *kd_crash_kernel_take(const struct kd_console *console,
						    const struct kd_crash_kernel *ck,
						    const char *path, uint64_t *bytes_ret);

void kd_crash_kernel_deinit(struct kd_crash_kernel *ck);

#endif
