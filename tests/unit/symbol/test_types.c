// SPDX-License-Identifier: GPL-2.0-or-later
/* Names, members, offsets; all against one struct whose layout stands in the comments. */
#include "check.h"

static uint32_t ptr_to(struct kd_btfw *w, uint32_t type)
{
	return kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, type);
}

static uint32_t list_of(struct kd_btfw *w)
{
	uint32_t list = kd_btfw_reserve(w), p = ptr_to(w, list);

	kd_btfw_at(w, list);
	kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("list_head"), 16);
	kd_btfw_member(w, KD_V("next"), p, 0, 0);
	kd_btfw_member(w, KD_V("prev"), p, 64, 0);
	return list;
}

/*
 * struct thing {                          offset  size
 *	int count;                              0     4
 *	(hole)                                  4     4
 *	struct list_head node;                  8    16
 *	union {
 *		u64 word;                      24     8
 *		struct { int lo; int hi; };    24     8
 *		char bytes[6];                 24     6
 *	};
 *	unsigned a:3, b:5;                     32     4, bits 0 and 3
 *	unsigned short c:4;                    33     bits of byte 33
 *	struct { int x; char y; } pair[3];     36    24 (8 each, 3 bytes of padding in each)
 *	int (*call)(struct thing *, u64);      64     8
 *	char tail;                             72     1
 *	(padding)                              73     7
 * };                                          80
 */
static void thing(struct kd_btfw *w)
{
	uint32_t self = kd_btfw_reserve(w), i, uns, sho, c, ll, u64, list, lohi, bytes, un, pair, pairs, proto, p;

	(void)kd_btfw_int(w, KD_V("long unsigned int"), 8, 0);
	i = kd_btfw_int(w, KD_V("int"), 4, 1);
	uns = kd_btfw_int(w, KD_V("unsigned int"), 4, 0);
	sho = kd_btfw_int(w, KD_V("short unsigned int"), 2, 0);
	c = kd_btfw_int(w, KD_V("char"), 1, 1);
	ll = kd_btfw_int(w, KD_V("long long unsigned int"), 8, 0);
	u64 = kd_btfw_ref(w, KD_BTF_TYPEDEF, KD_V("u64"), ll);
	list = list_of(w);
	lohi = kd_btfw_composite(w, KD_BTF_STRUCT, KD_VNULL, 8);
	kd_btfw_member(w, KD_V("lo"), i, 0, 0);
	kd_btfw_member(w, KD_V("hi"), i, 32, 0);
	bytes = kd_btfw_array(w, c, i, 6);
	un = kd_btfw_composite(w, KD_BTF_UNION, KD_VNULL, 8);
	kd_btfw_member(w, KD_V("word"), u64, 0, 0);
	kd_btfw_member(w, KD_VNULL, lohi, 0, 0);
	kd_btfw_member(w, KD_V("bytes"), bytes, 0, 0);
	pair = kd_btfw_composite(w, KD_BTF_STRUCT, KD_VNULL, 8);
	kd_btfw_member(w, KD_V("x"), i, 0, 0);
	kd_btfw_member(w, KD_V("y"), c, 32, 0);
	pairs = kd_btfw_array(w, pair, i, 3);
	p = ptr_to(w, self);
	proto = kd_btfw_proto(w, i);
	kd_btfw_param(w, KD_VNULL, p);
	kd_btfw_param(w, KD_VNULL, u64);
	p = ptr_to(w, proto);
	kd_btfw_at(w, self);
	kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("thing"), 80);
	kd_btfw_member(w, KD_V("count"), i, 0, 0);
	kd_btfw_member(w, KD_V("node"), list, 64, 0);
	kd_btfw_member(w, KD_VNULL, un, 192, 0);
	kd_btfw_member(w, KD_V("a"), uns, 256, 3);
	kd_btfw_member(w, KD_V("b"), uns, 259, 5);
	kd_btfw_member(w, KD_V("c"), sho, 264, 4);
	kd_btfw_member(w, KD_V("pair"), pairs, 288, 0);
	kd_btfw_member(w, KD_V("call"), p, 512, 0);
	kd_btfw_member(w, KD_V("tail"), c, 576, 0);
}

