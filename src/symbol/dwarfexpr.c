// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/dwarfexpr.h"

#include "base/cursor.h"

/* DW_OP_… of DWARF 5, table 7.9, and GNU's of before it. */
enum {
	OP_ADDR = 0x03, OP_DEREF = 0x06, OP_CONST1U = 0x08, OP_CONST8S = 0x0f, OP_CONSTU, OP_CONSTS, OP_DUP, OP_DROP, OP_OVER, OP_PICK,
	OP_SWAP, OP_ROT, OP_ABS = 0x19, OP_AND, OP_DIV, OP_MINUS, OP_MOD, OP_MUL, OP_NEG, OP_NOT, OP_OR, OP_PLUS, OP_PLUS_UCONST,
	OP_SHL, OP_SHR, OP_SHRA, OP_XOR, OP_BRA, OP_EQ, OP_GE, OP_GT, OP_LE, OP_LT, OP_NE, OP_SKIP, OP_LIT0, OP_LIT31 = 0x4f,
	OP_REG0, OP_REG31 = 0x6f, OP_BREG0, OP_BREG31 = 0x8f, OP_REGX, OP_FBREG, OP_BREGX, OP_PIECE, OP_DEREF_SIZE, OP_NOP = 0x96,
	OP_CALL_FRAME_CFA = 0x9c, OP_BIT_PIECE, OP_IMPLICIT_VALUE, OP_STACK_VALUE, OP_IMPLICIT_POINTER, OP_ENTRY_VALUE = 0xa3,
	OP_CONST_TYPE, OP_REGVAL_TYPE, OP_DEREF_TYPE, OP_CONVERT = 0xa8, OP_REINTERPRET, OP_GNU_IMPLICIT_POINTER = 0xf2,
	OP_GNU_ENTRY_VALUE, OP_GNU_CONST_TYPE, OP_GNU_REGVAL_TYPE, OP_GNU_DEREF_TYPE, OP_GNU_CONVERT, OP_GNU_REINTERPRET = 0xf9,
};

struct machine {
	const struct kd_dx_env *env;
	struct kd_cursor c;
	struct kd_dx_place *to;
	uint64_t v[KD_DX_STACK];
	unsigned n, steps;
	struct kd_dx_piece at; /* a place that was named: a register, a value; kind NOWHERE: none yet */
	bool placed;
};

static bool fail(struct machine *m, enum kd_dx_why why)
{
	m->to->why = (uint8_t)why;
	return false;
}

static bool fail_reg(struct machine *m, enum kd_dx_why why, uint64_t reg)
{
	m->to->reg = reg > UINT16_MAX ? UINT16_MAX : (uint16_t)reg;
	return fail(m, why);
}

static bool fail_at(struct machine *m, enum kd_dx_why why, uint64_t addr)
{
	m->to->addr = addr;
	return fail(m, why);
}

static bool fail_op(struct machine *m, enum kd_dx_why why, uint8_t op)
{
	m->to->op = op;
	return fail(m, why);
}

static bool push(struct machine *m, uint64_t v)
{
	if (m->n == KD_DX_STACK)
		return fail(m, KD_DX_LIMIT);
	m->v[m->n++] = v;
	return true;
}

static bool pop(struct machine *m, uint64_t *ret)
{
	if (!m->n)
		return fail(m, KD_DX_DAMAGED);
	*ret = m->v[--m->n];
	return true;
}

static bool uleb(struct machine *m, uint64_t *ret)
{
	return kd_cursor_next_uleb128(&m->c, ret) || fail(m, KD_DX_DAMAGED);
}

static bool sleb(struct machine *m, int64_t *ret)
{
	return kd_cursor_next_sleb128(&m->c, ret) || fail(m, KD_DX_DAMAGED);
}

/* --- what is known of the machine --------------------------------------------------------------------- */

static bool reg_value(struct machine *m, uint64_t reg, uint64_t *ret)
{
	if (reg <= UINT16_MAX && m->env->reg && m->env->reg(m->env->user, (unsigned)reg, ret))
		return true;
	return fail_reg(m, KD_DX_REGISTER, reg);
}

/* A register and a number. */
static bool based(struct machine *m, uint64_t reg)
{
	uint64_t v;
	int64_t off;

	return sleb(m, &off) && reg_value(m, reg, &v) && push(m, v + (uint64_t)off);
}

