// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/source.h"
#include "base/time.h"
#include "lab/accel.h"
#include "lab/lab.h"

enum {
	STEPS_MAX = 100000,
	STEP_MS = 60000,
	QUIT_MS = 30000,
	PONG_MS = 30000,
	FD_ABOVE = 3,
	COMMAND_MAX = 16 << 10
};

/* ---- life and death ---- */

void kd_lab_run_free(struct kd_lab_run *run)
{
	if (!run)
		return;
	for (size_t i = 0; i < run->nsteps; i++)
		kd_buf_deinit(&run->steps[i].output);
	kd_free(run->steps);
	kd_free(run->facts);
	kd_console_free(run->console);
	kd_reports_free(run->reports);
	kd_free(run->vm_words);
	kd_free(run->console_path);
	kd_free(run->out);
	kd_arena_deinit(&run->arena);
	kd_free(run);
}

void kd_lab_run_freep(struct kd_lab_run **run)
{
	kd_lab_run_free(*run);
}

const char *kd_lab_fact(const struct kd_lab_run *run, const char *key)
{
	for (size_t i = 0; i < run->nfacts; i++)
		if (!strcmp(run->facts[i].key, key))
			return run->facts[i].value;
	return NULL;
}

static struct kd_lab *lab_new(struct kd_ctx *ctx, const struct kd_lab_request *req)
{
	struct kd_lab *lab = kd_xcalloc(1, sizeof(*lab));
	struct kd_lab_run *run = kd_xcalloc(1, sizeof(*run));

	*lab = (struct kd_lab){
		.ctx = ctx,
		.req = req,
		.limits = req->limits,
		.run = run,
		.agent_in = KD_BUF_INIT(KD_AGENT_LINE_MAX * 4),
		.agent_out = KD_BUF_INIT(1 << 20),
		.asked = KD_BUF_INIT(KD_AGENT_LINE_MAX),
		.words = KD_BUF_INIT(64 << 10),
		.initrd_fd = -1,
		.console_file = -1,
		.agent_file = -1,
		.reset_ms = -1,
	};
	kd_lab_limits_fill(&lab->limits);
	run->arena = KD_ARENA_INIT((size_t)64 << 20);
	run->console = kd_console_new(lab->limits.console_max);
	run->first_byte_ms = run->ready_ms = run->end_ms = -1;
	return lab;
}

static void lab_free(struct kd_lab *lab)
{
	kd_vm_stop(&lab->vm);
	kd_lab_files_close(lab);
	kd_vec_each(f, &lab->flight)
		kd_buf_deinit(&f->file);
	kd_vec_free(&lab->flight);
	kd_buf_deinit(&lab->initrd);
	kd_buf_deinit(&lab->agent_in);
	kd_buf_deinit(&lab->agent_out);
	kd_buf_deinit(&lab->asked);
	kd_buf_deinit(&lab->words);
	kd_lab_run_free(lab->run);
	kd_free(lab);
}

void kd_lab_closep(struct kd_lab **lab)
{
	if (*lab)
		lab_free(kd_take(*lab));
}

/* ---- start ---- */

/* A file without a name: nothing is left behind, whatever happens. */
static struct kd_error *initrd_file(struct kd_lab *lab)
{
	struct kd_view v = kd_buf_view(&lab->initrd);
	int fd = memfd_create("kdoc-initrd", MFD_CLOEXEC);

	lab->initrd_fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, FD_ABOVE);
	if (fd >= 0)
		close(fd);
	if (lab->initrd_fd < 0)
		return kd_error_errno(errno, "memfd_create");
	while (v.n) {
		ssize_t n = write(lab->initrd_fd, v.p, v.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return kd_error_errno(errno, "the guest's root file system");
		v = kd_view_from(v, (size_t)n);
	}
	kd_buf_deinit(&lab->initrd);
	return NULL;
}

static struct kd_error *make_root(struct kd_lab *lab)
{
	struct kd_error *err;

	if (lab->req->initrd)
		return NULL;
	err = kd_guest_pack(lab->ctx, &lab->req->guest, lab->req->kernel, &lab->initrd);
	return err ? err : initrd_file(lab);
}

static struct kd_error *make_append(struct kd_lab *lab)
{
	const struct kd_lab_request *req = lab->req;
	const char *more = req->append ? req->append : "";
	struct kd_lab_run *run = lab->run;
	int n = snprintf(run->append, sizeof(run->append), "%s%s%s",
			 kd_guest_console(req->kernel->arch, !req->no_early_console),
			 *more ? " " : "", more);

	if (n < 0 || (size_t)n >= sizeof(run->append))
		return kd_error_new(KD_INVALID, "the kernel's command line is longer than %zu bytes",
				    sizeof(run->append) - 1);
	return NULL;
}

