// SPDX-License-Identifier: GPL-2.0-or-later
/* Typed values and expressions in a made kernel's memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/expr.h"
#include "fake.h"

enum { DEMO_SIZE = 64 };

/*
 * struct demo { int a; unsigned b : 3, c : 5; short d[3]; char name[8]; struct demo *next; enum colour e;
 *		 union { unsigned u; struct { short lo, hi; }; }; u64 wide : 40; char *text; void (*call)(void); bool yes; };
 */
static void more_types(struct fake *f, struct kd_btfw *w, uint32_t ptr, uint32_t unsigned_int, uint32_t unsigned_long, uint32_t listhead)
{
	const uint32_t s32 = kd_btfw_int(w, KD_V("int"), 4, 1), u32 = kd_btfw_int(w, KD_V("unsigned int"), 4, 0);
	const uint32_t s16 = kd_btfw_int(w, KD_V("short int"), 2, 1), chr = kd_btfw_int(w, KD_V("char"), 1, 1 | 2);
	const uint32_t ulong = kd_btfw_int(w, KD_V("long unsigned int"), 8, 0), yes = kd_btfw_int(w, KD_V("_Bool"), 1, 4);
	const uint32_t u64 = kd_btfw_ref(w, KD_BTF_TYPEDEF, KD_V("u64"), ulong), demo = kd_btfw_reserve(w);
	const uint32_t next = kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, demo), text = kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, chr);
	const uint32_t d = kd_btfw_array(w, s16, 0, 3), name = kd_btfw_array(w, chr, 0, 8);
	const uint32_t colour = kd_btfw_enum(w, KD_V("colour"), 4, true);
	uint32_t halves, u, call;

	kd_btfw_enumerator(w, KD_V("RED"), 1);
	kd_btfw_enumerator(w, KD_V("NONE"), (uint64_t)-1);
	halves = kd_btfw_composite(w, KD_BTF_STRUCT, KD_VNULL, 4);
	kd_btfw_member(w, KD_V("lo"), s16, 0, 0);
	kd_btfw_member(w, KD_V("hi"), s16, 16, 0);
	u = kd_btfw_composite(w, KD_BTF_UNION, KD_VNULL, 4);
	kd_btfw_member(w, KD_V("u"), u32, 0, 0);
	kd_btfw_member(w, KD_VNULL, halves, 0, 0);
	call = kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, kd_btfw_proto(w, 0));
	kd_btfw_at(w, demo);
	kd_btfw_composite(w, KD_BTF_STRUCT, KD_V("demo"), DEMO_SIZE);
	kd_btfw_member(w, KD_V("a"), s32, 0, 0);
	kd_btfw_member(w, KD_V("b"), u32, 32, 3);
	kd_btfw_member(w, KD_V("c"), s32, 35, 5);
	kd_btfw_member(w, KD_V("d"), d, 48, 0);
	kd_btfw_member(w, KD_V("name"), name, 96, 0);
	kd_btfw_member(w, KD_V("next"), next, 192, 0);
	kd_btfw_member(w, KD_V("e"), colour, 256, 0);
	kd_btfw_member(w, KD_VNULL, u, 288, 0);
	kd_btfw_member(w, KD_V("wide"), u64, 323, 40);
	kd_btfw_member(w, KD_V("text"), text, 384, 0);
	kd_btfw_member(w, KD_V("call"), call, 448, 0);
	(void)yes;
	(void)f;
	(void)ptr;
	(void)unsigned_int;
	(void)unsigned_long;
	(void)listhead;
}

static const struct fake_more more = {.types = more_types};

struct made {
	struct fake f;
	struct kd_ctx ctx;
	struct kd_dump *d;
	struct kd_values *vs;
	uint64_t one, two; /* structs demo */
};

