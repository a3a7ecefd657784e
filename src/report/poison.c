// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/poison.h"

#include "base/alloc.h"

#define BYTES8(b) (UINT64_C(0x0101010101010101) * (b))
#define FIELD_MAX 4096 /* a field's offset from a poisoned pointer */

/* Pointers: the value is relative to CONFIG_ILLEGAL_POINTER_VALUE. */
static const struct kd_poison pointers[] = {
	{"LIST_POISON1", "LIST_POISON1: next of a list entry that was deleted", 0x100,
	 KD_POISON_LIST, 8, false, false},
	{"LIST_POISON2",
	 "LIST_POISON2: prev of a list entry, or pprev of an hlist node, that was "
	 "deleted",
	 0x122, KD_POISON_LIST, 8, false, false},
	{"LIST_POISON2_OLD", "LIST_POISON2 of older kernels: prev or pprev of a deleted entry",
	 0x200, KD_POISON_LIST, 8, false, false},
	{"TIMER_ENTRY_STATIC", "TIMER_ENTRY_STATIC: a static timer that debug objects initialised",
	 0x300, KD_POISON_OTHER, 8, false, false},
	{"TAIL_MAPPING", "TAIL_MAPPING: the mapping of a tail page", 0x400, KD_POISON_OTHER, 8,
	 false, false},
	{"MUTEX_POISON_WW_CTX", "MUTEX_POISON_WW_CTX: a wait/wound context that is gone", 0x500,
	 KD_POISON_OTHER, 8, false, false},
	{"SKB_LIST_POISON_NEXT", "SKB_LIST_POISON_NEXT: next of a socket buffer taken off its list",
	 0x800, KD_POISON_LIST, 8, false, false},
	{"NET_PTR_POISON", "NET_PTR_POISON: a pointer that networking has given up", 0x801,
	 KD_POISON_OTHER, 8, false, false},
	{"PP_SIGNATURE", "PP_SIGNATURE: a page that belongs to a page pool", 0x40, KD_POISON_MAGIC,
	 8, false, false},
	{"VFS_PTR_POISON", "VFS_PTR_POISON: a pointer that the VFS has given up", 0xf5,
	 KD_POISON_OTHER, 8, false, false},
	{"BPF_PTR_POISON", "BPF_PTR_POISON: a field of a BPF program or map that is not valid",
	 0xeb9f, KD_POISON_OTHER, 8, false, false},
	{"STACK_DEPOT_POISON", "STACK_DEPOT_POISON: a stack depot slot in use", 0xd390,
	 KD_POISON_OTHER, 8, false, false},
};

