// SPDX-License-Identifier: GPL-2.0-or-later
/* eval, ascii: numbers. Forms and operators are those of crash's help pages. */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/sh.h"
#include "verb/core_rd.h"

enum { BITS = 64, TEXT_MAX = 4096 };

/* --- eval -------------------------------------------------------------------------------------------- */

static unsigned unit_shift(char c)
{
	switch (c | 0x20) {
	case 'k':
		return 10;
	case 'm':
		return 20;
	case 'g':
		return 30;
	default:
		return 0;
	}
}

/* Hexadecimal with 0x, or when there is a letter among the digits and a digit in front. */
static bool plain_number(struct kd_view v, uint64_t *ret)
{
	if (!v.n || !kd_is_digit(v.p[0]))
		return v.n == 16 && kd_view_hex(v, ret);
	return kd_view_dec(v, ret) || kd_view_hex(v, ret);
}

static bool number(struct kd_view v, uint64_t *ret)
{
	const unsigned shift = v.n ? unit_shift(v.p[v.n - 1]) : 0;
	uint64_t x;

	if (plain_number(v, ret))
		return true;
	if (!shift || !plain_number(kd_view_head(v, v.n - 1), &x) || x > UINT64_MAX >> shift)
		return false;
	*ret = x << shift;
	return true;
}

static struct kd_error *value(struct kd_sh *sh, struct kd_view v, uint64_t *ret)
{
	const bool complement = kd_view_skip(&v, KD_V("~"));
	const bool negative = !complement && v.n > 1 && kd_view_skip(&v, KD_V("-"));
	struct kd_view copy;
	struct kd_error *err = NULL;

	v = kd_view_trim(v);
	if (!number(v, ret)) {
		copy = kd_arena_view(&sh->arena, v);
		if (!copy.p || !v.n)
			return kd_error_new(KD_INVALID, "a number or a symbol is missing");
		err = kd_core_address_arg(sh->dump, copy.p, ret);
	}
	if (!err && complement)
		*ret = ~*ret;
	if (!err && negative)
		*ret = 0 - *ret;
	return err;
}

/* The operator: behind the first value, so that "-1" and "~1" are values. */
static size_t find_operator(struct kd_view v, size_t *ret_len)
{
	for (size_t i = 1; i < v.n; i++) {
		if (!strchr("+-&|^*%/<>", v.p[i]) || !v.p[i])
			continue;
		*ret_len = 1;
		if (v.p[i] != '<' && v.p[i] != '>')
			return i;
		if (i + 1 >= v.n || v.p[i + 1] != v.p[i])
			return KD_NPOS;
		*ret_len = 2;
		return i;
	}
	return KD_NPOS;
}

static struct kd_error *apply(char op, uint64_t x, uint64_t y, uint64_t *ret)
{
	if ((op == '/' || op == '%') && !y)
		return kd_error_new(KD_INVALID, "a division by zero");
	if ((op == '<' || op == '>') && y >= BITS)
		return kd_error_new(KD_INVALID, "a shift by %" PRIu64 " bits", y);
	switch (op) {
	case '+':
		*ret = x + y;
		return NULL;
	case '-':
		*ret = x - y;
		return NULL;
	case '&':
		*ret = x & y;
		return NULL;
	case '|':
		*ret = x | y;
		return NULL;
	case '^':
		*ret = x ^ y;
		return NULL;
	case '*':
		*ret = x * y;
		return NULL;
	case '/':
		*ret = x / y;
		return NULL;
	case '%':
		*ret = x % y;
		return NULL;
	case '<':
		*ret = x << y;
		return NULL;
	default:
		*ret = x >> y;
		return NULL;
	}
}

static struct kd_error *expression(struct kd_sh *sh, struct kd_view v, uint64_t *ret)
{
	size_t len = 0, at;
	uint64_t x, y;
	struct kd_error *err;

