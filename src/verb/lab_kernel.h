/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lab_kernel.h: kernels for the lab: what one is made of, one of a distribution, one of our own.
 *
 *	struct kd_labkernel_request req = {.what = KD_LABKERNEL_FIND, .name = "bzImage"};
 *	kd_auto(kd_labkernel_deinit) struct kd_labkernel_answer a = {0};
 *	err = kd_labkernel(ctx, &req, &a);
 *	if (!err) … kd_labkernel_of(&a)->release
 *
 * The three are lab/kernel.h, lab/fetch.h and lab/build.h; this adds the next commands.
 */
#ifndef KD_VERB_LAB_KERNEL_H
#define KD_VERB_LAB_KERNEL_H

#include "base/ctx.h"
#include "base/error.h"
#include "lab/build.h"
#include "lab/fetch.h"
#include "lab/kernel.h"

enum kd_labkernel_what { KD_LABKERNEL_FIND, KD_LABKERNEL_FETCH, KD_LABKERNEL_BUILD };

struct kd_labkernel_request {
	enum kd_labkernel_what what;
	const char *name, *work; /* FIND */
	struct kd_lab_fetch_req fetch;
	struct kd_lab_build_req build;
};

#define KD_LABKERNEL_NEXT 3

struct kd_labkernel_answer {
	enum kd_labkernel_what what;
	struct kd_lab_kernel found; /* FIND */
	struct kd_lab_fetch fetch;
	struct kd_lab_build build;
	char *next[KD_LABKERNEL_NEXT + 1]; /* exact commands; NULL at the end */
	const char *next_what[KD_LABKERNEL_NEXT];
};

KD_MUST_CHECK struct kd_error *kd_labkernel(struct kd_ctx *ctx,
					    const struct kd_labkernel_request *req,
					    struct kd_labkernel_answer *ret);
void kd_labkernel_deinit(struct kd_labkernel_answer *a);

/* The kernel of the answer; its members are NULL for sources that were fetched. */
const struct kd_lab_kernel *kd_labkernel_of(const struct kd_labkernel_answer *a);

#endif
