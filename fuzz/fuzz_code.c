// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a Code: line of any processor, and as a log whose reports are judged: the
 * listing's instructions lie in the bytes one behind the other, and a verdict has what it
 * names.
 */
#include <stdlib.h>

#include "base/alloc.h"
#include "report/scan.h"
#include "symbol/fault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_listing(const struct kd_code *c, const struct kd_code_listing *l)
{
	if (l->n > KD_CODE_LINES || l->at > l->n)
		abort();
	for (size_t i = 0; i < l->n; i++) {
		const struct kd_code_line *x = &l->v[i];

		if (x->off + (size_t)x->insn.len > c->n || !x->insn.len || x->insn.nmem > KD_INSN_MEM_MAX)
			abort();
		if (i && l->v[i - 1].off + l->v[i - 1].insn.len != x->off)
			abort();
	}
	if (l->at < l->n && l->v[l->at].off != c->mark)
		abort();
}

static struct kd_error *judge(void *user, const struct kd_report *r)
{
	struct kd_arena a = KD_ARENA_INIT(4 << 20);
	struct kd_error *err;
	struct kd_fault *f;

	(void)user;
	err = kd_fault_read(r, &a, &f);
	if (!err) {
		check_listing(&f->code, &f->list);
		if (f->which >= (int)f->nop || f->nop > KD_INSN_MEM_MAX)
			abort();
		if (f->state == KD_FAULT_PROVEN &&
		    (f->which < 0 || !f->op[f->which].has_ea || !f->op[f->which].covers || !f->addr_from ||
		     f->addr_from == KD_FADDR_CR2))
			abort();
		if (f->shadow.exact && !f->shadow.ptr.known)
			abort();
	}
	kd_error_free(err);
	kd_arena_deinit(&a);
	return NULL;
}

static void as_code(struct kd_view text)
{
	static const struct kd_disasm_mode modes[] = {
		{.arch = KD_ARCH_X86_64}, {.arch = KD_ARCH_I386}, {.arch = KD_ARCH_ARM64},
		{.arch = KD_ARCH_ARM},	  {.arch = KD_ARCH_PPC64}, {.arch = KD_ARCH_MIPS},
	};
	struct kd_code_hint hint = {.has_func = text.n & 1, .func_off = text.n / 6, .func_size = text.n / 3};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		kd_auto(kd_disasm_closep) struct kd_disasm *d = NULL;
		struct kd_disasm_mode mode = modes[i];
		struct kd_arena a = KD_ARENA_INIT(1 << 20);
		struct kd_code_listing l;
		struct kd_error *err;
		struct kd_code c;

		kd_code_parse(text, mode.arch, &c);
		mode.thumb = c.thumb;
		err = c.state == KD_CODE_OK ? kd_disasm_open(&mode, &d) : NULL;
		if (!err && d)
			err = kd_code_list(d, &c, &hint, &a, &l);
		if (!err && d)
			check_listing(&c, &l);
		kd_error_free(err);
		kd_arena_deinit(&a);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const void *p = data;
	struct kd_scan_opts o = {0};
	struct kd_scan_log log;
	struct kd_source *src;
	struct kd_error *err;
	struct kd_ctx ctx;

	as_code(kd_view(p, size < 4096 ? size : 4096));
	kd_ctx_init(&ctx);
	err = kd_source_from_memory(kd_view(p, size), "fuzz", &src);
	if (!err) {
		err = kd_scan(&ctx, src, &o, judge, NULL, &log);
		kd_source_close(src);
	}
	kd_error_free(err);
	kd_ctx_deinit(&ctx);
	return 0;
}
