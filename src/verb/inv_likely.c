/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hypotheses: each with what speaks for it and what would refute it. Only for reports
 * whose kind allows the reading. Where the instruction at the pc shows the base register
 * (inv_code.c) its value decides; else an address has readings, not an explanation (trap 3).
 */
#include "base/alloc.h"
#include "report/arm64.h"
#include "report/regval.h"
#include "verb/codewords.h"
#include "verb/inv.h"

static struct kd_val_where val_where(const struct kd_report *r)
{
	struct kd_val_where w = {.arch = (uint8_t)kd_arch_by_name(r->arch)};
	const struct kd_regset *set = kd_inv_regset(r, KD_REGS_FAULT);
	const struct kd_reg *sp = kd_inv_reg(set, "rsp");

	if (!sp)
		sp = kd_inv_reg(set, "sp");
	if (sp && !set->user) {
		w.has_sp = true;
		w.sp = sp->val;
	}
	if (r->has_kaslr) {
		w.has_kaslr = true;
		w.kaslr = r->kaslr;
	}
	return w;
}

static const char *reading_refuted(uint8_t kind)
{
	switch ((enum kd_reading_kind)kind) {
	case KD_READ_NULL_FIELD:
		return "the base register of the instruction is not 0";
	case KD_READ_NULL_INDEX:
		return "the instruction has no index register, or its base is not 0";
	case KD_READ_SMALL_VALUE:
		return "no register near the address holds a small number";
	case KD_READ_ERRPTR:
		return "the base register does not hold -1 ... -4095";
	case KD_READ_CONTAINER_NULL:
		return "no structure of the function has a member at that distance";
	case KD_READ_POISON:
		return "the base register does not hold the pattern";
	case KD_READ_KASAN_SHADOW:
		return "the kernel was built without generic KASAN";
	case KD_READ_USER:
		return "the pointer was computed in the kernel, not taken from user space";
	case KD_READ_ASCII:
		return "the bytes are no text that the machine handled";
	case KD_READ_NONCANON:
		return "the base register holds a sane pointer";
	case KD_READ_TAGGED:
		return "the address is wrong also without its tag";
	case KD_READ_PERCPU_OFFSET:
		return "the operand has no per-CPU base";
	case KD_READ_KERNEL:
		return "the object at the address is still mapped in a dump";
	}
	return "the instruction's operand says otherwise";
}

/* The base register is known, and its value is of that class: what else it could be. */
static const char *decided_refuted(uint8_t kind)
{
	switch ((enum kd_reading_kind)kind) {
	case KD_READ_SMALL_VALUE:
		return "the number is an index or a count that was added to a NULL pointer";
	case KD_READ_ERRPTR:
		return "it is container_of() of a NULL pointer, or another small negative number";
	case KD_READ_POISON:
		return "the pattern is ordinary data here";
	case KD_READ_NONCANON:
		return "the value is an encoded pointer, or a pointer with a flipped bit";
	default:
		return reading_refuted(kind);
	}
}

static const char *reading_words(const struct kd_report *r, uint8_t kind)
{
	switch ((enum kd_reading_kind)kind) {
	case KD_READ_NULL_FIELD:
		return r->access.addr ? "a NULL pointer plus the offset of a member"
				      : "a NULL pointer, or the member at offset 0 of one";
	case KD_READ_NULL_INDEX:
		return "a NULL pointer plus index times element size";
	case KD_READ_SMALL_VALUE:
		return "a small number used as a pointer";
	case KD_READ_ERRPTR:
		return "an error pointer that was not checked";
	case KD_READ_CONTAINER_NULL:
		return "container_of() of a NULL pointer";
	case KD_READ_POISON:
		return "a poison pattern used as a pointer";
	case KD_READ_KASAN_SHADOW:
		return "KASAN shadow of the real address";
	case KD_READ_USER:
		return "a user-space address used by the kernel directly";
	case KD_READ_ASCII:
		return "text used as a pointer";
	case KD_READ_NONCANON:
		return "a damaged pointer, or a number that never was one";
	case KD_READ_TAGGED:
		return "a tag or authentication code in the pointer";
	case KD_READ_PERCPU_OFFSET:
		return "a per-CPU offset used without its base";
	case KD_READ_KERNEL:
		return "a kernel pointer to memory that is not mapped (any more)";
	}
	return "not classified";
}