/* struct blob { u32 n; char flag; struct thing_s data[]; } with 8 bytes; struct outer { long z; struct blob b; } */
static void flexible(struct kd_btfw *w)
{
	uint32_t i = kd_btfw_int(w, KD_V("int"), 4, 1), c = kd_btfw_int(w, KD_V("char"), 1, 1), el, arr, blob;

	el = kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("element"), 12);
	kd_btfw_member(w, KD_V("k"), i, 0, 0);
	kd_btfw_member(w, KD_V("v"), i, 32, 0);
	kd_btfw_member(w, KD_V("w"), i, 64, 0);
	arr = kd_btfw_array(w, el, i, 0);
	blob = kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("blob"), 8);
	kd_btfw_member(w, KD_V("n"), i, 0, 0);
	kd_btfw_member(w, KD_V("flag"), c, 32, 0);
	kd_btfw_member(w, KD_V("data"), arr, 64, 0);
	kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("outer"), 16);
	kd_btfw_member(w, KD_V("z"), i, 0, 0);
	kd_btfw_member(w, KD_V("b"), blob, 64, 0);
}

static int setup(void **state)
{
	return world_setup(state, (void (*const[])(struct kd_btfw *)){thing, flexible}, 2);
}

static void names(void **state)
{
	const struct world *o = *state;
	uint32_t ids[2], t = the(o, KD_TYPES_STRUCT, "thing");
	struct kd_type_member m;

	assert_c(o, t, "", "struct thing");
	assert_c(o, t, "x", "struct thing x");
	assert_c(o, 0, "", "void");
	assert_c(o, 99999, "", "…");
	assert_ok(kd_types_member(o->ts, t, KD_V("call"), &m));
	assert_c(o, m.type, "call", "int (*call)(struct thing *, u64)");
	assert_c(o, m.type, "", "int (*)(struct thing *, u64)");
	assert_ok(kd_types_member(o->ts, t, KD_V("pair"), &m));
	assert_c(o, m.type, "pair", "struct {...} pair[3]");
	assert_ok(kd_types_member(o->ts, t, KD_V("node.next"), &m));
	assert_c(o, m.type, "next", "struct list_head *next");
	assert_int_equal(kd_types_find(o->ts, KD_TYPES_NAMED, KD_V("thin"), ids, 2), 0);
	assert_int_equal(kd_types_find(o->ts, KD_TYPES_UNION, KD_V("thing"), ids, 2), 0);
	assert_int_equal(kd_types_find(o->ts, KD_TYPES_NAMED, KD_VNULL, ids, 2), 0);
	assert_int_equal(kd_types_ptr_size(o->ts), 8);
}

static void declarators(void **state)
{
	struct world o;
	struct kd_btfw *w;
	uint32_t i, a, f, t[8];

	(void)state;
	world_begin(&o);
	w = o.w;
	i = kd_btfw_int(w, KD_V("int"), 4, 1);
	a = kd_btfw_array(w, i, i, 5);
	t[0] = ptr_to(w, a);
	t[1] = kd_btfw_array(w, ptr_to(w, kd_btfw_ref(w, KD_BTF_CONST, KD_VNULL, i)), i, 2);
	t[2] = kd_btfw_ref(w, KD_BTF_CONST, KD_VNULL, ptr_to(w, kd_btfw_ref(w, KD_BTF_VOLATILE, KD_VNULL, i)));
	f = kd_btfw_proto(w, t[0]);
	t[3] = kd_btfw_array(w, ptr_to(w, f), i, 3); /* of pointers to functions that return pointers to arrays */
	t[4] = kd_btfw_array(w, a, i, 4);
	t[5] = kd_btfw_ref(w, KD_BTF_CONST, KD_VNULL, kd_btfw_ref(w, KD_BTF_VOLATILE, KD_VNULL, i));
	t[6] = ptr_to(w, 0);
	t[7] = kd_btfw_array(w, i, i, 0);
	world_unit(&o);
	for (int k = 0; k < 8; k++)
		t[k] = o.nodes[t[k]];
	world_end(&o);
	for (int k = 0; k < 8; k++)
		t[k] = kd_btfw_id(o.w, t[k]);
	assert_c(&o, t[0], "p", "int (*p)[5]");
	assert_c(&o, t[1], "p", "const int *p[2]");
	assert_c(&o, t[2], "p", "volatile int *const p");
	assert_c(&o, t[2], "", "volatile int *const");
	assert_c(&o, t[3], "p", "int (*(*p[3])(void))[5]");
	assert_c(&o, t[4], "m", "int m[4][5]");
	assert_c(&o, t[5], "v", "volatile const int v");
	assert_c(&o, t[6], "", "void *");
	assert_c(&o, t[7], "rest", "int rest[]");
	assert_c(&o, t[7], "", "int[]");
	world_free(&o);
}

