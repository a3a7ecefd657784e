/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_bt.h: backtraces out of a dump.
 *
 *	struct kd_core_bt bt;
 *	err = kd_core_bt(ctx, "vmcore", &options, &arena, &bt);   // bt lives as long as arena
 *	bt.v[i].frame[j].name
 */
#ifndef KD_VERB_CORE_BT_H
#define KD_VERB_CORE_BT_H

#include "base/arena.h"
#include "base/ctx.h"
#include "core/framelayout.h"
#include "core/locals.h"
#include "core/dump.h"
#include "core/tasks.h"
#include "core/unwind.h"
#include "symbol/symset.h"

struct kd_core_bt_options {
	bool cpus; /* of all CPUs */
	bool tasks; /* of all tasks */
	const char *const *pid; /* of these; decimal text, or the address of a task_struct (0x…) */
	size_t npid;
	const char *state; /* only tasks in one of these states, by their letters ("D", "DZ"); NULL: in any */
	bool no_group; /* each task by itself; otherwise stacks of the same addresses are one, unless layout, locals or regs */
	uint64_t limit, offset; /* of the stacks (groups), as they are counted then; limit 0: all */
	bool layout; /* what the words of each frame are */
	bool locals; /* parameters and local variables, too: with debug info */
	bool cfi; /* call frame information first: with debug info */
	bool regs; /* each frame with what is known of registers there (kd_core_frame.at) */
	const char *const *debug; /* debug info, as kd_symset_options.paths; none: no lines are looked for */
	size_t ndebug;
	struct kd_kdx_cache cache;
	struct kd_pages_options pages; /* as kd_pages_open_with() */
};

/* A place in the source: of the instruction, or of the call of the place before. */
struct kd_core_bt_place {
	struct kd_view func, path; /* absent: not known */
	uint32_t line; /* 0: not known */
	bool inlined; /* into the place behind it */
};

struct kd_core_bt_frame {
	struct kd_core_frame f;
	struct kd_view name; /* absent: the address is in no known symbol */
	struct kd_view module; /* absent: of the kernel proper, or not known */
	uint64_t off, size; /* of pc in the symbol, as the kernel prints it */
	struct kd_view through; /* what the caller's call names, when it is another function: that jumped on, and has no frame */
	struct kd_core_bt_place *place; /* innermost first, with debug info */
	size_t nplaces;
	struct kd_locals locals; /* of all places: .inlined counts from the last place on */
	struct kd_frame_layout layout;
	struct kd_view *slot_text; /* of each slot: the symbol, or the frame ("#3"), that its value points to; absent */
};

/* Whose stack it is. */
struct kd_core_bt_who {
	bool has_task, has_cpu;
	char state; /* of the task, as ps(1) has it; '?': not known */
	unsigned cpu; /* that it runs on; with has_cpu */
	struct kd_task task;
	struct kd_core_bt_who *next; /* another with the same stack */
};

struct kd_core_bt_stack {
	struct kd_core_bt_who who; /* the first; what is of one task alone (stack pointers, registers) is the first's */
	struct kd_core_bt_who *last;
	size_t count; /* of whose stack it is: 1, or more when they are grouped */
	bool panicked;
	uint64_t hash;
	struct kd_view none; /* why there is no stack; absent: there is */
	struct kd_core_bt_frame *frame; /* innermost first */
	size_t n;
	struct kd_core_stack stack; /* .end, .why, .user, .more_guesses */
};

struct kd_core_bt {
	struct kd_core_bt_stack *v;
	size_t n; /* that are here: from offset on, at most limit of total */
	size_t total;
	size_t tasks; /* of which stacks were looked at */
	bool panic_unknown; /* with no_panic: symbols do not name what would say who panicked */
	bool no_panic; /* the panicking CPU was asked for; no CPU says that it panicked, so these are all */
	uint16_t machine; /* KD_EM_… */
	struct kd_view release; /* absent: not known */
	size_t symbols, modules;
	const char *orc; /* layout of the unwind tables, in words; NULL: none are needed */
	struct kd_view no_orc; /* why there are none, so that all callers are guessed; absent: there are */
	struct kd_view no_types; /* why there are no types; absent: there are */
	struct kd_view symbols_why; /* why some symbols are not known; absent: nothing of them was missing */
	const char *modules_why; /* NULL: all of them are known */
	char tasks_why[KD_TASKS_WHY]; /* why not all tasks were looked at; empty: they were */
	bool live; /* /proc/kcore: stacks change while they are read, and CPUs have no registers */
	size_t lost_notes; /* register sets of CPUs that are not known */
	struct kd_view no_lines; /* why debug info that was given was not used; absent: it was */
	bool cut; /* there are more tasks than were unwound */
	bool grouped;
};

/*
 * Without options: of the CPU that panicked. KD_INVALID: a PID or state that is none; KD_NOTFOUND: no such task, or the
 * dump does not have what it takes; errors of pages, space, kallsyms, unwinder.
 */
KD_MUST_CHECK struct kd_error *kd_core_bt(struct kd_ctx *ctx, const char *path, const struct kd_core_bt_options *o,
					  struct kd_arena *arena, struct kd_core_bt *ret);

/* The same of a dump that is open; its own debug info is used, not the options'. */
KD_MUST_CHECK struct kd_error *kd_core_bt_on(struct kd_dump *d, const struct kd_core_bt_options *o, struct kd_arena *arena,
					     struct kd_core_bt *ret);

#endif
