// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests of blk-mq that are in flight. */
#include <inttypes.h>

#include "base/alloc.h"
#include "base/le.h"
#include "core/block.h"
#include "core/xarray.h"

enum { OP_MASK = 0xff }; /* REQ_OP_MASK of include/linux/blk_types.h */

void kd_hctx_walk(struct kd_kernel *k, uint64_t queue, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct kd_field table;
	uint64_t array, n, hctx;

	*end = (struct kd_walk_end){0};
	if (kd_kernel_field(k, "request_queue", "hctx_table", &table)) { /* from 5.19 to 6.19 an XArray */
		kd_xarray_walk(k, queue + table.off, KD_HCTX_MAX, visit, user, end);
		return;
	}
	if (!kd_kernel_read(k, queue, "request_queue", "queue_hw_ctx", &array) ||
	    !kd_kernel_read(k, queue, "request_queue", "nr_hw_queues", &n)) {
		kd_walk_wrong(end, "the hardware queues of 0x%" PRIx64 " are not known, or cannot be read", queue);
		return;
	}
	for (uint64_t i = 0; array && i < n; i++)
		if (!kd_walk_word(k, array + 8 * i, "a table of hardware queues", &hctx, end) ||
		    (hctx && !kd_walk_take(end, KD_HCTX_MAX, visit, user, i, hctx)))
			return;
}

/* A bit of struct sbitmap that is set, and not cleared since. */
static bool sbitmap_bit(struct kd_kernel *k, uint64_t sb, uint64_t bit, bool *ret)
{
	uint64_t depth, shift, map, size, word, cleared;

	if (!kd_kernel_read(k, sb, "sbitmap", "depth", &depth) || !kd_kernel_read(k, sb, "sbitmap", "shift", &shift) ||
	    !kd_kernel_read(k, sb, "sbitmap", "map", &map) || !kd_kernel_sizeof(k, "sbitmap_word", &size) || shift > 6 || bit >= depth)
		return false;
	map += (bit >> shift) * size;
	if (!kd_kernel_read(k, map, "sbitmap_word", "word", &word) || !kd_kernel_read(k, map, "sbitmap_word", "cleared", &cleared))
		return false;
	*ret = (word & ~cleared) >> (bit & ((1u << shift) - 1)) & 1;
	return true;
}

static bool tag_taken(struct kd_kernel *k, uint64_t tags, uint64_t tag, uint64_t reserved, bool *ret)
{
	const uint64_t bit = tag < reserved ? tag : tag - reserved;
	struct kd_field f;
	uint64_t at;

	/* a struct in blk_mq_tags up to 5.9 and since 5.14, a pointer to it or to one that queues share between */
	if (kd_kernel_field(k, "blk_mq_tags", tag < reserved ? "breserved_tags.sb" : "bitmap_tags.sb", &f))
		return sbitmap_bit(k, tags + f.off, bit, ret);
	return kd_kernel_field(k, "sbitmap_queue", "sb", &f) &&
	       kd_kernel_read(k, tags, "blk_mq_tags", tag < reserved ? "breserved_tags" : "bitmap_tags", &at) && at && sbitmap_bit(k, at + f.off, bit, ret);
}

static bool tags_of(struct kd_kernel *k, uint64_t hctx, uint64_t *tags, uint64_t *n, uint64_t *reserved)
{
	return kd_kernel_read(k, hctx, "blk_mq_hw_ctx", "tags", tags) && *tags && kd_kernel_read(k, *tags, "blk_mq_tags", "nr_tags", n) &&
	       kd_kernel_read(k, *tags, "blk_mq_tags", "nr_reserved_tags", reserved) && *n <= KD_TAGS_MAX;
}

bool kd_hctx_tags(struct kd_kernel *k, uint64_t hctx, uint64_t *ret_taken, uint64_t *ret_all)
{
	uint64_t tags, n, reserved, taken = 0;
	bool set;

	if (!tags_of(k, hctx, &tags, &n, &reserved))
		return false;
	for (uint64_t t = 0; t < n; t++) {
		if (!tag_taken(k, tags, t, reserved, &set))
			return false;
		taken += set;
	}
	*ret_taken = taken;
	*ret_all = n;
	return true;
}

struct requests {
	struct kd_kernel *k;
	uint64_t queue;
	bool (*see)(void *user, const struct kd_request *r);
	void *user;
	struct kd_walk_end *end;
};

static bool read_request(struct requests *q, struct kd_request *r)
{
	struct kd_kernel *k = q->k;

	if (!kd_kernel_read(k, r->addr, "request", "cmd_flags", &r->flags) || !kd_kernel_read(k, r->addr, "request", "state", &r->state) ||
	    !kd_kernel_read(k, r->addr, "request", "__sector", &r->sector) || !kd_kernel_read(k, r->addr, "request", "__data_len", &r->bytes))
		return false;
	r->op = kd_datum_enumerator(k, "req_op", r->flags & OP_MASK);
	if (!r->op.n)
		r->op = kd_datum_enumerator(k, "req_opf", r->flags & OP_MASK); /* its name until 6.0 */
	kd_view_skip(&r->op, KD_V("REQ_OP_"));
	(void)kd_kernel_read(k, r->addr, "request", "start_time_ns", &r->start_ns);
	(void)kd_kernel_read(k, r->addr, "request", "io_start_time_ns", &r->issued_ns);
	return true;
}

