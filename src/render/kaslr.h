/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kaslr.h: where the kernel lay in each boot of a log, and how that is known. */
#ifndef KD_RENDER_KASLR_H
#define KD_RENDER_KASLR_H

#include "base/json.h"
#include "verb/rawaddr.h"

/* "found", "several", … and "stated", "pairs", …: for JSON. */
const char *kd_kaslr_state_word(uint8_t state);
const char *kd_kaslr_how_word(uint8_t how);

/* The member "kaslr" of an object: an array, one for each boot that was asked about. */
void kd_render_kaslr_json(struct kd_json *j, const struct kd_raw *raw);

/* One found offset, as an object. */
void kd_render_kaslr_one(struct kd_json *j, const struct kd_kaslr *f);

#endif
