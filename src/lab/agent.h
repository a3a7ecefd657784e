/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agent.h: the host's side of the protocol on the second serial port (docs/LAB.md).
 *
 *	struct kd_agent_msg m;
 *	if (kd_agent_parse(line, &m) && m.kind == KD_AGENT_END) … m.id, m.status
 *
 * The guest is not trusted: what is no message is passed over and counted by the caller.
 */
#ifndef KD_LAB_AGENT_H
#define KD_LAB_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

#define KD_AGENT_LINE_MAX ((size_t)64 << 10)

enum kd_agent_kind {
	KD_AGENT_FACT, /* fact KEY VALUE: word, text */
	KD_AGENT_READY, /* ready */
	KD_AGENT_ALIVE, /* alive UPTIME */
	KD_AGENT_BEGIN, /* begin ID PID: id, number */
	KD_AGENT_OUT, /* out ID TEXT: id, text */
	KD_AGENT_END, /* end ID STATUS: id, number; has_number false when it died */
	KD_AGENT_FILE, /* file ID SIZE: id, number */
	KD_AGENT_DATA, /* data ID BASE64: id, text */
	KD_AGENT_EOF, /* eof ID */
	KD_AGENT_NOFILE, /* nofile ID */
	KD_AGENT_PONG, /* pong ID */
	KD_AGENT_BYE, /* bye */
};

struct kd_agent_msg {
	enum kd_agent_kind kind;
	uint64_t id, number;
	bool has_number;
	struct kd_view word, text; /* of the line */
};

/* false: the line is no message. */
bool kd_agent_parse(struct kd_view line, struct kd_agent_msg *ret);

/* Add the bytes of a line of base64 (RFC 4648, with padding); false when it is none or does
 * not fit. */
bool kd_agent_base64(struct kd_view text, struct kd_buf *ret);

#endif
