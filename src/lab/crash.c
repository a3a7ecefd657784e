// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/crash.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/time.h"
#include "lab/cpio.h"
#include "lab/crash_kernel.h"

enum {
	BOOT_S = 300,	     /* default limit of a boot */
	QUIET_S = 60,	     /* that nothing is said in */
	CASE_S = 120,	     /* … and what each case of it may add */
	TRIGGER_MS = 40000,  /* a trigger that spins, then it is left behind */
	FACTS_MS = 60000,
	LOADS = 3,	     /* tries to get a guest back that answers */
	VMCORE_MS = 300000,  /* a panic, a crash kernel … */
	FORM_MS = 300000,    /* … and each form of the core that it saves */
	MEMORY_MIB = 512,    /* of a guest … */
	KDUMP_MEMORY_MIB = 768, /* … that has a crash kernel */
	RESULT_MAX = 64 << 20, /* memory of one result */
};

/* qemu_fw_cfg tells QEMU where VMCOREINFO is, which then puts it into its dumps. */
static const char *const wanted_modules[] = {"qemu_fw_cfg"};

#define MODULE_DIR "/sys/kernel/debug/kdoc_crash"
#define STATE "loaded"

/* init tells the facts of the boot and the module's truth; this adds where its functions are. */
static const char boot_facts[] =
	"sed -n 's/^\\([0-9a-f]*\\) [tT] \\([^[:space:]]*\\)[[:space:]]*\\[kdoc_crash\\]$/symbol.\\2 0x\\1/p'"
	" /proc/kallsyms";
static const char case_facts[] = "cat " MODULE_DIR "/truth";

/* Cases that boot alike, in one guest. */
struct group {
	struct kd_ctx *ctx;
	const struct kd_crash_request *req;
	const struct kd_lab_case *const *cases;
	size_t n, next;
	struct kd_error *(*fn)(void *user, const struct kd_crash_result *r);
	void *user;
	unsigned number;
	struct kd_lab *lab;
	uint64_t boot_end; /* bytes of the console when the state was kept */
	unsigned boots; /* banners until then */
	bool dirty; /* a case has run since */
	bool broken; /* the guest never was where its cases can be triggered */
	struct kd_crash_kernel crash_kernel; /* with req->kdump */
	struct kd_lab_fact *facts; /* of the boot, in arena */
	size_t nfacts;
	struct kd_arena arena; /* of the group */
	struct kd_arena each; /* of a result */
};

/* --- what the kernel of a case needs ------------------------------------------------------- */

/* 1: set, 0: not set, -1: nobody knows. */
static int has_config(struct kd_view config, struct kd_view name)
{
	struct kd_view line;

	if (!config.p)
		return -1;
	while (kd_view_take_until(&config, KD_V("\n"), &line))
		if (kd_view_skip(&line, name) && (kd_view_eq(line, KD_V("=y")) || kd_view_eq(line, KD_V("=m"))))
			return 1;
	return 0;
}

static const char *unmet(struct kd_arena *a, const struct kd_lab_case *c, struct kd_view config,
			 const struct kd_crash_request *req)
{
	struct kd_view needs = kd_view_of(c->needs ? c->needs : ""), word;

	if (req->kdump && (!c->fatal || c->init != KD_CASE_INIT_LAB))
		return "does not end in a panic: no crash kernel would start";
	if (c->arch != KD_ARCH_UNKNOWN && c->arch != req->kernel->arch)
		return kd_arena_printf(a, "only on %s", kd_lab_arch_word(c->arch)).p;
	while (kd_view_take_word(&needs, &word)) {
		bool not = kd_view_skip(&word, KD_V("!"));
		int has;

		if (kd_view_eq(word, KD_V("nmi"))) {
			if (req->accel != KD_ACCEL_KVM)
				return "needs interrupts that cannot be masked, which TCG does not have";
			continue;
		}
		has = has_config(config, word);
		if (has < 0)
			return kd_arena_printf(a, "asks for %s%.*s, and this kernel's configuration is not at "
					       "hand", not ? "no " : "", KD_VARG(word)).p;
		if (has == not)
			return kd_arena_printf(a, "the kernel has %s%.*s", not ? "" : "no ", KD_VARG(word)).p;
	}
	return NULL;
}

