// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kdoc_kexec KERNEL INITRD COMMAND-LINE: load a crash kernel.  A program of the guest's user space
 * that needs no library: what kexec-tools' `kexec -p -s` does, kexec_file_load(2), and no more.
 * Exit status: 0, or errno.
 */
#if defined(__x86_64__)
enum { NR_OPENAT = 257, NR_EXIT = 60, NR_KEXEC_FILE_LOAD = 320 };

static long call(long number, long a, long b, long c, long d, long e)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	long ret;

	__asm__ volatile("syscall" : "=a"(ret) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return ret;
}

__asm__(".globl _start\n_start:\n\txorl %ebp, %ebp\n\tmovq %rsp, %rdi\n\tandq $-16, %rsp\n\tcall begin\n");
#elif defined(__aarch64__)
enum { NR_OPENAT = 56, NR_EXIT = 93, NR_KEXEC_FILE_LOAD = 294 };

static long call(long number, long a, long b, long c, long d, long e)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;

	__asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
	return x0;
}

__asm__(".globl _start\n_start:\n\tmov x0, sp\n\tbl begin\n");
#else
#error "kexec_file_load(2) is known for x86-64 and arm64"
#endif

enum { AT_FDCWD = -100, KEXEC_FILE_ON_CRASH = 2 };

static void leave(long error)
{
	for (;;)
		call(NR_EXIT, -error, 0, 0, 0, 0);
}

static long open_file(const char *path)
{
	long fd = call(NR_OPENAT, AT_FDCWD, (long)path, 0, 0, 0);

	if (fd < 0)
		leave(fd);
	return fd;
}

/* stack: argc, argv[0] … */
__attribute__((used, noreturn)) void begin(long *stack)
{
	char **argv = (char **)(stack + 1);
	long kernel, initrd, length = 1;

	if (stack[0] != 4)
		leave(-22);
	kernel = open_file(argv[1]);
	initrd = open_file(argv[2]);
	while (argv[3][length - 1])
		length++;
	leave(call(NR_KEXEC_FILE_LOAD, kernel, initrd, length, (long)argv[3], KEXEC_FILE_ON_CRASH));
	for (;;)
		;
}
