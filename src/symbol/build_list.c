// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/build_list.h"

#include "base/alloc.h"
#include "base/vec.h"
#include "format/btf.h"
#include "format/elf.h"
#include "format/elfcore.h"
#include "format/symlist.h"
#include "symbol/build_symbols.h"
#include "symbol/kdx.h"
#include "symbol/kdx_format.h"

#define LIST_MAX ((size_t)128 << 20) /* of text; a distribution's kallsyms has 10 MB */
#define PART_MAX ((size_t)256 << 20)

enum { HEAD = 2048, SYMBOLS_MAX = 1 << 22 };

struct sym {
	uint64_t addr;
	uint32_t name, order;
	char type;
};

struct list {
	KD_VEC(struct sym) v;
	struct kd_buf strings;
	uint64_t lines, bad, other, hidden; /* hidden: their address is 0 */
	uint64_t text, etext, inittext, einittext; /* the symbols of these names, 0: absent */
	uint64_t base, end; /* of code */
	bool brackets; /* some symbol is a module's: it is kallsyms */
	uint16_t machine;
};

bool kd_symlist_is(const struct kd_bytes *b)
{
	char head[HEAD];
	const size_t n = kd_bytes_size(b) < HEAD ? (size_t)kd_bytes_size(b) : HEAD;
	kd_auto(kd_error_freep) struct kd_error *err = kd_bytes_read(b, 0, n, head);

	return !err && kd_symlist_probe(kd_view(head, n));
}

struct kd_error *kd_symlist_refuse_types(const struct kd_bytes *b)
{
	char head[64];
	const size_t n = kd_bytes_size(b) < sizeof(head) ? (size_t)kd_bytes_size(b) : sizeof(head);
	kd_auto(kd_error_freep) struct kd_error *err = kd_bytes_read(b, 0, n, head);

	return !err && kd_btf_probe(kd_view(head, n))
		       ? kd_error_new(KD_UNSUPPORTED, "it holds types alone (BTF), no functions and no lines: kdoc type --btf=FILE "
						      "reads it")
		       : NULL;
}

/* --- reading ------------------------------------------------------------------------------ */

/* Names that only one architecture's kernel has: its entry code and how it names system calls. */
static uint16_t machine_of(struct kd_view name)
{
	static const struct {
		struct kd_view name;
		uint16_t machine;
	} rows[] = {
		{KD_V("entry_SYSCALL_64"), KD_EM_X86_64}, {KD_V("system_call_after_swapgs"), KD_EM_X86_64},
		{KD_V("el0_svc"), KD_EM_AARCH64},	  {KD_V("__arm64_sys_read"), KD_EM_AARCH64},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++)
		if (kd_view_eq(name, rows[i].name))
			return rows[i].machine;
	return 0;
}

static void landmark(struct list *l, const struct kd_symlist_line *s)
{
	const struct {
		struct kd_view name;
		uint64_t *to;
	} rows[] = {{KD_V("_text"), &l->text},
		    {KD_V("_etext"), &l->etext},
		    {KD_V("_sinittext"), &l->inittext},
		    {KD_V("_einittext"), &l->einittext}};

	if (s->name.n > 24)
		return;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++)
		if (kd_view_eq(s->name, rows[i].name))
			*rows[i].to = s->addr;
	if (!l->machine)
		l->machine = machine_of(s->name);
}

static bool ours(const struct kd_symlist_line *s, struct kd_view module)
{
	return kd_view_eq(s->module, module);
}

static struct kd_error *one_line(struct list *l, struct kd_view line, struct kd_view module)
{
	struct kd_symlist_line s;
	struct sym *to;

	l->lines++;
	if (!kd_symlist_line(line, &s)) {
		l->bad += kd_view_trim(line).n != 0;
		return NULL;
	}
	l->brackets |= s.module.n != 0;
	l->hidden += !s.addr;
	if (!ours(&s, module)) {
		l->other++;
		return NULL;
	}
	if (kd_view_starts(s.name, KD_V("$")) || kd_view_starts(s.name, KD_V(".L")))
		return NULL; /* as in build_file.c */
	landmark(l, &s);
	to = kd_vec_push(&l->v, SYMBOLS_MAX);
	if (!to)
		return kd_error_new(KD_LIMIT, "more than %d symbols", SYMBOLS_MAX);
	*to = (struct sym){s.addr, (uint32_t)l->strings.n, (uint32_t)(l->v.n - 1), s.type};
	if (!kd_buf_add(&l->strings, s.name) || !kd_buf_addc(&l->strings, '\0'))
		return kd_error_new(KD_LIMIT, "names of more than %zu bytes", PART_MAX);
	return NULL;
}

