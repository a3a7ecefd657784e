// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Types of units → types of all. A type's record is finished when those of its parts are (so records are
 * made from the leaves up), looked for among all records, and added if it is new: its place is the node.
 * A struct behind a pointer is a reference by name, which is a leaf. See btfwrite.h for why that is right.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "symbol/btfwrite_internal.h"

enum { DEPTH_MAX = 200 };
#define UNDERWAY UINT32_MAX
#define SEVERAL UINT32_MAX
#define FLAG (1u << 31)

static size_t words_of(uint32_t info)
{
	static const uint8_t once[KD_BTF_NKINDS] = {[KD_BTF_INT] = 1, [KD_BTF_ARRAY] = 3};
	static const uint8_t each[KD_BTF_NKINDS] = {[KD_BTF_STRUCT] = 3, [KD_BTF_UNION] = 3,
						    [KD_BTF_ENUM] = 2, [KD_BTF_ENUM64] = 3,
						    [KD_BTF_FUNC_PROTO] = 2};
	const uint32_t kind = kd_rec_kind(info);

	return KD_BTFW_HEAD + once[kind] + (size_t)each[kind] * kd_rec_n(info);
}

/* The slot of an equal record, or the free one where it belongs. */
static size_t find_record(const struct kd_btfw *w, const uint32_t *r, size_t n, uint32_t hash)
{
	size_t at = hash & (w->recs.slots - 1);

	for (; w->recs.slot[at].at; at = (at + 1) & (w->recs.slots - 1)) {
		const uint32_t *have = w->rec.v + w->rec_at.v[w->recs.slot[at].at];

		if (w->recs.slot[at].hash == hash && have[0] == r[0] && !memcmp(have, r, n * sizeof(*r)))
			break;
	}
	return at;
}

static uint32_t hash_of(const uint32_t *r, size_t n)
{
	return (uint32_t)kd_hash64(kd_view((const char *)r, n * sizeof(*r)), 2);
}

/* The node of a record, which must not lie in w->rec. 0: no memory left. */
static uint32_t node_of(struct kd_btfw *w, const uint32_t *r, size_t n)
{
	const uint32_t hash = hash_of(r, n);
	size_t at;

	if (w->limited || !kd_btfw_table_room(w, &w->recs))
		return 0;
	at = find_record(w, r, n, hash);
	if (w->recs.slot[at].at)
		return w->recs.slot[at].at;
	if (w->rec.n > UINT32_MAX - n || !kd_words_room(w, &w->rec, n) || !kd_words_room(w, &w->rec_at, 1) ||
	    !kd_words_room(w, &w->def, 1) || !kd_words_room(w, &w->used, 1))
		return 0;
	w->recs.slot[at].hash = hash;
	w->recs.slot[at].at = (uint32_t)w->rec_at.n;
	w->recs.n++;
	w->rec_at.v[w->rec_at.n++] = (uint32_t)w->rec.n;
	w->def.v[w->def.n++] = 0;
	w->used.v[w->used.n++] = 0;
	memcpy(w->rec.v + w->rec.n, r, n * sizeof(*r));
	w->rec.n += n;
	return (uint32_t)w->rec_at.n - 1;
}

static uint32_t by_name(struct kd_btfw *w, uint32_t kind, uint32_t name)
{
	const uint32_t r[KD_BTFW_HEAD] = {(uint32_t)KD_BTF_FWD << 24, name, kind};

	return node_of(w, r, KD_BTFW_HEAD);
}

/* The same, for a type that refers so. */
static uint32_t refer(struct kd_btfw *w, uint32_t kind, uint32_t name)
{
	const uint32_t node = by_name(w, kind, name);

	w->used.v[node] = 1;
	return node;
}

static void defines(struct kd_btfw *w, uint32_t kind, uint32_t name, uint32_t node)
{
	const uint32_t ref = by_name(w, kind, name);

	if (!ref || !node || w->def.v[ref] == node || w->def.v[ref] == SEVERAL)
		return;
	w->stats.several += w->def.v[ref] != 0;
	w->def.v[ref] = w->def.v[ref] ? SEVERAL : node;
}

/* --- one type of a unit -------------------------------------------------------------------------- */

static uint32_t node_at(struct kd_btfw *w, uint32_t id, bool behind, int depth);

static bool is_tagged(uint32_t kind)
{
	return kind == KD_BTF_STRUCT || kind == KD_BTF_UNION || kind == KD_BTF_ENUM;
}

/* Room for a record at the end of scratch; where. */
static size_t push(struct kd_btfw *w, size_t n)
{
	const size_t at = w->scratch.n;

	if (!kd_words_room(w, &w->scratch, n))
		return 0;
	memset(w->scratch.v + at, 0, n * sizeof(uint32_t));
	w->scratch.n += n;
	return at;
}

