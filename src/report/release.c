// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/release.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/time.h"

#define WORDS_MAX 24
#define RELEASE_MAX 256

/* A piece of the release behind the version, with the sign in front of it. */
struct word {
	struct kd_view v;
	char sep; /* '-', '+', '~', '.', 0 */
};

struct words {
	struct word w[WORDS_MAX];
	size_t n;
};

static bool all_digits(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_digit(v.p[i]))
			return false;
	return v.n > 0;
}

/* "513.9.1": digits and single points. */
static bool dotted(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_digit(v.p[i]) && !(v.p[i] == '.' && i && v.p[i - 1] != '.'))
			return false;
	return v.n && v.p[v.n - 1] != '.';
}

static bool take_u32(struct kd_view *v, uint32_t *ret)
{
	struct kd_view w = *v;
	uint64_t n;

	if (!kd_view_take_dec(&w, &n) || n > UINT32_MAX)
		return false;
	*v = w;
	*ret = (uint32_t)n;
	return true;
}

static bool view_u32(struct kd_view v, uint32_t *ret)
{
	return take_u32(&v, ret) && !v.n;
}

static void split(struct kd_view v, struct words *ws)
{
	char sep = 0;
	size_t start = 0;

	for (size_t i = 0; i <= v.n && ws->n < WORDS_MAX; i++) {
		if (i < v.n && v.p[i] != '-' && v.p[i] != '+' && v.p[i] != '~')
			continue;
		if (i > start)
			ws->w[ws->n++] = (struct word){kd_view(v.p + start, i - start), sep};
		sep = i < v.n ? v.p[i] : 0;
		start = i + 1;
	}
}

/* --- what one word can say ----------------------------------------------------------------- */

struct flavour {
	const char *word;
	uint32_t bit;
};

static const struct flavour flavours[] = {
	{"kasan", KD_FLAVOUR_KASAN},       {"debug", KD_FLAVOUR_DEBUG},
	{"dbg", KD_FLAVOUR_DEBUG},         {"rt", KD_FLAVOUR_RT},
	{"realtime", KD_FLAVOUR_RT},       {"cloud", KD_FLAVOUR_CLOUD},
	{"generic", KD_FLAVOUR_GENERIC},   {"lowlatency", KD_FLAVOUR_LOWLATENCY},
	{"kmsan", KD_FLAVOUR_SANITIZER},   {"kcsan", KD_FLAVOUR_SANITIZER},
	{"ubsan", KD_FLAVOUR_SANITIZER},   {"64k", KD_FLAVOUR_64K},
	{"hardened", KD_FLAVOUR_HARDENED},
};

const char *kd_flavour_name(uint32_t bit)
{
	static const char *const names[] = {"kasan",      "debug",     "rt",  "cloud",   "generic",
					    "lowlatency", "sanitizer", "64k", "hardened"};

	for (unsigned i = 0; i < KD_ARRAY_LEN(names); i++)
		if (bit == 1u << i)
			return names[i];
	return NULL;
}

static uint32_t flavour_of(struct kd_view v)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(flavours); i++)
		if (kd_view_ieq(v, kd_view_of(flavours[i].word)))
			return flavours[i].bit;
	/* PREEMPT_RT's own local version: "-rt15" */
	if (kd_view_skip(&v, KD_V("rt")) && all_digits(v))
		return KD_FLAVOUR_RT;
	return 0;
}

struct vendor_rule {
	const char *word; /* the word, or its beginning when prefix */
	bool prefix;
	uint8_t vendor;
};

/* Words that say it alone. */
static const struct vendor_rule vendor_words[] = {
	{"cloudflare", false, KD_VENDOR_CLOUDFLARE},
	{"android", true, KD_VENDOR_ANDROID},
	{"arch", true, KD_VENDOR_ARCH},
	{"zen", true, KD_VENDOR_ARCH},
	{"pve", false, KD_VENDOR_PROXMOX},
	{"WSL", true, KD_VENDOR_WSL},
	{"microsoft", false, KD_VENDOR_WSL},
	{"gke", true, KD_VENDOR_GOOGLE},
	{"cos", false, KD_VENDOR_GOOGLE},
	{"rpi", false, KD_VENDOR_RASPI},
	{"rpt", false, KD_VENDOR_RASPI},
	{"syzkaller", false, KD_VENDOR_SYZBOT},
	{"v8", false, KD_VENDOR_RASPI},
	{"v7l", false, KD_VENDOR_RASPI},
};

