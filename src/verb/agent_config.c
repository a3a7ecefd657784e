// SPDX-License-Identifier: GPL-2.0-or-later
/* kdoc's entry in the settings of agent programs. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/jsonedit.h"
#include "base/tomledit.h"
#include "verb/agent_internal.h"

#define NAME "kdoc"
#define SCHEMA_OF_OPENCODE "{\"$schema\": \"https://opencode.ai/config.json\"}"

static bool is_toml(const struct agent_plan *p)
{
	return kd_agent_layout(p->agent)->form == KD_AGENT_CODEX;
}

static const char *section(const struct agent_plan *p)
{
	return kd_agent_layout(p->agent)->section;
}

/* ---- the entry ---- */

static void put_args(struct kd_json *j, const struct kd_views *args, size_t from)
{
	kd_json_begin_array(j);
	for (size_t i = from; i < args->n; i++)
		kd_json_str(j, args->v[i]);
	kd_json_end_array(j);
}

static void put_json(struct kd_json *j, enum kd_agent form, const struct kd_views *args)
{
	kd_json_begin_object(j);
	if (form == KD_AGENT_OPENCODE) {
		kd_json_kv_strz(j, "type", "local");
		kd_json_key(j, "command");
		put_args(j, args, 0);
		kd_json_kv_bool(j, "enabled", true);
	} else {
		if (form == KD_AGENT_CLAUDE)
			kd_json_kv_strz(j, "type", "stdio");
		kd_json_kv_str(j, "command", args->v[0]);
		kd_json_key(j, "args");
		put_args(j, args, 1);
	}
	kd_json_end_object(j);
}

/* JSON in one line; what it writes of strings and arrays is TOML, too. */
static struct kd_view entry_text(struct agent_plan *p)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(64 << 10), list = KD_BUF_INIT(64 << 10), command = KD_BUF_INIT(64 << 10);
	kd_auto(kd_error_freep) struct kd_error *err = NULL, *err2 = NULL;
	const struct kd_views *args = &p->fresh.args;
	struct kd_json j;

	if (!is_toml(p)) {
		kd_json_init(&j, &b, KD_JSON_COMPACT);
		put_json(&j, kd_agent_layout(p->agent)->form, args);
		err = kd_json_finish(&j);
		return err ? KD_VNULL : kd_arena_view(p->arena, kd_view_trim(kd_buf_view(&b)));
	}
	kd_json_init(&j, &list, KD_JSON_COMPACT);
	put_args(&j, args, 1);
	err = kd_json_finish(&j);
	kd_json_init(&j, &command, KD_JSON_COMPACT);
	kd_json_str(&j, args->v[0]);
	err2 = kd_json_finish(&j);
	if (err || err2)
		return KD_VNULL;
	return kd_arena_printf(p->arena, KD_TOMLEDIT_BEGIN "[%s.%s]\ncommand = %.*s\nargs = %.*s\n" KD_TOMLEDIT_END,
			       section(p), NAME, KD_VARG(kd_view_trim(kd_buf_view(&command))),
			       KD_VARG(kd_view_trim(kd_buf_view(&list))));
}

static struct kd_view new_file(struct agent_plan *p, struct kd_view entry)
{
	if (is_toml(p))
		return entry;
	return kd_arena_printf(p->arena, "{\n%s  \"%s\": {\n    \"%s\": %.*s\n  }\n}\n",
			       kd_agent_layout(p->agent)->form == KD_AGENT_OPENCODE ? "  \"$schema\": \"https://opencode.ai/config.json\",\n" : "",
			       section(p), NAME, KD_VARG(entry));
}

/* ---- the entry in a text ---- */

struct place {
	bool has; /* the entry is there */
	struct kd_view value, foreign; /* of the entry; or why it cannot be put there */
	struct kd_jsonplace json;
	struct kd_tomlplace toml;
};

