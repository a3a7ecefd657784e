// SPDX-License-Identifier: GPL-2.0-or-later
/* Packages made byte by byte (ar, RPM, cpio, tar), read whole and cut at every place; heads of boot images. */
#include "../base/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "format/kimage.h"
#include "format/package.h"

enum { MAX = 1 << 16 };

static void zeros(struct kd_buf *b, size_t align)
{
	while (b->n % align)
		kd_buf_addc(b, '\0');
}

static void add_tar(struct kd_buf *b, const char *name, char type, const char *text)
{
	const size_t n = strlen(text);
	char h[512] = "";
	unsigned sum = 0;

	snprintf(h, 100, "%s", name);
	snprintf(h + 100, 8, "0000644");
	snprintf(h + 124, 12, "%011o", (unsigned)n & 07777777);
	h[156] = type;
	memcpy(h + 257, "ustar\00000", 8);
	memset(h + 148, ' ', 8);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	kd_buf_add(b, kd_view(h, sizeof(h)));
	kd_buf_add(b, kd_view(text, n));
	zeros(b, 512);
}

static void make_tar(struct kd_buf *b)
{
	add_tar(b, "./usr/", '5', "");
	add_tar(b, "./usr/a", '0', "hello");
	add_tar(b, "././@LongLink", 'L', "./usr/long");
	add_tar(b, "cut", '0', "");
	for (int i = 0; i < 1024; i++)
		kd_buf_addc(b, '\0');
}

static void add_cpio(struct kd_buf *b, const char *name, unsigned mode, const char *text)
{
	kd_buf_printf(b, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", 1u, mode, 0u, 0u, 1u, 0u,
		      strlen(text), 0u, 0u, 0u, 0u, strlen(name) + 1, 0u);
	kd_buf_add(b, kd_view(name, strlen(name) + 1));
	zeros(b, 4);
	kd_buf_add(b, kd_view(text, strlen(text)));
	zeros(b, 4);
}

static void make_rpm(struct kd_buf *b)
{
	static const char head[] = "\x8e\xad\xe8\x01\0\0\0\0\0\0\0\1\0\0\0\5";
	kd_auto(kd_buf_deinit) struct kd_buf body = KD_BUF_INIT(MAX);
	char zero[96] = "";

	kd_buf_add(b, KD_V("\xed\xab\xee\xdb"));
	kd_buf_add(b, kd_view(zero, 92));
	for (int i = 0; i < 2; i++) { /* one entry of 16 bytes and five of data; the first one padded */
		kd_buf_add(b, kd_view(head, 16));
		kd_buf_add(b, kd_view(zero, 21));
		if (!i)
			zeros(b, 8);
	}
	add_cpio(&body, "./usr", 040755, "");
	add_cpio(&body, "./usr/a", 0100644, "hello");
	add_cpio(&body, "./usr/l", 0120777, "a");
	add_cpio(&body, "./usr/long", 0100644, "");
	add_cpio(&body, "TRAILER!!!", 0, "");
	kd_buf_add(b, kd_buf_view(&body));
}

static void make_deb(struct kd_buf *b)
{
	kd_auto(kd_buf_deinit) struct kd_buf tar = KD_BUF_INIT(MAX);

	make_tar(&tar);
	kd_buf_printf(b, "!<arch>\n%-16s%-12s%-6s%-6s%-8s%-10d`\n2.0\n", "debian-binary", "0", "0", "0", "100644", 4);
	kd_buf_printf(b, "%-16s%-12s%-6s%-6s%-8s%-10d`\nodd\n", "_extra", "0", "0", "0", "100644", 3);
	kd_buf_printf(b, "%-16s%-12s%-6s%-6s%-8s%-10zu`\n", "data.tar", "0", "0", "0", "100644", tar.n);
	kd_buf_add(b, kd_buf_view(&tar));
}

/* What is in it, as text: "5 ./usr/" … ; or the error. */
static struct kd_error *list(struct kd_view bytes, struct kd_buf *ret)
{
	kd_auto(kd_bytes_closep) struct kd_bytes *file = kd_bytes_of_view(bytes, "package");
	struct kd_tar_member m;
	struct kd_package p;
	struct kd_error *err;
	struct kd_ctx ctx;
	char buf[3];
	size_t n;

	kd_ctx_init(&ctx);
	err = kd_package_open(&ctx, file, &p);
	while (!err && !(err = kd_package_next(&p, &m)) && m.type) {
		kd_buf_printf(ret, "%c %s %s", m.type, m.path, m.type == KD_TAR_LINK ? m.link : "");
		n = m.type == KD_TAR_FILE && m.size;
		while (n && !(err = kd_package_some(&p, buf, sizeof(buf), &n)))
			kd_buf_printf(ret, "%.*s", (int)n, buf);
		kd_buf_addc(ret, '\n');
		if (err)
			break;
	}
	kd_package_close(&p);
	kd_ctx_deinit(&ctx);
	return err;
}

static const struct {
	const char *name;
	void (*make)(struct kd_buf *b);
	const char *members;
	size_t tail; /* bytes at its end without which it still is whole */
} forms[] = {
	{"tar", make_tar, "5 ./usr/ \n0 ./usr/a hello\n0 ./usr/long \n", 512},
	{"deb", make_deb, "5 ./usr/ \n0 ./usr/a hello\n0 ./usr/long \n", 0},
	{"rpm", make_rpm, "5 ./usr \n0 ./usr/a hello\n2 ./usr/l a\n0 ./usr/long \n", 0},
};

