// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/cfi.h"

#include "base/alloc.h"
#include "format/elfcore.h"

/* DW_EH_PE_…: the low four bits are how it is written, the next three what it counts from. */
enum { PE_ABS, PE_ULEB, PE_U2, PE_U4, PE_U8, PE_SLEB = 9, PE_S2, PE_S4, PE_S8, PE_PCREL = 0x10, PE_APPLIED = 0x70, PE_INDIRECT = 0x80, PE_OMIT = 0xff };

enum { AUGMENTATION_MAX = 16 };

/* --- entries ------------------------------------------------------------------------------------------ */

static bool damaged(struct kd_cfi_reader *r, const char *why)
{
	r->damaged++;
	if (!r->why)
		r->why = why;
	return false;
}

static uint64_t extend(uint64_t v, unsigned bytes)
{
	const unsigned shift = 64 - 8 * bytes;

	return (uint64_t)((int64_t)(v << shift) >> shift);
}

static bool number(struct kd_cursor *c, uint8_t format, uint8_t address_size, uint64_t *ret)
{
	int64_t s;
	unsigned n;

	switch (format) {
	case PE_ULEB:
		return kd_cursor_next_uleb128(c, ret);
	case PE_SLEB:
		if (!kd_cursor_next_sleb128(c, &s))
			return false;
		*ret = (uint64_t)s;
		return true;
	case PE_ABS:
		return kd_cursor_next_uint(c, address_size, ret);
	case PE_U2:
	case PE_U4:
	case PE_U8:
		return kd_cursor_next_uint(c, 1u << (format - 1), ret);
	case PE_S2:
	case PE_S4:
	case PE_S8:
		n = 1u << (format - PE_S2 + 1);
		if (!kd_cursor_next_uint(c, n, ret))
			return false;
		*ret = extend(*ret, n);
		return true;
	default:
		return false;
	}
}

/* An address as the encoding says; here: where the cursor stands is at memory address `here`. */
static bool pointer(struct kd_cursor *c, const struct kd_cfi_cie *cie, uint64_t here, uint64_t *ret)
{
	const uint8_t applied = cie->encoding & PE_APPLIED;

	if ((cie->encoding & PE_INDIRECT) || (applied && applied != PE_PCREL) || !number(c, cie->encoding & 15, cie->address_size, ret))
		return false;
	if (applied)
		*ret += here;
	if (cie->address_size == 4)
		*ret &= UINT32_MAX;
	return true;
}

/* Letters that say something and have no data. */
static bool bare_letter(char letter, struct kd_cfi_cie *cie)
{
	cie->signal |= letter == 'S';
	return letter == 'S' || letter == 'B' /* arm64: key B signs */ || letter == 'G' /* arm64: the stack has tags of memory */;
}

/* Without a length: those of .debug_frame. */
static bool unsized(struct kd_view text, struct kd_cfi_cie *cie)
{
	if (kd_view_eq(text, KD_V("eh")))
		return true;
	for (size_t i = 0; i < text.n; i++)
		if (!bare_letter(text.p[i], cie))
			return false;
	return true;
}

/* What stands behind the registers; false: none behind it is known. */
static bool augmentation(struct kd_cursor *c, struct kd_view text, struct kd_cfi_cie *cie)
{
	struct kd_view data;
	struct kd_cursor d;
	uint64_t n, ignored;
	uint8_t encoding;

	if (text.n > AUGMENTATION_MAX)
		return false;
	if (!text.n || *text.p != 'z')
		return unsized(text, cie);
	if (!kd_cursor_next_uleb128(c, &n) || n > kd_cursor_left(c) ||
	    !kd_cursor_next_bytes(c, (size_t)n, &data))
		return false;
	cie->sized = true;
	d = kd_cursor_of(data, 0, cie->big_endian);
	for (size_t i = 1; i < text.n; i++)
		switch (text.p[i]) {
		case 'R':
			if (!kd_cursor_next_u8(&d, &cie->encoding))
				return false;
			break;
		case 'L':
			if (!kd_cursor_skip(&d, 1))
				return false;
			break;
		case 'P': /* its place counts for "aligned" alone, which nobody writes */
			if (!kd_cursor_next_u8(&d, &encoding) ||
			    (encoding != PE_OMIT && !number(&d, encoding & 15, cie->address_size, &ignored)))
				return false;
			break;
		default:
			if (!bare_letter(text.p[i], cie))
				return false;
		}
	return true;
}

