// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/ext/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/hashmap.h"
#include "base/load.h"

/*
 * Numbers of SQLite's C interface, which never change (https://www.sqlite.org/rescode.html, c3ref/open.html,
 * c3ref/c_blob.html).
 */
enum {
	OK = 0, PERM = 3, BUSY = 5, LOCKED = 6, NOMEM = 7, READONLY = 8, INTERRUPT = 9, IOERR = 10, CORRUPT = 11,
	FULL = 13, CANTOPEN = 14, PROTOCOL = 15, TOOBIG = 18, CONSTRAINT = 19, NOTADB = 26, ROW = 100, DONE = 101,
	IOERR_WRITE = 10 | 3 << 8, IOERR_SHMSIZE = 10 | 19 << 8,
	OPEN_READONLY = 1, OPEN_READWRITE = 2, OPEN_CREATE = 4, OPEN_NOMUTEX = 0x8000,
	TYPE_INTEGER = 1, TYPE_FLOAT = 2, TYPE_TEXT = 3, TYPE_BLOB = 4,
	PREPARE_PERSISTENT = 1,
	BUSY_MS = 10000, BUSY_STEP_MS = 10, BUSY_EAGER = 10, PROGRESS_STEPS = 100000, BACKUP_PAGES = 1024, PATH_BYTES = 4096,
};

struct api {
	int (*open)(const char *path, void **db, int flags, const char *vfs);
	int (*close)(void *db);
	int (*exec)(void *db, const char *sql, int (*fn)(void *, int, char **, char **), void *user, char **msg);
	int (*prepare)(void *db, const char *sql, int n, unsigned flags, void **stmt, const char **tail);
	int (*finalize)(void *stmt);
	int (*step)(void *stmt);
	int (*reset)(void *stmt);
	int (*bind_int64)(void *stmt, int i, int64_t x);
	int (*bind_double)(void *stmt, int i, double x);
	int (*bind_text)(void *stmt, int i, const char *p, int n, void (*free)(void *));
	int (*bind_blob)(void *stmt, int i, const void *p, int n, void (*free)(void *));
	int (*bind_null)(void *stmt, int i);
	int (*column_count)(void *stmt);
	int (*column_type)(void *stmt, int i);
	int64_t (*column_int64)(void *stmt, int i);
	double (*column_double)(void *stmt, int i);
	const void *(*column_blob)(void *stmt, int i);
	const char *(*column_text)(void *stmt, int i);
	int (*column_bytes)(void *stmt, int i);
	int (*changes)(void *db);
	int (*extended_errcode)(void *db);
	const char *(*errmsg)(void *db);
	int (*busy_handler)(void *db, int (*fn)(void *user, int times), void *user);
	void (*progress_handler)(void *db, int steps, int (*fn)(void *), void *user);
	void *(*backup_init)(void *to, const char *to_name, void *from, const char *from_name);
	int (*backup_step)(void *backup, int pages);
	int (*backup_finish)(void *backup);
	int (*system_errno)(void *db);
};

struct conn {
	struct api api;
	void *handle, *db;
	struct kd_ctx *ctx;
	char *path;
	struct kd_hashmap statements; /* text → statement */
	uint64_t sent; /* rows written by send() since begin() */
};

static struct kd_error *load(struct api *api, void **handle)
{
	static const char *const names[] = {"libsqlite3.so.0", NULL};
#define SYM(member, name) {"sqlite3_" name, offsetof(struct api, member)}
	static const struct kd_sym syms[] = {
		SYM(open, "open_v2"), SYM(close, "close_v2"), SYM(exec, "exec"), SYM(prepare, "prepare_v3"),
		SYM(finalize, "finalize"), SYM(step, "step"), SYM(reset, "reset"), SYM(bind_int64, "bind_int64"),
		SYM(bind_double, "bind_double"), SYM(bind_text, "bind_text"), SYM(bind_blob, "bind_blob"),
		SYM(bind_null, "bind_null"), SYM(column_count, "column_count"), SYM(column_type, "column_type"),
		SYM(column_int64, "column_int64"), SYM(column_double, "column_double"), SYM(column_blob, "column_blob"),
		SYM(column_text, "column_text"), SYM(column_bytes, "column_bytes"), SYM(changes, "changes"),
		SYM(extended_errcode, "extended_errcode"), SYM(errmsg, "errmsg"),
		SYM(busy_handler, "busy_handler"), SYM(progress_handler, "progress_handler"),
		SYM(backup_init, "backup_init"), SYM(backup_step, "backup_step"), SYM(backup_finish, "backup_finish"),
		SYM(system_errno, "system_errno"),
	};
#undef SYM
	static const struct kd_load l = {.sonames = names,
					 .syms = syms,
					 .nsyms = KD_ARRAY_LEN(syms),
					 .what = "the team's memory needs SQLite",
					 .package = "libsqlite3-0"};

