// SPDX-License-Identifier: GPL-2.0-or-later
/* Patches as git prints them, and as mails and hands damage them. The patch ids are those of `git patch-id --stable` of git 2.39. */
#include "../base/check.h"

#include "base/alloc.h"
#include "base/hash.h"
#include "format/patch.h"

#define HEAD(old, new) "diff --git " old " " new "\n"
#define TEXT "index 1234567..89abcde 100644\n--- a/x.c\n+++ b/x.c\n"
#define HUNK "@@ -1,3 +1,3 @@ int f(void)\n a\n-b\n+c\n d\n"

struct fixture {
	struct kd_arena arena;
	struct kd_patch p;
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){.arena = KD_ARENA_INIT(1 << 20)};
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	kd_arena_deinit(&f->arena);
	return 0;
}

static const struct kd_patch *parse(void **state, const char *text)
{
	struct fixture *f = *state;

	assert_ok(kd_patch_parse(kd_view_of(text), &f->arena, NULL, &f->p));
	return &f->p;
}

static void modified(void **state)
{
	const struct kd_patch *p = parse(state, "From: A\n\n---\n x.c | 2 +-\n\n" HEAD("a/x.c", "b/x.c") TEXT HUNK
						"@@ -9 +9,2 @@\n-e\n\\ No newline at end of file\n+e\n+f\n-- \n2.39.5\n");
	const struct kd_patch_file *f = p->files;

	assert_int_equal(p->nfiles, 1);
	assert_int_equal(p->nproblems, 0);
	assert_int_equal(f->status, KD_PATCH_MODIFIED);
	assert_int_equal(f->lang, KD_PATCH_C);
	assert_view(f->old_path, "x.c");
	assert_view(f->new_path, "x.c");
	assert_view(f->old_id, "1234567");
	assert_view(f->new_id, "89abcde");
	assert_int_equal(f->old_mode, 0100644);
	assert_int_equal(f->added, 3);
	assert_int_equal(f->removed, 2);
	assert_int_equal(f->nhunks, 2);
	assert_view(p->hunks[0].heading, "int f(void)");
	assert_view(p->hunks[0].body, " a\n-b\n+c\n d\n");
	assert_int_equal(p->hunks[1].old_start, 9);
	assert_int_equal(p->hunks[1].old_count, 1);
	assert_int_equal(p->hunks[1].new_count, 2);
	assert_int_equal(p->hunks[1].flags, KD_PATCH_NO_EOL);
	assert_int_equal(p->hunks[1].heading.n, 0);
}

static void statuses(void **state)
{
	const struct kd_patch *p = parse(
		state, HEAD("a/new", "b/new") "new file mode 100755\nindex 0000000..e69de29\n"	  /* empty */
		HEAD("a/old", "b/old") "deleted file mode 100644\nindex 1234567..0000000\n--- a/old\n+++ /dev/null\n"
				       "@@ -1 +0,0 @@\n-x\n"
		HEAD("a/from", "b/to") "similarity index 97%\nrename from from\nrename to to\n"
		HEAD("a/orig", "b/twin") "similarity index 100%\ncopy from orig\ncopy to twin\n"
		HEAD("a/run", "b/run") "old mode 100644\nnew mode 100755\n"
		HEAD("a/both", "b/both") "old mode 100644\nnew mode 100755\nindex 1..2\n--- a/both\n+++ b/both\n"
					 "@@ -1 +1 @@\n-x\n+y\n"
		HEAD("a/pic.S", "b/pic.S") "index 1..2 100644\nBinary files a/pic.S and b/pic.S differ\n"
		HEAD("a/pic2.rs", "b/pic2.rs") "index 1..2 100644\nGIT binary patch\nliteral 3\nKcmZ\n\nliteral 1\nIc\n\n");
	static const struct {
		enum kd_patch_status status;
		const char *old, *new;
		uint32_t hunks;
		bool binary;
	} rows[] = {
		{KD_PATCH_ADDED, "", "new", 0, false},	       {KD_PATCH_DELETED, "old", "", 1, false},
		{KD_PATCH_RENAMED, "from", "to", 0, false},    {KD_PATCH_COPIED, "orig", "twin", 0, false},
		{KD_PATCH_MODE, "run", "run", 0, false},       {KD_PATCH_MODIFIED, "both", "both", 1, false},
		{KD_PATCH_MODIFIED, "pic.S", "pic.S", 0, true}, {KD_PATCH_MODIFIED, "pic2.rs", "pic2.rs", 0, true},
	};

	assert_int_equal(p->nfiles, KD_ARRAY_LEN(rows));
	assert_int_equal(p->nproblems, 0);
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		const struct kd_patch_file *f = &p->files[i];

		assert_int_equal(f->status, rows[i].status);
		assert_view(f->old_path, rows[i].old);
		assert_view(f->new_path, rows[i].new);
		assert_true(!f->new_path.p == !*rows[i].new);
		assert_int_equal(f->nhunks, rows[i].hunks);
		assert_int_equal(f->binary, rows[i].binary);
	}
	assert_int_equal(p->files[0].new_mode, 0100755);
	assert_int_equal(p->files[2].similarity, 97);
	assert_int_equal(p->files[5].new_mode, 0100755);
	assert_int_equal(p->files[6].lang, KD_PATCH_ASM);
	assert_int_equal(p->files[7].lang, KD_PATCH_RUST);
	assert_string_equal(kd_patch_status_name(p->files[3].status), "copied");
}

