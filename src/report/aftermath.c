// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What became of the machine: fatal, recovered or unknown, each with the line that says
 * so. A report that nothing follows is unknown, whatever its kind usually does: the log
 * may end because the machine did.
 *
 * fatal: a panic line belongs to the report; or the first panic behind it, in its boot,
 * has a reason that names such a report; or an oops is followed by a panic with nothing
 * in between; or the crash kernel is started.
 * recovered: a line behind it, of the same boot and before any panic, that a dead
 * machine does not print: an orderly shutdown, or an ordinary message later in time.
 */
#include "base/alloc.h"
#include "report/engine.h"

enum {
	OOPS_US = 1000000, /* an oops: messages of other CPUs go on for a moment */
	SOON_US = 100000,
	HEADERS_MAX = 100,  /* headers looked at behind a report */
	TIGHT_US = 1000000, /* an oops that soon after a report of its task ends both */
};

struct after {
	const struct kd_window *win;
	struct kd_report *r;
	size_t i;	     /* first line behind the report */
	bool has_mono;
	uint64_t mono_us;    /* of the report's last line */
	struct kd_view wall; /* the same */
	uint32_t boot;
	const struct kd_wline *head;
	bool cut_by_boot;
	bool other; /* another report stands between this one and what was looked at */
};

/* --- panics ---------------------------------------------------------------------------- */

/* kernel/hung_task.c, watchdog.c, rcu/tree_stall.h, mm/oom_kill.c, exit.c, x86 mce/core.c */
static const struct {
	const char *reason, *what; /* what: kind or family; "oops": any that goes through die() */
} ends[] = {
	{"hung_task: blocked tasks", "hung_task"},
	{"softlockup: hung tasks", "soft_lockup"},
	{"Hard LOCKUP", "hard_lockup"},
	{"RCU Stall", "rcu_stall"},
	{"Fatal exception", "oops"},
	{"Aiee, killing interrupt handler!", "oops"},
	{"Oops", "oops"},
	{"Out of memory", "oom_kill"},
	{"System is deadlocked on memory", "oom_kill"},
	{"Fatal machine check", "hardware"},
	{"Fatal local machine check", "hardware"},
	{"Fatal hardware error!", "hardware"},
	{"Machine check", "hardware"},
	{"Timeout: Not all CPUs entered broadcast exception handler", "hardware"},
};

static bool is_a(const struct kd_report *r, const char *what)
{
	return kd_kind_is(r->kind, what) || (r->died && !strcmp(what, "oops"));
}

struct kd_view kd_panic_reason(struct kd_view text)
{
	const struct kd_view key = KD_V("not syncing: ");
	size_t at = kd_view_find(text, key);

	return at == KD_NPOS ? KD_VNULL : kd_view_from(text, at + key.n);
}

bool kd_panic_names_report(struct kd_view text)
{
	struct kd_view reason = kd_panic_reason(text);

	if (!reason.p)
		reason = text;
	/* Without panic_on_oom the kernel has printed its table, but not always a kill. */
	for (size_t i = 0; i < KD_ARRAY_LEN(ends); i++)
		if (kd_view_starts(reason, kd_view_of(ends[i].reason)) &&
		    strcmp(ends[i].what, "oom_kill") != 0 && strcmp(ends[i].what, "hardware") != 0)
			return true;
	return kd_view_has(reason, KD_V("panic_on_warn set"));
}

bool kd_panic_ends(struct kd_view text, const struct kd_report *r)
{
	struct kd_view reason = kd_panic_reason(text);

	if (!reason.p)
		reason = text;
	for (size_t i = 0; i < KD_ARRAY_LEN(ends); i++)
		if (kd_view_starts(reason, kd_view_of(ends[i].reason)))
			return is_a(r, ends[i].what);
	if (kd_view_has(reason, KD_V("panic_on_warn set")) ||
	    kd_view_has(reason, KD_V("system warned too often")))
		return !r->died && strcmp(r->kind->family, "panic") != 0;
	if (kd_view_starts(reason, KD_V("Attempted to kill init!")))
		return r->died && r->has_pid && r->pid == 1;
	if (kd_view_starts(reason, KD_V("Attempted to kill the idle task!")))
		return r->died && r->has_pid && r->pid == 0;
	return false;
}

