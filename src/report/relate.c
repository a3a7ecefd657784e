// SPDX-License-Identifier: GPL-2.0-or-later
/* kd_scan_all(): reports that are kept, and what they have to do with each other. */
#include "report/relate.h"

#include "base/alloc.h"
#include "report/engine.h"

struct keeper {
	struct kd_ctx *ctx;
	struct kd_reports *rs;
	size_t max, cap;
	size_t held; /* bytes of the reports that are kept */
};

#define SEEN_MAX 512 /* reports that later ones are compared with; beyond: the last ones go */
#define AT_ONCE_US 1000000
#define AT_ONCE_LINES 4

#define BIT_M 4
#define BIT_B 5
#define BIT_D 7
#define BIT_W 9
#define BIT_L 14

/* What is kept of an earlier report. */
struct seen {
	char sig[33], comm[24], host[64];
	const struct kd_kind *kind;
	uint64_t first_us, last_us, end_line;
	int64_t pid;
	uint32_t index, boot, cpu, oops_no, taint;
	bool timed, has_pid, has_cpu, has_oops_no, taint_stated, infrastructure, died;
};

struct kd_relate {
	struct seen v[SEEN_MAX];
	size_t n;
};

struct kd_relate *kd_relate_new(void)
{
	return kd_xcalloc(1, sizeof(struct kd_relate));
}

void kd_relate_free(struct kd_relate *k)
{
	kd_free(k);
}

enum kd_taint_sets kd_relate_sets(const struct kd_kind *kind, bool died, unsigned bit)
{
	enum kd_taint_sets a = kd_taint_setter(bit, kd_view_of(kind->name));
	enum kd_taint_sets z = kd_taint_setter(bit, kd_view_of(kind->family));

	if (died && kd_taint_setter(bit, KD_V("oops")) > a)
		a = kd_taint_setter(bit, KD_V("oops"));
	a = a > z ? a : z;
	/* A catch-all kind holds reports that only look like its family's. */
	if (a == KD_TAINT_ALWAYS && kd_view_ends(kd_view_of(kind->name), KD_V("_other")))
		a = KD_TAINT_MAYBE;
	return a;
}

/*
 * Most add the flag after they have printed; SLUB's reports and machine checks before
 * (mm/slub.c, slab_bug(); x86 mce/core.c, do_machine_check()).
 */
bool kd_relate_own_flag(const struct kd_kind *kind, unsigned bit)
{
	return kd_relate_sets(kind, kind->oops, bit) != KD_TAINT_NO &&
	       (!strcmp(kind->name, "slab") || !strcmp(kind->family, "memory") ||
		!strcmp(kind->family, "hardware"));
}

static void keep_text(char *dst, size_t size, struct kd_view v)
{
	v = kd_view_head(v, size - 1);
	if (v.n)
		memcpy(dst, v.p, v.n);
	dst[v.n] = 0;
}

static void summary(const struct kd_report *r, struct seen *s)
{
	*s = (struct seen){
		.kind = r->kind,
		.end_line = r->end_line,
		.pid = r->pid,
		.index = r->index,
		.boot = r->boot,
		.cpu = r->cpu,
		.oops_no = r->oops_no,
		.taint = r->taint.bits,
		.has_pid = r->has_pid,
		.has_cpu = r->has_cpu,
		.has_oops_no = r->has_oops_no,
		.taint_stated = r->taint.stated,
		.infrastructure = r->infrastructure,
		.died = r->died,
	};
	memcpy(s->sig, r->sig[KD_SIG_STRICT].hex, sizeof(s->sig));
	keep_text(s->comm, sizeof(s->comm), r->comm);
	for (size_t i = 0; i < r->nlines; i++) {
		if (!s->host[0])
			keep_text(s->host, sizeof(s->host), r->lines[i].host);
		if (!r->lines[i].has_mono)
			continue;
		if (!s->timed)
			s->first_us = r->lines[i].mono_us;
		s->timed = true;
		s->last_us = r->lines[i].mono_us;
	}
}

/* An earlier report of the same boot and machine that r can follow from at all. */
static bool eligible(const struct seen *e, const struct seen *r)
{
	if (e->boot != r->boot || e->infrastructure || r->infrastructure ||
	    (e->host[0] && r->host[0] && strcmp(e->host, r->host) != 0))
		return false;
	/* [#n] counts; the place in the log may be the console's disorder. */
	return !e->has_oops_no || !r->has_oops_no || e->oops_no < r->oops_no;
}

