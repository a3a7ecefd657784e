/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lsalearn.h: the model of lsa.h from the commits of a store. */
#ifndef KD_HISTORY_LSALEARN_H
#define KD_HISTORY_LSALEARN_H

#include "history/store.h"

/* How many words it has; 0: too few. *ret, on the heap: the words, their scales, their numbers, as lsa.h lays them out. */
uint32_t kd_lsa_learn(const struct kd_store *st, uint8_t **ret);

#endif
