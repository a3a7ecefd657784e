// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which disk a task waits for. Each way is a chain of pointers in the dump, which is kept as facts:
 *
 *	its wait queue is one of the tags' of a hardware queue (sbitmap_queue.ws), or the queue's own (mq_freeze_wq)
 *	a bio of a request in flight leads back to it: bi_private is its completion, itself, or a struct of direct I/O that names it
 *	(block/fops.c: blkdev_dio.waiter; fs/iomap/direct-io.c: iomap_dio.submit.waiter; block/blk-mq.c: end_io_data)
 *	a bio of a request in flight has the page that it waits for
 *	the buffer that it waits for names its block device (include/linux/buffer_head.h: b_state is the first word)
 *	the page belongs to a file of a file system that lies on a block device (or to that device itself)
 */
#include <string.h>

#include "base/alloc.h"
#include "core/blockdiag.h"
#include "core/words.h"

enum { BIOS_EACH = 4096, PAGES_EACH = 512 };

struct bio {
	uint64_t addr, private, vecs;
	uint64_t nvecs;
	int32_t request;
};

struct tying {
	struct kd_kernel *k;
	struct kd_blockdiag *b;
	KD_VEC(struct bio) bios;
	struct kd_word bio_private, bio_next, rq_bio, rq_end_data, dio_waiter, iomap_waiter, bv_page, compound, mapping, host, inode_sb, sb_bdev, bdev_disk,
		bh_bdev, freeze_wq, bdev_inode, bdev_in_inode;
	uint64_t bv_size;
};

static void fact(struct kd_bd_task *t, uint64_t addr, unsigned size, const char *what)
{
	if (t->nfacts < KD_BD_TIE_FACTS)
		t->fact[t->nfacts++] = (struct kd_bd_fact){addr, size, what};
}

static void tie(struct kd_bd_task *t, int32_t disk, int32_t request, const char *how)
{
	t->disk = disk;
	t->request = request;
	t->tie = how;
}

static int32_t disk_at(const struct tying *x, uint64_t gendisk)
{
	for (size_t i = 0; i < x->b->disks.n; i++)
		if (x->b->disks.v[i].b.disk == gendisk)
			return (int32_t)i;
	return KD_BD_NONE;
}

static void layout(struct tying *x)
{
	struct kd_kernel *k = x->k;

	x->bio_private = kd_word_of(k, "bio", "bi_private");
	x->bio_next = kd_word_of(k, "bio", "bi_next");
	x->rq_bio = kd_word_of(k, "request", "bio");
	x->rq_end_data = kd_word_of(k, "request", "end_io_data");
	x->dio_waiter = kd_word_of(k, "blkdev_dio", "waiter");
	x->iomap_waiter = kd_word_of(k, "iomap_dio", "submit.waiter");
	x->bv_page = kd_word_of(k, "bio_vec", "bv_page");
	x->bv_size = kd_word_sizeof(k, "bio_vec");
	x->compound = kd_word_of(k, "page", "compound_head|compound_info"); /* of a page that is not the first: bit 0 is set */
	x->mapping = kd_word_of(k, "folio", "mapping");
	if (!x->mapping.known)
		x->mapping = kd_word_of(k, "page", "mapping");
	x->host = kd_word_of(k, "address_space", "host");
	x->inode_sb = kd_word_of(k, "inode", "i_sb");
	x->sb_bdev = kd_word_of(k, "super_block", "s_bdev");
	x->bdev_disk = kd_word_of(k, "block_device", "bd_disk");
	x->bh_bdev = kd_word_of(k, "buffer_head", "b_bdev");
	x->freeze_wq = kd_word_of(k, "request_queue", "mq_freeze_wq");
	x->bdev_in_inode = kd_word_of(k, "bdev_inode", "bdev");
	x->bdev_inode = kd_word_of(k, "bdev_inode", "vfs_inode");
}

/* --- bios of requests in flight -------------------------------------------------------------------------- */

static void read_bios(struct tying *x)
{
	for (size_t i = 0; i < x->b->requests.n; i++) {
		uint64_t at;

		if (!kd_word_get(x->k, x->b->requests.v[i].r.addr, &x->rq_bio, &at))
			continue;
		for (unsigned n = 0; at && n < BIOS_EACH; n++) {
			struct bio *one = kd_vec_push(&x->bios, KD_BD_BIOS);

			if (!one) {
				x->b->cut = true;
				return;
			}
			*one = (struct bio){.addr = at, .request = (int32_t)i};
			(void)kd_word_get(x->k, at, &x->bio_private, &one->private);
			(void)kd_kernel_read(x->k, at, "bio", "bi_io_vec", &one->vecs);
			(void)kd_kernel_read(x->k, at, "bio", "bi_vcnt", &one->nvecs);
			if (!kd_word_get(x->k, at, &x->bio_next, &at))
				break;
		}
	}
}

