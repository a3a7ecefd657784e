// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/blockdiag.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/funcrow.h"
#include "core/words.h"

enum { QUIESCED_BIT = 24, FRAMES = 24, DISPATCH_MAX = 1 << 16, NSEC = 1000000000 };

struct reading {
	struct kd_kernel *k;
	struct kd_waits *w;
	struct kd_blockdiag *b;
	struct kd_arena *arena;
	int32_t disk;
};

static void wrong(struct kd_blockdiag *b, const char *why)
{
	if (*why && !*b->why)
		snprintf(b->why, sizeof(b->why), "%s", why);
}

/* --- queues ------------------------------------------------------------------------------------------ */

/* q_usage_counter: low bits of percpu_count_ptr: 1 = atomic mode; before the switch is over the count still has its bias. */
static struct kd_datum users_of(struct kd_kernel *k, uint64_t queue)
{
	const struct kd_datum ptr = kd_datum_member(k, queue, "request_queue", "q_usage_counter.percpu_count_ptr");
	struct kd_datum data, count;

	if (ptr.why)
		return ptr;
	if (!(ptr.v & 1))
		return kd_datum_none("its users are counted on each CPU");
	data = kd_datum_member(k, queue, "request_queue", "q_usage_counter.data");
	count = data.why ? data : kd_datum_member(k, data.v, "percpu_ref_data", "count.counter");
	if (!count.why && count.v >> 62)
		return kd_datum_none("its users are being counted together");
	return count;
}

static struct kd_datum quiesce_of(struct kd_kernel *k, uint64_t queue, bool *by_flag)
{
	struct kd_datum v = kd_datum_member(k, queue, "request_queue", "quiesce_depth");

	*by_flag = !kd_datum_has(k, "request_queue", "quiesce_depth");
	if (!*by_flag)
		return v;
	v = kd_datum_member(k, queue, "request_queue", "queue_flags");
	return v.why ? v : kd_datum_of(v.v >> QUIESCED_BIT & 1);
}

static bool count_one(void *user, uint64_t index, uint64_t entry)
{
	(void)user;
	(void)index;
	(void)entry;
	return true;
}

static struct kd_datum dispatch_of(struct kd_kernel *k, uint64_t hctx)
{
	struct kd_walk_end end;
	struct kd_field f;

	if (!kd_kernel_field(k, "blk_mq_hw_ctx", "dispatch", &f))
		return kd_datum_none("this kernel has no such member");
	kd_walk_list(k, hctx + f.off, DISPATCH_MAX, count_one, NULL, &end);
	return *end.why ? kd_datum_none("its list of requests to dispatch is broken, or not readable") : kd_datum_of(end.count);
}

static bool see_hctx(void *user, uint64_t index, uint64_t addr)
{
	struct reading *r = user;
	struct kd_bd_hctx *h = kd_vec_push(&r->b->hctxs, KD_BD_HCTX);
	(void)index;
	if (!h) {
		r->b->cut = true;
		return false;
	}
	*h = (struct kd_bd_hctx){.addr = addr, .disk = r->disk};
	h->number = kd_datum_member(r->k, addr, "blk_mq_hw_ctx", "queue_num");
	h->stopped = kd_datum_member(r->k, addr, "blk_mq_hw_ctx", "state");
	h->stopped.v &= 1;
	h->has_tags = kd_hctx_tags(r->k, addr, &h->taken, &h->all);
	h->dispatch = dispatch_of(r->k, addr);
	r->b->disks.v[r->disk].nhctx++;
	return true;
}

/* --- requests ---------------------------------------------------------------------------------------- */

static void age_of(struct reading *r, struct kd_bd_request *q)
{
	const struct kd_clock *c = &r->b->clock;
	const uint64_t since = q->r.issued_ns ? q->r.issued_ns : q->r.start_ns;

	if (since && r->b->has_now) {
		q->has_age = true;
		q->age = r->b->now > since ? r->b->now - since : 0;
	} else if (!q->r.queued && !q->timeout.why && !q->deadline.why && q->deadline.v > q->timeout.v && c->has_jiffies && c->hz &&
		   c->jiffies >= q->deadline.v - q->timeout.v && c->jiffies - (q->deadline.v - q->timeout.v) < UINT64_MAX / NSEC) {
		q->has_age = q->at_least = true;
		q->age = (c->jiffies - (q->deadline.v - q->timeout.v)) * NSEC / c->hz;
	}
	q->overdue = !q->r.queued && q->has_age && !q->timeout.why && q->timeout.v && c->hz && q->age / NSEC > q->timeout.v / c->hz;
}

