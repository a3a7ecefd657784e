/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames.h: how much a frame says about what is at fault.
 *
 *	kd_frame_class(KD_V("worker_thread"), KD_VNULL) == KD_FRAME_GENERIC
 */
#ifndef KD_HISTORY_FRAMES_H
#define KD_HISTORY_FRAMES_H

#include "base/view.h"

enum kd_frame_class {
	KD_FRAME_SPECIFIC,
	KD_FRAME_GENERIC, /* by its name: on the way to many functions */
	KD_FRAME_GENERIC_PATH, /* its file alone says so */
	KD_FRAME_MACHINERY, /* entry, exceptions, printing of reports, sanitizers, locks, allocators */
};

/* func as kd_word_function() gives it; path of the source, absent when not known. */
enum kd_frame_class kd_frame_class(struct kd_view func, struct kd_view path);

#endif
