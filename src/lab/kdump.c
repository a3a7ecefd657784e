// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/kdump.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/pack.h"
#include "format/diskdump.h"
#include "format/elfcore.h"
#include "lab/file.h"

enum { PAGE = KD_DISKDUMP_BLOCK, NOTES_MAX = 16 << 20 };

static const uint64_t frames_max = (uint64_t)1 << 28; /* 1 TiB */

struct writer {
	struct kd_ctx *ctx;
	const struct kd_core_form *form;
	const char *elf_path, *path, *version;
	int in, out;
	uint64_t at; /* flattened: end of what was written to the stream */
	struct kd_arena arena;
	struct kd_elfcore core;
	struct kd_buf notes;
	struct kd_view vmcoreinfo; /* within notes */
	uint64_t frames, kept; /* frame numbers are below frames */
	unsigned char *exists; /* bitmap; no page of these is left out */
	size_t bitmap; /* its bytes, whole blocks */
	uint64_t head_blocks; /* before the bitmaps */
	uint64_t zero_at; /* the shared page of zeros; 0: not yet written */
};

static bool packs(const struct kd_core_form *form, struct kd_view page, unsigned char *out, size_t *n)
{
	switch (form->format) {
	case KD_CORE_ZLIB:
		return kd_pack_zlib(page, out, PAGE - 1, n);
	case KD_CORE_SNAPPY:
		return kd_pack_snappy(page, out, PAGE - 1, n);
	case KD_CORE_ZSTD:
		return kd_pack_zstd(page, out, PAGE - 1, n);
	default:
		return false;
	}
}

static uint32_t packing(const struct kd_core_form *form)
{
	switch (form->format) {
	case KD_CORE_ZLIB:
		return KD_DD_ZLIB;
	case KD_CORE_SNAPPY:
		return KD_DD_SNAPPY;
	case KD_CORE_ZSTD:
		return KD_DD_ZSTD;
	default:
		return 0;
	}
}

bool kd_kdump_can(const struct kd_core_form *form)
{
	if (form->level > 1)
		return false;
	return form->format == KD_CORE_PLAIN || form->format == KD_CORE_SNAPPY ||
	       (form->format == KD_CORE_ZLIB && kd_pack_has_zlib()) ||
	       (form->format == KD_CORE_ZSTD && kd_pack_has_zstd());
}

static void put_le(unsigned char *p, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(value >> 8 * i & 0xff);
}

static void put_be(unsigned char *p, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (unsigned char)(value >> 8 * (n - 1 - i) & 0xff);
}

static struct kd_error *item(struct writer *w, uint64_t off, uint64_t n)
{
	unsigned char head[16];
	struct kd_error *err;

	put_be(head, off, 8);
	put_be(head + 8, n, 8);
	err = kd_file_write_at(w->out, w->path, w->at, head, sizeof(head));
	w->at += sizeof(head);
	return err;
}

/* Bytes at their place in the dump; in a flattened one behind a head that names the place. */
static struct kd_error *put(struct writer *w, uint64_t off, const void *p, size_t n)
{
	struct kd_error *err;

	if (!w->form->flat)
		return kd_file_write_at(w->out, w->path, off, p, n);
	err = item(w, off, n);
	if (!err)
		err = kd_file_write_at(w->out, w->path, w->at, p, n);
	w->at += n;
	return err;
}

static struct kd_error *flat_begin(struct writer *w)
{
	unsigned char head[KD_FLAT_HEADER] = KD_FLAT_SIGNATURE;

	if (!w->form->flat)
		return NULL;
	put_be(head + 16, 1, 8); /* type, version */
	put_be(head + 24, 1, 8);
	w->at = sizeof(head);
	return kd_file_write_at(w->out, w->path, 0, head, sizeof(head));
}

/* --- what is in the ELF core -------------------------------------------------------------- */

static struct kd_error *read_elf(struct writer *w)
{
	kd_auto(kd_buf_deinit) struct kd_buf head = KD_BUF_INIT(KD_ELFCORE_HEAD);
	char *p = kd_buf_reserve(&head, KD_ELFCORE_HEAD);
	struct kd_error *err;
	size_t n;

