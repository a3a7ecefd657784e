// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/expr.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

enum token_kind { END, NUMBER, NAME, PUNCTUATION };

struct token {
	enum token_kind kind;
	struct kd_view text;
	uint64_t n; /* NUMBER */
	bool is_unsigned;
};

struct parser {
	struct kd_values *vs;
	struct kd_view all, rest; /* rest: behind the token */
	struct token t;
	unsigned depth;
	bool skip; /* the side of && || ?: that is not taken: parsed, not read */
};

static struct kd_error *conditional(struct parser *p, struct kd_value *ret);
static struct kd_error *unary(struct parser *p, struct kd_value *ret);

static struct kd_error *wrong(const struct parser *p, const char *what)
{
	const int at = (int)(p->t.text.p - p->all.p);

	if (p->t.kind == END)
		return kd_error_new(KD_INVALID, "%s at the end of \"%.*s\"", what, (int)p->all.n, p->all.p);
	return kd_error_new(KD_INVALID, "%s at \"%.*s\" (character %d of \"%.*s\")", what, (int)(p->all.n - (size_t)at),
			    p->all.p + at, at + 1, (int)p->all.n, p->all.p);
}

/* --- tokens ------------------------------------------------------------------------------------------ */

/* Length of ".0", ".isra.0", ".cold" in front of v: a part of a name of kallsyms, and no member. */
static size_t suffix_length(struct kd_view v)
{
	static const char *const words[] = {".isra", ".constprop", ".part", ".llvm"};
	size_t n = 0, digits;

	if (kd_view_starts(v, KD_V(".cold")) && (v.n == 5 || !kd_is_word(v.p[5])))
		return 5;
	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
		if (kd_view_starts(v, kd_view_of(words[i])))
			n = strlen(words[i]);
	if (n >= v.n || v.p[n] != '.')
		return 0;
	for (digits = n + 1; digits < v.n && v.p[digits] >= '0' && v.p[digits] <= '9'; digits++)
		;
	return digits == n + 1 || (digits < v.n && kd_is_word(v.p[digits])) ? 0 : digits;
}

static size_t name_length(struct kd_view v)
{
	size_t n = 0, more;

	while (n < v.n && kd_is_word(v.p[n]))
		n++;
	while ((more = suffix_length(kd_view_from(v, n))))
		n += more;
	return n;
}

static struct kd_error *number(struct parser *p)
{
	struct kd_view v = p->rest;
	size_t n = 0;
	bool good;

	while (n < v.n && kd_is_word(v.p[n]))
		n++;
	p->t = (struct token){.kind = NUMBER, .text = kd_view_head(v, n)};
	v = p->t.text;
	for (; v.n && memchr("uUlL", v.p[v.n - 1], 4); v.n--)
		p->t.is_unsigned |= v.p[v.n - 1] == 'u' || v.p[v.n - 1] == 'U';
	good = kd_view_skip(&v, KD_V("0x")) || kd_view_skip(&v, KD_V("0X")) ? kd_view_hex(v, &p->t.n) : kd_view_dec(v, &p->t.n);
	p->rest = kd_view_from(p->rest, n);
	return good ? NULL : wrong(p, "no number");
}

/* 'c' and '\n', '\0', '\\'. */
static struct kd_error *character(struct parser *p)
{
	static const char from[] = "n0trabfv\\'\"", to[] = "\n\0\t\r\a\b\f\v\\'\"";
	const struct kd_view v = p->rest;
	const size_t n = v.n > 1 && v.p[1] == '\\' ? 4 : 3;
	const char *escape = n == 4 && v.n >= n ? memchr(from, v.p[2], sizeof(from) - 1) : NULL;

	p->t = (struct token){.kind = NUMBER, .text = kd_view_head(v, n)};
	p->rest = kd_view_from(v, n);
	if (v.n < n || v.p[n - 1] != '\'' || (n == 4 && !escape))
		return wrong(p, "no character");
	p->t.n = (unsigned char)(escape ? to[escape - from] : v.p[1]);
	return NULL;
}

static struct kd_error *next(struct parser *p)
{
	static const char *const two[] = {"->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||"};
	size_t n = 1;

