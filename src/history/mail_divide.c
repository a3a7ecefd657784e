// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What each line of a body is: text, quoted, of a diff, of a signature.
 *
 * A diff ends where its hunks end: each says how many lines it has (POSIX diff -u), so that text behind it is text
 * again. "-- " begins a signature (RFC 3676, 4.3), also the one that git format-patch writes behind a patch.
 */
#include "base/alloc.h"
#include "history/mail_internal.h"

struct divide {
	struct kd_arena *a;
	struct kd_mail *m;
	KD_VEC(struct kd_mail_span) spans;
	uint64_t old_left, new_left; /* lines of the hunk that are still to come */
	bool in_diff, in_signature, cut;
};

static bool take_range(struct kd_view *v, char sign, uint64_t *n)
{
	uint64_t start;

	if (!v->n || v->p[0] != sign)
		return false;
	*v = kd_view_from(*v, 1);
	*n = 1;
	if (!kd_view_take_dec(v, &start))
		return false;
	return !kd_view_skip(v, KD_V(",")) || kd_view_take_dec(v, n);
}

static bool hunk_header(struct kd_view line, uint64_t *old_n, uint64_t *new_n)
{
	return kd_view_skip(&line, KD_V("@@ ")) && take_range(&line, '-', old_n) && kd_view_skip(&line, KD_V(" ")) &&
	       take_range(&line, '+', new_n) && kd_view_starts(line, KD_V(" @@"));
}

/* Lines between "diff --git" and the first hunk; and "Index:" of other tools. */
static bool between_hunks(struct kd_view line)
{
	static const char *const starts[] = {
		"diff --git ", "diff ", "index ", "--- ", "+++ ", "new file mode ", "deleted file mode ", "old mode ",
		"new mode ", "similarity index ", "dissimilarity index ", "rename from ", "rename to ", "copy from ",
		"copy to ", "Binary files ", "GIT binary patch", "Index: ", "=======", "\\ No newline",
	};

	for (size_t i = 0; i < KD_ARRAY_LEN(starts); i++)
		if (kd_view_starts(line, kd_view_of(starts[i])))
			return true;
	return false;
}

/* Does a diff begin with this line? `rest` follows it. */
static bool diff_begins(struct kd_view line, struct kd_view rest)
{
	struct kd_view second, third;
	uint64_t a, b;

	if (kd_view_starts(line, KD_V("diff --git a/")))
		return true;
	return kd_view_starts(line, KD_V("--- ")) && kd_mail_line(&rest, &second) &&
	       kd_view_starts(second, KD_V("+++ ")) && kd_mail_line(&rest, &third) && hunk_header(third, &a, &b);
}

/* A line inside of a diff; false: it is none of it, the diff has ended. */
static bool diff_line(struct divide *d, struct kd_view line)
{
	char c = line.n ? line.p[0] : ' '; /* mail programs take the blank of an empty line */

	if (d->old_left || d->new_left) {
		if ((c == ' ' || c == '\t') && d->old_left && d->new_left) {
			d->old_left--;
			d->new_left--;
			return true;
		}
		if (c == '-' && d->old_left)
			return d->old_left--, true;
		if (c == '+' && d->new_left)
			return d->new_left--, true;
		if (c == '\\')
			return true;
		d->old_left = d->new_left = 0; /* damaged, or broken by a mail program */
	}
	return hunk_header(line, &d->old_left, &d->new_left) || between_hunks(line);
}

static enum kd_mail_span_kind kind_of(struct divide *d, struct kd_view line, struct kd_view rest)
{
	if (d->in_diff && diff_line(d, line))
		return KD_SPAN_DIFF;
	d->in_diff = false;
	if (kd_view_eq(line, KD_V("-- "))) {
		d->in_signature = true;
		return KD_SPAN_SIGNATURE;
	}
	if (diff_begins(line, rest)) {
		d->in_signature = false; /* another patch, attached behind the text */
		d->in_diff = true;
		d->old_left = d->new_left = 0;
		return KD_SPAN_DIFF;
	}
	if (d->in_signature)
		return KD_SPAN_SIGNATURE;
	if (kd_view_starts(line, KD_V(">")) || kd_view_starts(line, KD_V("| ")))
		return KD_SPAN_QUOTE;
	return KD_SPAN_TEXT;
}

static void add(struct divide *d, enum kd_mail_span_kind kind, size_t off, size_t n)
{
	struct kd_mail_span *last = d->spans.n ? &d->spans.v[d->spans.n - 1] : NULL;

	if (last && (last->kind == kind || d->cut)) {
		last->n += n;
		return;
	}
	last = kd_avec_push(d->a, &d->spans, KD_MAIL_SPANS_MAX);
	if (last) {
		*last = (struct kd_mail_span){.kind = kind, .off = off, .n = n};
	} else { /* the last one takes the rest */
		d->cut = true;
		d->m->damage |= KD_MAIL_CUT;
		if (d->spans.n)
			d->spans.v[d->spans.n - 1].n += n;
	}
}

/* Where git am ends the commit message: "---" alone in a line, or the diff. */
static void find_message(struct kd_mail *m)
{
	struct kd_view rest, line;

	if (!m->diff_n)
		return;
	rest = kd_view_head(m->body, m->diff_off);
	m->message_n = m->diff_off;
	while (kd_mail_line(&rest, &line))
		if (kd_view_eq(kd_view_trim(line), KD_V("---"))) {
			m->message_n = (size_t)(line.p - m->body.p);
			return;
		}
}

struct kd_error *kd_mail_divide(struct kd_arena *a, struct kd_mail *m)
{
	struct divide d = {.a = a, .m = m};
	struct kd_view rest = m->body, line;

	while (kd_mail_line(&rest, &line)) {
		size_t off = (size_t)(line.p - m->body.p), next = m->body.n - rest.n;

		add(&d, kind_of(&d, line, rest), off, next - off);
	}
	m->spans = d.spans.v;
	m->nspans = d.spans.n;
	for (size_t i = 0; i < d.spans.n && !m->diff_n; i++)
		if (d.spans.v[i].kind == KD_SPAN_DIFF) {
			m->diff_off = d.spans.v[i].off;
			m->diff_n = d.spans.v[i].n;
		}
	if (m->subject.patch || m->diff_n)
		find_message(m);
	return NULL;
}
