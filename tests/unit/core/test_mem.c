// SPDX-License-Identifier: GPL-2.0-or-later
/* Struct pages, caches and their objects, areas of vmalloc, counters, search: in a made kernel's memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/meminfo.h"
#include "core/page.h"
#include "core/search.h"
#include "core/slab.h"
#include "core/vmap.h"
#include "fakemem.h"

struct opened {
	struct fakemem x;
	struct fake f;
	struct kd_mem *m;
	struct kd_pageinfo *pi;
	struct kd_slub *s;
	uint8_t state[KD_SLAB_OBJECTS_MAX];
};

static void must(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

static struct opened *begin(struct fakemem x)
{
	struct opened *o = kd_xcalloc(1, sizeof(*o));

	o->x = x;
	fakemem_init(&o->x, &o->f);
	return o;
}

static void open_it(struct opened *o)
{
	must(fake_open(&o->f));
	o->m = kd_mem_new(o->f.kernel);
	o->pi = kd_pageinfo_new(o->m);
	must(kd_slub_new(o->pi, &o->s));
}

static void end(struct opened *o)
{
	kd_slub_free(o->s);
	kd_pageinfo_free(o->pi);
	kd_mem_free(o->m);
	fake_deinit(&o->f);
	kd_free(o);
}

static void places(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	uint64_t v, off;

	(void)state;
	open_it(o);
	assert_null(kd_mem_no_pages(o->m));
	assert_null(kd_mem_no_direct(o->m));
	assert_true(kd_mem_page_of_pfn(o->m, 0x1003, &v));
	assert_int_equal(v, FAKEMEM_VMEMMAP + 0x1003 * 64);
	assert_false(kd_mem_page_of_pfn(o->m, 0x8000, &v)); /* behind the only section */
	assert_true(kd_mem_pfn_of_page(o->m, FAKEMEM_VMEMMAP + 0x1003 * 64 + 8, &v, &off));
	assert_int_equal(v, 0x1003);
	assert_int_equal(off, 8);
	assert_false(kd_mem_pfn_of_page(o->m, FAKEMEM_VMEMMAP - 64, &v, &off));
	assert_true(kd_mem_direct(o->m, 0x1003000, &v));
	assert_int_equal(v, FAKEMEM_DIRECT + 0x1003000);
	assert_true(kd_mem_phys_of_direct(o->m, v, &v));
	assert_int_equal(v, 0x1003000);
	assert_false(kd_mem_phys_of_direct(o->m, FAKEMEM_DIRECT + (128 << 20), &v));
	end(o);
}

static void nothing_known(void **state)
{
	struct fake f;
	struct kd_mem *m;
	struct kd_slub *s;
	struct kd_pageinfo *pi;
	struct kd_error *err;
	struct kd_page p;
	uint64_t v;

	(void)state;
	fake_init(&f, &fake_61);
	must(fake_open(&f));
	m = kd_mem_new(f.kernel);
	pi = kd_pageinfo_new(m);
	assert_non_null(kd_mem_no_pages(m));
	assert_non_null(kd_mem_no_direct(m)); /* nothing is mapped where the map of all memory should be */
	assert_false(kd_mem_page_of_pfn(m, 1, &v));
	assert_non_null(kd_pageinfo_why(pi));
	assert_false(kd_page_read(pi, FAKEMEM_VMEMMAP, &p, NULL));
	err = kd_slub_new(pi, &s);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_UNSUPPORTED);
	kd_error_free(err);
	kd_pageinfo_free(pi);
	kd_mem_free(m);
	fake_deinit(&f);
}