	kd_view_skip_blank(&p->rest);
	if (!p->rest.n) {
		p->t = (struct token){.kind = END, .text = p->rest};
		return NULL;
	}
	if (p->rest.p[0] >= '0' && p->rest.p[0] <= '9')
		return number(p);
	if (p->rest.p[0] == '\'')
		return character(p);
	if (kd_is_word(p->rest.p[0])) {
		n = name_length(p->rest);
		p->t = (struct token){.kind = NAME, .text = kd_view_head(p->rest, n)};
		p->rest = kd_view_from(p->rest, n);
		return NULL;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(two); i++)
		if (kd_view_starts(p->rest, kd_view_of(two[i])))
			n = 2;
	p->t = (struct token){.kind = PUNCTUATION, .text = kd_view_head(p->rest, n)};
	p->rest = kd_view_from(p->rest, n);
	return NULL;
}

static bool is(const struct parser *p, const char *text)
{
	return (p->t.kind == PUNCTUATION || p->t.kind == NAME) && kd_view_eq(p->t.text, kd_view_of(text));
}

static struct kd_error *want(struct parser *p, const char *text)
{
	char what[32];

	if (is(p, text))
		return next(p);
	snprintf(what, sizeof(what), "'%s' is missing", text);
	return wrong(p, what);
}

/* --- types ------------------------------------------------------------------------------------------- */

/* The words of C's integers, in any order: "unsigned long", "long long int". */
static struct kd_error *integer_words(struct parser *p, struct kd_vtype *ret, bool *is_type)
{
	unsigned longs = 0, words = 0;
	bool is_unsigned = false, is_signed = false, is_char = false, is_short = false;
	struct kd_error *err = NULL;

	for (; !err && p->t.kind == NAME; err = next(p), words++) {
		if (is(p, "unsigned"))
			is_unsigned = true;
		else if (is(p, "signed"))
			is_signed = true;
		else if (is(p, "long"))
			longs++;
		else if (is(p, "short"))
			is_short = true;
		else if (is(p, "char"))
			is_char = true;
		else if (!is(p, "int"))
			break;
	}
	*is_type = words > 0;
	*ret = (struct kd_vtype){.plain = is_char ? 1 : is_short ? 2 : longs ? 8 : 4, .is_signed = is_signed || !is_unsigned};
	if (is_char && !is_unsigned && !is_signed) { /* one that is shown as text */
		const struct kd_types *ts = kd_values_types(p->vs);
		uint32_t id;

		if (kd_types_first(ts, 1u << KD_BTF_INT, KD_V("char"), &id))
			*ret = (struct kd_vtype){.id = id};
	}
	return err;
}

static struct kd_error *tagged(struct parser *p, unsigned kinds, struct kd_vtype *ret)
{
	struct kd_error *err = next(p);
	uint32_t id;

	if (err)
		return err;
	if (p->t.kind != NAME || !kd_types_first(kd_values_types(p->vs), kinds, p->t.text, &id))
		return kd_error_new(KD_NOTFOUND, "there is no such type: \"%.*s\"", (int)p->t.text.n, p->t.text.n ? p->t.text.p : "");
	*ret = (struct kd_vtype){.id = id};
	return next(p);
}

/* bare: a struct's name without "struct" in front is one, too. */
static struct kd_error *base_type(struct parser *p, bool bare, struct kd_vtype *ret, bool *is_type)
{
	const unsigned named = KD_TYPES_TYPEDEF | 1u << KD_BTF_INT | 1u << KD_BTF_FLOAT;
	struct kd_error *err = NULL;
	uint32_t id;

	*is_type = true;
	while (!err && (is(p, "const") || is(p, "volatile")))
		err = next(p);
	if (err)
		return err;
	if (is(p, "struct"))
		return tagged(p, KD_TYPES_STRUCT, ret);
	if (is(p, "union"))
		return tagged(p, KD_TYPES_UNION, ret);
	if (is(p, "enum"))
		return tagged(p, KD_TYPES_ENUM, ret);
	if (is(p, "void")) {
		*ret = (struct kd_vtype){0};
		return next(p);
	}
	err = integer_words(p, ret, is_type);
	if (err || *is_type)
		return err;
	if (p->t.kind == NAME && kd_types_first(kd_values_types(p->vs), bare ? named | KD_TYPES_STRUCT | KD_TYPES_UNION | KD_TYPES_ENUM : named,
						p->t.text, &id)) {
		*ret = (struct kd_vtype){.id = id};
		*is_type = true;
		return next(p);
	}
	return NULL;
}