	if (!p)
		return kd_error_new(KD_NOMEM, "no memory");
	err = kd_file_read_at(w->in, w->elf_path, 0, p, KD_ELFCORE_HEAD, &n);
	if (!err)
		err = kd_elfcore_parse(kd_view(p, n), &w->arena, &w->core);
	if (err)
		return err;
	if (!w->core.is64 || w->core.big_endian)
		return kd_error_new(KD_UNSUPPORTED, "only little-endian 64-bit cores");
	for (size_t i = 0; i < w->core.nseg; i++) {
		const struct kd_elfcore_segment *s = &w->core.seg[i];
		uint64_t end;

		if (s->type != KD_ELF_LOAD || !s->filesz)
			continue;
		if (__builtin_add_overflow(s->paddr, s->filesz, &end) || end / PAGE > frames_max)
			return kd_error_new(KD_LIMIT, "memory at %#jx is above 1 TiB", (uintmax_t)s->paddr);
		if (end / PAGE > w->frames)
			w->frames = end / PAGE;
	}
	return w->frames ? NULL : kd_error_new(KD_BADDATA, "no memory in it");
}

static struct kd_error *read_notes(struct writer *w)
{
	size_t got, at = 0;
	struct kd_elfnote note;

	for (size_t i = 0; i < w->core.nseg; i++) {
		const struct kd_elfcore_segment *s = &w->core.seg[i];
		char *p;
		struct kd_error *err;

		if (s->type != KD_ELF_NOTE)
			continue;
		p = s->filesz > NOTES_MAX ? NULL : kd_buf_reserve(&w->notes, s->filesz);
		if (!p)
			return kd_error_new(KD_LIMIT, "%ju bytes of notes", (uintmax_t)s->filesz);
		err = kd_file_read_at(w->in, w->elf_path, s->off, p, s->filesz, &got);
		if (err)
			return err;
		w->notes.n += got;
	}
	while (kd_elfnote_next(kd_buf_view(&w->notes), false, &at, &note))
		if (kd_view_eq(note.name, KD_V("VMCOREINFO")))
			w->vmcoreinfo = note.desc;
	return NULL;
}

/* "KEY=value" of the VMCOREINFO text; absent without it. */
static struct kd_view fact(const struct writer *w, struct kd_view key)
{
	struct kd_view rest = w->vmcoreinfo, line;

	while (kd_view_take_until(&rest, KD_V("\n"), &line))
		if (kd_view_skip(&line, key))
			return line;
	return KD_VNULL;
}

static unsigned count_cpus(const struct writer *w)
{
	enum { NT_PRSTATUS = 1 };
	struct kd_elfnote note;
	unsigned n = 0;
	size_t at = 0;

	while (kd_elfnote_next(kd_buf_view(&w->notes), false, &at, &note))
		n += note.type == NT_PRSTATUS && kd_view_eq(note.name, KD_V("CORE"));
	return n;
}

/* --- the parts of the dump ---------------------------------------------------------------- */

enum { UTS_SYSNAME, UTS_RELEASE = 2, UTS_VERSION, UTS_MACHINE, UTS_LEN = 65 };

static void put_name(unsigned char *header, size_t which, struct kd_view v)
{
	v = kd_view_head(v, UTS_LEN - 1);
	if (v.n)
		memcpy(header + KD_DDH_UTSNAME + which * UTS_LEN, v.p, v.n);
}

static struct kd_error *put_headers(struct writer *w)
{
	unsigned char h[PAGE] = KD_DISKDUMP_SIGNATURE, s[KD_DDS_SIZE] = {0};
	struct kd_view release = fact(w, KD_V("OSRELEASE="));
	uint64_t notes_at = PAGE + sizeof(s);
	struct kd_view base = fact(w, KD_V("NUMBER(phys_base)="));
	int64_t phys_base = 0;
	struct kd_error *err;

