// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/scan_rows.h"

#include <string.h>

#include "base/hash.h"
#include "report/generic.h"
#include "report/kind.h"

enum { TEXT_MAX = 1024, KEY_BYTES = 16 };

void kd_rows_init(struct kd_rows *r, bool fold)
{
	memset(r, 0, sizeof(*r));
	r->fold = fold;
	kd_spool_init(&r->spool, KD_SCAN_ROWS_MEMORY);
	r->keys = KD_ARENA_INIT((size_t)KD_SCAN_FOLD_MAX * 64);
	r->seen = KD_HASHMAP_INIT(KD_SCAN_FOLD_MAX, &r->keys);
}

void kd_rows_deinit(struct kd_rows *r)
{
	kd_spool_deinit(&r->spool);
	kd_hashmap_deinit(&r->seen);
	kd_arena_deinit(&r->keys);
	kd_vec_free(&r->folds);
}

void kd_rows_reset(struct kd_rows *r)
{
	kd_spool_reset(&r->spool);
	kd_hashmap_clear(&r->seen);
	kd_arena_reset(&r->keys);
	r->folds.n = 0;
	r->n = r->unfolded = 0;
}

static const struct kd_rline *first_stamped(const struct kd_report *rep)
{
	for (size_t i = 0; i < rep->nlines; i++)
		if (rep->lines[i].has_mono || rep->lines[i].wall.n)
			return &rep->lines[i];
	return NULL;
}

static void row_texts(const struct kd_report *rep, struct kd_scan_row *ret)
{
	const struct kd_rline *l = first_stamped(rep);
	struct kd_view *t = ret->text;

	t[KD_ROW_TITLE] = rep->title.n ? rep->title : rep->syz.title;
	t[KD_ROW_COMM] = rep->comm;
	t[KD_ROW_FUNC] = rep->has_where && !kd_func_is_section(rep->where.func) ? rep->where.func : rep->guilty.func;
	t[KD_ROW_SYZ_TITLE] = rep->syz.title;
	t[KD_ROW_SYZ_FRAME] = rep->syz.frame;
	t[KD_ROW_SYZ_EXECUTOR] = rep->syz.executor;
	t[KD_ROW_SYZ_GUILTY] = rep->syz.guilty_file;
	t[KD_ROW_SYZ_HEADER] = rep->syz.header;
	if (l) {
		t[KD_ROW_WALL] = l->wall;
		t[KD_ROW_HOST] = l->host;
		ret->has_mono = l->has_mono;
		ret->mono_us = l->mono_us;
	}
	for (size_t i = 0; i < KD_ROW_NTEXT; i++)
		t[i] = kd_view_head(t[i], TEXT_MAX);
	for (size_t i = 0; i < rep->syz.nalt && i < KD_ROW_ALT_MAX; i++)
		ret->alt[ret->nalt++] = kd_view_head(rep->syz.alt[i], TEXT_MAX);
}

void kd_row_of(const struct kd_report *rep, struct kd_scan_row *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->start_line = ret->last_line = rep->start_line;
	ret->end_line = rep->end_line;
	ret->count = 1;
	ret->kind = rep->kind;
	ret->syz_type = rep->syz.type;
	ret->number = rep->index + 1;
	ret->has_cpu = rep->has_cpu;
	ret->cpu = rep->cpu;
	ret->has_pid = rep->has_pid;
	ret->pid = rep->pid;
	ret->outcome = rep->outcome;
	ret->tier = rep->tier;
	ret->ctx = rep->ctx;
	ret->infrastructure = rep->infrastructure;
	ret->corrupted = rep->syz.corrupted;
	ret->panicked = rep->panicked;
	row_texts(rep, ret);
}

/* What makes two reports of a log the same: kind, title, outcome and place. */
static void row_key(const struct kd_report *rep, const struct kd_scan_row *row,
		    uint8_t ret[KD_SHA256_LEN])
{
	struct kd_sha256 h;
	char small[2] = {(char)row->outcome, (char)row->tier};

	kd_sha256_init(&h);
	kd_sha256_update(&h, kd_view_of(row->kind ? row->kind->name : ""));
	kd_sha256_update(&h, kd_view(small, sizeof(small)));
	kd_sha256_update(&h, row->text[KD_ROW_TITLE]);
	kd_sha256_update(&h, KD_V("\0"));
	kd_sha256_update(&h, kd_view_of(rep->sig[KD_SIG_STRICT].hex));
	kd_sha256_final(&h, ret);
}

/* A record: the struct, then the bytes of its views in order. */
static struct kd_error *store(struct kd_rows *r, const struct kd_scan_row *row)
{
	char rec[sizeof(*row) + (KD_ROW_NTEXT + KD_ROW_ALT_MAX) * TEXT_MAX];
	size_t n = sizeof(*row);

	memcpy(rec, row, sizeof(*row));
	for (size_t i = 0; i < KD_ROW_NTEXT + (size_t)row->nalt; i++) {
		struct kd_view v = i < KD_ROW_NTEXT ? row->text[i] : row->alt[i - KD_ROW_NTEXT];

		if (v.n)
			memcpy(rec + n, v.p, v.n);
		n += v.n;
	}
	r->n++;
	return kd_spool_add(&r->spool, kd_view(rec, n));
}

static bool load(struct kd_view rec, struct kd_scan_row *ret)
{
	if (rec.n < sizeof(*ret))
		return false;
	memcpy(ret, rec.p, sizeof(*ret));
	rec = kd_view_from(rec, sizeof(*ret));
	for (size_t i = 0; i < KD_ROW_NTEXT + (size_t)ret->nalt; i++) {
		struct kd_view *v = i < KD_ROW_NTEXT ? &ret->text[i] : &ret->alt[i - KD_ROW_NTEXT];

		*v = kd_view(v->p ? rec.p : NULL, v->n);
		rec = kd_view_from(rec, v->n);
	}
	return true;
}

struct kd_error *kd_rows_add(struct kd_rows *r, const struct kd_report *rep, bool *new_ret)
{
	struct kd_hashmap_entry *e = NULL;
	uint8_t key[KD_SHA256_LEN];
	struct kd_scan_row row;
	bool is_new = true;

	kd_row_of(rep, &row);
	*new_ret = true;
	if (r->fold) {
		row_key(rep, &row, key);
		e = kd_hashmap_add(&r->seen, kd_view((const char *)key, KEY_BYTES), &is_new);
		if (!e)
			r->unfolded++;
	}
	if (e && !is_new) {
		r->folds.v[e->num].count++;
		r->folds.v[e->num].last_line = row.start_line;
		*new_ret = false;
		return NULL;
	}
	if (e) {
		struct kd_row_fold *f = kd_vec_push(&r->folds, KD_SCAN_FOLD_MAX);

		e->num = r->folds.n - 1;
		*f = (struct kd_row_fold){1, row.start_line};
	}
	return store(r, &row);
}

struct kd_error *kd_rows_each(struct kd_rows *r,
			      struct kd_error *(*fn)(void *user, const struct kd_scan_row *row),
			      void *user)
{
	struct kd_error *err = kd_spool_rewind(&r->spool);
	struct kd_scan_row row;
	struct kd_view rec;

	for (size_t i = 0; !err; i++) {
		err = kd_spool_next(&r->spool, &rec);
		if (err || !rec.p || !load(rec, &row))
			break;
		if (i < r->folds.n) {
			row.count = r->folds.v[i].count;
			row.last_line = r->folds.v[i].last_line;
		}
		err = fn(user, &row);
	}
	return err;
}
