// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/report_json_parts.h"

#include "base/utf8.h"
#include "verb/scan.h"

enum { BAD_SPANS_MAX = 16 };

void kd_rj_str(struct kd_json *j, const char *key, struct kd_view v)
{
	if (v.p)
		kd_json_kv_str(j, key, v);
}

void kd_rj_strz(struct kd_json *j, const char *key, const char *s)
{
	if (s)
		kd_json_kv_strz(j, key, s);
}

void kd_rj_line(struct kd_json *j, const char *key, const struct kd_report *r, int32_t idx)
{
	if (idx >= 0 && (size_t)idx < r->nlines)
		kd_json_kv_u64(j, key, r->lines[idx].no);
}

void kd_rj_ref(struct kd_json *j, const char *key, const struct kd_logref *l)
{
	if (!l->no)
		return;
	kd_json_key(j, key);
	kd_json_begin_object(j);
	kd_json_kv_u64(j, "line", l->no);
	kd_json_kv_u64(j, "offset", l->off);
	kd_json_kv_u64(j, "length", l->len);
	kd_json_kv_str(j, "text", l->text);
	kd_json_end_object(j);
}

void kd_rj_frame(struct kd_json *j, const struct kd_report *r, const struct kd_frame *f)
{
	kd_json_begin_object(j);
	kd_rj_str(j, "function", f->func);
	if (f->has_offset) {
		kd_json_kv_hex(j, "offset", f->offset);
		kd_json_kv_hex(j, "size", f->size);
	}
	if (f->has_addr)
		kd_json_kv_hex(j, "address", f->addr);
	kd_rj_str(j, "module", f->module);
	kd_rj_str(j, "build_id", f->build_id);
	kd_rj_str(j, "file", f->file);
	if (f->fline)
		kd_json_kv_u64(j, "file_line", f->fline);
	kd_json_kv_bool(j, "reliable", f->reliable);
	kd_json_kv_bool(j, "inlined", f->inlined);
	kd_json_kv_strz(j, "pc", f->pc == KD_PC_EXACT ? "exact" : "return");
	if (f->offset_is_size)
		kd_json_kv_bool(j, "offset_is_size", true);
	if (f->outside)
		kd_json_kv_bool(j, "outside", true);
	if (f->at_start)
		kd_json_kv_bool(j, "at_start", true);
	if (f->from_addr)
		kd_json_kv_bool(j, "from_address", true);
	kd_rj_line(j, "line", r, f->line);
	kd_json_end_object(j);
}

static void stack(struct kd_json *j, const struct kd_report *r, const struct kd_stack *s)
{
	kd_json_begin_object(j);
	kd_rj_str(j, "name", s->name);
	kd_json_kv_strz(j, "role", kd_stack_role_word(s->role));
	if (s->stale)
		kd_json_kv_bool(j, "stale", true);
	kd_json_kv_strz(j, "context", kd_context_word(s->ctx));
	if (s->has_cpu)
		kd_json_kv_u64(j, "cpu", s->cpu);
	if (s->has_pid)
		kd_json_kv_i64(j, "pid", s->pid);
	kd_rj_str(j, "comm", s->comm);
	kd_rj_line(j, "line", r, s->line);
	kd_json_key(j, "frames");
	kd_json_begin_array(j);
	for (size_t i = 0; i < s->nframes; i++)
		kd_rj_frame(j, r, &s->frames[i]);
	kd_json_end_array(j);
	kd_json_kv_bool(j, "cut", s->cut);
	kd_json_end_object(j);
}

void kd_rj_stacks(struct kd_json *j, const struct kd_report *r)
{
	kd_json_key(j, "stacks");
	kd_json_begin_array(j);
	for (size_t i = 0; i < r->nstacks; i++)
		stack(j, r, &r->stacks[i]);
	kd_json_end_array(j);
}

static void reg(struct kd_json *j, const struct kd_report *r, const struct kd_reg *g)
{
	kd_json_begin_object(j);
	kd_json_kv_str(j, "name", g->name);
	kd_json_kv_hex(j, "value", g->val);
	kd_json_kv_strz(j, "class", kd_valclass_word(g->cls));
	kd_rj_strz(j, "note", g->note);
	kd_rj_str(j, "symbol", g->sym);
	kd_rj_line(j, "line", r, g->line);
	kd_json_end_object(j);
}

static void regset(struct kd_json *j, const struct kd_report *r, const struct kd_regset *s)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "label", kd_regset_word(s->label));
	kd_json_kv_bool(j, "user_mode", s->user);
	kd_rj_line(j, "line", r, s->line);
	if (s->has_ip) {
		kd_json_kv_strz(j, "pc_means", kd_pcclass_word(s->pc_class));
		kd_json_key(j, "pc");
		kd_rj_frame(j, r, &s->ip);
	}
	if (s->has_lr) {
		kd_json_key(j, "link");
		kd_rj_frame(j, r, &s->lr);
	}
	if (s->has_orig)
		kd_json_kv_i64(j, "syscall_number", s->orig);
	kd_rj_str(j, "code", s->code);
	if (s->code.p)
		kd_rj_line(j, "code_line", r, s->code_line);
	kd_json_kv_u64(j, "stacks_before", s->stack_after);
	kd_json_key(j, "registers");
	kd_json_begin_array(j);
	for (size_t i = 0; i < s->nregs; i++)
		reg(j, r, &s->regs[i]);
	kd_json_end_array(j);
	kd_json_end_object(j);
}

