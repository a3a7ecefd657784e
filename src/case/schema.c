// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/schema.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/buf.h"

/*
 * Numbers that stand for texts: event (at, dig): at is microseconds since 1970 as the event states it, 0 when it does not; dig the first
 * 64 bits of its digest; both are in its id, ev-…, see event.h. sig: the first 64 bits of the strict signature; all that
 * equal strict signatures have in common is in table sig, and a group is a set of them: so putting an event into its group is one
 * look-up, and a group can change without touching events. Times are microseconds since 1970; durations are seconds.
 */
static const char version_1[] =
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);\n"
	/* packed raw texts of many events: zstd, one frame */
	"CREATE TABLE block (id BIGINT PRIMARY KEY, size BIGINT NOT NULL, packed BYTEA NOT NULL);\n"
	"CREATE TABLE event (\n"
	" at BIGINT NOT NULL, dig BIGINT NOT NULL, sig BIGINT NOT NULL,\n"
	" seen BIGINT NOT NULL,\n" /* when it was ingested */
	" host TEXT, boot TEXT, release TEXT, arch TEXT, hardware TEXT,\n"
	" cpu BIGINT, pid BIGINT, comm TEXT, taint BIGINT, mono BIGINT, oops BIGINT,\n"
	" tier BIGINT, outcome BIGINT, debug BIGINT, access TEXT, place TEXT,\n"
	" cause_at BIGINT, cause_dig BIGINT, cause TEXT, fatal TEXT,\n" /* the event that it follows from; fatal: line of a crash that followed */
	" source TEXT, input TEXT, issue TEXT, extid TEXT,\n" /* issue, extid: of the tracker that it came from */
	" block BIGINT, off BIGINT, len BIGINT, number BIGINT,\n" /* its raw text; number: of the report in it, from 1 */
	" mark TEXT,\n" /* what the tracker knows of it: "mce" */
	" %s;\n"
	"CREATE INDEX event_sig ON event (sig, at);\n"
	"CREATE INDEX event_issue ON event (issue) WHERE issue IS NOT NULL;\n"
	"CREATE TABLE sig (\n"
	" sig BIGINT PRIMARY KEY, strict TEXT NOT NULL, normal TEXT, loose TEXT,\n"
	" kind TEXT, family TEXT, title TEXT, syz TEXT, func TEXT, place TEXT, subsystem TEXT,\n"
	" owner BIGINT, tier BIGINT, infra BIGINT, traits TEXT,\n"
	" grp TEXT NOT NULL, verdict TEXT, score DOUBLE PRECISION, via BIGINT, why TEXT,\n" /* how it came into its group */
	" made BIGINT, rep_at BIGINT, rep_dig BIGINT);\n" /* rep: the event that it was first seen with */
	"CREATE INDEX sig_grp ON sig (grp);\n"
	"CREATE INDEX sig_normal ON sig (normal);\n"
	"CREATE TABLE possible (sig BIGINT NOT NULL, grp TEXT NOT NULL, score DOUBLE PRECISION, why TEXT, PRIMARY KEY (sig, grp));\n"
	"CREATE TABLE grp (\n"
	" id TEXT PRIMARY KEY, founder BIGINT NOT NULL, title TEXT, made BIGINT, into_grp TEXT, state TEXT, state_at BIGINT);\n"
	/* what people decided; by events, because signatures change when the algorithm does */
	"CREATE TABLE decision (\n"
	" id TEXT PRIMARY KEY, made BIGINT, who TEXT, verb TEXT NOT NULL,\n"
	" a_at BIGINT, a_dig BIGINT, a_sig BIGINT, b_at BIGINT, b_dig BIGINT, b_sig BIGINT,\n" /* _sig: then, for when the event is gone */
	" a_grp TEXT, b_grp TEXT, why TEXT, undone BIGINT);\n"
	/* subject: an id of ours (ev-, g-, inc-, c…); system: sentry, jira, github … */
	"CREATE TABLE link (\n"
	" subject TEXT NOT NULL, system TEXT NOT NULL, key TEXT NOT NULL, kind TEXT, url TEXT, title TEXT, made BIGINT, who TEXT,\n"
	" ev_at BIGINT, ev_dig BIGINT,\n" /* of a subject that is an event: its key */
	" PRIMARY KEY (subject, system, key));\n"
	"CREATE INDEX link_key ON link (key);\n"
	"CREATE TABLE state (\n"
	" subject TEXT NOT NULL, made BIGINT NOT NULL, state TEXT NOT NULL, ref TEXT, who TEXT, why TEXT,\n"
	" PRIMARY KEY (subject, made, state));\n"
	"CREATE TABLE known (\n"
	" id TEXT PRIMARY KEY, title TEXT NOT NULL, ticket TEXT, fix TEXT,\n"
	" workaround TEXT, status TEXT NOT NULL, notes TEXT, made BIGINT, changed BIGINT, who TEXT);\n"
	/* what a known issue is recognised by; how: strict, normal, loose (a signature in hex), group (its id) */
	"CREATE TABLE knownmatch (known TEXT NOT NULL, how TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (known, how, value));\n"
	"CREATE INDEX knownmatch_value ON knownmatch (value);\n"
	"CREATE TABLE evidence (\n"
	" id TEXT PRIMARY KEY, kind TEXT NOT NULL, locator TEXT NOT NULL, digest TEXT NOT NULL, input TEXT, made BIGINT);\n"
	"CREATE TABLE claim (\n"
	" id TEXT PRIMARY KEY, subject TEXT, text TEXT NOT NULL, status TEXT NOT NULL, origin TEXT NOT NULL, made BIGINT, changed BIGINT);\n"
	"CREATE INDEX claim_subject ON claim (subject);\n"
	"CREATE TABLE claimev (claim TEXT NOT NULL, evidence TEXT NOT NULL, PRIMARY KEY (claim, evidence));\n"
	"CREATE TABLE claimlog (\n"
	" claim TEXT NOT NULL, made BIGINT NOT NULL, status TEXT NOT NULL, who TEXT, why TEXT, PRIMARY KEY (claim, made, status));\n"
	/* evidence that was looked at again: what it was then, and where that was read */
	"CREATE TABLE evcheck (\n"
	" evidence TEXT NOT NULL, made BIGINT NOT NULL, verdict TEXT NOT NULL, how TEXT, who TEXT, PRIMARY KEY (evidence, made));\n"
	/* since, until: when that host ran that release; boots in that time, if known */
	"CREATE TABLE exposure (\n"
	" host TEXT NOT NULL, release TEXT NOT NULL, since BIGINT NOT NULL, until BIGINT NOT NULL, boots BIGINT, source TEXT,\n"
	" PRIMARY KEY (host, release, since));\n"
	"CREATE TABLE rollout (release TEXT PRIMARY KEY, since BIGINT, until BIGINT, note TEXT);\n";

