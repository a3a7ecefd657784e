// SPDX-License-Identifier: GPL-2.0-or-later
/* Page tables of each architecture; what is refused when the dump says too little or contradicts itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/space.h"
#include "machine.h"

static struct kd_error *open_machine(const struct machine *m, struct kd_buf *dump, struct kd_pages **p,
				     struct kd_space **s)
{
	machine_elf(m, dump);
	assert_null(kd_pages_of_bytes(kd_bytes_of_view(kd_buf_view(dump), "dump"), p));
	return kd_space_new(*p, s);
}

static void tables(void **state)
{
	static const struct {
		const struct machine_kind *kind;
		uint64_t at;
	} cases[] = {{&machine_x86, 0xffff888012345000},       {&machine_x86, 0xffffc90000000000},
		     {&machine_x86_5, 0xff11000012345000},     {&machine_arm64_4k, 0xffff000012345000},
		     {&machine_arm64_64k, 0xfff0000012340000}, {&machine_arm64_4k_39, 0xffffff8012345000},
		     {&machine_arm64_4k_52, 0xfff0000012345000}, {&machine_arm64_16k, 0xffff800012344000},
		     {&machine_arm64_64k_42, 0xfffffc0012340000}, {&machine_arm64_64k_52_on_48, 0xffff000012340000}};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf dump = KD_BUF_INIT(0);
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		kd_auto(kd_space_freep) struct kd_space *s = NULL;
		uint64_t two[2], v, at = cases[i].at, paddr;
		struct kd_space_miss miss;
		struct machine m;

		machine_init(&m, cases[i].kind);
		two[1] = machine_page(&m);
		two[0] = machine_page(&m);
		machine_map(&m, at, two[0]);
		machine_map(&m, at + m.page, two[1]); /* not one behind the other in physical memory */
		memcpy(machine_at(&m, two[0]) + m.page - 4, "\1\2\3\4", 4);
		memcpy(machine_at(&m, two[1]), "\5\6\7\10", 4);
		assert_null(open_machine(&m, &dump, &p, &s));
		assert_true(kd_space_uint(s, at + m.page - 4, 8, &v, &miss));
		assert_int_equal(v, 0x0807060504030201);
		assert_true(kd_space_translate(s, at + m.page + 5, &paddr, NULL));
		assert_int_equal(paddr, two[1] + 5);
		assert_false(kd_space_uint(s, at + 2 * m.page - 4, 8, &v, &miss));
		assert_int_equal(miss.addr, at + 2 * m.page);
		assert_string_equal(kd_space_why(&miss), "it is not mapped");
		assert_false(kd_space_uint(s, 0x400000, 8, &v, &miss)); /* user space is not the kernel's */
		assert_false(kd_space_uint(s, 0x8000000000000000, 8, &v, &miss));
		if (cases[i].kind->machine == machine_arm64_4k.machine) { /* a tag in the top byte */
			assert_true(kd_space_uint(s, (at + m.page - 4) & 0xf5ffffffffffffff, 4, &v, &miss));
			assert_int_equal(v, 0x04030201);
		}
		machine_deinit(&m);
	}
}

static void put_entry(struct machine *m, uint64_t table, size_t i, uint64_t value)
{
	put_le(machine_at(m, table) + i * 8, value, 8);
}

/* Two MiB and one GiB at once. */
static void large_pages(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf dump = KD_BUF_INIT(0);
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	kd_auto(kd_space_freep) struct kd_space *s = NULL;
	struct machine m;
	uint64_t pud, pmd, paddr;

	(void)state;
	machine_init(&m, &machine_x86);
	pud = machine_page(&m);
	pmd = machine_page(&m);
	put_entry(&m, m.root, 0x111, pud | 0x63); /* 0xffff888000000000 */
	put_entry(&m, pud, 0, 0xe3 | (uint64_t)3 << 30 | (uint64_t)1 << 12); /* bit 12: PAT of a large page */
	put_entry(&m, pud, 1, pmd | 0x63);
	put_entry(&m, pmd, 5, 0xe3 | (uint64_t)7 << 21);
	assert_null(open_machine(&m, &dump, &p, &s));
	assert_true(kd_space_translate(s, 0xffff888001234567, &paddr, NULL));
	assert_int_equal(paddr, ((uint64_t)3 << 30) + 0x1234567);
	assert_true(kd_space_translate(s, 0xffff888040000000 + 5 * ((uint64_t)2 << 20) + 0x1fffff, &paddr, NULL));
	assert_int_equal(paddr, ((uint64_t)7 << 21) + 0x1fffff);
	machine_deinit(&m);
}

