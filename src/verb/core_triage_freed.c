// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Was memory used after it was freed? Asked when the log says so (KASAN, KFENCE, SLUB's checks), when a register of the
 * faulting instruction holds what SLUB writes over freed objects, or when its operands lie in an object that is free.
 * Then: the object and its cache, what became of it, who allocated and who freed it, its neighbours, and who points to it.
 *
 * The suspects are addresses, the surest first: of the log; of operands and of loads before it; when from where it
 * was loaded is lost, registers that point into a slab whose cache is poisoned, which is a guess.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "core/search.h"
#include "report/poison.h"
#include "verb/core_triage_internal.h"

enum { SUSPECTS_MAX = 4, NEIGHBOURS = 2, STACK_MAX = 10 };

struct suspect {
	struct kd_object o;
	uint64_t addr;
	struct kd_view how; /* how it is known that this was used */
	bool sure; /* the log or the instruction says it; else a guess */
};

struct freed {
	struct triage *t;
	struct kd_slub *slub;
	struct suspect v[SUSPECTS_MAX];
	size_t n;
	bool poisoned; /* a register of the faulting instruction holds the poison of freed memory */
	struct kd_table *neighbours, *pointers;
	const struct suspect *now; /* whose pointers are sought */
	uint64_t own; /* of the hits those that lie in the object itself */
};

/* --- which address ------------------------------------------------------------------------------------- */

static bool is_free(const struct kd_object *o)
{
	return o->state == KD_OBJECT_FREE || o->state == KD_OBJECT_CPU || o->state == KD_OBJECT_SHEAF || o->state == KD_OBJECT_QUARANTINE;
}

static bool is_poison(uint64_t value)
{
	struct kd_poison_hit hit;

	return kd_poison_find(value, KD_ARCH_X86_64, &hit) && hit.poison->family == KD_POISON_FREED && !hit.poison->weak;
}

static void suspect(struct freed *f, uint64_t addr, bool sure, struct kd_view how)
{
	struct kd_object o;

	if (f->n == SUSPECTS_MAX || !kd_object_at(f->slub, addr, &o))
		return;
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].o.start == o.start)
			return;
	f->v[f->n++] = (struct suspect){.o = o, .addr = addr, .sure = sure, .how = how};
}

/* An operand or a load in an object that is free: that alone says it; poison that was loaded says it of where it came from. */
static void by_instruction(struct freed *f)
{
	const struct kd_core_fault *at = f->t->fault;
	struct kd_object o;

	for (size_t i = 0; i < at->nop; i++) {
		const struct kd_core_access *a = &at->op[i];

		if (a->mem.base != KD_NOREG && !a->mem.pcrel && kd_core_regs_has(at->regs, a->mem.base))
			f->poisoned |= is_poison(at->regs->r[a->mem.base]);
		if (a->has_addr && kd_object_at(f->slub, a->addr, &o) && is_free(&o))
			suspect(f, a->addr, true, KD_V("an operand of the faulting instruction lies in it"));
	}
	for (size_t i = 0; i < at->nloads; i++) {
		const struct kd_core_load *l = &at->load[i];
		const bool said = l->state == KD_LOAD_SAME || l->state == KD_LOAD_CHANGED || l->state == KD_LOAD_MISSING;
		const char *name = kd_dwarf_reg_name(KD_ARCH_X86_64, l->reg);

		if (said && is_poison(l->loaded))
			suspect(f, l->addr, !l->assumed, kd_arena_printf(f->t->arena, "%s was loaded from it, with the poison of freed memory", name ? name : "?"));
		else if (l->state != KD_LOAD_ADDRESS_LOST && kd_object_at(f->slub, l->addr, &o) && is_free(&o))
			suspect(f, l->addr, !l->assumed, kd_arena_printf(f->t->arena, "%s was loaded from it", name ? name : "?"));
	}
}

