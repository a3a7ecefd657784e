// SPDX-License-Identifier: GPL-2.0-or-later
/* The symbols that an image carries: both layouts, both encodings of addresses; every table damaged gives none. */
#include "kdxmake.h"

#include "symbol/kallsyms_image.h"

#define TEXT 0xffffffff81000000ull

enum { COUNT = 1500, SIZE = 256 << 10 };

struct image {
	uint8_t p[SIZE];
	size_t n, tokens, index, names, markers, offsets, base, count;
};

static void align(struct image *m)
{
	m->n = (m->n + 7) / 8 * 8;
}

static void put4(struct image *m, uint32_t v)
{
	kd_put_le32(m->p + m->n, v);
	m->n += 4;
}

/* Symbol i is "_text" or "f00042", at TEXT + 16 i; two of them are per-CPU ones at small addresses. */
static void put_offsets(struct image *m, bool percpu)
{
	align(m);
	m->offsets = m->n;
	for (uint32_t i = 0; i < COUNT; i++)
		put4(m, !percpu ? 16 * i : i < 2 ? i * 8 : (uint32_t)-(int32_t)(1 + 16 * i));
	align(m);
	m->base = m->n;
	kd_put_le64(m->p + m->n, TEXT);
	m->n += 8;
}

/* "at" is the token 1, so that names are shorter than their text. */
static void put_names(struct image *m, bool percpu)
{
	uint32_t marks[COUNT / 256 + 1];
	char name[16];

	align(m);
	m->count = m->n;
	put4(m, COUNT);
	align(m);
	m->names = m->n;
	for (uint32_t i = 0; i < COUNT; i++) {
		size_t len;

		if (i % 256 == 0)
			marks[i / 256] = (uint32_t)(m->n - m->names);
		if (i == (percpu ? 2 : 0))
			snprintf(name, sizeof(name), "T_text");
		else
			snprintf(name, sizeof(name), "%cf\1%05u", percpu && i < 2 ? 'A' : 't', i);
		len = strlen(name);
		m->p[m->n++] = (uint8_t)len;
		memcpy(m->p + m->n, name, len);
		m->n += len;
	}
	align(m);
	m->markers = m->n;
	for (size_t i = 0; i < KD_ARRAY_LEN(marks); i++)
		put4(m, marks[i]);
}

static void put_tokens(struct image *m)
{
	uint16_t at[256];

	align(m);
	m->tokens = m->n;
	for (unsigned i = 0; i < 256; i++) {
		at[i] = (uint16_t)(m->n - m->tokens);
		if (i == 1) {
			memcpy(m->p + m->n, "at", 2);
			m->n += 2;
		} else if (i > ' ' && i < 127) {
			m->p[m->n++] = (uint8_t)i;
		}
		m->p[m->n++] = 0;
	}
	align(m);
	m->index = m->n;
	for (unsigned i = 0; i < 256; i++) {
		m->p[m->n++] = (uint8_t)at[i];
		m->p[m->n++] = (uint8_t)(at[i] >> 8);
	}
}

static void make(struct image *m, bool newer, bool percpu)
{
	memset(m, 0, sizeof(*m));
	m->n = 4096; /* other data */
	for (size_t i = 0; i < m->n; i++)
		m->p[i] = (uint8_t)(i * 7 + 3);
	if (!newer)
		put_offsets(m, percpu);
	put_names(m, percpu);
	put_tokens(m);
	if (newer)
		put_offsets(m, percpu);
	m->n += 512;
}

static bool read_image(const struct image *m, struct kd_arena *a, struct kd_image_symbol **v, size_t *n)
{
	return kd_image_symbols_in(kd_view((const char *)m->p, m->n), TEXT, TEXT + 0x10000, a, v, n);
}

static void layouts(void **state)
{
	struct image *m = kd_xmalloc(sizeof(*m));

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(16 << 20);
		const bool percpu = i & 1;
		struct kd_image_symbol *v;
		size_t n = 0;

		make(m, i & 2, percpu);
		assert_true(read_image(m, &a, &v, &n));
		assert_int_equal(n, COUNT);
		assert_view(v[percpu ? 2 : 0].name, "_text");
		assert_view(v[1499].name, "fat01499");
		assert_true(v[1499].type == 't' && v[1499].addr == TEXT + 16 * 1499ull);
		assert_true(v[1].addr == (percpu ? 8 : TEXT + 16));
	}
	kd_free(m);
}

/* A bit in any table: none, or the same count of symbols with ascending addresses. */
static void damaged(void **state)
{
	struct image *m = kd_xmalloc(sizeof(*m));
	size_t *places[] = {&m->tokens, &m->index, &m->names, &m->markers, &m->base, &m->count};
	unsigned none = 0;

	(void)state;
	for (unsigned i = 0; i < KD_ARRAY_LEN(places); i++)
		for (unsigned k = 0; k < 40; k++) {
			kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(16 << 20);
			struct kd_image_symbol *v;
			size_t n = 0;

			make(m, k & 1, k & 2);
			m->p[*places[i] + k / 4] ^= (uint8_t)(1 << k % 8);
			if (!read_image(m, &a, &v, &n)) {
				none++;
				continue;
			}
			assert_int_equal(n, COUNT);
			for (size_t s = 1; s < n; s++)
				assert_true(v[s].addr >= v[s - 1].addr && v[s].name.n);
		}
	assert_true(none > 60);
	kd_free(m);
}

static void cut(void **state)
{
	struct image *m = kd_xmalloc(sizeof(*m));
	const size_t steps[] = {0, 16, 600, 4096, 8000, 20000};

	(void)state;
	for (unsigned i = 0; i < KD_ARRAY_LEN(steps); i++) {
		kd_auto(kd_arena_deinit) struct kd_arena a = KD_ARENA_INIT(16 << 20);
		struct kd_image_symbol *v;
		size_t n = 0;

		make(m, true, false);
		m->n = steps[i];
		assert_false(read_image(m, &a, &v, &n));
	}
	kd_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layouts),
		cmocka_unit_test(damaged),
		cmocka_unit_test(cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
