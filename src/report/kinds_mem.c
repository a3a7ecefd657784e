// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that ran out or leaked: OOM kills, failed page allocations, kmemleak.
 *
 * Formats: mm/oom_kill.c (dump_header, dump_task, oom_kill_process), mm/memcontrol.c
 * (mem_cgroup_print_oom_meminfo), mm/show_mem.c (before 6.4: mm/page_alloc.c,
 * show_free_areas), mm/slab_common.c (dump_unreclaimable_slab), mm/page_alloc.c
 * (warn_alloc), mm/kmemleak.c (print_unreferenced).
 */
#include "report/kinds_internal.h"

#include "base/alloc.h"

enum { TOP = 3, LISTS_MAX = 64 };

struct eater {
	struct kd_view name;
	uint64_t pid, pages;
	int32_t line;
};

struct mem {
	bool in_tasks, in_slab, in_memcg, has_rss, info;
	unsigned rss_col, name_col;
	uint64_t tasks, rss_sum, slab_kb, lists;
	int32_t tasks_line, slab_line;
	struct eater top[TOP], slab; /* slab.pages: in kB */
	uint64_t ram, unreclaimable;
	bool has_ram, has_unreclaimable;
	int32_t unreclaimable_line;
	bool leak_object;
};

static struct mem *mem(struct kd_builder *b)
{
	if (!b->mine)
		b->mine = kd_arena_new(b->arena, struct mem);
	return b->mine;
}

static bool detail(struct kd_builder *b)
{
	kd_builder_role(b, KD_ROLE_DETAIL);
	return true;
}

/* --- allocation flags ---------------------------------------------------------------------- */

/* "0xcc0(GFP_KERNEL|__GFP_ZERO)": the names are the kernel's own; bits alone depend on its version. */
static void put_gfp(struct kd_builder *b, const char *sec, struct kd_view v)
{
	static const char *const sleepy[] = {"GFP_KERNEL", "GFP_USER", "GFP_HIGHUSER", "GFP_NOFS", "GFP_NOIO",
					     "GFP_TRANSHUGE", "__GFP_DIRECT_RECLAIM", "__GFP_RECLAIM"};
	static const char *const not_sleepy[] = {"GFP_ATOMIC", "GFP_NOWAIT"};
	struct kd_view flags;
	uint64_t n;

	if (!kd_view_take_hex(&v, &n))
		return;
	kd_builder_hex(b, sec, "gfp_mask", n);
	if (!kd_view_skip(&v, KD_V("(")) || !kd_view_take_until(&v, KD_V(")"), &flags))
		return;
	kd_builder_str(b, sec, "gfp_flags", flags);
	for (size_t i = 0; i < KD_ARRAY_LEN(not_sleepy); i++)
		if (kd_has(flags, not_sleepy[i])) {
			kd_builder_bool(b, sec, "may_sleep", false);
			return;
		}
	for (size_t i = 0; i < KD_ARRAY_LEN(sleepy); i++)
		if (kd_has(flags, sleepy[i])) {
			kd_builder_bool(b, sec, "may_sleep", true);
			return;
		}
}

static void put_word(struct kd_builder *b, const char *sec, const char *key, struct kd_view v)
{
	if (v.n)
		kd_builder_str(b, sec, key, v);
}

/* "key=value,key=value": a value that may itself hold commas (nodemask=0,2-3) ends at ",x=". */
static struct kd_view value_of(struct kd_view t, const char *key)
{
	struct kd_view v = kd_after(t, key);
	size_t eq, comma;

	if (!v.p)
		return v;
	eq = kd_view_chr(v, '=');
	if (eq != KD_NPOS)
		comma = kd_view_rchr(kd_view_head(v, eq), ',');
	else
		comma = KD_NPOS;
	return kd_view_trim(kd_view_head(v, comma));
}

/* --- Mem-Info -------------------------------------------------------------------------------- */

