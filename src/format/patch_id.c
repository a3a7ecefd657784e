// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What `git patch-id --stable` computes, found out from git-patch-id(1) and by trying git 2.39: the lines of each file's
 * diff without white space go into a SHA-1, and the files' sums are added byte by byte with carry from the
 * first byte on. Some of it nobody would have made up:
 *
 *   - a file without hunks (a mode, a rename, an empty file) has no sum of its own: its head's lines begin the next
 *     file's;
 *   - of a binary file the two ids of its "index" line go in, as they are printed there, then the sum ends, and the next
 *     file's "diff --git" line does not count;
 *   - "\ No newline at end of file" does not count, nor do the "index" and "@@" lines;
 *   - lines are C strings: what stands behind a NUL does not count;
 *   - a hunk ends by its counts, and the first line that then begins neither a hunk nor a file ends the patch.
 */
#include "format/patch.h"

#include "base/sha1.h"
#include "format/patch_line.h"

enum { ROOM = 8192, PIECE = 4096 };

struct machine {
	struct kd_sha1 sha;
	uint8_t *sum;
	int64_t before, after; /* lines that the hunk still has of each side; before == -1: in a head */
	bool binary, any;
	struct kd_view old_id, new_id;
	size_t n; /* of text */
	char text[ROOM];
};

static void flush_text(struct machine *m)
{
	kd_sha1_update(&m->sha, kd_view(m->text, m->n));
	m->n = 0;
}

static void end_sum(struct machine *m)
{
	uint8_t one[KD_SHA1_LEN];
	unsigned carry = 0;

	flush_text(m);
	kd_sha1_final(&m->sha, one);
	kd_sha1_init(&m->sha);
	for (unsigned i = 0; i < KD_SHA1_LEN; i++) {
		carry += (unsigned)m->sum[i] + one[i];
		m->sum[i] = (uint8_t)carry;
		carry >>= 8;
	}
}

/* White space to git: not the form feed, not the vertical tab. */
static bool counts(char c)
{
	return c != ' ' && c != '\n' && c != '\t' && c != '\r';
}

/* n <= 16 bytes without their white space; the number of those that remain. Writes up to n bytes. */
static size_t squeeze_few(const char *p, size_t n, char *out)
{
	size_t k = 0;

	for (size_t i = 0; i < n; i++) {
		out[k] = p[i];
		k += counts(p[i]);
	}
	return k;
}

/* The same of any number. */
static size_t squeeze(const char *p, size_t n, char *out)
{
	char *const first = out;

#ifdef __SSE2__
	for (; n >= 16; p += 16, n -= 16) {
		const __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
		const __m128i a = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8(' ')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\n')));
		const __m128i b = _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('\t')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\r')));

		if (_mm_movemask_epi8(_mm_or_si128(a, b))) {
			out += squeeze_few(p, 16, out);
		} else {
			_mm_storeu_si128((__m128i *)(void *)out, x);
			out += 16;
		}
	}
#endif
	return (size_t)(out - first) + squeeze_few(p, n, out);
}

static void add(struct machine *m, struct kd_view v)
{
	while (v.n) {
		const struct kd_view piece = kd_view_head(v, PIECE);

		if (m->n > ROOM - PIECE)
			flush_text(m);
		m->n += squeeze(piece.p, piece.n, m->text + m->n);
		v = kd_view_from(v, piece.n);
	}
}

/* Whether the line begins another commit of a stream: one ends there. */
static bool begins_commit(struct kd_view line)
{
	(void)(kd_view_skip(&line, KD_V("commit ")) || kd_view_skip(&line, KD_V("From ")));
	if (line.n < 40)
		return false;
	for (size_t i = 0; i < 40; i++)
		if (!kd_is_xdigit(line.p[i]))
			return false;
	return true;
}

/* "index a..b MODE" */
static void index_line(struct machine *m, struct kd_view line)
{
	const size_t dots = kd_view_find(line, KD_V(".."));
	struct kd_view new;
	size_t end;

	if (dots == KD_NPOS)
		return;
	new = kd_view_from(line, dots);
	end = kd_view_chr(new, ' ');
	if (end == KD_NPOS)
		end = new.n - 1; /* the newline */
	m->old_id = kd_view_head(kd_view(line.p + 6, dots < 6 ? 0 : dots - 6), 64);
	m->new_id = end < 2 ? KD_VNULL : kd_view_head(kd_view(new.p + 2, end - 2), 64);
}

enum step {
	COUNT, /* the line goes into the sum */
	SKIP,
	END,
};

