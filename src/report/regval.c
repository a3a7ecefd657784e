// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/regval.h"

#include "base/alloc.h"
#include "report/arm64.h"
#include "report/errnos.h"
#include "report/poison.h"

#define TB (UINT64_C(1) << 40)
#define X(hex) UINT64_C(0x##hex)

static unsigned bits_of(const struct kd_val_where *w)
{
	return kd_arch_info((enum kd_arch)w->arch)->bits;
}

/* Kernel addresses 0xff00… to 0xfffe… exist with 5 levels of page tables only. */
static bool only_5level(uint64_t v)
{
	return v >> 56 == 0xff && v >> 48 != 0xffff;
}

unsigned kd_val_va_bits(const struct kd_val_where *w)
{
	if (w->va_bits)
		return w->va_bits;
	if (w->arch != KD_ARCH_X86_64)
		return 48;
	if ((w->has_sp && only_5level(w->sp)) || (w->has_percpu && only_5level(w->percpu)) ||
	    (w->has_current && only_5level(w->current_task)))
		return 57;
	return 48;
}

static bool sign_extended(uint64_t v, unsigned bits)
{
	uint64_t top = v >> (bits - 1);

	return !top || top == UINT64_MAX >> (bits - 1);
}

bool kd_addr_canonical(const struct kd_val_where *w, uint64_t v)
{
	switch (w->arch) {
	case KD_ARCH_X86_64:
		return sign_extended(v, kd_val_va_bits(w));
	case KD_ARCH_ARM64:
		return !kd_arm64_has_pac(v, kd_val_va_bits(w));
	case KD_ARCH_RISCV64:
		return sign_extended(v, w->va_bits ? w->va_bits : 57);
	default:
		return true;
	}
}

bool kd_addr_user(const struct kd_val_where *w, uint64_t v)
{
	switch (w->arch) {
	case KD_ARCH_X86_64:
		return v < UINT64_C(1) << (kd_val_va_bits(w) - 1);
	case KD_ARCH_ARM64:
		return !(v >> 55 & 1);
	case KD_ARCH_I386:
	case KD_ARCH_ARM:
		return v < X(c0000000); /* the usual split; others are configurable */
	case KD_ARCH_MIPS:
		return v <= UINT32_MAX ? v < X(80000000) : v < UINT64_C(1) << 48;
	case KD_ARCH_S390X:
		return false; /* separate spaces: the number does not tell */
	default:
		return v < UINT64_C(1) << 56;
	}
}

bool kd_val_ascii(uint64_t value, unsigned bytes, bool big_endian, char ret[9])
{
	unsigned good = 0;

	for (unsigned i = 0; i < bytes && i < 8; i++) {
		unsigned shift = 8 * (big_endian ? bytes - 1 - i : i);
		char c = (char)(value >> shift & 0xff);
		bool printable = c >= 0x20 && c < 0x7f;

		if (!printable && c)
			return false;
		good += printable;
		ret[i] = printable ? c : '.';
	}
	ret[bytes < 8 ? bytes : 8] = 0;
	return good >= (bytes == 8 ? 6 : bytes);
}

/* --- regions -------------------------------------------------------------------------- */

struct region {
	uint64_t start, end; /* end is inclusive */
	uint8_t cls;
	bool likely;
	const char *note;
};

static bool in_table(const struct region *t, size_t n, uint64_t v, struct kd_val *ret)
{
	for (size_t i = 0; i < n; i++)
		if (v >= t[i].start && v <= t[i].end) {
			ret->cls = t[i].cls;
			ret->likely = t[i].likely;
			ret->note = t[i].note;
			return true;
		}
	return false;
}

#define IN_TABLE(t, v, ret) in_table(t, KD_ARRAY_LEN(t), v, ret)

/* Fixed at both depths of page tables: Documentation/arch/x86/x86_64/mm.rst. */
static const struct region x86_fixed[] = {
	{X(fffffe0000000000), X(fffffe7fffffffff), KD_VAL_PERCPU, false,
	 "cpu_entry_area: entry stacks and descriptor tables"},
	{X(ffffff0000000000), X(ffffff7fffffffff), KD_VAL_FIXMAP, false, "espfix stacks"},
	{X(ffffffef00000000), X(fffffffeffffffff), KD_VAL_KERNEL, false, "EFI runtime services"},
	{X(ffffffff80000000), X(ffffffff9fffffff), KD_VAL_TEXT, false,
	 "kernel image: text or data"},
	{X(ffffffffc0000000), X(fffffffffeffffff), KD_VAL_MODULE, false, "module area"},
	{X(ffffffffff000000), X(ffffffffff5fffff), KD_VAL_FIXMAP, false, NULL},
	{X(ffffffffff600000), X(ffffffffff600fff), KD_VAL_FIXMAP, false, "vsyscall page"},
};

