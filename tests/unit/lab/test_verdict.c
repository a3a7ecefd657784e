// SPDX-License-Identifier: GPL-2.0-or-later
/* Recorded consoles (tests/golden/vm, tests/clean) and made-up ends → verdicts. */
#include "../base/check.h"

#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/source.h"
#include "lab/verdict.h"

struct in {
	struct kd_verdict_in in;
	struct kd_console *c;
	char why[512];
};

static void begin(struct in *x, const char *text, int64_t ms)
{
	memset(x, 0, sizeof(*x));
	x->c = kd_console_new(16 << 20);
	kd_console_add(x->c, kd_view_of(text), ms);
	kd_lab_limits_fill(&x->in.limits);
	x->in.console = x->c;
	x->in.now_ms = x->in.heard_ms = ms;
	x->in.reason = x->in.words = "";
}

static enum kd_lab_verdict judge(struct in *x)
{
	return kd_verdict_of(&x->in, x->why, sizeof(x->why));
}

static void expect(struct in *x, enum kd_lab_verdict v, const char *words)
{
	enum kd_lab_verdict got = judge(x);

	if (got != v || !strstr(x->why, words))
		fail_msg("%s (%s), expected %s (%s)", kd_lab_verdict_word(got), x->why,
			 kd_lab_verdict_word(v), words);
	kd_console_free(x->c);
	x->c = NULL;
}

#define BANNER "[    0.000000] Linux version 6.1.0 (x@y) #1 SMP\n"
#define INIT BANNER "[    1.000000] Run /init as init process\n"
#define PANIC INIT "[    2.000000] Kernel panic - not syncing: Fatal exception\n"

static void panics(void **state)
{
	struct in x;

	(void)state;
	begin(&x, PANIC, 1000);
	x.in.now_ms = 3000; /* its text may go on */
	assert_int_equal(judge(&x), KD_LAB_RUNNING);
	x.in.now_ms = 6000;
	expect(&x, KD_LAB_PANIC, "line 3: [    2.000000] Kernel panic - not syncing: Fatal");
	begin(&x, PANIC "[    2.1] ---[ end Kernel panic - not syncing: Fatal exception ]---\n", 1000);
	x.in.now_ms = 1400;
	expect(&x, KD_LAB_PANIC, "Fatal exception");
	/* panic=1: the reset comes with the panic */
	begin(&x, PANIC, 1000);
	x.in.shutdown = true;
	x.in.reason = "guest-reset";
	expect(&x, KD_LAB_PANIC, "Fatal exception");
	/* a crash kernel follows */
	begin(&x, PANIC, 1000);
	x.in.panic_goes_on = true;
	x.in.now_ms = 30000;
	assert_int_equal(judge(&x), KD_LAB_RUNNING);
	kd_console_free(x.c);
}

#define DUMPING BANNER "kdoc-kdump: the crash kernel runs\n"

static void dumping(struct in *x, const char *text, int64_t quiet_ms)
{
	begin(x, text, 1000);
	x->in.panic_goes_on = x->in.ready = true;
	x->in.boots_ready = 1;
	x->in.now_ms = 1000 + quiet_ms;
}

/* Whatever becomes of it, the first kernel's crash is the verdict, and why says the rest. */
static void crash_kernels(void **state)
{
	struct in x;

	(void)state;
	dumping(&x, PANIC DUMPING, 50000);
	assert_int_equal(judge(&x), KD_LAB_RUNNING);
	x.in.now_ms = 62000;
	expect(&x, KD_LAB_PANIC, "the crash kernel (line 4) said nothing more for 61 s");
	dumping(&x, PANIC DUMPING "kdoc-kdump: done\n", 0);
	x.in.shutdown = true;
	x.in.reason = "guest-shutdown";
	expect(&x, KD_LAB_PANIC, "Fatal exception; the crash kernel (line 4) came to its end");
	dumping(&x, INIT DUMPING "kdoc-kdump: done\n", 6000); /* an oops prints no panic line */
	expect(&x, KD_LAB_PANIC, "without a panic line; the crash kernel (line 3) came to its end");
	dumping(&x, PANIC DUMPING, 0);
	x.in.shutdown = true;
	x.in.reason = "guest-reset";
	expect(&x, KD_LAB_PANIC, "went down before it was done (guest-reset)");
	dumping(&x, PANIC BANNER "[ 1.0] Kernel panic - not syncing: System is deadlocked on memory\n", 6000);
	expect(&x, KD_LAB_PANIC, "panicked, too, in line 5: [ 1.0] Kernel panic - not syncing: System");
}