/* Statements are literals (db.h): these are put together here. */
#define P2 "?1, ?2"
#define P3 P2 ", ?3"
#define P4 P3 ", ?4"
#define P5 P4 ", ?5"
#define P6 P5 ", ?6"
#define P7 P6 ", ?7"
#define P8 P7 ", ?8"
#define P10 P8 ", ?9, ?10"
#define P14 P10 ", ?11, ?12, ?13, ?14"
#define P23 P14 ", ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23"
#define P33 P32 ", ?33"
#define P32 P23 ", ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32"
#define TABLE(name, columns, key, by, types, values)                                                                  \
	{                                                                                                             \
		name, columns, key, by, types, "SELECT " columns " FROM " name,                                       \
			"INSERT INTO " name " (" columns ") VALUES (" values ") ON CONFLICT DO NOTHING",              \
			"SELECT count(*) FROM " name                                                                  \
	}

static const struct kd_table_info tables[] = {
	TABLE("meta", "key, value", "key", NULL, "Tt", P2),
	TABLE("block", "id, size, packed", "id", "id", "IIB", P3),
	TABLE("sig",
	 "sig, strict, normal, loose, kind, family, title, syz, func, place, subsystem, owner, tier, infra, traits, grp, verdict, "
	 "score, via, why, made, rep_at, rep_dig",
	 "sig", "sig", "ITtttttttttiiitTtritiii", P23),
	TABLE("event",
	 "at, dig, sig, seen, host, boot, release, arch, hardware, cpu, pid, comm, taint, mono, oops, tier, outcome, debug, access, "
	 "place, cause_at, cause_dig, cause, fatal, source, input, issue, extid, block, off, len, number, mark",
	 "at, dig", "sig", "IIIItttttiitiiiiiittiittttttiiiit", P33),
	TABLE("possible", "sig, grp, score, why", "sig, grp", "sig", "ITrt", P4),
	TABLE("grp", "id, founder, title, made, into_grp, state, state_at", "id", NULL, "TItitti", P7),
	TABLE("decision", "id, made, who, verb, a_at, a_dig, a_sig, b_at, b_dig, b_sig, a_grp, b_grp, why, undone", "id", NULL, "TitTiiiiiittti", P14),
	TABLE("link", "subject, system, key, kind, url, title, made, who, ev_at, ev_dig", "subject, system, key", NULL, "TTTtttitii", P10),
	TABLE("state", "subject, made, state, ref, who, why", "subject, made, state", NULL, "TITttt", P6),
	TABLE("known", "id, title, ticket, fix, workaround, status, notes, made, changed, who", "id", NULL, "TTtttTtiit", P10),
	TABLE("knownmatch", "known, how, value", "known, how, value", NULL, "TTT", P3),
	TABLE("evidence", "id, kind, locator, digest, input, made", "id", NULL, "TTTTti", P6),
	TABLE("claim", "id, subject, text, status, origin, made, changed", "id", NULL, "TtTTTii", P7),
	TABLE("claimev", "claim, evidence", "claim, evidence", NULL, "TT", P2),
	TABLE("claimlog", "claim, made, status, who, why", "claim, made, status", NULL, "TITtt", P5),
	TABLE("evcheck", "evidence, made, verdict, how, who", "evidence, made", NULL, "TITtt", P5),
	TABLE("exposure", "host, release, since, until, boots, source", "host, release, since", NULL, "TTIIit", P6),
	TABLE("rollout", "release, since, until, note", "release", NULL, "Tiit", P4),
	{.name = NULL},
};

