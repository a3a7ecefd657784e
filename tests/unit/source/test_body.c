// SPDX-License-Identifier: GPL-2.0-or-later
/* Bodies of functions: what is one, where it begins and ends, whatever the preprocessor does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "source/body.h"
#include "source/refs.h"

/* "name start line open close flags[ macro]; …" of all bodies. */
static void expect_lang(enum kd_body_lang lang, const char *text, const char *want)
{
	struct kd_bodies b = {0};
	struct kd_buf got = KD_BUF_INIT(65536);
	struct kd_error *err = kd_bodies_scan(kd_view_of(text), lang, NULL, &b);

	assert_null(err);
	kd_buf_add(&got, KD_V(""));
	for (size_t i = 0; i < b.n; i++)
		kd_buf_printf(&got, "%s%.*s %u %u %u %u %u%s%.*s", i ? "; " : "", KD_VARG(b.v[i].name),
			      b.v[i].start, b.v[i].line, b.v[i].open, b.v[i].close, b.v[i].flags,
			      b.v[i].macro.n && lang == KD_LANG_C ? " " : "",
			      lang == KD_LANG_C ? (int)b.v[i].macro.n : 0, b.v[i].macro.p ? b.v[i].macro.p : "");
	assert_string_equal(got.p ? got.p : "", want);
	kd_buf_deinit(&got);
	kd_bodies_deinit(&b);
}

static void expect(const char *text, const char *want)
{
	expect_lang(KD_LANG_C, text, want);
}

static void test_plain(void **state)
{
	(void)state;
	expect("", "");
	expect("int x;\nint foo(void);\n", "");
	expect("int foo(void)\n{\n\treturn 1;\n}\n", "foo 1 1 2 4 0");
	expect("static\nint\nfoo(int a,\n    int b)\n{ }\n", "foo 1 3 5 5 16");
	expect("struct foo bar(struct foo x)\n{\n\tif (x.a) {\n\t}\n}\n", "bar 1 1 2 5 0");
	expect("int a[] = {\n1 };\nstruct s { int x; };\nenum e {\nA };\nunion u {\n} ;\n", "");
	expect("static const struct ops o = {\n\t.f = foo,\n};\nvoid f(void) { }\n", "f 4 4 4 4 0");
	expect("int (*get(int a))(int)\n{\n}\n", "get 1 1 2 3 0");
	expect("typedef int (*fn_t)(int);\nfn_t f(void)\n{\n}\n", "f 2 2 3 4 0");
	/* two in a line; what is behind an assignment is none */
	expect("int f(void) { } int g(void) { }\nint (*p)(void) = ({ f; });\n", "f 1 1 1 1 0; g 1 1 1 1 0");
}

static void test_attributes(void **state)
{
	(void)state;
	expect("__printf(1, 2)\nvoid foo(const char *f, ...)\n{\n}\n", "foo 1 2 3 4 0");
	expect("static __printf(1, 2) int foo(const char *f, ...)\n{\n}\n", "foo 1 1 2 3 16");
	expect("void __attribute__((weak)) foo(void)\n{\n}\n", "foo 1 1 2 3 0");
	expect("static void foo(void) __releases(&x->lock)\n\t__acquires(y)\n{\n}\n", "foo 1 1 3 4 16");
	expect("int foo(void) __must_hold(RCU) {\n}\n", "foo 1 1 1 2 0");
	expect("asmlinkage __visible void __init __no_sanitize_address start_kernel(void)\n{\n}\n",
	       "start_kernel 1 1 2 3 0");
	expect("static int __init __foo(void) noinline_attr\n{\n}\n", "__foo 1 1 2 3 16");
	/* a macro call without semicolon in front belongs to nobody */
	expect("MODULE_LICENSE(\"GPL\")\nstatic int foo(void)\n{\n}\n", "foo 2 2 3 4 16");
	expect("LIST_HEAD(x)\nstruct foo {\n\tint a;\n};\nint f(void)\n{\n}\n", "f 5 5 6 7 0");
	expect("struct __attribute__((packed)) foo {\n\tint a;\n};\n", "");
	expect("extern \"C\" {\nint f(void)\n{\n}\n}\nint g(void)\n{\n}\n", "f 2 2 3 4 0; g 6 6 7 8 0");
}

