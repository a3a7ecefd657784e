// SPDX-License-Identifier: GPL-2.0-or-later
/* Symbols by address and name, rows, gaps, inline trees, frames of one name: of indexes made by hand. */
#include "kdxmake.h"

#include <fcntl.h>

enum { BASE = 0x1000 };

static struct index *new_index(void)
{
	struct index *x = kd_xcalloc(1, sizeof(*x));

	x->base = BASE;
	return x;
}

static const char *name_at(struct kd_kdx *k, uint64_t addr)
{
	static char name[64];
	struct kd_symbol s;

	if (!kd_symbol_at(k, addr, &s))
		return "-";
	snprintf(name, sizeof(name), "%.*s", KD_VARG(s.name));
	return name;
}

/* Of several at one address: functions before objects before others, global before weak before local. */
static void test_ranks(void **state)
{
	struct index *x = new_index();
	struct kd_kdx *k;

	(void)state;
	index_symbol(x, "abs", 0x10, 0, KD_STT_NOTYPE, KD_STB_GLOBAL, KD_SYM_ABS);
	index_symbol(x, "local", 0x1000, 0x10, KD_STT_FUNC, KD_STB_LOCAL, KD_SYM_CODE);
	index_symbol(x, "global", 0x1000, 0x10, KD_STT_FUNC, KD_STB_GLOBAL, KD_SYM_CODE);
	index_symbol(x, "weak", 0x1000, 0x10, KD_STT_FUNC, KD_STB_WEAK, KD_SYM_CODE);
	index_symbol(x, "label", 0x1000, 0, KD_STT_NOTYPE, KD_STB_GLOBAL, KD_SYM_CODE);
	index_symbol(x, "object", 0x1020, 0x10, KD_STT_OBJECT, KD_STB_LOCAL, KD_SYM_DATA);
	index_symbol(x, "mark", 0x1020, 0, KD_STT_NOTYPE, KD_STB_GLOBAL, KD_SYM_DATA);
	index_symbol(x, "weak2", 0x1040, 0x10, KD_STT_FUNC, KD_STB_WEAK, KD_SYM_CODE);
	index_symbol(x, "local2", 0x1040, 0x10, KD_STT_FUNC, KD_STB_LOCAL, KD_SYM_CODE);
	k = index_open(x);
	assert_string_equal(name_at(k, 0xfff), "-");
	assert_string_equal(name_at(k, 0x1000), "global");
	assert_string_equal(name_at(k, 0x100f), "global");
	assert_string_equal(name_at(k, 0x101f), "global"); /* padding: up to the next one, as kallsyms says */
	assert_string_equal(name_at(k, 0x1025), "object");
	assert_string_equal(name_at(k, 0x104f), "weak2");
	assert_string_equal(name_at(k, 0x1050), "-"); /* behind the last one */
	kd_kdx_close(k);
	kd_free(x);
}

static void test_room(void **state)
{
	struct index *x = new_index();
	struct kd_symbol s;
	struct kd_kdx *k;

	(void)state;
	index_function(x, "one", 0x1000, 0x9);
	index_symbol(x, "data", 0x1008, 4, KD_STT_OBJECT, KD_STB_LOCAL, KD_SYM_DATA);
	index_function(x, "two", 0x1010, 0x7);
	k = index_open(x);
	assert_true(kd_symbol(k, 0, &s));
	assert_int_equal(s.size, 9);
	assert_int_equal(s.room, 0x10); /* data is no code */
	assert_true(kd_symbol(k, 2, &s));
	assert_int_equal(s.room, 7);
	assert_false(kd_symbol(k, 3, &s));
	assert_int_equal(kd_symbols(k), 3);
	kd_kdx_close(k);
	kd_free(x);
}

static void test_names(void **state)
{
	static const char *const names[] = {"b", "a", "b", "b.cold", "ba", "zz", "b"};
	struct index *x = new_index();
	struct kd_symbol s;
	struct kd_kdx *k;
	size_t first;

	(void)state;
	for (unsigned i = 0; i < KD_ARRAY_LEN(names); i++)
		index_function(x, names[i], 0x1000 + 16 * i, 16);
	k = index_open(x);
	assert_int_equal(kd_symbols_named(k, KD_V("a"), &first), 1);
	assert_int_equal(first, 0);
	assert_int_equal(kd_symbols_named(k, KD_V("b"), &first), 3);
	for (size_t i = 0; i < 3; i++) {
		static const uint64_t addr[] = {0x1000, 0x1020, 0x1060};

		assert_true(kd_symbol_by_name(k, first + i, &s));
		assert_view(s.name, "b");
		assert_int_equal(s.addr, addr[i]);
	}
	assert_int_equal(kd_symbols_named(k, KD_V("b.cold"), &first), 1);
	assert_int_equal(kd_symbols_named(k, KD_V("zz"), &first), 1);
	assert_int_equal(kd_symbols_named(k, KD_V("zzz"), &first), 0);
	assert_int_equal(kd_symbols_named(k, KD_V(""), &first), 0);
	assert_int_equal(kd_symbols_named(k, KD_V("aa"), &first), 0);
	assert_false(kd_symbol_by_name(k, KD_ARRAY_LEN(names), &s));
	kd_kdx_close(k);
	kd_free(x);
}