/* Each brings the tables one version further; %s in the first is KD_DB_EVENT_KEY. */
static const char *const migrations[] = {version_1};

const struct kd_table_info *kd_schema_tables(void)
{
	return tables;
}

bool kd_schema_column(struct kd_view *columns, struct kd_view *ret)
{
	return kd_view_take_part(columns, KD_V(", "), ret);
}

int64_t kd_schema_version(void)
{
	return KD_ARRAY_LEN(migrations);
}

static struct kd_error *text_of(void *user, const struct kd_dbval *col, size_t n)
{
	char **ret = user;

	if (n && col[0].type == KD_DBTEXT && !*ret)
		*ret = kd_xstrndup(col[0].v.p, col[0].v.n);
	return NULL;
}

struct kd_error *kd_meta_get(struct kd_db *db, const char *key, char **ret)
{
	struct kd_dbval a = kd_dbtext(kd_view_of(key));

	*ret = NULL;
	return kd_db_query(db, "SELECT value FROM meta WHERE key = ?1", &a, 1, text_of, ret);
}

struct kd_error *kd_meta_set(struct kd_db *db, const char *key, struct kd_view value)
{
	struct kd_dbval a[] = {kd_dbtext(kd_view_of(key)), kd_dbtext(value)};

	return kd_db_run(db, "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value", a,
			 2, NULL);
}

/* 0: there are no tables of ours. */
static struct kd_error *version_of(struct kd_db *db, int64_t *ret)
{
	kd_auto(kd_freep) char *text = NULL;
	struct kd_error *err = NULL;
	uint64_t version = 0;
	int64_t there = 0;

	err = kd_db_number(db, kd_db_word(db, KD_DB_HAS_META), NULL, 0, &there);
	if (!err && there)
		err = kd_meta_get(db, "schema", &text);
	if (!err && there && (!text || !kd_view_dec(kd_view_of(text), &version) || !version || version > INT32_MAX))
		err = kd_error_new(KD_BADDATA, "%.*s has a table 'meta' that is not kdoc's", KD_VARG(kd_db_name(db)));
	*ret = (int64_t)version;
	return err;
}

static struct kd_error *migrate(struct kd_db *db, int64_t from)
{
	kd_auto(kd_buf_deinit) struct kd_buf sql = KD_BUF_INIT(64 << 10);
	char version[24];
	struct kd_error *err;

	/* A table's key is the only thing that differs. */
	for (const char *p = migrations[from]; *p; p++) {
		if (p[0] == '%' && p[1] == 's') {
			kd_buf_add(&sql, kd_view_of(kd_db_word(db, KD_DB_EVENT_KEY)));
			p++;
		} else {
			kd_buf_addc(&sql, *p);
		}
	}
	snprintf(version, sizeof(version), "%lld", (long long)from + 1);
	err = kd_db_exec(db, sql.p);
	return err ? err : kd_meta_set(db, "schema", kd_view_of(version));
}

static struct kd_error *newer(const struct kd_db *db, int64_t version)
{
	return kd_error_new(KD_UNSUPPORTED,
			    "%.*s was made by a newer kdoc (tables of version %lld, this one knows %lld): use that one; nothing was changed",
			    KD_VARG(kd_db_name(db)), (long long)version, (long long)kd_schema_version());
}

static struct kd_error *bring_up(struct kd_db *db)
{
	int64_t version = 0, others = 0;
	struct kd_error *err = kd_db_begin_alone(db);

	/* Once more: another process may have done it while we waited. */
	if (!err)
		err = version_of(db, &version);
	if (!err && !version)
		err = kd_db_number(db, kd_db_word(db, KD_DB_HAS_OTHERS), NULL, 0, &others);
	if (!err && others)
		err = kd_error_new(KD_BADDATA, "%.*s is a database of something else: the team's memory needs one of its own; nothing was changed",
				   KD_VARG(kd_db_name(db)));
	if (!err && version > kd_schema_version())
		err = newer(db, version);
	while (!err && version < kd_schema_version())
		err = migrate(db, version++);
	if (!err)
		err = kd_db_commit(db);
	if (err)
		kd_db_rollback(db);
	return err;
}

struct kd_error *kd_schema_ready(struct kd_db *db, bool write)
{
	struct kd_view name = kd_db_name(db);
	int64_t version = 0;
	struct kd_error *err = version_of(db, &version);

	if (err || version == kd_schema_version())
		return err;
	if (version > kd_schema_version())
		return newer(db, version);
	if (write)
		return bring_up(db);
	if (!version)
		return kd_error_new(KD_NOTFOUND, "there is no team's memory in %.*s yet; 'kdoc ingest' makes it", KD_VARG(name));
	return kd_error_new(KD_CONFLICT, "%.*s has tables of version %lld: 'kdoc store migrate' makes version %lld of them", KD_VARG(name),
			    (long long)version, (long long)kd_schema_version());
}
