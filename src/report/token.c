// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/token.h"

#include "base/alloc.h"
#include "report/builder.h"
#include "report/token_internal.h"

static bool is_ruler(struct kd_view w)
{
	size_t i;

	if (w.n < 8 || !strchr("=-*#_", w.p[0]))
		return false;
	for (i = 1; i < w.n && w.p[i] == w.p[0]; i++)
		;
	return i == w.n;
}

/*
 * The pc lines. x86: "RIP: 0010:foo+0x1/0x2", "RIP: 0010:[<addr>]  [<addr>] foo+…",
 * "IP: foo+…" (3.x), "EIP: foo+…", "EIP: 0060:[<c01…>] …"; arm64 "pc : foo+…",
 * "PC is at foo+…"; riscv "epc : foo+… ra : …"; ppc "NIP [c000…] foo+…";
 * mips "epc   : 801234 foo+…"; s390 "Krnl PSW : 04… 00… (foo+…)"; loongarch "era : …".
 */
static const struct {
	struct kd_view key;
	uint8_t cls;
} pc_keys[] = {
	{KD_V("RIP: "), KD_TOK_PC},	{KD_V("EIP: "), KD_TOK_PC},
	{KD_V("EIP is at "), KD_TOK_PC}, {KD_V("IP: "), KD_TOK_PC},
	{KD_V("pc : "), KD_TOK_PC},	{KD_V("PC is at "), KD_TOK_PC},
	{KD_V("epc : "), KD_TOK_PC},	{KD_V("epc: "), KD_TOK_PC},
	{KD_V("epc   : "), KD_TOK_PC},	{KD_V("NIP ["), KD_TOK_PC},
	{KD_V("RIP  "), KD_TOK_PC},	{KD_V("Krnl PSW : "), KD_TOK_PC},
	{KD_V("era   : "), KD_TOK_PC},	{KD_V("ERA: "), KD_TOK_PC},
	{KD_V("lr : "), KD_TOK_LR},	{KD_V("LR is at "), KD_TOK_LR},
	{KD_V("LR ["), KD_TOK_LR},	{KD_V("ra    : "), KD_TOK_LR},
	{KD_V("ra : "), KD_TOK_LR},	{KD_V(" ra : "), KD_TOK_LR},
	{KD_V("   ra: "), KD_TOK_LR},	{KD_V("  ERA: "), KD_TOK_PC},
};

static void skip_brackets(struct kd_view *w, struct kd_frame *f)
{
	struct kd_view inner;
	uint64_t a;

	for (;;) {
		kd_view_skip_blank(w);
		if (!kd_view_skip(w, KD_V("[")))
			return;
		kd_view_skip(w, KD_V("<"));
		if (!kd_view_take_until(w, KD_V("]"), &inner))
			return;
		if (kd_view_ends(inner, KD_V(">")))
			inner.n--;
		if (kd_view_hex(inner, &a)) {
			f->addr = a;
			f->has_addr = true;
		}
	}
}

/* "0010:" selector; sets user mode from the requested privilege level. */
static void take_selector(struct kd_view *w, struct kd_token *t)
{
	struct kd_view v = *w;
	uint64_t sel;

	if (v.n > 5 && v.p[4] == ':' && kd_view_hex(kd_view_head(v, 4), &sel)) {
		*w = kd_view_from(v, 5);
		t->user_mode = (sel & 3) == 3;
		t->has_sel = true;
		t->sel = (uint16_t)sel;
	}
}

/* 8 or 16 hex digits and no more: an address, not a function called "deadbeef". */
static bool bare_address(struct kd_view w)
{
	size_t n = 0;

	while (n < w.n && n < 17 && kd_is_xdigit(w.p[n]))
		n++;
	return (n == 8 || n == 16) && (n == w.n || kd_is_blank(w.p[n]));
}

