// SPDX-License-Identifier: GPL-2.0-or-later
#include "render/report_json.h"

#include "base/alloc.h"
#include "render/report_json_parts.h"
#include "report/kind.h"
#include "report/syscalls.h"
#include "report/taint.h"
#include "verb/scan.h"

static void with_reason(struct kd_json *j, const char *key, const char *value, const char *why_key,
			struct kd_view why)
{
	kd_json_kv_strz(j, key, value);
	if (why.n)
		kd_json_kv_str(j, why_key, why);
}

static void span(struct kd_json *j, const struct kd_report *r)
{
	kd_json_key(j, "span");
	kd_json_begin_object(j);
	kd_json_kv_u64(j, "start_line", r->start_line);
	kd_json_kv_u64(j, "end_line", r->end_line);
	kd_json_kv_u64(j, "offset", r->off);
	kd_json_kv_u64(j, "end_offset", r->end_off);
	kd_json_kv_u64(j, "other_context_lines", r->interleaved);
	kd_json_end_object(j);
}

static void syz(struct kd_json *j, const struct kd_syz *s)
{
	kd_json_key(j, "syz");
	kd_json_begin_object(j);
	kd_json_kv_str(j, "title", s->title);
	kd_json_key(j, "alt_titles");
	kd_json_begin_array(j);
	for (size_t i = 0; i < s->nalt; i++)
		kd_json_str(j, s->alt[i]);
	kd_json_end_array(j);
	kd_rj_strz(j, "type", s->type);
	kd_rj_str(j, "frame", s->frame);
	kd_json_kv_bool(j, "corrupted", s->corrupted);
	kd_rj_strz(j, "corrupted_why", s->corrupted_why);
	kd_rj_str(j, "executor", s->executor);
	kd_rj_str(j, "guilty_file", s->guilty_file);
	kd_json_end_object(j);
}

static void identity(struct kd_json *j, const struct kd_report *r)
{
	kd_json_kv_u64(j, "number", (uint64_t)r->index + 1);
	if (r->kind) {
		kd_json_kv_strz(j, "kind", r->kind->name);
		kd_json_kv_strz(j, "family", r->kind->family);
		kd_json_kv_strz(j, "kind_words", r->kind->words);
		kd_json_kv_strz(j, "pc_means", kd_pcclass_word(r->kind->pcclass));
	}
	kd_json_kv_str(j, "title", r->title);
	syz(j, &r->syz);
	kd_json_kv_bool(j, "infrastructure", r->infrastructure);
	with_reason(j, "outcome", kd_outcome_word(r->outcome), "outcome_why", r->outcome_why);
	kd_rj_line(j, "outcome_line", r, r->outcome_line);
	kd_rj_ref(j, "outcome_evidence", &r->outcome_at);
	kd_rj_ref(j, "panic_after", &r->panic_after);
	with_reason(j, "severity", kd_tier_word(r->tier), "severity_why", r->tier_why);
	with_reason(j, "owner", kd_owner_word(r->owner), "owner_why", r->owner_why);
	kd_json_kv_strz(j, "context", kd_context_word(r->ctx));
	kd_json_kv_bool(j, "panicked", r->panicked);
	kd_rj_str(j, "panic_text", r->panic_text);
	kd_rj_str(j, "end_trace", r->end_trace);
}

static void missing(struct kd_json *j, const struct kd_report *r)
{
	if (!r->taint_by_none && !r->oops_missing && !r->panic_missing)
		return;
	kd_json_key(j, "missing_earlier");
	kd_json_begin_array(j);
	if (r->oops_missing) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "sign", "counter");
		kd_json_kv_u64(j, "reports", r->oops_missing);
		kd_rj_line(j, "line", r, r->oops_line);
		kd_json_end_object(j);
	}
	if (r->panic_missing) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "sign", "panic");
		kd_rj_line(j, "line", r, r->outcome_line);
		kd_json_end_object(j);
	}
	for (unsigned bit = 0; bit < KD_NTAINT; bit++) {
		char letter[2] = {0};

		if (!(r->taint_by_none >> bit & 1) || !kd_taint_bit(bit))
			continue;
		letter[0] = kd_taint_bit(bit)->letter;
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "sign", "taint");
		kd_json_kv_strz(j, "letter", letter);
		kd_rj_line(j, "line", r, r->taint.line);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

