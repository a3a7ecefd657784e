// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as an ELF file: every section loaded, every symbol read, in bounded memory. */
#include <stdlib.h>

#include "base/alloc.h"
#include "format/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SECTION_MAX = 4 << 20, SECTIONS = 300, SYMBOLS = 10000 };

static size_t sum(struct kd_view v)
{
	size_t n = 0;

	for (size_t i = 0; i < v.n; i += 64)
		n += (unsigned char)v.p[i];
	return n + (v.n ? (unsigned char)v.p[v.n - 1] : 0);
}

static void sections(const struct kd_elf *elf)
{
	for (size_t i = 0; i < elf->nsec && i < SECTIONS; i++) {
		kd_auto(kd_elf_data_deinit) struct kd_elf_data d = {.own = NULL};
		kd_auto(kd_error_freep) struct kd_error *err = kd_elf_load(elf, &elf->sec[i], SECTION_MAX, &d);
		const struct kd_elf_section *found = kd_elf_find(elf, elf->sec[i].name);

		if (i && !found)
			abort();
		if (!err && (d.v.n > SECTION_MAX || sum(d.v) > 255 * (d.v.n + 1)))
			abort();
	}
}

static void symbols(const struct kd_elf *elf)
{
	kd_auto(kd_elf_syms_deinit) struct kd_elf_syms syms = {.n = 0};
	kd_auto(kd_error_freep) struct kd_error *err = kd_elf_symbols(elf, SECTION_MAX, &syms);

	for (size_t i = 0; !err && i < syms.n && i < SYMBOLS; i++) {
		struct kd_elf_sym s = kd_elf_sym(&syms, i);

		if (s.addr != kd_elf_sym_addr(&syms, i) || s.name.n > syms.names.v.n || s.type > 15)
			abort();
		(void)sum(s.name);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(64 << 20);
	struct kd_bytes *bytes = kd_bytes_of_view(kd_view((const char *)data, size), "fuzz");
	struct kd_elf elf;
	struct kd_error *err = kd_elf_open(bytes, &arena, &elf);

	if (!err) {
		sections(&elf);
		symbols(&elf);
		(void)sum(kd_elf_build_id(&elf, &arena));
	}
	kd_error_free(err);
	kd_bytes_close(bytes);
	return 0;
}
