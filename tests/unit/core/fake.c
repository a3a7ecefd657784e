// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "format/elfcore.h"
#include "symbol/btfwrite.h"
#include "fakebtf.h"

const struct fake_kind fake_61 = {.form = KD_KALLSYMS_PERCPU, .orc = KD_ORC_OLD};
const struct fake_kind fake_612 = {.form = KD_KALLSYMS_PERCPU, .orc = KD_ORC_TYPES, .mem = true, .pcpu_hot = true};
const struct fake_kind fake_fp = {.form = KD_KALLSYMS_PERCPU, .orc = KD_ORC_UNKNOWN};
static const struct machine_kind arm64 = {.machine = KD_EM_AARCH64, .page_shift = 12, .bits = 48, .levels = 4, .image = FAKE_IMAGE, .utsname = "aarch64"};
const struct fake_kind fake_arm64 = {.form = KD_KALLSYMS_BASE, .machine = &arm64, .pac = 0x007f000000000000};
const struct fake_kind fake_arm64_613 = {.form = KD_KALLSYMS_PLACE, .mem = true, .machine = &arm64, .meta = true};
const struct fake_kind fake_functions = {.form = KD_KALLSYMS_BASE, .machine = &arm64, .functions = true};
const struct fake_kind fake_72 = {.form = KD_KALLSYMS_PLACE, .orc = KD_ORC_REGS, .mem = true};
const struct fake_kind fake_locks7 = {.form = KD_KALLSYMS_PLACE, .orc = KD_ORC_REGS, .mem = true, .headless = true};

/* --- symbols ----------------------------------------------------------------------------------------- */

enum { NFUNCS = 21, FILLERS = 80, FILLER_AT = 0x800, TEXT_PAGES = 2 };

static const char *const functions[NFUNCS] = {
	"_stext", "secondary_startup_64", "do_idle", "__schedule", "schedule", "vfs_write", "ksys_write", "do_syscall_64",
	"entry_SYSCALL_64_after_hwframe", "asm_exc_page_fault", "exc_page_fault", "panic", "error_entry", "stub", "ret_from_fork",
	"__mutex_lock.constprop.0", "rwsem_down_write_slowpath", "wait_for_completion", "schedule_timeout", "__down", "process_timeout",
};

#define KALLSYMS (FAKE_IMAGE + 0x20000) /* names; tokens, index, numbers, base, count behind them */
#define TOKENS (KALLSYMS + 0x1000)
#define INDEX (TOKENS + 0x800)
#define NUMBERS (TOKENS + 0x1000)
#define BASE (NUMBERS + 0x1000)
#define COUNT (BASE + 8)
#define ORC_IP (FAKE_IMAGE + 0x30000)
#define ORC (ORC_IP + 0x1000)
#define BTF (FAKE_IMAGE + 0x40000)
#define DATA (FAKE_IMAGE + 0x50000)
#define PERCPU_LINK (FAKE_IMAGE + 0x60000)
#define AREAS 0xffff888000800000u

enum { PER_CPU_OFFSET = 0x100, POSSIBLE = 0x200, NR_CPU_IDS = 0x280, PANIC_CPU = 0x284, MODULES = 0x290, CURRENT = 0x20,
       SYMBOLS = 64, FORM_NAME = 200, BTF_PAGES = 3 };

struct symbol {
	char type;
	char name[FORM_NAME + 1];
	uint64_t addr;
};

static uint64_t percpu(const struct fake *f)
{
	return f->kind->form == KD_KALLSYMS_PERCPU ? 0 : PERCPU_LINK;
}

uint64_t fake_percpu(const struct fake *f)
{
	return percpu(f);
}

uint64_t fake_area(unsigned cpu)
{
	return AREAS + 0x1000 * (uint64_t)cpu;
}

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static void add(struct symbol *s, size_t *n, char type, const char *name, uint64_t addr)
{
	s[*n].type = type;
	snprintf(s[*n].name, sizeof(s[*n].name), "%s", name);
	s[(*n)++].addr = addr;
}

uint64_t fake_task(unsigned task)
{
	return task ? FAKE_TASKS_AT + 0x1000 * (uint64_t)task : DATA + 0x800;
}

