/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prose.h: a report that somebody wrote, cut into what is said and what is shown.
 *
 *	struct kd_prose p;
 *	err = kd_prose_read(text, &arena, &p);
 *	kd_vec_each(b, &p.block)
 *		if (b->kind == KD_PROSE_PARAGRAPH) …             // b->start … b->end, words [b->word, b->word + b->nwords)
 *	kd_prose_place(&p, offset, &line, &column);             // both from 1
 *
 * Markdown or plain text, nothing of it is laid out. Code blocks, quoted mail and lines of a log are blocks of their own;
 * inside of paragraphs, words in `backticks` and in "quotation marks" are shown, not said: they are no words of p.word.
 * Any bytes can be read. Offsets are those of the text, which is borrowed; everything else lives in the arena.
 */
#ifndef KD_CASE_PROSE_H
#define KD_CASE_PROSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"
#include "base/view.h"

#define KD_PROSE_MAX ((size_t)16 << 20) /* bytes of a report */
#define KD_PROSE_BLOCKS_MAX 400000
#define KD_PROSE_WORDS_MAX 4000000

enum kd_prose_kind {
	KD_PROSE_PARAGRAPH, /* also an item of a list, a row of a table */
	KD_PROSE_HEADING,
	KD_PROSE_CODE, /* between fences, or indented by four */
	KD_PROSE_QUOTED, /* lines that begin with ">" */
	KD_PROSE_LOG, /* lines of a log in the middle of text */
};

struct kd_prose_block {
	uint8_t kind; /* enum kd_prose_kind */
	size_t start, end; /* whole lines; of a fenced block without the fences */
	struct kd_view info; /* behind the fence: "c", "diff" */
	size_t word, nwords; /* of a paragraph or heading: its words in p.word */
	size_t heading; /* the block that heads it; KD_NPOS: none */
};

/* Something that is said. Sentences of a paragraph are numbered from 0. */
struct kd_prose_word {
	size_t at;
	uint32_t n, sentence;
	bool clause; /* begins a clause: behind ",", ";", ":", "(", a dash */
	bool asks; /* its sentence ends in a question mark */
};

/* `code`, "quotation". */
struct kd_prose_span {
	size_t at, n; /* what is inside */
	bool code;
};

struct kd_prose {
	struct kd_view text;
	KD_VEC(struct kd_prose_block) block;
	KD_VEC(struct kd_prose_word) word;
	KD_VEC(struct kd_prose_span) span;
	KD_VEC(size_t) line; /* where lines begin */
};

/* KD_LIMIT: longer than the limits above, or the arena is full. */
KD_MUST_CHECK struct kd_error *kd_prose_read(struct kd_view text, struct kd_arena *arena, struct kd_prose *ret);

void kd_prose_place(const struct kd_prose *p, size_t offset, uint64_t *line_ret, uint64_t *column_ret);

static inline struct kd_view kd_prose_text(const struct kd_prose *p, const struct kd_prose_word *w)
{
	return kd_view(p->text.p + w->at, w->n);
}

#endif