static bool counters(struct kd_builder *b, struct kd_view t)
{
	static const struct {
		const char *text, *key;
	} keys[] = {
		{"active_anon:", "active_anon"},   {"inactive_anon:", "inactive_anon"},
		{"active_file:", "active_file"},   {"inactive_file:", "inactive_file"},
		{"unevictable:", "unevictable"},   {"dirty:", "dirty"},
		{"writeback:", "writeback"},	   {"slab_reclaimable:", "slab_reclaimable"},
		{"slab_unreclaimable:", "slab_unreclaimable"}, {"mapped:", "mapped"},
		{"shmem:", "shmem"},		   {"pagetables:", "pagetables"},
		{"free:", "free"},
	};
	struct kd_view w = t, word;
	uint64_t n;
	bool any = false;

	while (kd_view_take_word(&w, &word))
		for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++) {
			struct kd_view v = word;

			if (!kd_view_skip(&v, kd_view_of(keys[i].text)) || !kd_view_dec(v, &n))
				continue;
			kd_builder_u64(b, "memory", keys[i].key, n, "pages");
			any = true;
			if (!strcmp(keys[i].key, "slab_unreclaimable")) {
				mem(b)->unreclaimable = n;
				mem(b)->has_unreclaimable = true;
				mem(b)->unreclaimable_line = b->line;
			}
		}
	return any || kd_has(t, "_reclaimable:") || kd_has(t, "isolated_") || kd_has(t, "bounce:");
}

/* "Node 0 DMA32 free:2472kB boost:0kB min:2608kB low:… high:… … managed:450788kB" */
static bool zone(struct kd_builder *b, struct kd_view t)
{
	static const char *const keys[] = {"free", "min", "low", "high", "managed"};
	struct kd_view v = t, node, name;
	uint64_t n[5], id;
	char text[16];

	if (!kd_view_skip(&v, KD_V("Node ")) || !kd_view_take_word(&v, &node) || !kd_view_dec(node, &id) ||
	    !kd_view_take_word(&v, &name) || !kd_has(v, " min:"))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++) {
		snprintf(text, sizeof(text), " %s:", keys[i]);
		if (!kd_num_after(v, text, &n[i]))
			return detail(b);
	}
	kd_builder_section(b, "zone");
	kd_builder_u64(b, "zone", "node", id, NULL);
	kd_builder_str(b, "zone", "name", name);
	for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++)
		kd_builder_u64(b, "zone", keys[i], n[i], "kB");
	kd_builder_bool(b, "zone", "below_min", n[0] < n[1]);
	return true;
}

/* "Node 0 DMA: 1*4kB (U) 0*8kB … = 1804kB": which block sizes are left */
static bool free_list(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = t, node, name, word;
	uint64_t id, count, kb, largest = 0;

	if (!kd_view_skip(&v, KD_V("Node ")) || !kd_view_take_word(&v, &node) || !kd_view_dec(node, &id) ||
	    !kd_view_take_word(&v, &name) || !kd_view_ends(name, KD_V(":")) || !kd_has(v, "kB"))
		return false;
	name.n--;
	while (kd_view_take_word(&v, &word) && !kd_view_eq(word, KD_V("=")))
		if (kd_view_take_dec(&word, &count) && kd_view_skip(&word, KD_V("*")) &&
		    kd_view_take_dec(&word, &kb) && count && kb > largest)
			largest = kb;
	if (mem(b)->lists++ >= LISTS_MAX)
		return detail(b);
	kd_builder_section(b, "free_list");
	kd_builder_u64(b, "free_list", "node", id, NULL);
	kd_builder_str(b, "free_list", "zone", name);
	kd_builder_u64(b, "free_list", "largest_block", largest, "kB");
	return true;
}

static bool totals(struct kd_builder *b, struct kd_view t)
{
	static const struct {
		const char *tail, *key;
	} pages[] = {
		{" pages RAM", "ram"},	{" pages reserved", "reserved"}, {" pages hwpoisoned", "hwpoisoned"},
		{" total pagecache pages", "pagecache"}, {" pages in swap cache", "swap_cache"},
	};
	struct kd_view v = t;
	uint64_t n;

	if (kd_num_after(t, "Free swap  = ", &n)) {
		kd_builder_u64(b, "memory", "free_swap", n, "kB");
		return true;
	}
	if (kd_num_after(t, "Total swap = ", &n)) {
		kd_builder_u64(b, "memory", "total_swap", n, "kB");
		return true;
	}
	if (!kd_view_take_dec(&v, &n))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(pages); i++)
		if (kd_view_eq(kd_view_trim(v), kd_view_trim(kd_view_of(pages[i].tail)))) {
			kd_builder_u64(b, "memory", pages[i].key, n, "pages");
			if (!i) {
				mem(b)->ram = n;
				mem(b)->has_ram = true;
			}
			return true;
		}
	return kd_starts(v, " pages ") && detail(b);
}

