// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/locals.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "format/elfcore.h"
#include "symbol/dwarfexpr.h"
#include "symbol/insn.h"

enum { REGS = 33 }; /* those that DWARF numbers, of both machines */

struct reading {
	const struct kd_locals_query *q;
	struct kd_arena *arena;
	struct kd_space_miss miss; /* of the last read that failed */
	unsigned char *bytes; /* KD_LOCAL_BYTES of them */
	bool full; /* the arena is */
	bool by_caller; /* the expression in hand took an entry value */
};

const char *kd_local_state_name(enum kd_local_state s)
{
	static const char *const names[KD_LOCAL_NSTATES] = {
		[KD_LOCAL_READ] = "read",
		[KD_LOCAL_OPTIMISED_OUT] = "optimised_out",
		[KD_LOCAL_IN_PART] = "optimised_out_in_part",
		[KD_LOCAL_REGISTER_LOST] = "register_lost",
		[KD_LOCAL_ENTRY_LOST] = "entry_value_lost",
		[KD_LOCAL_MEMORY_MISSING] = "memory_missing",
		[KD_LOCAL_FRAME_LOST] = "frame_lost",
		[KD_LOCAL_NOT_EVALUATED] = "not_evaluated",
	};

	return names[s];
}

bool kd_stack_cfa(const struct kd_core_stack *st, size_t i, uint64_t *ret)
{
	const struct kd_core_frame *next = &st->v[i] + 1;

	if (st->v[i].guessed)
		return false;
	if (st->v[i].has_cfa) {
		*ret = st->v[i].cfa;
		return true;
	}
	if (i + 1 >= st->n || next->guessed)
		return false;
	if (next->how == KD_FRAME_RECORD && next->at && kd_core_regs_has(next->at, KD_A64_SP)) { /* x86_64 has no such number */
		*ret = next->at->r[KD_A64_SP];
		return true;
	}
	*ret = next->sp;
	return next->how == KD_FRAME_ORC || (next->how == KD_FRAME_RECORD && next->at && kd_core_regs_has(next->at, KD_RSP));
}

/* --- what an expression asks for ----------------------------------------------------------------------- */

static bool reg_value(void *user, unsigned reg, uint64_t *ret)
{
	const struct reading *r = user;

	if (reg >= REGS || !r->q->regs || !kd_core_regs_has(r->q->regs, reg))
		return false;
	*ret = r->q->regs->r[reg];
	return true;
}

static bool entry_value(void *user, unsigned reg, uint64_t *ret)
{
	struct reading *r = user;

	if (!r->q->entry || !r->q->entry(r->q->user, reg, ret))
		return false;
	r->by_caller = true;
	return true;
}

static bool memory(void *user, uint64_t addr, unsigned size, uint64_t *ret)
{
	struct reading *r = user;
	unsigned char b[8] = {0};

	if (!kd_space_read(r->q->space, addr, b, size, &r->miss))
		return false;
	*ret = 0;
	for (unsigned i = 0; i < size; i++)
		*ret |= (uint64_t)b[i] << 8 * i;
	return true;
}

static bool address(void *user, uint64_t file, uint64_t *ret)
{
	const struct reading *r = user;

	return r->q->address && r->q->address(r->q->user, file, ret);
}

/* --- words for what is not there ----------------------------------------------------------------------- */

static void lost(struct reading *r, struct kd_local *l, enum kd_local_state state, struct kd_view why)
{
	l->state = (uint8_t)state;
	l->why = why;
	r->full |= !why.p;
}

static const char *reg_name(const struct reading *r, unsigned reg)
{
	const char *name = kd_dwarf_reg_name(kd_space_machine(r->q->space) == KD_EM_AARCH64 ? KD_ARCH_ARM64 : KD_ARCH_X86_64, reg);

	return name ? name : "a register without a name";
}

static void no_memory(struct reading *r, struct kd_local *l, uint64_t addr)
{
	l->addr = addr;
	lost(r, l, KD_LOCAL_MEMORY_MISSING,
	     kd_arena_printf(r->arena, "the memory at 0x%" PRIx64 ": %s", addr, kd_space_why(&r->miss)));
}

