// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/fs.h"
#include "base/proc.h"
#include "base/time.h"
#include "base/vec.h"

enum {
	ARGS_MAX = 256,
	ARGS_MEMORY = 256 << 10,
	TAIL_BYTES = 16 << 10,
	LINE_BYTES = 4096,
	PROBE_MS = 10000,
	DISK_EVERY_MS = 10000,
	WALK_ENTRIES = 2000000,
	WALK_DEPTH = 64,
};

struct args {
	KD_VEC(const char *) list;
	struct kd_arena arena;
	bool full;
};

static void args_deinit(struct args *a)
{
	kd_vec_free(&a->list);
	kd_arena_deinit(&a->arena);
}

static void arg(struct args *a, const char *s)
{
	const char **slot = kd_vec_push(&a->list, ARGS_MAX);

	if (slot)
		*slot = s;
	else
		a->full = true;
}

static void args3(struct args *a, const char *x, const char *y, const char *z)
{
	arg(a, x);
	arg(a, y);
	arg(a, z);
}

/* ---- what the program sees ---- */

/* /bin and its kin are links into /usr on some systems and folders on others. */
static void own_system(struct args *a, const char *root)
{
	static const char *const top[] = {"bin", "sbin", "lib", "lib32", "lib64", "libx32"};

	args3(a, "--ro-bind", kd_arena_printf(&a->arena, "%s/usr", root).p, "/usr");
	for (size_t i = 0; i < KD_ARRAY_LEN(top); i++)
		args3(a, "--symlink", kd_arena_printf(&a->arena, "usr/%s", top[i]).p,
		      kd_arena_printf(&a->arena, "/%s", top[i]).p);
}

static void system_folders(struct args *a)
{
	static const char *const top[] = {"/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"};
	char target[256];

	args3(a, "--ro-bind", "/usr", "/usr");
	for (size_t i = 0; i < KD_ARRAY_LEN(top); i++) {
		ssize_t n = readlink(top[i], target, sizeof(target));

		if (n > 0 && (size_t)n < sizeof(target))
			args3(a, "--symlink",
			      kd_arena_view(&a->arena, kd_view(target, (size_t)n)).p, top[i]);
		else
			args3(a, "--ro-bind-try", top[i], top[i]);
	}
	args3(a, "--ro-bind-try", "/etc/alternatives", "/etc/alternatives");
	args3(a, "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache");
	args3(a, "--ro-bind-try", "/etc/ld.so.conf", "/etc/ld.so.conf");
	args3(a, "--ro-bind-try", "/etc/ld.so.conf.d", "/etc/ld.so.conf.d");
}

static void bwrap_args(struct args *a, const struct kd_sandbox_req *req)
{
	static const char *const fixed[] = {"bwrap",	      "--unshare-all", "--die-with-parent",
					    "--new-session", "--cap-drop",    "ALL"};

	for (size_t i = 0; i < KD_ARRAY_LEN(fixed); i++)
		arg(a, fixed[i]);
	if (req->system)
		own_system(a, req->system);
	else
		system_folders(a);
	arg(a, "--proc");
	arg(a, "/proc");
	arg(a, "--dev");
	arg(a, "/dev");
	arg(a, "--tmpfs");
	arg(a, "/tmp");
	for (size_t i = 0; i < req->nbinds; i++)
		args3(a, req->bind[i].write ? "--bind" : "--ro-bind", req->bind[i].from,
		      req->bind[i].to);
	arg(a, "--chdir");
	arg(a, req->cwd ? req->cwd : "/");
	arg(a, "--");
}

static void netns_args(struct args *a)
{
	arg(a, "unshare");
	if (geteuid())
		arg(a, "--map-root-user");
	arg(a, "--net");
	arg(a, "--pid");
	arg(a, "--fork");
	arg(a, "--kill-child");
	arg(a, "--");
}

static void environment(struct args *e, const struct kd_sandbox_req *req)
{
	static const char *const fixed[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/tmp",
					    "TMPDIR=/tmp", "LC_ALL=C", "TZ=UTC"};

	for (size_t i = 0; i < KD_ARRAY_LEN(fixed); i++)
		arg(e, fixed[i]);
	for (const char *const *v = req->env; v && *v; v++)
		arg(e, *v);
	arg(e, NULL);
}

