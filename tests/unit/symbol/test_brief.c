// SPDX-License-Identifier: GPL-2.0-or-later
/* Values as one line of C. */
#include "check.h"

#include "symbol/brief.h"

/*
 * struct mix {                 offset
 *	enum state state;         0    signed: RUN 0, OFF -1
 *	bool on;                  4
 *	char name[6];             5
 *	unsigned a:3, b:5;       12    bits 0 and 3
 *	struct { s8 x; u16 y; }  16    anonymous
 *	u64 big;                 24
 *	const char *text;        32
 *	void (*call)(void);      40
 *	int v[100];              48
 * };                         448
 */
static void mix(struct kd_btfw *w)
{
	uint32_t i, u, c, s8, u16, b, st, ll, u64, name, text, call, v, inner;

	i = kd_btfw_int(w, KD_V("int"), 4, 1);
	u = kd_btfw_int(w, KD_V("unsigned int"), 4, 0);
	c = kd_btfw_int(w, KD_V("char"), 1, 1);
	s8 = kd_btfw_int(w, KD_V("signed char"), 1, 1);
	u16 = kd_btfw_int(w, KD_V("short unsigned int"), 2, 0);
	b = kd_btfw_int(w, KD_V("_Bool"), 1, 4);
	ll = kd_btfw_int(w, KD_V("long unsigned int"), 8, 0);
	u64 = kd_btfw_ref(w, KD_BTF_TYPEDEF, KD_V("u64"), ll);
	(void)kd_btfw_int(w, KD_V("__int128"), 16, 1);
	st = kd_btfw_enum(w, KD_V("state"), 4, true);
	kd_btfw_enumerator(w, KD_V("RUN"), 0);
	kd_btfw_enumerator(w, KD_V("OFF"), (uint64_t)-1);
	name = kd_btfw_array(w, c, i, 6);
	text = kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, kd_btfw_ref(w, KD_BTF_CONST, KD_VNULL, c));
	call = kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, kd_btfw_proto(w, 0));
	v = kd_btfw_array(w, i, i, 100);
	inner = kd_btfw_composite(w, KD_BTF_STRUCT, KD_VNULL, 4);
	kd_btfw_member(w, KD_V("x"), s8, 0, 0);
	kd_btfw_member(w, KD_V("y"), u16, 16, 0);
	kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("mix"), 448);
	kd_btfw_member(w, KD_V("state"), st, 0, 0);
	kd_btfw_member(w, KD_V("on"), b, 32, 0);
	kd_btfw_member(w, KD_V("name"), name, 40, 0);
	kd_btfw_member(w, KD_V("a"), u, 96, 3);
	kd_btfw_member(w, KD_V("b"), u, 99, 5);
	kd_btfw_member(w, KD_VNULL, inner, 128, 0);
	kd_btfw_member(w, KD_V("big"), u64, 192, 0);
	kd_btfw_member(w, KD_V("text"), text, 256, 0);
	kd_btfw_member(w, KD_V("call"), call, 320, 0);
	kd_btfw_member(w, KD_V("v"), v, 384, 0);
}

static int setup(void **state)
{
	return world_setup(state, (void (*const[])(struct kd_btfw *)){mix}, 1);
}

static bool text_at(void *user, uint64_t addr, size_t max, char *ret)
{
	(void)user;
	snprintf(ret, max, "%s", "ext\"4");
	return addr == 0x1000;
}

static bool name_at(void *user, uint64_t addr, struct kd_buf *out)
{
	(void)user;
	return addr == 0x2000 && kd_buf_add(out, KD_V("do_exit"));
}

static void is(const struct world *o, uint32_t type, const void *bytes, size_t n, const char *want)
{
	const struct kd_brief_how how = {.text = text_at, .name = name_at, .max = 120};
	struct kd_buf b = KD_BUF_INIT(4096);

	assert_true(kd_brief(o->ts, type, kd_view(bytes, n), &how, &b));
	assert_view(kd_buf_view(&b), want);
	kd_buf_deinit(&b);
}

