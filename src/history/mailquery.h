/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailquery.h: what is looked for among the mails, as public-inbox's and lei's users write it.
 *
 *	struct kd_mq *q;
 *	err = kd_mailquery_parse(&arena, KD_V("s:\"use after free\" f:ann dfhh:tcp_close d:20240101.."), now, &q);
 *
 * Words and "phrases", each in the fields of its prefix; AND (what is not said), OR, XOR, NOT, -word, ( ), word*; ranges of dates.
 * Prefixes: s: b: bs: q: nq: f: t: c: tc: tcf: a: n: m: l: dfn: dfa: dfb: dfhh: dfctx:, whole values mid: lid: patchid: dfpre:
 * dfpost: dfblob: box:, dates d: dt: rt:. Sources: lei-q(1), the server's help page (/_/text/help/), Xapian's description of
 * its query parser (https://xapian.org/docs/queryparser.html). docs/verbs/search.md has what differs.
 */
#ifndef KD_HISTORY_MAILQUERY_H
#define KD_HISTORY_MAILQUERY_H

#include "base/arena.h"
#include "base/error.h"
#include "base/vec.h"
#include "history/query.h"
#include "history/term.h"

enum { KD_MAILQUERY_NODES_MAX = 2000, KD_MAILQUERY_DEPTH_MAX = 50, KD_MAILQUERY_TEXT_MAX = 64 << 10 };

enum kd_mq_kind {
	KD_MQ_ALL,
	KD_MQ_WORD, /* words[0] in any of the fields; stem: in any form */
	KD_MQ_PHRASE, /* words, one behind the other, in one of the fields */
	KD_MQ_STAR, /* words that begin with words[0] */
	KD_MQ_RANGE, /* which: from … to */
	KD_MQ_KEY, /* documents with one of keys[] */
	KD_MQ_TERM, /* documents with the term keys[0] */
	KD_MQ_MID, /* the mail words[0] */
	KD_MQ_AND, KD_MQ_OR, KD_MQ_XOR,
	KD_MQ_NOT, /* sub[0] without the others */
};

enum kd_mq_date { KD_MQ_SENT, KD_MQ_RECEIVED };

struct kd_mq {
	uint8_t kind; /* enum kd_mq_kind */
	uint8_t which; /* enum kd_mq_date */
	bool stem, filter /* of several with one group any will do; no score */;
	uint64_t fields; /* bits of enum kd_word_field */
	struct kd_view bare; /* of a WORD that ends in + or #: without them, for when no mail has it so; absent */
	KD_VEC(struct kd_view) words;
	KD_VEC(uint64_t) keys;
	KD_VEC(struct kd_mq *) sub;
	struct kd_view group; /* of a filter: its prefix */
	int64_t from, to; /* s since 1970, UTC; both are in it */
	double weight;
};

/* now: s since 1970, for "2.days.ago". KD_INVALID says what is not understood; KD_LIMIT. */
KD_MUST_CHECK struct kd_error *kd_mailquery_parse(struct kd_arena *a, struct kd_view text, int64_t now, struct kd_mq **ret);

/* The functions and names of a report (q was weighed): any of them will do, to be ordered by relevance. */
KD_MUST_CHECK struct kd_error *kd_mailquery_report(struct kd_arena *a, const struct kd_fixquery *q, struct kd_mq **ret);

/* A day or time as a query has it: first and last second of what it means. */
bool kd_mailquery_date(struct kd_view text, int64_t now, int64_t *first, int64_t *last);

#endif