/* A slot of tags->rqs: what is there may be long over, or of another queue that shares the tags. */
static void slot(struct requests *q, uint64_t hctx, uint64_t tags, uint64_t tag, uint64_t reserved, uint64_t rq)
{
	struct kd_request r = {.addr = rq, .hctx = hctx, .tag = tag};
	uint64_t owner, own_hctx, idle = 0;
	bool taken;

	if (!tag_taken(q->k, tags, tag, reserved, &taken)) {
		kd_walk_wrong(q->end, "the tags at 0x%" PRIx64 " cannot be read", tags);
		return;
	}
	if (!taken)
		return;
	if (!kd_kernel_read(q->k, rq, "request", "q", &owner) || !kd_kernel_read(q->k, rq, "request", "mq_hctx", &own_hctx) ||
	    !read_request(q, &r)) {
		kd_walk_wrong(q->end, "the request at 0x%" PRIx64 " cannot be read", rq);
		return;
	}
	(void)kd_kernel_enumerator(q->k, "mq_rq_state", "MQ_RQ_IDLE", &idle);
	if (owner != q->queue || own_hctx != hctx || r.state == idle)
		return;
	q->end->count++;
	if (!q->see(q->user, &r))
		q->end->stopped = true;
}

static bool see_hctx(void *user, uint64_t index, uint64_t hctx)
{
	struct requests *q = user;
	uint64_t tags, n, reserved, rqs;
	kd_auto(kd_freep) unsigned char *all = NULL;
	struct kd_space_miss miss;

	(void)index;
	if (!tags_of(q->k, hctx, &tags, &n, &reserved) || !kd_kernel_read(q->k, tags, "blk_mq_tags", "rqs", &rqs)) {
		kd_walk_wrong(q->end, "the tags of the hardware queue at 0x%" PRIx64 " cannot be read", hctx);
		return true;
	}
	all = kd_xmalloc((size_t)n * 8 + 1);
	if (!kd_space_read(kd_kernel_space(q->k), rqs, all, (size_t)n * 8, &miss)) {
		kd_walk_wrong(q->end, "the requests at 0x%" PRIx64 " cannot be read: %s", miss.addr, kd_space_why(&miss));
		return true;
	}
	for (uint64_t t = 0; t < n && !q->end->stopped; t++)
		if (kd_le64(all + 8 * t))
			slot(q, hctx, tags, t, reserved, kd_le64(all + 8 * t));
	return !q->end->stopped;
}

void kd_requests_walk(struct kd_kernel *k, uint64_t queue, bool (*see)(void *user, const struct kd_request *r), void *user,
		      struct kd_walk_end *end)
{
	struct requests q = {k, queue, see, user, end};
	struct kd_walk_end hctxs;

	*end = (struct kd_walk_end){0};
	kd_hctx_walk(k, queue, see_hctx, &q, &hctxs);
	if (*hctxs.why)
		kd_walk_wrong(end, "%s", hctxs.why);
}

/* --- requests that have no tag of the driver yet ------------------------------------------------------- */

static void queued_slot(struct requests *q, uint64_t hctx, uint64_t tag, uint64_t rq)
{
	struct kd_request r = {.addr = rq, .hctx = hctx, .tag = tag, .queued = true};
	uint64_t owner, own_hctx;
	int64_t driver;

	if (!kd_kernel_read(q->k, rq, "request", "q", &owner) || !kd_kernel_read(q->k, rq, "request", "mq_hctx", &own_hctx) ||
	    !kd_peek_int(q->k, rq, "request", "tag", &driver) || !read_request(q, &r)) {
		kd_walk_wrong(q->end, "the request at 0x%" PRIx64 " cannot be read", rq);
		return;
	}
	if (owner != q->queue || own_hctx != hctx || driver >= 0)
		return;
	q->end->count++;
	if (!q->see(q->user, &r))
		q->end->stopped = true;
}

static bool see_scheduler(void *user, uint64_t index, uint64_t hctx)
{
	struct requests *q = user;
	uint64_t tags, n, reserved, rqs, rq;
	bool taken;

	(void)index;
	if (!kd_kernel_read(q->k, hctx, "blk_mq_hw_ctx", "sched_tags", &tags) || !tags)
		return true;
	if (!kd_kernel_read(q->k, tags, "blk_mq_tags", "nr_tags", &n) || !kd_kernel_read(q->k, tags, "blk_mq_tags", "nr_reserved_tags", &reserved) ||
	    !kd_kernel_read(q->k, tags, "blk_mq_tags", "static_rqs", &rqs) || n > KD_TAGS_MAX) {
		kd_walk_wrong(q->end, "the scheduler's tags of the hardware queue at 0x%" PRIx64 " cannot be read", hctx);
		return true;
	}
	for (uint64_t t = 0; t < n && !q->end->stopped; t++) {
		if (!tag_taken(q->k, tags, t, reserved, &taken)) {
			kd_walk_wrong(q->end, "the tags at 0x%" PRIx64 " cannot be read", tags);
			return true;
		}
		if (taken && kd_walk_word(q->k, rqs + 8 * t, "the scheduler's requests", &rq, q->end) && rq)
			queued_slot(q, hctx, t, rq);
	}
	return !q->end->stopped;
}

void kd_queued_walk(struct kd_kernel *k, uint64_t queue, bool (*see)(void *user, const struct kd_request *r), void *user,
		    struct kd_walk_end *end)
{
	struct requests q = {k, queue, see, user, end};
	struct kd_walk_end hctxs;

	*end = (struct kd_walk_end){0};
	kd_hctx_walk(k, queue, see_scheduler, &q, &hctxs);
	if (*hctxs.why)
		kd_walk_wrong(end, "%s", hctxs.why);
}
