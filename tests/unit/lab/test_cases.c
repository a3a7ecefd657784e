// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of cases against the module's source as it is compiled in, and report/'s kinds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/view.h"
#include "lab/cases.h"
#include "lab/embedded.h"
#include "report/kind.h"

/* All C files of the module, one behind the other. */
static struct kd_view module_source(struct kd_buf *b)
{
	for (const struct kd_lab_file *f = kd_lab_files; f->name; f++)
		if (kd_view_ends(kd_view_of(f->name), KD_V(".c")))
			assert_true(kd_buf_add(b, f->bytes));
	assert_true(b->n > 20000);
	return kd_buf_view(b);
}

static bool holds(struct kd_view where, const char *before, const char *name, const char *after)
{
	char text[128];

	assert_true(snprintf(text, sizeof(text), "%s%s%s", before, name, after) <
		    (int)sizeof(text));
	return memmem(where.p, where.n, text, strlen(text)) != NULL;
}

static void test_names(void **state)
{
	size_t n;
	const struct kd_lab_case *c = kd_lab_cases(&n);

	(void)state;
	assert_true(n >= 90);
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(kd_lab_case_find(c[i].name), &c[i]); /* the first of that name */
	assert_null(kd_lab_case_find("null_writ"));
}

static void test_kinds(void **state)
{
	size_t n;
	const struct kd_lab_case *c = kd_lab_cases(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_non_null(c[i].what);
		assert_int_equal(!c[i].kind, !c[i].reports);
		if (c[i].kind && !kd_kind_by_name(kd_view_of(c[i].kind)))
			fail_msg("%s: no kind %s", c[i].name, c[i].kind);
		if (c[i].kind_arm64 && !kd_kind_by_name(kd_view_of(c[i].kind_arm64)))
			fail_msg("%s: no kind %s", c[i].name, c[i].kind_arm64);
	}
}

static void check_trigger(const struct kd_lab_case *c, struct kd_view source, const char *trigger)
{
	if (!holds(source, "{ \"", trigger, "\","))
		fail_msg("%s: the module has no trigger %s", c->name, trigger);
}

static void test_module(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_view source = module_source(&b);
	size_t n;
	const struct kd_lab_case *c = kd_lab_cases(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct kd_view rest = kd_view_of(c[i].triggers), word;
		char trigger[64];

		while (kd_view_skip_blank(&rest), kd_view_take_word(&rest, &word)) {
			assert_true(word.n < sizeof(trigger));
			snprintf(trigger, sizeof(trigger), "%.*s", KD_VARG(word));
			check_trigger(&c[i], source, trigger);
		}
		if (!c[i].triggers || !c[i].function)
			continue;
		if (!holds(source, " ", c[i].function, "("))
			fail_msg("%s: no function %s", c[i].name, c[i].function);
		/* "fault: TRIGGER " or that of the function that does it */
		snprintf(trigger, strcspn(c[i].triggers, " ") + 1, "%s", c[i].triggers);
		if (strcmp(c[i].function, "kdoc_spin") && !holds(source, "fault: ", trigger, " ") &&
		    !holds(source, "fault: ", c[i].function + strlen("kdoc_"), " ") &&
		    strcmp(c[i].function, "kdoc_lock_ab") && strcmp(c[i].function, "kdoc_irqs_off") &&
		    strcmp(c[i].function, "kdoc_stack_overflow"))
			fail_msg("%s: no line says \"fault: %s\"", c[i].name, trigger);
	}
}

static void test_facts(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_view source = module_source(&b);
	size_t n;
	const struct kd_lab_case *c = kd_lab_cases(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_false(c[i].address && c[i].address_fact);
		if (c[i].address_fact && !holds(source, "\"", c[i].address_fact, " 0x%px") &&
		    !holds(source, "\"", c[i].address_fact, " 0x%lx"))
			fail_msg("%s: the truth file has no %s", c[i].name, c[i].address_fact);
	}
}

/* Every trigger of the module is used by a case: none is forgotten. */
static void test_used(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	struct kd_view source = module_source(&b);
	size_t n, rows = 0;
	const struct kd_lab_case *c = kd_lab_cases(&n);
	const char *p = source.p, *end = source.p + source.n;

	(void)state;
	while ((p = memmem(p, (size_t)(end - p), "\t{ \"", 4))) {
		struct kd_view name = {p + 4, 0};
		bool used = false;

		while (name.p + name.n < end && name.p[name.n] != '"')
			name.n++;
		p = name.p + name.n;
		if (memchr(name.p, '-', name.n))
			continue; /* a thread of crash_data.c */
		for (size_t i = 0; i < n && !used; i++) {
			struct kd_view rest = kd_view_of(c[i].triggers), word;

			while (kd_view_skip_blank(&rest), kd_view_take_word(&rest, &word))
				used |= kd_view_eq(word, name);
		}
		if (!used)
			fail_msg("no case triggers %.*s", KD_VARG(name));
		rows++;
	}
	assert_true(rows >= 60);
}

static void test_together(void **state)
{
	const struct kd_lab_case *a = kd_lab_case_find("null_write"), *b = kd_lab_case_find("warn");

	(void)state;
	assert_true(kd_lab_case_together(a, b));
	assert_false(kd_lab_case_together(a, kd_lab_case_find("null_read"))); /* printk.time=0 */
	assert_false(kd_lab_case_together(a, kd_lab_case_find("panic"))); /* fatal */
	assert_false(kd_lab_case_together(kd_lab_case_find("mutex_deadlock"), a)); /* hangs on */
	assert_string_equal(kd_lab_case_kind(kd_lab_case_find("gpf"), KD_ARCH_ARM64), "page_fault");
	assert_string_equal(kd_lab_case_kind(kd_lab_case_find("gpf"), KD_ARCH_X86_64), "gpf");
	assert_string_equal(kd_lab_case_kind(a, KD_ARCH_ARM64), "null_deref");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names), cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_module), cmocka_unit_test(test_facts),
		cmocka_unit_test(test_used), cmocka_unit_test(test_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
