// SPDX-License-Identifier: GPL-2.0-or-later
/* Definitions of a C file; those of assembler are in body_asm.c. */
#include "source/body.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "source/body_asm.h"
#include "source/body_macro.h"
#include "source/lex.h"

enum {
	COND_MAX = 64, /* nested #if; deeper ones are read as if they were not there */
	OPEN_MAX = 8, /* definitions that end at the same brace: one for each branch */
	ALT_MAX = 4,
};

enum prev { PREV_NONE, PREV_IDENT, PREV_KEYWORD, PREV_CLOSE, PREV_OTHER };

/* A name that is followed by an argument list. */
struct cand {
	struct kd_view name, arg;
	uint32_t line;
	bool bare; /* nothing but storage words before it: a macro, perhaps */
	bool again; /* a second list follows the first: FNAME(x)(args) */
	bool declarator; /* int (*name(args))(args): the second list is the result's */
};

/* What is known of the text since the last statement at file scope ended. */
struct stmt {
	uint32_t first_line; /* 0: nothing yet */
	uint32_t after_macro; /* line of the first token behind a macro call that began it; 0 */
	bool began_with_macro; /* … and nothing is behind it yet */
	bool language; /* extern "C" */
	bool has_eq, is_static, is_typedef, has_type, tail_struct, from_macro;
	struct cand cand;
	struct cand alt[ALT_MAX];
	uint8_t nalt;
	uint32_t paren, pbrace; /* braces within lists */
	bool comma; /* the latest token in a list is one */
	enum prev prev;
	struct kd_view prev_ident;
	uint32_t prev_line;
	struct kd_view owner; /* of the list that is open */
	uint32_t owner_line;
	bool owner_after_close, owner_bare;
	bool group_fresh; /* the list is open and had no token yet */
	bool declarator; /* it began with '*': int (*name(…))(…) */
	struct kd_view inner; /* last name in it, waiting for '(' */
	struct cand inner_cand;
	struct kd_view first_arg;
};

/* All that #else takes back. */
struct state {
	struct stmt s;
	uint32_t depth;
	bool in_function;
	bool open_at_0; /* the outermost brace stands in column 0 */
	bool unsure; /* branches did not agree about the depth */
};

struct cond {
	struct state at_if, first_end;
	bool has_first; /* first_end is set */
	bool dead; /* this branch is never compiled */
	bool branches; /* more than one live branch */
	uint32_t first_id, id; /* of branches */
};

struct open_def {
	size_t def;
	uint32_t branch;
};

struct scan {
	struct kd_lex lx;
	struct state st;
	struct kd_bodies *out;
	const struct kd_body_idents *idents;
	struct cond *cond;
	unsigned nconds, too_deep, dead_depth;
	uint32_t next_branch;
	struct open_def open[OPEN_MAX];
	unsigned nopen;
	/* the first brace in column 0 since the outermost brace opened, while deeper */
	struct kd_lex sync;
	bool has_sync;
};

/* ---- conditions ---- */

static uint32_t branch_of(const struct scan *x)
{
	return x->nconds ? x->cond[x->nconds - 1].id : 0;
}

static bool is_sibling(const struct scan *x, uint32_t id)
{
	for (unsigned i = 0; i < x->nconds; i++)
		if (id >= x->cond[i].first_id && id < x->cond[i].id)
			return true;
	return false;
}

/* The condition of an #if that is only a number. */
static int constant_of(struct scan *x)
{
	struct kd_lex ahead = x->lx;
	struct kd_view v;

	if (!kd_lex_next(&ahead) || ahead.tok != KD_TOK_NUMBER)
		return -1;
	v = ahead.text;
	if (!kd_lex_next(&ahead) || ahead.tok != KD_TOK_PPEND)
		return -1;
	return kd_view_eq(v, KD_V("0")) ? 0 : 1;
}

static void cond_push(struct scan *x, bool may_be_constant)
{
	struct cond *c;
	int constant = may_be_constant ? constant_of(x) : -1;

	if (x->nconds == COND_MAX) {
		x->too_deep++;
		return;
	}
	c = &x->cond[x->nconds++];
	c->at_if = x->st;
	c->has_first = c->branches = false;
	c->dead = constant == 0;
	c->first_id = c->id = ++x->next_branch;
}