static void relations(struct kd_json *j, const struct kd_report *r)
{
	static const char *const ties[] = {
		[KD_TIE_NONE] = "none", [KD_TIE_PANIC] = "panic", [KD_TIE_TAINT] = "taint",
		[KD_TIE_TASK] = "task", [KD_TIE_CPU] = "cpu",
	};

	kd_json_kv_u64(j, "boot", (uint64_t)r->boot + 1);
	if (r->caused_by >= 0) {
		kd_json_kv_u64(j, "caused_by", (uint64_t)r->caused_by + 1);
		kd_rj_str(j, "caused_by_why", r->caused_why);
		kd_json_kv_strz(j, "tie", r->tie < KD_ARRAY_LEN(ties) ? ties[r->tie] : "none");
		kd_rj_line(j, "tie_line", r, r->tie_line);
	}
	if (r->repeat_of)
		kd_json_kv_u64(j, "repeat_of", r->repeat_of);
	if (r->repeats)
		kd_json_kv_u64(j, "repeats", r->repeats);
	if (r->fatal_next) {
		kd_json_kv_u64(j, "fatal_next", r->fatal_next);
		kd_json_kv_bool(j, "fatal_next_follows", r->fatal_tied);
	}
	missing(j, r);
}

static void call(struct kd_json *j, const struct kd_report *r)
{
	static const char *const from[] = {"number", "symbol", "both"};
	const struct kd_call *c = &r->call;

	if (!c->known)
		return;
	kd_json_key(j, "syscall_entry");
	kd_json_begin_object(j);
	kd_rj_str(j, "name", c->name);
	kd_json_kv_strz(j, "abi", kd_sysabi_name((enum kd_sysabi)c->abi));
	kd_json_kv_strz(j, "source", c->from < KD_ARRAY_LEN(from) ? from[c->from] : "unknown");
	if (c->has_nr)
		kd_json_kv_u64(j, "number", c->nr);
	kd_json_kv_bool(j, "conflict", c->conflict);
	kd_rj_strz(j, "why", c->why);
	kd_rj_line(j, "line", r, c->line);
	kd_json_key(j, "argument_registers");
	kd_json_begin_array(j);
	for (size_t i = 0; i < c->nargs; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "register", c->args[i].reg);
		if (c->args[i].known)
			kd_json_kv_hex(j, "value", c->args[i].val);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
	kd_json_end_object(j);
}

static void where(struct kd_json *j, const struct kd_report *r)
{
	if (r->has_where) {
		kd_json_key(j, "where");
		kd_rj_frame(j, r, &r->where);
	}
	if (r->has_guilty) {
		kd_json_key(j, "guilty");
		kd_rj_frame(j, r, &r->guilty);
		if (r->guilty_is_caller)
			kd_json_kv_bool(j, "guilty_is_caller", true);
	}
	if (r->loc_file.p) {
		kd_json_key(j, "location");
		kd_json_begin_object(j);
		kd_json_kv_str(j, "file", r->loc_file);
		kd_json_kv_u64(j, "file_line", r->loc_line);
		kd_rj_line(j, "line", r, r->loc_at);
		kd_json_end_object(j);
	}
	kd_rj_str(j, "subsystem", r->subsystem);
	if (r->subsystem.p)
		kd_rj_str(j, "subsystem_why", r->subsystem_why);
	kd_rj_str(j, "syscall", r->syscall);
	if (r->syscall.p)
		kd_rj_str(j, "syscall_why", r->syscall_why);
	call(j, r);
}

static void taint(struct kd_json *j, const struct kd_report *r)
{
	if (!r->taint.stated)
		return;
	kd_json_key(j, "taint");
	kd_json_begin_object(j);
	kd_rj_str(j, "text", r->taint.text);
	kd_json_kv_u64(j, "bits", r->taint.bits);
	if (r->taint.unknown.n)
		kd_json_kv_str(j, "unknown_letters", r->taint.unknown);
	kd_rj_line(j, "line", r, r->taint.line);
	kd_json_end_object(j);
}

static void who(struct kd_json *j, const struct kd_report *r)
{
	if (r->has_cpu) {
		kd_json_kv_u64(j, "cpu", r->cpu);
		kd_rj_line(j, "cpu_line", r, r->cpu_line);
	}
	if (r->has_pid)
		kd_json_kv_i64(j, "pid", r->pid);
	if (r->has_uid)
		kd_json_kv_u64(j, "uid", r->uid);
	kd_rj_str(j, "comm", r->comm);
	kd_rj_str(j, "workqueue", r->workqueue);
	if (r->release.p) {
		kd_json_kv_str(j, "release", r->release);
		kd_rj_line(j, "release_line", r, r->release_line);
	}
	kd_rj_str(j, "build", r->build);
	if (r->hardware.p) {
		kd_json_kv_str(j, "hardware", r->hardware);
		kd_rj_line(j, "hardware_line", r, r->hardware_line);
	}
	kd_rj_str(j, "bios", r->bios);
	kd_rj_str(j, "arch", r->arch);
	kd_rj_str(j, "config", r->config);
	if (r->has_oops_no) {
		kd_json_kv_u64(j, "oops_number", r->oops_no);
		kd_rj_line(j, "oops_line", r, r->oops_line);
	}
	if (r->has_kaslr)
		kd_json_kv_hex(j, "kernel_offset", r->kaslr);
	taint(j, r);
}

