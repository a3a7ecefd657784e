// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/ident.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/ident_internal.h"
#include "core/ident_value.h"
#include "format/elfcore.h"

enum { ARENA_MAX = 128 << 20 };

const char *kd_fact_kind_name(enum kd_fact_kind kind)
{
	static const char *const names[] = {"value",  "symbol",      "task",    "stack",   "per_cpu", "slab",   "type",
					    "caller", "struct_page", "section", "vmalloc", "page",    "memory", "rcu",  "region", "tag"};

	return (size_t)kind < KD_ARRAY_LEN(names) ? names[kind] : "other";
}

/* --- what it stands on ------------------------------------------------------------------------------- */

struct kd_error *kd_ident_new(struct kd_dump *d, struct kd_ident **ret)
{
	struct kd_error *err = kd_dump_need_kernel(d);
	struct kd_ident *id;

	if (err)
		return err;
	id = kd_xcalloc(1, sizeof(*id));
	id->d = d;
	id->k = kd_dump_kernel(d);
	id->m = kd_mem_new(id->k);
	id->pi = kd_pageinfo_new(id->m);
	id->arena = KD_ARENA_INIT(ARENA_MAX);
	*ret = id;
	return NULL;
}

void kd_ident_free(struct kd_ident *id)
{
	if (!id)
		return;
	kd_rcuwaits_deinit(&id->rcu);
	kd_slub_free(id->slub);
	kd_pageinfo_free(id->pi);
	kd_mem_free(id->m);
	kd_free(id->task);
	kd_free(id->by_stack);
	kd_free(id->page);
	kd_arena_deinit(&id->arena);
	kd_free(id);
}

void kd_ident_freep(struct kd_ident **id)
{
	kd_ident_free(*id);
	*id = NULL;
}

struct kd_mem *kd_ident_mem(struct kd_ident *id)
{
	return id->m;
}

struct kd_pageinfo *kd_ident_pages(struct kd_ident *id)
{
	return id->pi;
}

struct kd_slub *kd_ident_slub(struct kd_ident *id, const char **why)
{
	if (!id->tried_slub) {
		struct kd_error *err = kd_slub_new(id->pi, &id->slub);

		id->tried_slub = true;
		if (err)
			snprintf(id->slub_why, sizeof(id->slub_why), "%s", err->msg);
		kd_error_free(err);
	}
	*why = id->slub_why;
	return id->slub;
}

/* Without a symbol for their list: by their slabs. Since 6.9 there are several lists: then they are not all found. */
static void seek_areas(struct kd_ident *id)
{
	struct kd_field list, f;
	const char *why;
	struct kd_slub *s = kd_ident_slub(id, &why);
	const uint64_t head = s && !kd_kernel_field(id->k, "vmap_node", "busy", &f) && kd_kernel_field(id->k, "vmap_area", "list", &list) ?
				      kd_slub_list_of(s, "vmap_area", list.off) :
				      0;

	if (head)
		kd_vmaps_read_list(id->m, head, &id->arena, &id->vmaps);
}

const struct kd_vmaps *kd_ident_vmaps(struct kd_ident *id)
{
	if (!id->tried_vmaps) {
		id->tried_vmaps = true;
		kd_vmaps_read(id->m, &id->arena, &id->vmaps);
		if (!id->vmaps.n)
			seek_areas(id);
	}
	return &id->vmaps;
}

const struct kd_rcuwaits *kd_ident_rcuwaits(struct kd_ident *id)
{
	if (!id->tried_rcu) {
		id->tried_rcu = true;
		kd_rcuwaits_read(id->k, &id->rcu);
	}
	return &id->rcu;
}

