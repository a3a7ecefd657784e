// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/known_internal.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "case/groups.h"
#include "verb/know.h"

/* ---- what it is recognised by ---- */

static struct kd_error *by_of(const struct kd_known_options *o, uint8_t *ret)
{
	*ret = KD_KNOWN_NORMAL;
	if (o->by && (!kd_known_how_of(kd_view_of(o->by), ret) || *ret == KD_KNOWN_GROUP))
		return kd_error_new(KD_INVALID, "--by=%s: it is strict, normal or loose", o->by);
	return NULL;
}

static struct kd_error *add_by(struct kd_known *k, uint8_t how, struct kd_view value)
{
	for (size_t i = 0; i < k->nby; i++)
		if (k->by[i].how == how && kd_view_eq(k->by[i].value, value))
			return NULL;
	if (k->nby == KD_KNOWN_MATCHES)
		return kd_error_new(KD_INVALID, "a known issue has at most %d matches", KD_KNOWN_MATCHES);
	k->by[k->nby++] = (struct kd_known_by){how, value};
	return NULL;
}

static struct kd_error *add_sig(struct kd_known *k, uint8_t how, const struct kd_sigrow *sig)
{
	const struct kd_view v = how == KD_KNOWN_STRICT ? sig->strict : how == KD_KNOWN_LOOSE ? sig->loose : sig->normal;

	if (!k->title.n)
		k->title = kd_view_head(sig->title, KD_KNOWN_TITLE);
	return add_by(k, how, v);
}

/* "normal:…", a group, an event. */
static struct kd_error *add_match(struct kd_known_job *j, struct kd_known *k, const char *text)
{
	struct kd_view v = kd_view_of(text), word;
	struct kd_arena *a = j->s->arena;
	struct kd_sigrow sig;
	struct kd_view grp;
	char id[KD_GROUP_ID];
	struct kd_event e;
	struct kd_evkey key;
	uint8_t how;
	struct kd_error *err = by_of(j->o, &how);

	if (err)
		return err;
	if (kd_event_id_parse(v, &key)) {
		err = kd_event_get(j->m->db, key, a, &e);
		if (!err)
			err = kd_known_sig(j->m->db, e.sig, a, &sig, &grp);
		return err ? err : add_sig(k, how, &sig);
	}
	if (kd_view_take_until(&v, KD_V(":"), &word)) {
		if (!kd_known_how_of(word, &how))
			return kd_error_new(KD_INVALID, "--match=%s: it is strict:…, normal:…, loose:…, group:… or an id (g-…, ev-…)", text);
		if (how != KD_KNOWN_GROUP)
			return add_by(k, how, v);
	}
	err = kd_groups_find(j->m->db, v, id);
	return err ? err : add_by(k, KD_KNOWN_GROUP, kd_arena_view(a, kd_view_of(id)));
}

static struct kd_error *remove_match(struct kd_known *k, const char *text)
{
	struct kd_view v = kd_view_of(text), word;
	uint8_t how = KD_KNOWN_GROUP;

	if (kd_view_take_until(&v, KD_V(":"), &word) && !kd_known_how_of(word, &how))
		return kd_error_new(KD_INVALID, "--unmatch=%s: it is strict:…, normal:…, loose:…, group:… as 'known show' prints it", text);
	for (size_t i = 0; i < k->nby; i++)
		if (k->by[i].how == how && kd_view_eq(k->by[i].value, v)) {
			memmove(&k->by[i], &k->by[i + 1], (k->nby - i - 1) * sizeof(k->by[0]));
			k->nby--;
			return NULL;
		}
	return kd_error_new(KD_NOTFOUND, "%.*s is not recognised by %s", KD_VARG(k->id), text);
}

/* ---- add, edit ---- */

static void set(struct kd_view *v, const char *text)
{
	if (text)
		*v = kd_view_trim(kd_view_of(text));
}

static struct kd_error *from_log(struct kd_known_job *j, struct kd_known *k)
{
	struct kd_sigrow sig;
	size_t more = 0;
	uint8_t how;
	struct kd_error *err = by_of(j->o, &how);

	if (!err)
		err = kd_known_first_domino(j->m->ctx, j->o->from, j->s->arena, &sig, &more);
	if (!err && more)
		kd_sheet_note(j->s, "%s has %zu more report%s that nothing earlier led to: only the first was taken", j->o->from, more,
			      more == 1 ? "" : "s");
	return err ? err : add_sig(k, how, &sig);
}

/* What the options say, into k. */
static struct kd_error *apply(struct kd_known_job *j, struct kd_known *k)
{
	const struct kd_known_options *o = j->o;
	struct kd_error *err = NULL;