static bool see_request(void *user, const struct kd_request *rq)
{
	struct reading *r = user;
	struct kd_bd_request *q = kd_vec_push(&r->b->requests, KD_BD_REQUESTS);
	struct kd_bd_disk *d = &r->b->disks.v[r->disk];

	if (!q) {
		r->b->cut = true;
		return false;
	}
	*q = (struct kd_bd_request){.r = *rq, .disk = r->disk, .hctx = KD_BD_NONE};
	q->timeout = kd_datum_member(r->k, rq->addr, "request", "timeout");
	q->deadline = kd_datum_member(r->k, rq->addr, "request", "deadline");
	if (!q->deadline.why)
		q->deadline.v &= ~(uint64_t)1; /* its lowest bit was the state once */
	age_of(r, q);
	r->b->overdue += q->overdue;
	for (size_t i = d->hctx; i < d->hctx + d->nhctx; i++)
		if (r->b->hctxs.v[i].addr == rq->hctx)
			q->hctx = (int32_t)i;
	d->requests++;
	r->b->queued += q->r.queued;
	return true;
}

static int by_age(const void *a, const void *b)
{
	const struct kd_bd_request *x = a, *y = b;

	if (x->r.queued != y->r.queued)
		return x->r.queued ? 1 : -1;
	if (x->has_age != y->has_age)
		return x->has_age ? -1 : 1;
	if (x->age != y->age)
		return x->age > y->age ? -1 : 1;
	return x->r.addr < y->r.addr ? -1 : x->r.addr > y->r.addr;
}

static bool see_disk(void *user, uint64_t index, uint64_t bdev)
{
	struct reading *r = user;
	struct kd_bd_disk *d;
	struct kd_walk_end end;
	struct kd_bdev b;

	(void)index;
	if (!kd_bdev_read(r->k, bdev, &b)) {
		wrong(r->b, "a block device cannot be read");
		return true;
	}
	if (b.partition)
		return true;
	d = kd_vec_push(&r->b->disks, KD_BDEVS_MAX);
	if (!d) {
		r->b->cut = true;
		return false;
	}
	*d = (struct kd_bd_disk){.b = b, .hctx = r->b->hctxs.n};
	d->freeze = kd_datum_member(r->k, b.queue, "request_queue", "mq_freeze_depth");
	d->users = users_of(r->k, b.queue);
	d->quiesce = quiesce_of(r->k, b.queue, &d->by_flag);
	r->disk = (int32_t)(r->b->disks.n - 1);
	kd_hctx_walk(r->k, b.queue, see_hctx, r, &end);
	wrong(r->b, end.why);
	kd_requests_walk(r->k, b.queue, see_request, r, &end);
	wrong(r->b, end.why);
	kd_queued_walk(r->k, b.queue, see_request, r, &end);
	wrong(r->b, end.why);
	return true;
}

/* --- tasks ------------------------------------------------------------------------------------------- */

/* Their words are of enum kd_bd_what; the innermost that fits counts. */
static const struct kd_func_row rows[] = {
	{"blk_mq_get_tag", true, KD_BD_TAG},
	{"blk_queue_enter", true, KD_BD_ENTER},
	{"__bio_queue_enter", true, KD_BD_ENTER},
	{"bio_queue_enter", true, KD_BD_ENTER},
	{"blk_mq_freeze_queue_wait", true, KD_BD_FREEZE},
	{"rq_qos_wait", true, KD_BD_THROTTLE},
	{"wbt_wait", true, KD_BD_THROTTLE},
	{"ioc_rqos_throttle", true, KD_BD_THROTTLE},
	{"blkcg_iolatency_throttle", true, KD_BD_THROTTLE},
	{"blkcg_maybe_throttle_", true, KD_BD_THROTTLE},
	{"balance_dirty_pages", true, KD_BD_THROTTLE},
	{"submit_bio_wait", true, KD_BD_BIO},
	{"wait_for_completion_io", true, KD_BD_BIO},
	{"blk_execute_rq", true, KD_BD_BIO},
	{"__wait_on_buffer", true, KD_BD_BUFFER},
	{"__lock_buffer", true, KD_BD_BUFFER},
	{"__blkdev_direct_IO", true, KD_BD_DIRECT},
	{"blkdev_direct_IO", true, KD_BD_DIRECT},
	{"__iomap_dio_rw", true, KD_BD_DIRECT},
	{"iomap_dio_rw", true, KD_BD_DIRECT},
	{"dio_await_", true, KD_BD_DIRECT},
	{"do_blockdev_direct_IO", true, KD_BD_DIRECT},
	{"__blockdev_direct_IO", true, KD_BD_DIRECT},
};