static void find_toml(struct agent_plan *p, struct kd_view text, struct place *ret)
{
	kd_auto(kd_error_freep) struct kd_error *err = kd_tomledit_find(text, section(p), NAME, &ret->toml);

	if (err)
		ret->foreign = kd_arena_printf(p->arena, "%s (byte %lld)", err->msg, (long long)err->offset);
	else if (ret->toml.foreign)
		ret->foreign = kd_arena_printf(p->arena, "has a table %s.%s of its own, or %s in one line (byte %zu)",
					       section(p), NAME, section(p), ret->toml.foreign_at);
	else if (ret->toml.has_block) {
		ret->has = true;
		ret->value = kd_view(text.p + ret->toml.start, ret->toml.end - ret->toml.start);
	}
}

static void find(struct agent_plan *p, struct kd_view text, struct place *ret)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	const struct kd_jsonmember *m = &ret->json.key_member;

	*ret = (struct place){0};
	if (is_toml(p)) {
		find_toml(p, text, ret);
		return;
	}
	err = kd_jsonedit_find(text, section(p), NAME, &ret->json);
	if (err) {
		ret->foreign = kd_arena_printf(p->arena, "%s (byte %lld)", err->msg, (long long)err->offset);
	} else if (ret->json.has_key) {
		ret->has = true;
		ret->value = kd_view(text.p + m->value, m->end - m->value);
	}
}

static bool same(const struct agent_plan *p, struct kd_view a, struct kd_view b)
{
	return a.n && b.n && (is_toml(p) ? kd_view_eq(a, b) : kd_jsonedit_same(a, b));
}

static struct kd_view replaced(struct agent_plan *p, struct kd_view text, const struct place *at, struct kd_view value)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2 * AGENT_FILE_MAX);

	if (is_toml(p)) {
		kd_buf_add(&b, kd_view_head(text, at->toml.start));
		kd_buf_add(&b, value);
		kd_buf_add(&b, kd_view_from(text, at->toml.end));
	} else {
		kd_jsonedit_replace(text, &at->json, value, &b);
	}
	return b.overflow ? KD_VNULL : kd_arena_view(p->arena, kd_buf_view(&b));
}

static struct kd_view added(struct agent_plan *p, struct kd_view text, const struct place *at, struct kd_view value)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2 * AGENT_FILE_MAX);
	struct agent_config *c = &p->fresh.config;
	size_t where = text.n, n;

	if (is_toml(p)) {
		kd_buf_add(&b, text);
		kd_buf_add(&b, !text.n ? KD_V("") : text.p[text.n - 1] == '\n' ? KD_V("\n") : KD_V("\n\n"));
		kd_buf_add(&b, value);
		n = b.n - text.n;
	} else {
		kd_jsonedit_add(text, &at->json, section(p), NAME, value, &b, &where, &n);
		c->section = !at->json.has_section;
	}
	c->at = where;
	c->n = n;
	c->before = kd_agent_digest(p->arena, text);
	return b.overflow ? KD_VNULL : kd_arena_view(p->arena, kd_buf_view(&b));
}

/* The text without the entry, when somebody else changed it since. */
static struct kd_view without(struct agent_plan *p, struct kd_view text, const struct place *at)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2 * AGENT_FILE_MAX);
	size_t start = at->toml.start;

	if (is_toml(p)) {
		if (start >= 2 && text.p[start - 1] == '\n' && text.p[start - 2] == '\n')
			start--; /* the empty line before it */
		kd_buf_add(&b, kd_view_head(text, start));
		kd_buf_add(&b, kd_view_from(text, at->toml.end));
	} else {
		kd_jsonedit_remove(text, &at->json, p->old.config.section && at->json.section.n == 1, &b);
	}
	if (b.overflow)
		return KD_VNULL;
	return b.n ? kd_arena_view(p->arena, kd_buf_view(&b)) : KD_V("");
}

/* ---- with the list of what was written ---- */

static bool is_digest_of(struct agent_plan *p, struct kd_view text, struct kd_view digest)
{
	return digest.n && kd_view_eq(kd_agent_digest(p->arena, text), digest);
}

