// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/agent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/shellword.h"
#include "verb/agent_internal.h"
#include "verb/version.h"

/* ---- what is there, what is wanted ---- */

/* For all projects of the user: below the home folder, where each program looks. */
static struct kd_error *users_folder(enum kd_agent agent, struct kd_arena *a, const char **ret)
{
	const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");

	if (!home || *home != '/')
		return kd_error_new(KD_INVALID, "--user needs HOME, the home folder");
	if (agent == KD_AGENT_OPENCODE_USER && config && *config == '/' &&
	    !kd_view_eq(kd_view_of(config), kd_arena_printf(a, "%s/.config", home)))
		return kd_error_new(KD_UNSUPPORTED, "XDG_CONFIG_HOME is %s: OpenCode looks there, and --user writes to ~/.config alone", config);
	*ret = home;
	return NULL;
}

/* Where it is to be done, and by which layout. *ret_lock as of kd_agent_lock(). */
static struct kd_error *begin(enum kd_agent *agent, const struct kd_agent_options *o, struct kd_arena *a, const char **ret_dir, int *ret_lock)
{
	struct kd_error *err = NULL;

	*ret_dir = o->dir ? o->dir : ".";
	if (o->user) {
		*agent = kd_agent_layout(*agent)->user;
		err = users_folder(*agent, a, ret_dir);
	}
	return err || !o->write ? err : kd_agent_lock(*ret_dir, ret_lock);
}

static struct kd_error *open_plan(struct agent_plan *p, enum kd_agent agent, const char *dir, struct kd_arena *a)
{
	struct kd_view why;
	struct stat sb;
	mode_t mode;
	struct kd_error *err;

	*p = (struct agent_plan){.agent = agent, .dir = dir, .arena = a};
	if (stat(p->dir, &sb))
		return kd_error_errno(errno, "%s", p->dir);
	if (!S_ISDIR(sb.st_mode))
		return kd_error_new(KD_INVALID, "%s is no folder", p->dir);
	p->manifest_path = kd_arena_printf(a, ".kdoc/agents/%s.json", kd_agent_name(agent));
	err = kd_agent_read(p, p->manifest_path, &p->manifest_text, &mode, &why);
	if (!err && why.p)
		err = kd_error_new(KD_BADDATA, "%s/%.*s: %.*s", p->dir, KD_VARG(p->manifest_path), KD_VARG(why));
	if (err || !p->manifest_text.p)
		return err;
	err = kd_agent_manifest_read(agent, p->manifest_text, a, &p->old);
	return kd_error_wrap(err, "%s/%.*s (delete it, and kdoc takes what is there for somebody else's)", p->dir,
			     KD_VARG(p->manifest_path));
}

static struct kd_error *push_arg(struct agent_plan *p, struct kd_view arg)
{
	struct kd_view *slot = kd_avec_push(p->arena, &p->fresh.args, AGENT_FILES_MAX);

	if (!slot)
		return kd_error_new(KD_LIMIT, "too many roots");
	*slot = arg;
	return NULL;
}

/* Is it a program? *ret_sb: its file. */
static bool is_program(const char *path, struct stat *ret_sb)
{
	return path && !stat(path, ret_sb) && S_ISREG(ret_sb->st_mode) && (ret_sb->st_mode & 0111);
}

/* "kdoc" where PATH leads to this very program, else where it is. */
static struct kd_error *own_command(struct kd_arena *a, struct kd_view *ret)
{
	kd_auto(kd_freep) char *self = realpath("/proc/self/exe", NULL);
	struct kd_view path = kd_view_of(getenv("PATH")), dir;
	struct stat me, other;

	if (!self || stat(self, &me))
		return kd_error_errno(errno, "finding this program (--command=PATH says which)");
	*ret = kd_arena_view(a, kd_view_of(self));
	while (kd_view_take_part(&path, KD_V(":"), &dir)) {
		const char *candidate;

		candidate = dir.n && *dir.p == '/' ? kd_arena_printf(a, "%.*s/kdoc", KD_VARG(dir)).p : NULL;
		if (!is_program(candidate, &other))
			continue;
		if (me.st_dev == other.st_dev && me.st_ino == other.st_ino)
			*ret = KD_V("kdoc");
		return NULL; /* the first one is what is started */
	}
	return NULL;
}

