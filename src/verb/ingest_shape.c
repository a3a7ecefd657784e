// SPDX-License-Identifier: GPL-2.0-or-later
/* Is an input a log, lines of JSON, or one JSON value? */
#include "verb/ingest_internal.h"

#include "base/alloc.h"

/* The first line of v without blanks around it; v is what follows. */
static struct kd_view first_line(struct kd_view *v)
{
	size_t n = kd_view_chr(*v, '\n');
	struct kd_view line = kd_view_head(*v, n == KD_NPOS ? v->n : n);

	*v = kd_view_from(*v, n == KD_NPOS ? v->n : n + 1);
	return kd_view_trim(line);
}

/* A file that was cut at its front, or whose first line was not finished: the second one is an event? */
static bool cut_line_first(struct kd_view v)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_view first = first_line(&v), second = first_line(&v);
	struct kd_error *err;

	if (!first.n || (first.p[0] != '{' && first.p[first.n - 1] != '}') || !second.n || second.p[0] != '{')
		return false;
	err = kd_jsonin_parse(second, NULL, &doc);
	if (err) {
		kd_error_free(err);
		return false;
	}
	return !kd_ingest_is_log_line(&(struct kd_ingest_object){.tree = kd_jsonin_root(doc)});
}

bool kd_ingest_broken_json(struct kd_view v)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_view line = first_line(&v), after;

	after = line.n ? kd_view_trim(kd_view_from(line, 1)) : line;
	if (!line.n || !(line.p[0] == '{' ? !after.n || after.p[0] == '"' : line.p[0] == '[' && after.n && after.p[0] == '{'))
		return false;
	err = kd_jsonin_parse(line, NULL, &doc);
	return err != NULL;
}

enum kd_ingest_shape kd_ingest_shape(struct kd_view text, bool whole)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_view v = whole ? kd_view_trim(text) : text;
	struct kd_error *err;
	enum kd_ingest_shape s = KD_INGEST_LINES;
	size_t n;

	while (v.n && kd_is_space(*v.p))
		v = kd_view_from(v, 1);
	if (!v.n || (*v.p != '{' && *v.p != '['))
		return cut_line_first(v) ? KD_INGEST_LINES : KD_INGEST_LOG;
	n = kd_view_chr(v, '\n');
	err = kd_jsonin_parse(kd_view_head(v, n == KD_NPOS ? v.n : n), NULL, &doc);
	if (err && whole) {
		kd_error_free(err);
		err = kd_jsonin_parse(v, NULL, &doc);
		s = KD_INGEST_VALUE;
	} else if (!err && n == KD_NPOS) {
		s = KD_INGEST_VALUE;
	}
	if (err) { /* "[    0.000000] Linux version …" */
		kd_error_free(err);
		return cut_line_first(v) ? KD_INGEST_LINES : KD_INGEST_LOG;
	}
	if (kd_jsonin_type(kd_jsonin_root(doc)) != KD_JOBJECT && s == KD_INGEST_LINES)
		return KD_INGEST_LOG; /* "[12]" on a line of its own */
	return kd_ingest_is_log_line(&(struct kd_ingest_object){.tree = kd_jsonin_root(doc)}) ? KD_INGEST_LOG : s;
}

bool kd_ingest_may_be_value(struct kd_view v)
{
	while (v.n && kd_is_space(*v.p))
		v = kd_view_from(v, 1);
	if (v.n && *v.p == '{')
		return !kd_view_has(kd_view_head(v, kd_view_chr(v, '\n')), KD_V("\"MESSAGE\"")); /* the journal's lines */
	return v.n > 1 && *v.p == '[' && !kd_is_digit(v.p[1]) && !kd_is_blank(v.p[1]);
}
