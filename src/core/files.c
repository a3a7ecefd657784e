// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/files.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/rbtree.h"
#include "format/elfcore.h"

/* --- files ------------------------------------------------------------------------------------------- */

static const char *type_of(uint64_t mode)
{
	static const char *const types[16] = {[0x1] = "FIFO", [0x2] = "CHR", [0x4] = "DIR", [0x6] = "BLK", [0x8] = "REG", [0xa] = "LNK",
					      [0xc] = "SOCK"};
	const char *t = types[mode >> 12 & 15];

	return t ? t : "UNKN"; /* anonymous inodes have none */
}

void kd_file_read(struct kd_kernel *k, uint64_t file, struct kd_file *ret)
{
	struct kd_datum mode;

	*ret = (struct kd_file){.file = file};
	ret->dentry = kd_datum_member(k, file, "file", "f_path.dentry");
	ret->inode = kd_datum_member(k, file, "file", "f_inode");
	ret->flags = kd_datum_member(k, file, "file", "f_flags");
	ret->pos = kd_datum_signed(k, file, "file", "f_pos");
	ret->count = kd_datum_member(k, file, "file", kd_datum_has(k, "file", "f_count.counter") ? "f_count.counter" : "f_ref.refcnt.counter");
	mode = ret->inode.why ? ret->inode : kd_datum_member(k, ret->inode.v, "inode", "i_mode");
	if (!mode.why)
		ret->type = type_of(mode.v);
}

void kd_file_path(struct kd_kernel *k, uint64_t file, struct kd_path *ret)
{
	struct kd_field path;

	*ret = (struct kd_path){.why = "how files are laid out is not known"};
	if (kd_kernel_field(k, "file", "f_path", &path))
		kd_path_at(k, file + path.off, ret);
}

struct table {
	struct kd_datum max, fd, open;
};

static bool table_of(struct kd_kernel *k, uint64_t files, struct table *ret, const char **why)
{
	const struct kd_datum fdt = kd_datum_member(k, files, "files_struct", "fdt");

	ret->max = fdt.why ? fdt : kd_datum_member(k, fdt.v, "fdtable", "max_fds");
	ret->fd = fdt.why ? fdt : kd_datum_member(k, fdt.v, "fdtable", "fd");
	ret->open = fdt.why ? fdt : kd_datum_member(k, fdt.v, "fdtable", "open_fds");
	*why = ret->max.why ? ret->max.why : ret->fd.why ? ret->fd.why : ret->open.why;
	return !*why;
}

bool kd_files_walk(struct kd_kernel *k, uint64_t task, struct kd_fds *ret, bool (*visit)(void *user, const struct kd_file *f),
		   void *user, char why[KD_WALK_WHY])
{
	struct kd_datum bits = {0};
	const char *what;
	struct table t;
	struct kd_file f;

	*why = 0;
	*ret = (struct kd_fds){.files = kd_datum_member(k, task, "task_struct", "files")};
	if (ret->files.why || !ret->files.v)
		return false;
	if (!table_of(k, ret->files.v, &t, &what)) {
		snprintf(why, KD_WALK_WHY, "the table of files cannot be read: %s", what);
		return false;
	}
	ret->max = t.max;
	for (uint64_t fd = 0; fd < t.max.v; fd++) {
		struct kd_datum file;

		if (fd == KD_FDS_MAX) {
			snprintf(why, KD_WALK_WHY, "the table of files has room for %" PRIu64 ", of which the first %d were looked at", t.max.v,
				 KD_FDS_MAX);
			return true;
		}
		if (fd % 64 == 0)
			bits = kd_datum_at(k, t.open.v + fd / 8, 8);
		file = bits.why ? bits : bits.v >> fd % 64 & 1 ? kd_datum_at(k, t.fd.v + 8 * fd, 8) : kd_datum_of(0);
		if (file.why) {
			snprintf(why, KD_WALK_WHY, "the table of files cannot be read at number %" PRIu64 ": %s", fd, file.why);
			return true;
		}
		if (!file.v)
			continue; /* free, or being opened */
		kd_file_read(k, file.v, &f);
		f.fd = fd;
		if (!visit(user, &f))
			return true;
	}
	return true;
}

void kd_file_flags(uint64_t flags, uint16_t machine, char *ret, size_t max)
{
	/* include/uapi/asm-generic/fcntl.h; arm64 has four of them elsewhere (arch/arm64/include/uapi/asm/fcntl.h) */
	static const struct {
		uint32_t bit, arm64;
		const char *name;
	} names[] = {
		{00000200, 0, "O_EXCL"}, {00000400, 0, "O_NOCTTY"}, {00001000, 0, "O_TRUNC"}, {00002000, 0, "O_APPEND"},
		{00004000, 0, "O_NONBLOCK"}, {00010000, 0, "O_DSYNC"}, {00020000, 0, "FASYNC"}, {00040000, 0200000, "O_DIRECT"},
		{00100000, 0400000, "O_LARGEFILE"}, {00200000, 040000, "O_DIRECTORY"}, {00400000, 0100000, "O_NOFOLLOW"},
		{01000000, 0, "O_NOATIME"}, {02000000, 0, "O_CLOEXEC"}, {010000000, 0, "O_PATH"},
	};
	static const char *const access[] = {"O_RDONLY", "O_WRONLY", "O_RDWR", "3"};
	size_t n = (size_t)snprintf(ret, max, "%s", access[flags & 3]);

	for (size_t i = 0; i < KD_ARRAY_LEN(names) && n < max; i++) {
		const uint32_t bit = machine == KD_EM_AARCH64 && names[i].arm64 ? names[i].arm64 : names[i].bit;

		if (flags & bit)
			n += (size_t)snprintf(ret + n, max - n, "|%s", names[i].name);
	}
}