static bool frame_base(struct machine *m, uint64_t off)
{
	return m->env->has_cfa ? push(m, m->env->cfa + off) : fail(m, KD_DX_CFA);
}

static bool fetch(struct machine *m, unsigned size)
{
	uint64_t addr, v;

	if (!size || size > 8)
		return fail(m, KD_DX_DAMAGED);
	if (!pop(m, &addr))
		return false;
	if (!m->env->read || !m->env->read(m->env->user, addr, size, &v))
		return fail_at(m, KD_DX_MEMORY, addr);
	return push(m, v);
}

static bool address(struct machine *m)
{
	uint64_t file, v;

	if (!kd_cursor_next_uint(&m->c, 8, &file))
		return fail(m, KD_DX_DAMAGED);
	if (!m->env->address || !m->env->address(m->env->user, file, &v))
		return fail_at(m, KD_DX_ADDRESS, file);
	return push(m, v);
}

/* What one register held at the entry; other expressions are not said to be known there. */
static bool entry_value(struct machine *m)
{
	struct kd_view inner;
	struct kd_cursor c;
	uint64_t n, reg, v;
	uint8_t op;

	if (!uleb(m, &n) || n > kd_cursor_left(&m->c) || !kd_cursor_next_bytes(&m->c, (size_t)n, &inner))
		return fail(m, KD_DX_DAMAGED);
	c = kd_cursor_of(inner, 0, false);
	if (!kd_cursor_next_u8(&c, &op))
		return fail(m, KD_DX_DAMAGED);
	if (op >= OP_REG0 && op <= OP_REG31)
		reg = op - OP_REG0;
	else if (op != OP_REGX || !kd_cursor_next_uleb128(&c, &reg))
		return fail_op(m, KD_DX_UNKNOWN, OP_ENTRY_VALUE);
	if (kd_cursor_left(&c))
		return fail_op(m, KD_DX_UNKNOWN, OP_ENTRY_VALUE);
	if (reg > UINT16_MAX || !m->env->entry || !m->env->entry(m->env->user, (unsigned)reg, &v))
		return fail_reg(m, KD_DX_ENTRY, reg);
	return push(m, v);
}

/* --- numbers ------------------------------------------------------------------------------------------- */

static bool constant(struct machine *m, uint8_t op)
{
	const unsigned size = 1U << (op - OP_CONST1U) / 2;
	uint64_t u;

	if (!kd_cursor_next_uint(&m->c, size, &u))
		return fail(m, KD_DX_DAMAGED);
	if (size < 8 && (op - OP_CONST1U) & 1) /* signed */
		u = (uint64_t)((int64_t)(u << (64 - 8 * size)) >> (64 - 8 * size));
	return push(m, u);
}

static bool stack_op(struct machine *m, uint8_t op)
{
	uint8_t deep = op == OP_OVER;
	uint64_t a, b, c;

	switch (op) {
	case OP_DROP:
		return pop(m, &a);
	case OP_SWAP:
		return pop(m, &a) && pop(m, &b) && push(m, a) && push(m, b);
	case OP_ROT:
		return pop(m, &a) && pop(m, &b) && pop(m, &c) && push(m, a) && push(m, c) && push(m, b);
	case OP_PICK:
		if (!kd_cursor_next_u8(&m->c, &deep))
			return fail(m, KD_DX_DAMAGED);
		break;
	default:
		break;
	}
	return deep < m->n ? push(m, m->v[m->n - 1 - deep]) : fail(m, KD_DX_DAMAGED);
}

static bool unary(struct machine *m, uint8_t op)
{
	uint64_t a, plus = 0;

	if (!pop(m, &a) || (op == OP_PLUS_UCONST && !uleb(m, &plus)))
		return false;
	switch (op) {
	case OP_ABS:
		return push(m, (int64_t)a < 0 ? 0 - a : a);
	case OP_NEG:
		return push(m, 0 - a);
	case OP_NOT:
		return push(m, ~a);
	default:
		return push(m, a + plus);
	}
}

/* In the generic type: of an address's width; division and comparisons are signed, modulo is not (2.5.1.4). */
static bool divide(struct machine *m, uint8_t op, uint64_t a, uint64_t b)
{
	if (!b)
		return fail(m, KD_DX_DAMAGED);
	if (op == OP_MOD)
		return push(m, a % b);
	return push(m, b == UINT64_MAX ? 0 - a : (uint64_t)((int64_t)a / (int64_t)b));
}

