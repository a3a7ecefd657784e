/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake.h: a kernel of fifteen functions in the memory of a machine that never ran (machine.h): symbols, types,
 * unwind tables, tasks, CPUs, a module, all as the real ones have them, in the forms of several of them.
 *
 *	struct fake f;
 *	fake_init(&f, &fake_61);
 *	fake_call(&f, &st, "vfs_write", 0x20, 16);          // a frame of 16 bytes whose callee returns there
 *	fake_open(&f);                                      // dump → pages → space → f.kernel
 *	fake_deinit(&f);
 */
#ifndef KD_TESTS_CORE_FAKE_H
#define KD_TESTS_CORE_FAKE_H

#include "core/kernel.h"
#include "core/tasks.h"
#include "core/unwind.h"
#include "format/orc.h"
#include "symbol/btfwrite.h"
#include "machine.h"

struct fake_kind {
	enum kd_kallsyms_form form;
	enum kd_orc_layout orc;
	bool mem; /* module.mem[], else core_layout */
	bool pcpu_hot; /* current_task is in it */
	const struct machine_kind *machine; /* NULL: x86_64 */
	uint64_t pac; /* arm64: KERNELPACMASK */
	bool functions; /* symbols of functions alone */
	bool headless; /* locks point to their first waiter, as since 7.x */
	bool meta; /* arm64: records of exceptions are empty, and say what they are */
};

/* arm64: places in struct pt_regs and struct cpu_context (x19 to x28, fp, sp, pc). */
enum { FAKE_PT_SP = 248, FAKE_PT_PC = 256, FAKE_PT_PSTATE = 264, FAKE_PT_FRAME = 304, FAKE_PT_SIZE = 336, FAKE_CONTEXT = 80 };

/* fake_fp: without ORC tables. fake_arm64, fake_arm64_613, fake_functions: see their tables. */
extern const struct fake_kind fake_locks7, fake_61, fake_612, fake_72, fake_fp, fake_arm64, fake_arm64_613, fake_functions;

enum { FAKE_FRAME = 24, FAKE_STACK = 4096, FAKE_CPUS = 2, FAKE_TASKS = 4, FAKE_FN = 0x40 };

#define FAKE_IMAGE 0xffffffff81000000u
#define FAKE_TEXT (FAKE_IMAGE + 0x10000)
#define FAKE_MODULE 0xffffffffc0000000u
#define FAKE_TASKS_AT 0xffff888000100000u
#define FAKE_STACKS 0xffffc90000000000u /* and every 0x2000; a page without memory behind each */

struct fake;
struct kd_btfw;

/* What a test adds to the kernel; each may be NULL. */
struct fake_more {
	void (*types)(struct fake *f, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead);
	void (*symbols)(struct fake *f, void (*add)(void *to, const char *name, uint64_t addr), void *to);
	void (*memory)(struct fake *f); /* behind all others' */
	bool (*hides)(struct fake *f, const char *name); /* symbols that the kernel is not to have */
	bool own_task; /* types has struct task_struct: the members of fake.c at their places, and more */
};

struct fake {
	const struct fake_kind *kind;
	const struct fake_more *more;
	void *user; /* more's own */
	struct machine m;
	struct kd_buf dump;
	struct kd_pages *pages;
	struct kd_space *space;
	struct kd_kernel *kernel;
	struct kd_arena arena;
	struct kd_modules mods;
	struct kd_unwinder *unwinder;
};

/*
 * Functions: every 0x40 bytes from FAKE_TEXT on, in the order of fake.c. All have frames of FAKE_FRAME bytes (the
 * return address included) but asm_exc_page_fault and entry_SYSCALL_64_after_hwframe (struct pt_regs), error_entry
 * (the CPU's five words), secondary_startup_64 (the outermost), stub (nothing is known). On arm64 all begin with
 * "stp x29, x30, [sp, #-32]!; mov x29, sp; stp x19, x20, [sp, #16]", and from 0x10 on all is behind a call.
 */
void fake_init(struct fake *f, const struct fake_kind *kind);
void fake_init_more(struct fake *f, const struct fake_kind *kind, const struct fake_more *more, void *user);
void fake_deinit(struct fake *f);

