// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scanner. Ordinary text is passed over with the finder; near one of its words
 * the lines go through the printk decoder into a window, in which headers are found
 * and reports are built. The window is bounded, so memory is.
 */
#define _GNU_SOURCE
#include "report/scan.h"

#include <string.h>

#include "base/alloc.h"
#include "report/engine.h"
#include "report/match.h"
#include "report/relate.h"
#include "report/syz.h"
#include "report/words.h"

enum {
	BLOCK = 1 << 20,      /* bytes read at a time */
	BACK_LINES = 60,      /* physical lines looked at before a trigger */
	BACK_BYTES = 64 << 10, /* … and bytes of them that outlive a block */
	LOOK = 1200,	      /* lines that must lie behind a header before it is built */
	KEEP = 128,	      /* lines kept before the next header, for its context */
	WINDOW = 4 * LOOK,    /* lines in the window at most */
	LINES = 2 * WINDOW,   /* room for them: the window slides, and is moved back every other time */
	HOST_MAX = 64,
	BACK_US = 5000000,    /* a clock that falls back so far is another boot's */
	STAY = LOOK + 200,    /* lines behind a header: back to passing over */
	STAY_INFRA = 64,      /* … that nobody looks at: its trace */
	STAY_DOUBT = 200,     /* … of a kind that needs a trace, before one shows */
	GLANCE_MAX = 8 << 10, /* bytes of a line that is looked at alone */
	STAY_SHORT = 64,      /* … behind a trigger that is no header; lines as they are read */
};

/* What a glance at the line of a word gave. */
struct glance {
	uint64_t line; /* its number */
	bool given;    /* the decoder gave the line out */
	bool near;     /* what is around it has to be read */
};

struct scan {
	struct kd_ctx *ctx;
	struct kd_source *src;
	const struct kd_scan_opts *o;
	kd_report_fn *fn;
	void *user;
	struct kd_scan_log *log;
	struct kd_finder *finder;
	struct kd_match *match;
	struct kd_printk *printk;
	struct kd_error *err;
	struct kd_arena text[3]; /* lines of the window: new ones go to cur, older ones are in old */
	int cur, old;
	size_t n_old; /* lines at the window's front with their text in text[old] */
	struct kd_window win;	 /* slides through lines */
	struct kd_wline *lines;
	size_t next;	  /* first line of the window not yet asked: header? */
	size_t stay;	   /* logical lines to feed until the finder passes over text again */
	size_t stay_short; /* physical ones */
	size_t doubt;	   /* logical lines in which a trace makes more of a weak header */
	struct kd_printk *probe; /* for single lines, see glance() */
	struct glance glance;
	size_t n_common; /* words before this one are common */
	struct kd_arena arena; /* of the report under construction */
	uint32_t index;
	struct kd_relate *relate;
	uint32_t boot;	       /* counts boots, see new_boot() */
	bool boot_lines;       /* this boot has printed something */
	bool boot_timed;
	uint64_t boot_us;      /* its clock at the last line that had one */
	char boot_host[HOST_MAX];
	char *block;
	size_t cap, have, pos; /* bytes in block; pos: first not yet fed or passed */
	size_t fed;	       /* first byte that was never fed */
	uint64_t base, line;   /* offset and number of the line at pos */
	uint64_t fed_line;     /* number of the line behind the last one that was fed */
	bool eof;
};

static void copy_text(char *dst, size_t n, struct kd_view v)
{
	v = kd_view_head(kd_view_trim(v), n - 1);
	if (v.n)
		memcpy(dst, v.p, v.n);
	dst[v.n] = '\0';
}

/* Facts about the whole log that stand in single lines. */
static void log_facts(struct scan *s, const struct kd_wline *l, unsigned facts)
{
	struct kd_view v = l->text, rel;

	s->log->panicked |= (facts & KD_MATCH_PANICKED) != 0;
	s->log->vm_lost |= (facts & KD_MATCH_VM_LOST) != 0;
	s->log->suppressed |= (facts & KD_MATCH_SUPPRESSES) != 0;
	if (!s->log->hardware[0] && kd_view_skip(&v, KD_V("DMI: "))) {
		copy_text(s->log->hardware, sizeof(s->log->hardware), v);
		s->log->hardware_line = l->no;
	}
	if (kd_view_skip(&v, KD_V("Linux version ")) && kd_view_take_word(&v, &rel)) {
		s->log->booted = true;
		copy_text(s->log->release, sizeof(s->log->release), rel);
		s->log->release_line = l->no;
	}
}

