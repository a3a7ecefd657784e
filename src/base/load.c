// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/load.h"

#ifdef KD_NO_LOAD

struct kd_error *kd_load(const struct kd_load *l, void *api, void **handle_ret)
{
	(void)api, (void)handle_ret;
	return kd_error_new(KD_UNSUPPORTED, "%s, which a kdoc that is one static file cannot load", l->what);
}

void kd_unload(void *handle)
{
	(void)handle;
}

#else

#include <dlfcn.h>
#include <string.h>

static struct kd_error *resolve(const struct kd_load *l, void *api, void *handle)
{
	for (size_t i = 0; i < l->nsyms; i++) {
		void *f = dlsym(handle, l->syms[i].name);

		if (!f)
			return kd_error_new(KD_UNSUPPORTED, "%s: the library that is installed lacks %s",
					    l->what, l->syms[i].name);
		/* POSIX lets dlsym()'s pointer stand for a function; C has no such cast. */
		memcpy((char *)api + l->syms[i].offset, &f, sizeof(f));
	}
	return NULL;
}

struct kd_error *kd_load(const struct kd_load *l, void *api, void **handle_ret)
{
	for (size_t i = 0; l->sonames[i]; i++) {
		/* It stays mapped: the next report of the log needs it again. */
		void *handle = dlopen(l->sonames[i], RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
		struct kd_error *err;

		if (!handle)
			continue;
		err = resolve(l, api, handle);
		if (err) {
			dlclose(handle);
			return err;
		}
		*handle_ret = handle;
		return NULL;
	}
	return kd_error_new(KD_UNSUPPORTED, "%s, which is not installed (Debian: %s)", l->what, l->package);
}

void kd_unload(void *handle)
{
	if (handle)
		dlclose(handle);
}

#endif