static void keep_first(struct scan *x, struct cond *c)
{
	if (c->dead)
		return;
	if (!c->has_first) {
		c->first_end = x->st;
		c->has_first = true;
		return;
	}
	c->branches = true;
	/* another branch ended in the middle of a head: both heads belong to the body that comes */
	if (x->st.s.cand.name.n && !x->st.depth && !c->first_end.depth &&
	    c->first_end.s.nalt < ALT_MAX && x->st.s.cand.line != c->first_end.s.cand.line &&
	    x->st.s.cand.line != c->at_if.s.cand.line && c->first_end.s.cand.name.n)
		c->first_end.s.alt[c->first_end.s.nalt++] = x->st.s.cand;
	if (x->st.depth != c->first_end.depth)
		c->first_end.unsure = true;
}

static void cond_else(struct scan *x, bool is_elif)
{
	struct cond *c;

	if (x->too_deep || !x->nconds)
		return;
	c = &x->cond[x->nconds - 1];
	keep_first(x, c);
	x->st = c->at_if;
	c->dead = is_elif && constant_of(x) == 0;
	c->id = ++x->next_branch;
}

static void cond_end(struct scan *x)
{
	struct cond *c;
	uint32_t parent;

	if (x->too_deep) {
		x->too_deep--;
		return;
	}
	if (!x->nconds)
		return;
	c = &x->cond[x->nconds - 1];
	keep_first(x, c);
	if (c->has_first) {
		if (c->first_end.depth != c->at_if.depth)
			c->first_end.unsure = true;
		x->st = c->first_end;
	} else {
		x->st = c->at_if;
	}
	x->nconds--;
	parent = branch_of(x);
	for (unsigned i = 0; i < x->nopen; i++)
		if (x->open[i].branch >= c->first_id)
			x->open[i].branch = parent;
}

static bool is_dead(const struct scan *x)
{
	return x->nconds && x->cond[x->nconds - 1].dead;
}

static void directive(struct scan *x)
{
	struct kd_view d = x->lx.text;
	bool opens = kd_view_starts(d, KD_V("if"));

	if (is_dead(x)) {
		/* conditions within what is never compiled are only counted */
		if (opens)
			x->dead_depth++;
		else if (x->dead_depth && kd_view_eq(d, KD_V("endif")))
			x->dead_depth--;
		else if (!x->dead_depth && kd_view_starts(d, KD_V("el")))
			cond_else(x, kd_view_starts(d, KD_V("elif")));
		else if (!x->dead_depth && kd_view_eq(d, KD_V("endif")))
			cond_end(x);
		return;
	}
	if (opens)
		cond_push(x, kd_view_eq(d, KD_V("if")));
	else if (kd_view_starts(d, KD_V("el")))
		cond_else(x, kd_view_starts(d, KD_V("elif")));
	else if (kd_view_eq(d, KD_V("endif")))
		cond_end(x);
}

/* ---- definitions ---- */

static void reset_stmt(struct scan *x)
{
	memset(&x->st.s, 0, sizeof(x->st.s));
}

static void add_def(struct scan *x, const struct cand *c, bool alternative)
{
	const struct stmt *s = &x->st.s;
	struct kd_body *b = kd_vec_push(x->out, KD_BODY_MAX);
	const struct kd_body_macro *m;

	if (!b) {
		x->out->over_limit = true;
		return;
	}
	m = c->arg.n ? kd_body_macro(c->name) : NULL;
	b->name = m ? c->arg : c->name;
	b->line = c->line;
	b->start = s->after_macro && s->after_macro <= c->line ? s->after_macro : s->first_line;
	if (b->start > b->line || alternative)
		b->start = b->line;
	b->open = x->lx.line;
	b->flags = s->is_static ? KD_BODY_STATIC : 0;
	if (m) {
		b->flags |= KD_BODY_KNOWN_MACRO;
		b->macro = c->name;
		b->arg = c->arg;
	} else if (c->again || c->bare) {
		b->flags |= KD_BODY_MACRO;
		b->macro = c->name;
		b->arg = c->arg;
	}
	if (alternative)
		b->flags |= KD_BODY_ALTERNATIVE;
	if (x->nopen < OPEN_MAX)
		x->open[x->nopen++] = (struct open_def){x->out->n - 1, branch_of(x)};
}

