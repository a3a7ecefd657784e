// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_dis.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "core/framedebug.h"
#include "format/elfcore.h"
#include "symbol/insn.h"
#include "verb/core_rd.h"

enum { FUNCTION_MAX = 1 << 20, COUNT_MAX = 10000, COUNT_ALONE = 16, SCRATCH_MAX = 16 << 20 };

static const struct kd_column columns[] = {{"address", "ADDRESS"}, {"offset", "OFFSET"}, {"marked", NULL}, {"bytes", NULL},
					   {"text", "INSTRUCTION"}, {"target", "TARGET"}, {"source", "SOURCE"}, {"inlined", NULL}};

struct listing {
	struct kd_dump *d;
	struct kd_sheet *s;
	const struct kd_core_dis_options *o;
	struct kd_table *t;
	struct kd_disasm *decoder;
	struct kd_frame_debug *debug; /* NULL: no lines */
	struct kd_arena scratch;
	struct kd_view line; /* of the instruction before */
	unsigned char *code;
	uint64_t start, n; /* bytes that were read */
	uint64_t at; /* that was asked for */
	uint64_t function; /* where it begins; 0: not known */
};

/* --- what is read ------------------------------------------------------------------------------------ */

static struct kd_error *open_decoder(struct listing *l)
{
	const uint16_t machine = kd_space_machine(kd_dump_space(l->d));
	const struct kd_disasm_mode mode = {.arch = machine == KD_EM_AARCH64 ? KD_ARCH_ARM64 : KD_ARCH_X86_64};

	return kd_disasm_open(&mode, &l->decoder);
}

static void open_debug(struct listing *l)
{
	const struct kd_frame_source from = {.k = kd_dump_kernel(l->d), .mods = kd_dump_modules(l->d), .set = kd_dump_symset(l->d),
					     .build_id = kd_vmcoreinfo_get(kd_space_vmcoreinfo(kd_dump_space(l->d)), KD_V("BUILD-ID")),
					     .kaslr = kd_dump_kaslr(l->d)};

	l->debug = from.set ? kd_frame_debug_new(&from) : NULL;
}

/* As much of it as is there; a page that is missing ends it. */
static bool read_code(struct listing *l, uint64_t start, uint64_t n)
{
	struct kd_space_miss miss;

	l->code = kd_xmalloc((size_t)n);
	l->start = start;
	for (l->n = 0; l->n < n; l->n++)
		if (!kd_space_read(kd_dump_space(l->d), start + l->n, l->code + l->n, 1, &miss))
			break;
	if (l->n < n)
		kd_sheet_note(l->s, "0x%" PRIx64 " cannot be read: %s", miss.addr, kd_space_why(&miss));
	return l->n > 0;
}

/* --- rows -------------------------------------------------------------------------------------------- */

static struct kd_view target_of(struct listing *l, const struct kd_insn *in)
{
	struct kd_place_name at;

	if (!in->has_target || !kd_dump_name(l->d, in->target, &at))
		return KD_V("");
	if (at.addr == l->function)
		return kd_sheet_text(l->s, "+0x%" PRIx64, at.off);
	return kd_sheet_text(l->s, at.off ? "%s+0x%" PRIx64 : "%s", at.name, at.off);
}

/* The line, where it is another one than the instruction's before; of inlined calls the innermost. */
static struct kd_error *source_of(struct listing *l, uint64_t addr, struct kd_cell *source, struct kd_cell *inlined)
{
	const struct kd_core_frame f = {.pc = addr, .exact = true};
	struct kd_frame_at at = {0};
	struct kd_error *err = l->debug ? kd_frame_debug_at(l->debug, &f, &l->scratch, &at) : NULL;
	const struct kd_chain_link *link = !err && at.kdx && at.chain.n ? &at.chain.v[0] : NULL;

	*source = *inlined = kd_cell_text(KD_V(""));
	if (link && link->at.name.n) {
		const struct kd_view path = kd_src_path(&l->scratch, &link->at);
		const struct kd_view text = kd_sheet_text(l->s, "%.*s:%u", (int)path.n, path.p, link->at.line);

		if (!kd_view_eq(text, l->line))
			*source = kd_cell_text(text);
		l->line = text;
		if (link->inlined && link->func.n)
			*inlined = kd_sheet_cell(l->s, link->func);
	}
	kd_arena_reset(&l->scratch);
	return err;
}

static struct kd_error *row(struct listing *l, const struct kd_insn *in, const unsigned char *bytes)
{
	const bool wanted = kd_table_wants(l->t);
	struct kd_cell *r = kd_table_row(l->t);
	char hex[2 * KD_INSN_MAX + 1];

