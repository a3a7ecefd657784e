// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_sys.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "core/modinfo.h"
#include "core/sysinfo.h"
#include "report/taint.h"
#include "verb/core_cell.h"

/* --- mod --------------------------------------------------------------------------------------------- */

struct listing {
	struct kd_dump *d;
	struct kd_kernel *k;
	struct kd_sheet *s;
	struct kd_buf users;
	size_t nusers;
};

static bool see_user(void *user, uint64_t module)
{
	struct listing *l = user;
	const struct kd_modules *m = kd_dump_modules(l->d);

	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].addr == module)
			kd_buf_printf(&l->users, "%s%s", l->nusers ? "," : "", m->v[i].name);
	l->nusers++;
	return true;
}

static struct kd_cell taint_cell(struct kd_sheet *s, struct kd_datum taints)
{
	char letters[KD_TAINT_LETTERS] = "";

	if (taints.why)
		return kd_cell_none(taints.why);
	for (unsigned i = 0, n = 0; i < KD_NTAINT; i++)
		if (taints.v >> i & 1) {
			letters[n++] = kd_taint_bit(i)->letter;
			letters[n] = 0;
		}
	return kd_sheet_cell(s, kd_view_of(letters));
}

static void mod_row(struct listing *l, struct kd_table *t, const struct kd_core_module *m)
{
	struct kd_cell *row = kd_table_row(t);
	char why[KD_WALK_WHY];
	struct kd_modinfo i;

	kd_modinfo_read(l->k, m, &i);
	kd_buf_clear(&l->users);
	l->nusers = 0;
	kd_modinfo_users(l->k, m, see_user, l, why);
	row[0] = kd_cell_hex(m->addr);
	row[1] = kd_sheet_cell(l->s, kd_view_of(m->name));
	row[2] = kd_cell_hex(i.base);
	row[3] = kd_core_cell(i.size, KD_CELL_UINT);
	row[4] = *i.state ? kd_sheet_cell(l->s, kd_view_of(i.state)) : kd_core_cell(i.state_number, KD_CELL_UINT);
	row[5] = kd_core_cell(i.refs, KD_CELL_INT);
	row[6] = *why ? kd_cell_none(kd_sheet_text(l->s, "%s", why).p) : kd_sheet_cell(l->s, kd_view(l->users.n ? l->users.p : "", l->users.n));
	row[7] = taint_cell(l->s, i.taints);
	row[8] = kd_core_text_cell(l->s, i.srcversion);
	row[9] = i.build_id_from ? kd_sheet_cell(l->s, kd_view_of(i.build_id)) : kd_cell_none(i.why_no_build_id);
}

/* Which file has its debug info: by its build-id, as far as that is known. */
static void say_debug(struct listing *l, const struct kd_core_module *m, const struct kd_modinfo *i)
{
	static const struct kd_column columns[] = {{"what", "TRIED"}, {"why", "RESULT"}, {"used", NULL}};
	struct kd_symset *set = kd_dump_symset(l->d);
	const struct kd_symset_try *t = NULL;
	struct kd_table *table;
	size_t before, n;

	if (!set) {
		kd_dump_next(l->d, l->s, "mod", "--debug=FOLDER %s", m->name);
		return;
	}
	before = kd_symset_tries(set, &t);
	kd_sheet_field(l->s, "debug_found", "DEBUG INFO FOUND",
		       kd_cell_bool(kd_symset_get(set, kd_view_of(m->name), i->build_id_from ? kd_view_of(i->build_id) : KD_VNULL) != NULL));
	if (!i->build_id_from)
		kd_sheet_note(l->s, "whether a file of this module is of the same build cannot be checked: %s", i->why_no_build_id);
	n = kd_symset_tries(set, &t);
	table = kd_sheet_table(l->s, "debug_tries", columns, KD_ARRAY_LEN(columns));
	for (size_t j = before; j < n; j++) {
		struct kd_cell *row = kd_table_row(table);

		row[0] = kd_sheet_cell(l->s, kd_view_of(t[j].what));
		row[1] = kd_sheet_cell(l->s, kd_view_of(t[j].why));
		row[2] = kd_cell_bool(t[j].used);
	}
}

static void said(struct listing *l, const char *key, const char *title, const char *text)
{
	kd_sheet_field(l->s, key, title,
		       *text ? kd_core_text_cell(l->s, text) : kd_cell_none(kd_datum_has(l->k, "module", key) ? "it has none" : "this kernel does not keep it"));
}

