/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * insn.h: bytes → instructions, in one vocabulary for all architectures.
 *
 *	kd_auto(kd_disasm_closep) struct kd_disasm *d = NULL;
 *	struct kd_insn in;
 *	err = kd_disasm_open(&(struct kd_disasm_mode){.arch = KD_ARCH_X86_64}, &d);
 *	…
 *	if (kd_disasm_one(d, bytes, n, addr, KD_INSN_TEXT, &in))
 *		printf("%s\n", in.text);        // "mov    0x28(%rax),%rdx"
 *
 * The decoders are libraries that are loaded at the first kd_disasm_open() of an
 * architecture: Zydis for x86, capstone for the others. Where one is not installed, not
 * built in, or of another version than kdoc was built for, kd_disasm_open() returns
 * KD_UNSUPPORTED with a sentence that names the package. To add a decoder: a
 * `const struct kd_disasm_ops` in ext/, one row in insn.c.
 *
 * Registers carry the numbers that DWARF gives them: x86-64 psABI figure 3.36; i386 psABI
 * table 2.14; "DWARF for the Arm 64-bit Architecture" (aadwarf64) 4.1, and aadwarf32;
 * 64-bit ELF V2 ABI for Power, table 2.41; MIPS: $0 … $31. Sets of them are 64 bits wide:
 * numbers above 63 (arm64's vector registers) are in no set.
 *
 * Text of x86 is AT&T as GNU objdump 2.40 writes it, without the resolved symbol; text of
 * the others is capstone's.
 */
#ifndef KD_SYMBOL_INSN_H
#define KD_SYMBOL_INSN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/view.h"
#include "report/arch.h"

#define KD_INSN_MAX 15	   /* bytes of the longest instruction */
#define KD_INSN_TEXT_MAX 120
#define KD_INSN_MEM_MAX 4  /* memory operands of one instruction */
#define KD_NOREG 0xff
/* Of the set only: flags of architectures where DWARF does not number them. */
#define KD_REGBIT_FLAGS 63

/* DWARF numbers that rules need by name. */
enum {
	KD_X86_RAX = 0,
	KD_X86_RDX = 1,
	KD_X86_RCX = 2,
	KD_X86_RSI = 4,
	KD_X86_RDI = 5,
	KD_X86_RBP = 6,
	KD_X86_RSP = 7,
	KD_X86_RIP = 16,
	KD_I386_EAX = 0,
	KD_I386_ECX = 1,
	KD_I386_EDX = 2,
	KD_I386_ESP = 4,
	KD_I386_EBP = 5,
	KD_I386_ESI = 6,
	KD_I386_EDI = 7,
	KD_I386_EIP = 8,
	KD_ARM64_SP = 31,
};

enum kd_insn_class {
	KD_INSN_OTHER,
	KD_INSN_CALL,	  /* direct: has a target */
	KD_INSN_CALL_IND, /* through a register or memory */
	KD_INSN_JUMP,
	KD_INSN_JUMP_IND,
	KD_INSN_JCC, /* conditional, direct */
	KD_INSN_RET,
	KD_INSN_TRAP,	/* ud2, ud1, int3, int n, brk, svc …: deliberate */
	KD_INSN_NOP,	/* accesses nothing, whatever its operands look like */
	KD_INSN_STRING, /* x86: movs, stos, lods, cmps, scas */
	KD_INSN_DIV,	/* x86: div, idiv */
	KD_INSN_PREFETCH, /* a memory operand that never faults */
	KD_INSN_SYSTEM, /* privileged, or can be refused for reasons other than its operands */
};

/* What a simple instruction does to its destination register; for walks over them. */
enum kd_insn_flow {
	KD_FLOW_OTHER, /* nothing that a walk could use; see writes */
	KD_FLOW_MOVE,  /* dst = src */
	KD_FLOW_LEA,   /* dst = address of mem[0], which is not accessed */
	KD_FLOW_LOAD,  /* dst = memory at mem[0] */
	KD_FLOW_IMM,   /* dst = imm; xor of a register with itself too */
	KD_FLOW_ADD,   /* dst += imm */
	KD_FLOW_SHR,   /* dst >>= imm, logical */
	KD_FLOW_CHOOSE, /* dst stays, or becomes src, or without src the memory at mem[0] */
};

enum kd_insn_seg { KD_SEG_NONE, KD_SEG_FS, KD_SEG_GS };

/* A memory operand. Address: base + index * scale + disp, or base + extended index. */
struct kd_insn_mem {
	uint8_t base, index; /* DWARF numbers; KD_NOREG */
	uint8_t scale;	     /* 1, 2, 4, 8 …; 0 without index */
	uint8_t ext;	     /* arm64 index: bits used of it, sign: 32, -32 as 0x20, 0xa0; 0: all */
	uint8_t seg;	     /* enum kd_insn_seg, only when one that matters is named */
	uint8_t addr_bits;   /* the address is cut to so many */
	bool pcrel;	     /* disp is the whole address */
	bool read, write;    /* neither: not accessed (lea) */
	bool hidden;	     /* not in the text: stack of push and call, ends of movs are shown */
	bool opaque;	     /* its address cannot be computed from registers */
	bool stack;	     /* hidden access of a push, pop, call or return */
	uint16_t width;	     /* bytes of one access; 0: not known */
	int64_t disp;
};

struct kd_insn {
	uint64_t addr;
	uint8_t len;
	uint8_t cls;	/* enum kd_insn_class */
	bool rep;	/* a repeated string instruction: count in rcx (ecx) */
	bool has_target;
	uint64_t target; /* of a direct branch */
	uint8_t branch_reg; /* indirect branch through a register; KD_NOREG */
	uint32_t trap;	 /* TRAP: immediate of brk, int n */
	uint8_t nmem;
	struct kd_insn_mem mem[KD_INSN_MEM_MAX];
	uint64_t reads, writes; /* bit n: DWARF number n; parts count as the whole */
	uint8_t flow;	 /* enum kd_insn_flow */
	uint8_t dst, src; /* KD_NOREG; src: of a division the divisor, of an addition or shift
			   * the other operand where it is not dst itself */
	uint8_t width;	 /* operand size in bytes: of flow, of a division */
	int64_t imm;
	char mnemonic[20];
	char text[KD_INSN_TEXT_MAX]; /* with KD_INSN_TEXT, else "" */
};

struct kd_disasm_mode {
	enum kd_arch arch;
	bool big_endian; /* ppc64, mips, arm */
	bool thumb;	 /* arm */
};

struct kd_disasm;

/*
 * KD_UNSUPPORTED: no decoder for this architecture here; the message says why in words
 * for people ("x86 instructions need libzydis4.0, …").
 */
KD_MUST_CHECK struct kd_error *kd_disasm_open(const struct kd_disasm_mode *mode, struct kd_disasm **ret);
void kd_disasm_close(struct kd_disasm *d);
void kd_disasm_closep(struct kd_disasm **d);
const struct kd_disasm_mode *kd_disasm_mode(const struct kd_disasm *d);

/* Flags of kd_disasm_one(). */
#define KD_INSN_TEXT 1u

/*
 * The instruction at p, which has n bytes and stands at addr. False: the bytes are none,
 * or end too early; *ret is then undefined.
 */
bool kd_disasm_one(struct kd_disasm *d, const void *p, size_t n, uint64_t addr, unsigned flags,
		   struct kd_insn *ret);

/*
 * As the register dumps of kernel logs call it, in lower case: "rax", "x0", "sp"; NULL
 * when the architecture has no such number.
 */
const char *kd_dwarf_reg_name(enum kd_arch arch, unsigned reg);
/* The other way round; KD_NOREG for names that DWARF does not number. */
unsigned kd_dwarf_reg_by_name(enum kd_arch arch, struct kd_view name);

/* --- decoders ---------------------------------------------------------------------------- */

/* What `kdoc setup check` says about one of them. */
struct kd_disasm_library {
	const char *name;    /* "Zydis" */
	const char *does;    /* "x86 instructions" */
	const char *package; /* of Debian, "libzydis4.0" */
	bool built;	     /* this kdoc can use it */
	bool found;	     /* it could be loaded, in the right version */
	char why[160];	     /* not found: why; found: its version */
};

/* Tries each library; fills at most max, returns how many there are. */
size_t kd_disasm_libraries(struct kd_disasm_library *ret, size_t max);

/*
 * The contract of a decoder. load() loads the library once for this object and may fail
 * with KD_UNSUPPORTED; unload() accepts what load() gave. decode() must fill every member
 * of *ret but `addr`, which is set already, and touch nothing outside of p[0 … n).
 */
struct kd_disasm_ops {
	const char *name, *does;
	bool (*knows)(const struct kd_disasm_mode *mode); /* NULL: not built in */
	struct kd_error *(*load)(const struct kd_disasm_mode *mode, void **ret);
	void (*unload)(void *state);
	bool (*decode)(void *state, const uint8_t *p, size_t n, unsigned flags, struct kd_insn *ret);
	const char *(*version)(void *state, char *buf, size_t n);
	const char *package;
};

extern const struct kd_disasm_ops kd_disasm_zydis;
extern const struct kd_disasm_ops kd_disasm_capstone;

#endif
