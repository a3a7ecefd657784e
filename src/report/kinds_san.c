// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sanitizers: KASAN, KFENCE, KMSAN, KCSAN.
 *
 * Formats: mm/kasan/report.c, report_generic.c, report_tags.c and report_sw_tags.c (print_error_description,
 * print_address_description, describe_object, print_memory_metadata), mm/kfence/report.c,
 * mm/kmsan/report.c, kernel/kcsan/report.c.
 */
#include "report/kinds_internal.h"

#include "base/alloc.h"
#include "report/poison.h"

struct san {
	bool tags;	   /* tag based KASAN: rows hold tags of 16 bytes each */
	bool region_next;  /* "is located … of" stands on the line before its region */
	bool variable_next, frame_next, shadow_done, in_objects;
	struct kd_view range; /* KFENCE: bytes it wrote over */
};

static struct san *san(struct kd_builder *b)
{
	if (!b->mine)
		b->mine = kd_arena_new(b->arena, struct san);
	return b->mine;
}

static bool detail(struct kd_builder *b)
{
	kd_builder_role(b, KD_ROLE_DETAIL);
	return true;
}

/* "Read of size 8 at addr ffff… by task foo/123" */
static bool access_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_access *a = &b->r->access;
	bool write = kd_starts(t, "Write of size ");
	uint64_t n;

	/* newer kernels, of a double or invalid free: "Free of addr ffff… by task foo/123" */
	if (kd_starts(t, "Free of addr ") && kd_hex_after(t, "of addr ", &n)) {
		kd_builder_access(b, n);
		kd_builder_task_pid(b, kd_after(t, "by task "));
		return true;
	}
	if (!write && !kd_starts(t, "Read of size "))
		return false;
	if (kd_num_after(t, "of size ", &n)) {
		a->size = n;
		a->has_size = true;
	}
	a->write = write;
	a->has_dir = true;
	if (kd_hex_after(t, "at addr ", &n) || kd_hex_after(t, "by addr ", &n))
		kd_builder_access(b, n);
	kd_builder_task_pid(b, kd_after(t, "by task "));
	return true;
}

static bool header(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = kd_after(t, "KASAN: "), in;
	size_t at;
	uint64_t n;

	if (!v.p)
		v = kd_after(t, "KFENCE: ");
	if (!v.p)
		v = kd_after(t, "KMSAN: ");
	if (!v.p)
		return false;
	if (b->phase) { /* a decoded log repeats the header for each inlined function; phase counts them */
		const struct kd_fact *sub = kd_builder_get(b, "sanitizer", "subtype");

		in = kd_after(t, " in ");
		if (!sub || b->line != sub->line + (int32_t)b->phase || !kd_view_starts(v, sub->str) || !in.p)
			return false;
		b->phase++;
		b->r->has_where = false;
		kd_builder_where(b, in);
		return true;
	}
	b->phase = 1;
	at = kd_view_find(v, KD_V(" in "));
	if (at == KD_NPOS)
		at = kd_view_find(v, KD_V(" on address "));
	kd_builder_str(b, "sanitizer", "subtype", kd_view_head(v, at));
	in = kd_after(t, " in ");
	if (in.p)
		kd_builder_where(b, in);
	if (kd_hex_after(t, " on address ", &n) || kd_hex_after(t, " at addr ", &n))
		kd_builder_access(b, n);
	return true;
}

/* --- the object ---------------------------------------------------------------------------- */

