// SPDX-License-Identifier: GPL-2.0-or-later
/* The words that make the scanner look at a line; every header holds one of them. */
#include "report/words.h"

#include "base/alloc.h"

static const struct kd_word words[] = {
	{"BUG", 0}, {"WARNING", 0}, {"INFO:", 0}, {"Unable to handle", 0}, {"Kernel attempted", 7},
	{"general protection fault", 8}, {"stack segment: ", 6}, {"Kernel panic", 6},
	{"double fault", 4}, {"rust_kernel: panicked", 4}, {"divide error:", 7}, {"divide_error:", 6},
	{"invalid opcode:", 8}, {"int3:", 1}, {"UBSAN:", 0}, {"Booting the kernel.", 8},
	{"unregister_netdevice: ", 8}, {"VFS: ", 0}, {"Internal error: ", 9}, {"Unhandled ", 0},
	{"Alignment trap:", 9}, {"panic: ", 4}, {"fatal error:", 5}, {"SYZF", 0}, {"lock order detected", 8},
	{"inconsistent lock state", 12}, {"hard LOCKUP", 5}, {"Hard LOCKUP", 5}, {"list_add ", 4},
	{"list_del ", 4}, {"usercopy: ", 4}, {"refcount_t: ", 8}, {"ODEBUG: ", 0},
	{"detected buffer overflow", 16}, {"held lock freed", 5}, {"possible recursive locking", 9},
	{"possible circular locking", 9}, {"possible irq lock", 9}, {"suspicious RCU usage", 11},
	{"suspicious rcu_dereference", 11}, {"bad unlock balance", 4}, {"lock held when returning", 5},
	{"still has locks held", 6}, {"[Hardware Error]", 9}, {"Machine check", 8}, {"machine check", 8}, {"Machine Check", 8},
	{"EDAC ", 1}, {"PCIe Bus Error", 5}, {"AER: ", 1}, {"BERT: ", 0},
	{"invoked oom-killer", 8}, {"allocation failure", 4}, {"vmalloc error", 2},
	{"unreferenced object", 7}, {"suspected memory leaks", 2}, {"EXT4-fs error", 2}, {"XFS (", 0}, {"BTRFS", 0}, {"F2FS-fs (", 0}, {"EXT3-fs error", 2}, {"Aborting journal", 9},
	{"JBD2: ", 0}, {" error, dev ", 7}, {"Buffer I/O error", 7}, {"FAILED Result", 7}, {" QID ", 1},
	{"Error (sct ", 7}, {"nfs: server", 1}, {"NETDEV WATCHDOG", 2}, {"caused by firmware", 11}, {"sched_ext:", 3},
	{"Bad mode in", 4}, {"SError Interrupt", 0}, {"Oops", 0}, {"illegal operation:", 8},
	{"specification exception:", 14}, {"Call Trace", 5}, {"Call trace", 5}, {"[ cut here ]", 4}, {"[ end trace", 2}, {"[#1]", 0}, {"[#2]", 0}, {"[#3]", 0},
	{"kasan: GPF", 5}, {"kasan: CONFIG", 5}, {"Insufficient stack space", 13}, {"Kernel stack overflow", 7},
	{"nested lock was not", 7}, {"Nested lock was not", 7}, {"bad contention detected", 4},
	{"serialport: VM disconnected", 8}, {"Linux version ", 3}, {"DMI: ", 1}, {"stack guard page", 6},
	{"exploit attempt", 3}, {"invalid wait context", 8}, {"Kernel BUG", 7}, {"slub: list_", 4},
	{"Killed process", 0}, {"out of memory", 7}, {"suspicious RCU", 11}, {"\"MESSAGE\" : [", 0},
	{"\"MESSAGE\":[", 0}, {"ALLOW_RETRY missing", 6}, {"FAULT_INJECTION", 0}, {"vmalloc: allocation", 0},
};

const struct kd_word *kd_words(size_t *n)
{
	*n = KD_ARRAY_LEN(words);
	return words;
}
