// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/fault.h"

#include <string.h>

#include "base/alloc.h"
#include "core/code.h"
#include "core/framedebug.h"
#include "format/elfcore.h"
#include "symbol/flow.h"
#include "symbol/operand.h"

enum { PAGE_FAULT = 14, REGS = 16 };

/* Registers that a call may change, as bits (System V psABI of x86-64, figure 3.4). */
#define CALL_CHANGES (1u << KD_RAX | 1u << KD_RCX | 1u << KD_RDX | 1u << KD_RSI | 1u << KD_RDI | 0xf00u)

struct job {
	const struct kd_core_fault_query *q;
	struct kd_space *s;
	struct kd_arena *arena;
	struct kd_core_fault *f;
	bool has_gs;
	uint64_t gs; /* base of per-CPU data */
	unsigned bits; /* of a virtual address that count: 48 or 57 */
	/* Debug info of the frame; NULL. */
	struct kd_kdx *kdx;
	const struct kd_types *types;
	uint64_t file_pc;
};

/* --- where -------------------------------------------------------------------------------------------- */

/* Entries of exceptions are asm_exc_NAME since 5.8 (asm/idtentry.h); an NMI is none of an instruction. */
static bool is_exception(const struct job *j, uint64_t pc)
{
	struct kd_ksym sym;

	return kd_code_symbol(j->q->k, j->q->mods, pc - 1, &sym) && !strncmp(sym.name, "asm_exc_", 8) && strcmp(sym.name, "asm_exc_nmi") != 0;
}

static bool take_frame(struct job *j, size_t i)
{
	const struct kd_core_frame *f = &j->q->st->v[i];

	j->f->found = true;
	j->f->frame = i;
	j->f->at = *f;
	j->f->pc = f->pc;
	j->f->regs = f->regs;
	return true;
}

static bool find_frame(struct job *j)
{
	const struct kd_core_stack *st = j->q->st;

	if (j->q->regs) {
		j->f->found = kd_core_regs_has(j->q->regs, KD_RIP);
		j->f->frame = SIZE_MAX;
		j->f->regs = j->q->regs;
		j->f->pc = j->q->regs->r[KD_RIP];
		j->f->at = (struct kd_core_frame){.pc = j->f->pc, .exact = true};
		j->f->why = j->f->found ? NULL : "where it was is not known";
		return j->f->found;
	}
	for (size_t i = 1; st && i < st->n; i++) {
		if (st->v[i].how != KD_FRAME_TRAP || !st->v[i].regs || !is_exception(j, st->v[i - 1].pc))
			continue;
		return take_frame(j, i);
	}
	if (j->q->at_start && st && st->n && st->v[0].regs && st->v[0].exact)
		return take_frame(j, 0);
	j->f->why = "no exception came into the kernel's code on this stack";
	return false;
}

static void read_address(struct job *j)
{
	struct kd_core_fault *f = j->f;
	uint64_t trap;

	f->addr_of_log = j->q->has_cr2 && j->q->cr2_pc == f->pc;
	f->has_addr = f->addr_of_log;
	f->addr = j->q->cr2;
	if (!f->has_addr && f->frame != SIZE_MAX && j->q->task)
		f->has_addr = kd_kernel_read(j->q->k, j->q->task, "task_struct", "thread.trap_nr", &trap) && trap == PAGE_FAULT &&
			      kd_kernel_read(j->q->k, j->q->task, "task_struct", "thread.cr2", &f->addr);
}

/* --- operands ----------------------------------------------------------------------------------------- */

/* What registers are known at one place: bit i of known, value[i]. */
struct known {
	uint64_t value[REGS];
	uint32_t known;
};

static bool has(const struct known *k, unsigned reg)
{
	return reg < REGS && k->known >> reg & 1;
}

/* The address of a memory operand; false: a register that it takes is not known. */
static bool address_of(const struct job *j, const struct kd_insn_mem *m, const struct known *k, uint64_t *ret)
{
	uint64_t addr = (uint64_t)m->disp;

	if (m->opaque || m->ext || (m->seg == KD_SEG_GS && !j->has_gs) || m->seg == KD_SEG_FS)
		return false;
	if (m->seg == KD_SEG_GS)
		addr += j->gs;
	if (m->base != KD_NOREG && !m->pcrel) {
		if (!has(k, m->base))
			return false;
		addr += k->value[m->base];
	}
	if (m->index != KD_NOREG) {
		if (!has(k, m->index))
			return false;
		addr += k->value[m->index] * m->scale;
	}
	*ret = m->addr_bits && m->addr_bits < 64 ? addr & (((uint64_t)1 << m->addr_bits) - 1) : addr;
	return true;
}

