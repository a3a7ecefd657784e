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
#include "machine.h"

struct fake_kind {
	enum kd_kallsyms_form form;
	enum kd_orc_layout orc;
	bool mem; /* module.mem[], else core_layout */
	bool pcpu_hot; /* current_task is in it */
};

/* fake_fp: without ORC tables. */
extern const struct fake_kind fake_61, fake_612, fake_72, fake_fp;

enum { FAKE_FRAME = 24, FAKE_STACK = 4096, FAKE_CPUS = 2, FAKE_TASKS = 4, FAKE_FN = 0x40 };

#define FAKE_IMAGE 0xffffffff81000000u
#define FAKE_TEXT (FAKE_IMAGE + 0x10000)
#define FAKE_MODULE 0xffffffffc0000000u
#define FAKE_TASKS_AT 0xffff888000100000u
#define FAKE_STACKS 0xffffc90000000000u /* and every 0x2000; a page without memory behind each */

struct fake {
	const struct fake_kind *kind;
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
 * (the CPU's five words), secondary_startup_64 (the outermost), stub (nothing is known).
 */
void fake_init(struct fake *f, const struct fake_kind *kind);
void fake_deinit(struct fake *f);

/* Address of a symbol, as it was put into the tables. */
uint64_t fake_symbol(const struct fake *f, const char *name);

/* A task's address; 0 is init_task, which is in the image. */
uint64_t fake_task(unsigned task);

/* Writing to virtual memory. */
void fake_put(struct fake *f, uint64_t vaddr, uint64_t value, size_t n);

/* Stacks grow from the lowest address of what was put: callee first. Each gives where the next thing is. */
uint64_t fake_call(struct fake *f, uint64_t sp, const char *func, uint64_t off); /* its return address, its frame */
uint64_t fake_regs(struct fake *f, uint64_t sp, uint64_t ip, uint64_t cs, uint64_t old_sp, bool partial);

/* The bottom of a task's stack, so that n bytes are left. */
uint64_t fake_stack(unsigned task, size_t n);

/* An NT_PRSTATUS note. */
void fake_note(struct fake *f, uint64_t ip, uint64_t cs, uint64_t sp);

/* A task that does not run: it goes on at func+off with sp. */
void fake_sleep(struct fake *f, unsigned task, const char *func, uint64_t off, uint64_t sp);

/* Everything up to f->unwinder, which has to work; or an error. */
struct kd_error *fake_open(struct fake *f);

#endif
