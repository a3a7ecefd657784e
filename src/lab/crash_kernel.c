// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/crash_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "lab/embedded.h"
#include "lab/file.h"
#include "lab/modules.h"
#include "lab/program.h"

enum { ROOM_MIB = 64 }; /* of a form beside the memory: headers, notes, heads of records */

static const char by_kdump[] = "kdump in the guest";
static const char *const modules[] = {"virtio_pci", "virtio_blk"};
static const char *const options[] = {"CONFIG_VIRTIO_PCI=y", "CONFIG_VIRTIO_BLK=y"};

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

static bool is_copy(const struct kd_core_form *f)
{
	return f->format == KD_CORE_ELF && f->level == KD_CORE_LEVEL_NONE;
}

static uint64_t place(const struct kd_crash_kernel *ck, size_t i)
{
	return KD_KDUMPDISK_FIRST + i * ck->room;
}

static struct kd_error *choose_forms(const struct kd_crash_kernel_spec *spec,
				     struct kd_crash_kernel *ck)
{
	const uint64_t mib = (uint64_t)spec->memory_mib + spec->memory_mib / 8 + ROOM_MIB;

	ck->room = mib << 20;
	if (!spec->nforms) {
		ck->form[0] = (struct kd_core_form){KD_CORE_ELF, KD_CORE_LEVEL_NONE, false};
		ck->nforms = 1;
		return NULL;
	}
	if (spec->nforms > KD_ARRAY_LEN(ck->form))
		return kd_error_new(KD_LIMIT, "a crash kernel saves at most %zu forms of a core",
				    KD_ARRAY_LEN(ck->form));
	for (size_t i = 0; i < spec->nforms; i++) {
		if (spec->forms[i].format == KD_CORE_QEMU_ZLIB)
			return kd_error_new(KD_INVALID, "qemu-zlib is what QEMU writes: no crash kernel "
					    "can (leave --kdump out)");
		ck->form[ck->nforms++] = spec->forms[i];
	}
	return NULL;
}

static struct kd_error *make_disk(const struct kd_crash_kernel *ck)
{
	const char *path = ck->drive.path;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct kd_error *err = NULL;

	if (fd < 0)
		return kd_error_errno(errno, "%s", path);
	if (ftruncate(fd, (off_t)place(ck, ck->nforms)))
		err = kd_error_errno(errno, "%s", path);
	if (close(fd) && !err)
		err = kd_error_errno(errno, "%s", path);
	return err;
}

/* --- its drivers --------------------------------------------------------------------------- */

static bool has_line(struct kd_view text, const char *want)
{
	struct kd_view line;

	while (kd_view_take_until(&text, KD_V("\n"), &line))
		if (kd_view_eq(line, kd_view_of(want)))
			return true;
	return false;
}

/*
 * It saves to a virtio disk. A driver is a module, or built in by modules.builtin or by the
 * configuration; where none of these is known, the boot has to show.
 */
static struct kd_error *has_drivers(const struct kd_lab_kernel *k)
{
	kd_auto(kd_modules_freep) struct kd_modules *m = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf config = KD_BUF_INIT((size_t)4 << 20);
	struct kd_error *err = k->modules ? kd_modules_open(k->modules, &m) : NULL;

	kd_error_catch(&err, KD_NOTFOUND);
	if (!err && k->config)
		err = kd_fs_read_small(k->config, config.max, &config);
	if (err || (!m && !k->config))
		return err;
	for (size_t i = 0; i < KD_ARRAY_LEN(modules); i++) {
		if ((m && kd_modules_state(m, kd_view_of(modules[i])) != KD_MODULE_ABSENT) ||
		    has_line(kd_buf_view(&config), options[i]))
			continue;
		return kd_error_new(KD_NOTFOUND,
				    "the kernel %s has no driver %s, neither built in nor as a module: its "
				    "crash kernel could not write to a disk (leave --kdump out: QEMU takes "
				    "the core then)", k->release ? k->release : "", modules[i]);
	}
	return NULL;
}

/* --- its root file system ----------------------------------------------------------------- */

/* A line for each: guest/kdump-init. */
static struct kd_error *forms_file(const struct kd_crash_kernel *ck, struct kd_buf *ret)
{
	for (size_t i = 0; i < ck->nforms; i++) {
		const struct kd_core_form *f = &ck->form[i];
		const char *option = kd_core_format_option(f->format);

		kd_buf_printf(ret, "%ju ", (uintmax_t)(place(ck, i) / KD_KDUMPDISK_BLOCK));
		if (is_copy(f))
			kd_buf_add(ret, KD_V("copy\n"));
		else
			kd_buf_printf(ret, "%s%s-d %u\n", option ? option : "", option ? " " : "",
				      f->level);
	}
	return ret->overflow ? kd_error_new(KD_LIMIT, "too many forms of a core") : NULL;
}

