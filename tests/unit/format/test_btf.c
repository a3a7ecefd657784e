// SPDX-License-Identifier: GPL-2.0-or-later
/* BTF blobs made of words here; tests/run/types asks bpftool and pahole about real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "format/btf.h"

enum { HEADER = 24 };
#define INFO(kind, flag, n) ((uint32_t)(flag) << 31 | (uint32_t)(kind) << 24 | (n))

struct blob {
	char p[4096];
	size_t n, types, strings;
	bool big;
};

static void put_at(struct blob *b, size_t at, uint32_t v, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		b->p[at + i] = (char)(v >> 8 * (b->big ? bytes - 1 - i : i));
}

static void put(struct blob *b, uint32_t v)
{
	put_at(b, b->n, v, 4);
	b->n += 4;
}

static void begin(struct blob *b, bool big)
{
	*b = (struct blob){.n = HEADER, .types = HEADER, .big = big};
	put_at(b, 0, 0xeb9f, 2);
	b->p[2] = 1;
	put_at(b, 4, HEADER, 4);
}

static void end(struct blob *b, const char *strings, size_t n)
{
	put_at(b, 8, 0, 4);
	put_at(b, 12, (uint32_t)(b->n - HEADER), 4);
	put_at(b, 16, (uint32_t)(b->n - HEADER), 4);
	put_at(b, 20, (uint32_t)n, 4);
	b->strings = b->n;
	memcpy(b->p + b->n, strings, n);
	b->n += n;
}

struct opened {
	char *copy; /* as long as the blob: the sanitizer sees a read past its end */
	struct kd_btf btf;
};

static struct kd_error *open_blob(const struct blob *b, size_t n, const struct kd_btf *base, struct opened *o)
{
	*o = (struct opened){.copy = kd_xmalloc(n ? n : 1)};
	memcpy(o->copy, b->p, n);
	return kd_btf_open(kd_view(o->copy, n), base, &o->btf);
}

static void done(struct opened *o)
{
	kd_btf_deinit(&o->btf);
	kd_free(o->copy);
}

static void assert_error(struct kd_error *err, enum kd_errclass cls)
{
	assert_non_null(err);
	if (err->cls != cls)
		fail_msg("%s", err->msg);
	kd_error_free(err);
}

static const char strings[] = "\0int\0s\0a\0b\0T\0E\0v";
enum { S_INT = 1, S_S = 5, S_A = 7, S_B = 9, S_T = 11, S_E = 13, S_V = 15 };

/* One type of each kind, in the order of their numbers: id is the kind, except that 0 is void. */
static void one_of_each(struct blob *b, bool big)
{
	const uint32_t w[] = {
		S_INT, INFO(KD_BTF_INT, 0, 0), 4, 1u << 24 | 32, /* signed, 32 bits */
		0, INFO(KD_BTF_PTR, 0, 0), 4,
		0, INFO(KD_BTF_ARRAY, 0, 0), 0, 2, 1, 7, /* of 7 pointers */
		S_S, INFO(KD_BTF_STRUCT, 1, 2), 64, S_A, 1, 3u << 24 | 5, S_B, 3, 64,
		0, INFO(KD_BTF_UNION, 0, 1), 8, S_A, 2, 0x1000000,
		S_E, INFO(KD_BTF_ENUM, 1, 2), 4, S_A, (uint32_t)-2, S_B, 3,
		S_T, INFO(KD_BTF_FWD, 1, 0), 0,
		S_T, INFO(KD_BTF_TYPEDEF, 0, 0), 10,
		0, INFO(KD_BTF_VOLATILE, 0, 0), 1,
		0, INFO(KD_BTF_CONST, 0, 0), 9,
		0, INFO(KD_BTF_RESTRICT, 0, 0), 2,
		S_V, INFO(KD_BTF_FUNC, 0, 1), 13,
		0, INFO(KD_BTF_FUNC_PROTO, 0, 2), 1, S_A, 2, 0, 0,
		S_V, INFO(KD_BTF_VAR, 0, 0), 4, 1,
		S_V, INFO(KD_BTF_DATASEC, 0, 1), 100, 14, 16, 64,
		S_INT, INFO(KD_BTF_FLOAT, 0, 0), 8,
		S_V, INFO(KD_BTF_DECL_TAG, 0, 0), 4, (uint32_t)-1,
		S_V, INFO(KD_BTF_TYPE_TAG, 0, 0), 8,
		S_E, INFO(KD_BTF_ENUM64, 0, 1), 8, S_B, 0x89abcdef, 0x01234567,
	};

	begin(b, big);
	for (size_t i = 0; i < KD_ARRAY_LEN(w); i++)
		put(b, w[i]);
	end(b, strings, sizeof(strings));
}

