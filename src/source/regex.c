// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/regex.h"

#include "base/alloc.h"

enum op { OP_CHAR, OP_ANY, OP_CLASS, OP_SPLIT, OP_JUMP, OP_BOL, OP_EOL, OP_WORD, OP_NOT_WORD, OP_MATCH };

enum { DEPTH_MAX = 32, CLASSES_MAX = 256, REPEAT_MAX = 256 };

struct inst {
	uint8_t op, c;
	uint16_t x, y; /* SPLIT: both ways; JUMP: x; CLASS: x is the class */
};

struct set {
	uint32_t bit[8];
};

struct kd_regex {
	struct inst *prog;
	size_t n;
	struct set *sets;
	size_t nsets;
	bool lines;
	/* the search's own: lists of instructions, and when each was last put on one */
	uint16_t *now, *next, *stack;
	uint64_t *mark;
	uint64_t gen;
};

struct parser {
	struct kd_view v;
	size_t at;
	bool extended, icase;
	struct kd_regex *re;
	struct kd_error *err;
	unsigned depth;
};

/* ---- building ---- */

static void fail(struct parser *p, enum kd_errclass cls, const char *what)
{
	if (!p->err)
		p->err = kd_error_at(cls, (int64_t)p->at, "pattern '%.*s': %s",
				     KD_VARG(kd_view_head(p->v, 80)), what);
}

static size_t emit(struct parser *p, enum op op, uint8_t c, size_t x, size_t y)
{
	if (p->re->n >= KD_REGEX_MAX) {
		fail(p, KD_LIMIT, "too large");
		return 0;
	}
	p->re->prog[p->re->n] = (struct inst){(uint8_t)op, c, (uint16_t)x, (uint16_t)y};
	return p->re->n++;
}

static void set_add(struct set *s, unsigned char c)
{
	s->bit[c >> 5] |= 1u << (c & 31);
}

static bool set_has(const struct set *s, unsigned char c)
{
	return s->bit[c >> 5] >> (c & 31) & 1;
}

static void set_range(struct set *s, unsigned from, unsigned to)
{
	for (unsigned c = from; c <= to; c++)
		set_add(s, (unsigned char)c);
}

static void set_invert(struct set *s)
{
	for (int i = 0; i < 8; i++)
		s->bit[i] = ~s->bit[i];
}

static void set_fold(struct set *s)
{
	for (unsigned c = 'a'; c <= 'z'; c++)
		if (set_has(s, (unsigned char)c) || set_has(s, (unsigned char)(c - 32))) {
			set_add(s, (unsigned char)c);
			set_add(s, (unsigned char)(c - 32));
		}
}

/* \d \w \s and their opposites; false: c is none of them. */
static bool set_escape(struct set *s, char c)
{
	struct set t = {{0}};

	switch (c | 0x20) {
	case 'd':
		set_range(&t, '0', '9');
		break;
	case 'w':
		set_range(&t, '0', '9');
		set_range(&t, 'a', 'z');
		set_range(&t, 'A', 'Z');
		set_add(&t, '_');
		break;
	case 's':
		set_range(&t, '\t', '\r');
		set_add(&t, ' ');
		break;
	default:
		return false;
	}
	if (!(c & 0x20))
		set_invert(&t);
	for (int i = 0; i < 8; i++)
		s->bit[i] |= t.bit[i];
	return true;
}

static void emit_set(struct parser *p, struct set s)
{
	if (p->icase)
		set_fold(&s);
	if (p->re->nsets == CLASSES_MAX) {
		fail(p, KD_LIMIT, "too many classes");
		return;
	}
	p->re->sets[p->re->nsets] = s;
	emit(p, OP_CLASS, 0, p->re->nsets++, 0);
}

static void emit_char(struct parser *p, unsigned char c)
{
	struct set s = {{0}};

	if (p->icase && kd_is_alpha((char)c)) {
		set_add(&s, c);
		emit_set(p, s);
	} else {
		emit(p, OP_CHAR, c, 0, 0);
	}
}

/* ---- reading the pattern ---- */

static bool more(const struct parser *p)
{
	return p->at < p->v.n && !p->err;
}

static char peek(const struct parser *p)
{
	return p->at < p->v.n ? p->v.p[p->at] : 0;
}

static void skip_extended(struct parser *p)
{
	while (p->extended && more(p)) {
		if (kd_is_space(peek(p))) {
			p->at++;
		} else if (peek(p) == '#') {
			while (more(p) && peek(p) != '\n')
				p->at++;
		} else {
			return;
		}
	}
}

