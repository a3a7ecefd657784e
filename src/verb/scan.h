/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scan.h: list the reports of any number of logs.
 *
 *	struct kd_scan_sink sink = {.row = row, .end = end, .problem = problem, .user = &x};
 *	struct kd_scan_request req = {.inputs = names, .ninputs = n};
 *	struct kd_scan_summary sum;
 *	err = kd_scan_list(ctx, &req, &sink, &sum);
 *
 * A sink wants either whole reports as they are found (`report`: JSON), or compact rows
 * at the end of each input (`row`: tables), when repeats and the facts about the whole
 * log are known. Memory does not depend on the size of the input: rows beyond
 * KD_SCAN_ROWS_MEMORY bytes wait in a temporary file that has no name.
 */
#ifndef KD_VERB_SCAN_H
#define KD_VERB_SCAN_H

#include "base/ctx.h"
#include "base/error.h"
#include "report/scan.h"
#include "verb/input.h"

#define KD_SCAN_ROWS_MEMORY ((size_t)4 << 20)
/* Different reports of one log that are folded with their repeats; more are listed one by one. */
#define KD_SCAN_FOLD_MAX 50000

struct kd_scan_request {
	const char *const *inputs;
	size_t ninputs;
	struct kd_input *log; /* this one, opened, instead of the names; NULL: the names */
	bool infrastructure; /* also reboots, fuzzer and user-space panics */
	const char *kind; /* only this kind or family; NULL: all */
	uint64_t limit; /* list at most so many; 0: all */
	bool fold; /* rows: one for a report and its repeats in the same log */
	bool titles_only; /* only what a row of titles needs: faster */
	bool guilty; /* also syz.guilty_file */
};

/* Texts of a row; absent views mean that the log does not say. */
enum kd_row_text {
	KD_ROW_TITLE,
	KD_ROW_WALL, /* civil time as printed */
	KD_ROW_HOST,
	KD_ROW_COMM,
	KD_ROW_FUNC, /* the function that the header or RIP line names */
	KD_ROW_SYZ_TITLE,
	KD_ROW_SYZ_FRAME,
	KD_ROW_SYZ_EXECUTOR,
	KD_ROW_SYZ_GUILTY,
	KD_ROW_SYZ_HEADER,
	KD_ROW_NTEXT
};

#define KD_ROW_ALT_MAX 16

/* A report in one line of a table. */
struct kd_scan_row {
	uint64_t start_line, end_line, last_line; /* last_line: start of the last repeat */
	uint64_t count; /* 1, or with its repeats */
	uint64_t mono_us;
	const struct kd_kind *kind;
	const char *syz_type; /* NULL: none */
	int64_t pid;
	uint32_t number; /* of the report in its log, from 1 */
	uint32_t cpu;
	uint8_t outcome, tier, ctx, nalt;
	bool has_mono, has_cpu, has_pid, infrastructure, corrupted, panicked;
	struct kd_view text[KD_ROW_NTEXT];
	struct kd_view alt[KD_ROW_ALT_MAX];
};

/* What is known of an input once it was read. */
struct kd_scan_end {
	struct kd_scan_log log;
	uint64_t listed; /* reports handed out, repeats included */
	uint64_t infrastructure; /* not handed out for that reason */
	uint64_t other_kind; /* not of the kind asked for */
	uint64_t over_limit; /* not handed out because of the limit */
	uint64_t rows; /* rows handed out */
	uint64_t unfolded; /* rows past KD_SCAN_FOLD_MAX: not compared with earlier ones */
	const char *packed_diag; /* what was wrong with the packed data, NULL: nothing */
};

struct kd_scan_sink {
	void *user;
	/* All optional. An error of one of them ends the scan. */
	struct kd_error *(*begin)(void *user, const struct kd_input *in);
	struct kd_error *(*report)(void *user, const struct kd_input *in,
				   const struct kd_report *r);
	struct kd_error *(*row)(void *user, const struct kd_input *in,
				const struct kd_scan_row *row, const struct kd_scan_end *end);
	struct kd_error *(*end)(void *user, const struct kd_input *in,
				const struct kd_scan_end *end);
	struct kd_error *(*problem)(void *user, const struct kd_input_problem *p);
	struct kd_error *(*skipped)(void *user, const char *dir, const struct kd_input_skipped *s);
	/* Work goes on. The front end's own: a renderer leaves it alone. */
	void (*progress)(void *progress_user, const struct kd_input *in);
	void *progress_user;
};

struct kd_scan_summary {
	uint64_t inputs, problems; /* logs read, names without an answer */
	uint64_t with_reports; /* logs that hold at least one listed report */
	uint64_t listed, rows, infrastructure, other_kind, over_limit;
};

/* KD_INVALID when req->kind names neither a kind nor a family. */
struct kd_error *kd_scan_list(struct kd_ctx *ctx, const struct kd_scan_request *req,
			      const struct kd_scan_sink *sink,
			      struct kd_scan_summary *ret) KD_MUST_CHECK;

/* Words for the enums of report.h, for text and JSON alike: "fatal", "high", "hardware", "softirq".
 */
const char *kd_outcome_word(unsigned outcome);
const char *kd_tier_word(unsigned tier);
const char *kd_owner_word(unsigned owner);
const char *kd_context_word(unsigned ctx);

#endif