	set(&k->title, o->title);
	set(&k->ticket, o->ticket);
	set(&k->fix, o->fix);
	set(&k->workaround, o->workaround);
	set(&k->notes, o->notes);
	k->who = kd_view_of(j->m->who);
	k->changed = j->m->now;
	if (o->status && !kd_known_status_of(kd_view_of(o->status), &k->status))
		err = kd_error_new(KD_INVALID, "'%s' is no status: open, mitigated, fixed, wontfix, retired", o->status);
	for (size_t i = 0; i < o->nunmatch && !err; i++)
		err = remove_match(k, o->unmatch[i]);
	if (!err && o->from)
		err = from_log(j, k);
	for (size_t i = 0; i < o->nmatch && !err; i++)
		err = add_match(j, k, o->match[i]);
	return err ? err : kd_known_check(k);
}

static struct kd_error *put(struct kd_known_job *j, struct kd_known *k, bool *ret_new)
{
	char id[KD_KNOWN_ID];
	struct kd_error *err;

	if (!k->id.n) {
		kd_known_id(k, id);
		k->id = kd_arena_view(j->s->arena, kd_view_of(id));
	}
	err = kd_db_begin(j->m->db);
	if (!err)
		err = kd_known_put(j->m->db, k, ret_new);
	if (!err)
		err = kd_db_commit(j->m->db);
	if (err)
		kd_db_rollback(j->m->db);
	return err;
}

static void tell_one(struct kd_known_job *j, const struct kd_known *k)
{
	static const struct kd_column columns[] = {{"how", "BY"}, {"value", "VALUE"}};
	struct kd_sheet *s = j->s;
	struct kd_table *t;

	kd_sheet_field(s, "id", "ID", kd_sheet_cell(s, k->id));
	kd_sheet_field(s, "title", "TITLE", kd_sheet_cell(s, k->title));
	kd_sheet_field(s, "status", "STATUS", kd_cell_text(kd_view_of(kd_known_status_name(k->status))));
	kd_sheet_field(s, "ticket", "TICKET", k->ticket.n ? kd_sheet_cell(s, k->ticket) : kd_cell_none("none"));
	kd_sheet_field(s, "fix", "FIX", k->fix.n ? kd_sheet_cell(s, k->fix) : kd_cell_none("none is named"));
	kd_sheet_field(s, "workaround", "WORKAROUND", k->workaround.n ? kd_sheet_cell(s, k->workaround) : kd_cell_none("none is named"));
	if (k->notes.n)
		kd_sheet_field(s, "remarks", "NOTES", kd_sheet_cell(s, k->notes));
	kd_sheet_field(s, "made", NULL, kd_know_when(s, k->made));
	kd_sheet_field(s, "changed", "CHANGED", kd_know_when(s, k->changed));
	kd_sheet_field(s, "who", "BY", kd_know_text(s, k->who));
	t = kd_sheet_table(s, "recognised_by", columns, KD_ARRAY_LEN(columns));
	t->title = "RECOGNISED BY";
	for (size_t i = 0; i < k->nby; i++) {
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_text(kd_view_of(kd_known_how_name(k->by[i].how)));
		row[1] = kd_sheet_cell(s, k->by[i].value);
	}
}

static struct kd_error *add(struct kd_known_job *j)
{
	struct kd_known k = {.status = KD_KNOWN_OPEN, .made = j->m->now};
	struct kd_error *err = j->o->nunmatch ? kd_error_new(KD_INVALID, "--unmatch goes with edit") : apply(j, &k);
	bool is_new = false;

	if (!err)
		err = put(j, &k, &is_new);
	if (err)
		return err;
	kd_sheet_say(j->s, is_new ? "%.*s is known from now on" : "%.*s was known already; it is now as said", KD_VARG(k.id));
	tell_one(j, &k);
	kd_sheet_next(j->s, "kdoc known match LOG");
	return NULL;
}

static struct kd_error *edit(struct kd_known_job *j)
{
	struct kd_known k;
	struct kd_error *err = kd_known_get(j->m->db, kd_view_of(j->args[0]), j->s->arena, &k);

	if (!err)
		err = apply(j, &k);
	if (!err)
		err = put(j, &k, NULL);
	if (err)
		return err;
	kd_sheet_say(j->s, "%.*s was changed", KD_VARG(k.id));
	tell_one(j, &k);
	return NULL;
}

static struct kd_error *retire(struct kd_known_job *j)
{
	struct kd_known k;
	struct kd_error *err = kd_known_get(j->m->db, kd_view_of(j->args[0]), j->s->arena, &k);

	if (err)
		return err;
	k.status = KD_KNOWN_RETIRED;
	k.changed = j->m->now;
	k.who = kd_view_of(j->m->who);
	err = put(j, &k, NULL);
	if (err)
		return err;
	kd_sheet_say(j->s, "%.*s is retired: nothing is recognised by it any more", KD_VARG(k.id));
	tell_one(j, &k);
	kd_sheet_next(j->s, "kdoc known edit %.*s --status=open", KD_VARG(k.id));
	return NULL;
}