/* Where nothing was moved: without RANDOMIZE_MEMORY or with KASAN, which switches it off. */
static const struct region x86_4level[] = {
	{X(ffff880000000000), X(ffff887fffffffff), KD_VAL_KERNEL, true,
	 "LDT remap; direct map of kernels before Linux 4.20"},
	{X(ffff888000000000), X(ffffc87fffffffff), KD_VAL_DIRECT, true, NULL},
	{X(ffffc90000000000), X(ffffe8ffffffffff), KD_VAL_VMALLOC, true, NULL},
	{X(ffffea0000000000), X(ffffeaffffffffff), KD_VAL_VMEMMAP, true, NULL},
	{X(ffffec0000000000), X(fffffbffffffffff), KD_VAL_KASAN_SHADOW, true, NULL},
};

static const struct region x86_5level[] = {
	{X(ff10000000000000), X(ff10ffffffffffff), KD_VAL_KERNEL, true, "LDT remap"},
	{X(ff11000000000000), X(ff90ffffffffffff), KD_VAL_DIRECT, true, NULL},
	{X(ffa0000000000000), X(ffd1ffffffffffff), KD_VAL_VMALLOC, true, NULL},
	{X(ffd4000000000000), X(ffd5ffffffffffff), KD_VAL_VMEMMAP, true, NULL},
	{X(ffdf000000000000), X(fffffbffffffffff), KD_VAL_KASAN_SHADOW, true, NULL},
};

static bool close_to(uint64_t a, uint64_t b, uint64_t span)
{
	return (a > b ? a - b : b - a) < span;
}

/* Do the anchors lie where an unmoved layout has them? Direct map, then vmalloc. */
static bool x86_unmoved(const struct kd_val_where *w, bool five)
{
	if (w->has_shadow)
		return true;
	if (!w->has_percpu)
		return false;
	return five ? w->percpu >> 44 == 0xff110 && (!w->has_sp || w->sp >> 44 == 0xffa00)
		    : w->percpu >> 40 == 0xffff88 && (!w->has_sp || w->sp >> 40 == 0xffffc9);
}

/* Moved separately, order kept: direct map < vmalloc < vmemmap. Anchors place the value. */
static bool x86_anchored(const struct kd_val_where *w, uint64_t v, struct kd_val *ret)
{
	bool sp_in_direct = w->has_sp && w->has_percpu && close_to(w->sp, w->percpu, TB);

	ret->likely = true;
	if (w->has_percpu && close_to(v, w->percpu, TB)) {
		ret->cls = KD_VAL_DIRECT;
		ret->note = "near the per-CPU area, which lies in the direct map";
		return true;
	}
	if (w->has_sp && !sp_in_direct && close_to(v, w->sp, TB)) {
		ret->cls = KD_VAL_VMALLOC;
		ret->note = "near the stack pointer: vmalloc, if stacks are mapped (VMAP_STACK)";
		return true;
	}
	return false;
}

/* Nothing to hold on to: only the bases that every unmoved kernel has. */
static bool x86_usual(uint64_t v, bool five, struct kd_val *ret)
{
	static const struct region usual[] = {
		{X(ffff888000000000), X(ffff88ffffffffff), KD_VAL_DIRECT, true,
		 "where the direct map begins if it was not moved"},
		{X(ffffc90000000000), X(ffffc9ffffffffff), KD_VAL_VMALLOC, true,
		 "where vmalloc begins if it was not moved"},
		{X(ffffea0000000000), X(ffffeaffffffffff), KD_VAL_VMEMMAP, true,
		 "where struct pages begin if they were not moved"},
	};
	static const struct region usual5[] = {
		{X(ff11000000000000), X(ff1100ffffffffff), KD_VAL_DIRECT, true,
		 "where the direct map begins if it was not moved"},
		{X(ffa0000000000000), X(ffa000ffffffffff), KD_VAL_VMALLOC, true,
		 "where vmalloc begins if it was not moved"},
		{X(ffd4000000000000), X(ffd400ffffffffff), KD_VAL_VMEMMAP, true,
		 "where struct pages begin if they were not moved"},
	};

	return five ? IN_TABLE(usual5, v, ret) : IN_TABLE(usual, v, ret);
}

