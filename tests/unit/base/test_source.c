// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/source.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/codec.h"
#include "check.h"
#include "pack.h"

/* Everything, in reads of `step` bytes. */
static void slurp(struct kd_source *s, size_t step, struct kd_buf *out)
{
	size_t n;

	do {
		char *p = kd_buf_reserve(out, step);

		assert_non_null(p);
		assert_ok(kd_source_read(s, p, step, &n));
		assert_true(n <= step);
		out->n += n;
	} while (n);
	assert_ok(kd_source_read(s, out->p, 1, &n));
	assert_int_equal(n, 0);
}

/* Log-like text that does not shrink to nothing. */
static struct kd_view sample(struct kd_buf *b, size_t lines)
{
	uint32_t x = 12345;

	for (size_t i = 0; i < lines; i++) {
		x = x * 1664525 + 1013904223;
		kd_buf_printf(b, "[%5zu.%06u] RIP: 0010:fn_%x+0x%x/0x400\n", i / 7, x % 1000000,
			      x >> 13, x & 0x3ff);
	}
	return kd_buf_view(b);
}

static struct kd_source *from(struct kd_view v)
{
	struct kd_source *s = NULL;

	assert_ok(kd_source_from_memory(v, "test.log", &s));
	assert_string_equal(kd_source_name(s), "test.log");
	return s;
}

static void expect(struct kd_view packed, struct kd_view text, const char *kind, const char *diag)
{
	static const size_t steps[] = {1, 7, 4096, 1 << 20};

	for (size_t i = 0; i < KD_ARRAY_LEN(steps); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(8 << 20);
		kd_auto(kd_source_closep) struct kd_source *s = from(packed);

		if (steps[i] == 1 && text.n > 100000)
			continue;
		slurp(s, steps[i], &out);
		assert_true(kd_view_eq(kd_buf_view(&out), text));
		assert_string_equal(kd_source_kind(s), kind);
		if (diag) {
			assert_non_null(kd_source_diag(s));
			assert_non_null(strstr(kd_source_diag(s), diag));
		} else {
			assert_null(kd_source_diag(s));
		}
	}
}

static void plain(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);

	(void)state;
	expect(KD_V(""), KD_V(""), "plain", NULL);
	expect(KD_V("x"), KD_V("x"), "plain", NULL);
	expect(KD_V("\x1f\x8b"), KD_V("\x1f\x8b"), "plain", NULL);
	sample(&b, 5000);
	expect(kd_buf_view(&b), kd_buf_view(&b), "plain", NULL);
}

static void peeking(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20), z = KD_BUF_INIT(1 << 20);
	struct kd_view text = sample(&b, 5000), v;

	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(1 << 20);
		kd_auto(kd_source_closep) struct kd_source *s = NULL;
		char c;
		size_t n;

		kd_buf_clear(&z);
		p->pack(&z, text);
		s = from(kd_buf_view(&z));
		assert_ok(kd_source_peek(s, 4096, &v));
		assert_true(kd_view_eq(v, kd_view_head(text, 4096)));
		assert_ok(kd_source_read(s, &c, 1, &n));
		assert_int_equal(n, 1);
		assert_ok(kd_source_peek(s, 1 << 20, &v)); /* more than may be peeked at */
		assert_true(kd_view_eq(v, kd_view_head(kd_view_from(text, 1), KD_SOURCE_PEEK_MAX)));
		slurp(s, 1000, &out);
		assert_true(kd_view_eq(kd_buf_view(&out), kd_view_from(text, 1)));
		assert_ok(kd_source_peek(s, 10, &v));
		assert_int_equal(v.n, 0);
	}
}