static void pc_place(struct kd_view w, struct kd_token *t)
{
	struct kd_frame *f = &t->frame;
	uint64_t a;

	take_selector(&w, t);
	skip_brackets(&w, f);
	kd_view_skip(&w, KD_V("."));
	if (kd_view_skip(&w, KD_V("0x")) || bare_address(w)) {
		struct kd_view v = w;

		if (kd_view_take_hex(&v, &a)) {
			f->addr = a;
			f->has_addr = true;
			w = v;
			kd_view_skip_blank(&w);
			skip_brackets(&w, f);
		}
	}
	kd_view_skip(&w, KD_V("("));
	if (kd_frame_parse_symbol(&w, f) && !f->has_offset && !f->module.n && w.n)
		f->func = KD_VNULL;
}

static bool pc_line(struct kd_view text, struct kd_token *t)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(pc_keys); i++) {
		struct kd_view w = text;

		if (!kd_view_skip(&w, pc_keys[i].key))
			continue;
		if (pc_keys[i].key.p[pc_keys[i].key.n - 1] == '[')
			w = kd_view_from(text, pc_keys[i].key.n - 1);
		t->cls = pc_keys[i].cls;
		t->frame = (struct kd_frame){.reliable = true, .pc = KD_PC_EXACT};
		t->rest = w;
		if (kd_view_starts(text, KD_V("Krnl PSW"))) {
			size_t p = kd_view_chr(w, '(');

			w = p == KD_NPOS ? KD_VNULL : kd_view_from(w, p);
		}
		pc_place(w, t);
		return true;
	}
	return false;
}

static const struct {
	struct kd_view key;
	uint8_t cls;
} keys[] = {
	{KD_V("Call Trace:"), KD_TOK_STACK},
	{KD_V("Linux Kernel Library Stack Trace:"), KD_TOK_STACK},
	{KD_V("Call trace:"), KD_TOK_STACK},
	{KD_V("Backtrace:"), KD_TOK_STACK},
	{KD_V("stack backtrace:"), KD_TOK_STACK},
	{KD_V("backtrace:"), KD_TOK_STACK},
	{KD_V("backtrace (crc "), KD_TOK_STACK},
	{KD_V("Allocated by task "), KD_TOK_STACK},
	{KD_V("Freed by task "), KD_TOK_STACK},
	{KD_V("Allocated:"), KD_TOK_STACK},
	{KD_V("Freed:"), KD_TOK_STACK},
	{KD_V("Last potentially related work creation:"), KD_TOK_STACK},
	{KD_V("Second to last potentially related work creation:"), KD_TOK_STACK},
	{KD_V("Uninit was created at:"), KD_TOK_STACK},
	{KD_V("Uninit was stored to memory at:"), KD_TOK_STACK},
	{KD_V("page last free stack trace:"), KD_TOK_STACK},
	{KD_V("page last free pid "), KD_TOK_STACK},
	{KD_V("page last allocated via order "), KD_TOK_STACK},
	{KD_V("the existing dependency chain"), KD_TOK_OTHER},
	{KD_V("Code: "), KD_TOK_CODE},
	{KD_V("Instruction dump:"), KD_TOK_CODE},
	{KD_V("Krnl Code: "), KD_TOK_CODE},
	{KD_V("CPU: "), KD_TOK_CPU},
	{KD_V("Hardware name: "), KD_TOK_HW},
	{KD_V("Hardware name:"), KD_TOK_HW},
	{KD_V("Hardware Name: "), KD_TOK_HW},
	{KD_V("Modules linked in:"), KD_TOK_MODULES},
	{KD_V("last unloaded: "), KD_TOK_MODULES},
	{KD_V("---[ end trace "), KD_TOK_ENDTRACE},
	{KD_V("---[ end Kernel panic"), KD_TOK_REBOOT},
	{KD_V("Rebooting in "), KD_TOK_REBOOT},
	{KD_V("PGD "), KD_TOK_PGTABLE},
	{KD_V("pgd = "), KD_TOK_PGTABLE},
	{KD_V("*pde = "), KD_TOK_PGTABLE},
	{KD_V("*pdpt = "), KD_TOK_PGTABLE},
	{KD_V("Mem abort info:"), KD_TOK_PGTABLE},
	{KD_V("Data abort info:"), KD_TOK_PGTABLE},
	{KD_V("ESR = "), KD_TOK_PGTABLE},
	{KD_V("EC = "), KD_TOK_PGTABLE},
	{KD_V("SET = "), KD_TOK_PGTABLE},
	{KD_V("EA = "), KD_TOK_PGTABLE},
	{KD_V("FSC = "), KD_TOK_PGTABLE},
	{KD_V("ISV = "), KD_TOK_PGTABLE},
	{KD_V("CM = "), KD_TOK_PGTABLE},
	{KD_V("GCS = "), KD_TOK_PGTABLE},
	{KD_V("swapper pgtable:"), KD_TOK_PGTABLE},
	{KD_V("user pgtable:"), KD_TOK_PGTABLE},
	{KD_V("#PF: "), KD_TOK_PGTABLE},
	{KD_V("Oops: "), KD_TOK_OOPS},
	{KD_V("Oops [#"), KD_TOK_OOPS},
	{KD_V("Oops[#"), KD_TOK_OOPS},
	{KD_V("Internal error: "), KD_TOK_OOPS},
	{KD_V("invalid opcode: "), KD_TOK_OOPS},
	{KD_V("kernel BUG ["), KD_TOK_OOPS},
	{KD_V("Kernel BUG ["), KD_TOK_OOPS},
	{KD_V("Workqueue: "), KD_TOK_WORKQUEUE},
	{KD_V("Kernel Offset: "), KD_TOK_KASLR},
	{KD_V("Dumping ftrace buffer:"), KD_TOK_DUMPING},
	{KD_V("(ftrace buffer empty)"), KD_TOK_DUMPING},
	{KD_V("Stack:"), KD_TOK_STACKDUMP},
	{KD_V("Stack : "), KD_TOK_STACKDUMP},
	{KD_V("Last Breaking-Event-Address:"), KD_TOK_STACK},
	{KD_V("AS:0"), KD_TOK_PGTABLE},
	{KD_V("Process "), KD_TOK_PROCESS},
	{KD_V("Pid: "), KD_TOK_CPU},
	{KD_V("Exception stack("), KD_TOK_STACKDUMP},
};

