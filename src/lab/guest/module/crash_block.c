// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A disk that takes requests and never ends them: "kdocblk", four tags, a limit of five seconds; one
 * queue with a scheduler, or two without one.  Until a case says so it answers at once, so that nobody who only looks at it hangs.
 * The truth file has what the driver was given, and who waits where.
 */
#include "kdoc_crash.h"

#include <linux/bio.h>
#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/umh.h>
#include <linux/version.h>

#define KDOC_DISK	"kdocblk"
#define KDOC_TAGS	4
#define KDOC_LIMIT	5	/* seconds */
#define KDOC_SECTORS	2048
#define KDOC_WRITE	(REQ_OP_WRITE | REQ_SYNC | REQ_IDLE) /* as direct I/O: writeback's throttling lets it pass */

static struct blk_mq_tag_set kdoc_tags;
static struct gendisk *kdoc_disk;
static struct file *kdoc_disk_file;
static bool kdoc_block_stuck, kdoc_block_quiesced;

/* What the driver has, in the order in which it came. */
static struct kdoc_request {
	struct request *rq;
	u64 sector;
	unsigned int bytes, op;
	unsigned long jiffies;
} kdoc_requests[KDOC_TAGS];
static unsigned int kdoc_nrequests;
static DEFINE_SPINLOCK(kdoc_requests_lock);

static struct kdoc_block_task {
	const char *comm, *function, *waits;
	int (*run)(void *data);
	struct task_struct *task;
	pid_t tid;
} kdoc_block_tasks[];

static blk_status_t kdoc_queue_rq(struct blk_mq_hw_ctx *hctx, const struct blk_mq_queue_data *data)
{
	struct request *rq = data->rq;
	struct kdoc_request *to = NULL;

	blk_mq_start_request(rq);
	if (READ_ONCE(kdoc_block_stuck)) {
		spin_lock(&kdoc_requests_lock);
		if (kdoc_nrequests < KDOC_TAGS)
			to = &kdoc_requests[kdoc_nrequests++];
		spin_unlock(&kdoc_requests_lock);
	}
	if (!to) {
		blk_mq_end_request(rq, BLK_STS_OK);
		return BLK_STS_OK;
	}
	to->rq = rq;
	to->sector = blk_rq_pos(rq);
	to->bytes = blk_rq_bytes(rq);
	to->op = req_op(rq);
	to->jiffies = jiffies;
	return BLK_STS_OK;
}

static const struct blk_mq_ops kdoc_block_ops = {
	.queue_rq = kdoc_queue_rq,
};

static const struct block_device_operations kdoc_block_fops = {
	.owner = THIS_MODULE,
};

static struct gendisk *kdoc_disk_new(void)
{
#ifndef blk_mq_alloc_disk
	struct gendisk *disk = alloc_disk(1);

	if (!disk)
		return ERR_PTR(-ENOMEM);
	disk->queue = blk_mq_init_queue(&kdoc_tags);
	return IS_ERR(disk->queue) ? ERR_CAST(disk->queue) : disk;
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	return blk_mq_alloc_disk(&kdoc_tags, NULL, NULL);
#else
	return blk_mq_alloc_disk(&kdoc_tags, NULL);
#endif
}

static int kdoc_disk_add(struct gendisk *disk)
{
#ifndef blk_mq_alloc_disk
	device_add_disk(NULL, disk, NULL);
	return 0;
#else
	return device_add_disk(NULL, disk, NULL);
#endif
}

/* Nobody takes it away again: the machine is thrown away. */
static int kdoc_disk_init(unsigned int queues)
{
	struct gendisk *disk;
	int ret;

	if (kdoc_disk)
		return -EBUSY;
	kdoc_tags.ops = &kdoc_block_ops;
	kdoc_tags.nr_hw_queues = queues;
	kdoc_tags.queue_depth = KDOC_TAGS;
	kdoc_tags.numa_node = NUMA_NO_NODE;
	kdoc_tags.timeout = KDOC_LIMIT * HZ;
	ret = blk_mq_alloc_tag_set(&kdoc_tags);
	if (ret)
		return ret;
	disk = kdoc_disk_new();
	if (IS_ERR(disk))
		return PTR_ERR(disk);
	disk->major = register_blkdev(0, KDOC_DISK);
	disk->first_minor = 0;
	disk->minors = 1;
	disk->fops = &kdoc_block_fops;
	strcpy(disk->disk_name, KDOC_DISK);
	set_capacity(disk, KDOC_SECTORS);
	ret = kdoc_disk_add(disk);
	if (ret)
		return ret;
	kdoc_disk_file = filp_open("/dev/" KDOC_DISK, O_RDONLY, 0);
	if (IS_ERR(kdoc_disk_file))
		return PTR_ERR(kdoc_disk_file);
	kdoc_disk = disk;
	return 0;
}

