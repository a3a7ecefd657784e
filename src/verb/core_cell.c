// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_cell.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct kd_cell kd_core_cell(struct kd_datum f, enum kd_cell_kind kind)
{
	switch (f.why ? KD_CELL_NONE : kind) {
	case KD_CELL_NONE:
		return kd_cell_none(f.why);
	case KD_CELL_HEX:
		return kd_cell_hex(f.v);
	case KD_CELL_BYTES:
		return kd_cell_bytes(f.v);
	case KD_CELL_NSEC:
		return kd_cell_nsec(f.v);
	case KD_CELL_BOOL:
		return kd_cell_bool(f.v);
	case KD_CELL_INT:
		return kd_cell_int((int64_t)f.v);
	default:
		return kd_cell_uint(f.v);
	}
}

struct kd_cell kd_core_text_cell(struct kd_sheet *s, const char *text)
{
	return *text ? kd_sheet_cell(s, kd_view_of(text)) : kd_cell_none(NULL);
}

struct kd_cell kd_core_path_cell(struct kd_sheet *s, const struct kd_path *p)
{
	struct kd_cell c;

	if (!p->why)
		return kd_sheet_cell(s, kd_view_of(p->text));
	if (!*p->text)
		return kd_cell_none(p->why);
	c = kd_cell_text(kd_sheet_text(s, "%s (%s)", p->text, p->why));
	c.guessed = true;
	return c;
}

bool kd_core_is_task(const char *arg, const struct kd_task *t)
{
	struct kd_view v = kd_view_of(arg);
	uint64_t n;

	if (kd_view_skip(&v, KD_V("0x")))
		return kd_view_hex(v, &n) && n == t->addr;
	if (kd_view_dec(v, &n))
		return n == (uint32_t)t->pid;
	if (v.n == 16 && kd_view_hex(v, &n) && n == t->addr)
		return true;
	return !strcmp(arg, t->comm);
}

struct picking {
	struct kd_kernel *k;
	const char *arg;
	struct kd_task found;
	size_t n;
	char list[160];
};

static bool pick(void *user, uint64_t task)
{
	struct picking *p = user;
	const size_t at = strlen(p->list);
	struct kd_task t;

	if (!kd_task_read(p->k, task, &t) || !kd_core_is_task(p->arg, &t))
		return true;
	if (p->n && t.tgid == p->found.tgid) /* a thread of the same */
		return true;
	if (!p->n++)
		p->found = t;
	snprintf(p->list + at, sizeof(p->list) - at, "%s%d", at ? ", " : "", (int)t.pid);
	return true;
}

static struct kd_error *panicked(struct kd_dump *d, struct kd_task *ret)
{
	const struct kd_cpus *cpus;
	struct kd_error *err = kd_dump_cpus(d, &cpus);

	for (size_t i = 0; !err && i < cpus->n; i++)
		if (cpus->v[i].panicked && cpus->v[i].has_task) {
			*ret = cpus->v[i].task;
			return NULL;
		}
	return err ? err : kd_error_new(KD_INVALID, "which task? No CPU panicked in this dump: a number, a command or an address is needed");
}

struct kd_error *kd_core_one_task(struct kd_dump *d, const char *arg, struct kd_task *ret)
{
	struct picking p = {.arg = arg};
	struct kd_view v = kd_view_of(arg);
	char why[KD_TASKS_WHY];
	uint64_t addr, init;
	struct kd_error *err = kd_dump_need_types(d);

	if (err)
		return err;
	if (!arg)
		return panicked(d, ret);
	p.k = kd_dump_kernel(d);
	if (!strcmp(arg, "0") && kd_kernel_symbol(p.k, "init_task", &init) && kd_task_read(p.k, init, ret))
		return NULL;
	if ((kd_view_skip(&v, KD_V("0x")) || v.n == 16) && kd_view_hex(v, &addr))
		return kd_task_read(p.k, addr, ret) ? NULL : kd_error_new(KD_NOTFOUND, "at %s no task can be read", arg);
	kd_tasks_walk(p.k, pick, &p, why);
	if (!p.n)
		return kd_error_new(KD_NOTFOUND, "no task is \"%s\"%s%s", arg, *why ? "; not all could be looked at: " : "", why);
	if (p.n > 1)
		return kd_error_new(KD_INVALID, "%zu processes are called \"%s\": %s", p.n, arg, p.list);
	*ret = p.found;
	return NULL;
}

void kd_core_say_task(struct kd_sheet *s, const struct kd_task *t)
{
	kd_sheet_field(s, "pid", "PID", kd_cell_int(t->pid));
	kd_sheet_field(s, "comm", "COMMAND", kd_core_text_cell(s, t->comm));
	kd_sheet_field(s, "task", "TASK", kd_cell_hex(t->addr));
}
