// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bad value of all mutants (kd_mutate.h), and addresses of freed memory:
 *	echo slab > /sys/module/kd_mutate/parameters/freed	a slab object that was just freed
 *	echo vmalloc > …					pages that were just unmapped
 * Each writes the address to "value".
 */
#include <linux/kd_mutate.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/vmalloc.h>

#define KD_FREED_BYTES 8192

unsigned long kd_mutate_value;
EXPORT_SYMBOL(kd_mutate_value);
module_param_named(value, kd_mutate_value, ulong, 0644);

static struct kmem_cache *kd_cache;

static int freed_set(const char *text, const struct kernel_param *kp)
{
	void *p;

	if (sysfs_streq(text, "vmalloc")) {
		p = vmalloc(KD_FREED_BYTES);
		kd_mutate_value = (unsigned long)p;
		vfree(p); /* lazily: nobody gets these addresses for a while */
		return 0;
	}
	if (!kd_cache)
		kd_cache = kmem_cache_create("kd_mutate", KD_FREED_BYTES, 0, SLAB_POISON, NULL);
	p = kd_cache ? kmem_cache_zalloc(kd_cache, GFP_KERNEL) : NULL;
	if (!p)
		return -ENOMEM;
	kd_mutate_value = (unsigned long)p;
	kmem_cache_free(kd_cache, p);
	return 0;
}

static const struct kernel_param_ops freed_ops = {.set = freed_set};
module_param_cb(freed, &freed_ops, NULL, 0200);
