// SPDX-License-Identifier: GPL-2.0-or-later
#include "machine.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/pack.h"
#include "format/diskdump.h"
#include "format/elfcore.h"

enum { FILE_MAX = 64 << 20, INFO_MAX = 64 << 10, UTS_OFFSET = 8 };

const struct machine_kind machine_x86 = {KD_EM_X86_64, 12, 48, 4, 0xffffffff81000000, "x86_64", 0};
const struct machine_kind machine_x86_5 = {KD_EM_X86_64, 12, 57, 5, 0xffffffff81000000, "x86_64", 0};
const struct machine_kind machine_arm64_4k = {KD_EM_AARCH64, 12, 48, 4, 0xffff800008000000, "aarch64", 0};
const struct machine_kind machine_arm64_4k_39 = {KD_EM_AARCH64, 12, 39, 3, 0xffffffc008000000, "aarch64", 0};
const struct machine_kind machine_arm64_4k_52 = {KD_EM_AARCH64, 12, 52, 5, 0xffff800080000000, "aarch64", 0};
const struct machine_kind machine_arm64_16k = {KD_EM_AARCH64, 14, 47, 3, 0xffffc00008000000, "aarch64", 0};
const struct machine_kind machine_arm64_64k = {KD_EM_AARCH64, 16, 52, 3, 0xffff800008000000, "aarch64", 0};
const struct machine_kind machine_arm64_64k_42 = {KD_EM_AARCH64, 16, 42, 2, 0xfffffe0008000000, "aarch64", 0};
const struct machine_kind machine_arm64_64k_52_on_48 = {KD_EM_AARCH64, 16, 52, 3, 0xffff800008000000, "aarch64", 48};

void put_le(unsigned char *to, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = (unsigned char)(value >> 8 * i & 0xff);
}

static uint64_t get_le(const unsigned char *p)
{
	uint64_t v = 0;

	for (size_t i = 0; i < 8; i++)
		v |= (uint64_t)p[i] << 8 * i;
	return v;
}

unsigned char *machine_at(struct machine *m, uint64_t paddr)
{
	assert_true(paddr >= MACHINE_PADDR && paddr - MACHINE_PADDR < MACHINE_PAGES * m->page);
	return m->mem + (paddr - MACHINE_PADDR);
}

uint64_t machine_page(struct machine *m)
{
	assert_true(m->used < MACHINE_PAGES);
	return MACHINE_PADDR + m->used++ * m->page;
}

/* The table that an entry points to, made when there is none. */
static uint64_t table_of(struct machine *m, unsigned char *entry)
{
	const uint64_t flags = m->kind->machine == KD_EM_X86_64 ? 0x63 : 3;

	if (!(get_le(entry) & 1))
		put_le(entry, machine_page(m) | flags, 8);
	return get_le(entry) & 0x0000fffffffff000 & ~(uint64_t)(m->page - 1);
}

void machine_map(struct machine *m, uint64_t vaddr, uint64_t paddr)
{
	const unsigned per_level = m->kind->page_shift - 3;
	uint64_t table = m->root;

	for (unsigned level = m->kind->levels; level > 1; level--) {
		unsigned shift = m->kind->page_shift + per_level * (level - 1);
		unsigned bits = level == m->kind->levels ? m->kind->bits - shift : per_level;

		table = table_of(m, machine_at(m, table + (vaddr >> shift & (((uint64_t)1 << bits) - 1)) * 8));
	}
	/* with 52 bits and pages below 64 KiB (LPA2) bits 9-8 of a descriptor are of the address, else how it is shared */
	put_le(machine_at(m, table + (vaddr >> m->kind->page_shift & (((uint64_t)1 << per_level) - 1)) * 8),
	       paddr | (m->kind->machine == KD_EM_X86_64		   ? 0x8000000000000063
			: m->kind->bits > 48 && m->kind->page_shift < 16 ? 0x0068000000000403
									   : 0x0068000000000703), 8);
}

unsigned char *machine_virt(struct machine *m, uint64_t vaddr)
{
	const unsigned per_level = m->kind->page_shift - 3;
	uint64_t table = m->root;

	for (unsigned level = m->kind->levels; level; level--) {
		const unsigned shift = m->kind->page_shift + per_level * (level - 1);
		const unsigned bits = level == m->kind->levels ? m->kind->bits - shift : per_level;
		const uint64_t entry = get_le(machine_at(m, table + (vaddr >> shift & (((uint64_t)1 << bits) - 1)) * 8));

		assert_true(entry & 1);
		table = entry & 0x0000fffffffff000 & ~(uint64_t)(m->page - 1);
	}
	return machine_at(m, table + (vaddr & (m->page - 1)));
}

void machine_say(struct machine *m, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	kd_buf_add(&m->info, kd_view_of(text));
}

