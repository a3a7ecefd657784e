// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "report/errnos.h"
#include "report/poison.h"
#include "report/regval.h"

struct row {
	uint64_t v;
	enum kd_valclass cls;
	const char *note; /* part of it, or NULL */
};

static const struct kd_val_where x86 = {.arch = KD_ARCH_X86_64};

static void check(const struct kd_val_where *w, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct kd_val val;

		kd_val_class(w, rows[i].v, &val);
		if (val.cls != rows[i].cls)
			print_message("%#llx: %s\n", (unsigned long long)rows[i].v,
				      kd_valclass_name((enum kd_valclass)val.cls));
		assert_int_equal(val.cls, rows[i].cls);
		if (rows[i].note) {
			assert_non_null(val.note);
			assert_non_null(strstr(val.note, rows[i].note));
		}
	}
}

#define CHECK(w, rows) check(w, rows, KD_ARRAY_LEN(rows))

static void x86_without_anchors(void **state)
{
	static const struct row rows[] = {
		{0, KD_VAL_NULL, NULL},
		{1, KD_VAL_SMALL, NULL},
		{0xfff, KD_VAL_SMALL, NULL},
		{0x1000, KD_VAL_PLAIN, NULL},
		{0xfffffffffffffff4, KD_VAL_ERRPTR, "-ENOMEM"},
		{0xffffffffffffffff, KD_VAL_ERRPTR, "-EPERM"},
		{0xfffffffffffffe00, KD_VAL_ERRPTR, "-ERESTARTSYS"},
		{0xfffffffffffff001, KD_VAL_ERRPTR, NULL},
		{0xfffffff4, KD_VAL_PLAIN, "-ENOMEM"},
		{0x00007fd99f75dda8, KD_VAL_USER, NULL},
		{0xffffffff81000000, KD_VAL_TEXT, NULL},
		{0xffffffffc0a00000, KD_VAL_MODULE, NULL},
		{0xffffffffa0123456, KD_VAL_KERNEL, "image or modules"},
		{0xffff888012345678, KD_VAL_DIRECT, "if it was not moved"},
		{0xffffc90000123e58, KD_VAL_VMALLOC, NULL},
		{0xffffea0000123e40, KD_VAL_VMEMMAP, NULL},
		/* With a moved layout this is vmalloc or direct map: text cannot tell. */
		{0xffffb5ed80123e58, KD_VAL_KERNEL, NULL},
		{0xfffffe0000001000, KD_VAL_PERCPU, NULL},
		{0xffffffffff5fb000, KD_VAL_FIXMAP, NULL},
		{0x8000000000000000, KD_VAL_NONCANON, NULL},
		{0x0012345678abcdef, KD_VAL_NONCANON, NULL},
		{0xdffffc0000000000, KD_VAL_KASAN_SHADOW, NULL},
		{0xff11000012345678, KD_VAL_DIRECT, NULL},
	};
	(void)state;

	CHECK(&x86, rows);
}

static void x86_anchors(void **state)
{
	/* A moved layout: direct map at ffff9e4d…, vmalloc at ffffb5ed…. */
	struct kd_val_where w = {.arch = KD_ARCH_X86_64,
				 .has_sp = true,
				 .sp = 0xffffb5ed80123e58,
				 .has_percpu = true,
				 .percpu = 0xffff9e4d3fc00000};
	static const struct row moved[] = {
		{0xffff9e4c01234560, KD_VAL_DIRECT, "per-CPU"},
		{0xffffb5ed80124000, KD_VAL_VMALLOC, "stack pointer"},
		{0xffffc90000123e58, KD_VAL_KERNEL, NULL},
		{0xffff888012345678, KD_VAL_KERNEL, NULL},
	};
	static const struct row kasan[] = {
		{0xffff888112345678, KD_VAL_DIRECT, NULL},
		{0xfffffbfff1234567, KD_VAL_KASAN_SHADOW, NULL},
		{0xffffed1002345678, KD_VAL_KASAN_SHADOW, NULL},
		{0xffffc9000123f000, KD_VAL_VMALLOC, NULL},
	};
	static const struct row five[] = {
		{0xff11000112345678, KD_VAL_DIRECT, NULL},
		{0x0012345678abcdef, KD_VAL_USER, NULL},
		{0x0112345678abcdef, KD_VAL_NONCANON, NULL},
	};
	struct kd_val val;
	(void)state;

	CHECK(&w, moved);
	kd_val_class(&w, 0xffff9e4c01234560, &val);
	assert_true(val.likely);
	w = (struct kd_val_where){
		.arch = KD_ARCH_X86_64, .has_shadow = true, .shadow = 0xdffffc0000000000};
	CHECK(&w, kasan);
	w = (struct kd_val_where){.arch = KD_ARCH_X86_64, .has_sp = true, .sp = 0xffa0000000123e58};
	assert_int_equal(kd_val_va_bits(&w), 57);
	CHECK(&w, five);
	w = (struct kd_val_where){.arch = KD_ARCH_X86_64, .has_kaslr = true, .kaslr = 0x2a000000};
	kd_val_class(&w, 0xffffffffab123456, &val);
	assert_int_equal(val.cls, KD_VAL_TEXT);
}

