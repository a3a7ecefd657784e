// SPDX-License-Identifier: GPL-2.0-or-later
/* Traits → numbers: struct kd_profile, and how many profiles have each word. */
#include "case/vocab.h"

#include <math.h>
#include <string.h>

#include "base/alloc.h"

enum { WORDS_MAX = 40000000, TERMS_MAX = 160, PART_FRAMES = 8, TERM_BYTES = 200, WORD_TEXT = 64 };

/* What is being made: terms of one set before they are sorted. */
struct make {
	struct kd_vocab *v;
	struct kd_profile *p;
	struct kd_pterm t[TERMS_MAX];
	size_t n;
	KD_VEC(uint32_t) mine; /* words of this profile, each once: they get one more in df */
	bool full;
};

struct kd_vocab *kd_vocab_new(size_t max_bytes)
{
	struct kd_vocab *v = kd_xcalloc(1, sizeof(*v));

	v->arena = KD_ARENA_INIT(max_bytes ? max_bytes : (size_t)1 << 30);
	v->words = KD_HASHMAP_INIT(WORDS_MAX, &v->arena);
	for (size_t i = 0; i < KD_LN_TABLE; i++)
		v->ln[i] = logf((float)(i + 1));
	kd_vec_push(&v->df, WORDS_MAX); /* id 0 */
	return v;
}

void kd_vocab_free(struct kd_vocab *v)
{
	if (!v)
		return;
	kd_hashmap_deinit(&v->words);
	kd_vec_free(&v->df);
	kd_arena_deinit(&v->arena);
	kd_free(v);
}

size_t kd_vocab_bytes(const struct kd_vocab *v)
{
	return kd_arena_footprint(&v->arena) + v->words.entries.cap * sizeof(*v->words.entries.v) +
	       v->words.slots * sizeof(*v->words.slot) + v->df.cap * sizeof(*v->df.v);
}

size_t kd_vocab_profiles(const struct kd_vocab *v)
{
	return v->nprofiles;
}

float kd_vocab_ln(const struct kd_vocab *v, size_t i)
{
	return i < KD_LN_TABLE ? v->ln[i] : logf((float)(i + 1));
}

struct kd_view kd_vocab_word(const struct kd_vocab *v, uint32_t id)
{
	return id ? kd_view_from(v->words.entries.v[id - 1].key, 1) : KD_VNULL;
}

/* The number of a word; 0: absent, or no room. */
static uint32_t id_of(struct make *m, char space, struct kd_view text)
{
	char key[TERM_BYTES];
	struct kd_hashmap_entry *e;
	bool is_new;

	if (!text.n)
		return 0;
	text = kd_view_head(text, sizeof(key) - 1);
	key[0] = space;
	memcpy(key + 1, text.p, text.n);
	e = kd_hashmap_add(&m->v->words, kd_view(key, text.n + 1), &is_new);
	if (!e || (is_new && !kd_vec_push(&m->v->df, WORDS_MAX))) {
		m->full = true;
		return 0;
	}
	if (is_new)
		e->num = m->v->words.entries.n;
	return (uint32_t)e->num;
}

static void add_id(struct make *m, uint32_t id, float weight)
{
	if (!id)
		return;
	for (size_t i = 0; i < m->n; i++)
		if (m->t[i].id == id) {
			m->t[i].weight = m->t[i].weight < weight ? weight : m->t[i].weight;
			return;
		}
	if (m->n < TERMS_MAX)
		m->t[m->n++] = (struct kd_pterm){id, weight};
}

static void add(struct make *m, char space, struct kd_view text, float weight)
{
	add_id(m, id_of(m, space, text), weight);
}

static void sort(struct kd_pterm *t, size_t n)
{
	for (size_t i = 1; i < n; i++) { /* short, and mostly in order: words are numbered as they come */
		struct kd_pterm x = t[i];
		size_t k = i;

		for (; k && t[k - 1].id > x.id; k--)
			t[k] = t[k - 1];
		t[k] = x;
	}
}

