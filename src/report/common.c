// SPDX-License-Identifier: GPL-2.0-or-later
/* The lines that reports of all kinds share: task, hardware, stacks, modules, tails. */
#include "base/alloc.h"
#include "report/engine.h"
#include "report/taint.h"
#include "report/x86.h"

enum { MAX_FRAMES = 512, MAX_MODULES = 1024 };

void kd_builder_close_stack(struct kd_builder *b)
{
	struct kd_stack *s;

	if (!b->stack_open)
		return;
	s = &b->stacks.v[b->stacks.n - 1];
	s->frames = b->frames.v;
	s->nframes = b->frames.n;
	b->stack_open = false;
}

static void add_frame(struct kd_builder *b, struct kd_frame f)
{
	struct kd_frame *dst = kd_avec_push(b->arena, &b->frames, MAX_FRAMES);

	if (!dst) {
		if (b->stacks.n)
			b->stacks.v[b->stacks.n - 1].cut = true;
		return;
	}
	f.line = b->line;
	kd_builder_keep_frame(b, &f);
	*dst = f;
}

/* "RIP: 0010:…" and its registers within a trace: below stands what was interrupted. */
static enum kd_stack_role role_below_regs(const struct kd_builder *b)
{
	const struct kd_regset *s = b->regsets.n ? &b->regsets.v[b->regsets.n - 1] : NULL;
	enum kd_stack_role last;

	if (!s || !s->has_ip || s->user || !b->stacks.n || s->stack_after != b->stacks.n)
		return KD_STACK_CRASH;
	last = (enum kd_stack_role)b->stacks.v[b->stacks.n - 1].role;
	if (last != KD_STACK_CRASH)
		return last;
	return b->r->kind->pcclass == KD_PCC_SAMPLED ? KD_STACK_CRASH : KD_STACK_INTERRUPTED;
}

/* The stack that frames without a heading belong to. */
static void need_stack(struct kd_builder *b, uint8_t ctx)
{
	enum kd_stack_role role;

	if (b->stack_open)
		return;
	role = b->next_role ? (enum kd_stack_role)(b->next_role - 1) : role_below_regs(b);
	b->next_role = 0;
	kd_builder_stack(b, KD_VNULL, role, ctx ? (enum kd_context)ctx : KD_CTX_UNKNOWN);
}

/* <IRQ> … </IRQ> <TASK>: a new context is a new stack; the lower one was interrupted. */
static void context_mark(struct kd_builder *b, const struct kd_token *t)
{
	struct kd_stack *s = b->stack_open ? &b->stacks.v[b->stacks.n - 1] : NULL;
	enum kd_stack_role role;

	if (t->mark_end && t->ctx != KD_CTX_TASK)
		return;
	if (!s) {
		need_stack(b, t->ctx);
		return;
	}
	if (!b->frames.n) {
		if (!s->ctx || !t->mark_end) /* "<NMI>", "</NMI>", "<TASK>": nothing in between */
			s->ctx = t->ctx;
		return;
	}
	if (t->mark_end && !kd_view_has(b->lines.v[b->line].text, KD_V("EO")))
		return;
	if (s->ctx == t->ctx)
		return;
	role = s->role == KD_STACK_CRASH ? KD_STACK_INTERRUPTED : (enum kd_stack_role)s->role;
	kd_builder_stack(b, s->name, role, (enum kd_context)t->ctx);
}

static bool frame_line(struct kd_builder *b, const struct kd_token *t)
{
	struct kd_frame from;

	kd_regs_close(b);
	if (t->ctx)
		context_mark(b, t);
	if (t->cls == KD_TOK_MARK) {
		kd_builder_role(b, KD_ROLE_SECTION);
		return true;
	}
	need_stack(b, t->ctx);
	kd_builder_role(b, KD_ROLE_FRAME);
	/* arm: "(f) from (g)", then "(g) from (h)": each function once. */
	if (!t->has_from || !b->frames.n ||
	    !kd_view_eq(b->frames.v[b->frames.n - 1].func, t->frame.func))
		add_frame(b, t->frame);
	if (t->has_from && kd_token_from(t, &from))
		add_frame(b, from);
	return true;
}

