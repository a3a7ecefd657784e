// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Known data for tests that read a core, and the truth about it.
 *
 * <debugfs>/kdoc_crash/truth has one fact per line: KEY VALUE.  KEY has no blanks.  VALUE goes to
 * the end of the line; an address is 0x and hex digits, other numbers are decimal, text is as it
 * is.  Keys that come again and again:
 *
 *	<name>			address of the object or global
 *	<name>.count		members that it has
 *	<name>.<i>		address of its i-th member, in its own order
 *	<name>.<i>.<member>	value of a member of that
 *	task.<comm>.tid, .address, .function, .wait	a kernel thread of this module: its id, its
 *				task_struct, the function of this module that waits, on what
 *	lock.<name>		address of a lock
 *	sizeof.<struct>, offsetof.<struct>.<member>	layout as the compiler made it
 *	case.<trigger>.<what>	addresses that a case will fault at
 *
 * All members are struct kdoc_item: value is 1000 + id, name is "item-<id>".  The list holds ids
 * 0…4 in that order, the tree 9, 3, 6, 1, 8 by id, the hash table 0…15, the xarray ids 0, 1, 70,
 * 5000 at these indexes, IDR and radix tree 11…13.
 */
#include "kdoc_crash.h"

#include <linux/completion.h>
#include <linux/hashtable.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/percpu.h>
#include <linux/radix-tree.h>
#include <linux/rbtree.h>
#include <linux/rwsem.h>
#include <linux/vmalloc.h>
#include <linux/wait.h>
#include <linux/xarray.h>

enum kdoc_colour {
	KDOC_RED,
	KDOC_GREEN = 5,
	KDOC_BLUE = 0x100,
	KDOC_NONE = -1,
};

struct kdoc_item {
	u32 id;
	enum kdoc_colour colour;
	u64 value;
	char name[16];
	struct list_head link;
	struct rb_node node;
	struct hlist_node hash;
	/* of id 3: 3, 7, -3, 0xabcde */
	unsigned int bits3 : 3, bits5 : 5;
	int signed6 : 6;
	unsigned int bits20 : 20;
	union {
		struct {
			u8 low;
			u16 mid;
			union {
				u32 word;
				u8 bytes[4];
			};
		} parts;
		u64 raw;
	} shape;
	int (*run)(struct kdoc_item *item);
	u32 nmarks;
	u16 marks[];	/* nmarks of them: 100 * id + i */
};

struct kdoc_percpu {
	u64 counter;
	int cpu;
};

#define KDOC_MARKS		3
#define KDOC_HASH_BITS		3
#define KDOC_OBJECTS		100
#define KDOC_TEXT_SIZE		600
#define KDOC_AREA_SIZE		(3 * PAGE_SIZE)

static LIST_HEAD(kdoc_list);
static struct rb_root kdoc_tree = RB_ROOT;
static DEFINE_XARRAY(kdoc_xarray);
static DEFINE_HASHTABLE(kdoc_hash, KDOC_HASH_BITS);
static DEFINE_IDR(kdoc_idr);
static RADIX_TREE(kdoc_radix, GFP_KERNEL);
static DEFINE_PER_CPU(struct kdoc_percpu, kdoc_percpu);
static struct kdoc_item *kdoc_item;	/* the one of id 3, also on its own */
static struct kmem_cache *kdoc_cache;
static u64 *kdoc_objects[KDOC_OBJECTS];
static char kdoc_text[KDOC_TEXT_SIZE];
static u32 *kdoc_area;
static const char *const kdoc_words[] = { "alpha", "", "gamma with blanks" };

static int kdoc_item_run(struct kdoc_item *item)
{
	return item->id;
}

static struct kdoc_item *kdoc_item_new(u32 id)
{
	struct kdoc_item *item = kzalloc(sizeof(*item) + KDOC_MARKS * sizeof(item->marks[0]),
					 GFP_KERNEL);
	u32 i;

	if (!item)
		panic("kdoc_crash: no memory for data");
	item->id = id;
	item->colour = id % 3 == 0 ? KDOC_GREEN : id % 3 == 1 ? KDOC_BLUE : KDOC_NONE;
	item->value = 1000 + id;
	snprintf(item->name, sizeof(item->name), "item-%u", id);
	INIT_LIST_HEAD(&item->link);
	item->bits3 = id;
	item->bits5 = 7;
	item->signed6 = -(int)(id & 15);
	item->bits20 = 0xabcde;
	item->shape.raw = 0x1122334455667788ULL;
	item->run = kdoc_item_run;
	item->nmarks = KDOC_MARKS;
	for (i = 0; i < KDOC_MARKS; i++)
		item->marks[i] = 100 * id + i;
	return item;
}

