// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/orc.h"

#include "base/cursor.h"

enum { SAMPLE_MIN = 64, OLD_END = 3 << 10 };

static bool take(const uint8_t raw[KD_ORC_BYTES], int16_t *sp, int16_t *bp, uint16_t *bits)
{
	struct kd_cursor c = kd_cursor_of(kd_view((const char *)raw, KD_ORC_BYTES), 0, false);
	uint16_t a, b;

	if (!kd_cursor_next_u16le(&c, &a) || !kd_cursor_next_u16le(&c, &b) || !kd_cursor_next_u16le(&c, bits))
		return false;
	*sp = (int16_t)a;
	*bp = (int16_t)b;
	return true;
}

enum kd_orc_layout kd_orc_layout_of(struct kd_view entries)
{
	size_t all = 0, old = 0, new = 0;

	for (size_t at = 0; at + KD_ORC_BYTES <= entries.n; at += KD_ORC_BYTES) {
		int16_t sp, bp;
		uint16_t bits;

		if (!take((const uint8_t *)entries.p + at, &sp, &bp, &bits) || !(bits & 15))
			continue;
		all++;
		old += (bits >> 8 & 3) == 0;
		new += (bits >> 8 & 7) == 2;
	}
	if (all < SAMPLE_MIN)
		return KD_ORC_UNKNOWN;
	if (old > all / 4 * 3)
		return KD_ORC_OLD;
	return new > all / 4 * 3 ? KD_ORC_NEW : KD_ORC_UNKNOWN;
}

static bool old_type(uint16_t bits, struct kd_orc *e)
{
	static const enum kd_orc_type types[] = {KD_ORC_CALL, KD_ORC_REGS, KD_ORC_REGS_PARTIAL};
	const unsigned type = bits >> 8 & 3;

	if (type > 2)
		return false;
	e->type = types[type];
	if (e->sp_reg == KD_ORC_REG_UNDEFINED) /* the end's bit was moved when one for signals came */
		e->type = bits & OLD_END ? KD_ORC_END : KD_ORC_UNDEFINED;
	return true;
}

bool kd_orc_decode(const uint8_t raw[KD_ORC_BYTES], enum kd_orc_layout layout, struct kd_orc *ret)
{
	struct kd_orc e = {0};
	uint16_t bits;

	if (!take(raw, &e.sp_off, &e.bp_off, &bits) || (bits & 15) >= KD_ORC_NREGS || (bits >> 4 & 15) >= KD_ORC_NREGS)
		return false;
	e.sp_reg = (enum kd_orc_reg)(bits & 15);
	e.bp_reg = (enum kd_orc_reg)(bits >> 4 & 15);
	if (layout == KD_ORC_OLD) {
		if (!old_type(bits, &e))
			return false;
	} else {
		if (layout != KD_ORC_NEW || (bits >> 8 & 7) > KD_ORC_REGS_PARTIAL)
			return false;
		e.type = (enum kd_orc_type)(bits >> 8 & 7);
		e.signal = bits >> 11 & 1;
	}
	*ret = e;
	return true;
}
