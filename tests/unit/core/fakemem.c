// SPDX-License-Identifier: GPL-2.0-or-later
#include "fakemem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "symbol/btfwrite.h"

#define RANDOM 0x1122334455667788u
#define DATA FAKEMEM_DATA

enum {
	SECTION = 0x400,
	CACHES = 0x420,
	NAMES = 0x440,
	AREAS_HEAD = 0x480,
	VM = 0x700,
	ZONE_STAT = 0x900,
	NODE_STAT = 0x940,
	TOTALRAM = 0x980,
	PGDAT = 0xa00,
	TASK_STATS = 0xc00,
	C_NAME = 0,
	C_LIST = 8,
	C_OBJECT_SIZE = 24,
	C_SIZE = 28,
	C_OFFSET = 32,
	C_INUSE = 36,
	C_OO = 40,
	C_FLAGS = 44,
	C_ALIGN = 48,
	C_LEFT = 52,
	C_CTOR = 56,
	C_RANDOM = 64,
	C_CPU = 72,
	C_NODES = 80,
	C_SIZEOF = 96,
	CPU_AT = 0x80,
	SHEAVES_AT = 0xc0,
       OTHER_AT = 0xa0,
	STAT_AT = 0xe0,
	PG_SLAB = 9,
	PG_RESERVED = 12,
	PG_HEAD = 16,
       DEBUG_OFFSET = FAKEMEM_OBJECT + 8
};

struct member {
	const char *name;
	uint32_t type;
	unsigned bit, bits;
};

static uint32_t structure(struct kd_btfw *w, const char *name, uint32_t size, const struct member *m, size_t n)
{
	const uint32_t id = kd_btfw_composite(w, KD_BTF_STRUCT, kd_view_of(name), size);

	for (size_t i = 0; i < n; i++)
		kd_btfw_member(w, kd_view_of(m[i].name), m[i].type, m[i].bit, m[i].bits);
	return id;
}
#define STRUCT(name, size, ...)                                                                                                  \
	structure(w, name, size, (const struct member[]){__VA_ARGS__},                                                           \
		  sizeof((const struct member[]){__VA_ARGS__}) / sizeof(struct member))
#define AT(bytes) (8 * (bytes)), 0

static void enumeration(struct kd_btfw *w, const char *name, const char *const *names, const uint64_t *values, size_t n)
{
	kd_btfw_enum(w, kd_view_of(name), 4, false);
	for (size_t i = 0; i < n; i++)
		kd_btfw_enumerator(w, kd_view_of(names[i]), values[i]);
}

static void page_types(const struct fakemem *x, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong)
{
	static const char *const flags[] = {"PG_locked", "PG_slab", "PG_reserved", "PG_head"};
	static const char *const new_flags[] = {"PG_locked", "PG_reserved", "PG_head"};
	static const uint64_t bits[] = {0, PG_SLAB, PG_RESERVED, PG_HEAD}, new_bits[] = {0, PG_RESERVED, PG_HEAD};
	static const char *const kinds[] = {"PGTY_buddy", "PGTY_slab"};
	static const uint64_t values[] = {0xf0, 0xf5};

	STRUCT("page", 64, {"flags", ulong, AT(0)}, {x->typed ? "compound_info" : "compound_head", ulong, AT(8)},
	       {"mapping", ptr, AT(24)}, {"index", ulong, AT(32)}, {"private", ulong, AT(40)}, {"page_type", u32, AT(48)},
	       {"_refcount", u32, AT(52)});
	if (x->typed) {
		enumeration(w, "pageflags", new_flags, new_bits, KD_ARRAY_LEN(new_flags));
		enumeration(w, "pagetype", kinds, values, KD_ARRAY_LEN(kinds));
	} else
		enumeration(w, "pageflags", flags, bits, KD_ARRAY_LEN(flags));
}

