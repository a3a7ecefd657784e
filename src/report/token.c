// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/token.h"

#include "base/alloc.h"
#include "report/builder.h"
#include "report/token_internal.h"

/* How lines of some class begin; the first key that fits wins. */
struct key {
	struct kd_view text;
	uint8_t cls;
};

#define K(lit, class) {{lit, sizeof(lit) - 1}, KD_TOK_##class}

/* The keys that begin with some byte, because every line of a report is asked for all of them. */
#define KEYS(...) (const struct key[]){__VA_ARGS__, {{NULL, 0}, 0}}

/* The key of the table that the text begins with, or NULL. */
static const struct key *find_key(const struct key *const table[128], struct kd_view text)
{
	const struct key *k = text.n && !(*text.p & 0x80) ? table[(unsigned char)*text.p] : NULL;

	for (; k && k->text.n; k++)
		if (kd_view_starts(text, k->text))
			return k;
	return NULL;
}

/* Can a ruler begin so, perhaps with white space that is no blank? Hardly a line does. */
static inline bool ruler_char(char c)
{
	return c == '=' || c == '-' || c == '*' || c == '#' || c == '_' || !c || kd_is_space(c);
}

static bool is_ruler(struct kd_view w)
{
	size_t i;

	w = kd_view_trim(w);
	if (w.n < 8 || !memchr("=-*#_", w.p[0], 6))
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
static const struct key *const pc_keys[128] = {
	[' '] = KEYS(K(" ra : ", LR), K("   ra: ", LR), K("  ERA: ", PC)),
	['E'] = KEYS(K("EIP: ", PC), K("EIP is at ", PC), K("ERA: ", PC)),
	['I'] = KEYS(K("IP: ", PC)),
	['K'] = KEYS(K("Krnl PSW : ", PC)),
	['L'] = KEYS(K("LR is at ", LR), K("LR [", LR)),
	['N'] = KEYS(K("NIP [", PC)),
	['P'] = KEYS(K("PC is at ", PC)),
	['R'] = KEYS(K("RIP: ", PC), K("RIP  ", PC)),
	['e'] = KEYS(K("epc : ", PC), K("epc: ", PC), K("epc   : ", PC), K("era   : ", PC)),
	['l'] = KEYS(K("lr : ", LR)),
	['p'] = KEYS(K("pc : ", PC)),
	['r'] = KEYS(K("ra    : ", LR), K("ra : ", LR)),
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
	if (!kd_frame_parse_symbol(&w, f) || f->has_offset || f->module.n || !w.n)
		return;
	if (kd_view_starts(w, KD_V(" ("))) /* decode_stacktrace.sh: "RIP: 0010:f (fs/x.c:12) mod" */
		kd_token_tail(w, f);
	if (!f->file.n)
		f->func = KD_VNULL;
}

static bool pc_line(struct kd_view text, struct kd_token *t)
{
	const struct key *key = find_key(pc_keys, text);
	struct kd_view w;

	if (!key)
		return false;
	w = kd_view_from(text, key->text.n - kd_view_ends(key->text, KD_V("[")));
	t->cls = key->cls;
	t->frame = (struct kd_frame){.reliable = true, .pc = KD_PC_EXACT};
	t->rest = w;
	if (kd_view_starts(text, KD_V("Krnl PSW"))) {
		size_t p = kd_view_chr(w, '(');

		w = p == KD_NPOS ? KD_VNULL : kd_view_from(w, p);
	}
	pc_place(w, t);
	return true;
}

static const struct key *const line_keys[128] = {
	['#'] = KEYS(K("#PF: ", PGTABLE)),
	['('] = KEYS(K("(ftrace buffer empty)", DUMPING)),
	['*'] = KEYS(K("*pde = ", PGTABLE), K("*pdpt = ", PGTABLE)),
	['-'] = KEYS(K("---[ end trace ", ENDTRACE), K("---[ end Kernel panic", REBOOT)),
	['A'] = KEYS(K("Allocated by task ", STACK), K("Allocated:", STACK), K("AS:0", PGTABLE)),
	['B'] = KEYS(K("Backtrace:", STACK)),
	['C'] = KEYS(K("Call Trace:", STACK), K("Call trace:", STACK), K("Code: ", CODE), K("CPU: ", CPU),
		     K("CM = ", PGTABLE)),
	['D'] = KEYS(K("Data abort info:", PGTABLE), K("Dumping ftrace buffer:", DUMPING)),
	['E'] = KEYS(K("ESR = ", PGTABLE), K("EC = ", PGTABLE), K("EA = ", PGTABLE),
		     K("Exception stack(", STACKDUMP)),
	['F'] = KEYS(K("Freed by task ", STACK), K("Freed:", STACK), K("FSC = ", PGTABLE)),
	['G'] = KEYS(K("GCS = ", PGTABLE)),
	['H'] = KEYS(K("Hardware name: ", HW), K("Hardware name:", HW), K("Hardware Name: ", HW)),
	['I'] = KEYS(K("Instruction dump:", CODE), K("ISV = ", PGTABLE), K("Internal error: ", OOPS)),
	['K'] = KEYS(K("Krnl Code: ", CODE), K("Kernel BUG [", OOPS), K("Kernel Offset: ", KASLR)),
	['L'] = KEYS(K("Linux Kernel Library Stack Trace:", STACK),
		     K("Last potentially related work creation:", STACK),
		     K("Last Breaking-Event-Address:", STACK)),
	['M'] = KEYS(K("Modules linked in:", MODULES), K("Mem abort info:", PGTABLE)),
	['O'] = KEYS(K("Oops: ", OOPS), K("Oops [#", OOPS), K("Oops[#", OOPS)),
	['P'] = KEYS(K("PGD ", PGTABLE), K("Process ", PROCESS), K("Pid: ", CPU)),
	['R'] = KEYS(K("Rebooting in ", REBOOT)),
	['S'] = KEYS(K("Second to last potentially related work creation:", STACK), K("SET = ", PGTABLE),
		     K("Stack:", STACKDUMP), K("Stack : ", STACKDUMP)),
	['U'] = KEYS(K("Uninit was created at:", STACK), K("Uninit was stored to memory at:", STACK)),
	['W'] = KEYS(K("Workqueue: ", WORKQUEUE)),
	['b'] = KEYS(K("backtrace:", STACK), K("backtrace (crc ", STACK)),
	['i'] = KEYS(K("invalid opcode: ", OOPS)),
	['k'] = KEYS(K("kernel BUG [", OOPS)),
	['l'] = KEYS(K("last unloaded: ", MODULES)),
	['p'] = KEYS(K("page last free stack trace:", STACK), K("page last free pid ", STACK),
		     K("page last allocated via order ", STACK), K("pgd = ", PGTABLE)),
	['s'] = KEYS(K("stack backtrace:", STACK), K("swapper pgtable:", PGTABLE)),
	['t'] = KEYS(K("the existing dependency chain", OTHER)),
	['u'] = KEYS(K("user pgtable:", PGTABLE)),
};

static bool key_line(struct kd_view w, struct kd_token *t)
{
	const struct key *key = find_key(line_keys, w);

	if (!key)
		return false;
	t->cls = key->cls;
	t->rest = kd_view_from(w, key->text.n);
	return true;
}

static const struct key *const reg_keys[128] = {
	['$'] = KEYS(K("$", REGS)),
	['B'] = KEYS(K("BADV", REGS), K("BadVA", REGS)),
	['C'] = KEYS(K("CS", REGS), K("CR", REGS), K("CFAR", REGS), K("CTR", REGS), K("CRMD", REGS),
		     K("Cause", REGS), K("Control", REGS)),
	['D'] = KEYS(K("DS", REGS), K("DR", REGS), K("DAR", REGS), K("DSISR", REGS),
		     K("DAC", REGS)),
	['E'] = KEYS(K("EAX", REGS), K("EBX", REGS), K("ECX", REGS), K("EDX", REGS), K("ESI", REGS),
		     K("EDI", REGS), K("EBP", REGS), K("ESP", REGS), K("ES", REGS),
		     K("EFLAGS", REGS), K("ESR", REGS), K("EUEN", REGS), K("ECFG", REGS),
		     K("ESTAT", REGS)),
	['F'] = KEYS(K("FS", REGS), K("Flags", REGS)),
	['G'] = KEYS(K("GS", REGS), K("GSI", REGS), K("GPR", REGS)),
	['H'] = KEYS(K("Hi", REGS)),
	['I'] = KEYS(K("IRQMASK", REGS)),
	['K'] = KEYS(K("Krnl GPRS", REGS)),
	['L'] = KEYS(K("LR", REGS), K("Lo", REGS)),
	['M'] = KEYS(K("MSR", REGS)),
	['N'] = KEYS(K("NIP", REGS)),
	['O'] = KEYS(K("ORIG_RAX", REGS)),
	['P'] = KEYS(K("PKRU", REGS), K("PRMD", REGS), K("PRID", REGS), K("PrId", REGS)),
	['R'] = KEYS(K("RAX", REGS), K("RBX", REGS), K("RCX", REGS), K("RDX", REGS), K("RSI", REGS),
		     K("RDI", REGS), K("RBP", REGS), K("RSP", REGS), K("R08", REGS), K("R09", REGS),
		     K("R1", REGS), K("REGS", REGS)),
	['S'] = KEYS(K("SS", REGS), K("Status", REGS)),
	['T'] = KEYS(K("TRAP", REGS)),
	['X'] = KEYS(K("XER", REGS)),
	['b'] = KEYS(K("badaddr", REGS)),
	['c'] = KEYS(K("cause", REGS)),
	['e'] = KEYS(K("epc", REGS)),
	['f'] = KEYS(K("fp", REGS)),
	['g'] = KEYS(K("gp", REGS)),
	['i'] = KEYS(K("ip", REGS)),
	['p'] = KEYS(K("pstate", REGS), K("psr", REGS)),
	['r'] = KEYS(K("ra", REGS)),
	['s'] = KEYS(K("status", REGS), K("sp", REGS)),
	['t'] = KEYS(K("tp", REGS)),
};

static bool is_register_name(struct kd_view n)
{
	if (find_key(reg_keys, n))
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
	       (kd_view_has(w, KD_V("pgd=")) ||
		/* show_pte() of arch/arm64/mm/fault.c: no table is walked for it */
		kd_view_has(w, KD_V("address between user and kernel address ranges")));
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

static bool is_cut(struct kd_view head)
{
	size_t i = kd_view_chr(head, '[');

	return i != KD_NPOS && kd_view_has(kd_view_from(head, i), KD_V("[ cut here ]"));
}

void kd_token_parse(struct kd_view text, struct kd_token *ret)
{
	struct kd_view w = text;

	memset(ret, 0, sizeof(*ret));
	kd_view_skip_blank(&w);
	if (!w.n)
		ret->cls = KD_TOK_BLANK;
	else if (ruler_char(*w.p) && is_ruler(w))
		ret->cls = KD_TOK_RULER;
	else if (is_cut(kd_view_head(w, 32)))
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