/* Members as BTF has them; those that it cannot express are left out and counted. */
static void composite(struct kd_btfw *w, size_t from, size_t to, bool behind, int depth)
{
	const uint32_t info = w->unit.v[from];
	uint32_t kept = 0;

	for (uint32_t i = 0; i < kd_rec_n(info); i++) {
		const size_t m = from + KD_BTFW_HEAD + (size_t)4 * i;
		const uint32_t off = w->unit.v[m + 2], bits = w->unit.v[m + 3];
		uint32_t type, *out;

		if (info & FLAG && off > 0xffffff) {
			w->stats.lost++;
			continue;
		}
		type = node_at(w, w->unit.v[m + 1], behind, depth);
		out = &w->scratch.v[to + KD_BTFW_HEAD + (size_t)3 * kept++];
		out[0] = w->unit.v[m];
		out[1] = type;
		out[2] = off | (info & FLAG ? bits << 24 : 0);
	}
	w->scratch.v[to] = (info & ~0xffffu) | kept;
}

static void enumeration(struct kd_btfw *w, size_t from, size_t to)
{
	const uint32_t info = w->unit.v[from], n = kd_rec_n(info);
	const uint32_t *v = w->unit.v + from + KD_BTFW_HEAD;
	uint32_t *out = w->scratch.v + to + KD_BTFW_HEAD;
	bool wide = false;

	for (uint32_t i = 0; i < n; i++) {
		const int64_t value = (int64_t)((uint64_t)v[3 * i + 2] << 32 | v[3 * i + 1]);

		wide |= info & FLAG ? value != (int32_t)value : value != (int64_t)(uint32_t)value;
	}
	for (uint32_t i = 0; i < n; i++) {
		*out++ = v[3 * i];
		*out++ = v[3 * i + 1];
		if (wide)
			*out++ = v[3 * i + 2];
	}
	if (wide)
		w->scratch.v[to] = (info & ~(31u << 24)) | (uint32_t)KD_BTF_ENUM64 << 24;
}

static void parts(struct kd_btfw *w, size_t from, size_t to, bool behind, int depth)
{
	const uint32_t info = w->unit.v[from], n = kd_rec_n(info);
	const size_t in = from + KD_BTFW_HEAD, out = to + KD_BTFW_HEAD;
	uint32_t node;

	switch ((enum kd_btf_kind)kd_rec_kind(info)) {
	case KD_BTF_STRUCT:
	case KD_BTF_UNION:
		composite(w, from, to, behind, depth);
		break;
	case KD_BTF_ENUM:
		enumeration(w, from, to);
		break;
	case KD_BTF_INT:
		w->scratch.v[out] = w->unit.v[in];
		break;
	case KD_BTF_ARRAY:
		for (size_t i = 0; i < 2; i++) {
			node = node_at(w, w->unit.v[in + i], behind, depth);
			w->scratch.v[out + i] = node;
		}
		w->scratch.v[out + 2] = w->unit.v[in + 2];
		break;
	case KD_BTF_FUNC_PROTO:
		for (size_t i = 0; i < n; i++) {
			node = node_at(w, w->unit.v[in + 2 * i + 1], true, depth);
			w->scratch.v[out + 2 * i] = w->unit.v[in + 2 * i];
			w->scratch.v[out + 2 * i + 1] = node;
		}
		node = node_at(w, w->unit.v[from + 2], true, depth);
		w->scratch.v[to + 2] = node;
		break;
	case KD_BTF_FLOAT:
		break;
	default: /* a reference */
		node = node_at(w, w->unit.v[from + 2], behind || kd_rec_kind(info) == KD_BTF_PTR, depth);
		w->scratch.v[to + 2] = node;
		break;
	}
}

static uint32_t build(struct kd_btfw *w, size_t from, bool behind, int depth)
{
	const uint32_t info = w->unit.v[from], kind = kd_rec_kind(info), name = w->unit.v[from + 1];
	const size_t before = w->scratch.n;
	size_t to;
	uint32_t node;

	if (kind == KD_BTF_FWD)
		return refer(w, w->unit.v[from + 2], name);
	if (behind && name && is_tagged(kind))
		return refer(w, kind, name);
	to = push(w, words_of(info) + (kind == KD_BTF_ENUM ? kd_rec_n(info) : 0));
	if (w->limited)
		return 0;
	memcpy(w->scratch.v + to, w->unit.v + from, KD_BTFW_HEAD * sizeof(uint32_t));
	parts(w, from, to, behind, depth + 1);
	/* as built: fewer members, or wider values, than the unit's record says */
	node = node_of(w, w->scratch.v + to, words_of(w->scratch.v[to]));
	if (name && is_tagged(kind))
		defines(w, kind, name, node);
	w->scratch.n = before;
	return node;
}