struct adding {
	struct symbol *s;
	size_t n;
};

static void add_more(void *to, const char *name, uint64_t addr)
{
	struct adding *a = to;

	assert_true(a->n < SYMBOLS);
	add(a->s, &a->n, 'D', name, addr);
}

static size_t list(const struct fake *f, struct symbol *s)
{
	char longest[FORM_NAME + 1];
	size_t n = 0;

	memset(longest, 'x', FORM_NAME);
	longest[FORM_NAME] = 0;
	add(s, &n, 'D', f->kind->pcpu_hot ? "pcpu_hot" : "current_task", percpu(f) + CURRENT);
	for (unsigned i = 0; i < NFUNCS; i++)
		add(s, &n, 'T', functions[i], FAKE_TEXT + i * FAKE_FN);
	add(s, &n, 't', longest, FAKE_TEXT + FILLER_AT);
	add(s, &n, 'T', "_etext", FAKE_TEXT + TEXT_PAGES * 0x1000);
	add(s, &n, 'D', "init_uts_ns", FAKE_IMAGE + 0x1000);
	add(s, &n, 'D', "swapper_pg_dir", FAKE_IMAGE);
	if (f->kind->orc != KD_ORC_UNKNOWN)
		add(s, &n, 'D', "__start_orc_unwind_ip", ORC_IP);
	add(s, &n, 'D', "__stop_orc_unwind_ip", ORC_IP + 4 * (NFUNCS + FILLERS));
	add(s, &n, 'D', "__start_orc_unwind", ORC);
	add(s, &n, 'D', "__stop_orc_unwind", ORC + KD_ORC_BYTES * (NFUNCS + FILLERS));
	add(s, &n, 'D', "__start_BTF", BTF);
	add(s, &n, 'D', "__per_cpu_offset", DATA + PER_CPU_OFFSET);
	add(s, &n, 'D', "__cpu_possible_mask", DATA + POSSIBLE);
	add(s, &n, 'D', "nr_cpu_ids", DATA + NR_CPU_IDS);
	add(s, &n, 'D', "panic_cpu", DATA + PANIC_CPU);
	add(s, &n, 'D', "modules", DATA + MODULES);
	add(s, &n, 'D', "init_task", fake_task(0));
	if (f->more && f->more->symbols) {
		struct adding a = {s, n};

		f->more->symbols((struct fake *)f, add_more, &a);
		n = a.n;
	}
	return n;
}

uint64_t fake_symbol(const struct fake *f, const char *name)
{
	struct symbol *s = kd_xcalloc(SYMBOLS, sizeof(*s));
	size_t n = list(f, s);
	uint64_t addr = 0;

	for (size_t i = 0; i < n; i++)
		if (!strcmp(s[i].name, name))
			addr = s[i].addr;
	kd_free(s);
	assert_true(addr || !strcmp(name, "none"));
	return addr;
}

/* --- memory ------------------------------------------------------------------------------------------ */

void fake_put(struct fake *f, uint64_t vaddr, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*machine_virt(&f->m, vaddr + i) = (unsigned char)(value >> 8 * i & 0xff);
}

static void put_bytes(struct fake *f, uint64_t vaddr, const void *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*machine_virt(&f->m, vaddr + i) = ((const unsigned char *)p)[i];
}

static void map(struct fake *f, uint64_t vaddr, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		machine_map(&f->m, vaddr + i * f->m.page, machine_page(&f->m));
}

void fake_map(struct fake *f, uint64_t vaddr, size_t pages)
{
	map(f, vaddr, pages);
}

/* Token t is the character t; 1 is "do_". */
static void put_tokens(struct fake *f)
{
	uint64_t at = 0;

	for (unsigned i = 0; i < KD_KALLSYMS_TOKENS; i++) {
		fake_put(f, INDEX + 2 * i, at, 2);
		if (i == 1)
			put_bytes(f, TOKENS + at, "do_", 3);
		else if (i > 2)
			fake_put(f, TOKENS + at, i, 1);
		at += (i == 1 ? 3 : i > 2) + 1;
	}
}

