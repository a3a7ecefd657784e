// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF cores: of kdump (/proc/vmcore, makedumpfile -E), QEMU's dump-guest-memory, virsh dump --memory-only,
 * /proc/kcore. Memory is in PT_LOAD segments with physical addresses; what a segment has in memory but not in
 * the file was filtered, or was zeros (makedumpfile -E). QEMU's with paging=true has a segment for each virtual
 * range: the same memory many times.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "core/pages.h"
#include "format/elfcore.h"

enum { NOTES_MAX = 64 << 20, NT_AUXV = 6, NT_FILE = 0x46494c45 };

/* A range of physical memory. */
struct piece {
	uint64_t start, end;
	uint64_t off; /* of start in the file; of stored ones */
};

struct pieces {
	struct piece *v; /* by start; once they are settled() without overlaps */
	size_t n;
};

enum kind { STORED, CUT, GAP, KINDS }; /* in the file; to be in it, behind its end; not in it */

struct elf {
	struct kd_bytes *file;
	struct pieces of[KINDS];
	uint64_t need; /* bytes that the file would have to have */
};

static bool probe(struct kd_view head)
{
	return kd_view_starts(head, KD_V("\177ELF")) && head.n >= 18 && (head.p[5] == 2 ? head.p[17] : head.p[16]) == 4;
}

/* Kernels without physical addresses in their core (all 0 or all ones) leave vaddr only. */
static bool has_paddr(const struct kd_elfcore *core)
{
	size_t loads = 0, odd = 0;

	for (size_t i = 0; i < core->nseg; i++)
		if (core->seg[i].type == KD_ELF_LOAD) {
			loads++;
			odd += core->seg[i].paddr == UINT64_MAX || !core->seg[i].paddr;
		}
	return loads && (odd < loads || loads == 1);
}

/*
 * x86_64: the segment of the kernel's image says how far it was moved (kernels before 4.10 say it nowhere else). Above the
 * image (512 MiB, without KASLR) there are modules, whose pages lie anywhere.
 */
static void take_phys_base(const struct kd_elfcore *core, const struct kd_elfcore_segment *s, struct kd_pages_info *info)
{
	const uint64_t image = 0xffffffff80000000, room = 512 << 20;

	if (core->machine != KD_EM_X86_64 || info->has_phys_base || s->vaddr < image || s->vaddr - image >= room)
		return;
	info->has_phys_base = true;
	info->phys_base = s->paddr - (s->vaddr - image);
}