static unsigned char control(char c)
{
	return c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : (unsigned char)c;
}

/* Behind '['. */
static void parse_class(struct parser *p)
{
	struct set s = {{0}};
	bool invert = peek(p) == '^', first = true;

	p->at += invert;
	for (; more(p) && (peek(p) != ']' || first); first = false) {
		unsigned char from = (unsigned char)p->v.p[p->at++], to;

		if (from == '[' && peek(p) == ':') {
			fail(p, KD_UNSUPPORTED, "classes by name");
			return;
		}
		if (from == '\\' && more(p)) {
			char c = p->v.p[p->at++];

			if (set_escape(&s, c))
				continue;
			from = control(c);
		}
		to = from;
		if (peek(p) == '-' && p->at + 1 < p->v.n && p->v.p[p->at + 1] != ']') {
			p->at++;
			to = (unsigned char)p->v.p[p->at++];
			if (to == '\\' && more(p))
				to = control(p->v.p[p->at++]);
		}
		if (to < from) {
			fail(p, KD_BADDATA, "a range that goes backwards");
			return;
		}
		set_range(&s, from, to);
	}
	if (peek(p) != ']') {
		fail(p, KD_BADDATA, "'[' without ']'");
		return;
	}
	p->at++;
	if (p->icase)
		set_fold(&s);
	if (invert)
		set_invert(&s);
	if (p->re->nsets == CLASSES_MAX) {
		fail(p, KD_LIMIT, "too many classes");
		return;
	}
	p->re->sets[p->re->nsets] = s;
	emit(p, OP_CLASS, 0, p->re->nsets++, 0);
}

static void parse_escape(struct parser *p)
{
	struct set s = {{0}};
	char c = peek(p);

	if (!more(p)) {
		fail(p, KD_BADDATA, "a backslash at its end");
		return;
	}
	p->at++;
	if (c == 'b' || c == 'B')
		emit(p, c == 'b' ? OP_WORD : OP_NOT_WORD, 0, 0, 0);
	else if (set_escape(&s, c))
		emit_set(p, s);
	else if (kd_is_digit(c) || (kd_is_alpha(c) && control(c) == (unsigned char)c))
		fail(p, KD_UNSUPPORTED, "an escape that kdoc does not know");
	else
		emit_char(p, control(c));
}

static void parse_alternatives(struct parser *p);

/* Behind '('. */
static void parse_group(struct parser *p)
{
	bool icase = p->icase;

	if (peek(p) == '?') {
		p->at++;
		if (peek(p) == 'i') {
			p->at++;
			p->icase = true;
			if (peek(p) == ')') { /* (?i): for what follows */
				p->at++;
				return;
			}
		}
		if (peek(p) != ':') {
			fail(p, KD_UNSUPPORTED, "a group that kdoc does not know");
			return;
		}
		p->at++;
	}
	if (++p->depth > DEPTH_MAX) {
		fail(p, KD_LIMIT, "groups too deep");
		return;
	}
	parse_alternatives(p);
	p->depth--;
	p->icase = icase;
	if (peek(p) != ')')
		fail(p, KD_BADDATA, "'(' without ')'");
	p->at++;
}

static void parse_atom(struct parser *p)
{
	char c = p->v.p[p->at++];

	switch (c) {
	case '.':
		emit(p, OP_ANY, 0, 0, 0);
		return;
	case '^':
		emit(p, OP_BOL, 0, 0, 0);
		return;
	case '$':
		emit(p, OP_EOL, 0, 0, 0);
		return;
	case '[':
		parse_class(p);
		return;
	case '(':
		parse_group(p);
		return;
	case '\\':
		parse_escape(p);
		return;
	case '*':
	case '+':
	case '?':
		fail(p, KD_BADDATA, "a quantifier without something before it");
		return;
	default:
		emit_char(p, (unsigned char)c);
	}
}

/* Another copy of the instructions [from, from + n). */
static void copy(struct parser *p, const struct inst *what, size_t n, size_t from)
{
	size_t delta = p->re->n - from;

	for (size_t i = 0; i < n && !p->err; i++) {
		struct inst in = what[i];
		bool jumps = in.op == OP_SPLIT || in.op == OP_JUMP;

		emit(p, in.op, in.c, jumps ? in.x + delta : in.x, in.op == OP_SPLIT ? in.y + delta : in.y);
	}
}