static struct kd_error *type_name(struct parser *p, bool bare, struct kd_vtype *ret, bool *is_type)
{
	struct kd_error *err = base_type(p, bare, ret, is_type);

	while (!err && *is_type && (is(p, "*") || is(p, "const"))) {
		if (is(p, "*") && ret->ptr++ == 16)
			return wrong(p, "too many pointers to pointers");
		err = next(p);
	}
	return err;
}

/* Is the name behind a '(' a type's? A symbol of the same name comes first, as a variable hides a typedef. */
static struct kd_error *maybe_type(struct parser *p, struct kd_vtype *ret, bool *is_type)
{
	const struct parser saved = *p;
	struct kd_error *err;
	uint64_t addr;

	*is_type = false;
	if (p->t.kind != NAME)
		return NULL;
	err = type_name(p, false, ret, is_type);
	if (!err && *is_type && is(p, ")") && ret->id && !ret->ptr && saved.t.kind == NAME && !is(&saved, "struct") &&
	    !is(&saved, "union") && !is(&saved, "enum")) {
		struct kd_error *e = kd_dump_address(kd_values_dump(p->vs), saved.t.text, &addr);

		*is_type = e != NULL;
		kd_error_free(e);
	}
	if (!err && !*is_type)
		*p = saved;
	return err;
}

/* --- primaries --------------------------------------------------------------------------------------- */

static struct kd_error *read_number(struct parser *p, const struct kd_value *v, uint64_t *ret)
{
	*ret = 0;
	return p->skip ? NULL : kd_value_number(p->vs, v, ret);
}

static struct kd_error *per_cpu(struct parser *p, struct kd_value *ret)
{
	struct kd_view name;
	struct kd_value v;
	uint64_t cpu;
	struct kd_error *err = want(p, "(");

	if (err)
		return err;
	while (is(p, "&") || is(p, "*")) /* per_cpu_ptr(&x, 0) is said so, too */
		if ((err = next(p)))
			return err;
	if (p->t.kind != NAME)
		return wrong(p, "a per-CPU variable is missing");
	name = p->t.text;
	err = next(p);
	if (!err)
		err = want(p, ",");
	if (!err)
		err = conditional(p, &v);
	if (!err)
		err = read_number(p, &v, &cpu);
	if (!err)
		err = want(p, ")");
	return err ? err : kd_value_symbol(p->vs, name, cpu > INT32_MAX ? INT32_MAX : (int)cpu, ret);
}

/* TYPE, MEMBER ')' */
static struct kd_error *type_and_member(struct parser *p, struct kd_vtype *type, uint64_t *off)
{
	struct kd_type_member m;
	const char *start;
	bool is_type;
	struct kd_error *err = type_name(p, true, type, &is_type);

	if (!err && !is_type)
		err = wrong(p, "a type is missing");
	if (!err && !is(p, ","))
		err = wrong(p, "',' is missing");
	if (err)
		return err;
	kd_view_skip_blank(&p->rest);
	start = p->rest.p;
	do
		err = next(p);
	while (!err && p->t.kind != END && !is(p, ")"));
	if (!err)
		err = kd_types_member(kd_values_types(p->vs), type->id, kd_view_trim(kd_view(start, (size_t)(p->t.text.p - start))), &m);
	if (err)
		return err;
	*off = m.bit_off / 8;
	return want(p, ")");
}

static struct kd_error *container(struct parser *p, struct kd_value *ret)
{
	struct kd_value v;
	struct kd_vtype type;
	uint64_t n = 0, off;
	struct kd_error *err = want(p, "(");

	if (!err)
		err = conditional(p, &v);
	if (!err)
		err = read_number(p, &v, &n);
	if (!err)
		err = want(p, ",");
	if (!err)
		err = type_and_member(p, &type, &off);
	if (err)
		return err;
	type.ptr++;
	*ret = kd_value_of(type, n - off);
	return NULL;
}

static struct kd_error *offset_of(struct parser *p, struct kd_value *ret)
{
	struct kd_vtype type;
	uint64_t off;
	struct kd_error *err = want(p, "(");

	if (!err)
		err = type_and_member(p, &type, &off);
	if (!err)
		*ret = kd_value_plain(off, false);
	return err;
}

