// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which architecture a report is of, which register sets are those of user mode, and what the
 * exception codes say: ESR (arm64), FSR (arm), cause (riscv, mips), ESTAT (loongarch), trap and
 * DSISR (powerpc), program interruption code (s390). What the kernel printed in words is checked
 * against the number; where it printed no words they are computed.
 */
#include "base/alloc.h"
#include "report/arm64.h"
#include "report/cpucodes.h"
#include "report/engine.h"
#include "report/kinds_internal.h"
#include "report/x86.h"

static const struct kd_reg *reg(const struct kd_regset *s, const char *name)
{
	for (size_t i = 0; i < s->nregs; i++)
		if (kd_view_eq(s->regs[i].name, kd_view_of(name)))
			return &s->regs[i];
	return NULL;
}

/* --- which architecture ---------------------------------------------------------------------- */

static enum kd_arch by_registers(const struct kd_regset *s)
{
	/* rare names first: r10 and a7 belong to several */
	static const struct {
		const char *reg;
		uint8_t arch;
	} signs[] = {
		{"rax", KD_ARCH_X86_64},     {"eax", KD_ARCH_I386},	 {"x29", KD_ARCH_ARM64},
		{"x0", KD_ARCH_ARM64},	     {"dsisr", KD_ARCH_PPC64},	 {"msr", KD_ARCH_PPC64},
		{"psw_mask", KD_ARCH_S390X}, {"estat", KD_ARCH_LOONGARCH64}, {"crmd", KD_ARCH_LOONGARCH64},
		{"badva", KD_ARCH_MIPS},     {"hi", KD_ARCH_MIPS},	 {"badaddr", KD_ARCH_RISCV64},
		{"gp", KD_ARCH_RISCV64},     {"a7", KD_ARCH_RISCV64},	 {"r31", KD_ARCH_PPC64},
		{"psr", KD_ARCH_ARM},	     {"r10", KD_ARCH_ARM},
	};

	for (size_t k = 0; k < KD_ARRAY_LEN(signs); k++)
		if (reg(s, signs[k].reg))
			return (enum kd_arch)signs[k].arch;
	return KD_ARCH_UNKNOWN;
}

enum kd_arch kd_arch_find(const struct kd_report *r)
{
	enum kd_arch a;

	for (size_t i = 0; i < r->nregsets; i++)
		if ((a = by_registers(&r->regsets[i])) != KD_ARCH_UNKNOWN)
			return a;
	for (size_t i = 0; i < r->nstacks; i++)
		for (size_t k = 0; k < r->stacks[i].nframes; k++) {
			struct kd_view f = r->stacks[i].frames[k].func;

			if (kd_starts(f, "__x64_") || kd_has(f, "entry_SYSCALL_64"))
				return KD_ARCH_X86_64;
			if (kd_starts(f, "el0") || kd_starts(f, "__arm64_"))
				return KD_ARCH_ARM64;
		}
	return KD_ARCH_UNKNOWN;
}

/* --- user mode -------------------------------------------------------------------------------- */

void kd_arch_user_sets(struct kd_report *r, enum kd_arch arch)
{
	/* The bits of a status register that say whose mode it was. */
	static const struct {
		uint8_t arch;
		const char *reg;
		uint64_t mask, user;
	} modes[] = {
		{KD_ARCH_I386, "ss", 3, 3},		  /* requested privilege level */
		{KD_ARCH_ARM64, "pstate", 0xf, 0},	  /* M[3:0]: EL0t */
		{KD_ARCH_ARM, "psr", 0x1f, 0x10},	  /* USR_MODE */
		{KD_ARCH_PPC64, "msr", 0x4000, 0x4000},	  /* MSR_PR */
		{KD_ARCH_RISCV64, "status", 0x100, 0},	  /* SPP */
		{KD_ARCH_MIPS, "status", 0x18, 0x10},	  /* KSU */
		{KD_ARCH_LOONGARCH64, "prmd", 3, 3},	  /* PPLV */
	};

	for (size_t i = 0; i < r->nregsets; i++)
		for (size_t k = 0; k < KD_ARRAY_LEN(modes); k++) {
			const struct kd_reg *x = modes[k].arch == arch ? reg(&r->regsets[i], modes[k].reg) : NULL;

			if (x)
				r->regsets[i].user |= (x->val & modes[k].mask) == modes[k].user;
		}
}

/* --- codes -------------------------------------------------------------------------------------- */

static void say(struct kd_builder *b, const char *key, const char *words)
{
	if (words && *words)
		kd_builder_str(b, "exception", key, kd_view_of(words));
}

static void direction(struct kd_builder *b, char access)
{
	struct kd_access *a = &b->r->access;

	if (!access || a->has_dir)
		return;
	a->has_dir = true;
	a->write = access == 'w';
	a->exec = access == 'x';
}

