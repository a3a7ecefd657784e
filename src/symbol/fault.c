// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/fault.h"

#include <stdio.h>

#include "base/alloc.h"
#include "report/arm64.h"
#include "report/poison.h"
#include "report/x86.h"
#include "symbol/fault_internal.h"

/* --- registers ------------------------------------------------------------------------------ */

static const struct kd_reg *find(const struct kd_regset *s, const char *name)
{
	for (size_t i = 0; s && name && i < s->nregs; i++)
		if (kd_view_eq(s->regs[i].name, kd_view_of(name)))
			return &s->regs[i];
	return NULL;
}

struct kd_fault_reg kd_fault_register(const struct kd_fault_ctx *c, uint8_t reg)
{
	struct kd_fault_reg r = {.reg = reg, .line = -1};
	const struct kd_reg *x;

	if (reg == KD_NOREG)
		return r;
	r.used = true;
	r.name = kd_dwarf_reg_name(c->f->arch, reg);
	x = find(c->f->set, r.name);
	if (!x && c->f->arch == KD_ARCH_ARM64 && reg == 30)
		x = find(c->f->set, "lr");
	if (!r.name)
		r.name = "?";
	if (!x)
		return r;
	r.known = true;
	r.val = x->val;
	r.line = x->line;
	kd_val_class(&c->where, r.val, &r.cls);
	return r;
}

static void anchors(struct kd_fault_ctx *c)
{
	const struct kd_regset *s = c->f->set;
	const struct kd_reg *sp = find(s, "rsp"), *gs = find(s, "gs");

	c->where.arch = (uint8_t)c->f->arch;
	if (!sp)
		sp = find(s, "sp");
	if (sp && !s->user) {
		c->where.has_sp = true;
		c->where.sp = sp->val;
	}
	if (gs && c->f->arch == KD_ARCH_X86_64 && gs->val >> 63) {
		c->where.has_percpu = true;
		c->where.percpu = gs->val;
	}
	if (c->r->has_kaslr) {
		c->where.has_kaslr = true;
		c->where.kaslr = c->r->kaslr;
	}
}

/* Not an address with 4 levels of page tables, nor with 5 unless the report shows that it has 4. */
static bool noncanonical(const struct kd_fault_ctx *c, uint64_t v)
{
	struct kd_val_where w = c->where;

	if (c->f->arch != KD_ARCH_X86_64)
		return false;
	if (!w.va_bits && kd_val_va_bits(&w) == 48 && !(w.has_sp && w.sp >> 47 == 0x1ffff))
		w.va_bits = 57; /* not known: only what neither would take */
	return !kd_addr_canonical(&w, v);
}

/* --- operands ------------------------------------------------------------------------------- */

static void op_text_att(const struct kd_fault_op *o, char *t, size_t n)
{
	const struct kd_insn_mem *m = &o->mem;
	const char *seg = m->seg == KD_SEG_GS ? "%gs:" : m->seg == KD_SEG_FS ? "%fs:" : "";
	char disp[24] = "", idx[32] = "";
	bool bare = !o->base.used && !o->index.used;

	if (m->disp < 0 && !bare)
		snprintf(disp, sizeof(disp), "-%#llx", (unsigned long long)(0 - (uint64_t)m->disp));
	else if (m->disp || bare)
		snprintf(disp, sizeof(disp), "%#llx", (unsigned long long)m->disp);
	if (o->index.used)
		snprintf(idx, sizeof(idx), ",%%%s,%u", o->index.name, m->scale);
	if (bare)
		snprintf(t, n, "%s%s", seg, disp);
	else
		snprintf(t, n, "%s%s(%s%s%s)", seg, disp, o->base.used ? "%" : "",
			 o->base.used ? o->base.name : "", idx);
}

