// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/path.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { STEPS = 1024, NAME_BYTES = 256, FSNAME = 32 };

bool kd_path_name(struct kd_kernel *k, uint64_t dentry, char *ret, size_t max)
{
	const struct kd_datum name = kd_datum_member(k, dentry, "dentry", "d_name.name"), len = kd_datum_member(k, dentry, "dentry", "d_name.len");

	if (name.why || len.why || !len.v || len.v >= max || !kd_space_read(kd_kernel_space(k), name.v, ret, (size_t)len.v, NULL))
		return false;
	ret[len.v] = 0;
	return true;
}

/* A path is put together from its end. */
struct backward {
	char *text;
	size_t at; /* of the first byte */
};

static bool prepend(struct backward *b, const char *name)
{
	const size_t n = strlen(name);

	if (n + 1 > b->at)
		return false;
	b->at -= n;
	memcpy(b->text + b->at, name, n);
	b->text[--b->at] = '/';
	return true;
}

static bool mount_offset(struct kd_kernel *k, uint64_t *ret)
{
	struct kd_field f;

	*ret = kd_kernel_field(k, "mount", "mnt", &f) ? f.off : 0;
	return kd_kernel_field(k, "mount", "mnt", &f);
}

/* From the root of a mount to where it is mounted. why: it is the outermost (NULL), or something could not be read. */
static bool cross(struct kd_kernel *k, uint64_t *vfsmount, uint64_t *dentry, const char **why)
{
	struct kd_datum parent, point;
	uint64_t off;

	*why = "how mounts are laid out is not known";
	if (!mount_offset(k, &off))
		return false;
	parent = kd_datum_member(k, *vfsmount - off, "mount", "mnt_parent");
	point = kd_datum_member(k, *vfsmount - off, "mount", "mnt_mountpoint");
	*why = parent.why ? parent.why : point.why;
	if (*why || parent.v == *vfsmount - off)
		return false;
	*vfsmount = parent.v + off;
	*dentry = point.v;
	return true;
}

static const char *climb(struct kd_kernel *k, uint64_t vfsmount, uint64_t dentry, struct backward *b)
{
	char name[NAME_BYTES];
	const char *why;

	for (unsigned i = 0; i < STEPS; i++) {
		const struct kd_datum root = kd_datum_member(k, vfsmount, "vfsmount", "mnt_root");
		struct kd_datum up;

		if (root.why)
			return root.why;
		if (dentry == root.v) { /* which need not be in the dump itself */
			if (cross(k, &vfsmount, &dentry, &why))
				continue;
			return why;
		}
		up = kd_datum_member(k, dentry, "dentry", "d_parent");
		if (up.why)
			return up.why;
		if (up.v == dentry)
			return "it is not below the root of its mount";
		if (!kd_path_name(k, dentry, name, sizeof(name)))
			return "the name of a directory cannot be read";
		if (!prepend(b, name))
			return "it is longer than 4095 bytes";
		dentry = up.v;
	}
	return "its parents do not end";
}

static bool fs_name(struct kd_kernel *k, uint64_t dentry, char ret[FSNAME])
{
	const struct kd_datum sb = kd_datum_member(k, dentry, "dentry", "d_sb");
	const struct kd_datum type = sb.why ? sb : kd_datum_member(k, sb.v, "super_block", "s_type");
	const struct kd_datum name = type.why ? type : kd_datum_member(k, type.v, "file_system_type", "name");

	return !name.why && kd_kernel_text(k, name.v, FSNAME, ret);
}

/* Those with a name of their own making: dentry_operations.d_dname of fs/pipe.c, net/socket.c, fs/anon_inodes.c, fs/nsfs.c. */
static bool nameless(struct kd_kernel *k, uint64_t dentry, struct kd_path *ret)
{
	const struct kd_datum op = kd_datum_member(k, dentry, "dentry", "d_op");
	const struct kd_datum own = op.why || !op.v ? kd_datum_of(0) : kd_datum_member(k, op.v, "dentry_operations", "d_dname");
	const struct kd_datum inode = kd_datum_member(k, dentry, "dentry", "d_inode");
	const struct kd_datum ino = inode.why ? inode : kd_datum_member(k, inode.v, "inode", "i_ino");
	char fs[FSNAME], name[NAME_BYTES] = "";

	if (own.why || !own.v || !fs_name(k, dentry, fs))
		return false;
	(void)kd_path_name(k, dentry, name, sizeof(name));
	if (!strcmp(fs, "pipefs") || !strcmp(fs, "sockfs")) {
		if (ino.why)
			return false;
		snprintf(ret->text, sizeof(ret->text), "%s:[%" PRIu64 "]", *fs == 'p' ? "pipe" : "socket", ino.v);
	} else if (!strcmp(fs, "anon_inodefs")) {
		snprintf(ret->text, sizeof(ret->text), "anon_inode:%s", name);
	} else if (!strcmp(fs, "nsfs") && !ino.why) {
		snprintf(ret->text, sizeof(ret->text), "ns:[%" PRIu64 "]", ino.v);
	} else {
		snprintf(ret->text, sizeof(ret->text), "/%s (deleted)", name); /* simple_dname() */
		ret->deleted = true;
	}
	return true;
}

static bool unhashed(struct kd_kernel *k, uint64_t dentry)
{
	const struct kd_datum back = kd_datum_member(k, dentry, "dentry", "d_hash.pprev");
	const struct kd_datum up = kd_datum_member(k, dentry, "dentry", "d_parent");

	return !back.why && !back.v && !up.why && up.v != dentry;
}

void kd_path_of(struct kd_kernel *k, uint64_t vfsmount, uint64_t dentry, struct kd_path *ret)
{
	static const char gone[] = " (deleted)";
	struct backward b = {.text = ret->text, .at = KD_PATH_MAX - sizeof(gone)};
	const size_t end = b.at;
	size_t n;

	*ret->text = 0;
	ret->why = NULL;
	ret->deleted = false;
	if (!dentry) {
		ret->why = "there is none";
		return;
	}
	if (nameless(k, dentry, ret))
		return;
	ret->why = climb(k, vfsmount, dentry, &b);
	ret->deleted = unhashed(k, dentry);
	if (!ret->why && b.at == end)
		ret->text[--b.at] = '/';
	if (ret->why && b.at > 3) {
		b.at -= 3;
		memcpy(ret->text + b.at, "...", 3);
	}
	n = end - b.at;
	memmove(ret->text, ret->text + b.at, n);
	ret->text[n] = 0;
	if (ret->deleted)
		memcpy(ret->text + n, gone, sizeof(gone));
}

void kd_path_at(struct kd_kernel *k, uint64_t path, struct kd_path *ret)
{
	const struct kd_datum mnt = kd_datum_member(k, path, "path", "mnt"), dentry = kd_datum_member(k, path, "path", "dentry");

	*ret->text = 0;
	ret->deleted = false;
	ret->why = mnt.why ? mnt.why : dentry.why;
	if (!ret->why)
		kd_path_of(k, mnt.v, dentry.v, ret);
}
