// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/input.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"
#include "verb/core.h"
#include "verb/parts.h"

enum { PROC_FS = 0x9fa0 }; /* statfs(2) */

struct walk {
	struct kd_ctx *ctx;
	const struct kd_input_ops *ops;
	void *user;
	struct kd_input_skipped skipped;
	char *first_binary, *first_unreadable;
	uint64_t logs;
	struct kd_parts parts; /* of a pstore dump, until another directory begins */
};

const char *kd_input_remedy(const struct kd_error *err)
{
	switch (err->cls) {
	case KD_NOTFOUND:
		return "check the name; '-' reads the standard input";
	case KD_ACCESS:
		return "kdoc needs no root, only permission to read: have somebody copy the file "
		       "for you";
	case KD_UNSUPPORTED:
		return "unpack it first; 'kdoc setup check' lists what this build can unpack";
	case KD_INVALID:
		return "give a log file, a directory of logs, or '-'";
	case KD_TIMEOUT:
		return "nobody writes to it: start the writer first";
	case KD_LIMIT:
		return "unpack it first, then give the unpacked log";
	case KD_IO:
		return "copy the file to a healthy disk first; 'dmesg' may say what is wrong with "
		       "this one";
	case KD_BADDATA: /* of a dump */
		return "'kdoc core check' says what it is and what is missing";
	default:
		return "";
	}
}

static void add_words(struct kd_buf *b, uint64_t count, const char *one, const char *many)
{
	if (!count)
		return;
	kd_buf_printf(b, "%s%ju %s", b->n > sizeof("passed over:") ? ", " : " ", (uintmax_t)count,
		      count == 1 ? one : many);
}

void kd_input_skipped_words(const struct kd_input_skipped *s, char *buf, size_t n)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(8192);

	kd_buf_add(&b, KD_V("passed over:"));
	add_words(&b, s->empty, "empty file", "empty files");
	add_words(&b, s->binary, "file that is no text", "files that are no text");
	if (s->first_binary)
		kd_buf_printf(&b, " (%s is %s)", s->first_binary, s->first_kind);
	add_words(&b, s->unreadable, "file that cannot be read", "files that cannot be read");
	add_words(&b, s->special, "link or special file", "links or special files");
	if (s->first_unreadable)
		kd_buf_printf(&b, " (%s)", s->first_unreadable);
	snprintf(buf, n, "%.*s", KD_VARG(kd_buf_view(&b)));
}

static bool is_directory(const char *name)
{
	struct stat sb;

	return strcmp(name, "-") && !stat(name, &sb) && S_ISDIR(sb.st_mode);
}

static bool is_special(const char *name)
{
	struct stat sb;

	return strcmp(name, "-") && !stat(name, &sb) && !S_ISREG(sb.st_mode);
}

/* The message without the name in front, which problems carry apart. */
static const char *without_name(const char *msg, const char *name)
{
	size_t n = strlen(name);

	if (strncmp(msg, name, n))
		return msg;
	msg += n;
	while (*msg == ':' || *msg == ' ')
		msg++;
	return msg;
}

static bool is_dump(const struct kd_input *in)
{
	return !in->standard_input && (in->kind == KD_FILE_VMCORE || in->kind == KD_FILE_KDUMP || in->kind == KD_FILE_FLAT);
}

static bool go_on(void *user, uint64_t done, uint64_t total)
{
	(void)done;
	(void)total;
	return !kd_ctx_cancelled(user);
}

/* A dump is read as the kernel's log in it. */
static struct kd_error *open_dump(struct kd_ctx *ctx, const char *name, struct kd_input *in)
{
	const struct kd_pages_options how = {.progress = go_on, .user = ctx};
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_CORE_LOG_MAX);
	const struct kd_klog_options o = {0};
	struct kd_klog log;
	struct kd_error *err = kd_core_log(name, &how, &o, &text, &log);

	kd_source_close(in->src);
	in->src = NULL;
	if (err) {
		struct kd_error *e = kd_error_at(KD_BADDATA, err->offset,
						 "%s is a dump whose log cannot be read (%s)",
						 name, without_name(err->msg, name));

		kd_error_free(err);
		return e;
	}
	in->packing = "log of a dump";
	in->dump = true;
	in->kind = text.n ? KD_FILE_TEXT : KD_FILE_EMPTY;
	return kd_source_from_buf(&text, name, &in->src);
}

