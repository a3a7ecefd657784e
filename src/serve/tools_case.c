// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows: the team's memory, the ledger, checks. */
#include "serve/toolrows.h"

#define LIMIT                                                                                                                  \
	{                                                                                                                      \
		"limit", KD_VT_INT, .option = "limit", .min = 1, .max = 1000                                                    \
	}
#define WHY                                                                                                                    \
	{                                                                                                                      \
		"why", .type = KD_VT_STR, .flags = KD_VT_DASH, .option = "why"                                                    \
	}

static const struct kd_vt_param triage[] = {
	{"n", .type = KD_VT_INT, .help = "how many candidates (5)", .min = 1, .max = 1000},
	{"series", .type = KD_VT_ID, .option = "series", .help = "6.18"},
	{"window", .type = KD_VT_ID, .option = "window", .help = "24h, 7d, 4w (7d)"},
	{"since", .type = KD_VT_ID, .option = "since", .help = "2026-05-12T00:00:00Z"},
	{"until", .type = KD_VT_ID, .option = "until"},
	LIMIT,
};
const struct kd_vt kd_vt_triage = {
	KD_VT_CHOICES({.verb = "triage", .fixed = "--no-log"}),
	KD_VT_PARAMS(triage),
	.next = {{"investigate", "a candidate by its g-… id"}, {"case_group", "why it is one bug"}},
};

static const struct kd_vt_param case_group[] = {
	{"id", .type = KD_VT_ID, .begins = KD_VT_MEMORY, .help = "g-…; else all groups"},
	{"path", .type = KD_VT_PATH, .flags = KD_VT_DIR, .help = "instead: group the reports of these logs"},
	LIMIT,
};
const struct kd_vt kd_vt_case_group = {
	KD_VT_CHOICES({.verb = "group list", .takes = "limit"}, {.verb = "group", .takes = "path", .needs = "path"},
		      {.verb = "group show", .takes = "limit", .needs = "id"}),
	KD_VT_PARAMS(case_group),
	.next = {{"investigate", "the group by its id"}, {"case_decide", "merge, split, keep apart"}},
};

static const struct kd_vt_param case_incident[] = {
	{"id", .type = KD_VT_ID, .help = "inc-…, ev-… or a host; else a list"},
	{"host", .type = KD_VT_ID, .option = "host"},
	{"several", .type = KD_VT_BOOL, .option = "several", .help = "of several events only"},
	LIMIT,
};
const struct kd_vt kd_vt_case_incident = {
	KD_VT_CHOICES({.verb = "incident", .action = "list", .takes = "host several limit"},
		      {.verb = "incident", .action = "show", .takes = "limit", .needs = "id"}),
	KD_VT_PARAMS(case_incident),
	.next = {{"case_timeline", "by time"}, {"investigate", "its first event"}},
};

static const struct kd_vt_param case_timeline[] = {
	{"id", .type = KD_VT_ID, .flags = KD_VT_REQ, .help = "inc-…, ev-…, g-… or a host"},
};
const struct kd_vt kd_vt_case_timeline = {
	KD_VT_VERB("timeline"),
	KD_VT_PARAMS(case_timeline),
	.next = {{"investigate", "an event by its id"}},
};

static const struct kd_vt_param case_follow[] = {
	{"all", .type = KD_VT_BOOL, .option = "all", .help = "closed ones, too"},
	LIMIT,
};
const struct kd_vt kd_vt_case_follow = {
	KD_VT_VERB("follow"),
	KD_VT_PARAMS(case_follow),
	.next = {{"case_state", "a group's state"}, {"case_verify", "did the fix help?"}},
};

static const struct kd_vt_param case_verify[] = {
	{"group", .type = KD_VT_ID, .begins = KD_VT_MEMORY},
	{"fix", .type = KD_VT_STR, .option = "fix", .help = "commit"},
	{"release", .type = KD_VT_STR, .option = "release", .help = "first with the fix"},
	{"before", .type = KD_VT_ID, .option = "before", .help = "30d: how far to look back"},
	{"since", .type = KD_VT_ID, .option = "since"},
	{"until", .type = KD_VT_ID, .option = "until"},
	{"series", .type = KD_VT_ID, .option = "series"},
	{"regressions", .type = KD_VT_BOOL, .option = "regressions", .help = "instead: which fixed groups came back"},
};
const struct kd_vt kd_vt_case_verify = {
	KD_VT_CHOICES({.verb = "verify", .takes = "fix release before since until series", .needs = "group"},
		      {.verb = "verify", .takes = "since until series", .needs = "regressions"}),
	KD_VT_PARAMS(case_verify),
	.next = {{"case_state", "say that it is verified"}},
};

