// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "base/json.h"
#include "cli/cmd.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "render/lab_boot.h"
#include "verb/lab_boot.h"

struct opts {
	const char *kernel, *initrd, *append, *busybox, *machine, *cpu, *load, *out;
	struct kd_opt_list modules, files, run, get;
	uint64_t cpus, memory, timeout, quiet, resets;
	int accel, backend;
	bool stop, show;
};

static const char *const backends[] = {"qemu", "vng", NULL};
static const char *const accels[] = {"auto", "kvm", "tcg", NULL};

static const struct kd_opt opts[] = {
	KD_OPT_STR_('k', "kernel", "KERNEL", struct opts, kernel,
		    "what to boot: a bzImage or arm64 Image, a package, a folder, a built tree"),
	KD_OPT_LIST_('r', "run", "COMMAND", struct opts, run,
		     "run this in the guest; may be given again, they run one after the other"),
	KD_OPT_LIST_('m', "module", "MODULE", struct opts, modules,
		     "load this module, after what it needs: a name of the kernel's own, or a .ko "
		     "file; options behind a blank; may be given again"),
	KD_OPT_LIST_('f', "file", "SRC:DST", struct opts, files,
		     "put a file into the guest; may be given again"),
	KD_OPT_LIST_(0, "get", "PATH", struct opts, get,
		     "fetch a file of the guest when the commands have been run; may be given again"),
	KD_OPT_STR_(0, "load", "WHAT", struct opts, load,
		    "a big guest: big, or threads=N, tasks=N, objects=N, vmas=N, files=N with commas; "
		    "needs the kernel's headers"),
	KD_OPT_STR_('o', "out", "DIR", struct opts, out,
		    "folder for console.log, console.times, agent.log and files/"),
	KD_OPT_STR_('a', "append", "TEXT", struct opts, append,
		    "more of the kernel's command line"),
	KD_OPT_STR_(0, "initrd", "FILE", struct opts, initrd,
		    "an own root file system instead of the lab's: nothing is run in it then"),
	KD_OPT_NUM_('c', "cpus", "N", struct opts, cpus, "CPUs of the guest (2)"),
	KD_OPT_NUM_(0, "memory", "MIB", struct opts, memory, "memory of the guest in MiB (512)"),
	KD_OPT_NUM_('t', "timeout", "SECONDS", struct opts, timeout,
		    "limit of the whole run (300)"),
	KD_OPT_NUM_('q', "quiet", "SECONDS", struct opts, quiet,
		    "hung, or silent, when neither console nor agent said anything for so long (60)"),
	KD_OPT_NUM_(0, "resets", "N", struct opts, resets,
		    "go through N resets before it is a reboot loop; otherwise the first one ends it"),
	KD_OPT_FLAG_(0, "stop-at-report", struct opts, stop,
		     "end as soon as the kernel's first report is complete"),
	KD_OPT_ENUM_(0, "backend", "WHAT", backends, struct opts, backend,
		     "qemu, or vng (virtme-ng): this system's files, read-only, are the guest's root, and "
		     "commands find its programs; 9p and virtio must be built into the kernel"),
	KD_OPT_ENUM_(0, "accel", "HOW", accels, struct opts, accel,
		     "auto (KVM if it boots this kernel in a trial, else TCG), kvm, tcg"),
	KD_OPT_STR_(0, "machine", "TYPE", struct opts, machine,
		    "QEMU's machine (q35; arm64: virt)"),
	KD_OPT_STR_(0, "cpu", "MODEL", struct opts, cpu,
		    "QEMU's CPU (KVM: host; TCG: max; arm64: cortex-a72)"),
	KD_OPT_STR_(0, "busybox", "FILE", struct opts, busybox,
		    "static busybox of the guest's architecture; otherwise the host's, or "
		    "kdoc/lab/busybox-ARCH in the user's data folder"),
	KD_OPT_FLAG_(0, "show-console", struct opts, show,
		     "copy the console to the error output while it comes"),
};

static void show(void *user, struct kd_view bytes)
{
	struct kd_cli *cli = user;
	struct kd_view line;

	while (kd_view_take_until(&bytes, KD_V("\n"), &line)) {
		kd_out_text(cli->err, kd_view_trim(line));
		kd_out_puts(cli->err, "\n");
	}
	kd_out_text(cli->err, bytes);
	kd_out_flush(cli->err);
}

