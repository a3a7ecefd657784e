// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * usage: patch-list WHAT [FILE]     FILE (else standard input): what `git log -p` prints
 *
 * For tests/run/patch-id, one line for each commit with a diff:
 *   ids        patch id and commit, as `git patch-id --stable` has them
 *   files      commit, then "STATUS +ADDED -REMOVED OLD NEW" of each file; bytes of names that are no letters as %XX, "-" for none
 *   functions  commit, then "HOW KIND SIGN NAME" of each function, "?" where guessed
 *   words      commit, then "SIGN WHERE WORD" of each word
 *   problems   commit, kind and offset of what was not understood
 */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "format/patch.h"

static void function(void *user, const struct kd_patch_func *f)
{
	static const char *const how[] = {"heading", "defined", "changed"};
	static const char *const kind[] = {"function", "syscall", "made", "type", "object"};

	(void)user;
	printf("  %u.%u %s %s %c %.*s%s\n", f->file, f->hunk, how[f->how], kind[f->kind], f->sign ? f->sign : '.',
	       KD_VARG(f->name), f->guessed ? " ?" : "");
}

static void word(void *user, struct kd_view w, char sign, unsigned where)
{
	(void)user;
	printf("  %c %u %.*s\n", sign, where, KD_VARG(w));
}

static void name(struct kd_view v)
{
	printf(v.p ? " " : " -");
	for (size_t i = 0; i < v.n; i++) {
		if (kd_is_word(v.p[i]) || v.p[i] == '/' || v.p[i] == '.')
			putchar(v.p[i]);
		else
			printf("%%%02x", (unsigned char)v.p[i]);
	}
}

static void file_line(const struct kd_patch_file *f)
{
	printf("  %s%s +%u -%u", kd_patch_status_name(f->status), f->binary ? ":binary" : "", f->added, f->removed);
	name(f->old_path);
	name(f->new_path);
	putchar('\n');
}

static void details(const char *what, const struct kd_patch *p)
{
	if (!strcmp(what, "functions"))
		kd_patch_functions(p, function, NULL);
	for (size_t i = 0; i < p->nfiles; i++) {
		const struct kd_patch_file *f = &p->files[i];

		if (!strcmp(what, "files"))
			file_line(f);
		for (uint32_t k = 0; k < f->nhunks && !strcmp(what, "words"); k++)
			kd_patch_words(f, &p->hunks[f->hunk + k], word, NULL);
	}
	for (size_t i = 0; i < p->nproblems; i++)
		if (!strcmp(what, "problems"))
			printf("  %s at %zu\n", kd_patch_problem_name(p->problems[i].kind), p->problems[i].off);
}

static void one(const char *what, struct kd_view id, struct kd_view text, struct kd_arena *arena)
{
	struct kd_error *err;
	uint8_t sum[KD_PATCH_ID_LEN];
	char hex[2 * KD_PATCH_ID_LEN + 1];
	struct kd_patch p;

	err = kd_patch_parse(text, arena, NULL, &p);
	if (err) {
		printf("%.*s: %s\n", KD_VARG(id), err->msg);
		kd_error_free(err);
	} else if (!strcmp(what, "ids")) {
		if (kd_patch_id(&p, sum)) {
			kd_hex(sum, sizeof(sum), hex);
			printf("%s %.*s\n", hex, KD_VARG(id));
		}
	} else {
		printf("%.*s\n", KD_VARG(id));
		details(what, &p);
	}
	kd_arena_reset(arena);
}

int main(int argc, char **argv)
{
	struct kd_arena arena = KD_ARENA_INIT((size_t)1 << 30);
	struct kd_buf b = KD_BUF_INIT((size_t)4 << 30);
	struct kd_view rest, id, text;
	char piece[65536];
	FILE *f;
	size_t n;

	if (argc < 2) {
		fputs("usage: patch-list ids|files|functions|words|problems [FILE]\n", stderr);
		return 2;
	}
	f = argc > 2 ? fopen(argv[2], "rb") : stdin;
	if (!f) {
		perror(argv[2]);
		return 1;
	}
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		(void)kd_buf_add(&b, kd_view(piece, n));
	rest = kd_buf_view(&b);
	while (kd_patch_next_commit(&rest, &id, &text))
		one(argv[1], id, text, &arena);
	kd_arena_deinit(&arena);
	kd_buf_deinit(&b);
	if (f != stdin)
		fclose(f);
	return 0;
}
