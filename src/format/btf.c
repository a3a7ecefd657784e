// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/btf.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/cursor.h"

enum { MAGIC = 0xeb9f, VERSION = 1, HEADER = 24, RECORD = 12, HOPS_MAX = 256, STRING_STEP = 256, WALK_STEP = 16 << 10, WHY = 160 };

struct kd_btf_lazy {
	struct kd_btf_source source;
	uint64_t types_off, strings_off; /* in the blob */
	size_t walked; /* bytes of types */
	size_t brought; /* bytes of types that are there */
	uint32_t end; /* ids that were walked */
	bool lost;
	char why[WHY];
};

/* What follows the 12 bytes of a type: once, and per unit of vlen; does its third word say a size? */
static const struct shape {
	const char *name;
	uint8_t once, each;
	bool has_size, has_type;
} shapes[KD_BTF_NKINDS] = {
	[KD_BTF_VOID] = {"void", 0, 0, false, false},
	[KD_BTF_INT] = {"int", 4, 0, true, false},
	[KD_BTF_PTR] = {"ptr", 0, 0, false, true},
	[KD_BTF_ARRAY] = {"array", 12, 0, false, false},
	[KD_BTF_STRUCT] = {"struct", 0, 12, true, false},
	[KD_BTF_UNION] = {"union", 0, 12, true, false},
	[KD_BTF_ENUM] = {"enum", 0, 8, true, false},
	[KD_BTF_FWD] = {"fwd", 0, 0, false, false},
	[KD_BTF_TYPEDEF] = {"typedef", 0, 0, false, true},
	[KD_BTF_VOLATILE] = {"volatile", 0, 0, false, true},
	[KD_BTF_CONST] = {"const", 0, 0, false, true},
	[KD_BTF_RESTRICT] = {"restrict", 0, 0, false, true},
	[KD_BTF_FUNC] = {"func", 0, 0, false, true},
	[KD_BTF_FUNC_PROTO] = {"func_proto", 0, 8, false, true},
	[KD_BTF_VAR] = {"var", 4, 0, false, true},
	[KD_BTF_DATASEC] = {"datasec", 0, 12, true, false},
	[KD_BTF_FLOAT] = {"float", 0, 0, true, false},
	[KD_BTF_DECL_TAG] = {"decl_tag", 4, 0, false, true},
	[KD_BTF_TYPE_TAG] = {"type_tag", 0, 0, false, true},
	[KD_BTF_ENUM64] = {"enum64", 0, 12, true, false},
};

/* A word whose place was checked when the blob was opened. */
static uint32_t word(const struct kd_btf *btf, const char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return btf->big_endian ? v : __builtin_bswap32(v);
#else
	return btf->big_endian ? __builtin_bswap32(v) : v;
#endif
}

static bool bring(const struct kd_btf *btf, uint64_t off, uint64_t n)
{
	if (btf->lazy->source.bring(btf->lazy->source.user, off, n))
		return true;
	btf->lazy->lost = true;
	return false;
}

/* A string that comes piece by piece until it ends. */
static bool bring_string(const struct kd_btf *btf, size_t at)
{
	for (size_t n; at < btf->strings.n; at += n) {
		n = STRING_STEP - at % STRING_STEP;
		if (n > btf->strings.n - at)
			n = btf->strings.n - at;
		if (!bring(btf, btf->lazy->strings_off + at, n))
			return false;
		if (memchr(btf->strings.p + at, 0, n))
			return true;
	}
	return true;
}

static struct kd_view string_at(const struct kd_btf *btf, uint32_t off)
{
	struct kd_view v;
	size_t end;

	while (btf && off < btf->first_string)
		btf = btf->base;
	if (!off || !btf || off >= btf->end_string || (btf->lazy && !bring_string(btf, off - btf->first_string)))
		return KD_VNULL;
	v = kd_view_from(btf->strings, off - btf->first_string);
	end = kd_view_chr(v, '\0');
	return end && end != KD_NPOS ? kd_view_head(v, end) : KD_VNULL;
}

bool kd_btf_probe(struct kd_view head)
{
	return kd_view_starts(head, KD_V("\x9f\xeb\x01")) || kd_view_starts(head, KD_V("\xeb\x9f\x01"));
}

struct header {
	uint32_t length, type_off, type_len, str_off, str_len;
};

static struct kd_error *read_header(struct kd_cursor *c, struct header *h)
{
	uint8_t version = 0, flags;
	uint16_t magic = 0;

