// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * QEMU as the machine.  The ports and the monitor are socket pairs whose other ends are given
 * to it as descriptors (chardev option fd=, QEMU ≥ 2.12): no file to clean up, nobody else can
 * connect.  Options: QEMU's docs/system/invocation; -device vmcoreinfo: docs/specs/vmcoreinfo.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/json.h"
#include "lab/qemu.h"

enum {
	ARGS_MAX = 96,
	GREET_MS = 30000,
	ENDING_MS = 3000,
	SAVE_MS = 300000,
	DUMP_MS = 1800000,
	NPORTS = 3
};

/* What QEMU calls an architecture, and its machine. */
struct machine {
	enum kd_lab_arch arch;
	struct kd_qemu_program program;
	const char *machine, *tcg_cpu;
};

static const struct machine machines[] = {
	{KD_ARCH_X86_64, {"qemu-system-x86_64", "qemu-system-x86"}, "q35", "max"},
	{KD_ARCH_I386, {"qemu-system-x86_64", "qemu-system-x86"}, "q35", "max"},
	{KD_ARCH_ARM64, {"qemu-system-aarch64", "qemu-system-arm"}, "virt", "cortex-a72"},
};

static const struct machine *machine_of(enum kd_lab_arch arch)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(machines); i++)
		if (machines[i].arch == arch)
			return &machines[i];
	return NULL;
}

static struct kd_error *no_arch(enum kd_lab_arch arch)
{
	return kd_error_new(KD_UNSUPPORTED, "the lab has no machine for %s kernels",
			    kd_lab_arch_word(arch));
}

static struct kd_error *not_installed(const struct kd_qemu_program *program)
{
	return kd_error_new(KD_NOTFOUND, "%s is not installed: apt install %s", program->name,
			    program->package);
}

static struct kd_error *probe(struct kd_ctx *ctx, enum kd_lab_arch arch)
{
	const struct machine *m = machine_of(arch);
	const char *const argv[] = {m ? m->program.name : "", "--version", NULL};
	struct kd_proc_req req = {.argv = argv, .timeout_ms = 20000, .cancel = ctx->cancel};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	struct kd_error *err;

	if (!m)
		return no_arch(arch);
	err = kd_proc_run(&req, &r);
	if (!err)
		err = kd_proc_check(&req, &r);
	if (err && err->cls == KD_NOTFOUND) {
		kd_error_free(err);
		err = not_installed(&m->program);
	}
	return err;
}

/* ---- arguments ---- */

struct args {
	const char *v[ARGS_MAX + 1];
	size_t n;
	struct kd_arena arena;
	bool overflow;
};

static void add(struct args *a, const char *s)
{
	if (a->n >= ARGS_MAX || !s)
		a->overflow = true;
	else
		a->v[a->n++] = s;
}

static void pair(struct args *a, const char *option, const char *value)
{
	add(a, option);
	add(a, value);
}

__attribute__((format(printf, 3, 4))) static void pairf(struct args *a, const char *option,
							const char *fmt, ...)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10);
	va_list ap;

	va_start(ap, fmt);
	kd_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	pair(a, option, b.overflow ? NULL : kd_arena_view(&a->arena, kd_buf_view(&b)).p);
}

/* In an option's value a comma is written twice (QemuOpts). */
static const char *escaped(struct args *a, const char *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(16 << 10);

	for (; *s; s++) {
		kd_buf_addc(&b, *s);
		if (*s == ',')
			kd_buf_addc(&b, ',');
	}
	return b.overflow || !b.n ? NULL : kd_arena_view(&a->arena, kd_buf_view(&b)).p;
}

static void port_args(struct args *a, const struct machine *m)
{
	pairf(a, "-chardev", "socket,id=con,fd=%d", KD_QEMU_CONSOLE_FD);
	pairf(a, "-chardev", "socket,id=agent,fd=%d", KD_QEMU_AGENT_FD);
	pairf(a, "-chardev", "socket,id=qmp,fd=%d", KD_QEMU_QMP_FD);
	pair(a, "-mon", "chardev=qmp,mode=control");
	pair(a, "-serial", "chardev:con");
	if (m->arch == KD_ARCH_ARM64) /* virt has one UART for the normal world */
		pair(a, "-device", "pci-serial,chardev=agent");
	else
		pair(a, "-serial", "chardev:agent");
}

static void drive_args(struct args *a, const struct kd_vm_spec *spec)
{
	for (size_t i = 0; i < spec->ndrives && i < KD_VM_DRIVES_MAX; i++) {
		const struct kd_vm_drive *d = &spec->drives[i];

		/* Zeros that are written stay holes. */
		pairf(a, "-drive",
		      "if=none,id=drive%zu,format=%s,read-only=%s,discard=unmap,detect-zeroes=unmap,file=%s",
		      i, d->format, d->read_only ? "on" : "off", escaped(a, d->path));
		/* Where the host's disk is full the guest gets an error; it would be stopped. */
		pairf(a, "-device", "virtio-blk-pci,drive=drive%zu,werror=report", i);
	}
	if (spec->snapshots)
		pairf(a, "-drive", "if=none,id=states,format=qcow2,file=%s",
		      escaped(a, spec->snapshots));
}