void machine_init(struct machine *m, const struct machine_kind *kind)
{
	uint64_t uts;

	*m = (struct machine){.kind = kind, .page = (size_t)1 << kind->page_shift, .info = KD_BUF_INIT(INFO_MAX),
			      .notes = KD_BUF_INIT(INFO_MAX)};
	m->mem = kd_xcalloc(MACHINE_PAGES, m->page);
	m->root = machine_page(m);
	uts = machine_page(m);
	memcpy(machine_at(m, uts) + UTS_OFFSET + 130, "6.1.0-test", 10);
	machine_map(m, kind->image, m->root);
	machine_map(m, kind->image + m->page, uts);
	machine_say(m, "OSRELEASE=6.1.0-test\nPAGESIZE=%zu\nSYMBOL(init_uts_ns)=%jx\nOFFSET(uts_namespace.name)=%d\n"
		    "SYMBOL(swapper_pg_dir)=%jx\n", m->page, (uintmax_t)(kind->image + m->page), UTS_OFFSET,
		    (uintmax_t)kind->image);
	if (kind->machine == KD_EM_X86_64)
		machine_say(m, "NUMBER(phys_base)=%jd\nNUMBER(pgtable_l5_enabled)=%d\n",
			    (intmax_t)(m->root - (kind->image - 0xffffffff80000000)), kind->levels == 5);
	else
		machine_say(m, "NUMBER(VA_BITS)=%u\nNUMBER(TCR_EL1_T1SZ)=0x%x\nNUMBER(kimage_voffset)=0x%jx\n", kind->bits,
			    64 - (kind->runs ? kind->runs : kind->bits), (uintmax_t)(kind->image - m->root));
}

void machine_deinit(struct machine *m)
{
	kd_free(m->mem);
	kd_buf_deinit(&m->info);
	kd_buf_deinit(&m->notes);
}

/* --- dumps -------------------------------------------------------------------------------------- */

static size_t note(const struct machine *m, unsigned char *to)
{
	struct kd_view v = kd_buf_view(&m->info);

	memset(to, 0, 24 + v.n + 4);
	put_le(to, 11, 4);
	put_le(to + 4, v.n, 4);
	memcpy(to + 12, "VMCOREINFO", 11);
	if (v.n)
		memcpy(to + 24, v.p, v.n);
	return (24 + v.n + 3) & ~(size_t)3;
}

void machine_elf(const struct machine *m, struct kd_buf *ret)
{
	enum { PHOFF = 64, HEAD = 128 << 10 };
	size_t kept = MACHINE_PAGES;
	unsigned char *p;

	while (kept && m->left_out[kept - 1])
		kept--;
	*ret = KD_BUF_INIT(FILE_MAX);
	p = (unsigned char *)kd_buf_reserve(ret, HEAD + kept * m->page);
	ret->n = HEAD + kept * m->page;
	memset(p, 0, HEAD);
	memcpy(p, "\177ELF\2\1\1", 7);
	put_le(p + 16, 4, 2);
	put_le(p + 18, m->kind->machine, 2);
	put_le(p + 32, PHOFF, 8);
	put_le(p + 54, 56, 2);
	put_le(p + 56, 2, 2);
	put_le(p + PHOFF, KD_ELF_NOTE, 4);
	put_le(p + PHOFF + 8, 4096, 8);
	if (m->notes.n)
		memcpy(p + 4096, m->notes.p, m->notes.n);
	put_le(p + PHOFF + 32, m->notes.n + note(m, p + 4096 + m->notes.n), 8);
	put_le(p + PHOFF + 56, KD_ELF_LOAD, 4);
	put_le(p + PHOFF + 56 + 8, HEAD, 8);
	put_le(p + PHOFF + 56 + 24, MACHINE_PADDR, 8);
	put_le(p + PHOFF + 56 + 32, kept * m->page, 8);
	put_le(p + PHOFF + 56 + 40, MACHINE_PAGES * m->page, 8);
	memcpy(p + HEAD, m->mem, kept * m->page);
}

static bool pack(uint32_t packing, struct kd_view in, unsigned char *out, size_t *ret)
{
	switch (packing) {
	case KD_DD_ZLIB:
		return kd_pack_zlib(in, out, in.n, ret);
	case KD_DD_ZSTD:
		return kd_pack_zstd(in, out, in.n, ret);
	case KD_DD_SNAPPY:
		return kd_pack_snappy(in, out, in.n, ret);
	default:
		return false;
	}
}

