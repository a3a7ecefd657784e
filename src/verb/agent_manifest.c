// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of what kdoc wrote for an agent program, and what it may hold. */
#include "base/alloc.h"
#include "base/json.h"
#include "base/jsonin.h"
#include "verb/agent_internal.h"

#define SCHEMA "kdoc.agent-files/1"

/* One name of a folder or file: nothing that leads elsewhere. */
static bool is_plain(struct kd_view name)
{
	if (!name.n || *name.p == '.')
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!kd_is_alnum(name.p[i]) && name.p[i] != '-' && name.p[i] != '_' && name.p[i] != '.')
			return false;
	return true;
}

static bool is_skill(const char *folder, struct kd_view path)
{
	struct kd_view name;

	return folder && kd_view_skip(&path, kd_view_of(folder)) && kd_view_take_until(&path, KD_V("/"), &name) && is_plain(name) &&
	       kd_view_eq(path, KD_V("SKILL.md"));
}

static bool is_command(const char *folder, const char *ending, struct kd_view path)
{
	return folder && kd_view_skip(&path, kd_view_of(folder)) && is_plain(path) && kd_view_ends(path, kd_view_of(ending));
}

bool kd_agent_owns(enum kd_agent agent, struct kd_view path)
{
	const struct kd_agent_layout *l = kd_agent_layout(agent);

	return is_skill(l->skills, path) || is_skill(l->former_skills, path) || is_command(l->commands, l->ending, path) ||
	       is_command(l->former_commands, l->ending, path);
}

static bool is_config(enum kd_agent agent, struct kd_view path)
{
	for (const char *const *n = kd_agent_layout(agent)->settings; *n; n++)
		if (kd_view_eq(path, kd_view_of(*n)))
			return true;
	return false;
}

/* On the way to it, or what is in it directly where that is a folder, too (of a skill). */
static bool leads_to(const char *folder, bool inside, struct kd_view path)
{
	struct kd_view rest = path, part;

	if (!folder)
		return false;
	if (kd_view_starts(kd_view_of(folder), path))
		return path.n && path.p[path.n - 1] != '/';
	return inside && kd_view_skip(&rest, kd_view_of(folder)) && !kd_view_take_until(&rest, KD_V("/"), &part) && is_plain(rest);
}

/* A folder on the way to something that kdoc writes. */
static bool is_folder(enum kd_agent agent, struct kd_view path)
{
	const struct kd_agent_layout *l = kd_agent_layout(agent);

	if (kd_view_eq(path, KD_V(".kdoc")) || kd_view_eq(path, KD_V(".kdoc/agents")) || kd_view_eq(path, KD_V(".codex")))
		return true;
	return leads_to(l->skills, true, path) || leads_to(l->former_skills, true, path) || leads_to(l->commands, false, path) ||
	       leads_to(l->former_commands, false, path);
}

static struct kd_view text_of(struct kd_jval o, const char *key, struct kd_arena *a)
{
	struct kd_view v;

	return kd_jsonin_str(kd_jsonin_get(o, key), &v) ? kd_arena_view(a, v) : KD_VNULL;
}

static bool is_digest(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_xdigit(v.p[i]))
			return false;
	return v.n == AGENT_DIGEST;
}

static bool read_file(enum kd_agent agent, struct kd_jval o, struct kd_arena *a, struct agent_manifest *m)
{
	struct agent_entry *e = kd_avec_push(a, &m->file, AGENT_FILES_MAX);

	if (!e)
		return false;
	e->path = text_of(o, "path", a);
	e->sha = text_of(o, "sha256", a);
	e->was = text_of(o, "was", a);
	return kd_agent_owns(agent, e->path) && is_digest(e->sha) && (!e->was.p || is_digest(e->was));
}

static bool read_config(enum kd_agent agent, struct kd_jval o, struct kd_arena *a, struct agent_config *c)
{
	if (kd_jsonin_type(o) == KD_JABSENT)
		return true;
	c->path = text_of(o, "path", a);
	c->value = text_of(o, "value", a);
	c->was_value = text_of(o, "was_value", a);
	c->before = text_of(o, "before", a);
	c->after = text_of(o, "after", a);
	kd_jsonin_bool(kd_jsonin_get(o, "created"), &c->created);
	kd_jsonin_bool(kd_jsonin_get(o, "section"), &c->section);
	kd_jsonin_bool(kd_jsonin_get(o, "kept"), &c->kept);
	if (c->before.p && (!kd_jsonin_u64(kd_jsonin_get(o, "at"), &c->at) || !kd_jsonin_u64(kd_jsonin_get(o, "bytes"), &c->n)))
		return false;
	return is_config(agent, c->path) && c->value.n && is_digest(c->after);
}

