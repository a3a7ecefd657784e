// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/compare.h"

#include "base/alloc.h"
#include "format/elf.h"
#include "symbol/flow.h"
#include "symbol/kdx_format.h"
#include "symbol/resolve.h"
#include "symbol/resolve_internal.h"

enum { SITES_MAX = 256, FIELDS_MAX = 256, FUNCS_MAX = 16, EDGE = 16 };
#define ALIGNMENT ((uint64_t)2 << 20) /* of a kernel's place: CONFIG_PHYSICAL_ALIGN is 2 MiB at least */
#define IMAGE_MAX ((uint64_t)1 << 30) /* KERNEL_IMAGE_SIZE */
#define FLOW_ARENA ((size_t)256 << 20)

/* A field of an instruction that holds an address of the kernel's image; the log may have a part of it. */
struct field {
	size_t at; /* in the wide bytes */
	uint8_t size; /* 4, 8 */
	bool down; /* %gs relative to the pc: smaller by the offset */
	uint64_t file, log;
};

struct mark {
	uint8_t what; /* enum kd_compare_what + 1; 0: not explained yet, or the same */
	uint16_t id; /* of the site or instruction: places of one are one */
	uint8_t site;
	bool checked;
};

struct work {
	const struct kd_compare_query *q;
	size_t n;
	uint8_t wide[KD_COMPARE_MAX + 2 * EDGE]; /* the file's, EDGE more on both sides */
	const uint8_t *file; /* in it, the first that the log has */
	size_t first, end; /* known ones */
	uint8_t want[KD_COMPARE_MAX]; /* the file's, moved */
	const uint8_t *log;
	struct mark mark[KD_COMPARE_MAX];
	uint64_t insn[KD_COMPARE_MAX]; /* address of the instruction that the byte is in; 0: not known */
	uint16_t insn_id[KD_COMPARE_MAX];
	struct field field[FIELDS_MAX];
	size_t nfields;
	struct kd_compare *c;
};

static bool differs(const struct work *w, size_t i)
{
	return w->want[i] != w->log[i];
}

/* --- sites -------------------------------------------------------------------------------- */

static void one_site(struct work *w, const struct kd_patch_site *s, uint16_t id)
{
	const uint64_t addr = w->q->addr;
	const size_t from = s->addr > addr ? (size_t)(s->addr - addr) : 0;
	const bool whole = s->addr >= addr && s->addr + s->len <= addr + w->n;
	const size_t end = s->addr + s->len < addr + w->n ? (size_t)(s->addr + s->len - addr) : w->n;
	const enum kd_patch_fit fit =
		whole ? kd_patch_fits(w->q->k, w->q->arch, s, w->log + from) : KD_PATCH_FIT_UNKNOWN;

	for (size_t i = from; i < end; i++) {
		struct mark *m = &w->mark[i];

		if (!differs(w, i) || (m->what && (m->checked || (m->what == KD_DIFF_SITE + 1 && fit != KD_PATCH_FIT_YES))))
			continue;
		*m = (struct mark){(fit == KD_PATCH_FIT_NO ? KD_DIFF_MISFIT : KD_DIFF_SITE) + 1, id, s->kind,
				   fit == KD_PATCH_FIT_YES};
	}
}

/* What the kernel writes differs from the file in more than one bit, as good as always: one alone is not taken for a patch. */
static void doubt_site(struct work *w, uint16_t id)
{
	size_t at = 0, bits = 0;

	for (size_t i = 0; i < w->n; i++)
		if (w->mark[i].what == KD_DIFF_SITE + 1 && w->mark[i].id == id) {
			bits += (size_t)__builtin_popcount(w->log[i] ^ w->want[i]);
			at = i;
		}
	if (bits == 1)
		w->mark[at].what = KD_DIFF_UNDECIDED + 1;
}

static void mark_sites(struct work *w)
{
	struct kd_patch_site *v = kd_xcalloc(SITES_MAX, sizeof(*v));
	const size_t n = kd_patch_sites(w->q->k, w->q->addr, w->n, v, SITES_MAX);

	for (size_t i = 0; i < n; i++)
		if (v[i].kind != KD_PATCH_FIXUP)
			one_site(w, &v[i], (uint16_t)(i + 1));
	for (size_t i = 0; i < n; i++)
		doubt_site(w, (uint16_t)(i + 1));
	kd_free(v);
}

/* --- instructions ------------------------------------------------------------------------- */

static uint64_t number(const uint8_t *p, uint8_t size)
{
	return size == 8 ? kd_le64(p) : (uint64_t)(int64_t)(int32_t)kd_le32(p);
}

static bool in_image(const struct work *w, uint64_t v)
{
	const uint8_t *base = kd_kdx_at(w->q->k, KD_KDX_BASE, 0, 8);

	return base && v - kd_le64(base) < IMAGE_MAX && v >= kd_le64(base);
}

