// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/funcrow.h"

#include <string.h>

const struct kd_func_row *kd_func_row(const struct kd_func_row *rows, size_t n, const char *name)
{
	const size_t whole = strcspn(name, ".");

	for (size_t i = 0; i < n; i++) {
		const size_t len = strlen(rows[i].name);

		if (len <= whole && !strncmp(rows[i].name, name, len) && (rows[i].prefix || len == whole))
			return &rows[i];
	}
	return NULL;
}