static void no_place(struct reading *r, struct kd_local *l, const struct kd_dx_place *p)
{
	switch (p->why) {
	case KD_DX_REGISTER:
		l->reg = p->reg;
		lost(r, l, KD_LOCAL_REGISTER_LOST, kd_arena_printf(r->arena, "register %s is not known here", reg_name(r, p->reg)));
		break;
	case KD_DX_ENTRY:
		l->reg = p->reg;
		lost(r, l, KD_LOCAL_ENTRY_LOST,
		     kd_arena_printf(r->arena, "what %s held when the function was entered is not known", reg_name(r, p->reg)));
		break;
	case KD_DX_MEMORY:
		no_memory(r, l, p->addr);
		break;
	case KD_DX_CFA:
		lost(r, l, KD_LOCAL_FRAME_LOST, KD_V("where its frame begins is not known"));
		break;
	case KD_DX_ADDRESS:
		lost(r, l, KD_LOCAL_NOT_EVALUATED,
		     kd_arena_printf(r->arena, "where 0x%" PRIx64 " of the file is in memory is not known", p->addr));
		break;
	case KD_DX_TYPED:
		lost(r, l, KD_LOCAL_NOT_EVALUATED, KD_V("its expression is of typed values, whose types the index does not have"));
		break;
	case KD_DX_POINTER:
		lost(r, l, KD_LOCAL_OPTIMISED_OUT, KD_V("what it points to is optimised out"));
		break;
	default:
		lost(r, l, KD_LOCAL_NOT_EVALUATED, kd_arena_printf(r->arena, "its expression is not understood (operation 0x%02x)", p->op));
	}
}

/* --- bytes --------------------------------------------------------------------------------------------- */

static void put_bits(unsigned char *to, uint64_t at, const unsigned char *from, uint64_t skip, uint64_t bits)
{
	for (uint64_t i = 0; i < bits; i++)
		if (from[(skip + i) / 8] >> (skip + i) % 8 & 1)
			to[(at + i) / 8] |= (unsigned char)(1u << (at + i) % 8);
}

/* The bits of a piece, from bit `at` of the variable on; false: l says why not. */
static bool put_piece(struct reading *r, struct kd_local *l, const struct kd_dx_piece *p, uint64_t at, uint64_t bits)
{
	unsigned char word[8], *from = word;
	const uint64_t n = (p->skip + bits + 7) / 8;
	kd_auto(kd_freep) unsigned char *room = NULL;

	switch (p->kind) {
	case KD_DX_NOWHERE:
		lost(r, l, KD_LOCAL_IN_PART, KD_V("parts of it are optimised out"));
		return false;
	case KD_DX_MEM:
		if (n > KD_LOCAL_BYTES)
			break;
		room = kd_xmalloc(n);
		from = room;
		if (!kd_space_read(r->q->space, p->value, from, n, &r->miss)) {
			no_memory(r, l, r->miss.addr);
			return false;
		}
		put_bits(r->bytes, at, from, p->skip, bits);
		return true;
	case KD_DX_BYTES:
		if (n > p->bytes.n)
			break;
		put_bits(r->bytes, at, (const unsigned char *)p->bytes.p, p->skip, bits);
		return true;
	default:
		if (n > sizeof(word))
			break;
		for (unsigned i = 0; i < 8; i++)
			word[i] = (unsigned char)(p->value >> 8 * i);
		put_bits(r->bytes, at, from, p->skip, bits);
		return true;
	}
	lost(r, l, KD_LOCAL_NOT_EVALUATED, KD_V("its pieces are larger than what they are said to lie in"));
	return false;
}

/* All bytes of the variable into r->bytes. */
static bool gather(struct reading *r, struct kd_local *l, const struct kd_dx_place *p, uint64_t size)
{
	uint64_t at = 0;

	memset(r->bytes, 0, size);
	if (p->n == 1 && !p->v[0].bits) {
		if (p->v[0].kind == KD_DX_NOWHERE) {
			lost(r, l, KD_LOCAL_OPTIMISED_OUT, KD_V("it has no place"));
			return false;
		}
		l->has_reg = p->v[0].kind == KD_DX_REG;
		l->reg = p->v[0].reg;
		l->addr = p->v[0].kind == KD_DX_MEM ? p->v[0].value : 0;
		return put_piece(r, l, &p->v[0], 0, size * 8);
	}
	for (uint32_t i = 0; i < p->n && at < size * 8; i++) {
		const uint64_t left = size * 8 - at, bits = p->v[i].bits < left ? p->v[i].bits : left;

		if (!put_piece(r, l, &p->v[i], at, bits))
			return false;
		at += bits;
	}
	if (at < size * 8)
		lost(r, l, KD_LOCAL_IN_PART, KD_V("parts of it are optimised out"));
	return at == size * 8;
}

