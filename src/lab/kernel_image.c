// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/kernel_image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/filekind.h"
#include "base/hash.h"
#include "base/source.h"
#include "format/kimage.h"
#include "format/unpack.h"

enum {
	CHUNK = 1 << 20,
	BANNER_BYTES = 1024,
	NOTE_BYTES = 64 << 10,
	PHDRS = 64,
	SHDRS = 4096,
	NAME_BYTES = 32,
};

#define UNPACKED_MAX ((uint64_t)1 << 30) /* of an Image; arm64's defconfig gives 40 MB */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- linux_banner ---- */

static bool set_text(char *to, size_t room, struct kd_view v)
{
	if (!v.n || v.n >= room)
		return false;
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return false;
	memcpy(to, v.p, v.n);
	to[v.n] = '\0';
	return true;
}

bool kd_lab_banner(struct kd_view v, struct kd_lab_image *ret)
{
	struct kd_view rest = kd_view_head(v, BANNER_BYTES), release;
	size_t at;

	if (!kd_view_skip(&rest, KD_V("Linux version ")) || !rest.n || !kd_is_digit(rest.p[0]))
		return false; /* a format string, or a sentence about it */
	at = kd_view_chr(rest, '\n');
	if (at != KD_NPOS)
		rest = kd_view_head(rest, at);
	if (!kd_view_take_until(&rest, KD_V(" ("), &release))
		return false;
	at = kd_view_find(rest, KD_V(") #"));
	/* since 6.1 there is a second one without the build's number: "# SMP …" (init/version.c) */
	if (at == KD_NPOS || at + 3 >= rest.n || !kd_is_digit(rest.p[at + 3]))
		return false;
	return set_text(ret->release, sizeof(ret->release), release) &&
	       set_text(ret->version, sizeof(ret->version), kd_view_from(rest, at + 2));
}

static bool banner_in(struct kd_view v, struct kd_lab_image *ret)
{
	for (;;) {
		size_t at = kd_view_find(v, KD_V("Linux version "));

		if (at == KD_NPOS)
			return false;
		v = kd_view_from(v, at);
		if (kd_lab_banner(v, ret))
			return true;
		v = kd_view_from(v, 1);
	}
}

/* Gives bytes one after the other; *ret_n == 0: the end. */
struct stream {
	struct kd_error *(*read)(void *user, void *buf, size_t n, size_t *ret_n);
	void *user;
};

/* No banner is no error. */
static struct kd_error *search_banner(struct kd_ctx *ctx, const struct stream *s, uint64_t max,
				      struct kd_lab_image *im)
{
	kd_auto(kd_freep) char *buf = kd_xmalloc(CHUNK + BANNER_BYTES);
	size_t have = 0, n;
	uint64_t seen = 0;

	while (seen < max) {
		struct kd_error *err = kd_ctx_check(ctx);

		if (!err)
			err = s->read(s->user, buf + have, CHUNK, &n);
		if (err)
			return err;
		have += n;
		seen += n;
		if (banner_in(kd_view(buf, have), im) || !n)
			return NULL;
		if (have > BANNER_BYTES) {
			memmove(buf, buf + have - BANNER_BYTES, BANNER_BYTES);
			have = BANNER_BYTES;
		}
	}
	return NULL;
}

static struct kd_error *read_source(void *user, void *buf, size_t n, size_t *ret_n)
{
	return kd_source_read(user, buf, n, ret_n);
}

static struct kd_error *read_unpacker(void *user, void *buf, size_t n, size_t *ret_n)
{
	return kd_unpacker_read(user, buf, n, ret_n);
}

/* ---- boot images ---- */

/* "6.1.0-50-amd64 (who@where) #1 SMP …": arch/x86/boot/version.c */
static void setup_text(struct kd_view line, struct kd_lab_image *im)
{
	struct kd_view release;
	size_t at;

	if (!kd_view_take_until(&line, KD_V(" ("), &release) ||
	    !set_text(im->release, sizeof(im->release), release))
		return;
	at = kd_view_find(line, KD_V(") #"));
	if (at != KD_NPOS)
		(void)set_text(im->version, sizeof(im->version), kd_view_from(line, at + 2));
}

static void take_head(const struct kd_kimage *k, struct kd_lab_image *im)
{
	static const enum kd_image_kind kinds[] = {[KD_KIMAGE_BZIMAGE] = KD_IMAGE_BZIMAGE,
						   [KD_KIMAGE_ARM64] = KD_IMAGE_ARM64,
						   [KD_KIMAGE_ZBOOT] = KD_IMAGE_ZBOOT};

	im->kind = kinds[k->kind];
	if (k->has_bits)
		im->arch = k->is64 ? KD_ARCH_X86_64 : KD_ARCH_I386;
	if (k->text.n)
		setup_text(k->text, im);
	if (k->kind == KD_KIMAGE_ZBOOT) {
		im->payload = k->payload;
		im->payload_bytes = k->payload_bytes;
	}
}