static void test_text(void **state)
{
	(void)state;
	expect("/* int foo(void) { */\nchar *s = \"{ int bar(void) {\";\nint f(void)\n{\n\tchar c = '{', *t = \"}\\\"}\";\n}\n",
	       "f 3 3 4 6 0");
	expect("// int g(void) { \\\n{ still a comment\nint f(void)\n{\n}\n", "f 3 3 4 5 0");
	expect("#define M(x) {\\\n {\nint f(void)\n{\n\tM(1)\n}\n", "f 3 3 4 6 0");
	expect("#define A /* a comment that\ngoes on { */ 1\nint f(void)\n{\n}\n", "f 3 3 4 5 0");
	expect("int f(void)\n{\n#error don't { stop\n\t/* \" */\n}\nint g(void)\n{\n}\n", "f 1 1 2 5 0; g 6 6 7 8 0");
	expect("int f(void)\r\n{\r\n}\r\n", "f 1 1 2 3 0");
	/* a string without end ends with its line */
	expect("char *s = \"abc;\nint f(void)\n{\n}\n", "");
	expect("char *s = \"abc;\n;int f(void)\n{\n}\n", "f 2 2 3 4 0");
}

static void test_conditions(void **state)
{
	(void)state;
	/* both branches, each from where the #if stood */
	expect("#ifdef A\nint f(int a)\n{\n#else\nint f(int a, int b)\n{\n#endif\n\treturn a;\n}\nint g(void)\n{\n}\n",
	       "f 2 2 3 9 0; f 5 5 6 9 0; g 10 10 11 12 0");
	/* two heads, one body */
	expect("#ifdef A\nstatic int f(int a)\n#else\nstatic int f(void)\n#endif\n{\n}\n",
	       "f 2 2 6 7 16; f 4 4 6 7 20");
	expect("int f(void)\n{\n#ifdef A\n\tif (a) {\n#else\n\tif (b) {\n#endif\n\t}\n}\nint g(void)\n{\n}\n",
	       "f 1 1 2 9 0; g 10 10 11 12 0");
	/* a brace that only one branch has */
	expect("int f(void)\n{\n#ifdef A\n\tif (a) {\n#endif\n\t\tb();\n#ifdef A\n\t}\n#endif\n}\nint g(void)\n{\n}\n",
	       "f 1 1 2 10 0; g 11 11 12 13 0");
	/* … and is closed under another condition: column 0 tells */
	expect("int f(void)\n{\n#ifdef A\n\tif (a) {\n#endif\n\t\tb();\n#ifndef B\n\tc();\n#else\n\t}\n#endif\n}\nint g(void)\n{\n}\n",
	       "f 1 1 2 12 8; g 13 13 14 15 0");
	expect("#if 0\nint f(void)\n{\n{\n#if 1\n#endif\n#else\nint g(void)\n{\n}\n#endif\nint h(void)\n{\n}\n",
	       "g 8 8 9 10 0; h 12 12 13 14 0");
	expect("#if 0 /* not yet */\n{ {\n#endif\nint h(void)\n{\n}\n", "h 4 4 5 6 0");
	expect("#else\n#endif\n#elif\nint h(void)\n{\n}\n", "h 4 4 5 6 0");
	/* a function in each branch, one of them complete */
	expect("#ifdef A\nint f(void)\n{\n#else\nint e(void)\n{\n}\nint f(void)\n{\n#endif\n}\n",
	       "f 2 2 3 11 0; e 5 5 6 7 0; f 8 8 9 11 0");
}

static void test_macros(void **state)
{
	char buf[KD_BODY_NAME_MAX];
	struct kd_bodies b = {0};
	bool also;

	(void)state;
	expect("SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, n)\n{\n}\n",
	       "read 1 1 2 3 2 SYSCALL_DEFINE3");
	expect("COMPAT_SYSCALL_DEFINE1(foo, int, a)\n{\n}\n", "foo 1 1 2 3 2 COMPAT_SYSCALL_DEFINE1");
	expect("DEFINE_IDTENTRY_ERRORCODE(exc_general_protection)\n{\n}\n",
	       "exc_general_protection 1 1 2 3 2 DEFINE_IDTENTRY_ERRORCODE");
	expect("BPF_CALL_2(bpf_foo, int, a, int, b)\n{\n}\n", "bpf_foo 1 1 2 3 2 BPF_CALL_2");
	/* one that kdoc does not know: the macro's name, marked */
	expect("TEST_F(one, two)\n{\n}\n", "TEST_F 1 1 2 3 1 TEST_F");
	expect("static int FNAME(walk)(struct w *w)\n{\n}\n", "FNAME 1 1 2 3 17 FNAME");
	/* braces in the arguments of a macro are no bodies */
	expect("TRACE_EVENT(foo,\n\tTP_fast_assign(\n\t\tif (a) { b; }\n\t),\n\tTP_printk(\"x\")\n);\nint f(void)\n{\n}\n",
	       "f 7 7 8 9 0");
	expect("_F(void, init, (void),\n{\n\tfoo();\n});\nint f(void)\n{\n}\n", "f 5 5 6 7 0");

	assert_null(kd_bodies_scan(KD_V("SYSCALL_DEFINE1(close, int, fd)\n{\n}\n"), KD_LANG_C, NULL, &b));
	assert_true(kd_view_eq(kd_body_key(&b.v[0], buf), KD_V("sys_close")));
	kd_bodies_deinit(&b);
	assert_true(kd_view_eq(kd_body_key_of(KD_V("__x64_sys_close"), buf, &also), KD_V("sys_close")));
	assert_true(also);
	assert_true(kd_view_eq(kd_body_key_of(KD_V("__do_compat_sys_x"), buf, &also), KD_V("compat_sys_x")));
	assert_true(kd_view_eq(kd_body_key_of(KD_V("foo.isra.0"), buf, &also), KD_V("foo")));
	assert_false(also);
	assert_true(kd_view_eq(kd_body_key_of(KD_V("__do_softirq"), buf, &also), KD_V("__do_softirq")));
	assert_true(kd_view_eq(kd_body_key_of(KD_V("____bpf_foo"), buf, &also), KD_V("bpf_foo")));
}

