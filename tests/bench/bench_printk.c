// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What taking prefixes off costs: lines of the common disguises through the decoder, and
 * through memchr() for the line ends alone as the floor. Prints nanoseconds a line, MB/s,
 * and the ratio to the floor.
 */
#include <stdio.h>
#include <time.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "format/printk.h"

struct sample {
	const char *name, *prefix;
};

static const struct sample samples[] = {
	{"plain", ""},
	{"stamp", "[   12.345678] "},
	{"stamp, caller", "[   12.345678][  T123] "},
	{"level, stamp", "<4>[   12.345678] "},
	{"syslog", "Mar  3 12:00:00 host kernel: "},
	{"syslog, stamp", "Mar  3 12:00:00 host kernel: [   12.345678] "},
	{"journal iso", "2024-03-03T12:00:00+0100 host kernel: "},
	{"CI time, stamp", "2024-03-03T12:00:00.1234567Z [   12.345678] "},
};

static const char *const texts[] = {
	"usb 1-1: new high-speed USB device number 2 using xhci_hcd",
	"BUG: unable to handle page fault for address: ffff888100200300",
	" ? asm_exc_page_fault+0x26/0x30",
	"RAX: 0000000000000000 RBX: ffff888100200300 RCX: 0000000000000001",
	" [<ffffffff81111111>] ? example_put+0x11/0x20 [example]",
	"EXT4-fs (vda1): mounted filesystem with ordered data mode. Quota mode: none.",
	"example 0000:00:1f.2: registered as device number 17 with 4 queues and 64 entries each",
	"Call Trace:",
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void count(void *user, const struct kd_logline *l)
{
	*(uint64_t *)user += l->text.n;
}

static double decode(struct kd_view in, uint64_t *sum)
{
	struct kd_printk *d = kd_printk_new(&kd_printk_default_limits, count, sum);
	double start = now();
	uint64_t no = 1;

	for (size_t at = 0; at < in.n;) {
		struct kd_view rest = kd_view_from(in, at);
		size_t i = kd_view_chr(rest, '\n');

		kd_printk_feed(d, kd_view_head(rest, i), (uint32_t)i + 1, at, no++);
		at += i + 1;
	}
	kd_printk_flush(d);
	kd_printk_free(d);
	return now() - start;
}

static double floor_of(struct kd_view in, uint64_t *sum)
{
	double start = now();

	for (size_t at = 0; at < in.n;) {
		size_t i = kd_view_chr(kd_view_from(in, at), '\n');

		*sum += i;
		at += i + 1;
	}
	return now() - start;
}

static void bench(const struct sample *s)
{
	enum { LINES = 1000000 };
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)512 << 20);
	double best = 1e9, least = 1e9;
	uint64_t sum = 0;

	for (unsigned i = 0; i < LINES; i++)
		kd_buf_printf(&b, "%s%s\n", s->prefix, texts[i % KD_ARRAY_LEN(texts)]);
	for (int k = 0; k < 5; k++) {
		double t = decode(kd_buf_view(&b), &sum), f = floor_of(kd_buf_view(&b), &sum);

		best = t < best ? t : best;
		least = f < least ? f : least;
	}
	printf("%-16s %6.1f ns/line %7.0f MB/s   memchr %7.0f MB/s   ratio %.3f\n", s->name,
	       best / LINES * 1e9, (double)b.n / best / 1e6, (double)b.n / least / 1e6, least / best);
	if (!sum)
		puts("nothing was read");
}

int main(void)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(samples); i++)
		bench(&samples[i]);
	return 0;
}
