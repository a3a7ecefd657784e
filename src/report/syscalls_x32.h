/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Made by tools/gen-syscalls; see report/syscalls.h. Do not edit. */
#ifndef KD_REPORT_SYSCALLS_X32_H
#define KD_REPORT_SYSCALLS_X32_H

static const char *const syscalls_x32[] = {
	[512] = "rt_sigaction",
	[513] = "rt_sigreturn",
	[514] = "ioctl",
	[515] = "readv",
	[516] = "writev",
	[517] = "recvfrom",
	[518] = "sendmsg",
	[519] = "recvmsg",
	[520] = "execve",
	[521] = "ptrace",
	[522] = "rt_sigpending",
	[523] = "rt_sigtimedwait",
	[524] = "rt_sigqueueinfo",
	[525] = "sigaltstack",
	[526] = "timer_create",
	[527] = "mq_notify",
	[528] = "kexec_load",
	[529] = "waitid",
	[530] = "set_robust_list",
	[531] = "get_robust_list",
	[532] = "vmsplice",
	[533] = "move_pages",
	[534] = "preadv",
	[535] = "pwritev",
	[536] = "rt_tgsigqueueinfo",
	[537] = "recvmmsg",
	[538] = "sendmmsg",
	[539] = "process_vm_readv",
	[540] = "process_vm_writev",
	[541] = "setsockopt",
	[542] = "getsockopt",
	[543] = "io_setup",
	[544] = "io_submit",
	[545] = "execveat",
	[546] = "preadv2",
	[547] = "pwritev2",
};

#endif
