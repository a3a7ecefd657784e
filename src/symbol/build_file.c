// SPDX-License-Identifier: GPL-2.0-or-later
/* Parts of the index that do not come from DWARF: symbols, code bytes, identity. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "symbol/build_internal.h"
#include "symbol/build_symbols.h"
#include "symbol/kallsyms_image.h"
#include "symbol/kdx_format.h"

enum { SYMBOLS_MAX = 1 << 24, BANNER_MAX = 512 };
#define TABLE_MAX ((size_t)1 << 30)

/* --- symbols ------------------------------------------------------------------------------ */

static bool wanted(const struct kd_elf *elf, const struct kd_elf_sym *s, uint16_t *flags)
{
	const struct kd_elf_section *sec;

	*flags = 0;
	if (!s->name.n || s->type > KD_STT_FUNC || s->section == KD_SHN_UNDEF)
		return false;
	if (kd_view_starts(s->name, KD_V("$")) || kd_view_starts(s->name, KD_V(".L")))
		return false; /* mapping symbols of Arm, local labels */
	if (s->section == KD_SHN_ABS) {
		*flags = KD_SYM_ABS;
		return true;
	}
	if (s->section >= elf->nsec)
		return false;
	sec = &elf->sec[s->section];
	if (!(sec->flags & KD_SHF_ALLOC))
		return false;
	*flags = sec->flags & KD_SHF_EXEC ? KD_SYM_CODE : KD_SYM_DATA;
	if (kd_view_starts(sec->name, KD_V(".init")))
		*flags |= KD_SYM_INIT;
	return true;
}

/* --- relocations of the code -------------------------------------------------------------- */

struct site {
	uint32_t at, name, type;
	uint64_t value;
};

static int by_site(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* Where the code of a relocatable file names something else: its bytes there mean nothing yet. */
static struct kd_error *put_relocs(struct build *b, struct build_out *o, const struct kd_elf_syms *syms,
				   const struct kd_elf_section *r, const struct kd_elf_section *code)
{
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	KD_VEC(struct site) all = {0};
	struct kd_error *err = kd_elf_load(&b->elf, r, TABLE_MAX, &d);
	struct kd_cursor c = kd_cursor_of(d.v, 0, b->elf.big_endian);
	struct kd_elf_reloc e;
	uint32_t at, len;

	while (!err && kd_elf_reloc_next(&b->elf, &c, r->type == KD_SHT_RELA, &e)) {
		struct kd_elf_sym s;
		struct site *to;

		if (e.sym >= syms->n || e.place >= code->size ||
		    !kd_build_code(b, code->addr + e.place, code->addr + e.place + 1, &at, &len))
			continue;
		to = kd_vec_push(&all, SYMBOLS_MAX);
		if (!to) {
			err = kd_error_new(KD_LIMIT, "more than %d relocations", SYMBOLS_MAX);
			break;
		}
		s = kd_elf_sym(syms, e.sym);
		*to = (struct site){.at = at, .type = e.type, .value = (uint64_t)e.addend};
		if (s.section == KD_SHN_UNDEF)
			to->name = kd_build_text(o, s.name);
		else
			to->value += s.addr;
	}
	if (all.n)
		qsort(all.v, all.n, sizeof(*all.v), by_site);
	for (size_t i = 0; i < all.n; i++) {
		uint8_t raw[8];

		kd_buf_add_le32(&o->relocs, all.v[i].at);
		kd_buf_add_le32(&o->relocs, all.v[i].name);
		kd_put_le64(raw, all.v[i].value);
		kd_buf_add(&o->relocs, kd_view((char *)raw, 8));
		kd_buf_add_le32(&o->relocs, all.v[i].type);
	}
	kd_vec_free(&all);
	return err;
}

/* Section by section in the order of addresses, so that all of them are in order. */
static struct kd_error *put_all_relocs(struct build *b, struct build_out *o, const struct kd_elf_syms *syms)
{
	struct kd_error *err = NULL;

	for (size_t k = 0; !err && b->elf.type == KD_ET_REL && k < b->text.n; k++)
		for (size_t i = 1; !err && i < b->elf.nsec; i++) {
			const struct kd_elf_section *r = &b->elf.sec[i];
			const struct kd_elf_section *code = r->info < b->elf.nsec ? &b->elf.sec[r->info] : NULL;

			if ((r->type == KD_SHT_RELA || r->type == KD_SHT_REL) && code && code->size &&
			    code->flags & KD_SHF_EXEC && code->addr == b->text.v[k].start)
				err = put_relocs(b, o, syms, r, code);
		}
	return err;
}

/* Of an image without a symbol table: what it carries for kallsyms. */
static struct kd_error *image_symbols(struct build *b, struct build_out *o)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT((size_t)1 << 30);
	struct kd_image_symbol *v;
	struct kd_error *err;
	struct kd_symbol_row *all;
	uint32_t at, len;
	size_t n = 0;

	err = kd_image_symbols(&b->elf, &arena, &v, &n);
	if (err || !n)
		return err;
	all = kd_xcalloc(n, sizeof(*all));
	for (size_t i = 0; i < n; i++) {
		const char low = (char)(v[i].type | 0x20);
		const bool code = kd_build_code(b, v[i].addr, v[i].addr + 1, &at, &len);

		all[i] = (struct kd_symbol_row){.addr = v[i].addr, .name = kd_build_text(o, v[i].name), .order = (uint32_t)i,
				      .type = code ? KD_STT_FUNC : low == 'a' ? KD_STT_NOTYPE : KD_STT_OBJECT,
				      .bind = low == 'w' || low == 'v' ? KD_STB_WEAK
					      : v[i].type != low       ? KD_STB_GLOBAL
								       : KD_STB_LOCAL,
				      .flags = code ? KD_SYM_CODE : low == 'a' ? KD_SYM_ABS : KD_SYM_DATA};
	}
	kd_build_symbol_rows(all, n, o->strings.p, &o->sym_addr, &o->syms, &o->sym_names);
	kd_free(all);
	b->stats.symbols = n;
	kd_hashmap_clear(&o->texts);
	return o->strings.overflow || o->syms.overflow ? kd_error_new(KD_LIMIT, "too many symbols") : NULL;
}

