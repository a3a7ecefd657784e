// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/demangle_cxx.h"

#include <string.h>

#include "base/alloc.h"

enum { DEPTH_MAX = 48, STEPS_MAX = 4096 };

struct cxx {
	struct kd_view v;
	struct kd_buf *out;
	struct kd_view last; /* the class that a constructor is of */
	unsigned depth, steps;
	bool bad;
};

static bool type(struct cxx *c);
static bool encoding(struct cxx *c);

static bool enter(struct cxx *c)
{
	if (c->bad || c->depth >= DEPTH_MAX || c->steps++ >= STEPS_MAX) {
		c->bad = true;
		return false;
	}
	c->depth++;
	return true;
}

static bool leave(struct cxx *c, bool good)
{
	c->depth--;
	return good && !c->bad;
}

static bool next_is(struct cxx *c, const char *text)
{
	return kd_view_skip(&c->v, kd_view_of(text));
}

static char peek(const struct cxx *c)
{
	return c->v.n ? c->v.p[0] : 0;
}

static void put(struct cxx *c, const char *text)
{
	kd_buf_add(c->out, kd_view_of(text));
}

/* --- what is read and left out ------------------------------------------------------------ */

/* "S_", "S0_", "St", "Sa" …, "T_", "T0_" */
static bool substitution(struct cxx *c)
{
	if (!next_is(c, "S") && !next_is(c, "T"))
		return false;
	if (c->v.n && strchr("tabsiod", peek(c))) {
		c->v = kd_view_from(c->v, 1);
		return true;
	}
	while (c->v.n && kd_is_alnum(peek(c)))
		c->v = kd_view_from(c->v, 1);
	return next_is(c, "_");
}

/* "<decimal> text" */
static bool source_name(struct cxx *c, struct kd_view *ret)
{
	uint64_t n;

	if (!kd_is_digit(peek(c)) || !kd_view_take_dec(&c->v, &n) || !n || n > c->v.n)
		return false;
	*ret = kd_view_head(c->v, (size_t)n);
	c->v = kd_view_from(c->v, (size_t)n);
	return true;
}

static bool template_args(struct cxx *c);

/* A literal of an argument: "Li4E", "Lb1E", "L_Z3fooE"; anything up to its E that holds no other E. */
static bool literal(struct cxx *c)
{
	bool good;

	if (!next_is(c, "L"))
		return false;
	if (next_is(c, "_Z")) {
		const size_t before = c->out->n;

		good = encoding(c);
		c->out->n = before;
		return good && next_is(c, "E");
	}
	if (!type(c))
		return false;
	while (c->v.n && (kd_is_digit(peek(c)) || peek(c) == 'n' || (peek(c) >= 'a' && peek(c) <= 'f')))
		c->v = kd_view_from(c->v, 1);
	return next_is(c, "E");
}

/* A name inside of a type: nothing of it is put. */
static bool silent_name(struct cxx *c)
{
	struct kd_view name;

	if (next_is(c, "N")) {
		while (c->v.n && strchr("KVrRO", peek(c)))
			c->v = kd_view_from(c->v, 1);
		while (c->v.n && peek(c) != 'E')
			if (!(peek(c) == 'I' ? template_args(c) : source_name(c, &name) || substitution(c)))
				return false;
		return next_is(c, "E");
	}
	if (!source_name(c, &name) && !(substitution(c) && (source_name(c, &name) || true)))
		return false;
	return peek(c) != 'I' || template_args(c);
}

static bool function_type(struct cxx *c)
{
	if (!next_is(c, "F"))
		return false;
	next_is(c, "Y");
	while (c->v.n && peek(c) != 'E')
		if (!type(c))
			return false;
	return next_is(c, "E");
}

static bool array_type(struct cxx *c)
{
	uint64_t n;

	if (!next_is(c, "A"))
		return false;
	if (kd_is_digit(peek(c)) && !kd_view_take_dec(&c->v, &n))
		return false;
	return next_is(c, "_") && type(c);
}

/* One type, read past. */
static bool type(struct cxx *c)
{
	bool good;

	if (!enter(c))
		return false;
	while (c->v.n && strchr("PROKVr", peek(c))) /* pointers, references, qualifiers */
		c->v = kd_view_from(c->v, 1);
	if (next_is(c, "Dp")) /* a pack */
		good = type(c);
	else if (peek(c) == 'D' && c->v.n > 1 && strchr("disahfnuc", c->v.p[1]))
		good = (c->v = kd_view_from(c->v, 2), true); /* char16_t, nullptr_t, auto … */
	else if (peek(c) == 'F')
		good = function_type(c);
	else if (peek(c) == 'A')
		good = array_type(c);
	else if (next_is(c, "M"))
		good = type(c) && type(c);
	else if (c->v.n && strchr("vwbcahstijlmxynofdegz", peek(c)))
		good = (c->v = kd_view_from(c->v, 1), true);
	else
		good = silent_name(c);
	return leave(c, good);
}

static bool template_args(struct cxx *c)
{
	bool good = enter(c) && next_is(c, "I");

	while (good && c->v.n && peek(c) != 'E') {
		if (next_is(c, "J")) { /* a pack of arguments */
			while (good && c->v.n && peek(c) != 'E')
				good = peek(c) == 'L' ? literal(c) : type(c);
			good = good && next_is(c, "E");
		} else {
			good = peek(c) == 'L' ? literal(c) : type(c);
		}
	}
	return leave(c, good && next_is(c, "E"));
}

/* --- names -------------------------------------------------------------------------------- */

