// SPDX-License-Identifier: GPL-2.0-or-later
/* Units that bring copies of the same types, circles, forward declarations, names with two meanings. */
#include <time.h>

#include "check.h"

static uint32_t ptr_to(struct kd_btfw *w, uint32_t type)
{
	return kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, type);
}

static uint32_t int_type(struct kd_btfw *w)
{
	return kd_btfw_int(w, KD_V("int"), 4, 1);
}

/* struct a { struct b *b; int x; }; struct b { struct a *a; const struct a *c; }; numbered in either order */
static void circle(struct kd_btfw *w, bool other_way)
{
	uint32_t a = kd_btfw_reserve(w), b = kd_btfw_reserve(w), to_a, to_b, to_const;

	if (other_way) {
		uint32_t t = a;

		a = b;
		b = t;
		(void)kd_btfw_float(w, KD_V("double"), 8);
	}
	to_a = ptr_to(w, a);
	to_b = ptr_to(w, b);
	to_const = ptr_to(w, kd_btfw_ref(w, KD_BTF_CONST, KD_VNULL, a));
	kd_btfw_at(w, b);
	kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("b"), 16);
	kd_btfw_member(w, KD_V("a"), to_a, 0, 0);
	kd_btfw_member(w, KD_V("c"), to_const, 64, 0);
	{
		uint32_t n = int_type(w);

		kd_btfw_at(w, a);
		kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("a"), 16);
		kd_btfw_member(w, KD_V("b"), to_b, 0, 0);
		kd_btfw_member(w, KD_V("x"), n, 64, 0);
	}
}

static void circles_are_one(void **state)
{
	struct kd_btf_member m;
	struct kd_btf_type t;
	struct world o;
	uint32_t a, b;

	(void)state;
	world_begin(&o);
	for (int unit = 0; unit < 5; unit++) {
		kd_btfw_unit_begin(o.w);
		circle(o.w, unit & 1);
		world_unit(&o);
	}
	world_end(&o);
	a = the(&o, KD_TYPES_STRUCT, "a");
	b = the(&o, KD_TYPES_STRUCT, "b");
	assert_true(kd_btf_type(&o.btf, a, &t));
	m = kd_btf_member(&o.btf, &t, 0);
	assert_true(kd_btf_type(&o.btf, m.type, &t));
	assert_int_equal(t.kind, KD_BTF_PTR);
	assert_int_equal(t.type, b); /* to the definition, not to a forward declaration */
	assert_int_equal(o.btf.end - 1, 8); /* a, b, two pointers, const, its pointer, int, double */
	assert_int_equal(kd_btfw_stats(o.w).several, 0);
	assert_int_equal(kd_btfw_stats(o.w).broken, 0);
	world_free(&o);
}

/* One unit knows struct foo only by name, the other its members: pointers to it are the same pointers. */
static void forward_declarations(void **state)
{
	uint32_t foo, user_of[2], ids[4];
	struct world o;

	(void)state;
	world_begin(&o);
	for (int unit = 0; unit < 2; unit++) {
		kd_btfw_unit_begin(o.w);
		if (unit) {
			uint32_t n = int_type(o.w);

			foo = kd_btfw_composite(o.w, KD_BTF_STRUCT, KD_V("foo"), 4);
			kd_btfw_member(o.w, KD_V("n"), n, 0, 0);
		} else {
			foo = kd_btfw_fwd(o.w, KD_BTF_STRUCT, KD_V("foo"));
		}
		{
			uint32_t p = ptr_to(o.w, foo);
			uint32_t none = ptr_to(o.w, kd_btfw_fwd(o.w, KD_BTF_UNION, KD_V("never")));
			uint32_t e = ptr_to(o.w, kd_btfw_fwd(o.w, KD_BTF_ENUM, KD_V("later")));

			user_of[unit] = kd_btfw_composite(o.w, KD_BTF_STRUCT, KD_V("user"), 24);
			kd_btfw_member(o.w, KD_V("p"), p, 0, 0);
			kd_btfw_member(o.w, KD_V("none"), none, 64, 0);
			kd_btfw_member(o.w, KD_V("e"), e, 128, 0);
		}
		world_unit(&o);
		user_of[unit] = o.nodes[user_of[unit]];
	}
	assert_int_equal(user_of[0], user_of[1]);
	world_end(&o);
	the(&o, KD_TYPES_STRUCT, "user");
	assert_int_equal(kd_btfw_id(o.w, user_of[0]), the(&o, KD_TYPES_STRUCT, "user"));
	{
		struct kd_type_member m;

		assert_ok(kd_types_member(o.ts, the(&o, KD_TYPES_STRUCT, "user"), KD_V("p"), &m));
		assert_c(&o, m.type, "", "struct foo *");
		assert_ok(kd_types_member(o.ts, the(&o, KD_TYPES_STRUCT, "user"), KD_V("none"), &m));
		assert_c(&o, m.type, "", "union never *");
	}
	assert_int_equal(kd_types_find(o.ts, 1u << KD_BTF_FWD, KD_V("never"), ids, 4), 0); /* not by name */
	assert_int_equal(kd_btfw_stats(o.w).undefined, 2);
	world_free(&o);
}

