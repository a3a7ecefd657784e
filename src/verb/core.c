// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core.h"

#include "base/alloc.h"
#include "core/space.h"
#include "core/sysinfo.h"
#include "format/elfcore.h"

enum { NT_PRSTATUS = 1 };

/* makedumpfile(8), -d. */
static const struct kd_core_level levels[] = {
	{1, "zero", "pages full of zeros", NULL},
	{2, "cache", "page cache", "contents of files"},
	{4, "cache_private", "page cache with private data", "buffers of file systems"},
	{8, "user", "memory of processes", "memory of processes (their stacks, heaps)"},
	{16, "free", "free pages", "pages that were freed before the crash"},
	{0, NULL, NULL, NULL},
};

const struct kd_core_level *kd_core_levels(void)
{
	return levels;
}

static const char *machine_name(uint16_t machine)
{
	switch (machine) {
	case KD_EM_X86_64:
		return "x86_64";
	case KD_EM_AARCH64:
		return "arm64";
	case KD_EM_RISCV:
		return "riscv64";
	case KD_EM_PPC64:
		return "ppc64";
	case KD_EM_S390:
		return "s390x";
	case KD_EM_LOONGARCH:
		return "loongarch64";
	default:
		return NULL;
	}
}

static size_t count_cpus(struct kd_view notes)
{
	struct kd_elfnote note;
	size_t at = 0, n = 0;

	while (kd_elfnote_next(notes, false, &at, &note))
		n += kd_view_eq(note.name, KD_V("CORE")) && note.type == NT_PRSTATUS;
	return n;
}

static struct kd_view keep(struct kd_arena *a, struct kd_view v)
{
	return v.n ? kd_arena_view(a, v) : KD_VNULL;
}

static void take_info(struct kd_arena *a, const struct kd_pages_info *info, struct kd_core_check *c)
{
	const struct kd_vmcoreinfo v = kd_vmcoreinfo(info->vmcoreinfo);
	struct kd_view release = kd_vmcoreinfo_get(&v, KD_V("OSRELEASE")), text;
	uint64_t n;

	c->info = *info;
	c->info.vmcoreinfo = KD_VNULL;
	c->info.notes = KD_VNULL;
	c->info.nodename = keep(a, info->nodename);
	c->info.uts_version = keep(a, info->uts_version);
	c->info.machine_name = keep(a, info->machine_name);
	c->release = keep(a, release.n ? release : info->release);
	c->info.release = c->release;
	c->build_id = keep(a, kd_vmcoreinfo_get(&v, KD_V("BUILD-ID")));
	if (!c->machine)
		c->machine = machine_name(info->machine);
	if (info->library)
		c->info.container = keep(a, kd_view_of(info->container)).p;
	c->cpus = info->live ? 0 : count_cpus(info->notes); /* /proc/kcore has an empty one for form's sake */
	c->kallsyms = kd_vmcoreinfo_get(&v, KD_V("SYMBOL(kallsyms_names)")).n > 0;
	text = kd_vmcoreinfo_get(&v, KD_V("CRASHTIME"));
	if (kd_view_take_dec(&text, &n) && !text.n && n < INT64_MAX)
		c->crash_time = (int64_t)n;
	text = kd_vmcoreinfo_get(&v, KD_V("KERNELOFFSET"));
	c->has_kaslr = kd_view_take_hex(&text, &c->kaslr) && !text.n;
}

/* The message of err, which is freed. */
static struct kd_view message(struct kd_arena *a, struct kd_error *err)
{
	struct kd_view v = kd_arena_view(a, kd_view_of(err->msg));

	kd_error_free(err);
	return v;
}

static void try_memory(struct kd_pages *pages, struct kd_arena *a, struct kd_core_check *c)
{
	kd_auto(kd_space_freep) struct kd_space *space = NULL;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_CORE_LOG_MAX);
	const struct kd_klog_options o = {0};
	struct kd_error *err = kd_space_new(pages, &space);

	if (err) {
		c->no_memory = message(a, err);
		c->no_log = KD_V("addresses cannot be translated");
		return;
	}
	c->machine = machine_name(kd_space_machine(space));
	err = kd_klog_read(space, &o, &text, &c->log);
	if (err)
		c->no_log = message(a, err);
}

