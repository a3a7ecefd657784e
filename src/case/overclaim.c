// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/overclaim.h"

#include "base/alloc.h"

#define AROUND 120 /* words before and behind, in which a hedge is looked for */
#define LABEL_WORDS 3 /* a heading of so few words is a label for what stands under it */

static const struct kd_overclaim_rule rules[] = {
	{"root cause", KD_OVERCLAIM_CAUSE, NULL},
	{"root causes", KD_OVERCLAIM_CAUSE, NULL},
	{"root-cause", KD_OVERCLAIM_CAUSE, NULL},
	{"root-caused", KD_OVERCLAIM_CAUSE, NULL},
	{"smoking gun", KD_OVERCLAIM_CAUSE, NULL},
	{"the culprit", KD_OVERCLAIM_CAUSE, NULL},
	{"is to blame", KD_OVERCLAIM_CAUSE, NULL},
	{"was caused by", KD_OVERCLAIM_CAUSE, NULL},
	{"is caused by", KD_OVERCLAIM_CAUSE, NULL},
	{"the actual cause", KD_OVERCLAIM_CAUSE, NULL},
	{"the real cause", KD_OVERCLAIM_CAUSE, NULL},
	{"the real reason", KD_OVERCLAIM_CAUSE, NULL},
	{"exactly what happened", KD_OVERCLAIM_CAUSE, NULL},

	{"confirms", KD_OVERCLAIM_PROOF, NULL},
	{"confirmed", KD_OVERCLAIM_PROOF, NULL},
	{"confirming", KD_OVERCLAIM_PROOF, NULL},
	{"proves", KD_OVERCLAIM_PROOF, NULL},
	{"proved", KD_OVERCLAIM_PROOF, NULL},
	{"proven", KD_OVERCLAIM_PROOF, NULL},
	{"proof that", KD_OVERCLAIM_PROOF, NULL},
	{"conclusive", KD_OVERCLAIM_PROOF, NULL},
	{"conclusively", KD_OVERCLAIM_PROOF, NULL},
	{"irrefutable", KD_OVERCLAIM_PROOF, NULL},
	{"irrefutably", KD_OVERCLAIM_PROOF, NULL},
	{"definitive", KD_OVERCLAIM_PROOF, NULL},
	{"verified that", KD_OVERCLAIM_PROOF, NULL},

	{"definitely", KD_OVERCLAIM_CERTAINTY, NULL},
	{"definitively", KD_OVERCLAIM_CERTAINTY, NULL},
	{"clearly", KD_OVERCLAIM_CERTAINTY, NULL},
	{"certainly", KD_OVERCLAIM_CERTAINTY, NULL},
	{"obviously", KD_OVERCLAIM_CERTAINTY, NULL},
	{"undoubtedly", KD_OVERCLAIM_CERTAINTY, NULL},
	{"unquestionably", KD_OVERCLAIM_CERTAINTY, NULL},
	{"no doubt", KD_OVERCLAIM_CERTAINTY, NULL},
	{"without doubt", KD_OVERCLAIM_CERTAINTY, NULL},
	{"without a doubt", KD_OVERCLAIM_CERTAINTY, NULL},
	{"beyond doubt", KD_OVERCLAIM_CERTAINTY, NULL},
	{"must be", KD_OVERCLAIM_CERTAINTY, NULL},
	{"must have been", KD_OVERCLAIM_CERTAINTY, NULL},
	{"100% certain", KD_OVERCLAIM_CERTAINTY, NULL},
	{"100% sure", KD_OVERCLAIM_CERTAINTY, NULL},
	{"100% the", KD_OVERCLAIM_CERTAINTY, NULL},
	{"absolutely certain", KD_OVERCLAIM_CERTAINTY, NULL},
	{"high confidence", KD_OVERCLAIM_CERTAINTY, "say what the confidence is made of, or leave it out"},

	{"complete picture", KD_OVERCLAIM_COMPLETE, NULL},
	{"full picture", KD_OVERCLAIM_COMPLETE, NULL},
	{"whole story", KD_OVERCLAIM_COMPLETE, NULL},
	{"complete explanation", KD_OVERCLAIM_COMPLETE, NULL},
	{"fully explains", KD_OVERCLAIM_COMPLETE, NULL},
	{"explains everything", KD_OVERCLAIM_COMPLETE, NULL},
	{"the only explanation", KD_OVERCLAIM_COMPLETE, NULL},
	{"only possible explanation", KD_OVERCLAIM_COMPLETE, NULL},
	{"the only possible", KD_OVERCLAIM_COMPLETE, NULL},
	{"mystery solved", KD_OVERCLAIM_COMPLETE, NULL},
	{"case closed", KD_OVERCLAIM_COMPLETE, NULL},

	{"guaranteed", KD_OVERCLAIM_FIX, NULL},
	{"guarantees", KD_OVERCLAIM_FIX, NULL},
	{"is fixed by", KD_OVERCLAIM_FIX, NULL},
	{"was fixed by", KD_OVERCLAIM_FIX, NULL},
	{"is resolved by", KD_OVERCLAIM_FIX, NULL},
	{"will fix", KD_OVERCLAIM_FIX, NULL},
	{"fixes this", KD_OVERCLAIM_FIX, NULL},
	{"fixes the bug", KD_OVERCLAIM_FIX, NULL},
	{"fixes the crash", KD_OVERCLAIM_FIX, NULL},
	{"fixes the issue", KD_OVERCLAIM_FIX, NULL},
	{"resolves the issue", KD_OVERCLAIM_FIX, NULL},
	{"completely fixed", KD_OVERCLAIM_FIX, NULL},
};

