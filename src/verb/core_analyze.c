// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_analyze.h"

#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "core/sysinfo.h"
#include "verb/core_ask.h"
#include "verb/core_hangs.h"
#include "verb/core_mem.h"
#include "verb/core_net.h"
#include "verb/core_sys.h"
#include "verb/core_triage.h"
#include "verb/core_triage_log.h"

enum { ROWS = 50, HOST_MAX = 64, NSEC = 1000000000 };

struct analyzing {
	struct kd_ctx *ctx;
	struct kd_dump *d;
	struct kd_arena *arena;
	struct kd_core_analysis *a;
};

/* What is asked, and when. A diagnosis that always is asked is kept only if it found something. */
static const struct plan {
	const char *verb, *title;
	kd_core_answer *answer;
	const char *families[4]; /* reports of the log that call for it; none: always */
	bool needs_finding;
} plans[] = {
	{"core info", "the machine", kd_core_info, {NULL}, false},
	{"core triage", "what happened", kd_core_triage, {NULL}, false},
	{"core deadlock", "who waits for whom", kd_core_deadlock, {NULL}, true},
	{"core lockup", "what the CPUs were at", kd_core_lockup, {"lockup", "rcu", NULL}, false},
	{"core rcu", "the grace period of RCU", kd_core_rcu, {"rcu", NULL}, false},
	{"core workqueue", "works that do not end", kd_core_workqueue, {"workqueue_lockup", NULL}, false},
	{"core block", "I/O that does not end", kd_core_block, {"hung_task", "storage", NULL}, true},
	{"core net --diagnose", "what holds up the network", kd_core_net, {"net", NULL}, false},
	{"core memory", "who has the memory", kd_core_memory, {"oom", NULL}, false},
};

_Static_assert(KD_ARRAY_LEN(plans) <= KD_ANALYSIS_PARTS, "room for each part");

static const void *options_of(kd_core_answer *answer)
{
	static const struct kd_core_triage_options triage = {.brief = false};
	static const struct kd_core_deadlock_options deadlock = {.all = false};
	static const struct kd_core_workqueue_options workqueue = {.all = false};
	static const struct kd_core_memory_options memory = {.all = false};
	static const struct kd_core_block_options block = {.all = false};
	static const struct kd_core_net_options net = {.diagnose = true};

	if (answer == kd_core_block)
		return &block;
	if (answer == kd_core_net)
		return &net;
	if (answer == kd_core_triage)
		return &triage;
	if (answer == kd_core_deadlock)
		return &deadlock;
	if (answer == kd_core_workqueue)
		return &workqueue;
	return answer == kd_core_memory ? &memory : NULL;
}

/* The report that calls for it; NULL: none does. */
static const struct kd_triage_report *caller(const struct plan *p, const struct kd_triage_log *log)
{
	for (size_t i = 0; i < log->n; i++)
		for (size_t k = 0; p->families[k]; k++)
			if (!strcmp(log->v[i].family, p->families[k]) || !strcmp(log->v[i].kind, p->families[k]))
				return &log->v[i];
	return NULL;
}

static struct kd_error *ask(struct analyzing *an, const struct plan *p, struct kd_view why)
{
	struct kd_analysis_part *part = &an->a->v[an->a->n];
	struct kd_error *err;

	*part = (struct kd_analysis_part){.verb = p->verb, .title = p->title, .why = why};
	kd_sheet_init(&part->sheet, an->arena);
	part->sheet.limit = ROWS;
	err = p->answer(an->d, options_of(p->answer), NULL, 0, &part->sheet);
	if (err && err->cls == KD_CANCELLED)
		return err;
	if (err)
		part->problem = kd_arena_view(an->arena, kd_view_of(err->msg));
	if (!p->needs_finding || (!err && !part->sheet.none))
		an->a->n++;
	kd_error_free(err);
	return NULL;
}

/* The time of the crash; the timekeeper's of a dump that was taken alive. */
static void identify(struct analyzing *an)
{
	struct kd_sysinfo sys;
	struct kd_civil c;

	an->a->dump = kd_arena_view(an->arena, kd_dump_id(an->d));
	kd_sysinfo_read(kd_dump_kernel(an->d), &sys);
	if (sys.nodename[0] && strcmp(sys.nodename, "(none)") != 0)
		an->a->host = kd_arena_view(an->arena, kd_view_of(sys.nodename));
	if (!sys.time.why && sys.time.v && sys.time.v <= INT64_MAX / NSEC) {
		kd_civil_from_ns((int64_t)sys.time.v * NSEC, &c);
		an->a->date = kd_arena_printf(an->arena, "%04d-%02d-%02d", c.year, c.month, c.day);
	}
}

static struct kd_error *all_parts(struct analyzing *an)
{
	struct kd_triage_log log = {0};
	struct kd_error *err = kd_triage_log(an->ctx, kd_dump_space(an->d), kd_dump_path(an->d), an->arena, &log);

	for (size_t i = 0; !err && i < KD_ARRAY_LEN(plans); i++) {
		const struct kd_triage_report *r = caller(&plans[i], &log);

		if (!plans[i].families[0] || r)
			err = ask(an, &plans[i], r ? kd_arena_printf(an->arena, "the log has a report of %s", r->kind) : KD_VNULL);
	}
	return err;
}

static struct kd_error *analyze(struct analyzing *an)
{
	struct kd_error *err = kd_dump_need_kernel(an->d);

	if (err)
		return err;
	identify(an);
	return all_parts(an);
}

struct kd_error *kd_core_analyze(struct kd_ctx *ctx, const char *path, const struct kd_dump_options *how, struct kd_arena *arena,
				 struct kd_core_analysis *ret)
{
	kd_auto(kd_dump_closep) struct kd_dump *d = NULL;
	struct kd_core_analysis a = {.v = kd_arena_array(arena, KD_ANALYSIS_PARTS, struct kd_analysis_part)};
	struct analyzing an = {.ctx = ctx, .arena = arena, .a = &a};
	struct kd_error *err = a.v ? kd_dump_open(ctx, path, how, &d) : kd_error_new(KD_LIMIT, "no room for an analysis");

	an.d = d;
	if (!err)
		err = analyze(&an);
	if (d && kd_dump_again(d)) {
		kd_error_free(err);
		a = (struct kd_core_analysis){.v = a.v};
		an = (struct analyzing){.ctx = ctx, .arena = arena, .a = &a, .d = d};
		err = analyze(&an);
	}
	if (!err)
		*ret = a;
	return err;
}

struct kd_view kd_core_analysis_name(const struct kd_core_analysis *a, struct kd_arena *arena)
{
	char host[HOST_MAX + 1];
	const struct kd_view from = kd_view_head(a->host.n ? a->host : a->dump, HOST_MAX), date = a->date.n ? a->date : a->dump;

	for (size_t i = 0; i < from.n; i++) {
		const char c = from.p[i];

		host[i] = kd_is_word(c) || c == '-' || (c == '.' && i) ? c : '_';
	}
	host[from.n] = 0;
	return kd_arena_printf(arena, "%s-%.*s.md", host, (int)date.n, date.p);
}
