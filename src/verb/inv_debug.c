// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What debug info adds: whether it is of this kernel, the line of the pc, which variable and member the
 * operand was, which variables are alive there, the lines of the stack. A statement is PROVEN only when
 * the function's size in the log is the debug info's, the instruction's bytes in the log are the file's, and
 * the variable is the location lists'; anything less is LIKELY and says what would refute it.
 */
#include "base/alloc.h"
#include "report/demangle.h"
#include "symbol/operand.h"
#include "symbol/symset.h"
#include "verb/inv.h"
#include "verb/inv_debug.h"

enum { LIVE_MAX = 10, STACK_MAX = 40 };

struct debug {
	struct kd_inv_build *b;
	struct kd_symset *set;
	struct kd_kdx *k; /* of the function at the pc */
	struct kd_match m; /* … which is this */
	const struct kd_fault *fault; /* the instruction at the pc */
	bool from_file; /* its bytes are the file's: the log has none */
	bool code_same; /* the instruction in the log is the file's */
	bool code_known; /* both were at hand */
	bool code_patched; /* not the same, and all that differs there is patched by the kernel */
	bool compared;
	struct kd_compare compare; /* with compared */
	const char *unsure;
	struct kd_btf btf;
	struct kd_types *types;
};

static void close_debug(struct debug *d)
{
	kd_types_free(d->types);
	kd_btf_deinit(&d->btf);
}

/* --- text --------------------------------------------------------------------------------- */

static void put_src(struct kd_buf *t, const struct kd_src *s)
{
	if (s->name.n)
		kd_buf_printf(t, "%.*s%s%.*s:%u", KD_VARG(s->dir), s->dir.n ? "/" : "", KD_VARG(s->name), s->line);
	else
		kd_buf_printf(t, "an unknown line");
}

/* "a.c:12 in f, inlined at b.c:3 in g" */
static void put_chain(struct debug *d, struct kd_buf *t, const struct kd_match *m)
{
	const struct kd_chain *c = &m->chain;

	for (size_t i = 0; i < c->n; i++) {
		if (i)
			kd_buf_printf(t, ", inlined at ");
		put_src(t, &c->v[i].at);
		kd_buf_printf(t, " in %.*s",
			      KD_VARG(kd_view_head(kd_demangle(d->b->arena, kd_match_func(m, i)), 256)));
	}
}

/* --- is it this kernel's? ----------------------------------------------------------------- */

/* Of a frame that was named by its address the function is known: kernels are moved by multiples of 64 KiB or more. */
static void keep_at(uint64_t addr, struct kd_matches *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		if (!((m->v[i].addr ^ addr) & 0xffff))
			m->v[n++] = m->v[i];
	m->n = n;
}

bool kd_inv_match(struct kd_symset *set, struct kd_arena *arena, const struct kd_frame *f,
		  struct kd_kdx **k, struct kd_match *ret, size_t *several)
{
	const struct kd_frame_query q = {.func = f->func, .has_offset = f->has_offset, .offset = f->offset,
					 .size = f->size, .exact = f->pc == KD_PC_EXACT};
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_matches m;

	if (several)
		*several = 0;
	if (!f->func.n || !f->has_offset)
		return false;
	*k = kd_symset_get(set, f->module, f->build_id);
	if (!*k)
		return false;
	err = kd_match_frame(*k, &q, arena, &m);
	if (!err && f->from_addr)
		keep_at(f->addr, &m);
	if (err || !m.n || m.v[0].size == KD_MATCH_SIZE_DIFFERS)
		return false;
	if (several)
		*several = m.n;
	*ret = m.v[0];
	return m.n == 1;
}

static bool match(struct debug *d, const struct kd_frame *f, struct kd_kdx **k, struct kd_match *ret,
		  size_t *several)
{
	return kd_inv_match(d->set, d->b->arena, f, k, ret, several);
}

