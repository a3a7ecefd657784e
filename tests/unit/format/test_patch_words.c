// SPDX-License-Identifier: GPL-2.0-or-later
/* The words of a hunk's lines: which, with which sign, and what hides them. */
#include "../base/check.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "format/patch.h"

static void put(void *user, struct kd_view w, char sign, unsigned where)
{
	kd_buf_printf(user, "%c%s%.*s ", sign, where == KD_PATCH_COMMENT ? "/" : where == KD_PATCH_STRING ? "\"" : "", KD_VARG(w));
}

static void expect(enum kd_patch_lang lang, const char *body, const char *words)
{
	const struct kd_patch_file f = {.lang = lang};
	/* a copy of its own, so that a byte too far is seen */
	char *copy = kd_xstrndup(body, strlen(body));
	const size_t n = strlen(body);
	char *exact = kd_xmalloc(n);
	struct kd_patch_hunk h = {.body = kd_view(exact, n)};
	struct kd_buf b = KD_BUF_INIT(1 << 20);

	memcpy(exact, copy, n);
	kd_patch_words(&f, &h, put, &b);
	assert_view(kd_buf_view(&b), words);
	kd_buf_deinit(&b);
	kd_free(exact);
	kd_free(copy);
}

static void words(void **state)
{
	(void)state;
	expect(KD_PATCH_C, " int a1 = b_c->d[0x1f] + 10UL;\n-_x\n+x9y\n", " int  a1  b_c  d -_x +x9y ");
	expect(KD_PATCH_OTHER, "+config FOO\n+\tbool \"don't // say\"\n", "+config +FOO +bool +don +t +say ");
	expect(KD_PATCH_C, "", "");
	expect(KD_PATCH_C, "+", "");
	expect(KD_PATCH_C, "\n+a\n\n\\ No newline\n", "+a ");
	expect(KD_PATCH_C, "+a\303\274b", "+a +b ");
	expect(KD_PATCH_C, "+a\r\n+b\r\n", "+a +b ");
}

static void hidden(void **state)
{
	(void)state;
	expect(KD_PATCH_C, "+a; /* b */ c // d\n+e\n", "+a +/b +c +/d +e ");
	expect(KD_PATCH_C, "+a(\"b \\\" c\", 'd', '\\'', e) \"f\n+g\n", "+a +\"b +\"c +\"d +e +\"f +g ");
	expect(KD_PATCH_C, "+a /* b\n+ c \" d\n+ e */ f\n+g\n", "+a +/b +/c +/d +/e +f +g ");
	expect(KD_PATCH_C, "-a /* b\n+c\n d\n", "-a -/b +c  d ");	 /* of the old side only */
	expect(KD_PATCH_C, "+a /* b\n c */ d\n-e\n", "+a +/b  /c  d -e ");
	expect(KD_PATCH_C, " * @a: b\n+ * c\n  */\n d\n", " /a  /b +/c  d "); /* begun above */
	expect(KD_PATCH_C, "+\t* sizeof(x)\n+ y\n", "+/sizeof +/x +y ");  /* a guess, and for that line only */
	expect(KD_PATCH_C, "+\t*p = x;\n", "+p +x ");
	expect(KD_PATCH_RUST, "+fn a<'b>(c: &'b str) {}\n+'d'\n", "+fn +a +b +c +b +str +\"d ");
	expect(KD_PATCH_C, "+a / b / c\n+\"http://d\" e\n", "+a +b +c +\"http +\"d +e ");
}

/* Everything at every place of a window of 64 bytes. */
static void shifted(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
		{"ab cd", "+ab +cd "}, {"/* ab */ cd", "+/ab +cd "}, {"ab \"cd\" ef", "+ab +\"cd +ef "}, {"a1 1a // b", "+a1 +/b "},
	};
	char body[512];

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++)
		for (int n = 0; n < 200; n++) {
			snprintf(body, sizeof(body), "+%*s%s", n, "", rows[i].text);
			expect(KD_PATCH_C, body, rows[i].words);
			snprintf(body, sizeof(body), "+%*s%s\n", n, "", rows[i].text);
			expect(KD_PATCH_C, body, rows[i].words);
		}
}

/* The end of a comment, cut by a window's end. */
static void comment_ends(void **state)
{
	char body[512];

	(void)state;
	for (int n = 0; n < 140; n++) {
		snprintf(body, sizeof(body), "+/*\n+a%*s*/ b\n", n, "");
		expect(KD_PATCH_C, body, "+/a +b ");
	}
}

/* Words of any length. */
static void lengths(void **state)
{
	char word[300], body[400], want[700];

	(void)state;
	for (unsigned n = 1; n < 280; n++)
		for (int at = 0; at < 70; at += 23) {
			memset(word, 'w', n);
			word[n] = 0;
			snprintf(body, sizeof(body), "-%*s%s z\n", at, "", word);
			snprintf(want, sizeof(want), "-%s -z ", word);
			expect(KD_PATCH_C, body, want);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),	cmocka_unit_test(hidden),  cmocka_unit_test(shifted),
		cmocka_unit_test(comment_ends), cmocka_unit_test(lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
