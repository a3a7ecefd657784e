// SPDX-License-Identifier: GPL-2.0-or-later
#include "history/commitdoc.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/hashmap.h"
#include "format/patch.h"
#include "history/commit.h"
#include "history/kindwords.h"
#include "history/record.h"
#include "history/words.h"

enum { MEMORY = 512 << 20, DIR_LEVELS = 3, PART_FILES = 20 };

void kd_commitdoc_init(struct kd_commitdoc *w)
{
	*w = (struct kd_commitdoc){.arena = KD_ARENA_INIT(MEMORY)};
}

void kd_commitdoc_deinit(struct kd_commitdoc *w)
{
	kd_arena_deinit(&w->arena);
}

/* What is known of an identifier in one commit. */
enum { IN_SUBJECT = 1, IN_FUNC = 2, IN_HEADING = 4, IN_CHANGED = 8, IN_CONTEXT = 16 };

struct ident {
	struct kd_view word;
	unsigned where, body; /* body: how often there */
};

struct words {
	struct kd_arena *a;
	struct kd_newdoc *d;
	struct kd_hashmap ids, parts, kinds; /* num: index into id; amount; of kinds: which were counted */
	KD_VEC(struct ident) id;
	unsigned subject_kinds[KD_SEG_KINDS], body_kinds[KD_SEG_KINDS];
	bool guard;
	bool in_body; /* of the words that come now */
};

static struct ident *ident(struct words *w, struct kd_view word)
{
	bool is_new;
	struct kd_hashmap_entry *e = kd_hashmap_add(&w->ids, word, &is_new);
	struct ident *id;

	if (!e)
		return NULL;
	if (is_new) {
		e->num = w->id.n;
		id = kd_avec_push(w->a, &w->id, KD_NEWDOC_WORDS_MAX);
		if (!id)
			return NULL;
		id->word = word;
	}
	return e->num < w->id.n ? &w->id.v[e->num] : NULL;
}

static void put_ident(struct words *w, struct kd_view word, unsigned where)
{
	struct ident *id = ident(w, word);

	if (id)
		id->where |= where;
}

static void subject_word(void *user, struct kd_view word)
{
	put_ident(user, word, IN_SUBJECT);
}

static void body_word(void *user, struct kd_view word)
{
	struct ident *id = ident(user, word);

	if (id)
		id->body++;
}

/* Words of kinds of errors: each counts once. */
static void kind_word(void *user, struct kd_view word)
{
	struct words *w = user;
	const unsigned bits = kd_kind_of_word(word);
	bool is_new = false;

	if (!w->in_body && kd_word_is_guard(word))
		w->guard = true;
	if (!bits || !kd_hashmap_add(&w->kinds, kd_arena_printf(w->a, "%d%.*s", w->in_body, KD_VARG(word)), &is_new) || !is_new)
		return;
	for (unsigned i = 0; i < KD_SEG_KINDS; i++)
		if (bits >> i & 1)
			(w->in_body ? w->body_kinds : w->subject_kinds)[i]++;
}

struct amount {
	struct words *w;
	unsigned n;
};

static void add_part(void *user, struct kd_view part)
{
	const struct amount *a = user;
	bool is_new;
	struct kd_hashmap_entry *e = kd_hashmap_add(&a->w->parts, part, &is_new);

	if (!e)
		return;
	if (is_new)
		e->num = 0;
	e->num += a->n;
}

static void add_parts(struct words *w, struct kd_view name, unsigned n)
{
	if (n)
		kd_word_parts(name, add_part, &(struct amount){w, n});
}

static unsigned level_of(const struct ident *id)
{
	return id->where & (IN_SUBJECT | IN_FUNC)	? KD_AT_FUNC
	       : id->body				? KD_AT_BODY
	       : id->where & (IN_HEADING | IN_CHANGED) ? KD_AT_CHANGED
							: KD_AT_CONTEXT;
}

/* Identifiers and their parts, when all were seen. */
static void put_words(struct words *w)
{
	for (size_t i = 0; i < w->id.n; i++) {
		const struct ident *id = &w->id.v[i];

		kd_newdoc_word(w->d, KD_FIELD_ID, id->word, level_of(id));
		add_parts(w, id->word,
			  (id->where & IN_SUBJECT ? 3 : 0) + (id->body < 3 ? id->body : 3) + (id->where & IN_FUNC ? 2 : 0) +
				  ((id->where & (IN_HEADING | IN_FUNC)) == IN_HEADING) + (id->where & IN_CHANGED ? 1 : 0));
	}
	kd_vec_each(e, &w->parts.entries)
		kd_newdoc_word(w->d, KD_FIELD_PART, e->key, kd_amount_level((uint32_t)e->num));
	for (int i = 0; i < KD_SEG_KINDS; i++) {
		const unsigned s = w->subject_kinds[i] < 3 ? w->subject_kinds[i] : 3, b = w->body_kinds[i] < 15 ? w->body_kinds[i] : 15;

		w->d->statics.kind[i] = (uint8_t)(s << 4 | b);
	}
	if (w->guard)
		w->d->statics.flags |= KD_STATIC_GUARDS;
}

