// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mem.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/le.h"
#include "format/elfcore.h"

enum {
	CPUS_MAX = 8192,
	WHY = 200,
	ROOTS_MAX = 1 << 20,
	SECTION_PRESENT = 1,
	SECTION_HAS_MAP = 2,
	SECTION_FLAGS = 0x3f,
	PAGE_MIN = 32,
	PAGE_MAX = 256
};

static const char *const names[KD_MEM_NSYMBOLS] = {
	[KD_MEM_SLAB_CACHES] = "slab_caches",
	[KD_MEM_NR_NODE_IDS] = "nr_node_ids",
	[KD_MEM_NODE_DATA] = "node_data",
	[KD_MEM_CONTIG_PAGE_DATA] = "contig_page_data",
	[KD_MEM_VM_ZONE_STAT] = "vm_zone_stat",
	[KD_MEM_VM_NODE_STAT] = "vm_node_stat",
	[KD_MEM_TOTALRAM] = "_totalram_pages",
	[KD_MEM_VMAP_AREA_LIST] = "vmap_area_list",
	[KD_MEM_VMAP_NODES] = "vmap_nodes",
	[KD_MEM_NR_VMAP_NODES] = "nr_vmap_nodes",
	[KD_MEM_HSTATES] = "hstates",
	[KD_MEM_HUGETLB_MAX_HSTATE] = "hugetlb_max_hstate",
	[KD_MEM_PCPU_NR_POPULATED] = "pcpu_nr_populated",
	[KD_MEM_PCPU_UNIT_SIZE] = "pcpu_unit_size",
	[KD_MEM_NR_PERCPU_UNITS] = "pcpu_nr_units",
	[KD_MEM_NR_VMALLOC_PAGES] = "nr_vmalloc_pages",
	[KD_MEM_NR_SWAP_PAGES] = "nr_swap_pages",
	[KD_MEM_TOTAL_SWAP_PAGES] = "total_swap_pages",
	[KD_MEM_VM_COMMITTED_AS] = "vm_committed_as",
	[KD_MEM_TOTALRESERVE_PAGES] = "totalreserve_pages",
	[KD_MEM_PER_CPU_OFFSET] = "__per_cpu_offset",
	[KD_MEM_PER_CPU_START] = "__per_cpu_start",
	[KD_MEM_PER_CPU_END] = "__per_cpu_end",
	[KD_MEM_PAGE_OFFSET_BASE] = "page_offset_base",
	[KD_MEM_VMALLOC_BASE] = "vmalloc_base",
	[KD_MEM_STACK_SLABS] = "stack_slabs",
	[KD_MEM_STACK_POOLS] = "stack_pools",
	[KD_MEM_STEXT] = "_stext",
	[KD_MEM_ETEXT] = "_etext",
	[KD_MEM_START_RODATA] = "__start_rodata",
	[KD_MEM_END_RODATA] = "__end_rodata",
	[KD_MEM_SDATA] = "_sdata",
	[KD_MEM_EDATA] = "_edata",
	[KD_MEM_BSS_START] = "__bss_start",
	[KD_MEM_BSS_STOP] = "__bss_stop",
	[KD_MEM_INIT_BEGIN] = "__init_begin",
	[KD_MEM_INIT_END] = "__init_end",
	[KD_MEM_TEXT] = "_text",
	[KD_MEM_END] = "_end",
	[KD_MEM_HARDIRQ_STACK] = "hardirq_stack_ptr",
	[KD_MEM_PCPU_HOT] = "pcpu_hot",
	[KD_MEM_CEA_EXCEPTION_STACKS] = "cea_exception_stacks",
	[KD_MEM_IRQ_STACK_PTR] = "irq_stack_ptr",
	[KD_MEM_KASAN_QUARANTINE] = "kasan_quarantine_put",
	[KD_MEM_KFENCE_POOL] = "__kfence_pool",
	[KD_MEM_INIT_TOP_PGT] = "init_top_pgt",
	[KD_MEM_EMPTY_ZERO_PAGE] = "empty_zero_page",
};

