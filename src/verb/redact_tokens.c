// SPDX-License-Identifier: GPL-2.0-or-later
/* What is to be replaced because of its own form. */
#include "base/alloc.h"
#include "verb/redact_line.h"

enum { MAX_LABEL = 63 }; /* of a domain name: RFC 1035 */

static char at(struct kd_view l, size_t i)
{
	return i < l.n ? l.p[i] : '\0';
}

static char before(struct kd_view l, size_t i, size_t back)
{
	return i >= back ? l.p[i - back] : '\0';
}

static size_t xdigits(struct kd_view l, size_t i, size_t max)
{
	size_t n = 0;

	while (n < max && i + n < l.n && kd_is_xdigit(l.p[i + n]))
		n++;
	return n;
}

/* ---- IPv4 ---- */

/* Four numbers up to 255 with dots; no other digit or part follows. */
static size_t quad(struct kd_view l, size_t i, uint8_t part[4])
{
	size_t j = i;

	for (int k = 0; k < 4; k++) {
		unsigned v = 0;
		size_t n = 0;

		if (k && at(l, j++) != '.')
			return 0;
		for (; n < 4 && kd_is_digit(at(l, j)); n++, j++)
			v = v * 10 + (unsigned)(l.p[j] - '0');
		if (!n || n > 3 || v > 255 || (n > 1 && l.p[j - n] == '0'))
			return 0;
		part[k] = (uint8_t)v;
	}
	if (!kd_redact_ends(l, j) || at(l, j) == '_' || at(l, j) == '+')
		return 0;
	return at(l, j) == '.' && kd_is_digit(at(l, j + 1)) ? 0 : j - i;
}

/* Is the word in front one that versions follow? "firmware version: 1.2.3.4" */
static bool version_before(struct kd_view l, size_t i)
{
	struct kd_view w;
	size_t end;

	for (int tries = 0; tries < 2; tries++) {
		while (i && !kd_is_word(l.p[i - 1]) && l.p[i - 1] != ';' && l.p[i - 1] != ',')
			i--;
		for (end = i; i && kd_is_word(l.p[i - 1]);)
			i--;
		w = kd_view(l.p + i, end - i);
		if (kd_redact_is_version_word(w))
			return true;
		if (!kd_view_ieq(w, KD_V("is")) && !kd_view_ieq(w, KD_V("number")) &&
		    !kd_view_ieq(w, KD_V("string")))
			return false;
	}
	return false;
}

static bool is_private(const uint8_t p[4])
{
	return p[0] == 10 || (p[0] == 192 && p[1] == 168) || (p[0] == 172 && (p[1] & 0xf0) == 16) ||
	       (p[0] == 169 && p[1] == 254) || (p[0] == 100 && (p[1] & 0xc0) == 64);
}

/* Loopback, "any", masks and broadcast say nothing about a machine. */
static bool is_nobody(const uint8_t p[4])
{
	uint32_t a = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];

	return p[0] == 127 || !p[0] || (p[0] == 255 && !(~a & (~a + 1)));
}

static bool version_behind(struct kd_view l, size_t j, const uint8_t p[4])
{
	struct kd_view rest = kd_view_from(l, j);
	uint8_t other[4];

	if (kd_view_starts(rest, KD_V(" #")) && kd_is_digit(at(l, j + 2)))
		return true; /* of a kernel: "2.6.32.10 #1 SMP" */
	if (kd_view_starts(rest, KD_V(" (Release")) || kd_view_starts(rest, KD_V(" (build")) ||
	    kd_view_starts(rest, KD_V(" SMP")) || kd_view_starts(rest, KD_V(" (20")))
		return true;
	if (at(l, j) == '-' && kd_is_alnum(at(l, j + 1)) && !is_private(p))
		return !quad(l, j + 1, other);
	return false;
}

size_t kd_redact_ip4(struct kd_view l, size_t i)
{
	uint8_t p[4];
	size_t n;

	if (!kd_is_digit(at(l, i)))
		return 0;
	if ((before(l, i, 1) == '.' && kd_is_alnum(before(l, i, 2))) ||
	    (before(l, i, 1) == '_' && kd_is_digit(before(l, i, 2))))
		return 0; /* the end of a longer version or number */
	n = quad(l, i, p);
	if (!n || is_nobody(p) || version_before(l, i) || version_behind(l, i + n, p))
		return 0;
	return n;
}