	return kd_load(&l, api, handle);
}

static struct kd_error *no_room(const struct conn *c, const char *msg)
{
	return kd_error_new(KD_IO, "%s cannot grow: %s; what was acknowledged is kept, free some room and repeat the rest", c->path, msg);
}

/* By errno: what is the matter with the file, and what to do. */
static struct kd_error *cannot_open(const char *path, int err)
{
	switch (err) {
	case EACCES:
	case EPERM:
	case EROFS:
		return kd_error_errno(err, "%s cannot be opened: even who reads needs to write the file and its folder (SQLite keeps its log there): ask "
					   "its owner, or name a copy of it with --store", path);
	case ENOENT:
		return kd_error_errno(err, "%s cannot be made: its folder is to be there first", path);
	case EISDIR:
		return kd_error_errno(err, "%s is no file: name one in it, as %s/team.db", path, path);
	default:
		return kd_error_errno(err, "%s", path);
	}
}

/* What SQLite complains about, as an error of ours. */
static struct kd_error *error(const struct conn *c, int rc)
{
	const char *msg = c->api.errmsg(c->db);
	int err = c->api.system_errno(c->db);

	switch (rc & 0xff) {
	case BUSY:
	case LOCKED:
	case PROTOCOL:
		if (kd_ctx_cancelled(c->ctx))
			return kd_error_new(KD_CANCELLED, "stopped");
		return kd_error_new(KD_CONFLICT, "%s is being written by another process; it did not end within %d s", c->path,
				    BUSY_MS / 1000);
	case INTERRUPT:
		return kd_error_new(KD_CANCELLED, "stopped");
	case CORRUPT:
	case NOTADB:
		return kd_error_new(KD_BADDATA,
				    "%s is damaged, or no database (%s): see what is left with 'kdoc store check', or take the last "
				    "backup",
				    c->path, msg);
	case FULL:
		return no_room(c, msg);
	case IOERR:
		if (c->api.extended_errcode(c->db) == IOERR_WRITE || c->api.extended_errcode(c->db) == IOERR_SHMSIZE)
			return no_room(c, msg);
		return err ? kd_error_errno(err, "%s", c->path) : kd_error_new(KD_IO, "%s: %s", c->path, msg);
	case CANTOPEN:
		return err ? cannot_open(c->path, err) : kd_error_new(KD_IO, "%s: %s", c->path, msg);
	case PERM:
	case READONLY:
		return kd_error_new(KD_ACCESS, "%s may not be written: %s; even who reads needs to write the file and its folder (SQLite keeps its log "
					       "there): ask its owner, or name a copy of it with --store", c->path, msg);
	case TOOBIG:
	case NOMEM:
		return kd_error_new(KD_LIMIT, "%s: %s", c->path, msg);
	case CONSTRAINT:
		return kd_error_new(KD_CONFLICT, "%s: %s", c->path, msg);
	default:
		if (kd_view_starts(kd_view_of(msg), KD_V("no such ")) || kd_view_starts(kd_view_of(msg), KD_V("malformed ")))
			return kd_error_new(KD_BADDATA, "%s: its tables are not as kdoc made them (%s): take the last backup", c->path, msg);
		return kd_error_new(KD_INTERNAL, "%s: %s", c->path, msg);
	}
}

static bool claims(struct kd_view name)
{
	return name.n > 0 && !kd_view_has(name, KD_V("://")); /* an address of another database is no path */
}

static void close_conn(void *conn)
{
	struct conn *c = conn;

	for (size_t i = 0; i < c->statements.entries.n; i++)
		c->api.finalize(c->statements.entries.v[i].ptr);
	kd_hashmap_deinit(&c->statements);
	if (c->db)
		c->api.close(c->db);
	kd_unload(c->handle);
	kd_free(c->path);
	kd_free(c);
}

static void close_connp(struct conn **c)
{
	if (*c)
		close_conn(*c);
}

static struct kd_error *exec(void *conn, const char *sql)
{
	struct conn *c = conn;
	int rc = c->api.exec(c->db, sql, NULL, NULL, NULL);

	return rc == OK ? NULL : error(c, rc);
}

