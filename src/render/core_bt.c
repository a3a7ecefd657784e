// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/core_bt.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "render/head.h"
#include "render/text.h"

static const struct {
	enum kd_x86_reg reg;
	const char *name; /* as the kernel prints it */
	const char *key; /* in JSON */
} registers[] = {
	{KD_RAX, "RAX", "rax"}, {KD_RBX, "RBX", "rbx"}, {KD_RCX, "RCX", "rcx"}, {KD_RDX, "RDX", "rdx"},
	{KD_RSI, "RSI", "rsi"}, {KD_RDI, "RDI", "rdi"}, {KD_RBP, "RBP", "rbp"}, {KD_R8, "R08", "r8"},
	{KD_R9, "R09", "r9"},	{KD_R10, "R10", "r10"}, {KD_R11, "R11", "r11"}, {KD_R12, "R12", "r12"},
	{KD_R13, "R13", "r13"}, {KD_R14, "R14", "r14"}, {KD_R15, "R15", "r15"},
};

static const char *const how_key[] = {
	[KD_FRAME_START] = "registers", [KD_FRAME_ORC] = "orc",	[KD_FRAME_TRAP] = "exception",
	[KD_FRAME_TOP] = "stack_top",	[KD_FRAME_FP] = "frame_pointer", [KD_FRAME_SCAN] = "scan",
};

static const char *guess_words(const struct kd_core_frame *f)
{
	switch (f->how) {
	case KD_FRAME_TOP:
		return "guessed: the word on top of the stack, a return address";
	case KD_FRAME_FP:
		return "guessed: rbp taken for a frame pointer";
	case KD_FRAME_SCAN:
		return "guessed: looks like a return address";
	default:
		return "guessed: found from a guess";
	}
}

/* --- text ------------------------------------------------------------------------------------------ */

static void registers_text(struct kd_out *o, const struct kd_x86_regs *r)
{
	kd_out_printf(o, "      RIP: %04" PRIx64 ":%016" PRIx64 "  RSP: %04" PRIx64 ":%016" PRIx64 "  EFLAGS: %08" PRIx64 "\n",
		      r->r[KD_CS], r->r[KD_RIP], r->r[KD_SS], r->r[KD_RSP], r->r[KD_RFLAGS]);
	if (r->partial)
		return;
	for (size_t i = 0; i < KD_ARRAY_LEN(registers); i++)
		kd_out_printf(o, "%s%s: %016" PRIx64 "%s", i % 3 ? "  " : "      ", registers[i].name,
			      r->r[registers[i].reg], i % 3 == 2 ? "\n" : "");
	kd_out_printf(o, "      ORIG_RAX: %016" PRIx64 "\n", r->r[KD_ORIG_RAX]);
}

static void places_text(struct kd_out *o, const struct kd_core_bt_frame *f)
{
	for (size_t i = 0; i < f->nplaces; i++) {
		const struct kd_core_bt_place *p = &f->place[i];

		kd_out_puts(o, "         ");
		kd_out_text(o, p->path.n ? p->path : KD_V("(file not known)"));
		if (p->line)
			kd_out_printf(o, ":%u", p->line);
		if (p->func.n && (f->nplaces > 1 || !kd_view_eq(p->func, f->name))) {
			kd_out_puts(o, "  ");
			kd_out_text(o, p->func);
		}
		kd_out_puts(o, p->inlined ? " (inlined)\n" : "\n");
	}
}

static void frame_text(struct kd_out *o, size_t number, const struct kd_core_bt_frame *f, bool raw)
{
	if (f->f.how == KD_FRAME_TRAP) {
		kd_style(o, KD_STYLE_BOLD);
		kd_out_puts(o, "     -- exception or interrupt: the registers that were saved --\n");
		kd_style(o, KD_STYLE_NONE);
		registers_text(o, f->f.regs);
	}
	kd_out_printf(o, "%s#%-3zu ", f->f.guessed ? " ?" : "  ", number);
	if (raw)
		kd_out_printf(o, "[sp %016" PRIx64 ", from %016" PRIx64 "] ", f->f.sp, f->f.slot);
	if (f->name.n) {
		kd_out_text(o, f->name);
		kd_out_printf(o, "+0x%" PRIx64 "/0x%" PRIx64, f->off, f->size);
	} else {
		kd_out_printf(o, "0x%" PRIx64 " (in no known symbol)", f->f.pc);
	}
	if (f->module.n) {
		kd_out_puts(o, " [");
		kd_out_text(o, f->module);
		kd_out_puts(o, "]");
	}
	if (f->f.guessed) {
		kd_style(o, KD_STYLE_DIM);
		kd_out_printf(o, "  (%s)", guess_words(&f->f));
		kd_style(o, KD_STYLE_NONE);
	}
	kd_out_puts(o, "\n");
	places_text(o, f);
}