/* struct priv of two drivers, and struct dev { struct priv *p; } that both include. */
static void same_name_other_layout(void **state)
{
	uint32_t ids[4], priv[2], dev[2], holder[2];
	struct kd_type_member m;
	struct kd_btf_type t;
	struct world o;

	(void)state;
	world_begin(&o);
	for (int unit = 0; unit < 4; unit++) {
		uint32_t n, p;

		kd_btfw_unit_begin(o.w);
		n = int_type(o.w);
		priv[unit & 1] = kd_btfw_composite(o.w, KD_BTF_STRUCT, KD_V("priv"), 8);
		kd_btfw_member(o.w, KD_V("x"), n, unit & 1 ? 32 : 0, 0);
		p = ptr_to(o.w, priv[unit & 1]);
		dev[unit & 1] = kd_btfw_composite(o.w, KD_BTF_STRUCT, KD_V("dev"), 8);
		kd_btfw_member(o.w, KD_V("p"), p, 0, 0);
		/* by value: two layouts, too */
		holder[unit & 1] = kd_btfw_composite(o.w, KD_BTF_STRUCT, KD_V("holder"), 8);
		kd_btfw_member(o.w, KD_V("in"), priv[unit & 1], 0, 0);
		world_unit(&o);
		priv[unit & 1] = o.nodes[priv[unit & 1]];
		dev[unit & 1] = o.nodes[dev[unit & 1]];
		holder[unit & 1] = o.nodes[holder[unit & 1]];
	}
	world_end(&o);
	assert_int_not_equal(priv[0], priv[1]);
	assert_int_equal(dev[0], dev[1]);
	assert_int_not_equal(holder[0], holder[1]);
	assert_int_equal(kd_types_find(o.ts, KD_TYPES_STRUCT, KD_V("priv"), ids, 4), 2);
	assert_int_equal(kd_btfw_id(o.w, priv[0]), ids[0]);
	assert_int_equal(kd_btfw_id(o.w, priv[1]), ids[1]);
	assert_int_equal(count(&o, KD_TYPES_STRUCT, "dev"), 1);
	assert_int_equal(count(&o, KD_TYPES_STRUCT, "holder"), 2);
	for (int i = 0; i < 2; i++) {
		assert_ok(kd_types_member(o.ts, kd_btfw_id(o.w, holder[i]), KD_V("in.x"), &m));
		assert_int_equal(m.bit_off, i ? 32 : 0);
	}
	/* the pointer takes no side */
	assert_ok(kd_types_member(o.ts, the(&o, KD_TYPES_STRUCT, "dev"), KD_V("p"), &m));
	assert_true(kd_btf_type(&o.btf, m.type, &t) && kd_btf_type(&o.btf, t.type, &t));
	assert_int_equal(t.kind, KD_BTF_FWD);
	assert_view(t.name, "priv");
	assert_int_equal(kd_btfw_stats(o.w).several, 2); /* priv and holder */
	world_free(&o);
}

