// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/decode.h"

#include "render/chain.h"
#include "render/head.h"
#include "render/kaslr.h"
#include "render/text.h"

enum { PLACES_MAX = 8 }; /* of one frame, in text; JSON has all */

/* --- text --------------------------------------------------------------------------------- */

static bool has_lines(const struct kd_decode_frame *f)
{
	return (f->state == KD_DECODE_DONE || f->state == KD_DECODE_SEVERAL) && f->m;
}

/* What was inlined at the frame stands above it, as it would if each had a frame of its own. */
static void inlined(struct kd_out *o, const struct kd_decode_line *l)
{
	const struct kd_decode_frame *f = &l->frame[0];
	const struct kd_chain *c;

	if (!l->lone || f->state != KD_DECODE_DONE || !f->m)
		return;
	c = &f->m->v[0].chain;
	for (size_t i = 0; i + 1 < c->n; i++) {
		kd_out_text(o, kd_view_head(l->raw, f->at));
		kd_out_text(o, c->v[i].func.n ? c->v[i].func : KD_V("??"));
		kd_out_puts(o, " ");
		kd_render_src(o, &c->v[i].at, false);
		kd_out_puts(o, " [inline]\n");
	}
}

/* On a line with other text the innermost place is the one that is meant. */
static const struct kd_src *source_of(const struct kd_decode_line *l, const struct kd_match *m, bool only)
{
	return m->chain.n ? &m->chain.v[l->lone && only ? m->chain.n - 1 : 0].at : NULL;
}

static bool same_place(const struct kd_src *a, const struct kd_src *b)
{
	return a->line == b->line && kd_view_eq(a->name, b->name) && kd_view_eq(a->dir, b->dir);
}

static void place(struct kd_out *o, const struct kd_decode_line *l, const struct kd_decode_frame *f)
{
	const struct kd_src *all[PLACES_MAX];
	size_t n = 0, k;

	kd_style(o, KD_STYLE_GOOD);
	if (f->raw) {
		kd_out_puts(o, " ");
		kd_out_text(o, f->func);
		kd_out_printf(o, "+0x%jx/0x%jx", (uintmax_t)f->offset, (uintmax_t)f->size);
	}
	for (size_t i = 0; i < f->m->n && n < PLACES_MAX; i++) {
		const struct kd_src *s = source_of(l, &f->m->v[i], f->m->n == 1);

		for (k = 0; s && k < n && !same_place(all[k], s); k++)
			;
		if (!s || k < n)
			continue;
		all[n++] = s;
		kd_out_puts(o, n > 1 ? " | " : " ");
		kd_render_src(o, s, false);
	}
	kd_render_demangled(o, f->func);
	if (f->m->n > 1)
		kd_out_printf(o, " (one of %zu functions of that name%s)", f->m->n,
			      f->m->v[0].size == KD_MATCH_SIZE_SAME ? " and size" : "");
	if (f->unsure)
		kd_out_puts(o, " (unsure)");
	if (f->noise)
		kd_out_puts(o, " (offset = size: maybe no call)");
	kd_style(o, KD_STYLE_NONE);
}

void kd_render_decode_line(struct kd_out *o, const struct kd_decode_line *l)
{
	inlined(o, l);
	kd_out_text(o, l->raw);
	for (size_t i = 0; i < l->nframes; i++)
		if (has_lines(&l->frame[i]) || (l->frame[i].raw && l->frame[i].m))
			place(o, l, &l->frame[i]);
	kd_out_puts(o, "\n");
}

static void count(struct kd_out *o, uint64_t n, const char *what)
{
	if (n)
		kd_out_printf(o, "  %ju %s\n", (uintmax_t)n, what);
}

static void raw_notes(struct kd_out *o, const struct kd_decode_summary *s)
{
	const uint64_t *n = s->state;

	if (!s->raw)
		return;
	count(o, n[KD_DECODE_NO_OFFSET], "raw addresses, and where the kernel lay is not known");
	count(o, n[KD_DECODE_MODULE], "raw addresses of modules, whose places the log does not give");
	count(o, n[KD_DECODE_NO_CODE], "raw addresses in no function of the kernel: of a module, of BPF, or damaged");
	count(o, n[KD_DECODE_NO_ADDRESS], "raw numbers that are no addresses of the kernel (%p prints hashed ones)");
	for (size_t i = 0; s->where && i < s->where->boots.n; i++) {
		const struct kd_raw_boot *b = s->where->boots.v[i];

		if (!b->solved)
			continue;
		kd_out_puts(o, "  KASLR");
		if (s->where->boots.n > 1)
			kd_out_printf(o, ", boot %u", b->boot + 1);
		if (b->found.state == KD_KASLR_FOUND)
			kd_out_printf(o, ": offset %s0x%jx", b->found.offset < 0 ? "-" : "",
				      (uintmax_t)(b->found.offset < 0 ? 0 - (uint64_t)b->found.offset : (uint64_t)b->found.offset));
		kd_out_puts(o, ": ");
		kd_out_text(o, kd_view_of(b->found.words));
		kd_out_puts(o, "\n");
	}
}

