// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames of stack traces in all the forms that kernels and decoders print. */
#include "report/builder.h"
#include "report/token.h"
#include "report/token_internal.h"

static bool is_symbol_char(char c)
{
	return kd_is_word(c) || c == '.' || c == '$';
}

/* Length of the symbol at the front of v; by a table, since nearly every line has one. */
static size_t symbol_run(struct kd_view v)
{
#define TEN(c) [c] = 1, [(c) + 1] = 1, [(c) + 2] = 1, [(c) + 3] = 1, [(c) + 4] = 1, [(c) + 5] = 1, \
	       [(c) + 6] = 1, [(c) + 7] = 1, [(c) + 8] = 1, [(c) + 9] = 1
#define LETTERS(a) TEN(a), TEN((a) + 10), [(a) + 20] = 1, [(a) + 21] = 1, [(a) + 22] = 1, \
		   [(a) + 23] = 1, [(a) + 24] = 1, [(a) + 25] = 1
	static const uint8_t is_symbol[256] = {
		TEN('0'), LETTERS('A'), LETTERS('a'), ['_'] = 1, ['.'] = 1, ['$'] = 1,
	};
	size_t i = 0;

	while (i < v.n && is_symbol[(unsigned char)v.p[i]])
		i++;
	return i;
}

struct kd_view kd_func_base(struct kd_view func)
{
	size_t dot;

	kd_view_skip(&func, KD_V("."));
	dot = kd_view_chr(func, '.');
	if (dot != KD_NPOS && dot > 0)
		func = kd_view_head(func, dot);
	return func;
}

size_t kd_func_bpf_tag(struct kd_view func)
{
	size_t n = 0;

	if (!kd_view_skip(&func, KD_V("bpf_prog_")))
		return 0;
	while (n < func.n && kd_is_xdigit(func.p[n]))
		n++;
	return n >= 8 && (n == func.n || func.p[n] == '_') ? n : 0;
}

/* "[mod]" or "[mod 0123abcd…]" or "[mod] 0123…". */
static void take_module(struct kd_view *v, struct kd_frame *f)
{
	struct kd_view w = *v, inner;
	size_t sp;

	kd_view_skip_blank(&w);
	if (!kd_view_skip(&w, KD_V("[")) || !kd_view_take_until(&w, KD_V("]"), &inner))
		return;
	if (!inner.n || inner.n > 128 || kd_is_blank(inner.p[0]) || inner.p[0] == '<')
		return;
	if (kd_view_eq(inner, KD_V("inline")) || kd_view_eq(inner, KD_V("inlined"))) {
		f->inlined = true;
		*v = w;
		return;
	}
	sp = kd_view_chr(inner, ' ');
	f->module = kd_view_head(inner, sp == KD_NPOS ? inner.n : sp);
	if (sp != KD_NPOS)
		f->build_id = kd_view_trim(kd_view_from(inner, sp));
	*v = w;
}

/* "+0x1f/0x120"; false when it is not there. */
static bool take_offset(struct kd_view *v, struct kd_frame *f)
{
	struct kd_view w = *v;
	uint64_t off, size;

	if (!kd_view_skip(&w, KD_V("+")) || !kd_view_take_hex(&w, &off))
		return false;
	if (kd_view_skip(&w, KD_V("/")) && kd_view_take_hex(&w, &size)) {
		f->size = size;
		f->has_offset = true;
		f->offset = off;
		f->offset_is_size = off == size && size;
		f->outside = size && off > size;
	} else if (w.n && w.p[0] == '/') {
		return false;
	} else {
		f->offset = off;
		f->has_offset = true;
	}
	*v = w;
	return true;
}

/* ":radeon:" in front of the symbol: modules of kernels before 2.6.28. */
static void take_old_module(struct kd_view *v, struct kd_frame *f)
{
	struct kd_view w = *v, name;

	if (!kd_view_skip(&w, KD_V(":")) || !kd_view_take_until(&w, KD_V(":"), &name) || !name.n)
		return;
	for (size_t i = 0; i < name.n; i++)
		if (!is_symbol_char(name.p[i]))
			return;
	f->module = name;
	*v = w;
}

bool kd_frame_parse_symbol(struct kd_view *v, struct kd_frame *ret)
{
	struct kd_view w = *v;
	struct kd_frame f = *ret;
	size_t i;

	take_old_module(&w, &f);
	i = symbol_run(w);
	if (!i || kd_is_digit(w.p[0]))
		return false;
	f.func = kd_view_head(w, i);
	w = kd_view_from(w, i);
	take_offset(&w, &f);
	take_module(&w, &f);
	*v = w;
	*ret = f;
	return true;
}