static struct kd_error *look_into_zboot(struct kd_ctx *ctx, int fd, struct kd_lab_image *im)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *file = NULL;
	struct kd_unpacker u = {.end = true};
	struct stream s = {read_unpacker, &u};
	struct kd_error *err = kd_bytes_of_fd(fd, "it", &file);

	if (!err)
		err = kd_unpacker_open(ctx, file, im->payload, im->payload_bytes, &u);
	if (!err)
		err = search_banner(ctx, &s, UNPACKED_MAX, im);
	kd_unpacker_close(&u);
	/* other architectures use the same form; only arm64 is known to boot so here */
	im->arch = KD_ARCH_ARM64;
	return kd_error_wrap(err, "the packed Image in it");
}

/* ---- vmlinux ---- */

/* A part of a file. */
struct window {
	int fd;
	uint64_t at, left;
};

static struct kd_error *read_window(void *user, void *buf, size_t n, size_t *ret_n)
{
	struct window *w = user;
	ssize_t got;

	if (n > w->left)
		n = (size_t)w->left;
	do
		got = pread(w->fd, buf, n, (off_t)w->at);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return kd_error_errno(errno, "reading");
	w->at += (uint64_t)got;
	w->left -= (uint64_t)got;
	*ret_n = (size_t)got;
	return NULL;
}

/* Up to max bytes at `at`; fewer when there are fewer. */
static struct kd_error *read_at(int fd, uint64_t at, uint64_t max, struct kd_buf *b)
{
	struct window w = {fd, at, max < b->max - 1 ? max : b->max - 1};
	struct kd_error *err = NULL;
	size_t n = 1;

	kd_buf_clear(b);
	if (at > INT64_MAX - b->max)
		return NULL;
	while (!err && n && w.left) {
		char *p = kd_buf_reserve(b, (size_t)w.left);

		if (!p)
			break;
		err = read_window(&w, p, (size_t)w.left, &n);
		if (!err)
			b->n += n;
	}
	return err;
}

struct elf {
	struct kd_ctx *ctx;
	int fd;
	bool wide; /* 64 bits */
	uint64_t phoff, shoff;
	uint16_t phentsize, phnum, shentsize, shnum, shstrndx;
	uint64_t budget; /* bytes of segments that may still be searched */
	struct kd_lab_image *im;
};

static bool word(struct kd_cursor *c, const struct elf *e, uint64_t *ret)
{
	return kd_cursor_next_uint(c, e->wide ? 8 : 4, ret);
}

static enum kd_lab_arch elf_arch(unsigned machine)
{
	return machine == EM_X86_64    ? KD_ARCH_X86_64
	       : machine == EM_AARCH64 ? KD_ARCH_ARM64
	       : machine == EM_386     ? KD_ARCH_I386
				       : KD_ARCH_UNKNOWN;
}

static bool elf_header(struct kd_view head, struct elf *e)
{
	struct kd_cursor c = kd_cursor_of(head, 0, false);
	uint16_t type = 0, machine = 0, ehsize;
	uint32_t version, flags;
	uint64_t entry;
	struct kd_view ident;

	if (!kd_cursor_next_bytes(&c, EI_NIDENT, &ident) || memcmp(ident.p, ELFMAG, SELFMAG) ||
	    ident.p[EI_DATA] != ELFDATA2LSB)
		return false;
	e->wide = ident.p[EI_CLASS] == ELFCLASS64;
	if (!kd_cursor_next_u16(&c, &type) || !kd_cursor_next_u16(&c, &machine) ||
	    !kd_cursor_next_u32(&c, &version) || !word(&c, e, &entry) || !word(&c, e, &e->phoff) ||
	    !word(&c, e, &e->shoff) || !kd_cursor_next_u32(&c, &flags) ||
	    !kd_cursor_next_u16(&c, &ehsize))
		return false;
	e->im->arch = elf_arch(machine);
	return (type == ET_EXEC || type == ET_DYN) && kd_cursor_next_u16(&c, &e->phentsize) &&
	       kd_cursor_next_u16(&c, &e->phnum) && kd_cursor_next_u16(&c, &e->shentsize) &&
	       kd_cursor_next_u16(&c, &e->shnum) && kd_cursor_next_u16(&c, &e->shstrndx);
}