static void kdoc_tree_add(struct kdoc_item *item)
{
	struct rb_node **at = &kdoc_tree.rb_node, *parent = NULL;

	while (*at) {
		parent = *at;
		at = item->id < rb_entry(parent, struct kdoc_item, node)->id ? &parent->rb_left
									     : &parent->rb_right;
	}
	rb_link_node(&item->node, parent, at);
	rb_insert_color(&item->node, &kdoc_tree);
}

static int kdoc_collections_init(void)
{
	static const u32 tree[] = { 9, 3, 6, 1, 8 }, indexes[] = { 0, 1, 70, 5000 };
	struct kdoc_item *item;
	size_t i;
	u32 id;

	for (id = 0; id < 5; id++)
		list_add_tail(&kdoc_item_new(id)->link, &kdoc_list);
	for (i = 0; i < ARRAY_SIZE(tree); i++)
		kdoc_tree_add(kdoc_item_new(tree[i]));
	for (id = 0; id < 16; id++) {
		item = kdoc_item_new(id);
		hash_add(kdoc_hash, &item->hash, item->id);
	}
	for (i = 0; i < ARRAY_SIZE(indexes); i++)
		if (xa_err(xa_store(&kdoc_xarray, indexes[i], kdoc_item_new(indexes[i]), GFP_KERNEL)))
			return -ENOMEM;
	for (id = 11; id < 14; id++)
		if (idr_alloc(&kdoc_idr, kdoc_item_new(id), id, id + 1, GFP_KERNEL) < 0 ||
		    radix_tree_insert(&kdoc_radix, id, kdoc_item_new(id)))
			return -ENOMEM;
	kdoc_item = kdoc_item_new(3);
	return 0;
}

/* A constructor keeps the cache from being merged with others. */
static void kdoc_object_ctor(void *object)
{
	memset(object, 0xc7, 192);
}

static int kdoc_memory_data_init(void)
{
	int i, cpu;

	kdoc_cache = kmem_cache_create("kdoc_object", 192, 0, 0, kdoc_object_ctor);
	kdoc_area = vmalloc(KDOC_AREA_SIZE);
	if (!kdoc_cache || !kdoc_area)
		return -ENOMEM;
	for (i = 0; i < KDOC_OBJECTS; i++) {
		kdoc_objects[i] = kmem_cache_alloc(kdoc_cache, GFP_KERNEL);
		if (!kdoc_objects[i])
			return -ENOMEM;
		kdoc_objects[i][0] = 0x6b646f6300000000ULL + i;
	}
	for (i = 0; i < (int)(KDOC_AREA_SIZE / sizeof(*kdoc_area)); i++)
		kdoc_area[i] = 3 * i + 1;
	for (i = 0; i < KDOC_TEXT_SIZE - 1; i++)
		kdoc_text[i] = 'a' + i % 26;
	for_each_possible_cpu(cpu) {
		per_cpu(kdoc_percpu, cpu).counter = 7000 + cpu;
		per_cpu(kdoc_percpu, cpu).cpu = cpu;
	}
	return 0;
}

/* ---- threads that stand still at a known place, none in a way that a watchdog reports ---- */

static DEFINE_MUTEX(kdoc_data_mutex);
static DECLARE_RWSEM(kdoc_data_rwsem);
static DECLARE_COMPLETION(kdoc_data_completion);
static DECLARE_COMPLETION(kdoc_data_owned);
static DECLARE_WAIT_QUEUE_HEAD(kdoc_data_queue);
static bool kdoc_data_event;

static noinline int kdoc_park_owner(void *data)
{
	mutex_lock(&kdoc_data_mutex);
	down_write(&kdoc_data_rwsem);
	complete_all(&kdoc_data_owned);
	wait_event_interruptible(kdoc_data_queue, READ_ONCE(kdoc_data_event));
	up_write(&kdoc_data_rwsem);
	mutex_unlock(&kdoc_data_mutex);
	return 0;
}

static noinline int kdoc_park_mutex(void *data)
{
	wait_for_completion(&kdoc_data_owned);
	if (!mutex_lock_interruptible(&kdoc_data_mutex))
		mutex_unlock(&kdoc_data_mutex);
	return 0;
}

static noinline int kdoc_park_rwsem(void *data)
{
	wait_for_completion(&kdoc_data_owned);
	if (!down_read_killable(&kdoc_data_rwsem))
		up_read(&kdoc_data_rwsem);
	return 0;
}