static void members(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20), z = KD_BUF_INIT(1 << 20);
	struct kd_view text = sample(&b, 3000);

	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		kd_buf_clear(&z);
		p->pack(&z, text);
		expect(kd_buf_view(&z), text, p->name, NULL);
		kd_buf_clear(&z);
		p->pack(&z, KD_V(""));
		expect(kd_buf_view(&z), KD_V(""), p->name, NULL);
		p->pack(&z, KD_V("one "));
		p->pack(&z, KD_V(""));
		p->pack(&z, KD_V("two "));
		if (!strcmp(p->name, "lzma"))
			continue; /* no magic to recognise the next one by: see below */
		kd_buf_add(&z, KD_V("\0\0\0\0"));
		p->pack(&z, KD_V("three"));
		kd_buf_add(&z, KD_V("\0\0\0\0\0\0\0\0")); /* tapes and xz pad with zeros */
		expect(kd_buf_view(&z), KD_V("one two three"), p->name, NULL);
	}
}

static void other_members(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf z = KD_BUF_INIT(1 << 20), want = KD_BUF_INIT(1000);

	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		p->pack(&z, kd_view_of(p->name));
		kd_buf_add(&want, kd_view_of(p->name));
	}
	if (z.n)
		expect(kd_buf_view(&z), kd_buf_view(&want), packers[0].name, NULL);
}

static void garbage_behind(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf z = KD_BUF_INIT(1 << 20);

	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		char want[100];

		kd_buf_clear(&z);
		p->pack(&z, KD_V("hello\n"));
		snprintf(want, sizeof(want), "offset %zu is not packed and was ignored", z.n);
		kd_buf_add(&z, KD_V("and now for something else, which nobody packed\n"));
		expect(kd_buf_view(&z), KD_V("hello\n"), p->name, want);
	}
}

/* Cut at every byte: a prefix and a diagnostic, or everything. */
static void cut(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20), z = KD_BUF_INIT(1 << 20);
	struct kd_view text = sample(&b, 40);

	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		size_t most = 0;

		kd_buf_clear(&z);
		p->pack(&z, text);
		for (size_t n = KD_CODEC_PROBE_BYTES; n < z.n; n++) {
			kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(1 << 20);
			char *exact = kd_xstrndup(z.p, n); /* the sanitizer sees a byte too far */
			char want[100];
			kd_auto(kd_source_closep) struct kd_source *s = from(kd_view(exact, n));

			slurp(s, 97, &out);
			assert_true(kd_view_starts(text, kd_buf_view(&out)));
			assert_string_equal(kd_source_kind(s), p->name);
			snprintf(want, sizeof(want),
				 "the %s data ends too early after %zu unpacked bytes", p->name,
				 out.n);
			assert_non_null(kd_source_diag(s));
			assert_string_equal(kd_source_diag(s), want);
			assert_true(out.n >= most);
			most = out.n;
			kd_free(exact);
		}
		assert_true(most > 0);
	}
}

/* The good part of a long file is given although its end is missing. */
static void cut_long(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8 << 20), z = KD_BUF_INIT(16 << 20);
	struct kd_view text = sample(&b, 60000);

	(void)state;
	assert_true(text.n > (2 << 20));
	for (const struct packer *p = packers; p->name; p++) {
		kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(16 << 20);
		kd_auto(kd_source_closep) struct kd_source *s = NULL;

		kd_buf_clear(&z);
		p->pack(&z, text);
		s = from(kd_view_head(kd_buf_view(&z), z.n / 10 * 9));
		slurp(s, 65536, &out);
		assert_true(kd_view_starts(text, kd_buf_view(&out)));
		assert_true(out.n > text.n / 10 * 8);
		assert_non_null(kd_source_diag(s));
	}
}

/* Whole blocks before the damage are given, and the same bytes however they are read. Where
 * in the damaged block it ends may depend on that. */