static int cancelled(void *user)
{
	const struct conn *c = user;

	return kd_ctx_cancelled(c->ctx);
}

/*
 * An empty file for this user alone; SQLite gives its log the same mode. Only if there is none: closing a descriptor of a file
 * that SQLite has open would drop its locks (https://www.sqlite.org/howtocorrupt.html, section 2.2).
 */
static struct kd_error *make_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? NULL : cannot_open(path, errno);
	close(fd);
	return NULL;
}

/* A pipe or a device of that name would be waited for, or written to. */
static struct kd_error *is_file(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return NULL;
	if (S_ISDIR(st.st_mode))
		return cannot_open(path, EISDIR);
	return S_ISREG(st.st_mode) ? NULL : kd_error_new(KD_INVALID, "%s is no regular file: a team's memory is a file of its own (--store)", path);
}

/* Wait for another process's lock: once more? */
static int busy(void *user, int times)
{
	const struct timespec t = {.tv_nsec = (times < BUSY_EAGER ? 1 : BUSY_STEP_MS) * 1000000L};

	if (kd_ctx_cancelled(((const struct conn *)user)->ctx) || times >= BUSY_EAGER + BUSY_MS / BUSY_STEP_MS)
		return 0;
	nanosleep(&t, NULL);
	return 1;
}

static struct kd_error *open_conn(struct kd_ctx *ctx, struct kd_view name, unsigned flags, void **ret)
{
	kd_auto(close_connp) struct conn *c = kd_xcalloc(1, sizeof(*c));
	bool write = flags & KD_DB_WRITE;
	struct kd_error *err;
	int rc;

	c->ctx = ctx;
	c->path = kd_xstrndup(name.p, name.n);
	c->statements = KD_HASHMAP_INIT(KD_DB_STATEMENTS_MAX, NULL);
	if (!write && !kd_fs_exists(c->path))
		return kd_error_new(KD_NOTFOUND, "there is no team's memory in %s yet; 'kdoc ingest' makes it", c->path);
	err = is_file(c->path);
	if (!err)
		err = load(&c->api, &c->handle);
	if (!err && write)
		err = make_file(c->path);
	if (err)
		return err;
	/* A reader opens for writing, too: the log of the last writer may have to be taken over. */
	rc = c->api.open(c->path, &c->db, OPEN_NOMUTEX | OPEN_READWRITE | (write ? OPEN_CREATE : 0), NULL);
	if (rc != OK && !write) {
		c->api.close(c->db);
		rc = c->api.open(c->path, &c->db, OPEN_NOMUTEX | OPEN_READONLY, NULL);
	}
	if (rc != OK)
		return c->db ? error(c, rc) : kd_error_new(KD_NOMEM, "no memory for %s", c->path);
	c->api.busy_handler(c->db, busy, c);
	c->api.progress_handler(c->db, PROGRESS_STEPS, cancelled, c);
	err = exec(c, "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY; "
		      "PRAGMA foreign_keys=OFF;");
	if (!err && write)
		err = exec(c, "PRAGMA journal_mode=WAL; PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=16384;");
	if (!err)
		err = exec(c, flags & KD_DB_DURABLE ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
	if (!err && !write)
		err = exec(c, "PRAGMA query_only=ON");
	if (err)
		return err;
	*ret = kd_take(c);
	return NULL;
}

static struct kd_error *prepare(struct conn *c, const char *sql, void **ret)
{
	struct kd_hashmap_entry *e = kd_hashmap_get(&c->statements, kd_view_of(sql));
	int rc;

	if (e && e->ptr) {
		*ret = e->ptr;
		return NULL;
	}
	rc = c->api.prepare(c->db, sql, -1, PREPARE_PERSISTENT, ret, NULL);
	if (rc != OK)
		return kd_error_wrap(error(c, rc), "%.60s…", sql);
	e = kd_hashmap_add(&c->statements, kd_view_of(sql), NULL);
	if (!e) {
		c->api.finalize(*ret);
		return kd_error_new(KD_INTERNAL, "more than %d statements on a connection", KD_DB_STATEMENTS_MAX);
	}
	e->ptr = *ret;
	return NULL;
}

static int bind(const struct conn *c, void *stmt, const struct kd_dbval *args, size_t n)
{
	int rc = OK;

	for (size_t i = 0; i < n && rc == OK; i++) {
		const struct kd_dbval *a = &args[i];
		int k = (int)i + 1;

		/* The text stays where it is until the statement was stepped to its end. */
		switch (a->type) {
		case KD_DBINT:
			rc = c->api.bind_int64(stmt, k, a->i);
			break;
		case KD_DBREAL:
			rc = c->api.bind_double(stmt, k, a->d);
			break;
		case KD_DBTEXT:
			rc = a->v.n > INT32_MAX ? TOOBIG : c->api.bind_text(stmt, k, a->v.p, (int)a->v.n, NULL);
			break;
		case KD_DBBLOB:
			rc = a->v.n > INT32_MAX ? TOOBIG : c->api.bind_blob(stmt, k, a->v.p, (int)a->v.n, NULL);
			break;
		default:
			rc = c->api.bind_null(stmt, k);
		}
	}
	return rc;
}

static struct kd_error *give_row(const struct conn *c, void *stmt, kd_dbrow_fn *fn, void *user)
{
	struct kd_dbval col[KD_DBARGS_MAX];
	int n = c->api.column_count(stmt);

