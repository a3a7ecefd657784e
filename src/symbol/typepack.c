// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/typepack.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "format/btf.h"
#include "symbol/kdx_format.h"

enum { LEAD = 4, BTF_HEADER = 24, BTF_MAGIC = 0xeb9f, TYPE = 12, FIELDS_MAX = 3, STEPS = 64 };
#define BLOB_MAX ((size_t)256 << 20)

/*
 * Words of each kind behind name and info (Documentation/bpf/btf.rst, "Type Encoding"): n an offset of a name, t the id
 * of a type, u a number, d a number that is near the one in the member before.
 */
static const struct {
	char head, tail[FIELDS_MAX + 1], member[FIELDS_MAX + 1];
} kinds[KD_BTF_NKINDS] = {
	[KD_BTF_INT] = {'u', "u", ""},	     [KD_BTF_PTR] = {'t', "", ""},
	[KD_BTF_ARRAY] = {'u', "ttu", ""},   [KD_BTF_STRUCT] = {'u', "", "ntd"},
	[KD_BTF_UNION] = {'u', "", "ntd"},   [KD_BTF_ENUM] = {'u', "", "nd"},
	[KD_BTF_FWD] = {'u', "", ""},	     [KD_BTF_TYPEDEF] = {'t', "", ""},
	[KD_BTF_VOLATILE] = {'t', "", ""},   [KD_BTF_CONST] = {'t', "", ""},
	[KD_BTF_RESTRICT] = {'t', "", ""},   [KD_BTF_FUNC] = {'t', "", ""},
	[KD_BTF_FUNC_PROTO] = {'t', "", "nt"}, [KD_BTF_VAR] = {'t', "u", ""},
	[KD_BTF_DATASEC] = {'u', "", "tuu"}, [KD_BTF_FLOAT] = {'u', "", ""},
	[KD_BTF_DECL_TAG] = {'t', "u", ""},  [KD_BTF_TYPE_TAG] = {'t', "", ""},
	[KD_BTF_ENUM64] = {'u', "", "nuu"},
};

static uint64_t zigzag32(uint32_t v)
{
	return (v << 1 ^ (uint32_t)-(v >> 31)) & UINT32_MAX;
}

static uint32_t unzigzag32(uint64_t v)
{
	return (uint32_t)(v >> 1) ^ (uint32_t)-(uint32_t)(v & 1);
}

/* --- packing ------------------------------------------------------------------------------ */

struct packer {
	struct kd_view types, strings;
	struct kd_buf *out;
	uint32_t id; /* of the type at hand */
	bool odd; /* something is there that has no place in the packed form */
};

static void put(struct kd_buf *b, uint64_t v)
{
	do {
		kd_buf_addc(b, (char)((v & 0x7f) | (v > 0x7f ? 0x80 : 0)));
		v >>= 7;
	} while (v);
}

static void pack_name(struct packer *p, uint32_t off)
{
	const struct kd_view rest = off < p->strings.n ? kd_view_from(p->strings, off) : KD_VNULL;
	const size_t n = kd_view_chr(rest, '\0');

	if (n == KD_NPOS || (off && !n))
		p->odd = true;
	else
		kd_buf_add(p->out, kd_view_head(rest, n + 1));
}

static void pack_word(struct packer *p, char field, uint32_t v, uint32_t before)
{
	if (field == 'n')
		pack_name(p, v);
	else if (field == 't')
		put(p->out, v ? 1 + zigzag32(p->id - v) : 0);
	else
		put(p->out, field == 'd' ? zigzag32(v - before) : v);
}

/* The words of a row of fields; *at moves behind them. */
static bool pack_row(struct packer *p, const char *fields, const uint8_t *before, size_t *at)
{
	for (; *fields; fields++, *at += 4) {
		const uint8_t *w = (const uint8_t *)p->types.p + *at;

		if (p->types.n - *at < 4)
			return false;
		pack_word(p, *fields, kd_le32(w), before ? kd_le32(before) : 0);
		if (before)
			before += 4;
	}
	return true;
}

