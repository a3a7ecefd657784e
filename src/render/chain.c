// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/chain.h"

#include <stdio.h>

#include "base/alloc.h"
#include "render/text.h"
#include "verb/version.h"

void kd_render_head_json(struct kd_json *j, const char *schema)
{
	struct kd_version v;
	char tool[64];

	kd_version_get(&v);
	snprintf(tool, sizeof(tool), "kdoc %s", v.version);
	kd_json_kv_strz(j, "schema", schema);
	kd_json_kv_strz(j, "tool", tool);
}

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
		kd_json_kv_strz(j, "why", t[i].why);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

void kd_render_tries_text(struct kd_out *o, const struct kd_symset_try *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		kd_out_puts(o, t[i].used ? "  used " : "  not  ");
		kd_out_text(o, kd_view_of(t[i].what));
		if (!t[i].used || strcmp(t[i].why, "used") != 0) {
			kd_out_puts(o, ": ");
			kd_out_text(o, kd_view_of(t[i].why));
		}
		kd_out_puts(o, "\n");
	}
}
