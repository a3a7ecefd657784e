/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine.h: between the parts of the engine; nobody outside src/report includes it.
 *
 * lines of a window → kd_engine_build() → a finished report. The order is:
 * collect.c decides line by line what belongs to the report and who reads it
 * (the kind, or common.c), then finish.c derives what follows from all lines.
 */
#ifndef KD_REPORT_ENGINE_H
#define KD_REPORT_ENGINE_H

#include "base/ctx.h"
#include "report/arch.h"
#include "report/builder.h"
#include "report/generic.h"
#include "report/scan.h"
#include "report/token.h"

/* A logical line with what is known of it before any report is built. */
struct kd_wline {
	uint64_t off, no, mono_us;
	uint32_t len, disguise, caller_id;
	uint8_t caller, origin;
	int8_t level;
	uint32_t boot; /* of the log, from 0 */
	bool has_mono;
	bool trig;	/* the finder found a word of interest */
	bool owned;	/* belongs to a report already */
	bool tok_valid; /* tok is filled */
	uint8_t fate;	/* of aftermath.c: what the line says of the machine; 0: not yet asked */
	uint16_t hop[2]; /* of aftermath.c: so many lines from here on can be passed over; 0: not known */
	uint8_t syz;	/* header of kd_syz_header() + 1, 0 none */
	struct kd_view text, wall, host;
	const struct kd_kind *kind; /* its header line, or NULL */
	struct kd_token tok;
};

struct kd_window {
	struct kd_wline *v;
	size_t n;
};

/* The token of a line, parsed at the first call. */
const struct kd_token *kd_wline_token(struct kd_wline *l);

/* Same printing context (task or CPU, and machine): can the two be one report? */
bool kd_wline_same_context(const struct kd_wline *a, const struct kd_wline *b);

/*
 * Build the report whose header is win->v[head]. Marks the lines it takes as owned.
 * *ret lives in arena. NULL *ret: on a closer look there is no report.
 */
struct kd_error *kd_engine_build(struct kd_ctx *ctx, struct kd_arena *arena,
				 const struct kd_scan_opts *o, struct kd_window *win, size_t head,
				 const struct kd_kind *kind, struct kd_report **ret) KD_MUST_CHECK;

/*
 * aftermath.c: outcome and severity, from what stands behind the report in its boot.
 * head is the report's header in the window.
 */
void kd_aftermath(const struct kd_window *win, size_t head, struct kd_report *r);

/* Behind "Kernel panic - not syncing: "; absent (p == NULL) when the text has none. */
struct kd_view kd_panic_reason(struct kd_view text);

/* Does this panic ("… not syncing: softlockup: hung tasks") end a report such as r? */
bool kd_panic_ends(struct kd_view text, const struct kd_report *r);
/* Does the kernel print another report before such a panic? */
bool kd_panic_names_report(struct kd_view text);

/* owner.c: who should look at it first, with the reason. */
void kd_find_owner(struct kd_report *r);

/* usercall.c: the system call that the program made, r->call and r->syscall. */
void kd_find_call(struct kd_report *r, uint8_t arch);

/* common.c: one line in the forms that all kinds share. false: not understood. */
bool kd_common_line(struct kd_builder *b, const struct kd_token *t, struct kd_view text);

/* regs.c: the registers of a line go to the open register set. */
void kd_regs_line(struct kd_builder *b, struct kd_view text);
void kd_regs_pc(struct kd_builder *b, const struct kd_token *t, struct kd_view text);
void kd_regs_code(struct kd_builder *b, struct kd_view bytes);
bool kd_regs_more(struct kd_builder *b, struct kd_view text);
bool kd_regs_code_more(struct kd_builder *b, struct kd_view words);
void kd_regs_close(struct kd_builder *b);

/* archcode.c: which architecture, whose registers, what the exception codes say. */
enum kd_arch kd_arch_find(const struct kd_report *r);
void kd_arch_user_sets(struct kd_report *r, enum kd_arch arch);
void kd_arch_codes(struct kd_builder *b, enum kd_arch arch);

/* builder.c: the texts of a frame of the window, copied if need be */
void kd_builder_keep_frame(struct kd_builder *b, struct kd_frame *f);

/* common.c */
void kd_builder_close_stack(struct kd_builder *b);

/* finish.c: place, owner, subsystem, syscall, title, signatures. */
void kd_finish(struct kd_builder *b, const struct kd_scan_opts *o);

/*
 * relate.c: take a report and its memory away from the scanner, which goes on with an
 * empty arena. The report's arena then lives in itself.
 */
bool kd_engine_steal(const struct kd_report *r, struct kd_report **ret);

/* signature.c: the first `n` of enum kd_sigtype; the others stay absent. */
void kd_signatures(struct kd_report *r, size_t n);

#endif
