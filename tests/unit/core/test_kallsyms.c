// SPDX-License-Identifier: GPL-2.0-or-later
/* A table of thousands of symbols, of which only what is asked for is read; what is missing or damaged in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/kallsyms.h"
#include "core/mirror.h"
#include "format/diskdump.h"
#include "machine.h"

enum { FUNCS = 4000, VARS = 1200, N = FUNCS + VARS + 6, NAME = 24, PAGES = 32, MARK = 256, NUMBERS_MAX = 1 << 15, TABLES_MAX = PAGES * 4096 };

#define TABLES 0xffffffff83000000u
#define IMAGE 0xffffffff81000000u
#define TEXT (IMAGE - 0x200000)

enum marks { NO_MARKS, MARKS, MARKS_AND_ORDER, NMARKS };

struct symbol {
	uint64_t addr;
	char type, name[NAME];
};

struct table {
	struct symbol s[N];
	struct machine m;
	struct kd_buf dump;
	struct kd_pages *pages;
	struct kd_space *space;
	struct kd_ksyms *k;
	unsigned char *raw; /* TABLES_MAX bytes: names, marks, order, tokens, index, base, count, numbers */
	size_t names_end, marks, tokens, index, base, count, numbers;
	uint64_t page[PAGES]; /* physical */
};

static void must(struct kd_error *err)
{
	if (err)
		fail_msg("%s", err->msg);
}

static void add(struct table *t, size_t *n, char type, const char *name, uint64_t addr)
{
	t->s[*n] = (struct symbol){.type = type, .addr = addr};
	snprintf(t->s[(*n)++].name, NAME, "%s", name);
}

/* Functions from _stext to _etext, variables behind them; "twice" is one of each. */
static void make_symbols(struct table *t)
{
	char name[NAME];
	size_t n = 0;

	add(t, &n, 'T', "_stext", TEXT);
	add(t, &n, 'T', "_text", TEXT);
	for (unsigned i = 0; i < FUNCS; i++) {
		snprintf(name, sizeof(name), i == 2000 ? "twice" : "do_function_%u", i);
		add(t, &n, 't', name, TEXT + 16 * (uint64_t)(i + 1));
	}
	add(t, &n, 'T', "_etext", TEXT + 0x20000);
	for (unsigned i = 0; i < VARS; i++) {
		snprintf(name, sizeof(name), i == 700 ? "twice" : "v%u", i);
		add(t, &n, 'd', name, TEXT + 0x40000 + 8 * (uint64_t)i);
	}
	add(t, &n, 'D', "init_uts_ns", IMAGE + 0x1000);
	add(t, &n, 'D', "modules", IMAGE + 0x2000);
	add(t, &n, 'B', "_end", IMAGE + 0x3000);
	assert_int_equal(n, N);
}

/* Tokens are the characters themselves, but 1 is "do_function_". */
static size_t put_names(struct table *t)
{
	size_t at = 0;

	for (size_t i = 0; i < N; i++) {
		const bool token = !strncmp(t->s[i].name, "do_function_", 12);
		const char *rest = t->s[i].name + (token ? 12 : 0);

		if (i % MARK == 0)
			put_le(t->raw + t->marks + i / MARK * 4, at, 4);
		t->raw[at++] = (unsigned char)(1 + token + strlen(rest));
		t->raw[at++] = (unsigned char)t->s[i].type;
		if (token)
			t->raw[at++] = 1;
		memcpy(t->raw + at, rest, strlen(rest));
		at += strlen(rest);
	}
	return at;
}

static void put_tokens(struct table *t)
{
	size_t at = 0;

	for (unsigned i = 0; i < KD_KALLSYMS_TOKENS; i++) {
		put_le(t->raw + t->index + 2 * (size_t)i, at, 2);
		if (i == 1) {
			memcpy(t->raw + t->tokens + at, "do_function_", 12);
			at += 12;
		} else if (i > 1) {
			t->raw[t->tokens + at++] = (unsigned char)i;
		}
		t->raw[t->tokens + at++] = 0;
	}
}

