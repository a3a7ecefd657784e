/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verbtool.h: a tool that is a verb of kdoc: rows of parameters, how a caller's arguments become a command line, and the
 * call from the first check to the bounded answer.
 *
 *	static const struct kd_vt_param params[] = {
 *		{"path", KD_VT_PATH, KD_VT_INPUT | KD_VT_DIR, .help = "a log"},
 *		{"limit", KD_VT_INT, .option = "limit", .max = 1000},
 *	};
 *	const struct kd_vt kd_vt_scan_log = {KD_VT_VERB("scan"), KD_VT_PARAMS(params), .next = {{"investigate", "what happened"}}};
 *
 * A command line is VERB, the row's own options, options of parameters as --NAME=VALUE, "--", the action, positional
 * arguments. What a caller gives is never an option and never another verb: it stands behind a "=" or behind "--". A path is
 * made canonical and has to lie below a root; text goes to standard input.
 *
 * A row with several choices runs one of them: the one that its parameter `chooser` names, or without a chooser the last
 * one whose needs are all given. A choice with an effect writes: it is refused, with the effect in words, as long as the
 * caller does not say "confirm": true or the client's user does not agree.
 */
#ifndef KD_SERVE_VERBTOOL_H
#define KD_SERVE_VERBTOOL_H

#include "base/arena.h"
#include "base/error.h"
#include "serve/tool.h"

enum kd_vt_type {
	KD_VT_STR, /* one line of text */
	KD_VT_ID, /* an id or name without "/" and blanks */
	KD_VT_PATH, /* a file below a root */
	KD_VT_PATHS, /* several */
	KD_VT_TEXT, /* of any length: standard input */
	KD_VT_INT,
	KD_VT_BOOL,
	KD_VT_ENUM,
	KD_VT_LIST, /* of KD_VT_STR */
};

enum kd_vt_flags {
	KD_VT_REQ = 1 << 0, /* has to be given */
	KD_VT_INPUT = 1 << 1, /* of these exactly one has to be given; they share one place in the command line */
	KD_VT_DIR = 1 << 2, /* PATH: a folder, too */
	KD_VT_DASH = 1 << 3, /* may begin with "-" */
	KD_VT_GROUP = 1 << 4, /* a query: "(…)", so that it never is the name of a file */
	KD_VT_COMMAS = 1 << 5, /* LIST: one value with commas */
	KD_VT_IDS = 1 << 6, /* LIST: of ids, as KD_VT_ID */
	KD_VT_FEED = 1 << 8, /* PATH: `kdoc investigate` is asked about it first, and the option is given the evidence of that answer */
	KD_VT_CITES = 1 << 9, /* LIST: with a FEED, ids of evidence that alone are meant */
	KD_VT_TREE = 1 << 7, /* PATH: a source tree: a folder, whose links are not looked at */
};

struct kd_vt_param {
	const char *name;
	uint8_t type; /* enum kd_vt_type */
	unsigned flags; /* enum kd_vt_flags */
	const char *option; /* its name without "--"; NULL: positional, in the order of the rows */
	const char *help; /* NULL: the name says it */
	const char *const *choices; /* ENUM: NULL at the end */
	int64_t min, max; /* INT; max 0: none */
	const char *begins; /* STR, ID: with one of these it begins, blanks between them; NULL: with anything */
};

/* What ids of the team's memory begin with. */
#define KD_VT_MEMORY "g- ev- inc- issue: ticket: k-"

struct kd_vt_choice {
	const char *value; /* of the chooser */
	const char *verb; /* "core bt" */
	const char *fixed; /* options of its own, blanks between them: "--no-log"; may be NULL */
	const char *action; /* first positional arguments: "add"; may be NULL */
	const char *takes; /* names of the parameters that it takes, blanks between them; NULL: all */
	const char *needs; /* names of those that it has to have */
	const char *effect; /* what it does to the world, as a sentence without subject: "ties SUBJECT to TARGET" */
};

struct kd_vt_next {
	const char *tool, *why;
};

enum kd_vt_row_flags {
	KD_VT_RAW = 1 << 0, /* the answer is somebody's text: nothing is taken out or said otherwise */
	KD_VT_QUOTES = 1 << 3, /* it has somebody's text in it: nothing is said otherwise */
	KD_VT_TRY = 1 << 1, /* writers: without --yes the verb says what it would do */
	KD_VT_FREE = 1 << 2, /* writes to kdoc's own memory without confirm */
};