/* The log's byte beside wide[i]. false: it has none. */
static bool log_has(const struct work *w, size_t i)
{
	return i >= EDGE && i - EDGE < w->n;
}

static void add_field(struct work *w, size_t at, uint8_t size, bool down)
{
	uint8_t log[8];

	for (size_t i = 0; i < size; i++)
		log[i] = log_has(w, at + i) ? w->log[at + i - EDGE] : w->wide[at + i];
	if (w->nfields < FIELDS_MAX)
		w->field[w->nfields++] = (struct field){at, size, down, number(w->wide + at, size), number(log, size)};
}

/* The displacement of an operand in memory: in front of an immediate of these sizes. KD_NPOS: not found. */
static size_t displacement(const struct work *w, const struct kd_insn *in, size_t at, int64_t disp)
{
	static const uint8_t behind[] = {0, 4, 1, 2};

	for (size_t i = 0; i < KD_ARRAY_LEN(behind); i++)
		if (in->len >= behind[i] + 6u && number(w->wide + at + in->len - behind[i] - 4, 4) == (uint64_t)disp)
			return at + in->len - behind[i] - 4;
	return KD_NPOS;
}

/* Fields of an x86 instruction that are addresses of the image, or of this CPU's memory relative to the pc. */
static void find_fields(struct work *w, const struct kd_insn *in)
{
	const size_t at = (size_t)(in->addr + EDGE - w->q->addr);
	size_t disp = KD_NPOS;

	if (in->addr + EDGE < w->q->addr || at < w->first || at + in->len > w->end || in->has_target)
		return;
	if (in->len == 10 && in->flow == KD_FLOW_IMM && in_image(w, kd_le64(w->wide + at + 2))) {
		add_field(w, at + 2, 8, false);
		return;
	}
	for (unsigned i = 0; i < in->nmem; i++) {
		const struct kd_insn_mem *m = &in->mem[i];
		const bool down = m->pcrel && m->seg == KD_SEG_GS;

		if (down)
			disp = displacement(w, in, at, m->disp - (int64_t)(in->addr + in->len));
		else if (!m->pcrel && in_image(w, (uint64_t)m->disp))
			disp = displacement(w, in, at, m->disp);
		if (disp != KD_NPOS)
			add_field(w, disp, 4, down);
		if (disp != KD_NPOS)
			break;
	}
	/* an immediate of 4 bytes ends the instruction */
	if (in->len >= 5 && (disp == KD_NPOS || disp + 8 == at + in->len) && in_image(w, number(w->wide + at + in->len - 4, 4)))
		add_field(w, at + in->len - 4, 4, false);
}

/* Boundaries of the instructions of the function at addr, its fields; where it ends. */
static uint64_t one_function(struct work *w, uint64_t addr, struct kd_arena *arena, uint16_t *id)
{
	struct kd_flow *f = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = kd_flow_read(w->q->k, w->q->arch, addr, arena, &f);
	struct kd_symbol s;

	if (err)
		return kd_symbol_at(w->q->k, addr, &s) ? s.addr + s.room : 0;
	for (size_t i = 0; i < f->n; i++) {
		const struct kd_insn *in = &f->v[i];

		if (in->addr + in->len <= w->q->addr || in->addr >= w->q->addr + w->n)
			continue;
		++*id;
		for (uint64_t a = in->addr; a < in->addr + in->len; a++)
			if (a >= w->q->addr && a < w->q->addr + w->n) {
				w->insn[a - w->q->addr] = in->addr;
				w->insn_id[a - w->q->addr] = *id;
			}
		if (w->q->arch == KD_ARCH_X86_64)
			find_fields(w, in);
	}
	return f->end;
}

static void read_functions(struct work *w)
{
	struct kd_arena arena = KD_ARENA_INIT(FLOW_ARENA);
	uint64_t at = w->q->addr;
	uint16_t id = SITES_MAX;

	for (int i = 0; i < FUNCS_MAX && at < w->q->addr + w->n; i++) {
		const uint64_t end = one_function(w, at, &arena, &id);

		kd_arena_reset(&arena);
		if (end <= at)
			break;
		at = end;
	}
	kd_arena_deinit(&arena);
}

/* --- addresses that moved ----------------------------------------------------------------- */

/* By how much, in whole steps: the bits below do not change when a kernel moves. */
static uint64_t moved_by(const struct field *f)
{
	const uint64_t by = (f->log & ~(ALIGNMENT - 1)) - (f->file & ~(ALIGNMENT - 1));

	if (!f->down)
		return f->size == 4 ? by & 0xffffffff : by;
	/* downwards the bits below stay, too: the offset has none of them */
	return (uint64_t)-(int64_t)by & 0xffffffff;
}

