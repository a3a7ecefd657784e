// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a dump: opened, counted, its memory translated, its log read, its stacks unwound. */
#include <stdlib.h>

#include "base/alloc.h"
#include "core/klog.h"
#include "core/pages.h"
#include "core/tasks.h"
#include "core/unwind.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 1 << 20 };

static void read_some(struct kd_pages *p)
{
	const struct kd_pages_info *info = kd_pages_info(p);
	unsigned char buf[9000];
	uint64_t missing;

	for (uint64_t at = 0; at < 64; at++) {
		uint64_t paddr = info->top / 64 * at + at * 7;
		enum kd_page_state s = kd_pages_read(p, paddr, buf, 1 + at * 100, &missing);

		if (s != KD_PAGE_OK && (missing < paddr || missing >= paddr + 1 + at * 100))
			abort();
		if (!kd_page_state_words(s))
			abort();
	}
}

struct visit {
	struct kd_kernel *k;
	struct kd_unwinder *u;
	struct kd_arena *arena;
	int left;
};

static void unwind(struct visit *v, const struct kd_x86_regs *regs, bool exact, uint64_t end)
{
	struct kd_stack st;
	struct kd_error *err = kd_unwind(v->u, regs, exact, end, v->arena, &st);

	if (!err && (st.n > KD_STACK_FRAMES || (st.end == KD_STACK_BROKEN && !st.why[0])))
		abort();
	kd_error_free(err);
}

static bool one_task(void *user, uint64_t addr)
{
	struct visit *v = user;
	char why[KD_TASKS_WHY];
	struct kd_x86_regs regs;
	struct kd_task t;

	if (kd_task_read(v->k, addr, &t) && kd_task_regs(v->k, &t, &regs, why))
		unwind(v, &regs, false, t.stack_end);
	return --v->left > 0;
}

static void stacks(struct kd_pages *p, struct kd_kernel *k)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(64 << 20);
	kd_auto(kd_unwinder_freep) struct kd_unwinder *u = NULL;
	struct kd_modules mods;
	struct kd_ksym sym;
	struct kd_cpus cpus;
	struct kd_error *err;
	char why[KD_TASKS_WHY];

	kd_modules_read(k, &arena, &mods);
	for (size_t i = 0; i < mods.n && i < 8; i++)
		(void)kd_module_symbol(k, &mods.v[i], mods.v[i].text, &sym);
	err = kd_unwinder_new(k, &mods, &u);
	if (!err)
		err = kd_cpus_read(k, kd_pages_info(p)->notes, &arena, &cpus);
	if (!err) {
		struct visit v = {.k = k, .u = u, .arena = &arena, .left = 50};

		for (size_t i = 0; i < cpus.n && i < 8; i++)
			if (cpus.v[i].regs)
				unwind(&v, cpus.v[i].regs, true, cpus.v[i].task.stack_end);
		kd_tasks_walk(k, one_task, &v, why);
	}
	kd_error_free(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct kd_klog_options o = {.level = true, .caller = true};
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(TEXT_MAX);
	kd_auto(kd_pages_closep) struct kd_pages *p = NULL;
	kd_auto(kd_space_freep) struct kd_space *s = NULL;
	kd_auto(kd_kernel_freep) struct kd_kernel *k = NULL;
	struct kd_bytes *bytes = kd_bytes_of_view(kd_view((const char *)data, size), "fuzz");
	struct kd_error *err = kd_pages_of_bytes(bytes, &p);
	struct kd_pages_survey survey;
	struct kd_klog log;

	if (!err) {
		read_some(p);
		kd_error_free(kd_pages_survey(p, &survey));
		err = kd_space_new(p, &s);
	}
	if (!err) {
		kd_error_free(kd_klog_read(s, &o, &text, &log));
		err = kd_kernel_open(s, &k);
	}
	if (!err)
		stacks(p, k);
	kd_error_free(err);
	return 0;
}
