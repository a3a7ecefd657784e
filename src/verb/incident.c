// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/incident.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/time.h"
#include "report/taint.h"

enum { HOLD_MAX = 1000000, NAMED = 5, TEXT = 4096 };

/* ---- words ---- */

void kd_case_time(struct kd_buf *b, int64_t us)
{
	char text[KD_CIVIL_LEN];
	struct kd_civil t;

	if (!us) {
		kd_buf_add(b, KD_V("not stated"));
		return;
	}
	kd_civil_from_ns(us / 1000000 * 1000000000, &t);
	kd_civil_format(&t, text);
	for (char *p = text; *p; p++)
		if (*p == 'T')
			*p = ' ';
	kd_buf_add(b, kd_view_head(kd_view_of(text), 19));
}

struct kd_cell kd_case_time_cell(struct kd_sheet *s, int64_t us)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64);

	if (!us)
		return kd_cell_none("no event states a time with year and zone");
	kd_case_time(&b, us);
	return kd_sheet_cell(s, kd_buf_view(&b));
}

void kd_case_clock(struct kd_buf *b, int64_t us)
{
	kd_buf_printf(b, "%" PRId64 ".%06" PRId64, us / 1000000, us % 1000000);
}

const char *kd_case_tier(uint8_t tier)
{
	static const char *const words[] = {"-", "LOW", "MED", "HIGH", "CRIT"};

	return tier < KD_ARRAY_LEN(words) ? words[tier] : "-";
}

void kd_incident_say_whole(const struct kd_incident *inc, struct kd_buf *b)
{
	const struct kd_incident_sum *s = &inc->sum;

	kd_buf_printf(b, "%" PRIu64 " event%s of ", s->events, s->events == 1 ? "" : "s");
	if (s->host.n)
		kd_buf_printf(b, "host %.*s", KD_VARG(s->host));
	else
		kd_buf_add(b, KD_V("a host that is not named"));
	if (s->by_time)
		kd_buf_add(b, s->events > 1 ? KD_V(", put together by time, no boot id: that they "
						   "are of one boot is a guess")
					    : KD_V(", no boot id"));
	else if (s->made_up)
		kd_buf_add(b, KD_V(", one boot of one log (no boot id)"));
	else
		kd_buf_printf(b, ", boot %.*s", KD_VARG(s->boot));
	if (inc->nissues > 1)
		kd_buf_printf(b, ": %zu tracker issues, one incident", inc->nissues);
}

void kd_incident_say_first(const struct kd_incident *inc, struct kd_buf *b)
{
	const struct kd_incident_event *f = &inc->v[inc->first];
	char id[KD_EVENT_ID];

	kd_event_id(f->e.key, id);
	kd_buf_printf(b, "%s: %.*s (%s)",
		      inc->first_open ? "first of what was reported here" : "first domino",
		      KD_VARG(f->sig->title), id);
	if (inc->first != inc->worst)
		kd_buf_printf(b, ", which leads to the most severe event: %.*s",
			      KD_VARG(inc->v[inc->worst].sig->title));
	if (inc->first_open)
		kd_buf_add(b, KD_V("; something before it is missing"));
}

void kd_incident_say_open(const struct kd_incident *inc, size_t i, struct kd_buf *b)
{
	const struct kd_incident_event *x = &inc->v[i];

	for (unsigned bit = 0; bit < KD_NTAINT; bit++) {
		if (!(x->unset >> bit & 1))
			continue;
		kd_buf_printf(b, "%staint %c (%s) was set by something that was not reported here",
			      b->n ? "; " : "", kd_taint_bit(bit)->letter,
			      kd_taint_bit(bit)->words);
	}
	if (x->missing) {
		kd_buf_printf(b,
			      "%s[#%" PRId64 "]: %" PRIu32
			      " earlier oops%s of this boot not reported here",
			      b->n ? "; " : "", x->e.oops, x->missing,
			      x->missing == 1 ? " is" : "es are");
	}
	if (x->elsewhere)
		kd_buf_printf(b, "%swhat it follows from is not among these events",
			      b->n ? "; " : "");
}

/* ---- list ---- */

struct held {
	struct kd_incident_sum s;
};

struct list {
	struct kd_arena *a;
	const struct kd_incident_options *o;
	KD_VEC(struct held) v;
	uint64_t all, single;
};

static struct kd_error *on_incident(void *user, const struct kd_incident_sum *s)
{
	struct list *l = user;
	struct held *h;