static bool stack_heading(struct kd_builder *b, const struct kd_token *t, struct kd_view text)
{
	struct kd_view name = kd_view_trim(text);
	enum kd_stack_role role = KD_STACK_CRASH;
	struct kd_view rest = t->rest;
	struct kd_token f;

	if (b->next_role)
		role = (enum kd_stack_role)(b->next_role - 1);
	else if (kd_view_starts(name, KD_V("Allocated")) ||
		 kd_view_starts(name, KD_V("page last allocated")))
		role = KD_STACK_ALLOC;
	else if (kd_view_starts(name, KD_V("Freed")) || kd_view_starts(name, KD_V("page last free")))
		role = KD_STACK_FREE;
	else if (kd_view_has(name, KD_V("potentially related work")))
		role = KD_STACK_WORK;
	else if (kd_view_starts(name, KD_V("Uninit was")))
		role = KD_STACK_ORIGIN;
	else if (kd_view_starts(name, KD_V("Last Breaking-Event")))
		role = KD_STACK_OTHER;
	b->next_role = 0;
	if (kd_view_ends(name, KD_V(":")))
		name.n--;
	kd_regs_close(b);
	kd_builder_stack_who(kd_builder_stack(b, kd_view_head(name, 120), role, KD_CTX_UNKNOWN), name);
	kd_token_parse(rest, &f);
	if (f.cls == KD_TOK_FRAME)
		frame_line(b, &f);
	kd_builder_role(b, KD_ROLE_SECTION);
	return true;
}

/* "6.1.0-18-amd64 #1 SMP …" or "…-amd64 #1": release word, then the build. */
static void release_and_build(struct kd_builder *b, struct kd_view v)
{
	struct kd_view rel;
	struct kd_report *r = b->r;

	v = kd_view_trim(v);
	if (kd_view_skip(&v, KD_V("("))) /* "Not tainted (2.6.27.9 #1)" */
		v = kd_view_head(v, kd_view_rchr(v, ')'));
	if (r->release.p || !kd_view_take_word(&v, &rel) || !kd_is_digit(rel.p[0]))
		return;
	r->release = kd_arena_view(b->arena, rel);
	v = kd_view_trim(v);
	if (v.n)
		r->build = kd_arena_view(b->arena, v);
	r->release_line = b->line;
}

void kd_builder_taint(struct kd_builder *b, struct kd_view v)
{
	struct kd_taint_text tt;

	if (kd_taint_take(&v, &tt) && !b->r->taint.stated) {
		b->r->taint.stated = true;
		b->r->taint.bits = tt.bits;
		b->r->taint.text = kd_arena_view(b->arena, tt.text);
		if (tt.nunknown)
			b->r->taint.unknown =
				kd_arena_view(b->arena, kd_view(tt.unknown, tt.nunknown));
		b->r->taint.line = b->line;
	}
	release_and_build(b, v);
}

/* "Comm: a b Tainted: G W 6.1 #1 …": comm may hold any byte, so it ends at the taint. */
static bool comm_and_taint(struct kd_builder *b, struct kd_view v)
{
	struct kd_taint_text tt;
	size_t at, taint = KD_NPOS;
	struct kd_view comm;

	at = kd_view_find(v, KD_V("omm: "));
	if (at == KD_NPOS)
		return true;
	v = kd_view_from(v, at + 5);
	for (struct kd_view w = v; taint == KD_NPOS && w.n; w = kd_view_from(w, 1)) {
		struct kd_view probe = w;

		if ((w.p[0] == 'T' || w.p[0] == 'N') && kd_taint_take(&probe, &tt))
			taint = (size_t)(w.p - v.p);
	}
	comm = kd_view_trim(taint == KD_NPOS ? kd_view_head(v, 15) : kd_view_head(v, taint));
	/* dump_stack_print_info() has it there where a crash kernel waits */
	if (kd_view_ends(comm, KD_V(" Kdump: loaded")))
		comm = kd_view_head(comm, comm.n - KD_V(" Kdump: loaded").n);
	if (!b->r->comm.p)
		b->r->comm = kd_arena_view(b->arena, comm);
	if (taint != KD_NPOS)
		kd_builder_taint(b, kd_view_from(v, taint));
	return true;
}

