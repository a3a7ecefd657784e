// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/syscalls.h"

#include "base/alloc.h"
#include "report/syscalls_generic.h"
#include "report/syscalls_i386.h"
#include "report/syscalls_x32.h"
#include "report/syscalls_x86_64.h"

#define X32_BIT UINT64_C(0x40000000)

struct table {
	const char *const *v;
	size_t n;
	const char *name;
};

static const struct table tables[KD_SYSABI_N] = {
	[KD_SYSABI_UNKNOWN] = {NULL, 0, "unknown"},
	[KD_SYSABI_X86_64] = {syscalls_x86_64, KD_ARRAY_LEN(syscalls_x86_64), "x86_64"},
	[KD_SYSABI_X32] = {syscalls_x32, KD_ARRAY_LEN(syscalls_x32), "x32"},
	[KD_SYSABI_I386] = {syscalls_i386, KD_ARRAY_LEN(syscalls_i386), "i386"},
	[KD_SYSABI_GENERIC] = {syscalls_generic, KD_ARRAY_LEN(syscalls_generic), "generic"},
};

static const struct table *table_of(enum kd_sysabi abi)
{
	return &tables[(unsigned)abi < KD_SYSABI_N ? abi : KD_SYSABI_UNKNOWN];
}

const char *kd_sysabi_name(enum kd_sysabi abi)
{
	return table_of(abi)->name;
}

const char *kd_syscall_name(enum kd_sysabi abi, uint64_t nr)
{
	const struct table *t = table_of(abi);

	if (abi == KD_SYSABI_X32) {
		nr &= ~X32_BIT;
		/* x32 has calls of its own from 512 on and shares the others. */
		if (nr < 512)
			t = &tables[KD_SYSABI_X86_64];
	}
	return nr < t->n ? t->v[nr] : NULL;
}

static int find_in(const struct table *t, struct kd_view name)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i] && kd_view_eq(name, kd_view_of(t->v[i])))
			return (int)i;
	return -1;
}

int kd_syscall_nr(enum kd_sysabi abi, struct kd_view name)
{
	int nr = find_in(table_of(abi), name);

	if (nr < 0 && abi == KD_SYSABI_X32)
		nr = find_in(&tables[KD_SYSABI_X86_64], name);
	return nr;
}

/* --- names ---------------------------------------------------------------------------- */

static bool drop_suffix(struct kd_view *v, struct kd_view suffix)
{
	if (v->n <= suffix.n || !kd_view_ends(*v, suffix))
		return false;
	v->n -= suffix.n;
	return true;
}

/*
 * One spelling for one call: SYSCALL_DEFINE names differ from the numbers' names by
 * "new" and "old_", time and file offset width, and 16-bit user ids.
 */
static struct kd_view normal(struct kd_view v)
{
	kd_view_skip(&v, KD_V("_"));
	kd_view_skip(&v, KD_V("x32_"));
	if (!kd_view_skip(&v, KD_V("new")))
		kd_view_skip(&v, KD_V("old_"));
	if (!drop_suffix(&v, KD_V("_time32")))
		drop_suffix(&v, KD_V("_time64"));
	if (!drop_suffix(&v, KD_V("64")) && !drop_suffix(&v, KD_V("32")))
		drop_suffix(&v, KD_V("16"));
	return v;
}

struct pair {
	const char *a, *b;
};

/* Where no rule helps: arch/x86/entry/syscalls/syscall_{64,32}.tbl. */
static const struct pair pairs[] = {
	{"umount2", "umount"},
	{"mmap2", "mmap_pgoff"},
	{"mmap", "mmap_pgoff"},
	{"umount", "oldumount"},
	{"uname", "olduname"},
	{"ugetrlimit", "getrlimit"},
	{"pread", "pread64"},
	{"pwrite", "pwrite64"},
	{"stat", "oldstat"},
	{"fstat", "oldfstat"},
	{"lstat", "oldlstat"},
	{"readdir", "old_readdir"},
	{"clock_nanosleep_time64", "clock_nanosleep"},
	{"semtimedop_time64", "semtimedop"},
};

