// SPDX-License-Identifier: GPL-2.0-or-later
/* Which task is meant: set, foreach. */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/sh.h"

static void show(struct kd_sh *sh, const struct kd_core_who *w)
{
	struct kd_out *o = sh->run.out;

	kd_out_printf(o, "    PID: %d\nCOMMAND: \"", w->task.pid);
	kd_out_text(o, kd_view_of(w->task.comm));
	kd_out_printf(o, "\"\n   TASK: %016" PRIx64 "\n    CPU: ", w->task.addr);
	if (w->has_cpu)
		kd_out_printf(o, "%u%s\n", w->cpu, w->panicked ? " (panicked)" : "");
	else
		kd_out_puts(o, "none\n");
	kd_out_printf(o, "  STATE: %s\n", w->state);
}

/* --- set --------------------------------------------------------------------------------------------- */

static struct kd_error *variable(struct kd_sh *sh, const char *const *word, size_t n)
{
	if (strcmp(word[1], "scroll"))
		return kd_error_new(KD_UNSUPPORTED, "\"%s\" is no task, and no variable that is here: scroll", word[1]);
	if (n > 2 && strcmp(word[2], "on") && strcmp(word[2], "off"))
		return kd_error_new(KD_INVALID, "set scroll on, or off; the pager is that of $PAGER");
	if (n > 2)
		sh->scroll = !strcmp(word[2], "on");
	kd_out_printf(sh->run.out, "scroll: %s%s\n", sh->scroll ? "on" : "off", sh->interactive ? "" : " (no terminal: nothing is paged)");
	return NULL;
}

static struct kd_error *of_cpu(struct kd_sh *sh, const char *text, struct kd_core_who *w)
{
	uint64_t cpu;

	if (!text || !kd_view_dec(kd_view_of(text), &cpu) || cpu > KD_CPUS_MAX)
		return kd_error_new(KD_INVALID, "set -c takes the number of a CPU");
	return kd_core_who_on(sh->dump, (unsigned)cpu, w);
}

static bool is_task(const char *word)
{
	uint64_t n;

	return kd_view_dec(kd_view_of(word), &n) || (kd_view_of(word).n >= 3 && kd_view_hex(kd_view_of(word), &n));
}

int kd_sh_set(struct kd_sh *sh, const char *const *word, size_t n)
{
	struct kd_core_who w;
	struct kd_error *err = NULL;

	if (n == 1) {
		if (!kd_sh_current(sh))
			err = kd_error_new(KD_NOTFOUND, "no task is set, and no CPU says that it panicked");
		w = sh->current;
	} else if (!strcmp(word[1], "-p")) {
		err = kd_core_who_panicked(sh->dump, &w);
	} else if (!strcmp(word[1], "-c")) {
		err = of_cpu(sh, n > 2 ? word[2] : NULL, &w);
	} else if (!strcmp(word[1], "-v")) {
		err = variable(sh, (const char *const[]){"set", "scroll"}, 2);
		return err ? kd_sh_fail(sh, err) : KD_EXIT_OK;
	} else if (!is_task(word[1])) {
		err = variable(sh, word, n);
		return err ? kd_sh_fail(sh, err) : KD_EXIT_OK;
	} else {
		err = kd_core_who(sh->dump, word[1], &w);
	}
	if (err)
		return kd_sh_fail(sh, err);
	sh->current = w;
	sh->has_current = true;
	show(sh, &w);
	return KD_EXIT_OK;
}

/* --- foreach ----------------------------------------------------------------------------------------- */

/* What is run for the tasks: the command with its options, without them. */
struct each {
	struct kd_sh *sh;
	struct kd_sh_call call;
};

/* By address, which needs no search; and idle tasks have no number of their own. */
static const char *name_of(struct each *e, const struct kd_core_who *w)
{
	return kd_arena_printf(&e->sh->arena, "0x%" PRIx64, w->task.addr).p;
}

static struct kd_error *no_room(void)
{
	return kd_error_new(KD_LIMIT, "no room for so many tasks");
}

/* The verb takes them all. */
static int at_once(struct each *e, const struct kd_core_tasks *list)
{
	struct kd_sh_call c = e->call;

	c.argv = kd_arena_array(&e->sh->arena, c.argc + list->n + 1, const char *);
	if (!c.argv)
		return kd_sh_fail(e->sh, no_room());
	memcpy(c.argv, e->call.argv, c.argc * sizeof(*c.argv));
	for (size_t i = 0; i < list->n; i++) {
		c.argv[c.argc] = name_of(e, &list->v[i]);
		if (!c.argv[c.argc++])
			return kd_sh_fail(e->sh, no_room());
	}
	return kd_sh_run_call(e->sh, &c);
}