/* --- the message ------------------------------------------------------------------------------- */

static void put_relations(const struct kd_commit *c, struct kd_newdoc *d)
{
	for (size_t i = 0; i < c->nrelations; i++) {
		const struct kd_relation *r = &c->relations[i];

		kd_newdoc_rel(d, r->kind, kd_view_head(r->oid, 2 * KD_SEG_OID));
		if (r->kind == KD_REL_FIXES)
			d->flags |= KD_DOC_HAS_FIXES;
		if (r->kind == KD_REL_REVERTS)
			d->flags |= KD_DOC_REVERT;
	}
}

static void put_ids(const struct kd_commit *c, struct kd_newdoc *d)
{
	for (size_t i = 0; i < c->nids; i++) {
		const struct kd_commit_id *id = &c->ids[i];

		if (id->kind == KD_ID_MESSAGE)
			kd_newdoc_key(d, kd_term(KD_KEY_LINK, id->value));
		else if (id->kind == KD_ID_CVE)
			kd_newdoc_key(d, kd_term(KD_KEY_CVE, id->value));
		else if (id->kind == KD_ID_SYZBOT || id->kind == KD_ID_SYZ_EXTID)
			kd_newdoc_key(d, kd_term(KD_KEY_SYZBOT, id->value));
		if (id->kind == KD_ID_SYZBOT || id->from == KD_FROM_REPORTED || id->from == KD_FROM_CLOSES)
			d->flags |= KD_DOC_REPORTED;
	}
	for (size_t i = 0; i < c->ntrailers; i++) {
		if (kd_view_has(c->trailers[i].value, KD_V("syzbot")) || kd_view_has(c->trailers[i].value, KD_V("syzkaller")))
			d->statics.flags |= KD_STATIC_SYZBOT;
		if (kd_view_ieq(c->trailers[i].key, KD_V("Reported-by")) || kd_view_ieq(c->trailers[i].key, KD_V("Closes")))
			d->flags |= KD_DOC_REPORTED;
	}
}

static void put_quotes(const struct kd_commit *c, struct kd_newdoc *d)
{
	for (size_t i = 0; i < c->nfuncs; i++) {
		char buf[KD_WORD_MAX + 16];

		kd_newdoc_word(d, KD_FIELD_QUOTED, kd_word_function(c->funcs[i].func, buf), 0);
	}
	if (c->nquotes)
		d->flags |= KD_DOC_QUOTES;
}

static void put_message(struct kd_commitdoc *w, const struct kd_commit *c, struct words *t)
{
	struct kd_newdoc *d = t->d;
	const struct kd_view key = kd_commit_title_key(&w->arena, c->title);

	kd_split_words(c->subject, subject_word, t);
	kd_split_words(c->body, body_word, t);
	kd_split_words_lower(c->subject, kind_word, t);
	t->in_body = true;
	kd_split_words_lower(c->body, kind_word, t);
	put_quotes(c, d);
	put_relations(c, d);
	put_ids(c, d);
	if (c->stable)
		d->flags |= KD_DOC_STABLE;
	d->subject = kd_term(KD_KEY_SUBJECT, key);
	kd_newdoc_key(d, d->subject);
	if (c->author.who.mail.n)
		d->author = kd_term(KD_FIELD_AUTHOR, c->author.who.mail);
	d->date = c->author.has_time ? c->author.time : 0;
	d->commit_date = c->committer.has_time ? c->committer.time : d->date;
}

/* --- the diff ---------------------------------------------------------------------------------- */

static void put_path(struct words *w, struct kd_view path, size_t i)
{
	struct kd_view dir = path;

	if (i >= KD_COMMITDOC_FILES_MAX)
		return;
	kd_newdoc_word(w->d, KD_FIELD_PATH, path, 0);
	kd_newdoc_pair(w->d, KD_VNULL, path);
	for (int k = 0; k < DIR_LEVELS && kd_view_rchr(dir, '/') != KD_NPOS; k++) {
		dir = kd_view_head(dir, kd_view_rchr(dir, '/'));
		kd_newdoc_word(w->d, KD_FIELD_DIR, dir, 0);
	}
	if (i < PART_FILES)
		add_parts(w, kd_word_without_extension(path), 2);
}