static void names(void **state)
{
	static const struct {
		const char *head, *name; /* NULL: cannot be told */
	} rows[] = {
		{HEAD("a/x y.c", "b/x y.c") "--- a/x y.c\t\n+++ b/x y.c\t\n", "x y.c"},
		{HEAD("a/x b/x", "b/x b/x") "old mode 100644\nnew mode 100755\n", "x b/x"},
		{HEAD("\"a/\\303\\274\\t\\\"\\\\.c\"", "\"b/\\303\\274\\t\\\"\\\\.c\"") "old mode 100644\nnew mode 100755\n",
		 "\303\274\t\"\\.c"},
		{HEAD("\"a/\\001\"", "\"b/\\001\"") "--- \"a/\\001\"\n+++ \"b/\\001\"\n", "\001"},
		{HEAD("x.c", "x.c") "--- x.c\n+++ x.c\n", "x.c"},	       /* --no-prefix */
		{HEAD("a/x.c", "a/x.c") "--- a/x.c\n+++ a/x.c\n", "a/x.c"},    /* the same, in a folder a */
		{HEAD("i/x.c", "w/x.c") "--- i/x.c\n+++ w/x.c\n", "x.c"},      /* diff.mnemonicPrefix */
		{HEAD("a/x.c", "b/x.c\r") "--- a/x.c\r\n+++ b/x.c\r\n", "x.c"}, /* a mail's line ends */
		{HEAD("a/x", "b/yy") "old mode 100644\nnew mode 100755\n", NULL},
		{HEAD("\"a/x", "b/x") "old mode 100644\nnew mode 100755\n", NULL},
		{HEAD("\"a/\\9\"", "\"b/\\9\"") "old mode 100644\nnew mode 100755\n", NULL},
		{"diff --git \n", NULL},
		{"diff --git a/x", NULL},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		const struct kd_patch *p = parse(state, rows[i].head);

		assert_int_equal(p->nfiles, 1);
		assert_view(kd_patch_path(p->files), rows[i].name ? rows[i].name : "");
		assert_int_equal(p->nproblems, !rows[i].name);
		if (!rows[i].name)
			assert_int_equal(p->problems->kind, KD_PATCH_BAD_NAME);
	}
}

