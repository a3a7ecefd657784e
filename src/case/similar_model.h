/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * similar_model.h: what is compared in two reports, and how much each counts.
 *
 * score = 1 / (1 + exp(-(KD_MODEL_BIAS + Σ weight × feature))). The features are mechanical; weights are
 * rounded results of a logistic regression (tests/bench/group_crossval.c makes them anew and tries them on
 * clusters that it did not learn from; docs/case-grouping.md has its figures). Weights that came out with the
 * wrong sign are 0: the reports to learn from had lost those that are alike in title, so equal stacks look as if
 * they spoke against one bug. Features with weight 0 are for the verdict's rules, crash_stack is set by hand.
 */
#ifndef KD_CASE_SIMILAR_MODEL_H
#define KD_CASE_SIMILAR_MODEL_H

#define KD_MODEL_BIAS (-10.5)
#define KD_MODEL_SAME 0.9 /* from here on one bug, unless something speaks against it */
#define KD_MODEL_POSSIBLE 0.3 /* from here on worth a look */
#define KD_MODEL_APART 0.5 /* mainline versions between two trees that are far apart */
#define KD_MODEL_TWIN 0.9f /* likeness of the stacks of what is the same crash once more */
#define KD_MODEL_NORMAL_LEAD 0.5f /* with one normal signature: half of the first 6 functions are the same */
#define KD_MODEL_TWIN_SCORE 0.9 /* what such a pair has at least, also where words are few */
#define KD_MODEL_TWIN_DOUBT 0.5 /* … with something against it */
#define KD_MODEL_ALIKE_LEAD 0.33f /* one kind, one blamed function and two of the first six: possible at least */
#define KD_MODEL_TWIN_FUNCTIONS 3 /* … with at least so many functions */

/* F(NAME, weight, "name") */
#define KD_MODEL(F)                                                                                            \
	F(CRASH, 0.3, "crash_stack") /* cosine of the crash's stacks: functions by rarity and nearness */        \
	F(SIDE, 1.6, "other_stacks") /* the same of allocation, freeing and all other stacks together */         \
	F(CROSS, 0.5, "crossed_stacks") /* crash's stack of one with the other stacks of the other */             \
	F(RAREST, 1.5, "rarest_function") /* rarity / 8 of the rarest function that both have anywhere */         \
	F(LEAD, 0.0, "leading_frames") /* how many of the first 6 functions are the same, in order, / 6 */         \
	F(FUNC, 0.0, "guilty_function") /* the same */                                                           \
	F(FUNC_IN, 1.5, "guilty_in_stack") /* not the same, but in a stack of the other: rarity / 8 */             \
	F(PLACE, 0.0, "guilty_line") /* the same file and line */                                                \
	F(FILE, 0.0, "guilty_file")                                                                             \
	F(FILES, 1.5, "files") /* cosine of the files of the crash's stack */                                     \
	F(FOLDERS, 2.3, "folders") /* cosine of their directories */                                             \
	F(PARTS, 2.2, "name_parts") /* cosine of parts of function names */                                      \
	F(WORDS, 1.3, "words") /* cosine of the words of title and messages */                                   \
	F(MARKS, 1.4, "marks") /* rarity / 8 of the rarest cache, lock, object … that both name */                \
	F(KIND, 4.1, "kind") /* the same: rarity / 8 */                                                          \
	F(CLASS, 1.4, "class") /* another kind, but one that the same bug can show itself as */                   \
	F(WHAT, 0.1, "what") /* both KASAN use-after-free … */                                                   \
	F(UNLIKE_WHAT, -0.3, "other_what")                                                                      \
	F(SYSCALL, 0.6, "system_call") /* the same: rarity / 8 */                                                \
	F(ERA, 3.5, "same_weeks") /* mainline trees of about the same time: exp(-2 × versions apart) */            \
	F(APART, -0.8, "far_apart") /* mainline trees: ln(1 + versions apart) */                                 \
	F(BARE, 1.0, "bare") /* one of the two has no stack: 1; else 1 / (1 + functions of the shorter one) */

enum kd_feature {
#define KD_FEATURE_ENUM(name, weight, text) KD_F_##name,
	KD_MODEL(KD_FEATURE_ENUM)
#undef KD_FEATURE_ENUM
	KD_FEATURES
};

#define KD_RARITY_SCALE 8.0f

#endif
