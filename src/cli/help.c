// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/help.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/verbs.h"
#include "render/text.h"

enum { COL = 18, OPT_COL = 24 };

static void heading(struct kd_out *o, const char *s)
{
	kd_style(o, KD_STYLE_BOLD);
	kd_out_puts(o, s);
	kd_style(o, KD_STYLE_NONE);
}

static void entry(struct kd_out *o, const char *name, const char *text, size_t col)
{
	size_t n = strlen(name);

	kd_out_puts(o, "  ");
	kd_out_puts(o, name);
	if (n + 3 > col) {
		kd_out_puts(o, "\n");
		n = 0;
		kd_text_pad(o, col);
	} else {
		kd_text_pad(o, col - 2 - n);
	}
	kd_text_wrap(o, kd_view_of(text), col, col);
}

static void phase(struct kd_out *o, unsigned p)
{
	bool any = false;

	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		any |= (*v)->phase == p;
	if (!any)
		return;
	kd_out_puts(o, "\n");
	heading(o, kd_phase_name(p));
	if (*kd_phase_words(p))
		kd_out_printf(o, ": %s", kd_phase_words(p));
	kd_out_puts(o, "\n");
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		if ((*v)->phase == p)
			entry(o, (*v)->name, (*v)->summary, COL);
}

static void planned(struct kd_out *o)
{
	kd_out_puts(o, "\n");
	heading(o, "Planned");
	kd_out_puts(o, ": not in this version\n");
	for (unsigned p = 0; p < KD_NPHASES; p++) {
		char line[512] = "";
		size_t n = 0;

		for (const struct kd_planned *q = kd_planned(); q->name; q++)
			if (q->phase == p && n < sizeof(line))
				n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s",
						      n ? ", " : "", q->name);
		if (n)
			entry(o, kd_phase_name(p), line, COL);
	}
}

void kd_help_overview(struct kd_out *o)
{
	kd_out_puts(o,
		    "kdoc: what happened in a Linux kernel crash, with the evidence\n\n"
		    "usage: kdoc VERB [options] [input…]\n"
		    "       an input is a log file (also packed), a dump, a directory of them, or -\n\n");
	heading(o, "Typical");
	kd_out_puts(o, "\n");
	entry(o, "kdoc scan DIR", "which crashes are in these logs?", 34);
	entry(o, "kdoc investigate LOG", "what happened in this one, and what next?", 34);
	entry(o, "dmesg | kdoc investigate -", "… in the running kernel", 34);
	entry(o, "kdoc analyze-dump vmcore", "… in the memory of a dump", 34);
	entry(o, "kdoc setup check", "first time? see what is there and what is missing", 34);
	for (unsigned p = 0; p < KD_NPHASES; p++)
		phase(o, p);
	planned(o);
	kd_out_puts(o, "\n");
	entry(o, "kdoc help VERB", "options, exit codes and examples of a verb", COL);
}

void kd_help_family(struct kd_out *o, const char *word)
{
	kd_out_printf(o, "usage: kdoc %s VERB [options] [input…]\n\n", word);
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		if (kd_verb_in_family(*v, word))
			entry(o, (*v)->name, (*v)->summary, COL);
	kd_out_printf(o, "\n'kdoc help %s VERB' says more\n", word);
}

/* "-n, --limit=N" */
static void option_name(char *buf, size_t n, const struct kd_opt *opt)
{
	char letter[8] = "    ";

	if (opt->letter)
		snprintf(letter, sizeof(letter), "-%c, ", opt->letter);
	snprintf(buf, n, "%s--%s%s%s", letter, opt->name, opt->arg ? "=" : "",
		 opt->arg ? opt->arg : "");
}

static void options(struct kd_out *o, const struct kd_opt *opts, size_t n)
{
	char name[96];

	for (size_t i = 0; i < n; i++) {
		if (opts[i].hidden)
			continue;
		option_name(name, sizeof(name), &opts[i]);
		entry(o, name, opts[i].help, OPT_COL);
	}
}

static void exit_codes(struct kd_out *o, const struct kd_cmd *cmd)
{
	heading(o, "\nExit codes\n");
	entry(o, "0", "answered", 6);
	if (cmd->negative)
		entry(o, "1", cmd->negative, 6);
	entry(o, "2", "wrong usage", 6);
	entry(o, "3",
	      "an input was not readable or not what was asked for; the others are answered", 6);
	entry(o, "4", "something outside failed, or the answer could not be written", 6);
	entry(o, "5", "a defect of kdoc", 6);
}