struct kd_vt {
	const struct kd_vt_choice *choices; /* at least one */
	size_t nchoices;
	const char *chooser; /* name of the parameter that chooses; its values are those of choices. NULL: by needs */
	const char *chooser_help;
	const struct kd_vt_param *params;
	size_t nparams;
	unsigned flags; /* enum kd_vt_row_flags */
	struct kd_vt_next next[4]; /* .tool NULL at the end */
};

#define KD_VT_CHOICES(...)                                                                                                     \
	.choices = (const struct kd_vt_choice[]){__VA_ARGS__},                                                                 \
	.nchoices = sizeof((const struct kd_vt_choice[]){__VA_ARGS__}) / sizeof(struct kd_vt_choice)
#define KD_VT_VERB(v) KD_VT_CHOICES({.verb = (v)})
#define KD_VT_PARAMS(p) .params = (p), .nparams = sizeof(p) / sizeof((p)[0])

enum kd_vt_detail { KD_VT_BRIEF, KD_VT_NORMAL, KD_VT_FULL, KD_VT_JSON, KD_VT_NDETAILS };

enum {
	KD_VT_ARGV_MAX = 256,
	KD_VT_STR_MAX = 4096, /* bytes of a KD_VT_STR */
	KD_VT_LIST_MAX = 32, /* elements of a list */
	KD_VT_TEXT_MAX = 8 << 20,
};

/* A call, checked: everything lies in its arena. */
struct kd_vt_line {
	struct kd_arena arena;
	const struct kd_vt_choice *choice;
	const char *argv[KD_VT_ARGV_MAX + 1]; /* NULL at the end */
	size_t argc;
	size_t ends; /* index of "--" in argv */
	struct kd_view input; /* standard input; borrowed from the arguments */
	enum kd_vt_detail detail;
	struct kd_view at; /* JSON pointer, with KD_VT_JSON; borrowed */
	bool confirm;
	const char *feed; /* with KD_VT_FEED: the input that is investigated before; NULL: none */
	const char *cites[KD_VT_LIST_MAX];
	size_t ncites;
};

/*
 * Arguments → command line. KD_INVALID, with a sentence for the caller: what is wrong, which there are, what is near. name: of the
 * tool. args absent or null: none. ret is to be freed with kd_vt_line_deinit() in either case.
 */
KD_MUST_CHECK struct kd_error *kd_vt_parse(const char *name, const struct kd_vt *vt, const struct kd_mcp_conf *conf, struct kd_jval args,
					   struct kd_vt_line *ret);
void kd_vt_line_deinit(struct kd_vt_line *l);

/* The pieces of evidence that the line cites (all, when it cites none) out of the answer about its feed, as JSON (vtcite.c). */
KD_MUST_CHECK struct kd_error *kd_vt_cite(const struct kd_vt_line *l, struct kd_view answer, struct kd_buf *ret);

/* What JSON Schema calls an integer: 3.0 is one, too. */
bool kd_vt_integer(struct kd_jval v, int64_t *ret);

/* A caller's name of a file → its canonical path in the arena (vtpath.c). */
KD_MUST_CHECK struct kd_error *kd_vt_path(struct kd_arena *a, const struct kd_mcp_conf *conf, const struct kd_vt_param *p,
					  struct kd_view name, const char **ret);
bool kd_vt_below(const struct kd_mcp_conf *conf, const char *path);

/*
 * A verb's words in words of tools: its commands become names of tools, options of this row names of parameters. true: commands are
 * left that no tool does (vtwords.c).
 */
bool kd_vt_words(const struct kd_vt *vt, struct kd_view text, struct kd_buf *ret);

/* JSON Schema of the arguments; for struct kd_mcp_tool with .data = row. */
void kd_vt_schema(const struct kd_mcp_tool *t, struct kd_buf *ret_input);
extern const char kd_vt_output[]; /* schema of structuredContent, of all of them */

void kd_vt_call(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args);
/* The tool `more`: the rest of an answer. */
void kd_vt_more(struct kd_mcp_call *c, const struct kd_mcp_tool *t, struct kd_jval args);

/* "brief", "normal", "full", "json", NULL. */
extern const char *const kd_vt_details[];

#endif
