// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/mailquery.h"

#include "base/alloc.h"
#include "history/maildoc.h"
#include "history/mailwords.h"

#define F(x) (UINT64_C(1) << KD_FIELD_##x)
#define NQ (F(WORD) | F(DIFF_FILE) | F(DIFF_OLD) | F(DIFF_NEW) | F(DIFF_HUNK) | F(DIFF_CONTEXT))
#define DEFAULT (F(MID) | F(SUBJECT) | F(FROM) | F(QUOTE) | F(FILENAME) | NQ)

static const struct {
	struct kd_view name;
	uint64_t fields;
} prefixes[] = {
	{{"s", 1}, F(SUBJECT)},
	{{"m", 1}, F(MID)},
	{{"l", 1}, F(LIST)},
	{{"f", 1}, F(FROM)},
	{{"t", 1}, F(TO)},
	{{"c", 1}, F(CC)},
	{{"tc", 2}, F(TO) | F(CC)},
	{{"tcf", 3}, F(TO) | F(CC) | F(FROM)},
	{{"a", 1}, F(TO) | F(CC) | F(FROM)},
	{{"b", 1}, NQ | F(QUOTE)},
	{{"bs", 2}, NQ | F(QUOTE) | F(SUBJECT)},
	{{"n", 1}, F(FILENAME)},
	{{"q", 1}, F(QUOTE)},
	{{"nq", 2}, NQ},
	{{"dfn", 3}, F(DIFF_FILE)},
	{{"dfa", 3}, F(DIFF_OLD)},
	{{"dfb", 3}, F(DIFF_NEW)},
	{{"dfhh", 4}, F(DIFF_HUNK)},
	{{"dfctx", 5}, F(DIFF_CONTEXT)},
};

static const struct kd_view whole[] = {{"mid", 3},   {"lid", 3}, {"patchid", 7}, {"dfpre", 5}, {"dfpost", 6},
				       {"dfblob", 6}, {"box", 3}, {"d", 1},	  {"dt", 2},	{"rt", 2}};

struct parser {
	struct kd_arena *a;
	struct kd_view text;
	size_t at;
	int64_t now;
	unsigned nodes, depth;
	struct kd_error *err;
};

static struct kd_mq *parse_or(struct parser *p, uint64_t fields);

static struct kd_mq *fail(struct parser *p, enum kd_errclass cls, const char *what, struct kd_view v)
{
	if (!p->err)
		p->err = v.n ? kd_error_new(cls, "%s: '%.*s'", what, KD_VARG(kd_view_head(v, 200))) : kd_error_new(cls, "%s", what);
	return NULL;
}

static struct kd_mq *node(struct parser *p, enum kd_mq_kind kind)
{
	struct kd_mq *q = p->nodes++ < KD_MAILQUERY_NODES_MAX ? kd_arena_new(p->a, struct kd_mq) : NULL;

	if (!q)
		return fail(p, KD_LIMIT, "the query has too many terms", KD_VNULL);
	q->kind = (uint8_t)kind;
	q->weight = 1;
	return q;
}

static void add_sub(struct parser *p, struct kd_mq *to, struct kd_mq *q)
{
	struct kd_mq **slot = q ? kd_avec_push(p->a, &to->sub, KD_MAILQUERY_NODES_MAX) : NULL;

	if (slot)
		*slot = q;
}

static void add_word(struct parser *p, struct kd_mq *to, struct kd_view word)
{
	struct kd_view *slot = kd_avec_push(p->a, &to->words, KD_MAILQUERY_NODES_MAX);
	const struct kd_view copy = kd_arena_view(p->a, word);

	if (!slot || !copy.p)
		fail(p, KD_LIMIT, "the query is too long", KD_VNULL);
	else
		*slot = copy;
}

static void add_key(struct parser *p, struct kd_mq *to, uint64_t key)
{
	uint64_t *slot = kd_avec_push(p->a, &to->keys, 8);

	if (slot)
		*slot = key;
}

static char here(const struct parser *p)
{
	return p->at < p->text.n ? p->text.p[p->at] : 0;
}