static bool same_host(const char *host, struct kd_view v)
{
	if (!v.n || !*host) /* as in most logs: no names at all */
		return !v.n && !*host;
	return kd_view_eq(kd_view_head(v, HOST_MAX - 1), kd_view_of(host));
}

static bool is_banner(unsigned origin, struct kd_view text)
{
	return origin != KD_ORIGIN_USER && kd_view_starts(text, KD_V("Linux version "));
}

/*
 * A boot ends where the next banner stands, or where the clock of the same host falls
 * back by more than consoles of several CPUs disagree.
 */
static uint32_t boot_of(struct scan *s, const struct kd_wline *l)
{
	bool same = same_host(s->boot_host, l->host);
	bool banner = is_banner(l->origin, l->text);
	bool back = l->has_mono && s->boot_timed && same && l->mono_us + BACK_US < s->boot_us;

	if ((banner && s->boot_lines) || back) {
		s->log->other_boots = ++s->boot;
		s->boot_timed = false;
	}
	s->boot_lines |= l->has_mono || l->origin == KD_ORIGIN_KERNEL || banner || l->kind;
	if (l->has_mono) {
		s->boot_timed = true;
		s->boot_us = l->mono_us;
	}
	if (!same)
		copy_text(s->boot_host, sizeof(s->boot_host), l->host);
	return s->boot;
}

static void stay(struct scan *s, size_t lines)
{
	if (s->stay < lines)
		s->stay = lines;
}

static void stay_short(struct scan *s, size_t lines)
{
	if (s->stay_short < lines)
		s->stay_short = lines;
}

/* Lines behind a header matter, of this kind (NULL: one that only syzbot knows). */
static void stay_behind(struct scan *s, const struct kd_kind *kind)
{
	if (kind && kind->infrastructure && s->o->no_infrastructure)
		stay(s, STAY_INFRA);
	else if (!kind || kind->needs_trace)
		stay(s, s->doubt = STAY_DOUBT);
	else
		stay(s, STAY);
}

/* A weak header was seen: is this line of the trace that it needs? */
static void resolve_doubt(struct scan *s, struct kd_wline *l)
{
	const struct kd_token *t;

	s->doubt--;
	if (l->origin == KD_ORIGIN_USER)
		return;
	t = kd_wline_token(l);
	if (t->cls != KD_TOK_STACK && t->cls != KD_TOK_PC &&
	    (t->cls != KD_TOK_FRAME || !t->frame.has_offset))
		return;
	s->doubt = 0;
	stay(s, STAY);
}

static void push(void *user, const struct kd_logline *in)
{
	struct scan *s = user;
	struct kd_wline *l;
	struct kd_arena *a = &s->text[s->cur];
	struct kd_wordset words;

	if (s->win.n >= WINDOW)
		return;
	l = &s->win.v[s->win.n];
	memset(l, 0, offsetof(struct kd_wline, tok));
	l->off = in->off;
	l->no = in->no;
	l->len = in->len;
	l->disguise = in->disguise;
	l->caller = in->caller;
	l->caller_id = in->caller_id;
	l->origin = in->origin;
	l->level = in->level;
	l->has_mono = in->has_mono;
	l->mono_us = in->mono_us;
	l->text = kd_arena_view(a, in->text);
	l->wall = in->wall.n ? kd_arena_view(a, in->wall) : KD_VNULL;
	l->host = in->host.n ? kd_arena_view(a, in->host) : KD_VNULL;
	if (!l->text.p)
		return;
	l->boot = boot_of(s, l);
	s->win.n++;
	if (in->has_mono && !s->log->has_time) {
		s->log->has_time = true;
		s->log->first_us = in->mono_us;
		s->log->starts_late = in->mono_us > 5000000;
	}
	s->log->kernel_text |= in->has_mono || in->origin == KD_ORIGIN_KERNEL;
	l->trig = kd_finder_all(s->finder, l->text, &words);
	s->stay -= s->stay > 0;
	if (s->doubt)
		resolve_doubt(s, l);
	if (!l->trig)
		return;
	stay_short(s, STAY_SHORT);
	log_facts(s, l, kd_match_line(s->match, l->text, &words, &l->kind, &l->syz));
	if (l->origin == KD_ORIGIN_USER) { /* who may print what it likes */
		l->kind = NULL;
		l->syz = 0;
		return;
	}
	if (l->kind || l->syz)
		stay_behind(s, l->kind);
	s->log->kernel_text |= l->kind && !l->kind->infrastructure;
}