	if (!kd_cursor_next_u16le(c, &magic))
		return kd_cursor_error(c, "BTF header");
	c->big_endian = magic == (MAGIC >> 8 | (MAGIC & 0xff) << 8);
	if (magic != MAGIC && !c->big_endian)
		return kd_error_at(KD_BADDATA, 0, "no BTF: it begins with %#x", magic);
	if (!kd_cursor_next_u8(c, &version) || !kd_cursor_next_u8(c, &flags) ||
	    !kd_cursor_next_u32(c, &h->length) || !kd_cursor_next_u32(c, &h->type_off) ||
	    !kd_cursor_next_u32(c, &h->type_len) || !kd_cursor_next_u32(c, &h->str_off) ||
	    !kd_cursor_next_u32(c, &h->str_len))
		return kd_cursor_error(c, "BTF header");
	if (version != VERSION)
		return kd_error_at(KD_UNSUPPORTED, 2, "BTF of version %u", version);
	return NULL;
}

static bool inside(uint32_t off, uint32_t len, size_t n)
{
	return off <= n && len <= n - off;
}

static bool disjoint(const struct header *h)
{
	return !h->type_len || !h->str_len || h->type_off >= (uint64_t)h->str_off + h->str_len ||
	       h->str_off >= (uint64_t)h->type_off + h->type_len;
}

/* Strings end with a zero byte, and begin with the empty one. */
static struct kd_error *check_strings(const struct kd_btf *btf)
{
	const size_t n = btf->strings.n;

	if (n && btf->strings.p[n - 1])
		return kd_error_at(KD_BADDATA, 16, "BTF strings do not end with a zero byte");
	if (n && !btf->base && btf->strings.p[0])
		return kd_error_at(KD_BADDATA, 16, "BTF strings do not begin with the empty one: types of a module, whose base is missing?");
	return NULL;
}

static struct kd_error *cut_out(struct kd_view blob, const struct header *h, struct kd_btf *btf)
{
	struct kd_view rest = kd_view_from(blob, h->length);

	if (h->length < HEADER || h->length > blob.n)
		return kd_error_at(KD_BADDATA, 4, "BTF header of %u bytes in %zu", h->length, blob.n);
	if (!inside(h->type_off, h->type_len, rest.n) || !inside(h->str_off, h->str_len, rest.n))
		return kd_error_at(KD_BADDATA, 8, "BTF types or strings reach past the end of %zu bytes",
				   blob.n);
	if (!disjoint(h))
		return kd_error_at(KD_BADDATA, 8, "BTF types and strings overlap");
	btf->types = kd_view_head(kd_view_from(rest, h->type_off), h->type_len);
	btf->strings = kd_view_head(kd_view_from(rest, h->str_off), h->str_len);
	return NULL;
}

/* Length of the type `id` at the cursor, 0 when it is damaged; why in *err. */
static size_t step(const struct kd_btf *btf, uint32_t id, size_t at, struct kd_error **err)
{
	const size_t left = btf->types.n - at;
	uint32_t info, kind;
	size_t n;

	if (left < RECORD) {
		*err = kd_error_at(KD_BADDATA, (int64_t)at, "BTF types end within a type");
		return 0;
	}
	info = word(btf, btf->types.p + at + 4);
	kind = info >> 24 & 31;
	if (!kind || kind >= KD_BTF_NKINDS) {
		*err = kd_error_at(kind ? KD_UNSUPPORTED : KD_BADDATA, (int64_t)at,
				   "BTF type %u is of kind %u, which is not known", id, kind);
		return 0;
	}
	n = (size_t)RECORD + shapes[kind].once + (size_t)shapes[kind].each * (info & 0xffff);
	if (n > left)
		*err = kd_error_at(KD_BADDATA, (int64_t)at, "BTF type %u reaches past the end of the types", id);
	return n;
}

static struct kd_error *walk(struct kd_btf *btf)
{
	const size_t most = btf->types.n / RECORD;
	struct kd_error *err = NULL;
	size_t at = 0, cap = 0;

	while (at < btf->types.n) {
		const uint32_t i = btf->end - btf->first;
		size_t n = step(btf, btf->end, at, &err);

		if (!err && btf->end >= KD_BTF_TYPES_MAX)
			err = kd_error_new(KD_LIMIT, "BTF of more than %u types", KD_BTF_TYPES_MAX);
		if (err)
			return err;
		if (i >= cap) {
			cap = cap ? 2 * cap : most / 3 + 16;
			btf->at = kd_xrealloc(btf->at, cap * sizeof(*btf->at));
		}
		btf->at[i] = (uint32_t)at;
		btf->end++;
		at += n;
	}
	return NULL;
}