static struct kd_error *push_root(struct agent_plan *p, const char *root)
{
	kd_auto(kd_freep) char *full = realpath(root, NULL);
	struct kd_error *err;
	struct stat sb;

	if (!full || stat(full, &sb))
		return kd_error_errno(errno, "--root=%s", root);
	if (!S_ISDIR(sb.st_mode))
		return kd_error_new(KD_INVALID, "--root=%s is no folder", root);
	err = push_arg(p, KD_V("--root"));
	return err ? err : push_arg(p, kd_arena_view(p->arena, kd_view_of(full)));
}

/* The server's command and arguments. */
static struct kd_error *want_args(struct agent_plan *p, const struct kd_agent_options *o)
{
	struct kd_view command = kd_view_of(o->command);
	struct kd_error *err = command.n ? NULL : own_command(p->arena, &command);

	if (!err)
		err = push_arg(p, command);
	if (!err)
		err = push_arg(p, KD_V("mcp"));
	for (size_t i = 0; !err && i < o->nroots; i++)
		err = push_root(p, o->root[i]);
	for (size_t i = 2; !err && !o->nroots && i < p->old.args.n; i++)
		err = push_arg(p, p->old.args.v[i]);
	return err;
}

static struct kd_error *keep_entry(struct agent_plan *p, const struct agent_entry *old, struct kd_view sha)
{
	struct agent_entry *e = kd_avec_push(p->arena, &p->fresh.file, AGENT_FILES_MAX);

	if (!e)
		return kd_error_new(KD_LIMIT, "too many files");
	*e = *old;
	if (sha.p && !kd_view_eq(sha, old->sha)) {
		e->was = old->sha;
		e->sha = sha;
	}
	return NULL;
}

static bool is_ours(struct agent_plan *p, const struct agent_entry *e, struct kd_view text)
{
	struct kd_view sha = kd_agent_digest(p->arena, text);

	return e && (kd_view_eq(sha, e->sha) || (e->was.n && kd_view_eq(sha, e->was)));
}

/* One text of kdoc at its place. */
static struct kd_error *plan_text(struct agent_plan *p, struct kd_view path, struct kd_view text)
{
	const struct agent_entry *old = kd_agent_manifest_find(&p->old, path), fresh = {.path = path, .sha = kd_agent_digest(p->arena, text)};
	struct agent_file *f = kd_agent_plan_add(p, path, AGENT_SAME, NULL);
	mode_t mode = 0;
	struct kd_error *err = f ? kd_agent_read(p, path, &f->before, &mode, &f->why) : kd_error_new(KD_LIMIT, "too many files");

	if (err)
		return err;
	f->after = text;
	f->mode = mode;
	if (f->why.p) {
		f->action = AGENT_REFUSED;
	} else if (!f->before.p) {
		f->action = AGENT_NEW;
		kd_agent_note_folders(p, path);
	} else if (kd_view_eq(f->before, text)) {
		if (old)
			return keep_entry(p, old, fresh.sha);
		f->why = KD_V("was there before kdoc setup install; uninstalling leaves it");
		return NULL;
	} else if (is_ours(p, old, f->before)) {
		f->action = AGENT_CHANGED;
	} else if (old) {
		f->action = AGENT_LEFT;
		f->why = KD_V("changed since kdoc wrote it; delete it to get kdoc's text again");
		return keep_entry(p, old, KD_VNULL);
	} else {
		f->action = AGENT_REFUSED;
		f->why = KD_V("is there, and not from kdoc: rename or remove it");
	}
	return keep_entry(p, old ? old : &fresh, fresh.sha);
}

static struct kd_error *plan_texts(struct agent_plan *p)
{
	size_t n;
	const struct kd_skill *s = kd_skills(&n);
	struct kd_error *err = NULL;