/* What differs in one thing only stays apart. */
static void differences(void **state)
{
	struct world o;

	(void)state;
	world_begin(&o);
	for (int unit = 0; unit < 8; unit++) {
		uint32_t n, m, e;

		kd_btfw_unit_begin(o.w);
		n = int_type(o.w);
		m = unit == 1 ? kd_btfw_int(o.w, KD_V("unsigned int"), 4, 0) : n;
		e = kd_btfw_enum(o.w, KD_V("e"), unit == 7 ? 8 : 4, false);
		kd_btfw_enumerator(o.w, KD_V("ONE"), unit == 2 ? 2 : 1);
		kd_btfw_composite(o.w, unit == 3 ? KD_BTF_UNION : KD_BTF_STRUCT, KD_V("s"), unit == 4 ? 12 : 8);
		kd_btfw_member(o.w, unit == 5 ? KD_V("b") : KD_V("a"), m, 0, unit == 6 ? 3 : 0);
		kd_btfw_member(o.w, KD_V("c"), e, 32, 0);
		world_unit(&o);
	}
	world_end(&o);
	assert_int_equal(count(&o, KD_TYPES_STRUCT, "s"), 7);
	assert_int_equal(count(&o, KD_TYPES_UNION, "s"), 1);
	assert_int_equal(count(&o, KD_TYPES_ENUM, "e"), 3);
	assert_int_equal(count(&o, 1u << KD_BTF_INT, "int"), 1);
	world_free(&o);
}

/* `const struct foo` and a typedef, used by value here and behind a pointer there: one each. */
static void by_value_and_behind_a_pointer(void **state)
{
	struct world o;
	uint32_t consts = 0;

	(void)state;
	world_begin(&o);
	for (int unit = 0; unit < 3; unit++) {
		uint32_t n, foo, c, t, p, q;

		kd_btfw_unit_begin(o.w);
		n = int_type(o.w);
		foo = kd_btfw_composite(o.w, KD_BTF_STRUCT, KD_V("foo"), 4);
		kd_btfw_member(o.w, KD_V("n"), n, 0, 0);
		c = kd_btfw_ref(o.w, KD_BTF_CONST, KD_VNULL, foo);
		t = kd_btfw_ref(o.w, KD_BTF_TYPEDEF, KD_V("foo_t"), foo);
		p = ptr_to(o.w, c);
		q = ptr_to(o.w, t);
		kd_btfw_composite(o.w, KD_BTF_STRUCT, KD_V("user"), 24);
		kd_btfw_member(o.w, KD_V("value"), c, 0, 0);
		kd_btfw_member(o.w, KD_V("typed"), t, 32, 0);
		kd_btfw_member(o.w, KD_V("p"), p, 64, 0);
		kd_btfw_member(o.w, KD_V("q"), q, 128, 0);
		world_unit(&o);
	}
	world_end(&o);
	assert_int_equal(count(&o, KD_TYPES_TYPEDEF, "foo_t"), 1);
	assert_int_equal(count(&o, KD_TYPES_STRUCT, "user"), 1);
	for (uint32_t id = 1; id < o.btf.end; id++)
		consts += kd_btf_kind_of(&o.btf, id) == KD_BTF_CONST;
	assert_int_equal(consts, 1);
	assert_int_equal(o.btf.end - 1, 7);
	world_free(&o);
}

