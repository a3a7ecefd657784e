/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ident_value.h: what a word is by its value alone. Apart from the rest, which has other structs of the names that report.h uses. */
#ifndef KD_CORE_IDENT_VALUE_H
#define KD_CORE_IDENT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ident_value {
	char text[160]; /* empty: nothing special */
	bool guessed;
	bool number; /* an ordinary number: not worth a word in lists */
	bool pointer; /* it may be an address of the kernel's */
};

void kd_ident_by_value(bool arm64, uint64_t value, struct ident_value *ret);

#endif