/* All lines that are left go to the third arena; what their tokens point at is gone. */
static void move_text(struct scan *s)
{
	int spare = 3 - s->cur - s->old;
	struct kd_arena *a = &s->text[spare];

	for (size_t i = 0; i < s->win.n; i++) {
		struct kd_wline *l = &s->win.v[i];

		l->text = kd_arena_view(a, l->text);
		l->wall = l->wall.n ? kd_arena_view(a, l->wall) : KD_VNULL;
		l->host = l->host.n ? kd_arena_view(a, l->host) : KD_VNULL;
		l->tok_valid = false;
	}
	kd_arena_reset(&s->text[s->cur]);
	s->cur = spare;
}

/*
 * Drop the lines before `from`; the rest moves to the front. Mostly none of the older arena's
 * lines is left: then no text is copied and the tokens stay.
 */
static void compact(struct scan *s, size_t from)
{
	size_t n = s->win.n - from;
	int empty = s->old;

	s->win.v += from;
	if ((size_t)(s->lines + LINES - s->win.v) < WINDOW)
		s->win.v = memmove(s->lines, s->win.v, n * sizeof(*s->win.v));
	s->win.n = n;
	s->next -= from;
	if (from < s->n_old)
		move_text(s);
	kd_arena_reset(&s->text[empty]);
	s->old = s->cur;
	s->cur = empty;
	s->n_old = n;
}

/* The first line of the report, header or later, that syzbot would start at. */
static size_t syz_head(const struct scan *s, size_t head, const struct kd_report *r)
{
	for (size_t i = head, k = 0; i < s->win.n && k < r->nlines; i++) {
		while (k < r->nlines && r->lines[k].off < s->win.v[i].off)
			k++;
		if (k < r->nlines && r->lines[k].off == s->win.v[i].off && s->win.v[i].syz)
			return i;
	}
	return head;
}

static bool build_at(struct scan *s, size_t head, const struct kd_kind *kind)
{
	struct kd_report *r = NULL;

	kd_arena_reset(&s->arena);
	s->err = kd_engine_build(s->ctx, &s->arena, s->o, &s->win, head, kind, &r);
	if (s->err || !r)
		return false;
	r->index = s->index++;
	if (s->o->want == KD_WANT_ALL || s->o->relate)
		kd_relate_add(s->relate, r);
	if (s->o->want != KD_WANT_TABLE || !r->title.n)
		kd_syz_title(&s->arena, &s->win, syz_head(s, head, r), s->log->vm_lost, &r->syz);
	s->log->reports++;
	s->err = s->fn(s->user, r);
	return true;
}

/*
 * "---[ end trace" that belongs to no report: its beginning is missing or of no known kind. Where
 * did the block begin? KD_NPOS: it is no block. One line of other text in front names it.
 */
static size_t orphan(struct scan *s, size_t end)
{
	enum { BLOCK_MAX = 120 };
	size_t first = KD_NPOS;
	bool trace = false;

	for (size_t i = end; i-- > 0 && end - i < BLOCK_MAX;) {
		struct kd_wline *l = &s->win.v[i];
		uint8_t cls;

		if (!kd_wline_same_context(l, &s->win.v[end]))
			continue;
		cls = kd_wline_token(l)->cls;
		if (l->owned || l->kind || cls == KD_TOK_ENDTRACE || cls == KD_TOK_REBOOT)
			break;
		first = i;
		trace |= (cls == KD_TOK_FRAME && l->tok.frame.has_offset) || cls == KD_TOK_PC;
		if (cls == KD_TOK_OTHER)
			break;
	}
	return trace ? first : KD_NPOS;
}

