// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/intake.h"
#include "case/schema.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/hashmap.h"
#include "base/pack.h"

enum {
	/* Each transaction writes every page of the indexes that it touches: the more events, the fewer pages for each. */
	BATCH_EVENTS = 8192,
	BATCH_BYTES = 32 << 20,
	BLOCK_BYTES = 4 << 20, /* of raw text in a block */
	BLOCKS_MAX = 1024, /* of a batch */
	BATCH_ARENA = 64 << 20,
	BLOCK_MAX = 64 << 20, /* of one that is read back */
	LEVEL = 1,
	TRIES = 3,
};

/* An issue of a tracker with what it says. */
struct issue {
	struct kd_view key, title, url, ticket;
	int64_t now;
};

/* Raw texts, packed. */
struct block {
	int64_t id;
	size_t size;
	struct kd_buf packed;
};

struct kd_intake {
	struct kd_db *db;
	struct kd_groups *groups;
	struct kd_intake_opts o;
	struct kd_intake_counts counts;
	struct kd_arena arena; /* of the batch */
	KD_VEC(struct kd_event) events;
	KD_VEC(struct kd_newsig) sigs;
	struct kd_hashmap pending; /* signatures in sigs */
	int64_t made; /* of the last signature */
	KD_VEC(struct issue) issues; /* of the tracker, to be written */
	struct kd_hashmap known_issues; /* that were written by this process */
	struct kd_arena issue_keys;
	KD_VEC(struct block) blocks;
	size_t sealed; /* events whose block is in `blocks` */
	size_t raw_bytes; /* in these blocks */
	struct kd_buf raw; /* of the block that is being filled */
	struct kd_zstd *zstd;
};

struct kd_intake *kd_intake_new(struct kd_db *db, const struct kd_intake_opts *o)
{
	struct kd_intake *in = kd_xcalloc(1, sizeof(*in));

	in->db = db;
	in->o = *o;
	if (!in->o.batch_events)
		in->o.batch_events = BATCH_EVENTS;
	if (!in->o.batch_bytes)
		in->o.batch_bytes = BATCH_BYTES;
	in->groups = kd_groups_new(db);
	in->arena = KD_ARENA_INIT(BATCH_ARENA);
	in->pending = KD_HASHMAP_INIT(1 << 20, &in->arena);
	in->issue_keys = KD_ARENA_INIT(64 << 20);
	in->known_issues = KD_HASHMAP_INIT(1 << 20, &in->issue_keys);
	in->raw = KD_BUF_INIT(BLOCK_BYTES + KD_INTAKE_TEXT);
	in->zstd = kd_zstd_new();
	return in;
}

static void drop_blocks(struct kd_intake *in)
{
	for (size_t i = 0; i < in->blocks.n; i++)
		kd_buf_deinit(&in->blocks.v[i].packed);
	in->blocks.n = in->sealed = in->raw_bytes = 0;
}

void kd_intake_free(struct kd_intake *in)
{
	if (!in)
		return;
	kd_groups_free(in->groups);
	kd_vec_free(&in->events);
	kd_vec_free(&in->sigs);
	kd_vec_free(&in->issues);
	kd_hashmap_deinit(&in->pending);
	kd_hashmap_deinit(&in->known_issues);
	kd_arena_deinit(&in->issue_keys);
	kd_arena_deinit(&in->arena);
	drop_blocks(in);
	kd_vec_free(&in->blocks);
	kd_buf_deinit(&in->raw);
	kd_zstd_free(in->zstd);
	kd_free(in);
}

void kd_intake_freep(struct kd_intake **in)
{
	kd_intake_free(*in);
}

const struct kd_intake_counts *kd_intake_counts(const struct kd_intake *in)
{
	return &in->counts;
}

/* ---- a batch into the database ---- */

static int by_key(const void *a, const void *b)
{
	const struct kd_event *x = a, *y = b;

	if (x->key.at != y->key.at)
		return x->key.at < y->key.at ? -1 : 1;
	return x->key.dig < y->key.dig ? -1 : x->key.dig > y->key.dig;
}