/* "kmalloc-64               104KB        104KB" */
static bool slab_row(struct kd_builder *b, struct kd_view t)
{
	struct mem *m = mem(b);
	struct kd_view v = t, name, used, total;
	uint64_t kb;

	if (!m->in_slab)
		return false;
	if (kd_starts(t, "Name "))
		return detail(b);
	if (!kd_view_take_word(&v, &name) || !kd_view_take_word(&v, &used) || !kd_view_take_word(&v, &total) ||
	    kd_view_trim(v).n || !kd_view_ends(used, KD_V("KB")) || !kd_view_take_dec(&total, &kb) ||
	    !kd_view_eq(total, KD_V("KB"))) {
		m->in_slab = false;
		return false;
	}
	m->slab_kb += kb;
	if (kb > m->slab.pages)
		m->slab = (struct eater){kd_arena_view(b->arena, name), 0, kb, b->line};
	return detail(b);
}

static bool mem_info(struct kd_builder *b, struct kd_view t)
{
	struct mem *m = mem(b);

	if (kd_starts(t, "Mem-Info:")) {
		m->info = true;
		kd_builder_role(b, KD_ROLE_SECTION);
		return true;
	}
	if (kd_starts(t, "Unreclaimable slab info:")) {
		m->in_slab = true;
		m->slab_line = b->line;
		kd_builder_role(b, KD_ROLE_SECTION);
		return true;
	}
	if (slab_row(b, t))
		return true;
	if (kd_starts(t, "Node "))
		return zone(b, t) || free_list(b, t) || detail(b);
	if (kd_has(t, " cpuset=") && kd_has(t, " mems_allowed="))
		return detail(b);
	if (kd_starts(t, "lowmem_reserve[]:") || kd_starts(t, "Swap cache stats:") || kd_starts(t, "DMA per-cpu:") ||
	    kd_starts(t, "DMA32 per-cpu:") || kd_starts(t, "Normal per-cpu:") || kd_starts(t, "nr_cpus") ||
	    kd_starts(t, "SLUB: Unable to allocate") || kd_starts(t, "cache: ") || kd_starts(t, "node "))
		return detail(b);
	return (m->info && counters(b, t)) || totals(b, t);
}

/* --- OOM --------------------------------------------------------------------------------------- */

/* "[  pid  ]   uid  tgid total_vm      rss … oom_score_adj name": where the column rss is. */
static bool task_head(struct kd_builder *b, struct kd_view t)
{
	struct mem *m = mem(b);
	struct kd_view v = kd_after(t, "]"), word;

	if (!kd_view_starts(t, KD_V("[")) || !v.p || !kd_has(t, " total_vm ") || !kd_has(t, " rss "))
		return false;
	m->in_tasks = true;
	m->tasks_line = b->line;
	m->rss_col = m->name_col = UINT32_MAX;
	for (unsigned i = 0; kd_view_take_word(&v, &word); i++)
		if (kd_view_eq(word, KD_V("rss")))
			m->rss_col = i;
		else if (kd_view_eq(word, KD_V("name")))
			m->name_col = i;
	return detail(b);
}

static void remember(struct kd_builder *b, struct mem *m, struct eater e)
{
	for (size_t i = 0; i < TOP; i++)
		if (e.pages > m->top[i].pages) {
			memmove(&m->top[i + 1], &m->top[i], (TOP - 1 - i) * sizeof(e));
			e.name = kd_arena_view(b->arena, e.name);
			m->top[i] = e;
			return;
		}
}