static void slab_types(const struct fakemem *x, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	const uint32_t oo = STRUCT("kmem_cache_order_objects", 4, {"x", u32, AT(0)});
	const uint32_t one = kd_btfw_array(w, ptr, 0, 1), none = kd_btfw_array(w, ptr, 0, 0);

	STRUCT("slab", 64, {"flags", ulong, AT(0)}, {"slab_cache", ptr, AT(8)}, {"slab_list", listhead, AT(16)},
	       {"next", ptr, AT(16)}, {"freelist", ptr, AT(32)}, {"inuse", u32, 8 * 40, 16}, {"objects", u32, 8 * 40 + 16, 15},
	       {"frozen", u32, 8 * 40 + 31, 1});
	STRUCT("kmem_cache", C_SIZEOF, {"name", ptr, AT(C_NAME)}, {"list", listhead, AT(C_LIST)},
	       {"object_size", u32, AT(C_OBJECT_SIZE)}, {"size", u32, AT(C_SIZE)}, {"offset", u32, AT(C_OFFSET)},
	       {"inuse", u32, AT(C_INUSE)}, {"oo", oo, AT(C_OO)}, {"flags", u32, AT(C_FLAGS)}, {"align", u32, AT(C_ALIGN)},
	       {"red_left_pad", u32, AT(C_LEFT)}, {"ctor", ptr, AT(C_CTOR)}, {"random", ulong, AT(C_RANDOM)},
	       {x->sheaves ? "cpu_sheaves" : "cpu_slab", ptr, AT(C_CPU)}, {"node", one, AT(C_NODES)});
	STRUCT("kmem_cache_cpu", 24, {"freelist", ptr, AT(0)}, {"slab", ptr, AT(8)}, {"partial", ptr, AT(16)});
	STRUCT("kmem_cache_node", 32, {"nr_slabs", ulong, AT(0)}, {"total_objects", ulong, AT(8)}, {"partial", listhead, AT(16)});
	STRUCT("slub_percpu_sheaves", 24, {"main", ptr, AT(0)}, {"spare", ptr, AT(8)}, {"rcu_free", ptr, AT(16)});
	STRUCT("slab_sheaf", 24, {"size", u32, AT(16)}, {"objects", none, AT(24)});
	STRUCT("fake_object", FAKEMEM_OBJECT, {"id", u32, AT(0)}, {"count", u32, AT(4)}, {"owner", ptr, AT(8)});
}

static void other_types(struct kd_btfw *w, uint32_t ptr, uint32_t ulong, uint32_t listhead)
{
	static const char *const zone[] = {"NR_FREE_PAGES", "NR_ZONE_INACTIVE_ANON"}, *const node[] = {"NR_INACTIVE_ANON",
												       "NR_SHMEM"};
	static const uint64_t order[] = {0, 1};
	const uint32_t bytes = kd_btfw_array(w, kd_btfw_int(w, KD_V("signed char"), 1, 1), 0, 2),
		       two = kd_btfw_array(w, ulong, 0, 2);
	const uint32_t zones =
		STRUCT("zone", 64, {"name", ptr, AT(0)}, {"zone_start_pfn", ulong, AT(8)}, {"spanned_pages", ulong, AT(16)},
		       {"present_pages", ulong, AT(24)}, {"managed_pages", ulong, AT(32)}, {"vm_stat", two, AT(40)},
		       {"per_cpu_zonestats", ptr, AT(56)});
	const uint32_t list = STRUCT("rb_list", 24, {"root", ptr, AT(0)}, {"head", listhead, AT(8)});

	enumeration(w, "zone_stat_item", zone, order, 2);
	enumeration(w, "node_stat_item", node, order, 2);
	STRUCT("pglist_data", 128, {"node_zones", kd_btfw_array(w, zones, 0, 1), AT(0)}, {"per_cpu_nodestats", ptr, AT(64)});
	STRUCT("per_cpu_zonestat", 2, {"vm_stat_diff", bytes, AT(0)});
	STRUCT("per_cpu_nodestat", 2, {"vm_node_stat_diff", bytes, AT(0)});
	STRUCT("vmap_area", 40, {"va_start", ulong, AT(0)}, {"va_end", ulong, AT(8)}, {"list", listhead, AT(16)},
	       {"vm", ptr, AT(32)});
	STRUCT("vmap_node", 32, {"busy", list, AT(0)});
	STRUCT("vm_struct", 56, {"addr", ptr, AT(0)}, {"size", ulong, AT(8)}, {"flags", ulong, AT(16)},
	       {"nr_pages", ulong, AT(24)}, {"phys_addr", ulong, AT(32)}, {"caller", ptr, AT(40)});
}

static void types(struct fake *f, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	page_types(f->user, w, ptr, u32, ulong);
	slab_types(f->user, w, ptr, u32, ulong, listhead);
	other_types(w, ptr, ulong, listhead);
	if (((struct fakemem *)f->user)->more)
		((struct fakemem *)f->user)->more->types(f, w, ptr, u32, ulong, listhead);
}

