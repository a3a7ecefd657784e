/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_rd.h: memory of a dump as it is, and its symbols. Answers for kd_core_ask().
 *
 *	rd:  ADDRESS|SYMBOL [COUNT]
 *	sym: ADDRESS|SYMBOL…
 */
#ifndef KD_VERB_CORE_RD_H
#define KD_VERB_CORE_RD_H

#include "verb/core_ask.h"

enum kd_core_rd_form { KD_RD_64, KD_RD_32, KD_RD_16, KD_RD_8, KD_RD_ASCII, KD_RD_DECIMAL, KD_RD_UNSIGNED, KD_RD_STRING };

struct kd_core_rd_options {
	int form; /* enum kd_core_rd_form */
	bool symbols; /* words that are addresses of the kernel: their symbols */
	bool objects; /* words that mean anything: what it is (core/ident.h), a line each */
	bool physical; /* the address is a physical one */
	const char *end; /* address behind the last; NULL: COUNT says how many */
	bool reverse; /* from higher addresses to lower ones: the last of them is at ADDRESS */
};

kd_core_answer kd_core_rd; /* options: struct kd_core_rd_options */

struct kd_core_sym_options {
	bool list; /* all symbols */
	const char *query; /* those that have this in their name */
	const char *module; /* of this one alone */
	bool around; /* the one before and behind, too */
};

kd_core_answer kd_core_sym; /* options: struct kd_core_sym_options */

/*
 * An address as text: 0x…, hexadecimal digits of which one is a decimal digit first ("ffff888…" too), or a symbol
 * with offset. KD_INVALID, KD_NOTFOUND.
 */
KD_MUST_CHECK struct kd_error *kd_core_address_arg(struct kd_dump *d, const char *text, uint64_t *ret);

/* A number: 0x… or decimal. KD_INVALID names it as `what`. */
KD_MUST_CHECK struct kd_error *kd_core_number_arg(const char *text, const char *what, uint64_t *ret);

#endif
