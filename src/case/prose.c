// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/prose.h"

#include "format/printk.h"

#define SPAN_MAX 2000 /* a quotation that is not closed by then was none */
#define FENCE 3

struct reader {
	struct kd_prose *p;
	struct kd_arena *arena;
	struct kd_prose_block *open; /* a paragraph or block that the next line may continue */
	size_t heading;
	struct kd_view fence; /* between fences: the opening one's characters */
	bool after_blank, full;
};

/* --- blocks ----------------------------------------------------------------------------------------------- */

static struct kd_prose_block *begin(struct reader *r, uint8_t kind, size_t start, size_t end)
{
	struct kd_prose_block *b = kd_avec_push(r->arena, &r->p->block, KD_PROSE_BLOCKS_MAX);

	r->open = b;
	if (!b) {
		r->full = true;
		return NULL;
	}
	*b = (struct kd_prose_block){.kind = kind, .start = start, .end = end, .heading = r->heading};
	return b;
}

/* A line of this kind: more of the open block, or the first of a new one. */
static void extend(struct reader *r, uint8_t kind, size_t start, size_t end)
{
	if (r->open && r->open->kind == kind)
		r->open->end = end;
	else
		(void)begin(r, kind, start, end);
}

static void begin_heading(struct reader *r, size_t start, size_t end)
{
	if (begin(r, KD_PROSE_HEADING, start, end))
		r->heading = r->p->block.n - 1;
	r->open = NULL;
}

static size_t indent_of(struct kd_view line)
{
	size_t n = 0;

	for (size_t i = 0; i < line.n && kd_is_blank(line.p[i]); i++)
		n += line.p[i] == '\t' ? 4 : 1;
	return n;
}

static size_t run_of(struct kd_view v, char c)
{
	size_t n = 0;

	while (n < v.n && v.p[n] == c)
		n++;
	return n;
}

static bool is_rule(struct kd_view v, char c)
{
	return v.n >= 3 && run_of(v, c) == v.n;
}

/* "PROVEN", "Root cause:": a short line that is a label for what follows. */
static bool is_label(struct kd_view v)
{
	bool capitals = v.n > 2;
	size_t blanks = 0;

	if (!v.n || v.n > 60)
		return false;
	for (size_t i = 0; i < v.n; i++) {
		blanks += v.p[i] == ' ';
		capitals = capitals && (v.p[i] == ' ' || (v.p[i] >= 'A' && v.p[i] <= 'Z'));
	}
	return capitals || (v.p[v.n - 1] == ':' && blanks < 5 && kd_is_alpha(v.p[0]));
}

static bool is_item(struct kd_view v)
{
	size_t digits = 0;

	if (v.n > 1 && (v.p[0] == '-' || v.p[0] == '*' || v.p[0] == '+') && kd_is_blank(v.p[1]))
		return true;
	while (digits < v.n && kd_is_digit(v.p[digits]))
		digits++;
	return digits && digits < 4 && digits + 1 < v.n && (v.p[digits] == '.' || v.p[digits] == ')') &&
	       kd_is_blank(v.p[digits + 1]);
}

/* Does its prefix show that a kernel printed it? */
static bool is_log_line(struct kd_view line)
{
	const uint32_t sure = KD_DIS_TIME | KD_DIS_DMESG_TIME | KD_DIS_KMSG | KD_DIS_SYSLOG3164 | KD_DIS_JOURNAL;
	struct kd_logline l;

	kd_printk_strip(line, &l);
	return (l.disguise & sure) && l.text.n;
}

/* Inside of a fence, or at one. */
static bool fenced(struct reader *r, struct kd_view text, size_t start, size_t end)
{
	const char mark = text.n ? text.p[0] : 0;
	const size_t n = mark == '`' || mark == '~' ? run_of(text, mark) : 0;

	if (r->fence.n) {
		if (n >= r->fence.n && mark == *r->fence.p && !kd_view_trim(kd_view_from(text, n)).n) {
			r->fence = KD_VNULL;
			r->open = NULL;
		} else if (r->open) {
			r->open->end = end;
		}
		return true;
	}
	if (n < FENCE || kd_view_chr(kd_view_from(text, n), '`') != KD_NPOS)
		return false;
	r->fence = kd_view_head(text, n);
	if (begin(r, KD_PROSE_CODE, end, end))
		r->open->info = kd_view_trim(kd_view_from(text, n));
	(void)start;
	return true;
}