/* The bytes of the log around the pc, beside those of the file. */
static void compare_code(struct debug *d)
{
	const struct kd_fault *f = d->fault;

	if (d->from_file || !kd_inv_compare(&(struct kd_inv_debug){.b = d->b, .k = d->k, .arch = f->arch}, &d->m, &d->compare))
		return;
	d->compared = true;
	if (!f->has_insn || f->code.mark + f->insn.len > f->code.n)
		return;
	d->code_known = true;
	d->code_same = kd_compare_same(&d->compare, d->m.addr, f->insn.len);
	d->code_patched = !d->code_same && !d->compare.count[KD_DIFF_BIT] && !d->compare.count[KD_DIFF_OTHER] &&
			  !d->compare.count[KD_DIFF_MISFIT] && !d->compare.count[KD_DIFF_UNDECIDED];
}

/* A log without usable bytes: those of the file may be what ran. */
static void code_of_file(struct debug *d)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_fault *f;
	char bytes[64];
	size_t n;

	if (d->fault->code.state == KD_CODE_OK || d->fault->state == KD_FAULT_FETCH)
		return;
	n = kd_code_at(d->k, d->m.addr, bytes, sizeof(bytes));
	err = n ? kd_fault_read_bytes(d->b->r, kd_view(bytes, n), d->b->arena, &f) : NULL;
	if (!n || err || !f->has_insn)
		return;
	d->fault = f;
	d->from_file = true;
}

struct tally {
	size_t asked, same, differ, several;
};

static void count_stack(struct debug *d, const struct kd_stack *st, struct tally *t)
{
	for (size_t i = 0; i < st->nframes; i++) {
		struct kd_kdx *k;
		struct kd_match m;
		size_t several;

		if (!st->frames[i].func.n || !st->frames[i].has_offset || st->frames[i].inlined || st->frames[i].from_addr)
			continue; /* a name that comes from the file proves nothing about it */
		t->asked++;
		if (match(d, &st->frames[i], &k, &m, &several))
			t->same += m.size == KD_MATCH_SIZE_SAME;
		else
			t->several += several > 1;
	}
}

static void say_match(struct debug *d)
{
	const struct kd_symset_try *t;
	struct tally sum = {0};
	size_t n;
	struct kd_statement *s;

	for (size_t i = 0; i < d->b->r->nstacks; i++)
		count_stack(d, &d->b->r->stacks[i], &sum);
	n = kd_symset_tries(d->set, &t); /* all that was looked at by now */
	for (size_t i = 0; i < n; i++)
		if (!t[i].used && !t[i].absent)
			kd_inv_say(d->b, KD_PART_UNKNOWN, "debug info", "%.*s is not used: %.400s",
				   KD_VARG(kd_view_head(kd_input_basename(t[i].what), 200)), t[i].why);
	if (!sum.asked && d->code_known)
		kd_inv_say(d->b, KD_PART_CONTEXT, "debug info", "the instruction at the pc has %s",
			   d->code_same ? "the same bytes" : "other bytes: patched at run time, or another build");
	if (!sum.asked || !(sum.same + sum.several))
		return;
	s = kd_inv_say(d->b, KD_PART_CONTEXT, "debug info",
		       "%zu of %zu frames have the size of the function in the debug info%s%s", sum.same + sum.several,
		       sum.asked,
		       !d->code_known  ? ""
		       : d->code_same ? "; the instruction at the pc has the same bytes"
		       : d->code_patched ? "; the instruction at the pc was patched at run time"
					 : "; the instruction at the pc has other bytes: another build, or damage",
		       d->unsure ? "; it is of another build and was taken by force" : "");
	(void)s;
}

/* --- the pc ------------------------------------------------------------------------------- */

static void say_line(struct debug *d)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(KD_INV_TEXT);
	struct kd_statement *s;

	if (!d->m.chain.n)
		return;
	put_chain(d, &t, &d->m);
	s = kd_inv_say(d->b, d->unsure ? KD_PART_LIKELY : KD_PART_PROVEN, "source", "%.*s",
		       KD_VARG(kd_buf_view(&t)));
	if (d->unsure)
		kd_inv_refuted_by(d->b, s, "the debug info of this very build says otherwise");
	kd_inv_at(d->b, s, d->fault->set->line);
	if (!d->unsure) {
		const struct kd_chain_link *in = &d->m.chain.v[0];

		d->b->f->src_file = kd_src_path(d->b->arena, &in->at);
		d->b->f->src_func = kd_arena_view(d->b->arena, in->func);
		d->b->f->src_line = in->at.line;
		d->b->f->has_src_md5 = kd_file_md5(d->k, d->b->f->src_file, d->b->f->src_md5);
	}
}