static bool key_line(struct kd_view w, struct kd_token *t)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++) {
		if (w.p[0] != keys[i].key.p[0] || !kd_view_starts(w, keys[i].key))
			continue;
		t->cls = keys[i].cls;
		t->rest = kd_view_from(w, keys[i].key.n);
		return true;
	}
	return false;
}

static bool is_register_name(struct kd_view n)
{
	static const char *const prefixes[] = {
		"RAX",	"RBX",	"RCX",	"RDX",	"RSI",	 "RDI",	   "RBP",    "RSP",    "R08",  "R09",
		"R1",	"EAX",	"EBX",	"ECX",	"EDX",	 "ESI",	   "EDI",    "EBP",    "ESP",  "FS",
		"GS",	"CS",	"DS",	"ES",	"SS",	 "CR",	   "DR",     "ORIG_RAX", "EFLAGS", "GSI",
		"PKRU", "GPR",	"MSR",	"CFAR", "DAR",	 "DSISR",  "IRQMASK", "REGS", "CR",   "XER",
		"CTR",	"LR",	"NIP",	"status", "cause", "badaddr", "Krnl GPRS", "ESR",  "CRMD", "PRMD",
		"EUEN", "ECFG", "ESTAT", "BADV", "PRID", "Hi",	   "Lo",     "Status", "Cause", "BadVA",
		"PrId", "$",	"Flags", "Control", "DAC", "TRAP", "pstate", "psr",  "gp",   "tp",
		"fp",	"sp",	"ip",	"ra",	"epc",
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(prefixes); i++)
		if (n.n && *n.p == *prefixes[i] && kd_view_starts(n, kd_view_of(prefixes[i])))
			return true;
	return n.n >= 2 && n.n <= 3 && strchr("xrast", n.p[0]) && kd_is_digit(n.p[1]);
}