static void op_text_plain(const struct kd_fault_op *o, char *t, size_t n)
{
	const struct kd_insn_mem *m = &o->mem;

	if (!o->base.used)
		snprintf(t, n, "[%#llx]", (unsigned long long)m->disp);
	else if (o->index.used)
		snprintf(t, n, "[%s + %s%s * %u]", o->base.name, o->index.name,
			 m->ext ? " (32 bits of it)" : "", m->scale);
	else if (m->disp)
		snprintf(t, n, "[%s %c %#llx]", o->base.name, m->disp < 0 ? '-' : '+',
			 (unsigned long long)(m->disp < 0 ? 0 - (uint64_t)m->disp : (uint64_t)m->disp));
	else
		snprintf(t, n, "[%s]", o->base.name);
}

static bool segment(const struct kd_fault_ctx *c, struct kd_fault_op *o)
{
	const struct kd_reg *x = NULL;

	o->seg_line = -1;
	if (o->mem.seg != KD_SEG_FS && o->mem.seg != KD_SEG_GS)
		return true; /* flat */
	/* x86_64 prints the bases, i386 selectors */
	if (c->f->arch == KD_ARCH_X86_64)
		x = find(c->f->set, o->mem.seg == KD_SEG_GS ? "gs" : "fs");
	if (!x)
		return false;
	o->seg_known = true;
	o->seg_base = x->val;
	o->seg_line = x->line;
	return true;
}

static uint64_t extended(uint64_t v, uint8_t ext)
{
	if (ext == 0x20)
		return (uint32_t)v;
	if (ext == 0xa0)
		return (uint64_t)(int64_t)(int32_t)(uint32_t)v;
	return v;
}

static void compute(const struct kd_fault_ctx *c, struct kd_fault_op *o)
{
	const struct kd_insn_mem *m = &o->mem;

	o->base = kd_fault_register(c, m->base);
	o->index = kd_fault_register(c, m->index);
	if (c->f->arch == KD_ARCH_X86_64 || c->f->arch == KD_ARCH_I386)
		op_text_att(o, o->text, sizeof(o->text));
	else
		op_text_plain(o, o->text, sizeof(o->text));
	if (m->opaque || !segment(c, o) || (o->base.used && !o->base.known) ||
	    (o->index.used && !o->index.known) || (m->pcrel && !c->f->list.has_addr))
		return;
	o->index.val = extended(o->index.val, m->ext);
	o->ea = (uint64_t)m->disp + (o->base.used ? o->base.val : 0) +
		(o->index.used ? o->index.val * m->scale : 0);
	if (m->addr_bits == 32)
		o->ea = (uint32_t)o->ea;
	o->ea += o->seg_base;
	o->has_ea = true;
	o->noncanonical = noncanonical(c, o->ea);
}

/* What a repeated string instruction still has to do, in bytes; one element without rep. */
static uint64_t extent(const struct kd_fault *f, const struct kd_fault_op *o)
{
	uint64_t w = o->mem.width ? o->mem.width : 1;

	if (f->insn.cls != KD_INSN_STRING || !f->insn.rep || !f->count.known || f->backwards)
		return w;
	return f->count.val > UINT64_MAX / w ? UINT64_MAX : f->count.val * w;
}

/* arm64 ignores the top byte of an address (TBI), and FAR may hold it or not. */
static uint64_t comparable(const struct kd_fault *f, uint64_t v)
{
	return f->arch == KD_ARCH_ARM64 ? v << 8 >> 8 : v;
}

/* Seen in logs of 5.7: the address that the kernel decodes for a #GP lacks the displacement. */
static bool lacks_displacement(const struct kd_fault *f, const struct kd_fault_op *o)
{
	return f->addr_from == KD_FADDR_KERNEL_GP && o->mem.disp && f->addr == o->ea - (uint64_t)o->mem.disp;
}

static bool covers(const struct kd_fault *f, const struct kd_fault_op *o)
{
	uint64_t d = comparable(f, f->addr) - comparable(f, o->ea);

	return f->arch == KD_ARCH_I386 || f->arch == KD_ARCH_ARM ? (uint32_t)d < extent(f, o)
								 : d < extent(f, o);
}