/* --- one case ------------------------------------------------------------------------------ */

static void keep_fact(struct kd_arena *a, struct kd_view line, struct kd_lab_fact *ret)
{
	struct kd_view key = line;
	char *text;

	*ret = (struct kd_lab_fact){0};
	if (!kd_view_take_until(&line, KD_V(" "), &key) || !key.n)
		return;
	text = (char *)kd_arena_view(a, key).p;
	ret->value = kd_arena_view(a, line).p;
	ret->key = ret->value ? text : NULL;
}

static size_t count_lines(struct kd_view text)
{
	struct kd_view line;
	size_t n = 0;

	while (kd_view_take_until(&text, KD_V("\n"), &line))
		n++;
	return n;
}

/* Run the command, add its "KEY VALUE" lines to the facts. */
static struct kd_error *add_facts(struct group *g, struct kd_arena *a, const char *command,
				  struct kd_lab_fact **v, size_t *n)
{
	struct kd_lab_step step = {.op = KD_LAB_RUN, .command = command, .timeout_ms = FACTS_MS,
				   .may_hang = true};
	size_t at = kd_lab_step(g->lab, &step), k = *n;
	const struct kd_lab_run *run = kd_lab_now(g->lab);
	struct kd_view rest, line;
	struct kd_lab_fact *all;

	if (at >= run->nsteps)
		return NULL;
	rest = kd_buf_view(&run->steps[at].output);
	all = kd_arena_array(a, k + count_lines(rest), struct kd_lab_fact);
	if (!all)
		return kd_error_new(KD_LIMIT, "the guest tells too many facts");
	if (k)
		memcpy(all, *v, k * sizeof(*all));
	while (kd_view_take_until(&rest, KD_V("\n"), &line)) {
		keep_fact(a, line, &all[k]);
		k += all[k].key != NULL;
	}
	*v = all;
	*n = k;
	return NULL;
}

static void run_command(struct group *g, struct kd_crash_result *r, const char *command,
			const char *comm, unsigned ms)
{
	struct kd_lab_step step = {.op = KD_LAB_RUN, .command = command, .comm = comm,
				   .timeout_ms = ms, .may_hang = true};
	size_t at = kd_lab_step(g->lab, &step);
	const struct kd_lab_run *run = kd_lab_now(g->lab);

	if (comm && at < run->nsteps && run->steps[at].pid && r->npids < KD_ARRAY_LEN(r->pids))
		r->pids[r->npids++] = run->steps[at].pid;
}

static bool over(const struct group *g)
{
	return kd_lab_now(g->lab)->verdict != KD_LAB_RUNNING;
}

/* What kexec_file_load(2) means by it (kernel/kexec_file.c, kernel/kexec_core.c). */
static const char *load_error(int status)
{
	switch (status) {
	case EADDRNOTAVAIL:
	case ENOMEM:
		return "the memory reserved by crashkernel= is too small or is none: --memory";
	case ENOSYS:
		return "this kernel was built without CONFIG_KEXEC_FILE";
	case EPERM:
		return "not permitted: locked down, or kexec_load_disabled";
	case ENOEXEC:
		return "it does not take this kind of kernel image";
	case ENOENT:
		return "a file of it is missing in the guest";
	default:
		return strerror(status);
	}
}

/* false: it is not loaded, and the result says why. */
static bool load_crash_kernel(struct group *g, struct kd_crash_result *r)
{
	struct kd_lab_step step = {.op = KD_LAB_RUN, .command = g->crash_kernel.command,
				   .timeout_ms = TRIGGER_MS, .may_hang = true};
	size_t at = kd_lab_step(g->lab, &step);
	const struct kd_lab_run *run = kd_lab_now(g->lab);

	if (at < run->nsteps && run->steps[at].ended && !run->steps[at].status)
		return true;
	r->core_problem = kd_arena_printf(&g->each,
					  "the crash kernel was not loaded: kexec_file_load(2) in the "
					  "guest: %s",
					  at < run->nsteps && run->steps[at].ended
						  ? load_error(run->steps[at].status)
						  : "no answer").p;
	return false;
}