static void skip_blanks(struct parser *p)
{
	while (p->at < p->text.n && kd_is_space(p->text.p[p->at]))
		p->at++;
}

/* --- values that are compared as a whole ----------------------------------------------------------- */

static bool range_end(struct parser *p, struct kd_view v, bool last, int64_t *ret)
{
	int64_t from = 0, to = 0;
	uint64_t s;

	if (!v.n)
		return true;
	if (v.n > 8 && v.n < 14 && kd_view_dec(v, &s)) { /* rt: counts seconds, too */
		*ret = (int64_t)s;
		return true;
	}
	if (!kd_mailquery_date(v, p->now, &from, &to))
		return fail(p, KD_INVALID, "no date: YYYYMMDD, YYYY-MM-DD, YYYYMMDDHHMMSS, 2.days.ago", v), false;
	*ret = last ? to : from;
	return true;
}

static struct kd_mq *range(struct parser *p, struct kd_view name, struct kd_view value)
{
	struct kd_mq *q = node(p, KD_MQ_RANGE);
	struct kd_view from = value, rest = value;
	bool both;

	if (!q)
		return NULL;
	both = kd_view_take_until(&rest, KD_V(".."), &from);
	q->which = kd_view_eq(name, KD_V("rt")) ? KD_MQ_RECEIVED : KD_MQ_SENT;
	q->to = INT64_MAX;
	if (!both)
		rest = from;
	if (!value.n || !range_end(p, from, false, &q->from) || !range_end(p, rest, true, &q->to))
		return fail(p, KD_INVALID, "no date", name);
	return q;
}

static bool parse_hex(struct kd_view v, uint8_t ret[KD_SEG_OID])
{
	return v.n == 2 * KD_SEG_OID && kd_oid_parse(v, ret, NULL);
}

static struct kd_mq *keys_of(struct parser *p, struct kd_view name, struct kd_view value)
{
	struct kd_mq *q = node(p, KD_MQ_KEY);
	uint8_t id[KD_SEG_OID];

	if (!q)
		return NULL;
	if (kd_view_eq(name, KD_V("patchid"))) {
		if (!parse_hex(value, id))
			return fail(p, KD_INVALID, "a patch-id has 40 hex digits", value);
		add_key(p, q, kd_term(KD_KEY_PATCH_ID, kd_view((const char *)id, sizeof(id))));
		return q;
	}
	if (!kd_view_eq(name, KD_V("dfpost")))
		add_key(p, q, kd_term(KD_KEY_BLOB_OLD, value));
	if (!kd_view_eq(name, KD_V("dfpre")))
		add_key(p, q, kd_term(KD_KEY_BLOB_NEW, value));
	return q;
}

static struct kd_view lower(struct parser *p, struct kd_view v)
{
	char *s = kd_arena_raw(p->a, v.n + 1);

	for (size_t i = 0; s && i < v.n; i++)
		s[i] = (char)(v.p[i] >= 'A' && v.p[i] <= 'Z' ? v.p[i] | 0x20 : v.p[i]);
	return s ? kd_view(s, v.n) : KD_VNULL;
}

static struct kd_mq *filter(struct parser *p, struct kd_view name, struct kd_view value)
{
	struct kd_mq *q;

	if (kd_view_eq(name, KD_V("d")) || kd_view_eq(name, KD_V("dt")) || kd_view_eq(name, KD_V("rt"))) {
		q = range(p, name, value);
	} else if (kd_view_eq(name, KD_V("mid"))) {
		q = node(p, KD_MQ_MID);
		if (q)
			add_word(p, q, value);
	} else if (kd_view_eq(name, KD_V("lid")) || kd_view_eq(name, KD_V("box"))) {
		const bool list = kd_view_eq(name, KD_V("lid"));

		q = node(p, KD_MQ_TERM);
		if (q)
			add_key(p, q, kd_term(list ? KD_FIELD_LIST_ID : KD_FIELD_BOX, list ? lower(p, value) : value));
	} else {
		q = keys_of(p, name, lower(p, value));
	}
	if (q) {
		q->filter = true;
		q->group = name;
	}
	return q;
}

