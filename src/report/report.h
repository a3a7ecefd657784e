/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * report.h: what kdoc knows about one kernel complaint. Types only.
 *
 * A report is made by report/scan.h from the lines of a log. Everything in it lives
 * in one arena: inner pointers and views are borrowed from it and die together.
 * Absent is absent: a view without a value has p == NULL, a number comes with a
 * has_… flag or with its line index < 0. `line` members are indexes into
 * report->lines: the place in the log that says so.
 */
#ifndef KD_REPORT_REPORT_H
#define KD_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/vec.h"
#include "base/view.h"

struct kd_kind;

/* What a line of the report is for. Each line has exactly one role. */
enum kd_role {
	KD_ROLE_UNKNOWN, /* inside the span, not understood: a diagnostic names it */
	KD_ROLE_HEADER,
	KD_ROLE_FIELD, /* a fact of the report was read from it */
	KD_ROLE_FRAME,
	KD_ROLE_REGS,
	KD_ROLE_SECTION, /* "Call Trace:", "Freed by task 12:", "<TASK>" */
	KD_ROLE_NOISE,	 /* rulers, blank lines, "cut here" */
	KD_ROLE_TAIL,	 /* end trace, panic line, "Rebooting in" */
	KD_ROLE_DETAIL,	 /* text of its family that carries no field (memory dumps, lock lists) */
};

struct kd_rline {
	uint64_t off; /* byte offset in the unpacked input */
	uint64_t no;  /* line number in the input, from 1 */
	uint32_t len; /* raw bytes with line end */
	uint32_t disguise;
	uint8_t role;	/* enum kd_role */
	uint8_t caller; /* enum kd_caller of format/printk.h */
	int8_t level;
	bool has_mono;
	uint32_t caller_id;
	uint64_t mono_us;
	struct kd_view text; /* without the prefix */
	struct kd_view wall; /* civil time as printed */
	struct kd_view host;
};

/* The context in which a stack or an event ran. */
enum kd_context {
	KD_CTX_UNKNOWN,
	KD_CTX_TASK,
	KD_CTX_SOFTIRQ,
	KD_CTX_IRQ,
	KD_CTX_NMI,
	KD_CTX_EXCEPTION, /* on an exception stack (#DF, #DB, #MC …) */
	KD_CTX_IDLE,
	KD_CTX_INTERRUPT, /* an interrupt or softirq: the text does not say which */
};

/* What a stack tells. */
enum kd_stack_role {
	KD_STACK_CRASH,	     /* of the code that the report is about */
	KD_STACK_INTERRUPTED, /* what was running below an exception or interrupt */
	KD_STACK_ALLOC,
	KD_STACK_FREE,
	KD_STACK_ORIGIN,   /* KMSAN: where the value was stored or created */
	KD_STACK_WORK,	   /* "Last potentially related work creation" */
	KD_STACK_OTHER,	   /* the second access of a data race, another CPU */
	KD_STACK_DEPENDS,  /* a link of a lockdep chain */
	KD_STACK_DETECTOR, /* RCU or lockup: the CPU that noticed */
	KD_STACK_HOLDOUT,  /* RCU: the CPU or task that holds the grace period up */
	KD_STACK_GP,	   /* RCU: the grace-period kthread */
	KD_STACK_VICTIM,   /* waits for somebody else */
};

enum kd_pc_kind {
	KD_PC_RETURN, /* a return address: the call is before it */
	KD_PC_EXACT,  /* RIP, or the frame that an exception or interrupt interrupted */
};

struct kd_frame {
	struct kd_view func; /* as printed: "foo.isra.0", "__x64_sys_read" */
	struct kd_view module;
	struct kd_view build_id;
	struct kd_view file; /* when the log was decoded: "net/core/dev.c" */
	uint64_t offset, size; /* func+offset/size; valid when has_offset */
	uint64_t addr;	       /* valid when has_addr */
	uint32_t fline;	       /* line in file, 0 when absent */
	int32_t line;
	uint8_t pc; /* enum kd_pc_kind */
	bool has_offset, has_addr;
	bool reliable; /* false: printed with '?' */
	bool inlined;  /* decoded log: "[inline]" */
	bool offset_is_size; /* offset == size: the call was the last instruction, or noise */
	/* A return address on the first byte of func: the call was the last instruction of
	 * whatever stands before func in memory, or a pointer lay on the stack. func did not call. */
	bool at_start;
	bool outside; /* offset > size: no code of func, which only stands before it in memory */
	bool from_addr; /* func, offset and size are what addr is in the kernel's symbols; the log has addr alone */
};