/* The page is there, but not for this access. */
static bool is_permission(const struct kd_report *r)
{
	struct kd_esr e;

	if (!r->access.has_code)
		return false;
	if (kd_arch_by_name(r->arch) == KD_ARCH_ARM64) {
		kd_esr_decode(r->access.code, &e);
		return e.is_abort && e.fsc_words && strstr(e.fsc_words, "permission") != NULL;
	}
	return kd_arch_by_name(r->arch) == KD_ARCH_X86_64 && kd_inv_is(r, "page_fault") &&
	       (r->access.code & 1);
}

/* FnV: FAR, which is where the header's address comes from, is not valid (trap 19). */
static bool far_invalid(const struct kd_report *r)
{
	struct kd_esr e;

	if (kd_arch_by_name(r->arch) != KD_ARCH_ARM64 || !r->access.has_code)
		return false;
	kd_esr_decode(r->access.code, &e);
	return e.is_abort && e.fnv;
}

static void add_offset(struct kd_buf *t, const struct kd_reading *x)
{
	if (x->kind == KD_READ_KASAN_SHADOW)
		kd_buf_printf(t, " %#llx", (unsigned long long)x->base);
	else if (x->offset < 0)
		kd_buf_printf(t, ", offset -%#llx", (unsigned long long)-(uint64_t)x->offset);
	else if (x->offset)
		kd_buf_printf(t, ", offset %#llx", (unsigned long long)x->offset);
	if (x->name)
		kd_buf_printf(t, " (%s)", x->name);
}

/* i386: the kernel begins at 3 GiB unless configured otherwise; its own addresses tell. */
static bool split_unknown(const struct kd_report *r, bool has_sp, uint64_t sp)
{
	const uint64_t usual = 0xc0000000;
	enum kd_arch arch = kd_arch_by_name(r->arch);

	if (arch == KD_ARCH_UNKNOWN)
		return true;
	return arch == KD_ARCH_I386 &&
	       ((has_sp && sp < usual) ||
		(r->has_where && r->where.has_addr && r->where.addr < usual));
}

/* What the access behind the shadow check was after, when it lies near NULL. */
static void say_behind_shadow(struct kd_inv_build *b, uint64_t mem)
{
	struct kd_statement *s;

	if (mem >= 4096)
		return;
	s = kd_inv_say(b, KD_PART_LIKELY, "address",
		       "the access was to be to a NULL pointer plus the offset of a member, %#llx to "
		       "%#llx",
		       (unsigned long long)mem, (unsigned long long)(mem + 7));
	kd_inv_refuted_by(b, s, "the pointer before the check's shift is not 0 plus an offset");
	kd_inv_at(b, s, b->r->access.addr_line);
}

/* An address that does not belong to the instruction is not explained. */
static bool disagrees(const struct kd_fault *f)
{
	return f->state == KD_FAULT_DISAGREES || f->state == KD_FAULT_DIRECTION;
}

/* What the operand of the instruction adds to the hint; true: its base register decides. */
static bool operand_hint(const struct kd_fault *f, struct kd_reading_hint *h)
{
	const struct kd_fault_op *o;

	if (f->which < 0 || (f->state != KD_FAULT_PROVEN && f->state != KD_FAULT_FITS))
		return false;
	o = &f->op[f->which];
	h->gs_relative = o->mem.seg == KD_SEG_GS || o->mem.seg == KD_SEG_FS;
	if (!kd_code_base_is_pointer(f) || !o->base.known)
		return false;
	h->has_base = true;
	h->base = o->base.val;
	if (!h->has_size && o->mem.width) {
		h->has_size = true;
		h->size = o->mem.width;
	}
	return true;
}

/*
 * A kernel address of x86_64 has ones in all of bits 63 to 47 (to 56 with five levels of page tables). A pointer that
 * lacks one of them is what one flipped bit makes of it.
 */