/* ---- IPv6 ---- */

/* Digits and colons from i on, with an IPv4 address at the end if there is one. */
static size_t ip6_span(struct kd_view l, size_t i)
{
	size_t j = i, group = i;
	uint8_t q[4];

	while (j - i < 48 && (kd_is_xdigit(at(l, j)) || at(l, j) == ':'))
		if (l.p[j++] == ':')
			group = j;
	if (at(l, j) == '.' && group > i && quad(l, group, q))
		return group + quad(l, group, q);
	if (j > i && l.p[j - 1] == ':' && before(l, j, 2) != ':')
		j--; /* "fe80::1: …" */
	return j;
}

struct ip6 {
	unsigned groups, gaps; /* gaps: "::" */
	uint64_t first; /* value of the first group */
	size_t first_digits;
};

/* Groups of at most four digits between colons. */
static bool ip6_parse(struct kd_view v, struct ip6 *a)
{
	*a = (struct ip6){.gaps = 0};
	for (size_t j = 0; j < v.n;) {
		size_t n = xdigits(v, j, 5);

		if (n > 4)
			return false;
		if (at(v, j + n) == '.') { /* the IPv4 part: two groups */
			a->groups += 2;
			return true;
		}
		a->groups += n > 0;
		if (!j) {
			a->first_digits = n;
			if (!kd_view_hex(kd_view_head(v, n), &a->first))
				return false;
		}
		j += n;
		if (j < v.n && at(v, j + 1) == ':') {
			a->gaps++;
			j++;
		}
		j++;
	}
	return true;
}

/* Global, unique local, link local, multicast, 64:ff9b::/96 (RFC 4291, 4193, 6052). */
static bool plausible(const struct ip6 *a)
{
	if (a->first_digits == 4)
		return a->first >> 13 == 1 || a->first >> 9 == 0x7e || a->first >> 6 == 0x3fa ||
		       a->first >> 8 == 0xff;
	return a->first == 0x64;
}

size_t kd_redact_ip6(struct kd_view l, size_t i)
{
	struct ip6 a;
	size_t end;

	if (!kd_is_xdigit(at(l, i)) || (before(l, i, 1) == ':' && kd_is_xdigit(before(l, i, 2))))
		return 0;
	end = ip6_span(l, i);
	if (end - i < 4 || !kd_redact_ends(l, end) || at(l, end) == '_' ||
	    !ip6_parse(kd_view(l.p + i, end - i), &a))
		return 0;
	if (a.gaps > 1 || (a.gaps ? a.groups > 7 : a.groups != 8))
		return 0;
	if (a.groups < 2 && at(l, end) != '/')
		return 0; /* "fe80::" alone is a prefix; "dead::" is anything */
	return plausible(&a) ? end - i : 0;
}

/* ---- hardware addresses ---- */

/* Pairs of digits with the same sign between them: how many. */
static size_t pairs(struct kd_view l, size_t i, size_t *ret_end)
{
	char sep = at(l, i + 2);
	size_t n = 0, j = i;

	if (sep != ':' && sep != '-')
		return 0;
	while (xdigits(l, j, 3) == 2 && n < 64) {
		n++;
		j += 2;
		if (at(l, j) != sep || xdigits(l, j + 1, 3) != 2)
			break;
		j++;
	}
	*ret_end = j;
	return n;
}

/* A libata task file, "cmd ef/10:03:00:00:00:a0": ata_eh_link_report() of drivers/ata. */
static bool in_taskfile(struct kd_view l, size_t i)
{
	return before(l, i, 1) == '/' && kd_is_xdigit(before(l, i, 2)) &&
	       kd_is_xdigit(before(l, i, 3)) && !kd_is_word(before(l, i, 4)) &&
	       before(l, i, 4) != '/';
}

