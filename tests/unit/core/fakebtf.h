/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fakebtf.h: structs for the types of a made kernel, a line each.
 *
 *	const uint32_t list = STRUCT("list_head", 16, {"next", ptr, 0}, {"prev", ptr, 8});    // with `w` in scope
 */
#ifndef KD_TESTS_CORE_FAKEBTF_H
#define KD_TESTS_CORE_FAKEBTF_H

#include "symbol/btfwrite.h"

struct fake_member {
	const char *name;
	uint32_t type;
	unsigned off; /* bytes */
};

static inline uint32_t fake_composite(struct kd_btfw *w, enum kd_btf_kind kind, const char *name, uint32_t size,
				      const struct fake_member *m, size_t n)
{
	const uint32_t id = kd_btfw_composite(w, kind, kd_view_of(name), size);

	for (size_t i = 0; i < n; i++)
		kd_btfw_member(w, kd_view_of(m[i].name), m[i].type, 8 * (uint64_t)m[i].off, 0);
	return id;
}

#define STRUCT(name, size, ...)                                                                                       \
	fake_composite(w, KD_BTF_STRUCT, name, size, (const struct fake_member[]){__VA_ARGS__},                       \
		       sizeof((const struct fake_member[]){__VA_ARGS__}) / sizeof(struct fake_member))

#endif