static void build_args(struct args *a, const struct kd_vm_spec *spec, const struct machine *m)
{
	const bool kvm = spec->accel == KD_ACCEL_KVM;

	add(a, m->program.name);
	pair(a, "-nodefaults", "-no-user-config");
	pair(a, "-display", "none");
	pairf(a, "-machine", "%s,accel=%s", spec->machine ? spec->machine : m->machine,
	      kvm ? "kvm" : "tcg");
	pair(a, "-cpu", spec->cpu ? spec->cpu : kvm ? "host" : m->tcg_cpu);
	pairf(a, "-smp", "%u", spec->cpus ? spec->cpus : 2);
	pairf(a, "-m", "%u", spec->memory_mib ? spec->memory_mib : 512);
	pair(a, "-nic", "none");
	pair(a, "-kernel", spec->kernel);
	if (spec->initrd_fd > 0)
		pairf(a, "-initrd", "/proc/self/fd/%d", KD_QEMU_INITRD_FD);
	else if (spec->initrd)
		pair(a, "-initrd", spec->initrd);
	pair(a, "-append", spec->append ? spec->append : "");
	pair(a, "-device", "vmcoreinfo");
	port_args(a, m);
	drive_args(a, spec);
	/* A machine that went down stays as it is until somebody looked at its memory. */
	add(a, "-no-shutdown");
	if (!spec->reboots)
		add(a, "-no-reboot");
	if (spec->paused)
		add(a, "-S");
	for (const char *const *x = spec->extra; x && *x; x++)
		add(a, *x);
	a->v[a->n] = NULL;
}

/* ---- start ---- */

/* The other ends: of console, agent, monitor, and of its standard error. */
struct ends {
	int port[NPORTS + 1]; /* the last place is for the initrd */
	int err;
};

static void ends_close(struct ends *e)
{
	for (size_t i = 0; i < NPORTS; i++)
		if (e->port[i] >= 0)
			close(e->port[i]);
	if (e->err >= 0)
		close(e->err);
}

/* Not 0, 1 or 2, whatever of these is closed in this process. */
static int above_std(int fd)
{
	int up;

	if (fd < 0 || fd > STDERR_FILENO)
		return fd;
	up = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return up;
}

static struct kd_error *make_pair(int *ours, int *theirs)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sv))
		return kd_error_errno(errno, "socketpair");
	*ours = above_std(sv[0]);
	*theirs = above_std(sv[1]);
	if (*ours < 0 || *theirs < 0)
		return kd_error_errno(errno, "socketpair");
	return NULL;
}

static struct kd_error *make_ports(struct kd_vm *vm, struct ends *theirs)
{
	int monitor = -1, err_pipe[2];
	struct kd_error *err = make_pair(&vm->console, &theirs->port[0]);

	if (!err)
		err = make_pair(&vm->agent, &theirs->port[1]);
	if (!err)
		err = make_pair(&monitor, &theirs->port[2]);
	if (monitor >= 0)
		vm->qmp = kd_qmp_new(monitor);
	if (err)
		return err;
	if (pipe2(err_pipe, O_CLOEXEC))
		return kd_error_errno(errno, "pipe");
	vm->complaints = above_std(err_pipe[0]);
	theirs->err = above_std(err_pipe[1]);
	if (vm->complaints < 0 || theirs->err < 0 || fcntl(vm->complaints, F_SETFL, O_NONBLOCK) < 0)
		return kd_error_errno(errno, "pipe");
	return NULL;
}

static struct kd_error *run_program(const struct kd_qemu_program *program, const char *const *argv,
				    int initrd_fd, struct kd_vm *vm)
{
	kd_auto(ends_close) struct ends theirs = {.port = {-1, -1, -1, -1}, .err = -1};
	struct kd_proc_spawn_req req = {
		.argv = argv,
		.pass = theirs.port,
		.npass = NPORTS,
		.out = &theirs.err,
		.err = &theirs.err,
	};
	struct kd_error *err = make_ports(vm, &theirs);

	if (initrd_fd > 0) {
		theirs.port[NPORTS] = initrd_fd; /* stays the caller's */
		req.npass++;
	}
	if (!err)
		err = kd_proc_spawn(&req, &vm->proc);
	if (err && err->cls == KD_NOTFOUND) {
		kd_error_free(err);
		err = not_installed(program);
	}
	return err;
}

/* The monitor never spoke: what does the program itself say? */
static struct kd_error *did_not_start(struct kd_vm *vm, const char *name, struct kd_error *err)
{
	char words[512];
	ssize_t n;
	struct kd_view v;

