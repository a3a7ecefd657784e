/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * investigate_json.h: an investigation as kdoc.investigate/1
 * (docs/schema/investigate.json).
 *
 *	kd_json_init_flush(&j, kd_out_json_flush, &out, KD_JSON_PRETTY);
 *	kd_render_investigation_json(&j, inv, NULL, NULL);
 *	err = kd_json_finish(&j);
 *
 * Claims carry arrays of evidence ids; the same ids stand in "evidence".
 */
#ifndef KD_RENDER_INVESTIGATE_JSON_H
#define KD_RENDER_INVESTIGATE_JSON_H

#include "base/json.h"
#include "verb/investigate.h"

/* One object. more: adds keys at its end; NULL: none. */
void kd_render_investigation_json(struct kd_json *j, const struct kd_investigation *inv, void (*more)(void *user, struct kd_json *j),
				  void *user);

#endif
