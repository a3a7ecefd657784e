/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sandbox.h: run a compiler or another tool on files that are not trusted: without a network,
 * under limits, with the host read-only.
 *
 *	const char *const argv[] = {"make", "-C", "/src", NULL};
 *	struct kd_sandbox_bind b[] = {{tree, tree, false}, {out, out, true}};
 *	struct kd_sandbox_req req = {.argv = argv, .bind = b, .nbinds = 2, .limit_s = 600};
 *	kd_auto(kd_sandbox_result_deinit) struct kd_sandbox_result r = {0};
 *	err = kd_sandbox_run(ctx, &req, &r);
 *
 * With bubblewrap the program sees /usr and a few files of /etc read-only, an own /proc, /dev
 * and /tmp, what is bound, and nothing else. Without it (util-linux' unshare): an own network
 * and process namespace, but the file system as it is; binds with another name inside are not
 * possible then (kd_sandbox_kind() tells before). Without both: KD_NOTFOUND. There is no way to
 * run without a sandbox.
 *
 * The environment inside is fixed: nothing of the caller's reaches the program.
 */
#ifndef KD_LAB_SANDBOX_H
#define KD_LAB_SANDBOX_H

#include "base/buf.h"
#include "base/ctx.h"
#include "base/error.h"

enum kd_sandbox_kind { KD_SANDBOX_NONE, KD_SANDBOX_BWRAP, KD_SANDBOX_NETNS };

struct kd_sandbox_bind {
	const char *from, *to; /* outside, inside; absolute */
	bool write;
};

#define KD_SANDBOX_BINDS 16

/* Zero members mean the default. */
struct kd_sandbox_req {
	const char *const *argv; /* NULL at the end */
	const char *name; /* for messages; default: argv[0] */
	const struct kd_sandbox_bind *bind;
	size_t nbinds; /* at most KD_SANDBOX_BINDS */
	const char *system; /* folder with a usr/ that is shown instead of this system's (bwrap) */
	const char *cwd; /* inside; default: "/" */
	const char *const *env; /* "NAME=value" beside the fixed ones, NULL at the end */
	enum kd_sandbox_kind kind; /* default: what kd_sandbox_kind() says */
	const char *log; /* file outside that all output is appended to */
	unsigned limit_s; /* wall clock; 3600 */
	uint64_t limit_memory; /* of one process; 8 GiB */
	uint64_t limit_file; /* one file; 8 GiB */
	uint64_t limit_disk; /* bytes below the first writable bind; 0: no limit */
	uint64_t keep_free; /* bytes that stay free on its file system; 512 MiB */
	/* Each line of output; what the caller makes of it is its affair. */
	void (*line)(void *user, struct kd_view line);
	void *user;
};

struct kd_sandbox_result {
	enum kd_sandbox_kind kind; /* what it ran under */
	struct kd_buf tail; /* the last lines of its output */
	char *first_error; /* first line that looks like a compiler's or make's error, or NULL */
	uint64_t lines; /* of output */
	int64_t ms;
};

/* What this machine has; tried, not guessed. KD_SANDBOX_NONE when nothing works. */
enum kd_sandbox_kind kd_sandbox_kind(struct kd_ctx *ctx);

/* "bubblewrap", "network namespace", "none". */
const char *kd_sandbox_word(enum kd_sandbox_kind kind);

/*
 * NULL when it exited with 0. KD_NOTFOUND: no sandbox here; KD_TIMEOUT, KD_LIMIT (disk, with
 * what it was), KD_CANCELLED; KD_IO with the first error line when it failed. ret is filled in
 * each case.
 */
KD_MUST_CHECK struct kd_error *kd_sandbox_run(struct kd_ctx *ctx, const struct kd_sandbox_req *req,
					      struct kd_sandbox_result *ret);

void kd_sandbox_result_deinit(struct kd_sandbox_result *r);

#endif
