// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/time.h"
#include "case/schema.h"

#define FOLDER_MODE 0700
#define HOUR_US ((int64_t)3600 * 1000000)

static struct kd_error *find_name(const char *store, char **ret, bool *ret_ours)
{
	kd_auto(kd_config_freep) struct kd_config *c = NULL;
	struct kd_error *err;
	struct kd_view v;

	*ret_ours = false;
	if (store) {
		*ret = kd_xstrndup(store, strlen(store));
		return NULL;
	}
	c = kd_config_new();
	err = kd_config_load(c, ".");
	if (err)
		return err;
	if (kd_config_get(c, "case.database", &v) && v.n) {
		*ret = kd_xstrndup(v.p, v.n);
		return NULL;
	}
	*ret_ours = true;
	return kd_fs_xdg_path(KD_XDG_DATA, "team.db", ret);
}

struct kd_error *kd_memory_name(const char *store, char **ret)
{
	bool ours;

	return find_name(store, ret, &ours);
}

struct kd_error *kd_memory_open_raw(struct kd_ctx *ctx, const char *store, unsigned flags, struct kd_db **ret)
{
	kd_auto(kd_freep) char *name = NULL, *folder = NULL;
	bool ours = false;
	struct kd_error *err = find_name(store, &name, &ours);

	if (!err && ours && (flags & KD_DB_WRITE))
		err = kd_fs_xdg_path(KD_XDG_DATA, "", &folder);
	if (!err && folder)
		err = kd_fs_mkdirs(folder, FOLDER_MODE);
	return err ? err : kd_db_open(ctx, kd_view_of(name), flags, ret);
}

struct kd_error *kd_memory_open(struct kd_ctx *ctx, const char *store, unsigned flags, struct kd_db **ret)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	struct kd_error *err = kd_memory_open_raw(ctx, store, flags, &db);

	if (!err)
		err = kd_schema_ready(db, flags & KD_DB_WRITE);
	if (!err)
		*ret = kd_take(db);
	return err;
}

struct kd_error *kd_memory_now(const struct kd_config *c, int64_t *ret)
{
	struct timespec now;
	struct kd_view v;
	int64_t us;

	if (!kd_config_get(c, "case.now", &v) || !v.n) {
		clock_gettime(CLOCK_REALTIME, &now);
		*ret = (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
		return NULL;
	}
	if (!kd_civil_take_us(&v, &us) || v.n)
		return kd_error_new(KD_INVALID, "case.now is no time with year and zone, as in 2026-11-22T10:00:00Z");
	*ret = us;
	return NULL;
}

/* "person:NAME" in room. */
static const char *who_asks(const struct kd_config *c, char *room, size_t n)
{
	const char *name = getenv("LOGNAME");
	struct kd_view v;

	if (!name || !*name)
		name = getenv("USER");
	if (kd_config_get(c, "case.who", &v) && v.n)
		snprintf(room, n, "%.*s", KD_VARG(v));
	else if (name && *name)
		snprintf(room, n, "person:%s", name);
	else
		snprintf(room, n, "person:uid %u", (unsigned)getuid());
	return room;
}

struct kd_error *kd_memory_ask(struct kd_ctx *ctx, const char *store, unsigned flags, kd_memory_answer *answer, const void *options,
			       const char *const *args, size_t nargs, struct kd_sheet *s)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	kd_auto(kd_config_freep) struct kd_config *c = kd_config_new();
	struct kd_memory m = {.ctx = ctx, .config = c};
	char who[160];
	struct kd_error *err = kd_config_load(c, ".");

	if (!err)
		err = kd_memory_now(c, &m.now);
	if (!err)
		err = kd_memory_open(ctx, store, flags, &db);
	if (err)
		return err;
	m.db = db;
	m.who = who_asks(c, who, sizeof(who));
	return answer(&m, options, args, nargs, s);
}

int64_t kd_span_of(const char *text)
{
	struct kd_view v = kd_view_of(text);
	uint64_t n;

	if (!kd_view_take_dec(&v, &n) || !n || n > 100000 || v.n != 1)
		return 0;
	switch (*v.p) {
	case 'h':
		return (int64_t)n * HOUR_US;
	case 'd':
		return (int64_t)n * 24 * HOUR_US;
	case 'w':
		return (int64_t)n * 7 * 24 * HOUR_US;
	default:
		return 0;
	}
}

struct kd_error *kd_moment_of(const char *text, int64_t *ret)
{
	struct kd_view v = kd_view_of(text);
	int64_t us;

	if (!kd_civil_take_us(&v, &us) || v.n)
		return kd_error_new(
			KD_INVALID,
			"'%s' is no time with year and zone, as in 2026-11-22T10:00:00Z", text);
	*ret = us;
	return NULL;
}

struct kd_view kd_moment_text(struct kd_sheet *s, int64_t us)
{
	struct kd_civil c;

	if (!us)
		return KD_VNULL;
	kd_civil_from_ns(us * 1000, &c);
	return kd_sheet_text(s, "%04d-%02d-%02d %02d:%02dZ", c.year, c.month, c.day, c.hour, c.min);
}
