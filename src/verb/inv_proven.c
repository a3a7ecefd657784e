/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the log itself says: header, access, error code, page tables, place in the source.
 * Nothing here reads operands: inv_code.c does. CR2 and FAR are never a source of the
 * address (trap 2): the header is.
 */
#include "base/alloc.h"
#include "report/arm64.h"
#include "report/poison.h"
#include "report/regval.h"
#include "report/x86.h"
#include "verb/inv.h"

static bool is_x86(const struct kd_report *r)
{
	enum kd_arch a = kd_arch_by_name(r->arch);

	return a == KD_ARCH_X86_64 || a == KD_ARCH_I386;
}

static void say_header(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	int32_t i = kd_inv_header(r);
	struct kd_statement *s;

	if (!r->nlines)
		return;
	s = kd_inv_say(b, KD_PART_PROVEN, "header", "the kernel says: %.*s",
		       KD_VARG(kd_view_head(r->lines[i].text, 300)));
	kd_inv_at(b, s, i);
}

/* What RIP (pc) means for this kind (trap 1). */
static void say_pc(struct kd_inv_build *b)
{
	static const char *const w[] = {
		[KD_PCC_NONE] = NULL,
		[KD_PCC_FAULTING] = "is the instruction that could not be executed",
		[KD_PCC_EXECUTED] = "stands behind an instruction that was executed",
		[KD_PCC_TRAP] = "is a deliberate trap of the check itself, not an access that failed",
		[KD_PCC_SAMPLED] = "is one sample of where the CPU was, not the place of a fault",
		[KD_PCC_IMPRECISE] = "is imprecise: the error came from something earlier",
		[KD_PCC_REPORTER] = NULL,
	};
	const struct kd_report *r = b->r;
	const struct kd_regset *set = kd_inv_regset(r, KD_REGS_FAULT);
	struct kd_view sym;
	struct kd_statement *s;

	if (!r->kind || !set || !set->has_ip || set->user || r->kind->pcclass > KD_PCC_REPORTER ||
	    !w[r->kind->pcclass])
		return;
	sym = kd_inv_symbol(b->arena, &set->ip);
	if (!sym.n)
		return;
	s = kd_inv_say(b, KD_PART_PROVEN, "pc", "%.*s %s", KD_VARG(sym), w[r->kind->pcclass]);
	kd_inv_at(b, s, set->line);
}

static void say_code(struct kd_inv_build *b)
{
	const struct kd_access *a = &b->r->access;
	struct kd_statement *s = NULL;
	struct kd_x86_pf pf;
	struct kd_esr e;

	if (!a->has_code)
		return;
	if (is_x86(b->r) && kd_inv_is(b->r, "page_fault")) {
		kd_x86_pf_decode(a->code, &pf);
		s = kd_inv_say(b, KD_PART_PROVEN, "error code", "0x%04llx: %s%s%s%s",
			       (unsigned long long)a->code, pf.words,
			       pf.instr ? ", instruction fetch" : "",
			       pf.rsvd ? ", reserved bit set in a page table entry" : "",
			       pf.pkey ? ", protection key" : "");
	} else if (kd_arch_by_name(b->r->arch) == KD_ARCH_ARM64) {
		kd_esr_decode(a->code, &e);
		s = kd_inv_say(b, KD_PART_PROVEN, "ESR", "%#llx: %s%s%s%s", (unsigned long long)a->code,
			       e.ec_words ? e.ec_words : "class unknown", e.is_abort ? ", " : "",
			       e.is_abort && e.fsc_words ? e.fsc_words : "",
			       e.is_abort && e.is_data && !e.cm ? e.write ? ", write" : ", read" : "");
	}
	kd_inv_at(b, s, a->code_line);
}

/* "0x28: a read of 8 bytes" as the header or the checker says it. */
static void say_address(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	const struct kd_access *a = &r->access;
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(512);
	struct kd_statement *s;

	if (!a->has_addr)
		return;
	if (a->has_dir)
		kd_buf_printf(&t, "%s%s", a->exec ? "instruction fetch" : a->write ? "write" : "read",
			      a->has_size ? " of " : "");
	else
		kd_buf_printf(&t, "access%s", a->has_size ? " of " : "");
	if (a->has_size)
		kd_buf_printf(&t, "%llu byte%s", (unsigned long long)a->size,
			      a->size == 1 ? "" : "s");
	s = kd_inv_say(b, KD_PART_PROVEN, "address", "%#llx, %.*s%s",
		       (unsigned long long)a->addr, KD_VARG(kd_buf_view(&t)),
		       a->user_addr && r->kind && r->kind->pcclass == KD_PCC_FAULTING && a->addr > 4095
			       ? "; in the user half of the address space"
			       : "");
	kd_inv_at(b, s, a->addr_line);
}