static struct kd_error *find_makedumpfile(const struct kd_crash_kernel_spec *spec,
					  struct kd_arena *arena, struct kd_program_file *v, size_t *n)
{
	const char *const roots[] = {"/", spec->tools, "/"};
	const bool own = spec->tools != NULL;
	struct kd_error *err = kd_program_find(own ? roots + 1 : roots, own ? 2 : 1, "makedumpfile",
					       spec->kernel->arch, arena, v, n);

	if (!err || err->cls != KD_NOTFOUND)
		return err;
	return kd_error_wrap(err, "the forms of --cores with --kdump are made in the guest by "
				  "makedumpfile (apt install makedumpfile; or, for another "
				  "architecture, name a folder with the packages unpacked: --tools)");
}

static struct kd_error *make_initrd(struct kd_ctx *ctx, struct kd_arena *arena,
				    const struct kd_crash_kernel_spec *spec,
				    struct kd_crash_kernel *ck)
{
	kd_auto(kd_buf_deinit) struct kd_buf forms = KD_BUF_INIT(4096);
	struct kd_program_file tool[KD_PROGRAM_FILES_MAX];
	struct kd_guest_file file[KD_PROGRAM_FILES_MAX + 2];
	struct kd_guest_spec guest = {.busybox = spec->busybox, .wanted = modules,
				      .nwanted = KD_ARRAY_LEN(modules), .files = file};
	struct kd_error *err = forms_file(ck, &forms);
	bool filters = false;
	size_t n = 0;

	for (size_t i = 0; i < ck->nforms; i++)
		filters |= !is_copy(&ck->form[i]);
	if (!err && filters)
		err = find_makedumpfile(spec, arena, tool, &n);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		file[guest.nfiles++] = (struct kd_guest_file){.to = tool[i].to, .from = tool[i].from,
							      .mode = 0755};
	file[guest.nfiles++] = (struct kd_guest_file){.to = "/lab/kdump/forms",
						      .bytes = kd_buf_view(&forms)};
	file[guest.nfiles++] = (struct kd_guest_file){.to = "/lab/kdump/init", .mode = 0755,
						      .bytes = kd_lab_embedded("kdump-init")};
	return kd_guest_pack(ctx, &guest, spec->kernel, &ck->initrd);
}

struct kd_error *kd_crash_kernel_prepare(struct kd_ctx *ctx, struct kd_arena *arena,
					 const struct kd_crash_kernel_spec *spec,
					 struct kd_crash_kernel *ret)
{
	struct kd_view dir = folder(spec->module);
	struct kd_crash_kernel ck = {.drive = {.path = spec->disk, .format = "raw"}};
	const char *kexec = kd_arena_printf(arena, "%.*skdoc_kexec", KD_VARG(dir)).p;
	struct kd_error *err;

	ck.append = kd_arena_printf(arena, "crashkernel=%dM", KD_CRASH_KERNEL_MIB).p;
	ck.command = kd_arena_printf(arena,
				     "/lab/kdump/kexec /lab/kdump/kernel /lab/kdump/initrd "
				     "'%s nr_cpus=1 reset_devices rdinit=/lab/kdump/init'",
				     kd_guest_console(spec->kernel->arch, false)).p;
	if (!kexec || !ck.append || !ck.command)
		return kd_error_new(KD_LIMIT, "no room for the crash kernel's command line");
	err = is_there(kexec);
	if (!err)
		err = has_drivers(spec->kernel);
	if (!err)
		err = choose_forms(spec, &ck);
	if (!err)
		err = make_initrd(ctx, arena, spec, &ck);
	if (!err)
		err = make_disk(&ck);
	if (err) {
		kd_crash_kernel_deinit(&ck);
		return kd_error_wrap(err, "preparing the crash kernel");
	}
	ck.files[0] = (struct kd_guest_file){.to = "/lab/kdump/kexec", .from = kexec, .mode = 0755};
	ck.files[1] = (struct kd_guest_file){.to = "/lab/kdump/kernel", .from = spec->kernel->image};
	ck.files[2] = (struct kd_guest_file){.to = "/lab/kdump/initrd", .bytes = kd_buf_view(&ck.initrd)};
	*ret = ck;
	return NULL;
}

/* --- what it left --------------------------------------------------------------------------- */

static struct kd_error *read_index(const struct kd_crash_kernel *ck, char *block, size_t *n)
{
	int fd = open(ck->drive.path, O_RDONLY | O_CLOEXEC);
	struct kd_error *err;

	if (fd < 0)
		return kd_error_errno(errno, "%s", ck->drive.path);
	err = kd_file_read_at(fd, ck->drive.path, 0, block, KD_KDUMPDISK_BLOCK, n);
	close(fd);
	return err;
}

