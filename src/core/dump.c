// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/dump.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "core/framedebug.h"
#include "evidence/evidence.h"
#include "format/elfcore.h"
#include "symbol/resolve.h"

enum { ROOM_MAX = 256 << 20, PROOF_MAX = 1 << 16, ID_DIGITS = 16, PRSTATUS = 1 };

#define LINKED 0xffff000000000000u /* kernels are linked above it */

struct kd_dump {
	struct kd_ctx *ctx;
	const char *path;
	struct kd_dump_options o;
	bool borrowed; /* pages; space and kernel if they were given */
	bool borrowed_space, borrowed_kernel;
	struct kd_pages *pages;
	struct kd_space *space;
	struct kd_kernel *kernel;
	struct kd_modules mods;
	struct kd_cpus cpus;
	struct kd_unwinder *unwinder;
	struct kd_symset *symset;
	struct kd_frame_debug *debug; /* of the unwinder */
	bool have_mods, have_cpus, again;
	char id[2 * KD_SHA256_LEN + 1];
	struct kd_arena arena; /* of modules, CPUs */
};

/* --- life -------------------------------------------------------------------------------------------- */

struct kd_error *kd_dump_open(struct kd_ctx *ctx, const char *path, const struct kd_dump_options *o, struct kd_dump **ret)
{
	kd_auto(kd_dump_closep) struct kd_dump *d = kd_xcalloc(1, sizeof(*d));
	struct kd_error *err;

	d->ctx = ctx;
	d->path = path;
	d->o = *o;
	d->arena = KD_ARENA_INIT(ROOM_MAX);
	err = kd_pages_open_with(path, &o->pages, &d->pages);
	if (err)
		return err;
	*ret = kd_take(d);
	return NULL;
}

struct kd_dump *kd_dump_of(struct kd_ctx *ctx, struct kd_pages *pages, struct kd_space *space, struct kd_kernel *kernel)
{
	struct kd_dump *d = kd_xcalloc(1, sizeof(*d));

	*d = (struct kd_dump){.ctx = ctx, .path = "dump", .pages = pages, .space = space, .kernel = kernel, .borrowed = true,
			      .borrowed_space = space != NULL, .borrowed_kernel = kernel != NULL, .arena = KD_ARENA_INIT(ROOM_MAX)};
	return d;
}

void kd_dump_close(struct kd_dump *d)
{
	if (!d)
		return;
	kd_unwinder_free(d->unwinder);
	kd_frame_debug_free(d->debug);
	kd_symset_free(d->symset);
	if (!d->borrowed_kernel)
		kd_kernel_free(d->kernel);
	if (!d->borrowed_space)
		kd_space_free(d->space);
	if (!d->borrowed)
		kd_pages_close(d->pages);
	kd_arena_deinit(&d->arena);
	kd_free(d);
}

void kd_dump_closep(struct kd_dump **d)
{
	kd_dump_close(*d);
	*d = NULL;
}

struct kd_ctx *kd_dump_ctx(const struct kd_dump *d)
{
	return d->ctx;
}

const char *kd_dump_path(const struct kd_dump *d)
{
	return d->path;
}

struct kd_pages *kd_dump_pages(struct kd_dump *d)
{
	return d->pages;
}

/* --- what is opened when it is needed ---------------------------------------------------------------- */

struct kd_error *kd_dump_need_space(struct kd_dump *d)
{
	return d->space ? NULL : kd_error_wrap(kd_space_new(d->pages, &d->space), "%s", d->path);
}

/* Per-CPU variables of x86_64 before 6.15 are counted from 0: they are not moved. */
static bool in_debug_info(void *user, const char *name, uint64_t *ret)
{
	struct kd_dump *d = user;
	struct kd_kdx *index = kd_dump_index(d);
	struct kd_symbol sym;
	size_t first;

	if (!index || kd_symbols_named(index, kd_view_of(name), &first) != 1 || !kd_symbol_by_name(index, first, &sym))
		return false;
	*ret = sym.addr >= LINKED ? sym.addr + kd_dump_kaslr(d) : sym.addr;
	return true;
}