bool kd_syscall_same(struct kd_view a, struct kd_view b)
{
	if (kd_view_eq(a, b) || kd_view_eq(normal(a), normal(b)))
		return true;
	for (size_t i = 0; i < KD_ARRAY_LEN(pairs); i++) {
		struct kd_view x = kd_view_of(pairs[i].a), y = kd_view_of(pairs[i].b);

		if ((kd_view_eq(a, x) && kd_view_eq(b, y)) ||
		    (kd_view_eq(a, y) && kd_view_eq(b, x)))
			return true;
	}
	return false;
}

/* Does any table know it, in any spelling? */
static bool is_call(struct kd_view name)
{
	for (unsigned abi = 0; abi < KD_SYSABI_N; abi++)
		for (size_t i = 0; i < tables[abi].n; i++)
			if (tables[abi].v[i] && kd_syscall_same(name, kd_view_of(tables[abi].v[i])))
				return true;
	return false;
}

/* --- symbols --------------------------------------------------------------------------- */

struct prefix {
	const char *text;
	uint8_t abi;
	bool compat, entry, helper;
	bool weak; /* other functions are called so too: the name must be a known call */
};

/* The wrappers of {x86,arm64,riscv,s390}/include/asm/syscall_wrapper.h; then older ones. */
static const struct prefix prefixes[] = {
	{"__ia32_compat_sys_", KD_SYSABI_I386, true, true, false, false},
	{"__x64_compat_sys_", KD_SYSABI_X32, true, true, false, false},
	{"__x32_compat_sys_", KD_SYSABI_X32, true, true, false, false},
	{"__arm64_compat_sys_", KD_SYSABI_UNKNOWN, true, true, false, false},
	{"__riscv_compat_sys_", KD_SYSABI_UNKNOWN, true, true, false, false},
	{"__x64_sys_", KD_SYSABI_X86_64, false, true, false, false},
	{"__ia32_sys_", KD_SYSABI_I386, false, true, false, false},
	{"__arm64_sys_", KD_SYSABI_GENERIC, false, true, false, false},
	{"__riscv_sys_", KD_SYSABI_GENERIC, false, true, false, false},
	{"__s390x_sys_", KD_SYSABI_UNKNOWN, false, true, false, false},
	{"__s390_sys_", KD_SYSABI_UNKNOWN, true, true, false, false},
	{"__s390_compat_sys_", KD_SYSABI_UNKNOWN, true, true, false, false},
	{"__se_compat_sys_", KD_SYSABI_UNKNOWN, true, true, false, false},
	{"__do_compat_sys_", KD_SYSABI_UNKNOWN, true, true, false, false},
	{"__se_sys_", KD_SYSABI_UNKNOWN, false, true, false, false},
	{"__do_sys_", KD_SYSABI_UNKNOWN, false, true, false, false},
	{"compat_SyS_", KD_SYSABI_UNKNOWN, true, true, false, false},
	{"C_SYSC_", KD_SYSABI_UNKNOWN, true, true, false, false},
	{"SyS_", KD_SYSABI_UNKNOWN, false, true, false, true},
	{"SYSC_", KD_SYSABI_UNKNOWN, false, true, false, true},
	{"compat_sys_", KD_SYSABI_UNKNOWN, true, true, false, true},
	{"ksys_", KD_SYSABI_UNKNOWN, false, false, true, true},
	{"sys32_", KD_SYSABI_I386, true, true, false, true},
	{"___sys_", KD_SYSABI_UNKNOWN, false, false, true, true},
	{"__sys_", KD_SYSABI_UNKNOWN, false, false, true, true},
	{"sys_", KD_SYSABI_UNKNOWN, false, true, false, true},
};

static bool good_name(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_word(v.p[i]))
			return false;
	return v.n && v.n < 64;
}

