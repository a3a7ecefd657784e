/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syscalls.h: which system call was it, with which arguments?
 *
 *	struct kd_syscall_entry e;
 *	if (kd_syscall_from_symbol(KD_V("__ia32_compat_sys_ioctl"), &e))
 *		…                           // e.name "ioctl", e.compat, KD_SYSABI_I386
 *	struct kd_syscall_user u = {.arch = KD_ARCH_X86_64, .has_cs = true, .cs = 0x33,
 *				    .has_nr = true, .nr = 16};
 *	struct kd_syscall s;
 *	if (kd_syscall_decide(&u, &s))      // s.name "ioctl", s.abi, s.args "rdi" …
 *
 * The number is only as good as the register set: orig_rax of a *user entry* set
 * (RIP: 0033: …), -1 or an error code when the entry was no system call. `int $0x80`
 * from 64-bit code uses i386 numbers under CS 0x33, so the entry function in the
 * trace, if there is one, decides before CS does.
 *
 * Sources: tables from asm/unistd_64.h, asm/unistd_32.h, asm-generic/unistd.h, made by
 * tools/gen-syscalls, with the numbers up to Linux 6.17 added from scripts/syscall.tbl and
 * arch/x86/entry/syscalls; arch/x86/include/asm/syscall_wrapper.h and arch/arm64/
 * include/asm/syscall_wrapper.h (symbol names); arch/x86/entry/calling.h, syscall(2).
 */
#ifndef KD_REPORT_SYSCALLS_H
#define KD_REPORT_SYSCALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "report/arch.h"

enum kd_sysabi {
	KD_SYSABI_UNKNOWN,
	KD_SYSABI_X86_64,
	KD_SYSABI_X32,	   /* bit 30 of the number */
	KD_SYSABI_I386,	   /* also 32-bit calls on an x86_64 kernel */
	KD_SYSABI_GENERIC, /* arm64, riscv64, loongarch64 */
	KD_SYSABI_N
};

/* Name of a number, NULL when the table has none (a newer kernel may). */
const char *kd_syscall_name(enum kd_sysabi abi, uint64_t nr);
/* Number of a name, or -1. */
int kd_syscall_nr(enum kd_sysabi abi, struct kd_view name);

const char *kd_sysabi_name(enum kd_sysabi abi); /* "x86_64", "i386" …, "unknown" */

/*
 * Registers of arguments 1 … 6 at the entry, lower case as in reports of a kernel of that
 * architecture (an x86_64 kernel prints rbx for the first argument of an i386 call). NULL
 * and 0 for combinations that do not exist.
 */
const char *const *kd_syscall_args(enum kd_sysabi abi, enum kd_arch arch, size_t *n_ret);

struct kd_syscall_entry {
	struct kd_view name; /* canonical: "read"; borrowed from the symbol */
	uint8_t abi;	     /* enum kd_sysabi that the prefix proves, or UNKNOWN */
	bool compat;
	bool entry;  /* the function called by the dispatcher: its name is the call's */
	bool helper; /* ksys_…: may serve several calls or be called inside the kernel */
};

/*
 * A function name as a trace prints it (compiler suffixes are cut) → the system call.
 * False: not a system call's function.
 */
bool kd_syscall_from_symbol(struct kd_view symbol, struct kd_syscall_entry *ret);

/* What is known about one entry into the kernel. */
struct kd_syscall_user {
	uint8_t arch; /* enum kd_arch */
	bool has_cs, has_nr, has_entry;
	uint64_t cs; /* x86 */
	int64_t nr;  /* orig_rax, orig_eax, x8, a7; sign-extended from its width */
	struct kd_syscall_entry entry; /* of the trace */
	bool compat_path; /* the trace runs through do_int80…, do_fast_syscall_32 … */
};

enum kd_syscall_from { KD_SYSFROM_NUMBER, KD_SYSFROM_SYMBOL, KD_SYSFROM_BOTH };

struct kd_syscall {
	struct kd_view name; /* absent when the number has no name here */
	uint8_t abi;	     /* enum kd_sysabi */
	uint8_t from;	     /* enum kd_syscall_from */
	bool has_nr;
	uint64_t nr; /* without the x32 bit */
	bool conflict; /* number and symbol disagree; name is the symbol's */
	const char *const *args;
	size_t nargs;
	const char *why; /* one static sentence */
};

/* False: it was no system call, or nothing is known. */
bool kd_syscall_decide(const struct kd_syscall_user *u, struct kd_syscall *ret);

/* Does a frame's function show the 32-bit entry path (do_int80_syscall_32 …)? */
bool kd_syscall_compat_path(struct kd_view symbol);

/*
 * Are two names one call? Old and new spellings share a function: "newfstat" is fstat,
 * "umount" is umount2, "mmap_pgoff" is mmap on i386 …
 */
bool kd_syscall_same(struct kd_view a, struct kd_view b);

#endif
