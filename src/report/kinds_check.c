// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks that print a line of their own before or instead of an oops: UBSAN, list debugging,
 * reference counts, debug objects, user copies, atomic context, spinlocks.
 *
 * Formats: lib/ubsan.c, lib/list_debug.c, lib/refcount.c, lib/debugobjects.c, mm/usercopy.c,
 * kernel/sched/core.c (__schedule_bug, __might_resched), kernel/locking/spinlock_debug.c.
 */
#include "report/kinds_internal.h"

#include "base/alloc.h"
#include "report/regval.h"

/* "WARNING: … at file:line", "kernel BUG at file:line!" behind the check's own line */
static bool behind(struct kd_builder *b, struct kd_view text)
{
	return (kd_has(text, "WARNING: ") || kd_has(text, "BUG at ")) && kd_kind_bugat_line(b, text);
}

/* --- UBSAN ------------------------------------------------------------------------------------ */

/* "UBSAN: array-index-out-of-bounds in drivers/x.c:12:3", then what exactly */
bool kd_kind_ubsan_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v = kd_after(t, "UBSAN: "), place;
	struct kd_token k;

	if (v.p && !b->phase) {
		b->phase = 1;
		place = kd_after(v, " in ");
		kd_builder_str(b, "sanitizer", "subtype", kd_view_head(v, kd_view_find(v, KD_V(" in "))));
		if (place.p) /* file:line:column */
			kd_builder_location(b, kd_view_head(place, kd_view_rchr(place, ':')));
		return true;
	}
	if (b->phase != 1 || !t.n)
		return false;
	kd_token_parse(text, &k);
	if (k.cls != KD_TOK_OTHER)
		return false;
	b->phase = kd_view_ends(t, KD_V(":")) ? 1 : 2; /* "signed integer overflow:" goes on */
	kd_builder_str(b, "sanitizer", "detail", t);
	return true;
}

void kd_kind_ubsan_finish(struct kd_builder *b)
{
	const struct kd_fact *sub = kd_builder_get(b, "sanitizer", "subtype"),
			     *d = kd_builder_get(b, "sanitizer", "detail");
	const struct kd_report *r = b->r;
	const struct kd_frame *f = r->has_guilty ? &r->guilty : NULL;

	if (sub)
		kd_builder_title(b, "%.*s%s%.*s%s%.*s%s", KD_VARG(sub->str), f ? " in " : "",
				 KD_VARG(f ? kd_func_title(f) : KD_VNULL), d ? " (" : "",
				 KD_VARG(d ? kd_view_head(d->str, 100) : KD_VNULL), d ? ")" : "");
}

/* --- lists -------------------------------------------------------------------------------------- */

/* A value with what it looks like: poison, NULL, text … */
static void value_fact(struct kd_builder *b, const char *sec, const char *key, const char *words, struct kd_view v)
{
	struct kd_val_where w = {.arch = KD_ARCH_UNKNOWN};
	struct kd_val val;
	uint64_t n;

	if (!v.p || !kd_view_take_hex(&v, &n))
		return;
	kd_builder_hex(b, sec, key, n);
	kd_val_class(&w, n, &val);
	if (val.note)
		kd_builder_str(b, sec, words, kd_view_of(val.note));
}

/*
 * "list_add corruption. next->prev should be prev (ffff…), but was dead000000000122. (next=ffff…)."
 * "list_del corruption, ffff…->next is LIST_POISON1 (dead000000000100)"
 */
bool kd_kind_list_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v;

	if (behind(b, text))
		return true;
	kd_view_skip(&t, KD_V("slub: "));
	if (b->aux[0] || !kd_starts(t, "list_"))
		return false;
	b->aux[0] = 1;
	kd_builder_str(b, "list", "operation", kd_view_head(t, kd_view_find(t, KD_V(" "))));
	kd_builder_str(b, "list", "text", t);
	v = kd_after(t, "but was ");
	if (!v.p && kd_has(t, "is LIST_POISON"))
		v = kd_after(kd_after(t, "is LIST_POISON"), "(");
	value_fact(b, "list", "found", "found_means", v);
	value_fact(b, "list", "expected", "expected_means", kd_after(kd_after(t, "should be "), "("));
	return true;
}

/* --- reference counts, debug objects, user copies --------------------------------------------------- */

bool kd_kind_refcount_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view v = kd_after(text, "refcount_t: ");

	if (behind(b, text))
		return true;
	if (!v.p || b->aux[0]++)
		return false;
	kd_builder_str(b, "refcount", "problem", kd_view_trim(v));
	return true;
}

/* "ODEBUG: free active (active state 0) object: ffff… object type: timer_list hint: f+0x0/0x10" */
bool kd_kind_odebug_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view v = kd_after(text, "ODEBUG: "), w;
	uint64_t n;

	if (behind(b, text))
		return true;
	if (!v.p || b->aux[0]++)
		return false;
	kd_builder_str(b, "debug_object", "problem", kd_view_head(v, kd_view_find(v, KD_V(" ("))));
	if (kd_num_after(v, "(active state ", &n))
		kd_builder_u64(b, "debug_object", "active_state", n, NULL);
	if (kd_hex_after(v, " object: ", &n))
		kd_builder_hex(b, "debug_object", "object", n);
	w = kd_word_after(v, "object type: ");
	if (w.n)
		kd_builder_str(b, "debug_object", "type", w);
	w = kd_word_after(v, "hint: ");
	if (w.n)
		kd_builder_str(b, "debug_object", "hint", w);
	return true;
}

