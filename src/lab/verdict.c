// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/verdict.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

/* After "---[ end Kernel panic" the last bytes of the line are let through. */
enum { SETTLE_MS = 300 };

static const char *const words[KD_LAB_NVERDICTS] = {
	[KD_LAB_RUNNING] = "running",
	[KD_LAB_OK] = "ok",
	[KD_LAB_SURVIVED] = "survived",
	[KD_LAB_PANIC] = "panic",
	[KD_LAB_NO_ROOT] = "no-root",
	[KD_LAB_NO_INIT] = "no-init",
	[KD_LAB_REBOOT] = "reboot",
	[KD_LAB_REBOOT_LOOP] = "reboot-loop",
	[KD_LAB_SHUTDOWN] = "shutdown",
	[KD_LAB_SILENT] = "silent",
	[KD_LAB_HUNG] = "hung",
	[KD_LAB_STEP_TIMEOUT] = "step-timeout",
	[KD_LAB_TIMEOUT] = "timeout",
	[KD_LAB_FLOOD] = "flood",
	[KD_LAB_NO_AGENT] = "no-agent",
	[KD_LAB_STOPPED] = "stopped",
	[KD_LAB_VM_FAILED] = "vm-failed",
	[KD_LAB_CANCELLED] = "cancelled",
};

const char *kd_lab_verdict_word(enum kd_lab_verdict v)
{
	return (size_t)v < KD_ARRAY_LEN(words) ? words[v] : "unknown";
}

bool kd_lab_verdict_good(enum kd_lab_verdict v)
{
	return v == KD_LAB_OK;
}

void kd_lab_limits_fill(struct kd_lab_limits *l)
{
	static const struct kd_lab_limits def = {
		.timeout_ms = 300000,
		.first_byte_ms = 60000,
		.quiet_ms = 60000,
		.panic_ms = 5000,
		.console_max = (size_t)64 << 20,
		.output_max = (size_t)1 << 20,
		.file_max = (size_t)64 << 20,
		.reports_max = 1000,
	};
	unsigned *const ms[] = {&l->timeout_ms, &l->first_byte_ms, &l->quiet_ms, &l->panic_ms};
	const unsigned ms_def[] = {def.timeout_ms, def.first_byte_ms, def.quiet_ms, def.panic_ms};
	size_t *const sizes[] = {&l->console_max, &l->output_max, &l->file_max, &l->reports_max};
	const size_t sizes_def[] = {def.console_max, def.output_max, def.file_max, def.reports_max};

	for (size_t i = 0; i < KD_ARRAY_LEN(ms); i++)
		if (!*ms[i])
			*ms[i] = ms_def[i];
	for (size_t i = 0; i < KD_ARRAY_LEN(sizes); i++)
		if (!*sizes[i])
			*sizes[i] = sizes_def[i];
}

struct why {
	char *p;
	size_t n;
};

__attribute__((format(printf, 3, 4))) static enum kd_lab_verdict
say(const struct why *w, enum kd_lab_verdict v, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(w->p, w->n, fmt, ap);
	va_end(ap);
	return v;
}

static enum kd_lab_verdict panicked(const struct kd_verdict_in *in, const struct why *w)
{
	static const enum kd_lab_verdict v[] = {
		[KD_CONSOLE_GOES_ON] = KD_LAB_RUNNING,
		[KD_CONSOLE_PANIC] = KD_LAB_PANIC,
		[KD_CONSOLE_NO_ROOT] = KD_LAB_NO_ROOT,
		[KD_CONSOLE_NO_INIT] = KD_LAB_NO_INIT,
	};
	struct kd_view line = kd_console_line(in->console, in->console->end_line);

	return say(w, v[in->console->end], "console line %llu: %.*s",
		   (unsigned long long)in->console->end_line + 1,
		   KD_VARG(kd_view_head(line, 300)));
}

/* ---- a crash kernel ---- */

static bool took_over(const struct kd_verdict_in *in)
{
	return in->panic_goes_on && in->ready && in->console->boots > in->boots_ready;
}

