/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * syz.h: names that syzbot would give, so that people can search with them.
 * The rules are in docs/titles.md.
 */
#ifndef KD_REPORT_SYZ_H
#define KD_REPORT_SYZ_H

#include "report/engine.h"

/* Index + 1 of the header string that starts a report in this line; 0: none. */
uint8_t kd_syz_header(struct kd_view text);

/* How many headers there are; their text. header: 1 … */
uint8_t kd_syz_headers(void);
const char *kd_syz_header_text(uint8_t header);
const char *const *kd_syz_header_excepts(uint8_t header); /* patterns, ended by NULL; or NULL */

/*
 * Patterns (see kind.h) of lines that make syzbot ignore the whole log (out of memory kills
 * of the fuzzer …); NULL behind the last. match.h asks for them.
 */
const char *kd_syz_suppressing(size_t i);

/* Title, alternatives, type, frame, corrupted flag of the report with this header line. */
void kd_syz_title(struct kd_arena *a, struct kd_window *win, size_t head, bool vm_lost,
		  struct kd_syz *ret);

/* Is the function on one of the skip lists that hold for all reports? */
bool kd_syz_skips(struct kd_view base);

#endif
