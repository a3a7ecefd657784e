// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which lines belong to a report, and who reads them.
 *
 * A report starts at its header and runs on in the header's printing context (task,
 * CPU or machine) while lines are understood by its kind or by common.c. It ends at
 * the next header that it does not absorb, after its tail, or when too many lines in
 * a row say nothing to anybody.
 */
#include "base/alloc.h"
#include "report/engine.h"

enum {
	LEAD_MAX = 6,	  /* lines before the header that may belong to it */
	STRANGERS_MAX = 12, /* not understood in a row: the report has ended */
	GAP_MAX = 400,	  /* lines of other contexts in a row */
	TIGHT_MAX = 8,	  /* lines passed over in a row by a tight kind */
};

enum phase { BODY, TAIL };

struct collector {
	struct kd_builder *b;
	struct kd_window *win;
	const struct kd_wline *head;
	enum phase phase;
	bool any_cpu;		  /* after "Sending NMI": lines of all CPUs count */
	bool seen_stack, seen_regs;
	size_t max_lines;
};

const struct kd_token *kd_wline_token(struct kd_wline *l)
{
	if (!l->tok_valid) {
		kd_token_parse(l->text, &l->tok);
		l->tok_valid = true;
	}
	return &l->tok;
}

bool kd_wline_same_context(const struct kd_wline *a, const struct kd_wline *b)
{
	if (a->caller != b->caller || a->caller_id != b->caller_id)
		return false;
	return !a->host.n || !b->host.n || kd_view_eq(a->host, b->host);
}

static int32_t take(struct collector *c, struct kd_wline *l)
{
	struct kd_builder *b = c->b;
	struct kd_rline *r;

	l->owned = true;
	if (!kd_avec_room(b->arena, &b->lines, c->max_lines))
		return -1;
	r = &b->lines.v[b->lines.n++];
	*r = (struct kd_rline){
		.off = l->off,
		.no = l->no,
		.len = l->len,
		.disguise = l->disguise,
		.role = KD_ROLE_FIELD,
		.caller = l->caller,
		.level = l->level,
		.has_mono = l->has_mono,
		.caller_id = l->caller_id,
		.mono_us = l->mono_us,
		.text = b->borrow ? l->text : kd_arena_view(b->arena, l->text),
	};
	if (l->wall.n)
		r->wall = b->borrow ? l->wall : kd_arena_view(b->arena, l->wall);
	if (l->host.n)
		r->host = b->borrow ? l->host : kd_arena_view(b->arena, l->host);
	b->line = (int32_t)(b->lines.n - 1);
	/* lines may have been given back since; "end trace" is a word of the finder */
	if (b->end_line >= b->line)
		b->end_line = INT32_MAX;
	if (l->trig && b->end_line == INT32_MAX && kd_view_has(l->text, KD_V("---[ end trace")))
		b->end_line = b->line;
	return b->line;
}

/* Panics that only end the report before them; others are events of their own. */
static bool panic_is_tail(const struct kd_report *r, struct kd_view text)
{
	/* arch/x86/kernel/cpu/mce/core.c (mce_panic), drivers/acpi/apei/ghes.c (__ghes_panic). */
	static const char *const hardware[] = {"achine check", "ardware error", "broadcast exception",
					       "ncorrected", NULL};
	static const struct kd_view tails[] = {
		KD_V("Fatal exception"),  KD_V("panic_on_warn set"), KD_V("Machine halted."),
		KD_V("KASAN: panic_on_warn"), KD_V("kasan.fault=panic set"),
		KD_V("Oops: "),		  KD_V("Unrecoverable "),
		KD_V("Asynchronous SError Interrupt"),
	};

	text = kd_panic_reason(text);
	if (!text.p)
		return false;
	/* arm64's die() has its own word in front: "Oops - BUG: Fatal exception in interrupt" */
	if (kd_view_has(text, KD_V("panic_on_warn set")) ||
	    (kd_view_has(text, KD_V(": Fatal exception")) && r->kind->oops))
		return true;
	if (!strcmp(r->kind->name, "serror") && kd_view_has(text, KD_V("SError Interrupt")))
		return true;
	if (kd_kind_in(r->kind, "fs_error") && kd_view_has(text, KD_V("panic forced after error")))
		return true;
	if (kd_kind_in(r->kind, "oom") &&
	    (kd_view_starts(text, KD_V("Out of memory")) || kd_view_starts(text, KD_V("System is deadlocked"))))
		return true;
	for (size_t i = 0; kd_kind_in(r->kind, "hardware") && hardware[i]; i++)
		if (kd_view_has(text, kd_view_of(hardware[i])))
			return true;
	for (size_t i = 0; i < KD_ARRAY_LEN(tails); i++)
		if (kd_view_starts(text, tails[i]))
			return true;
	return false;
}

