// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What reading patches costs.
 *
 *	git log -p > log.txt; bench_patch log.txt [ROUNDS]
 *
 * Prints MB/s of each part and of all together, on one core, the best of the rounds; `time git patch-id --stable <log.txt`
 * is the peer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/hash.h"
#include "format/patch.h"

enum { SPLIT = 1, PARSE = 2, ID = 4, WORDS = 8, FUNCTIONS = 16 };

struct sums {
	uint64_t commits, files, hunks, ids, words, functions;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void word(void *user, struct kd_view w, char sign, unsigned where)
{
	struct sums *s = user;

	s->words += w.n + (unsigned char)sign + where != 0;
}

static void function(void *user, const struct kd_patch_func *f)
{
	struct sums *s = user;

	s->functions += f->name.n != 0;
}

static void one(struct kd_view text, unsigned parts, struct kd_arena *arena, struct sums *s)
{
	uint8_t id[KD_PATCH_ID_LEN];
	struct kd_error *err;
	struct kd_patch p;

	s->commits++;
	if (!(parts & PARSE))
		return;
	err = kd_patch_parse(text, arena, NULL, &p);
	if (err) {
		fprintf(stderr, "%s\n", err->msg);
		exit(1);
	}
	s->files += p.nfiles;
	s->hunks += p.nhunks;
	if (parts & ID)
		s->ids += kd_patch_id(&p, id);
	if (parts & FUNCTIONS)
		kd_patch_functions(&p, function, s);
	for (size_t i = 0; i < p.nfiles && parts & WORDS; i++)
		for (uint32_t k = 0; k < p.files[i].nhunks; k++)
			kd_patch_words(&p.files[i], &p.hunks[p.files[i].hunk + k], word, s);
	kd_arena_reset(arena);
}

static double run(struct kd_view rest, unsigned parts, struct sums *s)
{
	struct kd_arena arena = KD_ARENA_INIT((size_t)1 << 30);
	const double begin = now();
	struct kd_view id, text;

	memset(s, 0, sizeof(*s));
	while (kd_patch_next_commit(&rest, &id, &text))
		one(text, parts, &arena, s);
	kd_arena_deinit(&arena);
	return now() - begin;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		unsigned parts;
	} rows[] = {
		{"commits", SPLIT},
		{"parse", PARSE},
		{"parse, patch id", PARSE | ID},
		{"parse, words", PARSE | WORDS},
		{"parse, functions", PARSE | FUNCTIONS},
		{"parse, patch id, words", PARSE | ID | WORDS},
		{"all", PARSE | ID | WORDS | FUNCTIONS},
	};
	struct kd_buf b = KD_BUF_INIT((size_t)8 << 30);
	const unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 3;
	FILE *f = argc > 1 ? fopen(argv[1], "rb") : NULL;
	char piece[65536];
	struct sums s;
	size_t n;

	if (!f) {
		fputs("usage: bench_patch FILE [ROUNDS], a file of `git log -p`\n", stderr);
		return 2;
	}
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		(void)kd_buf_add(&b, kd_view(piece, n));
	fclose(f);
	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		double best = run(kd_buf_view(&b), rows[i].parts, &s);

		for (unsigned k = 1; k < rounds; k++) {
			const double t = run(kd_buf_view(&b), rows[i].parts, &s);

			best = t < best ? t : best;
		}
		printf("%-24s %7.0f MB/s\n", rows[i].name, (double)b.n / best / 1e6);
	}
	printf("%zu bytes: %ju commits, %ju files, %ju hunks, %ju patch ids, %ju words, %ju functions\n", b.n,
	       (uintmax_t)s.commits, (uintmax_t)s.files, (uintmax_t)s.hunks, (uintmax_t)s.ids, (uintmax_t)s.words,
	       (uintmax_t)s.functions);
	kd_buf_deinit(&b);
	return 0;
}
