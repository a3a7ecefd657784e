// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * types_list [--layouts] FILE [BASE]: what tests/run/types holds against bpftool and pahole.
 *
 * Without --layouts each type as `bpftool btf dump file FILE format raw` prints it. With it, of each struct and union
 * with a name a line "T KIND NAME SIZE HOLE_BITS PADDING_BITS MEMBERS", and of its members, also those of anonymous
 * ones, "M BIT_OFFSET SIZE BITS NAME"; the line of an anonymous one stands behind its members.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "symbol/layout.h"
#include "symbol/typesource.h"

static void text(struct kd_view v)
{
	printf("'%.*s'", KD_VARG(v.n ? v : KD_V("(anon)")));
}

static void members(const struct kd_btf *btf, const struct kd_btf_type *t)
{
	printf(" size=%u vlen=%u", t->size, t->n);
	for (uint32_t i = 0; i < t->n; i++) {
		const struct kd_btf_member m = kd_btf_member(btf, t, i);

		printf("\n\t");
		text(m.name);
		printf(" type_id=%u bits_offset=%u", m.type, m.bit_off);
		if (m.bits)
			printf(" bitfield_size=%u", m.bits);
	}
}

static void values(const struct kd_btf *btf, const struct kd_btf_type *t)
{
	const bool wide = t->kind == KD_BTF_ENUM64;

	printf(" encoding=%s size=%u vlen=%u", t->flag ? "SIGNED" : "UNSIGNED", t->size, t->n);
	for (uint32_t i = 0; i < t->n; i++) {
		const struct kd_btf_enumerator e = kd_btf_enumerator(btf, t, i);

		printf("\n\t");
		text(e.name);
		if (t->flag)
			printf(" val=%" PRId64 "%s", (int64_t)e.value, wide ? "LL" : "");
		else
			printf(" val=%" PRIu64 "%s", e.value, wide ? "ULL" : "");
	}
}

static void integer(const struct kd_btf *btf, const struct kd_btf_type *t)
{
	const struct kd_btf_int i = kd_btf_int(btf, t);

	printf(" size=%u bits_offset=%u nr_bits=%u encoding=%s", t->size, i.bit_off, i.bits,
	       i.is_signed ? "SIGNED" : i.is_char ? "CHAR" : i.is_bool ? "BOOL" : "(none)");
}

static void proto(const struct kd_btf *btf, const struct kd_btf_type *t)
{
	printf(" ret_type_id=%u vlen=%u", t->type, t->n);
	for (uint32_t i = 0; i < t->n; i++) {
		const struct kd_btf_param p = kd_btf_param(btf, t, i);

		printf("\n\t");
		text(p.name);
		printf(" type_id=%u", p.type);
	}
}

static void section(const struct kd_btf *btf, const struct kd_btf_type *t)
{
	printf(" size=%u vlen=%u", t->size, t->n);
	for (uint32_t i = 0; i < t->n; i++) {
		const struct kd_btf_secvar s = kd_btf_secvar(btf, t, i);
		const struct kd_view name = kd_btf_name_of(btf, s.type);

		printf("\n\ttype_id=%u offset=%u size=%u (%s '%.*s')", s.type, s.off, s.size,
		       kd_btf_kind_of(btf, s.type) == KD_BTF_VAR ? "VAR" : "FUNC", KD_VARG(name));
	}
}

static const char *linkage(uint32_t n)
{
	static const char *const names[] = {"static", "global", "extern"};

	return n < 3 ? names[n] : "(unknown)";
}

