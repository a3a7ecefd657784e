// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is put in front of a subject on the way into somebody's tree: Android's kernels
 * (source.android.com, "Kernel commit tags": UPSTREAM, BACKPORT, FROMGIT, FROMLIST, ANDROID), ChromeOS
 * (the same and CHROMIUM), Ubuntu (wiki.ubuntu.com/Kernel/Dev/StablePatchFormat: UBUNTU, SAUCE),
 * mailing lists ("[PATCH v2 3/7]"), stable queues.
 */
#include "base/alloc.h"
#include "base/utf8.h"
#include "history/commit_internal.h"

/* Before a colon; any case. */
static const struct kd_view tags[] = {
	{"UPSTREAM", 8}, {"BACKPORT", 8}, {"FROMGIT", 7}, {"FROMLIST", 8}, {"FROMPULL", 8}, {"ANDROID", 7},
	{"CHROMIUM", 8}, {"UBUNTU", 6}, {"SAUCE", 5}, {"FIXUP", 5}, {"QUEUE", 5}, {"VENDOR", 6}, {"RFC", 3},
	{"WIP", 3}, {"TEMP", 4}, {"stable", 6}, {"backport", 8}, {"OPENEULER", 9}, {"ANOLIS", 6}, {"DROP", 4},
	{"Re", 2}, {"Fwd", 3}, {"mainline", 8}, {"UPSTREAM-COMMIT", 15}, {"ANDROID-BACKPORT", 16}, {"PICK", 4},
	{"FROMEXT", 7}, {"CHERRY-PICK", 11}, {"CHERRYPICK", 10}, {"cherry-picked", 13}, {"kABI", 4},
};

/* Such a tag in lower case begins titles of its own ("stable: …", "drop: …"): these only as written here. */
static bool is_tag(struct kd_view w)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(tags); i++)
		if (kd_view_eq(w, tags[i]) || (kd_view_ieq(w, tags[i]) && w.n && *w.p >= 'A' && *w.p <= 'Z'))
			return true;
	return false;
}

static bool digits_and_dots(struct kd_view w)
{
	for (size_t i = 0; i < w.n; i++)
		if (!kd_is_digit(w.p[i]) && w.p[i] != '.')
			return false;
	return w.n && kd_is_digit(*w.p);
}

/* Words in square brackets that lists, queues and distributions put there; "[media]" is a title's own. */
static bool is_bracket_tag(struct kd_view in)
{
	static const struct kd_view words[] = {
		{"PATCH", 5}, {"RFC", 3}, {"RESEND", 6}, {"AUTOSEL", 7}, {"Upstream", 8}, {"Backport", 8},
		{"stable", 6}, {"GIT", 3}, {"PULL", 4}, {"linux-stable", 12}, {"STABLE", 6}, {"review", 6},
		{"OLK", 3}, {"RHEL", 4}, {"SRU", 3}, {"PATCHv2", 7}, {"cherry-picked", 13}, {"commit", 6},
	};
	struct kd_view w = kd_view_trim(in), word;

	if (!kd_view_take_word(&w, &word))
		return false;
	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
		if (kd_view_ieq(word, words[i]) ||
		    (kd_view_istarts(word, words[i]) && !kd_is_alnum(word.p[words[i].n]) && word.p[words[i].n] != '_'))
			return true;
	/* "[5.10]", "[4.19.y]", "[5.15-rt]" */
	if (kd_view_starts(word, KD_V("v")))
		word = kd_view_from(word, 1);
	if (kd_view_ends(word, KD_V(".y")) || kd_view_ends(word, KD_V("-y")))
		word.n -= 2;
	return digits_and_dots(word) && kd_view_chr(word, '.') != KD_NPOS;
}

static bool skip_bracket(struct kd_view *v)
{
	struct kd_view w = *v, in;

	if (!kd_view_skip(&w, KD_V("[")) || !kd_view_take_until(&w, KD_V("]"), &in) || !is_bracket_tag(in))
		return false;
	w = kd_view_trim(w);
	if (w.n)
		kd_view_skip(&w, KD_V(":"));
	*v = kd_view_trim(w);
	return true;
}

static bool skip_tag(struct kd_view *v)
{
	size_t at = kd_view_chr(kd_view_head(*v, 24), ':');

	if (at == KD_NPOS || !is_tag(kd_view_head(*v, at)))
		return false;
	*v = kd_view_trim(kd_view_from(*v, at + 1));
	return true;
}

struct kd_view kd_commit_title(struct kd_view subject, struct kd_view *prefix_ret)
{
	struct kd_view v = kd_view_trim(subject), start = v, last = v;

	while (v.n && (skip_bracket(&v) || skip_tag(&v)) && v.n)
		last = v;
	if (last.n == start.n) {
		*prefix_ret = KD_VNULL;
		return last.n ? last : KD_VNULL;
	}
	*prefix_ret = kd_view_trim(kd_view_head(start, (size_t)(last.p - start.p)));
	return last;
}

/* Typographic quotation marks of UTF-8: U+2018 … U+201F. */
static size_t quote_mark(struct kd_view v)
{
	if (*v.p == '"' || *v.p == '\'' || *v.p == '`')
		return 1;
	if (v.n >= 3 && (unsigned char)v.p[0] == 0xe2 && (unsigned char)v.p[1] == 0x80 &&
	    (unsigned char)v.p[2] >= 0x98 && (unsigned char)v.p[2] <= 0x9f)
		return 3;
	return 0;
}

struct kd_view kd_commit_title_key(struct kd_arena *a, struct kd_view title)
{
	char *out = kd_arena_raw(a, title.n + 1);
	size_t n = 0;

	if (!out)
		return KD_VNULL;
	title = kd_view_trim(title);
	while (title.n) {
		size_t quote = quote_mark(title);
		char ch = *title.p;

		title = kd_view_from(title, quote ? quote : 1);
		if (quote)
			continue;
		if (kd_is_space(ch))
			ch = ' ';
		if (ch == ' ' && (!n || out[n - 1] == ' '))
			continue;
		out[n++] = ch >= 'A' && ch <= 'Z' ? (char)(ch | 0x20) : ch;
	}
	while (n && (out[n - 1] == '.' || out[n - 1] == ' '))
		n--;
	return kd_view(out, n);
}