/* ---- who waits ---- */

static struct bio *kdoc_bio(unsigned int op, u64 sector)
{
	struct block_device *bdev = I_BDEV(kdoc_disk_file->f_mapping->host);
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	struct bio *bio;

	if (!page)
		return NULL;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 18, 0)
	bio = bio_alloc(bdev, 1, op, GFP_KERNEL);
#else
	bio = bio_alloc(GFP_KERNEL, 1);
	if (bio) {
		bio_set_dev(bio, bdev);
		bio->bi_opf = op;
	}
#endif
	if (!bio)
		return NULL;
	bio->bi_iter.bi_sector = sector;
	if (bio_add_page(bio, page, 4096, 0) != 4096)
		return NULL;
	return bio;
}

static void kdoc_bio_end(struct bio *bio)
{
	complete(bio->bi_private);
}

/* Not submit_bio_wait(), which hides from the detector of hung tasks. */
static noinline int kdoc_block_wait(unsigned int op, u64 sector)
{
	DECLARE_COMPLETION_ONSTACK(done);
	struct bio *bio = kdoc_bio(op, sector);

	if (!bio)
		return -ENOMEM;
	bio->bi_private = &done;
	bio->bi_end_io = kdoc_bio_end;
	submit_bio(bio);
	wait_for_completion_io(&done);			/* fault: block_hang */
	return 0;
}

static noinline int kdoc_block_write(void *data)
{
	return kdoc_block_wait(KDOC_WRITE, 64);
}

static noinline int kdoc_block_read(void *data)
{
	static char text[512];
	loff_t pos = 512 * 1024;

	return kernel_read(kdoc_disk_file, text, sizeof(text), &pos) < 0 ? -EIO : 0;
}

/* A program, for the kernel's own memory is not read into directly by all kernels. */
static int kdoc_block_direct(void)
{
	static char *argv[] = { "/bin/busybox", "dd", "if=/dev/" KDOC_DISK, "of=/dev/null", "bs=4096", "count=1", "iflag=direct", NULL };
	static char *envp[] = { "PATH=/bin", NULL };
	int ret = call_usermodehelper(argv[0], argv, envp, UMH_WAIT_EXEC);

	msleep(1000);
	return ret;
}

/* Those that come when all tags are taken, with a scheduler and without one, or the queue is frozen. */
static noinline int kdoc_block_queue(void *data)
{
	return kdoc_block_wait(KDOC_WRITE, 256);
}

static noinline int kdoc_block_tag(void *data)
{
	return kdoc_block_wait(KDOC_WRITE, 512);
}

static noinline int kdoc_block_freeze(void *data)
{
	blk_mq_freeze_queue(kdoc_disk->queue);		/* fault: block_frozen */
	return 0;
}

static noinline int kdoc_block_enter(void *data)
{
	return kdoc_block_wait(KDOC_WRITE, 768);
}

static struct kdoc_block_task kdoc_block_tasks[] = {
	{ "kdoc-bwrite",	"kdoc_block_write",	"completion",	kdoc_block_write },
	{ "kdoc-bread",		"kdoc_block_read",	"folio",	kdoc_block_read },
	{ "kdoc-bqueue",	"kdoc_block_queue",	"queued",	kdoc_block_queue },
	{ "kdoc-btag",		"kdoc_block_tag",	"tag",		kdoc_block_tag },
	{ "kdoc-bfreeze",	"kdoc_block_freeze",	"freeze",	kdoc_block_freeze },
	{ "kdoc-benter",	"kdoc_block_enter",	"enter",	kdoc_block_enter },
};

static int kdoc_block_start(const char *comm)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kdoc_block_tasks); i++) {
		struct kdoc_block_task *t = &kdoc_block_tasks[i];

		if (strcmp(t->comm, comm))
			continue;
		t->task = kthread_create(t->run, NULL, "%s", t->comm);
		if (IS_ERR(t->task)) {
			t->task = NULL;
			return -ENOMEM;
		}
		t->tid = t->task->pid;
		kthread_bind(t->task, 0);
		wake_up_process(t->task);
		msleep(300);
		return 0;
	}
	return -ENOENT;
}

