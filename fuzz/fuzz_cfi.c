// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Call frame information: a byte of flags (1 .eh_frame, 2 big endian, 4 addresses of 4 bytes, 8 arm64, 16 an index), then the
 * section. Every entry is read and asked at some places: a row covers the place, its bytes lie in the section, and the row of
 * its end is another. With flag 16 three u8 lengths and the bytes of the index's sections instead: whatever they say, an entry around the
 * address, or none.
 */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/le.h"
#include "format/elfcore.h"
#include "fuzz.h"
#include "symbol/cfi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { EH = 1, BIG = 2, SHORT = 4, ARM64 = 8, INDEX = 16, ENTRIES_MAX = 64, PLACES = 8, BASE = 0x1000 };

static void inside(struct kd_view whole, struct kd_view v)
{
	check(!v.n || (v.p >= whole.p && v.p + v.n <= whole.p + whole.n));
}

static void ask(const struct kd_cfi_fde *f, struct kd_view whole)
{
	struct kd_cfi_row row;

	for (uint64_t i = 0; i < PLACES; i++) {
		const uint64_t addr = f->start + (f->len - 1) / (PLACES - 1) * i;

		if (kd_cfi_row_at(f, addr, &row) != KD_CFI_OK)
			continue;
		check(row.start <= addr && addr < row.end && row.start >= f->start && row.end - f->start <= f->len);
		inside(whole, row.cfa.expr);
		for (unsigned reg = 0; reg < KD_CFI_REGS; reg++)
			inside(whole, row.reg[reg].expr);
	}
	check(kd_cfi_row_at(f, f->start - 1, &row) == KD_CFI_OUTSIDE || f->start == 0);
}

static void entries(struct kd_view bytes, uint8_t flags)
{
	struct kd_cfi_reader r = {.section = {.bytes = bytes, .eh = flags & EH, .big_endian = flags & BIG, .address_size = flags & SHORT ? 4 : 8,
					      .machine = flags & ARM64 ? KD_EM_AARCH64 : KD_EM_X86_64, .addr = 0x100000}};
	struct kd_cfi_fde f;

	for (unsigned i = 0; i < ENTRIES_MAX && kd_cfi_next(&r, &f); i++) {
		check(f.len && f.len <= UINT64_MAX - f.start);
		inside(bytes, f.program);
		inside(bytes, f.cie.init);
		ask(&f, bytes);
	}
	check(!r.damaged == !r.why);
}

static void in_index(const uint8_t *data, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
	struct kd_view rest = n < 3 ? KD_VNULL : kd_view((const char *)data + 3, n - 3);
	uint8_t base[16] = {0};
	struct kd_kdx_part parts[4] = {{KD_KDX_BASE, kd_view((char *)base, sizeof(base))}, {KD_KDX_CIES, KD_VNULL}, {KD_KDX_FRAME_BLOCKS, KD_VNULL},
				       {KD_KDX_FRAMES, KD_VNULL}};
	struct kd_error *err;
	struct kd_cfi_fde f;

	kd_put_le64(base, BASE);
	kd_put_le64(base + 8, BASE + 0x1000);
	for (size_t i = 0; rest.n && i < 3; i++) {
		parts[i + 1].data = kd_view_head(rest, data[i]);
		rest = kd_view_from(rest, parts[i + 1].data.n);
	}
	err = kd_kdx_encode(parts, KD_ARRAY_LEN(parts), NULL, &b);
	if (!err)
		err = kd_kdx_of_view(kd_buf_view(&b), "fuzz", NULL, &k);
	check(!err);
	for (uint64_t addr = BASE - 1; addr < BASE + 0x400; addr += 13) {
		struct kd_cfi_row row;

		if (!kd_cfi_find(k, addr, &f))
			continue;
		check(kd_cfi_has(k) && f.start <= addr && addr - f.start < f.len);
		(void)kd_cfi_row_at(&f, addr, &row);
	}
	check(!kd_kdx_damage(k));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n && data[0] & INDEX)
		in_index(data + 1, n - 1);
	else if (n)
		entries(kd_view((const char *)data + 1, n - 1), data[0]);
	return 0;
}
