/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rawaddr.h: the raw addresses of a log, named: for kernels that print no symbols, and for logs that lost them.
 *
 *	struct kd_raw raw;
 *	kd_raw_init(&raw);
 *	… kd_raw_report(&raw, report);                  // each report of the log, first pass
 *	if (kd_raw_any(&raw))
 *		kd_raw_solve(&raw, set);                // where each boot's kernel lay: symbol/kaslr.h
 *	struct kd_scan_opts o = {.name_frames = kd_raw_name, .name_user = &raw};       // second pass
 *
 * A boot whose offset is not found keeps its raw addresses. Addresses of modules are not named: a log has no line
 * that gives their bases.
 */
#ifndef KD_VERB_RAWADDR_H
#define KD_VERB_RAWADDR_H

#include "symbol/kaslr.h"
#include "symbol/symset.h"

enum { KD_RAW_BOOTS = 256 };

struct kd_raw_boot {
	uint32_t boot; /* kd_report.boot */
	struct kd_kaslr_log log;
	struct kd_kaslr found;
	bool solved;
	uint64_t raw; /* frames and program counters that have an address alone */
};

struct kd_raw {
	KD_VEC(struct kd_raw_boot *) boots;
	struct kd_symset *set; /* borrowed, from kd_raw_solve() on */
	struct kd_kdx *k; /* the kernel; NULL: none */
	uint64_t left_out; /* reports of further boots */
};

void kd_raw_init(struct kd_raw *raw);
void kd_raw_deinit(struct kd_raw *raw);

void kd_raw_report(struct kd_raw *raw, const struct kd_report *r);

/* Is there any frame with an address alone? */
bool kd_raw_any(const struct kd_raw *raw);

/* Opens the kernel's debug info. Boots without raw addresses and without a stated offset are not asked about. */
void kd_raw_solve(struct kd_raw *raw, struct kd_symset *set);

/* NULL: nothing is known of that boot. */
const struct kd_raw_boot *kd_raw_boot(const struct kd_raw *raw, uint32_t boot);

enum kd_raw_state {
	KD_RAW_NAMED,
	KD_RAW_NO_OFFSET, /* where the kernel lay is not known */
	KD_RAW_MODULE, /* an address where modules are */
	KD_RAW_OUTSIDE, /* in no function of the kernel: a module's, of BPF, or damaged */
	KD_RAW_HASHED, /* no kernel address: %p prints such */
};

/* *addr_ret is the address in the file; sym the function, of the byte before for a return address. */
enum kd_raw_state kd_raw_symbol(const struct kd_raw *raw, uint32_t boot, uint64_t addr, bool exact,
				uint64_t *addr_ret, struct kd_symbol *sym);

/*
 * Is it certain that the file is of this boot's kernel and where it lay? Not, when a list of symbols is known by its
 * release alone and nothing of the log could be compared with it; nor with debug info that was taken by force.
 */
bool kd_raw_proven(const struct kd_raw *raw, const struct kd_raw_boot *boot);

/* For kd_scan_opts.name_frames; user: struct kd_raw. Boots that are not proven keep their raw addresses. */
void kd_raw_name(void *user, struct kd_report *r);

#endif