static bool is_orphan(struct scan *s, size_t i)
{
	struct kd_wline *l = &s->win.v[i];

	return l->trig && !l->owned && !l->kind && l->origin != KD_ORIGIN_USER &&
	       kd_wline_token(l)->cls == KD_TOK_ENDTRACE;
}

/* Ask the lines that have enough behind them; all of them at the end of input. */
static void process(struct scan *s, bool all)
{
	while (!s->err && s->next < s->win.n) {
		struct kd_wline *l = &s->win.v[s->next];

		if (l->kind && !l->owned) {
			if (!all && s->win.n - s->next < LOOK)
				return;
			build_at(s, s->next, l->kind);
		} else if (is_orphan(s, s->next)) {
			size_t first = orphan(s, s->next);

			if (first != KD_NPOS)
				build_at(s, first, kd_kind_by_name(KD_V("unknown")));
		}
		s->next++;
	}
}

/* The window is full or nobody needs its front any more. */
static void make_room(struct scan *s, bool quiet)
{
	size_t from;

	if (s->win.n < WINDOW - 64 && !quiet)
		return;
	process(s, false);
	from = s->next > KEEP ? s->next - KEEP : 0;
	if (!from && s->win.n >= WINDOW - 64)
		from = s->next = s->win.n / 2;
	if (from)
		compact(s, from);
}

static struct kd_error *fill(struct scan *s)
{
	size_t keep = s->pos, got = 0, lines = 0;
	struct kd_error *err;

	/* Keep some lines before pos, so that a trigger can look back. */
	while (keep > s->fed && lines <= BACK_LINES && s->pos - keep < BACK_BYTES) {
		keep--;
		lines += s->block[keep] == '\n';
	}
	if (keep > s->fed && lines > BACK_LINES)
		keep++;
	if (keep) {
		memmove(s->block, s->block + keep, s->have - keep);
		s->have -= keep;
		s->pos -= keep;
		s->fed = s->fed > keep ? s->fed - keep : 0;
		s->base += keep;
	}
	while (!s->eof && s->have < s->cap) {
		err = kd_source_read(s->src, s->block + s->have, s->cap - s->have, &got);
		if (err)
			return err;
		if (!got)
			s->eof = true;
		s->have += got;
		s->log->bytes += got;
	}
	if (s->o->tick)
		s->o->tick(s->o->tick_user);
	return kd_ctx_check(s->ctx);
}

/* End (past the \n) of the line at `at`; have when the block holds no more of it. */
static size_t line_end(const struct scan *s, size_t at)
{
	const char *nl = memchr(s->block + at, '\n', s->have - at);

	return nl ? (size_t)(nl - s->block) + 1 : s->have;
}

static void feed_one(struct scan *s)
{
	size_t end = line_end(s, s->pos);
	struct kd_view raw = kd_view(s->block + s->pos, end - s->pos);

	if (raw.n && raw.p[raw.n - 1] == '\n')
		raw.n--;
	if (raw.n && raw.p[raw.n - 1] == '\r')
		raw.n--;
	kd_printk_feed_next(s->printk, raw, (uint32_t)(end - s->pos), s->base + s->pos, s->line,
			    kd_view(s->block + end, s->have - end));
	s->line += s->block[end - 1] == '\n' || (s->eof && end == s->have);
	s->fed_line = s->line;
	s->stay_short -= s->stay_short > 0;
	s->pos = s->fed = end;
}

/* Step back from `at` over lines that were not fed yet. */
static void look_back(struct scan *s, size_t at)
{
	size_t n = 0;

	while (at > s->fed && s->block[at - 1] != '\n')
		at--;
	s->pos = at;
	while (at > s->fed && n < BACK_LINES) {
		at--;
		while (at > s->fed && s->block[at - 1] != '\n')
			at--;
		s->pos = at;
		n++;
	}
}

/* Complete lines in the block end here. */
static size_t complete(const struct scan *s)
{
	const char *nl;

	if (s->eof)
		return s->have;
	nl = memrchr(s->block + s->pos, '\n', s->have - s->pos);
	if (nl)
		return (size_t)(nl - s->block) + 1;
	/* A line longer than the block goes on in pieces: fill() has no more room to make. */
	return s->have == s->cap && s->pos <= BACK_BYTES ? s->have : s->pos;
}