/* ---- while it runs ---- */

struct watch {
	struct kd_ctx *ctx;
	const struct kd_sandbox_req *req;
	struct kd_sandbox_result *r;
	const char *out; /* first writable bind, or NULL */
	struct kd_buf line[2]; /* of its output and of its errors */
	int log;
	int64_t next_disk_ns;
	uint64_t used, free;
	bool disk_full, over_limit;
	int log_errno;
};

static struct kd_error *add_size(void *user, const struct kd_fs_entry *e)
{
	struct watch *w = user;

	w->used += e->size;
	return kd_ctx_check(w->ctx);
}

static bool disk_is_fine(struct watch *w)
{
	struct kd_fs_walk_opts o = {
		.max_entries = WALK_ENTRIES, .max_depth = WALK_DEPTH, .hidden = true};
	uint64_t keep = w->req->keep_free ? w->req->keep_free : (uint64_t)512 << 20;
	struct statvfs vfs;
	int64_t start;

	if (!w->out)
		return true;
	if (!statvfs(w->out, &vfs)) {
		w->free = (uint64_t)vfs.f_bavail * vfs.f_frsize;
		w->disk_full = w->free < keep;
	}
	start = kd_mono_ns();
	if (w->req->limit_disk && start >= w->next_disk_ns) {
		w->used = 0;
		kd_error_free(kd_fs_walk(w->out, &o, add_size, w)); /* a lower bound will do */
		w->over_limit = w->used > w->req->limit_disk;
		w->next_disk_ns = kd_mono_ns() + DISK_EVERY_MS * (int64_t)1000000 +
				  10 * (kd_mono_ns() - start);
	}
	return !w->disk_full && !w->over_limit;
}

static bool looks_like_error(struct kd_view v)
{
	return kd_view_has(v, KD_V(" error: ")) || kd_view_has(v, KD_V(": error:")) ||
	       kd_view_starts(v, KD_V("ERROR: ")) || kd_view_has(v, KD_V("undefined reference")) ||
	       kd_view_has(v, KD_V("fatal error")) ||
	       kd_view_has(v, KD_V("not found (required by ")) || kd_view_starts(v, KD_V("bwrap: ")) ||
	       kd_view_starts(v, KD_V("unshare: "));
}

static bool looks_like_make_error(struct kd_view v)
{
	return kd_view_starts(v, KD_V("make")) && kd_view_has(v, KD_V("*** "));
}

static void set_error(struct kd_sandbox_result *r, struct kd_view v)
{
	if (!r->first_error)
		r->first_error = kd_xstrndup(v.p, v.n < 500 ? v.n : 500);
}

static void end_of_line(struct watch *w, struct kd_buf *line)
{
	struct kd_view v = kd_buf_view(line);

	w->r->lines++;
	if (looks_like_error(v) || looks_like_make_error(v))
		set_error(w->r, v);
	while (w->r->tail.n && w->r->tail.n + v.n + 1 > TAIL_BYTES)
		kd_buf_drop(&w->r->tail, w->r->tail.n / 2);
	kd_buf_add(&w->r->tail, v);
	kd_buf_addc(&w->r->tail, '\n');
	if (w->req->line)
		w->req->line(w->req->user, v);
	kd_buf_clear(line);
}

static void write_log(struct watch *w, struct kd_view v)
{
	while (w->log >= 0 && v.n) {
		ssize_t n = write(w->log, v.p, v.n);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			w->log_errno = errno;
			return;
		}
		v = kd_view_from(v, (size_t)n);
	}
}

static void take(struct watch *w, struct kd_buf *b, struct kd_buf *line)
{
	struct kd_view v = kd_buf_view(b);

	write_log(w, v);
	for (size_t i = 0; i < v.n; i++) {
		if (v.p[i] == '\n')
			end_of_line(w, line);
		else if (line->n < LINE_BYTES) /* the log file has all of it */
			kd_buf_addc(line, v.p[i]);
	}
	kd_buf_drop(b, b->n);
}

