// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a report that somebody wrote: what is said, what is claimed and what is mentioned stay inside of it. */
#include "base/alloc.h"
#include "case/mention.h"
#include "case/overclaim.h"
#include "fuzz.h"

struct state {
	const struct kd_prose *p;
	size_t last;
	uint64_t sum;
};

static void inside(struct state *s, size_t at, size_t n)
{
	uint64_t line, column;

	check(n && at < s->p->text.n && n <= s->p->text.n - at);
	kd_prose_place(s->p, at, &line, &column);
	check(line >= 1 && line <= s->p->line.n && column >= 1 && s->p->line.v[line - 1] + column - 1 == at);
	s->sum += (unsigned char)s->p->text.p[at + n - 1];
}

static bool claim(void *user, const struct kd_overclaim *o)
{
	struct state *s = user;

	inside(s, o->at, o->n);
	check(o->from <= o->at && o->at + o->n <= o->to && o->to <= s->p->text.n);
	check(o->at >= s->last);
	s->last = o->at;
	check(kd_overclaim_instead(o->rule) && kd_overclaim_why(o->rule->cls));
	return true;
}

static bool mention(void *user, const struct kd_mention *m)
{
	struct state *s = user;

	inside(s, m->at, m->n);
	check(m->kind < KD_MENTION_KINDS && m->words.n && m->words.n <= m->n);
	check(!m->title.p || m->title.n);
	check(m->kind != KD_MENTION_ADDRESS || m->value >= KD_MENTION_ADDRESS_MIN);
	return true;
}

static void blocks(const struct kd_prose *p)
{
	size_t end = 0, word = 0;

	kd_vec_each(b, &p->block)
	{
		check(b->start >= end && b->end >= b->start && b->end <= p->text.n);
		end = b->end;
		check(b->heading == KD_NPOS || b->heading < p->block.n);
		if (b->nwords)
			check(b->word >= word && b->word + b->nwords <= p->word.n);
		for (size_t i = b->word; i < b->word + b->nwords; i++)
			check(p->word.v[i].at >= b->start && p->word.v[i].at + p->word.v[i].n <= b->end);
		word = b->word + b->nwords > word ? b->word + b->nwords : word;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT((size_t)64 << 20);
	struct kd_prose p;
	struct state s = {.p = &p};
	struct kd_error *err = kd_prose_read(kd_view((const char *)data, size), &arena, &p);

	if (!err) {
		blocks(&p);
		kd_overclaim_find(&p, claim, &s);
		err = kd_mention_find(&p, &arena, mention, &s);
	}
	kd_error_free(err);
	return s.sum == UINT64_MAX;
}
