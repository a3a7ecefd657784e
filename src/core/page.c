// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/page.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/le.h"

enum {
	FLAGS_MAX = 64,
	FLAG_NAME = 32,
	PAGE_BYTES = 256,
	MAPPING_ANON = 1,
	MAPPING_MOVABLE = 2,
	MAPPING_BITS = 3,
	TYPE_NAME = 32, BLOCK_ORDERS = 20
};

/* Types in page_type. Until 6.11 a type is a cleared bit of a word whose top bits are set. */
struct page_type {
	enum kd_page_use use;
	const char *name; /* as PGTY_… (a value of the top byte) and PG_… (a bit), of enum pagetype */
	uint32_t old; /* the bit before BTF had the enum: include/linux/page-flags.h of 4.18 to 6.9 */
	bool known, bit;
	uint32_t value;
};

struct kd_pageinfo {
	struct kd_mem *m;
	struct kd_field flags, head, mapping, index, priv, refs, type;
	struct kd_bits order; /* of a compound page, in its second page */
	bool has_head, has_mapping, has_index, has_priv, has_order, has_slab, has_reserved, has_head_flag, has_hugetlb;
	unsigned slab_bit, reserved_bit, head_bit;
	struct page_type type_of[9];
	char flag[FLAGS_MAX][FLAG_NAME];
	const char *why;
};

static const struct {
	enum kd_page_use use;
	const char *name;
	uint32_t old;
} types[9] = {
	{KD_PAGE_USE_FREE, "buddy", 0x80},         {KD_PAGE_USE_OFFLINE, "offline", 0x100},
	{KD_PAGE_USE_TABLE, "table", 0x200},       {KD_PAGE_USE_GUARD, "guard", 0x400},
	{KD_PAGE_USE_HUGETLB, "hugetlb", 0},       {KD_PAGE_USE_SLAB, "slab", 0},
	{KD_PAGE_USE_ZSMALLOC, "zsmalloc", 0},     {KD_PAGE_USE_UNACCEPTED, "unaccepted", 0},
	{KD_PAGE_USE_KMALLOC, "large_kmalloc", 0},
};

const char *kd_page_use_words(enum kd_page_use use)
{
	static const char *const words[] = {
		"not said by its struct page",
		"free (buddy allocator)",
		"slab",
		"page table",
		"guard page",
		"offline",
		"hugetlb",
		"zsmalloc",
		"unaccepted memory",
		"large kmalloc",
		"reserved",
		"anonymous",
		"anonymous (KSM)",
		"page cache",
		"movable, of a driver",
	};

	return (size_t)use < KD_ARRAY_LEN(words) ? words[use] : "unknown";
}

bool kd_page_is_mapped(const struct kd_page *p)
{
	return p->use == KD_PAGE_USE_ANON || p->use == KD_PAGE_USE_KSM || p->use == KD_PAGE_USE_FILE ||
	       p->use == KD_PAGE_USE_MOVABLE;
}

/* --- layouts ----------------------------------------------------------------------------------------- */

static void read_flag_names(struct kd_pageinfo *pi)
{
	const struct kd_types *ts = kd_kernel_types(kd_mem_kernel(pi->m));
	struct kd_btf_type t;
	uint32_t id;

	if (!ts || !kd_types_first(ts, KD_TYPES_ENUM, KD_V("pageflags"), &id) || !kd_btf_type(kd_types_btf(ts), id, &t))
		return;
	for (uint32_t i = 0; i < t.n; i++) {
		struct kd_btf_enumerator e = kd_btf_enumerator(kd_types_btf(ts), &t, i);

		if (!kd_view_skip(&e.name, KD_V("PG_")) || e.value >= FLAGS_MAX || pi->flag[e.value][0] || e.name.n >= FLAG_NAME)
			continue;
		memcpy(pi->flag[e.value], e.name.p, e.name.n);
	}
}

static bool flag_bit(const struct kd_pageinfo *pi, const char *name, unsigned *ret)
{
	for (unsigned i = 0; i < FLAGS_MAX; i++)
		if (!strcmp(pi->flag[i], name)) {
			*ret = i;
			return true;
		}
	return false;
}

/* Up to 5.10 there was one more (PG_kmemcg) between offline and table: struct page had a mem_cgroup then, memcg_data since. */
static uint32_t old_type(struct kd_kernel *k, size_t i)
{
	struct kd_field f;

	if (types[i].use != KD_PAGE_USE_TABLE && types[i].use != KD_PAGE_USE_GUARD)
		return types[i].old;
	if (kd_kernel_field(k, "page", "memcg_data", &f) || kd_kernel_field(k, "folio", "page", &f)) /* without CONFIG_MEMCG */
		return types[i].old;
	return kd_kernel_field(k, "page", "mem_cgroup", &f) ? types[i].old << 1 : 0;
}

