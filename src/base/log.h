/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log.h: how library code says something that is not an answer. Whoever runs
 * kdoc (the command line, a server, a test) provides the emit function.
 *
 *	static void emit(void *user, enum kd_level level, const char *msg) { … }
 *	struct kd_log log = {.emit = emit, .min = KD_LOG_WARN};
 *	kd_log_printf(&log, KD_LOG_INFO, "index of %s is stale", tree);   // dropped: below min
 */
#ifndef KD_BASE_LOG_H
#define KD_BASE_LOG_H

enum kd_level { KD_LOG_DEBUG, KD_LOG_INFO, KD_LOG_WARN, KD_LOG_ERROR };

struct kd_log {
	/* msg: one line without newline, printable, at most 1 KiB, borrowed. */
	void (*emit)(void *user, enum kd_level level, const char *msg);
	void *user;
	enum kd_level min; /* lower levels are dropped before formatting */
};

/* Log one line; control characters become '?'. log may be NULL: nothing happens. */
void kd_log_printf(const struct kd_log *log, enum kd_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* "debug", "info", "warning", "error". */
const char *kd_level_name(enum kd_level level);

#endif