static uint32_t node_at(struct kd_btfw *w, uint32_t id, bool behind, int depth)
{
	uint32_t known, node;

	if (!id || w->limited)
		return 0;
	known = id < w->node[behind].n ? w->node[behind].v[id] : UNDERWAY;
	if (known && known != UNDERWAY)
		return known - 1;
	if (known == UNDERWAY || depth > DEPTH_MAX || !w->unit_at.v[id]) {
		w->stats.broken++;
		return 0;
	}
	w->node[behind].v[id] = UNDERWAY;
	node = build(w, w->unit_at.v[id], behind, depth);
	w->node[behind].v[id] = node + 1;
	return node;
}

struct kd_error *kd_btfw_unit_end(struct kd_btfw *w, const uint32_t **nodes, size_t *n)
{
	const size_t ids = w->unit_at.n;

	for (int i = 0; i < 2; i++) {
		if (!w->limited && kd_words_room(w, &w->node[i], ids)) {
			memset(w->node[i].v, 0, ids * sizeof(uint32_t));
			w->node[i].n = ids;
		}
	}
	w->scratch.n = 0;
	for (uint32_t id = 1; id < ids && !w->limited; id++)
		if (w->unit_at.v[id])
			(void)node_at(w, id, false, 0);
	if (w->limited)
		return kd_error_new(KD_LIMIT, "the types need more than %zu MiB", w->max >> 20);
	for (size_t id = 0; id < ids; id++)
		w->node[0].v[id] -= w->node[0].v[id] ? 1 : 0;
	*nodes = w->node[0].v;
	*n = ids;
	return NULL;
}

/* --- all units ------------------------------------------------------------------------------------- */

/* What a node stands for now: the definition behind a name, and of equal records the first one. */
static uint32_t settled(const struct kd_btfw *w, uint32_t node, const uint32_t *first)
{
	const uint32_t def = w->def.v[node];

	if (def && def != SEVERAL && kd_rec_kind(w->rec.v[w->rec_at.v[node]]) == KD_BTF_FWD)
		node = def;
	return first[node];
}

static void rewrite(const struct kd_btfw *w, uint32_t *r, const uint32_t *first)
{
	const uint32_t n = kd_rec_n(r[0]);
	uint32_t *p = r + KD_BTFW_HEAD;

	switch ((enum kd_btf_kind)kd_rec_kind(r[0])) {
	case KD_BTF_STRUCT:
	case KD_BTF_UNION:
		for (uint32_t i = 0; i < n; i++)
			p[3 * i + 1] = settled(w, p[3 * i + 1], first);
		break;
	case KD_BTF_FUNC_PROTO:
		for (uint32_t i = 0; i < n; i++)
			p[2 * i + 1] = settled(w, p[2 * i + 1], first);
		r[2] = settled(w, r[2], first);
		break;
	case KD_BTF_ARRAY:
		p[0] = settled(w, p[0], first);
		p[1] = settled(w, p[1], first);
		break;
	case KD_BTF_PTR:
	case KD_BTF_CONST:
	case KD_BTF_VOLATILE:
	case KD_BTF_RESTRICT:
	case KD_BTF_TYPEDEF:
		r[2] = settled(w, r[2], first);
		break;
	default:
		break;
	}
}

/*
 * `const struct foo` behind a pointer and by value were two records: the one names foo, the other contains
 * it. Now that names have their definitions they are equal. Parts come before what they are part of,
 * except for what is behind a name, so one pass in order finds them.
 */
static void join_equal(struct kd_btfw *w, uint32_t *first)
{
	const size_t nodes = w->rec_at.n;

	memset(w->recs.slot, 0, w->recs.slots * sizeof(*w->recs.slot));
	for (uint32_t i = 0; i < nodes; i++)
		first[i] = i;
	for (uint32_t i = 1; i < nodes; i++) {
		uint32_t *r = w->rec.v + w->rec_at.v[i];
		const size_t n = words_of(r[0]);
		uint32_t hash;
		size_t at;

		if (settled(w, i, first) != i)
			continue; /* a name with one definition: nobody asks for it any more */
		rewrite(w, r, first);
		hash = hash_of(r, n);
		at = find_record(w, r, n, hash);
		if (w->recs.slot[at].at) {
			first[i] = w->recs.slot[at].at;
			continue;
		}
		w->recs.slot[at].hash = hash;
		w->recs.slot[at].at = i;
	}
}

