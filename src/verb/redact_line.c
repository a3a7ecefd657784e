// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/redact_line.h"

#include "base/alloc.h"

enum { MAX_NAMES = 100000, NAME_BYTES = 16 << 20, MAX_NAME = 255 };

void kd_redactor_init(struct kd_redactor *r, struct kd_redact_map *map, bool addresses)
{
	memset(r, 0, sizeof(*r));
	r->map = map;
	r->addresses = addresses;
	r->arena = KD_ARENA_INIT(NAME_BYTES);
	r->names = KD_HASHMAP_INIT(MAX_NAMES, &r->arena);
	r->common = KD_HASHMAP_INIT(MAX_NAMES, &r->arena);
	/* A placeholder may be longer than what it stands for: "a@b.cd" → "mail-123456". */
	r->line = KD_BUF_INIT(8 * KD_REDACT_MAX_LINE);
	r->check = KD_BUF_INIT(8 * KD_REDACT_MAX_LINE);
}

void kd_redactor_deinit(struct kd_redactor *r)
{
	kd_hashmap_deinit(&r->names);
	kd_hashmap_deinit(&r->common);
	kd_arena_deinit(&r->arena);
	kd_vec_free(&r->marks);
	kd_buf_deinit(&r->line);
	kd_buf_deinit(&r->check);
}

void kd_redactor_rewind(struct kd_redactor *r)
{
	r->in_key = false;
}

/* ---- names ---- */

/* In lower case; absent when it is too long to be a name. */
static struct kd_view lower(struct kd_view v, char buf[MAX_NAME])
{
	if (v.n > MAX_NAME)
		return KD_VNULL;
	for (size_t i = 0; i < v.n; i++)
		buf[i] = (char)(v.p[i] >= 'A' && v.p[i] <= 'Z' ? v.p[i] | 0x20 : v.p[i]);
	return kd_view(buf, v.n);
}

static bool has_digit(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (kd_is_digit(v.p[i]))
			return true;
	return false;
}

static bool has_letter(struct kd_view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (kd_is_alpha(v.p[i]))
			return true;
	return false;
}

/* May this text be looked for everywhere, or does it stand for other things as well? */
static bool is_distinct(struct kd_view v, uint8_t kind)
{
	if (kind == KD_RK_SERIAL)
		return v.n >= 8 && has_digit(v) && has_letter(v);
	if (!has_letter(v) || kd_redact_is_common(v))
		return false;
	return v.n >= (kind == KD_RK_USER ? 4u : 3u) || (v.n == 3 && has_digit(v));
}

static bool is_name(struct kd_view v)
{
	if (!v.n || !kd_is_alnum(v.p[0]) || !kd_is_alnum(v.p[v.n - 1]))
		return false;
	for (size_t i = 0; i < v.n; i++)
		if (!kd_is_alnum(v.p[i]) && v.p[i] != '-' && v.p[i] != '.' && v.p[i] != '_')
			return false;
	return true;
}

static void learn(struct kd_redactor *r, struct kd_view text, uint8_t kind)
{
	char buf[MAX_NAME];
	struct kd_view key = lower(text, buf);
	struct kd_hashmap_entry *e;
	bool is_new;

	if (!key.p || !is_name(key))
		return;
	if (!is_distinct(key, kind)) {
		if (kind != KD_RK_SERIAL && !kd_hashmap_add(&r->common, key, NULL))
			r->names_lost++;
		return;
	}
	e = kd_hashmap_add(&r->names, key, &is_new);
	if (!e)
		r->names_lost++;
	else if (is_new)
		e->num = kind;
	r->length[key.n] = true;
	if (key.n > r->longest)
		r->longest = key.n;
	/* "alder.example.org" is called "alder", too. */
	if (kind == KD_RK_HOST && kd_view_chr(key, '.') != KD_NPOS)
		learn(r, kd_view_head(key, kd_view_chr(key, '.')), kind);
}

void kd_redactor_learn(struct kd_redactor *r, struct kd_view line)
{
	kd_redact_marks(r, line);
	kd_vec_each(m, &r->marks) {
		struct kd_view text = kd_view(line.p + m->start, m->end - m->start);

		if (m->learn && kd_redact_form(text, m->kind) == m->kind)
			learn(r, text, m->kind);
	}
}

static bool known(const struct kd_redactor *r, struct kd_view v, uint8_t *kind)
{
	char buf[MAX_NAME];
	struct kd_view key = lower(v, buf);
	const struct kd_hashmap_entry *e = key.p ? kd_hashmap_get(&r->names, key) : NULL;

	if (e)
		*kind = (uint8_t)e->num;
	return e != NULL;
}

