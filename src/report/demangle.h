/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * demangle.h: names of Rust and C++ functions as their source spells them.
 *
 * Rust v0 (RFC 2603, "_R…"), legacy Rust ("_ZN…17h<hash>E") and names of the Itanium C++ ABI ("_Z3foo…",
 * "_ZN1a1bE…", demangle_cxx.h). Left out: parameters, hashes, numbers of closures, what a bound ties down; "<…>" stands
 * for C++'s template arguments; Punycode stays as it is.
 */
#ifndef KD_REPORT_DEMANGLE_H
#define KD_REPORT_DEMANGLE_H

#include "base/arena.h"
#include "base/view.h"

/*
 * The readable name in `a`; `sym` itself (not copied) when it is not mangled, in a form
 * that is not understood, or would get longer than 1 kB.
 */
struct kd_view kd_demangle(struct kd_arena *a, struct kd_view sym);

#endif
