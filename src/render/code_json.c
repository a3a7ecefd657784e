/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "render/code_json.h"

#include "base/alloc.h"

static const char *how_name(uint8_t how)
{
	static const char *const t[] = {
		[KD_CODE_CERTAIN] = "certain", [KD_CODE_SYNCED] = "agreed", [KD_CODE_ONE_OF] = "one_of"};

	return t[how < KD_ARRAY_LEN(t) ? how : KD_CODE_ONE_OF];
}

static const char *from_name(uint8_t from)
{
	static const char *const t[] = {
		[KD_FADDR_NONE] = "none", [KD_FADDR_HEADER] = "header",
		[KD_FADDR_KERNEL_GP] = "kernel_decoded", [KD_FADDR_CR2] = "cr2"};

	return t[from < KD_ARRAY_LEN(t) ? from : KD_FADDR_NONE];
}

static void reg(struct kd_json *j, const char *key, const struct kd_fault_reg *r)
{
	if (!r->used)
		return;
	kd_json_key(j, key);
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "register", r->name);
	if (r->known) {
		kd_json_kv_hex(j, "value", r->val);
		kd_json_kv_strz(j, "class", kd_valclass_name(r->cls.cls));
	}
	kd_json_end_object(j);
}

static void operand(struct kd_json *j, const struct kd_fault_op *o, bool blamed)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "text", o->text);
	kd_json_kv_bool(j, "read", o->mem.read);
	kd_json_kv_bool(j, "write", o->mem.write);
	if (o->mem.width)
		kd_json_kv_u64(j, "bytes", o->mem.width);
	kd_json_kv_bool(j, "stack", o->mem.stack);
	if (o->has_ea)
		kd_json_kv_hex(j, "address", o->ea);
	kd_json_kv_bool(j, "covers", o->covers);
	kd_json_kv_bool(j, "blamed", blamed);
	reg(j, "base", &o->base);
	reg(j, "index", &o->index);
	if (o->index.used)
		kd_json_kv_u64(j, "scale", o->mem.scale);
	kd_json_end_object(j);
}

static void operands(struct kd_json *j, const struct kd_fault *f)
{
	kd_json_key(j, "operands");
	kd_json_begin_array(j);
	for (size_t i = 0; i < f->nop; i++)
		operand(j, &f->op[i], f->which >= 0 && (size_t)f->which == i);
	kd_json_end_array(j);
}

static void listing(struct kd_json *j, const struct kd_fault *f)
{
	kd_json_key(j, "instructions");
	kd_json_begin_array(j);
	for (size_t i = 0; i < f->list.n; i++) {
		const struct kd_code_line *l = &f->list.v[i];

		kd_json_begin_object(j);
		kd_json_kv_i64(j, "at", (int64_t)l->off - (int64_t)f->code.mark);
		kd_json_kv_u64(j, "length", l->insn.len);
		kd_json_kv_strz(j, "text", l->insn.text);
		kd_json_kv_strz(j, "boundary", how_name(l->how));
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void shadow(struct kd_json *j, const struct kd_fault_shadow *s)
{
	if (!s->is)
		return;
	kd_json_key(j, "kasan_shadow");
	kd_json_begin_object(j);
	kd_json_kv_bool(j, "inline_check", s->inline_check);
	kd_json_kv_hex(j, "granule", s->first);
	if (s->exact)
		reg(j, "pointer", &s->ptr);
	if (s->has_field) {
		reg(j, "object", &s->field);
		kd_json_kv_i64(j, "displacement", s->disp);
	}
	kd_json_end_object(j);
}

void kd_render_code_json(struct kd_json *j, const struct kd_fault *f)
{
	const char *words = kd_code_state_words(f->code.state);

	kd_json_begin_object(j);
	kd_json_kv_strz(j, "verdict", kd_fault_state_name(f->state));
	if (f->no_decoder.n)
		kd_json_kv_str(j, "no_decoder", f->no_decoder);
	if (words)
		kd_json_kv_strz(j, "no_bytes", words);
	if (f->why)
		kd_json_kv_strz(j, "why", f->why);
	if (f->has_insn)
		kd_json_kv_strz(j, "instruction", f->insn.text);
	kd_json_kv_strz(j, "address_from", from_name(f->addr_from));
	operands(j, f);
	reg(j, "divisor", &f->divisor);
	reg(j, "target", &f->branch);
	reg(j, "count", &f->count);
	shadow(j, &f->shadow);
	listing(j, f);
	kd_json_end_object(j);
}
