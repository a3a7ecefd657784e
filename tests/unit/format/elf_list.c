// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * elf_list FILE: what tests/run/elf holds against readelf. Lines "S index type flags addr offset size name",
 * "Y index addr size type bind section name" and "D index hex", the loaded bytes of each .debug_ section.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "format/elf.h"

#define ROOM ((size_t)1 << 30)

static void print_error(struct kd_error *err)
{
	if (err)
		printf("E %s\n", err->msg);
	kd_error_free(err);
}

static void contents(const struct kd_elf *elf, const struct kd_elf_section *s)
{
	kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
	struct kd_error *err = kd_elf_load(elf, s, ROOM, &d);

	if (err) {
		print_error(err);
		return;
	}
	printf("D %u ", s->index);
	for (size_t i = 0; i < d.v.n; i++)
		printf("%02x", (unsigned char)d.v.p[i]);
	putchar('\n');
}

static void symbols(const struct kd_elf *elf)
{
	kd_auto(kd_elf_syms_deinit) struct kd_elf_syms syms = {.n = 0};
	struct kd_error *err = kd_elf_symbols(elf, ROOM, &syms);

	for (size_t i = 0; !err && i < syms.n; i++) {
		const struct kd_elf_sym s = kd_elf_sym(&syms, i);

		printf("Y %zu %" PRIx64 " %" PRIu64 " %u %u %u %.*s\n", i, s.addr, s.size, s.type, s.bind, s.section,
		       KD_VARG(s.name));
	}
	print_error(err);
}

int main(int argc, char **argv)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(64 << 20);
	kd_auto(kd_bytes_closep) struct kd_bytes *b = NULL;
	struct kd_error *err;
	struct kd_elf elf;

	if (argc != 2) {
		fputs("usage: elf_list FILE\n", stderr);
		return 2;
	}
	err = kd_bytes_open(argv[1], ROOM, &b);
	if (!err)
		err = kd_elf_open(b, &arena, &elf);
	if (err) {
		print_error(err);
		return 1;
	}
	for (size_t i = 0; i < elf.nsec; i++) {
		const struct kd_elf_section *s = &elf.sec[i];

		printf("S %u %u %" PRIx64 " %" PRIx64 " %" PRIx64 " %" PRIx64 " %.*s\n", s->index, s->type, s->flags,
		       s->addr, s->off, s->size, KD_VARG(s->name));
		if (kd_view_starts(s->name, KD_V(".debug_")) || kd_view_starts(s->name, KD_V(".zdebug_")))
			contents(&elf, s);
	}
	symbols(&elf);
	return 0;
}