static void no_crash_kernel(void **state)
{
	struct in x;

	(void)state;
	dumping(&x, PANIC, 30000);
	assert_int_equal(judge(&x), KD_LAB_RUNNING);
	x.in.now_ms = 62000;
	expect(&x, KD_LAB_PANIC, "Fatal exception; no crash kernel said a word for 61 s");
	dumping(&x, PANIC "[    2.1] ---[ end Kernel panic - not syncing: Fatal exception ]---\n", 400);
	expect(&x, KD_LAB_PANIC, "no crash kernel was loaded");
	/* a banner of before is none */
	dumping(&x, BANNER INIT, 1000);
	x.in.boots_ready = 2;
	assert_int_equal(judge(&x), KD_LAB_RUNNING);
	kd_console_free(x.c);
}

static void resets(void **state)
{
	struct in x;

	(void)state;
	begin(&x, INIT, 1000);
	x.in.shutdown = true;
	x.in.reason = "guest-reset";
	expect(&x, KD_LAB_REBOOT, "no panic was printed");
	begin(&x, "", 1000);
	x.in.shutdown = true;
	x.in.reason = "guest-reset";
	expect(&x, KD_LAB_REBOOT, "before the kernel printed a byte");
	begin(&x, INIT INIT INIT, 1000);
	x.in.limits.max_resets = 2;
	x.in.resets = 2;
	assert_int_equal(judge(&x), KD_LAB_RUNNING);
	x.in.resets = 3;
	expect(&x, KD_LAB_REBOOT_LOOP, "3 kernel banners");
	begin(&x, INIT, 1000);
	x.in.shutdown = true;
	x.in.reason = "guest-shutdown";
	expect(&x, KD_LAB_SHUTDOWN, "before the script");
	begin(&x, INIT, 1000);
	x.in.shutdown = x.in.quitting = true;
	x.in.reason = "guest-shutdown";
	expect(&x, KD_LAB_OK, "the script was run");
}

static void silences(void **state)
{
	struct in x;

	(void)state;
	begin(&x, "", 0);
	x.in.now_ms = 59000;
	assert_int_equal(judge(&x), KD_LAB_RUNNING);
	x.in.now_ms = 60000;
	expect(&x, KD_LAB_SILENT, "within 60 s");
	begin(&x, BANNER, 1000);
	x.in.now_ms = 60999;
	assert_int_equal(judge(&x), KD_LAB_RUNNING);
	x.in.now_ms = 61000;
	expect(&x, KD_LAB_HUNG, "60 s while the kernel booted");
	begin(&x, INIT, 1000);
	x.in.now_ms = 61000;
	expect(&x, KD_LAB_HUNG, "started /init");
	begin(&x, INIT, 1000);
	x.in.now_ms = 61000;
	x.in.ready = true;
	x.in.doing = "echo x";
	expect(&x, KD_LAB_HUNG, "during: echo x");
	/* a root file system of the user's own may be quiet for ever */
	begin(&x, INIT, 1000);
	x.in.own_initrd = true;
	x.in.now_ms = 200000;
	assert_int_equal(judge(&x), KD_LAB_RUNNING);
	x.in.now_ms = 300000;
	expect(&x, KD_LAB_TIMEOUT, "longer than 300 s; the last word came 299 s before");
	/* after a kept state was loaded, the clock of silence starts again */
	begin(&x, INIT, 1000);
	x.in.since_ms = 100000;
	x.in.now_ms = 120000;
	assert_int_equal(judge(&x), KD_LAB_RUNNING);
	kd_console_free(x.c);
}