static struct kd_error *snapshot_file(struct kd_lab *lab, struct kd_vm_spec *spec)
{
	struct kd_view path;

	if (!lab->req->snapshots)
		return NULL;
	if (!lab->req->out)
		return kd_error_new(KD_INVALID, "snapshots need an output folder");
	path = kd_arena_printf(&lab->run->arena, "%s/states.qcow2", lab->req->out);
	if (!path.p)
		return kd_error_new(KD_INVALID, "%s is too long a path", lab->req->out);
	spec->snapshots = path.p;
	return kd_vm_make_snapshots(lab->ctx, path.p);
}

/* What the machine's program itself does wrong is a verdict; what is missing is an error. */
static struct kd_error *start_machine(struct kd_lab *lab, const struct kd_vm_spec *spec)
{
	struct kd_error *err;

	lab->start_ns = kd_mono_ns();
	err = kd_vm_start(lab->ctx, spec, &lab->vm);
	if (!err || (err->cls != KD_IO && err->cls != KD_BADDATA && err->cls != KD_TIMEOUT))
		return err;
	lab->run->verdict = KD_LAB_VM_FAILED;
	snprintf(lab->run->why, sizeof(lab->run->why), "%s", err->msg);
	kd_error_free(err);
	return NULL;
}

static struct kd_error *open_lab(struct kd_lab *lab)
{
	const struct kd_lab_request *req = lab->req;
	struct kd_vm_spec spec = req->vm;
	struct kd_lab_run *run = lab->run;
	struct kd_error *err;

	if (!req->kernel || !req->kernel->image)
		return kd_error_new(KD_INVALID, "the lab needs a kernel image");
	spec.arch = req->kernel->arch;
	spec.kernel = req->kernel->image;
	spec.initrd = req->initrd;
	spec.append = run->append;
	spec.reboots = lab->limits.max_resets > 0;
	err = kd_vm_probe(lab->ctx, spec.backend, spec.arch);
	if (!err)
		err = make_append(lab);
	if (!err)
		err = make_root(lab);
	if (!err)
		err = kd_lab_files_open(lab);
	if (!err)
		err = snapshot_file(lab, &spec);
	if (err)
		return err;
	spec.initrd_fd = lab->initrd_fd;
	spec.accel = kd_accel_choose(lab->ctx, &spec, req->vm.accel, req->kernel->release,
				     run->accel_why, sizeof(run->accel_why));
	run->accel = spec.accel;
	run->backend = kd_vm_backend(spec.backend)->name;
	return start_machine(lab, &spec);
}

struct kd_error *kd_lab_open(struct kd_ctx *ctx, const struct kd_lab_request *req,
			     struct kd_lab **ret)
{
	struct kd_lab *lab = lab_new(ctx, req);
	struct kd_error *err = open_lab(lab);

	if (err)
		lab_free(lab);
	else
		*ret = lab;
	return err;
}

/* ---- piece by piece ---- */

const struct kd_lab_run *kd_lab_now(const struct kd_lab *lab)
{
	return lab->run;
}

struct kd_vm *kd_lab_vm(struct kd_lab *lab)
{
	return &lab->vm;
}

static bool is_ready(const struct kd_lab *lab)
{
	return lab->ready;
}

static bool last_is_over(const struct kd_lab *lab)
{
	return lab->done.v[lab->done.n - 1].ended;
}

static bool has_answered(const struct kd_lab *lab)
{
	return !lab->asked.n;
}

bool kd_lab_boot(struct kd_lab *lab)
{
	kd_lab_pump(lab, is_ready, 0);
	return lab->ready && lab->run->verdict == KD_LAB_RUNNING;
}

static void new_step(struct kd_lab *lab, const struct kd_lab_step *step)
{
	struct kd_lab_done *d = kd_vec_push(&lab->done, STEPS_MAX);
	struct kd_lab_flight *f = kd_vec_push(&lab->flight, STEPS_MAX);

	*d = (struct kd_lab_done){
		.op = step->op,
		.command = step->command,
		.start_ms = kd_lab_ms(lab),
		.end_ms = -1,
		.console_from = lab->run->console->bytes.n,
		.output = KD_BUF_INIT(lab->limits.output_max),
	};
	if (step->command)
		d->command = kd_arena_view(&lab->run->arena, kd_view_of(step->command)).p;
	f->may_hang = step->may_hang;
	lab->run->steps = lab->done.v;
	lab->run->nsteps = lab->done.n;
}

enum { COMM_MAX = 15 };

/* As one word: what is no visible byte goes as \\0ooo, which the agent's printf %b reads. */
static const char *comm_word(const char *comm, char ret[COMM_MAX * 5 + 1])
{
	char *out = ret;

	for (; *comm; comm++) {
		if (*comm > ' ' && *comm <= '~' && *comm != '\\')
			*out++ = *comm;
		else
			out += snprintf(out, 6, "\\0%03o", (unsigned char)*comm);
	}
	*out = '\0';
	return ret;
}