static void pages_of(bool typed)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .typed = typed});
	const uint64_t first = fakemem_page(MACHINE_PADDR);
	kd_auto(kd_buf_deinit) struct kd_buf flags = KD_BUF_INIT(256);
	struct kd_page p;

	/* a free block of order 3, a compound page of two, an anonymous one */
	fake_put(&o->f, first + 48, typed ? 0xf0000000 : 0xffffff7f, 4);
	fake_put(&o->f, first + 40, 3, 8);
	fake_put(&o->f, first + 128, 1 << 16, 8);
	fake_put(&o->f, first + 192 + 8, typed ? ~(uint64_t)127 | 1 : first + 128 + 1, 8);
	fake_put(&o->f, first + 256 + 24, FAKEMEM_SHEAF | 1, 8);
	fake_put(&o->f, first + 256 + 48, 1, 4);
	fake_put(&o->f, first + 256 + 52, 2, 4);
	open_it(o);
	assert_true(kd_page_read(o->pi, first, &p, NULL));
	assert_int_equal(p.use, KD_PAGE_USE_FREE);
	assert_int_equal(p.order, 3);
	assert_int_equal(p.mapped, -1);
	assert_int_equal(p.pfn, 0x1000);
	assert_true(kd_page_read(o->pi, first + 192, &p, NULL));
	assert_true(p.tail && p.compound);
	assert_int_equal(p.head, first + 128);
	kd_page_flags(o->pi, p.flags, &flags);
	assert_string_equal(flags.p, "head");
	assert_true(kd_page_read(o->pi, first + 256, &p, NULL));
	assert_int_equal(p.use, KD_PAGE_USE_ANON);
	assert_int_equal(p.mapped, 2);
	assert_int_equal(p.refs, 2);
	assert_true(kd_page_read(o->pi, o->x.slab[1], &p, NULL));
	assert_int_equal(p.use, KD_PAGE_USE_SLAB);
	end(o);
}

static void pages(void **state)
{
	(void)state;
	pages_of(false);
	pages_of(true);
}

/* --- caches ------------------------------------------------------------------------------------------ */

static void usage_of(struct fakemem x, const char *encoding)
{
	struct opened *o = begin(x);
	kd_auto(kd_buf_deinit) struct kd_buf flags = KD_BUF_INIT(256);
	struct kd_cache_usage u;
	const struct kd_cache *c;

	open_it(o);
	assert_null(kd_slub_why(o->s));
	assert_int_equal(kd_slub_ncaches(o->s), 2);
	c = kd_slub_by_name(o->s, KD_V("fake_object"));
	assert_non_null(c);
	assert_ptr_equal(c, kd_slub_by_addr(o->s, o->x.cache));
	assert_null(kd_slub_by_addr(o->s, o->x.cache + 8));
	assert_true(c->sane);
	assert_true(c->type != 0); /* the BTF has a struct of this name and size */
	assert_int_equal(kd_slub_by_name(o->s, KD_V("other"))->type, 0);
	kd_cache_flags(o->s, c, &flags);
	assert_string_equal(flags.p, "HWCACHE_ALIGN|TYPESAFE_BY_RCU");
	assert_true(kd_cache_has(o->s, c, "TYPESAFE_BY_RCU"));
	assert_false(kd_cache_has(o->s, c, "POISON"));
	assert_string_equal(kd_slub_encoding(o->s), encoding);
	kd_cache_usage(o->s, c, &u);
	assert_string_equal(u.why, "");
	assert_int_equal(u.slabs, 3);
	assert_int_equal(u.partial, 1);
	assert_int_equal(u.free_node, 3);
	assert_int_equal(u.free_cpu, x.sheaves ? 0 : 3);
	assert_int_equal(u.parked, x.sheaves ? 2 : 0);
	assert_int_equal(kd_cache_allocated(&u), 3 * FAKEMEM_OBJECTS - 3 - (x.sheaves ? 2 : 3));
	end(o);
}

static void usage(void **state)
{
	(void)state;
	usage_of((struct fakemem){.encoding = FAKEMEM_PLAIN}, "plain");
	usage_of((struct fakemem){.encoding = FAKEMEM_XOR}, "hardened (random number, own address)");
	usage_of((struct fakemem){.encoding = FAKEMEM_SWAB}, "hardened (random number, own address with its bytes swapped)");
	usage_of((struct fakemem){.encoding = FAKEMEM_SWAB, .sheaves = true, .typed = true},
		 "hardened (random number, own address with its bytes swapped)");
}

static void object(struct opened *o, unsigned slab, unsigned i, enum kd_object_state state, int cpu)
{
	struct kd_object b;

	if (!kd_object_at(o->s, fakemem_object(&o->x, slab, i) + 8, &b))
		fail_msg("slab %u, object %u", slab, i);
	assert_int_equal(b.start, fakemem_object(&o->x, slab, i));
	assert_int_equal(b.off, 8);
	assert_int_equal(b.index, i);
	assert_false(b.outside);
	if (b.state != state)
		fail_msg("slab %u, object %u: %s, not %s (%s)", slab, i, kd_object_state_words(b.state),
			 kd_object_state_words(state), b.why);
	assert_int_equal(b.cpu, cpu);
}

static bool count_slab(void *user, const struct kd_slab *slab)
{
	unsigned *n = user;

	*n += !strcmp(slab->cache->name, "fake_object");
	return true;
}