	for (size_t i = 0; !err && i < n; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf path = KD_BUF_INIT(KD_SKILL_PATH), text = KD_BUF_INIT(KD_SKILL_BYTES);

		err = kd_skill_render(&s[i], p->agent, &path, &text);
		if (!err)
			err = plan_text(p, kd_arena_view(p->arena, kd_buf_view(&path)), kd_arena_view(p->arena, kd_buf_view(&text)));
	}
	return err;
}

static bool is_planned(const struct agent_plan *p, struct kd_view path)
{
	for (size_t i = 0; i < p->file.n; i++)
		if (kd_view_eq(p->file.v[i].path, path))
			return true;
	return false;
}

/* Files of the list that are not wanted (any more): deleted, unless somebody changed them. */
static struct kd_error *plan_removals(struct agent_plan *p, const char *why)
{
	for (size_t i = 0; i < p->old.file.n; i++) {
		const struct agent_entry *e = &p->old.file.v[i];
		struct kd_view before, problem;
		struct agent_file *f;
		mode_t mode;
		struct kd_error *err;

		if (is_planned(p, e->path))
			continue;
		err = kd_agent_read(p, e->path, &before, &mode, &problem);
		if (err)
			return err;
		if (!before.p && !problem.p)
			continue;
		f = kd_agent_plan_add(p, e->path, AGENT_REMOVED, why);
		if (!f)
			return kd_error_new(KD_LIMIT, "too many files");
		f->before = before;
		if (!problem.p && is_ours(p, e, before))
			continue;
		f->action = AGENT_LEFT;
		f->why = problem.p ? problem : KD_V("changed since kdoc wrote it: it stays, and is yours");
	}
	return NULL;
}

/* ---- what is said ---- */

static const char *const words[] = {
	[AGENT_SAME] = "same",	   [AGENT_NEW] = "new",		  [AGENT_CHANGED] = "changed", [AGENT_MERGED] = "merged",
	[AGENT_REMOVED] = "removed", [AGENT_RESTORED] = "restored", [AGENT_LEFT] = "left",   [AGENT_REFUSED] = "refused",
};

static void say_files(const struct agent_plan *p, struct kd_sheet *s, bool full)
{
	static const struct kd_column columns[] = {{"action", "ACTION"}, {"path", "FILE"}, {"bytes", "BYTES"}, {"why", "WHY"}};
	struct kd_table *t = kd_sheet_table(s, "files", columns, KD_ARRAY_LEN(columns));

	for (size_t i = 0; i < p->file.n; i++) {
		const struct agent_file *f = &p->file.v[i];
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_text(kd_view_of(words[f->action]));
		row[1] = kd_cell_text(f->path);
		row[2] = kd_cell_uint(f->action == AGENT_REMOVED || f->action == AGENT_LEFT ? f->before.n : f->after.n);
		row[3] = kd_cell_text(f->why.p ? f->why : KD_V(""));
	}
	for (size_t i = 0; i < p->file.n; i++)
		kd_agent_diff(s, &p->file.v[i], full);
}

static size_t count(const struct agent_plan *p, enum agent_action action)
{
	size_t n = 0;

	for (size_t i = 0; i < p->file.n; i++)
		n += p->file.v[i].action == action;
	return n;
}

static size_t changes(const struct agent_plan *p)
{
	return p->file.n - count(p, AGENT_SAME) - count(p, AGENT_LEFT) - count(p, AGENT_REFUSED);
}

static void say_counts(const struct agent_plan *p, struct kd_sheet *s)
{
	struct kd_view text = kd_arena_printf(p->arena, "%s: ", kd_agent_title(p->agent));
	const char *sep = "";

	for (unsigned i = 0; i < KD_ARRAY_LEN(words); i++) {
		size_t n = count(p, i);

		if (!n)
			continue;
		text = kd_arena_printf(p->arena, "%.*s%s%zu %s", KD_VARG(text), sep, n, words[i]);
		sep = ", ";
	}
	kd_sheet_say(s, "%.*s.", KD_VARG(text));
	if (count(p, AGENT_LEFT))
		kd_sheet_note(s, "what was changed by somebody since kdoc wrote it stays as it is");
}

