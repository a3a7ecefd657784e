/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * block.h: disks of a dump, their queues, and the requests that are in flight; major numbers; PCI devices.
 *
 *	kd_bdevs_walk(k, visit, &me, &end);                 // visit(user, number, address of each struct block_device)
 *	if (kd_bdev_read(k, bdev, &b) && !b.partition) …
 *	kd_requests_walk(k, queue, see, &me, &end);         // r->tag, r->op, r->start_ns …
 *
 * Block devices are those of the class "block": class_kset leads to its subsys_private, whose klist_devices has the devices
 * (drivers/base/base.h). Requests are those of which the tag is taken in a hardware queue's sbitmap and the state is not idle
 * (block/blk-mq.h, include/linux/sbitmap.h: a bit is free when it is in `cleared`). Before 5.11 a disk and a partition are a struct
 * hd_struct each, and that address is given.
 */
#ifndef KD_CORE_BLOCK_H
#define KD_CORE_BLOCK_H

#include "core/peek.h"
#include "core/walk.h"

enum { KD_BDEVS_MAX = 1 << 20, KD_TAGS_MAX = 1 << 16, KD_HCTX_MAX = 8192, KD_MAJORS = 255, KD_PCI_MAX = 1 << 16 };

void kd_bdevs_walk(struct kd_kernel *k, kd_walk_visit *visit, void *user, struct kd_walk_end *end);

struct kd_bdev {
	uint64_t addr, disk, queue; /* struct block_device (before 5.11 hd_struct), gendisk, request_queue */
	char name[KD_PEEK_TEXT]; /* "vda", "vda1" */
	uint64_t major, minor, sectors; /* of 512 bytes */
	bool partition;
	uint64_t ops; /* struct block_device_operations */
	char module[KD_PEEK_TEXT]; /* that owns ops; empty: the kernel proper, or not readable */
};

bool kd_bdev_read(struct kd_kernel *k, uint64_t bdev, struct kd_bdev *ret);

/* Of struct disk_stats, all CPUs together; group: 0 read, 1 write, 2 discard, 3 flush. false: not known. */
struct kd_disk_stats {
	uint64_t ios[4], sectors[4], nsecs[4];
	int64_t in_flight; /* as the accounting has it: of bio-based ones, too */
};
bool kd_bdev_stats(struct kd_kernel *k, uint64_t bdev, const unsigned *cpu, size_t ncpus, struct kd_disk_stats *ret);

struct kd_request {
	uint64_t addr, hctx; /* struct request, blk_mq_hw_ctx */
	uint64_t tag, state; /* enum mq_rq_state */
	struct kd_view op; /* "READ"; absent: not known. It lives as long as the kernel. */
	uint64_t flags, sector, bytes;
	uint64_t start_ns, issued_ns; /* monotonic clock; 0: not taken */
	bool queued; /* it has no tag of the driver; tag: the scheduler's */
};

/* Hardware queues: the address of each struct blk_mq_hw_ctx. */
void kd_hctx_walk(struct kd_kernel *k, uint64_t queue, kd_walk_visit *visit, void *user, struct kd_walk_end *end);
/* How many tags of a hardware queue are taken, by whichever queue shares them. */
bool kd_hctx_tags(struct kd_kernel *k, uint64_t hctx, uint64_t *ret_taken, uint64_t *ret_all);
void kd_requests_walk(struct kd_kernel *k, uint64_t queue, bool (*see)(void *user, const struct kd_request *r), void *user,
		      struct kd_walk_end *end);

/* Those that are with a scheduler, or that the driver did not take: they have one of its tags alone (blk_mq_hw_ctx.sched_tags). */
void kd_queued_walk(struct kd_kernel *k, uint64_t queue, bool (*see)(void *user, const struct kd_request *r), void *user,
		    struct kd_walk_end *end);

struct kd_major {
	uint64_t major, first_minor, minors;
	char name[KD_PEEK_TEXT];
	uint64_t ops; /* of a cdev, 0: not known */
};
void kd_majors_walk(struct kd_kernel *k, bool block, bool (*see)(void *user, const struct kd_major *m), void *user,
		    struct kd_walk_end *end);

/* Each struct pci_dev, bus by bus. */
void kd_pci_walk(struct kd_kernel *k, kd_walk_visit *visit, void *user, struct kd_walk_end *end);

#endif