/* "RAX: 00… RBX: …", "x29: …", "r10: …", " t0 : …", "GPR00: …", "FS:  00…(0000) GS:…". */
static bool regs_line(struct kd_view w, struct kd_token *t)
{
	size_t colon = kd_view_chr(kd_view_head(w, 14), ':');
	struct kd_view name;

	if (colon == KD_NPOS || colon == 0) {
		if (!kd_view_starts(w, KD_V("$ 0   :")) && !kd_view_starts(w, KD_V("GPR")))
			return false;
		t->cls = KD_TOK_REGS;
		return true;
	}
	name = kd_view_trim(kd_view_head(w, colon));
	if (!is_register_name(name))
		return false;
	w = kd_view_from(w, colon + 1);
	kd_view_skip_blank(&w);
	if (!w.n || (!kd_is_xdigit(w.p[0]) && w.p[0] != '[' && w.p[0] != '('))
		return false;
	t->cls = KD_TOK_REGS;
	return true;
}

/* "[0000000000000010] pgd=…" (arm64), "[00000010] *pgd=…" (arm) */
static bool walk_line(struct kd_view w)
{
	uint64_t a;

	return kd_view_skip(&w, KD_V("[")) && kd_view_take_hex(&w, &a) && kd_view_skip(&w, KD_V("] ")) &&
	       kd_view_has(w, KD_V("pgd="));
}

/* loongarch: "pc 9000… ra 9000… tp 9000… sp 9000…": names and values without a colon */
static bool plain_regs(struct kd_view w)
{
	struct kd_view name, val;
	uint64_t x;
	int n = 0;

	while (kd_view_take_word(&w, &name)) {
		if (name.n != 2 || !kd_is_word(name.p[0]) || !kd_view_take_word(&w, &val) || val.n != 16 ||
		    !kd_view_hex(val, &x))
			return false;
		n++;
	}
	return n >= 2;
}

/* A row of hex words (stack dump): at least three words of 8 or 16 digits. */
static bool dump_line(struct kd_view w)
{
	struct kd_view word;
	uint64_t x;
	int n = 0;

	while (kd_view_take_word(&w, &word)) {
		struct kd_view d = word;

		if (kd_view_ends(d, KD_V(":")) && n == 0) {
			d.n--;
		} else if (word.n == 10 && strchr("<(", word.p[0])) {
			d = kd_view(word.p + 1, 8); /* the instruction that faulted */
		} else if ((word.n != 8 && word.n != 16)) {
			return false;
		}
		if (!kd_view_hex(d, &x) && !kd_view_eq(word, KD_V("...")))
			return false;
		n++;
	}
	return n >= 3;
}

void kd_token_parse(struct kd_view text, struct kd_token *ret)
{
	struct kd_view w = text;

	memset(ret, 0, sizeof(*ret));
	kd_view_skip_blank(&w);
	if (!w.n)
		ret->cls = KD_TOK_BLANK;
	else if (is_ruler(kd_view_trim(w)))
		ret->cls = KD_TOK_RULER;
	else if (kd_view_has(kd_view_head(w, 32), KD_V("[ cut here ]")))
		ret->cls = KD_TOK_CUT;
	else if (pc_line(text.p[0] == ' ' ? w : text, ret) || key_line(w, ret))
		return;
	else if (kd_token_frame(text, ret) || regs_line(w, ret))
		return;
	else if (walk_line(w))
		ret->cls = KD_TOK_PGTABLE;
	else if (plain_regs(w))
		ret->cls = KD_TOK_REGS;
	else if (kd_view_eq(kd_view_trim(w), KD_V("...")))
		ret->cls = KD_TOK_STACKDUMP;
	else if (dump_line(w))
		ret->cls = KD_TOK_STACKDUMP;
	else
		ret->cls = KD_TOK_OTHER;
}