static const struct {
	const char *name, *why, *instead;
} classes[KD_OVERCLAIM_CLASSES] = {
	[KD_OVERCLAIM_CAUSE] = {"cause", "it names a cause, and no evidence that holds stands beside it",
				"hypothesis: …, which would be refuted by …; or name the evidence"},
	[KD_OVERCLAIM_PROOF] = {"proof", "it says that something is proven, and no evidence that holds stands beside it",
				"… is consistent with …; or name the evidence"},
	[KD_OVERCLAIM_CERTAINTY] = {"certainty", "how sure the writer is, is no evidence", "leave the word out, or name the evidence"},
	[KD_OVERCLAIM_COMPLETE] = {"completeness", "a log or dump shows a part; other explanations were not excluded",
				   "say what was looked at, and what was not"},
	[KD_OVERCLAIM_FIX] = {"fix", "that a change helps is shown by exposure without the crash, not by reading it",
			      "… is a candidate; it is in …, it is not in …; then boots with the crash before and after"},
};

/* --- words ------------------------------------------------------------------------------------------------ */

static bool is_one_of(struct kd_view word, const char *const *list)
{
	for (; *list; list++)
		if (kd_view_ieq(word, kd_view_of(*list)))
			return true;
	return false;
}

static struct kd_view word_at(const struct kd_prose *p, size_t i)
{
	return kd_prose_text(p, &p->word.v[i]);
}

/* How many words of the paragraph from i on are the rule's; 0: they are others. */
static size_t matches(const struct kd_prose *p, const struct kd_prose_block *b, size_t i, const char *words)
{
	struct kd_view rest = kd_view_of(words), word;
	const size_t end = b->word + b->nwords;
	size_t n = 0;

	while (kd_view_take_word(&rest, &word)) {
		/* "100%": the sign is none of a word */
		const struct kd_view own = kd_view_head(word, word.p[word.n - 1] == '%' ? word.n - 1 : word.n);

		if (i + n >= end || p->word.v[i + n].sentence != p->word.v[i].sentence || !kd_view_ieq(word_at(p, i + n), own))
			return 0;
		n++;
	}
	return n;
}

/* --- hedges ----------------------------------------------------------------------------------------------- */

static const char *const labels[] = {"hypothesis", "hypotheses",  "hypothetical", "unproven", "unconfirmed", "whether", "speculation",
				     "guess",	   "speculative", "unverified",	  NULL};
static const char *const modals[] = {"may",	 "might",    "could",	"perhaps",  "possibly", "probably", "likely", "seems",
				     "seem",	 "appears",  "suggests", "suggest", "would",	"candidate", "candidates", "suspect", "suspected",
				     "suspects", "potential", "possible", "unlikely", "if",	"until",    "unless", "once", "unknown", NULL};
