// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/block.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/le.h"
#include "core/words.h"

/*
 * What a device of the class lies in: a struct block_device, and before 5.11, when that was there only while somebody had the disk open,
 * a struct hd_struct, of which the disk itself has one (part0).
 */
static const char *holder(struct kd_kernel *k, struct kd_field *device)
{
	if (kd_kernel_field(k, "block_device", "bd_device", device))
		return "block_device";
	return kd_kernel_field(k, "hd_struct", "__dev", device) ? "hd_struct" : NULL;
}

/* --- devices of the class ------------------------------------------------------------------------------ */

struct devices {
	struct kd_kernel *k;
	kd_walk_visit *visit;
	void *user;
	struct kd_walk_end *end;
	uint64_t want; /* the class */
	uint64_t entry, private; /* offsets: of kobj.entry in subsys_private; knode_class.n_node in device_private */
	uint64_t found; /* subsys_private */
};

static bool is_class(void *user, uint64_t index, uint64_t entry)
{
	struct devices *d = user;
	uint64_t class;

	(void)index;
	if (kd_kernel_read(d->k, entry - d->entry, "subsys_private", "class", &class) && class == d->want)
		d->found = entry - d->entry;
	return !d->found;
}

static bool see_device(void *user, uint64_t index, uint64_t node)
{
	struct devices *d = user;
	struct kd_field dev;
	uint64_t device;

	(void)index;
	if (!holder(d->k, &dev) ||
	    !kd_kernel_read(d->k, node - d->private, "device_private", "device", &device)) {
		kd_walk_wrong(d->end, "the device at 0x%" PRIx64 " cannot be read", node - d->private);
		return true;
	}
	return kd_walk_take(d->end, KD_BDEVS_MAX, d->visit, d->user, d->end->count, device - dev.off);
}

void kd_bdevs_walk(struct kd_kernel *k, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct devices d = {.k = k, .visit = visit, .user = user, .end = end};
	struct kd_field entry, list, devices, node, device;
	struct kd_walk_end one;
	uint64_t kset;

	*end = (struct kd_walk_end){0};
	if (!kd_kernel_symbol(k, "class_kset", &kset) || !kd_kernel_symbol(k, "block_class", &d.want)) {
		kd_walk_wrong(end, "the kernel's symbols do not name class_kset and block_class");
		return;
	}
	if (!kd_kernel_field(k, "subsys_private", "subsys.kobj.entry", &entry) || !kd_kernel_field(k, "kset", "list", &list) ||
	    !kd_kernel_field(k, "subsys_private", "klist_devices.k_list", &devices) ||
	    !kd_kernel_field(k, "device_private", "knode_class.n_node", &node) || !holder(k, &device)) {
		kd_walk_wrong(end, "how the devices of a class are laid out is not known");
		return;
	}
	d.entry = entry.off;
	d.private = node.off;
	if (!kd_walk_word(k, kset, "class_kset", &kset, end))
		return;
	kd_walk_list(k, kset + list.off, KD_BDEVS_MAX, is_class, &d, &one);
	if (!d.found) {
		kd_walk_wrong(end, "the class of block devices was not found: %s", *one.why ? one.why : "class_kset does not have it");
		return;
	}
	kd_walk_list(k, d.found + devices.off, KD_BDEVS_MAX, see_device, &d, &one);
	if (*one.why)
		kd_walk_wrong(end, "%s", one.why);
}

/* --- one ---------------------------------------------------------------------------------------------- */

static void name_of(struct kd_kernel *k, struct kd_bdev *b, const struct kd_field *device)
{
	char disk[KD_PEEK_TEXT - 16];
	struct kd_field f;

	if (kd_peek_string(k, b->addr + device->off, "device", "kobj.name", b->name))
		return;
	if (kd_kernel_field(k, "gendisk", "disk_name", &f) && kd_kernel_text(k, b->disk + f.off, sizeof(disk), disk))
		snprintf(b->name, sizeof(b->name), "%s%s", disk, b->partition ? "?" : "");
}

/* A partition's device is below its disk's (block/partitions/core.c). */
static bool old_disk(struct kd_kernel *k, struct kd_bdev *b, const struct kd_field *device)
{
	struct kd_field part0;
	uint64_t number, parent;

	if (!kd_kernel_field(k, "gendisk", "part0", &part0) || !kd_kernel_read(k, b->addr, "hd_struct", "partno", &number) ||
	    !kd_kernel_read(k, b->addr, "hd_struct", "nr_sects", &b->sectors))
		return false;
	b->partition = number != 0;
	b->disk = b->addr - part0.off;
	if (!b->partition)
		return true;
	if (!kd_kernel_read(k, b->addr + device->off, "device", "parent", &parent) || !parent)
		return false;
	b->disk = parent - device->off - part0.off;
	return true;
}

static bool disk_of(struct kd_kernel *k, struct kd_bdev *b)
{
	uint64_t part0;

	if (!kd_kernel_read(k, b->addr, "block_device", "bd_disk", &b->disk) || !kd_kernel_read(k, b->addr, "block_device", "bd_nr_sectors", &b->sectors) ||
	    !kd_kernel_read(k, b->disk, "gendisk", "part0", &part0))
		return false;
	b->partition = part0 != b->addr;
	return true;
}