static void damaged(void **state)
{
	const char *next = HEAD("a/y.c", "b/y.c") "--- a/y.c\n+++ b/y.c\n@@ -1 +1 @@\n-x\n+y\n";
	static const struct {
		const char *hunk;
		uint32_t flags, hunks;
		enum kd_patch_problem_kind kind;
	} rows[] = {
		{"@@ -1,3 +1,3 @@\n a\n-b\n+c\n", KD_PATCH_SHORT, 1, KD_PATCH_BAD_COUNT},
		{"@@ -1,2 +1,2 @@\n a\n-b\n+c\n d\n", KD_PATCH_LONG, 1, KD_PATCH_BAD_COUNT},
		{"@@ -1,2 +1,2 @@\n a\n+b\n+c\n", KD_PATCH_SHORT | KD_PATCH_LONG, 1, KD_PATCH_BAD_COUNT},
		{"@@ -1,99999999999999999999 +1 @@\n a\n", 0, 0, KD_PATCH_BAD_HUNK},
		{"@@ -1,2 1,2 @@\n a\n", 0, 0, KD_PATCH_BAD_HUNK},
		{"@@ -1 +1 @@\n-a\n+b\nwhat is this\n", 0, 1, KD_PATCH_STRAY},
		{"@@ -1 +1 @@\n-a\n+b\ndiff --what\n", 0, 1, KD_PATCH_STRAY},
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		char text[1000];
		const struct kd_patch *p;

		snprintf(text, sizeof(text), "%s%s%s", HEAD("a/x.c", "b/x.c") TEXT, rows[i].hunk, next);
		p = parse(state, text);
		assert_int_equal(p->nfiles, 2);
		assert_view(p->files[1].new_path, "y.c");
		assert_int_equal(p->files[1].added, 1);
		assert_int_equal(p->files[0].nhunks, rows[i].hunks);
		assert_int_equal(p->problems->kind, rows[i].kind);
		assert_true(p->problems->off > strlen(HEAD("a/x.c", "b/x.c")) && p->problems->off < strlen(text) - strlen(next));
		if (rows[i].hunks)
			assert_int_equal(p->hunks->flags, rows[i].flags);
	}
}

/* Lines of a hunk that look like something else are the hunk's as long as it counts. */
static void disguised(void **state)
{
	const struct kd_patch *p =
		parse(state, HEAD("a/x.c", "b/x.c") TEXT "@@ -1,3 +1,2 @@\n--- a/y\n+++ b/y\n--\n \n@@ -9 +8,0 @@\n--- \n");

	assert_int_equal(p->nproblems, 0);
	assert_int_equal(p->removed, 3);
	assert_int_equal(p->added, 1);
	assert_int_equal(p->nhunks, 2);
	p = parse(state, HEAD("a/x.c", "b/x.c") TEXT "@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n");
	assert_int_equal(p->nproblems, 0);
	assert_int_equal(p->hunks->flags, KD_PATCH_STRIPPED);
}

static void merges(void **state)
{
	const struct kd_patch *p =
		parse(state, "diff --cc x.c\nindex 1,2..3\n--- a/x.c\n+++ b/x.c\n@@@ -1,1 -1,1 +1,1 @@@\n- a\n -b\n++c\n" HEAD(
				     "a/x.c", "b/x.c") TEXT HUNK "diff --combined y\n");

	assert_int_equal(p->nfiles, 1);
	assert_int_equal(p->nhunks, 1);
	assert_int_equal(p->nproblems, 2);
	assert_int_equal(p->problems[0].kind, KD_PATCH_COMBINED);
	assert_int_equal(p->problems[0].off, 0);
	assert_string_equal(kd_patch_problem_name(KD_PATCH_COMBINED), "diff of a merge, skipped");
}

static void nothing(void **state)
{
	static const char *const texts[] = {"", "\n", "diff", "diff --git", "words\ndiff x y\n--- a\n+++ b\n@@ -1 +1 @@\n-a\n+b\n"};
	uint8_t id[KD_PATCH_ID_LEN];

	for (size_t i = 0; i < KD_ARRAY_LEN(texts); i++) {
		const struct kd_patch *p = parse(state, texts[i]);

		assert_int_equal(p->nfiles, 0);
		assert_int_equal(p->text.n, 0);
		assert_false(kd_patch_id(p, id));
	}
	assert_ok(kd_patch_parse(KD_VNULL, &((struct fixture *)*state)->arena, NULL, &((struct fixture *)*state)->p));
}