/*
 * "CPU: 1 UID: 0 PID: 23 Comm: a b Tainted: G W 6.1 #1 …" (lib/dump_stack.c);
 * "Pid: 1, comm: x Not tainted 3.0 #1"; comm may hold any byte, so it ends at the
 * last taint statement.
 */
/* Is this the line of the task that the report is about, as far as a header named one? */
static bool same_task(const struct kd_report *r, bool has_pid, int64_t pid, struct kd_view v)
{
	size_t at = kd_view_find(v, KD_V("omm: "));

	if (!r->comm.p && !r->has_pid)
		return true;
	if (r->has_pid)
		return has_pid && r->pid == pid;
	return at != KD_NPOS && kd_view_starts(kd_view_from(v, at + 5), r->comm);
}

static bool cpu_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_report *r = b->r;
	struct kd_view v = text;
	uint64_t cpu = 0, uid = 0;
	int64_t pid = 0;
	bool has_cpu, has_uid, has_pid;

	kd_view_skip_blank(&v);
	has_cpu = kd_view_skip(&v, KD_V("CPU: ")) && kd_view_take_dec(&v, &cpu);
	kd_view_skip_blank(&v);
	has_uid = kd_view_skip(&v, KD_V("UID: ")) && kd_view_take_dec(&v, &uid) && uid <= UINT32_MAX;
	kd_view_skip_blank(&v);
	has_pid = (kd_view_skip(&v, KD_V("PID: ")) || kd_view_skip(&v, KD_V("Pid: "))) &&
		  kd_view_take_int(&v, &pid);
	if (!r->has_cpu && same_task(r, has_pid, pid, v)) {
		if (has_cpu)
			kd_builder_cpu(b, cpu);
		if (has_uid && !r->has_uid) {
			r->uid = (uint32_t)uid;
			r->has_uid = true;
		}
	}
	if (has_pid && !r->has_pid && same_task(r, true, pid, v)) {
		r->pid = pid;
		r->has_pid = true;
	}
	return comm_and_taint(b, v);
}

static bool hw_line(struct kd_builder *b, struct kd_view v)
{
	size_t bios;

	v = kd_view_trim(v);
	if (b->r->hardware.p)
		return true;
	bios = kd_view_find(v, KD_V(", BIOS "));
	b->r->hardware = kd_arena_view(b->arena, kd_view_head(v, bios == KD_NPOS ? v.n : bios));
	if (bios != KD_NPOS)
		b->r->bios = kd_arena_view(b->arena, kd_view_from(v, bios + 7));
	b->r->hardware_line = b->line;
	return true;
}

static void add_module(struct kd_builder *b, struct kd_view word)
{
	struct kd_module *m;
	size_t paren = kd_view_chr(word, '(');

	m = kd_avec_push(b->arena, &b->modules, MAX_MODULES);
	if (!m)
		return;
	m->line = b->line;
	m->name = kd_arena_view(b->arena, kd_view_head(word, paren == KD_NPOS ? word.n : paren));
	if (paren != KD_NPOS && kd_view_ends(word, KD_V(")")))
		m->flags = kd_arena_view(b->arena, kd_view(word.p + paren + 1, word.n - paren - 2));
}