static void take_operands(struct kd_fault_ctx *c)
{
	struct kd_fault *f = c->f;

	for (unsigned i = 0; i < f->insn.nmem; i++) {
		const struct kd_insn_mem *m = &f->insn.mem[i];
		struct kd_fault_op *o;

		if (!m->read && !m->write)
			continue;
		/* rep with a count of 0 accesses nothing */
		if (f->insn.rep && f->count.known && !f->count.val)
			continue;
		o = &f->op[f->nop++];
		o->mem = *m;
		compute(c, o);
	}
}

/* --- the verdict ----------------------------------------------------------------------------- */

static bool is_x86(const struct kd_fault *f)
{
	return f->arch == KD_ARCH_X86_64 || f->arch == KD_ARCH_I386;
}

static bool far_invalid(const struct kd_fault_ctx *c)
{
	struct kd_esr e;

	if (c->f->arch != KD_ARCH_ARM64 || !c->r->access.has_code)
		return false;
	kd_esr_decode(c->r->access.code, &e);
	return e.is_abort && e.fnv;
}

/* A read-modify-write may be reported either way. */
static bool direction_fits(const struct kd_fault_ctx *c, const struct kd_fault_op *o)
{
	const struct kd_access *a = &c->r->access;

	if (!a->has_dir || (o->mem.read && o->mem.write))
		return true;
	return a->write ? o->mem.write : o->mem.read;
}

static void judge_matches(struct kd_fault_ctx *c, unsigned fitting, unsigned covering)
{
	struct kd_fault *f = c->f;

	if (fitting > 1) {
		f->state = KD_FAULT_SEVERAL;
		f->which = -1;
	} else if (fitting == 1) {
		f->state = f->addr_from == KD_FADDR_CR2 ? KD_FAULT_FITS : KD_FAULT_PROVEN;
	} else if (covering) {
		f->state = KD_FAULT_DIRECTION;
	} else {
		f->state = KD_FAULT_DISAGREES;
	}
}

/* "general protection fault, probably for non-canonical address 0x…": the kernel looked. */
static bool stated_noncanonical(const struct kd_fault_ctx *c)
{
	int32_t i = c->f->addr_line;

	return i >= 0 && (size_t)i < c->r->nlines &&
	       kd_view_has(c->r->lines[i].text, KD_V("non-canonical address"));
}

/* Which operands cover the stated address? */
static void judge_address(struct kd_fault_ctx *c)
{
	struct kd_fault *f = c->f;
	unsigned fitting = 0, covering = 0, unknown = 0;

	for (size_t i = 0; i < f->nop; i++) {
		struct kd_fault_op *o = &f->op[i];

		if (!o->has_ea) {
			unknown++;
			continue;
		}
		f->without_disp |= lacks_displacement(f, o);
		o->covers = covers(f, o) || lacks_displacement(f, o);
		if (!o->covers)
			continue;
		covering++;
		if (direction_fits(c, o)) {
			fitting++;
			f->which = (int)i;
		} else if (!fitting) {
			f->which = (int)i;
		}
	}
	if (unknown && !fitting) {
		f->which = -1;
		f->state = KD_FAULT_VALUES;
		return;
	}
	judge_matches(c, fitting, covering);
	if (f->state == KD_FAULT_PROVEN && f->addr_from == KD_FADDR_KERNEL_GP && !stated_noncanonical(c) &&
	    !f->op[f->which].noncanonical) {
		f->state = KD_FAULT_NONE;
		f->which = -1;
		f->why = "the operand's address is canonical: the fault has another reason (alignment, a value)";
	}
	if (f->state == KD_FAULT_DISAGREES && f->op[0].mem.seg) {
		f->state = KD_FAULT_NONE;
		f->why = "the segment's base is read when the registers are printed, and with it the operand "
			 "is not at the reported address";
	}
	/* tables and areas that the processor reaches on its own; sizes that are not known */
	if (f->state == KD_FAULT_DISAGREES &&
	    (f->insn.cls == KD_INSN_SYSTEM || !f->op[0].mem.width || f->addr_from == KD_FADDR_CR2)) {
		f->state = KD_FAULT_NONE;
		f->why = "the instruction can access memory beside its operands, or CR2 is another fault's";
	}
}

