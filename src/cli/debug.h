/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * debug.h: where debug info is, when the command line does not say: the values of symbol.debug in the
 * configuration (KDOC_SYMBOL_DEBUG in the environment), in order; and the debuginfod servers that may be
 * asked: symbol.debuginfod (KDOC_SYMBOL_DEBUGINFOD), addresses with blanks between them. DEBUGINFOD_URLS, which
 * distributions set for everybody, is not looked at.
 *
 *	kd_auto(kd_debug_paths_deinit) struct kd_debug_paths paths = kd_debug_paths(&o->debug);
 *	… paths.v, paths.n, kd_debug_net(&paths)
 */
#ifndef KD_CLI_DEBUG_H
#define KD_CLI_DEBUG_H

#include "cli/opts.h"
#include "verb/addr.h"

#define KD_DEBUG_SERVERS 16

struct kd_debug_paths {
	const char *v[KD_OPT_LIST_MAX];
	size_t n;
	char *own[KD_OPT_LIST_MAX]; /* those of the configuration */
	char *url[KD_DEBUG_SERVERS];
	size_t nurl;
};

/* given: --debug; when it is empty, the configuration's. A configuration that cannot be read has none. */
struct kd_debug_paths kd_debug_paths(const struct kd_opt_list *given);
/* Borrowed from p. */
struct kd_debuginfod kd_debug_net(const struct kd_debug_paths *p);
void kd_debug_paths_deinit(struct kd_debug_paths *p);

#endif
