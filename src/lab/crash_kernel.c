// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/crash_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "lab/cpio.h"

enum { ROOM_MIB = 64 }; /* on the disk beside the memory: headers and notes */

static const char *const modules[] = {"virtio_pci", "virtio_blk"};

/* The folder of a path, with its "/". */
static struct kd_view folder(const char *path)
{
	struct kd_view v = kd_view_of(path);
	size_t slash = kd_view_rchr(v, '/');

	return kd_view_head(v, slash == KD_NPOS ? 0 : slash + 1);
}

static struct kd_error *is_there(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return kd_error_wrap(kd_error_errno(errno, "%s", path),
				     "it is built together with the crash module (leave --module out)");
	close(fd);
	return NULL;
}

static struct kd_error *make_disk(const char *path, unsigned mib)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct kd_error *err = NULL;

	if (fd < 0)
		return kd_error_errno(errno, "%s", path);
	if (ftruncate(fd, (off_t)mib << 20))
		err = kd_error_errno(errno, "%s", path);
	close(fd);
	return err;
}

struct kd_error *kd_crash_kernel_prepare(struct kd_ctx *ctx, struct kd_arena *arena,
					 const struct kd_crash_kernel_spec *spec,
					 struct kd_crash_kernel *ret)
{
	struct kd_guest_spec guest = {.busybox = spec->busybox, .wanted = modules,
				      .nwanted = KD_ARRAY_LEN(modules)};
	struct kd_view dir = folder(spec->module);
	struct kd_crash_kernel ck = {.drive = {.path = spec->disk, .format = "raw"}};
	const char *kexec = kd_arena_printf(arena, "%.*skdoc_kexec", KD_VARG(dir)).p;
	struct kd_error *err;

	ck.append = kd_arena_printf(arena, "crashkernel=%dM", KD_CRASH_KERNEL_MIB).p;
	ck.command = kd_arena_printf(arena,
				     "/lab/kdump/kexec /lab/kdump/kernel /lab/kdump/initrd "
				     "'%s nr_cpus=1 reset_devices kdoc.kdump=/dev/vda'",
				     kd_guest_console(spec->kernel->arch, false)).p;
	if (!kexec || !ck.append || !ck.command)
		return kd_error_new(KD_LIMIT, "no room for the crash kernel's command line");
	err = is_there(kexec);
	if (!err)
		err = kd_guest_pack(ctx, &guest, spec->kernel, &ck.initrd);
	if (!err)
		err = make_disk(spec->disk, spec->memory_mib + ROOM_MIB);
	if (err) {
		kd_buf_deinit(&ck.initrd);
		return kd_error_wrap(err, "preparing the crash kernel");
	}
	ck.files[0] = (struct kd_guest_file){.to = "/lab/kdump/kexec", .from = kexec, .mode = 0755};
	ck.files[1] = (struct kd_guest_file){.to = "/lab/kdump/kernel", .from = spec->kernel->image};
	ck.files[2] = (struct kd_guest_file){.to = "/lab/kdump/initrd", .bytes = kd_buf_view(&ck.initrd)};
	*ret = ck;
	return NULL;
}

/* "kdoc-lab: vmcore saved N": what guest/init prints when all is on the disk. */
static bool saved(const struct kd_console *c, uint64_t *bytes)
{
	for (size_t i = c->lines.n; i-- > 0;) {
		struct kd_view v = kd_console_line(c, i), before;

		if (kd_view_take_until(&v, KD_V("kdoc-lab: vmcore saved "), &before))
			return kd_view_take_dec(&v, bytes);
	}
	return false;
}

struct kd_error *kd_crash_kernel_take(const struct kd_console *console,
				      const struct kd_crash_kernel *ck, const char *path,
				      uint64_t *bytes_ret)
{
	struct kd_view last = KD_VNULL;
	uint64_t bytes;

	if (!saved(console, &bytes)) {
		(void)kd_console_last(console, &last, 1);
		unlink(ck->drive.path);
		return kd_error_new(KD_NOTFOUND, "%s; the console's last line: %.*s",
				    console->boots < 2 ? "the crash kernel did not start"
						       : "the crash kernel did not save /proc/vmcore",
				    KD_VARG(kd_view_head(kd_view_trim(last), 200)));
	}
	if (truncate(ck->drive.path, (off_t)bytes) || rename(ck->drive.path, path))
		return kd_error_errno(errno, "%s", path);
	*bytes_ret = bytes;
	return NULL;
}

void kd_crash_kernel_deinit(struct kd_crash_kernel *ck)
{
	kd_buf_deinit(&ck->initrd);
}
