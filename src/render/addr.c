// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/addr.h"

#include "render/chain.h"
#include "render/text.h"

enum { NAME_COLUMNS = 36 };

static void one_match(struct kd_out *o, const struct kd_match *m)
{
	kd_out_printf(o, "%016jx", (uintmax_t)m->addr);
	if (m->sym.name.n) {
		kd_out_puts(o, "  ");
		kd_style(o, KD_STYLE_BOLD);
		kd_out_text(o, m->sym.name);
		kd_style(o, KD_STYLE_NONE);
		kd_out_printf(o, "+0x%jx/0x%jx", (uintmax_t)(m->addr - m->sym.addr), (uintmax_t)m->sym.room);
		kd_render_demangled(o, m->sym.name);
	}
	if (m->size == KD_MATCH_SIZE_DIFFERS)
		kd_out_puts(o, "  (its size is not the one asked for)");
	if (m->lookup != m->addr)
		kd_out_puts(o, "  (the call before it)");
	kd_out_puts(o, "\n");
	for (size_t i = 0; i < m->chain.n; i++) {
		kd_out_puts(o, "    ");
		kd_render_name_cell(o, kd_match_func(m, i), NAME_COLUMNS);
		kd_out_puts(o, " ");
		kd_render_src(o, &m->chain.v[i].at, true);
		if (m->chain.v[i].inlined)
			kd_out_puts(o, "  inlined into");
		kd_out_puts(o, "\n");
	}
	if (!m->chain.n)
		kd_out_puts(o, "    no line is known\n");
}

void kd_render_addr_text(struct kd_out *o, const struct kd_addr_answer *a)
{
	if (a->problem) {
		kd_out_text(o, kd_view_of(a->text));
		kd_out_puts(o, "  ");
		kd_out_text(o, kd_view_of(a->problem));
		kd_out_puts(o, "\n");
		return;
	}
	if (a->n > 1) {
		kd_out_text(o, kd_view_of(a->text));
		kd_out_printf(o, "  one of %zu functions of that name:\n", a->n);
	}
	for (size_t i = 0; i < a->n; i++)
		one_match(o, &a->v[i]);
	if (a->unsure) {
		kd_out_puts(o, "    unsure: ");
		kd_out_text(o, kd_view_of(a->unsure));
		kd_out_puts(o, "\n");
	}
}

void kd_render_addr_json(struct kd_json *j, const struct kd_addr_answer *a)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "query", a->text);
	if (a->problem)
		kd_json_kv_strz(j, "problem", a->problem);
	if (a->unsure)
		kd_json_kv_strz(j, "unsure", a->unsure);
	kd_json_key(j, "matches");
	kd_json_begin_array(j);
	for (size_t i = 0; i < a->n; i++)
		kd_render_match_json(j, &a->v[i]);
	kd_json_end_array(j);
	kd_json_end_object(j);
}