static bool same_task(const struct seen *e, const struct seen *r)
{
	return e->has_pid && r->has_pid && e->pid == r->pid && e->pid > 0 &&
	       (!e->comm[0] || !r->comm[0] || !strcmp(e->comm, r->comm));
}

static bool at_once(const struct seen *e, const struct seen *r, uint64_t start_line)
{
	if (e->timed && r->timed)
		return r->first_us + 1000 >= e->last_us && r->first_us <= e->last_us + AT_ONCE_US;
	return start_line <= e->end_line + AT_ONCE_LINES;
}

static void tie(struct kd_report *r, const struct seen *e, enum kd_tie how, int32_t line,
		struct kd_view why)
{
	r->caused_by = (int32_t)e->index;
	r->tie = (uint8_t)how;
	r->tie_line = line;
	r->caused_why = why;
}

static bool by_panic(const struct kd_relate *k, struct kd_report *r, const struct seen *me)
{
	struct kd_report probe;

	if (strcmp(r->kind->family, "panic") != 0 || !r->panic_text.n)
		return false;
	memset(&probe, 0, sizeof(probe));
	for (size_t i = k->n; i-- > 0;) {
		const struct seen *e = &k->v[i];

		if (!eligible(e, me))
			continue;
		probe.kind = e->kind;
		probe.died = e->died;
		probe.has_pid = e->has_pid;
		probe.pid = e->pid;
		if (!kd_panic_ends(r->panic_text, &probe))
			continue;
		tie(r, e, KD_TIE_PANIC, r->outcome_line,
		    KD_V("the panic's reason names such a report"));
		return true;
	}
	return false;
}

/* The first report of the boot that sets the flag and did not find it set. */
static const struct seen *setter(const struct kd_relate *k, const struct seen *me, unsigned bit,
				 enum kd_taint_sets least)
{
	for (size_t i = 0; i < k->n; i++) {
		const struct seen *e = &k->v[i];

		if (eligible(e, me) && kd_relate_sets(e->kind, e->died, bit) >= least &&
		    !(e->taint_stated && e->taint >> bit & 1 && !kd_relate_own_flag(e->kind, bit)))
			return e;
	}
	return NULL;
}

static bool by_flag(const struct kd_relate *k, struct kd_report *r, const struct seen *me)
{
	static const uint8_t bits[] = {BIT_D, BIT_B, BIT_M};

	for (size_t i = 0; i < KD_ARRAY_LEN(bits); i++) {
		const struct seen *e = NULL;

		if (r->taint.bits >> bits[i] & 1)
			e = setter(k, me, bits[i], KD_TAINT_ALWAYS);
		if (!e)
			continue;
		tie(r, e, KD_TIE_TAINT, r->taint.line,
		    kd_arena_printf(r->arena, "taint %c (%s) was set when it fired, and that report sets it",
				    kd_taint_bit(bits[i])->letter, kd_taint_bit(bits[i])->words));
		return true;
	}
	return false;
}

static bool by_context(const struct kd_relate *k, struct kd_report *r, const struct seen *me)
{
	if (!strcmp(r->kind->name, "kmemleak"))
		return false; /* its task is the one that allocated, long ago */
	for (size_t i = k->n; i-- > 0;) {
		const struct seen *e = &k->v[i];
		bool cpu = e->has_cpu && me->has_cpu && e->cpu == me->cpu && e->timed && me->timed;

		if (!eligible(e, me) || !at_once(e, me, r->start_line) ||
		    (e->kind == r->kind && e->kind->pcclass == KD_PCC_SAMPLED))
			continue;
		if (same_task(e, me)) {
			tie(r, e, KD_TIE_TASK, r->cpu_line, KD_V("the same task, at once"));
			return true;
		}
		if (cpu) {
			tie(r, e, KD_TIE_CPU, r->cpu_line, KD_V("the same CPU, at once"));
			return true;
		}
	}
	return false;
}

