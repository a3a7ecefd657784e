// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/type.h"

#include <string.h>

#include "base/alloc.h"
#include "verb/investigate.h"
#include "verb/nearest.h"

#define ANSWER_MAX ((size_t)256 << 20)
enum { NAME_MAX_BYTES = 4096, DECL_MAX = 4096 };

/* --- what is asked ------------------------------------------------------------------------------- */

static bool take_number(struct kd_view *v, uint64_t *ret)
{
	return kd_view_starts(*v, KD_V("0x")) || kd_view_starts(*v, KD_V("0X")) ? kd_view_take_hex(v, ret)
									      : kd_view_take_dec(v, ret);
}

struct kd_error *kd_type_parse_offset(const char *text, struct kd_type_offset *ret)
{
	struct kd_view v = kd_view_of(text);
	struct kd_type_offset o = {.width = 0};
	const bool minus = kd_view_skip(&v, KD_V("-"));
	uint64_t n = 0;

	if (!take_number(&v, &n) || n > INT64_MAX ||
	    (kd_view_skip(&v, KD_V(":")) && (!take_number(&v, &o.width) || !o.width || o.width > 1 << 20)) || v.n)
		return kd_error_new(KD_INVALID, "an offset is a number, with a width behind a colon if that is "
						"known: 0x28, -8, 0x28:4; not '%.64s'", text);
	o.off = minus ? -(int64_t)n : (int64_t)n;
	*ret = o;
	return NULL;
}

struct asked {
	unsigned kinds;
	struct kd_view word, name, path;
};

/* "struct sock.sk_prot" → kinds, "sock", "sk_prot". */
static struct kd_error *parse_name(const char *text, struct asked *ret)
{
	static const struct {
		struct kd_view word;
		unsigned kinds;
	} words[] = {
		{{"struct ", 7}, KD_TYPES_STRUCT}, {{"union ", 6}, KD_TYPES_UNION}, {{"enum ", 5}, KD_TYPES_ENUM},
	};
	struct asked q = {.kinds = KD_TYPES_NAMED, .name = kd_view_trim(kd_view_of(text))};
	size_t n = 0;

	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
		if (kd_view_skip(&q.name, words[i].word)) {
			q.word = words[i].word;
			q.kinds = words[i].kinds;
			break;
		}
	q.name = kd_view_trim(q.name);
	/* "long unsigned int" has blanks, a path has none */
	while (n < q.name.n && q.name.p[n] != '.' && q.name.p[n] != '[')
		n++;
	q.path = kd_view_from(q.name, n);
	q.name = kd_view_head(q.name, n);
	if (!q.name.n || q.name.n > NAME_MAX_BYTES || q.path.n > NAME_MAX_BYTES)
		return kd_error_new(KD_INVALID, "a type is named as STRUCT or STRUCT.member, not '%.64s'", text);
	*ret = q;
	return NULL;
}

static struct kd_error *open_source(const struct kd_type_request *req, struct kd_type_answer *a)
{
	const char *file = req->file ? req->file : KD_TYPESOURCE_RUNNING;
	struct kd_error *err;

	a->running = kd_view_starts(kd_view_of(file), KD_V("/sys/kernel/btf/"));
	a->input = kd_arena_view(&a->arena, kd_input_basename(file));
	a->base = req->base ? kd_arena_view(&a->arena, kd_input_basename(req->base)) : KD_VNULL;
	a->arg = kd_input_quoted(&a->arena, req->name);
	a->file_arg = req->file ? kd_input_quoted(&a->arena, req->file) : KD_VNULL;
	a->base_arg = req->base ? kd_input_quoted(&a->arena, req->base) : KD_VNULL;
	err = kd_typesource_open(file, req->base, &a->source);
	if (!req->file && kd_error_catch(&err, KD_NOTFOUND))
		err = kd_error_new(KD_INVALID, "which kernel? This one shows no types in " KD_TYPESOURCE_RUNNING
					       "; name a vmlinux or a file of BTF with --btf");
	return err;
}

