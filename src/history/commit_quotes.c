// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which lines of a message are text of a kernel's log. People indent it, cut it, take the time stamps off or
 * leave "[ ]" of them, quote it with "> ", and put "..." where something was. A block is a run of lines that
 * only a kernel prints, with at most a line of other text between two of them.
 */
#include "base/alloc.h"
#include "format/printk.h"
#include "history/commit_internal.h"
#include "report/token.h"

enum sort {
	PROSE,
	EMPTY,
	SOFT,  /* could be anything, belongs to a log when next to one: "...", rulers */
	ROW,   /* the same: rows of memory, lockdep's picture */
	HARD,  /* only a kernel prints it */
	HEAD,  /* the first line of a report */
	FRAME, /* a function of a stack */
	TIMED, /* "[   12.345678] …" */
};

struct line {
	uint8_t sort; /* enum sort */
	struct kd_view text; /* without prefix */
	struct kd_token tok;
};

/* ---- one line ---- */

static const struct kd_view heads[] = {
	{"BUG: ", 5}, {"WARNING: ", 9}, {"kernel BUG at ", 14}, {"Kernel BUG at ", 14}, {"Kernel panic - ", 15},
	{"Unable to handle kernel ", 24}, {"general protection fault", 24}, {"divide error: ", 14},
	{"invalid opcode: ", 16}, {"Internal error: ", 16}, {"UBSAN: ", 7}, {"KASAN: ", 7}, {"INFO: task ", 11},
	{"INFO: rcu", 9}, {"INFO: possible ", 15}, {"INFO: trying to ", 16}, {"unreferenced object 0x", 22},
	{"watchdog: BUG: ", 15}, {"rcu: INFO: ", 11}, {"NMI watchdog: ", 14}, {"Oops: ", 6}, {"Oops[", 5},
	{"stack segment: ", 15}, {"refcount_t: ", 12}, {"list_add corruption", 19}, {"list_del corruption", 19},
	{"double fault: ", 14}, {"Unhandled fault: ", 17}, {"sysfs: cannot create duplicate", 30},
	{"NETDEV WATCHDOG: ", 17}, {"Kernel attempted to ", 20}, {"DEBUG_LOCKS_WARN_ON", 19}, {"NULL pointer dereference", 24},
	{"CFI failure at ", 15}, {"int3: ", 6}, {"traps: ", 7}, {"page fault: ", 12}, {"Bad page state", 14}, {"usercopy: ", 10},
};

static const struct kd_view hards[] = {
	{"Read of size ", 13}, {"Write of size ", 14}, {"The buggy address ", 18}, {"Memory state around ", 20},
	{"which belongs to the cache ", 27}, {"page dumped because: ", 21}, {"page:", 5}, {"raw: ", 5},
	{"read to 0x", 10}, {"write to 0x", 11}, {"read-write to 0x", 16}, {"value changed: 0x", 17},
	{"Reported by Kernel Concurrency Sanitizer", 40}, {"which lock already depends on", 29},
	{"the existing dependency chain", 29}, {"other info that might help", 26}, {"Possible unsafe locking", 23},
	{"possible unsafe locking", 23}, {"*** DEADLOCK ***", 16}, {"but task is already holding", 27}, {"-> #", 4},
	{"Chain exists of:", 16}, {"stack backtrace:", 16}, {"irq event stamp: ", 17}, {"hardirqs last ", 14},
	{"softirqs last ", 14}, {"Local variable ", 15}, {"Bytes ", 6}, {"Memory access of size ", 22},
	{"Data copied to user", 19}, {"hex dump (first ", 16}, {"comm \"", 6}, {"page_owner ", 11},
	{"\"echo 0 > /proc/sys/kernel/hung", 31}, {"Tainted: ", 9}, {"Showing all locks held", 22},
	{"task:", 5}, {"Sending NMI ", 12}, {"NMI backtrace ", 14}, {"Kernel Offset: ", 15}, {"PREEMPT SMP", 11},
	{"in_atomic(): ", 13}, {"RCU used illegally", 18}, {"rcu_scheduler_active", 20}, {"Comm: ", 6}, {"lock-classes", 12},
	{"suspicious RCU usage", 20}, {"other lock-type", 15}, {"KASAN: ", 7}, {"kernel tried to execute", 23},
	{"The buggy address", 17}, {"Object ", 7}, {"Redzone ", 8}, {"pgd = ", 6}, {"Call Trace", 10}, {"Call trace", 10},
	{"head:", 5}, {"page_type: ", 11}, {"memcg:", 6}, {"aops:", 5}, {"flags: 0x", 9}, {"Freed in ", 9},
	{"Allocated in ", 13}, {"stack trace:", 12}, {"preempt_count: ", 15}, {"RCU nest depth: ", 16}, {"swapper pgtable", 15}, {"#PF: ", 5},
};