/* Does it say how far the kernel moved? In a patch site the bytes are others anyway. */
static bool usable(const struct work *w, const struct field *f)
{
	for (size_t i = 0; i < f->size; i++)
		if ((log_has(w, f->at + i) && w->mark[f->at + i - EDGE].what) || (i >= 2 && !log_has(w, f->at + i)))
			return false;
	return moved_by(f) < IMAGE_MAX;
}

/* The offset that most fields have. false: none, or fields that disagree. single: one alone, by one bit. */
static bool vote(struct work *w, uint64_t *ret, bool *single)
{
	size_t best = 0, all = 0;

	*single = false;
	for (size_t i = 0; i < w->nfields; i++) {
		size_t votes = 0;

		if (!usable(w, &w->field[i]))
			continue;
		all++;
		for (size_t k = 0; k < w->nfields; k++)
			votes += usable(w, &w->field[k]) && moved_by(&w->field[k]) == moved_by(&w->field[i]);
		if (votes > best) {
			best = votes;
			*ret = moved_by(&w->field[i]);
			*single = __builtin_popcountll((w->field[i].log ^ w->field[i].file) & 0xffffffff) == 1;
		}
	}
	*single &= best == 1 && *ret != 0;
	return best && (best > 1 || all == 1);
}

static void move_field(struct work *w, const struct field *f, uint64_t by, bool single)
{
	uint8_t want[8];

	kd_put_le64(want, f->down ? f->file - by : f->file + by);
	for (size_t k = 0; k < f->size; k++) {
		const size_t i = f->at + k - EDGE;

		if (!log_has(w, f->at + k) || w->mark[i].what)
			continue;
		if (!single)
			w->want[i] = want[k];
		if (w->file[i] != w->log[i] && (single || want[k] == w->log[i]))
			w->mark[i] = (struct mark){(single ? KD_DIFF_UNDECIDED : KD_DIFF_MOVED) + 1, w->insn_id[i], 0, false};
	}
}

/* Nothing says how far it moved, and of this field the log has a part: what differs may be that. */
static void doubt_field(struct work *w, const struct field *f)
{
	for (size_t k = 2; k < f->size; k++) {
		const size_t i = f->at + k - EDGE;

		if (log_has(w, f->at + k) && !w->mark[i].what && differs(w, i))
			w->mark[i] = (struct mark){KD_DIFF_UNDECIDED + 1, w->insn_id[i], 0, false};
	}
}

static void move_fields(struct work *w)
{
	uint64_t by = w->q->offset;
	bool single = false;

	if (!w->q->has_offset && !vote(w, &by, &single)) {
		for (size_t i = 0; i < w->nfields; i++)
			doubt_field(w, &w->field[i]);
		return;
	}
	w->c->has_offset = !single;
	w->c->offset = by;
	for (size_t i = 0; by && i < w->nfields; i++)
		move_field(w, &w->field[i], by, single);
}

/* --- modules ------------------------------------------------------------------------------ */

/* R_X86_64_64, R_AARCH64_ABS64 fill 8 bytes, the others of code 4. */
static void mark_loader(struct work *w)
{
	const size_t all = (size_t)(kd_kdx_size(w->q->k, KD_KDX_RELOCS) / KD_KDX_RELOC_BYTES);
	uint32_t rel;
	size_t i;

	if (!all || !kd_kdx_relative(w->q->k, w->q->addr, &rel))
		return;
	i = kd_kdx_last_up_to(w->q->k, KD_KDX_RELOCS, KD_KDX_RELOC_BYTES, rel);
	for (i = i == KD_NPOS || i < 2 ? 0 : i - 2; i < all; i++) {
		const uint8_t *p = kd_kdx_at(w->q->k, KD_KDX_RELOCS, (uint64_t)i * KD_KDX_RELOC_BYTES, KD_KDX_RELOC_BYTES);
		uint32_t type, at, len;

		if (!p || kd_le32(p) >= rel + w->n)
			return;
		at = kd_le32(p);
		type = kd_le32(p + 16);
		len = type == 1 || type == 257 ? 8 : 4;
		for (uint32_t b = at; b < at + len; b++)
			if (b >= rel && b - rel < w->n && !w->mark[b - rel].what && differs(w, b - rel))
				w->mark[b - rel] = (struct mark){KD_DIFF_LOADER + 1, w->insn_id[b - rel], 0, false};
	}
}

/* --- the rest ----------------------------------------------------------------------------- */

static bool alone_in_insn(const struct work *w, size_t i)
{
	for (size_t k = 0; k < w->n; k++)
		if (k != i && w->insn[k] == w->insn[i] && differs(w, k) &&
		    (!w->mark[k].what || w->mark[k].what == KD_DIFF_MISFIT + 1))
			return false;
	return true;
}

