// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/leftout.h"

#include "base/alloc.h"
#include "core/space.h"

enum { ORDER_MAX = 20, ANON = 1, MAPPING_BITS = 3, TAIL = 1, PRESENT = 1, FLAGS_OF_SECTION = 63, PAGE_STRUCT_MAX = 512 };

/* VMCOREINFO's word about struct page and where they are. */
struct layout {
	int64_t size, flags, mapping, mapcount, private; /* bytes, offsets */
	int64_t head; /* offset; -1: not known (since 7.0 it is not an address any more: compound_info) */
	int64_t lru, priv, slab; /* numbers of flags; slab -1: it is a type in _mapcount, or not known */
	int64_t buddy, slab_type; /* values of _mapcount; slab_type 0: none */
	int64_t section_bits, section_size, section_map; /* of physical addresses; struct mem_section */
	int64_t roots;
	uint64_t sections; /* struct mem_section ** */
};

struct page {
	uint64_t flags, mapping, private, head;
	int32_t mapcount;
};

static bool layout(const struct kd_vmcoreinfo *v, struct layout *ret)
{
	struct layout l = {0};
	const struct {
		const char *kind, *name;
		int64_t *to;
		int64_t without; /* INT64_MIN: it has to be there */
	} want[] = {
		{"SIZE", "page", &l.size, INT64_MIN},
		{"OFFSET", "page.flags", &l.flags, INT64_MIN},
		{"OFFSET", "page.mapping", &l.mapping, INT64_MIN},
		{"OFFSET", "page._mapcount", &l.mapcount, INT64_MIN},
		{"OFFSET", "page.private", &l.private, INT64_MIN},
		{"OFFSET", "page.compound_head", &l.head, -1},
		{"NUMBER", "PG_lru", &l.lru, INT64_MIN},
		{"NUMBER", "PG_private", &l.priv, INT64_MIN},
		{"NUMBER", "PG_slab", &l.slab, -1},
		{"NUMBER", "PAGE_SLAB_MAPCOUNT_VALUE", &l.slab_type, 0},
		{"NUMBER", "PAGE_BUDDY_MAPCOUNT_VALUE", &l.buddy, INT64_MIN},
		{"NUMBER", "SECTION_SIZE_BITS", &l.section_bits, INT64_MIN},
		{"SIZE", "mem_section", &l.section_size, INT64_MIN},
		{"OFFSET", "mem_section.section_mem_map", &l.section_map, INT64_MIN},
		{"LENGTH", "mem_section", &l.roots, INT64_MIN},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(want); i++)
		if (!kd_vmcoreinfo_number(v, want[i].kind, want[i].name, want[i].to)) {
			if (want[i].without == INT64_MIN)
				return false;
			*want[i].to = want[i].without;
		}
	*ret = l;
	return l.size >= 32 && l.size <= PAGE_STRUCT_MAX && l.section_bits > 16 && l.section_bits < 48 && l.section_size >= 8 &&
	       l.section_size <= 4096 && l.lru >= 0 && l.lru < 64 && l.priv >= 0 && l.priv < 64 && l.slab < 64 &&
	       kd_vmcoreinfo_symbol(v, "mem_section", &ret->sections);
}

/* --- struct page -------------------------------------------------------------------------------------- */

/* Where the struct page of that frame is: mem_section[root][section] (CONFIG_SPARSEMEM_EXTREME). */
static bool page_at(struct kd_space *s, const struct layout *l, uint64_t frame, uint64_t *ret)
{
	const uint64_t page = kd_pages_info(kd_space_pages(s))->page_size;
	const uint64_t per_root = page / (uint64_t)l->section_size, section = frame * page >> l->section_bits;
	uint64_t root, map;

	if (!per_root || section / per_root >= (uint64_t)l->roots ||
	    !kd_space_uint(s, l->sections + 8 * (section / per_root), 8, &root, NULL) || !root ||
	    !kd_space_uint(s, root + section % per_root * (uint64_t)l->section_size + (uint64_t)l->section_map, 8, &map, NULL) ||
	    !(map & PRESENT))
		return false;
	*ret = (map & ~(uint64_t)FLAGS_OF_SECTION) + frame * (uint64_t)l->size;
	return true;
}

