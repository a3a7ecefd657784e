// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/disasm.h"

#include "base/alloc.h"
#include "report/arch.h"
#include "format/elfcore.h"
#include "symbol/relocs.h"
#include "verb/symtext.h"

struct job {
	struct kd_ctx *ctx;
	const struct kd_disasm_request *req;
	struct kd_disasm_summary *sum;
	kd_disasm_fn *fn;
	void *user;
	struct kd_kdx *k;
	enum kd_arch arch;
	struct kd_disasm *d;
	struct kd_flow *flow;
	struct kd_btf btf;
	struct kd_types *types;
	struct kd_arena each; /* of one instruction */
	bool marked;
	uint64_t pc;
	struct kd_src last;
};

static void close_job(struct job *j)
{
	kd_types_free(j->types);
	kd_btf_deinit(&j->btf);
	kd_disasm_close(j->d);
	kd_arena_deinit(&j->each);
}

static enum kd_arch arch_of(uint16_t machine)
{
	switch (machine) {
	case KD_EM_X86_64:
		return KD_ARCH_X86_64;
	case KD_EM_386:
		return KD_ARCH_I386;
	case KD_EM_AARCH64:
		return KD_ARCH_ARM64;
	case KD_EM_ARM:
		return KD_ARCH_ARM;
	case KD_EM_PPC64:
		return KD_ARCH_PPC64;
	case KD_EM_S390:
		return KD_ARCH_S390X;
	case KD_EM_RISCV:
		return KD_ARCH_RISCV64;
	default:
		return KD_ARCH_UNKNOWN;
	}
}

/* --- one instruction ---------------------------------------------------------------------- */

static struct kd_view target_words(struct job *j, const struct kd_insn *in)
{
	struct kd_symbol s;

	if (!in->has_target || !kd_symbol_at(j->k, in->target, &s))
		return KD_VNULL;
	if (s.addr == in->target)
		return s.name;
	return kd_arena_printf(&j->each, "%.*s+0x%jx", KD_VARG(s.name), (uintmax_t)(in->target - s.addr));
}

static bool same_place(const struct kd_src *a, const struct kd_src *b)
{
	return a->line == b->line && kd_view_eq(a->name, b->name) && kd_view_eq(a->dir, b->dir);
}

/* The operand in memory that a reader asks about: not the stack of a push or call. */
static const struct kd_insn_mem *operand_of(const struct kd_insn *in)
{
	for (size_t i = 0; i < in->nmem; i++)
		if (!in->mem[i].stack && (in->mem[i].read || in->mem[i].write))
			return &in->mem[i];
	return NULL;
}

static uint8_t patched(struct job *j, const struct kd_insn *in)
{
	struct kd_patch_site s[8];
	const size_t n = kd_patch_sites(j->k, in->addr, in->len, s, KD_ARRAY_LEN(s));

	uint8_t kind = 0;

	/* every call is one of the call depth's, perhaps of something else, too */
	for (size_t i = 0; i < n; i++)
		if (s[i].kind != KD_PATCH_FIXUP && (!kind || kind == KD_PATCH_CALL))
			kind = s[i].kind;
	return kind;
}

static struct kd_error *one(struct job *j, size_t i)
{
	struct kd_insn in;
	struct kd_disasm_insn o = {.in = &in, .off = j->flow->v[i].addr - j->flow->start};
	struct kd_operand op;
	struct kd_chain chain = {.n = 0};
	struct kd_view other;
	struct kd_error *err = NULL;
	size_t n = j->flow->v[i].len;

	kd_arena_reset(&j->each);
	if (kd_code_at(j->k, j->flow->v[i].addr, o.bytes, n) != n ||
	    !kd_disasm_one(j->d, o.bytes, n, j->flow->v[i].addr, KD_INSN_TEXT, &in))
		return kd_error_new(KD_INTERNAL, "an instruction that could be decoded before");
	(void)kd_insn_relocate(j->k, &in, &other);
	(void)kd_chain_at(j->k, in.addr, &j->each, &chain);
	o.chain = &chain;
	o.same_line = chain.n && same_place(&chain.v[0].at, &j->last);
	if (chain.n)
		j->last = chain.v[0].at;
	o.marked = j->marked && in.addr == j->pc;
	o.target = other.n ? other : target_words(j, &in);
	o.mem = operand_of(&in);
	o.patched = patched(j, &in);
	if (o.mem && j->types) {
		const struct kd_operand_query q = {.k = j->k, .types = j->types, .arch = j->arch, .pc = in.addr,
						   .mem = o.mem, .flow = j->flow};

		err = kd_operand(&q, &j->each, &op);
		if (err)
			return err;
		o.op = &op;
		j->sum->operands++;
		j->sum->named += op.n > 0;
	}
	j->sum->shown++;
	return j->fn(j->user, &o);
}

static struct kd_error *all(struct job *j)
{
	size_t from = 0, to = j->flow->n, at = kd_flow_index(j->flow, j->pc);
	struct kd_error *err = NULL;