static void damaged_long(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8 << 20), z = KD_BUF_INIT(16 << 20);
	struct kd_view text = sample(&b, 30000);

	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		size_t at;

		kd_buf_clear(&z);
		p->pack(&z, text);
		for (at = z.n / 4 * 3; at < z.n; at += z.n / 17) {
			kd_auto(kd_buf_deinit) struct kd_buf x = KD_BUF_INIT(8 << 20),
							     y = KD_BUF_INIT(8 << 20);
			kd_auto(kd_source_closep) struct kd_source *s = NULL, *t = NULL;

			z.p[at] ^= 0x40;
			s = from(kd_buf_view(&z));
			t = from(kd_buf_view(&z));
			slurp(s, 1 << 20, &x);
			slurp(t, 1009, &y);
			z.p[at] ^= 0x40;
			assert_memory_equal(x.p, y.p, x.n < y.n ? x.n : y.n);
			assert_true(x.n > text.n / 2);
			assert_memory_equal(x.p, text.p, text.n / 2);
			if (!kd_source_diag(s)) /* nothing in it that could notice */
				assert_string_equal(p->name, "lzma");
		}
	}
}

static void damaged(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20), z = KD_BUF_INIT(1 << 20);
	struct kd_view text = sample(&b, 60);

	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		size_t told = 0;

		kd_buf_clear(&z);
		p->pack(&z, text);
		for (size_t i = KD_CODEC_PROBE_BYTES; i < z.n; i++) {
			kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(1 << 20);
			kd_auto(kd_source_closep) struct kd_source *s = NULL;

			z.p[i] ^= 0x10;
			s = from(kd_buf_view(&z));
			slurp(s, 65536, &out);
			told += kd_source_diag(s) != NULL;
			z.p[i] ^= 0x10;
		}
		/* .lzma has no checksum; a few bits elsewhere (a time, a name) mean nothing */
		if (strcmp(p->name, "lzma"))
			assert_true(told + 12 >= z.n - KD_CODEC_PROBE_BYTES);
		assert_true(told > 0);
	}
}

static void nested(void **state)
{
	(void)state;
	for (const struct packer *p = packers; p->name; p++)
		for (const struct packer *q = packers; q->name; q++) {
			kd_auto(kd_buf_deinit) struct kd_buf a = KD_BUF_INIT(1 << 20),
							     b = KD_BUF_INIT(1 << 20),
							     c = KD_BUF_INIT(1 << 20);

			p->pack(&a, KD_V("inside\n"));
			q->pack(&b, kd_buf_view(&a));
			expect(kd_buf_view(&b), KD_V("inside\n"), q->name, NULL);
			q->pack(&c, kd_buf_view(&b)); /* the third level stays packed */
			expect(kd_buf_view(&c), kd_buf_view(&a), q->name, NULL);
		}
}

/* 128 MiB of zeros in 128 members: nothing of it is kept. */
static void bomb(void **state)
{
	static char zeros[1 << 20];
	struct rusage before, after;

	(void)state;
	for (const struct packer *p = packers; p->name; p++) {
		kd_auto(kd_buf_deinit) struct kd_buf z = KD_BUF_INIT(64 << 20);
		kd_auto(kd_source_closep) struct kd_source *s = NULL;
		static char chunk[65536];
		uint64_t total = 0;
		size_t n;

		if (!strcmp(p->name, "lzma"))
			continue;
		for (unsigned i = 0; i < 128; i++)
			p->pack(&z, kd_view(zeros, sizeof(zeros)));
		getrusage(RUSAGE_SELF, &before);
		s = from(kd_buf_view(&z));
		do {
			assert_ok(kd_source_read(s, chunk, sizeof(chunk), &n));
			total += n;
		} while (n);
		getrusage(RUSAGE_SELF, &after);
		assert_null(kd_source_diag(s));
		assert_int_equal(total, (uint64_t)128 << 20);
		/* the largest decoder takes 4 MiB here; the sanitizers' quarantine comes on top */
		assert_true(after.ru_maxrss - before.ru_maxrss < 64 << 10);
	}
}