/* #GP without an address: an operand whose address nobody could use. */
static void judge_gp(struct kd_fault_ctx *c)
{
	struct kd_fault *f = c->f;
	unsigned bad = 0, unknown = 0;

	for (size_t i = 0; i < f->nop; i++) {
		unknown += !f->op[i].has_ea;
		if (f->op[i].has_ea && f->op[i].noncanonical) {
			bad++;
			f->which = (int)i;
		}
	}
	if (bad == 1) {
		f->state = KD_FAULT_FITS;
	} else if (bad) {
		f->state = KD_FAULT_SEVERAL;
		f->which = -1;
	} else if (f->insn.cls == KD_INSN_SYSTEM) {
		f->state = KD_FAULT_SYSTEM;
	} else if (unknown) {
		f->state = KD_FAULT_VALUES;
	} else {
		f->why = "no operand has a non-canonical address: the fault has another reason (alignment, a "
			 "return address, a selector)";
	}
}

static void judge_branch(struct kd_fault_ctx *c)
{
	struct kd_fault *f = c->f;

	f->branch = kd_fault_register(c, f->insn.branch_reg);
	if (f->branch.known && noncanonical(c, f->branch.val))
		f->state = KD_FAULT_BRANCH;
}

static void judge_division(struct kd_fault_ctx *c)
{
	struct kd_fault *f = c->f;
	unsigned bits = 8u * f->insn.width;
	uint64_t mask = bits >= 64 || !bits ? UINT64_MAX : (UINT64_C(1) << bits) - 1, high;
	struct kd_fault_reg d = kd_fault_register(c, f->insn.src);

	if (f->insn.cls != KD_INSN_DIV || bits < 32 || f->nop || !d.known) {
		f->why = f->nop ? "the divisor is in memory, whose content the log does not have" : NULL;
		f->state = f->insn.cls == KD_INSN_DIV ? KD_FAULT_VALUES : KD_FAULT_NONE;
		return;
	}
	d.val &= mask;
	f->divisor = d;
	f->state = KD_FAULT_DIVIDE;
	if (!d.val || strcmp(f->insn.mnemonic, "div") != 0)
		return;
	/* unsigned: the quotient fits exactly when the high half is below the divisor */
	d = kd_fault_register(c, f->arch == KD_ARCH_I386 ? KD_I386_EDX : KD_X86_RDX);
	high = d.val & mask;
	f->overflow = d.known && high >= f->divisor.val;
	if (d.known && !f->overflow)
		f->state = KD_FAULT_DISAGREES;
}

static void stated_address(struct kd_fault_ctx *c)
{
	const struct kd_report *r = c->r;
	struct kd_fault *f = c->f;
	const struct kd_reg *cr2 = find(f->set, "cr2");

	f->addr_line = -1;
	if (r->access.has_addr && !far_invalid(c) &&
	    (kd_kind_is(r->kind, "page_fault") || kd_kind_is(r->kind, "gpf") ||
	     kd_kind_is(r->kind, "unhandled_fault"))) {
		f->addr = r->access.addr;
		f->addr_line = r->access.addr_line;
		f->addr_from = kd_kind_is(r->kind, "gpf") ? KD_FADDR_KERNEL_GP : KD_FADDR_HEADER;
	} else if (cr2 && kd_kind_is(r->kind, "page_fault")) {
		f->addr = cr2->val;
		f->addr_line = cr2->line;
		f->addr_from = KD_FADDR_CR2;
	}
}