struct kd_mem {
	struct kd_kernel *k;
	struct kd_space *s;
	struct kd_ksym_want want[KD_MEM_NSYMBOLS];
	unsigned page_shift;
	/* struct pages */
	uint64_t page; /* sizeof */
	char no_pages[WHY];
	uint64_t sections; /* address of mem_section[] */
	uint64_t section_size, map_off, nroots, per_root;
	uint64_t nsections; /* those behind the last memory that the dump tells of are not looked at */
	unsigned section_shift;
	bool roots; /* it is an array of pointers to arrays */
	bool one_map; /* all sections' maps count from it */
	uint64_t map;
	/* the map of all memory */
	char no_direct[WHY];
	uint64_t direct; /* address of physical 0, which need not have memory; modulo 2^64 */
	uint64_t top; /* physical address behind the last */
	bool no_percpu; /* where CPUs have their variables is not known */
	unsigned *cpu;
	uint64_t *cpu_off;
	size_t ncpus;
};

/* --- members ----------------------------------------------------------------------------------------- */

bool kd_mem_field(struct kd_kernel *k, const char *type, const char *const *paths, struct kd_field *ret)
{
	for (; *paths; paths++)
		if (kd_kernel_field(k, type, *paths, ret))
			return true;
	return false;
}

bool kd_mem_bits(struct kd_kernel *k, const char *type, const char *path, struct kd_bits *ret)
{
	const struct kd_types *ts = kd_kernel_types(k);
	struct kd_type_member m;
	struct kd_error *err;
	uint32_t id;

	if (!ts || !kd_types_first(ts, KD_TYPES_STRUCT | KD_TYPES_UNION, kd_view_of(type), &id))
		return false;
	err = kd_types_member(ts, id, kd_view_of(path), &m);
	if (err) {
		kd_error_free(err);
		return false;
	}
	if (!m.bits && m.size > 8)
		return false;
	ret->bits = m.bits ? m.bits : (unsigned)m.size * 8;
	ret->off = m.bit_off / 32 * 4;
	ret->shift = (unsigned)(m.bit_off - ret->off * 8);
	ret->size = ret->shift + ret->bits > 32 ? 8 : 4;
	return ret->bits && ret->shift + ret->bits <= 64;
}

bool kd_bits_of(const struct kd_bits *b, const void *bytes, size_t n, uint64_t *ret)
{
	uint64_t v;

	if (b->off > n || n - b->off < b->size)
		return false;
	v = b->size == 8 ? kd_le64((const uint8_t *)bytes + b->off) : kd_le32((const uint8_t *)bytes + b->off);
	v >>= b->shift;
	*ret = b->bits < 64 ? v & (((uint64_t)1 << b->bits) - 1) : v;
	return true;
}

/* --- symbols, CPUs ----------------------------------------------------------------------------------- */

bool kd_mem_symbol(const struct kd_mem *m, enum kd_mem_symbol s, uint64_t *ret)
{
	if (m->want[s].n != 1)
		return false;
	*ret = m->want[s].addr;
	return true;
}

bool kd_mem_value(const struct kd_mem *m, enum kd_mem_symbol s, unsigned size, uint64_t *ret)
{
	uint64_t at;

	return kd_mem_symbol(m, s, &at) && kd_space_uint(m->s, at, size, ret, NULL);
}

static void read_cpus(struct kd_mem *m)
{
	uint64_t table, dummy;
	const bool smp = kd_mem_symbol(m, KD_MEM_PER_CPU_OFFSET, &table);
	size_t n;

	/* A kernel for one CPU has no such table; one whose symbols are functions alone does not tell. */
	m->no_percpu = !smp && !kd_mem_symbol(m, KD_MEM_TOTALRAM, &dummy) && !kd_mem_symbol(m, KD_MEM_SLAB_CACHES, &dummy);
	if (m->no_percpu)
		return;
	m->cpu = kd_xcalloc(CPUS_MAX, sizeof(*m->cpu));
	n = kd_kernel_cpus(m->k, m->cpu, CPUS_MAX);
	if (n > CPUS_MAX)
		n = CPUS_MAX;
	m->cpu_off = kd_xcalloc(n + 1, sizeof(*m->cpu_off));
	for (size_t i = 0; i < n; i++) {
		uint64_t off = 0;

		if (smp && !kd_space_uint(m->s, table + 8 * (uint64_t)m->cpu[i], 8, &off, NULL))
			continue;
		m->cpu_off[m->ncpus] = off;
		m->cpu[m->ncpus++] = m->cpu[i];
	}
}

