/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opts.h: one table of options per verb. Parsing, help, man pages and completions all
 * come from it.
 *
 *	struct my_opts { bool all; const char *kind; uint64_t limit; struct kd_opt_list run; };
 *	static const struct kd_opt opts[] = {
 *		KD_OPT_FLAG_('a', "all", struct my_opts, all, "also show …"),
 *		KD_OPT_STR_(0, "kind", "KIND", struct my_opts, kind, "only …"),
 *		KD_OPT_NUM_('n', "limit", "N", struct my_opts, limit, "at most N …"),
 *		KD_OPT_LIST_('r', "run", "COMMAND", struct my_opts, run, "…; may be given again"),
 *	};
 *
 * Long names are given in full; values as "--limit=5", "--limit 5", "-n5" or "-n 5".
 * Options and arguments may be mixed; "--" ends the options; "-" is an argument.
 */
#ifndef KD_CLI_OPTS_H
#define KD_CLI_OPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum kd_opt_type {
	KD_OPT_FLAG, /* bool */
	KD_OPT_STR, /* const char *, from argv */
	KD_OPT_NUM, /* uint64_t */
	KD_OPT_ENUM, /* int: index into choices */
	KD_OPT_LIST, /* struct kd_opt_list: one more with each time it is given */
};

#define KD_OPT_LIST_MAX 64

struct kd_opt_list {
	const char *v[KD_OPT_LIST_MAX]; /* from argv */
	size_t n;
};

struct kd_opt {
	char letter; /* 0: none */
	uint8_t type; /* enum kd_opt_type */
	bool hidden; /* not in help, man pages and completions */
	const char *name;
	const char *arg; /* what help calls the value; NULL for flags */
	const char *const *choices; /* ENUM: NULL at the end */
	const char *help; /* one sentence without full stop */
	size_t offset; /* of the member in the verb's own struct */
};

#define KD_OPT_FLAG_(l, n, s, m, h)                                                                \
	{                                                                                          \
		(l), KD_OPT_FLAG, false, (n), NULL, NULL, (h), offsetof(s, m)                      \
	}
#define KD_OPT_STR_(l, n, a, s, m, h)                                                              \
	{                                                                                          \
		(l), KD_OPT_STR, false, (n), (a), NULL, (h), offsetof(s, m)                        \
	}
#define KD_OPT_NUM_(l, n, a, s, m, h)                                                              \
	{                                                                                          \
		(l), KD_OPT_NUM, false, (n), (a), NULL, (h), offsetof(s, m)                        \
	}
#define KD_OPT_ENUM_(l, n, a, c, s, m, h)                                                          \
	{                                                                                          \
		(l), KD_OPT_ENUM, false, (n), (a), (c), (h), offsetof(s, m)                        \
	}
#define KD_OPT_LIST_(l, n, a, s, m, h)                                                              \
	{                                                                                          \
		(l), KD_OPT_LIST, false, (n), (a), NULL, (h), offsetof(s, m)                       \
	}
#define KD_OPT_HIDDEN_FLAG_(n, s, m, h)                                                            \
	{                                                                                          \
		0, KD_OPT_FLAG, true, (n), NULL, NULL, (h), offsetof(s, m)                         \
	}
#define KD_OPT_HIDDEN_ENUM_(n, a, c, s, m, h)                                                      \
	{                                                                                          \
		0, KD_OPT_ENUM, true, (n), (a), (c), (h), offsetof(s, m)                           \
	}

/* Options with the struct that they fill. */
struct kd_opt_set {
	const struct kd_opt *opts;
	size_t n;
	void *target;
};

/*
 * Parse argv[0…argc). Arguments are moved to the front of argv, *nargs_ret says how
 * many. KD_INVALID names the option and what is wrong with it.
 */
KD_MUST_CHECK struct kd_error *kd_opts_parse(const struct kd_opt_set *sets, size_t nsets,
					     const char **argv, size_t argc, size_t *nargs_ret);

#endif