static void limits(void **state)
{
	static const struct kd_patch_limits few = {.files = 1, .hunks = 1, .problems = 1};
	const char *text = HEAD("a/x.c", "b/x.c") TEXT HUNK HUNK HEAD("a/x", "b/yy") HEAD("a/x", "b/yy");
	struct fixture *f = *state;
	struct kd_arena tiny = KD_ARENA_INIT(64);

	assert_ok(kd_patch_parse(kd_view_of(text), &f->arena, &few, &f->p));
	assert_int_equal(f->p.nfiles, 1);
	assert_int_equal(f->p.all_files, 3);
	assert_int_equal(f->p.nhunks, 1);
	assert_int_equal(f->p.files->nhunks, 1);
	assert_int_equal(f->p.all_hunks, 2);
	assert_int_equal(f->p.added, 2);
	assert_int_equal(f->p.nproblems, 1);
	assert_int_equal(f->p.all_problems, 2);
	assert_error(kd_patch_parse(kd_view_of(text), &tiny, NULL, &f->p), KD_LIMIT, "more memory");
	kd_arena_deinit(&tiny);
}

static void commits(void **state)
{
	static const char text[] = "commit 0123456789012345678901234567890123456789\n    commit 1\n\ndiff --git a/x b/x\n"
				   "commit 0123\ncommit 1123456789012345678901234567890123456789 (from 0)\n\n";
	struct kd_view rest = kd_view_of(text), id, part;

	(void)state;
	assert_true(kd_patch_next_commit(&rest, &id, &part));
	assert_view(id, "0123456789012345678901234567890123456789");
	assert_view(part, "    commit 1\n\ndiff --git a/x b/x\ncommit 0123\n");
	assert_true(kd_patch_next_commit(&rest, &id, &part));
	assert_view(id, "1123456789012345678901234567890123456789");
	assert_view(part, "\n");
	assert_false(kd_patch_next_commit(&rest, &id, &part));
}

static const struct {
	const char *text, *id;
} ids[] = {
	{HEAD("a/x.c", "b/x.c") TEXT HUNK, "1356e7e3b4ec2dff6867c6297aecb8bafd544f9b"},
	{HEAD("a/x.c", "b/x.c") TEXT HUNK "-- \n2.39\n", "1356e7e3b4ec2dff6867c6297aecb8bafd544f9b"},
	{HEAD("a/x.c", "b/x.c") TEXT "@@ -7,3 +8,3 @@\n  a\n-b\t\n+ c\r\n d\n", "1356e7e3b4ec2dff6867c6297aecb8bafd544f9b"},		 /* white space, numbers */
	{HEAD("a/x.c", "b/x.c") TEXT "@@ -7,3 +8,3 @@\n a\n-b\v\n+c\f\n d\n", "bae08e28c80747fe7984390b19d6418e9cad9171"},		 /* no white space to git */
	{HEAD("a/x.c", "b/x.c") TEXT "@@ -1 +1 @@\n-b\n+c\n\\ No newline at end of file\n", "b1c6a7a9249235d8cc23c922c9ae9004f3827071"}, /* does not count */
	{HEAD("a/x.c", "b/x.c") TEXT HUNK HEAD("a/y", "b/y") "--- a/y\n+++ b/y\n@@ -1 +1 @@\n-e\n+f\n", "f4608f195b8bee95bccbded482370fa1aded1bc5"},
	{HEAD("a/y", "b/y") "--- a/y\n+++ b/y\n@@ -1 +1 @@\n-e\n+f\n" HEAD("a/x.c", "b/x.c") TEXT HUNK, "f4608f195b8bee95bccbded482370fa1aded1bc5"},
	{HEAD("a/e", "b/e") "new file mode 100644\nindex 0000000..e69de29\n", "f6f78ec27c86abf3aed35b0fab0bdc37e931cf8b"},
	{HEAD("a/e", "b/e") "old mode 100644\nnew mode 100755\n" HEAD("a/x.c", "b/x.c") TEXT HUNK, "acb063d4b0bb50174d1106304a0a50ca94af00a4"},
	{HEAD("a/b", "b/b") "index 1..2 100644\nBinary files a/b and b/b differ\n" HEAD("a/x.c", "b/x.c") TEXT HUNK, "5fa409cdaa47f3ea9a3513c0a86bd5e069dc5732"},
	{HEAD("a/b", "b/b") "new file mode 100644\nindex 000..2f\nBinary files /dev/null and b/b differ\n", "36f1212ed3f22a0c9cb8faf1616c4fce7215f0a3"},
	{HEAD("a/x.c", "b/x.c") TEXT "@@ -1,9 +1,3 @@\n a\n-b\n+c\n" HEAD("a/x.c", "b/x.c") TEXT HUNK, "8f8c9db1f9f80eadf742078941bc9f0b7b786c10"}, /* too short */
	{HEAD("a/x.c", "b/x.c") TEXT "@@ -1,1 +1,3 @@\n a\n-b\n-b\n+c\n+c\n+d\n e\n", "a8e8f6ae8bc55cf7039728612af86ec5fcb48c33"},
	{HEAD("a/x.c", "b/x.c") TEXT "@@ -1 +x @@\n a\n-b\n+c\n+c\n e\n@@ x\n f\n", "d5c484e2f9373168d828de0d03d26163f573071d"},
	{HEAD("a/x.c", "b/x.c") TEXT "@@ -1,2 +1,2 @@\n\n a\n b\n", "0ce1d7d9406f093503c28008c551c70d811c2be7"},
};