static bool read_cie(struct kd_cursor *c, const struct kd_cfi_section *s, struct kd_cfi_cie *ret)
{
	struct kd_cfi_cie cie = {.machine = s->machine, .address_size = s->address_size, .big_endian = s->big_endian};
	struct kd_view text;
	uint8_t version, ra;

	if (!kd_cursor_next_u8(c, &version) || (version != 1 && version != 3 && version != 4) || !kd_cursor_next_cstr(c, &text))
		return false;
	if (version == 4 && (!kd_cursor_next_u8(c, &cie.address_size) || !kd_cursor_next_u8(c, &cie.segment_size)))
		return false;
	if ((cie.address_size != 4 && cie.address_size != 8) || cie.segment_size > 8)
		return false;
	if (kd_view_eq(text, KD_V("eh")) && !kd_cursor_skip(c, cie.address_size)) /* gcc 2 */
		return false;
	if (!kd_cursor_next_uleb128(c, &cie.code_align) || !kd_cursor_next_sleb128(c, &cie.data_align))
		return false;
	if (version == 1 ? !kd_cursor_next_u8(c, &ra) : !kd_cursor_next_uleb128(c, &cie.ra))
		return false;
	if (version == 1)
		cie.ra = ra;
	if (!augmentation(c, text, &cie))
		return false;
	cie.init = kd_view_from(c->data, c->pos);
	*ret = cie;
	return cie.init.n <= KD_CFI_PROGRAM_MAX;
}

/* Length and id in front of an entry; the cursor is then over the rest of it. false: there is none any more. */
static bool header(struct kd_cfi_reader *r, struct kd_cursor *ret, uint64_t *ret_id, unsigned *ret_size)
{
	struct kd_cursor c = kd_cursor_of(r->section.bytes, 0, r->section.big_endian);
	uint64_t n;
	struct kd_view body;

	*ret_size = 4;
	if (r->pos >= c.data.n || !kd_cursor_seek(&c, (size_t)r->pos))
		return false;
	if (kd_cursor_next_uint(&c, 4, &n) && n == UINT32_MAX) {
		*ret_size = 8;
		kd_cursor_next_uint(&c, 8, &n);
	}
	if (c.failed || n > kd_cursor_left(&c)) {
		r->pos = r->section.bytes.n;
		return damaged(r, "an entry is longer than its section");
	}
	(void)kd_cursor_next_bytes(&c, (size_t)n, &body);
	r->pos = c.pos;
	*ret = kd_cursor_of(body, 0, c.big_endian);
	*ret_id = 0;
	return true;
}

static bool is_cie(const struct kd_cfi_section *s, uint64_t id, unsigned size)
{
	return s->eh ? id == 0 : id == (size == 4 ? UINT32_MAX : UINT64_MAX);
}

/* The CIE at off, which may be the one that was read last. */
static bool cie_at(struct kd_cfi_reader *r, uint64_t off)
{
	struct kd_cfi_reader at = {.section = r->section, .pos = off};
	struct kd_cursor c;
	unsigned size;
	uint64_t id;

	if (r->has_cie && r->cie_off == off)
		return true;
	if (!header(&at, &c, &id, &size) || !kd_cursor_next_uint(&c, size, &id) || !is_cie(&r->section, id, size) ||
	    !read_cie(&c, &r->section, &r->cie)) {
		r->has_cie = false;
		return false;
	}
	r->has_cie = true;
	r->cie_off = off;
	return true;
}

static uint64_t place_of(const struct kd_cfi_section *s, const struct kd_cursor *c)
{
	return s->addr + (uint64_t)(c->data.p + c->pos - s->bytes.p);
}

