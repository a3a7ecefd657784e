// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "report/release.h"

struct row {
	const char *in;
	uint32_t major, minor, patch;
	enum kd_vendor vendor;
	const char *abi;
	uint32_t flavour;
	enum kd_arch arch;
	const char *build;
};

static const struct row rows[] = {
	{"6.18.21-cloudflare-kasan-2026.4.6", 6, 18, 21, KD_VENDOR_CLOUDFLARE, NULL,
	 KD_FLAVOUR_KASAN, 0, "2026.4.6"},
	{"6.18.21-cloudflare-2026.4.6", 6, 18, 21, KD_VENDOR_CLOUDFLARE, NULL, 0, 0, "2026.4.6"},
	{"5.15.0-91-generic", 5, 15, 0, KD_VENDOR_UBUNTU, "91", KD_FLAVOUR_GENERIC, 0, NULL},
	{"5.15.0-1052-aws", 5, 15, 0, KD_VENDOR_UBUNTU, "1052", 0, 0, NULL},
	{"6.5.0-14-lowlatency", 6, 5, 0, KD_VENDOR_UBUNTU, "14", KD_FLAVOUR_LOWLATENCY, 0, NULL},
	{"6.1.0-18-amd64", 6, 1, 0, KD_VENDOR_DEBIAN, "18", 0, KD_ARCH_X86_64, NULL},
	{"6.1.0-18-cloud-amd64", 6, 1, 0, KD_VENDOR_DEBIAN, "18", KD_FLAVOUR_CLOUD, KD_ARCH_X86_64,
	 NULL},
	{"6.1.0-18-rt-amd64", 6, 1, 0, KD_VENDOR_DEBIAN, "18", KD_FLAVOUR_RT, KD_ARCH_X86_64, NULL},
	{"6.1.0-18-arm64", 6, 1, 0, KD_VENDOR_DEBIAN, "18", 0, KD_ARCH_ARM64, NULL},
	{"6.1.76-1", 6, 1, 76, KD_VENDOR_DEBIAN, "1", 0, 0, NULL},
	{"6.1.0-0.deb11.13-amd64", 6, 1, 0, KD_VENDOR_DEBIAN, "0.deb11.13", 0, KD_ARCH_X86_64,
	 NULL},
	{"6.12.12+bpo-amd64", 6, 12, 12, KD_VENDOR_DEBIAN, NULL, 0, KD_ARCH_X86_64, NULL},
	{"4.18.0-513.9.1.el8_9.x86_64", 4, 18, 0, KD_VENDOR_RHEL, "513.9.1", 0, KD_ARCH_X86_64,
	 NULL},
	{"5.14.0-362.el9.aarch64+64k", 5, 14, 0, KD_VENDOR_RHEL, "362", KD_FLAVOUR_64K,
	 KD_ARCH_ARM64, NULL},
	{"5.14.0-362.el9.x86_64+debug", 5, 14, 0, KD_VENDOR_RHEL, "362", KD_FLAVOUR_DEBUG,
	 KD_ARCH_X86_64, NULL},
	{"5.15.0-200.131.27.el8uek.x86_64", 5, 15, 0, KD_VENDOR_ORACLE, "200.131.27", 0,
	 KD_ARCH_X86_64, NULL},
	{"6.7.4-200.fc39.x86_64", 6, 7, 4, KD_VENDOR_FEDORA, "200", 0, KD_ARCH_X86_64, NULL},
	{"6.7.4-200.fc39", 6, 7, 4, KD_VENDOR_FEDORA, "200", 0, 0, NULL},
	{"6.1.79-99.164.amzn2023.x86_64", 6, 1, 79, KD_VENDOR_AMAZON, "99.164", 0, KD_ARCH_X86_64,
	 NULL},
	{"6.7.4-arch1-1", 6, 7, 4, KD_VENDOR_ARCH, "1", 0, 0, NULL},
	{"6.6.16-1-lts", 6, 6, 16, KD_VENDOR_ARCH, "1", 0, 0, NULL},
	{"5.14.21-150500.55.39-default", 5, 14, 21, KD_VENDOR_SUSE, "150500.55.39", 0, 0, NULL},
	{"6.7.4-1-default", 6, 7, 4, KD_VENDOR_SUSE, "1", 0, 0, NULL},
	{"5.10.66-android12-9-00021-g1234abcd5678-ab7890123", 5, 10, 66, KD_VENDOR_ANDROID, "9", 0,
	 0, NULL},
	{"6.5.11-8-pve", 6, 5, 11, KD_VENDOR_PROXMOX, "8", 0, 0, NULL},
	{"5.15.146.1-microsoft-standard-WSL2", 5, 15, 146, KD_VENDOR_WSL, NULL, 0, 0, NULL},
	{"6.8.0-rc5-syzkaller-00123-gdeadbeef1234", 6, 8, 0, KD_VENDOR_SYZBOT, NULL, 0, 0, NULL},
	{"6.7.0", 6, 7, 0, KD_VENDOR_UPSTREAM, NULL, 0, 0, NULL},
	{"6.7", 6, 7, 0, KD_VENDOR_UPSTREAM, NULL, 0, 0, NULL},
	{"6.7.0-rc3-00123-gdeadbeef1234-dirty", 6, 7, 0, KD_VENDOR_UPSTREAM, NULL, 0, 0, NULL},
	{"6.7.0-rc8-next-20240101", 6, 7, 0, KD_VENDOR_UPSTREAM, NULL, 0, 0, NULL},
	{"6.7.0+", 6, 7, 0, KD_VENDOR_UPSTREAM, NULL, 0, 0, NULL},
	{"5.4.0-mykernel", 5, 4, 0, KD_VENDOR_OTHER, NULL, 0, 0, NULL},
	{"2.6.32-71.el6.x86_64", 2, 6, 32, KD_VENDOR_RHEL, "71", 0, KD_ARCH_X86_64, NULL},
};