static void poisons(void **state)
{
	static const struct row rows[] = {
		{0xdead000000000100, KD_VAL_POISON, "LIST_POISON1"},
		{0xdead000000000122, KD_VAL_POISON, "LIST_POISON2"},
		{0xdead000000000108, KD_VAL_POISON, "LIST_POISON1"},
		{0xdead000000000200, KD_VAL_POISON, "older kernels"},
		{0x6b6b6b6b6b6b6b6b, KD_VAL_POISON, "POISON_FREE"},
		{0x6b6b6b6b6b6b6ba3, KD_VAL_POISON, "POISON_FREE"},
		{0x6b6b6b6b, KD_VAL_POISON, "POISON_FREE"},
		{0x5a5a5a5a5a5a5a5a, KD_VAL_POISON, "POISON_INUSE"},
		{0xa56b6b6b6b6b6b6b, KD_VAL_NONCANON, NULL},
		{0xcccccccccccccccc, KD_VAL_POISON, "red zone"},
		{0xaaaaaaaaaaaaaaaa, KD_VAL_POISON, "page_poison"},
		{0xadacafaea9a8abaa, KD_VAL_POISON, "KFENCE"},
		{0xdead4ead, KD_VAL_POISON, "SPINLOCK_MAGIC"},
		{0xffffffffdead4ead, KD_VAL_POISON, "SPINLOCK_MAGIC"},
		{0xbdbdbdbdbdbdbdbd, KD_VAL_POISON, "key"},
		{0xffffffffffff4111, KD_VAL_POISON, "stackleak"},
		{0xdeadbeefdeadbeef, KD_VAL_NONCANON, NULL},
	};
	struct kd_poison_hit hit;
	(void)state;

	CHECK(&x86, rows);
	assert_true(kd_poison_find(0x6b6b6b6b6b6b6b73, KD_ARCH_X86_64, &hit));
	assert_int_equal(hit.offset, 8);
	assert_true(kd_poison_find(0xdead000000000122 + 8, KD_ARCH_X86_64, &hit));
	assert_string_equal(hit.poison->name, "LIST_POISON2");
	assert_int_equal(hit.offset, 8);
	assert_true(kd_poison_find(0xdead000000000100 - 0x18, KD_ARCH_X86_64, &hit));
	assert_int_equal(hit.offset, -0x18);
	/* powerpc has another base; i386 none. */
	assert_true(kd_poison_find(0x5deadbeef0000100, KD_ARCH_PPC64, &hit));
	assert_false(kd_poison_find(0xdead000000000100, KD_ARCH_PPC64, &hit));
	assert_false(kd_poison_find(0x100, KD_ARCH_I386, &hit));
	assert_true(kd_poison_find(0x6b6b6b6f, KD_ARCH_ARM, &hit));
	assert_int_equal(hit.offset, 4);
}

