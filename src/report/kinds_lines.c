// SPDX-License-Identifier: GPL-2.0-or-later
/* What the families print beside the lines that all reports share. */
#include "report/engine.h"
#include "report/kinds_internal.h"

#include "base/alloc.h"

/* powerpc "… on write at 0x10", arm "… when read", "… when execute" */
static void fault_direction(struct kd_builder *b, struct kd_view v)
{
	static const struct {
		const char *text;
		bool write, exec;
	} words[] = {
		{" on read at ", false, false}, {" on write at ", true, false}, {" instruction fetch at ", false, true},
		{" when read", false, false},	{" when write", true, false},	{" when execute", false, true},
	};
	struct kd_access *a = &b->r->access;

	/* what all of them hold; hardly a line of a report does */
	if (a->has_dir || (!kd_view_has(v, KD_V(" at ")) && !kd_view_has(v, KD_V(" when "))))
		return;
	for (size_t i = 0; i < KD_ARRAY_LEN(words) && !a->has_dir; i++)
		if (kd_has(v, words[i].text)) {
			a->has_dir = true;
			a->write = words[i].write;
			a->exec = words[i].exec;
		}
}

/* The address of the access, behind what the architectures call it. */
static void fault_address(struct kd_builder *b, struct kd_view v)
{
	static const char *const keys[] = {
		"dereference at virtual address ", "dereference at ", "dereference, address: ",
		"paging request at virtual address ", "paging request at ", "page fault for address: ",
		"dereference on read at ", "dereference on write at ", "access on read at ", "access on write at ",
		"instruction fetch at ", "non-canonical address ", "user memory at virtual address ",
		/* arm64: write to read-only, execute from non-executable */
		"read-only memory at virtual address ", "executable memory at virtual address ", "maybe for address ",
		"access at address "};
	uint64_t n;

	/* what all of them hold is asked first */
	if (b->r->access.has_addr || (!kd_view_has(v, KD_V("address")) && !kd_view_has(v, KD_V(" at "))))
		return;
	for (size_t i = 0; i < KD_ARRAY_LEN(keys) && !b->r->access.has_addr; i++)
		if (kd_hex_after(v, keys[i], &n))
			kd_builder_access(b, n);
}

bool kd_kind_fault_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_access *a = &b->r->access;
	struct kd_view v = kd_view_trim(t), ip;

	if (!kd_is_phrase(v))
		return kd_view_starts(v, KD_V("BUG: ")) || kd_view_starts(v, KD_V("[#"));
	ip = kd_after(v, " ip: ");
	fault_address(b, v);
	if (ip.p)
		kd_builder_where(b, ip);
	fault_direction(b, v);
	if (kd_view_has(v, KD_V("general protection fault"))) {
		struct kd_view code = kd_after(v, ": ");
		uint64_t c;

		if (code.p && kd_view_take_hex(&code, &c) && kd_view_starts(code, KD_V(" [#"))) {
			a->code = c;
			a->has_code = true;
			a->code_line = b->line;
		}
		return false; /* the common reader takes [#n] and the configuration */
	}
	if (kd_view_starts(v, KD_V("KASAN: ")) && kd_view_has(v, KD_V("in range ["))) {
		kd_builder_str(b, "kasan_range", "text", v);
		return true;
	}
	if (kd_view_starts(v, KD_V("Faulting instruction address:")) ||
	    kd_view_starts(v, KD_V("kernel tried to execute")) ||
	    kd_view_starts(v, KD_V("Process accounting")) || kd_view_starts(v, KD_V("[#")))
		return true;
	return kd_view_starts(v, KD_V("BUG: ")) || kd_view_starts(v, KD_V("Unable to handle"));
}

/* Since Linux 6.19: "WARNING: FILE:LINE at foo+0x1/0x2 [mod], CPU#1: comm/PID" */
static bool new_warning(struct kd_builder *b, struct kd_view w)
{
	struct kd_view place, symbol, rest = kd_after(w, ", CPU#");
	size_t at = kd_view_find(w, KD_V(" at ")), end = kd_view_find(w, KD_V(", CPU#"));
	uint64_t n;

	if (!rest.p || at == KD_NPOS || at > end)
		return false;
	place = kd_view_trim(kd_view_head(w, at));
	symbol = kd_view(w.p + at + 4, end - at - 4);
	if (kd_view_chr(place, ' ') != KD_NPOS || !kd_builder_location(b, place))
		return false;
	kd_builder_where(b, kd_view_trim(symbol));
	if (kd_view_take_dec(&rest, &n))
		kd_builder_cpu(b, n);
	if (kd_view_skip(&rest, KD_V(": ")))
		kd_builder_task_pid(b, rest);
	return true;
}

/* "kernel BUG at file:line!", "WARNING: CPU: 0 PID: 1 at file:line func+0x1/0x2 [mod]" */
bool kd_kind_bugat_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v, at, word, warn;
	uint64_t n;
	int64_t pid;

	if (b->phase)
		return false;
	v = kd_after(t, " at ");
	if (!v.p)
		return false;
	warn = kd_after(t, "WARNING: ");
	if (!warn.p && !kd_view_has(t, KD_V("BUG at ")))
		return false;
	b->phase = 1;
	if (warn.p && new_warning(b, warn))
		return true;
	at = v;
	if (kd_view_take_word(&v, &word) && !kd_builder_location(b, word) &&
	    (kd_view_has(word, KD_V("+0x")) || kd_view_has(v, KD_V(" [inline]"))))
		v = at; /* "WARNING: stack going in the wrong direction? at foo+0x1/0x2" */
	kd_view_skip_blank(&v);
	if (warn.p) {
		if (kd_num_after(warn, "CPU: ", &n))
			kd_builder_cpu(b, n);
		warn = kd_after(warn, "PID: ");
		if (warn.p && kd_view_take_int(&warn, &pid))
			kd_builder_task(b, KD_VNULL, true, pid);
		if (v.n)
			kd_builder_where(b, v);
	}
	return true;
}

