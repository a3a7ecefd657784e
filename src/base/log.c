// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/alloc.h"

enum { LINE_MAX_BYTES = 1024 };

void kd_log_printf(const struct kd_log *log, enum kd_level level, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES + 1];
	va_list ap;

	if (!log || !log->emit || level < log->min)
		return;
	va_start(ap, fmt);
	if (vsnprintf(line, sizeof(line), fmt, ap) < 0)
		line[0] = '\0';
	va_end(ap);
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = '?';
	log->emit(log->user, level, line);
}

const char *kd_level_name(enum kd_level level)
{
	static const char *const names[] = {"debug", "info", "warning", "error"};

	return (unsigned)level < KD_ARRAY_LEN(names) ? names[level] : "?";
}
