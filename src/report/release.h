/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * release.h: what a kernel's release string (uname -r) says.
 *
 *	struct kd_release r;
 *	if (kd_release_parse(KD_V("5.15.0-91-generic"), &r))
 *		…   // r.major 5, r.minor 15, r.patch 0, r.vendor Ubuntu, r.abi "91"
 *
 * A vendor is what the form of the string suggests, not proof: anybody can build a
 * kernel with CONFIG_LOCALVERSION="-91-generic". Vendor kernels carry patches of later
 * versions: never conclude from the number that a fix is absent.
 *
 * Sources: the kernel's Makefile (VERSION.PATCHLEVEL.SUBLEVEL EXTRAVERSION) and
 * scripts/setlocalversion (-00123-g…, -dirty, +); forms of the distributions as their
 * package names show them.
 */
#ifndef KD_REPORT_RELEASE_H
#define KD_REPORT_RELEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "report/arch.h"

enum kd_vendor {
	KD_VENDOR_UNKNOWN,
	KD_VENDOR_UPSTREAM, /* plain, rc, next or git describe */
	KD_VENDOR_UBUNTU,
	KD_VENDOR_DEBIAN,
	KD_VENDOR_RHEL, /* and its rebuilds */
	KD_VENDOR_FEDORA,
	KD_VENDOR_SUSE,
	KD_VENDOR_ARCH,
	KD_VENDOR_ANDROID,
	KD_VENDOR_ORACLE, /* UEK */
	KD_VENDOR_AMAZON,
	KD_VENDOR_GOOGLE, /* COS, GKE */
	KD_VENDOR_AZURE,  /* Azure Linux, CBL-Mariner */
	KD_VENDOR_CLOUDFLARE,
	KD_VENDOR_PROXMOX,
	KD_VENDOR_RASPI,
	KD_VENDOR_WSL,
	KD_VENDOR_SYZBOT,
	KD_VENDOR_OTHER, /* a word of its own follows the version: vendor_word */
	KD_VENDOR_N
};

enum kd_flavour {
	KD_FLAVOUR_NONE = 0,
	KD_FLAVOUR_KASAN = 1,
	KD_FLAVOUR_DEBUG = 2,
	KD_FLAVOUR_RT = 4,
	KD_FLAVOUR_CLOUD = 8,
	KD_FLAVOUR_GENERIC = 16,
	KD_FLAVOUR_LOWLATENCY = 32,
	KD_FLAVOUR_SANITIZER = 64, /* another sanitizer: kmsan, kcsan, ubsan */
	KD_FLAVOUR_64K = 128,	   /* 64 KB pages */
	KD_FLAVOUR_HARDENED = 256,
};

struct kd_release {
	struct kd_view text; /* the whole */
	uint32_t major, minor;
	bool has_patch, has_rc, has_next;
	uint32_t patch;	    /* 5.15.*91*; Ubuntu, RHEL and SUSE keep it fixed */
	uint32_t rc;	    /* 6.7-*rc3* */
	uint32_t next;	    /* next-*20240101* */
	bool dirty, plus;   /* -dirty; '+': commits or changes after the tag */
	bool has_ahead;
	uint32_t ahead;	    /* commits after the tag: -*00123*-g… */
	struct kd_view commit; /* hex digits behind -g, absent without */
	uint8_t vendor;	    /* enum kd_vendor */
	struct kd_view vendor_word; /* the words that made it: "cloudflare", "el8_9", "fc39" */
	uint32_t flavour;   /* enum kd_flavour, or-ed */
	struct kd_view flavour_word; /* "generic", "kasan", "rt", "cloud-amd64" … or absent */
	struct kd_view abi; /* the distributor's counter: "91", "18", "513.9.1", "200", "1" */
	struct kd_view build; /* build version or date as written: "2026.4.6" */
	bool has_date;
	uint32_t date;	 /* yyyymmdd, when `build` or `next` is one */
	uint8_t arch;	 /* enum kd_arch, when the string ends with one */
	struct kd_view extra; /* what comes after the version, unparsed */
};

/* True when the text begins with number.number; unknown parts stay in `extra`. */
bool kd_release_parse(struct kd_view text, struct kd_release *ret);

/*
 * Order of versions: upstream version, rc before release, next after rc, commits ahead,
 * then vendor counter and date. Kernels of different vendors with equal version compare
 * by vendor, so that sorting is total; kd_release_comparable() says whether that order
 * means anything.
 */
int kd_release_cmp(const struct kd_release *a, const struct kd_release *b);
bool kd_release_comparable(const struct kd_release *a, const struct kd_release *b);

/* "6.18", the series of stable releases. */
#define KD_SERIES_LEN 24
void kd_release_series(const struct kd_release *r, char ret[KD_SERIES_LEN]);

const char *kd_vendor_name(enum kd_vendor v);  /* "ubuntu"; for JSON */
const char *kd_vendor_words(enum kd_vendor v); /* "Ubuntu"; for people */
/* "kasan", "debug" … of one bit; NULL for others. */
const char *kd_flavour_name(uint32_t bit);

/* "#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)": text behind the release. */
struct kd_build {
	uint32_t number;     /* #1; 0 when absent */
	bool smp, preempt, preempt_dynamic, preempt_rt, preempt_lazy;
	uint8_t vendor;	     /* enum kd_vendor */
	struct kd_view package; /* "6.1.76-1", or absent */
	struct kd_view date; /* as printed */
	bool has_date;
	uint32_t date_num; /* yyyymmdd; may be a reproducible build's fixed date */
};
bool kd_build_parse(struct kd_view text, struct kd_build *ret);

/*
 * Is the build date earlier than the first release of that version (or 1970)? A
 * reproducible build's fixed date or a wrong clock: not to be used for ordering.
 */
bool kd_build_implausible(const struct kd_build *b, const struct kd_release *r);

#endif