static void refer(struct kd_report *r, const struct kd_wline *l, struct kd_logref *ret)
{
	ret->no = l->no;
	ret->off = l->off;
	ret->len = l->len;
	ret->text = kd_arena_view(r->arena, kd_view_head(kd_view_trim(l->text), 300));
}

static void decide(struct after *a, enum kd_outcome out, const struct kd_wline *l, const char *why)
{
	a->r->outcome = (uint8_t)out;
	a->r->outcome_why = kd_view_of(why);
	if (l)
		refer(a->r, l, &a->r->outcome_at);
}

/* --- what the line says ------------------------------------------------------------------ */

/* Asked once per line, because every report looks at the lines behind it. */
enum fate { FATE_UNASKED, FATE_NOTHING, FATE_ORDERLY, FATE_CRASH_KERNEL, FATE_TALK };

/* How a line begins, and what that says. */
struct saying {
	struct kd_view text;
	uint8_t fate;
};

#define ORDERLY(lit) {{lit, sizeof(lit) - 1}, FATE_ORDERLY}
#define CRASH_KERNEL(lit) {{lit, sizeof(lit) - 1}, FATE_CRASH_KERNEL}
/* What a report or a dying machine prints behind the report's last line. */
#define ECHO(lit) {{lit, sizeof(lit) - 1}, FATE_NOTHING}
#define SAYINGS(...) (const struct saying[]){__VA_ARGS__, {{NULL, 0}, 0}}

/* By their first byte, since most lines begin with none. Orderly: kernel/reboot.c; the panic path prints none of them. */
static const struct saying *const sayings[128] = {
	['('] = SAYINGS(ECHO("(ftrace buffer empty)")),
	['A'] = SAYINGS(ECHO("ACPI MEMORY or I/O RESET_REG")),
	['C'] = SAYINGS(ECHO("CPU features"), ECHO("Code: ")),
	['D'] = SAYINGS(ECHO("Disabling lock debugging due to kernel taint"), ECHO("Dumping ftrace")),
	['F'] = SAYINGS(ECHO("Fixing recursive fault")),
	['I'] = SAYINGS(ECHO("INFO: lockdep is turned off")),
	['K'] = SAYINGS(ECHO("Kernel Offset"), ECHO("Killed by signal")),
	['L'] = SAYINGS(CRASH_KERNEL("Loading crashdump kernel")),
	['M'] = SAYINGS(ECHO("Memory Limit")),
	['N'] = SAYINGS(ECHO("NMI backtrace for cpu")),
	['P'] = SAYINGS(ORDERLY("Power down."), ECHO("PHYS_OFFSET")),
	['R'] = SAYINGS(ORDERLY("Restarting system."), ECHO("Rebooting in")),
	['S'] = SAYINGS(ORDERLY("System halted."), CRASH_KERNEL("Starting crashdump kernel"),
			ECHO("Shutting down cpus"), ECHO("SMP: "), ECHO("Sending NMI"), ECHO("Showing all locks")),
	['k'] = SAYINGS(ORDERLY("kexec_core: Starting new kernel")),
	['n'] = SAYINGS(ECHO("note: ")),
	['p'] = SAYINGS(ECHO("printk: ")),
	['r'] = SAYINGS(ORDERLY("reboot: Power down"), ORDERLY("reboot: Restarting system"),
			ORDERLY("reboot: System halted"), ORDERLY("reboot: Power off not available")),
	['s'] = SAYINGS(ORDERLY("systemd-shutdown["), ECHO("sysrq: ")),
};

static enum fate said(struct kd_view t)
{
	const struct saying *s = t.n && !(*t.p & 0x80) ? sayings[(unsigned char)*t.p] : NULL;

	for (; s && s->text.n; s++)
		if (kd_view_starts(t, s->text))
			return (enum fate)s->fate;
	return FATE_UNASKED;
}

