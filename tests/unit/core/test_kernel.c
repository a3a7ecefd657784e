// SPDX-License-Identifier: GPL-2.0-or-later
/* Symbols, types, modules, tasks and CPUs out of a made kernel's memory, in the forms of several kernels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/words.h"
#include "fake.h"

static const struct fake_kind *const kinds[] = {&fake_61, &fake_612, &fake_72};
static const struct fake_kind by_base = {.form = KD_KALLSYMS_BASE, .orc = KD_ORC_TYPES, .mem = true};

static void must(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

static void symbols_of(const struct fake_kind *kind)
{
	struct fake f;
	struct kd_ksym s;
	uint64_t addr;

	fake_init(&f, kind);
	must(fake_open(&f));
	assert_true(kd_kernel_symbol(f.kernel, "vfs_write", &addr));
	assert_int_equal(addr, fake_symbol(&f, "vfs_write"));
	assert_true(kd_kernel_symbol(f.kernel, "do_idle", &addr)); /* with a token of three characters */
	assert_int_equal(addr, fake_symbol(&f, "do_idle"));
	assert_false(kd_kernel_symbol(f.kernel, "vfs_writ", &addr));
	assert_false(kd_kernel_symbol(f.kernel, "no_such_symbol", &addr));
	assert_true(kd_ksyms_at(kd_kernel_symbols(f.kernel), fake_symbol(&f, "vfs_write") + FAKE_FN - 1, &s));
	assert_string_equal(s.name, "vfs_write");
	assert_int_equal(s.size, FAKE_FN);
	assert_int_equal(s.type, 'T');
	assert_true(kd_ksyms_at(kd_kernel_symbols(f.kernel), FAKE_TEXT + 0x800, &s));
	assert_int_equal(strlen(s.name), 200);
	assert_false(kd_ksyms_at(kd_kernel_symbols(f.kernel), 0, &s));
	assert_true(kd_kernel_is_text(f.kernel, FAKE_TEXT));
	assert_false(kd_kernel_is_text(f.kernel, FAKE_TEXT - 1));
	assert_false(kd_kernel_is_text(f.kernel, FAKE_TEXT + 0x2000));
	fake_deinit(&f);
}

static void symbols(void **state)
{
	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++)
		symbols_of(kinds[i]);
	symbols_of(&by_base);
}

static void modules(void **state)
{
	struct fake f;
	struct kd_ksym s;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++) {
		const struct kd_core_module *m;

		fake_init(&f, kinds[i]);
		must(fake_open(&f));
		assert_null(f.mods.why);
		assert_int_equal(f.mods.n, 1);
		m = kd_modules_at(&f.mods, FAKE_MODULE + 0x44);
		assert_non_null(m);
		assert_string_equal(m->name, "fakemod");
		assert_true(kd_module_is_text(m, FAKE_MODULE + 0xff));
		assert_false(kd_module_is_text(m, FAKE_MODULE + 0x100));
		assert_null(kd_modules_at(&f.mods, FAKE_MODULE - 1));
		assert_true(kd_module_symbol(f.kernel, m, FAKE_MODULE + 0x3f, &s));
		assert_string_equal(s.name, "mod_write"); /* not "$x", not what is not defined */
		assert_int_equal(s.addr, FAKE_MODULE);
		assert_int_equal(s.size, 0x40);
		assert_true(kd_module_symbol(f.kernel, m, FAKE_MODULE + 0x44, &s));
		assert_string_equal(s.name, "mod_other");
		fake_deinit(&f);
	}
}

static void modules_in_a_circle(void **state)
{
	const uint64_t mod = FAKE_TASKS_AT + 0xa000;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_61);
	fake_put(&f, mod + 8, mod + 8, 8); /* the next one is itself */
	must(fake_open(&f));
	assert_int_equal(f.mods.n, KD_MODULES_MAX);
	assert_non_null(f.mods.why);
	fake_deinit(&f);
}

