// SPDX-License-Identifier: GPL-2.0-or-later
#include "lab/console.h"

#include <stdio.h>

#include "base/alloc.h"

enum { LINES_MAX = 4 << 20 };

struct kd_console *kd_console_new(size_t max)
{
	struct kd_console *c = kd_xcalloc(1, sizeof(*c));

	c->bytes = KD_BUF_INIT(max);
	c->first_ms = c->last_ms = -1;
	return c;
}

void kd_console_free(struct kd_console *c)
{
	if (!c)
		return;
	kd_buf_deinit(&c->bytes);
	kd_vec_free(&c->lines);
	kd_free(c);
}

void kd_console_freep(struct kd_console **c)
{
	kd_console_free(*c);
}

struct kd_view kd_console_line(const struct kd_console *c, size_t i)
{
	struct kd_view all = kd_buf_view(&c->bytes), v;
	size_t nl;

	if (i >= c->lines.n)
		return KD_VNULL;
	v = kd_view_from(all, c->lines.v[i].off);
	nl = kd_view_chr(v, '\n');
	v = kd_view_head(v, nl == KD_NPOS ? v.n : nl);
	while (v.n && v.p[v.n - 1] == '\r')
		v.n--;
	return v;
}

/* The text behind "[    1.234567] " or "[    1.234567][   T12] ", if that stands in front. */
static struct kd_view text_of(struct kd_view line)
{
	struct kd_view v = line, inside;

	while (kd_view_skip(&v, KD_V("[")) && kd_view_take_until(&v, KD_V("]"), &inside)) {
		for (size_t i = 0; i < inside.n; i++)
			if (!kd_is_alnum(inside.p[i]) && inside.p[i] != '.' && inside.p[i] != ' ')
				return line;
		kd_view_skip_blank(&v);
		line = v;
	}
	return line;
}

static void banner(struct kd_console *c, struct kd_view rest, size_t line)
{
	struct kd_view release;

	if (!kd_view_take_word(&rest, &release))
		return;
	c->boots++;
	c->boot_line = line;
	c->boot_off = c->lines.v[line].off;
	c->last_end = KD_CONSOLE_GOES_ON;
	c->last_complete = false;
	snprintf(c->release, sizeof(c->release), "%.*s", KD_VARG(kd_view_head(release, 120)));
}

static enum kd_console_end kind_of_panic(struct kd_view why)
{
	if (kd_view_starts(why, KD_V("VFS: Unable to mount root fs")))
		return KD_CONSOLE_NO_ROOT;
	if (kd_view_starts(why, KD_V("No working init found")) ||
	    kd_view_starts(why, KD_V("No init found")) ||
	    kd_view_starts(why, KD_V("Requested init ")))
		return KD_CONSOLE_NO_INIT;
	return KD_CONSOLE_PANIC;
}

static void panic(struct kd_console *c, struct kd_view why, size_t line)
{
	if (c->last_end == KD_CONSOLE_GOES_ON) {
		c->last_end = kind_of_panic(why);
		c->last_end_line = line;
	}
	if (c->end == KD_CONSOLE_GOES_ON) {
		c->end = c->last_end;
		c->end_line = line;
	}
}

static void panic_is_complete(struct kd_console *c)
{
	c->end_complete |= c->end != KD_CONSOLE_GOES_ON;
	c->last_complete |= c->last_end != KD_CONSOLE_GOES_ON;
}

static void started_init(struct kd_console *c, struct kd_view rest)
{
	struct kd_view name;

	if (kd_view_take_until(&rest, KD_V(" as init process"), &name))
		snprintf(c->init, sizeof(c->init), "%.*s", KD_VARG(kd_view_head(name, 120)));
}

static void look(struct kd_console *c, size_t i)
{
	struct kd_view v = text_of(kd_console_line(c, i));

	if (kd_view_skip(&v, KD_V("Linux version ")))
		banner(c, v, i);
	else if (kd_view_skip(&v, KD_V("Kernel panic - not syncing: ")))
		panic(c, v, i);
	else if (kd_view_starts(v, KD_V("---[ end Kernel panic")))
		panic_is_complete(c);
	else if (kd_view_skip(&v, KD_V("Run ")))
		started_init(c, v);
	else if (kd_view_starts(v, KD_V("kdoc-lab: the second serial port")))
		c->no_agent = true; /* guest/init */
	else if (kd_view_eq(v, KD_V("kdoc-kdump: done")))
		c->dump_done = true; /* guest/kdump-init */
	else if (kd_view_starts(v, KD_V("reboot: System halted")) ||
		 kd_view_starts(v, KD_V("reboot: Power down")))
		c->halted = true;
}

/* Lines begin behind each line end; a line is looked at when it is complete. from: of the new
 * bytes. */
static void split(struct kd_console *c, size_t from, int64_t ms)
{
	struct kd_view all = kd_buf_view(&c->bytes);

	while (c->done < all.n) {
		size_t at = from > c->done ? from : c->done;
		size_t nl = kd_view_chr(kd_view_from(all, at), '\n');
		struct kd_console_line *l;

		if (!c->lines.n || c->lines.v[c->lines.n - 1].off != c->done) {
			l = kd_vec_push(&c->lines, LINES_MAX);
			if (!l)
				return;
			*l = (struct kd_console_line){c->done, ms};
		}
		if (nl == KD_NPOS)
			return;
		look(c, c->lines.n - 1);
		c->done = at + nl + 1;
	}
}

void kd_console_add(struct kd_console *c, struct kd_view bytes, int64_t ms)
{
	struct kd_view some = kd_view_head(bytes, c->bytes.max - c->bytes.n);

	if (!bytes.n)
		return;
	if (c->first_ms < 0)
		c->first_ms = ms;
	c->last_ms = ms;
	c->lost += bytes.n - some.n;
	if (some.n && kd_buf_add(&c->bytes, some))
		split(c, c->bytes.n - some.n, ms);
}

void kd_console_close(struct kd_console *c)
{
	if (c->done < c->bytes.n && c->lines.n)
		look(c, c->lines.n - 1);
	c->done = c->bytes.n;
}

size_t kd_console_last(const struct kd_console *c, struct kd_view *ret, size_t n)
{
	size_t got = 0;

	for (size_t i = c->lines.n; i && got < n; i--) {
		struct kd_view v = kd_console_line(c, i - 1);

		if (kd_view_trim(v).n)
			ret[got++] = v;
	}
	for (size_t i = 0; i < got / 2; i++) {
		struct kd_view t = ret[i];

		ret[i] = ret[got - 1 - i];
		ret[got - 1 - i] = t;
	}
	return got;
}

void kd_console_restart(struct kd_console *c)
{
	c->end = c->last_end = KD_CONSOLE_GOES_ON;
	c->end_complete = c->last_complete = c->halted = c->dump_done = false;
}
