/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * investigate.h: one log in, the answer that an expert would sign out.
 *
 *	struct kd_inv_request req = {.name = "crash.log"};
 *	kd_auto(kd_investigation_freep) struct kd_investigation *inv = NULL;
 *	err = kd_investigate(ctx, src, &req, &inv);
 *	if (!err && inv->nfindings)
 *		kd_render_investigation_text(out, inv, 0);
 *
 * The answer is a list of statements in the order of reading: context, proven, likely,
 * known, not known, what would settle it, what to do, next commands. A statement of the
 * part PROVEN repeats or combines what the log says and names the lines; whatever needs
 * a guess is LIKELY and says what would refute it; what the text cannot say is NOT KNOWN
 * with the reason. Nothing here is decided by wording alone: each rule sits in
 * inv_<topic>.c beside the trap that it avoids.
 *
 * Everything in an investigation is borrowed from it and dies with it.
 */
#ifndef KD_VERB_INVESTIGATE_H
#define KD_VERB_INVESTIGATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/source.h"
#include "evidence/evidence.h"
#include "report/scan.h"
#include "symbol/fault.h"
#include "symbol/symset.h"
#include "verb/rawaddr.h"

struct kd_prior; /* priorart.h */

/* Parts of the answer, in the order of reading. */
enum kd_part {
	KD_PART_CONTEXT, /* who, where, owner, severity: each with its reason */
	KD_PART_PROVEN,	 /* said by the log, or following from it without a guess */
	KD_PART_LIKELY,	 /* a hypothesis: says what would refute it */
	KD_PART_KNOWN,	 /* relations to other reports of the same log */
	KD_PART_FIX,	 /* what upstream has about it, and where that is */
	KD_PART_UNKNOWN, /* what the text cannot say, and why */
	KD_PART_SETTLE,	 /* what would decide an open question */
	KD_PART_DO,	 /* fix, verification, stopgap */
	KD_PART_NEXT,	 /* commands that work today */
	KD_NPARTS
};

/* A span of the log that a statement rests on. */
struct kd_inv_evidence {
	struct kd_evidence e;	 /* id, locator, digest of the raw bytes */
	uint64_t line, line_end; /* line numbers in the log, from 1, inclusive */
	uint64_t off, end;	 /* bytes of the unpacked log, [off, end) */
	struct kd_view quote;	 /* text of the first line, without its prefix */
};

#define KD_INV_EV_MAX 8 /* evidence of one statement */

struct kd_statement {
	uint8_t part;	   /* enum kd_part */
	uint8_t status;	   /* enum kd_claim_status of evidence.h */
	const char *topic; /* one short word: "fault", "address", "owner" */
	struct kd_view text;
	struct kd_view refute; /* LIKELY: what would refute it; else absent */
	uint8_t nev;
	uint16_t ev[KD_INV_EV_MAX]; /* indexes into the finding's evidence */
	char id[KD_EVIDENCE_ID];    /* of the claim; "" for CONTEXT, DO and NEXT */
};

/* A register whose value says something. */
struct kd_inv_reg {
	const char *set; /* "at the fault", "user entry" … */
	struct kd_view name;
	uint64_t val;
	const char *cls; /* words of the value class */
	struct kd_view note; /* absent without one */
	uint16_t ev;
};

/* A stack in one line. */
struct kd_inv_stack {
	const char *role, *ctx; /* words */
	struct kd_view name;	/* heading as printed */
	struct kd_view text;	/* "f < g < [inlined] < h < ? guess" */
	uint32_t nframes;
	uint16_t ev;
	bool cut;
};