static const struct kd_fault_reg *base_of(const struct kd_fault *f)
{
	return f->shadow.is ? f->shadow.has_field ? &f->shadow.field : &f->shadow.ptr : &f->op[f->which].base;
}

/* The operand to ask for: KASAN's check loads from its shadow, what it is about is in a register. */
static bool operand_of(const struct kd_fault *f, struct kd_insn_mem *ret)
{
	if (f->which < 0 || (f->state != KD_FAULT_PROVEN && f->state != KD_FAULT_FITS))
		return false;
	if (!f->shadow.is) {
		*ret = f->op[f->which].mem;
		return !ret->stack;
	}
	if (!f->shadow.exact)
		return false;
	*ret = (struct kd_insn_mem){.base = base_of(f)->reg, .index = KD_NOREG,
				    .disp = f->shadow.has_field ? f->shadow.disp : 0};
	return true;
}

static void put_value(struct kd_buf *t, const struct kd_fault_reg *r)
{
	if (!r->known)
		return;
	kd_buf_printf(t, " = %s", r->cls.cls == KD_VAL_NULL ? "NULL" : "");
	if (r->cls.cls != KD_VAL_NULL)
		kd_buf_printf(t, "0x%jx", (uintmax_t)r->val);
	if (r->cls.note && r->cls.cls != KD_VAL_NULL)
		kd_buf_printf(t, " (%s%s)", r->cls.likely ? "likely " : "", r->cls.note);
}

static const struct kd_reg *register_of(const struct kd_fault *f, unsigned reg)
{
	const char *name = kd_dwarf_reg_name(f->arch, reg);

	for (size_t i = 0; name && i < f->set->nregs; i++)
		if (kd_view_eq(f->set->regs[i].name, kd_view_of(name)))
			return &f->set->regs[i];
	return NULL;
}

/* "sk->a (from net/core/sock.c:12)" */
static void put_from(struct debug *d, const struct kd_operand_path *p, struct kd_buf *t)
{
	struct kd_src at;

	kd_buf_printf(t, "%.*s", KD_VARG(p->text));
	if (p->from && kd_line_at(d->k, p->from, &at)) {
		kd_buf_printf(t, " (from ");
		put_src(t, &at);
		kd_buf_printf(t, ")");
	}
}

/* "; i = 0x4141 (rax), the array has 64 elements" */
static void put_index(struct debug *d, const struct kd_operand_path *p, struct kd_buf *t)
{
	const struct kd_reg *r = register_of(d->fault, p->index_reg);
	const char *name = kd_dwarf_reg_name(d->fault->arch, p->index_reg);

	if (r)
		kd_buf_printf(t, "; %.*s = 0x%jx", KD_VARG(p->index), (uintmax_t)r->val);
	if (r && !kd_view_eq(p->index, kd_view_of(name)))
		kd_buf_printf(t, " (%s)", name);
	if (p->elements)
		kd_buf_printf(t, "%s the array has %ju element%s%s", r ? "," : ";", (uintmax_t)p->elements,
			      p->elements == 1 ? "" : "s", r && r->val >= p->elements ? ": outside of it" : "");
}