static struct kd_error *size_of(struct parser *p, struct kd_value *ret)
{
	struct kd_vtype type;
	struct kd_value v;
	uint64_t size;
	bool is_type = false;
	struct kd_error *err = NULL;

	if (is(p, "(")) {
		const struct parser saved = *p;

		err = next(p);
		if (!err)
			err = type_name(p, true, &type, &is_type);
		if (!err && is_type)
			err = want(p, ")");
		if (!err && !is_type)
			*p = saved;
	}
	if (!err && !is_type) {
		const bool skip = p->skip;

		p->skip = true;
		err = unary(p, &v);
		p->skip = skip;
		type = v.type;
	}
	if (!err && !kd_vtype_size(p->vs, type, &size))
		err = wrong(p, "it has no size");
	if (!err)
		*ret = kd_value_plain(size, false);
	return err;
}

static struct kd_error *enum_constant(struct parser *p, struct kd_view name, struct kd_value *ret, bool *found)
{
	const struct kd_btf *btf = kd_types_btf(kd_values_types(p->vs));
	struct kd_btf_type t;

	for (uint32_t id = 1; id < btf->end; id++) {
		const enum kd_btf_kind kind = kd_btf_kind_of(btf, id);

		if ((kind != KD_BTF_ENUM && kind != KD_BTF_ENUM64) || !kd_btf_type(btf, id, &t))
			continue;
		for (uint32_t i = 0; i < t.n; i++) {
			const struct kd_btf_enumerator e = kd_btf_enumerator(btf, &t, i);

			if (kd_view_eq(e.name, name)) {
				*ret = kd_value_of((struct kd_vtype){.id = id}, e.value);
				*found = true;
				return NULL;
			}
		}
	}
	return NULL;
}

static struct kd_error *symbol(struct parser *p, struct kd_value *ret)
{
	struct kd_view name = p->t.text;
	struct kd_error *err = next(p), *e;
	bool found = false;

	/* module:symbol, without blanks; a ?: has one */
	if (!err && is(p, ":") && p->t.text.p == name.p + name.n && p->rest.n && kd_is_word(p->rest.p[0]) &&
	    !(p->rest.p[0] >= '0' && p->rest.p[0] <= '9')) {
		err = next(p);
		if (!err) {
			name = kd_view(name.p, (size_t)(p->t.text.p + p->t.text.n - name.p));
			err = next(p);
		}
	}
	if (err)
		return err;
	err = kd_value_symbol(p->vs, name, -1, ret);
	if (!err || err->cls != KD_NOTFOUND)
		return err;
	e = enum_constant(p, name, ret, &found);
	if (!e && !found)
		return err;
	kd_error_free(err);
	return e;
}

static struct kd_error *primary(struct parser *p, struct kd_value *ret)
{
	struct kd_error *err;

	if (p->t.kind == NUMBER) {
		*ret = kd_value_plain(p->t.n, p->t.n <= INT64_MAX && !p->t.is_unsigned);
		return next(p);
	}
	if (is(p, "(")) {
		err = next(p);
		if (!err)
			err = conditional(p, ret);
		return err ? err : want(p, ")");
	}
	if (p->t.kind != NAME)
		return wrong(p, p->t.kind == END ? "something is missing" : "not understood");
	if (is(p, "per_cpu") || is(p, "per_cpu_ptr")) {
		err = next(p);
		return err ? err : per_cpu(p, ret);
	}
	if (is(p, "container_of")) {
		err = next(p);
		return err ? err : container(p, ret);
	}
	if (is(p, "offsetof")) {
		err = next(p);
		return err ? err : offset_of(p, ret);
	}
	return symbol(p, ret);
}

/* On the side that is not taken pointers are not read: only types matter. */
static void unread(struct parser *p, struct kd_value *v)
{
	if (p->skip && kd_vtype_kind(p->vs, v->type, NULL) == KD_BTF_PTR)
		*v = kd_value_of(v->type, 0);
}

/* --- operators --------------------------------------------------------------------------------------- */

static struct kd_error *element(struct parser *p, struct kd_value *v)
{
	struct kd_value i, at;
	uint64_t n;
	struct kd_error *err = next(p);

	unread(p, v);
	if (!err)
		err = conditional(p, &i);
	if (!err)
		err = read_number(p, &i, &n);
	if (!err)
		err = want(p, "]");
	if (!err)
		err = kd_value_index(p->vs, v, (int64_t)n, &at);
	if (!err)
		*v = at;
	return err;
}