static bool task_row(struct kd_builder *b, struct kd_view t)
{
	struct mem *m = mem(b);
	struct kd_view v = t, word = KD_VNULL;
	struct eater e = {.line = b->line};
	uint64_t n;

	if (!m->in_tasks || !kd_view_skip(&v, KD_V("[")))
		return false;
	kd_view_skip_blank(&v);
	if (!kd_view_take_dec(&v, &e.pid) || !kd_view_skip(&v, KD_V("]")))
		return false;
	for (unsigned i = 0; i < m->name_col && kd_view_take_word(&v, &word); i++)
		if (i == m->rss_col && kd_view_dec(word, &n))
			e.pages = n;
	e.name = kd_view_trim(v);
	m->tasks++;
	m->rss_sum += e.pages;
	remember(b, m, e);
	return detail(b);
}

static bool killed(struct kd_builder *b, struct kd_view t)
{
	static const struct {
		const char *text, *key;
	} sizes[] = {{"total-vm:", "total_vm"}, {"anon-rss:", "anon_rss"}, {"file-rss:", "file_rss"},
		     {"shmem-rss:", "shmem_rss"}, {"pgtables:", "pgtables"}};
	struct kd_view v = kd_after(t, "Killed process "), name;
	uint64_t n;
	size_t close;

	if (!v.p || !kd_view_take_dec(&v, &n))
		return kd_has(t, "Kill process ") && kd_has(t, "or sacrifice child");
	kd_builder_section(b, "victim");
	kd_builder_u64(b, "victim", "pid", n, NULL);
	name = kd_after(v, "(");
	if (name.p) { /* a name may hold ")": it ends before the sizes */
		struct kd_view until = kd_view_head(name, kd_view_find(name, KD_V("total-vm:")));

		close = kd_view_rchr(until, ')');
		kd_builder_str(b, "victim", "name", kd_view_head(until, close));
		v = kd_view_from(name, close == KD_NPOS ? 0 : close);
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(sizes); i++)
		if (kd_num_after(v, sizes[i].text, &n))
			kd_builder_u64(b, "victim", sizes[i].key, n, "kB");
	if (kd_num_after(v, "UID:", &n))
		kd_builder_u64(b, "victim", "uid", n, NULL);
	name = kd_after(v, "oom_score_adj:");
	if (name.p) {
		int64_t adj;

		if (kd_view_take_int(&name, &adj))
			kd_builder_i64(b, "victim", "oom_score_adj", adj, NULL);
	}
	return true;
}

/* "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,…" */
static bool summary(struct kd_builder *b, struct kd_view t)
{
	static const char *const keys[][2] = {
		{"constraint=", "constraint"}, {"nodemask=", "nodemask"}, {"cpuset=", "cpuset"},
		{"mems_allowed=", "mems_allowed"}, {"oom_memcg=", "memcg"}, {"task_memcg=", "task_memcg"}};

	if (!kd_starts(t, "oom-kill:"))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++) {
		struct kd_view v = value_of(t, keys[i][0]);

		if (kd_view_ends(v, KD_V(",global_oom")))
			v.n -= 11;
		put_word(b, "oom", keys[i][1], v);
	}
	kd_builder_bool(b, "oom", "global", kd_has(t, "global_oom"));
	mem(b)->in_tasks = false;
	return true;
}

static bool memcg(struct kd_builder *b, struct kd_view t)
{
	struct mem *m = mem(b);
	struct kd_view v = t, word, num;
	uint64_t n;
	const char *what = kd_starts(t, "memory: usage ")  ? "memcg_memory"
			   : kd_starts(t, "memory+swap: usage ") ? "memcg_memory_swap"
			   : kd_starts(t, "swap: usage ")  ? "memcg_swap"
			   : kd_starts(t, "kmem: usage ")  ? "memcg_kmem"
							   : NULL;

	if (what) {
		kd_builder_section(b, what);
		if (kd_num_after(t, "usage ", &n))
			kd_builder_u64(b, what, "usage", n, "kB");
		if (kd_num_after(t, "limit ", &n))
			kd_builder_u64(b, what, "limit", n, "kB");
		if (kd_num_after(t, "failcnt ", &n))
			kd_builder_u64(b, what, "failed", n, NULL);
		return true;
	}
	if (kd_view_skip(&v, KD_V("Memory cgroup stats for "))) {
		m->in_memcg = true;
		if (kd_view_ends(v, KD_V(":")))
			v.n--;
		kd_builder_str(b, "oom", "memcg_stats_of", kd_view_head(v, kd_view_find(v, KD_V(": "))));
		return true;
	}
	if (m->in_memcg && kd_view_take_word(&v, &word) && kd_view_take_word(&v, &num) &&
	    !kd_view_trim(v).n && kd_view_dec(num, &n))
		return detail(b);
	m->in_memcg = false;
	return kd_starts(t, "Tasks in ") || kd_starts(t, "Task in ");
}

