// SPDX-License-Identifier: GPL-2.0-or-later
#include "source/git.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/alloc.h"

enum {
	LINE_MAX_BYTES = 8192, /* a header line of cat-file */
	EACH_MS = 600000, /* all blobs of a tree */
};

static bool is_there(const char *dir, const char *name, bool folder)
{
	kd_auto(kd_freep) char *path = kd_xprintf("%s%s", dir, name);
	struct stat st;

	return !stat(path, &st) && (folder ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

static bool is_bare(const char *where)
{
	return is_there(where, "/HEAD", false) && is_there(where, "/objects", true) &&
	       is_there(where, "/refs", true);
}

bool kd_git_is_repository(const char *where)
{
	return is_there(where, "/.git", false) || is_bare(where);
}

struct kd_error *kd_git_open(struct kd_ctx *ctx, const char *where, struct kd_git *ret)
{
	kd_auto(kd_freep) char *dir = NULL;
	const char *path = getenv("PATH");

	if (is_there(where, "/.git", false))
		dir = kd_xprintf("%s/.git", where);
	else if (is_bare(where))
		dir = kd_xprintf("%s", where);
	else
		return kd_error_new(KD_NOTFOUND, "%s is no git repository", where);
	*ret = (struct kd_git){
		.ctx = ctx,
		.dir = kd_xprintf("--git-dir=%s", dir),
		.path = kd_xprintf("PATH=%s", path ? path : "/usr/bin:/bin"),
	};
	return NULL;
}

void kd_git_deinit(struct kd_git *g)
{
	kd_free(g->dir);
	kd_free(g->path);
	*g = (struct kd_git){0};
}

/* git(1), git-config(1): what a repository's configuration could start, and what stops it. */
static const char *const safe_args[] = {
	"--no-pager",
	"--no-replace-objects",
	"--no-optional-locks",
	"--literal-pathspecs",
	"-c", "core.fsmonitor=false",
	"-c", "core.hooksPath=/dev/null",
	"-c", "core.attributesFile=/dev/null",
	"-c", "core.alternateRefsCommand=",
	"-c", "core.sshCommand=false",
	"-c", "log.showSignature=false",
	"-c", "gpg.program=false",
	"-c", "diff.external=",
	"-c", "blame.ignoreRevsFile=",
	"-c", "protocol.allow=never",
	"-c", "core.bare=true", /* no .mailmap of the folder that kdoc was started in: source/mailmap.h reads the tree's */
	"-c", "mailmap.blob=",
	"-c", "mailmap.file=",
	"-c", "color.ui=false",
	"-c", "log.showRoot=true",
};

static const char *const safe_env[] = {
	"LC_ALL=C",
	"HOME=/nonexistent",
	"XDG_CONFIG_HOME=/nonexistent",
	"GIT_CONFIG_NOSYSTEM=1",
	"GIT_CONFIG_SYSTEM=/dev/null",
	"GIT_CONFIG_GLOBAL=/dev/null",
	"GIT_ATTR_NOSYSTEM=1",
	"GIT_NO_REPLACE_OBJECTS=1",
	"GIT_NO_LAZY_FETCH=1",
	"GIT_ALLOW_PROTOCOL=none", /* a list of the allowed ones; there is none of this name */
	"GIT_GRAFT_FILE=/dev/null",
	"GIT_OPTIONAL_LOCKS=0",
	"GIT_TERMINAL_PROMPT=0",
	"GIT_PAGER=cat",
	"GIT_ASKPASS=false",
	"GIT_SSH_COMMAND=false",
};

static struct kd_error *judge(const struct kd_git_req *req, const struct kd_proc_req *p,
			      const struct kd_proc_result *r, bool *cut)
{
	struct kd_error *err;

	if (r->cancelled)
		return kd_error_new(KD_CANCELLED, "cancelled");
	*cut = r->timed_out || r->out_cut || r->stopped;
	if (*cut && (req->partial || r->stopped))
		return NULL;
	if (r->timed_out)
		return kd_error_new(KD_TIMEOUT, "git %s took longer than %u s", req->args[0],
				    p->timeout_ms / 1000);
	if (r->out_cut)
		return kd_error_new(KD_LIMIT, "git %s wrote more than %zu bytes", req->args[0],
				    p->out_max);
	err = kd_proc_check(p, r);
	if (err)
		err->cls = KD_BADDATA;
	return err;
}

struct kd_error *kd_git_run(const struct kd_git *g, const struct kd_git_req *req, struct kd_buf *ret,
			    bool *cut_ret)
{
	const char *argv[KD_GIT_ARGS_MAX + KD_ARRAY_LEN(safe_args) + 3] = {"git", g->dir};
	const char *env[KD_ARRAY_LEN(safe_env) + 2] = {g->path};
	struct kd_proc_req p = {
		.argv = argv,
		.env = env,
		.input = req->input,
		.out_max = req->out_max ? req->out_max : (size_t)16 << 20,
		.timeout_ms = req->timeout_ms ? req->timeout_ms : 60000,
		.max_file = 1, /* it has nothing to write */
		.cancel = g->ctx ? g->ctx->cancel : NULL,
		.watch = req->watch,
		.watch_user = req->user,
	};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	struct kd_error *err;
	size_t n = 2;
	bool cut = false;

	memcpy(argv + n, safe_args, sizeof(safe_args));
	n += KD_ARRAY_LEN(safe_args);
	for (size_t i = 0; req->args[i]; i++) {
		if (i == KD_GIT_ARGS_MAX)
			return kd_error_new(KD_INTERNAL, "too many words for git");
		argv[n++] = req->args[i];
	}
	memcpy(env + 1, safe_env, sizeof(safe_env));
	err = kd_proc_run(&p, &r);
	if (!err)
		err = judge(req, &p, &r, &cut);
	if (err)
		return err;
	if (cut_ret)
		*cut_ret = cut;
	if (ret && !kd_buf_add(ret, kd_buf_view(&r.out)))
		return kd_error_new(KD_LIMIT, "git %s wrote more than %zu bytes", req->args[0], ret->max);
	return NULL;
}

bool kd_git_name_ok(struct kd_view name)
{
	if (!name.n || name.n > 1024 || name.p[0] == '-' || kd_view_has(name, KD_V("@{")))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] == 127)
			return false;
	return true;
}