static void code_row(struct kd_builder *b, const struct kd_cpucode *c)
{
	if (!c)
		return;
	say(b, "name", c->name);
	say(b, "words", c->words);
	direction(b, c->access);
}

static void put_code(struct kd_builder *b, const char *key, uint64_t v, int32_t line)
{
	struct kd_access *a = &b->r->access;

	b->line = line;
	kd_builder_hex(b, "exception", key, v);
	if (!a->has_code) {
		a->code = v;
		a->has_code = true;
		a->code_line = line;
	}
}

/* The fault address of a register, when no header named it. */
static void put_address(struct kd_builder *b, const struct kd_reg *r)
{
	if (!r)
		return;
	b->line = r->line;
	kd_builder_hex(b, "exception", "fault_address", r->val);
	kd_builder_access(b, r->val);
}

static void arm64_codes(struct kd_builder *b)
{
	struct kd_report *r = b->r;
	struct kd_mem_abort m = {0};
	struct kd_esr e;
	int32_t line = -1;
	const char *conflict;

	for (size_t i = 0; i < r->nlines; i++) {
		bool had = m.has_esr;
		uint64_t n;

		kd_mem_abort_line(r->lines[i].text, &m);
		if (m.has_esr && !had)
			line = (int32_t)i;
		if (line < 0 && kd_hex_after(r->lines[i].text, "SError Interrupt on CPU", &n) &&
		    kd_hex_after(r->lines[i].text, ", code 0x", &n)) {
			m.has_esr = true;
			m.esr = n;
			line = (int32_t)i;
		}
	}
	if (line < 0 && r->access.has_code) {
		m.esr = r->access.code;
		line = r->access.code_line;
	}
	if (line < 0)
		return;
	kd_esr_decode(r->access.has_code && r->access.code >> 26 ? r->access.code : m.esr, &e);
	put_code(b, "esr", e.raw, line);
	kd_builder_hex(b, "exception", "class", e.ec);
	say(b, "class_words", e.ec_words);
	if (e.is_abort) {
		kd_builder_hex(b, "exception", "fault_status", e.fsc);
		say(b, "fault_status_words", e.fsc_words);
		if (e.level >= 0)
			kd_builder_i64(b, "exception", "walk_level", e.level, NULL);
		kd_builder_bool(b, "exception", "address_valid", !e.fnv);
		if (!e.cm)
			direction(b, !e.is_data ? 'x' : e.write ? 'w' : 'r');
	}
	if (e.is_brk) {
		kd_builder_hex(b, "exception", "brk", e.brk);
		say(b, "brk_words", e.brk_words);
	}
	if (e.is_serror)
		say(b, "serror_words", e.serror_words);
	conflict = kd_mem_abort_conflict(&m, &e);
	if (conflict)
		kd_builder_diag(b, "contradiction", "%s (ESR %#llx)", conflict, (unsigned long long)e.raw);
}

/* "Internal error: Oops: 805 [#1]": the number is the FSR; "Unhandled fault: … (0x221) at …" */
static void arm_codes(struct kd_builder *b)
{
	struct kd_report *r = b->r;
	struct kd_arm_fsr f;

	if (!r->access.has_code || r->access.code > UINT32_MAX)
		return;
	kd_arm_fsr_decode((uint32_t)r->access.code, r->access.exec, &f);
	put_code(b, "fsr", r->access.code, r->access.code_line);
	say(b, "words", f.words);
	if (f.level >= 0)
		kd_builder_i64(b, "exception", "walk_level", f.level, NULL);
	kd_builder_bool(b, "exception", "write", f.write);
	if (r->access.has_dir && !r->access.exec && r->access.write != f.write)
		kd_builder_diag(b, "contradiction", "the header says %s, bit 11 of the FSR %s",
				r->access.write ? "write" : "read", f.write ? "write" : "read");
	direction(b, f.write ? 'w' : 'r');
}

static void ppc_codes(struct kd_builder *b, const struct kd_regset *s)
{
	const struct kd_reg *trap = reg(s, "trap"), *d = reg(s, "dsisr");
	const struct kd_cpucode *bit;

	if (trap) {
		put_code(b, "trap", trap->val, trap->line);
		code_row(b, kd_ppc_trap((uint32_t)trap->val));
	}
	put_address(b, reg(s, "dar"));
	if (!d)
		return;
	b->line = d->line;
	kd_builder_hex(b, "exception", "dsisr", d->val);
	for (size_t i = 0; (bit = kd_ppc_dsisr_bit(i)); i++)
		if (d->val & bit->code) {
			say(b, "dsisr_words", bit->words);
			direction(b, bit->access);
		}
	/* DSISR_ISSTORE is clear for loads (arch/powerpc/include/asm/reg.h) */
	if (trap && (trap->val & 0xff0) == 0x300)
		direction(b, d->val & 0x02000000 ? 'w' : 'r');
}