static void diff_word(void *user, struct kd_view word, char sign, unsigned where)
{
	(void)where;
	if (word.n >= 3 && !kd_word_is_common(word))
		put_ident(user, kd_view_head(word, KD_WORD_MAX), sign == ' ' ? IN_CONTEXT : IN_CHANGED);
}

/* Which functions, by file, each once. */
struct funcs {
	struct kd_arena *a;
	struct words *w;
	const struct kd_patch *p;
	struct kd_hashmap seen; /* "NAME" */
	struct kd_record_file *files;
	size_t nfiles;
	KD_VEC(struct kd_view) v;
	uint32_t file; /* of the last one in v */
};

static void diff_func(void *user, const struct kd_patch_func *f)
{
	struct funcs *s = user;
	char buf[KD_WORD_MAX + 16];
	struct kd_view name = kd_view_head(f->name, KD_WORD_MAX), *slot;
	bool is_new;

	if (f->kind == KD_PATCH_SYSCALL)
		name = kd_view(buf, (size_t)snprintf(buf, sizeof(buf), "__do_sys_%.*s", KD_VARG(name)));
	name = kd_arena_view(s->a, name);
	if (!name.p || f->file >= s->nfiles || f->kind == KD_PATCH_TYPE)
		return;
	if (!kd_hashmap_add(&s->seen, kd_arena_printf(s->a, "%u %d %.*s", f->file, f->how == KD_PATCH_CHANGED, KD_VARG(name)), &is_new) ||
	    !is_new)
		return;
	kd_newdoc_pair(s->w->d, name, s->files[f->file].path);
	if (f->how != KD_PATCH_CHANGED)
		return;
	/* a heading names what began above: a guess, where nothing in the hunk confirms it */
	put_ident(s->w, name, f->guessed ? IN_HEADING : IN_FUNC);
	kd_newdoc_word(s->w->d, KD_FIELD_FUNC, name, f->guessed ? 0 : 1);
	slot = kd_avec_push(s->a, &s->v, 1u << 20);
	if (!slot)
		return;
	*slot = name;
	if (!s->files[f->file].nfuncs++)
		s->files[f->file].func = (uint32_t)(s->v.n - 1);
}

static char status_letter(enum kd_patch_status s)
{
	return s == KD_PATCH_ADDED     ? 'A'
	       : s == KD_PATCH_DELETED ? 'D'
	       : s == KD_PATCH_RENAMED ? 'R'
	       : s == KD_PATCH_COPIED  ? 'C'
	       : s == KD_PATCH_MODE    ? 'T'
				       : 'M';
}

/* The patch id of a part is nobody's: whole says that nothing was cut off. */
static struct kd_error *put_diff(struct words *w, struct kd_view diff, bool whole, struct kd_record *r)
{
	struct kd_newdoc *d = w->d;
	struct kd_patch p;
	uint8_t id[KD_PATCH_ID_LEN];
	struct funcs s = {.a = w->a, .w = w, .p = &p, .seen = KD_HASHMAP_INIT(1u << 20, w->a)};
	struct kd_error *err = kd_patch_parse(diff, w->a, NULL, &p);

	if (err)
		return err;
	s.nfiles = p.nfiles < KD_COMMITDOC_RECORD_FILES_MAX ? p.nfiles : KD_COMMITDOC_RECORD_FILES_MAX;
	s.files = kd_arena_array(w->a, s.nfiles + 1, struct kd_record_file);
	if (!s.files)
		return kd_error_new(KD_LIMIT, "a diff has too many files");
	for (size_t i = 0; i < p.nfiles; i++) {
		const struct kd_patch_file *f = &p.files[i];

		put_path(w, kd_patch_path(f), i);
		if (i < s.nfiles)
			s.files[i] = (struct kd_record_file){.status = status_letter(f->status), .added = f->added, .removed = f->removed,
							     .path = kd_patch_path(f)};
		for (uint32_t k = 0; k < f->nhunks; k++)
			kd_patch_words(f, &p.hunks[f->hunk + k], diff_word, w);
	}
	kd_patch_functions(&p, diff_func, &s);
	if (whole && kd_patch_id(&p, id)) {
		char *hex = kd_arena_alloc(w->a, 2 * sizeof(id) + 1);

		if (hex) {
			kd_hex(id, sizeof(id), hex);
			r->patch_id = kd_view(hex, 2 * sizeof(id));
		}
		d->patch_id = kd_oid_head(id);
		kd_newdoc_key(d, kd_term(KD_KEY_PATCH_ID, kd_view((const char *)id, sizeof(id))));
	}
	d->files = (uint32_t)p.all_files;
	d->lines = p.added + p.removed;
	r->files = s.files;
	r->nfiles = s.nfiles;
	r->funcs = s.v.v;
	r->nfuncs = s.v.n;
	kd_hashmap_deinit(&s.seen);
	return NULL;
}