static void assert_name(struct kd_view v, const char *want)
{
	if (!kd_view_eq(v, kd_view_of(want)))
		fail_msg("'%.*s' instead of '%s'", KD_VARG(v), want);
}

static struct kd_btf_type type(const struct kd_btf *btf, uint32_t id)
{
	struct kd_btf_type t;

	assert_true(kd_btf_type(btf, id, &t));
	assert_int_equal(t.id, id);
	assert_int_equal(t.kind, kd_btf_kind_of(btf, id));
	assert_true(kd_view_eq(t.name, kd_btf_name_of(btf, id)));
	return t;
}

static void composites(const struct kd_btf *btf)
{
	struct kd_btf_type t = type(btf, KD_BTF_STRUCT);
	struct kd_btf_member m = kd_btf_member(btf, &t, 0);

	assert_int_equal(t.n, 2);
	assert_int_equal(t.size, 64);
	assert_true(t.flag);
	assert_name(m.name, "a");
	assert_int_equal(m.bit_off, 5);
	assert_int_equal(m.bits, 3);
	m = kd_btf_member(btf, &t, 1);
	assert_name(m.name, "b");
	assert_int_equal(m.type, KD_BTF_ARRAY);
	assert_int_equal(m.bit_off, 64);
	assert_int_equal(m.bits, 0);
	t = type(btf, KD_BTF_UNION);
	assert_null(t.name.p);
	assert_int_equal(kd_btf_member(btf, &t, 0).bit_off, 0x1000000); /* no bit sizes: all 32 bits */
	t = type(btf, KD_BTF_ENUM);
	assert_int_equal((int64_t)kd_btf_enumerator(btf, &t, 0).value, -2);
	assert_name(kd_btf_enumerator(btf, &t, 1).name, "b");
	t = type(btf, KD_BTF_ENUM64);
	assert_true(kd_btf_enumerator(btf, &t, 0).value == 0x0123456789abcdef);
	t = type(btf, KD_BTF_FUNC_PROTO);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.type, 1);
	assert_int_equal(kd_btf_param(btf, &t, 0).type, 2);
	assert_null(kd_btf_param(btf, &t, 1).name.p);
	t = type(btf, KD_BTF_DATASEC);
	assert_int_equal(kd_btf_secvar(btf, &t, 0).type, 14);
	assert_int_equal(kd_btf_secvar(btf, &t, 0).off, 16);
	assert_int_equal(kd_btf_secvar(btf, &t, 0).size, 64);
}

static void every_kind(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct kd_btf_array a;
		struct kd_btf_type t;
		struct kd_btf_int n;
		struct opened o;
		struct blob b;

		one_of_each(&b, big);
		assert_null(open_blob(&b, b.n, NULL, &o));
		assert_int_equal(o.btf.end, KD_BTF_NKINDS);
		for (uint32_t id = 0; id < KD_BTF_NKINDS; id++)
			assert_int_equal(type(&o.btf, id).kind, id);
		assert_false(kd_btf_type(&o.btf, KD_BTF_NKINDS, &t));
		t = type(&o.btf, KD_BTF_INT);
		assert_name(t.name, "int");
		n = kd_btf_int(&o.btf, &t);
		assert_true(n.is_signed && !n.is_bool && !n.is_char && n.bits == 32 && !n.bit_off);
		t = type(&o.btf, KD_BTF_ARRAY);
		a = kd_btf_array(&o.btf, &t);
		assert_int_equal(a.n, 7);
		assert_int_equal(a.type, 2);
		assert_int_equal(a.index_type, 1);
		assert_int_equal(t.type, 2);
		composites(&o.btf);
		t = type(&o.btf, KD_BTF_VAR);
		assert_int_equal(kd_btf_word(&o.btf, &t), 1);
		t = type(&o.btf, KD_BTF_DECL_TAG);
		assert_int_equal(kd_btf_word(&o.btf, &t), -1);
		assert_true(type(&o.btf, KD_BTF_FWD).flag);
		done(&o);
	}
}

