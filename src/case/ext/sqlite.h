/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sqlite.h: a database in one file, by SQLite, which is loaded when it is first needed.
 *
 * Write-ahead log: readers never wait, one writer at a time (another waits up to ten seconds, then KD_CONFLICT). What
 * was committed survives the end of the process at any moment; with KD_DB_DURABLE a loss of power, too (synchronous=FULL).
 */
#ifndef KD_CASE_EXT_SQLITE_H
#define KD_CASE_EXT_SQLITE_H

#include "case/db.h"

extern const struct kd_db_ops kd_db_sqlite;

#endif
