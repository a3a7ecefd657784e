// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/core_bt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "format/elfcore.h"
#include "render/core_locals.h"
#include "render/core_regs.h"
#include "render/head.h"
#include "render/text.h"

enum { NAMES_MAX = 40 };

static const char *const how_key[] = {
	[KD_FRAME_START] = "registers", [KD_FRAME_ORC] = "orc",	[KD_FRAME_TRAP] = "exception",
	[KD_FRAME_TOP] = "stack_top",	[KD_FRAME_FP] = "frame_pointer", [KD_FRAME_SCAN] = "scan",
	[KD_FRAME_RECORD] = "frame_record", [KD_FRAME_CFI] = "cfi", [KD_FRAME_NONE_YET] = "no_frame",
};

static const char *guess_words(const struct kd_core_frame *f)
{
	switch (f->how) {
	case KD_FRAME_TOP:
		return "guessed: the word on top of the stack, a return address";
	case KD_FRAME_FP:
		return "guessed: rbp taken for a frame pointer";
	case KD_FRAME_NONE_YET:
		return "guessed: where a call leaves its return address";
	case KD_FRAME_SCAN:
		return "guessed: looks like a return address";
	default:
		return "guessed: found from a guess";
	}
}

/* --- text ------------------------------------------------------------------------------------------ */

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
		kd_render_locals_text(o, f, i);
	}
}

/* Behind what stands on the line, at column `at`, or on a line of its own when there is no room. */
static void aside(struct kd_out *o, size_t *at, const char *text)
{
	const size_t n = strlen(text);

	if (*at + 2 + n >= o->width) {
		kd_out_puts(o, "\n         ");
		*at = 9;
	} else {
		kd_out_puts(o, "  ");
		*at += 2;
	}
	kd_style(o, KD_STYLE_DIM);
	kd_out_puts(o, text);
	kd_style(o, KD_STYLE_NONE);
	*at += n;
}

static void frame_text(struct kd_out *o, uint16_t machine, size_t number, const struct kd_core_bt_frame *f, bool raw)
{
	kd_auto(kd_buf_deinit) struct kd_buf line = KD_BUF_INIT(4096);
	char words[128];
	size_t at;

	if (f->f.how == KD_FRAME_TRAP) {
		kd_style(o, KD_STYLE_BOLD);
		kd_out_puts(o, "     -- exception or interrupt: the registers that were saved --\n");
		kd_style(o, KD_STYLE_NONE);
		kd_render_core_regs_text(o, machine, f->f.regs);
	}
	kd_buf_printf(&line, "%s#%-3zu ", f->f.guessed ? " ?" : "  ", number);
	if (f->name.n)
		kd_buf_printf(&line, "%.*s+0x%" PRIx64 "/0x%" PRIx64, KD_VARG(f->name), f->off, f->size);
	else
		kd_buf_printf(&line, "0x%" PRIx64 " (in no known symbol)", f->f.pc);
	if (f->module.n)
		kd_buf_printf(&line, " [%.*s]", KD_VARG(f->module));
	kd_out_text(o, kd_buf_view(&line));
	at = kd_buf_view(&line).n;
	if (raw) {
		snprintf(words, sizeof(words), "sp %016" PRIx64 ", from %016" PRIx64, f->f.sp, f->f.slot);
		aside(o, &at, words);
	}
	if (f->through.n) {
		snprintf(words, sizeof(words), "(called as %.*s, which jumped on)", f->through.n > 80 ? 80 : (int)f->through.n, f->through.p);
		aside(o, &at, words);
	}
	if (f->f.guessed) {
		snprintf(words, sizeof(words), "(%s)", guess_words(&f->f));
		aside(o, &at, words);
	}
	kd_out_puts(o, "\n");
	if (f->f.at && !f->f.regs)
		kd_render_core_known_text(o, machine, f->f.at);
	places_text(o, f);
	kd_render_layout_text(o, f);
}