static bool canonical(const struct job *j, uint64_t addr)
{
	const int64_t top = (int64_t)addr >> (j->bits - 1);

	return !top || top == -1;
}

/* The C expression of a memory operand, by debug info. */
static struct kd_error *expression(struct job *j, uint64_t pc, const struct kd_insn_mem *mem, struct kd_view *ret, struct kd_view *ret_owner)
{
	const uint64_t bias = j->f->pc - j->file_pc;
	struct kd_insn_mem m = *mem;
	const struct kd_operand_query q = {.k = j->kdx, .types = j->types, .arch = KD_ARCH_X86_64, .pc = pc - bias, .mem = &m};
	struct kd_operand o;
	struct kd_error *err;

	if (m.pcrel) { /* a symbol: of a module nothing but the dump says where it is */
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(KD_KALLSYMS_NAME + 64);

		if (kd_frame_name(j->q->k, j->q->mods, (uint64_t)m.disp, &b))
			*ret = kd_arena_view(j->arena, kd_buf_view(&b));
		return NULL;
	}
	if (!j->kdx || !j->types)
		return NULL;
	err = kd_operand(&q, j->arena, &o);
	if (err || !o.n || o.alternatives)
		return err;
	*ret = o.v[0].text;
	if (ret_owner)
		*ret_owner = o.v[0].owner;
	return NULL;
}

static struct kd_error *one_operand(struct job *j, const struct kd_insn_mem *m, const struct known *k)
{
	struct kd_core_fault *f = j->f;
	struct kd_core_access *a = &f->op[f->nop++];
	const unsigned width = m->width ? m->width : 1;

	*a = (struct kd_core_access){.mem = *m};
	a->has_addr = address_of(j, m, k, &a->addr);
	if (a->has_addr) {
		a->noncanonical = !canonical(j, a->addr);
		a->covers = f->has_addr && f->addr - a->addr < width;
		if (width <= 8 && !(width & (width - 1)))
			a->readable = !a->noncanonical && kd_space_uint(j->s, a->addr, width, &a->now, &a->miss);
	}
	return expression(j, f->pc, m, &a->expr, &a->owner);
}

static void pick(struct kd_core_fault *f)
{
	unsigned covers = 0, bad = 0;
	int cover = -1, odd = -1;

	for (size_t i = 0; i < f->nop; i++) {
		if (f->op[i].covers) {
			covers++;
			cover = (int)i;
		}
		if (f->op[i].noncanonical) {
			bad++;
			odd = (int)i;
		}
	}
	f->which = covers == 1 ? cover : !covers && bad == 1 ? odd : -1;
}

/* --- code --------------------------------------------------------------------------------------------- */

/* The index knows more ways in: fixups of exceptions, jumps that patching opens. */
static struct kd_error *joins_of_index(struct job *j, struct kd_code *c)
{
	kd_auto(kd_error_freep) struct kd_error *none = NULL;
	struct kd_flow *flow;

	if (!j->kdx)
		return NULL;
	none = kd_flow_read(j->kdx, KD_ARCH_X86_64, j->file_pc, j->arena, &flow);
	if (none)
		return none->cls == KD_LIMIT ? kd_take(none) : NULL;
	c->indirect |= flow->table;
	for (size_t i = 0; i < flow->n; i++)
		if (flow->join[i])
			kd_code_join(c, flow->v[i].addr + (j->f->pc - j->file_pc));
	return NULL;
}

/* --- loads -------------------------------------------------------------------------------------------- */

struct walk {
	struct job *j;
	struct known k; /* before the instruction in hand */
	uint32_t wanted; /* registers whose values the fault stands on */
	uint8_t of[REGS];
	bool stores;
};

static uint64_t low(uint64_t v, unsigned width)
{
	return width < 8 ? v & (((uint64_t)1 << 8 * width) - 1) : v;
}

static void want(struct walk *w, uint8_t reg, uint8_t of)
{
	if (reg >= REGS || reg == KD_RSP)
		return;
	w->wanted |= 1u << reg;
	w->of[reg] = of;
}

static void learn(struct known *k, uint8_t reg, uint64_t value)
{
	if (reg >= REGS)
		return;
	k->value[reg] = value;
	k->known |= 1u << reg;
}

/* What memory at its address holds now, beside what it loaded. */
static void compare(struct walk *w, struct kd_core_load *l, bool value_known)
{
	uint64_t now;

	l->state = KD_LOAD_MISSING;
	if (!kd_space_uint(w->j->s, l->addr, l->width, &now, &l->miss))
		return;
	l->now = now;
	l->state = !value_known ? KD_LOAD_VALUE_LOST : now == l->loaded ? KD_LOAD_SAME : KD_LOAD_CHANGED;
}