	(void)kd_view_take_int(&base, &phys_base);
	put_le(h + KD_DDH_VERSION, 6, 4);
	put_name(h, UTS_SYSNAME, KD_V("Linux"));
	put_name(h, UTS_RELEASE, release);
	put_name(h, UTS_VERSION, kd_view_of(w->version ? w->version : ""));
	put_name(h, UTS_MACHINE, w->core.machine == KD_EM_X86_64    ? KD_V("x86_64")
				 : w->core.machine == KD_EM_AARCH64 ? KD_V("aarch64")
								    : KD_VNULL);
	put_le(h + KD_DDH_STATUS, packing(w->form), 4);
	put_le(h + KD_DDH_BLOCK_SIZE, PAGE, 4);
	put_le(h + KD_DDH_SUB_HDR_SIZE, w->head_blocks - 1, 4);
	put_le(h + KD_DDH_BITMAP_BLOCKS, 2 * w->bitmap / PAGE, 4);
	put_le(h + KD_DDH_MAX_MAPNR, w->frames > UINT32_MAX ? UINT32_MAX : w->frames, 4);
	put_le(h + KD_DDH_NR_CPUS, count_cpus(w), 4);
	put_le(s + KD_DDS_PHYS_BASE, (uint64_t)phys_base, 8);
	put_le(s + KD_DDS_DUMP_LEVEL, w->form->level, 4);
	if (w->vmcoreinfo.n) {
		put_le(s + KD_DDS_VMCOREINFO, notes_at + (size_t)(w->vmcoreinfo.p - w->notes.p), 8);
		put_le(s + KD_DDS_VMCOREINFO + 8, w->vmcoreinfo.n, 8);
	}
	put_le(s + KD_DDS_NOTE, w->notes.n ? notes_at : 0, 8);
	put_le(s + KD_DDS_NOTE + 8, w->notes.n, 8);
	put_le(s + KD_DDS_MAX_MAPNR_64, w->frames, 8);
	err = put(w, 0, h, sizeof(h));
	if (!err)
		err = put(w, PAGE, s, sizeof(s));
	return err || !w->notes.n ? err : put(w, notes_at, w->notes.p, w->notes.n);
}

static bool is_zero(const unsigned char *p)
{
	return !p[0] && !memcmp(p, p + 1, PAGE - 1);
}

static bool test_and_set(unsigned char *map, uint64_t frame)
{
	unsigned char bit = (unsigned char)(1u << frame % 8);
	bool was = map[frame / 8] & bit;

	map[frame / 8] |= bit;
	return was;
}

/* One page's data, and its descriptor. *at: where data goes next. */
static struct kd_error *put_page(struct writer *w, const unsigned char *page, uint64_t *at,
				 unsigned char desc[KD_DISKDUMP_DESC])
{
	unsigned char packed[PAGE];
	const unsigned char *p = page;
	bool zero = w->form->level & 1 && is_zero(page);
	uint32_t flags = packing(w->form);
	uint64_t off = zero && w->zero_at ? w->zero_at : *at;
	struct kd_error *err = NULL;
	size_t n = PAGE;

	if (zero) /* as makedumpfile does it: in the bitmap, and one plain page for all of them */
		flags = 0;
	else if (packs(w->form, kd_view((const char *)page, PAGE), packed, &n))
		p = packed;
	else
		flags = 0, n = PAGE;
	put_le(desc, off, 8);
	put_le(desc + 8, n, 4);
	put_le(desc + 12, flags, 4);
	put_le(desc + 16, 0, 8);
	if (off == *at) {
		err = put(w, off, p, n);
		*at += n;
	}
	if (zero)
		w->zero_at = off;
	return err;
}

/* Which frames are in the core as whole pages. One that two segments hold counts once. */
static void mark_pages(struct writer *w)
{
	for (size_t i = 0; i < w->core.nseg; i++) {
		const struct kd_elfcore_segment *s = &w->core.seg[i];
		uint64_t skip = -s->paddr & (PAGE - 1);

		if (s->type != KD_ELF_LOAD)
			continue;
		for (uint64_t off = skip; off + PAGE <= s->filesz; off += PAGE)
			w->kept += !test_and_set(w->exists, (s->paddr + off) / PAGE);
	}
}