static void open_brace(struct scan *x)
{
	struct stmt *s = &x->st.s;

	if (s->language) { /* what is in it is at file scope; its end is passed over */
		reset_stmt(x);
		return;
	}
	x->st.depth = 1;
	x->st.unsure = false;
	x->st.open_at_0 = kd_lex_at_column_0(&x->lx);
	x->has_sync = false;
	x->st.in_function = s->cand.name.n && !s->has_eq && !s->is_typedef && !s->tail_struct;
	if (x->st.in_function) {
		add_def(x, &s->cand, false);
		for (unsigned i = 0; i < s->nalt; i++)
			add_def(x, &s->alt[i], true);
	}
	reset_stmt(x);
}

/* All definitions that wait for this brace, but for those of other branches. */
static void close_defs(struct scan *x, bool guessed)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < x->nopen; i++) {
		struct kd_body *b = &x->out->v[x->open[i].def];

		if (is_sibling(x, x->open[i].branch)) {
			x->open[kept++] = x->open[i];
			continue;
		}
		b->close = x->lx.line;
		if (guessed)
			b->flags |= KD_BODY_GUESSED_END;
	}
	x->nopen = kept;
}

static void close_brace(struct scan *x)
{
	bool at_0 = kd_lex_at_column_0(&x->lx);
	bool by_column = x->st.unsure && x->st.open_at_0;

	if (x->st.depth > 1 && !(by_column && at_0)) {
		if (at_0 && !x->has_sync) {
			x->sync = x->lx;
			x->has_sync = true;
		}
		x->st.depth--;
		return;
	}
	if (x->st.depth == 1 && by_column && !at_0)
		return; /* one branch too many; the body goes on to column 0 */
	if (x->st.in_function)
		close_defs(x, x->st.depth > 1);
	x->st.depth = 0;
	x->st.in_function = x->st.unsure = false;
	reset_stmt(x);
}

/* ---- a head at file scope ---- */

static void open_group(struct scan *x)
{
	struct stmt *s = &x->st.s;

	s->group_fresh = true;
	s->declarator = false;
	s->owner = KD_VNULL;
	s->inner = KD_VNULL;
	s->inner_cand = (struct cand){0};
	s->first_arg = KD_VNULL;
	if (s->prev == PREV_IDENT) {
		s->owner = s->prev_ident;
		s->owner_line = s->prev_line;
	} else if (s->prev == PREV_CLOSE && s->cand.name.n && !s->cand.again) {
		s->cand.again = !s->cand.declarator;
	}
}

/* Does the list that closes belong to an attribute behind the candidate's? */
static bool is_trailing(const struct stmt *s)
{
	struct kd_view o = s->owner;
	bool dunder = kd_view_starts(o, KD_V("__"));

	if (!s->cand.name.n || !s->owner_after_close)
		return false;
	if (dunder && !kd_view_starts(s->cand.name, KD_V("__")))
		return true;
	for (size_t i = 0; i < o.n; i++)
		if (o.p[i] >= 'a' && o.p[i] <= 'z')
			return dunder;
	return true; /* MUST_HOLD(lock) */
}

static void close_group(struct scan *x)
{
	struct stmt *s = &x->st.s;

	if (s->declarator) {
		if (s->inner_cand.name.n)
			s->cand = s->inner_cand;
	} else if (s->owner.n && !kd_body_is_attribute(s->owner) && !is_trailing(s)) {
		s->began_with_macro = s->owner_bare && !s->cand.name.n;
		s->cand = (struct cand){
			.name = s->owner, .arg = s->first_arg, .line = s->owner_line, .bare = s->owner_bare};
		s->nalt = 0;
		s->tail_struct = false;
	}
	s->prev = PREV_CLOSE;
}