	if (n > KD_DBARGS_MAX)
		return kd_error_new(KD_INTERNAL, "more than %d columns", KD_DBARGS_MAX);
	col[0] = kd_dbnull();
	for (int i = 0; i < n; i++) {
		switch (c->api.column_type(stmt, i)) {
		case TYPE_INTEGER:
			col[i] = kd_dbint(c->api.column_int64(stmt, i));
			break;
		case TYPE_FLOAT:
			col[i] = kd_dbreal(c->api.column_double(stmt, i));
			break;
		case TYPE_TEXT:
			col[i] = (struct kd_dbval){.type = KD_DBTEXT, .v.p = c->api.column_text(stmt, i)};
			break;
		case TYPE_BLOB:
			col[i] = (struct kd_dbval){.type = KD_DBBLOB, .v.p = c->api.column_blob(stmt, i)};
			break;
		default:
			col[i] = kd_dbnull();
		}
		if (col[i].type == KD_DBTEXT || col[i].type == KD_DBBLOB) {
			col[i].v.n = (size_t)c->api.column_bytes(stmt, i);
			if (!col[i].v.p) /* a blob of no bytes */
				col[i].v = KD_V("");
		}
	}
	return fn(user, col, (size_t)n);
}

static struct kd_error *query(void *conn, const char *sql, const struct kd_dbval *args, size_t n, kd_dbrow_fn *fn, void *user,
			      uint64_t *ret_changed)
{
	struct conn *c = conn;
	void *stmt = NULL;
	struct kd_error *err = prepare(c, sql, &stmt);
	int rc;

	if (err)
		return err;
	rc = bind(c, stmt, args, n);
	while (rc == OK || rc == ROW) {
		rc = c->api.step(stmt);
		if (rc == ROW && fn)
			err = give_row(c, stmt, fn, user);
		if (err)
			break;
	}
	if (!err && rc != DONE)
		err = error(c, rc);
	else if (!err && ret_changed)
		*ret_changed = (uint64_t)c->api.changes(c->db);
	c->api.reset(stmt);
	return err;
}

static struct kd_error *send(void *conn, const char *sql, const struct kd_dbval *args, size_t n)
{
	struct conn *c = conn;
	uint64_t changed = 0;
	struct kd_error *err = query(conn, sql, args, n, NULL, NULL, &changed);

	c->sent += changed;
	return err;
}

static struct kd_error *begin(void *conn, enum kd_db_begin how)
{
	struct conn *c = conn;

	c->sent = 0;
	return query(c, how == KD_DB_BEGIN_READ ? "BEGIN" : "BEGIN IMMEDIATE", NULL, 0, NULL, NULL, NULL);
}

static struct kd_error *sync_sent(void *conn, uint64_t *ret_changed)
{
	const struct conn *c = conn;

	*ret_changed = c->sent;
	return NULL;
}

static struct kd_error *commit(void *conn)
{
	return query(conn, "COMMIT", NULL, 0, NULL, NULL, NULL);
}

static void rollback(void *conn)
{
	struct conn *c = conn;

	/* It may have been rolled back by SQLite itself (disk full): that is no error here. */
	c->api.exec(c->db, "ROLLBACK", NULL, NULL, NULL);
}

struct complaints {
	void (*fn)(void *user, struct kd_view line);
	void *user;
	uint64_t n;
};

static struct kd_error *complaint(void *user, const struct kd_dbval *col, size_t n)
{
	struct complaints *s = user;