static void say_flipped_bit(struct kd_inv_build *b, uint64_t value, int32_t line)
{
	const uint64_t missing = ~value >> 47;
	struct kd_statement *s;

	if (kd_arch_by_name(b->r->arch) != KD_ARCH_X86_64 || __builtin_popcountll(missing) != 1)
		return;
	s = kd_inv_say(b, KD_PART_LIKELY, "bit",
		       "0x%jx is one bit away from a kernel address: 0x%jx with bit %d set; faulty memory, or a stray "
		       "write, does that", (uintmax_t)value, (uintmax_t)(value | missing << 47),
		       47 + __builtin_ctzll(missing));
	kd_inv_refuted_by(b, s, "other machines show the same, or the value was computed");
	kd_inv_at(b, s, line);
}

static void say_reading(struct kd_inv_build *b, const struct kd_reading *x, size_t n, bool based)
{
	const struct kd_report *r = b->r;
	const struct kd_fault *f = b->f->fault;
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(256);
	bool permission = x->kind == KD_READ_KERNEL && is_permission(r);
	struct kd_statement *s;

	add_offset(&t, x);
	s = kd_inv_say(b, KD_PART_LIKELY, n > 1 ? "reading" : "address", "%#llx is %s%.*s",
		       (unsigned long long)r->access.addr,
		       permission ? "a kernel pointer to memory that is mapped, but not for this access"
				  : reading_words(r, x->kind),
		       KD_VARG(kd_buf_view(&t)));
	kd_inv_refuted_by(b, s, "%s",
			  permission  ? "the pointer was meant for other memory"
			  : based     ? decided_refuted(x->kind)
				      : reading_refuted(x->kind));
	kd_inv_at(b, s, r->access.addr_line);
	if (based)
		kd_inv_at(b, s, f->op[f->which].base.line);
	if (x->kind == KD_READ_NONCANON || (x->kind == KD_READ_KERNEL && kd_inv_is(r, "gpf")))
		say_flipped_bit(b, based ? f->op[f->which].base.val : r->access.addr,
				based ? f->op[f->which].base.line : r->access.addr_line);
}

/* Only where RIP faulted on an address that the header states. */
static void say_readings(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	struct kd_val_where w = val_where(r);
	struct kd_reading rd[KD_READINGS_MAX];
	uint64_t mem;
	bool based;
	struct kd_reading_hint hint = {.has_size = r->access.has_size, .size = r->access.size};
	size_t n;

	if (!r->access.has_addr || !r->kind || r->kind->pcclass != KD_PCC_FAULTING ||
	    r->access.exec)
		return;
	if (b->f->fault->shadow.exact || disagrees(b->f->fault))
		return;
	if (b->f->fault->shadow.is)
		mem = b->f->fault->shadow.first;
	if (b->f->fault->shadow.is || kd_inv_shadow(r, &mem)) {
		say_behind_shadow(b, mem);
		return;
	}
	if (far_invalid(r)) {
		struct kd_statement *s =
			kd_inv_say(b, KD_PART_UNKNOWN, "address",
				   "where the access went: FnV in the syndrome says that the address "
				   "register is not valid, so the header's address is not used");

		kd_inv_at(b, s, r->access.code_line);
		return;
	}
	hint.from_gpf = kd_inv_is(r, "gpf");
	based = operand_hint(b->f->fault, &hint);
	n = kd_addr_readings(&w, &hint, r->access.addr, rd, 3);
	for (size_t i = 0; i < n; i++) {
		if (rd[i].kind == KD_READ_USER && split_unknown(r, w.has_sp, w.sp))
			continue;
		/* the operand's line says that the register is 0 */
		if (based && (rd[i].decided ? rd[i].kind == KD_READ_NULL_FIELD : i > 0))
			continue;
		say_reading(b, &rd[i], based ? 1 : n, based);
	}
}

static void say_jump(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	const struct kd_stack *st = kd_inv_stack_of(r, KD_STACK_CRASH);
	struct kd_statement *s;

	if (!r->access.exec || !r->access.has_addr)
		return;
	s = kd_inv_say(b, KD_PART_LIKELY, "jump",
		       "a function pointer with the value %#llx was called, or a return address "
		       "was overwritten; the caller is %s",
		       (unsigned long long)r->access.addr,
		       !st ? "not shown"
		       : st->frames[0].reliable
			       ? "the first frame of the stack"
			       : "among the first frames of the stack, which are guesses ('?')");
	kd_inv_refuted_by(b, s, "the instruction before the first frame's return address is no "
				"indirect call");
	kd_inv_at(b, s, r->access.addr_line);
}

