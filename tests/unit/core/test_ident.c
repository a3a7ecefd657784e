// SPDX-License-Identifier: GPL-2.0-or-later
/* What words are, in a made kernel's memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/ident.h"
#include "core/ident_value.h"
#include "fakemem.h"
#include "symbol/btfwrite.h"

struct opened {
	struct fakemem x;
	struct fake f;
	struct kd_ctx ctx;
	struct kd_dump *d;
	struct kd_ident *id;
};

static struct opened *begin(struct fakemem x)
{
	struct opened *o = kd_xcalloc(1, sizeof(*o));

	o->x = x;
	kd_ctx_init(&o->ctx);
	fakemem_init(&o->x, &o->f);
	return o;
}

static void open_it(struct opened *o)
{
	struct kd_error *err = fake_open(&o->f);

	if (!err) {
		o->d = kd_dump_of(&o->ctx, o->f.pages, o->f.space, o->f.kernel);
		err = kd_ident_new(o->d, &o->id);
	}
	if (err)
		fail_msg("%s", err->msg);
}

static void end(struct opened *o)
{
	kd_ident_free(o->id);
	kd_dump_close(o->d);
	fake_deinit(&o->f);
	kd_ctx_deinit(&o->ctx);
	kd_free(o);
}

/* One of the facts of this kind says so. */
static void says(struct opened *o, uint64_t value, enum kd_fact_kind kind, bool guessed, const char *what)
{
	struct kd_ident_facts f;
	char all[2048] = "";

	kd_ident_word(o->id, value, &o->f.arena, &f);
	for (size_t i = 0; i < f.n; i++) {
		const size_t n = strlen(all);

		if (f.v[i].kind == kind && f.v[i].guessed == guessed && kd_view_has(f.v[i].text, kd_view_of(what)))
			return;
		snprintf(all + n, sizeof(all) - n, "%s%s %.*s\n", f.v[i].guessed ? "?" : "",
			 kd_fact_kind_name((enum kd_fact_kind)f.v[i].kind), KD_VARG(f.v[i].text));
	}
	fail_msg("0x%jx is not \"%s\" but\n%s", (uintmax_t)value, what, all);
}

static void says_not(struct opened *o, uint64_t value, enum kd_fact_kind kind)
{
	struct kd_ident_facts f;

	kd_ident_word(o->id, value, &o->f.arena, &f);
	for (size_t i = 0; i < f.n; i++)
		if (f.v[i].kind == kind)
			fail_msg("0x%jx: %.*s", (uintmax_t)value, KD_VARG(f.v[i].text));
}

static void addresses(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	const uint64_t stack = fake_stack(1, 0x100);

	(void)state;
	fake_sleep(&o->f, 1, "__schedule", 0x10, fake_stack(1, 0x80));
	open_it(o);
	says(o, fake_symbol(&o->f, "vfs_write") + 0x10, KD_FACT_SYMBOL, false, "vfs_write+0x10/0x40");
	says(o, FAKE_MODULE + 0x44, KD_FACT_SYMBOL, false, "mod_other+0x4");
	says(o, FAKE_MODULE + 0x44, KD_FACT_SECTION, false, "module fakemod, code");
	says(o, fake_task(2) + 24, KD_FACT_TASK, false, "task_struct of pid 102 (task-2)+0x18 .stack");
	says(o, stack, KD_FACT_STACK, false, "stack of pid 101 (task-1), 0x100 bytes below its top");
	says(o, stack, KD_FACT_VMAP, false, "by vfs_write+0x4");
	says(o, FAKE_STACKS + 0x2000 + 0x1800, KD_FACT_VMAP, false, "vmalloc area"); /* its guard page */
	says(o, FAKE_STACKS + 0x2000 + 0x1800, KD_FACT_MEMORY, false, "it is not mapped");
	says_not(o, FAKE_STACKS + 0x2000 + 0x1800, KD_FACT_STACK);
	says(o, fake_area(1) + 0x20, KD_FACT_PERCPU, false, "current_task+0x0 of CPU 1");
	says(o, o->x.slab[1], KD_FACT_STRUCT_PAGE, false, "struct page of pfn");
	says(o, o->x.slab[1] + 8, KD_FACT_STRUCT_PAGE, false, "inside");
	says(o, 0xffffffffdead0000, KD_FACT_MEMORY, false, "it is not mapped");
	end(o);
}

