// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "core/memuse.h"
#include "verb/core_hangs_internal.h"

enum { TOP = 20 };

static uint64_t counter(const struct kd_memuse *m, const char *key)
{
	for (size_t i = 0; i < m->ncounters; i++)
		if (!strcmp(m->counter[i].key, key))
			return m->counter[i].bytes;
	return 0;
}

static struct kd_view bytes(struct kd_sheet *s, uint64_t n)
{
	return n >= 1000000 ? kd_sheet_text(s, "%" PRIu64 " MB", n / 1000000) : kd_sheet_text(s, "%" PRIu64 " kB", n / 1000);
}

/* What the kernel's counters do not explain: pages that somebody took with alloc_pages() and the like. */
static void say(struct kd_sheet *s, const struct kd_memuse *m)
{
	const uint64_t known = counter(m, "free") + counter(m, "anonymous") + counter(m, "page_cache") + counter(m, "slab_reclaimable") +
			       counter(m, "slab_unreclaimable") + counter(m, "kernel_stacks") + counter(m, "page_tables");
	const struct kd_view ram = bytes(s, m->ram), free = bytes(s, counter(m, "free")), rss = bytes(s, m->rss);
	const struct kd_view unreclaimable = bytes(s, counter(m, "slab_unreclaimable"));

	if (m->has_ram && m->ncounters)
		kd_sheet_say(s, "of %.*s, %.*s are free, %.*s are processes' (%zu of them), %.*s slab that cannot be reclaimed", (int)ram.n, ram.p,
			     (int)free.n, free.p, (int)rss.n, rss.p, m->n, (int)unreclaimable.n, unreclaimable.p);
	if (m->n) {
		const struct kd_view most = bytes(s, m->v[0].rss);

		kd_sheet_say(s, "the largest process is %s (%" PRId32 ") with %.*s", m->v[0].comm, m->v[0].pid, (int)most.n, most.p);
	}
	if (m->has_ram && m->ncounters && known < m->ram && (m->ram - known) > m->ram / 4) {
		const struct kd_view rest = bytes(s, m->ram - known);

		kd_sheet_say(s, "%.*s are in none of the kernel's counters: taken page by page, by a driver or a module", (int)rest.n, rest.p);
	}
	if (m->has_ram && counter(m, "slab_unreclaimable") > m->ram / 4)
		kd_sheet_say(s, "more than a quarter of it is slab that cannot be reclaimed: a leak in the kernel is likely");
}

static void machine(struct kd_sheet *s, const struct kd_memuse *m)
{
	static const struct kd_column columns[] = {{"counter", "MEMORY"}, {"key", NULL}, {"bytes", "BYTES"}};
	struct kd_table *t = kd_sheet_table(s, "machine", columns, KD_ARRAY_LEN(columns));

	for (size_t i = 0; i < m->ncounters; i++) {
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_text(kd_view_of(m->counter[i].name));
		row[1] = kd_cell_text(kd_view_of(m->counter[i].key));
		row[2] = kd_cell_bytes(m->counter[i].bytes);
	}
}

static void processes(struct kd_sheet *s, const struct kd_memuse *m, bool all)
{
	static const struct kd_column columns[] = {{"pid", "PID"},     {"comm", "COMMAND"}, {"rss", "RSS"},  {"anonymous", "ANONYMOUS"}, {"file", "FILE"},
						   {"shared", "SHARED"}, {"swap", "SWAP"},    {"virtual", "VIRTUAL"}, {"oom_score_adj", "OOM ADJ"},
						   {"task", NULL},     {"mm", NULL}};
	struct kd_table *t = kd_sheet_table(s, "processes", columns, KD_ARRAY_LEN(columns));

	for (size_t i = 0; i < m->n && (all || i < TOP); i++) {
		const struct kd_mem_user *u = &m->v[i];
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_int(u->pid);
		row[1] = kd_sheet_cell(s, kd_view_of(u->comm));
		row[2] = kd_cell_bytes(u->rss);
		row[3] = kd_cell_bytes(u->bytes[KD_MEM_ANON]);
		row[4] = kd_cell_bytes(u->bytes[KD_MEM_FILE]);
		row[5] = kd_cell_bytes(u->bytes[KD_MEM_SHMEM]);
		row[6] = kd_cell_bytes(u->bytes[KD_MEM_SWAP]);
		row[7] = u->has_total ? kd_cell_bytes(u->total_vm) : kd_cell_none(NULL);
		row[8] = u->has_score ? kd_cell_int(u->oom_score_adj) : kd_cell_none("its signal_struct cannot be read");
		row[9] = kd_cell_hex(u->task);
		row[10] = kd_cell_hex(u->mm);
	}
	if (!all && m->n > TOP)
		kd_sheet_note(s, "the %d largest of %zu processes; --all lists them all", TOP, m->n);
}

struct kd_error *kd_core_memory(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_core_memory_options *o = options;
	struct kd_memuse m;
	struct kd_error *err = kd_dump_need_types(d);

	(void)args;
	(void)nargs;
	if (!err)
		err = kd_memuse_read(kd_dump_kernel(d), s->arena, &m);
	if (err)
		return err;
	say(s, &m);
	machine(s, &m);
	processes(s, &m, o->all);
	kd_sheet_field(s, "ram", NULL, m.has_ram ? kd_cell_bytes(m.ram) : kd_cell_none("_totalram_pages is not known"));
	kd_sheet_field(s, "rss", NULL, kd_cell_bytes(m.rss));
	kd_sheet_field(s, "processes_total", NULL, kd_cell_uint(m.n));
	kd_sheet_note(s, "MEMORY: what CPUs have not yet added to the kernel's counters is missing");
	if (m.why)
		kd_sheet_note(s, "%s", m.why);
	if (m.tasks_why[0])
		kd_sheet_note(s, "not all tasks were found: %s", m.tasks_why);
	if (m.unreadable)
		kd_sheet_note(s, "the counters of %zu tasks are not in the dump", m.unreadable);
	s->none = !m.n && !m.ncounters;
	return NULL;
}
