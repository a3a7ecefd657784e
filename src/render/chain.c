// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/chain.h"

#include "base/alloc.h"
#include "render/text.h"
#include "report/demangle.h"

void kd_render_src(struct kd_out *o, const struct kd_src *s, bool column)
{
	if (!s->name.n) {
		kd_out_puts(o, "??");
		return;
	}
	if (s->dir.n) {
		kd_out_text(o, s->dir);
		kd_out_puts(o, "/");
	}
	kd_out_text(o, s->name);
	if (s->line)
		kd_out_printf(o, ":%u", s->line);
	if (s->line && column && s->column)
		kd_out_printf(o, ":%u", s->column);
}

enum { NAME_ARENA = 64 << 10 };

void kd_render_demangled(struct kd_out *o, struct kd_view symbol)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(NAME_ARENA);
	const struct kd_view name = kd_demangle(&a, symbol);

	if (kd_view_eq(name, symbol))
		return;
	kd_out_puts(o, " (");
	kd_out_text(o, name);
	kd_out_puts(o, ")");
}

void kd_render_name_cell(struct kd_out *o, struct kd_view symbol, size_t columns)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(NAME_ARENA);

	kd_text_cell(o, symbol.n ? kd_demangle(&a, symbol) : KD_V("??"), columns);
}

void kd_render_demangled_json(struct kd_json *j, const char *key, struct kd_view symbol)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(NAME_ARENA);
	const struct kd_view name = kd_demangle(&a, symbol);

	if (!kd_view_eq(name, symbol))
		kd_json_kv_str(j, key, name);
}

static void path(struct kd_json *j, const struct kd_src *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(16384);

	if (!s->name.n)
		return;
	kd_buf_printf(&b, "%.*s%s%.*s", KD_VARG(s->dir), s->dir.n ? "/" : "", KD_VARG(s->name));
	kd_json_kv_str(j, "file", kd_buf_view(&b));
	if (s->line)
		kd_json_kv_u64(j, "line", s->line);
	if (s->column)
		kd_json_kv_u64(j, "column", s->column);
}

void kd_render_match_json(struct kd_json *j, const struct kd_match *m)
{
	kd_json_begin_object(j);
	if (m->sym.name.n) {
		kd_json_kv_str(j, "symbol", m->sym.name);
		kd_render_demangled_json(j, "readable", m->sym.name);
		kd_json_kv_hex(j, "symbol_address", m->sym.addr);
		kd_json_kv_u64(j, "symbol_size", m->sym.size ? m->sym.size : m->sym.room);
		kd_json_kv_u64(j, "offset", m->addr - m->sym.addr);
	}
	kd_json_kv_hex(j, "address", m->addr);
	kd_json_kv_hex(j, "looked_up", m->lookup);
	if (m->size != KD_MATCH_SIZE_UNKNOWN)
		kd_json_kv_bool(j, "size_agrees", m->size == KD_MATCH_SIZE_SAME);
	kd_json_key(j, "chain");
	kd_json_begin_array(j);
	for (size_t i = 0; i < m->chain.n; i++) {
		const struct kd_chain_link *l = &m->chain.v[i];

		kd_json_begin_object(j);
		if (kd_match_func(m, i).n)
			kd_json_kv_str(j, "function", kd_match_func(m, i));
		kd_render_demangled_json(j, "readable", kd_match_func(m, i));
		path(j, &l->at);
		kd_json_kv_bool(j, "inlined", l->inlined);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}

void kd_render_tries_json(struct kd_json *j, const struct kd_symset_try *t, size_t n)
{
	kd_json_key(j, "debug_info");
	kd_json_begin_array(j);
	for (size_t i = 0; i < n; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "what", t[i].what);
		kd_json_kv_bool(j, "used", t[i].used);
		if (t[i].absent)
			kd_json_kv_bool(j, "absent", true);
		kd_json_kv_strz(j, "why", t[i].why);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

void kd_render_tries_text(struct kd_out *o, const struct kd_symset_try *t, size_t n)
{
	size_t used = 0, hidden = 0;

	for (size_t i = 0; i < n; i++)
		used += t[i].used;
	for (size_t i = 0; i < n; i++) {
		if (used && t[i].absent) {
			hidden++;
			continue;
		}
		kd_out_puts(o, t[i].used ? "  used " : t[i].absent ? "  none " : "  not  ");
		kd_out_text(o, kd_view_of(t[i].what));
		if (!t[i].used || strcmp(t[i].why, "used") != 0) {
			kd_out_puts(o, ": ");
			kd_out_text(o, kd_view_of(t[i].why));
		}
		kd_out_puts(o, "\n");
	}
	if (hidden)
		kd_out_printf(o, "  %zu place%s had nothing (--json names %s)\n", hidden, hidden == 1 ? "" : "s",
			      hidden == 1 ? "it" : "them");
}