/* ---- names to ids ---- */

static bool is_oid(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_xdigit(v.p[i]))
			return false;
	return v.n == 40 || v.n == 64;
}

struct kd_error *kd_git_resolve(const struct kd_git *g, const char *const *names, size_t n,
				char (*ret)[KD_GIT_OID])
{
	static const char *const args[] = {"cat-file", "--batch-check=%(objectname)", NULL};
	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT(1 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(1 << 20);
	struct kd_git_req req = {.args = args, .timeout_ms = 10000};
	struct kd_error *err;
	struct kd_view rest, line;

	for (size_t i = 0; i < n; i++) {
		ret[i][0] = 0;
		/* each name must give one line of answer */
		kd_buf_printf(&in, "%s\n", kd_git_name_ok(kd_view_of(names[i])) ? names[i] : "-");
	}
	req.input = kd_buf_view(&in);
	err = kd_git_run(g, &req, &out, NULL);
	if (err)
		return err;
	rest = kd_buf_view(&out);
	for (size_t i = 0; i < n && kd_view_take_until(&rest, KD_V("\n"), &line); i++)
		if (is_oid(line)) {
			memcpy(ret[i], line.p, line.n);
			ret[i][line.n] = 0;
		}
	return NULL;
}

/* ---- blobs ---- */

/* Reads what `cat-file --batch` writes: "<oid> <type> <size>\n<bytes>\n" or "<name> missing\n". */
struct stream {
	struct kd_error *(*fn)(void *user, size_t i, struct kd_view bytes);
	void *user;
	struct kd_error *err;
	struct kd_view type; /* what is asked for */
	size_t i, n, max;
	uint64_t skip; /* of a blob that is too long */
	bool bad;
};

static bool take_header(struct kd_view line, struct kd_view want, uint64_t *size, bool *is_it)
{
	struct kd_view oid, type;

	if (!kd_view_take_word(&line, &oid) || !is_oid(oid))
		return false;
	kd_view_skip_blank(&line);
	if (!kd_view_take_word(&line, &type))
		return false;
	kd_view_skip_blank(&line);
	*is_it = kd_view_eq(type, want);
	return kd_view_dec(line, size);
}

/* One answer out of *v; false: more bytes are needed first (or an error ends it). */
static bool take_one(struct stream *s, struct kd_view *v)
{
	size_t nl = kd_view_chr(kd_view_head(*v, LINE_MAX_BYTES), '\n');
	uint64_t size;
	bool is_it, header;

	if (nl == KD_NPOS) {
		s->bad = v->n >= LINE_MAX_BYTES;
		return false;
	}
	header = take_header(kd_view_head(*v, nl), s->type, &size, &is_it);
	if (!header || !is_it || size > s->max) {
		*v = kd_view_from(*v, nl + 1);
		s->skip = header ? size + 1 : 0;
		s->err = s->fn(s->user, s->i++, KD_VNULL);
		return !s->err;
	}
	if (v->n - nl - 1 < size + 1)
		return false;
	s->err = s->fn(s->user, s->i++, kd_view(v->p + nl + 1, (size_t)size));
	*v = kd_view_from(*v, nl + 1 + (size_t)size + 1);
	return !s->err;
}

static bool on_output(void *user, struct kd_proc_result *r)
{
	struct stream *s = user;
	struct kd_view v = kd_buf_view(&r->out);

	do {
		size_t n = s->skip < v.n ? (size_t)s->skip : v.n;

		v = kd_view_from(v, n);
		s->skip -= n;
	} while (!s->skip && s->i < s->n && v.n && take_one(s, &v));
	kd_buf_drop(&r->out, r->out.n - v.n);
	return !s->err && !s->bad;
}

static struct kd_error *run_stream(const struct kd_git *g, struct stream *s, struct kd_view input)
{
	static const char *const args[] = {"cat-file", "--batch", NULL};
	struct kd_git_req req = {
		.args = args,
		.input = input,
		.out_max = s->max + LINE_MAX_BYTES + ((size_t)4 << 20),
		.timeout_ms = EACH_MS,
		.watch = on_output,
		.user = s,
	};
	struct kd_error *err = kd_git_run(g, &req, NULL, NULL);

	if (s->err) {
		kd_error_free(err);
		return s->err;
	}
	if (!err && (s->bad || s->i < s->n))
		err = kd_error_new(KD_BADDATA, "git cat-file gave %zu of %zu objects", s->i, s->n);
	return err;
}

struct kd_error *kd_git_each(const struct kd_git *g, struct kd_view names, size_t n, size_t max,
			     struct kd_error *(*fn)(void *user, size_t i, struct kd_view bytes), void *user)
{
	struct stream s = {.fn = fn, .user = user, .type = KD_V("blob"), .n = n, .max = max};

	return n ? run_stream(g, &s, names) : NULL;
}

struct kd_error *kd_git_each_commit(const struct kd_git *g, struct kd_view names, size_t n, size_t max,
				    struct kd_error *(*fn)(void *user, size_t i, struct kd_view bytes), void *user)
{
	struct stream s = {.fn = fn, .user = user, .type = KD_V("commit"), .n = n, .max = max};

	return n ? run_stream(g, &s, names) : NULL;
}

struct one {
	struct kd_buf *ret;
	bool found;
};

static struct kd_error *keep(void *user, size_t i, struct kd_view bytes)
{
	struct one *o = user;

	(void)i;
	o->found = bytes.p && kd_buf_add(o->ret, bytes);
	return NULL;
}

struct kd_error *kd_git_object(const struct kd_git *g, struct kd_view name, size_t max,
			       struct kd_buf *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf in = KD_BUF_INIT(8192);
	struct one o = {.ret = ret};
	struct stream s = {.fn = keep, .user = &o, .type = KD_V("blob"), .n = 1, .max = max};
	struct kd_error *err;

	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] == '\n' || !name.p[i])
			return kd_error_new(KD_NOTFOUND, "no file has a name with a line break");
	kd_buf_add(&in, name);
	kd_buf_addc(&in, '\n');
	if (in.overflow)
		return kd_error_new(KD_NOTFOUND, "a name of %zu bytes", name.n);
	err = run_stream(g, &s, kd_buf_view(&in));
	if (!err && !o.found)
		err = kd_error_new(KD_NOTFOUND, "no file of that name and of at most %zu bytes", max);
	return err;
}