static void judge_data(struct kd_fault_ctx *c)
{
	struct kd_fault *f = c->f;
	bool gp = kd_kind_is(c->r->kind, "gpf") || kd_kind_is(c->r->kind, "stack_segment");

	stated_address(c);
	take_operands(c);
	if (gp && is_x86(f) && f->insn.branch_reg != KD_NOREG) {
		judge_branch(c);
		if (f->state)
			return;
	}
	if (far_invalid(c)) {
		f->why = "the syndrome says that the fault address register was not valid (FnV)";
	} else if (!f->nop) {
		f->state = gp && f->insn.cls == KD_INSN_SYSTEM ? KD_FAULT_SYSTEM : KD_FAULT_NONE;
		/* a nop that faulted, or the decoder does not tell the operands */
		f->why = "the instruction has no memory operand that could be followed";
	} else if (f->addr_from) {
		judge_address(c);
	} else if (gp && is_x86(f)) {
		judge_gp(c);
	} else {
		f->why = "the text states no address to compare with";
	}
}

/* --- which question to ask -------------------------------------------------------------------- */

static bool int3_before(const struct kd_fault *f)
{
	return is_x86(f) && f->code.mark && f->code.bytes[f->code.mark - 1] == 0xcc;
}

static void judge_faulting(struct kd_fault_ctx *c)
{
	struct kd_fault *f = c->f;

	if (!f->has_insn) {
		f->state = KD_FAULT_INVALID;
	} else if (f->insn.cls == KD_INSN_TRAP) {
		f->state = KD_FAULT_TRAP;
	} else if (kd_kind_is(c->r->kind, "divide_error")) {
		take_operands(c);
		judge_division(c);
	} else if (kd_kind_is(c->r->kind, "invalid_opcode")) {
		f->why = "the bytes are an instruction; the processor refused it all the same (a feature that "
			 "is off or missing, or the bytes were others then)";
	} else {
		judge_data(c);
		kd_fault_shadow(c);
		kd_fault_origin(c);
	}
}

static void judge(struct kd_fault_ctx *c)
{
	struct kd_fault *f = c->f;

	if (c->r->access.exec) {
		f->state = KD_FAULT_FETCH;
		return;
	}
	switch ((enum kd_pcclass)c->r->kind->pcclass) {
	case KD_PCC_FAULTING:
		judge_faulting(c);
		return;
	case KD_PCC_TRAP:
		if (f->has_insn && f->insn.cls == KD_INSN_TRAP)
			f->state = KD_FAULT_TRAP;
		f->recognised = true;
		return;
	case KD_PCC_EXECUTED:
		if (int3_before(f))
			f->state = KD_FAULT_EXECUTED;
		return;
	default:
		return;
	}
}

static struct kd_error *decode(struct kd_fault_ctx *c, struct kd_arena *arena)
{
	kd_auto(kd_disasm_closep) struct kd_disasm *d = NULL;
	struct kd_fault *f = c->f;
	const struct kd_frame *ip = &f->set->ip;
	struct kd_disasm_mode mode = {.arch = f->arch, .thumb = f->code.thumb};
	struct kd_code_hint hint = {.has_addr = f->set->has_ip && ip->has_addr, .addr = ip->addr};
	struct kd_error *err = kd_disasm_open(&mode, &d);

	if (err && err->cls == KD_UNSUPPORTED) {
		f->no_decoder = kd_arena_view(arena, kd_view_of(err->msg));
		f->installable = f->arch != KD_ARCH_UNKNOWN && f->arch != KD_ARCH_RISCV64 &&
				 f->arch != KD_ARCH_LOONGARCH64;
		kd_error_free(err);
		return NULL;
	}
	if (err)
		return err;
	if (f->set->has_ip && ip->has_offset) {
		hint.has_func = true;
		hint.func_off = ip->offset;
		hint.func_size = ip->size;
	}
	err = kd_code_list(d, &f->code, &hint, arena, &f->list);
	if (err)
		return err;
	f->has_insn = f->list.at < f->list.n;
	if (f->has_insn)
		f->insn = f->list.v[f->list.at].insn;
	return NULL;
}

