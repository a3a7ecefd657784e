// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/decode.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/hashmap.h"
#include "report/scan.h"
#include "symbol/entry.h"

#define KEPT_MAX ((size_t)64 << 20) /* memory of answers that are kept for later lines */

enum { REPORTS_MAX = 10000, WANTED_MAX = 1 << 20, NAME_MAX_ = 512, KEPT_ANSWERS = 1 << 18, HINTS_MAX = 512 };

/* Lines of a report of another kernel than the debug info is wanted for. */
struct span {
	uint64_t from, to;
};

/* A frame that is an address alone. */
struct wanted {
	uint64_t no, addr; /* line of the log */
	uint32_t boot;
	bool exact, weak; /* weak: printed with '?' */
};

struct decode {
	struct kd_ctx *ctx;
	kd_decode_fn *fn;
	void *user;
	struct kd_decode_summary *sum;
	KD_VEC(struct span) other;
	size_t next_other;
	KD_VEC(struct wanted) wanted; /* by line */
	size_t next_wanted;
	struct kd_arena kept; /* answers */
	struct kd_hashmap answers;
	bool after_entry; /* the frame before was entry code */
	bool force;
};

/* An answer that is kept: the same function+offset is asked for again and again. */
struct answer {
	struct kd_matches m;
	struct kd_kdx *k;
	enum kd_decode_state state;
};

const char *kd_decode_state_word(enum kd_decode_state s)
{
	static const char *const words[] = {
		[KD_DECODE_DONE] = "decoded",	      [KD_DECODE_SEVERAL] = "several",
		[KD_DECODE_NO_LINE] = "no_line",      [KD_DECODE_SIZE] = "size_differs",
		[KD_DECODE_OUTSIDE] = "outside",      [KD_DECODE_NO_SYMBOL] = "no_symbol",
		[KD_DECODE_NO_DEBUG] = "no_debug_info", [KD_DECODE_DAMAGED] = "damaged",
		[KD_DECODE_OTHER_KERNEL] = "other_kernel", [KD_DECODE_NO_OFFSET] = "no_offset",
		[KD_DECODE_MODULE] = "module_address", [KD_DECODE_NO_CODE] = "no_code",
		[KD_DECODE_NO_ADDRESS] = "no_kernel_address"};

	return (unsigned)s < KD_ARRAY_LEN(words) ? words[s] : "?";
}

/* --- what the log says about its kernel --------------------------------------------------- */

static bool other_kernel(const struct kd_decode_summary *sum, const struct kd_report *r)
{
	if (r->release.n && sum->release.n && !kd_view_eq(r->release, sum->release))
		return true;
	return r->build.n && sum->build.n && !kd_view_eq(r->build, sum->build);
}

static struct kd_error *want(struct decode *d, const struct kd_report *r, const struct kd_frame *f, bool exact)
{
	struct wanted *to;

	if (!f->has_addr || f->func.n || !f->addr || f->line < 0 || (size_t)f->line >= r->nlines)
		return NULL;
	to = kd_vec_push(&d->wanted, WANTED_MAX);
	if (!to)
		return kd_error_new(KD_LIMIT, "more than %d raw addresses in one log", WANTED_MAX);
	*to = (struct wanted){r->lines[f->line].no, f->addr, r->boot, exact, !f->reliable};
	return NULL;
}

static struct kd_error *raw_frames(struct decode *d, const struct kd_report *r)
{
	struct kd_error *err = NULL;

	kd_raw_report(&d->sum->raws, r);
	for (size_t i = 0; !err && i < r->nregsets; i++) {
		const struct kd_regset *s = &r->regsets[i];

		if (s->has_ip && !s->user)
			err = want(d, r, &s->ip, true);
		if (!err && s->has_lr && !s->user)
			err = want(d, r, &s->lr, false);
	}
	for (size_t i = 0; !err && i < r->nstacks; i++)
		for (size_t k = 0; !err && k < r->stacks[i].nframes; k++)
			err = want(d, r, &r->stacks[i].frames[k], kd_kaslr_is_pc(r, r->stacks[i].frames[k].addr));
	return err;
}

