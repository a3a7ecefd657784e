// SPDX-License-Identifier: GPL-2.0-or-later
/* Functions named by a hunk: its heading, what begins in it, what its changed lines stand in. */
#include "../base/check.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "format/patch.h"

static void put(void *user, const struct kd_patch_func *f)
{
	static const char how[] = {[KD_PATCH_HEADING] = 'h', [KD_PATCH_DEFINED] = 'd', [KD_PATCH_CHANGED] = 'c'};
	static const char *const kind[] = {[KD_PATCH_FUNCTION] = "", [KD_PATCH_SYSCALL] = "sys:", [KD_PATCH_MADE] = "made:",
					   [KD_PATCH_TYPE] = "type:", [KD_PATCH_OBJECT] = "object:"};

	kd_buf_printf(user, "%c%s%s:%s%.*s%s", ((struct kd_buf *)user)->n ? ' ' : '[', (char[]){how[f->how], 0},
		      f->sign ? (char[]){f->sign, 0} : "", kind[f->kind], KD_VARG(f->name), f->guessed ? "?" : "");
}

/* One hunk of FILE, with that heading. */
static void expect(const char *file, const char *heading, const char *body, const char *want)
{
	struct kd_arena arena = KD_ARENA_INIT(1 << 20);
	struct kd_buf text = KD_BUF_INIT(1 << 16), got = KD_BUF_INIT(1 << 16);
	unsigned old = 0, new = 0;
	struct kd_patch p;

	for (const char *s = body; *s; s = strchr(s, '\n') + 1) {
		old += *s != '+';
		new += *s != '-';
	}
	kd_buf_printf(&text, "diff --git a/%s b/%s\n--- a/%s\n+++ b/%s\n@@ -1,%u +1,%u @@ %s\n%s", file, file, file, file, old, new,
		      heading, body);
	assert_ok(kd_patch_parse(kd_buf_view(&text), &arena, NULL, &p));
	assert_int_equal(p.nproblems, 0);
	kd_patch_functions(&p, put, &got);
	if (got.n)
		kd_buf_addc(&got, ']');
	assert_view(kd_buf_view(&got), want);
	kd_buf_deinit(&text);
	kd_buf_deinit(&got);
	kd_arena_deinit(&arena);
}

static void headings(void **state)
{
	(void)state;
	expect("x.c", "static int foo(struct x *y,", " \ta;\n-\tb;\n+\tc;\n", "[h:foo c:foo]");
	expect("x.c", "void __init __printf(1, 2) foo(const char *s, ...)", "+\ta;\n", "[h:foo c:foo]");
	expect("x.c", "__acquires(x) foo(void)", "+\ta;\n", "[h:foo c:foo]");
	expect("x.c", "struct foo {", "+\tint a;\n", "[h:type:foo c:type:foo]");
	expect("x.c", "static const struct ops foo = {", "+\t.a = b,\n", "[h:object:foo c:object:foo]");
	expect("x.c", "const char *const foo[] = {", "+\t\"a\",\n", "[h:object:foo c:object:foo]");
	expect("x.c", "SYSCALL_DEFINE3(open, const char __user *, name,", "+\ta;\n", "[h:sys:open c:sys:open]");
	expect("x.c", "BPF_CALL_1(bpf_foo, int, a)", "+\ta;\n", "[h:made:bpf_foo c:made:bpf_foo]");
	expect("x.c", "static inline void foo(void) { }", "+\ta;\n", "[h:foo]"); /* it has ended */
	expect("x.c", "EXPORT_SYMBOL(foo);", "+\ta;\n", "");
	expect("x.c", "out_free:", "+\ta;\n", "");
	expect("x.c", "struct foo *bar;", "+\ta;\n", "");
	expect("x.c", "int foo(void);", "+\ta;\n", "");
	expect("x.h", "extern int foo(int a,", "+\ta;\n", "");
	expect("Kconfig", "config FOO(x)", "+\ta\n", "");
	expect("x.c", "struct a_name_that_reaches_the_end_of_what_git_keeps_of_the_line_of_a_heading_of_a_hu", "+\ta\n", "");
	/* lines at column 0 alone do not tell that they are in it */
	expect("x.c", "int foo(void)", " #ifdef A\n+#define B\n", "[h:foo c:foo?]");
	expect("x.c", "int foo(void)", "+#include <a.h>\n", "[h:foo]");
}

