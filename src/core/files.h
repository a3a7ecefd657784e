/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * files.h: open files, sockets and mounts in a dump.
 *
 *	kd_files_walk(k, task, see, &x, why);              // f->fd, f->file, f->inode, f->type …
 *	kd_file_path(k, f, &path);
 *	if (f->type == 's' && kd_socket_read(k, f->inode, &sock)) … sock.text
 *	kd_mounts_walk(k, mnt_namespace, see_mount, &x, why);
 *
 * Sources: include/linux/fdtable.h, fs/mount.h, include/net/sock.h; types of inodes by S_IFMT of include/uapi/linux/stat.h.
 */
#ifndef KD_CORE_FILES_H
#define KD_CORE_FILES_H

#include "core/path.h"

enum { KD_FDS_MAX = 1 << 20, KD_MOUNTS_MAX = 1 << 18, KD_FS_NAME = 32, KD_SOCKET_TEXT = 256, KD_MOUNT_OPTIONS = 128 };

struct kd_file {
	uint64_t fd;
	uint64_t file; /* struct file */
	struct kd_datum dentry, inode, flags, pos, count;
	const char *type; /* "REG", "DIR", "CHR", "BLK", "FIFO", "SOCK", "LNK", "UNKN" (crash's words); NULL: not known */
};

struct kd_fds {
	struct kd_datum files; /* struct files_struct; 0: the task has none (any more) */
	struct kd_datum max; /* size of the table */
};

/* why: empty, or why not all are there. false: the table cannot be found; see ret->files. */
bool kd_files_walk(struct kd_kernel *k, uint64_t task, struct kd_fds *ret, bool (*visit)(void *user, const struct kd_file *f),
		   void *user, char why[KD_WALK_WHY]);

/* Of one struct file; fd stays 0. */
void kd_file_read(struct kd_kernel *k, uint64_t file, struct kd_file *ret);
void kd_file_path(struct kd_kernel *k, uint64_t file, struct kd_path *ret);
/* "O_RDWR|O_CLOEXEC" of struct file.f_flags, as x86 and arm64 number them. */
void kd_file_flags(uint64_t flags, uint16_t machine, char *ret, size_t max);

struct kd_socket {
	uint64_t socket, sock; /* struct socket, struct sock (0: none) */
	char text[KD_SOCKET_TEXT]; /* "TCP 127.0.0.1:22 - 10.0.0.1:4022 ESTABLISHED", "UNIX /run/x STREAM" */
};

/* By the inode of a socket. */
bool kd_socket_read(struct kd_kernel *k, uint64_t inode, struct kd_socket *ret);

struct kd_mount {
	uint64_t mount; /* struct mount */
	uint64_t vfsmount;
	struct kd_datum sb, dev, flags, sb_flags, id; /* dev: MAJOR << 20 | MINOR */
	char type[KD_FS_NAME], source[256]; /* empty: not readable */
};

/* The mount namespace of a task; why it is not known. */
struct kd_datum kd_mount_namespace(struct kd_kernel *k, uint64_t task);
bool kd_mounts_walk(struct kd_kernel *k, uint64_t ns, bool (*visit)(void *user, const struct kd_mount *m), void *user,
		    char why[KD_WALK_WHY]);
/* Where it is mounted, counted from the namespace's root. */
void kd_mount_path(struct kd_kernel *k, const struct kd_mount *m, struct kd_path *ret);
/* "rw,nosuid,relatime" */
void kd_mount_options(const struct kd_mount *m, char ret[KD_MOUNT_OPTIONS]);

#endif