/* The block's id is of its content: no counter that several writers would have to share. */
static struct kd_error *seal_block(struct kd_intake *in)
{
	struct block *b = in->raw.n ? kd_vec_push(&in->blocks, BLOCKS_MAX) : NULL;
	uint8_t sum[KD_SHA256_LEN];
	uint64_t id = 0;
	size_t n = 0, room = in->raw.n + 64;
	char *p;

	if (!in->raw.n)
		return NULL;
	if (!b)
		return kd_error_new(KD_INTERNAL, "a batch has more blocks than it may have");
	b->size = in->raw.n;
	b->packed = KD_BUF_INIT(room);
	p = kd_buf_reserve(&b->packed, room);
	if (p && in->zstd && kd_zstd_pack(in->zstd, kd_buf_view(&in->raw), KD_VNULL, LEVEL, (unsigned char *)p, room, &n) && n < in->raw.n)
		b->packed.n = n;
	else /* it does not shrink, or there is no zstd: as it is */
		kd_buf_add(&b->packed, kd_buf_view(&in->raw));
	kd_sha256_of(kd_buf_view(&b->packed), sum);
	for (int i = 0; i < 8; i++)
		id = id << 8 | sum[i];
	b->id = (int64_t)id;
	for (size_t i = in->sealed; i < in->events.n; i++)
		in->events.v[i].block = b->id;
	in->sealed = in->events.n;
	in->raw_bytes += in->raw.n;
	kd_buf_clear(&in->raw);
	return NULL;
}

static struct kd_error *write_block(struct kd_intake *in, const struct block *b)
{
	const struct kd_dbval args[] = {kd_dbint(b->id), kd_dbint((int64_t)b->size), kd_dbblob(kd_buf_view(&b->packed))};

	return kd_db_run(in->db, "INSERT INTO block (id, size, packed) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING", args, 3, NULL);
}

static struct kd_error *write_issue(struct kd_intake *in, const struct issue *i)
{
	static const char sql[] = "INSERT INTO link (subject, system, key, kind, url, title, made, who) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, "
				  "'program:ingest') ON CONFLICT DO NOTHING";
	kd_auto(kd_buf_deinit) struct kd_buf subject = KD_BUF_INIT(4096);
	struct kd_dbval args[7];
	struct kd_error *err = NULL;

	kd_buf_printf(&subject, "issue:%.*s", KD_VARG(i->key));
	args[0] = kd_dbtext(kd_buf_view(&subject));
	args[1] = kd_dbtext(KD_V("tracker"));
	args[2] = kd_dbtext(i->key);
	args[3] = kd_dbtext(KD_V("issue"));
	args[4] = kd_dbtext(i->url);
	args[5] = kd_dbtext(i->title);
	args[6] = kd_dbint(i->now);
	if (i->title.n)
		err = kd_db_run(in->db, sql, args, 7, NULL);
	if (err || !i->ticket.n)
		return err;
	args[1] = args[3] = kd_dbtext(KD_V("ticket"));
	args[2] = kd_dbtext(i->ticket);
	args[4] = args[5] = kd_dbnull();
	return kd_db_run(in->db, sql, args, 7, NULL);
}

static struct kd_error *write_batch(struct kd_intake *in, uint64_t *ret_added, uint64_t *ret_sigs)
{
	struct kd_error *err = NULL;
	bool is_new;

	*ret_sigs = 0;
	for (size_t i = 0; i < in->sigs.n && !err; i++) {
		err = kd_groups_place(in->groups, &in->sigs.v[i], &is_new);
		*ret_sigs += !err && is_new;
	}
	for (size_t i = 0; i < in->issues.n && !err; i++)
		err = write_issue(in, &in->issues.v[i]);
	for (size_t i = 0; i < in->blocks.n && !err; i++)
		err = write_block(in, &in->blocks.v[i]);
	for (size_t i = 0; i < in->events.n && !err; i++)
		err = kd_event_send(in->db, &in->events.v[i]);
	return err ? err : kd_db_sync(in->db, ret_added);
}