	if (!wanted)
		return NULL;
	kd_hex(bytes, in->len, hex);
	r[0] = kd_cell_hex(in->addr);
	r[1] = l->function ? kd_cell_hex(in->addr - l->function) : kd_cell_none(NULL);
	r[2] = kd_cell_bool(in->addr == l->at);
	r[3] = kd_sheet_cell(l->s, kd_view_of(hex));
	r[4] = kd_cell_text(kd_sheet_text(l->s, "%s%s", in->addr == l->at && l->at != l->start ? "=> " : "", in->text));
	r[5] = kd_cell_text(target_of(l, in));
	return source_of(l, in->addr, &r[6], &r[7]);
}

struct range {
	uint64_t from, to; /* numbers of instructions */
};

/* Which of them are shown, by the one that l->at is in. false: none begins there. */
static bool find_range(struct listing *l, uint64_t count, struct range *ret)
{
	uint64_t number = 0, marked = UINT64_MAX;
	struct kd_insn in;
	bool exact = false;

	for (uint64_t i = 0; i < l->n; i += in.len, number++) {
		if (!kd_disasm_one(l->decoder, l->code + i, (size_t)(l->n - i), l->start + i, 0, &in))
			break;
		if (l->at - in.addr < in.len) {
			marked = number;
			exact = in.addr == l->at;
			break;
		}
	}
	*ret = (struct range){0, UINT64_MAX};
	if (marked == UINT64_MAX)
		return false;
	if (l->o->around)
		*ret = (struct range){marked > l->o->around ? marked - l->o->around : 0, marked + l->o->around + 1};
	else if (l->o->reverse)
		*ret = (struct range){count && marked + 1 > count ? marked + 1 - count : 0, marked + 1};
	else if (count)
		*ret = (struct range){marked, marked + count};
	return exact;
}

static struct kd_error *rows(struct listing *l, struct range range)
{
	struct kd_error *err = NULL;
	uint64_t number = 0, i = 0;

	for (; !err && i < l->n && number < range.to; number++) {
		struct kd_insn in;

		if (!kd_disasm_one(l->decoder, l->code + i, (size_t)(l->n - i), l->start + i, KD_INSN_TEXT, &in)) {
			kd_sheet_note(l->s, "what is at 0x%" PRIx64 " is no instruction that the decoder knows, or its end is missing",
				      l->start + i);
			break;
		}
		if (number >= range.from)
			err = row(l, &in, l->code + i);
		i += in.len;
	}
	return err;
}

static struct kd_error *list(struct listing *l, uint64_t count)
{
	struct kd_place_name name;
	struct range range;
	bool there;

	if (kd_dump_name(l->d, l->at, &name) && name.size && name.size <= FUNCTION_MAX) {
		l->function = name.addr;
		kd_sheet_field(l->s, "function", "FUNCTION", kd_sheet_cell(l->s, kd_view_of(name.name)));
		if (name.module)
			kd_sheet_field(l->s, "module", "MODULE", kd_sheet_cell(l->s, kd_view_of(name.module->name)));
		kd_sheet_field(l->s, "size", NULL, kd_cell_uint(name.size));
		there = read_code(l, name.addr, name.size);
	} else {
		count = count ? count : COUNT_ALONE;
		there = read_code(l, l->at, count * KD_INSN_MAX);
	}
	if (there && l->debug)
		kd_sheet_field(l->s, "lines", NULL, kd_cell_bool(true));
	l->s->none = !there;
	l->t = kd_sheet_table(l->s, "instructions", columns, KD_ARRAY_LEN(columns));
	if (!find_range(l, count, &range) && there)
		kd_sheet_note(l->s, "0x%" PRIx64 " is inside of an instruction, or behind one that is not known", l->at);
	return rows(l, range);
}

struct kd_error *kd_core_dis(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct listing l = {.d = d, .s = s, .o = options, .scratch = KD_ARENA_INIT(SCRATCH_MAX)};
	uint64_t count = 0;
	struct kd_error *err = kd_dump_need_kernel(d);

	if (!err && (nargs < 1 || nargs > 2))
		err = kd_error_new(KD_INVALID, "dis takes an address or a symbol, and a number of instructions");
	if (!err)
		err = kd_core_address_arg(d, args[0], &l.at);
	if (!err && nargs == 2)
		err = kd_core_number_arg(args[1], "how many instructions", &count);
	if (!err && (count > COUNT_MAX || l.o->around > COUNT_MAX))
		err = kd_error_new(KD_INVALID, "at most %d instructions", COUNT_MAX);
	if (!err)
		err = open_decoder(&l);
	if (!err) {
		open_debug(&l);
		err = list(&l, count);
	}
	kd_frame_debug_free(l.debug);
	kd_disasm_close(l.decoder);
	kd_arena_deinit(&l.scratch);
	kd_free(l.code);
	return err;
}
