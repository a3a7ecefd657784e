// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/filekind.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "check.h"
#include "pack.h"

static void expect(struct kd_view v, const char *name)
{
	char *exact = kd_xstrndup(v.n ? v.p : "", v.n);

	assert_string_equal(kd_filekind_info(kd_filekind_guess(kd_view(exact, v.n)))->name, name);
	kd_free(exact);
}

static void magics(void **state)
{
	(void)state;
	expect(KD_VNULL, "empty");
	expect(KD_V("KDUMP   \x06\0\0\0"), "kdump");
	expect(KD_V("DISKDUMP\x06\0\0\0"), "kdump");
	expect(KD_V("makedumpfile\0\0\0\0\0\0\0"), "flattened");
	expect(KD_V("PK\x03\x04\x14\0"), "zip");
	expect(KD_V("!<arch>\ndebian-binary"), "ar");
	expect(KD_V("\xed\xab\xee\xdb\x03\0"), "rpm");
	expect(KD_V("070701000000"), "cpio");
	expect(KD_V("SQLite format 3\0"), "sqlite");
	expect(KD_V("\x89PNG\r\n\x1a\n\0\0"), "png");
	expect(KD_V("\xff\xd8\xff\xe0"), "jpeg");
	expect(KD_V("GIF89a"), "gif");
	expect(KD_V("%PDF-1.5"), "pdf");
	expect(KD_V("PERFILE2"), "perf");
	expect(KD_V("LPKSHHRH"), "journal");
	expect(KD_V("\xff\xfe[\0 \0"), "utf16");
}

static void elf(void **state)
{
	static const char *const want[] = {"binary", "elf_object", "elf_exec", "elf_shared",
					   "vmcore"};
	char h[64] = "\x7f"
		     "ELF\2\1\1";

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(want); i++) {
		h[5] = 1;
		h[16] = (char)i;
		h[17] = 0;
		expect(kd_view(h, sizeof(h)), want[i]);
		h[5] = 2; /* big endian */
		h[16] = 0;
		h[17] = (char)i;
		expect(kd_view(h, sizeof(h)), want[i]);
	}
	expect(kd_view(h, 17), "binary");
}

static void at_offsets(void **state)
{
	static char b[KD_FILEKIND_BYTES];

	(void)state;
	memcpy(b + 0x202, "HdrS", 4);
	expect(kd_view(b, sizeof(b)), "kernel_image");
	expect(kd_view(b, 0x205), "binary");
	memset(b, 0, sizeof(b));
	memcpy(b + 0x38, "ARM\x64", 4);
	expect(kd_view(b, sizeof(b)), "kernel_image");
	memset(b, 0, sizeof(b));
	memcpy(b, "crash.log", 9);
	memcpy(b + 257, "ustar", 5);
	expect(kd_view(b, sizeof(b)), "tar");
}

static void packed(void **state)
{
	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		kd_auto(kd_buf_deinit) struct kd_buf z = KD_BUF_INIT(65536);

		p->pack(&z, KD_V("hello, hello, hello"));
		expect(kd_buf_view(&z), "packed");
	}
}

static void texts(void **state)
{
	static char random[4096];
	uint32_t x = 1;

	(void)state;
	expect(KD_V("[    0.000000] Linux version 6.1.0\n"), "text");
	expect(KD_V("[  1.0] a\n[  1.1] b\n"), "text");
	expect(KD_V("<6>[    0.000000] Linux version\n"), "text");
	expect(KD_V("\xef\xbb\xbf[    0.0] bom\n"), "text");
	expect(KD_V("x"), "text");
	expect(KD_V("\n\n"), "text");
	expect(KD_V("\x1b[31mBUG: kernel\x1b[0m\r\n"), "text");
	expect(KD_V("caf\xe9 and more Latin-1 text, which is not UTF-8\n"), "text");
	expect(KD_V("cut in a character \xe2\x82"), "text");
	expect(KD_V("after a crash\n\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0the log goes on\n"),
	       "text");
	expect(KD_V("{\"title\": 1}"), "json");
	expect(KD_V(" \n[ {\"a\": 1}]"), "json");
	expect(KD_V("{}"), "json");
	expect(KD_V("{not json}"), "text");
	expect(KD_V("\n <!DOCTYPE HTML><html>"), "html");
	expect(KD_V("<HTML>"), "html");
	expect(KD_V("<6>html"), "text");
	expect(KD_V("\0\0\0\0\0\0\0\0"), "binary");
	expect(KD_V("\1\2\3\4\5\6"), "binary");
	for (size_t i = 0; i < sizeof(random); i++) {
		x = x * 1664525 + 1013904223;
		random[i] = (char)(x >> 24);
	}
	random[0] = 'x';
	expect(kd_view(random, sizeof(random)), "binary");
}

/* Every kind has words, and what cannot be read has a remedy. */
static void table(void **state)
{
	(void)state;
	for (unsigned k = 0; k < KD_FILE_N; k++) {
		const struct kd_filekind_info *i = kd_filekind_info(k);

		assert_true(i->name && i->name[0] && i->what[0]);
		assert_true(i->is_text || i->remedy[0]);
		for (unsigned m = 0; m < k; m++)
			assert_string_not_equal(i->name, kd_filekind_info(m)->name);
	}
	assert_string_equal(kd_filekind_info(KD_FILE_N)->name, "binary");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(magics), cmocka_unit_test(elf),   cmocka_unit_test(at_offsets),
		cmocka_unit_test(packed), cmocka_unit_test(texts), cmocka_unit_test(table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