/* Up to the next blank or ), or what stands in quotation marks. */
static struct kd_view take_value(struct parser *p)
{
	struct kd_view rest = kd_view_from(p->text, p->at), v;
	size_t n = 0;

	if (rest.n && *rest.p == '"') {
		rest = kd_view_from(rest, 1);
		n = kd_view_chr(rest, '"');
		v = kd_view_head(rest, n);
		p->at += 1 + v.n + (n != KD_NPOS);
		return v;
	}
	while (n < rest.n && !kd_is_space(rest.p[n]) && rest.p[n] != ')')
		n++;
	p->at += n;
	v = kd_view_head(rest, n);
	if (v.n > 1 && *v.p == '<' && v.p[v.n - 1] == '>')
		v = kd_view(v.p + 1, v.n - 2);
	return v;
}

/* --- words ----------------------------------------------------------------------------------------- */

/* One word is no phrase. */
static struct kd_mq *settle_phrase(struct parser *p, struct kd_mq *q)
{
	if (p->err || !q->words.n) /* only marks: it says nothing */
		return NULL;
	if (q->words.n == 1)
		q->kind = KD_MQ_WORD;
	return q;
}

static struct kd_mq *quoted(struct parser *p, uint64_t fields)
{
	const size_t open = ++p->at, n = kd_view_chr(kd_view_from(p->text, open), '"');
	const struct kd_view inside = kd_view_head(kd_view_from(p->text, open), n);
	struct kd_mq *q = node(p, KD_MQ_PHRASE);
	struct kd_mail_token t;
	size_t at = 0;

	p->at = open + inside.n + (n != KD_NPOS);
	if (!q)
		return NULL;
	q->fields = fields;
	while (kd_mail_token(inside, &at, &t))
		if (t.word.n)
			add_word(p, q, t.word);
	return settle_phrase(p, q);
}

static bool starts_word(const struct parser *p, size_t at)
{
	return at < p->text.n && (kd_is_word(p->text.p[at]) || (unsigned char)p->text.p[at] >= 0xc0);
}

/* a-b, a/b.c, a@b: the words behind the first one. */
static bool more_of_phrase(struct parser *p, struct kd_mail_token *t)
{
	size_t at = p->at;

	while (at < p->text.n && strchr(".-/:\\@", p->text.p[at]) && p->text.p[at])
		at++;
	if (at == p->at || !starts_word(p, at) || !kd_mail_token(p->text, &at, t))
		return false;
	p->at = at;
	return true;
}

static void bare_form(struct parser *p, struct kd_mq *q, const struct kd_mail_token *t)
{
	size_t n = t->word.n;

	while (t->suffixed && n && (t->word.p[n - 1] == '+' || t->word.p[n - 1] == '#'))
		n--;
	if (n < t->word.n)
		q->bare = kd_arena_view(p->a, kd_view_head(t->word, n));
}

static struct kd_mq *words(struct parser *p, uint64_t fields)
{
	struct kd_mq *q = node(p, KD_MQ_PHRASE);
	struct kd_mail_token t;

	if (!q)
		return NULL;
	q->fields = fields;
	if (!kd_mail_token(p->text, &p->at, &t)) {
		p->at = p->text.n;
		return NULL;
	}
	if (t.word.n)
		add_word(p, q, t.word);
	bare_form(p, q, &t);
	q->stem = !t.capital && kd_mail_stems(t.word) && !t.suffixed;
	if (here(p) == '*' && !starts_word(p, p->at + 1) && t.word.n) {
		p->at++;
		q->kind = KD_MQ_STAR;
		return q;
	}
	if (here(p) && strchr("(/\\@<>=*[{\"", here(p)))
		q->stem = false;
	while (more_of_phrase(p, &t))
		if (t.word.n)
			add_word(p, q, t.word);
	return settle_phrase(p, q);
}

/* --- the grammar ----------------------------------------------------------------------------------- */