static const struct {
	struct kd_view text;
	uint8_t ctx;
	bool end;
} marks[] = {
	{KD_V("<IRQ>"), KD_CTX_IRQ, false},
	{KD_V("</IRQ>"), KD_CTX_IRQ, true},
	{KD_V("<TASK>"), KD_CTX_TASK, false},
	{KD_V("</TASK>"), KD_CTX_TASK, true},
	{KD_V("<NMI>"), KD_CTX_NMI, false},
	{KD_V("</NMI>"), KD_CTX_NMI, true},
	{KD_V("<SOFTIRQ>"), KD_CTX_SOFTIRQ, false},
	{KD_V("</SOFTIRQ>"), KD_CTX_SOFTIRQ, true},
	{KD_V("<EOI>"), KD_CTX_TASK, true},
	{KD_V("<<EOE>>"), KD_CTX_TASK, true},
	{KD_V("<EOE>"), KD_CTX_TASK, true},
	{KD_V("<ENTRY_TRAMPOLINE>"), KD_CTX_EXCEPTION, false},
	{KD_V("</ENTRY_TRAMPOLINE>"), KD_CTX_EXCEPTION, true},
};

/* "<#DF>", "</#DB>", "<#VC>": exception stacks of x86. */
static bool take_exception_mark(struct kd_view *v, struct kd_token *t)
{
	struct kd_view w = *v;
	bool end = kd_view_skip(&w, KD_V("</#"));

	if (!end && !kd_view_skip(&w, KD_V("<#")))
		return false;
	if (w.n < 3 || w.p[w.n > 3 && w.p[2] != '>' ? 3 : 2] != '>')
		return false;
	t->ctx = KD_CTX_EXCEPTION;
	t->mark_end = end;
	*v = kd_view_from(w, kd_view_chr(w, '>') + 1);
	return true;
}

bool kd_token_mark(struct kd_view *v, struct kd_token *t)
{
	if (!v->n || v->p[0] != '<')
		return false;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (kd_view_skip(v, marks[i].text)) {
			t->ctx = marks[i].ctx;
			t->mark_end = marks[i].end;
			return true;
		}
	return take_exception_mark(v, t);
}

/* "[<ffffffff81234567>]" or, on powerpc, "[c000000000012345]". */
static bool take_address(struct kd_view *v, struct kd_frame *f)
{
	struct kd_view w = *v;
	uint64_t addr;
	bool angle;

	if (!kd_view_skip(&w, KD_V("[")))
		return false;
	angle = kd_view_skip(&w, KD_V("<"));
	kd_view_skip(&w, KD_V("0x"));
	if (kd_view_skip(&w, KD_V("(____ptrval____)")) || kd_view_skip(&w, KD_V("          (null)")) ||
	    kd_view_skip(&w, KD_V("none"))) {
		if (!kd_view_skip(&w, angle ? KD_V(">]") : KD_V("]")))
			return false;
		*v = w;
		return true;
	}
	if (w.n < 8 || !kd_view_take_hex(&w, &addr) ||
	    !kd_view_skip(&w, angle ? KD_V(">]") : KD_V("]")))
		return false;
	f->addr = addr;
	f->has_addr = true;
	*v = w;
	return true;
}

/* "net/core/dev.c:1234" possibly in parentheses and with a discriminator. */
static bool take_file(struct kd_view *v, struct kd_frame *f)
{
	struct kd_view w = *v;
	size_t i = 0, colon = 0;
	uint64_t n;
	bool paren;

	kd_view_skip_blank(&w);
	paren = kd_view_skip(&w, KD_V("("));
	while (i < w.n && !kd_is_blank(w.p[i]) && w.p[i] != ')') {
		if (w.p[i] == ':')
			colon = i;
		i++;
	}
	if (!colon || !kd_view_dec(kd_view(w.p + colon + 1, i - colon - 1), &n) || n > UINT32_MAX)
		return false;
	if (!memchr(w.p, '.', colon) && !memchr(w.p, '/', colon))
		return false;
	f->file = kd_view_head(w, colon);
	f->fline = (uint32_t)n;
	w = kd_view_from(w, i);
	if (paren) {
		size_t close = kd_view_chr(w, ')');
		struct kd_view d = kd_view_from(w, 0);

		kd_view_skip_blank(&d);
		if (kd_view_skip(&d, KD_V("(discriminator ")))
			close = kd_view_find(w, KD_V("))"));
		if (close != KD_NPOS)
			w = kd_view_from(w, close + (close < w.n - 1 && w.p[close + 1] == ')') + 1);
	}
	*v = w;
	return true;
}

void kd_token_tail(struct kd_view w, struct kd_frame *f)
{
	if (!f->file.n)
		take_file(&w, f);
	take_module(&w, f);
	kd_view_skip_blank(&w);
	if (kd_view_skip(&w, KD_V("(unreliable)")))
		f->reliable = false;
	else if (kd_view_starts(w, KD_V("(inlined")) || kd_view_starts(w, KD_V("[inline")))
		f->inlined = true;
	if (!f->module.n && f->file.n && w.n && kd_is_word(w.p[0])) {
		struct kd_view word;

		if (kd_view_take_word(&w, &word) && symbol_run(word) == word.n)
			f->module = word;
	}
}