/* Partitions of the batch's months, where the database has partitions. Events are in order of their times. */
static struct kd_error *make_room(struct kd_intake *in)
{
	struct kd_error *err = NULL;
	int last = -1;

	for (size_t i = 0; i < in->events.n && !err && kd_db_ops(in->db)->partitions; i++) {
		int month = kd_schema_month_of(in->events.v[i].key.at);

		if (month >= 0 && month != last)
			err = kd_schema_partition(in->db, &in->events.v[i].key.at, 1);
		last = month;
	}
	return err;
}

/* One transaction. */
static struct kd_error *try_batch(struct kd_intake *in)
{
	uint64_t added = 0, sigs = 0;
	struct kd_error *err = make_room(in);

	/* Where a signature belongs depends on those that are there: nobody else may place one meanwhile. */
	if (!err)
		err = in->sigs.n ? kd_db_begin_alone(in->db) : kd_db_begin(in->db);
	if (!err)
		err = write_batch(in, &added, &sigs);
	if (!err && !added && !sigs && !in->issues.n) {
		kd_db_rollback(in->db); /* all known: not even the blocks */
	} else if (!err) {
		err = kd_db_commit(in->db);
		for (size_t i = 0; i < in->blocks.n && !err; i++) {
			in->counts.raw_bytes += in->blocks.v[i].size;
			in->counts.packed_bytes += in->blocks.v[i].packed.n;
		}
	}
	if (err) {
		kd_db_rollback(in->db);
		kd_groups_free(in->groups); /* it knows what was rolled back */
		in->groups = kd_groups_new(in->db);
		return err;
	}
	in->counts.events += in->events.n;
	in->counts.added += added;
	in->counts.signatures += sigs;
	in->counts.batches++;
	return NULL;
}

static struct kd_error *flush(struct kd_intake *in)
{
	struct kd_error *err;
	int tries = 0;

	if (!in->events.n)
		return NULL;
	err = seal_block(in);
	if (err)
		return err;
	qsort(in->events.v, in->events.n, sizeof(*in->events.v), by_key);
	do /* another writer may have been in the way */
		err = try_batch(in);
	while (++tries < TRIES && kd_error_catch(&err, KD_CONFLICT));
	if (err)
		return err;
	in->events.n = in->sigs.n = in->issues.n = 0;
	kd_hashmap_clear(&in->pending);
	kd_arena_reset(&in->arena);
	drop_blocks(in);
	if (in->o.ack)
		in->o.ack(in->o.user, &in->counts);
	return NULL;
}

/* ---- filling a batch ---- */

struct kd_error *kd_intake_text(struct kd_intake *in, struct kd_view raw, struct kd_intake_where *ret)
{
	struct kd_error *err = NULL;

	if (in->events.n >= in->o.batch_events || in->raw_bytes + in->raw.n >= in->o.batch_bytes || in->arena.used > BATCH_ARENA / 2)
		err = flush(in);
	else if (in->raw.n >= BLOCK_BYTES)
		err = seal_block(in);
	if (err)
		return err;
	raw = kd_view_head(raw, KD_INTAKE_TEXT);
	*ret = (struct kd_intake_where){.off = (int64_t)in->raw.n, .len = (int64_t)raw.n, .has = true};
	if (!kd_buf_add(&in->raw, raw))
		return kd_error_new(KD_INTERNAL, "a batch is larger than itself");
	return NULL;
}

static bool keep(struct kd_arena *a, struct kd_view *v)
{
	if (!v->p)
		return true;
	*v = kd_arena_view(a, *v);
	return v->p;
}

static struct kd_error *full(void)
{
	return kd_error_new(KD_LIMIT, "one text has more reports than a batch may hold");
}

