// SPDX-License-Identifier: GPL-2.0-or-later
/* The words that make the scanner look at a line; every header holds one of them. */
#include "report/words.h"

#include "base/alloc.h"

/*
 * Text, anchor, bucket. The two numbers come from tools/place-words; a wrong choice only costs
 * time, so a new word may start with 0, 0.
 */
static const struct kd_word words[] = {
	/* common */
	{"BUG", 0, 7}, {"WARNING", 0, 2}, {"INFO:", 1, 0}, {"VFS: ", 0, 0}, {"panic: ", 1, 4},
	{"fatal error:", 4, 5}, {"XFS (", 0, 1}, {"BTRFS", 0, 7}, {"Linux version ", 4, 1},
	{"\"MESSAGE\" : [", 7, 0}, {"\"MESSAGE\":[", 7, 0}, {"DMI: ", 1, 6},
	{"Hardware name: ", 0, 7}, {"EDAC ", 1, 1}, {"general protection fault", 17, 5},
	{"unable to handle ", 13, 6},
	/* rare */
	{"Unable to handle", 4, 5}, {"Kernel attempted", 8, 6}, {"stack segment: ", 4, 1},
	{"Kernel panic", 8, 4}, {"double fault", 0, 6}, {"rust_kernel: panicked", 14, 4},
	{"divide error:", 2, 5}, {"divide_error:", 2, 5}, {"invalid opcode:", 6, 1},
	{"int3:", 1, 2}, {"UBSAN:", 2, 0}, {"Booting the kernel.", 15, 3},
	{"unregister_netdevice: ", 11, 3}, {"field-spanning", 7, 2}, {"still has lock held", 1, 6},
	{"non-static key", 0, 2}, {"bad: scheduling", 0, 0}, {"trusty: panic", 9, 4},
	{"Internal error:", 7, 5}, {"Unhandled ", 1, 2}, {"Alignment trap:", 11, 0},
	{"SYZF", 0, 4}, {"lock order detected", 3, 1}, {"inconsistent lock state", 16, 1},
	{"hard LOCKUP", 8, 7}, {"Hard LOCKUP", 8, 7}, {"list_add ", 3, 1}, {"list_del ", 3, 1},
	{"usercopy: ", 1, 4}, {"refcount_t: ", 0, 3}, {"ODEBUG: ", 3, 7},
	{"detected buffer overflow", 17, 4}, {"held lock freed", 8, 1},
	{"possible recursive locking", 16, 5}, {"possible circular locking", 9, 4},
	{"possible irq lock", 6, 5}, {"suspicious RCU usage", 2, 4},
	{"suspicious rcu_dereference", 2, 4}, {"bad unlock balance", 9, 4},
	{"lock held when returning", 8, 6}, {"still has locks held", 1, 6},
	{"[Hardware Error]", 0, 1}, {"Machine check", 5, 5}, {"machine check", 5, 5},
	{"Machine Check", 5, 5}, {"PCIe Bus Error", 9, 7}, {"AER: ", 1, 7}, {"BERT: ", 1, 0},
	{"allocation failure", 9, 5}, {"vmalloc error", 0, 5}, {"unreferenced object", 11, 1},
	{"suspected memory leaks", 17, 5}, {"stack smashing", 4, 1}, {"INIT: PANIC", 2, 7},
	{"F2FS-fs (", 0, 7}, {"EXT3-fs error", 1, 1}, {"Aborting journal", 1, 3}, {"JBD2: ", 0, 0},
	{" error, dev ", 6, 5}, {"Buffer I/O error", 0, 7}, {"FAILED Result", 3, 1},
	{" QID ", 1, 1}, {"Error (sct ", 0, 7}, {"nfs: server", 0, 0}, {"NETDEV WATCHDOG", 3, 1},
	{"caused by firmware", 10, 4}, {"invoked oom-killer", 6, 6}, {"EXT4-fs error", 1, 1},
	{"sched_ext:", 5, 3}, {"Bad mode in", 0, 7}, {"SError Interrupt", 1, 7}, {"Oops", 0, 3},
	{"illegal operation:", 6, 1}, {"specification exception:", 12, 5}, {"Call Trace", 3, 1},
	{"Call trace", 3, 1}, {"[ cut here ]", 0, 1}, {"[ end trace", 4, 1}, {"[#1]", 0, 2},
	{"[#2]", 0, 2}, {"[#3]", 0, 2}, {"kasan: GPF", 2, 0}, {"kasan: CONFIG", 2, 0},
	{"Insufficient stack space", 2, 4}, {"Kernel stack overflow", 5, 1},
	{"nested lock was not", 10, 4}, {"Nested lock was not", 10, 4},
	{"bad contention detected", 13, 5}, {"serialport: VM disconnected", 12, 5},
	{"stack guard page", 4, 1}, {"exploit attempt", 9, 6}, {"invalid wait context", 6, 6},
	{"Kernel BUG", 7, 7}, {"slub: list_", 1, 2}, {"Killed process", 0, 6},
	{"out of memory", 2, 6}, {"suspicious RCU", 2, 4}, {"ALLOW_RETRY missing", 3, 0},
	{"FAULT_INJECTION", 1, 3},
};

enum { COMMON = 16 };

const struct kd_word *kd_words(size_t *n, size_t *n_common)
{
	*n_common = COMMON;
	*n = KD_ARRAY_LEN(words);
	return words;
}