static struct kd_error *active(struct scan *s)
{
	size_t limit = complete(s);

	while (!s->err && s->pos < limit && (s->stay || s->stay_short)) {
		feed_one(s);
		if (s->win.n >= WINDOW - 64)
			make_room(s, false);
	}
	return kd_take(s->err);
}

/* The lines that were fed are followed by a gap or nothing: what waits is decided now. */
static struct kd_error *settle(struct scan *s)
{
	kd_printk_flush(s->printk);
	process(s, true);
	s->win.v = s->lines;
	s->win.n = s->next = s->n_old = 0;
	kd_arena_reset(&s->text[s->cur]);
	return kd_take(s->err);
}

enum { BEFORE = 1, HERE, BEHIND };

static void glanced(void *user, const struct kd_logline *in)
{
	struct scan *s = user;
	struct kd_wline l = {.text = in->text, .no = s->line};
	struct kd_wordset words;

	if (in->disguise & KD_DIS_REJOINED)
		s->glance.near = true;
	if (in->no != HERE)
		return;
	s->glance.given = true;
	if (!kd_finder_all(s->finder, in->text, &words))
		return;
	log_facts(s, &l, kd_match_line(s->match, in->text, &words, &l.kind, &l.syz));
	if (is_banner(in->origin, in->text) || (in->origin != KD_ORIGIN_USER && (l.kind || l.syz)))
		s->glance.near = true;
}

static void glance_feed(struct scan *s, size_t from, size_t end, uint64_t no)
{
	struct kd_view raw = kd_view(s->block + from, end - from);

	if (raw.n && raw.p[raw.n - 1] == '\n')
		raw.n--;
	if (raw.n && raw.p[raw.n - 1] == '\r')
		raw.n--;
	kd_printk_feed(s->probe, raw, (uint32_t)(end - from), from, no);
}

/*
 * Some words are common in ordinary logs. Their line is decoded alone - with its neighbours,
 * for it may be half of a wrapped one - before all that stands around it. pos and line are
 * those of the line. false: it is no header.
 */
static bool glance(struct scan *s)
{
	size_t at = s->pos, end = line_end(s, at), before = at, behind;

	if (s->glance.line == s->line)
		return s->glance.near;
	s->glance = (struct glance){.line = s->line, .near = true};
	if (end - at > GLANCE_MAX)
		return true;
	s->glance.near = false;
	while (before && at - before < GLANCE_MAX && (before == at || s->block[before - 1] != '\n'))
		before--;
	if (before < at)
		glance_feed(s, before, at, BEFORE);
	glance_feed(s, at, end, HERE);
	behind = end < s->have ? line_end(s, end) : end;
	if (behind > end && behind - end < GLANCE_MAX)
		glance_feed(s, end, behind, BEHIND);
	kd_printk_flush(s->probe);
	s->glance.near |= !s->glance.given;
	return s->glance.near;
}

/* To the line that `at` is in. */
static void go_to_line(struct scan *s, size_t at)
{
	while (at > s->pos && s->block[at - 1] != '\n')
		at--;
	s->line += kd_count_byte(kd_view(s->block + s->pos, at - s->pos), '\n');
	s->pos = at;
}

/* Moves to the line of the next word that needs its surroundings; false: there is none. */
static bool next_word(struct scan *s, size_t limit)
{
	struct kd_view t = kd_view(s->block, limit);
	size_t from = s->pos, at, which;

	for (;; from = at + 1) {
		at = kd_finder_next(s->finder, t, from, &which);
		if (at == KD_NPOS)
			break;
		go_to_line(s, at);
		if (which >= s->n_common || !s->log->kernel_text || glance(s))
			return true;
	}
	s->line += kd_count_byte(kd_view(s->block + s->pos, limit - s->pos), '\n');
	s->line += s->eof && limit == s->have && s->block[limit - 1] != '\n';
	s->pos = limit;
	return false;
}

/*
 * Pass over ordinary text. When a word is found, pos is where to start feeding; that may be
 * where feeding ended, and then it goes on as if it had not been interrupted.
 */
