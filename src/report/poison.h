/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * poison.h: the patterns that the kernel writes where nobody should look.
 *
 *	struct kd_poison_hit h;
 *	if (kd_poison_find(0x6b6b6b6b6b6b6b73, KD_ARCH_X86_64, &h))
 *		printf("%s + %lld\n", h.poison->name, (long long)h.offset);  // POISON_FREE + 8
 *	kd_kasan_shadow(0xfb, KD_KASAN_GENERIC)->words    // "freed slab object"
 *
 * A pattern is a strong hint and no proof: a program may hold the same bytes.
 *
 * Sources: include/linux/poison.h; include/linux/spinlock_types_raw.h (SPINLOCK_MAGIC);
 * include/linux/rwlock_types.h; include/uapi/linux/magic.h (STACK_END_MAGIC);
 * include/linux/stackleak.h; mm/kfence/kfence.h (canary); mm/kasan/kasan.h and
 * include/linux/kasan-tags.h (shadow and tags); CONFIG_ILLEGAL_POINTER_VALUE of
 * arch/{x86,arm64,powerpc,riscv,s390,loongarch}/Kconfig.
 */
#ifndef KD_REPORT_POISON_H
#define KD_REPORT_POISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "report/arch.h"

enum kd_poison_family {
	KD_POISON_LIST,	  /* LIST_POISON1/2 and other pointers near 0xdead000000000000 */
	KD_POISON_FREED,  /* freed memory: the reader used it after free */
	KD_POISON_UNINIT, /* allocated, never written */
	KD_POISON_REDZONE,
	KD_POISON_MAGIC, /* a marker of a live structure, not a poison */
	KD_POISON_OTHER,
};

struct kd_poison {
	const char *name; /* "POISON_FREE" */
	const char *note; /* "SLUB: freed object (POISON_FREE, 0x6b)" */
	uint64_t value;	  /* of a whole register; for 32-bit markers the low half */
	uint8_t family;	  /* enum kd_poison_family */
	uint8_t width;	  /* bytes that must agree: 8, or 4 for a 32-bit marker */
	bool fill;	  /* one byte repeated */
	bool weak;	  /* also a likely ordinary value: name it, conclude nothing */
};

struct kd_poison_hit {
	const struct kd_poison *poison;
	int64_t offset; /* value - poison: 0, or a field's offset within ±4096 */
	bool half;	/* only the low 32 bits hold it, the high ones are 0 or all ones */
};

/*
 * The pattern that a register value holds, exactly or with a small offset (pointers
 * and fills only). The 32-bit forms are used for 32-bit architectures.
 */
bool kd_poison_find(uint64_t value, enum kd_arch arch, struct kd_poison_hit *ret);

/* CONFIG_ILLEGAL_POINTER_VALUE's usual value, 0 for architectures without. */
uint64_t kd_poison_delta(enum kd_arch arch);

/* The pattern written over one byte of memory (for dumps): 0x6b → POISON_FREE. */
const struct kd_poison *kd_poison_byte(uint8_t byte);

enum kd_kasan_mode { KD_KASAN_GENERIC, KD_KASAN_SW_TAGS, KD_KASAN_HW_TAGS };

struct kd_kasan_code {
	uint8_t code;
	const char *name;  /* "KASAN_SLAB_FREE" as the kernel's source calls it now */
	const char *words; /* "freed slab object" */
};

/*
 * Meaning of a shadow byte (generic) or memory tag (tag modes). Generic 1 … 7: so many
 * bytes of the granule may be used. NULL for values that no kernel writes.
 */
const struct kd_kasan_code *kd_kasan_shadow(uint8_t code, enum kd_kasan_mode mode);

/*
 * Default KASAN_SHADOW_OFFSET of generic KASAN, where it is one number; false: it
 * depends on the configuration (arm64, arm, riscv …).
 * x86_64: arch/x86/Kconfig, KASAN_SHADOW_OFFSET.
 */
bool kd_kasan_offset(enum kd_arch arch, uint64_t *ret);

/* First address whose shadow byte is at `shadow`: (shadow - offset) << 3 or 4. */
uint64_t kd_kasan_mem(uint64_t shadow, uint64_t offset, enum kd_kasan_mode mode);

#endif
