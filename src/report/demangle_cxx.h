/* SPDX-License-Identifier: GPL-2.0-or-later */
/* demangle_cxx.h: names of the Itanium C++ ABI, for demangle.c. */
#ifndef KD_REPORT_DEMANGLE_CXX_H
#define KD_REPORT_DEMANGLE_CXX_H

#include "base/buf.h"
#include "base/view.h"

/*
 * v: what stands behind "_Z". The qualified name without parameters and with "<…>" for template arguments:
 * "ns::A<…>::operator+", "ns::(anonymous namespace)::f", "f::{lambda}::operator()". false: a form that is not
 * understood (what has been put into out is of no use then).
 * Grammar: Itanium C++ ABI, 5.1 (mangling).
 */
bool kd_demangle_cxx(struct kd_view v, struct kd_buf *out);

#endif