void kd_mem_set_cpus(struct kd_mem *m, uint64_t table, size_t n)
{
	if (!m->no_percpu || n > CPUS_MAX)
		return;
	kd_free(m->cpu);
	kd_free(m->cpu_off);
	m->cpu = kd_xcalloc(n + 1, sizeof(*m->cpu));
	m->cpu_off = kd_xcalloc(n + 1, sizeof(*m->cpu_off));
	for (m->ncpus = 0; m->ncpus < n; m->ncpus++) {
		if (!kd_space_uint(m->s, table + 8 * (uint64_t)m->ncpus, 8, &m->cpu_off[m->ncpus], NULL))
			return;
		m->cpu[m->ncpus] = (unsigned)m->ncpus;
	}
}

size_t kd_mem_cpus(const struct kd_mem *m, const unsigned **ret)
{
	*ret = m->cpu;
	return m->ncpus;
}

bool kd_mem_percpu(const struct kd_mem *m, uint64_t ptr, unsigned cpu, uint64_t *ret)
{
	for (size_t i = 0; i < m->ncpus; i++)
		if (m->cpu[i] == cpu) {
			*ret = ptr + m->cpu_off[i];
			return true;
		}
	return false;
}

/* --- struct pages ------------------------------------------------------------------------------------ */

static bool number(const struct kd_mem *m, const char *kind, const char *name, uint64_t *ret)
{
	int64_t n;

	if (!kd_vmcoreinfo_number(kd_space_vmcoreinfo(m->s), kind, name, &n) || n < 0)
		return false;
	*ret = (uint64_t)n;
	return true;
}

/* Where section `nr`'s struct mem_section is; 0: there is none. */
static uint64_t section_at(const struct kd_mem *m, uint64_t nr)
{
	uint64_t root = m->sections;

	if (nr >= m->nsections)
		return 0;
	if (m->roots && !kd_space_uint(m->s, m->sections + 8 * (nr / m->per_root), 8, &root, NULL))
		return 0;
	return root ? root + nr % m->per_root * m->section_size : 0;
}

/* What its map counts from: the struct page of pfn 0. */
static bool section_map(const struct kd_mem *m, uint64_t nr, uint64_t *ret)
{
	const uint64_t at = section_at(m, nr);
	uint64_t map;

	if (!at || !kd_space_uint(m->s, at + m->map_off, 8, &map, NULL) || (map & 3) != (SECTION_PRESENT | SECTION_HAS_MAP))
		return false;
	*ret = map & ~(uint64_t)SECTION_FLAGS;
	return true;
}

/* Is mem_section an array of roots? A root is a pointer, a section's first word has flags in it. */
static bool find_sections(struct kd_mem *m)
{
	const uint64_t top = kd_pages_info(kd_space_pages(m->s))->top;
	uint64_t first = 0;

	for (uint64_t i = 0; i < m->nroots; i++) {
		if (!kd_space_uint(m->s, m->sections + 8 * i, 8, &first, NULL))
			return false;
		if (first)
			break;
	}
	m->roots = first && !(first & 7);
	m->per_root = m->roots ? kd_mem_page_bytes(m) / m->section_size : 1;
	m->nsections = m->nroots * m->per_root;
	if (top && top >> m->section_shift < m->nsections)
		m->nsections = (top >> m->section_shift) + 1;
	return m->per_root > 0;
}

static void say_pages(struct kd_mem *m, const char *why)
{
	snprintf(m->no_pages, sizeof(m->no_pages), "%s", why);
}

/* Do all sections count from the same? */
static bool join_maps(struct kd_mem *m)
{
	uint64_t start = 0, end, map;
	bool any = false;

	m->one_map = true;
	while (kd_mem_next_section(m, start, &start, &end)) {
		if (!section_map(m, start >> (m->section_shift - m->page_shift), &map))
			return any;
		if (any && map != m->map)
			m->one_map = false;
		if (!any)
			m->map = map;
		any = true;
		start = end;
	}
	return any;
}

