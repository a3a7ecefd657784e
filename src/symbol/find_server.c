// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * debuginfod servers (debuginfod(8): GET /buildid/ID/debuginfo), when the configuration names some. What comes is checked
 * to be what was asked for, and becomes an index in the cache; the file itself goes. "Not found" is remembered for
 * a while in debuginfod/ID.none of the cache: the servers that said so, a line each.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "format/elf.h"
#include "base/ext/curl.h"
#include "symbol/find_temp.h"
#include "symbol/symset_internal.h"

enum { CONNECT_S = 10, STALL_S = 90, ALL_S = 3600, FORGET_S = 600, URL_MAX = 2000, NONE_MAX = 64 << 10 };

static unsigned or_else(unsigned v, unsigned fallback)
{
	return v ? v : fallback;
}

/* --- what no server had ------------------------------------------------------------------- */

static char *none_path(struct kd_symset *s, struct kd_view build_id)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	char rel[160], *path = NULL;

	snprintf(rel, sizeof(rel), "debuginfod/%.*s.none", KD_VARG(kd_view_head(build_id, 128)));
	err = find_cache_path(&s->o.cache, rel, &path);
	return err ? NULL : path;
}

static bool has_line(struct kd_view text, struct kd_view want)
{
	struct kd_view line;

	while (kd_view_take_until(&text, KD_V("\n"), &line))
		if (kd_view_eq(line, want))
			return true;
	return false;
}

/* The servers that said so lately, into b. */
static void read_none(struct kd_symset *s, const char *path, struct kd_buf *b)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	const time_t now = time(NULL);
	struct stat st;

	if (!path || stat(path, &st) || st.st_mtime > now ||
	    now - st.st_mtime > (time_t)or_else(s->o.net.forget_s, FORGET_S))
		return;
	err = kd_fs_read_small(path, NONE_MAX, b);
}

static void write_none(const char *path, const struct kd_buf *b)
{
	kd_auto(kd_freep) char *dir = kd_xstrndup(path, strlen(path));
	struct kd_error *err;

	*strrchr(dir, '/') = '\0';
	err = kd_fs_mkdirs(dir, 0755);
	if (!err)
		err = kd_fs_write_atomic(path, kd_buf_view(b), 0644);
	kd_error_free(err); /* it is asked again, then */
}

/* --- asking ------------------------------------------------------------------------------- */

static struct kd_error *add(void *user, const void *p, size_t n)
{
	return find_temp_add(user, p, n);
}

/* Is it an ELF file with the build-id that was asked for? */
static struct kd_error *check(const char *path, struct kd_view build_id)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(64 << 20);
	kd_auto(kd_bytes_closep) struct kd_bytes *bytes = NULL;
	struct kd_error *err = kd_bytes_open(path, FIND_TEMP_MAX, &bytes);
	char hex[2 * KD_SHA256_LEN + 1] = "";
	struct kd_elf elf;
	struct kd_view id;

	if (!err)
		err = kd_elf_open(bytes, &arena, &elf);
	if (err)
		return kd_error_wrap(err, "what came is no file with debug info");
	id = kd_elf_build_id(&elf, &arena);
	if (id.n && id.n <= KD_SHA256_LEN)
		kd_hex((const uint8_t *)id.p, id.n, hex);
	if (!hex[0])
		return kd_error_new(KD_CONFLICT, "what came has no build-id: it is not used");
	if (!kd_view_ieq(kd_view_of(hex), build_id))
		return kd_error_new(KD_CONFLICT, "what came has the build-id %s: it is not used", hex);
	return NULL;
}

static bool url_is_fine(struct kd_view url)
{
	struct kd_view rest = url;

	if (!kd_view_skip(&rest, KD_V("http://")) && !kd_view_skip(&rest, KD_V("https://")) &&
	    !kd_view_skip(&rest, KD_V("file:///")))
		return false;
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= ' ' || url.p[i] == '@') /* no secrets in a configuration */
			return false;
	return rest.n && url.n < URL_MAX;
}

static struct kd_error *ask(struct kd_symset *s, const char *server, struct find_query *q, struct kd_kdx **ret,
			    bool *found)
{
	const struct kd_debuginfod *net = &s->o.net;
	kd_auto(find_temp_close) struct find_temp t = FIND_TEMP_NONE;
	struct kd_view base = kd_view_of(server);
	char url[URL_MAX + 200], name[200];
	struct kd_fetch f = {.url = url,
			     .connect_s = or_else(net->connect_s, CONNECT_S),
			     .stall_s = or_else(net->stall_s, STALL_S),
			     .all_s = ALL_S,
			     .max_bytes = net->max_bytes ? net->max_bytes : FIND_TEMP_MAX,
			     .sink = add,
			     .user = &t,
			     .progress = s->o.cache.build.progress,
			     .progress_user = s->o.cache.build.user};
	struct kd_error *err;

	if (!url_is_fine(base))
		return kd_error_new(KD_INVALID, "it is no address of a server (http://…, https://…, file:///…, "
				    "without a name or password)");
	while (kd_view_ends(base, KD_V("/")))
		base.n--;
	snprintf(url, sizeof(url), "%.*s/buildid/%.*s/debuginfo", KD_VARG(base), KD_VARG(q->build_id));
	snprintf(name, sizeof(name), "%.*s%s", KD_VARG(q->module.n ? kd_view_head(q->module, 100) : KD_V("vmlinux")),
		 q->module.n ? ".ko.debug" : "");
	err = find_temp_open(&s->o.cache, kd_view_of(name), &t);
	if (err)
		return err;
	t.max = f.max_bytes;
	err = kd_fetch(s->ctx, &f, found);
	if (err || !*found)
		return err;
	err = check(t.path, q->build_id);
	return err ? err : kd_kdx_cached(s->ctx, t.path, &s->o.cache, ret, NULL);
}

static bool hex_only(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_xdigit(v.p[i]))
			return false;
	return v.n >= 8 && v.n <= 2 * KD_SHA256_LEN;
}

static bool one_server(struct kd_symset *s, const char *server, struct find_query *q, struct kd_buf *none,
		       bool *new_none, struct opened *ret)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_kdx *k = NULL;
	bool found = false;

	if (has_line(kd_buf_view(none), kd_view_of(server))) {
		find_absent(s, server, "it did not have it a short while ago, and is not asked again yet");
		return false;
	}
	err = ask(s, server, q, &k, &found);
	if (err) {
		find_note(s, server, false, err->msg);
		return false;
	}
	if (!found) {
		struct kd_view why = kd_arena_printf(&s->arena, "it does not have build-id %.*s", KD_VARG(q->build_id));

		kd_buf_printf(none, "%s\n", server);
		*new_none = true;
		find_absent(s, server, why.p ? why.p : "it does not have it");
		return false;
	}
	return find_take(s, k, server, NULL, q, ret);
}

bool find_server(struct kd_symset *s, struct find_query *q, struct opened *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf none = KD_BUF_INIT(NONE_MAX);
	kd_auto(kd_freep) char *path = NULL;
	bool new_none = false;

	if (!s->o.net.n) {
		find_absent(s, "debuginfod", "no server is configured (symbol.debuginfod): the network is left alone");
		return false;
	}
	if (!hex_only(q->build_id)) {
		find_absent(s, "debuginfod", "a server is asked by build-id, and nothing says it");
		return false;
	}
	path = none_path(s, q->build_id);
	read_none(s, path, &none);
	for (size_t i = 0; i < s->o.net.n; i++)
		if (one_server(s, s->o.net.url[i], q, &none, &new_none, ret))
			return true;
	if (new_none && path)
		write_none(path, &none);
	return false;
}