struct kd_error *kd_dump_need_kernel(struct kd_dump *d)
{
	struct kd_error *err = kd_dump_need_space(d);

	if (!err && d->kernel) { /* what is read as it is needed may have been damaged */
		err = kd_ksyms_lost_addresses(kd_kernel_symbols(d->kernel));
		return err ? kd_error_wrap(err, "%s: the kernel's symbols", d->path) : NULL;
	}
	if (err)
		return err;
	err = kd_error_wrap(kd_kernel_open(d->space, &d->kernel), "%s", d->path);
	if (!err && d->o.ndebug && kd_kernel_functions_only(d->kernel))
		kd_kernel_more_symbols(d->kernel, in_debug_info, d);
	return err;
}

bool kd_dump_again(struct kd_dump *d)
{
	struct kd_error *lost = d->kernel ? kd_ksyms_lost_addresses(kd_kernel_symbols(d->kernel)) : NULL;

	if (d->again || !d->kernel || (!lost && !kd_kernel_lost_types(d->kernel)))
		return false;
	kd_error_free(lost);
	d->again = true;
	kd_unwinder_free(d->unwinder);
	d->unwinder = NULL;
	kd_frame_debug_free(d->debug);
	d->debug = NULL;
	d->have_mods = d->have_cpus = false;
	return true;
}

struct kd_error *kd_dump_need_types(struct kd_dump *d)
{
	struct kd_error *err = kd_dump_need_kernel(d);
	const char *why = err ? NULL : kd_kernel_no_types(d->kernel);

	return why ? kd_error_new(KD_NOTFOUND, "%s: the layout of structures is not known: %s", d->path, why) : err;
}

struct kd_space *kd_dump_space(struct kd_dump *d)
{
	return d->space;
}

struct kd_kernel *kd_dump_kernel(struct kd_dump *d)
{
	return d->kernel;
}

const struct kd_types *kd_dump_types(struct kd_dump *d)
{
	return d->kernel ? kd_kernel_types(d->kernel) : NULL;
}

const struct kd_modules *kd_dump_modules(struct kd_dump *d)
{
	if (!d->have_mods && d->kernel) {
		kd_modules_read(d->kernel, &d->arena, &d->mods);
		d->have_mods = true;
	}
	return &d->mods;
}

struct kd_error *kd_dump_cpus(struct kd_dump *d, const struct kd_cpus **ret)
{
	struct kd_error *err = kd_dump_need_kernel(d);

	if (!err && !d->have_cpus) {
		err = kd_error_wrap(kd_cpus_read(d->kernel, kd_pages_info(d->pages)->notes, &d->arena, &d->cpus), "%s", d->path);
		d->have_cpus = !err;
	}
	if (!err)
		*ret = &d->cpus;
	return err;
}

static struct kd_view note(struct kd_dump *d, struct kd_view key)
{
	return d->space ? kd_vmcoreinfo_get(kd_space_vmcoreinfo(d->space), key) : KD_VNULL;
}

/* With debug info: its call frame information. No index is opened before a place is asked for. */
static void give_cfi(struct kd_dump *d)
{
	const struct kd_frame_source from = {.k = d->kernel, .mods = kd_dump_modules(d), .set = kd_dump_symset(d),
					     .build_id = note(d, KD_V("BUILD-ID")), .kaslr = kd_dump_kaslr(d)};

	if (!from.set)
		return;
	d->debug = kd_frame_debug_new(&from);
	kd_unwinder_cfi(d->unwinder, &(struct kd_cfi_source){.user = d->debug, .find = kd_frame_debug_cfi});
}

struct kd_error *kd_dump_unwinder(struct kd_dump *d, struct kd_unwinder **ret)
{
	struct kd_error *err = kd_dump_need_kernel(d);

	if (!err && !d->unwinder)
		err = kd_error_wrap(kd_unwinder_new(d->kernel, kd_dump_modules(d), &d->unwinder), "%s", d->path);
	if (!err && !d->debug)
		give_cfi(d);
	if (!err)
		*ret = d->unwinder;
	return err;
}