static const char *const denials[] = {"not",	 "no",	  "never", "cannot", "nothing", "none",	  "neither", "nor",   "without", "can't",
				      "isn't",	 "aren't", "don't", "doesn't", "wasn't",  "weren't", "nobody", "won't", "hasn't", "haven't", "didn't", NULL};
static const char *const turns[] = {"but", "however", "although", "though", "yet", NULL};
/* "to be confirmed", "be proven" */
static const char *const future[] = {"to", "be", NULL};
static const char *const open_heads[] = {"hypothesis", "hypotheses", "likely", "unknown", "unknowns", "open", "questions", "possible",
					 "candidates", "speculation", "suspects", "next", "todo", "assumptions", NULL};
/* "must be held": what the code asks for, not what the writer concludes */
static const char *const demands[] = {"held", "run", "set", "done", "given", "taken", "kept", "built", "read", "sent", "found",
				      "made", "known", "able", "at", "in", "on", "zero", "called", "aligned", "true", "false", "enabled",
				      "disabled", "loaded", "checked", "applied", "installed", "initialized", "released", NULL};

/* One of the list; but "the only possible explanation" is no hedge. */
static bool hedges(const struct kd_prose *p, const struct kd_prose_block *b, size_t i, const char *const *list)
{
	return is_one_of(word_at(p, i), list) && !(i > b->word && kd_view_ieq(word_at(p, i - 1), KD_V("only")));
}

/* Is the sentence that word i is in, between the turns ("but") around i, said with one of these? */
static bool has_in_sentence(const struct kd_prose *p, const struct kd_prose_block *b, size_t i, size_t n, const char *const *list,
			    bool clause)
{
	const size_t end = b->word + b->nwords;
	const uint32_t sentence = p->word.v[i].sentence;

	for (size_t k = i; k > b->word && i - k < AROUND && p->word.v[k - 1].sentence == sentence; k--) {
		if ((clause && p->word.v[k].clause) || is_one_of(word_at(p, k - 1), turns))
			break;
		if (hedges(p, b, k - 1, list))
			return true;
	}
	for (size_t k = i + n; k < end && k < i + AROUND && p->word.v[k].sentence == sentence; k++) {
		if ((clause && p->word.v[k].clause) || is_one_of(word_at(p, k), turns))
			break;
		if (hedges(p, b, k, list))
			return true;
	}
	return false;
}

/* "not", "no" in the clause before it. */
static bool is_denied(const struct kd_prose *p, const struct kd_prose_block *b, size_t i)
{
	for (size_t k = i; k > b->word && i - k < AROUND && !p->word.v[k].clause; k--)
		if (is_one_of(word_at(p, k - 1), denials))
			return true;
	return false;
}

static bool is_open_heading(const struct kd_prose *p, size_t heading)
{
	const struct kd_prose_block *h;

	if (heading == KD_NPOS)
		return false;
	h = &p->block.v[heading];
	for (size_t i = h->word; i < h->word + h->nwords && i < h->word + AROUND; i++)
		if (is_one_of(word_at(p, i), open_heads) || is_one_of(word_at(p, i), denials))
			return true;
	return false;
}

/* The paragraph begins with "Hypothesis:" or the like. */
static bool is_labelled(const struct kd_prose *p, const struct kd_prose_block *b)
{
	return b->nwords > 1 && p->word.v[b->word + 1].clause && is_one_of(word_at(p, b->word), open_heads);
}

static bool is_hedged(const struct kd_prose *p, const struct kd_prose_block *b, size_t i, size_t n, uint8_t cls)
{
	const bool narrow = cls == KD_OVERCLAIM_CERTAINTY;

	return p->word.v[i].asks || is_open_heading(p, b->heading) || is_labelled(p, b) ||
	       has_in_sentence(p, b, i, n, labels, false) || has_in_sentence(p, b, i, n, modals, narrow) || is_denied(p, b, i);
}

