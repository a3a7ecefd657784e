/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code.h: the "Code:" bytes of a report as instructions.
 *
 *	struct kd_code code;
 *	kd_code_parse(set->code, KD_ARCH_X86_64, &code);
 *	if (code.state == KD_CODE_OK)
 *		err = kd_code_list(d, &code, &hint, arena, &list);
 *	…list.v[list.at] is the instruction at the mark
 *
 * Forms (show_opcodes() of arch/x86/kernel/dumpstack.c, dump_instr() of arch/arm64 and arm
 * traps.c, show_instructions() of arch/powerpc/kernel/process.c, show_code() of mips):
 * bytes, halfwords or words in hex; the one at the pc in <> or (). x86 prints 42 bytes
 * before it and 21 behind by default, older kernels 20 and 44.
 *
 * From the mark on instructions are certain. Before it they are on processors with
 * instructions of one size, and where the function's start is among the bytes. Else only
 * what every possible beginning agrees on: the bytes begin inside of some instruction, so
 * a real boundary lies within the first 15; whatever chain begins at one of these and
 * reaches the mark exactly may be the real one, and a boundary that lies on all of them is
 * one. The rest is shown as one of several readings.
 */
#ifndef KD_SYMBOL_CODE_H
#define KD_SYMBOL_CODE_H

#include "base/arena.h"
#include "base/error.h"
#include "symbol/insn.h"

#define KD_CODE_BYTES 1024 /* more are not taken, and the listing says cut */
#define KD_CODE_LINES 128  /* instructions of one listing */

enum kd_code_state {
	KD_CODE_ABSENT,	    /* no Code: text */
	KD_CODE_OK,
	KD_CODE_UNMARKED,   /* bytes, but none of them is marked */
	KD_CODE_UNREADABLE, /* "Unable to access opcode bytes", "Bad RIP value" */
	KD_CODE_ZERO,	    /* all bytes are zero: hardly code */
	KD_CODE_DAMAGED,    /* not understood as bytes */
	KD_CODE_DECODED,    /* s390: the kernel printed instructions, not bytes alone */
};

struct kd_code {
	uint8_t state; /* enum kd_code_state */
	uint8_t unit;  /* bytes of one printed number: 1, 2, 4 */
	bool thumb;    /* arm: printed as halfwords */
	bool cut;      /* more bytes follow than are kept */
	size_t n, mark; /* offset of the marked unit */
	/* In the order of little-endian memory: decode without big_endian, whatever the machine. */
	uint8_t bytes[KD_CODE_BYTES];
};

void kd_code_parse(struct kd_view text, enum kd_arch arch, struct kd_code *ret);
/* "the kernel could not read them" …; NULL for KD_CODE_OK. */
const char *kd_code_state_words(uint8_t state);

/* What the report knows about the marked byte. All optional. */
struct kd_code_hint {
	bool has_addr, has_func;
	uint64_t addr;	    /* its address */
	uint64_t func_off;  /* its offset in its function … */
	uint64_t func_size; /* … whose size is this; 0: not known */
};

enum kd_code_how {
	KD_CODE_CERTAIN,  /* at or behind the mark; or boundaries are known */
	KD_CODE_SYNCED,	  /* every possible beginning agrees */
	KD_CODE_ONE_OF,	  /* one of several readings */
};

struct kd_code_line {
	struct kd_insn insn; /* without addresses: of a function that begins at 0 */
	uint16_t off;	     /* in the bytes */
	uint8_t how;	     /* enum kd_code_how */
};

struct kd_code_listing {
	struct kd_code_line *v; /* in the arena */
	size_t n;
	size_t at;	/* index of the marked one; n when the mark is no instruction */
	bool has_addr;	/* addresses are real */
	bool from_start; /* v[0] is the function's first instruction */
	bool misplaced; /* counted from the function's start, the mark is inside of an instruction */
};

/* KD_LIMIT: the arena is full. */
KD_MUST_CHECK struct kd_error *kd_code_list(struct kd_disasm *d, const struct kd_code *code,
					    const struct kd_code_hint *hint, struct kd_arena *arena,
					    struct kd_code_listing *ret);

#endif