/* --- debug info -------------------------------------------------------------------------------------- */

struct kd_symset *kd_dump_symset(struct kd_dump *d)
{
	const struct kd_symset_want want = {.release = note(d, KD_V("OSRELEASE"))};
	const struct kd_symset_options so = {.paths = d->o.debug, .npaths = d->o.ndebug, .cache = d->o.cache};

	if (!d->symset && d->o.ndebug)
		d->symset = kd_symset_new(d->ctx, &want, &so);
	return d->symset;
}

struct kd_kdx *kd_dump_index(struct kd_dump *d)
{
	struct kd_symset *set = kd_dump_symset(d);

	return set ? kd_symset_get(set, KD_VNULL, note(d, KD_V("BUILD-ID"))) : NULL;
}

uint64_t kd_dump_kaslr(struct kd_dump *d)
{
	uint64_t offset;

	return kd_view_hex(note(d, KD_V("KERNELOFFSET")), &offset) ? offset : 0;
}

/* Guests that began with the same saved state have the same VMCOREINFO: their registers tell them apart. */
static void make_id(struct kd_dump *d, const struct kd_pages_info *info)
{
	uint8_t sum[KD_SHA256_LEN];
	struct kd_elfnote note;
	struct kd_sha256 h;
	size_t at = 0;

	kd_sha256_init(&h);
	kd_sha256_update(&h, kd_vmcoreinfo(info->vmcoreinfo).text);
	while (kd_elfnote_next(info->notes, false, &at, &note))
		if (note.type == PRSTATUS)
			kd_sha256_update(&h, note.desc);
	kd_sha256_final(&h, sum);
	kd_hex(sum, sizeof(sum), d->id);
}

struct kd_view kd_dump_id(struct kd_dump *d)
{
	if (!d->id[0] && kd_pages_info(d->pages)->vmcoreinfo.n)
		make_id(d, kd_pages_info(d->pages));
	return d->id[0] ? kd_view(d->id, ID_DIGITS) : KD_V("0");
}

/* --- names ------------------------------------------------------------------------------------------- */

bool kd_dump_name(struct kd_dump *d, uint64_t addr, struct kd_place_name *ret)
{
	struct kd_ksym sym;

	if (!d->kernel)
		return false;
	*ret = (struct kd_place_name){.module = NULL};
	if (!kd_kernel_is_image(d->kernel, addr)) {
		ret->module = kd_modules_at(kd_dump_modules(d), addr);
		if (!ret->module || !kd_module_symbol(d->kernel, ret->module, addr, &sym))
			return false;
	} else if (!kd_ksyms_at(kd_kernel_symbols(d->kernel), addr, &sym)) {
		return false;
	}
	memcpy(ret->name, sym.name, sizeof(ret->name));
	ret->addr = sym.addr;
	ret->off = addr - sym.addr;
	ret->size = sym.size;
	ret->type = sym.type;
	return true;
}

struct kd_view kd_dump_name_text(struct kd_dump *d, uint64_t addr, struct kd_arena *arena)
{
	struct kd_place_name at;

	if (!kd_dump_name(d, addr, &at))
		return KD_VNULL;
	return at.module ? kd_arena_printf(arena, "%s+0x%" PRIx64 " [%s]", at.name, at.off, at.module->name) :
			   kd_arena_printf(arena, "%s+0x%" PRIx64, at.name, at.off);
}

struct found {
	uint64_t addr;
	size_t n;
};

static void in_modules(struct kd_dump *d, struct kd_view module, const char *name, struct found *f)
{
	const struct kd_modules *m = kd_dump_modules(d);

	for (size_t i = 0; i < m->n; i++) {
		uint64_t addr;

		if ((module.n && !kd_view_eq(kd_view_of(m->v[i].name), module)) || !kd_module_address(d->kernel, &m->v[i], name, &addr))
			continue;
		if (!f->n++)
			f->addr = addr;
	}
}

static struct kd_error *find_name(struct kd_dump *d, struct kd_view module, const char *name, uint64_t *ret)
{
	struct found f = {0};

