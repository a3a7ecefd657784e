/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * overmerge.h: does a group hold two bugs? And: what values does a field have over many reports?
 *
 *	struct kd_om_event ev[] = {{.strict = hex, .boot = "host1 b1", .access = "read", .place = "net/x.c:12"}, …};
 *	struct kd_overmerge om;
 *	err = kd_overmerge_find(ev, n, &arena, &om);
 *	if (om.nfindings) … om.finding[0].words "12 boots read, 9 write: two kinds of access in one group"
 *
 * It counts boots, not messages: what repeats in one boot is one observation (WARN_ONCE, rate limits and loops
 * make counts of messages worthless). A side needs KD_OM_MIN_BOOTS boots and KD_OM_MIN_SHARE of all: one odd
 * event is no second bug. A difference that the kernel release explains (each release has one place) is none.
 *
 *	struct kd_spread *d = kd_spread_new();
 *	kd_spread_add(d, value);                          // or kd_spread_add_absent(d)
 *	kd_spread_result(d, &arena, &res);                // the most frequent values, min, median, max
 */
#ifndef KD_CASE_OVERMERGE_H
#define KD_CASE_OVERMERGE_H

#include "base/arena.h"
#include "base/error.h"
#include "report/report.h"

#define KD_OM_MIN_BOOTS 4
#define KD_OM_MIN_SHARE 0.15 /* of the boots that say something */
#define KD_OM_EVENTS_MAX 1000000
#define KD_OM_SIGNATURES_MAX 64 /* named on each side */
#define KD_OM_FINDINGS 3

/* What is known of one event; absent views are not counted. */
struct kd_om_event {
	struct kd_view strict;
	struct kd_view boot; /* host and boot; absent: a boot of its own */
	struct kd_view release;
	struct kd_view access; /* "read", "write" */
	struct kd_view place; /* "net/x.c:12", the guilty line */
	struct kd_view stack; /* any key that is equal for equal stacks */
};

struct kd_om_finding {
	const char *what; /* "access", "place", "stack" */
	struct kd_view a, b; /* the two values */
	size_t boots_a, boots_b, boots_other; /* other: with a third value */
	struct kd_view words;
	struct kd_view *only_a, *only_b; /* strict signatures that have that value alone: the split */
	size_t nonly_a, nonly_b;
	size_t mixed; /* signatures that have both: a split by signature does not part these */
};

struct kd_overmerge {
	size_t events, boots;
	struct kd_om_finding finding[KD_OM_FINDINGS];
	size_t nfindings;
};

/* KD_LIMIT: the arena is full, or more than KD_OM_EVENTS_MAX events. */
struct kd_error *kd_overmerge_find(const struct kd_om_event *ev, size_t n, struct kd_arena *arena, struct kd_overmerge *ret) KD_MUST_CHECK;

/* ---- distribution of values ---- */

#define KD_SPREAD_TOP 16
#define KD_SPREAD_DISTINCT_MAX 100000 /* more different values are counted, not told apart */

struct kd_spread;

struct kd_spread_result {
	uint64_t have, absent; /* reports with and without the field */
	uint64_t distinct;
	bool more; /* distinct is a lower bound */
	struct {
		struct kd_view value;
		uint64_t n;
	} top[KD_SPREAD_TOP];
	size_t ntop;
	bool numbers; /* all values are numbers */
	bool hex; /* … that are read in hex */
	uint64_t min, median, max;
};

struct kd_spread *kd_spread_new(void);
void kd_spread_free(struct kd_spread *d); /* NULL is fine */
void kd_spread_add(struct kd_spread *d, struct kd_view value);
void kd_spread_add_absent(struct kd_spread *d);
struct kd_error *kd_spread_result(const struct kd_spread *d, struct kd_arena *arena, struct kd_spread_result *ret) KD_MUST_CHECK;

/*
 * A scalar of a report by name, as text: kind, title, function, file, module, syscall, comm, cpu, pid, host, release,
 * hardware, arch, workqueue, access.address, access.size, access.direction, a register ("rax", "x0") of the
 * event, or SECTION.FACT ("object.cache"; docs/sections.md). Absent: the report has none. Lives in arena.
 */
struct kd_view kd_field_of(const struct kd_report *r, struct kd_view name, struct kd_arena *arena);

#endif
