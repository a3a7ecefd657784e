// SPDX-License-Identifier: GPL-2.0-or-later
/* Any bytes as a log: the decoder must keep its promises about offsets and borrowed text. */
#include "format/printk.h"
#include "fuzz.h"

struct state {
	size_t size;
	uint32_t max_line;
	uint64_t sum;
};

static uint64_t touch(struct kd_view v)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < v.n; i++)
		sum += (unsigned char)v.p[i];
	return sum;
}

static void line(void *user, const struct kd_logline *l)
{
	struct state *s = user;

	check(l->off < s->size || !l->len);
	check(l->nphys >= 1 && l->no >= 1);
	check(l->text.n <= 2 * (size_t)s->max_line + 64);
	check(l->level >= -1 && l->level <= 7 && l->facility >= -1);
	check((l->caller == KD_CALLER_NONE) == !(l->disguise & KD_DIS_CALLER));
	check(kd_view_chr(l->text, '\n') == KD_NPOS);
	s->sum += touch(l->text) + touch(l->wall) + touch(l->host) + touch(l->ident);
}

static void strip(struct kd_view raw)
{
	struct kd_logline l;

	kd_printk_strip(raw, &l);
	check(l.text.n <= raw.n);
	if (l.text.n)
		check(l.text.p >= raw.p && l.text.p + l.text.n <= raw.p + raw.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kd_printk_limits limits = kd_printk_default_limits;
	struct state s = {.size = size};
	struct kd_printk_stats stats;
	struct kd_printk *d;
	size_t at = 0;
	uint64_t no = 1;

	if (size && data[0] & 0x80)
		limits = (struct kd_printk_limits){.max_line = 256, .max_fragments = 2, .max_pstore = 300};
	s.max_line = limits.max_line;
	d = kd_printk_new(&limits, line, &s);
	while (at < size) {
		struct kd_view rest = kd_view((const char *)data + at, size - at);
		size_t i = kd_view_chr(rest, '\n'), len = i == KD_NPOS ? rest.n : i + 1;
		struct kd_view raw = kd_view_head(rest, i == KD_NPOS ? rest.n : i);

		if (i != KD_NPOS && raw.n && raw.p[raw.n - 1] == '\r')
			raw.n--;
		strip(raw);
		/* a skipped line now and then */
		if (!(raw.n > 2 && raw.p[0] == '#' && raw.p[1] == '!'))
			kd_printk_feed(d, raw, (uint32_t)len, at, no);
		no++;
		at += len;
	}
	kd_printk_flush(d);
	kd_printk_stats(d, &stats);
	kd_printk_free(d);
	return s.sum == UINT64_MAX;
}