/* Behind a counter: "5.15.0-91-generic". */
static const char *const ubuntu_words[] = {
	"generic", "lowlatency", "aws",      "azure",  "gcp", "oracle",   "kvm",
	"raspi",   "oem",        "nvidia",   "gkeop",  "ibm", "realtime", "virtual",
	"server",  "intel",      "starfive", "xilinx", "hwe", "laptop",   "generic-pae",
};

/* Suffixes inside a dotted word: "513.9.1.el8_9", "200.fc39". */
static const struct vendor_rule dist_tags[] = {
	{".el", true, KD_VENDOR_RHEL},     {".fc", true, KD_VENDOR_FEDORA},
	{".amzn", true, KD_VENDOR_AMAZON}, {".azl", true, KD_VENDOR_AZURE},
	{".cm", true, KD_VENDOR_AZURE},    {".deb", true, KD_VENDOR_DEBIAN},
	{".bpo", true, KD_VENDOR_DEBIAN},
};

static void set_vendor(struct kd_release *r, enum kd_vendor vendor, struct kd_view word)
{
	if (r->vendor != KD_VENDOR_UNKNOWN)
		return;
	r->vendor = (uint8_t)vendor;
	r->vendor_word = word;
}

/* "513.9.1.el8_9[.x86_64]": counter, tag and, behind it, perhaps the architecture. */
static bool dist_word(struct kd_release *r, struct kd_view v)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(dist_tags); i++) {
		size_t at = kd_view_find(v, kd_view_of(dist_tags[i].word));
		size_t skip = kd_view_of(dist_tags[i].word).n, end;
		struct kd_view tag;

		if (at == KD_NPOS || at + skip >= v.n || !kd_is_digit(v.p[at + skip]) ||
		    !kd_is_digit(*v.p))
			continue;
		tag = kd_view_from(v, at + 1);
		if (dist_tags[i].vendor == KD_VENDOR_DEBIAN) { /* "0.deb11.13" */
			r->abi = v;
			end = tag.n;
		} else {
			r->abi = kd_view_head(v, at);
			end = kd_view_chr(tag, '.');
		}
		tag = kd_view_head(tag, end);
		set_vendor(r,
			   kd_view_ends(tag, KD_V("uek")) ? KD_VENDOR_ORACLE : dist_tags[i].vendor,
			   tag);
		return true;
	}
	return false;
}

/* "2026.4.6", "20240213", "2024-02-13" are dates; other numbers are counters. */
static bool date_of(struct kd_view v, uint32_t *ret)
{
	uint32_t y, m, d;
	struct kd_view w = v;

	if (v.n == 8 && view_u32(v, &y)) {
		d = y % 100;
		m = y / 100 % 100;
		y /= 10000;
	} else if (!take_u32(&w, &y) || !kd_view_skip(&w, KD_V(".")) || !take_u32(&w, &m) ||
		   !kd_view_skip(&w, KD_V(".")) || !take_u32(&w, &d) || w.n) {
		return false;
	}
	if (y < 1970 || y > 2199 || m < 1 || m > 12 || d < 1 || d > 31)
		return false;
	*ret = y * 10000 + m * 100 + d;
	return true;
}

static bool commit_of(struct kd_view v, struct kd_view *ret)
{
	if (!kd_view_skip(&v, KD_V("g")) || v.n < 7 || v.n > 40)
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_xdigit(v.p[i]))
			return false;
	*ret = v;
	return true;
}