	l->all++;
	l->single += s->events == 1;
	if (l->o && l->o->several && s->events == 1)
		return NULL;
	h = kd_vec_push(&l->v, HOLD_MAX);
	if (!h)
		return kd_error_new(KD_LIMIT, "more than %d incidents: ask for those of a host",
				    HOLD_MAX);
	h->s = *s;
	h->s.host = s->host.n ? kd_arena_view(l->a, s->host) : KD_VNULL;
	h->s.boot = s->boot.n ? kd_arena_view(l->a, s->boot) : KD_VNULL;
	if ((s->host.n && !h->s.host.p) || (s->boot.n && !h->s.boot.p))
		return kd_error_new(KD_LIMIT,
				    "the incidents need too much memory: ask for those of a host");
	return NULL;
}

/* The newest first, those without time at the end. */
static int newest(const void *pa, const void *pb)
{
	const struct held *a = pa, *b = pb;

	if (a->s.until != b->s.until)
		return a->s.until < b->s.until ? 1 : -1;
	return strcmp(a->s.id, b->s.id);
}

static void boot_cell(struct kd_sheet *s, const struct kd_incident_sum *x, struct kd_cell *c)
{
	if (x->by_time)
		*c = kd_cell_none(x->events > 1 ? "by time, no boot id" : "no boot id");
	else
		*c = kd_sheet_cell(s, x->boot);
}

static void list_rows(struct list *l, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {
		{"incident", "INCIDENT"}, {"host", "HOST"},    {"boot", "BOOT"},
		{"from", "FIRST (UTC)"},  {"until", NULL},     {"events", "EVENTS"},
		{"signatures", "KINDS"},  {"severity", "SEV"}, {"fatal", "FATAL"}};
	struct kd_table *t = kd_sheet_table(s, "incidents", columns, KD_ARRAY_LEN(columns));

	for (size_t i = 0; i < l->v.n; i++) {
		const struct kd_incident_sum *x = &l->v.v[i].s;
		struct kd_cell *c = kd_table_row(t);

		c[0] = kd_sheet_cell(s, kd_view_of(x->id));
		c[1] = x->host.n ? kd_sheet_cell(s, x->host) : kd_cell_none("not stated");
		boot_cell(s, x, &c[2]);
		c[3] = kd_case_time_cell(s, x->from);
		c[4] = kd_case_time_cell(s, x->until);
		c[5] = kd_cell_uint(x->events);
		c[6] = kd_cell_uint(x->signatures);
		c[7] = kd_cell_text(kd_view_of(kd_case_tier(x->tier)));
		c[8] = kd_cell_bool(x->fatal);
	}
}

struct kd_error *kd_incident_list(struct kd_memory *m, const void *options, const char *const *args,
				  size_t nargs, struct kd_sheet *s)
{
	struct list l = {.a = s->arena, .o = options};
	struct kd_error *err = kd_incident_each(m->db, kd_view_of(l.o->host), on_incident, &l);

	(void)args;
	(void)nargs;
	if (!err && l.v.n)
		qsort(l.v.v, l.v.n, sizeof(*l.v.v), newest);
	if (!err) {
		kd_sheet_say(s, "%" PRIu64 " incident%s, %" PRIu64 " of a single event", l.all,
			     l.all == 1 ? "" : "s", l.single);
		list_rows(&l, s);
		s->none = !l.v.n;
		if (l.v.n)
			kd_sheet_next(s, "kdoc incident show %s", l.v.v[0].s.id);
	}
	kd_vec_free(&l.v);
	return err;
}

/* ---- one ---- */

static struct kd_error *of_host(struct kd_db *db, struct kd_view host, struct kd_arena *a,
				struct kd_incident_sum *ret)
{
	static const struct kd_incident_options all = {0};
	struct list l = {.a = a, .o = &all};
	struct kd_error *err = kd_incident_each(db, host, on_incident, &l);
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(TEXT);

	if (!err && l.v.n == 1)
		*ret = l.v.v[0].s;
	if (!err && !l.v.n)
		err = kd_error_new(KD_NOTFOUND, "%.*s is no incident, event or host with events; kdoc incident list names them",
				   KD_VARG(host));
	if (!err && l.v.n > 1) {
		qsort(l.v.v, l.v.n, sizeof(*l.v.v), newest);
		for (size_t i = 0; i < l.v.n && i < NAMED; i++)
			kd_buf_printf(&t, "%s %s", i ? "," : "", l.v.v[i].s.id);
		err = kd_error_new(KD_INVALID, "%.*s has %zu incidents: one of%.*s%s",
				   KD_VARG(host), l.v.n, KD_VARG(kd_buf_view(&t)),
				   l.v.n > NAMED ? " …" : "");
	}
	kd_vec_free(&l.v);
	return err;
}