static void must(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

static void put_demo(struct made *m, uint64_t at, uint64_t next)
{
	fake_put(&m->f, at, (uint64_t)(int32_t)-5, 4);
	fake_put(&m->f, at + 4, 6 | 0x1f << 3, 1); /* b 6, c -1 */
	fake_put(&m->f, at + 6, 1, 2);
	fake_put(&m->f, at + 8, (uint16_t)-2, 2);
	fake_put(&m->f, at + 10, 3, 2);
	fake_put(&m->f, at + 12, 0x006f6c6c6568, 8); /* "hello" */
	fake_put(&m->f, at + 24, next, 8);
	fake_put(&m->f, at + 32, 0xffffffff, 4);
	fake_put(&m->f, at + 36, 0xfffe0007, 4); /* hi -2, lo 7 */
	fake_put(&m->f, at + 40, (uint64_t)0xab12345678 << 3, 8);
	fake_put(&m->f, at + 48, at + 12, 8);
	fake_put(&m->f, at + 56, FAKE_TEXT + 0x10, 8);
}

static int set_up(void **state)
{
	struct made *m = kd_xcalloc(1, sizeof(*m));

	fake_init_more(&m->f, &fake_61, &more, NULL);
	m->one = fake_task(1) + 0x800;
	m->two = fake_task(1) + 0x900;
	put_demo(m, m->one, m->two);
	put_demo(m, m->two, 0);
	must(fake_open(&m->f));
	kd_ctx_init(&m->ctx);
	m->d = kd_dump_of(&m->ctx, m->f.pages, m->f.space, m->f.kernel);
	must(kd_values_new(m->d, &m->vs));
	*state = m;
	return 0;
}

static int tear_down(void **state)
{
	struct made *m = *state;

	kd_values_free(m->vs);
	kd_dump_close(m->d);
	kd_ctx_deinit(&m->ctx);
	fake_deinit(&m->f);
	kd_free(m);
	return 0;
}

/* DEMO stands for a pointer to the first struct. */
static struct kd_error *evaluate(struct made *m, const char *text, uint64_t *n)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
	struct kd_view rest = kd_view_of(text);
	struct kd_value v;
	struct kd_error *err;
	size_t at;

	while ((at = kd_view_find(rest, KD_V("DEMO"))) != KD_NPOS) {
		kd_buf_add(&b, kd_view_head(rest, at));
		kd_buf_printf(&b, "((struct demo *)0x%llx)", (unsigned long long)m->one);
		rest = kd_view_from(rest, at + 4);
	}
	kd_buf_add(&b, rest);
	err = kd_expr(m->vs, kd_buf_view(&b), &v);
	return err ? err : kd_value_number(m->vs, &v, n);
}

static void expressions(void **state)
{
	static const struct {
		const char *text;
		int64_t n;
	} cases[] = {
		{"1 + 2 * 3", 7}, {"(1 + 2) * 3", 9}, {"7 / 2 - 7 % 4", 0}, {"-7 / 2", -3}, {"-7 % 3", -1}, {"1 << 4 | 1", 17},
		{"0x10 ^ 0x1", 17}, {"~0", -1}, {"!5", 0}, {"!0", 1}, {"3 > 2 && 2 > 3", 0}, {"3 > 2 || 1 / 0", 1}, {"0 && 1 / 0", 0},
		{"1 ? 2 : 1 / 0", 2}, {"0 ? 1 / 0 : 3", 3}, {"1 < 2 == 1", 1}, {"-1 < 0", 1}, {"-1 < 0u", 0}, {"-(1ul) > 5", 1}, {"(1 ? -1 : 0ul) > 5", 1}, {"(unsigned char)300", 44},
		{"(signed char)200", -56}, {"(unsigned long)-1 > 5", 1}, {"(short)0x18000", -32768}, {"'a'", 'a'}, {"'\\n'", '\n'},
		{"(int)0xffffffff", -1}, {"(u64)5", 5}, {"sizeof(struct demo)", DEMO_SIZE}, {"sizeof(int)", 4}, {"sizeof(long)", 8},
		{"sizeof(void *)", 8}, {"sizeof(DEMO->name)", 8}, {"sizeof DEMO", 8}, {"sizeof(*(struct demo *)0)", DEMO_SIZE},
		{"DEMO->a", -5}, {"DEMO.a", -5}, {"DEMO->b", 6}, {"DEMO->c", -1}, {"DEMO->d[1]", -2}, {"DEMO->d[2]", 3}, {"*DEMO->d", 1},
		{"DEMO->e", -1}, {"DEMO->e == NONE", 1}, {"DEMO->u", 0xfffe0007}, {"DEMO->lo", 7}, {"DEMO->hi", -2},
		{"DEMO->wide", 0xab12345678}, {"DEMO->name[1]", 'e'}, {"*DEMO->text", 'h'}, {"DEMO->text[4]", 'o'},
		{"DEMO->next->a", -5}, {"DEMO->next->next == 0", 1}, {"!DEMO->next->next && 2", 1},
		{"DEMO->next->next && DEMO->next->next->a", 0}, {"&DEMO->d[2] - &DEMO->d[0]", 2}, {"(DEMO + 1) - DEMO", 1},
		{"(u64)(DEMO + 2) - (u64)DEMO", 2 * DEMO_SIZE}, {"(u64)&DEMO->name - (u64)DEMO", 12}, {"offsetof(struct demo, d[2])", 10},
		{"offsetof(demo, wide)", 40}, {"container_of(&DEMO->e, struct demo, e)->a", -5}, {"DEMO->call != 0", 1},
		{"RED", 1}, {"(enum colour)-1 == NONE", 1},
	};
	struct made *m = *state;

	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		uint64_t n = 0;
		struct kd_error *err = evaluate(m, cases[i].text, &n);

		if (err)
			fail_msg("%s: %s", cases[i].text, err->msg);
		if ((int64_t)n != cases[i].n)
			fail_msg("%s is %lld, not %lld", cases[i].text, (long long)n, (long long)cases[i].n);
	}
}