static noinline int kdoc_park_completion(void *data)
{
	return wait_for_completion_interruptible(&kdoc_data_completion);
}

static noinline int kdoc_park_sleep(void *data)
{
	while (!READ_ONCE(kdoc_data_event))
		schedule_timeout_interruptible(MAX_SCHEDULE_TIMEOUT);
	return 0;
}

static struct kdoc_parked {
	const char *comm, *function, *wait;
	int (*run)(void *data);
	struct task_struct *task;
} kdoc_parked[] = {
	{ "kdoc-p-owner",	"kdoc_park_owner",	"wait queue",	kdoc_park_owner },
	{ "kdoc-p-mutex",	"kdoc_park_mutex",	"mutex",	kdoc_park_mutex },
	{ "kdoc-p-rwsem",	"kdoc_park_rwsem",	"rwsem",	kdoc_park_rwsem },
	{ "kdoc-p-compl",	"kdoc_park_completion",	"completion",	kdoc_park_completion },
	{ "kdoc-p-sleep",	"kdoc_park_sleep",	"timeout",	kdoc_park_sleep },
};

int kdoc_data_init(void)
{
	int ret = kdoc_collections_init();
	size_t i;

	if (!ret)
		ret = kdoc_memory_data_init();
	for (i = 0; !ret && i < ARRAY_SIZE(kdoc_parked); i++) {
		kdoc_parked[i].task = kthread_run(kdoc_parked[i].run, NULL, "%s",
						  kdoc_parked[i].comm);
		ret = PTR_ERR_OR_ZERO(kdoc_parked[i].task);
	}
	return ret;
}

/* ---- the truth ---- */

static void kdoc_item_truth(struct seq_file *seq, const char *of, unsigned long i,
			    const struct kdoc_item *item)
{
	seq_printf(seq, "%s.%lu 0x%px\n", of, i, item);
	seq_printf(seq, "%s.%lu.id %u\n", of, i, item->id);
	seq_printf(seq, "%s.%lu.value %llu\n", of, i, item->value);
}

static void kdoc_lists_truth(struct seq_file *seq)
{
	const struct kdoc_item *item;
	struct rb_node *node;
	unsigned long i = 0, bucket;

	seq_printf(seq, "list 0x%px\n", &kdoc_list);
	list_for_each_entry(item, &kdoc_list, link)
		kdoc_item_truth(seq, "list", i++, item);
	seq_printf(seq, "list.count %lu\n", i);

	i = 0;
	seq_printf(seq, "tree 0x%px\n", &kdoc_tree);
	for (node = rb_first(&kdoc_tree); node; node = rb_next(node))
		kdoc_item_truth(seq, "tree", i++, rb_entry(node, struct kdoc_item, node));
	seq_printf(seq, "tree.count %lu\n", i);

	i = 0;
	seq_printf(seq, "hash 0x%px\n", kdoc_hash);
	seq_printf(seq, "hash.buckets %u\n", 1 << KDOC_HASH_BITS);
	hash_for_each(kdoc_hash, bucket, item, hash) {
		kdoc_item_truth(seq, "hash", i, item);
		seq_printf(seq, "hash.%lu.bucket %lu\n", i++, bucket);
	}
	seq_printf(seq, "hash.count %lu\n", i);
}

static void kdoc_trees_truth(struct seq_file *seq)
{
	const struct kdoc_item *item;
	unsigned long index, n = 0;
	struct radix_tree_iter iter;
	void __rcu **slot;
	int id;

	seq_printf(seq, "xarray 0x%px\n", &kdoc_xarray);
	xa_for_each(&kdoc_xarray, index, item) {
		kdoc_item_truth(seq, "xarray", index, item);
		n++;
	}
	seq_printf(seq, "xarray.count %lu\n", n);

	n = 0;
	seq_printf(seq, "idr 0x%px\n", &kdoc_idr);
	idr_for_each_entry(&kdoc_idr, item, id) {
		kdoc_item_truth(seq, "idr", id, item);
		n++;
	}
	seq_printf(seq, "idr.count %lu\n", n);

	n = 0;
	seq_printf(seq, "radix 0x%px\n", &kdoc_radix);
	rcu_read_lock();
	radix_tree_for_each_slot(slot, &kdoc_radix, &iter, 0) {
		kdoc_item_truth(seq, "radix", iter.index, radix_tree_deref_slot(slot));
		n++;
	}
	rcu_read_unlock();
	seq_printf(seq, "radix.count %lu\n", n);
}

