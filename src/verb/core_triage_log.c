// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_triage_log.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "core/klog.h"
#include "symbol/insn.h"
#include "verb/inv.h"
#include "verb/investigate.h"

#define LOG_MAX ((size_t)256 << 20)

static void keep_rows(const struct kd_investigation *inv, struct kd_arena *arena, struct kd_triage_log *l)
{
	const struct kd_report *first = kd_first_domino(inv->reports, false);

	l->v = kd_arena_array(arena, inv->nrows, struct kd_triage_report);
	l->first = SIZE_MAX;
	for (size_t i = 0; l->v && i < inv->nrows; i++) {
		const struct kd_inv_row *row = &inv->rows[i];

		if (row->r == first)
			l->first = i;
		l->v[l->n++] = (struct kd_triage_report){.number = row->number, .line = row->line,
							 .title = kd_arena_view(arena, row->r->title),
							 .relation = kd_arena_view(arena, row->relation),
							 .outcome = kd_outcome_words(row->r->outcome),
							 .kind = row->r->kind->name,
							 .family = row->r->kind->family};
	}
	if (l->first > l->n)
		l->first = l->n;
}

static void keep_verdict(const struct kd_finding *f, struct kd_arena *arena, struct kd_triage_log *l)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(KD_INV_TEXT);

	kd_buf_add(&b, f->kind);
	l->outcome = f->outcome;
	if (f->place.n && !kd_view_has(f->kind, f->r->where.func))
		kd_buf_printf(&b, ": %.*s", KD_VARG(f->place));
	if (f->actor.n)
		kd_buf_printf(&b, " · %.*s", KD_VARG(f->actor));
	l->verdict = kd_arena_view(arena, kd_buf_view(&b));
}

/* Registers of the instruction that could not be executed, as the log printed them. */
static void keep_registers(const struct kd_report *r, struct kd_arena *arena, struct kd_triage_log *l)
{
	const struct kd_regset *set = kd_inv_regset(r, KD_REGS_FAULT);
	const struct kd_frame *ip;

	if (!set || set->user || (set->pc_class != KD_PCC_FAULTING && set->pc_class != KD_PCC_TRAP) || !set->has_ip || !kd_view_eq(r->arch, KD_V("x86_64")))
		return;
	for (size_t i = 0; i < set->nregs; i++) {
		const unsigned reg = kd_dwarf_reg_by_name(KD_ARCH_X86_64, set->regs[i].name);

		if (reg <= KD_R15)
			kd_core_regs_set(&l->regs, reg, set->regs[i].val);
	}
	ip = &set->ip;
	if (ip->func.n && ip->has_offset)
		l->ip = kd_arena_printf(arena, "%.*s%s%.*s+0x%" PRIx64, KD_VARG(ip->module), ip->module.n ? ":" : "", KD_VARG(ip->func),
					ip->offset);
	else if (ip->has_addr)
		kd_core_regs_set(&l->regs, KD_RIP, ip->addr);
	l->has_regs = l->ip.n || ip->has_addr;
	l->has_addr = r->access.has_addr;
	l->addr = r->access.addr;
}

/* SLUB's checks: "Object 0xffff… @offset=…", below the message of the check. */
static bool object_of(const struct kd_report *r, uint64_t *ret)
{
	for (size_t i = 0; i < r->nlines; i++) {
		struct kd_view text = r->lines[i].text;
		const size_t at = kd_view_find(text, KD_V("Object 0x"));

		if (at == KD_NPOS)
			continue;
		text = kd_view_from(text, at + strlen("Object 0x"));
		text = kd_view_head(text, kd_view_chr(text, ' '));
		if (kd_view_hex(text, ret) && *ret >> 63)
			return true;
	}
	return false;
}

static void keep_freed(const struct kd_report *r, struct kd_triage_log *l)
{
	static const char *const words[] = {"use-after-free", "double-free", "invalid-free", "Object already free", "Poison overwritten"};
	bool said = false;

	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
		said |= kd_view_has(r->title, kd_view_of(words[i]));
	if (!said)
		return;
	l->has_freed = r->access.has_addr || object_of(r, &l->freed);
	if (r->access.has_addr)
		l->freed = r->access.addr;
}

static void keep_panic(const struct kd_investigation *inv, struct kd_arena *arena, struct kd_triage_log *l)
{
	const struct kd_view mark = KD_V("Kernel panic - not syncing: ");
	const struct kd_view text = kd_buf_view(&inv->raw);
	struct kd_view line;
	const size_t at = kd_view_find(text, mark);

	if (at == KD_NPOS)
		return;
	line = kd_view_from(text, at + mark.n);
	line = kd_view_head(line, kd_view_chr(line, '\n'));
	if (kd_view_ends(line, KD_V(" ]---"))) /* "---[ end Kernel panic - not syncing: … ]---" */
		line.n -= 5;
	l->panic = kd_arena_view(arena, line);
}

/* "[  123.456789] text": of the last line that has a time. */
static void keep_uptime(struct kd_view text, struct kd_arena *arena, struct kd_triage_log *l)
{
	for (int lines = 0; lines < 1000 && text.n; lines++) {
		size_t at;
		struct kd_view line, time;

		while (text.n && text.p[text.n - 1] == '\n')
			text.n--;
		at = kd_view_rchr(text, '\n');
		line = at == KD_NPOS ? text : kd_view_from(text, at + 1);
		text.n = at == KD_NPOS ? 0 : at;
		if (!kd_view_skip(&line, KD_V("[")) || !kd_view_take_until(&line, KD_V("]"), &time))
			continue;
		l->uptime = kd_arena_view(arena, kd_view_trim(time));
		return;
	}
}

static struct kd_error *read_reports(struct kd_ctx *ctx, struct kd_view text, const char *name, struct kd_arena *arena,
				     struct kd_triage_log *l)
{
	const struct kd_inv_request req = {.name = name};
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	kd_auto(kd_investigation_freep) struct kd_investigation *inv = NULL;
	struct kd_error *err = kd_source_from_memory(text, name, &src);

	if (!err)
		err = kd_investigate(ctx, src, &req, &inv);
	if (err)
		return err;
	keep_rows(inv, arena, l);
	keep_panic(inv, arena, l);
	if (inv->nfindings) {
		keep_verdict(&inv->findings[0], arena, l);
		keep_registers(inv->findings[0].r, arena, l);
		keep_freed(inv->findings[0].r, l);
		l->has_pid = inv->findings[0].r->has_pid;
		l->pid = inv->findings[0].r->pid;
		l->comm = kd_arena_view(arena, inv->findings[0].r->comm);
		l->hang = kd_inv_is(inv->findings[0].r, "hung_task");
	}
	return NULL;
}

struct kd_error *kd_triage_log(struct kd_ctx *ctx, struct kd_space *space, const char *name, struct kd_arena *arena,
			       struct kd_triage_log *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(LOG_MAX);
	struct kd_triage_log l = {0};
	struct kd_klog log;
	struct kd_error *err = kd_klog_read(space, &(struct kd_klog_options){0}, &text, &log);

	if (err) {
		if (err->cls == KD_CANCELLED)
			return err;
		l.none = kd_arena_view(arena, kd_view_of(err->msg));
		kd_error_free(err);
		*ret = l;
		return NULL;
	}
	l.records = log.records;
	l.overwritten = log.first_seq;
	l.damaged = log.damaged;
	keep_uptime(kd_buf_view(&text), arena, &l);
	err = read_reports(ctx, kd_buf_view(&text), name, arena, &l);
	if (!err)
		*ret = l;
	return err;
}
