/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jsonl.h: the whole of the team's memory as lines of JSON, from either database and into either.
 *
 *	err = kd_case_export(ctx, db, write, file, &counts);
 *	err = kd_case_import(ctx, db, src, &counts);
 *
 * The first line says what it is, then a row is a line, the last one says how many there were and what their digest is:
 *
 *	{"schema":"kdoc.team/1","version":1}
 *	{"table":"grp","id":"g-12ab…","founder":-3312,…}
 *	{"table":"block","id":1,"size":4096,"packed":"KLUv/…"}
 *	{"end":true,"rows":2,"sha256":"…"}
 *
 * A member is left out for NULL; bytes are base64; sha256 is of all bytes before the last line. Tables come in the order of
 * kd_schema_tables().
 */
#ifndef KD_CASE_JSONL_H
#define KD_CASE_JSONL_H

#include "base/source.h"
#include "case/db.h"

#define KD_TEAM_LINE_MAX ((size_t)256 << 20)

struct kd_team_counts {
	uint64_t rows; /* in the file */
	uint64_t fresh; /* import: that were not there before */
};

/* As of one moment, while others write. write() gives an error of its own. */
KD_MUST_CHECK struct kd_error *kd_case_export(struct kd_ctx *ctx, struct kd_db *db,
					      struct kd_error *(*write)(void *user, struct kd_view bytes), void *user,
					      struct kd_team_counts *ret);

/*
 * All of it, or nothing: one transaction. A row that is there stays as it is. KD_BADDATA with the line: cut off, damaged, not of
 * this kind; KD_UNSUPPORTED: of a newer kdoc; KD_LIMIT: a line of more than KD_TEAM_LINE_MAX; KD_CONFLICT: signatures of
 * another algorithm.
 */
KD_MUST_CHECK struct kd_error *kd_case_import(struct kd_ctx *ctx, struct kd_db *db, struct kd_source *src, struct kd_team_counts *ret);

#endif
