// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/fs.h"
#include "base/proc.h"
#include "format/elfcore.h"
#include "lab/file.h"
#include "lab/kdump.h"

static const struct format {
	const char *word;
	const char *option; /* of makedumpfile */
	uint32_t status; /* header bit of the compression (makedumpfile's diskdump_mod.h) */
} formats[KD_CORE_NFORMATS] = {
	[KD_CORE_ELF] = {"elf", "-E", 0},	[KD_CORE_PLAIN] = {"plain", NULL, 0},
	[KD_CORE_ZLIB] = {"zlib", "-c", 1},	[KD_CORE_LZO] = {"lzo", "-l", 2},
	[KD_CORE_SNAPPY] = {"snappy", "-p", 4}, [KD_CORE_ZSTD] = {"zstd", "-z", 0x20},
	[KD_CORE_QEMU_ZLIB] = {"qemu-zlib", NULL, 1},
};

const char *kd_core_format_word(unsigned format)
{
	return format < KD_CORE_NFORMATS ? formats[format].word : "?";
}

const char *kd_core_format_option(unsigned format)
{
	return format < KD_CORE_NFORMATS ? formats[format].option : NULL;
}

/* --- the forms asked for ------------------------------------------------------------------ */

static struct kd_error *form_parse(struct kd_view text, struct kd_core_form *ret)
{
	struct kd_view rest = text, word = text;
	bool more = kd_view_take_until(&rest, KD_V(":"), &word);
	struct kd_core_form f = {.format = KD_CORE_NFORMATS, .level = KD_CORE_LEVEL_NONE};
	uint64_t level;

	for (unsigned i = 0; i < KD_CORE_NFORMATS; i++)
		if (kd_view_eq(word, kd_view_of(formats[i].word)))
			f.format = (uint8_t)i;
	if (f.format == KD_CORE_NFORMATS)
		return kd_error_new(KD_INVALID, "no core format '%.*s' (elf, plain, zlib, lzo, snappy, "
				    "zstd, qemu-zlib)", KD_VARG(word));
	while (more) {
		word = rest;
		more = kd_view_take_until(&rest, KD_V(":"), &word);
		if (kd_view_eq(word, KD_V("flat"))) {
			f.flat = true;
		} else if (kd_view_dec(word, &level) && level <= KD_CORE_LEVEL_MAX) {
			f.level = (uint8_t)level;
		} else {
			return kd_error_new(KD_INVALID, "core form '%.*s': a level is 0 to %d, and "
					    "only :flat may follow", KD_VARG(text), KD_CORE_LEVEL_MAX);
		}
	}
	if (f.format == KD_CORE_QEMU_ZLIB && (f.flat || f.level != KD_CORE_LEVEL_NONE))
		return kd_error_new(KD_INVALID, "qemu-zlib has no levels: QEMU drops no page");
	if (f.format != KD_CORE_ELF && f.format != KD_CORE_QEMU_ZLIB && f.level == KD_CORE_LEVEL_NONE)
		f.level = 0;
	if (f.format == KD_CORE_ELF && f.flat && f.level == KD_CORE_LEVEL_NONE)
		f.level = 0;
	*ret = f;
	return NULL;
}

static struct kd_error *add_form(struct kd_core_form f, struct kd_core_form *ret, size_t max,
				 size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		if (!memcmp(&ret[i], &f, sizeof(f)))
			return NULL;
	if (*n == max)
		return kd_error_new(KD_LIMIT, "more than %zu forms of a core", max);
	ret[(*n)++] = f;
	return NULL;
}

static struct kd_error *add_all(struct kd_core_form *ret, size_t max, size_t *n)
{
	struct kd_error *err = add_form((struct kd_core_form){KD_CORE_ELF, KD_CORE_LEVEL_NONE, false},
					ret, max, n);

	for (uint8_t f = 0; !err && f < KD_CORE_QEMU_ZLIB; f++)
		for (unsigned i = 0; !err && i < 4; i++)
			err = add_form((struct kd_core_form){f, i & 1 ? 31 : 0, i & 2}, ret, max, n);
	return err ? err
		   : add_form((struct kd_core_form){KD_CORE_QEMU_ZLIB, KD_CORE_LEVEL_NONE, false}, ret,
			      max, n);
}

struct kd_error *kd_core_forms_parse(const char *text, struct kd_core_form *ret, size_t max,
				     size_t *n_ret)
{
	struct kd_view rest = kd_view_of(text), word;
	struct kd_error *err = NULL;
	size_t n = 0;
	bool more = true;

	while (more && !err) {
		struct kd_core_form f;

		word = rest;
		more = kd_view_take_until(&rest, KD_V(","), &word);
		if (kd_view_eq(word, KD_V("all"))) {
			err = add_all(ret, max, &n);
			continue;
		}
		err = form_parse(word, &f);
		if (!err)
			err = add_form(f, ret, max, &n);
	}
	if (!err)
		*n_ret = n;
	return err;
}

