// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The instruction that could not be executed. Of a panic its registers are those on the stack; of an oops that the kernel
 * survived those that the log printed, and statements say so.
 */
#include <inttypes.h>

#include "base/alloc.h"
#include "verb/core_triage_internal.h"

static const char *reg_name(unsigned reg)
{
	const char *name = kd_dwarf_reg_name(KD_ARCH_X86_64, reg);

	return name ? name : "?";
}

static bool by_log(const struct triage *t)
{
	return t->fault->frame == SIZE_MAX;
}

/* --- which fault --------------------------------------------------------------------------------------- */

static bool debug_of(void *user, const struct kd_core_frame *f, struct kd_kdx **k, const struct kd_types **types, uint64_t *file_pc)
{
	struct triage *t = user;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_frame_at at;

	err = kd_frame_debug_at(t->debug, f, &t->scratch, &at);
	if (err || !at.kdx)
		return false;
	*k = at.kdx;
	*types = kd_frame_debug_types(t->debug, at.kdx);
	*file_pc = at.file_pc;
	return true;
}

/* What the log's registers are of: the address of "func+0x12" in this kernel. */
static bool registers_of_log(struct triage *t)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	uint64_t ip;

	if (!t->log.has_regs)
		return false;
	if (!t->log.ip.n)
		return true;
	err = kd_dump_address(t->d, t->log.ip, &ip);
	if (err) {
		kd_sheet_note(t->s, "where the first report happened: %s", err->msg);
		return false;
	}
	kd_core_regs_set(&t->log.regs, KD_RIP, ip);
	return true;
}

/* kdump that an exception starts saves the exception's own registers: those in the log, then. */
static bool same_registers(const struct triage *t)
{
	const struct kd_core_regs *l = &t->log.regs, *s = t->stack.n ? t->stack.v[0].regs : NULL;

	if (!s || !t->stack.v[0].exact)
		return false;
	for (unsigned i = 0; i <= KD_RIP; i++)
		if (kd_core_regs_has(l, i) && (!kd_core_regs_has(s, i) || s->r[i] != l->r[i]))
			return false;
	return true;
}

static struct kd_error *find(struct triage *t)
{
	struct kd_core_fault_query q = {.k = t->k, .mods = kd_dump_modules(t->d), .st = &t->stack, .user = t,
					.debug = t->debug ? debug_of : NULL};
	struct kd_error *err;
	bool log;

	if (t->panicked) {
		q.task = t->panicked->has_task ? t->panicked->task.addr : 0;
		q.has_cpu = true;
		q.cpu = t->panicked->cpu;
	}
	log = registers_of_log(t);
	q.at_start = log && same_registers(t);
	q.has_cr2 = log && t->log.has_addr;
	q.cr2 = t->log.addr;
	q.cr2_pc = t->log.regs.r[KD_RIP];
	err = kd_core_fault(&q, t->arena, &t->fault);
	if (err || t->fault->found || !log)
		return err;
	q.regs = &t->log.regs;
	q.task = 0;
	q.has_cpu = false;
	return kd_core_fault(&q, t->arena, &t->fault);
}

/* --- evidence ------------------------------------------------------------------------------------------ */

/* The word of struct pt_regs on the stack that a register was saved in. */
static void prove_register(struct triage *t, struct kd_assertion *st, unsigned reg)
{
	const struct kd_core_frame *f = &t->fault->at;

	if (by_log(t) || !f->slot)
		return;
	for (unsigned i = 0; i < KD_X86_PT_REGS; i++)
		if (kd_x86_pt_regs[i] == reg)
			kd_dump_prove(t->d, t->s, st, f->slot - 8 * (uint64_t)KD_X86_PT_IRET + 8 * i, 8, reg_name(reg));
}

static void prove_operand(struct triage *t, struct kd_assertion *st, const struct kd_insn_mem *m)
{
	if (m->base != KD_NOREG && !m->pcrel)
		prove_register(t, st, m->base);
	if (m->index != KD_NOREG)
		prove_register(t, st, m->index);
}

static void prove_cr2(struct triage *t, struct kd_assertion *st)
{
	struct kd_field cr2;

	if (!t->fault->addr_of_log && t->panicked && t->panicked->has_task && kd_kernel_field(t->k, "task_struct", "thread.cr2", &cr2))
		kd_dump_prove(t->d, t->s, st, t->panicked->task.addr + cr2.off, 8, "task_struct.thread.cr2");
}

/* --- statements ---------------------------------------------------------------------------------------- */

