// SPDX-License-Identifier: GPL-2.0-or-later
/* kd_apt_sources() of apt.h: sources.list(5). */
#include "base/alloc.h"
#include "lab/apt.h"

enum { STANZA_SUITES = 32 };

static bool is_one_of(struct kd_view suite, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (kd_view_eq(suite, kd_view_of(names[i])))
			return true;
	return false;
}

bool kd_apt_is_debian_suite(struct kd_view suite)
{
	/* Debian's releases since 2013 and the names that move along */
	static const char *const names[] = {
		"wheezy", "jessie",   "stretch", "buster",    "bullseye",     "bookworm", "trixie",
		"forky",  "duke",     "sid",	 "unstable",  "testing",      "stable",
		"oldstable", "oldoldstable"};

	return is_one_of(suite, names, KD_ARRAY_LEN(names));
}

bool kd_apt_is_ubuntu_suite(struct kd_view suite)
{
	/* Ubuntu's releases since 14.04 that were supported for years, and those since 23.04 */
	static const char *const names[] = {
		"trusty", "xenial", "bionic",	"focal",  "jammy",    "lunar",
		"mantic", "noble",  "oracular", "plucky", "questing", "resolute"};

	return is_one_of(suite, names, KD_ARRAY_LEN(names));
}

/* "bookworm-security", "buster/updates" → "bookworm" and what it is; false: not for us. */
static bool look_at_suite(struct kd_view suite, bool *security)
{
	size_t at = kd_view_chr(suite, '-');

	if (at == KD_NPOS)
		at = kd_view_chr(suite, '/');
	*security = at != KD_NPOS && (kd_view_eq(kd_view_from(suite, at), KD_V("-security")) ||
				      kd_view_eq(kd_view_from(suite, at), KD_V("/updates")));
	if (at != KD_NPOS && !*security)
		return false; /* -updates, -backports and the like */
	return kd_apt_is_debian_suite(kd_view_head(suite, at));
}

static bool is_remote(struct kd_view uri)
{
	return kd_view_starts(uri, KD_V("http://")) || kd_view_starts(uri, KD_V("https://")) ||
	       kd_view_starts(uri, KD_V("file:/")) || kd_view_starts(uri, KD_V("mirror+"));
}

static bool has_word(struct kd_view words, struct kd_view word)
{
	struct kd_view w;

	while (kd_view_skip_blank(&words), kd_view_take_word(&words, &w))
		if (kd_view_eq(w, word))
			return true;
	return false;
}

/* ---- one line ---- */

static struct kd_view option(struct kd_view options, struct kd_view name)
{
	struct kd_view w;

	while (kd_view_skip_blank(&options), kd_view_take_word(&options, &w))
		if (kd_view_skip(&w, name))
			return w;
	return KD_VNULL;
}

static bool parse_line(struct kd_view line, struct kd_apt_source *s)
{
	struct kd_view options = KD_VNULL;

	*s = (struct kd_apt_source){0};
	line = kd_view_trim(kd_view_head(line, kd_view_chr(line, '#')));
	if (!kd_view_skip(&line, KD_V("deb")) || !line.n || !kd_is_blank(line.p[0]))
		return false;
	kd_view_skip_blank(&line);
	if (kd_view_skip(&line, KD_V("[")) && !kd_view_take_until(&line, KD_V("]"), &options))
		return false;
	s->signed_by = option(options, KD_V("signed-by="));
	kd_view_skip_blank(&line);
	if (!kd_view_take_word(&line, &s->uri))
		return false;
	kd_view_skip_blank(&line);
	return kd_view_take_word(&line, &s->suite) && has_word(line, KD_V("main")) &&
	       is_remote(s->uri) && look_at_suite(s->suite, &s->security);
}

/* ---- deb822 ---- */

struct stanza {
	struct kd_view types, uris, suites, components, signed_by;
	bool off;
};

static void stanza_field(struct stanza *st, struct kd_view name, struct kd_view value)
{
	if (kd_view_ieq(name, KD_V("Types")))
		st->types = value;
	else if (kd_view_ieq(name, KD_V("URIs")))
		st->uris = value;
	else if (kd_view_ieq(name, KD_V("Suites")))
		st->suites = value;
	else if (kd_view_ieq(name, KD_V("Components")))
		st->components = value;
	else if (kd_view_ieq(name, KD_V("Signed-By")))
		st->signed_by = value;
	else if (kd_view_ieq(name, KD_V("Enabled")))
		st->off = kd_view_ieq(value, KD_V("no")) || kd_view_ieq(value, KD_V("false"));
}

static void stanza_end(const struct stanza *st,
		       void (*fn)(void *user, const struct kd_apt_source *s), void *user)
{
	struct kd_view suites = st->suites, uris = st->uris;
	struct kd_apt_source s = {0};

	if (st->off || !has_word(st->types, KD_V("deb")) ||
	    !has_word(st->components, KD_V("main")))
		return;
	kd_view_skip_blank(&uris);
	if (!kd_view_take_word(&uris, &s.uri) || !is_remote(s.uri))
		return;
	/* a key may stand there itself, over several lines: not a file, so not for us */
	if (kd_view_starts(st->signed_by, KD_V("/")))
		s.signed_by = st->signed_by;
	for (unsigned i = 0; i < STANZA_SUITES; i++) {
		kd_view_skip_blank(&suites);
		if (!kd_view_take_word(&suites, &s.suite))
			return;
		if (look_at_suite(s.suite, &s.security))
			fn(user, &s);
	}
}

static void parse_822(struct kd_view text, void (*fn)(void *user, const struct kd_apt_source *s),
		      void *user)
{
	struct stanza st = {0};
	struct kd_view line, name;

	while (kd_view_take_part(&text, KD_V("\n"), &line)) {
		if (!kd_view_trim(line).n) {
			stanza_end(&st, fn, user);
			st = (struct stanza){0};
		} else if (line.p[0] != '#' && kd_view_take_until(&line, KD_V(":"), &name)) {
			stanza_field(&st, kd_view_trim(name), kd_view_trim(line));
		}
	}
	stanza_end(&st, fn, user);
}

void kd_apt_sources(struct kd_view text, bool deb822,
		    void (*fn)(void *user, const struct kd_apt_source *s), void *user)
{
	struct kd_apt_source s;
	struct kd_view line;

	if (deb822) {
		parse_822(text, fn, user);
		return;
	}
	while (kd_view_take_part(&text, KD_V("\n"), &line)) {
		if (parse_line(line, &s))
			fn(user, &s);
	}
}
