// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Damaged pages and slabs.
 *
 * Formats: mm/debug.c (__dump_page), mm/page_alloc.c (bad_page), mm/memory.c (print_bad_pte),
 * mm/page_owner.c, mm/slub.c (slab_bug, print_track, print_slab_info, print_section, check_bytes_and_report,
 * slab_fix, list_slab_objects).
 */
#include "report/kinds_internal.h"

#include "base/alloc.h"
#include "report/poison.h"

static bool detail(struct kd_builder *b)
{
	kd_builder_role(b, KD_ROLE_DETAIL);
	return true;
}

/* --- pages ------------------------------------------------------------------------------------ */

/* "page:00… refcount:0 mapcount:6 mapping:0000… index:0x0 pfn:0x1b380", also "head: … order:3 …" */
static bool page_row(struct kd_builder *b, struct kd_view t)
{
	bool head = kd_starts(t, "head:");
	const char *sec = head ? "compound_head" : "page";
	struct kd_view v;
	uint64_t n;

	if (!head && !kd_starts(t, "page:"))
		return false;
	if (kd_has(t, "refcount:") || kd_has(t, "count:")) {
		v = kd_after(t, kd_has(t, "refcount:") ? "refcount:" : "count:");
		int64_t c;

		if (kd_view_take_int(&v, &c))
			kd_builder_i64(b, sec, "refcount", c, NULL);
		v = kd_after(t, "mapcount:");
		if (v.p && kd_view_take_int(&v, &c))
			kd_builder_i64(b, sec, "mapcount", c, NULL);
	}
	v = kd_word_after(t, "mapping:");
	if (v.n)
		kd_builder_str(b, sec, "mapping", v);
	if (kd_hex_after(t, "index:0x", &n))
		kd_builder_hex(b, sec, "index", n);
	if (kd_hex_after(t, "pfn:0x", &n) && !kd_builder_get(b, sec, "pfn"))
		kd_builder_hex(b, sec, "pfn", n);
	if (kd_num_after(t, "order:", &n))
		kd_builder_u64(b, sec, "order", n, NULL);
	return true;
}

static bool page_facts(struct kd_builder *b, struct kd_view t)
{
	static const struct {
		const char *text, *key;
	} keys[] = {
		{"page dumped because: ", "reason"}, {"page_type: ", "type"},	      {"memcg:", "memcg"},
		{"aops:", "operations"},	     {"anon flags: ", "flags"},
		{"page_owner tracks the page as ", "owner_tracking"},
	};
	struct kd_view v = t;
	uint64_t n;

	for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++)
		if (kd_view_skip(&v, kd_view_of(keys[i].text))) {
			kd_builder_str(b, "page", keys[i].key, v);
			return true;
		}
	if (kd_view_skip(&v, KD_V("flags: ")) && kd_view_take_hex(&v, &n)) {
		kd_builder_hex(b, "page", "flags", n);
		if (kd_view_skip(&v, KD_V("(")))
			kd_builder_str(b, "page", "flag_names", kd_view_head(v, kd_view_chr(v, ')')));
		return true;
	}
	return (kd_starts(t, "raw: ") || kd_starts(t, "page_owner") || kd_starts(t, "bad because of flags") ||
		kd_starts(t, "head: ")) &&
	       detail(b);
}

/* "BUG: Bad page map in process x  pte:8000… pmd:1234": and the two lines behind it */
static bool page_map(struct kd_builder *b, struct kd_view t)
{
	static const char *const keys[][2] = {{"pte:", "pte"}, {"pmd:", "pmd"}, {"vm_flags:", "vm_flags"}, {"addr:", "address"}};
	struct kd_view v;
	uint64_t n;

	if (!kd_has(t, "Bad page map") && !kd_starts(t, "addr:") && !kd_starts(t, "file:"))
		return false;
	if (kd_starts(t, "file:")) {
		v = kd_word_after(t, "file:");
		kd_builder_str(b, "page_map", "file", v);
		return true;
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(keys); i++)
		if (kd_hex_after(t, keys[i][0], &n))
			kd_builder_hex(b, "page_map", keys[i][1], n);
	return true;
}

bool kd_kind_page_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v = kd_after(t, " in process ");
	uint64_t n;

	if (kd_starts(t, "BUG: Bad page") && !b->phase) {
		b->phase = 1;
		if (v.p) /* "…  pfn:1b380": two blanks end the name */
			kd_builder_task(b, kd_view_trim(kd_view_head(v, kd_view_find(v, KD_V("  ")))), false, 0);
		if (kd_hex_after(t, "pfn:", &n))
			kd_builder_hex(b, "page", "pfn", n);
		return kd_has(t, "page map") ? page_map(b, t) : true;
	}
	return page_row(b, t) || page_facts(b, t) || page_map(b, t);
}

/* --- slabs ---------------------------------------------------------------------------------------- */

static void byte_fact(struct kd_builder *b, const char *key, const char *words, uint64_t byte)
{
	const struct kd_poison *p = kd_poison_byte((uint8_t)byte);

	kd_builder_hex(b, "slab", key, byte);
	if (p)
		kd_builder_str(b, "slab", words, kd_view_of(p->note));
}

