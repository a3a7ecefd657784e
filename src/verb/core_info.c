// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/time.h"
#include "core/klog.h"
#include "core/sysinfo.h"
#include "report/taint.h"
#include "verb/core.h"
#include "verb/core_cell.h"
#include "verb/core_reports.h"
#include "verb/core_sys.h"

enum { LOAD_SHIFT = 11, LOAD_EXTREME = 5 }; /* FSHIFT of include/linux/sched/loadavg.h; times as many as CPUs */

struct facts {
	struct kd_dump *d;
	struct kd_kernel *k;
	struct kd_sheet *s;
	struct kd_sysinfo sys;
	struct kd_taskinfos tasks;
};

/* --- the dump ---------------------------------------------------------------------------------------- */

static void say_debug(struct facts *f)
{
	const struct kd_symset_try *t = NULL;
	struct kd_symset *set = kd_dump_symset(f->d);
	size_t n = 0;
	bool fits;

	if (!set) {
		kd_sheet_field(f->s, "kernel", "KERNEL", kd_cell_text(KD_V("no debug info was named (--debug); symbols and types are the dump's own")));
		return;
	}
	fits = kd_dump_index(f->d) != NULL;
	n = kd_symset_tries(set, &t);
	for (size_t i = 0; i < n; i++)
		if (fits && t[i].used) {
			kd_sheet_field(f->s, "kernel", "KERNEL", kd_sheet_cell(f->s, kd_view_of(t[i].what)));
			return;
		}
	kd_sheet_field(f->s, "kernel", "KERNEL", kd_cell_none("no debug info fits"));
	for (size_t i = 0; i < n; i++)
		kd_sheet_note(f->s, "debug info: %s: %s", t[i].what, t[i].why);
}

static void say_file(struct facts *f)
{
	const struct kd_pages_info *info = kd_pages_info(kd_dump_pages(f->d));
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);

	kd_sheet_field(f->s, "dumpfile", "DUMPFILE", kd_sheet_cell(f->s, kd_view_of(kd_dump_path(f->d))));
	kd_buf_printf(&b, "%s%s", info->container, info->flattened ? ", flattened" : "");
	if (info->level > 0) {
		kd_buf_printf(&b, ", PARTIAL DUMP: level %" PRId32 ", without", info->level);
		for (const struct kd_core_level *l = kd_core_levels(); l->bit; l++)
			if (info->level & l->bit)
				kd_buf_printf(&b, "%s %s", b.p[b.n - 1] == 't' && b.p[b.n - 2] == 'u' ? "" : ",", l->what);
	}
	if (info->split)
		kd_buf_printf(&b, ", one part of several");
	kd_sheet_field(f->s, "container", "FORM", kd_sheet_cell(f->s, kd_buf_view(&b)));
	kd_sheet_field(f->s, "dump_level", NULL, info->level < 0 ? kd_cell_none("the container does not say") : kd_cell_int(info->level));
	kd_sheet_field(f->s, "partial", NULL, info->level < 0 ? kd_cell_none("the container does not say") : kd_cell_bool(info->level > 0));
	if (info->incomplete)
		kd_sheet_note(f->s, "the dump was not written to its end: %s", info->incomplete);
}

/* --- clocks ------------------------------------------------------------------------------------------ */

/* The last date in a kernel's version: "(2026-11-16)" of a distribution, or "Sat Nov 21 01:32:50 UTC 2026" of a build. */
static bool build_date(const char *version, int64_t *ret)
{
	struct kd_civil t;
	bool found = false;

	for (const char *p = version; *p; p++) {
		struct kd_view v = kd_view_of(p);
		uint64_t y, m, d;

		if (p > version && kd_is_alnum(p[-1]))
			continue;
		if (kd_view_take_dec(&v, &y) && y > 1970 && y < 2200 && kd_view_skip(&v, KD_V("-")) && kd_view_take_dec(&v, &m) && m - 1 < 12 &&
		    kd_view_skip(&v, KD_V("-")) && kd_view_take_dec(&v, &d) && d - 1 < 31) {
			t = (struct kd_civil){.year = (int)y, .month = (int)m, .day = (int)d, .has_zone = true};
			found = kd_civil_absolute(&t, ret) || found;
			continue;
		}
		v = kd_view_of(p);
		if (!kd_civil_take_ctime(&v, &t))
			continue;
		t.has_zone = true; /* of a day only the day matters */
		found = kd_civil_absolute(&t, ret) || found;
	}
	return found;
}