static void x86_kernel(const struct kd_val_where *w, uint64_t v, struct kd_val *ret)
{
	bool five = kd_val_va_bits(w) == 57 || only_5level(v);

	if (IN_TABLE(x86_fixed, v, ret))
		return;
	/* 512 MB of image without KASLR, 1 GB with: KERNEL_IMAGE_SIZE. */
	if (v >= X(ffffffffa0000000) && v <= X(ffffffffbfffffff)) {
		bool image = (w->has_kaslr && w->kaslr) ||
			     (w->has_ip && close_to(v, w->ip, UINT64_C(64) << 20));

		ret->cls = image ? KD_VAL_TEXT : KD_VAL_KERNEL;
		ret->likely = image;
		ret->note = image ? "kernel image: text or data" : "kernel image or modules";
		return;
	}
	if (x86_unmoved(w, five) &&
	    (five ? IN_TABLE(x86_5level, v, ret) : IN_TABLE(x86_4level, v, ret)))
		return;
	if (x86_anchored(w, v, ret))
		return;
	if (!w->has_percpu && x86_usual(v, five, ret))
		return;
	ret->cls = KD_VAL_KERNEL;
	ret->likely = false;
	ret->note = "direct map, vmalloc or struct pages: the regions may have been moved";
}

/*
 * Since Linux 5.4 the direct map is the lower half of the kernel's half, image, modules
 * and vmalloc the upper one; before, it was the other way round. The stack pointer
 * (vmalloc) tells which.
 */
static void arm64_kernel(const struct kd_val_where *w, uint64_t v, struct kd_val *ret)
{
	unsigned va = kd_val_va_bits(w);
	unsigned min = va > 48 ? 48 : va;
	uint64_t half = 0 - (UINT64_C(1) << (min - 1));

	ret->cls = KD_VAL_KERNEL;
	ret->likely = true;
	if (w->has_ip && close_to(v, w->ip, UINT64_C(64) << 20)) {
		ret->cls = KD_VAL_TEXT;
		ret->note = "near the program counter: kernel image, or a module";
		return;
	}
	if (w->has_sp && w->sp < half) {
		ret->likely = false;
		ret->note = "the layout is that of an older kernel or unmapped stacks";
		return;
	}
	if (v < half) {
		ret->cls = KD_VAL_DIRECT;
		return;
	}
	if (min == 48 && v >= X(fffffc0000000000) && v < X(ffffffc000000000)) {
		ret->cls = KD_VAL_VMEMMAP;
		return;
	}
	if (w->has_sp && close_to(v, w->sp, UINT64_C(1) << 32)) {
		ret->cls = KD_VAL_VMALLOC;
		ret->note = "near the stack pointer";
		return;
	}
	ret->note = "kernel image, modules or vmalloc";
}

/* Documentation/arch/riscv/vm-layout.rst: the top 4 GB are the same at every depth. */
static const struct region riscv_regions[] = {
	{X(ffffffff00000000), X(ffffffff7fffffff), KD_VAL_MODULE, true, "modules or BPF"},
	{X(ffffffff80000000), X(ffffffffffffffff), KD_VAL_TEXT, true, "kernel image: text or data"},
};

/* arch/powerpc/include/asm/book3s/64/{radix,hash-64k}.h; 0xd…, 0xf… before Linux 5.2. */
static const struct region ppc_regions[] = {
	{X(c000000000000000), X(c007ffffffffffff), KD_VAL_DIRECT, true,
	 "direct map, which holds the kernel image too"},
	{X(c008000000000000), X(c009ffffffffffff), KD_VAL_VMALLOC, true, "vmalloc or modules"},
	{X(c00a000000000000), X(c00bffffffffffff), KD_VAL_VMALLOC, true, "ioremap"},
	{X(c00c000000000000), X(c00dffffffffffff), KD_VAL_VMEMMAP, true, NULL},
	{X(d000000000000000), X(dfffffffffffffff), KD_VAL_VMALLOC, true, "vmalloc or modules"},
	{X(f000000000000000), X(f00fffffffffffff), KD_VAL_VMEMMAP, true, NULL},
};

/* arch/loongarch/include/asm/addrspace.h: direct mapped windows, then mapped space. */
static const struct region loongarch_regions[] = {
	{X(8000000000000000), X(8fffffffffffffff), KD_VAL_DIRECT, false, "uncached direct window"},
	{X(9000000000000000), X(9fffffffffffffff), KD_VAL_DIRECT, false,
	 "cached direct window, which holds the kernel image too"},
	{X(ffff800000000000), X(ffffffffffffffff), KD_VAL_VMALLOC, true, "vmalloc or modules"},
};

