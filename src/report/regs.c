// SPDX-License-Identifier: GPL-2.0-or-later
/* Register dumps of all architectures: names and values, in sets. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "report/engine.h"

enum { MAX_REGS = 128, MAX_SETS = 64, NAME_MAX = 12, CODE_MAX = 2048 };

static struct kd_regset *open_set(struct kd_builder *b)
{
	struct kd_regset *s;

	if (b->regs_open)
		return &b->regsets.v[b->regsets.n - 1];
	s = kd_avec_push(b->arena, &b->regsets, MAX_SETS);
	if (!s)
		return NULL;
	s->line = -1;
	s->code_line = -1;
	s->stack_after = (uint32_t)b->stacks.n;
	b->regs_open = true;
	b->regs.v = NULL;
	b->regs.n = b->regs.cap = 0;
	memset(b->reg_names, 0, sizeof(b->reg_names));
	return s;
}

void kd_regs_close(struct kd_builder *b)
{
	struct kd_regset *s;

	if (!b->regs_open)
		return;
	s = &b->regsets.v[b->regsets.n - 1];
	s->regs = b->regs.v;
	s->nregs = b->regs.n;
	b->regs_open = false;
}

static unsigned name_bit(struct kd_view name)
{
	return ((unsigned char)name.p[0] * 7u + (unsigned char)name.p[name.n / 2] * 31u +
		(unsigned char)name.p[name.n - 1] * 5u) %
	       256;
}

/* name: in lower case */
static const struct kd_reg *find_reg(const struct kd_builder *b, struct kd_view name, unsigned bit)
{
	if (!(b->reg_names[bit / 64] >> bit % 64 & 1))
		return NULL; /* as nearly always */
	for (size_t i = 0; i < b->regs.n; i++)
		if (kd_view_eq(b->regs.v[i].name, name))
			return &b->regs.v[i];
	return NULL;
}

/* Some architectures print these twice in one dump: as a number and with the symbol. */
static bool printed_twice(struct kd_view name)
{
	return kd_view_eq(name, KD_V("ra")) || kd_view_eq(name, KD_V("lr")) || kd_view_eq(name, KD_V("pc"));
}

static void put(struct kd_builder *b, struct kd_view name, uint64_t val)
{
	const struct kd_reg *was;
	char low[NAME_MAX];
	unsigned bit;

	if (!name.n || name.n > sizeof(low))
		return;
	for (size_t i = 0; i < name.n; i++)
		low[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] | 0x20) : name.p[i];
	name.p = low;
	/* x86 prints R08 and R09 to keep its columns. */
	if (name.n == 3 && low[0] == 'r' && low[1] == '0' && (low[2] == '8' || low[2] == '9'))
		name = low[2] == '8' ? KD_V("r8") : KD_V("r9");
	bit = name_bit(name);
	was = find_reg(b, name, bit);
	if (was && was->val == val && printed_twice(name))
		return;
	if (was) {
		kd_regs_close(b); /* the same register again: another set begins */
		if (!open_set(b))
			return;
	}
	if (!kd_avec_room(b->arena, &b->regs, MAX_REGS))
		return;
	b->reg_names[bit / 64] |= 1ULL << bit % 64;
	b->regs.v[b->regs.n++] =
		(struct kd_reg){.name = kd_arena_view(b->arena, name), .val = val, .line = b->line};
}

/* A name such as "RAX", "x29", "t0", "GPR00", "$12", "CR2", "ORIG_RAX". */
static bool take_name(struct kd_view *v, struct kd_view *name)
{
	struct kd_view w = *v;
	size_t i = 0;

	kd_view_skip_blank(&w);
	while (i < w.n && (kd_is_word(w.p[i]) || w.p[i] == '$'))
		i++;
	if (!i || i > NAME_MAX)
		return false;
	*name = kd_view_head(w, i);
	w = kd_view_from(w, i);
	kd_view_skip_blank(&w);
	if (!kd_view_skip(&w, KD_V(":")))
		return false;
	kd_view_skip_blank(&w);
	*v = w;
	return true;
}

/* A value: hex, perhaps after a selector ("0010:ffff…") or in "(…)". */
static bool take_value(struct kd_view *v, uint64_t *val)
{
	struct kd_view w = *v;
	uint64_t x;

	kd_view_skip_blank(&w);
	kd_view_skip(&w, KD_V("["));
	kd_view_skip(&w, KD_V("<"));
	if (!kd_view_take_hex(&w, &x))
		return false;
	if (kd_view_skip(&w, KD_V(":")) && !kd_view_take_hex(&w, &x))
		return false;
	if (w.n && kd_is_word(w.p[0]))
		return false;
	kd_view_skip(&w, KD_V(">"));
	kd_view_skip(&w, KD_V("]"));
	*val = x;
	*v = w;
	return true;
}