/* "s:", "dfhh:" …: its name when it is one of ours. */
static bool take_prefix(struct parser *p, struct kd_view *name, uint64_t *fields, bool *is_filter)
{
	const struct kd_view rest = kd_view_from(p->text, p->at);
	size_t n = 0;

	while (n < rest.n && kd_is_alpha(rest.p[n]))
		n++;
	if (!n || n >= rest.n || rest.p[n] != ':')
		return false;
	*name = kd_view_head(rest, n);
	for (size_t i = 0; i < KD_ARRAY_LEN(prefixes); i++)
		if (kd_view_eq(*name, prefixes[i].name)) {
			*fields = prefixes[i].fields;
			*is_filter = false;
			p->at += n + 1;
			return true;
		}
	for (size_t i = 0; i < KD_ARRAY_LEN(whole); i++)
		if (kd_view_eq(*name, whole[i])) {
			*is_filter = true;
			p->at += n + 1;
			return true;
		}
	return false;
}

static struct kd_mq *group(struct parser *p, uint64_t fields)
{
	struct kd_mq *q;

	p->at++;
	if (++p->depth > KD_MAILQUERY_DEPTH_MAX)
		return fail(p, KD_LIMIT, "the query has too many brackets", KD_VNULL);
	q = parse_or(p, fields);
	p->depth--;
	skip_blanks(p);
	if (here(p) == ')')
		p->at++;
	else if (!p->err)
		return fail(p, KD_INVALID, "a bracket is not closed", KD_VNULL);
	return q;
}

static struct kd_mq *primary(struct parser *p, uint64_t fields)
{
	struct kd_view name;
	bool is_filter;

	if (take_prefix(p, &name, &fields, &is_filter) && is_filter)
		return filter(p, name, take_value(p));
	if (here(p) == '(')
		return group(p, fields);
	if (here(p) == '"')
		return quoted(p, fields);
	return words(p, fields);
}

static bool take_keyword(struct parser *p, const char *word)
{
	struct kd_view rest = kd_view_from(p->text, p->at);

	if (!kd_view_skip(&rest, kd_view_of(word)) || (rest.n && !kd_is_space(*rest.p) && *rest.p != '(' && *rest.p != '"'))
		return false;
	p->at = p->text.n - rest.n;
	skip_blanks(p);
	return true;
}

static bool at_or(struct parser *p)
{
	const size_t at = p->at;
	const bool yes = take_keyword(p, "OR") || take_keyword(p, "XOR");

	p->at = at;
	return yes;
}

/* Filters with one prefix: any of them will do. */
static void add_to_and(struct parser *p, struct kd_mq *all, struct kd_mq *q)
{
	if (!q)
		return;
	for (size_t i = 0; q->filter && i < all->sub.n; i++) {
		struct kd_mq *other = all->sub.v[i], *either;

		if (!other->filter || !kd_view_eq(other->group, q->group))
			continue;
		either = other->kind == KD_MQ_OR ? other : node(p, KD_MQ_OR);
		if (!either)
			return;
		if (either != other) {
			either->filter = true;
			either->group = q->group;
			add_sub(p, either, other);
			all->sub.v[i] = either;
		}
		add_sub(p, either, q);
		return;
	}
	add_sub(p, all, q);
}

static struct kd_mq *settle_and(struct parser *p, struct kd_mq *all, struct kd_mq *without)
{
	struct kd_mq *q = all;

	if (p->err || (!all->sub.n && !without->sub.n))
		return NULL;
	if (all->sub.n == 1)
		q = all->sub.v[0];
	else if (!all->sub.n && !(q = node(p, KD_MQ_ALL)))
		return NULL;
	if (!without->sub.n)
		return q;
	all = node(p, KD_MQ_NOT);
	if (!all)
		return NULL;
	add_sub(p, all, q);
	for (size_t i = 0; i < without->sub.n; i++)
		add_sub(p, all, without->sub.v[i]);
	return all;
}

static struct kd_mq *parse_and(struct parser *p, uint64_t fields)
{
	struct kd_mq *all = node(p, KD_MQ_AND), *without = node(p, KD_MQ_AND);

