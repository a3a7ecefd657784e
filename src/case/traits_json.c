// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The JSON of traits: {"v":1,"kind":…,"frames":[["c","func","file","module",1],…],"marks":[["cache","kmalloc-96"],…]}.
 * A frame ends behind its last part that is not absent.
 */
#include <string.h>

#include "base/alloc.h"
#include "base/jsonin.h"
#include "case/traits.h"

static const char *const roles[] = {"c", "a", "f", "o"};
static const char *const dirs[] = {NULL, "read", "write", "exec"};

static void text(struct kd_json *j, const char *key, struct kd_view v)
{
	if (v.n)
		kd_json_kv_str(j, key, v);
}

static void write_frame(struct kd_json *j, const struct kd_tframe *f)
{
	kd_json_begin_array(j);
	kd_json_strz(j, roles[f->role]);
	kd_json_str(j, f->func);
	if (f->file.n || f->module.n || f->inlined)
		kd_json_str(j, f->file);
	if (f->module.n || f->inlined)
		kd_json_str(j, f->module);
	if (f->inlined)
		kd_json_u64(j, 1);
	kd_json_end_array(j);
}

void kd_traits_write(struct kd_json *j, const struct kd_traits *t)
{
	kd_json_begin_object(j);
	kd_json_kv_u64(j, "v", 1);
	text(j, "kind", t->kind);
	text(j, "family", t->family);
	text(j, "what", t->what);
	if (t->dir)
		kd_json_kv_strz(j, "dir", dirs[t->dir]);
	if (t->size)
		kd_json_kv_u64(j, "size", t->size);
	text(j, "func", t->func);
	text(j, "file", t->file);
	if (t->line)
		kd_json_kv_u64(j, "line", t->line);
	if (t->vintage)
		kd_json_kv_u64(j, "vintage", t->vintage);
	text(j, "module", t->module);
	text(j, "subsystem", t->subsystem);
	text(j, "syscall", t->syscall);
	text(j, "title", t->title);
	kd_json_key(j, "marks");
	kd_json_begin_array(j);
	for (size_t i = 0; i < t->nmarks; i++) {
		kd_json_begin_array(j);
		kd_json_str(j, t->marks[i].key);
		kd_json_str(j, t->marks[i].value);
		kd_json_end_array(j);
	}
	kd_json_end_array(j);
	kd_json_key(j, "frames");
	kd_json_begin_array(j);
	for (size_t i = 0; i < t->nframes; i++)
		write_frame(j, &t->frames[i]);
	kd_json_end_array(j);
	kd_json_end_object(j);
}

struct in {
	struct kd_arena *arena;
	bool bad, full;
};

/* A text that may be absent, of at most the bytes that a text has. */
static struct kd_view take(struct in *in, struct kd_jval v)
{
	enum kd_jtype type = kd_jsonin_type(v);
	struct kd_view s, copy;

	if (type == KD_JABSENT)
		return KD_VNULL;
	/* U+FFFD has three bytes where one stood when it was written */
	if (!kd_jsonin_str(v, &s) || s.n > 3 * KD_TRAITS_TEXT_MAX) {
		in->bad = true;
		return KD_VNULL;
	}
	if (!s.n)
		return KD_VNULL;
	copy = kd_arena_view(in->arena, s);
	in->full |= !copy.p;
	return copy;
}

static uint32_t number(struct in *in, struct kd_jval v)
{
	uint64_t n = 0;

	if (kd_jsonin_type(v) != KD_JABSENT && (!kd_jsonin_u64(v, &n) || n > UINT32_MAX))
		in->bad = true;
	return in->bad ? 0 : (uint32_t)n;
}

/* Which of the words; the length of the table: none. */
static size_t word(struct kd_jval v, const char *const *words, size_t n)
{
	struct kd_view s;

	for (size_t i = 0; kd_jsonin_str(v, &s) && i < n; i++)
		if (words[i] && kd_view_eq(s, kd_view_of(words[i])))
			return i;
	return n;
}