/* "GPR04: v v v v" (ppc), "$ 4   : v v v v" (mips), "Krnl GPRS: v v v v" (s390). */
static bool numbered_row(struct kd_builder *b, struct kd_view w)
{
	static const struct {
		struct kd_view key, prefix;
	} rows[] = {
		{KD_V("GPR"), KD_V("r")},
		{KD_V("$"), KD_V("r")},
		{KD_V("Krnl GPRS: "), KD_V("r")},
	};
	uint64_t n = 0, val;
	char name[8];

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		if (!kd_view_skip(&w, rows[i].key))
			continue;
		if (rows[i].key.p[rows[i].key.n - 1] != ' ') {
			kd_view_skip_blank(&w);
			if (!kd_view_take_dec(&w, &n) || n > 99)
				return false;
			kd_view_skip_blank(&w);
			if (!kd_view_skip(&w, KD_V(":")))
				return false;
		}
		for (; n < 100; n++) {
			name[0] = 'r';
			name[1] = (char)(n < 10 ? '0' + n : '0' + n / 10);
			name[2] = (char)('0' + n % 10);
			if (!take_value(&w, &val))
				break;
			put(b, kd_view(name, n < 10 ? 2 : 3), val);
		}
		b->gprs_next = rows[i].key.p[0] == 'K' && n < 16 ? (uint8_t)n : 0;
		return true;
	}
	return false;
}

/* All "name: value" of a line. */
static void pairs(struct kd_builder *b, struct kd_view w)
{
	struct kd_view name;
	uint64_t val;

	while (w.n) {
		struct kd_view before = w;

		if (take_name(&w, &name) && take_value(&w, &val)) {
			put(b, name, val);
			if (name.n != 8)
				continue;
			if (kd_view_ieq(name, KD_V("ORIG_RAX")) || kd_view_ieq(name, KD_V("ORIG_EAX"))) {
				struct kd_regset *s = &b->regsets.v[b->regsets.n - 1];

				s->has_orig = true;
				s->orig = (int64_t)val;
			}
			continue;
		}
		w = before; /* not a pair: pass over one word */
		kd_view_skip_blank(&w);
		while (w.n && !kd_is_blank(w.p[0]))
			w = kd_view_from(w, 1);
		kd_view_skip_blank(&w);
	}
}

/* s390: the rows after "Krnl GPRS:" have no names. */
bool kd_regs_more(struct kd_builder *b, struct kd_view text)
{
	struct kd_view w = text;
	uint64_t val;
	char name[4];
	bool any = false;

	if (!b->regs_open)
		b->gprs_next = 0;
	for (; b->gprs_next && b->gprs_next < 16 && take_value(&w, &val); b->gprs_next++) {
		int n = snprintf(name, sizeof(name), "r%u", b->gprs_next);

		if (n > 0)
			put(b, kd_view(name, (size_t)n), val);
		any = true;
	}
	if (b->gprs_next >= 16)
		b->gprs_next = 0;
	return any;
}

/* "pc 9000… ra 9000…" of loongarch */
static bool plain_row(struct kd_builder *b, struct kd_view w)
{
	struct kd_view name, val;
	uint64_t x;

	if (kd_view_chr(w, ':') != KD_NPOS)
		return false;
	while (kd_view_take_word(&w, &name) && kd_view_take_word(&w, &val))
		if (kd_view_hex(val, &x))
			put(b, name, x);
	return true;
}

void kd_regs_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view w = text;

	kd_builder_close_stack(b);
	if (!open_set(b))
		return;
	kd_view_skip_blank(&w);
	if (numbered_row(b, w) || plain_row(b, w))
		return;
	pairs(b, w);
}
/* "RIP: … RSP: 0018:…", "RIP  [<…>] f+… RSP <…>", "EIP: … EFLAGS: …": registers on the pc's line. */
static void pc_rest(struct kd_builder *b, struct kd_view text)
{
	size_t more = kd_view_find(text, KD_V(" RSP"));
	struct kd_view w, name;
	uint64_t val;

	if (more == KD_NPOS)
		more = kd_view_find(text, KD_V(" EFLAGS: "));
	if (more == KD_NPOS)
		return;
	w = kd_view_from(text, more + 1);
	while (take_name(&w, &name)) {
		if (kd_view_eq(name, KD_V("CPU"))) { /* i386: "EFLAGS: 00010286 CPU: 12" */
			if (kd_view_take_dec(&w, &val))
				kd_builder_cpu(b, val);
			return;
		}
		if (!take_value(&w, &val))
			return;
		put(b, name, val);
	}
}

/*
 * "PC is at f" then "pc : [<…>] lr : [<…>] psr: …" (arm), "epc : f" then "epc : ffff… ra : …"
 * (riscv): the second line has the values of the first.
 */