struct kd_error *kd_incident_named(struct kd_db *db, struct kd_view name, struct kd_arena *a,
				   struct kd_incident *ret)
{
	struct kd_incident_sum sum;
	struct kd_evkey key;
	struct kd_event e;
	struct kd_error *err;

	if (kd_event_id_parse(name, &key)) {
		err = kd_event_get(db, key, a, &e);
		if (!err)
			err = kd_incident_of(db, &e, a, &sum);
	} else if (kd_view_starts(name, KD_V("inc-"))) {
		err = kd_incident_find(db, name, a, &sum);
	} else {
		err = of_host(db, name, a, &sum);
	}
	return err ? err : kd_incident_load(db, &sum, a, ret);
}

static struct kd_cell clock_cell(struct kd_sheet *s, const struct kd_incident_event *x)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64);

	if (!x->e.has_mono)
		return kd_cell_none("its lines have no kernel time");
	kd_case_clock(&b, x->e.mono);
	return kd_sheet_cell(s, kd_buf_view(&b));
}

static struct kd_cell taint_cell(struct kd_sheet *s, const struct kd_event *e)
{
	char letters[KD_TAINT_LETTERS];

	if (!e->has_taint)
		return kd_cell_none("not stated");
	kd_taint_letters((uint32_t)e->taint, letters);
	return kd_sheet_cell(s, letters[0] ? kd_view_of(letters) : KD_V("none"));
}

static struct kd_cell number_cell(bool has, int64_t x)
{
	return has ? kd_cell_int(x) : kd_cell_none("not stated");
}

static void event_row(struct kd_sheet *s, struct kd_table *t, const struct kd_incident *inc,
		      size_t i)
{
	const struct kd_incident_event *x = &inc->v[i];
	struct kd_cell *c = kd_table_row(t);
	char id[KD_EVENT_ID];

	kd_event_id(x->e.key, id);
	c[0] = kd_cell_uint(i + 1);
	c[0].guessed = x->unsure;
	c[1] = x->cause >= 0 ? kd_cell_uint((uint64_t)x->cause + 1)
			     : kd_cell_none("nothing here comes before it");
	c[1].guessed = x->tie == KD_INCIDENT_MAYBE;
	c[2] = clock_cell(s, x);
	c[3] = number_cell(x->e.has_cpu, x->e.cpu);
	c[4] = taint_cell(s, &x->e);
	c[5] = kd_cell_text(kd_view_of(kd_case_tier(x->e.tier)));
	c[6] = x->sig->title.n ? kd_sheet_cell(s, x->sig->title)
			       : kd_cell_none("its signature is not known");
	c[7] = x->repeats ? kd_cell_uint(x->repeats + 1) : kd_cell_none(NULL);
	c[8] = kd_sheet_cell(s, kd_view_of(id));
	c[9] = x->sig->grp.n ? kd_sheet_cell(s, x->sig->grp) : kd_cell_none(NULL);
	c[10] = x->e.issue.n ? kd_sheet_cell(s, x->e.issue) : kd_cell_none(NULL);
	c[11] = kd_case_time_cell(s, x->e.key.at);
	c[12] = kd_sheet_cell(s, kd_view_of(kd_incident_tie_key(x->tie)));
	c[13] = x->e.fatal.n ? kd_sheet_cell(s, x->e.fatal) : kd_cell_none(NULL);
}

static void events(struct kd_sheet *s, const struct kd_incident *inc)
{
	static const struct kd_column columns[] = {
		{"number", "#"},    {"follows", "AFTER"}, {"clock", "CLOCK"}, {"cpu", "CPU"},
		{"taint", "TAINT"}, {"severity", "SEV"},  {"title", "EVENT"}, {"times", "TIMES"},
		{"event", "ID"},    {"group", "GROUP"},   {"issue", "ISSUE"}, {"at", NULL},
		{"tie", NULL},      {"fatal", NULL},
	};
	struct kd_table *t = kd_sheet_table(s, "events", columns, KD_ARRAY_LEN(columns));

	t->title = "events in order";
	for (size_t i = 0; i < inc->n; i++)
		if (inc->v[i].repeat_of < 0)
			event_row(s, t, inc, i);
}

