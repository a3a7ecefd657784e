// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/head.h"

#include <stdio.h>

#include "verb/version.h"

void kd_render_head_json(struct kd_json *j, const char *schema)
{
	struct kd_version v;
	char tool[64];

	kd_version_get(&v);
	snprintf(tool, sizeof(tool), "kdoc %s", v.version);
	kd_json_kv_strz(j, "schema", schema);
	kd_json_kv_strz(j, "tool", tool);
}