/* "0xff…-0xff… @offset=904. First byte 0x5a instead of 0xcc" */
static bool bad_bytes(struct kd_builder *b, struct kd_view t)
{
	uint64_t from, to, got, want;
	struct kd_view v = t;

	kd_view_skip(&v, KD_V("INFO: "));
	kd_view_skip(&v, KD_V("["));
	kd_view_skip(&v, KD_V("0x"));
	if (!kd_view_take_hex(&v, &from) || !kd_view_skip(&v, KD_V("-")))
		return false;
	kd_view_skip(&v, KD_V("0x"));
	if (!kd_view_take_hex(&v, &to) || !kd_hex_after(t, "First byte 0x", &got) ||
	    !kd_hex_after(t, "instead of 0x", &want) || got > 0xff || want > 0xff)
		return false;
	kd_builder_hex(b, "slab", "first_bad", from);
	kd_builder_hex(b, "slab", "last_bad", to);
	if (to >= from && !kd_may_be_hashed(from))
		kd_builder_u64(b, "slab", "bad_range", to - from + 1, "bytes");
	byte_fact(b, "found", "found_means", got);
	byte_fact(b, "expected", "expected_means", want);
	/* one flipped bit in one byte: memory that lost a bit does this; software seldom */
	kd_builder_bool(b, "slab", "single_bit", from == to && __builtin_popcountll(got ^ want) == 1);
	if (!kd_may_be_hashed(from))
		kd_builder_access(b, from);
	return true;
}

static bool slab_header(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = t, what;
	size_t at;

	if (b->phase || !kd_view_skip(&v, KD_V("BUG ")))
		return false;
	b->phase = 1;
	at = kd_view_find(v, KD_V(" ("));
	if (at == KD_NPOS)
		at = kd_view_find(v, KD_V(": "));
	kd_builder_str(b, "slab", "cache", kd_view_head(v, at));
	what = kd_after(v, "): ");
	if (!what.p)
		what = kd_after(v, ": ");
	if (what.p)
		kd_builder_str(b, "slab", "problem", what);
	v = kd_after(v, " (");
	if (kd_starts(v, "Tainted: ") || kd_starts(v, "Not tainted")) /* before the report adds its own */
		kd_builder_taint(b, kd_view_head(v, kd_view_chr(v, ')')));
	return true;
}

/* "Slab 0xff… objects=20 used=1 fp=0x… flags=0x…(slab|…)", "Object 0xff… @offset=808 fp=0x…" */
static bool slab_info(struct kd_builder *b, struct kd_view t)
{
	bool slab = kd_starts(t, "Slab 0x");
	struct kd_view v = t;
	uint64_t n;

	if (!slab && !kd_starts(t, "Object 0x"))
		return false;
	if (kd_hex_after(v, slab ? "Slab 0x" : "Object 0x", &n))
		kd_builder_hex(b, "slab", slab ? "slab" : "object", n);
	if (kd_num_after(v, "objects=", &n))
		kd_builder_u64(b, "slab", "objects", n, NULL);
	if (kd_num_after(v, "used=", &n))
		kd_builder_u64(b, "slab", "used", n, NULL);
	if (kd_num_after(v, "@offset=", &n))
		kd_builder_u64(b, "slab", "object_offset", n, "bytes");
	if (kd_hex_after(v, "fp=0x", &n))
		kd_builder_hex(b, "slab", slab ? "freelist" : "next_free", n);
	return true;
}

/* "Redzone  ff1a…: cc cc …": sections of the object; the words say whose bytes they are */
static bool slab_dump(struct kd_builder *b, struct kd_view t)
{
	static const char *const starts[] = {"Redzone ", "Left Redzone ", "Right Redzone ", "Object ", "Padding ",
					     "Bytes b4 "};

	for (size_t i = 0; i < KD_ARRAY_LEN(starts); i++)
		if (kd_starts(t, starts[i]) && kd_has(t, ": "))
			return detail(b);
	return false;
}

bool kd_kind_slab_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v = t;
	struct kd_stack *st;
	bool alloc;

	if (slab_header(b, t))
		return true;
	kd_view_skip(&v, KD_V("INFO: "));
	if (bad_bytes(b, t) || slab_info(b, v) || slab_dump(b, t))
		return true;
	alloc = kd_starts(v, "Allocated in ");
	if (alloc || kd_starts(v, "Freed in ")) {
		st = kd_builder_stack(b, v, alloc ? KD_STACK_ALLOC : KD_STACK_FREE, KD_CTX_UNKNOWN);
		kd_builder_stack_who(st, v);
		kd_builder_str(b, "slab", alloc ? "allocated_in" : "freed_in",
			       kd_view_head(kd_view_from(v, alloc ? 13 : 9),
					    kd_view_find(kd_view_from(v, alloc ? 13 : 9), KD_V(" age="))));
		return true;
	}
	v = t;
	if (kd_view_skip(&v, KD_V("FIX "))) {
		kd_builder_str(b, "slab", "repair", kd_after(v, ": ").p ? kd_after(v, ": ") : v);
		return true;
	}
	return (kd_starts(t, "Disabling lock debugging") || kd_starts(t, "Second object")) && detail(b);
}

void kd_kind_slab_finish(struct kd_builder *b)
{
	const struct kd_fact *cache = kd_builder_get(b, "slab", "cache"), *what = kd_builder_get(b, "slab", "problem"),
			     *bit = kd_builder_get(b, "slab", "single_bit");
	struct kd_report *r = b->r;

	if (bit && bit->num) {
		r->owner = KD_OWNER_UNKNOWN;
		r->owner_why = KD_V("exactly one bit of one byte differs: bad memory does that, and so may software; test the memory");
	}
	if (cache && what)
		kd_builder_title(b, "slab corruption in %.*s: %.*s", KD_VARG(cache->str), KD_VARG(what->str));
}