/* "either a->x (from …) or b->x (from …): rax = NULL"; "a->x with a = NULL (struct a *, in rax)" */
static void put_names(struct debug *d, const struct kd_operand *o, const struct kd_insn_mem *mem, struct kd_buf *t)
{
	const struct kd_operand_path *p = &o->v[0];
	const bool with = mem->base != KD_NOREG && !mem->pcrel;

	for (size_t i = 0; o->alternatives && i < o->n; i++) {
		kd_buf_printf(t, i ? " or " : "either ");
		put_from(d, &o->v[i], t);
	}
	if (o->alternatives) {
		kd_buf_printf(t, ": %s", base_of(d->fault)->name);
		put_value(t, base_of(d->fault));
		return;
	}
	kd_buf_printf(t, "%.*s", KD_VARG(p->text));
	if (!with)
		return;
	kd_buf_printf(t, " with %.*s", KD_VARG(p->base));
	put_value(t, base_of(d->fault));
	kd_buf_printf(t, " (%.*s%sin %s)", KD_VARG(p->base_type), p->base_type.n ? ", " : "", base_of(d->fault)->name);
}

static void put_operand(struct debug *d, const struct kd_operand *o, const struct kd_insn_mem *mem,
			struct kd_buf *t)
{
	const struct kd_operand_path *p = &o->v[0];

	kd_buf_printf(t, "%s ", d->fault->shadow.is || mem->read == mem->write ? "accesses" : mem->write ? "writes" : "reads");
	put_names(d, o, mem, t);
	if (p->index.n)
		put_index(d, p, t);
	if (p->owner.n && !o->alternatives)
		kd_buf_printf(t, "; %.*s is at offset 0x%jx of %.*s%s", KD_VARG(p->member), (uintmax_t)p->off,
			      KD_VARG(p->owner), p->whole ? "" : ", of which this is a part");
	if (p->scope.n && d->m.chain.n && !kd_view_eq(p->scope, d->m.chain.v[d->m.chain.n - 1].func))
		kd_buf_printf(t, "; a variable of %.*s", KD_VARG(p->scope));
	for (size_t i = 1; !o->alternatives && i < o->n; i++)
		kd_buf_printf(t, "%s%.*s", i == 1 ? "; also called " : ", ", KD_VARG(o->v[i].text));
}

static const char *doubt(const struct debug *d, const struct kd_operand_path *p)
{
	if (d->unsure)
		return "the debug info of this very build says otherwise";
	if (!d->code_same)
		return "the code that ran is not the file's";
	if (p->how != KD_OPERAND_VARIABLE)
		return "code between was patched, or entered from elsewhere";
	if (p->index.n)
		return "the index was not counted in elements of this array";
	return d->fault->state == KD_FAULT_PROVEN ? NULL : "the address was not the operand's";
}

static void say_ways(struct debug *d, const struct kd_operand *o)
{
	for (size_t i = 0; i < o->nsteps && o->v[0].how != KD_OPERAND_VARIABLE; i++) {
		struct kd_statement *s = kd_inv_say(d->b, KD_PART_LIKELY, "way", "%.*s at 0x%jx", KD_VARG(o->steps[i].text),
						    (uintmax_t)(o->steps[i].addr - d->m.sym.addr));

		kd_inv_refuted_by(d->b, s, "the code that ran is not the file's");
		kd_inv_at(d->b, s, d->fault->code_line);
	}
}

static void say_named(struct debug *d, const struct kd_operand *o, const struct kd_insn_mem *mem)
{
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(KD_INV_TEXT);
	const struct kd_fault *f = d->fault;
	const char *why = doubt(d, &o->v[0]);
	struct kd_statement *s;

	put_operand(d, o, mem, &t);
	if (d->from_file)
		kd_buf_printf(&t, "; by the file's code, the log has none");
	s = kd_inv_say(d->b, why ? KD_PART_LIKELY : KD_PART_PROVEN, "variable", "%.*s", KD_VARG(kd_buf_view(&t)));
	if (why)
		kd_inv_refuted_by(d->b, s, "%s", why);
	kd_inv_at(d->b, s, f->code_line);
	if (base_of(f)->known && mem->base != KD_NOREG)
		kd_inv_at(d->b, s, base_of(f)->line);
	if (!d->unsure && !f->shadow.is && mem->base != KD_NOREG && !mem->pcrel && mem->index == KD_NOREG && !o->alternatives)
		kd_inv_origin(&(struct kd_inv_debug){.b = d->b, .k = d->k, .types = d->types, .arch = f->arch}, d->set, &d->m, o,
			      base_of(f));
	say_ways(d, o);
}