static struct kd_error *judge(const struct list *l, struct kd_view text, struct kd_view module)
{
	if (kd_symlist_stub(text))
		return kd_error_new(KD_NOTFOUND, "it is a placeholder: Debian keeps the real System.map in the package with "
						 "debug info (linux-image-…-dbg)");
	if (l->hidden && l->hidden * 2 > l->v.n + l->other)
		return kd_error_new(KD_UNSUPPORTED, "its addresses are zero: the kernel hides them in /proc/kallsyms from who "
						    "may not see them (kptr_restrict); read it as root");
	if (l->bad * 4 > l->lines)
		return kd_error_new(KD_BADDATA, "%ju of its %ju lines are no symbols", (uintmax_t)l->bad,
				    (uintmax_t)l->lines);
	if (!l->v.n && module.n)
		return kd_error_new(KD_NOTFOUND, "it has no symbols of module %.*s", KD_VARG(kd_view_head(module, 64)));
	return l->v.n ? NULL : kd_error_new(KD_BADDATA, "it has no symbols of the kernel");
}

static struct kd_error *read_list(struct list *l, struct kd_view text, struct kd_view module)
{
	struct kd_error *err = NULL;
	struct kd_view rest = text, line;

	if (memchr(text.p ? text.p : "", 0, text.n))
		return kd_error_new(KD_BADDATA, "it begins as a list of symbols and goes on with binary data");
	while (!err && kd_view_take_until(&rest, KD_V("\n"), &line))
		err = one_line(l, line, module);
	if (!err && rest.n)
		err = one_line(l, rest, module);
	return err ? err : judge(l, text, module);
}

/* --- writing ------------------------------------------------------------------------------ */

/* A weak symbol's letter does not say what it is: between the landmarks it is code. */
static bool in_text(const struct list *l, uint64_t addr)
{
	return (l->text && addr >= l->text && addr < l->etext) ||
	       (l->inittext && addr >= l->inittext && addr < l->einittext);
}

static struct kd_symbol_row classify(const struct list *l, const struct sym *s)
{
	const char low = (char)(s->type | 0x20);
	const bool code = low == 't' || low == 'i' || ((low == 'w') && in_text(l, s->addr));
	const bool weak = low == 'w' || low == 'v' || s->type == 'u';
	/* a list has no sizes: resolve.h's room is what is known */
	struct kd_symbol_row row = {.addr = s->addr, .name = s->name, .order = s->order,
				    .type = code ? KD_STT_FUNC : low == 'a' ? KD_STT_NOTYPE : KD_STT_OBJECT,
				    .bind = weak ? KD_STB_WEAK : s->type != low ? KD_STB_GLOBAL : KD_STB_LOCAL,
				    .flags = code ? KD_SYM_CODE : low == 'a' ? KD_SYM_ABS : KD_SYM_DATA};

	if (l->inittext && s->addr >= l->inittext && s->addr < l->einittext)
		row.flags |= KD_SYM_INIT;
	return row;
}

struct parts {
	struct kd_buf addr, syms, names, ident;
	uint8_t base[16];
};

static void put_symbols(struct list *l, struct parts *p)
{
	struct kd_symbol_row *rows = kd_xcalloc(l->v.n + 1, sizeof(*rows));

	for (size_t i = 0; i < l->v.n; i++) {
		rows[i] = classify(l, &l->v.v[i]);
		if (rows[i].flags & KD_SYM_CODE) {
			l->base = l->base && l->base < rows[i].addr ? l->base : rows[i].addr;
			l->end = l->end > rows[i].addr ? l->end : rows[i].addr;
		}
	}
	kd_build_symbol_rows(rows, l->v.n, l->strings.p, &p->addr, &p->syms, &p->names);
	kd_free(rows);
}