static void other_ends(void **state)
{
	struct in x;

	(void)state;
	begin(&x, PANIC, 1000);
	x.in.cancelled = true;
	expect(&x, KD_LAB_CANCELLED, "on request");
	begin(&x, "", 10);
	x.in.ended = true;
	x.in.status = 1;
	x.in.words = "qemu: could not load kernel";
	expect(&x, KD_LAB_VM_FAILED, "status 1: qemu: could not load kernel");
	begin(&x, INIT, 10);
	x.in.ended = true;
	x.in.signal = 9;
	x.in.status = -1;
	expect(&x, KD_LAB_VM_FAILED, "signal 9");
	begin(&x, "kdoc-lab: the second serial port /dev/ttyS1 cannot be used\n", 10);
	expect(&x, KD_LAB_NO_AGENT, "no second serial port");
	begin(&x, INIT, 10);
	x.c->lost = 1;
	expect(&x, KD_LAB_FLOOD, "more than 64 MiB");
}

static void read_console(const char *name, struct in *x)
{
	const char *root = getenv("KDOC_SOURCE_ROOT");
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	char path[4096];
	static char chunk[4096];
	size_t n = 1;

	begin(x, "", 0);
	snprintf(path, sizeof(path), "%s/tests/%s", root ? root : ".", name);
	assert_ok(kd_source_open(path, &src));
	while (n) {
		assert_ok(kd_source_read(src, chunk, sizeof(chunk), &n));
		kd_console_add(x->c, kd_view(chunk, n), 1000);
	}
}

/* Consoles of real guests. */
static void recorded(void **state)
{
	static const struct {
		const char *name;
		enum kd_lab_verdict v;
		unsigned boots;
		const char *words;
	} t[] = {
		{"clean/pc-virtio-blk-61.console.log.xz", KD_LAB_HUNG, 1, ""},
		{"clean/arm64-virt-61.console.log.xz", KD_LAB_HUNG, 1, ""},
		{"clean/full-7.2-usb.console.log.xz", KD_LAB_HUNG, 1, ""},
		{"golden/vm/panic/input.log", KD_LAB_PANIC, 1, "Kernel panic - not syncing"},
		{"golden/vm/oops_panic/input.log", KD_LAB_PANIC, 1, "Fatal exception"},
		{"golden/vm/no_root/input.log", KD_LAB_NO_ROOT, 1, "Unable to mount root fs"},
		{"golden/vm/no_init/input.log", KD_LAB_NO_INIT, 1, "init"},
		{"golden/vm/init_exit/input.log", KD_LAB_PANIC, 1, "Attempted to kill init"},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(t); i++) {
		struct in x;

		read_console(t[i].name, &x);
		x.in.now_ms = 100000;
		if (x.c->boots != t[i].boots)
			fail_msg("%s: %u boots", t[i].name, x.c->boots);
		expect(&x, t[i].v, t[i].words);
	}
}

static void words(void **state)
{
	(void)state;
	for (int v = 0; v < KD_LAB_NVERDICTS; v++)
		assert_string_not_equal(kd_lab_verdict_word((enum kd_lab_verdict)v), "unknown");
	assert_true(kd_lab_verdict_good(KD_LAB_OK));
	assert_false(kd_lab_verdict_good(KD_LAB_SURVIVED));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crash_kernels), cmocka_unit_test(no_crash_kernel),
		cmocka_unit_test(panics),     cmocka_unit_test(resets),	  cmocka_unit_test(silences),
		cmocka_unit_test(other_ends), cmocka_unit_test(recorded), cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
