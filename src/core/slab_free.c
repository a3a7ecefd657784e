// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists of free objects, and what follows from them about one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/le.h"
#include "base/vec.h"
#include "core/slab.h"
#include "core/slab_internal.h"

enum {
	TRIES = 48,
	SHEAF_MAX = 1 << 16,
	SHEAVES_MAX = 1 << 14,
	PARKED_MAX = 1 << 22,
	FREE_MARK = 1,
	KFENCE_REACH = 1 << 29, /* bytes: more than any pool has */
	SHADOW_SHIFT = 3,
	SHADOW_FREED = 0xfb,
	SHADOW_FREED_META = 0xfa /* generic KASAN */
};

const char *kd_object_state_words(enum kd_object_state state)
{
	switch (state) {
	case KD_OBJECT_ALLOCATED:
		return "allocated";
	case KD_OBJECT_FREE:
		return "free";
	case KD_OBJECT_CPU:
		return "free, on the list of a CPU";
	case KD_OBJECT_SHEAF:
		return "free, in a sheaf";
	case KD_OBJECT_QUARANTINE:
		return "freed, in KASAN's quarantine";
	default:
		return "unknown";
	}
}

/* --- nodes, CPUs ------------------------------------------------------------------------------------- */

uint64_t kd_slab_node(const struct kd_slub *s, const struct kd_cache *c, uint64_t node, bool barn)
{
	const struct slab_layout *l = &s->l;
	uint64_t at = c->addr + l->c_nodes.off + node * l->node_step, p;

	if (barn && l->has_barn)
		return kd_space_uint(s->s, at + l->barn_off, 8, &p, NULL) ? p : 0;
	if (!kd_space_uint(s->s, at + l->node_off, 8, &p, NULL) || !p)
		return 0;
	if (!barn)
		return p;
	return l->node_has_barn && kd_space_uint(s->s, p + l->barn_off, 8, &at, NULL) ? at : 0;
}

bool kd_slab_cpu(const struct kd_slub *s, const struct kd_cache *c, unsigned cpu, struct slab_cpu *ret)
{
	struct slab_cpu r = {0};
	uint64_t at;

	if (!s->l.has_cpu || !c->cpu_slab || !kd_mem_percpu(s->m, c->cpu_slab, cpu, &at) ||
	    !kd_space_uint(s->s, at + s->l.cpu_slab.off, 8, &r.slab, NULL) ||
	    !kd_space_uint(s->s, at + s->l.cpu_freelist.off, 8, &r.freelist, NULL) ||
	    (s->l.has_cpu_partial && !kd_space_uint(s->s, at + s->l.cpu_partial.off, 8, &r.partial, NULL)))
		return false;
	*ret = r;
	return true;
}

/* --- slabs ------------------------------------------------------------------------------------------- */

static uint64_t base_of(const struct kd_slub *s, uint64_t page)
{
	uint64_t pfn, base;

	return kd_mem_pfn_of_page(s->m, page, &pfn, NULL) && kd_mem_direct(s->m, pfn << kd_mem_page_shift(s->m), &base) ? base
															: 0;
}

bool kd_slab_is_kfence(const struct kd_slub *s, uint64_t base, unsigned objects, const struct kd_cache *c)
{
	return s->kfence && base - s->kfence < KFENCE_REACH && objects <= 1 && c->per_slab > 1;
}

/* From the bytes of its struct page. */
static bool slab_of(const struct kd_slub *s, uint64_t page, const void *bytes, struct kd_slab *ret)
{
	struct kd_slab b = {.addr = page};
	const size_t n = (size_t)kd_mem_struct_page(s->m);
	uint64_t objects, inuse, frozen = 0;

	if (!kd_page_is_slab(s->pi, bytes) || s->l.cache.off + 8 > n || s->l.freelist.off + 8 > n ||
	    !kd_bits_of(&s->l.objects, bytes, n, &objects) || !kd_bits_of(&s->l.inuse, bytes, n, &inuse))
		return false;
	if (s->l.has_frozen)
		(void)kd_bits_of(&s->l.frozen, bytes, n, &frozen);
	b.cache = kd_slub_by_addr(s, kd_le64((const uint8_t *)bytes + s->l.cache.off));
	b.freelist = kd_le64((const uint8_t *)bytes + s->l.freelist.off);
	b.objects = (unsigned)objects;
	b.inuse = (unsigned)inuse;
	b.frozen = frozen;
	b.base = base_of(s, page);
	if (!b.cache || !b.cache->sane || !b.base || !b.objects || b.objects > KD_SLAB_OBJECTS_MAX || b.inuse > b.objects ||
	    (uint64_t)b.objects * b.cache->size > kd_mem_page_bytes(s->m) << 16 ||
	    kd_slab_is_kfence(s, b.base, b.objects, b.cache))
		return false;
	*ret = b;
	return true;
}

