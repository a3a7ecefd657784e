// SPDX-License-Identifier: GPL-2.0-or-later
/* UNIX sockets with those that have them open; disks and requests of kernels before 5.11. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/block.h"
#include "core/unixsock.h"
#include "fakesocks.h"

static void opened(struct fake *f)
{
	struct kd_error *err = fake_open(f);

	if (err)
		fail_msg("%s", err->msg);
}

struct seen {
	struct kd_kernel *k;
	struct kd_unix u[8];
	struct kd_bdev b[4];
	struct kd_request r[4];
	size_t n;
};

static bool see_unix(void *user, uint64_t index, uint64_t sock)
{
	struct seen *x = user;

	assert_int_equal(index, x->n);
	assert_true(x->n < KD_ARRAY_LEN(x->u));
	assert_true(kd_unix_read(x->k, sock, &x->u[x->n++]));
	return true;
}

static void sockets(void **state)
{
	struct seen x = {.n = 0};
	struct kd_sockowners o;
	struct kd_walk_end end;
	struct kd_unix u;
	struct fake f;
	size_t n;

	(void)state;
	fakesocks_init(&f);
	opened(&f);
	x.k = f.kernel;
	kd_unix_walk(f.kernel, see_unix, &x, &end);
	assert_string_equal(end.why, "");
	assert_int_equal(x.n, 5);
	assert_string_equal(x.u[0].path, "/run/x");
	assert_int_equal(x.u[0].state.v, 10);
	assert_int_equal(x.u[0].queued.v, 2);
	assert_int_equal(x.u[0].inode.v, 700);
	assert_int_equal(x.u[1].peer.v, FAKESOCKS_SOCK(2));
	assert_string_equal(x.u[1].path, "");
	assert_string_equal(x.u[3].path, "@a");
	assert_int_equal(x.u[3].type.v, 2);
	assert_string_equal(x.u[4].inode.why, "no process holds it");
	assert_false(kd_unix_read(f.kernel, fake_task(1), &u));
	kd_sockowners_read(f.kernel, &o);
	assert_string_equal(o.why, "");
	assert_int_equal(o.n, 2);
	assert_int_equal(kd_sockowners_of(&o, FAKESOCKS_SOCK(1), &n)->fd, 4);
	assert_int_equal(n, 1);
	assert_int_equal(kd_sockowners_of(&o, FAKESOCKS_SOCK(0), &n)->pid, 101);
	assert_null(kd_sockowners_of(&o, FAKESOCKS_SOCK(2), &n));
	kd_sockowners_deinit(&o);
	fake_deinit(&f);
}

static void broken(void **state)
{
	struct seen x = {.n = 0};
	struct kd_walk_end end;
	struct fake f;

	(void)state;
	fakesocks_init(&f);
	fake_put(&f, FAKESOCKS_SOCK(3) + 24, FAKESOCKS_TABLE, 8); /* its pprev is another chain's */
	opened(&f);
	x.k = f.kernel;
	kd_unix_walk(f.kernel, see_unix, &x, &end);
	assert_non_null(strstr(end.why, "whose pprev is"));
	assert_int_equal(x.n, 4);
	fake_deinit(&f);
	fake_init(&f, &fake_61);
	opened(&f);
	kd_unix_walk(f.kernel, see_unix, &x, &end);
	assert_non_null(strstr(end.why, "not known"));
	fake_deinit(&f);
}

static bool see_disk(void *user, uint64_t index, uint64_t bdev)
{
	struct seen *x = user;

	(void)index;
	assert_true(x->n < KD_ARRAY_LEN(x->b));
	assert_true(kd_bdev_read(x->k, bdev, &x->b[x->n++]));
	return true;
}

static bool see_request(void *user, const struct kd_request *r)
{
	struct seen *x = user;

	assert_true(x->n < KD_ARRAY_LEN(x->r));
	x->r[x->n++] = *r;
	return true;
}

static void disks(void **state)
{
	struct seen x = {.n = 0};
	struct kd_walk_end end;
	uint64_t taken, all;
	struct fake f;

	(void)state;
	fakesocks_init(&f);
	opened(&f);
	x.k = f.kernel;
	kd_bdevs_walk(f.kernel, see_disk, &x, &end);
	assert_string_equal(end.why, "");
	assert_int_equal(x.n, 2);
	assert_string_equal(x.b[0].name, "fda");
	assert_false(x.b[0].partition);
	assert_int_equal(x.b[0].disk, FAKESOCKS_DISK);
	assert_int_equal(x.b[0].queue, FAKESOCKS_QUEUE);
	assert_string_equal(x.b[1].name, "fda1");
	assert_true(x.b[1].partition);
	assert_int_equal(x.b[1].disk, FAKESOCKS_DISK);
	assert_int_equal(x.b[1].major, 8);
	assert_int_equal(x.b[1].minor, 1);
	assert_int_equal(x.b[1].sectors, 1001);
	x.n = 0;
	kd_requests_walk(f.kernel, FAKESOCKS_QUEUE, see_request, &x, &end);
	assert_string_equal(end.why, "");
	assert_int_equal(x.n, 1);
	assert_int_equal(x.r[0].tag, 1);
	assert_true(kd_view_eq(x.r[0].op, KD_V("WRITE")));
	assert_true(kd_hctx_tags(f.kernel, FAKESOCKS_QUEUE + 0x20, &taken, &all));
	assert_int_equal(taken, 1);
	assert_int_equal(all, 2);
	fake_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(sockets), cmocka_unit_test(broken), cmocka_unit_test(disks)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