/* Behind its CIE's id. */
static bool read_fde(struct kd_cfi_reader *r, struct kd_cursor *c, struct kd_cfi_fde *f)
{
	uint64_t n;

	f->cie = r->cie;
	f->section = r->section.addr;
	f->first = r->section.bytes.p;
	if (!kd_cursor_skip(c, f->cie.segment_size) || !pointer(c, &f->cie, place_of(&r->section, c), &f->start) ||
	    !number(c, f->cie.encoding & 15, f->cie.address_size, &f->len))
		return false;
	if (f->cie.sized && (!kd_cursor_next_uleb128(c, &n) || n > kd_cursor_left(c) || !kd_cursor_skip(c, (size_t)n)))
		return false;
	f->program = kd_view_from(c->data, c->pos);
	return f->program.n <= KD_CFI_PROGRAM_MAX && f->len <= UINT64_MAX - f->start;
}

bool kd_cfi_next(struct kd_cfi_reader *r, struct kd_cfi_fde *ret)
{
	const struct kd_cfi_section *s = &r->section;
	struct kd_cursor c;
	unsigned size;
	uint64_t id, at;

	while (header(r, &c, &id, &size)) {
		if (!c.data.n) /* .eh_frame ends so, each object's part of it */
			continue;
		at = (uint64_t)(c.data.p - s->bytes.p);
		if (!kd_cursor_next_uint(&c, size, &id)) {
			damaged(r, "an entry without an id");
			continue;
		}
		if (is_cie(s, id, size))
			continue;
		if ((s->eh && id > at) || !cie_at(r, s->eh ? at - id : id)) {
			damaged(r, "a CIE that cannot be read");
			continue;
		}
		if (!read_fde(r, &c, ret)) {
			damaged(r, "an FDE that cannot be read");
			continue;
		}
		if (ret->len)
			return true;
	}
	return false;
}

/* --- instructions ------------------------------------------------------------------------------------- */

/* DW_CFA_…; the three of the high bits, then the others. */
enum { ADVANCE = 1, OFFSET, RESTORE };
enum {
	OP_NOP, OP_SET_LOC, OP_ADVANCE1, OP_ADVANCE2, OP_ADVANCE4, OP_OFFSET, OP_RESTORE, OP_UNDEFINED, OP_SAME, OP_REGISTER, OP_REMEMBER,
	OP_RESTORE_STATE, OP_DEF_CFA, OP_DEF_CFA_REGISTER, OP_DEF_CFA_OFFSET, OP_DEF_CFA_EXPR, OP_EXPR, OP_OFFSET_SF, OP_DEF_CFA_SF,
	OP_DEF_CFA_OFFSET_SF, OP_VAL_OFFSET, OP_VAL_OFFSET_SF, OP_VAL_EXPR, OP_MIPS_ADVANCE8 = 0x1d, OP_NEGATE_RA_WITH_PC = 0x2c,
	OP_NEGATE_RA_STATE, OP_ARGS_SIZE, OP_NEGATIVE_OFFSET
};

static bool uleb(struct kd_cursor *c, uint64_t *ret)
{
	return kd_cursor_next_uleb128(c, ret);
}

/* A number of the unit of data: unsigned or signed. */
static bool factored(const struct kd_cfi_cie *cie, struct kd_cursor *c, bool is_signed, int64_t *ret)
{
	uint64_t u = 0;
	int64_t s = 0;

	if (is_signed ? !kd_cursor_next_sleb128(c, &s) : !uleb(c, &u))
		return false;
	*ret = (int64_t)((is_signed ? (uint64_t)s : u) * (uint64_t)cie->data_align);
	return true;
}

static bool block(struct kd_cursor *c, struct kd_view *ret)
{
	uint64_t n;

	return uleb(c, &n) && n <= kd_cursor_left(c) && kd_cursor_next_bytes(c, (size_t)n, ret);
}

