// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fakedump fault|wild|live|arm64|memory|locks|devices|tasks|sockets FILE [plain]: the dumps of a made kernel (fake.h) that tests/golden/core has, and seeds for
 * fuzz/corpus/core. cmocka's checks hold; nothing is read from anywhere. plain: pages are not packed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fake.h"
#include "fakedevices.h"
#include "fakemem.h"
#include "fakesocks.h"
#include "faketasks.h"
#include "format/diskdump.h"

/* module-level, for cmocka hands nothing to a test */
static const char *kind = "", *file = "";
static bool plain;

static void write_dump(struct fake *f)
{
	FILE *out;

	machine_kdump(&f->m, plain ? 0 : KD_DD_ZLIB, 0, 0, &f->dump);
	out = fopen(file, "wb");
	assert_non_null(out);
	assert_int_equal(fwrite(f->dump.p, 1, f->dump.n, out), f->dump.n);
	assert_int_equal(fclose(out), 0);
	fake_deinit(f);
}

/* Two tasks that wait for each other; CPU 0 idles, CPU 1 runs a program. */
static void make_locks(void)
{
	const uint64_t idle = fake_stack(0, 64);
	struct fake f;

	fake_init(&f, &fake_61);
	fake_call(&f, idle, "secondary_startup_64", 0x10);
	fake_note(&f, fake_symbol(&f, "do_idle") + 0x20, 0x10, idle);
	fake_note(&f, 0x401000, 0x33, 0x7ffe0000);
	fake_locks_begin(&f);
	fake_mutex(&f, FAKE_LOCK_A, fake_task(3), (const unsigned[]){2}, 1);
	fake_mutex(&f, FAKE_LOCK_B, fake_task(2), (const unsigned[]){3}, 1);
	write_dump(&f);
}

static void make(void **state)
{
	const bool live = !strcmp(kind, "live"), wild = !strcmp(kind, "wild");
	const uint64_t fault_sp = fake_stack(1, 512);
	uint64_t sp = fake_stack(1, 1024), idle = fake_stack(0, 64);
	struct fakemem x = {.encoding = FAKEMEM_SWAB};
	struct fake f;

	(void)state;
	if (!strcmp(kind, "locks")) {
		make_locks();
		return;
	}
	if (!strcmp(kind, "memory"))
		fakemem_init(&x, &f);
	else if (!strcmp(kind, "devices"))
		fake_devices_init(&f);
	else if (!strcmp(kind, "tasks"))
		faketasks_init(&f, &fake_61);
	else if (!strcmp(kind, "sockets"))
		fakesocks_init(&f);
	else
		fake_init(&f, wild ? &fake_72 : live ? &fake_612 : &fake_61);
	fake_call(&f, idle, "secondary_startup_64", 0x10);
	fake_note(&f, fake_symbol(&f, "do_idle") + 0x20, 0x10, idle);
	fake_note(&f, fake_symbol(&f, "panic") + 0x13, live ? 0x33 : 0x10, sp);
	sp = fake_call(&f, sp, "exc_page_fault", 0x10);
	sp = fake_call(&f, sp, "asm_exc_page_fault", 0x15);
	fake_regs(&f, sp, wild ? 0 : FAKE_MODULE + 0x22, 0x10, fault_sp, false);
	fake_put(&f, fault_sp, fake_symbol(&f, "vfs_write") + 0x1a, 8);
	sp = fault_sp + 8;
	for (int i = 0; !wild && i < 5; i++) /* which calls itself */
		sp = fake_call(&f, i ? sp : fault_sp, "vfs_write", 0x1a);
	sp = fake_call(&f, sp, "ksys_write", 0x10);
	sp = fake_call(&f, sp, "do_syscall_64", 0x10);
	sp = fake_call(&f, sp, "entry_SYSCALL_64_after_hwframe", 0x10);
	fake_regs(&f, sp, 0x401000, 0x33, 0x7ffe0000, false);
	sp = fake_stack(2, 256);
	fake_sleep(&f, 2, "__schedule", 0x10, sp);
	sp = fake_call(&f, sp, "schedule", 0x10);
	fake_call(&f, sp, "stub", 0x10);
	fake_put(&f, sp + 80, fake_symbol(&f, "ret_from_fork") + 0x10, 8);
	if (!live)
		fake_put(&f, fake_symbol(&f, "panic_cpu"), 1, 4);
	write_dump(&f);
}

