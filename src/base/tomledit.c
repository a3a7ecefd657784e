// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/tomledit.h"


struct scan {
	struct kd_view text;
	size_t at;
	const char *table, *name;
	struct kd_view header; /* of the table that the line is in, as it is written, between its brackets */
	struct kd_tomlplace *ret;
};

static struct kd_view rest_of(const struct scan *s)
{
	return kd_view_from(s->text, s->at);
}

/* Past a string, of one line or of several; false: it does not end. */
static bool skip_string(struct scan *s)
{
	const char q = s->text.p[s->at];
	const struct kd_view three = q == '"' ? KD_V("\"\"\"") : KD_V("'''");
	const bool many = kd_view_starts(rest_of(s), three);

	for (s->at += many ? 3 : 1; s->at < s->text.n; s->at++) {
		char c = s->text.p[s->at];

		if (c == '\\' && q == '"') {
			s->at++;
		} else if (many && kd_view_starts(rest_of(s), three)) {
			for (s->at += 3; s->at < s->text.n && s->text.p[s->at] == q;) /* it may end with five quotes */
				s->at++;
			return true;
		} else if (!many && c == q) {
			s->at++;
			return true;
		} else if (!many && c == '\n') {
			return false;
		}
	}
	return false;
}

/* To the end of the logical line: a string of several lines belongs to it. */
static struct kd_error *skip_line(struct scan *s)
{
	while (s->at < s->text.n) {
		const char c = s->text.p[s->at];
		const size_t start = s->at;

		if (c == '\n') {
			s->at++;
			return NULL;
		}
		if (c == '#') {
			size_t end = kd_view_chr(rest_of(s), '\n');

			s->at = end == KD_NPOS ? s->text.n : s->at + end;
		} else if (c == '"' || c == '\'') {
			if (!skip_string(s))
				return kd_error_at(KD_BADDATA, (int64_t)start, "no TOML: a string does not end");
		} else {
			s->at++;
		}
	}
	return NULL;
}

/* One part of a dotted key, without its quotes; moves past the dot. */
static bool take_part(struct kd_view *key, struct kd_view *ret)
{
	size_t end = 0;
	struct kd_view k = kd_view_trim(*key);

	if (!k.n)
		return false;
	if (*k.p == '"' || *k.p == '\'') {
		end = kd_view_chr(kd_view_from(k, 1), *k.p);
		if (end == KD_NPOS)
			return false;
		*ret = kd_view(k.p + 1, end);
		*key = kd_view_from(k, end + 2);
	} else {
		while (end < k.n && k.p[end] != '.' && k.p[end] != '=' && k.p[end] != ']' && !kd_is_blank(k.p[end]))
			end++;
		*ret = kd_view_head(k, end);
		*key = kd_view_from(k, end);
	}
	kd_view_skip_blank(key);
	kd_view_skip(key, KD_V("."));
	return true;
}

/* Does the dotted key begin with table and name (below: with name)? *ret_table_alone: it is table and nothing else. */
static bool names(const struct scan *s, struct kd_view key, bool below, bool *ret_table_alone)
{
	struct kd_view part;

	*ret_table_alone = false;
	if (!below) {
		if (!take_part(&key, &part) || !kd_view_eq(part, kd_view_of(s->table)))
			return false;
		key = kd_view_trim(key);
		*ret_table_alone = !key.n || *key.p == '=' || *key.p == ']';
	}
	return !*ret_table_alone && take_part(&key, &part) && kd_view_eq(part, kd_view_of(s->name));
}

static void judge_line(struct scan *s, struct kd_view line, size_t start)
{
	bool alone, hit;

	line = kd_view_trim(line);
	if (!line.n || *line.p == '#')
		return;
	if (kd_view_skip(&line, KD_V("["))) {
		kd_view_skip(&line, KD_V("["));
		s->header = line;
		hit = names(s, line, false, &alone);
	} else if (!s->header.p) {
		hit = names(s, line, false, &alone) || alone;
	} else {
		bool in_table;

		names(s, s->header, false, &in_table);
		hit = in_table && names(s, line, true, &alone);
	}
	if (hit && !s->ret->foreign) {
		s->ret->foreign = true;
		s->ret->foreign_at = start;
	}
}

/* Past the block that begins here. */
static struct kd_error *block(struct scan *s)
{
	const struct kd_view end_mark = KD_V(KD_TOMLEDIT_END);
	const size_t start = s->at;
	size_t end = kd_view_find(rest_of(s), end_mark);

	if (end == KD_NPOS || s->ret->has_block)
		return kd_error_at(KD_BADDATA, (int64_t)start, "a line \"# kdoc: begin\" %s",
				   s->ret->has_block ? "stands there twice" : "without \"# kdoc: end\"");
	s->at += end + end_mark.n;
	s->ret->has_block = true;
	s->ret->start = start;
	s->ret->end = s->at;
	s->header = KD_V("kdoc"); /* what follows is below our table, not at the root */
	return NULL;
}

struct kd_error *kd_tomledit_find(struct kd_view text, const char *table, const char *name, struct kd_tomlplace *ret)
{
	struct scan s = {.text = text, .table = table, .name = name, .ret = ret};
	struct kd_error *err = NULL;

	*ret = (struct kd_tomlplace){0};
	if (kd_view_starts(text, KD_V("\xef\xbb\xbf")))
		s.at = 3;
	while (!err && s.at < text.n) {
		const size_t start = s.at;

		if (kd_view_starts(rest_of(&s), KD_V(KD_TOMLEDIT_BEGIN))) {
			err = block(&s);
			continue;
		}
		err = skip_line(&s);
		if (!err)
			judge_line(&s, kd_view(text.p + start, s.at - start), start);
	}
	return err;
}
