// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "cli/interrupt.h"
#include "cli/verbs.h"
#include "serve/http.h"
#include "serve/stdio.h"

struct opts {
	struct kd_opt_list root, host;
	const char *http, *token_file, *tools;
	uint64_t workers;
	bool read_only, fixtures;
};

static const struct kd_opt opts[] = {
	KD_OPT_LIST_('r', "root", "DIR", struct opts, root,
		     "files may be named below this folder alone (the current one); may be given again"),
	KD_OPT_STR_(0, "http", "ADDRESS:PORT", struct opts, http,
		    "over HTTP at /mcp instead of standard input and output: 127.0.0.1:8765; port 0: any"),
	KD_OPT_STR_(0, "token-file", "FILE", struct opts, token_file,
		    "HTTP: clients have to send what this file holds as bearer token (or KDOC_MCP_TOKEN)"),
	KD_OPT_LIST_(0, "host", "NAME", struct opts, host,
		     "HTTP: requests may call this machine so in Host and Origin; may be given again"),
	KD_OPT_STR_('t', "tools", "NAMES", struct opts, tools,
		    "only these tools: scan_log,investigate,core_*; fewer definitions for a model to read"),
	KD_OPT_FLAG_(0, "read-only", struct opts, read_only, "nothing is written: tools that only write are left out, the others refuse to"),
	KD_OPT_NUM_(0, "workers", "N", struct opts, workers, "so many calls are worked on at once (as many as processors)"),
	KD_OPT_HIDDEN_FLAG_("fixtures", struct opts, fixtures,
			    "also offer the names that the conformance suite of the protocol asks for"),
};

/* Canonical paths in the arena. */
static struct kd_error *find_roots(const struct opts *o, struct kd_arena *arena, const char **roots, size_t *ret_n)
{
	static const char *const here[] = {"."};
	const char *const *names = o->root.n ? o->root.v : here;
	const size_t n = o->root.n ? o->root.n : 1;

	for (size_t i = 0; i < n; i++) {
		char real[PATH_MAX];
		struct stat sb;

		if (!realpath(names[i], real) || stat(real, &sb))
			return kd_error_new(KD_NOTFOUND, "--root: there is no folder %s", names[i]);
		if (!S_ISDIR(sb.st_mode))
			return kd_error_new(KD_INVALID, "--root: %s is no folder", names[i]);
		roots[i] = kd_arena_view(arena, kd_view(real, strlen(real) + 1)).p;
	}
	*ret_n = n;
	return NULL;
}

/* Name and summary of each verb. */
static const char *const *verb_names(struct kd_arena *arena)
{
	const struct kd_cmd *const *v = kd_verbs();
	const char **names;
	size_t n = 0;

	while (v[n])
		n++;
	names = kd_arena_alloc(arena, (2 * n + 1) * sizeof(*names));
	if (!names)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		names[2 * i] = v[i]->name;
		names[2 * i + 1] = v[i]->summary;
	}
	names[2 * n] = NULL;
	return names;
}

static int serve_stdio(struct kd_loop *loop, struct kd_mcp *m)
{
	struct kd_stdio *s = kd_stdio_start(loop, m, STDIN_FILENO, STDOUT_FILENO);
	bool lost;

	kd_loop_run(loop);
	lost = kd_stdio_lost(s);
	if (!lost)
		kd_mcp_goodbye(m);
	kd_stdio_stop(s);
	return lost ? KD_EXIT_OUTSIDE : KD_EXIT_OK;
}

static const char token_variable[] = "KDOC_MCP_TOKEN";

static int serve_http(struct kd_cli *cli, const struct opts *o, struct kd_loop *loop, struct kd_mcp *m)
{
	struct kd_http_conf conf = {.address = o->http, .hosts = o->host.v, .nhosts = o->host.n};
	kd_auto(kd_freep) char *token = NULL;
	struct kd_error *err = NULL;
	struct kd_http *h = NULL;

	if (o->token_file || getenv(token_variable))
		err = kd_http_token(o->token_file, token_variable, &token);
	conf.token = token;
	if (!err)
		err = kd_http_start(loop, m, &conf, &h);
	if (!err) {
		kd_out_printf(cli->err, "kdoc mcp: listening on %s\n", kd_http_url(h));
		kd_out_flush(cli->err); /* whoever started it reads where it is */
		kd_loop_run(loop);
	}
	kd_http_stop(h);
	return err ? kd_cli_fail(cli, err) : KD_EXIT_OK;
}

static int run(struct kd_cli *cli, const void *options)
{
	const struct opts *o = options;
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(4 << 20);
	kd_auto(kd_interrupt_end) struct kd_interrupt in;
	kd_auto(kd_loop_freep) struct kd_loop *loop = NULL;
	const char *roots[KD_OPT_LIST_MAX];
	struct kd_mcp_conf conf = {.roots = roots, .workers = (unsigned)o->workers, .tools = o->tools, .read_only = o->read_only, .fixtures = o->fixtures};
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct kd_error *err = find_roots(o, &arena, roots, &conf.nroots);
	struct kd_mcp *m;
	int status;

	kd_interrupt_begin(&in, cli->ctx);
	if (!err && o->workers > 256)
		err = kd_error_new(KD_INVALID, "--workers is at most 256");
	if (!err && !o->http && (o->token_file || o->host.n))
		err = kd_error_new(KD_INVALID, "--token-file and --host belong to --http");
	if (err)
		return kd_cli_fail(cli, err);
	sigaction(SIGPIPE, &ignore, NULL); /* a client that went away is no reason to end */
	conf.verbs = verb_names(&arena);
	loop = kd_loop_new(cli->ctx->cancel);
	m = kd_mcp_new(loop, &conf);
	status = o->http ? serve_http(cli, o, loop, m) : serve_stdio(loop, m);
	kd_mcp_free(m);
	return status;
}

static const char *const about[] = {
	"A server of the Model Context Protocol: agents get kdoc's verbs as tools with checked arguments and answers of "
	"bounded length, skills and help pages as resources, the steps of the workflow as prompts. Over standard input "
	"and output, as agent programs start it, or over HTTP. Revisions 2025-06-18, 2025-11-25 and 2026-07-28.",
	"Each call runs in a process of its own: what a damaged log or dump does to it ends with it. Files can be named "
	"below the roots alone; tools that write say first what they would do, and do it with confirm alone; nothing "
	"that a client composes is run.",
	"'kdoc setup install' writes it into the configuration of an agent program.",
	NULL,
};

static const struct kd_example examples[] = {
	{"kdoc mcp --root=/var/crash", "as an agent program starts it"},
	{"kdoc mcp --http=127.0.0.1:8765 --root=/var/crash", "for clients that speak HTTP"},
	{NULL, NULL},
};

const struct kd_cmd kd_cmd_mcp = {
	.name = "mcp",
	.phase = KD_PHASE_ANY,
	.usage = "",
	.summary = "kdoc's verbs as tools for agents (Model Context Protocol)",
	.about = about,
	.examples = examples,
	.opts = opts,
	.nopts = KD_ARRAY_LEN(opts),
	.opts_size = sizeof(struct opts),
	.run = run,
};