/* What was there before and is not in this boot's log (trap: "an earlier report is missing"). */
static void find_missing(const struct kd_relate *k, struct kd_report *r, const struct seen *me)
{
	static const uint8_t bits[] = {BIT_M, BIT_B, BIT_D, BIT_W, BIT_L};
	uint32_t oopses = 0;

	r->panic_missing = !strcmp(r->kind->family, "panic") && r->tie != KD_TIE_PANIC &&
			   kd_panic_names_report(r->panic_text);
	for (size_t i = 0; i < k->n; i++)
		oopses += k->v[i].boot == me->boot && k->v[i].died &&
			  (!k->v[i].host[0] || !me->host[0] || !strcmp(k->v[i].host, me->host));
	if (r->has_oops_no && r->oops_no > 1 && r->oops_no < 10000 && oopses < r->oops_no - 1)
		r->oops_missing = r->oops_no - 1 - oopses;
	for (size_t i = 0; r->taint.stated && i < KD_ARRAY_LEN(bits); i++)
		if (r->taint.bits >> bits[i] & 1 && !kd_relate_own_flag(r->kind, bits[i]) &&
		    !setter(k, me, bits[i], KD_TAINT_MAYBE))
			r->taint_by_none |= 1u << bits[i];
}

/* init may have ended because of an oops that came before: then nobody is named. */
static void doubt_owner(const struct kd_relate *k, struct kd_report *r, const struct seen *me)
{
	if (strcmp(r->kind->family, "panic") != 0 || r->owner != KD_OWNER_USER ||
	    !kd_view_has(r->panic_text, KD_V("init")))
		return;
	for (size_t i = 0; i < k->n; i++)
		if (k->v[i].died && eligible(&k->v[i], me)) {
			r->owner = KD_OWNER_UNKNOWN;
			r->owner_why = kd_arena_printf(
				r->arena, "init ended, but report #%u of this boot, an oops, came before it",
				k->v[i].index + 1);
			return;
		}
}

void kd_relate_add(struct kd_relate *k, struct kd_report *r)
{
	struct seen me;

	summary(r, &me);
	for (size_t i = 0; i < k->n && !r->repeat_of; i++)
		if (!memcmp(k->v[i].sig, me.sig, 8) && !strcmp(k->v[i].sig, me.sig))
			r->repeat_of = k->v[i].index + 1;
	if (!by_panic(k, r, &me) && !by_flag(k, r, &me))
		by_context(k, r, &me);
	find_missing(k, r, &me);
	doubt_owner(k, r, &me);
	if (k->n == SEEN_MAX) {
		/* The first half stays: it holds the roots. */
		memmove(&k->v[SEEN_MAX / 2], &k->v[SEEN_MAX / 2 + 1],
			(SEEN_MAX / 2 - 1) * sizeof(me));
		k->n--;
	}
	k->v[k->n++] = me;
}

/* --- all reports are known --------------------------------------------------------------- */

static void forget(struct kd_report *r)
{
	r->caused_by = r->tie_line = -1;
	r->caused_why = KD_VNULL;
	r->tie = KD_TIE_NONE;
	r->repeat_of = r->taint_by_none = r->oops_missing = 0;
	r->panic_missing = false;
}

/* Does the log show oopses of a boot in another order than they were counted? */
static bool disordered(const struct kd_reports *rs)
{
	uint32_t boot = 0, last = 0;

	for (size_t i = 0; i < rs->n; i++) {
		const struct kd_report *r = rs->v[i];

		if (r->boot != boot)
			last = 0;
		boot = r->boot;
		if (r->has_oops_no && r->oops_no < last)
			return true;
		if (r->has_oops_no)
			last = r->oops_no;
	}
	return false;
}

/* The same once more in the order of [#n]; reports without a number keep their place. */
static void relate_again(struct kd_reports *rs)
{
	struct kd_report **v = kd_xmalloc(rs->n * sizeof(*v));
	struct kd_relate *k = kd_relate_new();

	memcpy(v, rs->v, rs->n * sizeof(*v));
	for (size_t i = 1; i < rs->n && rs->n <= SEEN_MAX; i++)
		for (size_t z = i, y = i; v[z]->has_oops_no && y-- > 0;) {
			struct kd_report *t = v[z];

			if (v[y]->boot != t->boot)
				break;
			if (!v[y]->has_oops_no || v[y]->oops_no <= t->oops_no)
				continue;
			v[z] = v[y];
			v[y] = t;
			z = y;
		}
	for (size_t i = 0; i < rs->n; i++) {
		forget(v[i]);
		kd_relate_add(k, v[i]);
	}
	kd_relate_free(k);
	kd_free(v);
}

