// SPDX-License-Identifier: GPL-2.0-or-later
/* System.map and kallsyms as sources of symbols: lines, sizes by the next symbol, modules, what is refused. */
#include "kdxmake.h"

#include "format/symlist.h"
#include "symbol/build_list.h"

static void lines(void **state)
{
	static const char *const bad[] = {"",
					  "ffffffff81000000",
					  "ffffffff81000000 T",
					  "ffffffff81000000 T ",
					  "ffffffff8100000 T a", /* 15 digits */
					  "ffffffff810000000 T a",
					  "ffffffff81000000  T a",
					  "ffffffff81000000 5 a",
					  "ffffffff81000000 TT a",
					  "0xffffffff81000000 T a",
					  "ffffffff81000000 T a b",
					  "ffffffff81000000 T a [b",
					  "ffffffff81000000 T a []",
					  "ffffffff81000000 T a [b c]"};
	struct kd_symlist_line l;

	(void)state;
	assert_true(kd_symlist_line(KD_V("ffffffff81000000 T _text\r"), &l));
	assert_true(l.addr == 0xffffffff81000000ull && l.type == 'T' && !l.module.n);
	assert_view(l.name, "_text");
	assert_true(kd_symlist_line(KD_V("ffffffffc0390000 t foo.isra.0\t[snd-hda_x]"), &l));
	assert_view(l.name, "foo.isra.0");
	assert_view(l.module, "snd-hda_x");
	assert_true(kd_symlist_line(KD_V("c0100000 W weak"), &l));
	assert_true(l.addr == 0xc0100000u && l.type == 'W');
	for (size_t i = 0; i < KD_ARRAY_LEN(bad); i++)
		if (kd_symlist_line(kd_view_of(bad[i]), &l))
			fail_msg("'%s' was taken", bad[i]);
	assert_true(kd_symlist_probe(KD_V("0000000000000000 A fixed_percpu_data\n00")));
	assert_false(kd_symlist_probe(KD_V("\177ELF")));
	assert_false(kd_symlist_probe(KD_V("[    0.000000] Linux version")));
}

/* The index of a text; the error otherwise. */
static struct kd_error *build(const char *text, const char *name, const char *module, struct kd_kdx **ret)
{
	struct kd_bytes *b = kd_bytes_of_view(kd_view_of(text), name);
	const struct kd_kdx_options o = {.module = module};
	char path[] = "/tmp/kdoc-test-XXXXXX";
	int fd = mkstemp(path);
	struct kd_error *err;

	assert_true(fd >= 0);
	close(fd);
	assert_true(kd_symlist_is(b));
	err = kd_symlist_build(b, path, &o, NULL);
	if (!err)
		err = kd_kdx_open(path, ret);
	unlink(path);
	kd_bytes_close(b);
	return err;
}

#define MAP \
	"0000000000000000 A fixed_percpu_data\n" \
	"ffffffff81000000 T _text\n" \
	"ffffffff81000000 T startup_64\n" \
	"ffffffff81000200 t two\n" \
	"ffffffff81000240 W weak_code\n" \
	"ffffffff81000300 T entry_SYSCALL_64\n" \
	"ffffffff81000400 t two\n" \
	"ffffffff81000480 T _etext\n" \
	"ffffffff82000000 D jiffies\n" \
	"ffffffff82000100 V weak_data\n"

static void a_map(void **state)
{
	struct kd_kdx *k = NULL;
	struct kd_kdx_ident id;
	struct kd_symbol s;
	size_t first;

	(void)state;
	assert_ok(build(MAP, "/boot/System.map-9.9.9-x", NULL, &k));
	id = kd_kdx_ident(k);
	assert_view(id.release, "9.9.9-x");
	assert_view(id.symbols, "list");
	assert_true(!id.dwarf && id.machine == 62 && id.text_base == 0xffffffff81000000ull && !id.build_id.n);
	assert_true(kd_symbol_at(k, 0xffffffff81000244ull, &s));
	assert_view(s.name, "weak_code");
	assert_true(s.size == 0 && s.room == 0xc0 && kd_symbol_is_code(&s));
	assert_int_equal(kd_symbols_named(k, KD_V("two"), &first), 2);
	assert_true(kd_symbol_by_name(k, first, &s) && s.room == 0x40);
	assert_true(kd_symbol_by_name(k, first + 1, &s) && s.room == 0x80);
	assert_int_equal(kd_symbols_named(k, KD_V("weak_data"), &first), 1);
	assert_true(kd_symbol_by_name(k, first, &s) && !kd_symbol_is_code(&s));
	kd_kdx_close(k);
	/* without a release in its name there is none */
	assert_ok(build(MAP, "map.txt", NULL, &k));
	assert_int_equal(kd_kdx_ident(k).release.n, 0);
	kd_kdx_close(k);
}

static void modules(void **state)
{
	static const char text[] = MAP "ffffffffc0390040 t second\t[foo]\nffffffffc0390000 t first\t[foo]\n"
				       "ffffffffc0400000 t other\t[bar]\n";
	struct kd_kdx *k = NULL;
	struct kd_symbol s;

	(void)state;
	assert_ok(build(text, "kallsyms", NULL, &k));
	assert_view(kd_kdx_ident(k).symbols, "kallsyms");
	assert_false(kd_symbol_at(k, 0xffffffffc0390010ull, &s));
	kd_kdx_close(k);
	assert_ok(build(text, "kallsyms", "foo", &k));
	assert_view(kd_kdx_ident(k).module, "foo");
	assert_true(kd_symbol_at(k, 0xffffffffc0390010ull, &s) && s.room == 0x40);
	assert_view(s.name, "first");
	assert_int_equal(kd_symbols(k), 2);
	kd_kdx_close(k);
	assert_error(build(text, "kallsyms", "baz", &k), KD_NOTFOUND, "no symbols of module baz");
}

static void refused(void **state)
{
	struct kd_kdx *k = NULL;

	(void)state;
	assert_error(build("0000000000000000 T _text\n0000000000000000 t foo\n0000000000000000 t x\t[m]\n", "kallsyms", NULL, &k),
		     KD_UNSUPPORTED, "addresses are zero");
	assert_error(build("ffffffffffffffff B The real System.map is in the linux-image-<version>-dbg package\n", "System.map-1",
			   NULL, &k), KD_NOTFOUND, "placeholder");
	assert_error(build("ffffffff81000000 T _text\nHello\nworld\n", "x", NULL, &k), KD_BADDATA, "2 of its 3 lines");
	assert_error(build("ffffffffc0390040 t second\t[foo]\n", "x", NULL, &k), KD_BADDATA, "no symbols of the kernel");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(a_map),
		cmocka_unit_test(modules),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