void kd_help_verb(struct kd_out *o, const struct kd_cmd *cmd)
{
	kd_out_printf(o, "kdoc %s: %s\n\nusage: kdoc %s [options] %s\n", cmd->name, cmd->summary,
		      cmd->name, cmd->usage);
	for (const char *const *p = cmd->about; p && *p; p++) {
		kd_out_puts(o, "\n");
		kd_text_wrap(o, kd_view_of(*p), 0, 0);
	}
	heading(o, "\nOptions\n");
	options(o, cmd->opts, cmd->nopts);
	options(o, kd_common_opts, kd_common_nopts);
	exit_codes(o, cmd);
	heading(o, "\nExamples\n");
	for (const struct kd_example *e = cmd->examples; e && e->cmd; e++) {
		kd_out_printf(o, "  %s\n", e->cmd);
		kd_text_pad(o, 6);
		kd_text_wrap(o, kd_view_of(e->what), 6, 6);
	}
}

/* ---- for programs ---- */

static void option_json(struct kd_json *j, const struct kd_opt *opt)
{
	char letter[2] = {opt->letter, '\0'};
	static const char *const types[] = {"flag", "text", "number", "choice", "text"};

	kd_json_begin_object(j);
	kd_json_kv_strz(j, "name", opt->name);
	if (opt->letter)
		kd_json_kv_strz(j, "letter", letter);
	kd_json_kv_strz(j, "type", types[opt->type]);
	if (opt->arg)
		kd_json_kv_strz(j, "value", opt->arg);
	if (opt->type == KD_OPT_LIST)
		kd_json_kv_bool(j, "repeats", true);
	if (opt->choices) {
		kd_json_key(j, "choices");
		kd_json_begin_array(j);
		for (const char *const *c = opt->choices; *c; c++)
			kd_json_strz(j, *c);
		kd_json_end_array(j);
	}
	kd_json_kv_strz(j, "help", opt->help);
	kd_json_end_object(j);
}

static void options_json(struct kd_json *j, const struct kd_opt *opts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!opts[i].hidden)
			option_json(j, &opts[i]);
}

static void verb_json(struct kd_json *j, const struct kd_cmd *cmd)
{
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "name", cmd->name);
	kd_json_kv_strz(j, "phase", kd_phase_name(cmd->phase));
	kd_json_kv_strz(j, "arguments", cmd->usage);
	kd_json_kv_strz(j, "summary", cmd->summary);
	kd_json_key(j, "about");
	kd_json_begin_array(j);
	for (const char *const *p = cmd->about; p && *p; p++)
		kd_json_strz(j, *p);
	kd_json_end_array(j);
	kd_json_kv_strz(j, "exit_1", cmd->negative);
	kd_json_key(j, "options");
	kd_json_begin_array(j);
	options_json(j, cmd->opts, cmd->nopts);
	options_json(j, kd_common_opts, kd_common_nopts);
	kd_json_end_array(j);
	kd_json_key(j, "examples");
	kd_json_begin_array(j);
	for (const struct kd_example *e = cmd->examples; e && e->cmd; e++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "command", e->cmd);
		kd_json_kv_strz(j, "what", e->what);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}

void kd_help_json(struct kd_out *o, const struct kd_cmd *cmd)
{
	struct kd_json j;

	kd_json_init_flush(&j, kd_out_json_flush, o, KD_JSON_PRETTY);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "schema", "kdoc.help/1");
	kd_json_key(&j, "verbs");
	kd_json_begin_array(&j);
	for (const struct kd_cmd *const *v = kd_verbs(); *v; v++)
		if (!cmd || *v == cmd)
			verb_json(&j, *v);
	kd_json_end_array(&j);
	kd_json_key(&j, "planned");
	kd_json_begin_array(&j);
	for (const struct kd_planned *q = kd_planned(); q->name && !cmd; q++) {
		kd_json_begin_object(&j);
		kd_json_kv_strz(&j, "name", q->name);
		kd_json_kv_strz(&j, "phase", kd_phase_name(q->phase));
		kd_json_kv_strz(&j, "summary", q->summary);
		kd_json_end_object(&j);
	}
	kd_json_end_array(&j);
	kd_json_end_object(&j);
	kd_error_free(kd_json_finish(&j)); /* a lost answer is told by the sink's owner */
}
