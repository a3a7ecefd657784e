/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run.h: a kernel booted, a script run in it, a verdict.
 *
 *	struct kd_lab_step steps[] = {{.op = KD_LAB_RUN, .command = "uname -r"}};
 *	struct kd_lab_request req = {.kernel = &k, .steps = steps, .nsteps = 1, .out = "OUT"};
 *	kd_auto(kd_lab_run_freep) struct kd_lab_run *run = NULL;
 *	err = kd_lab_run(ctx, &req, &run);           // whatever the guest does is no error
 *	if (!err && run->verdict == KD_LAB_OK) … run->steps[0].output
 *
 * or piece by piece, for series, snapshots and captures:
 *
 *	kd_auto(kd_lab_closep) struct kd_lab *lab = NULL;
 *	err = kd_lab_open(ctx, &req, &lab);
 *	alive = !err && kd_lab_boot(lab);            // until the agent is ready, or the end
 *	err = kd_lab_save(lab, "warm");
 *	for each case:
 *		err = kd_lab_load(lab, "warm");      // also after a panic
 *		i = kd_lab_step(lab, &step);         // index in run->steps
 *		if (kd_lab_now(lab)->verdict == KD_LAB_PANIC)
 *			err = kd_vm_dump(ctx, kd_lab_vm(lab), "core.elf", KD_DUMP_ELF);
 *	run = kd_lab_finish(&lab);                   // asks the guest to go down, then stops it
 *
 * Every wait has a limit and a verdict. kd_ctx's cancel flag stops it with what there is.
 * Files in the folder `out`: console.log (bytes as they came), console.times ("OFFSET MS" of
 * each line), agent.log, what the guest sent below files/.
 */
#ifndef KD_LAB_RUN_H
#define KD_LAB_RUN_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/ctx.h"
#include "base/error.h"
#include "lab/console.h"
#include "lab/guest.h"
#include "lab/kernel.h"
#include "lab/vm.h"
#include "report/scan.h"

enum kd_lab_verdict {
	KD_LAB_RUNNING, /* not over yet; never in what kd_lab_run() gives */
	KD_LAB_OK, /* the script was run, the guest went down, no complaint of the kernel */
	KD_LAB_SURVIVED, /* the same, but the kernel complained (reports) */
	KD_LAB_PANIC,
	KD_LAB_NO_ROOT, /* a panic: no root file system */
	KD_LAB_NO_INIT, /* a panic: no init that could be started */
	KD_LAB_REBOOT, /* a reset without a panic: triple fault, watchdog or a program */
	KD_LAB_REBOOT_LOOP, /* more resets than max_resets allows (if that is not 0) */
	KD_LAB_SHUTDOWN, /* it switched itself off before the script was done */
	KD_LAB_SILENT, /* never printed a byte */
	KD_LAB_HUNG, /* printed, then neither console nor agent said anything */
	KD_LAB_STEP_TIMEOUT, /* a command did not end in its time; the guest was alive */
	KD_LAB_TIMEOUT, /* the whole run took too long */
	KD_LAB_FLOOD, /* the console wrote more than console_max */
	KD_LAB_NO_AGENT, /* init runs, but the second serial port cannot be used */
	KD_LAB_STOPPED, /* stopped at the first report, as asked (stop_at_report) */
	KD_LAB_VM_FAILED, /* the program that is the machine failed; why has its words */
	KD_LAB_CANCELLED,
	KD_LAB_NVERDICTS
};

/* "ok", "panic", "reboot-loop", …: stable words. */
const char *kd_lab_verdict_word(enum kd_lab_verdict v);
/* Is it the answer that the guest did what it was asked, without a complaint? */
bool kd_lab_verdict_good(enum kd_lab_verdict v);

enum kd_lab_op {
	KD_LAB_RUN, /* a shell command in a task of its own */
	KD_LAB_WAIT, /* let the guest run for `timeout_ms` */
	KD_LAB_GET, /* a file of the guest, below out/files/ */
};

struct kd_lab_step {
	enum kd_lab_op op;
	const char *command; /* RUN: one line; GET: path in the guest */
	const char *comm; /* RUN: name of the task, at most 15 bytes; default "kdoc-run" */
	unsigned timeout_ms; /* default 60 s; under TCG think of minutes */
	bool may_hang; /* its time-out is no verdict: it is left behind and the run goes on */
};

/* What became of a step. Strings are the run's. */
struct kd_lab_done {
	enum kd_lab_op op;
	const char *command;
	bool begun, ended; /* the agent said so */
	int status; /* exit status as the shell has it; valid when ended */
	uint64_t pid; /* of the task in the guest, 0 when not known */
	int64_t start_ms, end_ms; /* since the machine was started; end_ms -1: not ended */
	uint64_t console_from, console_to; /* span of the console while it ran */
	struct kd_buf output; /* RUN: standard output and error, lines; GET without out: the file */
	bool output_cut;
	const char *file; /* GET: path on the host, NULL when it did not come */
	const char *error; /* why it was not done, or NULL */
};

struct kd_lab_fact {
	const char *key, *value; /* printable ASCII */
};

