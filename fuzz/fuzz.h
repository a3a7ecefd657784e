/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz.h: what each target has: its entry, and the check of what has to be so whatever the bytes are. */
#ifndef KD_FUZZ_H
#define KD_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void check(bool ok)
{
	if (!ok)
		abort();
}

#endif
