// SPDX-License-Identifier: GPL-2.0-or-later
/* What the families print beside the lines that all reports share. */
#include "report/kinds_internal.h"

#include "base/alloc.h"

static struct kd_view after(struct kd_view v, const char *key)
{
	struct kd_view k = kd_view_of(key);
	size_t at = kd_view_find(v, k);

	return at == KD_NPOS ? KD_VNULL : kd_view_from(v, at + k.n);
}

static bool num_after(struct kd_view v, const char *key, uint64_t *ret)
{
	struct kd_view w = after(v, key);

	return w.p && kd_view_take_dec(&w, ret);
}

static bool hex_after(struct kd_view v, const char *key, uint64_t *ret)
{
	struct kd_view w = after(v, key);

	return w.p && kd_view_take_hex(&w, ret);
}

/* "Read of size 8 at addr ffff… by task foo/123" */
static bool access_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_access *a = &b->r->access;
	bool write = kd_view_starts(t, KD_V("Write of size "));
	struct kd_view task, pid;
	uint64_t n;
	size_t slash;
	int64_t id = 0;
	bool has_pid;

	if (!write && !kd_view_starts(t, KD_V("Read of size ")))
		return false;
	if (num_after(t, "of size ", &n)) {
		a->size = n;
		a->has_size = true;
	}
	a->write = write;
	a->has_dir = true;
	if (hex_after(t, "at addr ", &n) || hex_after(t, "by addr ", &n))
		kd_builder_access(b, n);
	task = after(t, "by task ");
	slash = kd_view_rchr(task, '/');
	if (task.p && slash != KD_NPOS) {
		pid = kd_view_from(task, slash + 1);
		has_pid = kd_view_take_int(&pid, &id);
		kd_builder_task(b, kd_view_head(task, slash), has_pid, id);
	}
	return true;
}

static bool kasan_header(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = after(t, b->r->kind->name[1] == 'a' ? "KASAN: " : "KFENCE: "), in;
	size_t at;
	uint64_t n;

	if (!strcmp(b->r->kind->name, "kmsan"))
		v = after(t, "KMSAN: ");
	if (!v.p || b->phase)
		return false;
	b->phase = 1;
	at = kd_view_find(v, KD_V(" in "));
	if (at == KD_NPOS)
		at = kd_view_find(v, KD_V(" on address "));
	kd_builder_str(b, "sanitizer", "subtype", kd_view_head(v, at == KD_NPOS ? v.n : at));
	in = after(t, " in ");
	if (in.p)
		kd_builder_where(b, in);
	if (hex_after(t, " on address ", &n) || hex_after(t, " at addr ", &n))
		kd_builder_access(b, n);
	return true;
}

static bool object_line(struct kd_builder *b, struct kd_view t)
{
	uint64_t n;
	struct kd_view v;

	v = after(t, "which belongs to the cache ");
	if (v.p) {
		kd_builder_str(b, "object", "cache", kd_view_head(v, kd_view_chr(v, ' ')));
		if (num_after(v, " of size ", &n))
			kd_builder_u64(b, "object", "size", n, "bytes");
		return true;
	}
	if (kd_view_starts(t, KD_V("The buggy address is located ")) ||
	    kd_view_starts(t, KD_V("The buggy address belongs to "))) {
		v = after(t, "is located ");
		if (v.p && kd_view_take_dec(&v, &n)) {
			kd_builder_u64(b, "object", "distance", n, "bytes");
			v = kd_view_trim(v);
			kd_view_skip(&v, KD_V("bytes "));
			kd_builder_str(b, "object", "relation", v);
		}
		return true;
	}
	if (hex_after(t, "belongs to the object at ", &n)) {
		kd_builder_hex(b, "object", "address", n);
		return true;
	}
	return false;
}