static void say_instruction(struct triage *t)
{
	const struct kd_core_fault *f = t->fault;
	const struct kd_view name = kd_dump_name_text(t->d, f->pc, t->arena);
	struct kd_assertion *st;

	if (!f->has_insn) {
		st = kd_sheet_statement(t->s, KD_STATEMENT_SUPPORTED, "the CPU was to run 0x%" PRIx64 " (%.*s): %s", f->pc,
					KD_VARG(name.n ? name : KD_V("in no known symbol")), f->why);
		prove_register(t, st, KD_RIP);
		return;
	}
	st = kd_sheet_statement(t->s, KD_STATEMENT_SUPPORTED, "%s%s: %s at %.*s",
				f->insn.cls == KD_INSN_TRAP ? "the kernel stopped itself here" : "the instruction that could not be executed",
				by_log(t) ? ", by the registers in the log" : "", f->insn.text, KD_VARG(name.n ? name : KD_V("no known symbol")));
	kd_dump_prove(t->d, t->s, st, f->pc, f->insn.len, "code at the pc, as of the dump");
	prove_register(t, st, KD_RIP);
}

static void say_memory(const struct kd_core_access *a, struct kd_buf *b)
{
	if (a->noncanonical)
		kd_buf_printf(b, "; the address is not canonical");
	else if (a->readable)
		kd_buf_printf(b, "; the dump has memory there, which holds 0x%" PRIx64 ": it was mapped later, or is not mapped for this access",
			      a->now);
	else if (a->miss.addr == a->addr)
		kd_buf_printf(b, "; as of the dump: %s", kd_space_why(&a->miss));
}

static void say_operand(struct triage *t, const struct kd_core_access *a, bool blamed)
{
	const struct kd_core_fault *f = t->fault;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_assertion *st;

	if (a->expr.n)
		kd_buf_printf(&b, "%.*s: ", KD_VARG(a->expr));
	kd_buf_printf(&b, "address 0x%" PRIx64 " = ", a->addr);
	if (a->mem.pcrel)
		kd_buf_printf(&b, "of the instruction itself");
	else if (a->mem.base != KD_NOREG)
		kd_buf_printf(&b, "%s 0x%" PRIx64, reg_name(a->mem.base), f->regs->r[a->mem.base]);
	if (a->mem.index != KD_NOREG)
		kd_buf_printf(&b, " + %s 0x%" PRIx64 " * %u", reg_name(a->mem.index), f->regs->r[a->mem.index], a->mem.scale);
	if (a->mem.disp && !a->mem.pcrel)
		kd_buf_printf(&b, " %c 0x%" PRIx64, a->mem.disp < 0 ? '-' : '+',
			      a->mem.disp < 0 ? 0 - (uint64_t)a->mem.disp : (uint64_t)a->mem.disp);
	if (a->covers)
		kd_buf_printf(&b, ", the address of the fault (0x%" PRIx64 "%s)", f->addr, f->addr_of_log ? " in the log" : ", thread.cr2");
	say_memory(a, &b);
	st = kd_sheet_statement(t->s, blamed ? KD_STATEMENT_SUPPORTED : KD_STATEMENT_HYPOTHESIS, "%s%.*s",
				blamed ? "" : "an operand of it: ", (int)b.n, b.p);
	prove_operand(t, st, &a->mem);
	if (a->covers)
		prove_cr2(t, st);
}

static void say_operands(struct triage *t)
{
	const struct kd_core_fault *f = t->fault;
	struct kd_assertion *st;
	bool any = false;

	for (size_t i = 0; i < f->nop; i++)
		if (f->op[i].has_addr) {
			say_operand(t, &f->op[i], (int)i == f->which);
			any |= f->op[i].covers;
		}
	if (!f->has_addr || any || !f->nop)
		return;
	st = kd_sheet_statement(t->s, KD_STATEMENT_HYPOTHESIS,
				f->addr_of_log ? "none of its operands is at the address of the fault in the log, 0x%" PRIx64
					       : "none of its operands is what the task's last page fault was at (thread.cr2 0x%" PRIx64
						 "): it may be of an earlier fault",
				f->addr);
	prove_cr2(t, st);
}