static void trigger(struct group *g, struct kd_crash_result *r)
{
	const struct kd_lab_case *c = r->c;
	struct kd_view rest = kd_view_of(c->triggers ? c->triggers : ""), word;
	const char *comm = c->context == KD_CASE_TASK && c->comm ? c->comm : "kdoc-trigger";
	struct kd_lab_step settle = {.op = KD_LAB_WAIT, .timeout_ms = (c->settle ? c->settle : 1) * 1000};

	if (g->req->kdump && !load_crash_kernel(g, r))
		return;
	if (c->setup)
		run_command(g, r, c->setup, NULL, TRIGGER_MS);
	while (!over(g) && kd_view_take_word(&rest, &word))
		run_command(g, r, kd_arena_printf(&g->each, "printf %%s %.*s > " MODULE_DIR "/trigger",
						  KD_VARG(word)).p, comm, TRIGGER_MS);
	if (g->req->kdump)
		/* ends when the crash kernel switches the machine off, or with it */
		settle.timeout_ms = VMCORE_MS + FORM_MS * (unsigned)g->crash_kernel.nforms;
	if (!over(g))
		kd_lab_step(g->lab, &settle);
}

/* The console as if the guest had been booted for this case alone. */
static struct kd_error *keep_console(struct group *g, struct kd_crash_result *r, uint64_t from)
{
	struct kd_view all = kd_buf_view(&kd_lab_now(g->lab)->console->bytes);
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(RESULT_MAX);
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_scan_opts o = {0};
	struct kd_reports *rs = NULL;
	struct kd_ctx own = *g->ctx; /* a cancelled case still has reports */
	struct kd_error *err;

	if (!kd_buf_add(&text, kd_view_head(all, g->boot_end)) ||
	    !kd_buf_add(&text, kd_view_from(all, from)))
		return kd_error_new(KD_LIMIT, "the console has more than %d MiB", RESULT_MAX >> 20);
	err = kd_fs_write_atomic(r->console, kd_buf_view(&text), 0644);
	if (!err)
		err = kd_source_from_memory(kd_buf_view(&text), "console", &src);
	own.cancel = NULL;
	if (!err)
		err = kd_scan_all(&own, src, &o, 1000, &rs);
	memcpy(g->ctx->slot, own.slot, sizeof(own.slot));
	r->reports = rs;
	return err;
}

/* After the panic and the crash kernel's end. */
static struct kd_error *take_vmcore(struct group *g, struct kd_crash_result *r, const char *dir)
{
	const struct kd_crash_kernel *ck = &g->crash_kernel;
	const char *problem = NULL;
	struct kd_error *err;

	if (r->core_problem)
		return NULL;
	r->cores = kd_arena_array(&g->each, ck->nforms, struct kd_core_file);
	if (!dir || !r->cores)
		return kd_error_new(KD_LIMIT, "no room for the names of the cores");
	err = kd_crash_kernel_take(g->ctx, ck, dir, &g->each, r->cores, &problem);
	if (problem)
		r->core_problem = kd_arena_printf(&g->each, "%s: %s", problem, r->why).p;
	else if (!err)
		r->ncores = ck->nforms;
	return err;
}

static struct kd_error *take_cores(struct group *g, struct kd_crash_result *r)
{
	const char *dir = kd_arena_printf(&g->each, "%s/cores", r->dir).p;
	struct kd_error *err;

	if (g->req->kdump)
		return take_vmcore(g, r, dir);
	if (!g->req->nforms)
		return NULL;
	r->cores = kd_arena_array(&g->each, g->req->nforms, struct kd_core_file);
	if (!dir || !r->cores)
		return kd_error_new(KD_LIMIT, "no room for the names of the cores");
	err = kd_capture(g->ctx, kd_lab_vm(g->lab), g->req->kernel->version, dir, g->req->forms,
			 g->req->nforms, &g->each, r->cores);
	if (!err) {
		r->ncores = g->req->nforms;
		return NULL;
	}
	if (err->cls == KD_CANCELLED)
		return err;
	r->core_problem = kd_arena_printf(&g->each, "%s", err->msg).p;
	kd_error_free(err);
	return NULL;
}

