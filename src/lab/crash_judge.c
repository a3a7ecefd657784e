// SPDX-License-Identifier: GPL-2.0-or-later
/* What the reports of a case's console say, held against the truth about the case. */
#include <string.h>

#include "base/alloc.h"
#include "lab/crash.h"
#include "report/kind.h"
#include "report/token.h"

enum { NEAR = 4 }; /* frames: a leaf's caller, or who jumped, stands next to it */

struct judge {
	struct kd_arena *arena;
	struct kd_crash_result *r;
	const struct kd_report *first;
};

const char *kd_crash_fact(const struct kd_crash_result *r, const char *key)
{
	for (size_t i = r->nfacts; i-- > 0;)
		if (!strcmp(r->facts[i].key, key))
			return r->facts[i].value;
	return NULL;
}

static const char *text(struct judge *j, struct kd_view v)
{
	return v.n ? kd_arena_view(j->arena, v).p : NULL;
}

static const char *number(struct judge *j, const char *fmt, uint64_t n)
{
	return kd_arena_printf(j->arena, *fmt == 'x' ? "%#jx" : "%ju", (uintmax_t)n).p;
}

static void add(struct judge *j, const char *what, bool good, const char *want, const char *got)
{
	if (j->r->nchecks < KD_CRASH_CHECKS_MAX)
		j->r->checks[j->r->nchecks++] = (struct kd_crash_check){what, good, want, got};
}

/* A panic that only ends another report does not count, infrastructure does not either. */
static bool counts(const struct judge *j, const struct kd_report *r)
{
	if (j->r->crash_kernel && r->off >= j->r->crash_kernel_off)
		return false;
	if (r->off < j->r->case_off)
		return false; /* a data race, say, that KCSAN found while the kernel booted */
	return !r->infrastructure && r->tie != KD_TIE_PANIC;
}

static void judge_number(struct judge *j, enum kd_lab_arch arch)
{
	bool more = j->r->c->more || (j->r->c->more_arm64 && arch == KD_ARCH_ARM64);
	const struct kd_reports *rs = j->r->reports;
	size_t n = 0;

	for (size_t i = 0; rs && i < rs->n; i++) {
		if (!counts(j, rs->v[i]))
			continue;
		n++;
		if (!j->first)
			j->first = rs->v[i];
	}
	/* A crash kernel may start before the dying one has written to its console. */
	if (!n && j->r->crash_kernel)
		return;
	add(j, "reports", more ? n >= j->r->c->reports : n == j->r->c->reports,
	    number(j, "", j->r->c->reports), number(j, "", n));
}

static void judge_kind(struct judge *j, enum kd_lab_arch arch)
{
	const char *want = kd_lab_case_kind(j->r->c, arch);
	const char *got = j->first ? j->first->kind->name : NULL;

	if (want && (got || !j->r->crash_kernel))
		add(j, "kind", got && !strcmp(want, got), want, got);
}

static bool is_function(const struct kd_frame *f, struct kd_view want)
{
	return kd_view_eq(kd_func_base(f->func), want);
}

/* Where all frames are marked '?' or stale, the log does not say which function it was. */
static bool says_function(const struct kd_report *r)
{
	bool any = false;

	if (r->guilty_is_caller) /* of a function that has another one's name in the trace */
		return false;
	for (size_t i = 0; i < r->nstacks; i++)
		for (size_t k = 0; k < r->stacks[i].nframes; k++) {
			if (r->stacks[i].frames[k].reliable && !r->stacks[i].stale)
				return true;
			any = true;
		}
	return !any || r->has_where || r->has_guilty;
}

static void judge_function(struct judge *j)
{
	const struct kd_report *r = j->first;
	struct kd_view want = kd_view_of(j->r->c->function ? j->r->c->function : "");
	bool good = false;

	if (!want.n || !r || !says_function(r))
		return;
	good = (r->has_where && is_function(&r->where, want)) ||
	       (r->has_guilty && is_function(&r->guilty, want));
	for (size_t i = 0; i < r->nstacks && !good; i++)
		for (size_t k = 0; k < r->stacks[i].nframes && k < NEAR && !good; k++)
			good = r->stacks[i].role == KD_STACK_CRASH &&
			       is_function(&r->stacks[i].frames[k], want);
	add(j, "function", good, j->r->c->function,
	    text(j, r->has_guilty ? r->guilty.func : r->has_where ? r->where.func : KD_VNULL));
}

/* "5.10.0-40-cloud-amd64" is older than 5.13. */
static bool older(const char *release, uint64_t major, uint64_t minor)
{
	struct kd_view v = kd_view_of(release ? release : "");
	uint64_t a, b;

	if (!kd_view_take_dec(&v, &a) || !kd_view_skip(&v, KD_V(".")) || !kd_view_take_dec(&v, &b))
		return false;
	return a < major || (a == major && b < minor);
}

