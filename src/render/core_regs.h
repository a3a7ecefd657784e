/* SPDX-License-Identifier: GPL-2.0-or-later */
/* core_regs.h: registers out of a dump, what is known of them, as text and JSON. machine: KD_EM_X86_64, KD_EM_AARCH64. */
#ifndef KD_RENDER_CORE_REGS_H
#define KD_RENDER_CORE_REGS_H

#include "base/json.h"
#include "core/regs.h"
#include "render/out.h"

/* As the kernel prints a set that was saved: lines with six spaces in front. */
void kd_render_core_regs_text(struct kd_out *o, uint16_t machine, const struct kd_core_regs *r);

/* General registers alone, as many as are known; no line when none is. */
void kd_render_core_known_text(struct kd_out *o, uint16_t machine, const struct kd_core_regs *r);

/* An object with what is known; x86_64's has cs and ss, too. */
void kd_render_core_regs_json(struct kd_json *j, const char *key, uint16_t machine, const struct kd_core_regs *r);

#endif