static void shadow_codes(void **state)
{
	uint64_t off;
	(void)state;

	assert_string_equal(kd_kasan_shadow(0xfb, KD_KASAN_GENERIC)->words, "freed slab object");
	assert_string_equal(kd_kasan_shadow(0xf1, KD_KASAN_GENERIC)->name, "KASAN_STACK_LEFT");
	assert_null(kd_kasan_shadow(0x42, KD_KASAN_GENERIC));
	assert_non_null(kd_kasan_shadow(0x42, KD_KASAN_SW_TAGS));
	assert_string_equal(kd_kasan_shadow(0xfe, KD_KASAN_HW_TAGS)->name, "KASAN_TAG_INVALID");
	assert_null(kd_kasan_shadow(0x42, KD_KASAN_HW_TAGS));
	assert_true(kd_kasan_offset(KD_ARCH_X86_64, &off));
	assert_false(kd_kasan_offset(KD_ARCH_ARM64, &off));
	/* Trap 10: 8-byte granules. */
	assert_int_equal(kd_kasan_mem(0xdffffc0000000003, off, KD_KASAN_GENERIC), 0x18);
	assert_true(kd_kasan_mem(0xfffffbfff0000000, off, KD_KASAN_GENERIC) == 0xffffffff80000000);
	assert_string_equal(kd_poison_byte(0x6b)->name, "POISON_FREE");
	assert_null(kd_poison_byte(0x00));
}

static void ascii(void **state)
{
	struct kd_val val;
	char buf[9];
	(void)state;

	kd_val_class(&x86, 0x0067616c665f6f6e, &val); /* "no_flag" */
	assert_int_equal(val.cls, KD_VAL_ASCII);
	assert_string_equal(val.ascii, "no_flag.");
	kd_val_class(&(struct kd_val_where){.arch = KD_ARCH_S390X}, 0x6e6f5f666c616700, &val);
	assert_int_equal(val.cls, KD_VAL_ASCII);
	assert_string_equal(val.ascii, "no_flag.");
	/* Five letters are too few, and a control byte is no text. */
	assert_false(kd_val_ascii(0x0000006c665f6f6e, 8, false, buf));
	assert_false(kd_val_ascii(0x0167616c665f6f6e, 8, false, buf));
	assert_true(kd_val_ascii(0x65746172, 4, false, buf));
	assert_string_equal(buf, "rate");
}

static void arm64(void **state)
{
	struct kd_val_where w = {.arch = KD_ARCH_ARM64,
				 .va_bits = 48,
				 .has_ip = true,
				 .ip = 0xffff80008012a000,
				 .has_sp = true,
				 .sp = 0xffff800083b3bd00};
	static const struct row rows[] = {
		{0xffff0000c0123400, KD_VAL_DIRECT, NULL},
		{0xffff800081234560, KD_VAL_TEXT, NULL},
		{0xffff80008f000000, KD_VAL_VMALLOC, NULL},
		{0xfffffdffc0012340, KD_VAL_VMEMMAP, NULL},
		{0x0000ffff91234560, KD_VAL_USER, NULL},
		{0xf3ff0000c0123400, KD_VAL_TAGGED, NULL},
		{0xffdf80008012a000, KD_VAL_TAGGED, NULL},
		{0xdead000000000122, KD_VAL_POISON, "LIST_POISON2"},
	};
	struct kd_val val;
	(void)state;

	CHECK(&w, rows);
	kd_val_class(&w, 0xf3ff0000c0123400, &val);
	assert_true(val.plain == 0xffff0000c0123400);
	/* A stack below the half: an older layout, so nothing is claimed. */
	w.sp = 0xffff00000b123000;
	w.has_ip = false;
	kd_val_class(&w, 0xffff800081234560, &val);
	assert_int_equal(val.cls, KD_VAL_KERNEL);
}

