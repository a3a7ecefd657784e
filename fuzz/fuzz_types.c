// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any BTF asked for everything: C names, layouts, members at offsets and by the paths that these give, containers; then
 * written again as two units, which must be readable.
 */
#include "base/alloc.h"
#include "fuzz.h"
#include "symbol/btfwrite.h"
#include "symbol/layout.h"

enum { TYPES = 40, OFFSETS = 6 };

static void names(const struct kd_types *ts, uint32_t id)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(2000);
	uint32_t ids[4];
	struct kd_view name = kd_btf_name_of(kd_types_btf(ts), id);

	kd_types_declare(ts, id, KD_V("name"), &b);
	check(b.n <= 2000);
	(void)kd_types_find(ts, KD_TYPES_NAMED, name, ids, 4);
}

/* What is read exactly has a path that leads there. */
static void path_back(const struct kd_types *ts, uint32_t id, const struct kd_type_reading *r)
{
	struct kd_type_member m;
	struct kd_error *err;

	if (r->how != KD_READ_EXACT || !r->path.n)
		return;
	err = kd_types_member(ts, id, r->path, &m);
	kd_error_free(err); /* names of hostile members may be anything, or stand twice */
}

static void offsets(const struct kd_types *ts, uint32_t id)
{
	static const int64_t off[OFFSETS] = {0, 1, 4, 8, 1000, -8};
	uint64_t size = 0;

	(void)kd_types_size(ts, id, &size);
	for (size_t i = 0; i < OFFSETS; i++) {
		kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(8 << 20);
		struct kd_type_readings r = {.n = 0};
		struct kd_error *err = kd_types_at(ts, id, off[i], i % 3 * 4, &arena, &r);

		if (!err)
			check(r.n <= KD_TYPE_READINGS_MAX && (r.n || r.limited || !size || r.v == NULL || off[i] >= 0));
		for (size_t k = 0; !err && k < r.n; k++)
			path_back(ts, id, &r.v[k]);
		kd_error_free(err);
	}
}

static void layouts(const struct kd_types *ts, uint32_t id)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(4 << 20);
	const struct kd_layout_opts opts = {.expand = id & 1};
	struct kd_container c[4];
	struct kd_layout l;
	size_t n;

	kd_error_free(kd_layout_of(ts, id, &opts, &arena, &l));
	kd_error_free(kd_types_containers(ts, id, 0, &arena, c, 4, &n));
}

static void add(struct kd_btfw *w, const struct kd_btf *b, const struct kd_btf_type *t)
{
	const bool tagged = t->kind == KD_BTF_STRUCT || t->kind == KD_BTF_UNION;

	if (tagged)
		kd_btfw_composite(w, (enum kd_btf_kind)t->kind, t->name, t->size);
	else if (t->kind == KD_BTF_ENUM || t->kind == KD_BTF_ENUM64)
		kd_btfw_enum(w, t->name, t->size, t->flag);
	else if (t->kind == KD_BTF_FUNC_PROTO)
		kd_btfw_proto(w, t->type);
	else if (t->kind == KD_BTF_FWD)
		kd_btfw_fwd(w, t->flag ? KD_BTF_UNION : KD_BTF_STRUCT, t->name);
	else if (t->kind == KD_BTF_ARRAY)
		kd_btfw_array(w, t->type, kd_btf_array(b, t).index_type, kd_btf_array(b, t).n);
	else if (t->kind >= KD_BTF_TYPEDEF && t->kind <= KD_BTF_RESTRICT)
		kd_btfw_ref(w, (enum kd_btf_kind)t->kind, t->name, t->type);
	else if (t->kind == KD_BTF_PTR)
		kd_btfw_ref(w, KD_BTF_PTR, KD_VNULL, t->type);
	else
		kd_btfw_int(w, t->name, t->size, 0);
	for (uint32_t i = 0; tagged && i < t->n; i++)
		kd_btfw_member(w, kd_btf_member(b, t, i).name, kd_btf_member(b, t, i).type,
			       kd_btf_member(b, t, i).bit_off, kd_btf_member(b, t, i).bits);
}

static void write_again(const struct kd_btf *b)
{
	struct kd_btfw *w = kd_btfw_new(32 << 20);
	kd_auto(kd_buf_deinit) struct kd_buf blob = KD_BUF_INIT(32 << 20);
	struct kd_error *err = NULL;
	struct kd_btf again;
	const uint32_t *nodes;
	struct kd_btf_type t;
	size_t n;

	for (int unit = 0; !err && unit < 2; unit++) {
		kd_btfw_unit_begin(w);
		for (uint32_t id = 1; id < b->end; id++)
			(void)kd_btfw_reserve(w);
		for (uint32_t id = 1; id < b->end; id++) {
			kd_btfw_at(w, id);
			if (kd_btf_type(b, id, &t))
				add(w, b, &t);
		}
		err = kd_btfw_unit_end(w, &nodes, &n);
	}
	if (!err)
		err = kd_btfw_finish(w, &blob);
	if (!err) {
		err = kd_btf_open(kd_buf_view(&blob), NULL, &again);
		check(!err && again.end == kd_btfw_stats(w).out + 1 && !kd_btf_misfits(&again));
		kd_btf_deinit(&again);
	}
	kd_error_free(err);
	kd_btfw_free(w);
}

static bool is_there(void *user, uint64_t off, uint64_t n)
{
	(void)user;
	(void)off;
	(void)n;
	return true;
}

/* Names that are indexed when they are asked for lead to the same types. */
static void as_they_come(struct kd_view data, const struct kd_types *whole)
{
	const struct kd_btf_source source = {.bring = is_there};
	struct kd_types *ts;
	struct kd_btf b;
	struct kd_error *err = kd_btf_open_lazy(data, &source, &b);

	check(!err);
	ts = kd_types_new(&b, 0);
	check(kd_types_ptr_size(ts) == kd_types_ptr_size(whole));
	for (uint32_t id = 0; id < kd_types_btf(whole)->end && id < TYPES; id++) {
		const struct kd_view name = kd_btf_name_of(kd_types_btf(whole), id);
		uint32_t x = 0, y = 0;
		const bool found = kd_types_first(ts, KD_TYPES_NAMED, name, &x);

		check(found == kd_types_first(whole, KD_TYPES_NAMED, name, &y) && x == y);
		check(kd_types_find(whole, KD_TYPES_STRUCT, name, &x, 1) == kd_types_find(ts, KD_TYPES_STRUCT, name, &y, 1));
	}
	kd_types_free(ts);
	kd_btf_deinit(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kd_btf b = {.end = 0};
	struct kd_types *ts;
	struct kd_error *err = kd_btf_open(kd_view((const char *)data, size), NULL, &b);

	if (err) {
		kd_error_free(err);
		return 0;
	}
	ts = kd_types_new(&b, 0);
	as_they_come(kd_view((const char *)data, size), ts);
	for (uint32_t id = 0; id < b.end && id < TYPES; id++) {
		names(ts, id);
		offsets(ts, id);
		layouts(ts, id);
	}
	write_again(&b);
	kd_types_free(ts);
	kd_btf_deinit(&b);
	return 0;
}
