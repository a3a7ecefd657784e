// SPDX-License-Identifier: GPL-2.0-or-later
/* seccomp(2), Documentation/userspace-api/seccomp_filter.rst; the filter is written by hand: no library is needed. */
#include "base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#endif

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/* A limit is only ever made lower. */
static void lower(int what, uint64_t soft, uint64_t hard)
{
	struct rlimit r;

	if (getrlimit((__rlimit_resource_t)what, &r))
		return;
	if (r.rlim_max > hard)
		r.rlim_max = hard;
	if (r.rlim_cur > soft)
		r.rlim_cur = soft;
	if (r.rlim_cur > r.rlim_max)
		r.rlim_cur = r.rlim_max;
	(void)setrlimit((__rlimit_resource_t)what, &r);
}

#ifdef ARCH

enum { X32 = 0x40000000 };

#define LOAD(member) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member)))
#define GIVE(value) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (value)))
#define SKIP_UNLESS(op, value, n) ((struct sock_filter)BPF_JUMP(BPF_JMP | (op) | BPF_K, (value), 0, (n)))
#define REFUSED (SECCOMP_RET_ERRNO | EPERM)

static const unsigned refused[] = {
	SYS_execve, SYS_execveat, SYS_socket, SYS_connect, SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev,
	SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare, SYS_setns, SYS_bpf, SYS_perf_event_open,
	SYS_userfaultfd, SYS_io_uring_setup, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_kexec_load, SYS_init_module,
	SYS_finit_module, SYS_delete_module, SYS_reboot, SYS_swapon, SYS_open_by_handle_at,
#ifdef SYS_fork
	SYS_fork, SYS_vfork,
#endif
};

/* What changes the file system by a name. */
static const unsigned changes[] = {
	SYS_unlinkat, SYS_renameat2, SYS_mkdirat, SYS_linkat, SYS_symlinkat, SYS_mknodat, SYS_truncate, SYS_fchmodat, SYS_fchownat,
	SYS_utimensat, SYS_setxattr, SYS_lsetxattr,
#ifdef SYS_renameat
	SYS_renameat,
#endif
#ifdef SYS_open /* the old names, of x86 */
	SYS_creat, SYS_unlink, SYS_rename, SYS_mkdir, SYS_rmdir, SYS_link, SYS_symlink, SYS_mknod, SYS_chmod, SYS_chown, SYS_lchown,
#endif
};

#ifdef KD_COVERAGE
#define COVERAGE true /* its figures are written at the end */
#else
#define COVERAGE false
#endif

static size_t refuse(struct sock_filter *f, size_t n, const unsigned *nr, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		f[n++] = SKIP_UNLESS(BPF_JEQ, nr[i], 1);
		f[n++] = GIVE(REFUSED);
	}
	return n;
}

/* open() and its like: to read alone. */
static size_t refuse_writing(struct sock_filter *f, size_t n, unsigned nr, unsigned flags)
{
	f[n++] = SKIP_UNLESS(BPF_JEQ, nr, 4);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, flags); /* the low half, on a little-endian machine */
	f[n++] = SKIP_UNLESS(BPF_JSET, O_WRONLY | O_RDWR | O_CREAT | O_TRUNC, 1);
	f[n++] = GIVE(REFUSED);
	f[n++] = GIVE(SECCOMP_RET_ALLOW);
	return n;
}

static size_t refuse_files(struct sock_filter *f, size_t n)
{
	n = refuse(f, n, changes, KD_ARRAY_LEN(changes));
	n = refuse_writing(f, n, SYS_openat, offsetof(struct seccomp_data, args[2]));
#ifdef SYS_open
	n = refuse_writing(f, n, SYS_open, offsetof(struct seccomp_data, args[1]));
#endif
#ifdef SYS_openat2 /* has its flags behind a pointer */
	f[n++] = SKIP_UNLESS(BPF_JEQ, SYS_openat2, 1);
	f[n++] = GIVE(SECCOMP_RET_ERRNO | ENOSYS);
#endif
	return n;
}

/* clone() of a thread is all right; clone3() hides its flags behind a pointer: glibc then takes clone(). */
static size_t make_filter(struct sock_filter *f, bool files)
{
	size_t n = 0;

	f[n++] = LOAD(arch);
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0);
	f[n++] = GIVE(REFUSED);
	f[n++] = LOAD(nr);
	f[n++] = SKIP_UNLESS(BPF_JGE, X32, 1);
	f[n++] = GIVE(REFUSED);
	n = refuse(f, n, refused, KD_ARRAY_LEN(refused));
	if (!files && !COVERAGE)
		n = refuse_files(f, n);
	f[n++] = SKIP_UNLESS(BPF_JEQ, SYS_clone3, 1);
	f[n++] = GIVE(SECCOMP_RET_ERRNO | ENOSYS);
	f[n++] = SKIP_UNLESS(BPF_JEQ, SYS_clone, 3);
	f[n++] = LOAD(args[0]); /* the low half, on a little-endian machine */
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 1, 0);
	f[n++] = GIVE(REFUSED);
	f[n++] = GIVE(SECCOMP_RET_ALLOW);
	return n;
}

static bool refuse_programs(bool files)
{
	struct sock_filter f[2 * (KD_ARRAY_LEN(refused) + KD_ARRAY_LEN(changes)) + 32];
	const struct sock_fprog program = {.len = (unsigned short)make_filter(f, files), .filter = f};

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#else

static bool refuse_programs(bool files)
{
	(void)files;
	return false;
}

#endif

bool kd_confine(const struct kd_confine *c)
{
	lower(RLIMIT_CORE, 0, 0);
	if (c->cpu_s)
		lower(RLIMIT_CPU, c->cpu_s, c->cpu_s + 5);
	if (SANITIZED)
		return true;
	if (c->memory)
		lower(RLIMIT_AS, c->memory, c->memory);
	return !c->no_programs || refuse_programs(!c->no_files);
}