static bool pack_type(struct packer *p, size_t *at)
{
	const uint8_t *t = (const uint8_t *)p->types.p + *at, *before = NULL;
	uint32_t info, kind, n;

	if (p->types.n - *at < TYPE)
		return false;
	info = kd_le32(t + 4);
	kind = info >> 24 & 0x1f;
	n = info & 0xffff;
	if (!kind || kind >= KD_BTF_NKINDS || info & 0x60ff0000 || (n && !kinds[kind].member[0]))
		return false;
	kd_buf_addc(p->out, (char)(kind | info >> 31 << 7));
	pack_name(p, kd_le32(t));
	if (kinds[kind].member[0])
		put(p->out, n);
	pack_word(p, kinds[kind].head, kd_le32(t + 8), 0);
	*at += TYPE;
	if (!pack_row(p, kinds[kind].tail, NULL, at))
		return false;
	for (; n; n--) {
		const uint8_t *now = (const uint8_t *)p->types.p + *at;

		if (!pack_row(p, kinds[kind].member, before, at))
			return false;
		before = now;
	}
	return true;
}

static bool pack_blob(struct kd_view blob, struct kd_buf *ret)
{
	const uint8_t *h = (const uint8_t *)blob.p;
	kd_auto(kd_buf_deinit) struct kd_buf body = KD_BUF_INIT(BLOB_MAX);
	struct packer p = {.out = &body};
	uint64_t head;
	size_t at = 0;

	if (blob.n < BTF_HEADER || (h[0] | h[1] << 8) != BTF_MAGIC || h[2] != 1 || h[3])
		return false;
	head = kd_le32(h + 4);
	if (head != BTF_HEADER || kd_le32(h + 8) || kd_le32(h + 16) != kd_le32(h + 12) ||
	    head + kd_le32(h + 12) + kd_le32(h + 20) != blob.n)
		return false;
	p.types = kd_view(blob.p + head, kd_le32(h + 12));
	p.strings = kd_view(blob.p + head + p.types.n, kd_le32(h + 20));
	for (p.id = 1; at < p.types.n; p.id++)
		if (!pack_type(&p, &at))
			return false;
	if (p.odd || body.overflow)
		return false;
	put(ret, p.id - 1);
	put(ret, p.types.n);
	put(ret, p.strings.n);
	kd_buf_add(ret, kd_buf_view(&body));
	return true;
}

void kd_typepack(struct kd_view blob, struct kd_buf *ret)
{
	static const char packed[LEAD] = {1}, plain[LEAD];
	kd_auto(kd_freep) char *check = NULL;
	const size_t from = ret->n;
	size_t n;

	kd_buf_add(ret, kd_view(packed, LEAD));
	if (pack_blob(blob, ret)) {
		/* strings that share their ends would need more room than they had */
		check = kd_typepack_open(kd_view_from(kd_buf_view(ret), from), &n);
		if (check)
			return;
	}
	ret->n = from;
	kd_buf_add(ret, kd_view(plain, LEAD));
	kd_buf_add(ret, blob);
}

/* --- unpacking ---------------------------------------------------------------------------- */

struct opener {
	struct kd_cursor c;
	char *types, *strings; /* of these sizes */
	size_t ntypes, nstrings;
	size_t at, end; /* written so far */
	uint32_t *table; /* hash of a name → its offset */
	unsigned log;
	uint32_t id;
	uint64_t steps;
};

/* Its offset among the strings: the first place that it was used in. */
static bool open_name(struct opener *o, uint32_t *ret)
{
	const char *p = o->c.data.p + o->c.pos;
	const size_t most = kd_cursor_left(&o->c);
	uint64_t h = 0;
	size_t n = 0, slot;

	for (; n < most && p[n]; n++)
		h = (h ^ (uint8_t)p[n]) * 0x9e3779b97f4a7c15U, h ^= h >> 29;
	if (n == most || !kd_cursor_skip(&o->c, n + 1))
		return false;
	*ret = 0;
	if (!n)
		return true;
	for (slot = (size_t)(h >> (64 - o->log));; slot = (slot + 1) & (((size_t)1 << o->log) - 1)) {
		const uint32_t off = o->table[slot];

		if (!off)
			break;
		if (++o->steps > STEPS * (uint64_t)o->c.data.n) /* names that were made to collide */
			return false;
		if (!strncmp(o->strings + off, p, n + 1)) { /* both end with NUL */
			*ret = off;
			return true;
		}
	}
	if (n + 1 > o->nstrings - o->end)
		return false;
	memcpy(o->strings + o->end, p, n + 1);
	*ret = o->table[slot] = (uint32_t)o->end;
	o->end += n + 1;
	return true;
}