static struct kd_error *postfix(struct parser *p, struct kd_value *ret)
{
	struct kd_error *err = primary(p, ret);

	while (!err) {
		struct kd_value at;

		if (is(p, "[")) {
			err = element(p, ret);
		} else if (is(p, ".") || is(p, "->")) {
			err = next(p);
			if (!err && p->t.kind != NAME)
				err = wrong(p, "a member is missing");
			unread(p, ret);
			if (!err)
				err = kd_value_member(p->vs, ret, p->t.text, &at);
			if (!err) {
				*ret = at;
				err = next(p);
			}
		} else {
			break;
		}
	}
	return err;
}

static struct kd_error *prefix(struct parser *p, char op, struct kd_value *ret)
{
	struct kd_value v;
	uint64_t n;
	struct kd_error *err = unary(p, &v);

	if (err)
		return err;
	if (op == '*')
		unread(p, &v);
	if (op == '*')
		return kd_value_deref(p->vs, &v, ret);
	if (op == '&')
		return kd_value_address(p->vs, &v, ret);
	err = read_number(p, &v, &n);
	if (!err)
		*ret = op == '!' ? kd_value_plain(!n, true) :
				   kd_value_plain(op == '-' ? -n : op == '~' ? ~n : n, kd_vtype_is_signed(p->vs, v.type));
	return err;
}

static struct kd_error *cast_or_parenthesis(struct parser *p, struct kd_value *ret)
{
	const struct parser saved = *p;
	struct kd_vtype type;
	struct kd_value v;
	bool is_type;
	struct kd_error *err = next(p);

	if (!err)
		err = maybe_type(p, &type, &is_type);
	if (err)
		return err;
	if (!is_type) {
		*p = saved;
		return postfix(p, ret);
	}
	err = want(p, ")");
	if (!err)
		err = unary(p, &v);
	if (!err && v.untyped && v.in_memory)
		err = wrong(p, "of a symbol without a known type only the address can be cast: *(TYPE *)&NAME");
	return err ? err : kd_value_cast(p->vs, &v, type, ret);
}

static struct kd_error *unary(struct parser *p, struct kd_value *ret)
{
	struct kd_error *err;

	if (p->depth == KD_EXPR_DEPTH)
		return wrong(p, "nested too deeply");
	p->depth++;
	if (p->t.kind == PUNCTUATION && p->t.text.n == 1 && memchr("*&-~!+", p->t.text.p[0], 6)) {
		const char op = p->t.text.p[0];

		err = next(p);
		if (!err)
			err = prefix(p, op, ret);
	} else if (is(p, "sizeof")) {
		err = next(p);
		if (!err)
			err = size_of(p, ret);
	} else if (is(p, "(")) {
		err = cast_or_parenthesis(p, ret);
	} else {
		err = postfix(p, ret);
	}
	p->depth--;
	return err;
}

static const struct {
	const char *text;
	unsigned rank;
} operators[] = {
	{"||", 1}, {"&&", 2}, {"|", 3}, {"^", 4}, {"&", 5}, {"==", 6}, {"!=", 6}, {"<", 7}, {"<=", 7}, {">", 7},
	{">=", 7}, {"<<", 8}, {">>", 8}, {"+", 9}, {"-", 9}, {"*", 10}, {"/", 10}, {"%", 10},
};

static unsigned rank_of(const struct parser *p)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(operators); i++)
		if (p->t.kind == PUNCTUATION && is(p, operators[i].text))
			return operators[i].rank;
	return 0;
}

/* Of a pointer: the size of what it points to; 0: it is none. */
static uint64_t step(struct parser *p, const struct kd_value *v)
{
	struct kd_vtype to;
	uint64_t size;

	if (!kd_vtype_target(p->vs, v->type, &to))
		return 0;
	return kd_vtype_size(p->vs, to, &size) && size ? size : 1;
}

/* A pointer and a number, or two pointers; false: it is neither. */
static bool pointers(struct parser *p, char op, const struct kd_value *a, uint64_t x, const struct kd_value *b, uint64_t y,
		     struct kd_value *ret)
{
	const uint64_t sa = step(p, a), sb = step(p, b);
	struct kd_vtype type = sa ? a->type : b->type;
	struct kd_btf_type t;

