// SPDX-License-Identifier: GPL-2.0-or-later
#include "format/patch.h"

#include "base/vec.h"
#include "format/patch_line.h"

const struct kd_patch_limits kd_patch_limits_default = {.files = 65536, .hunks = 1 << 20, .problems = 100};

struct state {
	const char *start, *end, *p; /* of the text, and the line that is next */
	struct kd_arena *arena;
	const struct kd_patch_limits *limits;
	struct kd_patch *patch;
	KD_VEC(struct kd_patch_file) files;
	KD_VEC(struct kd_patch_hunk) hunks;
	KD_VEC(struct kd_patch_problem) problems;
	bool full; /* the arena */
};

const char *kd_patch_status_name(enum kd_patch_status status)
{
	static const char *const names[] = {
		[KD_PATCH_MODIFIED] = "modified", [KD_PATCH_ADDED] = "added",	[KD_PATCH_DELETED] = "deleted",
		[KD_PATCH_RENAMED] = "renamed",	  [KD_PATCH_COPIED] = "copied", [KD_PATCH_MODE] = "mode",
	};

	return names[status];
}

const char *kd_patch_problem_name(enum kd_patch_problem_kind kind)
{
	static const char *const names[] = {
		[KD_PATCH_BAD_NAME] = "names of a file cannot be told",
		[KD_PATCH_BAD_HUNK] = "no line and count behind @@",
		[KD_PATCH_BAD_COUNT] = "lines of a hunk are not as many as it counts",
		[KD_PATCH_COMBINED] = "diff of a merge, skipped",
		[KD_PATCH_STRAY] = "lines that belong to no file",
	};

	return names[kind];
}

static void problem(struct state *s, enum kd_patch_problem_kind kind, const char *at)
{
	struct kd_patch_problem *p;

	s->patch->all_problems++;
	if (s->problems.n >= s->limits->problems)
		return;
	p = kd_avec_push(s->arena, &s->problems, s->limits->problems);
	if (p)
		*p = (struct kd_patch_problem){.kind = kind, .off = (size_t)(at - s->start)};
	else
		s->full = true;
}

static bool at_line(const struct state *s, struct kd_view prefix)
{
	return kd_view_starts(kd_view(s->p, (size_t)(s->end - s->p)), prefix);
}

/* The next line without its end; s->p moves behind it. */
static struct kd_view take_line(struct state *s)
{
	const char *from = s->p;

	s->p = kd_patch_eol(from, s->end);
	return kd_patch_chomp(kd_view(from, (size_t)(s->p - from)));
}

/* --- names ------------------------------------------------------------------------------------------------ */

/* The character behind a backslash, or 0: quote.c of git knows these besides octal. */
static char unescape(char c)
{
	switch (c) {
	case 'a':
		return '\a';
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'v':
		return '\v';
	case '"':
	case '\\':
		return c;
	default:
		return 0;
	}
}

static bool octal(struct kd_view v, char *ret)
{
	unsigned x = 0;

	if (v.n < 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (v.p[i] < '0' || v.p[i] > '7')
			return false;
		x = x << 3 | (unsigned)(v.p[i] - '0');
	}
	*ret = (char)x;
	return x < 256;
}

/* A name in quotes at the front of *v, decoded into the arena; *v moves behind it. */
static bool take_quoted(struct state *s, struct kd_view *v, struct kd_view *ret)
{
	char *out = kd_arena_raw(s->arena, v->n ? v->n : 1);
	size_t n = 0, i = 1;

	if (!out) {
		s->full = true;
		return false;
	}
	for (; i < v->n && v->p[i] != '"'; i++) {
		char c = v->p[i];

		if (c == '\\') {
			c = i + 1 < v->n ? unescape(v->p[i + 1]) : 0;
			if (c) {
				i++;
			} else {
				if (!octal(kd_view_from(*v, i + 1), &c))
					return false;
				i += 3;
			}
		}
		out[n++] = c;
	}
	if (i >= v->n)
		return false;
	*ret = kd_view(out, n);
	*v = kd_view_from(*v, i + 1);
	return true;
}

/* A whole name of a head's line ("rename from …"), perhaps in quotes. */
static struct kd_view name_of(struct state *s, struct kd_view v)
{
	struct kd_view ret;

	if (v.n && *v.p == '"')
		return take_quoted(s, &v, &ret) ? ret : KD_VNULL;
	return v;
}

