// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF cores: of kdump (/proc/vmcore, makedumpfile -E), QEMU's dump-guest-memory, virsh dump. Memory is in
 * PT_LOAD segments with physical addresses; what a segment has in memory but not in the file was
 * filtered (makedumpfile -E).
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "core/pages.h"
#include "format/elfcore.h"

enum { NOTES_MAX = 64 << 20 };

struct segment {
	uint64_t start, end; /* physical */
	uint64_t file_end; /* physical address behind what the file has of it */
	uint64_t off;
};

struct elf {
	struct kd_bytes *file;
	struct segment *seg; /* by start */
	size_t n;
};

static bool probe(struct kd_view head)
{
	return kd_view_starts(head, KD_V("\177ELF")) && head.n >= 18 && (head.p[5] == 2 ? head.p[17] : head.p[16]) == 4;
}

/* The first bytes of the file, as many as its headers take. */
static struct kd_error *read_headers(struct kd_bytes *file, struct kd_arena *arena, struct kd_elfcore *ret)
{
	uint64_t want = KD_ELFCORE_HEAD;
	struct kd_error *err = NULL;

	for (int i = 0; i < 3; i++) {
		char *head;

		if (want > kd_bytes_size(file))
			want = kd_bytes_size(file);
		head = want <= NOTES_MAX ? kd_arena_raw(arena, (size_t)want) : NULL;
		if (!head)
			return kd_error_new(KD_LIMIT, "its headers lie %ju bytes into the file", (uintmax_t)want);
		err = kd_bytes_read(file, 0, (size_t)want, head);
		if (!err)
			err = kd_elfcore_parse(kd_view(head, (size_t)want), arena, ret);
		if (!err || err->cls != KD_LIMIT || err->offset <= (int64_t)want || want == kd_bytes_size(file))
			return err;
		want = (uint64_t)err->offset;
		kd_error_free(err);
	}
	return kd_error_new(KD_BADDATA, "its headers do not say where they end");
}

static int by_start(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
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

static void take_segments(struct elf *e, const struct kd_elfcore *core, struct kd_pages_info *info)
{
	for (size_t i = 0; i < core->nseg; i++) {
		const struct kd_elfcore_segment *s = &core->seg[i];
		uint64_t size = s->memsz > s->filesz ? s->memsz : s->filesz, end;

		if (s->type != KD_ELF_LOAD || !size || s->paddr == UINT64_MAX ||
		    __builtin_add_overflow(s->paddr, size, &end))
			continue;
		e->seg[e->n++] = (struct segment){
			.start = s->paddr, .end = end, .file_end = s->paddr + s->filesz, .off = s->off};
		if (end > info->top)
			info->top = end;
	}
	qsort(e->seg, e->n, sizeof(*e->seg), by_start);
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

static struct kd_error *open_elf(struct kd_bytes *file, struct kd_arena *arena, struct kd_pages_info *info, void **ret)
{
	struct kd_elfcore core;
	struct kd_error *err = read_headers(file, arena, &core);
	struct elf *e;

	if (err)
		return err;
	info->machine = core.machine;
	if (core.big_endian || !core.is64)
		return kd_error_new(KD_UNSUPPORTED, "a core of a %s machine, which is not read",
				    core.is64 ? "big-endian" : "32-bit");
	if (!has_paddr(&core))
		return kd_error_new(KD_UNSUPPORTED, "its segments have no physical addresses: the core of a program, or of a kernel without them");
	e = kd_arena_new(arena, struct elf);
	if (!e || !(e->seg = kd_arena_array(arena, core.nseg, struct segment)))
		return kd_error_new(KD_LIMIT, "no room for %zu segments", core.nseg);
	e->file = file;
	take_segments(e, &core, info);
	err = take_notes(e, &core, arena, info);
	if (err && core.end > kd_bytes_size(file)) /* a core that was cut may have lost them */
		kd_error_free(err), err = NULL;
	if (core.end > kd_bytes_size(file))
		info->incomplete = "the file ends before its last segment does";
	*ret = e;
	return err;
}

/* The last segment that begins at paddr or before; others in front of it may reach over it. */
static size_t last_before(const struct elf *e, uint64_t paddr)
{
	size_t lo = 0, hi = e->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (e->seg[mid].start <= paddr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static enum kd_page_state read_elf(void *state, uint64_t paddr, void *to, size_t n)
{
	const struct elf *e = state;
	enum kd_page_state why = KD_PAGE_ABSENT;
	size_t i = last_before(e, paddr);

	/* Segments overlap where the kernel's own image has one of its own: few, so a look back is short. */
	for (size_t back = 0; i-- && back < 64; back++) {
		const struct segment *s = &e->seg[i];
		struct kd_error *err;

		if (paddr >= s->end || n > s->end - paddr)
			continue;
		if (paddr + n > s->file_end) {
			why = KD_PAGE_FILTERED;
			continue;
		}
		err = kd_bytes_read(e->file, s->off + (paddr - s->start), n, to);
		if (!err)
			return KD_PAGE_OK;
		why = err->cls == KD_BADDATA ? KD_PAGE_CUT : KD_PAGE_DAMAGED;
		kd_error_free(err);
	}
	return why;
}

static struct kd_error *survey(void *state, struct kd_pages_survey *ret)
{
	const struct elf *e = state;
	const uint64_t size = kd_bytes_size(e->file);
	uint64_t done = 0;

	for (size_t i = 0; i < e->n; i++) {
		const struct segment *s = &e->seg[i];
		uint64_t from = s->start > done ? s->start : done, off = s->off + (from - s->start), kept;

		if (s->end <= from)
			continue;
		done = s->end;
		ret->ram += s->end - from;
		kept = s->file_end > from ? s->file_end - from : 0;
		ret->kept += kept;
		ret->packed += kept;
		if (off + kept > ret->need)
			ret->need = off + kept;
		if (off + kept > size)
			ret->cut += off > size ? kept : off + kept - size;
	}
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
					 .survey = survey,
					 .close = close_elf};