/* Address of a symbol, as it was put into the tables. */
uint64_t fake_symbol(const struct fake *f, const char *name);

/* A task's address; 0 is init_task, which is in the image. */
uint64_t fake_task(unsigned task);

/* Fresh pages at a virtual address. */
void fake_map(struct fake *f, uint64_t vaddr, size_t pages);

/* What a per-CPU variable's symbol is counted from. */
uint64_t fake_percpu(const struct fake *f);
/* Where a CPU's area begins. */
uint64_t fake_area(unsigned cpu);

/* Writing to virtual memory. */
void fake_put(struct fake *f, uint64_t vaddr, uint64_t value, size_t n);

/* Stacks grow from the lowest address of what was put: callee first. Each gives where the next thing is. */
uint64_t fake_call(struct fake *f, uint64_t sp, const char *func, uint64_t off); /* its return address, its frame */
uint64_t fake_regs(struct fake *f, uint64_t sp, uint64_t ip, uint64_t cs, uint64_t old_sp, bool partial);

/* The bottom of a task's stack, so that n bytes are left. */
uint64_t fake_stack(unsigned task, size_t n);

/* An NT_PRSTATUS note. */
void fake_note(struct fake *f, uint64_t ip, uint64_t cs, uint64_t sp);

/* The same of arm64, with a frame record at sp. */
void fake_note_arm64(struct fake *f, uint64_t pc, uint64_t pstate, uint64_t sp);

/* task_struct.__state */
void fake_state(struct fake *f, unsigned task, unsigned state);

/* x86_64: a task that does not run: it goes on at func+off with sp. */
void fake_sleep(struct fake *f, unsigned task, const char *func, uint64_t off, uint64_t sp);

/* Members of a task that the engines of hangs read: offsets in it. They are an anonymous struct. */
enum { FAKE_T_STATE = 0xc0, FAKE_T_ON_CPU = 0xc4, FAKE_T_CPU = 0xc8, FAKE_T_PI = 0xd0, FAKE_T_DEPTH = 0xd8, FAKE_T_PRIO = 0xdc,
       FAKE_T_HELD = 0xe8, FAKE_T_RCU = 0x128, FAKE_T_MM = 0x138, FAKE_T_SE = 0x168, FAKE_T_RT = 0x1a8, FAKE_T_SIZE = 0x1e8,
       FAKE_SE_VRUNTIME = 24, FAKE_SE_MY_Q = 32, FAKE_SE_DEADLINE = 40 };
struct kd_btfw;
uint32_t fake_task_part(struct kd_btfw *w);

/* fakelocks.c: the types of locks and waiters: with list heads, or (kind headless) with pointers to the first waiter. */
struct kd_btfw;
void fake_lock_types(struct fake *f, struct kd_btfw *w);

/* Tasks that wait: map FAKE_LOCKS (fake_locks_begin()) first. */
#define FAKE_LOCKS (FAKE_TASKS_AT + 0x20000)
#define FAKE_LOCK_A (FAKE_LOCKS + 0x100)
#define FAKE_LOCK_B (FAKE_LOCKS + 0x200)
enum { FAKE_WAITER = 200, FAKE_SPILL = 240 }; /* bytes from the top of a stack: its waiter; a pointer to the lock */
void fake_locks_begin(struct fake *f);
uint64_t fake_waiter(unsigned task);
void fake_link(struct fake *f, uint64_t a, uint64_t b); /* two nodes of a list, one behind the other */
/* It sleeps in func, called by vfs_write; NULL: vfs_write itself called schedule(). */
void fake_sleeps_in(struct fake *f, unsigned task, const char *func, unsigned state);
/* Waiters with their list at `list` and task at `word`, on the ring of the head (or the pointer) at lock + head. */
void fake_ring(struct fake *f, uint64_t lock, unsigned head, unsigned list, unsigned word, const unsigned *task, size_t n);
void fake_mutex(struct fake *f, uint64_t lock, uint64_t owner, const unsigned *task, size_t n);
/* 1 has B and waits for A, 2 has A and waits for B, 3 waits for A, too. */
void fake_cross(struct fake *f);

/* Everything up to f->unwinder, which has to work; or an error. */
struct kd_error *fake_open(struct fake *f);

#endif