/* "freed 64-byte region [ffff…, ffff…)"; older: "64-byte region [" */
static bool region(struct kd_builder *b, struct san *s, struct kd_view t)
{
	struct kd_view v = kd_after(t, "-byte region ["), state = t;
	uint64_t from, to, size;

	s->region_next = false;
	if (!v.p || !kd_view_take_hex(&v, &from) || !kd_view_skip(&v, KD_V(", ")) || !kd_view_take_hex(&v, &to))
		return false;
	if (kd_view_skip(&state, KD_V("freed ")))
		kd_builder_str(b, "object", "state", KD_V("freed"));
	else if (kd_view_skip(&state, KD_V("allocated ")))
		kd_builder_str(b, "object", "state", KD_V("allocated"));
	if (kd_view_take_dec(&state, &size))
		kd_builder_u64(b, "object", "region_size", size, "bytes");
	kd_builder_hex(b, "object", "region_start", from);
	kd_builder_hex(b, "object", "region_end", to);
	if (b->r->access.has_addr && b->r->access.addr >= from && b->r->access.addr < to)
		kd_builder_u64(b, "object", "offset", b->r->access.addr - from, "bytes");
	return true;
}

static bool located(struct kd_builder *b, struct san *s, struct kd_view t)
{
	struct kd_view v = kd_after(t, "is located ");
	uint64_t n;

	if (v.p && kd_view_take_dec(&v, &n)) {
		kd_builder_u64(b, "object", "distance", n, "bytes");
		v = kd_view_trim(v);
		kd_view_skip(&v, KD_V("bytes "));
		kd_builder_str(b, "object", "relation", v);
		s->region_next = true;
	}
	s->variable_next = kd_has(t, "belongs to the variable");
	s->frame_next = kd_has(t, "in frame:");
	v = kd_after(t, "belongs to stack of task ");
	if (v.p)
		kd_builder_str(b, "object", "stack_of", v);
	if (kd_has(t, "belongs to the virtual mapping"))
		kd_builder_bool(b, "object", "virtual_mapping", true);
	return true;
}

/* Stack objects: "and is located at offset 36 in frame:", " f+0x0/0x1a0", " [32, 36) 'x'" */
static bool stack_object(struct kd_builder *b, struct san *s, struct kd_view t)
{
	struct kd_view v;
	uint64_t n;

	if (kd_has(t, "located at offset ") && kd_has(t, "in frame:")) {
		if (kd_num_after(t, "at offset ", &n))
			kd_builder_u64(b, "object", "frame_offset", n, "bytes");
		s->frame_next = true;
		return true;
	}
	if (s->frame_next || s->variable_next) {
		bool frame = s->frame_next;

		s->frame_next = s->variable_next = false;
		kd_builder_str(b, "object", frame ? "frame" : "variable", t);
		return true;
	}
	if (kd_starts(t, "This frame has ") || kd_starts(t, "this frame has ")) {
		s->in_objects = true;
		return true;
	}
	v = t;
	if (!s->in_objects || !kd_view_skip(&v, KD_V("[")) || !kd_view_take_dec(&v, &n) || !kd_has(v, ") '"))
		return false;
	kd_builder_section(b, "stack_object");
	kd_builder_u64(b, "stack_object", "from", n, NULL);
	kd_view_skip(&v, KD_V(", "));
	if (kd_view_take_dec(&v, &n))
		kd_builder_u64(b, "stack_object", "to", n, NULL);
	v = kd_after(v, "'");
	kd_builder_str(b, "stack_object", "name", kd_view_head(v, kd_view_chr(v, '\'')));
	return true;
}

static bool object_line(struct kd_builder *b, struct san *s, struct kd_view t)
{
	uint64_t n;
	struct kd_view v;

	v = kd_after(t, "which belongs to the cache ");
	if (v.p) {
		kd_builder_str(b, "object", "cache", kd_view_head(v, kd_view_chr(v, ' ')));
		if (kd_num_after(v, " of size ", &n))
			kd_builder_u64(b, "object", "size", n, "bytes");
		return true;
	}
	if (kd_hex_after(t, "belongs to the object at ", &n)) {
		kd_builder_hex(b, "object", "address", n);
		return true;
	}
	if (kd_starts(t, "The buggy address is located ") || kd_starts(t, "The buggy address belongs to "))
		return located(b, s, t);
	return (s->region_next && region(b, s, t)) || stack_object(b, s, t);
}

/* --- shadow ------------------------------------------------------------------------------------ */

