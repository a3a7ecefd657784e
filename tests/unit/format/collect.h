/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Feed a text to the decoder and keep what it gives. */
#ifndef TESTS_UNIT_FORMAT_COLLECT_H
#define TESTS_UNIT_FORMAT_COLLECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/vec.h"
#include "format/printk.h"

struct collected {
	struct kd_arena arena;
	KD_VEC(struct kd_logline) lines;
	struct kd_printk_stats stats;
};

static inline void collect_line(void *user, const struct kd_logline *l)
{
	struct collected *c = user;
	struct kd_logline *copy = kd_vec_push(&c->lines, 1 << 20);

	assert_non_null(copy);
	*copy = *l;
	copy->text = kd_arena_view(&c->arena, l->text);
	if (l->wall.n)
		copy->wall = kd_arena_view(&c->arena, l->wall);
	if (l->host.n)
		copy->host = kd_arena_view(&c->arena, l->host);
	if (l->ident.n)
		copy->ident = kd_arena_view(&c->arena, l->ident);
}

static inline void feed_all(struct kd_printk *d, struct kd_view in)
{
	uint64_t no = 1;
	size_t at = 0;

	while (at < in.n) {
		struct kd_view rest = kd_view_from(in, at), raw;
		size_t i = kd_view_chr(rest, '\n'), len = i == KD_NPOS ? rest.n : i + 1;

		raw = kd_view_head(rest, i == KD_NPOS ? rest.n : i);
		if (i != KD_NPOS && raw.n && raw.p[raw.n - 1] == '\r')
			raw.n--;
		kd_printk_feed(d, raw, (uint32_t)len, at, no++);
		at += len;
	}
	kd_printk_flush(d);
}

static inline void collect(struct collected *c, struct kd_view in, const struct kd_printk_limits *lim)
{
	struct kd_printk *d;

	*c = (struct collected){.arena = KD_ARENA_INIT(64 << 20)};
	d = kd_printk_new(lim ? lim : &kd_printk_default_limits, collect_line, c);
	feed_all(d, in);
	kd_printk_stats(d, &c->stats);
	kd_printk_free(d);
}

static inline void collected_free(struct collected *c)
{
	kd_vec_free(&c->lines);
	kd_arena_deinit(&c->arena);
}

#endif
