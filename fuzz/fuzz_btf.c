// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as BTF: every type with all that it holds, what it comes to. Bytes behind a line
 * "SPLIT\n" are a split blob on top of what stands before it.
 */
#include <string.h>

#include "base/alloc.h"
#include "format/btf.h"
#include "fuzz.h"

static size_t parts(const struct kd_btf *btf, const struct kd_btf_type *t)
{
	size_t sum = 0;

	for (uint32_t i = 0; i < t->n; i++) {
		switch (t->kind) {
		case KD_BTF_STRUCT:
		case KD_BTF_UNION:
			sum += kd_btf_member(btf, t, i).name.n + kd_btf_member(btf, t, i).bit_off;
			break;
		case KD_BTF_ENUM:
		case KD_BTF_ENUM64:
			sum += kd_btf_enumerator(btf, t, i).name.n;
			break;
		case KD_BTF_FUNC_PROTO:
			sum += kd_btf_param(btf, t, i).name.n;
			break;
		case KD_BTF_DATASEC:
			sum += kd_btf_secvar(btf, t, i).off;
			break;
		default:
			abort(); /* no other kind has a number of parts */
		}
	}
	return sum;
}

static void walk(const struct kd_btf *btf)
{
	struct kd_btf_type t;
	uint64_t size;

	for (uint32_t id = 0; id < btf->end; id++) {
		check(kd_btf_type(btf, id, &t) && t.id == id && t.kind < KD_BTF_NKINDS);
		check(kd_view_chr(t.name, '\0') == KD_NPOS);
		(void)parts(btf, &t);
		if (t.kind == KD_BTF_INT)
			(void)kd_btf_int(btf, &t);
		if (t.kind == KD_BTF_ARRAY)
			check(kd_btf_array(btf, &t).type == t.type);
		(void)kd_btf_word(btf, &t);
		(void)kd_btf_size(btf, id, 8, &size);
		(void)kd_btf_strip(btf, id, false);
	}
	check(!kd_btf_type(btf, btf->end, &t));
	(void)kd_btf_misfits(btf);
}

struct coming {
	struct kd_view all;
	char *room;
};

static bool bring(void *user, uint64_t off, uint64_t n)
{
	struct coming *c = user;

	check(off <= c->all.n && n <= c->all.n - off);
	if (n)
		memcpy(c->room + off, c->all.p + off, n);
	return true;
}

/* Bytes that come when they are asked for: the same types, if the whole is good; else any, as far as they are. */
static void as_it_comes(struct kd_view all, const struct kd_btf *whole)
{
	struct coming c = {.all = all, .room = kd_xmalloc(all.n)};
	const struct kd_btf_source source = {.bring = bring, .user = &c};
	struct kd_btf btf;
	struct kd_error *err;

	memset(c.room, 0xa5, all.n);
	err = kd_btf_open_lazy(kd_view(c.room, all.n), &source, &btf);
	check(!err || !whole);
	for (uint32_t id = 1; !err && id < btf.end; id++) {
		struct kd_btf_type a, b;
		const bool has = kd_btf_type(&btf, id, &a);

		check(has == kd_btf_has(&btf, id));
		if (!has)
			break;
		(void)parts(&btf, &a);
		check(!whole || (kd_btf_type(whole, id, &b) && a.kind == b.kind && kd_view_eq(a.name, b.name) && kd_view_eq(a.body, b.body)));
		check(!whole || !a.name.n || kd_btf_has_string(&btf, a.name));
	}
	if (!err) {
		check(!whole || (!kd_btf_has(&btf, whole->end) && (whole->end == 1 || kd_btf_has(&btf, whole->end - 1)) && !kd_btf_lost(&btf)));
		kd_btf_deinit(&btf);
	}
	kd_error_free(err);
	kd_free(c.room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kd_view base = kd_view((const char *)data, size), split = KD_VNULL;
	const size_t at = kd_view_find(base, KD_V("SPLIT\n"));
	struct kd_btf b = {.end = 0}, s = {.end = 0};
	struct kd_error *err;

	if (at != KD_NPOS) {
		split = kd_view_from(base, at + 6);
		base = kd_view_head(base, at);
	}
	err = kd_btf_open(base, NULL, &b);
	if (!err)
		walk(&b);
	as_it_comes(base, err ? NULL : &b);
	if (!err && split.n) {
		err = kd_btf_open(split, &b, &s);
		if (!err && s.end - s.first < 1000)
			walk(&s);
	}
	kd_error_free(err);
	kd_btf_deinit(&s);
	kd_btf_deinit(&b);
	return 0;
}