/* --- one type ------------------------------------------------------------------------------------- */

static struct kd_error *no_room(void)
{
	return kd_error_new(KD_LIMIT, "the answer needs more than %zu MiB", ANSWER_MAX >> 20);
}

static struct kd_error *declare(struct kd_type_answer *a, uint32_t id, struct kd_view *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(DECL_MAX);

	kd_types_declare(a->source->types, id, KD_VNULL, &b);
	*ret = kd_arena_view(&a->arena, kd_buf_view(&b));
	return ret->p ? NULL : no_room();
}

static struct kd_error *find_member(struct kd_type_answer *a, struct kd_type_match *m)
{
	struct kd_error *err = kd_types_member(a->source->types, m->id, a->path, &m->member);

	if (!err) {
		m->has_member = true;
		m->shown = m->member.type;
		return declare(a, m->member.type, &m->member_decl);
	}
	/* the only type of that name: say it as an error when the path is written wrongly */
	if (err->cls == KD_INVALID && a->total == 1)
		return err;
	m->no_member = kd_arena_view(&a->arena, kd_view_of(err->msg));
	kd_error_free(err);
	return m->no_member.p ? NULL : no_room();
}

static struct kd_error *around(struct kd_type_answer *a, const struct kd_type_match *m, struct kd_type_place *p)
{
	struct kd_error *err;

	p->around = kd_arena_array(&a->arena, KD_TYPE_CONTAINERS_MAX, struct kd_container);
	p->around_decl = kd_arena_array(&a->arena, KD_TYPE_CONTAINERS_MAX, struct kd_view);
	if (!p->around || !p->around_decl)
		return no_room();
	err = kd_types_containers(a->source->types, m->shown, -(uint64_t)p->at.off, &a->arena, p->around,
				  KD_TYPE_CONTAINERS_MAX, &p->total_around);
	p->naround = p->total_around < KD_TYPE_CONTAINERS_MAX ? p->total_around : KD_TYPE_CONTAINERS_MAX;
	for (size_t i = 0; !err && i < p->naround; i++)
		err = declare(a, p->around[i].type, &p->around_decl[i]);
	return err;
}

static struct kd_error *place(struct kd_type_answer *a, const struct kd_type_request *req,
			      const struct kd_type_match *m, struct kd_type_place *p)
{
	struct kd_error *err = kd_types_at(a->source->types, m->shown, p->at.off, p->at.width, &a->arena, &p->r);

	if (err)
		return err;
	p->decl = kd_arena_array(&a->arena, p->r.n ? p->r.n : 1, struct kd_view);
	if (!p->decl)
		return no_room();
	for (size_t i = 0; !err && i < p->r.n; i++)
		err = declare(a, p->r.v[i].type, &p->decl[i]);
	if (!err && p->at.off < 0 && req->containers)
		err = around(a, m, p);
	return err;
}

static struct kd_error *places(struct kd_type_answer *a, const struct kd_type_request *req, struct kd_type_match *m)
{
	struct kd_error *err = NULL;

	if (!req->nat || !m->has_size)
		return req->nat && !m->has_size
			       ? kd_error_new(KD_INVALID, "'%.*s' has no size, so nothing is at an offset of it",
					      KD_VARG(kd_view_head(m->decl, 128)))
			       : NULL;
	m->places = kd_arena_array(&a->arena, req->nat, struct kd_type_place);
	if (!m->places)
		return no_room();
	for (size_t i = 0; !err && i < req->nat; i++) {
		m->places[i].at = req->at[i];
		err = place(a, req, m, &m->places[i]);
	}
	m->nplaces = err ? 0 : req->nat;
	return err;
}

static struct kd_error *describe(struct kd_type_answer *a, const struct kd_type_request *req,
				 struct kd_type_match *m)
{
	const struct kd_types *ts = a->source->types;
	const struct kd_layout_opts opts = {.expand = req->expand};
	struct kd_error *err = declare(a, m->id, &m->decl);

