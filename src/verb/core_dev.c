// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_dev.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "core/block.h"
#include "verb/core_irq.h"

enum { SECTOR = 512, REQUESTS_MAX = 1 << 20 };

struct devs {
	struct kd_dump *d;
	struct kd_kernel *k;
	struct kd_sheet *s;
	struct kd_table *t;
	const unsigned *cpu;
	size_t ncpus;
	uint64_t now;
	bool has_now;
	struct kd_bdev disk; /* whose requests are listed */
	struct {
		struct one_request {
			struct kd_request r;
			char disk[KD_PEEK_TEXT];
		} *v;
		size_t n, cap;
	} all;
};

static struct kd_cell text_or(struct kd_sheet *s, const char *text, const char *why)
{
	return *text ? kd_sheet_cell(s, kd_view_of(text)) : kd_cell_none(why);
}

/* --- disks -------------------------------------------------------------------------------------------- */

static const struct kd_column disk_columns[] = {{"disk", "DISK"}, {"number", "NUMBER"}, {"size", "SIZE"}, {"driver", "DRIVER"},
						{"queues", "QUEUES"}, {"in_flight", "IN FLIGHT"}, {"tags_taken", "TAGS TAKEN"}, {"tags", "TAGS"},
						{"scheduler", "SCHEDULER"}, {"gendisk", "GENDISK"}, {"queue", "REQUEST QUEUE"}, {"ops", NULL}};

struct tags {
	struct devs *x;
	uint64_t hctxs, taken, all;
	bool known;
};

static bool count_tags(void *user, uint64_t index, uint64_t hctx)
{
	struct tags *t = user;
	uint64_t taken, all;

	(void)index;
	t->hctxs++;
	if (!kd_hctx_tags(t->x->k, hctx, &taken, &all)) {
		t->known = false;
		return true;
	}
	t->taken += taken;
	t->all += all;
	return true;
}

static bool count_request(void *user, const struct kd_request *r)
{
	(void)r;
	(*(uint64_t *)user)++;
	return true;
}

static struct kd_cell driver_cell(struct devs *x, const struct kd_bdev *b)
{
	struct kd_view name;

	if (*b->module)
		return kd_sheet_cell(x->s, kd_view_of(b->module));
	name = kd_dump_name_text(x->d, b->ops, x->s->arena);
	return name.n ? kd_cell_text(name) : kd_cell_hex(b->ops);
}

static struct kd_cell scheduler_cell(struct devs *x, uint64_t queue)
{
	char name[KD_PEEK_TEXT];
	uint64_t elevator;

	if (!kd_kernel_read(x->k, queue, "request_queue", "elevator", &elevator))
		return kd_dump_member(x->d, x->s, queue, "request_queue", "elevator", true);
	if (!elevator)
		return kd_cell_text(KD_V("none"));
	return kd_peek_text(x->k, elevator, "elevator_queue", "type", "elevator_type", "elevator_name", name) ?
		       kd_sheet_cell(x->s, kd_view_of(name)) : kd_cell_none("its name cannot be read");
}

static void queue_cells(struct devs *x, const struct kd_bdev *b, struct kd_cell *row)
{
	struct tags t = {.x = x, .known = true};
	struct kd_walk_end end;
	uint64_t requests = 0;

	kd_hctx_walk(x->k, b->queue, count_tags, &t, &end);
	if (*end.why || !t.hctxs) {
		const char *why = *end.why ? "its hardware queues cannot be listed" : "it has no hardware queues: it is not by blk-mq";

		kd_core_note_end(x->s, b->name, &end);
		row[4] = row[5] = row[6] = row[7] = kd_cell_none(why);
		return;
	}
	row[4] = kd_cell_uint(t.hctxs);
	row[6] = t.known ? kd_cell_uint(t.taken) : kd_cell_none("the tags cannot be read");
	row[7] = t.known ? kd_cell_uint(t.all) : kd_cell_none("the tags cannot be read");
	kd_requests_walk(x->k, b->queue, count_request, &requests, &end);
	kd_core_note_end(x->s, b->name, &end);
	row[5] = *end.why ? kd_cell_none("not all requests can be read") : kd_cell_uint(requests);
}