/* --- the ELF core ------------------------------------------------------------------------- */

enum { EHDR = 64, E_PHOFF = 32, E_SHOFF = 40, E_SHENTSIZE = 58, SECTIONS = 6 };

/* The headers in head (of n bytes) with the program headers at EHDR; what stood there is gone. */
static struct kd_error *move_headers(char *head, size_t n, const struct kd_elfcore *core)
{
	size_t size = (size_t)core->phnum * core->phentsize;
	uint64_t first = UINT64_MAX, phoff = EHDR;

	for (size_t i = 0; i < core->nseg; i++)
		if (core->seg[i].filesz && core->seg[i].off < first)
			first = core->seg[i].off;
	if (!core->is64 || core->big_endian)
		return kd_error_new(KD_UNSUPPORTED, "only little-endian 64-bit cores");
	if (core->phnum >= 0xffff)
		return kd_error_new(KD_UNSUPPORTED, "the number of segments stands in a section");
	if (EHDR + size > first || core->phoff + size > n)
		return kd_error_new(KD_BADDATA, "its data begins at %#jx, within the headers",
				    (uintmax_t)first);
	memmove(head + EHDR, head + core->phoff, size);
	for (size_t i = 0; i < 8; i++) {
		head[E_PHOFF + i] = (char)(phoff >> 8 * i & 0xff);
		head[E_SHOFF + i] = 0;
	}
	memset(head + E_SHENTSIZE, 0, SECTIONS); /* e_shentsize, e_shnum, e_shstrndx */
	return NULL;
}

static struct kd_error *straighten(int fd, const char *path)
{
	kd_auto(kd_buf_deinit) struct kd_buf head = KD_BUF_INIT(KD_ELFCORE_HEAD);
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT((size_t)8 << 20);
	char *p = kd_buf_reserve(&head, KD_ELFCORE_HEAD);
	struct kd_elfcore core;
	struct kd_error *err;
	size_t n;

	if (!p)
		return kd_error_new(KD_NOMEM, "no memory");
	err = kd_file_read_at(fd, path, 0, p, KD_ELFCORE_HEAD, &n);
	if (!err)
		err = kd_elfcore_parse(kd_view(p, n), &arena, &core);
	if (err || core.phoff == EHDR)
		return err;
	err = move_headers(p, n, &core);
	return err ? err : kd_file_write_at(fd, path, 0, p, (size_t)(core.phoff + core.phnum * core.phentsize));
}

struct kd_error *kd_elfcore_straighten(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct kd_error *err;

	if (fd < 0)
		return kd_error_errno(errno, "%s", path);
	err = straighten(fd, path);
	if (close(fd) && !err)
		err = kd_error_errno(errno, "writing %s", path);
	return kd_error_wrap(err, "%s", path);
}

/* --- makedumpfile ------------------------------------------------------------------------- */

/*
 * A makedumpfile that was built without a compression writes plain pages and succeeds. The bit
 * for it stands in the header of the file: at 424, behind signature, version, utsname and time.
 */
const char *kd_core_check_packing(const char *path, const struct kd_core_form *f)
{
	enum { FLAT_HEADER = 4096, FLAT_ITEM = 16, STATUS = 424 };
	uint64_t at = STATUS + (f->flat ? FLAT_HEADER + FLAT_ITEM : 0);
	unsigned char b[4] = {0};
	uint32_t status;
	size_t n = 0;
	int fd;

	if (!formats[f->format].status)
		return NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return "it cannot be read again";
	kd_error_free(kd_file_read_at(fd, path, at, b, sizeof(b), &n));
	close(fd);
	status = (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
	if (n == sizeof(b) && status & formats[f->format].status)
		return NULL;
	return "this makedumpfile was built without that compression: it wrote plain pages";
}

/* What it says behind each failure, which is no reason. */
static bool is_reason(struct kd_view line)
{
	static const char *const none[] = {"makedumpfile Failed", "Commandline parameter is invalid",
					   "Try `makedumpfile --help'"};

	for (size_t i = 0; i < KD_ARRAY_LEN(none); i++)
		if (kd_view_starts(line, kd_view_of(none[i])))
			return false;
	return line.n != 0;
}

struct kd_view kd_core_complaint(struct kd_view text)
{
	struct kd_view line, last = KD_VNULL;

	while (kd_view_take_until(&text, KD_V("\n"), &line))
		if (is_reason(kd_view_trim(line)))
			last = kd_view_trim(line);
	if (kd_view_starts(last, KD_V("Specify '-x'"))) /* it asks for the vmlinux or a file */
		return KD_V("the core has no VMCOREINFO: the guest's kernel did not tell QEMU where it is (module qemu_fw_cfg)");
	return kd_view_head(last, 200);
}

static struct kd_error *run_makedumpfile(struct kd_ctx *ctx, const char *elf,
					 const struct kd_core_form *f, const char *path)
{
	enum { MINUTES = 20 };
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	struct kd_proc_req req = {.timeout_ms = MINUTES * 60000, .cancel = ctx->cancel};
	const char *argv[16];
	size_t n = 0;
	int fd = -1;
	char level[8];
	struct kd_error *err;

	snprintf(level, sizeof(level), "%u", f->level);
	argv[n++] = "makedumpfile";
	if (formats[f->format].option)
		argv[n++] = formats[f->format].option;
	argv[n++] = "-d";
	argv[n++] = level;
	argv[n++] = "--message-level";
	argv[n++] = "6"; /* errors and the reasons of failures; no progress */
	if (f->flat)
		argv[n++] = "-F";
	argv[n++] = elf;
	if (!f->flat)
		argv[n++] = path;
	argv[n] = NULL;
	req.argv = argv;
	if (f->flat) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (fd < 0)
			return kd_error_errno(errno, "%s", path);
		req.out_fd = &fd;
	}
	err = kd_proc_run(&req, &r);
	if (!err && !r.err.n)
		(void)kd_buf_add(&r.err, kd_core_complaint(kd_buf_view(&r.out))); /* without -F: there */
	if (!err)
		err = kd_proc_check(&req, &r);
	if (fd >= 0 && close(fd) && !err)
		err = kd_error_errno(errno, "writing %s", path);
	return err;
}

