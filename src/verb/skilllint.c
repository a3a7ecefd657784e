// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/skilllint.h"

#include "base/alloc.h"
#include "base/fs.h"

enum { FILE_MAX = 1 << 20, FINDINGS_MAX = 1000 };

struct state {
	const struct kd_skill_words *words;
	struct kd_sheet *s;
	struct kd_table *findings, *texts;
	struct kd_view file; /* name as it is shown */
	size_t n, found, passed;
};

static void found(void *user, unsigned line, const char *cls, struct kd_view what)
{
	struct state *st = user;
	struct kd_cell *row;

	st->found++;
	if (st->found > FINDINGS_MAX)
		return;
	row = kd_table_row(st->findings);
	row[0] = kd_sheet_cell(st->s, st->file);
	row[1] = kd_cell_uint(line);
	row[2] = kd_cell_text(kd_view_of(cls));
	row[3] = kd_sheet_cell(st->s, what);
}

static void one(struct state *st, struct kd_view file, struct kd_view text, struct kd_view place, bool command)
{
	const struct kd_skill_finder f = {.words = st->words, .found = found, .user = st};
	struct kd_cell *row = kd_table_row(st->texts);

	st->file = file;
	st->n++;
	row[0] = kd_sheet_cell(st->s, file);
	row[1] = kd_cell_text(command ? KD_V("command") : KD_V("skill"));
	row[2] = kd_cell_uint(text.n);
	row[3] = kd_cell_uint(command ? KD_COMMAND_BUDGET : KD_SKILL_BUDGET);
	kd_skill_lint_text(text, place, command, &f);
}

/* "a/b/SKILL.md" → "b": the part before the last one, or nothing. */
static struct kd_view folder_of(struct kd_view path)
{
	size_t slash = kd_view_rchr(path, '/'), before;
	struct kd_view dir = kd_view_head(path, slash == KD_NPOS ? 0 : slash);

	before = kd_view_rchr(dir, '/');
	return before == KD_NPOS ? dir : kd_view_from(dir, before + 1);
}

static struct kd_error *visit(void *user, const struct kd_fs_entry *e)
{
	struct state *st = user;
	const struct kd_view path = kd_view_of(e->path), folder = folder_of(path);
	struct kd_view name = kd_view_of(e->name);
	const bool skill = kd_view_eq(name, KD_V("SKILL.md"));
	const bool command = !skill && kd_view_ends(name, KD_V(".md")) &&
			     (kd_view_eq(folder, KD_V("commands")) || kd_view_eq(folder, KD_V("command")));
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(FILE_MAX + 1);
	struct kd_error *err;

	if (!skill && !command) {
		st->passed++;
		return NULL;
	}
	err = kd_fs_read_small(e->path, FILE_MAX, &b);
	if (err)
		return err;
	one(st, path, kd_buf_view(&b), skill ? folder : kd_view_head(name, name.n - 3), command);
	return NULL;
}

static void built_in(struct state *st)
{
	size_t n;
	const struct kd_skill *s = kd_skills(&n);

	for (size_t i = 0; i < n; i++)
		one(st, kd_view_of(s[i].name), s[i].source, kd_view_of(s[i].name), s[i].command);
}

struct kd_error *kd_skills_lint(const char *dir, const struct kd_skill_words *words, struct kd_sheet *s)
{
	static const struct kd_column findings[] = {{"file", "FILE"}, {"line", "LINE"}, {"class", "CLASS"}, {"what", "WHAT"}};
	static const struct kd_column texts[] = {{"file", "FILE"}, {"kind", "KIND"}, {"bytes", "BYTES"}, {"budget", "OF"}};
	const struct kd_fs_walk_opts walk = {.max_entries = 20000, .max_depth = 16, .hidden = true};
	struct state st = {.words = words, .s = s};
	struct kd_error *err = NULL;

	st.findings = kd_sheet_table(s, "findings", findings, KD_ARRAY_LEN(findings));
	st.texts = kd_sheet_table(s, "texts", texts, KD_ARRAY_LEN(texts));
	if (dir)
		err = kd_fs_walk(dir, &walk, visit, &st);
	else
		built_in(&st);
	if (err)
		return err;
	if (!st.n)
		return kd_error_new(KD_NOTFOUND, "%s: neither NAME/SKILL.md nor commands/NAME.md in it", dir ? dir : "kdoc");
	s->none = st.found > 0;
	kd_sheet_field(s, "findings_total", NULL, kd_cell_uint(st.found));
	kd_sheet_say(s, "%zu texts, %zu finding%s.", st.n, st.found, st.found == 1 ? "" : "s");
	if (st.found > FINDINGS_MAX)
		kd_sheet_note(s, "only the first %d findings are shown", FINDINGS_MAX);
	if (st.passed)
		kd_sheet_note(s, "%zu other file%s passed over", st.passed, st.passed == 1 ? " was" : "s were");
	return NULL;
}