/* One report in full. */
struct kd_finding {
	const struct kd_report *r;
	const struct kd_fault *fault; /* the instruction at the pc; NULL: not looked at */
	uint32_t number;      /* of the report in its log, from 1 */
	struct kd_view kind;  /* "NULL pointer dereference, write of 8 bytes" */
	struct kd_view place; /* "foo+0x1/0x2 [mod]"; absent: not stated */
	struct kd_view actor; /* "CPU 2, task kworker/0:1 (pid 45), softirq" */
	const char *outcome;  /* "fatal", "alive", "outcome unknown" */
	struct kd_statement *st;
	size_t nst;
	struct kd_inv_reg *regs;
	size_t nregs;
	struct kd_inv_stack *stacks;
	size_t nstacks;
	struct kd_inv_evidence *ev;
	size_t nev;
	bool operand_known, lines_known; /* by debug info */
	struct kd_view src_file, src_func; /* of the pc, by debug info; absent */
	bool has_src_md5;
	uint8_t src_md5[KD_MD5_LEN]; /* of src_file when it was compiled */
	uint32_t src_line;
	struct kd_prior *prior; /* owned; NULL: no history was asked, or none is indexed */
	bool limited; /* something did not fit */
};

/* One line of the table of all reports. */
struct kd_inv_row {
	const struct kd_report *r;
	uint32_t number, line; /* line: of the header in the log */
	struct kd_view relation; /* "first domino", "repeat of #1", "may follow from #1: …" */
	bool full; /* it has a finding */
};

struct kd_inv_request {
	const char *name; /* of the input for people; only its last component is shown */
	uint32_t report;  /* number of the report wanted, from 1; 0: the first domino */
	bool all;	  /* every report in full (capped) */
	const char *tree; /* source tree for the named line and its maintainers; NULL: source.tree, if set */
	bool history; /* also look for fixes in the index of git and mail, if there is one */
	const char *store; /* its folder, see verb/history.h */
	bool seen; /* also ask the team's memory whether it has seen this; nothing is said without one */
	const char *memory; /* its name; NULL: as configured */
	bool infrastructure; /* also reboots, fuzzer and user-space panics */
	/* Debug info, as kd_symset_options.paths; without any, none is looked for. */
	const char *const *debug;
	size_t ndebug;
	bool force; /* take what is of another build; its statements are hypotheses then */
	struct kd_kdx_cache cache;
};

struct kd_investigation {
	struct kd_arena arena;
	struct kd_reports *reports; /* owned */
	struct kd_view input;	    /* its name without folders */
	struct kd_view arg;	    /* as the user wrote it, quoted for a shell; LOG for standard input */
	struct kd_view damaged;	    /* why a packed input could not be read to its end; else absent */
	struct kd_inv_row *rows;
	size_t nrows;
	struct kd_finding *findings;
	size_t nfindings; /* 0: the log holds no report */
	uint32_t hidden;  /* infrastructure reports that are not shown */
	uint32_t not_full; /* with `all`: reports beyond the cap */
	struct kd_buf raw; /* the unpacked log: evidence is made of its bytes */
	/* Of a log with raw addresses or a stated Kernel Offset, with debug info: */
	struct kd_raw addresses;
	struct kd_symset *symbols;
};

/*
 * Investigate the log in src, which is read to its end and held in memory, because
 * evidence is made of its bytes. KD_LIMIT for more than KD_INV_LOG_MAX bytes, KD_NOTFOUND
 * when request.report does not exist in the log; errors of reading as they are.
 */
#define KD_INV_LOG_MAX ((size_t)256 << 20)

struct kd_error *kd_investigate(struct kd_ctx *ctx, struct kd_source *src,
				const struct kd_inv_request *req,
				struct kd_investigation **ret) KD_MUST_CHECK;

void kd_investigation_free(struct kd_investigation *inv);
void kd_investigation_freep(struct kd_investigation **inv);

/* "PROVEN", "NOT KNOWN" …; "proven", "not_known" … for JSON. */
const char *kd_part_heading(enum kd_part part);
const char *kd_part_key(enum kd_part part);

/*
 * The report to look at first: the root of the one with the highest tier, the earliest of
 * equals. Infrastructure reports only when asked for. NULL: there is none.
 */
const struct kd_report *kd_first_domino(const struct kd_reports *rs, bool infrastructure);

/* What both verbs show of an input's name; "-" for NULL. */
struct kd_view kd_input_basename(const char *name);
struct kd_view kd_input_quoted(struct kd_arena *a, const char *name);

#endif