/* "Pointer tag: [f7], memory tag: [fe]" */
static bool tag_line(struct kd_builder *b, struct san *s, struct kd_view t)
{
	uint64_t n;

	if (!kd_hex_after(t, "Pointer tag: [", &n))
		return false;
	s->tags = true;
	kd_builder_hex(b, "sanitizer", "pointer_tag", n);
	if (kd_hex_after(t, "emory tag: [", &n))
		kd_builder_hex(b, "sanitizer", "memory_tag", n);
	return true;
}

/* Is the byte at `within` of a granule with this shadow value out of bounds? */
static bool is_bad(uint64_t shadow, uint64_t within)
{
	return shadow && (shadow > 7 || within >= shadow);
}

/*
 * ">ffff888…: 00 00 fc fc …": 16 shadow bytes of 8 bytes each. The first bad one that the access
 * touches is what the check saw; its row may be the next one, so every row from '>' on is asked.
 */
static bool shadow_row(struct kd_builder *b, struct san *s, struct kd_view t)
{
	const struct kd_access *a = &b->r->access;
	struct kd_view v = t, word;
	bool here = kd_view_skip(&v, KD_V(">"));
	uint64_t row, byte, size = a->has_size && a->size && a->size < 4096 ? a->size : 1;

	if (!kd_view_take_hex(&v, &row) || !kd_view_skip(&v, KD_V(": ")) || v.n < 16 * 3 - 1)
		return false;
	if (here)
		kd_builder_hex(b, "shadow", "row", row);
	for (unsigned i = 0; !s->tags && !s->shadow_done && a->has_addr && i < 16 && kd_view_take_word(&v, &word); i++) {
		uint64_t g = row + 8 * (uint64_t)i;
		const struct kd_kasan_code *c;
		uint64_t last;

		if (!kd_view_hex(word, &byte) || byte > 0xff)
			break;
		if (a->addr + size <= g || a->addr >= g + 8)
			continue;
		last = a->addr + size < g + 8 ? a->addr + size - 1 - g : 7;
		if (!is_bad(byte, last))
			continue;
		c = kd_kasan_shadow((uint8_t)byte, KD_KASAN_GENERIC);
		kd_builder_hex(b, "shadow", "granule", g);
		kd_builder_hex(b, "shadow", "byte", byte);
		if (c)
			kd_builder_str(b, "shadow", "meaning", kd_view_of(c->words));
		s->shadow_done = true;
	}
	return detail(b);
}

/* --- KFENCE ---------------------------------------------------------------------------------------- */

/* "Out-of-bounds read at 0x… (1B left of kfence-#17):", "Corrupted memory at 0x… [ ! . ] (in kfence-#9):" */
static bool kfence_access(struct kd_builder *b, struct kd_view t)
{
	static const char *const starts[] = {"Out-of-bounds ", "Use-after-free ", "Invalid ", "Corrupted memory at "};
	struct kd_access *a = &b->r->access;
	struct kd_view v, name = t;
	uint64_t n;
	size_t i = 0;

	while (i < KD_ARRAY_LEN(starts) && !kd_starts(t, starts[i]))
		i++;
	if (i == KD_ARRAY_LEN(starts) || (!kd_has(t, " at 0x") && !kd_has(t, " of 0x")))
		return false;
	if ((kd_hex_after(t, " at ", &n) || kd_hex_after(t, " of ", &n)) && !kd_may_be_hashed(n))
		kd_builder_access(b, n);
	if (kd_has(t, " read at ") || kd_has(t, " write at ")) {
		a->has_dir = true;
		a->write = kd_has(t, " write at ");
	}
	v = kd_after(t, "(in kfence-#");
	if (!v.p && (v = kd_after(t, " of kfence-#")).p) {
		struct kd_view dist = kd_after(t, " (");

		if (kd_view_take_dec(&dist, &n) && kd_view_skip(&dist, KD_V("B "))) {
			kd_builder_u64(b, "object", "distance", n, "bytes");
			kd_builder_str(b, "object", "relation", kd_view_head(dist, kd_view_find(dist, KD_V(" kfence"))));
		}
	}
	if (v.p && kd_view_take_dec(&v, &n))
		kd_builder_u64(b, "object", "kfence_slot", n, NULL);
	v = kd_after(t, " [ ");
	if (v.p && kd_starts(t, "Corrupted"))
		kd_builder_str(b, "object", "corrupted_bytes", kd_view_trim(kd_view_head(v, kd_view_chr(v, ']'))));
	if (kd_view_ends(name, KD_V(":")))
		name.n--;
	kd_builder_stack(b, name, KD_STACK_CRASH, KD_CTX_UNKNOWN);
	return true;
}

