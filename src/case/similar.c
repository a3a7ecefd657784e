// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/similar.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"
#include "case/similar_model.h"
#include "case/vocab.h"

_Static_assert(KD_FEATURES <= KD_FEATURES_MAX, "kd_likeness has room for all features");

static const struct {
	double weight;
	const char *name;
} model[] = {
#define ROW(name, weight, text) {weight, text},
	KD_MODEL(ROW)
#undef ROW
};

const char *kd_feature_name(size_t i)
{
	return i < KD_FEATURES ? model[i].name : NULL;
}

const char *kd_verdict_word(uint8_t verdict)
{
	return verdict == KD_VERDICT_SAME ? "same" : verdict == KD_VERDICT_POSSIBLE ? "possible" : "different";
}

/* What two sets have in common. */
struct overlap {
	double dot, a, b;
	float rarest; /* of the common words; 0: none */
};

static double sum(const struct kd_vocab *v, const struct kd_pterm *t, size_t n, float base)
{
	double s = 0;

	for (size_t i = 0; i < n; i++) {
		double w = t[i].weight * kd_rarity(v, t[i].id, base);

		s += w * w;
	}
	return s;
}

static void common(const struct kd_vocab *v, const struct kd_pterm *a, size_t na, const struct kd_pterm *b, size_t nb, float base,
		   struct overlap *o)
{
	for (size_t i = 0, k = 0; i < na && k < nb;) {
		if (a[i].id < b[k].id) {
			i++;
		} else if (a[i].id > b[k].id) {
			k++;
		} else {
			float r = kd_rarity(v, a[i].id, base);

			o->dot += (double)(a[i].weight * b[k].weight * r) * r;
			o->rarest = r > o->rarest ? r : o->rarest;
			i++, k++;
		}
	}
}

/* Cosine of set x of a and set y of b. */
static float cosine(const struct kd_vocab *v, const struct kd_profile *a, int x, const struct kd_profile *b, int y, float base,
		    float *rarest)
{
	struct overlap o = {0};

	if (!a->n[x] || !b->n[y])
		return 0;
	common(v, a->set[x], a->n[x], b->set[y], b->n[y], base, &o);
	if (rarest && o.rarest > *rarest)
		*rarest = o.rarest;
	if (o.dot <= 0)
		return 0;
	o.a = sum(v, a->set[x], a->n[x], base);
	o.b = sum(v, b->set[y], b->n[y], base);
	return (float)(o.dot / sqrt(o.a * o.b));
}

static float rare(const struct kd_vocab *v, uint32_t id, float base)
{
	return kd_rarity(v, id, base) / KD_RARITY_SCALE;
}

static float same_rare(const struct kd_vocab *v, uint32_t a, uint32_t b, float base)
{
	return a && a == b ? rare(v, a, base) : 0;
}

static bool has(const struct kd_profile *p, int set, uint32_t id)
{
	for (size_t i = 0; i < p->n[set]; i++)
		if (p->set[set][i].id == id)
			return true;
	return false;
}

static bool in_stacks(const struct kd_profile *p, uint32_t func)
{
	return has(p, KD_PS_CRASH, func) || has(p, KD_PS_SIDE, func);
}

static void stacks(const struct kd_vocab *v, const struct kd_profile *a, const struct kd_profile *b, float base, float *f)
{
	float rarest = 0, cross;

	f[KD_F_CRASH] = cosine(v, a, KD_PS_CRASH, b, KD_PS_CRASH, base, &rarest);
	f[KD_F_SIDE] = cosine(v, a, KD_PS_SIDE, b, KD_PS_SIDE, base, &rarest);
	f[KD_F_CROSS] = cosine(v, a, KD_PS_CRASH, b, KD_PS_SIDE, base, &rarest);
	cross = cosine(v, a, KD_PS_SIDE, b, KD_PS_CRASH, base, &rarest);
	f[KD_F_CROSS] = cross > f[KD_F_CROSS] ? cross : f[KD_F_CROSS];
	f[KD_F_RAREST] = rarest / KD_RARITY_SCALE;
	for (size_t i = 0; i < a->nlead && i < b->nlead && a->lead[i] == b->lead[i]; i++)
		f[KD_F_LEAD] = (float)(i + 1) / 6;
	f[KD_F_BARE] = 1.0f / (1.0f + (float)(a->n[KD_PS_CRASH] < b->n[KD_PS_CRASH] ? a->n[KD_PS_CRASH] : b->n[KD_PS_CRASH]));
}

