// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/embedded.h"

struct kd_view kd_lab_embedded(const char *name)
{
	for (const struct kd_lab_file *f = kd_lab_files; f->name; f++)
		if (!strcmp(f->name, name))
			return f->bytes;
	return KD_VNULL;
}