/* The crash of the first kernel, then what became of the crash kernel. */
__attribute__((format(printf, 3, 4))) static enum kd_lab_verdict
crashed(const struct kd_verdict_in *in, const struct why *w, const char *fmt, ...)
{
	const struct kd_console *c = in->console;
	const bool said = c->end != KD_CONSOLE_GOES_ON && (!took_over(in) || c->end_line < c->boot_line);
	struct kd_view line = kd_console_line(c, c->end_line);
	char fate[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(fate, sizeof(fate), fmt, ap);
	va_end(ap);
	if (said)
		return say(w, KD_LAB_PANIC, "console line %llu: %.*s; %s",
			   (unsigned long long)c->end_line + 1, KD_VARG(kd_view_head(line, 150)), fate);
	return say(w, KD_LAB_PANIC, "the kernel crashed without a panic line; %s", fate);
}

static enum kd_lab_verdict crash_kernel_panicked(const struct kd_verdict_in *in, const struct why *w)
{
	struct kd_view line = kd_console_line(in->console, in->console->last_end_line);

	return crashed(in, w, "the crash kernel panicked, too, in line %llu: %.*s",
		       (unsigned long long)in->console->last_end_line + 1,
		       KD_VARG(kd_view_head(line, 150)));
}

/* It runs, or did. */
static enum kd_lab_verdict crash_kernel(const struct kd_verdict_in *in, const struct why *w)
{
	const struct kd_console *c = in->console;
	const unsigned long long line = c->boot_line + 1;
	const int64_t quiet = in->now_ms - c->last_ms;
	const bool panic = c->last_end != KD_CONSOLE_GOES_ON;

	if (panic && (in->shutdown || quiet >= (c->last_complete ? SETTLE_MS : (int64_t)in->limits.panic_ms)))
		return crash_kernel_panicked(in, w);
	if (c->dump_done && (in->shutdown || quiet >= (int64_t)in->limits.panic_ms))
		return crashed(in, w, "the crash kernel (line %llu) came to its end", line);
	if (in->shutdown)
		return crashed(in, w, "the crash kernel (line %llu) went down before it was done (%s)",
			       line, *in->reason ? in->reason : "no reason was given");
	if (quiet >= (int64_t)in->limits.quiet_ms)
		return crashed(in, w, "the crash kernel (line %llu) said nothing more for %lld s", line,
			       (long long)quiet / 1000);
	return KD_LAB_RUNNING;
}

/* A panic, and a crash kernel was to follow. */
static enum kd_lab_verdict no_crash_kernel(const struct kd_verdict_in *in, const struct why *w)
{
	const struct kd_console *c = in->console;
	const int64_t quiet = in->now_ms - c->last_ms;

	if (c->end == KD_CONSOLE_GOES_ON)
		return KD_LAB_RUNNING;
	/* panic() comes to that line only when there is no crash kernel (kernel/panic.c). */
	if (c->end_complete && (in->shutdown || quiet >= SETTLE_MS))
		return crashed(in, w, "no crash kernel was loaded");
	if (in->shutdown)
		return crashed(in, w, "the machine went down before a crash kernel came (%s)",
			       *in->reason ? in->reason : "no reason was given");
	if (quiet >= (int64_t)in->limits.quiet_ms)
		return crashed(in, w, "no crash kernel said a word for %lld s", (long long)quiet / 1000);
	return KD_LAB_RUNNING;
}

static enum kd_lab_verdict reset(const struct kd_verdict_in *in, const struct why *w)
{
	if (in->console->first_ms < 0)
		return say(w, KD_LAB_REBOOT, "the machine was reset before the kernel printed a byte");
	if (!in->console->boots)
		return say(w, KD_LAB_REBOOT, "the machine was reset before the kernel's banner");
	return say(w, KD_LAB_REBOOT,
		   "the machine was reset, and no panic was printed: a triple fault, a watchdog, or "
		   "a program");
}

/* The machine's monitor told of its end. */
static enum kd_lab_verdict went_down(const struct kd_verdict_in *in, const struct why *w)
{
	if (in->console->end != KD_CONSOLE_GOES_ON && !in->panic_goes_on)
		return panicked(in, w);
	if (in->quitting)
		return say(w, KD_LAB_OK, "the script was run, and the guest went down");
	if (!strcmp(in->reason, "guest-reset"))
		return reset(in, w);
	if (!strcmp(in->reason, "guest-panic"))
		return say(w, KD_LAB_PANIC, "the guest told the machine that it panicked");
	if (!strcmp(in->reason, "guest-shutdown"))
		return say(w, KD_LAB_SHUTDOWN,
			   "the guest switched itself off before the script was done");
	return say(w, KD_LAB_VM_FAILED, "the machine went down: %s",
		   *in->reason ? in->reason : "no reason was given");
}

static enum kd_lab_verdict program_ended(const struct kd_verdict_in *in, const struct why *w)
{
	const char *colon = *in->words ? ": " : "";

	if (in->signal)
		return say(w, KD_LAB_VM_FAILED, "the machine's program was killed by signal %d%s%s",
			   in->signal, colon, in->words);
	return say(w, KD_LAB_VM_FAILED, "the machine's program ended with status %d%s%s",
		   in->status, colon, in->words);
}

/* A panic's text is over when the kernel says so, or when nothing follows for a while. */
static bool panic_is_over(const struct kd_verdict_in *in)
{
	int64_t quiet = in->now_ms - in->console->last_ms;

	if (in->console->end == KD_CONSOLE_GOES_ON || in->panic_goes_on)
		return false;
	return quiet >= (in->console->end_complete ? SETTLE_MS : (int64_t)in->limits.panic_ms);
}

static enum kd_lab_verdict no_word(const struct kd_verdict_in *in, const struct why *w)
{
	const long long quiet_s = (in->now_ms - in->heard_ms) / 1000;
	const struct kd_console *c = in->console;

	if (in->ready)
		return say(w, KD_LAB_HUNG,
			   "neither the console nor the agent said anything for %lld s%s%s", quiet_s,
			   in->doing ? ", during: " : "", in->doing ? in->doing : "");
	if (c->init[0])
		return say(w, KD_LAB_HUNG,
			   "the kernel started %s, then nothing came for %lld s, and the agent was "
			   "never ready",
			   c->init, quiet_s);
	return say(w, KD_LAB_HUNG, "the console said nothing for %lld s while the kernel booted",
		   quiet_s);
}

static enum kd_lab_verdict over_limits(const struct kd_verdict_in *in, const struct why *w)
{
	const struct kd_console *c = in->console;
	const int64_t start = in->since_ms;
	int64_t quiet_from = in->heard_ms > start ? in->heard_ms : start;

	if (c->lost)
		return say(w, KD_LAB_FLOOD, "the console wrote more than %zu MiB",
			   in->limits.console_max >> 20);
	if (c->no_agent && !in->ready)
		return say(w, KD_LAB_NO_AGENT,
			   "the guest runs, but its kernel has no second serial port");
	if (c->first_ms < 0 && in->now_ms - start >= in->limits.first_byte_ms)
		return say(w, KD_LAB_SILENT, "the console did not print a byte within %u s",
			   in->limits.first_byte_ms / 1000);
	/* With a root file system of the user's own, silence after init's start is no sign. */
	if (c->first_ms >= 0 && in->now_ms - quiet_from >= in->limits.quiet_ms &&
	    !(in->own_initrd && c->init[0]))
		return no_word(in, w);
	if (in->now_ms >= in->limits.timeout_ms)
		return say(w, KD_LAB_TIMEOUT,
			   "the run took longer than %u s; the last word came %lld s before",
			   in->limits.timeout_ms / 1000,
			   (long long)(in->now_ms - in->heard_ms) / 1000);
	return KD_LAB_RUNNING;
}

enum kd_lab_verdict kd_verdict_of(const struct kd_verdict_in *in, char *why, size_t n)
{
	const struct why w = {why, n};

	if (in->cancelled)
		return say(&w, KD_LAB_CANCELLED, "stopped on request");
	if (in->panic_goes_on && !in->ended) {
		enum kd_lab_verdict v = took_over(in) ? crash_kernel(in, &w) : no_crash_kernel(in, &w);

		if (v != KD_LAB_RUNNING)
			return v;
	}
	if (in->shutdown)
		return went_down(in, &w);
	if (in->ended)
		return in->quitting ? say(&w, KD_LAB_OK, "the script was run, and the guest went down")
				    : program_ended(in, &w);
	if (panic_is_over(in))
		return panicked(in, &w);
	if (in->limits.max_resets && in->resets > in->limits.max_resets) {
		if (in->console->end != KD_CONSOLE_GOES_ON && !in->panic_goes_on)
			return panicked(in, &w);
		return say(&w, KD_LAB_REBOOT_LOOP,
			   "the machine was reset %u times; %u kernel banners on the console",
			   in->resets, in->console->boots);
	}
	return over_limits(in, &w);
}