static void slab_objects(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	struct kd_ident_fact brief;
	struct kd_ident_facts f;

	(void)state;
	open_it(o);
	says(o, fakemem_object(&o->x, 1, 0), KD_FACT_SLAB, false,
	     "slab fake_object (192 bytes), allocated: the begin of an object");
	says(o, fakemem_object(&o->x, 1, 9) + 8, KD_FACT_SLAB, false,
	     "slab fake_object (192 bytes), free: 0x8 bytes inside of the object");
	says(o, fakemem_object(&o->x, 1, 9) + 8, KD_FACT_TYPE, true, "struct fake_object .owner, by the cache's name and size");
	says(o, fakemem_object(&o->x, 0, 3), KD_FACT_SLAB, false, "free, on the list of CPU 0");
	says(o, fakemem_object(&o->x, 1, 9) + 200, KD_FACT_SLAB, false, "8 bytes behind the end of the object");
	says_not(o, fakemem_object(&o->x, 1, 9) + 200, KD_FACT_TYPE);
	says(o, fakemem_object(&o->x, 1, 9), KD_FACT_SLAB, false, "TYPESAFE_BY_RCU");
	says(o, fakemem_object(&o->x, 1, 9), KD_FACT_PAGE, false, "slab, flags slab");
	assert_true(kd_ident_brief(o->id, fakemem_object(&o->x, 1, 9), &o->f.arena, &brief));
	assert_int_equal(brief.kind, KD_FACT_SLAB);
	assert_false(kd_ident_brief(o->id, 12345, &o->f.arena, &brief));
	kd_ident_word(o->id, fakemem_object(&o->x, 1, 9) + 8, &o->f.arena, &f);
	assert_true(f.has_object && f.has_page);
	assert_int_equal(f.object.off, 8);
	end(o);
}

static void unknown_state(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});

	(void)state;
	fakemem_link(&o->x, &o->f, fakemem_object(&o->x, 1, 2), FAKE_TEXT);
	open_it(o);
	says(o, fakemem_object(&o->x, 1, 0), KD_FACT_SLAB, true, "unknown");
	says(o, fakemem_object(&o->x, 1, 0), KD_FACT_SLAB, false, "where none of its objects begins");
	end(o);
}

static void values(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});

	(void)state;
	open_it(o);
	says(o, 0, KD_FACT_VALUE, false, "NULL");
	says(o, 0x48, KD_FACT_VALUE, true, "NULL plus an offset of 72");
	says(o, (uint64_t)-12, KD_FACT_VALUE, true, "ENOMEM");
	says(o, 0x6b6b6b6b6b6b6bb3, KD_FACT_VALUE, true, "POISON_FREE, 0x6b), +72");
	says(o, 0xdead000000000122, KD_FACT_VALUE, true, "LIST_POISON2");
	says(o, 0x1234567812345678, KD_FACT_VALUE, false, "not canonical");
	says(o, 0x00007f1234567890, KD_FACT_VALUE, true, "user space");
	says_not(o, 0x6b6b6b6b6b6b6b6b, KD_FACT_TAG);
	end(o);
}

static void tags(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});

	(void)state;
	open_it(o);
	says(o, fake_task(1) | 1, KD_FACT_TAG, true, "task_struct of pid 101 (task-1) with flags 0x1");
	says(o, o->x.slab[2] | 1, KD_FACT_TAG, true, "compound_head");
	says(o, fakemem_object(&o->x, 1, 3) | 1, KD_FACT_TAG, true, "as parent of a black node");
	says(o, 0x102, KD_FACT_TAG, true, "internal entry 64");
	says(o, 0x12, KD_FACT_TAG, true, "the same entry as in slot 4");
	says(o, 0x402, KD_FACT_TAG, true, "retry entry");
	says(o, 0x406, KD_FACT_TAG, true, "zero entry");
	says(o, 0x407, KD_FACT_TAG, true, "value entry 515");
	says_not(o, fake_task(1), KD_FACT_TAG);
	end(o);
}

