// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/symset_internal.h"

bool find_server(struct kd_symset *s, struct find_query *q, struct opened *ret)
{
	(void)s;
	(void)q;
	(void)ret;
	return false;
}