static bool set_loc(const struct kd_cfi_fde *f, struct kd_cursor *c, struct kd_cfi_op *op)
{
	const uint64_t here = f->first ? f->section + (uint64_t)(c->data.p + c->pos - f->first) : 0;

	op->code = KD_CFA_SET_LOC;
	return pointer(c, &f->cie, here, &op->n);
}

static bool advance(const struct kd_cfi_cie *cie, struct kd_cursor *c, unsigned bytes, struct kd_cfi_op *op)
{
	op->code = KD_CFA_ADVANCE;
	if (!kd_cursor_next_uint(c, bytes, &op->n))
		return false;
	op->n *= cie->code_align;
	return true;
}

/* Those about the CFA. */
static bool about_cfa(const struct kd_cfi_cie *cie, uint8_t code, struct kd_cursor *c, struct kd_cfi_op *op)
{
	uint64_t u = 0;

	op->rule.kind = KD_CFI_VAL_OFFSET;
	switch (code) {
	case OP_DEF_CFA:
	case OP_DEF_CFA_SF:
		op->code = KD_CFA_DEF_CFA;
		if (!uleb(c, &op->reg))
			return false;
		break;
	case OP_DEF_CFA_REGISTER:
		op->code = KD_CFA_DEF_CFA_REGISTER;
		return uleb(c, &op->reg);
	case OP_DEF_CFA_EXPR:
		op->code = KD_CFA_DEF_CFA_EXPR;
		op->rule.kind = KD_CFI_VAL_EXPR;
		return block(c, &op->rule.expr);
	default:
		op->code = KD_CFA_DEF_CFA_OFFSET;
	}
	if (code == OP_DEF_CFA_SF || code == OP_DEF_CFA_OFFSET_SF)
		return factored(cie, c, true, &op->rule.off);
	if (!uleb(c, &u))
		return false;
	op->rule.off = (int64_t)u;
	return true;
}

/* Those that say where one register is; its number comes first. */
static bool about_register(const struct kd_cfi_cie *cie, uint8_t code, struct kd_cursor *c, struct kd_cfi_op *op)
{
	struct kd_cfi_rule *r = &op->rule;
	uint64_t reg;

	op->code = KD_CFA_RULE;
	if (!uleb(c, &op->reg))
		return false;
	switch (code) {
	case OP_UNDEFINED:
	case OP_SAME:
		r->kind = code == OP_SAME ? KD_CFI_SAME : KD_CFI_UNDEFINED;
		return true;
	case OP_REGISTER:
		r->kind = KD_CFI_REGISTER;
		if (!uleb(c, &reg))
			return false;
		r->reg = reg > UINT16_MAX ? UINT16_MAX : (uint16_t)reg;
		return true;
	case OP_EXPR:
	case OP_VAL_EXPR:
		r->kind = code == OP_EXPR ? KD_CFI_EXPR : KD_CFI_VAL_EXPR;
		return block(c, &r->expr);
	case OP_NEGATIVE_OFFSET:
		r->kind = KD_CFI_OFFSET;
		if (!factored(cie, c, false, &r->off))
			return false;
		r->off = (int64_t)(0 - (uint64_t)r->off);
		return true;
	case OP_VAL_OFFSET:
	case OP_VAL_OFFSET_SF:
		r->kind = KD_CFI_VAL_OFFSET;
		return factored(cie, c, code == OP_VAL_OFFSET_SF, &r->off);
	default:
		r->kind = KD_CFI_OFFSET;
		return factored(cie, c, code == OP_OFFSET_SF, &r->off);
	}
}

static bool about_code(const struct kd_cfi_fde *f, uint8_t code, struct kd_cursor *c, struct kd_cfi_op *op)
{
	switch (code) {
	case OP_SET_LOC:
		return set_loc(f, c, op);
	case OP_MIPS_ADVANCE8:
		return advance(&f->cie, c, 8, op);
	default:
		return advance(&f->cie, c, 1u << (code - OP_ADVANCE1), op);
	}
}

