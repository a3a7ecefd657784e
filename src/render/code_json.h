/* SPDX-License-Identifier: GPL-2.0-or-later */
/* code_json.h: the instruction at the pc and its operands, as an object ("code" of a finding). */
#ifndef KD_RENDER_CODE_JSON_H
#define KD_RENDER_CODE_JSON_H

#include "base/json.h"
#include "symbol/fault.h"

void kd_render_code_json(struct kd_json *j, const struct kd_fault *f);

#endif