/* All zero or broadcast: nobody's. */
static bool is_any(struct kd_view v)
{
	for (size_t k = 0; k < v.n; k++)
		if (k % 3 < 2 && (v.p[k] | 0x20) != (v.p[0] | 0x20))
			return false;
	return v.p[0] == '0' || (v.p[0] | 0x20) == 'f';
}

/* Is byte i behind "12:", a pair that would belong to it? */
static bool behind_pair(struct kd_view l, size_t i)
{
	return before(l, i, 1) == ':' && kd_is_xdigit(before(l, i, 2)) &&
	       kd_is_xdigit(before(l, i, 3)) && !kd_is_alnum(before(l, i, 4));
}

size_t kd_redact_mac(struct kd_view l, size_t i)
{
	/* MAC 6, with BOOTIF's type 7, EUI-64 and WWN 8, iptables' MAC= 14, fingerprints, IPoIB 20 */
	static const uint8_t lengths[] = {6, 7, 8, 14, 16, 20, 32};
	size_t end = 0, n;
	char next;

	if (kd_view_starts(kd_view_from(l, i), KD_V("enx")) && xdigits(l, i + 3, 13) == 12 &&
	    kd_redact_ends(l, i + 15))
		return 15; /* an interface named by its address: systemd.net-naming-scheme(7) */
	if (behind_pair(l, i) || in_taskfile(l, i))
		return 0;
	n = pairs(l, i, &end);
	if (!n || !memchr(lengths, (int)n, sizeof(lengths)) || !kd_redact_ends(l, end))
		return 0;
	next = at(l, end);
	if (next == '_' || ((next == ':' || next == '-') && kd_is_alnum(at(l, end + 1))))
		return 0;
	return is_any(kd_view(l.p + i, end - i)) ? 0 : end - i;
}

/* ---- identifiers ---- */

size_t kd_redact_uuid(struct kd_view l, size_t i)
{
	static const uint8_t part[] = {8, 4, 4, 4, 12};
	size_t j = i, zeros = 0;

	for (size_t k = 0; k < sizeof(part); k++) {
		if (k && at(l, j++) != '-')
			return 0;
		if (xdigits(l, j, 13) != part[k])
			return 0;
		for (size_t d = 0; d < part[k]; d++)
			zeros += l.p[j + d] == '0';
		j += part[k];
	}
	if (!kd_redact_ends(l, j) || zeros == 32)
		return 0;
	return j - i;
}

static bool build_id_before(struct kd_view l, size_t i)
{
	struct kd_view head = kd_view(l.p + (i > 256 ? i - 256 : 0), i > 256 ? 256 : i), w;
	size_t end;

	/* "fn+0x1/0x2 [module 0123…]", "[0123…]": CONFIG_STACKTRACE_BUILD_ID */
	if (kd_view_chr(head, '+') != KD_NPOS && kd_view_has(head, KD_V("/0x")) &&
	    kd_view_rchr(head, '[') != KD_NPOS && kd_view_rchr(head, ']') + 1 <= kd_view_rchr(head, '['))
		return true;
	head = kd_view_trim(head);
	while (head.n && !kd_is_word(head.p[head.n - 1]))
		head.n--;
	for (end = head.n; end && (kd_is_word(head.p[end - 1]) || head.p[end - 1] == '-');)
		end--;
	w = kd_view_from(head, end);
	return kd_view_ieq(w, KD_V("commit")) || kd_view_ieq(w, KD_V("build-id")) ||
	       kd_view_ieq(w, KD_V("buildid")) || kd_view_ieq(w, KD_V("build_id")) ||
	       kd_view_ieq(w, KD_V("head"));
}

/* 32 digits and more: machine ids, digests, keys; "eui.", "naa.", "wwn-0x" from 16 on. */
size_t kd_redact_hex(struct kd_view l, size_t i)
{
	struct kd_view head = kd_view_head(l, i);
	bool named = kd_view_ends(head, KD_V("eui.")) || kd_view_ends(head, KD_V("naa.")) ||
		     kd_view_ends(head, KD_V("uuid."));
	size_t skip = at(l, i) == '0' && (at(l, i + 1) | 0x20) == 'x' ? 2 : 0;
	size_t n = xdigits(l, i + skip, l.n);
	uint32_t seen = 0;

	named = named || (skip && kd_view_ends(head, KD_V("wwn-")));
	if (n < (named ? 16u : 32u) || !kd_redact_ends(l, i + skip + n))
		return 0;
	for (size_t k = 0; k < n; k++) {
		char c = l.p[i + skip + k];

		seen |= 1u << (kd_is_digit(c) ? c - '0' : 10 + ((c | 0x20) - 'a'));
	}
	if (__builtin_popcount(seen) < 4 || build_id_before(l, i))
		return 0;
	return skip + n;
}