static void assert_view(struct kd_view v, const char *want)
{
	if (!want) {
		assert_null(v.p);
		return;
	}
	if (!kd_view_eq(v, kd_view_of(want)))
		print_message("'%.*s' is not '%s'\n", KD_VARG(v), want);
	assert_true(kd_view_eq(v, kd_view_of(want)));
}

static void known_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		const struct row *w = &rows[i];
		struct kd_release r;

		assert_true(kd_release_parse(kd_view_of(w->in), &r));
		if (r.vendor != w->vendor || r.flavour != w->flavour)
			print_message("%s: vendor %s\n", w->in,
				      kd_vendor_name((enum kd_vendor)r.vendor));
		assert_int_equal(r.major, w->major);
		assert_int_equal(r.minor, w->minor);
		assert_int_equal(r.patch, w->patch);
		assert_int_equal(r.vendor, w->vendor);
		assert_view(r.abi, w->abi);
		assert_int_equal(r.flavour, w->flavour);
		assert_int_equal(r.arch, w->arch);
		assert_view(r.build, w->build);
	}
}

static void details(void **state)
{
	struct kd_release r;
	(void)state;

	assert_true(kd_release_parse(KD_V("6.7.0-rc3-00123-gdeadbeef1234-dirty"), &r));
	assert_true(r.has_rc && r.rc == 3 && r.has_ahead && r.ahead == 123 && r.dirty && !r.plus);
	assert_view(r.commit, "deadbeef1234");
	assert_true(kd_release_parse(KD_V("6.7.0-rc8-next-20240101"), &r));
	assert_true(r.has_next && r.next == 20240101 && r.has_date && r.date == 20240101 &&
		    r.rc == 8);
	assert_true(kd_release_parse(KD_V("6.18.21-cloudflare-kasan-2026.4.6"), &r));
	assert_true(r.has_date && r.date == 20260406);
	assert_view(r.vendor_word, "cloudflare");
	assert_view(r.flavour_word, "kasan");
	assert_true(kd_release_parse(KD_V("6.7.0+"), &r));
	assert_true(r.plus);
	assert_true(kd_release_parse(KD_V("4.18.0-513.9.1.el8_9.x86_64"), &r));
	assert_view(r.vendor_word, "el8_9");
	assert_true(kd_release_parse(KD_V("5.4.0-mykernel"), &r));
	assert_view(r.vendor_word, "mykernel");
	assert_view(r.extra, "-mykernel");
	assert_true(
		kd_release_parse(KD_V("5.10.66-android12-9-00021-g1234abcd5678-ab7890123"), &r));
	assert_true(r.has_ahead && r.ahead == 21);
	assert_view(r.commit, "1234abcd5678");
}

static void refused(void **state)
{
	static const char *const bad[] = {"",
					  "6",
					  "6.",
					  ".7",
					  "v6.7",
					  "linux-6.7",
					  "6.x",
					  "6.7abc",
					  "syzkaller",
					  "<KERNEL_VERSION>",
					  "99999999999999999999.1",
					  "6.99999999999",
					  "100.1",
					  "1.2.3.4x"};
	char *lengthy = kd_xmalloc(4096);
	struct kd_release r;
	(void)state;

	for (size_t i = 0; i + 1 < KD_ARRAY_LEN(bad); i++)
		assert_false(kd_release_parse(kd_view_of(bad[i]), &r));
	memset(lengthy, '-', 4096);
	memcpy(lengthy, "6.1", 3);
	assert_false(kd_release_parse(kd_view(lengthy, 4096), &r));
	assert_true(kd_release_parse(kd_view(lengthy, 200), &r));
	memset(lengthy + 3, 'a', 100);
	for (size_t i = 3; i < 103; i += 2)
		lengthy[i] = '-';
	assert_true(kd_release_parse(kd_view(lengthy, 103), &r)); /* more words than are kept */
	kd_free(lengthy);
}

