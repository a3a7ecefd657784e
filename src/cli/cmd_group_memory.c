// SPDX-License-Identifier: GPL-2.0-or-later
/* kdoc group list, show, merge, never, split, undo, again: the groups of the team's memory. */
#include "base/alloc.h"
#include "cli/memory.h"
#include "cli/verbs.h"
#include "verb/memgroup.h"

struct opts {
	struct kd_memory_opts common;
	struct kd_group_decision decision;
};

static const struct kd_opt reading[] = {
	KD_MEMORY_OPTS(struct opts, common),
};

static const struct kd_opt writing[] = {
	KD_MEMORY_STORE_OPT(struct opts, common.store),
};

static const struct kd_opt anew[] = {
	KD_OPT_FLAG_(0, "texts", struct opts, decision.texts, "signatures from the texts, also if they are of this version"),
	KD_MEMORY_STORE_OPT(struct opts, common.store),
};

static const struct kd_opt deciding[] = {
	KD_OPT_STR_(0, "why", "TEXT", struct opts, decision.why, "the reason: it is kept with the decision"),
	KD_MEMORY_STORE_OPT(struct opts, common.store),
};

#define ROWS 50

#define RUN(name, flags, answer)                                                                                      \
	static int run_##name(struct kd_cli *cli, const void *options)                                                \
	{                                                                                                             \
		const struct opts *o = options;                                                                       \
                                                                                                                      \
		return kd_cli_memory(cli, &kd_cmd_group_##name, &o->common, flags, ROWS, answer, &o->decision);       \
	}

RUN(list, KD_DB_READ, kd_group_list)
RUN(show, KD_DB_READ, kd_group_show)
RUN(merge, KD_DB_WRITE, kd_group_merge_two)
RUN(never, KD_DB_WRITE, kd_group_never_one)
RUN(split, KD_DB_WRITE, kd_group_split_off)
RUN(undo, KD_DB_WRITE, kd_group_undo)
RUN(again, KD_DB_WRITE, kd_group_again)

static const char *const list_about[] = {
	"All groups of the team's memory, those with most events first.",
	NULL,
};

static const char *const show_about[] = {
	"A group: its signatures with how each came into it and why, what it may be the same as, and what people decided about it.",
	NULL,
};

static const char *const decision_about[] = {
	"A decision of people. It is kept with who made it, when and why, it comes before what the grouping finds alike, and it holds "
	"when everything is grouped anew or the algorithm changes, because it is about the events that signatures were first seen with.",
	NULL,
};

static const char *const again_about[] = {
	"Groups all signatures anew in the order in which they came, under the decisions that count. Groups that nothing is left of "
	"lead to where their first signature is, so that their tickets are still found.",
	"When the memory's signatures were made by another version of kdoc, they are made anew first, from the texts that were kept.",
	NULL,
};

static const struct kd_example list_examples[] = {{"kdoc group list -n 10", "the ten largest"}, {NULL, NULL}};
static const struct kd_example show_examples[] = {{"kdoc group show g-4a22b8740c8a", "why are these one group?"}, {NULL, NULL}};
static const struct kd_example merge_examples[] = {
	{"kdoc group merge g-4a22b8740c8a g-5b570e3993a1 --why='same fix'", "they are one bug: the first id stays"}, {NULL, NULL}};
static const struct kd_example never_examples[] = {
	{"kdoc group never g-4a22b8740c8a g-5b570e3993a1", "they look alike and are two"}, {NULL, NULL}};
static const struct kd_example split_examples[] = {
	{"kdoc group split ev-64f2a9c0d1e2f0123456789abcdef", "this one is another bug than the rest"}, {NULL, NULL}};
static const struct kd_example undo_examples[] = {{"kdoc group undo d-0123456789ab", "it was wrong"}, {NULL, NULL}};
static const struct kd_example again_examples[] = {{"kdoc group again", "after an upgrade, or an undone decision"}, {NULL, NULL}};

#define COMMAND(id, words, arguments, min, max, text, paragraphs, options_, neg)                                      \
	const struct kd_cmd kd_cmd_group_##id = {                                                                     \
		.name = "group " words,                                                                               \
		.phase = KD_PHASE_TRIAGE,                                                                             \
		.usage = arguments,                                                                                   \
		.summary = text,                                                                                      \
		.about = paragraphs,                                                                                  \
		.negative = neg,                                                                                      \
		.examples = id##_examples,                                                                            \
		.opts = options_,                                                                                     \
		.nopts = KD_ARRAY_LEN(options_),                                                                      \
		.opts_size = sizeof(struct opts),                                                                     \
		.min_args = min,                                                                                      \
		.max_args = max,                                                                                      \
		.run = run_##id,                                                                                      \
	}

COMMAND(list, "list", "", 0, 0, "the groups of the team's memory", list_about, reading, "there is none");
COMMAND(show, "show", "GROUP", 1, 1, "why a group is one", show_about, reading, NULL);
COMMAND(merge, "merge", "GROUP OTHER", 2, 2, "decide: two groups are one bug", decision_about, deciding, NULL);
COMMAND(never, "never", "GROUP OTHER", 2, 2, "decide: two groups stay apart", decision_about, deciding, NULL);
COMMAND(split, "split", "EVENT|SIGNATURE", 1, 1, "decide: this is another bug than the rest of its group", decision_about, deciding, NULL);
COMMAND(undo, "undo", "DECISION", 1, 1, "a decision does not count any more", decision_about, writing, NULL);
COMMAND(again, "again", "", 0, 0, "group everything anew under the decisions", again_about, anew, NULL);