static const char *const known_states[] = {"open", "mitigated", "fixed", "wontfix", "retired", NULL};

static const struct kd_vt_param case_known[] = {
	{"path", .type = KD_VT_PATH, .flags = KD_VT_INPUT, .help = "of match: a log"},
	{"text", .type = KD_VT_TEXT, .flags = KD_VT_INPUT, .help = "of match: a log"},
	{"id", .type = KD_VT_ID, .flags = KD_VT_INPUT, .help = "k-… or a ticket; of match: ev-…, g-…"},
	{"from", .type = KD_VT_PATH, .option = "from", .help = "of add: log whose first report it is"},
	{"match", .type = KD_VT_LIST, .option = "match", .help = "recognised by: normal:HEX, g-…, ev-…"},
	{"title", .type = KD_VT_STR, .option = "title"},
	{"ticket", .type = KD_VT_ID, .option = "ticket", .help = "jira:KRN-1"},
	{"fix", .type = KD_VT_ID, .option = "fix", .help = "commit"},
	{"workaround", .type = KD_VT_STR, .option = "workaround"},
	{"status", .type = KD_VT_ENUM, .option = "status", .choices = known_states},
	{"notes", .type = KD_VT_STR, .option = "notes"},
	LIMIT,
};
const struct kd_vt kd_vt_case_known = {
	.chooser = "action",
	KD_VT_CHOICES({"list", "known", .action = "list", .takes = "status limit"}, {"match", "known", .action = "match", .takes = "path text id limit"},
		      {"show", "known", .action = "show", .takes = "id"},
		      {"add", "known", .action = "add", .takes = "from match title ticket fix workaround status notes",
		       .effect = "adds an entry to the team's known issues"},
		      {"edit", "known", .action = "edit", .takes = "id match title ticket fix workaround status notes",
		       .effect = "changes an entry of the team's known issues"},
		      {"retire", "known", .action = "retire", .takes = "id", .effect = "retires an entry of the team's known issues"}),
	KD_VT_PARAMS(case_known),
	.next = {{"investigate", "what is new"}, {"case_link", "tie it to a ticket"}},
};

static const struct kd_vt_param case_decide[] = {
	{"group", .type = KD_VT_ID, .begins = KD_VT_MEMORY, .help = "g-… that stays"},
	{"other", .type = KD_VT_ID, .begins = KD_VT_MEMORY, .help = "g-… of merge, never"},
	{"event", .type = KD_VT_ID, .help = "of split: ev-… or signature"},
	{"decision", .type = KD_VT_ID, .help = "of undo"},
	WHY,
};
const struct kd_vt kd_vt_case_decide = {
	.chooser = "action",
	KD_VT_CHOICES({"merge", "group merge", .takes = "why", .needs = "group other",
		       .effect = "decides for the team that two groups are one bug; the id of the first one stays"},
		      {"never", "group never", .takes = "why", .needs = "group other", .effect = "decides for the team that two groups stay apart"},
		      {"split", "group split", .takes = "why", .needs = "event", .effect = "decides for the team that this is another bug than the rest of its group"},
		      {"undo", "group undo", .takes = "decision", .needs = "decision", .effect = "takes a decision of the team back"}),
	KD_VT_PARAMS(case_decide),
	.next = {{"case_group", "what became of it"}},
};

static const char *const states[] = {"unseen", "known", "posted", "merged", "stable", "built", "deployed", "verified",
				     "wontfix", "duplicate", "regressed", NULL};

static const struct kd_vt_param case_state[] = {
	{"group", .type = KD_VT_ID, .flags = KD_VT_REQ, .begins = KD_VT_MEMORY},
	{"state", .type = KD_VT_ENUM, .help = "to go there; else it is shown", .choices = states},
	{"ref", .type = KD_VT_STR, .option = "ref", .help = "message-id, commit, release or group that it rests on"},
	WHY,
};
const struct kd_vt kd_vt_case_state = {
	KD_VT_CHOICES({.verb = "state", .takes = "group"},
		      {.verb = "state", .takes = "group ref why", .needs = "state", .effect = "moves the follow-up of a group of the team to another state"}),
	KD_VT_PARAMS(case_state),
	.next = {{"case_follow", "what is still open"}},
};