static enum fate fate_of(struct kd_wline *l)
{
	if (l->fate)
		return (enum fate)l->fate;
	l->fate = (uint8_t)said(l->text);
	if (l->fate == FATE_UNASKED && !l->kind &&
	    (l->origin == KD_ORIGIN_USER ||
	     (kd_wline_token(l)->cls == KD_TOK_OTHER && kd_view_trim(l->text).n > 3)))
		l->fate = FATE_TALK;
	if (l->fate == FATE_UNASKED)
		l->fate = FATE_NOTHING;
	return (enum fate)l->fate;
}

enum hop { HOP_TO_HEADER, HOP_TO_TALE }; /* index of kd_wline.hop */

/* No header; for HOP_TO_TALE also no line that says anything of the machine. */
static bool is_mute(struct kd_wline *l, enum hop to)
{
	return !l->kind && (to == HOP_TO_HEADER || fate_of(l) == FATE_NOTHING);
}

/*
 * The first line from i on that is not mute or of another boot; else the end. Every report looks
 * at what stands behind it, often far: lines remember how many to pass over, and a hop leads
 * further each time that it was taken. Lines are added behind the window and dropped in front
 * only, so that a distance stays true.
 */
static size_t next_line(const struct kd_window *win, size_t i, uint32_t boot, enum hop to)
{
	size_t from = i;

	while (i < win->n && win->v[i].boot == boot && is_mute(&win->v[i], to))
		i += win->v[i].hop[to] ? win->v[i].hop[to] : 1;
	while (from < i) {
		size_t was = win->v[from].hop[to];

		if (i - from <= UINT16_MAX)
			win->v[from].hop[to] = (uint16_t)(i - from);
		from += was ? was : 1;
	}
	return i;
}

/* Does the line's clock say at least `us` after the report's end? */
static bool later(const struct after *a, const struct kd_wline *l, uint64_t us)
{
	return l->has_mono && a->has_mono && l->mono_us >= a->mono_us + us;
}

/* A message of nobody's report, by the clock later than the report. */
static bool is_life(const struct after *a, struct kd_wline *l)
{
	if (l->owned || fate_of(l) != FATE_TALK)
		return false;
	if (l->origin == KD_ORIGIN_USER)
		return later(a, l, SOON_US) ||
		       (l->wall.n && a->wall.n && !kd_view_eq(l->wall, a->wall));
	return later(a, l, a->r->died ? OOPS_US : SOON_US);
}

static bool is_hang(const struct kd_kind *k)
{
	return k->pcclass == KD_PCC_SAMPLED || kd_kind_in(k, "lockup");
}

/* The header of another report: does it show that the machine went on after this one? */
static bool is_other_report(const struct after *a, const struct kd_wline *l)
{
	if (!l->kind || l->kind->infrastructure || is_hang(l->kind) || l->kind->oops)
		return false;
	return !strcmp(l->kind->name, "hung_task") ||
	       later(a, l, a->r->died ? OOPS_US : SOON_US);
}

/* Another report right behind this one, in its own context: both are one story. */
static bool is_tight(const struct after *a, const struct kd_wline *l)
{
	if (!l->kind || l->kind->infrastructure || is_hang(l->kind) || a->r->died ||
	    is_hang(a->r->kind) || !kd_wline_same_context(l, a->head))
		return false;
	if (l->has_mono && a->has_mono)
		return l->caller && l->mono_us <= a->mono_us + TIGHT_US;
	return l->no <= a->r->end_line + 4;
}

/* --- the search -------------------------------------------------------------------------- */

static void start(struct after *a, size_t head)
{
	struct kd_report *r = a->r;

	a->head = &a->win->v[head];
	a->boot = a->head->boot;
	for (size_t i = r->nlines; i-- > 0 && !(a->has_mono && a->wall.n);) {
		if (r->lines[i].has_mono && !a->has_mono) {
			a->has_mono = true;
			a->mono_us = r->lines[i].mono_us;
		}
		if (r->lines[i].wall.n && !a->wall.n)
			a->wall = r->lines[i].wall;
	}
	a->i = head + 1;
	while (a->i < a->win->n && a->win->v[a->i].off < r->end_off)
		a->i++;
}