/* Open, and look at the first bytes. */
static struct kd_error *open_input(struct kd_ctx *ctx, const char *name, struct kd_input *ret)
{
	struct kd_source_opts o = {.decoder_memory = ctx->limits.decoder_memory,
				   .cancel = ctx->cancel};
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_view head;
	struct kd_error *err;

	err = kd_source_open_with(name, &o, &src);
	if (err)
		return err;
	err = kd_source_peek_live(src, 1, &head);
	if (err)
		return err;
	*ret = (struct kd_input){
		.name = strcmp(name, "-") ? name : "standard input",
		.kind = kd_filekind_guess(head),
		.packing = kd_source_kind(src),
		.standard_input = !strcmp(name, "-"),
	};
	ret->src = kd_take(src);
	return is_dump(ret) ? open_dump(ctx, name, ret) : NULL;
}

static struct kd_error *tell_error(const struct kd_input_ops *ops, void *user, const char *name,
				   struct kd_error *err)
{
	struct kd_input_problem p = {
		.name = strcmp(name, "-") ? name : "standard input",
		.cls = kd_errclass_info(err->cls)->name,
		.message = without_name(err->msg, name),
		.remedy = kd_input_remedy(err),
		.offset = err->offset,
	};
	struct kd_error *e = ops->problem(user, &p);

	kd_error_free(err);
	return e;
}

static void kind_message(char *buf, size_t n, const struct kd_filekind_info *k)
{
	snprintf(buf, n, "is %s", k->what);
}

static const char *standard_input_remedy(const struct kd_input *in,
					 const struct kd_filekind_info *k)
{
	if (in->standard_input && in->kind == KD_FILE_EMPTY)
		return "nothing came in; did the command in front of the pipe fail?";
	return k->remedy;
}

static struct kd_error *tell_kind(const struct kd_input_ops *ops, void *user,
				  const struct kd_input *in)
{
	const struct kd_filekind_info *k = kd_filekind_info(in->kind);
	const char *diag = kd_source_diag(in->src);
	char msg[512];
	struct kd_input_problem p = {
		.name = in->name, .cls = "bad_data", .message = msg, .offset = 0};

	p.remedy = standard_input_remedy(in, k);
	kind_message(msg, sizeof(msg), k);
	if (in->kind == KD_FILE_EMPTY && diag) {
		snprintf(msg, sizeof(msg), "nothing could be unpacked: %s", diag);
		p.remedy = "get the file again; this copy is cut or damaged";
		p.offset = -1;
	}
	return ops->problem(user, &p);
}

/* The parts that wait become one log. */
static struct kd_error *give_parts(struct kd_parts *parts, const struct kd_input_ops *ops, void *user)
{
	struct kd_input in = {.name = kd_parts_name(parts), .kind = KD_FILE_TEXT, .packing = "pstore parts"};
	struct kd_input_problem p = {.name = in.name,
				     .cls = "limit",
				     .message = "holds more parts of dumps than are joined; the first "
						"16 MiB were read",
				     .remedy = "give the newest files alone",
				     .offset = -1};
	struct kd_error *err = NULL;

	if (!parts->files)
		return NULL;
	in.in_directory = parts->files > 1;
	if (parts->overflow)
		err = ops->problem(user, &p);
	if (!err)
		err = kd_parts_source(parts, &in.src);
	if (!err) {
		err = ops->log(user, &in);
		kd_source_close(in.src);
	}
	kd_parts_reset(parts);
	return err;
}

/* Text: a log, or a part of a dump that waits for the others. */
static struct kd_error *give_text(struct kd_parts *parts, const char *path, struct kd_input *in,
				  const struct kd_input_ops *ops, void *user)
{
	struct kd_error *err;
	bool part;

	err = kd_parts_is(path, in->src, &part);
	if (!err && (!part || !kd_parts_same(parts, path)))
		err = give_parts(parts, ops, user);
	if (err)
		return err;
	return part ? kd_parts_add(parts, path, in->src) : ops->log(user, in);
}