/* elf(5): a note is namesz, descsz, type, name, desc, each padded to four bytes. */
static void build_id_in(struct kd_view notes, struct kd_lab_image *im)
{
	struct kd_cursor c = kd_cursor_of(notes, 0, false);
	uint32_t namesz, descsz, type;
	struct kd_view name, desc;

	while (!im->build_id[0] && kd_cursor_next_u32(&c, &namesz) &&
	       kd_cursor_next_u32(&c, &descsz) && kd_cursor_next_u32(&c, &type) &&
	       kd_cursor_next_bytes(&c, namesz, &name) && kd_cursor_align(&c, 4) &&
	       kd_cursor_next_bytes(&c, descsz, &desc)) {
		if (type == NT_GNU_BUILD_ID && kd_view_eq(name, KD_V("GNU\0")) && desc.n &&
		    desc.n * 2 < sizeof(im->build_id))
			kd_hex((const uint8_t *)desc.p, desc.n, im->build_id);
		if (!kd_cursor_align(&c, 4))
			return;
	}
}

static struct kd_error *read_notes(const struct elf *e, uint64_t at, uint64_t bytes)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(NOTE_BYTES);
	struct kd_error *err = read_at(e->fd, at, bytes, &b);

	if (!err)
		build_id_in(kd_buf_view(&b), e->im);
	return err;
}

static struct kd_error *segment(struct elf *e, struct kd_cursor c)
{
	struct stream s = {read_window, NULL};
	uint64_t offset, vaddr, paddr, filesz;
	struct window w;
	uint32_t type, flags;

	if (!kd_cursor_next_u32(&c, &type) || (e->wide && !kd_cursor_next_u32(&c, &flags)) ||
	    !word(&c, e, &offset) || !word(&c, e, &vaddr) || !word(&c, e, &paddr) ||
	    !word(&c, e, &filesz) || offset > INT64_MAX || filesz > UNPACKED_MAX)
		return NULL;
	if (type == PT_NOTE && !e->im->build_id[0])
		return read_notes(e, offset, filesz);
	if (type != PT_LOAD || e->im->release[0] || filesz > e->budget)
		return NULL;
	e->budget -= filesz;
	w = (struct window){e->fd, offset, filesz};
	s.user = &w;
	return search_banner(e->ctx, &s, filesz, e->im);
}

static struct kd_error *segments(struct elf *e)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(PHDRS * 64 + 1);
	size_t each = e->phentsize, n = e->phnum < PHDRS ? e->phnum : PHDRS;
	struct kd_error *err;

	if (each < 32 || each > 64)
		return NULL;
	err = read_at(e->fd, e->phoff, each * n, &b);
	for (size_t i = 0; !err && i < n && (i + 1) * each <= b.n; i++)
		err = segment(e, kd_cursor_of(kd_view(b.p + i * each, each), 0, false));
	return err;
}

struct section {
	uint32_t name, type;
	uint64_t offset, size;
};

static bool section(const struct elf *e, struct kd_view table, size_t i, struct section *ret)
{
	struct kd_cursor c = kd_cursor_of(table, 0, false);
	uint64_t flags, addr;

	return kd_cursor_seek(&c, i * e->shentsize) && kd_cursor_next_u32(&c, &ret->name) &&
	       kd_cursor_next_u32(&c, &ret->type) && word(&c, e, &flags) && word(&c, e, &addr) &&
	       word(&c, e, &ret->offset) && word(&c, e, &ret->size);
}

static struct kd_error *sections(const struct elf *e)
{
	kd_auto(kd_buf_deinit) struct kd_buf table = KD_BUF_INIT(SHDRS * 64 + 1);
	kd_auto(kd_buf_deinit) struct kd_buf names = KD_BUF_INIT((1 << 20) + 1);
	size_t n = e->shnum < SHDRS ? e->shnum : SHDRS;
	struct section s;
	struct kd_error *err;

	if (e->shentsize < 40 || e->shentsize > 64)
		return NULL;
	err = read_at(e->fd, e->shoff, (uint64_t)n * e->shentsize, &table);
	if (!err && section(e, kd_buf_view(&table), e->shstrndx, &s))
		err = read_at(e->fd, s.offset, s.size, &names);
	for (size_t i = 0; !err && i < n && section(e, kd_buf_view(&table), i, &s); i++) {
		struct kd_view name = kd_view_from(kd_buf_view(&names), s.name);

		name = kd_view(name.p, name.n ? strnlen(name.p, name.n < NAME_BYTES ? name.n : NAME_BYTES) : 0);
		e->im->symbols |= s.type == SHT_SYMTAB && s.size > 0;
		e->im->dwarf |= s.type != SHT_NOBITS && s.size > 0 &&
				kd_view_eq(name, KD_V(".debug_info"));
		if (s.type == SHT_NOTE && !e->im->build_id[0])
			err = read_notes(e, s.offset, s.size);
	}
	return err;
}