/* "kfence-#37: 0x…-0x…, size=32, cache=kmalloc-32" */
static bool kfence_object(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = t;
	uint64_t n;

	if (!kd_view_skip(&v, KD_V("kfence-#")) || !kd_view_take_dec(&v, &n) || !kd_has(v, "size="))
		return false;
	if (kd_hex_after(v, ": ", &n) && !kd_may_be_hashed(n))
		kd_builder_hex(b, "object", "region_start", n);
	if (kd_num_after(v, "size=", &n))
		kd_builder_u64(b, "object", "size", n, "bytes");
	v = kd_word_after(v, "cache=");
	if (v.n)
		kd_builder_str(b, "object", "cache", v);
	return true;
}

/* --- KMSAN ------------------------------------------------------------------------------------------- */

static bool kmsan_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = t;
	uint64_t n, to;

	if (kd_view_skip(&v, KD_V("Bytes ")) && kd_view_take_dec(&v, &n) && kd_view_skip(&v, KD_V("-")) &&
	    kd_view_take_dec(&v, &to) && kd_has(v, " are uninitialized")) {
		kd_builder_u64(b, "uninit", "first_byte", n, NULL);
		kd_builder_u64(b, "uninit", "last_byte", to, NULL);
		if (kd_num_after(v, " of ", &n))
			kd_builder_u64(b, "uninit", "of", n, "bytes");
		return true;
	}
	if (kd_num_after(t, "Memory access of size ", &n)) {
		b->r->access.size = n;
		b->r->access.has_size = true;
		if (kd_hex_after(t, "starts at ", &n))
			kd_builder_access(b, n);
		return true;
	}
	if (kd_hex_after(t, "Data copied to user address ", &n)) {
		kd_builder_hex(b, "uninit", "copied_to_user", n);
		return true;
	}
	v = t;
	if (!kd_view_skip(&v, KD_V("Local variable ")) || !kd_view_ends(v, KD_V(" created at:")))
		return false;
	v.n -= 12;
	kd_view_skip(&v, KD_V("----"));
	kd_builder_str(b, "uninit", "variable", v);
	kd_builder_stack(b, kd_view_head(t, t.n - 1), KD_STACK_ORIGIN, KD_CTX_UNKNOWN);
	return true;
}

/* --- all of them --------------------------------------------------------------------------------------- */

/* Memory states, page dumps and the like: text without a field. */
static bool is_dump(struct kd_view t)
{
	static const char *const starts[] = {
		"page:", "page: ", "flags: ", "raw: ", "page dumped because:", "The buggy", "head:", "page_owner", "memcg:",
		"page_type:", "ksm flags:", "anon flags:", "which belongs to a page", "index:",
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(starts); i++)
		if (kd_starts(t, starts[i]))
			return true;
	return kd_view_eq(t, KD_V("^"));
}

static bool any_line(struct kd_builder *b, struct san *s, struct kd_view t)
{
	if (header(b, t) || access_line(b, t) || object_line(b, s, t) || tag_line(b, s, t) || shadow_row(b, s, t))
		return true;
	if (kd_starts(t, "Memory state around the buggy address")) {
		kd_builder_role(b, KD_ROLE_SECTION);
		return true;
	}
	return kfence_access(b, t) || kfence_object(b, t) || kmsan_line(b, t);
}