static void members_by_name(void **state)
{
	static const struct {
		const char *path;
		uint64_t bit_off, size;
		uint32_t bits;
	} rows[] = {
		{"count", 0, 4, 0},	  {"node", 64, 16, 0},	    {"node.prev", 128, 8, 0},
		{"word", 192, 8, 0},	  {"hi", 224, 4, 0},	    {"bytes[5]", 232, 1, 0},
		{"b", 259, 4, 5},	  {"pair[2].y", 448, 1, 0}, {"pair[0x1]", 352, 8, 0},
		{"pair[1].x", 352, 4, 0}, {"tail", 576, 1, 0},
	};
	const struct world *o = *state;
	const uint32_t t = the(o, KD_TYPES_STRUCT, "thing");
	struct kd_type_member m;

	for (size_t i = 0; i < KD_ARRAY_LEN(rows); i++) {
		assert_ok(kd_types_member(o->ts, t, kd_view_of(rows[i].path), &m));
		if (m.bit_off != rows[i].bit_off || m.size != rows[i].size || m.bits != rows[i].bits)
			fail_msg("%s: %ju %ju %u", rows[i].path, (uintmax_t)m.bit_off, (uintmax_t)m.size, m.bits);
	}
	assert_fails(kd_types_member(o->ts, t, KD_V("nothing"), &m), KD_NOTFOUND,
		     "'struct thing' has no member 'nothing'");
	assert_fails(kd_types_member(o->ts, t, KD_V("count.x"), &m), KD_INVALID, "'int' has no members");
	assert_fails(kd_types_member(o->ts, t, KD_V("node.next.next"), &m), KD_INVALID, "a pointer points to");
	assert_fails(kd_types_member(o->ts, t, KD_V("count[0]"), &m), KD_INVALID, "is no array");
	assert_fails(kd_types_member(o->ts, t, KD_V("bytes[6]"), &m), KD_INVALID, "no element 6");
	assert_fails(kd_types_member(o->ts, t, KD_V("bytes[x]"), &m), KD_INVALID, "an index is a number");
	assert_fails(kd_types_member(o->ts, t, KD_V("bytes[1"), &m), KD_INVALID, "an index is a number");
	assert_fails(kd_types_member(o->ts, t, KD_V("pair[1]x"), &m), KD_INVALID, "a path is written");
	assert_fails(kd_types_member(o->ts, t, KD_V("a..b"), &m), KD_INVALID, "");
	assert_fails(kd_types_member(o->ts, t, KD_V(""), &m), KD_INVALID, "missing");
}

/* "how path[ +part]" of each reading, joined by "; ". */
static void readings(const struct world *o, uint32_t id, int64_t off, uint64_t width, const char *want)
{
	static const char *const how[] = {"exact", "part", "across", "bits", "padding", "beyond", "before"};
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_type_readings r;

	assert_ok(kd_types_at(o->ts, id, off, width, &arena, &r));
	for (size_t i = 0; i < r.n; i++) {
		const struct kd_type_reading *x = &r.v[i];

		kd_buf_printf(&b, "%s%s%s %.*s", i ? "; " : "", how[x->how], x->flexible ? " flexible" : "",
			      KD_VARG(x->path));
		if (x->part && x->how != KD_READ_PADDING)
			kd_buf_printf(&b, " +%ju", (uintmax_t)x->part);
		if (x->how == KD_READ_PADDING)
			kd_buf_printf(&b, "%.*s..%.*s", KD_VARG(x->after), KD_VARG(x->before));
	}
	if (r.beyond)
		kd_buf_printf(&b, "; %ju behind the end", (uintmax_t)r.beyond);
	if (!kd_view_eq(kd_buf_view(&b), kd_view_of(want)))
		fail_msg("%jd, %ju bytes: '%.*s' instead of '%s'", (intmax_t)off, (uintmax_t)width,
			 KD_VARG(kd_buf_view(&b)), want);
}