/* One line of the head of an oops leads to the next: what may follow what. */
static const struct {
	const char *now, *next; /* kind or family names; "" any */
} chains[] = {
	{"page_fault", "oops"},	      {"kernel_bug", "invalid_opcode"},
	{"kernel_bug", "oops"},	      {"list_corruption", "kernel_bug"},
	{"list_corruption", "warning"}, {"usercopy", "kernel_bug"},
	{"usercopy", "warning"},      {"refcount", "warning"},
	{"odebug", "warning"},	      {"netdev_watchdog", "warning"},
	{"firmware_fault", "warning"}, {"rust_panic", "kernel_bug"},
	{"rust_panic", "invalid_opcode"}, {"rust_panic", "oops"},
	{"fortify", "kernel_bug"},
	{"fortify", "warning"},	      {"fortify", "invalid_opcode"},
	{"gpf", "oops"},	      {"kasan_hint", "gpf"},
	{"unhandled_fault", "oops"},  {"stack_guard_hit", "oops"},
	{"stack_guard_hit", "double_fault"}, {"double_fault", "oops"},
	{"invalid_opcode", "oops"},   {"divide_error", "oops"},
	{"kernel_stack_overflow", "panic"}, {"kernel_stack_overflow", "oops"},
	{"machine_check", "oops"},
	{"list_corruption", "invalid_opcode"}, {"usercopy", "invalid_opcode"},
	/* arm64 has no line of its own for the BUG's trap: "Internal error: Oops - BUG" */
	{"list_corruption", "oops"},  {"usercopy", "oops"},
	{"fortify", "oops"},
	{"hard_lockup", "hard_lockup"},
	{"stack_guard_hit", "page_fault"}, {"kernel_stack_overflow", "page_fault"},
};

static bool chained(const struct kd_kind *now, const struct kd_kind *next)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(chains); i++)
		if (kd_kind_is(now, chains[i].now) && kd_kind_is(next, chains[i].next))
			return true;
	return false;
}

static bool is_overflow(const struct kd_kind *k)
{
	return !strcmp(k->name, "kernel_stack_overflow");
}

/*
 * Since Linux 6.15 (and stable kernels that took it over) object_err() and __slab_err() of
 * mm/slub.c end in a WARN_ON(1): its trace is the only one that the report has.
 */
static bool is_slab_trace(const struct kd_report *r, const struct kd_wline *l)
{
	return !strcmp(r->kind->name, "slab") && !strcmp(l->kind->name, "warning") &&
	       kd_view_has(l->text, KD_V(" mm/slub.c:")) &&
	       (kd_view_has(l->text, KD_V(" object_err+0x")) ||
		kd_view_has(l->text, KD_V(" __slab_err+0x")));
}

/* Does a line that could start a report belong to this one instead? */
static bool absorbs(struct collector *c, const struct kd_wline *l)
{
	const struct kd_kind *now = c->b->r->kind;

	if (kd_kind_in(l->kind, "panic") && panic_is_tail(c->b->r, l->text)) {
		c->phase = TAIL;
		return true;
	}
	if (c->phase == TAIL)
		return false;
	/* arm64 prints the registers first and then panics with the stack */
	if (is_overflow(now) && kd_view_has(l->text, KD_V("kernel stack overflow")))
		return true;
	if (!c->seen_regs && is_slab_trace(c->b->r, l))
		return true; /* behind the stacks of "Allocated in" and "Freed in" */
	if (c->seen_stack || c->seen_regs || !chained(now, l->kind))
		return false;
	if (!strcmp(now->name, "kasan_hint"))
		c->b->r->kind = l->kind; /* the hint is about the fault that follows */
	/* An oops has one "Oops:" line; a second one is the next oops of a log without traces. */
	return !c->b->r->has_oops_no || strcmp(l->kind->family, "oops") != 0;
}

static void note_panic(struct collector *c, const struct kd_wline *l)
{
	struct kd_report *r = c->b->r;
	struct kd_view text = l->text;
	size_t at = l->trig ? kd_view_find(text, KD_V("Kernel panic - not syncing")) : KD_NPOS;

	if (at == KD_NPOS || r->panicked || kd_kind_in(r->kind, "panic"))
		return; /* a panic that is the report itself: its kind reads it */
	r->panicked = true;
	r->panic_text = kd_arena_view(c->b->arena, kd_view_trim(kd_view_from(text, at)));
	r->outcome_line = c->b->line;
	kd_builder_role(c->b, KD_ROLE_TAIL);
	c->phase = TAIL;
	if (!is_overflow(r->kind)) /* there the panic's stack is the one that overflowed */
		c->b->next_role = KD_STACK_OTHER + 1;
}

