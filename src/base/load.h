/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * load.h: a library that is loaded at its first use, for the adapters in folders called ext/.
 *
 *	static const struct kd_sym syms[] = {{"cs_open", offsetof(struct api, cs_open)}, …};
 *	err = kd_load(sonames, n, syms, KD_ARRAY_LEN(syms), &api, &handle, "…", "libcapstone4");
 *	…
 *	kd_unload(handle);
 */
#ifndef KD_BASE_LOAD_H
#define KD_BASE_LOAD_H

#include <stddef.h>

#include "base/error.h"

struct kd_sym {
	const char *name;
	size_t offset; /* of the function pointer in the caller's struct */
};

struct kd_load {
	const char *const *sonames; /* tried in order; ended by NULL */
	const struct kd_sym *syms;
	size_t nsyms;
	const char *what;    /* "x86 instructions need Zydis": begins the message */
	const char *package; /* "libzydis4.0" */
};

/* KD_UNSUPPORTED when none of the names can be loaded, or one lacks a function. */
KD_MUST_CHECK struct kd_error *kd_load(const struct kd_load *l, void *api, void **handle_ret);
void kd_unload(void *handle);

#endif