static void read_types(struct kd_pageinfo *pi)
{
	struct kd_kernel *k = kd_mem_kernel(pi->m);
	uint64_t value;
	int64_t buddy;
	const bool cleared =
		kd_vmcoreinfo_number(kd_space_vmcoreinfo(kd_mem_space(pi->m)), "NUMBER", "PAGE_BUDDY_MAPCOUNT_VALUE", &buddy) &&
		(uint32_t)buddy == ~types[0].old;

	for (size_t i = 0; i < KD_ARRAY_LEN(types); i++) {
		struct page_type *t = &pi->type_of[i];
		char name[TYPE_NAME];

		t->use = types[i].use;
		snprintf(name, sizeof(name), "PGTY_%s", types[i].name);
		if (kd_kernel_enumerator(k, "pagetype", name, &value)) {
			t->known = true;
			t->value = (uint32_t)value;
			continue;
		}
		t->bit = true;
		snprintf(name, sizeof(name), "PG_%s", types[i].name);
		if (kd_kernel_enumerator(k, "pagetype", name, &value))
			t->value = (uint32_t)value;
		else if (cleared)
			t->value = old_type(k, i);
		t->known = t->value != 0;
	}
}

/* Since 6.6 the low byte of folio._flags_1, before it a member of the second struct page. */
static void find_order(struct kd_pageinfo *pi)
{
	static const char *const in_page[] = {"compound_order", NULL};
	struct kd_kernel *k = kd_mem_kernel(pi->m);
	struct kd_field f;

	if (kd_kernel_field(k, "folio", "_folio_order", &f) || kd_kernel_field(k, "folio", "_flags_1", &f))
		pi->order =
			(struct kd_bits){.off = f.off & ~(uint64_t)3, .size = 4, .shift = (unsigned)(f.off & 3) * 8, .bits = 8};
	else if (kd_mem_field(k, "page", in_page, &f))
		pi->order = (struct kd_bits){.off = kd_mem_struct_page(pi->m) + (f.off & ~(uint64_t)3),
					     .size = 4,
					     .shift = (unsigned)(f.off & 3) * 8,
					     .bits = 8};
	else
		return;
	pi->has_order = pi->order.off >= kd_mem_struct_page(pi->m) && pi->order.off + 4 <= 2 * kd_mem_struct_page(pi->m);
}

struct kd_pageinfo *kd_pageinfo_new(struct kd_mem *m)
{
	static const char *const heads[] = {"compound_head", "compound_info", NULL};
	static const char *const refs[] = {"_refcount", "_count", NULL};
	static const char *const indexes[] = {"index", "__folio_index", NULL};
	static const char *const types_at[] = {"page_type", "_mapcount", NULL};
	struct kd_pageinfo *pi = kd_xcalloc(1, sizeof(*pi));
	struct kd_kernel *k = kd_mem_kernel(m);

	pi->m = m;
	pi->why = kd_mem_no_pages(m);
	if (pi->why)
		return pi;
	if (!kd_kernel_field(k, "page", "flags", &pi->flags) || !kd_mem_field(k, "page", refs, &pi->refs) ||
	    !kd_mem_field(k, "page", types_at, &pi->type)) {
		pi->why = "how struct page is laid out is not known (no BTF)";
		return pi;
	}
	pi->has_head = kd_mem_field(k, "page", heads, &pi->head);
	pi->has_mapping = kd_kernel_field(k, "page", "mapping", &pi->mapping);
	pi->has_index = kd_mem_field(k, "page", indexes, &pi->index);
	pi->has_priv = kd_kernel_field(k, "page", "private", &pi->priv);
	read_flag_names(pi);
	pi->has_slab = flag_bit(pi, "slab", &pi->slab_bit);
	pi->has_reserved = flag_bit(pi, "reserved", &pi->reserved_bit);
	pi->has_head_flag = flag_bit(pi, "head", &pi->head_bit);
	read_types(pi);
	find_order(pi);
	return pi;
}

void kd_pageinfo_free(struct kd_pageinfo *pi)
{
	kd_free(pi);
}

void kd_pageinfo_freep(struct kd_pageinfo **pi)
{
	kd_free(*pi);
	*pi = NULL;
}

struct kd_mem *kd_pageinfo_mem(const struct kd_pageinfo *pi)
{
	return pi->m;
}

const char *kd_pageinfo_why(const struct kd_pageinfo *pi)
{
	return pi->why;
}

