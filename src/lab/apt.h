/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * apt.h: a private apt root: own sources, lists, cache and state below one folder; the system's
 * apt programs and keys, none of its data. Nothing is installed and no hook of the system runs.
 *
 *	struct kd_apt apt;
 *	struct kd_apt_where where = {.etc = "/etc/apt"};
 *	err = kd_apt_open(ctx, &where, dir, "trixie", "amd64", NULL, &apt);
 *	err = kd_apt_update(&apt);
 *	err = kd_apt_show(&apt, "linux-image-amd64", &pkg);
 *	err = kd_apt_download(&apt, &pkg);                            // pkg.file
 *	kd_apt_close(&apt);
 *
 * The mirror is the one that this system is configured with (sources.list(5): one-line and
 * deb822 forms), with only the suite changed, or one that is named. Signatures are checked by apt with the system's
 * keyring: an unsigned or wrongly signed suite is an error.
 */
#ifndef KD_LAB_APT_H
#define KD_LAB_APT_H

#include "base/ctx.h"
#include "base/error.h"
#include "base/view.h"

/* One line or stanza of sources.list(5) for a Debian suite; views into its text. */
struct kd_apt_source {
	struct kd_view uri, suite, signed_by; /* signed_by may be absent */
	bool security; /* suite is a "-security" one */
};

/*
 * Call fn for each enabled "deb" source with the component main and a suite of Debian's names.
 * deb822: text is in the form of *.sources files, else in that of *.list files.
 */
void kd_apt_sources(struct kd_view text, bool deb822,
		    void (*fn)(void *user, const struct kd_apt_source *s), void *user);

/* "bullseye", "trixie", "sid", "testing" …: a name that Debian gives (or gave) a suite. */
bool kd_apt_is_debian_suite(struct kd_view suite);

/* "focal", "noble" …: a name of Ubuntu's, whose packages of a kernel are called in another way. */
bool kd_apt_is_ubuntu_suite(struct kd_view suite);

/* Which archive. Zero members mean the default. */
struct kd_apt_where {
	const char *etc; /* configuration whose mirror of Debian is taken: /etc/apt */
	const char *mirror; /* that URI instead: http:, https:, file: */
	const char *keyring; /* with .mirror: file of the keys that sign it; default: the distribution's */
};

struct kd_apt {
	struct kd_ctx *ctx;
	char *dir; /* the private root */
	char *conf_env; /* "APT_CONFIG=…" */
	char *mirror; /* URI of the main archive */
	char *suite, *arch;
	bool expired; /* take lists whose signature is right and whose date has passed */
	char *downloads; /* folder for .deb files */
	void (*progress)(void *user, const char *what, uint64_t done, uint64_t total);
	void *user;
};

/* A package of the suite. */
struct kd_apt_package {
	char *name, *version, *arch, *depends;
	char *file; /* after kd_apt_download() */
	uint64_t download_bytes, installed_bytes;
};

/*
 * also: a second architecture, or NULL. A suite of Ubuntu's comes with its -updates and -security,
 * which have its newer kernels. KD_NOTFOUND: no apt here, no Debian mirror configured, no keys;
 * KD_INVALID: not a suite of Debian's, and no mirror was named; not a URI.
 */
KD_MUST_CHECK struct kd_error *kd_apt_open(struct kd_ctx *ctx, const struct kd_apt_where *where,
					   const char *dir, const char *suite, const char *arch, const char *also,
					   struct kd_apt *ret);
void kd_apt_close(struct kd_apt *apt);

/* KD_NETWORK, KD_NOTFOUND (no such suite there), KD_AUTH (signature), KD_IO (disk full). */
KD_MUST_CHECK struct kd_error *kd_apt_update(const struct kd_apt *apt);

/* The newest version. name may end in ":ARCH". KD_NOTFOUND: no such package in the suite. */
KD_MUST_CHECK struct kd_error *kd_apt_show(const struct kd_apt *apt, const char *name,
					   struct kd_apt_package *ret);

/* Resumes what an earlier call left. The file's checksum is the one that the signed list has. */
KD_MUST_CHECK struct kd_error *kd_apt_download(const struct kd_apt *apt,
					       struct kd_apt_package *pkg);

/*
 * These packages and all that they depend on, as if nothing were installed: to files in
 * dir/cache/archives. Resumes as well.
 */
KD_MUST_CHECK struct kd_error *kd_apt_download_all(const struct kd_apt *apt,
						   const char *const *names, size_t n);

void kd_apt_package_deinit(struct kd_apt_package *p);

/* What apt's complaints mean. errors: its standard error. */
struct kd_error *kd_apt_judge(struct kd_view errors, const char *what);

#endif