/* What the header says: where types and strings are. */
static struct kd_error *begin(struct kd_view blob, const struct kd_btf *base, struct kd_btf *ret)
{
	struct kd_cursor c = kd_cursor_of(blob, 0, false);
	struct kd_btf btf = {.base = base, .first = base ? base->end : 1,
			     .first_string = base ? base->end_string : 0};
	struct header h = {0};
	struct kd_error *err = read_header(&c, &h);

	btf.big_endian = c.big_endian;
	btf.end = btf.first;
	if (!err && base && base->lazy)
		err = kd_error_new(KD_INTERNAL, "the base of BTF is not all there");
	if (!err && base && base->big_endian != btf.big_endian)
		err = kd_error_at(KD_BADDATA, 0, "BTF and its base are of different byte orders");
	if (!err)
		err = cut_out(blob, &h, &btf);
	if (!err && h.str_len > UINT32_MAX - btf.first_string)
		err = kd_error_new(KD_LIMIT, "BTF strings of more than 4 GiB with those of the base");
	btf.end_string = btf.first_string + h.str_len;
	*ret = btf;
	return err;
}

struct kd_error *kd_btf_open(struct kd_view blob, const struct kd_btf *base, struct kd_btf *ret)
{
	struct kd_btf btf;
	struct kd_error *err = begin(blob, base, &btf);

	if (!err)
		err = check_strings(&btf);
	if (!err)
		err = walk(&btf);
	if (err) {
		kd_btf_deinit(&btf);
		return err;
	}
	*ret = btf;
	return NULL;
}

/* --- as far as it is needed ----------------------------------------------------------------- */

static struct kd_error *no_bytes(void)
{
	return kd_error_new(KD_BADDATA, "bytes of the BTF cannot be had");
}

struct kd_error *kd_btf_open_lazy(struct kd_view room, const struct kd_btf_source *source, struct kd_btf *ret)
{
	struct kd_btf btf = {.base = NULL};
	struct kd_btf_lazy lazy = {.source = *source, .end = 1};
	struct kd_error *err;
	size_t most;

	if (!source->bring(source->user, 0, room.n < HEADER ? room.n : HEADER))
		return no_bytes();
	err = begin(room, NULL, &btf);
	if (err)
		return err;
	lazy.types_off = (uint64_t)(btf.types.n ? btf.types.p - room.p : 0);
	lazy.strings_off = (uint64_t)(btf.strings.n ? btf.strings.p - room.p : 0);
	if (btf.strings.n && (!source->bring(source->user, lazy.strings_off, 1) ||
			      !source->bring(source->user, lazy.strings_off + btf.strings.n - 1, 1)))
		return no_bytes();
	err = check_strings(&btf);
	if (err)
		return err;
	most = btf.types.n / RECORD;
	btf.end = (uint32_t)(most < KD_BTF_TYPES_MAX ? most : KD_BTF_TYPES_MAX) + 1;
	btf.at = kd_xcalloc(btf.end, sizeof(*btf.at));
	btf.lazy = kd_xcalloc(1, sizeof(*btf.lazy));
	*btf.lazy = lazy;
	*ret = btf;
	return NULL;
}

/* Bytes of types up to `to`, and some more. */
static bool bring_types(const struct kd_btf *btf, size_t to)
{
	struct kd_btf_lazy *l = btf->lazy;
	size_t end = to + WALK_STEP;

	if (to <= l->brought)
		return true;
	if (end > btf->types.n)
		end = btf->types.n;
	if (!bring(btf, l->types_off + l->brought, end - l->brought))
		return false;
	l->brought = end;
	return true;
}

static void lose(struct kd_btf_lazy *l, struct kd_error *err)
{
	l->lost = true;
	if (!l->why[0])
		snprintf(l->why, sizeof(l->why), "%s", err->msg);
	kd_error_free(err);
}

/* Types up to `id` or their end: is it there? */
static bool walk_to(const struct kd_btf *btf, uint32_t id)
{
	struct kd_btf_lazy *l = btf->lazy;

	while (l->end <= id && l->walked < btf->types.n && !l->why[0]) {
		const size_t left = btf->types.n - l->walked;
		struct kd_error *err = NULL;
		size_t n;

		if (!bring_types(btf, l->walked + (left < RECORD ? left : RECORD)))
			return false;
		n = step(btf, l->end, l->walked, &err);
		if (!err && l->end >= btf->end)
			err = kd_error_new(KD_LIMIT, "BTF of more than %u types", KD_BTF_TYPES_MAX);
		if (err) {
			lose(l, err);
			return false;
		}
		if (!bring_types(btf, l->walked + n))
			return false;
		btf->at[l->end++ - btf->first] = (uint32_t)l->walked;
		l->walked += n;
	}
	return id < l->end;
}