/* The first report that says it decides; reports that say otherwise are left alone. */
static struct kd_error *one_report(void *user, const struct kd_report *r)
{
	struct decode *d = user;
	struct kd_decode_summary *sum = d->sum;
	struct span *s;

	if (!sum->release.n)
		sum->release = kd_arena_view(&sum->arena, r->release);
	if (!sum->build.n && r->release.n && kd_view_eq(sum->release, r->release))
		sum->build = kd_arena_view(&sum->arena, r->build);
	if (!other_kernel(sum, r))
		return raw_frames(d, r);
	s = kd_vec_push(&d->other, REPORTS_MAX);
	if (!s)
		return kd_error_new(KD_LIMIT, "more than %d reports of other kernels in one log", REPORTS_MAX);
	*s = (struct span){r->start_line, r->end_line};
	return NULL;
}

static int by_begin(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

/* Ascending, and none over another: reports of several CPUs may be mixed. */
static void join_spans(struct decode *d)
{
	size_t n = 0;

	qsort(d->other.v, d->other.n, sizeof(*d->other.v), by_begin);
	kd_vec_each(s, &d->other) {
		struct span *last = n ? &d->other.v[n - 1] : NULL;

		if (!last || s->from > last->to)
			d->other.v[n++] = *s;
		else if (s->to > last->to)
			last->to = s->to;
	}
	d->other.n = n;
}

static int by_line(const void *a, const void *b)
{
	const struct wanted *x = a, *y = b;

	if (x->no != y->no)
		return x->no < y->no ? -1 : 1;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static struct kd_error *first_pass(struct decode *d, struct kd_view text, const char *name)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_scan_opts o = {.want = KD_WANT_ALL};
	struct kd_scan_log log;
	struct kd_error *err = kd_source_from_memory(text, name, &src);

	if (!err)
		err = kd_scan(d->ctx, src, &o, one_report, d, &log);
	if (d->other.n)
		join_spans(d);
	if (d->wanted.n)
		qsort(d->wanted.v, d->wanted.n, sizeof(*d->wanted.v), by_line);
	if (!err && !d->sum->release.n && log.release[0])
		d->sum->release = kd_arena_view(&d->sum->arena, kd_view_of(log.release));
	return err;
}

/* --- frames of a line --------------------------------------------------------------------- */

static bool name_char(char c)
{
	return kd_is_word(c) || c == '.' || c == '$';
}

/* " [module]", " [module build-id]" behind a frame. */
static void module_behind(struct kd_view v, struct kd_decode_frame *f)
{
	struct kd_view in, name;
	size_t n = 0;

	if (!kd_view_skip(&v, KD_V(" [")) || !kd_view_take_until(&v, KD_V("]"), &in))
		return;
	if (!kd_view_take_word(&in, &name) || !name.n || name.n > 64)
		return;
	while (n < name.n && (kd_is_word(name.p[n]) || name.p[n] == '-'))
		n++;
	if (n < name.n || kd_view_eq(name, KD_V("inline")))
		return;
	f->module = name;
	in = kd_view_trim(in);
	for (n = 0; n < in.n && kd_is_xdigit(in.p[n]); n++)
		;
	if (n >= 8 && n == in.n)
		f->build_id = in;
}

/* The next "name+0x1/0x2" from *at on; *at then lies behind it. */
static bool next_frame(struct kd_view line, size_t *at, struct kd_decode_frame *ret)
{
	for (;;) {
		size_t plus = kd_view_find(kd_view_from(line, *at), KD_V("+0x"));
		struct kd_decode_frame f = {.len = 0};
		struct kd_view rest;
		size_t begin;

		if (plus == KD_NPOS)
			return false;
		plus += *at;
		for (begin = plus; begin > *at && name_char(line.p[begin - 1]) && plus - begin < NAME_MAX_;)
			begin--;
		*at = plus + 3;
		rest = kd_view_from(line, plus + 1);
		f.func = kd_view(line.p + begin, plus - begin);
		if (!f.func.n || kd_is_digit(f.func.p[0]) || !kd_view_take_hex(&rest, &f.offset) ||
		    !kd_view_skip(&rest, KD_V("/0x")) || !kd_view_take_hex(&rest, &f.size))
			continue;
		*at = line.n - rest.n;
		f.at = begin;
		f.len = *at - begin;
		module_behind(rest, &f);
		*ret = f;
		return true;
	}
}

/* Does the text in front of the frame say that it is the program counter? */
static bool counter_before(struct kd_view before)
{
	static const char *const words[] = {"RIP:", "EIP:", "IP:", "pc :", "PC is at", "EIP is at",
					    "epc :", "NIP [", "NIP:", "ip:", "PSW", "ERA:"};

	before = before.n > 48 ? kd_view_from(before, before.n - 48) : before;
	if (kd_view_has(before, KD_V("WARNING: ")))
		return true;
	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
		if (kd_view_has(before, kd_view_of(words[i])))
			return true;
	return false;
}

/* Only marks that traces have stand in front of it: blanks, "?", "[<…>]", a prefix of the log. */
static bool lone(struct kd_view line, const struct kd_decode_frame *f)
{
	struct kd_view after = kd_view_from(line, f->at + f->len);
	struct kd_view before = kd_view_head(line, f->at), inner;

	if (f->module.n)
		(void)kd_view_take_until(&after, KD_V("]"), &inner);
	after = kd_view_trim(after);
	if (after.n && !kd_view_starts(after, KD_V("(")))
		return false;
	while (before.n && (kd_is_space(before.p[before.n - 1]) || before.p[before.n - 1] == '?'))
		before.n--;
	return !before.n || before.p[before.n - 1] == ']' || before.p[before.n - 1] == '|' ||
	       kd_view_ends(before, KD_V("kernel:")) || counter_before(before);
}

/* It is decoded already: a path with a line number follows. */
static bool has_place(struct kd_view line, const struct kd_decode_frame *f)
{
	struct kd_view after = kd_view_from(line, f->at + f->len), word;
	size_t colon;

	if (f->module.n)
		(void)kd_view_take_until(&after, KD_V("]"), &word);
	kd_view_skip_blank(&after);
	if (!kd_view_take_word(&after, &word))
		return false;
	colon = kd_view_rchr(word, ':');
	return colon != KD_NPOS && colon + 1 < word.n && kd_is_digit(word.p[colon + 1]) &&
	       kd_view_chr(kd_view_head(word, colon), '.') != KD_NPOS;
}

/* --- raw addresses ------------------------------------------------------------------------ */

/* Where the address is printed on the line: the last time, "[<ffffffff81000000>] 0xffffffff81000000". */
static bool find_address(struct kd_view line, uint64_t addr, struct kd_decode_frame *f)
{
	bool found = false;

	for (size_t i = 0; i < line.n;) {
		struct kd_view rest = kd_view_from(line, i);
		const size_t n = rest.n;
		uint64_t v;

		if (!kd_is_xdigit(line.p[i]) || (i && kd_is_word(line.p[i - 1])) || !kd_view_take_hex(&rest, &v)) {
			i++;
			continue;
		}
		if (v == addr && n - rest.n >= 8) {
			f->at = i;
			f->len = n - rest.n;
			found = true;
		}
		i += n - rest.n;
	}
	return found;
}

/* kdoc's own output: the name stands behind the address. */
static bool has_name(struct kd_view line, const struct kd_decode_frame *f)
{
	struct kd_view rest = kd_view_from(line, f->at + f->len);
	struct kd_decode_frame g;
	size_t at = 0;

	kd_view_skip(&rest, KD_V(">]"));
	return next_frame(rest, &at, &g) && !kd_view_trim(kd_view_head(rest, g.at)).n;
}

static enum kd_decode_state raw_state(enum kd_raw_state s)
{
	switch (s) {
	case KD_RAW_NAMED:
		return KD_DECODE_NO_LINE;
	case KD_RAW_NO_OFFSET:
		return KD_DECODE_NO_OFFSET;
	case KD_RAW_MODULE:
		return KD_DECODE_MODULE;
	case KD_RAW_OUTSIDE:
		return KD_DECODE_NO_CODE;
	case KD_RAW_HASHED:
		return KD_DECODE_NO_ADDRESS;
	}
	return KD_DECODE_NO_OFFSET;
}

static struct kd_error *resolve_raw(struct decode *d, const struct wanted *w, struct kd_decode_frame *f)
{
	struct kd_matches *m;
	struct kd_symbol s;
	uint64_t at = 0;

	f->state = d->sum->raws.k ? raw_state(kd_raw_symbol(&d->sum->raws, w->boot, w->addr, f->exact, &at, &s))
				  : KD_DECODE_NO_DEBUG;
	if (f->state != KD_DECODE_NO_LINE)
		return NULL;
	m = kd_arena_new(&d->kept, struct kd_matches);
	if (m)
		m->v = kd_arena_new(&d->kept, struct kd_match);
	if (!m || !m->v)
		return kd_error_new(KD_LIMIT, "no room for an answer");
	m->n = 1;
	*m->v = (struct kd_match){.sym = s, .addr = at, .lookup = at - !f->exact, .size = KD_MATCH_SIZE_UNKNOWN};
	(void)kd_chain_at(d->sum->raws.k, m->v->lookup, &d->kept, &m->v->chain);
	f->func = s.name;
	f->offset = at - s.addr;
	f->size = s.size ? s.size : s.room;
	f->noise = f->size && f->offset == f->size;
	f->m = m;
	f->unsure = kd_symset_unsure(d->sum->set, KD_VNULL);
	if (m->v->chain.n && m->v->chain.v[0].at.line)
		f->state = KD_DECODE_DONE;
	return NULL;
}

static struct kd_error *raw_of_line(struct decode *d, struct kd_decode_line *l)
{
	struct kd_error *err = NULL;

	for (; !err && d->next_wanted < d->wanted.n && d->wanted.v[d->next_wanted].no <= l->no; d->next_wanted++) {
		const struct wanted *w = &d->wanted.v[d->next_wanted];
		struct kd_decode_frame f = {.raw = true, .addr = w->addr};

		if (w->no < l->no || l->nframes == KD_DECODE_LINE_FRAMES || !find_address(l->raw, w->addr, &f) ||
		    has_name(l->raw, &f))
			continue;
		if (l->nframes && l->frame[l->nframes - 1].raw && l->frame[l->nframes - 1].addr == w->addr)
			continue; /* one line may be part of two reports */
		f.exact = w->exact || (d->after_entry && !w->weak);
		err = resolve_raw(d, w, &f);
		d->after_entry = !w->weak && f.func.n && kd_exception_entry(f.func);
		d->sum->raw++;
		d->sum->frames++;
		d->sum->state[f.state]++;
		l->frame[l->nframes++] = f;
	}
	return err;
}

/* --- answers ------------------------------------------------------------------------------ */

static enum kd_decode_state judge(const struct decode *d, const struct kd_decode_frame *f,
				  const struct kd_matches *m)
{
	if (!m->n)
		return KD_DECODE_NO_SYMBOL;
	if (m->v[0].size == KD_MATCH_SIZE_DIFFERS && !d->force)
		return KD_DECODE_SIZE;
	if (f->size && f->offset >= f->size + !f->exact) /* a call may be the last thing in a function */
		return KD_DECODE_OUTSIDE;
	if (m->n > 1)
		return KD_DECODE_SEVERAL;
	return m->v[0].chain.n && m->v[0].chain.v[0].at.line ? KD_DECODE_DONE : KD_DECODE_NO_LINE;
}

static struct kd_error *ask(struct decode *d, struct kd_decode_frame *f, struct answer *a)
{
	const struct kd_frame_query q = {.func = f->func, .has_offset = true, .offset = f->offset,
					 .size = f->size, .exact = f->exact};
	struct kd_error *err;
	uint64_t misses;

	a->state = KD_DECODE_NO_DEBUG;
	a->k = kd_symset_get(d->sum->set, f->module, f->build_id);
	if (!a->k)
		return NULL;
	misses = kd_kdx_misses(a->k);
	err = kd_match_frame(a->k, &q, &d->kept, &a->m);
	if (err)
		return err;
	a->state = kd_kdx_misses(a->k) != misses ? KD_DECODE_DAMAGED : judge(d, f, &a->m);
	if (a->state == KD_DECODE_DAMAGED || a->state == KD_DECODE_OUTSIDE)
		a->m.n = 0;
	if (!d->sum->damage)
		d->sum->damage = kd_kdx_damage(a->k);
	return NULL;
}

static void forget(struct decode *d)
{
	kd_hashmap_clear(&d->answers);
	kd_arena_reset(&d->kept);
}

static struct kd_error *resolve(struct decode *d, struct kd_decode_frame *f)
{
	struct kd_hashmap_entry *e = NULL;
	struct answer *a;
	struct kd_view key;
	bool is_new = false;
	struct kd_error *err;

	key = kd_arena_printf(&d->kept, "%.*s %.*s %jx %jx %d", KD_VARG(f->func), KD_VARG(f->module),
			      (uintmax_t)f->offset, (uintmax_t)f->size, f->exact);
	if (key.p)
		e = kd_hashmap_add(&d->answers, key, &is_new);
	if (!e)
		return kd_error_new(KD_LIMIT, "no room for what line %ju names", (uintmax_t)d->sum->lines);
	if (is_new) {
		a = kd_arena_new(&d->kept, struct answer);
		if (!a)
			return kd_error_new(KD_LIMIT, "no room for an answer");
		e->ptr = a;
		err = ask(d, f, a);
		if (err)
			return err;
	}
	a = e->ptr;
	f->state = a->state;
	f->m = a->k && a->m.n ? &a->m : NULL;
	if (a->k)
		f->unsure = kd_symset_unsure(d->sum->set, f->module);
	if (f->m && f->m->v[0].size == KD_MATCH_SIZE_SAME)
		d->sum->same_size++;
	d->sum->sized += a->k && f->size && a->state != KD_DECODE_DAMAGED;
	return NULL;
}

/* --- lines -------------------------------------------------------------------------------- */

static bool of_other_kernel(struct decode *d, uint64_t no)
{
	while (d->next_other < d->other.n && d->other.v[d->next_other].to < no)
		d->next_other++;
	return d->next_other < d->other.n && d->other.v[d->next_other].from <= no;
}

static struct kd_error *one_line(struct decode *d, struct kd_view raw)
{
	struct kd_decode_line l = {.no = ++d->sum->lines, .raw = raw};
	struct kd_error *err = NULL;
	size_t at = 0;

	/* between lines alone: a line's frames share what is kept */
	if (d->kept.used > KEPT_MAX || d->answers.entries.n >= KEPT_ANSWERS)
		forget(d);
	while (!err && l.nframes < KD_DECODE_LINE_FRAMES && next_frame(raw, &at, &l.frame[l.nframes])) {
		struct kd_decode_frame *f = &l.frame[l.nframes];

		if (has_place(raw, f))
			continue;
		f->exact = counter_before(kd_view_head(raw, f->at)) || d->after_entry;
		f->noise = f->size && f->offset == f->size;
		d->after_entry = kd_exception_entry(f->func);
		if (of_other_kernel(d, l.no))
			f->state = KD_DECODE_OTHER_KERNEL;
		else
			err = resolve(d, f);
		d->sum->frames++;
		d->sum->state[f->state]++;
		l.nframes++;
	}
	if (!err)
		err = raw_of_line(d, &l);
	l.lone = l.nframes == 1 && lone(raw, &l.frame[0]);
	return err ? err : d->fn(d->user, &l);
}

static struct kd_error *read_all(struct kd_source *src, struct kd_buf *ret)
{
	struct kd_error *err = NULL;
	size_t n = 1;

	while (!err && n) {
		char *to = kd_buf_reserve(ret, 1 << 20);

		if (!to)
			return kd_error_new(KD_LIMIT, "%s has more than %zu MiB: cut the log around the crash (kdoc scan "
					    "names its lines)", kd_source_name(src), KD_DECODE_INPUT_MAX >> 20);
		err = kd_source_read(src, to, 1 << 20, &n);
		if (!err)
			ret->n += n;
	}
	return err;
}

static struct kd_error *all_lines(struct decode *d, struct kd_view text)
{
	struct kd_error *err = NULL;

	while (!err && text.n) {
		size_t end = kd_view_chr(text, '\n');
		struct kd_view line = kd_view_head(text, end == KD_NPOS ? text.n : end);

		text = kd_view_from(text, end == KD_NPOS ? text.n : end + 1);
		if (kd_view_ends(line, KD_V("\r")))
			line.n--;
		err = one_line(d, line);
		if (!err && !(d->sum->lines & 1023))
			err = kd_ctx_check(d->ctx);
	}
	return err;
}

/* Modules that frames name: a package is then read once for all of them. */
static size_t modules_of(struct kd_decode_summary *sum, struct kd_view text, const struct kd_view **ret)
{
	struct kd_view *v = kd_arena_array(&sum->arena, HINTS_MAX, struct kd_view);
	kd_auto(kd_hashmap_deinit) struct kd_hashmap seen = KD_HASHMAP_INIT(HINTS_MAX, NULL);
	struct kd_decode_frame f;
	size_t at = 0, n = 0;
	bool is_new;

	while (v && n < HINTS_MAX && next_frame(text, &at, &f)) {
		if (!f.module.n || !kd_hashmap_add(&seen, f.module, &is_new) || !is_new)
			continue;
		v[n++] = f.module;
	}
	*ret = v;
	return n;
}

static struct kd_symset *new_set(struct kd_ctx *ctx, const struct kd_decode_request *req,
				 struct kd_decode_summary *sum, struct kd_view text)
{
	struct kd_symset_want want = {.release = sum->release, .build = sum->build};
	const struct kd_symset_options o = {.paths = req->debug, .npaths = req->ndebug, .cache = req->cache,
					    .only_paths = req->only_debug, .force = req->force, .root = req->root,
					    .net = req->net};

	if (req->ndebug)
		want.nmodules = modules_of(sum, text, &want.modules);

	return kd_symset_new(ctx, &want, &o);
}

struct kd_error *kd_decode(struct kd_ctx *ctx, const struct kd_decode_request *req, kd_decode_fn *fn,
			   void *user, struct kd_decode_summary *sum)
{
	struct decode d = {.ctx = ctx, .fn = fn, .user = user, .sum = sum, .force = req->force};
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_DECODE_INPUT_MAX + (2 << 20));
	struct kd_input in = {.name = NULL};
	struct kd_error *err;

	*sum = (struct kd_decode_summary){.arena = KD_ARENA_INIT(16 << 20)};
	kd_raw_init(&sum->raws);
	err = kd_input_open(ctx, req->input, &in);
	if (!err)
		err = read_all(in.src, &text);
	if (!err && kd_source_diag(in.src))
		sum->packed_diag = kd_arena_view(&sum->arena, kd_view_of(kd_source_diag(in.src))).p;
	kd_source_close(in.src);
	if (!err)
		err = first_pass(&d, kd_buf_view(&text), req->input);
	if (err) {
		kd_vec_free(&d.other);
		kd_vec_free(&d.wanted);
		return err;
	}
	d.kept = KD_ARENA_INIT(2 * KEPT_MAX);
	d.answers = KD_HASHMAP_INIT(2 * KEPT_ANSWERS, NULL);
	sum->set = new_set(ctx, req, sum, kd_buf_view(&text));
	if (kd_raw_any(&sum->raws)) {
		kd_raw_solve(&sum->raws, sum->set);
		sum->where = &sum->raws;
	}
	err = all_lines(&d, kd_buf_view(&text));
	sum->ntries = kd_symset_tries(sum->set, &sum->tries);
	kd_hashmap_deinit(&d.answers);
	kd_arena_deinit(&d.kept);
	kd_vec_free(&d.other);
	kd_vec_free(&d.wanted);
	return err;
}

void kd_decode_deinit(struct kd_decode_summary *sum)
{
	kd_raw_deinit(&sum->raws);
	kd_symset_free(sum->set);
	kd_arena_deinit(&sum->arena);
	*sum = (struct kd_decode_summary){.lines = 0};
}
