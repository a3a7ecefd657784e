// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Boot images: vmlinuz, bzImage, Image. The vmlinux in a bzImage is of use when it has symbols; usually it has none,
 * but it says its build-id, and by that debug info can be found.
 */
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/source.h"
#include "format/elf.h"
#include "format/kimage.h"
#include "format/unpack.h"
#include "symbol/find_temp.h"
#include "symbol/symset_internal.h"

enum { CHUNK = 1 << 20, SECTION_MAX = 1 << 28, BANNER_MAX = 512 };
#define VMLINUX_MAX ((uint64_t)1 << 30)

/* --- the vmlinux in it -------------------------------------------------------------------- */

static struct kd_error *no_codec(const struct kd_bytes *file, const struct kd_kimage *im)
{
	char head[16] = "";
	kd_auto(kd_error_freep) struct kd_error *err = kd_bytes_read(file, im->payload, sizeof(head), head);
	const char *packing = err ? NULL : kd_kimage_packing(kd_view(head, sizeof(head)));

	return kd_error_new(KD_UNSUPPORTED, "its vmlinux is packed with %s, which kdoc cannot unpack "
			    "(scripts/extract-vmlinux of the kernel's sources may)", packing ? packing : "something unknown");
}

static struct kd_error *copy_out(struct kd_symset *s, struct kd_unpacker *u, struct find_temp *t)
{
	kd_auto(kd_freep) char *buf = kd_xmalloc(CHUNK);
	struct kd_error *err = NULL;
	size_t n = 1;

	t->max = VMLINUX_MAX;
	while (!err && n) {
		err = kd_ctx_check(s->ctx);
		if (!err)
			err = kd_unpacker_read(u, buf, CHUNK, &n);
		if (!err)
			err = find_temp_add(t, buf, n);
	}
	return err;
}

static struct kd_error *unpack(struct kd_symset *s, const char *path, const struct kd_kimage *im, struct find_temp *t)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *file = NULL;
	struct kd_unpacker u = {.end = true};
	struct kd_error *err = kd_bytes_open_raw(path, &file);

	if (!err)
		err = kd_unpacker_open(s->ctx, file, im->payload, im->payload_bytes, &u);
	if (!err && !u.ops)
		err = no_codec(file, im);
	if (!err)
		err = find_temp_open(&s->o.cache, KD_V("vmlinux"), t);
	if (!err)
		err = copy_out(s, &u, t);
	kd_unpacker_close(&u);
	return err;
}

/* "Linux version 6.1.0 (…) … #1 SMP …" */
static void read_banner(const struct kd_elf *elf, struct kd_arena *arena, struct kd_kdx_ident *id)
{
	const struct kd_elf_section *sec = kd_elf_find(elf, KD_V(".rodata"));
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	kd_auto(kd_error_freep) struct kd_error *err = sec ? kd_elf_load(elf, sec, SECTION_MAX, &d) : NULL;
	struct kd_view rest = err ? KD_VNULL : d.v;

	for (size_t at; (at = kd_view_find(rest, KD_V("Linux version "))) != KD_NPOS;) {
		struct kd_view line = kd_view_head(kd_view_from(rest, at), BANNER_MAX), word;
		size_t end = kd_view_chr(line, '\n');

		rest = kd_view_from(rest, at + 14);
		if (end == KD_NPOS || !rest.n || !kd_is_digit(rest.p[0]))
			continue;
		id->banner = kd_arena_view(arena, kd_view_head(line, end));
		line = kd_view_from(id->banner, 14);
		if (kd_view_take_word(&line, &word))
			id->release = word;
		return;
	}
}

static struct kd_error *read_ident(struct kd_symset *s, const char *path, struct kd_kdx_ident *id, bool *symbols)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(64 << 20);
	kd_auto(kd_bytes_closep) struct kd_bytes *bytes = NULL;
	const struct kd_elf_section *table;
	struct kd_elf elf;
	struct kd_view raw;
	struct kd_error *err = kd_bytes_open(path, VMLINUX_MAX, &bytes);
	char hex[2 * KD_SHA256_LEN + 1];

	if (!err)
		err = kd_elf_open(bytes, &arena, &elf);
	if (err)
		return kd_error_wrap(err, "what is packed in it is no vmlinux");
	*id = (struct kd_kdx_ident){.type = KD_ET_EXEC};
	table = kd_elf_find(&elf, KD_V(".symtab"));
	*symbols = table && table->size;
	raw = kd_elf_build_id(&elf, &arena);
	if (raw.n && raw.n <= KD_SHA256_LEN) {
		kd_hex((const uint8_t *)raw.p, raw.n, hex);
		id->build_id = kd_arena_view(&s->arena, kd_view_of(hex));
	}
	read_banner(&elf, &s->arena, id);
	return NULL;
}