static void end_text(struct kd_out *o, const struct kd_core_bt_stack *s)
{
	switch (s->stack.end) {
	case KD_STACK_USER:
		kd_out_puts(o, "     -- user space --\n");
		if (s->stack.user)
			registers_text(o, s->stack.user);
		break;
	case KD_STACK_OUTERMOST:
		break;
	default:
		kd_style(o, KD_STYLE_HIGH);
		kd_out_puts(o, "     -- unwinding stopped: ");
		kd_out_text(o, kd_view_of(s->stack.why));
		kd_out_puts(o, s->stack.more_guesses ? "; more of the stack looks like return addresses --\n" : " --\n");
		kd_style(o, KD_STYLE_NONE);
	}
}

static void head_text(struct kd_out *o, const struct kd_core_bt_stack *s)
{
	kd_style(o, KD_STYLE_BOLD);
	if (s->has_task) {
		kd_out_printf(o, "PID %d  ", s->task.pid);
		kd_out_text(o, s->task.comm[0] ? kd_view_of(s->task.comm) : KD_V("(name not readable)"));
	} else {
		kd_out_puts(o, "task not known");
	}
	if (s->has_cpu)
		kd_out_printf(o, "  CPU %u", s->cpu);
	if (s->panicked)
		kd_out_puts(o, ", which panicked");
	kd_style(o, KD_STYLE_NONE);
	if (s->has_task)
		kd_out_printf(o, "  task 0x%" PRIx64, s->task.addr);
	kd_out_puts(o, "\n");
}

/* How many frames from i on are the same place, found the same way: a function that calls itself. */
static size_t repeats(const struct kd_core_bt_stack *s, size_t i)
{
	const struct kd_core_frame *f = &s->frame[i].f;
	size_t n = 1;

	while (f->how != KD_FRAME_TRAP && i + n < s->n && s->frame[i + n].f.pc == f->pc && s->frame[i + n].f.how == f->how &&
	       s->frame[i + n].f.guessed == f->guessed)
		n++;
	return n;
}

static void stack_text(struct kd_out *o, const struct kd_core_bt_stack *s, bool raw)
{
	head_text(o, s);
	if (s->none.n) {
		kd_out_puts(o, "     -- no stack: ");
		kd_out_text(o, s->none);
		kd_out_puts(o, " --\n");
		return;
	}
	if (s->n && s->frame[0].f.regs && (s->panicked || raw))
		registers_text(o, s->frame[0].f.regs);
	for (size_t i = 0; i < s->n;) {
		const size_t n = raw ? 1 : repeats(s, i);

		frame_text(o, i, &s->frame[i], raw);
		if (n > 2)
			kd_out_printf(o, "  …    the same to #%zu\n", i + n - 1);
		i += n > 2 ? n : 1;
	}
	end_text(o, s);
}

static void remark(struct kd_out *o, const char *text, struct kd_view more)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);

	kd_buf_printf(&b, "%s%.*s", text, KD_VARG(more));
	kd_text_wrap(o, kd_buf_view(&b), 0, 2);
}

void kd_render_core_bt_text(struct kd_out *o, const struct kd_core_bt *bt, bool raw)
{
	char n[KD_TEXT_NUM];

	if (bt->no_panic)
		remark(o, "The kernel did not panic (no CPU is noted in panic_cpu or crashing_cpu): these are all CPUs.", KD_VNULL);
	if (bt->no_types.n)
		remark(o, "Tasks and modules are not known: ", bt->no_types);
	else if (bt->modules_why)
		remark(o, "Not all modules are known: ", kd_view_of(bt->modules_why));
	if (bt->no_orc.n)
		remark(o, "All callers are guessed: ", bt->no_orc);
	if (bt->no_lines.n)
		remark(o, "No lines: debug info was not used: ", bt->no_lines);
	if (bt->lost_notes)
		kd_out_printf(o, "%s register sets are of CPUs that are not known.\n", kd_text_count(bt->lost_notes, n));
	for (size_t i = 0; i < bt->n; i++) {
		if (i || bt->no_panic)
			kd_out_puts(o, "\n");
		stack_text(o, &bt->v[i], raw);
	}
	if (bt->tasks_why[0])
		remark(o, "Not all tasks were looked at: ", kd_view_of(bt->tasks_why));
	if (bt->cut)
		kd_out_printf(o, "There are more tasks than these %s.\n", kd_text_count(bt->n, n));
}

/* --- JSON -------------------------------------------------------------------------------------------- */

static void registers_json(struct kd_json *j, const char *key, const struct kd_x86_regs *r)
{
	kd_json_key(j, key);
	kd_json_begin_object(j);
	kd_json_kv_hex(j, "rip", r->r[KD_RIP]);
	kd_json_kv_hex(j, "cs", r->r[KD_CS]);
	kd_json_kv_hex(j, "eflags", r->r[KD_RFLAGS]);
	kd_json_kv_hex(j, "rsp", r->r[KD_RSP]);
	kd_json_kv_hex(j, "ss", r->r[KD_SS]);
	for (size_t i = 0; i < KD_ARRAY_LEN(registers) && !r->partial; i++)
		kd_json_kv_hex(j, registers[i].key, r->r[registers[i].reg]);
	if (!r->partial)
		kd_json_kv_hex(j, "orig_rax", r->r[KD_ORIG_RAX]);
	kd_json_end_object(j);
}