bool kd_syscall_from_symbol(struct kd_view symbol, struct kd_syscall_entry *ret)
{
	/* ".isra.0", ".constprop.0", ".cold" are the compiler's. */
	struct kd_view v = kd_view_head(symbol, kd_view_chr(symbol, '.'));

	for (size_t i = 0; i < KD_ARRAY_LEN(prefixes); i++) {
		const struct prefix *p = &prefixes[i];
		struct kd_view name = v;

		if (!kd_view_skip(&name, kd_view_of(p->text)))
			continue;
		if (!good_name(name) || (p->weak && !is_call(name)))
			return false;
		*ret = (struct kd_syscall_entry){
			.name = name,
			.abi = p->abi,
			.compat = p->compat,
			.entry = p->entry,
			.helper = p->helper,
		};
		return true;
	}
	return false;
}

bool kd_syscall_compat_path(struct kd_view symbol)
{
	static const char *const names[] = {
		"do_int80_syscall_32",   "do_int80_emulation",
		"int80_emulation",       "do_fast_syscall_32",
		"__do_fast_syscall_32",  "do_SYSENTER_32",
		"entry_SYSENTER_compat", "entry_SYSENTER_compat_after_hwframe",
		"entry_SYSCALL_compat",  "entry_SYSCALL_compat_after_hwframe",
		"entry_INT80_compat",    "asm_int80_emulation",
		"ia32_sys_call",         "do_syscall_32_irqs_on",
		"ia32_sysenter_target",  "ia32_syscall",
		"do_el0_svc_compat",     "el0_svc_compat",
		"el0t_32_sync_handler",  "el0t_32_sync",
	};
	struct kd_view v = kd_view_head(symbol, kd_view_chr(symbol, '.'));

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (kd_view_eq(v, kd_view_of(names[i])))
			return true;
	return false;
}

/* --- registers -------------------------------------------------------------------------- */

static const char *const args_x86_64[] = {"rdi", "rsi", "rdx", "r10", "r8", "r9"};
static const char *const args_ia32[] = {"rbx", "rcx", "rdx", "rsi", "rdi", "rbp"};
static const char *const args_i386[] = {"ebx", "ecx", "edx", "esi", "edi", "ebp"};
static const char *const args_arm64[] = {"x0", "x1", "x2", "x3", "x4", "x5"};
static const char *const args_a[] = {"a0", "a1", "a2", "a3", "a4", "a5"};

const char *const *kd_syscall_args(enum kd_sysabi abi, enum kd_arch arch, size_t *n_ret)
{
	const char *const *v = NULL;

	if (abi == KD_SYSABI_X86_64 || abi == KD_SYSABI_X32)
		v = arch == KD_ARCH_X86_64 ? args_x86_64 : NULL;
	else if (abi == KD_SYSABI_I386)
		v = arch == KD_ARCH_X86_64 ? args_ia32 : arch == KD_ARCH_I386 ? args_i386 : NULL;
	else if (abi == KD_SYSABI_GENERIC && arch == KD_ARCH_ARM64)
		v = args_arm64;
	else if (abi == KD_SYSABI_GENERIC &&
		 (arch == KD_ARCH_RISCV64 || arch == KD_ARCH_LOONGARCH64))
		v = args_a;
	*n_ret = v ? 6 : 0;
	return v;
}

/* --- which call --------------------------------------------------------------------------- */

static enum kd_sysabi decide_x86_64(const struct kd_syscall_user *u, const char **why)
{
	if (u->compat_path) {
		*why = "the trace runs through the 32-bit entry";
		return KD_SYSABI_I386;
	}
	if (u->has_cs && u->cs == 0x23) {
		*why = "CS is that of 32-bit code";
		return KD_SYSABI_I386;
	}
	if (u->has_cs && u->cs == 0x33) {
		*why = "CS is that of 64-bit code";
		return u->has_nr && (u->nr & (int64_t)X32_BIT) ? KD_SYSABI_X32 : KD_SYSABI_X86_64;
	}
	*why = "nothing tells the width of the caller";
	return KD_SYSABI_UNKNOWN;
}