#define SECOND 1000000000
#define TYPES_SINCE 1534032000 /* 2018-08-12, Linux 4.18: no kernel that describes its types is older */
#define FAR_OFF 4102444800 /* 2100-01-01 */

static void say_date(struct facts *f)
{
	const int64_t now = (int64_t)f->sys.time.v, day = 86400;
	char text[KD_CIVIL_LEN];
	const char *wrong = NULL;
	struct kd_civil civil;
	int64_t built = 0;
	const bool dated = build_date(f->sys.version, &built);

	if (f->sys.time.why) {
		kd_sheet_field(f->s, "date", "DATE", kd_cell_none(f->sys.time.why));
		return;
	}
	if (now < TYPES_SINCE)
		wrong = "it is before any kernel that describes its own types";
	else if (now > FAR_OFF)
		wrong = "it is in the far future";
	else if (dated && now < built / SECOND - day)
		wrong = "it is before the date in the kernel's version";
	if (now > 0 && now < INT64_MAX / SECOND) {
		kd_civil_from_ns(now * SECOND, &civil);
		kd_civil_format(&civil, text);
		kd_sheet_field(f->s, "date", "DATE", kd_cell_text(kd_sheet_text(f->s, "%s (%s)%s", text, f->sys.time_from, wrong ? ", IMPLAUSIBLE" : "")));
	} else {
		kd_sheet_field(f->s, "date", "DATE", kd_cell_none("the clock's number is no time"));
	}
	kd_sheet_field(f->s, "time", NULL, kd_cell_int(now));
	kd_sheet_field(f->s, "date_plausible", NULL, kd_cell_bool(!wrong));
	if (wrong)
		kd_sheet_note(f->s, "the machine's clock is not to be believed: %s", wrong);
	if (dated && built / SECOND < TYPES_SINCE)
		kd_sheet_note(f->s, "the date in the kernel's version is not when it was built: kernels that describe their own types are younger");
}

/* --- load -------------------------------------------------------------------------------------------- */

static size_t count_state(const struct facts *f, char letter)
{
	size_t n = 0;

	for (size_t i = 0; i < f->tasks.n; i++)
		n += f->tasks.v[i].state.letter == letter && (letter != 'R' || f->tasks.v[i].t.pid);
	return n;
}

static void say_extreme(struct facts *f)
{
	const struct kd_datum *load = f->sys.load;
	const size_t blocked = count_state(f, 'D'), runnable = count_state(f, 'R');
	struct kd_assertion *st;
	uint64_t at;

	if (load[0].why || f->sys.online.why || !f->sys.online.v || load[0].v >> LOAD_SHIFT < LOAD_EXTREME * f->sys.online.v)
		return;
	st = kd_sheet_statement(f->s, blocked > runnable ? KD_STATEMENT_SUPPORTED : KD_STATEMENT_HYPOTHESIS,
				"%s: the load average is %.0f on %" PRIu64 " CPUs; tasks in uninterruptible sleep: %zu, runnable: %zu",
				blocked > runnable ? "mass blocking" : "overload, or mass blocking that is over", (double)load[0].v / (1 << LOAD_SHIFT),
				f->sys.online.v, blocked, runnable);
	if (kd_kernel_symbol(f->k, "avenrun", &at))
		kd_dump_prove(f->d, f->s, st, at, 8, "avenrun[0], in 1/2048");
	kd_dump_next(f->d, f->s, "ps", "--state=D --time");
	kd_dump_next(f->d, f->s, "deadlock", "%s", "");
}