bool kd_slab_read(struct kd_slub *s, uint64_t page, struct kd_slab *ret)
{
	uint8_t bytes[SLAB_PAGE_BYTES];

	return !kd_pageinfo_why(s->pi) && kd_mem_struct_page(s->m) <= sizeof(bytes) &&
	       kd_space_read(s->s, page, bytes, (size_t)kd_mem_struct_page(s->m), NULL) && slab_of(s, page, bytes, ret);
}

uint64_t kd_slab_object(const struct kd_slab *slab, unsigned i)
{
	return slab->base + (uint64_t)i * slab->cache->size + slab->cache->left;
}

/* Which object begins at addr; -1: none. */
static int64_t index_of(const struct kd_slab *slab, uint64_t addr)
{
	const uint64_t off = addr - slab->base - slab->cache->left;

	return addr < slab->base + slab->cache->left || off % slab->cache->size || off / slab->cache->size >= slab->objects
		       ? -1
		       : (int64_t)(off / slab->cache->size);
}

struct each_slab {
	struct kd_slub *s;
	bool (*visit)(void *user, const struct kd_slab *slab);
	void *user;
};

static bool of_page(void *user, uint64_t page, const void *bytes)
{
	struct each_slab *e = user;
	struct kd_slab slab;

	return !kd_page_is_slab(e->s->pi, bytes) || kd_page_head(e->s->pi, page, bytes) != page || !slab_of(e->s, page, bytes, &slab) ||
	       e->visit(e->user, &slab);
}

void kd_slub_each_slab(struct kd_slub *s, bool (*visit)(void *user, const struct kd_slab *slab), void *user, uint64_t *missing)
{
	struct each_slab e = {s, visit, user};

	kd_page_scan(s->pi, of_page, &e, missing);
}

/* --- lists of free objects --------------------------------------------------------------------------- */

static uint64_t swap64(uint64_t v)
{
	return __builtin_bswap64(v);
}

static uint64_t decode(const struct kd_cache *c, enum encoding e, uint64_t at, uint64_t raw)
{
	switch (e) {
	case ENC_XOR:
		return raw ^ c->random ^ at;
	case ENC_SWAB:
		return raw ^ c->random ^ swap64(at);
	default:
		return raw;
	}
}

struct walk_list {
	size_t n;
	bool whole; /* it ends with NULL */
	char why[KD_SLAB_WHY];
};

/* seen: one byte per object, marked with `mark`. */
static void walk(struct kd_slub *s, const struct kd_slab *slab, uint64_t head, enum encoding e, uint8_t *seen, uint8_t mark,
		 struct walk_list *w)
{
	const struct kd_cache *c = slab->cache;
	struct kd_space_miss miss;
	uint64_t raw;

	*w = (struct walk_list){0};
	while (head) {
		const int64_t i = index_of(slab, head);

		if (i < 0) {
			kd_slab_say(w->why,
				    "the list of free objects of slab 0x%" PRIx64 " leads to 0x%" PRIx64
				    ", where none of its objects begins",
				    slab->addr, head);
			return;
		}
		if (seen[i]) {
			kd_slab_say(w->why, "the list of free objects of slab 0x%" PRIx64 " comes to 0x%" PRIx64 " twice",
				    slab->addr, head);
			return;
		}
		seen[i] = mark;
		w->n++;
		if (!kd_space_uint(s->s, head + c->offset, 8, &raw, &miss)) {
			kd_slab_say(w->why, "the list of free objects of slab 0x%" PRIx64 " cannot be read at 0x%" PRIx64 ": %s",
				    slab->addr, miss.addr, kd_space_why(&miss));
			return;
		}
		head = decode(c, e, head + c->offset, raw);
	}
	w->whole = true;
}