/* What a register value looks like; text alone can say no more than "likely". */
enum kd_valclass {
	KD_VAL_PLAIN, /* a number with nothing special */
	KD_VAL_NULL,
	KD_VAL_SMALL,	/* 1 … 4095: NULL plus an offset, or a small number */
	KD_VAL_ERRPTR,	/* -4095 … -1: an error pointer or a small negative number */
	KD_VAL_USER,	/* user half of the address space */
	KD_VAL_TEXT,	/* kernel image */
	KD_VAL_MODULE,
	KD_VAL_DIRECT,	/* direct map of memory */
	KD_VAL_VMALLOC, /* vmalloc, ioremap, stacks with VMAP_STACK */
	KD_VAL_VMEMMAP, /* struct page array */
	KD_VAL_PERCPU,
	KD_VAL_FIXMAP,
	KD_VAL_KASAN_SHADOW,
	KD_VAL_KERNEL, /* kernel half, region unknown */
	KD_VAL_NONCANON,
	KD_VAL_POISON, /* a known poison pattern; see note */
	KD_VAL_ASCII,
	KD_VAL_TAGGED, /* arm64: a pointer with a tag or PAC in the top byte */
};

struct kd_reg {
	struct kd_view name; /* lower case as the architecture names it: "rax", "x0", "cr2" */
	uint64_t val;
	int32_t line;
	uint8_t cls;	     /* enum kd_valclass */
	const char *note;    /* "SLUB: freed object (POISON_FREE)", "-ENOMEM", or NULL */
	struct kd_view sym;  /* "foo+0x1/0x2" when the log names it */
};

enum kd_regset_label {
	KD_REGS_FAULT,	     /* state at the event the report is about */
	KD_REGS_INTERRUPTED, /* state that an exception or interrupt interrupted */
	KD_REGS_USER,	     /* at kernel entry: RIP: 0033: … */
	KD_REGS_REPEAT,	     /* the first set once more, after the trace */
	KD_REGS_OTHER,	     /* another CPU or task */
};

struct kd_regset {
	uint8_t label; /* enum kd_regset_label */
	uint8_t pc_class; /* enum kd_pcclass of the report's kind; meaning of ip */
	int32_t line;	  /* of the RIP/pc line, -1 */
	struct kd_frame ip;  /* where; func may be absent ("0xffff…", "0033:0x7f…") */
	struct kd_frame lr;  /* arm, ppc: link register */
	bool has_ip, has_lr;
	bool user;	     /* user mode registers */
	struct kd_reg *regs;
	size_t nregs;
	struct kd_view code; /* bytes of "Code:" as printed, absent without */
	int32_t code_line;
	uint32_t stack_after; /* number of stacks printed before this set */
	bool has_cs;
	uint16_t cs;	      /* x86: code segment of the ip line */
	bool has_orig;	      /* orig_ax: the system call number of a user set */
	int64_t orig;
};

struct kd_stack {
	struct kd_view name; /* as printed: "Call Trace", "Freed by task 12" */
	uint8_t role;	     /* enum kd_stack_role */
	uint8_t ctx;	     /* enum kd_context */
	int32_t line;	     /* of the heading, or of the first frame */
	bool has_cpu, has_pid;
	uint32_t cpu;
	int64_t pid;
	struct kd_view comm;
	struct kd_frame *frames;
	size_t nframes;
	bool cut; /* more frames followed than the limit allows */
	bool stale; /* of a task that was running: where it slept last, not where it was */
};

/* One fact of a family section: key, value, where. */
enum kd_fact_type { KD_FACT_STR, KD_FACT_U64, KD_FACT_HEX, KD_FACT_BOOL, KD_FACT_I64 };

struct kd_fact {
	const char *key; /* snake_case, from a literal */
	uint8_t type;	 /* enum kd_fact_type */
	int32_t line;
	struct kd_view str;
	uint64_t num;
	const char *unit; /* "bytes", "seconds", or NULL */
};

struct kd_section {
	const char *name; /* "kasan", "object", "lock", "hung_task" … */
	struct kd_fact *facts;
	size_t nfacts, cap;
};

/* A thing that the parser could not do, or should be known about the text. */
struct kd_diag {
	const char *kind; /* "corrupted", "interleaved", "unknown_line", "cut", "limit", … */
	struct kd_view text;
	int32_t line; /* -1: the whole report */
};