/* Memory states, page dumps and the like: text without a field. */
static bool is_dump(struct kd_view t)
{
	static const struct kd_view starts[] = {
		KD_V("Memory state around"), KD_V(">ffff"), KD_V("page:"), KD_V("flags: "), KD_V("raw: "),
		KD_V("page dumped because:"), KD_V("The buggy"), KD_V("kfence-#"), KD_V("head:"),
		KD_V("Bytes "), KD_V("Local variable"), KD_V("page_owner"),
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(starts); i++)
		if (kd_view_starts(t, starts[i]))
			return true;
	return kd_view_eq(t, KD_V("^")) ||
	       (t.n > 20 && kd_view_starts(t, KD_V("ffff")) && kd_view_has(t, KD_V(": ")));
}

bool kd_kind_kasan_line(struct kd_builder *b, struct kd_view t)
{
	t = kd_view_trim(t);
	if (kasan_header(b, t) || access_line(b, t) || object_line(b, t))
		return true;
	if (kd_view_ends(t, KD_V("created by:")) || kd_view_ends(t, KD_V(" in frame:"))) {
		kd_builder_stack(b, t, KD_STACK_OTHER, KD_CTX_UNKNOWN);
		return true;
	}
	if (is_dump(t)) {
		kd_builder_role(b, KD_ROLE_DETAIL);
		return true;
	}
	if (kd_view_starts(t, KD_V("allocated by task "))) {
		kd_builder_stack(b, t, KD_STACK_ALLOC, KD_CTX_UNKNOWN);
		return true;
	}
	if (kd_view_starts(t, KD_V("freed by task "))) {
		kd_builder_stack(b, t, KD_STACK_FREE, KD_CTX_UNKNOWN);
		return true;
	}
	return false;
}

void kd_kind_kasan_finish(struct kd_builder *b)
{
	const struct kd_fact *sub = kd_builder_get(b, "sanitizer", "subtype");
	const struct kd_fact *cache = kd_builder_get(b, "object", "cache");
	const struct kd_access *a = &b->r->access;
	char size[32] = "";

	if (!sub)
		return;
	if (a->has_size)
		snprintf(size, sizeof(size), " of %llu bytes", (unsigned long long)a->size);
	kd_builder_title(b, "%.*s%s%s in %.*s%s%.*s%s", KD_VARG(sub->str),
			 a->has_dir ? (a->write ? " write" : " read") : "", size,
			 KD_VARG(b->r->has_where ? kd_func_title(&b->r->where) : KD_V("unknown")),
			 cache ? " (object of " : "", KD_VARG(cache ? cache->str : KD_VNULL),
			 cache ? ")" : "");
}

bool kd_kind_kcsan_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = kd_view_trim(t), in = after(v, "BUG: KCSAN: ");

	if (in.p) {
		kd_builder_str(b, "sanitizer", "subtype", kd_view_head(in, kd_view_find(in, KD_V(" in "))));
		in = after(in, " in ");
		if (in.p)
			kd_builder_where(b, in);
		return true;
	}
	if ((kd_view_starts(v, KD_V("read")) || kd_view_starts(v, KD_V("write")) ||
	     kd_view_starts(v, KD_V("race at unknown"))) &&
	    kd_view_has(v, KD_V("0x"))) {
		kd_builder_section(b, "race_access");
		kd_builder_str(b, "race_access", "text", v);
		kd_builder_stack(b, v, b->stacks.n ? KD_STACK_OTHER : KD_STACK_CRASH, KD_CTX_UNKNOWN);
		return true;
	}
	return kd_view_starts(v, KD_V("value changed:")) || kd_view_starts(v, KD_V("Reported by Kernel Concurrency"));
}