static struct kd_labboot_list list(const struct kd_opt_list *l)
{
	return (struct kd_labboot_list){l->v, l->n};
}

static void request(struct kd_cli *cli, const struct opts *o, struct kd_labboot_request *req)
{
	static const enum kd_vm_accel accel[] = {KD_ACCEL_AUTO, KD_ACCEL_KVM, KD_ACCEL_TCG};

	*req = (struct kd_labboot_request){
		.kernel = o->kernel ? o->kernel : cli->nargs ? cli->args[0] : NULL,
		.initrd = o->initrd,
		.modules = list(&o->modules),
		.files = list(&o->files),
		.commands = list(&o->run),
		.get = list(&o->get),
		.load = o->load,
		.backend = backends[o->backend],
		.append = o->append,
		.busybox = o->busybox,
		.machine = o->machine,
		.cpu = o->cpu,
		.cpus = o->cpus,
		.memory_mib = o->memory,
		.timeout_s = o->timeout,
		.quiet_s = o->quiet,
		.resets = o->resets,
		.accel = accel[o->accel],
		.stop_at_report = o->stop,
		.out = o->out,
		.on_console = o->show ? show : NULL,
		.user = cli,
	};
}

static int exit_code(const struct kd_labboot_answer *a)
{
	return a->good ? KD_EXIT_OK : a->outside ? KD_EXIT_OUTSIDE : KD_EXIT_NEGATIVE;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_labboot_deinit) struct kd_labboot_answer a = {.run = NULL};
	kd_auto(kd_interrupt_end) struct kd_interrupt in = {.on = false};
	struct kd_labboot_request req;
	struct kd_error *err;
	struct kd_json j;

	request(cli, o, &req);
	if (!req.kernel || (o->kernel && cli->nargs))
		return kd_cli_usage(cli, &kd_cmd_lab_boot,
				    kd_error_new(KD_INVALID, "lab boot needs one kernel"));
	kd_interrupt_begin(&in, cli->ctx);
	err = kd_labboot(cli->ctx, &req, &a);
	if (err && err->cls == KD_NOTFOUND && kd_view_has(kd_view_of(err->msg), KD_V("apt install"))) {
		kd_cli_fail(cli, err);
		return KD_EXIT_OUTSIDE; /* a program is missing, no input */
	}
	if (err)
		return kd_cli_fail(cli, err);
	if (!cli->json) {
		kd_render_labboot_text(cli->out, &a);
		return exit_code(&a);
	}
	kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
	kd_render_labboot_json(&j, &a);
	err = kd_json_finish(&j);
	return err ? kd_cli_fail(cli, err) : exit_code(&a);
}

static const char *const about[] = {
	"Boots a kernel in QEMU with a small root file system made on the fly (busybox, an init that "
	"takes commands, the modules asked for in the order of their dependencies), runs commands, "
	"and says what became of it. No root is needed and nothing is installed; the guest has no "
	"network and sees no file of the host (with --backend=vng it sees all of them, read-only).",
	"verdict: ok, survived (the script was run, but the kernel complained), panic, no-root, "
	"no-init, reboot, reboot-loop, shutdown, silent (never printed a byte), hung (printed, then "
	"nothing), step-timeout, timeout, flood, no-agent, stopped, vm-failed, cancelled. Each comes "
	"with its reason and the last lines of the console.",
	"Ctrl-C stops the guest; what came until then is kept. Nothing is left running, also when "
	"kdoc is killed.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc lab boot /boot/vmlinuz-$(uname -r) --run='uname -a'",
	 "does this kernel boot, and what does it say?"},
	{"kdoc lab boot -k bzImage -o OUT --run='echo c > /proc/sysrq-trigger'",
	 "a panic on purpose; its console is in OUT"},
	{"kdoc lab boot -k bzImage --module=./bug.ko --stop-at-report --json",
	 "load a module and stop at the kernel's first complaint"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_lab_boot = {
	.name = "lab boot",
	.phase = KD_PHASE_REPRODUCE,
	.usage = "[KERNEL]",
	.summary = "boot a kernel in a virtual machine, run commands, name what became of it",
	.about = about,
	.negative = "it booted and did not end well, or a command failed",
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.max_args = 1,
	.run = run,
};