static void one_module(struct listing *l, const struct kd_core_module *m)
{
	struct kd_modinfo i;

	kd_modinfo_read(l->k, m, &i);
	said(l, "version", "VERSION", i.version);
	said(l, "srcversion", "SRCVERSION", i.srcversion);
	said(l, "args", "PARAMETERS", i.args);
	kd_sheet_field(l->s, "build_id", "BUILD-ID", i.build_id_from ? kd_sheet_cell(l->s, kd_view_of(i.build_id)) : kd_cell_none(i.why_no_build_id));
	kd_sheet_field(l->s, "build_id_from", NULL, i.build_id_from ? kd_cell_text(kd_view_of(i.build_id_from)) : kd_cell_none(NULL));
	kd_sheet_field(l->s, "text", "CODE", kd_cell_hex(m->text));
	kd_sheet_field(l->s, "text_size", "CODE SIZE", kd_cell_bytes(m->text_size));
	kd_sheet_field(l->s, "symbols", "SYMBOLS", kd_cell_uint(m->nsyms));
	for (unsigned b = 0; b < KD_NTAINT && !i.taints.why; b++)
		if (i.taints.v >> b & 1)
			kd_sheet_say(l->s, "taint %c: %s", kd_taint_bit(b)->letter, kd_taint_bit(b)->meaning);
	say_debug(l, m, &i);
}

static bool named(const char *const *args, size_t nargs, const char *name)
{
	for (size_t i = 0; i < nargs; i++)
		if (!strcmp(args[i], name))
			return true;
	return !nargs;
}

struct kd_error *kd_core_mod(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"module", "MODULE"}, {"name", "NAME"}, {"base", "BASE"}, {"size", "SIZE"}, {"state", "STATE"},
						   {"references", "REFS"}, {"used_by", "USED BY"}, {"taints", "TAINT"},
						   {"srcversion", NULL}, {"build_id", NULL}};
	struct listing l = {.d = d, .s = s, .users = KD_BUF_INIT(64 << 10)};
	struct kd_error *err = kd_dump_need_types(d);
	const struct kd_modules *m;
	const struct kd_core_module *last = NULL;
	struct kd_table *t;

	(void)options;
	if (err)
		return err;
	l.k = kd_dump_kernel(d);
	m = kd_dump_modules(d);
	t = kd_sheet_table(s, "modules", columns, KD_ARRAY_LEN(columns));
	for (size_t i = 0; i < m->n; i++)
		if (named(args, nargs, m->v[i].name)) {
			last = &m->v[i];
			mod_row(&l, t, last);
		}
	if (nargs == 1 && last)
		one_module(&l, last);
	s->none = !t->total;
	kd_buf_deinit(&l.users);
	return NULL;
}

/* --- cmdline ----------------------------------------------------------------------------------------- */

static bool same_name(struct kd_view word, struct kd_view name)
{
	word = kd_view_head(word, kd_view_chr(word, '='));
	if (word.n != name.n)
		return false;
	for (size_t i = 0; i < word.n; i++) /* the kernel takes '-' and '_' for the same */
		if ((word.p[i] == '-' ? '_' : word.p[i]) != (name.p[i] == '-' ? '_' : name.p[i]))
			return false;
	return true;
}

struct kd_error *kd_core_cmdline(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	char text[KD_CMDLINE_MAX];
	struct kd_error *err = kd_dump_need_kernel(d);
	size_t found = 0;

	(void)options;
	if (!err)
		err = kd_sys_cmdline(kd_dump_kernel(d), text);
	if (err)
		return err;
	if (!nargs) {
		kd_sheet_line(s, "cmdline", "%s", text);
		return NULL;
	}
	for (size_t i = 0; i < nargs; i++) {
		struct kd_view rest = kd_view_of(text), word;

		while (kd_view_take_word(&rest, &word))
			if (same_name(word, kd_view_of(args[i]))) {
				kd_sheet_line(s, "parameters", "%.*s", KD_VARG(word));
				found++;
			}
	}
	s->none = !found;
	return NULL;
}

/* --- config ------------------------------------------------------------------------------------------ */

