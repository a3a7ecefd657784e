// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_rd.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "core/ident.h"

enum { LINE = 16, DIGITS = 8, WORDS_MAX = 1 << 20, STRING_MAX = 4096, NOTES = 8 };

struct kd_error *kd_core_number_arg(const char *text, const char *what, uint64_t *ret)
{
	struct kd_view v = kd_view_of(text);

	if (kd_view_skip(&v, KD_V("0x")) ? kd_view_hex(v, ret) : kd_view_dec(v, ret))
		return NULL;
	return kd_error_new(KD_INVALID, "\"%s\" is no number (%s)", text, what);
}

struct kd_error *kd_core_address_arg(struct kd_dump *d, const char *text, uint64_t *ret)
{
	struct kd_view v = kd_view_of(text);

	if (kd_view_skip(&v, KD_V("0x")))
		return kd_view_hex(v, ret) ? NULL : kd_error_new(KD_INVALID, "\"%s\" is no address", text);
	if (v.n >= DIGITS && kd_view_hex(v, ret))
		return NULL;
	return kd_dump_address(d, v, ret);
}

/* --- rd ---------------------------------------------------------------------------------------------- */

struct reading {
	struct kd_dump *d;
	struct kd_sheet *s;
	const struct kd_core_rd_options *o;
	struct kd_table *words; /* for JSON */
	unsigned size; /* bytes of a word */
	uint64_t missed; /* bytes that could not be read */
	uint64_t missed_end; /* behind the last of them */
	struct kd_ident *ident; /* with objects */
};

static bool read_bytes(struct reading *r, uint64_t addr, void *to, size_t n, struct kd_space_miss *miss)
{
	if (!r->o->physical)
		return kd_space_read(kd_dump_space(r->d), addr, to, n, miss);
	if (kd_dump_space(r->d))
		return kd_space_read_physical(kd_dump_space(r->d), addr, to, n, miss);
	*miss = (struct kd_space_miss){.addr = addr, .paddr = addr, .mapped = true};
	miss->state = kd_pages_read(kd_dump_pages(r->d), addr, to, n, &miss->addr);
	return miss->state == KD_PAGE_OK;
}

/* What the word is; a plain number is nothing. */
static struct kd_view symbol_of(struct reading *r, uint64_t value)
{
	struct kd_ident_fact fact;

	if (r->ident && value && kd_ident_brief(r->ident, value, r->s->arena, &fact) && !fact.guessed)
		return fact.text;
	return r->o->symbols ? kd_dump_name_text(r->d, value, r->s->arena) : KD_VNULL;
}

static void say_word(struct reading *r, struct kd_buf *b, uint64_t value, struct kd_view symbol)
{
	const int shift = (int)(64 - 8 * r->size);

	if (symbol.n && r->o->objects)
		kd_buf_printf(b, "  %0*" PRIx64 "  %.*s", (int)(2 * r->size), value, (int)symbol.n, symbol.p);
	else if (symbol.n)
		kd_buf_printf(b, "  %-.*s", (int)symbol.n, symbol.p);
	else if (r->o->form == KD_RD_DECIMAL)
		kd_buf_printf(b, "  %" PRId64, (int64_t)(value << shift) >> shift);
	else if (r->o->form == KD_RD_UNSIGNED)
		kd_buf_printf(b, "  %" PRIu64, value);
	else
		kd_buf_printf(b, "  %0*" PRIx64, (int)(2 * r->size), value);
}

static void say_ascii(struct kd_buf *b, const unsigned char *p, const bool *there, size_t n)
{
	for (size_t i = 0; i < n; i++)
		kd_buf_addc(b, !there[i] ? ' ' : p[i] >= ' ' && p[i] < 0x7f ? (char)p[i] : '.');
}

static void word_row(struct reading *r, uint64_t addr, struct kd_cell value)
{
	struct kd_cell *row = kd_table_row(r->words);

	row[0] = kd_cell_hex(addr);
	row[1] = value;
}

/* One that cannot be read: the reason once for those that follow each other; the table has it for each. */
static void say_missing(struct reading *r, struct kd_buf *b, uint64_t addr, const struct kd_space_miss *miss)
{
	struct kd_cell c = kd_cell_none(NULL);

	if (r->missed_end != addr && r->s->note.n < NOTES)
		kd_sheet_note(r->s, "0x%" PRIx64 " cannot be read: %s", addr, kd_space_why(miss));
	r->missed_end = addr + r->size;

	c.text = kd_sheet_text(r->s, "%s", kd_space_why(miss));
	word_row(r, addr, c);
	kd_buf_printf(b, "  %*s", (int)(2 * r->size), "--");
	r->missed += r->size;
}