	j->sum->all = j->flow->n;
	j->sum->cut_at = j->flow->n ? j->flow->v[j->flow->n - 1].addr + j->flow->v[j->flow->n - 1].len - j->sum->addr : 0;
	j->sum->cut = j->sum->cut_at < j->sum->size;
	if (j->marked && at == j->flow->n)
		j->sum->outside = true;
	if (j->marked && at < j->flow->n && j->req->around) {
		from = at > j->req->around ? at - (size_t)j->req->around : 0;
		to = j->flow->n - at > j->req->around ? at + (size_t)j->req->around + 1 : j->flow->n;
	}
	for (size_t i = from; !err && i < to; i++) {
		err = kd_ctx_check(j->ctx);
		if (!err)
			err = one(j, i);
	}
	return err;
}

/* --- which function ----------------------------------------------------------------------- */

static struct kd_error *choose(struct job *j, const struct kd_symtext *t, struct kd_symbol *ret)
{
	struct kd_matches m;
	struct kd_error *err;

	j->marked = t->is_address || t->q.has_offset;
	if (t->is_address) {
		j->pc = t->addr;
		if (!kd_symbol_at(j->k, t->addr, ret))
			j->sum->why = "it lies in no function of this file";
		return NULL;
	}
	err = kd_match_frame(j->k, &t->q, &j->sum->arena, &m);
	if (err)
		return err;
	j->sum->several = m.n;
	if (!m.n)
		j->sum->why = "there is no function of that name";
	else if (m.n > 1)
		j->sum->why = "several functions have that name: their sizes tell them apart (kdoc addr lists them)";
	else if (m.v[0].size == KD_MATCH_SIZE_DIFFERS && !j->req->force)
		j->sum->why = "the function has another size: this is not the build that was asked for";
	else
		*ret = m.v[0].sym;
	j->pc = m.n ? m.v[0].addr : 0;
	return NULL;
}

static struct kd_error *open_all(struct job *j)
{
	kd_auto(kd_error_freep) struct kd_error *no_types = NULL;
	struct kd_error *err;

	j->arch = arch_of(kd_kdx_ident(j->k).machine);
	err = kd_disasm_open(&(struct kd_disasm_mode){.arch = j->arch}, &j->d);
	if (!err)
		err = kd_flow_read(j->k, j->arch, j->sum->addr, &j->sum->arena, &j->flow);
	if (err)
		return err;
	no_types = kd_btf_open(kd_kdx_types(j->k), NULL, &j->btf);
	if (!no_types)
		j->types = kd_types_new(&j->btf, 0);
	return NULL;
}

static struct kd_error *no_debug_info(const struct kd_symset *set)
{
	const struct kd_symset_try *t;
	const size_t n = kd_symset_tries(set, &t);

	if (!n)
		return kd_error_new(KD_NOTFOUND, "no debug info: --debug=FILE names it");
	return kd_error_new(KD_NOTFOUND, "no debug info that fits: %.300s: %.300s", t[n - 1].what, t[n - 1].why);
}

struct kd_error *kd_disasm_func(struct kd_ctx *ctx, const struct kd_disasm_request *req, kd_disasm_fn *fn,
				void *user, struct kd_disasm_summary *sum)
{
	const struct kd_symset_want want = {.release = kd_view_of(req->release)};
	const struct kd_symset_options so = {.paths = req->debug, .npaths = req->ndebug, .cache = req->cache,
					     .only_paths = req->only_debug, .force = req->force, .root = req->root,
					     .net = req->net};
	kd_auto(kd_symset_freep) struct kd_symset *set = NULL;
	kd_auto(close_job) struct job j = {.ctx = ctx, .req = req, .sum = sum, .fn = fn, .user = user,
					   .each = KD_ARENA_INIT(64 << 20)};
	struct kd_symbol s = {.addr = 0};
	struct kd_symtext t;
	struct kd_error *err;

	*sum = (struct kd_disasm_summary){.arena = KD_ARENA_INIT((size_t)512 << 20)};
	if (!kd_symtext(kd_view_of(req->what), &t))
		return kd_error_new(KD_INVALID, "'%s' is neither an address nor SYMBOL, SYMBOL+OFFSET, "
				    "SYMBOL+OFFSET/SIZE", req->what);
	set = kd_symset_new(ctx, &want, &so);
	j.k = kd_symset_get(set, t.module.n ? t.module : kd_view_of(req->module), KD_VNULL);
	if (!j.k)
		return no_debug_info(set);
	err = choose(&j, &t, &s);
	if (err || sum->why)
		return err;
	sum->symbol = kd_arena_view(&sum->arena, s.name);
	sum->addr = s.addr;
	sum->size = s.size ? s.size : s.room;
	err = open_all(&j);
	return err ? err : all(&j);
}

void kd_disasm_summary_deinit(struct kd_disasm_summary *sum)
{
	kd_arena_deinit(&sum->arena);
	*sum = (struct kd_disasm_summary){.shown = 0};
}