static void members_at_offsets(void **state)
{
	const struct world *o = *state;
	const uint32_t t = the(o, KD_TYPES_STRUCT, "thing");

	readings(o, t, 0, 4, "exact count");
	readings(o, t, 0, 0, "exact count");
	readings(o, t, 0, 1, "part count");
	readings(o, t, 2, 2, "part count +2");
	readings(o, t, 2, 0, "part count +2");
	readings(o, t, 0, 8, "across count");
	readings(o, t, 4, 4, "padding count..node");
	readings(o, t, 5, 0, "padding count..node");
	readings(o, t, 8, 8, "exact node.next");
	readings(o, t, 16, 8, "exact node.prev");
	readings(o, t, 8, 16, "exact node");
	readings(o, t, 12, 8, "across node.next +4; across node.prev");
	readings(o, t, 4, 8, "across node");
	readings(o, t, 24, 8, "exact word; exact ; across bytes");
	readings(o, t, 24, 4, "part word; exact lo; across bytes[0]");
	readings(o, t, 28, 4, "part word +4; exact hi; across bytes +4");
	readings(o, t, 25, 1, "part word +1; part lo +1; exact bytes[1]");
	readings(o, t, 31, 1, "part word +7; part hi +3");
	readings(o, t, 32, 1, "bits a; bits b");
	readings(o, t, 32, 4, "bits a; bits b; bits c");
	readings(o, t, 33, 1, "bits c");
	readings(o, t, 34, 1, "padding c..pair");
	readings(o, t, 36, 4, "exact pair[0].x");
	readings(o, t, 48, 1, "exact pair[1].y");
	readings(o, t, 49, 1, "padding pair[1]y..");
	readings(o, t, 44, 8, "exact pair[1]");
	readings(o, t, 40, 8, "across pair[0] +4");
	readings(o, t, 36, 24, "exact pair");
	readings(o, t, 64, 8, "exact call");
	readings(o, t, 72, 1, "exact tail");
	readings(o, t, 76, 4, "padding tail..");
	readings(o, t, 76, 8, "padding tail..; 4 behind the end");
	readings(o, t, 0, 80, "exact ");
	readings(o, t, 80, 8, "beyond  +80");
	readings(o, t, 0x10000, 8, "beyond  +65536");
	readings(o, t, -8, 8, "before  +8");
	readings(o, t, INT64_MAX, 8, "beyond  +9223372036854775807");
	readings(o, t, INT64_MIN, UINT64_MAX, "before  +9223372036854775808");
}

static void arrays_without_length(void **state)
{
	const struct world *o = *state;
	const uint32_t blob = the(o, KD_TYPES_STRUCT, "blob"), outer = the(o, KD_TYPES_STRUCT, "outer");

	readings(o, blob, 4, 1, "exact flag");
	readings(o, blob, 6, 1, "padding flag..");
	readings(o, blob, 8, 4, "exact flexible data[0].k");
	readings(o, blob, 24, 4, "exact flexible data[1].v");
	readings(o, outer, 16 + 28, 4, "exact flexible b.data[2].v");
	readings(o, the(o, KD_TYPES_STRUCT, "element"), 12, 4, "beyond  +12");
}

static void other_types(void **state)
{
	const struct world *o = *state;
	struct kd_type_readings r;
	struct kd_arena arena = KD_ARENA_INIT(0);

	readings(o, the(o, KD_TYPES_TYPEDEF, "u64"), 4, 4, "part  +4");
	assert_fails(kd_types_at(o->ts, 0, 0, 1, &arena, &r), KD_INVALID, "no size");
	assert_fails(kd_types_at(o->ts, the(o, KD_TYPES_STRUCT, "thing"), 0, 1, &arena, &r), KD_LIMIT, "no room");
	kd_arena_deinit(&arena);
}

