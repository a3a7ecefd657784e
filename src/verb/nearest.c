// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/nearest.h"

#include <string.h>

enum { MAX = 32 };

void kd_nearest_init(struct kd_nearest *n, const char *word)
{
	*n = (struct kd_nearest){.word = word, .len = strlen(word)};
	n->distance = n->len < 4 ? 2 : n->len / 3 + 1;
	n->distance++; /* smaller than this is near */
}

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment distance. */
static size_t edits(const char *a, size_t an, const char *b, size_t bn)
{
	size_t d[MAX + 1][MAX + 1];

	for (size_t i = 0; i <= an; i++)
		d[i][0] = i;
	for (size_t j = 0; j <= bn; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= an; i++) {
		for (size_t j = 1; j <= bn; j++) {
			size_t same = a[i - 1] == b[j - 1] ? 0 : 1;

			d[i][j] = min(min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + same);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[an][bn];
}

void kd_nearest_try(struct kd_nearest *n, const char *name)
{
	size_t len = strlen(name), d;

	if (n->len >= MAX || len >= MAX)
		return;
	d = edits(n->word, n->len, name, len);
	if (n->len >= 3 && len > n->len && !strncmp(n->word, name, n->len))
		d = 1; /* the beginning of a name */
	if (d < n->distance) {
		n->distance = d;
		n->best = name;
	}
}
