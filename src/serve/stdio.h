/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stdio.h: the protocol over two descriptors: one JSON object a line in, one a line out, and nothing else.
 *
 *	struct kd_stdio *s = kd_stdio_start(loop, mcp, 0, 1);
 *	kd_loop_run(loop);                     // ends when the input has ended and what was asked is answered
 *	kd_stdio_stop(s);
 *
 * A client that does not read is not read from either, once a megabyte waits for it. One that has closed both ends is
 * gone: the work for it is stopped. After the end of the input, calls that run still have ten seconds.
 */
#ifndef KD_SERVE_STDIO_H
#define KD_SERVE_STDIO_H

#include "serve/loop.h"
#include "serve/mcp.h"

struct kd_stdio;

/* Descriptors are borrowed. SIGPIPE has to be ignored. */
struct kd_stdio *kd_stdio_start(struct kd_loop *loop, struct kd_mcp *m, int in, int out);
void kd_stdio_stop(struct kd_stdio *s);
/* The client went without reading all that it asked for. */
bool kd_stdio_lost(const struct kd_stdio *s);

#endif
