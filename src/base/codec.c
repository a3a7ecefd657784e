// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/codec.h"

#include "base/alloc.h"

/* Order matters for skippable frames only, which zstd and lz4 share. */
static const struct kd_codec_ops *const codecs[] = {
	&kd_codec_gzip,  &kd_codec_xz,  &kd_codec_zstd,
	&kd_codec_bzip2, &kd_codec_lz4, &kd_codec_lzma,
	&kd_codec_lz4_legacy,
};

const struct kd_codec_ops *kd_codec_find(struct kd_view head)
{
	const struct kd_codec_ops *missing = NULL;

	for (size_t i = 0; i < KD_ARRAY_LEN(codecs); i++) {
		if (!codecs[i]->probe(head))
			continue;
		if (codecs[i]->open)
			return codecs[i];
		if (!missing)
			missing = codecs[i];
	}
	return missing;
}