static void tasks(void **state)
{
	static const int32_t tgid[] = {101, 102, 102};
	char why[KD_TASKS_WHY];
	struct kd_core_regs r;
	struct kd_task t;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_612);
	fake_sleep(&f, 1, "__schedule", 0x10, fake_stack(1, 256));
	must(fake_open(&f));
	for (int32_t i = 0; i < 3; i++) {
		if (!kd_task_by_pid(f.kernel, 101 + i, &t, why))
			fail_msg("%d: %s", 101 + i, why);
		assert_int_equal(t.addr, fake_task((unsigned)i + 1));
		assert_int_equal(t.tgid, tgid[i]);
		assert_int_equal(t.stack_end - t.stack, FAKE_STACK);
	}
	assert_string_equal(t.comm, "task-3");
	assert_false(kd_task_by_pid(f.kernel, 104, &t, why));
	assert_string_equal(why, "");
	assert_true(kd_task_by_pid(f.kernel, 101, &t, why));
	assert_true(kd_task_regs(f.kernel, &t, &r, why));
	assert_int_equal(r.r[KD_RIP], fake_symbol(&f, "__schedule") + 0x10);
	assert_int_equal(r.r[KD_RSP], fake_stack(1, 256));
	assert_int_equal(r.r[KD_RBP], 0x4242);
	fake_deinit(&f);
}

/* A list that comes to no end, one that leads to nowhere. */
static void broken_tasks(void **state)
{
	char why[KD_TASKS_WHY];
	struct kd_task t;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_61);
	fake_put(&f, fake_task(1) + 32, fake_task(1) + 32, 8); /* task 1 is behind task 1 */
	must(fake_open(&f));
	assert_false(kd_task_by_pid(f.kernel, 104, &t, why));
	assert_string_equal(why, "the list of tasks does not end");
	assert_true(kd_task_by_pid(f.kernel, 103, &t, why)); /* from the list's other end */
	fake_deinit(&f);
	fake_init(&f, &fake_61);
	fake_put(&f, fake_task(1) + 32, 0xffff900000000000, 8);
	must(fake_open(&f));
	assert_true(kd_task_by_pid(f.kernel, 103, &t, why)); /* from the list's other end */
	assert_non_null(strstr(why, "it is not mapped"));
	fake_deinit(&f);
}

static void cpus(void **state)
{
	struct kd_cpus c;
	struct fake f;

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(kinds); i++) {
		fake_init(&f, kinds[i]);
		fake_note(&f, FAKE_TEXT + 0x50, 0x10, fake_stack(0, 64));
		fake_note(&f, FAKE_TEXT + 0x60, 0x10, fake_stack(1, 64));
		fake_put(&f, fake_symbol(&f, "panic_cpu"), 1, 4);
		must(fake_open(&f));
		must(kd_cpus_read(f.kernel, kd_pages_info(f.pages)->notes, &f.arena, &c));
		assert_int_equal(c.n, FAKE_CPUS);
		assert_int_equal(c.lost_notes, 0);
		assert_true(c.panicked);
		assert_false(c.v[0].panicked);
		assert_true(c.v[1].panicked);
		assert_string_equal(c.v[1].task.comm, "task-1");
		assert_int_equal(c.v[1].regs->r[KD_RIP], FAKE_TEXT + 0x60);
		assert_int_equal(c.v[0].regs->r[KD_R15], 0x200);
		assert_ptr_equal(kd_cpus_of_task(&c, fake_task(1)), &c.v[1]);
		assert_null(kd_cpus_of_task(&c, fake_task(2)));
		fake_deinit(&f);
	}
}

