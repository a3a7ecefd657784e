/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inv.h: how the topics of an investigation add their statements. For verb/inv_*.c.
 *
 *	struct kd_statement *s = kd_inv_say(b, KD_PART_PROVEN, "address",
 *					    "the access was to %#llx", …);
 *	kd_inv_at(b, s, r->access.addr_line);
 *
 * kd_inv_say() returns NULL when the arena is full; the other functions accept that,
 * and the finding is marked as limited. A negative line adds no evidence.
 */
#ifndef KD_VERB_INV_H
#define KD_VERB_INV_H

#include "base/buf.h"
#include "base/vec.h"
#include "report/kind.h"
#include "verb/investigate.h"

#define KD_INV_STATEMENTS 200 /* of one finding */
#define KD_INV_EVIDENCE 400
#define KD_INV_REGS 128
#define KD_INV_STACKS 64
#define KD_INV_TEXT 2000 /* bytes of one statement */

struct kd_inv_build {
	struct kd_arena *arena;
	struct kd_investigation *inv;
	const struct kd_report *r;
	struct kd_finding *f;
	KD_VEC(struct kd_statement) st;
	KD_VEC(struct kd_inv_evidence) ev;
	KD_VEC(struct kd_inv_reg) regs;
	KD_VEC(struct kd_inv_stack) stacks;
};

struct kd_statement *kd_inv_say(struct kd_inv_build *b, enum kd_part part, const char *topic,
				const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Evidence: one line of the report, by index; or the lines first … last. */
void kd_inv_at(struct kd_inv_build *b, struct kd_statement *s, int32_t line);
void kd_inv_span(struct kd_inv_build *b, struct kd_statement *s, int32_t first, int32_t last);

/* Evidence: a line of the log that is not of the report. */
void kd_inv_ref(struct kd_inv_build *b, struct kd_statement *s, const struct kd_logref *l);

/* The index of that evidence, 0xffff when there is none. */
uint16_t kd_inv_evidence(struct kd_inv_build *b, int32_t first, int32_t last);

/* What would refute a LIKELY statement. */
void kd_inv_refuted_by(struct kd_inv_build *b, struct kd_statement *s, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Facts of the report. NULL: absent. */
const struct kd_fact *kd_inv_fact(const struct kd_report *r, const char *section, const char *key);
const struct kd_section *kd_inv_section(const struct kd_report *r, const char *section);
const struct kd_stack *kd_inv_stack_of(const struct kd_report *r, enum kd_stack_role role);
const struct kd_regset *kd_inv_regset(const struct kd_report *r, enum kd_regset_label label);
const struct kd_reg *kd_inv_reg(const struct kd_regset *s, const char *name);
bool kd_inv_is(const struct kd_report *r, const char *kind_or_family);

/*
 * Is the faulting address KASAN's shadow (of a kernel built with it)? *mem_ret is then the
 * first byte of the 8 that the check was about.
 */
bool kd_inv_shadow(const struct kd_report *r, uint64_t *mem_ret);

/* "size 8 bytes": key in words and value. */
void kd_inv_fact_text(struct kd_buf *t, const struct kd_fact *f);

/* "foo+0x1/0x2 [mod]", "foo", or the address; into the arena. */
struct kd_view kd_inv_symbol(struct kd_arena *a, const struct kd_frame *f);

/* Report with that number (from 1) of the log, NULL without one. */
const struct kd_report *kd_inv_report(const struct kd_investigation *inv, uint32_t number);

/* Words. */
const char *kd_ctx_words(uint8_t ctx);
/* Does code of this context run on top of a task that has nothing to do with it? */
bool kd_ctx_borrows_task(uint8_t ctx);
const char *kd_stack_role_words(uint8_t role);
const char *kd_regset_words(uint8_t label);
const char *kd_owner_words(uint8_t owner);
const char *kd_tier_words(uint8_t tier);
const char *kd_outcome_words(uint8_t outcome);

/* The topics, in the order in which they are asked. */
void kd_inv_verdict(struct kd_inv_build *b);	/* inv_verdict.c */
void kd_inv_context(struct kd_inv_build *b);	/* inv_context.c */
/* inv_source.c; tree: NULL for the configured ones */
void kd_inv_source(struct kd_inv_build *b, struct kd_ctx *ctx, const char *tree);
void kd_inv_severity(struct kd_inv_build *b);	/* inv_severity.c */
void kd_inv_taint(struct kd_inv_build *b);	/* inv_taint.c */
void kd_inv_proven(struct kd_inv_build *b);	/* inv_proven.c */
void kd_inv_code(struct kd_inv_build *b);	/* inv_code.c: the instruction at the pc */
void kd_inv_family(struct kd_inv_build *b);	/* inv_family.c */
void kd_inv_state(struct kd_inv_build *b);	/* inv_state.c: registers, stacks, user entry */
void kd_inv_likely(struct kd_inv_build *b);	/* inv_likely.c */
void kd_inv_relations(struct kd_inv_build *b);	/* inv_relations.c */
void kd_inv_unknown(struct kd_inv_build *b);	/* inv_unknown.c */
/* inv_fix.c; false: nothing is indexed, or that cannot be read. store: NULL for the configured one */
bool kd_inv_fix(struct kd_inv_build *b, struct kd_ctx *ctx, const char *store);
/* inv_next.c: settle, do, next; searched: kd_inv_fix() has said what to do about a fix */
void kd_inv_next(struct kd_inv_build *b, bool searched);

/* The first header line of the report (0 without one). */
int32_t kd_inv_header(const struct kd_report *r);

/* How this report stands to the others, in one phrase; absent: no relation. chosen: it is the one to begin with. */
struct kd_view kd_inv_relation(struct kd_arena *a, const struct kd_reports *rs,
			       const struct kd_report *r, bool chosen);

#endif