static bool read_at(struct kd_space *s, const struct layout *l, uint64_t at, struct page *ret)
{
	uint64_t count;

	ret->head = 0;
	if (!kd_space_uint(s, at + (uint64_t)l->flags, 8, &ret->flags, NULL) ||
	    !kd_space_uint(s, at + (uint64_t)l->mapping, 8, &ret->mapping, NULL) ||
	    !kd_space_uint(s, at + (uint64_t)l->private, 8, &ret->private, NULL) ||
	    !kd_space_uint(s, at + (uint64_t)l->mapcount, 4, &count, NULL) ||
	    (l->head >= 0 && !kd_space_uint(s, at + (uint64_t)l->head, 8, &ret->head, NULL)))
		return false;
	ret->mapcount = (int32_t)(uint32_t)count;
	return true;
}

static bool flag(const struct page *p, int64_t number)
{
	return number >= 0 && p->flags >> number & 1;
}

/* A free block begins at a multiple of its size and keeps its order in private. */
static bool is_free(struct kd_space *s, const struct layout *l, uint64_t frame)
{
	for (unsigned order = 0; order <= ORDER_MAX; order++) {
		const uint64_t first = frame >> order << order;
		struct page p;
		uint64_t at;

		if (order && first == frame >> (order - 1) << (order - 1) && !(frame >> (order - 1) & 1) && order > 1)
			continue; /* the same page as before, which was no free block */
		if (!page_at(s, l, first, &at) || !read_at(s, l, at, &p))
			return false;
		if (p.mapcount == l->buddy && p.private >= order && p.private <= ORDER_MAX)
			return true;
	}
	return false;
}

static enum kd_left_out kind_of(const struct layout *l, const struct page *p)
{
	if (flag(p, l->slab) || (l->slab_type && p->mapcount == l->slab_type))
		return KD_LEFT_UNKNOWN; /* the kernel's own: mapping is something else there */
	if ((p->mapping & MAPPING_BITS & ANON) && p->mapping >> 60 == 0xf) /* a pointer of the kernel, tagged or not */
		return KD_LEFT_USER;
	if (flag(p, l->lru))
		return flag(p, l->priv) ? KD_LEFT_CACHE_PRIVATE : KD_LEFT_CACHE;
	return KD_LEFT_UNKNOWN;
}

enum kd_left_out kd_left_out_of(struct kd_space *s, uint64_t paddr)
{
	const struct kd_pages_info *info = kd_pages_info(kd_space_pages(s));
	const uint64_t frame = paddr / info->page_size;
	enum kd_left_out was, level;
	struct layout l;
	struct page p;
	uint64_t at;

	if (!layout(kd_space_vmcoreinfo(s), &l) || !page_at(s, &l, frame, &at) || !read_at(s, &l, at, &p))
		return KD_LEFT_UNKNOWN;
	if (is_free(s, &l, frame))
		was = KD_LEFT_FREE;
	else if ((p.head & TAIL) && !read_at(s, &l, p.head - TAIL, &p))
		was = KD_LEFT_UNKNOWN;
	else
		was = kind_of(&l, &p);
	/* a level that keeps such pages: then it was left out for another reason. Level 4 leaves out both kinds of cache */
	level = was == KD_LEFT_CACHE ? KD_LEFT_CACHE | KD_LEFT_CACHE_PRIVATE : was;
	return info->level < 0 || (info->level & (int)level) ? was : KD_LEFT_UNKNOWN;
}

const char *kd_left_out_words(enum kd_left_out was, bool zeros)
{
	switch (was) {
	case KD_LEFT_CACHE:
		return "the dump left it out: page cache, contents of a file (dump levels without 2 and 4 keep it)";
	case KD_LEFT_CACHE_PRIVATE:
		return "the dump left it out: page cache of a file system (dump levels without 4 keep it)";
	case KD_LEFT_USER:
		return "the dump left it out: memory of a process (dump levels without 8 keep it)";
	case KD_LEFT_FREE:
		return "the dump left it out: a free page (dump levels without 16 keep it)";
	case KD_LEFT_UNKNOWN:
		break;
	}
	return kd_page_state_words(zeros ? KD_PAGE_GAP : KD_PAGE_FILTERED);
}
