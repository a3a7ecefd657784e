// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Events in JSON, by the names that exporters give to the same things. Sources: Sentry's event payload and API
 * (develop.sentry.dev, "Event Payloads"; fields entries, tags, contexts, server_name, dateCreated, eventID, groupID), syzbot's
 * reports, Elasticsearch's common schema (@timestamp, host.name), journald's fields.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "verb/ingest_internal.h"

enum { DEPTH_MAX = 12, VALUES_MAX = 20000 };

static const char *const hosts[] = {"host", "hostname", "server_name", "serverName", "_HOSTNAME", "host.name", "nodename",
				    "uname.nodename", "machine", NULL};
static const char *const boots[] = {"boot_id", "bootuuid", "boot_uuid", "boot", "bootid", "_BOOT_ID", NULL};
static const char *const releases[] = {"release",	 "kernel",	  "kernel_release", "kernel.release",
				       "uname.release", "kernel_version", "os.kernel_version", NULL};
static const char *const arches[] = {"arch", "uname.machine", "architecture", "device.arch", NULL};
static const char *const issues[] = {"issue", "shortId", "short_id", "issue_id", "groupID", "group_id", "bug_id", NULL};
static const char *const ids[] = {"eventID", "event_id", "message_id", "id", NULL};
static const char *const times[] = {"time", "timestamp", "@timestamp", "dateCreated", "datetime", "report_time",
				    "__REALTIME_TIMESTAMP", "received", "dateReceived", NULL};
static const char *const texts[] = {"text", "log", "report", "raw", "console", "dmesg", "kernel_log", "message", "logentry", "MESSAGE",
				    "body", NULL};

static const char *const titles[] = {"title", "issue_title", "metadata.title", NULL};
static const char *const urls[] = {"permalink", "issue_url", "url", NULL};
static const char *const tickets[] = {"ticket", "jira", NULL};
static const char *const mces[] = {"isMce", "is_mce", "mce", NULL};

/* ---- members, whichever form the object has ---- */

/* A member by name; "a.b" also as b in a. */
static struct kd_jval member(struct kd_jval object, const char *name)
{
	struct kd_jval v = kd_jsonin_get(object, name);
	const char *dot = strchr(name, '.');
	char first[32];

	if (v.node || !dot || (size_t)(dot - name) >= sizeof(first))
		return v;
	memcpy(first, name, (size_t)(dot - name));
	first[dot - name] = '\0';
	return kd_jsonin_get(kd_jsonin_get(object, first), dot + 1);
}

/* Sentry's tags are {"key":…,"value":…}, pairs, or one object. */
static struct kd_jval tag(struct kd_jval object, const char *name)
{
	struct kd_jval tags = kd_jsonin_get(object, "tags"), none = {NULL};
	size_t n = kd_jsonin_len(tags);

	if (kd_jsonin_type(tags) == KD_JOBJECT)
		return kd_jsonin_get(tags, name);
	for (size_t i = 0; i < n && i < 1000; i++) {
		struct kd_jval t = kd_jsonin_at(tags, i);
		bool pair = kd_jsonin_type(t) == KD_JARRAY;
		struct kd_view key;

		if (kd_jsonin_str(pair ? kd_jsonin_at(t, 0) : kd_jsonin_get(t, "key"), &key) && kd_view_eq(key, kd_view_of(name)))
			return pair ? kd_jsonin_at(t, 1) : kd_jsonin_get(t, "value");
	}
	return none;
}

static bool flat_text(const struct kd_jsonflat *f, const char *name, struct kd_view *ret)
{
	const struct kd_jsonflat_member *m = kd_jsonflat_get(f, name);

	if (!m || m->type != KD_JFLAT_TEXT || !m->text.n)
		return false;
	*ret = m->text;
	return true;
}

/* A text of this name: a member, a tag, in contexts or extra. */
static bool text_of(const struct kd_ingest_object *o, const char *name, struct kd_view *ret)
{
	static const char *const below[] = {"contexts", "extra", "context", "event"};

	if (o->flat)
		return flat_text(o->flat, name, ret);
	if ((kd_jsonin_str(member(o->tree, name), ret) && ret->n) || (kd_jsonin_str(tag(o->tree, name), ret) && ret->n))
		return true;
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
		if (kd_jsonin_str(member(kd_jsonin_get(o->tree, below[i]), name), ret) && ret->n)
			return true;
	return false;
}

