// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/words.h"

#include "base/alloc.h"
#include "core/tasks.h"

enum { SYMBOLS_MAX = 64 };

static bool one(struct kd_kernel *k, uint32_t id, struct kd_view path, struct kd_word *ret)
{
	struct kd_type_member m;
	struct kd_error *err = kd_types_member(kd_kernel_types(k), id, path, &m);
	unsigned first;

	if (err) {
		kd_error_free(err);
		return false;
	}
	*ret = (struct kd_word){.known = true, .off = m.bit_off / 8, .whole = m.size, .size = m.size <= 8 ? (unsigned)m.size : 0};
	if (!m.bits && m.bit_off % 8 == 0)
		return true;
	first = (unsigned)(m.bit_off % 8);
	ret->bit = first;
	ret->bits = m.bits;
	ret->size = (first + m.bits + 7) / 8;
	ret->size = ret->size > 4 ? 8 : ret->size > 2 ? 4 : ret->size;
	return m.bits && first + m.bits <= 64;
}

struct kd_word kd_word_of(struct kd_kernel *k, const char *type, const char *paths)
{
	const struct kd_types *ts = kd_kernel_types(k);
	struct kd_view rest = kd_view_of(paths);
	struct kd_word w = {0};
	uint32_t id;

	if (!ts || !kd_types_first(ts, KD_TYPES_STRUCT | KD_TYPES_UNION | KD_TYPES_TYPEDEF, kd_view_of(type), &id))
		return w;
	while (rest.n) {
		size_t n = 0;

		while (n < rest.n && rest.p[n] != '|')
			n++;
		if (one(k, id, kd_view(rest.p, n), &w))
			return w;
		n += n < rest.n;
		rest = kd_view(rest.p + n, rest.n - n);
	}
	return (struct kd_word){0};
}

bool kd_word_get(struct kd_kernel *k, uint64_t addr, const struct kd_word *w, uint64_t *ret)
{
	uint64_t v;

	if (!w->known || !w->size || (w->size & (w->size - 1)) || !kd_space_uint(kd_kernel_space(k), addr + w->off, w->size, &v, NULL))
		return false;
	if (w->bits)
		v = v >> w->bit & (w->bits < 64 ? ((uint64_t)1 << w->bits) - 1 : UINT64_MAX);
	*ret = v;
	return true;
}

bool kd_word_signed(struct kd_kernel *k, uint64_t addr, const struct kd_word *w, int64_t *ret)
{
	const unsigned bits = w->bits ? w->bits : 8 * w->size;
	uint64_t v;

	if (!kd_word_get(k, addr, w, &v))
		return false;
	if (bits < 64 && v >> (bits - 1) & 1)
		v |= UINT64_MAX << bits;
	*ret = (int64_t)v;
	return true;
}

bool kd_word_at(struct kd_kernel *k, uint64_t addr, uint64_t *ret)
{
	return kd_space_uint(kd_kernel_space(k), addr, 8, ret, NULL);
}

uint64_t kd_word_sizeof(struct kd_kernel *k, const char *type)
{
	uint64_t n;

	return kd_kernel_sizeof(k, type, &n) ? n : 0;
}

void kd_word_symbols(struct kd_kernel *k, const char *const *names, size_t n, uint64_t *ret)
{
	struct kd_ksym_want want[SYMBOLS_MAX];

	for (size_t from = 0; from < n; from += SYMBOLS_MAX) {
		const size_t now = n - from < SYMBOLS_MAX ? n - from : SYMBOLS_MAX;

		for (size_t i = 0; i < now; i++)
			want[i] = (struct kd_ksym_want){.name = names[from + i]};
		kd_ksyms_find(kd_kernel_symbols(k), want, now);
		for (size_t i = 0; i < now; i++)
			ret[from + i] = want[i].n == 1 || (!want[i].n && kd_kernel_symbol_elsewhere(k, want[i].name, &want[i].addr)) ? want[i].addr : 0;
	}
}

bool kd_word_percpu(struct kd_kernel *k, uint64_t base, unsigned cpu, uint64_t *ret)
{
	uint64_t table, offset;

	if (cpu >= KD_CPUS_MAX || !base)
		return false;
	if (!kd_kernel_symbol(k, "__per_cpu_offset", &table)) { /* CONFIG_SMP=n: there is one of each */
		*ret = base;
		return cpu == 0;
	}
	if (!kd_word_at(k, table + 8 * (uint64_t)cpu, &offset))
		return false;
	*ret = base + offset;
	return true;
}