/* --- how pointers are kept --------------------------------------------------------------------------- */

struct votes {
	unsigned good[ENC_UNKNOWN + 1], tried;
};

/* The caller may be about to walk with s->seen. */
static void vote(struct kd_slub *s, const struct kd_slab *slab, uint64_t head, struct votes *v)
{
	uint8_t seen[KD_SLAB_OBJECTS_MAX];
	struct walk_list w;

	if (!head)
		return;
	v->tried++;
	for (int e = ENC_PLAIN; e <= ENC_SWAB; e++) {
		memset(seen, 0, slab->objects);
		walk(s, slab, head, (enum encoding)e, seen, FREE_MARK, &w);
		v->good[e] += w.whole && w.n > 1; /* of a single one the first decides alone */
	}
}

static void vote_cache(struct kd_slub *s, const struct kd_cache *c, struct votes *v)
{
	const unsigned *cpus;
	const size_t ncpus = kd_mem_cpus(s->m, &cpus);
	struct kd_slab slab;
	struct slab_cpu cpu;
	uint64_t node, first;

	for (size_t i = 0; i < ncpus && v->tried < TRIES; i++)
		if (kd_slab_cpu(s, c, cpus[i], &cpu) && cpu.slab && kd_slab_read(s, cpu.slab, &slab))
			vote(s, &slab, cpu.freelist, v);
	for (uint64_t i = 0; i < s->nodes && v->tried < TRIES; i++) {
		node = kd_slab_node(s, c, i, false);
		if (node && kd_space_uint(s->s, node + s->l.n_partial.off, 8, &first, NULL) &&
		    first != node + s->l.n_partial.off && kd_slab_read(s, first - s->l.list.off, &slab))
			vote(s, &slab, slab.freelist, v);
	}
}

static enum encoding encoding_of(struct kd_slub *s)
{
	struct votes v = {0};
	int best = ENC_PLAIN;

	if (s->encoding != ENC_UNTRIED)
		return s->encoding;
	s->encoding = ENC_UNKNOWN;
	for (size_t i = 0; i < s->ncaches && v.tried < TRIES; i++)
		if (s->cache[i].sane)
			vote_cache(s, &s->cache[i], &v);
	for (int e = ENC_XOR; e <= ENC_SWAB; e++)
		if (s->l.has_random && v.good[e] > v.good[best])
			best = e;
	if (v.good[best] && v.good[best] * 2 > v.tried / 2) /* lists of one prove nothing, some may be broken */
		s->encoding = (enum encoding)best;
	return s->encoding;
}

const char *kd_slub_encoding(struct kd_slub *s)
{
	switch (encoding_of(s)) {
	case ENC_PLAIN:
		return "plain";
	case ENC_XOR:
		return "hardened (random number, own address)";
	case ENC_SWAB:
		return "hardened (random number, own address with its bytes swapped)";
	default:
		return "unknown: no way leads along the lists of free objects";
	}
}

size_t kd_slab_walk(struct kd_slub *s, const struct kd_slab *slab, uint64_t head, uint8_t *state, uint8_t mark, bool *whole,
		    char why[KD_SLAB_WHY])
{
	const enum encoding e = encoding_of(s);
	struct walk_list w;

	*whole = !head;
	if (!head)
		return 0;
	if (e == ENC_UNKNOWN) {
		kd_slab_say(why, "how free objects are chained is unknown: no way of decoding leads along the lists");
		return 0;
	}
	walk(s, slab, head, e, state, mark, &w);
	*whole = w.whole;
	if (!w.whole)
		kd_slab_say(why, "%s", w.why);
	return w.n;
}

/* --- sheaves ----------------------------------------------------------------------------------------- */

