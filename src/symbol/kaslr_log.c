// SPDX-License-Identifier: GPL-2.0-or-later
/* What a log tells about where its kernel lay: gathered from its reports. */
#include "base/alloc.h"
#include "report/arch.h"
#include "symbol/code.h"
#include "symbol/kaslr.h"

enum { NAMES_MAX = 4 << 20, BYTES_MAX = 64 };

void kd_kaslr_log_init(struct kd_kaslr_log *l)
{
	*l = (struct kd_kaslr_log){.arena = KD_ARENA_INIT(NAMES_MAX)};
}

void kd_kaslr_log_deinit(struct kd_kaslr_log *l)
{
	kd_vec_free(&l->pcs);
	kd_vec_free(&l->pairs);
	kd_vec_free(&l->code);
	kd_vec_free(&l->sized);
	kd_arena_deinit(&l->arena);
}

static void stated(struct kd_kaslr_log *l, const struct kd_report *r)
{
	const uint64_t offset = r->kaslr_disabled ? 0 : r->kaslr;

	if (!r->has_kaslr && !r->kaslr_disabled)
		return;
	if (l->stated && l->offset != offset)
		l->contradicts = true;
	if (l->stated)
		return;
	l->stated = true;
	l->disabled = r->kaslr_disabled;
	l->offset = offset;
	l->from = r->kaslr_from;
	if (r->kaslr_line >= 0 && (size_t)r->kaslr_line < r->nlines)
		l->line = r->lines[r->kaslr_line].no;
}

static bool named(const struct kd_frame *f)
{
	return f->func.n && f->has_offset && !f->from_addr;
}

static void add_pair(struct kd_kaslr_log *l, const struct kd_frame *f)
{
	struct kd_kaslr_pair p = {.offset = f->offset, .size = f->size, .addr = f->addr, .exact = f->pc == KD_PC_EXACT};
	struct kd_kaslr_pair *to;

	if (!named(f) || !f->size || f->module.n || f->inlined || f->outside)
		return;
	p.func = kd_arena_view(&l->arena, f->func);
	if (!p.func.n)
		return;
	to = kd_vec_push(&l->sized, KD_KASLR_PCS);
	if (to)
		*to = p;
	to = f->has_addr ? kd_vec_push(&l->pairs, KD_KASLR_PCS) : NULL;
	if (to)
		*to = p;
}

static struct kd_kaslr_pc *add_pc(struct kd_kaslr_log *l, const struct kd_frame *f, bool exact)
{
	struct kd_kaslr_pc *to = f->has_addr ? kd_vec_push(&l->pcs, KD_KASLR_PCS) : NULL;

	if (to)
		*to = (struct kd_kaslr_pc){.addr = f->addr, .exact = exact, .weak = !f->reliable};
	return to;
}

static void add_code(struct kd_kaslr_log *l, const struct kd_report *r, const struct kd_regset *s)
{
	struct kd_kaslr_bytes *to;
	struct kd_code code;
	size_t from, n;

	if (!s->code.n || !s->ip.has_addr || s->user)
		return;
	kd_code_parse(s->code, kd_arch_by_name(r->arch), &code);
	if (code.state != KD_CODE_OK || code.cut)
		return;
	from = code.mark > KD_KASLR_CODE / 2 ? code.mark - KD_KASLR_CODE / 2 : 0;
	n = code.n - from < KD_KASLR_CODE ? code.n - from : KD_KASLR_CODE;
	to = kd_vec_push(&l->code, BYTES_MAX);
	if (!to)
		return;
	*to = (struct kd_kaslr_bytes){.pc = s->ip.addr, .n = n, .mark = code.mark - from};
	memcpy(to->v, code.bytes + from, n);
}

bool kd_kaslr_is_pc(const struct kd_report *r, uint64_t addr)
{
	for (size_t i = 0; i < r->nregsets; i++)
		if (r->regsets[i].has_ip && r->regsets[i].ip.has_addr && r->regsets[i].ip.addr == addr)
			return true;
	return false;
}

static void add_stack(struct kd_kaslr_log *l, const struct kd_report *r, const struct kd_stack *st)
{
	struct kd_kaslr_pc *last = NULL;

	for (size_t i = 0; i < st->nframes; i++) {
		const struct kd_frame *f = &st->frames[i];

		add_pair(l, f);
		if (!f->inlined && f->has_addr)
			last = add_pc(l, f, (f->pc == KD_PC_EXACT && f->func.n) || kd_kaslr_is_pc(r, f->addr));
	}
	if (last)
		last->last = true;
}

void kd_kaslr_report(struct kd_kaslr_log *l, const struct kd_report *r)
{
	bool fault = false;

	stated(l, r);
	for (size_t i = 0; i < r->nregsets; i++) {
		const struct kd_regset *s = &r->regsets[i];

		if (s->user || !s->has_ip || s->label == KD_REGS_REPEAT)
			continue;
		add_pair(l, &s->ip);
		add_code(l, r, s);
		if (s->label == KD_REGS_FAULT && !fault)
			fault = add_pc(l, &s->ip, true) != NULL; /* the crash's stack comes next: its first call leads here */
	}
	for (size_t i = 0; i < r->nstacks; i++)
		add_stack(l, r, &r->stacks[i]);
}
