// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/flow.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/vec.h"
#include "symbol/patch.h"
#include "symbol/relocs.h"

enum { PARTS_MAX = 4, EDGES_MAX = 1 << 16, SITES_MAX = 512, FAR_BYTES = 32, TABLE_BACK = 6, WAYS_MAX = 4096 };

static bool falls_through(const struct kd_insn *in)
{
	return in->cls != KD_INSN_JUMP && in->cls != KD_INSN_JUMP_IND && in->cls != KD_INSN_RET &&
	       in->cls != KD_INSN_TRAP;
}

size_t kd_flow_index(const struct kd_flow *f, uint64_t addr)
{
	size_t lo = 0, hi = f->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (f->v[mid].addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < f->n && f->v[lo].addr == addr ? lo : f->n;
}

size_t kd_flow_find(const struct kd_flow *f, uint64_t addr)
{
	size_t lo = kd_flow_index(f, addr), hi = f->total;

	if (lo < f->n)
		return lo;
	for (size_t i = f->n; i < hi; i++)
		if (f->v[i].addr == addr)
			return i;
	return f->total;
}

static struct kd_error *bounds(struct kd_kdx *k, uint64_t pc, struct kd_symbol *own, uint64_t *end)
{
	struct kd_symbol s;
	uint64_t size;

	if (!kd_symbol_at(k, pc, &s))
		return kd_error_new(KD_NOTFOUND, "no function is known at %#jx", (uintmax_t)pc);
	size = s.size ? s.size : s.room;
	if (pc - s.addr >= size)
		return kd_error_new(KD_NOTFOUND, "no function is known at %#jx", (uintmax_t)pc);
	if (size > KD_FLOW_BYTES_MAX)
		return kd_error_new(KD_LIMIT, "function %.*s has %ju bytes", KD_VARG(kd_view_head(s.name, 100)),
				    (uintmax_t)size);
	*own = s;
	*end = s.addr + size;
	return NULL;
}

/* --- parts -------------------------------------------------------------------------------- */

struct reading {
	struct kd_kdx *k;
	struct kd_disasm *d;
	enum kd_arch arch;
	struct kd_arena *arena;
	KD_VEC(struct kd_insn) all;
	size_t first[PARTS_MAX];
	size_t nparts;
	KD_VEC(struct kd_flow_edge) edges;
};

static struct kd_error *read_part(struct reading *r, uint64_t start, uint64_t end)
{
	const size_t n = (size_t)(end - start);
	kd_auto(kd_freep) uint8_t *code = kd_xmalloc(n + 1);
	struct kd_view name;
	struct kd_insn in;

	if (kd_code_at(r->k, start, code, n) != n)
		return kd_error_new(KD_NOTFOUND, "the code at %#jx is not at hand", (uintmax_t)start);
	r->first[r->nparts++] = r->all.n;
	for (size_t i = 0; i < n; i += in.len) {
		struct kd_insn *to;

		if (!kd_disasm_one(r->d, code + i, n - i, start + i, 0, &in) || !in.len)
			break;
		(void)kd_insn_relocate(r->k, &in, &name);
		to = kd_vec_push(&r->all, PARTS_MAX * KD_FLOW_BYTES_MAX);
		if (to)
			*to = in;
	}
	return NULL;
}

/* "foo.cold", "foo.cold.12", "foo.isra.0.cold" of "foo", "foo.isra.0": what it is cold of; else absent. */
static struct kd_view hot_name(struct kd_view name)
{
	const size_t at = kd_view_find(name, KD_V(".cold"));

	return at == KD_NPOS ? KD_VNULL : kd_view_head(name, at);
}

/* Parts of the same function that the first one jumps to. */
static void read_others(struct reading *r, const struct kd_symbol *own)
{
	const struct kd_view hot = hot_name(own->name);
	const size_t n = r->all.n;

	for (size_t i = 0; i < n && r->nparts < PARTS_MAX; i++) {
		const struct kd_insn in = r->all.v[i];
		kd_auto(kd_error_freep) struct kd_error *err = NULL;
		struct kd_symbol s;
		bool known = false;

		if (!in.has_target || in.cls == KD_INSN_CALL || !kd_symbol_at(r->k, in.target, &s) || s.addr == own->addr)
			continue;
		if (!kd_view_eq(hot.n ? s.name : hot_name(s.name), hot.n ? hot : own->name))
			continue;
		for (size_t k = 0; k < r->nparts; k++)
			known |= r->all.v[r->first[k]].addr == s.addr;
		if (!known && s.size && s.size <= KD_FLOW_BYTES_MAX)
			err = read_part(r, s.addr, s.addr + s.size);
	}
}

/* --- ways --------------------------------------------------------------------------------- */

static void add_edge(struct reading *r, size_t to, size_t from, bool before)
{
	struct kd_flow_edge *e = kd_vec_push(&r->edges, EDGES_MAX);

	if (e)
		*e = (struct kd_flow_edge){(uint32_t)to, (uint32_t)from, before};
}

static void add_way(struct reading *r, const struct kd_flow *f, uint64_t target, size_t from, bool before)
{
	const size_t to = kd_flow_find(f, target);

	if (to < f->total)
		add_edge(r, to, from, before);
}

/* Few instructions elsewhere that jump back: what alternatives put in, or jump to. */
static void add_far(struct reading *r, const struct kd_flow *f, size_t from, uint64_t addr, size_t n)
{
	uint8_t code[FAR_BYTES];
	struct kd_insn in;

	n = kd_code_at(r->k, addr, code, n < sizeof(code) ? n : sizeof(code));
	for (size_t i = 0; i < n; i += in.len) {
		if (!kd_disasm_one(r->d, code + i, n - i, addr + i, 0, &in) || !in.len)
			return;
		if (in.has_target && in.cls != KD_INSN_CALL)
			add_way(r, f, in.target, from, false);
		if (!falls_through(&in))
			return;
	}
}

static void add_site(struct reading *r, struct kd_flow *f, const struct kd_patch_site *s)
{
	const size_t at = kd_flow_find(f, s->addr);

	if (at == f->total)
		return;
	switch ((enum kd_patch_kind)s->kind) {
	case KD_PATCH_STATIC_BRANCH:
		add_way(r, f, s->target, at, false);
		break;
	case KD_PATCH_FIXUP:
		add_way(r, f, s->target, at, true);
		break;
	case KD_PATCH_FTRACE:
		f->mark[at] |= KD_FLOW_KEEPS;
		break;
	case KD_PATCH_ALTERNATIVE:
		if (s->repl_len && s->target)
			add_far(r, f, at, s->target, s->repl_len);
		if (f->v[at].has_target && f->v[at].cls != KD_INSN_CALL && kd_flow_find(f, f->v[at].target) == f->total)
			add_far(r, f, at, f->v[at].target, FAR_BYTES);
		for (size_t i = at; i < f->total && f->v[i].addr < s->addr + s->len && f->v[i].addr >= s->addr; i++)
			f->mark[i] |= KD_FLOW_REPLACED;
		break;
	default:
		break;
	}
}

static void add_sites(struct reading *r, struct kd_flow *f, uint64_t start, uint64_t end)
{
	struct kd_patch_site *v = kd_xcalloc(SITES_MAX, sizeof(*v));

	while (start < end) {
		const size_t n = kd_patch_sites(r->k, start, end - start, v, SITES_MAX);

		for (size_t i = 0; i < n; i++)
			if (v[i].addr >= start)
				add_site(r, f, &v[i]);
		if (n < SITES_MAX || v[n - 1].addr < start)
			break;
		start = v[n - 1].addr + 1;
	}
	kd_free(v);
}

/* A jump through a register or memory: of a switch, when its address was made with an index. */
static bool is_table(const struct kd_flow *f, size_t at)
{
	const struct kd_insn *in = &f->v[at];

	if (f->arch != KD_ARCH_X86_64)
		return true;
	for (size_t i = at + 1; i-- > 0 && at - i < TABLE_BACK;)
		for (unsigned m = 0; m < f->v[i].nmem; m++)
			if (f->v[i].mem[m].index != KD_NOREG && f->v[i].mem[m].scale >= 4 &&
			    (i == at || in->branch_reg != KD_NOREG))
				return true;
	return false;
}

static int by_to(const void *a, const void *b)
{
	const struct kd_flow_edge *x = a, *y = b;

	if (x->to != y->to)
		return x->to < y->to ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

static struct kd_error *find_ways(struct reading *r, struct kd_flow *f)
{
	for (size_t k = 0; k < r->nparts; k++)
		if (r->first[k] < f->total)
			f->mark[r->first[k]] |= KD_FLOW_FIRST;
	for (size_t i = 0; i < f->total; i++) {
		const struct kd_insn *in = &f->v[i];

		f->indirect |= i < f->n && in->cls == KD_INSN_JUMP_IND;
		f->table |= in->cls == KD_INSN_JUMP_IND && is_table(f, i);
		if (in->has_target && in->cls != KD_INSN_CALL)
			add_way(r, f, in->target, i, false);
	}
	for (size_t k = 0; k < r->nparts; k++) {
		const size_t last = (k + 1 < r->nparts ? r->first[k + 1] : f->total) - 1;

		if (r->first[k] <= last && last < f->total)
			add_sites(r, f, f->v[r->first[k]].addr, f->v[last].addr + f->v[last].len);
	}
	f->edge = kd_arena_array(r->arena, r->edges.n + 1, struct kd_flow_edge);
	if (!f->edge)
		return kd_error_new(KD_LIMIT, "no room for the jumps of a function");
	if (r->edges.n) {
		memcpy(f->edge, r->edges.v, r->edges.n * sizeof(*r->edges.v));
		qsort(f->edge, r->edges.n, sizeof(*f->edge), by_to);
	}
	f->nedges = r->edges.n;
	for (size_t i = 0; i < f->nedges; i++)
		f->join[f->edge[i].to] = true;
	for (size_t i = 0; i + 1 < f->total; i++)
		if (!falls_through(&f->v[i]) || f->mark[i + 1] & KD_FLOW_FIRST)
			f->join[i + 1] = true;
	return r->edges.n < EDGES_MAX ? NULL : kd_error_new(KD_LIMIT, "a function has too many jumps");
}

static struct kd_error *put_flow(struct reading *r, const struct kd_symbol *own, uint64_t end, struct kd_flow **ret)
{
	struct kd_flow *f = kd_arena_new(r->arena, struct kd_flow);
	struct kd_error *err;
	const size_t n = r->all.n;

	if (!f)
		return kd_error_new(KD_LIMIT, "no room for the instructions of a function");
	*f = (struct kd_flow){.arch = r->arch, .total = n, .n = r->nparts > 1 ? r->first[1] : n, .start = own->addr, .end = end};
	f->v = kd_arena_array(r->arena, n + 1, struct kd_insn);
	f->join = kd_arena_array(r->arena, n + 1, bool);
	f->mark = kd_arena_array(r->arena, n + 1, uint8_t);
	if (!f->v || !f->join || !f->mark)
		return kd_error_new(KD_LIMIT, "no room for the instructions of a function");
	if (n)
		memcpy(f->v, r->all.v, n * sizeof(*r->all.v));
	f->entry = 0;
	if (hot_name(own->name).n) {
		f->entry = f->total;
		for (size_t k = 1; k < r->nparts; k++) {
			struct kd_symbol s;

			if (r->first[k] < n && kd_symbol_at(r->k, f->v[r->first[k]].addr, &s) && !hot_name(s.name).n)
				f->entry = r->first[k];
		}
	}
	err = find_ways(r, f);
	if (!err)
		*ret = f;
	return err;
}

struct kd_error *kd_flow_read(struct kd_kdx *k, enum kd_arch arch, uint64_t pc, struct kd_arena *arena,
			      struct kd_flow **ret)
{
	const struct kd_disasm_mode mode = {.arch = arch};
	kd_auto(kd_disasm_closep) struct kd_disasm *d = NULL;
	struct reading r = {.k = k, .arch = arch, .arena = arena};
	struct kd_symbol own;
	uint64_t end;
	struct kd_error *err = bounds(k, pc, &own, &end);

	if (!err)
		err = kd_disasm_open(&mode, &d);
	if (err)
		return err;
	r.d = d;
	err = read_part(&r, own.addr, end);
	if (!err)
		read_others(&r, &own);
	if (!err)
		err = put_flow(&r, &own, end, ret);
	kd_vec_free(&r.all);
	kd_vec_free(&r.edges);
	return err;
}

/* --- who wrote it ------------------------------------------------------------------------- */

/* Is the register the caller's to lose? psABI x86-64, 3.2.1; AAPCS64, 6.1.1. */
static bool call_changes(enum kd_arch arch, uint8_t reg)
{
	switch (arch) {
	case KD_ARCH_X86_64:
		return reg <= KD_X86_RCX || reg == KD_X86_RSI || reg == KD_X86_RDI || (reg >= 8 && reg <= 11);
	case KD_ARCH_ARM64:
		return reg <= 18 || reg == 30;
	default:
		return true;
	}
}

static bool is_result(enum kd_arch arch, uint8_t reg)
{
	return (arch == KD_ARCH_X86_64 && reg == KD_X86_RAX) || (arch == KD_ARCH_ARM64 && !reg);
}

/* What v[i] does to the register. false: nothing, the way goes on before it. */
static bool ends_at(const struct kd_flow *f, size_t i, uint8_t reg, struct kd_flow_def *ret)
{
	const struct kd_insn *in = &f->v[i];
	const bool call = in->cls == KD_INSN_CALL || in->cls == KD_INSN_CALL_IND;

	if (call && (i == f->entry || f->mark[i] & KD_FLOW_KEEPS)) /* of the function tracer */
		return false;
	if (call && is_result(f->arch, reg))
		*ret = (struct kd_flow_def){KD_FLOW_CALL, i};
	else if (call && call_changes(f->arch, reg))
		*ret = (struct kd_flow_def){KD_FLOW_CLOBBER, i};
	else if (!call && in->writes >> reg & 1)
		*ret = (struct kd_flow_def){f->mark[i] & KD_FLOW_REPLACED ? KD_FLOW_UNKNOWN : KD_FLOW_WRITER, i};
	else
		return false;
	return true;
}

struct kd_flow_def kd_flow_writer(const struct kd_flow *f, size_t at, uint8_t reg)
{
	struct kd_flow_def d;

	if (reg >= 64 || at > f->n || f->table)
		return (struct kd_flow_def){KD_FLOW_UNKNOWN, at};
	for (size_t i = at; i-- > 0;) {
		if (i + 1 < f->n && f->join[i + 1])
			return (struct kd_flow_def){KD_FLOW_JOIN, i + 1};
		if (ends_at(f, i, reg, &d))
			return d;
	}
	return (struct kd_flow_def){(f->n && f->join[0]) || f->entry ? KD_FLOW_JOIN : KD_FLOW_ENTRY, 0};
}

/* A walk over all ways backwards. */
struct ways {
	const struct kd_flow *f;
	uint8_t reg;
	bool *seen; /* [i]: the state before v[i] was asked for */
	size_t *todo;
	size_t ntodo, steps;
	struct kd_flow_def *ret;
	size_t n, max;
	bool failed;
};

static void found(struct ways *w, struct kd_flow_def d)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->ret[i].end == d.end && w->ret[i].at == d.at)
			return;
	if (w->n == w->max)
		w->failed = true;
	else
		w->ret[w->n++] = d;
}