/* As /proc/loadavg has it (fs/proc/loadavg.c): half of a hundredth is added, the rest cut. */
static struct kd_view load_text(struct facts *f, uint64_t v)
{
	const uint64_t one = 1 << LOAD_SHIFT, n = v + one / 200;

	return kd_sheet_text(f->s, "%" PRIu64 ".%02" PRIu64, n >> LOAD_SHIFT, (n & (one - 1)) * 100 >> LOAD_SHIFT);
}

static void say_load(struct facts *f)
{
	static const char *const keys[] = {"load_1", "load_5", "load_15"};
	const struct kd_datum *l = f->sys.load;
	const char *why = l[0].why ? l[0].why : l[1].why ? l[1].why : l[2].why;
	struct kd_view t[3];

	for (size_t i = 0; i < KD_ARRAY_LEN(t); i++)
		t[i] = load_text(f, l[i].v);
	kd_sheet_field(f->s, "load_average", "LOAD AVERAGE",
		       why ? kd_cell_none(why) : kd_cell_text(kd_sheet_text(f->s, "%.*s, %.*s, %.*s", KD_VARG(t[0]), KD_VARG(t[1]), KD_VARG(t[2]))));
	for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++)
		kd_sheet_field(f->s, keys[i], NULL, kd_core_cell(l[i], KD_CELL_UINT)); /* in 1/2048 */
}

/* --- the panic ---------------------------------------------------------------------------------------- */

/* What is behind the last of these words in the log, up to the end of its line. */
static struct kd_view last_line(struct kd_view log, struct kd_view words)
{
	struct kd_view found = KD_VNULL;
	size_t at;

	while ((at = kd_view_find(log, words)) != KD_NPOS) {
		log = kd_view_from(log, at);
		found = kd_view_head(log, kd_view_chr(log, '\n'));
		log = kd_view_from(log, words.n);
	}
	if (kd_view_ends(found, KD_V(" ]---")))
		found.n -= strlen(" ]---"); /* of a log that has "---[ end Kernel panic" */
	return found;
}

static void say_reason(struct facts *f)
{
	const struct kd_klog_options ko = {0};
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(KD_CORE_LOG_MAX);
	struct kd_core_reports l = {.n = 0};
	struct kd_klog how;
	struct kd_view panic;
	struct kd_error *err = kd_klog_read(kd_dump_space(f->d), &ko, &text, &how);

	if (err) {
		kd_sheet_field(f->s, "panic", "PANIC", kd_cell_none(kd_sheet_text(f->s, "%s", err->msg).p));
		kd_error_free(err);
		return;
	}
	panic = last_line(kd_buf_view(&text), KD_V("Kernel panic - not syncing: "));
	err = kd_core_reports(kd_dump_ctx(f->d), kd_buf_view(&text), f->s->arena, &l);
	if (err)
		kd_sheet_note(f->s, "reports in the log: %s", err->msg);
	kd_error_free(err);
	kd_sheet_field(f->s, "panic", "PANIC",
		       panic.n ? kd_sheet_cell(f->s, panic) :
		       l.last.n ? kd_cell_text(kd_sheet_text(f->s, "%.*s (the log's last report; no panic is in it)", KD_VARG(l.last))) :
				   kd_cell_none("the log has no panic and no report"));
	kd_sheet_field(f->s, "reports", "REPORTS", kd_cell_uint(l.n));
	kd_sheet_field(f->s, "last_report", l.n && panic.n ? "LAST REPORT" : NULL, kd_cell_text(l.last));
}