static const struct kd_regset *fault_set(const struct kd_report *r)
{
	for (size_t i = 0; i < r->nregsets; i++)
		if (r->regsets[i].label == KD_REGS_FAULT)
			return &r->regsets[i];
	return NULL;
}

static void string_state(struct kd_fault_ctx *c)
{
	const struct kd_reg *flags = find(c->f->set, "eflags");

	if (c->f->insn.cls != KD_INSN_STRING || !c->f->insn.rep)
		return;
	c->f->count = kd_fault_register(c, c->f->arch == KD_ARCH_I386 ? KD_I386_ECX : KD_X86_RCX);
	c->f->backwards = flags && flags->val >> 10 & 1;
}

static struct kd_error *new_fault(const struct kd_report *r, struct kd_arena *arena, struct kd_fault **ret)
{
	struct kd_fault *f = kd_arena_new(arena, struct kd_fault);

	if (!f)
		return kd_error_new(KD_LIMIT, "no room for the instruction at the pc");
	f->which = -1;
	f->code_line = f->addr_line = -1;
	f->arch = kd_arch_by_name(r->arch);
	f->set = fault_set(r);
	*ret = f;
	return NULL;
}

static struct kd_error *read_code(const struct kd_report *r, struct kd_fault *f, struct kd_arena *arena)
{
	struct kd_fault_ctx c = {.r = r, .f = f};
	struct kd_error *err;

	if (f->code.state == KD_CODE_OK) {
		anchors(&c);
		err = decode(&c, arena);
		if (err)
			return err;
		string_state(&c);
		if (!f->no_decoder.n)
			judge(&c);
	} else if (r->access.exec) {
		f->state = KD_FAULT_FETCH;
	} else {
		f->why = kd_code_state_words(f->code.state);
	}
	return NULL;
}

struct kd_error *kd_fault_read(const struct kd_report *r, struct kd_arena *arena, struct kd_fault **ret)
{
	struct kd_fault *f;
	struct kd_error *err = new_fault(r, arena, &f);

	if (err)
		return err;
	if (f->set && !f->set->user && f->set->code.n && r->kind) {
		kd_code_parse(f->set->code, f->arch, &f->code);
		f->code_line = f->set->code_line;
	}
	err = read_code(r, f, arena);
	if (!err)
		*ret = f;
	return err;
}

struct kd_error *kd_fault_read_bytes(const struct kd_report *r, struct kd_view bytes,
				     struct kd_arena *arena, struct kd_fault **ret)
{
	struct kd_fault *f;
	struct kd_error *err = new_fault(r, arena, &f);

	if (err)
		return err;
	if (f->set && !f->set->user && r->kind && bytes.n) {
		f->code.state = KD_CODE_OK;
		f->code.unit = 1;
		f->code.n = bytes.n < KD_CODE_BYTES ? bytes.n : KD_CODE_BYTES;
		memcpy(f->code.bytes, bytes.p, f->code.n);
	}
	err = read_code(r, f, arena);
	if (!err)
		*ret = f;
	return err;
}

const char *kd_fault_state_name(uint8_t state)
{
	static const char *const t[] = {
		[KD_FAULT_NONE] = "none",	    [KD_FAULT_PROVEN] = "proven",
		[KD_FAULT_FITS] = "fits",	    [KD_FAULT_SEVERAL] = "several",
		[KD_FAULT_DISAGREES] = "disagrees", [KD_FAULT_DIRECTION] = "direction_disagrees",
		[KD_FAULT_VALUES] = "values_missing", [KD_FAULT_FETCH] = "fetch",
		[KD_FAULT_TRAP] = "trap",	    [KD_FAULT_EXECUTED] = "executed",
		[KD_FAULT_DIVIDE] = "divide",	    [KD_FAULT_BRANCH] = "branch",
		[KD_FAULT_INVALID] = "invalid",	    [KD_FAULT_SYSTEM] = "system",
	};

	return state < KD_ARRAY_LEN(t) ? t[state] : t[0];
}