static void refused(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = {
		{"", "missing"}, {"1 +", "end of"}, {"(1", "')' is missing"}, {"1 2", "not understood"}, {"0x", "no number"},
		{"1 / 0", "division by zero"}, {"1 % 0", "division by zero"}, {"DEMO->nothing", "nothing"}, {"DEMO->a.b", "no struct"},
		{"*5", "no pointer"}, {"&5", "no address"}, {"&DEMO->b", "bit field"}, {"DEMO->next->next->a", "cannot be read"},
		{"*(int *)0x10", "cannot be read"}, {"no_such_thing", "no symbol"}, {"struct demo", "no symbol"}, {"(struct nix *)1", "no such type"},
		{"(struct demo)1", "cast"}, {"DEMO[", "missing"}, {"'a", "no character"}, {"'\\q'", "no character"}, {"sizeof(void)", "no size"},
		{"init_task", "debug info"}, {"init_task.pid", "debug info"}, {"*DEMO + 1", "no number"}, {"12ab", "no number"}, {"$", "not understood"},
	};
	struct made *m = *state;

	for (size_t i = 0; i < KD_ARRAY_LEN(cases); i++) {
		uint64_t n = 0;
		struct kd_error *err = evaluate(m, cases[i].text, &n);

		if (!err)
			fail_msg("%s is %lld, and no error", cases[i].text, (long long)n);
		if (!strstr(err->msg, cases[i].part))
			fail_msg("%s: \"%s\" has no \"%s\"", cases[i].text, err->msg, cases[i].part);
		kd_error_free(err);
	}
}

/* No nesting is deep enough. */
static void nesting(void **state)
{
	static const char *const parts[] = {"(", "-", "!", "*", "1?", "(u64)", "DEMO[", "sizeof ", "1+(", "sizeof("};
	char text[KD_EXPR_MAX];
	struct made *m = *state;
	struct kd_value v;

	for (size_t i = 0; i < KD_ARRAY_LEN(parts); i++) {
		const size_t len = strlen(parts[i]);
		struct kd_error *err;
		size_t n = 0;

		while (n + len + 1 < sizeof(text)) {
			memcpy(text + n, parts[i], len);
			n += len;
		}
		text[n++] = '1';
		err = kd_expr(m->vs, kd_view(text, n), &v);
		assert_non_null(err);
		kd_error_free(err);
	}
}

/* Expressions put together by chance: an answer or an error, nothing else. */
static void by_chance(void **state)
{
	static const char *const parts[] = {
		"DEMO", "(", ")", "[", "]", "->", ".", "*", "&", "-", "~", "!", "+", "/", "%", "<<", ">>", "==", "&&", "||", "?", ":", "@", ",",
		"1", "0x10", "0", "sizeof", "struct demo", "struct", "u64", "a", "b", "d", "next", "name", "e", "text", "unsigned", "long",
		"container_of", "offsetof", "per_cpu", "init_task", "RED", "'a'", "' ", "vfs_write", ".0", "\xff", "void *", "int",
	};
	struct made *m = *state;
	uint64_t seed = 1;

	for (unsigned i = 0; i < 30000; i++) {
		kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(4096);
		struct kd_error *err;
		uint64_t n;

		for (unsigned k = 0; k < 2 + i % 12; k++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			kd_buf_add(&b, kd_view_of(parts[(seed >> 33) % KD_ARRAY_LEN(parts)]));
			if (seed >> 60 & 1)
				kd_buf_addc(&b, ' ');
		}
		err = evaluate(m, b.p, &n);
		if (err)
			assert_true(err->msg[0]);
		kd_error_free(err);
	}
}

