// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Call frame information (.debug_frame, .eh_frame) → KD_KDX_CIES, KD_KDX_FRAMES. Programs are kept as they are but for what fills
 * them up and for DW_CFA_set_loc, which becomes a distance. Each is run to its end first: one that cannot be is left out.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "format/cfi.h"
#include "symbol/build_internal.h"
#include "symbol/kdx_format.h"

enum { FDES_MAX = BUILD_FUNCS_MAX, CIES_MAX = 1 << 16, BLOCK_MAX_ = 128, ADVANCE4 = 4 };
#define SECTION_MAX ((size_t)1 << 30)
#define CIES_BYTES ((size_t)16 << 20)

struct fde {
	struct kd_cfi_fde f;
	uint32_t start, len;
	bool eh;
};

struct frames {
	struct build *b;
	struct build_out *o;
	KD_VEC(struct fde) v;
	struct kd_arena arena; /* of cies' keys */
	struct kd_hashmap cies; /* bytes of a CIE as they stand in the index → their place */
	struct kd_buf room;
};

/* A program that can be read to its end, and fits into [start, start + len). */
static bool is_sound(const struct kd_cfi_fde *f)
{
	struct kd_cfi_row row;

	return kd_cfi_row_at(f, f->start + f->len - 1, &row) == KD_CFI_OK;
}

static struct kd_error *read_section(struct frames *x, const struct kd_cfi_section *s)
{
	struct kd_cfi_reader r = {.section = *s};
	struct kd_cfi_fde f;

	while (kd_cfi_next(&r, &f)) {
		uint32_t start, len;
		struct fde *to;

		if (!kd_build_code(x->b, f.start, f.start + f.len, &start, &len))
			continue; /* of code that the linker dropped */
		if (!is_sound(&f)) {
			x->b->stats.bad_frames++;
			continue;
		}
		to = kd_vec_push(&x->v, FDES_MAX);
		if (!to)
			return kd_error_new(KD_LIMIT, "more than %d entries of call frame information", FDES_MAX);
		*to = (struct fde){f, start, len, s->eh};
	}
	x->b->stats.bad_frames += r.damaged;
	return NULL;
}

/* .debug_frame says at least as much as .eh_frame: it comes first at a place. */
static int by_start(const void *a, const void *b)
{
	const struct fde *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	if (x->eh != y->eh)
		return x->eh ? 1 : -1;
	return x->len < y->len ? -1 : x->len > y->len;
}

static void signed_varint(struct kd_buf *b, int64_t v) /* SLEB128 */
{
	bool more = true;

	while (more) {
		const uint8_t low = (uint8_t)(v & 0x7f);

		v >>= 7;
		more = !((v == 0 && !(low & 0x40)) || (v == -1 && low & 0x40));
		kd_buf_addc(b, (char)(low | (more ? 0x80 : 0)));
	}
}

/* A program without what fills it up; the location changes by distances alone. */
static void put_program(const struct kd_cfi_fde *f, struct kd_view program, struct kd_buf *to)
{
	struct kd_cursor c = kd_cursor_of(program, 0, f->cie.big_endian);
	uint64_t at = f->start;
	struct kd_cfi_op op;

	while (kd_cursor_left(&c)) {
		const size_t from = c.pos;

		if (kd_cfi_op(f, &c, &op) != KD_CFI_OK)
			return; /* not in a sound one */
		if (op.code == KD_CFA_NOP)
			continue;
		if (op.code == KD_CFA_SET_LOC) {
			kd_buf_addc(to, ADVANCE4);
			kd_buf_add_le32(to, (uint32_t)((op.n - at) / (f->cie.code_align ? f->cie.code_align : 1)));
		} else {
			kd_buf_add(to, kd_view(program.p + from, c.pos - from));
		}
		at = op.code == KD_CFA_SET_LOC ? op.n : op.code == KD_CFA_ADVANCE ? at + op.n : at;
	}
}

static void put_block(const struct kd_cfi_fde *f, struct kd_view program, struct kd_buf *room, struct kd_buf *to)
{
	kd_buf_clear(room);
	put_program(f, program, room);
	kd_build_varint(to, room->n);
	kd_buf_add(to, kd_buf_view(room));
}