static void access_part(struct kd_json *j, const struct kd_report *r)
{
	const struct kd_access *a = &r->access;

	if (!a->has_addr && !a->has_size && !a->has_dir && !a->has_code && !a->pgtable.p)
		return;
	kd_json_key(j, "access");
	kd_json_begin_object(j);
	if (a->has_addr) {
		kd_json_kv_hex(j, "address", a->addr);
		kd_json_kv_bool(j, "user_address", a->user_addr);
		kd_rj_line(j, "address_line", r, a->addr_line);
	}
	if (a->has_size)
		kd_json_kv_u64(j, "size", a->size);
	if (a->has_dir)
		kd_json_kv_strz(j, "direction", a->exec ? "exec" : a->write ? "write" : "read");
	if (a->has_code) {
		kd_json_kv_hex(j, "error_code", a->code);
		kd_rj_line(j, "error_code_line", r, a->code_line);
	}
	if (a->pgtable.p) {
		kd_json_kv_str(j, "page_table", a->pgtable);
		kd_rj_line(j, "page_table_line", r, a->pgtable_line);
	}
	kd_json_end_object(j);
}

static void diagnostics(struct kd_json *j, const struct kd_report *r)
{
	kd_json_key(j, "diagnostics");
	kd_json_begin_array(j);
	for (size_t i = 0; i < r->ndiags; i++) {
		kd_json_begin_object(j);
		kd_json_kv_strz(j, "kind", r->diags[i].kind);
		kd_json_kv_str(j, "text", r->diags[i].text);
		kd_rj_line(j, "line", r, r->diags[i].line);
		kd_json_end_object(j);
	}
	kd_json_end_array(j);
}

void kd_render_report_json(struct kd_json *j, const struct kd_report *r)
{
	kd_json_begin_object(j);
	identity(j, r);
	relations(j, r);
	span(j, r);
	where(j, r);
	who(j, r);
	access_part(j, r);
	kd_rj_regsets(j, r);
	kd_rj_stacks(j, r);
	kd_rj_sections(j, r);
	kd_rj_modules(j, r);
	kd_rj_signatures(j, r);
	diagnostics(j, r);
	kd_rj_lines(j, r);
	kd_json_end_object(j);
}

static void printk_stats(struct kd_json *j, const struct kd_printk_stats *s)
{
	kd_json_key(j, "reading");
	kd_json_begin_object(j);
	kd_json_kv_u64(j, "cut_lines", s->cut_lines);
	kd_json_kv_u64(j, "lost_fragments", s->lost_fragments);
	kd_json_kv_u64(j, "dropped_messages", s->dropped_messages);
	kd_json_kv_u64(j, "missing_parts", s->missing_parts);
	kd_json_kv_u64(j, "rejoined_lines", s->rejoined_lines);
	kd_json_end_object(j);
}

void kd_render_log_json(struct kd_json *j, const struct kd_scan_log *log)
{
	kd_json_kv_u64(j, "bytes", log->bytes);
	kd_json_kv_u64(j, "lines", log->lines);
	kd_json_kv_u64(j, "reports_found", log->reports);
	kd_json_kv_bool(j, "panicked", log->panicked);
	kd_json_kv_bool(j, "suppressed", log->suppressed);
	kd_json_kv_bool(j, "machine_lost", log->vm_lost);
	kd_json_kv_bool(j, "booted", log->booted);
	kd_json_kv_u64(j, "other_boots", log->other_boots);
	kd_json_kv_bool(j, "kernel_text", log->kernel_text);
	kd_json_kv_bool(j, "starts_late", log->starts_late);
	if (log->has_time)
		kd_json_kv_u64(j, "first_time_us", log->first_us);
	if (log->release[0]) {
		kd_json_kv_strz(j, "release", log->release);
		kd_json_kv_u64(j, "release_line", log->release_line);
	}
	if (log->hardware[0]) {
		kd_json_kv_strz(j, "hardware", log->hardware);
		kd_json_kv_u64(j, "hardware_line", log->hardware_line);
	}
	printk_stats(j, &log->printk);
}