static uint64_t put_name(struct fake *f, uint64_t at, const struct symbol *s)
{
	const bool token = !strncmp(s->name, "do_", 3);
	const char *rest = s->name + (token ? 3 : 0);
	const size_t n = 1 + token + strlen(rest);

	fake_put(f, at++, n < 128 ? n : (n & 127) | 128, 1);
	if (n >= 128)
		fake_put(f, at++, n >> 7, 1);
	fake_put(f, at++, (unsigned char)s->type, 1);
	if (token)
		fake_put(f, at++, 1, 1);
	put_bytes(f, at, rest, strlen(rest));
	return at + strlen(rest);
}

static void put_symbols(struct fake *f, uint64_t btf_end)
{
	struct symbol *s = kd_xcalloc(SYMBOLS, sizeof(*s));
	size_t n = list(f, s);
	uint64_t at = KALLSYMS;

	add(s, &n, 'D', "__stop_BTF", btf_end);
	for (size_t i = 0; f->more && f->more->hides && i < n;) {
		if (f->more->hides(f, s[i].name))
			s[i] = s[--n];
		else
			i++;
	}
	assert_true(n < SYMBOLS);
	for (size_t i = 0; f->kind->functions && i < n;)
		if (strchr("Tt", s[i].type))
			i++;
		else
			s[i] = s[--n];
	qsort(s, n, sizeof(*s), by_address);
	put_tokens(f);
	for (size_t i = 0; i < n; i++) {
		uint64_t number = s[i].addr - FAKE_IMAGE;

		if (f->kind->form == KD_KALLSYMS_PLACE)
			number = s[i].addr - (NUMBERS + 4 * i);
		else if (f->kind->form == KD_KALLSYMS_PERCPU)
			number = s[i].addr < FAKE_IMAGE ? s[i].addr : FAKE_IMAGE - 1 - s[i].addr;
		fake_put(f, NUMBERS + 4 * i, number, 4);
		at = put_name(f, at, &s[i]);
	}
	fake_put(f, BASE, FAKE_IMAGE, 8);
	fake_put(f, COUNT, n, 4);
	kd_free(s);
	machine_say(&f->m, "SYMBOL(_stext)=%jx\nSYMBOL(kallsyms_names)=%jx\nSYMBOL(kallsyms_num_syms)=%jx\n"
		    "SYMBOL(kallsyms_token_table)=%jx\nSYMBOL(kallsyms_token_index)=%jx\nSYMBOL(kallsyms_offsets)=%jx\n",
		    (uintmax_t)FAKE_TEXT, (uintmax_t)KALLSYMS, (uintmax_t)COUNT, (uintmax_t)TOKENS, (uintmax_t)INDEX,
		    (uintmax_t)NUMBERS);
	if (f->kind->form != KD_KALLSYMS_PLACE)
		machine_say(&f->m, "SYMBOL(kallsyms_relative_base)=%jx\n", (uintmax_t)BASE);
}

/* --- unwind tables ----------------------------------------------------------------------------------- */

static void put_orc(struct fake *f, uint64_t at, uint64_t ip_at, uint64_t ip, enum kd_orc_type type, int off)
{
	const bool old = f->kind->orc == KD_ORC_OLD;
	const unsigned sp = type == KD_ORC_END || type == KD_ORC_UNDEFINED ? 0 : f->kind->orc == KD_ORC_REGS ? 3 : 5;
	unsigned bits = (unsigned)type << 8;

	if (old)
		bits = type == KD_ORC_PT_REGS ? 0x100 : type == KD_ORC_PT_REGS_PARTIAL ? 0x200 : type == KD_ORC_END ? 0x400 : 0;
	fake_put(f, at, (uint64_t)off, 2);
	fake_put(f, at + 2, 0, 2);
	fake_put(f, at + 4, bits | sp, 2);
	fake_put(f, ip_at, ip - ip_at, 4);
}