/* 5.1.3: two letters → what stands behind "operator". */
static bool operator_name(struct cxx *c)
{
	static const char table[][12] = {
		"nw new", "na new[]", "dl delete", "da delete[]", "ps+", "ng-", "ad&", "de*", "co~", "pl+", "mi-", "ml*", "dv/",
		"rm%", "an&", "or|", "eo^", "aS=", "pL+=", "mI-=", "mL*=", "dV/=", "rM%=", "aN&=", "oR|=", "eO^=", "ls<<", "rs>>",
		"lS<<=", "rS>>=", "eq==", "ne!=", "lt<", "gt>", "le<=", "ge>=", "ss<=>", "nt!", "aa&&", "oo||", "pp++", "mm--",
		"cm,", "pm->*", "pt->", "cl()", "ix[]", "qu?",
	};
	struct kd_view name;

	if (next_is(c, "cv")) { /* to the type that follows */
		put(c, "operator <type>");
		return type(c);
	}
	if (next_is(c, "li")) {
		put(c, "operator\"\" ");
		return source_name(c, &name) && kd_buf_add(c->out, name);
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(table); i++) {
		if (c->v.n < 2 || memcmp(c->v.p, table[i], 2) != 0)
			continue;
		c->v = kd_view_from(c->v, 2);
		put(c, "operator");
		put(c, table[i] + 2);
		return true;
	}
	return false;
}

/* "C1", "C2", "D0" …: named as their class. */
static bool structor(struct cxx *c)
{
	const bool destroys = peek(c) == 'D';

	if ((peek(c) != 'C' && !destroys) || c->v.n < 2 || !kd_is_digit(c->v.p[1]) || !c->last.n)
		return false;
	c->v = kd_view_from(c->v, 2);
	if (destroys)
		put(c, "~");
	kd_buf_add(c->out, c->last);
	return true;
}

/* "UlivE_" is a lambda, "Ut_" a type without a name. */
static bool unnamed(struct cxx *c)
{
	uint64_t n;

	if (next_is(c, "Ut")) {
		put(c, "{unnamed}");
	} else if (next_is(c, "Ul")) {
		put(c, "{lambda}");
		while (c->v.n && peek(c) != 'E')
			if (!type(c))
				return false;
		if (!next_is(c, "E"))
			return false;
	} else {
		return false;
	}
	if (kd_is_digit(peek(c)) && !kd_view_take_dec(&c->v, &n))
		return false;
	return next_is(c, "_");
}

static bool unqualified(struct cxx *c)
{
	struct kd_view name;

	next_is(c, "L"); /* internal linkage (GCC) */
	if (kd_is_digit(peek(c))) {
		if (!source_name(c, &name))
			return false;
		c->last = name;
		if (kd_view_starts(name, KD_V("_GLOBAL__N")))
			put(c, "(anonymous namespace)");
		else
			kd_buf_add(c->out, name);
	} else if (!structor(c) && !unnamed(c) && !operator_name(c)) {
		return false;
	}
	while (next_is(c, "B")) /* "B5cxx11": an ABI tag */
		if (!source_name(c, &name))
			return false;
	return true;
}

/* "St", "Sa", "Ss", "Si", "So", "Sd", "Sb" at the front of a name. */
static bool standard(struct cxx *c)
{
	static const char table[][20] = {"Stst", "Saallocator", "Ssstring", "Sbbasic_string", "Siistream", "Soostream", "Sdiostream"};

	for (size_t i = 0; i < KD_ARRAY_LEN(table); i++) {
		if (c->v.n < 2 || memcmp(c->v.p, table[i], 2) != 0)
			continue;
		c->v = kd_view_from(c->v, 2);
		put(c, "std");
		if (!i)
			return true;
		put(c, "::");
		put(c, table[i] + 2);
		c->last = kd_view_of(table[i] + 2);
		return true;
	}
	return false;
}

static bool nested(struct cxx *c)
{
	bool any = false;

	while (c->v.n && strchr("KVrRO", peek(c)))
		c->v = kd_view_from(c->v, 1);
	while (c->v.n && peek(c) != 'E') {
		if (peek(c) == 'I') {
			if (!any || !template_args(c))
				return false;
			put(c, "<…>");
			continue;
		}
		if (any)
			put(c, "::");
		if (!(peek(c) == 'S' ? !any && standard(c) : unqualified(c)))
			return false;
		any = true;
	}
	return any && next_is(c, "E");
}

/* "Z <encoding> E <entity>", "Z … E s": inside of a function. */
static bool local(struct cxx *c)
{
	uint64_t n;

	if (!encoding(c) || !next_is(c, "E") || next_is(c, "s"))
		return false;
	put(c, "::");
	if (next_is(c, "N"))
		return nested(c);
	if (!unqualified(c))
		return false;
	if (next_is(c, "_"))
		return kd_view_take_dec(&c->v, &n);
	return true;
}

static bool plain(struct cxx *c)
{
	if (peek(c) == 'S') {
		if (!standard(c))
			return false;
		put(c, "::");
	}
	if (!unqualified(c))
		return false;
	if (peek(c) != 'I')
		return true;
	if (!template_args(c))
		return false;
	put(c, "<…>");
	return true;
}

/* A name and the types of its parameters, which are read past up to the end or an E. */
static bool encoding(struct cxx *c)
{
	bool good = enter(c) && (next_is(c, "N") ? nested(c) : next_is(c, "Z") ? local(c) : plain(c));

	while (good && c->v.n && peek(c) != 'E' && peek(c) != '.')
		good = type(c);
	return leave(c, good);
}

bool kd_demangle_cxx(struct kd_view v, struct kd_buf *out)
{
	struct cxx c = {.v = v, .out = out};

	return encoding(&c) && !out->overflow && (!c.v.n || c.v.p[0] == '.');
}
