// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zlib streams through libdeflate, which unpacks whole blocks more than twice as fast as zlib does; its functions are
 * declared as libdeflate.h (1.0 and later) has them.
 */
#include "base/alloc.h"
#include "base/load.h"
#include "base/pack.h"

struct kd_deflate {
	void *(*alloc)(void);
	int (*decompress)(void *d, const void *in, size_t in_n, void *out, size_t room, size_t *ret);
	void (*free)(void *d);
	void *d;
	void *handle;
};

static const char *const sonames[] = {"libdeflate.so.0", NULL};
static const struct kd_sym syms[] = {
	{"libdeflate_alloc_decompressor", offsetof(struct kd_deflate, alloc)},
	{"libdeflate_zlib_decompress", offsetof(struct kd_deflate, decompress)},
	{"libdeflate_free_decompressor", offsetof(struct kd_deflate, free)},
};
static const struct kd_load load_it = {.sonames = sonames,
				       .syms = syms,
				       .nsyms = KD_ARRAY_LEN(syms),
				       .what = "unpacking zlib fast needs libdeflate",
				       .package = "libdeflate0"};

struct kd_error *kd_deflate_open(struct kd_deflate **ret)
{
	struct kd_deflate *l = kd_xcalloc(1, sizeof(*l));
	struct kd_error *err = kd_load(&load_it, l, &l->handle);

	if (!err) {
		l->d = l->alloc();
		if (!l->d)
			err = kd_error_new(KD_NOMEM, "no memory for libdeflate");
	}
	if (err) {
		kd_deflate_close(l);
		return err;
	}
	*ret = l;
	return NULL;
}

/* 0: all of it was good, and as long as the room, which is said by the last argument being absent. */
bool kd_unpack_deflate(const struct kd_deflate *l, struct kd_view in, unsigned char *out, size_t n)
{
	return l->decompress(l->d, in.p, in.n, out, n, NULL) == 0;
}

void kd_deflate_close(struct kd_deflate *l)
{
	if (!l)
		return;
	if (l->d)
		l->free(l->d);
	if (l->handle)
		kd_unload(l->handle);
	kd_free(l);
}