/* arch/mips/include/asm/addrspace.h; 32-bit addresses are sign-extended. */
static const struct region mips_regions[] = {
	{X(8000000000000000), X(bfffffffffffffff), KD_VAL_DIRECT, false, "XKPHYS"},
	{X(c000000000000000), X(c0ffffffffffffff), KD_VAL_VMALLOC, true, "XKSEG"},
	{X(ffffffff80000000), X(ffffffff9fffffff), KD_VAL_DIRECT, false,
	 "KSEG0, which holds the kernel image too"},
	{X(ffffffffa0000000), X(ffffffffbfffffff), KD_VAL_DIRECT, false, "KSEG1, uncached"},
	{X(ffffffffc0000000), X(ffffffffffffffff), KD_VAL_VMALLOC, true, "mapped kernel segment"},
};

static void kernel_half(const struct kd_val_where *w, uint64_t v, struct kd_val *ret)
{
	ret->cls = KD_VAL_KERNEL;
	ret->likely = true;
	switch (w->arch) {
	case KD_ARCH_X86_64:
		x86_kernel(w, v, ret);
		return;
	case KD_ARCH_ARM64:
		arm64_kernel(w, v, ret);
		return;
	case KD_ARCH_RISCV64:
		IN_TABLE(riscv_regions, v, ret);
		return;
	case KD_ARCH_PPC64:
		if (!IN_TABLE(ppc_regions, v, ret))
			ret->cls = KD_VAL_PLAIN;
		return;
	case KD_ARCH_LOONGARCH64:
		if (!IN_TABLE(loongarch_regions, v, ret))
			ret->cls = KD_VAL_PLAIN;
		return;
	case KD_ARCH_MIPS:
		if (v <= UINT32_MAX)
			v |= X(ffffffff00000000);
		if (!IN_TABLE(mips_regions, v, ret))
			ret->cls = KD_VAL_PLAIN;
		return;
	case KD_ARCH_I386:
	case KD_ARCH_ARM:
		ret->note = "kernel half, if the split is the usual one at 3 GB";
		return;
	default:
		ret->cls = KD_VAL_PLAIN;
		ret->likely = false;
	}
}

/* The user half holds plain numbers too: only what looks like a mapping is called so. */
static void user_half(unsigned bits, uint64_t v, struct kd_val *ret)
{
	if (bits == 64 && v >> 32) {
		ret->cls = KD_VAL_USER;
		ret->likely = true;
		return;
	}
	if (bits == 32 && v >= X(8000000)) {
		ret->cls = KD_VAL_USER;
		ret->likely = true;
		return;
	}
	if (bits == 64 && v >= X(400000))
		ret->note = "a number, or an address of a program at low addresses";
}

/* -22 in the low half only: an int that was not sign-extended. */
static bool half_errno(const struct kd_val_where *w, uint64_t v, struct kd_val *ret)
{
	unsigned e;

	if (bits_of(w) != 64 || v > UINT32_MAX || !kd_errno_of_pointer(v, 32, &e) ||
	    !kd_errno_minus(e, (enum kd_arch)w->arch))
		return false;
	ret->errnum = e;
	ret->note = kd_errno_minus(e, (enum kd_arch)w->arch);
	return true;
}

/* Values that are special whatever the layout. */
static bool special(const struct kd_val_where *w, uint64_t v, struct kd_val *ret)
{
	struct kd_poison_hit hit;
	unsigned e;

	if (!v) {
		ret->cls = KD_VAL_NULL;
		return true;
	}
	if (v < 4096) {
		ret->cls = KD_VAL_SMALL;
		return true;
	}
	if (kd_errno_of_pointer(v, bits_of(w), &e) ||
	    (w->arch == KD_ARCH_MIPS && kd_errno_of_pointer(v, 32, &e))) {
		ret->cls = KD_VAL_ERRPTR;
		ret->errnum = e;
		ret->note = kd_errno_minus(e, (enum kd_arch)w->arch);
		return true;
	}
	if (!kd_poison_find(v, (enum kd_arch)w->arch, &hit))
		return false;
	ret->cls = KD_VAL_POISON;
	ret->likely = hit.poison->weak || hit.half;
	ret->note = hit.poison->note;
	ret->offset = hit.offset;
	return true;
}

static bool x86_null_shadow(const struct kd_val_where *w, uint64_t v)
{
	return w->arch == KD_ARCH_X86_64 && v >> 40 == 0xdffffc;
}

