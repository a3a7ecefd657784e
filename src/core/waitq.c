// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/waitq.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

struct inner {
	kd_walk_visit *visit;
	void *user;
	uint64_t off; /* of the list_head in the entry */
};

static bool to_entry(void *user, uint64_t index, uint64_t node)
{
	const struct inner *i = user;

	return i->visit(i->user, index, node - i->off);
}

static void walk(struct kd_kernel *k, uint64_t head, const char *const names[4], kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct inner in = {.visit = visit, .user = user};
	struct kd_field list, entry;

	*end = (struct kd_walk_end){0};
	if (!kd_kernel_field(k, names[0], names[1], &list) || !kd_kernel_field(k, names[2], names[3], &entry)) {
		kd_walk_wrong(end, "how a %s is laid out is not known", names[0]);
		return;
	}
	in.off = entry.off;
	kd_walk_list(k, head + list.off, KD_WAITERS_MAX, to_entry, &in, end);
}

void kd_waitq_walk(struct kd_kernel *k, uint64_t head, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	static const char *const names[] = {"wait_queue_head", "head", "wait_queue_entry", "entry"};

	walk(k, head, names, visit, user, end);
}

void kd_swaitq_walk(struct kd_kernel *k, uint64_t head, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	static const char *const names[] = {"swait_queue_head", "task_list", "swait_queue", "task_list"};

	walk(k, head, names, visit, user, end);
}

/* Functions that wake the task in `private`. */
static bool wakes_private(struct kd_kernel *k, uint64_t func)
{
	static const char *const names[] = {"default_wake_function", "autoremove_wake_function", "woken_wake_function", "wake_bit_function",
					    "var_wake_function", "ep_autoremove_wake_function"};
	struct kd_ksym sym;

	if (!kd_ksyms_at(kd_kernel_symbols(k), func, &sym) || sym.addr != func)
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (!strcmp(sym.name, names[i]))
			return true;
	return false;
}

/* pid and tgid of a task, a name of printable characters, a stack that points back to a page. */
static bool looks_like_task(struct kd_kernel *k, uint64_t addr, struct kd_task *ret)
{
	if (!addr || addr % 8 || !kd_task_read(k, addr, ret) || ret->pid < 0 || ret->tgid < 0 || !ret->comm[0] || ret->stack % 4096)
		return false;
	for (const char *p = ret->comm; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			return false;
	return true;
}

/* pollwake() wakes the task in the poll_wqueues that private points to. */
static uint64_t task_of(struct kd_kernel *k, const struct kd_waiter *w, bool *known)
{
	struct kd_ksym sym;
	uint64_t task;

	*known = wakes_private(k, w->func);
	if (!*known && kd_ksyms_at(kd_kernel_symbols(k), w->func, &sym) && sym.addr == w->func && !strcmp(sym.name, "pollwake") &&
	    kd_kernel_read(k, w->private, "poll_wqueues", "polling_task", &task)) {
		*known = true;
		return task;
	}
	return w->private;
}

bool kd_waiter_read(struct kd_kernel *k, uint64_t entry, struct kd_waiter *ret)
{
	struct kd_waiter w = {.entry = entry};
	uint64_t task;
	bool known;

	if (!kd_kernel_read(k, entry, "wait_queue_entry", "func", &w.func) || !kd_kernel_read(k, entry, "wait_queue_entry", "private", &w.private) ||
	    !kd_kernel_read(k, entry, "wait_queue_entry", "flags", &w.flags))
		return false;
	task = task_of(k, &w, &known);
	w.is_task = looks_like_task(k, task, &w.task);
	w.guessed = w.is_task && !known;
	*ret = w;
	return true;
}

bool kd_swaiter_read(struct kd_kernel *k, uint64_t entry, struct kd_waiter *ret)
{
	struct kd_waiter w = {.entry = entry};

	if (!kd_kernel_read(k, entry, "swait_queue", "task", &w.private))
		return false;
	w.is_task = w.private && kd_task_read(k, w.private, &w.task);
	*ret = w;
	return true;
}

void kd_waiter_flags_text(uint64_t flags, char *ret, size_t n)
{
	/* include/linux/wait.h, WQ_FLAG_… */
	static const char *const words[] = {"exclusive", "woken", "custom", "done", "priority"};
	size_t at = 0;

	*ret = 0;
	for (unsigned i = 0; i < KD_ARRAY_LEN(words); i++)
		if (flags >> i & 1 && at + 16 < n)
			at += (size_t)snprintf(ret + at, n - at, "%s%s", at ? ", " : "", words[i]);
	if (flags >> KD_ARRAY_LEN(words) && at + 24 < n)
		snprintf(ret + at, n - at, "%s0x%" PRIx64, at ? ", " : "", flags >> KD_ARRAY_LEN(words) << KD_ARRAY_LEN(words));
}
