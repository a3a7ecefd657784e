// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/core_locals.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "render/core_regs.h"
#include "render/text.h"

enum { INDENT = 13, WORDS_INDENT = 9, BYTES_MAX = 256, SAME_MAX = 4 };

/* Which of the frame's places a variable belongs to: the last one is the function itself. */
static size_t place_of(const struct kd_core_bt_frame *f, const struct kd_local *l)
{
	return f->nplaces > l->inlined ? f->nplaces - 1 - l->inlined : 0;
}

static void variable_text(struct kd_out *o, const struct kd_local *l)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2 * KD_LOCAL_TEXT);

	kd_buf_add(&b, l->decl);
	if (l->state == KD_LOCAL_READ)
		kd_buf_printf(&b, " = %.*s%s", KD_VARG(l->value), l->by_caller ? "  (by the caller's code)" : "");
	else if (l->state == KD_LOCAL_OPTIMISED_OUT)
		kd_buf_printf(&b, " = <optimised out>");
	else
		kd_buf_printf(&b, " = <%.*s>", KD_VARG(l->why));
	kd_text_pad(o, INDENT);
	kd_style(o, l->state == KD_LOCAL_READ ? KD_STYLE_NONE : KD_STYLE_DIM);
	kd_text_wrap(o, kd_buf_view(&b), INDENT, INDENT + 4);
	kd_style(o, KD_STYLE_NONE);
}

void kd_render_locals_text(struct kd_out *o, const struct kd_core_bt_frame *f, size_t place)
{
	for (size_t i = 0; i < f->locals.n; i++)
		if (place_of(f, &f->locals.v[i]) == place)
			variable_text(o, &f->locals.v[i]);
	if (place + 1 < f->nplaces)
		return;
	if (f->locals.none)
		kd_out_printf(o, "%*s<no variables: %s>\n", INDENT, "", f->locals.none);
	if (f->locals.limited)
		kd_out_printf(o, "%*s<there are more variables>\n", INDENT, "");
}

static void variable_json(struct kd_json *j, const struct kd_core_bt_frame *f, const struct kd_local *l)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2 * BYTES_MAX + 8);

	kd_json_begin_object(j);
	kd_json_kv_str(j, "name", l->name);
	kd_json_kv_str(j, "declaration", l->decl);
	kd_json_kv_bool(j, "parameter", l->param);
	kd_json_kv_u64(j, "place", place_of(f, l));
	kd_json_kv_u64(j, "scope", l->depth);
	kd_json_kv_strz(j, "state", kd_local_state_name((enum kd_local_state)l->state));
	if (l->value.n)
		kd_json_kv_str(j, "value", l->value);
	if (l->by_caller && l->state == KD_LOCAL_READ)
		kd_json_kv_bool(j, "by_caller", true);
	if (l->why.n)
		kd_json_kv_str(j, "problem", l->why);
	if (l->has_number && l->is_signed)
		kd_json_kv_i64(j, "number", (int64_t)l->number);
	else if (l->has_number)
		kd_json_kv_u64(j, "number", l->number);
	if (l->addr)
		kd_json_kv_hex(j, "address", l->addr);
	if (l->has_reg || l->state == KD_LOCAL_REGISTER_LOST || l->state == KD_LOCAL_ENTRY_LOST)
		kd_json_kv_u64(j, "dwarf_register", l->reg);
	if (l->state == KD_LOCAL_READ) {
		kd_json_kv_u64(j, "size", l->bytes.n);
		for (size_t i = 0; i < l->bytes.n && l->bytes.n <= BYTES_MAX; i++)
			kd_buf_printf(&b, "%02x", (unsigned char)l->bytes.p[i]);
		if (b.n)
			kd_json_kv_str(j, "bytes", kd_buf_view(&b));
	}
	kd_json_end_object(j);
}

void kd_render_locals_json(struct kd_json *j, const struct kd_core_bt_frame *f)
{
	kd_json_key(j, "variables");
	kd_json_begin_array(j);
	for (size_t i = 0; i < f->locals.n; i++)
		variable_json(j, f, &f->locals.v[i]);
	kd_json_end_array(j);
	if (f->locals.none)
		kd_json_kv_strz(j, "variables_problem", f->locals.none);
	if (f->locals.limited)
		kd_json_kv_bool(j, "more_variables", true);
}

/* --- words of a frame -------------------------------------------------------------------------------- */