static struct kd_error *pass_over(struct scan *s)
{
	size_t at;

	if (!next_word(s, complete(s)))
		return NULL;
	at = s->pos;
	look_back(s, at);
	s->line -= kd_count_byte(kd_view(s->block + s->pos, at - s->pos), '\n');
	stay_short(s, BACK_LINES + STAY_SHORT);
	return s->line == s->fed_line ? NULL : settle(s);
}

static struct kd_error *run(struct scan *s)
{
	struct kd_error *err;

	for (;;) {
		if (s->pos >= complete(s)) {
			if (s->eof && s->pos >= s->have)
				break;
			err = fill(s);
		} else {
			err = s->stay || s->stay_short ? active(s) : pass_over(s);
		}
		if (err)
			return err;
	}
	s->log->lines = s->line - 1;
	return settle(s);
}

/*
 * What a scan needs and does not depend on its log: kept with the context, since many logs are short. The rooms are
 * taken out while a scan has them, so that its callback may scan something else.
 */
struct scan_tools {
	struct kd_finder *finder;
	struct kd_match *match;
	size_t n_common;
	struct kd_wline *lines; /* LINES */
	char *block; /* BLOCK */
};

static void free_tools(void *p)
{
	struct scan_tools *t = p;

	kd_finder_free(t->finder);
	kd_match_free(t->match);
	kd_free(t->lines);
	kd_free(t->block);
	kd_free(t);
}

static struct scan_tools *tools_of(struct kd_ctx *ctx)
{
	struct kd_ctx_slot *slot = &ctx->slot[KD_SLOT_REPORT];
	struct scan_tools *t = slot->p;
	const struct kd_word *words;
	size_t n;

	if (t)
		return t;
	t = kd_xcalloc(1, sizeof(*t));
	words = kd_words(&n, &t->n_common);
	t->finder = kd_finder_new(words, n);
	t->match = kd_match_new(t->finder);
	*slot = (struct kd_ctx_slot){t, free_tools};
	return t;
}

/* Of rooms that are no longer needed one is kept. */
static void give_back(struct scan_tools *t, struct scan *s)
{
	if (t->lines)
		kd_free(s->lines);
	else
		t->lines = s->lines;
	if (t->block || s->cap != BLOCK)
		kd_free(s->block);
	else
		t->block = s->block;
}

struct kd_error *kd_scan(struct kd_ctx *ctx, struct kd_source *src, const struct kd_scan_opts *o,
			 kd_report_fn *fn, void *user, struct kd_scan_log *ret)
{
	struct scan s = {.ctx = ctx, .src = src, .o = o, .fn = fn, .user = user, .log = ret};
	struct scan_tools *t = tools_of(ctx);
	struct kd_error *err;

	memset(ret, 0, sizeof(*ret));
	s.n_common = t->n_common;
	s.finder = t->finder;
	s.match = t->match;
	s.probe = kd_printk_new(&kd_printk_default_limits, glanced, &s);
	s.relate = kd_relate_new();
	s.printk = kd_printk_new(&kd_printk_default_limits, push, &s);
	s.text[0] = s.text[1] = s.text[2] = KD_ARENA_INIT((size_t)16 << 20);
	s.old = 1;
	s.arena = KD_ARENA_INIT(ctx->limits.report_memory);
	s.lines = kd_take(t->lines);
	if (!s.lines)
		s.lines = kd_xcalloc(LINES, sizeof(*s.lines));
	s.win.v = s.lines;
	s.cap = BLOCK;
	s.block = kd_take(t->block);
	if (!s.block)
		s.block = kd_xmalloc(s.cap);
	s.line = 1;
	s.stay = STAY; /* the beginning says what kind of log this is, and its first time */
	err = run(&s);
	kd_printk_stats(s.printk, &ret->printk);
	kd_printk_free(s.printk);
	kd_printk_free(s.probe);
	kd_relate_free(s.relate);
	for (size_t i = 0; i < KD_ARRAY_LEN(s.text); i++)
		kd_arena_deinit(&s.text[i]);
	kd_arena_deinit(&s.arena);
	give_back(t, &s);
	return err;
}