/* "a b(OE) c [last unloaded: d]"; true when the words can be module names. */
static bool module_words(struct kd_builder *b, struct kd_view v)
{
	struct kd_view word, last;
	size_t at = kd_view_find(v, KD_V("[last unloaded: "));

	if (at == KD_NPOS && kd_view_skip(&v, KD_V("last unloaded: ")))
		at = 0;
	else if (at != KD_NPOS) {
		last = kd_view_from(v, at + 16);
		v = kd_view_head(v, at);
		if (kd_view_chr(last, ']') != KD_NPOS)
			last = kd_view_head(last, kd_view_chr(last, ']'));
		b->r->last_unloaded = kd_arena_view(b->arena, kd_view_trim(last));
	}
	while (kd_view_take_word(&v, &word))
		add_module(b, word);
	return true;
}

/* A wrapped module list goes on: only words that a module may be called. */
static bool modules_go_on(struct kd_builder *b, struct kd_view text)
{
	struct kd_view v = kd_view_trim(text), word;
	size_t n = 0;

	if (!b->modules_open || !v.n || kd_view_has(v, KD_V(": ")))
		return kd_view_starts(v, KD_V("[last unloaded: ")) && module_words(b, v);
	for (struct kd_view w = v; kd_view_take_word(&w, &word); n++)
		for (size_t i = 0; i < word.n; i++)
			if (!kd_is_word(word.p[i]) && !strchr("()-+[]", word.p[i]))
				return false;
	if (n < 2 && !kd_view_has(v, KD_V("(")))
		return false;
	return module_words(b, v);
}

/* "Oops: 0002 [#1] PREEMPT SMP KASAN": error code, counter, configuration. */
static bool oops_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_report *r = b->r;
	size_t at = kd_view_find(text, KD_V("[#")), colon;
	struct kd_view v = text, code;
	uint64_t n;

	if (at == KD_NPOS)
		return true;
	code = kd_view_trim(kd_view_head(text, at));
	v = kd_view_from(text, at + 2);
	if (kd_view_take_dec(&v, &n) && n <= UINT32_MAX && !r->has_oops_no) {
		r->oops_no = (uint32_t)n;
		r->has_oops_no = true;
		r->oops_line = b->line;
		kd_view_skip(&v, KD_V("]"));
		r->config = kd_arena_view(b->arena, kd_view_trim(v));
	}
	colon = kd_view_rchr(code, ' ');
	if (colon != KD_NPOS)
		code = kd_view_from(code, colon + 1);
	if (!r->access.has_code && code.n >= 3 && kd_view_hex(code, &n)) {
		r->access.code = n;
		r->access.has_code = true;
		r->access.code_line = b->line;
	}
	return true;
}

static bool oops_counter(struct kd_view text)
{
	size_t at = kd_view_find(text, KD_V(" [#"));

	return at != KD_NPOS && text.n > at + 3 && kd_is_digit(text.p[at + 3]);
}

static bool kaslr_line(struct kd_builder *b, struct kd_view v)
{
	uint64_t n;

	b->r->kaslr_line = b->line;
	b->r->kaslr_disabled = kd_view_starts(v, KD_V("disabled"));
	if (!b->r->kaslr_disabled && kd_view_take_hex(&v, &n)) { /* "disabled" begins with a digit */
		b->r->kaslr = n;
		b->r->has_kaslr = true;
	}
	if (kd_view_skip(&v, KD_V(" from ")) && kd_view_take_hex(&v, &n))
		b->r->kaslr_from = n;
	kd_builder_role(b, KD_ROLE_TAIL);
	return true;
}

static bool pgtable_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_access *a = &b->r->access;
	struct kd_x86_pf_said said = {0};

	if ((!a->pgtable.p || (kd_view_has(text, KD_V("pgd=")) && !kd_view_has(a->pgtable, KD_V("pgd=")))) &&
	    (kd_view_starts(text, KD_V("PGD")) || kd_view_starts(text, KD_V("AS:")) ||
	     kd_view_has(text, KD_V("pgd")) || kd_view_has(text, KD_V("*pd")))) {
		a->pgtable = kd_arena_view(b->arena, kd_view_trim(text));
		a->pgtable_line = b->line;
	}
	if (kd_view_starts(text, KD_V("#PF")) && kd_x86_pf_line(text, &said) && said.has_access) {
		a->has_dir = true;
		a->write = said.write;
		a->exec = said.instr;
	}
	return true;
}

