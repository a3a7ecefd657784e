/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * build_list.h: from a list of symbols (System.map, /proc/kallsyms; format/symlist.h) to an index of symbols alone:
 * no lines, no code, no types.
 *
 * A list has no build-id. Its release is that of its name (System.map-6.1.0-56-cloud-amd64), absent without one;
 * kallsyms has the addresses of one boot. The symbols of a module make an index of their own.
 */
#ifndef KD_SYMBOL_BUILD_LIST_H
#define KD_SYMBOL_BUILD_LIST_H

#include "base/bytes.h"
#include "symbol/build.h"

/* Does the file hold types alone (BTF, as in /sys/kernel/btf)? An error that says so, KD_UNSUPPORTED. */
KD_MUST_CHECK struct kd_error *kd_symlist_refuse_types(const struct kd_bytes *b);

/* Does the file hold such a list, by its contents? */
bool kd_symlist_is(const struct kd_bytes *b);

/*
 * o->module: only the symbols of that module. KD_BADDATA: no list, or most lines are none; KD_UNSUPPORTED: it hides its
 * addresses; KD_NOTFOUND: it has no symbol of the module, or is the placeholder that Debian installs; KD_LIMIT; those of
 * kd_kdx_write(). o, stats may be NULL.
 */
KD_MUST_CHECK struct kd_error *kd_symlist_build(const struct kd_bytes *b, const char *out,
						const struct kd_kdx_options *o, struct kd_kdx_stats *stats);

#endif