static void every_kind_survives(void **state)
{
	struct kd_type_member m;
	struct kd_btf_type t;
	struct world o;
	uint32_t n, f, s, e, w64, fp;

	(void)state;
	world_begin(&o);
	kd_btfw_unit_begin(o.w);
	n = int_type(o.w);
	f = kd_btfw_proto(o.w, n);
	kd_btfw_param(o.w, KD_V("a"), ptr_to(o.w, 0)); /* a type between: the parameter has no place any more */
	(void)f;
	fp = kd_btfw_proto(o.w, n);
	kd_btfw_param(o.w, KD_V("x"), n);
	kd_btfw_param(o.w, KD_VNULL, 0);
	fp = ptr_to(o.w, fp);
	e = kd_btfw_enum(o.w, KD_V("neg"), 4, true);
	kd_btfw_enumerator(o.w, KD_V("MINUS"), (uint64_t)-5);
	w64 = kd_btfw_enum(o.w, KD_V("wide"), 8, false);
	kd_btfw_enumerator(o.w, KD_V("BIG"), 0x123456789abcdef0);
	s = kd_btfw_composite(o.w, KD_BTF_STRUCT, KD_V("all"), 64);
	kd_btfw_member(o.w, KD_V("f"), fp, 0, 0);
	kd_btfw_member(o.w, KD_V("e"), e, 64, 0);
	kd_btfw_member(o.w, KD_V("w"), w64, 128, 0);
	kd_btfw_member(o.w, KD_V("bits"), n, 192 + 3, 5);
	world_unit(&o);
	s = o.nodes[s];
	world_end(&o);
	s = kd_btfw_id(o.w, s);
	assert_ok(kd_types_member(o.ts, s, KD_V("f"), &m));
	assert_c(&o, m.type, "f", "int (*f)(int, ...)");
	assert_ok(kd_types_member(o.ts, s, KD_V("bits"), &m));
	assert_int_equal(m.bits, 5);
	assert_int_equal(m.bit_off, 195);
	assert_true(kd_btf_type(&o.btf, the(&o, KD_TYPES_ENUM, "neg"), &t));
	assert_int_equal((int64_t)kd_btf_enumerator(&o.btf, &t, 0).value, -5);
	assert_true(kd_btf_type(&o.btf, the(&o, KD_TYPES_ENUM, "wide"), &t));
	assert_int_equal(t.kind, KD_BTF_ENUM64);
	assert_true(kd_btf_enumerator(&o.btf, &t, 0).value == 0x123456789abcdef0);
	world_free(&o);
}

/* Types that contain themselves, references to nothing, more than BTF can say. */
static void damaged_units(void **state)
{
	struct kd_btfw_stats st;
	struct world o;
	uint32_t s, t, n;

	(void)state;
	world_begin(&o);
	kd_btfw_unit_begin(o.w);
	s = kd_btfw_reserve(o.w);
	kd_btfw_at(o.w, s);
	kd_btfw_composite(o.w, KD_BTF_STRUCT, KD_V("self"), 8);
	kd_btfw_member(o.w, KD_V("again"), s, 0, 0);
	kd_btfw_member(o.w, KD_V("nothing"), 12345, 0, 0);
	t = kd_btfw_reserve(o.w);
	kd_btfw_at(o.w, t);
	kd_btfw_ref(o.w, KD_BTF_TYPEDEF, KD_V("t"), t);
	(void)ptr_to(o.w, kd_btfw_reserve(o.w)); /* to what is never defined */
	t = 0;
	for (int i = 0; i < 100000; i++)
		t = ptr_to(o.w, t);
	n = int_type(o.w);
	kd_btfw_composite(o.w, KD_BTF_STRUCT, KD_V("large"), UINT32_MAX);
	for (int i = 0; i < 70000; i++)
		kd_btfw_member(o.w, KD_V("m"), n, 32u * (uint32_t)i, 0);
	kd_btfw_composite(o.w, KD_BTF_STRUCT, KD_V("far"), UINT32_MAX);
	kd_btfw_member(o.w, KD_V("near"), n, 1, 3);
	kd_btfw_member(o.w, KD_V("far"), n, 1 << 24, 3);
	kd_btfw_member(o.w, KD_V("farther"), n, (uint64_t)1 << 33, 0);
	world_unit(&o);
	st = kd_btfw_stats(o.w);
	assert_int_equal(st.lost, 70000 - 65535 + 2);
	assert_true(st.broken >= 4);
	world_end(&o);
	the(&o, KD_TYPES_STRUCT, "self");
	world_free(&o);
}

static void a_limit(void **state)
{
	struct kd_btfw *w = kd_btfw_new(100000);
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	const uint32_t *nodes;
	size_t n;

	(void)state;
	kd_btfw_unit_begin(w);
	for (int i = 0; i < 100000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s%d", i);
		kd_btfw_composite(w, KD_BTF_STRUCT, kd_view_of(name), 4);
		kd_btfw_member(w, kd_view_of(name), 0, 0, 0);
	}
	assert_fails(kd_btfw_unit_end(w, &nodes, &n), KD_LIMIT, "the types need more");
	assert_fails(kd_btfw_finish(w, &b), KD_LIMIT, "the types need more");
	assert_true(kd_btfw_stats(w).memory <= 100000);
	kd_btfw_free(w);
	kd_btfw_freep(&(struct kd_btfw *){NULL});
}

