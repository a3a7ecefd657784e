// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/brief.h"

#include <inttypes.h>
#include <string.h>

enum { DEEP_MAX = 4, TEXT_MAX = 48, MAX_DEFAULT = 160 };

struct brief {
	const struct kd_types *ts;
	const struct kd_brief_how *how;
	struct kd_buf *out;
	size_t end; /* of out: from here on aggregates are cut */
};

static void put_value(struct brief *b, uint32_t type, struct kd_view bytes, unsigned deep);

static uint64_t little(struct kd_view bytes)
{
	uint64_t v = 0;

	for (size_t i = 0; i < bytes.n && i < 8; i++)
		v |= (uint64_t)(uint8_t)bytes.p[i] << 8 * i;
	return v;
}

static uint64_t extend(uint64_t v, unsigned bits, bool is_signed)
{
	if (!bits || bits >= 64)
		return v;
	v &= ((uint64_t)1 << bits) - 1;
	return is_signed && v >> (bits - 1) ? v | ~(uint64_t)0 << bits : v;
}

/* --- numbers ------------------------------------------------------------------------------------------- */

static void put_number(struct brief *b, uint64_t v, bool is_signed)
{
	if (is_signed)
		kd_buf_printf(b->out, "%" PRId64, (int64_t)v);
	else
		kd_buf_printf(b->out, v >> 32 ? "0x%" PRIx64 : "%" PRIu64, v);
}

static void put_char(struct brief *b, uint8_t c)
{
	if (c == '\n')
		kd_buf_add(b->out, KD_V("\\n"));
	else if (c == '"' || c == '\\')
		kd_buf_printf(b->out, "\\%c", c);
	else if (c >= 0x20 && c < 0x7f)
		kd_buf_addc(b->out, (char)c);
	else
		kd_buf_printf(b->out, "\\x%02x", c);
}

static void put_int(struct brief *b, const struct kd_btf_type *t, uint64_t v, unsigned bits)
{
	const struct kd_btf_int i = kd_btf_int(kd_types_btf(b->ts), t);

	v = extend(v, bits, i.is_signed);
	if (i.is_bool && v <= 1)
		kd_buf_add(b->out, v ? KD_V("true") : KD_V("false"));
	else
		put_number(b, v, i.is_signed);
	if (kd_view_eq(t->name, KD_V("char")) && v >= 0x20 && v < 0x7f)
		kd_buf_printf(b->out, " '%c'", (char)v);
}

static void put_enum(struct brief *b, const struct kd_btf_type *t, uint64_t v, unsigned bits)
{
	v = extend(v, bits, t->flag);
	for (uint32_t i = 0; i < t->n; i++) {
		const struct kd_btf_enumerator e = kd_btf_enumerator(kd_types_btf(b->ts), t, i);

		if (extend(e.value, bits, t->flag) == v && e.name.n) {
			kd_buf_add(b->out, e.name);
			return;
		}
	}
	put_number(b, v, t->flag);
}

/* --- pointers ------------------------------------------------------------------------------------------ */

static bool is_char(const struct kd_types *ts, uint32_t type)
{
	struct kd_btf_type t;

	return kd_btf_type(kd_types_btf(ts), kd_types_strip(ts, type), &t) && t.kind == KD_BTF_INT && t.size == 1 &&
	       kd_view_eq(t.name, KD_V("char"));
}

static void put_text(struct brief *b, struct kd_view bytes)
{
	const size_t n = kd_view_chr(bytes, '\0');

	if (n != KD_NPOS)
		bytes.n = n;
	kd_buf_addc(b->out, '"');
	for (size_t i = 0; i < bytes.n && i < TEXT_MAX; i++)
		put_char(b, (uint8_t)bytes.p[i]);
	kd_buf_add(b->out, bytes.n > TEXT_MAX ? KD_V("\"…") : KD_V("\""));
}

static bool printable(const char *s)
{
	const size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if ((uint8_t)s[i] < 0x20 && s[i] != '\n' && s[i] != '\t')
			return false;
	return n > 0;
}

static void put_pointer(struct brief *b, const struct kd_btf_type *t, uint64_t v)
{
	const struct kd_brief_how *how = b->how;
	char text[TEXT_MAX + 2];
	size_t was;

	if (!v) {
		kd_buf_add(b->out, KD_V("NULL"));
		return;
	}
	kd_buf_printf(b->out, "0x%" PRIx64, v);
	if (!how)
		return;
	was = b->out->n;
	kd_buf_add(b->out, KD_V(" ("));
	if (how->name && how->name(how->user, v, b->out))
		kd_buf_addc(b->out, ')');
	else
		b->out->n = was;
	if (how->text && is_char(b->ts, t->type) && how->text(how->user, v, sizeof(text), text) && printable(text)) {
		kd_buf_addc(b->out, ' ');
		put_text(b, kd_view_of(text));
	}
}

/* --- structs and arrays -------------------------------------------------------------------------------- */

static void put_array(struct brief *b, const struct kd_btf_type *t, struct kd_view bytes, unsigned deep)
{
	const struct kd_btf_array a = kd_btf_array(kd_types_btf(b->ts), t);
	uint64_t size;

	if (is_char(b->ts, a.type)) {
		put_text(b, bytes);
		return;
	}
	if (!kd_types_size(b->ts, a.type, &size) || !size) {
		kd_buf_add(b->out, KD_V("{…}"));
		return;
	}
	kd_buf_addc(b->out, '{');
	for (uint32_t i = 0; i < a.n; i++) {
		if (b->out->n >= b->end || b->out->overflow) {
			kd_buf_printf(b->out, "… %" PRIu32 " more", a.n - i);
			break;
		}
		put_value(b, a.type, kd_view_head(kd_view_from(bytes, (size_t)(i * size)), (size_t)size), deep + 1);
		if (i + 1 < a.n)
			kd_buf_add(b->out, KD_V(", "));
	}
	kd_buf_addc(b->out, '}');
}