static void containers(void **state)
{
	struct world *o = *state;
	struct kd_container c[4];
	size_t n = 0;

	assert_ok(kd_types_containers(o->ts, the(o, KD_TYPES_STRUCT, "list_head"), 8, &o->arena, c, 4, &n));
	assert_int_equal(n, 1);
	assert_int_equal(c[0].type, the(o, KD_TYPES_STRUCT, "thing"));
	assert_view(c[0].path, "node");
	assert_int_equal(c[0].off, 8);
	assert_ok(kd_types_containers(o->ts, the(o, KD_TYPES_STRUCT, "list_head"), 9, &o->arena, c, 4, &n));
	assert_int_equal(n, 0);
	assert_ok(kd_types_containers(o->ts, the(o, KD_TYPES_STRUCT, "element"), 0, &o->arena, c, 4, &n));
	assert_int_equal(n, 2);
	assert_view(c[0].path, "data[0]");
	assert_view(c[1].path, "b.data[0]");
	assert_int_equal(c[1].off, 16);
}

static bool bring_nothing(void *user, uint64_t off, uint64_t n)
{
	size_t *calls = user;

	(void)off;
	(void)n;
	++*calls;
	return true; /* all of it is there */
}

enum { MANY = 20000, EARLY = 100, LATE = 19000, TWIN = 15000 };

/* Names of a lazy BTF are indexed as far as they are asked for, in the order of ids; the answers are those of the whole. */
static void names_as_they_come(void **state)
{
	static const char *const absent[] = {"s20000", "member", "no such name", "s"};
	size_t calls = 0;
	const struct kd_btf_source source = {.bring = bring_nothing, .user = &calls};
	uint32_t id, ids[4], whole_id;
	struct kd_types *ts;
	struct kd_btf btf;
	struct world o;
	char name[16];

	(void)state;
	world_begin(&o);
	for (unsigned i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "s%u", i == TWIN ? (unsigned)EARLY : i);
		kd_btfw_composite(o.w, i % 2 ? KD_BTF_UNION : KD_BTF_STRUCT, kd_view_of(name), i + 1);
		kd_btfw_member(o.w, KD_V("member"), 0, 0, 0);
	}
	world_unit(&o);
	world_end(&o);
	assert_ok(kd_btf_open_lazy(kd_buf_view(&o.blob), &source, &btf));
	ts = kd_types_new(&btf, 8);
	assert_true(kd_types_first(ts, KD_TYPES_STRUCT, KD_V("s100"), &id));
	for (unsigned i = 0; i < MANY; i += 499) {
		snprintf(name, sizeof(name), "s%u", i * 31 % MANY);
		for (unsigned kind = 0; kind < 2; kind++) {
			const unsigned kinds = kind ? KD_TYPES_UNION : KD_TYPES_STRUCT;
			const bool found = kd_types_first(ts, kinds, kd_view_of(name), &id);

			assert_int_equal(found, kd_types_first(o.ts, kinds, kd_view_of(name), &whole_id));
			if (found)
				assert_int_equal(id, whole_id);
		}
	}
	for (size_t i = 0; i < KD_ARRAY_LEN(absent); i++)
		for (int again = 0; again < 2; again++)
			assert_false(kd_types_first(ts, KD_TYPES_NAMED, kd_view_of(absent[i]), &id));
	assert_int_equal(kd_types_find(ts, KD_TYPES_STRUCT, KD_V("s100"), ids, 4), kd_types_find(o.ts, KD_TYPES_STRUCT, KD_V("s100"), ids, 4));
	assert_int_equal(kd_types_find(ts, KD_TYPES_NAMED, KD_V("s19000"), ids, 4), 1);
	assert_int_equal(kd_types_find(ts, KD_TYPES_NAMED, KD_V("s15000"), ids, 4), 0);
	kd_types_free(ts);
	kd_btf_deinit(&btf);
	world_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),	      cmocka_unit_test(declarators),
		cmocka_unit_test(members_by_name),    cmocka_unit_test(members_at_offsets),
		cmocka_unit_test(arrays_without_length), cmocka_unit_test(other_types),
		cmocka_unit_test(containers),	      cmocka_unit_test(names_as_they_come),
	};

	return cmocka_run_group_tests_name("types", tests, setup, world_teardown);
}