static void say_operand(struct debug *d)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_operand_query q = {.k = d->k, .types = d->types, .arch = d->fault->arch, .pc = d->m.addr};
	struct kd_insn_mem mem;
	struct kd_operand o;

	if (!d->types || !operand_of(d->fault, &mem) || (d->code_known && !d->code_same))
		return;
	q.mem = &mem;
	q.has_base = mem.base != KD_NOREG && base_of(d->fault)->known && base_of(d->fault)->reg == mem.base;
	q.base = base_of(d->fault)->val;
	err = kd_operand(&q, d->b->arena, &o);
	if (err)
		return;
	d->b->f->operand_known = true;
	if (o.n)
		say_named(d, &o, &mem);
	else
		kd_inv_say(d->b, KD_PART_UNKNOWN, "operand", "which variable %s was: %s",
			   base_of(d->fault)->name ? base_of(d->fault)->name : d->fault->op[d->fault->which].text, o.why);
}

/* --- variables that are alive ------------------------------------------------------------- */

/* An inner scope has a variable of that name, whatever became of it: the line in front of the reader means that one. */
static const struct kd_var *hidden_by(const struct kd_vars *vars, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (kd_view_eq(vars->v[k].name, vars->v[i].name))
			return &vars->v[k];
	return NULL;
}

/* " of seq_printf" for one of an outer function; false: nobody can see it at this line. */
static bool owner_of(const struct debug *d, const struct kd_vars *vars, size_t i, struct kd_view *ret)
{
	const struct kd_var *inner = hidden_by(vars, i);

	*ret = KD_VNULL;
	if (!inner)
		return true;
	if (inner->inlined == vars->v[i].inlined || vars->links - vars->v[i].inlined >= d->m.chain.n)
		return false;
	*ret = d->m.chain.v[vars->links - vars->v[i].inlined].func;
	return true;
}

static void say_live(struct debug *d)
{
	const struct kd_fault *f = d->fault;
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(KD_INV_TEXT);
	struct kd_statement *s;
	struct kd_vars vars;
	struct kd_view owner;
	size_t shown = 0, gone = 0;

	if (!d->types || !kd_vars_at(d->k, d->m.addr, d->b->arena, &vars))
		return;
	for (size_t i = 0; i < vars.n; i++) {
		const struct kd_var *v = &vars.v[i];
		const struct kd_reg *r = v->place.kind == KD_PLACE_REG ? register_of(f, v->place.reg) : NULL;

		gone += v->place.kind == KD_PLACE_GONE || v->place.kind == KD_PLACE_ELSEWHERE;
		if (!r || !v->name.n || kd_view_starts(v->name, KD_V("__")) || shown == LIVE_MAX ||
		    !owner_of(d, &vars, i, &owner))
			continue;
		kd_buf_printf(&t, "%s%.*s%s%.*s = 0x%jx (%.*s)", shown++ ? ", " : "", KD_VARG(v->name), owner.n ? " of " : "",
			      KD_VARG(owner), (uintmax_t)r->val, KD_VARG(r->name));
	}
	if (!shown)
		return;
	s = kd_inv_say(d->b, d->unsure || !d->code_same ? KD_PART_LIKELY : KD_PART_PROVEN, "variables",
		       "%.*s%s", KD_VARG(kd_buf_view(&t)),
		       gone ? "; the others are optimised out here" : "");
	if (d->unsure || !d->code_same)
		kd_inv_refuted_by(d->b, s, "the code that ran is not the file's");
	kd_inv_at(d->b, s, f->set->line);
}

/* --- the stack ---------------------------------------------------------------------------- */

