// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/cpio.h"

#include <string.h>
#include <sys/stat.h>

enum { NAME_BYTES_MAX = 4096, ALIGN = 4 };

/* The header: magic, then 13 numbers of 8 hexadecimal digits. */
struct head {
	unsigned mode, major, minor;
	size_t size;
};

static void pad(struct kd_cpio *c)
{
	while (c->out->n % ALIGN && !c->failed)
		c->failed |= !kd_buf_addc(c->out, '\0');
}

static bool name_is_fine(const char *name)
{
	struct kd_view v = kd_view_of(name), part;

	if (!v.n || v.n >= NAME_BYTES_MAX || v.p[0] == '/')
		return false;
	while (kd_view_take_part(&v, KD_V("/"), &part)) {
		if (!part.n || kd_view_eq(part, KD_V("..")) || kd_view_eq(part, KD_V(".")))
			return false;
	}
	return true;
}

static void header(struct kd_cpio *c, const char *name, const struct head *h)
{
	const unsigned links = S_ISDIR(h->mode) ? 2 : 1;

	if (h->size > UINT32_MAX) {
		c->failed = true;
		return;
	}
	/* ino mode uid gid nlink mtime filesize maj min rmaj rmin namesize chksum */
	c->failed |= !kd_buf_printf(c->out, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x",
				    c->ino, h->mode, 0u, 0u, links, 0u, (unsigned)h->size, 0u, 0u,
				    h->major, h->minor, (unsigned)strlen(name) + 1, 0u);
	c->failed |= !kd_buf_add(c->out, kd_view(name, strlen(name) + 1));
	pad(c);
}

static void entry(struct kd_cpio *c, const char *name, struct head h, struct kd_view bytes)
{
	if (!name_is_fine(name)) {
		c->bad_name = c->failed = true;
		return;
	}
	if (c->failed)
		return;
	c->ino++;
	h.size = bytes.n;
	header(c, name, &h);
	if (!c->failed && bytes.n)
		c->failed |= !kd_buf_add(c->out, bytes);
	pad(c);
}

void kd_cpio_dir(struct kd_cpio *c, const char *name, unsigned mode)
{
	entry(c, name, (struct head){.mode = S_IFDIR | (mode & 07777)}, KD_VNULL);
}

void kd_cpio_file(struct kd_cpio *c, const char *name, unsigned mode, struct kd_view bytes)
{
	entry(c, name, (struct head){.mode = S_IFREG | (mode & 07777)}, bytes);
}

void kd_cpio_link(struct kd_cpio *c, const char *name, const char *target)
{
	entry(c, name, (struct head){.mode = S_IFLNK | 0777}, kd_view_of(target));
}

void kd_cpio_node(struct kd_cpio *c, const char *name, unsigned mode, char type, unsigned major,
		  unsigned minor)
{
	const unsigned kind = type == 'b' ? S_IFBLK : S_IFCHR;

	entry(c, name, (struct head){.mode = kind | (mode & 07777), .major = major, .minor = minor},
	      KD_VNULL);
}

void kd_cpio_parents(struct kd_cpio *c, const char *name)
{
	char dir[NAME_BYTES_MAX];

	if (strlen(name) >= sizeof(dir)) {
		c->bad_name = c->failed = true;
		return;
	}
	for (const char *s = strchr(name, '/'); s; s = strchr(s + 1, '/')) {
		size_t n = (size_t)(s - name);

		memcpy(dir, name, n);
		dir[n] = '\0';
		kd_cpio_dir(c, dir, 0755);
	}
}

struct kd_error *kd_cpio_end(struct kd_cpio *c)
{
	static const char trailer[] = "TRAILER!!!";

	if (!c->failed) {
		c->ino = 0;
		header(c, trailer, &(struct head){0});
	}
	if (c->bad_name)
		return kd_error_new(KD_INVALID, "a name in the guest is not allowed: empty, too long, "
						"absolute or with . or .. in it");
	if (c->failed)
		return kd_error_new(KD_LIMIT, "the guest's files take more than %zu MiB",
				    c->out->max >> 20);
	return NULL;
}