static void place(const struct kd_vocab *v, const struct kd_profile *a, const struct kd_profile *b, float base, float *f)
{
	f[KD_F_FUNC] = a->func && a->func == b->func;
	if (!f[KD_F_FUNC]) {
		if (a->func && in_stacks(b, a->func))
			f[KD_F_FUNC_IN] = rare(v, a->func, base);
		if (b->func && in_stacks(a, b->func) && rare(v, b->func, base) > f[KD_F_FUNC_IN])
			f[KD_F_FUNC_IN] = rare(v, b->func, base);
	}
	f[KD_F_FILE] = a->file && a->file == b->file;
	f[KD_F_PLACE] = f[KD_F_FILE] && a->line && a->line == b->line;
	f[KD_F_FILES] = cosine(v, a, KD_PS_FILE, b, KD_PS_FILE, base, NULL);
	f[KD_F_FOLDERS] = cosine(v, a, KD_PS_DIR, b, KD_PS_DIR, base, NULL);
	f[KD_F_PARTS] = cosine(v, a, KD_PS_PART, b, KD_PS_PART, base, NULL);
	f[KD_F_SYSCALL] = same_rare(v, a->syscall, b->syscall, base);
}

static void what(const struct kd_vocab *v, const struct kd_profile *a, const struct kd_profile *b, float base, float *f)
{
	float rarest = 0;

	f[KD_F_WORDS] = cosine(v, a, KD_PS_WORD, b, KD_PS_WORD, base, NULL);
	(void)cosine(v, a, KD_PS_MARK, b, KD_PS_MARK, base, &rarest);
	f[KD_F_MARKS] = rarest / KD_RARITY_SCALE;
	f[KD_F_KIND] = same_rare(v, a->kind, b->kind, base);
	f[KD_F_CLASS] = a->kind != b->kind && a->cls != KD_KC_OTHER && a->cls == b->cls;
	f[KD_F_WHAT] = a->what && a->what == b->what;
	f[KD_F_UNLIKE_WHAT] = a->what && b->what && a->what != b->what;
	f[KD_F_ERA] = 0.5f; /* not known, as in a fleet of stable kernels */
	if (a->vintage && b->vintage) {
		double apart = fabs((double)a->vintage - (double)b->vintage) / 10;

		f[KD_F_ERA] = (float)exp(-2 * apart);
		f[KD_F_APART] = (float)log1p(apart);
	}
}

bool kd_profiles_apart(const struct kd_profile *a, const struct kd_profile *b)
{
	uint32_t x = a->vintage, y = b->vintage;

	return x && y && (x > y ? x - y : y - x) > (uint32_t)(KD_MODEL_APART * 10);
}

/* The same crash once more: stack, place, kind and access are the same as far as both say. */
static bool twins(const struct kd_profile *a, const struct kd_profile *b, const struct kd_likeness *l)
{
	return a->kind == b->kind && l->feature[KD_F_FUNC] > 0 && l->feature[KD_F_CRASH] >= KD_MODEL_TWIN &&
	       a->n[KD_PS_CRASH] >= KD_MODEL_TWIN_FUNCTIONS && b->n[KD_PS_CRASH] >= KD_MODEL_TWIN_FUNCTIONS &&
	       !(a->size && b->size && a->size != b->size);
}

bool kd_profiles_against(const struct kd_profile *a, const struct kd_profile *b)
{
	return kd_profiles_apart(a, b) || (a->dir && b->dir && a->dir != b->dir) || (a->what && b->what && a->what != b->what);
}

/* What a pair has at least, also among a handful of reports, where nothing can be rare. */
static double least_score(const struct kd_profile *a, const struct kd_profile *b, const struct kd_likeness *l)
{
	if (twins(a, b, l))
		return kd_profiles_against(a, b) ? KD_MODEL_TWIN_DOUBT : KD_MODEL_TWIN_SCORE;
	return a->kind == b->kind && l->feature[KD_F_FUNC] > 0 && l->feature[KD_F_LEAD] >= KD_MODEL_ALIKE_LEAD ? KD_MODEL_POSSIBLE : 0;
}

static uint8_t verdict(const struct kd_profile *a, const struct kd_profile *b, const struct kd_likeness *l)
{
	bool against = kd_profiles_against(a, b);

	if (!against && (l->score >= KD_MODEL_SAME || twins(a, b, l)))
		return KD_VERDICT_SAME;
	return l->score >= KD_MODEL_POSSIBLE ? KD_VERDICT_POSSIBLE : KD_VERDICT_DIFFERENT;
}

void kd_similar(const struct kd_vocab *v, const struct kd_profile *a, const struct kd_profile *b, struct kd_likeness *ret)
{
	float base = kd_rarity_base(v);
	double z = KD_MODEL_BIAS, least;

	memset(ret, 0, sizeof(*ret));
	stacks(v, a, b, base, ret->feature);
	place(v, a, b, base, ret->feature);
	what(v, a, b, base, ret->feature);
	for (size_t i = 0; i < KD_FEATURES; i++)
		z += model[i].weight * (double)ret->feature[i];
	ret->score = 1 / (1 + exp(-z));
	least = least_score(a, b, ret);
	ret->score = ret->score < least ? least : ret->score;
	ret->verdict = verdict(a, b, ret);
}
