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

bool kd_ingest_time(struct kd_jval v, int64_t *ret)
{
	struct kd_civil t;
	struct kd_view s;
	uint64_t n;
	int64_t i;
	double d;

	if (kd_jsonin_str(v, &s)) {
		struct kd_view rest = s;
		int64_t ns;

		if (kd_view_dec(s, &n)) {
			i = n > INT64_MAX ? 0 : (int64_t)n;
		} else {
			if (!kd_civil_take_any(&rest, &t) || rest.n || !kd_civil_absolute(&t, &ns) || ns <= 0)
				return false;
			*ret = ns / 1000;
			return true;
		}
	} else if (!kd_jsonin_i64(v, &i)) {
		if (!kd_jsonin_double(v, &d) || !(d > 1e8 && d < 1e10)) /* seconds with a fraction */
			return false;
		*ret = (int64_t)(d * 1e6);
		return true;
	}
	/* 1973 … 2286 in seconds; each unit has its own range of numbers */
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

/* The first of these names that has a text: as a member, a tag, in contexts or extra. */
static struct kd_view first_text(struct kd_jval object, const char *const *names)
{
	static const char *const below[] = {"contexts", "extra", "context", "event"};
	struct kd_view s;

	for (const char *const *n = names; *n; n++) {
		if ((kd_jsonin_str(member(object, *n), &s) && s.n) || (kd_jsonin_str(tag(object, *n), &s) && s.n))
			return s;
		for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
			if (kd_jsonin_str(member(kd_jsonin_get(object, below[i]), *n), &s) && s.n)
				return s;
	}
	return KD_VNULL;
}

/* The same of an id, which may be a number. */
static struct kd_view first_id(struct kd_jval object, const char *const *names, char *room, size_t n)
{
	struct kd_view s = first_text(object, names);
	int64_t i;

	for (const char *const *m = names; *m && !s.n; m++)
		if (kd_jsonin_i64(kd_jsonin_get(object, *m), &i)) {
			snprintf(room, n, "%" PRId64, i);
			s = kd_view_of(room);
		}
	return s;
}

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

static struct kd_view find_text(struct kd_jval object)
{
	struct walk w = {0};
	struct kd_view s = KD_VNULL, line = KD_VNULL;

	for (const char *const *n = texts; *n; n++) {
		struct kd_jval v = kd_jsonin_get(object, *n);

		if (kd_jsonin_type(v) == KD_JOBJECT && !kd_jsonin_str(kd_jsonin_get(v, "formatted"), &s))
			v = kd_jsonin_get(v, "message");
		if ((s.n || kd_jsonin_str(v, &s)) && has_lines(s))
			return s;
		if (s.n && !line.n)
			line = s; /* of one line: better than nothing */
		s = KD_VNULL;
	}
	longest(object, &w, 0);
	return w.best.n ? w.best : line;
}

/* Sentry has the tickets of an issue as annotations: {"displayName": "KRN-1244", "url": …}. */
static struct kd_view find_ticket(struct kd_jval object)
{
	struct kd_jval a = kd_jsonin_get(object, "annotations");
	struct kd_view s = first_text(object, tickets);

	if (!s.n)
		kd_jsonin_str(kd_jsonin_get(kd_jsonin_at(a, 0), "displayName"), &s);
	return s;
}

static bool is_true(struct kd_jval object, const char *const *names)
{
	struct kd_view s = first_text(object, names);
	bool b = false;

	for (const char *const *n = names; *n && !b; n++)
		if (!kd_jsonin_bool(kd_jsonin_get(object, *n), &b))
			kd_jsonin_bool(tag(object, *n), &b);
	return b || kd_view_ieq(s, KD_V("true")) || kd_view_ieq(s, KD_V("yes"));
}

/* The banner of a boot, or what the exporter itself calls information. */
static bool is_noise(struct kd_jval object, struct kd_view text)
{
	static const char *const levels[] = {"level", "severity", NULL};
	struct kd_view level = first_text(object, levels);

	return kd_view_has(kd_view_head(text, 200), KD_V("Linux version ")) || kd_view_has(kd_view_head(text, 200), KD_V("Command line: ")) ||
	       kd_view_ieq(level, KD_V("info")) || kd_view_ieq(level, KD_V("debug")) || kd_view_ieq(level, KD_V("notice"));
}

void kd_ingest_item(struct kd_jval object, struct kd_ingest_item *ret)
{
	struct kd_ingest_item *it = ret;
	bool sentry = kd_jsonin_get(object, "eventID").node || kd_jsonin_get(object, "event_id").node;
	struct kd_view syz;

	*it = (struct kd_ingest_item){.text = find_text(object)};
	it->from.host = first_text(object, hosts);
	it->from.boot = first_text(object, boots);
	it->from.release = first_text(object, releases);
	it->from.arch = first_text(object, arches);
	it->from.issue = first_id(object, issues, it->own, sizeof(it->own) / 2);
	it->from.extid = first_id(object, ids, it->own + sizeof(it->own) / 2, sizeof(it->own) / 2);
	for (const char *const *n = times; *n && !it->from.at; n++)
		if (!kd_ingest_time(kd_jsonin_get(object, *n), &it->from.at))
			it->from.at = 0;
	it->from.issue_title = first_text(object, titles);
	it->from.issue_url = first_text(object, urls);
	it->from.ticket = find_ticket(object);
	if (is_true(object, mces))
		it->from.mark = KD_V("mce");
	if (!it->text.n)
		it->text = it->from.issue_title;
	it->noise = is_noise(object, it->text);
	it->from.source = "event";
	if (sentry)
		it->from.source = "sentry";
	else if (kd_jsonin_str(kd_jsonin_get(object, "bug_id"), &syz))
		it->from.source = "syzbot";
}

bool kd_ingest_is_log_line(struct kd_jval object)
{
	return (kd_jsonin_get(object, "MESSAGE").node && kd_jsonin_get(object, "__REALTIME_TIMESTAMP").node) ||
	       kd_jsonin_get(object, "dmesg").node;
}
