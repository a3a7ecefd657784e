// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/hash.h"
#include "render/head.h"
#include "render/type.h"

static void source(struct kd_json *j, const struct kd_type_answer *a)
{
	kd_json_key(j, "source");
	kd_json_begin_object(j);
	kd_json_kv_str(j, "input", a->input);
	kd_json_kv_strz(j, "how", a->source->how);
	kd_json_kv_bool(j, "running", a->running);
	kd_json_kv_u64(j, "types", a->source->own);
	if (a->base.n)
		kd_json_kv_str(j, "base", a->base);
	if (a->source->build_id.n && a->source->build_id.n <= 64) {
		char hex[129];

		kd_hex((const uint8_t *)a->source->build_id.p, a->source->build_id.n, hex);
		kd_json_kv_strz(j, "build_id", hex);
	}
	kd_json_end_object(j);
}

static void row(struct kd_json *j, const struct kd_layout_row *r)
{
	static const char *const what[] = {"member", "open", "close", "hole", "padding", "cache_line"};

	kd_json_begin_object(j);
	kd_json_kv_strz(j, "what", what[r->what]);
	kd_json_kv_u64(j, "depth", r->depth);
	kd_json_kv_u64(j, "offset", r->off);
	if (r->what != KD_LAYOUT_LINE)
		kd_json_kv_u64(j, "size", r->size);
	if (r->bits) {
		kd_json_kv_u64(j, "bit", r->bit);
		kd_json_kv_u64(j, "bits", r->bits);
	}
	if (r->name.n)
		kd_json_kv_str(j, "name", r->name);
	if (r->decl.n)
		kd_json_kv_str(j, "declaration", r->decl);
	kd_json_end_object(j);
}

static void layout(struct kd_json *j, const struct kd_layout *l)
{
	kd_json_kv_u64(j, "members", l->members);
	kd_json_kv_u64(j, "holes", l->holes);
	kd_json_kv_u64(j, "hole_bits", l->hole_bits);
	kd_json_kv_u64(j, "padding_bits", l->padding_bits);
	kd_json_kv_u64(j, "cache_line", l->line_size);
	kd_json_key(j, "layout");
	kd_json_begin_array(j);
	for (size_t i = 0; i < l->nrows; i++)
		row(j, &l->rows[i]);
	kd_json_end_array(j);
}

static void enumerators(struct kd_json *j, const struct kd_btf *btf, uint32_t id)
{
	struct kd_btf_type t;

	if (!kd_btf_type(btf, id, &t))
		return;
	kd_json_key(j, "values");
	kd_json_begin_array(j);
	for (uint32_t i = 0; i < t.n; i++) {
		const struct kd_btf_enumerator e = kd_btf_enumerator(btf, &t, i);

		kd_json_begin_object(j);
		kd_json_kv_str(j, "name", e.name);
		kd_json_kv_hex(j, "value", e.value);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void reading(struct kd_json *j, const struct kd_type_reading *r, struct kd_view decl)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "how", kd_reading_how_name((enum kd_reading_how)r->how));
	if (r->path.n)
		kd_json_kv_str(j, "path", r->path);
	kd_json_kv_str(j, "type", decl);
	kd_json_kv_u64(j, "offset", r->off);
	kd_json_kv_u64(j, "size", r->size);
	if (r->bits) {
		kd_json_kv_u64(j, "bit", r->bit_off - 8 * r->off);
		kd_json_kv_u64(j, "bits", r->bits);
	}
	if (r->part)
		kd_json_kv_u64(j, "part", r->part);
	if (r->flexible)
		kd_json_kv_bool(j, "flexible", true);
	if (r->after.p)
		kd_json_kv_str(j, "after", r->after);
	if (r->before.p)
		kd_json_kv_str(j, "before", r->before);
	kd_json_end_object(j);
}

static void containers(struct kd_json *j, const struct kd_type_place *p)
{
	kd_json_kv_u64(j, "containers_total", p->total_around);
	kd_json_key(j, "containers");
	kd_json_begin_array(j);
	for (size_t i = 0; i < p->naround; i++) {
		kd_json_begin_object(j);
		kd_json_kv_str(j, "type", p->around_decl[i]);
		kd_json_kv_str(j, "path", p->around[i].path);
		kd_json_kv_u64(j, "offset", p->around[i].off);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void place(struct kd_json *j, const struct kd_type_place *p)
{
	kd_json_begin_object(j);
	kd_json_kv_i64(j, "offset", p->at.off);
	if (p->at.width)
		kd_json_kv_u64(j, "width", p->at.width);
	if (p->r.beyond)
		kd_json_kv_u64(j, "beyond", p->r.beyond);
	kd_json_key(j, "readings");
	kd_json_begin_array(j);
	for (size_t i = 0; i < p->r.n; i++)
		reading(j, &p->r.v[i], p->decl[i]);
	kd_json_end_array(j);
	if (p->around)
		containers(j, p);
	kd_json_end_object(j);
}

static void member(struct kd_json *j, const struct kd_type_match *m)
{
	kd_json_key(j, "member");
	kd_json_begin_object(j);
	kd_json_kv_str(j, "type", m->member_decl);
	kd_json_kv_u64(j, "offset", m->member.bit_off / 8);
	kd_json_kv_u64(j, "size", m->member.size);
	if (m->member.bits) {
		kd_json_kv_u64(j, "bit", m->member.bit_off % 8);
		kd_json_kv_u64(j, "bits", m->member.bits);
	}
	kd_json_end_object(j);
}

static void match(struct kd_json *j, const struct kd_type_answer *a, const struct kd_type_match *m)
{
	kd_json_begin_object(j);
	kd_json_kv_u64(j, "id", m->id);
	kd_json_kv_strz(j, "kind", kd_btf_kind_name((enum kd_btf_kind)m->t.kind));
	kd_json_kv_str(j, "declaration", m->decl);
	if (m->no_member.n)
		kd_json_kv_str(j, "missing", m->no_member);
	if (m->has_member)
		member(j, m);
	if (m->has_size)
		kd_json_kv_u64(j, "size", m->size);
	if (m->shown_decl.n)
		kd_json_kv_str(j, "type", m->shown_decl);
	if (m->nplaces) {
		kd_json_key(j, "places");
		kd_json_begin_array(j);
		for (size_t i = 0; i < m->nplaces; i++)
			place(j, &m->places[i]);
		kd_json_end_array(j);
	} else if (m->shown_kind == KD_BTF_STRUCT || m->shown_kind == KD_BTF_UNION) {
		layout(j, &m->layout);
	} else if (m->shown_kind == KD_BTF_ENUM || m->shown_kind == KD_BTF_ENUM64) {
		enumerators(j, kd_types_btf(a->source->types), m->shown);
	}
	kd_json_end_object(j);
}

void kd_render_type_json(struct kd_json *j, const struct kd_type_answer *a)
{
	kd_json_begin_object(j);
	kd_render_head_json(j, "kdoc.type/1");
	source(j, a);
	kd_json_kv_str(j, "name", a->name);
	if (a->path.n)
		kd_json_kv_str(j, "path", a->path);
	if (a->nearest.n)
		kd_json_kv_str(j, "nearest", a->nearest);
	kd_json_kv_u64(j, "total", a->total);
	kd_json_key(j, "types");
	kd_json_begin_array(j);
	for (size_t i = 0; i < a->n; i++)
		match(j, a, &a->v[i]);
	kd_json_end_array(j);
	kd_json_kv_bool(j, "complete", !a->limited);
	kd_json_end_object(j);
}
