// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/lab_kernel.h"

#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

enum { COMMAND_BYTES = 8192 };

const struct kd_lab_kernel *kd_labkernel_of(const struct kd_labkernel_answer *a)
{
	return a->what == KD_LABKERNEL_FETCH   ? &a->fetch.kernel
	       : a->what == KD_LABKERNEL_BUILD ? &a->build.kernel
					       : &a->found;
}

/* 'a path' for a POSIX shell. */
static void quoted(struct kd_buf *b, const char *s)
{
	bool plain = s[0] != '\0' && s[0] != '-';

	for (const char *p = s; *p && plain; p++)
		plain = kd_is_word(*p) || strchr("/.,+:@%=-", *p);
	if (plain) {
		kd_buf_add(b, kd_view_of(s));
		return;
	}
	kd_buf_addc(b, '\'');
	for (; *s; s++) {
		if (*s == '\'')
			kd_buf_add(b, KD_V("'\\''"));
		else
			kd_buf_addc(b, *s);
	}
	kd_buf_addc(b, '\'');
}

static void next(struct kd_labkernel_answer *a, const char *front, const char *path,
		 const char *back, const char *what)
{
	struct kd_buf b = KD_BUF_INIT(COMMAND_BYTES);
	size_t n = 0;

	while (n < KD_LABKERNEL_NEXT && a->next[n])
		n++;
	if (n == KD_LABKERNEL_NEXT)
		return;
	kd_buf_add(&b, kd_view_of(front));
	quoted(&b, path);
	kd_buf_add(&b, kd_view_of(back));
	if (b.overflow) {
		kd_buf_deinit(&b);
		return;
	}
	a->next[n] = b.p;
	a->next_what[n] = what;
}

static void next_commands(struct kd_labkernel_answer *a)
{
	const struct kd_lab_kernel *k = kd_labkernel_of(a);

	if (a->what == KD_LABKERNEL_FETCH && a->fetch.source)
		next(a, "kdoc lab kernel build --config=sanitize --out=OUT --tree=", a->fetch.source,
		     "", "a small kernel with sanitizers out of it");
	if (k->image)
		next(a, "kdoc lab boot --kernel=", k->image, " --run='uname -a'",
		     "does it boot, and what does it say?");
	else if (k->vmlinux)
		next(a, "kdoc lab kernel find ", k->vmlinux, "",
		     "it has no image to boot; this is its vmlinux");
}

struct kd_error *kd_labkernel(struct kd_ctx *ctx, const struct kd_labkernel_request *req,
			      struct kd_labkernel_answer *ret)
{
	struct kd_error *err;

	*ret = (struct kd_labkernel_answer){.what = req->what};
	if (req->what == KD_LABKERNEL_FETCH)
		err = kd_lab_kernel_fetch(ctx, &req->fetch, &ret->fetch);
	else if (req->what == KD_LABKERNEL_BUILD)
		err = kd_lab_kernel_build(ctx, &req->build, &ret->build);
	else
		err = kd_lab_kernel_find(ctx, req->name, req->work, &ret->found);
	if (!err)
		next_commands(ret);
	return err;
}

void kd_labkernel_deinit(struct kd_labkernel_answer *a)
{
	kd_lab_kernel_deinit(&a->found);
	kd_lab_fetch_deinit(&a->fetch);
	kd_lab_build_deinit(&a->build);
	for (size_t i = 0; i < KD_LABKERNEL_NEXT; i++)
		kd_free(a->next[i]);
	*a = (struct kd_labkernel_answer){.what = KD_LABKERNEL_FIND};
}
