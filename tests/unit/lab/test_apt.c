// SPDX-License-Identifier: GPL-2.0-or-later
#include "../base/check.h"
#include "base/alloc.h"
#include "base/buf.h"
#include "lab/apt.h"

static void note(void *user, const struct kd_apt_source *s)
{
	struct kd_buf *b = user;

	kd_buf_printf(b, "%.*s %.*s %.*s%s\n", KD_VARG(s->uri), KD_VARG(s->suite),
		      KD_VARG(s->signed_by), s->security ? " security" : "");
}

static void check(const char *text, bool deb822, const char *want)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);

	kd_apt_sources(kd_view_of(text), deb822, note, &b);
	assert_view(kd_buf_view(&b), want);
}

static void one_line(void **state)
{
	(void)state;
	check("# deb http://a/debian bookworm main\n"
	      "deb-src http://a/debian bookworm main\n"
	      "deb http://a/debian bookworm main contrib # comment\n"
	      "deb [arch=amd64 signed-by=/k.gpg] https://b/debian trixie main\n"
	      "deb http://s/debian-security bookworm-security main\n"
	      "deb http://s/old buster/updates main\n"
	      "deb http://a/debian bookworm-updates main\n"
	      "deb http://a/debian bookworm contrib\n"
	      "deb http://ppa/x jammy main\n"
	      "deb cdrom:[x]/ bookworm main\n"
	      "deb http://packages/apt cloud-sdk-bookworm main\n"
	      "deb\ndeb [\ndeb http://x\n",
	      false,
	      "http://a/debian bookworm \n"
	      "https://b/debian trixie /k.gpg\n"
	      "http://s/debian-security bookworm-security  security\n"
	      "http://s/old buster/updates  security\n");
}

static void stanzas(void **state)
{
	(void)state;
	check("Types: deb\n# comment\nURIs: http://a/debian\nSuites: bookworm bookworm-updates\n"
	      "Components: main\nSigned-By: /k.gpg\n\n"
	      "types: deb deb-src\nuris: http://s/d http://second\nsuites: bookworm-security\n"
	      "components: main non-free\n\n"
	      "Enabled: no\nTypes: deb\nURIs: http://off\nSuites: sid\nComponents: main\n\n"
	      "Types: deb-src\nURIs: http://src\nSuites: sid\nComponents: main\n\n"
	      "Types: deb\nURIs: http://inline\nSuites: sid\nComponents: main\nSigned-By:\n"
	      " -----BEGIN PGP PUBLIC KEY BLOCK-----\n",
	      true,
	      "http://a/debian bookworm /k.gpg\nhttp://s/d bookworm-security  security\n"
	      "http://inline sid \n");
	check("", true, "");
	check(":\n\n:::\nTypes", true, "");
}

/* apt's own sentences, as versions 2.2 to 2.9 print them. */
static void complaints(void **state)
{
	(void)state;
	assert_error(kd_apt_judge(KD_V("E: The repository 'http://a forky Release' does not have a "
				       "Release file.\n"),
				  "x"),
		     KD_NOTFOUND, "no such suite");
	assert_error(kd_apt_judge(KD_V("W: Failed to fetch http://a  Temporary failure resolving "
				       "'a'\nE: Some index files failed to download.\n"),
				  "x"),
		     KD_NETWORK, "no network");
	assert_error(kd_apt_judge(KD_V("E: Release file for http://a is expired (invalid since 1d)"),
				  "x"),
		     KD_NETWORK, "--expired");
	assert_error(kd_apt_judge(KD_V("W: GPG error: NO_PUBKEY 1\nE: The repository is not signed."),
				  "x"),
		     KD_AUTH, "a key that this system does not have");
	assert_error(kd_apt_judge(KD_V("E: write (28: No space left on device)"), "x"), KD_IO,
		     "disk is full");
	assert_error(kd_apt_judge(KD_V("E: Unable to locate package linux-image-x"), "x"),
		     KD_NOTFOUND, "no such package");
	assert_error(kd_apt_judge(KD_V(""), "x"), KD_IO, "apt failed");
}

static void refused(void **state)
{
	static const struct {
		struct kd_apt_where where;
		const char *suite;
		enum kd_errclass cls;
		const char *words;
	} rows[] = {
		{{.etc = "/nonexistent"}, "jammy", KD_INVALID, "--mirror=http"},
		{{.etc = "/nonexistent"}, "kali-rolling", KD_INVALID, "no suite of Debian"},
		{{.etc = "/nonexistent"}, "../x", KD_INVALID, "no suite of Debian"},
		{{.etc = "/nonexistent"}, "", KD_INVALID, "no suite of Debian"},
		{{.mirror = "http://a"}, "../x", KD_INVALID, "no suite of Debian"},
		{{.mirror = "http://a"}, "a\nSigned-By: x", KD_INVALID, "no suite of Debian"},
		{{.mirror = "ftp://a"}, "sid", KD_INVALID, "is no mirror"},
		{{.mirror = "http://a b"}, "sid", KD_INVALID, "is no mirror"},
		{{.mirror = "http://a\nTrusted: yes"}, "sid", KD_INVALID, "is no mirror"},
		{{.mirror = "http://a", .keyring = "/nonexistent"}, "sid", KD_NOTFOUND, "no keyring"},
	};
	struct kd_ctx ctx;
	struct kd_apt apt;

	(void)state;
	kd_ctx_init(&ctx);
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++)
		assert_error(kd_apt_open(&ctx, &rows[i].where, "/nonexistent/x", rows[i].suite, "amd64",
					 NULL, &apt),
			     rows[i].cls, rows[i].words);
	assert_true(kd_apt_is_ubuntu_suite(KD_V("noble")) && !kd_apt_is_debian_suite(KD_V("noble")));
	assert_false(kd_apt_is_ubuntu_suite(KD_V("noble-updates")) || kd_apt_is_ubuntu_suite(KD_V("sid")));
	kd_ctx_deinit(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_line),
		cmocka_unit_test(stanzas),
		cmocka_unit_test(complaints),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