bool kd_kind_oom_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v = kd_after(t, "invoked oom-killer: ");
	uint64_t n;

	if (!mem(b))
		return false;
	if (v.p && !b->phase) {
		b->phase = 1;
		kd_builder_str(b, "oom", "invoked_by",
			       kd_view_head(t, kd_view_find(t, KD_V(" invoked oom-killer"))));
		put_gfp(b, "oom", kd_after(v, "gfp_mask="));
		if (kd_num_after(v, "order=", &n))
			kd_builder_u64(b, "oom", "order", n, NULL);
		return true;
	}
	if (kd_starts(t, "oom_reaper: reaped process ")) {
		kd_builder_str(b, "oom", "reaped", kd_view_from(t, 27));
		return true;
	}
	if (kd_has(t, "no killable processes")) {
		kd_builder_bool(b, "oom", "no_victim", true);
		return true;
	}
	if (kd_starts(t, "Tasks state (memory values in pages)")) {
		kd_builder_role(b, KD_ROLE_SECTION);
		return true;
	}
	return summary(b, t) || task_head(b, t) || task_row(b, t) || killed(b, t) || memcg(b, t) || mem_info(b, t);
}

/* The header names the task; the CPU line, which knows its id too, may be missing. */
static void task_of(struct kd_builder *b, const char *sec, const char *key)
{
	const struct kd_fact *f = kd_builder_get(b, sec, key);

	if (f)
		kd_builder_task(b, f->str, false, 0);
}

/* Sums of the tables, each with a line of it. */
static void tables(struct kd_builder *b, const struct mem *m)
{
	if (m->tasks) {
		b->line = m->tasks_line;
		kd_builder_u64(b, "tasks", "count", m->tasks, NULL);
		kd_builder_u64(b, "tasks", "rss_sum", m->rss_sum, "pages");
	}
	for (size_t i = 0; i < TOP && m->top[i].pages; i++) {
		b->line = m->top[i].line;
		kd_builder_section(b, "consumer");
		kd_builder_str(b, "consumer", "name", m->top[i].name);
		kd_builder_u64(b, "consumer", "pid", m->top[i].pid, NULL);
		kd_builder_u64(b, "consumer", "rss", m->top[i].pages, "pages");
	}
	if (m->slab.pages) {
		b->line = m->slab_line;
		kd_builder_u64(b, "unreclaimable_slab", "sum", m->slab_kb, "kB");
		b->line = m->slab.line;
		kd_builder_str(b, "unreclaimable_slab", "biggest", m->slab.name);
		kd_builder_u64(b, "unreclaimable_slab", "biggest_size", m->slab.pages, "kB");
	}
}