	if (!n || (col[0].type == KD_DBTEXT && kd_view_eq(col[0].v, KD_V("ok"))))
		return NULL;
	s->n++;
	if (s->fn)
		s->fn(s->user, col[0].type == KD_DBTEXT ? col[0].v : KD_V("a row of no text"));
	return NULL;
}

static struct kd_error *check(void *conn, void (*fn)(void *user, struct kd_view line), void *user, uint64_t *ret_complaints)
{
	struct complaints s = {fn, user, 0};
	struct kd_error *err = query(conn, "PRAGMA integrity_check(100)", NULL, 0, complaint, &s, NULL);

	*ret_complaints = s.n;
	return err;
}

/*
 * Pages of one moment: with a transaction that reads, a writer's commit does not start the copy again
 * (https://www.sqlite.org/c3ref/backup_finish.html).
 */
static struct kd_error *copy_pages(struct conn *c, void *to, const char *path)
{
	void *b = c->api.backup_init(to, "main", c->db, "main");
	int rc, end;

	if (!b)
		return kd_error_new(KD_IO, "%s: %s", path, c->api.errmsg(to));
	do
		rc = c->api.backup_step(b, BACKUP_PAGES);
	while (rc == OK && !kd_ctx_cancelled(c->ctx));
	end = c->api.backup_finish(b);
	if (kd_ctx_cancelled(c->ctx))
		return kd_error_new(KD_CANCELLED, "stopped");
	if (rc == CORRUPT || rc == NOTADB)
		return error(c, rc);
	if (rc != DONE || end != OK)
		return kd_error_new(KD_IO, "%s: %s", path, c->api.errmsg(to));
	return NULL;
}

static struct kd_error *copy_to(struct conn *c, const char *path)
{
	struct kd_error *err = make_file(path);
	void *to = NULL;
	int rc;

	if (err)
		return err;
	rc = c->api.open(path, &to, OPEN_NOMUTEX | OPEN_READWRITE, NULL);
	if (rc != OK)
		err = kd_error_new(KD_IO, "%s: %s", path, to ? c->api.errmsg(to) : "no memory");
	if (!err)
		err = exec(c, "BEGIN; SELECT count(*) FROM sqlite_master");
	if (!err) {
		err = copy_pages(c, to, path);
		c->api.exec(c->db, "ROLLBACK", NULL, NULL, NULL);
	}
	c->api.close(to);
	return err;
}

/* Into its place, which has to be free, and onto the disk. */
static struct kd_error *put_in_place(const char *tmp, const char *path)
{
	size_t slash = kd_view_rchr(kd_view_of(path), '/');
	kd_auto(kd_freep) char *folder = slash == KD_NPOS ? kd_xstrndup(".", 1) : kd_xstrndup(path, slash ? slash : 1);
	int fd, bad;

	if (link(tmp, path))
		return errno == EEXIST ? kd_error_new(KD_CONFLICT, "%s is there already; a backup replaces nothing", path)
				       : kd_error_errno(errno, "%s", path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bad = fd < 0 || fsync(fd) ? errno : 0;
	if (fd >= 0)
		close(fd);
	return bad ? kd_error_errno(bad, "%s", folder) : NULL;
}

static struct kd_error *backup(void *conn, const char *path)
{
	kd_auto(kd_buf_deinit) struct kd_buf tmp = KD_BUF_INIT(PATH_BYTES);
	struct kd_error *err;

	if (kd_fs_exists(path))
		return kd_error_new(KD_CONFLICT, "%s is there already; a backup replaces nothing", path);
	kd_buf_printf(&tmp, "%s.part-%d", path, (int)getpid());
	if (tmp.overflow)
		return kd_error_new(KD_INVALID, "a path of more than %d bytes", PATH_BYTES);
	err = copy_to(conn, tmp.p);
	if (!err)
		err = put_in_place(tmp.p, path);
	unlink(tmp.p);
	return err;
}

const struct kd_db_ops kd_db_sqlite = {
	.name = "sqlite",
	.claims = claims,
	.open = open_conn,
	.close = close_conn,
	.exec = exec,
	.query = query,
	.send = send,
	.begin = begin,
	.sync = sync_sent,
	.commit = commit,
	.rollback = rollback,
	.check = check,
	.backup = backup,
	.words =
		{
			[KD_DB_HAS_META] = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'meta'",
			[KD_DB_HAS_OTHERS] = "SELECT count(*) FROM sqlite_master WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~'",
			[KD_DB_SIZE] = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
			[KD_DB_VERSION] = "SELECT sqlite_version()",
			[KD_DB_EVENT_KEY] = "PRIMARY KEY (at, dig))",
		},
};