/* A table that is left out of the dump, memory that is: both say so. */
static void filtered(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf dump = KD_BUF_INIT(0);
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	kd_auto(kd_space_freep) struct kd_space *s = NULL;
	const uint64_t last = MACHINE_PADDR + (MACHINE_PAGES - 1) * 4096;
	struct kd_space_miss miss;
	struct machine m;
	uint64_t v;

	(void)state;
	machine_init(&m, &machine_x86);
	machine_map(&m, 0xffff888000000000, last);
	put_entry(&m, m.root, 0x122, last | 0x63);
	m.left_out[MACHINE_PAGES - 1] = true;
	assert_null(open_machine(&m, &dump, &p, &s));
	assert_false(kd_space_uint(s, 0xffff888000000010, 8, &v, &miss));
	assert_true(miss.mapped && miss.paddr == last + 16);
	assert_string_equal(kd_space_why(&miss), "the dump left it out, or it was a page of zeros");
	assert_false(kd_space_uint(s, 0xffff910000000000, 8, &v, &miss));
	assert_string_equal(kd_space_why(&miss), "its page table was left out of the dump, or was a page of zeros");
	machine_deinit(&m);
}

static void refused(void **state)
{
	static const struct {
		const char *from, *to; /* of VMCOREINFO; from NULL: none at all */
		enum kd_errclass cls;
		const char *words;
	} cases[] = {
		{NULL, NULL, KD_NOTFOUND, "no VMCOREINFO"},
		{"SYMBOL(swapper_pg_dir)", "SYMBOL(xwapper_pg_dir)", KD_NOTFOUND, "swapper_pg_dir"},
		{"NUMBER(phys_base)", "NUMBER(xhys_base)", KD_NOTFOUND, "phys_base"},
		{"NUMBER(phys_base)=", "NUMBER(phys_base)=9", KD_BADDATA, "cannot be read"},
		{"OSRELEASE=6.1.0-test", "OSRELEASE=6.1.0-tesx", KD_BADDATA, "not its release"},
		{"OSRELEASE=6.1.0-test", "OSRELEASE=6.1.0", KD_BADDATA, "not its release"},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		kd_auto(kd_buf_deinit) struct kd_buf dump = KD_BUF_INIT(0);
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		struct kd_space *s = NULL;
		struct kd_error *err;
		struct machine m;
		struct kd_buf old;
		struct kd_view v;
		size_t at;

		machine_init(&m, &machine_x86);
		old = m.info;
		m.info = KD_BUF_INIT(64 << 10);
		v = kd_buf_view(&old);
		if (cases[i].from) {
			at = kd_view_find(v, kd_view_of(cases[i].from));
			assert_true(at != KD_NPOS);
			kd_buf_add(&m.info, kd_view_head(v, at));
			kd_buf_add(&m.info, kd_view_of(cases[i].to));
			kd_buf_add(&m.info, kd_view_from(v, at + strlen(cases[i].from)));
		}
		err = open_machine(&m, &dump, &p, &s);
		assert_non_null(err);
		assert_int_equal(err->cls, cases[i].cls);
		if (!strstr(err->msg, cases[i].words))
			fail_msg("'%s' lacks '%s'", err->msg, cases[i].words);
		kd_error_free(err);
		kd_buf_deinit(&old);
		machine_deinit(&m);
	}
}

/* Before 5.11 VMCOREINFO does not say where in uts_namespace the names are: behind a counter. */
static void old_uts_namespace(void **state)
{
	const uint64_t image = machine_x86.image;

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		static const unsigned where[] = {0, 4, 8, 12};
		kd_auto(kd_buf_deinit) struct kd_buf dump = KD_BUF_INIT(0);
		kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
		kd_auto(kd_space_freep) struct kd_space *s = NULL;
		struct kd_error *err;
		struct machine m;
		size_t at;

		machine_init(&m, &machine_x86);
		at = kd_view_find(kd_buf_view(&m.info), KD_V("OFFSET(uts_namespace.name)"));
		assert_true(at != KD_NPOS);
		m.info.p[at] = 'X';
		memset(machine_virt(&m, image + m.page), 0, m.page);
		memcpy(machine_virt(&m, image + m.page + where[i] + 130), "6.1.0-test", 10);
		err = open_machine(&m, &dump, &p, &s);
		if (!err != (where[i] <= 8))
			fail_msg("%u: %s", where[i], err ? err->msg : "it was taken");
		kd_error_free(err);
		machine_deinit(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables),
		cmocka_unit_test(large_pages),
		cmocka_unit_test(filtered),
		cmocka_unit_test(refused),
		cmocka_unit_test(old_uts_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
