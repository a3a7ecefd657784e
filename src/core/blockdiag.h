/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * blockdiag.h: why I/O of a dump's machine does not end: requests in flight beside their timeouts, queues that are frozen or
 * quiesced, tags, and the tasks that wait, each tied to a disk where memory says so.
 *
 *	struct kd_blockdiag b;
 *	err = kd_blockdiag_read(kernel, waits, &arena, &b);       // waits: core/waits.h
 *	b.request[0].r.sector, b.disk[b.request[0].disk].b.name, b.task[0].what, b.task[0].disk …
 *	kd_blockdiag_deinit(&b);
 *
 * A task is tied to a disk by pointers alone, never by a guess (core/blocktie.c): its tag's or queue's own wait queue, a bio of a
 * request in flight that leads back to what the task waits for, the buffer's block device, the file system of the page. What is not found that way
 * is not known.
 *
 * A frozen queue takes no new requests (request_queue.mq_freeze_depth) and lets those in it end: who freezes waits until its users
 * (q_usage_counter, in atomic mode: without its bias) are gone. A quiesced one gives nothing to its driver (quiesce_depth since 5.16; before that
 * bit 24 of queue_flags, QUEUE_FLAG_QUIESCED of include/linux/blkdev.h). The layout of percpu_ref: include/linux/percpu-refcount.h.
 */
#ifndef KD_CORE_BLOCKDIAG_H
#define KD_CORE_BLOCKDIAG_H

#include "base/vec.h"
#include "core/block.h"
#include "core/waits.h"

enum { KD_BD_NONE = -1, KD_BD_TIE_FACTS = 4, KD_BD_REQUESTS = 1 << 16, KD_BD_HCTX = 1 << 16, KD_BD_TASKS = 1 << 16, KD_BD_BIOS = 1 << 16 };

struct kd_bd_disk {
	struct kd_bdev b;
	size_t hctx, nhctx; /* index and number in kd_blockdiag.hctx; none: not by blk-mq, or not readable */
	struct kd_datum freeze; /* depth */
	struct kd_datum users; /* of the queue's counter; why: it is not counted in one place unless the queue is frozen */
	struct kd_datum quiesce; /* depth; 1 when only the flag says so */
	bool by_flag; /* quiesce is by bit 24 of queue_flags */
	size_t requests; /* in flight and queued */
};

struct kd_bd_hctx {
	uint64_t addr;
	int32_t disk;
	struct kd_datum number;
	struct kd_datum stopped; /* BLK_MQ_S_STOPPED, the lowest bit of its state */
	bool has_tags;
	uint64_t taken, all; /* tags of the driver, by whichever disk shares them */
	struct kd_datum dispatch; /* requests that the driver did not take yet */
};

struct kd_bd_request {
	struct kd_request r;
	int32_t disk, hctx;
	struct kd_datum timeout, deadline; /* jiffies; deadline: the timer was started then less timeout */
	bool has_age, at_least; /* at_least: since the timer was last started */
	uint64_t age; /* ns, up to the last tick, since it was given to the driver, or made */
	bool overdue; /* in flight, and age is more than timeout */
};

enum kd_bd_what {
	KD_BD_IO, /* io_schedule(), by nothing more that is known */
	KD_BD_BIO, /* the end of a bio or request */
	KD_BD_PAGE,
	KD_BD_BUFFER,
	KD_BD_DIRECT, /* direct I/O */
	KD_BD_TAG, /* a tag to come free */
	KD_BD_ENTER, /* a queue that is frozen */
	KD_BD_FREEZE, /* the users of a queue that it froze to go */
	KD_BD_THROTTLE, /* its turn: writeback throttling, cgroups, dirty pages */
};

/* Words of memory that the tie stands on. */
struct kd_bd_fact {
	uint64_t addr;
	unsigned size;
	const char *what; /* literal */
};

struct kd_bd_task {
	struct kd_task t;
	struct kd_task_state state;
	struct kd_task_age age;
	struct kd_wait wait;
	enum kd_bd_what what;
	char function[KD_WAIT_FUNC]; /* that said so; empty */
	int32_t disk, request; /* NONE: not known which */
	const char *tie; /* how the disk is known; literal, NULL */
	struct kd_bd_fact fact[KD_BD_TIE_FACTS];
	size_t nfacts;
};

struct kd_blockdiag {
	KD_VEC(struct kd_bd_disk) disks;
	KD_VEC(struct kd_bd_hctx) hctxs;
	KD_VEC(struct kd_bd_request) requests; /* in flight, the oldest first, those without a time last; then those that are queued */
	KD_VEC(struct kd_bd_task) tasks;
	bool has_now;
	uint64_t now; /* ns */
	struct kd_clock clock;
	size_t overdue, queued; /* of requests */
	char why[KD_WALK_WHY]; /* why not all disks, queues or requests were seen; empty */
	bool cut; /* more than the limits above */
};

const char *kd_bd_what_words(enum kd_bd_what what); /* "a tag" … */

/* KD_LIMIT: the arena is full. Call deinit also after an error. */
KD_MUST_CHECK struct kd_error *kd_blockdiag_read(struct kd_kernel *k, struct kd_waits *w, struct kd_arena *arena, struct kd_blockdiag *ret);
void kd_blockdiag_deinit(struct kd_blockdiag *b);

/* For kd_blockdiag_read(): which disk the task waits for. */
void kd_blockdiag_tie(struct kd_kernel *k, struct kd_blockdiag *b);

#endif