static struct kd_node *child(struct kd_node *n, const char *name)
{
	for (n = n->child; n; n = n->next)
		if (kd_view_eq(n->name, kd_view_of(name)))
			return n;
	fail_msg("no part %s", name);
	return NULL;
}

static void text_is(struct kd_node *n, const char *text)
{
	if (!kd_view_eq(n->value.text, kd_view_of(text)))
		fail_msg("\"%.*s\", not \"%s\"", (int)n->value.text.n, n->value.text.p ? n->value.text.p : "", text);
}

static void shown(void **state)
{
	struct made *m = *state;
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(16 << 20);
	const struct kd_show how = {0};
	struct kd_vtype type;
	struct kd_sheet s;
	struct kd_node *n;
	struct kd_value v;

	kd_sheet_init(&s, &arena);
	must(kd_expr_type(m->vs, KD_V("struct demo"), &type));
	v = kd_value_at(type, m->one);
	n = kd_sheet_tree(&s, "value", KD_VNULL);
	kd_value_show(m->vs, &v, &how, &s, n);
	assert_true(n->braces);
	assert_int_equal(child(n, "a")->value.i, -5);
	assert_int_equal(child(n, "c")->value.i, -1);
	text_is(child(n, "name"), "\"hello\"");
	text_is(child(n, "e"), "NONE");
	text_is(child(n, "text"), "\"hello\"");
	assert_int_equal(child(n, "hi")->value.i, -2); /* of an anonymous one in an anonymous one */
	assert_int_equal(child(n, "wide")->value.u, 0xab12345678);
	text_is(child(n, "call"), kd_dump_name_text(m->d, FAKE_TEXT + 0x10, &arena).p);
	assert_int_equal(child(child(n, "d"), "[1]")->value.i, -2);
	assert_int_equal(child(n, "next")->value.u, m->two);
	assert_false(s.full);
}

/* What is not there is no zero. */
static void unreadable(void **state)
{
	struct made *m = *state;
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(16 << 20);
	const struct kd_show how = {.elements = 2};
	struct kd_vtype type;
	struct kd_sheet s;
	struct kd_node *n;
	struct kd_value v;

	kd_sheet_init(&s, &arena);
	must(kd_expr_type(m->vs, KD_V("demo"), &type));
	v = kd_value_at(type, 0xffff800000000000);
	n = kd_sheet_tree(&s, "value", KD_VNULL);
	kd_value_show(m->vs, &v, &how, &s, n);
	assert_false(n->braces);
	assert_int_equal(n->value.kind, KD_CELL_NONE);
	assert_true(kd_view_has(n->value.text, KD_V("cannot be read")));
	v.addr = FAKE_STACKS - 32; /* the first half of it is not there */
	n = kd_sheet_tree(&s, "value", KD_VNULL);
	kd_value_show(m->vs, &v, &how, &s, n);
	assert_int_equal(child(n, "a")->value.kind, KD_CELL_NONE);
	assert_true(kd_view_has(child(n, "a")->value.text, KD_V("cannot be read")));
	assert_int_equal(child(n, "name")->value.kind, KD_CELL_NONE);
	assert_int_equal(child(n, "e")->value.kind, KD_CELL_INT);
	v.addr = m->one;
	n = kd_sheet_tree(&s, "value", KD_VNULL);
	kd_value_show(m->vs, &v, &how, &s, n);
	assert_int_equal(child(n, "d")->more, 1);
}

/* A small arena: what does not fit is said to be missing. */
static void full(void **state)
{
	struct made *m = *state;
	const struct kd_show how = {0};
	struct kd_vtype type;
	struct kd_value v;

	must(kd_expr_type(m->vs, KD_V("demo"), &type));
	v = kd_value_at(type, m->one);
	for (size_t room = 0; room < 6000; room += 100) {
		kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(room);
		struct kd_sheet s;

		kd_sheet_init(&s, &arena);
		kd_value_show(m->vs, &v, &how, &s, kd_sheet_tree(&s, "value", KD_VNULL));
		if (room < 1000)
			assert_true(s.full);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(expressions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(nesting, set_up, tear_down),
		cmocka_unit_test_setup_teardown(by_chance, set_up, tear_down),
		cmocka_unit_test_setup_teardown(shown, set_up, tear_down),
		cmocka_unit_test_setup_teardown(unreadable, set_up, tear_down),
		cmocka_unit_test_setup_teardown(full, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