static bool watch(void *user, struct kd_proc_result *r)
{
	struct watch *w = user;

	take(w, &r->out, &w->line[0]);
	take(w, &r->err, &w->line[1]);
	return !w->log_errno && disk_is_fine(w);
}

static struct kd_error *open_log(struct watch *w)
{
	if (!w->req->log)
		return NULL;
	w->log = open(w->req->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	return w->log < 0 ? kd_error_errno(errno, "%s", w->req->log) : NULL;
}

static void watch_deinit(struct watch *w)
{
	if (w->log >= 0)
		close(w->log);
	kd_buf_deinit(&w->line[0]);
	kd_buf_deinit(&w->line[1]);
}

/* ---- which one ---- */

static bool works(const char *const *argv, struct kd_ctx *ctx)
{
	struct kd_proc_req req = {.argv = argv, .timeout_ms = PROBE_MS, .cancel = ctx->cancel};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result r = {0};
	kd_auto(kd_error_freep) struct kd_error *err = kd_proc_run(&req, &r);

	if (!err)
		err = kd_proc_check(&req, &r);
	return !err;
}

enum kd_sandbox_kind kd_sandbox_kind(struct kd_ctx *ctx)
{
	static const char *const program[] = {"/usr/bin/true", NULL};
	const struct kd_sandbox_req req = {.argv = program};
	kd_auto(args_deinit) struct args b = {.arena = KD_ARENA_INIT(ARGS_MEMORY)};
	kd_auto(args_deinit) struct args n = {.arena = KD_ARENA_INIT(ARGS_MEMORY)};