	while (all && without && !p->err) {
		bool negative = false;

		skip_blanks(p);
		if (p->at >= p->text.n || here(p) == ')' || at_or(p))
			break;
		if (take_keyword(p, "AND") && (p->at >= p->text.n || here(p) == ')'))
			break;
		if (take_keyword(p, "NOT"))
			negative = true;
		else if ((here(p) == '-' || here(p) == '+') && (starts_word(p, p->at + 1) || (p->at + 1 < p->text.n && strchr("(\"", p->text.p[p->at + 1]))))
			negative = p->text.p[p->at++] == '-';
		if (negative)
			add_sub(p, without, primary(p, fields));
		else
			add_to_and(p, all, primary(p, fields));
	}
	return all && without ? settle_and(p, all, without) : NULL;
}

static struct kd_mq *parse_or(struct parser *p, uint64_t fields)
{
	struct kd_mq *left = parse_and(p, fields);

	while (!p->err) {
		struct kd_mq *right, *both;
		enum kd_mq_kind kind = KD_MQ_OR;

		skip_blanks(p);
		if (take_keyword(p, "XOR"))
			kind = KD_MQ_XOR;
		else if (!take_keyword(p, "OR"))
			break;
		right = parse_and(p, fields);
		if (!left || !right) {
			left = left ? left : right;
			continue;
		}
		both = left->kind == kind && !left->filter ? left : node(p, kind);
		if (!both)
			return NULL;
		if (both != left)
			add_sub(p, both, left);
		add_sub(p, both, right);
		left = both;
	}
	return left;
}

struct kd_error *kd_mailquery_parse(struct kd_arena *a, struct kd_view text, int64_t now, struct kd_mq **ret)
{
	struct parser p = {.a = a, .text = text, .now = now};
	struct kd_mq *q = NULL;

	if (text.n > KD_MAILQUERY_TEXT_MAX)
		return kd_error_new(KD_LIMIT, "a query is at most %d KiB long", KD_MAILQUERY_TEXT_MAX >> 10);
	if (memchr(text.p ? text.p : "", 0, text.n))
		return kd_error_new(KD_INVALID, "a query has no NUL bytes");
	q = parse_or(&p, DEFAULT);
	if (!p.err && p.at < p.text.n)
		fail(&p, KD_INVALID, "a bracket is closed that was not opened", KD_VNULL);
	if (!p.err && !q)
		fail(&p, KD_INVALID, "the query has no words", KD_VNULL);
	if (!p.err)
		*ret = q;
	return p.err;
}

/* --- reports --------------------------------------------------------------------------------------- */

struct lowering {
	struct parser *p;
	struct kd_mq *to;
};

static bool put_word(void *user, struct kd_view word)
{
	const struct lowering *l = user;

	add_word(l->p, l->to, word);
	return true;
}

static void add_name(struct parser *p, struct kd_mq *any, struct kd_view name, double weight, uint64_t fields)
{
	struct kd_mq *q = node(p, KD_MQ_PHRASE);
	struct lowering l = {p, q};

	if (!q)
		return;
	q->fields = fields;
	q->weight = weight;
	kd_mail_words(name, put_word, &l);
	add_sub(p, any, settle_phrase(p, q));
}

struct kd_error *kd_mailquery_report(struct kd_arena *a, const struct kd_fixquery *q, struct kd_mq **ret)
{
	enum { FUNCS = 24, FILES = 8, EXTRA = 8 };
	struct parser p = {.a = a};
	struct kd_mq *any = node(&p, KD_MQ_OR);
	const uint64_t where = F(SUBJECT) | F(QUOTE) | NQ;

	for (size_t i = 0; any && i < q->funcs.n && i < FUNCS; i++)
		if (q->funcs.v[i].weight > 0)
			add_name(&p, any, q->funcs.v[i].name, q->funcs.v[i].weight, where);
	for (size_t i = 0; any && i < q->paths.n && i < FILES; i++)
		if (q->paths.v[i].weight > 0)
			add_name(&p, any, q->paths.v[i].name, q->paths.v[i].weight, F(DIFF_FILE));
	for (size_t i = 0; any && i < q->extra.n && i < EXTRA; i++)
		add_name(&p, any, q->extra.v[i], .5, where);
	if (!p.err && any && !any->sub.n)
		fail(&p, KD_INVALID, "no function and no file was found in the text; as a query it has to be words with prefixes", KD_VNULL);
	if (!p.err)
		*ret = any;
	return p.err;
}