/* --- one page ---------------------------------------------------------------------------------------- */

static uint64_t word_at(const struct kd_pageinfo *pi, const void *bytes, const struct kd_field *f)
{
	const uint64_t page = kd_mem_struct_page(pi->m);

	if (f->size >= 8 && f->off + 8 <= page)
		return kd_le64((const uint8_t *)bytes + f->off);
	return f->off + 4 <= page ? kd_le32((const uint8_t *)bytes + f->off) : 0;
}

/* Ones above, zeros below: what to keep of a tail's address to have its head's. No address looks like that. */
static bool is_mask(uint64_t v)
{
	const uint64_t low = ~v;

	return v && low && !(low & (low + 1)) && low < (uint64_t)1 << 32;
}

uint64_t kd_page_head(const struct kd_pageinfo *pi, uint64_t addr, const void *bytes)
{
	uint64_t v;

	if (!pi->has_head)
		return addr;
	v = word_at(pi, bytes, &pi->head);
	if (!(v & 1))
		return addr;
	return is_mask(v & ~(uint64_t)1) ? addr & v & ~(uint64_t)1 : v & ~(uint64_t)1;
}

static enum kd_page_use type_of(const struct kd_pageinfo *pi, uint32_t word)
{
	if ((int32_t)word >= -1)
		return KD_PAGE_USE_UNKNOWN; /* a count */
	for (size_t i = 0; i < KD_ARRAY_LEN(pi->type_of); i++) {
		const struct page_type *t = &pi->type_of[i];

		if (!t->known)
			continue;
		if (t->bit ? !(word & t->value) && (word & 0x80000000) : word >> 24 == t->value)
			return t->use;
	}
	return KD_PAGE_USE_UNKNOWN;
}

static bool has_flag(uint64_t flags, bool known, unsigned bit)
{
	return known && flags >> bit & 1;
}

bool kd_page_is_slab(const struct kd_pageinfo *pi, const void *bytes)
{
	if (pi->has_slab)
		return has_flag(word_at(pi, bytes, &pi->flags), true, pi->slab_bit);
	return type_of(pi, (uint32_t)word_at(pi, bytes, &pi->type)) == KD_PAGE_USE_SLAB;
}

static enum kd_page_use use_of(const struct kd_pageinfo *pi, const struct kd_page *p, const void *bytes)
{
	const enum kd_page_use typed = type_of(pi, p->type_word);

	if (kd_page_is_slab(pi, bytes))
		return KD_PAGE_USE_SLAB;
	if (typed != KD_PAGE_USE_UNKNOWN)
		return typed;
	if (has_flag(p->flags, pi->has_reserved, pi->reserved_bit))
		return KD_PAGE_USE_RESERVED;
	if (!p->refs || !p->mapping) /* on a list of free pages of a CPU, mapping is stale */
		return KD_PAGE_USE_UNKNOWN;
	switch (p->mapping & MAPPING_BITS) {
	case MAPPING_ANON:
		return KD_PAGE_USE_ANON;
	case MAPPING_ANON | MAPPING_MOVABLE:
		return KD_PAGE_USE_KSM;
	case MAPPING_MOVABLE:
		return KD_PAGE_USE_MOVABLE;
	default:
		return KD_PAGE_USE_FILE;
	}
}

static void read_order(const struct kd_pageinfo *pi, struct kd_page *p)
{
	uint64_t v;

	if (p->use == KD_PAGE_USE_FREE && pi->has_priv)
		p->order = p->priv < 64 ? (unsigned)p->priv : 0;
	p->compound = p->tail || has_flag(p->flags, pi->has_head_flag, pi->head_bit);
	if (p->compound && pi->has_order && kd_space_uint(kd_mem_space(pi->m), p->head + pi->order.off, 4, &v, NULL) &&
	    (v >> pi->order.shift & 255) < 64)
		p->order = (unsigned)(v >> pi->order.shift & 255);
}

