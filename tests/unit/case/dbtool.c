// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * dbtool: rows of made-up events through case/db.h, for tests/run/casestore and tests/bench/casestore.
 *
 *	dbtool write NAME FIRST N BATCH [retry]    events FIRST…FIRST+N-1; "ack LAST" after each batch that is committed; a seed of
 *	                                           the event's number makes the row, so that two writers of one number write one event
 *	dbtool hold NAME SECONDS                   a transaction that writes, open for so long ("holding" when it is)
 *	dbtool numbers NAME                        the numbers of all events, one a line
 *	dbtool bench NAME N BATCH durable|normal   write N rows, say how long it took
 *	dbtool migrate NAME
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"
#include "case/db.h"
#include "case/schema.h"

enum { SIGNATURES = 500, RETRY_SECONDS = 90, TEXT = 128 };

#define DAY_US INT64_C(86400000000)

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static int64_t time_of(int64_t i)
{
	return INT64_C(1735689600000000) + (int64_t)(mix((uint64_t)i + 1) % (uint64_t)(365 * DAY_US));
}

/* Times over a year, hosts out of 2000, texts as long as those of real events. */
static struct kd_error *send_event(struct kd_db *db, int64_t i)
{
	static const char sql[] =
		"INSERT INTO event (at, dig, sig, seen, host, boot, release, arch, hardware, cpu, pid, comm, taint, mono, oops, tier, outcome, "
		"debug, access, place, source, input, off, len, number) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, "
		"?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25) ON CONFLICT DO NOTHING";
	uint64_t r = mix((uint64_t)i + 1), s = mix(r);
	char host[64], boot[TEXT], release[TEXT], hardware[TEXT], comm[TEXT], place[TEXT], input[TEXT];
	int64_t at = time_of(i);
	unsigned h = (unsigned)(s % 2000);

	snprintf(host, sizeof(host), "web-%04u.eu-central.example.org", h);
	snprintf(boot, sizeof(boot), "%08llx-1111-4222-8333-%012llx", (unsigned long long)(mix(h) & 0xffffffff),
		 (unsigned long long)(mix(h + 7 * (r % 30)) & 0xffffffffffff));
	snprintf(release, sizeof(release), "6.1.0-%u-cloud-amd64", (unsigned)(r % 40));
	snprintf(hardware, sizeof(hardware), "QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.%u 04/01/2014", (unsigned)(s % 4));
	snprintf(comm, sizeof(comm), "kworker/%u:%u", (unsigned)(r % 64), (unsigned)(s % 9));
	snprintf(place, sizeof(place), "fs/ext4/inode.c:%u", (unsigned)(r % 5000));
	snprintf(input, sizeof(input), "/var/crash/%.60s/dmesg.%lld", host, (long long)i / 4);
	struct kd_dbval a[] = {
		kd_dbint(at), kd_dbint((int64_t)r), kd_dbint((int64_t)mix(r % SIGNATURES)), kd_dbint(INT64_C(1767225600000000)),
		kd_dbtext(kd_view_of(host)), kd_dbtext(kd_view_of(boot)), kd_dbtext(kd_view_of(release)), kd_dbtext(KD_V("x86_64")),
		kd_dbtext(kd_view_of(hardware)), kd_dbint((int64_t)(r % 64)), kd_dbint((int64_t)(s % 32768)), kd_dbtext(kd_view_of(comm)),
		kd_dbint(512), kd_dbint((int64_t)(s % 100000000)), kd_dbint(1), kd_dbint(3), kd_dbint(1), kd_dbint(0),
		kd_dbtext(KD_V("read of size 8")), kd_dbtext(kd_view_of(place)), kd_dbtext(KD_V("log")), kd_dbtext(kd_view_of(input)),
		kd_dbint(i), kd_dbint(4096), kd_dbint(i % 4 + 1),
	};
	return kd_db_send(db, sql, a, KD_ARRAY_LEN(a));
}

static struct kd_error *send_signature(struct kd_db *db, int64_t n)
{
	static const char sql[] = "INSERT INTO sig (sig, strict, title, grp) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
	static const char group[] = "INSERT INTO grp (id, founder, title) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
	char strict[TEXT], title[TEXT], id[TEXT];
	int64_t sig = (int64_t)mix((uint64_t)n);
	struct kd_error *err;

	snprintf(strict, sizeof(strict), "strict:%lld|ext4_writepages|do_writepages", (long long)n);
	snprintf(title, sizeof(title), "BUG: unable to handle page fault in function_%lld", (long long)n);
	snprintf(id, sizeof(id), "g-%012llx", (unsigned long long)sig & 0xffffffffffff);
	struct kd_dbval a[] = {kd_dbint(sig), kd_dbtext(kd_view_of(strict)), kd_dbtext(kd_view_of(title)), kd_dbtext(kd_view_of(id))};
	struct kd_dbval g[] = {kd_dbtext(kd_view_of(id)), kd_dbint(sig), kd_dbtext(kd_view_of(title))};

	err = kd_db_send(db, sql, a, KD_ARRAY_LEN(a));
	return err ? err : kd_db_send(db, group, g, KD_ARRAY_LEN(g));
}

static struct kd_error *batch(struct kd_db *db, int64_t first, int64_t n, bool signatures, uint64_t *ret_new)
{
	kd_auto(kd_freep) int64_t *at = kd_xcalloc((size_t)n, sizeof(*at));
	struct kd_error *err;
	uint64_t changed = 0;

	for (int64_t i = 0; i < n; i++)
		at[i] = time_of(first + i);
	err = kd_schema_partition(db, at, (size_t)n);
	if (!err)
		err = kd_db_begin(db);