/* ---- secrets ---- */

static bool is_base64(char c)
{
	return kd_is_alnum(c) || c == '+' || c == '/';
}

static bool is_base64url(char c)
{
	return kd_is_alnum(c) || c == '_' || c == '-';
}

static unsigned class_of(char c)
{
	return kd_is_digit(c) ? 0 : c >= 'a' && c <= 'z' ? 1 : c >= 'A' && c <= 'Z' ? 2 : 3;
}

/* Random text changes between digits and both cases at two of three steps; words do not. */
static bool looks_random(struct kd_view v)
{
	unsigned changes = 0, classes = 0;

	for (size_t i = 0; i < v.n; i++) {
		classes |= 1u << class_of(v.p[i]);
		changes += i && class_of(v.p[i]) != class_of(v.p[i - 1]);
	}
	return (classes & 7) == 7 && changes * 100 >= v.n * 45;
}

/*
 * A run is looked at where it begins, and once more behind each '/', up to the next one: paths
 * consist of the same characters.
 */
static size_t base64(struct kd_view l, size_t i)
{
	bool part = before(l, i, 1) == '/';
	size_t n = 0;

	if (!kd_is_alnum(at(l, i)) || before(l, i, 1) == '_' || before(l, i, 1) == '+')
		return 0;
	while (i + n < l.n && is_base64(l.p[i + n]) && !(part && l.p[i + n] == '/'))
		n++;
	if (n < 32 || at(l, i + n) == '_' || !looks_random(kd_view(l.p + i, n)) ||
	    kd_view_has(kd_view(l.p + i, n), KD_V("+0x")))
		return 0;
	while (at(l, i + n) == '=')
		n++;
	return n;
}

/* Forms that services gave to their tokens so that they can be found. */
static const struct {
	struct kd_view prefix;
	size_t min; /* characters behind the prefix */
} token_forms[] = {
	{KD_V("AKIA"), 16},    {KD_V("ASIA"), 16},   {KD_V("ghp_"), 30},       {KD_V("gho_"), 30},
	{KD_V("ghs_"), 30},    {KD_V("ghu_"), 30},   {KD_V("github_pat_"), 30}, {KD_V("glpat-"), 16},
	{KD_V("xoxb-"), 16},   {KD_V("xoxp-"), 16},  {KD_V("xoxa-"), 16},      {KD_V("AIza"), 30},
	{KD_V("sk_live_"), 16}, {KD_V("hvs."), 20},
};

/* A JSON web token: three parts with dots; its header begins with {" in base64. */
static size_t web_token(struct kd_view l, size_t i)
{
	unsigned dots = 0;
	size_t n = 0;

	if (before(l, i, 1) == '.' || before(l, i, 1) == '-' || before(l, i, 1) == '_')
		return 0;
	while (i + n < l.n && (is_base64url(l.p[i + n]) || l.p[i + n] == '.'))
		dots += l.p[i + n++] == '.';
	return n >= 20 && dots >= 1 ? n : 0;
}

size_t kd_redact_secret(struct kd_view l, size_t i)
{
	struct kd_view v = kd_view_from(l, i);

	for (size_t k = 0; k < KD_ARRAY_LEN(token_forms); k++) {
		size_t n = token_forms[k].prefix.n;

		if (!kd_view_starts(v, token_forms[k].prefix))
			continue;
		while (n < v.n && is_base64url(v.p[n]))
			n++;
		if (n >= token_forms[k].prefix.n + token_forms[k].min)
			return n;
	}
	if (kd_view_starts(v, KD_V("eyJ")))
		return web_token(l, i);
	return base64(l, i);
}

/* ---- mail and names ---- */