/* The file still is what kdoc left, and what it was before can be had: exactly that. */
static bool before(struct agent_plan *p, struct kd_view text, struct kd_view *ret)
{
	const struct agent_config *c = &p->old.config;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2 * AGENT_FILE_MAX);

	if (!c->before.p || c->at > text.n || c->n > text.n - c->at || !is_digest_of(p, text, c->after))
		return false;
	kd_buf_add(&b, kd_view_head(text, (size_t)c->at));
	kd_buf_add(&b, kd_view_from(text, (size_t)(c->at + c->n)));
	if (!is_digest_of(p, kd_buf_view(&b), c->before))
		return false;
	*ret = b.n ? kd_arena_view(p->arena, kd_buf_view(&b)) : KD_V("");
	return true;
}

static struct kd_error *read_settings(struct agent_plan *p, struct kd_view *path, struct kd_view *text, mode_t *mode, struct kd_view *why)
{
	const char *const *names = kd_agent_layout(p->agent)->settings;

	*mode = 0;
	if (p->old.config.path.p) {
		*path = p->old.config.path;
		return kd_agent_read(p, *path, text, mode, why);
	}
	for (size_t i = 0; names[i]; i++) {
		struct kd_error *err;

		*path = kd_view_of(names[i]);
		err = kd_agent_read(p, *path, text, mode, why);
		if (err || text->p || why->p)
			return err;
	}
	*path = kd_view_of(names[0]);
	return NULL;
}

/* A text is there that does not hold kdoc's entry of the last time in its own form: add, replace, or refuse. */
static void merge(struct agent_plan *p, struct agent_file *f, struct kd_view entry)
{
	const struct agent_config *old = &p->old.config;
	struct agent_config *c = &p->fresh.config;
	struct kd_view base = f->before;
	struct place at;

	c->created = old->created;
	c->section = old->section;
	if (before(p, f->before, &base))
		c->created = false;
	find(p, base, &at);
	if (at.foreign.p) {
		f->action = AGENT_REFUSED;
		f->why = at.foreign;
	} else if (!at.has) {
		f->after = added(p, base, &at, entry);
	} else if (old->kept ? same(p, at.value, entry) : same(p, at.value, old->value) || same(p, at.value, old->was_value)) {
		c->kept = old->kept;
		f->after = same(p, at.value, entry) ? f->before : replaced(p, base, &at, entry);
	} else if (same(p, at.value, entry)) {
		c->kept = true;
		f->after = f->before;
		f->why = KD_V("this entry was there before kdoc setup install; uninstalling leaves it");
	} else {
		f->action = AGENT_REFUSED;
		f->why = old->path.p ? KD_V("its entry kdoc was changed since: take it out, or put back what it was")
				     : KD_V("has another entry kdoc: rename or remove it");
	}
}

/* The file is there as kdoc made it: made anew. */
static bool is_made(struct agent_plan *p, struct kd_view text)
{
	const struct agent_config *old = &p->old.config;

	return old->created && (kd_view_eq(text, new_file(p, old->value)) ||
				(old->was_value.n && kd_view_eq(text, new_file(p, old->was_value))));
}

static void note_old(struct agent_plan *p)
{
	const struct agent_config *old = &p->old.config;
	struct agent_config *c = &p->fresh.config;

	if (!old->path.p)
		return;
	c->was_value = kd_view_eq(old->value, c->value) ? old->was_value : old->value;
	if (kd_view_eq(old->after, c->after)) { /* nothing changes: what is known stays */
		c->before = old->before;
		c->at = old->at;
		c->n = old->n;
	}
}

struct kd_error *kd_agent_config_install(struct agent_plan *p)
{
	struct agent_config *c = &p->fresh.config;
	struct kd_view entry = entry_text(p), path, text, why;
	struct agent_file *f;
	mode_t mode;
	struct kd_error *err = entry.p ? read_settings(p, &path, &text, &mode, &why) : kd_error_new(KD_LIMIT, "the roots are too long");