static bool any_start(const struct kd_view *words, size_t n, struct kd_view v)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_starts(v, words[i]))
			return true;
	return false;
}

/* Blanks (also U+00A0, that mailers put in) and marks of quoting. */
static void skip_quoting(struct kd_view *v)
{
	while (v->n) {
		if (kd_is_blank(*v->p) || *v->p == '>' || *v->p == '|')
			*v = kd_view(v->p + 1, v->n - 1);
		else if (!kd_view_skip(v, KD_V("\xc2\xa0")))
			return;
	}
}

/* "[ ]", "[   35.961814 ]", "[12]", "[T123]", "[..]" in front: what is left of a time stamp. */
static bool skip_stamp(struct kd_view *v, bool *time)
{
	struct kd_view w = *v;
	size_t at, digits = 0, dots = 0;

	if (!kd_view_skip(&w, KD_V("[")))
		return false;
	at = kd_view_chr(kd_view_head(w, 24), ']');
	if (at == KD_NPOS)
		return false;
	for (size_t i = 0; i < at; i++) {
		char ch = w.p[i];

		if (!kd_is_digit(ch) && !strchr(". TCx*,<>", ch))
			return false;
		digits += kd_is_digit(ch);
		dots += ch == '.';
	}
	*time = *time || (digits > 1 && dots == 1);
	*v = kd_view_from(w, at + 1);
	if (kd_view_starts(*v, KD_V(" ")))
		*v = kd_view_from(*v, 1);
	return true;
}

static bool all_of(struct kd_view v, const char *set)
{
	for (size_t i = 0; i < v.n; i++)
		if (!strchr(set, v.p[i]) || !v.p[i])
			return false;
	return v.n > 0;
}

/* "...", "[...]", "<snip>", "[snip]", "^", "----   ----" */
static bool is_gap(struct kd_view v)
{
	v = kd_view_trim(v);
	if (kd_view_ieq(v, KD_V("<snip>")) || kd_view_ieq(v, KD_V("[snip]")) || kd_view_ieq(v, KD_V("snip")))
		return true;
	return all_of(v, ".[]<> ^-=*~\xe2\x80\xa6") && v.n < 100;
}

/* "ffff888012345600: fa fb …", ">ffff…", "page: …": rows of memory; "CPU0   CPU1", "lock(&x);" of lockdep's picture */
static bool is_soft(struct kd_view v)
{
	struct kd_view w = kd_view_trim(v);
	uint64_t x;
	size_t n;

	kd_view_skip(&w, KD_V(">"));
	if (kd_view_starts(w, KD_V("CPU0")) || kd_view_starts(w, KD_V("lock(")) || kd_view_starts(w, KD_V("<Interrupt>")))
		return true;
	n = w.n;
	if (!kd_view_take_hex(&w, &x) || n - w.n < 8)
		return false;
	return kd_view_starts(w, KD_V(":")) || kd_view_starts(w, KD_V(" ")) || !w.n;
}

/* Lockdep and the line of the kernel's release in the middle of a report. */
static bool is_hard(struct kd_view v)
{
	static const struct kd_view inside[] = {
		{" Not tainted", 12}, {" suspicious rcu_dereference", 27}, {" is trying to acquire lock", 26}, {"}, at:", 6}, {" Tainted: ", 10},
		{" locks held by ", 15}, {" lock held by ", 14},
	};

	if (any_start(hards, KD_ARRAY_LEN(hards), v))
		return true;
	for (size_t i = 0; i < KD_ARRAY_LEN(inside); i++)
		if (v.n > inside[i].n && v.n < 300 && kd_view_has(v, inside[i]))
			return true;
	return false;
}

/* "ffffffff91462b57 tcp_sendmsg+0x27", "tcp_sendmsg+0x27": no size behind the offset, as profilers print it. */
static bool short_frame(struct kd_view v, struct kd_frame *f)
{
	struct kd_view w = v;
	uint64_t x;
	size_t n = 0;

	if (kd_view_take_hex(&w, &x) && v.n - w.n == 16 && w.n && kd_is_blank(*w.p))
		v = kd_view_trim(w);
	while (n < v.n && (kd_is_word(v.p[n]) || v.p[n] == '.'))
		n++;
	w = kd_view_from(v, n);
	if (!n || kd_is_digit(*v.p) || !kd_view_skip(&w, KD_V("+0x")) || !kd_view_take_hex(&w, &x) ||
	    (w.n && !kd_view_starts(w, KD_V(" [")) && !kd_view_starts(w, KD_V(" ("))))
		return false;
	f->func = kd_view_head(v, n);
	f->reliable = true;
	return true;
}

