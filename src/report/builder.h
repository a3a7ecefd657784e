/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * builder.h: how kinds and the engine put facts into a report under construction.
 *
 *	static bool line(struct kd_builder *b, struct kd_view t)
 *	{
 *		uint64_t size;
 *		if (kd_view_skip(&t, KD_V("Read of size ")) && kd_view_take_dec(&t, &size)) {
 *			kd_builder_u64(b, "access", "size", size, "bytes");
 *			return true;
 *		}
 *		return false;
 *	}
 *
 * Every put remembers the current line as its evidence. Texts are copied into the
 * report's arena. When the arena's limit is reached, puts are dropped and the report
 * gets a "limit" diagnostic.
 */
#ifndef KD_REPORT_BUILDER_H
#define KD_REPORT_BUILDER_H

#include "report/kind.h"
#include "report/report.h"

struct kd_builder {
	struct kd_report *r;
	struct kd_arena *arena;
	int32_t line;	 /* index of the current line in r->lines */
	bool header_seen;
	bool foreign; /* the current line could begin a report of another kind */
	uint32_t phase;	 /* free for the kind: what part of its text it is in */
	uint64_t aux[4]; /* free for the kind */
	void *mine;	 /* free for the kind: a struct of its own, from the arena */

	/* The engine's own state; kinds leave it alone. */
	KD_VEC(struct kd_rline) lines;
	int32_t end_line; /* index of "---[ end trace"; none if it is not below lines.n */
	KD_VEC(struct kd_stack) stacks;
	KD_VEC(struct kd_frame) frames; /* of the stack that is open */
	KD_VEC(struct kd_regset) regsets;
	KD_VEC(struct kd_reg) regs; /* of the set that is open */
	uint64_t reg_names[4];	    /* a bit for each of their names; few share one */
	KD_VEC(struct kd_module) modules;
	KD_VEC(struct kd_section) sections;
	KD_VEC(struct kd_diag) diags;
	bool stack_open, regs_open, modules_open, code_open;
	bool borrow; /* the window's lines outlive the report: no copies of them */
	uint8_t gprs_next; /* s390: number of the first register of the next row, 0: no row */
	uint8_t next_role, next_ctx; /* for the next stack heading */
};

/* Facts. section and key are literals; sections of one name are one section … */
void kd_builder_str(struct kd_builder *b, const char *section, const char *key, struct kd_view v);
void kd_builder_u64(struct kd_builder *b, const char *section, const char *key, uint64_t v,
		    const char *unit);
void kd_builder_hex(struct kd_builder *b, const char *section, const char *key, uint64_t v);
void kd_builder_bool(struct kd_builder *b, const char *section, const char *key, bool v);
void kd_builder_i64(struct kd_builder *b, const char *section, const char *key, int64_t v,
		    const char *unit);

/* … unless a new one is begun: for lists (one "lock" section per lock held). */
void kd_builder_section(struct kd_builder *b, const char *section);

/* The last fact of that name, or NULL. */
const struct kd_fact *kd_builder_get(const struct kd_builder *b, const char *section,
				     const char *key);

/* Set the role of the current line. */
void kd_builder_role(struct kd_builder *b, enum kd_role role);

/* Open a stack: the frames that follow belong to it. name is the heading as printed. */
struct kd_stack *kd_builder_stack(struct kd_builder *b, struct kd_view name,
				  enum kd_stack_role role, enum kd_context ctx);

/* Task and CPU that a heading names: "Freed by task 12 on cpu 1", "age=0 cpu=0 pid=97". st may be NULL. */
void kd_builder_stack_who(struct kd_stack *st, struct kd_view heading);

/* What the next "Call Trace:" heading will be. */
void kd_builder_expect_stack(struct kd_builder *b, enum kd_stack_role role);

/* The place the header names: "foo+0x1/0x2 [mod]" (any of its parts may be missing). */
void kd_builder_where(struct kd_builder *b, struct kd_view symbol);

/*
 * A line that follows the one with the place and repeats it, in a decoded log whose first was an inlined function: the
 * "foo+0x1/0x2" in it is what a log that was not decoded names.
 */
void kd_builder_where_host(struct kd_builder *b, struct kd_view text);

/* "mm/rmap.c:1306": sets loc_file and loc_line; true if it had that form. */
bool kd_builder_location(struct kd_builder *b, struct kd_view fileline);

/* CPU, PID and comm when the family's own line names them. */
void kd_builder_cpu(struct kd_builder *b, uint64_t cpu);
void kd_builder_task(struct kd_builder *b, struct kd_view comm, bool has_pid, int64_t pid);
/* The same from "comm/pid"; comm may hold '/'. Nothing is put without a '/'. */
void kd_builder_task_pid(struct kd_builder *b, struct kd_view task);

/*
 * "Tainted: G W 6.1.0 #1 …" or "Not tainted …": flags and release, if the report has none
 * yet. v begins with them.
 */
void kd_builder_taint(struct kd_builder *b, struct kd_view v);

void kd_builder_access(struct kd_builder *b, uint64_t addr);
void kd_builder_diag(struct kd_builder *b, const char *kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* kdoc's own title; printf-like, cut at 200 bytes. */
void kd_builder_title(struct kd_builder *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* "words in func", cut the same way: the title of most reports, without printf. */
void kd_builder_title_in(struct kd_builder *b, struct kd_view words, struct kd_view func);

/* A symbol as the kernel prints it, "name+0xoff/0xsize [module build-id]" → frame. */
bool kd_frame_parse_symbol(struct kd_view *v, struct kd_frame *ret);

#endif