	if (err)
		return err;
	f = kd_agent_plan_add(p, path, why.p ? AGENT_REFUSED : text.p ? AGENT_MERGED : AGENT_NEW, NULL);
	if (!f)
		return kd_error_new(KD_LIMIT, "too many files");
	f->settings = true;
	f->mode = mode;
	f->before = text;
	f->why = why;
	c->path = path;
	c->value = entry;
	if (why.p)
		return NULL;
	if (!text.p || is_made(p, text)) {
		c->created = c->section = true;
		f->after = new_file(p, entry);
	} else {
		merge(p, f, entry);
	}
	if (f->action == AGENT_REFUSED)
		return NULL;
	if (!f->after.p)
		return kd_error_new(KD_LIMIT, "%.*s is too long", KD_VARG(path));
	c->after = kd_agent_digest(p->arena, f->after);
	note_old(p);
	if (text.p && kd_view_eq(f->after, text))
		f->action = AGENT_SAME;
	if (!text.p)
		kd_agent_note_folders(p, path);
	return NULL;
}

/* Is nothing left but what kdoc put there when it made the file? */
static bool is_empty(const struct agent_plan *p, struct kd_view text)
{
	if (is_toml(p))
		return !kd_view_trim(text).n;
	return kd_jsonedit_same(text, KD_V("{}")) || kd_jsonedit_same(text, KD_V(SCHEMA_OF_OPENCODE));
}

static void take_out(struct agent_plan *p, struct agent_file *f)
{
	const struct agent_config *old = &p->old.config;
	struct place at;

	if (is_made(p, f->before)) {
		f->action = AGENT_REMOVED;
		return;
	}
	if (before(p, f->before, &f->after))
		return;
	find(p, f->before, &at);
	if (at.foreign.p) {
		f->action = AGENT_LEFT;
		f->why = at.foreign;
	} else if (!at.has) {
		f->action = AGENT_SAME;
		f->why = KD_V("the entry is gone already");
	} else if (!same(p, at.value, old->value) && !same(p, at.value, old->was_value)) {
		f->action = AGENT_LEFT;
		f->why = KD_V("its entry kdoc was changed since: take it out yourself");
	} else {
		f->after = without(p, f->before, &at);
		if (old->created && is_empty(p, f->after)) {
			f->action = AGENT_REMOVED;
			f->after = KD_VNULL;
		}
	}
}

struct kd_error *kd_agent_config_uninstall(struct agent_plan *p)
{
	const struct agent_config *old = &p->old.config;
	struct kd_view text, why;
	struct agent_file *f;
	mode_t mode = 0;
	struct kd_error *err;

	if (!old->path.p)
		return NULL;
	err = kd_agent_read(p, old->path, &text, &mode, &why);
	if (err || (!text.p && !why.p))
		return err;
	f = kd_agent_plan_add(p, old->path, why.p || old->kept ? AGENT_LEFT : AGENT_RESTORED, NULL);
	if (!f)
		return kd_error_new(KD_LIMIT, "too many files");
	f->settings = true;
	f->mode = mode;
	f->before = text;
	f->why = why.p ? why : old->kept ? KD_V("its entry was there before kdoc setup install") : KD_VNULL;
	if (f->action == AGENT_RESTORED)
		take_out(p, f);
	return NULL;
}

struct kd_error *kd_agent_config_look(struct agent_plan *p, bool *ret_entry, struct kd_view *why)
{
	const struct agent_config *old = &p->old.config;
	struct kd_view text;
	struct place at;
	mode_t mode;
	struct kd_error *err = kd_agent_read(p, old->path, &text, &mode, why);

	*ret_entry = false;
	if (err || !text.p)
		return err;
	find(p, text, &at);
	if (at.foreign.p)
		*why = at.foreign;
	*ret_entry = at.has && (same(p, at.value, old->value) || same(p, at.value, old->was_value));
	return NULL;
}