static struct kd_error *begin(struct group *g, const struct kd_lab_case *c,
			      struct kd_crash_result *r)
{
	kd_arena_reset(&g->each);
	*r = (struct kd_crash_result){.c = c};
	r->dir = kd_arena_printf(&g->each, "%s/%s", g->req->out, c->name).p;
	r->console = kd_arena_printf(&g->each, "%s/%s/console.log", g->req->out, c->name).p;
	r->manifest = kd_arena_printf(&g->each, "%s/%s/manifest.json", g->req->out, c->name).p;
	if (!r->dir || !r->console || !r->manifest)
		return kd_error_new(KD_LIMIT, "%s: too long a path", g->req->out);
	return kd_fs_mkdirs(r->dir, 0755);
}

static struct kd_error *end_case(struct group *g, struct kd_crash_result *r)
{
	struct kd_error *err = kd_crash_manifest(g->req, r);

	return err ? err : g->fn(g->user, r);
}

/* What stands of the run when the case is over becomes the result. */
static struct kd_error *conclude(struct group *g, struct kd_crash_result *r, uint64_t from)
{
	const struct kd_lab_run *run = kd_lab_now(g->lab);
	struct kd_error *err = NULL;

	r->verdict = run->verdict;
	r->why = run->verdict == KD_LAB_RUNNING ? "the guest went on" : run->why;
	r->crash_kernel = g->req->kdump && run->console->boots > g->boots;
	r->crash_kernel_off = run->console->boot_off;
	r->boot_ms = run->ready_ms;
	r->append = run->append;
	if (r->not_triggered) {
		err = keep_console(g, r, from);
		return err ? err : end_case(g, r);
	}
	if (!over(g) && g->req->module && r->c->init == KD_CASE_INIT_LAB)
		err = add_facts(g, &g->each, case_facts, &r->facts, &r->nfacts);
	if (!err)
		err = keep_console(g, r, from);
	if (err && g->req->kdump && err->cls == KD_IO) {
		const char *what = kd_crash_kernel_discard(&g->crash_kernel);

		if (!what)
			return err;
		kd_log_printf(g->ctx->log, KD_LOG_WARN, "%s: %s", err->msg, what);
		kd_error_free(err);
		err = keep_console(g, r, from);
	}
	if (!err)
		err = take_cores(g, r);
	if (err)
		return err;
	kd_crash_judge(&g->each, g->req, r);
	return end_case(g, r);
}

static struct kd_error *finish_case(struct group *g, struct kd_crash_result *r, uint64_t from,
				    int64_t start)
{
	struct kd_error *err;

	r->ms = (kd_mono_ns() - start) / 1000000;
	err = conclude(g, r, from);
	kd_reports_free((struct kd_reports *)r->reports);
	return err;
}

/* QEMU's UART may not work after a load; the next load finds another one. */
static struct kd_error *go_back(struct group *g)
{
	for (unsigned i = 1;; i++) {
		struct kd_error *err = kd_lab_load(g->lab, STATE);

		if (!err || err->cls != KD_TIMEOUT || i == LOADS)
			return err;
		kd_log_printf(g->ctx->log, KD_LOG_WARN, "%s: once more", err->msg);
		kd_error_free(err);
	}
}

static struct kd_error *run_case(struct group *g, const struct kd_lab_case *c)
{
	const struct kd_lab_run *run = kd_lab_now(g->lab);
	struct kd_crash_result r;
	struct kd_error *err = begin(g, c, &r);
	uint64_t from = g->boot_end;
	int64_t start = kd_mono_ns();

