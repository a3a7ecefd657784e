/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * postgres.h: a database of a PostgreSQL server (12 or newer), by libpq, which is loaded when it is first needed.
 *
 * Its name is what libpq calls a connection string: "postgresql://user@host,standby/team" or "host=/run/postgresql dbname=team".
 * With several hosts the one that takes writes is found (target_session_attrs=read-write, unless the name says otherwise), so that
 * a promoted standby is followed by opening again. A password is not taken from the name, but from PGPASSFILE or ~/.pgpass.
 *
 * Several writers at a time; statements of kd_db_send() are on their way to the server while the next ones are made (pipeline
 * mode, libpq 14). A commit counts when the server says COMMIT and did not warn that a standby was missing. KD_DB_DURABLE
 * raises synchronous_commit to "on" where the server has less; which standbys have to confirm is the server's
 * synchronous_standby_names.
 *
 * Limits of time: 10 s to connect to a host, 10 s for a lock (KD_CONFLICT), 15 min for a statement (KD_TIMEOUT), 30 s for a
 * peer that does not answer (KD_NETWORK).
 */
#ifndef KD_CASE_EXT_POSTGRES_H
#define KD_CASE_EXT_POSTGRES_H

#include "case/db.h"

extern const struct kd_db_ops kd_db_postgres;

#endif
