// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/time.h"

enum { LINE_BYTES = 100, WHAT_BYTES = 60 };
static const int64_t first_ns = 500000000, every_ns = 100000000;

void kd_progress_init(struct kd_progress *p, int fd, const char *what, bool bytes)
{
	*p = (struct kd_progress){
		.fd = fd,
		.on = isatty(fd),
		.bytes = bytes,
		.next_ns = kd_mono_ns() + first_ns,
		.what = what,
	};
}

void kd_progress_tell(struct kd_progress *p, int fd)
{
	p->fd = fd;
	p->on = p->tell = true;
}

static uint64_t percent(uint64_t done, uint64_t total)
{
	if (done >= total)
		return 100;
	return total > UINT64_MAX / 100 ? done / (total / 100) : done * 100 / total;
}

void kd_progress_text(const struct kd_progress *p, uint64_t done, uint64_t total, char *buf,
		      size_t n)
{
	const char *unit = p->bytes ? " MiB" : "";
	unsigned shift = p->bytes ? 20 : 0;

	if (total)
		snprintf(buf, n, "%.*s: %" PRIu64 " %% (%" PRIu64 " of %" PRIu64 "%s)", WHAT_BYTES,
			 p->what, percent(done, total), done >> shift, total >> shift, unit);
	else
		snprintf(buf, n, "%.*s: %" PRIu64 "%s", WHAT_BYTES, p->what, done >> shift, unit);
}

/* What cannot be written to a terminal is not worth an error. */
static void put(const struct kd_progress *p, const char *s)
{
	ssize_t ignored = write(p->fd, s, strlen(s));

	(void)ignored;
}

void kd_progress_update(struct kd_progress *p, uint64_t done, uint64_t total)
{
	char text[LINE_BYTES], line[LINE_BYTES + 8];
	int64_t now;

	if (!p->on)
		return;
	now = kd_mono_ns();
	if (now < p->next_ns)
		return;
	p->next_ns = now + every_ns;
	if (p->tell) {
		snprintf(line, sizeof(line), "%" PRIu64 " %" PRIu64 "\n", done, total);
		put(p, line);
		return;
	}
	kd_progress_text(p, done, total, text, sizeof(text));
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	snprintf(line, sizeof(line), "\r%s\033[K", text); /* ECMA-48 EL: clear to the end */
	put(p, line);
	p->shown = true;
}

void kd_progress_clear(struct kd_progress *p)
{
	if (p->shown)
		put(p, "\r\033[K");
	p->shown = false;
}

void kd_progress_end(struct kd_progress *p)
{
	kd_progress_clear(p);
	p->on = false;
}