static const char *reg_of(unsigned reg)
{
	size_t n;
	const struct kd_reg_name *names = kd_core_reg_names(0, &n);

	for (size_t i = 0; i < n; i++)
		if (names[i].reg == reg)
			return names[i].key;
	switch (reg) {
	case KD_RIP:
		return "rip";
	case KD_RSP:
		return "rsp";
	case KD_REG_FLAGS:
		return "rflags";
	case KD_REG_ORIG:
		return "orig_rax";
	case KD_REG_CS:
		return "cs";
	default:
		return "ss";
	}
}

static void what_text(struct kd_out *o, const struct kd_slot *s)
{
	switch (s->kind) {
	case KD_SLOT_RETURN:
		kd_out_puts(o, "return address");
		break;
	case KD_SLOT_SAVED:
		kd_out_printf(o, "caller's %s", reg_of(s->reg));
		break;
	case KD_SLOT_TRAP:
		kd_out_printf(o, "interrupted %s", reg_of(s->reg));
		break;
	case KD_SLOT_CANARY:
		kd_out_puts(o, "stack canary");
		break;
	case KD_SLOT_VARIABLE:
		kd_out_text(o, s->var->name);
		if (s->off)
			kd_out_printf(o, "+0x%" PRIx64, s->off);
		break;
	default:
		kd_out_puts(o, "?");
	}
}

/* How many words from i on are of one variable, at least one. */
static size_t alike(const struct kd_frame_layout *l, size_t i)
{
	size_t n = 1;

	if (l->v[i].kind != KD_SLOT_VARIABLE)
		return 1;
	while (i + n < l->n && l->v[i + n].kind == KD_SLOT_VARIABLE && l->v[i + n].var == l->v[i].var)
		n++;
	return n;
}

static void slot_text(struct kd_out *o, const struct kd_slot *s, struct kd_view points)
{
	kd_out_printf(o, "%*s%016" PRIx64 "  ", WORDS_INDENT, "", s->addr);
	if (s->readable)
		kd_out_printf(o, "%016" PRIx64 "  ", s->value);
	else
		kd_out_puts(o, "--                ");
	what_text(o, s);
	if (points.n) {
		kd_out_puts(o, s->kind == KD_SLOT_UNKNOWN ? " (" : "  (");
		kd_text_clip(o, points, s->kind == KD_SLOT_UNKNOWN ? 44 : 36); /* within 100 columns */
		kd_out_puts(o, ")");
	}
	kd_out_puts(o, "\n");
}

void kd_render_layout_text(struct kd_out *o, const struct kd_core_bt_frame *f)
{
	const struct kd_frame_layout *l = &f->layout;

	for (size_t i = 0; i < l->n;) {
		const size_t n = alike(l, i), shown = n > SAME_MAX ? SAME_MAX : n;

		for (size_t k = 0; k < shown; k++)
			slot_text(o, &l->v[i + k], f->slot_text[i + k]);
		if (shown < n) {
			kd_out_printf(o, "%*s…                 %zu more words of ", WORDS_INDENT, "", n - shown);
			kd_out_text(o, l->v[i].var->name);
			kd_out_puts(o, "\n");
		}
		i += n;
	}
	if (l->cut)
		kd_out_printf(o, "%*s…                 the frame has more\n", WORDS_INDENT, "");
}

void kd_render_layout_json(struct kd_json *j, const struct kd_core_bt_frame *f)
{
	kd_json_key(j, "words");
	kd_json_begin_array(j);
	for (size_t i = 0; i < f->layout.n; i++) {
		const struct kd_slot *s = &f->layout.v[i];

		kd_json_begin_object(j);
		kd_json_kv_hex(j, "address", s->addr);
		if (s->readable)
			kd_json_kv_hex(j, "value", s->value);
		kd_json_kv_strz(j, "kind", kd_slot_kind_name((enum kd_slot_kind)s->kind));
		if (s->kind == KD_SLOT_SAVED || s->kind == KD_SLOT_TRAP)
			kd_json_kv_strz(j, "register", reg_of(s->reg));
		if (s->kind == KD_SLOT_VARIABLE) {
			kd_json_kv_str(j, "variable", s->var->name);
			kd_json_kv_u64(j, "offset", s->off);
		}
		if (f->slot_text[i].n)
			kd_json_kv_str(j, "points_to", f->slot_text[i]);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	if (f->layout.cut)
		kd_json_kv_bool(j, "more_words", true);
}