/* What cannot be sent as one line. */
static const char *not_sendable(const struct kd_lab_step *step)
{
	struct kd_view v = kd_view_of(step->command);

	if (!v.n || kd_view_chr(v, '\n') != KD_NPOS || v.n > COMMAND_MAX)
		return "a command is one line of at most 16 KiB";
	if (step->comm && (!*step->comm || strlen(step->comm) > COMM_MAX))
		return "a task's name has 1 to 15 bytes";
	return NULL;
}

static void do_step(struct kd_lab *lab, const struct kd_lab_step *step, size_t i)
{
	const unsigned ms = step->timeout_ms ? step->timeout_ms : STEP_MS;
	struct kd_lab_done *d = &lab->done.v[i];
	char comm[COMM_MAX * 5 + 1];

	lab->flight.v[i].id = lab->last_id + 1; /* known before the answer can come */
	if (step->op == KD_LAB_RUN)
		kd_lab_tell(lab, "run", comm_word(step->comm ? step->comm : "kdoc-run", comm),
			    step->command);
	else
		kd_lab_tell(lab, "get", NULL, step->command);
	lab->doing = d->command;
	kd_lab_pump(lab, last_is_over, ms);
	lab->doing = NULL;
	d = &lab->done.v[i];
	d->console_to = lab->run->console->bytes.n;
	if (d->ended || lab->run->verdict != KD_LAB_RUNNING || step->may_hang)
		return;
	lab->run->verdict = KD_LAB_STEP_TIMEOUT;
	snprintf(lab->run->why, sizeof(lab->run->why),
		 "%.300s did not end within %u s; the guest was last heard of %lld ms before",
		 step->command, ms / 1000, (long long)(kd_lab_ms(lab) - lab->heard_ms));
}

size_t kd_lab_step(struct kd_lab *lab, const struct kd_lab_step *step)
{
	size_t i = lab->done.n;
	const char *no = step->op == KD_LAB_WAIT ? NULL : not_sendable(step);

	if (i >= STEPS_MAX) {
		lab->run->verdict = KD_LAB_STOPPED;
		snprintf(lab->run->why, sizeof(lab->run->why), "more than %d steps", STEPS_MAX);
		return i - 1;
	}
	new_step(lab, step);
	if (step->op == KD_LAB_WAIT) {
		kd_lab_pump(lab, NULL, step->timeout_ms ? step->timeout_ms : STEP_MS);
		lab->done.v[i].begun = lab->done.v[i].ended = true;
		lab->done.v[i].end_ms = kd_lab_ms(lab);
		lab->done.v[i].console_to = lab->run->console->bytes.n;
	} else if (no) {
		lab->done.v[i].error = no;
	} else if (lab->run->verdict == KD_LAB_RUNNING) {
		do_step(lab, step, i);
	}
	return i;
}

struct kd_error *kd_lab_save(struct kd_lab *lab, const char *name)
{
	if (!lab->req->snapshots)
		return kd_error_new(KD_INVALID, "snapshots were not asked for");
	return kd_vm_save(lab->ctx, &lab->vm, name);
}

struct kd_error *kd_lab_load(struct kd_lab *lab, const char *name)
{
	struct kd_error *err;

	if (!lab->req->snapshots)
		return kd_error_new(KD_INVALID, "snapshots were not asked for");
	kd_lab_pump(lab, NULL, 1); /* what still is under way belongs to before */
	err = kd_vm_load(lab->ctx, &lab->vm, name);
	if (err)
		return err;
	kd_buf_clear(&lab->agent_in);
	kd_buf_clear(&lab->agent_out);
	kd_console_restart(lab->run->console);
	lab->shutdown = lab->quitting = false;
	lab->reason[0] = lab->run->why[0] = '\0';
	lab->run->verdict = KD_LAB_RUNNING;
	lab->heard_ms = lab->since_ms = kd_lab_ms(lab);
	kd_lab_tell(lab, "ping", NULL, NULL);
	kd_lab_pump(lab, has_answered, PONG_MS);
	return has_answered(lab) ? NULL
				 : kd_error_new(KD_TIMEOUT,
						"the guest did not answer after loading %s", name);
}

struct kd_error *kd_lab_scan(struct kd_lab *lab)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_scan_opts o = {0};
	struct kd_reports *rs = NULL;
	struct kd_ctx own = *lab->ctx; /* a cancelled run still has reports */
	struct kd_error *err = kd_source_from_memory(kd_buf_view(&lab->run->console->bytes),
						     "console", &src);

	own.cancel = NULL;
	if (!err)
		err = kd_scan_all(&own, src, &o, lab->limits.reports_max, &rs);
	memcpy(lab->ctx->slot, own.slot, sizeof(own.slot));
	if (err)
		return err;
	kd_reports_free(lab->run->reports);
	lab->run->reports = rs;
	return NULL;
}