/* One more signature to be placed; NULL with no error: it waits for its place already. */
static struct kd_error *new_signature(struct kd_intake *in, const struct kd_event *e, struct kd_newsig **ret)
{
	bool is_new = false;

	*ret = NULL;
	if (!kd_hashmap_add(&in->pending, kd_view((const char *)&e->sig, sizeof(e->sig)), &is_new))
		return full();
	if (!is_new)
		return NULL;
	*ret = kd_vec_push(&in->sigs, 1 << 20);
	if (!*ret)
		return full();
	in->made = e->seen > in->made ? e->seen : in->made + 1; /* their order is that in which they came */
	**ret = (struct kd_newsig){.rep = e->key, .now = in->made};
	return NULL;
}

static struct kd_error *keep_row(struct kd_intake *in, struct kd_sigrow *row)
{
	struct kd_view *const texts[] = {&row->strict, &row->normal, &row->loose, &row->title,
					 &row->syz,    &row->func,   &row->place, &row->subsystem};

	for (size_t i = 0; i < KD_ARRAY_LEN(texts); i++)
		if (!keep(&in->arena, texts[i]))
			return full();
	return NULL;
}

/* The first event of a signature that this process has not seen. */
static struct kd_error *add_signature(struct kd_intake *in, const struct kd_report *r, const struct kd_event *e)
{
	struct kd_traits *traits = NULL;
	struct kd_newsig *n;
	struct kd_error *err = new_signature(in, e, &n);

	if (err || !n)
		return err;
	kd_sigrow_of(r, &n->row);
	err = kd_traits_of(r, &in->arena, &traits);
	n->traits = traits;
	return err ? err : keep_row(in, &n->row);
}

static struct kd_error *add_event(struct kd_intake *in, struct kd_event *e, const struct kd_intake_where *where)
{
	struct kd_event *slot;

	if (where && where->has) {
		e->has_raw = true;
		e->off = where->off;
		e->len = where->len;
	}
	slot = kd_vec_push(&in->events, 1 << 20);
	if (!slot || !kd_event_keep(e, &in->arena))
		return full();
	*slot = *e;
	return NULL;
}

/* What the tracker says of an issue, once for each. */
static struct kd_error *add_issue(struct kd_intake *in, const struct kd_event_from *from)
{
	struct kd_hashmap_entry *e;
	struct issue *i;
	bool is_new = false;

	if (!from->issue.n || (!from->issue_title.n && !from->ticket.n))
		return NULL;
	e = kd_hashmap_add(&in->known_issues, from->issue, &is_new);
	if (!e || !is_new) /* full: it is only told again */
		return NULL;
	i = kd_vec_push(&in->issues, 1 << 20);
	if (!i)
		return full();
	*i = (struct issue){from->issue, from->issue_title, from->issue_url, from->ticket, from->seen};
	return keep(&in->arena, &i->key) && keep(&in->arena, &i->title) && keep(&in->arena, &i->url) && keep(&in->arena, &i->ticket)
		       ? NULL
		       : full();
}

struct kd_error *kd_intake_report(struct kd_intake *in, const struct kd_report *r, const struct kd_event_from *from,
				  const struct kd_intake_where *where, const struct kd_cause *cause, struct kd_evkey *ret)
{
	struct kd_event e;
	struct kd_error *err = NULL;

	kd_event_of(r, from, &e);
	if (cause) {
		e.has_cause = true;
		e.cause_of = cause->key;
		e.cause = cause->why;
	}
	if (r->panic_text.n)
		e.fatal = r->panic_text;
	if (!kd_groups_knows(in->groups, e.sig))
		err = add_signature(in, r, &e);
	if (!err)
		err = add_issue(in, from);
	if (!err)
		err = add_event(in, &e, where);
	if (!err && ret)
		*ret = e.key;
	return err;
}