static bool disk_row(void *user, uint64_t index, uint64_t bdev)
{
	struct devs *x = user;
	struct kd_bdev b;
	struct kd_cell *row;

	(void)index;
	if (!kd_bdev_read(x->k, bdev, &b)) {
		kd_sheet_note(x->s, "the block device at 0x%" PRIx64 " cannot be read", bdev);
		return true;
	}
	if (b.partition)
		return true;
	row = kd_table_row(x->t);
	row[0] = text_or(x->s, b.name, "its name cannot be read");
	row[1] = kd_cell_text(kd_sheet_text(x->s, "%" PRIu64 ":%" PRIu64, b.major, b.minor));
	row[2] = kd_cell_bytes(b.sectors * SECTOR);
	row[3] = driver_cell(x, &b);
	queue_cells(x, &b, row);
	row[8] = scheduler_cell(x, b.queue);
	row[9] = kd_cell_hex(b.disk);
	row[10] = kd_cell_hex(b.queue);
	row[11] = kd_dump_addr_cell(x->d, x->s, b.ops);
	return true;
}

static void disks(struct devs *x)
{
	struct kd_walk_end end;

	x->t = kd_sheet_table(x->s, "disks", disk_columns, KD_ARRAY_LEN(disk_columns));
	kd_bdevs_walk(x->k, disk_row, x, &end);
	kd_core_note_end(x->s, "block devices", &end);
	if (!x->t->total && !*end.why)
		kd_sheet_say(x->s, "there are no disks");
	x->s->none = !x->t->total;
}

/* --- requests ----------------------------------------------------------------------------------------- */

static bool keep_request(void *user, const struct kd_request *r)
{
	struct devs *x = user;
	struct one_request *one = kd_vec_push(&x->all, REQUESTS_MAX);

	if (!one) {
		kd_sheet_note(x->s, "there are more than %d requests: the others are left out", REQUESTS_MAX);
		return false;
	}
	one->r = *r;
	memcpy(one->disk, x->disk.name, sizeof(one->disk));
	return true;
}

static bool disk_requests(void *user, uint64_t index, uint64_t bdev)
{
	struct devs *x = user;
	struct kd_walk_end end;

	(void)index;
	if (!kd_bdev_read(x->k, bdev, &x->disk)) {
		kd_sheet_note(x->s, "the block device at 0x%" PRIx64 " cannot be read", bdev);
		return true;
	}
	if (!x->disk.partition) {
		kd_requests_walk(x->k, x->disk.queue, keep_request, x, &end);
		kd_core_note_end(x->s, x->disk.name, &end);
	}
	return true;
}