/* what, once or not at all: SPLIT in front of it. */
static void optional(struct parser *p, const struct inst *what, size_t n, size_t from)
{
	size_t split = emit(p, OP_SPLIT, 0, p->re->n + 1, 0);

	copy(p, what, n, from);
	p->re->prog[split].y = (uint16_t)p->re->n;
}

static void repeat(struct parser *p, size_t from, unsigned min, unsigned max, bool endless)
{
	size_t n = p->re->n - from, loop;
	kd_auto(kd_freep) struct inst *what = kd_xcalloc(n + 1, sizeof(*what));

	if (min > REPEAT_MAX || max > REPEAT_MAX) {
		fail(p, KD_LIMIT, "too many repetitions");
		return;
	}
	memcpy(what, p->re->prog + from, n * sizeof(*what));
	p->re->n = from;
	for (unsigned i = 0; i < min && !p->err; i++)
		copy(p, what, n, from);
	if (endless) {
		loop = p->re->n;
		optional(p, what, n, from);
		emit(p, OP_JUMP, 0, loop, 0);
		if (!p->err)
			p->re->prog[loop].y = (uint16_t)p->re->n;
		return;
	}
	for (unsigned i = min; i < max && !p->err; i++)
		optional(p, what, n, from);
}

/* "{2}", "{2,}", "{,3}", "{2,3}"; false: only a brace. */
static bool take_counts(struct parser *p, unsigned *min, unsigned *max, bool *endless)
{
	struct kd_view v = kd_view_from(p->v, p->at + 1);
	uint64_t a = 0, b = 0;
	bool has_a = kd_view_take_dec(&v, &a), comma = kd_view_skip(&v, KD_V(",")), has_b;

	has_b = comma && kd_view_take_dec(&v, &b);
	if (!kd_view_skip(&v, KD_V("}")) || (!has_a && !has_b))
		return false;
	*endless = comma && !has_b;
	*min = a > REPEAT_MAX ? REPEAT_MAX + 1 : (unsigned)a;
	*max = has_b ? (b > REPEAT_MAX ? REPEAT_MAX + 1 : (unsigned)b) : *min;
	p->at = p->v.n - v.n;
	return true;
}

static void parse_piece(struct parser *p)
{
	size_t from = p->re->n;
	unsigned min, max;
	bool endless;
	char c;

	parse_atom(p);
	for (;;) {
		skip_extended(p);
		if (!more(p))
			return;
		c = peek(p);
		if (c == '{' && take_counts(p, &min, &max, &endless)) {
			repeat(p, from, min, max, endless);
		} else if (c == '*' || c == '+' || c == '?') {
			p->at++;
			repeat(p, from, c == '+', c != '*', c != '?');
		} else {
			return;
		}
		if (peek(p) == '?') /* lazy: the same answer */
			p->at++;
	}
}

static void parse_alternatives(struct parser *p)
{
	size_t from = p->re->n, jumps[64], njumps = 0;

	for (;;) {
		skip_extended(p);
		if (!more(p) || peek(p) == ')')
			break;
		if (peek(p) != '|') {
			parse_piece(p);
			continue;
		}
		/* what stands so far becomes the first way of a SPLIT before it */
		p->at++;
		if (njumps == KD_ARRAY_LEN(jumps)) {
			fail(p, KD_LIMIT, "too many alternatives");
			return;
		}
		emit(p, OP_JUMP, 0, 0, 0);
		emit(p, OP_JUMP, 0, 0, 0); /* room for the SPLIT */
		if (p->err)
			return;
		for (size_t i = p->re->n - 1; i > from; i--) {
			struct inst in = p->re->prog[i - 1];
			bool moves = in.op == OP_SPLIT || in.op == OP_JUMP;

			in.x = (uint16_t)(in.x + moves);
			in.y = (uint16_t)(in.y + (in.op == OP_SPLIT));
			p->re->prog[i] = in;
		}
		p->re->prog[from] =
			(struct inst){OP_SPLIT, 0, (uint16_t)(from + 1), (uint16_t)p->re->n};
		jumps[njumps++] = p->re->n - 1;
		from = p->re->n;
	}
	for (size_t i = 0; i < njumps && !p->err; i++)
		p->re->prog[jumps[i]].x = (uint16_t)p->re->n;
}

