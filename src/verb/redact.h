/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * redact.h: a log that can be shown to others: names, addresses, serial numbers and
 * secrets become placeholders, the same one for the same text. With the map of the
 * placeholders the original comes back, byte for byte.
 *
 *	struct kd_redact_request req = {.inputs = names, .ninputs = n, .map = "private.map"};
 *	struct kd_redact_sink sink = {.write = to_stdout, .problem = tell, .user = state};
 *	struct kd_redact_summary sum;
 *	err = kd_redact(ctx, &req, &sink, &sum);
 *
 *	req.restore = "private.map";                 // the other direction
 *	err = kd_restore(ctx, &req, &sink, &sum);
 *
 * Several inputs are written one behind the other. An input is read once, kept in a
 * kd_spool, and looked through twice: a name that is told at the end of a log is
 * replaced at its beginning, too.
 */
#ifndef KD_VERB_REDACT_H
#define KD_VERB_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "verb/input.h"
#include "verb/redact_map.h"

struct kd_redact_request {
	const char *const *inputs;
	size_t ninputs;
	bool addresses; /* kernel addresses as well */
	const char *map; /* make this file (it must not exist), NULL: none */
	const char *restore; /* the map to restore with */
	/* Caps; 0 means the default. */
	size_t max_line; /* bytes; 1 MiB */
	size_t max_entries; /* different texts that are replaced; 500,000 */
};

struct kd_redact_sink {
	/* Redacted (restored) text. false: it cannot go on. */
	bool (*write)(void *user, struct kd_view bytes);
	/* An input that was not readable, or only in part. */
	void (*problem)(void *user, const struct kd_input_problem *p);
	void (*progress)(void *user, const struct kd_input *in); /* may be NULL */
	void *user;
};

struct kd_redact_summary {
	uint64_t inputs, problems, lines, bytes; /* of the text that was read */
	uint64_t skipped; /* files of directories that are no logs */
	uint64_t places[KD_RK_N]; /* replacements; restore: placeholders put back */
	uint64_t values[KD_RK_N]; /* different texts */
	uint64_t lost; /* places whose placeholder cannot be restored: the map was full */
	uint64_t long_lines; /* removed because they were too long */
	uint64_t whole_lines; /* replaced as a whole to stay unambiguous */
	uint64_t common; /* names that are common words: replaced only where marked as names */
	char first_common[48];
	uint64_t unknown; /* restore: placeholders that the map does not have */
	bool map_is_partial; /* restore: the map says that something cannot be restored */
};

KD_MUST_CHECK struct kd_error *kd_redact(struct kd_ctx *ctx, const struct kd_redact_request *req,
					 const struct kd_redact_sink *sink,
					 struct kd_redact_summary *ret);

KD_MUST_CHECK struct kd_error *kd_restore(struct kd_ctx *ctx, const struct kd_redact_request *req,
					  const struct kd_redact_sink *sink,
					  struct kd_redact_summary *ret);

/* "host names", "IPv4 addresses": for summaries. */
const char *kd_redact_kind_words(unsigned kind);
/* "host", "ip4": JSON keys and placeholders. */
const char *kd_redact_kind_name(unsigned kind);

#endif