static void other_architectures(void **state)
{
	static const struct row ppc[] = {{0xc000000001234560, KD_VAL_DIRECT, NULL},
					 {0xc008000001234560, KD_VAL_VMALLOC, NULL},
					 {0xc00c000001234560, KD_VAL_VMEMMAP, NULL}};
	static const struct row arm[] = {{0xc0123456, KD_VAL_KERNEL, NULL},
					 {0xbf000000, KD_VAL_USER, NULL},
					 {0xfffffff4, KD_VAL_ERRPTR, "-ENOMEM"},
					 {0x6b6b6b6b, KD_VAL_POISON, NULL}};
	static const struct row riscv[] = {{0xffffffff80123456, KD_VAL_TEXT, NULL},
					   {0xffffffff01234560, KD_VAL_MODULE, NULL}};
	static const struct row loong[] = {{0x9000000001234560, KD_VAL_DIRECT, NULL}};
	static const struct row mips[] = {{0x80123456, KD_VAL_DIRECT, "KSEG0"},
					  {0xc0123456, KD_VAL_VMALLOC, NULL},
					  {0xfffffff4, KD_VAL_ERRPTR, NULL},
					  {0xffffffff80123456, KD_VAL_DIRECT, NULL}};
	static const struct row s390[] = {{0x0000000012345678, KD_VAL_PLAIN, NULL},
					  {0x000003ffe0123456, KD_VAL_PLAIN, NULL}};
	(void)state;

	CHECK(&(struct kd_val_where){.arch = KD_ARCH_PPC64}, ppc);
	CHECK(&(struct kd_val_where){.arch = KD_ARCH_ARM}, arm);
	CHECK(&(struct kd_val_where){.arch = KD_ARCH_RISCV64}, riscv);
	CHECK(&(struct kd_val_where){.arch = KD_ARCH_LOONGARCH64}, loong);
	CHECK(&(struct kd_val_where){.arch = KD_ARCH_MIPS}, mips);
	CHECK(&(struct kd_val_where){.arch = KD_ARCH_S390X}, s390);
}

static bool has(const struct kd_reading *r, size_t n, enum kd_reading_kind kind)
{
	for (size_t i = 0; i < n; i++)
		if (r[i].kind == kind)
			return true;
	return false;
}

static void readings_of_small(void **state)
{
	struct kd_reading r[KD_READINGS_MAX];
	struct kd_reading_hint h = {.has_base = true, .base = 0};
	size_t n = kd_addr_readings(&x86, NULL, 0x18, r, KD_READINGS_MAX);
	(void)state;

	/* Trap 3: several readings, none decided. */
	assert_true(has(r, n, KD_READ_NULL_FIELD) && has(r, n, KD_READ_NULL_INDEX) &&
		    has(r, n, KD_READ_SMALL_VALUE) && has(r, n, KD_READ_ERRPTR));
	for (size_t i = 0; i < n; i++)
		assert_false(r[i].decided);
	n = kd_addr_readings(&x86, &h, 0x18, r, KD_READINGS_MAX);
	assert_int_equal(n, 1);
	assert_true(r[0].decided);
	assert_int_equal(r[0].kind, KD_READ_NULL_FIELD);
	assert_int_equal(r[0].offset, 0x18);
	/* Base -ENOMEM, field 0x24: address 0x18. */
	h.base = (uint64_t)-12;
	n = kd_addr_readings(&x86, &h, 0x18, r, KD_READINGS_MAX);
	assert_int_equal(r[0].kind, KD_READ_ERRPTR);
	assert_string_equal(r[0].name, "ENOMEM");
	assert_int_equal(r[0].offset, 0x24);
	/* Trap 11 */
	h = (struct kd_reading_hint){.gs_relative = true};
	n = kd_addr_readings(&x86, &h, 0x18, r, KD_READINGS_MAX);
	assert_int_equal(n, 1);
	assert_int_equal(r[0].kind, KD_READ_PERCPU_OFFSET);
}

static void readings_of_others(void **state)
{
	struct kd_reading r[KD_READINGS_MAX];
	struct kd_reading_hint gpf = {.from_gpf = true, .kasan = true};
	size_t n = kd_addr_readings(&x86, NULL, 0xffffffffffffffd8, r, KD_READINGS_MAX);
	(void)state;

	assert_int_equal(r[0].kind, KD_READ_CONTAINER_NULL);
	assert_int_equal(r[0].offset, -0x28);
	assert_true(has(r, n, KD_READ_ERRPTR));
	n = kd_addr_readings(&x86, &gpf, 0xdffffc0000000003, r, KD_READINGS_MAX);
	assert_int_equal(r[0].kind, KD_READ_KASAN_SHADOW);
	assert_int_equal(r[0].base, 0x18);
	/* The shadow of LIST_POISON1. */
	n = kd_addr_readings(&x86, &gpf, 0xfbd59c0000000020, r, KD_READINGS_MAX);
	assert_int_equal(r[0].kind, KD_READ_KASAN_SHADOW);
	assert_true(r[0].base == 0xdead000000000100);
	assert_int_equal(r[0].region, KD_VAL_POISON);
	gpf.kasan = false;
	n = kd_addr_readings(&x86, &gpf, 0xfbd59c0000000020, r, KD_READINGS_MAX);
	assert_false(has(r, n, KD_READ_KASAN_SHADOW));
	assert_true(has(r, n, KD_READ_NONCANON));
	n = kd_addr_readings(&x86, NULL, 0xdead000000000108, r, KD_READINGS_MAX);
	assert_int_equal(r[0].kind, KD_READ_POISON);
	assert_int_equal(r[0].offset, 8);
	n = kd_addr_readings(&x86, NULL, 0x00007f1234567890, r, KD_READINGS_MAX);
	assert_int_equal(n, 1);
	assert_int_equal(r[0].kind, KD_READ_USER);
	n = kd_addr_readings(&x86, NULL, 0x0067616c665f6f6e, r, KD_READINGS_MAX);
	assert_true(has(r, n, KD_READ_ASCII));
	n = kd_addr_readings(&x86, NULL, 0xffff888012345678, r, KD_READINGS_MAX);
	assert_int_equal(r[0].kind, KD_READ_KERNEL);
}