static uint64_t shift(uint8_t op, uint64_t a, uint64_t b)
{
	if (op == OP_SHRA)
		return (uint64_t)((int64_t)a >> (b > 63 ? 63 : b));
	if (b > 63)
		return 0;
	return op == OP_SHL ? a << b : a >> b;
}

static bool compare(uint8_t op, int64_t a, int64_t b)
{
	switch (op) {
	case OP_EQ:
		return a == b;
	case OP_GE:
		return a >= b;
	case OP_GT:
		return a > b;
	case OP_LE:
		return a <= b;
	case OP_LT:
		return a < b;
	default:
		return a != b;
	}
}

static bool binary(struct machine *m, uint8_t op)
{
	uint64_t a, b;

	if (!pop(m, &b) || !pop(m, &a))
		return false;
	switch (op) {
	case OP_AND:
		return push(m, a & b);
	case OP_OR:
		return push(m, a | b);
	case OP_XOR:
		return push(m, a ^ b);
	case OP_PLUS:
		return push(m, a + b);
	case OP_MINUS:
		return push(m, a - b);
	case OP_MUL:
		return push(m, a * b);
	case OP_DIV:
	case OP_MOD:
		return divide(m, op, a, b);
	case OP_SHL:
	case OP_SHR:
	case OP_SHRA:
		return push(m, shift(op, a, b));
	default:
		return push(m, compare(op, (int64_t)a, (int64_t)b));
	}
}

static bool jump(struct machine *m, bool always)
{
	uint16_t by;
	uint64_t a = 1, pos;

	if (!kd_cursor_next_u16le(&m->c, &by) || (!always && !pop(m, &a)))
		return fail(m, KD_DX_DAMAGED);
	if (!a)
		return true;
	pos = m->c.pos + (uint64_t)(int64_t)(int16_t)by;
	return (pos <= m->c.data.n && kd_cursor_seek(&m->c, (size_t)pos)) || fail(m, KD_DX_DAMAGED);
}

/* --- places -------------------------------------------------------------------------------------------- */

static bool place(struct machine *m, struct kd_dx_piece at)
{
	if (m->placed)
		return fail(m, KD_DX_DAMAGED);
	m->placed = true;
	m->at = at;
	return true;
}

static bool in_register(struct machine *m, uint64_t reg)
{
	uint64_t v;

	return reg_value(m, reg, &v) && place(m, (struct kd_dx_piece){.kind = KD_DX_REG, .reg = (uint16_t)reg, .value = v});
}

static bool stack_value(struct machine *m)
{
	uint64_t v;

	return pop(m, &v) && place(m, (struct kd_dx_piece){.kind = KD_DX_VALUE, .value = v});
}

static bool implicit_value(struct machine *m)
{
	struct kd_view bytes;
	uint64_t n;

	if (!uleb(m, &n) || n > kd_cursor_left(&m->c) || !kd_cursor_next_bytes(&m->c, (size_t)n, &bytes))
		return fail(m, KD_DX_DAMAGED);
	return place(m, (struct kd_dx_piece){.kind = KD_DX_BYTES, .bytes = bytes});
}

/* The place that was named since the last piece: without any it is memory at the address on top, or nowhere. */
static bool finish(struct machine *m, uint64_t bits, uint64_t skip)
{
	struct kd_dx_piece at = m->at;

	if (m->to->n == KD_DX_PIECES)
		return fail(m, KD_DX_LIMIT);
	if (!m->placed && m->n) {
		at = (struct kd_dx_piece){.kind = KD_DX_MEM, .value = m->v[--m->n]};
	} else if (!m->placed) {
		at = (struct kd_dx_piece){.kind = KD_DX_NOWHERE};
	}
	at.bits = bits;
	at.skip = skip;
	m->to->v[m->to->n++] = at;
	m->placed = false;
	m->at = (struct kd_dx_piece){.kind = KD_DX_NOWHERE};
	return true;
}

static bool piece(struct machine *m, bool of_bits)
{
	uint64_t size, skip = 0;

	if (!uleb(m, &size) || (of_bits && !uleb(m, &skip)))
		return false;
	if (!size || size > UINT32_MAX || skip > UINT32_MAX)
		return fail(m, KD_DX_DAMAGED);
	return finish(m, of_bits ? size : size * 8, skip);
}