static void sizes(void **state)
{
	struct opened o;
	struct blob b;
	uint64_t n = 0;

	(void)state;
	one_of_each(&b, false);
	assert_null(open_blob(&b, b.n, NULL, &o));
	assert_true(kd_btf_size(&o.btf, KD_BTF_ARRAY, 8, &n) && n == 56);
	assert_true(kd_btf_size(&o.btf, KD_BTF_ARRAY, 4, &n) && n == 28);
	assert_true(kd_btf_size(&o.btf, KD_BTF_TYPEDEF, 8, &n) && n == 4); /* T → const → volatile → int */
	assert_true(kd_btf_size(&o.btf, KD_BTF_TYPE_TAG, 8, &n) && n == 4);
	assert_true(kd_btf_size(&o.btf, KD_BTF_VAR, 8, &n) && n == 64);
	assert_true(kd_btf_size(&o.btf, KD_BTF_ENUM64, 8, &n) && n == 8);
	assert_false(kd_btf_size(&o.btf, KD_BTF_FWD, 8, &n));
	assert_false(kd_btf_size(&o.btf, KD_BTF_FUNC_PROTO, 8, &n));
	assert_false(kd_btf_size(&o.btf, 0, 8, &n));
	assert_false(kd_btf_size(&o.btf, 999, 8, &n));
	assert_int_equal(kd_btf_strip(&o.btf, KD_BTF_TYPE_TAG, false), KD_BTF_TYPEDEF);
	assert_int_equal(kd_btf_strip(&o.btf, KD_BTF_TYPE_TAG, true), KD_BTF_INT);
	assert_int_equal(kd_btf_strip(&o.btf, 999, true), KD_BTF_NONE);
	done(&o);
}

static void circles(void **state)
{
	const uint32_t w[] = {
		S_A, INFO(KD_BTF_TYPEDEF, 0, 0), 2, 0, INFO(KD_BTF_CONST, 0, 0), 1,
		0, INFO(KD_BTF_ARRAY, 0, 0), 0, 3, 3, 1000, /* of itself */
		0, INFO(KD_BTF_VAR, 0, 0), 4, 0, /* its own type */
	};
	struct opened o;
	struct blob b;
	uint64_t n;

	(void)state;
	begin(&b, false);
	for (size_t i = 0; i < KD_ARRAY_LEN(w); i++)
		put(&b, w[i]);
	end(&b, strings, sizeof(strings));
	assert_null(open_blob(&b, b.n, NULL, &o));
	assert_int_equal(kd_btf_strip(&o.btf, 1, true), KD_BTF_NONE);
	assert_int_equal(kd_btf_strip(&o.btf, 2, false), 1);
	for (uint32_t id = 1; id < 5; id++)
		assert_false(kd_btf_size(&o.btf, id, 8, &n));
	done(&o);
}