/* Below a heading: "foo", "foo()", "? foo", "=> foo", "foo [mod]", and no other word. */
static bool bare_name(struct kd_view v, struct kd_frame *f)
{
	size_t n = 0;

	v = kd_view_trim(v);
	f->reliable = !kd_view_skip(&v, KD_V("? "));
	if (kd_view_skip(&v, KD_V("-> ")) || kd_view_skip(&v, KD_V("=> ")) || kd_view_skip(&v, KD_V("- ")))
		kd_view_skip_blank(&v);
	while (n < v.n && (kd_is_word(v.p[n]) || v.p[n] == '.'))
		n++;
	if (n < 3 || kd_is_digit(*v.p) || v.p[n - 1] == '.')
		return false;
	f->func = kd_view_head(v, n);
	v = kd_view_from(v, n);
	kd_view_skip(&v, KD_V("()"));
	v = kd_view_trim(v);
	if (v.n > 2 && *v.p == '[' && v.p[v.n - 1] == ']' && kd_view_chr(v, ' ') == KD_NPOS) {
		f->module = kd_view(v.p + 1, v.n - 2);
		return true;
	}
	return !v.n;
}

static uint8_t sort_token(const struct line *l)
{
	switch (l->tok.cls) {
	case KD_TOK_FRAME:
		return FRAME;
	case KD_TOK_OTHER:
		return PROSE;
	case KD_TOK_BLANK:
		return EMPTY;
	case KD_TOK_STACKDUMP:
		return ROW;
	case KD_TOK_RULER:
		return SOFT;
	case KD_TOK_PROCESS:
	case KD_TOK_LR:
		return l->tok.frame.func.n || l->tok.frame.has_addr ? HARD : SOFT;
	case KD_TOK_OOPS:
		return HEAD;
	default:
		return HARD;
	}
}

static void look(struct kd_view raw, bool in_stack, struct line *l)
{
	struct kd_logline log;
	struct kd_view v = raw;
	bool timed = false;

	skip_quoting(&v);
	while (skip_stamp(&v, &timed))
		;
	kd_printk_strip(v, &log);
	l->text = log.text;
	timed = timed || log.has_mono;
	kd_token_parse(l->text, &l->tok);
	l->sort = sort_token(l);
	v = kd_view_trim(l->text);
	if (l->sort == PROSE || l->sort == EMPTY) {
		if (!v.n)
			l->sort = v.p != NULL && raw.n && timed ? TIMED : EMPTY;
		else if (any_start(heads, KD_ARRAY_LEN(heads), v))
			l->sort = HEAD;
		else if (is_hard(v))
			l->sort = HARD;
		else if (short_frame(v, &l->tok.frame))
			l->sort = FRAME;
		else if (is_soft(v))
			l->sort = ROW;
		else if (is_gap(v))
			l->sort = SOFT;
		else if (in_stack && bare_name(v, &l->tok.frame))
			l->sort = FRAME;
	}
	if (timed && (l->sort == PROSE || l->sort == SOFT || l->sort == ROW))
		l->sort = TIMED;
}

/* ---- blocks ---- */

/* Is there anything in the message for which it pays to look closer? */
static bool worth_it(const struct kd_cparse *p)
{
	struct kd_view m = p->c->message;

	for (size_t at = p->body_first < p->c->nlines ? p->c->lines[p->body_first].off : m.n; at < m.n;) {
		size_t k = kd_view_chr(kd_view_from(m, at), '+');

		if (k == KD_NPOS)
			break;
		at += k + 1;
		if (kd_view_starts(kd_view_from(m, at), KD_V("0x")))
			return true;
	}
	for (size_t i = p->body_first; i < p->c->nlines; i++) {
		struct kd_view v = kd_cline(p, i);
		bool timed = false;

		skip_quoting(&v);
		if (!v.n || !strchr("[CcBWKUODIkugdisrt", *v.p))
			continue;
		if ((*v.p == '[' && skip_stamp(&v, &timed)) || kd_view_istarts(v, KD_V("Call trace")) ||
		    any_start(heads, KD_ARRAY_LEN(heads), v))
			return true;
	}
	return false;
}

static void name(struct kd_cparse *p, struct kd_view func, struct kd_view module, size_t line, bool unsure, bool at)
{
	struct kd_quoted_func *f;

	func = kd_func_base(func);
	if (!func.n)
		return;
	f = kd_cpush(p, funcs);
	if (!f)
		return;
	f->func = func;
	f->module = module;
	f->line = (uint32_t)line;
	f->unsure = unsure;
	f->at = at;
}

/* "… in foo+0x1/0x2 [mod]": every symbol with an offset that a line of text names. */
static void names_in(struct kd_cparse *p, struct kd_view v, size_t line)
{
	size_t at;

	while ((at = kd_view_find(v, KD_V("+0x"))) != KD_NPOS) {
		size_t a = at;

		while (a > 0 && (kd_is_word(v.p[a - 1]) || v.p[a - 1] == '.'))
			a--;
		if (a < at && !kd_is_digit(v.p[a]))
			name(p, kd_view(v.p + a, at - a), KD_VNULL, line, false, true);
		v = kd_view_from(v, at + 3);
	}
}