static void end_text(struct kd_out *o, uint16_t machine, const struct kd_core_bt_stack *s)
{
	switch (s->stack.end) {
	case KD_STACK_USER:
		kd_out_puts(o, "     -- user space --\n");
		if (s->stack.user && s->count == 1)
			kd_render_core_regs_text(o, machine, s->stack.user);
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

static void who_text(struct kd_out *o, const struct kd_core_bt_who *w)
{
	if (w->has_task) {
		kd_out_printf(o, "PID %d  ", w->task.pid);
		kd_out_text(o, w->task.comm[0] ? kd_view_of(w->task.comm) : KD_V("(name not readable)"));
	} else {
		kd_out_puts(o, "task not known");
	}
	if (w->has_task && w->state != '?')
		kd_out_printf(o, "  %c", w->state);
	if (w->has_cpu)
		kd_out_printf(o, "  CPU %u", w->cpu);
}

/* All tasks of a group, as many as fit a paragraph. */
static void group_text(struct kd_out *o, const struct kd_core_bt_stack *s)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(NAMES_MAX * 128);
	char n[KD_TEXT_NUM];
	size_t shown = 0;

	kd_buf_printf(&b, "%s tasks with the same stack: PID ", kd_text_count(s->count, n));
	for (const struct kd_core_bt_who *w = &s->who; w && shown < NAMES_MAX; w = w->next, shown++) {
		kd_buf_printf(&b, "%s%d %s", shown ? ", " : "", w->task.pid, w->task.comm[0] ? w->task.comm : "(name not readable)");
		if (w->state != '?')
			kd_buf_printf(&b, " %c", w->state);
		if (w->has_cpu)
			kd_buf_printf(&b, " on CPU %u", w->cpu);
	}
	if (shown < s->count)
		kd_buf_printf(&b, " … and %s more (--json has all)", kd_text_count(s->count - shown, n));
	kd_text_wrap(o, kd_buf_view(&b), 0, 2);
}

static void head_text(struct kd_out *o, const struct kd_core_bt_stack *s)
{
	kd_style(o, KD_STYLE_BOLD);
	if (s->count > 1) {
		group_text(o, s);
		kd_style(o, KD_STYLE_NONE);
		return;
	}
	who_text(o, &s->who);
	if (s->panicked)
		kd_out_puts(o, ", which panicked");
	kd_style(o, KD_STYLE_NONE);
	if (s->who.has_task)
		kd_out_printf(o, "  task 0x%" PRIx64, s->who.task.addr);
	kd_out_puts(o, "\n");
}

/* How many frames from i on are the same place, found the same way: a function that calls itself. */
static size_t repeats(const struct kd_core_bt_stack *s, size_t i)
{
	const struct kd_core_frame *f = &s->frame[i].f;
	size_t n = 1;

	if (s->frame[i].locals.n)
		return 1;
	while (f->how != KD_FRAME_TRAP && i + n < s->n && s->frame[i + n].f.pc == f->pc && s->frame[i + n].f.how == f->how &&
	       s->frame[i + n].f.guessed == f->guessed)
		n++;
	return n;
}

static void stack_text(struct kd_out *o, uint16_t machine, const struct kd_core_bt_stack *s, bool raw)
{
	head_text(o, s);
	if (s->none.n) {
		kd_out_puts(o, "     -- no stack: ");
		kd_out_text(o, s->none);
		kd_out_puts(o, " --\n");
		return;
	}
	if (s->n && s->frame[0].f.regs && (s->panicked || raw))
		kd_render_core_regs_text(o, machine, s->frame[0].f.regs);
	for (size_t i = 0; i < s->n;) {
		const size_t n = raw ? 1 : repeats(s, i);

		frame_text(o, machine, i, &s->frame[i], raw);
		if (n > 2)
			kd_out_printf(o, "  …    the same to #%zu\n", i + n - 1);
		i += n > 2 ? n : 1;
	}
	end_text(o, machine, s);
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

	if (bt->panic_unknown)
		remark(o, "Which CPU panicked is not known (the kernel's symbols are those of functions alone): these are all CPUs.", KD_VNULL);
	else if (bt->no_panic)
		remark(o, "The kernel did not panic (no CPU is noted in panic_cpu or crashing_cpu): these are all CPUs.", KD_VNULL);
	if (bt->no_types.n)
		remark(o, "Tasks and modules are not known: ", bt->no_types);
	else if (bt->modules_why)
		remark(o, "Not all modules are known: ", kd_view_of(bt->modules_why));
	if (bt->symbols_why.n)
		remark(o, "Not all symbols of the kernel are known: ", bt->symbols_why);
	if (bt->no_orc.n)
		remark(o, "No unwind tables; callers are found by frame pointers where the code sets them up, and guessed elsewhere: ", bt->no_orc);
	if (raw && bt->machine != KD_EM_X86_64)
		remark(o, "What the words of frames are is known of x86_64 alone.", KD_VNULL);
	if (bt->no_lines.n)
		remark(o, "No lines: debug info was not used: ", bt->no_lines);
	if (bt->live)
		kd_out_puts(o, "live: inconsistent, for stacks change while they are read.\n");
	if (bt->lost_notes)
		kd_out_printf(o, "%s register sets are of CPUs that are not known.\n", kd_text_count(bt->lost_notes, n));
	for (size_t i = 0; i < bt->n; i++) {
		if (i || bt->no_panic)
			kd_out_puts(o, "\n");
		stack_text(o, bt->machine, &bt->v[i], raw);
	}
	if (bt->tasks_why[0])
		remark(o, "Not all tasks were looked at: ", kd_view_of(bt->tasks_why));
	if (bt->n < bt->total)
		kd_out_printf(o, "%zu of %zu stacks are shown (--limit, --offset).\n", bt->n, bt->total);
	if (bt->cut)
		kd_out_printf(o, "There are more tasks than these %s.\n", kd_text_count(bt->tasks, n));
	if (!bt->total)
		kd_out_puts(o, "No task is in that state.\n");
}

/* --- JSON -------------------------------------------------------------------------------------------- */

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

static void frame_json(struct kd_json *j, uint16_t machine, const struct kd_core_bt_frame *f)
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
	if (f->through.n)
		kd_json_kv_str(j, "through", f->through);
	kd_json_kv_strz(j, "method", how_key[f->f.how]);
	kd_json_kv_bool(j, "guessed", f->f.guessed);
	kd_json_kv_bool(j, "return_address", !f->f.exact);
	if (f->f.regs)
		kd_render_core_regs_json(j, "registers", machine, f->f.regs);
	if (f->f.at)
		kd_render_core_regs_json(j, "known_registers", machine, f->f.at);
	if (f->nplaces)
		places_json(j, f);
	if (f->locals.n || f->locals.none)
		kd_render_locals_json(j, f);
	if (f->layout.n)
		kd_render_layout_json(j, f);
	kd_json_end_object(j);
}

