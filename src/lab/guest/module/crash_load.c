// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A big guest: as many tasks, slab objects, mappings and open files as the parameters load_* ask
 * for, each with a known name or content.  Nothing of it is there by default.
 *
 *	load_threads	kernel threads kdoc-lk-0 …, asleep in kdoc_load_thread()
 *	load_tasks	tasks of user space, kdoc-lu-0 …, asleep in the open of a FIFO
 *	load_objects	objects of the cache kdoc_load
 *	load_vmas	mappings of one page in the task kdoc-load-vmas, in turn read-only and writable
 *	load_files	open files of the task kdoc-load-files: /tmp/kdoc-load-<i> is the i-th one
 *
 * Threads and objects are made when the module is loaded.  A task that writes "vmas" or "files"
 * to <debugfs>/kdoc_crash/load gets these itself; guest/init starts such tasks, and load_tasks,
 * before it tells the truth.  What could not be made is missing in the truth's numbers:
 *
 *	load.<what>.count		that many there are
 *	load.<what>.asked		so many were asked for
 *	load.thread.<i>, .<i>.tid	address and id of the i-th: the first, the middle, the last
 *	load.task.<i>, .<i>.tid		the same; these are counted by their names
 *	load.object.<i>			address of the i-th object; its index is i, its magic
 *					KDOC_LOAD_MAGIC, its next the address of the (i+1)-th
 *	load.vmas.task, .tid, .first	who has them, where the first one that was made begins
 *	load.files.task, .tid, .<i>, .<i>.fd	who; the i-th struct file and its descriptor
 *	tasks.total			all tasks when this was told, the teller among them
 */
#include "kdoc_crash.h"

#include <linux/debugfs.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mman.h>
#include <linux/rcupdate.h>
#include <linux/uaccess.h>

#define KDOC_LOAD_MAGIC		0x6b646f636c6f6164ULL	/* "kdocload" */
#define KDOC_LOAD_SIZE		128
#define KDOC_LOAD_TASK		"kdoc-lu-"

struct kdoc_load_object {
	u64 magic, index;
	struct kdoc_load_object *next;
	u8 rest[KDOC_LOAD_SIZE - 2 * sizeof(u64) - sizeof(void *)];
};

static_assert(sizeof(struct kdoc_load_object) == KDOC_LOAD_SIZE);

static unsigned int load_threads, load_tasks, load_objects, load_vmas, load_files;
module_param(load_threads, uint, 0444);
MODULE_PARM_DESC(load_threads, "kernel threads to start");
module_param(load_tasks, uint, 0444);
MODULE_PARM_DESC(load_tasks, "tasks of user space that init shall start");
module_param(load_objects, uint, 0444);
MODULE_PARM_DESC(load_objects, "objects to allocate");
module_param(load_vmas, uint, 0444);
MODULE_PARM_DESC(load_vmas, "mappings of one process");
module_param(load_files, uint, 0444);
MODULE_PARM_DESC(load_files, "open files of one process");

/* Three of many: the first, the middle, the last. */
#define KDOC_SAMPLES		3

static unsigned long kdoc_sample(unsigned int i, unsigned long n)
{
	return i == 0 ? 0 : i == 1 ? n / 2 : n - 1;
}

struct kdoc_sample_of {
	unsigned long index;
	const void *address;
	int number;	/* tid or descriptor */
};

static void kdoc_keep(struct kdoc_sample_of *v, unsigned long asked, unsigned long i,
		      const void *address, int number)
{
	unsigned int k;

	for (k = 0; k < KDOC_SAMPLES; k++)
		if (kdoc_sample(k, asked) == i)
			v[k] = (struct kdoc_sample_of){ i, address, number };
}

static struct kdoc_sample_of kdoc_load_threads[KDOC_SAMPLES], kdoc_load_objects[KDOC_SAMPLES],
	kdoc_load_files[KDOC_SAMPLES];
