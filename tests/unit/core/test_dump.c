// SPDX-License-Identifier: GPL-2.0-or-later
/* An opened dump whose types turn out to be damaged while an answer is put together: kd_dump_again(). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/dump.h"
#include "fake.h"

enum { FILLERS = 520 /* types are walked in steps of 512 */, RECORD = 24, HDR_LEN = 4, TYPE_OFF = 8, TYPE_LEN = 12, BAD_KIND = 31 }; /* include/uapi/linux/btf.h */

struct made {
	struct fake f;
	struct kd_ctx ctx;
	char path[64];
	struct kd_dump *d;
	bool damaged;
};

/* The last type of the kernel: nobody comes to it who does not ask for what is not before it. */
static void late_type(struct fake *f, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	uint32_t last = u32;

	(void)f;
	(void)ptr;
	(void)listhead;
	for (unsigned i = 0; i < FILLERS; i++)
		last = kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, last);
	kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("late"), 16);
	kd_btfw_member(w, KD_V("word"), ulong, 64, 0);
}

static uint32_t get32(struct fake *f, uint64_t at)
{
	const unsigned char *p = machine_virt(&f->m, at);

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void damage(struct fake *f)
{
	const struct made *m = f->user;
	const uint64_t btf = fake_symbol(f, "__start_BTF");
	const uint64_t end = btf + get32(f, btf + HDR_LEN) + get32(f, btf + TYPE_OFF) + get32(f, btf + TYPE_LEN);

	if (m->damaged)
		fake_put(f, end - RECORD + 4, (uint64_t)BAD_KIND << 24, 4);
}

static void open_made(struct made *m)
{
	static const struct fake_more more = {.types = late_type, .memory = damage};
	FILE *out;
	int fd;

	fake_init_more(&m->f, &fake_61, &more, m);
	machine_kdump(&m->f.m, 0, 0, 0, &m->f.dump);
	snprintf(m->path, sizeof(m->path), "/tmp/kdoc-dump-XXXXXX");
	fd = mkstemp(m->path);
	assert_true(fd >= 0);
	out = fdopen(fd, "wb");
	assert_non_null(out);
	assert_int_equal(fwrite(m->f.dump.p, 1, m->f.dump.n, out), m->f.dump.n);
	assert_int_equal(fclose(out), 0);
	kd_ctx_init(&m->ctx);
	assert_null(kd_dump_open(&m->ctx, m->path, &(struct kd_dump_options){.ndebug = 0}, &m->d));
}

static void close_made(struct made *m)
{
	kd_dump_close(m->d);
	kd_ctx_deinit(&m->ctx);
	assert_int_equal(unlink(m->path), 0);
	fake_deinit(&m->f);
}

static void whole(void **state)
{
	struct made m = {.damaged = false};
	struct kd_field f;

	(void)state;
	open_made(&m);
	assert_false(kd_dump_again(m.d)); /* nothing was asked yet */
	assert_null(kd_dump_need_types(m.d));
	assert_true(kd_kernel_field(kd_dump_kernel(m.d), "late", "word", &f));
	assert_int_equal(f.off, 8);
	assert_false(kd_kernel_field(kd_dump_kernel(m.d), "no_such_struct", "word", &f));
	assert_false(kd_dump_again(m.d));
	assert_non_null(kd_dump_types(m.d));
	close_made(&m);
}

/* A member that is not found because the table is damaged, taken for one that the kernel does not have: that answer is thrown away. */
static void damaged(void **state)
{
	struct made m = {.damaged = true};
	const struct kd_modules *mods;
	struct kd_unwinder *u;
	struct kd_field f;
	struct kd_error *err;
	uint64_t addr;

	(void)state;
	open_made(&m);
	assert_null(kd_dump_need_types(m.d)); /* what is damaged was not read yet */
	assert_true(kd_kernel_field(kd_dump_kernel(m.d), "list_head", "prev", &f));
	assert_int_equal(f.off, 8);
	assert_false(kd_dump_again(m.d));
	assert_null(kd_dump_unwinder(m.d, &u));
	mods = kd_dump_modules(m.d);
	assert_false(kd_kernel_field(kd_dump_kernel(m.d), "late", "word", &f));
	assert_true(kd_dump_again(m.d)); /* once */
	assert_false(kd_dump_again(m.d));
	/* the second time what needs types is refused, with the reason, also what the first had */
	err = kd_dump_need_types(m.d);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_NOTFOUND);
	assert_non_null(strstr(err->msg, "the layout of structures is not known"));
	kd_error_free(err);
	assert_null(kd_dump_types(m.d));
	assert_false(kd_kernel_field(kd_dump_kernel(m.d), "list_head", "prev", &f));
	/* what was concluded from them is gone: modules are not known any more, and why is said */
	mods = kd_dump_modules(m.d);
	assert_int_equal(mods->n, 0);
	assert_non_null(mods->why);
	/* names need no types */
	assert_null(kd_dump_need_kernel(m.d));
	assert_true(kd_kernel_symbol(kd_dump_kernel(m.d), "vfs_write", &addr));
	assert_int_equal(addr, fake_symbol(&m.f, "vfs_write"));
	close_made(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(whole), cmocka_unit_test(damaged)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