/* One byte repeated. The order decides which of two readings of a byte comes first. */
static const struct kd_poison fills[] = {
	{"POISON_FREE", "SLUB: freed object (POISON_FREE, 0x6b)", BYTES8(0x6b), KD_POISON_FREED, 8,
	 true, false},
	{"POISON_INUSE", "SLUB: allocated, not initialised (POISON_INUSE, 0x5a)", BYTES8(0x5a),
	 KD_POISON_UNINIT, 8, true, false},
	{"POISON_END", "SLUB: end of a poisoned object (POISON_END, 0xa5)", BYTES8(0xa5),
	 KD_POISON_FREED, 8, true, false},
	{"SLUB_RED_INACTIVE", "SLUB: red zone of a free object (0xbb)", BYTES8(0xbb),
	 KD_POISON_REDZONE, 8, true, false},
	{"SLUB_RED_ACTIVE",
	 "SLUB: red zone of an object in use, or freed init memory, or int3 "
	 "padding of code (0xcc)",
	 BYTES8(0xcc), KD_POISON_REDZONE, 8, true, false},
	{"PAGE_POISON",
	 "page_poison: a free page (0xaa); also what clang writes into "
	 "uninitialised variables",
	 BYTES8(0xaa), KD_POISON_FREED, 8, true, false},
	{"AUTO_VAR_INIT",
	 "what gcc writes into uninitialised variables (0xfe, "
	 "CONFIG_INIT_STACK_ALL_PATTERN)",
	 BYTES8(0xfe), KD_POISON_UNINIT, 8, true, false},
	{"JBD_POISON_FREE", "jbd: freed journal head (0x5b)", BYTES8(0x5b), KD_POISON_FREED, 8,
	 true, false},
	{"JBD2_POISON_FREE", "jbd2: freed journal head (0x5c)", BYTES8(0x5c), KD_POISON_FREED, 8,
	 true, false},
	{"POOL_POISON_FREED", "dmapool: freed block (0xa7)", BYTES8(0xa7), KD_POISON_FREED, 8, true,
	 false},
	{"POOL_POISON_ALLOCATED", "dmapool: allocated, not initialised (0xa9)", BYTES8(0xa9),
	 KD_POISON_UNINIT, 8, true, false},
	{"KEY_DESTROY", "keys: a destroyed key (0xbd)", BYTES8(0xbd), KD_POISON_FREED, 8, true,
	 false},
	{"FLEX_ARRAY_FREE", "flex_array: freed part (0x6c, old kernels)", BYTES8(0x6c),
	 KD_POISON_FREED, 8, true, true},
	{"MUTEX_DEBUG_INIT", "mutex debugging: waiter initialised (0x11)", BYTES8(0x11),
	 KD_POISON_OTHER, 8, true, true},
	{"MUTEX_DEBUG_FREE", "mutex debugging: waiter freed (0x22)", BYTES8(0x22), KD_POISON_FREED,
	 8, true, true},
	{"ATM_POISON_FREE", "ATM drivers: freed (0x12)", BYTES8(0x12), KD_POISON_FREED, 8, true,
	 true},
};

/* Whole values. */
static const struct kd_poison values[] = {
	{"RED_INACTIVE", "SLAB: red zone of a free object", UINT64_C(0x09f911029d74e35b),
	 KD_POISON_REDZONE, 8, false, false},
	{"RED_ACTIVE", "SLAB: red zone of an object in use", UINT64_C(0xd84156c5635688c0),
	 KD_POISON_REDZONE, 8, false, false},
	{"KFENCE_CANARY", "KFENCE: canary beside an object", UINT64_C(0xadacafaea9a8abaa),
	 KD_POISON_REDZONE, 8, false, false},
	{"STACKLEAK_POISON", "stackleak: part of a kernel stack that was wiped",
	 UINT64_C(0xffffffffffff4111), KD_POISON_UNINIT, 8, false, false},
	{"SPINLOCK_MAGIC", "SPINLOCK_MAGIC: a debugged spin lock (alive)", 0xdead4ead,
	 KD_POISON_MAGIC, 4, false, false},
	{"RWLOCK_MAGIC", "RWLOCK_MAGIC: a debugged rwlock (alive)", 0xdeaf1eed, KD_POISON_MAGIC, 4,
	 false, false},
	{"STACK_END_MAGIC", "STACK_END_MAGIC: the end of a kernel stack", 0x57ac6e9d,
	 KD_POISON_MAGIC, 4, false, false},
	{"KASAN_STACK_FRAME", "KASAN: start of an instrumented stack frame", 0x41b58ab3,
	 KD_POISON_MAGIC, 4, false, false},
	{"NETFILTER_LINK_POISON", "netfilter: a rule that was unlinked (old kernels)", 0xdead57ac,
	 KD_POISON_LIST, 4, false, false},
	{"DEADBEEF", "0xdeadbeef: poison of a driver (ATM_POISON and others)", 0xdeadbeef,
	 KD_POISON_OTHER, 4, false, true},
};