/* Requests that nobody waits for. */
static int kdoc_block_send(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct bio *bio = kdoc_bio(KDOC_WRITE, 128 + 16 * i);

		if (!bio)
			return -ENOMEM;
		bio->bi_end_io = bio_put;
		submit_bio(bio);
	}
	msleep(300);
	return 0;
}

/*
 * One writes, one reads, one reads past the page cache; then all tags are taken, and one's request stays with the
 * scheduler. In the end the queue is quiesced.
 */
static int kdoc_run_block_hang(void)
{
	int ret = kdoc_disk_init(1);

	if (ret)
		return ret;
	WRITE_ONCE(kdoc_block_stuck, true);
	ret = kdoc_block_start("kdoc-bwrite");
	if (!ret)
		ret = kdoc_block_direct();
	if (!ret)
		ret = kdoc_block_start("kdoc-bread");
	if (!ret)
		ret = kdoc_block_send(KDOC_TAGS - 3);
	if (!ret)
		ret = kdoc_block_start("kdoc-bqueue");
	if (ret)
		return ret;
	blk_mq_quiesce_queue(kdoc_disk->queue);
	kdoc_block_quiesced = true;
	return 0;
}

/*
 * Two queues, for then there is no scheduler; all is done on CPU 0, which has the first. All its tags taken, one
 * that waits for a tag, one that freezes the queue, one that comes after that.
 */
static int kdoc_run_block_frozen(void)
{
	int ret = kdoc_disk_init(2);

	if (!ret)
		ret = set_cpus_allowed_ptr(current, cpumask_of(0));
	if (ret)
		return ret;
	WRITE_ONCE(kdoc_block_stuck, true);
	ret = kdoc_block_send(KDOC_TAGS);
	if (!ret)
		ret = kdoc_block_start("kdoc-btag");
	if (!ret)
		ret = kdoc_block_start("kdoc-bfreeze");
	return ret ? ret : kdoc_block_start("kdoc-benter");
}

void kdoc_block_truth(struct seq_file *seq)
{
	unsigned int i;

	if (!kdoc_disk)
		return;
	seq_printf(seq, "block.disk %s\n", kdoc_disk->disk_name);
	seq_printf(seq, "block.gendisk 0x%px\n", kdoc_disk);
	seq_printf(seq, "block.queue 0x%px\n", kdoc_disk->queue);
	seq_printf(seq, "block.tags %d\n", KDOC_TAGS);
	seq_printf(seq, "block.limit %d\n", KDOC_LIMIT);
	if (kdoc_block_quiesced)
		seq_puts(seq, "block.direct 0\n"); /* its sector */
	seq_printf(seq, "block.quiesced %d\n", kdoc_block_quiesced);
	seq_printf(seq, "block.count %u\n", kdoc_nrequests);
	for (i = 0; i < kdoc_nrequests; i++) {
		seq_printf(seq, "block.%u 0x%px\n", i, kdoc_requests[i].rq);
		seq_printf(seq, "block.%u.sector %llu\n", i, kdoc_requests[i].sector);
		seq_printf(seq, "block.%u.bytes %u\n", i, kdoc_requests[i].bytes);
		seq_printf(seq, "block.%u.op %u\n", i, kdoc_requests[i].op);
	}
	for (i = 0; i < ARRAY_SIZE(kdoc_block_tasks); i++) {
		if (!kdoc_block_tasks[i].task)
			continue;
		seq_printf(seq, "task.%s.tid %d\n", kdoc_block_tasks[i].comm, kdoc_block_tasks[i].tid);
		seq_printf(seq, "task.%s.address 0x%px\n", kdoc_block_tasks[i].comm,
			   kdoc_block_tasks[i].task);
		seq_printf(seq, "task.%s.function %s\n", kdoc_block_tasks[i].comm,
			   kdoc_block_tasks[i].function);
		seq_printf(seq, "task.%s.io %s\n", kdoc_block_tasks[i].comm, kdoc_block_tasks[i].waits);
	}
}

const struct kdoc_case kdoc_block_cases[] = {
	{ "block_hang",			kdoc_run_block_hang },
	{ "block_frozen",		kdoc_run_block_frozen },
	{ }
};