static bool of_high_bits(const struct kd_cfi_cie *cie, uint8_t byte, struct kd_cursor *c, struct kd_cfi_op *op)
{
	const uint8_t low = byte & 0x3f;

	switch (byte >> 6) {
	case ADVANCE:
		op->code = KD_CFA_ADVANCE;
		op->n = low * cie->code_align;
		return true;
	case OFFSET:
		op->code = KD_CFA_RULE;
		op->reg = low;
		op->rule.kind = KD_CFI_OFFSET;
		return factored(cie, c, false, &op->rule.off);
	default:
		op->code = KD_CFA_RESTORE;
		op->reg = low;
		return true;
	}
}

enum kd_cfi_why kd_cfi_op(const struct kd_cfi_fde *f, struct kd_cursor *c, struct kd_cfi_op *ret)
{
	struct kd_cfi_op op = {.code = KD_CFA_NOP};
	bool good = true;
	uint8_t byte;

	if (!kd_cursor_next_u8(c, &byte))
		return KD_CFI_DAMAGED;
	if (byte >> 6) {
		good = of_high_bits(&f->cie, byte, c, &op);
	} else switch (byte) {
	case OP_NOP:
		break;
	case OP_SET_LOC: case OP_ADVANCE1: case OP_ADVANCE2: case OP_ADVANCE4: case OP_MIPS_ADVANCE8:
		good = about_code(f, byte, c, &op);
		break;
	case OP_RESTORE:
		op.code = KD_CFA_RESTORE;
		good = uleb(c, &op.reg);
		break;
	case OP_REMEMBER:
		op.code = KD_CFA_REMEMBER;
		break;
	case OP_RESTORE_STATE:
		op.code = KD_CFA_RESTORE_STATE;
		break;
	case OP_DEF_CFA: case OP_DEF_CFA_SF: case OP_DEF_CFA_REGISTER: case OP_DEF_CFA_OFFSET: case OP_DEF_CFA_OFFSET_SF: case OP_DEF_CFA_EXPR:
		good = about_cfa(&f->cie, byte, c, &op);
		break;
	case OP_NEGATE_RA_STATE: case OP_NEGATE_RA_WITH_PC:
		if (f->cie.machine != KD_EM_AARCH64)
			return KD_CFI_UNKNOWN;
		op.code = KD_CFA_NEGATE_RA_STATE;
		break;
	case OP_ARGS_SIZE:
		op.code = KD_CFA_ARGS_SIZE;
		good = uleb(c, &op.n);
		break;
	case OP_OFFSET: case OP_UNDEFINED: case OP_SAME: case OP_REGISTER: case OP_EXPR: case OP_OFFSET_SF: case OP_VAL_OFFSET:
	case OP_VAL_OFFSET_SF: case OP_VAL_EXPR: case OP_NEGATIVE_OFFSET:
		good = about_register(&f->cie, byte, c, &op);
		break;
	default:
		return KD_CFI_UNKNOWN;
	}
	*ret = op;
	return good ? KD_CFI_OK : KD_CFI_DAMAGED;
}

/* --- rows --------------------------------------------------------------------------------------------- */

struct machine {
	const struct kd_cfi_fde *f;
	uint64_t addr; /* that the row is wanted for */
	struct kd_cfi_row now, init; /* init: when the CIE's program has run */
	struct kd_cfi_row *kept; /* KD_CFI_DEPTH of them, made when they are needed */
	unsigned depth;
	bool in_cie;
};

static enum kd_cfi_why define_cfa(struct machine *m, const struct kd_cfi_op *op)
{
	struct kd_cfi_rule *cfa = &m->now.cfa;

	if (op->reg > UINT16_MAX)
		return KD_CFI_DAMAGED;
	switch (op->code) {
	case KD_CFA_DEF_CFA:
		*cfa = op->rule;
		cfa->reg = (uint16_t)op->reg;
		return KD_CFI_OK;
	case KD_CFA_DEF_CFA_EXPR:
		*cfa = op->rule;
		return KD_CFI_OK;
	case KD_CFA_DEF_CFA_REGISTER:
		cfa->reg = (uint16_t)op->reg;
		break;
	default:
		cfa->off = op->rule.off;
	}
	return cfa->kind == KD_CFI_VAL_OFFSET ? KD_CFI_OK : KD_CFI_DAMAGED; /* there has to be a register and a number */
}