#define KDOC_OFFSET(seq, member) \
	seq_printf(seq, "offsetof.kdoc_item." #member " %zu\n", offsetof(struct kdoc_item, member))

static void kdoc_layout_truth(struct seq_file *seq)
{
	seq_printf(seq, "sizeof.kdoc_item %zu\n", sizeof(struct kdoc_item));
	seq_printf(seq, "sizeof.kdoc_victim %zu\n", sizeof(struct kdoc_victim));
	KDOC_OFFSET(seq, value);
	KDOC_OFFSET(seq, name);
	KDOC_OFFSET(seq, link);
	KDOC_OFFSET(seq, node);
	KDOC_OFFSET(seq, hash);
	KDOC_OFFSET(seq, shape);
	KDOC_OFFSET(seq, shape.parts.bytes);
	KDOC_OFFSET(seq, run);
	KDOC_OFFSET(seq, marks);
}

static void kdoc_single_truth(struct seq_file *seq)
{
	u32 i;

	seq_printf(seq, "item 0x%px\n", kdoc_item);
	seq_printf(seq, "item.colour %d\n", kdoc_item->colour);
	seq_printf(seq, "item.name %s\n", kdoc_item->name);
	seq_printf(seq, "item.bits3 %u\n", kdoc_item->bits3);
	seq_printf(seq, "item.bits5 %u\n", kdoc_item->bits5);
	seq_printf(seq, "item.signed6 %d\n", kdoc_item->signed6);
	seq_printf(seq, "item.bits20 %u\n", kdoc_item->bits20);
	seq_printf(seq, "item.shape.raw 0x%llx\n", kdoc_item->shape.raw);
	seq_printf(seq, "item.shape.parts.low %u\n", kdoc_item->shape.parts.low);
	seq_printf(seq, "item.shape.parts.mid %u\n", kdoc_item->shape.parts.mid);
	seq_printf(seq, "item.shape.parts.word %u\n", kdoc_item->shape.parts.word);
	seq_printf(seq, "item.run 0x%px\n", kdoc_item->run);
	seq_puts(seq, "item.run.function kdoc_item_run\n");
	for (i = 0; i < kdoc_item->nmarks; i++)
		seq_printf(seq, "item.marks.%u %u\n", i, kdoc_item->marks[i]);
	seq_printf(seq, "text 0x%px\n", kdoc_text);
	seq_printf(seq, "text.value %s\n", kdoc_text);
	for (i = 0; i < ARRAY_SIZE(kdoc_words); i++)
		seq_printf(seq, "words.%u %s\n", i, kdoc_words[i]);
}

static void kdoc_areas_truth(struct seq_file *seq)
{
	int i, cpu;

	seq_printf(seq, "cache 0x%px\n", kdoc_cache);
	seq_puts(seq, "cache.name kdoc_object\n");
	seq_puts(seq, "cache.object_size 192\n");
	seq_printf(seq, "cache.count %d\n", KDOC_OBJECTS);
	for (i = 0; i < KDOC_OBJECTS; i++)
		seq_printf(seq, "cache.%d 0x%px\n", i, kdoc_objects[i]);
	seq_printf(seq, "area 0x%px\n", kdoc_area);
	seq_printf(seq, "area.size %lu\n", KDOC_AREA_SIZE);
	for_each_possible_cpu(cpu) {
		seq_printf(seq, "percpu.%d 0x%px\n", cpu, per_cpu_ptr(&kdoc_percpu, cpu));
		seq_printf(seq, "percpu.%d.counter %llu\n", cpu, per_cpu(kdoc_percpu, cpu).counter);
	}
}

void kdoc_data_truth(struct seq_file *seq)
{
	size_t i;

	kdoc_layout_truth(seq);
	kdoc_single_truth(seq);
	kdoc_lists_truth(seq);
	kdoc_trees_truth(seq);
	kdoc_areas_truth(seq);
	seq_printf(seq, "lock.data_mutex 0x%px\n", &kdoc_data_mutex);
	seq_printf(seq, "lock.data_rwsem 0x%px\n", &kdoc_data_rwsem);
	seq_printf(seq, "lock.data_completion 0x%px\n", &kdoc_data_completion);
	for (i = 0; i < ARRAY_SIZE(kdoc_parked); i++) {
		seq_printf(seq, "task.%s.tid %d\n", kdoc_parked[i].comm, kdoc_parked[i].task->pid);
		seq_printf(seq, "task.%s.address 0x%px\n", kdoc_parked[i].comm, kdoc_parked[i].task);
		seq_printf(seq, "task.%s.function %s\n", kdoc_parked[i].comm, kdoc_parked[i].function);
		seq_printf(seq, "task.%s.wait %s\n", kdoc_parked[i].comm, kdoc_parked[i].wait);
	}
}