static bool number_of(const struct kd_ingest_object *o, const char *name, int64_t *ret)
{
	const struct kd_jsonflat_member *m;

	if (!o->flat)
		return kd_jsonin_i64(kd_jsonin_get(o->tree, name), ret);
	m = kd_jsonflat_get(o->flat, name);
	if (!m || m->type != KD_JFLAT_INT)
		return false;
	*ret = m->num;
	return true;
}

static bool bool_of(const struct kd_ingest_object *o, const char *name)
{
	const struct kd_jsonflat_member *m = o->flat ? kd_jsonflat_get(o->flat, name) : NULL;
	bool b = false;

	if (o->flat)
		return m && m->type == KD_JFLAT_TRUE;
	return (kd_jsonin_bool(kd_jsonin_get(o->tree, name), &b) || kd_jsonin_bool(tag(o->tree, name), &b)) && b;
}

static struct kd_view first_text(const struct kd_ingest_object *o, const char *const *names)
{
	struct kd_view s;

	for (const char *const *n = names; *n; n++)
		if (text_of(o, *n, &s))
			return s;
	return KD_VNULL;
}

/* The same of an id, which may be a number. */
static struct kd_view first_id(const struct kd_ingest_object *o, const char *const *names, char *room, size_t n)
{
	struct kd_view s = first_text(o, names);
	int64_t i;

	for (const char *const *m = names; *m && !s.n; m++)
		if (number_of(o, *m, &i)) {
			snprintf(room, n, "%" PRId64, i);
			s = kd_view_of(room);
		}
	return s;
}

/* ---- time ---- */

/* 1973 … 2286: each unit has its own range of numbers. */
static bool unit_time(int64_t i, int64_t *ret)
{
	if (i >= 100000000 && i < 10000000000)
		*ret = i * 1000000;
	else if (i >= 100000000000 && i < 10000000000000)
		*ret = i * 1000;
	else if (i >= 100000000000000 && i < 10000000000000000)
		*ret = i;
	else if (i >= 100000000000000000)
		*ret = i / 1000;
	else
		return false;
	return true;
}

bool kd_ingest_time_text(struct kd_view s, int64_t *ret)
{
	uint64_t n;
	int64_t us;

	if (kd_view_dec(s, &n))
		return n <= INT64_MAX && unit_time((int64_t)n, ret);
	if (!kd_civil_take_us(&s, &us) || s.n)
		return false;
	*ret = us;
	return true;
}

static bool time_of(const struct kd_ingest_object *o, const char *name, int64_t *ret)
{
	struct kd_view s = KD_VNULL;
	int64_t i;
	double d;

	if (o->flat ? flat_text(o->flat, name, &s) : kd_jsonin_str(kd_jsonin_get(o->tree, name), &s))
		return kd_ingest_time_text(s, ret);
	if (number_of(o, name, &i))
		return unit_time(i, ret);
	if (o->flat || !kd_jsonin_double(kd_jsonin_get(o->tree, name), &d) || !(d > 1e8 && d < 1e10)) /* seconds with a fraction */
		return false;
	*ret = (int64_t)(d * 1e6);
	return true;
}

/* ---- the log ---- */

static bool has_lines(struct kd_view s)
{
	return s.n > 8 && kd_view_chr(s, '\n') != KD_NPOS;
}

struct walk {
	struct kd_view best;
	size_t values;
};

/* The longest text of several lines anywhere. */
static void longest(struct kd_jval v, struct walk *w, int depth)
{
	enum kd_jtype type = kd_jsonin_type(v);
	struct kd_view key, s;
	struct kd_jval x;

	if (depth > DEPTH_MAX || ++w->values > VALUES_MAX)
		return;
	if (type == KD_JSTR && kd_jsonin_str(v, &s) && s.n > w->best.n && has_lines(s)) {
		w->best = s;
	} else if (type == KD_JOBJECT) {
		for (void *it = NULL; kd_jsonin_next(v, &it, &key, &x);)
			longest(x, w, depth + 1);
	} else if (type == KD_JARRAY) {
		for (size_t i = 0; i < kd_jsonin_len(v); i++)
			longest(kd_jsonin_at(v, i), w, depth + 1);
	}
}

static struct kd_view flat_longest(const struct kd_jsonflat *f)
{
	struct kd_view best = KD_VNULL;