	if (!module.n)
		f.n = kd_kernel_symbols_named(d->kernel, name, &f.addr);
	if (!f.n && !module.n && kd_kernel_symbol(d->kernel, name, &f.addr)) /* by debug info */
		f.n = 1;
	if (!f.n)
		in_modules(d, module, name, &f);
	if (!f.n)
		return kd_error_new(KD_NOTFOUND, "no symbol \"%s\"%s%.*s is in the dump", name, module.n ? " of module " : "",
				    (int)module.n, module.n ? module.p : "");
	if (f.n > 1)
		return kd_error_new(KD_INVALID, "%zu symbols are called \"%s\"; the first is at 0x%" PRIx64 " (kdoc core sym lists them)",
				    f.n, name, f.addr);
	*ret = f.addr;
	return NULL;
}

struct kd_error *kd_dump_address(struct kd_dump *d, struct kd_view name, uint64_t *ret)
{
	struct kd_view rest = name, module = KD_VNULL, symbol;
	struct kd_error *err = kd_dump_need_kernel(d);
	const size_t plus = kd_view_rchr(name, '+'), colon = kd_view_chr(name, ':');
	char text[KD_KALLSYMS_NAME];
	uint64_t off = 0;

	if (err)
		return err;
	if (plus != KD_NPOS) {
		struct kd_view digits = kd_view_from(name, plus + 1);

		rest = kd_view_head(name, plus);
		if (kd_view_skip(&digits, KD_V("0x")) ? !kd_view_hex(digits, &off) : !kd_view_dec(digits, &off))
			return kd_error_new(KD_INVALID, "what is behind '+' in \"%.*s\" is no number", (int)name.n, name.p);
	}
	symbol = rest;
	if (colon != KD_NPOS && colon < rest.n) {
		module = kd_view_head(rest, colon);
		symbol = kd_view_from(rest, colon + 1);
	}
	if (!symbol.n || symbol.n >= sizeof(text))
		return kd_error_new(KD_INVALID, "\"%.*s\" is no name of a symbol", (int)name.n, name.p);
	memcpy(text, symbol.p, symbol.n);
	text[symbol.n] = 0;
	err = find_name(d, module, text, ret);
	if (!err)
		*ret += off;
	return err;
}

/* --- for sheets -------------------------------------------------------------------------------------- */

static struct kd_cell missed(struct kd_sheet *s, const struct kd_space_miss *miss)
{
	struct kd_cell c = kd_cell_none(NULL);

	c.text = kd_sheet_text(s, "0x%" PRIx64 " cannot be read: %s", miss->addr, kd_space_why(miss));
	return c;
}

struct kd_cell kd_dump_cell(struct kd_dump *d, struct kd_sheet *s, uint64_t addr, unsigned size, bool hex)
{
	struct kd_space_miss miss;
	uint64_t v;

	if (!kd_space_uint(d->space, addr, size, &v, &miss))
		return missed(s, &miss);
	return hex ? kd_cell_hex(v) : kd_cell_uint(v);
}

struct kd_cell kd_dump_member(struct kd_dump *d, struct kd_sheet *s, uint64_t addr, const char *type, const char *path, bool hex)
{
	struct kd_field f;
	struct kd_cell c;

	if (!kd_kernel_field(d->kernel, type, path, &f)) {
		c = kd_cell_none(NULL);
		c.text = kd_sheet_text(s, "this kernel's struct %s has no member %s", type, path);
		return c;
	}
	if (f.size != 1 && f.size != 2 && f.size != 4 && f.size != 8)
		return kd_cell_none("it is no number");
	c = kd_dump_cell(d, s, addr + f.off, (unsigned)f.size, hex);
	if (c.kind == KD_CELL_UINT && kd_types_is_signed(kd_kernel_types(d->kernel), f.type)) {
		c.kind = KD_CELL_INT;
		c.i = (int64_t)(c.u << (64 - 8 * f.size)) >> (64 - 8 * f.size);
	}
	return c;
}

struct kd_cell kd_dump_addr_cell(struct kd_dump *d, struct kd_sheet *s, uint64_t addr)
{
	struct kd_cell c = kd_cell_hex(addr);

