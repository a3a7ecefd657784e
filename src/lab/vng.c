// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * virtme-ng: this system's own files, read-only, are the guest's root.  virtme-run, which vng is a
 * front of, composes a command for QEMU and shows it (--dry-run --show-command); that is run here
 * like our own, so that console, agent and monitor are descriptors, and nothing outlives us.
 *
 * The lab's archive is no initramfs then: the guest unpacks it from its first disk to /run/kdoc,
 * and guest/init goes on there.  virtme-run's options: its --help; what is relied upon in the
 * command: chardevs with the ids console and ret, -append with init= (virtme-ng 1.35).
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "lab/qemu.h"
#include "lab/words.h"

enum { ARGS_MAX = 160, RUN_ARGS_MAX = 24, PROBE_MS = 30000, COMPOSE_MS = 60000, SHOWN_MAX = 64 << 10 };

static const char how[] = "apt install virtme-ng";

/* Run by virtme-ng's init, as root, in the guest. */
static const char script[] = "mkdir -p /run/kdoc && cd /run/kdoc && busybox cpio -idu < /dev/vda && "
			     "exec bin/busybox sh init below /run/kdoc";

static struct kd_error *probe(struct kd_ctx *ctx, enum kd_lab_arch arch)
{
	const char *const argv[] = {"vng", "--version", NULL};
	struct kd_proc_req req = {.argv = argv, .timeout_ms = PROBE_MS, .cancel = ctx->cancel};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	struct kd_error *err;

	if (arch != KD_ARCH_X86_64)
		return kd_error_new(KD_UNSUPPORTED, "vng runs x86_64 kernels only: this system's "
				    "programs are run in the guest (--backend=qemu runs %s ones)",
				    kd_lab_arch_word(arch));
	err = kd_proc_run(&req, &r);
	if (!err)
		err = kd_proc_check(&req, &r);
	if (err && err->cls == KD_NOTFOUND) {
		kd_error_free(err);
		return kd_error_new(KD_NOTFOUND, "vng is not installed: %s", how);
	}
	return err ? err : kd_vm_qemu.probe(ctx, arch);
}

/* What of a request virtme-ng has no place for. */
static struct kd_error *check(const struct kd_vm_spec *spec)
{
	const char *what = NULL;

	if (spec->initrd)
		what = "take a root file system of yours: this system's files are the guest's";
	else if (spec->ndrives)
		what = "be given disks";
	else if (spec->snapshots)
		what = "keep the state of a guest: QEMU does not while files are shared with it";
	else if (spec->machine)
		what = "be given a machine's type: virtme-ng chooses it";
	return what ? kd_error_new(KD_UNSUPPORTED, "vng cannot %s (--backend=qemu can)", what) : NULL;
}

/* ---- the command, as virtme-run shows it ---- */

struct command {
	struct kd_arena arena;
	const char *v[ARGS_MAX + 1];
	size_t n;
	bool overflow;
};

static struct kd_error *show(struct kd_ctx *ctx, const struct kd_vm_spec *spec, struct kd_buf *ret)
{
	char memory[32], cpus[16];
	const char *argv[RUN_ARGS_MAX] = {
		"virtme-run", "--kimg", spec->kernel, "--mods", "none", "--force-9p",
		"--disable-microvm", "--memory", memory, "--cpus", cpus, "--script-sh", script,
		"--show-boot-console", "--verbose", "--dry-run", "--show-command"};
	struct kd_proc_req req = {.argv = argv, .timeout_ms = COMPOSE_MS, .cancel = ctx->cancel,
				  .out_max = SHOWN_MAX};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	struct kd_error *err;
	size_t n = 0;

	snprintf(memory, sizeof(memory), "%uM", spec->memory_mib ? spec->memory_mib : 512);
	snprintf(cpus, sizeof(cpus), "%u", spec->cpus ? spec->cpus : 2);
	while (argv[n])
		n++;
	if (spec->accel != KD_ACCEL_KVM)
		argv[n] = "--disable-kvm";
	err = kd_proc_run(&req, &r);
	if (!err)
		err = kd_proc_check(&req, &r);
	if (err && err->cls == KD_NOTFOUND) {
		kd_error_free(err);
		return kd_error_new(KD_NOTFOUND, "virtme-run, a part of virtme-ng, is not there: %s", how);
	}
	if (!err)
		kd_buf_add(ret, kd_buf_view(&r.out));
	return err;
}

static struct kd_error *unknown(const char *what)
{
	return kd_error_new(KD_UNSUPPORTED, "this virtme-ng composes commands for QEMU that kdoc does "
			    "not know: %s (1.35 is known)", what);
}

/* The last line of what was shown: warnings may stand before it. */
static struct kd_error *split(struct kd_view shown, struct command *c)
{
	size_t nl;

	shown = kd_view_trim(shown);
	nl = kd_view_rchr(shown, '\n');
	if (nl != KD_NPOS)
		shown = kd_view_from(shown, nl + 1);
	if (!kd_words_split(shown, &c->arena, c->v, ARGS_MAX, &c->n) || c->n < 2)
		return unknown("no command, or a longer one");
	return NULL;
}