static void take_sheaf(struct kd_slub *s, uint64_t sheaf)
{
	struct kd_field objects;
	uint64_t n, p;

	if (!sheaf || !kd_kernel_field(s->k, "slab_sheaf", "objects", &objects) ||
	    !kd_kernel_read(s->k, sheaf, "slab_sheaf", "size", &n))
		return;
	if (n > SHEAF_MAX) {
		kd_slab_say(s->sheaf_why, "the sheaf at 0x%" PRIx64 " says that it holds %" PRIu64 " objects", sheaf, n);
		return;
	}
	for (uint64_t i = 0; i < n; i++) {
		uint64_t *at;

		if (!kd_space_uint(s->s, sheaf + objects.off + 8 * i, 8, &p, NULL)) {
			kd_slab_say(s->sheaf_why, "the sheaf at 0x%" PRIx64 " cannot be read", sheaf);
			return;
		}
		at = kd_vec_push(&s->sheaf, PARKED_MAX);
		if (!at) {
			kd_slab_say(s->sheaf_why, "more than %d objects in sheaves", PARKED_MAX);
			return;
		}
		*at = p;
	}
}

static void take_barn(struct kd_slub *s, uint64_t barn)
{
	struct kd_field full, list;
	uint64_t at, head;

	if (!barn || !kd_kernel_field(s->k, "node_barn", "sheaves_full", &full) ||
	    !kd_kernel_field(s->k, "slab_sheaf", "barn_list", &list))
		return;
	head = barn + full.off;
	if (!kd_space_uint(s->s, head, 8, &at, NULL)) {
		kd_slab_say(s->sheaf_why, "the full sheaves at 0x%" PRIx64 " cannot be read", head);
		return;
	}
	for (unsigned n = 0; at != head; n++) {
		if (n == SHEAVES_MAX) {
			kd_slab_say(s->sheaf_why, "the list of full sheaves at 0x%" PRIx64 " does not end", head);
			return;
		}
		take_sheaf(s, at - list.off);
		if (!kd_space_uint(s->s, at, 8, &at, NULL)) {
			kd_slab_say(s->sheaf_why, "the list of full sheaves at 0x%" PRIx64 " cannot be read", head);
			return;
		}
	}
}