	if (g->broken) { /* for all cases of this boot */
		r.not_triggered = kd_lab_now(g->lab)->why;
		return err ? err : finish_case(g, &r, 0, start);
	}
	if (!err && g->dirty && !g->req->series) {
		err = go_back(g);
		r.restored = true;
	}
	if (err)
		return err;
	if (r.restored || g->req->series)
		from = run->console->bytes.n;
	r.case_off = g->boot_end;
	g->dirty = true;
	r.facts = g->facts;
	r.nfacts = g->nfacts;
	if (!over(g))
		trigger(g, &r);
	if (g->req->series && !over(g) && c->cleanup)
		run_command(g, &r, c->cleanup, NULL, TRIGGER_MS);
	return finish_case(g, &r, from, start);
}

/* --- a boot -------------------------------------------------------------------------------- */

/* An archive that is no root file system, or one whose init is no program. */
static struct kd_error *odd_initrd(struct group *g, const char **ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf bytes = KD_BUF_INIT(64 << 10);
	struct kd_cpio cpio = {.out = &bytes};
	struct kd_error *err;

	*ret = kd_arena_printf(&g->arena, "%s/boot-%u/initrd", g->req->out, g->number).p;
	if (!*ret)
		return kd_error_new(KD_LIMIT, "%s: too long a path", g->req->out);
	if (g->cases[0]->init == KD_CASE_INIT_GARBAGE) {
		kd_cpio_dir(&cpio, "dev", 0755);
		kd_cpio_node(&cpio, "dev/console", 0600, 'c', 5, 1);
		kd_cpio_file(&cpio, "init", 0755, KD_V("not a program\n"));
	}
	err = kd_cpio_end(&cpio);
	return err ? err : kd_fs_write_atomic(*ret, kd_buf_view(&bytes), 0644);
}

/* Of a guest. */
static unsigned memory_mib(const struct kd_crash_request *req)
{
	if (req->memory_mib)
		return req->memory_mib;
	return (req->kdump ? KDUMP_MEMORY_MIB : MEMORY_MIB) + kd_lab_load_mib(&req->load);
}

static struct kd_error *prepare_crash_kernel(struct group *g, struct kd_lab_request *lr)
{
	const struct kd_crash_request *req = g->req;
	struct kd_crash_kernel_spec spec = {
		.kernel = req->kernel, .module = req->module, .busybox = req->busybox,
		.tools = req->tools, .forms = req->forms, .nforms = req->nforms,
		.disk = kd_arena_printf(&g->arena, "%s/boot-%u.vmcore", req->out, g->number).p,
		.memory_mib = memory_mib(req)};
	struct kd_error *err;

	if (!spec.disk)
		return kd_error_new(KD_LIMIT, "%s: too long a path", req->out);
	err = kd_crash_kernel_prepare(g->ctx, &g->arena, &spec, &g->crash_kernel);
	lr->guest.files = g->crash_kernel.files;
	lr->guest.nfiles = KD_ARRAY_LEN(g->crash_kernel.files);
	lr->vm.drives = &g->crash_kernel.drive;
	lr->vm.ndrives = 1;
	lr->panic_goes_on = true;
	return err;
}

static struct kd_error *request(struct group *g, struct kd_lab_request *lr)
{
	const struct kd_crash_request *req = g->req;
	const struct kd_lab_case *c = g->cases[0];
	const char **list = kd_arena_array(&g->arena, 4, const char *);
	const unsigned load_s = kd_lab_load_seconds(&req->load);
	struct kd_error *err;