/*
 * "Task stack:     [0xffff…..0xffff…]", "FAR: 0x…" (panic_bad_stack of arch/arm64, handle_bad_stack of
 * arch/arm and arch/riscv)
 */
bool kd_kind_overflow_line(struct kd_builder *b, struct kd_view text)
{
	static const struct {
		const char *before, *start, *end;
	} stacks[] = {
		{"Task stack:", "task_start", "task_end"},
		{"IRQ stack:", "irq_start", "irq_end"},
		{"Overflow stack:", "overflow_start", "overflow_end"},
	};
	struct kd_view t = kd_view_trim(text);
	uint64_t from, to;

	if (kd_view_skip(&t, KD_V("FAR:"))) {
		kd_view_skip_blank(&t);
		if (kd_view_take_hex(&t, &from))
			kd_builder_hex(b, "overflow", "far", from);
		return true;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(stacks); i++) {
		if (!kd_view_skip(&t, kd_view_of(stacks[i].before)))
			continue;
		kd_view_skip_blank(&t);
		if (!kd_view_skip(&t, KD_V("[")) || !kd_view_take_hex(&t, &from) ||
		    !kd_view_skip(&t, KD_V("..")) || !kd_view_take_hex(&t, &to) || to <= from)
			return false;
		kd_builder_hex(b, "overflow", stacks[i].start, from);
		kd_builder_hex(b, "overflow", stacks[i].end, to);
		return true;
	}
	return false;
}

/* Does the address lie below this stack, no further away than the stack is large? */
static bool ran_over(const struct kd_builder *b, const char *start, const char *end, uint64_t addr)
{
	const struct kd_fact *from = kd_builder_get(b, "overflow", start);
	const struct kd_fact *to = kd_builder_get(b, "overflow", end);

	return from && to && addr < from->num && from->num - addr <= to->num - from->num;
}

static bool overflow_address(const struct kd_builder *b, uint64_t *ret)
{
	const struct kd_fact *far = kd_builder_get(b, "overflow", "far");
	const struct kd_report *r = b->r;

	if (far) {
		*ret = far->num;
		return true;
	}
	for (size_t i = 0; i < r->nregsets; i++)
		for (size_t k = 0; r->regsets[i].label == KD_REGS_FAULT && k < r->regsets[i].nregs; k++)
			if (kd_view_eq(r->regsets[i].regs[k].name, KD_V("sp"))) {
				*ret = r->regsets[i].regs[k].val;
				return true;
			}
	return false;
}

/* The handler counts as an NMI, so that printk's caller says nothing; the addresses tell whose stack it was. */
void kd_kind_overflow_finish(struct kd_builder *b)
{
	uint64_t addr;
	bool known = overflow_address(b, &addr);

	if (known && ran_over(b, "task_start", "task_end", addr)) {
		kd_builder_str(b, "overflow", "overflowed", KD_V("task stack"));
		b->r->ctx = KD_CTX_TASK;
	} else if (known && ran_over(b, "irq_start", "irq_end", addr)) {
		kd_builder_str(b, "overflow", "overflowed", KD_V("IRQ stack"));
		b->r->ctx = KD_CTX_IRQ;
	} else if (b->r->ctx == KD_CTX_INTERRUPT) {
		b->r->ctx = KD_CTX_UNKNOWN;
	}
}

bool kd_kind_panic_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view v = b->phase ? KD_VNULL : kd_panic_reason(text);

	if (!v.p)
		return false;
	b->phase = 1;
	v = kd_view_trim(v);
	kd_builder_str(b, "panic", "reason", v);
	kd_builder_title(b, "kernel panic: %.*s", KD_VARG(v));
	b->r->panicked = true;
	b->r->panic_text = kd_arena_view(b->arena, kd_view_trim(text));
	b->r->outcome_line = b->line;
	return true;
}

/* The first line that is no part of a trace is the best name there is. */
void kd_kind_unknown_finish(struct kd_builder *b)
{
	struct kd_report *r = b->r;
	bool die = r->has_oops_no;

	for (size_t i = 0; i < r->nlines; i++) {
		struct kd_token t;

		kd_token_parse(r->lines[i].text, &t);
		die |= kd_has(r->lines[i].text, "[#");
		if (r->title.p || kd_irq_stamp(r->lines[i].text) || (t.cls != KD_TOK_OTHER && t.cls != KD_TOK_OOPS))
			continue;
		b->line = (int32_t)i;
		kd_builder_str(b, "unknown", "text", kd_view_trim(r->lines[i].text));
		kd_builder_title(b, "no known kind: %.*s", KD_VARG(kd_view_trim(r->lines[i].text)));
	}
	if (!r->title.p)
		kd_builder_title(b, "no known kind: the beginning is missing%s%.*s", r->has_guilty ? ", in " : "",
				 KD_VARG(r->has_guilty ? kd_func_title(&r->guilty) : KD_VNULL));
	if (die && r->tier < KD_TIER_HIGH) {
		r->tier = KD_TIER_HIGH;
		r->tier_why = KD_V("the line with [#n] is printed when a task dies in the kernel");
	}
	r->owner_why = KD_V("a report that kdoc does not know; nothing in the text points elsewhere");
}