static void ask_before(struct ways *w, size_t i)
{
	if (!w->seen[i]) {
		w->seen[i] = true;
		w->todo[w->ntodo++] = i;
	}
}

/* Control comes from v[from]: what it writes counts. */
static void come_from(struct ways *w, size_t from, bool before)
{
	struct kd_flow_def d;

	if (!ends_at(w->f, from, w->reg, &d))
		ask_before(w, from);
	else if (before)
		w->failed = true; /* written or not: it faulted */
	else
		found(w, d);
}

static void walk_one(struct ways *w, size_t at)
{
	const struct kd_flow *f = w->f;
	size_t lo = 0, hi = f->nedges;
	bool reached = at == f->entry;

	if (at == f->entry)
		found(w, (struct kd_flow_def){KD_FLOW_ENTRY, at});
	/* behind the ud2 of a warning the code goes on */
	if (at && !(f->mark[at] & KD_FLOW_FIRST) && (falls_through(&f->v[at - 1]) || f->v[at - 1].cls == KD_INSN_TRAP)) {
		come_from(w, at - 1, false);
		reached = true;
	}
	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (f->edge[mid].to < at)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < f->nedges && f->edge[lo].to == at; lo++) {
		come_from(w, f->edge[lo].from, f->edge[lo].before);
		reached = true;
	}
	/* it is reached, but nobody knows from where */
	w->failed |= !reached;
}

size_t kd_flow_writers(const struct kd_flow *f, size_t at, uint8_t reg, struct kd_flow_def *ret, size_t max)
{
	struct ways w = {.f = f, .reg = reg, .ret = ret, .max = max};

	if (reg >= 64 || at >= f->total || f->table)
		return 0;
	w.seen = kd_xcalloc(f->total + 1, sizeof(*w.seen));
	w.todo = kd_xcalloc(f->total + 1, sizeof(*w.todo));
	ask_before(&w, at);
	while (w.ntodo && !w.failed && w.steps++ < WAYS_MAX)
		walk_one(&w, w.todo[--w.ntodo]);
	w.failed |= w.ntodo > 0;
	kd_free(w.seen);
	kd_free(w.todo);
	return w.failed ? 0 : w.n;
}
