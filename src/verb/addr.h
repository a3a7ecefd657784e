/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * addr.h: addresses and symbols of one kernel or module → function, file, line.
 *
 *	struct kd_addr_request req = {.debug = paths, .ndebug = 1};
 *	err = kd_addr(ctx, &req, texts, n, on_answer, user);
 *
 * A text is an address ("ffffffff81234567", "0x…"), or a symbol with or without offset and size
 * ("vfs_read", "vfs_read+0x9a", "vfs_read+0x9a/0x2e0", a module behind it in brackets).
 */
#ifndef KD_VERB_ADDR_H
#define KD_VERB_ADDR_H

#include "base/ctx.h"
#include "symbol/kaslr.h"
#include "symbol/symset.h"

struct kd_addr_request {
	const char *const *debug; /* as kd_symset_options.paths */
	size_t ndebug;
	bool only_debug, force;
	const char *release; /* to find debug info by, NULL: none */
	const char *module; /* what the addresses are of; NULL: the kernel */
	bool returns; /* return addresses: look one byte before */
	bool has_kaslr;
	uint64_t kaslr; /* "Kernel Offset": taken off addresses */
	struct kd_kdx_cache cache;
	const char *root; /* in front of the usual places; NULL: none */
	struct kd_debuginfod net; /* servers that may be asked; none: the network is left alone */
};

struct kd_addr_answer {
	const char *text; /* as asked */
	const char *problem; /* why there is no answer, NULL: there is one */
	bool bad_text; /* it is neither address nor symbol */
	struct kd_match *v; /* one for each function that it may be */
	size_t n;
	const char *unsure; /* with force: why the debug info is of another build */
};

typedef struct kd_error *kd_addr_fn(void *user, const struct kd_addr_answer *a);

/* A set of questions that share what was opened. */
struct kd_addr;
struct kd_addr *kd_addr_new(struct kd_ctx *ctx, const struct kd_addr_request *req);
KD_MUST_CHECK struct kd_error *kd_addr_ask(struct kd_addr *a, const char *text, kd_addr_fn *fn, void *user);

/*
 * Where the running kernel lay, from then on taken off addresses: from the reports of a log, or (log NULL) from the
 * addresses among the texts, which are taken as return addresses. ret->state says whether it was found, ret->words how or
 * why not; without FOUND nothing is changed. KD_NOTFOUND: no debug info; errors of reading the log.
 */
KD_MUST_CHECK struct kd_error *kd_addr_find_offset(struct kd_addr *a, const char *log, const char *const *texts,
						   size_t n, struct kd_kaslr *ret);
size_t kd_addr_tries(const struct kd_addr *a, const struct kd_symset_try **ret);
void kd_addr_free(struct kd_addr *a);
void kd_addr_freep(struct kd_addr **a);

#endif
