// SPDX-License-Identifier: GPL-2.0-or-later
/* The files of the crash module and its start; kdoc_crash.h says what it is. */
#include "kdoc_crash.h"

#include <linux/debugfs.h>
#include <linux/uaccess.h>

unsigned int kdoc_spin_seconds = 15;
module_param_named(spin_seconds, kdoc_spin_seconds, uint, 0644);
MODULE_PARM_DESC(spin_seconds, "how long soft_lockup, rcu_stall and friends keep a CPU busy");

unsigned int kdoc_hang_seconds = 40;
module_param_named(hang_seconds, kdoc_hang_seconds, uint, 0644);
MODULE_PARM_DESC(hang_seconds, "how long rwsem_hang and completion_hang last");

const void __user *kdoc_user_buffer;

static const struct kdoc_case *const kdoc_tables[] = {
	kdoc_pointer_cases, kdoc_stack_cases, kdoc_check_cases, kdoc_memory_cases,
	kdoc_context_cases, kdoc_lock_cases, kdoc_lockup_cases, kdoc_sanitize_cases,
	kdoc_lockdep_cases, kdoc_block_cases, kdoc_net_cases,
};

static const struct kdoc_case *kdoc_case_find(const char *name)
{
	const struct kdoc_case *row;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kdoc_tables); i++)
		for (row = kdoc_tables[i]; row->name; row++)
			if (!strcmp(row->name, name))
				return row;
	return NULL;
}

static ssize_t kdoc_trigger_write(struct file *file, const char __user *buffer,
				  size_t size, loff_t *offset)
{
	const struct kdoc_case *found;
	char name[32];
	int ret;

	if (size >= sizeof(name))
		return -EINVAL;
	if (copy_from_user(name, buffer, size))
		return -EFAULT;
	name[size] = '\0';

	found = kdoc_case_find(strim(name));
	if (!found)
		return -ENOENT;
	kdoc_user_buffer = buffer;
	ret = found->run();
	return ret < 0 ? ret : size;
}

static int kdoc_trigger_show(struct seq_file *seq, void *data)
{
	const struct kdoc_case *row;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(kdoc_tables); i++)
		for (row = kdoc_tables[i]; row->name; row++)
			seq_printf(seq, "%s\n", row->name);
	return 0;
}

static int kdoc_trigger_open(struct inode *inode, struct file *file)
{
	return single_open(file, kdoc_trigger_show, NULL);
}

static const struct file_operations kdoc_trigger_fops = {
	.owner	 = THIS_MODULE,
	.open	 = kdoc_trigger_open,
	.read	 = seq_read,
	.write	 = kdoc_trigger_write,
	.llseek	 = seq_lseek,
	.release = single_release,
};

static int kdoc_truth_show(struct seq_file *seq, void *data)
{
	seq_printf(seq, "field_offset 0x%x\n", KDOC_FIELD_OFFSET);
	seq_printf(seq, "case.ro_write.address 0x%px\n", &kdoc_read_only);
	seq_printf(seq, "case.exec_nx.address 0x%px\n", kdoc_data);
	kdoc_memory_truth(seq);
	kdoc_lock_truth(seq);
	kdoc_data_truth(seq);
	kdoc_load_truth(seq);
	kdoc_block_truth(seq);
	kdoc_net_truth(seq);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(kdoc_truth);

static int __init kdoc_init(void)
{
	struct dentry *dir;
	int ret = kdoc_context_init();

	if (!ret)
		ret = kdoc_memory_init();
	if (!ret)
		ret = kdoc_data_init();
	/* Whatever was started before a failure stays: the machine is thrown away. */
	if (ret)
		panic("kdoc_crash: cannot start: %d", ret);

	dir = debugfs_create_dir("kdoc_crash", NULL);
	debugfs_create_file("trigger", 0600, dir, NULL, &kdoc_trigger_fops);
	debugfs_create_file("truth", 0400, dir, NULL, &kdoc_truth_fops);
	kdoc_load_init(dir);
	return 0;
}

/* No exit function: after a crash nothing of this module may go away. */
module_init(kdoc_init);

MODULE_DESCRIPTION("Triggers well-known kernel crashes on demand");
MODULE_LICENSE("GPL");
