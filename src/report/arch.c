// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/arch.h"

#include "base/alloc.h"

static const struct kd_arch_info infos[KD_ARCH_N] = {
	[KD_ARCH_UNKNOWN] = {"unknown", 64, false, true},
	[KD_ARCH_X86_64] = {"x86_64", 64, false, false},
	[KD_ARCH_I386] = {"i386", 32, false, false},
	[KD_ARCH_ARM64] = {"arm64", 64, false, false},
	[KD_ARCH_ARM] = {"arm", 32, false, false},
	[KD_ARCH_RISCV64] = {"riscv64", 64, false, false},
	[KD_ARCH_PPC64] = {"ppc64", 64, false, true},
	[KD_ARCH_S390X] = {"s390x", 64, true, false},
	[KD_ARCH_LOONGARCH64] = {"loongarch64", 64, false, false},
	[KD_ARCH_MIPS] = {"mips", 64, true, true},
};

struct alias {
	const char *name;
	enum kd_arch arch;
};

/* uname -m, Debian, RPM and Go spellings. */
static const struct alias aliases[] = {
	{"x86_64", KD_ARCH_X86_64},
	{"amd64", KD_ARCH_X86_64},
	{"x86-64", KD_ARCH_X86_64},
	{"i386", KD_ARCH_I386},
	{"i486", KD_ARCH_I386},
	{"i586", KD_ARCH_I386},
	{"i686", KD_ARCH_I386},
	{"x86", KD_ARCH_I386},
	{"686", KD_ARCH_I386},
	{"686-pae", KD_ARCH_I386},
	{"arm64", KD_ARCH_ARM64},
	{"aarch64", KD_ARCH_ARM64},
	{"arm", KD_ARCH_ARM},
	{"armv6l", KD_ARCH_ARM},
	{"armv7l", KD_ARCH_ARM},
	{"armv7hl", KD_ARCH_ARM},
	{"armhf", KD_ARCH_ARM},
	{"armel", KD_ARCH_ARM},
	{"armmp", KD_ARCH_ARM},
	{"riscv64", KD_ARCH_RISCV64},
	{"riscv", KD_ARCH_RISCV64},
	{"ppc64", KD_ARCH_PPC64},
	{"ppc64le", KD_ARCH_PPC64},
	{"ppc64el", KD_ARCH_PPC64},
	{"powerpc64", KD_ARCH_PPC64},
	{"powerpc64le", KD_ARCH_PPC64},
	{"s390x", KD_ARCH_S390X},
	{"s390", KD_ARCH_S390X},
	{"loongarch64", KD_ARCH_LOONGARCH64},
	{"loong64", KD_ARCH_LOONGARCH64},
	{"loongarch", KD_ARCH_LOONGARCH64},
	{"mips", KD_ARCH_MIPS},
	{"mips64", KD_ARCH_MIPS},
	{"mipsel", KD_ARCH_MIPS},
	{"mips64el", KD_ARCH_MIPS},
};

const struct kd_arch_info *kd_arch_info(enum kd_arch arch)
{
	return &infos[(unsigned)arch < KD_ARCH_N ? arch : KD_ARCH_UNKNOWN];
}

enum kd_arch kd_arch_by_name(struct kd_view name)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(aliases); i++)
		if (kd_view_eq(name, kd_view_of(aliases[i].name)))
			return aliases[i].arch;
	return KD_ARCH_UNKNOWN;
}