/* The same command with --yes, as one types it. */
static void say_again(const struct agent_plan *p, const struct kd_agent_options *o, struct kd_sheet *s, const char *flag)
{
	struct kd_view roots = KD_V("");

	for (size_t i = 0; i < o->nroots; i++)
		roots = kd_arena_printf(p->arena, "%.*s --root %.*s", KD_VARG(roots),
					KD_VARG(kd_shell_word(p->arena, kd_view_of(o->root[i]))));
	kd_sheet_next(s, "kdoc setup install --agent %s%s%.*s%.*s%s%.*s%s --yes", kd_agent_name(kd_agent_layout(p->agent)->form),
		      o->user ? " --user" : o->dir ? " --dir " : "",
		      KD_VARG(o->dir ? kd_shell_word(p->arena, kd_view_of(o->dir)) : KD_V("")), KD_VARG(roots),
		      o->command ? " --command " : "",
		      KD_VARG(o->command ? kd_shell_word(p->arena, kd_view_of(o->command)) : KD_V("")), flag);
}

/* ---- doing it ---- */

static struct kd_error *apply(const struct agent_plan *p)
{
	for (size_t i = 0; i < p->file.n; i++) {
		const struct agent_file *f = &p->file.v[i];
		struct kd_error *err = NULL;

		if (f->action == AGENT_SAME || f->action == AGENT_LEFT)
			continue;
		err = f->after.p ? kd_agent_write(p, f->path, f->after, f->mode) : kd_agent_delete(p, f->path);
		if (err)
			return kd_error_wrap(err, "not all is done; the same command goes on");
	}
	return NULL;
}

/* The list first: what is on the disk is in it at any time. */
static struct kd_error *apply_install(struct agent_plan *p, struct kd_view manifest)
{
	struct kd_error *err = NULL;

	if (!kd_view_eq(manifest, p->manifest_text))
		err = kd_agent_write(p, p->manifest_path, manifest, 0);
	if (!err)
		err = apply(p);
	if (!err)
		kd_agent_drop_folders(p); /* of former places: what is in use is not empty */
	return err;
}

struct kd_error *kd_agent_install(enum kd_agent agent, const struct kd_agent_options *o, struct kd_sheet *s)
{
	struct agent_plan p;
	struct kd_version v;
	struct kd_view manifest = KD_VNULL;
	kd_auto(kd_agent_unlock) int lock = -1;
	const char *dir = NULL;
	struct kd_error *err = begin(&agent, o, s->arena, &dir, &lock);

	if (!err)
		err = open_plan(&p, agent, dir, s->arena);
	if (err)
		return err;
	kd_version_get(&v);
	p.fresh.kdoc = kd_view_of(v.version);
	p.fresh.folders = p.old.folders;
	err = want_args(&p, o);
	if (!err)
		err = kd_agent_config_install(&p);
	if (!err)
		err = plan_texts(&p);
	if (!err)
		err = plan_removals(&p, "not in this version of kdoc");
	if (err)
		return err;
	kd_agent_note_folders(&p, p.manifest_path);
	manifest = kd_agent_manifest_text(agent, &p.fresh, p.arena);
	say_counts(&p, s);
	kd_sheet_field(s, "written", NULL, kd_cell_bool(o->write && !count(&p, AGENT_REFUSED)));
	say_files(&p, s, o->full);
	s->none = count(&p, AGENT_REFUSED) > 0;
	if (s->none) {
		kd_sheet_say(s, "Nothing is written: of what is refused, somebody has to decide first.");
		return NULL;
	}
	if (!changes(&p) && kd_view_eq(manifest, p.manifest_text)) {
		kd_sheet_say(s, "Nothing to do.");
		return NULL;
	}
	if (!o->write) {
		kd_sheet_say(s, "Nothing is written yet: --yes writes.");
		say_again(&p, o, s, "");
		return NULL;
	}
	kd_sheet_say(s, "Written. The list of it is .kdoc/agents/%s.json.", kd_agent_name(agent));
	kd_sheet_next(s, "kdoc setup check");
	return manifest.p ? apply_install(&p, manifest) : kd_error_new(KD_LIMIT, "too many files");
}

