// SPDX-License-Identifier: GPL-2.0-or-later
/* The source file to blame, in decoded text: "foo+0x1/0x2 fs/foo.c:12" (docs/titles.md). */
#include "base/alloc.h"
#include "report/syz_internal.h"

/* Files that report, or that everybody goes through; see kd_syz_in_list(). */
static const char *const helpers[] = {
	".h$", "^lib/", "^rust/",
	"^mm/kasan/", "^mm/kmsan/", "^mm/kfence/", "^mm/slab", "^mm/slub.c$", "^mm/slob.c$",
	"^mm/memory.c$", "^mm/filemap.c$", "^mm/percpu", "^mm/vmalloc.c$", "^mm/page_alloc.c$",
	"^mm/util.c$", "^mm/mempool.c$", "^mm/truncate.c$", "^mm/usercopy.c$", "^mm/dmapool.c$",
	"^mm/mempolicy.c$", "^mm/gup.c$", "^mm/maccess.c$", "^mm/kmemleak.c$", "^mm/debug.c$",
	"^kernel/rcu/", "^kernel/locking/", "^kernel/sched/", "^kernel/kcsan/", "^kernel/panic.c$",
	"^kernel/printk/", "^kernel/softirq.c$", "^kernel/kthread.c$", "^kernel/stacktrace.c$",
	"^kernel/workqueue.c$", "^kernel/kcov.c$", "^kernel/hung_task.c$", "^kernel/watchdog.c$",
	"^kernel/time/timer.c$", "^kernel/entry/", "^kernel/context_tracking.c$",
	"^net/core/dev.c$", "^net/core/sock.c$", "^net/core/skbuff.c$", "^fs/proc/generic.c$",
	"^drivers/usb/core/urb.c$", "^drivers/base/core.c$",
};

/* The same below arch/x86/, arch/arm64/ … */
static const char *const arch_helpers[] = {
	"^kernel/traps", "^kernel/unwind", "^kernel/stacktrace", "^kernel/entry", "^kernel/process",
	"^kernel/debug-monitors", "^kernel/irq.c$", "^kernel/smp", "^mm/fault", "^mm/extable",
	"^mm/physaddr", "^entry/", "^lib/",
};

static bool is_helper(struct kd_view path)
{
	struct kd_view below = path, arch;

	if (kd_view_skip(&below, KD_V("arch/")) && kd_view_take_until(&below, KD_V("/"), &arch) &&
	    kd_syz_in_list(arch_helpers, KD_ARRAY_LEN(arch_helpers), below))
		return true;
	return kd_syz_in_list(helpers, KD_ARRAY_LEN(helpers), path);
}

static bool is_path(char c)
{
	return kd_is_word(c) || c == '/' || c == '-' || c == '+' || c == '.';
}

/* The next "dir/file.c:12" of the line; *v moves behind it. Absent: no more. */
static struct kd_view next_file(struct kd_view *v)
{
	static const struct kd_view ends[] = {KD_V(".c"), KD_V(".h"), KD_V(".S"), KD_V(".rs")};

	for (;;) {
		size_t colon = kd_view_chr(*v, ':'), from;
		struct kd_view path;
		bool digit;

		if (colon == KD_NPOS)
			return KD_VNULL;
		for (from = colon; from && is_path(v->p[from - 1]); from--)
			;
		path = kd_view(v->p + from, colon - from);
		digit = colon + 1 < v->n && kd_is_digit(v->p[colon + 1]);
		*v = kd_view_from(*v, colon + 1);
		while (kd_view_skip(&path, KD_V("./")))
			;
		if (!digit || kd_view_chr(path, '/') == KD_NPOS || !kd_is_word(path.p[0]))
			continue;
		for (size_t i = 0; i < KD_ARRAY_LEN(ends); i++)
			if (kd_view_ends(path, ends[i]))
				return path;
	}
}

/*
 * Held locks, what last touched the interrupt flag, what a register points to: no frames.
 * Nor are the messages of the secure world, which has sources of its own.
 */
static bool is_aside(struct kd_view t)
{
	kd_view_skip_blank(&t);
	if (kd_view_starts(t, KD_V("trusty: ")))
		return true;
	if (kd_view_starts(t, KD_V("Register ")) && kd_view_has(t, KD_V(" information: ")))
		return true;
	return kd_view_starts(t, KD_V("#")) || kd_view_has(t, KD_V(", at: ")) ||
	       kd_view_starts(t, KD_V("hardirqs last")) || kd_view_starts(t, KD_V("softirqs last"));
}

/* Does `path` lie in a directory below the one of `first`? */
static bool deeper(struct kd_view first, struct kd_view path)
{
	size_t slash = kd_view_rchr(first, '/');
	struct kd_view dir = kd_view_head(first, slash + 1);

	return kd_view_starts(path, dir) && kd_view_rchr(path, '/') > slash;
}

struct kd_view kd_syz_guilty_file(const struct kd_syz_text *t, size_t from)
{
	struct kd_view any = KD_VNULL, first = KD_VNULL;
	size_t any_line = 0, lines = 0;

	for (size_t i = from; i < t->all; i++) {
		struct kd_view v = t->l[i]->text, path;

		while ((path = next_file(&v)).n) {
			if (!any.n || any_line != i)
				lines++;
			if (!any.n)
				any = path;
			any_line = i;
			if (first.n && !deeper(first, path))
				continue;
			if (is_aside(t->l[i]->text) || is_helper(path))
				continue;
			if (first.n)
				return path;
			first = path;
		}
	}
	if (first.n)
		return first;
	return lines > 1 ? any : KD_VNULL; /* one alone is the header's: no frame is decoded */
}