	v = kd_view_trim(v);
	if (v.n > 1 && v.p[0] == '(' && v.p[v.n - 1] == ')')
		v = kd_view_trim(kd_view_head(kd_view_from(v, 1), v.n - 2));
	if (!v.n)
		return kd_error_new(KD_INVALID, "eval (X OPERATOR Y), or a value");
	at = find_operator(v, &len);
	if (at == KD_NPOS)
		return value(sh, v, ret);
	err = value(sh, kd_view_head(v, at), &x);
	if (!err)
		err = value(sh, kd_view_from(v, at + len), &y);
	return err ? err : apply(v.p[at], x, y, ret);
}

static const char *unit(uint64_t *x)
{
	static const char *const names[] = {"GB", "MB", "KB"};

	for (unsigned i = 0; i < KD_ARRAY_LEN(names); i++) {
		const unsigned shift = 30 - 10 * i;

		if (*x && !(*x & ((1ULL << shift) - 1))) {
			*x >>= shift;
			return names[i];
		}
	}
	return NULL;
}

static void print(struct kd_out *o, uint64_t x, bool bits)
{
	uint64_t units = x;
	const char *name = unit(&units);

	kd_out_printf(o, "hexadecimal: %" PRIx64, x);
	if (name)
		kd_out_printf(o, "  (%" PRIu64 "%s)", units, name);
	kd_out_printf(o, "\n    decimal: %" PRIu64, x);
	if (x >> 63)
		kd_out_printf(o, "  (%" PRId64 ")", (int64_t)x);
	kd_out_printf(o, "\n      octal: %" PRIo64 "\n     binary: ", x);
	for (unsigned i = BITS; i--;)
		kd_out_puts(o, x >> i & 1 ? "1" : "0");
	if (bits)
		kd_out_puts(o, "\n   bits set:");
	for (unsigned i = BITS; bits && i--;)
		if (x >> i & 1)
			kd_out_printf(o, " %u", i);
	kd_out_puts(o, "\n");
}

int kd_sh_eval(struct kd_sh *sh, const char *const *word, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(TEXT_MAX);
	bool bits = false;
	size_t i = 1;
	struct kd_error *err;
	uint64_t x;

	for (; i < n && (!strcmp(word[i], "-b") || !strcmp(word[i], "-l")); i++)
		bits |= word[i][1] == 'b';
	for (; i < n; i++)
		kd_buf_printf(&text, "%s ", word[i]);
	err = text.overflow ? kd_error_new(KD_LIMIT, "the expression is too long") : expression(sh, kd_buf_view(&text), &x);
	if (err)
		return kd_sh_fail(sh, err);
	print(sh->run.out, x, bits);
	return KD_EXIT_OK;
}

/* --- ascii ------------------------------------------------------------------------------------------- */

/* The bytes in the order of the memory: the low one first. */
static struct kd_error *one_ascii(struct kd_sh *sh, const char *text)
{
	struct kd_view v = kd_view_of(text);
	uint64_t x;

	kd_view_skip(&v, KD_V("0x"));
	if (!kd_view_hex(v, &x))
		return kd_error_new(KD_INVALID, "\"%s\" is no hexadecimal value of up to 64 bits", text);
	kd_out_printf(sh->run.out, "%0*" PRIx64 ": ", v.n > 8 ? 16 : 8, x);
	for (unsigned i = 0; i < (v.n > 8 ? 8 : 4); i++) {
		const char c = (char)(x >> 8 * i);

		kd_out_raw(sh->run.out, c >= ' ' && c <= '~' ? kd_view(&c, 1) : KD_V("."));
	}
	kd_out_puts(sh->run.out, "\n");
	return NULL;
}

static void chart(struct kd_out *o)
{
	for (int c = ' '; c <= '~'; c++)
		kd_out_printf(o, "%02x %c%s", (unsigned)c, c, c % 8 == 7 || c == '~' ? "\n" : "   ");
}

int kd_sh_ascii(struct kd_sh *sh, const char *const *word, size_t n)
{
	struct kd_error *err = NULL;

	if (n == 1)
		chart(sh->run.out);
	for (size_t i = 1; !err && i < n; i++)
		err = one_ascii(sh, word[i]);
	return err ? kd_sh_fail(sh, err) : KD_EXIT_OK;
}