static bool names(enum kd_sysabi abi, const struct kd_syscall_user *u)
{
	const char *name = u->has_nr && u->nr >= 0 ? kd_syscall_name(abi, (uint64_t)u->nr) : NULL;

	return name && kd_syscall_same(u->entry.name, kd_view_of(name));
}

/*
 * Calls without arguments have one function with two names (SYSCALL_DEFINE0 of
 * arch/x86/include/asm/syscall_wrapper.h), and a trace prints either:
 * __ia32_sys_inotify_init for a 64-bit call. Then CS and the number know better.
 */
static bool alias(const struct kd_syscall_user *u, enum kd_sysabi by_cs)
{
	return !u->entry.compat && by_cs != KD_SYSABI_UNKNOWN && by_cs != u->entry.abi &&
	       names(by_cs, u) && !names((enum kd_sysabi)u->entry.abi, u);
}

static enum kd_sysabi decide_abi(const struct kd_syscall_user *u, const char **why)
{
	if (u->has_entry && u->entry.abi != KD_SYSABI_UNKNOWN) {
		enum kd_sysabi by_cs =
			u->arch == KD_ARCH_X86_64 ? decide_x86_64(u, why) : KD_SYSABI_UNKNOWN;

		if (alias(u, by_cs)) {
			*why = "CS and the number agree; the entry function's name is an alias";
			return by_cs;
		}
		*why = "the entry function in the trace names the interface";
		if (u->entry.abi == KD_SYSABI_X86_64 && u->has_nr && (u->nr & (int64_t)X32_BIT))
			return KD_SYSABI_X32;
		return (enum kd_sysabi)u->entry.abi;
	}
	if (u->compat_path && u->arch != KD_ARCH_X86_64) {
		*why = "a 32-bit call";
		return KD_SYSABI_UNKNOWN;
	}
	switch (u->arch) {
	case KD_ARCH_X86_64:
		return decide_x86_64(u, why);
	case KD_ARCH_I386:
		*why = "the kernel has 32 bits";
		return KD_SYSABI_I386;
	case KD_ARCH_ARM64:
	case KD_ARCH_RISCV64:
	case KD_ARCH_LOONGARCH64:
		*why = "the architecture uses the generic table";
		return KD_SYSABI_GENERIC;
	default:
		*why = "no table for this architecture";
		return KD_SYSABI_UNKNOWN;
	}
}

bool kd_syscall_decide(const struct kd_syscall_user *u, struct kd_syscall *ret)
{
	struct kd_syscall s = {0};
	const char *name = NULL;

	s.abi = (uint8_t)decide_abi(u, &s.why);
	/* -1 marks an exception or interrupt; numbers have 31 bits. */
	if (u->has_nr && u->nr >= 0 && u->nr <= INT32_MAX && s.abi != KD_SYSABI_UNKNOWN) {
		s.has_nr = true;
		s.nr = (uint64_t)u->nr & ~(s.abi == KD_SYSABI_X32 ? X32_BIT : 0);
		name = kd_syscall_name((enum kd_sysabi)s.abi, s.nr);
	}
	if (!s.has_nr && !u->has_entry)
		return false;
	if (!u->has_entry || (u->entry.helper && name)) {
		s.from = KD_SYSFROM_NUMBER;
		s.name = kd_view_of(name);
	} else {
		s.from = name ? KD_SYSFROM_BOTH : KD_SYSFROM_SYMBOL;
		s.name = u->entry.name;
		s.conflict = name && !kd_syscall_same(u->entry.name, kd_view_of(name));
		if (name && !s.conflict)
			s.name = kd_view_of(name);
	}
	s.args = kd_syscall_args((enum kd_sysabi)s.abi, (enum kd_arch)u->arch, &s.nargs);
	*ret = s;
	return true;
}