static void say_task(struct facts *f)
{
	const struct kd_cpus *cpus;
	const struct kd_cpu *c = NULL;
	struct kd_taskinfo t;
	struct kd_error *err = kd_dump_cpus(f->d, &cpus);

	if (err) {
		kd_sheet_note(f->s, "who panicked: %s", err->msg);
		kd_error_free(err);
		return;
	}
	for (size_t i = 0; i < cpus->n; i++)
		if (cpus->v[i].panicked)
			c = &cpus->v[i];
	if (!c || !c->has_task || !kd_taskinfo_read(f->k, c->task.addr, &t)) {
		kd_sheet_field(f->s, "panic_pid", "PID", kd_cell_none(c ? "the task of the CPU that panicked cannot be read" :
									  "no CPU says that it panicked (the dump was taken from outside)"));
		return;
	}
	kd_sheet_field(f->s, "panic_pid", "PID", kd_cell_int(t.t.pid));
	kd_sheet_field(f->s, "panic_comm", "COMMAND", kd_core_text_cell(f->s, t.t.comm));
	kd_sheet_field(f->s, "panic_task", "TASK", kd_cell_hex(t.t.addr));
	kd_sheet_field(f->s, "panic_cpu", "CPU", kd_cell_uint(c->cpu));
	kd_sheet_field(f->s, "panic_state", "STATE",
		       kd_cell_text(kd_sheet_text(f->s, "%c (%s, PANIC)", t.state.letter, kd_task_state_words(t.state.letter))));
}

/* --- the rest ---------------------------------------------------------------------------------------- */

static void say_taint(struct facts *f)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	char letters[KD_TAINT_LETTERS];

	if (!f->sys.tainted.why && f->sys.tainted.v) {
		kd_taint_letters((uint32_t)f->sys.tainted.v, letters);
		kd_buf_printf(&b, "%s", letters);
		for (unsigned i = 0; i < KD_NTAINT; i++)
			if (f->sys.tainted.v >> i & 1)
				kd_buf_printf(&b, "%s %s", b.n == strlen(letters) ? ":" : ",", kd_taint_bit(i)->words);
	}
	kd_sheet_field(f->s, "taint", "TAINT",
		       f->sys.tainted.why ? kd_cell_none(f->sys.tainted.why) : b.n ? kd_sheet_cell(f->s, kd_buf_view(&b)) : kd_cell_text(KD_V("none")));
	kd_sheet_field(f->s, "taint_bits", NULL, kd_core_cell(f->sys.tainted, KD_CELL_HEX));
}

static void say_machine(struct facts *f)
{
	const struct kd_sysinfo *y = &f->sys;
	struct kd_cell cpus = kd_core_cell(y->online, KD_CELL_UINT);

	if (cpus.kind == KD_CELL_UINT && !y->present.why && !y->possible.why && (y->present.v != y->online.v || y->possible.v != y->online.v))
		cpus.text = kd_sheet_text(f->s, "online, of %" PRIu64 " present, %" PRIu64 " possible", y->present.v, y->possible.v);
	kd_sheet_field(f->s, "cpus", "CPUS", cpus);
	kd_sheet_field(f->s, "cpus_present", NULL, kd_core_cell(y->present, KD_CELL_UINT));
	kd_sheet_field(f->s, "cpus_possible", NULL, kd_core_cell(y->possible, KD_CELL_UINT));
	say_date(f);
	kd_sheet_field(f->s, "uptime", "UPTIME", y->uptime.why ? kd_cell_none(y->uptime.why) : kd_cell_nsec(y->uptime.v * SECOND));
	say_load(f);
	kd_sheet_field(f->s, "tasks", "TASKS", *f->tasks.why ? kd_cell_none(kd_sheet_text(f->s, "%s", f->tasks.why).p) : kd_cell_uint(f->tasks.n));
	kd_sheet_field(f->s, "nodename", "NODENAME", kd_core_text_cell(f->s, y->nodename));
	kd_sheet_field(f->s, "kernel_release", "RELEASE", kd_core_text_cell(f->s, y->release));
	kd_sheet_field(f->s, "version", "VERSION", kd_core_text_cell(f->s, y->version));
	kd_sheet_field(f->s, "machine", "MACHINE",
		       y->cpu_khz.why || !*y->machine ? kd_core_text_cell(f->s, y->machine) :
							kd_cell_text(kd_sheet_text(f->s, "%s (%" PRIu64 " MHz)", y->machine, y->cpu_khz.v / 1000)));
	kd_sheet_field(f->s, "cpu_khz", NULL, kd_core_cell(y->cpu_khz, KD_CELL_UINT));
	kd_sheet_field(f->s, "memory", "MEMORY", kd_core_cell(y->memory, KD_CELL_BYTES));
	kd_sheet_field(f->s, "memory_usable", NULL, kd_core_cell(y->usable, KD_CELL_BYTES));
	kd_sheet_field(f->s, "hypervisor", "HYPERVISOR",
		       kd_view_eq(y->hypervisor, KD_V("NATIVE")) ? kd_cell_text(KD_V("none that the kernel knows")) : kd_cell_text(y->hypervisor));
	kd_sheet_field(f->s, "clocksource", NULL, kd_core_text_cell(f->s, y->clocksource));
}