void kd_render_decode_notes(struct kd_out *o, const char *input, const struct kd_decode_summary *s)
{
	const uint64_t *n = s->state;

	kd_out_puts(o, "kdoc: ");
	kd_out_text(o, kd_view_of(input));
	kd_out_printf(o, ": %ju of %ju frames decoded", (uintmax_t)(n[KD_DECODE_DONE] + n[KD_DECODE_SEVERAL]),
		      (uintmax_t)s->frames);
	if (s->same_size)
		kd_out_printf(o, "; the sizes of %ju functions agree", (uintmax_t)s->same_size);
	kd_out_puts(o, "\n");
	if (s->sized && s->same_size * 2 < s->sized)
		kd_out_printf(o, "  this is hardly the debug info of the log's kernel: %ju of %ju frames have its sizes\n",
			      (uintmax_t)s->same_size, (uintmax_t)s->sized);
	count(o, n[KD_DECODE_SEVERAL], "with several functions of that name: all of them are named");
	count(o, n[KD_DECODE_NO_DEBUG], "without debug info");
	count(o, n[KD_DECODE_NO_SYMBOL], "of functions that the debug info does not have");
	count(o, n[KD_DECODE_SIZE], "left alone: the function has another size there; this debug info may be of "
				    "another build (--force takes it)");
	count(o, n[KD_DECODE_NO_LINE], "in functions without line information");
	count(o, n[KD_DECODE_OUTSIDE], "with an offset beyond the function's size");
	count(o, n[KD_DECODE_DAMAGED], "whose part of the index is damaged: an index of the cache is made again the next time");
	count(o, n[KD_DECODE_OTHER_KERNEL], "of reports of another kernel than the first one's");
	raw_notes(o, s);
	kd_render_tries_text(o, s->tries, s->ntries);
	if (s->damage) {
		kd_out_puts(o, "  ");
		kd_out_text(o, kd_view_of(s->damage));
		kd_out_puts(o, "\n");
	}
	if (s->packed_diag) {
		kd_out_puts(o, "  ");
		kd_out_text(o, kd_view_of(s->packed_diag));
		kd_out_puts(o, "\n");
	}
	if (n[KD_DECODE_NO_DEBUG] && !s->ntries)
		kd_out_puts(o, "  name the debug info: kdoc decode --debug=vmlinux[:MODULES] …\n");
	if (!s->frames)
		kd_out_puts(o, "  no symbol+offset was found in it\n");
}

/* --- JSON --------------------------------------------------------------------------------- */

void kd_render_decode_json_begin(struct kd_json *j, const char *input)
{
	kd_json_begin_object(j);
	kd_render_head_json(j, "kdoc.decode/1");
	kd_json_kv_strz(j, "input", input);
	kd_json_key(j, "lines");
	kd_json_begin_array(j);
}

static void frame(struct kd_json *j, const struct kd_decode_frame *f)
{
	kd_json_begin_object(j);
	if (f->raw)
		kd_json_kv_hex(j, "raw_address", f->addr);
	if (!f->raw || f->m) {
		kd_json_kv_str(j, "function", f->func);
		kd_render_demangled_json(j, "readable", f->func);
		kd_json_kv_u64(j, "offset", f->offset);
		kd_json_kv_u64(j, "size", f->size);
	}
	if (f->module.n)
		kd_json_kv_str(j, "module", f->module);
	kd_json_kv_strz(j, "pc", f->exact ? "exact" : "return");
	kd_json_kv_strz(j, "state", kd_decode_state_word(f->state));
	if (f->noise)
		kd_json_kv_bool(j, "offset_is_size", true);
	if (f->unsure)
		kd_json_kv_strz(j, "unsure", f->unsure);
	if (f->m) {
		kd_json_key(j, "matches");
		kd_json_begin_array(j);
		for (size_t i = 0; i < f->m->n; i++)
			kd_render_match_json(j, &f->m->v[i]);
		kd_json_end_array(j);
		if (f->m->by_size)
			kd_json_kv_u64(j, "left_out_by_size", f->m->left_out);
	}
	kd_json_end_object(j);
}

void kd_render_decode_json_line(struct kd_json *j, const struct kd_decode_line *l)
{
	if (!l->nframes)
		return;
	kd_json_begin_object(j);
	kd_json_kv_u64(j, "line", l->no);
	kd_json_kv_str(j, "text", l->raw);
	kd_json_key(j, "frames");
	kd_json_begin_array(j);
	for (size_t i = 0; i < l->nframes; i++)
		frame(j, &l->frame[i]);
	kd_json_end_array(j);
	kd_json_end_object(j);
}

void kd_render_decode_json_end(struct kd_json *j, const struct kd_decode_summary *s)
{
	kd_json_end_array(j);
	kd_json_kv_u64(j, "frames", s->frames);
	for (unsigned i = 0; i < KD_DECODE_NSTATES; i++)
		kd_json_kv_u64(j, kd_decode_state_word(i), s->state[i]);
	kd_json_kv_u64(j, "sizes_agree", s->same_size);
	kd_json_kv_u64(j, "sizes_compared", s->sized);
	kd_json_kv_u64(j, "raw_addresses", s->raw);
	if (s->where)
		kd_render_kaslr_json(j, s->where);
	if (s->release.n)
		kd_json_kv_str(j, "release", s->release);
	if (s->build.n)
		kd_json_kv_str(j, "build", s->build);
	kd_render_tries_json(j, s->tries, s->ntries);
	if (s->damage)
		kd_json_kv_strz(j, "damage", s->damage);
	if (s->packed_diag)
		kd_json_kv_strz(j, "packing_problem", s->packed_diag);
	kd_json_end_object(j);
}