static void put_unwind(struct fake *f)
{
	for (unsigned i = 0; i < NFUNCS + FILLERS; i++) {
		enum kd_orc_type type = KD_ORC_CALL;
		int off = FAKE_FRAME;
		const char *name = i < NFUNCS ? functions[i] : "filler";

		if (!strcmp(name, "secondary_startup_64"))
			type = KD_ORC_END;
		else if (!strcmp(name, "stub"))
			type = KD_ORC_UNDEFINED;
		else if (!strcmp(name, "asm_exc_page_fault") || !strcmp(name, "entry_SYSCALL_64_after_hwframe"))
			type = KD_ORC_PT_REGS, off = 0;
		else if (!strcmp(name, "error_entry"))
			type = KD_ORC_PT_REGS_PARTIAL, off = 0;
		put_orc(f, ORC + KD_ORC_BYTES * i, ORC_IP + 4 * i,
			i < NFUNCS ? FAKE_TEXT + i * FAKE_FN : FAKE_TEXT + FILLER_AT + (i - NFUNCS) * 16, type, off);
	}
}

/* --- types ------------------------------------------------------------------------------------------- */

enum { T_PID = 0, T_TGID = 4, T_COMM = 8, T_STACK = 24, T_TASKS = 32, T_NODE = 48, T_SIGNAL = 64, T_SP = FAKE_CONTEXT, T_EXIT_STATE = T_SP + 13 * 8,
       T_STATE = FAKE_T_STATE, T_SIZE = FAKE_T_SIZE,
       SIG_HEAD = 16, MOD_LIST = 8, MOD_NAME = 24, MOD_KALLSYMS = 80, MOD_MEM = 88, MOD_ARCH = 152, MOD_SIZE = 176 };

static void module_types(struct fake *f, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t listhead, uint32_t name)
{
	const uint32_t arch = STRUCT("mod_arch_specific", 24, {"num_orcs", u32, 0}, {"orc_unwind_ip", ptr, 8}, {"orc_unwind", ptr, 16});

	STRUCT("mod_kallsyms", 32, {"symtab", ptr, 0}, {"num_symtab", u32, 8}, {"strtab", ptr, 16});
	if (f->kind->mem) {
		const uint32_t one = STRUCT("module_memory", 16, {"base", ptr, 0}, {"size", u32, 8});
		const uint32_t four = kd_btfw_array(w, one, 0, 4);

		kd_btfw_enum(w, KD_V("mod_mem_type"), 4, false);
		kd_btfw_enumerator(w, KD_V("MOD_TEXT"), 0);
		kd_btfw_enumerator(w, KD_V("MOD_DATA"), 1);
		STRUCT("module", MOD_SIZE, {"list", listhead, MOD_LIST}, {"name", name, MOD_NAME}, {"kallsyms", ptr, MOD_KALLSYMS},
		       {"mem", four, MOD_MEM}, {"arch", arch, MOD_ARCH});
	} else {
		const uint32_t layout = STRUCT("module_layout", 16, {"base", ptr, 0}, {"size", u32, 8}, {"text_size", u32, 12});

		STRUCT("module", MOD_SIZE, {"list", listhead, MOD_LIST}, {"name", name, MOD_NAME}, {"kallsyms", ptr, MOD_KALLSYMS},
		       {"core_layout", layout, MOD_MEM}, {"arch", arch, MOD_ARCH});
	}
}

/* What walkers walk: XArrays (nodes of 64 slots), trees. */
static void walk_types(struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong)
{
	const uint32_t u8 = kd_btfw_int(w, KD_V("unsigned char"), 1, 0), slots = kd_btfw_array(w, ptr, 0, 64);
	const uint32_t xa = STRUCT("xarray", 16, {"xa_lock", u32, 0}, {"xa_flags", u32, 4}, {"xa_head", ptr, 8});
	const uint32_t rb = STRUCT("rb_node", 24, {"__rb_parent_color", ulong, 0}, {"rb_right", ptr, 8}, {"rb_left", ptr, 16});

	STRUCT("xa_node", 576, {"shift", u8, 0}, {"offset", u8, 1}, {"count", u8, 2}, {"parent", ptr, 8}, {"array", ptr, 16},
	       {"slots", slots, 40});
	STRUCT("idr", 24, {"idr_rt", xa, 0}, {"idr_base", u32, 16}, {"idr_next", u32, 20});
	STRUCT("rb_root", 8, {"rb_node", kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, rb), 0});
}