static void find_pages(struct kd_mem *m)
{
	uint64_t shift, length, bytes;

	if (!number(m, "SIZE", "page", &m->page) && !kd_kernel_sizeof(m->k, "page", &m->page))
		say_pages(m, "how large struct page is, is not known");
	else if (m->page < PAGE_MIN || m->page > PAGE_MAX)
		say_pages(m, "VMCOREINFO's size of struct page makes no sense");
	else if (!kd_vmcoreinfo_symbol(kd_space_vmcoreinfo(m->s), "mem_section", &m->sections) ||
		 !number(m, "LENGTH", "mem_section", &length) || !number(m, "SIZE", "mem_section", &bytes) ||
		 !number(m, "OFFSET", "mem_section.section_mem_map", &m->map_off) ||
		 !number(m, "NUMBER", "SECTION_SIZE_BITS", &shift))
		say_pages(m, "VMCOREINFO does not say where the sections of memory are (not SPARSEMEM)");
	else if (bytes < 16 || bytes > 256 || m->map_off > bytes - 8 || shift <= m->page_shift || shift > 40)
		say_pages(m, "VMCOREINFO's numbers about sections of memory make no sense");
	else {
		m->nroots = length < ROOTS_MAX ? length : ROOTS_MAX;
		m->section_size = bytes;
		m->section_shift = (unsigned)shift;
		if (!find_sections(m) || !join_maps(m))
			say_pages(m, "no section of memory with struct pages can be read");
	}
}

bool kd_mem_next_section(struct kd_mem *m, uint64_t from, uint64_t *start, uint64_t *end)
{
	const unsigned shift = m->section_shift - m->page_shift;
	uint64_t nr, root, map;

	if (!m->per_root || m->no_pages[0])
		return false;
	nr = (from + ((uint64_t)1 << shift) - 1) >> shift;
	while (nr < m->nsections) {
		if (m->roots && nr % m->per_root == 0 &&
		    (!kd_space_uint(m->s, m->sections + 8 * (nr / m->per_root), 8, &root, NULL) || !root)) {
			nr += m->per_root;
			continue;
		}
		if (section_map(m, nr, &map)) {
			*start = nr << shift;
			*end = (nr + 1) << shift;
			return true;
		}
		nr++;
	}
	return false;
}

bool kd_mem_page_of_pfn(struct kd_mem *m, uint64_t pfn, uint64_t *ret)
{
	uint64_t map;

	if (m->no_pages[0] || pfn >> 52 || !section_map(m, pfn >> (m->section_shift - m->page_shift), &map))
		return false;
	*ret = map + pfn * m->page;
	return true;
}

bool kd_mem_pfn_of_page(struct kd_mem *m, uint64_t addr, uint64_t *ret, uint64_t *off)
{
	uint64_t pfn, start = 0, end, map, page;

	if (m->no_pages[0])
		return false;
	if (m->one_map) {
		if (addr < m->map)
			return false;
		pfn = (addr - m->map) / m->page;
		if (!kd_mem_page_of_pfn(m, pfn, &page))
			return false;
		*ret = pfn;
		if (off)
			*off = addr - page;
		return true;
	}
	while (kd_mem_next_section(m, start, &start, &end)) {
		if (section_map(m, start >> (m->section_shift - m->page_shift), &map) && addr >= map + start * m->page &&
		    addr < map + end * m->page) {
			*ret = (addr - map) / m->page;
			if (off)
				*off = (addr - map) % m->page;
			return true;
		}
		start = end;
	}
	return false;
}

/* --- the map of all memory --------------------------------------------------------------------------- */

static void guess_x86(struct kd_mem *m)
{
	int64_t l5;

	if (kd_mem_value(m, KD_MEM_PAGE_OFFSET_BASE, 8, &m->direct))
		return;
	m->direct = kd_vmcoreinfo_number(kd_space_vmcoreinfo(m->s), "NUMBER", "pgtable_l5_enabled", &l5) && l5
			    ? 0xff11000000000000
			    : 0xffff888000000000;
}

/*
 * The half of the kernel's addresses begins with the physical address PHYS_OFFSET, which is below zero (in two's complement) where
 * the map was moved at random: Documentation/arch/arm64/memory.rst, arch/arm64/mm/init.c.
 */
