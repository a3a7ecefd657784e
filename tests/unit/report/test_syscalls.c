// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "report/syscalls.h"

static struct kd_view V(const char *s) {
	return kd_view_of(s);
}

static bool
is(struct kd_view v, const char *want)
{
	return kd_view_eq(v, V(want));
}

static void numbers(void **state)
{
	(void)state;
	assert_string_equal(kd_syscall_name(KD_SYSABI_X86_64, 0), "read");
	assert_string_equal(kd_syscall_name(KD_SYSABI_X86_64, 56), "clone");
	assert_string_equal(kd_syscall_name(KD_SYSABI_X86_64, 462), "mseal");
	assert_null(kd_syscall_name(KD_SYSABI_X86_64, 400));
	assert_null(kd_syscall_name(KD_SYSABI_X86_64, UINT64_MAX));
	assert_string_equal(kd_syscall_name(KD_SYSABI_I386, 54), "ioctl");
	assert_string_equal(kd_syscall_name(KD_SYSABI_GENERIC, 29), "ioctl");
	assert_string_equal(kd_syscall_name(KD_SYSABI_GENERIC, 80), "fstat");
	assert_string_equal(kd_syscall_name(KD_SYSABI_X32, 0x40000000 | 514), "ioctl");
	assert_string_equal(kd_syscall_name(KD_SYSABI_X32, 0x40000000 | 3), "close");
	assert_null(kd_syscall_name(KD_SYSABI_UNKNOWN, 0));
	assert_null(kd_syscall_name((enum kd_sysabi)77, 0));
	assert_int_equal(kd_syscall_nr(KD_SYSABI_X86_64, V("ioctl")), 16);
	assert_int_equal(kd_syscall_nr(KD_SYSABI_I386, V("mmap2")), 192);
	assert_int_equal(kd_syscall_nr(KD_SYSABI_X86_64, V("nothing")), -1);
	assert_int_equal(kd_syscall_nr(KD_SYSABI_X32, V("close")), 3);
}

struct sym {
	const char *symbol, *name;
	enum kd_sysabi abi;
	bool compat, helper;
};

static void symbols(void **state)
{
	static const struct sym rows[] = {
		{"__x64_sys_read", "read", KD_SYSABI_X86_64, false, false},
		{"__ia32_sys_mount", "mount", KD_SYSABI_I386, false, false},
		{"__ia32_compat_sys_ioctl", "ioctl", KD_SYSABI_I386, true, false},
		{"__arm64_sys_openat", "openat", KD_SYSABI_GENERIC, false, false},
		{"__arm64_compat_sys_openat", "openat", KD_SYSABI_UNKNOWN, true, false},
		{"__se_sys_ioctl", "ioctl", KD_SYSABI_UNKNOWN, false, false},
		{"__do_sys_bpf", "bpf", KD_SYSABI_UNKNOWN, false, false},
		{"__do_compat_sys_ioctl", "ioctl", KD_SYSABI_UNKNOWN, true, false},
		{"SyS_mmap_pgoff", "mmap_pgoff", KD_SYSABI_UNKNOWN, false, false},
		{"SYSC_newlstat", "newlstat", KD_SYSABI_UNKNOWN, false, false},
		{"sys_write", "write", KD_SYSABI_UNKNOWN, false, false},
		{"ksys_read", "read", KD_SYSABI_UNKNOWN, false, true},
		{"compat_sys_futex", "futex", KD_SYSABI_UNKNOWN, true, false},
		{"__sys_sendmsg", "sendmsg", KD_SYSABI_UNKNOWN, false, true},
		{"___sys_sendmsg", "sendmsg", KD_SYSABI_UNKNOWN, false, true},
		{"__x64_sys_read.isra.0", "read", KD_SYSABI_X86_64, false, false},
		{"__do_sys_clone3.cold", "clone3", KD_SYSABI_UNKNOWN, false, false},
	};
	struct kd_syscall_entry e;
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		assert_true(kd_syscall_from_symbol(V(rows[i].symbol), &e));
		assert_true(is(e.name, rows[i].name));
		assert_int_equal(e.abi, rows[i].abi);
		assert_int_equal(e.compat, rows[i].compat);
		assert_int_equal(e.helper, rows[i].helper);
		assert_int_equal(e.entry, !rows[i].helper);
	}
}

static void not_symbols(void **state)
{
	static const char *const bad[] = {"",
					  "sys_",
					  "__x64_sys_",
					  "do_syscall_64",
					  "sys_imageblit",
					  "ksys_sync_helper",
					  "sys_off_notify",
					  "SyS_",
					  "vfs_read",
					  ".sys_read",
					  "__x64_sys_a-b",
					  "x64_sys_call",
					  "sysfs_kf_write",
					  "entry_SYSCALL_64_after_hwframe"};
	struct kd_syscall_entry e;
	(void)state;

	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		assert_false(kd_syscall_from_symbol(V(bad[i]), &e));
}

static void spellings(void **state)
{
	(void)state;
	assert_true(kd_syscall_same(V("fstat"), V("newfstat")));
	assert_true(kd_syscall_same(V("umount"), V("umount2")));
	assert_true(kd_syscall_same(V("futex_time64"), V("futex")));
	assert_true(kd_syscall_same(V("_newselect"), V("select")));
	assert_true(kd_syscall_same(V("mmap2"), V("mmap_pgoff")));
	assert_true(kd_syscall_same(V("chown32"), V("chown")));
	assert_false(kd_syscall_same(V("read"), V("write")));
	assert_false(kd_syscall_same(V("clone"), V("clone3")));
	assert_false(kd_syscall_same(V("openat"), V("openat2")));
	assert_false(kd_syscall_same(V("preadv"), V("preadv2")));
}

