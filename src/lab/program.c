// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/program.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/fs.h"
#include "lab/path.h"

enum {
	EHDR = 64,
	E_MACHINE = 18,
	E_PHOFF = 32,
	E_PHENTSIZE = 54,
	PHDR = 56,
	PHNUM_MAX = 512,
	PT_LOAD = 1,
	PT_DYNAMIC = 2,
	PT_INTERP = 3,
	DT_NEEDED = 1,
	DT_STRTAB = 5,
	FILE_MAX = 64 << 20,
	HEAD_MAX = 4096,
};

struct segment {
	uint32_t type;
	uint64_t off, vaddr, filesz;
};

struct elf {
	struct kd_view bytes;
	struct segment seg[PHNUM_MAX];
	size_t nseg;
};

/* The ELF header: where the program headers are, how many. */
static struct kd_error *header(struct kd_cursor *c, enum kd_lab_arch arch, uint64_t *phoff, uint16_t *n)
{
	static const uint16_t machines[] = {[KD_ARCH_X86_64] = 62, [KD_ARCH_ARM64] = 183};
	uint16_t machine = 0, size = 0;

	if ((size_t)arch >= KD_ARRAY_LEN(machines) || !machines[arch])
		return kd_error_new(KD_UNSUPPORTED, "programs for %s", kd_lab_arch_word(arch));
	/* class 2: 64 bit; data 1: little endian */
	if (c->data.n < EHDR || !kd_view_starts(c->data, KD_V("\177ELF\2\1")))
		return kd_error_new(KD_BADDATA, "not a 64-bit little-endian ELF file");
	(void)(kd_cursor_seek(c, E_MACHINE) && kd_cursor_next_u16(c, &machine));
	(void)(kd_cursor_seek(c, E_PHOFF) && kd_cursor_next_u64(c, phoff));
	(void)(kd_cursor_seek(c, E_PHENTSIZE) && kd_cursor_next_u16(c, &size) &&
	       kd_cursor_next_u16(c, n));
	if (c->failed)
		return kd_cursor_error(c, "the ELF header");
	if (machine != machines[arch])
		return kd_error_new(KD_BADDATA, "not for %s", kd_lab_arch_word(arch));
	if (size != PHDR || *n > PHNUM_MAX || *phoff > c->data.n)
		return kd_error_new(KD_BADDATA, "odd program headers");
	return NULL;
}

static struct kd_error *segments(struct elf *e, enum kd_lab_arch arch)
{
	struct kd_cursor c = kd_cursor_of(e->bytes, 0, false);
	uint64_t phoff = 0;
	uint16_t n = 0;
	struct kd_error *err = header(&c, arch, &phoff, &n);

	for (size_t i = 0; !err && i < n; i++) {
		struct segment *s = &e->seg[i];

		if (!kd_cursor_seek(&c, (size_t)phoff + i * PHDR) || !kd_cursor_next_u32(&c, &s->type) ||
		    !kd_cursor_skip(&c, 4) || !kd_cursor_next_u64(&c, &s->off) ||
		    !kd_cursor_next_u64(&c, &s->vaddr) || !kd_cursor_skip(&c, 8) ||
		    !kd_cursor_next_u64(&c, &s->filesz))
			err = kd_cursor_error(&c, "the program headers");
	}
	e->nseg = err ? 0 : n;
	return err;
}

/* The file's bytes of a segment, as far as they are there. */
static struct kd_view bytes_of(const struct elf *e, const struct segment *s)
{
	struct kd_view v;

	if (s->off > e->bytes.n)
		return KD_VNULL;
	v = kd_view_from(e->bytes, (size_t)s->off);
	return kd_view_head(v, s->filesz < v.n ? (size_t)s->filesz : v.n);
}

/* What is loaded at an address, up to the end of its segment. */
static struct kd_view at_address(const struct elf *e, uint64_t addr)
{
	for (size_t i = 0; i < e->nseg; i++) {
		const struct segment *s = &e->seg[i];
		struct kd_view v = bytes_of(e, s);

		if (s->type == PT_LOAD && addr >= s->vaddr && addr - s->vaddr < v.n)
			return kd_view_from(v, (size_t)(addr - s->vaddr));
	}
	return KD_VNULL;
}

