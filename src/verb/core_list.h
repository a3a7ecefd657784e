/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core_list.h: what hangs together in a dump, one after the other. Answer for kd_core_ask().
 *
 *	list: START [TYPE[.MEMBER]]
 *
 * START is an expression (core/expr.h) for a struct list_head, hlist_head, llist_head, rb_root, rb_root_cached, xarray, idr or
 * maple_tree, or for the address of one; what it is, its type says, or options.kind. TYPE.MEMBER is the struct that each
 * entry is part of, and by which member; of an xarray, an IDR and a maple tree TYPE alone: entries are pointers to it.
 */
#ifndef KD_VERB_CORE_LIST_H
#define KD_VERB_CORE_LIST_H

#include "verb/core_ask.h"

enum kd_core_list_kind { KD_CORE_LIST_BY_TYPE, KD_CORE_LIST_RING, KD_CORE_LIST_HLIST, KD_CORE_LIST_LLIST, KD_CORE_LIST_RBTREE,
			 KD_CORE_LIST_XARRAY, KD_CORE_LIST_IDR, KD_CORE_LIST_MAPLE, KD_CORE_LIST_CHAIN };

struct kd_core_list_options {
	int kind; /* enum kd_core_list_kind */
	const char *fields; /* "pid,comm": columns; NULL: none */
	const char *next; /* CHAIN: the member of TYPE that points to the next TYPE */
	bool member; /* RING: START is an entry's own list_head, not the head of the list */
	bool check; /* RING: followed both ways, each to the break, before its entries are shown */
	bool hex;
};

kd_core_answer kd_core_list; /* options: struct kd_core_list_options */

#endif