static void back_from_physical(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	const uint64_t stack = FAKE_STACKS + 0x2000 + 0x10;
	uint64_t paddr, addr;

	(void)state;
	open_it(o);
	assert_true(kd_space_translate(o->f.space, stack, &paddr, NULL));
	assert_true(kd_ident_virtual(o->id, paddr, &addr));
	assert_int_equal(addr, stack);
	paddr = fakemem_object(&o->x, 1, 3) - FAKEMEM_DIRECT;
	assert_true(kd_ident_virtual(o->id, paddr, &addr));
	assert_int_equal(addr, fakemem_object(&o->x, 1, 3));
	end(o);
}

static void arm64_values(void **state)
{
	struct ident_value v;

	(void)state;
	kd_ident_by_value(true, 0xffff000012345678, &v);
	assert_true(v.pointer);
	kd_ident_by_value(true, 0x0000aaaa12345678, &v);
	assert_false(v.pointer);
	kd_ident_by_value(false, 0xff1d48f2c2dc97e8, &v); /* five levels */
	assert_true(v.pointer);
	assert_string_equal(v.text, "");
}

/* --- what checks itself ------------------------------------------------------------------------------ */

/* Offsets in the CPUs' areas, and in pages behind the map of all memory. */
enum { KRC = 0x400, RCU_DATA = 0x600, CEA = 0x700, ESTACKS = 64, WORK = 24 };
#define EXTRA (FAKE_TASKS_AT + 0x60000)
#define ENTRY 0xfffffe0000001000u
#define IDT 0xfffffe0000000000u

struct part {
	const char *name;
	uint32_t type, at;
};

static uint32_t structure(struct kd_btfw *w, const char *name, uint32_t size, const struct part *m, size_t n)
{
	const uint32_t id = kd_btfw_composite(w, KD_BTF_STRUCT, kd_view_of(name), size);

	for (size_t i = 0; i < n; i++)
		kd_btfw_member(w, kd_view_of(m[i].name), m[i].type, 8 * m[i].at, 0);
	return id;
}
#define STRUCT(name, size, ...) \
	structure(w, name, size, (const struct part[]){__VA_ARGS__}, sizeof((const struct part[]){__VA_ARGS__}) / sizeof(struct part))

static void enumeration(struct kd_btfw *w, const char *name, const char *const *names, const uint64_t *values, size_t n)
{
	kd_btfw_enum(w, kd_view_of(name), 4, false);
	for (size_t i = 0; i < n; i++)
		kd_btfw_enumerator(w, kd_view_of(names[i]), values[i]);
}

static bool lists; /* blocks of kfree_rcu() are on lists, as since 6.3 */