	for (size_t i = 0; i < f->n; i++)
		if (f->member[i].type == KD_JFLAT_TEXT && f->member[i].text.n > best.n && has_lines(f->member[i].text))
			best = f->member[i].text;
	return best;
}

/* "message", or what is in it: Sentry has {"formatted": …} and {"message": …} there. */
static bool log_text(const struct kd_ingest_object *o, const char *name, struct kd_view *ret)
{
	struct kd_jval v;

	if (o->flat)
		return flat_text(o->flat, name, ret);
	v = kd_jsonin_get(o->tree, name);
	if (kd_jsonin_type(v) != KD_JOBJECT)
		return kd_jsonin_str(v, ret);
	return kd_jsonin_str(kd_jsonin_get(v, "formatted"), ret) || kd_jsonin_str(kd_jsonin_get(v, "message"), ret);
}

static struct kd_view find_text(const struct kd_ingest_object *o)
{
	struct walk w = {0};
	struct kd_view s, line = KD_VNULL;

	for (const char *const *n = texts; *n; n++) {
		if (!log_text(o, *n, &s))
			continue;
		if (has_lines(s))
			return s;
		if (!line.n)
			line = s; /* of one line: better than nothing */
	}
	if (o->flat)
		w.best = flat_longest(o->flat);
	else
		longest(o->tree, &w, 0);
	return w.best.n ? w.best : line;
}

/* ---- the whole ---- */

/* Sentry has the tickets of an issue as annotations: {"displayName": "KRN-1244", "url": …}. */
static struct kd_view find_ticket(const struct kd_ingest_object *o)
{
	struct kd_view s = first_text(o, tickets);

	if (!s.n && !o->flat)
		kd_jsonin_str(kd_jsonin_get(kd_jsonin_at(kd_jsonin_get(o->tree, "annotations"), 0), "displayName"), &s);
	return s;
}

static bool is_true(const struct kd_ingest_object *o, const char *const *names)
{
	struct kd_view s = first_text(o, names);
	bool b = false;

	for (const char *const *n = names; *n && !b; n++)
		b = bool_of(o, *n);
	return b || kd_view_ieq(s, KD_V("true")) || kd_view_ieq(s, KD_V("yes"));
}

/* The banner of a boot, or what the exporter itself calls information. */
static bool is_noise(const struct kd_ingest_object *o, struct kd_view text)
{
	static const char *const levels[] = {"level", "severity", NULL};
	struct kd_view level = first_text(o, levels), head = kd_view_head(text, 200);

	return kd_view_has(head, KD_V("Linux version ")) || kd_view_has(head, KD_V("Command line: ")) ||
	       kd_view_ieq(level, KD_V("info")) || kd_view_ieq(level, KD_V("debug")) || kd_view_ieq(level, KD_V("notice"));
}

static bool has(const struct kd_ingest_object *o, const char *name)
{
	return o->flat ? kd_jsonflat_get(o->flat, name) != NULL : kd_jsonin_get(o->tree, name).node != NULL;
}

void kd_ingest_item(const struct kd_ingest_object *o, struct kd_ingest_item *ret)
{
	struct kd_ingest_item *it = ret;
	size_t half = sizeof(it->own) / 2;

	*it = (struct kd_ingest_item){.text = find_text(o)};
	it->from.host = first_text(o, hosts);
	it->from.boot = first_text(o, boots);
	it->from.release = first_text(o, releases);
	it->from.arch = first_text(o, arches);
	it->from.issue = first_id(o, issues, it->own, half);
	it->from.extid = first_id(o, ids, it->own + half, half);
	for (const char *const *n = times; *n && !it->from.at; n++)
		if (!time_of(o, *n, &it->from.at))
			it->from.at = 0;
	it->from.issue_title = first_text(o, titles);
	it->from.issue_url = first_text(o, urls);
	it->from.ticket = find_ticket(o);
	if (is_true(o, mces))
		it->from.mark = KD_V("mce");
	if (!it->text.n)
		it->text = it->from.issue_title;
	it->noise = is_noise(o, it->text);
	it->from.source = has(o, "eventID") || has(o, "event_id") ? "sentry" : has(o, "bug_id") ? "syzbot" : "event";
}

bool kd_ingest_is_log_line(const struct kd_ingest_object *o)
{
	return (has(o, "MESSAGE") && has(o, "__REALTIME_TIMESTAMP")) || has(o, "dmesg");
}