/* Text up to its NUL; absent when there is none, or when it is no plain name. */
static struct kd_view text_at(struct kd_view v)
{
	size_t nul = kd_view_chr(v, '\0');

	if (nul == KD_NPOS || !nul || nul > 255)
		return KD_VNULL;
	v = kd_view_head(v, nul);
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] <= ' ' || v.p[i] > '~')
			return KD_VNULL;
	return v;
}

static struct kd_error *dynamic(const struct elf *e, const struct segment *s,
				struct kd_program_needs *ret)
{
	struct kd_view strings = KD_VNULL;
	struct kd_cursor c;
	uint64_t tag = 0, value = 0;

	for (unsigned pass = 0; pass < 2; pass++) { /* the names may be listed before the table */
		c = kd_cursor_of(bytes_of(e, s), s->off, false);
		while (kd_cursor_left(&c) && kd_cursor_next_u64(&c, &tag) &&
		       kd_cursor_next_u64(&c, &value) && tag) {
			struct kd_view name;

			if (!pass && tag == DT_STRTAB)
				strings = at_address(e, value);
			if (!pass || tag != DT_NEEDED)
				continue;
			name = text_at(value < strings.n ? kd_view_from(strings, (size_t)value)
							 : KD_VNULL);
			if (!name.n || kd_view_chr(name, '/') != KD_NPOS)
				return kd_error_new(KD_BADDATA, "the name of a library is damaged");
			if (ret->nlibs == KD_ARRAY_LEN(ret->lib))
				return kd_error_new(KD_LIMIT, "it needs more than %zu libraries",
						    KD_ARRAY_LEN(ret->lib));
			ret->lib[ret->nlibs++] = name;
		}
	}
	return c.failed ? kd_cursor_error(&c, "the dynamic section") : NULL;
}

struct kd_error *kd_program_needs(struct kd_view bytes, enum kd_lab_arch arch,
				  struct kd_program_needs *ret)
{
	kd_auto(kd_freep) struct elf *e = kd_xcalloc(1, sizeof(*e));
	struct kd_error *err;

	e->bytes = bytes;
	*ret = (struct kd_program_needs){0};
	err = segments(e, arch);
	for (size_t i = 0; !err && i < e->nseg; i++) {
		if (bytes_of(e, &e->seg[i]).n != e->seg[i].filesz) {
			err = kd_error_new(KD_BADDATA, "it is cut");
		} else if (e->seg[i].type == PT_INTERP) {
			ret->interp = text_at(bytes_of(e, &e->seg[i]));
			if (!kd_view_starts(ret->interp, KD_V("/")))
				err = kd_error_new(KD_BADDATA, "the name of its loader is damaged");
		} else if (e->seg[i].type == PT_DYNAMIC) {
			err = dynamic(e, &e->seg[i], ret);
		}
	}
	return err;
}

/* --- where they are ----------------------------------------------------------------------- */

struct finder {
	const char *const *roots;
	size_t nroots;
	enum kd_lab_arch arch;
	struct kd_arena *arena;
	struct kd_program_file *v;
	size_t *n;
};

/* Its bytes when it is an ELF file of the architecture. */
static bool readable(const struct finder *f, const char *path, struct kd_buf *ret)
{
	struct kd_program_needs needs;
	struct kd_error *err = NULL;

	kd_buf_clear(ret);
	if (!kd_lab_is_file(path))
		return false;
	err = kd_fs_read_small(path, FILE_MAX, ret);
	if (!err)
		err = kd_program_needs(kd_buf_view(ret), f->arch, &needs);
	if (!err)
		return true;
	kd_error_free(err);
	return false;
}