bool kd_token_from(const struct kd_token *t, struct kd_frame *ret)
{
	struct kd_view caller = t->from;

	*ret = (struct kd_frame){.reliable = true};
	take_address(&caller, ret);
	kd_view_skip_blank(&caller);
	kd_view_skip(&caller, KD_V("("));
	return kd_frame_parse_symbol(&caller, ret) && ret->has_offset;
}

/* "(callee) from [<addr>] (caller+0x1/0x2)" and newer " callee from caller+0x1/0x2". */
static bool arm_from(struct kd_view w, struct kd_token *t)
{
	struct kd_view callee = w, caller;
	size_t from = symbol_run(w);
	struct kd_frame f;

	if (from && from < w.n && w.p[from] == ':')
		return false; /* "RAX: …", and no need to search the line */
	from = kd_view_find(w, KD_V(" from "));
	if (from == KD_NPOS)
		return false;
	callee = kd_view_head(w, from);
	caller = kd_view_from(w, from + 6);
	if (kd_view_skip(&callee, KD_V("(")) && kd_view_ends(callee, KD_V(")")))
		callee.n--;
	if (!kd_frame_parse_symbol(&callee, &t->frame) || callee.n)
		return false;
	t->from = caller;
	if (!kd_token_from(t, &f))
		return false;
	t->has_from = true;
	return true;
}

/* What kdoc decode puts behind a raw address: "0xffffffff81234567 vfs_read+0x9a/0x2e0 fs/read_write.c:457". */
static void name_behind(struct kd_view w, struct kd_frame *f)
{
	struct kd_frame g = *f;

	kd_view_skip_blank(&w);
	if (!kd_frame_parse_symbol(&w, &g) || !g.has_offset || !g.size)
		return;
	*f = g;
	f->from_addr = true;
	kd_token_tail(w, f);
}

/* A symbol with what makes it a frame: an offset, or an address in front, or file:line. */
static bool frame_body(struct kd_view w, bool had_addr, struct kd_token *t)
{
	struct kd_frame *f = &t->frame;

	if (kd_view_eq(w, KD_V("0x0"))) { /* arm64: a call of NULL */
		f->has_addr = true;
		return true;
	}
	if (kd_view_skip(&w, KD_V("0x")) && w.n >= 8) {
		uint64_t a;

		if (!kd_view_take_hex(&w, &a) || (w.n && !kd_is_blank(w.p[0])))
			return false;
		f->addr = a;
		f->has_addr = true;
		name_behind(w, f);
		return true;
	}
	if (!kd_frame_parse_symbol(&w, f))
		return false;
	if (f->has_offset && f->size) {
		if (w.n)
			kd_token_tail(w, f);
		return true;
	}
	if (w.n && !kd_is_blank(w.p[0]))
		return false;
	kd_token_tail(w, f);
	if (f->file.n)
		return true;
	return had_addr && (f->has_offset || !kd_view_trim(w).n || f->module.n);
}

/*
 * Numbered frames (the Linux Kernel Library, debuggers): "#4 [<0x0ab4a86>] f+0x1/0x2" and
 * "#4 0x0a60a36 in f dir/file.c:12". Held locks ("#0: ") look different.
 */
static bool take_number(struct kd_view *v, struct kd_frame *f)
{
	struct kd_view w = *v;
	uint64_t n, addr;

	if (!kd_view_skip(&w, KD_V("#")) || !kd_view_take_dec(&w, &n) || !w.n || !kd_is_blank(w.p[0]))
		return false;
	kd_view_skip_blank(&w);
	if (kd_view_skip(&w, KD_V("0x"))) {
		if (!kd_view_take_hex(&w, &addr) || !kd_view_skip(&w, KD_V(" in ")))
			return false;
		f->addr = addr;
		f->has_addr = true;
	} else if (!kd_view_starts(w, KD_V("[<"))) {
		return false;
	}
	*v = w;
	return true;
}

bool kd_token_frame(struct kd_view text, struct kd_token *t)
{
	struct kd_view w = text;
	bool had_addr = false;

	t->frame = (struct kd_frame){.reliable = true};
	kd_view_skip_blank(&w);
	while (kd_token_mark(&w, t))
		kd_view_skip_blank(&w);
	if (!w.n) {
		t->cls = t->ctx ? KD_TOK_MARK : KD_TOK_BLANK;
		return t->ctx;
	}
	had_addr = take_number(&w, &t->frame);
	kd_view_skip(&w, KD_V("("));
	for (int i = 0; i < 2 && take_address(&w, &t->frame); i++) {
		had_addr = true;
		kd_view_skip_blank(&w);
	}
	if (kd_view_skip(&w, KD_V("? "))) {
		t->frame.reliable = false;
		kd_view_skip_blank(&w);
	}
	if (w.n && (kd_is_word(w.p[0]) || memchr(".$:", w.p[0], 3)) &&
	    frame_body(w, had_addr, t)) {
		t->cls = KD_TOK_FRAME;
		return true;
	}
	if (arm_from(w, t) || (had_addr && !kd_view_trim(w).n)) {
		t->cls = KD_TOK_FRAME;
		return true;
	}
	return false;
}
