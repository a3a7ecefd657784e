// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/btfwrite.h"

#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "symbol/btfwrite_internal.h"

enum { PARTS_MAX = 0xffff };
#define INFO(kind) ((uint32_t)(kind) << 24)
#define FLAG (1u << 31)

/* --- memory -------------------------------------------------------------------------------------- */

bool kd_btfw_account(struct kd_btfw *w, size_t before, size_t now)
{
	if (now > before && now - before > w->max - w->memory) {
		w->limited = true;
		return false;
	}
	w->memory = w->memory - before + now;
	if (w->memory > w->peak)
		w->peak = w->memory;
	return true;
}

bool kd_words_room(struct kd_btfw *w, struct kd_words *v, size_t n)
{
	size_t cap = v->cap ? v->cap : 256;

	if (v->n + n <= v->cap)
		return true;
	while (cap < v->n + n)
		cap += cap / 2;
	if (!kd_btfw_account(w, v->cap * sizeof(*v->v), cap * sizeof(*v->v)))
		return false;
	v->v = kd_xrealloc(v->v, cap * sizeof(*v->v));
	v->cap = cap;
	return true;
}

bool kd_words_add(struct kd_btfw *w, struct kd_words *v, uint32_t x)
{
	if (!kd_words_room(w, v, 1))
		return false;
	v->v[v->n++] = x;
	return true;
}

bool kd_btfw_table_room(struct kd_btfw *w, struct kd_btfw_table *t)
{
	struct kd_btfw_table now = {.slots = t->slots ? 2 * t->slots : 1024, .n = t->n};

	if (t->n * 3 < t->slots * 2)
		return true;
	if (!kd_btfw_account(w, t->slots * sizeof(*t->slot), now.slots * sizeof(*t->slot)))
		return false;
	now.slot = kd_xcalloc(now.slots, sizeof(*now.slot));
	for (size_t i = 0; i < t->slots; i++) {
		size_t at = t->slot[i].hash & (now.slots - 1);

		if (!t->slot[i].at)
			continue;
		while (now.slot[at].at)
			at = (at + 1) & (now.slots - 1);
		now.slot[at] = t->slot[i];
	}
	kd_free(t->slot);
	*t = now;
	return true;
}

void kd_btfw_table_free(struct kd_btfw *w, struct kd_btfw_table *t)
{
	(void)kd_btfw_account(w, t->slots * sizeof(*t->slot), 0);
	kd_free(t->slot);
	*t = (struct kd_btfw_table){.n = 0};
}

/* Offset of a name among the strings, each of which is there once; 0: anonymous. */
static uint32_t name_of(struct kd_btfw *w, struct kd_view v)
{
	const uint32_t hash = (uint32_t)kd_hash64(v, 1);
	size_t at, cap;

	if (!v.n || kd_view_chr(v, '\0') != KD_NPOS || w->limited || !kd_btfw_table_room(w, &w->names))
		return 0;
	at = hash & (w->names.slots - 1);
	for (; w->names.slot[at].at; at = (at + 1) & (w->names.slots - 1)) {
		const char *have = w->strings + w->names.slot[at].at;

		if (w->names.slot[at].hash == hash && w->nstrings - w->names.slot[at].at > v.n &&
		    !memcmp(have, v.p, v.n) && !have[v.n])
			return w->names.slot[at].at;
	}
	for (cap = w->strings_cap; cap < w->nstrings + v.n + 1; cap += cap / 2)
		;
	if (cap > INT32_MAX || !kd_btfw_account(w, w->strings_cap, cap)) {
		w->limited = true;
		return 0;
	}
	if (cap != w->strings_cap)
		w->strings = kd_xrealloc(w->strings, cap);
	w->strings_cap = cap;
	w->names.slot[at].hash = hash;
	w->names.slot[at].at = (uint32_t)w->nstrings;
	w->names.n++;
	memcpy(w->strings + w->nstrings, v.p, v.n);
	w->strings[w->nstrings + v.n] = '\0';
	w->nstrings += v.n + 1;
	return w->names.slot[at].at;
}

struct kd_btfw *kd_btfw_new(size_t max)
{
	struct kd_btfw *w = kd_xcalloc(1, sizeof(*w));

	w->max = max;
	w->strings_cap = 4096;
	w->strings = kd_xcalloc(w->strings_cap, 1);
	w->nstrings = 1;
	w->limited = !kd_btfw_account(w, 0, w->strings_cap);
	/* node 0 is void */
	(void)(kd_words_add(w, &w->rec_at, 0) && kd_words_add(w, &w->def, 0) &&
	       kd_words_add(w, &w->used, 0) && kd_words_add(w, &w->rec, 0));
	kd_btfw_unit_begin(w);
	return w;
}

void kd_btfw_free(struct kd_btfw *w)
{
	if (!w)
		return;
	kd_free(w->strings);
	kd_free(w->names.slot);
	kd_free(w->recs.slot);
	for (size_t i = 0; i < 2; i++)
		kd_free(w->node[i].v);
	kd_free(w->unit.v);
	kd_free(w->unit_at.v);
	kd_free(w->rec.v);
	kd_free(w->rec_at.v);
	kd_free(w->def.v);
	kd_free(w->used.v);
	kd_free(w->scratch.v);
	kd_free(w->final.v);
	kd_free(w);
}

void kd_btfw_freep(struct kd_btfw **w)
{
	kd_btfw_free(*w);
	*w = NULL;
}