static struct kd_error *read_vmlinux(struct kd_ctx *ctx, int fd, struct kd_view head,
				     struct kd_lab_image *im)
{
	struct elf e = {.ctx = ctx, .fd = fd, .im = im, .budget = UNPACKED_MAX};
	struct kd_error *err;

	if (!elf_header(head, &e))
		return NULL;
	err = segments(&e);
	if (!err && im->release[0]) {
		im->kind = KD_IMAGE_VMLINUX;
		err = sections(&e);
	}
	return err;
}

/* ---- all ---- */

static struct kd_error *read_head(struct kd_ctx *ctx, int fd, const char *name,
				  struct kd_source **ret, struct kd_view *head)
{
	struct kd_source_opts o = {.decoder_memory = ctx->limits.decoder_memory,
				   .cancel = ctx->cancel};
	int own;
	struct kd_error *err;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return kd_error_errno(errno, "%s", name);
	own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return kd_error_errno(errno, "%s", name);
	err = kd_source_from_fd(own, name, &o, ret);
	return err ? err : kd_source_peek(*ret, KD_KIMAGE_HEAD, head);
}

static struct kd_error *no_kernel(struct kd_view head, const char *name)
{
	const struct kd_filekind_info *k = kd_filekind_info(kd_filekind_guess(head));

	return kd_error_new(KD_BADDATA, "%s is no kernel that kdoc knows: it seems to be %s", name,
			    k->what);
}

struct kd_error *kd_lab_image_read_fd(struct kd_ctx *ctx, int fd, const char *name,
				      struct kd_lab_image *ret)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_lab_image im = {0};
	struct stream s = {read_source, NULL};
	struct kd_view head = KD_VNULL;
	struct kd_kimage k;
	struct kd_error *err;
	struct stat sb;

	if (fstat(fd, &sb) || !S_ISREG(sb.st_mode))
		return kd_error_new(KD_INVALID, "%s is not a regular file", name);
	err = read_head(ctx, fd, name, &src, &head);
	if (err)
		return err;
	if (kd_kimage_read(head, (uint64_t)sb.st_size, &k))
		take_head(&k, &im);
	if (im.kind == KD_IMAGE_ZBOOT) {
		err = look_into_zboot(ctx, fd, &im);
	} else if (im.kind == KD_IMAGE_BZIMAGE) {
		/* nothing more: what follows is packed */
	} else if (im.kind == KD_IMAGE_ARM64) {
		bool plain = kd_view_eq(kd_view_of(kd_source_kind(src)), KD_V("plain"));

		im.arch = KD_ARCH_ARM64;
		im.packed = plain ? NULL : kd_source_kind(src);
		s.user = src;
		err = search_banner(ctx, &s, UNPACKED_MAX, &im);
	} else {
		err = read_vmlinux(ctx, fd, head, &im);
	}
	if (!err && im.kind == KD_IMAGE_NONE)
		return no_kernel(head, name);
	if (!err)
		*ret = im;
	return kd_error_wrap(err, "%s", name);
}

struct kd_error *kd_lab_image_read(struct kd_ctx *ctx, const char *path, struct kd_lab_image *ret)
{
	kd_auto(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return kd_error_errno(errno, "%s", path);
	return kd_lab_image_read_fd(ctx, fd, path, ret);
}

static struct kd_error *copy_out(struct kd_unpacker *u, const char *to)
{
	kd_auto(close_fd) int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	kd_auto(kd_freep) char *buf = kd_xmalloc(CHUNK);
	uint64_t total = 0;
	size_t n = 1;

	if (out < 0)
		return kd_error_errno(errno, "creating %s", to);
	while (n) {
		struct kd_error *err = kd_unpacker_read(u, buf, CHUNK, &n);

		if (err)
			return err;
		total += n;
		if (total > UNPACKED_MAX)
			return kd_error_new(KD_LIMIT, "the packed Image is longer than 1 GiB");
		for (size_t done = 0; done < n;) {
			ssize_t w = write(out, buf + done, n - done);

			if (w < 0 && errno != EINTR)
				return kd_error_errno(errno, "writing %s", to);
			done += w > 0 ? (size_t)w : 0;
		}
	}
	return NULL;
}

struct kd_error *kd_lab_image_unpack(struct kd_ctx *ctx, const char *path,
				     const struct kd_lab_image *im, const char *to)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *file = NULL;
	struct kd_unpacker u = {.end = true};
	struct kd_error *err = kd_bytes_open_raw(path, &file);

	if (!err)
		err = kd_unpacker_open(ctx, file, im->payload, im->payload_bytes, &u);
	if (!err)
		err = copy_out(&u, to);
	kd_unpacker_close(&u);
	return kd_error_wrap(err, "unpacking the Image of %s", path);
}