static void read_frames(struct in *in, struct kd_jval list, struct kd_traits *t)
{
	uint8_t pos[KD_TF_ROLES] = {0}, last = 0;
	size_t n = kd_jsonin_len(list);

	if (n > KD_TRAITS_FRAMES_MAX) {
		in->bad = true;
		return;
	}
	t->frames = kd_arena_array(in->arena, n ? n : 1, struct kd_tframe);
	in->full |= !t->frames;
	for (size_t i = 0; i < n && t->frames && !in->bad; i++) {
		struct kd_jval f = kd_jsonin_at(list, i);
		struct kd_tframe *to = &t->frames[t->nframes++];
		size_t role = word(kd_jsonin_at(f, 0), roles, KD_TF_ROLES);

		if (role >= KD_TF_ROLES || role < last || pos[role] >= KD_TRAITS_STACK_MAX) {
			in->bad = true;
			return;
		}
		last = (uint8_t)role;
		to->role = (uint8_t)role;
		to->pos = pos[role]++;
		to->func = take(in, kd_jsonin_at(f, 1));
		to->file = take(in, kd_jsonin_at(f, 2));
		to->module = take(in, kd_jsonin_at(f, 3));
		to->inlined = number(in, kd_jsonin_at(f, 4)) != 0;
		in->bad |= !to->func.n;
	}
}

static void read_marks(struct in *in, struct kd_jval list, struct kd_traits *t)
{
	size_t n = kd_jsonin_len(list);

	if (n > KD_TRAITS_MARKS_MAX) {
		in->bad = true;
		return;
	}
	t->marks = kd_arena_array(in->arena, n ? n : 1, struct kd_tmark);
	in->full |= !t->marks;
	for (size_t i = 0; i < n && t->marks; i++) {
		struct kd_jval m = kd_jsonin_at(list, i);

		t->marks[i] = (struct kd_tmark){take(in, kd_jsonin_at(m, 0)), take(in, kd_jsonin_at(m, 1))};
		in->bad |= !t->marks[i].key.n || !t->marks[i].value.n;
		t->nmarks++;
	}
}

static void read_all(struct in *in, struct kd_jval o, struct kd_traits *t)
{
	struct kd_jval dir = kd_jsonin_get(o, "dir");

	t->kind = take(in, kd_jsonin_get(o, "kind"));
	t->family = take(in, kd_jsonin_get(o, "family"));
	t->what = take(in, kd_jsonin_get(o, "what"));
	if (kd_jsonin_type(dir) != KD_JABSENT) {
		size_t d = word(dir, dirs, KD_ARRAY_LEN(dirs));

		in->bad |= d >= KD_ARRAY_LEN(dirs);
		t->dir = in->bad ? 0 : (uint8_t)d;
	}
	t->size = number(in, kd_jsonin_get(o, "size"));
	t->func = take(in, kd_jsonin_get(o, "func"));
	t->file = take(in, kd_jsonin_get(o, "file"));
	t->line = number(in, kd_jsonin_get(o, "line"));
	t->vintage = number(in, kd_jsonin_get(o, "vintage"));
	t->module = take(in, kd_jsonin_get(o, "module"));
	t->subsystem = take(in, kd_jsonin_get(o, "subsystem"));
	t->syscall = take(in, kd_jsonin_get(o, "syscall"));
	t->title = take(in, kd_jsonin_get(o, "title"));
	read_marks(in, kd_jsonin_get(o, "marks"), t);
	read_frames(in, kd_jsonin_get(o, "frames"), t);
	in->bad |= !t->kind.n || !t->family.n;
}

struct kd_error *kd_traits_read(struct kd_view json, struct kd_arena *arena, struct kd_traits **ret)
{
	static const struct kd_jsonin_opts opts = {.max_bytes = KD_TRAITS_JSON_MAX, .max_depth = 4, .max_values = 1024};
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_traits *t = kd_arena_new(arena, struct kd_traits);
	struct in in = {.arena = arena};
	struct kd_error *err;
	uint64_t v;

	if (!t)
		return kd_error_new(KD_LIMIT, "the traits of a report need more memory than they may have");
	err = kd_jsonin_parse(json, &opts, &doc);
	if (err)
		return kd_error_wrap(err, "reading traits");
	if (!kd_jsonin_u64(kd_jsonin_get(kd_jsonin_root(doc), "v"), &v) || v != 1)
		return kd_error_new(KD_BADDATA, "reading traits: not of a form that this kdoc knows");
	read_all(&in, kd_jsonin_root(doc), t);
	if (in.full)
		return kd_error_new(KD_LIMIT, "the traits of a report need more memory than they may have");
	if (in.bad)
		return kd_error_new(KD_BADDATA, "reading traits: a part is not of its form");
	*ret = t;
	return NULL;
}
