/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * token.h: what kind of line is this, looking at the line alone.
 *
 *	struct kd_token t;
 *	kd_token_parse(KD_V(" ? foo+0x1/0x2 [mod]"), &t);
 *	// t.cls == KD_TOK_FRAME, t.frame.func "foo", t.frame.reliable false
 *
 * The forms are those of the kernel's printers: lib/vsprintf.c (%pS, %pB),
 * arch/<arch>/kernel/{dumpstack,stacktrace,traps,process}.c, kernel/panic.c,
 * lib/dump_stack.c; and of scripts/decode_stacktrace.sh for decoded logs.
 */
#ifndef KD_REPORT_TOKEN_H
#define KD_REPORT_TOKEN_H

#include "report/report.h"

enum kd_tok {
	KD_TOK_OTHER,
	KD_TOK_BLANK,
	KD_TOK_RULER,	/* "=====", "-----", "*****" */
	KD_TOK_CUT,	/* "------------[ cut here ]------------" */
	KD_TOK_FRAME,
	KD_TOK_STACK,	/* heading of a stack */
	KD_TOK_MARK,	/* "<IRQ>" alone */
	KD_TOK_PC,	/* RIP:, EIP:, pc :, PC is at, epc :, NIP, Krnl PSW … */
	KD_TOK_LR,	/* lr :, LR is at, ra :, LR [..] */
	KD_TOK_REGS,	/* registers, any architecture */
	KD_TOK_CODE,	/* Code: …, Instruction dump: */
	KD_TOK_CPU,	/* CPU: 0 PID: 1 Comm: x … */
	KD_TOK_PROCESS, /* Process x (pid: 1, …): arm, mips, old x86 */
	KD_TOK_HW,	/* Hardware name: … */
	KD_TOK_MODULES, /* Modules linked in: … */
	KD_TOK_ENDTRACE,
	KD_TOK_PGTABLE, /* PGD …, pgd = …, *pde = …, Mem abort info */
	KD_TOK_OOPS,	/* Oops: 0002 [#1] …, Internal error: … */
	KD_TOK_WORKQUEUE, /* Workqueue: … */
	KD_TOK_KASLR,	/* Kernel Offset: … */
	KD_TOK_REBOOT,	/* Rebooting in …, ---[ end Kernel panic … */
	KD_TOK_STACKDUMP, /* words of a stack: "Stack:", "ffff8800 …" */
	KD_TOK_DUMPING, /* Dumping ftrace buffer, (ftrace buffer empty) */
};

struct kd_token {
	uint8_t cls; /* enum kd_tok */
	uint8_t ctx; /* enum kd_context of a marker on the line, UNKNOWN without */
	bool mark_end; /* the marker is a closing one: </IRQ>, <EOI> */
	bool user_mode; /* PC in user mode */
	bool has_sel;
	uint16_t sel; /* x86: the code segment that the PC line names */
	bool has_from; /* arm: "(callee) from [<…>] (caller)" */
	struct kd_frame frame; /* FRAME, PC, LR */
	struct kd_view from;   /* with has_from: the caller's text, see kd_token_from() */
	struct kd_view rest;   /* what follows the keyword of the line */
};

void kd_token_parse(struct kd_view text, struct kd_token *ret);

/* The caller on a line with has_from; no frame of its own in every token, since few lines have one. */
bool kd_token_from(const struct kd_token *t, struct kd_frame *ret);

/* "foo.isra.0" → "foo"; "bar.cold" → "bar"; ".baz" (ppc64) → "baz"; "__pfx_f" stays. */
struct kd_view kd_func_base(struct kd_view func);

/*
 * Digits of the tag in the name of a BPF program, "bpf_prog_6deef7357e7b4530_name" (kernel/bpf/core.c, bpf_get_prog_name()): a hash of its
 * instructions, another one for each build. 0: it is none. They begin behind "bpf_prog_".
 */
#define KD_BPF_PREFIX 9
size_t kd_func_bpf_tag(struct kd_view func);

/* What lockdep's irq tracing prints behind a trace. */
static inline bool kd_irq_stamp(struct kd_view t)
{
	kd_view_skip_blank(&t);
	return kd_view_starts(t, KD_V("irq event stamp")) || kd_view_starts(t, KD_V("hardirqs last")) ||
	       kd_view_starts(t, KD_V("softirqs last"));
}

#endif