static void who_json(struct kd_json *j, const struct kd_core_bt_who *w)
{
	if (w->has_task) {
		kd_json_kv_i64(j, "pid", w->task.pid);
		kd_json_kv_i64(j, "tgid", w->task.tgid);
		if (w->task.comm[0])
			kd_json_kv_strz(j, "comm", w->task.comm);
		kd_json_kv_hex(j, "task", w->task.addr);
		if (w->state != '?')
			kd_json_kv_str(j, "state", kd_view(&w->state, 1));
	}
	if (w->has_cpu)
		kd_json_kv_u64(j, "cpu", w->cpu);
}

static void others_json(struct kd_json *j, const struct kd_core_bt_stack *s)
{
	kd_json_key(j, "others");
	kd_json_begin_array(j);
	for (const struct kd_core_bt_who *w = s->who.next; w; w = w->next) {
		kd_json_begin_object(j);
		who_json(j, w);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void stack_json(struct kd_json *j, uint16_t machine, const struct kd_core_bt_stack *s)
{
	static const char *const ends[] = {"user", "outermost", "broken", "limit"};

	kd_json_begin_object(j);
	who_json(j, &s->who);
	kd_json_kv_bool(j, "panicked", s->panicked);
	kd_json_kv_u64(j, "count", s->count);
	if (s->count > 1)
		others_json(j, s);
	if (s->none.n) {
		kd_json_kv_str(j, "problem", s->none);
		kd_json_end_object(j);
		return;
	}
	kd_json_key(j, "frames");
	kd_json_begin_array(j);
	for (size_t i = 0; i < s->n; i++)
		frame_json(j, machine, &s->frame[i]);
	kd_json_end_array(j);
	kd_json_kv_strz(j, "end", ends[s->stack.end]);
	if (s->stack.why[0])
		kd_json_kv_strz(j, "problem", s->stack.why);
	if (s->stack.more_guesses)
		kd_json_kv_bool(j, "more_guesses", true);
	if (s->stack.user && s->count == 1)
		kd_render_core_regs_json(j, "user_registers", machine, s->stack.user);
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
	if (bt->orc)
		kd_json_kv_strz(j, "orc_layout", bt->orc);
	if (bt->no_orc.n)
		kd_json_kv_str(j, "orc_problem", bt->no_orc);
	kd_json_kv_bool(j, "types", !bt->no_types.n);
	if (bt->no_types.n)
		kd_json_kv_str(j, "types_problem", bt->no_types);
	if (bt->symbols_why.n)
		kd_json_kv_str(j, "symbols_problem", bt->symbols_why);
	if (bt->modules_why)
		kd_json_kv_strz(j, "modules_problem", bt->modules_why);
	if (bt->tasks_why[0])
		kd_json_kv_strz(j, "tasks_problem", bt->tasks_why);
	kd_json_kv_bool(j, "no_panic", bt->no_panic);
	if (bt->panic_unknown)
		kd_json_kv_bool(j, "panic_unknown", true);
	if (bt->no_lines.n)
		kd_json_kv_str(j, "lines_problem", bt->no_lines);
	if (bt->live)
		kd_json_kv_bool(j, "live", true);
	kd_json_kv_u64(j, "lost_registers", bt->lost_notes);
	kd_json_kv_bool(j, "cut", bt->cut);
	kd_json_kv_bool(j, "grouped", bt->grouped);
	kd_json_kv_u64(j, "tasks", bt->tasks);
	kd_json_kv_u64(j, "total", bt->total);
	kd_json_key(j, "stacks");
	kd_json_begin_array(j);
	for (size_t i = 0; i < bt->n; i++)
		stack_json(j, bt->machine, &bt->v[i]);
	kd_json_end_array(j);
	kd_json_end_object(j);
}