static bool open_word(struct opener *o, char field, uint32_t before, uint32_t *ret)
{
	uint64_t v;

	if (field == 'n')
		return open_name(o, ret);
	if (!kd_cursor_next_uleb128(&o->c, &v) || v > (uint64_t)UINT32_MAX + 1)
		return false;
	if (field == 't')
		*ret = v ? o->id - unzigzag32(v - 1) : 0;
	else
		*ret = field == 'd' ? before + unzigzag32(v) : (uint32_t)v;
	return true;
}

static bool open_row(struct opener *o, const char *fields, const uint8_t *before)
{
	uint32_t v;

	for (; *fields; fields++, o->at += 4) {
		if (o->ntypes - o->at < 4 || !open_word(o, *fields, before ? kd_le32(before) : 0, &v))
			return false;
		kd_put_le32((uint8_t *)o->types + o->at, v);
		if (before)
			before += 4;
	}
	return true;
}

static bool open_type(struct opener *o)
{
	uint8_t *t = (uint8_t *)o->types + o->at;
	const uint8_t *before = NULL;
	uint32_t name, word;
	uint64_t n = 0;
	uint8_t kind;

	if (o->ntypes - o->at < TYPE || !kd_cursor_next_u8(&o->c, &kind) || !(kind & 0x7f) ||
	    (kind & 0x7f) >= KD_BTF_NKINDS || !open_name(o, &name))
		return false;
	if (kinds[kind & 0x7f].member[0] && (!kd_cursor_next_uleb128(&o->c, &n) || n > 0xffff))
		return false;
	if (!open_word(o, kinds[kind & 0x7f].head, 0, &word))
		return false;
	kd_put_le32(t, name);
	kd_put_le32(t + 4, (uint32_t)(kind & 0x7f) << 24 | (uint32_t)(kind >> 7) << 31 | (uint32_t)n);
	kd_put_le32(t + 8, word);
	o->at += TYPE;
	if (!open_row(o, kinds[kind & 0x7f].tail, NULL))
		return false;
	for (; n; n--) {
		const uint8_t *now = (const uint8_t *)o->types + o->at;

		if (!open_row(o, kinds[kind & 0x7f].member, before))
			return false;
		before = now;
	}
	return true;
}

static bool open_all(struct opener *o, uint64_t count)
{
	o->end = 1; /* the empty string */
	for (o->id = 1; o->id <= count; o->id++)
		if (!open_type(o))
			return false;
	return o->at == o->ntypes && !kd_cursor_left(&o->c);
}

static void put_header(uint8_t *h, size_t types, size_t strings)
{
	const uint32_t words[] = {BTF_MAGIC | 1 << 16, BTF_HEADER, 0, (uint32_t)types, (uint32_t)types,
				  (uint32_t)strings};

	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
		kd_put_le32(h + 4 * i, words[i]);
}

char *kd_typepack_open(struct kd_view bytes, size_t *ret)
{
	struct opener o = {.c = kd_cursor_of(bytes.n > LEAD ? kd_view_from(bytes, LEAD) : KD_VNULL, 0, false)};
	kd_auto(kd_freep) char *blob = NULL;
	uint64_t count, types, strings;

	if (bytes.n <= LEAD)
		return NULL;
	if (!bytes.p[0]) {
		*ret = bytes.n - LEAD;
		return kd_xstrndup(bytes.p + LEAD, *ret);
	}
	/* twelve bytes of a type come from three or more */
	if (bytes.p[0] != 1 || !kd_cursor_next_uleb128(&o.c, &count) || !kd_cursor_next_uleb128(&o.c, &types) ||
	    !kd_cursor_next_uleb128(&o.c, &strings) || count > bytes.n || types > 4 * (uint64_t)bytes.n ||
	    types + bytes.n > BLOB_MAX)
		return NULL;
	if (strings > bytes.n) /* some were not used */
		strings = bytes.n;
	o.ntypes = (size_t)types;
	o.nstrings = strings ? (size_t)strings : 1;
	blob = kd_xcalloc(BTF_HEADER + o.ntypes + o.nstrings, 1);
	o.types = blob + BTF_HEADER;
	o.strings = o.types + o.ntypes;
	o.log = 10;
	while (((size_t)1 << o.log) <= o.nstrings / 2) /* a name has two bytes or more: never full */
		o.log++;
	o.table = kd_xcalloc((size_t)1 << o.log, sizeof(*o.table));
	if (!open_all(&o, count)) {
		kd_free(o.table);
		return NULL;
	}
	kd_free(o.table);
	put_header((uint8_t *)blob, o.ntypes, o.end);
	*ret = BTF_HEADER + o.ntypes + o.end;
	return kd_take(blob);
}