	c.text = kd_dump_name_text(d, addr, s->arena);
	return c;
}

void kd_dump_prove(struct kd_dump *d, struct kd_sheet *s, struct kd_assertion *st, uint64_t addr, uint64_t size, const char *what)
{
	char hex[2 * KD_SHA256_LEN + 1];
	kd_auto(kd_freep) char *bytes = NULL;
	struct kd_evidence e;
	struct kd_proof *p;
	struct kd_error *err;
	uint64_t value = 0;

	if (!size || size > PROOF_MAX)
		return;
	bytes = kd_xmalloc((size_t)size);
	if (!kd_space_read(d->space, addr, bytes, (size_t)size, NULL))
		return;
	if (size <= 8)
		memcpy(&value, bytes, (size_t)size); /* dumps are of little-endian machines */
	p = kd_statement_proof(s, st, addr, size, value, kd_sheet_text(s, "%s", what));
	err = kd_evidence_memory(kd_dump_id(d), addr, kd_view(bytes, (size_t)size), &e);
	if (p && !err) {
		kd_hex(e.digest, sizeof(e.digest), hex);
		p->id = kd_arena_view(s->arena, kd_view_of(e.id));
		p->locator = kd_arena_view(s->arena, kd_view_of(e.locator));
		p->digest = kd_arena_view(s->arena, kd_view_of(hex));
	}
	kd_error_free(err);
}

static bool is_plain(const char *s)
{
	for (; *s; s++)
		if (!kd_is_word(*s) && !strchr("-./+=:,@%^", *s))
			return false;
	return true;
}

void kd_dump_next(struct kd_dump *d, struct kd_sheet *s, const char *verb, const char *fmt, ...)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)64 << 10);
	va_list ap;

	kd_buf_printf(&b, "kdoc core %s ", verb);
	if (is_plain(d->path)) {
		kd_buf_add(&b, kd_view_of(d->path));
	} else { /* as a POSIX shell wants it */
		kd_buf_addc(&b, '\'');
		for (const char *p = d->path; *p; p++)
			kd_buf_add(&b, *p == '\'' ? KD_V("'\\''") : kd_view(p, 1));
		kd_buf_addc(&b, '\'');
	}
	if (*fmt)
		kd_buf_addc(&b, ' ');
	va_start(ap, fmt);
	kd_buf_vprintf(&b, fmt, ap);
	va_end(ap);
	while (b.n && b.p[b.n - 1] == ' ')
		b.n--;
	kd_sheet_next(s, "%.*s", (int)b.n, b.n ? b.p : "");
}

void kd_dump_level(struct kd_dump *d, struct kd_sheet *s)
{
	const struct kd_view release = note(d, KD_V("OSRELEASE"));
	const char *why = d->kernel ? kd_kernel_no_types(d->kernel) : NULL;
	kd_auto(kd_error_freep) struct kd_error *lost = d->kernel ? kd_ksyms_lost(kd_kernel_symbols(d->kernel)) : NULL;
	const char *level = !d->space ? "header" : !d->kernel ? "vmcoreinfo" : why ? "kallsyms" : "kallsyms and BTF";

	if (release.n)
		kd_sheet_field(s, "release", NULL, kd_sheet_cell(s, release));
	if (d->symset && kd_dump_index(d))
		level = "debug info, kallsyms and BTF";
	kd_sheet_field(s, "knowledge", NULL, kd_cell_text(kd_view_of(level)));
	if (why)
		kd_sheet_note(s, "the layout of structures is not known: %s", why);
	if (kd_pages_info(d->pages)->live)
		kd_sheet_note(s, "live: inconsistent, for the memory changes while it is read");
	if (kd_pages_info(d->pages)->vmcoreinfo_from)
		kd_sheet_note(s, "VMCOREINFO: %s", kd_pages_info(d->pages)->vmcoreinfo_from);
	if (d->have_mods && d->mods.why)
		kd_sheet_note(s, "modules: %s", d->mods.why);
	if (lost)
		kd_sheet_note(s, "not all symbols of the kernel are known: %s", lost->msg);
}
