// SPDX-License-Identifier: GPL-2.0-or-later
#include "serve/shape.h"

#include <string.h>

#include "base/alloc.h"
#include "base/json.h"
#include "base/utf8.h"

enum { TRAILER = 150 }; /* bytes of the line that says what is shown, and of the members that say so */

size_t kd_shape_limit(enum kd_vt_detail detail)
{
	static const size_t limits[KD_VT_NDETAILS] = {[KD_VT_BRIEF] = 1536, [KD_VT_NORMAL] = 4096, [KD_VT_FULL] = 24576, [KD_VT_JSON] = 8192};

	return limits[detail < KD_VT_NDETAILS ? detail : KD_VT_NORMAL];
}

void kd_shape_note(struct kd_shape *s, struct kd_view note)
{
	note = kd_view_trim(note);
	if (!note.n)
		return;
	if (note.n > KD_SHAPE_NOTE_MAX)
		note = kd_view_head(note, kd_utf8_good_prefix(kd_view_head(note, KD_SHAPE_NOTE_MAX)));
	if (s->nnotes == KD_SHAPE_NOTES || s->note_bytes + note.n > s->limit / 4) {
		s->more_notes++;
		return;
	}
	s->notes[s->nnotes++] = note;
	s->note_bytes += kd_shape_escaped(note);
}

/* What is not UTF-8 becomes U+FFFD, of three bytes. */
size_t kd_shape_escaped(struct kd_view v)
{
	const bool good = kd_utf8_valid(v);
	size_t n = v.n;

	for (size_t i = 0; i < v.n; i++) {
		const unsigned char c = (unsigned char)v.p[i];

		if (c == '"' || c == '\\' || c == '\n' || c == '\t' || c == '\r')
			n++;
		else if (c < ' ')
			n += 5;
		else if (c >= 0x80 && !good)
			n += 2;
	}
	return n;
}

/* ---- what a shell's user would type ---- */

static struct kd_view line_of(struct kd_view v)
{
	const size_t n = kd_view_chr(v, '\n');

	return n == KD_NPOS ? v : kd_view_head(v, n + 1);
}

static bool is_next(struct kd_view text)
{
	struct kd_view line = line_of(text);

	if (!kd_view_skip(&line, KD_V("NEXT")))
		return false;
	if (!kd_view_trim(line).n) { /* the commands are on the lines behind it */
		line = line_of(kd_view_from(text, line_of(text).n));
		if (!line.n || !kd_is_blank(*line.p))
			return false;
	} else if (!kd_is_blank(*line.p)) {
		return false;
	}
	return kd_view_starts(kd_view_trim(line), KD_V("kdoc "));
}

void kd_shape_clean(struct kd_view text, struct kd_buf *ret)
{
	bool inside = false;

	while (text.n) {
		const struct kd_view line = line_of(text);

		if (is_next(text))
			inside = true;
		else if (inside && !kd_is_blank(*line.p))
			inside = false;
		if (!inside && !kd_view_starts(line, KD_V("-- kdoc ")))
			kd_buf_add(ret, line);
		text = kd_view_from(text, line.n);
	}
	while (ret->n && kd_is_space(ret->p[ret->n - 1]))
		ret->n--;
}

/* ---- ids of evidence ---- */

enum { ID_LEN = 13 }; /* "e" and 12 digits (evidence/evidence.h) */

static bool is_id(struct kd_view v, size_t i)
{
	if (v.p[i] != 'e' || (i && kd_is_word(v.p[i - 1])) || v.n - i < ID_LEN)
		return false;
	for (size_t k = 1; k < ID_LEN; k++)
		if (!kd_is_digit(v.p[i + k]) && !(v.p[i + k] >= 'a' && v.p[i + k] <= 'f'))
			return false;
	return v.n - i == ID_LEN || !kd_is_word(v.p[i + ID_LEN]);
}

static size_t evidence(const struct kd_shape *s, struct kd_view ret[KD_SHAPE_EVIDENCE])
{
	const struct kd_view v = s->body;
	const size_t most = s->limit / 128 < KD_SHAPE_EVIDENCE ? s->limit / 128 : KD_SHAPE_EVIDENCE;
	size_t n = 0;

	for (size_t i = 0; i < v.n && n < most; i++) {
		size_t k = 0;

		if (!is_id(v, i))
			continue;
		while (k < n && !kd_view_eq(ret[k], kd_view(v.p + i, ID_LEN)))
			k++;
		if (k == n)
			ret[n++] = kd_view(v.p + i, ID_LEN);
	}
	return n;
}

/* ---- what stands behind an answer ---- */

void kd_shape_tail_text(const struct kd_shape *s, bool cut, struct kd_buf *b)
{
	struct kd_view ids[KD_SHAPE_EVIDENCE];
	const size_t n = cut ? evidence(s, ids) : 0;

	for (size_t i = 0; i < n; i++)
		kd_buf_printf(b, "%s%.*s%s", i ? " " : "evidence: ", KD_VARG(ids[i]), i + 1 == n ? "\n" : "");
	for (size_t i = 0; i < s->nnotes; i++)
		kd_buf_printf(b, "note: %.*s\n", KD_VARG(s->notes[i]));
	if (s->more_notes)
		kd_buf_printf(b, "note: %zu more notes\n", s->more_notes);
	for (const struct kd_vt_next *x = s->next; x && x->tool; x++)
		kd_buf_printf(b, "%s%s (%s)", x == s->next ? "next: " : ", ", x->tool, x->why);
	if (s->next && s->next->tool)
		kd_buf_addc(b, '\n');
}