static bool is_symbol(struct kd_view l, size_t i, size_t end)
{
	struct kd_view rest = kd_view_from(l, end);

	return kd_view_starts(rest, KD_V("+0x")) || kd_view_starts(rest, KD_V("(")) ||
	       (i && l.p[i - 1] == '_') || (end < l.n && l.p[end] == '_') ||
	       (i && l.p[i - 1] == '[' && end < l.n && l.p[end] == ']' &&
		kd_view_has(kd_view_head(l, i), KD_V("+0x")));
}

/* A known name at i: the longest that ends at '.', '-' or the end of the word. */
static size_t name_at(const struct kd_redactor *r, struct kd_view l, size_t i, uint8_t *kind)
{
	size_t end = i;

	if (!r->names.entries.n || !kd_is_alnum(l.p[i]))
		return 0;
	while (end < l.n && end - i < r->longest &&
	       (kd_is_word(l.p[end]) || l.p[end] == '.' || l.p[end] == '-'))
		end++;
	while (end > i) {
		if (r->length[end - i] && kd_is_alnum(l.p[end - 1]) && kd_redact_ends(l, end) &&
		    known(r, kd_view(l.p + i, end - i), kind) &&
		    (*kind == KD_RK_SERIAL || !is_symbol(l, i, end)))
			return end - i;
		for (end--; end > i && kd_is_alnum(l.p[end]);)
			end--;
	}
	return 0;
}

/* ---- one line ---- */

static void put(struct kd_redactor *r, struct kd_view text, uint8_t kind)
{
	struct kd_placeholder ph = kd_redact_map_put(r->map, kd_redact_form(text, kind), text);

	kd_placeholder_print(ph, &r->line);
	r->places[ph.kind]++;
	r->lost += !ph.num;
}

/* What stands at i inside of l, which ends where the next mark begins. */
static size_t token_at(struct kd_redactor *r, struct kd_view l, size_t i, uint8_t *kind)
{
	struct kd_placeholder ph;
	size_t n;

	if (r->addresses) {
		n = kd_kernel_address_at(l, i, kind);
		if (n)
			return n;
	}
	if (!kd_redact_starts(l, i))
		return 0;
	n = kd_placeholder_at(l, i, &ph);
	if (n) {
		*kind = KD_RK_TEXT;
		return n;
	}
	n = kd_redact_token(l, i, kind);
	return n ? n : name_at(r, l, i, kind);
}

static void replace(struct kd_redactor *r, struct kd_view line)
{
	size_t m = 0, from = 0, i = 0;

	while (i < line.n) {
		bool marked = m < r->marks.n && r->marks.v[m].start == i;
		size_t limit = m < r->marks.n ? r->marks.v[m].start : line.n, n;
		uint8_t kind = 0;

		if (marked) {
			kind = r->marks.v[m].kind;
			n = r->marks.v[m++].end - i;
		} else {
			n = token_at(r, kd_view_head(line, limit), i, &kind);
		}
		if (n) {
			kd_buf_add(&r->line, kd_view(line.p + from, i - from));
			if (kind == KD_RK_ADDR || kind == KD_RK_ADDR32) {
				struct kd_placeholder ph = kd_redact_map_put(
					r->map, kind, kd_view(line.p + i, n));

				kd_placeholder_print(ph, &r->line);
				r->places[kind]++;
				r->lost += !ph.num;
			} else {
				put(r, kd_view(line.p + i, n), kind);
			}
			from = i + n;
		}
		i += n ? n : 1;
	}
	if (line.n)
		kd_buf_add(&r->line, kd_view(line.p + from, line.n - from));
}

void kd_redactor_line(struct kd_redactor *r, struct kd_view line, struct kd_buf *out)
{
	uint64_t lost = r->lost;
	bool same;

	kd_redact_marks(r, line);
	kd_buf_clear(&r->line);
	kd_buf_clear(&r->check);
	if (!r->too_many)
		replace(r, line);
	/* What could not be told apart from other text on the way back goes as a whole. */
	kd_redact_undo(r->map, kd_buf_view(&r->line), &r->check, NULL, NULL);
	same = !r->too_many && !r->line.overflow && !r->check.overflow &&
	       kd_view_eq(kd_buf_view(&r->check), line);
	if (!same && (r->lost == lost || r->line.overflow)) {
		kd_buf_clear(&r->line);
		put(r, line, KD_RK_LINE);
		r->whole_lines++;
	}
	kd_buf_add(out, kd_buf_view(&r->line));
}