static void put_frame(struct debug *d, const struct kd_frame *f, struct kd_buf *t, size_t *n)
{
	struct kd_kdx *k;
	struct kd_match m;
	size_t several;

	if (!f->reliable || f->inlined || !match(d, f, &k, &m, &several) || !m.chain.n)
		return;
	if ((*n)++)
		kd_buf_printf(t, " < ");
	for (size_t i = 0; i + 1 < m.chain.n; i++) {
		kd_buf_printf(t, "[%.*s ", KD_VARG(m.chain.v[i].func));
		put_src(t, &m.chain.v[i].at);
		kd_buf_printf(t, "] < ");
	}
	kd_buf_printf(t, "%.*s ", KD_VARG(kd_view_head(kd_demangle(d->b->arena, m.sym.name), 256)));
	put_src(t, &m.chain.v[m.chain.n - 1].at);
}

static void say_stack(struct debug *d)
{
	const struct kd_stack *st = kd_inv_stack_of(d->b->r, KD_STACK_CRASH);
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(KD_INV_TEXT - 100);
	struct kd_statement *s;
	size_t n = 0;

	for (size_t i = 0; st && i < st->nframes && i < STACK_MAX && !t.overflow; i++)
		put_frame(d, &st->frames[i], &t, &n);
	if (!n)
		return;
	s = kd_inv_say(d->b, d->unsure ? KD_PART_LIKELY : KD_PART_PROVEN, "lines", "%.*s%s", KD_VARG(kd_buf_view(&t)),
		       t.overflow ? " … (kdoc decode has all)" : "");
	if (d->unsure)
		kd_inv_refuted_by(d->b, s, "the debug info of this very build says otherwise");
	kd_inv_at(d->b, s, st->line);
	d->b->f->lines_known = true;
}

/* --- all of it ---------------------------------------------------------------------------- */

static void open_types(struct debug *d)
{
	kd_auto(kd_error_freep) struct kd_error *err = kd_btf_open(kd_kdx_types(d->k), NULL, &d->btf);

	if (!err)
		d->types = kd_types_new(&d->btf, 0);
}

/* Reports whose pc says nothing: a check of KASAN, a jump to a bad address. */
static void say_calls(struct debug *d)
{
	const struct kd_report *r = d->b->r;
	const struct kd_stack *st = kd_inv_stack_of(r, KD_STACK_CRASH);
	const struct kd_frame *f = NULL;
	struct kd_inv_debug in = {.b = d->b, .arch = kd_arch_by_name(r->arch)};
	struct kd_match m;
	size_t several;

	if (kd_inv_is(r, "kasan") && r->has_where)
		f = &r->where;
	for (size_t i = 0; !f && r->access.exec && st && i < st->nframes; i++)
		if (st->frames[i].reliable)
			f = &st->frames[i];
	if (!f || !match(d, f, &d->k, &m, &several) || kd_symset_unsure(d->set, f->module))
		return;
	if (!d->types)
		open_types(d);
	in.k = d->k;
	in.types = d->types;
	if (f == &r->where)
		kd_inv_checked_access(&in, &m);
	else
		kd_inv_called_through(&in, &m, f->line);
}

void kd_inv_debug(struct kd_inv_build *b, struct kd_symset *set)
{
	kd_auto(close_debug) struct debug d = {.b = b, .set = set};
	const struct kd_fault *f = b->f->fault;
	size_t several = 0;

	d.fault = f;
	if (f && f->set && f->set->has_ip && !f->set->user &&
	    match(&d, &f->set->ip, &d.k, &d.m, &several)) {
		d.unsure = kd_symset_unsure(set, f->set->ip.module);
		code_of_file(&d);
		compare_code(&d);
		open_types(&d);
		say_match(&d);
		if (!d.unsure)
			kd_inv_bytes(&(struct kd_inv_debug){.b = b, .k = d.k, .arch = f->arch}, &d.m,
				     d.compared ? &d.compare : NULL);
		say_line(&d);
		say_operand(&d);
		say_live(&d);
	} else {
		say_match(&d);
		if (several > 1)
			kd_inv_say(b, KD_PART_UNKNOWN, "function",
				   "which of %zu functions of that name and size the pc is in", several);
		say_calls(&d);
	}
	say_stack(&d);
	kd_inv_edges(&(struct kd_inv_debug){.b = b, .arch = kd_arch_by_name(b->r->arch)}, set);
}