static bool same_pc(struct kd_builder *b, const struct kd_token *t, struct kd_view text)
{
	struct kd_regset *s = b->regs_open ? &b->regsets.v[b->regsets.n - 1] : NULL;

	if (!s || !s->has_ip)
		return false;
	/* i386: "IP: [<…>] f+0x26/0x55" above "Oops:", then "EIP is at f+0x26/0x55" */
	if (t->frame.func.n && kd_view_eq(s->ip.func, t->frame.func) && s->ip.offset == t->frame.offset &&
	    b->regs.n <= 1 && kd_view_has(text, KD_V(" is at ")))
		return true;
	/* i386: "EIP: 0060:[<c0598bd2>] EFLAGS: …", then "EIP is at f+0x26/0x55" */
	if (!s->ip.func.n && s->ip.has_addr && t->frame.func.n && !t->frame.has_addr && b->regs.n <= 1 &&
	    kd_view_has(text, KD_V(" is at "))) {
		struct kd_frame f = t->frame;

		f.line = b->line;
		f.addr = s->ip.addr;
		f.has_addr = true;
		kd_builder_keep_frame(b, &f);
		s->ip = f;
		return true;
	}
	if (!s->ip.func.n || t->frame.func.n || !t->frame.has_addr || b->regs.n)
		return false;
	s->ip.addr = t->frame.addr;
	s->ip.has_addr = true;
	if (kd_view_has(text, KD_V(" EFLAGS: ")))
		pc_rest(b, text);
	else
		pairs(b, text);
	return true;
}

/* "Krnl PSW : mask address (symbol)" */
static void psw(struct kd_builder *b, struct kd_regset *s, struct kd_view v)
{
	struct kd_view mask, addr;
	uint64_t m, a;

	if (!kd_view_take_word(&v, &mask) || !kd_view_take_word(&v, &addr) || !kd_view_hex(mask, &m) ||
	    !kd_view_hex(addr, &a))
		return;
	put(b, KD_V("psw_mask"), m);
	put(b, KD_V("psw_addr"), a);
	s->ip.addr = a;
	s->ip.has_addr = true;
	s->user = m >> 48 & 1; /* problem state */
}

void kd_regs_pc(struct kd_builder *b, const struct kd_token *t, struct kd_view text)
{
	struct kd_regset *s;
	struct kd_frame f = t->frame;

	kd_builder_close_stack(b);
	/* decoded text: "RIP: 0010:f file.c:1 [inline]" once for each inlined call, then the line of the kernel */
	if (t->cls == KD_TOK_PC && !t->frame.has_offset && kd_view_has(text, KD_V(" [inline]")))
		return;
	if (t->cls == KD_TOK_PC && same_pc(b, t, text))
		return;
	if (b->regs_open && t->cls == KD_TOK_PC && b->regsets.v[b->regsets.n - 1].has_ip)
		kd_regs_close(b);
	s = open_set(b);
	if (!s)
		return;
	f.line = b->line;
	kd_builder_keep_frame(b, &f);
	if (t->cls == KD_TOK_LR) {
		s->lr = f;
		s->has_lr = true;
		return;
	}
	s->ip = f;
	s->has_ip = true;
	s->line = b->line;
	s->user = t->user_mode;
	s->has_cs = t->has_sel;
	s->cs = t->sel;
	if (kd_view_has(text, KD_V("Krnl PSW : ")) || kd_view_has(text, KD_V("User PSW : ")))
		psw(b, s, t->rest);
	pc_rest(b, text);
}

void kd_regs_code(struct kd_builder *b, struct kd_view bytes)
{
	struct kd_regset *s = b->regs_open		     ? &b->regsets.v[b->regsets.n - 1]
			      : b->regsets.n		     ? &b->regsets.v[b->regsets.n - 1]
							     : open_set(b);

	if (!s)
		return;
	if (s->code.p) {
		s = open_set(b);
		if (!s || s->code.p)
			return;
	}
	s->code = kd_arena_view(b->arena, kd_view_head(kd_view_trim(bytes), CODE_MAX));
	s->code_line = b->line;
}

/* ppc: "Instruction dump:" stands alone, the words follow. */
bool kd_regs_code_more(struct kd_builder *b, struct kd_view words)
{
	struct kd_regset *s = b->regsets.n ? &b->regsets.v[b->regsets.n - 1] : NULL;

	if (!b->code_open || !s || s->code.n + words.n >= CODE_MAX)
		return false;
	words = kd_view_trim(words);
	s->code = kd_arena_printf(b->arena, "%.*s%s%.*s", KD_VARG(s->code), s->code.n ? " " : "", KD_VARG(words));
	return true;
}
