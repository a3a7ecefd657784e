// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/lab_crash.h"

#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/time.h"
#include "lab/build.h"
#include "verb/nearest.h"

enum { MEMORY_MAX = 1 << 20, DAY_S = 86400 };

struct counter {
	struct kd_error *(*fn)(void *user, const struct kd_crash_result *r);
	void *user;
	struct kd_labcrash_summary *sum;
};

static struct kd_error *count(void *user, const struct kd_crash_result *r)
{
	struct counter *c = user;

	c->sum->skipped += r->skipped != NULL;
	c->sum->tried += !r->skipped;
	c->sum->good += r->good;
	return c->fn(c->user, r);
}

static struct kd_error *no_case(const char *name)
{
	struct kd_nearest near;
	size_t n;
	const struct kd_lab_case *all = kd_lab_cases(&n);
	const char *best;

	kd_nearest_init(&near, name);
	for (size_t i = 0; i < n; i++)
		kd_nearest_try(&near, all[i].name);
	best = near.best;
	return best ? kd_error_new(KD_INVALID, "there is no case '%s'; is '%s' meant? (lab crash --list)",
				   name, best)
		    : kd_error_new(KD_INVALID, "there is no case '%s' (lab crash --list)", name);
}

/* The cases by name, in the order asked for; all of them when none is. */
static struct kd_error *choose(const struct kd_labcrash_request *req,
			       const struct kd_lab_case ***ret, size_t *n_ret)
{
	size_t n;
	const struct kd_lab_case *all = kd_lab_cases(&n);
	const struct kd_lab_case **v = kd_xcalloc(n + req->ncases + 1, sizeof(*v));

	for (size_t i = 0; i < (req->ncases ? req->ncases : n); i++) {
		v[i] = req->ncases ? kd_lab_case_find(req->cases[i]) : &all[i];
		if (!v[i]) {
			kd_free(v);
			return no_case(req->cases[i]);
		}
	}
	*ret = v;
	*n_ret = req->ncases ? req->ncases : n;
	return NULL;
}

static bool needs_module(const struct kd_lab_case *const *v, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v[i]->init == KD_CASE_INIT_LAB)
			return true;
	return false;
}

static void replace(char **text, const char *with)
{
	if (!with)
		return;
	kd_free(*text);
	*text = kd_xstrndup(with, strlen(with));
}

static struct kd_error *find_kernel(struct kd_ctx *ctx, const struct kd_labcrash_request *req,
				    struct kd_lab_kernel *k)
{
	struct kd_error *err = kd_lab_kernel_find(ctx, req->kernel, req->out, k);

	if (err)
		return err;
	replace(&k->headers, req->headers);
	replace(&k->config, req->config);
	return NULL;
}

static struct kd_error *build_module(struct kd_ctx *ctx, const struct kd_labcrash_request *req,
				     struct kd_labcrash_summary *sum, struct kd_lab_module *m)
{
	struct kd_error *err = kd_crash_module_build(ctx, &sum->kernel, req->out, m);

	if (err)
		return err;
	replace(&sum->compiler, m->compiler);
	replace(&sum->other_compiler, m->other_compiler);
	return NULL;
}

static struct kd_error *check(const struct kd_labcrash_request *req)
{
	if (!req->out)
		return kd_error_new(KD_INVALID, "lab crash needs a folder to write to");
	if (req->memory_mib > MEMORY_MAX || req->timeout_s > DAY_S)
		return kd_error_new(KD_INVALID, "--memory is at most %d, --timeout %d", MEMORY_MAX, DAY_S);
	if (req->kdump && req->series)
		return kd_error_new(KD_INVALID, "--kdump needs a boot for each case: without --series");
	return NULL;
}

struct kd_error *kd_labcrash(struct kd_ctx *ctx, const struct kd_labcrash_request *req,
			     struct kd_error *(*fn)(void *user, const struct kd_crash_result *r),
			     void *user, struct kd_labcrash_summary *sum)
{
	struct kd_core_form forms[KD_LABCRASH_FORMS_MAX];
	struct counter counter = {fn, user, sum};
	kd_auto(kd_lab_module_deinit) struct kd_lab_module m = {0};
	struct kd_crash_request cr = {.out = req->out, .forms = forms};
	const struct kd_lab_case **cases = NULL;
	struct kd_error *err = check(req);
	int64_t start = kd_mono_ns();

	*sum = (struct kd_labcrash_summary){0};
	if (!err)
		err = choose(req, &cases, &cr.ncases);
	if (!err && req->cores)
		err = kd_core_forms_parse(req->cores, forms, KD_ARRAY_LEN(forms), &cr.nforms);
	if (!err && req->load)
		err = kd_lab_load_parse(req->load, &cr.load);
	if (!err)
		err = kd_fs_mkdirs(req->out, 0755);
	if (!err)
		err = find_kernel(ctx, req, &sum->kernel);
	if (!err) /* before the module is built: that takes a while */
		err = kd_vm_probe(ctx, NULL, sum->kernel.arch);
	if (!err && !req->module && needs_module(cases, cr.ncases))
		err = build_module(ctx, req, sum, &m);
	if (!err) {
		cr.kernel = &sum->kernel;
		cr.module = req->module ? req->module : m.ko;
		cr.cases = cases;
		cr.memory_mib = (unsigned)req->memory_mib;
		cr.timeout_s = (unsigned)req->timeout_s;
		cr.accel = req->accel;
		cr.append = req->append;
		cr.busybox = req->busybox;
		cr.series = req->series;
		cr.kdump = req->kdump;
		cr.tools = req->tools;
		err = kd_crash_run(ctx, &cr, count, &counter);
	}
	kd_free(cases);
	sum->ms = (kd_mono_ns() - start) / 1000000;
	return err;
}

void kd_labcrash_summary_deinit(struct kd_labcrash_summary *sum)
{
	kd_lab_kernel_deinit(&sum->kernel);
	kd_free(sum->compiler);
	kd_free(sum->other_compiler);
	*sum = (struct kd_labcrash_summary){0};
}
