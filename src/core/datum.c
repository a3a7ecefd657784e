// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/datum.h"

const char kd_no_variable[] = "the dump's symbols have no such variable";
static const char no_member[] = "this kernel has no such member";

struct kd_datum kd_datum_of(uint64_t v)
{
	return (struct kd_datum){.v = v};
}

struct kd_datum kd_datum_none(const char *why)
{
	return (struct kd_datum){.why = why};
}

struct kd_datum kd_datum_at(struct kd_kernel *k, uint64_t addr, unsigned size)
{
	struct kd_space_miss miss;
	struct kd_datum f = {0};

	if (!kd_space_uint(kd_kernel_space(k), addr, size, &f.v, &miss))
		f.why = kd_space_why(&miss);
	return f;
}

static struct kd_datum read_field(struct kd_kernel *k, uint64_t addr, const struct kd_field *f)
{
	if (f->size != 1 && f->size != 2 && f->size != 4 && f->size != 8)
		return kd_datum_none("it is no number");
	if (!addr)
		return kd_datum_none("there is none");
	return kd_datum_at(k, addr + f->off, (unsigned)f->size);
}

struct kd_datum kd_datum_member(struct kd_kernel *k, uint64_t addr, const char *type, const char *path)
{
	struct kd_field f;

	return kd_kernel_field(k, type, path, &f) ? read_field(k, addr, &f) : kd_datum_none(no_member);
}

struct kd_datum kd_datum_either(struct kd_kernel *k, uint64_t addr, const char *type, const char *path, const char *other)
{
	return kd_datum_member(k, addr, type, kd_datum_has(k, type, path) ? path : other);
}

struct kd_datum kd_datum_signed(struct kd_kernel *k, uint64_t addr, const char *type, const char *path)
{
	struct kd_datum v = kd_datum_member(k, addr, type, path);
	struct kd_field f;

	if (!v.why && kd_kernel_field(k, type, path, &f)) {
		const unsigned shift = (unsigned)(64 - 8 * f.size);

		v.v = (uint64_t)((int64_t)(v.v << shift) >> shift);
	}
	return v;
}

struct kd_datum kd_datum_variable(struct kd_kernel *k, const char *symbol, unsigned size)
{
	uint64_t at;

	return kd_kernel_symbol(k, symbol, &at) ? kd_datum_at(k, at, size) : kd_datum_none(kd_no_variable);
}

bool kd_datum_has(struct kd_kernel *k, const char *type, const char *path)
{
	struct kd_field f;

	return kd_kernel_field(k, type, path, &f);
}

struct kd_view kd_datum_enumerator(struct kd_kernel *k, const char *type, uint64_t value)
{
	const struct kd_types *ts = kd_kernel_types(k);
	const struct kd_btf *btf;
	struct kd_btf_type t;
	uint32_t id;

	if (!ts || !kd_types_first(ts, KD_TYPES_ENUM, kd_view_of(type), &id))
		return KD_VNULL;
	btf = kd_types_btf(ts);
	if (!kd_btf_type(btf, id, &t))
		return KD_VNULL;
	for (uint32_t i = 0; i < t.n; i++) {
		const struct kd_btf_enumerator e = kd_btf_enumerator(btf, &t, i);

		if (e.value == value)
			return e.name;
	}
	return KD_VNULL;
}