bool kd_btf_has(const struct kd_btf *btf, uint32_t id)
{
	return id < btf->end && (!btf->lazy || id < btf->lazy->end || walk_to(btf, id));
}

bool kd_btf_has_string(const struct kd_btf *btf, struct kd_view text)
{
	struct kd_view rest = btf->strings;

	if (btf->base && kd_btf_has_string(btf->base, text))
		return true;
	if (!text.n || (btf->lazy && !bring(btf, btf->lazy->strings_off, btf->strings.n)))
		return false;
	for (size_t at; (at = kd_view_find(rest, text)) != KD_NPOS; rest = kd_view_from(rest, at + 1))
		if (at + text.n < rest.n && !rest.p[at + text.n])
			return true;
	return false;
}

const char *kd_btf_lost(const struct kd_btf *btf)
{
	return btf->lazy && btf->lazy->lost ? btf->lazy->why : NULL;
}

void kd_btf_deinit(struct kd_btf *btf)
{
	kd_free(btf->lazy);
	kd_free(btf->at);
	*btf = (struct kd_btf){.base = NULL};
}

/* --- one type ----------------------------------------------------------------------------- */

/* Which blob holds the id, where, and how many bytes from there on; NULL: none. */
static const char *record(const struct kd_btf **btf, uint32_t id, size_t *left)
{
	while (*btf && id < (*btf)->first)
		*btf = (*btf)->base;
	if (!*btf || !kd_btf_has(*btf, id))
		return NULL;
	*left = (*btf)->types.n - (*btf)->at[id - (*btf)->first];
	return (*btf)->types.p + (*btf)->at[id - (*btf)->first];
}

bool kd_btf_type(const struct kd_btf *btf, uint32_t id, struct kd_btf_type *ret)
{
	const struct shape *s;
	uint32_t info, third;
	size_t left;
	const char *p;

	if (!id && btf) {
		*ret = (struct kd_btf_type){.id = 0};
		return true;
	}
	p = record(&btf, id, &left);
	if (!p)
		return false;
	info = word(btf, p + 4);
	third = word(btf, p + 8);
	*ret = (struct kd_btf_type){.id = id, .kind = info >> 24 & 31, .flag = info >> 31,
				    .name = string_at(btf, word(btf, p))};
	s = &shapes[ret->kind];
	ret->n = s->each ? info & 0xffff : 0;
	ret->size = s->has_size ? third : 0;
	ret->type = s->has_type ? third : 0;
	ret->body = kd_view(p + RECORD, s->once + (size_t)s->each * ret->n);
	if (ret->kind == KD_BTF_ARRAY)
		ret->type = word(btf, p + RECORD);
	return true;
}

enum kd_btf_kind kd_btf_kind_of(const struct kd_btf *btf, uint32_t id)
{
	size_t left;
	const char *p = id ? record(&btf, id, &left) : NULL;

	return p ? (enum kd_btf_kind)(word(btf, p + 4) >> 24 & 31) : KD_BTF_VOID;
}

struct kd_view kd_btf_name_of(const struct kd_btf *btf, uint32_t id)
{
	size_t left;
	const char *p = id ? record(&btf, id, &left) : NULL;

	return p ? string_at(btf, word(btf, p)) : KD_VNULL;
}

struct kd_btf_int kd_btf_int(const struct kd_btf *btf, const struct kd_btf_type *t)
{
	const uint32_t w = word(btf, t->body.p);

	return (struct kd_btf_int){.is_signed = w >> 24 & 1, .is_char = w >> 25 & 1, .is_bool = w >> 26 & 1,
				   .bit_off = (uint8_t)(w >> 16), .bits = (uint8_t)w};
}

struct kd_btf_array kd_btf_array(const struct kd_btf *btf, const struct kd_btf_type *t)
{
	return (struct kd_btf_array){.type = word(btf, t->body.p), .index_type = word(btf, t->body.p + 4),
				     .n = word(btf, t->body.p + 8)};
}

struct kd_btf_member kd_btf_member(const struct kd_btf *btf, const struct kd_btf_type *t, uint32_t i)
{
	const char *p = t->body.p + (size_t)12 * i;
	const uint32_t off = word(btf, p + 8);

	return (struct kd_btf_member){.name = string_at(btf, word(btf, p)), .type = word(btf, p + 4),
				      .bit_off = t->flag ? off & 0xffffff : off,
				      .bits = (uint8_t)(t->flag ? off >> 24 : 0)};
}