static void objects(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	struct kd_object b;
	uint64_t missing;
	unsigned n = 0;

	(void)state;
	open_it(o);
	for (unsigned i = 0; i < FAKEMEM_OBJECTS; i++) {
		object(o, 0, i,
		       i == 1             ? KD_OBJECT_FREE
		       : i == 3 || i == 4 ? KD_OBJECT_CPU
					  : KD_OBJECT_ALLOCATED,
		       i == 3 || i == 4 ? 0 : -1);
		object(o, 1, i, i == 9 || i == 2 || i == 5 ? KD_OBJECT_FREE : KD_OBJECT_ALLOCATED, -1);
		object(o, 2, i, KD_OBJECT_ALLOCATED, -1);
	}
	assert_true(kd_object_at(o->s, fakemem_object(&o->x, 2, 3) + FAKEMEM_OBJECT, &b));
	assert_true(b.outside);
	assert_int_equal(b.index, 3);
	assert_false(kd_object_at(o->s, FAKEMEM_DIRECT + MACHINE_PADDR, &b));
	assert_false(kd_object_at(o->s, FAKE_TEXT, &b));
	kd_slub_each_slab(o->s, count_slab, &n, &missing);
	assert_int_equal(n, 3);
	assert_true(missing > 0); /* struct pages of the section that are mapped nowhere */
	end(o);
}

static void in_sheaves(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .sheaves = true, .typed = true});

	(void)state;
	open_it(o);
	for (unsigned i = 0; i < FAKEMEM_OBJECTS; i++)
		object(o, 0, i, i == 0 || i == 7 ? KD_OBJECT_SHEAF : KD_OBJECT_ALLOCATED, -1);
	end(o);
}

static void in_quarantine(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .kasan = true});

	(void)state;
	open_it(o);
	object(o, 2, 4, KD_OBJECT_ALLOCATED, -1);
	object(o, 2, 5, KD_OBJECT_QUARANTINE, -1);
	object(o, 2, 6, KD_OBJECT_ALLOCATED, -1);
	object(o, 1, 0, KD_OBJECT_ALLOCATED, -1); /* whose shadow is on the same page, or not there */
	object(o, 1, 9, KD_OBJECT_FREE, -1);
	end(o);
}

static void damage_of(struct opened *o, unsigned i, const char *what)
{
	char out[KD_SLAB_WHY];
	struct kd_object b;

	assert_true(kd_object_at(o->s, fakemem_object(&o->x, 1, i), &b));
	assert_string_equal(b.why, "");
	kd_object_damage(o->s, &b, out);
	if (*what ? !strstr(out, what) : *out)
		fail_msg("object %u: \"%s\", not \"%s\"", i, out, what);
}

static void damage(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .debug = true});

	(void)state;
	fake_put(&o->f, fakemem_object(&o->x, 1, 3) + FAKEMEM_OBJECT + 2, 0x41, 1); /* written behind an object */
	fake_put(&o->f, fakemem_object(&o->x, 1, 5) + 0x48, 0, 1); /* written after free */
	fake_put(&o->f, fakemem_object(&o->x, 1, 2) + FAKEMEM_OBJECT - 1, 0x6b, 1);
	open_it(o);
	damage_of(o, 0, "");
	damage_of(o, 9, "");
	damage_of(o, 3, "the red zone behind it is damaged at");
	damage_of(o, 3, "0x41 in place of 0xcc");
	damage_of(o, 5, "the poison of the freed object is damaged at");
	damage_of(o, 5, "0x00 in place of 0x6b");
	damage_of(o, 2, "the end of the freed object's poison");
	end(o);
}

static void greedy_sheaf(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .sheaves = true});
	struct kd_cache_usage u;

	(void)state;
	fake_put(&o->f, FAKEMEM_SHEAF + 16, 0x7fffffff, 4);
	open_it(o);
	kd_cache_usage(o->s, kd_slub_cache(o->s, 0), &u);
	assert_non_null(strstr(u.why, "says that it holds"));
	object(o, 2, 0, KD_OBJECT_UNKNOWN, -1); /* it may be in there */
	end(o);
}