static void test_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(forms); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(MAX), text = KD_BUF_INIT(MAX);

		forms[i].make(&b);
		assert_ok(list(kd_buf_view(&b), &text));
		assert_view(kd_buf_view(&text), forms[i].members);
	}
}

static void test_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(forms); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(MAX);

		forms[i].make(&b);
		for (size_t n = 0; n + forms[i].tail < b.n; n += n < 300 ? 1 : 37) {
			kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(MAX);
			struct kd_error *err = list(kd_view_head(kd_buf_view(&b), n), &text);

			if (!err)
				fail_msg("%s is whole with %zu of %zu bytes", forms[i].name, n, b.n);
			assert_int_equal(err->cls, KD_BADDATA);
			kd_error_free(err);
		}
	}
}

/* One bit: an error, or members that fit into the file. */
static void test_flipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(forms); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(MAX);

		forms[i].make(&b);
		for (size_t at = 0; at < b.n; at += 5) {
			kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(MAX);

			b.p[at] = (char)(b.p[at] ^ 1 << at % 7);
			kd_error_free(list(kd_buf_view(&b), &text));
			assert_true(text.n < 1000);
			b.p[at] = (char)(b.p[at] ^ 1 << at % 7);
		}
	}
}

static void test_said(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(MAX), text = KD_BUF_INIT(MAX);

	(void)state;
	assert_error(list(KD_V("!<arch>\n"), &text), KD_BADDATA, "no Debian package: it has no data.tar");
	make_rpm(&b);
	b.p[96 + 3] = 2;
	assert_error(list(kd_buf_view(&b), &text), KD_BADDATA, "a damaged RPM header");
	b.p[96 + 3] = 1;
	memset(b.p + 96 + 8, 0x7f, 4);
	assert_error(list(kd_buf_view(&b), &text), KD_BADDATA, "an RPM header of");
	kd_buf_clear(&b);
	make_rpm(&b);
	for (size_t i = 0; i + 6 < b.n; i++)
		if (!memcmp(b.p + i, "070701", 6))
			b.p[i + 5] = 'X';
	assert_error(list(kd_buf_view(&b), &text), KD_UNSUPPORTED, "RPM's own form for files above 4 GiB");
}

static void test_image(void **state)
{
	char head[4096] = "";
	struct kd_kimage im;

	(void)state;
	assert_false(kd_kimage_read(kd_view(head, sizeof(head)), 4096, &im));
	memcpy(head + 0x1fe, "\x55\xaaxxHdrS", 8);
	memcpy(head + 0x202, "HdrS\x0f\x02", 6);
	head[0x1f1] = 2;
	head[0x236] = 1;
	memcpy(head + 0x20e, "\x00\x01", 2);
	strcpy(head + 0x300, "6.1 (a@b) #1 SMP");
	memcpy(head + 0x248, "\x10\0\0\0\x20\0\0\0", 8);
	assert_true(kd_kimage_read(kd_view(head, sizeof(head)), 4096, &im));
	assert_int_equal(im.kind, KD_KIMAGE_BZIMAGE);
	assert_true(im.has_bits && im.is64);
	assert_view(im.text, "6.1 (a@b) #1 SMP");
	assert_int_equal(im.payload, 3 * 512 + 16);
	assert_int_equal(im.payload_bytes, 32);
	assert_true(kd_kimage_read(kd_view(head, sizeof(head)), 3 * 512 + 16 + 31, &im)); /* its end was cut off */
	assert_int_equal(im.payload_bytes, 0);
	memcpy(head + 0x206, "\x07\x02", 2); /* protocol 2.07 does not say */
	assert_true(kd_kimage_read(kd_view(head, sizeof(head)), 4096, &im));
	assert_true(!im.payload_bytes && !im.has_bits);
	for (size_t n = 0; n < 0x260; n++) /* never past the bytes */
		(void)kd_kimage_read(kd_view(head, n), n, &im);
	memset(head, 0, sizeof(head));
	memcpy(head + 56, "ARM\x64", 4);
	assert_true(kd_kimage_read(kd_view(head, 64), 4096, &im));
	assert_int_equal(im.kind, KD_KIMAGE_ARM64);
	assert_string_equal(kd_kimage_packing(KD_V("\x89LZO\0\r\n\x1a\n")), "lzo");
	assert_null(kd_kimage_packing(KD_V("\x1f\x8b")));
}

/* lz4 -l of 28 bytes: blocks without an end mark, and the size behind that a kernel has. */
static void test_legacy_lz4(void **state)
{
	static const char packed[] = "\x02\x21\x4c\x18\x0f\0\0\0\x16" "ab\x02\0P" "ababa" "xxxx";
	struct kd_view block = kd_view(packed, 8 + 15);
	kd_auto(kd_bytes_closep) struct kd_bytes *file = kd_bytes_of_view(block, "lz4");
	struct kd_unpacker u;
	struct kd_error *err;
	struct kd_ctx ctx;
	char out[64];
	size_t n = 1, all = 0;

	(void)state;
	kd_ctx_init(&ctx);
	for (size_t len = 4; len < block.n; len++) { /* cut in the block: said; before it: empty, or too short */
		all = 0;
		n = 1;
		err = kd_unpacker_open(&ctx, file, 0, len, &u);
		while (!err && n && !(err = kd_unpacker_read(&u, out, sizeof(out), &n)))
			all += n;
		assert_true(!all || err);
		assert_true(len < 9 || err);
		kd_error_free(err);
		kd_unpacker_close(&u);
	}
	kd_ctx_deinit(&ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole), cmocka_unit_test(test_cut),   cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_said),  cmocka_unit_test(test_image), cmocka_unit_test(test_legacy_lz4),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