/* Which words of a record are nodes? */
static bool is_node(uint32_t kind, size_t word)
{
	switch ((enum kd_btf_kind)kind) {
	case KD_BTF_STRUCT:
	case KD_BTF_UNION:
		return word >= KD_BTFW_HEAD && (word - KD_BTFW_HEAD) % 3 == 1;
	case KD_BTF_FUNC_PROTO:
		return word == 2 || (word >= KD_BTFW_HEAD && (word - KD_BTFW_HEAD) % 2 == 1);
	case KD_BTF_ARRAY:
		return word == KD_BTFW_HEAD || word == KD_BTFW_HEAD + 1;
	case KD_BTF_PTR:
	case KD_BTF_CONST:
	case KD_BTF_VOLATILE:
	case KD_BTF_RESTRICT:
	case KD_BTF_TYPEDEF:
		return word == 2;
	default:
		return false;
	}
}

static void write_record(const struct kd_btfw *w, const uint32_t *r, struct kd_buf *out)
{
	const uint32_t kind = kd_rec_kind(r[0]);
	const size_t n = words_of(r[0]);

	if (kind == KD_BTF_FWD) {
		const bool is_enum = r[2] == KD_BTF_ENUM;

		kd_buf_add_le32(out, r[1]);
		kd_buf_add_le32(out, is_enum ? (uint32_t)KD_BTF_ENUM << 24 :
			   (uint32_t)KD_BTF_FWD << 24 | (r[2] == KD_BTF_UNION ? FLAG : 0));
		kd_buf_add_le32(out, is_enum ? 4 : 0);
		return;
	}
	kd_buf_add_le32(out, r[1]); /* BTF has the name in front of the info */
	kd_buf_add_le32(out, r[0]);
	for (size_t i = 2; i < n; i++)
		kd_buf_add_le32(out, is_node(kind, i) ? w->final.v[r[i]] : r[i]);
}

/* Is it written? Not what equals an earlier one, nor a name that nothing refers to. */
static bool is_written(const struct kd_btfw *w, uint32_t node, const uint32_t *first)
{
	return settled(w, node, first) == node &&
	       (w->used.v[node] || kd_rec_kind(w->rec.v[w->rec_at.v[node]]) != KD_BTF_FWD);
}

/* BTF ids in the order of nodes; of equal nodes the id of the first. */
static void number(struct kd_btfw *w, const uint32_t *first)
{
	const size_t nodes = w->rec_at.n;
	uint32_t id = 1;

	w->final.n = 0;
	if (!kd_words_room(w, &w->final, nodes))
		return;
	w->final.n = nodes;
	memset(w->final.v, 0, nodes * sizeof(uint32_t));
	for (uint32_t i = 1; i < nodes; i++)
		if (is_written(w, i, first)) {
			w->final.v[i] = id++;
			w->stats.undefined += kd_rec_kind(w->rec.v[w->rec_at.v[i]]) == KD_BTF_FWD && !w->def.v[i];
		}
	for (uint32_t i = 1; i < nodes; i++)
		w->final.v[i] = w->final.v[first[settled(w, i, first)]];
	w->stats.out = id - 1;
}

static struct kd_error *write_all(struct kd_btfw *w, const uint32_t *first, struct kd_buf *ret)
{
	const size_t header = ret->n;
	uint32_t length;

	for (int i = 0; i < 6; i++)
		kd_buf_add_le32(ret, 0);
	for (uint32_t i = 1; i < w->rec_at.n && !ret->overflow; i++)
		if (is_written(w, i, first))
			write_record(w, w->rec.v + w->rec_at.v[i], ret);
	length = (uint32_t)(ret->n - header - 24);
	kd_buf_add(ret, kd_view(w->strings, w->nstrings));
	if (ret->overflow)
		return kd_error_new(KD_LIMIT, "the types do not fit into %zu MiB", ret->max >> 20);
	{
		const uint32_t words[6] = {0x0001eb9f, 24, 0, length, length, (uint32_t)w->nstrings};
		struct kd_buf head = KD_BUF_INIT(64);

		for (int i = 0; i < 6; i++)
			kd_buf_add_le32(&head, words[i]);
		memcpy(ret->p + header, head.p, 24);
		kd_buf_deinit(&head);
	}
	return NULL;
}

struct kd_error *kd_btfw_finish(struct kd_btfw *w, struct kd_buf *ret)
{
	struct kd_words first = {.n = 0};
	struct kd_error *err = NULL;

	if (!w->limited && kd_btfw_table_room(w, &w->recs) && kd_words_room(w, &first, w->rec_at.n)) {
		join_equal(w, first.v);
		number(w, first.v);
	}
	if (w->limited)
		err = kd_error_new(KD_LIMIT, "the types need more than %zu MiB", w->max >> 20);
	if (!err)
		err = write_all(w, first.v, ret);
	kd_free(first.v);
	(void)kd_btfw_account(w, first.cap * sizeof(uint32_t), 0);
	return err;
}

uint32_t kd_btfw_id(const struct kd_btfw *w, uint32_t node)
{
	return node < w->final.n ? w->final.v[node] : 0;
}