/* --- mounts ------------------------------------------------------------------------------------------ */

struct kd_datum kd_mount_namespace(struct kd_kernel *k, uint64_t task)
{
	const struct kd_datum proxy = kd_datum_member(k, task, "task_struct", "nsproxy");

	if (!proxy.why && !proxy.v)
		return kd_datum_none("it has no namespaces any more: it has ended");
	return proxy.why ? proxy : kd_datum_member(k, proxy.v, "nsproxy", "mnt_ns");
}

static void read_mount(struct kd_kernel *k, uint64_t mount, struct kd_mount *ret)
{
	struct kd_datum type, name, source;
	struct kd_field mnt;

	*ret = (struct kd_mount){.mount = mount};
	if (kd_kernel_field(k, "mount", "mnt", &mnt))
		ret->vfsmount = mount + mnt.off;
	ret->sb = kd_datum_member(k, ret->vfsmount, "vfsmount", "mnt_sb");
	ret->flags = kd_datum_member(k, ret->vfsmount, "vfsmount", "mnt_flags");
	ret->id = kd_datum_member(k, mount, "mount", "mnt_id");
	ret->dev = ret->sb.why ? ret->sb : kd_datum_member(k, ret->sb.v, "super_block", "s_dev");
	ret->sb_flags = ret->sb.why ? ret->sb : kd_datum_member(k, ret->sb.v, "super_block", "s_flags");
	type = ret->sb.why ? ret->sb : kd_datum_member(k, ret->sb.v, "super_block", "s_type");
	name = type.why ? type : kd_datum_member(k, type.v, "file_system_type", "name");
	if (name.why || !kd_kernel_text(k, name.v, sizeof(ret->type), ret->type))
		*ret->type = 0;
	source = kd_datum_member(k, mount, "mount", "mnt_devname");
	if (source.why || !source.v || !kd_kernel_text(k, source.v, sizeof(ret->source), ret->source))
		*ret->source = 0;
}

/* Marks of readers of /proc/PID/mounts were in the list up to 6.7 (MNT_CURSOR). */
enum { MNT_CURSOR = 0x10000000 };

struct mounts {
	struct kd_kernel *k;
	uint64_t off; /* of the node in struct mount */
	bool (*visit)(void *user, const struct kd_mount *m);
	void *user;
};

static bool see_mount(void *user, uint64_t index, uint64_t node)
{
	const struct mounts *w = user;
	struct kd_mount m;

	(void)index;
	read_mount(w->k, node - w->off, &m);
	return (!m.flags.why && m.flags.v & MNT_CURSOR) || w->visit(w->user, &m);
}

bool kd_mounts_walk(struct kd_kernel *k, uint64_t ns, bool (*visit)(void *user, const struct kd_mount *m), void *user,
		    char why[KD_WALK_WHY])
{
	struct mounts w = {.k = k, .visit = visit, .user = user};
	struct kd_walk_end end = {0};
	struct kd_field at, node;

	*why = 0;
	if (kd_kernel_field(k, "mnt_namespace", "mounts", &at) && kd_kernel_field(k, "mount", "mnt_node", &node)) {
		w.off = node.off;
		kd_rbtree_walk(k, ns + at.off, KD_MOUNTS_MAX, see_mount, &w, &end);
	} else if (kd_kernel_field(k, "mnt_namespace", "list", &at) && kd_kernel_field(k, "mount", "mnt_list", &node)) {
		w.off = node.off;
		kd_walk_list(k, ns + at.off, KD_MOUNTS_MAX, see_mount, &w, &end);
	} else {
		snprintf(why, KD_WALK_WHY, "how this kernel keeps its mounts is not known");
		return false;
	}
	memcpy(why, end.why, sizeof(end.why));
	return true;
}

void kd_mount_path(struct kd_kernel *k, const struct kd_mount *m, struct kd_path *ret)
{
	const struct kd_datum root = kd_datum_member(k, m->vfsmount, "vfsmount", "mnt_root");

	*ret = (struct kd_path){.why = root.why};
	if (!root.why)
		kd_path_of(k, m->vfsmount, root.v, ret);
}

void kd_mount_options(const struct kd_mount *m, char ret[KD_MOUNT_OPTIONS])
{
	/* include/linux/mount.h, include/linux/fs.h (SB_…) */
	static const struct {
		uint32_t bit;
		const char *name;
		bool sb;
	} names[] = {
		{16, "sync", true}, {128, "dirsync", true}, {64, "mand", true}, {1u << 25, "lazytime", true}, {0x1, "nosuid", false}, {0x2, "nodev", false},
		{0x4, "noexec", false}, {0x8, "noatime", false}, {0x10, "nodiratime", false}, {0x20, "relatime", false},
		{0x80, "nosymfollow", false},
	};
	const bool ro = (!m->flags.why && m->flags.v & 0x40) || (!m->sb_flags.why && m->sb_flags.v & 1);
	size_t n = (size_t)snprintf(ret, KD_MOUNT_OPTIONS, "%s", m->flags.why || m->sb_flags.why ? "?" : ro ? "ro" : "rw");

	for (size_t i = 0; i < KD_ARRAY_LEN(names) && n < KD_MOUNT_OPTIONS; i++) {
		const struct kd_datum *f = names[i].sb ? &m->sb_flags : &m->flags;

		if (!f->why && f->v & names[i].bit)
			n += (size_t)snprintf(ret + n, KD_MOUNT_OPTIONS - n, ",%s", names[i].name);
	}
}