	if ((!sa && !sb) || (op != '+' && op != '-'))
		return false;
	if (kd_vtype_kind(p->vs, type, &t) == KD_BTF_ARRAY && kd_vtype_target(p->vs, type, &type))
		type.ptr++;
	if (sa && sb)
		*ret = kd_value_plain(op == '-' ? (uint64_t)((int64_t)(x - y) / (int64_t)sa) : x + y, true);
	else
		*ret = kd_value_of(type, op == '+' ? (sa ? x + y * sa : y + x * sb) : x - y * (sa ? sa : 1));
	return true;
}

static struct kd_error *divide(struct parser *p, char op, uint64_t x, uint64_t y, bool is_signed, uint64_t *ret)
{
	if (!y)
		return wrong(p, "a division by zero in front of here,");
	if (is_signed && (int64_t)y == -1) /* INT64_MIN / -1 */
		*ret = op == '/' ? -x : 0;
	else if (is_signed)
		*ret = (uint64_t)(op == '/' ? (int64_t)x / (int64_t)y : (int64_t)x % (int64_t)y);
	else
		*ret = op == '/' ? x / y : x % y;
	return NULL;
}

static bool compare(struct kd_view op, uint64_t x, uint64_t y, bool is_signed)
{
	const int c = x == y ? 0 : (is_signed ? (int64_t)x < (int64_t)y : x < y) ? -1 : 1;

	switch (op.p[0]) {
	case '=':
		return c == 0;
	case '!':
		return c != 0;
	case '<':
		return op.n == 2 ? c <= 0 : c < 0;
	default:
		return op.n == 2 ? c >= 0 : c > 0;
	}
}

static uint64_t shifted(struct kd_view op, uint64_t x, uint64_t y, bool is_signed)
{
	if (y > 63)
		return 0;
	if (op.p[0] == '<')
		return x << y;
	return is_signed ? (uint64_t)((int64_t)x >> y) : x >> y;
}

static struct kd_error *apply(struct parser *p, struct kd_view op, const struct kd_value *a, const struct kd_value *b,
			      struct kd_value *ret)
{
	const bool is_signed = kd_vtype_is_signed(p->vs, a->type) && kd_vtype_is_signed(p->vs, b->type);
	uint64_t x, y, n = 0;
	struct kd_error *err = read_number(p, a, &x);

	if (!err)
		err = read_number(p, b, &y);
	if (err)
		return err;
	if (op.n == 1 && pointers(p, op.p[0], a, x, b, y, ret))
		return NULL;
	if (op.n == 2 && (op.p[0] == '<' || op.p[0] == '>') && op.p[1] == op.p[0]) {
		*ret = kd_value_plain(shifted(op, x, y, kd_vtype_is_signed(p->vs, a->type)), kd_vtype_is_signed(p->vs, a->type));
		return NULL;
	} else if (memchr("=!<>", op.p[0], 4)) {
		*ret = kd_value_plain(compare(op, x, y, is_signed), true);
		return NULL;
	} else if (op.p[0] == '/' || op.p[0] == '%') {
		err = p->skip ? NULL : divide(p, op.p[0], x, y, is_signed, &n);
	} else {
		n = op.p[0] == '+' ? x + y : op.p[0] == '-' ? x - y : op.p[0] == '*' ? x * y : op.p[0] == '&' ? x & y :
		    op.p[0] == '|' ? x | y : x ^ y;
	}
	if (!err)
		*ret = kd_value_plain(n, is_signed);
	return err;
}

static struct kd_error *binary(struct parser *p, unsigned lowest, struct kd_value *ret);

/* && and ||: the right side is not read when the left one says it all. */
static struct kd_error *logical(struct parser *p, bool both, unsigned rank, struct kd_value *ret)
{
	const bool skip = p->skip;
	struct kd_value b;
	uint64_t x, y;
	struct kd_error *err = read_number(p, ret, &x);

	if (err)
		return err;
	p->skip = skip || !!x != both;
	err = binary(p, rank + 1, &b);
	if (!err)
		err = read_number(p, &b, &y);
	p->skip = skip;
	if (!err)
		*ret = kd_value_plain(both ? x && y : x || y, true);
	return err;
}

static struct kd_error *binary(struct parser *p, unsigned lowest, struct kd_value *ret)
{
	struct kd_error *err = unary(p, ret);
	unsigned rank;

