/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * console.h: the first serial port of a guest: the bytes as they came, when each line began,
 * and what the lines mean for the machine.
 *
 *	kd_auto(kd_console_freep) struct kd_console *c = kd_console_new(64 << 20);
 *	kd_console_add(c, bytes, ms);                // in pieces, as they come
 *	if (c->end == KD_CONSOLE_PANIC) … c->panic
 *
 * Only what decides a machine's fate is looked for here; reports are report/'s. The texts are
 * those of the kernel's kernel/panic.c (panic()), init/main.c (kernel_init()), init/do_mounts.c
 * (mount_root_generic()), and init/version.c (the banner).
 */
#ifndef KD_LAB_CONSOLE_H
#define KD_LAB_CONSOLE_H

#include "base/buf.h"
#include "base/vec.h"
#include "base/view.h"

/* How the kernel ended as far as the console tells; the first that comes is kept. */
enum kd_console_end {
	KD_CONSOLE_GOES_ON,
	KD_CONSOLE_PANIC, /* "Kernel panic - not syncing: …" */
	KD_CONSOLE_NO_ROOT, /* … VFS: Unable to mount root fs */
	KD_CONSOLE_NO_INIT, /* … No working init found, Requested init … failed */
};

struct kd_console_line {
	uint64_t off; /* of its first byte */
	int64_t ms; /* when that came */
};

struct kd_console {
	struct kd_buf bytes;
	KD_VEC(struct kd_console_line) lines;
	uint64_t lost; /* bytes that did not fit */
	enum kd_console_end end;
	uint64_t end_line; /* index of the line that says so */
	bool end_complete; /* its "---[ end Kernel panic" came */
	bool no_agent; /* the lab's init says that the second port cannot be used */
	bool halted; /* "reboot: System halted", "reboot: Power down": at the end */
	unsigned boots; /* banners "Linux version …" */
	uint64_t boot_line, boot_off; /* the line of the last one, and its first byte */
	/* How the kernel of the last banner ended, which need not be the one of `end`. */
	enum kd_console_end last_end;
	uint64_t last_end_line;
	bool last_complete;
	bool dump_done; /* a crash kernel's init (guest/kdump-init) says that it is through */
	char release[128]; /* of the last banner */
	char init[128]; /* "Run /init as init process": what the kernel started, "" before */
	int64_t first_ms, last_ms; /* of the first and last byte, -1 */
	uint64_t done; /* bytes of complete lines looked at */
};

struct kd_console *kd_console_new(size_t max);
void kd_console_free(struct kd_console *c);
void kd_console_freep(struct kd_console **c);

/* Bytes that came at `ms`. What is over the maximum is counted in lost. */
void kd_console_add(struct kd_console *c, struct kd_view bytes, int64_t ms);

/* The last piece without a line end is a line, too: at the end of a run. */
void kd_console_close(struct kd_console *c);

/* Line i without its end; absent past the last one. */
struct kd_view kd_console_line(const struct kd_console *c, size_t i);

/* Its last n lines that are not blank, oldest first; how many. */
size_t kd_console_last(const struct kd_console *c, struct kd_view *ret, size_t n);

/* Forget how it ended: the machine went back to an earlier state. */
void kd_console_restart(struct kd_console *c);

#endif