/* An object that nobody ever freed, by the cache's own records, was not used after that. */
static bool was_freed(struct freed *f, const struct kd_object *o)
{
	struct kd_track track;

	return is_free(o) || (kd_cache_has(f->slub, o->cache, "POISON") && (!kd_object_track(f->slub, o, false, &track) || track.addr));
}

/* Which of them was used is not known: those whose objects are poisoned when they are freed. */
static void by_registers(struct freed *f)
{
	const struct kd_core_fault *at = f->t->fault;
	size_t n;
	const struct kd_reg_name *names = kd_core_reg_names(kd_space_machine(kd_dump_space(f->t->d)), &n);
	struct kd_object o;

	for (size_t i = 0; i < n; i++)
		if (kd_core_regs_has(at->regs, names[i].reg) && kd_object_at(f->slub, at->regs->r[names[i].reg], &o) && was_freed(f, &o))
			suspect(f, at->regs->r[names[i].reg], false, kd_arena_printf(f->t->arena, "%s points into it or behind it", names[i].key));
}

static void collect(struct freed *f)
{
	const struct triage *t = f->t;

	if (t->log.has_freed)
		suspect(f, t->log.freed, true, kd_arena_printf(t->arena, "the report in the log names 0x%" PRIx64, t->log.freed));
	if (!t->fault || !t->fault->found)
		return;
	by_instruction(f);
	if (f->poisoned && !f->n)
		by_registers(f);
}

/* --- what it is ---------------------------------------------------------------------------------------- */

static void state_of(const struct kd_object *o, char *buf, size_t size)
{
	if (o->state == KD_OBJECT_CPU)
		snprintf(buf, size, "free, on the list of CPU %d", o->cpu);
	else
		snprintf(buf, size, "%s", kd_object_state_words(o->state));
}

static void say_object(struct freed *f, const struct suspect *u)
{
	const struct kd_object *o = &u->o;
	struct triage *t = f->t;
	struct kd_assertion *st;
	char state[KD_SLAB_WHY], damage[KD_SLAB_WHY];

	state_of(o, state, sizeof(state));
	st = kd_sheet_statement(t->s, u->sure ? KD_STATEMENT_SUPPORTED : KD_STATEMENT_HYPOTHESIS,
				"%sthe object at 0x%" PRIx64 " of cache %s (%" PRIu32 " bytes): %.*s, %" PRId64 " bytes behind its begin; as of the dump it is %s%s",
				u->sure ? "" : "perhaps ", o->start, o->cache->name, o->cache->object_size, KD_VARG(u->how), o->off, state,
				o->state == KD_OBJECT_ALLOCATED ? ": if it was freed, somebody has had it since, and content and records are of a later life" : "");
	kd_dump_prove(t->d, t->s, st, o->start, 8, "the object's first bytes");
	kd_dump_prove(t->d, t->s, st, o->slab.addr, 8, "its slab's struct page");
	kd_object_damage(f->slub, o, damage);
	if (damage[0]) {
		st = kd_sheet_statement(t->s, KD_STATEMENT_SUPPORTED, "object 0x%" PRIx64 ": %s", o->start, damage);
		kd_dump_prove(t->d, t->s, st, o->start, 8, "the object's first bytes");
	}
	if (o->why[0])
		kd_sheet_note(t->s, "the state of object 0x%" PRIx64 ": %s", o->start, o->why);
}

/* "f+0x1 < g+0x2 < …": the allocator's own functions left out. */
static void say_stack(struct triage *t, const struct kd_track *track, struct kd_buf *b)
{
	size_t said = 0;

	if (track->no_stack)
		kd_buf_printf(b, "; %s", track->no_stack);
	for (size_t i = 0; i < track->n; i++) {
		const struct kd_view name = kd_dump_name_text(t->d, track->stack[i], t->arena);

		if (kd_ident_allocator(name) && !said)
			continue;
		if (said == STACK_MAX) {
			kd_buf_printf(b, " < … %zu more", track->n - i);
			break;
		}
		kd_buf_printf(b, "%s%.*s", said++ ? " < " : ": ", KD_VARG(name.n ? name : KD_V("an unknown address")));
	}
}