/* kdump has no note of a CPU that did not answer: the one that is there belongs where its stack is. */
static void missing_cpu(void **state)
{
	struct kd_cpus c;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_61);
	fake_note(&f, FAKE_TEXT + 0x60, 0x10, fake_stack(1, 64));
	must(fake_open(&f));
	must(kd_cpus_read(f.kernel, kd_pages_info(f.pages)->notes, &f.arena, &c));
	assert_false(c.panicked);
	assert_null(c.v[0].regs);
	assert_non_null(c.v[1].regs);
	fake_deinit(&f);
	fake_init(&f, &fake_61);
	fake_note(&f, FAKE_TEXT + 0x60, 0x10, 0xffffc90000100000);
	must(fake_open(&f));
	must(kd_cpus_read(f.kernel, kd_pages_info(f.pages)->notes, &f.arena, &c));
	assert_null(c.v[0].regs);
	assert_null(c.v[1].regs);
	assert_int_equal(c.lost_notes, 1);
	fake_deinit(&f);
}

/* --- damage ------------------------------------------------------------------------------------------ */

static void put_count(struct fake *f, uint64_t value)
{
	uint64_t at = 0;

	assert_true(kd_vmcoreinfo_symbol(&(struct kd_vmcoreinfo){kd_buf_view(&f->m.info)}, "kallsyms_num_syms", &at));
	fake_put(f, at, value, 4);
}

static uint64_t place(struct fake *f, const char *name)
{
	uint64_t at = 0;

	assert_true(kd_vmcoreinfo_symbol(&(struct kd_vmcoreinfo){kd_buf_view(&f->m.info)}, name, &at));
	return at;
}

static void refused(void **state)
{
	(void)state;
	for (int i = 0; i < 7; i++) {
		struct kd_error *err;
		struct fake f;

		fake_init(&f, &fake_61);
		switch (i) {
		case 0:
			put_count(&f, 0);
			break;
		case 1:
			put_count(&f, 0xffffffff);
			break;
		case 2:
			put_count(&f, 4000);
			break;
		case 3: /* out of order */
			fake_put(&f, place(&f, "kallsyms_offsets") + 16, 0x12345678, 4);
			break;
		case 4: /* another base: _stext is elsewhere */
			fake_put(&f, place(&f, "kallsyms_relative_base"), FAKE_IMAGE + 0x1000, 8);
			break;
		case 5:
			fake_put(&f, place(&f, "kallsyms_token_index") + 510, 0xffff, 2);
			break;
		default: /* a name of no length */
			fake_put(&f, place(&f, "kallsyms_names"), 0, 1);
		}
		err = fake_open(&f);
		if (!err || err->cls != KD_BADDATA)
			fail_msg("case %d: %s", i, err ? err->msg : "it was taken");
		kd_error_free(err);
		fake_deinit(&f);
	}
}

static void without(void **state)
{
	struct kd_vmcoreinfo v;
	struct kd_field field;
	struct kd_error *err;
	struct fake f;
	size_t at;

	(void)state;
	fake_init(&f, &fake_61); /* a kernel before 6.0 */
	v = kd_vmcoreinfo(kd_buf_view(&f.m.info));
	at = kd_view_find(v.text, KD_V("SYMBOL(kallsyms_names)"));
	f.m.info.p[at] = 'X';
	err = fake_open(&f);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_NOTFOUND);
	assert_non_null(strstr(err->msg, "since 6.0"));
	kd_error_free(err);
	fake_deinit(&f);
	fake_init(&f, &fake_61); /* BTF that is none */
	fake_put(&f, fake_symbol(&f, "__start_BTF"), 0, 4);
	must(fake_open(&f));
	assert_null(kd_kernel_types(f.kernel));
	assert_non_null(strstr(kd_kernel_no_types(f.kernel), "BTF"));
	assert_false(kd_kernel_field(f.kernel, "task_struct", "pid", &field));
	assert_non_null(f.mods.why);
	fake_deinit(&f);
	fake_init(&f, &fake_61); /* unwind tables of no layout */
	for (unsigned i = 0; i < 95; i++)
		fake_put(&f, fake_symbol(&f, "__start_orc_unwind") + 6 * i + 4, 0x0716, 2);
	err = fake_open(&f);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_BADDATA);
	kd_error_free(err);
	fake_deinit(&f);
}

