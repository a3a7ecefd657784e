// SPDX-License-Identifier: GPL-2.0-or-later
/* skills list, skills show */
#include "base/alloc.h"
#include "base/json.h"
#include "cli/core.h"
#include "cli/verbs.h"
#include "verb/nearest.h"
#include "verb/skill.h"

#define ARENA_MAX ((size_t)16 << 20)

static int run_list(struct kd_cli *cli, const void *options)
{
	static const struct kd_column columns[] = {
		{"name", "NAME"}, {"kind", "KIND"}, {"bytes", "BYTES"}, {"last_checked", "CHECKED"}, {"description", "WHAT IT IS FOR"}};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(ARENA_MAX);
	struct kd_sheet s;
	struct kd_table *t;
	size_t n;
	const struct kd_skill *skill = kd_skills(&n);

	(void)options;
	kd_sheet_init(&s, &arena);
	t = kd_sheet_table(&s, "skills", columns, KD_ARRAY_LEN(columns));
	for (size_t i = 0; i < n; i++) {
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_text(kd_view_of(skill[i].name));
		row[1] = kd_cell_text(skill[i].command ? KD_V("command") : KD_V("skill"));
		row[2] = kd_cell_uint(skill[i].source.n);
		row[3] = kd_cell_text(kd_view_of(skill[i].checked));
		row[4] = kd_cell_text(kd_view_of(skill[i].description));
	}
	kd_sheet_next(&s, "kdoc skills show crash-triage");
	kd_sheet_next(&s, "kdoc setup install --agent claude");
	return kd_cli_sheet(cli, &kd_cmd_skills_list, NULL, &s);
}

static struct kd_error *no_skill(const char *name)
{
	struct kd_nearest near;
	size_t n;
	const struct kd_skill *s = kd_skills(&n);

	kd_nearest_init(&near, name);
	for (size_t i = 0; i < n; i++)
		kd_nearest_try(&near, s[i].name);
	if (near.best)
		return kd_error_new(KD_INVALID, "there is no skill or command '%s'; did you mean '%s'?", name, near.best);
	return kd_error_new(KD_INVALID, "there is no skill or command '%s'; 'kdoc skills list' lists them", name);
}

static int run_show(struct kd_cli *cli, const void *options)
{
	const struct kd_skill *skill = kd_skill_named(kd_view_of(cli->args[0]));
	struct kd_error *err;
	struct kd_json j;

	(void)options;
	if (!skill)
		return kd_cli_fail(cli, no_skill(cli->args[0]));
	if (!cli->json) {
		kd_out_raw(cli->out, skill->source);
		return KD_EXIT_OK;
	}
	kd_json_init_flush(&j, kd_out_json_flush, cli->out, KD_JSON_PRETTY);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "schema", "kdoc.skills-show/1");
	kd_json_kv_strz(&j, "name", skill->name);
	kd_json_kv_strz(&j, "kind", skill->command ? "command" : "skill");
	kd_json_kv_strz(&j, "description", skill->description);
	kd_json_kv_strz(&j, "last_checked", skill->checked);
	kd_json_kv_str(&j, "text", skill->text);
	kd_json_end_object(&j);
	err = kd_json_finish(&j);
	return err ? kd_cli_fail(cli, err) : KD_EXIT_OK;
}

static const char *const list_about[] = {
	"What kdoc tells models about its work: skills are knowledge that is read when it is needed, commands are steps that a person calls by "
	"name. They are part of the program, so that they speak of this version.",
	NULL,
};

static const struct kd_example list_examples[] = {
	{"kdoc skills list", "which are there, and when are they used?"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_skills_list = {
	.name = "skills list",
	.phase = KD_PHASE_ANY,
	.usage = "",
	.summary = "texts for models: skills and commands of this version",
	.about = list_about,
	.examples = list_examples,
	.max_args = 0,
	.run = run_list,
};

static const char *const show_about[] = {
	"The source of a skill or command, as it is in the program. kdoc setup install puts it where an agent program finds it.",
	NULL,
};

static const struct kd_example show_examples[] = {
	{"kdoc skills show crash-triage", "how a model is told to read a crash"},
	{"kdoc skills show kdoc-verify", "what a command asks for"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_skills_show = {
	.name = "skills show",
	.phase = KD_PHASE_ANY,
	.usage = "NAME",
	.summary = "the text of a skill or command",
	.about = show_about,
	.examples = show_examples,
	.min_args = 1,
	.max_args = 1,
	.run = run_show,
};
