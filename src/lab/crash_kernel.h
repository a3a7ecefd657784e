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
 *	err = kd_crash_kernel_take(ctx, &ck, "CASE/cores", &arena, files, &problem);
 *	kd_crash_kernel_deinit(&ck);
 *
 * The crash kernel is the same image; its root file system is a small one with guest/kdump-init
 * as process 1, and makedumpfile with its libraries when a form asks for that. It is loaded by
 * kdoc_kexec, which is built with the crash module, through kexec_file_load(2): no kexec-tools
 * are needed.
 */
#ifndef KD_LAB_CRASH_KERNEL_H
#define KD_LAB_CRASH_KERNEL_H

#include "base/arena.h"
#include "base/ctx.h"
#include "base/error.h"
#include "lab/capture.h"
#include "lab/guest.h"
#include "lab/kdumpdisk.h"
#include "lab/vm.h"

struct kd_crash_kernel_spec {
	const struct kd_lab_kernel *kernel;
	const char *module; /* the crash module; kdoc_kexec lies beside it */
	const char *busybox; /* default: searched */
	/* Folder that has makedumpfile and libraries for the guest, as packages are unpacked; what
	 * is not there is looked for in this system. */
	const char *tools;
	const char *disk; /* file to make; sparse */
	unsigned memory_mib; /* of the guest */
	/* What to save: an ELF form without a level is a copy of /proc/vmcore, all others are
	 * makedumpfile's; none: that copy alone. */
	const struct kd_core_form *forms;
	size_t nforms;
};

#define KD_CRASH_KERNEL_MIB 192 /* reserved for it */

/* Strings and bytes are the arena's; the rest is freed by kd_crash_kernel_deinit(). */
struct kd_crash_kernel {
	struct kd_guest_file files[3];
	struct kd_vm_drive drive; /* its file goes away with kd_crash_kernel_deinit() */
	struct kd_buf initrd;
	const char *append; /* for the first kernel's command line */
	const char *command; /* loads it */
	struct kd_core_form form[KD_KDUMPDISK_FORMS_MAX];
	size_t nforms;
	uint64_t room; /* of a form on the disk */
};

/*
 * KD_NOTFOUND when kdoc_kexec is not beside the module, the kernel has no driver for a virtio
 * disk, or makedumpfile or a library of it is missing, with the remedy; KD_INVALID for forms that no crash kernel can save.
 */
KD_MUST_CHECK struct kd_error *kd_crash_kernel_prepare(struct kd_ctx *ctx, struct kd_arena *arena,
						       const struct kd_crash_kernel_spec *spec,
						       struct kd_crash_kernel *ret);

/*
 * What was saved, into dir: files[i] is form[i] of ck, with its problem. problem_ret: why the disk
 * has nothing at all, then no file is there; else NULL. An error only when it was cancelled or dir
 * cannot be made.
 */
KD_MUST_CHECK struct kd_error *kd_crash_kernel_take(struct kd_ctx *ctx,
						    const struct kd_crash_kernel *ck, const char *dir,
						    struct kd_arena *arena, struct kd_core_file *files,
						    const char **problem_ret);

/*
 * The host's disk is full: free the room of forms that were not saved completely, or of all when
 * there are none of these; the machine may still have the disk. What was done in words, or NULL.
 */
const char *kd_crash_kernel_discard(const struct kd_crash_kernel *ck);

/* Also removes the disk. A zeroed one is fine. */
void kd_crash_kernel_deinit(struct kd_crash_kernel *ck);

#endif
