// SPDX-License-Identifier: GPL-2.0-or-later
/* DWARF expressions on a machine of four registers and sixteen bytes. */
#include "check.h"

#include "symbol/dwarfexpr.h"

enum { MEMORY = 0x1000, BYTES = 16 };
static const uint8_t memory[BYTES] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* Registers 0 to 2, and 3 (rbx), are known; at the entry 5 (rdi) was. */
static bool reg(void *user, unsigned n, uint64_t *ret)
{
	static const uint64_t v[] = {MEMORY, 0xfffffffffffffffe, 7, 100};

	(void)user;
	if (n >= KD_ARRAY_LEN(v))
		return false;
	*ret = v[n];
	return true;
}

static bool entry(void *user, unsigned n, uint64_t *ret)
{
	(void)user;
	*ret = 0x5555;
	return n == 5;
}

static bool read_memory(void *user, uint64_t addr, unsigned size, uint64_t *ret)
{
	(void)user;
	if (addr < MEMORY || addr + size > MEMORY + BYTES)
		return false;
	*ret = 0;
	memcpy(ret, memory + (addr - MEMORY), size);
	return true;
}

static bool address(void *user, uint64_t file, uint64_t *ret)
{
	(void)user;
	*ret = file + 0x100;
	return file < 0x10000;
}

static const struct kd_dx_env env = {
	.reg = reg, .entry = entry, .read = read_memory, .address = address, .has_cfa = true, .cfa = 0x2000};

#define EVAL(e, ...)                                                                               \
	({                                                                                         \
		static const uint8_t b_[] = {__VA_ARGS__};                                         \
		static struct kd_dx_place p_;                                                      \
		const enum kd_dx_why w_ = kd_dx_eval((e), kd_view((const char *)b_, sizeof(b_)), &p_); \
		assert_int_equal(w_, p_.why);                                                      \
		&p_;                                                                               \
	})

/* The expression's value on top, said to be the variable's. */
#define VALUE(want, ...)                                                                           \
	do {                                                                                       \
		const struct kd_dx_place *v_ = EVAL(&env, __VA_ARGS__, 0x9f);                      \
		assert_int_equal(v_->why, KD_DX_OK);                                               \
		assert_int_equal(v_->n, 1);                                                        \
		assert_int_equal(v_->v[0].kind, KD_DX_VALUE);                                      \
		assert_int_equal(v_->v[0].value, (uint64_t)(want));                                \
	} while (0)

#define FAILS(want, ...) assert_int_equal(EVAL(&env, __VA_ARGS__)->why, (want))

static void places(void **state)
{
	const struct kd_dx_place *p = EVAL(&env, 0x53);

	(void)state;
	assert_int_equal(p->n, 1);
	assert_int_equal(p->v[0].kind, KD_DX_REG);
	assert_int_equal(p->v[0].reg, 3);
	assert_int_equal(p->v[0].value, 100);
	p = EVAL(&env, 0x90, 3); /* regx */
	assert_int_equal(p->v[0].value, 100);
	p = EVAL(&env, 0x73, 0x7c); /* breg3 - 4 */
	assert_int_equal(p->v[0].kind, KD_DX_MEM);
	assert_int_equal(p->v[0].value, 96);
	p = EVAL(&env, 0x91, 0x58); /* fbreg - 40 */
	assert_int_equal(p->v[0].kind, KD_DX_MEM);
	assert_int_equal(p->v[0].value, 0x2000 - 40);
	p = EVAL(&env, 0x9c);
	assert_int_equal(p->v[0].value, 0x2000);
	p = EVAL(&env, 0x03, 0x34, 0x12, 0, 0, 0, 0, 0, 0); /* addr */
	assert_int_equal(p->v[0].kind, KD_DX_MEM);
	assert_int_equal(p->v[0].value, 0x1334);
	p = EVAL(&env, 0x9e, 2, 0xaa, 0xbb); /* implicit value */
	assert_int_equal(p->v[0].kind, KD_DX_BYTES);
	assert_int_equal(p->v[0].bytes.n, 2);
}

static void nothing_is_optimised_out(void **state)
{
	struct kd_dx_place p;

	(void)state;
	assert_int_equal(kd_dx_eval(&env, KD_VNULL, &p), KD_DX_OK);
	assert_int_equal(p.n, 1);
	assert_int_equal(p.v[0].kind, KD_DX_NOWHERE);
}

static void pieces(void **state)
{
	/* rbx piece 8, piece 4, fbreg 0 piece 4, lit3 stack_value bit_piece 3 at 2 */
	const struct kd_dx_place *p = EVAL(&env, 0x53, 0x93, 8, 0x93, 4, 0x91, 0, 0x93, 4, 0x33, 0x9f, 0x9d, 3, 2);

	(void)state;
	assert_int_equal(p->why, KD_DX_OK);
	assert_int_equal(p->n, 4);
	assert_int_equal(p->v[0].kind, KD_DX_REG);
	assert_int_equal(p->v[0].bits, 64);
	assert_int_equal(p->v[1].kind, KD_DX_NOWHERE);
	assert_int_equal(p->v[1].bits, 32);
	assert_int_equal(p->v[2].kind, KD_DX_MEM);
	assert_int_equal(p->v[3].kind, KD_DX_VALUE);
	assert_int_equal(p->v[3].bits, 3);
	assert_int_equal(p->v[3].skip, 2);
}

