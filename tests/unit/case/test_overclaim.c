// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "case/mention.h"
#include "case/overclaim.h"

struct seen {
	struct kd_arena *arena;
	const struct kd_prose *p;
	struct kd_buf words; /* of all findings, with "|" between */
};

static bool claim(void *user, const struct kd_overclaim *o)
{
	struct seen *s = user;

	(void)kd_buf_printf(&s->words, "%s%.*s", s->words.n ? "|" : "", (int)o->n, s->p->text.p + o->at);
	return true;
}

static bool mention(void *user, const struct kd_mention *m)
{
	struct seen *s = user;

	(void)kd_buf_printf(&s->words, "%s%s %.*s", s->words.n ? "|" : "", kd_mention_name(m->kind), KD_VARG(m->words));
	if (m->title.p)
		(void)kd_buf_printf(&s->words, " (%.*s)", KD_VARG(m->title));
	return true;
}

static void says(const char *text, const char *claims, const char *mentions)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 22);
	struct kd_prose p;
	struct seen s = {.arena = &arena, .p = &p, .words = KD_BUF_INIT(1 << 16)};

	assert_null(kd_prose_read(kd_view_of(text), &arena, &p));
	kd_overclaim_find(&p, claim, &s);
	if (claims)
		assert_string_equal(s.words.n ? s.words.p : "", claims);
	kd_buf_clear(&s.words);
	assert_null(kd_mention_find(&p, &arena, mention, &s));
	if (mentions)
		assert_string_equal(s.words.n ? s.words.p : "", mentions);
	kd_buf_deinit(&s.words);
}

static void claims(void **state)
{
	(void)state;

	says("The Root\ncause is a lock.", "Root\ncause", NULL);
	says("This **definitely** is the _smoking_ gun.", "definitely", NULL);
	says("This **definitely** is the *smoking* gun.", "definitely|smoking* gun", NULL);
	says("It must be the driver. It must be held. The lock must be released; it must be caused by it.", "must be|must be", NULL);
	says("It is fixed by the patch, 100% certain.", "is fixed by|100% certain", NULL);
	says("It was root_cause, predefinitely, unproven.", "", NULL);
	says("the only possible explanation and the complete picture", "the only possible|complete picture", NULL);
	says("- it is clearly new\n- root cause: none known", "clearly", NULL);
}

static void hedges(void **state)
{
	(void)state;

	says("Hypothesis: root cause may be the lock.", "", NULL);
	says("The root cause is not known. It is not proven, and nobody confirmed it.", "", NULL);
	says("Is this the root cause? It is the root cause.", "root cause", NULL);
	says("If it is confirmed, go on. To be confirmed. KASAN: silence proves nothing.", "", NULL);
	says("It may look odd, but this is the root cause.", "root cause", NULL);
	says("It may look odd, this is definitely new.", "definitely", NULL);
	says("Not new, it clearly is old.", "clearly", NULL);
	says("## Hypotheses\n\nThe root cause is a lock.\n\n## Facts\n\nThe root cause is a lock.", "root cause", NULL);
	says("## Root cause\n\nNot known.\n", "", NULL);
	says("## Root cause\n\nA lock.\n", "Root cause", NULL);
	says("PROVEN\n header it says so\n", "", NULL);
	says("Likely: it is the root cause.", "", NULL);
}

static void shown(void **state)
{
	(void)state;

	says("`root cause` and \"root cause\" and “root cause”.", "", NULL);
	says("```\nroot cause\n```\n> root cause\n\n    root cause\n\nroot cause", "root cause", NULL);
	says("~~~~\nroot cause\n~~~\nroot cause\n~~~~\nroot cause", "root cause", NULL);
	says("[    1.000000] this is the root cause\nand more", "", "log line [    1.000000] this is the root cause");
	says("a \" alone, root cause", "root cause", NULL);
}

static void mentions(void **state)
{
	(void)state;

	says("At foo_bar+0x1a/0x40 and a.isra.0+0x3, not +0x3.", NULL, "frame foo_bar+0x1a/0x40|frame a.isra.0+0x3");
	says("foo\\_bar+0x1/0x2", NULL, "frame foo_bar+0x1/0x2");
	says("0x48, 0xffff888000001000-0xffff888000002000, ffffffff81000000 and 0x12345z.", NULL,
	     "address 0xffff888000001000|address 0xffff888000002000|address ffffffff81000000");
	says("signature 638f954568dac22e; 0x0000000079b4e48…", NULL, "");
	says("mm/slub.c:123 and (kernel/a.h:5:7), x.c, 12:30", NULL, "place in the source mm/slub.c|place in the source kernel/a.h");
	says("commit 0123456789ab, 0123456789ab, fixed by 0123456789abcdef, `0123456789abc` (\"a: b\")", NULL,
	     "commit 0123456789ab|commit 0123456789abcdef|commit 0123456789abc (a: b)");
	says("e0123456789ab and c0123456789ab, commit e0123456789ab", NULL,
	     "evidence e0123456789ab|claim c0123456789ab|commit e0123456789ab");
	says("```\nRIP: 0010:f+0x1/0x2\n more\n```\n```c\nf+0x3/0x4\n```\n", NULL, "log line RIP: 0010:f+0x1/0x2|log line more");
	says("> quoted 0x12345678\n> BUG: bad\n", NULL, "log line BUG: bad");
	says("The log says \"all is lost\"; he said \"all is well\".", NULL, "log line all is lost");
}

static void places(void **state)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 20);
	struct kd_prose p;
	uint64_t line, column;
	(void)state;

	assert_null(kd_prose_read(KD_V("one\ntwo three\n\nfour"), &arena, &p));
	kd_prose_place(&p, 8, &line, &column);
	assert_true(line == 2 && column == 5);
	kd_prose_place(&p, 15, &line, &column);
	assert_true(line == 4 && column == 1);
	assert_null(kd_prose_read(KD_VNULL, &arena, &p));
	assert_int_equal(p.block.n, 0);
}

/* Each row of the table is found in a plain sentence, and says what to write. */
static void the_table(void **state)
{
	size_t n;
	const struct kd_overclaim_rule *rules = kd_overclaim_rules(&n);
	(void)state;

	assert_true(n > 40);
	for (size_t i = 0; i < n; i++) {
		char text[128];

		snprintf(text, sizeof(text), "Here %s the driver.", rules[i].words);
		if (!strcmp(rules[i].words, "100% certain"))
			continue; /* "%" is behind the word */
		says(text, rules[i].words, NULL);
		assert_true(*kd_overclaim_instead(&rules[i]) && *kd_overclaim_why(rules[i].cls));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(claims),   cmocka_unit_test(hedges), cmocka_unit_test(shown),
		cmocka_unit_test(mentions), cmocka_unit_test(places), cmocka_unit_test(the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