static void names(struct kd_cparse *p, const struct line *l, size_t i, bool *frames)
{
	if (l->sort == FRAME) {
		name(p, l->tok.frame.func, l->tok.frame.module, i, !l->tok.frame.reliable, false);
		*frames = true;
	} else if (l->tok.cls == KD_TOK_PC) {
		name(p, l->tok.frame.func, l->tok.frame.module, i, false, true);
	} else if (l->sort >= HARD) {
		names_in(p, l->text, i);
	}
}

/* A run of lines that may become a quote. */
struct block {
	size_t first, last; /* lines, both in it */
	unsigned hard, frames, heads, timed;
	unsigned gap; /* hundredths since `last`: a line of text 100, a blank one 34 */
	bool open;
	size_t nfuncs; /* names that there were before it */
};

/* More than one line of text, or one between blank lines, ends a block. */
enum { GAP_TEXT = 100, GAP_BLANK = 34, GAP_MAX = 140 };

static void close_block(struct kd_cparse *p, struct block *b)
{
	bool good = b->frames >= 2 || (b->frames && b->hard >= 2) || b->timed || (b->heads && b->hard >= 2) || b->hard >= 3;
	struct kd_quote *q;

	b->open = false;
	if (!good) {
		p->funcs.n = b->nfuncs;
		return;
	}
	q = kd_cpush(p, quotes);
	if (!q)
		return;
	q->line = (uint32_t)b->first;
	q->nlines = (uint32_t)(b->last - b->first + 1);
	q->func = (uint32_t)b->nfuncs;
	q->nfuncs = (uint32_t)(p->funcs.n - b->nfuncs);
	q->trace = b->frames > 0;
	for (size_t i = b->first; i <= b->last; i++)
		if (p->c->lines[i].role != KD_LINE_BLANK)
			p->c->lines[i].role = KD_LINE_TRACE;
}

static void take(struct kd_cparse *p, struct block *b, const struct line *l, size_t i)
{
	bool frames = false;

	if (!b->open)
		*b = (struct block){.open = true, .first = i, .nfuncs = p->funcs.n};
	b->last = i;
	b->gap = 0;
	b->hard += l->sort >= HARD;
	b->heads += l->sort == HEAD;
	b->timed += l->sort == TIMED;
	names(p, l, i, &frames);
	b->frames += frames;
}

/* Where the search stands. */
struct state {
	struct block b;
	bool in_stack; /* names alone are frames here */
	size_t soft;   /* the last line that was SOFT or ROW; KD_NPOS: another came since */
};

static void hard_line(struct kd_cparse *p, struct state *s, const struct line *l, size_t i)
{
	if (!s->b.open && s->soft != KD_NPOS && s->soft + 1 == i)
		s->b = (struct block){.open = true, .first = s->soft, .nfuncs = p->funcs.n};
	take(p, &s->b, l, i);
	s->in_stack = l->tok.cls == KD_TOK_STACK || l->tok.cls == KD_TOK_MARK || (s->in_stack && l->sort == FRAME) ||
		      kd_view_istarts(kd_view_trim(l->text), KD_V("Call trace"));
	s->soft = KD_NPOS;
}

static void other_line(struct kd_cparse *p, struct state *s, const struct line *l, size_t i)
{
	if (l->sort == SOFT || l->sort == ROW) {
		if (s->b.open && (s->b.gap < GAP_TEXT || l->sort == ROW)) {
			s->b.last = i;
			s->b.gap = 0;
		}
		s->soft = i;
		return;
	}
	s->soft = KD_NPOS;
	s->b.gap += l->sort == EMPTY ? GAP_BLANK : GAP_TEXT;
	s->in_stack = s->in_stack && l->sort == EMPTY && s->b.gap <= GAP_BLANK;
	if (s->b.open && s->b.gap > GAP_MAX)
		close_block(p, &s->b);
}

void kd_commit_quotes(struct kd_cparse *p)
{
	struct state s = {.soft = KD_NPOS};

	if (!worth_it(p))
		return;
	for (size_t i = p->body_first; i < p->c->nlines && !p->nomem; i++) {
		struct line l;

		if (p->c->lines[i].role == KD_LINE_TRAILER || p->c->lines[i].role == KD_LINE_NOTE) {
			if (s.b.open)
				close_block(p, &s.b);
			s.in_stack = false;
			continue;
		}
		look(kd_cline(p, i), s.in_stack, &l);
		if (l.sort >= HARD)
			hard_line(p, &s, &l, i);
		else
			other_line(p, &s, &l, i);
	}
	if (s.b.open)
		close_block(p, &s.b);
}