/* --- operations ---------------------------------------------------------------------------------------- */

static bool is_typed(uint8_t op)
{
	return (op >= OP_CONST_TYPE && op <= OP_REINTERPRET) || (op >= OP_GNU_CONST_TYPE && op <= OP_GNU_REINTERPRET);
}

/* Those that name a register, memory, or a place. */
static bool other(struct machine *m, uint8_t op)
{
	uint64_t reg;
	int64_t off;
	uint8_t size;

	switch (op) {
	case OP_REGX:
		return uleb(m, &reg) && in_register(m, reg);
	case OP_BREGX:
		return uleb(m, &reg) && based(m, reg);
	case OP_FBREG:
		return sleb(m, &off) && frame_base(m, (uint64_t)off);
	case OP_CALL_FRAME_CFA:
		return frame_base(m, 0);
	case OP_DEREF_SIZE:
		return kd_cursor_next_u8(&m->c, &size) ? fetch(m, size) : fail(m, KD_DX_DAMAGED);
	case OP_PIECE:
	case OP_BIT_PIECE:
		return piece(m, op == OP_BIT_PIECE);
	case OP_STACK_VALUE:
		return stack_value(m);
	case OP_IMPLICIT_VALUE:
		return implicit_value(m);
	case OP_ENTRY_VALUE:
	case OP_GNU_ENTRY_VALUE:
		return entry_value(m);
	case OP_IMPLICIT_POINTER:
	case OP_GNU_IMPLICIT_POINTER:
		return fail(m, KD_DX_POINTER);
	case OP_NOP:
		return true;
	default:
		return fail_op(m, is_typed(op) ? KD_DX_TYPED : KD_DX_UNKNOWN, op);
	}
}

static bool number(struct machine *m, uint8_t op)
{
	uint64_t u;
	int64_t s;

	switch (op) {
	case OP_ADDR:
		return address(m);
	case OP_DEREF:
		return fetch(m, 8);
	case OP_CONSTU:
		return uleb(m, &u) && push(m, u);
	case OP_CONSTS:
		return sleb(m, &s) && push(m, (uint64_t)s);
	case OP_BRA:
	case OP_SKIP:
		return jump(m, op == OP_SKIP);
	case OP_ABS:
	case OP_NEG:
	case OP_NOT:
	case OP_PLUS_UCONST:
		return unary(m, op);
	default:
		break;
	}
	if (op >= OP_CONST1U && op <= OP_CONST8S)
		return constant(m, op);
	if (op >= OP_DUP && op <= OP_ROT)
		return stack_op(m, op);
	if (op >= OP_AND && op <= OP_NE)
		return binary(m, op);
	return fail_op(m, KD_DX_UNKNOWN, op);
}

static bool step(struct machine *m)
{
	uint8_t op;

	if (++m->steps > KD_DX_STEPS)
		return fail(m, KD_DX_LIMIT);
	if (!kd_cursor_next_u8(&m->c, &op))
		return fail(m, KD_DX_DAMAGED);
	if (m->placed && op != OP_PIECE && op != OP_BIT_PIECE)
		return fail(m, KD_DX_DAMAGED); /* a place is followed by the next piece, or by nothing */
	if (op < OP_LIT0)
		return number(m, op);
	if (op <= OP_LIT31)
		return push(m, op - OP_LIT0);
	if (op <= OP_REG31)
		return in_register(m, op - OP_REG0);
	if (op <= OP_BREG31)
		return based(m, op - OP_BREG0);
	return other(m, op);
}

enum kd_dx_why kd_dx_eval(const struct kd_dx_env *env, struct kd_view expr, struct kd_dx_place *ret)
{
	struct machine m = {.env = env, .c = kd_cursor_of(expr, 0, false), .to = ret};

	*ret = (struct kd_dx_place){.n = 0};
	if (env->has_first)
		m.v[m.n++] = env->first;
	while (kd_cursor_left(&m.c))
		if (!step(&m))
			return ret->why;
	if ((m.placed || m.n || !ret->n) && !(ret->n ? fail(&m, KD_DX_DAMAGED) : finish(&m, 0, 0)))
		return ret->why;
	return KD_DX_OK;
}