/* Whatever the numbers: some reading, never more than asked for, each with its reason. */
static void readings_never_fail(void **state)
{
	uint64_t x = 88172645463325252u;
	(void)state;

	for (unsigned i = 0; i < 200000; i++) {
		struct kd_reading r[3];
		struct kd_val_where w = {.arch = (uint8_t)(i % KD_ARCH_N), .va_bits = 0};
		struct kd_reading_hint h = {.has_base = i & 1, .kasan = i & 2};
		struct kd_val val;
		size_t n;

		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		h.base = x >> (i % 61);
		w.va_bits = i % 7 ? 0 : (uint8_t)(x & 63) % 58;
		if (w.va_bits < 32)
			w.va_bits = 0;
		kd_val_class(&w, x << (i % 53), &val);
		assert_true(val.cls <= KD_VAL_TAGGED);
		n = kd_addr_readings(&w, i & 4 ? &h : NULL, x >> (i % 59), r, 3);
		assert_in_range(n, 1, 3);
		for (size_t k = 0; k < n; k++)
			assert_non_null(r[k].why);
	}
	assert_int_equal(kd_addr_readings(&x86, NULL, 5, NULL, 0), 0);
}

static void errnos(void **state)
{
	unsigned e = 0;
	(void)state;

	assert_string_equal(kd_errno_name(12, KD_ARCH_X86_64), "ENOMEM");
	assert_string_equal(kd_errno_minus(517, KD_ARCH_ARM64), "-EPROBE_DEFER");
	assert_string_equal(kd_errno_name(110, KD_ARCH_X86_64), "ETIMEDOUT");
	assert_string_equal(kd_errno_name(145, KD_ARCH_MIPS), "ETIMEDOUT");
	assert_string_equal(kd_errno_name(11, KD_ARCH_MIPS), "EAGAIN");
	assert_null(kd_errno_name(0, KD_ARCH_X86_64));
	assert_null(kd_errno_name(4000, KD_ARCH_X86_64));
	assert_int_equal(kd_errno_by_name(KD_V("-EINVAL"), KD_ARCH_X86_64), 22);
	assert_int_equal(kd_errno_by_name(KD_V("ENOTHING"), KD_ARCH_X86_64), 0);
	assert_true(kd_errno_of_pointer((uint64_t)-22, 64, &e));
	assert_int_equal(e, 22);
	assert_true(kd_errno_of_pointer(0xffffffea, 32, &e));
	assert_false(kd_errno_of_pointer(0xffffffea, 64, &e));
	assert_false(kd_errno_of_pointer((uint64_t)-4096, 64, &e));
	assert_false(kd_errno_of_pointer(0, 64, &e));
	assert_false(kd_errno_of_pointer(0, 32, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x86_without_anchors),
		cmocka_unit_test(x86_anchors),
		cmocka_unit_test(poisons),
		cmocka_unit_test(shadow_codes),
		cmocka_unit_test(ascii),
		cmocka_unit_test(arm64),
		cmocka_unit_test(other_architectures),
		cmocka_unit_test(readings_of_small),
		cmocka_unit_test(readings_of_others),
		cmocka_unit_test(readings_never_fail),
		cmocka_unit_test(errnos),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