static void numbers(void **state)
{
	(void)state;
	VALUE(5, 0x35);
	VALUE(0xff, 0x08, 0xff);
	VALUE(-1, 0x09, 0xff);
	VALUE(-2, 0x0b, 0xfe, 0xff);
	VALUE(0x80000000, 0x0c, 0, 0, 0, 0x80);
	VALUE(INT64_C(-0x80000000), 0x0d, 0, 0, 0, 0x80);
	VALUE(300, 0x10, 0xac, 0x02);
	VALUE(-3, 0x11, 0x7d);
	VALUE(110, 0x73, 0, 0x23, 10); /* plus_uconst */
	VALUE(6, 0x36, 0x32, 0x16, 0x1c, 0x1f, 0x23, 2); /* 6 2 swap minus neg + 2: 2 - 6 = -4, 4, 6 */
	VALUE(-3, 0x71, 0, 0x31, 0x1c); /* rbx' -2 - 1 */
	VALUE(-3, 0x11, 0x7a, 0x32, 0x1b); /* -6 / 2: signed */
	VALUE(3, 0x37, 0x34, 0x1d); /* 7 % 4 */
	VALUE(0x30, 0x33, 0x34, 0x24);
	VALUE(-1, 0x11, 0x7e, 0x31, 0x26); /* -2 >> 1, arithmetic */
	VALUE(INT64_MAX, 0x11, 0x7e, 0x31, 0x25);
	VALUE(0, 0x31, 0x08, 64, 0x24); /* 1 << 64 */
	VALUE(1, 0x11, 0x7f, 0x31, 0x2d); /* -1 < 1 */
	VALUE(0, 0x33, 0x32, 0x29);
	VALUE(2, 0x31, 0x32, 0x33, 0x15, 1); /* pick 1 of 1 2 3 */
	VALUE(2, 0x31, 0x32, 0x33, 0x17); /* rot: 3 on the bottom, 2 on top */
}

static void memory_is_read(void **state)
{
	const struct kd_dx_place *p;

	(void)state;
	VALUE(0x8877665544332211, 0x70, 0, 0x06);
	VALUE(0x2211, 0x70, 0, 0x94, 2);
	VALUE(-16, 0x70, 8, 0x06);
	p = EVAL(&env, 0x70, 0x10, 0x06, 0x9f);
	assert_int_equal(p->why, KD_DX_MEMORY);
	assert_int_equal(p->addr, MEMORY + 16);
}

static void what_is_lost_is_said(void **state)
{
	const struct kd_dx_env none = {.reg = NULL};
	const struct kd_dx_place *p = EVAL(&env, 0x55);

	(void)state;
	assert_int_equal(p->why, KD_DX_REGISTER);
	assert_int_equal(p->reg, 5);
	p = EVAL(&env, 0x53, 0x93, 8, 0x76, 0, 0x93, 8); /* one of two pieces */
	assert_int_equal(p->why, KD_DX_REGISTER);
	assert_int_equal(p->reg, 6);
	assert_int_equal(EVAL(&none, 0x91, 0)->why, KD_DX_CFA);
	assert_int_equal(EVAL(&none, 0x30, 0x06)->why, KD_DX_MEMORY);
	assert_int_equal(EVAL(&none, 0x03, 0, 0, 0, 0, 0, 0, 0, 0)->why, KD_DX_ADDRESS);
	assert_int_equal(EVAL(&none, 0x50)->why, KD_DX_REGISTER);
	VALUE(0x5555, 0xa3, 1, 0x55);
	VALUE(0x5555, 0xf3, 1, 0x55);
	p = EVAL(&env, 0xa3, 1, 0x54, 0x9f);
	assert_int_equal(p->why, KD_DX_ENTRY);
	assert_int_equal(p->reg, 4);
	FAILS(KD_DX_UNKNOWN, 0xa3, 2, 0x75, 0, 0x9f);
	FAILS(KD_DX_TYPED, 0x73, 0, 0xa8, 1, 0x9f);
	FAILS(KD_DX_POINTER, 0xf2, 1, 2, 3, 4, 0);
	FAILS(KD_DX_UNKNOWN, 0xe0);
}

static void it_ends(void **state)
{
	(void)state;
	FAILS(KD_DX_LIMIT, 0x2f, 0xfd, 0xff); /* skip back to itself */
	FAILS(KD_DX_LIMIT, 0x31, 0x2f, 0xfc, 0xff); /* the stack fills */
	VALUE(2, 0x31, 0x28, 1, 0, 0x31, 0x32); /* bra over a literal */
	FAILS(KD_DX_DAMAGED, 0x2f, 0xff, 0x7f);
	FAILS(KD_DX_DAMAGED, 0x1c);
	FAILS(KD_DX_DAMAGED, 0x31, 0x30, 0x1b); /* by zero */
	FAILS(KD_DX_DAMAGED, 0x53, 0x53);
	FAILS(KD_DX_DAMAGED, 0x10, 0x80);
	FAILS(KD_DX_DAMAGED, 0x53, 0x93, 8, 0x31); /* bytes behind the last piece */
	FAILS(KD_DX_DAMAGED, 0x53, 0x93, 0);
}

/* Every expression of three bytes comes to an end. */
static void any_bytes(void **state)
{
	struct kd_dx_place p;
	uint8_t b[6] = {0};
	size_t known = 0;

	(void)state;
	for (unsigned i = 0; i < 256 * 256; i++) {
		b[0] = (uint8_t)i;
		b[1] = (uint8_t)(i >> 8);
		b[2] = (uint8_t)(i * 7);
		known += kd_dx_eval(&env, kd_view((const char *)b, 1 + i % sizeof(b)), &p) == KD_DX_OK;
		assert_true(p.n <= KD_DX_PIECES);
	}
	assert_in_range(known, 1, 256 * 256 - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places), cmocka_unit_test(nothing_is_optimised_out), cmocka_unit_test(pieces),
		cmocka_unit_test(numbers), cmocka_unit_test(memory_is_read), cmocka_unit_test(what_is_lost_is_said),
		cmocka_unit_test(it_ends), cmocka_unit_test(any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