/* Who took the memory: a limit that somebody set, one program, the kernel itself; or not told. */
static void oom_owner(struct kd_builder *b, const struct mem *m)
{
	const struct kd_fact *cg = kd_builder_get(b, "oom", "memcg"), *c = kd_builder_get(b, "oom", "constraint");
	struct kd_report *r = b->r;

	r->owner = KD_OWNER_UNKNOWN;
	r->owner_why = KD_V("the tables do not show one consumer that explains it");
	if (c && kd_view_eq(c->str, KD_V("CONSTRAINT_MEMCG"))) {
		r->owner = KD_OWNER_USER;
		r->owner_why = kd_arena_printf(b->arena, "the limit of memory cgroup %.*s was reached",
					       KD_VARG(kd_view_head(cg ? cg->str : KD_V("(not named)"), 120)));
	} else if (m->has_ram && m->has_unreclaimable && m->unreclaimable > m->ram / 2) {
		r->owner = KD_OWNER_KERNEL;
		r->owner_why = kd_arena_printf(b->arena, "%llu of %llu pages are slab that the kernel can not give back",
					       (unsigned long long)m->unreclaimable, (unsigned long long)m->ram);
	} else if (m->has_ram && m->top[0].pages > m->ram / 2) {
		r->owner = KD_OWNER_USER;
		r->owner_why = kd_arena_printf(b->arena, "%.*s holds %llu of %llu pages",
					       KD_VARG(kd_view_head(m->top[0].name, 60)),
					       (unsigned long long)m->top[0].pages, (unsigned long long)m->ram);
	}
}

void kd_kind_oom_finish(struct kd_builder *b)
{
	const struct kd_fact *name = kd_builder_get(b, "victim", "name"), *cg = kd_builder_get(b, "oom", "memcg");
	const struct mem *m = b->mine;

	if (!m)
		return;
	task_of(b, "oom", "invoked_by");
	tables(b, m);
	oom_owner(b, m);
	if (name && !b->r->panicked) {
		b->r->outcome = KD_OUT_RECOVERED;
		b->r->outcome_why = KD_V("a process was killed, the kernel goes on");
		b->r->outcome_line = name->line;
	}
	if (name)
		kd_builder_title(b, "%sout of memory: killed %.*s", cg ? "cgroup " : "", KD_VARG(name->str));
	else
		kd_builder_title(b, b->r->panicked ? "out of memory: panic instead of a kill"
						   : "out of memory, no process killed in this text");
}

/* --- page allocation failures ----------------------------------------------------------------- */

/* "kworker/0:1: page allocation failure: order:5, mode:0xcc0(GFP_KERNEL), nodemask=(null),cpuset=/,…" */
bool kd_kind_alloc_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v = kd_after(t, "allocation failure: ");
	uint64_t n;

	if (!mem(b))
		return false;
	if (v.p && !b->phase) {
		size_t at = kd_view_find(t, KD_V(": page allocation failure"));

		b->phase = 1;
		if (at == KD_NPOS)
			at = kd_view_find(t, KD_V(": vmalloc"));
		if (at != KD_NPOS)
			kd_builder_str(b, "allocation", "task", kd_view_head(t, at));
		if (kd_num_after(v, "order:", &n))
			kd_builder_u64(b, "allocation", "order", n, NULL);
		else if (kd_view_take_dec(&v, &n) && kd_starts(v, " bytes"))
			kd_builder_u64(b, "allocation", "size", n, "bytes");
		put_gfp(b, "allocation", kd_after(t, "mode:"));
		put_word(b, "allocation", "nodemask", value_of(t, "nodemask="));
		put_word(b, "allocation", "cpuset", value_of(t, "cpuset="));
		put_word(b, "allocation", "mems_allowed", value_of(t, "mems_allowed="));
		return true;
	}
	return mem_info(b, t);
}

void kd_kind_alloc_finish(struct kd_builder *b)
{
	const struct kd_fact *order = kd_builder_get(b, "allocation", "order");
	const struct kd_fact *gfp = kd_builder_get(b, "allocation", "gfp_flags");
	struct kd_report *r = b->r;
	char ord[32] = "";

	task_of(b, "allocation", "task");
	if (order)
		snprintf(ord, sizeof(ord), ", order %llu", (unsigned long long)order->num);
	/* From order 4 on the kernel does not promise success (PAGE_ALLOC_COSTLY_ORDER is 3). */
	if (order && order->num > 3 && r->outcome != KD_OUT_FATAL) {
		r->tier = KD_TIER_LOW;
		r->tier_why = KD_V("an allocation of more than 8 pages in a row may fail at any time; its caller must cope");
	}
	if (r->outcome != KD_OUT_FATAL) {
		r->outcome = KD_OUT_RECOVERED;
		r->outcome_why = KD_V("the allocation failed, the kernel goes on; what its caller did is not in this text");
	}
	kd_builder_title(b, "%s%s%s%.*s%s%.*s", r->kind->words, ord, gfp ? ", " : "",
			 KD_VARG(gfp ? kd_view_head(gfp->str, 60) : KD_VNULL), r->has_guilty ? " in " : "",
			 KD_VARG(r->has_guilty ? kd_func_title(&r->guilty) : KD_VNULL));
}

