/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_session.h: what a session over one dump wants to know besides the answers of verbs: which task is the current
 * one, which tasks are meant, names to complete.
 *
 *	struct kd_core_who who;
 *	err = kd_core_who_panicked(d, &who);               // where a session begins
 *	err = kd_core_who(d, "742", &who);                 // or "ffff888103b48000": its task_struct
 *
 *	struct kd_core_select sel = {.kernel = true};
 *	err = kd_core_select_word(d, "UN", &sel, &known);
 *	err = kd_core_select(d, &sel, &arena, &list);
 */
#ifndef KD_VERB_CORE_SESSION_H
#define KD_VERB_CORE_SESSION_H

#include "core/dump.h"

struct kd_core_who {
	struct kd_task task;
	const char *state; /* crash's two letters: "UN"; "??": not known */
	bool has_cpu, panicked;
	unsigned cpu; /* that it runs on */
};

/* KD_NOTFOUND: there is none; KD_INVALID: text is neither a process id nor an address. Errors of kd_dump_need_kernel(). */
KD_MUST_CHECK struct kd_error *kd_core_who(struct kd_dump *d, const char *text, struct kd_core_who *ret);
KD_MUST_CHECK struct kd_error *kd_core_who_panicked(struct kd_dump *d, struct kd_core_who *ret);
KD_MUST_CHECK struct kd_error *kd_core_who_on(struct kd_dump *d, unsigned cpu, struct kd_core_who *ret);

/* Which tasks: those that one of the words names. */
struct kd_core_select {
	const char *const *word; /* process ids, addresses of task_structs, commands, states; none: all tasks */
	size_t n;
	bool kernel, user, leaders, active; /* of these only: threads of the kernel, of processes, leaders of these, on a CPU */
};

/* A word of crash's foreach that is not one of a task: sets a flag of ret; false: it is none. */
bool kd_core_select_flag(const char *word, struct kd_core_select *ret);

struct kd_core_tasks {
	struct kd_core_who *v;
	size_t n, cap;
	size_t seen; /* tasks that were looked at */
	size_t unknown; /* of these: their state or kind was asked for and could not be read */
	char why[KD_TASKS_WHY]; /* empty, or why not all of them were looked at */
};

/* In the order of the kernel's list; without idle tasks unless they are named or active. KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_core_select(struct kd_dump *d, const struct kd_core_select *s, struct kd_arena *arena,
					      struct kd_core_tasks *ret);

/* ---- names that begin so ---- */

enum { KD_CORE_NAMES_MAX = 256 };

struct kd_core_names {
	KD_VEC(struct kd_view) name; /* in the arena; each once */
	bool more; /* than KD_CORE_NAMES_MAX */
};

/* Identifiers alone. Symbols of the kernel and its modules; structs, unions and typedefs. Nothing when the dump has none. */
void kd_core_names_of_symbols(struct kd_dump *d, struct kd_view prefix, struct kd_arena *arena, struct kd_core_names *ret);
void kd_core_names_of_types(struct kd_dump *d, struct kd_view prefix, struct kd_arena *arena, struct kd_core_names *ret);

#endif