static void tie_bio(struct tying *x, struct kd_bd_task *t, const struct bio *bio, const char *how)
{
	const struct kd_bd_request *q = &x->b->requests.v[bio->request];

	fact(t, q->r.addr + x->rq_bio.off, 8, "request.bio");
	tie(t, q->disk, bio->request, how);
}

/* Does a bio lead back to what the task waits for? */
static bool by_private(struct tying *x, struct kd_bd_task *t)
{
	const uint64_t done = t->wait.kind == KD_WAIT_COMPLETION ? t->wait.lock : 0;

	for (size_t i = 0; i < x->bios.n; i++) {
		const struct bio *b = &x->bios.v[i];
		uint64_t v;

		if (!b->private)
			continue;
		if (b->private == done || b->private == t->t.addr) {
			fact(t, b->addr + x->bio_private.off, 8, "bio.bi_private");
			tie_bio(x, t, b, b->private == done ? "its completion is that of a bio in flight" : "a bio in flight names it");
			return true;
		}
		if (t->what != KD_BD_DIRECT)
			continue;
		for (unsigned which = 0; which < 2; which++) {
			const struct kd_word *w = which ? &x->iomap_waiter : &x->dio_waiter;

			if (!kd_word_get(x->k, b->private, w, &v) || v != t->t.addr)
				continue;
			fact(t, b->addr + x->bio_private.off, 8, "bio.bi_private");
			fact(t, b->private + w->off, 8, which ? "iomap_dio.submit.waiter" : "blkdev_dio.waiter");
			tie_bio(x, t, b, "direct I/O in flight names it");
			return true;
		}
	}
	return false;
}

/* Who executes a request waits by what its end_io_data points to: a completion, or a struct that begins with it. */
static bool by_end_data(struct tying *x, struct kd_bd_task *t)
{
	uint64_t v;

	if (t->wait.kind != KD_WAIT_COMPLETION || !t->wait.lock)
		return false;
	for (size_t i = 0; i < x->b->requests.n; i++) {
		const struct kd_bd_request *q = &x->b->requests.v[i];

		if (!kd_word_get(x->k, q->r.addr, &x->rq_end_data, &v) || v != t->wait.lock)
			continue;
		fact(t, q->r.addr + x->rq_end_data.off, 8, "request.end_io_data");
		tie(t, q->disk, (int32_t)i, "a request in flight names its completion");
		return true;
	}
	return false;
}

/* --- pages, buffers ---------------------------------------------------------------------------------- */

static uint64_t head_of(struct tying *x, uint64_t page)
{
	uint64_t v;

	return kd_word_get(x->k, page, &x->compound, &v) && v & 1 && v >> 63 ? v - 1 : page;
}

static bool by_page(struct tying *x, struct kd_bd_task *t)
{
	for (size_t i = 0; i < x->bios.n; i++) {
		const struct bio *b = &x->bios.v[i];

		for (uint64_t n = 0; b->vecs && x->bv_size && n < b->nvecs && n < PAGES_EACH; n++) {
			const uint64_t at = b->vecs + n * x->bv_size;
			uint64_t page;

			if (!kd_word_get(x->k, at, &x->bv_page, &page))
				break;
			if (page != t->wait.object && head_of(x, page) != t->wait.object)
				continue;
			fact(t, at + x->bv_page.off, 8, "bio_vec.bv_page");
			tie_bio(x, t, b, "a request in flight has its page");
			return true;
		}
	}
	return false;
}

static bool by_bdev(struct tying *x, struct kd_bd_task *t, uint64_t bdev, const char *how)
{
	uint64_t gendisk;
	int32_t disk;

	if (!bdev || !kd_word_get(x->k, bdev, &x->bdev_disk, &gendisk) || !gendisk)
		return false;
	disk = disk_at(x, gendisk);
	if (disk == KD_BD_NONE)
		return false;
	fact(t, bdev + x->bdev_disk.off, 8, "block_device.bd_disk");
	tie(t, disk, KD_BD_NONE, how);
	return true;
}