static void more_types(struct fake *f, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	static const char *const fix[] = {"VSYSCALL_PAGE", "FIX_APIC", "FIX_IO_BASE", "FIX_IO_END", "__end_of_permanent", "__end_of_fixed_addresses"};
	static const uint64_t slots[] = {511, 512, 513, 520, 521, 530}, maple[] = {0, 1, 2, 3};
	static const char *const nodes[] = {"maple_dense", "maple_leaf_64", "maple_range_64", "maple_arange_64"};
	const uint32_t two = kd_btfw_array(w, lists ? listhead : ptr, 0, 2), four = kd_btfw_array(w, ptr, 0, 4);
	const uint32_t none = kd_btfw_array(w, ptr, 0, 0), gdt = kd_btfw_array(w, ulong, 0, 8);
	uint32_t work, list, stacks;

	(void)f;
	STRUCT("callback_head", 16, {"next", ptr, 0}, {"func", ptr, 8});
	if (lists)
		STRUCT("kvfree_rcu_bulk_data", 24, {"list", listhead, 0}, {"nr_records", ulong, 16}, {"records", none, 24});
	else
		STRUCT("kvfree_rcu_bulk_data", 16, {"nr_records", ulong, 0}, {"next", ptr, 8}, {"records", none, 16});
	work = STRUCT("kfree_rcu_cpu_work", lists ? 40 : WORK, {"head_free", ptr, 0}, {lists ? "bulk_head_free" : "bkvhead_free", two, 8});
	STRUCT("kfree_rcu_cpu", 128, {"head", ptr, 0}, {lists ? "bulk_head" : "bkvhead", two, 8}, {"krw_arr", kd_btfw_array(w, work, 0, 2), 40});
	list = STRUCT("rcu_segcblist", 16, {"head", ptr, 0}, {"len", ulong, 8});
	STRUCT("rcu_data", 32, {"gp_seq", ulong, 0}, {"cblist", list, 8});
	stacks = STRUCT("cea_exception_stacks", 64, {"DF_stack", gdt, 0});
	STRUCT("cpu_entry_area", 128, {"gdt", gdt, 0}, {"estacks", stacks, ESTACKS});
	STRUCT("rb_node", 24, {"__rb_parent_color", ulong, 0}, {"rb_right", ptr, 8}, {"rb_left", ptr, 16});
	STRUCT("maple_tree", 16, {"lock", u32, 0}, {"ma_root", ptr, 8});
	STRUCT("maple_node", 256, {"mr64", STRUCT("maple_range_64", 40, {"parent", ptr, 0}, {"slot", four, 8}), 0});
	STRUCT("net_iov", 16, {"pp", ptr, 0}, {"owner", ptr, 8});
	STRUCT("net_iov_area", 16, {"niovs", ptr, 0}, {"num_niovs", ulong, 8});
	enumeration(w, "fixed_addresses", fix, slots, KD_ARRAY_LEN(fix));
	enumeration(w, "maple_type", nodes, maple, KD_ARRAY_LEN(nodes));
}

static void more_symbols(struct fake *f, void (*add)(void *to, const char *name, uint64_t addr), void *to)
{
	add(to, "krc", fake_percpu(f) + KRC);
	add(to, "rcu_data", fake_percpu(f) + RCU_DATA);
	add(to, "cea_exception_stacks", fake_percpu(f) + CEA);
	add(to, "idt_descr", FAKEMEM_DATA + 0xf00);
}

/* Object o of the second slab as an rcu_head at 0x20 in it. */
static void queue_head(struct fake *f, uint64_t from, uint64_t object, uint64_t func, uint64_t next)
{
	fake_put(f, from, object + 0x20, 8);
	fake_put(f, object + 0x20, next, 8);
	fake_put(f, object + 0x28, func, 8);
}

static void put_rcu(struct fake *f, const struct fakemem *x)
{
	const uint64_t krc0 = fake_area(0) + KRC, krc1 = fake_area(1) + KRC, block = EXTRA + 0x100;
	const uint64_t bulk = krc1 + 40 + 8; /* krw_arr[0].bkvhead_free[0] */

	queue_head(f, krc0, fakemem_object(x, 1, 3), 0x20, 0); /* func: where in the object the head is */
	queue_head(f, krc0 + 40, fakemem_object(x, 1, 4), fakemem_object(x, 1, 6), 0); /* an object that has no head: 6 */
	queue_head(f, fake_area(1) + RCU_DATA + 8, fakemem_object(x, 1, 7), fake_symbol(f, "vfs_write"), 0);
	if (lists) {
		for (unsigned cpu = 0; cpu < 2; cpu++)
			for (unsigned i = 0; i < 6; i++) { /* bulk_head[2], and those of two works */
				const uint64_t head = fake_area(cpu) + KRC + (i < 2 ? 8 : 8 + i / 2 * 40) + i % 2 * 16;

				fake_put(f, head, head, 8);
				fake_put(f, head + 8, head, 8);
			}
		for (unsigned i = 0; i < 2; i++) {
			fake_put(f, bulk + 8 * i, block, 8);
			fake_put(f, block + 8 * i, bulk, 8);
		}
	} else
		fake_put(f, bulk, block, 8);
	fake_put(f, block + (lists ? 16 : 0), 2, 8);
	fake_put(f, block + (lists ? 24 : 16), fakemem_object(x, 1, 8), 8);
	fake_put(f, block + (lists ? 32 : 24), FAKE_STACKS + 0x2000, 8); /* task 1's stack, an area of vmalloc */
}