static void places_json(struct kd_json *j, const struct kd_core_bt_frame *f)
{
	kd_json_key(j, "places");
	kd_json_begin_array(j);
	for (size_t i = 0; i < f->nplaces; i++) {
		const struct kd_core_bt_place *p = &f->place[i];

		kd_json_begin_object(j);
		if (p->func.n)
			kd_json_kv_str(j, "function", p->func);
		if (p->path.n)
			kd_json_kv_str(j, "file", p->path);
		if (p->line)
			kd_json_kv_u64(j, "line", p->line);
		kd_json_kv_bool(j, "inlined", p->inlined);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void frame_json(struct kd_json *j, const struct kd_core_bt_frame *f)
{
	kd_json_begin_object(j);
	kd_json_kv_hex(j, "pc", f->f.pc);
	kd_json_kv_hex(j, "sp", f->f.sp);
	if (f->f.slot)
		kd_json_kv_hex(j, "read_at", f->f.slot);
	if (f->name.n) {
		kd_json_kv_str(j, "function", f->name);
		kd_json_kv_u64(j, "offset", f->off);
		kd_json_kv_u64(j, "size", f->size);
	}
	if (f->module.n)
		kd_json_kv_str(j, "module", f->module);
	kd_json_kv_strz(j, "method", how_key[f->f.how]);
	kd_json_kv_bool(j, "guessed", f->f.guessed);
	kd_json_kv_bool(j, "return_address", !f->f.exact);
	if (f->f.regs)
		registers_json(j, "registers", f->f.regs);
	if (f->nplaces)
		places_json(j, f);
	kd_json_end_object(j);
}

static void stack_json(struct kd_json *j, const struct kd_core_bt_stack *s)
{
	static const char *const ends[] = {"user", "outermost", "broken", "limit"};

	kd_json_begin_object(j);
	if (s->has_task) {
		kd_json_kv_i64(j, "pid", s->task.pid);
		kd_json_kv_i64(j, "tgid", s->task.tgid);
		if (s->task.comm[0])
			kd_json_kv_strz(j, "comm", s->task.comm);
		kd_json_kv_hex(j, "task", s->task.addr);
	}
	if (s->has_cpu)
		kd_json_kv_u64(j, "cpu", s->cpu);
	kd_json_kv_bool(j, "panicked", s->panicked);
	if (s->none.n) {
		kd_json_kv_str(j, "problem", s->none);
		kd_json_end_object(j);
		return;
	}
	kd_json_key(j, "frames");
	kd_json_begin_array(j);
	for (size_t i = 0; i < s->n; i++)
		frame_json(j, &s->frame[i]);
	kd_json_end_array(j);
	kd_json_kv_strz(j, "end", ends[s->stack.end]);
	if (s->stack.why[0])
		kd_json_kv_strz(j, "problem", s->stack.why);
	if (s->stack.more_guesses)
		kd_json_kv_bool(j, "more_guesses", true);
	if (s->stack.user)
		registers_json(j, "user_registers", s->stack.user);
	kd_json_end_object(j);
}

void kd_render_core_bt_json(struct kd_json *j, const char *path, const struct kd_core_bt *bt)
{
	kd_json_begin_object(j);
	kd_render_head_json(j, "kdoc.core-bt/1");
	kd_json_kv_strz(j, "file", path);
	if (bt->release.n)
		kd_json_kv_str(j, "release", bt->release);
	kd_json_kv_u64(j, "symbols", bt->symbols);
	kd_json_kv_u64(j, "modules", bt->modules);
	kd_json_kv_strz(j, "orc_layout", bt->orc);
	if (bt->no_orc.n)
		kd_json_kv_str(j, "orc_problem", bt->no_orc);
	kd_json_kv_bool(j, "types", !bt->no_types.n);
	if (bt->no_types.n)
		kd_json_kv_str(j, "types_problem", bt->no_types);
	if (bt->modules_why)
		kd_json_kv_strz(j, "modules_problem", bt->modules_why);
	if (bt->tasks_why[0])
		kd_json_kv_strz(j, "tasks_problem", bt->tasks_why);
	kd_json_kv_bool(j, "no_panic", bt->no_panic);
	if (bt->no_lines.n)
		kd_json_kv_str(j, "lines_problem", bt->no_lines);
	kd_json_kv_u64(j, "lost_registers", bt->lost_notes);
	kd_json_kv_bool(j, "cut", bt->cut);
	kd_json_key(j, "stacks");
	kd_json_begin_array(j);
	for (size_t i = 0; i < bt->n; i++)
		stack_json(j, &bt->v[i]);
	kd_json_end_array(j);
	kd_json_end_object(j);
}