/* Lines that may follow "---[ end trace": the user registers again, the panic, its stack. */
static bool tail_accepts(const struct kd_token *t, struct kd_view text)
{
	switch (t->cls) {
	case KD_TOK_OTHER:
		return kd_view_starts(text, KD_V("note: ")) ||
		       kd_view_starts(text, KD_V("Fixing recursive fault")) ||
		       kd_view_has(text, KD_V("Kernel panic - not syncing")) ||
		       kd_view_starts(text, KD_V("CR2: ")) ||
		       kd_view_starts(text, KD_V("Kernel logic may be unreliable")) ||
		       kd_view_starts(text, KD_V("SMP: stopping secondary CPUs")) ||
		       kd_view_starts(text, KD_V("CPU features: ")) ||
		       kd_view_starts(text, KD_V("Memory Limit: ")) ||
		       kd_view_starts(text, KD_V("PHYS_OFFSET: ")) ||
		       kd_view_starts(text, KD_V("Shutting down cpus")) ||
		       kd_view_starts(text, KD_V("Disabling lock debugging")) ||
		       kd_view_starts(text, KD_V("Killed by signal"));
	case KD_TOK_CUT:
	case KD_TOK_RULER:
		return false;
	default:
		return true;
	}
}

static bool kind_reads(struct collector *c, struct kd_wline *l)
{
	const struct kd_kind *k = c->b->r->kind;

	return (c->phase == BODY || l == c->head) && k->line && k->line(c->b, l->text);
}

static void look(struct collector *c, const struct kd_token *t, struct kd_view text)
{
	if (t->cls == KD_TOK_FRAME && !c->seen_stack) {
		c->seen_stack = true;
		if (kd_kind_in(c->b->r->kind, "panic"))
			c->phase = TAIL; /* what is dumped after the panic's stack is no report */
	}
	if (t->cls == KD_TOK_REGS) /* the pc alone may stand above "Oops:" (old i386) */
		c->seen_regs = true;
	/* behind the trace of a damaged slab stand its "FIX" lines */
	if (t->cls == KD_TOK_ENDTRACE && strcmp(c->b->r->kind->name, "slab") != 0)
		c->phase = TAIL;
	if (kd_view_starts(text, KD_V("Sending NMI from CPU")))
		c->any_cpu = true;
}

static void untake(struct collector *c, struct kd_wline *l, int32_t line)
{
	c->b->lines.n--;
	c->b->line = line;
	l->owned = false;
}

enum fed { ENDED, PASSED, TAKEN, READ };

/* "WARNING: suspicious RCU usage", and four lines on: "FILE:LINE suspicious … usage!" */
static bool rcu_second_header(const struct collector *c, const struct kd_wline *l)
{
	return l->kind == c->b->r->kind && !c->seen_stack && c->phase == BODY &&
	       !strcmp(l->kind->name, "suspicious_rcu") && kd_view_has(l->text, KD_V(" usage!"));
}

/*
 * A decoded log has the header once for each function that was inlined at its place, innermost first:
 * "BUG: KASAN: use-after-free in f file:1 [inline]", "BUG: KASAN: use-after-free in g+0x1/0x2 file:3".
 */
static bool inlined_header(const struct collector *c, const struct kd_wline *l)
{
	const struct kd_kind *k = c->b->r->kind;

	return l->kind == k && !k->rejoins && l > c->head && l[-1].kind == k && !c->seen_stack && !c->seen_regs && c->phase == BODY &&
	       kd_view_has(l[-1].text, KD_V(" [inline]"));
}

/* "cut here" may stand in the middle of a report; "[#1]" only before the trace. */
static bool weak_goes_on(const struct collector *c, struct kd_wline *l)
{
	bool cut = kd_wline_token(l)->cls == KD_TOK_CUT;

	return l->kind != c->b->r->kind && (cut || (!c->seen_stack && !c->seen_regs));
}

/* A header line inside the report: does it go on with this one? READ: its kind read it. */
static enum fed goes_on(struct collector *c, struct kd_wline *l)
{
	struct kd_builder *b = c->b;
	const struct kd_kind *k = b->r->kind;
	int32_t line = b->line;
	bool reads;

