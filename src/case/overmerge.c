// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/overmerge.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hashmap.h"

enum { BOOT_TEXT = 256 };

struct value { /* of one field */
	struct kd_view text;
	size_t boots;
};

struct scan {
	const struct kd_om_event *ev;
	size_t n;
	size_t field; /* offset of the view in struct kd_om_event */
	struct kd_arena *arena;
	struct kd_hashmap values; /* text → index in v */
	KD_VEC(struct value) v;
};

static struct kd_error *no_room(void)
{
	return kd_error_new(KD_LIMIT, "the events of the group need more memory than they may have");
}

static struct kd_view field(const struct kd_om_event *e, size_t offset)
{
	struct kd_view v;

	memcpy(&v, (const char *)e + offset, sizeof(v));
	return v;
}

/* "value NUL boot": each pair counts once. */
static struct kd_hashmap_entry *pair(struct kd_hashmap *seen, struct kd_view a, struct kd_view b, bool *is_new)
{
	char key[2 * BOOT_TEXT + 1];
	size_t n = kd_view_head(a, BOOT_TEXT).n, k = kd_view_head(b, BOOT_TEXT).n;

	memcpy(key, a.p, n);
	key[n] = '\0';
	if (k)
		memcpy(key + n + 1, b.p, k);
	return kd_hashmap_add(seen, kd_view(key, n + 1 + k), is_new);
}

/* How many boots have which value. */
static struct kd_error *count(struct scan *s)
{
	struct kd_hashmap seen = KD_HASHMAP_INIT(KD_OM_EVENTS_MAX, s->arena);
	struct kd_error *err = NULL;

	for (size_t i = 0; i < s->n && !err; i++) {
		struct kd_view text = field(&s->ev[i], s->field);
		struct kd_hashmap_entry *e;
		struct value *v;
		bool is_new, again = false;

		if (!text.n)
			continue;
		e = kd_hashmap_add(&s->values, text, &is_new);
		v = e && is_new ? kd_vec_push(&s->v, KD_OM_EVENTS_MAX) : NULL;
		if (!e || (is_new && !v)) {
			err = no_room();
			break;
		}
		if (is_new) {
			e->num = s->v.n - 1;
			v->text = text;
		}
		if (s->ev[i].boot.n) {
			if (!pair(&seen, text, s->ev[i].boot, &is_new))
				err = no_room();
			again = !is_new;
		}
		s->v.v[e->num].boots += !again;
	}
	kd_hashmap_deinit(&seen);
	return err;
}

/* Do the two values never meet in one release? Then it is the release that differs, not the bug. */
static bool by_release(const struct scan *s, struct kd_view a, struct kd_view b, bool *ret_full)
{
	struct kd_hashmap side = KD_HASHMAP_INIT(KD_OM_EVENTS_MAX, NULL);
	bool meet = false, unknown = false;

	for (size_t i = 0; i < s->n && !meet; i++) {
		struct kd_view text = field(&s->ev[i], s->field);
		size_t mine = kd_view_eq(text, a) ? 1 : kd_view_eq(text, b) ? 2 : 0;
		struct kd_hashmap_entry *e;

		if (!mine)
			continue;
		if (!s->ev[i].release.n) {
			unknown = true;
			continue;
		}
		e = kd_hashmap_add(&side, s->ev[i].release, NULL);
		if (!e) {
			*ret_full = true;
			break;
		}
		meet = e->num && e->num != mine;
		e->num = mine;
	}
	kd_hashmap_deinit(&side);
	return !meet && !unknown;
}

/* Which signatures stand on which side. */
static struct kd_error *sides(const struct scan *s, struct kd_om_finding *f)
{
	struct kd_hashmap map = KD_HASHMAP_INIT(KD_OM_EVENTS_MAX, NULL);

