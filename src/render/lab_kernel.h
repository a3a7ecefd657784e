/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lab_kernel.h: the answers of `kdoc lab kernel` as text and as JSON (kdoc.lab-kernel/1).
 *
 *	kd_render_labkernel_text(&out, &answer);
 *
 * Unlike other answers they name files of this machine: that is what was asked for.
 */
#ifndef KD_RENDER_LAB_KERNEL_H
#define KD_RENDER_LAB_KERNEL_H

#include "base/json.h"
#include "render/out.h"
#include "verb/lab_kernel.h"

void kd_render_labkernel_text(struct kd_out *o, const struct kd_labkernel_answer *a);
void kd_render_labkernel_json(struct kd_json *j, const struct kd_labkernel_answer *a);

#endif