static enum kd_cfi_why remember(struct machine *m)
{
	if (m->depth == KD_CFI_DEPTH)
		return KD_CFI_LIMIT;
	if (!m->kept)
		m->kept = kd_xcalloc(KD_CFI_DEPTH, sizeof(*m->kept));
	m->kept[m->depth++] = m->now;
	return KD_CFI_OK;
}

static enum kd_cfi_why restore(struct machine *m)
{
	const uint64_t start = m->now.start;

	if (!m->depth)
		return KD_CFI_DAMAGED;
	m->now = m->kept[--m->depth];
	m->now.start = start;
	return KD_CFI_OK;
}

/* To another address; past: it is behind the one that is wanted, and the row is found. */
static enum kd_cfi_why move(struct machine *m, const struct kd_cfi_op *op, bool *past)
{
	const uint64_t end = m->f->start + m->f->len;
	const uint64_t to = op->code == KD_CFA_SET_LOC ? op->n : m->now.start + op->n;

	if (m->in_cie || to < m->now.start)
		return KD_CFI_DAMAGED;
	if (to > m->addr) {
		m->now.end = to < end ? to : end;
		*past = true;
	} else {
		m->now.start = to;
	}
	return KD_CFI_OK;
}

static enum kd_cfi_why apply(struct machine *m, const struct kd_cfi_op *op, bool *past)
{
	switch (op->code) {
	case KD_CFA_ADVANCE:
	case KD_CFA_SET_LOC:
		return move(m, op, past);
	case KD_CFA_DEF_CFA:
	case KD_CFA_DEF_CFA_REGISTER:
	case KD_CFA_DEF_CFA_OFFSET:
	case KD_CFA_DEF_CFA_EXPR:
		return define_cfa(m, op);
	case KD_CFA_RULE:
		if (op->reg < KD_CFI_REGS)
			m->now.reg[op->reg] = op->rule;
		return KD_CFI_OK;
	case KD_CFA_RESTORE:
		if (m->in_cie)
			return KD_CFI_DAMAGED;
		if (op->reg < KD_CFI_REGS)
			m->now.reg[op->reg] = m->init.reg[op->reg];
		return KD_CFI_OK;
	case KD_CFA_REMEMBER:
		return remember(m);
	case KD_CFA_RESTORE_STATE:
		return restore(m);
	case KD_CFA_NEGATE_RA_STATE:
		m->now.ra_signed = !m->now.ra_signed;
		return KD_CFI_OK;
	default:
		return KD_CFI_OK;
	}
}

static enum kd_cfi_why run(struct machine *m, struct kd_view program, bool *past)
{
	struct kd_cursor c = kd_cursor_of(program, 0, m->f->cie.big_endian);
	enum kd_cfi_why why = KD_CFI_OK;
	struct kd_cfi_op op;

	while (why == KD_CFI_OK && !*past && kd_cursor_left(&c)) {
		why = kd_cfi_op(m->f, &c, &op);
		if (why == KD_CFI_OK)
			why = apply(m, &op, past);
	}
	return why;
}

enum kd_cfi_why kd_cfi_row_at(const struct kd_cfi_fde *f, uint64_t addr, struct kd_cfi_row *ret)
{
	struct machine m = {.f = f, .addr = addr, .in_cie = true};
	enum kd_cfi_why why;
	bool past = false;

	if (addr < f->start || addr - f->start >= f->len)
		return KD_CFI_OUTSIDE;
	m.now.start = f->start;
	m.now.end = f->start + f->len;
	why = run(&m, f->cie.init, &past);
	m.init = m.now;
	m.in_cie = false;
	if (why == KD_CFI_OK)
		why = run(&m, f->program, &past);
	if (!past)
		m.now.end = f->start + f->len;
	kd_free(m.kept);
	if (why == KD_CFI_OK)
		*ret = m.now;
	return why;
}
