/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * funcrow.h: what a function of a call chain says by its name.
 *
 *	static const struct kd_func_row rows[] = {{"__mutex_lock", true, MUTEX}, {"down", false, SEMAPHORE}};
 *	const struct kd_func_row *row = kd_func_row(rows, KD_ARRAY_LEN(rows), "__mutex_lock.constprop.0");   // the first row
 */
#ifndef KD_CORE_FUNCROW_H
#define KD_CORE_FUNCROW_H

#include <stdbool.h>
#include <stddef.h>

struct kd_func_row {
	const char *name;
	bool prefix; /* names that begin so, too */
	int word; /* what it says: the table's own numbers */
};

/* The first row that fits the name without what the compiler puts behind it (.constprop.0, .isra.0, .cold); NULL: none. */
const struct kd_func_row *kd_func_row(const struct kd_func_row *rows, size_t n, const char *name);

#endif