bool kd_page_read(const struct kd_pageinfo *pi, uint64_t addr, struct kd_page *ret, struct kd_space_miss *miss)
{
	struct kd_page p = {.addr = addr};
	uint8_t bytes[PAGE_BYTES];
	const uint64_t n = kd_mem_struct_page(pi->m);

	if (miss)
		*miss = (struct kd_space_miss){.addr = addr};
	if (pi->why || !kd_mem_pfn_of_page(pi->m, addr, &p.pfn, NULL) ||
	    !kd_space_read(kd_mem_space(pi->m), addr, bytes, (size_t)n, miss))
		return false;
	p.head = kd_page_head(pi, addr, bytes);
	p.tail = p.head != addr;
	if (p.tail && !kd_space_read(kd_mem_space(pi->m), p.head, bytes, (size_t)n, miss))
		return false;
	p.flags = word_at(pi, bytes, &pi->flags);
	p.mapping = pi->has_mapping ? word_at(pi, bytes, &pi->mapping) : 0;
	p.index = pi->has_index ? word_at(pi, bytes, &pi->index) : 0;
	p.priv = pi->has_priv ? word_at(pi, bytes, &pi->priv) : 0;
	p.refs = (int32_t)word_at(pi, bytes, &pi->refs);
	p.type_word = (uint32_t)word_at(pi, bytes, &pi->type);
	p.mapped = (int32_t)p.type_word >= -1 ? (int64_t)(int32_t)p.type_word + 1 : -1;
	p.use = use_of(pi, &p, bytes);
	read_order(pi, &p);
	*ret = p;
	return true;
}

void kd_page_flags(const struct kd_pageinfo *pi, uint64_t flags, struct kd_buf *out)
{
	bool any = false;

	for (unsigned i = 0; i < FLAGS_MAX; i++)
		if (flags >> i & 1 && pi->flag[i][0] && strncmp(pi->flag[i], "_NR", 3)) {
			kd_buf_printf(out, "%s%s", any ? "|" : "", pi->flag[i]);
			any = true;
		}
	if (!any)
		kd_buf_add(out, KD_V("none"));
}

/* --- all of them ------------------------------------------------------------------------------------- */

struct scan {
	const struct kd_pageinfo *pi;
	bool (*visit)(void *user, uint64_t page, const void *bytes);
	void *user;
	unsigned char *buf; /* a page of struct pages */
	uint64_t missing, left;
	bool stop;
};

/* n struct pages from addr on, as far as one page of memory reaches; how many of them it had. */
static uint64_t scan_some(struct scan *s, uint64_t addr, uint64_t n)
{
	const uint64_t bytes = kd_mem_page_bytes(s->pi->m), size = kd_mem_struct_page(s->pi->m);
	uint64_t here = (bytes - (addr & (bytes - 1))) / size;

	if (!here) /* one that lies across the border */
		here = 1;
	if (here > n)
		here = n;
	if (!kd_space_read(kd_mem_space(s->pi->m), addr, s->buf, (size_t)(here * size), NULL)) {
		s->missing += here;
		return here;
	}
	for (uint64_t i = 0; i < here && !s->stop; i++)
		s->stop = !s->visit(s->user, addr + i * size, s->buf + i * size);
	return here;
}

void kd_page_scan(const struct kd_pageinfo *pi, bool (*visit)(void *user, uint64_t page, const void *bytes), void *user,
		  uint64_t *missing)
{
	struct scan s = {.pi = pi, .visit = visit, .user = user, .left = KD_PAGE_SCAN_MAX};
	uint64_t start = 0, end, page;

	*missing = 0;
	if (pi->why)
		return;
	s.buf = kd_xmalloc((size_t)kd_mem_page_bytes(pi->m));
	for (; !s.stop && kd_mem_next_section(pi->m, start, &start, &end); start = end) {
		uint64_t n = end - start;

		if (n > s.left)
			s.missing += n - s.left;
		n = n < s.left ? n : s.left;
		s.left -= n;
		if (!n || !kd_mem_page_of_pfn(pi->m, start, &page))
			break;
		for (uint64_t i = 0; i < n && !s.stop;)
			i += scan_some(&s, page + i * kd_mem_struct_page(pi->m), n - i);
	}
	kd_free(s.buf);
	*missing = s.missing;
}

struct count {
	const struct kd_pageinfo *pi;
	uint64_t *count;
	uint64_t free; /* pages of a free block that are still to come */
};

static bool count_page(void *user, uint64_t page, const void *bytes)
{
	struct count *c = user;
	struct kd_page p;

	(void)bytes;
	if (c->free) {
		c->free--;
		c->count[KD_PAGE_USE_FREE]++;
		return true;
	}
	if (!kd_page_read(c->pi, page, &p, NULL)) {
		c->count[KD_PAGE_USE_UNKNOWN]++;
		return true;
	}
	c->count[p.use]++;
	if (p.use == KD_PAGE_USE_FREE && !p.tail && p.order < BLOCK_ORDERS)
		c->free = ((uint64_t)1 << p.order) - 1;
	return true;
}

void kd_page_count(const struct kd_pageinfo *pi, uint64_t count[KD_PAGE_USES], uint64_t *missing)
{
	struct count c = {.pi = pi, .count = count};

	memset(count, 0, KD_PAGE_USES * sizeof(*count));
	kd_page_scan(pi, count_page, &c, missing);
}
