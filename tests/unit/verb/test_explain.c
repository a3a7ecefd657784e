/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "report/kind.h"
#include "verb/explain.h"

/* Synthetic, written after the kernel's printk formats. */
static const char log_text[] =
	"general protection fault, probably for non-canonical address 0x6b6b6b6b6b6b6b73: 0000 [#1] "
	"PREEMPT SMP NOPTI\n"
	"CPU: 0 PID: 0 Comm: swapper/0 Not tainted 6.1.0-18-amd64 #1\n"
	"RIP: 0010:probe_irq+0x12/0x80\n"
	"RAX: 6b6b6b6b6b6b6b6b RBX: 0000000000000008 RCX: 0000000000000000\n"
	"CR2: 0000000000000010 CR3: 0000000004a3c000 CR4: 00000000000006e0\n"
	"Call Trace:\n"
	" <IRQ>\n"
	" ? probe_old+0x10/0x20\n"
	" handle_irq_event+0x10/0x20\n"
	" </IRQ>\n"
	"---[ end trace 0000000000000000 ]---\n"
	"Kernel panic - not syncing: Fatal exception in interrupt\n";

static struct kd_explanation *ask(const char *log)
{
	struct kd_explain_request req = {.name = "case.log"};
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_explanation *e = NULL;
	struct kd_ctx ctx;

	kd_ctx_init(&ctx);
	assert_null(kd_source_from_memory(kd_view_of(log), "case.log", &src));
	assert_null(kd_explain(&ctx, src, &req, &e));
	kd_ctx_deinit(&ctx);
	return e;
}

static bool noted(const struct kd_explanation *e, const char *line, enum kd_note_type type,
		  const char *words)
{
	for (size_t i = 0; i < e->nlines; i++)
		for (size_t k = 0; k < e->lines[i].nnotes; k++)
			if (kd_view_has(e->lines[i].text, kd_view_of(line)) &&
			    e->lines[i].notes[k].type == type &&
			    kd_view_has(e->lines[i].notes[k].text, kd_view_of(words)))
				return true;
	return false;
}

static void test_lines(void **state)
{
	kd_auto(kd_explanation_freep) struct kd_explanation *e = ask(log_text);

	(void)state;
	assert_non_null(e->r);
	assert_true(noted(e, "CR2:", KD_NOTE_NOT, "left over"));
	assert_true(noted(e, "? probe_old", KD_NOTE_NOT, "left over"));
	assert_true(noted(e, "<IRQ>", KD_NOTE_SAYS, "borrowed"));
	assert_true(noted(e, "RIP:", KD_NOTE_SAYS, "faulted"));
}

static void test_playbook_of_report(void **state)
{
	kd_auto(kd_explanation_freep) struct kd_explanation *e = ask(log_text);
	bool irq = false, oops = false;

	(void)state;
	assert_non_null(e->playbook);
	for (size_t i = 0; i < e->ngeneral; i++) {
		irq = irq || !strcmp(e->general[i].section, "Interrupt context");
		oops = oops || !strcmp(e->general[i].section, "panic_on_oops");
	}
	assert_true(irq);
	assert_true(oops);
}

/* Each kind of the table that is shown to people has a playbook with sources. */
static void test_every_kind_has_a_playbook(void **state)
{
	(void)state;
	for (const struct kd_kind *k = kd_kinds(); k->name; k++) {
		const struct kd_playbook *p = kd_playbook_for(k->name, k->family);
		bool sources = false;

		if (k->infrastructure)
			continue;
		if (!p)
			fail_msg("kind %s of family %s has no playbook", k->name, k->family);
		for (size_t i = 0; i < p->nsections; i++)
			sources = sources || !strcmp(p->sections[i].heading, "Sources");
		assert_true(sources);
	}
}

static void test_playbook_names(void **state)
{
	(void)state;
	assert_non_null(kd_playbook_named(KD_V("general")));
	assert_ptr_equal(kd_playbook_named(KD_V("kasan")), kd_playbook_for("kasan", NULL));
	assert_null(kd_playbook_named(KD_V("no such thing")));
	assert_null(kd_playbook_for(NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_playbook_of_report),
		cmocka_unit_test(test_every_kind_has_a_playbook),
		cmocka_unit_test(test_playbook_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