static void record(struct fake *f, uint64_t at, uint64_t next, const char *func, uint64_t off)
{
	fake_put(f, at, next, 8);
	fake_put(f, at + 8, fake_symbol(f, func) + off, 8);
}

/* A system call's frames below the registers of the program; the record of the innermost. */
static uint64_t system_call(struct fake *f, unsigned task)
{
	const uint64_t pt = fake_stack(task, FAKE_PT_SIZE);

	for (unsigned i = 0; i < 31; i++)
		fake_put(f, pt + 8 * i, 0x100 + i, 8);
	fake_put(f, pt + FAKE_PT_PC, 0x401000 + 0x100 * task, 8);
	record(f, pt - 64, pt + FAKE_PT_FRAME, "do_syscall_64", 0x20);
	record(f, pt - 128, pt - 64, "ksys_write", 0x14);
	return pt - 128;
}

/* A fault in a system call, before the function has made its record; two tasks with the same stack. */
static void make_arm64(void **state)
{
	uint64_t fp, pt;
	struct fake f;
	FILE *out;

	(void)state;
	fake_init(&f, &fake_arm64);
	fp = system_call(&f, 1);
	pt = fp - 64 - FAKE_PT_SIZE;
	for (unsigned i = 0; i < 31; i++)
		fake_put(&f, pt + 8 * i, 0x300 + i, 8);
	fake_put(&f, pt + 8 * 29, fp, 8);
	fake_put(&f, pt + 8 * 30, fake_symbol(&f, "vfs_write") + 0x1c, 8);
	fake_put(&f, pt + FAKE_PT_SP, fp, 8);
	fake_put(&f, pt + FAKE_PT_PC, FAKE_MODULE + 4, 8);
	fake_put(&f, pt + FAKE_PT_PSTATE, 5, 8);
	fake_put(&f, pt + FAKE_PT_FRAME, fp, 8);
	fake_put(&f, pt + FAKE_PT_FRAME + 8, FAKE_MODULE + 4, 8);
	record(&f, pt - 64, pt + FAKE_PT_FRAME, "asm_exc_page_fault", 0x10);
	/* ksys_write calls stub, and has schedule below it */
	fake_put(&f, fake_symbol(&f, "ksys_write") + 0x10,
		 0x94000000 | (uint32_t)((fake_symbol(&f, "stub") - fake_symbol(&f, "ksys_write") - 0x10) / 4), 4);
	fake_note_arm64(&f, 0x400100, 0, 0x7ffe0000);
	fake_note_arm64(&f, fake_symbol(&f, "panic") + 0x20, 5, pt - 64);
	for (unsigned task = 2; task < FAKE_TASKS; task++) {
		fp = system_call(&f, task);
		record(&f, fp - 64, fp, "schedule", 0x10);
		fake_put(&f, fake_task(task) + FAKE_CONTEXT + 80, fp - 64, 8);
		fake_put(&f, fake_task(task) + FAKE_CONTEXT + 88, fp - 64, 8);
		fake_put(&f, fake_task(task) + FAKE_CONTEXT + 96, fake_symbol(&f, "__schedule") + 0x14, 8);
		fake_state(&f, task, 2);
	}
	fake_put(&f, fake_symbol(&f, "panic_cpu"), 1, 4);
	machine_kdump(&f.m, plain ? 0 : KD_DD_ZLIB, 0, 0, &f.dump);
	out = fopen(file, "wb");
	assert_non_null(out);
	assert_int_equal(fwrite(f.dump.p, 1, f.dump.n, out), f.dump.n);
	assert_int_equal(fclose(out), 0);
	fake_deinit(&f);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(make)}, arm64[] = {cmocka_unit_test(make_arm64)};

	if (argc != 3 && argc != 4)
		return 2;
	kind = argv[1];
	file = argv[2];
	plain = argc == 4;
	return !strcmp(kind, "arm64") ? cmocka_run_group_tests(arm64, NULL, NULL) : cmocka_run_group_tests(tests, NULL, NULL);
}