/* Without "a/", or another letter (diff.mnemonicPrefix). */
static struct kd_view without_prefix(struct kd_view v)
{
	return v.n > 2 && v.p[1] == '/' && kd_is_alpha(v.p[0]) ? kd_view_from(v, 2) : v;
}

/* Of a "---" or "+++" line: a name with a blank in it has a tab behind it, other programs' times follow one. */
static struct kd_view side_name(struct state *s, struct kd_view v, bool prefixed)
{
	struct kd_view name;

	if (v.n && *v.p != '"')
		v = kd_view_head(v, kd_view_chr(v, '\t'));
	if (kd_view_eq(v, KD_V("/dev/null")))
		return KD_VNULL;
	name = name_of(s, v);
	return prefixed ? without_prefix(name) : name;
}

/*
 * "a/NAME b/NAME", where NAME may have blanks: the two halves are as long as each other unless the file
 * was renamed, and then lines of their own say so. *ret_prefixed is whether there are prefixes: two
 * equal halves have none (diff.noprefix).
 */
static bool names_of_diff(struct state *s, struct kd_view v, struct kd_view *ret_old, struct kd_view *ret_new,
			  bool *ret_prefixed)
{
	struct kd_view a, b;

	*ret_prefixed = true;
	if (v.n && *v.p == '"') {
		if (!take_quoted(s, &v, &a) || !kd_view_skip(&v, KD_V(" ")))
			return false;
		b = name_of(s, v);
	} else if (v.n && v.p[v.n - 1] == '"') {
		const size_t at = kd_view_find(v, KD_V(" \""));

		if (at == KD_NPOS)
			return false;
		a = kd_view_head(v, at);
		b = name_of(s, kd_view_from(v, at + 1));
	} else {
		if (v.n < 3 || v.n % 2 == 0 || v.p[v.n / 2] != ' ')
			return false;
		a = kd_view_head(v, v.n / 2);
		b = kd_view_from(v, v.n / 2 + 1);
	}
	*ret_prefixed = !kd_view_eq(a, b);
	if (*ret_prefixed) {
		a = without_prefix(a);
		b = without_prefix(b);
	}
	*ret_old = a;
	*ret_new = b;
	return a.n && kd_view_eq(a, b);
}

static enum kd_patch_lang lang_of(struct kd_view path)
{
	static const struct {
		struct kd_view end;
		enum kd_patch_lang lang;
	} rows[] = {
		{KD_V("c"), KD_PATCH_C},   {KD_V("h"), KD_PATCH_C},   {KD_V("S"), KD_PATCH_ASM},  {KD_V("rs"), KD_PATCH_RUST},
		{KD_V("y"), KD_PATCH_C},   {KD_V("l"), KD_PATCH_C},   {KD_V("cc"), KD_PATCH_C},	  {KD_V("cpp"), KD_PATCH_C},
		{KD_V("hpp"), KD_PATCH_C},
	};
	const size_t dot = kd_view_rchr(path, '.');
	struct kd_view end;