const char *kd_bd_what_words(enum kd_bd_what what)
{
	static const char *const words[] = {
		[KD_BD_IO] = "I/O", [KD_BD_BIO] = "the end of a request", [KD_BD_PAGE] = "a page of the page cache", [KD_BD_BUFFER] = "a buffer",
		[KD_BD_DIRECT] = "direct I/O", [KD_BD_TAG] = "a tag", [KD_BD_ENTER] = "a frozen queue to be opened",
		[KD_BD_FREEZE] = "the users of a queue that it froze", [KD_BD_THROTTLE] = "its turn (throttled)"};

	return words[what];
}

static bool by_functions(struct reading *r, struct kd_bd_task *t)
{
	struct kd_ksym sym;

	for (size_t i = 0; t->wait.has_stack && i < t->wait.stack.n && i < FRAMES; i++) {
		const struct kd_core_frame *f = &t->wait.stack.v[i];
		const uint64_t pc = f->exact ? f->pc : f->pc - 1;
		const struct kd_func_row *row;

		if (!kd_kernel_is_text(r->k, pc) || !kd_ksyms_at(kd_kernel_symbols(r->k), pc, &sym))
			continue;
		row = kd_func_row(rows, KD_ARRAY_LEN(rows), sym.name);
		if (!row)
			continue;
		t->what = (enum kd_bd_what)row->word;
		snprintf(t->function, sizeof(t->function), "%.*s", KD_WAIT_FUNC - 1, sym.name);
		return true;
	}
	return false;
}

/* Blocked tasks, and those that sleep in io_schedule(). */
static struct kd_error *see_task(struct reading *r, uint64_t addr)
{
	struct kd_bd_task t = {.disk = KD_BD_NONE, .request = KD_BD_NONE, .what = KD_BD_IO}, *to;
	struct kd_error *err;
	bool said;

	kd_task_state(r->w, addr, &t.state);
	if (t.state.on_cpu || (t.state.letter != KD_TASK_BLOCKED && !t.state.in_iowait) || !kd_task_read(r->k, addr, &t.t))
		return NULL;
	err = kd_wait_of_task(r->w, &t.t, KD_WAIT_DEEP, r->arena, &t.wait);
	if (err)
		return err;
	said = by_functions(r, &t);
	if (!said && t.wait.kind == KD_WAIT_FOLIO) {
		t.what = KD_BD_PAGE;
		said = true;
	}
	if (!said && !t.state.in_iowait)
		return NULL;
	kd_task_age(r->w, addr, &t.age);
	to = kd_vec_push(&r->b->tasks, KD_BD_TASKS);
	if (to)
		*to = t;
	else
		r->b->cut = true;
	return NULL;
}

struct kd_error *kd_blockdiag_read(struct kd_kernel *k, struct kd_waits *w, struct kd_arena *arena, struct kd_blockdiag *ret)
{
	struct reading r = {.k = k, .w = w, .b = ret, .arena = arena};
	struct kd_error *err = NULL;
	struct kd_walk_end end;
	const uint64_t *task;
	size_t n;

	*ret = (struct kd_blockdiag){.clock = *kd_waits_clock(w)};
	ret->has_now = kd_peek_now(k, &ret->now);
	kd_bdevs_walk(k, see_disk, &r, &end);
	wrong(ret, end.why);
	if (ret->requests.n)
		qsort(ret->requests.v, ret->requests.n, sizeof(*ret->requests.v), by_age);
	task = kd_waits_tasks(w, &n);
	for (size_t i = 0; !err && i < n && !ret->cut; i++)
		err = see_task(&r, task[i]);
	if (!err)
		kd_blockdiag_tie(k, ret);
	return err;
}

void kd_blockdiag_deinit(struct kd_blockdiag *b)
{
	kd_vec_free(&b->disks);
	kd_vec_free(&b->hctxs);
	kd_vec_free(&b->requests);
	kd_vec_free(&b->tasks);
}
