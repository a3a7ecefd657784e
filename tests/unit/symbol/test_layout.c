// SPDX-License-Identifier: GPL-2.0-or-later
/* Rows of a layout: members, nested ones, holes, bits, cache lines. */
#include "check.h"
#include "symbol/layout.h"

/*
 * struct in { char c; int i; }                            8 bytes, a hole of 3
 * struct out { char a; struct in in; union { long l; struct in two[1]; }; unsigned x:3; long z[8]; char end; }
 */
static void make(struct kd_btfw *w)
{
	uint32_t c = kd_btfw_int(w, KD_V("char"), 1, 1), i = kd_btfw_int(w, KD_V("int"), 4, 1);
	uint32_t l = kd_btfw_int(w, KD_V("long int"), 8, 1), in, two, un, z;

	in = kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("in"), 8);
	kd_btfw_member(w, KD_V("c"), c, 0, 0);
	kd_btfw_member(w, KD_V("i"), i, 32, 0);
	two = kd_btfw_array(w, in, i, 1);
	un = kd_btfw_composite(w, KD_BTF_UNION, KD_VNULL, 8);
	kd_btfw_member(w, KD_V("l"), l, 0, 0);
	kd_btfw_member(w, KD_V("two"), two, 0, 0);
	z = kd_btfw_array(w, l, i, 8);
	kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("out"), 104);
	kd_btfw_member(w, KD_V("a"), c, 0, 0);
	kd_btfw_member(w, KD_V("in"), in, 32, 0);
	kd_btfw_member(w, KD_VNULL, un, 128, 0);
	kd_btfw_member(w, KD_V("x"), i, 192, 3);
	kd_btfw_member(w, KD_V("z"), z, 256, 0);
	kd_btfw_member(w, KD_V("end"), c, 768, 0);
	/* out of order, as a compiler may have put them */
	kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("mixed"), 12);
	kd_btfw_member(w, KD_V("second"), i, 32, 0);
	kd_btfw_member(w, KD_V("first"), i, 0, 0);
	kd_btfw_member(w, KD_V("third"), i, 64, 0);
}

static int setup(void **state)
{
	return world_setup(state, (void (*const[])(struct kd_btfw *)){make}, 1);
}

static void rows(struct world *o, const char *name, bool expand, const char *want)
{
	static const char *const what[] = {"", "{", "}", "hole", "padding", "line"};
	const struct kd_layout_opts opts = {.expand = expand};
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_layout l;

	assert_ok(kd_layout_of(o->ts, the(o, KD_TYPES_STRUCT, name), &opts, &o->arena, &l));
	for (size_t i = 0; i < l.nrows; i++) {
		const struct kd_layout_row *r = &l.rows[i];

		kd_buf_printf(&b, "%u %s%s%.*s %ju", r->depth, what[r->what], r->what && r->decl.n ? " " : "",
			      KD_VARG(r->decl), (uintmax_t)r->off);
		kd_buf_printf(&b, "+%ju", (uintmax_t)r->size);
		if (r->bits)
			kd_buf_printf(&b, " %u bits from %u", r->bits, r->bit);
		kd_buf_addc(&b, '\n');
	}
	if (!kd_view_eq(kd_buf_view(&b), kd_view_of(want)))
		fail_msg("%.*s\ninstead of\n%s", KD_VARG(kd_buf_view(&b)), want);
}

static void closed(void **state)
{
	rows(*state, "out", false,
	     "0 char a 0+1\n"
	     "0 hole 1+3\n"
	     "0 struct in in 4+8\n"
	     "0 hole 12+4\n"
	     "0 { union 16+8\n"
	     "1 long int l 16+8\n"
	     "1 struct in two[1] 16+8\n"
	     "0 } 16+8\n"
	     "0 int x 24+1 3 bits from 0\n"
	     "0 hole 24+7 5 bits from 3\n"
	     "0 long int z[8] 32+64\n"
	     "0 line 64+32\n"
	     "0 char end 96+1\n"
	     "0 padding 97+7\n");
}

static void opened(void **state)
{
	rows(*state, "out", true,
	     "0 char a 0+1\n"
	     "0 hole 1+3\n"
	     "0 { struct in 4+8\n"
	     "1 char c 4+1\n"
	     "1 hole 5+3\n"
	     "1 int i 8+4\n"
	     "0 } in 4+8\n"
	     "0 hole 12+4\n"
	     "0 { union 16+8\n"
	     "1 long int l 16+8\n"
	     "1 { struct in 16+8\n"
	     "2 char c 16+1\n"
	     "2 hole 17+3\n"
	     "2 int i 20+4\n"
	     "1 } two[1] 16+8\n"
	     "0 } 16+8\n"
	     "0 int x 24+1 3 bits from 0\n"
	     "0 hole 24+7 5 bits from 3\n"
	     "0 long int z[8] 32+64\n"
	     "0 line 64+32\n"
	     "0 char end 96+1\n"
	     "0 padding 97+7\n");
}

static void sorted(void **state)
{
	rows(*state, "mixed", false, "0 int first 0+4\n0 int second 4+4\n0 int third 8+4\n");
}

static void totals(void **state)
{
	struct world *o = *state;
	const struct kd_layout_opts opts = {.line_size = 32};
	struct kd_layout l;
	size_t lines = 0;

	assert_ok(kd_layout_of(o->ts, the(o, KD_TYPES_STRUCT, "out"), &opts, &o->arena, &l));
	assert_int_equal(l.members, 6);
	assert_int_equal(l.size, 104);
	assert_int_equal(l.holes, 3);
	assert_int_equal(l.hole_bits, 8 * (3 + 4) + 61);
	assert_int_equal(l.padding_bits, 56);
	for (size_t i = 0; i < l.nrows; i++)
		lines += l.rows[i].what == KD_LAYOUT_LINE;
	assert_int_equal(lines, 2); /* at 32 before z, at 96 before end: 64 is inside of z */
	assert_fails(kd_layout_of(o->ts, the(o, 1u << KD_BTF_INT, "int"), &opts, &o->arena, &l), KD_INVALID,
		     "no struct or union");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(closed),
		cmocka_unit_test(opened),
		cmocka_unit_test(sorted),
		cmocka_unit_test(totals),
	};

	return cmocka_run_group_tests_name("layout", tests, setup, world_teardown);
}
