/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sh.h: a session over one opened dump: lines in, answers out.
 *
 *	struct kd_sh sh;
 *	kd_sh_init(&sh, cli, dump, NULL, "vmcore");
 *	kd_sh_line(&sh, KD_V("bt -a | head"));
 *	kd_sh_deinit(&sh);
 *	sh.last, sh.worst, sh.quit
 *
 * The text of a line is what its user typed; nothing of the dump is ever part of a line, of a file's name or of a
 * command of his shell.
 */
#ifndef KD_CLI_SH_H
#define KD_CLI_SH_H

#include "base/vec.h"
#include "cli/interrupt.h"
#include "cli/sh_json.h"
#include "cli/sh_line.h"
#include "cli/sh_names.h"
#include "cli/sh_out.h"
#include "verb/core_ask.h"
#include "verb/core_session.h"

enum { KD_SH_ALIASES_MAX = 256 };

struct kd_sh_alias {
	char *name, *text;
};

struct kd_sh_worker;

struct kd_sh {
	struct kd_cli *cli; /* the program's */
	struct kd_cli run; /* of the command that runs: its own output */
	struct kd_dump *dump; /* NULL: the worker has it */
	struct kd_sh_worker *worker;
	const char *path;
	bool interactive; /* its lines come from a terminal */
	bool json, no_shell;
	bool scroll; /* longer output goes to the pager */
	bool quit;
	int last; /* exit code of the last command */
	int worst; /* the largest of those from KD_EXIT_USAGE on; 0: none */
	int signalled; /* a signal ends the session; 0: none did */
	uint64_t commands;
	struct kd_arena arena; /* of one line */
	KD_VEC(struct kd_sh_alias) alias;
	bool has_current;
	struct kd_core_who current;
	struct kd_sh_json *line_json; /* of the command that runs, with json; else NULL */
};

/* Either the dump is open here, or a worker (cli/sh_worker.h) has it: dump is NULL then. path: its file. */
void kd_sh_init(struct kd_sh *sh, struct kd_cli *cli, struct kd_dump *dump, struct kd_sh_worker *worker, const char *path);
void kd_sh_deinit(struct kd_sh *sh);

/* Run one line; messages and exit codes are those of the verbs. */
void kd_sh_line(struct kd_sh *sh, struct kd_view text);

/* Run the words of a command here; its output goes to these. sh->last is its exit code. */
void kd_sh_words(struct kd_sh *sh, const char **word, size_t n, struct kd_out *out, struct kd_out *err);

/* A line that could not even be read: told and counted as one that fails. */
void kd_sh_bad_line(struct kd_sh *sh, struct kd_error *err);

/* ---- for commands of the shell itself ---- */

/* A verb by crash's names, or its own. Gives the exit code. */
int kd_sh_verb(struct kd_sh *sh, const char *const *word, size_t n);
int kd_sh_run_call(struct kd_sh *sh, const struct kd_sh_call *call);

/* As kd_cli_fail() for the command that runs. */
int kd_sh_fail(struct kd_sh *sh, struct kd_error *err);

/* The command of the shell that a word names; NULL: none. */
struct kd_sh_builtin {
	const char *name, *usage, *summary;
	int (*run)(struct kd_sh *sh, const char *const *word, size_t n);
	bool local; /* it needs no dump */
};

const struct kd_sh_builtin *kd_sh_builtins(void); /* .name NULL at the end */
const struct kd_sh_builtin *kd_sh_builtin(const char *word);

int kd_sh_foreach(struct kd_sh *sh, const char *const *word, size_t n);
int kd_sh_set(struct kd_sh *sh, const char *const *word, size_t n);
int kd_sh_ascii(struct kd_sh *sh, const char *const *word, size_t n);
int kd_sh_eval(struct kd_sh *sh, const char *const *word, size_t n);
int kd_sh_help(struct kd_sh *sh, const char *const *word, size_t n);

/* What a name stands for; NULL: it is none. */
const char *kd_sh_alias(const struct kd_sh *sh, struct kd_view name);

/* The task that is meant when none is named: that of 'set', else the one that panicked. false: neither is known. */
bool kd_sh_current(struct kd_sh *sh);

#endif