/* A pointer whose high byte or bits carry something else. */
static bool tagged(const struct kd_val_where *w, uint64_t v, struct kd_val *ret)
{
	uint64_t plain;

	if (w->arch != KD_ARCH_ARM64)
		return false;
	plain = kd_arm64_strip(v, 0, kd_val_va_bits(w));
	if (plain == v || plain >> 32 == 0)
		return false;
	ret->cls = KD_VAL_TAGGED;
	ret->plain = plain;
	ret->likely = true;
	ret->note = plain >> 55 & 1 ? "kernel pointer with a tag or authentication code, or damage"
				    : "user pointer with a tag, or a plain number";
	return true;
}

/* Is it in the kernel's half, and would the machine take it for an address? */
static bool kernel_address(const struct kd_val_where *w, uint64_t v)
{
	switch (w->arch) {
	case KD_ARCH_UNKNOWN:
	case KD_ARCH_S390X:
		return false;
	case KD_ARCH_X86_64:
		return v >> 63 && (kd_addr_canonical(w, v) || only_5level(v));
	case KD_ARCH_ARM64:
		return !kd_addr_user(w, v) && kd_addr_canonical(w, v);
	default:
		return !kd_addr_user(w, v);
	}
}

static void not_kernel(const struct kd_val_where *w, uint64_t v, struct kd_val *ret)
{
	unsigned bits = bits_of(w);

	if (kd_val_ascii(v, bits == 64 ? 8 : 4, w->arch == KD_ARCH_S390X || w->big_endian,
			 ret->ascii)) {
		ret->cls = KD_VAL_ASCII;
		ret->likely = true;
		return;
	}
	ret->ascii[0] = 0;
	if (tagged(w, v, ret))
		return;
	if (w->arch == KD_ARCH_X86_64 && !kd_addr_canonical(w, v))
		ret->cls = KD_VAL_NONCANON;
	else if (w->arch != KD_ARCH_UNKNOWN && w->arch != KD_ARCH_S390X && kd_addr_user(w, v))
		user_half(bits, v, ret);
}

void kd_val_class(const struct kd_val_where *w, uint64_t value, struct kd_val *ret)
{
	struct kd_val val = {.cls = KD_VAL_PLAIN, .plain = value};

	if (special(w, value, &val) || half_errno(w, value, &val)) {
		;
	} else if (x86_null_shadow(w, value)) {
		val.cls = KD_VAL_KASAN_SHADOW;
		val.note = "KASAN shadow of a low address, or the shadow offset itself";
	} else if (kernel_address(w, value)) {
		kernel_half(w, value, &val);
	} else {
		not_kernel(w, value, &val);
	}
	*ret = val;
}

struct names {
	const char *name, *words;
};

static const struct names class_names[] = {
	[KD_VAL_PLAIN] = {"plain", "number"},
	[KD_VAL_NULL] = {"null", "NULL"},
	[KD_VAL_SMALL] = {"small", "small number"},
	[KD_VAL_ERRPTR] = {"errptr", "error pointer or small negative number"},
	[KD_VAL_USER] = {"user", "user address"},
	[KD_VAL_TEXT] = {"text", "kernel image"},
	[KD_VAL_MODULE] = {"module", "module area"},
	[KD_VAL_DIRECT] = {"direct", "direct map"},
	[KD_VAL_VMALLOC] = {"vmalloc", "vmalloc"},
	[KD_VAL_VMEMMAP] = {"vmemmap", "struct page array"},
	[KD_VAL_PERCPU] = {"percpu", "per-CPU area"},
	[KD_VAL_FIXMAP] = {"fixmap", "fixed mapping"},
	[KD_VAL_KASAN_SHADOW] = {"kasan_shadow", "KASAN shadow"},
	[KD_VAL_KERNEL] = {"kernel", "kernel address"},
	[KD_VAL_NONCANON] = {"noncanonical", "non-canonical"},
	[KD_VAL_POISON] = {"poison", "poison pattern"},
	[KD_VAL_ASCII] = {"ascii", "printable characters"},
	[KD_VAL_TAGGED] = {"tagged", "tagged pointer"},
};

const char *kd_valclass_words(enum kd_valclass cls)
{
	return class_names[(unsigned)cls < KD_ARRAY_LEN(class_names) ? cls : 0].words;
}

const char *kd_valclass_name(enum kd_valclass cls)
{
	return class_names[(unsigned)cls < KD_ARRAY_LEN(class_names) ? cls : 0].name;
}