static size_t up(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static void put_numbers(struct table *t, enum kd_kallsyms_form form)
{
	for (size_t i = 0; i < N; i++) {
		uint64_t number = t->s[i].addr - TEXT;

		if (form == KD_KALLSYMS_PERCPU)
			number = TEXT - 1 - t->s[i].addr;
		else if (form == KD_KALLSYMS_PLACE)
			number = t->s[i].addr - (TABLES + t->numbers + 4 * i);
		put_le(t->raw + t->numbers + 4 * i, number, 4);
	}
	put_le(t->raw + t->base, TEXT, 8);
	put_le(t->raw + t->count, N, 4);
}

static void begin(struct table *t, enum kd_kallsyms_form form, enum marks marks)
{
	const size_t nmarks = up((N + MARK - 1) / MARK * 4);

	memset(t, 0, sizeof(*t));
	t->raw = kd_xcalloc(TABLES_MAX, 1);
	make_symbols(t);
	t->names_end = up(put_names(t)); /* once for its length */
	memset(t->raw, 0, TABLES_MAX);
	t->marks = t->names_end;
	t->tokens = t->marks + (marks ? nmarks : 0) + (marks == MARKS_AND_ORDER ? up(3 * N) : 0);
	t->index = up(t->tokens + 1024);
	t->base = t->index + KD_KALLSYMS_INDEX;
	t->count = t->base + 8;
	t->numbers = (t->count + 8 + 4095) & ~(size_t)4095;
	assert_true(t->numbers + 4 * (size_t)N <= TABLES_MAX);
	(void)put_names(t);
	if (!marks)
		memset(t->raw + t->marks, 0, nmarks);
	put_tokens(t);
	put_numbers(t, form);
	machine_init(&t->m, &machine_x86);
	for (size_t i = 0; i < PAGES; i++) {
		t->page[i] = machine_page(&t->m);
		machine_map(&t->m, TABLES + 4096 * (uint64_t)i, t->page[i]);
	}
	machine_say(&t->m, "SYMBOL(_stext)=%jx\nSYMBOL(kallsyms_names)=%jx\nSYMBOL(kallsyms_num_syms)=%jx\n"
		    "SYMBOL(kallsyms_token_table)=%jx\nSYMBOL(kallsyms_token_index)=%jx\nSYMBOL(kallsyms_offsets)=%jx\n",
		    (uintmax_t)TEXT, (uintmax_t)TABLES, (uintmax_t)(TABLES + t->count), (uintmax_t)(TABLES + t->tokens),
		    (uintmax_t)(TABLES + t->index), (uintmax_t)(TABLES + t->numbers));
	if (form != KD_KALLSYMS_PLACE)
		machine_say(&t->m, "SYMBOL(kallsyms_relative_base)=%jx\n", (uintmax_t)(TABLES + t->base));
}

static void leave_out(struct table *t, size_t off)
{
	t->m.left_out[(t->page[off / 4096] - MACHINE_PADDR) / t->m.page] = true;
}

static struct kd_error *open_table(struct table *t)
{
	for (size_t i = 0; i < PAGES; i++)
		memcpy(machine_at(&t->m, t->page[i]), t->raw + 4096 * i, 4096);
	machine_kdump(&t->m, KD_DD_SNAPPY, 0, 0, &t->dump);
	must(kd_pages_of_bytes(kd_bytes_of_view(kd_buf_view(&t->dump), "dump"), &t->pages));
	must(kd_space_new(t->pages, &t->space));
	return kd_ksyms_open(t->space, &t->k);
}

static void end(struct table *t)
{
	kd_ksyms_free(t->k);
	kd_space_free(t->space);
	kd_pages_close(t->pages);
	kd_buf_deinit(&t->dump);
	machine_deinit(&t->m);
	kd_free(t->raw);
}

static bool is_lost(const struct table *t)
{
	struct kd_error *err = kd_ksyms_lost(t->k);
	const bool lost = err != NULL;

	kd_error_free(err);
	return lost;
}

static bool is_at(const struct table *t, size_t i)
{
	struct kd_ksym s;

	if (!kd_ksyms_at(t->k, t->s[i].addr + 3, &s))
		return false;
	assert_string_equal(s.name, t->s[i].name);
	assert_int_equal(s.type, t->s[i].type);
	assert_true(s.addr == t->s[i].addr);
	if (i + 1 < N)
		assert_true(s.size == t->s[i + 1].addr - s.addr);
	return true;
}

struct all {
	const struct table *t;
	size_t n;
};

static bool one(void *user, const struct kd_ksym *sym, const struct kd_core_module *module)
{
	struct all *a = user;
	const struct symbol *s = &a->t->s[a->n];

	(void)module;
	assert_string_equal(sym->name, s->name);
	assert_true(sym->addr == s->addr);
	if (a->n > 1 && a->n + 1 < N)
		assert_true(sym->size == s[1].addr - s->addr);
	a->n++;
	return true;
}

/* The same answers whatever the numbers count from, and whether the table has marks or not. */
static void every_form(void **state)
{
	struct table *t = kd_xmalloc(sizeof(*t));

	(void)state;
	for (int form = 0; form < KD_KALLSYMS_NFORMS; form++)
		for (int marks = 0; marks < NMARKS; marks++) {
			struct kd_ksym_want w[] = {{.name = "twice"}, {.name = "modules"}, {.name = "_etext"}, {.name = "v1199"},
						   {.name = "do_function_3999"}, {.name = "v"}, {.name = "do_function_"},
						   {.name = "_stext"}, {.name = "_end"}};
			struct all all = {.t = t};

			begin(t, (enum kd_kallsyms_form)form, (enum marks)marks);
			must(open_table(t));
			assert_int_equal(kd_ksyms_count(t->k), N);
			kd_ksyms_find_data(t->k, w, KD_ARRAY_LEN(w));
			assert_int_equal(w[0].n, 1);
			assert_true(w[0].addr == TEXT + 0x40000 + 8 * 700);
			for (size_t i = 1; i < 4; i++)
				assert_int_equal(w[i].n, 1);
			assert_true(w[1].addr == IMAGE + 0x2000);
			assert_int_equal(w[7].n, 1);
			assert_int_equal(w[8].n, 1);
			kd_ksyms_find(t->k, w, KD_ARRAY_LEN(w));
			assert_int_equal(w[0].n, 2);
			assert_true(w[0].addr == TEXT + 16 * 2001);
			assert_int_equal(w[4].n, 1);
			assert_true(w[4].addr == TEXT + 16 * 4000);
			assert_int_equal(w[5].n + w[6].n, 0);
			for (size_t i = 2; i < N; i += i < 600 ? 1 : 37)
				assert_true(is_at(t, i));
			kd_ksyms_each(t->k, one, &all);
			assert_int_equal(all.n, N);
			assert_false(is_lost(t));
			end(t);
		}
	kd_free(t);
}

/* A page that the dump left out costs its own symbols, and is told of; without marks nothing can be known. */
static void a_page_is_missing(void **state)
{
	struct table *t = kd_xmalloc(sizeof(*t));
	struct kd_error *err;

	(void)state;
	for (int marks = 0; marks < NMARKS; marks++) {
		struct kd_ksym_want w = {.name = "do_function_3999"};
		size_t known = 0;

		begin(t, KD_KALLSYMS_BASE, (enum marks)marks);
		leave_out(t, 3 * 4096);
		err = open_table(t);
		if (!marks) {
			assert_non_null(err);
			assert_int_equal(err->cls, KD_BADDATA);
			assert_non_null(strstr(err->msg, "kallsyms_names"));
			kd_error_free(err);
			end(t);
			continue;
		}
		must(err);
		assert_false(is_lost(t));
		kd_ksyms_find(t->k, &w, 1);
		assert_int_equal(w.n, 1);
		assert_true(is_lost(t));
		for (size_t i = 2; i < N; i++)
			known += is_at(t, i);
		assert_in_range(known, N - 4 * MARK, N - MARK);
		end(t);
	}
	begin(t, KD_KALLSYMS_BASE, MARKS);
	leave_out(t, t->numbers + 4096);
	must(open_table(t));
	for (size_t i = 2; i < N; i += 5) /* symbols whose numbers are there, and so is the one behind their block */
		if (i / MARK != 3 && i / 1024 != 1)
			assert_true(is_at(t, i));
		else if (i / 1024 == 1)
			assert_false(is_at(t, i));
	assert_true(is_lost(t));
	end(t);
	kd_free(t);
}

static void damage(void **state)
{
	struct table *t = kd_xmalloc(sizeof(*t));
	struct kd_error *err;

	(void)state;
	begin(t, KD_KALLSYMS_BASE, MARKS); /* a mark that lies */
	t->raw[t->marks + 4 * 6]++;
	must(open_table(t));
	assert_false(is_at(t, 5 * MARK + 10));
	assert_true(is_lost(t));
	assert_false(is_at(t, 6 * MARK + 10));
	assert_true(is_at(t, 4 * MARK + 10));
	assert_true(is_at(t, 7 * MARK + 10));
	end(t);
	begin(t, KD_KALLSYMS_BASE, MARKS); /* the last name does not end where the marks begin: no marks, all names are read */
	t->raw[t->marks + 4 * 20] ^= 1;
	must(open_table(t));
	assert_true(is_at(t, 20 * MARK + 10));
	assert_false(is_lost(t));
	end(t);
	begin(t, KD_KALLSYMS_BASE, MARKS); /* a number out of order */
	put_le(t->raw + t->numbers + 4 * (5 * MARK + 3), 0, 4);
	must(open_table(t));
	assert_false(is_at(t, 5 * MARK + 10));
	assert_true(is_lost(t));
	assert_true(is_at(t, 8 * MARK + 10));
	end(t);
	begin(t, KD_KALLSYMS_BASE, MARKS); /* all of them elsewhere */
	put_le(t->raw + t->base, TEXT + 0x1000, 8);
	err = open_table(t);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_BADDATA);
	kd_error_free(err);
	end(t);
	kd_free(t);
}