	lr->out = kd_arena_printf(&g->arena, "%s/boot-%u", req->out, g->number).p;
	err = req->kdump ? prepare_crash_kernel(g, lr) : NULL;
	if (err)
		return err;
	lr->append = kd_arena_printf(&g->arena, "%s %s %s", c->append ? c->append : "",
				     req->kdump ? g->crash_kernel.append : "",
				     req->append ? req->append : "").p;
	if (!list || !lr->out || !lr->append)
		return kd_error_new(KD_LIMIT, "%s: too long a path", req->out);
	err = kd_fs_mkdirs(lr->out, 0755);
	lr->kernel = req->kernel;
	lr->vm.cpus = c->cpus;
	lr->vm.memory_mib = memory_mib(req);
	lr->vm.accel = req->accel;
	if (c->machine) {
		list[0] = "-machine";
		list[1] = c->machine;
		lr->vm.extra = list;
	}
	lr->guest.busybox = req->busybox;
	lr->limits.timeout_ms = ((req->timeout_s ? req->timeout_s : BOOT_S + load_s) +
				 (unsigned)g->n * CASE_S) * 1000;
	lr->limits.quiet_ms = (QUIET_S + load_s) * 1000; /* the load is made without a word */
	if (req->kdump)
		lr->limits.timeout_ms += VMCORE_MS + FORM_MS * (unsigned)g->crash_kernel.nforms;
	lr->snapshots = !req->series && g->n > 1;
	lr->no_early_console = true; /* a case says what the console has */
	if (c->init == KD_CASE_INIT_LAB) {
		list[3] = kd_lab_load_any(&req->load)
				  ? kd_lab_load_module(&g->arena, req->module, &req->load)
				  : req->module;
		if (!list[3])
			return kd_error_new(KD_LIMIT, "%s: too long a path", req->module);
		lr->guest.modules = &list[3];
		lr->guest.nmodules = 1;
		lr->guest.wanted = wanted_modules;
		lr->guest.nwanted = KD_ARRAY_LEN(wanted_modules);
	} else if (!err && c->init != KD_CASE_INIT_EXIT) {
		err = odd_initrd(g, &lr->initrd);
	}
	return err;
}

/* The kernel's own words about the module: the last line of the console that is no taint. */
static struct kd_view words_of_kernel(const struct kd_console *c)
{
	for (size_t i = c->lines.n; i-- > 0;) {
		struct kd_view line = kd_view_trim(kd_console_line(c, i));

		if (kd_view_has(line, KD_V("kdoc_crash")) && !kd_view_has(line, KD_V("taint")))
			return kd_view_head(line, 200);
	}
	return KD_V("nothing");
}

/* Is the module in, and can it be talked to? Without it there is nothing to judge. */
static struct kd_error *module_is_there(const struct kd_lab_run *run)
{
	const char *failed = kd_lab_fact(run, "module_failed");

	if (failed && strstr(failed, "kdoc_crash"))
		return kd_error_new(KD_BADDATA, "the guest's kernel does not take the crash module: %.300s "
				    "(the kernel said: %.*s)", failed,
				    KD_VARG(words_of_kernel(run->console)));
	if (!kd_lab_fact(run, "field_offset")) /* the first line of its truth */
		return kd_error_new(KD_BADDATA, "the crash module does not answer in the guest: its kernel "
				    "has no debugfs, or --module is another module");
	return NULL;
}

/* Until the module is loaded, or the boot has ended, which may be the case. */
static struct kd_error *boot(struct group *g)
{
	const struct kd_lab_run *run;
	struct kd_error *err;

	if (!kd_lab_boot(g->lab)) {
		g->broken = g->cases[0]->init == KD_CASE_INIT_LAB;
		return NULL;
	}
	run = kd_lab_now(g->lab);
	err = module_is_there(run);
	if (err)
		return err;
	g->facts = kd_arena_array(&g->arena, run->nfacts + 1, struct kd_lab_fact);
	if (!g->facts)
		return kd_error_new(KD_LIMIT, "the guest tells too many facts");
	for (; g->nfacts < run->nfacts; g->nfacts++) {
		const struct kd_lab_fact *f = &run->facts[g->nfacts];

		g->facts[g->nfacts].key = kd_arena_printf(&g->arena, "%s", f->key).p;
		g->facts[g->nfacts].value = kd_arena_printf(&g->arena, "%s", f->value).p;
	}
	err = add_facts(g, &g->arena, boot_facts, &g->facts, &g->nfacts);
	if (!err && !over(g) && g->n > 1 && !g->req->series)
		err = kd_lab_save(g->lab, STATE);
	g->boot_end = run->console->bytes.n;
	g->boots = run->console->boots;
	return err;
}

