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

enum { RAW_SP = 5, RAW_SP_ANEW = 3, RAW_REGS = 11 };

/* What each number of a register means, by layout; behind the last of a row there are none. */
static const uint8_t meaning[KD_ORC_NLAYOUTS][RAW_REGS] = {
	[KD_ORC_OLD] = {KD_ORC_REG_UNDEFINED, KD_ORC_REG_PREV_SP, KD_ORC_REG_DX, KD_ORC_REG_DI, KD_ORC_REG_BP, KD_ORC_REG_SP,
			KD_ORC_REG_R10, KD_ORC_REG_R13, KD_ORC_REG_BP_INDIRECT, KD_ORC_REG_SP_INDIRECT, KD_ORC_NREGS},
	[KD_ORC_TYPES] = {KD_ORC_REG_UNDEFINED, KD_ORC_REG_PREV_SP, KD_ORC_REG_DX, KD_ORC_REG_DI, KD_ORC_REG_BP, KD_ORC_REG_SP,
			  KD_ORC_REG_R10, KD_ORC_REG_R13, KD_ORC_REG_BP_INDIRECT, KD_ORC_REG_SP_INDIRECT, KD_ORC_NREGS},
	[KD_ORC_REGS] = {KD_ORC_REG_UNDEFINED, KD_ORC_REG_AX, KD_ORC_REG_DX, KD_ORC_REG_SP, KD_ORC_REG_BP, KD_ORC_REG_DI,
			 KD_ORC_REG_R10, KD_ORC_REG_R13, KD_ORC_REG_PREV_SP, KD_ORC_REG_SP_INDIRECT, KD_ORC_REG_BP_INDIRECT},
};

const char *kd_orc_layout_name(enum kd_orc_layout layout)
{
	static const char *const names[KD_ORC_NLAYOUTS] = {"unknown", "before 6.4", "since 6.4", "since 6.4, registers anew"};

	return layout < KD_ORC_NLAYOUTS ? names[layout] : names[KD_ORC_UNKNOWN];
}

enum kd_orc_layout kd_orc_layout_of(struct kd_view entries)
{
	size_t all = 0, old = 0, new = 0, sp = 0, sp_anew = 0;

	for (size_t at = 0; at + KD_ORC_BYTES <= entries.n; at += KD_ORC_BYTES) {
		int16_t sp_off, bp_off;
		uint16_t bits;

		if (!take((const uint8_t *)entries.p + at, &sp_off, &bp_off, &bits) || !(bits & 15))
			continue;
		all++;
		old += (bits >> 8 & 3) == 0;
		new += (bits >> 8 & 7) == 2;
		sp += (bits & 15) == RAW_SP;
		sp_anew += (bits & 15) == RAW_SP_ANEW;
	}
	if (all < SAMPLE_MIN || sp + sp_anew < all / 4)
		return KD_ORC_UNKNOWN;
	if (old > all / 4 * 3 && sp > sp_anew)
		return KD_ORC_OLD;
	if (new <= all / 4 * 3)
		return KD_ORC_UNKNOWN;
	return sp > sp_anew ? KD_ORC_TYPES : KD_ORC_REGS;
}

static bool old_type(uint16_t bits, struct kd_orc *e)
{
	static const enum kd_orc_type types[] = {KD_ORC_CALL, KD_ORC_PT_REGS, KD_ORC_PT_REGS_PARTIAL};
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

	if (layout <= KD_ORC_UNKNOWN || layout >= KD_ORC_NLAYOUTS || !take(raw, &e.sp_off, &e.bp_off, &bits) ||
	    (bits & 15) >= RAW_REGS || (bits >> 4 & 15) >= RAW_REGS)
		return false;
	e.sp_reg = (enum kd_orc_reg)meaning[layout][bits & 15];
	e.bp_reg = (enum kd_orc_reg)meaning[layout][bits >> 4 & 15];
	if (e.sp_reg == KD_ORC_NREGS || e.bp_reg == KD_ORC_NREGS)
		return false;
	if (layout == KD_ORC_OLD) {
		if (!old_type(bits, &e))
			return false;
	} else {
		if ((bits >> 8 & 7) > KD_ORC_PT_REGS_PARTIAL)
			return false;
		e.type = (enum kd_orc_type)(bits >> 8 & 7);
		e.signal = bits >> 11 & 1;
	}
	*ret = e;
	return true;
}