static bool is_panic(const struct kd_wline *l)
{
	return l->kind && kd_kind_in(l->kind, "panic");
}

/* tight: the report right behind this one; other: any report in between. */
static void on_panic(struct after *a, const struct kd_wline *l, const struct kd_wline *tight,
		     bool other)
{
	/* panic_on_warn fits nearly every report: it means the last one. */
	if (kd_panic_ends(l->text, a->r) &&
	    (!other || a->r->died || !kd_view_has(l->text, KD_V("warn")))) {
		decide(a, KD_OUT_FATAL, l, "the panic behind it names such a report as its reason");
		return;
	}
	if (a->r->died) {
		decide(a, KD_OUT_FATAL, l, "the machine panicked before it printed anything else");
		return;
	}
	if (tight) {
		decide(a, KD_OUT_FATAL, l,
		       "the report does not stop the machine, but the one right behind it, in its "
		       "own context, ended in a panic");
		return;
	}
	decide(a, KD_OUT_UNKNOWN, NULL,
	       "a panic of the same boot follows, and nothing ties it to this report");
}

/* A log of several machines (netconsole, a syslog server). */
static bool other_machine(const struct after *a, const struct kd_wline *l)
{
	return l->host.n && a->head->host.n && !kd_view_eq(l->host, a->head->host);
}

/*
 * Read on to the first panic of the boot: it is shown even when life came first, and it
 * decides when its reason names such a report and there is no other that it could mean.
 */
static void note_panic(struct after *a, size_t i)
{
	/* Another report that the panic may mean instead. */
	bool again = a->other && !a->r->died;
	size_t headers = 0;

	for (; headers < HEADERS_MAX; i++) {
		const struct kd_wline *l;

		i = next_line(a->win, i, a->boot, HOP_TO_HEADER);
		if (i >= a->win->n || a->win->v[i].boot != a->boot)
			return;
		l = &a->win->v[i];
		if (!l->kind || other_machine(a, l))
			continue;
		headers++;
		if (is_panic(l) && !again && kd_panic_ends(l->text, a->r)) {
			a->r->outcome_at = (struct kd_logref){0};
			on_panic(a, l, NULL, false);
			return;
		}
		if (is_panic(l)) {
			refer(a->r, l, &a->r->panic_after);
			return;
		}
		again |= l->kind == a->r->kind || (l->kind->oops && a->r->died);
	}
}

static const char *life_words(const struct after *a)
{
	if (is_hang(a->r->kind))
		return "the kernel went on to print messages; whether what hung came free is not said";
	if (a->r->died)
		return "the kernel printed an ordinary message later; only the task ended";
	return "the kernel printed an ordinary message later";
}

static bool look_at(struct after *a, size_t i, const struct kd_wline **tight)
{
	struct kd_wline *l = &a->win->v[i];

	if (other_machine(a, l))
		return false;
	if (is_panic(l)) {
		on_panic(a, l, *tight, a->other);
		if (a->r->outcome != KD_OUT_FATAL)
			note_panic(a, i);
		return true;
	}
	if (fate_of(l) == FATE_CRASH_KERNEL) {
		decide(a, KD_OUT_FATAL, l, "the crash kernel was started");
		return true;
	}
	if (fate_of(l) == FATE_ORDERLY)
		decide(a, KD_OUT_RECOVERED, l, "the machine was shut down or restarted in order");
	else if (is_other_report(a, l))
		decide(a, KD_OUT_RECOVERED, l, "the kernel went on to print another report");
	else if (is_life(a, l))
		decide(a, KD_OUT_RECOVERED, l, life_words(a));
	else if (is_tight(a, l) && !*tight)
		*tight = l;
	a->other |= l->kind && !l->kind->infrastructure && !is_hang(l->kind);
	if (a->r->outcome != KD_OUT_RECOVERED)
		return false;
	note_panic(a, i);
	return true;
}