static const char *const link_kinds[] = {"ticket", "issue", "fix", "dup", NULL};

static const struct kd_vt_param case_link[] = {
	{"subject", .type = KD_VT_ID, .flags = KD_VT_REQ, .help = "g-…, ev-…, inc-…, c…, issue:KEY, ticket:…"},
	{"target", .type = KD_VT_ID, .help = "jira:KRN-1, git:COMMIT; else links are shown"},
	{"kind", .type = KD_VT_ENUM, .option = "kind", .choices = link_kinds},
	{"url", .type = KD_VT_STR, .option = "url"},
	{"title", .type = KD_VT_STR, .option = "title"},
	{"remove", .type = KD_VT_BOOL, .option = "remove"},
};
const struct kd_vt kd_vt_case_link = {
	KD_VT_CHOICES({.verb = "link", .takes = "subject"},
		      {.verb = "link", .takes = "subject kind url title remove", .needs = "target",
		       .effect = "ties the subject to the target in the team's memory, or with remove takes that tie away"}),
	KD_VT_PARAMS(case_link),
	.next = {{"investigate", "the group by its id"}},
};

static const struct kd_vt_param case_ticket[] = {
	{"group", .type = KD_VT_ID, .begins = KD_VT_MEMORY, .help = "of create"},
	{"ticket", .type = KD_VT_ID, .help = "of comment, show: KRN-12"},
	{"words", .type = KD_VT_LIST, .help = "of list"},
	{"text", .type = KD_VT_TEXT, .option = "file", .help = "of the comment, body of the new ticket"},
	{"title", .type = KD_VT_STR, .option = "title"},
	LIMIT,
};
const struct kd_vt kd_vt_case_ticket = {
	.chooser = "action",
	KD_VT_CHOICES({"list", "ticket", .action = "list", .takes = "words limit"}, {"show", "ticket", .action = "show", .takes = "", .needs = "ticket"},
		      {"create", "ticket", .action = "create", .takes = "text title", .needs = "group",
		       .effect = "makes a ticket in the team's ticket system and links the group to it"},
		      {"comment", "ticket", .action = "comment", .takes = "text", .needs = "ticket text",
		       .effect = "writes a comment on a ticket of the team's ticket system"}),
	KD_VT_PARAMS(case_ticket),
	.flags = KD_VT_TRY,
	.next = {{"case_state", "the next step"}},
};

static const struct kd_vt_param case_ingest[] = {
	{"path", .type = KD_VT_PATH, .flags = KD_VT_INPUT | KD_VT_DIR, .help = "logs, events as JSON, folder"},
	{"text", .type = KD_VT_TEXT, .flags = KD_VT_INPUT},
	{"host", .type = KD_VT_ID, .option = "host", .help = "the machine that it is of"},
	{"boot", .type = KD_VT_ID, .option = "boot", .help = "its boot id"},
	{"release", .type = KD_VT_ID, .option = "release"},
	{"time", .type = KD_VT_ID, .option = "time", .help = "2026-11-22T10:00:00Z"},
};
const struct kd_vt kd_vt_case_ingest = {
	KD_VT_CHOICES({.verb = "ingest", .effect = "puts the reports of this input as events into the team's memory"}),
	KD_VT_PARAMS(case_ingest),
	.next = {{"triage", "what came in"}},
};

static const char *const claim_states[] = {"hypothesis", "supported", "refuted", "verified", NULL};

static const struct kd_vt_param ledger_show[] = {
	{"claim", .type = KD_VT_ID, .help = "c…; else a list, refuted first"},
	{"about", .type = KD_VT_ID, .option = "about", .help = "g-…, ev-…, inc-…, issue:KEY"},
	{"status", .type = KD_VT_ENUM, .option = "status", .choices = claim_states},
	LIMIT,
};
const struct kd_vt kd_vt_ledger_show = {
	KD_VT_CHOICES({.verb = "ledger", .action = "list", .takes = "about status limit"},
		      {.verb = "ledger", .action = "show", .takes = "limit", .needs = "claim"}),
	KD_VT_PARAMS(ledger_show),
	.next = {{"evidence_check", "does it still hold?"}, {"ledger_add", "a claim, support, refute"}},
};

