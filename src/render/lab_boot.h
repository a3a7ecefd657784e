/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lab_boot.h: what became of a guest, as text and JSON (docs/schema/lab-boot.json).
 *
 *	kd_render_labboot_text(&out, &answer);
 *	kd_render_labboot_json(&j, &answer);
 */
#ifndef KD_RENDER_LAB_BOOT_H
#define KD_RENDER_LAB_BOOT_H

#include "base/json.h"
#include "render/out.h"
#include "verb/lab_boot.h"

void kd_render_labboot_text(struct kd_out *o, const struct kd_labboot_answer *a);
void kd_render_labboot_json(struct kd_json *j, const struct kd_labboot_answer *a);

#endif