/* A register with poison at a fault: what it stands for, not whose object it was. */
static void say_poison(struct kd_inv_build *b)
{
	const struct kd_regset *set = kd_inv_regset(b->r, KD_REGS_FAULT);

	if (!set || !b->r->kind || b->r->kind->pcclass != KD_PCC_FAULTING)
		return;
	for (size_t i = 0; i < set->nregs; i++) {
		const struct kd_reg *x = &set->regs[i];
		struct kd_statement *s;

		if (x->cls != KD_VAL_POISON || !x->note)
			continue;
		s = kd_inv_say(b, KD_PART_LIKELY, "poison",
			       "%.*s = %#llx looks like %s: the code worked on such memory",
			       KD_VARG(x->name), (unsigned long long)x->val, x->note);
		kd_inv_refuted_by(b, s, "the register was not loaded from the object that faulted, "
					"or the pattern is ordinary data here");
		kd_inv_at(b, s, x->line);
		return;
	}
}

static bool waits_here(struct kd_view f)
{
	static const char *const w[] = {"smp_call_function_many_cond", "smp_call_function_single",
					"native_queued_spin_lock_slowpath",
					"queued_spin_lock_slowpath", "_raw_spin_lock",
					"csd_lock_wait", "queued_write_lock_slowpath",
					"queued_read_lock_slowpath", "queue_read_lock_slowpath",
					"queue_write_lock_slowpath", "__pv_queued_spin_lock_slowpath",
					"do_raw_spin_lock", "__ticket_spin_lock", "__read_lock_failed",
					"__write_lock_failed", "virt_spin_lock", "osq_lock"};

	for (size_t i = 0; i < KD_ARRAY_LEN(w); i++)
		if (kd_view_starts(f, kd_view_of(w[i])))
			return true;
	return false;
}

/* Trap 15: a CPU that waits in an IPI or for a lock is a victim. */
static void say_victim(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	const struct kd_frame *f = r->has_where && waits_here(r->where.func) ? &r->where : NULL;
	const struct kd_stack *st = kd_inv_stack_of(r, KD_STACK_CRASH);
	struct kd_statement *s;

	/* Instrumentation and helpers may stand above the wait. */
	for (size_t i = 0; !f && st && i < st->nframes && i < 4; i++)
		if (st->frames[i].reliable && waits_here(st->frames[i].func))
			f = &st->frames[i];
	if (!r->kind || r->kind->pcclass != KD_PCC_SAMPLED || !f || kd_inv_is(r, "hung_task"))
		return;
	s = kd_inv_say(b, KD_PART_LIKELY, "victim",
		       "this CPU waits in %.*s for another CPU: it is a victim, the culprit's stack "
		       "is elsewhere or not shown",
		       KD_VARG(kd_view_head(f->func, 80)));
	kd_inv_refuted_by(b, s, "other samples of this CPU show it outside the wait");
	kd_inv_at(b, s, f->line);
}

/* Free and use in one task and one call: the usual two explanations. */
static void say_lifetime(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	const struct kd_stack *fr = kd_inv_stack_of(r, KD_STACK_FREE);
	bool uaf = kd_view_has(r->title, KD_V("use-after-free"));
	struct kd_statement *s;

	if (!uaf || !fr || !fr->has_pid || !r->has_pid)
		return;
	if (fr->pid == r->pid) {
		s = kd_inv_say(b, KD_PART_LIKELY, "lifetime",
			       "one path gave its reference up and used the object afterwards");
		kd_inv_refuted_by(b, s, "a second task dropped the last reference in between");
	} else {
		s = kd_inv_say(b, KD_PART_LIKELY, "lifetime",
			       "two tasks race: one frees while the other still uses the object "
			       "without a reference or lock that covers it");
		kd_inv_refuted_by(b, s, "the pointer was stale long before (a missing removal from "
					"a list or table)");
	}
	kd_inv_at(b, s, fr->line);
}

void kd_inv_likely(struct kd_inv_build *b)
{
	say_readings(b);
	say_jump(b);
	say_poison(b);
	say_victim(b);
	say_lifetime(b);
}