static void patch_ids(void **state)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(ids); i++) {
		uint8_t id[KD_PATCH_ID_LEN];
		char hex[2 * KD_PATCH_ID_LEN + 1];

		assert_true(kd_patch_id(parse(state, ids[i].text), id));
		kd_hex(id, sizeof(id), hex);
		assert_string_equal(hex, ids[i].id);
	}
	assert_string_equal(ids[0].id, ids[1].id);
	assert_string_equal(ids[0].id, ids[2].id);
	assert_string_equal(ids[5].id, ids[6].id); /* the files' order */
}

/* More than a piece of it at once, at every distance from a block's end; and a NUL ends a line. */
static void long_lines(void **state)
{
	static const char head[] = HEAD("a/x.c", "b/x.c") TEXT "@@ -0,0 +1 @@\n+";
	enum { MOST = 20000 };
	static char a[sizeof(head) + MOST + 2], b[sizeof(head) + MOST + 2];
	struct fixture *f = *state;
	uint8_t x[KD_PATCH_ID_LEN], y[KD_PATCH_ID_LEN];

	for (size_t n = 1; n < MOST; n += n < 70 ? 1 : 997) {
		size_t k = sizeof(head) - 1;

		memcpy(a, head, k);
		memcpy(b, head, k);
		memset(a + k, 'q', n);
		memset(b + k, 'q', n);
		a[k + n] = b[k + n] = '\n';
		assert_ok(kd_patch_parse(kd_view(a, k + n + 1), &f->arena, NULL, &f->p));
		assert_true(kd_patch_id(&f->p, x));
		b[k + n / 2] = ' ';
		b[k + n] = 'q';
		b[k + n + 1] = '\n';
		assert_ok(kd_patch_parse(kd_view(b, k + n + 2), &f->arena, NULL, &f->p));
		assert_true(kd_patch_id(&f->p, y));
		assert_memory_equal(x, y, sizeof(x));
		b[k + n / 2] = 0;
		assert_ok(kd_patch_parse(kd_view(b, k + n + 2), &f->arena, NULL, &f->p));
		assert_true(kd_patch_id(&f->p, y));
		assert_memory_not_equal(x, y, sizeof(x));
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(modified, setup, teardown),
		cmocka_unit_test_setup_teardown(statuses, setup, teardown),
		cmocka_unit_test_setup_teardown(names, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(disguised, setup, teardown),
		cmocka_unit_test_setup_teardown(merges, setup, teardown),
		cmocka_unit_test_setup_teardown(nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(limits, setup, teardown),
		cmocka_unit_test_setup_teardown(commits, setup, teardown),
		cmocka_unit_test_setup_teardown(patch_ids, setup, teardown),
		cmocka_unit_test_setup_teardown(long_lines, setup, teardown),
	};

	/* to ask git: test_format_patch DIR writes the texts of ids there */
	for (size_t i = 0; argc > 1 && i < KD_ARRAY_LEN(ids); i++) {
		char path[4096];
		FILE *out;

		snprintf(path, sizeof(path), "%s/%zu", argv[argc - 1], i + 1);
		out = fopen(path, "w");
		if (!out)
			return 1;
		fputs(ids[i].text, out);
		fclose(out);
	}
	return argc > 1 ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