static void definitions(void **state)
{
	(void)state;
	expect("x.c", "", "+int foo(void)\n+{\n+\ta;\n+}\n", "[d+:foo c:foo]");
	expect("x.c", "", " static int\n-foo(int a)\n+foo(int a, int b)\n {\n \ta;\n }\n", "[d-:foo d+:foo c:foo]");
	expect("x.c", "", " int foo(int a,\n-\tint b)\n+\tlong b)\n {\n \ta;\n }\n", "[d :foo c:foo]");
	expect("x.c", "", " void foo(void)\n \t__acquires(x)\n {\n+\ta;\n }\n", "[d :foo c:foo]");
	expect("x.c", "", "+int foo(int a,\n+\tint b);\n", "");
	expect("x.c", "", "+module_init(foo)\n+int bar(void)\n+{\n", "[d+:bar c:bar]");
	expect("x.c", "", "+int foo(void)\n", "[d+:foo? c:foo?]");
	expect("x.c", "", "+DEFINE_MUTEX(foo);\n+static DEFINE_PER_CPU(struct a, bar);\n", "[d+:made:foo c:made:foo d+:made:bar c:made:bar]");
	expect("x.h", "", "+TRACE_EVENT(foo,\n+\tTP_PROTO(int a),\n+);\n+DEFINE_EVENT(class, bar,\n+\tx\n+);\n",
	       "[d+:made:foo c:made:foo d+:made:bar c:made:bar]");
	expect("x.c", "", "+SYSCALL_DEFINE0(foo)\n+{\n+}\n", "[d+:sys:foo c:sys:foo]");
	expect("x.h", "", "-struct foo\n+union foo\n {\n+\tint a;\n };\n", "[d-:type:foo d+:type:foo c:type:foo]");
	expect("x.c", "", "+static struct a b = { 1 };\n+int c;\n", "[d+:object:b c:object:b]");
	expect("x.c", "", "+static inline int foo(void) { return 1; }\n+#endif\n", "[d+:foo c:foo]");
	expect("x.c", "", "+if (x) {\n+foo();\n+return bar(x) {\n", "");
	expect("x.c", "", "+MODULE_LICENSE(\"GPL\");\n+EXPORT_SYMBOL(x);\n", "");
	expect("x.c", "", "+int foo(void) /* not { yet */\n+{\n", "[d+:foo c:foo]");
	expect("x.c", "", "+int foo(char c = ')', char *s = \"{\")\n+;\n", "");
}

/* Which function a change is in. */
static void changes(void **state)
{
	(void)state;
	expect("x.c", "int foo(void)", " \ta;\n }\n \n int bar(void)\n {\n+\tb;\n", "[h:foo d :bar c:bar]");
	expect("x.c", "int foo(void)", "-\ta;\n }\n \n int bar(void)\n {\n+\tb;\n", "[h:foo c:foo d :bar c:bar]");
	expect("x.c", "int foo(void)", " \ta;\n }\n+EXPORT_SYMBOL(foo);\n \n int bar(void)\n {\n", "[h:foo d :bar]");
	expect("x.c", "int foo(void)", " \ta;\n-err:\n+out:\n \tb;\n", "[h:foo c:foo]");
	expect("x.c", "int foo(void)", " \ta;\n }\n \n /**\n- * bar - a\n+ * bar - b\n  */\n", "[h:foo]");
	expect("x.c", "int foo(void)", " \ta;\n }\n \n+\n int x;\n", "[h:foo]");
	/* two become one: foo loses its end, bar goes */
	expect("x.c", "int foo(void)", " \ta;\n-}\n-int bar(void)\n-{\n-\tb;\n+\tc;\n }\n", "[h:foo c:foo d-:bar c:bar]");
}

static void languages(void **state)
{
	(void)state;
	expect("x.S", "SYM_FUNC_START(foo)", "+\tmov\n SYM_FUNC_END(foo)\n+SYM_CODE_START_LOCAL(bar)\n+\tret\n+SYM_CODE_END(bar)\n+1:\n",
	       "[h:foo c:foo d+:bar c:bar]");
	expect("x.S", "", "+.macro foo a b\n+\tx\n+.endm\n ENTRY(bar)\n-\ty\n ENDPROC(bar)\n", "[d+:made:foo c:made:foo d :bar c:bar]");
	expect("x.rs", "impl Foo {", "     pub(crate) unsafe fn foo<T>(\n         a: T,\n     ) -> Result {\n+        x();\n     }\n+\n }\n",
	       "[d :foo c:foo]");
	expect("x.rs", "    fn foo(&self) {", "         if a {\n-            b();\n         }\n     }\n+    pub struct Bar(u8);\n",
	       "[h:foo c:foo d+:type:Bar c:type:Bar]");
	expect("x.rs", "", "+extern \"C\" fn foo() {\n+}\n+macro_rules! bar {\n+}\n+trait Baz {\n+    fn f();\n+}\n",
	       "[d+:foo c:foo d+:made:bar c:made:bar d+:type:Baz c:type:Baz]");
}

static void one_line(void **state)
{
	enum kd_patch_func_kind kind;
	struct kd_view name;

	(void)state;
	assert_true(kd_patch_definition(KD_V("int foo(void)\r\n"), KD_PATCH_C, &name, &kind));
	assert_view(name, "foo");
	assert_int_equal(kind, KD_PATCH_FUNCTION);
	assert_false(kd_patch_definition(KD_V("int foo(void);"), KD_PATCH_C, &name, &kind));
	assert_false(kd_patch_definition(KD_V("int foo(void)"), KD_PATCH_OTHER, &name, &kind));
	assert_false(kd_patch_definition(KD_V(""), KD_PATCH_C, &name, &kind));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headings),  cmocka_unit_test(definitions), cmocka_unit_test(changes),
		cmocka_unit_test(languages), cmocka_unit_test(one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