static bool process_line(struct kd_builder *b, struct kd_view v)
{
	size_t at = kd_view_find(v, KD_V(" (pid: "));
	struct kd_view pid;
	int64_t n = 0;
	bool has_pid;

	if (at == KD_NPOS)
		return false;
	pid = kd_view_from(v, at + 7);
	has_pid = kd_view_take_int(&pid, &n);
	kd_builder_task(b, kd_view_head(v, at), has_pid, n);
	return true;
}

static bool end_trace(struct kd_builder *b, struct kd_view v)
{
	size_t at = kd_view_find(v, KD_V(" ]---"));

	if (!b->r->end_trace.p)
		b->r->end_trace = kd_arena_view(b->arena, kd_view_head(v, at == KD_NPOS ? v.n : at));
	kd_regs_close(b);
	kd_builder_close_stack(b);
	kd_builder_role(b, KD_ROLE_TAIL);
	return true;
}

static bool workqueue_line(struct kd_builder *b, struct kd_view v)
{
	if (!b->r->workqueue.p)
		b->r->workqueue = kd_arena_view(b->arena, kd_view_trim(v));
	return true;
}

static bool noise(struct kd_builder *b, enum kd_role role)
{
	kd_builder_role(b, role);
	return true;
}

static bool field_line(struct kd_builder *b, const struct kd_token *t, struct kd_view text)
{
	switch (t->cls) {
	case KD_TOK_CPU:
		return cpu_line(b, text);
	case KD_TOK_PROCESS:
		return process_line(b, t->rest);
	case KD_TOK_HW:
		return hw_line(b, t->rest);
	case KD_TOK_MODULES:
		b->modules_open = true;
		return module_words(b, t->rest);
	case KD_TOK_OOPS:
		return oops_line(b, kd_view_trim(text));
	case KD_TOK_PGTABLE:
		return pgtable_line(b, kd_view_trim(text));
	case KD_TOK_WORKQUEUE:
		return workqueue_line(b, t->rest);
	case KD_TOK_KASLR:
		return kaslr_line(b, t->rest);
	case KD_TOK_ENDTRACE:
		return end_trace(b, t->rest);
	default:
		return false;
	}
}

/* arm: " r7:df912310 r6:df912140" between the frames: what the function had saved. */
static bool is_saved_regs(const struct kd_builder *b, struct kd_view text)
{
	struct kd_view v = kd_view_trim(text);
	uint64_t n;

	return b->stack_open && kd_view_skip(&v, KD_V("r")) && kd_view_take_dec(&v, &n) &&
	       n <= 15 && kd_view_skip(&v, KD_V(":")) && v.n >= 8 && !kd_is_blank(v.p[0]);
}

/* arch/s390/mm/fault.c, kernel/process.c, kernel/dis.c */
static bool s390_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = t;
	uint64_t n;

	if (kd_view_skip(&v, KD_V("Failing address: ")) && kd_view_take_hex(&v, &n)) {
		kd_builder_access(b, n);
		kd_view_skip_blank(&v);
		if (kd_view_skip(&v, KD_V("TEID: ")) && kd_view_take_hex(&v, &n))
			kd_builder_hex(b, "exception", "teid", n);
		return true;
	}
	if (kd_view_starts(t, KD_V("Fault in ")) && kd_view_has(t, KD_V(" mode while using "))) {
		kd_builder_str(b, "exception", "mode", t);
		return true;
	}
	if (kd_view_starts(t, KD_V("R:")) && kd_view_has(t, KD_V(" EX:")) && kd_view_has(t, KD_V(" AS:")))
		return noise(b, KD_ROLE_REGS);
	if (b->code_open && t.n > 17 && (kd_is_xdigit(t.p[0]) || strchr("#>*", t.p[0])) &&
	    kd_view_chr(kd_view_head(t, 18), ':') != KD_NPOS)
		return noise(b, KD_ROLE_DETAIL);
	return false;
}