/* -rc3, -next-20240101, -00123-g…, -dirty. True: the word is used up. */
static bool upstream_word(struct kd_release *r, const struct words *ws, size_t i)
{
	struct kd_view v = ws->w[i].v, c;
	uint32_t n;

	if (i < 1 && kd_view_skip(&v, KD_V("rc")) && view_u32(v, &n)) {
		r->has_rc = true;
		r->rc = n;
		return true;
	}
	v = ws->w[i].v;
	if (kd_view_eq(v, KD_V("dirty"))) {
		r->dirty = true;
		return true;
	}
	if (kd_view_eq(v, KD_V("next")))
		return i + 1 < ws->n && date_of(ws->w[i + 1].v, &n);
	if (i && kd_view_eq(ws->w[i - 1].v, KD_V("next")) && date_of(v, &n)) {
		r->has_next = true;
		r->next = n;
		r->has_date = true;
		r->date = n;
		return true;
	}
	if (commit_of(v, &c)) {
		r->commit = c;
		return true;
	}
	if (i + 1 < ws->n && v.n >= 5 && view_u32(v, &n) && commit_of(ws->w[i + 1].v, &c)) {
		r->has_ahead = true;
		r->ahead = n;
		return true;
	}
	return false;
}

static bool listed(struct kd_view v, const char *const *t, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_eq(v, kd_view_of(t[i])))
			return true;
	return false;
}

static bool vendor_by_word(struct kd_release *r, struct kd_view v)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(vendor_words); i++) {
		struct kd_view word = kd_view_of(vendor_words[i].word), rest = v;

		if (!kd_view_skip(&rest, word) || (!vendor_words[i].prefix && rest.n))
			continue;
		/* A prefix is followed by a version: "android12", "arch1". */
		if (rest.n && !kd_is_digit(*rest.p))
			continue;
		set_vendor(r, vendor_words[i].vendor, v);
		return true;
	}
	return false;
}

/* A counter and then a word of the distribution. */
static void vendor_by_form(struct kd_release *r, struct kd_view v, bool counted)
{
	if (r->vendor != KD_VENDOR_UNKNOWN || !counted)
		return;
	if (kd_view_eq(v, KD_V("default")) || kd_view_eq(v, KD_V("preempt")) ||
	    kd_view_eq(v, KD_V("kvmsmall")))
		set_vendor(r, KD_VENDOR_SUSE, v);
	else if (kd_view_eq(v, KD_V("lts")))
		set_vendor(r, KD_VENDOR_ARCH, v);
	else if (kd_view_eq(v, KD_V("cloud")) && r->arch)
		set_vendor(r, KD_VENDOR_DEBIAN, v);
	else if (kd_view_eq(v, KD_V("rt")))
		set_vendor(r, r->arch ? KD_VENDOR_DEBIAN : KD_VENDOR_SUSE, v);
	else if (kd_view_chr(r->abi, '.') == KD_NPOS &&
		 listed(v, ubuntu_words, KD_ARRAY_LEN(ubuntu_words)))
		set_vendor(r, KD_VENDOR_UBUNTU, v);
	else if (kd_view_eq(v, KD_V("azure")))
		set_vendor(r, KD_VENDOR_SUSE, v);
}

/* Numbers: a date, the distributor's counter, or a second counter. */
static void number_word(struct kd_release *r, struct kd_view v)
{
	uint32_t date;

	if (date_of(v, &date) && (r->vendor != KD_VENDOR_UNKNOWN || v.n >= 8)) {
		r->build = v;
		r->has_date = true;
		r->date = date;
	} else if (!r->abi.p) {
		r->abi = v;
	} else if (!r->build.p) {
		r->build = v;
	}
}

static void flavour_word(struct kd_release *r, struct kd_view v)
{
	uint32_t bit = flavour_of(v);
	bool alpha = v.n && kd_is_alpha(*v.p);

	r->flavour |= bit;
	if (bit && (!r->flavour_word.p || flavour_of(r->flavour_word) == KD_FLAVOUR_GENERIC))
		r->flavour_word = v;
	else if (alpha && !r->flavour_word.p && r->vendor != KD_VENDOR_UNKNOWN)
		r->flavour_word = v;
	if (alpha && !bit && r->vendor == KD_VENDOR_UNKNOWN && !r->vendor_word.p)
		r->vendor_word = v;
}