static void header(const struct machine *m, uint32_t packing, uint64_t start, uint64_t end, size_t bitmap, size_t notes,
		   unsigned char *h)
{
	const uint64_t frames = MACHINE_PADDR / m->page + MACHINE_PAGES;
	unsigned char *s = h + m->page;

	memcpy(h, KD_DISKDUMP_SIGNATURE, 8);
	put_le(h + KD_DDH_VERSION, 6, 4);
	memcpy(h + KD_DDH_UTSNAME + 2 * 65, "6.1.0-test", 10);
	memcpy(h + KD_DDH_UTSNAME + 4 * 65, m->kind->utsname, strlen(m->kind->utsname));
	put_le(h + KD_DDH_STATUS, packing, 4);
	put_le(h + KD_DDH_BLOCK_SIZE, m->page, 4);
	put_le(h + KD_DDH_SUB_HDR_SIZE, 1 + notes / m->page, 4);
	put_le(h + KD_DDH_BITMAP_BLOCKS, 2 * bitmap / m->page, 4);
	put_le(h + KD_DDH_MAX_MAPNR, frames, 4);
	put_le(s + KD_DDS_DUMP_LEVEL, 31, 4);
	put_le(s + KD_DDS_SPLIT, end != 0, 4);
	put_le(s + KD_DDS_START_PFN_64, start, 8);
	put_le(s + KD_DDS_END_PFN_64, end, 8);
	put_le(s + KD_DDS_MAX_MAPNR_64, frames, 8);
	put_le(s + KD_DDS_VMCOREINFO, 2 * m->page, 8);
	put_le(s + KD_DDS_VMCOREINFO + 8, m->info.n, 8);
	if (m->info.n)
		memcpy(h + 2 * m->page, m->info.p, m->info.n);
	if (m->notes.n) {
		put_le(s + KD_DDS_NOTE, 2 * m->page + m->info.n, 8);
		put_le(s + KD_DDS_NOTE + 8, m->notes.n, 8);
		memcpy(h + 2 * m->page + m->info.n, m->notes.p, m->notes.n);
	}
}

void machine_kdump(const struct machine *m, uint32_t packing, uint64_t start, uint64_t end, struct kd_buf *ret)
{
	const uint64_t first = MACHINE_PADDR / m->page;
	const size_t notes = (m->info.n + m->notes.n + m->page - 1) & ~(m->page - 1), bitmap = m->page;
	const size_t bitmaps = 2 * m->page + notes, descs = bitmaps + 2 * bitmap;
	size_t kept = 0, at, number = 0;
	unsigned char *p, *out = kd_xmalloc(m->page);

	for (size_t i = 0; i < MACHINE_PAGES; i++)
		kept += !m->left_out[i] && (!end || (first + i >= start && first + i < end));
	*ret = KD_BUF_INIT(FILE_MAX);
	at = descs + kept * KD_DISKDUMP_DESC;
	p = (unsigned char *)kd_buf_reserve(ret, at + kept * m->page);
	memset(p, 0, at);
	header(m, packing, start, end, bitmap, notes, p);
	for (size_t i = 0; i < MACHINE_PAGES; i++) {
		uint64_t frame = first + i;
		struct kd_view page = kd_view((const char *)m->mem + i * m->page, m->page);
		size_t n = m->page;
		bool packed;

		p[bitmaps + frame / 8] |= (unsigned char)(1 << (frame & 7));
		if (m->left_out[i])
			continue;
		p[bitmaps + bitmap + frame / 8] |= (unsigned char)(1 << (frame & 7));
		if (end && (frame < start || frame >= end))
			continue;
		packed = pack(packing, page, out, &n);
		memcpy(p + at, packed ? out : (const unsigned char *)page.p, packed ? n : m->page);
		n = packed ? n : m->page;
		put_le(p + descs + number * KD_DISKDUMP_DESC, at, 8);
		put_le(p + descs + number * KD_DISKDUMP_DESC + 8, n, 4);
		put_le(p + descs + number * KD_DISKDUMP_DESC + 12, packed ? packing : 0, 4);
		number++;
		at += n;
	}
	ret->n = at;
	kd_free(out);
}

static void record(struct kd_buf *b, uint64_t off, struct kd_view bytes)
{
	unsigned char head[16];

	for (int i = 0; i < 8; i++) {
		head[i] = (unsigned char)(off >> 8 * (7 - i) & 0xff);
		head[8 + i] = (unsigned char)((uint64_t)bytes.n >> 8 * (7 - i) & 0xff);
	}
	kd_buf_add(b, kd_view((const char *)head, sizeof(head)));
	kd_buf_add(b, bytes);
}

void machine_flat(struct kd_view dump, bool cut, struct kd_buf *ret)
{
	static const char wrong[4096];
	const size_t half = dump.n / 2;
	char head[KD_FLAT_HEADER] = KD_FLAT_SIGNATURE;

	*ret = KD_BUF_INIT(FILE_MAX);
	kd_buf_add(ret, kd_view(head, sizeof(head)));
	record(ret, 0, kd_view(wrong, sizeof(wrong))); /* what is written later holds */
	record(ret, half, kd_view_from(dump, half));
	for (size_t at = 0; at < half; at += 60000)
		record(ret, at, kd_view(dump.p + at, half - at < 60000 ? half - at : 60000));
	if (!cut)
		kd_buf_add(ret, kd_view("\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377", 16));
}