/* Within the outermost list of a head. */
static void in_group(struct scan *x)
{
	struct stmt *s = &x->st.s;
	char c = x->lx.tok == KD_TOK_PUNCT ? *x->lx.text.p : 0;

	if (s->group_fresh) {
		s->group_fresh = false;
		s->declarator = c == '*' && s->paren == 1;
		if (x->lx.tok == KD_TOK_IDENT)
			s->first_arg = x->lx.text;
	}
	s->comma = c == ',';
	if (c == '{')
		s->pbrace++;
	else if (c == '}' && s->pbrace)
		s->pbrace--;
	if (c == '(') {
		if (s->declarator && s->paren == 1 && s->inner.n && !s->inner_cand.name.n)
			s->inner_cand = (struct cand){
				.name = s->inner, .line = x->lx.line, .declarator = true};
		s->paren++;
	} else if (c == ')') {
		if (!--s->paren)
			close_group(x);
	}
	s->inner = x->lx.tok == KD_TOK_IDENT && !kd_body_is_keyword(x->lx.text) ? x->lx.text : KD_VNULL;
}

static bool is_storage(struct kd_view v)
{
	return kd_view_eq(v, KD_V("static")) || kd_view_eq(v, KD_V("extern")) ||
	       kd_view_eq(v, KD_V("inline")) || kd_view_starts(v, KD_V("__")) ||
	       kd_view_eq(v, KD_V("noinline")) || kd_view_eq(v, KD_V("asmlinkage")) ||
	       kd_view_eq(v, KD_V("notrace"));
}

/* Is it written as macros are? */
static bool is_upper(struct kd_view v)
{
	bool any = false;

	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] >= 'a' && v.p[i] <= 'z')
			return false;
		any |= kd_is_alpha(v.p[i]);
	}
	return any;
}

static void head_ident(struct scan *x)
{
	struct stmt *s = &x->st.s;
	struct kd_view v = x->lx.text;
	bool keyword = kd_body_is_keyword(v);

	if (s->cand.name.n && (kd_view_eq(v, KD_V("struct")) || kd_view_eq(v, KD_V("union")) ||
			       kd_view_eq(v, KD_V("enum"))))
		s->tail_struct = true;
	if (s->cand.name.n && s->prev == PREV_CLOSE && s->cand.bare && s->began_with_macro &&
	    x->lx.line > s->prev_line && !s->after_macro && !kd_view_starts(v, KD_V("__")))
		s->after_macro = x->lx.line;
	s->is_static |= kd_view_eq(v, KD_V("static"));
	s->is_typedef |= kd_view_eq(v, KD_V("typedef"));
	s->owner_after_close = s->prev == PREV_CLOSE ||
			       (s->owner_after_close && kd_view_starts(s->prev_ident, KD_V("__")) &&
				s->prev == PREV_IDENT);
	s->owner_bare = !s->has_type && is_upper(v);
	if (!is_storage(v) && !kd_body_is_attribute(v)) {
		s->has_type = true;
	}
	s->prev = keyword ? PREV_KEYWORD : PREV_IDENT;
	s->prev_ident = v;
	s->prev_line = x->lx.line;
}

/* A token at file scope, outside of lists. */
static void head(struct scan *x)
{
	struct stmt *s = &x->st.s;
	char c = x->lx.tok == KD_TOK_PUNCT ? *x->lx.text.p : 0;

	if (!s->first_line && c != ';' && c != '}')
		s->first_line = x->lx.line;
	if (x->lx.tok == KD_TOK_IDENT) {
		head_ident(x);
		return;
	}
	if (x->lx.tok == KD_TOK_STRING)
		s->language |= kd_view_eq(s->prev_ident, KD_V("extern"));
	switch (c) {
	case '(':
		s->paren = 1;
		open_group(x);
		return;
	case ';':
		reset_stmt(x);
		return;
	case '{':
		open_brace(x);
		return;
	case '}':
		close_brace(x);
		return;
	case '=':
		s->has_eq = true;
		break;
	default:
		break;
	}
	s->prev = PREV_OTHER;
	if (c == '*')
		s->has_type = true;
}

static void token(struct scan *x)
{
	char c = x->lx.tok == KD_TOK_PUNCT ? *x->lx.text.p : 0;

	if (x->st.depth) {
		if (c == '{')
			x->st.depth++;
		else if (c == '}')
			close_brace(x);
		return;
	}
	/* a body in column 0 while a list is open: its end was lost between branches */
	if (x->st.s.paren && !x->st.s.pbrace && kd_lex_at_column_0(&x->lx) &&
	    (c == '}' || (c == '{' && !x->st.s.comma))) {
		x->st.s.paren = 0;
		close_group(x);
		x->out->resyncs++;
	}
	if (x->st.s.paren)
		in_group(x);
	else
		head(x);
}

