// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>

#include "core/clock.h"
#include "verb/core_hangs_internal.h"

struct kd_view kd_hang_task(struct kd_sheet *s, const struct kd_task *t)
{
	return kd_sheet_text(s, "%s (%" PRId32 ")", t->comm[0] ? t->comm : "?", t->pid);
}

struct kd_view kd_hang_task_at(struct kd_dump *d, struct kd_sheet *s, uint64_t task)
{
	struct kd_task t;

	return kd_task_read(kd_dump_kernel(d), task, &t) ? kd_hang_task(s, &t) : kd_sheet_text(s, "0x%" PRIx64, task);
}

/* Where the symbols are those of functions alone (CONFIG_KALLSYMS_ALL=n), the last of them is before all data: that names nothing. */
static bool is_named(struct kd_dump *d, uint64_t addr, const struct kd_place_name *at)
{
	if (at->module)
		return kd_module_is_text(at->module, addr) || !kd_module_is_text(at->module, at->addr);
	return kd_kernel_is_text(kd_dump_kernel(d), addr) || !kd_kernel_is_text(kd_dump_kernel(d), at->addr);
}

struct kd_view kd_hang_symbol(struct kd_dump *d, struct kd_sheet *s, uint64_t addr, bool off)
{
	struct kd_place_name at;

	if (!kd_dump_name(d, addr, &at))
		return KD_VNULL;
	if (!is_named(d, addr, &at))
		return at.module ? kd_sheet_text(s, "in module %s", at.module->name) : KD_V("in the kernel's image");
	if (off && at.off)
		return kd_dump_name_text(d, addr, s->arena);
	return at.module ? kd_sheet_text(s, "%s [%s]", at.name, at.module->name) : kd_sheet_text(s, "%s", at.name);
}

struct kd_view kd_hang_function(struct kd_dump *d, struct kd_sheet *s, const struct kd_core_frame *f)
{
	return kd_hang_symbol(d, s, f->exact ? f->pc : f->pc - 1, false);
}

struct kd_error *kd_hang_unwinder(struct kd_dump *d, struct kd_sheet *s, struct kd_unwinder **ret)
{
	struct kd_error *err = kd_dump_unwinder(d, ret);

	if (!err || err->cls != KD_UNSUPPORTED)
		return err;
	kd_sheet_note(s, "%s", err->msg);
	kd_error_free(err);
	*ret = NULL;
	return NULL;
}

struct kd_cell kd_hang_jiffies(struct kd_sheet *s, uint64_t jiffies, unsigned hz)
{
	struct kd_cell c = kd_cell_uint(jiffies);

	if (hz && jiffies < UINT64_MAX / 1000000000)
		return kd_cell_nsec(jiffies * 1000000000 / hz);
	c.text = kd_sheet_text(s, "jiffies");
	return c;
}

unsigned kd_hang_hz(struct kd_dump *d, struct kd_sheet *s)
{
	struct kd_clock c;

	kd_clock_read(kd_dump_kernel(d), &c);
	if (c.hz_inferred)
		kd_sheet_note(s, "HZ is inferred to be %u: by it jiffies have counted as long as the clock of the run queues", c.hz);
	return c.hz;
}