static unsigned long kdoc_load_nthreads, kdoc_load_nobjects, kdoc_load_nvmas, kdoc_load_nfiles;
static struct kmem_cache *kdoc_load_cache;
static struct kdoc_load_object *kdoc_load_first;
static struct task_struct *kdoc_load_vma_task, *kdoc_load_file_task;
static unsigned long kdoc_load_vma_first;

/* ---- made by the module ---- */

static noinline int kdoc_load_thread(void *data)
{
	for (;;)
		schedule_timeout_interruptible(MAX_SCHEDULE_TIMEOUT);
	return 0;
}

static void kdoc_load_make_threads(void)
{
	struct task_struct *task;

	while (kdoc_load_nthreads < load_threads) {
		task = kthread_run(kdoc_load_thread, NULL, "kdoc-lk-%lu", kdoc_load_nthreads);
		if (IS_ERR(task))
			return;
		kdoc_keep(kdoc_load_threads, load_threads, kdoc_load_nthreads, task, task->pid);
		kdoc_load_nthreads++;
	}
}

/* A constructor keeps the cache from being merged with others. */
static void kdoc_load_ctor(void *object)
{
	memset(object, 0xd5, KDOC_LOAD_SIZE);
}

static void kdoc_load_make_objects(void)
{
	struct kdoc_load_object *object, **end = &kdoc_load_first;

	if (!load_objects)
		return;
	kdoc_load_cache = kmem_cache_create("kdoc_load", KDOC_LOAD_SIZE, 0, 0, kdoc_load_ctor);
	while (kdoc_load_cache && kdoc_load_nobjects < load_objects) {
		/* A guest that is too small for all of them lives on with fewer. */
		object = kmem_cache_alloc(kdoc_load_cache,
					  GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN);
		if (!object)
			return;
		object->magic = KDOC_LOAD_MAGIC;
		object->index = kdoc_load_nobjects;
		object->next = NULL;
		*end = object;
		end = &object->next;
		kdoc_keep(kdoc_load_objects, load_objects, kdoc_load_nobjects, object, 0);
		if (++kdoc_load_nobjects % 1024 == 0)
			cond_resched();
	}
}

/* ---- made by a task of user space, for itself ---- */

/* Neighbours with other rights are not merged into one. */
static void kdoc_load_make_vmas(void)
{
	unsigned long at;

	kdoc_load_vma_task = current;
	while (kdoc_load_nvmas < load_vmas) {
		at = vm_mmap(NULL, 0, PAGE_SIZE,
			     kdoc_load_nvmas % 2 ? PROT_READ | PROT_WRITE : PROT_READ,
			     MAP_PRIVATE | MAP_ANONYMOUS, 0);
		if (IS_ERR_VALUE(at))
			return;
		if (!kdoc_load_nvmas++)
			kdoc_load_vma_first = at;
		cond_resched();
	}
}

static void kdoc_load_make_files(void)
{
	struct file *file;
	char name[40];
	int fd;

	kdoc_load_file_task = current;
	while (kdoc_load_nfiles < load_files) {
		snprintf(name, sizeof(name), "/tmp/kdoc-load-%lu", kdoc_load_nfiles);
		fd = get_unused_fd_flags(O_CLOEXEC);
		if (fd < 0)
			return;
		file = filp_open(name, O_RDWR | O_CREAT, 0600);
		if (IS_ERR(file)) {
			put_unused_fd(fd);
			return;
		}
		fd_install(fd, file);
		kdoc_keep(kdoc_load_files, load_files, kdoc_load_nfiles, file, fd);
		kdoc_load_nfiles++;
		cond_resched();
	}
}

static ssize_t kdoc_load_write(struct file *file, const char __user *buffer, size_t size,
			       loff_t *offset)
{
	char name[16];

	if (size >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, buffer, size))
		return -EFAULT;
	name[size] = '\0';
	if (!strcmp(strim(name), "vmas") && !kdoc_load_vma_task)
		kdoc_load_make_vmas();
	else if (!strcmp(strim(name), "files") && !kdoc_load_file_task)
		kdoc_load_make_files();
	else
		return -EINVAL;
	return size;
}

static const struct file_operations kdoc_load_fops = {
	.owner	= THIS_MODULE,
	.write	= kdoc_load_write,
};

