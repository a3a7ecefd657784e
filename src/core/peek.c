// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/peek.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/le.h"

enum { CPUS_MAX = 64 * KD_CPUMASK_WORDS };

/* --- members ------------------------------------------------------------------------------------------ */

bool kd_peek_int(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, int64_t *ret)
{
	struct kd_field f;
	uint64_t v;
	unsigned shift;

	if (!kd_kernel_field(k, type, path, &f) || f.size > 8 || !f.size ||
	    !kd_space_uint(kd_kernel_space(k), addr + f.off, (unsigned)f.size, &v, NULL))
		return false;
	shift = 64 - 8 * (unsigned)f.size;
	*ret = kd_types_is_signed(kd_kernel_types(k), f.type) ? (int64_t)(v << shift) >> shift : (int64_t)v;
	return true;
}

bool kd_peek_chars(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, char ret[KD_PEEK_TEXT])
{
	struct kd_field f;

	return kd_kernel_field(k, type, path, &f) &&
	       kd_kernel_text(k, addr + f.off, f.size < KD_PEEK_TEXT ? (size_t)f.size + 1 : KD_PEEK_TEXT, ret);
}

bool kd_peek_string(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, char ret[KD_PEEK_TEXT])
{
	uint64_t at;

	return kd_kernel_read(k, addr, type, path, &at) && at && kd_kernel_text(k, at, KD_PEEK_TEXT, ret);
}

bool kd_peek_text(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, const char *to, const char *text,
		  char ret[KD_PEEK_TEXT])
{
	uint64_t at;

	return kd_kernel_read(k, addr, type, path, &at) && at && kd_peek_string(k, at, to, text, ret);
}

/* --- per CPU ------------------------------------------------------------------------------------------ */

static bool percpu_section(const struct kd_btf *btf, struct kd_btf_type *ret)
{
	for (uint32_t id = btf->end; id-- > 1;) /* pahole writes sections last */
		if (kd_btf_kind_of(btf, id) == KD_BTF_DATASEC && kd_view_eq(kd_btf_name_of(btf, id), KD_V(".data..percpu")))
			return kd_btf_type(btf, id, ret);
	return false;
}

bool kd_peek_percpu_var(struct kd_kernel *k, const char *name, uint32_t *ret_type, uint64_t *ret_size)
{
	const struct kd_types *ts = kd_kernel_types(k);
	struct kd_btf_type sec, var;

	if (!ts || !percpu_section(kd_types_btf(ts), &sec))
		return false;
	for (uint32_t i = 0; i < sec.n; i++) {
		const struct kd_btf_secvar v = kd_btf_secvar(kd_types_btf(ts), &sec, i);

		if (!kd_view_eq(kd_btf_name_of(kd_types_btf(ts), v.type), kd_view_of(name)))
			continue;
		if (!kd_btf_type(kd_types_btf(ts), v.type, &var) || var.kind != KD_BTF_VAR)
			return false;
		*ret_type = var.type;
		*ret_size = v.size;
		return true;
	}
	return false;
}

/* --- masks -------------------------------------------------------------------------------------------- */

bool kd_peek_cpumask(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, struct kd_cpumask *ret)
{
	const struct kd_types *ts = kd_kernel_types(k);
	struct kd_cpumask m = {.bits = 64};
	unsigned char bytes[8 * KD_CPUMASK_WORDS];
	uint64_t at, ids, n;
	struct kd_field f;
	struct kd_btf_type t;

	if (!kd_kernel_field(k, type, path, &f) || !kd_btf_type(kd_types_btf(ts), kd_types_strip(ts, f.type), &t))
		return false;
	at = addr + f.off;
	if (t.kind == KD_BTF_PTR && (!kd_space_uint(kd_kernel_space(k), at, 8, &at, NULL) || !at))
		return false;
	if (kd_kernel_symbol(k, "nr_cpu_ids", &ids) && kd_space_uint(kd_kernel_space(k), ids, 4, &n, NULL) && n && n <= CPUS_MAX)
		m.bits = (unsigned)n;
	if (t.kind != KD_BTF_PTR && f.size * 8 < m.bits)
		m.bits = (unsigned)f.size * 8;
	n = (m.bits + 63) / 64;
	if (!kd_space_read(kd_kernel_space(k), at, bytes, (size_t)n * 8, NULL))
		return false;
	for (uint64_t i = 0; i < n; i++)
		m.word[i] = kd_le64(bytes + 8 * i);
	*ret = m;
	return true;
}

static bool is_set(const struct kd_cpumask *m, unsigned cpu)
{
	return cpu < m->bits && m->word[cpu / 64] >> cpu % 64 & 1;
}

void kd_cpumask_text(const struct kd_cpumask *m, char *ret, size_t n)
{
	size_t at = 0;

	*ret = 0;
	for (unsigned cpu = 0; cpu < m->bits; cpu++) {
		const unsigned first = cpu;

		if (!is_set(m, cpu))
			continue;
		while (is_set(m, cpu + 1))
			cpu++;
		if (at + 32 > n) { /* the caller's room is at an end: said, not dropped */
			snprintf(ret + at, n - at, ",…");
			return;
		}
		at += (size_t)snprintf(ret + at, n - at, cpu > first ? "%s%u-%u" : "%s%u", at ? "," : "", first, cpu);
	}
}

/* --- time --------------------------------------------------------------------------------------------- */

static bool word_of(struct kd_kernel *k, const char *symbol, uint64_t *ret)
{
	uint64_t at;

	return kd_kernel_symbol(k, symbol, &at) && kd_space_uint(kd_kernel_space(k), at, 8, ret, NULL);
}

bool kd_peek_now(struct kd_kernel *k, uint64_t *ret)
{
	return word_of(k, "last_jiffies_update", ret);
}

bool kd_peek_tick(struct kd_kernel *k, uint64_t *ret)
{
	uint64_t last, next;

	/* kernel/time/tick-sched.c keeps tick_next_period one tick behind last_jiffies_update */
	if (!kd_peek_now(k, &last) || !word_of(k, "tick_next_period", &next) || next <= last || next - last > 1000000000)
		return false;
	*ret = next - last;
	return true;
}

bool kd_peek_jiffies(struct kd_kernel *k, uint64_t *ret)
{
	return word_of(k, "jiffies_64", ret) || word_of(k, "jiffies", ret);
}