/* The top byte of an address that arm64 takes for one of user space is a tag, and not printed. */
static uint64_t printed(uint64_t address, enum kd_lab_arch arch)
{
	bool user = !(address >> 55 & 1);

	return arch == KD_ARCH_ARM64 && user ? address & UINT64_MAX >> 8 : address;
}

static void judge_address(struct judge *j, enum kd_lab_arch arch)
{
	const struct kd_lab_case *c = j->r->c;
	bool bare = c->address_bare && j->first && !strcmp(j->first->kind->name, "gpf") &&
		    older(kd_crash_fact(j->r, "release"), 5, 13);
	const char *want = bare ? c->address_bare
			   : c->address ? c->address
			   : c->address_fact ? kd_crash_fact(j->r, c->address_fact)
					     : NULL;
	struct kd_view hex = kd_view_of(want ? want : "");
	uint64_t value;

	if (!j->first || !want || !j->first->access.has_addr)
		return; /* a report need not say it */
	(void)kd_view_skip(&hex, KD_V("0x"));
	add(j, "address", kd_view_hex(hex, &value) && printed(value, arch) == j->first->access.addr, want,
	    number(j, "x", j->first->access.addr));
}

static void judge_task(struct judge *j)
{
	const struct kd_lab_case *c = j->r->c;
	const char *comm = c->comm ? c->comm : "kdoc-trigger";
	bool own = c->context == KD_CASE_TASK || c->context == KD_CASE_KTHREAD;
	bool good = false;

	if (!j->first || !own || !c->triggers)
		return;
	if (j->first->comm.n)
		add(j, "comm", kd_view_eq(j->first->comm, kd_view_of(comm)), comm,
		    text(j, j->first->comm));
	if (!j->first->has_pid || c->context != KD_CASE_TASK || !j->r->npids)
		return;
	for (size_t i = 0; i < j->r->npids; i++)
		good |= (uint64_t)j->first->pid == j->r->pids[i];
	add(j, "pid", good, number(j, "", j->r->pids[0]), number(j, "", (uint64_t)j->first->pid));
}

/* The first of several reports is caused by none of the others. */
static void judge_domino(struct judge *j)
{
	if (j->first && (j->r->c->reports > 1 || j->r->c->more))
		add(j, "first domino", j->first->caused_by < 0, "the first report",
		    j->first->caused_by < 0 ? "the first report" : "another one");
}

/* Does the machine live or not, by the guest itself and by the log? */
static void judge_end(struct judge *j)
{
	static const char *const words[] = {"survived", "fatal"};
	enum kd_lab_verdict v = j->r->verdict;
	bool dead = v == KD_LAB_PANIC || v == KD_LAB_NO_ROOT || v == KD_LAB_NO_INIT ||
		    v == KD_LAB_REBOOT;
	bool lives = v == KD_LAB_OK || v == KD_LAB_SURVIVED || v == KD_LAB_RUNNING;
	bool fatal = j->r->c->fatal, said = false;

	add(j, "guest", fatal ? dead : lives, words[fatal], kd_lab_verdict_word(v));
	for (size_t i = 0; j->r->reports && i < j->r->reports->n; i++)
		said |= j->r->reports->v[i]->outcome == KD_OUT_FATAL;
	if (j->first)
		add(j, "outcome", said == fatal, words[fatal], words[said]);
}

static void judge_release(struct judge *j)
{
	const char *want = kd_crash_fact(j->r, "release");

	if (j->first && j->first->release.n && want)
		add(j, "release", kd_view_eq(j->first->release, kd_view_of(want)), want,
		    text(j, j->first->release));
}

/* Does the guest have what it was asked to hold? */
static void judge_load(struct judge *j, const struct kd_lab_load *load)
{
	if (j->r->c->init != KD_CASE_INIT_LAB)
		return;
	for (size_t i = 0; i < KD_LAB_LOAD_PARTS; i++) {
		const char *word = kd_lab_load_word(i), *got;
		const char *key = kd_arena_printf(j->arena, "load.%s.count", word).p;
		const char *want = number(j, "", kd_lab_load_number(load, i));

		if (!kd_lab_load_number(load, i) || !key || !want)
			continue;
		got = kd_crash_fact(j->r, key);
		add(j, word, got && !strcmp(got, want), want, got);
	}
}

void kd_crash_judge(struct kd_arena *arena, const struct kd_crash_request *req,
		    struct kd_crash_result *r)
{
	struct judge j = {.arena = arena, .r = r};
	enum kd_lab_arch arch = req->kernel->arch;

	r->nchecks = 0;
	judge_number(&j, arch);
	judge_kind(&j, arch);
	judge_function(&j);
	judge_address(&j, arch);
	judge_task(&j);
	judge_domino(&j);
	judge_end(&j);
	judge_release(&j);
	judge_load(&j, &req->load);
	r->good = !r->skipped;
	for (size_t i = 0; i < r->nchecks; i++)
		r->good &= r->checks[i].good;
}
