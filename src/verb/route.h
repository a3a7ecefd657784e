/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * route.h: who has to fix it: which kind of owner, where the fix belongs, which subsystem, who answers for it. Each with its reason, and
 * unknown where nobody can tell.
 *
 *	struct kd_route r;
 *	kd_route_of(report, &arena, &r);                       // by the report alone
 *	kd_route_people(ctx, report, NULL, &arena, &r);        // and by MAINTAINERS of a tree, where one is configured
 *	… r.words, r.fix_in, r.why
 *
 * A report points at an owner, it does not convict: "kernel" also stands where nothing points elsewhere, and why says so.
 */
#ifndef KD_VERB_ROUTE_H
#define KD_VERB_ROUTE_H

#include "base/ctx.h"
#include "base/sheet.h"
#include "report/report.h"

struct kd_route {
	uint8_t owner; /* enum kd_owner */
	const char *key, *words; /* "module", "an out-of-tree module" */
	const char *fix_in; /* where a fix belongs */
	const char *to; /* whom to write to when no maintainer is known */
	struct kd_view why; /* of the owner */
	struct kd_view project; /* name of the module, the scheduler …; absent */
	bool kernel_fault; /* the kernel's code has to change */
	struct kd_view subsystem, subsystem_why; /* absent: not known */
	struct kd_view file; /* of the tree; absent */
	struct kd_view section, people, lists; /* of MAINTAINERS; absent */
	struct kd_view people_why_not; /* why there are none */
};

/* Texts borrow from r, or are in arena. */
void kd_route_of(const struct kd_report *r, struct kd_arena *arena, struct kd_route *ret);

/* Fills file, section, people, lists, or people_why_not. tree: NULL: source.tree of the configuration. */
void kd_route_people(struct kd_ctx *ctx, const struct kd_report *r, const char *tree, struct kd_arena *arena, struct kd_route *ret);

struct kd_route_request {
	const char *name; /* a log, "-", or the id of an event or a group */
	const char *memory, *tree; /* NULL: as configured */
	uint64_t report; /* of a log: its number, 0: the first domino */
};

/* s->none: the log holds no report. */
KD_MUST_CHECK struct kd_error *kd_route(struct kd_ctx *ctx, const struct kd_route_request *req, struct kd_sheet *s);

#endif