/* --- all forms ---------------------------------------------------------------------------- */

const char *kd_core_form_name(struct kd_arena *a, const struct kd_core_form *f)
{
	char level[8] = "";

	if (f->level != KD_CORE_LEVEL_NONE)
		snprintf(level, sizeof(level), "-%u", f->level);
	return kd_arena_printf(a, "core.%s%s%s", formats[f->format].word, level,
			       f->flat ? ".flat" : "").p;
}

static const char *problem(struct kd_arena *a, struct kd_error *err)
{
	const char *text = err ? kd_arena_printf(a, "%s", err->msg).p : NULL;

	kd_error_free(err);
	return text;
}

static void make_form(struct kd_ctx *ctx, struct kd_vm *vm, const char *version, const char *elf,
		      struct kd_arena *a, struct kd_core_file *file)
{
	struct stat st;

	if (file->form.format == KD_CORE_QEMU_ZLIB) {
		file->by = "qemu";
		file->problem = problem(a, kd_vm_dump(ctx, vm, file->path, KD_DUMP_KDUMP_ZLIB));
	} else if (strcmp(file->path, elf)) {
		file->by = "makedumpfile";
		file->problem = problem(a, run_makedumpfile(ctx, elf, &file->form, file->path));
		if (file->problem)
			unlink(file->path); /* of a full disk, say: half a core is none */
		else
			file->problem = kd_core_check_packing(file->path, &file->form);
		if (file->problem && kd_kdump_can(&file->form)) {
			file->by = "kdoc";
			file->problem = problem(a, kd_kdump_write(ctx, elf, &file->form, version,
								   file->path));
		}
	} else {
		file->by = "qemu";
	}
	if (!stat(file->path, &st))
		file->bytes = (uint64_t)st.st_size;
	else if (!file->problem)
		file->problem = "no file came of it";
}

struct kd_error *kd_capture(struct kd_ctx *ctx, struct kd_vm *vm, const char *version,
			    const char *dir, const struct kd_core_form *forms, size_t n, struct kd_arena *arena,
			    struct kd_core_file *files)
{
	const char *elf = kd_arena_printf(arena, "%s/core.elf", dir).p;
	struct kd_error *err = kd_fs_mkdirs(dir, 0700);
	bool wanted = false;

	memset(files, 0, n * sizeof(*files));
	if (!err && !elf)
		err = kd_error_new(KD_LIMIT, "no room for the names of the cores");
	if (!err)
		err = kd_vm_dump(ctx, vm, elf, KD_DUMP_ELF);
	if (!err)
		err = kd_elfcore_straighten(elf);
	if (err) {
		if (elf)
			unlink(elf);
		return kd_error_wrap(err, "dumping the guest's memory");
	}
	for (size_t i = 0; i < n; i++) {
		files[i].form = forms[i];
		files[i].name = kd_core_form_name(arena, &forms[i]);
		files[i].path = kd_arena_printf(arena, "%s/%s", dir, files[i].name).p;
		if (!files[i].name || !files[i].path)
			return kd_error_new(KD_LIMIT, "no room for the names of the cores");
		wanted |= !strcmp(files[i].path, elf);
		make_form(ctx, vm, version, elf, arena, &files[i]);
		err = kd_ctx_check(ctx);
		if (err)
			return err;
	}
	if (!wanted)
		unlink(elf);
	return NULL;
}