/* Reports are kept in the order of their indexes; NULL: not kept, or 0 for none. */
static struct kd_report *by_number(const struct kd_reports *rs, uint32_t number)
{
	size_t lo = 0, hi = number ? rs->n : 0;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (rs->v[mid]->index + 1 == number)
			return rs->v[mid];
		if (rs->v[mid]->index + 1 < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

/*
 * Note in reached[] which reports are on the way from `from` to its first domino, by the mark
 * of `from`. Each way is walked once: thousands of reports may follow from each other.
 */
static void walk_back(const struct kd_reports *rs, const struct kd_report *from, uint32_t *reached)
{
	const struct kd_report *r = from;

	for (size_t guard = 0; r && guard < rs->n; guard++) {
		reached[r->index - rs->v[0]->index] = from->index + 1;
		r = r->caused_by < 0 ? NULL : by_number(rs, (uint32_t)r->caused_by + 1);
	}
}

/* The next fatal report of each one's boot, from the last report to the first. */
static void look_forward(struct kd_reports *rs)
{
	size_t span = rs->n ? rs->v[rs->n - 1]->index - rs->v[0]->index + 1 : 0;
	kd_auto(kd_freep) uint32_t *reached = kd_xcalloc(span + 1, sizeof(*reached));
	const struct kd_report *fatal = NULL;

	for (size_t i = rs->n; i-- > 0;) {
		struct kd_report *r = rs->v[i];

		if (fatal && fatal->boot != r->boot)
			fatal = NULL;
		if (fatal) {
			r->fatal_next = fatal->index + 1;
			r->fatal_tied = reached[r->index - rs->v[0]->index] == fatal->index + 1;
		}
		if (r->outcome == KD_OUT_FATAL && !r->infrastructure) {
			fatal = r;
			walk_back(rs, r, reached);
		}
	}
}

void kd_relate_finish(struct kd_reports *rs)
{
	if (rs->n && disordered(rs))
		relate_again(rs);
	for (size_t i = 0; i < rs->n; i++) {
		struct kd_report *first = by_number(rs, rs->v[i]->repeat_of);

		if (first)
			first->repeats++;
	}
	look_forward(rs);
}

void kd_reports_free(struct kd_reports *rs)
{
	if (!rs)
		return;
	for (size_t i = 0; i < rs->n; i++) {
		struct kd_arena a = *rs->v[i]->arena;

		kd_arena_deinit(&a);
	}
	kd_free(rs->v);
	kd_free(rs);
}

void kd_reports_freep(struct kd_reports **rs)
{
	kd_reports_free(*rs);
}

bool kd_engine_steal(const struct kd_report *r, struct kd_report **ret)
{
	struct kd_report *mine = (struct kd_report *)(uintptr_t)r;
	struct kd_arena *home = kd_arena_new(mine->arena, struct kd_arena);

	if (!home)
		return false;
	*home = *mine->arena;
	*mine->arena = KD_ARENA_INIT(home->limit);
	mine->arena = home;
	*ret = mine;
	return true;
}

static struct kd_error *keep(void *user, const struct kd_report *r)
{
	struct keeper *k = user;
	size_t size = kd_arena_footprint(r->arena);
	struct kd_report *mine;

	/* Once one was left out all later ones are: what is kept is the beginning of the log. */
	if (k->rs->log.skipped_reports || k->rs->n >= k->max ||
	    size > k->ctx->limits.log_memory - k->held || !kd_engine_steal(r, &mine)) {
		k->rs->log.skipped_reports++;
		return NULL;
	}
	k->held += size;
	if (k->rs->n == k->cap) {
		k->cap = k->cap ? k->cap * 2 : 16;
		k->rs->v = kd_xrealloc(k->rs->v, k->cap * sizeof(struct kd_report *));
	}
	k->rs->v[k->rs->n++] = mine;
	return NULL;
}

struct kd_error *kd_scan_all(struct kd_ctx *ctx, struct kd_source *src, const struct kd_scan_opts *o,
			     size_t max, struct kd_reports **ret)
{
	struct kd_reports *rs = kd_xcalloc(1, sizeof(*rs));
	struct keeper k = {.ctx = ctx, .rs = rs, .max = max};
	struct kd_scan_log log;
	struct kd_error *err = kd_scan(ctx, src, o, keep, &k, &log);

	if (err) {
		kd_reports_free(rs);
		return err;
	}
	log.skipped_reports = rs->log.skipped_reports;
	rs->log = log;
	kd_relate_finish(rs);
	*ret = rs;
	return NULL;
}