static bool guess_arm64(struct kd_mem *m)
{
	struct kd_view v = kd_vmcoreinfo_get(kd_space_vmcoreinfo(m->s), KD_V("NUMBER(PHYS_OFFSET)"));
	uint64_t bits, phys;

	if (!number(m, "NUMBER", "VA_BITS", &bits) || bits < 36 || bits > 52)
		return false;
	if (kd_view_skip(&v, KD_V("0x")) ? !kd_view_hex(v, &phys) : !kd_view_dec(v, &phys))
		return false;
	m->direct = (~(uint64_t)0 << bits) - phys;
	return true;
}

/* Does the map lead to the page that addr lies in? */
static bool leads_to(const struct kd_mem *m, uint64_t addr)
{
	uint64_t phys, again;

	return kd_space_translate(m->s, addr, &phys, NULL) && kd_space_translate(m->s, m->direct + phys, &again, NULL) &&
	       again == phys;
}

/* Pages that are certainly in memory: of the kernel's own page table, or of a struct page. */
static bool proves_direct(struct kd_mem *m)
{
	uint64_t table, start, end, page;

	if (kd_vmcoreinfo_symbol(kd_space_vmcoreinfo(m->s), "swapper_pg_dir", &table) && leads_to(m, table))
		return true;
	return kd_mem_next_section(m, 0, &start, &end) && kd_mem_page_of_pfn(m, start, &page) && leads_to(m, page);
}

static void find_direct(struct kd_mem *m)
{
	uint64_t start = 0, end;
	bool known = true;

	if (kd_space_machine(m->s) == KD_EM_X86_64)
		guess_x86(m);
	else
		known = guess_arm64(m);
	if (!known || !proves_direct(m)) {
		snprintf(m->no_direct, sizeof(m->no_direct), "where the kernel maps all physical memory is not known");
		return;
	}
	for (; kd_mem_next_section(m, start, &start, &end); start = end)
		m->top = end << m->page_shift;
	if (!m->top)
		m->top = (uint64_t)1 << 46;
}

bool kd_mem_direct(const struct kd_mem *m, uint64_t paddr, uint64_t *ret)
{
	if (m->no_direct[0] || paddr >= m->top)
		return false;
	*ret = m->direct + paddr;
	return true;
}

bool kd_mem_phys_of_direct(const struct kd_mem *m, uint64_t addr, uint64_t *ret)
{
	if (m->no_direct[0] || addr - m->direct >= m->top || !(addr >> 63))
		return false;
	*ret = addr - m->direct;
	return true;
}

/* --- all of it --------------------------------------------------------------------------------------- */

struct kd_mem *kd_mem_new(struct kd_kernel *k)
{
	struct kd_mem *m = kd_xcalloc(1, sizeof(*m));

	m->k = k;
	m->s = kd_kernel_space(k);
	for (size_t i = 0; i < KD_MEM_NSYMBOLS; i++)
		m->want[i].name = names[i];
	kd_ksyms_find_data(kd_kernel_symbols(k), m->want, KD_MEM_NSYMBOLS);
	m->page_shift = (unsigned)__builtin_ctz(kd_pages_info(kd_space_pages(m->s))->page_size); /* as space.c has settled it */
	read_cpus(m);
	find_pages(m);
	find_direct(m);
	return m;
}

void kd_mem_free(struct kd_mem *m)
{
	if (!m)
		return;
	kd_free(m->cpu);
	kd_free(m->cpu_off);
	kd_free(m);
}

void kd_mem_freep(struct kd_mem **m)
{
	kd_mem_free(*m);
	*m = NULL;
}

struct kd_kernel *kd_mem_kernel(const struct kd_mem *m)
{
	return m->k;
}

struct kd_space *kd_mem_space(const struct kd_mem *m)
{
	return m->s;
}

unsigned kd_mem_page_shift(const struct kd_mem *m)
{
	return m->page_shift;
}

uint64_t kd_mem_page_bytes(const struct kd_mem *m)
{
	return (uint64_t)1 << m->page_shift;
}

uint64_t kd_mem_struct_page(const struct kd_mem *m)
{
	return m->page;
}

const char *kd_mem_no_pages(const struct kd_mem *m)
{
	return m->no_pages[0] ? m->no_pages : NULL;
}

const char *kd_mem_no_direct(const struct kd_mem *m)
{
	return m->no_direct[0] ? m->no_direct : NULL;
}