static bool is_local(char c)
{
	return kd_is_alnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-';
}

/* Labels of letters, digits and '-' with dots between: the length, how many, the last one. */
static size_t labels(struct kd_view l, size_t i, size_t *ret_n, struct kd_view *ret_last)
{
	size_t j = i, end = i;

	for (*ret_n = 0;; j++) {
		size_t from = j;

		while (j - from <= MAX_LABEL && (kd_is_alnum(at(l, j)) || (at(l, j) == '-' && j > from)))
			j++;
		while (j > from && l.p[j - 1] == '-')
			j--;
		if (j == from || j - from > MAX_LABEL)
			return end - i;
		end = j;
		*ret_last = kd_view(l.p + from, j - from);
		++*ret_n;
		if (at(l, j) != '.' || *ret_n > 20)
			return end - i;
	}
}

static bool all_letters(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_alpha(v.p[i]))
			return false;
	return v.n != 0;
}

static bool has_letter(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (kd_is_alpha(v.p[i]))
			return true;
	return false;
}

size_t kd_redact_mail(struct kd_view l, size_t i)
{
	struct kd_view last = KD_VNULL;
	size_t j = i, n, count;

	while (j < l.n && j - i < 128 && is_local(l.p[j]))
		j++;
	if (j == i || at(l, j) != '@')
		return 0;
	n = labels(l, j + 1, &count, &last);
	if (count < 2 || last.n < 2 || !all_letters(last) || kd_redact_is_unit_suffix(last) ||
	    !kd_redact_ends(l, j + 1 + n) || at(l, j + 1 + n) == '_' ||
	    kd_view_starts(kd_view_from(l, j + 1 + n), KD_V("\xe2\x80\xa6")))
		return 0; /* systemd cuts "modprobe@fuse.ser…" */
	return j + 1 + n - i;
}

size_t kd_redact_domain(struct kd_view l, size_t i)
{
	struct kd_view last = KD_VNULL, all;
	size_t count, n = labels(l, i, &count, &last);

	if (count < 2 || n < 6 || !kd_redact_is_top_level(last, count) || !kd_redact_ends(l, i + n))
		return 0;
	all = kd_view(l.p + i, n);
	/* D-Bus names are the other way round; "0.0.0.ca" is no domain. */
	if (kd_view_starts(all, KD_V("org.")) || kd_view_starts(all, KD_V("com.")) ||
	    kd_view_starts(all, KD_V("net.")) || !has_letter(kd_view_head(all, n - last.n)))
		return 0;
	if (at(l, i + n) == '_' || at(l, i + n) == '(' || before(l, i, 1) == '_' ||
	    before(l, i, 1) == '.' || kd_redact_is_public(all))
		return 0;
	return n;
}

/* ---- all of them ---- */

size_t kd_redact_token(struct kd_view l, size_t i, uint8_t *kind)
{
	static const struct {
		uint8_t kind;
		size_t (*look)(struct kd_view l, size_t i);
	} forms[] = {
		{KD_RK_UUID, kd_redact_uuid}, {KD_RK_MAC, kd_redact_mac},
		{KD_RK_IP6, kd_redact_ip6},   {KD_RK_IP4, kd_redact_ip4},
		{KD_RK_HEX, kd_redact_hex},   {KD_RK_SECRET, kd_redact_secret},
		{KD_RK_MAIL, kd_redact_mail}, {KD_RK_HOST, kd_redact_domain},
	};

	for (size_t k = 0; k < KD_ARRAY_LEN(forms); k++) {
		size_t n = forms[k].look(l, i);

		if (n) {
			*kind = forms[k].kind;
			return n;
		}
	}
	return 0;
}

enum kd_redact_kind kd_redact_form(struct kd_view text, enum kd_redact_kind otherwise)
{
	if (kd_redact_uuid(text, 0) == text.n)
		return KD_RK_UUID;
	if (kd_redact_mac(text, 0) == text.n)
		return KD_RK_MAC;
	if (kd_redact_ip6(text, 0) == text.n)
		return KD_RK_IP6;
	if (kd_redact_ip4(text, 0) == text.n)
		return KD_RK_IP4;
	return otherwise;
}
