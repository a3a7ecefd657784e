/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * taint.h: the taint flags of a kernel, and who can have set each of them.
 *
 *	struct kd_view v = KD_V("Tainted: G    B   W  O  6.1.0 #1");
 *	struct kd_taint_text t;
 *	if (kd_taint_take(&v, &t))      // v is now "6.1.0 #1"
 *		for (unsigned b = 0; b < KD_NTAINT; b++)
 *			if (t.bits >> b & 1)
 *				puts(kd_taint_bit(b)->meaning);
 *
 * A flag says that *some* setter of it ran since boot, never which one: B comes from a
 * bad page, but also from KASAN, KFENCE, KMSAN and SLUB. So "this report follows
 * from that one" needs kd_taint_setter() and the setter in the log of the same boot.
 *
 * Sources: Documentation/admin-guide/tainted-kernels.rst; include/linux/panic.h (bits);
 * kernel/panic.c, taint_flags[] (letters and long names); the callers of add_taint() in
 * Linux 6.12 (setters); bit 19: commit that added TAINT_FWCTL, Linux 6.15.
 */
#ifndef KD_REPORT_TAINT_H
#define KD_REPORT_TAINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

#define KD_NTAINT 20

enum kd_taint_flags {
	KD_TF_THIRD_PARTY = 1, /* code that the kernel's tree does not hold */
	KD_TF_EVENT = 2,       /* something went wrong before (or is just being reported) */
	KD_TF_HARDWARE = 4,    /* hardware or firmware is suspect */
	KD_TF_CONFIG = 8,      /* how the kernel was built, booted or set up */
	KD_TF_MODULE = 16,     /* about a module that was loaded or unloaded */
	KD_TF_LOCKDEP = 32,    /* its setters switch lockdep off: no "locks held" after it */
	KD_TF_TEXT = 64,       /* the kernel's code differs from what was built */
};

/* One way to get a flag set. */
struct kd_taint_setter {
	const char *what; /* family of report kinds ("kasan", "oops" …) or NULL: no report */
	bool always;	  /* each such report sets it; false: some do */
	const char *how;  /* for people: "a KASAN report (end_report)" */
};

struct kd_taint_info {
	uint8_t bit;
	char letter;
	char clear;	     /* printed when it is not set: 'G' for bit 0, else ' ' */
	uint8_t flags;	     /* enum kd_taint_flags */
	const char *name;    /* long form: "OOT_MODULE" */
	const char *words;   /* short: "out-of-tree module" */
	const char *meaning; /* one sentence */
	const struct kd_taint_setter *setters;
	size_t nsetters;
};

/* NULL for what no table knows. 'G' has no row: it says that bit 0 is clear. */
const struct kd_taint_info *kd_taint_bit(unsigned bit);
const struct kd_taint_info *kd_taint_letter(char letter);
const struct kd_taint_info *kd_taint_name(struct kd_view long_name);

/*
 * Can a report of this kind have set the flag? `what` is a kind or family name as
 * used in the setters; "oops" stands for every kind that goes through die().
 */
enum kd_taint_sets { KD_TAINT_NO, KD_TAINT_MAYBE, KD_TAINT_ALWAYS };
enum kd_taint_sets kd_taint_setter(unsigned bit, struct kd_view what);

struct kd_taint_text {
	struct kd_view text; /* the letters as printed, without blanks at the ends; absent
				for "Not tainted" */
	uint32_t bits;
	bool tainted;	  /* false: the log says "Not tainted" */
	bool long_form;	  /* "[W]=WARN, [O]=OOT_MODULE" */
	bool vendor_bits; /* '-' columns or lower case letters: a distribution's own flags */
	char unknown[16]; /* letters that no table knows, without repeats */
	uint8_t nunknown;
};

/*
 * Take "Tainted: …" or "Not tainted" off the front of v, with the blanks behind it;
 * what is left begins with the release or is empty. False: neither is there.
 */
bool kd_taint_take(struct kd_view *v, struct kd_taint_text *ret);

/* Find either form anywhere in a line; *rest_ret (may be NULL) is what follows it. */
bool kd_taint_find(struct kd_view line, struct kd_taint_text *ret, struct kd_view *rest_ret);

/* "PWO" or "GWO": the letters of the bits without blanks; "" for 0. */
#define KD_TAINT_LETTERS (KD_NTAINT + 2)
void kd_taint_letters(uint32_t bits, char ret[KD_TAINT_LETTERS]);

/*
 * What a letter may mean on a kernel of this vendor ("rhel", "suse"), where it differs
 * from the table above; NULL when nothing is known.
 */
const char *kd_taint_vendor(char letter, struct kd_view vendor);

#endif