static void seal(struct make *m, enum kd_pset set)
{
	size_t n = m->n;

	m->n = 0;
	sort(m->t, n);
	m->p->n[set] = (uint16_t)n;
	m->p->set[set] = kd_arena_raw(&m->v->arena, (n ? n : 1) * sizeof(*m->t));
	if (!m->p->set[set]) {
		m->full = true;
		m->p->n[set] = 0;
		return;
	}
	memcpy(m->p->set[set], m->t, n * sizeof(*m->t));
	for (size_t i = 0; i < n; i++) {
		bool known = false;

		for (size_t k = 0; k < m->mine.n && !known; k++)
			known = m->mine.v[k] == m->t[i].id;
		if (!known) {
			uint32_t *slot = kd_vec_push(&m->mine, KD_PSETS * TERMS_MAX);

			*slot = m->t[i].id;
			m->v->df.v[m->t[i].id]++;
		}
	}
}

/* ---- the sets ---- */

static float nearness(unsigned pos)
{
	return 1.0f / (1.0f + 0.25f * (float)pos);
}

static void functions(struct make *m, const struct kd_traits *t)
{
	static const struct {
		enum kd_pset set;
		unsigned roles;
	} sets[] = {
		{KD_PS_CRASH, 1u << KD_TF_CRASH},
		{KD_PS_SIDE, 1u << KD_TF_ALLOC | 1u << KD_TF_FREE | 1u << KD_TF_OTHER},
		{KD_PS_ALLOC, 1u << KD_TF_ALLOC},
		{KD_PS_FREE, 1u << KD_TF_FREE},
	};

	for (size_t s = 0; s < KD_ARRAY_LEN(sets); s++) {
		for (size_t i = 0; i < t->nframes; i++)
			if (sets[s].roles >> t->frames[i].role & 1)
				add(m, 'f', t->frames[i].func, nearness(t->frames[i].pos));
		seal(m, sets[s].set);
	}
}

/* A header says where something is inlined from, not where the bug is. */
static bool counts(struct kd_view file)
{
	return file.n && !kd_view_starts(file, KD_V("include/"));
}

static void directories(struct make *m, struct kd_view file, float weight)
{
	for (size_t i = 0, depth = 0; i < file.n && depth < 4; i++)
		if (file.p[i] == '/')
			add(m, 'd', kd_view_head(file, i), weight * (float)++depth);
}

static void files(struct make *m, const struct kd_traits *t)
{
	if (counts(t->file))
		add(m, 'p', t->file, 1);
	for (size_t i = 0; i < t->nframes; i++)
		if (!t->frames[i].role && counts(t->frames[i].file))
			add(m, 'p', t->frames[i].file, nearness(t->frames[i].pos));
	seal(m, KD_PS_FILE);
	if (counts(t->file))
		directories(m, t->file, 1);
	for (size_t i = 0; i < t->nframes; i++)
		if (counts(t->frames[i].file))
			directories(m, t->frames[i].file, nearness(t->frames[i].pos) * (t->frames[i].role ? 0.5f : 1));
	seal(m, KD_PS_DIR);
}

/* "nf_tables_dump_sets": nf, tables, dump, sets. */
static void parts(struct make *m, struct kd_view name, float weight)
{
	for (size_t i = 0, k; i < name.n; i = k + 1) {
		for (k = i; k < name.n && name.p[k] != '_' && name.p[k] != '.'; k++)
			;
		if (k > i + 1)
			add(m, 's', kd_view(name.p + i, k - i), weight);
	}
}

static void all_parts(struct make *m, const struct kd_traits *t)
{
	for (size_t i = 0; i < t->nframes; i++)
		if (t->frames[i].pos < PART_FRAMES)
			parts(m, t->frames[i].func, nearness(t->frames[i].pos) * (t->frames[i].role ? 0.5f : 1));
	seal(m, KD_PS_PART);
	parts(m, t->func, 1);
	seal(m, KD_PS_GPART);
}

static void words(struct make *m, struct kd_view text)
{
	for (size_t i = 0, k; i < text.n; i = k + 1) {
		for (k = i; k < text.n && (kd_is_word(text.p[k]) || text.p[k] == '-' || text.p[k] == '/' || text.p[k] == '.'); k++)
			;
		if (k > i + 1)
			add(m, 'w', kd_view_head(kd_view(text.p + i, k - i), WORD_TEXT), 1);
	}
}

static void marks(struct make *m, const struct kd_traits *t)
{
	words(m, t->title);
	words(m, t->what);
	for (size_t i = 0; i < t->nmarks; i++)
		if (kd_view_eq(t->marks[i].key, KD_V("says")))
			words(m, t->marks[i].value);
	seal(m, KD_PS_WORD);
	for (size_t i = 0; i < t->nmarks; i++) {
		char text[TERM_BYTES];
		size_t n = kd_view_head(t->marks[i].key, 16).n, rest;

		memcpy(text, t->marks[i].key.p, n);
		text[n++] = ' ';
		rest = kd_view_head(t->marks[i].value, sizeof(text) - n).n;
		memcpy(text + n, t->marks[i].value.p, rest);
		add(m, 'm', kd_view(text, n + rest), 1);
	}
	seal(m, KD_PS_MARK);
}