static enum step head_step(struct machine *m, struct kd_view line)
{
	if (kd_view_starts(line, KD_V("GIT binary patch")) || kd_view_starts(line, KD_V("Binary files"))) {
		m->binary = true;
		m->before = 0;
		flush_text(m);
		kd_sha1_update(&m->sha, m->old_id);
		kd_sha1_update(&m->sha, m->new_id);
		end_sum(m);
		return SKIP;
	}
	if (kd_view_starts(line, KD_V("index "))) {
		index_line(m, line);
		return SKIP;
	}
	if (kd_view_starts(line, KD_V("--- ")))
		m->before = m->after = 1; /* it and the "+++" line are as a hunk's */
	else if (!line.n || !kd_is_alpha(*line.p))
		return END;
	return COUNT;
}

/* The number at p, as atoi() has it: 0 without digits. */
static int64_t number(struct kd_view v)
{
	uint64_t x;

	return kd_view_take_dec(&v, &x) && x <= INT32_MAX ? (int64_t)x : 0;
}

static size_t digits(struct kd_view v)
{
	size_t n = 0;

	while (n < v.n && kd_is_digit(v.p[n]))
		n++;
	return n;
}

/* One of the two ranges; false when it has no digits. What was read stays also when the line turns out to be none. */
static bool range(struct kd_view *v, int64_t *count)
{
	size_t n = digits(*v);

	*v = kd_view_from(*v, n);
	if (kd_view_skip(v, KD_V(","))) {
		n = digits(*v);
		*count = number(*v);
		*v = kd_view_from(*v, n);
	} else {
		*count = 1;
	}
	return n != 0;
}

static void hunk_line(struct machine *m, struct kd_view line)
{
	line = kd_view_from(line, 4);
	if (range(&line, &m->before) && kd_view_skip(&line, KD_V(" +")))
		(void)range(&line, &m->after);
}

static enum step line_step(struct machine *m, struct kd_view line)
{
	const bool diff = kd_view_starts(line, KD_V("diff "));
	enum step step;

	if (*line.p == '\\' && kd_view_starts(line, KD_V("\\ ")) && line.n > 12)
		return SKIP;
	if ((kd_is_xdigit(*line.p) || *line.p == 'F') && begins_commit(line))
		return END;
	if (!m->any && !diff)
		return SKIP;
	if (m->before == -1) {
		step = head_step(m, line);
		if (step != COUNT)
			return step;
	}
	if (m->binary) {
		if (diff) {
			m->binary = false;
			m->before = -1;
		}
		return SKIP;
	}
	if (m->before == 0 && m->after == 0) {
		if (kd_view_starts(line, KD_V("@@ -"))) {
			hunk_line(m, line);
			return SKIP;
		}
		if (!diff)
			return END;
		end_sum(m);
		m->before = m->after = -1;
	}
	m->before -= *line.p == '-' || *line.p == ' ';
	m->after -= *line.p == '+' || *line.p == ' ';
	return COUNT;
}

/* A hunk that is as it says can go in as a whole: the ends of its lines are white space. */
static bool is_plain(const struct kd_patch_hunk *h)
{
	return !h->flags && h->body.n && !memchr(h->body.p, 0, h->body.n);
}

bool kd_patch_id(const struct kd_patch *patch, uint8_t ret[KD_PATCH_ID_LEN])
{
	const struct kd_patch_hunk *h = patch->hunks;
	size_t left = patch->nhunks; /* of hunks from h on */
	uint8_t sum[KD_SHA1_LEN] = {0};
	struct kd_view rest = patch->text, line;
	struct machine m;

	m.sum = sum;
	m.before = m.after = -1;
	m.binary = m.any = false;
	m.old_id = m.new_id = KD_VNULL;
	m.n = 0;
	kd_sha1_init(&m.sha);
	while (kd_patch_line(&rest, &line)) {
		const bool between = !m.binary && m.before == 0 && m.after == 0;
		enum step step;

		line = kd_view_head(line, kd_view_chr(line, '\0'));
		if (!line.n) /* only a NUL: an empty string, which ends what it may */
			line = KD_V("\0");
		step = line_step(&m, line);
		if (step == END)
			break;
		if (step == COUNT) {
			add(&m, *line.p ? line : KD_VNULL);
			m.any = true;
			continue;
		}
		for (; left && h->body.p < rest.p; left--)
			h++;
		if (between && left && h->body.p == rest.p && is_plain(h)) {
			add(&m, h->body);
			rest = kd_view(h->body.p + h->body.n, (size_t)(rest.p + rest.n - (h->body.p + h->body.n)));
			m.before = m.after = 0;
		}
	}
	if (!m.any)
		return false;
	end_sum(&m);
	memcpy(ret, sum, sizeof(sum));
	return true;
}
