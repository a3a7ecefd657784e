// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fakedump fault|wild|live FILE [plain]: the dumps of a made kernel (fake.h) that tests/golden/core has, and seeds for
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
#include "format/diskdump.h"

/* module-level, for cmocka hands nothing to a test */
static const char *kind = "", *file = "";
static bool plain;

static void make(void **state)
{
	const bool live = !strcmp(kind, "live"), wild = !strcmp(kind, "wild");
	const uint64_t fault_sp = fake_stack(1, 512);
	uint64_t sp = fake_stack(1, 1024), idle = fake_stack(0, 64);
	struct fake f;
	FILE *out;

	(void)state;
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
	machine_kdump(&f.m, plain ? 0 : KD_DD_ZLIB, 0, 0, &f.dump);
	out = fopen(file, "wb");
	assert_non_null(out);
	assert_int_equal(fwrite(f.dump.p, 1, f.dump.n, out), f.dump.n);
	assert_int_equal(fclose(out), 0);
	fake_deinit(&f);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(make)};

	if (argc != 3 && argc != 4)
		return 2;
	kind = argv[1];
	file = argv[2];
	plain = argc == 4;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
