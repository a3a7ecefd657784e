// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/modules.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/fs.h"

enum { PATH_BYTES = 4096, DEPS_MAX = 1024 };

static const size_t LIST_MAX = (size_t)64 << 20;

struct kd_modules {
	struct kd_buf dep, builtin;
};

static struct kd_error *read_list(const char *folder, const char *name, struct kd_buf *ret)
{
	char path[PATH_BYTES];

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
		return kd_error_new(KD_INVALID, "%s/%s is too long a path", folder, name);
	return kd_error_wrap(kd_fs_read_small(path, LIST_MAX, ret), "reading %s", path);
}

struct kd_error *kd_modules_open(const char *folder, struct kd_modules **ret)
{
	struct kd_modules *m = kd_xcalloc(1, sizeof(*m));
	struct kd_error *err;

	m->dep = KD_BUF_INIT(LIST_MAX);
	m->builtin = KD_BUF_INIT(LIST_MAX);
	err = read_list(folder, "modules.dep", &m->dep);
	if (!err) {
		err = read_list(folder, "modules.builtin", &m->builtin);
		kd_error_catch(&err, KD_NOTFOUND); /* some packages have none */
	}
	if (err) {
		kd_modules_free(m);
		return err;
	}
	*ret = m;
	return NULL;
}

void kd_modules_free(struct kd_modules *m)
{
	if (!m)
		return;
	kd_buf_deinit(&m->dep);
	kd_buf_deinit(&m->builtin);
	kd_free(m);
}

void kd_modules_freep(struct kd_modules **m)
{
	kd_modules_free(*m);
}

static bool same_name(struct kd_view a, struct kd_view b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if ((a.p[i] == '-' ? '_' : a.p[i]) != (b.p[i] == '-' ? '_' : b.p[i]))
			return false;
	return true;
}

bool kd_module_is(struct kd_view path, struct kd_view name)
{
	size_t slash = kd_view_rchr(path, '/'), dot;

	path = kd_view_from(path, slash == KD_NPOS ? 0 : slash + 1);
	dot = kd_view_find(path, KD_V(".ko"));
	return dot != KD_NPOS && same_name(kd_view_head(path, dot), name);
}

/* The line of modules.dep: path, then what it needs. */
static bool find_line(const struct kd_modules *m, struct kd_view name, struct kd_view *path,
		      struct kd_view *needs)
{
	struct kd_view rest = kd_buf_view(&m->dep), line, head;

	while (kd_view_take_until(&rest, KD_V("\n"), &line)) {
		if (!kd_view_take_until(&line, KD_V(":"), &head) || !kd_module_is(head, name))
			continue;
		*path = head;
		*needs = line;
		return true;
	}
	return false;
}

static bool is_builtin(const struct kd_modules *m, struct kd_view name)
{
	struct kd_view rest = kd_buf_view(&m->builtin), line;

	while (kd_view_take_until(&rest, KD_V("\n"), &line))
		if (kd_module_is(line, name))
			return true;
	return false;
}

enum kd_module_state kd_modules_state(const struct kd_modules *m, struct kd_view name)
{
	struct kd_view path, needs;

	if (find_line(m, name, &path, &needs))
		return KD_MODULE_FOUND;
	return is_builtin(m, name) ? KD_MODULE_BUILTIN : KD_MODULE_ABSENT;
}

/* depmod lists what is needed with the one to load first at the end. */
static struct kd_error *add_needs(struct kd_view needs,
				  struct kd_error *(*add)(void *user, struct kd_view path),
				  void *user)
{
	struct kd_view list[DEPS_MAX], word;
	size_t n = 0;
	struct kd_error *err = NULL;

	for (needs = kd_view_trim(needs); kd_view_take_word(&needs, &word);
	     needs = kd_view_trim(needs)) {
		if (n == DEPS_MAX)
			return kd_error_new(KD_LIMIT, "a module needs more than %d others",
					    DEPS_MAX);
		list[n++] = word;
	}
	while (n && !err)
		err = add(user, list[--n]);
	return err;
}

struct kd_error *kd_modules_order(const struct kd_modules *m, struct kd_view name,
				  struct kd_error *(*add)(void *user, struct kd_view path),
				  void *user, enum kd_module_state *ret)
{
	struct kd_view path, needs;
	struct kd_error *err;

	if (!find_line(m, name, &path, &needs)) {
		*ret = is_builtin(m, name) ? KD_MODULE_BUILTIN : KD_MODULE_ABSENT;
		return NULL;
	}
	*ret = KD_MODULE_FOUND;
	err = add_needs(needs, add, user);
	return err ? err : add(user, path);
}