/* A line of the log, inside of a report or not. */
struct kd_logref {
	uint64_t no, off; /* no: line number from 1; 0: absent */
	uint32_t len;
	struct kd_view text;
};

/* What ties a report to the earlier one that it may follow from; the strongest first. */
enum kd_tie {
	KD_TIE_NONE,
	KD_TIE_PANIC, /* the panic's own reason names it */
	KD_TIE_TAINT, /* it set a flag that was set when the later one fired */
	KD_TIE_TASK,  /* the same task, at once */
	KD_TIE_CPU,   /* the same CPU, at once */
};

enum kd_outcome { KD_OUT_UNKNOWN, KD_OUT_FATAL, KD_OUT_RECOVERED };
enum kd_tier { KD_TIER_NONE, KD_TIER_LOW, KD_TIER_MED, KD_TIER_HIGH, KD_TIER_CRIT };

/* Who should look at it first, as far as the text says. */
enum kd_owner {
	KD_OWNER_KERNEL,
	KD_OWNER_HARDWARE,
	KD_OWNER_OOT_MODULE, /* out-of-tree, proprietary or external module on the stack */
	KD_OWNER_BPF,
	KD_OWNER_FIRMWARE,
	KD_OWNER_USER,	     /* a user-space program or an administrator's action */
	KD_OWNER_UNKNOWN,
};

/* The memory access that a fault or sanitizer report is about. */
struct kd_access {
	bool has_addr, has_size, has_dir, has_code;
	uint64_t addr;
	uint64_t size; /* bytes */
	bool write, exec;
	bool user_addr;	  /* the address is in the user half */
	uint64_t code;	  /* x86 error code, ESR … */
	int32_t addr_line, code_line;
	struct kd_view pgtable; /* "PGD 0 P4D 0" as printed */
	int32_t pgtable_line;
};

/* The system call in which the event happened, from the trace and the user-entry registers. */
#define KD_CALL_ARGS 6
struct kd_call {
	bool known;
	struct kd_view name; /* absent when the number has no name in the tables */
	uint8_t abi;	     /* enum kd_sysabi of syscalls.h */
	uint8_t from;	     /* enum kd_syscall_from */
	bool has_nr;
	uint64_t nr;
	bool conflict; /* number and trace name different calls; the name is the trace's */
	const char *why;
	int32_t line;  /* of the user-entry set's RIP line, -1 without one */
	uint8_t nargs; /* argument registers, as the program passed them */
	struct {
		const char *reg;
		uint64_t val;
		bool known;
	} args[KD_CALL_ARGS];
};

struct kd_taint {
	struct kd_view text; /* "G        W  O" as printed, absent when not stated */
	uint32_t bits;	     /* bit n as in /proc/sys/kernel/tainted */
	bool stated;	     /* the log says tainted or not tainted */
	struct kd_view unknown; /* letters that no table knows */
	int32_t line;
};

struct kd_module {
	struct kd_view name;
	struct kd_view flags; /* "OE", "P" … without the parentheses */
	bool on_stack;
	int32_t line;
};

/* syzbot-compatible naming, see docs/titles.md. */
struct kd_syz {
	struct kd_view title;
	struct kd_view *alt;
	size_t nalt;
	const char *type; /* "KASAN-USE-AFTER-FREE-READ" … */
	struct kd_view frame;
	bool corrupted;
	const char *corrupted_why; /* NULL when not */
	struct kd_view executor;   /* "proc=1, id=2", absent without one */
	struct kd_view guilty_file;
	struct kd_view header; /* normalised header line of a report that syzbot has no title for */
};

enum kd_sigtype { KD_SIG_STRICT, KD_SIG_NORMAL, KD_SIG_LOOSE, KD_NSIG };

/*
 * Version of how signatures are made (signature.c): counted up when the same text gets another one, so that what was stored with the old
 * ones can be brought up to date (case/resign.h).
 */
#define KD_SIGNATURES_VERSION 3

struct kd_signature {
	char hex[33];		/* 128 bits of SHA-256, lower case */
	struct kd_view *parts;	/* ingredients in order */
	size_t nparts;
};

/*
 * A strict signature of kind and title alone: the report names no function, no source file and no frame of a stack. Equal ones share a
 * group so as not to be a thousand; that they are one bug is not shown.
 */
static inline bool kd_signature_unplaced(const struct kd_signature *strict)
{
	return strict->nparts == 2 && kd_view_starts(strict->parts[1], KD_V("title "));
}

