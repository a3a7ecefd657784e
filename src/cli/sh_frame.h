/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sh_frame.h: pieces of bytes with a letter, through a pipe (sh_worker.h has their meanings).
 *
 *	kd_sh_frame_write(fd, 'o', bytes);                     // long ones as several
 *	struct kd_sh_frame *f = kd_sh_frame_new();
 *	while (kd_sh_frame_read(f, fd, take, user)) …          // calls take() for each that is complete
 */
#ifndef KD_CLI_SH_FRAME_H
#define KD_CLI_SH_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/view.h"

enum { KD_SH_FRAME_MAX = 256 << 10 };

/* false: it could not be written. */
bool kd_sh_frame_write(int fd, char type, struct kd_view v);

struct kd_sh_frame;
struct kd_sh_frame *kd_sh_frame_new(void);
void kd_sh_frame_free(struct kd_sh_frame *f);
void kd_sh_frame_reset(struct kd_sh_frame *f);

/* One read(); false: the end, an error, or one that is longer than KD_SH_FRAME_MAX. */
bool kd_sh_frame_read(struct kd_sh_frame *f, int fd, void (*take)(void *user, char type, struct kd_view v), void *user);

/* Four bytes, the low one first. */
uint32_t kd_sh_frame_number(const char *p);
void kd_sh_frame_put_number(char *p, uint32_t n);

#endif
