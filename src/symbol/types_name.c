// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "base/alloc.h"
#include "symbol/types_internal.h"

/*
 * C's declarators read from the inside out: the text begins as the name, pointers go in front of it, arrays
 * and parameters behind it; a pointer to an array or a function needs parentheses.
 */
enum { TEXT_MAX = 64 << 10, NESTED = 8 };

struct declarator {
	struct kd_buf text;
	bool pointer; /* the last thing that was added is a *: what follows on the right needs () */
};

static void prepend(struct kd_buf *b, struct kd_view v)
{
	size_t n = b->n;

	if (!kd_buf_add(b, v)) /* makes room */
		return;
	memmove(b->p + v.n, b->p, n);
	memcpy(b->p, v.p, v.n);
}

static void prepend_word(struct kd_buf *b, struct kd_view v)
{
	if (b->n && kd_is_word(b->p[0]))
		prepend(b, KD_V(" "));
	prepend(b, v);
}

static void parenthesise(struct declarator *d)
{
	if (!d->pointer)
		return;
	prepend(&d->text, KD_V("("));
	kd_buf_addc(&d->text, ')');
	d->pointer = false;
}

static void declare(const struct kd_types *ts, uint32_t id, struct kd_view name, int nested, struct kd_buf *out);

static void parameters(const struct kd_types *ts, const struct kd_btf_type *t, int nested, struct kd_buf *b)
{
	kd_buf_addc(b, '(');
	if (!t->n)
		kd_buf_add(b, KD_V("void"));
	for (uint32_t i = 0; i < t->n && !b->overflow; i++) {
		const struct kd_btf_param p = kd_btf_param(ts->btf, t, i);

		if (i)
			kd_buf_add(b, KD_V(", "));
		if (!p.type && i + 1 == t->n)
			kd_buf_add(b, KD_V("..."));
		else
			declare(ts, p.type, KD_VNULL, nested, b);
	}
	kd_buf_addc(b, ')');
}

static const char *qualifier(enum kd_btf_kind kind)
{
	switch (kind) {
	case KD_BTF_CONST:
		return "const";
	case KD_BTF_VOLATILE:
		return "volatile";
	case KD_BTF_RESTRICT:
		return "restrict";
	default:
		return "";
	}
}

/* What stands at the far left: "struct foo", "u64", "struct {...}". */
static void specifier(const struct kd_btf_type *t, bool known, struct kd_buf *out)
{
	static const char *const words[KD_BTF_NKINDS] = {
		[KD_BTF_STRUCT] = "struct", [KD_BTF_UNION] = "union",	[KD_BTF_ENUM] = "enum",
		[KD_BTF_ENUM64] = "enum",   [KD_BTF_DATASEC] = "section",
	};
	const char *word = words[t->kind];

	if (t->kind == KD_BTF_FWD)
		word = t->flag ? "union" : "struct";
	if (!known) {
		kd_buf_add(out, KD_V("…"));
	} else if (t->kind == KD_BTF_VOID) {
		kd_buf_add(out, KD_V("void"));
	} else if (word) {
		kd_buf_printf(out, "%s ", word);
		kd_buf_add(out, t->name.n ? t->name : KD_V("{...}"));
	} else {
		kd_buf_add(out, t->name.n ? t->name : KD_V("(anonymous)"));
	}
}

static bool is_pointer(const struct kd_types *ts, uint32_t id)
{
	return kd_btf_kind_of(ts->btf, kd_btf_strip(ts->btf, id, false)) == KD_BTF_PTR;
}

/* One step to the inside; false: t is the specifier. quals: of the specifier, as bits of kinds. */
static bool unfold(const struct kd_types *ts, const struct kd_btf_type *t, int nested, struct declarator *d,
		   uint32_t *quals)
{
	const char *q = qualifier((enum kd_btf_kind)t->kind);

	switch ((enum kd_btf_kind)t->kind) {
	case KD_BTF_CONST:
	case KD_BTF_VOLATILE:
	case KD_BTF_RESTRICT:
		if (is_pointer(ts, t->type))
			prepend_word(&d->text, kd_view_of(q));
		else
			*quals |= 1u << t->kind;
		return true;
	case KD_BTF_TYPE_TAG:
	case KD_BTF_VAR:
	case KD_BTF_FUNC:
	case KD_BTF_DECL_TAG:
		return true;
	case KD_BTF_PTR:
		prepend(&d->text, KD_V("*"));
		d->pointer = true;
		return true;
	case KD_BTF_ARRAY:
		parenthesise(d);
		kd_buf_addc(&d->text, '[');
		if (kd_btf_array(ts->btf, t).n)
			kd_buf_printf(&d->text, "%u", kd_btf_array(ts->btf, t).n);
		kd_buf_addc(&d->text, ']');
		return true;
	case KD_BTF_FUNC_PROTO:
		parenthesise(d);
		parameters(ts, t, nested - 1, &d->text);
		return true;
	default:
		return false;
	}
}

static void declare(const struct kd_types *ts, uint32_t id, struct kd_view name, int nested, struct kd_buf *out)
{
	struct declarator d = {.text = KD_BUF_INIT(out->max < TEXT_MAX ? out->max : TEXT_MAX)};
	struct kd_btf_type t = {.kind = KD_BTF_VOID};
	uint32_t quals = 0;
	bool known = false;

	if (name.n)
		kd_buf_add(&d.text, name);
	for (int depth = 0; nested && depth < KD_TYPES_DEPTH && !d.text.overflow; depth++) {
		known = kd_btf_type(ts->btf, id, &t);
		if (!known || !unfold(ts, &t, nested, &d, &quals))
			break;
		known = false;
		id = t.type;
	}
	for (unsigned k = 0; k < KD_BTF_NKINDS; k++) {
		const char *q = quals >> k & 1 ? qualifier((enum kd_btf_kind)k) : NULL;

		if (q)
			kd_buf_printf(out, "%s ", q);
	}
	specifier(&t, known, out);
	if (d.text.n && d.text.p[0] != '[')
		kd_buf_addc(out, ' ');
	kd_buf_add(out, kd_buf_view(&d.text));
	out->overflow |= d.text.overflow;
	kd_buf_deinit(&d.text);
}

void kd_types_declare(const struct kd_types *ts, uint32_t id, struct kd_view name, struct kd_buf *out)
{
	declare(ts, id, name, NESTED, out);
}