#define KD_UNPLACED_WORDS "no report of it names a function, a source line or a stack: that they are one bug is not shown"

struct kd_report {
	struct kd_arena *arena;
	uint32_t index; /* in its log, from 0 */

	const struct kd_kind *kind;
	struct kd_view title; /* kdoc's own words */
	struct kd_syz syz;
	bool infrastructure; /* reboots, fuzzer and user-space panics: shown on request only */

	uint8_t outcome, tier, owner, ctx; /* kd_outcome, kd_tier, kd_owner, kd_context */
	struct kd_view outcome_why, tier_why, owner_why;
	int32_t outcome_line;
	struct kd_logref outcome_at;  /* the line that decides it, when it is not of the report */
	struct kd_logref panic_after; /* a panic of the same boot that nothing ties to this report */

	/* Where. */
	struct kd_frame where; /* the function that the header or RIP line names */
	bool has_where;
	struct kd_frame guilty; /* first frame that is not a helper; may equal where */
	bool has_guilty;
	/* What where and guilty were if the log had not been decoded: no inlined function. For signatures. */
	struct kd_frame where_host, guilty_host;
	bool has_where_host, has_guilty_host;
	bool guilty_is_caller; /* of a function that the log does not name: a frame is at_start */
	struct kd_view loc_file; /* "mm/rmap.c" of "kernel BUG at mm/rmap.c:1306!" */
	uint32_t loc_line;
	int32_t loc_at;
	struct kd_view subsystem; /* guess from file, module or symbol; absent if none */
	struct kd_view subsystem_why;
	struct kd_view syscall; /* "read", from an entry frame or the user registers */
	struct kd_view syscall_why;
	struct kd_call call;

	/* Who and on what. */
	bool has_cpu, has_pid, has_uid, has_oops_no;
	uint32_t cpu, uid, oops_no; /* oops_no: the n of [#n] */
	int64_t pid;
	struct kd_view comm, workqueue, release, build, hardware, bios, arch;
	struct kd_view config; /* "PREEMPT SMP KASAN PTI" of the Oops line */
	int32_t cpu_line, release_line, hardware_line, oops_line;
	struct kd_taint taint;

	struct kd_access access;
	struct kd_regset *regsets;
	size_t nregsets;
	struct kd_stack *stacks;
	size_t nstacks;
	struct kd_module *modules;
	size_t nmodules;
	struct kd_view last_unloaded;
	struct kd_section *sections;
	size_t nsections;
	bool has_kaslr;
	uint64_t kaslr; /* "Kernel Offset: 0x…" */
	bool kaslr_disabled; /* "Kernel Offset: disabled" */
	uint64_t kaslr_from; /* "… from 0x…": where the kernel was linked; 0: not stated */
	int32_t kaslr_line; /* -1 */
	bool died;	/* it went through die(): an oops, or a check that ended in one */
	bool panicked;	/* a panic line belongs to this report */
	struct kd_view panic_text;
	struct kd_view end_trace; /* id of "---[ end trace … ]---" */

	struct kd_signature sig[KD_NSIG];

	/* Relations to other reports of the same log; see report/relate.h. */
	uint32_t boot;	   /* which boot of the log, from 0: a banner or a clock set back begins one */
	int32_t caused_by; /* index of the report that this one may follow from, -1 */
	struct kd_view caused_why;
	uint8_t tie;	  /* enum kd_tie */
	int32_t tie_line; /* line of this report that shows the tie, -1 */
	uint32_t repeat_of; /* index + 1 of the first equal report, 0 */
	uint32_t taint_by_none; /* bits of taint whose setter is not in this boot's log */
	uint32_t oops_missing;	/* oopses that [#n] counts and this boot's log lacks */
	bool panic_missing;	/* a panic whose reason names a report that this boot's log lacks */
	/* Of reports/kd_scan_all() only, because later reports decide them. */
	uint32_t repeats;   /* reports that have repeat_of set to this one */
	uint32_t fatal_next; /* index + 1 of a later, fatal report of this boot, 0 */
	bool fatal_tied;     /* … that follows from this one as far as relations go */

	struct kd_rline *lines;
	size_t nlines;
	uint64_t start_line, end_line; /* line numbers in the log, inclusive */
	uint64_t off, end_off;	       /* byte span [off, end_off) */

	struct kd_diag *diags;
	size_t ndiags;
	uint32_t interleaved; /* lines of other contexts inside the span */
};

#endif