	if (dot == KD_NPOS)
		return KD_PATCH_OTHER;
	end = kd_view_from(path, dot + 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (kd_view_eq(end, rows[i].end))
			return rows[i].lang;
	return KD_PATCH_OTHER;
}

/* --- a file's head ---------------------------------------------------------------------------------------- */

static uint32_t mode_of(struct kd_view v)
{
	uint32_t mode = 0;

	for (size_t i = 0; i < v.n && i < 7; i++) {
		if (v.p[i] < '0' || v.p[i] > '7')
			return 0;
		mode = mode << 3 | (uint32_t)(v.p[i] - '0');
	}
	return mode;
}

/* "a..b" or "a..b MODE" */
static void index_line(struct kd_patch_file *f, struct kd_view v)
{
	struct kd_view old;

	if (!kd_view_take_until(&v, KD_V(".."), &old))
		return;
	f->old_id = old;
	if (kd_view_chr(v, ' ') == KD_NPOS) {
		f->new_id = v;
		return;
	}
	(void)kd_view_take_until(&v, KD_V(" "), &f->new_id);
	f->old_mode = f->new_mode = mode_of(v);
}

struct head {
	struct kd_view old, new; /* as the first line has them */
	bool prefixed, named;	 /* by a line that says nothing else */
};

static bool rename_line(struct state *s, struct kd_patch_file *f, struct kd_view v, struct head *h)
{
	const bool from = kd_view_skip(&v, KD_V("rename from ")) || kd_view_skip(&v, KD_V("copy from "));
	uint64_t percent;

	if (from || kd_view_skip(&v, KD_V("rename to ")) || kd_view_skip(&v, KD_V("copy to "))) {
		*(from ? &f->old_path : &f->new_path) = name_of(s, v);
		h->named = true;
		return true;
	}
	if (kd_view_skip(&v, KD_V("similarity index "))) {
		if (kd_view_take_dec(&v, &percent) && percent <= 100)
			f->similarity = (uint8_t)percent;
		return true;
	}
	return kd_view_starts(v, KD_V("dissimilarity index "));
}

static bool mode_line(struct kd_patch_file *f, struct kd_view v)
{
	if (kd_view_skip(&v, KD_V("old mode "))) {
		f->old_mode = mode_of(v);
		f->status = KD_PATCH_MODE;
	} else if (kd_view_skip(&v, KD_V("new mode "))) {
		f->new_mode = mode_of(v);
	} else if (kd_view_skip(&v, KD_V("new file mode "))) {
		f->new_mode = mode_of(v);
		f->status = KD_PATCH_ADDED;
	} else if (kd_view_skip(&v, KD_V("deleted file mode "))) {
		f->old_mode = mode_of(v);
		f->status = KD_PATCH_DELETED;
	} else {
		return false;
	}
	return true;
}

/* One line of a head; false when it is none. */
static bool head_line(struct state *s, struct kd_patch_file *f, struct kd_view v, struct head *h)
{
	switch (v.n ? *v.p : 0) {
	case 'i':
		if (!kd_view_skip(&v, KD_V("index ")))
			return false;
		index_line(f, v);
		return true;
	case 'o':
	case 'n':
		return mode_line(f, v);
	case 'd':
		return mode_line(f, v) || rename_line(s, f, v, h);
	case 'r':
	case 'c':
		if (!rename_line(s, f, v, h))
			return false;
		f->status = *v.p == 'r' ? KD_PATCH_RENAMED : KD_PATCH_COPIED;
		return true;
	case 's':
		return rename_line(s, f, v, h);
	case 'B':
		f->binary |= kd_view_starts(v, KD_V("Binary files "));
		return f->binary;
	case 'G':
		f->binary |= kd_view_starts(v, KD_V("GIT binary patch"));
		return f->binary;
	default:
		return false;
	}
}

/* Names that no line of its own gave: "---" and "+++" first, then the first line. */
static void name_file(struct state *s, struct kd_patch_file *f, const struct head *h, struct kd_view minus,
		      struct kd_view plus)
{
	if (!h->named && minus.p) {
		f->old_path = side_name(s, minus, h->prefixed);
		f->new_path = side_name(s, plus, h->prefixed);
	} else if (!h->named) {
		f->old_path = f->status == KD_PATCH_ADDED ? KD_VNULL : h->old;
		f->new_path = f->status == KD_PATCH_DELETED ? KD_VNULL : h->new;
	}
	if (!f->old_path.n)
		f->old_path = KD_VNULL;
	if (!f->new_path.n)
		f->new_path = KD_VNULL;
	f->lang = lang_of(kd_patch_path(f));
}

/* Blocks of base 85 digits ("literal 10", "delta 4") and empty lines, up to what no such line is. */
static void skip_binary(struct state *s)
{
	while (s->p < s->end && *s->p != '-' && !at_line(s, KD_V("diff --")))
		(void)take_line(s);
}

static void file_head(struct state *s, struct kd_patch_file *f)
{
	const char *from = s->p;
	struct kd_view v = take_line(s), minus = KD_VNULL, plus = KD_VNULL;
	struct head h = {.named = false};
	const char *before = s->p;

	v = kd_view_from(v, KD_V("diff --git ").n);
	if (!names_of_diff(s, v, &h.old, &h.new, &h.prefixed))
		h.old = h.new = KD_VNULL;
	while (s->p < s->end && !f->binary) {
		before = s->p;
		v = take_line(s);
		if (kd_view_skip(&v, KD_V("--- ")) && at_line(s, KD_V("+++ "))) {
			minus = v;
			plus = kd_view_from(take_line(s), 4);
			before = s->p;
			break;
		}
		if (!head_line(s, f, v, &h))
			break;
		before = s->p;
	}
	s->p = before;
	if (f->binary)
		skip_binary(s);
	f->head = kd_view(from, (size_t)(s->p - from));
	name_file(s, f, &h, minus, plus);
	if (f->status == KD_PATCH_MODE && (minus.p || f->binary))
		f->status = KD_PATCH_MODIFIED;
	if (!kd_patch_path(f).n)
		problem(s, KD_PATCH_BAD_NAME, from);
}

/* --- hunks ------------------------------------------------------------------------------------------------ */

/* "12" or "12,3" */
static bool take_range(struct kd_view *v, uint32_t *ret_start, uint32_t *ret_count)
{
	uint64_t start, count = 1;

	if (!kd_view_take_dec(v, &start) || (kd_view_skip(v, KD_V(",")) && !kd_view_take_dec(v, &count)))
		return false;
	if (start > INT32_MAX || count > INT32_MAX)
		return false;
	*ret_start = (uint32_t)start;
	*ret_count = (uint32_t)count;
	return true;
}

static bool hunk_line(struct kd_view v, struct kd_patch_hunk *h)
{
	if (!kd_view_skip(&v, KD_V("@@ -")) || !take_range(&v, &h->old_start, &h->old_count) ||
	    !kd_view_skip(&v, KD_V(" +")) || !take_range(&v, &h->new_start, &h->new_count) ||
	    !kd_view_skip(&v, KD_V(" @@")))
		return false;
	(void)kd_view_skip(&v, KD_V(" "));
	h->heading = v;
	return true;
}

/* The lines that the counts ask for. */
static void counted_lines(struct state *s, struct kd_patch_hunk *h)
{
	const char *p = s->p, *const end = s->end;
	uint32_t old = h->old_count, new = h->new_count;

	while (old | new && p < end) {
		const char c = *p;

		if (c == '+' && new) {
			new--;
			h->added++;
		} else if (c == '-' && old) {
			old--;
			h->removed++;
		} else if ((c == ' ' || c == '\n' || (c == '\r' && end - p > 1 && p[1] == '\n')) && old && new) {
			old--;
			new--;
			if (c != ' ')
				h->flags |= KD_PATCH_STRIPPED;
		} else if (c == '\\') {
			h->flags |= KD_PATCH_NO_EOL;
		} else {
			break;
		}
		p = kd_patch_eol(p, end);
	}
	s->p = p;
	if (old | new)
		h->flags |= KD_PATCH_SHORT;
}

/* Lines with a sign that nobody counted: "--" is where a mail's signature begins, or a list's foot. */
static void uncounted_lines(struct state *s, struct kd_patch_hunk *h)
{
	while (s->p < s->end) {
		const char c = *s->p;

		if (c == '\\') {
			h->flags |= KD_PATCH_NO_EOL;
		} else if (c == '+' || c == ' ' || (c == '-' && !at_line(s, KD_V("--")))) {
			h->flags |= KD_PATCH_LONG;
			h->added += c == '+';
			h->removed += c == '-';
		} else {
			return;
		}
		s->p = kd_patch_eol(s->p, s->end);
	}
}

/* False when the line is no hunk's. */
static bool one_hunk(struct state *s, struct kd_patch_file *f)
{
	struct kd_patch_hunk h = {.flags = 0}, *kept = NULL;
	const char *at = s->p, *body;

	if (!hunk_line(take_line(s), &h)) {
		problem(s, KD_PATCH_BAD_HUNK, at);
		return false;
	}
	body = s->p;
	counted_lines(s, &h);
	uncounted_lines(s, &h);
	h.body = kd_view(body, (size_t)(s->p - body));
	if (h.flags & KD_PATCH_CORRUPT)
		problem(s, KD_PATCH_BAD_COUNT, at);
	f->added += h.added;
	f->removed += h.removed;
	s->patch->all_hunks++;
	if (s->hunks.n < s->limits->hunks) {
		kept = kd_avec_room(s->arena, &s->hunks, s->limits->hunks) ? &s->hunks.v[s->hunks.n++] : NULL;
		s->full |= !kept;
	}
	if (kept) {
		*kept = h;
		f->nhunks++;
	}
	return true;
}

/* --- the whole -------------------------------------------------------------------------------------------- */

/* Lines of no file, up to the next. False at the end of the patch. */
static bool skip_stray(struct state *s)
{
	const char *from = NULL;

	for (; s->p < s->end && !at_line(s, KD_V("diff --")); s->p = kd_patch_eol(s->p, s->end)) {
		if (at_line(s, KD_V("--")))
			break;
		if (!from && *s->p != '\n' && *s->p != '\r')
			from = s->p;
	}
	if (from)
		problem(s, KD_PATCH_STRAY, from);
	return s->p < s->end && *s->p == 'd';
}

static void one_file(struct state *s)
{
	struct kd_patch_file f = {.hunk = (uint32_t)s->hunks.n}, *kept;

	file_head(s, &f);
	while (at_line(s, KD_V("@@ -")) && one_hunk(s, &f))
		;
	s->patch->added += f.added;
	s->patch->removed += f.removed;
	s->patch->all_files++;
	if (s->files.n >= s->limits->files)
		return;
	kept = kd_avec_room(s->arena, &s->files, s->limits->files) ? &s->files.v[s->files.n++] : NULL;
	if (kept)
		*kept = f;
	s->full |= !kept;
}

/* Where the first "diff " line of git is, or the end. */
static const char *first_diff(struct kd_view text)
{
	const char *const end = text.p + text.n;

	for (const char *p = text.p; p < end; p = kd_patch_line_with(p, end, 'd')) {
		struct kd_view line = kd_view(p, (size_t)(end - p));

		if (kd_view_skip(&line, KD_V("diff --")) &&
		    (kd_view_starts(line, KD_V("git ")) || kd_view_starts(line, KD_V("cc ")) ||
		     kd_view_starts(line, KD_V("combined "))))
			return p;
	}
	return end;
}

struct kd_error *kd_patch_parse(struct kd_view text, struct kd_arena *arena, const struct kd_patch_limits *limits,
				struct kd_patch *ret)
{
	struct kd_patch patch = {.nfiles = 0};
	struct state s = {.start = text.p, .end = text.p, .p = text.p, .arena = arena, .patch = &patch};