/* --- a unit --------------------------------------------------------------------------------------- */

void kd_btfw_unit_begin(struct kd_btfw *w)
{
	w->unit.n = w->unit_at.n = w->node[0].n = w->node[1].n = 0;
	w->reserved = 0;
	w->open = 0;
	/* id 0, and no record at 0: that means "reserved" */
	if (!kd_words_add(w, &w->unit_at, 0) || !kd_words_add(w, &w->unit, 0))
		w->limited = true;
}

uint32_t kd_btfw_reserve(struct kd_btfw *w)
{
	if (w->limited || !kd_words_add(w, &w->unit_at, 0))
		return 0;
	return (uint32_t)w->unit_at.n - 1;
}

void kd_btfw_at(struct kd_btfw *w, uint32_t reserved)
{
	w->reserved = reserved;
}

/* A record with room for `more` words; its id, 0 when there is no memory. */
static uint32_t add(struct kd_btfw *w, uint32_t info, struct kd_view name, uint32_t third, size_t more)
{
	uint32_t id = w->reserved < w->unit_at.n ? w->reserved : 0;

	w->reserved = 0;
	w->open = 0;
	if (!id)
		id = kd_btfw_reserve(w);
	if (!id || w->limited || !kd_words_room(w, &w->unit, KD_BTFW_HEAD + more))
		return 0;
	w->stats.in++;
	w->unit_at.v[id] = (uint32_t)w->unit.n;
	w->unit.v[w->unit.n++] = info;
	w->unit.v[w->unit.n++] = name_of(w, name);
	w->unit.v[w->unit.n++] = third;
	return id;
}

static void more(struct kd_btfw *w, uint32_t x)
{
	w->unit.v[w->unit.n++] = x;
}

uint32_t kd_btfw_int(struct kd_btfw *w, struct kd_view name, uint32_t size, unsigned encoding)
{
	uint32_t id = add(w, INFO(KD_BTF_INT), name, size, 1);

	if (id)
		more(w, (encoding & 7) << 24 | (size <= 31 ? 8 * size : 0));
	return id;
}

uint32_t kd_btfw_float(struct kd_btfw *w, struct kd_view name, uint32_t size)
{
	return add(w, INFO(KD_BTF_FLOAT), name, size, 0);
}

uint32_t kd_btfw_ref(struct kd_btfw *w, enum kd_btf_kind kind, struct kd_view name, uint32_t type)
{
	return add(w, INFO(kind), name, type, 0);
}

uint32_t kd_btfw_array(struct kd_btfw *w, uint32_t type, uint32_t index, uint32_t n)
{
	uint32_t id = add(w, INFO(KD_BTF_ARRAY), KD_VNULL, 0, 3);

	if (!id)
		return 0;
	more(w, type);
	more(w, index);
	more(w, n);
	return id;
}

uint32_t kd_btfw_fwd(struct kd_btfw *w, enum kd_btf_kind kind, struct kd_view name)
{
	return add(w, INFO(KD_BTF_FWD), name, kind, 0);
}

static uint32_t open_record(struct kd_btfw *w, uint32_t id)
{
	w->open = id ? w->unit_at.v[id] : 0;
	return id;
}

/* One more part of the record that was begun last. */
static bool part(struct kd_btfw *w, uint32_t a, uint32_t b, size_t n)
{
	uint32_t *info = &w->unit.v[w->open];

	if (!w->open || w->limited || kd_rec_n(*info) == PARTS_MAX) {
		w->stats.lost += w->open && !w->limited;
		return false;
	}
	if (!kd_words_room(w, &w->unit, n))
		return false;
	w->unit.v[w->open]++;
	more(w, a);
	more(w, b);
	return true;
}

uint32_t kd_btfw_composite(struct kd_btfw *w, enum kd_btf_kind kind, struct kd_view name, uint32_t size)
{
	return open_record(w, add(w, INFO(kind), name, size, 0));
}

void kd_btfw_member(struct kd_btfw *w, struct kd_view name, uint32_t type, uint64_t bit_off, unsigned bits)
{
	if (bit_off > UINT32_MAX || bits > 255) {
		w->stats.lost++;
		return;
	}
	if (!part(w, name_of(w, name), type, 4))
		return;
	more(w, (uint32_t)bit_off);
	more(w, bits);
	if (bits)
		w->unit.v[w->open] |= FLAG;
}

uint32_t kd_btfw_enum(struct kd_btfw *w, struct kd_view name, uint32_t size, bool is_signed)
{
	return open_record(w, add(w, INFO(KD_BTF_ENUM) | (is_signed ? FLAG : 0), name, size, 0));
}

void kd_btfw_enumerator(struct kd_btfw *w, struct kd_view name, uint64_t value)
{
	if (part(w, name_of(w, name), (uint32_t)value, 3))
		more(w, (uint32_t)(value >> 32));
}

uint32_t kd_btfw_proto(struct kd_btfw *w, uint32_t type)
{
	return open_record(w, add(w, INFO(KD_BTF_FUNC_PROTO), KD_VNULL, type, 0));
}

void kd_btfw_param(struct kd_btfw *w, struct kd_view name, uint32_t type)
{
	(void)part(w, name_of(w, name), type, 2);
}

struct kd_btfw_stats kd_btfw_stats(const struct kd_btfw *w)
{
	struct kd_btfw_stats s = w->stats;

	s.memory = w->peak;
	return s;
}
