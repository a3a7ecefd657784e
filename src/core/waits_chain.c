// SPDX-License-Identifier: GPL-2.0-or-later
/* What the functions of a call chain say about a wait. */
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/funcrow.h"
#include "core/waits_internal.h"

enum { FRAMES = 12, WORDS = 2048 };

/* Their words are of enum kd_wait_kind; KD_WAIT_UNKNOWN: of the scheduler. */
static const struct kd_func_row rows[] = {
	{"__mutex_lock", true, KD_WAIT_MUTEX},
	{"mutex_lock", true, KD_WAIT_MUTEX},
	{"ww_mutex_lock", true, KD_WAIT_MUTEX},
	{"__ww_mutex_lock", true, KD_WAIT_MUTEX},
	{"rwsem_down_read", true, KD_WAIT_RWSEM_READ},
	{"down_read", true, KD_WAIT_RWSEM_READ},
	{"__down_read", true, KD_WAIT_RWSEM_READ},
	{"rwsem_down_write", true, KD_WAIT_RWSEM_WRITE},
	{"down_write", true, KD_WAIT_RWSEM_WRITE},
	{"__down_write", true, KD_WAIT_RWSEM_WRITE},
	{"rt_mutex_", true, KD_WAIT_RTMUTEX},
	{"__rt_mutex_", true, KD_WAIT_RTMUTEX},
	{"rtlock_slowlock", true, KD_WAIT_RTMUTEX},
	{"rwbase_", true, KD_WAIT_RTMUTEX},
	{"percpu_rwsem_wait", true, KD_WAIT_PERCPU_RWSEM},
	{"__percpu_down_read", true, KD_WAIT_PERCPU_RWSEM},
	{"percpu_down_write", true, KD_WAIT_PERCPU_RWSEM},
	{"__down", false, KD_WAIT_SEMAPHORE},
	{"__down_common", true, KD_WAIT_SEMAPHORE},
	{"___down_common", true, KD_WAIT_SEMAPHORE},
	{"__down_interruptible", false, KD_WAIT_SEMAPHORE},
	{"__down_killable", false, KD_WAIT_SEMAPHORE},
	{"__down_timeout", false, KD_WAIT_SEMAPHORE},
	{"down", false, KD_WAIT_SEMAPHORE},
	{"down_interruptible", false, KD_WAIT_SEMAPHORE},
	{"down_killable", false, KD_WAIT_SEMAPHORE},
	{"down_timeout", false, KD_WAIT_SEMAPHORE},
	{"wait_for_completion", true, KD_WAIT_COMPLETION},
	{"__wait_for_common", true, KD_WAIT_COMPLETION},
	{"wait_for_common", true, KD_WAIT_COMPLETION},
	{"do_wait_for_common", true, KD_WAIT_COMPLETION},
	{"folio_wait_bit", true, KD_WAIT_FOLIO},
	{"folio_put_wait_locked", true, KD_WAIT_FOLIO},
	{"folio_wait_writeback", true, KD_WAIT_FOLIO},
	{"__folio_lock", true, KD_WAIT_FOLIO},
	{"wait_on_page_bit", true, KD_WAIT_FOLIO},
	{"put_and_wait_on_page_locked", true, KD_WAIT_FOLIO},
	{"__lock_page", true, KD_WAIT_FOLIO},
	{"migration_entry_wait", true, KD_WAIT_FOLIO},
	{"softleaf_entry_wait", true, KD_WAIT_FOLIO},
	{"__wait_on_bit", true, KD_WAIT_BIT},
	{"out_of_line_wait_on_bit", true, KD_WAIT_BIT},
	{"futex_wait", true, KD_WAIT_FUTEX},
	{"__futex_wait", true, KD_WAIT_FUTEX},
	{"futex_do_wait", true, KD_WAIT_FUTEX},
	{"do_sys_poll", true, KD_WAIT_POLL},
	{"do_poll", true, KD_WAIT_POLL},
	{"do_select", true, KD_WAIT_POLL},
	{"poll_schedule_timeout", true, KD_WAIT_POLL},
	{"ep_poll", true, KD_WAIT_POLL},
	{"do_epoll_wait", true, KD_WAIT_POLL},
	{"schedule_timeout", true, KD_WAIT_TIMER},
	{"schedule_hrtimeout", true, KD_WAIT_TIMER},
	{"do_nanosleep", true, KD_WAIT_TIMER},
	{"hrtimer_nanosleep", true, KD_WAIT_TIMER},
	{"msleep", true, KD_WAIT_TIMER},
	{"usleep_range", true, KD_WAIT_TIMER},
	{"fsleep", true, KD_WAIT_TIMER},
	{"__schedule", true, KD_WAIT_UNKNOWN},
	{"schedule", true, KD_WAIT_UNKNOWN},
	{"preempt_schedule", true, KD_WAIT_UNKNOWN},
	{"io_schedule", true, KD_WAIT_UNKNOWN},
	{"bit_wait", true, KD_WAIT_UNKNOWN},
	{"__switch_to", true, KD_WAIT_UNKNOWN},
	{"__traceiter_", true, KD_WAIT_UNKNOWN},
};

