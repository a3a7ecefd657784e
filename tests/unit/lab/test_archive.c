// SPDX-License-Identifier: GPL-2.0-or-later
/* tar as POSIX.1 has it, made byte by byte; deb(5) around it. */
#include "box.h"
#include "lab/archive.h"

struct tar {
	char *p;
	size_t n;
};

static void header(struct tar *t, const char *name, char type, const char *link, size_t size)
{
	char *h = t->p + t->n;
	unsigned sum = 0;

	memset(h, 0, 512);
	snprintf(h, 100, "%s", name);
	snprintf(h + 100, 8, "0000755");
	snprintf(h + 124, 12, "%011zo", size);
	h[156] = type;
	snprintf(h + 157, 100, "%s", link ? link : "");
	memcpy(h + 257, "ustar\00000", 8);
	memset(h + 148, ' ', 8);
	for (unsigned i = 0; i < 512; i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	t->n += 512;
}

static void file(struct tar *t, const char *name, const char *text)
{
	header(t, name, '0', NULL, strlen(text));
	memset(t->p + t->n, 0, 512);
	memcpy(t->p + t->n, text, strlen(text));
	t->n += (strlen(text) + 511) / 512 * 512;
}

/* A header of type x, L or K with its text. */
static void extended(struct tar *t, char type, const char *text, size_t n)
{
	header(t, "././@LongLink", type, NULL, n);
	memset(t->p + t->n, 0, (n + 511) / 512 * 512);
	memcpy(t->p + t->n, text, n);
	t->n += (n + 511) / 512 * 512;
}

static void finish(struct tar *t)
{
	memset(t->p + t->n, 0, 1024);
	t->n += 1024;
}

struct test {
	struct kd_ctx ctx;
	struct box box;
	struct tar tar;
	struct kd_unpack_result r;
};

static void begin(struct test *t)
{
	kd_ctx_init(&t->ctx);
	box_begin(&t->box);
	t->tar = (struct tar){kd_xmalloc(1 << 20), 0};
}

static void end(struct test *t)
{
	box_end(&t->box);
	kd_ctx_deinit(&t->ctx);
	kd_free(t->tar.p);
}

static struct kd_error *unpack_with(struct test *t, struct kd_unpack_req req)
{
	char from[128], to[128];

	box_put(&t->box, "a.tar", kd_view(t->tar.p, t->tar.n));
	snprintf(from, sizeof(from), "%s/a.tar", t->box.dir);
	snprintf(to, sizeof(to), "%s/to", t->box.dir);
	req.from = from;
	req.to = to;
	return kd_lab_unpack(&t->ctx, &req, &t->r);
}

static struct kd_error *unpack(struct test *t)
{
	return unpack_with(t, (struct kd_unpack_req){0});
}

static void assert_text(struct test *t, const char *name, const char *text)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);

	assert_ok(kd_fs_read_small(box_path(&t->box, name), 65536, &b));
	assert_view(kd_buf_view(&b), text);
}

static void ordinary(void **state)
{
	kd_auto(end) struct test t;
	char name[200], pax[300];

	(void)state;
	begin(&t);
	header(&t.tar, "./dir/", '5', NULL, 0);
	file(&t.tar, "./dir/a", "hello");
	header(&t.tar, "dir/link", '2', "a", 0);
	header(&t.tar, "dir/hard", '1', "./dir/a", 0);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memcpy(name, "long/", 5);
	extended(&t.tar, 'L', name, strlen(name) + 1);
	file(&t.tar, "cut", "long name");
	snprintf(pax, sizeof(pax), "15 path=pax/me\n");
	extended(&t.tar, 'x', pax, strlen(pax));
	file(&t.tar, "ignored", "pax name");
	file(&t.tar, "plain", "names do not stick");
	header(&t.tar, "dev", '3', NULL, 0);
	finish(&t.tar);
	assert_ok(unpack(&t));
	assert_text(&t, "to/dir/a", "hello");
	assert_text(&t, "to/dir/link", "hello");
	assert_text(&t, "to/dir/hard", "hello");
	assert_text(&t, "to/pax/me", "pax name");
	assert_text(&t, "to/plain", "names do not stick");
	assert_true(box_has(&t.box, "to/long"));
	assert_false(box_has(&t.box, "to/cut"));
	assert_false(box_has(&t.box, "to/dev"));
	assert_int_equal(t.r.taken, 7);
	assert_int_equal(t.r.members, 8);
	assert_ok(unpack(&t)); /* onto itself */
}

/* Nothing may land outside of the target. */
static void escapes(void **state)
{
	kd_auto(end) struct test t;
	char target[128];

	(void)state;
	begin(&t);
	file(&t.tar, "../out1", "x");
	file(&t.tar, "a/../../out2", "x");
	snprintf(target, sizeof(target), "%s/out3", t.box.dir);
	file(&t.tar, target, "x");
	finish(&t.tar);
	assert_ok(unpack(&t));
	assert_int_equal(t.r.taken, 0);
	assert_false(box_has(&t.box, "out1") || box_has(&t.box, "out2") || box_has(&t.box, "out3"));

	/* through a link that the archive itself made */
	t.tar.n = 0;
	assert_ok(kd_fs_mkdirs(box_path(&t.box, "outside"), 0755));
	snprintf(target, sizeof(target), "%s/outside", t.box.dir);
	header(&t.tar, "door", '2', target, 0);
	file(&t.tar, "door/x", "x");
	finish(&t.tar);
	assert_error(unpack(&t), KD_BADDATA, "door/x lies in something that is no folder");
	assert_false(box_has(&t.box, "outside/x"));

	/* a file in the place of a link replaces the link, not what it points to */
	t.tar.n = 0;
	box_put(&t.box, "victim", KD_V("safe"));
	snprintf(target, sizeof(target), "%s/victim", t.box.dir);
	header(&t.tar, "f", '2', target, 0);
	file(&t.tar, "f", "new");
	finish(&t.tar);
	assert_ok(unpack(&t));
	assert_text(&t, "victim", "safe");
	assert_text(&t, "to/f", "new");

	t.tar.n = 0;
	header(&t.tar, "h", '1', "../victim", 0);
	finish(&t.tar);
	assert_error(unpack(&t), KD_BADDATA, "hard link out of the archive");
}

