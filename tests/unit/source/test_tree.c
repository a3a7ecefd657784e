// SPDX-License-Identifier: GPL-2.0-or-later
/* Trees: a folder and a tarball, what binds them to a release; git is in tests/run/source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "box.h"
#include "source/git.h"
#include "format/tar.h"
#include "source/tree.h"

static const char makefile[] = "# SPDX\nVERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 90\nEXTRAVERSION =\nNAME = X\n";

static enum kd_tree_bind bind_of(const char *where, const char *at)
{
	struct kd_tree_req req = {.where = where, .at = at};
	kd_auto(kd_tree_freep) struct kd_tree *t = NULL;
	struct kd_ctx ctx;

	kd_ctx_init(&ctx);
	assert_null(kd_tree_open(&ctx, &req, &t));
	assert_int_equal(kd_tree_info(t)->warning.n > 0,
			 kd_tree_info(t)->bind >= KD_BIND_BASE && kd_tree_info(t)->bind != KD_BIND_ASKED);
	return kd_tree_info(t)->bind;
}

static void test_bind(void **state)
{
	struct box b;

	(void)state;
	box_make(&b);
	box_file(&b, "Makefile", makefile);
	assert_int_equal(bind_of(b.dir, NULL), KD_BIND_NONE);
	assert_int_equal(bind_of(b.dir, "6.1.90"), KD_BIND_VERSION);
	assert_int_equal(bind_of(b.dir, "v6.1.90"), KD_BIND_VERSION);
	assert_int_equal(bind_of(b.dir, "6.1.91"), KD_BIND_DIFFERS);
	assert_int_equal(bind_of(b.dir, "6.1.0-rc3"), KD_BIND_DIFFERS);
	assert_int_equal(bind_of(b.dir, "6.1.0-56-cloud-amd64 #1 SMP Debian 6.1.90-1 (2024-05-03)"),
			 KD_BIND_VERSION);
	assert_int_equal(bind_of(b.dir, "6.1.0-56-cloud-amd64 6.1.170-1"), KD_BIND_DIFFERS);
	assert_int_equal(bind_of(b.dir, "6.1.0-56-cloud-amd64"), KD_BIND_UNKNOWN);
	assert_int_equal(bind_of(b.dir, "nonsense"), KD_BIND_UNKNOWN);
	/* Debian's own tree says more than the Makefile */
	box_file(&b, "debian/changelog", "linux (6.1.90-2) bookworm; urgency=medium\n");
	assert_int_equal(bind_of(b.dir, "6.1.0-56-cloud-amd64 6.1.90-1"), KD_BIND_DIFFERS);
	assert_int_equal(bind_of(b.dir, "6.1.0-56-cloud-amd64 6.1.90-2"), KD_BIND_VERSION);
	box_file(&b, "Makefile", "all:\n");
	assert_int_equal(bind_of(b.dir, "6.1.90"), KD_BIND_UNKNOWN);
	box_free(&b);
}

static void expect_found(struct kd_tree *t, const char *path, const char *want)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);
	struct kd_error *err = kd_tree_find(t, kd_view_of(path), &b);

	if (!want) {
		assert_non_null(err);
		assert_int_equal(err->cls, KD_NOTFOUND);
		kd_error_free(err);
		return;
	}
	assert_null(err);
	assert_string_equal(b.p, want);
}

static void test_paths(void **state)
{
	kd_auto(kd_tree_freep) struct kd_tree *t = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(8192);
	struct kd_tree_req req = {0};
	struct kd_error *err;
	struct kd_ctx ctx;
	char link[128];
	struct box b;

	(void)state;
	kd_ctx_init(&ctx);
	box_make(&b);
	box_file(&b, "Makefile", makefile);
	box_file(&b, "mm/slub.c", "int a;\n");
	box_file(&b, "arch/x86/mm/fault.c", "int b;\n");
	snprintf(link, sizeof(link), "%s/mm/out.c", b.dir);
	assert_int_equal(symlink("/etc/hostname", link), 0);
	snprintf(link, sizeof(link), "%s/mm/in.c", b.dir);
	assert_int_equal(symlink("slub.c", link), 0);
	req.where = b.dir;
	assert_null(kd_tree_open(&ctx, &req, &t));
	expect_found(t, "mm/slub.c", "mm/slub.c");
	expect_found(t, "./mm/slub.c", "mm/slub.c");
	expect_found(t, "/build/linux-6.1/mm/slub.c", "mm/slub.c");
	expect_found(t, "/build/linux-6.1/arch/x86/mm/fault.c", "arch/x86/mm/fault.c");
	expect_found(t, "drivers/../mm/slub.c", "mm/slub.c");
	expect_found(t, "mm/none.c", NULL);
	expect_found(t, "../../etc/passwd", NULL);
	expect_found(t, "", NULL);
	expect_found(t, "mm", NULL);
	/* a link inside is followed, one that leads out is not */
	assert_null(kd_tree_read(t, KD_V("mm/in.c"), 100, &text));
	err = kd_tree_read(t, KD_V("mm/out.c"), 100, &text);
	assert_non_null(err);
	kd_error_free(err);
	err = kd_tree_read(t, KD_V("mm/slub.c"), 3, &text);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_LIMIT);
	kd_error_free(err);
	box_free(&b);
}