/* int3; brk #4 (arch/arm64/include/asm/brk-imm.h). */
static void mark_breakpoints(struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const bool begins = w->insn[i] && w->insn[i] == w->q->addr + i;

		/* one may be put on an instruction that is patched, too */
		if (!begins || (w->mark[i].what && w->mark[i].what != KD_DIFF_MISFIT + 1))
			continue;
		if (w->q->arch == KD_ARCH_X86_64 && differs(w, i) && w->log[i] == 0xcc && alone_in_insn(w, i))
			w->mark[i] = (struct mark){
				(__builtin_popcount(w->log[i] ^ w->file[i]) == 1 ? KD_DIFF_UNDECIDED : KD_DIFF_BREAKPOINT) + 1,
				w->insn_id[i], 0, false};
		if (w->q->arch == KD_ARCH_ARM64 && i + 4 <= w->n && kd_le32(w->log + i) == 0xd4200080)
			for (size_t k = i; k < i + 4; k++)
				if (differs(w, k))
					w->mark[k] = (struct mark){KD_DIFF_BREAKPOINT + 1, w->insn_id[i], 0, false};
	}
}

static uint8_t one_bit(uint8_t x)
{
	return (uint8_t)__builtin_ctz(x);
}

/* A place from byte i on; the index behind it. */
static size_t put_place(struct work *w, size_t i)
{
	const struct mark m = w->mark[i];
	struct kd_compare_place *p = &w->c->v[w->c->n++];
	const uint8_t first = w->log[i] ^ w->want[i];
	unsigned bits = 0;
	size_t end = i;

	for (size_t k = i; k < w->n && (k <= end + 8 || m.what); k++) {
		const bool diff = w->file[k] != w->log[k] && (w->want[k] != w->log[k] || w->mark[k].what);

		if (!diff)
			continue;
		if (w->mark[k].what != m.what || w->mark[k].id != m.id)
			break;
		bits += (unsigned)__builtin_popcount(w->log[k] ^ w->want[k]);
		end = k;
	}
	*p = (struct kd_compare_place){.addr = w->q->addr + i, .len = (uint32_t)(end - i + 1), .site = m.site,
				       .checked = m.checked, .bits = bits > 255 ? 255 : (uint8_t)bits,
				       .bit = first ? one_bit(first) : 0, .file = w->want[i], .log = w->log[i]};
	p->what = m.what ? m.what - 1 : bits == 1 ? KD_DIFF_BIT : KD_DIFF_OTHER;
	w->c->count[p->what]++;
	return end + 1;
}

static void put_places(struct work *w)
{
	for (size_t i = 0; i < w->n;) {
		/* a moved address equals what was wanted, and is told all the same */
		if (w->want[i] == w->log[i] && !w->mark[i].what)
			i++;
		else
			i = put_place(w, i);
	}
}

/* The file's bytes, as many as the log has, and some more on both sides as far as they are at hand. */
static void read_file(struct work *w)
{
	const struct kd_compare_query *q = w->q;

	w->file = w->wide + EDGE;
	w->n = kd_code_at(q->k, q->addr, w->wide + EDGE, q->bytes.n < KD_COMPARE_MAX ? q->bytes.n : KD_COMPARE_MAX);
	w->first = kd_code_at(q->k, q->addr - EDGE, w->wide, EDGE) == EDGE ? 0 : EDGE;
	w->end = EDGE + w->n + kd_code_at(q->k, q->addr + w->n, w->wide + EDGE + w->n, EDGE);
	memcpy(w->want, w->file, w->n);
}

struct kd_error *kd_compare_code(const struct kd_compare_query *q, struct kd_arena *arena, struct kd_compare *ret)
{
	struct work *w = kd_xcalloc(1, sizeof(*w));
	struct kd_compare c = {.n = 0};
	const bool loaded = kd_kdx_ident(q->k).type == KD_ET_REL;

	w->q = q;
	w->c = &c;
	w->log = (const uint8_t *)q->bytes.p;
	read_file(w);
	c.compared = w->n;
	c.v = kd_arena_array(arena, w->n + 1, struct kd_compare_place);
	if (c.v && w->n && memcmp(w->file, w->log, w->n)) {
		read_functions(w);
		mark_sites(w);
		if (loaded)
			mark_loader(w);
		else
			move_fields(w);
		mark_breakpoints(w);
		put_places(w);
	}
	kd_free(w);
	if (!c.v)
		return kd_error_new(KD_LIMIT, "no room to compare code");
	*ret = c;
	return NULL;
}

bool kd_compare_same(const struct kd_compare *c, uint64_t addr, size_t n)
{
	if (!c->compared)
		return false;
	for (size_t i = 0; i < c->n; i++)
		if (c->v[i].what != KD_DIFF_MOVED && c->v[i].what != KD_DIFF_LOADER && c->v[i].addr < addr + n &&
		    addr < c->v[i].addr + c->v[i].len)
			return false;
	return true;
}
