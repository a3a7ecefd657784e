// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a dump: its tasks, their memory maps, files, mounts, namespaces; its modules, clocks, configuration. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/files.h"
#include "core/mm.h"
#include "core/modinfo.h"
#include "core/sysinfo.h"
#include "core/taskinfo.h"
#include "core/taskmore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_MAX = 64 << 20, TASKS = 20, EACH = 200, CONFIG_MAX = 1 << 20 };

struct visit {
	struct kd_kernel *k;
	struct kd_path *path;
	uint64_t mm;
	int left;
};

static void check_path(const struct kd_path *p)
{
	if (!memchr(p->text, 0, sizeof(p->text)))
		abort();
}

static bool see_area(void *user, const struct kd_vma *a)
{
	struct visit *v = user;
	char flags[KD_VMA_FLAGS];

	kd_vma_flags(a->flags.v, flags, sizeof(flags));
	kd_vma_name(v->k, v->mm, a, v->path);
	check_path(v->path);
	return --v->left > 0;
}

static bool see_file(void *user, const struct kd_file *f)
{
	struct visit *v = user;
	struct kd_socket sock;

	kd_file_path(v->k, f->file, v->path);
	check_path(v->path);
	if (!f->inode.why && kd_socket_read(v->k, f->inode.v, &sock) && !memchr(sock.text, 0, sizeof(sock.text)))
		abort();
	return --v->left > 0;
}

static bool see_mount(void *user, const struct kd_mount *m)
{
	struct visit *v = user;
	char options[KD_MOUNT_OPTIONS];

	kd_mount_path(v->k, m, v->path);
	check_path(v->path);
	kd_mount_options(m, options);
	return --v->left > 0;
}

static bool see_module(void *user, uint64_t module)
{
	struct visit *v = user;

	(void)module;
	return --v->left > 0;
}

static void one_task(struct visit *v, const struct kd_taskinfo *t)
{
	struct kd_mm_threads threads;
	struct kd_taskmore more;
	char why[KD_WALK_WHY];
	struct kd_datum ns;
	struct kd_fds fds;

	kd_taskmore_read(v->k, &t->t, &more);
	v->left = EACH;
	kd_files_walk(v->k, t->t.addr, &fds, see_file, v, why);
	ns = kd_mount_namespace(v->k, t->t.addr);
	v->left = EACH;
	if (!ns.why)
		kd_mounts_walk(v->k, ns.v, see_mount, v, why);
	if (t->mm.why || !t->mm.v)
		return;
	v->mm = t->mm.v;
	v->left = EACH;
	kd_vmas_walk(v->k, v->mm, see_area, v, why);
	kd_mm_threads_read(v->k, v->mm, &threads);
}

static void kernel(struct kd_kernel *k)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	kd_auto(kd_buf_deinit) struct kd_buf config = KD_BUF_INIT(CONFIG_MAX);
	struct visit v = {.k = k, .path = kd_xmalloc(sizeof(struct kd_path))};
	char line[KD_CMDLINE_MAX], why[KD_WALK_WHY];
	struct kd_taskinfos all;
	struct kd_modinfo info;
	struct kd_modules mods;
	struct kd_sysinfo sys;

	kd_sysinfo_read(k, &sys);
	kd_error_free(kd_sys_cmdline(k, line));
	kd_error_free(kd_sys_config(k, &config));
	kd_error_free(kd_taskinfos_read(k, &arena, &all));
	for (size_t i = 0; i < all.n && i < TASKS; i++)
		one_task(&v, &all.v[i]);
	kd_modules_read(k, &arena, &mods);
	for (size_t i = 0; i < mods.n && i < TASKS; i++) {
		kd_modinfo_read(k, &mods.v[i], &info);
		v.left = EACH;
		kd_modinfo_users(k, &mods.v[i], see_module, &v, why);
	}
	kd_free(v.path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	kd_auto(kd_space_freep) struct kd_space *s = NULL;
	kd_auto(kd_kernel_freep) struct kd_kernel *k = NULL;
	struct kd_error *err = kd_pages_of_bytes(kd_bytes_of_view(kd_view((const char *)data, size), "fuzz"), &p);

	if (!err)
		err = kd_space_new(p, &s);
	if (!err)
		err = kd_kernel_open(s, &k);
	if (!err)
		kernel(k);
	kd_error_free(err);
	return 0;
}