static void symbols(struct fake *f, void (*add)(void *to, const char *name, uint64_t addr), void *to)
{
	const struct fakemem *x = f->user;

	if (x->more)
		x->more->symbols(f, add, to);
	if (x->alone)
		return;
	if (!x->no_list)
		add(to, "slab_caches", DATA + CACHES);
	add(to, x->nodes ? "vmap_nodes" : "vmap_area_list", x->nodes ? DATA + AREAS_HEAD + 0x30 : DATA + AREAS_HEAD);
	if (x->kasan)
		add(to, "kasan_quarantine_put", FAKE_TEXT + 0x1ff0);
	add(to, "vm_zone_stat", DATA + ZONE_STAT);
	add(to, "vm_node_stat", DATA + NODE_STAT);
	add(to, "_totalram_pages", DATA + TOTALRAM);
	add(to, "contig_page_data", DATA + PGDAT);
	add(to, "__per_cpu_start", fake_percpu(f) + 0x10);
	add(to, "__per_cpu_end", fake_percpu(f) + 0x40);
}

/* --- memory ------------------------------------------------------------------------------------------ */

uint64_t fakemem_page(uint64_t paddr)
{
	return FAKEMEM_VMEMMAP + (paddr >> 12) * 64;
}

uint64_t fakemem_object(const struct fakemem *x, unsigned s, unsigned i)
{
	return x->base[s] + (uint64_t)i * FAKEMEM_SIZE;
}

void fakemem_link(struct fakemem *x, struct fake *f, uint64_t object, uint64_t next)
{
	const uint64_t at = object + (x->debug ? DEBUG_OFFSET : FAKEMEM_OFFSET);

	if (x->encoding == FAKEMEM_XOR)
		next ^= RANDOM ^ at;
	else if (x->encoding == FAKEMEM_SWAB)
		next ^= RANDOM ^ __builtin_bswap64(at);
	fake_put(f, at, next, 8);
}

static void put_text(struct fake *f, uint64_t at, const char *text)
{
	for (size_t i = 0; i <= strlen(text); i++)
		fake_put(f, at + i, (unsigned char)text[i], 1);
}

static void list_of(struct fake *f, uint64_t head, const uint64_t *node, size_t n)
{
	for (size_t i = 0; i <= n; i++) {
		const uint64_t at = i < n ? node[i] : head, next = i < n ? (i + 1 < n ? node[i + 1] : head) : n ? node[0] : head;

		fake_put(f, at, next, 8);
		fake_put(f, next + 8, at, 8);
	}
}

static void put_cache(struct fake *f, uint64_t at, uint64_t name, uint64_t percpu)
{
	fake_put(f, at + C_NAME, name, 8);
	fake_put(f, at + C_OBJECT_SIZE, FAKEMEM_OBJECT, 4);
	fake_put(f, at + C_SIZE, FAKEMEM_SIZE, 4);
	fake_put(f, at + C_OFFSET, FAKEMEM_OFFSET, 4);
	fake_put(f, at + C_INUSE, FAKEMEM_OBJECT, 4);
	fake_put(f, at + C_OO, FAKEMEM_OBJECTS, 4);
	fake_put(f, at + C_FLAGS, 0x80000 | 0x2000, 4); /* TYPESAFE_BY_RCU, HWCACHE_ALIGN */
	fake_put(f, at + C_ALIGN, 64, 4);
	fake_put(f, at + C_RANDOM, RANDOM, 8);
	fake_put(f, at + C_CPU, percpu, 8);
}

/* used of its objects; free ones are on the list that begins at `list`. */
static void put_slab(struct fakemem *x, struct fake *f, unsigned s, uint64_t list, unsigned used)
{
	const uint64_t paddr = machine_page(&f->m), page = fakemem_page(paddr);

	x->slab[s] = page;
	x->base[s] = FAKEMEM_DIRECT + paddr;
	machine_map(&f->m, x->base[s], paddr);
	fake_put(f, page, x->typed ? 0 : 1 << PG_SLAB, 8);
	fake_put(f, page + 8, s == 3 ? x->other : x->cache, 8);
	fake_put(f, page + 32, list, 8);
	fake_put(f, page + 40, used | FAKEMEM_OBJECTS << 16, 4);
	fake_put(f, page + 48, x->typed ? 0xf5000000 : 0xffffffff, 4);
	fake_put(f, page + 52, 1, 4);
}