static void head(struct each *e, const struct kd_core_who *w)
{
	struct kd_out *o = e->sh->run.out;

	kd_out_printf(o, "PID: %d  TASK: %016" PRIx64 "  ", w->task.pid, w->task.addr);
	if (w->has_cpu)
		kd_out_printf(o, "CPU: %u  ", w->cpu);
	kd_out_puts(o, "COMMAND: \"");
	kd_out_text(o, kd_view_of(w->task.comm));
	kd_out_puts(o, "\"\n");
}

/* One after the other; as JSON an array. The worst of their exit codes. */
static int in_turn(struct each *e, const struct kd_core_tasks *list)
{
	struct kd_out *o = e->sh->run.out;
	const bool json = e->sh->json;
	int worst = KD_EXIT_OK;

	for (size_t i = 0; i < list->n && !o->failed && !kd_ctx_cancelled(e->sh->run.ctx); i++) {
		struct kd_sh_call c = e->call;
		int status;

		c.argv = kd_arena_array(&e->sh->arena, c.argc + 2, const char *);
		if (!c.argv)
			return kd_sh_fail(e->sh, no_room());
		memcpy(c.argv, e->call.argv, c.argc * sizeof(*c.argv));
		c.argv[c.argc] = name_of(e, &list->v[i]);
		if (!c.argv[c.argc++])
			return kd_sh_fail(e->sh, no_room());
		if (json)
			kd_out_puts(o, i ? "," : "[");
		else
			head(e, &list->v[i]);
		status = kd_sh_run_call(e->sh, &c);
		if (!json)
			kd_out_puts(o, "\n");
		worst = status > worst ? status : worst;
	}
	if (json)
		kd_out_puts(o, "]");
	return worst;
}

/* How many words stand before the command, which is found; NULL: it is not. */
static const struct kd_cmd *find_command(const char *const *word, size_t n, struct kd_core_select *s, const char **name, size_t *ret)
{
	for (size_t i = 1; i < n; i++) {
		const char *before;
		size_t words;
		const struct kd_cmd *cmd = kd_sh_find(word + i, 1, &words, &before);

		if (cmd && kd_sh_of_tasks(cmd)) {
			*ret = i;
			return cmd;
		}
		if (!kd_core_select_flag(word[i], s))
			name[s->n++] = word[i];
	}
	return NULL;
}

static struct kd_error *not_found(const struct kd_core_select *s)
{
	const char *word = s->n ? s->word[s->n - 1] : NULL;

	return word ? kd_error_new(KD_INVALID, "foreach needs a command about tasks (bt, vm, files, task, sig) that this kdoc has; \"%s\" is none", word) :
		      kd_error_new(KD_INVALID, "foreach needs a command: foreach [PID|NAME|STATE|kernel|user|gleader|active]… bt");
}

static void say_missing(struct kd_out *o, const struct kd_core_tasks *list)
{
	if (list->why[0]) {
		kd_out_puts(o, "kdoc: not all tasks were looked at: ");
		kd_out_text(o, kd_view_of(list->why));
		kd_out_puts(o, "\n");
	}
	if (list->unknown)
		kd_out_printf(o, "kdoc: of %zu of %zu tasks it cannot be read whether they are of that kind\n", list->unknown, list->seen);
}

static int for_tasks(struct each *e, const struct kd_core_select *s)
{
	struct kd_core_tasks list;
	struct kd_error *err = kd_core_select(e->sh->dump, s, &e->sh->arena, &list);

	if (err)
		return kd_sh_fail(e->sh, err);
	say_missing(e->sh->run.err, &list);
	if (!list.n) {
		kd_out_printf(e->sh->run.err, "kdoc: none of %zu tasks is known to be of that kind\n", list.seen);
		return KD_EXIT_NEGATIVE;
	}
	return e->call.cmd->max_args == KD_ARGS_ANY ? at_once(e, &list) : in_turn(e, &list);
}

int kd_sh_foreach(struct kd_sh *sh, const char *const *word, size_t n)
{
	const char **name = kd_arena_array(&sh->arena, n, const char *);
	struct kd_core_select s = {.word = name};
	struct each e = {.sh = sh};
	const struct kd_cmd *cmd;
	struct kd_error *err;
	size_t at = 0;

	if (!name)
		return kd_sh_fail(sh, no_room());
	cmd = find_command(word, n, &s, name, &at);
	if (!cmd)
		return kd_sh_fail(sh, not_found(&s));
	err = kd_sh_call(word + at, n - at, &sh->arena, &e.call);
	if (!err && e.call.args)
		err = kd_error_new(KD_INVALID, "tasks are named in front of the command: foreach PID… %s", word[at]);
	if (err)
		return kd_sh_fail(sh, err);
	if (strcmp(cmd->name, "core bt") || s.n || s.kernel || s.user || s.active)
		return for_tasks(&e, &s);
	e.call.argv[e.call.argc++] = "--tasks"; /* which groups nothing away and walks once */
	return kd_sh_run_call(sh, &e.call);
}
