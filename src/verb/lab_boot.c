// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/lab_boot.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "lab/build.h"
#include "lab/crash.h"

enum { STEPS_MAX = 2 * KD_LABBOOT_LIST_MAX, MEMORY_MAX = 1 << 20, CPUS_MAX = 255, DAY_S = 86400 };
enum { MEMORY_MIB = 512, TIMEOUT_S = 300, QUIET_S = 60, VNG_TIMEOUT_S = 600, VNG_QUIET_S = 180 }; /* the lab's own */

/* The request in the lab's words; everything is borrowed from it or is in the arena. */
struct plan {
	struct kd_lab_request lab;
	struct kd_guest_file files[KD_LABBOOT_LIST_MAX];
	struct kd_lab_step steps[STEPS_MAX];
	const char *modules[KD_LABBOOT_LIST_MAX + 1];
	struct kd_arena arena;
};

static void plan_deinit(struct plan *p)
{
	kd_arena_deinit(&p->arena);
}

static struct kd_error *in_range(const char *what, uint64_t x, uint64_t max)
{
	return x <= max ? NULL
			: kd_error_new(KD_INVALID, "%s=%llu: at most %llu", what,
				       (unsigned long long)x, (unsigned long long)max);
}

static struct kd_error *plan_files(const struct kd_labboot_request *req, struct plan *p)
{
	for (size_t i = 0; i < req->files.n; i++) {
		struct kd_view v = kd_view_of(req->files.v[i]), from;
		size_t colon = kd_view_rchr(v, ':');

		if (colon == KD_NPOS || !colon || colon + 1 >= v.n || v.p[colon + 1] != '/')
			return kd_error_new(KD_INVALID,
					    "--file=%s: give SRC:DST, DST with / in front", v.p);
		from = kd_arena_view(&p->arena, kd_view_head(v, colon));
		if (!from.p)
			return kd_error_new(KD_LIMIT, "too long paths of files");
		p->files[i] = (struct kd_guest_file){.to = v.p + colon + 1, .from = from.p};
	}
	p->lab.guest.files = p->files;
	p->lab.guest.nfiles = req->files.n;
	return NULL;
}

static void plan_steps(const struct kd_labboot_request *req, struct plan *p)
{
	const unsigned ms = p->lab.limits.timeout_ms ? p->lab.limits.timeout_ms : 300000;
	size_t n = 0;

	for (size_t i = 0; i < req->commands.n; i++)
		p->steps[n++] = (struct kd_lab_step){
			.op = KD_LAB_RUN, .command = req->commands.v[i], .timeout_ms = ms};
	for (size_t i = 0; i < req->get.n; i++)
		p->steps[n++] = (struct kd_lab_step){
			.op = KD_LAB_GET, .command = req->get.v[i], .timeout_ms = ms};
	p->lab.steps = p->steps;
	p->lab.nsteps = n;
}

/* virtme-ng: this system's files are the guest's root. */
static bool on_this_system(const struct kd_labboot_request *req)
{
	return req->backend && !strcmp(req->backend, "vng");
}

static struct kd_error *check(const struct kd_labboot_request *req)
{
	const struct kd_labboot_list *const lists[] = {&req->modules, &req->files, &req->commands,
						       &req->get};
	struct kd_error *err = in_range("--memory", req->memory_mib, MEMORY_MAX);

	if (!err)
		err = in_range("--cpus", req->cpus, CPUS_MAX);
	if (!err)
		err = in_range("--timeout", req->timeout_s, DAY_S);
	if (!err)
		err = in_range("--quiet", req->quiet_s, DAY_S);
	if (!err)
		err = in_range("--resets", req->resets, 1000);
	for (size_t i = 0; !err && i < KD_ARRAY_LEN(lists); i++)
		err = in_range("an option's repetitions", lists[i]->n, KD_LABBOOT_LIST_MAX);
	if (!err && req->load && (!req->out || req->initrd))
		err = kd_error_new(KD_INVALID, "--load needs --out, where its module is built, and the "
				   "lab's root file system");
	if (!err && on_this_system(req) && req->files.n)
		err = kd_error_new(KD_INVALID, "--file is not for --backend=vng: the guest sees this "
				   "system's files, read-only, where they are");
	if (!err && req->initrd &&
	    (req->modules.n || req->files.n || req->commands.n || req->get.n))
		err = kd_error_new(KD_INVALID, "--initrd brings its own root file system: --module, "
					       "--file, --run and --get are of the lab's");
	return err;
}

/* qemu_fw_cfg: the guest then tells QEMU where its VMCOREINFO is (-device vmcoreinfo). */
static const char *const wanted[] = {"qemu_fw_cfg"};

static struct kd_error *make_plan(const struct kd_labboot_request *req,
				  const struct kd_lab_kernel *k, struct plan *p)
{
	struct kd_error *err = check(req);

	if (err)
		return err;
	p->lab = (struct kd_lab_request){
		.kernel = k,
		.vm = {.backend = req->backend,
		       .machine = req->machine,
		       .cpu = req->cpu,
		       .cpus = (unsigned)req->cpus,
		       .memory_mib = (unsigned)req->memory_mib,
		       .accel = req->accel},
		.initrd = req->initrd,
		.guest = {.busybox = req->busybox,
			  .modules = req->modules.v,
			  .nmodules = req->modules.n,
			  .wanted = wanted,
			  .nwanted = KD_ARRAY_LEN(wanted)},
		.append = req->append,
		.stop_at_report = req->stop_at_report,
		.limits = {.timeout_ms = (unsigned)req->timeout_s * 1000,
			   .quiet_ms = (unsigned)req->quiet_s * 1000,
			   .first_byte_ms = (unsigned)req->quiet_s * 1000,
			   .max_resets = (unsigned)req->resets},
		.out = req->out,
		.on_console = req->on_console,
		.user = req->user,
	};
	if (on_this_system(req)) { /* its init is a slow and silent one */
		p->lab.limits.quiet_ms = (unsigned)(req->quiet_s ? req->quiet_s : VNG_QUIET_S) * 1000;
		p->lab.limits.timeout_ms = (unsigned)(req->timeout_s ? req->timeout_s : VNG_TIMEOUT_S) * 1000;
	}
	plan_steps(req, p);
	return plan_files(req, p);
}