	for (int64_t i = 0; !err && signatures && i < SIGNATURES; i++)
		err = send_signature(db, i);
	for (int64_t i = first; !err && i < first + n; i++)
		err = send_event(db, i);
	if (!err)
		err = kd_db_sync(db, &changed);
	if (!err)
		err = kd_db_commit(db);
	if (err)
		kd_db_rollback(db);
	else
		*ret_new += changed;
	return err;
}

static struct kd_error *open_ready(struct kd_ctx *ctx, const char *name, unsigned flags, struct kd_db **ret)
{
	struct kd_error *err = kd_db_open(ctx, kd_view_of(name), flags, ret);

	if (!err)
		err = kd_schema_ready(*ret, flags & KD_DB_WRITE);
	if (err) {
		kd_db_close(*ret);
		*ret = NULL;
	}
	return err;
}

/* A lost connection and a busy database are waited for. */
static bool again(struct kd_error **err, int64_t since)
{
	if (kd_mono_ns() - since > RETRY_SECONDS * INT64_C(1000000000))
		return false;
	if (!kd_error_catch(err, KD_NETWORK) && !kd_error_catch(err, KD_CONFLICT))
		return false;
	usleep(200000);
	return true;
}

static struct kd_error *make_rows(struct kd_ctx *ctx, const char *name, unsigned flags, int64_t first, int64_t n, int64_t step,
				  bool retry, bool say, uint64_t *ret_new)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	int64_t since = kd_mono_ns();
	struct kd_error *err = NULL;

	for (int64_t i = first; i < first + n;) {
		int64_t m = i + step > first + n ? first + n - i : step;

		if (!db)
			err = open_ready(ctx, name, flags, &db);
		if (!err)
			err = batch(db, i, m, i == first, ret_new);
		if (err && retry && again(&err, since)) {
			kd_db_close(kd_take(db));
			continue;
		}
		if (err)
			return err;
		since = kd_mono_ns();
		i += m;
		if (say) {
			printf("ack %lld\n", (long long)i - 1);
			fflush(stdout);
		}
	}
	return NULL;
}

static struct kd_error *hold(struct kd_ctx *ctx, const char *name, unsigned seconds)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	struct kd_error *err = open_ready(ctx, name, KD_DB_WRITE, &db);

	if (!err)
		err = kd_db_begin_alone(db);
	if (!err)
		err = kd_meta_set(db, "held", KD_V("yes"));
	if (!err) {
		puts("holding");
		fflush(stdout);
		sleep(seconds);
	}
	return err;
}

static struct kd_error *print_number(void *user, const struct kd_dbval *col, size_t n)
{
	(void)user;
	if (n == 2)
		printf("%lld %lld\n", (long long)col[0].i, (long long)col[1].i);
	return NULL;
}

/* Column off holds the number. */
static struct kd_error *numbers(struct kd_ctx *ctx, const char *name)
{
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	struct kd_error *err = open_ready(ctx, name, KD_DB_READ, &db);

	return err ? err
		   : kd_db_query(db, "SELECT off, at FROM event WHERE off >= ?1 ORDER BY 1",
				 (struct kd_dbval[]){kd_dbint(0)}, 1, print_number, NULL);
}

static double seconds(clockid_t which)
{
	struct timespec t;

	clock_gettime(which, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct kd_error *bench(struct kd_ctx *ctx, const char *name, int64_t n, int64_t step, bool durable)
{
	double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	uint64_t fresh = 0;
	struct kd_error *err =
		make_rows(ctx, name, KD_DB_WRITE | (durable ? KD_DB_DURABLE : 0), 0, n, step, false, false, &fresh);

	wall = seconds(CLOCK_MONOTONIC) - wall;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	if (!err)
		printf("%lld events, %llu rows written, %.2f s (%.0f events/s), %.2f s of this process\n", (long long)n,
		       (unsigned long long)fresh, wall, (double)n / wall, cpu);
	return err;
}

static struct kd_error *dispatch(struct kd_ctx *ctx, int argc, char **argv)
{
	const char *name = argc > 2 ? argv[2] : "";
	kd_auto(kd_db_closep) struct kd_db *db = NULL;
	int64_t number[3] = {0};
	uint64_t fresh = 0;

	for (int i = 3; i < argc && i < 6; i++) {
		struct kd_view v = kd_view_of(argv[i]);

		kd_view_take_int(&v, &number[i - 3]);
	}
	if (argc >= 6 && !strcmp(argv[1], "write"))
		return make_rows(ctx, name, KD_DB_WRITE | KD_DB_DURABLE, number[0], number[1], number[2], argc > 6, true, &fresh);
	if (argc == 4 && !strcmp(argv[1], "hold"))
		return hold(ctx, name, (unsigned)number[0]);
	if (argc == 3 && !strcmp(argv[1], "numbers"))
		return numbers(ctx, name);
	if (argc == 3 && !strcmp(argv[1], "migrate"))
		return open_ready(ctx, name, KD_DB_WRITE, &db);
	if (argc == 6 && !strcmp(argv[1], "bench"))
		return bench(ctx, name, number[0], number[1], !strcmp(argv[5], "durable"));
	return kd_error_new(KD_INVALID, "usage: see the top of dbtool.c");
}

int main(int argc, char **argv)
{
	struct kd_ctx ctx;
	struct kd_error *err;
	int status = 0;

	kd_ctx_init(&ctx);
	err = dispatch(&ctx, argc, argv);
	if (err) {
		fprintf(stderr, "%s: %s\n", kd_errclass_info(err->cls)->name, err->msg);
		status = 10 + (int)err->cls;
		kd_error_free(err);
	}
	kd_ctx_deinit(&ctx);
	return status;
}