/* The page's file: its file system's device, or the device whose contents it is. */
static bool by_file(struct tying *x, struct kd_bd_task *t)
{
	uint64_t mapping, inode, sb, bdev, holder, at;
	char fs[KD_PEEK_TEXT];

	if (!kd_word_get(x->k, t->wait.object, &x->mapping, &mapping) || !mapping || mapping & 3 || !kd_word_get(x->k, mapping, &x->host, &inode) ||
	    !inode || !kd_word_get(x->k, inode, &x->inode_sb, &sb) || !sb)
		return false;
	fact(t, t->wait.object + x->mapping.off, 8, "folio.mapping");
	if (kd_word_get(x->k, sb, &x->sb_bdev, &bdev) && bdev) {
		fact(t, sb + x->sb_bdev.off, 8, "super_block.s_bdev");
		if (by_bdev(x, t, bdev, "the page is of a file on it"))
			return true;
	}
	if (x->bdev_inode.known && x->bdev_in_inode.known && kd_peek_text(x->k, sb, "super_block", "s_type", "file_system_type", "name", fs) &&
	    !strcmp(fs, "bdev")) {
		holder = inode - x->bdev_inode.off;
		at = holder + x->bdev_in_inode.off;
		if (by_bdev(x, t, at, "the page is its own"))
			return true;
	}
	t->nfacts = 0;
	return false;
}

static bool by_buffer(struct tying *x, struct kd_bd_task *t)
{
	uint64_t bdev;

	if (!kd_word_get(x->k, t->wait.object, &x->bh_bdev, &bdev) || !bdev)
		return false;
	fact(t, t->wait.object + x->bh_bdev.off, 8, "buffer_head.b_bdev");
	if (by_bdev(x, t, bdev, "the buffer is of a block of it"))
		return true;
	t->nfacts = 0;
	return false;
}

/* --- queues ------------------------------------------------------------------------------------------ */

static bool by_queue(struct tying *x, struct kd_bd_task *t)
{
	for (size_t i = 0; x->freeze_wq.known && t->wait.lock && i < x->b->disks.n; i++) {
		const uint64_t queue = x->b->disks.v[i].b.queue;

		if (t->wait.lock != queue + x->freeze_wq.off)
			continue;
		tie(t, (int32_t)i, KD_BD_NONE, "it waits on the queue's mq_freeze_wq");
		return true;
	}
	return false;
}

/* The wait queues of a hardware queue's tags; 0: not known. */
static uint64_t tag_waits(struct tying *x, uint64_t hctx, bool reserved, uint64_t *ret_size)
{
	const char *const member = reserved ? "breserved_tags" : "bitmap_tags";
	struct kd_field f;
	uint64_t tags, at, ws;

	if (!kd_kernel_read(x->k, hctx, "blk_mq_hw_ctx", "tags", &tags) || !tags || !kd_kernel_field(x->k, "blk_mq_tags", member, &f) ||
	    !kd_kernel_sizeof(x->k, "sbq_wait_state", ret_size))
		return 0;
	at = tags + f.off;
	if (f.size == 8 && !kd_word_at(x->k, at, &at)) /* a pointer to it from 5.10 to 5.13 */
		return 0;
	*ret_size *= 8; /* SBQ_WAIT_QUEUES of include/linux/sbitmap.h */
	return kd_kernel_read(x->k, at, "sbitmap_queue", "ws", &ws) ? ws : 0;
}

/* Tags may be shared by several disks: then which of them is not known. */
static bool by_tags(struct tying *x, struct kd_bd_task *t)
{
	int32_t found = KD_BD_NONE;

	for (size_t i = 0; t->wait.lock && i < x->b->hctxs.n; i++)
		for (unsigned reserved = 0; reserved < 2; reserved++) {
			uint64_t size, ws = tag_waits(x, x->b->hctxs.v[i].addr, reserved != 0, &size);

			if (!ws || t->wait.lock < ws || t->wait.lock - ws >= size)
				continue;
			if (found != KD_BD_NONE && found != x->b->hctxs.v[i].disk)
				return false;
			found = x->b->hctxs.v[i].disk;
		}
	if (found == KD_BD_NONE)
		return false;
	tie(t, found, KD_BD_NONE, "it waits on the wait queues of its tags");
	return true;
}

static void tie_task(struct tying *x, struct kd_bd_task *t)
{
	if (by_queue(x, t) || by_tags(x, t) || by_private(x, t) || by_end_data(x, t))
		return;
	if (t->wait.kind == KD_WAIT_FOLIO && t->wait.object)
		(void)(by_page(x, t) || by_file(x, t));
	else if (t->wait.kind == KD_WAIT_BIT && t->wait.object && t->what == KD_BD_BUFFER)
		(void)by_buffer(x, t);
}

void kd_blockdiag_tie(struct kd_kernel *k, struct kd_blockdiag *b)
{
	struct tying x = {.k = k, .b = b};

	if (!b->tasks.n)
		return;
	layout(&x);
	read_bios(&x);
	for (size_t i = 0; i < b->tasks.n; i++)
		tie_task(&x, &b->tasks.v[i]);
	kd_vec_free(&x.bios);
}
