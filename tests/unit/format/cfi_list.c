// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * cfi_list FILE: what tests/run/cfi holds against readelf: of .debug_frame and .eh_frame "S section", of each FDE "F start
 * end", of each of its rows "R address cfa N=rule…", rules written as readelf does; "D n why" when entries were left out.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "format/cfi.h"
#include "format/elf.h"

#define ROOM ((size_t)1 << 30)

static void rule(const struct kd_cfi_rule *r, bool cfa)
{
	switch (r->kind) {
	case KD_CFI_SAME:
		putchar('s');
		return;
	case KD_CFI_OFFSET:
		printf("c%+" PRId64, r->off);
		return;
	case KD_CFI_VAL_OFFSET:
		if (cfa)
			printf("r%u%+" PRId64, r->reg, r->off);
		else
			printf("v%+" PRId64, r->off);
		return;
	case KD_CFI_REGISTER:
		printf("r%u", r->reg);
		return;
	case KD_CFI_EXPR:
		printf("exp");
		return;
	case KD_CFI_VAL_EXPR:
		printf(cfa ? "exp" : "vexp");
		return;
	default:
		putchar('u');
	}
}

static void rows(const struct kd_cfi_fde *f)
{
	struct kd_cfi_row row;

	for (uint64_t at = f->start; at < f->start + f->len; at = row.end) {
		const enum kd_cfi_why why = kd_cfi_row_at(f, at, &row);

		if (why != KD_CFI_OK || row.end <= at) {
			printf("E %" PRIx64 " %d\n", at, why);
			return;
		}
		printf("R %" PRIx64 " ", at);
		rule(&row.cfa, true);
		for (unsigned i = 0; i < KD_CFI_REGS; i++)
			if (row.reg[i].kind != KD_CFI_UNSAID) {
				printf(" %u=", i);
				rule(&row.reg[i], false);
			}
		if (row.ra_signed)
			printf(" signed");
		putchar('\n');
	}
}

static void section(const struct kd_elf *elf, const char *name)
{
	const struct kd_elf_section *s = kd_elf_find(elf, kd_view_of(name));
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	kd_auto(kd_error_freep) struct kd_error *err = s ? kd_elf_load(elf, s, ROOM, &d) : NULL;
	struct kd_cfi_reader r = {.section = {.eh = name[1] == 'e', .big_endian = elf->big_endian, .address_size = elf->is64 ? 8 : 4,
					      .machine = elf->machine}};
	struct kd_cfi_fde f;

	if (err)
		printf("E %s\n", err->msg);
	if (err || !s)
		return;
	r.section.bytes = d.v;
	r.section.addr = elf->type == KD_ET_REL ? 0 : s->addr;
	printf("S %s\n", name);
	while (kd_cfi_next(&r, &f)) {
		printf("F %" PRIx64 " %" PRIx64 " %" PRIu64 "\n", f.start, f.start + f.len, f.cie.ra);
		rows(&f);
	}
	if (r.damaged)
		printf("D %" PRIu64 " %s\n", r.damaged, r.why);
}

int main(int argc, char **argv)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(64 << 20);
	kd_auto(kd_bytes_closep) struct kd_bytes *b = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_elf elf;

	if (argc != 2) {
		fputs("usage: cfi_list FILE\n", stderr);
		return 2;
	}
	err = kd_bytes_open(argv[1], ROOM, &b);
	if (!err)
		err = kd_elf_open(b, &arena, &elf);
	if (err) {
		printf("E %s\n", err->msg);
		return 1;
	}
	section(&elf, ".debug_frame");
	section(&elf, ".eh_frame");
	return 0;
}