struct kd_error *kd_build_symbols(struct build *b, struct build_out *o)
{
	kd_auto(kd_elf_syms_deinit) struct kd_elf_syms syms = {.n = 0};
	KD_VEC(struct kd_symbol_row) all = {0};
	struct kd_error *err = kd_elf_symbols(&b->elf, TABLE_MAX, &syms);

	if (kd_error_catch(&err, KD_NOTFOUND)) {
		err = image_symbols(b, o);
		(void)kd_error_catch(&err, KD_NOTFOUND);
		return err;
	}
	if (err)
		return err;
	for (size_t i = 1; i < syms.n; i++) {
		struct kd_elf_sym s = kd_elf_sym(&syms, i);
		struct kd_symbol_row *to;
		uint16_t flags;

		if (!wanted(&b->elf, &s, &flags))
			continue;
		to = kd_vec_push(&all, SYMBOLS_MAX);
		if (!to) {
			kd_vec_free(&all);
			return kd_error_new(KD_LIMIT, "more than %d symbols", SYMBOLS_MAX);
		}
		*to = (struct kd_symbol_row){.addr = s.addr, .name = kd_build_text(o, s.name), .order = (uint32_t)i,
				   .size = s.size > UINT32_MAX ? UINT32_MAX : (uint32_t)s.size,
				   .type = s.type, .bind = s.bind, .flags = flags};
	}
	err = put_all_relocs(b, o, &syms);
	kd_build_symbol_rows(all.v, all.n, o->strings.p, &o->sym_addr, &o->syms, &o->sym_names);
	b->stats.symbols = all.n;
	kd_vec_free(&all);
	if (err)
		return err;
	/* names in the texts' map are borrowed from syms: nobody asks for a text after this */
	kd_hashmap_clear(&o->texts);
	return o->strings.overflow || o->syms.overflow ? kd_error_new(KD_LIMIT, "too many symbols") : NULL;
}

/* --- code --------------------------------------------------------------------------------- */

static struct kd_error *put_code(struct build *b, struct build_out *o, const struct kd_elf_section *s)
{
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	struct kd_error *err = kd_elf_load(&b->elf, s, TABLE_MAX, &d);
	uint32_t start, len;

	if (err || !d.v.n || !kd_build_code(b, s->addr, s->addr + d.v.n, &start, &len))
		return err;
	kd_buf_add_le32(&o->text_blocks, start);
	kd_buf_add_le32(&o->text_blocks, len);
	kd_buf_add_le32(&o->text_blocks, (uint32_t)o->text.n);
	kd_buf_add(&o->text, d.v);
	return NULL;
}

struct kd_error *kd_build_code_bytes(struct build *b, struct build_out *o)
{
	struct kd_error *err = NULL;

