// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/demangle.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "report/demangle_cxx.h"

enum {
	NAME_MAX_OUT = 1024, /* bytes of a readable name */
	DEPTH_MAX = 64,	     /* of nesting in a hostile symbol */
	STEPS_MAX = 4096,    /* back references multiply the work */
};

struct dem {
	struct kd_view all; /* behind "_R": back references count from here */
	struct kd_view v;   /* what is still to be read */
	struct kd_buf *out;
	unsigned depth, steps;
	unsigned mute; /* > 0: read, print nothing */
	bool bad;
};

static void put(struct dem *d, struct kd_view s)
{
	if (!d->mute)
		kd_buf_add(d->out, s);
}

static char take_char(struct dem *d)
{
	char c;

	if (!d->v.n) {
		d->bad = true;
		return 0;
	}
	c = d->v.p[0];
	d->v = kd_view_from(d->v, 1);
	return c;
}

static bool next_is(struct dem *d, char c)
{
	if (!d->v.n || d->v.p[0] != c)
		return false;
	d->v = kd_view_from(d->v, 1);
	return true;
}

static bool enter(struct dem *d)
{
	if (d->bad || d->depth >= DEPTH_MAX || d->steps++ >= STEPS_MAX) {
		d->bad = true;
		return false;
	}
	d->depth++;
	return true;
}

/* RFC 2603: "_" is 0, "0_" is 1, digits are 0-9a-zA-Z. */
static uint64_t base62(struct dem *d)
{
	uint64_t n = 0;

	if (next_is(d, '_'))
		return 0;
	while (!d->bad) {
		char c = take_char(d);

		if (c == '_')
			return n + 1;
		if (n > (UINT64_MAX - 61) / 62 || !kd_is_alnum(c)) { /* hashes of crates take all 64 bits */
			d->bad = true;
			break;
		}
		n = n * 62 + (uint64_t)(kd_is_digit(c) ? c - '0' : c >= 'a' ? c - 'a' + 10 : c - 'A' + 36);
	}
	return 0;
}

/* "3foo"; in Rust v0 an underscore may part number and name. */
static struct kd_view counted(struct dem *d, bool v0)
{
	struct kd_view name;
	uint64_t n;

	if (v0 && next_is(d, '0')) { /* an empty one, as closures have: "00" is two of them */
		next_is(d, '_');
		return kd_view(d->v.p, 0);
	}
	if (!d->v.n || !kd_is_digit(d->v.p[0]) || !kd_view_take_dec(&d->v, &n)) {
		d->bad = true;
		return KD_VNULL;
	}
	if (v0)
		next_is(d, '_');
	if (n > d->v.n) {
		d->bad = true;
		return KD_VNULL;
	}
	name = kd_view_head(d->v, (size_t)n);
	d->v = kd_view_from(d->v, (size_t)n);
	return name;
}

/* The name of an identifier; a disambiguator in front is skipped, Punycode stays as it is. */
static struct kd_view ident(struct dem *d)
{
	if (next_is(d, 's'))
		base62(d);
	next_is(d, 'u');
	return counted(d, true);
}

static void path(struct dem *d, bool in_value);
static void type(struct dem *d);

/* Read at an earlier place what a back reference points to; it must point backwards. */
static void backref(struct dem *d, void (*read)(struct dem *d))
{
	size_t here = (size_t)(d->v.p - d->all.p) - 1;
	uint64_t at = base62(d);
	struct kd_view after = d->v;

	if (d->bad || at >= here) {
		d->bad = true;
		return;
	}
	d->v = kd_view_from(d->all, (size_t)at);
	read(d);
	d->v = after;
}

static void path_in_type(struct dem *d)
{
	path(d, false);
}

/* A constant's digits are hexadecimal; what fits is put in decimal, as the source has it. */
static void put_number(struct dem *d, struct kd_view hex)
{
	uint64_t n;

	if (hex.n <= 16 && kd_view_hex(hex, &n)) {
		if (!d->mute)
			kd_buf_printf(d->out, "%ju", (uintmax_t)n);
		return;
	}
	put(d, KD_V("0x"));
	put(d, hex);
}

static void constant(struct dem *d)
{
	struct kd_view from;

	if (!enter(d))
		return;
	if (next_is(d, 'B')) {
		backref(d, constant);
	} else if (next_is(d, 'p')) {
		put(d, KD_V("_"));
	} else {
		take_char(d); /* its type says how to print it; the digits do for people */
		if (next_is(d, 'n'))
			put(d, KD_V("-"));
		from = d->v;
		while (d->v.n && kd_is_xdigit(d->v.p[0]))
			d->v = kd_view_from(d->v, 1);
		put_number(d, kd_view_head(from, from.n - d->v.n));
		if (!next_is(d, '_'))
			d->bad = true;
	}
	d->depth--;
}