	if (!l->kind || l == c->head || rcu_second_header(c, l))
		return TAKEN;
	if (inlined_header(c, l) && take(c, l) >= 0) {
		kd_builder_role(b, KD_ROLE_HEADER);
		kd_builder_where_host(b, l->text);
		return READ;
	}
	if (l->kind->weak && c->phase == BODY)
		return weak_goes_on(c, l) ? TAKEN : ENDED;
	if (l->kind != k && absorbs(c, l))
		return TAKEN;
	if ((l->kind == k && !k->rejoins) || c->phase == TAIL || !k->line || take(c, l) < 0)
		return ENDED;
	b->foreign = l->kind != k;
	reads = k->line(b, l->text);
	b->foreign = false;
	if (reads)
		return READ;
	untake(c, l, line);
	return ENDED;
}

/* Lines that only a trace has, and nothing else in a log. */
static bool of_trace(const struct kd_token *t)
{
	switch (t->cls) {
	case KD_TOK_OTHER:
	case KD_TOK_BLANK:
	case KD_TOK_RULER:
	case KD_TOK_CUT:
	case KD_TOK_STACKDUMP:
	case KD_TOK_DUMPING:
		return false;
	default:
		return true;
	}
}

/* A line that is in the report now: the kind reads it, or common.c. false: nobody did. */
static bool read_line(struct collector *c, struct kd_wline *l)
{
	struct kd_builder *b = c->b;

	note_panic(c, l);
	if (l == c->head)
		b->header_seen = true;
	if (kind_reads(c, l))
		return true;
	if (b->r->kind->tight && c->phase == BODY && !(b->r->kind->traced && of_trace(kd_wline_token(l))))
		return l == c->head;
	return kd_common_line(b, kd_wline_token(l), l->text) || (l->kind && !l->kind->weak) || l == c->head ||
	       c->phase == TAIL;
}

/* One line of the report's own context. ENDED: the report has ended before it. */
static enum fed feed(struct collector *c, size_t i)
{
	struct kd_wline *l = &c->win->v[i];
	const struct kd_token *t = kd_wline_token(l);
	struct kd_builder *b = c->b;
	int32_t line = b->line;
	enum fed how = goes_on(c, l);

	if (how == ENDED || (c->phase == TAIL && (!l->kind || l->kind->weak) && !tail_accepts(t, l->text)))
		return ENDED;
	if (how != READ && take(c, l) < 0) {
		kd_builder_diag(b, "limit", "the report goes on beyond %zu lines; the rest is left out",
				c->max_lines);
		return ENDED;
	}
	if (how != READ && !read_line(c, l)) {
		if (b->r->kind->tight) {
			untake(c, l, line);
			return i < (size_t)(c->head - c->win->v) ? TAKEN : PASSED;
		}
		kd_builder_role(b, KD_ROLE_UNKNOWN);
	}
	if (l == c->head)
		kd_builder_role(b, KD_ROLE_HEADER); /* whatever its reader made of it */
	look(c, t, l->text);
	return TAKEN;
}

static bool is_lead(const struct kd_wline *l, const struct kd_token *t)
{
	static const struct kd_view leads[] = {
		KD_V("list_add corruption"), KD_V("list_del corruption"), KD_V("usercopy: "),
		KD_V("refcount_t: "),	     KD_V("8<--- cut here ---"),  KD_V("ODEBUG: "),
	};

	if (l->owned || (l->kind && !l->kind->weak))
		return false;
	if (t->cls == KD_TOK_RULER || t->cls == KD_TOK_CUT)
		return true;
	for (size_t i = 0; i < KD_ARRAY_LEN(leads); i++)
		if (kd_view_starts(l->text, leads[i]))
			return true;
	return false;
}

/* The first line of the report: its ruler or "cut here" may stand just above the header. */
static size_t first_line(struct collector *c, size_t head)
{
	size_t first = head, steps = 0;

	for (size_t i = head; i-- > 0 && steps < LEAD_MAX;) {
		struct kd_wline *l = &c->win->v[i];

		if (!kd_wline_same_context(l, c->head))
			continue;
		steps++;
		if (is_lead(l, kd_wline_token(l)))
			first = i;
		else if (l->tok.cls != KD_TOK_BLANK)
			break;
	}
	return first;
}

static bool in_context(const struct collector *c, const struct kd_wline *l)
{
	if (l->origin == KD_ORIGIN_USER && c->head->origin != KD_ORIGIN_USER)
		return false;
	if (c->any_cpu && l->caller == KD_CALLER_CPU)
		return true;
	return kd_wline_same_context(l, c->head);
}

/* Is the line at the end of what was taken without meaning for the report? */
static bool says_nothing(const struct collector *c, const struct kd_wline *l)
{
	uint8_t role = c->b->lines.v[c->b->lines.n - 1].role;

	return role == KD_ROLE_UNKNOWN || (role == KD_ROLE_NOISE && l->tok.cls == KD_TOK_BLANK);
}