void kdoc_load_init(struct dentry *dir)
{
	kdoc_load_make_threads();
	kdoc_load_make_objects();
	debugfs_create_file("load", 0200, dir, NULL, &kdoc_load_fops);
}

/* ---- the truth ---- */

static void kdoc_samples_truth(struct seq_file *seq, const char *of, const char *number,
			       const struct kdoc_sample_of *v)
{
	unsigned int i;

	for (i = 0; i < KDOC_SAMPLES; i++) {
		if (!v[i].address || (i && v[i].index == v[i - 1].index))
			continue;
		seq_printf(seq, "load.%s.%lu 0x%px\n", of, v[i].index, v[i].address);
		if (number)
			seq_printf(seq, "load.%s.%lu.%s %d\n", of, v[i].index, number, v[i].number);
	}
}

static void kdoc_count_truth(struct seq_file *seq, const char *of, unsigned long count,
			     unsigned long asked)
{
	seq_printf(seq, "load.%s.count %lu\n", of, count);
	seq_printf(seq, "load.%s.asked %lu\n", of, asked);
}

/* Which one is it by its name? */
static bool kdoc_load_task_index(const struct task_struct *task, unsigned long *ret)
{
	char comm[TASK_COMM_LEN];

	strscpy(comm, task->comm, sizeof(comm));
	return !strncmp(comm, KDOC_LOAD_TASK, strlen(KDOC_LOAD_TASK)) &&
	       !kstrtoul(comm + strlen(KDOC_LOAD_TASK), 10, ret);
}

/* Tasks of user space were made by init: look who is there. */
static void kdoc_load_tasks_truth(struct seq_file *seq)
{
	struct kdoc_sample_of found[KDOC_SAMPLES] = {};
	struct task_struct *process, *task;
	unsigned long n = 0, total = 0, i;

	rcu_read_lock();
	for_each_process_thread(process, task) {
		total++;
		if (!kdoc_load_task_index(task, &i))
			continue;
		kdoc_keep(found, load_tasks, i, task, task->pid);
		n++;
	}
	rcu_read_unlock();
	kdoc_count_truth(seq, "tasks", n, load_tasks);
	kdoc_samples_truth(seq, "task", "tid", found);
	seq_printf(seq, "tasks.total %lu\n", total);
}

void kdoc_load_truth(struct seq_file *seq)
{
	if (!load_threads && !load_tasks && !load_objects && !load_vmas && !load_files)
		return;
	kdoc_count_truth(seq, "threads", kdoc_load_nthreads, load_threads);
	kdoc_samples_truth(seq, "thread", "tid", kdoc_load_threads);
	kdoc_load_tasks_truth(seq);
	kdoc_count_truth(seq, "objects", kdoc_load_nobjects, load_objects);
	seq_printf(seq, "load.objects.cache 0x%px\n", kdoc_load_cache);
	seq_printf(seq, "load.objects.size %d\n", KDOC_LOAD_SIZE);
	seq_printf(seq, "load.objects.magic 0x%llx\n", KDOC_LOAD_MAGIC);
	kdoc_samples_truth(seq, "object", NULL, kdoc_load_objects);
	kdoc_count_truth(seq, "vmas", kdoc_load_nvmas, load_vmas);
	if (kdoc_load_vma_task) {
		seq_printf(seq, "load.vmas.task 0x%px\n", kdoc_load_vma_task);
		seq_printf(seq, "load.vmas.tid %d\n", kdoc_load_vma_task->pid);
		seq_printf(seq, "load.vmas.first 0x%lx\n", kdoc_load_vma_first);
	}
	kdoc_count_truth(seq, "files", kdoc_load_nfiles, load_files);
	if (kdoc_load_file_task) {
		seq_printf(seq, "load.files.task 0x%px\n", kdoc_load_file_task);
		seq_printf(seq, "load.files.tid %d\n", kdoc_load_file_task->pid);
	}
	kdoc_samples_truth(seq, "file", "fd", kdoc_load_files);
}