/* "CONFIG_X=y" or "# CONFIG_X is not set": CONFIG_X. */
static bool option_of(struct kd_view line, char ret[128])
{
	size_t n = 0;

	kd_view_skip(&line, KD_V("# "));
	if (!kd_view_starts(line, KD_V("CONFIG_")))
		return false;
	while (n < line.n && n + 1 < 128 && kd_is_word(line.p[n])) {
		ret[n] = line.p[n];
		n++;
	}
	ret[n] = 0;
	return true;
}

static bool wants_option(const char *const *args, size_t nargs, const char *option)
{
	for (size_t i = 0; i < nargs; i++)
		if (!fnmatch(args[i], option, 0) || !fnmatch(args[i], option + strlen("CONFIG_"), 0))
			return true;
	return false;
}

struct kd_error *kd_core_config(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(8 << 20);
	struct kd_error *err = kd_dump_need_kernel(d);
	struct kd_view rest, line;
	char option[128];
	size_t found = 0;

	(void)options;
	if (!err)
		err = kd_sys_config(kd_dump_kernel(d), &text);
	if (kd_error_catch(&err, KD_NOTFOUND)) {
		kd_sheet_say(s, "not in this dump: the kernel does not carry its configuration (CONFIG_IKCONFIG is off, or a module)");
		s->none = true;
		return NULL;
	}
	if (err)
		return err;
	rest = kd_buf_view(&text);
	while (kd_view_take_part(&rest, KD_V("\n"), &line)) {
		if (nargs && (!option_of(line, option) || !wants_option(args, nargs, option)))
			continue;
		kd_sheet_line(s, "config", "%.*s", KD_VARG(line));
		found++;
	}
	s->none = !found;
	return NULL;
}

/* --- taint ------------------------------------------------------------------------------------------- */

static const struct kd_column taint_columns[] = {{"bit", "BIT"}, {"letter", "LETTER"}, {"words", "FLAG"}, {"meaning", "MEANING"}};

static void taint_rows(struct kd_sheet *s, uint64_t bits)
{
	struct kd_table *t = kd_sheet_table(s, "flags", taint_columns, KD_ARRAY_LEN(taint_columns));

	for (unsigned b = 0; b < 64; b++) {
		const struct kd_taint_info *i = b < KD_NTAINT ? kd_taint_bit(b) : NULL;
		struct kd_cell *row;

		if (!(bits >> b & 1))
			continue;
		row = kd_table_row(t);
		row[0] = kd_cell_uint(b);
		row[1] = i ? kd_sheet_cell(s, kd_view(&i->letter, 1)) : kd_cell_none("a distribution's own");
		row[2] = i ? kd_cell_text(kd_view_of(i->words)) : kd_cell_none("a distribution's own");
		row[3] = i ? kd_cell_text(kd_view_of(i->meaning)) : kd_cell_none("a distribution's own");
	}
}

struct kd_error *kd_core_taint(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	static const struct kd_column columns[] = {{"name", "MODULE"}, {"taints", "TAINT"}, {"bits", NULL}};
	struct kd_error *err = kd_dump_need_kernel(d);
	char letters[KD_TAINT_LETTERS];
	const struct kd_modules *m;
	struct kd_datum mask;
	struct kd_table *t;

	(void)options;
	(void)args;
	(void)nargs;
	if (err)
		return err;
	mask = kd_datum_variable(kd_dump_kernel(d), "tainted_mask", 8);
	kd_sheet_field(s, "mask", "TAINTED_MASK", kd_core_cell(mask, KD_CELL_HEX));
	if (mask.why)
		return NULL;
	kd_taint_letters((uint32_t)mask.v, letters);
	kd_sheet_field(s, "letters", "LETTERS", mask.v ? kd_sheet_cell(s, kd_view_of(letters)) : kd_cell_text(KD_V("")));
	taint_rows(s, mask.v);
	if (!mask.v)
		kd_sheet_say(s, "not tainted");
	m = kd_dump_modules(d);
	t = kd_sheet_table(s, "modules", columns, KD_ARRAY_LEN(columns));
	for (size_t i = 0; i < m->n; i++) {
		const struct kd_datum taints = kd_datum_member(kd_dump_kernel(d), m->v[i].addr, "module", "taints");
		struct kd_cell *row;

		if (!taints.why && !taints.v)
			continue;
		row = kd_table_row(t);
		row[0] = kd_sheet_cell(s, kd_view_of(m->v[i].name));
		row[1] = taint_cell(s, taints);
		row[2] = kd_core_cell(taints, KD_CELL_HEX);
	}
	s->none = !mask.v;
	return NULL;
}
