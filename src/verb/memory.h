/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory.h: the team's memory, opened for a verb: which database it is, its tables ready.
 *
 *	kd_auto(kd_db_closep) struct kd_db *db = NULL;
 *	err = kd_memory_open(ctx, o->store, KD_DB_WRITE, &db);
 *
 * Which: the option --store (src/cli/memory.h), else KDOC_CASE_DATABASE or case.database of the configuration, else
 * kdoc/team.db in the XDG data folder, for which the folder is made (0700) when something is to be written. A file is
 * made with 0600: texts of crashes are secrets. The .kdoc/config of a working folder has no say in it.
 */
#ifndef KD_VERB_MEMORY_H
#define KD_VERB_MEMORY_H

#include "base/config.h"
#include "base/ctx.h"
#include "base/error.h"
#include "base/sheet.h"
#include "case/db.h"

/*
 * flags as kd_db_open() has them. With KD_DB_WRITE tables are made, or brought up to date; without, KD_NOTFOUND: there is no
 * memory yet; KD_CONFLICT: its tables are older; KD_UNSUPPORTED: they are newer than this kdoc.
 */
KD_MUST_CHECK struct kd_error *kd_memory_open(struct kd_ctx *ctx, const char *store, unsigned flags, struct kd_db **ret);

/* The same without a look at the tables (store check, status, migrate). */
KD_MUST_CHECK struct kd_error *kd_memory_open_raw(struct kd_ctx *ctx, const char *store, unsigned flags, struct kd_db **ret);

/*
 * Verbs that ask the memory, as verb/history.h has it for the history: a function of type kd_memory_answer reads its options and
 * arguments and fills the sheet.
 */
struct kd_memory {
	struct kd_ctx *ctx;
	struct kd_db *db;
	struct kd_config *config;
	int64_t now; /* microseconds since 1970; KDOC_CASE_NOW sets it, so that an answer can be had again */
	const char *who; /* who decides and claims: case.who, else the login's name, as "person:NAME" */
};

typedef struct kd_error *kd_memory_answer(struct kd_memory *m, const void *options, const char *const *args, size_t nargs,
					  struct kd_sheet *s);

KD_MUST_CHECK struct kd_error *kd_memory_ask(struct kd_ctx *ctx, const char *store, unsigned flags, kd_memory_answer *answer,
					     const void *options, const char *const *args, size_t nargs, struct kd_sheet *s);

/* The moment that counts as now: KDOC_CASE_NOW or case.now (RFC 3339), else the clock. KD_INVALID. */
KD_MUST_CHECK struct kd_error *kd_memory_now(const struct kd_config *c, int64_t *ret);

/* Times as options and answers have them. "7d", "36h", "2w" → microseconds; 0: it is none. */
int64_t kd_span_of(const char *text);
/* RFC 3339 with a zone → microseconds since 1970. KD_INVALID. */
KD_MUST_CHECK struct kd_error *kd_moment_of(const char *text, int64_t *ret);
/* "2026-11-22 10:00Z"; absent for 0. */
struct kd_view kd_moment_text(struct kd_sheet *s, int64_t us);

/* The name of the database, on the heap. */
KD_MUST_CHECK struct kd_error *kd_memory_name(const char *store, char **ret);

#endif
