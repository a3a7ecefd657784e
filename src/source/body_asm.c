// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/body_asm.h"

#include "base/alloc.h"
#include "base/vec.h"

enum what { STARTS, ENDS, ALIAS };

/*
 * include/linux/linkage.h and arch/(*)/include/asm/linkage.h; ENTRY and END were the names before
 * 5.5; arch/mips/include/asm/asm.h (LEAF, NESTED), arch/powerpc/include/asm/ppc_asm.h (_GLOBAL). With
 * '*': so beginning. The narrower row first.
 */
static const struct {
	const char *name;
	enum what what;
} words[] = {
	{"SYM_FUNC_START*", STARTS}, {"SYM_CODE_START*", STARTS}, {"SYM_TYPED_FUNC_START*", STARTS},
	{"SYM_FUNC_END*", ENDS},     {"SYM_CODE_END", ENDS},      {"SYM_FUNC_ALIAS*", ALIAS},
	{"ENTRY", STARTS},           {"ENTRY_NP", STARTS},        {"WEAK", STARTS},
	{"ENDPROC", ENDS},           {"END", ENDS},               {"LEAF", STARTS},
	{"NESTED", STARTS},          {"_GLOBAL*", STARTS},        {"ENTRY_CFI", STARTS},
	{"ENDPROC_CFI", ENDS},       {"ENTRY_COMP", STARTS},
};

static const char *skip_blank(const char *p, const char *end)
{
	while (p < end && kd_is_blank(*p))
		p++;
	return p;
}

static struct kd_view take_name(const char **p, const char *end)
{
	const char *start = *p = skip_blank(*p, end);

	while (*p < end && (kd_is_word(**p) || **p == '.' || **p == '$'))
		++*p;
	return kd_view(start, (size_t)(*p - start));
}

/* "WORD(name" or "WORD(name, other" at the beginning of a line. */
static bool take_call(struct kd_view line, enum what *what, struct kd_view *macro, struct kd_view *name,
		      struct kd_view *second)
{
	const char *p = line.p, *end = line.n ? line.p + line.n : line.p;

	*macro = take_name(&p, end);
	if (!macro->n || p >= end || *p != '(')
		return false;
	p++;
	*name = take_name(&p, end);
	if (!name->n)
		return false;
	p = skip_blank(p, end);
	*second = KD_VNULL;
	if (p < end && *p == ',') {
		p++;
		*second = take_name(&p, end);
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++) {
		struct kd_view w = kd_view_of(words[i].name);

		*what = words[i].what;
		if (kd_view_ends(w, KD_V("*")) ? kd_view_starts(*macro, kd_view_head(w, w.n - 1))
					       : kd_view_eq(*macro, w))
			return true;
	}
	return false;
}

static struct kd_body *latest(struct kd_bodies *b, struct kd_view name)
{
	/* an end is near its start: a file of thousands of entries stays linear */
	for (size_t i = b->n, seen = 0; i > 0 && seen < 64; i--, seen++)
		if (kd_view_eq(b->v[i - 1].name, name))
			return &b->v[i - 1];
	return NULL;
}

static struct kd_body *add(struct kd_bodies *ret, struct kd_view name, struct kd_view macro, uint32_t line)
{
	struct kd_body *b = kd_vec_push(ret, KD_BODY_MAX);

	if (!b) {
		ret->over_limit = true;
		return NULL;
	}
	b->name = name;
	b->macro = macro;
	b->start = b->line = b->open = line;
	b->flags = KD_BODY_ASM;
	return b;
}

static void one_line(struct kd_bodies *ret, struct kd_view line, uint32_t n)
{
	struct kd_view macro, name, second;
	struct kd_body *b, *of;
	enum what what;

	if (!take_call(line, &what, &macro, &name, &second))
		return;
	if (what == STARTS) {
		add(ret, name, macro, n);
	} else if (what == ENDS) {
		b = latest(ret, name);
		if (b && !b->close)
			b->close = n;
	} else {
		uint32_t first, last;

		of = second.n ? latest(ret, second) : NULL;
		if (!of)
			return;
		first = of->start;
		last = of->close ? of->close : n;
		b = add(ret, name, macro, n);
		if (b) {
			b->start = b->open = first;
			b->close = last;
		}
	}
}

/* What has no end of its own ends before the next one. */
static void close_rest(struct kd_bodies *ret)
{
	uint32_t next = ret->lines + 1;

	for (size_t i = ret->n; i > 0; i--) {
		struct kd_body *b = &ret->v[i - 1];

		if (!b->close) {
			b->close = next > b->line ? next - 1 : b->line;
			b->flags |= KD_BODY_GUESSED_END;
		}
		if (b->line < next)
			next = b->line;
	}
}

/* Within a comment after this line? */
static bool comment_after(struct kd_view line, bool inside)
{
	for (size_t i = 0; i + 1 < line.n; i++) {
		if (!inside && line.p[i] == '/' && line.p[i + 1] == '/')
			return false;
		if (line.p[i] == (inside ? '*' : '/') && line.p[i + 1] == (inside ? '/' : '*')) {
			inside = !inside;
			i++;
		}
	}
	return inside;
}

void kd_bodies_scan_asm(struct kd_view text, struct kd_bodies *ret)
{
	struct kd_view rest = text;
	bool comment = false;
	uint32_t n = 0;

	while (rest.n) {
		size_t len = kd_view_chr(rest, '\n');
		struct kd_view line = len == KD_NPOS ? rest : kd_view_head(rest, len);

		n++;
		if (!comment)
			one_line(ret, line, n);
		comment = comment_after(line, comment);
		rest = len == KD_NPOS ? KD_VNULL : kd_view_from(rest, len + 1);
	}
	ret->lines = n;
	close_rest(ret);
}
