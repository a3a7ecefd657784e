// SPDX-License-Identifier: GPL-2.0-or-later
/* Call frame information through an index: a made ELF file with both sections is read, and each place of it is asked for. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "../format/bytes_out.h"
#include "../format/elfimage.h"
#include "base/ctx.h"
#include "format/elfcore.h"
#include "format/elf.h"
#include "symbol/build.h"
#include "symbol/cfi.h"

enum { TEXT = 0x400000, TEXT_BYTES = 0x8000, FUNCTIONS = 300, EACH = 0x40 };

static void must(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

static size_t begin(struct out *o)
{
	put(o, 0, 4);
	return o->n;
}

static void end(struct out *o, size_t first)
{
	put_at(o, first - 4, o->n - first, 4);
}

/* code 1, data -8; .eh_frame: addresses as they are. */
static void cie(struct out *o, bool eh, bool is_signal)
{
	const size_t at = begin(o);

	put(o, eh ? 0 : UINT32_MAX, 4);
	put(o, 1, 1);
	put_text(o, is_signal ? "zRS" : eh ? "zR" : "");
	put_uleb(o, 1), put_sleb(o, -8), put(o, 16, 1);
	if (eh)
		put(o, 1, 1), put(o, 0, 1);
	put(o, 0x0c, 1), put(o, 7, 1), put(o, 8, 1), put(o, 0x90, 1), put(o, 1, 1);
	put(o, 0, 3); /* filled up */
	end(o, at);
}

static void fde(struct out *o, bool eh, size_t cie_at, uint64_t start, uint64_t len, const void *program, size_t n)
{
	const size_t at = begin(o);
	const uint8_t *p = program;

	put(o, eh ? at - cie_at : cie_at, 4);
	put(o, start, 8), put(o, len, 8);
	if (eh)
		put(o, 0, 1);
	for (size_t i = 0; i < n; i++)
		put(o, p[i], 1);
	end(o, at);
}

/* Functions in an order that is not that of addresses; set_loc, nops; one that is damaged; code that .eh_frame alone has. */
static struct kd_kdx *made(struct kd_kdx_stats *stats)
{
	static struct out frame, eh;
	static char code[TEXT_BYTES];
	struct elfimage m;
	struct kd_ctx ctx;
	char elf[] = "/tmp/kdoc-cfi-XXXXXX", kdx[64];
	struct kd_kdx *k = NULL;
	const int fd = mkstemp(elf);
	size_t signal_cie, s;

	frame.n = eh.n = 0;
	cie(&frame, false, false);
	for (unsigned i = 0; i < FUNCTIONS / 2; i++) {
		const unsigned at = i * 37 % (FUNCTIONS / 2);
		const uint8_t program[] = {0, 0x44, 0x0e, (uint8_t)(16 + at % 64), 0, 0, (uint8_t)(0x83), 2};

		fde(&frame, false, 0, TEXT + 2 * at * EACH, EACH, program, sizeof(program));
	}
	fde(&frame, false, 0, TEXT + 0x7000, EACH, "\x17", 1); /* not known */
	fde(&frame, false, 0, TEXT + 0x7100, 0x80, "\x01\x40\x71\x40\0\0\0\0\0\x0e\x30", 11);
	fde(&frame, false, 0, 0x1000, EACH, "", 0); /* of no section */
	cie(&eh, true, false);
	fde(&eh, true, 0, TEXT, EACH, "\x0e\x70", 2); /* .debug_frame has it, too */
	fde(&eh, true, 0, TEXT + EACH, EACH, "\x0e\x50", 2);
	signal_cie = eh.n;
	cie(&eh, true, true);
	fde(&eh, true, signal_cie, TEXT + 0x7800, EACH, "", 0);
	put(&eh, 0, 4);
	image_begin(&m, true, false, KD_ET_EXEC, KD_EM_X86_64);
	s = image_section(&m, ".text", 1, KD_SHF_ALLOC | KD_SHF_EXEC, code, sizeof(code));
	m.sec[s].addr = TEXT;
	image_section(&m, ".debug_frame", 1, 0, frame.p, frame.n);
	image_section(&m, ".eh_frame", 1, KD_SHF_ALLOC, eh.p, eh.n);
	image_end(&m);
	assert_true(fd >= 0 && write(fd, m.p, m.n) == (ssize_t)m.n);
	close(fd);
	snprintf(kdx, sizeof(kdx), "%s.kdx", elf);
	kd_ctx_init(&ctx);
	must(kd_kdx_build(&ctx, elf, kdx, NULL, stats));
	must(kd_kdx_open(kdx, &k));
	unlink(elf);
	unlink(kdx);
	image_free(&m);
	kd_ctx_deinit(&ctx);
	return k;
}

static int64_t cfa_at(struct kd_kdx *k, uint64_t addr)
{
	struct kd_cfi_fde f;
	struct kd_cfi_row row;

	if (!kd_cfi_find(k, addr, &f) || kd_cfi_row_at(&f, addr, &row) != KD_CFI_OK)
		return -1;
	assert_true(row.start <= addr && addr < row.end);
	assert_int_equal(row.cfa.reg, 7);
	assert_int_equal(f.cie.ra, 16);
	assert_int_equal(f.cie.machine, KD_EM_X86_64);
	assert_int_equal(row.reg[16].kind, KD_CFI_OFFSET);
	assert_true(row.reg[16].off == -8);
	return row.cfa.off;
}

static void all_places(void **state)
{
	struct kd_kdx_stats stats;
	struct kd_kdx *k = made(&stats);
	struct kd_cfi_fde f;

	(void)state;
	assert_true(kd_cfi_has(k));
	assert_int_equal(stats.frames, FUNCTIONS / 2 + 3); /* one by set_loc, two of .eh_frame */
	assert_int_equal(stats.bad_frames, 1);
	for (unsigned i = 0; i < FUNCTIONS / 2; i++) {
		const uint64_t at = TEXT + 2 * i * EACH;

		assert_int_equal(cfa_at(k, at), 8);
		assert_int_equal(cfa_at(k, at + 3), 8);
		assert_int_equal(cfa_at(k, at + 4), 16 + i % 64);
		assert_int_equal(cfa_at(k, at + EACH - 1), 16 + i % 64);
		assert_int_equal(cfa_at(k, at + EACH), i ? -1 : 0x50);
		assert_true(kd_cfi_find(k, at + 9, &f));
		assert_int_equal(f.start, at);
		assert_int_equal(f.len, EACH);
		assert_int_equal(f.program.n, 5); /* what filled it up is gone */
		assert_false(f.cie.signal);
	}
	assert_int_equal(cfa_at(k, TEXT + 0x7000), -1);
	assert_int_equal(cfa_at(k, TEXT + 0x713f), 8);
	assert_int_equal(cfa_at(k, TEXT + 0x7140), 0x30);
	assert_int_equal(cfa_at(k, TEXT + 0x717f), 0x30);
	assert_int_equal(cfa_at(k, TEXT + 0x7800), 8);
	assert_true(kd_cfi_find(k, TEXT + 0x7800, &f) && f.cie.signal);
	assert_int_equal(cfa_at(k, TEXT - 1), -1);
	assert_int_equal(cfa_at(k, 0x1000), -1);
	assert_int_equal(cfa_at(k, TEXT + TEXT_BYTES), -1);
	kd_kdx_close(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(all_places)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
