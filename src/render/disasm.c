// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/disasm.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "render/chain.h"
#include "render/text.h"

enum { INSN_COLUMNS = 44 };

static void place(struct kd_out *o, const struct kd_chain *c)
{
	kd_style(o, KD_STYLE_DIM);
	for (size_t i = 0; i < c->n; i++) {
		kd_out_puts(o, i ? " < " : "      ");
		kd_render_src(o, &c->v[i].at, true);
		if (c->v[i].inlined) {
			kd_out_puts(o, " ");
			kd_out_text(o, c->v[i].func);
		}
	}
	kd_style(o, KD_STYLE_NONE);
	kd_out_puts(o, "\n");
}

static void comment(struct kd_out *o, const struct kd_disasm_insn *i)
{
	const struct kd_operand *p = i->op;

	kd_style(o, KD_STYLE_GOOD);
	if (i->target.n) {
		kd_out_puts(o, "# ");
		kd_out_text(o, i->target);
		kd_render_demangled(o, kd_view_head(i->target, kd_view_chr(i->target, '+')));
	} else if (p && p->n) {
		kd_out_puts(o, p->v[0].how == KD_OPERAND_DERIVED ? "#~" : "# ");
		kd_out_text(o, p->v[0].text);
		for (size_t k = 1; p->alternatives && k < p->n; k++) {
			kd_out_puts(o, " or ");
			kd_out_text(o, p->v[k].text);
		}
		if (p->v[0].owner.n) {
			kd_out_puts(o, "  (");
			kd_out_text(o, p->v[0].owner);
			kd_out_printf(o, "+0x%jx)", (uintmax_t)p->v[0].off);
		}
	}
	kd_style(o, KD_STYLE_NONE);
}

void kd_render_disasm_text(struct kd_out *o, const struct kd_disasm_insn *i)
{
	struct kd_view text = kd_view_of(i->in->text);

	if (!i->same_line && i->chain->n)
		place(o, i->chain);
	kd_out_printf(o, "%s %5jx  ", i->marked ? ">" : " ", (uintmax_t)i->off);
	if (i->marked)
		kd_style(o, KD_STYLE_BOLD);
	if (i->target.n || i->patched || (i->op && i->op->n))
		kd_text_cell(o, text, INSN_COLUMNS);
	else
		kd_out_text(o, text);
	kd_style(o, KD_STYLE_NONE);
	if (i->target.n || (i->op && i->op->n)) {
		kd_out_puts(o, " ");
		comment(o, i);
	}
	if (i->patched)
		kd_out_printf(o, " {%s}", kd_patch_kind_name(i->patched));
	kd_out_puts(o, "\n");
}

void kd_render_disasm_end(struct kd_out *o, const char *what, const struct kd_disasm_summary *s)
{
	if (s->why) {
		kd_out_text(o, kd_view_of(what));
		kd_out_puts(o, "  ");
		kd_out_text(o, kd_view_of(s->why));
		kd_out_puts(o, "\n");
		return;
	}
	kd_out_text(o, s->symbol);
	kd_out_printf(o, " at %#jx, %ju bytes: %ju of %ju instructions; %ju of %ju operands in memory are named\n",
		      (uintmax_t)s->addr, (uintmax_t)s->size, (uintmax_t)s->shown, (uintmax_t)s->all,
		      (uintmax_t)s->named, (uintmax_t)s->operands);
	if (s->cut)
		kd_out_printf(o, "the decoder does not know the instruction at %jx: nothing is listed from there on\n",
			      (uintmax_t)s->cut_at);
	if (s->outside)
		kd_out_puts(o, "the offset that was asked for is inside of an instruction, or behind the last one\n");
}

static void operand(struct kd_json *j, const struct kd_disasm_insn *i)
{
	const struct kd_operand *p = i->op;

	kd_json_key(j, "operand");
	kd_json_begin_object(j);
	kd_json_kv_bool(j, "read", i->mem->read);
	kd_json_kv_bool(j, "write", i->mem->write);
	kd_json_kv_u64(j, "width", i->mem->width);
	if (!p->n) {
		kd_json_kv_strz(j, "why", p->why);
	} else {
		static const char *const how[] = {"variable", "derived", "result", "global"};

		kd_json_kv_str(j, "text", p->v[0].text);
		kd_json_kv_strz(j, "how", how[p->v[0].how]);
		kd_json_kv_str(j, "base", p->v[0].base);
		if (p->v[0].base_type.n)
			kd_json_kv_str(j, "base_type", p->v[0].base_type);
		if (p->v[0].owner.n) {
			kd_json_kv_str(j, "owner", p->v[0].owner);
			kd_json_kv_str(j, "member", p->v[0].member);
			kd_json_kv_u64(j, "offset", p->v[0].off);
			kd_json_kv_bool(j, "whole", p->v[0].whole);
			kd_json_kv_bool(j, "one_of", p->v[0].one_of);
		}
		if (p->v[0].index.n) {
			kd_json_kv_str(j, "index", p->v[0].index);
			kd_json_kv_u64(j, "element_size", p->v[0].element_size);
			if (p->v[0].elements)
				kd_json_kv_u64(j, "elements", p->v[0].elements);
		}
		kd_json_kv_bool(j, "alternatives", p->alternatives);
		kd_json_key(j, "also");
		kd_json_begin_array(j);
		for (size_t k = 1; k < p->n; k++)
			kd_json_str(j, p->v[k].text);
		kd_json_end_array(j);
	}
	kd_json_end_object(j);
}

void kd_render_disasm_json(struct kd_json *j, const struct kd_disasm_insn *i)
{
	char hex[2 * KD_INSN_MAX + 1];

	kd_hex(i->bytes, i->in->len, hex);
	kd_json_begin_object(j);
	kd_json_kv_hex(j, "address", i->in->addr);
	kd_json_kv_u64(j, "offset", i->off);
	kd_json_kv_strz(j, "bytes", hex);
	kd_json_kv_strz(j, "text", i->in->text);
	if (i->marked)
		kd_json_kv_bool(j, "marked", true);
	if (i->target.n)
		kd_json_kv_str(j, "target", i->target);
	if (i->chain->n && i->chain->v[0].at.name.n) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(16384);

		kd_buf_printf(&b, "%.*s%s%.*s", KD_VARG(i->chain->v[0].at.dir), i->chain->v[0].at.dir.n ? "/" : "",
			      KD_VARG(i->chain->v[0].at.name));
		kd_json_kv_str(j, "file", kd_buf_view(&b));
		kd_json_kv_u64(j, "line", i->chain->v[0].at.line);
		kd_json_kv_u64(j, "column", i->chain->v[0].at.column);
	}
	if (i->patched)
		kd_json_kv_strz(j, "patched", kd_patch_kind_name(i->patched));
	if (i->op)
		operand(j, i);
	kd_json_end_object(j);
}

void kd_render_disasm_json_end(struct kd_json *j, const struct kd_disasm_summary *s)
{
	kd_json_end_array(j);
	if (s->why)
		kd_json_kv_strz(j, "problem", s->why);
	if (s->symbol.n) {
		kd_json_kv_str(j, "symbol", s->symbol);
		kd_json_kv_hex(j, "symbol_address", s->addr);
		kd_json_kv_u64(j, "symbol_size", s->size);
	}
	kd_json_kv_u64(j, "shown", s->shown);
	kd_json_kv_u64(j, "of", s->all);
	kd_json_kv_u64(j, "operands", s->operands);
	kd_json_kv_u64(j, "named", s->named);
	if (s->cut)
		kd_json_kv_u64(j, "unknown_at", s->cut_at);
	kd_json_end_object(j);
}
