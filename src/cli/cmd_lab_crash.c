// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "render/lab_crash.h"
#include "verb/lab_crash.h"

struct opts {
	const char *kernel, *headers, *config, *module, *cores, *append, *busybox, *load, *tools, *out;
	uint64_t memory, timeout;
	int accel;
	bool series, kdump, list;
};

static const char *const accels[] = {"auto", "kvm", "tcg", NULL};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('k', "kernel", "KERNEL", struct opts, kernel,
		    "what to crash: an image, a package, a folder of lab kernel fetch, a built tree"),
	KD_OPT_STR_('o', "out", "DIR", struct opts, out,
		    "folder for CASE/console.log, CASE/manifest.json, CASE/cores/"),
	KD_OPT_STR_('C', "cores", "FORMS", struct opts, cores,
		    "also take cores: elf, plain, zlib, lzo, snappy, zstd with :LEVEL (0 to 31) and "
		    ":flat, qemu-zlib, all; several with commas"),
	KD_OPT_FLAG_(0, "kdump", struct opts, kdump,
		     "as in production: a crash kernel in the guest saves /proc/vmcore, in the forms of "
		     "--cores with makedumpfile; only cases that end in a panic"),
	KD_OPT_STR_(0, "tools", "DIR", struct opts, tools,
		    "for --kdump: folder with makedumpfile and its libraries for the guest, as packages "
		    "are unpacked; otherwise this system's"),
	KD_OPT_STR_(0, "load", "WHAT", struct opts, load,
		    "a big guest: big, or threads=N, tasks=N, objects=N, vmas=N, files=N with commas"),
	KD_OPT_FLAG_('l', "list", struct opts, list, "list the cases, and stop"),
	KD_OPT_FLAG_(0, "series", struct opts, series,
		     "cases that survive run one after the other, each on what the others left; "
		     "otherwise each begins at the state behind the boot"),
	KD_OPT_STR_(0, "headers", "DIR", struct opts, headers,
		    "build the module against these; otherwise those found with the kernel"),
	KD_OPT_STR_(0, "config", "FILE", struct opts, config,
		    "the kernel's configuration; otherwise the one found with it"),
	KD_OPT_STR_('m', "module", "KO", struct opts, module, "the crash module, built already"),
	KD_OPT_STR_('a', "append", "TEXT", struct opts, append,
		    "more of the kernel's command line, for all cases"),
	KD_OPT_NUM_(0, "memory", "MIB", struct opts, memory,
		    "memory of the guest in MiB (512; with --kdump 768; and what the load takes)"),
	KD_OPT_NUM_('t', "timeout", "SECONDS", struct opts, timeout,
		    "limit of a boot (300, and what the load takes); each case adds two minutes"),
	KD_OPT_ENUM_(0, "accel", "HOW", accels, struct opts, accel,
		     "auto (KVM if it boots this kernel in a trial, else TCG), kvm, tcg"),
	KD_OPT_STR_(0, "busybox", "FILE", struct opts, busybox,
		    "static busybox of the guest's architecture"),
};

struct sink {
	struct kd_cli *cli;
	struct kd_json j;
	bool begun; /* the JSON document */
};

/* Late, so that an error before the first case is a document of its own. */
static void begin(struct sink *s)
{
	if (s->begun || !s->cli->json)
		return;
	kd_json_init_flush(&s->j, kd_out_json_flush, s->cli->out, KD_JSON_PRETTY);
	kd_render_labcrash_json_begin(&s->j);
	s->begun = true;
}

static struct kd_error *on_case(void *user, const struct kd_crash_result *r)
{
	struct sink *s = user;

	begin(s);
	if (s->cli->json)
		kd_render_labcrash_json(&s->j, r);
	else
		kd_render_labcrash_text(s->cli->out, r);
	return NULL;
}

static int list(struct kd_cli *cli)
{
	struct kd_json j;
	struct kd_error *err;

	if (!cli->json) {
		kd_render_labcases_text(cli->out);
		return KD_EXIT_OK;
	}
	kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
	kd_render_labcases_json(&j);
	err = kd_json_finish(&j);
	return err ? kd_cli_fail(cli, err) : KD_EXIT_OK;
}