bool kd_kind_fault_line(struct kd_builder *b, struct kd_view t)
{
	static const char *const keys[] = {
		"dereference at virtual address ", "dereference at ", "dereference, address: ",
		"paging request at virtual address ", "paging request at ", "page fault for address: ",
		"non-canonical address ", "user memory at virtual address ", "maybe for address ",
		"access at address "};
	struct kd_access *a = &b->r->access;
	struct kd_view v = kd_view_trim(t), ip = after(v, " ip: ");
	uint64_t n;

	for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++)
		if (hex_after(v, keys[i], &n)) {
			kd_builder_access(b, n);
			break;
		}
	if (ip.p)
		kd_builder_where(b, ip);
	n = 0;
	if (kd_view_has(v, KD_V("general protection fault"))) {
		struct kd_view code = after(v, ": ");
		uint64_t c;

		if (code.p && kd_view_take_hex(&code, &c) && kd_view_starts(code, KD_V(" [#"))) {
			a->code = c;
			a->has_code = true;
			a->code_line = b->line;
		}
		return false; /* the common reader takes [#n] and the configuration */
	}
	if (kd_view_starts(v, KD_V("KASAN: ")) && kd_view_has(v, KD_V("in range ["))) {
		kd_builder_str(b, "kasan_range", "text", v);
		return true;
	}
	if (kd_view_starts(v, KD_V("Faulting instruction address:")) ||
	    kd_view_starts(v, KD_V("kernel tried to execute")) ||
	    kd_view_starts(v, KD_V("Process accounting")) || kd_view_starts(v, KD_V("[#")))
		return true;
	return kd_view_starts(v, KD_V("BUG: ")) || kd_view_starts(v, KD_V("Unable to handle"));
}

/* Since Linux 6.19: "WARNING: FILE:LINE at foo+0x1/0x2 [mod], CPU#1: comm/PID" */
static bool new_warning(struct kd_builder *b, struct kd_view w)
{
	struct kd_view place, symbol, rest = after(w, ", CPU#"), pid;
	size_t at = kd_view_find(w, KD_V(" at ")), end = kd_view_find(w, KD_V(", CPU#")), slash;
	bool has_pid;
	int64_t id = 0;
	uint64_t n;

	if (!rest.p || at == KD_NPOS || at > end)
		return false;
	place = kd_view_trim(kd_view_head(w, at));
	symbol = kd_view(w.p + at + 4, end - at - 4);
	if (kd_view_chr(place, ' ') != KD_NPOS || !kd_builder_location(b, place))
		return false;
	kd_builder_where(b, kd_view_trim(symbol));
	if (kd_view_take_dec(&rest, &n))
		kd_builder_cpu(b, n);
	if (!kd_view_skip(&rest, KD_V(": ")))
		return true;
	slash = kd_view_rchr(rest, '/');
	if (slash == KD_NPOS)
		return true;
	pid = kd_view_from(rest, slash + 1);
	has_pid = kd_view_take_int(&pid, &id);
	kd_builder_task(b, kd_view_head(rest, slash), has_pid, id);
	return true;
}

/* "kernel BUG at file:line!", "WARNING: CPU: 0 PID: 1 at file:line func+0x1/0x2 [mod]" */
bool kd_kind_bugat_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = after(t, " at "), word, warn = after(t, "WARNING: ");
	uint64_t n;
	int64_t pid;

	if (b->phase || !v.p)
		return false;
	if (!warn.p && !kd_view_has(t, KD_V("BUG at ")))
		return false;
	b->phase = 1;
	if (warn.p && new_warning(b, warn))
		return true;
	if (kd_view_take_word(&v, &word))
		kd_builder_location(b, word);
	kd_view_skip_blank(&v);
	if (warn.p) {
		if (num_after(warn, "CPU: ", &n))
			kd_builder_cpu(b, n);
		warn = after(warn, "PID: ");
		if (warn.p && kd_view_take_int(&warn, &pid))
			kd_builder_task(b, KD_VNULL, true, pid);
		if (v.n)
			kd_builder_where(b, v);
	}
	return true;
}

static bool lock_at(struct kd_builder *b, struct kd_view t)
{
	struct kd_view at = after(t, ", at: ");

	if (!at.p)
		at = after(t, " at: ");
	if (!at.p)
		return false;
	kd_view_skip_blank(&at);
	kd_builder_section(b, "lock");
	kd_builder_str(b, "lock", "text", kd_view_trim(t));
	if (kd_view_chr(at, ']') != KD_NPOS && at.n && at.p[0] == '[')
		at = kd_view_trim(kd_view_from(at, kd_view_chr(at, ']') + 1));
	kd_builder_str(b, "lock", "at", at);
	if (b->phase == 1)
		kd_builder_where(b, at);
	b->phase = 2;
	return true;
}