/* "Oops: 0004 ilc:3 [#1]" */
static void s390_codes(struct kd_builder *b)
{
	struct kd_report *r = b->r;
	uint64_t code, ilc;

	for (size_t i = 0; i < r->nlines; i++) {
		struct kd_view t = r->lines[i].text, v = kd_after(t, ": ");

		if (!v.p || !kd_num_after(t, " ilc:", &ilc) || !kd_view_take_hex(&v, &code) || code > 0xffff)
			continue;
		put_code(b, "program_interruption", code, (int32_t)i);
		kd_builder_u64(b, "exception", "instruction_length", ilc * 2, "bytes");
		code_row(b, kd_s390_pgm((uint32_t)code));
		return;
	}
}

static void by_register(struct kd_builder *b, enum kd_arch arch, const struct kd_regset *s)
{
	const struct kd_reg *c = reg(s, arch == KD_ARCH_LOONGARCH64 ? "estat" : "cause");

	if (c) {
		put_code(b, arch == KD_ARCH_LOONGARCH64 ? "estat" : "cause", c->val, c->line);
		if (arch == KD_ARCH_RISCV64)
			code_row(b, kd_riscv_cause(c->val));
		else if (arch == KD_ARCH_MIPS)
			code_row(b, kd_mips_exccode(kd_mips_cause_exccode(c->val)));
		else
			code_row(b, kd_loongarch_ecode(kd_loongarch_estat_ecode(c->val)));
	}
	put_address(b, reg(s, arch == KD_ARCH_RISCV64	? "badaddr"
			   : arch == KD_ARCH_MIPS	? "badva"
							: "badv"));
}

/* The error code of a page fault, and whether the "#PF:" lines agree with it. */
static void x86_codes(struct kd_builder *b)
{
	struct kd_report *r = b->r;
	struct kd_x86_pf_said said = {0};
	struct kd_x86_pf pf;
	const char *conflict;

	if (strcmp(r->kind->family, "page_fault") || !r->access.has_code)
		return;
	kd_x86_pf_decode(r->access.code, &pf);
	b->line = r->access.code_line;
	kd_builder_hex(b, "exception", "error_code", r->access.code);
	say(b, "words", pf.words);
	kd_builder_bool(b, "exception", "page_present", pf.present);
	kd_builder_bool(b, "exception", "user", pf.user);
	kd_builder_bool(b, "exception", "reserved_bit", pf.rsvd);
	direction(b, pf.instr ? 'x' : pf.write ? 'w' : 'r');
	for (size_t i = 0; i < r->nlines; i++)
		if (kd_starts(r->lines[i].text, "#PF"))
			kd_x86_pf_line(r->lines[i].text, &said);
	conflict = kd_x86_pf_conflict(&pf, &said);
	if (conflict)
		kd_builder_diag(b, "contradiction", "%s (error code %#llx)", conflict,
				(unsigned long long)r->access.code);
}

void kd_arch_codes(struct kd_builder *b, enum kd_arch arch)
{
	const struct kd_report *r = b->r;
	const struct kd_regset *s = NULL;

	if (r->kind->pcclass == KD_PCC_SAMPLED)
		return; /* the registers are a sample, no exception */
	for (size_t i = 0; i < r->nregsets && !s; i++)
		if (r->regsets[i].label == KD_REGS_FAULT && !r->regsets[i].user)
			s = &r->regsets[i];
	if (arch == KD_ARCH_ARM64 && (r->kind->oops || r->kind->pcclass == KD_PCC_IMPRECISE))
		arm64_codes(b);
	else if (arch == KD_ARCH_X86_64 || arch == KD_ARCH_I386)
		x86_codes(b);
	else if (arch == KD_ARCH_ARM)
		arm_codes(b);
	else if (arch == KD_ARCH_S390X)
		s390_codes(b);
	else if (arch == KD_ARCH_PPC64 && s)
		ppc_codes(b, s);
	else if (s && (arch == KD_ARCH_RISCV64 || arch == KD_ARCH_MIPS || arch == KD_ARCH_LOONGARCH64))
		by_register(b, arch, s);
}

/* Who raises an SError: a device or bus that answered wrongly, or hardware that is broken. */
void kd_kind_serror_finish(struct kd_builder *b)
{
	b->r->owner = KD_OWNER_UNKNOWN;
	b->r->owner_why = KD_V("an SError comes from outside of the CPU and late: broken hardware, or a driver that "
			       "touched a device which does not answer");
}