static struct kd_error *extract(struct kd_ctx *ctx, const struct kd_crash_kernel *ck, size_t i,
				const struct kd_kdumpdisk_form *form, const char *to)
{
	const struct kd_kdumpdisk_slot slot = {ck->drive.path, place(ck, i), ck->room};

	if (!form->there)
		return kd_error_new(KD_NOTFOUND, "the crash kernel ended before it had saved it");
	if (form->status)
		return kd_error_new(KD_IO, "%s ended with status %ju in the crash kernel%s%.*s",
				    is_copy(&ck->form[i]) ? "copying /proc/vmcore" : "makedumpfile",
				    (uintmax_t)form->status, form->why.n ? ": " : "",
				    KD_VARG(form->why));
	if (is_copy(&ck->form[i]))
		return kd_kdumpdisk_copy(ctx, &slot, form->bytes, to);
	return kd_kdumpdisk_stream(ctx, &slot, ck->room, ck->form[i].flat, to);
}

static struct kd_error *take_form(struct kd_ctx *ctx, const struct kd_crash_kernel *ck, size_t i,
				  const struct kd_kdumpdisk_form *form, const char *dir,
				  struct kd_arena *arena, struct kd_core_file *file)
{
	struct kd_error *err;
	const char *name;
	struct stat st;

	file->form = ck->form[i];
	file->by = by_kdump;
	name = kd_core_form_name(arena, &file->form);
	if (name && kd_view_starts(kd_view_of(name), KD_V("core.")))
		file->name = kd_arena_printf(arena, "core.kdump-%s", name + 5).p;
	file->path = file->name ? kd_arena_printf(arena, "%s/%s", dir, file->name).p : NULL;
	if (!file->path)
		return kd_error_new(KD_LIMIT, "no room for the names of the cores");
	err = extract(ctx, ck, i, form, file->path);
	if (err && err->cls == KD_CANCELLED)
		return err;
	file->problem = err ? kd_arena_printf(arena, "%s", err->msg).p
			    : kd_core_check_packing(file->path, &file->form);
	kd_error_free(err);
	if (!stat(file->path, &st))
		file->bytes = (uint64_t)st.st_size;
	return NULL;
}

struct kd_error *kd_crash_kernel_take(struct kd_ctx *ctx, const struct kd_crash_kernel *ck,
				      const char *dir, struct kd_arena *arena,
				      struct kd_core_file *files, const char **problem_ret)
{
	kd_auto(kd_freep) char *block = kd_xcalloc(KD_KDUMPDISK_BLOCK, 1);
	struct kd_kdumpdisk_index index;
	struct kd_error *err;
	size_t n = 0;

	memset(files, 0, ck->nforms * sizeof(*files));
	*problem_ret = NULL;
	err = read_index(ck, block, &n);
	if (err || !kd_kdumpdisk_index(kd_view(block, n), &index)) {
		*problem_ret = err ? kd_arena_printf(arena, "%s", err->msg).p
				   : "the crash kernel wrote nothing to its disk";
		kd_error_free(err);
		return NULL;
	}
	err = kd_fs_mkdirs(dir, 0700);
	for (size_t i = 0; !err && i < ck->nforms; i++)
		err = take_form(ctx, ck, i, &index.form[i], dir, arena, &files[i]);
	return err;
}

const char *kd_crash_kernel_discard(const struct kd_crash_kernel *ck)
{
	kd_auto(kd_freep) char *block = kd_xcalloc(KD_KDUMPDISK_BLOCK, 1);
	struct kd_error *err;
	struct kd_kdumpdisk_index index;
	bool freed = false;
	size_t n = 0;
	int fd = ck->drive.path ? open(ck->drive.path, O_RDWR | O_CLOEXEC) : -1;

	if (fd < 0)
		return NULL;
	err = kd_file_read_at(fd, ck->drive.path, 0, block, KD_KDUMPDISK_BLOCK, &n);
	if (!err && kd_kdumpdisk_index(kd_view(block, n), &index))
		for (size_t i = 0; i < ck->nforms; i++)
			if (!index.form[i].there || index.form[i].status)
				freed |= !fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
						    (off_t)place(ck, i), (off_t)ck->room);
	kd_error_free(err);
	if (!freed)
		freed = !ftruncate(fd, 0);
	close(fd);
	return freed ? "the host's disk was full; forms of the core were thrown away for the console" : NULL;
}

void kd_crash_kernel_deinit(struct kd_crash_kernel *ck)
{
	if (ck->drive.path)
		unlink(ck->drive.path);
	kd_buf_deinit(&ck->initrd);
	ck->drive.path = NULL;
}
