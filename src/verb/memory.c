// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/memory.h"

#include "base/alloc.h"
#include "base/config.h"
#include "base/fs.h"
#include "case/schema.h"

#define FOLDER_MODE 0700

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
