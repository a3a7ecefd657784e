// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/gitfetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/proc.h"
#include "base/view.h"
#include "source/git.h"

enum { ENV_MAX = 24, URL_MAX_BYTES = 2000 };
static const uint64_t MAX_BYTES = (uint64_t)16 << 30;

bool kd_git_fetch_url_ok(const char *url)
{
	struct kd_view v = kd_view_of(url), host;

	if (v.n > URL_MAX_BYTES || (!kd_view_skip(&v, KD_V("http://")) && !kd_view_skip(&v, KD_V("https://"))))
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (v.p[i] <= ' ' || v.p[i] >= 127 || strchr("\"'\\<>`{}|^?#", v.p[i]))
			return false;
	host = kd_view_head(v, kd_view_chr(v, '/') == KD_NPOS ? v.n : kd_view_chr(v, '/'));
	return host.n && host.p[0] != '-' && kd_view_chr(host, '@') == KD_NPOS;
}

static bool branch_ok(const char *branch)
{
	struct kd_view v = kd_view_of(branch);

	if (!kd_view_skip(&v, KD_V("refs/heads/")) || !v.n || kd_view_has(v, KD_V("..")))
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_alnum(v.p[i]) && !strchr("-_./", v.p[i]))
			return false;
	return true;
}

static const char *const fixed_env[] = {
	"LC_ALL=C",
	"HOME=/nonexistent",
	"XDG_CONFIG_HOME=/nonexistent",
	"GIT_CONFIG_NOSYSTEM=1",
	"GIT_CONFIG_SYSTEM=/dev/null",
	"GIT_CONFIG_GLOBAL=/dev/null",
	"GIT_ATTR_NOSYSTEM=1",
	"GIT_ALLOW_PROTOCOL=http:https",
	"GIT_TERMINAL_PROMPT=0",
	"GIT_ASKPASS=false",
	"SSH_ASKPASS=false",
	"GIT_SSH_COMMAND=false",
	"GIT_PAGER=cat",
};

/* "NAME=value" of our environment; NULL when it is not set. */
static char *inherit(const char *name)
{
	const char *value = getenv(name);
	char *s;
	size_t n;

	if (!value)
		return NULL;
	n = strlen(name) + strlen(value) + 2;
	s = kd_xmalloc(n);
	snprintf(s, n, "%s=%s", name, value);
	return s;
}

static struct kd_error *judge(const struct kd_git_fetch *f, const struct kd_proc_req *p, const struct kd_proc_result *r)
{
	struct kd_error *err;

	if (r->cancelled)
		return kd_error_new(KD_CANCELLED, "cancelled");
	if (r->timed_out)
		return kd_error_new(KD_TIMEOUT, "fetching %s took longer than %u s", f->url, p->timeout_ms / 1000);
	err = kd_proc_check(p, r);
	if (err)
		err->cls = KD_NETWORK;
	return err;
}

static struct kd_error *run(struct kd_ctx *ctx, const struct kd_git_fetch *f, const char *const *argv)
{
	static const char *const names[] = {"PATH", "http_proxy", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"};
	char *own[KD_ARRAY_LEN(names)];
	const char *env[ENV_MAX] = {0};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	struct kd_proc_req p = {
		.argv = argv,
		.env = env,
		.timeout_ms = (f->timeout_s ? f->timeout_s : 3600) * 1000,
		.max_file = f->max_bytes ? f->max_bytes : MAX_BYTES,
		.cancel = ctx->cancel,
	};
	struct kd_error *err;
	size_t n = 0;

	_Static_assert(KD_ARRAY_LEN(fixed_env) + KD_ARRAY_LEN(names) < ENV_MAX, "room for all");
	for (size_t i = 0; i < KD_ARRAY_LEN(fixed_env); i++)
		env[n++] = fixed_env[i];
	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++) {
		own[i] = inherit(names[i]);
		if (own[i])
			env[n++] = own[i];
	}
	err = kd_proc_run(&p, &r);
	if (!err)
		err = judge(f, &p, &r);
	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		kd_free(own[i]);
	return err;
}

/* git leaves the pack of a fetch that was killed behind; of a full one the size tells why it was. */
struct rest {
	uint64_t max;
	bool full;
};

static struct kd_error *on_rest(void *user, const struct kd_fs_entry *e)
{
	struct rest *r = user;

	if (!kd_view_starts(kd_view_of(e->name), KD_V("tmp_")))
		return NULL;
	r->full = r->full || e->size >= r->max;
	(void)unlink(e->path);
	return NULL;
}

static struct kd_error *clean_up(const struct kd_git_fetch *f, struct kd_error *err)
{
	struct rest r = {.max = f->max_bytes ? f->max_bytes : MAX_BYTES};
	static const struct kd_fs_walk_opts opts = {.max_depth = 1};
	char path[4096 + 32];

	snprintf(path, sizeof(path), "%s/objects/pack", f->dir);
	kd_error_free(kd_fs_walk(path, &opts, on_rest, &r));
	if (!r.full)
		return err;
	kd_error_free(err);
	return kd_error_new(KD_LIMIT, "fetching %s needs a file of more than %llu bytes", f->url, (unsigned long long)r.max);
}

static struct kd_error *make(struct kd_ctx *ctx, const struct kd_git_fetch *f)
{
	const char *const argv[] = {"git", "-c", "core.hooksPath=/dev/null", "init", "--quiet", "--bare", "--template=",
				    "--initial-branch=master", "--", f->dir, NULL};
	struct kd_error *err = kd_fs_mkdirs(f->dir, 0755);

	return err ? err : run(ctx, f, argv);
}

struct kd_error *kd_git_fetch(struct kd_ctx *ctx, const struct kd_git_fetch *f)
{
	char git_dir[4096 + 16], spec[512];
	const char *const argv[] = {
		"git", git_dir,
		"-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.alternateRefsCommand=",
		"-c", "protocol.allow=never", "-c", "protocol.http.allow=always", "-c", "protocol.https.allow=always",
		"-c", "http.followRedirects=false", "-c", "http.sslVerify=true", "-c", "http.emptyAuth=false",
		"-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=120", "-c", "http.cookieFile=",
		"-c", "credential.helper=", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
		"fetch", "--no-progress", "--update-shallow", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--atomic",
		"--no-auto-maintenance", "--", f->url, spec, NULL};
	struct kd_error *err = NULL;

	if (!kd_git_fetch_url_ok(f->url))
		return kd_error_new(KD_INVALID, "%s is no http or https address without user and query", f->url);
	if (!branch_ok(f->branch) || strlen(f->branch) > 200 || strlen(f->dir) > 4000)
		return kd_error_new(KD_INVALID, "%s is no branch that is fetched", f->branch);
	snprintf(git_dir, sizeof(git_dir), "--git-dir=%s", f->dir);
	snprintf(spec, sizeof(spec), "+%s:%s", f->branch, f->branch);
	if (!kd_git_is_repository(f->dir))
		err = make(ctx, f);
	if (err)
		return kd_error_wrap(err, "%s", f->dir);
	err = run(ctx, f, argv);
	return err ? clean_up(f, err) : NULL;
}