struct kd_error *kd_agent_uninstall(enum kd_agent agent, const struct kd_agent_options *o, struct kd_sheet *s)
{
	struct agent_plan p;
	kd_auto(kd_agent_unlock) int lock = -1;
	const char *dir = NULL;
	struct kd_error *err = begin(&agent, o, s->arena, &dir, &lock);

	if (!err)
		err = open_plan(&p, agent, dir, s->arena);
	if (err)
		return err;
	if (!p.old.there) {
		s->none = true;
		kd_sheet_say(s, "%s: kdoc has written nothing here.", kd_agent_title(agent));
		return NULL;
	}
	err = kd_agent_config_uninstall(&p);
	if (!err)
		err = plan_removals(&p, NULL);
	if (err)
		return err;
	say_counts(&p, s);
	kd_sheet_field(s, "written", NULL, kd_cell_bool(o->write));
	say_files(&p, s, o->full);
	if (!o->write) {
		kd_sheet_say(s, "Nothing is done yet: --yes does it.");
		say_again(&p, &(struct kd_agent_options){.dir = o->dir, .user = o->user}, s, " --uninstall");
		return NULL;
	}
	err = apply(&p);
	if (!err)
		err = kd_agent_delete(&p, p.manifest_path);
	kd_agent_drop_folders(&p);
	kd_sheet_say(s, "Done.");
	return err;
}

/* ---- what became of it ---- */

static bool can_start(struct kd_arena *a, struct kd_view command)
{
	struct kd_view path = kd_view_of(getenv("PATH")), dir;
	struct stat sb;

	if (kd_view_chr(command, '/') != KD_NPOS)
		return is_program(kd_arena_view(a, command).p, &sb);
	while (kd_view_take_part(&path, KD_V(":"), &dir)) {
		const char *candidate;

		candidate = kd_arena_printf(a, "%.*s/%.*s", KD_VARG(dir), KD_VARG(command)).p;
		if (is_program(candidate, &sb))
			return true;
	}
	return false;
}

static struct kd_error *look(struct agent_plan *p, struct kd_agent_state *ret)
{
	struct kd_view why = KD_VNULL;
	struct kd_error *err = p->old.config.path.p ? kd_agent_config_look(p, &ret->entry, &why) : NULL;

	if (!err)
		err = plan_texts(p);
	for (size_t i = 0; !err && i < p->file.n; i++) {
		const struct agent_file *f = &p->file.v[i];

		ret->files++;
		ret->same += f->action == AGENT_SAME;
		ret->gone += f->action == AGENT_NEW;
		ret->outdated += f->action == AGENT_CHANGED;
		ret->changed += f->action == AGENT_LEFT || f->action == AGENT_REFUSED;
	}
	ret->command_there = can_start(p->arena, p->old.args.v[0]);
	if (why.p)
		snprintf(ret->problem, sizeof(ret->problem), "settings: %.*s", KD_VARG(why));
	return err;
}

struct kd_error *kd_agent_look(enum kd_agent agent, const char *dir, struct kd_agent_state *ret)
{
	kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(64 << 20);
	struct agent_plan p;
	struct kd_error *err = open_plan(&p, agent, dir, &a);

	*ret = (struct kd_agent_state){0};
	if (err) { /* the list is there, and cannot be read */
		ret->installed = !kd_error_catch(&err, KD_NOTFOUND);
		if (err)
			snprintf(ret->problem, sizeof(ret->problem), "the list of what was written cannot be read");
		kd_error_free(err);
		return NULL;
	}
	ret->installed = p.old.there;
	return p.old.there ? look(&p, ret) : NULL;
}