static int by_value(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* rcu_free: what waits there for a grace period is given back by its owner, too. */
void kd_slab_load_sheaves(struct kd_slub *s, const struct kd_cache *c)
{
	static const char *const of_cpu[] = {"main", "spare", "rcu_free"};
	const unsigned *cpus;
	const size_t ncpus = kd_mem_cpus(s->m, &cpus);
	uint64_t at, sheaf;

	if (s->sheaf_of == c)
		return;
	s->sheaf_of = c;
	s->sheaf.n = 0;
	s->sheaf_why[0] = 0;
	if (!s->l.has_sheaves || !c->cpu_sheaves)
		return;
	if (!ncpus)
		kd_slab_say(s->sheaf_why, "where CPUs have their sheaves is not known");
	for (size_t i = 0; i < ncpus; i++)
		for (size_t j = 0; j < KD_ARRAY_LEN(of_cpu) && kd_mem_percpu(s->m, c->cpu_sheaves, cpus[i], &at); j++)
			if (kd_kernel_read(s->k, at, "slub_percpu_sheaves", of_cpu[j], &sheaf))
				take_sheaf(s, sheaf);
	for (uint64_t i = 0; i < s->nodes; i++)
		take_barn(s, kd_slab_node(s, c, i, true));
	if (s->sheaf.n)
		qsort(s->sheaf.v, s->sheaf.n, sizeof(*s->sheaf.v), by_value);
}

static void mark_sheaves(struct kd_slub *s, const struct kd_slab *slab, uint8_t *state)
{
	const uint64_t end = slab->base + (uint64_t)slab->objects * slab->cache->size;
	size_t lo = 0, hi;

	kd_slab_load_sheaves(s, slab->cache);
	for (hi = s->sheaf.n; lo < hi;) {
		const size_t mid = lo + (hi - lo) / 2;

		if (s->sheaf.v[mid] < slab->base)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < s->sheaf.n && s->sheaf.v[lo] < end; lo++) {
		const int64_t i = index_of(slab, s->sheaf.v[lo]);

		if (i >= 0)
			state[i] = KD_OBJECT_SHEAF;
	}
}

/* --- KASAN ------------------------------------------------------------------------------------------- */

/* Objects that SLUB takes for allocated, and whose shadow says that they were freed. */
static void mark_quarantine(struct kd_slub *s, const struct kd_slab *slab, uint8_t *state)
{
	for (unsigned i = 0; s->has_shadow && i < slab->objects; i++) {
		uint64_t code;

		if ((state[i] == KD_OBJECT_ALLOCATED || state[i] == KD_OBJECT_UNKNOWN) &&
		    kd_space_uint(s->s, (kd_slab_object(slab, i) >> SHADOW_SHIFT) + s->shadow, 1, &code, NULL) &&
		    (code == SHADOW_FREED || code == SHADOW_FREED_META))
			state[i] = KD_OBJECT_QUARANTINE;
	}
}

/* --- states ------------------------------------------------------------------------------------------ */

void kd_slab_states(struct kd_slub *s, const struct kd_slab *slab, uint8_t state[KD_SLAB_OBJECTS_MAX], int *cpu,
		    char why[KD_SLAB_WHY])
{
	const unsigned *cpus;
	const size_t ncpus = kd_mem_cpus(s->m, &cpus);
	bool whole, all = true, unread = slab->cache->cpu_slab && !ncpus;
	struct slab_cpu here;
	size_t n;

	*cpu = -1;
	memset(state, KD_OBJECT_ALLOCATED, slab->objects);
	n = kd_slab_walk(s, slab, slab->freelist, state, KD_OBJECT_FREE, &whole, why);
	all &= whole;
	if (whole && n != slab->objects - slab->inuse)
		kd_slab_say(why, "slab 0x%" PRIx64 " says that %u of its objects are free, its list has %zu", slab->addr,
			    slab->objects - slab->inuse, n);
	for (size_t i = 0; i < ncpus; i++) {
		const bool known = kd_slab_cpu(s, slab->cache, cpus[i], &here);

		unread |= !known && slab->cache->cpu_slab;
		if (!known || here.slab != slab->addr)
			continue;
		kd_slab_walk(s, slab, here.freelist, state, KD_OBJECT_CPU, &whole, why);
		all &= whole;
		*cpu = (int)cpus[i];
	}
	/* A CPU's own slab is frozen: of others it is certain that no CPU has a list. */
	if (unread && *cpu < 0 && (slab->frozen || !s->l.has_frozen)) {
		kd_slab_say(why, "whether a CPU has slab 0x%" PRIx64 " as its own is not known", slab->addr);
		all = false;
	}
	mark_sheaves(s, slab, state);
	if (s->sheaf_why[0]) {
		kd_slab_say(why, "%s", s->sheaf_why);
		all = false;
	}
	for (unsigned i = 0; !all && i < slab->objects; i++)
		if (state[i] == KD_OBJECT_ALLOCATED)
			state[i] = KD_OBJECT_UNKNOWN;
	mark_quarantine(s, slab, state);
}

bool kd_object_at(struct kd_slub *s, uint64_t addr, struct kd_object *ret)
{
	struct kd_object o = {.cpu = -1};
	uint8_t bytes[SLAB_PAGE_BYTES];
	uint64_t phys, page, off;
	int cpu;

	if (!kd_mem_phys_of_direct(s->m, addr, &phys) || !kd_mem_page_of_pfn(s->m, phys >> kd_mem_page_shift(s->m), &page) ||
	    kd_mem_struct_page(s->m) > sizeof(bytes) ||
	    !kd_space_read(s->s, page, bytes, (size_t)kd_mem_struct_page(s->m), NULL) ||
	    !kd_slab_read(s, kd_page_head(s->pi, page, bytes), &o.slab) || addr < o.slab.base)
		return false;
	o.cache = o.slab.cache;
	off = addr - o.slab.base;
	o.index = (unsigned)(off / o.cache->size);
	if (o.index >= o.slab.objects) { /* what is left behind the last */
		o.index = o.slab.objects - 1;
		o.outside = true;
	}
	o.start = kd_slab_object(&o.slab, o.index);
	o.off = (int64_t)(addr - o.start);
	o.outside |= o.off < 0 || o.off >= o.cache->object_size;
	kd_slab_states(s, &o.slab, s->state, &cpu, o.why);
	o.state = (enum kd_object_state)s->state[o.index];
	o.cpu = o.state == KD_OBJECT_CPU ? cpu : -1;
	*ret = o;
	return true;
}