/* At the end of the text within braces: start again behind the first brace in column 0. */
static bool resync(struct scan *x)
{
	if (!x->st.depth || !x->has_sync || x->out->resyncs >= KD_BODY_RESYNCS)
		return false;
	x->out->resyncs++;
	x->lx = x->sync;
	x->nconds = x->too_deep = x->dead_depth = 0;
	for (unsigned i = 0; i < x->nopen; i++)
		x->open[i].branch = 0;
	/* what was found behind it will be found again */
	while (x->out->n && x->out->v[x->out->n - 1].line > x->sync.line)
		x->out->n--;
	while (x->nopen && x->open[x->nopen - 1].def >= x->out->n)
		x->nopen--;
	close_defs(x, true);
	memset(&x->st, 0, sizeof(x->st));
	x->has_sync = false;
	return true;
}

static void scan_tokens(struct scan *x, bool tell)
{
	while (kd_lex_next(&x->lx)) {
		if (x->lx.tok == KD_TOK_PP) {
			directive(x);
			continue;
		}
		if (tell && x->lx.tok == KD_TOK_IDENT)
			x->idents->ident(x->idents->user, x->lx.text);
		if (!x->lx.pp && !is_dead(x))
			token(x);
	}
}

static int by_line(const void *a, const void *b)
{
	const struct kd_body *x = a, *y = b;

	return x->line != y->line ? (x->line < y->line ? -1 : 1) : kd_view_cmp(x->name, y->name);
}

/* Definitions that never ended are none: a macro in the middle of something else. */
static void drop_open(struct kd_bodies *b)
{
	size_t kept = 0;

	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].close)
			b->v[kept++] = b->v[i];
	b->n = kept;
}

struct kd_error *kd_bodies_scan(struct kd_view text, enum kd_body_lang lang,
				const struct kd_body_idents *idents, struct kd_bodies *ret)
{
	struct scan x = {.out = ret, .idents = idents};
	bool tell = idents != NULL;

	ret->n = 0;
	ret->over_limit = false;
	ret->resyncs = ret->lines = 0;
	if (text.n > KD_BODY_TEXT_MAX)
		return kd_error_new(KD_LIMIT, "a source file of %zu bytes: at most %zu are read",
				    text.n, KD_BODY_TEXT_MAX);
	if (lang == KD_LANG_NONE)
		return NULL;
	x.cond = kd_xcalloc(COND_MAX, sizeof(*x.cond));
	kd_lex_init(&x.lx, text);
	if (lang == KD_LANG_ASM) {
		kd_bodies_scan_asm(text, ret);
		while (tell && kd_lex_next(&x.lx))
			if (x.lx.tok == KD_TOK_IDENT)
				idents->ident(idents->user, x.lx.text);
	} else {
		do {
			scan_tokens(&x, tell);
			if (!ret->lines)
				ret->lines = x.lx.cur;
			tell = false;
		} while (resync(&x));
		drop_open(ret);
	}
	kd_free(x.cond);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_line);
	return NULL;
}

void kd_bodies_deinit(struct kd_bodies *b)
{
	kd_vec_free(b);
}

enum kd_body_lang kd_body_lang(struct kd_view path)
{
	if (kd_view_ends(path, KD_V(".c")) || kd_view_ends(path, KD_V(".h")) ||
	    kd_view_ends(path, KD_V(".inc")))
		return KD_LANG_C;
	if (kd_view_ends(path, KD_V(".S")) || kd_view_ends(path, KD_V(".s")))
		return KD_LANG_ASM;
	return KD_LANG_NONE;
}

const struct kd_body *kd_body_at(const struct kd_bodies *b, uint32_t line)
{
	const struct kd_body *found = NULL;

	for (size_t i = 0; i < b->n; i++) {
		const struct kd_body *d = &b->v[i];

		if (line && (line < d->start || line > d->close))
			continue;
		if (found)
			return NULL;
		found = d;
	}
	return found;
}