/*
 * With kdump an oops that panics prints no panic: oops_end() and panic() enter the crash kernel
 * first. That one is told where the dead one's memory is: on x86 by its command line, on arm64 by
 * a reserved region, which it prints (kernel/crash_core.c, drivers/of/fdt.c).
 */
static const struct kd_wline *crash_boot(const struct after *a, size_t banner)
{
	enum { EARLY = 40 };

	for (size_t i = banner; i < a->win->n && i < banner + EARLY; i++) {
		const struct kd_wline *l = &a->win->v[i];

		if (!other_machine(a, l) && kd_view_has(l->text, KD_V("elfcorehdr")))
			return l;
	}
	return NULL;
}

static void search(struct after *a)
{
	const struct kd_wline *tight = NULL, *kdump;
	size_t i, headers = 0;

	for (i = a->i;; i++) {
		/* what is stated to have gone on is so from the very first line */
		if (a->r->outcome != KD_OUT_RECOVERED)
			i = next_line(a->win, i, a->boot, HOP_TO_TALE);
		if (i >= a->win->n || a->win->v[i].boot != a->boot)
			break;
		if (look_at(a, i, &tight))
			return;
		headers += a->win->v[i].kind != NULL;
		if (headers > HEADERS_MAX) {
			decide(a, KD_OUT_UNKNOWN, NULL,
			       "too many reports follow, and no line between them tells");
			return;
		}
	}
	a->cut_by_boot = i < a->win->n;
	kdump = a->cut_by_boot ? crash_boot(a, i) : NULL;
	if (kdump)
		decide(a, KD_OUT_FATAL, kdump, "the next boot is that of a crash kernel (kdump)");
	else if (a->r->died && a->r->ctx != KD_CTX_TASK && a->r->ctx != KD_CTX_UNKNOWN)
		decide(a, KD_OUT_UNKNOWN, NULL,
		       "an oops outside of a task's context panics, but no panic line is here");
	else if (a->cut_by_boot)
		decide(a, KD_OUT_UNKNOWN, NULL,
		       "the next boot begins without a line that says how this one ended");
	else
		decide(a, KD_OUT_UNKNOWN, NULL, "no later line says that the kernel went on or died");
}

/* --- severity ----------------------------------------------------------------------------- */

static void severity(struct kd_report *r)
{
	if (!r->tier_why.n) { /* else its kind knows better */
		r->tier = r->kind->tier;
		r->tier_why = kd_view_of(r->kind->words);
	}
	if (r->infrastructure)
		return;
	if (r->outcome == KD_OUT_FATAL && r->tier < KD_TIER_CRIT) {
		r->tier = KD_TIER_CRIT;
		r->tier_why = kd_arena_printf(r->arena, "%.*s, and the machine panicked",
					      KD_VARG(r->tier_why));
	} else if (r->outcome == KD_OUT_FATAL) {
		r->tier_why = kd_arena_printf(r->arena, "%.*s; the machine panicked", KD_VARG(r->tier_why));
	} else if (r->outcome == KD_OUT_RECOVERED && r->tier == KD_TIER_CRIT &&
		   (r->kind->oops || r->kind->pcclass == KD_PCC_SAMPLED)) {
		/* damaged memory is no better because the machine goes on with it */
		r->tier = KD_TIER_HIGH;
		r->tier_why = kd_arena_printf(r->arena, "%.*s; one step down, because the machine went on",
					      KD_VARG(r->tier_why));
	}
}

void kd_aftermath(const struct kd_window *win, size_t head, struct kd_report *r)
{
	struct after a = {.win = win, .r = r};
	bool stated = r->outcome == KD_OUT_RECOVERED;
	struct kd_view why = r->outcome_why;
	int32_t line = r->outcome_line;

	if (r->panicked) {
		r->outcome = KD_OUT_FATAL;
		r->outcome_why = KD_V("a kernel panic line belongs to this report");
	} else {
		start(&a, head);
		search(&a);
	}
	if (stated && r->outcome == KD_OUT_UNKNOWN) { /* what the report itself said */
		r->outcome = KD_OUT_RECOVERED;
		r->outcome_why = why;
		r->outcome_line = line;
	}
	severity(r);
}