bool kd_kind_lockdep_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text);

	if (kd_view_has(t, KD_V("is trying to acquire lock")) || kd_view_has(t, KD_V("is freeing memory")) ||
	    kd_view_has(t, KD_V("is trying to release lock"))) {
		b->phase = 1;
		return true;
	}
	if (lock_at(b, t))
		return true;
	if (kd_view_starts(t, KD_V("-> #"))) {
		kd_builder_stack(b, t, KD_STACK_DEPENDS, KD_CTX_UNKNOWN);
		return true;
	}
	if (kd_view_starts(t, KD_V("stack backtrace:"))) {
		kd_builder_expect_stack(b, KD_STACK_CRASH);
		return false;
	}
	if (b->header_seen && t.n && (kd_view_has(t, KD_V("lock")) || kd_view_has(t, KD_V("chain")) ||
				      kd_view_has(t, KD_V("CPU0")) || kd_view_has(t, KD_V("irqs")) ||
				      kd_view_has(t, KD_V("DEADLOCK")) || t.p[0] == '#' ||
				      kd_view_starts(t, KD_V("(&")) || t.p[0] == '{' || kd_view_starts(t, KD_V("...")))) {
		struct kd_token k;

		kd_token_parse(text, &k);
		if (k.cls != KD_TOK_OTHER)
			return false;
		kd_builder_role(b, KD_ROLE_DETAIL);
		return true;
	}
	return false;
}

/*
 * Behind the header: the flags, the task's state, and who may hold the lock
 * (kernel/hung_task.c, debug_show_blocker(): read without the lock, "likely").
 */
static bool hang_detail(struct kd_builder *b, struct kd_view t)
{
	struct kd_view who, name;

	if (kd_view_has(t, KD_V(" blocked on a"))) {
		if (kd_builder_get(b, "hang", "kernel_says"))
			return true;
		kd_builder_str(b, "hang", "kernel_says", t);
		kd_builder_expect_stack(b, KD_STACK_OTHER); /* the owner's, if it is shown */
		who = after(t, "likely owned by task ");
		if (who.p && kd_view_take_word(&who, &name))
			kd_builder_str(b, "hang", "likely_owner",
				       kd_view_ends(name, KD_V(".")) ? kd_view_head(name, name.n - 1) : name);
		return true;
	}
	if (kd_view_starts(t, KD_V("task:"))) {
		who = after(t, "state:");
		if (who.p && !kd_builder_get(b, "hang", "state"))
			kd_builder_str(b, "hang", "state", kd_view_head(who, kd_view_chr(who, ' ')));
		return true;
	}
	if (kd_view_starts(t, KD_V("Tainted: ")) || kd_view_starts(t, KD_V("Not tainted"))) {
		kd_builder_taint(b, t);
		return true;
	}
	return kd_view_has(t, KD_V("hung_task_timeout_secs")) ||
	       kd_view_has(t, KD_V("irq event stamp")) ||
	       kd_view_has(t, KD_V("hardirqs last")) || kd_view_has(t, KD_V("softirqs last"));
}