/* --- one variable -------------------------------------------------------------------------------------- */

static bool text_at(void *user, uint64_t addr, size_t max, char *ret)
{
	const struct reading *r = user;
	size_t n = 0;

	for (; n + 1 < max; n++)
		if (!kd_space_read(r->q->space, addr + n, ret + n, 1, NULL))
			return false;
		else if (!ret[n])
			return true;
	ret[n] = '\0';
	return true;
}

static bool name_at(void *user, uint64_t addr, struct kd_buf *out)
{
	const struct reading *r = user;

	return r->q->name && r->q->name(r->q->user, addr, out);
}

static void put_value(struct reading *r, struct kd_local *l, uint32_t type, uint64_t size)
{
	const struct kd_brief_how how = {.user = r, .text = text_at, .name = name_at};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(KD_LOCAL_TEXT);

	l->state = KD_LOCAL_READ;
	l->bytes = kd_arena_view(r->arena, kd_view((const char *)r->bytes, size));
	if (kd_brief(r->q->types, type, l->bytes, &how, &b))
		l->value = kd_arena_view(r->arena, kd_buf_view(&b));
	l->has_number = kd_brief_number(r->q->types, type, l->bytes, &l->number, &l->is_signed);
	r->full |= !l->bytes.p || !l->value.p;
}

static void evaluate(struct reading *r, const struct kd_var *v, struct kd_local *l)
{
	const struct kd_dx_env env = {.user = r, .reg = reg_value, .entry = entry_value, .read = memory, .address = address,
				      .has_cfa = r->q->has_cfa, .cfa = r->q->cfa};
	struct kd_dx_place p;
	uint64_t size;

	if (v->place.kind == KD_PLACE_GONE || v->place.kind == KD_PLACE_ELSEWHERE) {
		l->state = KD_LOCAL_OPTIMISED_OUT;
		return;
	}
	if (!v->type || !kd_types_size(r->q->types, v->type, &size)) {
		lost(r, l, KD_LOCAL_NOT_EVALUATED, KD_V("its type has no size"));
		return;
	}
	if (size > KD_LOCAL_BYTES) {
		lost(r, l, KD_LOCAL_NOT_EVALUATED, kd_arena_printf(r->arena, "it has %" PRIu64 " bytes: too many", size));
		return;
	}
	r->by_caller = false;
	if (kd_dx_eval(&env, v->place.expr, &p) != KD_DX_OK)
		no_place(r, l, &p);
	else if (gather(r, l, &p, size))
		put_value(r, l, v->type, size);
	l->by_caller = r->by_caller;
}

static void describe(struct reading *r, const struct kd_var *v, struct kd_local *l)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(KD_LOCAL_TEXT);

	*l = (struct kd_local){.name = kd_arena_view(r->arena, v->name), .param = v->param, .depth = v->depth, .inlined = v->inlined};
	kd_types_declare(r->q->types, v->type, v->name, &b);
	l->decl = kd_arena_view(r->arena, kd_buf_view(&b));
	r->full |= !l->decl.p || !l->name.p;
}

struct kd_error *kd_locals_read(const struct kd_locals_query *q, struct kd_arena *arena, struct kd_locals *ret)
{
	struct reading r = {.q = q, .arena = arena};
	kd_auto(kd_freep) unsigned char *bytes = kd_xmalloc(KD_LOCAL_BYTES);
	struct kd_locals l = {0};
	struct kd_vars vars;

	r.bytes = bytes;
	*ret = l;
	if (!kd_vars_at(q->kdx, q->at, q->scratch, &vars))
		return NULL;
	l = (struct kd_locals){.links = vars.links, .limited = vars.limited, .v = kd_arena_array(arena, vars.n, struct kd_local)};
	if (vars.n && !l.v)
		return kd_error_new(KD_LIMIT, "no room for local variables");
	for (int params = 1; params >= 0; params--)
		for (size_t i = 0; i < vars.n && !r.full; i++) {
			if (vars.v[i].param != params || !vars.v[i].name.n)
				continue;
			describe(&r, &vars.v[i], &l.v[l.n]);
			evaluate(&r, &vars.v[i], &l.v[l.n++]);
		}
	if (r.full)
		return kd_error_new(KD_LIMIT, "no room for local variables");
	*ret = l;
	return NULL;
}
