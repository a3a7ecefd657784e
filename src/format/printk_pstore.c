// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parts of a dump in persistent storage. fs/pstore/platform.c writes each part with a
 * first line "%s#%d Part%u" (why the dump was made, its number since boot, part) and
 * takes the newest lines first: Part1 is the end of the log. Here the parts of one dump
 * are held back until another one starts, and given oldest first.
 */
#include "format/printk_internal.h"

#define MAX_PARTS 4096

bool kd_pstore_header(struct kd_view v, struct kd_view *name, uint64_t *part)
{
	struct kd_view w = v;
	size_t i = 0;
	uint64_t n;

	if (v.n < 9 || v.n > 48 || *v.p < 'A' || *v.p > 'Z')
		return false;
	while (i < v.n && (kd_is_alpha(v.p[i]) || v.p[i] == ' ' || v.p[i] == '/' || v.p[i] == '_'))
		i++;
	w = kd_view_from(w, i);
	if (!kd_view_skip(&w, KD_V("#")) || !kd_view_take_dec(&w, &n))
		return false;
	*name = kd_view_head(v, v.n - w.n);
	return kd_view_skip(&w, KD_V(" Part")) && kd_view_dec(kd_view_trim(w), part);
}

bool kd_printk_is_part(struct kd_view line)
{
	struct kd_view name;
	uint64_t part;

	return kd_pstore_header(kd_view_trim(line), &name, &part);
}

static bool has_part(const struct kd_pstore *s, uint64_t part)
{
	for (size_t i = 0; i < s->parts.n; i++)
		if (s->parts.v[i].part == part)
			return true;
	return false;
}

static bool keep_line(struct kd_printk *d, const struct kd_phys *ph)
{
	struct kd_pstore *s = &d->pstore;
	struct kd_pstore_line *line;
	size_t at = s->bytes.n;

	if (!kd_buf_add(&s->bytes, ph->raw))
		return false;
	line = kd_vec_push(&s->lines, d->limits.max_pstore / 4 + 16);
	if (!line)
		return false;
	*line = (struct kd_pstore_line){at, ph->raw.n, ph->off, ph->no, ph->len};
	s->parts.v[s->parts.n - 1].nlines++;
	return true;
}

static bool start_part(struct kd_printk *d, struct kd_view name, uint64_t part)
{
	struct kd_pstore *s = &d->pstore;
	struct kd_pstore_part *p;

	if (s->open && (!kd_view_eq(name, kd_view(s->name, s->name_n)) || has_part(s, part)))
		kd_pstore_flush(d);
	if (!s->open) {
		kd_printk_settle(d);
		memcpy(s->name, name.p, name.n);
		s->name_n = (uint32_t)name.n;
		s->open = true;
	}
	p = kd_vec_push(&s->parts, MAX_PARTS);
	if (p)
		*p = (struct kd_pstore_part){.part = part, .first = s->lines.n};
	return p;
}

bool kd_pstore_line(struct kd_printk *d, const struct kd_phys *ph)
{
	struct kd_pstore *s = &d->pstore;
	struct kd_view name;
	uint64_t part;
	bool kept = true;

	if (s->replaying)
		return false;
	if (kd_pstore_header(ph->raw, &name, &part))
		kept = start_part(d, name, part);
	if (!s->open)
		return false;
	if (kept && keep_line(d, ph))
		return true;
	/* Too much to put in order: what is here goes out, the rest as it comes. */
	kd_pstore_flush(d);
	return false;
}

/* Highest part number first; the order of arrival otherwise. */
static void sort_parts(struct kd_pstore *s)
{
	for (size_t i = 1; i < s->parts.n; i++) {
		struct kd_pstore_part p = s->parts.v[i];
		size_t k = i;

		for (; k && s->parts.v[k - 1].part < p.part; k--)
			s->parts.v[k] = s->parts.v[k - 1];
		s->parts.v[k] = p;
	}
}

void kd_pstore_flush(struct kd_printk *d)
{
	struct kd_pstore *s = &d->pstore;

	if (!s->open || s->replaying)
		return;
	s->replaying = true;
	sort_parts(s);
	if (s->parts.n && s->parts.v[0].part < MAX_PARTS && s->parts.v[0].part > s->parts.n)
		d->stats.missing_parts += s->parts.v[0].part - s->parts.n;
	for (size_t i = 0; i < s->parts.n; i++) {
		const struct kd_pstore_part *p = &s->parts.v[i];

		for (size_t k = p->first; k < p->first + p->nlines; k++) {
			const struct kd_pstore_line *line = &s->lines.v[k];
			struct kd_phys ph = {kd_view(s->bytes.p + line->at, line->n), line->off,
					     line->no, line->len, false, false};

			kd_feed_line(d, &ph);
		}
		kd_printk_settle(d);
	}
	s->replaying = s->open = false;
	s->lines.n = s->parts.n = 0;
	kd_buf_clear(&s->bytes);
}