/* A bit field's number: of the bytes that it touches. */
static void put_bits(struct brief *b, const struct kd_type_member *m, struct kd_view bytes)
{
	const uint64_t from = m->bit_off / 8, shift = m->bit_off % 8, n = (shift + m->bits + 7) / 8;
	const uint32_t id = kd_types_strip(b->ts, m->type);
	struct kd_btf_type t;
	uint64_t v;

	if (from + n > bytes.n || n > 9 || !m->bits || m->bits > 64 || !kd_btf_type(kd_types_btf(b->ts), id, &t)) {
		kd_buf_addc(b->out, '?');
		return;
	}
	v = little(kd_view_from(bytes, (size_t)from)) >> shift;
	if (n == 9)
		v |= (uint64_t)(uint8_t)bytes.p[from + 8] << (64 - shift);
	if (t.kind == KD_BTF_ENUM || t.kind == KD_BTF_ENUM64)
		put_enum(b, &t, v, m->bits);
	else
		put_int(b, &t, v, m->bits);
}

static void put_struct(struct brief *b, const struct kd_btf_type *t, struct kd_view bytes, unsigned deep)
{
	kd_buf_addc(b->out, '{');
	for (uint32_t i = 0; i < t->n; i++) {
		const struct kd_btf_member named = kd_btf_member(kd_types_btf(b->ts), t, i);
		const struct kd_type_member m = kd_types_nth(b->ts, t, i);
		struct kd_view part;

		if (b->out->n >= b->end || b->out->overflow) {
			kd_buf_add(b->out, KD_V("…"));
			break;
		}
		if (named.name.n) {
			kd_buf_addc(b->out, '.');
			kd_buf_add(b->out, named.name);
			kd_buf_add(b->out, KD_V(" = "));
		}
		if (m.bits) {
			put_bits(b, &m, bytes);
		} else {
			part = m.bit_off / 8 > bytes.n ? KD_VNULL : kd_view_from(bytes, (size_t)(m.bit_off / 8));
			put_value(b, m.type, kd_view_head(part, (size_t)m.size), deep + 1);
		}
		if (i + 1 < t->n)
			kd_buf_add(b->out, KD_V(", "));
	}
	kd_buf_addc(b->out, '}');
}

/* --- all ----------------------------------------------------------------------------------------------- */

static void put_value(struct brief *b, uint32_t type, struct kd_view bytes, unsigned deep)
{
	const uint32_t id = kd_types_strip(b->ts, type);
	struct kd_btf_type t;
	uint64_t size;

	if (!kd_btf_type(kd_types_btf(b->ts), id, &t) || !kd_types_size(b->ts, id, &size) || size > bytes.n) {
		kd_buf_addc(b->out, '?');
		return;
	}
	bytes = kd_view_head(bytes, (size_t)size);
	switch (t.kind) {
	case KD_BTF_INT:
		if (size <= 8) {
			put_int(b, &t, little(bytes), (unsigned)size * 8);
			return;
		}
		break;
	case KD_BTF_ENUM:
	case KD_BTF_ENUM64:
		put_enum(b, &t, little(bytes), (unsigned)size * 8);
		return;
	case KD_BTF_PTR:
		put_pointer(b, &t, little(bytes));
		return;
	case KD_BTF_ARRAY:
	case KD_BTF_STRUCT:
	case KD_BTF_UNION:
		if (deep == DEEP_MAX)
			kd_buf_add(b->out, KD_V("{…}"));
		else if (t.kind == KD_BTF_ARRAY)
			put_array(b, &t, bytes, deep);
		else
			put_struct(b, &t, bytes, deep);
		return;
	default:
		break;
	}
	kd_buf_add(b->out, KD_V("0x"));
	for (size_t i = bytes.n; i--;)
		kd_buf_printf(b->out, "%02x", (uint8_t)bytes.p[i]);
}

bool kd_brief(const struct kd_types *ts, uint32_t type, struct kd_view bytes, const struct kd_brief_how *how, struct kd_buf *out)
{
	struct brief b = {.ts = ts, .how = how, .out = out, .end = out->n + (how && how->max ? how->max : MAX_DEFAULT)};
	uint64_t size;

	if (!kd_types_size(ts, type, &size) || size > bytes.n)
		return false;
	put_value(&b, type, bytes, 0);
	return true;
}

bool kd_brief_number(const struct kd_types *ts, uint32_t type, struct kd_view bytes, uint64_t *ret, bool *ret_signed)
{
	struct kd_btf_type t;
	uint64_t size;

	if (!kd_btf_type(kd_types_btf(ts), kd_types_strip(ts, type), &t) || !kd_types_size(ts, t.id, &size) || !size ||
	    size > 8 || size > bytes.n)
		return false;
	if (t.kind == KD_BTF_INT)
		*ret_signed = kd_btf_int(kd_types_btf(ts), &t).is_signed;
	else if (t.kind == KD_BTF_ENUM || t.kind == KD_BTF_ENUM64)
		*ret_signed = t.flag;
	else if (t.kind == KD_BTF_PTR)
		*ret_signed = false;
	else
		return false;
	*ret = extend(little(kd_view_head(bytes, (size_t)size)), (unsigned)size * 8, *ret_signed);
	return true;
}