/* "usercopy: Kernel memory exposure attempt detected from SLUB object 'kmalloc-32' (offset 0, size 64)!" */
bool kd_kind_usercopy_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view v = kd_after(text, "usercopy: "), obj;
	uint64_t n;
	bool from;

	if (behind(b, text))
		return true;
	if (!v.p || b->aux[0]++)
		return false;
	from = kd_has(v, "detected from ");
	kd_builder_str(b, "usercopy", "direction", from ? KD_V("to user space") : KD_V("from user space"));
	obj = kd_after(v, from ? "detected from " : "detected to ");
	if (obj.p)
		kd_builder_str(b, "usercopy", "object",
			       kd_view_trim(kd_view_head(obj, kd_view_find(obj, KD_V(" (offset")))));
	if (kd_num_after(v, "(offset ", &n))
		kd_builder_u64(b, "usercopy", "offset", n, "bytes");
	if (kd_num_after(v, ", size ", &n))
		kd_builder_u64(b, "usercopy", "size", n, "bytes");
	return true;
}

/* --- atomic context --------------------------------------------------------------------------------- */

/* "in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 311, name: cat" */
static bool might_sleep(struct kd_builder *b, struct kd_view t)
{
	static const struct {
		const char *text, *key;
	} keys[] = {{"in_atomic(): ", "in_atomic"},	 {"irqs_disabled(): ", "irqs_disabled"},
		    {"non_block: ", "non_block"},	 {"preempt_count: ", "preempt_count"},
		    {"RCU nest depth: ", "rcu_depth"}, {"expected: ", "expected"}};
	struct kd_view pid = kd_after(t, " pid: "), name = kd_after(t, ", name: ");
	int64_t id = 0;
	bool has;

	if (!kd_starts(t, "in_atomic(): ") && !kd_starts(t, "preempt_count: ") && !kd_starts(t, "RCU nest depth: "))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++) {
		struct kd_view v = kd_after(t, keys[i].text);
		uint64_t n;

		/* preempt_count is printed in hex without 0x (kernel/sched/core.c) */
		if (v.p && kd_view_take_hex(&v, &n))
			kd_builder_hex(b, "atomic", keys[i].key, n);
	}
	if (name.p && pid.p) {
		has = kd_view_take_int(&pid, &id);
		kd_builder_task(b, name, has, id);
	}
	return true;
}

bool kd_kind_atomic_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v = kd_after(t, "scheduling while atomic: ");
	size_t last;
	uint64_t n;

	if (v.p && !b->phase) { /* comm/pid/preempt_count */
		b->phase = 1;
		last = kd_view_rchr(v, '/');
		if (last == KD_NPOS || kd_view_rchr(kd_view_head(v, last), '/') == KD_NPOS)
			return true;
		kd_builder_task_pid(b, kd_view_head(v, last));
		v = kd_view_from(v, last + 1);
		kd_view_skip(&v, KD_V("0x"));
		if (kd_view_take_hex(&v, &n))
			kd_builder_hex(b, "atomic", "preempt_count", n);
		return true;
	}
	v = kd_after(t, "called from invalid context at ");
	if (v.p && !b->phase) {
		b->phase = 1;
		kd_builder_location(b, v);
		return true;
	}
	if (might_sleep(b, t))
		return true;
	if (kd_starts(t, "Preemption disabled at:")) {
		kd_builder_stack(b, KD_V("Preemption disabled at"), KD_STACK_OTHER, KD_CTX_UNKNOWN);
		return true;
	}
	if (kd_has(t, " held by ") && kd_has(t, "lock")) {
		kd_builder_str(b, "atomic", "locks", t);
		return true;
	}
	if (kd_starts(t, "#") && kd_has(t, ", at: ")) {
		kd_builder_section(b, "lock");
		kd_builder_str(b, "lock", "text", t);
		return true;
	}
	return kd_irq_stamp(t);
}

/* "BUG: spinlock bad magic on CPU#0, insmod/93", " lock: f+0x0/0x40, .magic: 0, .owner: <none>/-1, .owner_cpu: 0" */
bool kd_kind_spinlock_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v;
	uint64_t n;

	if (kd_starts(t, "BUG: ") && !b->phase) {
		b->phase = 1;
		v = kd_view_from(t, 5);
		kd_builder_str(b, "spinlock", "problem", kd_view_head(v, kd_view_find(v, KD_V(" on CPU#"))));
		if (kd_num_after(v, " on CPU#", &n))
			kd_builder_cpu(b, n);
		kd_builder_task_pid(b, kd_after(kd_after(v, " on CPU#"), ", "));
		return true;
	}
	if (!kd_starts(t, "lock: "))
		return false;
	v = kd_view_from(t, 6);
	kd_builder_str(b, "spinlock", "lock", kd_view_head(v, kd_view_find(v, KD_V(", ."))));
	value_fact(b, "spinlock", "magic", "magic_means", kd_after(v, ".magic: "));
	v = kd_word_after(t, ".owner: ");
	if (v.n)
		kd_builder_str(b, "spinlock", "owner", v);
	v = kd_word_after(t, ".owner_cpu: ");
	if (v.n)
		kd_builder_str(b, "spinlock", "owner_cpu", v);
	return true;
}