void kd_ident_add(struct ident_answer *a, enum kd_fact_kind kind, bool guessed, uint64_t start, uint64_t size, const char *fmt,
		  ...)
{
	char text[512];
	struct kd_ident_fact *f;
	va_list ap;

	if (a->f->n == KD_FACTS_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	f = &a->f->v[a->f->n++];
	*f = (struct kd_ident_fact){.kind = (uint8_t)kind,
				    .guessed = guessed,
				    .text = kd_arena_view(a->arena, kd_view_of(text)),
				    .start = start,
				    .size = size};
}

/* --- by its value ------------------------------------------------------------------------------------ */

/* Is the rest of the answer worth looking for? Not of what is no pointer. */
static bool by_value(struct ident_answer *a)
{
	struct ident_value v;

	kd_ident_by_value(kd_space_machine(kd_mem_space(a->id->m)) != KD_EM_X86_64, a->value, &v);
	a->plain = v.number;
	if (v.text[0] && !(a->brief && v.number))
		kd_ident_add(a, KD_FACT_VALUE, v.guessed, 0, 0, "%s", v.text);
	return v.pointer;
}

/* --- image and modules ------------------------------------------------------------------------------- */

static const char *section_of(const struct kd_ident *id, uint64_t v)
{
	static const struct {
		enum kd_mem_symbol from, to;
		const char *name;
	} sections[] = {
		{KD_MEM_STEXT, KD_MEM_ETEXT, "text"},
		{KD_MEM_START_RODATA, KD_MEM_END_RODATA, "read-only data"},
		{KD_MEM_INIT_BEGIN, KD_MEM_INIT_END, "init memory, freed after boot"},
		{KD_MEM_SDATA, KD_MEM_EDATA, "data"},
		{KD_MEM_BSS_START, KD_MEM_BSS_STOP, "bss"},
		{KD_MEM_TEXT, KD_MEM_END, "between sections"},
	};
	uint64_t from, to;

	for (size_t i = 0; i < KD_ARRAY_LEN(sections); i++)
		if (kd_mem_symbol(id->m, sections[i].from, &from) && kd_mem_symbol(id->m, sections[i].to, &to) && v >= from &&
		    v < to)
			return sections[i].name;
	return NULL;
}

static void image(struct ident_answer *a)
{
	const char *section = section_of(a->id, a->value);
	const struct kd_core_module *m = section ? NULL : kd_modules_at(kd_dump_modules(a->id->d), a->value);
	const bool freed = section && kd_view_has(kd_view_of(section), KD_V("freed"));
	struct kd_place_name at;

	if (!section && !m)
		return;
	if (kd_dump_name(a->id->d, a->value, &at))
		kd_ident_add(a, KD_FACT_SYMBOL, freed, at.addr, at.size, "%s+0x%" PRIx64 "/0x%" PRIx64 "%s%s%s", at.name, at.off,
			     at.size, at.module ? " [" : "", at.module ? at.module->name : "", at.module ? "]" : "");
	if (section)
		kd_ident_add(a, KD_FACT_SECTION, false, 0, 0, "kernel image, %s", section);
	else
		kd_ident_add(a, KD_FACT_SECTION, false, m->addr, 0, "module %s, %s", m->name,
			     kd_module_is_text(m, a->value) ? "code" : "data");
}

/* --- slab -------------------------------------------------------------------------------------------- */

bool kd_ident_allocator(struct kd_view name)
{
	static const char *const own[] = {"kasan_", "__kasan_", "____kasan_", "kmem_cache_", "__kmem_cache_", "kmalloc", "__kmalloc", "slab_",
					  "__slab_", "___slab_", "kfree", "__kfree", "__do_kmalloc", "krealloc", "__krealloc"};

	for (size_t i = 0; i < KD_ARRAY_LEN(own); i++)
		if (kd_view_starts(name, kd_view_of(own[i])))
			return true;
	return false;
}

struct kd_view kd_ident_track(struct kd_dump *d, const struct kd_track *t, bool alloc, struct kd_arena *arena)
{
	const char *done = alloc ? "allocated" : "last freed";
	struct kd_view who = KD_VNULL;
	uint64_t by = t->addr;

	for (size_t i = 0; t->kasan && i < t->n && (!by || kd_ident_allocator(who)); i++) {
		by = t->stack[i];
		who = kd_dump_name_text(d, by, arena);
	}
	if (!by)
		return KD_VNULL;
	who = kd_dump_name_text(d, by, arena);
	if (!who.n)
		who = KD_V("an unknown caller");
	if (t->kasan)
		return kd_arena_printf(arena, "%s by %.*s, pid %d (KASAN's record)", done, KD_VARG(who), t->pid);
	return kd_arena_printf(arena, "%s by %.*s, pid %d, CPU %u, jiffies %" PRIu64, done, KD_VARG(who), t->pid, t->cpu, t->when);
}

bool kd_ident_track_believed(struct kd_dump *d, const struct kd_track *t, bool alloc, struct kd_arena *arena)
{
	if (!t->kasan || alloc || !t->n)
		return true;
	for (size_t i = 0; i < t->n; i++) {
		const struct kd_view name = kd_dump_name_text(d, t->stack[i], arena);

		if (kd_view_has(name, KD_V("free")) || kd_view_has(name, KD_V("quarantine")))
			return true;
		if (!kd_ident_allocator(name))
			break;
	}
	return false;
}

static void tracks(struct ident_answer *a, struct kd_slub *s, const struct kd_object *o)
{
	for (int alloc = 1; alloc >= 0; alloc--) {
		struct kd_track t;
		struct kd_view words;

		if (!kd_object_track(s, o, alloc, &t))
			continue;
		if (!kd_ident_track_believed(a->id->d, &t, alloc, a->arena))
			words = KD_V("who freed it last is not known: KASAN's record of it was overwritten");
		else
			words = kd_ident_track(a->id->d, &t, alloc, a->arena);
		if (words.n)
			kd_ident_add(a, KD_FACT_CALLER, false, 0, 0, "%.*s", KD_VARG(words));
	}
}

static void caveats(struct ident_answer *a, struct kd_slub *s, const struct kd_object *o)
{
	char damage[KD_SLAB_WHY];
	uint64_t dummy;

	if (o->why[0])
		kd_ident_add(a, KD_FACT_SLAB, false, 0, 0, "%s", o->why);
	kd_object_damage(s, o, damage);
	if (damage[0])
		kd_ident_add(a, KD_FACT_SLAB, false, 0, 0, "%s", damage);
	if (o->state == KD_OBJECT_ALLOCATED && kd_mem_symbol(a->id->m, KD_MEM_KASAN_QUARANTINE, &dummy) &&
	    kd_space_machine(kd_mem_space(a->id->m)) != KD_EM_X86_64)
		kd_ident_add(a, KD_FACT_SLAB, true, 0, 0,
			     "the kernel has KASAN: it may have been freed, and be in KASAN's quarantine");
	if (kd_cache_has(s, o->cache, "TYPESAFE_BY_RCU"))
		kd_ident_add(a, KD_FACT_SLAB, false, 0, 0, "its cache is TYPESAFE_BY_RCU: readers may hold free objects");
}

/* What lies in [start, end), if somebody handed it to RCU. */
static void rcu(struct ident_answer *a, uint64_t start, uint64_t end)
{
	const struct kd_rcuwait *w = a->brief ? NULL : kd_rcuwaits_in(kd_ident_rcuwaits(a->id), start, end);
	struct kd_view func;

	if (!w)
		return;
	if (w->how != KD_RCUWAIT_CALL) {
		kd_ident_add(a, KD_FACT_RCU, false, w->at, 0, "waiting for a grace period to be freed: kfree_rcu() on CPU %u%s", w->cpu,
			     w->how == KD_RCUWAIT_NEW ? ", whose batch waits for none yet" : "");
		return;
	}
	func = kd_dump_name_text(a->id->d, w->func, a->arena);
	kd_ident_add(a, KD_FACT_RCU, false, w->at, 0, "waiting for a grace period, or over it and not called yet: call_rcu() of %.*s on CPU %u",
		     KD_VARG(func.n ? func : KD_V("an unknown function")), w->cpu);
}

static void state_words(const struct kd_object *o, char *buf, size_t n)
{
	if (o->state == KD_OBJECT_CPU)
		snprintf(buf, n, "free, on the list of CPU %d", o->cpu);
	else
		snprintf(buf, n, "%s", kd_object_state_words(o->state));
}

static void where_in(const struct kd_object *o, char *buf, size_t n)
{
	if (o->off < 0)
		snprintf(buf, n, "%" PRId64 " bytes in front of the object at 0x%" PRIx64 " (red zone or padding)", -o->off,
			 o->start);
	else if (o->outside)
		snprintf(buf, n,
			 "%" PRId64 " bytes behind the end of the object at 0x%" PRIx64 " (red zone, metadata or padding)",
			 o->off - o->cache->object_size, o->start);
	else if (o->off)
		snprintf(buf, n, "0x%" PRIx64 " bytes inside of the object at 0x%" PRIx64, (uint64_t)o->off, o->start);
	else
		snprintf(buf, n, "the begin of an object");
}

static bool slab(struct ident_answer *a)
{
	char state[64], where[128];
	const char *why;
	struct kd_slub *s = kd_ident_slub(a->id, &why);
	struct kd_object o;
	struct kd_view member;

	if (!s || !kd_object_at(s, a->value, &o))
		return false;
	state_words(&o, state, sizeof(state));
	where_in(&o, where, sizeof(where));
	kd_ident_add(a, KD_FACT_SLAB, o.state == KD_OBJECT_UNKNOWN, o.start, o.cache->object_size, "slab %s (%u bytes), %s: %s",
		     o.cache->name, o.cache->object_size, state, where);
	a->f->object = o;
	a->f->has_object = true;
	if (a->brief)
		return true;
	if (o.cache->type && !o.outside) {
		member = kd_ident_member(a->id, o.cache->type, (uint64_t)o.off, a->arena);
		kd_ident_add(a, KD_FACT_TYPE, true, o.start, o.cache->object_size,
			     "struct %s%s%.*s, by the cache's name and size", o.cache->name, member.n ? " " : "",
			     KD_VARG(member));
	}
	rcu(a, o.start, o.start + o.cache->object_size);
	tracks(a, s, &o);
	caveats(a, s, &o);
	return true;
}

/* A page in its pool says that it is a slab. */
static void kfence(struct ident_answer *a)
{
	uint64_t pool, phys, at;
	struct kd_page p;

	if (kd_mem_value(a->id->m, KD_MEM_KFENCE_POOL, 8, &pool) && pool && a->value >= pool && kd_mem_phys_of_direct(a->id->m, a->value, &phys) &&
	    kd_mem_page_of_pfn(a->id->m, phys >> kd_mem_page_shift(a->id->m), &at) && kd_page_read(a->id->pi, at, &p, NULL) &&
	    p.use == KD_PAGE_USE_SLAB)
		kd_ident_add(a, KD_FACT_SLAB, true, 0, 0, "a page of KFENCE's pool, or one that only looks like a slab: what is in it is not read");
}

/* --- pages, areas ------------------------------------------------------------------------------------ */

static void area(struct ident_answer *a)
{
	const struct kd_vmap *v = kd_vmaps_at(kd_ident_vmaps(a->id), a->value);
	kd_auto(kd_buf_deinit) struct kd_buf flags = KD_BUF_INIT(256);
	struct kd_view caller;

	if (!v)
		return;
	if (!v->vm) {
		kd_ident_add(a, KD_FACT_VMAP, false, v->start, v->end - v->start,
			     "vmalloc area 0x%" PRIx64 "-0x%" PRIx64 ", without vm_struct (vm_map_ram, or being freed)", v->start,
			     v->end);
		return;
	}
	rcu(a, v->start, v->end);
	kd_vmap_flags(v->flags, &flags);
	caller = kd_dump_name_text(a->id->d, v->caller, a->arena);
	kd_ident_add(a, KD_FACT_VMAP, false, v->start, v->end - v->start,
		     "vmalloc area 0x%" PRIx64 "-0x%" PRIx64 " (%.*s), %" PRIu64 " pages, by %.*s", v->start, v->end,
		     (int)flags.n, flags.p, v->pages, KD_VARG(caller.n ? caller : KD_V("an unknown caller")));
}

static void struct_page(struct ident_answer *a)
{
	uint64_t pfn, off;
	kd_auto(kd_buf_deinit) struct kd_buf flags = KD_BUF_INIT(512);

	if (!kd_mem_pfn_of_page(a->id->m, a->value, &pfn, &off))
		return;
	kd_ident_add(a, KD_FACT_STRUCT_PAGE, false, a->value - off, kd_mem_struct_page(a->id->m),
		     "struct page of pfn 0x%" PRIx64 "%s", pfn, off ? ", inside" : "");
	if (!a->f->has_page && kd_page_read(a->id->pi, a->value - off, &a->f->page, NULL)) {
		a->f->has_page = true;
		kd_page_flags(a->id->pi, a->f->page.flags, &flags);
		kd_ident_add(a, KD_FACT_PAGE, false, a->f->page.addr, 0, "that page: %s, flags %.*s",
			     kd_page_use_words(a->f->page.use), (int)flags.n, flags.p);
	}
}

static void page(struct ident_answer *a, uint64_t phys)
{
	kd_auto(kd_buf_deinit) struct kd_buf flags = KD_BUF_INIT(512);
	struct kd_page *p = &a->f->page;
	uint64_t at;
	char order[32] = "", mapped[48] = "";

	if (!kd_mem_page_of_pfn(a->id->m, phys >> kd_mem_page_shift(a->id->m), &at) || !kd_page_read(a->id->pi, at, p, NULL))
		return;
	a->f->has_page = true;
	kd_page_flags(a->id->pi, p->flags, &flags);
	if (p->order)
		snprintf(order, sizeof(order), ", order %u", p->order);
	if (p->mapped > 0 && kd_page_is_mapped(p))
		snprintf(mapped, sizeof(mapped), ", mapped %" PRId64 " times", p->mapped);
	kd_ident_add(a, KD_FACT_PAGE, false, at, 0, "pfn 0x%" PRIx64 ": %s%s, flags %.*s, %" PRId64 " references%s%s", p->pfn,
		     kd_page_use_words(p->use), order, (int)flags.n, flags.p, p->refs, mapped,
		     p->tail ? ", tail of a larger page" : "");
}

static void memory(struct ident_answer *a)
{
	struct kd_space_miss miss;
	uint64_t phys, direct, byte;

	if (!kd_space_translate(kd_mem_space(a->id->m), a->value, &phys, &miss)) {
		if (kd_mem_phys_of_direct(a->id->m, a->value, &phys)) {
			page(a, phys);
			kd_ident_add(a, KD_FACT_MEMORY, false, 0, 0, "in the map of all memory, physical 0x%" PRIx64 ", but %s",
				     phys, kd_space_why(&miss));
		} else
			kd_ident_add(a, KD_FACT_MEMORY, false, 0, 0, "an address of the kernel; %s", kd_space_why(&miss));
		return;
	}
	page(a, phys);
	kd_ident_add(a, KD_FACT_MEMORY, false, 0, 0, "physical 0x%" PRIx64 "%s%s", phys,
		     kd_mem_phys_of_direct(a->id->m, a->value, &direct) ? ", by the map of all memory" : "",
		     kd_space_uint(kd_mem_space(a->id->m), a->value, 1, &byte, &miss) ? "" : "; not in the dump");
}

/* --- all of it --------------------------------------------------------------------------------------- */

static void identify(struct ident_answer *a)
{
	typedef void part(struct ident_answer * a);
	static part *const parts[] = {image, kd_ident_task, kd_ident_stack, kd_ident_percpu, kd_ident_region, NULL};

	if (!by_value(a)) {
		kd_ident_tags(a);
		return;
	}
	for (part *const *p = parts; *p && !(a->brief && a->f->n); p++)
		(*p)(a);
	if (a->brief && a->f->n)
		return;
	if (!slab(a))
		kfence(a);
	if (a->brief && a->f->n)
		return;
	struct_page(a);
	area(a);
	if (!(a->brief && a->f->n))
		memory(a);
	kd_ident_tags(a);
}

void kd_ident_word(struct kd_ident *id, uint64_t value, struct kd_arena *arena, struct kd_ident_facts *ret)
{
	struct ident_answer a = {.id = id, .arena = arena, .f = ret, .value = value};

	memset(ret, 0, sizeof(*ret));
	identify(&a);
}

bool kd_ident_brief(struct kd_ident *id, uint64_t value, struct kd_arena *arena, struct kd_ident_fact *ret)
{
	struct kd_ident_facts f = {0};
	struct ident_answer a = {.id = id, .arena = arena, .f = &f, .value = value, .brief = true};

	identify(&a);
	if (!f.n)
		return false;
	*ret = f.v[0];
	return true;
}