static const struct kd_elfcore_segment *segment_of(const struct writer *w, uint64_t frame)
{
	for (size_t i = 0; i < w->core.nseg; i++) {
		const struct kd_elfcore_segment *s = &w->core.seg[i];

		if (s->type == KD_ELF_LOAD && frame * PAGE >= s->paddr &&
		    frame * PAGE + PAGE <= s->paddr + s->filesz)
			return s;
	}
	return NULL;
}

/* Descriptors stand in the order of the frames, whatever the order of the segments. */
static struct kd_error *put_pages(struct writer *w)
{
	uint64_t desc_at = w->head_blocks * PAGE + 2 * w->bitmap;
	uint64_t at = desc_at + w->kept * KD_DISKDUMP_DESC, done = 0;
	unsigned char page[PAGE], desc[KD_DISKDUMP_DESC];
	size_t got;

	for (uint64_t frame = 0; frame < w->frames; frame++) {
		const struct kd_elfcore_segment *s;
		struct kd_error *err;

		if (!(w->exists[frame / 8] >> frame % 8 & 1))
			continue;
		s = segment_of(w, frame);
		if (!s)
			return kd_error_new(KD_INTERNAL, "frame %#jx is in no segment", (uintmax_t)frame);
		err = kd_file_read_at(w->in, w->elf_path, s->off + (frame * PAGE - s->paddr), page, PAGE,
				      &got);
		if (!err && got < PAGE)
			return kd_error_at(KD_BADDATA, (int64_t)s->off, "the core is cut");
		if (!err)
			err = put_page(w, page, &at, desc);
		if (!err)
			err = put(w, desc_at + done++ * sizeof(desc), desc, sizeof(desc));
		if (!err)
			err = kd_ctx_check(w->ctx);
		if (err)
			return err;
	}
	return NULL;
}

static struct kd_error *write_dump(struct writer *w)
{
	struct kd_error *err = read_elf(w);

	if (!err)
		err = read_notes(w);
	if (err)
		return err;
	w->bitmap = (size_t)((w->frames + 8ULL * PAGE - 1) / (8ULL * PAGE)) * PAGE;
	w->exists = kd_xcalloc(w->bitmap, 1);
	w->head_blocks = 1 + (KD_DDS_SIZE + w->notes.n + PAGE - 1) / PAGE;
	mark_pages(w);
	err = flat_begin(w);
	if (!err)
		err = put_headers(w);
	if (!err)
		err = put(w, w->head_blocks * PAGE, w->exists, w->bitmap);
	if (!err)
		err = put(w, w->head_blocks * PAGE + w->bitmap, w->exists, w->bitmap);
	if (!err)
		err = put_pages(w);
	return err || !w->form->flat ? err : item(w, UINT64_MAX, UINT64_MAX);
}

struct kd_error *kd_kdump_write(struct kd_ctx *ctx, const char *elf,
				const struct kd_core_form *form, const char *version,
				const char *path)
{
	struct writer w = {.ctx = ctx, .form = form, .elf_path = elf, .path = path, .version = version,
			   .notes = KD_BUF_INIT(NOTES_MAX),
			   .arena = KD_ARENA_INIT((size_t)16 << 20)};
	struct kd_error *err;

	if (!kd_kdump_can(form))
		return kd_error_new(KD_UNSUPPORTED, "kdoc writes %s at no level %u",
				    kd_core_format_word(form->format), form->level);
	w.in = open(elf, O_RDONLY | O_CLOEXEC);
	if (w.in < 0)
		return kd_error_errno(errno, "%s", elf);
	w.out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (w.out < 0) {
		err = kd_error_errno(errno, "%s", path);
	} else {
		err = write_dump(&w);
		if (close(w.out) && !err)
			err = kd_error_errno(errno, "writing %s", path);
		if (err)
			unlink(path);
	}
	close(w.in);
	kd_free(w.exists);
	kd_buf_deinit(&w.notes);
	kd_arena_deinit(&w.arena);
	return kd_error_wrap(err, "%s", elf);
}