static void cut(void **state)
{
	kd_auto(end) struct test t;
	size_t whole;

	(void)state;
	begin(&t);
	file(&t.tar, "a", "hello");
	extended(&t.tar, 'x', "15 path=pax/me\n", 15);
	file(&t.tar, "b", "world");
	whole = t.tar.n;
	for (size_t n = 0; n < whole; n += 64) {
		t.tar.n = n;
		assert_error(unpack(&t), KD_BADDATA, "");
	}
	t.tar.n = whole;
	t.tar.p[3]++;
	assert_error(unpack(&t), KD_BADDATA, "no tar archive");
}

static void bad_headers(void **state)
{
	static const char *const bad[] = {"99 path=x\n", "3 path=x\n", "x", "15 path=pax\nxxx"};
	kd_auto(end) struct test t;

	(void)state;
	begin(&t);
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++) {
		t.tar.n = 0;
		extended(&t.tar, 'x', bad[i], strlen(bad[i]));
		finish(&t.tar);
		assert_error(unpack(&t), KD_BADDATA, "extended header");
	}
	t.tar.n = 0;
	header(&t.tar, "big", '0', NULL, 0);
	memset(t.tar.p + 124, 0xff, 12); /* base 256, negative */
	finish(&t.tar);
	assert_error(unpack(&t), KD_BADDATA, "no tar archive");
}

static void limits(void **state)
{
	kd_auto(end) struct test t;

	(void)state;
	begin(&t);
	file(&t.tar, "a", "hello");
	file(&t.tar, "b", "world");
	finish(&t.tar);
	assert_error(unpack_with(&t, (struct kd_unpack_req){.max_bytes = 9}), KD_LIMIT, "9 bytes");
	assert_ok(unpack_with(&t, (struct kd_unpack_req){.max_bytes = 10}));
	assert_error(unpack_with(&t, (struct kd_unpack_req){.max_members = 1}), KD_LIMIT,
		     "more than 1 members");
}

static enum kd_unpack_want only_b(void *user, const struct kd_unpack_member *m)
{
	size_t *n = user;

	(*n)++;
	return kd_view_eq(m->path, KD_V("c"))	? KD_UNPACK_STOP
	       : kd_view_eq(m->path, KD_V("b")) ? KD_UNPACK_TAKE
						: KD_UNPACK_SKIP;
}

static void package(void **state)
{
	kd_auto(end) struct test t;
	struct tar inner;
	size_t asked = 0, n;

	(void)state;
	begin(&t);
	file(&t.tar, "a", "hello");
	file(&t.tar, "b", "world");
	file(&t.tar, "c", "!");
	file(&t.tar, "d", "never read");
	finish(&t.tar);
	inner = t.tar;
	t.tar.p = kd_xmalloc(1 << 20);
	n = (size_t)snprintf(t.tar.p, 200, "!<arch>\n%-16s%-12s%-6s%-6s%-8s%-10d`\n2.0\n%-16s%-12s%-6s"
					   "%-6s%-8s%-10zu`\n",
			     "debian-binary", "0", "0", "0", "100644", 4, "data.tar", "0", "0", "0",
			     "100644", inner.n);
	memcpy(t.tar.p + n, inner.p, inner.n);
	t.tar.n = n + inner.n;
	assert_ok(unpack_with(&t, (struct kd_unpack_req){.want = only_b, .user = &asked}));
	assert_int_equal(asked, 3);
	assert_text(&t, "to/b", "world");
	assert_false(box_has(&t.box, "to/a"));
	t.tar.n -= 2000;
	assert_error(unpack(&t), KD_BADDATA, "ends too early");
	t.tar.n = 100;
	assert_error(unpack(&t), KD_BADDATA, "");
	kd_free(inner.p);
}

static void sources(void **state)
{
	kd_auto(end) struct test t;
	kd_auto(kd_freep) char *tree = NULL, *again = NULL;
	char from[128], to[128];

	(void)state;
	begin(&t);
	file(&t.tar, "linux-6.9/Kbuild", "# it is");
	file(&t.tar, "linux-6.9/init/main.c", "int x;");
	finish(&t.tar);
	box_put(&t.box, "linux.tar", kd_view(t.tar.p, t.tar.n));
	snprintf(from, sizeof(from), "%s/linux.tar", t.box.dir);
	snprintf(to, sizeof(to), "%s/src", t.box.dir);
	assert_ok(kd_lab_source_unpack(&t.ctx, from, to, &tree));
	assert_non_null(strstr(tree, "/src/linux-6.9"));
	/* not unpacked a second time */
	box_put(&t.box, "src/linux-6.9/init/main.c", KD_V("changed"));
	assert_ok(kd_lab_source_unpack(&t.ctx, from, to, &again));
	assert_text(&t, "src/linux-6.9/init/main.c", "changed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ordinary),    cmocka_unit_test(escapes),
		cmocka_unit_test(cut),	       cmocka_unit_test(bad_headers),
		cmocka_unit_test(limits),      cmocka_unit_test(package),
		cmocka_unit_test(sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
