// SPDX-License-Identifier: GPL-2.0-or-later
/* The words that make the scanner look at a line; every header holds one of them. */
#include "report/words.h"

#include "base/alloc.h"

/*
 * The anchors are the offsets of bytes that are rare in boots and journals; a wrong choice
 * only costs time.
 */
static const struct kd_word words[] = {
	/* common */
	{"BUG", 0}, {"WARNING", 0}, {"INFO:", 1}, {"VFS: ", 0}, {"panic: ", 2}, {"fatal error:", 3},
	{"XFS (", 1}, {"BTRFS", 0}, {"Linux version ", 3}, {"\"MESSAGE\" : [", 6},
	{"\"MESSAGE\":[", 7}, {"DMI: ", 0}, {"Hardware name: ", 7},
	/* rare */
	{"Unable to handle", 7}, {"Kernel attempted", 8}, {"general protection fault", 18},
	{"stack segment: ", 0}, {"Kernel panic", 6}, {"double fault", 6},
	{"rust_kernel: panicked", 12}, {"divide error:", 0}, {"divide_error:", 0},
	{"invalid opcode:", 7}, {"int3:", 1}, {"UBSAN:", 2}, {"Booting the kernel.", 6},
	{"unregister_netdevice: ", 0}, {"unable to handle ", 7}, {"field-spanning", 4},
	{"still has lock held", 15}, {"non-static key", 9}, {"bad: scheduling", 0},
	{"trusty: panic", 2}, {"Internal error:", 6}, {"Unhandled ", 0}, {"Alignment trap:", 0},
	{"SYZF", 0}, {"lock order detected", 3}, {"inconsistent lock state", 12},
	{"hard LOCKUP", 2}, {"Hard LOCKUP", 2}, {"list_add ", 3}, {"list_del ", 3},
	{"usercopy: ", 5}, {"refcount_t: ", 0}, {"ODEBUG: ", 0}, {"detected buffer overflow", 17},
	{"held lock freed", 4}, {"possible recursive locking", 18},
	{"possible circular locking", 17}, {"possible irq lock", 10}, {"suspicious RCU usage", 3},
	{"suspicious rcu_dereference", 6}, {"bad unlock balance", 0},
	{"lock held when returning", 2}, {"still has locks held", 9}, {"[Hardware Error]", 10},
	{"Machine check", 5}, {"machine check", 5}, {"Machine Check", 8},
	{"EDAC ", 0}, {"PCIe Bus Error", 6}, {"AER: ", 0}, {"BERT: ", 0}, {"allocation failure", 9},
	{"vmalloc error", 6}, {"unreferenced object", 11}, {"suspected memory leaks", 15},
	{"stack smashing", 6}, {"INIT: PANIC", 6}, {"F2FS-fs (", 0}, {"EXT3-fs error", 5},
	{"Aborting journal", 8}, {"JBD2: ", 0}, {" error, dev ", 5}, {"Buffer I/O error", 6},
	{"FAILED Result", 4}, {" QID ", 1}, {"Error (sct ", 6}, {"nfs: server", 2},
	{"NETDEV WATCHDOG", 5}, {"caused by firmware", 3},
	{"invoked oom-killer", 7}, {"EXT4-fs error", 5}, {"sched_ext:", 4},
	{"Bad mode in", 0}, {"SError Interrupt", 1}, {"Oops", 0}, {"illegal operation:", 0},
	{"specification exception:", 16}, {"Call Trace", 0}, {"Call trace", 5}, {"[ cut here ]", 6}, {"[ end trace", 3},
	{"[#1]", 0}, {"[#2]", 0}, {"[#3]", 0},
	{"kasan: GPF", 4}, {"kasan: CONFIG", 0}, {"Insufficient stack space", 1},
	{"Kernel stack overflow", 14}, {"nested lock was not", 9}, {"Nested lock was not", 9},
	{"bad contention detected", 0}, {"serialport: VM disconnected", 21},
	{"stack guard page", 0}, {"exploit attempt", 9}, {"invalid wait context", 6},
	{"Kernel BUG", 4}, {"slub: list_", 0}, {"Killed process", 1}, {"out of memory", 1},
	{"suspicious RCU", 1}, {"ALLOW_RETRY missing", 7}, {"FAULT_INJECTION", 0},
};

enum { COMMON = 13 };

const struct kd_word *kd_words(size_t *n, size_t *n_common)
{
	*n_common = COMMON;
	*n = KD_ARRAY_LEN(words);
	return words;
}