static void text_line(struct reader *r, struct kd_view line, struct kd_view text, size_t start, size_t end)
{
	const size_t hashes = run_of(text, '#');

	if (hashes && hashes < 7 && hashes < text.n && kd_is_blank(text.p[hashes])) {
		begin_heading(r, start, end);
	} else if ((is_rule(text, '=') || is_rule(text, '-')) && r->open && r->open->kind == KD_PROSE_PARAGRAPH) {
		r->open->kind = KD_PROSE_HEADING;
		r->heading = (size_t)(r->open - r->p->block.v);
		r->open = NULL;
	} else if (is_label(text)) {
		begin_heading(r, start, end);
	} else if (is_item(text) || text.p[0] == '|') {
		(void)begin(r, KD_PROSE_PARAGRAPH, start, end);
	} else if (r->after_blank && indent_of(line) >= 4 && !(r->open && r->open->kind == KD_PROSE_PARAGRAPH)) {
		extend(r, KD_PROSE_CODE, start, end);
	} else {
		extend(r, KD_PROSE_PARAGRAPH, start, end);
	}
}

static void one_line(struct reader *r, struct kd_view line, size_t start, size_t end)
{
	const struct kd_view text = kd_view_trim(line);

	if (fenced(r, text, start, end))
		return;
	if (!text.n) {
		/* an empty line in the middle of indented code belongs to it if code goes on */
		if (!(r->open && r->open->kind == KD_PROSE_CODE))
			r->open = NULL;
		r->after_blank = true;
		return;
	}
	if (r->open && r->open->kind == KD_PROSE_CODE && indent_of(line) < 4)
		r->open = NULL;
	if (is_log_line(text))
		extend(r, KD_PROSE_LOG, start, end);
	else if (text.p[0] == '>')
		extend(r, KD_PROSE_QUOTED, start, end);
	else
		text_line(r, line, text, start, end);
	r->after_blank = r->open && r->open->kind == KD_PROSE_CODE;
}

static void read_lines(struct reader *r)
{
	const struct kd_view text = r->p->text;
	size_t at = 0;

	r->after_blank = true;
	while (at < text.n && !r->full) {
		const struct kd_view rest = kd_view_from(text, at);
		const size_t i = kd_view_chr(rest, '\n'), len = i == KD_NPOS ? rest.n : i;
		const size_t next = i == KD_NPOS ? text.n : at + i + 1;
		size_t *line = kd_avec_push(r->arena, &r->p->line, KD_PROSE_MAX);

		if (line)
			*line = at;
		r->full = r->full || !line;
		one_line(r, kd_view_head(rest, len), at, next);
		at = next;
	}
}

/* --- words ------------------------------------------------------------------------------------------------ */

struct words {
	struct reader *r;
	const struct kd_prose_block *b;
	size_t at, first; /* first: word of the sentence */
	uint32_t sentence;
	bool clause;
};

static char look(const struct words *w, size_t at)
{
	return at < w->b->end ? w->r->p->text.p[at] : 0;
}

static void end_sentence(struct words *w, bool asks)
{
	struct kd_prose *p = w->r->p;

	for (size_t i = w->first; asks && i < p->word.n; i++)
		p->word.v[i].asks = true;
	w->sentence += p->word.n > w->first;
	w->first = p->word.n;
	w->clause = true;
}

/* How long the mark is that opens or closes a quotation: ", “ ”, „; 0: none. */
static size_t quote_mark(struct kd_view v)
{
	if (v.n && v.p[0] == '"')
		return 1;
	return kd_view_starts(v, KD_V("“")) || kd_view_starts(v, KD_V("”")) || kd_view_starts(v, KD_V("„")) ? 3 : 0;
}

/* At a backtick or quotation mark: past what it encloses, within the block. */
static bool take_span(struct words *w)
{
	const struct kd_view rest = kd_view(w->r->p->text.p + w->at, w->b->end - w->at);
	const bool code = rest.p[0] == '`';
	const size_t mark = code ? run_of(rest, '`') : quote_mark(rest);
	struct kd_prose_span *s;

	for (size_t i = mark; mark && i < rest.n && i < SPAN_MAX; i++) {
		const size_t n = code ? run_of(kd_view_from(rest, i), '`') : quote_mark(kd_view_from(rest, i));

		if (code && n && n != mark)
			i += n - 1;
		if (!n || (code && n != mark))
			continue;
		s = kd_avec_push(w->r->arena, &w->r->p->span, KD_PROSE_WORDS_MAX);
		if (s)
			*s = (struct kd_prose_span){.at = w->at + mark, .n = i - mark, .code = code};
		w->r->full = w->r->full || !s;
		w->at += i + n;
		return true;
	}
	return false;
}