static enum kd_wait_kind kind_of(const struct kd_func_row *row)
{
	return (enum kd_wait_kind)row->word;
}

/* The function of the kernel proper that addr is in; waiting is not done in modules. */
static const struct kd_func_row *row_at(struct kd_waits *w, uint64_t addr, struct kd_ksym *sym)
{
	if (!kd_kernel_is_text(w->k, addr) || !kd_ksyms_at(kd_kernel_symbols(w->k), addr, sym))
		return NULL;
	return kd_func_row(rows, KD_ARRAY_LEN(rows), sym->name);
}

/* A lock's own function says more than the scheduler's that it calls; of several the innermost. */
static bool says_more(enum kd_wait_kind kind, enum kd_wait_kind have)
{
	return kind != KD_WAIT_UNKNOWN && (have == KD_WAIT_UNKNOWN || (have == KD_WAIT_TIMER && kind != KD_WAIT_TIMER));
}

static void take(const struct kd_func_row *row, const char *name, struct kd_wait *r, struct chain_says *ret)
{
	ret->sleeps = true;
	if (!says_more(kind_of(row), ret->kind))
		return;
	ret->kind = kind_of(row);
	snprintf(r->function, sizeof(r->function), "%s", name);
}

static void by_frames(struct kd_waits *w, struct kd_wait *r, struct chain_says *ret)
{
	struct kd_ksym sym;
	size_t i;

	for (i = 0; i < r->stack.n && i < FRAMES; i++) {
		const struct kd_core_frame *f = &r->stack.v[i];
		const struct kd_func_row *row = row_at(w, f->exact ? f->pc : f->pc - 1, &sym);

		if (!row)
			break;
		ret->guessed |= f->guessed;
		take(row, sym.name, r, ret);
	}
	r->caller = i < FRAMES ? i : r->stack.n;
}

/* Without a chain: return addresses of functions that wait, the first from the stack pointer on. */
static void by_words(struct kd_waits *w, const struct stack_view *st, struct kd_wait *r, struct chain_says *ret)
{
	struct kd_ksym sym;

	ret->guessed = true;
	for (size_t at = 0; at + 8 <= st->n && at < WORDS; at += 8) {
		const uint64_t v = kd_waits_stack_word(st, at);
		const struct kd_func_row *row = v >> 63 ? row_at(w, v - 1, &sym) : NULL;

		if (row)
			take(row, sym.name, r, ret);
		if (ret->kind != KD_WAIT_UNKNOWN && ret->kind != KD_WAIT_TIMER)
			return;
	}
}

void kd_waits_chain(struct kd_waits *w, const struct stack_view *st, struct kd_wait *r, struct chain_says *ret)
{
	*ret = (struct chain_says){.kind = KD_WAIT_UNKNOWN};
	if (r->has_stack)
		by_frames(w, r, ret);
	else
		by_words(w, st, r, ret);
}