struct kd_error *kd_core_check_on(struct kd_dump *d, struct kd_arena *arena, struct kd_core_check *ret)
{
	struct kd_core_check c = {0};
	struct kd_error *err = kd_ctx_check(kd_dump_ctx(d));

	if (!err)
		err = kd_pages_survey(kd_dump_pages(d), &c.survey);
	if (err)
		return err;
	try_memory(kd_dump_pages(d), arena, &c); /* a VMCOREINFO that is not in the notes is known only then */
	take_info(arena, kd_pages_info(kd_dump_pages(d)), &c);
	c.whole = c.info.live || (!c.info.incomplete && !c.survey.cut && !c.survey.damaged);
	*ret = c;
	return NULL;
}

struct kd_error *kd_core_check(struct kd_ctx *ctx, const char *path, const struct kd_pages_options *how, struct kd_arena *arena,
			       struct kd_core_check *ret)
{
	const struct kd_dump_options o = {.pages = how ? *how : (struct kd_pages_options){0}};
	kd_auto(kd_dump_closep) struct kd_dump *d = NULL;
	struct kd_error *err = kd_dump_open(ctx, path, &o, &d);

	return err ? err : kd_core_check_on(d, arena, ret);
}

/* The timekeeper's date, less how long it has run: to a second. */
static struct kd_error *clock_began(struct kd_dump *d, int64_t *ret)
{
	struct kd_error *err = kd_dump_need_kernel(d);
	struct kd_sysinfo s;

	if (err)
		return err;
	kd_sysinfo_read(kd_dump_kernel(d), &s);
	if (s.time.why || s.uptime.why)
		return kd_error_new(KD_NOTFOUND, "%s: dates are not known: %s", kd_dump_path(d), s.time.why ? s.time.why : s.uptime.why);
	if (s.time.v > (uint64_t)INT64_MAX / 1000000000 || s.uptime.v > s.time.v)
		return kd_error_new(KD_NOTFOUND, "%s: dates are not known: the kernel's clocks cannot be right", kd_dump_path(d));
	*ret = (int64_t)(s.time.v - s.uptime.v) * 1000000000;
	return NULL;
}

struct kd_error *kd_core_log_on(struct kd_dump *d, const struct kd_klog_options *o, struct kd_buf *text, struct kd_klog *ret)
{
	struct kd_error *err = kd_dump_need_space(d);
	struct kd_klog_options with = *o;

	if (!err && o->time == KD_KLOG_DATE)
		err = clock_began(d, &with.boot_ns);
	return err ? err : kd_error_wrap(kd_klog_read(kd_dump_space(d), &with, text, ret), "%s", kd_dump_path(d));
}

void kd_core_log_pick(struct kd_buf *text, const char *grep, uint64_t last)
{
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(KD_CORE_LOG_MAX);
	struct kd_view rest = kd_buf_view(text);
	uint64_t n = 0;

	while (grep && rest.n) {
		const size_t end = kd_view_chr(rest, '\n');
		const struct kd_view line = kd_view_head(rest, end == KD_NPOS ? rest.n : end + 1);

		if (kd_view_has(line, kd_view_of(grep)))
			kd_buf_add(&out, line);
		rest = kd_view_from(rest, line.n);
	}
	if (grep) {
		kd_buf_clear(text);
		kd_buf_add(text, kd_buf_view(&out));
	}
	for (size_t i = text->n; last && i-- > 0;)
		if (text->p[i] == '\n' && n++ == last) {
			kd_buf_drop(text, i + 1);
			return;
		}
}

struct kd_error *kd_core_log(const char *path, const struct kd_pages_options *how, const struct kd_klog_options *o,
			     struct kd_buf *text, struct kd_klog *ret)
{
	const struct kd_dump_options dump = {.pages = how ? *how : (struct kd_pages_options){0}};
	kd_auto(kd_dump_closep) struct kd_dump *d = NULL;
	struct kd_error *err = kd_dump_open(NULL, path, &dump, &d);

	return err ? err : kd_core_log_on(d, o, text, ret);
}
