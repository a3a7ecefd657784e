/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * accel.h: does KVM work here, for this kernel? Tried, never assumed: a machine may have
 * /dev/kvm and yet hang every guest (nested virtualisation, a filter before the ioctls).
 *
 *	accel = kd_accel_choose(ctx, &spec, KD_ACCEL_AUTO, why, sizeof(why));
 *
 * The kernel is booted without a root file system, once with a time limit: it must come as far
 * as its complaint about that. The result is kept in the user's cache until the host is booted
 * again, per kernel release, architecture and CPU model.
 */
#ifndef KD_LAB_ACCEL_H
#define KD_LAB_ACCEL_H

#include "lab/vm.h"

#define KD_ACCEL_PROBE_MS 20000

/* TCG or KVM. why: one clause for people. release: of the kernel, may be NULL (not kept then). */
enum kd_vm_accel kd_accel_choose(struct kd_ctx *ctx, const struct kd_vm_spec *spec,
				 enum kd_vm_accel asked, const char *release, char *why, size_t n);

#endif