/* ---- what is one ---- */

static uint8_t class_of(const struct kd_traits *t)
{
	static const struct {
		struct kd_view name; /* of a kind or a family */
		uint8_t cls;
	} rows[] = {
#define ROW(lit, c) {{lit, sizeof(lit) - 1}, c}
		ROW("kcsan", KD_KC_RACE), ROW("kmsan", KD_KC_UNINIT), ROW("kmemleak", KD_KC_LEAK), ROW("ubsan", KD_KC_CHECK),
		ROW("suspicious_rcu", KD_KC_CHECK), ROW("lockdep", KD_KC_LOCK), ROW("atomic", KD_KC_LOCK),
		ROW("lock_debug", KD_KC_LOCK), ROW("hang", KD_KC_HANG), ROW("rcu", KD_KC_HANG), ROW("lockup", KD_KC_HANG),
		ROW("sanitizer", KD_KC_MEMORY), ROW("page_fault", KD_KC_MEMORY), ROW("gpf", KD_KC_MEMORY),
		ROW("slab", KD_KC_MEMORY), ROW("list", KD_KC_MEMORY), ROW("list_corruption", KD_KC_MEMORY),
		ROW("refcount", KD_KC_MEMORY), ROW("odebug", KD_KC_MEMORY), ROW("memory", KD_KC_MEMORY),
		ROW("kasan_hint", KD_KC_MEMORY), ROW("usercopy", KD_KC_MEMORY), ROW("warning", KD_KC_CHECK),
		ROW("kernel_bug", KD_KC_CHECK), ROW("bug", KD_KC_CHECK), ROW("trap", KD_KC_CHECK),
#undef ROW
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++)
		if (kd_view_eq(t->kind, rows[i].name) || kd_view_eq(t->family, rows[i].name))
			return rows[i].cls;
	return KD_KC_OTHER;
}

static void singles(struct make *m, const struct kd_traits *t)
{
	struct kd_profile *p = m->p;
	const uint32_t *const one[] = {&p->kind, &p->syscall, &p->subsystem, &p->module};
	size_t slash = kd_view_rchr(t->file, '/');

	p->kind = id_of(m, 'k', t->kind);
	p->family = id_of(m, 'k', t->family);
	p->what = id_of(m, 'w', t->what);
	p->func = id_of(m, 'f', t->func);
	p->file = counts(t->file) ? id_of(m, 'p', t->file) : 0;
	p->dir_of = counts(t->file) && slash != KD_NPOS ? id_of(m, 'd', kd_view_head(t->file, slash)) : 0;
	p->module = id_of(m, 'o', t->module);
	p->subsystem = id_of(m, 'u', t->subsystem);
	p->syscall = id_of(m, 'y', t->syscall);
	for (size_t i = 0; i < t->nframes && p->nlead < KD_ARRAY_LEN(p->lead); i++)
		if (t->frames[i].role == KD_TF_CRASH)
			p->lead[p->nlead++] = id_of(m, 'f', t->frames[i].func);
	p->line = t->line;
	p->size = t->size;
	p->vintage = t->vintage;
	p->dir = t->dir;
	p->cls = class_of(t);
	for (size_t i = 0; i < KD_ARRAY_LEN(one); i++)
		if (*one[i])
			m->v->df.v[*one[i]]++;
}

struct kd_error *kd_profile_make(struct kd_vocab *v, const struct kd_traits *t, struct kd_profile **ret)
{
	struct make m = {.v = v, .p = kd_arena_new(&v->arena, struct kd_profile)};

	if (!m.p)
		return kd_error_new(KD_LIMIT, "the words of the reports need more memory than they may have");
	singles(&m, t);
	functions(&m, t);
	files(&m, t);
	all_parts(&m, t);
	marks(&m, t);
	kd_vec_free(&m.mine);
	if (m.full)
		return kd_error_new(KD_LIMIT, "the words of the reports need more memory than they may have");
	v->nprofiles++;
	*ret = m.p;
	return NULL;
}