	(void)kd_btf_type(kd_types_btf(ts), m->id, &m->t);
	m->shown = m->id;
	if (!err && a->path.n)
		err = find_member(a, m);
	if (err || m->no_member.n)
		return err;
	m->has_size = kd_types_size(ts, m->shown, &m->size);
	if (kd_types_strip(ts, m->shown) != KD_BTF_NONE)
		m->shown = kd_types_strip(ts, m->shown);
	m->shown_kind = (uint8_t)kd_btf_kind_of(kd_types_btf(ts), m->shown);
	err = declare(a, m->shown, &m->shown_decl);
	if (!err)
		err = places(a, req, m);
	if (!err && (m->shown_kind == KD_BTF_STRUCT || m->shown_kind == KD_BTF_UNION))
		err = kd_layout_of(ts, m->shown, &opts, &a->arena, &m->layout);
	a->limited |= m->layout.limited;
	a->found |= !err;
	return err;
}

static void nearest(struct kd_type_answer *a, unsigned kinds)
{
	const struct kd_btf *btf = kd_types_btf(a->source->types);
	char name[32];
	struct kd_nearest n;

	if (a->name.n >= sizeof(name))
		return;
	memcpy(name, a->name.p, a->name.n);
	name[a->name.n] = '\0';
	kd_nearest_init(&n, name);
	for (uint32_t id = 1; id < btf->end; id++) {
		const struct kd_view v = kd_btf_name_of(btf, id);

		if (v.n && kinds >> kd_btf_kind_of(btf, id) & 1)
			kd_nearest_try(&n, v.p); /* BTF's strings end with a zero byte */
	}
	a->nearest = n.best ? kd_view_of(n.best) : KD_VNULL;
}

static struct kd_error *answer(struct kd_ctx *ctx, const struct kd_type_request *req, struct kd_type_answer *a)
{
	uint32_t ids[KD_TYPE_MATCHES_MAX];
	struct asked q = {.kinds = 0};
	struct kd_error *err = parse_name(req->name, &q);

	if (!err)
		err = open_source(req, a);
	if (err)
		return err;
	a->name = kd_arena_view(&a->arena, q.name);
	a->path = q.path.n ? kd_arena_view(&a->arena, q.path) : KD_VNULL;
	a->kind_word = q.word;
	a->expand = req->expand;
	a->total = kd_types_find(a->source->types, q.kinds, q.name, ids, KD_TYPE_MATCHES_MAX);
	a->n = a->total < KD_TYPE_MATCHES_MAX ? a->total : KD_TYPE_MATCHES_MAX;
	a->limited = a->n < a->total;
	if (!a->total)
		nearest(a, q.kinds);
	a->v = kd_arena_array(&a->arena, a->n ? a->n : 1, struct kd_type_match);
	if (!a->v)
		return no_room();
	for (size_t i = 0; !err && i < a->n; i++) {
		a->v[i].id = ids[i];
		err = kd_ctx_check(ctx);
		if (!err)
			err = describe(a, req, &a->v[i]);
	}
	return err;
}

struct kd_error *kd_type(struct kd_ctx *ctx, const struct kd_type_request *req, struct kd_type_answer **ret)
{
	kd_auto(kd_type_answer_freep) struct kd_type_answer *a = kd_xcalloc(1, sizeof(*a));
	struct kd_error *err;

	a->arena = KD_ARENA_INIT(ANSWER_MAX);
	err = answer(ctx, req, a);
	if (!err)
		*ret = kd_take(a);
	return err;
}

void kd_type_answer_free(struct kd_type_answer *a)
{
	if (!a)
		return;
	kd_typesource_free(a->source);
	kd_arena_deinit(&a->arena);
	kd_free(a);
}

void kd_type_answer_freep(struct kd_type_answer **a)
{
	kd_type_answer_free(*a);
	*a = NULL;
}