/* What is wrong with a list is said, and what follows it is not guessed. */
static void broken(uint64_t slot, const char *how, enum kd_object_state met, enum kd_object_state rest)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	struct kd_object b;

	/* 9 → 2 → here */
	fakemem_link(&o->x, &o->f, fakemem_object(&o->x, 1, 2),
		     slot == 1   ? fakemem_object(&o->x, 1, 9)
		     : slot == 2 ? fakemem_object(&o->x, 2, 5)
				 : fakemem_object(&o->x, 1, 5) + 8);
	open_it(o);
	assert_string_equal(kd_slub_encoding(o->s), "hardened (random number, own address with its bytes swapped)");
	object(o, 1, 9, met, -1);
	object(o, 1, 5, rest, -1);
	assert_true(kd_object_at(o->s, fakemem_object(&o->x, 1, 0), &b));
	if (!strstr(b.why, how))
		fail_msg("%s", b.why);
	end(o);
}

static void broken_lists(void **state)
{
	(void)state;
	broken(1, "twice", KD_OBJECT_FREE, KD_OBJECT_UNKNOWN);
	broken(2, "where none of its objects begins", KD_OBJECT_FREE, KD_OBJECT_UNKNOWN);
	broken(3, "where none of its objects begins", KD_OBJECT_FREE, KD_OBJECT_UNKNOWN);
}

static void too_short(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	struct kd_object b;

	(void)state;
	fakemem_link(&o->x, &o->f, fakemem_object(&o->x, 1, 2), 0); /* the third is lost */
	open_it(o);
	assert_true(kd_object_at(o->s, fakemem_object(&o->x, 1, 0), &b));
	assert_non_null(strstr(b.why, "says that 3 of its objects are free, its list has 2"));
	end(o);
}

static void no_encoding(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	struct kd_object b;

	(void)state;
	fake_put(&o->f, fakemem_object(&o->x, 1, 9) + FAKEMEM_OFFSET, 0x6b6b6b6b6b6b6b6b, 8);
	fake_put(&o->f, fakemem_object(&o->x, 0, 4) + FAKEMEM_OFFSET, 0x6b6b6b6b6b6b6b6b, 8);
	open_it(o);
	assert_non_null(strstr(kd_slub_encoding(o->s), "unknown"));
	assert_true(kd_object_at(o->s, fakemem_object(&o->x, 1, 0), &b));
	assert_int_equal(b.state, KD_OBJECT_UNKNOWN);
	assert_non_null(strstr(b.why, "unknown"));
	object(o, 2, 0, KD_OBJECT_ALLOCATED, -1); /* a full slab has no list */
	end(o);
}

static void broken_partial(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	struct kd_cache_usage u;

	(void)state;
	fake_put(&o->f, o->x.slab[1] + 16, o->x.slab[2] + 16, 8); /* leads to one that does not point back */
	open_it(o);
	kd_cache_usage(o->s, kd_slub_cache(o->s, 0), &u);
	assert_non_null(strstr(u.why, "does not point back"));
	end(o);
}

/* What CPU 1 has cannot be read: a frozen slab may be its own, others cannot. */
static void unread_cpu(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	struct kd_cache_usage u;

	(void)state;
	fake_put(&o->f, fake_symbol(&o->f, "__per_cpu_offset") + 8, 0xffffa00000000000, 8);
	fake_put(&o->f, o->x.slab[2] + 40, FAKEMEM_OBJECTS | FAKEMEM_OBJECTS << 16 | 0x80000000u, 4);
	open_it(o);
	object(o, 0, 4, KD_OBJECT_CPU, 0);
	object(o, 0, 0, KD_OBJECT_ALLOCATED, -1);
	object(o, 1, 0, KD_OBJECT_ALLOCATED, -1);
	object(o, 2, 0, KD_OBJECT_UNKNOWN, -1);
	kd_cache_usage(o->s, kd_slub_cache(o->s, 0), &u);
	assert_non_null(strstr(u.why, "what CPU 1 has of it cannot be read"));
	end(o);
}

static void broken_caches(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});

	(void)state;
	fake_put(&o->f, o->x.cache + 8, FAKE_TEXT, 8); /* the first leads to nowhere: the second is found from behind */
	open_it(o);
	assert_non_null(strstr(kd_slub_why(o->s), "broken"));
	assert_int_equal(kd_slub_ncaches(o->s), 2);
	assert_non_null(kd_slub_by_name(o->s, KD_V("other")));
	end(o);
}

