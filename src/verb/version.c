// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/version.h"

#include <string.h>

#include "base/alloc.h"
#include "base/codec.h"
#include "kdoc_config.h"
#include "report/kind.h"

#define STR_(x) #x
#define STR(x) STR_(x)

#if defined(__clang__)
#define COMPILER                                                                                   \
	"clang " STR(__clang_major__) "." STR(__clang_minor__) "." STR(__clang_patchlevel__)
#elif defined(__GNUC__)
#define COMPILER "gcc " STR(__GNUC__) "." STR(__GNUC_MINOR__) "." STR(__GNUC_PATCHLEVEL__)
#else
#define COMPILER "unknown compiler"
#endif

#if defined(__x86_64__)
#define ARCH "x86_64"
#elif defined(__aarch64__)
#define ARCH "aarch64"
#elif defined(__riscv)
#define ARCH "riscv"
#elif defined(__powerpc64__)
#define ARCH "ppc64"
#elif defined(__s390x__)
#define ARCH "s390x"
#elif defined(__i386__)
#define ARCH "i386"
#else
#define ARCH "other"
#endif

/* gcc says __SANITIZE_ADDRESS__, clang __has_feature(). */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED true
#endif
#endif
#if !defined(SANITIZED) && defined(__SANITIZE_ADDRESS__)
#define SANITIZED true
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

#ifdef __OPTIMIZE__
#define OPTIMISED true
#else
#define OPTIMISED false
#endif

void kd_version_get(struct kd_version *ret)
{
	static const struct kd_codec_ops *const codecs[] = {
		&kd_codec_gzip, &kd_codec_xz,    &kd_codec_lzma,
		&kd_codec_zstd, &kd_codec_bzip2, &kd_codec_lz4,
	};

	memset(ret, 0, sizeof(*ret));
	ret->version = KDOC_VERSION;
	ret->compiler = COMPILER;
	ret->arch = ARCH;
	ret->sanitized = SANITIZED;
	ret->optimised = OPTIMISED;
	for (size_t i = 0; i < KD_ARRAY_LEN(codecs); i++)
		ret->feature[ret->nfeatures++] = (struct kd_feature){
			codecs[i]->name, codecs[i]->library, codecs[i]->open != NULL};
	for (const struct kd_kind *k = kd_kinds(); k->name; k++)
		ret->nkinds++;
}
