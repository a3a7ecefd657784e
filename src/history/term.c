// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/term.h"

#define BASIS 0xcbf29ce484222325ull
#define PRIME 0x100000001b3ull

uint64_t kd_term(enum kd_word_field field, struct kd_view word)
{
	uint64_t h = BASIS;

	for (size_t i = 0; i < word.n; i++)
		h = (h ^ (unsigned char)word.p[i]) * PRIME;
	h = (h ^ h >> 33) * 0xff51afd7ed558ccdull;
	h = (h ^ h >> 33) * 0xc4ceb9fe1a85ec53ull;
	return (h ^ h >> 33) >> 8 | (uint64_t)field << 56;
}

unsigned kd_amount_level(uint32_t amount)
{
	static const uint32_t above[] = {1, 2, 3, 5, 8, 13, 21};
	unsigned level = 0;

	while (level < 7 && amount > above[level])
		level++;
	return level;
}

float kd_level_weight(unsigned level)
{
	/* 1 + ln(1, 2, 3, 4.5, 7, 11, 17, 28) */
	static const float weight[] = {1.0f, 1.693f, 2.099f, 2.504f, 2.946f, 3.398f, 3.833f, 4.332f};

	return weight[level & 7];
}