/* Zero members mean the default. */
struct kd_lab_limits {
	unsigned timeout_ms; /* the whole run: 300 s */
	unsigned first_byte_ms; /* until the console's first byte: 60 s */
	unsigned quiet_ms; /* neither console nor agent: 60 s */
	unsigned panic_ms; /* for the rest of a panic's text: 5 s */
	unsigned max_resets; /* resets that are gone through; 0: the first one ends the run */
	size_t console_max; /* bytes of the console: 64 MiB */
	size_t output_max; /* bytes of a step's output: 1 MiB */
	size_t file_max; /* bytes of a file from the guest: 64 MiB */
	size_t reports_max; /* reports kept: 1000 */
};

struct kd_lab;

struct kd_lab_request {
	const struct kd_lab_kernel *kernel;
	struct kd_vm_spec vm; /* kernel, initrd, append, arch are filled in here */
	const char *initrd; /* an own initramfs instead of the lab's: there is no agent then */
	struct kd_guest_spec guest; /* what the lab's initramfs holds */
	const char *append; /* added to the kernel's command line */
	bool no_early_console; /* leave earlyprintk/earlycon out */
	const struct kd_lab_step *steps;
	size_t nsteps;
	bool keep_running; /* kd_lab_run(): do not ask for a shutdown; time-out is then normal */
	/* A panic is not the end: a crash kernel follows, saves, switches the machine off. That, or
	 * what became of it instead, is then the verdict PANIC with all of it in `why`. */
	bool panic_goes_on;
	bool stop_at_report; /* end as soon as a report is complete on the console */
	bool snapshots; /* kd_lab_save() will be wanted */
	struct kd_lab_limits limits;
	const char *out; /* folder, made if need be; NULL: nothing is written */

	/* Optional. Called while the machine still exists, once the verdict is known: the place
	 * for a capture. */
	void (*at_end)(void *user, struct kd_lab *lab);
	/* Optional. Console bytes as they come. */
	void (*on_console)(void *user, struct kd_view bytes);
	void *user;
};

#define KD_LAB_LAST_LINES 12

/* One run. Everything in it belongs to it. */
struct kd_lab_run {
	enum kd_lab_verdict verdict;
	char why[512]; /* one sentence: what the verdict rests on */
	const char *backend; /* "qemu" */
	enum kd_vm_accel accel;
	char accel_why[256]; /* "asked for", "KVM did not boot it within 15 s", … */
	char append[2048]; /* the command line given */
	char release[128]; /* of the boot banner on the console, "" without one */
	int64_t first_byte_ms, ready_ms, end_ms; /* since the start; -1: never */
	unsigned boots; /* kernel banners on the console */
	unsigned resets; /* that the machine told of */
	struct kd_console *console; /* bytes and line times */
	struct kd_reports *reports; /* of the console; NULL when it could not be read */
	struct kd_lab_done *steps;
	size_t nsteps;
	struct kd_lab_fact *facts; /* what the guest said about itself */
	size_t nfacts;
	struct kd_view last[KD_LAB_LAST_LINES]; /* last lines of the console that are not blank */
	size_t nlast;
	char *vm_words; /* what the machine's program wrote to its standard error, or NULL */
	char *console_path, *out; /* NULL without out */
	struct kd_arena arena;
};

KD_MUST_CHECK struct kd_error *kd_lab_run(struct kd_ctx *ctx, const struct kd_lab_request *req,
					  struct kd_lab_run **ret);
void kd_lab_run_free(struct kd_lab_run *run);
void kd_lab_run_freep(struct kd_lab_run **run);

/* The first fact of that name, or NULL. */
const char *kd_lab_fact(const struct kd_lab_run *run, const char *key);

/*
 * n runs, one after the other, below out/run-1 …; each is handed over and then freed. An error
 * of fn, or a verdict CANCELLED, ends the series.
 */
KD_MUST_CHECK struct kd_error *
kd_lab_repeat(struct kd_ctx *ctx, const struct kd_lab_request *req, unsigned n,
	      struct kd_error *(*fn)(void *user, unsigned i, const struct kd_lab_run *run),
	      void *user);

/* ---- piece by piece ---- */

/* Start the machine; req is borrowed until the lab is closed. */
KD_MUST_CHECK struct kd_error *kd_lab_open(struct kd_ctx *ctx, const struct kd_lab_request *req,
					   struct kd_lab **ret);

/* Until the agent is ready; false when the run is over before: see kd_lab_now(). */
bool kd_lab_boot(struct kd_lab *lab);

/* One step to its end, or to the end of the run. Index of it in kd_lab_now()->steps. */
size_t kd_lab_step(struct kd_lab *lab, const struct kd_lab_step *step);

/*
 * Keep the state (the agent is idle), go back to it. After kd_lab_load() the verdict is
 * RUNNING again; console, steps and facts go on. KD_INVALID without req->snapshots.
 */
KD_MUST_CHECK struct kd_error *kd_lab_save(struct kd_lab *lab, const char *name);
KD_MUST_CHECK struct kd_error *kd_lab_load(struct kd_lab *lab, const char *name);

/* What is known so far; reports are brought up to date by kd_lab_scan(). */
const struct kd_lab_run *kd_lab_now(const struct kd_lab *lab);
KD_MUST_CHECK struct kd_error *kd_lab_scan(struct kd_lab *lab);

/* For dumps and monitor commands. */
struct kd_vm *kd_lab_vm(struct kd_lab *lab);

/* Ask the guest to go down if it can, stop it, close everything; the run is the caller's. */
struct kd_lab_run *kd_lab_finish(struct kd_lab **lab);

/* Stop at once and forget it. */
void kd_lab_closep(struct kd_lab **lab);

#endif