/* The first file of that name in the folders below the roots; its path, or NULL. */
static const char *search(const struct finder *f, const char *const *dirs, struct kd_view name,
			  struct kd_buf *ret)
{
	for (size_t r = 0; r < f->nroots; r++)
		for (const char *const *d = dirs; *d; d++) {
			const char *path = kd_arena_printf(f->arena, "%s/%s/%.*s",
							   strcmp(f->roots[r], "/") ? f->roots[r] : "",
							   *d, KD_VARG(name)).p;

			if (path && readable(f, path, ret))
				return path;
		}
	return NULL;
}

static const char *library(const struct finder *f, struct kd_view name, struct kd_buf *ret)
{
	static const char *const x86[] = {"usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu",
					  "usr/lib64", "lib64", "usr/lib", "lib", NULL};
	static const char *const arm64[] = {"usr/lib/aarch64-linux-gnu", "lib/aarch64-linux-gnu",
					    "usr/lib64", "lib64", "usr/lib", "lib", NULL};

	return search(f, f->arch == KD_ARCH_ARM64 ? arm64 : x86, name, ret);
}

static struct kd_error *put(const struct finder *f, const char *from, const char *to)
{
	if (!to || *f->n == KD_PROGRAM_FILES_MAX)
		return kd_error_new(KD_LIMIT, "more than %d files of programs", KD_PROGRAM_FILES_MAX);
	f->v[(*f->n)++] = (struct kd_program_file){from, to};
	return NULL;
}

static bool is_put(const struct finder *f, const char *to)
{
	for (size_t i = 0; i < *f->n; i++)
		if (!strcmp(f->v[i].to, to))
			return true;
	return false;
}

static struct kd_error *add_library(const struct finder *f, struct kd_view name, const char *to,
				    const char *who)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)FILE_MAX + HEAD_MAX);
	const char *from;

	if (to && is_put(f, to))
		return NULL;
	from = library(f, name, &b);
	if (!from)
		return kd_error_new(KD_NOTFOUND, "%s needs the library %.*s, which was not found", who,
				    KD_VARG(name));
	return put(f, from, to);
}

/* What file i needs goes behind the others, whose turn comes later: no recursion. */
static struct kd_error *add_needs(const struct finder *f, size_t i)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)FILE_MAX + HEAD_MAX);
	struct kd_program_needs needs;
	struct kd_error *err = kd_fs_read_small(f->v[i].from, FILE_MAX, &b);
	size_t slash;

	if (!err)
		err = kd_program_needs(kd_buf_view(&b), f->arch, &needs);
	if (err)
		return kd_error_wrap(err, "%s", f->v[i].from);
	if (needs.interp.n) {
		slash = kd_view_rchr(needs.interp, '/');
		err = add_library(f, kd_view_from(needs.interp, slash + 1),
				  kd_arena_view(f->arena, needs.interp).p, f->v[i].from);
	}
	for (size_t k = 0; !err && k < needs.nlibs; k++)
		err = add_library(f, needs.lib[k],
				  kd_arena_printf(f->arena, KD_PROGRAM_LIBS "/%.*s",
						  KD_VARG(needs.lib[k])).p,
				  f->v[i].from);
	return err;
}

struct kd_error *kd_program_find(const char *const *roots, size_t nroots, const char *name,
				 enum kd_lab_arch arch, struct kd_arena *arena,
				 struct kd_program_file v[KD_PROGRAM_FILES_MAX], size_t *n)
{
	static const char *const dirs[] = {"usr/sbin", "sbin", "usr/bin", "bin", NULL};
	const struct finder f = {roots, nroots, arch, arena, v, n};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)FILE_MAX + HEAD_MAX);
	const char *from = search(&f, dirs, kd_view_of(name), &b);
	struct kd_error *err;

	if (!from)
		return kd_error_new(KD_NOTFOUND, "there is no program %s for %s", name,
				    kd_lab_arch_word(arch));
	err = put(&f, from, kd_arena_printf(arena, "/usr/sbin/%s", name).p);
	for (size_t i = *n - 1; !err && i < *n; i++)
		err = add_needs(&f, i);
	return err;
}
