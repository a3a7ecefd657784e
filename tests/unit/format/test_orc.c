// SPDX-License-Identifier: GPL-2.0-or-later
/* ORC entries in all three layouts, and which of them a table has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "format/orc.h"

static void entry(uint8_t *to, int sp, int bp, unsigned bits)
{
	to[0] = (uint8_t)(sp & 255);
	to[1] = (uint8_t)(sp >> 8 & 255);
	to[2] = (uint8_t)(bp & 255);
	to[3] = (uint8_t)(bp >> 8 & 255);
	to[4] = (uint8_t)(bits & 255);
	to[5] = (uint8_t)(bits >> 8);
}

static void entries(void **state)
{
	static const struct {
		enum kd_orc_layout layout;
		unsigned bits;
		enum kd_orc_type type;
		enum kd_orc_reg sp, bp;
		bool signal;
	} cases[] = {
		{KD_ORC_OLD, 0x0015, KD_ORC_CALL, KD_ORC_REG_SP, KD_ORC_REG_PREV_SP, false},
		{KD_ORC_OLD, 0x0105, KD_ORC_PT_REGS, KD_ORC_REG_SP, KD_ORC_REG_UNDEFINED, false},
		{KD_ORC_OLD, 0x0208, KD_ORC_PT_REGS_PARTIAL, KD_ORC_REG_BP_INDIRECT, KD_ORC_REG_UNDEFINED, false},
		{KD_ORC_OLD, 0x0000, KD_ORC_UNDEFINED, KD_ORC_REG_UNDEFINED, KD_ORC_REG_UNDEFINED, false},
		{KD_ORC_OLD, 0x0400, KD_ORC_END, KD_ORC_REG_UNDEFINED, KD_ORC_REG_UNDEFINED, false}, /* to 6.2 */
		{KD_ORC_OLD, 0x0800, KD_ORC_END, KD_ORC_REG_UNDEFINED, KD_ORC_REG_UNDEFINED, false}, /* 6.3 */
		{KD_ORC_TYPES, 0x0215, KD_ORC_CALL, KD_ORC_REG_SP, KD_ORC_REG_PREV_SP, false},
		{KD_ORC_TYPES, 0x0b05, KD_ORC_PT_REGS, KD_ORC_REG_SP, KD_ORC_REG_UNDEFINED, true},
		{KD_ORC_TYPES, 0x0405, KD_ORC_PT_REGS_PARTIAL, KD_ORC_REG_SP, KD_ORC_REG_UNDEFINED, false},
		{KD_ORC_TYPES, 0x0100, KD_ORC_END, KD_ORC_REG_UNDEFINED, KD_ORC_REG_UNDEFINED, false},
		{KD_ORC_TYPES, 0x0209, KD_ORC_CALL, KD_ORC_REG_SP_INDIRECT, KD_ORC_REG_UNDEFINED, false},
		{KD_ORC_REGS, 0x0283, KD_ORC_CALL, KD_ORC_REG_SP, KD_ORC_REG_PREV_SP, false},
		{KD_ORC_REGS, 0x0241, KD_ORC_CALL, KD_ORC_REG_AX, KD_ORC_REG_BP, false},
		{KD_ORC_REGS, 0x020a, KD_ORC_CALL, KD_ORC_REG_BP_INDIRECT, KD_ORC_REG_UNDEFINED, false},
	};
	uint8_t raw[KD_ORC_BYTES];
	struct kd_orc e;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		entry(raw, -8, 16, cases[i].bits);
		assert_true(kd_orc_decode(raw, cases[i].layout, &e));
		if (e.type != cases[i].type || e.sp_reg != cases[i].sp || e.bp_reg != cases[i].bp || e.signal != cases[i].signal ||
		    e.sp_off != -8 || e.bp_off != 16)
			fail_msg("case %zu", i);
	}
}

static void refused(void **state)
{
	static const struct {
		enum kd_orc_layout layout;
		unsigned bits;
	} cases[] = {
		{KD_ORC_OLD, 0x0305}, {KD_ORC_OLD, 0x000a},	{KD_ORC_TYPES, 0x0505}, {KD_ORC_TYPES, 0x020a},
		{KD_ORC_REGS, 0x020b}, {KD_ORC_REGS, 0x02b3}, {KD_ORC_UNKNOWN, 0x0215}, {KD_ORC_NLAYOUTS, 0x0215},
	};
	uint8_t raw[KD_ORC_BYTES];
	struct kd_orc e;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		entry(raw, 0, 0, cases[i].bits);
		if (kd_orc_decode(raw, cases[i].layout, &e))
			fail_msg("case %zu", i);
	}
}

static enum kd_orc_layout layout_of(unsigned call, unsigned rare, size_t n, size_t nrare)
{
	uint8_t raw[200 * KD_ORC_BYTES];

	for (size_t i = 0; i < n; i++)
		entry(raw + i * KD_ORC_BYTES, 8, 0, i < nrare ? rare : call);
	return kd_orc_layout_of(kd_view((const char *)raw, n * KD_ORC_BYTES));
}

static void layouts(void **state)
{
	(void)state;
	assert_int_equal(layout_of(0x0015, 0x0105, 200, 20), KD_ORC_OLD);
	assert_int_equal(layout_of(0x0215, 0x0b05, 200, 20), KD_ORC_TYPES);
	assert_int_equal(layout_of(0x0283, 0x0b03, 200, 20), KD_ORC_REGS);
	assert_int_equal(layout_of(0x0015, 0x0105, 200, 150), KD_ORC_UNKNOWN);
	assert_int_equal(layout_of(0x0215, 0x0000, 200, 150), KD_ORC_UNKNOWN); /* 50 that say anything are too few */
	assert_int_equal(layout_of(0x0215, 0, 63, 0), KD_ORC_UNKNOWN);
	assert_int_equal(layout_of(0x0216, 0, 200, 0), KD_ORC_UNKNOWN); /* all by r10 */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries),
		cmocka_unit_test(refused),
		cmocka_unit_test(layouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