/* ---- show, list ---- */

static struct kd_error *show(struct kd_known_job *j)
{
	struct kd_known k;
	struct kd_error *err = kd_known_get(j->m->db, kd_view_of(j->args[0]), j->s->arena, &k);

	if (err)
		return err;
	kd_sheet_say(j->s, "%.*s \"%.*s\" is %s", KD_VARG(k.id), KD_VARG(k.title), kd_known_status_name(k.status));
	tell_one(j, &k);
	return NULL;
}

void kd_known_table(struct kd_sheet *s, struct kd_table **t)
{
	static const struct kd_column columns[] = {{"id", "ID"},     {"status", "STATUS"}, {"ticket", "TICKET"}, {"fix", "FIX"},
						   {"matches", NULL}, {"changed", "CHANGED"}, {"workaround", NULL}, {"title", "TITLE"}};

	*t = kd_sheet_table(s, "known", columns, KD_ARRAY_LEN(columns));
}

void kd_known_row(struct kd_sheet *s, struct kd_table *t, const struct kd_known *k)
{
	const bool wants = kd_table_wants(t);
	struct kd_cell *row = kd_table_row(t);

	if (!wants)
		return;
	row[0] = kd_sheet_cell(s, k->id);
	row[1] = kd_cell_text(kd_view_of(kd_known_status_name(k->status)));
	row[2] = kd_know_text(s, k->ticket);
	row[3] = kd_know_text(s, kd_view_head(k->fix, 12));
	row[4] = kd_cell_uint(k->nby);
	row[5] = kd_know_when(s, k->changed);
	row[6] = kd_know_text(s, k->workaround);
	row[7] = kd_sheet_cell(s, k->title);
}

struct listing {
	struct kd_known_job *j;
	struct kd_table *t;
	uint64_t n, retired;
};

static struct kd_error *list_one(void *user, const struct kd_known *k)
{
	struct listing *l = user;

	if (k->status == KD_KNOWN_RETIRED && !l->j->o->all) {
		l->retired++;
		return NULL;
	}
	l->n++;
	if (l->t)
		kd_known_row(l->j->s, l->t, k);
	return NULL;
}

static struct kd_error *list(struct kd_known_job *j)
{
	struct listing l = {.j = j}, again = {.j = j};
	struct kd_error *err = kd_known_each(j->m->db, list_one, &l);

	if (err)
		return err;
	kd_sheet_say(j->s, "%" PRIu64 " known issue%s", l.n, l.n == 1 ? "" : "s");
	kd_known_table(j->s, &again.t);
	err = kd_known_each(j->m->db, list_one, &again);
	if (err)
		return err;
	if (l.retired)
		kd_sheet_note(j->s, "%" PRIu64 " retired: --all shows them", l.retired);
	j->s->none = !l.n;
	kd_sheet_next(j->s, l.n ? "kdoc known match LOG" : "kdoc known add --from=LOG --ticket=SYSTEM:KEY");
	return NULL;
}

/* ---- the words ---- */

static const struct word {
	const char *name;
	struct kd_error *(*fn)(struct kd_known_job *j);
	bool writes;
	size_t least, most;
	const char *args;
} words[] = {
	{"add", add, true, 0, 0, ""},
	{"list", list, false, 0, 0, ""},
	{"show", show, false, 1, 1, " ID"},
	{"edit", edit, true, 1, 1, " ID"},
	{"retire", retire, true, 1, 1, " ID"},
	{"match", kd_known_job_match, false, 1, KD_NPOS, " LOG…|ev-…|g-…"},
	{"import", kd_known_job_import, true, 1, 1, " DIR"},
	{"export", kd_known_job_export, false, 1, 1, " DIR"},
};

static const struct word *word_of(const char *name)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
		if (!strcmp(name, words[i].name))
			return &words[i];
	return NULL;
}

bool kd_known_changes(const char *word)
{
	const struct word *w = word_of(word);

	return w && w->writes;
}

struct kd_error *kd_known_ask(struct kd_memory *m, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct word *w = word_of(nargs ? args[0] : "list");
	struct kd_known_job j = {.m = m, .o = options, .args = args + !!nargs, .nargs = nargs - !!nargs, .s = s};

	if (!w)
		return kd_error_new(KD_INVALID, "'known %s': it is add, list, show, edit, retire, match, import or export", args[0]);
	if (j.nargs < w->least || j.nargs > w->most)
		return kd_error_new(KD_INVALID, "it is 'kdoc known %s%s'", w->name, w->args);
	return w->fn(&j);
}
