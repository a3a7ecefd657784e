/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kdoc_crash - break a kernel in a named, well-known way
 *
 * Writing the name of a case to <debugfs>/kdoc_crash/trigger runs it in the
 * writing task; reading that file lists the cases.  <debugfs>/kdoc_crash/truth
 * has what is true about this boot, one fact per line: see crash_data.c.
 *
 * What a test relies on:
 *  - every faulting function is noinline and named kdoc_<case>, with few
 *    exceptions named in the host's table of cases (src/lab/cases.c);
 *  - the faulting line carries a "fault: <case>" comment;
 *  - bad pointers are constants below, and KDOC_FIELD_OFFSET is the offset of
 *    the accessed member, so the fault address is known beforehand;
 *  - a case comes back where the kernel lets it, so that many can run in one
 *    boot.  What a kernel is not configured for returns -EOPNOTSUPP if it
 *    would do harm undetected.
 *
 * It compiles for 5.10 and newer, x86-64 and arm64, with gcc and clang.  What
 * differs is detected by presence; a version is asked only where the API
 * leaves no other way.
 *
 * Load it in throw-away virtual machines only.
 */
#ifndef KDOC_CRASH_H
#define KDOC_CRASH_H

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/delay.h>
#include <linux/err.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/types.h>

#define KDOC_FIELD_OFFSET	0x48

/* The accessed member sits at a fixed offset, the truth about each access. */
struct kdoc_victim {
	u8 head[KDOC_FIELD_OFFSET];
	u64 field;
	struct kdoc_victim *next;
};

static_assert(offsetof(struct kdoc_victim, field) == KDOC_FIELD_OFFSET);

/*
 * Canonical, and in no mapping.  x86-64: the hole between the espfix stacks and the EFI region,
 * the same with 4 and 5 levels (Documentation/arch/x86/x86_64/mm.rst); lower down KASAN's shadow
 * would take the access.
 */
#ifdef CONFIG_X86_64
#define KDOC_UNMAPPED		0xffffff80deadb000UL
#else
#define KDOC_UNMAPPED		0xfffff000deadb000UL
#endif
/* Bits 48..63 are neither all zero nor all one. */
#define KDOC_NON_CANONICAL	0xdead4ead0000b000UL
/* A user space address nothing is mapped at. */
#define KDOC_USER_ADDRESS	0x0000414141414000UL

/* Keep the compiler from seeing through a bad pointer or size. */
#define kdoc_hide(value) ({ typeof(value) hidden_ = (value); OPTIMIZER_HIDE_VAR(hidden_); hidden_; })

struct kdoc_case {
	const char *name;
	int (*run)(void);
};

/* Each ends with an empty row. */
extern const struct kdoc_case kdoc_pointer_cases[], kdoc_stack_cases[], kdoc_check_cases[],
	kdoc_memory_cases[], kdoc_context_cases[], kdoc_lock_cases[], kdoc_lockup_cases[],
	kdoc_sanitize_cases[], kdoc_lockdep_cases[], kdoc_block_cases[], kdoc_net_cases[];

/* crash_main.c: the buffer that the trigger's name came from */
extern const void __user *kdoc_user_buffer;
extern unsigned int kdoc_spin_seconds, kdoc_hang_seconds;

/* crash_pointers.c */
extern const u64 kdoc_read_only;
extern u64 kdoc_data[8];
int kdoc_null_write(void);
int kdoc_null_read(void);
int kdoc_bug(void);

/* crash_memory.c, crash_locks.c: facts of their own */
int kdoc_memory_init(void);
void kdoc_memory_truth(struct seq_file *seq);
void kdoc_lock_truth(struct seq_file *seq);

/* crash_lockups.c: keep this CPU busy for kdoc_spin_seconds */
void kdoc_spin(void);

/* crash_context.c */
int kdoc_context_init(void);

/* crash_data.c */
int kdoc_data_init(void);
void kdoc_data_truth(struct seq_file *seq);

/* crash_block.c, crash_net.c: what waits, and for what */
void kdoc_block_truth(struct seq_file *seq);
void kdoc_net_truth(struct seq_file *seq);

/* crash_load.c: a big guest, by parameters */
struct dentry;
void kdoc_load_init(struct dentry *dir);
void kdoc_load_truth(struct seq_file *seq);

#endif
