// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/accel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/time.h"
#include "lab/console.h"
#include "lab/guest.h"

enum { SLICE_MS = 100, CHUNK = 16 << 10, MEMORY_MIB = 256 };

static bool same_arch(enum kd_lab_arch arch)
{
	struct utsname u;

	if (uname(&u))
		return false;
	if (!strcmp(u.machine, "x86_64"))
		return arch == KD_ARCH_X86_64 || arch == KD_ARCH_I386;
	return !strcmp(u.machine, "aarch64") && arch == KD_ARCH_ARM64;
}

/* NULL: it can be opened. */
static const char *no_device(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC), e = errno;

	if (fd < 0)
		return e == EACCES ? "this user may not open /dev/kvm" : "there is no /dev/kvm";
	close(fd);
	return NULL;
}

/* ---- the trial ---- */

static bool reached_the_end(const struct kd_console *c)
{
	return c->end != KD_CONSOLE_GOES_ON;
}

static void read_console(struct kd_vm *vm, struct kd_console *c, int64_t ms)
{
	struct pollfd p = {vm->console, POLLIN, 0};
	char chunk[CHUNK];
	ssize_t n;

	poll(&p, 1, SLICE_MS);
	n = vm->console < 0 ? 0 : recv(vm->console, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n > 0)
		kd_console_add(c, kd_view(chunk, (size_t)n), ms);
}

static bool try_it(struct kd_ctx *ctx, const struct kd_vm_spec *spec, char *why, size_t n)
{
	kd_auto(kd_console_freep) struct kd_console *c = kd_console_new(1 << 20);
	/* Without a root file system: the default back-end, whatever runs the guest itself. */
	struct kd_vm_spec one = {.arch = spec->arch,
				 .kernel = spec->kernel,
				 .machine = spec->machine,
				 .cpu = spec->cpu,
				 .cpus = 1,
				 .memory_mib = MEMORY_MIB,
				 .accel = KD_ACCEL_KVM};
	kd_auto(kd_vm_stop) struct kd_vm vm = {.ops = NULL};
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	int64_t start = kd_mono_ns(), ms = 0;
	char append[256];

	snprintf(append, sizeof(append), "%s panic=0", kd_guest_console(spec->arch, true));
	one.append = append;
	err = kd_vm_start(ctx, &one, &vm);
	if (err) {
		snprintf(why, n, "KVM did not start: %.200s", err->msg);
		return false;
	}
	while (ms < KD_ACCEL_PROBE_MS && !reached_the_end(c) && !kd_ctx_cancelled(ctx) &&
	       !kd_proc_ended(vm.proc)) {
		ms = (kd_mono_ns() - start) / 1000000;
		read_console(&vm, c, ms);
	}
	if (reached_the_end(c)) {
		snprintf(why, n, "KVM booted this kernel to its end in %.1f s", (double)ms / 1000);
		return true;
	}
	if (kd_proc_ended(vm.proc))
		snprintf(why, n, "KVM does not work: the machine's program ended");
	else if (c->first_ms < 0)
		snprintf(why, n, "KVM does not work: the kernel printed nothing within %d s",
			 KD_ACCEL_PROBE_MS / 1000);
	else
		snprintf(why, n, "KVM does not work: the kernel did not boot to its end within %d s "
				 "(%zu lines came)",
			 KD_ACCEL_PROBE_MS / 1000, c->lines.n);
	return false;
}

/* ---- what was found out before ---- */

static struct kd_error *cache_path(const struct kd_vm_spec *spec, const char *release, char **ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf key = KD_BUF_INIT(4096);
	uint8_t sum[KD_SHA256_LEN];
	char hex[2 * KD_SHA256_LEN + 1], rel[64];
	struct kd_error *err =
		kd_fs_read_small("/proc/sys/kernel/random/boot_id", 256, &key);

	if (err)
		return err;
	kd_buf_printf(&key, "%s\n%s\n%s\n%s\n", kd_lab_arch_word(spec->arch), release,
		      spec->cpu ? spec->cpu : "", spec->machine ? spec->machine : "");
	kd_sha256_of(kd_buf_view(&key), sum);
	kd_hex(sum, sizeof(sum), hex);
	snprintf(rel, sizeof(rel), "lab/kvm-%.16s", hex);
	return kd_fs_xdg_path(KD_XDG_CACHE, rel, ret);
}

/* The file: "kvm" or "tcg", then why. */
static bool recall(const char *path, enum kd_vm_accel *ret, char *why, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1024);
	kd_auto(kd_error_freep) struct kd_error *err = kd_fs_read_small(path, 1024, &b);
	struct kd_view v = kd_buf_view(&b), word;

	if (err || !kd_view_take_until(&v, KD_V("\n"), &word))
		return false;
	if (!kd_view_eq(word, KD_V("kvm")) && !kd_view_eq(word, KD_V("tcg")))
		return false;
	*ret = kd_view_eq(word, KD_V("kvm")) ? KD_ACCEL_KVM : KD_ACCEL_TCG;
	snprintf(why, n, "%.*s (tried earlier)", KD_VARG(kd_view_trim(v)));
	return true;
}

static void remember(const char *path, enum kd_vm_accel accel, const char *why)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1024);
	const char *slash = strrchr(path, '/');
	kd_auto(kd_freep) char *dir = kd_xstrndup(path, (size_t)(slash - path));
	struct kd_error *err = kd_fs_mkdirs(dir, 0700);

	kd_buf_printf(&b, "%s\n%s\n", accel == KD_ACCEL_KVM ? "kvm" : "tcg", why);
	if (!err)
		err = kd_fs_write_atomic(path, kd_buf_view(&b), 0600);
	kd_error_free(err); /* it is tried again next time */
}

enum kd_vm_accel kd_accel_choose(struct kd_ctx *ctx, const struct kd_vm_spec *spec,
				 enum kd_vm_accel asked, const char *release, char *why, size_t n)
{
	kd_auto(kd_freep) char *path = NULL;
	enum kd_vm_accel accel;
	const char *no;

	if (asked != KD_ACCEL_AUTO) {
		snprintf(why, n, "asked for");
		return asked;
	}
	no = same_arch(spec->arch) ? no_device() : "the guest is of another architecture";
	if (no) {
		snprintf(why, n, "%s", no);
		return KD_ACCEL_TCG;
	}
	if (release)
		kd_error_free(cache_path(spec, release, &path));
	if (path && recall(path, &accel, why, n))
		return accel;
	accel = try_it(ctx, spec, why, n) ? KD_ACCEL_KVM : KD_ACCEL_TCG;
	if (path && !kd_ctx_cancelled(ctx))
		remember(path, accel, why);
	return accel;
}