	bwrap_args(&b, &req);
	arg(&b, program[0]);
	arg(&b, NULL);
	if (works(b.list.v, ctx))
		return KD_SANDBOX_BWRAP;
	netns_args(&n);
	arg(&n, program[0]);
	arg(&n, NULL);
	return works(n.list.v, ctx) ? KD_SANDBOX_NETNS : KD_SANDBOX_NONE;
}

const char *kd_sandbox_word(enum kd_sandbox_kind kind)
{
	return kind == KD_SANDBOX_BWRAP   ? "bubblewrap"
	       : kind == KD_SANDBOX_NETNS ? "network namespace"
					  : "none";
}

/* ---- run ---- */

static struct kd_error *check_binds(const struct kd_sandbox_req *req, enum kd_sandbox_kind kind)
{
	if (kind == KD_SANDBOX_NONE)
		return kd_error_new(KD_NOTFOUND,
				    "neither bubblewrap (bwrap) nor unshare works here, and nothing "
				    "is built outside a sandbox: install bubblewrap");
	if (req->nbinds > KD_SANDBOX_BINDS)
		return kd_error_new(KD_INTERNAL, "too many binds");
	if (kind != KD_SANDBOX_BWRAP && req->system)
		return kd_error_new(KD_UNSUPPORTED, "programs of %s run under bubblewrap only",
				    req->system);
	for (size_t i = 0; kind == KD_SANDBOX_NETNS && i < req->nbinds; i++)
		if (!kd_view_eq(kd_view_of(req->bind[i].from), kd_view_of(req->bind[i].to)))
			return kd_error_new(KD_UNSUPPORTED,
					    "%s cannot be shown under another name without "
					    "bubblewrap",
					    req->bind[i].from);
	return NULL;
}

static struct kd_error *judge(const struct kd_sandbox_req *req, const struct watch *w,
			      const struct kd_proc_req *preq, struct kd_proc_result *r)
{
	const char *name = req->name ? req->name : req->argv[0];

	if (w->log_errno)
		return kd_error_errno(w->log_errno, "writing %s", req->log);
	if (r->stopped && w->disk_full)
		return kd_error_new(KD_LIMIT,
				    "%s was stopped: only %llu MiB are free where it writes", name,
				    (unsigned long long)(w->free >> 20));
	if (r->stopped && w->over_limit)
		return kd_error_new(
			KD_LIMIT,
			"%s was stopped: it has written %llu MiB, the limit is %llu MiB", name,
			(unsigned long long)(w->used >> 20),
			(unsigned long long)(req->limit_disk >> 20));
	if (r->cancelled)
		return kd_error_new(KD_CANCELLED, "%s was stopped on request", name);
	if (r->timed_out)
		return kd_error_new(KD_TIMEOUT, "%s did not end within %u s", name,
				    preq->timeout_ms / 1000);
	if (r->exit_status && w->r->first_error)
		return kd_error_new(KD_IO, "%s exited with status %d: %s", name, r->exit_status,
				    w->r->first_error);
	if (r->exit_status || r->signal) {
		struct kd_view t = kd_view_trim(kd_buf_view(&w->r->tail));
		size_t nl = kd_view_rchr(t, '\n');

		t = kd_view_from(t, nl == KD_NPOS ? 0 : nl + 1);
		return kd_error_new(KD_IO, "%s %s %d%s%.*s", name,
				    r->signal ? "was killed by signal" : "exited with status",
				    r->signal ? r->signal : r->exit_status, t.n ? ": " : "",
				    (int)(t.n < 500 ? t.n : 500), t.n ? t.p : "");
	}
	return kd_proc_check(preq, r);
}

static void prepare(struct args *a, struct args *e, const struct kd_sandbox_req *req,
		    enum kd_sandbox_kind kind)
{
	if (kind == KD_SANDBOX_BWRAP)
		bwrap_args(a, req);
	else
		netns_args(a);
	for (const char *const *v = req->argv; *v; v++)
		arg(a, *v);
	arg(a, NULL);
	environment(e, req);
}

struct kd_error *kd_sandbox_run(struct kd_ctx *ctx, const struct kd_sandbox_req *req,
				struct kd_sandbox_result *ret)
{
	kd_auto(args_deinit) struct args a = {.arena = KD_ARENA_INIT(ARGS_MEMORY)};
	kd_auto(args_deinit) struct args e = {.arena = KD_ARENA_INIT(ARGS_MEMORY)};
	kd_auto(kd_proc_result_deinit) struct kd_proc_result pr = {0};
	kd_auto(watch_deinit) struct watch w = {
		.ctx = ctx,
		.req = req,
		.r = ret,
		.log = -1,
		.line = {KD_BUF_INIT(LINE_BYTES + 1), KD_BUF_INIT(LINE_BYTES + 1)}};
	struct kd_proc_req preq = {
		.timeout_ms = 1000 * (req->limit_s ? req->limit_s : 3600),
		.max_memory = req->limit_memory ? req->limit_memory : (uint64_t)8 << 30,
		.max_file = req->limit_file ? req->limit_file : (uint64_t)8 << 30,
		.cancel = ctx->cancel,
		.watch = watch,
		.watch_user = &w,
	};
	struct kd_error *err;

	*ret = (struct kd_sandbox_result){.kind = req->kind ? req->kind : kd_sandbox_kind(ctx),
					  .tail = KD_BUF_INIT(TAIL_BYTES + LINE_BYTES)};
	err = check_binds(req, ret->kind);
	if (!err)
		err = open_log(&w);
	if (err)
		return err;
	for (size_t i = 0; i < req->nbinds && !w.out; i++)
		w.out = req->bind[i].write ? req->bind[i].from : NULL;
	prepare(&a, &e, req, ret->kind);
	if (a.full || e.full)
		return kd_error_new(KD_LIMIT, "too many arguments for a sandbox");
	preq.argv = a.list.v;
	preq.env = e.list.v;
	if (ret->kind == KD_SANDBOX_NETNS)
		preq.cwd = req->cwd;
	err = kd_proc_run(&preq, &pr);
	if (err)
		return err;
	for (size_t i = 0; i < KD_ARRAY_LEN(w.line); i++)
		if (w.line[i].n)
			end_of_line(&w, &w.line[i]);
	ret->ms = pr.ms;
	return judge(req, &w, &preq, &pr);
}

void kd_sandbox_result_deinit(struct kd_sandbox_result *r)
{
	kd_buf_deinit(&r->tail);
	kd_free(r->first_error);
	r->first_error = NULL;
}
