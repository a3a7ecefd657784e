// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/mirror.h"

#include "base/alloc.h"

enum { SHIFT = 12, PIECE = 1 << SHIFT };

/* Pieces are pages of the address space: their numbers count from that of the first byte. */
static size_t piece_of(const struct kd_mirror *m, uint64_t off)
{
	return (size_t)(((m->start & (PIECE - 1)) + off) >> SHIFT);
}

void kd_mirror_init(struct kd_mirror *m, struct kd_space *s, uint64_t start, size_t n)
{
	*m = (struct kd_mirror){.s = s, .start = start, .n = n, .room = kd_xmalloc(n)};
	m->have = kd_xcalloc(piece_of(m, n) + 1, 1);
}

void kd_mirror_deinit(struct kd_mirror *m)
{
	kd_free(m->room);
	kd_free(m->have);
	*m = (struct kd_mirror){.s = NULL};
}

static bool read_piece(struct kd_mirror *m, size_t piece)
{
	const uint64_t in = m->start & (PIECE - 1), from = piece ? ((uint64_t)piece << SHIFT) - in : 0;
	const uint64_t end = ((uint64_t)(piece + 1) << SHIFT) - in, to = end < m->n ? end : m->n;
	struct kd_space_miss miss;

	if (!kd_space_read_once(m->s, m->start + from, m->room + from, (size_t)(to - from), &miss)) {
		if (!m->lost)
			m->miss = miss;
		m->lost = true;
		return false;
	}
	m->have[piece] = 1;
	return true;
}

bool kd_mirror_need(struct kd_mirror *m, uint64_t off, uint64_t n)
{
	size_t last;

	if (off > m->n || n > m->n - off)
		return false;
	if (!n)
		return true;
	last = piece_of(m, off + n - 1);
	for (size_t piece = piece_of(m, off); piece <= last; piece++)
		if (!m->have[piece] && !read_piece(m, piece))
			return false;
	return true;
}