/* A load whose address was lost, and which needs only the register that `base` loaded: by what memory holds there now. */
static void assume(struct walk *w, const struct kd_core_load *base)
{
	struct kd_core_fault *f = w->j->f;

	for (size_t i = 0; i < f->nloads; i++) {
		struct kd_core_load *l = &f->load[i];

		if (l->state != KD_LOAD_ADDRESS_LOST || l->mem.base != base->reg || l->mem.index != KD_NOREG || l->mem.seg != KD_SEG_NONE ||
		    base->of != l->reg)
			continue;
		l->addr = base->now + (uint64_t)l->mem.disp;
		compare(w, l, true);
		l->assumed = l->state != KD_LOAD_MISSING;
		if (!l->assumed)
			l->state = KD_LOAD_ADDRESS_LOST;
	}
}

/* The load of a register that counts; before: what is known before it ran. */
static struct kd_error *note_load(struct walk *w, const struct kd_insn *in, const struct known *before)
{
	struct kd_core_fault *f = w->j->f;
	const struct kd_insn_mem *m = &in->mem[0];
	const bool value_known = has(&w->k, in->dst);
	struct kd_core_load *l;

	if (f->nloads == KD_FAULT_LOADS || !m->width || m->width > 8 || m->width & (m->width - 1))
		return NULL;
	l = &f->load[f->nloads];
	*l = (struct kd_core_load){.at = in->addr, .reg = in->dst, .width = (uint8_t)m->width, .stores = w->stores, .of = w->of[in->dst],
				   .mem = *m, .state = KD_LOAD_ADDRESS_LOST};
	if (value_known)
		l->loaded = low(w->k.value[in->dst], m->width);
	if (address_of(w->j, m, before, &l->addr))
		compare(w, l, value_known);
	else if (!value_known)
		return NULL; /* neither what nor from where: nothing to tell */
	f->nloads++;
	if (l->state == KD_LOAD_VALUE_LOST && l->width == 8)
		assume(w, l);
	return expression(w->j, in->addr, m, &l->expr, NULL);
}

/* What was known before an instruction that computes its result from one register: that register's value, backwards. */
static void undo(const struct walk *w, const struct kd_insn *in, struct known *before)
{
	const uint64_t v = has(&w->k, in->dst) ? w->k.value[in->dst] : 0;

	if (!has(&w->k, in->dst) || in->width != 8)
		return;
	if (in->flow == KD_FLOW_MOVE)
		learn(before, in->src, v);
	else if (in->flow == KD_FLOW_ADD && in->src == KD_NOREG)
		learn(before, in->dst, v - (uint64_t)in->imm);
	else if (in->flow == KD_FLOW_LEA && in->mem[0].index == KD_NOREG && !in->mem[0].pcrel)
		learn(before, in->mem[0].base, v - (uint64_t)in->mem[0].disp);
}

/* A register that counts was made of others: these count before. of: what the register was wanted for. */
static void want_sources(struct walk *w, const struct kd_insn *in, uint8_t of)
{
	switch (in->flow) {
	case KD_FLOW_MOVE:
		want(w, in->src, of);
		break;
	case KD_FLOW_ADD:
		if (in->src == KD_NOREG)
			want(w, in->dst, of);
		break;
	case KD_FLOW_LEA:
	case KD_FLOW_LOAD:
		want(w, in->mem[0].base, in->flow == KD_FLOW_LOAD ? in->dst : of);
		want(w, in->mem[0].index, in->flow == KD_FLOW_LOAD ? in->dst : of);
		break;
	default:
		break;
	}
}

/* Over an instruction, backwards: what is known and wanted before it. */
static struct kd_error *back_over(struct walk *w, const struct kd_insn *in)
{
	const bool call = in->cls == KD_INSN_CALL || in->cls == KD_INSN_CALL_IND;
	const uint32_t writes = ((uint32_t)in->writes & 0xffff) | (call ? CALL_CHANGES : 0);
	const bool wanted = in->dst < REGS && w->wanted >> in->dst & 1;
	const uint8_t of = in->dst < REGS ? w->of[in->dst] : 0;
	struct known before = w->k;
	struct kd_error *err = NULL;