/* Where it is in o->cies. */
static bool put_cie(struct frames *x, const struct kd_cfi_fde *f, uint64_t *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2 * KD_CFI_PROGRAM_MAX);
	struct kd_hashmap_entry *e;
	bool is_new;

	kd_buf_addc(&b, (char)(f->cie.machine & 0xff));
	kd_buf_addc(&b, (char)(f->cie.machine >> 8));
	kd_buf_addc(&b, (char)f->cie.address_size);
	kd_buf_addc(&b, f->cie.signal ? KD_KDX_CIE_SIGNAL : 0);
	kd_build_varint(&b, f->cie.code_align);
	signed_varint(&b, f->cie.data_align);
	kd_build_varint(&b, f->cie.ra);
	put_block(f, f->cie.init, &x->room, &b);
	e = kd_hashmap_add(&x->cies, kd_buf_view(&b), &is_new);
	if (!e || b.overflow || (is_new && x->o->cies.n + b.n > CIES_BYTES))
		return false;
	if (is_new) {
		e->num = x->o->cies.n;
		kd_buf_add(&x->o->cies, kd_buf_view(&b));
	}
	*ret = e->num;
	return true;
}

static bool set_loc_fits(const struct kd_cfi_fde *f)
{
	struct kd_cursor c = kd_cursor_of(f->program, 0, f->cie.big_endian);
	uint64_t at = f->start;
	struct kd_cfi_op op;

	while (kd_cursor_left(&c) && kd_cfi_op(f, &c, &op) == KD_CFI_OK) {
		if (op.code == KD_CFA_SET_LOC && f->cie.code_align && (op.n - at) % f->cie.code_align)
			return false;
		at = op.code == KD_CFA_SET_LOC ? op.n : op.code == KD_CFA_ADVANCE ? at + op.n : at;
	}
	return true;
}

static struct kd_error *put_frames(struct frames *x)
{
	uint64_t end = 0, cie;
	unsigned in_block = 0;

	for (size_t i = 0; i < x->v.n; i++) {
		const struct fde *f = &x->v.v[i];

		if (f->start < end) /* said already */
			continue;
		if (!set_loc_fits(&f->f)) {
			x->b->stats.bad_frames++;
			continue;
		}
		if (!put_cie(x, &f->f, &cie))
			return kd_error_new(KD_LIMIT, "more kinds of call frame information than an index may hold");
		if (!in_block) {
			kd_buf_add_le32(&x->o->frame_blocks, f->start);
			kd_buf_add_le32(&x->o->frame_blocks, (uint32_t)x->o->frames.n);
			end = f->start;
		}
		kd_build_varint(&x->o->frames, f->start - end);
		kd_build_varint(&x->o->frames, f->len);
		kd_build_varint(&x->o->frames, cie);
		put_block(&f->f, f->f.program, &x->room, &x->o->frames);
		end = f->start + (uint64_t)f->len;
		x->b->stats.frames++;
		/* where a block ends depends on what is in it, as of lines */
		in_block = (f->len / 4) % 16 == 0 || in_block + 1 == BLOCK_MAX_ ? 0 : in_block + 1;
	}
	if (x->o->frames.overflow || x->o->frame_blocks.overflow)
		return kd_error_new(KD_LIMIT, "the call frame information needs more than %zu bytes", x->o->frames.max);
	return NULL;
}

static struct kd_error *read_both(struct frames *x, struct kd_elf_data *data)
{
	static const char *const names[] = {".debug_frame", ".eh_frame"};
	const struct kd_elf *elf = &x->b->elf;
	struct kd_error *err = NULL;

	for (unsigned i = 0; !err && i < KD_ARRAY_LEN(names); i++) {
		const struct kd_elf_section *s = kd_elf_find(elf, kd_view_of(names[i]));
		struct kd_cfi_section cs = {.eh = i == 1, .address_size = elf->is64 ? 8 : 4, .machine = elf->machine};

		if (!s)
			continue;
		err = kd_elf_load(elf, s, SECTION_MAX, &data[i]);
		if (err)
			break;
		cs.bytes = data[i].v;
		cs.addr = elf->type == KD_ET_REL ? 0 : s->addr;
		err = read_section(x, &cs);
	}
	return err;
}

struct kd_error *kd_build_cfi(struct build *b, struct build_out *o)
{
	struct frames x = {.b = b, .o = o, .arena = KD_ARENA_INIT(CIES_BYTES), .room = KD_BUF_INIT(KD_CFI_PROGRAM_MAX)};
	struct kd_elf_data data[2] = {{.own = NULL}};
	struct kd_error *err;

	x.cies = KD_HASHMAP_INIT(CIES_MAX, &x.arena);
	if (b->elf.big_endian) /* an index is little endian, and nobody asks for it there */
		return NULL;
	err = read_both(&x, data);
	if (!err && x.v.n) {
		qsort(x.v.v, x.v.n, sizeof(*x.v.v), by_start);
		err = put_frames(&x);
	}
	kd_vec_free(&x.v);
	kd_buf_deinit(&x.room);
	kd_hashmap_deinit(&x.cies);
	kd_arena_deinit(&x.arena);
	for (unsigned i = 0; i < KD_ARRAY_LEN(data); i++)
		kd_elf_data_deinit(&data[i]);
	return err;
}