static uint32_t arm64_types(struct fake *f, struct kd_btfw *w, uint32_t ulong)
{
	static const char *const context[] = {"x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "fp", "sp", "pc"};
	struct fake_member m[KD_ARRAY_LEN(context)];
	uint32_t id;

	for (unsigned i = 0; i < KD_ARRAY_LEN(context); i++)
		m[i] = (struct fake_member){context[i], ulong, 8 * i};
	id = fake_composite(w, KD_BTF_STRUCT, "cpu_context", 104, m, KD_ARRAY_LEN(m));
	STRUCT("pt_regs", FAKE_PT_SIZE, {"sp", ulong, FAKE_PT_SP}, {"pc", ulong, FAKE_PT_PC}, {"pstate", ulong, FAKE_PT_PSTATE},
	       {"stackframe", ulong, FAKE_PT_FRAME});
	if (f->kind->meta)
		STRUCT("frame_record_meta", 24, {"type", ulong, 16});
	return STRUCT("thread_struct", 104, {"cpu_context", id, 0});
}

/* The end of the blob. */
static uint64_t put_types(struct fake *f)
{
	kd_auto(kd_btfw_freep) struct kd_btfw *w = kd_btfw_new(16 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf blob = KD_BUF_INIT(1 << 20);
	uint32_t u32, ulong, ptr, listhead, comm, name, thread, words;
	const uint32_t *nodes;
	size_t n;

	kd_btfw_unit_begin(w);
	u32 = kd_btfw_int(w, KD_V("unsigned int"), 4, 0);
	ulong = kd_btfw_int(w, KD_V("long unsigned int"), 8, 0);
	ptr = kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, 0);
	listhead = STRUCT("list_head", 16, {"next", ptr, 0}, {"prev", ptr, 8});
	comm = kd_btfw_array(w, kd_btfw_int(w, KD_V("char"), 1, 2), 0, 16);
	name = kd_btfw_array(w, kd_btfw_int(w, KD_V("char"), 1, 2), 0, 56);
	words = kd_btfw_array(w, ulong, 0, FAKE_STACK / 8);
	thread = f->kind->machine ? arm64_types(f, w, ulong) : STRUCT("thread_struct", 8, {"sp", ulong, 0});
	STRUCT("inactive_task_frame", 24, {"bx", ulong, 0}, {"bp", ulong, 8}, {"ret_addr", ulong, 16});
	STRUCT("signal_struct", 32, {"thread_head", listhead, SIG_HEAD});
	STRUCT("pcpu_hot", 16, {"cpu", ulong, 0}, {"current_task", ptr, 8});
	fake_composite(w, KD_BTF_UNION, "thread_union", FAKE_STACK, &(const struct fake_member){"stack", words, 0}, 1);
	if (!f->more || !f->more->own_task)
		STRUCT("task_struct", T_SIZE, {"", fake_task_part(w), FAKE_T_STATE},
		       {"pid", u32, T_PID}, {"tgid", u32, T_TGID}, {"comm", comm, T_COMM}, {"stack", ptr, T_STACK},
		       {"tasks", listhead, T_TASKS}, {"thread_node", listhead, T_NODE}, {"signal", ptr, T_SIGNAL}, {"thread", thread, T_SP},
		       {"exit_state", u32, T_EXIT_STATE});
	module_types(f, w, ptr, u32, listhead, name);
	fake_lock_types(f, w);
	walk_types(w, ptr, u32, ulong);
	if (f->more && f->more->types)
		f->more->types(f, w, ptr, u32, ulong, listhead);
	assert_null(kd_btfw_unit_end(w, &nodes, &n));
	assert_null(kd_btfw_finish(w, &blob));
	assert_true(blob.n < BTF_PAGES * 4096);
	put_bytes(f, BTF, blob.p, blob.n);
	return BTF + blob.n;
}

/* --- tasks, CPUs, a module --------------------------------------------------------------------------- */

uint64_t fake_stack(unsigned task, size_t n)
{
	return FAKE_STACKS + 0x2000 * (uint64_t)task + FAKE_STACK - n;
}

/* Task 0 is the idle task, 1 … are processes of their own, but the last is a thread of the one before. */
static void put_tasks(struct fake *f)
{
	uint64_t prev[FAKE_TASKS] = {0};

	for (unsigned i = 0; i < FAKE_TASKS; i++) {
		const unsigned first = i == FAKE_TASKS - 1 ? i - 1 : i;
		const uint64_t t = fake_task(i), leader = fake_task(first), next = fake_task(i + 2 < FAKE_TASKS ? i + 1 : 0);
		const uint64_t signal = leader + 0x400, head = signal + SIG_HEAD;
		char comm[16] = {0};

		if (i)
			map(f, t, 1);
		map(f, FAKE_STACKS + 0x2000 * (uint64_t)i, 1);
		snprintf(comm, sizeof(comm), i ? "task-%u" : "swapper/%u", i);
		fake_put(f, t + T_PID, i ? 100 + i : 0, 4);
		fake_put(f, t + T_TGID, i ? 100 + first : 0, 4);
		put_bytes(f, t + T_COMM, comm, sizeof(comm));
		fake_put(f, t + T_STACK, FAKE_STACKS + 0x2000 * (uint64_t)i, 8);
		fake_put(f, t + T_TASKS, next + T_TASKS, 8);
		if (i + 1 < FAKE_TASKS)
			prev[i + 2 < FAKE_TASKS ? i + 1 : 0] = t;
		fake_put(f, t + T_SIGNAL, signal, 8);
		fake_put(f, i == FAKE_TASKS - 1 ? leader + T_NODE : head, i ? t + T_NODE : head, 8);
		fake_put(f, t + T_NODE, head, 8);
	}
	for (unsigned i = 0; i + 1 < FAKE_TASKS; i++)
		fake_put(f, fake_task(i) + T_TASKS + 8, prev[i] + T_TASKS, 8);
}

static void put_cpus(struct fake *f)
{
	for (unsigned i = 0; i < FAKE_CPUS; i++) {
		const uint64_t area = AREAS + 0x1000 * (uint64_t)i;

		map(f, area, 1);
		fake_put(f, DATA + PER_CPU_OFFSET + 8 * i, area - percpu(f), 8);
		fake_put(f, area + CURRENT + (f->kind->pcpu_hot ? 8 : 0), fake_task(i), 8);
	}
	fake_put(f, DATA + POSSIBLE, (1u << FAKE_CPUS) - 1, 8);
	fake_put(f, DATA + NR_CPU_IDS, FAKE_CPUS, 4);
	fake_put(f, DATA + PANIC_CPU, 0xffffffff, 4);
}

/* fakemod: mod_write at its beginning, mod_other behind it; memory, symbols and unwind table on one page. */
static void put_module(struct fake *f)
{
	static const char names[] = "\0mod_write\0mod_other\0$x\0gone";
	static const struct {
		unsigned name, value, section;
	} symbols[] = {{0, 0, 0}, {11, 0x40, 2}, {1, 0, 2}, {21, 0x10, 2}, {24, 0x20, 0}};
	const uint64_t mod = FAKE_TASKS_AT + 0xa000, symtab = FAKE_MODULE + 0x200, strtab = FAKE_MODULE + 0x400, ip = FAKE_MODULE + 0x500;

	map(f, FAKE_MODULE, 1);
	map(f, mod, 1);
	fake_put(f, DATA + MODULES, mod + MOD_LIST, 8);
	fake_put(f, mod + MOD_LIST, DATA + MODULES, 8);
	fake_put(f, mod + MOD_LIST + 8, DATA + MODULES, 8);
	put_bytes(f, mod + MOD_NAME, "fakemod", 8);
	fake_put(f, mod + MOD_KALLSYMS, mod + 0x800, 8);
	fake_put(f, mod + 0x800, symtab, 8);
	fake_put(f, mod + 0x808, KD_ARRAY_LEN(symbols), 4);
	fake_put(f, mod + 0x810, strtab, 8);
	fake_put(f, mod + MOD_MEM, FAKE_MODULE, 8);
	fake_put(f, mod + MOD_MEM + 8, f->kind->mem ? 0x100 : 0x1000, 4);
	fake_put(f, mod + MOD_MEM + 12, f->kind->mem ? 0 : 0x100, 4);
	fake_put(f, mod + MOD_ARCH, 1, 4);
	fake_put(f, mod + MOD_ARCH + 8, ip, 8);
	fake_put(f, mod + MOD_ARCH + 16, ip + 16, 8);
	put_orc(f, ip + 16, ip, FAKE_MODULE, KD_ORC_CALL, FAKE_FRAME);
	put_bytes(f, strtab, names, sizeof(names));
	for (size_t i = 0; i < KD_ARRAY_LEN(symbols); i++) {
		fake_put(f, symtab + 24 * i, symbols[i].name, 4);
		fake_put(f, symtab + 24 * i + 6, symbols[i].section, 2);
		fake_put(f, symtab + 24 * i + 8, FAKE_MODULE + symbols[i].value, 8);
	}
}

/* --- stacks ------------------------------------------------------------------------------------------ */

/* Behind each fifth byte of a function there is a call, so that off 0x10, 0x15, 0x1a … are return addresses. */
static void put_arm64_code(struct fake *f, uint64_t at, uint64_t end)
{
	static const uint32_t prologue[] = {0xa9be7bfd, 0x910003fd, 0xa90153f3};

	for (; at < end; at += 4)
		fake_put(f, at, at % FAKE_FN < sizeof(prologue) ? prologue[at % FAKE_FN / 4] : 0x94000000, 4);
}

static void put_code(struct fake *f)
{
	if (f->kind->machine) {
		put_arm64_code(f, FAKE_TEXT, FAKE_TEXT + TEXT_PAGES * 0x1000);
		put_arm64_code(f, FAKE_MODULE, FAKE_MODULE + 0x100);
		return;
	}
	for (uint64_t at = FAKE_TEXT; at < FAKE_TEXT + TEXT_PAGES * 0x1000; at++)
		fake_put(f, at, (at & 0x3f) % 5 == 0x0b % 5 ? 0xe8 : 0x90, 1);
	for (uint64_t at = FAKE_MODULE; at < FAKE_MODULE + 0x100; at++)
		fake_put(f, at, (at & 0x3f) % 5 == 0x0b % 5 ? 0xe8 : 0x90, 1);
}

uint64_t fake_call(struct fake *f, uint64_t sp, const char *func, uint64_t off)
{
	const uint64_t base = !strcmp(func, "mod_write") ? FAKE_MODULE : fake_symbol(f, func);

	for (uint64_t at = sp; at < sp + FAKE_FRAME - 8; at += 8)
		fake_put(f, at, 0x1111, 8);
	fake_put(f, sp + FAKE_FRAME - 8, base + off, 8);
	return sp + FAKE_FRAME;
}

/* Places in struct pt_regs of x86_64. */
enum { PT_RIP = 16, PT_CS, PT_RSP = 19 };

uint64_t fake_regs(struct fake *f, uint64_t sp, uint64_t ip, uint64_t cs, uint64_t old_sp, bool partial)
{
	const uint64_t iret[] = {ip, cs, 0x246, old_sp, cs & 3 ? 0x2b : 0x18};

	for (unsigned i = 0; !partial && i < KD_X86_PT_IRET; i++, sp += 8)
		fake_put(f, sp, 0x100 + i, 8);
	for (size_t i = 0; i < KD_ARRAY_LEN(iret); i++, sp += 8)
		fake_put(f, sp, iret[i], 8);
	return sp;
}

void fake_note(struct fake *f, uint64_t ip, uint64_t cs, uint64_t sp)
{
	unsigned char note[12 + 8 + 336] = {0};
	unsigned char *desc = note + 20;

	put_le(note, 5, 4);
	put_le(note + 4, 336, 4);
	put_le(note + 8, 1, 4);
	memcpy(note + 12, "CORE", 5);
	for (unsigned i = 0; i < 27; i++)
		put_le(desc + 112 + 8 * i, 0x200 + i, 8);
	put_le(desc + 112 + 8 * PT_RIP, ip, 8);
	put_le(desc + 112 + 8 * PT_CS, cs, 8);
	put_le(desc + 112 + 8 * PT_RSP, sp, 8);
	kd_buf_add(&f->m.notes, kd_view((const char *)note, sizeof(note)));
}

void fake_note_arm64(struct fake *f, uint64_t pc, uint64_t pstate, uint64_t sp)
{
	unsigned char note[12 + 8 + 392] = {0};
	unsigned char *desc = note + 20;

	put_le(note, 5, 4);
	put_le(note + 4, 392, 4);
	put_le(note + 8, 1, 4);
	memcpy(note + 12, "CORE", 5);
	for (unsigned i = 0; i < 31; i++)
		put_le(desc + 112 + 8 * i, 0x200 + i, 8);
	put_le(desc + 112 + 8 * 29, sp, 8);
	put_le(desc + 112 + 8 * 31, sp, 8);
	put_le(desc + 112 + 8 * 32, pc, 8);
	put_le(desc + 112 + 8 * 33, pstate, 8);
	kd_buf_add(&f->m.notes, kd_view((const char *)note, sizeof(note)));
}

void fake_state(struct fake *f, unsigned task, unsigned state)
{
	fake_put(f, fake_task(task) + T_STATE, state, 4);
}

void fake_sleep(struct fake *f, unsigned task, const char *func, uint64_t off, uint64_t sp)
{
	const uint64_t frame = sp - 24;

	fake_put(f, fake_task(task) + T_SP, frame, 8);
	fake_put(f, frame + 8, 0x4242, 8);
	fake_put(f, frame + 16, fake_symbol(f, func) + off, 8);
}

/* --- all of it --------------------------------------------------------------------------------------- */

void fake_init(struct fake *f, const struct fake_kind *kind)
{
	fake_init_more(f, kind, NULL, NULL);
}

void fake_init_more(struct fake *f, const struct fake_kind *kind, const struct fake_more *more, void *user)
{
	*f = (struct fake){.kind = kind, .more = more, .user = user, .arena = KD_ARENA_INIT(64 << 20)};
	machine_init(&f->m, kind->machine ? kind->machine : &machine_x86);
	if (kind->functions)
		machine_say(&f->m, "NUMBER(MODULES_VADDR)=0x%jx\nNUMBER(MODULES_END)=0x%jx\n", (uintmax_t)FAKE_TASKS_AT,
			    (uintmax_t)FAKE_TASKS_AT + 0x100000);
	if (kind->machine && kind->pac)
		machine_say(&f->m, "NUMBER(KERNELPACMASK)=0x%jx\n", (uintmax_t)kind->pac);
	map(f, FAKE_TEXT, TEXT_PAGES);
	map(f, KALLSYMS, 4);
	map(f, ORC_IP, 2);
	map(f, BTF, BTF_PAGES);
	map(f, DATA, 1);
	put_unwind(f);
	put_symbols(f, put_types(f));
	put_tasks(f);
	put_cpus(f);
	put_module(f);
	put_code(f);
	if (more && more->memory)
		more->memory(f);
}

void fake_deinit(struct fake *f)
{
	kd_unwinder_free(f->unwinder);
	kd_arena_deinit(&f->arena);
	kd_kernel_free(f->kernel);
	kd_space_free(f->space);
	kd_pages_close(f->pages);
	kd_buf_deinit(&f->dump);
	machine_deinit(&f->m);
}

struct kd_error *fake_open(struct fake *f)
{
	struct kd_error *err;

	machine_elf(&f->m, &f->dump);
	assert_null(kd_pages_of_bytes(kd_bytes_of_view(kd_buf_view(&f->dump), "dump"), &f->pages));
	assert_null(kd_space_new(f->pages, &f->space));
	err = kd_kernel_open(f->space, &f->kernel);
	if (err)
		return err;
	kd_modules_read(f->kernel, &f->arena, &f->mods);
	return kd_unwinder_new(f->kernel, &f->mods, &f->unwinder);
}