static void more_memory(struct fake *f)
{
	const struct fakemem *x = f->user;
	const uint64_t gate = fake_symbol(f, "asm_exc_page_fault"), node = fakemem_object(x, 2, 1), child = fakemem_object(x, 2, 2);

	fake_map(f, EXTRA, 1);
	fake_map(f, ENTRY, 1);
	fake_map(f, IDT, 1);
	put_rcu(f, x);
	fake_put(f, fake_area(0) + CEA, ENTRY + ESTACKS, 8);
	fake_put(f, FAKEMEM_DATA + 0xf00, 4095, 2);
	fake_put(f, FAKEMEM_DATA + 0xf02, IDT, 8);
	fake_put(f, IDT + 14 * 16, gate & 0xffff, 2);
	fake_put(f, IDT + 14 * 16 + 6, gate >> 16 & 0xffff, 2);
	fake_put(f, IDT + 14 * 16 + 8, gate >> 32, 4);
	fake_put(f, EXTRA + 0x10, EXTRA + 0x40, 8); /* an rb node at EXTRA, its left one at 0x40 */
	fake_put(f, EXTRA + 0x40, EXTRA | 1, 8);
	fake_put(f, node, (EXTRA + 0x80) | 1, 8); /* a maple tree at 0x80, its root */
	fake_put(f, EXTRA + 0x88, node | 2 << 3 | 6, 8);
	fake_put(f, node + 8 + 8 * 3, child | 1 << 3 | 4, 8); /* in slot 3 */
	fake_put(f, child, node | 3 << 3 | 6, 8);
	fake_put(f, EXTRA + 0x208, EXTRA + 0x300, 8); /* net_iov 0 and 1 at 0x200; the second names the area, too */
	fake_put(f, EXTRA + 0x218, EXTRA + 0x300, 8);
	fake_put(f, EXTRA + 0x300, EXTRA + 0x200, 8);
	fake_put(f, EXTRA + 0x308, 2, 8);
}

static const struct fake_more more = {.types = more_types, .symbols = more_symbols, .memory = more_memory};

static void rcu_as(bool with_lists)
{
	struct opened *o;

	lists = with_lists;
	o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .more = &more});
	open_it(o);
	assert_string_equal(kd_ident_rcuwaits(o->id)->why, "");
	assert_int_equal(kd_ident_rcuwaits(o->id)->n, 5);
	says(o, fakemem_object(&o->x, 1, 3) + 8, KD_FACT_RCU, false, "to be freed: kfree_rcu() on CPU 0, whose batch waits for none yet");
	says(o, fakemem_object(&o->x, 1, 6), KD_FACT_RCU, false, "kfree_rcu() on CPU 0");
	says_not(o, fakemem_object(&o->x, 1, 4), KD_FACT_RCU);
	says(o, fakemem_object(&o->x, 1, 7), KD_FACT_RCU, false, "call_rcu() of vfs_write+0x0 on CPU 1");
	says(o, fakemem_object(&o->x, 1, 8) + 16, KD_FACT_RCU, false, "kfree_rcu() on CPU 1");
	says(o, FAKE_STACKS + 0x2000 + 0x10, KD_FACT_RCU, false, "kfree_rcu() on CPU 1");
	end(o);
}

