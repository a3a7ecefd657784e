/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest.h: the root file system that a lab guest boots into: busybox, an init that is the
 * agent, kernel modules in the order of their dependencies, files.
 *
 *	struct kd_guest_spec spec = {.files = files, .nfiles = 1};
 *	kd_auto(kd_buf_deinit) struct kd_buf archive = {0};
 *	err = kd_guest_pack(ctx, &spec, &kernel, &archive);
 *
 * The archive is made without root: device nodes are only described in it. Nothing of it runs
 * on the host.
 */
#ifndef KD_LAB_GUEST_H
#define KD_LAB_GUEST_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/view.h"
#include "lab/kernel.h"

/* One file of the guest: from the host, or with these bytes. */
struct kd_guest_file {
	const char *to; /* absolute path in the guest */
	const char *from; /* path on the host, or NULL */
	struct kd_view bytes; /* when from == NULL */
	unsigned mode; /* permission bits; default: as on the host, else 0644 */
};

/* Zero members mean the default. Strings are borrowed. */
struct kd_guest_spec {
	const char *busybox; /* a static busybox for the guest; default: searched */
	/* Loaded by init in this order, each after what it depends on: a name of the kernel's
	 * modules ("virtio_blk") or a path of a .ko on the host (it has a "/" or ends in .ko);
	 * options may follow behind a blank. Not there: an error. */
	const char *const *modules;
	size_t nmodules;
	/* As modules, but passed over when the kernel has none of that name. */
	const char *const *wanted;
	size_t nwanted;
	const struct kd_guest_file *files;
	size_t nfiles;
	const char *init; /* shell commands that init runs before it says "ready" */
	size_t bytes_max; /* of the archive; default 512 MiB */
};

/* The archive. KD_NOTFOUND with a remedy when busybox or a module is missing. */
KD_MUST_CHECK struct kd_error *kd_guest_pack(struct kd_ctx *ctx, const struct kd_guest_spec *spec,
					     const struct kd_lab_kernel *k, struct kd_buf *ret);

/* A static busybox for the architecture: spec's, or one of the usual places. On the heap. */
KD_MUST_CHECK struct kd_error *kd_guest_busybox(const char *named, enum kd_lab_arch arch,
						char **ret);

/* What the kernel's command line must say so that it speaks on the first serial port; early:
 * also before its drivers are there. */
const char *kd_guest_console(enum kd_lab_arch arch, bool early);

/* The second serial port as the guest calls it. */
const char *kd_guest_agent_port(enum kd_lab_arch arch);

#endif