struct kd_btf_enumerator kd_btf_enumerator(const struct kd_btf *btf, const struct kd_btf_type *t,
					   uint32_t i)
{
	const bool wide = t->kind == KD_BTF_ENUM64;
	const char *p = t->body.p + (size_t)(wide ? 12 : 8) * i;
	uint64_t v = word(btf, p + 4);

	if (wide)
		v |= (uint64_t)word(btf, p + 8) << 32;
	else if (t->flag)
		v = (uint64_t)(int64_t)(int32_t)v;
	return (struct kd_btf_enumerator){.name = string_at(btf, word(btf, p)), .value = v};
}

struct kd_btf_param kd_btf_param(const struct kd_btf *btf, const struct kd_btf_type *t, uint32_t i)
{
	const char *p = t->body.p + (size_t)8 * i;

	return (struct kd_btf_param){.name = string_at(btf, word(btf, p)), .type = word(btf, p + 4)};
}

struct kd_btf_secvar kd_btf_secvar(const struct kd_btf *btf, const struct kd_btf_type *t, uint32_t i)
{
	const char *p = t->body.p + (size_t)12 * i;

	return (struct kd_btf_secvar){.type = word(btf, p), .off = word(btf, p + 4),
				      .size = word(btf, p + 8)};
}

int32_t kd_btf_word(const struct kd_btf *btf, const struct kd_btf_type *t)
{
	return t->body.n >= 4 ? (int32_t)word(btf, t->body.p) : 0;
}

/* A name: 0, or an offset where a string begins. */
static bool begins(const struct kd_btf *btf, uint32_t off)
{
	while (btf && off < btf->first_string)
		btf = btf->base;
	if (!off || !btf || off >= btf->end_string)
		return !off;
	return off == btf->first_string || !btf->strings.p[off - btf->first_string - 1];
}

static uint32_t misfits_of_parts(const struct kd_btf *btf, const struct kd_btf_type *t)
{
	const bool named = t->kind != KD_BTF_DATASEC, typed = t->kind != KD_BTF_ENUM && t->kind != KD_BTF_ENUM64;
	const size_t each = shapes[t->kind].each;
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		const char *p = t->body.p + each * i;

		n += named && !begins(btf, word(btf, p));
		n += typed && word(btf, p + (named ? 4 : 0)) >= btf->end;
	}
	return n;
}

uint32_t kd_btf_misfits(const struct kd_btf *btf)
{
	struct kd_btf_type t;
	uint32_t n = 0;

	for (uint32_t id = btf->first; id < btf->end && n < UINT32_MAX / 2; id++) {
		if (!kd_btf_type(btf, id, &t))
			continue;
		n += !begins(btf, word(btf, btf->types.p + btf->at[id - btf->first]));
		n += t.type >= btf->end;
		n += misfits_of_parts(btf, &t);
	}
	return n;
}

/* --- what it comes to ---------------------------------------------------------------------- */

uint32_t kd_btf_strip(const struct kd_btf *btf, uint32_t id, bool typedefs)
{
	struct kd_btf_type t;

	for (int hops = 0; hops < HOPS_MAX; hops++) {
		if (!kd_btf_type(btf, id, &t))
			return KD_BTF_NONE;
		switch (t.kind) {
		case KD_BTF_TYPEDEF:
			if (!typedefs)
				return id;
			break;
		case KD_BTF_CONST:
		case KD_BTF_VOLATILE:
		case KD_BTF_RESTRICT:
		case KD_BTF_TYPE_TAG:
			break;
		default:
			return id;
		}
		id = t.type;
	}
	return KD_BTF_NONE;
}

bool kd_btf_size(const struct kd_btf *btf, uint32_t id, unsigned ptr_size, uint64_t *ret)
{
	uint64_t times = 1;
	struct kd_btf_type t;

	for (int hops = 0; hops < HOPS_MAX && kd_btf_type(btf, id, &t); hops++) {
		switch (t.kind) {
		case KD_BTF_PTR:
			return !__builtin_mul_overflow(times, ptr_size, ret);
		case KD_BTF_ARRAY:
			if (__builtin_mul_overflow(times, kd_btf_array(btf, &t).n, &times))
				return false;
			break;
		case KD_BTF_VAR:
		case KD_BTF_TYPEDEF:
		case KD_BTF_CONST:
		case KD_BTF_VOLATILE:
		case KD_BTF_RESTRICT:
		case KD_BTF_TYPE_TAG:
			break;
		default:
			return shapes[t.kind].has_size && !__builtin_mul_overflow(times, t.size, ret);
		}
		id = t.type;
	}
	return false;
}

const char *kd_btf_kind_name(enum kd_btf_kind kind)
{
	return kind < KD_BTF_NKINDS ? shapes[kind].name : "unknown";
}