bool kd_bdev_read(struct kd_kernel *k, uint64_t bdev, struct kd_bdev *ret)
{
	struct kd_bdev b = {.addr = bdev};
	struct kd_field name, device;
	const char *type = holder(k, &device);
	uint64_t dev, owner;

	if (!type || !kd_kernel_read(k, bdev + device.off, "device", "devt", &dev) ||
	    !(strcmp(type, "hd_struct") ? disk_of(k, &b) : old_disk(k, &b, &device)) || !kd_kernel_read(k, b.disk, "gendisk", "queue", &b.queue) ||
	    !kd_kernel_read(k, b.disk, "gendisk", "fops", &b.ops))
		return false;
	b.major = dev >> 20; /* include/linux/kdev_t.h */
	b.minor = dev & 0xfffff;
	name_of(k, &b, &device);
	if (kd_kernel_read(k, b.ops, "block_device_operations", "owner", &owner) && owner && kd_kernel_field(k, "module", "name", &name) &&
	    !kd_kernel_text(k, owner + name.off, sizeof(b.module), b.module))
		b.module[0] = 0;
	*ret = b;
	return true;
}

bool kd_bdev_stats(struct kd_kernel *k, uint64_t bdev, const unsigned *cpu, size_t ncpus, struct kd_disk_stats *ret)
{
	static const char *const names[] = {"ios", "sectors", "nsecs"};
	struct kd_disk_stats s = {.in_flight = 0};
	uint64_t *const to[] = {s.ios, s.sectors, s.nsecs};
	struct kd_field f[3], in_flight;
	uint64_t ptr, at, v;

	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (!kd_kernel_field(k, "disk_stats", names[i], &f[i]))
			return false;
	if (!kd_kernel_field(k, "disk_stats", "in_flight", &in_flight) ||
	    (!kd_kernel_read(k, bdev, "block_device", "bd_stats", &ptr) && !kd_kernel_read(k, bdev, "hd_struct", "dkstats", &ptr)))
		return false;
	for (size_t c = 0; c < ncpus; c++) {
		if (!kd_word_percpu(k, ptr, cpu[c], &at))
			return false;
		for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
			for (size_t g = 0; g < 4 && g < f[i].size / 8; g++) {
				if (!kd_space_uint(kd_kernel_space(k), at + f[i].off + 8 * g, 8, &v, NULL))
					return false;
				to[i][g] += v;
			}
		for (size_t g = 0; g < in_flight.size / 8; g++) {
			if (!kd_space_uint(kd_kernel_space(k), at + in_flight.off + 8 * g, 8, &v, NULL))
				return false;
			s.in_flight += (int64_t)v;
		}
	}
	*ret = s;
	return true;
}

/* --- major numbers ------------------------------------------------------------------------------------ */

struct majors {
	struct kd_kernel *k;
	bool block;
	bool (*see)(void *user, const struct kd_major *m);
	void *user;
	struct kd_walk_end *end;
};

static bool see_major(void *user, uint64_t index, uint64_t at)
{
	struct majors *m = user;
	const char *type = m->block ? "blk_major_name" : "char_device_struct";
	struct kd_major one = {.minors = 0};
	uint64_t cdev;

	(void)index;
	if (!kd_kernel_read(m->k, at, type, "major", &one.major) || !kd_peek_chars(m->k, at, type, "name", one.name)) {
		kd_walk_wrong(m->end, "the major number at 0x%" PRIx64 " cannot be read", at);
		return true;
	}
	if (!m->block) {
		(void)kd_kernel_read(m->k, at, type, "baseminor", &one.first_minor);
		(void)kd_kernel_read(m->k, at, type, "minorct", &one.minors);
		if (kd_kernel_read(m->k, at, type, "cdev", &cdev) && cdev)
			(void)kd_kernel_read(m->k, cdev, "cdev", "ops", &one.ops);
	}
	m->end->count++;
	if (!m->see(m->user, &one))
		m->end->stopped = true;
	return !m->end->stopped;
}

void kd_majors_walk(struct kd_kernel *k, bool block, bool (*see)(void *user, const struct kd_major *m), void *user,
		    struct kd_walk_end *end)
{
	struct majors m = {k, block, see, user, end};
	struct kd_field next;
	uint64_t table, first;

	*end = (struct kd_walk_end){0};
	if (!kd_kernel_symbol(k, block ? "major_names" : "chrdevs", &table) ||
	    !kd_kernel_field(k, block ? "blk_major_name" : "char_device_struct", "next", &next)) {
		kd_walk_wrong(end, "the table of major numbers is not known (%s)", block ? "major_names" : "chrdevs");
		return;
	}
	/* both tables have 255 chains: CHRDEV_MAJOR_HASH_SIZE in fs/char_dev.c, BLKDEV_MAJOR_HASH_SIZE in block/genhd.c */
	for (uint64_t i = 0; i < KD_MAJORS && !end->stopped; i++) {
		struct kd_walk_end one = {0};

		if (!kd_walk_word(k, table + 8 * i, "the table of major numbers", &first, end))
			return;
		if (first)
			kd_walk_chain(k, first, next.off, KD_BDEVS_MAX, see_major, &m, &one);
		if (*one.why)
			kd_walk_wrong(end, "%s", one.why);
	}
}