	before.known &= ~writes;
	undo(w, in, &before);
	if (in->flow == KD_FLOW_LOAD && wanted)
		err = note_load(w, in, &before);
	w->wanted &= ~writes;
	if (wanted)
		want_sources(w, in, of);
	for (unsigned i = 0; i < in->nmem; i++)
		w->stores |= in->mem[i].write;
	w->stores |= call;
	w->k = before;
	return err;
}

static struct kd_error *loads(struct job *j, const struct kd_code *c, const struct known *k)
{
	struct walk w = {.j = j, .k = *k};
	struct kd_error *err = NULL;

	for (uint8_t reg = 0; reg < REGS; reg++)
		if (j->f->insn.reads >> reg & 1)
			want(&w, reg, reg);
	for (size_t i = kd_code_index(c, j->f->pc); !err && w.wanted && i && i < c->n && !c->join[i] && kd_code_falls_through(&c->v[i - 1]); i--)
		err = back_over(&w, &c->v[i - 1]);
	return err;
}

static struct kd_error *look_back(struct job *j, struct kd_disasm *d, const struct known *k)
{
	kd_auto(kd_code_deinit) struct kd_code c = {.n = 0};
	struct kd_error *err;

	j->f->no_loads = kd_code_read(j->q->k, j->q->mods, d, j->f->pc, &c);
	if (j->f->no_loads)
		return NULL;
	err = joins_of_index(j, &c);
	if (err)
		return err;
	if (c.indirect)
		j->f->no_loads = "the function has jumps whose targets are not known";
	else
		err = loads(j, &c, k);
	return err;
}

/* --- all ---------------------------------------------------------------------------------------------- */

static void describe_machine(struct job *j)
{
	const struct kd_vmcoreinfo *v = kd_space_vmcoreinfo(j->s);
	uint64_t offsets, l5 = 0;

	j->has_gs = j->q->has_cpu && kd_kernel_symbol(j->q->k, "__per_cpu_offset", &offsets) &&
		    kd_space_uint(j->s, offsets + 8 * (uint64_t)j->q->cpu, 8, &j->gs, NULL);
	(void)kd_view_dec(kd_vmcoreinfo_get(v, KD_V("NUMBER(pgtable_l5_enabled)")), &l5);
	j->bits = l5 ? 57 : 48;
}

static struct kd_error *instruction(struct job *j)
{
	const struct kd_disasm_mode mode = {.arch = KD_ARCH_X86_64};
	kd_auto(kd_disasm_closep) struct kd_disasm *d = NULL;
	kd_auto(kd_error_freep) struct kd_error *none = kd_disasm_open(&mode, &d);
	unsigned char bytes[KD_INSN_MAX];
	struct known k = {.known = 0};
	struct kd_error *err = NULL;
	size_t n = sizeof(bytes);

	j->f->why = "there is no decoder of x86 instructions here";
	if (none)
		return NULL;
	j->f->why = "the code there cannot be read";
	while (n && !kd_space_read(j->s, j->f->pc, bytes, n, NULL))
		n--;
	if (!n)
		return NULL;
	j->f->why = "the bytes there are no instruction";
	if (!kd_disasm_one(d, bytes, n, j->f->pc, KD_INSN_TEXT, &j->f->insn))
		return NULL;
	j->f->insn.addr = j->f->pc;
	j->f->has_insn = true;
	j->f->why = NULL;
	for (unsigned i = 0; i < REGS; i++)
		if (kd_core_regs_has(j->f->regs, i))
			learn(&k, (uint8_t)i, j->f->regs->r[i]);
	for (unsigned i = 0; !err && i < j->f->insn.nmem; i++)
		if (j->f->insn.mem[i].read || j->f->insn.mem[i].write)
			err = one_operand(j, &j->f->insn.mem[i], &k);
	pick(j->f);
	return err ? err : look_back(j, d, &k);
}

struct kd_error *kd_core_fault(const struct kd_core_fault_query *q, struct kd_arena *arena, struct kd_core_fault **ret)
{
	struct job j = {.q = q, .s = kd_kernel_space(q->k), .arena = arena, .f = kd_arena_new(arena, struct kd_core_fault)};
	struct kd_error *err = NULL;

	if (!j.f)
		return kd_error_new(KD_LIMIT, "no room for a fault");
	j.f->which = -1;
	if (kd_space_machine(j.s) != KD_EM_X86_64) {
		j.f->why = "faults of this architecture are not looked at yet";
	} else if (find_frame(&j)) {
		read_address(&j);
		describe_machine(&j);
		if (q->debug && !q->debug(q->user, &j.f->at, &j.kdx, &j.types, &j.file_pc))
			j.kdx = NULL;
		err = instruction(&j);
	}
	if (!err)
		*ret = j.f;
	return err;
}