static void split(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct opened o, m, wrong;
		struct blob b, s;

		one_of_each(&b, big);
		assert_null(open_blob(&b, b.n, NULL, &o));
		begin(&s, big);
		put(&s, S_S); /* a name of the base */
		put(&s, INFO(KD_BTF_STRUCT, 0, 1));
		put(&s, 16);
		put(&s, sizeof(strings) + 1); /* "own" */
		put(&s, KD_BTF_STRUCT); /* a type of the base */
		put(&s, 0);
		put(&s, sizeof(strings) + 5); /* past the end of the strings */
		put(&s, INFO(KD_BTF_PTR, 0, 0));
		put(&s, KD_BTF_NKINDS);
		end(&s, "\0own", 5);
		assert_null(open_blob(&s, s.n, &o.btf, &m));
		assert_int_equal(m.btf.first, KD_BTF_NKINDS);
		assert_int_equal(m.btf.end, KD_BTF_NKINDS + 2);
		assert_name(kd_btf_name_of(&m.btf, KD_BTF_NKINDS), "s");
		assert_name(kd_btf_name_of(&m.btf, KD_BTF_STRUCT), "s");
		{
			struct kd_btf_type t = type(&m.btf, KD_BTF_NKINDS), in;
			struct kd_btf_member mem = kd_btf_member(&m.btf, &t, 0);

			assert_name(mem.name, "own");
			assert_true(kd_btf_type(&m.btf, mem.type, &in));
			assert_int_equal(in.size, 64);
			assert_name(kd_btf_member(&m.btf, &in, 1).name, "b");
		}
		assert_null(kd_btf_name_of(&m.btf, KD_BTF_NKINDS + 1).p);
		s.big = !big;
		put_at(&s, 0, 0xeb9f, 2);
		assert_error(open_blob(&s, s.n, &o.btf, &wrong), KD_BADDATA);
		done(&wrong);
		done(&m);
		done(&o);
	}
}

/* The names of a split blob on a base whose strings are longer, its ids on one with fewer types. */
static void a_base_that_does_not_fit(void **state)
{
	static const char longer[] = "\0integer\0some\0anyway\0b\0T\0E\0v";
	struct opened o, m, other;
	struct blob b, s, w;

	(void)state;
	one_of_each(&b, false);
	assert_null(open_blob(&b, b.n, NULL, &o));
	begin(&s, false);
	put(&s, S_S);
	put(&s, INFO(KD_BTF_STRUCT, 0, 1));
	put(&s, 16);
	put(&s, sizeof(strings) + 1);
	put(&s, KD_BTF_STRUCT);
	put(&s, 0);
	put(&s, 0);
	put(&s, INFO(KD_BTF_PTR, 0, 0));
	put(&s, KD_BTF_NKINDS);
	end(&s, "\0own", 5);
	assert_null(open_blob(&s, s.n, &o.btf, &m));
	assert_int_equal(kd_btf_misfits(&m.btf), 0);
	done(&m);
	begin(&w, false);
	put(&w, S_INT);
	put(&w, INFO(KD_BTF_INT, 0, 0));
	put(&w, 4);
	put(&w, 32);
	end(&w, longer, sizeof(longer));
	assert_null(open_blob(&w, w.n, NULL, &other));
	assert_int_equal(kd_btf_misfits(&other.btf), 0);
	assert_null(open_blob(&s, s.n, &other.btf, &m));
	/* both names are cut, a member of a type that is not there, a pointer to another */
	assert_int_equal(kd_btf_misfits(&m.btf), 4);
	done(&m);
	done(&other);
	done(&o);
}

static void refused(const struct blob *b, enum kd_errclass cls)
{
	struct opened o;

	assert_error(open_blob(b, b->n, NULL, &o), cls);
	assert_null(o.btf.at);
	done(&o);
}