/* Symbols and types are not there: what the container, VMCOREINFO and the log say. */
static void without_kernel(struct facts *f, struct kd_error *err)
{
	const struct kd_pages_info *info = kd_pages_info(kd_dump_pages(f->d));
	const struct kd_vmcoreinfo v = kd_vmcoreinfo(info->vmcoreinfo);
	struct kd_view release = kd_vmcoreinfo_get(&v, KD_V("OSRELEASE")), crash = kd_vmcoreinfo_get(&v, KD_V("CRASHTIME"));
	uint64_t time;

	f->sys.time = kd_view_take_dec(&crash, &time) ? kd_datum_of(time) : kd_datum_none("VMCOREINFO does not have it");
	f->sys.time_from = "VMCOREINFO's CRASHTIME";
	say_file(f);
	say_date(f);
	kd_sheet_field(f->s, "nodename", "NODENAME", info->nodename.n ? kd_sheet_cell(f->s, info->nodename) : kd_cell_none(NULL));
	kd_sheet_field(f->s, "kernel_release", "RELEASE", kd_sheet_cell(f->s, release.n ? release : info->release));
	kd_sheet_field(f->s, "version", "VERSION", info->uts_version.n ? kd_sheet_cell(f->s, info->uts_version) : kd_cell_none(NULL));
	kd_sheet_field(f->s, "machine", "MACHINE", info->machine_name.n ? kd_sheet_cell(f->s, info->machine_name) : kd_cell_none(NULL));
	if (kd_dump_space(f->d))
		say_reason(f);
	kd_sheet_note(f->s, "the rest is not known: %s", err->msg);
	kd_error_free(err);
	kd_dump_next(f->d, f->s, "log", "%s", "");
}

struct kd_error *kd_core_info(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	struct facts f = {.d = d, .s = s};
	struct kd_error *err = kd_dump_need_types(d);

	(void)options;
	(void)args;
	(void)nargs;
	if (err) {
		without_kernel(&f, err);
		return NULL;
	}
	f.k = kd_dump_kernel(d);
	kd_sysinfo_read(f.k, &f.sys);
	err = kd_taskinfos_read(f.k, s->arena, &f.tasks);
	if (err)
		return err;
	say_debug(&f);
	say_file(&f);
	say_machine(&f);
	say_reason(&f);
	say_task(&f);
	say_taint(&f);
	kd_sheet_field(s, "modules", "MODULES", kd_dump_modules(d)->why ? kd_cell_none(kd_dump_modules(d)->why) : kd_cell_uint(kd_dump_modules(d)->n));
	say_extreme(&f);
	kd_dump_next(d, s, "bt", "%s", "");
	return NULL;
}