static bool is_word_byte(char c)
{
	return kd_is_word(c) || (unsigned char)c >= 0x80;
}

static void take_word(struct words *w)
{
	struct kd_prose_word *word = kd_avec_push(w->r->arena, &w->r->p->word, KD_PROSE_WORDS_MAX);
	const size_t start = w->at;

	for (char c = look(w, w->at); is_word_byte(c) || ((c == '\'' || c == '-') && is_word_byte(look(w, w->at + 1)));
	     c = look(w, w->at))
		w->at++;
	if (word)
		*word = (struct kd_prose_word){
			.at = start, .n = (uint32_t)(w->at - start), .sentence = w->sentence, .clause = w->clause};
	w->r->full = w->r->full || !word;
	w->clause = false;
}

/* A full stop ends a sentence unless it goes on in small letters ("e.g. this", "6.1"). */
static bool ends_here(const struct words *w)
{
	size_t at = w->at + 1;

	if (at < w->b->end && !kd_is_space(look(w, at)) && look(w, at) != '*' && look(w, at) != ')')
		return false;
	while (at < w->b->end && (kd_is_space(look(w, at)) || look(w, at) == '*' || look(w, at) == ')'))
		at++;
	return at >= w->b->end || !(look(w, at) >= 'a' && look(w, at) <= 'z');
}

static void one_mark(struct words *w)
{
	const char c = look(w, w->at);

	if ((c == '.' || c == '!' || c == '?') && ends_here(w))
		end_sentence(w, c == '?');
	else if (c == ',' || c == ';' || c == ':' || c == '(' || c == ')' || (c == '-' && look(w, w->at + 1) == '-'))
		w->clause = true;
	w->at++;
}

static void read_words(struct reader *r, struct kd_prose_block *b)
{
	struct words w = {.r = r, .b = b, .at = b->start, .first = r->p->word.n, .clause = true};

	b->word = r->p->word.n;
	while (w.at < b->end && !r->full) {
		const char c = look(&w, w.at);
		const struct kd_view rest = kd_view(r->p->text.p + w.at, b->end - w.at);

		if ((c == '`' || quote_mark(rest)) && take_span(&w))
			continue;
		if (kd_view_starts(rest, KD_V("—")) || kd_view_starts(rest, KD_V("–"))) {
			w.clause = true;
			w.at += 3;
		} else if (quote_mark(rest)) {
			w.at += quote_mark(rest);
		} else if (is_word_byte(c)) {
			take_word(&w);
		} else {
			one_mark(&w);
		}
	}
	end_sentence(&w, false);
	b->nwords = r->p->word.n - b->word;
}

/* --- all -------------------------------------------------------------------------------------------------- */

struct kd_error *kd_prose_read(struct kd_view text, struct kd_arena *arena, struct kd_prose *ret)
{
	struct kd_prose p = {.text = text};
	struct reader r = {.p = &p, .arena = arena, .heading = KD_NPOS};

	if (text.n > KD_PROSE_MAX)
		return kd_error_new(KD_LIMIT, "a report of more than %zu bytes is not read", KD_PROSE_MAX);
	read_lines(&r);
	for (size_t i = 0; i < p.block.n && !r.full; i++)
		if (p.block.v[i].kind == KD_PROSE_PARAGRAPH || p.block.v[i].kind == KD_PROSE_HEADING)
			read_words(&r, &p.block.v[i]);
	if (r.full)
		return kd_error_new(KD_LIMIT, "the report has too many parts");
	*ret = p;
	return NULL;
}

void kd_prose_place(const struct kd_prose *p, size_t offset, uint64_t *line_ret, uint64_t *column_ret)
{
	size_t lo = 0, hi = p->line.n;

	while (hi - lo > 1) {
		const size_t mid = lo + (hi - lo) / 2;

		if (p->line.v[mid] <= offset)
			lo = mid;
		else
			hi = mid;
	}
	*line_ret = lo + 1;
	*column_ret = p->line.n ? offset - p->line.v[lo] + 1 : 1;
}