/* Every cut of every known string, in memory of exactly that size. */
static void cut_anywhere(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++)
		for (size_t n = 0; n <= strlen(rows[i].in); n++) {
			char *copy = kd_xstrndup(rows[i].in, n);
			struct kd_release r;

			(void)kd_release_parse(kd_view(copy, n), &r);
			kd_free(copy);
		}
}

static void order(void **state)
{
	static const char *const sorted[] = {"2.6.32-71.el6.x86_64",
					     "5.15.0-91-generic",
					     "5.15.0-101-generic",
					     "6.7.0-rc3",
					     "6.7.0-rc3-00123-gdeadbeef1234",
					     "6.7.0-rc8",
					     "6.7.0-rc8-next-20240101",
					     "6.7.0-rc8-next-20240103",
					     "6.7.0",
					     "6.7.4",
					     "6.18.1",
					     "6.18.21-cloudflare-2026.4.6",
					     "6.18.21-cloudflare-2026.11.2"};
	struct kd_release a, b;
	char series[KD_SERIES_LEN];
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(sorted); i++)
		for (size_t k = 0; k < KD_ARRAY_LEN(sorted); k++) {
			assert_true(kd_release_parse(kd_view_of(sorted[i]), &a));
			assert_true(kd_release_parse(kd_view_of(sorted[k]), &b));
			assert_int_equal(kd_release_cmp(&a, &b) < 0, i < k);
			assert_int_equal(kd_release_cmp(&a, &b) == 0, i == k);
		}
	assert_true(kd_release_parse(KD_V("5.15.0-91-generic"), &a));
	assert_true(kd_release_parse(KD_V("5.15.91"), &b));
	assert_false(kd_release_comparable(&a, &b));
	assert_true(kd_release_comparable(&a, &a));
	kd_release_series(&b, series);
	assert_string_equal(series, "5.15");
	assert_true(kd_release_parse(KD_V("2.6.32"), &b));
	kd_release_series(&b, series);
	assert_string_equal(series, "2.6.32");
	b.major = b.minor = b.patch = UINT32_MAX;
	kd_release_series(&b, series);
	assert_true(strlen(series) < KD_SERIES_LEN);
}

static void builds(void **state)
{
	struct kd_release r;
	struct kd_build b;
	(void)state;

	assert_true(
		kd_build_parse(KD_V("#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)"), &b));
	assert_true(b.number == 1 && b.smp && b.preempt_dynamic && b.vendor == KD_VENDOR_DEBIAN);
	assert_view(b.package, "6.1.76-1");
	assert_int_equal(b.date_num, 20240201);
	assert_true(kd_build_parse(KD_V("#101-Ubuntu SMP Tue Nov 14 13:30:08 UTC 2023"), &b));
	assert_true(b.number == 101 && b.vendor == KD_VENDOR_UBUNTU && b.date_num == 20231114);
	/* A-021: a reproducible build's date. */
	assert_true(
		kd_build_parse(KD_V("#1 SMP PREEMPT_DYNAMIC Mon Sep 27 00:00:00 UTC 2010"), &b));
	assert_int_equal(b.date_num, 20100927);
	assert_true(kd_release_parse(KD_V("6.18.21"), &r));
	assert_true(kd_build_implausible(&b, &r));
	assert_true(kd_release_parse(KD_V("2.6.32"), &r));
	assert_false(kd_build_implausible(&b, &r));
	assert_true(kd_build_parse(KD_V("#1 SMP Thu Jan 1 00:00:00 UTC 1970"), &b));
	assert_true(kd_build_implausible(&b, NULL));
	assert_true(kd_build_parse(KD_V("#4"), &b));
	assert_false(b.has_date || b.smp);
	assert_false(kd_build_implausible(&b, NULL));
	assert_false(kd_build_parse(KD_V("SMP"), &b));
	assert_false(kd_build_parse(KD_V("#"), &b));
	assert_false(kd_build_parse(KD_VNULL, &b));
	assert_true(kd_build_parse(KD_V("#1 ( (2024 (2024-99-99) (99999-01-01)"), &b));
	assert_false(b.has_date);
}

static void names(void **state)
{
	(void)state;
	for (unsigned v = 0; v < KD_VENDOR_N; v++) {
		assert_non_null(kd_vendor_name((enum kd_vendor)v));
		assert_non_null(kd_vendor_words((enum kd_vendor)v));
	}
	assert_string_equal(kd_vendor_name((enum kd_vendor)99), "unknown");
	assert_string_equal(kd_flavour_name(KD_FLAVOUR_HARDENED), "hardened");
	assert_null(kd_flavour_name(3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_forms), cmocka_unit_test(details),
		cmocka_unit_test(refused),     cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(order),       cmocka_unit_test(builds),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
