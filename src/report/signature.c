// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signatures: what has to be equal for two reports to be taken for one bug.
 *
 * strict: kind, place with module, and all frames of the crash that are not helpers;
 * normal: kind and the first three of them; loose: the family and the first one.
 * Compiler suffixes are cut; offsets, addresses, CPUs, tasks and releases never count, nor what a decoder adds:
 * inlined functions, files, lines. So a log and its decoded form are equal. A report without any place has its
 * title, numbers left out.
 */
#include <string.h>

#include "base/hash.h"
#include "report/engine.h"

enum { MAX_PARTS = 40, FRAMES_MAX = 32 };

static const char *const depth_words[] = {"strict", "normal", "loose"};

/* "what text", without printf: every frame of every report comes by here. */
static void add(struct kd_report *r, struct kd_signature *s, struct kd_view what, struct kd_view v)
{
	char *p;

	if (s->nparts >= MAX_PARTS || !v.n)
		return;
	p = kd_arena_alloc(r->arena, what.n + v.n + 1);
	if (!p)
		return;
	memcpy(p, what.p, what.n);
	memcpy(p + what.n, v.p, v.n);
	s->parts[s->nparts++] = kd_view(p, what.n + v.n);
}

static size_t digits(struct kd_view v, size_t i, bool hex)
{
	size_t n = i;

	while (n < v.n && (hex ? kd_is_xdigit(v.p[n]) : kd_is_digit(v.p[n])))
		n++;
	return n - i;
}

/*
 * Length of a number at i that is no part of a word and no error code "(-12)": "12", "10.0.0.5", "30.208s", "0x1f",
 * "ffff8880123456ab"; 0: none.
 */
static size_t number_at(struct kd_view v, size_t i)
{
	size_t n, unit;

	if ((i && kd_is_word(v.p[i - 1])) || (i > 1 && v.p[i - 1] == '-' && v.p[i - 2] == '('))
		return 0;
	if (kd_view_starts(kd_view_from(v, i), KD_V("0x")))
		return 2 + digits(v, i + 2, true);
	n = digits(v, i, true);
	if (n >= 8 && (i + n == v.n || !kd_is_word(v.p[i + n])))
		return n;
	for (n = digits(v, i, false); n && i + n + 1 < v.n && v.p[i + n] == '.' && kd_is_digit(v.p[i + n + 1]);)
		n += 1 + digits(v, i + n + 1, false);
	for (unit = 0; n && i + n + unit < v.n && kd_is_word(v.p[i + n + unit]); unit++)
		;
	return unit > 2 ? 0 : n; /* "4a_list" is a word */
}

/* A title without what differs from one event to the next. */
static struct kd_view without_numbers(struct kd_report *r, struct kd_view v)
{
	char *p = kd_arena_alloc(r->arena, v.n);
	size_t out = 0;

	for (size_t i = 0; p && i < v.n;) {
		size_t n = number_at(v, i);

		p[out++] = n ? '#' : v.p[i];
		i += n ? n : 1;
	}
	return p ? kd_view(p, out) : v;
}

/* The title, with the function of the log that was not decoded. */
static struct kd_view host_title(const struct kd_report *r)
{
	struct kd_view func = kd_func_base(r->where.func), host = kd_func_base(r->where_host.func);
	size_t at = r->has_where && r->where.inlined && r->has_where_host ? kd_view_find(r->title, func) : KD_NPOS;
	struct kd_view end;

	if (at == KD_NPOS)
		return r->title;
	end = kd_view_from(r->title, at + func.n);
	return kd_arena_printf(r->arena, "%.*s%.*s%.*s", KD_VARG(kd_view_head(r->title, at)), KD_VARG(host), KD_VARG(end));
}

static void seal(struct kd_signature *s, int level)
{
	struct kd_sha256 h;
	uint8_t sum[KD_SHA256_LEN];

	kd_sha256_init(&h);
	kd_sha256_update(&h, kd_view_of(depth_words[level]));
	for (size_t i = 0; i < s->nparts; i++) {
		kd_sha256_update(&h, KD_V("\n"));
		kd_sha256_update(&h, s->parts[i]);
	}
	kd_sha256_final(&h, sum);
	kd_hex(sum, 16, s->hex);
}

/* Without what compilers add, and what is another in each build of a BPF program: "bpf_prog_*_name". */
static struct kd_view stable_name(const struct kd_report *r, struct kd_view func)
{
	struct kd_view f = kd_func_base(func), rest;
	size_t tag = *f.p == 'b' ? kd_func_bpf_tag(f) : 0;
	char *p;

	if (!tag)
		return f;
	rest = kd_view_from(f, KD_BPF_PREFIX + tag);
	p = kd_arena_alloc(r->arena, KD_BPF_PREFIX + 1 + rest.n);
	if (!p)
		return f;
	memcpy(p, f.p, KD_BPF_PREFIX);
	p[KD_BPF_PREFIX] = '*';
	if (rest.n)
		memcpy(p + KD_BPF_PREFIX + 1, rest.p, rest.n);
	return kd_view(p, KD_BPF_PREFIX + 1 + rest.n);
}

/* The functions that count, the guilty one first. */
static size_t functions(const struct kd_report *r, struct kd_view ret[FRAMES_MAX])
{
	bool has = r->has_guilty_host;
	struct kd_view guilty = has && r->guilty_host.func.n ? stable_name(r, r->guilty_host.func) : KD_VNULL;
	uint8_t role = kd_main_role(r);
	size_t n = 0;

	if (has)
		ret[n++] = guilty;
	for (size_t i = 0; i < r->nstacks && n < FRAMES_MAX; i++) {
		const struct kd_stack *st = &r->stacks[i];

		if (st->role != role || st->stale)
			continue;
		for (size_t k = 0; k < st->nframes && n < FRAMES_MAX; k++) {
			struct kd_view f = st->frames[k].func.n ? stable_name(r, st->frames[k].func) : KD_VNULL;

			if (st->frames[k].reliable && !st->frames[k].inlined && f.n && !(has && kd_view_eq(f, guilty)) &&
			    !kd_frame_is_generic(&st->frames[k], r))
				ret[n++] = f;
		}
	}
	return n;
}

void kd_signatures(struct kd_report *r, size_t n)
{
	static const size_t depth[KD_NSIG] = {FRAMES_MAX, 3, 1};
	struct kd_view funcs[FRAMES_MAX];
	size_t nfuncs = n ? functions(r, funcs) : 0;

	for (size_t i = 0; i < n; i++) {
		struct kd_signature *s = &r->sig[i];

		s->parts = kd_arena_array(r->arena, MAX_PARTS, struct kd_view);
		if (!s->parts)
			return;
		if (i == KD_SIG_LOOSE)
			add(r, s, KD_V("family "), kd_view_of(r->kind->family));
		else
			add(r, s, KD_V("kind "), kd_view_of(r->kind->name));
		if (i == KD_SIG_STRICT)
			add(r, s, KD_V("location "), r->loc_file);
		for (size_t k = 0; k < nfuncs && k < depth[i]; k++)
			add(r, s, !k && r->has_guilty_host ? KD_V("func ") : KD_V("frame "), funcs[k]);
		if (s->nparts == 1)
			add(r, s, KD_V("title "), without_numbers(r, host_title(r)));
		seal(s, (int)i);
	}
}