void kd_shape_tail_json(const struct kd_shape *s, struct kd_json *j)
{
	struct kd_view ids[KD_SHAPE_EVIDENCE];
	const size_t n = evidence(s, ids);

	if (n) {
		kd_json_key(j, "evidence");
		kd_json_begin_array(j);
		for (size_t i = 0; i < n; i++)
			kd_json_str(j, ids[i]);
		kd_json_end_array(j);
	}
	if (s->nnotes) {
		kd_json_key(j, "notes");
		kd_json_begin_array(j);
		for (size_t i = 0; i < s->nnotes; i++)
			kd_json_str(j, s->notes[i]);
		kd_json_end_array(j);
	}
	if (s->next && s->next->tool) {
		kd_json_key(j, "next");
		kd_json_begin_array(j);
		for (const struct kd_vt_next *x = s->next; x->tool; x++) {
			kd_json_begin_object(j);
			kd_json_kv_strz(j, "tool", x->tool);
			kd_json_kv_strz(j, "why", x->why);
			kd_json_end_object(j);
		}
		kd_json_end_array(j);
	}
}

void kd_shape_finish(const struct kd_shape *s, struct kd_view text, struct kd_view structured, struct kd_buf *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(1 << 20);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_json j;

	kd_json_init(&j, &b, KD_JSON_COMPACT);
	kd_json_begin_array(&j);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "type", "text");
	kd_json_kv_str(&j, "text", text);
	kd_json_end_object(&j);
	kd_json_end_array(&j);
	err = kd_json_finish(&j);
	kd_buf_printf(ret, "\"content\":");
	kd_buf_add(ret, kd_buf_view(&b));
	kd_buf_printf(ret, ",\"structuredContent\":");
	kd_buf_add(ret, structured);
	if (s->error)
		kd_buf_printf(ret, ",\"isError\":true");
}

/* ---- text ---- */

/* How much of v, whole lines where there is one, has at most `room` bytes in either form. */
static size_t fits(struct kd_view v, size_t room)
{
	size_t n = 0, cost = 0;

	while (n < v.n) {
		const struct kd_view line = line_of(kd_view_from(v, n));
		const size_t more = kd_shape_escaped(line);

		if (cost + more > room) {
			const struct kd_view part = kd_view_head(line, (room - cost) / 3); /* whatever it needs as JSON, but controls */

			return n ? n : kd_utf8_good_prefix(part) ?: part.n;
		}
		cost += more;
		n += line.n;
	}
	return n;
}

struct cut {
	struct kd_view shown;
	size_t from, to, of;
	char handle[KD_ANSWER_HANDLE];
};

static struct cut cut_body(const struct kd_shape *s, size_t tail)
{
	struct cut c = {.from = s->from < s->body.n ? s->from : s->body.n, .of = s->body.n};
	const struct kd_view rest = kd_view_from(s->body, c.from);
	const size_t room = s->limit > tail + TRAILER + 256 ? s->limit - tail - TRAILER : 256;

	c.shown = kd_view_head(rest, fits(rest, room));
	c.to = c.from + c.shown.n;
	if (c.to == c.of && !c.from)
		return c;
	if (s->handle.n && s->handle.n < sizeof(c.handle))
		memcpy(c.handle, s->handle.p, s->handle.n);
	else if (!s->answers || !kd_answers_put(s->answers, s->body, c.handle))
		c.handle[0] = '\0';
	return c;
}

static void shown_line(const struct cut *c, struct kd_buf *b)
{
	if (c->to == c->of && !c->from)
		return;
	kd_buf_printf(b, "[bytes %zu to %zu of %zu are shown", c->from, c->to, c->of);
	if (c->to < c->of && c->handle[0])
		kd_buf_printf(b, "; the rest: more {\"handle\":\"%s\",\"from\":%zu}", c->handle, c->to);
	else if (c->to < c->of)
		kd_buf_printf(b, "; the rest is too long to be kept: ask for less");
	kd_buf_printf(b, "]\n");
}

static void structured(const struct kd_shape *s, const struct cut *c, struct kd_buf *ret)
{
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_json j;

	kd_json_init(&j, ret, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_json_kv_strz(&j, "status", s->status);
	kd_json_kv_str(&j, "answer", kd_view_trim(c->shown).n ? c->shown : KD_V(""));
	if (c->to < c->of || c->from) {
		kd_json_key(&j, "shown");
		kd_json_begin_object(&j);
		kd_json_kv_u64(&j, "from", c->from);
		kd_json_kv_u64(&j, "to", c->to);
		kd_json_kv_u64(&j, "of", c->of);
		kd_json_end_object(&j);
	}
	if (c->to < c->of && c->handle[0])
		kd_json_kv_strz(&j, "more", c->handle);
	kd_shape_tail_json(s, &j);
	kd_json_end_object(&j);
	err = kd_json_finish(&j);
}

void kd_shape_text(const struct kd_shape *s, struct kd_buf *ret)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(1 << 20), tail = KD_BUF_INIT(65536), object = KD_BUF_INIT(1 << 20);
	kd_auto(kd_error_freep) struct kd_error *err = NULL;
	struct kd_json j;
	struct cut c;

	/* the longer one of the two forms of what stands behind the answer */
	kd_json_init(&j, &tail, KD_JSON_COMPACT);
	kd_json_begin_object(&j);
	kd_shape_tail_json(s, &j);
	kd_json_end_object(&j);
	err = kd_json_finish(&j);
	c = cut_body(s, tail.n);
	kd_buf_add(&text, c.shown);
	if (text.n && text.p[text.n - 1] != '\n')
		kd_buf_addc(&text, '\n');
	shown_line(&c, &text);
	kd_shape_tail_text(s, c.to < c.of, &text);
	structured(s, &c, &object);
	kd_shape_finish(s, kd_view_trim(kd_buf_view(&text)), kd_buf_view(&object), ret);
}