/* ---- the end ---- */

static void ask_to_quit(struct kd_lab *lab)
{
	lab->quitting = true;
	kd_lab_tell(lab, "quit", NULL, NULL);
	kd_lab_pump(lab, NULL, QUIT_MS);
	if (lab->run->verdict != KD_LAB_RUNNING)
		return;
	lab->run->verdict = KD_LAB_OK;
	snprintf(lab->run->why, sizeof(lab->run->why),
		 "the script was run; the guest did not switch itself off within %d s",
		 QUIT_MS / 1000);
}

static void name_complaint(struct kd_lab *lab)
{
	struct kd_lab_run *run = lab->run;
	size_t n = 0;
	const struct kd_report *first = NULL;

	for (size_t i = 0; run->reports && i < run->reports->n; i++) {
		if (run->reports->v[i]->infrastructure)
			continue;
		first = first ? first : run->reports->v[i];
		n++;
	}
	if (run->verdict != KD_LAB_OK || !first)
		return;
	run->verdict = KD_LAB_SURVIVED;
	snprintf(run->why, sizeof(run->why),
		 "the script was run, but the kernel complained (%zu), first: %.*s", n,
		 KD_VARG(kd_view_head(first->title, 300)));
}

static void last_facts(struct kd_lab *lab)
{
	struct kd_lab_run *run = lab->run;
	struct kd_view words = kd_view_trim(kd_buf_view(&lab->words));
	struct kd_error *err;

	kd_console_close(run->console);
	run->nlast = kd_console_last(run->console, run->last, KD_LAB_LAST_LINES);
	run->boots = run->console->boots;
	snprintf(run->release, sizeof(run->release), "%s", run->console->release);
	if (words.n)
		run->vm_words = kd_xstrndup(words.p, words.n);
	err = kd_lab_scan(lab);
	if (err)
		kd_log_printf(lab->ctx->log, KD_LOG_WARN, "the console's reports: %s", err->msg);
	kd_error_free(err);
	name_complaint(lab);
}

struct kd_lab_run *kd_lab_finish(struct kd_lab **ref)
{
	struct kd_lab *lab = *ref;
	struct kd_lab_run *run = lab->run;

	if (run->verdict == KD_LAB_RUNNING && lab->ready) {
		ask_to_quit(lab);
	} else if (run->verdict == KD_LAB_RUNNING) {
		run->verdict = KD_LAB_STOPPED;
		snprintf(run->why, sizeof(run->why), "stopped before the guest was ready");
	}
	run->end_ms = kd_lab_ms(lab);
	if (lab->req->at_end && lab->vm.ops)
		lab->req->at_end(lab->req->user, lab);
	kd_vm_stop(&lab->vm);
	last_facts(lab);
	kd_lab_files_close(lab);
	lab->run = NULL;
	kd_lab_closep(ref);
	return run;
}

struct kd_error *kd_lab_run(struct kd_ctx *ctx, const struct kd_lab_request *req,
			    struct kd_lab_run **ret)
{
	kd_auto(kd_lab_closep) struct kd_lab *lab = NULL;
	struct kd_error *err = kd_lab_open(ctx, req, &lab);

	if (err)
		return err;
	if (req->initrd)
		kd_lab_pump(lab, NULL, 0);
	else if (kd_lab_boot(lab))
		for (size_t i = 0; i < req->nsteps && lab->run->verdict == KD_LAB_RUNNING; i++)
			kd_lab_step(lab, &req->steps[i]);
	if (req->keep_running)
		kd_lab_pump(lab, NULL, 0);
	*ret = kd_lab_finish(&lab);
	return NULL;
}

struct kd_error *kd_lab_repeat(struct kd_ctx *ctx, const struct kd_lab_request *req, unsigned n,
			       struct kd_error *(*fn)(void *user, unsigned i,
						      const struct kd_lab_run *run),
			       void *user)
{
	struct kd_error *err = NULL;
	bool stop = false;

	for (unsigned i = 0; i < n && !err && !stop; i++) {
		kd_auto(kd_lab_run_freep) struct kd_lab_run *run = NULL;
		kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(8192);
		struct kd_lab_request one = *req;

		if (req->out) {
			kd_buf_printf(&out, "%s/run-%u", req->out, i + 1);
			one.out = out.p;
		}
		err = kd_lab_run(ctx, &one, &run);
		if (err)
			break;
		stop = run->verdict == KD_LAB_CANCELLED;
		err = fn(user, i, run);
	}
	return err;
}