static void waits_for_rcu(void **state)
{
	struct opened *o;

	(void)state;
	rcu_as(false);
	rcu_as(true);
	lists = false;
	o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .more = &more});
	fake_put(&o->f, EXTRA + 0x100, 1 << 20, 8); /* no page has that many pointers */
	fake_put(&o->f, fakemem_object(&o->x, 1, 3) + 0x20, fakemem_object(&o->x, 1, 3) + 0x20, 8); /* a circle */
	open_it(o);
	says(o, fakemem_object(&o->x, 1, 7), KD_FACT_RCU, false, "call_rcu()");
	assert_non_null(strstr(kd_ident_rcuwaits(o->id)->why, "runs in a circle"));
	assert_true(kd_ident_rcuwaits(o->id)->n < 5);
	end(o);
	o = begin((struct fakemem){.encoding = FAKEMEM_SWAB});
	open_it(o);
	assert_non_null(strstr(kd_ident_rcuwaits(o->id)->why, "how this kernel chains it"));
	assert_int_equal(kd_ident_rcuwaits(o->id)->n, 0);
	end(o);
}

static void regions(void **state)
{
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .more = &more});

	(void)state;
	open_it(o);
	says(o, IDT + 14 * 16 + 4, KD_FACT_REGION, false, "vector 14: asm_exc_page_fault+0x0");
	says(o, IDT + 16, KD_FACT_REGION, false, "vector 1: nothing that has a name");
	says(o, ENTRY + 8, KD_FACT_REGION, false, "entry area of CPU 0, cpu_entry_area+0x8 .gdt[1]");
	says_not(o, ENTRY + 128, KD_FACT_REGION);
	says(o, 0xffffffffff600008, KD_FACT_REGION, false, "fixmap, VSYSCALL_PAGE (slot 511)");
	says(o, 0xffffffffff5ff000, KD_FACT_REGION, false, "fixmap, FIX_APIC (slot 512)");
	says(o, 0xffffffffff5fc000, KD_FACT_REGION, false, "slot 515, between FIX_IO_BASE and FIX_IO_END");
	says(o, 0xffffffffff5f3000, KD_FACT_REGION, false, "slot 524, which has no use");
	says_not(o, 0xffffffffff5ed000, KD_FACT_REGION); /* behind its end */
	says_not(o, 0xffffffffff800000, KD_FACT_REGION);
	end(o);
}

static void tags_that_check(void **state)
{
	static const char name[] = "maple_node";
	struct opened *o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .more = &more});
	const uint64_t node = fakemem_object(&o->x, 2, 1);

	(void)state;
	for (size_t i = 0; i < sizeof(name); i++)
		fake_put(&o->f, FAKEMEM_NAME + i, (unsigned char)name[i], 1);
	open_it(o);
	says(o, EXTRA | 1, KD_FACT_TAG, false, "as the parent of a black node: of its rb_left");
	says(o, (EXTRA + 0x80) | 1, KD_FACT_TAG, false, "maple tree 0x");
	says(o, node | 2 << 3 | 6, KD_FACT_TAG, true, "of type maple_range_64, root");
	says(o, node | 3 << 3 | 6, KD_FACT_TAG, false, "slot 3 of the maple tree node");
	says(o, fakemem_object(&o->x, 2, 2) | 1 << 3 | 4, KD_FACT_TAG, true, "of type maple_leaf_64, as the node above it points to it");
	says(o, fakemem_object(&o->x, 2, 2) | 1 << 3 | 6, KD_FACT_TAG, true, "another one hangs in it now");
	says(o, (EXTRA + 0x210) | 1, KD_FACT_TAG, false, "number 1 of 2 of its area, as a netmem");
	says_not(o, (EXTRA + 0x208) | 1, KD_FACT_TAG); /* between two */
	end(o);
	o = begin((struct fakemem){.encoding = FAKEMEM_SWAB, .typed = true});
	open_it(o);
	says(o, 0xffffffffffffff01, KD_FACT_TAG, true, "compound_info of a tail page of order 2");
	says_not(o, 0xfffffffffffffd01, KD_FACT_TAG);
	end(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),    cmocka_unit_test(slab_objects), cmocka_unit_test(unknown_state),
		cmocka_unit_test(values),       cmocka_unit_test(tags),         cmocka_unit_test(back_from_physical),
		cmocka_unit_test(arm64_values), cmocka_unit_test(waits_for_rcu), cmocka_unit_test(regions), cmocka_unit_test(tags_that_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