/* ---- tarballs ---- */

static void tar_member(struct kd_buf *b, const char *name, char type, const char *text, size_t n)
{
	char h[512] = {0};
	unsigned sum = 0;

	snprintf(h, 100, "%s", name);
	snprintf(h + 100, 8, "0000644");
	snprintf(h + 124, 12, "%011o", (unsigned)n);
	memset(h + 148, ' ', 8);
	h[156] = type;
	memcpy(h + 257, "ustar\00000", 8);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	kd_buf_add(b, kd_view(h, sizeof(h)));
	kd_buf_add(b, kd_view(text, n));
	while (b->n % 512)
		kd_buf_addc(b, 0);
}

static void make_tar(struct kd_buf *b)
{
	char zero[1024] = {0};

	tar_member(b, "pax_global_header", 'g', "20 comment=abcdefgh\n", 20);
	tar_member(b, "linux-6.1/", '5', "", 0);
	tar_member(b, "linux-6.1/Makefile", '0', makefile, sizeof(makefile) - 1);
	tar_member(b, "linux-6.1/link.c", '2', "", 0);
	tar_member(b, "x", 'x', "27 path=linux-6.1/mm/pax.c\n", 27);
	tar_member(b, "short", '0', "int p;\n", 7);
	tar_member(b, "././@LongLink", 'L', "linux-6.1/mm/long.c", 20);
	tar_member(b, "cut", '0', "int l;\n", 7);
	tar_member(b, "linux-6.1/mm/slub.c", '0', "int s;\n", 7);
	kd_buf_add(b, kd_view(zero, sizeof(zero)));
}

static void expect_text(struct kd_tree *t, const char *path, const char *want)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);

	assert_null(kd_tree_read(t, kd_view_of(path), 4096, &b));
	assert_string_equal(b.p, want);
}

static void test_tar(void **state)
{
	kd_auto(kd_tree_freep) struct kd_tree *t = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf tar = KD_BUF_INIT(1 << 20), none = KD_BUF_INIT(100);
	char path[128];
	struct kd_tree_req req = {.where = path, .at = "6.1.90"};
	struct kd_error *err;
	struct kd_ctx ctx;
	struct box b;

	(void)state;
	kd_ctx_init(&ctx);
	box_make(&b);
	make_tar(&tar);
	snprintf(path, sizeof(path), "%s/linux.tar", b.dir);
	assert_null(kd_fs_write_atomic(path, kd_buf_view(&tar), 0600));
	assert_null(kd_tree_open(&ctx, &req, &t));
	assert_int_equal(kd_tree_info(t)->kind, KD_TREE_TAR);
	assert_int_equal(kd_tree_info(t)->bind, KD_BIND_VERSION);
	expect_text(t, "mm/slub.c", "int s;\n");
	expect_text(t, "mm/slub.c", "int s;\n"); /* kept */
	expect_text(t, "mm/long.c", "int l;\n");
	expect_text(t, "mm/pax.c", "int p;\n");
	expect_found(t, "/build/x/mm/slub.c", "mm/slub.c");
	err = kd_tree_read(t, KD_V("link.c"), 100, &none);
	assert_int_equal(err->cls, KD_NOTFOUND);
	kd_error_free(err);
	box_free(&b);
}

/* Cut and flipped at every place: an error or an answer, never more. */
static void test_tar_damaged(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf tar = KD_BUF_INIT(1 << 20), text = KD_BUF_INIT(1 << 20);
	struct kd_tar_member m;

	(void)state;
	make_tar(&tar);
	for (size_t i = 0; i < tar.n; i += 7) {
		for (int cut = 0; cut < 2; cut++) {
			kd_auto(kd_source_closep) struct kd_source *src = NULL;
			kd_auto(kd_tar_deinit) struct kd_tar t;
			struct kd_error *err;

			tar.p[i] ^= cut ? 0 : 0x41;
			assert_null(kd_source_from_memory(kd_view(tar.p, cut ? i : tar.n), "t", &src));
			kd_tar_init(&t, kd_stream_of_source(src));
			while (!(err = kd_tar_next(&t, &m)) && m.type) {
				kd_buf_clear(&text);
				err = kd_tar_read(&t, &text);
				if (err)
					break;
			}
			assert_true(!err || err->cls == KD_BADDATA || err->cls == KD_LIMIT);
			kd_error_free(err);
			tar.p[i] ^= cut ? 0 : 0x41;
		}
	}
}

static void test_names(void **state)
{
	(void)state;
	assert_true(kd_git_name_ok(KD_V("v6.1.90")));
	assert_true(kd_git_name_ok(KD_V("refs/tags/v6.1^{commit}")));
	assert_false(kd_git_name_ok(KD_V("")));
	assert_false(kd_git_name_ok(KD_V("--upload-pack=x")));
	assert_false(kd_git_name_ok(KD_V("a b")));
	assert_false(kd_git_name_ok(KD_V("a\nb")));
	assert_false(kd_git_name_ok(KD_V("HEAD@{1}")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bind),	    cmocka_unit_test(test_paths), cmocka_unit_test(test_tar),
		cmocka_unit_test(test_tar_damaged), cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