static void generic_arg(struct dem *d)
{
	if (next_is(d, 'L'))
		base62(d);
	else if (next_is(d, 'K'))
		constant(d);
	else
		type(d);
}

static const char *basic_type(char c)
{
	static const struct {
		char c;
		const char *name;
	} basics[] = {
		{'a', "i8"}, {'b', "bool"}, {'c', "char"}, {'d', "f64"}, {'e', "str"}, {'f', "f32"},
		{'h', "u8"}, {'i', "isize"}, {'j', "usize"}, {'l', "i32"}, {'m', "u32"}, {'n', "i128"},
		{'o', "u128"}, {'p', "_"}, {'s', "i16"}, {'t', "u16"}, {'u', "()"}, {'v', "..."},
		{'x', "i64"}, {'y', "u64"}, {'z', "!"},
	};

	for (size_t i = 0; i < sizeof(basics) / sizeof(basics[0]); i++)
		if (basics[i].c == c)
			return basics[i].name;
	return NULL;
}

static void list(struct dem *d, const char *sep, void (*one)(struct dem *d))
{
	for (bool first = true; !d->bad && !next_is(d, 'E'); first = false) {
		if (!first)
			put(d, kd_view_of(sep));
		one(d);
	}
}

static void fn_sig(struct dem *d)
{
	if (next_is(d, 'G'))
		base62(d);
	if (next_is(d, 'U'))
		put(d, KD_V("unsafe "));
	if (next_is(d, 'K')) {
		put(d, KD_V("extern \""));
		put(d, next_is(d, 'C') ? KD_V("C") : ident(d));
		put(d, KD_V("\" "));
	}
	put(d, KD_V("fn("));
	list(d, ", ", type);
	put(d, KD_V(")"));
	if (next_is(d, 'u'))
		return;
	put(d, KD_V(" -> "));
	type(d);
}

/* The types that a bound ties down ("Output = ()") are read and left out. */
static void dyn_trait(struct dem *d)
{
	path(d, false);
	d->mute++;
	while (!d->bad && next_is(d, 'p')) {
		ident(d);
		type(d);
	}
	d->mute--;
}

static void reference(struct dem *d, const char *before)
{
	put(d, kd_view_of(before));
	if (next_is(d, 'L'))
		base62(d);
	type(d);
}

/* "(u32, bool)"; one type alone has a comma behind it. */
static void tuple(struct dem *d)
{
	size_t n = 0;

	put(d, KD_V("("));
	for (; !d->bad && !next_is(d, 'E'); n++) {
		if (n)
			put(d, KD_V(", "));
		type(d);
	}
	put(d, n == 1 ? KD_V(",)") : KD_V(")"));
}

static void compound_type(struct dem *d, char c)
{
	switch (c) {
	case 'R':
		reference(d, "&");
		break;
	case 'Q':
		reference(d, "&mut ");
		break;
	case 'P':
		reference(d, "*const ");
		break;
	case 'O':
		reference(d, "*mut ");
		break;
	case 'A':
	case 'S':
		put(d, KD_V("["));
		type(d);
		if (c == 'A') {
			put(d, KD_V("; "));
			constant(d);
		}
		put(d, KD_V("]"));
		break;
	case 'T':
		tuple(d);
		break;
	case 'F':
		fn_sig(d);
		break;
	case 'D':
		put(d, KD_V("dyn "));
		if (next_is(d, 'G'))
			base62(d);
		list(d, " + ", dyn_trait);
		if (next_is(d, 'L'))
			base62(d);
		else
			d->bad = true;
		break;
	default:
		d->bad = true;
	}
}

static void type(struct dem *d)
{
	const char *basic;

	if (!enter(d))
		return;
	basic = d->v.n ? basic_type(d->v.p[0]) : NULL;
	if (basic) {
		take_char(d);
		put(d, kd_view_of(basic));
	} else if (d->v.n && memchr("CMXYNI", d->v.p[0], 6)) {
		path(d, false);
	} else if (next_is(d, 'B')) {
		backref(d, type);
	} else {
		compound_type(d, take_char(d));
	}
	d->depth--;
}

/* <T> or <T as Trait>; the path of the impl block itself is not printed. */
static void impl(struct dem *d, char c)
{
	if (c != 'Y') {
		d->mute++;
		if (next_is(d, 's'))
			base62(d);
		path(d, false);
		d->mute--;
	}
	put(d, KD_V("<"));
	type(d);
	if (c != 'M') {
		put(d, KD_V(" as "));
		path(d, false);
	}
	put(d, KD_V(">"));
}