/* The ruler or "cut here" just above the next report's header is the next report's. */
static void give_back(struct collector *c, size_t last, const struct kd_wline *next)
{
	struct kd_wline *l = &c->win->v[last];

	if (!next->kind || l == c->head || c->b->lines.n < 2 ||
	    c->b->lines.v[c->b->lines.n - 1].off != l->off ||
	    (kd_wline_token(l)->cls != KD_TOK_RULER && l->tok.cls != KD_TOK_CUT))
		return;
	c->b->lines.n--;
	l->owned = false;
}

static void collect(struct collector *c, size_t head)
{
	size_t gap = 0, run = 0, passed = 0, last = head, taken[STRANGERS_MAX];

	for (size_t i = first_line(c, head);
	     i < c->win->n && gap < GAP_MAX && passed <= TIGHT_MAX; i++) {
		struct kd_wline *l = &c->win->v[i];
		enum fed how;

		if (l->owned || !in_context(c, l)) {
			gap++;
			continue;
		}
		how = feed(c, i);
		if (how == ENDED) {
			give_back(c, last, l);
			break;
		}
		passed = how == PASSED ? passed + 1 : 0;
		if (how == PASSED)
			continue;
		last = i;
		if (i > head)
			c->b->r->interleaved += (uint32_t)gap;
		gap = 0;
		if (i <= head || !says_nothing(c, l)) {
			run = 0;
			continue;
		}
		taken[run++] = i;
		if (run == STRANGERS_MAX)
			break;
	}
	c->b->lines.n -= run;
	while (run)
		c->win->v[taken[--run]].owned = false;
}

/* A weak header needs something that only reports have behind it. */
static bool has_trace(struct collector *c, size_t head)
{
	size_t seen = 0;

	for (size_t i = head + 1; i < c->win->n && seen < 25; i++) {
		struct kd_wline *l = &c->win->v[i];

		if (!in_context(c, l))
			continue;
		seen++;
		switch (kd_wline_token(l)->cls) {
		case KD_TOK_FRAME:
			if (l->tok.frame.has_offset)
				return true;
			break;
		case KD_TOK_STACK:
		case KD_TOK_PC:
			return true;
		default:
			break;
		}
		if (l->kind && !l->kind->weak)
			return false;
	}
	return false;
}

static void span(struct kd_builder *b)
{
	struct kd_report *r = b->r;

	r->lines = b->lines.v;
	r->nlines = b->lines.n;
	r->start_line = r->off = UINT64_MAX;
	for (size_t i = 0; i < r->nlines; i++) {
		const struct kd_rline *l = &r->lines[i];

		if (l->no < r->start_line)
			r->start_line = l->no;
		if (l->no > r->end_line)
			r->end_line = l->no;
		if (l->off < r->off)
			r->off = l->off;
		if (l->off + l->len > r->end_off)
			r->end_off = l->off + l->len;
	}
}

struct kd_error *kd_engine_build(struct kd_ctx *ctx, struct kd_arena *arena,
				 const struct kd_scan_opts *o, struct kd_window *win, size_t head,
				 const struct kd_kind *kind, struct kd_report **ret)
{
	struct kd_builder b = {.arena = arena, .line = -1, .end_line = INT32_MAX};
	struct collector c = {.b = &b, .win = win, .head = &win->v[head]};
	struct kd_report *r;

	*ret = NULL;
	c.max_lines = ctx->limits.report_lines;
	b.borrow = o->want != KD_WANT_ALL; /* only then somebody may steal the report */
	if (kind->needs_trace && !has_trace(&c, head))
		return NULL;
	r = kd_arena_new(arena, struct kd_report);
	if (!r)
		return kd_error_new(KD_LIMIT, "a report needs more than %zu bytes", arena->limit);
	r->arena = arena;
	r->kind = kind;
	r->boot = win->v[head].boot;
	r->caused_by = r->tie_line = -1;
	r->outcome_line = r->cpu_line = r->release_line = r->hardware_line = r->oops_line = -1;
	r->kaslr_line = -1;
	r->loc_at = r->taint.line = r->access.addr_line = r->access.code_line = -1;
	r->access.pgtable_line = -1;
	b.r = r;
	collect(&c, head);
	kd_regs_close(&b);
	kd_builder_close_stack(&b);
	if (!b.lines.n)
		return NULL;
	span(&b);
	kd_finish(&b, o);
	if (!r->infrastructure || !o->no_infrastructure)
		kd_aftermath(win, head, r);
	*ret = r;
	return NULL;
}
