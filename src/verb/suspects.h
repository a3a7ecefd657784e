/* SPDX-License-Identifier: GPL-2.0-or-later */
/* suspects.h: which commits of a range may have brought a crash in. See verb/history.h for how it is asked. */
#ifndef KD_VERB_SUSPECTS_H
#define KD_VERB_SUSPECTS_H

#include "verb/history.h"

#define KD_SUSPECTS_REPORT_MAX ((size_t)1 << 20) /* of the report; what follows is not read */

struct kd_suspects_options {
	const char *good, *bad; /* releases as relset.h takes them: the last one without the crash, the first one with it */
	struct kd_view report; /* its text */
	uint64_t number; /* of suspects; 0: 10 */
};

kd_history_answer kd_suspects_ask;

#endif