void kd_rj_regsets(struct kd_json *j, const struct kd_report *r)
{
	kd_json_key(j, "register_sets");
	kd_json_begin_array(j);
	for (size_t i = 0; i < r->nregsets; i++)
		regset(j, r, &r->regsets[i]);
	kd_json_end_array(j);
}

static void fact(struct kd_json *j, const struct kd_report *r, const struct kd_fact *f)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "key", f->key);
	switch (f->type) {
	case KD_FACT_STR:
		kd_json_kv_str(j, "value", f->str);
		break;
	case KD_FACT_HEX:
		kd_json_kv_hex(j, "value", f->num);
		break;
	case KD_FACT_BOOL:
		kd_json_kv_bool(j, "value", f->num != 0);
		break;
	case KD_FACT_I64:
		kd_json_kv_i64(j, "value", (int64_t)f->num);
		break;
	default:
		kd_json_kv_u64(j, "value", f->num);
		break;
	}
	kd_rj_strz(j, "unit", f->unit);
	kd_rj_line(j, "line", r, f->line);
	kd_json_end_object(j);
}

void kd_rj_sections(struct kd_json *j, const struct kd_report *r)
{
	kd_json_key(j, "sections");
	kd_json_begin_array(j);
	for (size_t i = 0; i < r->nsections; i++) {
		const struct kd_section *s = &r->sections[i];

		kd_json_begin_object(j);
		kd_json_kv_strz(j, "name", s->name);
		kd_json_key(j, "facts");
		kd_json_begin_array(j);
		for (size_t k = 0; k < s->nfacts; k++)
			fact(j, r, &s->facts[k]);
		kd_json_end_array(j);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

void kd_rj_modules(struct kd_json *j, const struct kd_report *r)
{
	kd_json_key(j, "modules");
	kd_json_begin_array(j);
	for (size_t i = 0; i < r->nmodules; i++) {
		const struct kd_module *m = &r->modules[i];

		kd_json_begin_object(j);
		kd_json_kv_str(j, "name", m->name);
		if (m->flags.n)
			kd_json_kv_str(j, "flags", m->flags);
		kd_json_kv_bool(j, "on_stack", m->on_stack);
		kd_rj_line(j, "line", r, m->line);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_rj_str(j, "last_unloaded", r->last_unloaded);
}

void kd_rj_signatures(struct kd_json *j, const struct kd_report *r)
{
	static const char *const names[KD_NSIG] = {"strict", "normal", "loose"};

	kd_json_key(j, "signatures");
	kd_json_begin_object(j);
	for (size_t i = 0; i < KD_NSIG; i++) {
		const struct kd_signature *s = &r->sig[i];

		if (!s->hex[0])
			continue;
		kd_json_key(j, names[i]);
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "hash", s->hex);
		kd_json_key(j, "ingredients");
		kd_json_begin_array(j);
		for (size_t k = 0; k < s->nparts; k++)
			kd_json_str(j, s->parts[k]);
		kd_json_end_array(j);
		kd_json_end_object(j);
	}
	kd_json_end_object(j);
}

/* Where the text of a line is not UTF-8: bytes of the text, [offset, offset + length). */
static void bad_spans(struct kd_json *j, struct kd_view text)
{
	size_t off = 0, len, n = 0;

	if (kd_utf8_valid(text))
		return;
	kd_json_key(j, "invalid_utf8");
	kd_json_begin_array(j);
	while (n++ < BAD_SPANS_MAX && kd_utf8_find_bad(text, off, &off, &len)) {
		kd_json_begin_object(j);
		kd_json_kv_u64(j, "offset", off);
		kd_json_kv_u64(j, "length", len);
		kd_json_end_object(j);
		off += len;
	}
	kd_json_end_array(j);
}

static void rline(struct kd_json *j, const struct kd_rline *l)
{
	kd_json_begin_object(j);
	kd_json_kv_u64(j, "line", l->no);
	kd_json_kv_u64(j, "offset", l->off);
	kd_json_kv_u64(j, "length", l->len);
	kd_json_kv_strz(j, "role", kd_role_word(l->role));
	if (l->has_mono)
		kd_json_kv_u64(j, "time_us", l->mono_us);
	kd_rj_str(j, "wall_time", l->wall);
	kd_rj_str(j, "host", l->host);
	if (l->level >= 0)
		kd_json_kv_i64(j, "level", l->level);
	if (l->caller == KD_CALLER_TASK)
		kd_json_kv_u64(j, "caller_task", l->caller_id);
	if (l->caller == KD_CALLER_CPU)
		kd_json_kv_u64(j, "caller_cpu", l->caller_id);
	if (l->disguise & KD_DIS_REJOINED)
		kd_json_kv_bool(j, "rejoined", true);
	kd_json_kv_str(j, "text", l->text);
	bad_spans(j, l->text);
	kd_json_end_object(j);
}

void kd_rj_lines(struct kd_json *j, const struct kd_report *r)
{
	kd_json_key(j, "lines");
	kd_json_begin_array(j);
	for (size_t i = 0; i < r->nlines; i++)
		rline(j, &r->lines[i]);
	kd_json_end_array(j);
}
