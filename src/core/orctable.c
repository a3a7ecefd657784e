// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/orctable.h"


enum { SAMPLES = 512, TABLE_MAX = 64 << 20 };

static enum kd_orc_layout sample(const struct kd_orctable *t)
{
	uint8_t raw[SAMPLES * KD_ORC_BYTES];
	size_t n = 0;

	/* spread in short runs, which cost few pages */
	for (uint64_t i = 0; i < SAMPLES / 32; i++) {
		const uint64_t at = t->n > 32 ? (t->n - 32) / (SAMPLES / 32) * i : 0, some = t->n < 32 ? t->n : 32;

		if (kd_space_read(kd_kernel_space(t->k), t->entries + at * KD_ORC_BYTES, raw + n, (size_t)some * KD_ORC_BYTES, NULL))
			n += (size_t)some * KD_ORC_BYTES;
	}
	return kd_orc_layout_of(kd_view((const char *)raw, n));
}

struct kd_error *kd_orctable_open(struct kd_kernel *k, const struct kd_modules *mods, struct kd_orctable *ret)
{
	uint64_t ip_end, end;

	*ret = (struct kd_orctable){.k = k, .mods = mods};
	if (!kd_kernel_symbol(k, "__start_orc_unwind_ip", &ret->ip) || !kd_kernel_symbol(k, "__stop_orc_unwind_ip", &ip_end) ||
	    !kd_kernel_symbol(k, "__start_orc_unwind", &ret->entries) || !kd_kernel_symbol(k, "__stop_orc_unwind", &end))
		return kd_error_new(KD_NOTFOUND, "the kernel's symbols name no ORC unwind tables (CONFIG_UNWINDER_ORC or CONFIG_KALLSYMS_ALL is off)");
	if (ip_end <= ret->ip || end <= ret->entries || (ip_end - ret->ip) / 4 > TABLE_MAX ||
	    (ip_end - ret->ip) / 4 != (end - ret->entries) / KD_ORC_BYTES)
		return kd_error_new(KD_BADDATA, "the ORC unwind tables have %ju and %ju bytes", (uintmax_t)(ip_end - ret->ip),
				    (uintmax_t)(end - ret->entries));
	ret->n = (ip_end - ret->ip) / 4;
	ret->layout = sample(ret);
	if (ret->layout == KD_ORC_UNKNOWN)
		return kd_error_new(KD_BADDATA, "the ORC unwind tables cannot be read, or are of a layout that is not known");
	return NULL;
}

static bool ip_at(const struct kd_orctable *t, uint64_t table, uint64_t i, uint64_t *ret)
{
	const uint64_t at = table + 4 * i;
	uint64_t raw;

	if (!kd_space_uint(kd_kernel_space(t->k), at, 4, &raw, NULL))
		return false;
	*ret = at + (raw & 0x80000000 ? raw | (uint64_t)0xffffffff << 32 : raw);
	return true;
}

/* The last entry at addr or before. next: NULL, or where the one behind it begins. */
static bool search(const struct kd_orctable *t, uint64_t table, uint64_t entries, uint64_t n, uint64_t addr, struct kd_orc *ret,
		   uint64_t *next)
{
	uint64_t lo = 0, hi = n, ip;
	uint8_t raw[KD_ORC_BYTES];

	while (lo < hi) {
		const uint64_t mid = lo + (hi - lo) / 2;

		if (!ip_at(t, table, mid, &ip))
			return false;
		if (ip <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (next && (lo >= n || !ip_at(t, table, lo, next)))
		*next = UINT64_MAX;
	return lo && kd_space_read(kd_kernel_space(t->k), entries + (lo - 1) * KD_ORC_BYTES, raw, sizeof(raw), NULL) &&
	       kd_orc_decode(raw, t->layout, ret);
}

bool kd_orctable_next(const struct kd_orctable *t, uint64_t addr, struct kd_orc *ret, uint64_t *ret_next)
{
	const struct kd_core_module *m;

	if (t->layout == KD_ORC_UNKNOWN)
		return false;
	if (kd_kernel_is_text(t->k, addr))
		return search(t, t->ip, t->entries, t->n, addr, ret, ret_next);
	m = kd_modules_at(t->mods, addr);
	return m && m->norcs && kd_module_is_text(m, addr) && search(t, m->orc_ip, m->orc, m->norcs, addr, ret, ret_next);
}

bool kd_orctable_find(const struct kd_orctable *t, uint64_t addr, struct kd_orc *ret)
{
	return kd_orctable_next(t, addr, ret, NULL);
}