	/* in the order of addresses: that of b->text */
	for (size_t k = 0; !err && k < b->text.n; k++) {
		const struct kd_elf_section *s = &b->elf.sec[b->text.v[k].section];

		if (s->type != KD_SHT_NOBITS)
			err = put_code(b, o, s);
	}
	if (!err && o->text.overflow)
		err = kd_error_new(KD_LIMIT, "too much code");
	return err;
}

/* --- identity ----------------------------------------------------------------------------- */

static bool plain(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return false;
	return v.n > 0;
}

static void say(struct build_out *o, const char *key, struct kd_view v)
{
	if (plain(v))
		kd_buf_printf(&o->ident, "%s=%.*s\n", key, KD_VARG(v));
}

/* "Linux version …" in the read-only data of a vmlinux. */
static void say_banner(struct build *b, struct build_out *o)
{
	const struct kd_elf_section *s = kd_elf_find(&b->elf, KD_V(".rodata"));
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	kd_auto(kd_error_freep) struct kd_error *err = s ? kd_elf_load(&b->elf, s, TABLE_MAX, &d) : NULL;
	struct kd_view rest = err ? KD_VNULL : d.v, release;

	for (size_t at; (at = kd_view_find(rest, KD_V("Linux version "))) != KD_NPOS;) {
		struct kd_view line = kd_view_head(kd_view_from(rest, at), BANNER_MAX);
		size_t end;

		rest = kd_view_from(rest, at + 14);
		end = kd_view_chr(line, '\n');
		if (end == KD_NPOS || !plain(kd_view_head(line, end)) || !kd_is_digit(rest.n ? rest.p[0] : 'x'))
			continue;
		line = kd_view_head(line, end);
		/* since 6.1 init/version.c has one to fill the place, without a number of the build: "… # SMP …" */
		if (kd_view_has(line, KD_V(") # ")) && kd_view_has(rest, KD_V("Linux version ")))
			continue;
		say(o, "banner", line);
		line = kd_view_from(line, 14);
		if (kd_view_take_word(&line, &release))
			say(o, "release", release);
		return;
	}
}

/* A module's .modinfo: texts KEY=VALUE with NULs between them. */
static void say_modinfo(struct build *b, struct build_out *o)
{
	const struct kd_elf_section *s = kd_elf_find(&b->elf, KD_V(".modinfo"));
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	kd_auto(kd_error_freep) struct kd_error *err = s ? kd_elf_load(&b->elf, s, TABLE_MAX, &d) : NULL;
	struct kd_view rest = err ? KD_VNULL : d.v, one;

	while (kd_view_take_until(&rest, kd_view("", 1), &one)) {
		struct kd_view key, release;

		if (!kd_view_take_until(&one, KD_V("="), &key))
			continue;
		if (kd_view_eq(key, KD_V("name")))
			say(o, "module", one);
		else if (kd_view_eq(key, KD_V("srcversion")))
			say(o, "srcversion", one);
		else if (kd_view_eq(key, KD_V("vermagic"))) {
			say(o, "vermagic", one);
			if (kd_view_take_word(&one, &release))
				say(o, "release", release);
		}
	}
}

struct kd_error *kd_build_ident(struct build *b, const char *file, struct build_out *o)
{
	struct kd_view id = kd_elf_build_id(&b->elf, &b->arena), name = kd_view_of(file);
	size_t slash = kd_view_rchr(name, '/');
	char hex[129];

	if (id.n) {
		kd_hex((const uint8_t *)id.p, id.n, hex);
		say(o, "build_id", kd_view_of(hex));
	}
	say(o, "name", slash == KD_NPOS ? name : kd_view_from(name, slash + 1));
	kd_buf_printf(&o->ident, "machine=%u\ntype=%u\ntext_base=%jx\ntext_end=%jx\n", b->elf.machine,
		      b->elf.type, (uintmax_t)b->base, (uintmax_t)b->end);
	say_banner(b, o);
	say_modinfo(b, o);
	say(o, "comp_dir", b->comp_dir);
	if (b->missing) {
		kd_buf_printf(&o->ident, "missing_files=%ju\n", (uintmax_t)b->missing);
		say(o, "missing_file", b->missing_file);
		say(o, "missing", b->missing_what);
	}
	kd_buf_printf(&o->ident, "debug=%s\nunits=%ju\ndamaged_units=%ju\n", b->dw.info.n ? "dwarf" : "none",
		      (uintmax_t)b->stats.units, (uintmax_t)b->stats.damaged);
	return NULL;
}