/* No symbols of data: the list of caches comes out where it leaves the slabs, CPU 0's offset is where two caches agree. */
static void functions_alone(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .alone = true});
	const unsigned *cpus;

	(void)state;
	open_it(o);
	assert_null(kd_slub_why(o->s));
	assert_int_equal(kd_slub_ncaches(o->s), 2);
	assert_int_equal(kd_mem_cpus(o->m, &cpus), 1);
	object(o, 0, 4, KD_OBJECT_CPU, 0);
	object(o, 0, 1, KD_OBJECT_FREE, -1);
	object(o, 2, 0, KD_OBJECT_ALLOCATED, -1);
	end(o);
}

/* The same, and no offset fits: a frozen slab's objects may be on a CPU's list. */
static void no_offsets(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .alone = true});
	struct kd_cache_usage u;
	const unsigned *cpus;

	(void)state;
	fake_put(&o->f, fake_symbol(&o->f, "__per_cpu_offset"), 0x1234, 8);
	fake_put(&o->f, o->x.slab[2] + 40, FAKEMEM_OBJECTS | FAKEMEM_OBJECTS << 16 | 0x80000000u, 4);
	open_it(o);
	assert_int_equal(kd_mem_cpus(o->m, &cpus), 0);
	kd_cache_usage(o->s, kd_slub_cache(o->s, 0), &u);
	assert_non_null(strstr(u.why, "__per_cpu_offset"));
	object(o, 2, 0, KD_OBJECT_UNKNOWN, -1);
	end(o);
}

static void caches_by_slabs(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .no_list = true});

	(void)state;
	open_it(o);
	assert_null(kd_slub_why(o->s)); /* their list is found by them */
	assert_non_null(kd_slub_by_name(o->s, KD_V("fake_object")));
	object(o, 0, 1, KD_OBJECT_FREE, -1);
	end(o);
}

static void mad_cache(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	struct kd_cache_usage u;
	struct kd_object b;

	(void)state;
	fake_put(&o->f, o->x.cache + 28, 1, 4); /* a size that no object fits in */
	open_it(o);
	assert_false(kd_slub_cache(o->s, 0)->sane);
	kd_cache_usage(o->s, kd_slub_cache(o->s, 0), &u);
	assert_non_null(strstr(u.why, "make no sense"));
	assert_false(kd_object_at(o->s, fakemem_object(&o->x, 1, 0), &b));
	end(o);
}

/* --- areas, counters --------------------------------------------------------------------------------- */

static void areas_of(bool nodes)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .nodes = nodes});
	const uint64_t stack = FAKE_STACKS + 0x2000;
	struct kd_vmaps v;

	open_it(o);
	kd_vmaps_read(o->m, &o->f.arena, &v);
	assert_string_equal(v.why, "");
	assert_int_equal(v.n, 1);
	assert_int_equal(v.v[0].pages, 1);
	assert_int_equal(v.v[0].caller, fake_symbol(&o->f, "vfs_write") + 4);
	assert_ptr_equal(kd_vmaps_at(&v, stack + 0x1fff), &v.v[0]);
	assert_null(kd_vmaps_at(&v, stack + 0x2000));
	assert_null(kd_vmaps_at(&v, stack - 1));
	end(o);
}

static void areas(void **state)
{
	(void)state;
	areas_of(false);
	areas_of(true);
}

static void areas_in_a_circle(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	struct kd_vmaps v;

	(void)state;
	fake_put(&o->f, o->x.area + 16, o->x.area + 16, 8);
	open_it(o);
	kd_vmaps_read(o->m, &o->f.arena, &v);
	assert_non_null(strstr(v.why, "does not point back"));
	assert_int_equal(v.n, 1);
	end(o);
}

static void counters(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	struct kd_meminfo i;
	struct kd_zones z;
	uint64_t v;

	(void)state;
	open_it(o);
	assert_true(kd_meminfo_stat(o->m, "NR_FREE_PAGES", &v));
	assert_int_equal(v, 1002); /* 1000, -3 of CPU 0, 5 of CPU 1 */
	assert_true(kd_meminfo_stat(o->m, "NR_SHMEM", &v));
	assert_int_equal(v, 57);
	assert_false(kd_meminfo_stat(o->m, "NR_SLAB_RECLAIMABLE", &v));
	kd_meminfo_read(o->m, &i);
	assert_true(i.v[0].known);
	assert_int_equal(i.v[0].bytes, 2000 << 12);
	for (size_t j = 0; j < i.n; j++)
		if (!strcmp(i.v[j].key, "anon"))
			assert_false(i.v[j].known); /* not zero */
	kd_zones_read(o->m, &o->f.arena, &z);
	assert_null(z.why);
	assert_int_equal(z.n, 1);
	assert_string_equal(z.v[0].name, "Normal");
	assert_int_equal(z.v[0].free, 1002);
	assert_int_equal(z.v[0].managed, 2000);
	assert_false(z.v[0].has_watermark);
	end(o);
}