static void nested(struct dem *d, bool in_value)
{
	char ns = take_char(d);
	struct kd_view name;

	path(d, in_value);
	name = ident(d);
	if (ns >= 'A' && ns <= 'Z') { /* closures and shims have no name of their own */
		put(d, ns == 'C' ? KD_V("::{closure") : ns == 'S' ? KD_V("::{shim") : KD_V("::{"));
		if (name.n) {
			put(d, KD_V(":"));
			put(d, name);
		}
		put(d, KD_V("}"));
	} else if (name.n) {
		put(d, KD_V("::"));
		put(d, name);
	}
}

static void path(struct dem *d, bool in_value)
{
	char c;

	if (!enter(d))
		return;
	c = take_char(d);
	switch (c) {
	case 'C':
		put(d, ident(d));
		break;
	case 'M':
	case 'X':
	case 'Y':
		impl(d, c);
		break;
	case 'N':
		nested(d, in_value);
		break;
	case 'I':
		path(d, in_value);
		put(d, in_value ? KD_V("::<") : KD_V("<"));
		list(d, ", ", generic_arg);
		put(d, KD_V(">"));
		break;
	case 'B':
		backref(d, path_in_type);
		break;
	default:
		d->bad = true;
	}
	d->depth--;
}

static bool rust_v0(struct dem *d)
{
	path(d, true);
	if (d->bad)
		return false;
	if (d->v.n && memchr("CMXYNIB", d->v.p[0], 7)) { /* the crate that instantiated it */
		d->mute++;
		path(d, true);
		d->mute--;
	}
	return !d->bad && (!d->v.n || d->v.p[0] == '.');
}

static bool is_hash(struct kd_view part)
{
	if (part.n != 17 || part.p[0] != 'h')
		return false;
	for (size_t i = 1; i < part.n; i++)
		if (!kd_is_xdigit(part.p[i]))
			return false;
	return true;
}

/* "$u3b$": a character by its number; printable ASCII only. */
static bool put_code(struct dem *d, struct kd_view *s)
{
	struct kd_view w = *s;
	uint64_t code;
	char c;

	if (!kd_view_skip(&w, KD_V("$u")) || !kd_view_take_hex(&w, &code) || code < ' ' || code > '~' ||
	    !kd_view_skip(&w, KD_V("$")))
		return false;
	c = (char)code;
	put(d, kd_view(&c, 1));
	*s = w;
	return true;
}

/* Legacy Rust: "$LT$" for "<", ".." for "::", a leading "_" before an escape. */
static void put_legacy(struct dem *d, struct kd_view s)
{
	static const struct {
		struct kd_view esc, text;
	} escapes[] = {
		{KD_V("$LT$"), KD_V("<")}, {KD_V("$GT$"), KD_V(">")},	 {KD_V("$RF$"), KD_V("&")},
		{KD_V("$BP$"), KD_V("*")}, {KD_V("$LP$"), KD_V("(")},	 {KD_V("$RP$"), KD_V(")")},
		{KD_V("$C$"), KD_V(",")},  {KD_V(".."), KD_V("::")},
	};

	if (kd_view_starts(s, KD_V("_$")))
		s = kd_view_from(s, 1);
	while (s.n) {
		size_t i = 0;

		while (i < sizeof(escapes) / sizeof(escapes[0]) && !kd_view_starts(s, escapes[i].esc))
			i++;
		if (i < sizeof(escapes) / sizeof(escapes[0])) {
			put(d, escapes[i].text);
			s = kd_view_from(s, escapes[i].esc.n);
		} else if (!put_code(d, &s)) {
			put(d, kd_view_head(s, 1));
			s = kd_view_from(s, 1);
		}
	}
}

/* Legacy Rust: a nested name of counted parts that ends with a hash. false: it has none, it is C++. */
static bool legacy(struct dem *d)
{
	bool any = false, hash = false;

	if (!next_is(d, 'N'))
		return false;
	while (!hash && d->v.n && kd_is_digit(d->v.p[0])) {
		struct kd_view part = counted(d, false);

		if (d->bad)
			return false;
		hash = any && is_hash(part) && d->v.n && d->v.p[0] == 'E';
		if (!hash) {
			if (any)
				put(d, KD_V("::"));
			put_legacy(d, part);
		}
		any = true;
	}
	return hash && next_is(d, 'E') && (!d->v.n || d->v.p[0] == '.');
}

struct kd_view kd_demangle(struct kd_arena *a, struct kd_view sym)
{
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(NAME_MAX_OUT);
	struct dem d = {.v = sym, .out = &out};
	bool good = false;

	if (kd_view_skip(&d.v, KD_V("_R"))) {
		d.all = d.v;
		good = rust_v0(&d);
	} else if (kd_view_skip(&d.v, KD_V("_Z"))) {
		const struct kd_view cxx = d.v;

		good = legacy(&d);
		if (!good) {
			kd_buf_clear(&out);
			good = kd_demangle_cxx(cxx, &out);
		}
	}
	if (!good || out.overflow || !kd_buf_view(&out).n)
		return sym;
	return kd_arena_view(a, kd_buf_view(&out));
}