static void arguments(void **state)
{
	size_t n = 9;
	(void)state;

	assert_string_equal(kd_syscall_args(KD_SYSABI_X86_64, KD_ARCH_X86_64, &n)[3], "r10");
	assert_int_equal(n, 6);
	assert_string_equal(kd_syscall_args(KD_SYSABI_I386, KD_ARCH_X86_64, &n)[0], "rbx");
	assert_string_equal(kd_syscall_args(KD_SYSABI_I386, KD_ARCH_I386, &n)[5], "ebp");
	assert_string_equal(kd_syscall_args(KD_SYSABI_GENERIC, KD_ARCH_ARM64, &n)[0], "x0");
	assert_string_equal(kd_syscall_args(KD_SYSABI_GENERIC, KD_ARCH_RISCV64, &n)[5], "a5");
	assert_null(kd_syscall_args(KD_SYSABI_GENERIC, KD_ARCH_X86_64, &n));
	assert_int_equal(n, 0);
}

static void decided_by_registers(void **state)
{
	struct kd_syscall_user u = {
		.arch = KD_ARCH_X86_64, .has_cs = true, .cs = 0x33, .has_nr = true, .nr = 16};
	struct kd_syscall s;
	(void)state;

	assert_true(kd_syscall_decide(&u, &s));
	assert_true(is(s.name, "ioctl"));
	assert_int_equal(s.from, KD_SYSFROM_NUMBER);
	assert_int_equal(s.nargs, 6);
	u.cs = 0x23; /* 32-bit code: number 16 is lchown there */
	assert_true(kd_syscall_decide(&u, &s));
	assert_int_equal(s.abi, KD_SYSABI_I386);
	assert_true(is(s.name, "lchown"));
	u.cs = 0x33; /* int $0x80 from 64-bit code */
	u.compat_path = kd_syscall_compat_path(V("do_int80_syscall_32"));
	assert_true(kd_syscall_decide(&u, &s));
	assert_int_equal(s.abi, KD_SYSABI_I386);
	u = (struct kd_syscall_user){.arch = KD_ARCH_X86_64,
				     .has_cs = true,
				     .cs = 0x33,
				     .has_nr = true,
				     .nr = 0x40000000 | 514};
	assert_true(kd_syscall_decide(&u, &s));
	assert_int_equal(s.abi, KD_SYSABI_X32);
	assert_int_equal(s.nr, 514);
	u.nr = -1; /* an interrupt from user space */
	assert_false(kd_syscall_decide(&u, &s));
	u.nr = 9999;
	assert_true(kd_syscall_decide(&u, &s));
	assert_null(s.name.p);
	u.has_cs = false; /* the width of the caller is not known */
	assert_false(kd_syscall_decide(&u, &s));
	u = (struct kd_syscall_user){.arch = KD_ARCH_PPC64, .has_nr = true, .nr = 3};
	assert_false(kd_syscall_decide(&u, &s));
}

static void decided_by_trace(void **state)
{
	struct kd_syscall_user u = {.arch = KD_ARCH_X86_64,
				    .has_cs = true,
				    .cs = 0x33,
				    .has_nr = true,
				    .nr = 54,
				    .has_entry = true};
	struct kd_syscall s;
	(void)state;

	assert_true(kd_syscall_from_symbol(V("__ia32_compat_sys_ioctl"), &u.entry));
	assert_true(kd_syscall_decide(&u, &s));
	assert_int_equal(s.abi, KD_SYSABI_I386);
	assert_int_equal(s.from, KD_SYSFROM_BOTH);
	assert_true(is(s.name, "ioctl"));
	assert_false(s.conflict);
	assert_string_equal(s.args[0], "rbx");
	/* The symbol wins over a number that does not fit, and that is said. */
	u.nr = 3;
	assert_true(kd_syscall_decide(&u, &s));
	assert_true(s.conflict);
	assert_true(is(s.name, "ioctl"));
	/* One function, two names: a 64-bit inotify_init shown by its 32-bit name. */
	{
		struct kd_syscall_user a = {.arch = KD_ARCH_X86_64,
					    .has_cs = true,
					    .cs = 0x33,
					    .has_nr = true,
					    .nr = 253,
					    .has_entry = true};

		assert_true(kd_syscall_from_symbol(V("__ia32_sys_inotify_init"), &a.entry));
		assert_true(kd_syscall_decide(&a, &s));
		assert_int_equal(s.abi, KD_SYSABI_X86_64);
		assert_false(s.conflict);
	}
	/* Without registers the symbol is enough. */
	u.has_nr = false;
	assert_true(kd_syscall_decide(&u, &s));
	assert_int_equal(s.from, KD_SYSFROM_SYMBOL);
	/* A helper serves several calls: the number decides. */
	u = (struct kd_syscall_user){.arch = KD_ARCH_X86_64,
				     .has_cs = true,
				     .cs = 0x33,
				     .has_nr = true,
				     .nr = 44,
				     .has_entry = true};
	assert_true(kd_syscall_from_symbol(V("__sys_sendmsg"), &u.entry));
	assert_true(kd_syscall_decide(&u, &s));
	assert_true(is(s.name, "sendto"));
	assert_false(s.conflict);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),          cmocka_unit_test(symbols),
		cmocka_unit_test(not_symbols),      cmocka_unit_test(spellings),
		cmocka_unit_test(arguments),        cmocka_unit_test(decided_by_registers),
		cmocka_unit_test(decided_by_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