	f->only_a = kd_arena_array(s->arena, KD_OM_SIGNATURES_MAX, struct kd_view);
	f->only_b = kd_arena_array(s->arena, KD_OM_SIGNATURES_MAX, struct kd_view);
	if (!f->only_a || !f->only_b)
		return no_room();
	for (size_t i = 0; i < s->n; i++) {
		struct kd_view text = field(&s->ev[i], s->field);
		size_t mine = kd_view_eq(text, f->a) ? 1 : kd_view_eq(text, f->b) ? 2 : 0;
		struct kd_hashmap_entry *e = mine && s->ev[i].strict.n ? kd_hashmap_add(&map, s->ev[i].strict, NULL) : NULL;

		if (e)
			e->num |= mine;
	}
	kd_vec_each(e, &map.entries) {
		if (e->num == 3)
			f->mixed++;
		else if (e->num == 1 && f->nonly_a < KD_OM_SIGNATURES_MAX)
			f->only_a[f->nonly_a++] = e->key;
		else if (e->num == 2 && f->nonly_b < KD_OM_SIGNATURES_MAX)
			f->only_b[f->nonly_b++] = e->key;
	}
	kd_hashmap_deinit(&map);
	return NULL;
}

static int by_boots(const void *x, const void *y)
{
	const struct value *a = x, *b = y;

	if (a->boots != b->boots)
		return a->boots < b->boots ? 1 : -1;
	return kd_view_cmp(a->text, b->text);
}

static struct kd_error *judge(struct scan *s, const char *what, const char *words, struct kd_overmerge *ret)
{
	struct kd_om_finding *f = &ret->finding[ret->nfindings];
	size_t all = 0;
	bool full = false;
	struct kd_error *err;

	kd_vec_each(v, &s->v)
		all += v->boots;
	if (s->v.n < 2)
		return NULL;
	qsort(s->v.v, s->v.n, sizeof(*s->v.v), by_boots);
	if (s->v.v[1].boots < KD_OM_MIN_BOOTS || (double)s->v.v[1].boots < KD_OM_MIN_SHARE * (double)all ||
	    by_release(s, s->v.v[0].text, s->v.v[1].text, &full))
		return full ? no_room() : NULL;
	*f = (struct kd_om_finding){.what = what, .a = kd_arena_view(s->arena, s->v.v[0].text),
				    .b = kd_arena_view(s->arena, s->v.v[1].text), .boots_a = s->v.v[0].boots,
				    .boots_b = s->v.v[1].boots, .boots_other = all - s->v.v[0].boots - s->v.v[1].boots};
	err = sides(s, f);
	if (err)
		return err;
	f->words = kd_arena_printf(s->arena, "%s: %zu boots with %.*s, %zu with %.*s", words, f->boots_a, KD_VARG(f->a), f->boots_b,
				   KD_VARG(f->b));
	ret->nfindings++;
	return f->words.p ? NULL : no_room();
}

static struct kd_error *boots(const struct kd_om_event *ev, size_t n, size_t *ret)
{
	struct kd_hashmap map = KD_HASHMAP_INIT(KD_OM_EVENTS_MAX, NULL);
	struct kd_error *err = NULL;
	size_t alone = 0;

	for (size_t i = 0; i < n && !err; i++) {
		if (!ev[i].boot.n)
			alone++;
		else if (!kd_hashmap_add(&map, ev[i].boot, NULL))
			err = no_room();
	}
	*ret = map.entries.n + alone;
	kd_hashmap_deinit(&map);
	return err;
}

struct kd_error *kd_overmerge_find(const struct kd_om_event *ev, size_t n, struct kd_arena *arena, struct kd_overmerge *ret)
{
	static const struct {
		const char *what, *words;
		size_t offset;
	} rows[KD_OM_FINDINGS] = {
		{"access", "two kinds of access", offsetof(struct kd_om_event, access)},
		{"place", "two guilty lines in one release", offsetof(struct kd_om_event, place)},
		{"stack", "two stacks in one release", offsetof(struct kd_om_event, stack)},
	};
	struct kd_error *err;

	if (n > KD_OM_EVENTS_MAX)
		return kd_error_new(KD_LIMIT, "a group of more than %d events is not looked at", KD_OM_EVENTS_MAX);
	memset(ret, 0, sizeof(*ret));
	ret->events = n;
	err = boots(ev, n, &ret->boots);
	for (size_t i = 0; i < KD_OM_FINDINGS && !err; i++) {
		struct scan s = {.ev = ev, .n = n, .field = rows[i].offset, .arena = arena};

		s.values = KD_HASHMAP_INIT(KD_OM_EVENTS_MAX, NULL);
		err = count(&s);
		if (!err)
			err = judge(&s, rows[i].what, rows[i].words, ret);
		kd_hashmap_deinit(&s.values);
		kd_vec_free(&s.v);
	}
	return err;
}