static bool plain(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] <= ' ' || v.p[i] == 0x7f)
			return false;
	return v.n > 0 && v.n < 256;
}

static void put_ident(const struct list *l, const char *file, struct kd_view module, struct parts *p)
{
	struct kd_view name = kd_view_of(file), release;
	size_t slash = kd_view_rchr(name, '/');

	if (slash != KD_NPOS)
		name = kd_view_from(name, slash + 1);
	kd_buf_printf(&p->ident, "symbols=%s\n", l->brackets ? "kallsyms" : "list");
	if (plain(name))
		kd_buf_printf(&p->ident, "name=%.*s\n", KD_VARG(name));
	release = name;
	if (!module.n && kd_view_skip(&release, KD_V("System.map-")) && plain(release))
		kd_buf_printf(&p->ident, "release=%.*s\n", KD_VARG(release));
	if (module.n && plain(module))
		kd_buf_printf(&p->ident, "module=%.*s\n", KD_VARG(module));
	kd_buf_printf(&p->ident, "machine=%u\ntype=%u\ntext_base=%jx\ntext_end=%jx\ndebug=none\nunits=0\ndamaged_units=0\n",
		      l->machine, module.n ? KD_ET_REL : KD_ET_EXEC, (uintmax_t)l->base, (uintmax_t)l->end);
}

static struct kd_error *write_list(struct list *l, const char *file, const char *out, struct kd_view module,
				   struct kd_kdx_stats *stats)
{
	struct parts p = {.addr = KD_BUF_INIT(PART_MAX), .syms = KD_BUF_INIT(PART_MAX), .names = KD_BUF_INIT(PART_MAX),
			  .ident = KD_BUF_INIT(65536)};
	struct kd_error *err;

	put_symbols(l, &p);
	if (l->end && l->einittext > l->end)
		l->end = l->einittext;
	put_ident(l, file, module, &p);
	kd_put_le64(p.base, l->base);
	kd_put_le64(p.base + 8, l->end);
	const struct kd_kdx_part parts[] = {{KD_KDX_BASE, kd_view((char *)p.base, sizeof(p.base))},
					    {KD_KDX_IDENT, kd_buf_view(&p.ident)},
					    {KD_KDX_STRINGS, kd_buf_view(&l->strings)},
					    {KD_KDX_SYM_ADDR, kd_buf_view(&p.addr)},
					    {KD_KDX_SYMS, kd_buf_view(&p.syms)},
					    {KD_KDX_SYM_NAMES, kd_buf_view(&p.names)}};
	stats->symbols = l->v.n;
	err = kd_kdx_write(out, parts, KD_ARRAY_LEN(parts), NULL, &stats->bytes);
	kd_buf_deinit(&p.addr);
	kd_buf_deinit(&p.syms);
	kd_buf_deinit(&p.names);
	kd_buf_deinit(&p.ident);
	return err;
}

struct kd_error *kd_symlist_build(const struct kd_bytes *b, const char *out, const struct kd_kdx_options *o,
				  struct kd_kdx_stats *stats)
{
	const uint64_t size = kd_bytes_size(b);
	const struct kd_view module = kd_view_of(o ? o->module : NULL);
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(LIST_MAX + 4096);
	struct list l = {.strings = KD_BUF_INIT(PART_MAX)};
	struct kd_kdx_stats s = {0};
	char *to = size <= LIST_MAX ? kd_buf_reserve(&text, (size_t)size + 1) : NULL;
	struct kd_error *err;

	if (!to)
		return kd_error_new(KD_LIMIT, "a list of symbols of more than %zu MiB", LIST_MAX >> 20);
	err = kd_bytes_read(b, 0, (size_t)size, to);
	kd_buf_addc(&l.strings, '\0'); /* text 0 is the empty one */
	if (!err)
		err = read_list(&l, kd_view(to, (size_t)size), module);
	if (!err)
		err = write_list(&l, kd_bytes_name(b), out, module, &s);
	if (!err && stats)
		*stats = s;
	kd_vec_free(&l.v);
	kd_buf_deinit(&l.strings);
	return err;
}