#ifndef KD_NO_XZ
static void decoder_memory(void **state)
{
	struct kd_source_opts o = {.decoder_memory = 1 << 20};
	kd_auto(kd_buf_deinit) struct kd_buf z = KD_BUF_INIT(1 << 20);
	char path[] = "/tmp/kdoc-test-XXXXXX";
	struct kd_source *s = NULL;
	int fd = mkstemp(path);

	(void)state;
	for (const struct packer *p = packers; p->name; p++)
		if (!strcmp(p->name, "xz")) /* preset 6: a dictionary of 8 MiB */
			p->pack(&z, KD_V("some text that is packed"));
	assert_int_equal(write(fd, z.p, z.n), z.n);
	assert_error(kd_source_open_with(path, &o, &s), KD_LIMIT, "more than the 1 MiB");
	o.decoder_memory = 10 << 20;
	assert_ok(kd_source_open_with(path, &o, &s));
	kd_source_close(s);
	close(fd);
	unlink(path);
}
#endif

static void files(void **state)
{
	char dir[] = "/tmp/kdoc-test-XXXXXX", path[64];
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	struct kd_source *s = NULL;
	struct kd_source_opts o = {.fifo_wait_ms = 60};
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_error(kd_source_open(dir, &s), KD_INVALID, "is a directory");
	snprintf(path, sizeof(path), "%s/none", dir);
	assert_error(kd_source_open(path, &s), KD_NOTFOUND, "/none");
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_error(kd_source_open_with(path, &o, &s), KD_TIMEOUT, "is a FIFO");
	unlink(path);
	snprintf(path, sizeof(path), "%s/sock", dir);
	memcpy(addr.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_error(kd_source_open(path, &s), KD_INVALID, "socket");
	close(fd);
	unlink(path);
	snprintf(path, sizeof(path), "%s/log", dir);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(write(fd, "hello\n", 6), 6);
	close(fd);
	assert_ok(kd_source_open(path, &s));
	assert_string_equal(kd_source_name(s), path);
	assert_int_equal(kd_source_packed_total(s), 6);
	{
		kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(100);

		slurp(s, 4, &out);
		assert_view(kd_buf_view(&out), "hello\n");
		assert_int_equal(kd_source_packed_done(s), 6);
	}
	kd_source_close(s);
	unlink(path);
	rmdir(dir);
	kd_source_close(NULL);
	assert_ok(kd_source_open("/dev/null", &s));
	kd_source_close(s);
}

static void *slow_writer(void *path)
{
	int fd = open(path, O_WRONLY);

	if (fd >= 0 && write(fd, "first ", 6) == 6) {
		usleep(150000);
		if (write(fd, "second", 6) == 6)
			close(fd);
	}
	return NULL;
}

static void fifo(void **state)
{
	char dir[] = "/tmp/kdoc-test-XXXXXX", path[64];
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(100);
	struct kd_source *s = NULL;
	pthread_t t;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pthread_create(&t, NULL, slow_writer, path), 0);
	assert_ok(kd_source_open(path, &s));
	slurp(s, 16, &out);
	assert_view(kd_buf_view(&out), "first second");
	pthread_join(t, NULL);
	kd_source_close(s);
	unlink(path);
	rmdir(dir);
}

