/* SPDX-License-Identifier: GPL-2.0-or-later */
/* casedb.h: a team's memory with a few groups in it, for the tests of case/. */
#ifndef CASEDB_H
#define CASEDB_H

#include "case/db.h"

#define CASE_NOW 1778587200000000ll /* 2026-05-12T12:00:00Z */
#define CASE_DAY 86400000000ll

struct casedb {
	struct kd_ctx ctx;
	struct kd_db *db;
	char path[64];
};

void casedb_open(struct casedb *c);
void casedb_close(struct casedb *c);

/*
 * A signature n of a group with one event: strict, normal and loose are 32 digits that end in n, n / 10, n / 100. Its event: at day `day` before
 * CASE_NOW (0: without a time), with the digest n.
 */
void casedb_event(struct casedb *c, const char *grp, int n, int day, const char *host, const char *release, const char *issue);
void casedb_hex(char ret[33], int n);
/* no error */
void casedb_ok(struct kd_error *err);
/* this class of error, with these words */
void casedb_fails(struct kd_error *err, enum kd_errclass cls, const char *words);

#endif