uint64_t kd_poison_delta(enum kd_arch arch)
{
	switch (arch) {
	case KD_ARCH_UNKNOWN:
	case KD_ARCH_X86_64:
	case KD_ARCH_ARM64:
	case KD_ARCH_RISCV64:
		return UINT64_C(0xdead000000000000);
	case KD_ARCH_PPC64:
		return UINT64_C(0x5deadbeef0000000);
	default: /* s390, loongarch and mips have no such option in Linux 6.12 */
		return 0;
	}
}

static bool near(uint64_t value, uint64_t base, int64_t *off)
{
	uint64_t d = value - base;

	if (d <= FIELD_MAX) {
		*off = (int64_t)d;
		return true;
	}
	if (0 - d <= 0x100) { /* container_of() of the poisoned pointer */
		*off = -(int64_t)(0 - d);
		return true;
	}
	return false;
}

/* The pattern below or at the value with the smallest distance, so that 0x122 beats 0x100. */
static bool find_pointer(uint64_t value, uint64_t delta, struct kd_poison_hit *ret)
{
	const struct kd_poison *best = NULL;
	int64_t best_off = 0;

	for (size_t i = 0; i < KD_ARRAY_LEN(pointers); i++) {
		const struct kd_poison *p = &pointers[i];
		int64_t off;

		if (!near(value, delta + p->value, &off))
			continue;
		/* Only list pointers are followed; others must be exact. */
		if (off && p->family != KD_POISON_LIST)
			continue;
		if (off && p->value == 0x200)
			continue;
		if (!best || (off >= 0 && best_off < 0) ||
		    ((off < 0) == (best_off < 0) &&
		     (off < 0 ? -off : off) < (best_off < 0 ? -best_off : best_off))) {
			best = p;
			best_off = off;
		}
	}
	if (!best)
		return false;
	*ret = (struct kd_poison_hit){.poison = best, .offset = best_off};
	return true;
}

static bool find_fill(uint64_t value, unsigned bits, struct kd_poison_hit *ret)
{
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < KD_ARRAY_LEN(fills); i++) {
			uint64_t want = bits == 32 ? (uint32_t)fills[i].value : fills[i].value;
			int64_t off = 0;

			if (pass ? fills[i].weak || !near(value, want, &off) : value != want)
				continue;
			*ret = (struct kd_poison_hit){.poison = &fills[i], .offset = off};
			return true;
		}
	return false;
}

static bool find_value(uint64_t value, unsigned bits, struct kd_poison_hit *ret)
{
	uint64_t high = value >> 32;

	for (size_t i = 0; i < KD_ARRAY_LEN(values); i++) {
		const struct kd_poison *p = &values[i];
		bool hit = p->width == 8
				   ? bits == 64 && value == p->value
				   : (uint32_t)value == p->value && (!high || high == UINT32_MAX);

		if (!hit)
			continue;
		*ret = (struct kd_poison_hit){.poison = p, .half = p->width == 4 && bits == 64};
		return true;
	}
	return false;
}

/* A 32-bit fill in the low half of a 64-bit register: "movl (%rdi),%eax" of freed memory. */
static bool find_half(uint64_t value, struct kd_poison_hit *ret)
{
	uint64_t high = value >> 32;

	if (high && high != UINT32_MAX)
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(fills); i++) {
		if (fills[i].weak || (uint32_t)value != (uint32_t)fills[i].value)
			continue;
		*ret = (struct kd_poison_hit){.poison = &fills[i], .half = true};
		return true;
	}
	return false;
}

bool kd_poison_find(uint64_t value, enum kd_arch arch, struct kd_poison_hit *ret)
{
	unsigned bits = kd_arch_info(arch)->bits;
	uint64_t delta = kd_poison_delta(arch);

	if (delta && find_pointer(value, delta, ret))
		return true;
	if (find_value(value, bits, ret) || find_fill(value, bits, ret))
		return true;
	return bits == 64 && find_half(value, ret);
}

const struct kd_poison *kd_poison_byte(uint8_t byte)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(fills); i++)
		if ((uint8_t)fills[i].value == byte)
			return &fills[i];
	return NULL;
}