static void pipes(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(100);
	struct kd_source *s = NULL;
	char path[32];
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "through a pipe", 14), 14);
	close(p[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", p[0]);
	assert_ok(kd_source_open(path, &s)); /* as in kdoc <(…) */
	slurp(s, 5, &out);
	assert_view(kd_buf_view(&out), "through a pipe");
	kd_source_close(s);
	assert_ok(kd_source_from_fd(p[0], "pipe", NULL, &s));
	kd_source_close(s);
	assert_int_equal(fcntl(p[0], F_GETFD), -1); /* it was closed */
	assert_error(kd_source_from_fd(open("/tmp", O_RDONLY), "dir", NULL, &s), KD_INVALID,
		     "a directory");
}

/* A stream that stays open: what is there is seen. (Without that this test would wait for ever.) */
static void live(void **state)
{
	static const char line[] = "a line of a log that goes on\n";
	char room[2 * sizeof(line)];
	struct kd_source *s = NULL;
	struct kd_view v;
	bool ready;
	size_t n;
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], line, sizeof(line) - 1), sizeof(line) - 1);
	assert_ok(kd_source_from_fd(p[0], "pipe", NULL, &s));
	assert_ok(kd_source_peek_live(s, 1, &v));
	assert_view(v, line);
	assert_ok(kd_source_ready(s, 0, &ready));
	assert_true(ready); /* it was only looked at */
	assert_ok(kd_source_read(s, room, sizeof(room), &n));
	assert_int_equal(n, sizeof(line) - 1);
	assert_ok(kd_source_ready(s, 0, &ready));
	assert_false(ready);
	assert_int_equal(write(p[1], line, sizeof(line) - 1), sizeof(line) - 1);
	assert_ok(kd_source_ready(s, 0, &ready));
	assert_true(ready);
	assert_int_equal(write(p[1], "more", 4), 4);
	assert_ok(kd_source_peek_live(s, sizeof(line), &v));
	assert_int_equal(v.n, sizeof(line) + 3);
	close(p[1]);
	assert_ok(kd_source_peek_live(s, 1000, &v)); /* the end */
	assert_int_equal(v.n, sizeof(line) + 3);
	assert_ok(kd_source_ready(s, 0, &ready));
	assert_true(ready);
	kd_source_close(s);
	assert_ok(kd_source_from_memory(KD_V("all of it"), "memory", &s));
	assert_ok(kd_source_peek_live(s, 1, &v));
	assert_view(v, "all of it");
	assert_ok(kd_source_ready(s, 0, &ready));
	assert_true(ready);
	kd_source_close(s);
}

static void cancelled(void **state)
{
	volatile sig_atomic_t stop = 1;
	struct kd_source_opts o = {.cancel = &stop, .fifo_wait_ms = 5000};
	char dir[] = "/tmp/kdoc-test-XXXXXX", path[64];
	struct kd_source *s = NULL;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_error(kd_source_open_with(path, &o, &s), KD_CANCELLED, "was stopped");
	unlink(path);
	rmdir(dir);
}

static void missing_codec(void **state)
{
	struct kd_view magic[] = {
		KD_V("\x1f\x8b\x08\0\0\0\0\0\0\0\0\0\0\0\0\0"),
		KD_V("\xfd\x37zXZ\0\0\0\0\0\0\0\0\0\0\0"),
		KD_V("\x28\xb5\x2f\xfd\0\0\0\0\0\0\0\0\0\0\0\0"),
		KD_V("BZh9\x31\x41\x59\x26\x53\x59\0\0\0\0\0\0"),
		KD_V("\x04\x22\x4d\x18\x64\x40\0\0\0\0\0\0\0\0\0\0"),
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(magic); i++) {
		const struct kd_codec_ops *ops = kd_codec_find(magic[i]);
		struct kd_source *s = NULL;
		struct kd_error *err = kd_source_from_memory(magic[i], "x", &s);

		assert_non_null(ops);
		if (ops->open)
			assert_ok(err);
		else
			assert_error(err, KD_UNSUPPORTED, "; this build has no ");
		kd_source_close(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain),          cmocka_unit_test(peeking),
		cmocka_unit_test(members),        cmocka_unit_test(other_members),
		cmocka_unit_test(garbage_behind), cmocka_unit_test(cut),
		cmocka_unit_test(cut_long),       cmocka_unit_test(damaged),
		cmocka_unit_test(damaged_long),   cmocka_unit_test(nested),
		cmocka_unit_test(bomb),           cmocka_unit_test(files),
		cmocka_unit_test(fifo),           cmocka_unit_test(pipes),
		cmocka_unit_test(live),
		cmocka_unit_test(cancelled),      cmocka_unit_test(missing_codec),
#ifndef KD_NO_XZ
		cmocka_unit_test(decoder_memory),
#endif
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