static struct kd_error *one_file(struct kd_ctx *ctx, struct kd_parts *parts, const char *name,
				 const struct kd_input_ops *ops, void *user)
{
	struct kd_input in;
	struct kd_error *err = open_input(ctx, name, &in);

	if (err)
		return tell_error(ops, user, name, err);
	if (kd_filekind_info(in.kind)->is_text)
		err = give_text(parts, name, &in, ops, user);
	else
		err = tell_kind(ops, user, &in);
	kd_source_close(in.src);
	return err;
}

/* ---- directories ---- */

/* The memory of the running kernel is read only when somebody names it. */
static bool is_kcore(const struct kd_fs_entry *e)
{
	struct statfs fs;

	return !strcmp(e->name, "kcore") && !statfs(e->path, &fs) && fs.f_type == PROC_FS;
}

static struct kd_error *walk_file(void *user, const struct kd_fs_entry *e)
{
	struct walk *w = user;
	struct kd_input in;
	struct kd_error *err;

	if (is_kcore(e)) {
		w->skipped.special++;
		return NULL;
	}
	err = open_input(w->ctx, e->path, &in);
	if (err) {
		if (err->cls == KD_CANCELLED)
			return err;
		if (!w->skipped.unreadable++)
			w->first_unreadable = kd_xstrndup(err->msg, strlen(err->msg));
		kd_error_free(err);
		return NULL;
	}
	in.in_directory = true;
	if (kd_filekind_info(in.kind)->is_text) {
		w->logs++;
		err = give_text(&w->parts, e->path, &in, w->ops, w->user);
	} else if (in.kind == KD_FILE_EMPTY) {
		w->skipped.empty++;
	} else if (!w->skipped.binary++) {
		w->first_binary = kd_xstrndup(e->path, strlen(e->path));
		w->skipped.first_kind = kd_filekind_info(in.kind)->what;
	}
	kd_source_close(in.src);
	return err;
}

static void walk_skipped(void *user, const char *path, const char *why)
{
	struct walk *w = user;

	w->skipped.special++;
	if (!w->first_unreadable) {
		size_t n = strlen(path) + strlen(why) + 3;

		w->first_unreadable = kd_xmalloc(n);
		snprintf(w->first_unreadable, n, "%s: %s", path, why);
	}
}

static struct kd_error *no_logs(const struct walk *w, const char *dir)
{
	const struct kd_input_skipped *s = &w->skipped;
	uint64_t files = s->empty + s->binary + s->unreadable;
	char msg[512];
	struct kd_input_problem p = {.name = dir, .cls = "not_found", .message = msg, .offset = -1};

	if (!files) {
		snprintf(msg, sizeof(msg), "holds no files");
		p.remedy = "give the directory that the logs are in";
	} else {
		snprintf(msg, sizeof(msg), "holds no log: %ju empty, %ju no text, %ju not readable",
			 (uintmax_t)s->empty, (uintmax_t)s->binary, (uintmax_t)s->unreadable);
		p.remedy = "give one of the files by name to hear why it is no log";
	}
	return w->ops->problem(w->user, &p);
}

static struct kd_error *after_walk(struct walk *w, const char *dir, struct kd_error *err)
{
	const struct kd_input_skipped *s = &w->skipped;
	struct kd_input_problem p = {.name = dir, .cls = "limit", .offset = -1};

	if (err && err->cls == KD_LIMIT && w->logs) {
		p.message = "holds more files than one run looks at; the first ones were read";
		p.remedy = "name its folders one by one";
		kd_error_free(err);
		return w->ops->problem(w->user, &p);
	}
	if (err)
		return err;
	if (!w->logs)
		return no_logs(w, dir);
	if (w->ops->skipped && s->empty + s->binary + s->unreadable + s->special)
		return w->ops->skipped(w->user, dir, s);
	return NULL;
}

static struct kd_error *one_directory(struct kd_ctx *ctx, const char *dir,
				      const struct kd_input_ops *ops, void *user)
{
	struct walk w = {.ctx = ctx, .ops = ops, .user = user, .parts = KD_PARTS_INIT};
	struct kd_fs_walk_opts o = {.max_entries = ctx->limits.walk_entries,
				    .max_depth = ctx->limits.walk_depth,
				    .skipped = walk_skipped};
	struct kd_error *err = kd_fs_walk(dir, &o, walk_file, &w);

	if (!err || err->cls == KD_LIMIT) {
		struct kd_error *e = give_parts(&w.parts, ops, user);

		if (e) {
			kd_error_free(err);
			err = e;
		}
	}
	kd_parts_reset(&w.parts);
	if (err && !w.logs && (err->cls == KD_ACCESS || err->cls == KD_NOTFOUND)) {
		err = tell_error(ops, user, dir, err);
	} else {
		w.skipped.first_binary = w.first_binary;
		w.skipped.first_unreadable = w.first_unreadable;
		err = after_walk(&w, dir, err);
	}
	kd_free(w.first_binary);
	kd_free(w.first_unreadable);
	return err;
}