static void put_debug(struct fakemem *x, struct fake *f, unsigned s, unsigned i, bool freed)
{
	const uint64_t object = fakemem_object(x, s, i);

	for (unsigned n = 0; freed && n < FAKEMEM_OBJECT; n++)
		fake_put(f, object + n, n == FAKEMEM_OBJECT - 1 ? 0xa5 : 0x6b, 1);
	for (unsigned n = 0; n < 8; n++)
		fake_put(f, object + FAKEMEM_OBJECT + n, freed ? 0xbb : 0xcc, 1);
}

static void put_slabs(struct fakemem *x, struct fake *f)
{
	const uint64_t partial = FAKEMEM_NODE + 16, caches = DATA + CACHES;
	uint64_t node[2];

	put_slab(x, f, 0, 0, x->sheaves ? FAKEMEM_OBJECTS : FAKEMEM_OBJECTS - 1);
	put_slab(x, f, 1, 0, FAKEMEM_OBJECTS - 3);
	put_slab(x, f, 2, 0, FAKEMEM_OBJECTS);
	put_slab(x, f, 3, 0, FAKEMEM_OBJECTS);
	fake_put(f, x->slab[1] + 32, fakemem_object(x, 1, 9), 8); /* 9, 2, 5 are free */
	fakemem_link(x, f, fakemem_object(x, 1, 9), fakemem_object(x, 1, 2));
	fakemem_link(x, f, fakemem_object(x, 1, 2), fakemem_object(x, 1, 5));
	fakemem_link(x, f, fakemem_object(x, 1, 5), 0);
	node[0] = x->slab[1] + 16;
	list_of(f, partial, node, 1);
	fake_put(f, FAKEMEM_NODE, 3, 8);
	fake_put(f, FAKEMEM_NODE + 8, 3 * FAKEMEM_OBJECTS, 8);
	put_text(f, DATA + NAMES, "fake_object");
	put_text(f, DATA + NAMES + 16, "other");
	put_cache(f, x->cache, DATA + NAMES, fake_percpu(f) + (x->sheaves ? SHEAVES_AT : CPU_AT));
	if (x->debug) {
		fake_put(f, x->cache + C_OFFSET, DEBUG_OFFSET, 4);
		fake_put(f, x->cache + C_INUSE, FAKEMEM_OBJECT + 8, 4);
		fake_put(f, x->cache + C_FLAGS, 0x400 | 0x800 | 0x80000000u, 4); /* RED_ZONE, POISON, OBJECT_POISON */
		for (unsigned i = 0; i < FAKEMEM_OBJECTS; i++)
			put_debug(x, f, 1, i, i == 9 || i == 2 || i == 5);
	}
	put_cache(f, x->other, DATA + NAMES + 16, x->sheaves ? 0 : fake_percpu(f) + OTHER_AT);
	fake_put(f, fake_area(0) + OTHER_AT + 8, x->slab[3], 8);
	fake_put(f, x->cache + C_NODES, FAKEMEM_NODE, 8);
	node[0] = x->cache + C_LIST;
	node[1] = x->other + C_LIST;
	list_of(f, caches, node, 2);
	if (x->sheaves) { /* CPU 1 has 0 and 7 of the first slab in its main sheaf */
		fake_put(f, fake_area(1) + SHEAVES_AT, FAKEMEM_SHEAF, 8);
		fake_put(f, FAKEMEM_SHEAF + 16, 2, 4);
		fake_put(f, FAKEMEM_SHEAF + 24, fakemem_object(x, 0, 7), 8);
		fake_put(f, FAKEMEM_SHEAF + 32, fakemem_object(x, 0, 0), 8);
		return;
	}
	fake_put(f, x->slab[0] + 32, fakemem_object(x, 0, 1), 8); /* 1 was given back by another CPU */
	fakemem_link(x, f, fakemem_object(x, 0, 1), 0);
	fake_put(f, fake_area(0) + CPU_AT, fakemem_object(x, 0, 4), 8); /* 4, 3 are on CPU 0's list */
	fake_put(f, fake_area(0) + CPU_AT + 8, x->slab[0], 8);
	fakemem_link(x, f, fakemem_object(x, 0, 4), fakemem_object(x, 0, 3));
	fakemem_link(x, f, fakemem_object(x, 0, 3), 0);
}