static void want_line(struct kd_kdx *k, uint64_t addr, const char *path, uint32_t line)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 16);
	struct kd_src s;

	if (!path) {
		assert_false(kd_line_at(k, addr, &s));
		return;
	}
	if (!kd_line_at(k, addr, &s))
		fail_msg("no line at %#jx", (uintmax_t)addr);
	assert_view(kd_src_path(&arena, &s), path);
	assert_int_equal(s.line, line);
}

/* Two blocks, a gap (file 0) at the end of the first, a row of line 0. */
static void lines(struct index *x)
{
	const unsigned a = index_file(x, "net", "a.c"), b = index_file(x, "", "b.c");

	index_block(x, 0x1000);
	index_row(x, 0, a, 10, 3);
	index_row(x, 4, a, 5, 0);
	index_row(x, 4, b, -14, 1);
	index_row(x, 8, 0, 0, 0);
	index_block(x, 0x1040);
	index_row(x, 0, b, 70000, 0);
	index_row(x, 2, a, -70000, 0);
	index_row(x, 2, 0, 0, 0);
}

static void test_lines(void **state)
{
	struct index *x = new_index();
	struct kd_kdx *k;

	(void)state;
	lines(x);
	k = index_open(x);
	want_line(k, 0, NULL, 0);
	want_line(k, 0xfff, NULL, 0);
	want_line(k, 0x1000, "net/a.c", 10);
	want_line(k, 0x1003, "net/a.c", 10);
	want_line(k, 0x1004, "net/a.c", 15);
	want_line(k, 0x1008, "b.c", 1);
	want_line(k, 0x100f, "b.c", 1);
	want_line(k, 0x1010, NULL, 0);
	want_line(k, 0x103f, NULL, 0);
	want_line(k, 0x1041, "b.c", 70000);
	want_line(k, 0x1042, "net/a.c", 0);
	want_line(k, 0x1044, NULL, 0);
	want_line(k, UINT64_MAX, NULL, 0);
	want_line(k, BASE + 0x100000000ULL, NULL, 0); /* not 32 bits away */
	kd_kdx_close(k);
	kd_free(x);
}

struct want_link {
	const char *func, *file;
	uint32_t line;
};

static void want_chain(struct kd_kdx *k, uint64_t addr, const struct want_link *want, size_t n)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 16);
	struct kd_chain chain;

	assert_true(kd_chain_at(k, addr, &arena, &chain) == (n > 0));
	assert_int_equal(chain.n, n);
	for (size_t i = 0; i < n; i++) {
		if (!kd_view_eq(chain.v[i].func, kd_view_of(want[i].func)) || chain.v[i].at.line != want[i].line)
			fail_msg("%#jx, call %zu: %.*s:%u", (uintmax_t)addr, i, KD_VARG(chain.v[i].func), chain.v[i].at.line);
		assert_view(kd_src_path(&arena, &chain.v[i].at), want[i].file);
		assert_int_equal(chain.v[i].inlined, i + 1 < n);
	}
}

/* f: in1 [4,12) with in2 [6,8) in it; then in2 [14,16). What is not covered is passed over with its children. */
static void functions(struct index *x)
{
	struct out tree = {.n = 0};
	const unsigned f = index_origin(x, "f", 1, 9), in1 = index_origin(x, "in1", 2, 1), in2 = index_origin(x, "in2", 2, 5);

	index_node(&tree, 0, in1, 1, 100, 4, 8);
	index_node(&tree, 1, in2, 2, 200, 6, 2);
	index_node(&tree, 0, in2, 1, 300, 14, 2);
	index_func(x, f, 0x1000, 0x10, &tree);
	index_func(x, index_origin(x, "g", 1, 50), 0x1040, 4, NULL);
}

static void test_chains(void **state)
{
	struct index *x = new_index();
	struct kd_kdx *k;

	(void)state;
	lines(x);
	functions(x);
	k = index_open(x);
	want_chain(k, 0x1000, (struct want_link[]){{"f", "net/a.c", 10}}, 1);
	want_chain(k, 0x1004, (struct want_link[]){{"in1", "net/a.c", 15}, {"f", "net/a.c", 100}}, 2);
	want_chain(k, 0x1007, (struct want_link[]){{"in2", "net/a.c", 15}, {"in1", "b.c", 200}, {"f", "net/a.c", 100}}, 3);
	want_chain(k, 0x1008, (struct want_link[]){{"in1", "b.c", 1}, {"f", "net/a.c", 100}}, 2);
	want_chain(k, 0x100c, (struct want_link[]){{"f", "b.c", 1}}, 1);
	want_chain(k, 0x100f, (struct want_link[]){{"in2", "b.c", 1}, {"f", "net/a.c", 300}}, 2);
	want_chain(k, 0x1010, NULL, 0);
	want_chain(k, 0x1043, (struct want_link[]){{"g", "net/a.c", 0}}, 1);
	kd_kdx_close(k);
	kd_free(x);
}