	while (!err && (rank = rank_of(p)) >= lowest && rank) {
		const struct kd_view op = p->t.text;
		struct kd_value a = *ret, b;

		err = next(p);
		if (err)
			break;
		if (rank <= 2) {
			err = logical(p, rank == 2, rank, ret);
			continue;
		}
		err = binary(p, rank + 1, &b);
		if (!err)
			err = apply(p, op, &a, &b, ret);
	}
	return err;
}

static struct kd_error *conditional(struct parser *p, struct kd_value *ret)
{
	const bool skip = p->skip;
	struct kd_value yes, no;
	uint64_t n;
	struct kd_error *err;

	if (p->depth == KD_EXPR_DEPTH)
		return wrong(p, "nested too deeply");
	p->depth++;
	err = binary(p, 1, ret);
	if (!err && is(p, "?")) {
		err = next(p);
		if (!err)
			err = read_number(p, ret, &n);
		p->skip = skip || !n;
		if (!err)
			err = conditional(p, &yes);
		if (!err)
			err = want(p, ":");
		p->skip = skip || n;
		if (!err)
			err = conditional(p, &no);
		p->skip = skip;
		if (!err)
			*ret = n ? yes : no;
		if (!err && yes.type.plain && no.type.plain && !yes.type.ptr && !no.type.ptr) /* one type for both */
			ret->type.is_signed = yes.type.is_signed && no.type.is_signed;
	}
	p->depth--;
	return err;
}

/* --- the whole --------------------------------------------------------------------------------------- */

static struct kd_error *begin(struct parser *p, struct kd_values *vs, struct kd_view text)
{
	if (text.n > KD_EXPR_MAX)
		return kd_error_new(KD_INVALID, "an expression of more than %d bytes", KD_EXPR_MAX);
	*p = (struct parser){.vs = vs, .all = text, .rest = text, .t.text = text};
	return next(p);
}

struct kd_error *kd_expr_type(struct kd_values *vs, struct kd_view text, struct kd_vtype *ret)
{
	struct parser p;
	bool is_type = false;
	struct kd_error *err = begin(&p, vs, text);

	if (!err)
		err = type_name(&p, true, ret, &is_type);
	if (!err && (!is_type || p.t.kind != END))
		err = is_type ? wrong(&p, "not understood") :
				kd_error_new(KD_NOTFOUND, "there is no type \"%.*s\"", (int)text.n, text.n ? text.p : "");
	return err;
}

/* SYMBOL:CPU is the whole text. */
static bool symbol_of_cpu(struct kd_view text, struct kd_view *name, int *cpu)
{
	const size_t colon = kd_view_rchr(text, ':');
	uint64_t n;

	if (colon == KD_NPOS || !kd_view_dec(kd_view_from(text, colon + 1), &n) || n > INT32_MAX)
		return false;
	*name = kd_view_head(text, colon);
	for (size_t i = 0; i < name->n; i++)
		if (!kd_is_word(name->p[i]) && name->p[i] != ':')
			return false;
	*cpu = (int)n;
	return name->n > 0;
}

/* EXPRESSION @ TYPE */
static struct kd_error *taken_for(struct parser *p, struct kd_value *ret)
{
	struct kd_vtype type;
	uint64_t addr;
	bool is_type;
	struct kd_error *err = kd_value_number(p->vs, ret, &addr);

	if (!err && ret->untyped)
		addr = ret->addr;
	if (!err)
		err = next(p);
	if (!err)
		err = type_name(p, true, &type, &is_type);
	if (!err && !is_type)
		err = wrong(p, "no type");
	if (!err)
		*ret = kd_value_at(type, addr);
	return err;
}

struct kd_error *kd_expr(struct kd_values *vs, struct kd_view text, struct kd_value *ret)
{
	struct parser p;
	struct kd_view name;
	int cpu;
	struct kd_error *err;

	if (symbol_of_cpu(kd_view_trim(text), &name, &cpu))
		return kd_value_symbol(vs, name, cpu, ret);
	err = begin(&p, vs, text);
	if (!err)
		err = conditional(&p, ret);
	if (!err && is(&p, "@"))
		err = taken_for(&p, ret);
	if (!err && p.t.kind != END)
		err = wrong(&p, "not understood");
	return err;
}
