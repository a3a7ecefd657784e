// SPDX-License-Identifier: GPL-2.0-or-later
/* Register dumps of all architectures: names and values, in sets. */
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

static bool has_reg(const struct kd_builder *b, struct kd_view name)
{
	for (size_t i = 0; i < b->regs.n; i++)
		if (kd_view_ieq(b->regs.v[i].name, name))
			return true;
	return false;
}

static void put(struct kd_builder *b, struct kd_view name, uint64_t val)
{
	struct kd_reg *r;
	char low[NAME_MAX];

	if (!name.n || name.n > sizeof(low))
		return;
	/* x86 prints R08 and R09 to keep its columns. */
	if (kd_view_ieq(name, KD_V("R08")))
		name = KD_V("r8");
	else if (kd_view_ieq(name, KD_V("R09")))
		name = KD_V("r9");
	if (has_reg(b, name)) {
		kd_regs_close(b); /* the same register again: another set begins */
		if (!open_set(b))
			return;
	}
	r = kd_avec_push(b->arena, &b->regs, MAX_REGS);
	if (!r)
		return;
	for (size_t i = 0; i < name.n; i++)
		low[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] | 0x20) : name.p[i];
	r->name = kd_arena_view(b->arena, kd_view(low, name.n));
	r->val = val;
	r->line = b->line;
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
				return true;
			put(b, kd_view(name, n < 10 ? 2 : 3), val);
		}
		return true;
	}
	return false;
}

void kd_regs_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view w = text, name;
	uint64_t val;

	kd_builder_close_stack(b);
	if (!open_set(b))
		return;
	kd_view_skip_blank(&w);
	if (numbered_row(b, w))
		return;
	while (w.n) {
		struct kd_view before = w;

		if (take_name(&w, &name) && take_value(&w, &val)) {
			put(b, name, val);
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

void kd_regs_pc(struct kd_builder *b, const struct kd_token *t, struct kd_view text)
{
	struct kd_regset *s;
	struct kd_frame f = t->frame;
	size_t more;

	kd_builder_close_stack(b);
	if (b->regs_open && t->cls == KD_TOK_PC && b->regsets.v[b->regsets.n - 1].has_ip)
		kd_regs_close(b);
	s = open_set(b);
	if (!s)
		return;
	f.line = b->line;
	kd_builder_copy_frame(b, &f);
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
	/* "RIP: … RSP: 0018:…", "RIP  [<…>] f+… RSP <…>", "epc : f ra : g" share the line. */
	more = kd_view_find(text, KD_V(" RSP"));
	if (more == KD_NPOS)
		more = kd_view_find(text, KD_V(" EFLAGS: "));
	if (more != KD_NPOS) {
		struct kd_view w = kd_view_from(text, more + 1), name;
		uint64_t val;

		while (take_name(&w, &name) && take_value(&w, &val))
			put(b, name, val);
	}
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