static void other_word(struct kd_release *r, const struct words *ws, size_t i)
{
	struct kd_view v = ws->w[i].v;

	if (dist_word(r, v))
		return;
	if (dotted(v)) {
		number_word(r, v);
		return;
	}
	if (vendor_by_word(r, v))
		return;
	vendor_by_form(r, v, r->abi.p && ws->w[i].sep == '-');
	flavour_word(r, v);
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Take an architecture off the end: "-amd64", ".x86_64", and before "+debug". */
static void take_arch(struct kd_release *r, struct words *ws, bool *debian)
{
	for (size_t i = ws->n; i-- > 0;) {
		struct word *w = &ws->w[i];
		size_t dot = kd_view_rchr(w->v, '.');
		enum kd_arch a = kd_arch_by_name(w->v);

		/* "cloud-amd64", "686-pae", "rt-amd64" are Debian's; a bare word decides. */
		if (a && w->sep == '-' && i) {
			r->arch = (uint8_t)a;
			*debian = true;
			for (size_t k = i + 1; k < ws->n; k++)
				ws->w[k - 1] = ws->w[k];
			ws->n--;
			return;
		}
		if (dot != KD_NPOS && (a = kd_arch_by_name(kd_view_from(w->v, dot + 1)))) {
			r->arch = (uint8_t)a;
			w->v = kd_view_head(w->v, dot);
			return;
		}
		if (w->sep != '+')
			return;
	}
}

static void vendor_at_end(struct kd_release *r, const struct words *ws, bool debian)
{
	bool plain_package = ws->n == 1 && r->abi.p && all_digits(r->abi) && r->has_patch;

	if (r->vendor != KD_VENDOR_UNKNOWN)
		return;
	if (debian || plain_package) {
		r->vendor = KD_VENDOR_DEBIAN;
		r->vendor_word = KD_VNULL;
		return;
	}
	for (size_t i = 0; i < ws->n; i++)
		if ((ws->w[i].sep == '+' || ws->w[i].sep == '~') &&
		    (kd_view_starts(ws->w[i].v, KD_V("deb")) ||
		     kd_view_starts(ws->w[i].v, KD_V("bpo")))) {
			r->vendor = KD_VENDOR_DEBIAN;
			r->vendor_word = ws->w[i].v;
			return;
		}
	r->vendor = r->vendor_word.p         ? KD_VENDOR_OTHER
		    : r->abi.p || r->build.p ? KD_VENDOR_UNKNOWN
					     : KD_VENDOR_UPSTREAM;
}

bool kd_release_parse(struct kd_view text, struct kd_release *ret)
{
	struct kd_release r = {.text = text};
	struct kd_view v = text;
	struct words ws = {.n = 0};
	bool debian = false;

	if (text.n > RELEASE_MAX || !take_u32(&v, &r.major) || !kd_view_skip(&v, KD_V(".")) ||
	    !take_u32(&v, &r.minor) || r.major > 99 || r.minor > 9999)
		return false;
	if (v.n > 1 && *v.p == '.' && kd_is_digit(v.p[1])) {
		struct kd_view w = kd_view_from(v, 1);

		if (take_u32(&w, &r.patch)) {
			r.has_patch = true;
			v = w;
		}
	}
	if (v.n && (kd_is_word(*v.p)))
		return false;
	r.extra = v;
	if (kd_view_ends(v, KD_V("+"))) {
		r.plus = true;
		v.n--;
	}
	split(v, &ws);
	take_arch(&r, &ws, &debian);
	for (size_t i = 0; i < ws.n; i++)
		if (!upstream_word(&r, &ws, i))
			other_word(&r, &ws, i);
	vendor_at_end(&r, &ws, debian);
	*ret = r;
	return true;
}

/* "513.9.1" against "513.11.1": by numbers; text where there are none. */
static int counter_cmp(struct kd_view a, struct kd_view b)
{
	while (a.n && b.n) {
		uint64_t x, y;
		bool na = kd_view_take_dec(&a, &x), nb = kd_view_take_dec(&b, &y);

		if (na && nb && x != y)
			return x < y ? -1 : 1;
		if (na != nb)
			return na ? 1 : -1;
		if (!na && *a.p != *b.p)
			return (unsigned char)*a.p < (unsigned char)*b.p ? -1 : 1;
		if (!na || (a.n && b.n)) {
			a = kd_view_from(a, 1);
			b = kd_view_from(b, 1);
		}
	}
	return a.n ? 1 : b.n ? -1 : 0;
}

static int num_cmp(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

int kd_release_cmp(const struct kd_release *a, const struct kd_release *b)
{
	const int by[] = {
		num_cmp(a->major, b->major),
		num_cmp(a->minor, b->minor),
		num_cmp(a->patch, b->patch),
		/* 6.7-rc3 comes before 6.7 */
		num_cmp(a->has_rc ? a->rc : UINT32_MAX, b->has_rc ? b->rc : UINT32_MAX),
		num_cmp(a->next, b->next),
		num_cmp(a->ahead, b->ahead),
		num_cmp(a->vendor, b->vendor),
		counter_cmp(a->abi, b->abi),
		num_cmp(a->date, b->date),
		counter_cmp(a->build, b->build),
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(by); i++)
		if (by[i])
			return by[i];
	return kd_view_cmp(a->text, b->text);
}

bool kd_release_comparable(const struct kd_release *a, const struct kd_release *b)
{
	if (a->vendor != b->vendor || a->vendor == KD_VENDOR_UNKNOWN)
		return false;
	return a->vendor != KD_VENDOR_OTHER || kd_view_eq(a->vendor_word, b->vendor_word);
}

void kd_release_series(const struct kd_release *r, char ret[KD_SERIES_LEN])
{
	/* 2.6.32 was a series of its own; since 3.0 the second number is. */
	if (r->major == 2)
		snprintf(ret, KD_SERIES_LEN, "%u.%u.%u", r->major, r->minor, r->patch);
	else
		snprintf(ret, KD_SERIES_LEN, "%u.%u", r->major, r->minor);
}

struct names {
	const char *name, *words;
};

static const struct names vendor_names[KD_VENDOR_N] = {
	[KD_VENDOR_UNKNOWN] = {"unknown", "unknown"},
	[KD_VENDOR_UPSTREAM] = {"upstream", "upstream"},
	[KD_VENDOR_UBUNTU] = {"ubuntu", "Ubuntu"},
	[KD_VENDOR_DEBIAN] = {"debian", "Debian"},
	[KD_VENDOR_RHEL] = {"rhel", "Red Hat Enterprise Linux or a rebuild"},
	[KD_VENDOR_FEDORA] = {"fedora", "Fedora"},
	[KD_VENDOR_SUSE] = {"suse", "SUSE"},
	[KD_VENDOR_ARCH] = {"arch", "Arch Linux"},
	[KD_VENDOR_ANDROID] = {"android", "Android"},
	[KD_VENDOR_ORACLE] = {"oracle", "Oracle UEK"},
	[KD_VENDOR_AMAZON] = {"amazon", "Amazon Linux"},
	[KD_VENDOR_GOOGLE] = {"google", "Google"},
	[KD_VENDOR_AZURE] = {"azure", "Azure Linux"},
	[KD_VENDOR_CLOUDFLARE] = {"cloudflare", "Cloudflare"},
	[KD_VENDOR_PROXMOX] = {"proxmox", "Proxmox"},
	[KD_VENDOR_RASPI] = {"raspberrypi", "Raspberry Pi"},
	[KD_VENDOR_WSL] = {"wsl", "Windows Subsystem for Linux"},
	[KD_VENDOR_SYZBOT] = {"syzbot", "syzbot"},
	[KD_VENDOR_OTHER] = {"other", "other"},
};

const char *kd_vendor_name(enum kd_vendor v)
{
	return vendor_names[(unsigned)v < KD_VENDOR_N ? v : 0].name;
}

const char *kd_vendor_words(enum kd_vendor v)
{
	return vendor_names[(unsigned)v < KD_VENDOR_N ? v : 0].words;
}

/* --- build line ------------------------------------------------------------------------------- */

static void build_flag(struct kd_build *b, struct kd_view w)
{
	b->smp |= kd_view_eq(w, KD_V("SMP"));
	b->preempt |= kd_view_eq(w, KD_V("PREEMPT"));
	b->preempt_dynamic |= kd_view_eq(w, KD_V("PREEMPT_DYNAMIC"));
	b->preempt_rt |= kd_view_eq(w, KD_V("PREEMPT_RT")) || kd_view_eq(w, KD_V("PREEMPT-RT"));
	b->preempt_lazy |=
		kd_view_eq(w, KD_V("PREEMPT_LAZY")) || kd_view_eq(w, KD_V("PREEMPT(lazy)"));
	if (kd_view_eq(w, KD_V("PREEMPT(full)")) || kd_view_eq(w, KD_V("PREEMPT(voluntary)")) ||
	    kd_view_eq(w, KD_V("PREEMPT(none)")) || b->preempt_lazy)
		b->preempt_dynamic |= kd_view_has(w, KD_V("("));
}

static void build_date(struct kd_build *b, struct kd_view at)
{
	struct kd_view v = at;
	struct kd_civil t;

	if (b->has_date)
		return;
	if (kd_view_skip(&v, KD_V("("))) { /* Debian: "(2024-02-01)" */
		uint32_t y, m, d;
		struct kd_view w = v;

		if (!take_u32(&w, &y) || !kd_view_skip(&w, KD_V("-")) || !take_u32(&w, &m) ||
		    !kd_view_skip(&w, KD_V("-")) || !take_u32(&w, &d) ||
		    !kd_view_starts(w, KD_V(")")) || y > 9999 || m > 12 || d > 31)
			return;
		b->date = kd_view(v.p, (size_t)(w.p - v.p));
		b->has_date = true;
		b->date_num = y * 10000 + m * 100 + d;
		return;
	}
	if (!kd_civil_take_ctime(&v, &t) || !t.year)
		return;
	b->date = kd_view_trim(kd_view(at.p, (size_t)(v.p - at.p)));
	b->has_date = true;
	b->date_num = (uint32_t)(t.year * 10000 + t.month * 100 + t.day);
}

bool kd_build_parse(struct kd_view text, struct kd_build *ret)
{
	struct kd_build b = {0};
	struct kd_view v = kd_view_trim(kd_view_head(text, 512)), w;
	bool package = false;

	if (!kd_view_skip(&v, KD_V("#")) || !take_u32(&v, &b.number))
		return false;
	if (kd_view_skip(&v, KD_V("-Ubuntu")) || kd_view_has(kd_view_head(v, 24), KD_V("-Ubuntu")))
		b.vendor = KD_VENDOR_UBUNTU;
	for (;;) {
		struct kd_view at = v;

		kd_view_skip_blank(&at);
		if (!kd_view_take_word(&v, &w))
			break;
		build_flag(&b, w);
		if (package && !b.package.p && kd_is_digit(*w.p))
			b.package = w;
		package = kd_view_eq(w, KD_V("Debian"));
		if (package)
			b.vendor = KD_VENDOR_DEBIAN;
		build_date(&b, at);
	}
	*ret = b;
	return true;
}

bool kd_build_implausible(const struct kd_build *b, const struct kd_release *r)
{
	/* Year of x.0: 3.0 in July 2011, 4.0 in April 2015, 5.0 in March 2019, 6.0 in October 2022.
	 */
	static const uint16_t year[] = {1994, 1996, 2003, 2011, 2015, 2019, 2022};
	uint32_t major = r && r->major < KD_ARRAY_LEN(year) ? r->major : r ? 6 : 0;

	return b->has_date && b->date_num / 10000 < year[major];
}