/* --- kmemleak ------------------------------------------------------------------------------------ */

static bool leak_object(struct kd_builder *b, struct mem *m, struct kd_view v)
{
	uint64_t addr, size;

	if (m->leak_object || kd_builder_get(b, "leak", "count") || !kd_view_take_hex(&v, &addr))
		return false;
	m->leak_object = true;
	kd_builder_hex(b, "leak", "address", addr);
	if (kd_num_after(v, "(size ", &size))
		kd_builder_u64(b, "leak", "size", size, "bytes");
	return true;
}

/* comm "insmod", pid 1234, jiffies 4294937296 (age 12.340s) */
static bool leak_task(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = t, comm, age;
	int64_t pid = 0;
	uint64_t n;
	bool has_pid = false;
	size_t end;

	if (!kd_view_skip(&v, KD_V("comm \"")))
		return false;
	end = kd_view_find(v, KD_V("\", pid "));
	comm = kd_view_head(v, end);
	if (end != KD_NPOS) {
		v = kd_view_from(v, end + 7);
		has_pid = kd_view_take_int(&v, &pid);
	}
	kd_builder_task(b, comm, has_pid, pid);
	if (kd_num_after(v, "jiffies ", &n))
		kd_builder_u64(b, "leak", "jiffies", n, NULL);
	age = kd_after(v, "(age ");
	if (age.p)
		kd_builder_str(b, "leak", "age", kd_view_head(age, kd_view_chr(age, ')')));
	return true;
}

/* "  01 02 03 …  .......": the bytes of an object */
static bool is_bytes(struct kd_view v)
{
	return v.n > 24 && kd_is_xdigit(v.p[0]) && kd_is_xdigit(v.p[1]) && v.p[2] == ' ' &&
	       kd_is_xdigit(v.p[3]) && kd_is_xdigit(v.p[4]) && v.p[5] == ' ';
}

bool kd_kind_leak_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v = t;
	struct mem *m = mem(b);
	uint64_t n;

	if (!m)
		return false;
	if (kd_has(t, "BUG: memory leak"))
		return !b->header_seen || !b->phase++;
	if (kd_has(t, "new suspected memory leaks")) {
		if (b->phase++)
			return false;
		v = kd_after(t, "kmemleak: ");
		if (v.p && kd_view_take_dec(&v, &n))
			kd_builder_u64(b, "leak", "count", n, NULL);
		return true;
	}
	if (kd_view_skip(&v, KD_V("unreferenced object ")))
		return leak_object(b, m, v);
	if (leak_task(b, t))
		return true;
	if (kd_starts(t, "backtrace")) {
		kd_builder_expect_stack(b, KD_STACK_ALLOC);
		return false;
	}
	if (kd_starts(t, "hex dump (first ") || kd_starts(t, "ffffffff hex dump"))
		return detail(b);
	return m->leak_object && is_bytes(v) && detail(b);
}

void kd_kind_leak_finish(struct kd_builder *b)
{
	const struct kd_fact *n = kd_builder_get(b, "leak", "count"), *size = kd_builder_get(b, "leak", "size");
	struct kd_report *r = b->r;

	r->outcome = KD_OUT_RECOVERED;
	r->outcome_why = KD_V("a leak stops nothing at once");
	if (r->panicked)
		r->outcome = KD_OUT_FATAL;
	if (n)
		kd_builder_title(b, "%llu new suspected memory leaks", (unsigned long long)n->num);
	else if (size)
		kd_builder_title(b, "memory leak of %llu bytes%s%.*s", (unsigned long long)size->num,
				 r->has_guilty ? " allocated in " : "",
				 KD_VARG(r->has_guilty ? kd_func_title(&r->guilty) : KD_VNULL));
}
