// SPDX-License-Identifier: GPL-2.0-or-later
/* LZO1X blocks through liblzo2; its function is declared as lzo1x.h has it. */
#include "base/alloc.h"
#include "base/load.h"
#include "base/pack.h"

struct kd_lzo {
	int (*decompress)(const unsigned char *in, unsigned long in_n, unsigned char *out, unsigned long *out_n,
			  void *work);
	void *handle;
};

static const char *const sonames[] = {"liblzo2.so.2", NULL};
static const struct kd_sym syms[] = {{"lzo1x_decompress_safe", offsetof(struct kd_lzo, decompress)}};
static const struct kd_load load_it = {.sonames = sonames,
				       .syms = syms,
				       .nsyms = KD_ARRAY_LEN(syms),
				       .what = "data packed with LZO needs liblzo2",
				       .package = "liblzo2-2"};

struct kd_error *kd_lzo_open(struct kd_lzo **ret)
{
	struct kd_lzo *lzo = kd_xcalloc(1, sizeof(*lzo));
	struct kd_error *err = kd_load(&load_it, lzo, &lzo->handle);

	if (err) {
		kd_free(lzo);
		return err;
	}
	*ret = lzo;
	return NULL;
}

bool kd_unpack_lzo(const struct kd_lzo *lzo, struct kd_view in, unsigned char *out, size_t n)
{
	unsigned long size = n;

	return !lzo->decompress((const unsigned char *)in.p, in.n, out, &size, NULL) && size == n;
}

void kd_lzo_close(struct kd_lzo *lzo)
{
	if (lzo)
		kd_unload(lzo->handle);
	kd_free(lzo);
}