/* A big guest: the crash module with its parameters, memory and time for it. */
static struct kd_error *plan_load(struct kd_ctx *ctx, const struct kd_labboot_request *req,
				  struct plan *p)
{
	kd_auto(kd_lab_module_deinit) struct kd_lab_module m = {0};
	struct kd_lab_limits *limits = &p->lab.limits;
	struct kd_lab_load load;
	struct kd_error *err = kd_lab_load_parse(req->load, &load);
	size_t n = req->modules.n;
	unsigned more;

	if (!err)
		err = kd_crash_module_build(ctx, p->lab.kernel, req->out, &m);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		p->modules[i] = req->modules.v[i];
	p->modules[n] = kd_lab_load_module(&p->arena, m.ko, &load);
	if (!p->modules[n])
		return kd_error_new(KD_LIMIT, "%s: too long a path", m.ko);
	p->lab.guest.modules = p->modules;
	p->lab.guest.nmodules = n + 1;
	more = kd_lab_load_seconds(&load);
	if (!req->memory_mib)
		p->lab.vm.memory_mib = MEMORY_MIB + kd_lab_load_mib(&load);
	if (!req->timeout_s)
		limits->timeout_ms = (TIMEOUT_S + more) * 1000;
	if (!req->quiet_s) /* it is made without a word */
		limits->quiet_ms = (QUIET_S + more) * 1000;
	return NULL;
}

static void quoted(struct kd_buf *b, const char *s)
{
	struct kd_view v = kd_view_of(s);
	bool plain = v.n > 0;

	for (size_t i = 0; i < v.n; i++)
		plain &= kd_is_word(v.p[i]) || strchr("/.-+=:,", v.p[i]) != NULL;
	if (plain) {
		kd_buf_add(b, v);
		return;
	}
	kd_buf_addc(b, '\'');
	for (size_t i = 0; i < v.n; i++)
		kd_buf_add(b, v.p[i] == '\'' ? KD_V("'\\''") : kd_view(v.p + i, 1));
	kd_buf_addc(b, '\'');
}

static void add_next(struct kd_labboot_answer *a, const char *verb, const char *path,
		     const char *what)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);
	size_t i = 0;

	while (i < KD_ARRAY_LEN(a->next) - 1 && a->next[i])
		i++;
	kd_buf_printf(&b, "kdoc %s ", verb);
	quoted(&b, path);
	if (b.overflow || a->next[i])
		return;
	a->next[i] = kd_take(b.p);
	a->next_what[i] = what;
}

static void judge(struct kd_labboot_answer *a)
{
	const struct kd_lab_run *run = a->run;

	a->good = kd_lab_verdict_good(run->verdict);
	for (size_t i = 0; i < run->nsteps; i++)
		a->good &= !run->steps[i].error && !run->steps[i].status;
	a->outside = run->verdict == KD_LAB_VM_FAILED || run->verdict == KD_LAB_CANCELLED;
}

static void what_next(struct kd_labboot_answer *a)
{
	const struct kd_lab_run *run = a->run;
	bool any = false;

	if (!run->console_path)
		return;
	for (size_t i = 0; run->reports && i < run->reports->n; i++)
		any |= !run->reports->v[i]->infrastructure;
	if (any)
		add_next(a, "investigate", run->console_path, "what happened, with the evidence");
	add_next(a, any ? "scan" : "scan --all", run->console_path, "all that the kernel reported");
}

struct kd_error *kd_labboot(struct kd_ctx *ctx, const struct kd_labboot_request *req,
			    struct kd_labboot_answer *ret)
{
	kd_auto(kd_labboot_deinit) struct kd_labboot_answer a = {.run = NULL};
	kd_auto(plan_deinit) struct plan p = {.arena = KD_ARENA_INIT(1 << 20)};
	struct kd_error *err = check(req);

	if (!err)
		err = kd_lab_kernel_find(ctx, req->kernel, req->out, &a.kernel);
	if (!err)
		err = make_plan(req, &a.kernel, &p);
	if (!err && req->load)
		err = plan_load(ctx, req, &p);
	if (!err)
		err = kd_lab_run(ctx, &p.lab, &a.run);
	if (err)
		return err;
	judge(&a);
	what_next(&a);
	*ret = a;
	a = (struct kd_labboot_answer){.run = NULL};
	return NULL;
}

void kd_labboot_deinit(struct kd_labboot_answer *a)
{
	kd_lab_kernel_deinit(&a->kernel);
	kd_lab_run_free(a->run);
	for (size_t i = 0; i < KD_ARRAY_LEN(a->next); i++)
		kd_free(a->next[i]);
	*a = (struct kd_labboot_answer){.run = NULL};
}