static void put_areas(struct fakemem *x, struct fake *f)
{
	const uint64_t head = DATA + AREAS_HEAD + (x->nodes ? 0x38 : 0), node = x->area + 16, stack = FAKE_STACKS + 0x2000;

	fake_put(f, DATA + AREAS_HEAD + 0x30, DATA + AREAS_HEAD + 0x30, 8); /* vmap_nodes: a pointer to the first */
	list_of(f, head, &node, 1);
	fake_put(f, x->area, stack, 8);
	fake_put(f, x->area + 8, stack + 0x2000, 8);
	fake_put(f, x->area + 32, DATA + VM, 8);
	fake_put(f, DATA + VM, stack, 8);
	fake_put(f, DATA + VM + 16, 2, 8);
	fake_put(f, DATA + VM + 24, 1, 8);
	fake_put(f, DATA + VM + 40, fake_symbol(f, "vfs_write") + 4, 8);
}

static void put_counters(struct fake *f)
{
	fake_put(f, DATA + ZONE_STAT, 1000, 8);
	fake_put(f, DATA + NODE_STAT + 8, 50, 8);
	fake_put(f, DATA + TOTALRAM, 2000, 8);
	put_text(f, DATA + NAMES + 24, "Normal");
	fake_put(f, DATA + PGDAT, DATA + NAMES + 24, 8);
	fake_put(f, DATA + PGDAT + 8, 0x1000, 8);
	fake_put(f, DATA + PGDAT + 16, 4096, 8);
	fake_put(f, DATA + PGDAT + 24, 4000, 8);
	fake_put(f, DATA + PGDAT + 32, 2000, 8);
	fake_put(f, DATA + PGDAT + 40, 1000, 8);
	fake_put(f, DATA + PGDAT + 56, fake_percpu(f) + STAT_AT, 8);
	fake_put(f, DATA + PGDAT + 64, fake_percpu(f) + STAT_AT + 8, 8);
	fake_put(f, fake_area(0) + STAT_AT, 0xfd, 1); /* -3 free pages */
	fake_put(f, fake_area(1) + STAT_AT, 5, 1);
	fake_put(f, fake_area(1) + STAT_AT + 9, 7, 1); /* NR_SHMEM */
}

static uint64_t shadow(uint64_t addr)
{
	return (addr >> 3) + 0xdffffc0000000000;
}

static void memory(struct fake *f)
{
	struct fakemem *x = f->user;
	const uint64_t paddr = machine_page(&f->m);

	fake_map(f, DATA, 1);
	for (uint64_t p = 0; p < MACHINE_PAGES * 64; p += 4096) /* struct pages of all memory that there is */
		fake_map(f, fakemem_page(MACHINE_PADDR) + p, 1);
	machine_map(&f->m, FAKEMEM_DIRECT + f->m.root, f->m.root);
	machine_map(&f->m, FAKEMEM_DIRECT + paddr, paddr);
	x->cache = FAKEMEM_DIRECT + paddr;
	x->other = x->cache + 0x100;
	x->area = x->cache + 0x200;
	fake_put(f, DATA + SECTION, FAKEMEM_VMEMMAP | 3, 8);
	machine_say(
		&f->m,
		"SYMBOL(mem_section)=%jx\nLENGTH(mem_section)=1\nSIZE(mem_section)=16\nOFFSET(mem_section.section_mem_map)=0\n"
		"NUMBER(SECTION_SIZE_BITS)=27\nSIZE(page)=64\nNUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=%d\n",
		(uintmax_t)(DATA + SECTION), x->typed ? (int)0xf0000000 : -129);
	put_slabs(x, f);
	put_areas(x, f);
	put_counters(f);
	if (x->more)
		x->more->memory(f);
	if (x->kasan) {
		fake_map(f, shadow(x->base[2]) & ~(uint64_t)0xfff, 1);
		fake_put(f, shadow(fakemem_object(x, 2, 5)), 0xfb, 1);
		fake_put(f, shadow(fakemem_object(x, 2, 6)), 4, 1);
	}
}

static bool hides(struct fake *f, const char *name)
{
	const struct fakemem *x = f->user;

	return x->alone && !strcmp(name, "__per_cpu_offset");
}

void fakemem_init(struct fakemem *x, struct fake *f)
{
	static const struct fake_more more = {.types = types, .symbols = symbols, .memory = memory, .hides = hides};

	fake_init_more(f, &fake_61, &more, x);
}