struct kd_error *kd_regex_compile(struct kd_view pattern, unsigned flags, struct kd_regex **ret)
{
	kd_auto(kd_regex_freep) struct kd_regex *re = kd_xcalloc(1, sizeof(*re));
	struct parser p = {.v = pattern, .extended = flags & KD_REGEX_EXTENDED, .re = re};

	re->lines = flags & KD_REGEX_LINES;
	re->prog = kd_xcalloc(KD_REGEX_MAX, sizeof(*re->prog));
	re->sets = kd_xcalloc(CLASSES_MAX, sizeof(*re->sets));
	parse_alternatives(&p);
	if (more(&p))
		fail(&p, KD_BADDATA, "')' without '('");
	emit(&p, OP_MATCH, 0, 0, 0);
	if (p.err)
		return p.err;
	re->now = kd_xcalloc(re->n, sizeof(*re->now));
	re->next = kd_xcalloc(re->n, sizeof(*re->next));
	re->stack = kd_xcalloc(re->n * 2 + 2, sizeof(*re->stack));
	re->mark = kd_xcalloc(re->n, sizeof(*re->mark));
	*ret = kd_take(re);
	return NULL;
}

void kd_regex_free(struct kd_regex *re)
{
	if (!re)
		return;
	kd_free(re->prog);
	kd_free(re->sets);
	kd_free(re->now);
	kd_free(re->next);
	kd_free(re->stack);
	kd_free(re->mark);
	kd_free(re);
}

void kd_regex_freep(struct kd_regex **re)
{
	kd_regex_free(*re);
	*re = NULL;
}

/* ---- searching ---- */

static bool is_boundary(struct kd_view t, size_t at)
{
	bool before = at && kd_is_word(t.p[at - 1]), after = at < t.n && kd_is_word(t.p[at]);

	return before != after;
}

static bool holds(const struct kd_regex *re, enum op op, struct kd_view t, size_t at)
{
	switch (op) {
	case OP_BOL:
		return !at || (re->lines && t.p[at - 1] == '\n');
	case OP_EOL:
		return at == t.n || (at + 1 == t.n && t.p[at] == '\n') || (re->lines && t.p[at] == '\n');
	case OP_WORD:
		return is_boundary(t, at);
	default:
		return !is_boundary(t, at);
	}
}

/* All instructions that are reached from `start` without a byte; true: the pattern's end is. */
static bool add(struct kd_regex *re, size_t start, struct kd_view t, size_t at, uint16_t *list, size_t *n,
		uint64_t *steps)
{
	size_t top = 0;

	re->stack[top++] = (uint16_t)start;
	while (top) {
		size_t i = re->stack[--top];
		const struct inst *in = &re->prog[i];

		++*steps;
		if (re->mark[i] == re->gen)
			continue;
		re->mark[i] = re->gen;
		switch (in->op) {
		case OP_MATCH:
			return true;
		case OP_JUMP:
			re->stack[top++] = in->x;
			break;
		case OP_SPLIT:
			re->stack[top++] = in->x;
			re->stack[top++] = in->y;
			break;
		case OP_BOL:
		case OP_EOL:
		case OP_WORD:
		case OP_NOT_WORD:
			if (holds(re, in->op, t, at))
				re->stack[top++] = (uint16_t)(i + 1);
			break;
		default:
			list[(*n)++] = (uint16_t)i;
		}
	}
	return false;
}

static bool eats(const struct kd_regex *re, const struct inst *in, unsigned char c)
{
	return in->op == OP_CHAR ? in->c == c : in->op == OP_ANY ? c != '\n' : set_has(&re->sets[in->x], c);
}

bool kd_regex_search(struct kd_regex *re, struct kd_view text, uint64_t *budget)
{
	uint64_t steps = 0;
	size_t n = 0;

	re->gen++;
	for (size_t at = 0;; at++) {
		size_t nnext = 0;
		uint16_t *swap;

		if (add(re, 0, text, at, re->now, &n, &steps))
			return true;
		if (at == text.n)
			break;
		re->gen++;
		for (size_t i = 0; i < n; i++) {
			steps++;
			if (eats(re, &re->prog[re->now[i]], (unsigned char)text.p[at]) &&
			    add(re, (size_t)re->now[i] + 1, text, at + 1, re->next, &nnext, &steps))
				return true;
		}
		if (steps >= *budget) {
			*budget = 0;
			return false;
		}
		swap = re->now;
		re->now = re->next;
		re->next = swap;
		n = nnext;
	}
	*budget -= steps < *budget ? steps : *budget;
	return false;
}