	if (!kd_proc_wait(vm->proc, ENDING_MS))
		return kd_error_wrap(err, "%s", name);
	n = read(vm->complaints, words, sizeof(words));
	v = kd_view_trim(kd_view(words, n > 0 ? (size_t)n : 0));
	if (!v.n)
		return kd_error_wrap(err, "%s ended at once", name);
	kd_error_free(err);
	return kd_error_new(KD_IO, "%s did not start: %.*s", name,
			    KD_VARG(kd_view_head(v, kd_view_chr(v, '\n'))));
}

struct kd_error *kd_qemu_run(struct kd_ctx *ctx, const struct kd_qemu_program *program,
			     const char *const *argv, int initrd_fd, struct kd_vm *vm)
{
	struct kd_error *err = run_program(program, argv, initrd_fd, vm);

	if (err)
		return err;
	err = kd_qmp_greet(ctx, vm->qmp, GREET_MS);
	return err ? did_not_start(vm, program->name, err) : NULL;
}

static struct kd_error *start(struct kd_ctx *ctx, const struct kd_vm_spec *spec, struct kd_vm *vm)
{
	const struct machine *m = machine_of(spec->arch);
	struct args a = {.arena = KD_ARENA_INIT(1 << 20)};
	struct kd_error *err;

	if (!m)
		return no_arch(spec->arch);
	build_args(&a, spec, m);
	err = a.overflow ? kd_error_new(KD_LIMIT, "too many or too long arguments for %s",
					m->program.name)
			 : kd_qemu_run(ctx, &m->program, a.v, spec->initrd_fd, vm);
	kd_arena_deinit(&a.arena);
	return err;
}

/* ---- monitor ---- */

/* A command of the human monitor: an empty answer is success. */
static struct kd_error *human(struct kd_ctx *ctx, struct kd_vm *vm, const char *verb,
			      const char *name)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	char args[128];
	struct kd_view words = KD_VNULL;
	struct kd_error *err;

	snprintf(args, sizeof(args), "{\"command-line\":\"%s %s\"}", verb, name);
	err = kd_qmp_command(ctx, vm->qmp, "human-monitor-command", args, SAVE_MS, &doc);
	if (err)
		return err;
	if (!kd_jsonin_str(kd_jsonin_get(kd_jsonin_root(doc), "return"), &words))
		return kd_error_new(KD_BADDATA, "%s: the monitor's answer is no text", verb);
	words = kd_view_trim(words);
	return words.n ? kd_error_new(KD_IO, "%s: QEMU says: %.*s", verb,
				      KD_VARG(kd_view_head(words, 300)))
		       : NULL;
}

static struct kd_error *save(struct kd_ctx *ctx, struct kd_vm *vm, const char *name)
{
	return human(ctx, vm, "savevm", name);
}

static struct kd_error *load(struct kd_ctx *ctx, struct kd_vm *vm, const char *name)
{
	struct kd_error *err = human(ctx, vm, "loadvm", name);

	/* After a panic or a shutdown that -no-shutdown kept, it would stay stopped. */
	return err ? err : kd_qmp_command(ctx, vm->qmp, "cont", NULL, GREET_MS, NULL);
}

struct kd_error *kd_qemu_dump(struct kd_ctx *ctx, struct kd_vm *vm, const char *path,
			      enum kd_vm_dump_format format)
{
	static const char *const formats[] = {"elf", "kdump-zlib", "kdump-lzo", "kdump-snappy"};
	kd_auto(kd_buf_deinit) struct kd_buf file = KD_BUF_INIT(16 << 10), args =
							     KD_BUF_INIT(32 << 10);
	struct kd_json j;
	struct kd_error *err;

	kd_buf_printf(&file, "file:%s", path);
	kd_json_init(&j, &args, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_bool(&j, "paging", false);
	kd_json_kv_str(&j, "protocol", kd_buf_view(&file));
	if (format != KD_DUMP_ELF)
		kd_json_kv_strz(&j, "format", formats[format]);
	kd_json_end_object(&j);
	err = kd_json_finish(&j);
	if (err)
		return err;
	return kd_qmp_command(ctx, vm->qmp, "dump-guest-memory", args.p, DUMP_MS, NULL);
}

struct kd_error *kd_vm_make_snapshots(struct kd_ctx *ctx, const char *path)
{
	const char *const argv[] = {"qemu-img", "create", "-q", "-f", "qcow2", path, "1M", NULL};
	struct kd_proc_req req = {.argv = argv, .timeout_ms = 30000, .cancel = ctx->cancel};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	struct kd_error *err = kd_proc_run(&req, &r);

	if (err && err->cls == KD_NOTFOUND) {
		kd_error_free(err);
		return kd_error_new(KD_NOTFOUND,
				    "snapshots need qemu-img: apt install qemu-utils");
	}
	return err ? err : kd_proc_check(&req, &r);
}

const struct kd_vm_ops kd_vm_qemu = {
	.name = "qemu",
	.probe = probe,
	.start = start,
	.save = save,
	.load = load,
	.dump = kd_qemu_dump,
};
