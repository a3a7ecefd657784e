// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/lab_boot.h"

#include "base/alloc.h"
#include "render/report_json.h"

static void kernel(struct kd_json *j, const struct kd_lab_kernel *k)
{
	kd_json_key(j, "kernel");
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "arch", kd_lab_arch_word(k->arch));
	if (k->release)
		kd_json_kv_str(j, "release", kd_view_of(k->release));
	if (k->version)
		kd_json_kv_str(j, "version", kd_view_of(k->version));
	kd_json_end_object(j);
}

static void ms_member(struct kd_json *j, const char *key, int64_t ms)
{
	if (ms >= 0)
		kd_json_kv_i64(j, key, ms);
}

static void machine(struct kd_json *j, const struct kd_lab_run *run)
{
	kd_json_key(j, "machine");
	kd_json_begin_object(j);
	kd_json_kv_strz(j, "backend", run->backend);
	kd_json_kv_strz(j, "accel", run->accel == KD_ACCEL_KVM ? "kvm" : "tcg");
	kd_json_kv_str(j, "accel_why", kd_view_of(run->accel_why));
	kd_json_kv_str(j, "append", kd_view_of(run->append));
	if (run->vm_words)
		kd_json_kv_str(j, "stderr", kd_view_of(run->vm_words));
	kd_json_end_object(j);
}

static void step(struct kd_json *j, const struct kd_lab_done *d)
{
	static const char *const ops[] = {"run", "wait", "get"};

	kd_json_begin_object(j);
	kd_json_kv_strz(j, "op", ops[d->op]);
	if (d->command)
		kd_json_kv_str(j, "command", kd_view_of(d->command));
	kd_json_kv_bool(j, "begun", d->begun);
	kd_json_kv_bool(j, "ended", d->ended);
	if (d->ended && d->status >= 0 && d->op == KD_LAB_RUN)
		kd_json_kv_i64(j, "status", d->status);
	if (d->pid)
		kd_json_kv_u64(j, "pid", d->pid);
	ms_member(j, "start_ms", d->start_ms);
	ms_member(j, "end_ms", d->end_ms);
	kd_json_kv_u64(j, "console_from", d->console_from);
	kd_json_kv_u64(j, "console_to", d->console_to);
	if (d->op == KD_LAB_RUN) {
		kd_json_kv_str(j, "output", kd_buf_view(&d->output));
		kd_json_kv_bool(j, "output_cut", d->output_cut);
	}
	if (d->file)
		kd_json_kv_str(j, "file", kd_view_of(d->file));
	if (d->error)
		kd_json_kv_str(j, "error", kd_view_of(d->error));
	kd_json_end_object(j);
}

static void guest(struct kd_json *j, const struct kd_lab_run *run)
{
	kd_json_key(j, "steps");
	kd_json_begin_array(j);
	for (size_t i = 0; i < run->nsteps; i++)
		step(j, &run->steps[i]);
	kd_json_end_array(j);
	kd_json_key(j, "facts");
	kd_json_begin_array(j);
	for (size_t i = 0; i < run->nfacts; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "key", run->facts[i].key);
		kd_json_kv_strz(j, "value", run->facts[i].value);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void console(struct kd_json *j, const struct kd_lab_run *run)
{
	kd_json_key(j, "console");
	kd_json_begin_object(j);
	if (run->console_path)
		kd_json_kv_str(j, "path", kd_view_of(run->console_path));
	kd_json_kv_u64(j, "bytes", run->console->bytes.n);
	kd_json_kv_u64(j, "lines", run->console->lines.n);
	kd_json_kv_u64(j, "lost_bytes", run->console->lost);
	if (run->release[0])
		kd_json_kv_str(j, "release", kd_view_of(run->release));
	kd_json_key(j, "last");
	kd_json_begin_array(j);
	for (size_t i = 0; i < run->nlast; i++)
		kd_json_str(j, run->last[i]);
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static void reports(struct kd_json *j, const struct kd_reports *rs)
{
	if (!rs)
		return;
	kd_json_kv_u64(j, "reports_skipped", rs->log.skipped_reports);
	kd_json_key(j, "reports");
	kd_json_begin_array(j);
	for (size_t i = 0; i < rs->n; i++)
		kd_render_report_json(j, rs->v[i]);
	kd_json_end_array(j);
}

void kd_render_labboot_json(struct kd_json *j, const struct kd_labboot_answer *a)
{
	const struct kd_lab_run *run = a->run;

	kd_json_begin_object(j);
	kd_json_kv_strz(j, "schema", "kdoc.lab-boot/1");
	kd_json_kv_strz(j, "verdict", kd_lab_verdict_word(run->verdict));
	kd_json_kv_str(j, "why", kd_view_of(run->why));
	ms_member(j, "first_byte_ms", run->first_byte_ms);
	ms_member(j, "ready_ms", run->ready_ms);
	ms_member(j, "end_ms", run->end_ms);
	kd_json_kv_u64(j, "boots", run->boots);
	kd_json_kv_u64(j, "resets", run->resets);
	kernel(j, &a->kernel);
	machine(j, run);
	guest(j, run);
	console(j, run);
	reports(j, run->reports);
	kd_json_key(j, "next");
	kd_json_begin_array(j);
	for (size_t i = 0; i < KD_ARRAY_LEN(a->next) && a->next[i]; i++)
		kd_json_str(j, kd_view_of(a->next[i]));
	kd_json_end_array(j);
	kd_json_end_object(j);
}