static int by_start(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Of what overlaps each is taken as far as those before it do not reach: it is the same memory. */
static void settle(struct pieces *p)
{
	size_t n = 0;

	if (p->n)
		qsort(p->v, p->n, sizeof(*p->v), by_start);
	for (size_t i = 0; i < p->n; i++) {
		struct piece q = p->v[i];

		if (n && q.end <= p->v[n - 1].end)
			continue;
		if (n && q.start < p->v[n - 1].end) {
			q.off += p->v[n - 1].end - q.start;
			q.start = p->v[n - 1].end;
		}
		p->v[n++] = q;
	}
	p->n = n;
}

static void add(struct pieces *p, uint64_t start, uint64_t end, uint64_t off)
{
	if (start < end) {
		if (p->v)
			p->v[p->n] = (struct piece){.start = start, .end = end, .off = off};
		p->n++;
	}
}

/* The pieces of a segment, or their numbers while there is no room for them. false: it is none of memory. */
static bool add_segment(struct elf *e, const struct kd_elfcore_segment *s, uint64_t *end)
{
	const uint64_t size = s->memsz > s->filesz ? s->memsz : s->filesz, file = kd_bytes_size(e->file);
	const uint64_t there = s->off >= file ? 0 : s->filesz < file - s->off ? s->filesz : file - s->off;

	if (s->type != KD_ELF_LOAD || !size || s->paddr == UINT64_MAX || __builtin_add_overflow(s->paddr, size, end))
		return false;
	add(&e->of[STORED], s->paddr, s->paddr + there, s->off);
	add(&e->of[CUT], s->paddr + there, s->paddr + s->filesz, 0);
	add(&e->of[GAP], s->paddr + s->filesz, *end, 0);
	return true;
}

static struct kd_error *take_segments(struct elf *e, const struct kd_elfcore *core, struct kd_arena *arena,
				      struct kd_pages_info *info)
{
	uint64_t end;

	for (size_t i = 0; i < core->nseg; i++)
		(void)add_segment(e, &core->seg[i], &end);
	for (int k = 0; k < KINDS; k++) {
		struct pieces *p = &e->of[k];

		if (p->n && !(p->v = kd_arena_array(arena, p->n, struct piece)))
			return kd_error_new(KD_LIMIT, "no room for %zu segments", core->nseg);
		p->n = 0;
	}
	for (size_t i = 0; i < core->nseg; i++) {
		const struct kd_elfcore_segment *s = &core->seg[i];

		if (!add_segment(e, s, &end))
			continue;
		take_phys_base(core, s, info);
		if (s->off + s->filesz > e->need)
			e->need = s->off + s->filesz;
		if (end > info->top)
			info->top = end;
	}
	for (int k = 0; k < KINDS; k++)
		settle(&e->of[k]);
	return NULL;
}

/* All note segments, one behind the other. */
static struct kd_error *take_notes(const struct elf *e, const struct kd_elfcore *core, struct kd_arena *arena,
				   struct kd_pages_info *info)
{
	uint64_t n = 0, got = 0;
	struct kd_elfnote note;
	size_t at = 0;
	char *to;

	for (size_t i = 0; i < core->nseg; i++)
		if (core->seg[i].type == KD_ELF_NOTE && core->seg[i].filesz <= NOTES_MAX)
			n += core->seg[i].filesz;
	to = n && n <= NOTES_MAX ? kd_arena_raw(arena, (size_t)n) : NULL;
	for (size_t i = 0; to && i < core->nseg; i++) {
		const struct kd_elfcore_segment *s = &core->seg[i];
		struct kd_error *err;

		if (s->type != KD_ELF_NOTE || s->filesz > NOTES_MAX)
			continue;
		err = kd_bytes_read(e->file, s->off, (size_t)s->filesz, to + got);
		if (err)
			return err;
		got += s->filesz;
	}
	if (to)
		info->notes = kd_view(to, (size_t)got);
	while (kd_elfnote_next(info->notes, core->big_endian, &at, &note))
		if (kd_view_eq(note.name, KD_V("VMCOREINFO")) && !info->vmcoreinfo.n)
			info->vmcoreinfo = note.desc;
	return NULL;
}

/* Cores that are none of a Linux kernel on its own machine. */
static struct kd_error *foreign(const struct kd_bytes *file, const struct kd_elfcore *core, struct kd_view notes)
{
	struct kd_elfnote note;
	size_t at = 0;

	if (kd_elfcore_has_section(file, core, KD_V(".xen_")))
		return kd_error_new(KD_UNSUPPORTED, "the core of a domain of Xen (xl dump-core), whose pages kdoc does not read: crash does");
	if (!core->nseg)
		return kd_error_new(KD_BADDATA, "it has no segments: nothing of any memory");
	while (kd_elfnote_next(notes, core->big_endian, &at, &note)) {
		if (kd_view_eq(note.name, KD_V("Xen")))
			return kd_error_new(KD_UNSUPPORTED, "the core of a machine under Xen, whose addresses are the hypervisor's: "
					    "crash reads it");
		if (kd_view_eq(note.name, KD_V("CORE")) && (note.type == NT_AUXV || note.type == NT_FILE))
			return kd_error_new(KD_BADDATA, "it is the core of a program, not of a kernel: gdb and coredumpctl read it");
	}
	return NULL;
}

static struct kd_error *open_elf(struct kd_bytes *file, struct kd_arena *arena, struct kd_pages_info *info, void **ret)
{
	struct kd_elfcore core;
	struct kd_error *err = kd_elfcore_read(file, arena, &core);
	struct elf *e;

	if (err)
		return err;
	info->machine = core.machine;
	e = kd_arena_new(arena, struct elf);
	if (!e)
		return kd_error_new(KD_LIMIT, "no room for %zu segments", core.nseg);
	e->file = file;
	err = take_notes(e, &core, arena, info);
	if (err && core.end > kd_bytes_size(file)) /* a core that was cut may have lost them */
		kd_error_free(err), err = NULL;
	if (!err)
		err = foreign(file, &core, info->notes);
	if (err)
		return err;
	if (core.big_endian || !core.is64)
		return kd_error_new(KD_UNSUPPORTED, "a core of a %s machine, which kdoc does not read",
				    core.is64 ? "big-endian" : "32-bit");
	if (!has_paddr(&core))
		return kd_error_new(KD_BADDATA, "its segments have no physical addresses: the core of a program, or of a kernel without them");
	err = take_segments(e, &core, arena, info);
	if (err)
		return err;
	if (core.end > kd_bytes_size(file))
		info->incomplete = "the file ends before its last segment does";
	*ret = e;
	return NULL;
}

/* The first piece that ends behind paddr; p->n: none. */
static size_t piece_behind(const struct pieces *p, uint64_t paddr)
{
	size_t lo = 0, hi = p->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (p->v[mid].end <= paddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The piece that paddr is in. */
static const struct piece *piece_at(const struct pieces *p, uint64_t paddr)
{
	const size_t i = piece_behind(p, paddr);

	return i < p->n && p->v[i].start <= paddr ? &p->v[i] : NULL;
}

static enum kd_page_state read_elf(void *state, uint64_t paddr, void *to, size_t n)
{
	const struct elf *e = state;
	char *at = to;

	while (n) {
		const struct piece *p = piece_at(&e->of[STORED], paddr);
		const size_t some = p && p->end - paddr < n ? (size_t)(p->end - paddr) : n;
		struct kd_error *err;

		if (!p)
			return piece_at(&e->of[CUT], paddr)   ? KD_PAGE_CUT
			       : piece_at(&e->of[GAP], paddr) ? KD_PAGE_GAP
							      : KD_PAGE_ABSENT;
		err = kd_bytes_read(e->file, p->off + (paddr - p->start), some, at);
		if (err) { /* it was there when the core was opened */
			enum kd_page_state why = err->cls == KD_BADDATA ? KD_PAGE_CUT : KD_PAGE_DAMAGED;

			kd_error_free(err);
			return why;
		}
		paddr += some;
		at += some;
		n -= some;
	}
	return KD_PAGE_OK;
}

/* Holes of the file are passed over: they are zeros. */
static uint64_t next(void *state, uint64_t paddr)
{
	const struct elf *e = state;
	const struct pieces *p = &e->of[STORED];

	for (size_t i = piece_behind(p, paddr); i < p->n; i++) {
		const uint64_t from = p->v[i].start > paddr ? p->v[i].start : paddr, off = p->v[i].off + (from - p->v[i].start);
		const uint64_t data = kd_bytes_next_data(e->file, off);

		if (data - off < p->v[i].end - from)
			return from + (data - off);
	}
	return UINT64_MAX;
}

/* Bytes that are in at least one of the first so many kinds. */
static uint64_t covered(const struct elf *e, int kinds)
{
	size_t at[KINDS] = {0};
	uint64_t sum = 0, done = 0;

	for (;;) {
		const struct piece *first = NULL;
		int of = 0;

		for (int k = 0; k < kinds; k++)
			if (at[k] < e->of[k].n && (!first || e->of[k].v[at[k]].start < first->start)) {
				first = &e->of[k].v[at[k]];
				of = k;
			}
		if (!first)
			return sum;
		at[of]++;
		if (first->end > done) {
			sum += first->end - (first->start > done ? first->start : done);
			done = first->end;
		}
	}
}

static struct kd_error *survey(void *state, struct kd_pages_survey *ret)
{
	const struct elf *e = state;

	ret->ram = covered(e, KINDS);
	ret->kept = ret->packed = covered(e, CUT + 1);
	ret->cut = ret->kept - covered(e, STORED + 1);
	ret->need = e->need;
	return NULL;
}

static void close_elf(void *state)
{
	(void)state; /* the arena has it all */
}

const struct kd_page_ops kd_pages_elf = {.name = "ELF core",
					 .probe = probe,
					 .open = open_elf,
					 .read = read_elf,
					 .next = next,
					 .survey = survey,
					 .close = close_elf};