/* What the table's words alone cannot tell. */
static bool is_harmless(const struct kd_prose *p, const struct kd_prose_block *b, size_t i, size_t n, const struct kd_overclaim_rule *r)
{
	const size_t end = b->word + b->nwords;
	const struct kd_view before = i > b->word ? word_at(p, i - 1) : KD_VNULL;

	if (r->cls == KD_OVERCLAIM_PROOF &&
	    ((before.n && is_one_of(before, future)) || (i + n < end && is_one_of(word_at(p, i + n), denials))))
		return true;
	/* "root cause: none", "the root cause is not known" */
	for (size_t k = i + n; r->cls == KD_OVERCLAIM_CAUSE && k < end && k < i + n + 2; k++)
		if (p->word.v[k].sentence == p->word.v[i].sentence && is_one_of(word_at(p, k), denials))
			return true;
	if (kd_view_eq(kd_view_of(r->words), KD_V("must be")))
		return i + n >= end || is_one_of(word_at(p, i + n), demands) ||
		       (kd_view_ends(word_at(p, i + n), KD_V("ed")) && !kd_view_eq(word_at(p, i + n), KD_V("caused")));
	return false;
}

/* --- headings --------------------------------------------------------------------------------------------- */

/*
 * A heading such as "Root cause" is a label: it claims what stands below it, so that has to be hedged or have evidence.
 * Other words of the table are section titles ("PROVEN"). A label that the hedged or denied answers is no claim.
 */
static bool heading_counts(const struct kd_prose *p, size_t block, uint8_t cls, size_t *to_ret)
{
	const struct kd_prose_block *h = &p->block.v[block], *b;

	if (h->nwords > LABEL_WORDS)
		return true;
	if (cls != KD_OVERCLAIM_CAUSE || block + 1 >= p->block.n)
		return false;
	b = h + 1;
	*to_ret = b->end;
	if (b->kind != KD_PROSE_PARAGRAPH || !b->nwords)
		return false;
	for (size_t i = b->word; i < b->word + b->nwords && i < b->word + AROUND; i++)
		if (is_one_of(word_at(p, i), labels) || is_one_of(word_at(p, i), modals) || is_one_of(word_at(p, i), denials))
			return false;
	return true;
}

/* --- all -------------------------------------------------------------------------------------------------- */

static const struct kd_overclaim_rule *rule_at(const struct kd_prose *p, const struct kd_prose_block *b, size_t i, size_t *n_ret)
{
	const struct kd_overclaim_rule *best = NULL;

	*n_ret = 0;
	for (size_t k = 0; k < KD_ARRAY_LEN(rules); k++) {
		const size_t n = matches(p, b, i, rules[k].words);

		if (n > *n_ret) {
			*n_ret = n;
			best = &rules[k];
		}
	}
	return best;
}

static bool in_block(const struct kd_prose *p, size_t block, bool (*fn)(void *user, const struct kd_overclaim *o), void *user)
{
	const struct kd_prose_block *b = &p->block.v[block];

	for (size_t i = b->word; i < b->word + b->nwords; i++) {
		struct kd_overclaim o = {.from = b->start, .to = b->end};
		size_t n;

		o.rule = rule_at(p, b, i, &n);
		if (!o.rule)
			continue;
		o.at = p->word.v[i].at;
		o.n = p->word.v[i + n - 1].at + p->word.v[i + n - 1].n - o.at;
		if (b->kind == KD_PROSE_HEADING && !heading_counts(p, block, o.rule->cls, &o.to))
			continue;
		if (!is_harmless(p, b, i, n, o.rule) && !is_hedged(p, b, i, n, o.rule->cls) && !fn(user, &o))
			return false;
		i += n - 1;
	}
	return true;
}

void kd_overclaim_find(const struct kd_prose *p, bool (*fn)(void *user, const struct kd_overclaim *o), void *user)
{
	for (size_t i = 0; i < p->block.n; i++)
		if (!in_block(p, i, fn, user))
			return;
}

const struct kd_overclaim_rule *kd_overclaim_rules(size_t *n_ret)
{
	*n_ret = KD_ARRAY_LEN(rules);
	return rules;
}

const char *kd_overclaim_class_name(enum kd_overclaim_class c)
{
	return (unsigned)c < KD_OVERCLAIM_CLASSES ? classes[c].name : "?";
}

const char *kd_overclaim_why(enum kd_overclaim_class c)
{
	return (unsigned)c < KD_OVERCLAIM_CLASSES ? classes[c].why : "?";
}

const char *kd_overclaim_instead(const struct kd_overclaim_rule *rule)
{
	return rule->instead ? rule->instead : classes[rule->cls].instead;
}