static const struct kd_vt_param ledger_add[] = {
	{"claim", .type = KD_VT_STR, .help = "of add: the sentence; else its id c…"},
	{"about", .type = KD_VT_ID, .option = "about", .help = "g-…, ev-…, inc-…, issue:KEY, ticket:…"},
	{"by", .type = KD_VT_STR, .option = "by", .help = "model:NAME", .begins = "model: program:"},
	{"log", .type = KD_VT_PATH, .flags = KD_VT_FEED, .option = "evidence", .help = "log or vmcore: evidence of investigate"},
	{"with", .type = KD_VT_LIST, .flags = KD_VT_CITES, .option = "with", .help = "its evidence ids e…; without log: of the ledger"},
	{"evidence", .type = KD_VT_PATHS, .option = "evidence", .help = "files with answers in JSON"},
	WHY,
};
const struct kd_vt kd_vt_ledger_add = {
	.chooser = "action",
	KD_VT_CHOICES({"add", "ledger", .fixed = "--by=program:mcp", .action = "add", .takes = "about by log evidence with why", .needs = "claim", .effect = "adds a claim to the ledger"},
		      {"support", "ledger", .fixed = "--by=program:mcp", .action = "support", .takes = "by log evidence with why", .needs = "claim", .effect = "supports a claim of the ledger"},
		      {"refute", "ledger", .fixed = "--by=program:mcp", .action = "refute", .takes = "by log evidence with", .needs = "claim why", .effect = "refutes a claim of the ledger"},
		      {"verify", "ledger", .fixed = "--by=program:mcp", .action = "verify", .takes = "by why", .needs = "claim", .effect = "marks a claim of the ledger verified"}),
	KD_VT_PARAMS(ledger_add),
	.flags = KD_VT_FREE,
	.next = {{"evidence_check", "look again at its evidence"}, {"ledger_show", "what was claimed"}},
};

static const struct kd_vt_param evidence_check[] = {
	{"ids", .type = KD_VT_LIST, .flags = KD_VT_IDS, .help = "claims c…, evidence e… of the ledger"},
	{"answer", .type = KD_VT_PATH, .help = "or: file with an answer in JSON …"},
	{"input", .type = KD_VT_PATH, .help = "… and the log or dump it is about"},
	{"log", .type = KD_VT_PATH, .option = "log", .help = "of ids: read spans from it"},
	{"dump", .type = KD_VT_PATH, .option = "dump"},
	{"tree", .type = KD_VT_PATH, .flags = KD_VT_TREE, .option = "tree", .help = "git repository"},
};
const struct kd_vt kd_vt_evidence_check = {
	KD_VT_CHOICES({.verb = "evidence check", .takes = "log dump tree", .needs = "ids"},
		      {.verb = "evidence check", .takes = "answer", .needs = "answer input"}),
	KD_VT_PARAMS(evidence_check),
	.next = {{"ledger_add", "verify or refute the claim"}},
};

static const struct kd_vt_param lint_report[] = {
	{"path", .type = KD_VT_PATH, .flags = KD_VT_INPUT, .help = "the report, with log"},
	{"text", .type = KD_VT_TEXT, .flags = KD_VT_INPUT, .help = "the report itself"},
	{"log", .type = KD_VT_PATHS, .option = "log", .help = "logs, dumps that it is about"},
	{"evidence", .type = KD_VT_PATHS, .option = "evidence", .help = "answers in JSON that it cites"},
	{"tree", .type = KD_VT_PATH, .flags = KD_VT_TREE, .option = "tree", .help = "source that it cites"},
	{"release", .type = KD_VT_STR, .option = "at", .help = "of tree"},
	LIMIT,
};
/* An answer names the input whose bytes are looked at again, wherever that is: with a log it is that log. */
const struct kd_vt kd_vt_lint_report = {
	KD_VT_CHOICES({.verb = "lint", .takes = "text tree release limit"}, {.verb = "lint", .needs = "log"}),
	KD_VT_PARAMS(lint_report),
	.next = {{"ledger_show", "what is supported"}},
};

const struct kd_vt kd_vt_setup_check = {
	KD_VT_CHOICES({.verb = "setup", .action = "check"}),
};
