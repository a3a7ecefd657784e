/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Line 1 of the answer: what, where, who. */
#include "base/alloc.h"
#include "verb/inv.h"

static void add_access(struct kd_buf *t, const struct kd_report *r)
{
	const struct kd_access *a = &r->access;

	if (!a->has_dir || kd_view_has(r->title, KD_V("read")) ||
	    kd_view_has(r->title, KD_V("write")) || kd_view_has(r->title, KD_V("exec")))
		return;
	kd_buf_printf(t, ", %s", a->exec ? "instruction fetch" : a->write ? "write" : "read");
	if (a->has_size)
		kd_buf_printf(t, " of %llu byte%s", (unsigned long long)a->size,
			      a->size == 1 ? "" : "s");
}

static struct kd_view kind_words(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(512);

	if (r->title.n)
		kd_buf_add(&t, kd_view_head(r->title, 200));
	else
		kd_buf_printf(&t, "%s", r->kind ? r->kind->words : "kernel report");
	add_access(&t, r);
	return kd_arena_view(b->arena, kd_buf_view(&t));
}

/*
 * In an interrupt the current task is a bystander (trap 15, C-093): it is named by the
 * context line with that word, not as the actor.
 */
static struct kd_view actor(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;
	kd_auto(kd_buf_deinit) struct kd_buf t = KD_BUF_INIT(256);
	bool borrowed = kd_ctx_borrows_task(r->ctx);

	if (r->has_cpu)
		kd_buf_printf(&t, "CPU %u", r->cpu);
	if (r->comm.n && !borrowed) {
		kd_buf_printf(&t, "%stask %.*s", t.n ? ", " : "",
			      KD_VARG(kd_view_head(r->comm, 32)));
		if (r->has_pid)
			kd_buf_printf(&t, " (pid %lld)", (long long)r->pid);
	}
	if (r->ctx != KD_CTX_UNKNOWN && r->ctx != KD_CTX_TASK)
		kd_buf_printf(&t, "%s%s", t.n ? ", " : "", kd_ctx_words(r->ctx));
	return t.n ? kd_arena_view(b->arena, kd_buf_view(&t)) : KD_VNULL;
}

void kd_inv_verdict(struct kd_inv_build *b)
{
	const struct kd_report *r = b->r;

	b->f->kind = kind_words(b);
	b->f->outcome = kd_outcome_words(r->outcome);
	b->f->actor = actor(b);
	if (r->has_where)
		b->f->place = kd_inv_symbol(b->arena, &r->where);
}
