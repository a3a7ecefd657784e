/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * brief.h: a value as C would write it, on one line.
 *
 *	const struct kd_brief_how how = {.text = …, .name = …};        // or NULL
 *	kd_brief(types, var->type, bytes, &how, &out);
 *
 *	pid_t              742            enum pid_type     PIDTYPE_TGID
 *	bool               true           unsigned long     4096, from 2^32 on 0xffff888004a5f000
 *	char comm[16]      "kworker/0:1"  struct list_head  {.next = 0xffff…, .prev = 0xffff…}
 *	struct sock *      0xffff…        int v[20]         {1, 2, 3, … 17 more}
 *	void (*)(void)     0xffff… (do_exit)
 *	const char *       0xffff… "ext4"
 *
 * Structs and arrays are cut at how->max bytes of text, which "…" says. Types may lie about their sizes: what
 * the bytes do not hold is "?".
 */
#ifndef KD_SYMBOL_BRIEF_H
#define KD_SYMBOL_BRIEF_H

#include "base/buf.h"
#include "symbol/types.h"

struct kd_brief_how {
	void *user;
	/* The text at addr, up to max - 1 bytes and NUL; false: not readable. NULL: texts are not followed. */
	bool (*text)(void *user, uint64_t addr, size_t max, char *ret);
	/* A name for what a pointer points to, added to out; false: none. NULL: none. */
	bool (*name)(void *user, uint64_t addr, struct kd_buf *out);
	size_t max; /* 0: 160 */
};

/* false: the type has no size, or the bytes are fewer; nothing was added. */
bool kd_brief(const struct kd_types *ts, uint32_t type, struct kd_view bytes, const struct kd_brief_how *how, struct kd_buf *out);

/* Of a number, pointer, enum: its value, sign-extended when the type has one. false: the type is another. */
bool kd_brief_number(const struct kd_types *ts, uint32_t type, struct kd_view bytes, uint64_t *ret, bool *ret_signed);

#endif