/* --- what it is good for ------------------------------------------------------------------ */

/* Of this kernel, without symbols: its build-id may lead further. */
static bool follow(struct kd_symset *s, const char *what, const struct kd_kdx_ident *id, struct find_query *q,
		   struct opened *ret)
{
	struct kd_view why = kd_symset_mismatch(&s->arena, &s->want, q->module, q->build_id, id);
	const bool learned = !why.n && !q->build_id.n && id->build_id.n;
	const bool useful = learned && (!s->o.only_paths || s->folders.n);

	if (why.n) {
		find_note(s, what, false, why.p);
		return false;
	}
	why = kd_arena_printf(&s->arena, "its vmlinux has no symbols%s%.*s%s", id->build_id.n ? "; its build-id is " : "",
			      KD_VARG(id->build_id), useful ? ", by which debug info is looked for" : "");
	find_absent(s, what, why.p ? why.p : "its vmlinux has no symbols");
	if (!learned)
		return false;
	q->build_id = id->build_id;
	return find_in_folders(s, q, ret) || (!s->o.only_paths && find_by_build_id(s, q, ret));
}

static bool in_bzimage(struct kd_symset *s, const char *path, const char *what, const struct kd_kimage *im,
		       struct find_query *q, struct opened *ret)
{
	kd_auto(find_temp_close) struct find_temp t = FIND_TEMP_NONE;
	struct kd_kdx_ident id = {.type = KD_ET_EXEC};
	struct kd_kdx *k = NULL;
	struct kd_error *err;
	bool symbols = false;

	if (im->payload_bytes)
		err = unpack(s, path, im, &t);
	else
		err = kd_error_new(KD_BADDATA, "its boot header does not say where its vmlinux lies, or the file was cut");
	if (!err)
		err = read_ident(s, t.path, &id, &symbols);
	if (!err && symbols)
		err = kd_kdx_cached(s->ctx, t.path, &s->o.cache, &k, NULL);
	if (err) {
		find_note(s, what, false, err->msg);
		kd_error_free(err);
		return false;
	}
	return k ? find_take(s, k, what, path, q, ret) : follow(s, what, &id, q, ret);
}

bool find_in_image(struct kd_symset *s, const char *path, const char *what, struct find_query *q,
		   struct opened *ret)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_view head = KD_VNULL;
	struct kd_kimage im;
	struct stat st;

	if (stat(path, &st)) {
		find_note(s, what, false, "there is no such file");
		return false;
	}
	err = kd_source_open(path, &src);
	if (!err)
		err = kd_source_peek(src, KD_KIMAGE_HEAD, &head);
	if (err) {
		find_note(s, what, false, err->msg);
	} else if (kd_view_starts(head, KD_V("\x7f" "ELF"))) {
		return find_try_file(s, path, q, ret);
	} else if (!kd_kimage_read(head, (uint64_t)st.st_size, &im)) {
		find_note(s, what, false, "it is no kernel image that kdoc knows");
	} else if (im.kind == KD_KIMAGE_BZIMAGE) {
		return in_bzimage(s, path, what, &im, q, ret);
	} else {
		find_absent(s, what, "an arm64 Image has no symbols: the vmlinux that it was made of has them");
	}
	return false;
}

/* --- places ------------------------------------------------------------------------------- */

bool find_image(struct kd_symset *s, struct find_query *q, struct opened *ret)
{
	static const char *const places[] = {"/boot/vmlinuz-", "/lib/modules/"};
	const struct kd_view release = s->want.release;
	struct stat st;

	for (size_t i = 0; i < s->images.n && !q->module.n; i++)
		if (find_in_image(s, s->images.v[i], s->images.v[i], q, ret))
			return true;
	if (s->o.only_paths || q->module.n || q->build_id.n || !release.n || release.n > 200 ||
	    kd_view_has(release, KD_V("/")) || kd_view_has(release, KD_V("..")))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(places) && !q->build_id.n; i++) {
		struct kd_view path = kd_arena_printf(&s->arena, "%s%s%.*s%s", s->o.root, places[i], KD_VARG(release),
						      i ? "/vmlinuz" : "");

		if (path.p && !stat(path.p, &st) && S_ISREG(st.st_mode) && find_in_image(s, path.p, path.p, q, ret))
			return true;
	}
	return false;
}