/* What memory holds beside what was loaded. */
static void put_state(struct kd_buf *b, const struct kd_core_load *l)
{
	switch ((enum kd_load_state)l->state) {
	case KD_LOAD_SAME:
		kd_buf_printf(b, "; memory still holds 0x%" PRIx64, l->now);
		break;
	case KD_LOAD_CHANGED:
		kd_buf_printf(b, " as 0x%" PRIx64 "; the dump holds 0x%" PRIx64 " there: it was changed after the load%s. Who did that is not known",
			      l->loaded, l->now,
			      l->stores ? "; this function or one that it called wrote memory in between, too"
					: "; this function wrote no memory in between");
		break;
	case KD_LOAD_MISSING:
		kd_buf_printf(b, "; as of the dump: %s", kd_space_why(&l->miss));
		break;
	case KD_LOAD_ADDRESS_LOST:
		kd_buf_printf(b, " as 0x%" PRIx64 "; at which address, its registers do not tell any more", l->loaded);
		break;
	case KD_LOAD_VALUE_LOST:
		kd_buf_printf(b, "; as what, its registers do not tell any more. The dump holds 0x%" PRIx64 " there", l->now);
		break;
	}
}

/* A register against the memory that it was loaded from. */
static void say_load(struct triage *t, const struct kd_core_load *l)
{
	const struct kd_view at = kd_dump_name_text(t->d, l->at, t->arena);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_assertion *st;

	if (l->assumed)
		kd_buf_printf(&b, "if what its address was taken from has not changed: ");
	kd_buf_printf(&b, "%s was loaded from %.*s", reg_name(l->reg), KD_VARG(l->expr.n ? l->expr : KD_V("memory")));
	if (l->state != KD_LOAD_ADDRESS_LOST)
		kd_buf_printf(&b, " (0x%" PRIx64 ")", l->addr);
	kd_buf_printf(&b, " at %.*s", KD_VARG(at.n ? at : KD_V("no known symbol")));
	put_state(&b, l);
	st = kd_sheet_statement(t->s, l->assumed ? KD_STATEMENT_HYPOTHESIS : KD_STATEMENT_SUPPORTED, "%.*s", (int)b.n, b.p);
	kd_dump_prove(t->d, t->s, st, l->at, 8, "code of the load");
	if (l->state == KD_LOAD_SAME || l->state == KD_LOAD_CHANGED || l->state == KD_LOAD_VALUE_LOST)
		kd_dump_prove(t->d, t->s, st, l->addr, l->width, "what it was loaded from, as of the dump");
	if (l->state != KD_LOAD_VALUE_LOST)
		prove_register(t, st, l->reg);
}

/* --- registers ----------------------------------------------------------------------------------------- */

static void registers(struct triage *t)
{
	static const struct kd_column columns[] = {{"register", "REGISTER"}, {"value", "VALUE"}, {"what", "WHAT IT IS AS OF THE DUMP"}};
	const struct kd_core_fault *f = t->fault;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_table *table;
	size_t n;
	const struct kd_reg_name *names = kd_core_reg_names(kd_space_machine(kd_dump_space(t->d)), &n);

	err = kd_ident_new(t->d, &t->ident);
	if (err)
		kd_sheet_note(t->s, "what registers point to is not known: %s", err->msg);
	kd_sheet_head(t->s, by_log(t) ? KD_V("registers in the log") : KD_V("registers"));
	table = kd_sheet_table(t->s, "registers", columns, KD_ARRAY_LEN(columns));
	for (size_t i = 0; i < n; i++) {
		struct kd_ident_facts what = {.n = 0};
		struct kd_cell *row;

		if (!kd_core_regs_has(f->regs, names[i].reg))
			continue;
		row = kd_table_row(table);
		row[0] = kd_cell_text(kd_view_of(names[i].key));
		row[1] = kd_cell_hex(f->regs->r[names[i].reg]);
		row[2] = kd_cell_text(KD_V(""));
		if (t->ident)
			kd_ident_word(t->ident, f->regs->r[names[i].reg], t->arena, &what);
		if (what.n) {
			row[2] = kd_cell_text(what.v[0].text);
			row[2].guessed = what.v[0].guessed;
		}
	}
}

struct kd_error *kd_triage_fault(struct triage *t)
{
	struct kd_error *err = find(t);
	const struct kd_core_fault *f = t->fault;

	kd_arena_reset(&t->scratch);
	if (err)
		return err;
	if (!f->found) {
		if (!t->o->brief)
			kd_sheet_note(t->s, "no faulting instruction: %s", f->why);
		return NULL;
	}
	kd_sheet_head(t->s, KD_V("where it happened"));
	say_instruction(t);
	say_operands(t);
	for (size_t i = 0; i < f->nloads; i++)
		say_load(t, &f->load[i]);
	if (f->has_insn && f->no_loads)
		kd_sheet_note(t->s, "registers against memory: %s", f->no_loads);
	if (!t->o->brief)
		registers(t);
	return NULL;
}
