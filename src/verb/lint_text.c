// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/lint_text.h"

#include "base/alloc.h"
#include "base/jsonin.h"
#include "base/source.h"

#define PIECE 65536

/* Members whose strings are what the answer shows, not what it says. */
static bool is_shown(struct kd_view key)
{
	static const struct kd_view shown[] = {
		KD_V("schema"), KD_V("tool"), KD_V("id"), KD_V("locator"), KD_V("digest"), KD_V("sha256"), KD_V("quote"), KD_V("recheck"),
		KD_V("input"), KD_V("file"), KD_V("name"), KD_V("next"), KD_V("raw"), KD_V("line"), KD_V("lines"), KD_V("log"),
		KD_V("frames"), KD_V("code"), KD_V("value"), KD_V("status"), KD_V("part"), KD_V("topic"), KD_V("kind"), KD_V("func"),
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(shown); i++)
		if (kd_view_eq(key, shown[i]))
			return true;
	return false;
}

/* --- strings of JSON, with their places --------------------------------------------------------------------- */

/* At a quotation mark: the bytes up to the closing one. The document was parsed before, so there is one. */
static struct kd_view raw_string(struct kd_view rest)
{
	size_t n = 1;

	while (n < rest.n && rest.p[n] != '"')
		n += rest.p[n] == '\\' ? 2 : 1;
	return n <= rest.n ? kd_view(rest.p + 1, n - 1) : KD_VNULL;
}

/* Escapes are as long in the text as in the file, so that columns stay right: what is no letter becomes blanks. */
static void add_string(struct kd_lint_text *t, struct kd_view raw, size_t at)
{
	struct kd_lint_piece *piece = kd_vec_push(&t->piece, KD_PROSE_BLOCKS_MAX);

	if (!piece)
		return;
	*piece = (struct kd_lint_piece){.at = t->text.n, .raw = at};
	for (size_t i = 0; i < raw.n; i++) {
		const bool escape = raw.p[i] == '\\' && i + 1 < raw.n;

		if (!escape) {
			(void)kd_buf_addc(&t->text, raw.p[i] == '\n' ? ' ' : raw.p[i]);
			continue;
		}
		i++;
		(void)kd_buf_addc(&t->text, ' ');
		(void)kd_buf_addc(&t->text, raw.p[i] == '"' || raw.p[i] == '/' ? raw.p[i] : ' ');
		for (unsigned k = 0; raw.p[i] == 'u' && k < 4 && i + 1 < raw.n; k++, i++)
			(void)kd_buf_addc(&t->text, ' ');
	}
	(void)kd_buf_add(&t->text, KD_V("\n\n"));
}

static void add_strings(struct kd_lint_text *t)
{
	const struct kd_view file = kd_buf_view(&t->file);
	struct kd_view key = KD_VNULL;

	for (size_t at = 0; at < file.n;) {
		const struct kd_view rest = kd_view_from(file, at);
		struct kd_view s, behind;

		if (*rest.p != '"') {
			at++;
			continue;
		}
		s = raw_string(rest);
		if (!s.p)
			return;
		at += s.n + 2;
		behind = kd_view_trim(kd_view_head(kd_view_from(file, at), 16));
		if (behind.n && *behind.p == ':')
			key = s;
		else if (!is_shown(key) && kd_view_chr(s, ' ') != KD_NPOS)
			add_string(t, s, (size_t)(s.p - file.p));
	}
}

static bool is_answer(struct kd_view text)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err;
	struct kd_view schema;
	bool yes;

	text = kd_view_trim(text);
	if (!text.n || *text.p != '{')
		return false;
	err = kd_jsonin_parse(text, NULL, &doc);
	yes = !err && kd_jsonin_str(kd_jsonin_get(kd_jsonin_root(doc), "schema"), &schema) && kd_view_starts(schema, KD_V("kdoc."));
	kd_error_free(err);
	return yes;
}

/* --- all --------------------------------------------------------------------------------------------------- */

struct kd_error *kd_lint_text_read(struct kd_ctx *ctx, const char *path, struct kd_lint_text *t)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_error *err = kd_source_open(path, &src);
	size_t n = 1;
	char *to;

	while (!err && n && !(err = kd_ctx_check(ctx))) {
		to = kd_buf_reserve(&t->text, PIECE);
		if (!to)
			return kd_error_new(KD_LIMIT, "%s: a report of more than %zu bytes is not read", path, KD_PROSE_MAX - PIECE);
		err = kd_source_read(src, to, PIECE, &n);
		t->text.n += err ? 0 : n;
	}
	if (err)
		return err;
	if (kd_view_chr(kd_buf_view(&t->text), '\0') != KD_NPOS)
		return kd_error_new(KD_BADDATA, "%s is no text", path);
	t->answer = is_answer(kd_buf_view(&t->text));
	if (t->answer) {
		const struct kd_buf file = t->text;

		t->text = t->file;
		t->file = file;
		add_strings(t);
	}
	return NULL;
}

void kd_lint_text_deinit(struct kd_lint_text *t)
{
	kd_buf_deinit(&t->text);
	kd_buf_deinit(&t->file);
	kd_vec_free(&t->piece);
}

void kd_lint_text_place(const struct kd_lint_text *t, const struct kd_prose *p, size_t offset, uint64_t *line_ret, uint64_t *column_ret)
{
	size_t raw = 0, start = 0;

	if (!t->answer) {
		kd_prose_place(p, offset, line_ret, column_ret);
		return;
	}
	for (size_t i = 0; i < t->piece.n && t->piece.v[i].at <= offset; i++)
		raw = t->piece.v[i].raw + (offset - t->piece.v[i].at);
	*line_ret = 1;
	for (size_t i = 0; i < raw && i < t->file.n; i++) {
		*line_ret += t->file.p[i] == '\n';
		start = t->file.p[i] == '\n' ? i + 1 : start;
	}
	*column_ret = raw - start + 1;
}
