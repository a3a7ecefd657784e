/* SPDX-License-Identifier: GPL-2.0-or-later */
/* elf_reloc.h: relocations of a debug section of a relocatable file; only for elf.c. */
#ifndef KD_FORMAT_ELF_RELOC_H
#define KD_FORMAT_ELF_RELOC_H

#include "format/elf.h"

/*
 * Apply the entries of `relocs` (with addends in them, or in the data) to n bytes. KD_UNSUPPORTED
 * names a type that is not known for this machine; KD_BADDATA: an entry outside of the data.
 */
KD_MUST_CHECK struct kd_error *kd_elf_relocate(const struct kd_elf_syms *syms, struct kd_view relocs,
					       bool addends, char *data, size_t n);

#endif