/* Lines that only some architectures print. */
static bool arch_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v = t, name;

	/* below the CPU line since Linux 6.12: "Tainted: [W]=WARN, [O]=OOT_MODULE" (kernel/panic.c) */
	if (kd_view_starts(t, KD_V("Tainted: ["))) {
		kd_builder_taint(b, t);
		return true;
	}
	/* arch/powerpc/kernel/process.c, traps.c */
	if (kd_view_starts(t, KD_V("--- interrupt: ")) || kd_view_starts(t, KD_V("--- Exception: "))) {
		kd_regs_close(b);
		kd_builder_close_stack(b);
		b->next_role = KD_STACK_INTERRUPTED + 1;
		return noise(b, KD_ROLE_SECTION);
	}
	if (kd_view_has(t, KD_V("PAGE_SIZE=")) && (kd_view_starts(t, KD_V("LE ")) || kd_view_starts(t, KD_V("BE ")))) {
		kd_builder_str(b, "machine", "config", t);
		return true;
	}
	/* arch/arm/kernel/process.c, mm/util.c (mem_dump_obj) */
	if (kd_view_skip(&v, KD_V("Register ")) && kd_view_take_until(&v, KD_V(" information: "), &name)) {
		kd_builder_section(b, "register_value");
		kd_builder_str(b, "register_value", "register", name);
		kd_builder_str(b, "register_value", "is", v);
		return true;
	}
	if (kd_view_starts(t, KD_V("Flags: ")) && kd_view_has(t, KD_V("IRQs o"))) {
		kd_builder_str(b, "machine", "flags", kd_view_from(t, 7));
		return true;
	}
	if (kd_irq_stamp(t))
		return noise(b, KD_ROLE_DETAIL);
	if (kd_view_starts(t, KD_V("8<--- cut here ---")))
		return noise(b, KD_ROLE_NOISE);
	return s390_line(b, t);
}

bool kd_common_line(struct kd_builder *b, const struct kd_token *t, struct kd_view text)
{
	if (b->modules_open && t->cls != KD_TOK_MODULES) {
		if (t->cls == KD_TOK_OTHER && modules_go_on(b, text))
			return true;
		b->modules_open = false;
	}
	if (t->cls != KD_TOK_STACKDUMP && t->cls != KD_TOK_OTHER)
		b->code_open = false;
	switch (t->cls) {
	case KD_TOK_FRAME:
	case KD_TOK_MARK:
		return frame_line(b, t);
	case KD_TOK_STACK:
		return stack_heading(b, t, text);
	case KD_TOK_PC:
	case KD_TOK_LR:
		kd_regs_pc(b, t, text);
		return noise(b, KD_ROLE_REGS);
	case KD_TOK_REGS:
		if (is_saved_regs(b, text))
			return noise(b, KD_ROLE_DETAIL);
		kd_regs_line(b, text);
		return noise(b, KD_ROLE_REGS);
	case KD_TOK_CODE:
		kd_regs_code(b, t->rest);
		b->code_open = true;
		return noise(b, KD_ROLE_REGS);
	case KD_TOK_BLANK:
	case KD_TOK_RULER:
	case KD_TOK_CUT:
	case KD_TOK_DUMPING:
		return noise(b, KD_ROLE_NOISE);
	case KD_TOK_REBOOT:
		return noise(b, KD_ROLE_TAIL);
	case KD_TOK_STACKDUMP:
		if (kd_regs_more(b, text) || kd_regs_code_more(b, text))
			return noise(b, KD_ROLE_REGS);
		return noise(b, KD_ROLE_DETAIL);
	case KD_TOK_OTHER:
		/* "general protection fault: 0000 [#1] SMP", "divide error: …", "int3: …" */
		if (b->r->kind->oops && !b->r->has_oops_no && oops_counter(text) && oops_line(b, text))
			return true;
		return arch_line(b, text);
	default:
		return field_line(b, t, text);
	}
}