/* Does the guest stand for another case? */
static bool goes_on(const struct group *g)
{
	return g->next < g->n && (!g->req->series || (!over(g) && !g->cases[g->next - 1]->alone));
}

static struct kd_error *run_boot(struct group *g)
{
	struct kd_lab_request lr = {0};
	struct kd_error *err = request(g, &lr);

	if (!err)
		err = kd_lab_open(g->ctx, &lr, &g->lab);
	if (err)
		return err;
	g->dirty = g->broken = false;
	g->boot_end = 0;
	g->boots = UINT_MAX;
	g->facts = NULL;
	g->nfacts = 0;
	err = boot(g);
	do {
		if (err)
			break;
		err = run_case(g, g->cases[g->next++]);
		if (!err)
			err = kd_ctx_check(g->ctx);
	} while (goes_on(g));
	kd_lab_closep(&g->lab);
	kd_crash_kernel_deinit(&g->crash_kernel);
	g->number++;
	return err;
}

static bool same_text(const char *a, const char *b)
{
	return !a || !b ? a == b : !strcmp(a, b);
}

static bool boots_alike(const struct kd_lab_case *a, const struct kd_lab_case *b)
{
	return a->init == KD_CASE_INIT_LAB && b->init == KD_CASE_INIT_LAB && a->cpus == b->cpus &&
	       same_text(a->append, b->append) && same_text(a->machine, b->machine);
}

static struct kd_error *skip_case(struct group *g, const struct kd_lab_case *c, const char *why)
{
	struct kd_crash_result r = {.c = c, .skipped = why};

	return g->fn(g->user, &r);
}

/* The cases that can be tried, those that boot alike behind each other. */
static struct kd_error *sort_cases(struct group *g, const struct kd_lab_case **sorted, size_t *n_ret)
{
	const struct kd_crash_request *req = g->req;
	kd_auto(kd_buf_deinit) struct kd_buf config = KD_BUF_INIT((size_t)4 << 20);
	bool *done = kd_arena_array(&g->arena, req->ncases, bool);
	struct kd_error *err = NULL;
	size_t n = 0;

	if (!done)
		return kd_error_new(KD_LIMIT, "too many cases");
	if (req->kernel->config)
		err = kd_fs_read_small(req->kernel->config, config.max, &config);
	for (size_t i = 0; !err && i < req->ncases; i++) {
		const char *why = unmet(&g->arena, req->cases[i],
					req->kernel->config ? kd_buf_view(&config) : KD_VNULL, req);

		done[i] = why;
		if (why)
			err = skip_case(g, req->cases[i], why);
	}
	for (size_t i = 0; !err && i < req->ncases; i++)
		for (size_t k = i; k < req->ncases && !done[i]; k++) {
			if (done[k] || (k != i && !boots_alike(req->cases[i], req->cases[k])))
				continue;
			sorted[n++] = req->cases[k];
			done[k] = k != i;
		}
	*n_ret = n;
	return err;
}

struct kd_error *kd_crash_run(struct kd_ctx *ctx, const struct kd_crash_request *req,
			      struct kd_error *(*fn)(void *user, const struct kd_crash_result *r),
			      void *user)
{
	struct group g = {.ctx = ctx, .req = req, .fn = fn, .user = user,
			  .arena = KD_ARENA_INIT(RESULT_MAX), .each = KD_ARENA_INIT(RESULT_MAX)};
	const struct kd_lab_case **sorted = kd_xcalloc(req->ncases + 1, sizeof(*sorted));
	struct kd_error *err;
	size_t n = 0;

	err = sort_cases(&g, sorted, &n);
	for (size_t i = 0; !err && i < n; i += g.n) {
		g.cases = sorted + i;
		for (g.n = 1; !req->kdump && i + g.n < n && boots_alike(sorted[i], sorted[i + g.n]); g.n++)
			;
		for (g.next = 0; !err && g.next < g.n;)
			err = run_boot(&g);
	}
	kd_arena_deinit(&g.arena);
	kd_arena_deinit(&g.each);
	kd_free(sorted);
	return err;
}