static void chain(struct kd_sheet *s, const struct kd_incident *inc)
{
	for (size_t i = 0; i < inc->n; i++) {
		const struct kd_incident_event *x = &inc->v[i];
		kd_auto(kd_buf_deinit) struct kd_buf open = KD_BUF_INIT(TEXT);

		if (x->repeat_of >= 0)
			continue;
		if (x->cause >= 0)
			kd_sheet_statement(s,
					   x->tie == KD_INCIDENT_MAYBE ? KD_STATEMENT_HYPOTHESIS
								       : KD_STATEMENT_SUPPORTED,
					   "#%td → #%zu, %s: %.*s", x->cause + 1, i + 1,
					   kd_incident_tie_words(x->tie),
					   KD_VARG(kd_view_head(x->why, 300)));
		kd_incident_say_open(inc, i, &open);
		if (open.n)
			kd_sheet_statement(s, KD_STATEMENT_SUPPORTED, "#%zu: %.*s", i + 1,
					   KD_VARG(kd_buf_view(&open)));
		if (x->unsure)
			kd_sheet_statement(s, KD_STATEMENT_SUPPORTED,
					   "#%zu: its order is not sure, the one before it is of "
					   "another CPU, whose clock may differ",
					   i + 1);
		if (x->e.fatal.n)
			kd_sheet_statement(s, KD_STATEMENT_SUPPORTED,
					   "#%zu: the machine ended later with \"%.*s\"%s", i + 1,
					   KD_VARG(kd_view_head(x->e.fatal, 300)),
					   x->e.debug ? " (a sanitizer build: the title hides it)"
						      : "");
	}
}

static void the_issues(struct kd_sheet *s, const struct kd_incident *inc)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT);

	for (size_t i = 0; i < inc->nissues; i++)
		kd_buf_printf(&b, "%s%.*s", i ? ", " : "", KD_VARG(inc->issue[i]));
	if (inc->nissues)
		kd_sheet_field(s, "issues", "issues", kd_sheet_cell(s, kd_buf_view(&b)));
}

struct kd_error *kd_incident_show(struct kd_memory *m, const void *options, const char *const *args,
				  size_t nargs, struct kd_sheet *s)
{
	static const char *const orders[] = {
		"by the kernel's clock and [#n]",
		"by the stated time; kernel times are of different boots or missing",
		"by the place in the log"};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(TEXT);
	struct kd_incident inc;
	struct kd_error *err =
		kd_incident_named(m->db, kd_view_of(nargs ? args[0] : ""), s->arena, &inc);

	(void)options;
	if (err)
		return err;
	kd_incident_say_whole(&inc, &b);
	kd_sheet_say(s, "%s: %.*s", inc.sum.id, KD_VARG(kd_buf_view(&b)));
	kd_buf_clear(&b);
	kd_incident_say_first(&inc, &b);
	kd_sheet_say(s, "%.*s", KD_VARG(kd_buf_view(&b)));
	kd_sheet_field(s, "incident", NULL, kd_sheet_cell(s, kd_view_of(inc.sum.id)));
	kd_sheet_field(s, "host", NULL,
		       inc.sum.host.n ? kd_sheet_cell(s, inc.sum.host)
				      : kd_cell_none("not stated"));
	kd_sheet_field(s, "boot", NULL,
		       inc.sum.by_time ? kd_cell_none("by time, no boot id")
				       : kd_sheet_cell(s, inc.sum.boot));
	kd_sheet_field(s, "from", "first (UTC)", kd_case_time_cell(s, inc.sum.from));
	kd_sheet_field(s, "until", "last (UTC)", kd_case_time_cell(s, inc.sum.until));
	kd_sheet_field(s, "order", "order", kd_cell_text(kd_view_of(orders[inc.order])));
	the_issues(s, &inc);
	events(s, &inc);
	chain(s, &inc);
	if (inc.left_out)
		kd_sheet_note(s, "%" PRIu64 " events more are not shown: an incident holds %d here",
			      inc.left_out, KD_INCIDENT_EVENTS);
	kd_sheet_next(s, "kdoc timeline %s", inc.sum.id);
	kd_sheet_next(s, "kdoc investigate %s", inc.sum.id);
	return NULL;
}