static void one(const struct kd_btf *btf, const struct kd_btf_type *t, uint32_t vlen)
{
	const struct kd_btf_array a = t->kind == KD_BTF_ARRAY ? kd_btf_array(btf, t) : (struct kd_btf_array){0};

	printf("[%u] ", t->id);
	for (const char *p = kd_btf_kind_name((enum kd_btf_kind)t->kind); *p; p++)
		putchar(*p >= 'a' && *p <= 'z' ? *p - 32 : *p);
	putchar(' ');
	text(t->name);
	switch ((enum kd_btf_kind)t->kind) {
	case KD_BTF_INT:
		integer(btf, t);
		break;
	case KD_BTF_ARRAY:
		printf(" type_id=%u index_type_id=%u nr_elems=%u", a.type, a.index_type, a.n);
		break;
	case KD_BTF_STRUCT:
	case KD_BTF_UNION:
		members(btf, t);
		break;
	case KD_BTF_ENUM:
	case KD_BTF_ENUM64:
		values(btf, t);
		break;
	case KD_BTF_FWD:
		printf(" fwd_kind=%s", t->flag ? "union" : "struct");
		break;
	case KD_BTF_FUNC:
		printf(" type_id=%u linkage=%s", t->type, linkage(vlen));
		break;
	case KD_BTF_FUNC_PROTO:
		proto(btf, t);
		break;
	case KD_BTF_VAR:
		printf(" type_id=%u, linkage=%s", t->type, linkage((uint32_t)kd_btf_word(btf, t)));
		break;
	case KD_BTF_DATASEC:
		section(btf, t);
		break;
	case KD_BTF_FLOAT:
		printf(" size=%u", t->size);
		break;
	case KD_BTF_DECL_TAG:
		printf(" type_id=%u component_idx=%d", t->type, kd_btf_word(btf, t));
		break;
	default:
		printf(" type_id=%u", t->type);
		break;
	}
	putchar('\n');
}

static void raw(const struct kd_btf *btf)
{
	struct kd_btf_type t;

	for (uint32_t id = btf->first; id < btf->end; id++)
		if (kd_btf_type(btf, id, &t)) {
			/* linkage of a function is where others have the number of parts */
			const unsigned char *p = (const unsigned char *)btf->types.p + btf->at[id - btf->first] + 4;

			one(btf, &t, btf->big_endian ? p[3] : p[0]);
		}
}

static void layout(const struct kd_types *ts, uint32_t id)
{
	kd_auto(kd_arena_deinit) struct kd_arena arena = KD_ARENA_INIT(64 << 20);
	const struct kd_layout_opts opts = {.expand = false};
	struct kd_error *err;
	struct kd_layout l;

	err = kd_layout_of(ts, id, &opts, &arena, &l);
	if (err) {
		printf("E %s\n", err->msg);
		kd_error_free(err);
		return;
	}
	printf("T %s %.*s %" PRIu64 " %" PRIu64 " %" PRIu64 " %u\n", kd_btf_kind_name((enum kd_btf_kind)l.kind),
	       KD_VARG(l.name), l.size, l.hole_bits, l.padding_bits, l.members);
	for (size_t i = 0; i < l.nrows; i++) {
		const struct kd_layout_row *r = &l.rows[i];

		if (r->what == KD_LAYOUT_MEMBER || r->what == KD_LAYOUT_CLOSE)
			printf("M %" PRIu64 " %" PRIu64 " %u %.*s\n", 8 * r->off + (r->bits ? r->bit : 0), r->size,
			       r->bits, KD_VARG(r->name));
	}
}

int main(int argc, char **argv)
{
	const bool layouts = argc > 1 && !strcmp(argv[1], "--layouts");
	kd_auto(kd_typesource_freep) struct kd_typesource *s = NULL;
	struct kd_error *err;

	argc -= layouts;
	argv += layouts;
	if (argc < 2 || argc > 3) {
		fputs("usage: types_list [--layouts] FILE [BASE]\n", stderr);
		return 2;
	}
	err = kd_typesource_open(argv[1], argv[2], &s);
	if (err) {
		fprintf(stderr, "%s\n", err->msg);
		kd_error_free(err);
		return 1;
	}
	if (!layouts) {
		raw(&s->btf);
		return 0;
	}
	for (uint32_t id = s->btf.first; id < s->btf.end; id++) {
		const enum kd_btf_kind kind = kd_btf_kind_of(&s->btf, id);

		if ((kind == KD_BTF_STRUCT || kind == KD_BTF_UNION) && kd_btf_name_of(&s->btf, id).n)
			layout(s->types, id);
	}
	return 0;
}