struct kd_error *kd_intake_message(struct kd_intake *in, struct kd_view text, bool noise, const struct kd_event_from *from,
				   const struct kd_intake_where *where)
{
	char room[KD_MESSAGE_ROOM];
	struct kd_sigrow row;
	struct kd_traits *traits;
	struct kd_newsig *n = NULL;
	struct kd_event e;
	struct kd_error *err = NULL;

	kd_event_of_message(text, noise, from, &e, &row, room);
	if (!kd_groups_knows(in->groups, e.sig))
		err = new_signature(in, &e, &n);
	if (!err && n) {
		n->row = row;
		err = keep_row(in, &n->row);
		traits = kd_arena_new(&in->arena, struct kd_traits);
		if (!traits)
			return full();
		*traits = (struct kd_traits){.kind = row.kind, .family = row.family, .title = n->row.title};
		n->traits = traits;
	}
	if (!err)
		err = add_issue(in, from);
	return err ? err : add_event(in, &e, where);
}

bool kd_intake_knows(const struct kd_intake *in, int64_t sig)
{
	return kd_groups_knows(in->groups, sig);
}

void kd_intake_drop(struct kd_intake *in, size_t n)
{
	in->events.n -= n < in->events.n ? n : in->events.n;
}

struct kd_error *kd_intake_finish(struct kd_intake *in)
{
	return flush(in);
}

/* ---- back ---- */

struct block_read {
	struct kd_textblock *b;
	bool found;
};

static struct kd_error *block_row(void *user, const struct kd_dbval *c, size_t n)
{
	struct block_read *r = user;

	(void)n;
	r->found = true;
	if (c[0].type != KD_DBINT || c[0].i < 0 || c[0].i > BLOCK_MAX || c[1].type != KD_DBBLOB)
		return kd_error_new(KD_BADDATA, "the block of the event's text is none");
	r->b->n = (size_t)c[0].i;
	r->b->bytes = kd_xrealloc(r->b->bytes, r->b->n);
	if (c[1].v.n == r->b->n)
		memcpy(r->b->bytes, c[1].v.p, r->b->n);
	else if (!kd_unpack_zstd(c[1].v, (unsigned char *)r->b->bytes, r->b->n))
		return kd_error_new(KD_BADDATA, "the block of the event's text is damaged");
	return NULL;
}

struct kd_error *kd_event_text_in(struct kd_db *db, const struct kd_event *e, struct kd_textblock *b, struct kd_view *ret)
{
	struct kd_dbval id = kd_dbint(e->block);
	struct block_read r = {b, b->has && b->id == e->block};
	struct kd_error *err = NULL;

	if (e->has_raw && !r.found) {
		b->has = false;
		err = kd_db_query(db, "SELECT size, packed FROM block WHERE id = ?1", &id, 1, block_row, &r);
		b->has = !err && r.found;
		b->id = e->block;
	}
	if (err)
		return err;
	if (!e->has_raw || !r.found)
		return kd_error_new(KD_NOTFOUND, "no text of the event was kept");
	if (e->off < 0 || e->len < 0 || (uint64_t)e->off > b->n || (uint64_t)e->len > b->n - (size_t)e->off)
		return kd_error_new(KD_BADDATA, "the text of the event lies outside of its block");
	*ret = kd_view(b->bytes + e->off, (size_t)e->len);
	return NULL;
}

void kd_textblock_deinit(struct kd_textblock *b)
{
	kd_free(b->bytes);
	*b = (struct kd_textblock){.has = false};
}

struct kd_error *kd_event_text(struct kd_db *db, const struct kd_event *e, struct kd_buf *ret)
{
	kd_auto(kd_textblock_deinit) struct kd_textblock b = {.has = false};
	struct kd_view text = KD_VNULL;
	struct kd_error *err = kd_event_text_in(db, e, &b, &text);

	if (!err && !kd_buf_add(ret, text))
		err = kd_error_new(KD_LIMIT, "the text of the event is longer than %zu bytes", ret->max);
	return err;
}