/* --- search ------------------------------------------------------------------------------------------ */

struct hits {
	uint64_t at[16];
	size_t n, max;
};

static bool take(void *user, uint64_t at, uint64_t value)
{
	struct hits *h = user;

	(void)value;
	assert_true(h->n < KD_ARRAY_LEN(h->at));
	h->at[h->n++] = at;
	return h->n != h->max;
}

static void look(struct opened *o, struct kd_search_what w, uint64_t start, uint64_t stop, struct hits *h)
{
	struct kd_search_stats st;
	struct kd_ctx ctx;

	kd_ctx_init(&ctx);
	h->n = 0;
	must(kd_search(&ctx, o->m, o->f.pages, &w, start, stop, take, h, &st));
	assert_int_equal(st.hits, h->n);
	assert_true(st.looked > 0);
	kd_ctx_deinit(&ctx);
}

static void search(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	const uint64_t a = o->x.base[0] - FAKEMEM_DIRECT, b = o->x.base[1] - FAKEMEM_DIRECT;
	const struct kd_search_what w = {.value = 0x5151515100000001, .mask = ~(uint64_t)0, .size = 8};
	struct kd_search_what other = w;
	struct hits h = {.max = 0};
	struct kd_search_stats st;
	struct kd_ctx ctx;

	(void)state;
	fake_put(&o->f, o->x.base[0] + 0x10, w.value, 8);
	fake_put(&o->f, o->x.base[1] + 0x80, w.value + 2, 8);
	fake_put(&o->f, o->x.base[1] + 0x93, w.value, 8); /* not at a multiple of 8 */
	for (unsigned i = 0; i < 6; i++) /* across the border: they follow each other */
		fake_put(&o->f, (a < b ? o->x.base[0] : o->x.base[1]) + 0x1000 - 3 + i, (unsigned char)"border"[i], 1);
	open_it(o);
	look(o, w, 0, ~(uint64_t)0, &h);
	assert_int_equal(h.n, 1);
	assert_int_equal(h.at[0], a + 0x10);
	other.mask = ~(uint64_t)3;
	look(o, other, 0, ~(uint64_t)0, &h);
	assert_int_equal(h.n, 2);
	other = (struct kd_search_what){.value = w.value + 1, .until = w.value + 3, .range = true, .size = 8};
	look(o, other, 0, ~(uint64_t)0, &h);
	assert_int_equal(h.n, 1);
	assert_int_equal(h.at[0], b + 0x80);
	look(o, w, a + 0x18, a + 0x1000, &h); /* behind it, in its page */
	assert_int_equal(h.n, 0);
	assert_int_equal((a < b ? a : b) + 0x1000, a < b ? b : a);
	other = (struct kd_search_what){.bytes = KD_V("border")};
	look(o, other, 0, ~(uint64_t)0, &h);
	assert_int_equal(h.n, 1);
	assert_int_equal(h.at[0], (a < b ? a : b) + 0x1000 - 3);
	h = (struct hits){.max = 1};
	kd_ctx_init(&ctx);
	must(kd_search_virtual(&ctx, o->m, &w, o->x.base[0], o->x.base[0] + 0x1000, take, &h, &st));
	assert_int_equal(h.n, 1);
	assert_int_equal(h.at[0], o->x.base[0] + 0x10);
	kd_ctx_deinit(&ctx);
	end(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),        cmocka_unit_test(nothing_known), cmocka_unit_test(pages),
		cmocka_unit_test(usage),         cmocka_unit_test(objects),       cmocka_unit_test(in_sheaves),
		cmocka_unit_test(in_quarantine), cmocka_unit_test(damage), cmocka_unit_test(greedy_sheaf),  cmocka_unit_test(broken_lists),
		cmocka_unit_test(too_short),     cmocka_unit_test(no_encoding),   cmocka_unit_test(broken_partial),
		cmocka_unit_test(unread_cpu),    cmocka_unit_test(broken_caches), cmocka_unit_test(caches_by_slabs), cmocka_unit_test(functions_alone), cmocka_unit_test(no_offsets),
		cmocka_unit_test(mad_cache),     cmocka_unit_test(areas),         cmocka_unit_test(areas_in_a_circle),
		cmocka_unit_test(counters),      cmocka_unit_test(search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