static bool read_texts(struct kd_jval array, struct kd_arena *a, struct kd_views *ret)
{
	for (size_t i = 0; i < kd_jsonin_len(array); i++) {
		struct kd_view v, *slot;

		if (!kd_jsonin_str(kd_jsonin_at(array, i), &v))
			return false;
		slot = kd_avec_push(a, ret, AGENT_FILES_MAX);
		if (!slot)
			return false;
		*slot = kd_arena_view(a, v);
	}
	return true;
}

static bool read_all(enum kd_agent agent, struct kd_jval root, struct kd_arena *a, struct agent_manifest *m)
{
	struct kd_jval files = kd_jsonin_get(root, "files");

	if (!kd_view_eq(text_of(root, "schema", a), KD_V(SCHEMA)) ||
	    !kd_view_eq(text_of(root, "agent", a), kd_view_of(kd_agent_name(agent))))
		return false;
	m->kdoc = text_of(root, "kdoc", a);
	for (size_t i = 0; i < kd_jsonin_len(files); i++)
		if (!read_file(agent, kd_jsonin_at(files, i), a, m))
			return false;
	if (!read_texts(kd_jsonin_get(root, "args"), a, &m->args) || !read_texts(kd_jsonin_get(root, "folders"), a, &m->folders))
		return false;
	for (size_t i = 0; i < m->folders.n; i++)
		if (!is_folder(agent, m->folders.v[i]))
			return false;
	return m->kdoc.p && m->args.n && read_config(agent, kd_jsonin_get(root, "config"), a, &m->config);
}

struct kd_error *kd_agent_manifest_read(enum kd_agent agent, struct kd_view text, struct kd_arena *a, struct agent_manifest *ret)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_jsonin_parse(text, NULL, &doc);

	if (err)
		return err;
	if (!read_all(agent, kd_jsonin_root(doc), a, ret))
		return kd_error_new(KD_BADDATA, "this is no list that kdoc wrote for %s", kd_agent_title(agent));
	ret->there = true;
	return NULL;
}

const struct agent_entry *kd_agent_manifest_find(const struct agent_manifest *m, struct kd_view path)
{
	for (size_t i = 0; i < m->file.n; i++)
		if (kd_view_eq(m->file.v[i].path, path))
			return &m->file.v[i];
	return NULL;
}

static void put_text(struct kd_json *j, const char *key, struct kd_view v)
{
	if (v.p)
		kd_json_kv_str(j, key, v);
}

static void put_texts(struct kd_json *j, const char *key, const struct kd_views *v)
{
	kd_json_key(j, key);
	kd_json_begin_array(j);
	for (size_t i = 0; i < v->n; i++)
		kd_json_str(j, v->v[i]);
	kd_json_end_array(j);
}

static void put_config(struct kd_json *j, const struct agent_config *c)
{
	kd_json_key(j, "config");
	kd_json_begin_object(j);
	put_text(j, "path", c->path);
	put_text(j, "value", c->value);
	put_text(j, "was_value", c->was_value);
	put_text(j, "after", c->after);
	if (c->before.p) {
		put_text(j, "before", c->before);
		kd_json_kv_u64(j, "at", c->at);
		kd_json_kv_u64(j, "bytes", c->n);
	}
	kd_json_kv_bool(j, "created", c->created);
	kd_json_kv_bool(j, "section", c->section);
	kd_json_kv_bool(j, "kept", c->kept);
	kd_json_end_object(j);
}

struct kd_view kd_agent_manifest_text(enum kd_agent agent, const struct agent_manifest *m, struct kd_arena *a)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(AGENT_FILE_MAX);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_json j;

	kd_json_init(&j, &b, KD_JSON_PRETTY);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "schema", SCHEMA);
	kd_json_kv_strz(&j, "agent", kd_agent_name(agent));
	put_text(&j, "kdoc", m->kdoc);
	put_texts(&j, "args", &m->args);
	put_texts(&j, "folders", &m->folders);
	if (m->config.path.p)
		put_config(&j, &m->config);
	kd_json_key(&j, "files");
	kd_json_begin_array(&j);
	for (size_t i = 0; i < m->file.n; i++) {
		kd_json_begin_object(&j);
		put_text(&j, "path", m->file.v[i].path);
		put_text(&j, "sha256", m->file.v[i].sha);
		put_text(&j, "was", m->file.v[i].was);
		kd_json_end_object(&j);
	}
	kd_json_end_array(&j);
	kd_json_end_object(&j);
	err = kd_json_finish(&j);
	return err ? KD_VNULL : kd_arena_view(a, kd_buf_view(&b));
}
