/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * investigate_text.h: an investigation for a terminal.
 *
 *	kd_render_investigation_text(&out, inv, elapsed_us);
 *
 * The first line is the verdict. E numbers name the evidence at the end. elapsed_us is
 * shown in the first line unless it is 0: never part of a result, so callers pass it only
 * when a person looks on.
 */
#ifndef KD_RENDER_INVESTIGATE_TEXT_H
#define KD_RENDER_INVESTIGATE_TEXT_H

#include "render/out.h"
#include "verb/investigate.h"

void kd_render_investigation_text(struct kd_out *o, const struct kd_investigation *inv,
				  uint64_t elapsed_us);

#endif
