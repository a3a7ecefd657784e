// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/known_text.h"

#include "base/alloc.h"
#include "base/jsonin.h"

/* ---- members, as both forms have them ---- */

struct member {
	const char *name;
	size_t offset; /* of a struct kd_view in struct kd_known */
};

static const struct member members[] = {
	{"id", offsetof(struct kd_known, id)},
	{"title", offsetof(struct kd_known, title)},
	{"ticket", offsetof(struct kd_known, ticket)},
	{"fix", offsetof(struct kd_known, fix)},
	{"workaround", offsetof(struct kd_known, workaround)},
	{"notes", offsetof(struct kd_known, notes)},
};

static struct kd_error *put_match(struct kd_known *k, struct kd_view v)
{
	struct kd_known_by *b = &k->by[k->nby];
	struct kd_view how;

	if (k->nby == KD_KNOWN_MATCHES)
		return kd_error_new(KD_INVALID, "more than %d matches", KD_KNOWN_MATCHES);
	if (!kd_view_take_until(&v, KD_V(":"), &how) || !kd_known_how_of(how, &b->how))
		return kd_error_new(KD_INVALID, "a match is strict:…, normal:…, loose:… or group:…");
	b->value = v;
	k->nby++;
	return NULL;
}

/* One member; also "match" and "status". */
static struct kd_error *put(struct kd_known *k, struct kd_view name, struct kd_view value)
{
	if (kd_view_eq(name, KD_V("match")))
		return put_match(k, value);
	if (kd_view_eq(name, KD_V("status")))
		return kd_known_status_of(value, &k->status) ? NULL
							     : kd_error_new(KD_INVALID, "'%.*s' is no status: open, mitigated, fixed, wontfix, retired",
									    KD_VARG(kd_view_head(value, 40)));
	for (size_t i = 0; i < KD_ARRAY_LEN(members); i++)
		if (kd_view_eq(name, kd_view_of(members[i].name))) {
			struct kd_view *to = (struct kd_view *)((char *)k + members[i].offset);

			if (to->n)
				return kd_error_new(KD_BADDATA, "'%s' is there twice", members[i].name);
			*to = value;
			return NULL;
		}
	return kd_error_new(KD_BADDATA, "'%.*s' is nothing that a known issue has", KD_VARG(kd_view_head(name, 40)));
}

/* ---- Markdown ---- */

