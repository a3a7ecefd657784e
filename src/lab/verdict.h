/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verdict.h: is a run over, and what was it? A function of what is known, nothing else, so that
 * recorded consoles can be judged in tests.
 *
 *	struct kd_verdict_in in = {.console = c, .limits = l, .now_ms = now, …};
 *	v = kd_verdict_of(&in, why, sizeof(why));    // KD_LAB_RUNNING: go on
 *
 * Stronger evidence first: what the machine's program says about its end, then what the console
 * says, then the limits.
 */
#ifndef KD_LAB_VERDICT_H
#define KD_LAB_VERDICT_H

#include "lab/run.h"

struct kd_verdict_in {
	const struct kd_console *console;
	struct kd_lab_limits limits; /* no member is 0, but max_resets */
	int64_t now_ms, heard_ms; /* heard: last byte of console or agent, or the start */
	int64_t since_ms; /* quiet and first byte are counted from here: start, or a restored state */
	bool own_initrd; /* nobody is expected on the second port */
	bool ready; /* the agent was */
	bool quitting, cancelled;
	bool panic_goes_on; /* a crash kernel is to follow … */
	unsigned boots_ready; /* … and is there when the console has more banners than these */
	bool shutdown; /* the machine's monitor told of its end … */
	const char *reason; /* … "guest-reset", "guest-shutdown", "guest-panic", or "" */
	unsigned resets; /* it told of, and went through */
	bool ended; /* the machine's program has ended … */
	int status, signal; /* … like this */
	const char *words; /* first line that it complained with, "" */
	const char *doing; /* the step that is being done, NULL */
};

enum kd_lab_verdict kd_verdict_of(const struct kd_verdict_in *in, char *why, size_t n);

void kd_lab_limits_fill(struct kd_lab_limits *l); /* defaults for members that are 0 */

#endif