/*
 * As a kernel: each unit brings the same `shared` structs, which point at each other in circles, some only
 * declared, and two of its own, of which one shares its name with every other unit's.
 */
static void a_unit_of_many(struct kd_btfw *w, unsigned unit, unsigned shared)
{
	uint32_t first, n, p[3], own;
	char name[32];

	kd_btfw_unit_begin(w);
	n = int_type(w);
	first = kd_btfw_reserve(w);
	for (unsigned i = 1; i < shared; i++)
		(void)kd_btfw_reserve(w);
	for (unsigned i = 0; i < shared; i++) {
		snprintf(name, sizeof(name), "shared_%u", i);
		for (unsigned k = 0; k < 3; k++)
			p[k] = ptr_to(w, first + (i * 7 + k * 31 + 1) % shared);
		kd_btfw_at(w, first + i);
		if (i && (i + unit) % 5 == 0) {
			kd_btfw_fwd(w, KD_BTF_STRUCT, kd_view_of(name));
			continue;
		}
		kd_btfw_composite(w, KD_BTF_STRUCT, kd_view_of(name), 40);
		for (unsigned k = 0; k < 3; k++) {
			snprintf(name, sizeof(name), "link_%u", k);
			kd_btfw_member(w, kd_view_of(name), p[k], 64 * k, 0);
		}
		kd_btfw_member(w, KD_V("count"), n, 192, 0);
		kd_btfw_member(w, KD_V("flags"), n, 224, 3);
	}
	snprintf(name, sizeof(name), "own_%u", unit);
	own = kd_btfw_composite(w, KD_BTF_STRUCT, kd_view_of(name), 8);
	kd_btfw_member(w, KD_V("to"), p[0], 0, 0);
	kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("priv"), 8 + unit);
	kd_btfw_member(w, KD_V("own"), own, 0, 0);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void many_units(void **state)
{
	enum { UNITS = 300, SHARED = 400 };
	struct kd_btfw_stats st;
	struct world o;
	double begin = seconds();

	(void)state;
	world_begin(&o);
	for (unsigned u = 0; u < UNITS; u++) {
		a_unit_of_many(o.w, u, SHARED);
		world_unit(&o);
	}
	world_end(&o);
	st = kd_btfw_stats(o.w);
	printf("%d units: %ju types in, %u out, %.2f s, %zu KiB\n", UNITS, (uintmax_t)st.in, st.out,
	       seconds() - begin, st.memory >> 10);
	for (unsigned i = 0; i < SHARED; i++) {
		struct kd_type_member m;
		char name[32];
		struct kd_btf_type t;

		snprintf(name, sizeof(name), "shared_%u", i);
		assert_ok(kd_types_member(o.ts, the(&o, KD_TYPES_STRUCT, name), KD_V("link_1"), &m));
		assert_true(kd_btf_type(&o.btf, m.type, &t) && kd_btf_type(&o.btf, t.type, &t));
		snprintf(name, sizeof(name), "shared_%u", (i * 7 + 32) % SHARED);
		assert_int_equal(t.kind, KD_BTF_STRUCT);
		assert_view(t.name, name);
	}
	assert_int_equal(kd_types_find(o.ts, KD_TYPES_STRUCT, KD_V("priv"), NULL, 0), UNITS);
	assert_int_equal(st.several, 1);
	/* int, shared and a pointer to each, two per unit */
	assert_int_equal(st.out, 1 + 2 * SHARED + 2 * UNITS);
	world_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(circles_are_one),
		cmocka_unit_test(forward_declarations),
		cmocka_unit_test(same_name_other_layout),
		cmocka_unit_test(differences),
		cmocka_unit_test(by_value_and_behind_a_pointer),
		cmocka_unit_test(every_kind_survives),
		cmocka_unit_test(damaged_units),
		cmocka_unit_test(a_limit),
		cmocka_unit_test(many_units),
	};

	return cmocka_run_group_tests_name("btfwrite", tests, NULL, NULL);
}