static void test_asm(void **state)
{
	(void)state;
	expect_lang(KD_LANG_ASM,
		    "/*\nENTRY(no)\n*/\nSYM_FUNC_START(memcpy)\n\tmov %rdi, %rax\n\tRET\nSYM_FUNC_END(memcpy)\n"
		    "SYM_FUNC_ALIAS(__memcpy, memcpy)\nENTRY(old)\n\tret\nENDPROC(old)\n_GLOBAL(ppc)\n\tblr\n"
		    "SYM_CODE_START_LOCAL(x)\n\tud2\n",
		    "memcpy 4 4 4 7 32; __memcpy 4 8 4 7 32; old 9 9 9 11 32; ppc 12 12 12 13 40; x 14 14 14 15 40");
	assert_int_equal(kd_body_lang(KD_V("a/b.S")), KD_LANG_ASM);
	assert_int_equal(kd_body_lang(KD_V("a/b.c")), KD_LANG_C);
	assert_int_equal(kd_body_lang(KD_V("a/b.rs")), KD_LANG_NONE);
}

/* Braces that never add up: the first one in column 0 is taken, and the rest is read. */
static void test_lost_brace(void **state)
{
	(void)state;
	expect("int f(void)\n{\n\tif (a) {\n}\nint g(void)\n{\n}\n", "f 1 1 2 4 8; g 5 5 6 7 0");
	expect("int f(void)\n{\n\tif (a) {\n", "");
}

static void test_at(void **state)
{
	struct kd_bodies b = {0};

	(void)state;
	assert_null(kd_bodies_scan(KD_V("int f(void)\n{\n}\n\nint g(void)\n{\n}\n"), KD_LANG_C, NULL, &b));
	assert_int_equal(b.lines, 8);
	assert_ptr_equal(kd_body_at(&b, 2), &b.v[0]);
	assert_ptr_equal(kd_body_at(&b, 5), &b.v[1]);
	assert_null(kd_body_at(&b, 4));
	assert_null(kd_body_at(&b, 0)); /* two of them */
	kd_bodies_deinit(&b);
}

static void test_refs(void **state)
{
	static const char text[] = "int foo(int);\nint foo(int a)\n{\n\treturn a;\n}\nEXPORT_SYMBOL_GPL(foo);\n"
				   "#define BAR(x) foo(x)\nint g(struct s *s)\n{\n\t/* foo(1) */\n\tputs(\"foo(\");\n"
				   "\ts->foo(1);\n\ts.foo = 2;\n\treturn foo(3) + h(foo);\n}\n"
				   "struct ops o = { .foo = foo };\n";
	static const struct {
		uint32_t line;
		enum kd_ref_kind kind;
		const char *in;
	} want[] = {
		{6, KD_REF_EXPORT, ""},	  {7, KD_REF_MACRO, ""},     {14, KD_REF_CALL, "g"},
		{14, KD_REF_REFERENCE, "g"}, {16, KD_REF_REFERENCE, ""},
	};
	struct kd_refs r = {0};

	(void)state;
	assert_null(kd_refs_scan(kd_view_of(text), KD_LANG_C, KD_V("foo"), &r));
	assert_int_equal(r.n, KD_ARRAY_LEN(want));
	for (size_t i = 0; i < r.n; i++) {
		assert_int_equal(r.v[i].line, want[i].line);
		assert_int_equal(r.v[i].kind, want[i].kind);
		assert_true(kd_view_eq(r.v[i].in, kd_view_of(want[i].in)));
	}
	assert_true(kd_view_eq(r.v[2].text, KD_V("\treturn foo(3) + h(foo);")));
	kd_refs_deinit(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),	   cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_text),	   cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_macros),	   cmocka_unit_test(test_asm),
		cmocka_unit_test(test_lost_brace), cmocka_unit_test(test_at),
		cmocka_unit_test(test_refs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