bool kd_kind_kasan_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text);
	struct san *s = san(b);
	bool alloc = kd_starts(t, "allocated by task ");

	if (!s)
		return false;
	if (any_line(b, s, t))
		return true;
	if (is_dump(t))
		return detail(b);
	if (alloc || kd_starts(t, "freed by task ")) {
		struct kd_view name = kd_view_ends(t, KD_V(":")) ? kd_view_head(t, t.n - 1) : t;
		struct kd_stack *st = kd_builder_stack(b, name, alloc ? KD_STACK_ALLOC : KD_STACK_FREE, KD_CTX_UNKNOWN);

		kd_builder_stack_who(st, t);
		return true;
	}
	return false;
}

void kd_kind_kasan_finish(struct kd_builder *b)
{
	const struct kd_fact *sub = kd_builder_get(b, "sanitizer", "subtype");
	const struct kd_fact *cache = kd_builder_get(b, "object", "cache");
	const struct kd_access *a = &b->r->access;
	const struct kd_frame *f = b->r->has_where ? &b->r->where : NULL;
	char size[32] = "";

	if (!sub)
		return;
	if (a->has_size)
		snprintf(size, sizeof(size), " of %llu byte%s", (unsigned long long)a->size, a->size == 1 ? "" : "s");
	/* The check stands in a helper (then guilty is another one), often; older headers name no function. */
	if (b->r->has_guilty)
		f = &b->r->guilty;
	kd_builder_title(b, "%.*s%s%s%s%.*s%s%.*s%s", KD_VARG(sub->str),
			 !a->has_dir || kd_has(sub->str, " read") || kd_has(sub->str, " write") ? ""
			 : a->write							   ? " write"
											   : " read",
			 size, f ? " in " : "", KD_VARG(f ? kd_func_title(f) : KD_VNULL),
			 cache ? " (object of " : "", KD_VARG(cache ? cache->str : KD_VNULL), cache ? ")" : "");
}

/* "write (marked) to 0xffff… of 8 bytes by task 123 on cpu 0:", "race at unknown origin, with read to …" */
static bool kcsan_access(struct kd_builder *b, struct kd_view t)
{
	struct kd_stack *st;
	uint64_t n;

	if ((!kd_starts(t, "read") && !kd_starts(t, "write") && !kd_starts(t, "assert no") &&
	     !kd_starts(t, "race at unknown")) ||
	    !kd_has(t, "0x"))
		return false;
	kd_builder_section(b, "race_access");
	kd_builder_str(b, "race_access", "text", t);
	kd_builder_bool(b, "race_access", "write", kd_starts(t, "write") || kd_has(t, "with write"));
	kd_builder_bool(b, "race_access", "marked", kd_has(t, "(marked"));
	if (kd_hex_after(t, "to 0x", &n)) {
		kd_builder_hex(b, "race_access", "address", n);
		kd_builder_access(b, n);
	}
	if (kd_num_after(t, " of ", &n)) {
		kd_builder_u64(b, "race_access", "size", n, "bytes");
		b->r->access.size = n;
		b->r->access.has_size = true;
	}
	st = kd_builder_stack(b, t, b->stacks.n ? KD_STACK_OTHER : KD_STACK_CRASH, KD_CTX_UNKNOWN);
	kd_builder_stack_who(st, t);
	if (st && kd_has(t, "by interrupt"))
		st->ctx = KD_CTX_IRQ;
	return true;
}

bool kd_kind_kcsan_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), in = kd_after(t, "BUG: KCSAN: "), v;

	if (in.p) {
		kd_builder_str(b, "sanitizer", "subtype", kd_view_head(in, kd_view_find(in, KD_V(" in "))));
		in = kd_after(in, " in ");
		if (in.p)
			kd_builder_where(b, in);
		return true;
	}
	if (kcsan_access(b, t))
		return true;
	v = t;
	if (kd_view_skip(&v, KD_V("value changed: "))) {
		kd_builder_str(b, "sanitizer", "value_changed", v);
		return true;
	}
	return kd_starts(t, "Reported by Kernel Concurrency");
}