/* --- both -------------------------------------------------------------------------------------- */

static struct kd_view person(struct kd_arena *a, const struct kd_person *p)
{
	return p->name.p || p->mail.p ? kd_arena_printf(a, "%.*s <%.*s>", KD_VARG(p->name), KD_VARG(p->mail)) : KD_VNULL;
}

static void put_parents(const struct kd_commit *c, struct kd_newdoc *d)
{
	for (size_t i = 0; i < c->nparents && d->nparents < KD_NEWDOC_PARENTS_MAX; i++)
		if (c->parents[i].n == 2 * KD_SEG_OID && kd_oid_parse(c->parents[i], d->parent[d->nparents], NULL))
			d->nparents++;
	if (c->nparents > 1)
		d->flags |= KD_DOC_MERGE;
}

static const char *what_is_cut(const struct kd_gitlog_commit *c, const struct kd_commit *m, const struct kd_newdoc *d)
{
	return c->lost		     ? "diff: objects are missing in the repository"
	       : c->cut		     ? "diff: its first part only"
	       : c->boundary	     ? "diff: the clone is shallow and ends here"
	       : m->cut		     ? "message: its first part only"
	       : d->flags & KD_DOC_TEXT_CUT ? "words: the first ones only"
					    : NULL;
}

/* A record longer than a segment takes loses the end of its message. */
static void put_record(struct kd_newdoc *d, struct kd_record *r)
{
	kd_record_write(&d->text, r);
	if (!d->text.overflow)
		return;
	d->flags |= KD_DOC_TEXT_CUT;
	kd_buf_clear(&d->text);
	r->message = kd_view_head(r->message, KD_SEG_TEXT_MAX / 4);
	r->nfiles = 0;
	r->cut = KD_V("record: its first part only");
	kd_record_write(&d->text, r);
}

struct kd_error *kd_commitdoc(struct kd_commitdoc *w, const struct kd_gitlog_commit *c, struct kd_newdoc *ret)
{
	struct kd_commit m = {0};
	struct kd_record r = {0};
	struct words t = {.a = &w->arena, .d = ret, .ids = KD_HASHMAP_INIT(KD_NEWDOC_WORDS_MAX, NULL),
			  .parts = KD_HASHMAP_INIT(KD_NEWDOC_WORDS_MAX, &w->arena), .kinds = KD_HASHMAP_INIT(KD_NEWDOC_WORDS_MAX, NULL)};
	struct kd_error *err;
	const char *cut;

	kd_arena_reset(&w->arena);
	kd_newdoc_clear(ret);
	memcpy(ret->oid, c->oid, KD_SEG_OID);
	err = c->raw.p ? kd_commit_parse(&w->arena, c->raw, &m) : kd_error_new(KD_BADDATA, "no object");
	if (err) {
		if (err->cls != KD_BADDATA)
			return err;
		kd_error_free(err);
		ret->flags |= KD_DOC_DAMAGED | KD_DOC_NO_DIFF;
		return NULL;
	}
	put_parents(&m, ret);
	put_message(w, &m, &t);
	if (c->boundary)
		ret->flags |= KD_DOC_BOUNDARY;
	if (c->cut)
		ret->flags |= KD_DOC_DIFF_CUT;
	if (!c->diff.p)
		ret->flags |= KD_DOC_NO_DIFF;
	else
		err = put_diff(&t, c->diff, !c->cut, &r);
	if (!err)
		put_words(&t);
	kd_hashmap_deinit(&t.ids);
	kd_hashmap_deinit(&t.parts);
	kd_hashmap_deinit(&t.kinds);
	if (err)
		return err;
	r.author = person(&w->arena, &m.author.who);
	r.committer = person(&w->arena, &m.committer.who);
	r.parents = m.parents;
	r.nparents = m.nparents;
	r.message = m.message;
	cut = what_is_cut(c, &m, ret);
	r.cut = kd_view_of(cut);
	put_record(ret, &r);
	kd_newdoc_seal(ret);
	return NULL;
}