/* Generic KASAN; names as of Linux 6.1 (KASAN_KMALLOC_FREE … before). */
static const struct kd_kasan_code generic[] = {
	{0x00, "0", "may be used"},
	{0x01, "1", "first byte of the 8 may be used"},
	{0x02, "2", "first 2 bytes of the 8 may be used"},
	{0x03, "3", "first 3 bytes of the 8 may be used"},
	{0x04, "4", "first 4 bytes of the 8 may be used"},
	{0x05, "5", "first 5 bytes of the 8 may be used"},
	{0x06, "6", "first 6 bytes of the 8 may be used"},
	{0x07, "7", "first 7 bytes of the 8 may be used"},
	{0xff, "KASAN_PAGE_FREE", "freed page"},
	{0xfe, "KASAN_PAGE_REDZONE", "red zone behind a large kmalloc"},
	{0xfc, "KASAN_SLAB_REDZONE", "red zone inside or behind a slab object"},
	{0xfb, "KASAN_SLAB_FREE", "freed slab object"},
	{0xfa, "KASAN_SLAB_FREE_META", "freed slab object with its free stack recorded"},
	{0xf9, "KASAN_GLOBAL_REDZONE", "red zone of a global variable"},
	{0xf8, "KASAN_VMALLOC_INVALID",
	 "not allocated part of a vmalloc area; in old kernels also "
	 "stack use after scope"},
	{0xf1, "KASAN_STACK_LEFT", "stack: red zone left of the first variable"},
	{0xf2, "KASAN_STACK_MID", "stack: red zone between variables"},
	{0xf3, "KASAN_STACK_RIGHT", "stack: red zone right of the last variable"},
	{0xf4, "KASAN_STACK_PARTIAL", "stack: red zone behind a variable of odd size"},
	{0xca, "KASAN_ALLOCA_LEFT", "stack: red zone left of an alloca or variable array"},
	{0xcb, "KASAN_ALLOCA_RIGHT", "stack: red zone right of an alloca or variable array"},
};

static const struct kd_kasan_code tag_kernel = {0xff, "KASAN_TAG_KERNEL",
						"matches every pointer (untracked memory)"};
static const struct kd_kasan_code tag_invalid = {0xfe, "KASAN_TAG_INVALID",
						 "free memory or a red zone"};
static const struct kd_kasan_code tag_random = {
	0, "tag", "memory with this tag: the pointer's must be the same"};

const struct kd_kasan_code *kd_kasan_shadow(uint8_t code, enum kd_kasan_mode mode)
{
	if (mode != KD_KASAN_GENERIC) {
		/* Memory dumps of hardware tags print four bits (0…f) or 0xf0 … 0xff. */
		if (code == 0xff || (mode == KD_KASAN_HW_TAGS && code == 0x0f))
			return &tag_kernel;
		if (code == 0xfe || (mode == KD_KASAN_HW_TAGS && code == 0x0e))
			return &tag_invalid;
		return mode == KD_KASAN_SW_TAGS || code >= 0xf0 || code < 0x10 ? &tag_random : NULL;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(generic); i++)
		if (generic[i].code == code)
			return &generic[i];
	return NULL;
}

bool kd_kasan_offset(enum kd_arch arch, uint64_t *ret)
{
	switch (arch) {
	case KD_ARCH_X86_64:
		*ret = UINT64_C(0xdffffc0000000000);
		return true;
	case KD_ARCH_RISCV64:
		*ret = UINT64_C(0xdfffffff00000000);
		return true;
	case KD_ARCH_S390X:
		*ret = UINT64_C(0x1c000000000000);
		return true;
	default:
		return false;
	}
}

uint64_t kd_kasan_mem(uint64_t shadow, uint64_t offset, enum kd_kasan_mode mode)
{
	return (shadow - offset) << (mode == KD_KASAN_GENERIC ? 3 : 4);
}