static void line(struct reading *r, uint64_t addr, size_t nwords)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	unsigned char bytes[LINE] = {0};
	struct kd_space_miss miss = {0};
	bool there[LINE] = {false};

	for (size_t i = 0; i < nwords; i++) {
		unsigned char *at = bytes + i * r->size;
		struct kd_view symbol;
		struct kd_cell cell;
		uint64_t value = 0;

		if (!read_bytes(r, addr + i * r->size, at, r->size, &miss)) {
			say_missing(r, &b, addr + i * r->size, &miss);
			continue;
		}
		memset(there + i * r->size, true, r->size);
		for (unsigned k = 0; k < r->size; k++)
			value |= (uint64_t)at[k] << 8 * k;
		symbol = symbol_of(r, value);
		cell = kd_cell_hex(value);
		cell.text = symbol;
		word_row(r, addr + i * r->size, cell);
		if (r->o->form != KD_RD_ASCII)
			say_word(r, &b, value, symbol);
	}
	if (r->o->form == KD_RD_ASCII || (!r->o->symbols && !r->o->objects && r->o->form <= KD_RD_8)) {
		kd_buf_add(&b, KD_V("  "));
		say_ascii(&b, bytes, there, nwords * r->size);
	}
	kd_sheet_line(r->s, NULL, "%016" PRIx64 ":%.*s", addr, (int)b.n, b.p);
}

static struct kd_error *string(struct reading *r, uint64_t addr)
{
	char text[STRING_MAX];
	struct kd_space_miss miss;
	size_t n = 0;

	for (; n < sizeof(text); n++) {
		if (!read_bytes(r, addr + n, text + n, 1, &miss)) {
			kd_sheet_note(r->s, "0x%" PRIx64 " cannot be read: %s", miss.addr, kd_space_why(&miss));
			r->s->none = n == 0;
			break;
		}
		if (!text[n])
			break;
	}
	if (n == sizeof(text))
		kd_sheet_note(r->s, "no NUL in %zu bytes: the text goes on", n);
	kd_sheet_line(r->s, "string", "%.*s", (int)n, text);
	return NULL;
}

static unsigned word_size(int form)
{
	switch (form) {
	case KD_RD_32:
		return 4;
	case KD_RD_16:
		return 2;
	case KD_RD_8:
	case KD_RD_ASCII:
		return 1;
	default:
		return 8;
	}
}

static struct kd_error *how_many(struct kd_dump *d, const struct kd_core_rd_options *o, const char *const *args, size_t nargs,
				 uint64_t start, unsigned size, uint64_t *ret)
{
	struct kd_error *err = NULL;
	uint64_t end;

	*ret = o->form == KD_RD_ASCII ? LINE : 1;
	if (nargs > 2)
		return kd_error_new(KD_INVALID, "rd takes an address and a number of words");
	if (nargs == 2)
		err = kd_core_number_arg(args[1], "how many words", ret);
	else if (o->end) {
		err = kd_core_address_arg(d, o->end, &end);
		if (!err && end <= start)
			err = kd_error_new(KD_INVALID, "the end, 0x%" PRIx64 ", is not behind 0x%" PRIx64, end, start);
		if (!err)
			*ret = (end - start + size - 1) / size;
	}
	if (!err && (!*ret || *ret > WORDS_MAX))
		err = kd_error_new(KD_INVALID, "%" PRIu64 " words: from 1 to %d at once", *ret, WORDS_MAX);
	return err;
}

struct kd_error *kd_core_rd(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"address", NULL}, {"value", NULL}};
	const struct kd_core_rd_options *o = options;
	struct reading r = {.d = d, .s = s, .o = o, .size = word_size(o->form)};
	kd_auto(kd_ident_freep) struct kd_ident *ident = NULL;
	uint64_t addr, n, per;
	struct kd_error *err = kd_dump_need_space(d);

	if (!err && !nargs)
		err = kd_error_new(KD_INVALID, "rd needs an address or a symbol");
	if (!err && o->symbols)
		err = kd_dump_need_kernel(d);
	if (!err && o->objects && o->form != KD_RD_64)
		err = kd_error_new(KD_INVALID, "what words are is known of those of 64 bits alone");
	if (!err)
		err = kd_core_address_arg(d, args[0], &addr);
	if (!err && o->form == KD_RD_STRING)
		return string(&r, addr);
	if (!err)
		err = how_many(d, o, args, nargs, addr, r.size, &n);
	if (err)
		return err;
	if (o->objects)
		err = kd_ident_new(d, &ident);
	if (err)
		return err;
	r.ident = ident;
	if (o->reverse)
		addr -= (n - 1) * r.size;
	r.words = kd_sheet_table(s, "words", columns, KD_ARRAY_LEN(columns));
	per = o->objects ? 1 : LINE / r.size;
	for (uint64_t i = 0; i < n; i += per)
		line(&r, addr + i * r.size, (size_t)(n - i < per ? n - i : per));
	s->none = r.missed == n * r.size;
	return NULL;
}