static void headers_that_lie(void **state)
{
	struct blob good, b;

	(void)state;
	one_of_each(&good, false);
	b = good;
	b.p[0] = 0;
	refused(&b, KD_BADDATA);
	b = good;
	b.p[2] = 2; /* version */
	refused(&b, KD_UNSUPPORTED);
	for (uint32_t at = 4; at < HEADER; at += 4) {
		b = good;
		put_at(&b, at, UINT32_MAX, 4);
		refused(&b, KD_BADDATA);
	}
	b = good;
	put_at(&b, 4, 23, 4); /* a header that is too short */
	refused(&b, KD_BADDATA);
	b = good;
	put_at(&b, 16, (uint32_t)(b.strings - HEADER - 1), 4); /* strings begin within the types */
	refused(&b, KD_BADDATA);
	b = good;
	b.p[b.n - 1] = 'x'; /* the last string has no end */
	refused(&b, KD_BADDATA);
	b = good;
	b.p[b.strings] = 'x'; /* the first is not the empty one */
	refused(&b, KD_BADDATA);
	b = good;
	put_at(&b, HEADER + 4, INFO(20, 0, 0), 4);
	refused(&b, KD_UNSUPPORTED);
	b = good;
	put_at(&b, HEADER + 4, INFO(0, 0, 0), 4);
	refused(&b, KD_BADDATA);
	b = good;
	put_at(&b, HEADER + 4, INFO(KD_BTF_STRUCT, 0, 0xffff), 4);
	refused(&b, KD_BADDATA);
}

static void cut_anywhere(void **state)
{
	struct blob b;

	(void)state;
	one_of_each(&b, true);
	for (size_t n = 0; n < b.n; n++) {
		struct opened o;

		assert_error(open_blob(&b, n, NULL, &o), KD_BADDATA);
		done(&o);
	}
}

static void a_longer_header(void **state)
{
	struct opened o;
	struct blob b;

	(void)state;
	one_of_each(&b, false);
	memmove(b.p + HEADER + 8, b.p + HEADER, b.n - HEADER);
	b.n += 8;
	put_at(&b, 4, HEADER + 8, 4);
	assert_null(open_blob(&b, b.n, NULL, &o));
	assert_int_equal(o.btf.end, KD_BTF_NKINDS);
	done(&o);
}

static void names_and_probe(void **state)
{
	(void)state;
	assert_string_equal(kd_btf_kind_name(KD_BTF_FUNC_PROTO), "func_proto");
	assert_string_equal(kd_btf_kind_name(KD_BTF_NKINDS), "unknown");
	assert_true(kd_btf_probe(KD_V("\x9f\xeb\x01\0")));
	assert_true(kd_btf_probe(KD_V("\xeb\x9f\x01")));
	assert_false(kd_btf_probe(KD_V("\177ELF")));
	assert_false(kd_btf_probe(KD_V("\x9f")));
}

/* A blob whose bytes come in pieces of 8 when they are asked for. */
struct coming {
	const struct blob *b;
	char *room; /* what did not come is 0x5a */
	bool came[sizeof(((struct blob *)0)->p) / 8 + 1];
	size_t pieces, refuse; /* how many came; which one never does */
};

static bool bring_piece(void *user, uint64_t off, uint64_t n)
{
	struct coming *c = user;

	assert_true(off <= c->b->n && n <= c->b->n - off);
	for (uint64_t i = off / 8; n && i <= (off + n - 1) / 8; i++) {
		const size_t some = c->b->n - i * 8 < 8 ? (size_t)(c->b->n - i * 8) : 8;

		if (i == c->refuse)
			return false;
		if (!c->came[i])
			memcpy(c->room + i * 8, c->b->p + i * 8, some);
		c->pieces += !c->came[i];
		c->came[i] = true;
	}
	return true;
}

static struct kd_error *open_coming(const struct blob *b, size_t refuse, struct coming *c, struct kd_btf *btf)
{
	const struct kd_btf_source source = {.bring = bring_piece, .user = c};

	*c = (struct coming){.b = b, .room = kd_xmalloc(b->n), .refuse = refuse};
	memset(c->room, 0x5a, b->n);
	return kd_btf_open_lazy(kd_view(c->room, b->n), &source, btf);
}

static void same_type(const struct kd_btf *a, const struct kd_btf *b, uint32_t id)
{
	const struct kd_btf_type x = type(a, id), y = type(b, id);

	assert_int_equal(x.kind, y.kind);
	assert_int_equal(x.n, y.n);
	assert_int_equal(x.size, y.size);
	assert_int_equal(x.type, y.type);
	assert_true(kd_view_eq(x.name, y.name) && !x.name.p == !y.name.p);
	assert_true(kd_view_eq(x.body, y.body));
}