static void say_tracks(struct freed *f, const struct suspect *u)
{
	struct triage *t = f->t;
	bool any = false;

	for (int alloc = 1; alloc >= 0; alloc--) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);
		struct kd_assertion *st;
		struct kd_track track;
		struct kd_view words;

		if (!kd_object_track(f->slub, &u->o, alloc, &track))
			continue;
		if (!kd_ident_track_believed(t->d, &track, alloc, t->arena)) {
			st = kd_sheet_statement(t->s, KD_STATEMENT_SUPPORTED, "object 0x%" PRIx64 ": KASAN's record of who freed it, which lies in the object, "
						"names a stack in which nothing is freed: it was overwritten, as a write after free does", u->o.start);
			kd_dump_prove(t->d, t->s, st, track.at, 8, "record of who freed it");
			any = true;
			continue;
		}
		words = kd_ident_track(t->d, &track, alloc, t->arena);
		if (!words.n)
			continue;
		say_stack(t, &track, &b);
		st = kd_sheet_statement(t->s, KD_STATEMENT_SUPPORTED, "object 0x%" PRIx64 " was %.*s%.*s", u->o.start, KD_VARG(words), (int)b.n, b.p);
		kd_dump_prove(t->d, t->s, st, track.at, 8, alloc ? "record of who allocated it" : "record of who freed it");
		any = true;
	}
	if (!any)
		kd_sheet_note(t->s, "nobody wrote down who allocated and who freed object 0x%" PRIx64 ": its cache has neither SLAB_STORE_USER (slub_debug=U) nor KASAN's records",
			      u->o.start);
}

static void neighbours(struct freed *f, const struct suspect *u)
{
	const struct kd_slab *slab = &u->o.slab;
	const unsigned first = u->o.index < NEIGHBOURS ? 0 : u->o.index - NEIGHBOURS;

	for (unsigned i = first; i < slab->objects && i <= u->o.index + NEIGHBOURS; i++) {
		char state[KD_SLAB_WHY], damage[KD_SLAB_WHY];
		struct kd_object o;
		struct kd_cell *row;
		struct kd_track track;

		if (i == u->o.index || !kd_object_at(f->slub, kd_slab_object(slab, i), &o))
			continue;
		row = kd_table_row(f->neighbours);
		row[0] = kd_cell_hex(u->o.start);
		row[1] = kd_cell_hex(o.start);
		state_of(&o, state, sizeof(state));
		row[2] = kd_sheet_cell(f->t->s, kd_view_of(state));
		kd_object_damage(f->slub, &o, damage);
		row[3] = damage[0] ? kd_sheet_cell(f->t->s, kd_view_of(damage)) : kd_cell_text(KD_V(""));
		row[4] = kd_cell_none("nobody wrote it down");
		if (kd_object_track(f->slub, &o, !is_free(&o), &track) && kd_ident_track_believed(f->t->d, &track, !is_free(&o), f->t->arena))
			row[4] = kd_cell_text(kd_ident_track(f->t->d, &track, !is_free(&o), f->t->arena));
	}
}

/* --- who points to it ---------------------------------------------------------------------------------- */