/* "INFO: task T:PID blocked for more than N seconds.", "BUG: soft lockup - CPU#1 stuck for 22s! [c:1]" */
bool kd_kind_hang_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), who = after(t, "INFO: task "), name, pid;
	uint64_t n;
	int64_t id = 0;
	size_t colon;
	bool has_pid;

	if (!b->phase && who.p && kd_view_take_word(&who, &name)) {
		b->phase = 1;
		colon = kd_view_rchr(name, ':');
		if (colon != KD_NPOS) {
			pid = kd_view_from(name, colon + 1);
			has_pid = kd_view_take_int(&pid, &id);
			kd_builder_task(b, kd_view_head(name, colon), has_pid, id);
		}
		if (num_after(t, "for more than ", &n))
			kd_builder_u64(b, "hang", "blocked_for", n, "seconds");
		return true;
	}
	if (!b->phase && num_after(t, "CPU#", &n)) {
		b->phase = 1;
		kd_builder_cpu(b, n);
		if (num_after(t, "stuck for ", &n))
			kd_builder_u64(b, "lockup", "stuck_for", n, "seconds");
		who = after(t, "[");
		colon = kd_view_rchr(who, ':');
		if (who.p && colon != KD_NPOS) {
			pid = kd_view_from(who, colon + 1);
			has_pid = kd_view_take_int(&pid, &id);
			kd_builder_task(b, kd_view_head(who, colon), has_pid, id);
		}
		return true;
	}
	return hang_detail(b, t);
}

bool kd_kind_rcu_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v;

	kd_view_skip(&t, KD_V("rcu: "));
	t = kd_view_trim(t);
	v = after(t, "INFO: ");
	if (v.p && !b->phase) {
		struct kd_view flavour;

		b->phase = 1;
		if (kd_view_take_word(&v, &flavour))
			kd_builder_str(b, "rcu", "flavour", flavour);
		return true;
	}
	if (kd_view_has(t, KD_V("idle=")) || kd_view_has(t, KD_V("softirq=")) ||
	    kd_view_starts(t, KD_V("Tasks blocked on"))) {
		kd_builder_section(b, "holdout");
		kd_builder_str(b, "holdout", "text", t);
		return true;
	}
	if (kd_view_has(t, KD_V("detected by")) || kd_view_starts(t, KD_V("(t="))) {
		kd_builder_str(b, "rcu", "detected", t);
		return true;
	}
	if (kd_view_has(t, KD_V("kthread starved for")) || kd_view_has(t, KD_V("kthread timer wakeup"))) {
		kd_builder_str(b, "rcu", "starved", t);
		kd_builder_expect_stack(b, KD_STACK_GP);
		return true;
	}
	if (kd_view_has(t, KD_V("NMI backtrace for cpu")) || kd_view_starts(t, KD_V("Task dump for CPU"))) {
		kd_builder_expect_stack(b, KD_STACK_HOLDOUT);
		return true;
	}
	return kd_view_starts(t, KD_V("Sending NMI")) || kd_view_starts(t, KD_V("All QSes seen")) ||
	       kd_view_starts(t, KD_V("Unless rcu")) || kd_view_starts(t, KD_V("RCU grace-period kthread")) ||
	       kd_view_starts(t, KD_V("task:")) || kd_view_starts(t, KD_V("blocking rcu_node"));
}

bool kd_kind_page_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text);
	uint64_t n;

	if (hex_after(t, "pfn:", &n) && !kd_builder_get(b, "page", "pfn"))
		kd_builder_hex(b, "page", "pfn", n);
	if (kd_view_starts(t, KD_V("page dumped because: "))) {
		kd_builder_str(b, "page", "reason", kd_view_from(t, 21));
		return true;
	}
	return kd_view_starts(t, KD_V("page:")) || kd_view_starts(t, KD_V("flags: ")) ||
	       kd_view_starts(t, KD_V("raw: ")) || kd_view_starts(t, KD_V("page_owner")) ||
	       kd_view_starts(t, KD_V("BUG: Bad page"));
}

bool kd_kind_panic_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view v = after(text, "not syncing: ");

	if (b->phase || !v.p)
		return false;
	b->phase = 1;
	v = kd_view_trim(v);
	kd_builder_str(b, "panic", "reason", v);
	kd_builder_title(b, "kernel panic: %.*s", KD_VARG(v));
	b->r->panicked = true;
	b->r->panic_text = kd_arena_view(b->arena, kd_view_trim(text));
	b->r->outcome_line = b->line;
	return true;
}