static bool elsewhere(void *user, const char *name, uint64_t *ret)
{
	*ret = 0x1234;
	++*(unsigned *)user;
	return !strcmp(name, "rcu_state");
}

/* Symbols are those of functions alone: types, tasks, modules, CPUs are found all the same. */
static void functions_only(void **state)
{
	const uint64_t sp = fake_stack(1, 64);
	char why[KD_TASKS_WHY];
	uint64_t addr;
	struct kd_cpus c;
	struct kd_task t;
	struct fake f;

	(void)state;
	fake_init(&f, &fake_functions);
	fake_note_arm64(&f, FAKE_TEXT + 0x60, 5, sp);
	fake_note_arm64(&f, FAKE_TEXT + 0x50, 5, fake_stack(3, 64));
	must(fake_open(&f));
	assert_true(kd_kernel_functions_only(f.kernel));
	assert_non_null(kd_kernel_types(f.kernel));
	assert_true(kd_kernel_symbol(f.kernel, "init_task", &addr));
	assert_int_equal(addr, fake_task(0));
	assert_int_equal(f.mods.n, 1);
	assert_null(f.mods.why);
	assert_true(kd_task_by_pid(f.kernel, 103, &t, why));
	must(kd_cpus_read(f.kernel, kd_pages_info(f.pages)->notes, &f.arena, &c));
	assert_true(c.by_notes);
	assert_int_equal(c.n, 2);
	assert_false(c.panicked);
	assert_int_equal(c.v[0].task.addr, fake_task(1));
	assert_int_equal(c.v[1].task.addr, fake_task(3));
	{ /* variables by debug info: what a symbol of its own has is not asked for there */
		static const char *const names[] = {"rcu_state", "do_idle", "no_such_name"};
		uint64_t found[KD_ARRAY_LEN(names)];
		unsigned asked = 0;

		kd_word_symbols(f.kernel, names, KD_ARRAY_LEN(names), found);
		assert_int_equal(found[0], 0);
		assert_int_equal(found[1], fake_symbol(&f, "do_idle"));
		kd_kernel_more_symbols(f.kernel, elsewhere, &asked);
		asked = 0;
		kd_word_symbols(f.kernel, names, KD_ARRAY_LEN(names), found);
		assert_int_equal(found[0], 0x1234);
		assert_int_equal(found[1], fake_symbol(&f, "do_idle"));
		assert_int_equal(found[2], 0);
		assert_int_equal(asked, 2);
	}
	fake_deinit(&f);
	/* a stack that nothing is on yet is its task's, not of the one whose stack begins there */
	fake_init(&f, &fake_functions);
	fake_note_arm64(&f, 0xfffffbfffdbf7c80, 5, fake_stack(1, 0));
	must(fake_open(&f));
	must(kd_cpus_read(f.kernel, kd_pages_info(f.pages)->notes, &f.arena, &c));
	assert_true(c.v[0].has_task);
	assert_int_equal(c.v[0].task.addr, fake_task(1));
	fake_deinit(&f);
	/* two that could be init_task: none is taken */
	fake_init(&f, &fake_functions);
	for (unsigned i = 0; i < 24; i += 8)
		fake_put(&f, fake_task(0) + 0x200 + i, i == 8 ? 0x2f72657070617773 : i == 16 ? 0x30 : 0, 8);
	fake_put(&f, fake_task(0) + 0x200 + 32, fake_task(0) + 0x200 + 32, 8);
	fake_put(&f, fake_task(0) + 0x200 + 40, fake_task(0) + 0x200 + 32, 8);
	must(fake_open(&f));
	assert_false(kd_kernel_symbol(f.kernel, "init_task", &addr));
	fake_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(symbols),
		cmocka_unit_test(modules),
		cmocka_unit_test(modules_in_a_circle),
		cmocka_unit_test(tasks),
		cmocka_unit_test(broken_tasks),
		cmocka_unit_test(cpus), cmocka_unit_test(functions_only),
		cmocka_unit_test(missing_cpu),
		cmocka_unit_test(refused),
		cmocka_unit_test(without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