static void request(struct kd_cli *cli, const struct opts *o, struct kd_labcrash_request *q)
{
	static const enum kd_vm_accel accel[] = {KD_ACCEL_AUTO, KD_ACCEL_KVM, KD_ACCEL_TCG};

	*q = (struct kd_labcrash_request){
		.kernel = o->kernel,
		.headers = o->headers,
		.config = o->config,
		.module = o->module,
		.cases = cli->args,
		.ncases = cli->nargs,
		.cores = o->cores,
		.load = o->load,
		.append = o->append,
		.busybox = o->busybox,
		.memory_mib = o->memory,
		.timeout_s = o->timeout,
		.accel = accel[o->accel],
		.series = o->series,
		.kdump = o->kdump,
		.tools = o->tools,
		.out = o->out,
	};
}

/* A program that is missing is no input's fault. */
static int fail(struct kd_cli *cli, struct kd_error *err)
{
	bool outside = err->cls == KD_NOTFOUND && kd_view_has(kd_view_of(err->msg), KD_V("apt install"));
	int status = kd_cli_fail(cli, err);

	return outside ? KD_EXIT_OUTSIDE : status;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_labcrash_summary_deinit) struct kd_labcrash_summary sum = {.tried = 0};
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	struct sink s = {.cli = cli};
	struct kd_labcrash_request q;
	struct kd_error *err, *bad = NULL;

	if (o->list)
		return list(cli);
	if (!o->kernel || !o->out)
		return kd_cli_usage(cli, &kd_cmd_lab_crash,
				    kd_error_new(KD_INVALID, "lab crash needs --kernel and --out"));
	request(cli, o, &q);
	kd_interrupt_begin(&in, cli->ctx);
	err = kd_labcrash(cli->ctx, &q, on_case, &s, &sum);
	if (err && !s.begun)
		return fail(cli, err);
	begin(&s);
	if (cli->json) {
		kd_render_labcrash_json_end(&s.j, &sum);
		bad = kd_json_finish(&s.j);
	} else if (!err) {
		kd_render_labcrash_text_end(cli->out, &sum, o->out);
	}
	cli->json = false; /* the document is complete: an error goes to the error output alone */
	if (err) {
		kd_error_free(bad);
		return fail(cli, err);
	}
	if (bad)
		return kd_cli_fail(cli, bad);
	return sum.tried && sum.good == sum.tried ? KD_EXIT_OK : KD_EXIT_NEGATIVE;
}

static const char *const about[] = {
	"Boots a kernel in QEMU, triggers bugs of kdoc's own crash module by name, and holds what the "
	"kernel printed, as kdoc reads it, against what is known about the bug: kind, function, "
	"address, task, how many reports, which came first, whether the machine lived. Without names "
	"all cases are tried; what a kernel lacks is skipped with the reason.",
	"Cases that boot alike share one boot; its state is kept behind the loading of the module, and "
	"each case begins there, also after a panic. manifest.json has the truth of each case: where "
	"the fault is in the source, process ids, addresses of known objects, locks and tasks.",
	"Cores are taken when the case is over. QEMU writes the ELF core; makedumpfile makes the other "
	"forms out of it, and kdoc those that makedumpfile was built without (levels 0 and 1).",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc lab crash --list", "which bugs are there?"},
	{"kdoc lab crash -k k -o OUT null_write hung_task", "two of them in the kernel of folder k"},
	{"kdoc lab crash -k k -o OUT --cores=elf,zlib:31 use_after_free",
	 "one, with a core as it is and one as a distribution keeps it"},
	{"kdoc lab crash -k k -o OUT --kdump --cores=elf,zlib:31 oops_panic",
	 "the crash kernel of the guest saves these"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_lab_crash = {
	.name = "lab crash",
	.phase = KD_PHASE_REPRODUCE,
	.usage = "[CASE…]",
	.summary = "crash a kernel in named ways: console, cores, the truth",
	.about = about,
	.negative = "a case was not recognised as what it is, or none could be tried",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.max_args = KD_ARGS_ANY,
	.run = run,
};