/* --- sym --------------------------------------------------------------------------------------------- */

static const struct kd_column sym_columns[] = {{"address", "ADDRESS"}, {"type", "TYPE"}, {"size", "SIZE"},
					       {"offset", NULL}, {"name", "NAME"}, {"module", "MODULE"}};

static void sym_row(struct kd_sheet *s, struct kd_table *t, const struct kd_place_name *n)
{
	struct kd_cell *row = kd_table_row(t);

	row[0] = kd_cell_hex(n->addr);
	row[1] = kd_sheet_cell(s, kd_view(&n->type, 1));
	row[2] = n->size ? kd_cell_uint(n->size) : kd_cell_none(NULL);
	row[3] = kd_cell_hex(n->off);
	row[4] = n->off ? kd_cell_text(kd_sheet_text(s, "%s+0x%" PRIx64, n->name, n->off)) : kd_sheet_cell(s, kd_view_of(n->name));
	row[5] = n->module ? kd_sheet_cell(s, kd_view_of(n->module->name)) : kd_cell_text(KD_V(""));
}

struct listing {
	const struct kd_core_sym_options *o;
	struct kd_sheet *s;
	struct kd_table *t;
	const char *want; /* this name alone; NULL: all that the options take */
	size_t found;
};

static bool one_symbol(void *user, const struct kd_ksym *sym, const struct kd_core_module *module)
{
	struct listing *l = user;
	struct kd_place_name n = {.module = module, .addr = sym->addr, .size = sym->size, .type = sym->type};

	if (l->want ? strcmp(l->want, sym->name) != 0 :
		      l->o->query && !kd_view_has(kd_view_of(sym->name), kd_view_of(l->o->query)))
		return true;
	l->found++;
	memcpy(n.name, sym->name, sizeof(n.name));
	sym_row(l->s, l->t, &n);
	return true;
}

static void list_symbols(struct kd_dump *d, struct listing *l)
{
	const struct kd_modules *m = kd_dump_modules(d);

	if (!l->o->module)
		kd_ksyms_each(kd_kernel_symbols(kd_dump_kernel(d)), one_symbol, l);
	for (size_t i = 0; i < m->n; i++)
		if (!l->o->module || !strcmp(l->o->module, m->v[i].name))
			kd_module_each(kd_dump_kernel(d), &m->v[i], one_symbol, l);
}

/* The neighbours of a symbol. */
static void around(struct kd_dump *d, struct listing *l, const struct kd_place_name *at)
{
	struct kd_place_name n;

	if (l->o->around && at->addr && kd_dump_name(d, at->addr - 1, &n)) {
		n.off = 0;
		sym_row(l->s, l->t, &n);
	}
	sym_row(l->s, l->t, at);
	if (l->o->around && at->size && kd_dump_name(d, at->addr + at->size, &n))
		sym_row(l->s, l->t, &n);
}

static struct kd_error *one_arg(struct kd_dump *d, struct listing *l, const char *text)
{
	struct kd_view v = kd_view_of(text);
	struct kd_place_name at;
	struct kd_error *err;
	uint64_t addr;

	if (kd_view_chr(v, '+') == KD_NPOS && kd_view_chr(v, ':') == KD_NPOS && !kd_view_starts(v, KD_V("0x"))) {
		const size_t before = l->found;

		l->want = text; /* all that have this name */
		list_symbols(d, l);
		if (l->found > before)
			return NULL;
	}
	err = kd_core_address_arg(d, text, &addr);
	if (err)
		return err;
	if (!kd_dump_name(d, addr, &at)) {
		kd_sheet_note(l->s, "0x%" PRIx64 " is in no symbol of the kernel or a module", addr);
		return NULL;
	}
	l->found++;
	around(d, l, &at);
	return NULL;
}

struct kd_error *kd_core_sym(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_core_sym_options *o = options;
	struct listing l = {.o = o, .s = s};
	struct kd_error *err = kd_dump_need_kernel(d);

	if (!err && !nargs && !o->list && !o->query && !o->module)
		err = kd_error_new(KD_INVALID, "sym needs an address or a name (or --list, --query)");
	if (err)
		return err;
	l.t = kd_sheet_table(s, "symbols", sym_columns, KD_ARRAY_LEN(sym_columns));
	if (!nargs)
		list_symbols(d, &l);
	for (size_t i = 0; !err && i < nargs; i++)
		err = one_arg(d, &l, args[i]);
	s->none = !l.found;
	return err;
}
