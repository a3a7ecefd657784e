/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sh_json.h: the answer to a command of the shell as one line of JSON (docs/schema/core-sh.json).
 *
 *	struct kd_sh_json j;
 *	kd_sh_json_begin(&j, cli->out, n, line);
 *	j.out, j.err                       // the command's: a document, or text if j.is_text is set; messages
 *	kd_sh_json_end(&j, status);        // the line is complete
 *
 * A document is passed on while it comes, without its line breaks; text is kept up to its end.
 */
#ifndef KD_CLI_SH_JSON_H
#define KD_CLI_SH_JSON_H

#include "render/out.h"

struct kd_sh_json {
	struct kd_out out, err;
	struct kd_out *on;
	bool is_text; /* what comes is no document */
	int64_t start_ns;
	bool any, over; /* of the document: some of it came, all of it */
	bool string, escaped;
	unsigned depth;
	struct kd_buf text;
};

/* n: number of the command in its session, from 1 on; line: as it was given. */
void kd_sh_json_begin(struct kd_sh_json *j, struct kd_out *on, uint64_t n, struct kd_view line);
void kd_sh_json_end(struct kd_sh_json *j, int status);

#endif