	s.limits = limits ? limits : &kd_patch_limits_default;
	if (text.n) {
		s.end = text.p + text.n;
		s.p = first_diff(text);
		patch.text = kd_view(s.p, (size_t)(s.end - s.p));
	}
	while (!s.full && s.p < s.end) {
		if (at_line(&s, KD_V("diff --git "))) {
			one_file(&s);
		} else if (at_line(&s, KD_V("diff --cc ")) || at_line(&s, KD_V("diff --combined "))) {
			problem(&s, KD_PATCH_COMBINED, s.p);
			(void)take_line(&s);
			while (s.p < s.end && !at_line(&s, KD_V("diff --")))
				(void)take_line(&s);
		} else if (at_line(&s, KD_V("diff --"))) {
			problem(&s, KD_PATCH_STRAY, s.p);
			(void)take_line(&s);
		} else if (!skip_stray(&s)) {
			break;
		}
	}
	if (s.full)
		return kd_error_new(KD_LIMIT, "a patch of %zu bytes needs more memory than there may be", text.n);
	patch.files = s.files.v;
	patch.nfiles = s.files.n;
	patch.hunks = s.hunks.v;
	patch.nhunks = s.hunks.n;
	patch.problems = s.problems.v;
	patch.nproblems = s.problems.n;
	*ret = patch;
	return NULL;
}

static bool is_commit(struct kd_view line, struct kd_view *ret_id)
{
	size_t n = 0;

	if (!kd_view_skip(&line, KD_V("commit ")))
		return false;
	while (n < line.n && kd_is_xdigit(line.p[n]))
		n++;
	*ret_id = kd_view_head(line, n);
	return n == 40 || n == 64;
}

/* The first line from p on that begins a commit, or end. */
static const char *find_commit(const char *p, const char *end, struct kd_view *ret_id)
{
	while (p < end && !is_commit(kd_view(p, (size_t)(end - p)), ret_id))
		p = kd_patch_line_with(p, end, 'c');
	return p;
}

bool kd_patch_next_commit(struct kd_view *rest, struct kd_view *ret_id, struct kd_view *ret_text)
{
	const char *end, *from, *next;
	struct kd_view id, other;

	if (!rest->n)
		return false;
	end = rest->p + rest->n;
	from = find_commit(rest->p, end, &id);
	if (from == end)
		return false;
	from = kd_patch_eol(from, end);
	next = find_commit(from, end, &other);
	*ret_id = id;
	*ret_text = kd_view(from, (size_t)(next - from));
	*rest = kd_view(next, (size_t)(end - next));
	return true;
}