static bool next_line(struct kd_view *rest, struct kd_view *line)
{
	if (!kd_view_take_part(rest, KD_V("\n"), line))
		return false;
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

static struct kd_error *read_head(struct kd_view *rest, struct kd_known *k)
{
	struct kd_view line, name;
	unsigned no = 1;

	if (!next_line(rest, &line) || !kd_view_eq(kd_view_trim(line), KD_V("---")))
		return kd_error_new(KD_BADDATA, "line 1 is not '---'");
	while (next_line(rest, &line)) {
		struct kd_error *err;

		no++;
		line = kd_view_trim(line);
		if (kd_view_eq(line, KD_V("---")))
			return NULL;
		if (!line.n || *line.p == '#')
			continue;
		if (!kd_view_take_until(&line, KD_V(":"), &name))
			return kd_error_new(KD_BADDATA, "line %u of the head is no 'name: value'", no);
		err = put(k, kd_view_trim(name), kd_view_trim(line));
		if (err)
			return kd_error_wrap(err, "line %u", no);
	}
	return kd_error_new(KD_BADDATA, "the head has no end ('---')");
}

/* Text under a heading, up to the next of ours; the same heading again goes on. */
static struct kd_error *read_body(struct kd_view rest, struct kd_arena *a, struct kd_known *k)
{
	kd_auto(kd_buf_deinit) struct kd_buf workaround = KD_BUF_INIT(KD_KNOWN_TEXT + 1), notes = KD_BUF_INIT(KD_KNOWN_TEXT + 1);
	struct kd_buf *to = &notes;
	struct kd_view line;

	while (next_line(&rest, &line)) {
		if (kd_view_ieq(kd_view_trim(line), KD_V("## Workaround"))) {
			to = &workaround;
		} else if (kd_view_ieq(kd_view_trim(line), KD_V("## Notes"))) {
			to = &notes;
		} else {
			kd_buf_add(to, line);
			kd_buf_addc(to, '\n');
		}
	}
	if (workaround.overflow || notes.overflow)
		return kd_error_new(KD_LIMIT, "workaround or notes are longer than %zu bytes", KD_KNOWN_TEXT);
	if (kd_view_trim(kd_buf_view(&workaround)).n)
		k->workaround = kd_arena_view(a, kd_view_trim(kd_buf_view(&workaround)));
	if (kd_view_trim(kd_buf_view(&notes)).n)
		k->notes = kd_arena_view(a, kd_view_trim(kd_buf_view(&notes)));
	return NULL;
}

static struct kd_error *read_markdown(struct kd_view text, struct kd_arena *a, kd_known_fn *fn, void *user)
{
	struct kd_known k = {.status = KD_KNOWN_OPEN};
	struct kd_error *err = read_head(&text, &k);

	if (!err)
		err = read_body(text, a, &k);
	if (!err)
		err = kd_known_check(&k);
	return err ? err : fn(user, &k);
}

/* ---- JSON ---- */

static struct kd_error *read_object(struct kd_jval v, kd_known_fn *fn, void *user)
{
	struct kd_known k = {.status = KD_KNOWN_OPEN};
	struct kd_view name, text;
	struct kd_error *err = NULL;
	struct kd_jval x;

	if (kd_jsonin_type(v) != KD_JOBJECT)
		return kd_error_new(KD_BADDATA, "is no object");
	for (void *it = NULL; !err && kd_jsonin_next(v, &it, &name, &x);) {
		if (kd_jsonin_type(x) == KD_JARRAY && kd_view_eq(name, KD_V("match"))) {
			for (size_t i = 0; i < kd_jsonin_len(x) && !err; i++)
				err = kd_jsonin_str(kd_jsonin_at(x, i), &text) ? put_match(&k, kd_view_trim(text)) : kd_error_new(KD_BADDATA, "a match is no text");
		} else if (kd_jsonin_str(x, &text)) {
			err = put(&k, name, kd_view_trim(text));
		} else if (kd_jsonin_type(x) != KD_JNULL) {
			err = kd_error_new(KD_BADDATA, "'%.*s' is no text", KD_VARG(kd_view_head(name, 40)));
		}
	}
	if (!err)
		err = kd_known_check(&k);
	return err ? err : fn(user, &k);
}

static struct kd_error *read_json(struct kd_view text, kd_known_fn *fn, void *user)
{
	static const struct kd_jsonin_opts opts = {.max_bytes = KD_KNOWN_FILE_MAX, .max_depth = 8, .max_values = 200000};
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_jsonin_parse(text, &opts, &doc);
	struct kd_jval root;

	if (err)
		return err;
	root = kd_jsonin_root(doc);
	if (kd_jsonin_type(root) != KD_JARRAY)
		return read_object(root, fn, user);
	for (size_t i = 0; i < kd_jsonin_len(root) && !err; i++)
		err = kd_error_wrap(i < KD_KNOWN_FILE_ENTRIES ? read_object(kd_jsonin_at(root, i), fn, user)
							      : kd_error_new(KD_LIMIT, "more than %d entries", KD_KNOWN_FILE_ENTRIES),
				    "object %zu", i + 1);
	return err;
}

/* ---- both ---- */

bool kd_known_is_text(struct kd_view text)
{
	struct kd_view v = kd_view_trim(text), line;

	return v.n && (*v.p == '{' || *v.p == '[' || (next_line(&v, &line) && kd_view_eq(kd_view_trim(line), KD_V("---"))));
}

struct kd_error *kd_known_read(struct kd_view text, struct kd_arena *a, kd_known_fn *fn, void *user)
{
	struct kd_view v = kd_view_trim(text);

	if (text.n > KD_KNOWN_FILE_MAX)
		return kd_error_new(KD_LIMIT, "a file of known issues has at most %zu bytes", KD_KNOWN_FILE_MAX);
	if (v.n && (*v.p == '{' || *v.p == '['))
		return read_json(v, fn, user);
	return read_markdown(v, a, fn, user);
}

static void put_line(struct kd_buf *b, const char *name, struct kd_view v)
{
	if (v.n)
		kd_buf_printf(b, "%s: %.*s\n", name, KD_VARG(v));
}

void kd_known_write(const struct kd_known *k, struct kd_buf *ret)
{
	kd_buf_add(ret, KD_V("---\n"));
	put_line(ret, "id", k->id);
	put_line(ret, "title", k->title);
	put_line(ret, "status", kd_view_of(kd_known_status_name(k->status)));
	put_line(ret, "ticket", k->ticket);
	put_line(ret, "fix", k->fix);
	for (size_t i = 0; i < k->nby; i++)
		kd_buf_printf(ret, "match: %s:%.*s\n", kd_known_how_name(k->by[i].how), KD_VARG(k->by[i].value));
	kd_buf_add(ret, KD_V("---\n"));
	if (k->workaround.n)
		kd_buf_printf(ret, "\n## Workaround\n\n%.*s\n", KD_VARG(k->workaround));
	if (k->notes.n)
		kd_buf_printf(ret, "\n## Notes\n\n%.*s\n", KD_VARG(k->notes));
}
