// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/alloc.h"
#include "render/head.h"
#include "render/source.h"

static void begin(struct kd_json *j)
{
	kd_json_begin_object(j);
	kd_render_head_json(j, "kdoc.source/1");
}

static void text(struct kd_json *j, const char *key, struct kd_view v)
{
	if (v.n)
		kd_json_kv_str(j, key, v);
}

static void flags(struct kd_json *j, uint32_t f)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{KD_BODY_STATIC, "static"},		{KD_BODY_MACRO, "unknown_macro"},
		{KD_BODY_KNOWN_MACRO, "macro"},		{KD_BODY_ALTERNATIVE, "alternative"},
		{KD_BODY_GUESSED_END, "guessed_end"}, {KD_BODY_ASM, "assembler"},
	};

	kd_json_key(j, "flags");
	kd_json_begin_array(j);
	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (f & names[i].bit)
			kd_json_strz(j, names[i].name);
	kd_json_end_array(j);
}

static void tree(struct kd_json *j, const struct kd_source_answer *a)
{
	const struct kd_tree_info *i = a->info;

	kd_json_key(j, "tree");
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "kind", kd_tree_kind_word(i->kind));
	kd_json_kv_str(j, "where", i->where);
	text(j, "at", i->at);
	kd_json_kv_strz(j, "binding", kd_tree_bind_word(i->bind));
	text(j, "name", i->name);
	text(j, "revision", i->revision);
	text(j, "version", i->version);
	text(j, "warning", i->warning);
	kd_json_key(j, "steps");
	kd_json_begin_array(j);
	for (size_t n = 0; n < i->nsteps; n++) {
		kd_json_begin_object(j);
		kd_json_kv_str(j, "what", i->steps[n].what);
		kd_json_kv_str(j, "outcome", i->steps[n].outcome);
		kd_json_kv_bool(j, "found", i->steps[n].found);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
	kd_json_key(j, "trees_passed_over");
	kd_json_begin_array(j);
	for (size_t n = 0; n < a->ntried; n++) {
		kd_json_begin_object(j);
		kd_json_kv_str(j, "tree", a->tried[n].tree);
		kd_json_kv_str(j, "why", a->tried[n].why);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void definition(struct kd_json *j, const struct kd_srcindex_def *d)
{
	kd_json_kv_str(j, "file", d->file);
	kd_json_kv_u64(j, "first_line", d->start);
	kd_json_kv_u64(j, "line", d->line);
	kd_json_kv_u64(j, "last_line", d->close);
	flags(j, d->flags);
}

static void definitions(struct kd_json *j, const struct kd_source_answer *a)
{
	kd_json_key(j, "definitions");
	kd_json_begin_array(j);
	for (size_t i = 0; i < a->ndefs; i++) {
		kd_json_begin_object(j);
		definition(j, &a->defs[i].def);
		text(j, "note", a->defs[i].note);
		kd_json_kv_bool(j, "ruled_out", a->defs[i].out);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static const char *fit_word(enum kd_place_fit f)
{
	static const char *const words[] = {
		[KD_PLACE_FITS] = "fits",
		[KD_PLACE_NO_LINE] = "no_line",
		[KD_PLACE_NO_FUNCTION] = "no_function",
		[KD_PLACE_OTHER_FUNCTION] = "other_function",
		[KD_PLACE_NOT_THERE] = "not_there",
	};

	return words[f];
}

static void place(struct kd_json *j, const struct kd_source_answer *a)
{
	char digest[2 * KD_SHA256_LEN + 1];
	const struct kd_place *p = &a->place;

	kd_json_key(j, "place");
	kd_json_begin_object(j);
	kd_json_kv_str(j, "file", p->path);
	text(j, "function", p->body.name);
	text(j, "macro", p->body.macro);
	kd_json_kv_u64(j, "first_line", p->first);
	kd_json_kv_u64(j, "last_line", p->last);
	if (p->marked)
		kd_json_kv_u64(j, "marked", p->marked);
	kd_json_kv_strz(j, "fit", fit_word(p->fit));
	text(j, "warning", p->warning);
	if (a->compiled)
		kd_json_kv_strz(j, "compiled", a->compiled == KD_COMPILED_SAME	 ? "same"
					       : a->compiled == KD_COMPILED_OTHER ? "other"
										  : "unknown");
	flags(j, p->body.flags);
	if (a->has_evidence) {
		kd_json_kv_strz(j, "evidence", a->evidence.id);
		kd_json_kv_strz(j, "locator", a->evidence.locator);
		kd_hex(a->evidence.digest, sizeof(a->evidence.digest), digest);
		kd_json_kv_strz(j, "digest", digest); /* so that the ledger can take it and look again */
	}
	kd_json_key(j, "lines");
	kd_json_begin_array(j);
	for (uint32_t n = p->first; n && n <= p->last; n++)
		kd_json_str(j, kd_place_line(p, n));
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static void callers(struct kd_json *j, const struct kd_source_answer *a)
{
	kd_json_key(j, "mentions");
	kd_json_begin_array(j);
	for (size_t i = 0; i < a->ncallers; i++) {
		const struct kd_source_caller *c = &a->callers[i];

		kd_json_begin_object(j);
		kd_json_kv_str(j, "file", c->file);
		kd_json_kv_u64(j, "line", c->line);
		kd_json_kv_strz(j, "kind", kd_ref_kind_word(c->kind));
		text(j, "function", c->in);
		kd_json_kv_str(j, "text", c->text);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_kv_u64(j, "mentions_over_limit", a->callers_more);
	kd_json_kv_u64(j, "files_looked_at", a->files_looked);
	kd_json_kv_u64(j, "files_not_looked_at", a->files_left);
}

static void commit(struct kd_json *j, const struct kd_commit_line *c)
{
	kd_json_begin_object(j);
	kd_json_kv_str(j, "id", c->commit);
	text(j, "date", c->date);
	kd_json_kv_str(j, "author", c->author);
	kd_json_kv_str(j, "subject", c->subject);
	kd_json_end_object(j);
}

static void history(struct kd_json *j, const struct kd_source_answer *a)
{
	kd_json_key(j, "history");
	kd_json_begin_object(j);
	text(j, "why_not", a->history_why_not);
	if (a->has_history) {
		if (a->blame.found) {
			kd_json_key(j, "line");
			commit(j, &a->blame.commit);
			kd_json_kv_bool(j, "history_begins_there", a->blame.boundary);
		}
		kd_json_key(j, "function");
		kd_json_begin_array(j);
		for (size_t i = 0; i < a->ncommits; i++)
			commit(j, &a->commits[i]);
		kd_json_end_array(j);
		kd_json_kv_bool(j, "cut", a->history_cut);
	}
	kd_json_end_object(j);
}

static void maint_section(struct kd_json *j, const struct kd_maint_section *s)
{
	char by[2] = {s->by, 0};

	kd_json_begin_object(j);
	kd_json_kv_str(j, "title", s->title);
	text(j, "status", s->status);
	kd_json_kv_strz(j, "by", by);
	kd_json_kv_str(j, "pattern", s->pattern);
	kd_json_key(j, "trees");
	kd_json_begin_array(j);
	for (size_t i = 0; i < s->nlines; i++)
		if (s->lines[i].type == 'T')
			kd_json_str(j, s->lines[i].value);
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static void maintainers(struct kd_json *j, const struct kd_source_answer *a)
{
	const struct kd_maint_answer *m = &a->maint;

	kd_json_key(j, "maintainers");
	kd_json_begin_object(j);
	text(j, "why_not", a->maintainers_why_not);
	kd_json_key(j, "sections");
	kd_json_begin_array(j);
	for (size_t i = 0; i < m->nsections; i++)
		maint_section(j, &m->sections[i]);
	kd_json_end_array(j);
	kd_json_key(j, "addresses");
	kd_json_begin_array(j);
	for (size_t i = 0; i < m->naddresses; i++) {
		const struct kd_maint_address *x = &m->addresses[i];

		kd_json_begin_object(j);
		kd_json_kv_str(j, "address", x->address);
		kd_json_kv_strz(j, "role",
				x->role == 'M' ? "maintainer" : x->role == 'R' ? "reviewer" : "list");
		text(j, "note", x->note);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_kv_u64(j, "patterns_not_asked", m->skipped);
	kd_json_kv_bool(j, "over_limit", m->over_limit);
	kd_json_end_object(j);
}

static void index_of(struct kd_json *j, const struct kd_source_answer *a)
{
	kd_json_key(j, "index");
	kd_json_begin_object(j);
	kd_json_kv_u64(j, "files", a->index.files);
	kd_json_kv_u64(j, "names", a->index.names);
	kd_json_kv_u64(j, "definitions", a->index.defs);
	kd_json_kv_u64(j, "files_not_read", a->index.unread);
	kd_json_kv_bool(j, "cut", a->index.cut);
	if (a->index.cache_problem)
		kd_json_kv_strz(j, "problem", a->index.cache_problem);
	kd_json_end_object(j);
}

void kd_render_source_json(struct kd_json *j, const struct kd_source_answer *a)
{
	begin(j);
	tree(j, a);
	text(j, "function", a->func);
	text(j, "looked_up_as", a->key);
	text(j, "choice", a->choice);
	definitions(j, a);
	if (a->has_index)
		index_of(j, a);
	if (a->has_place)
		place(j, a);
	callers(j, a);
	if (a->has_history || a->history_why_not.n)
		history(j, a);
	if (a->has_place)
		maintainers(j, a);
	kd_json_end_object(j);
}

void kd_render_source_list_begin(struct kd_json *j)
{
	begin(j);
	kd_json_key(j, "functions");
	kd_json_begin_array(j);
}

void kd_render_source_list_row(struct kd_json *j, struct kd_view name, const struct kd_srcindex_def *d)
{
	kd_json_begin_object(j);
	kd_json_kv_str(j, "function", name);
	definition(j, d);
	kd_json_end_object(j);
}

void kd_render_source_list_end(struct kd_json *j, uint64_t count)
{
	kd_json_end_array(j);
	kd_json_kv_u64(j, "count", count);
	kd_json_end_object(j);
}