static void match(struct kd_kdx *k, const char *func, uint64_t off, uint64_t size, bool exact, size_t n, enum kd_match_size how,
		  size_t left_out, uint64_t lookup)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 16);
	const struct kd_frame_query q = {.func = kd_view_of(func), .has_offset = true, .offset = off, .size = size, .exact = exact};
	struct kd_matches m;

	assert_ok(kd_match_frame(k, &q, &arena, &m));
	assert_int_equal(m.n, n);
	assert_int_equal(m.left_out, left_out);
	assert_int_equal(m.by_size, left_out > 0);
	if (!n)
		return;
	assert_int_equal(m.v[0].size, how);
	assert_int_equal(m.v[0].lookup, lookup);
	assert_int_equal(m.v[0].addr, m.v[0].sym.addr + off);
}

static void test_matches(void **state)
{
	struct index *x = new_index();
	struct kd_kdx *k;

	(void)state;
	index_function(x, "twice", 0x1000, 0x10);
	index_function(x, "twice", 0x1010, 0x20);
	index_function(x, "alike", 0x1030, 0x10);
	index_function(x, "alike", 0x1040, 0x10);
	index_function(x, "padded", 0x1050, 0xb);
	index_function(x, "alias", 0x1060, 0x10);
	index_function(x, "alias", 0x1060, 0x10);
	index_symbol(x, "data", 0x1070, 0x10, KD_STT_OBJECT, KD_STB_GLOBAL, KD_SYM_DATA);
	k = index_open(x);
	match(k, "twice", 4, 0x20, true, 1, KD_MATCH_SIZE_SAME, 1, 0x1014);
	match(k, "twice", 4, 0x10, false, 1, KD_MATCH_SIZE_SAME, 1, 0x1003);
	match(k, "twice", 4, 0x11, false, 2, KD_MATCH_SIZE_DIFFERS, 0, 0x1003);
	match(k, "twice", 4, 0, false, 2, KD_MATCH_SIZE_UNKNOWN, 0, 0x1003);
	match(k, "alike", 0, 0x10, false, 2, KD_MATCH_SIZE_SAME, 0, 0x1030); /* no byte before it is its own */
	match(k, "padded", 1, 0xb, false, 1, KD_MATCH_SIZE_SAME, 0, 0x1050);
	match(k, "padded", 1, 0x10, false, 1, KD_MATCH_SIZE_SAME, 0, 0x1050); /* kallsyms counts the padding */
	match(k, "alias", 1, 0x10, true, 1, KD_MATCH_SIZE_SAME, 0, 0x1061);
	match(k, "data", 1, 0x10, true, 0, 0, 0, 0);
	match(k, "nobody", 1, 0x10, true, 0, 0, 0, 0);
	kd_kdx_close(k);
	kd_free(x);
}

/* Any chunk damaged: an answer is the right one or none. */
static void test_damage(void **state)
{
	char path[] = "/tmp/kdoc-test-XXXXXX", raw[16384];
	struct index *x = new_index();
	int fd = mkstemp(path);
	unsigned answers = 0, none = 0;
	ssize_t n;

	(void)state;
	lines(x);
	functions(x);
	index_function(x, "f", 0x1000, 0x10);
	index_function(x, "f", 0x1040, 0x10);
	index_write(x, path);
	n = pread(fd, raw, sizeof(raw), 0);
	close(fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = pread(fd, raw, sizeof(raw), 0);
	close(fd);
	unlink(path);
	assert_true(n > 640 && n < (ssize_t)sizeof(raw));
	for (ssize_t at = 64 + 13 * 32; at < n; at++) {
		kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(1 << 16);
		const struct kd_frame_query q = {.func = KD_V("f"), .has_offset = true, .offset = 7};
		kd_auto(kd_kdx_closep) struct kd_kdx *k = NULL;
		kd_auto(kd_error_freep) struct kd_error *err = NULL;
		struct kd_matches m;
		struct kd_chain chain;

		raw[at] = (char)(raw[at] ^ 0x10);
		err = kd_kdx_of_view(kd_view(raw, (size_t)n), "damaged", NULL, &k);
		if (k && kd_chain_at(k, 0x1007, &arena, &chain)) {
			answers++;
			assert_int_equal(chain.n, 3);
			assert_view(chain.v[2].func, "f");
			assert_view(kd_src_path(&arena, &chain.v[0].at), "net/a.c");
			assert_int_equal(chain.v[0].at.line, 15);
		} else if (k) {
			assert_true(kd_kdx_misses(k) > 0);
			none++;
		}
		if (k) {
			assert_ok(kd_match_frame(k, &q, &arena, &m));
			assert_true(m.n == 2 || (!m.n && kd_kdx_misses(k) > 0));
		}
		raw[at] = (char)(raw[at] ^ 0x10);
	}
	assert_true(answers > 50);
	assert_true(none > 50);
	kd_free(x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranks), cmocka_unit_test(test_room),   cmocka_unit_test(test_names),
		cmocka_unit_test(test_lines), cmocka_unit_test(test_chains), cmocka_unit_test(test_matches),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
