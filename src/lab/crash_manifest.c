// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "lab/crash.h"
#include "lab/embedded.h"

enum { MANIFEST_MAX = 16 << 20 };

static const char *const contexts[] = {"task", "kthread", "workqueue", "softirq", "hardirq"};

/* The line of the module's source that carries "fault: NAME". */
static void put_source(struct kd_json *j, const char *trigger)
{
	char mark[80];
	int n = snprintf(mark, sizeof(mark), "fault: %s ", trigger);

	if (n < 0 || (size_t)n >= sizeof(mark))
		return;
	for (const struct kd_lab_file *f = kd_lab_files; f->name; f++) {
		struct kd_view rest = f->bytes, line;
		uint64_t no = 0;

		while (kd_view_take_until(&rest, KD_V("\n"), &line)) {
			no++;
			if (!kd_view_has(line, kd_view(mark, (size_t)n)))
				continue;
			kd_json_kv_strz(j, "file", f->name);
			kd_json_kv_u64(j, "line", no);
			return;
		}
	}
}

static void put_truth(struct kd_json *j, const struct kd_crash_result *r, enum kd_lab_arch arch)
{
	const struct kd_lab_case *c = r->c;
	const char *kind = kd_lab_case_kind(c, arch);

	kd_json_kv_strz(j, "what", c->what);
	if (c->triggers)
		kd_json_kv_strz(j, "triggers", c->triggers);
	if (kind)
		kd_json_kv_strz(j, "kind", kind);
	if (c->function)
		kd_json_kv_strz(j, "function", c->function);
	if (c->triggers && !strchr(c->triggers, ' '))
		put_source(j, c->triggers);
	if (c->address)
		kd_json_kv_strz(j, "address", c->address);
	else if (c->address_fact && kd_crash_fact(r, c->address_fact))
		kd_json_kv_strz(j, "address", kd_crash_fact(r, c->address_fact));
	if (c->address_bare)
		kd_json_kv_strz(j, "address_bare", c->address_bare);
	kd_json_kv_strz(j, "context", contexts[c->context]);
	if (c->triggers && (c->context == KD_CASE_TASK || c->context == KD_CASE_KTHREAD))
		kd_json_kv_strz(j, "comm", c->comm ? c->comm : "kdoc-trigger");
	kd_json_key(j, "trigger_pids");
	kd_json_begin_array(j);
	for (size_t i = 0; i < r->npids; i++)
		kd_json_u64(j, r->pids[i]);
	kd_json_end_array(j);
	kd_json_kv_u64(j, "reports", c->reports);
	if (c->more || (c->more_arm64 && arch == KD_ARCH_ARM64))
		kd_json_kv_bool(j, "or_more", true);
	kd_json_kv_bool(j, "fatal", c->fatal);
	if (c->setup)
		kd_json_kv_strz(j, "setup", c->setup);
	kd_json_kv_u64(j, "cpus", c->cpus ? c->cpus : 2);
}

static void put_checks(struct kd_json *j, const struct kd_crash_result *r)
{
	kd_json_key(j, "checks");
	kd_json_begin_array(j);
	for (size_t i = 0; i < r->nchecks; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "what", r->checks[i].what);
		kd_json_kv_bool(j, "good", r->checks[i].good);
		kd_json_kv_strz(j, "want", r->checks[i].want);
		kd_json_kv_strz(j, "got", r->checks[i].got);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void put_cores(struct kd_json *j, const struct kd_crash_result *r)
{
	kd_json_key(j, "cores");
	kd_json_begin_array(j);
	for (size_t i = 0; i < r->ncores; i++) {
		const struct kd_core_file *f = &r->cores[i];

		kd_json_begin_object(j);
		kd_json_kv_strz(j, "name", f->name);
		kd_json_kv_strz(j, "format", kd_core_format_word(f->form.format));
		if (f->form.level != KD_CORE_LEVEL_NONE)
			kd_json_kv_u64(j, "level", f->form.level);
		kd_json_kv_bool(j, "flat", f->form.flat);
		kd_json_kv_u64(j, "bytes", f->bytes);
		kd_json_kv_strz(j, "by", f->by);
		if (f->problem)
			kd_json_kv_strz(j, "problem", f->problem);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	if (r->core_problem)
		kd_json_kv_strz(j, "core_problem", r->core_problem);
}

/* The last word on a key wins; the guest may tell it twice. */
static void put_facts(struct kd_json *j, const struct kd_crash_result *r)
{
	kd_json_key(j, "facts");
	kd_json_begin_object(j);
	for (size_t i = 0; i < r->nfacts; i++)
		if (kd_crash_fact(r, r->facts[i].key) == r->facts[i].value)
			kd_json_kv_strz(j, r->facts[i].key, r->facts[i].value);
	kd_json_end_object(j);
}

struct kd_error *kd_crash_manifest(const struct kd_crash_request *req,
				   const struct kd_crash_result *r)
{
	kd_auto(kd_buf_deinit) struct kd_buf out = KD_BUF_INIT(MANIFEST_MAX);
	struct kd_error *err;
	struct kd_json j;

	kd_json_init(&j, &out, KD_JSON_PRETTY);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "schema", "kdoc.lab-manifest/1");
	kd_json_kv_strz(&j, "case", r->c->name);
	put_truth(&j, r, req->kernel->arch);
	kd_json_kv_strz(&j, "arch", kd_lab_arch_word(req->kernel->arch));
	kd_json_kv_strz(&j, "release", req->kernel->release);
	kd_json_kv_strz(&j, "version", req->kernel->version);
	kd_json_kv_strz(&j, "cmdline", r->append);
	kd_json_kv_strz(&j, "verdict", kd_lab_verdict_word(r->verdict));
	kd_json_kv_strz(&j, "why", r->why);
	if (r->not_triggered)
		kd_json_kv_strz(&j, "not_triggered", r->not_triggered);
	kd_json_kv_bool(&j, "good", r->good);
	put_checks(&j, r);
	put_cores(&j, r);
	put_facts(&j, r);
	kd_json_end_object(&j);
	err = kd_json_finish(&j);
	return err ? err : kd_fs_write_atomic(r->manifest, kd_buf_view(&out), 0644);
}