static void mirrors(void **state)
{
	struct table *t = kd_xmalloc(sizeof(*t));
	struct kd_mirror m;

	(void)state;
	begin(t, KD_KALLSYMS_BASE, MARKS);
	leave_out(t, 2 * 4096);
	must(open_table(t));
	kd_mirror_init(&m, t->space, TABLES + 100, 3 * 4096);
	assert_true(kd_mirror_need(&m, 0, 0));
	assert_false(m.have[0]);
	assert_true(kd_mirror_need(&m, 4000, 200));
	assert_memory_equal(m.room + 4000, t->raw + 4100, 200);
	assert_false(kd_mirror_need(&m, 3 * 4096, 1));
	assert_false(kd_mirror_need(&m, 1, UINT64_MAX));
	assert_false(m.lost);
	assert_false(kd_mirror_need(&m, 4096, 4096 + 1));
	assert_true(m.lost);
	assert_true(m.miss.addr == TABLES + 2 * 4096);
	assert_true(kd_mirror_need(&m, 3 * 4096 - 100, 100)); /* behind it */
	assert_memory_equal(m.room + 3 * 4096 - 100, t->raw + 3 * 4096, 100);
	kd_mirror_deinit(&m);
	end(t);
	kd_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form),
		cmocka_unit_test(a_page_is_missing),
		cmocka_unit_test(damage),
		cmocka_unit_test(mirrors),
	};

	return cmocka_run_group_tests_name("core-kallsyms", tests, NULL, NULL);
}