static void member_is(const struct world *o, const char *path, const char *bytes, size_t n, const char *want)
{
	struct kd_type_member m;

	assert_ok(kd_types_member(o->ts, the(o, KD_TYPES_STRUCT, "mix"), kd_view_of(path), &m));
	is(o, m.type, bytes, n, want);
}

static void numbers(void **state)
{
	const struct world *o = *state;

	member_is(o, "v[0]", "\xff\xff\xff\xff", 4, "-1");
	member_is(o, "v[0]", "\x2a\0\0\0\x99", 5, "42");
	member_is(o, "big", "\0\0\0\0\0\x88\xff\xff", 8, "0xffff880000000000");
	member_is(o, "big", "\xff\xff\xff\xff\0\0\0\0", 8, "4294967295");
	member_is(o, "on", "\1", 1, "true");
	member_is(o, "on", "\2", 1, "2");
	member_is(o, "x", "\x80", 1, "-128");
	member_is(o, "name[0]", "A", 1, "65 'A'");
	member_is(o, "state", "\xff\xff\xff\xff", 4, "OFF");
	member_is(o, "state", "\x07\0\0\0", 4, "7");
	is(o, the(o, 1u << KD_BTF_INT, "__int128"), "\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80", 16, "0x80000000000000000000000000000001");
}

static void pointers(void **state)
{
	const struct world *o = *state;

	member_is(o, "text", "\0\0\0\0\0\0\0\0", 8, "NULL");
	member_is(o, "text", "\0\x10\0\0\0\0\0\0", 8, "0x1000 \"ext\\\"4\"");
	member_is(o, "text", "\0\x30\0\0\0\0\0\0", 8, "0x3000");
	member_is(o, "call", "\0\x20\0\0\0\0\0\0", 8, "0x2000 (do_exit)");
	member_is(o, "call", "\0\x10\0\0\0\0\0\0", 8, "0x1000");
}

static void wholes(void **state)
{
	const struct world *o = *state;
	unsigned char b[448] = {0};

	memcpy(b + 5, "a\1b", 3);
	b[12] = 0x1d; /* a 5, b 3 */
	b[16] = 0xff;
	b[18] = 9;
	is(o, the(o, KD_TYPES_STRUCT, "mix"), b, sizeof(b),
	   "{.state = RUN, .on = false, .name = \"a\\x01b\", .a = 5, .b = 3, {.x = -1, .y = 9}, .big = 0, .text = NULL, .call = NULL, .v = "
	   "{… 100 more}}");
	member_is(o, "name", "abcdef", 6, "\"abcdef\"");
}

static void what_is_not_there(void **state)
{
	const struct world *o = *state;
	struct kd_buf b = KD_BUF_INIT(4096);
	bool is_signed;
	uint64_t v;

	assert_false(kd_brief(o->ts, the(o, KD_TYPES_STRUCT, "mix"), KD_V("short"), NULL, &b));
	assert_int_equal(b.n, 0);
	assert_false(kd_brief(o->ts, 0, KD_V("12345678"), NULL, &b));
	assert_false(kd_brief(o->ts, 9999, KD_V("12345678"), NULL, &b));
	assert_false(kd_brief_number(o->ts, the(o, KD_TYPES_STRUCT, "mix"), KD_V("12345678"), &v, &is_signed));
	assert_true(kd_brief_number(o->ts, the(o, 1u << KD_BTF_INT, "int"), KD_V("\xfe\xff\xff\xff"), &v, &is_signed));
	assert_true(is_signed);
	assert_int_equal(v, (uint64_t)-2);
	kd_buf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers), cmocka_unit_test(pointers), cmocka_unit_test(wholes), cmocka_unit_test(what_is_not_there),
	};

	return cmocka_run_group_tests(tests, setup, world_teardown);
}