static bool pointer(void *user, uint64_t phys, uint64_t value)
{
	struct freed *f = user;
	struct kd_ident_fact what;
	struct kd_cell *row;
	uint64_t addr = 0;
	const bool known = kd_ident_virtual(f->t->ident, phys, &addr);

	if (known && addr >= f->now->o.start && addr < f->now->o.start + f->now->o.cache->size) {
		f->own++; /* lists in it, SLUB's records */
		return true;
	}
	if (!kd_table_wants(f->pointers)) {
		kd_table_row(f->pointers);
		return true;
	}
	row = kd_table_row(f->pointers);
	row[0] = kd_cell_hex(f->now->o.start);
	row[1] = known ? kd_cell_hex(addr) : kd_cell_none("the kernel has it mapped nowhere that is known");
	row[2] = kd_cell_hex(value);
	row[3] = kd_cell_none(NULL);
	if (known && kd_ident_brief(f->t->ident, addr, f->t->arena, &what)) {
		row[3] = kd_cell_text(what.text);
		row[3].guessed = what.guessed;
	}
	return true;
}

static struct kd_error *pointers(struct freed *f, const struct suspect *u)
{
	const struct kd_search_what w = {.value = u->o.start, .until = u->o.start + u->o.cache->object_size, .mask = ~(uint64_t)0, .size = 8, .range = true};
	struct kd_search_stats stats;
	struct triage *t = f->t;
	struct kd_error *err;

	f->now = u;
	f->own = 0;
	err = kd_search(kd_dump_ctx(t->d), kd_ident_mem(t->ident), kd_dump_pages(t->d), &w, 0, ~(uint64_t)0, pointer, f, &stats);
	if (err)
		return err;
	kd_sheet_note(t->s, "pointers to object 0x%" PRIx64 ": %" PRIu64 " words in %" PRIu64 " MB of memory, %" PRIu64 " of them in the object itself; "
		      "%" PRIu64 " MB are not in the dump. A word that looks like it need not be a pointer, nor one that is used", u->o.start, stats.hits,
		      stats.looked >> 20, f->own, stats.missing >> 20);
	return NULL;
}

static struct kd_error *describe(struct freed *f)
{
	static const struct kd_column near[] = {{"object", "OBJECT"}, {"neighbour", "NEIGHBOUR"}, {"state", "STATE"}, {"damage", "DAMAGE"}, {"who", "WHO HAD IT LAST"}};
	static const struct kd_column to[] = {{"object", "OBJECT"}, {"address", "POINTER AT"}, {"value", "VALUE"}, {"what", "WHERE THAT IS"}};
	struct kd_sheet *s = f->t->s;
	struct kd_error *err = NULL;

	kd_sheet_head(s, KD_V("use after free"));
	for (size_t i = 0; i < f->n; i++) {
		say_object(f, &f->v[i]);
		say_tracks(f, &f->v[i]);
	}
	f->neighbours = kd_sheet_table(s, "neighbours", near, KD_ARRAY_LEN(near));
	for (size_t i = 0; i < f->n; i++)
		neighbours(f, &f->v[i]);
	f->pointers = kd_sheet_table(s, "pointers", to, KD_ARRAY_LEN(to));
	for (size_t i = 0; !err && i < f->n; i++)
		err = pointers(f, &f->v[i]);
	return err;
}

struct kd_error *kd_triage_freed(struct triage *t)
{
	struct freed f = {.t = t};
	const char *why = NULL;

	if (!t->log.has_freed && !(t->fault && t->fault->found))
		return NULL;
	if (!t->ident) {
		kd_auto(kd_error_freep) struct kd_error *err = kd_ident_new(t->d, &t->ident);

		if (err)
			return NULL; /* said where registers are looked at */
	}
	f.slub = kd_ident_slub(t->ident, &why);
	if (!f.slub) {
		if (t->log.has_freed)
			kd_sheet_note(t->s, "which object was used after it was freed is not known: %s", why);
		return NULL;
	}
	collect(&f);
	if (f.n)
		return describe(&f);
	if (f.poisoned)
		kd_sheet_note(t->s, "a register of the faulting instruction holds the poison of freed memory; from which object it came, the registers do not tell");
	else if (t->log.has_freed)
		kd_sheet_note(t->s, "0x%" PRIx64 ", which the log says was used after it was freed, is in no slab as of the dump", t->log.freed);
	return NULL;
}