static int by_age(const void *a, const void *b)
{
	const struct kd_request *x = &((const struct one_request *)a)->r, *y = &((const struct one_request *)b)->r;

	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static struct kd_cell age_cell(struct devs *x, uint64_t since)
{
	struct kd_cell c;

	if (!since)
		return kd_cell_none("the kernel did not take this time");
	if (!x->has_now)
		return kd_cell_none("the time of the last tick is not known");
	c = kd_cell_nsec(x->now > since ? x->now - since : 0);
	c.guessed = true; /* up to the last tick */
	return c;
}

static void requests(struct devs *x)
{
	static const struct kd_column columns[] = {{"disk", "DISK"}, {"tag", "TAG"}, {"op", "OP"}, {"sector", "SECTOR"}, {"bytes", "BYTES"},
						   {"state", "STATE"}, {"age", "AGE"}, {"issued", "ISSUED"}, {"request", "REQUEST"}, {"hctx", "HCTX"},
						   {"flags", NULL}, {"start_ns", NULL}};
	struct kd_walk_end end;

	x->has_now = kd_peek_now(x->k, &x->now);
	x->t = kd_sheet_table(x->s, "requests", columns, KD_ARRAY_LEN(columns));
	kd_bdevs_walk(x->k, disk_requests, x, &end);
	kd_core_note_end(x->s, "block devices", &end);
	if (x->all.n)
		qsort(x->all.v, x->all.n, sizeof(*x->all.v), by_age);
	for (size_t i = 0; i < x->all.n; i++) {
		const struct kd_request *r = &x->all.v[i].r;
		struct kd_view state = kd_datum_enumerator(x->k, "mq_rq_state", r->state);
		struct kd_cell *row = kd_table_row(x->t);

		kd_view_skip(&state, KD_V("MQ_RQ_"));
		row[0] = kd_sheet_cell(x->s, kd_view_of(x->all.v[i].disk));
		row[1] = kd_cell_uint(r->tag);
		row[2] = kd_sheet_cell(x->s, r->op.n ? r->op : kd_sheet_text(x->s, "%" PRIu64, r->flags & 0xff));
		row[3] = kd_cell_uint(r->sector);
		row[4] = kd_cell_uint(r->bytes);
		row[5] = kd_sheet_cell(x->s, state.n ? state : kd_sheet_text(x->s, "%" PRIu64, r->state));
		row[6] = age_cell(x, r->start_ns);
		row[7] = age_cell(x, r->issued_ns);
		row[8] = kd_cell_hex(r->addr);
		row[9] = kd_cell_hex(r->hctx);
		row[10] = kd_cell_hex(r->flags);
		row[11] = kd_cell_uint(r->start_ns);
	}
	if (!x->all.n && !*end.why)
		kd_sheet_say(x->s, "no request is in flight");
	x->s->none = !x->all.n;
	kd_vec_free(&x->all);
}

/* --- what they did ------------------------------------------------------------------------------------ */

static bool stats_row(void *user, uint64_t index, uint64_t bdev)
{
	struct devs *x = user;
	struct kd_disk_stats st;
	struct kd_cell *row = kd_table_row(x->t);
	struct kd_bdev b;

	(void)index;
	if (!kd_bdev_read(x->k, bdev, &b)) {
		row[0] = kd_cell_none("the block device cannot be read");
		return true;
	}
	row[0] = text_or(x->s, b.name, "its name cannot be read");
	if (!kd_bdev_stats(x->k, bdev, x->cpu, x->ncpus, &st)) {
		for (size_t i = 1; i < 9; i++)
			row[i] = kd_cell_none("its numbers are not known, or cannot be read");
		return true;
	}
	row[1] = kd_cell_uint(st.ios[0]);
	row[2] = kd_cell_bytes(st.sectors[0] * SECTOR);
	row[3] = kd_cell_nsec(st.nsecs[0]);
	row[4] = kd_cell_uint(st.ios[1]);
	row[5] = kd_cell_bytes(st.sectors[1] * SECTOR);
	row[6] = kd_cell_nsec(st.nsecs[1]);
	row[7] = kd_cell_uint(st.ios[2]);
	row[8] = kd_cell_uint(st.ios[3]);
	row[9] = kd_cell_int(st.in_flight);
	return true;
}

static void stats(struct devs *x)
{
	static const struct kd_column columns[] = {{"name", "NAME"}, {"reads", "READS"}, {"read", "READ"}, {"read_time", "READ TIME"},
						   {"writes", "WRITES"}, {"written", "WRITTEN"}, {"write_time", "WRITE TIME"},
						   {"discards", "DISCARDS"}, {"flushes", "FLUSHES"}, {"in_flight", "IN FLIGHT"}};
	struct kd_walk_end end;

	x->cpu = kd_core_cpus(x->d, x->s, &x->ncpus);
	x->t = kd_sheet_table(x->s, "stats", columns, KD_ARRAY_LEN(columns));
	kd_bdevs_walk(x->k, stats_row, x, &end);
	kd_core_note_end(x->s, "block devices", &end);
	x->s->none = !x->t->total;
}

/* --- numbers, PCI ------------------------------------------------------------------------------------- */

struct majors {
	struct devs *x;
	bool block;
};

static bool major_row(void *user, const struct kd_major *m)
{
	struct majors *j = user;
	struct devs *x = j->x;
	struct kd_cell *row = kd_table_row(x->t);

	row[0] = kd_cell_text(j->block ? KD_V("block") : KD_V("char"));
	row[1] = kd_cell_uint(m->major);
	row[2] = j->block ? kd_cell_none("not of block devices") : kd_cell_uint(m->first_minor);
	row[3] = j->block ? kd_cell_none("not of block devices") : kd_cell_uint(m->minors);
	row[4] = text_or(x->s, m->name, "it has none");
	row[5] = m->ops ? kd_dump_addr_cell(x->d, x->s, m->ops) : kd_cell_none("the table does not name them");
	return true;
}

static void majors(struct devs *x)
{
	static const struct kd_column columns[] = {{"kind", "KIND"}, {"major", "MAJOR"}, {"first_minor", "FROM MINOR"}, {"minors", "MINORS"},
						   {"name", "NAME"}, {"ops", "OPERATIONS"}};

	x->t = kd_sheet_table(x->s, "majors", columns, KD_ARRAY_LEN(columns));
	for (unsigned block = 0; block < 2; block++) {
		struct majors j = {x, block != 0};
		struct kd_walk_end end;

		kd_majors_walk(x->k, block != 0, major_row, &j, &end);
		kd_core_note_end(x->s, block ? "block devices" : "character devices", &end);
	}
	x->s->none = !x->t->total;
}

static bool pci_row(void *user, uint64_t index, uint64_t dev)
{
	struct devs *x = user;
	struct kd_cell *row = kd_table_row(x->t);
	char name[KD_PEEK_TEXT], driver[KD_PEEK_TEXT];
	uint64_t vendor, device, class, bound;

	(void)index;
	row[0] = kd_peek_string(x->k, dev, "pci_dev", "dev.kobj.name", name) ? kd_sheet_cell(x->s, kd_view_of(name)) :
									       kd_cell_none("its name cannot be read");
	row[1] = kd_kernel_read(x->k, dev, "pci_dev", "vendor", &vendor) && kd_kernel_read(x->k, dev, "pci_dev", "device", &device) ?
			 kd_cell_text(kd_sheet_text(x->s, "%04" PRIx64 ":%04" PRIx64, vendor, device)) :
			 kd_cell_none("it cannot be read");
	row[2] = kd_kernel_read(x->k, dev, "pci_dev", "class", &class) ? kd_cell_text(kd_sheet_text(x->s, "%06" PRIx64, class)) :
									  kd_cell_none("it cannot be read");
	if (!kd_kernel_read(x->k, dev, "pci_dev", "dev.driver", &bound))
		row[3] = kd_cell_none("it cannot be read");
	else if (!bound)
		row[3] = kd_cell_text(KD_V(""));
	else
		row[3] = kd_peek_string(x->k, bound, "device_driver", "name", driver) ? kd_sheet_cell(x->s, kd_view_of(driver)) :
											 kd_cell_none("its name cannot be read");
	row[4] = kd_cell_hex(dev);
	return true;
}

static void pci(struct devs *x)
{
	static const struct kd_column columns[] = {{"device", "DEVICE"}, {"id", "ID"}, {"class", "CLASS"}, {"driver", "DRIVER"},
						   {"pci_dev", "PCI_DEV"}};
	struct kd_walk_end end;

	x->t = kd_sheet_table(x->s, "pci", columns, KD_ARRAY_LEN(columns));
	kd_pci_walk(x->k, pci_row, x, &end);
	kd_core_note_end(x->s, "PCI devices", &end);
	x->s->none = !x->t->total;
}

struct kd_error *kd_core_dev(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_core_dev_options *o = options;
	struct devs x = {.d = d, .s = s};
	struct kd_error *err = kd_core_need_variables(d, s);

	(void)args;
	if (!err && nargs)
		err = kd_error_new(KD_INVALID, "dev takes no arguments");
	if (!err && o->majors + o->io + o->stats + o->pci > 1)
		err = kd_error_new(KD_INVALID, "one of --majors, --io, --stats, --pci at once");
	if (err)
		return err;
	x.k = kd_dump_kernel(d);
	if (o->majors)
		majors(&x);
	else if (o->io)
		requests(&x);
	else if (o->stats)
		stats(&x);
	else if (o->pci)
		pci(&x);
	else
		disks(&x);
	return NULL;
}
