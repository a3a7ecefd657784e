// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/kernel.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/source.h"

enum { HEAD_BYTES = 64 << 10, PATH_BYTES = 4096 };

const char *kd_lab_arch_word(enum kd_lab_arch arch)
{
	static const char *const words[] = {"unknown", "x86_64", "arm64", "i386"};

	return words[arch];
}

void kd_lab_kernel_deinit(struct kd_lab_kernel *k)
{
	char *const all[] = {k->image, k->release, k->version, k->modules,
			     k->vmlinux, k->headers, k->config, k->tree};

	for (size_t i = 0; i < KD_ARRAY_LEN(all); i++)
		kd_free(all[i]);
	*k = (struct kd_lab_kernel){0};
}

static unsigned le16(struct kd_view v, size_t at)
{
	return at + 2 <= v.n ? (unsigned char)v.p[at] | (unsigned)(unsigned char)v.p[at + 1] << 8
			     : 0;
}

/* Documentation/arch/x86/boot.rst: "HdrS" at 0x202, kernel_version at 0x20e, xloadflags at
 * 0x236. */
static bool bzimage(struct kd_view v, struct kd_lab_kernel *k)
{
	struct kd_view text, word;
	size_t at;

	if (!kd_view_starts(kd_view_from(v, 0x202), KD_V("HdrS")))
		return false;
	k->arch = le16(v, 0x236) & 1 ? KD_ARCH_X86_64 : KD_ARCH_I386;
	at = le16(v, 0x20e);
	text = at ? kd_view_from(v, at + 0x200) : KD_VNULL;
	text = kd_view_head(text, 256);
	if (kd_view_take_word(&text, &word) && kd_view_chr(word, '\0') == KD_NPOS)
		k->release = kd_xstrndup(word.p, word.n);
	return true;
}

/* Documentation/arm64/booting.rst: "ARM\x64" at 56. */
static bool arm64_image(struct kd_view v, struct kd_lab_kernel *k)
{
	if (!kd_view_starts(kd_view_from(v, 56), KD_V("ARM\x64")))
		return false;
	k->arch = KD_ARCH_ARM64;
	return true;
}

/* The banner of init/version.c. */
static struct kd_error *find_banner(const char *path, struct kd_lab_kernel *k)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(256 << 10);
	struct kd_error *err = kd_source_open(path, &src);

	while (!err && !k->release) {
		char *room = kd_buf_reserve(&b, HEAD_BYTES);
		size_t n = 0, at;
		struct kd_view rest, word;

		err = kd_source_read(src, room, HEAD_BYTES, &n);
		if (err || !n)
			break;
		b.n += n;
		rest = kd_buf_view(&b);
		while (!k->release && (at = kd_view_find(rest, KD_V("Linux version "))) != KD_NPOS) {
			rest = kd_view_from(rest, at + 14);
			word = rest;
			if (rest.n > 128 && kd_is_digit(*rest.p) &&
			    kd_view_take_word(&rest, &word))
				k->release = kd_xstrndup(word.p, word.n);
		}
		if (b.n > 256)
			kd_buf_drop(&b, b.n - 256);
	}
	return err;
}

static void find_modules(const char *image, struct kd_lab_kernel *k)
{
	static const char *const places[][2] = {{"%", "../lib/modules"},
						{"%", "../usr/lib/modules"},
						{"%", "../../modules"},
						{"", "/lib/modules"},
						{"", "/usr/lib/modules"}};
	const char *slash = strrchr(image, '/');
	char path[PATH_BYTES];
	struct stat sb;

	for (size_t i = 0; i < KD_ARRAY_LEN(places) && !k->modules; i++) {
		int n = *places[i][0] ? snprintf(path, sizeof(path), "%.*s/%s/%s",
						 slash ? (int)(slash - image) : 1,
						 slash ? image : ".", places[i][1], k->release)
				      : snprintf(path, sizeof(path), "%s/%s", places[i][1],
						 k->release);

		if (n > 0 && (size_t)n < sizeof(path) && !stat(path, &sb))
			k->modules = kd_xstrndup(path, (size_t)n);
	}
}

struct kd_error *kd_lab_kernel_find(struct kd_ctx *ctx, const char *name, const char *work,
				    struct kd_lab_kernel *ret)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	kd_auto(kd_lab_kernel_deinit) struct kd_lab_kernel k = {0};
	struct kd_error *err = kd_source_open(name, &src);
	struct kd_view head;

	(void)ctx;
	(void)work;
	if (!err)
		err = kd_source_peek(src, HEAD_BYTES, &head);
	if (err)
		return kd_error_wrap(err, "looking for a kernel in %s", name);
	if (!bzimage(head, &k) && !arm64_image(head, &k))
		return kd_error_new(KD_BADDATA,
				    "%s is no kernel image: neither a bzImage nor an arm64 Image",
				    name);
	if (!k.release)
		err = find_banner(name, &k);
	if (err)
		return err;
	k.image = kd_xstrndup(name, strlen(name));
	if (k.release)
		find_modules(name, &k);
	*ret = k;
	k = (struct kd_lab_kernel){0};
	return NULL;
}