struct kd_error *kd_input_each(struct kd_ctx *ctx, const char *const *names, size_t n,
			       const struct kd_input_ops *ops, void *user)
{
	struct kd_parts parts = KD_PARTS_INIT;
	struct kd_error *err = NULL;

	for (size_t i = 0; i < n && !err; i++) {
		err = kd_ctx_check(ctx);
		if (err)
			break;
		if (is_directory(names[i])) {
			err = give_parts(&parts, ops, user);
			if (!err)
				err = one_directory(ctx, names[i], ops, user);
		} else {
			err = one_file(ctx, &parts, names[i], ops, user);
		}
	}
	if (!err)
		err = give_parts(&parts, ops, user);
	kd_parts_reset(&parts);
	return err;
}

struct joining {
	struct kd_ctx *ctx;
	struct kd_parts parts;
};

static struct kd_error *join_file(void *user, const struct kd_fs_entry *e)
{
	struct joining *j = user;
	struct kd_input in;
	struct kd_error *err = open_input(j->ctx, e->path, &in);
	bool part = false;

	if (err) {
		kd_error_free(err); /* the parts that can be read are answered */
		return NULL;
	}
	err = kd_parts_is(e->path, in.src, &part);
	if (!err && part)
		err = kd_parts_add(&j->parts, e->path, in.src);
	kd_source_close(in.src);
	return err;
}

/* A directory with parts of a pstore dump is one log; *ret->src stays NULL without any. */
static struct kd_error *open_parts(struct kd_ctx *ctx, const char *dir, struct kd_input *ret)
{
	struct joining j = {.ctx = ctx, .parts = KD_PARTS_INIT};
	struct kd_fs_walk_opts o = {.max_entries = ctx->limits.walk_entries, .max_depth = 1};
	struct kd_error *err = kd_fs_walk(dir, &o, join_file, &j);

	*ret = (struct kd_input){.name = dir, .kind = KD_FILE_TEXT, .packing = "pstore parts"};
	if (err && err->cls == KD_LIMIT && j.parts.files) {
		kd_error_free(err);
		err = NULL;
	}
	if (!err && j.parts.files)
		err = kd_parts_source(&j.parts, &ret->src);
	kd_parts_reset(&j.parts);
	return err;
}

struct kd_error *kd_input_open(struct kd_ctx *ctx, const char *name, struct kd_input *ret)
{
	struct kd_input in;
	struct kd_error *err = NULL;
	const char *remedy;
	char msg[512];

	if (is_directory(name)) {
		err = open_parts(ctx, name, ret);
		if (!err && ret->src)
			return NULL;
		kd_error_free(err);
		return kd_error_new(KD_BADDATA,
				    "%s is a directory; 'kdoc scan %s' lists the reports "
				    "of its logs, give one of them",
				    name, name);
	}
	err = open_input(ctx, name, &in);
	if (err) {
		remedy = kd_input_remedy(err);
		if (*remedy) {
			struct kd_error *e =
				kd_error_at(err->cls, err->offset, "%s; %s", err->msg, remedy);
			e->errnum = err->errnum;
			kd_error_free(err);
			err = e;
		}
		/* What is no file at all is an input that cannot be read, not wrong usage. */
		if (err->cls == KD_INVALID && is_special(name))
			err->cls = KD_BADDATA;
		return err;
	}
	if (!kd_filekind_info(in.kind)->is_text) {
		const struct kd_filekind_info *k = kd_filekind_info(in.kind);

		kind_message(msg, sizeof(msg), k);
		remedy = standard_input_remedy(&in, k);
		err = kd_error_at(KD_BADDATA, 0, "%s %s; %s", in.name, msg, remedy);
		kd_source_close(in.src);
		return err;
	}
	*ret = in;
	return NULL;
}
