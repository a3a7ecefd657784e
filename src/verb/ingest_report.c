// SPDX-License-Identifier: GPL-2.0-or-later
/* The reports of a text → events. */
#include "verb/ingest_internal.h"

#include <stdio.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "report/scan.h"

enum {
	SHARED = 64 << 10, /* a text that is kept as a whole; of a longer one the reports and what is around them */
	BEFORE = 8 << 10,
	AFTER = 4 << 10,
	BOOT_LABEL = 24,
	HEAD = 64 << 10,
};

/* Begin of the line that off is in. */
static size_t line_begin(struct kd_view v, size_t off)
{
	while (off && v.p[off - 1] != '\n')
		off--;
	return off;
}

/* The report and what stands around it. */
static struct kd_view around(struct kd_view text, const struct kd_report *r)
{
	size_t from = r->off < text.n ? (size_t)r->off : text.n, to = r->end_off < text.n ? (size_t)r->end_off : text.n;

	from = line_begin(text, from > BEFORE ? from - BEFORE : 0);
	to = to + AFTER < text.n ? to + AFTER : text.n;
	return kd_view(text.p + from, to - from);
}

/* What journald says of the boot in the report's lines, or journalctl above them. */
static struct kd_view stated_boot(struct kd_view text, const struct kd_report *r)
{
	static const struct kd_view marks[] = {KD_V("\"_BOOT_ID\""), KD_V("_BOOT_ID=")};
	struct kd_view v = kd_view_head(text, (size_t)(r->end_off < text.n ? r->end_off : text.n));

	v = kd_view_from(v, (size_t)r->off);
	for (size_t i = 0; i < KD_ARRAY_LEN(marks); i++) {
		size_t at = kd_view_find(v, marks[i]), n = 0;
		struct kd_view id;

		if (at == KD_NPOS)
			continue;
		id = kd_view_from(v, at + marks[i].n);
		while (id.n && !kd_is_xdigit(*id.p) && *id.p != '\n')
			id = kd_view_from(id, 1);
		while (n < id.n && kd_is_xdigit(id.p[n]))
			n++;
		if (n == 32)
			return kd_view_head(id, n);
	}
	return KD_VNULL;
}

/*
 * A log without a boot id is of one boot as long as its kernel clock runs on: its reports get a label that says which log
 * and which boot of it ("~", 12 digits of its beginning, number), so that they are found together and count as one boot.
 */
static struct kd_view boot_label(const struct kd_ingest_job *j, const struct kd_report *r, char room[BOOT_LABEL])
{
	if (!j->log)
		return KD_VNULL;
	snprintf(room, BOOT_LABEL, "~%s.%u", j->label, r->boot > 9999 ? 9999 : r->boot);
	return kd_view_of(room);
}

static struct kd_error *where_of(struct kd_ingest_job *j, const struct kd_report *r, struct kd_intake_where *ret)
{
	if (j->text.n > SHARED)
		return kd_intake_text(j->intake, around(j->text, r), ret);
	if (!j->shared.has) {
		struct kd_error *err = kd_intake_text(j->intake, j->text, &j->shared);

		if (err)
			return err;
	}
	*ret = j->shared;
	return NULL;
}

static struct kd_error *take(struct kd_ingest_job *j, const struct kd_report *r, struct kd_ingest_seen *slot)
{
	struct kd_event_from from = *j->from;
	struct kd_intake_where where = {0};
	struct kd_cause cause, *why = NULL;
	char label[BOOT_LABEL];
	struct kd_error *err = where_of(j, r, &where);

	if (err)
		return err;
	if (!from.boot.n)
		from.boot = stated_boot(j->text, r);
	if (!from.boot.n)
		from.boot = boot_label(j, r, label);
	if (r->caused_by >= 0 && (size_t)r->caused_by < j->seen.n && j->seen.v[r->caused_by].has) {
		cause = (struct kd_cause){j->seen.v[r->caused_by].key, r->caused_why};
		why = &cause;
	}
	err = kd_intake_report(j->intake, r, &from, &where, why, &slot->key);
	slot->has = !err;
	return err;
}

static struct kd_error *on_report(void *user, const struct kd_report *r)
{
	struct kd_ingest_job *j = user;
	struct kd_ingest_seen *slot = kd_vec_push(&j->seen, j->ctx->limits.log_reports * 100);
	struct kd_error *err;

	if (r->infrastructure && !j->req->infrastructure) {
		j->infrastructure++;
		return NULL;
	}
	if (!slot)
		return kd_error_new(KD_LIMIT, "more than %zu reports in one log", j->ctx->limits.log_reports * 100);
	j->reports++;
	err = take(j, r, slot);
	j->fatal = err != NULL;
	return err;
}

/* All of its text of signatures that were seen before? Then their table rows are all that is needed. */
static struct kd_error *on_quick_report(void *user, const struct kd_report *r)
{
	struct kd_ingest_job *j = user;

	j->again |= !r->infrastructure && !kd_intake_knows(j->intake, kd_sig_number(kd_view_of(r->sig[KD_SIG_STRICT].hex)));
	return j->again ? NULL : on_report(j, r);
}

static struct kd_error *one_pass(struct kd_ingest_job *j, const struct kd_scan_opts *o, kd_report_fn *fn)
{
	kd_auto(kd_source_closep) struct kd_source *src = NULL;
	struct kd_scan_log log;
	struct kd_error *err = kd_source_from_memory(j->text, j->in ? j->in->name : "text", &src);

	j->seen.n = 0;
	return err ? err : kd_scan(j->ctx, src, o, fn, j, &log);
}

struct kd_error *kd_ingest_text(struct kd_ingest_job *j, struct kd_view text, const struct kd_event_from *from, bool is_log)
{
	struct kd_scan_opts o = {.no_infrastructure = !j->req->infrastructure, .tick = kd_ingest_tick, .tick_user = j};
	struct kd_scan_opts quick = {.want = KD_WANT_TABLE, .relate = true, .no_infrastructure = o.no_infrastructure};
	struct kd_error *err;

	j->text = text;
	j->from = from;
	j->log = is_log;
	if (is_log && !j->label[0]) {
		uint8_t sum[KD_SHA256_LEN];

		kd_sha256_of(kd_view_head(text, HEAD), sum);
		kd_hex(sum, 6, j->label);
	}
	j->again = false;
	j->shared.has = false;
	if (!is_log) {
		uint64_t before = j->reports, infrastructure = j->infrastructure;

		err = one_pass(j, &quick, on_quick_report);
		if (err || !j->again)
			return err;
		kd_intake_drop(j->intake, (size_t)(j->reports - before));
		j->reports = before;
		j->infrastructure = infrastructure;
	}
	return one_pass(j, &o, on_report);
}