static void as_it_comes(void **state)
{
	struct kd_btf btf;
	struct coming c;
	struct blob b;

	(void)state;
	for (int big = 0; big < 2; big++) {
		struct kd_btf_type t;
		struct opened whole;

		one_of_each(&b, big);
		assert_null(open_blob(&b, b.n, NULL, &whole));
		assert_null(open_coming(&b, SIZE_MAX, &c, &btf));
		assert_true(c.pieces <= 3 + 2); /* the header, both ends of the strings */
		assert_true(kd_btf_has(&btf, KD_BTF_NKINDS - 1));
		assert_false(kd_btf_has(&btf, KD_BTF_NKINDS));
		assert_false(kd_btf_type(&btf, KD_BTF_NKINDS, &t));
		assert_true(btf.end >= KD_BTF_NKINDS);
		for (uint32_t id = KD_BTF_NKINDS; id-- > 0;)
			same_type(&btf, &whole.btf, id);
		composites(&btf);
		assert_true(kd_btf_has_string(&btf, KD_V("int")));
		assert_true(kd_btf_has_string(&btf, KD_V("nt")));
		assert_false(kd_btf_has_string(&btf, KD_V("in")));
		assert_false(kd_btf_has_string(&btf, KD_V("no such name")));
		assert_null(kd_btf_lost(&btf));
		kd_btf_deinit(&btf);
		kd_free(c.room);
		done(&whole);
	}
}

/* Whatever piece does not come: never another answer, and it is said. */
static void what_does_not_come(void **state)
{
	struct opened whole;
	struct blob b;

	(void)state;
	one_of_each(&b, false);
	assert_null(open_blob(&b, b.n, NULL, &whole));
	for (size_t piece = 0; piece <= (b.n - 1) / 8; piece++) {
		struct kd_btf btf;
		struct coming c;
		struct kd_error *err = open_coming(&b, piece, &c, &btf);

		for (uint32_t id = 1; !err && id < KD_BTF_NKINDS; id++) {
			struct kd_btf_type t;

			if (kd_btf_type(&btf, id, &t) && !kd_btf_lost(&btf))
				same_type(&btf, &whole.btf, id);
		}
		if (!err && piece * 8 < b.strings) /* types are all looked at */
			assert_non_null(kd_btf_lost(&btf));
		if (!err)
			kd_btf_deinit(&btf);
		kd_error_free(err);
		kd_free(c.room);
	}
	done(&whole);
}

/* What is damaged behind the types that are asked for costs those alone that lie there. */
static void damage_far_behind(void **state)
{
	struct kd_btf_type t;
	struct kd_btf btf;
	struct coming c;
	struct blob b;

	(void)state;
	one_of_each(&b, false);
	put_at(&b, b.strings - 3 * 8, INFO(31, 0, 0), 4); /* the last type, of three words and three more */
	put_at(&b, b.strings - 5 * 4, INFO(31, 0, 0), 4);
	assert_null(open_coming(&b, SIZE_MAX, &c, &btf));
	assert_true(kd_btf_type(&btf, KD_BTF_STRUCT, &t));
	assert_null(kd_btf_lost(&btf));
	assert_false(kd_btf_type(&btf, KD_BTF_ENUM64, &t));
	assert_non_null(strstr(kd_btf_lost(&btf), "kind 31"));
	assert_true(kd_btf_type(&btf, KD_BTF_STRUCT, &t));
	kd_btf_deinit(&btf);
	kd_free(c.room);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind),	    cmocka_unit_test(sizes),
		cmocka_unit_test(circles),	    cmocka_unit_test(split),
		cmocka_unit_test(a_base_that_does_not_fit),
		cmocka_unit_test(headers_that_lie), cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(a_longer_header),  cmocka_unit_test(names_and_probe),
		cmocka_unit_test(as_it_comes),	    cmocka_unit_test(what_does_not_come),
		cmocka_unit_test(damage_far_behind),
	};

	return cmocka_run_group_tests_name("btf", tests, NULL, NULL);
}