/* CR2 is read when the registers are printed; a match adds nothing, a difference is said. */
static void say_cr2(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	const struct kd_regset *set = kd_inv_regset(r, KD_REGS_FAULT);
	const struct kd_reg *cr2 = kd_inv_reg(set, "cr2");
	struct kd_statement *s;

	if (!cr2 || !r->access.has_addr || !kd_inv_is(r, "page_fault") ||
	    cr2->val == r->access.addr)
		return;
	s = kd_inv_say(b, KD_PART_PROVEN, "CR2",
		       "%#llx differs from the address of the header: it was overwritten before "
		       "the registers were printed and is not used",
		       (unsigned long long)cr2->val);
	kd_inv_at(b, s, cr2->line);
	kd_inv_at(b, s, r->access.addr_line);
}

static void say_pgtable(struct kd_inv_build *b)
{
	const struct kd_access *a = &b->r->access;
	struct kd_statement *s;

	if (!a->pgtable.n)
		return;
	s = kd_inv_say(b, KD_PART_PROVEN, "page tables", "%.*s",
		       KD_VARG(kd_view_head(a->pgtable, 200)));
	kd_inv_at(b, s, a->pgtable_line);
}

static bool kasan_build(const struct kd_report *r)
{
	const struct kd_regset *set = kd_inv_regset(r, KD_REGS_FAULT);
	uint64_t off;

	if (kd_view_has(r->config, KD_V("KASAN")) || kd_inv_section(r, "kasan_range"))
		return true;
	/* The compiler keeps the shadow offset in a register. */
	if (!set || !kd_kasan_offset(kd_arch_by_name(r->arch), &off))
		return false;
	for (size_t i = 0; i < set->nregs; i++)
		if (set->regs[i].val == off)
			return true;
	return false;
}

bool kd_inv_shadow(const struct kd_report *r, uint64_t *mem_ret)
{
	struct kd_val_where w = {.arch = (uint8_t)kd_arch_by_name(r->arch)};
	struct kd_reading_hint hint = {.from_gpf = kd_inv_is(r, "gpf"), .kasan = true};
	struct kd_reading rd[KD_READINGS_MAX];
	size_t n;

	if (!r->access.has_addr || !r->kind || r->kind->pcclass != KD_PCC_FAULTING ||
	    r->access.exec || !kasan_build(r))
		return false;
	n = kd_addr_readings(&w, &hint, r->access.addr, rd, KD_READINGS_MAX);
	for (size_t i = 0; i < n; i++)
		if (rd[i].kind == KD_READ_KASAN_SHADOW) {
			*mem_ret = rd[i].base;
			return true;
		}
	return false;
}

/* Trap 10: with inline checks the load that faults is one of shadow memory. */
static void say_shadow(struct kd_inv_build *b)
{
	struct kd_statement *s;
	uint64_t mem;

	if (!kd_inv_shadow(b->r, &mem) || b->f->fault->shadow.is)
		return; /* inv_code.c says it, with the operand */
	s = kd_inv_say(b, KD_PART_PROVEN, "shadow",
		       "the address is KASAN shadow memory: the check before the access faulted; it "
		       "was going to look at an address in [%#llx, %#llx] (8-byte granule; the field "
		       "needs the instruction)",
		       (unsigned long long)mem, (unsigned long long)(mem + 7));
	kd_inv_at(b, s, b->r->access.addr_line);
}

static void say_place(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	struct kd_statement *s;

	if (!r->loc_file.n)
		return;
	s = kd_inv_say(b, KD_PART_PROVEN, "source", "%.*s:%u, as the kernel was built",
		       KD_VARG(kd_view_head(r->loc_file, 200)), r->loc_line);
	kd_inv_at(b, s, r->loc_at);
}

static void say_end(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	struct kd_statement *s;

	if (r->has_oops_no && r->oops_no > 1) {
		s = kd_inv_say(b, KD_PART_PROVEN, "counter",
			       "[#%u]: %u oops%s came before it in this boot", r->oops_no,
			       r->oops_no - 1, r->oops_no == 2 ? "" : "es");
		kd_inv_at(b, s, r->oops_line);
	}
	if (kd_inv_is(r, "panic"))
		return; /* the header says it */
	if (r->panicked && r->panic_text.n) {
		s = kd_inv_say(b, KD_PART_PROVEN, "panic", "the machine stopped: %.*s",
			       KD_VARG(kd_view_head(r->panic_text, 200)));
		kd_inv_at(b, s, r->outcome_line);
	} else if (r->outcome == KD_OUT_FATAL && r->outcome_at.no) {
		s = kd_inv_say(b, KD_PART_PROVEN, "panic", "the machine stopped, line %llu: %.*s",
			       (unsigned long long)r->outcome_at.no,
			       KD_VARG(kd_view_head(r->outcome_at.text, 200)));
		kd_inv_ref(b, s, &r->outcome_at);
	}
}

void kd_inv_proven(struct kd_inv_build *b)
{
	say_header(b);
	say_pc(b);
	say_address(b);
	say_shadow(b);
	say_code(b);
	say_pgtable(b);
	say_cr2(b);
	say_place(b);
	say_end(b);
}