/* The first argument that begins so is to be another one. */
static struct kd_error *replace(struct command *c, const char *begin, const char *with)
{
	for (size_t i = 1; i < c->n; i++) {
		if (strncmp(c->v[i], begin, strlen(begin)))
			continue;
		c->v[i] = with;
		return NULL;
	}
	return unknown(begin);
}

/* Before init=, whose arguments would be what follows it. panic=0: virtme-run asks for a reset. */
static struct kd_error *command_line(struct command *c, const char *more)
{
	static const struct kd_view init = {" init=", 6};
	const char **value = NULL;
	struct kd_view v, head;
	size_t at = KD_NPOS;

	for (size_t i = 1; i + 1 < c->n; i++)
		if (!strcmp(c->v[i], "-append"))
			value = &c->v[i + 1];
	if (value)
		at = kd_view_find(kd_view_of(*value), init);
	if (at == KD_NPOS)
		return unknown("-append … init=");
	v = kd_view_of(*value);
	head = kd_view_head(v, at);
	*value = kd_arena_printf(&c->arena, "%.*s panic=0 %s%.*s", KD_VARG(head), more ? more : "",
				 KD_VARG(kd_view_from(v, at))).p;
	return *value ? NULL : kd_error_new(KD_LIMIT, "too long a command line of the kernel");
}

static void drop(struct command *c, const char *word)
{
	size_t kept = 1;

	for (size_t i = 1; i < c->n; i++)
		if (strcmp(c->v[i], word))
			c->v[kept++] = c->v[i];
	c->n = kept;
}

static bool has(const struct command *c, const char *word)
{
	for (size_t i = 1; i < c->n; i++)
		if (!strcmp(c->v[i], word))
			return true;
	return false;
}

static void add(struct command *c, const char *word)
{
	if (c->n < ARGS_MAX)
		c->v[c->n++] = word;
	else
		c->overflow = true;
}

static void pair(struct command *c, const char *option, const char *value)
{
	add(c, option);
	add(c, value);
}

/* Its first port is ours, a second one and the monitor are added; the archive is the first disk. */
static struct kd_error *own_ports(struct command *c, const struct kd_vm_spec *spec)
{
	struct kd_error *err = replace(c, "file,id=console,", "socket,id=console,fd=3");

	if (!err)
		err = replace(c, "file,id=ret,", "file,id=ret,path=/dev/null");
	if (!err)
		err = command_line(c, spec->append);
	if (err)
		return err;
	_Static_assert(KD_QEMU_CONSOLE_FD == 3 && KD_QEMU_AGENT_FD == 4 && KD_QEMU_QMP_FD == 5 &&
		       KD_QEMU_INITRD_FD == 6, "the arguments below say so");
	if (spec->reboots)
		drop(c, "-no-reboot");
	pair(c, "-chardev", "socket,id=kdoc_agent,fd=4");
	pair(c, "-serial", "chardev:kdoc_agent");
	pair(c, "-chardev", "socket,id=kdoc_qmp,fd=5");
	pair(c, "-mon", "chardev=kdoc_qmp,mode=control");
	if (spec->initrd_fd > 0) {
		pair(c, "-drive", "if=none,id=kdoc,format=raw,read-only=on,file=/proc/self/fd/6");
		pair(c, "-device", "virtio-blk-pci,drive=kdoc");
	}
	pair(c, "-device", "vmcoreinfo");
	if (spec->cpu)
		pair(c, "-cpu", spec->cpu);
	add(c, "-no-shutdown");
	if (spec->paused)
		add(c, "-S");
	return NULL;
}

static struct kd_error *compose(struct kd_ctx *ctx, const struct kd_vm_spec *spec, struct command *c)
{
	kd_auto(kd_buf_deinit) struct kd_buf shown = KD_BUF_INIT(SHOWN_MAX);
	struct kd_error *err = show(ctx, spec, &shown);

	if (!err)
		err = split(kd_buf_view(&shown), c);
	if (err)
		return err;
	/* Its file is gone by now; and the modules in it would be this system's. */
	if (has(c, "-initrd"))
		return kd_error_new(KD_UNSUPPORTED,
				    "vng needs a kernel with 9p, its virtio transport and virtio_blk "
				    "built in: this one would be given an initramfs with modules "
				    "(--backend=qemu boots it)");
	err = own_ports(c, spec);
	for (const char *const *x = spec->extra; !err && x && *x; x++)
		add(c, *x);
	if (!err && c->overflow)
		err = kd_error_new(KD_LIMIT, "too many arguments for QEMU");
	c->v[c->n] = NULL;
	return err;
}

static struct kd_error *start(struct kd_ctx *ctx, const struct kd_vm_spec *spec, struct kd_vm *vm)
{
	static const struct kd_qemu_program program = {"qemu-system-x86_64", "qemu-system-x86"};
	struct command c = {.arena = KD_ARENA_INIT(1 << 20)};
	struct kd_error *err = check(spec);

	if (!err)
		err = compose(ctx, spec, &c);
	if (!err)
		err = kd_qemu_run(ctx, &program, c.v, spec->initrd_fd, vm);
	kd_arena_deinit(&c.arena);
	return err;
}

const struct kd_vm_ops kd_vm_vng = {
	.name = "vng",
	.probe = probe,
	.start = start,
	.dump = kd_qemu_dump,
};
