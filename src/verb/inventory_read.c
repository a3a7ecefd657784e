// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/inventory_read.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "report/release.h"
#include "verb/ingest_internal.h"

enum { COLUMNS_MAX = 64, FIELD_MAX = 1 << 16, NUMBER = 32 };

#define SECOND ((int64_t)1000000)
#define CLOCKS (300 * SECOND) /* clocks may differ so much */
#define UPTIME_MAX (20LL * 366 * 86400)

enum field { HOST, RELEASE, SINCE, UNTIL, BOOTS, BOOTED, UPTIME, SEEN, FIELDS };

static const struct {
	const char *name;
	uint8_t field;
} names[] = {
	{"host", HOST},        {"hostname", HOST},
	{"server", HOST},      {"node", HOST},
	{"machine", HOST},     {"release", RELEASE},
	{"kernel", RELEASE},   {"kernel_release", RELEASE},
	{"uname_r", RELEASE},  {"since", SINCE},
	{"from", SINCE},       {"start", SINCE},
	{"first_seen", SINCE}, {"until", UNTIL},
	{"to", UNTIL},         {"end", UNTIL},
	{"last_seen", UNTIL},  {"boots", BOOTS},
	{"boot_time", BOOTED}, {"booted", BOOTED},
	{"btime", BOOTED},     {"last_boot", BOOTED},
	{"uptime", UPTIME},    {"uptime_seconds", UPTIME},
	{"seen", SEEN},        {"seen_at", SEEN},
	{"at", SEEN},          {"time", SEEN},
	{"timestamp", SEEN},   {"collected_at", SEEN},
};

struct reader {
	const struct kd_inventory_text *t;
	kd_inventory_fn *fn;
	void *user;
};

/* ---- one row ---- */

struct raw {
	struct kd_view v[FIELDS]; /* absent: not given */
	char number[FIELDS][NUMBER];
	bool twice; /* two names of one field */
	bool other; /* a value that is neither text nor number */
};

static void put(struct raw *r, enum field f, struct kd_view v)
{
	v = kd_view_trim(v);
	if (!v.n)
		return;
	r->twice |= r->v[f].n > 0;
	r->v[f] = v;
}

static bool field_of(struct kd_view name, enum field *ret)
{
	for (size_t i = 0; i < KD_ARRAY_LEN(names); i++)
		if (kd_view_ieq(name, kd_view_of(names[i].name))) {
			*ret = names[i].field;
			return true;
		}
	return false;
}

/* "12345" or "12345.67" seconds, as /proc/uptime has them. */
static bool uptime_of(struct kd_view v, int64_t *ret)
{
	uint64_t n, fraction;

	if (!kd_view_take_dec(&v, &n) || n > UPTIME_MAX)
		return false;
	if (v.n && !(kd_view_skip(&v, KD_V(".")) && kd_view_dec(v, &fraction)))
		return false;
	*ret = (int64_t)n * SECOND;
	return true;
}

struct times {
	int64_t since, until, booted, seen, uptime;
	bool has[FIELDS];
};

static const char *read_times(const struct raw *r, struct times *t)
{
	static const struct {
		uint8_t field;
		const char *why;
	} how[] = {{SINCE, "its begin is no time with year and zone"},
		   {UNTIL, "its end is no time with year and zone"},
		   {BOOTED, "its boot time is no time with year and zone"},
		   {SEEN, "when it was seen is no time with year and zone"}};
	int64_t *const to[FIELDS] = {
		[SINCE] = &t->since, [UNTIL] = &t->until, [BOOTED] = &t->booted, [SEEN] = &t->seen};

	for (size_t i = 0; i < KD_ARRAY_LEN(how); i++) {
		const unsigned f = how[i].field;

		t->has[f] = r->v[f].n > 0;
		if (t->has[f] && !kd_ingest_time_text(r->v[f], to[f]))
			return how[i].why;
	}
	t->has[UPTIME] = r->v[UPTIME].n > 0;
	if (t->has[UPTIME] && !uptime_of(r->v[UPTIME], &t->uptime))
		return "its uptime is no number of seconds";
	return NULL;
}

/* From its boot to when it was seen; without a boot a moment. */
static const char *sighting(const struct kd_inventory_text *t, struct times *m,
			    struct kd_exposure *e)
{
	const int64_t seen = m->has[SEEN] ? m->seen : t->at ? t->at : t->now;

	e->basis = KD_EXPOSURE_SEEN;
	e->since = e->until = seen;
	if (m->has[UPTIME] && m->has[BOOTED] &&
	    (seen - m->uptime - m->booted > CLOCKS || m->booted - (seen - m->uptime) > CLOCKS))
		return "its uptime and its boot time contradict each other";
	if (m->has[BOOTED] || m->has[UPTIME]) {
		e->since = m->has[BOOTED] ? m->booted : seen - m->uptime;
		e->boots = 1;
		if (e->since > seen + CLOCKS)
			return "it was seen before it booted";
		if (e->since > seen)
			e->since = seen;
	}
	return NULL;
}

static const char *stated(const struct kd_inventory_text *t, const struct raw *r,
			  const struct times *m, struct kd_exposure *e)
{
	uint64_t boots;

	e->since = m->since;
	e->until = m->has[UNTIL] ? m->until : m->has[SEEN] ? m->seen : t->at ? t->at : t->now;
	if (!r->v[BOOTS].n)
		return NULL;
	if (!kd_view_dec(r->v[BOOTS], &boots) || boots > INT64_MAX)
		return "its number of boots is none";
	e->boots = (int64_t)boots;
	return NULL;
}

static const char *make(const struct kd_inventory_text *t, const struct raw *r,
			struct kd_exposure *e)
{
	struct kd_release release;
	struct times m = {0};
	const char *why = read_times(r, &m);

	*e = (struct kd_exposure){
		.host = r->v[HOST], .release = r->v[RELEASE], .boots = KD_EXPOSURE_NO_BOOTS};
	if (why)
		return why;
	if (r->twice)
		return "it says the same thing twice";
	if (r->other)
		return "one of its values is neither text nor number";
	if (m.has[SINCE])
		why = stated(t, r, &m, e);
	else if (m.has[UNTIL])
		why = "it has an end and no begin";
	else if (m.has[SEEN] || m.has[BOOTED] || m.has[UPTIME])
		why = sighting(t, &m, e);
	else
		why = "it has neither a begin nor a time at which it was seen";
	if (!why)
		why = kd_exposure_refuse(e, t->now);
	if (!why && !kd_release_parse(e->release, &release))
		why = "its release is none of a kernel (uname -r)";
	return why;
}

static struct kd_error *give(const struct reader *rd, const struct raw *r, uint64_t number,
			     bool entry)
{
	struct kd_inventory_row row = {.number = number, .entry = entry};

	row.refused = make(rd->t, r, &row.e);
	return rd->fn(rd->user, &row);
}

static struct kd_error *refuse(const struct reader *rd, uint64_t number, const char *why)
{
	struct kd_inventory_row row = {.number = number, .refused = why};

	return rd->fn(rd->user, &row);
}

/* ---- JSON ---- */

static void read_object(struct kd_jval object, struct raw *r)
{
	struct kd_view key, text;
	struct kd_jval v;

	for (void *it = NULL; kd_jsonin_next(object, &it, &key, &v);) {
		enum field f;
		int64_t i;
		double d;

		if (!field_of(key, &f) || kd_jsonin_type(v) == KD_JNULL)
			continue;
		if (kd_jsonin_str(v, &text)) {
			put(r, f, text);
		} else if (kd_jsonin_i64(v, &i)) {
			snprintf(r->number[f], NUMBER, "%" PRId64, i);
			put(r, f, kd_view_of(r->number[f]));
		} else if (kd_jsonin_double(v, &d) && d >= 0 && d < 1e15) {
			snprintf(r->number[f], NUMBER, "%.0f", d);
			put(r, f, kd_view_of(r->number[f]));
		} else {
			r->other = true;
		}
	}
}

/* An object, an array of them, or one that holds such an array. */
static struct kd_error *take_value(const struct reader *rd, struct kd_jval v, uint64_t line)
{
	static const char *const lists[] = {"hosts", "exposure", "inventory",
					    "data",  "items",    "results"};
	struct kd_error *err = NULL;
	struct kd_jval list = v;

	for (size_t i = 0; i < KD_ARRAY_LEN(lists) && kd_jsonin_type(list) == KD_JOBJECT; i++)
		if (kd_jsonin_type(kd_jsonin_get(v, lists[i])) == KD_JARRAY)
			list = kd_jsonin_get(v, lists[i]);
	if (kd_jsonin_type(list) == KD_JOBJECT) {
		struct raw r = {0};

		read_object(list, &r);
		return give(rd, &r, line, false);
	}
	if (kd_jsonin_type(list) != KD_JARRAY)
		return refuse(rd, line, "it is no object");
	for (size_t i = 0; i < kd_jsonin_len(list) && !err; i++) {
		struct raw r = {0};

		read_object(kd_jsonin_at(list, i), &r);
		err = give(rd, &r, i + 1, true);
	}
	return err;
}

static struct kd_error *json_line(const struct reader *rd, struct kd_view line, uint64_t no)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err = kd_jsonin_parse(line, NULL, &doc);

	if (err) {
		kd_error_free(err);
		return refuse(rd, no, "it is no JSON");
	}
	return take_value(rd, kd_jsonin_root(doc), no);
}

/* ---- comma-separated values ---- */

struct csv {
	char sep;
	size_t ncolumns;
	uint8_t column[COLUMNS_MAX]; /* enum field; FIELDS: of no interest */
};

/* The next value of a line, into b if it is quoted. false: the quotes do not fit. */
static bool csv_value(struct kd_view *rest, char sep, struct kd_buf *b, struct kd_view *ret)
{
	const size_t start = b->n;
	size_t i = 1, n;

	kd_view_skip_blank(rest);
	if (!rest->n || *rest->p != '"') {
		n = kd_view_chr(*rest, sep);
		*ret = kd_view_head(*rest, n == KD_NPOS ? rest->n : n);
		*rest = kd_view_from(*rest, n == KD_NPOS ? rest->n : n);
		return true;
	}
	for (;; i++) {
		if (i >= rest->n)
			return false;
		if (rest->p[i] == '"' && !(i + 1 < rest->n && rest->p[i + 1] == '"'))
			break;
		i += rest->p[i] == '"';
		if (!kd_buf_addc(b, rest->p[i]))
			return false;
	}
	*rest = kd_view_from(*rest, i + 1);
	kd_view_skip_blank(rest);
	*ret = kd_view(b->p ? b->p + start : "", b->n - start);
	return !rest->n || *rest->p == sep;
}

static bool csv_head(struct kd_view line, struct csv *c)
{
	char room[1024];
	struct kd_view word;
	bool has[FIELDS] = {false};

	c->sep = kd_view_chr(line, '\t') != KD_NPOS  ? '\t'
		 : kd_view_chr(line, ';') != KD_NPOS ? ';'
						     : ',';
	while (c->ncolumns < COLUMNS_MAX && kd_view_take_part(&line, kd_view(&c->sep, 1), &word)) {
		enum field f = FIELDS;

		word = kd_view_trim(word);
		if (word.n > 2 && word.n < sizeof(room) && word.p[0] == '"' &&
		    word.p[word.n - 1] == '"')
			word = kd_view(word.p + 1, word.n - 2);
		if (!field_of(word, &f) || has[f])
			f = FIELDS;
		else
			has[f] = true;
		c->column[c->ncolumns++] = (uint8_t)f;
	}
	return has[HOST] && has[RELEASE];
}

static struct kd_error *csv_line(const struct reader *rd, const struct csv *c, struct kd_view line,
				 uint64_t no)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT(FIELD_MAX);
	struct raw r = {0};
	struct kd_view v;
	size_t i;

	if (line.n >= FIELD_MAX)
		return refuse(rd, no, "it is longer than 64 KiB");
	if (!kd_buf_reserve(&b, line.n + 1)) /* no value moves when the next comes */
		return refuse(rd, no, "it is longer than 64 KiB");
	for (i = 0; i < c->ncolumns; i++) {
		if (!csv_value(&line, c->sep, &b, &v))
			return refuse(rd, no, "its quotes do not fit");
		if (c->column[i] < FIELDS)
			put(&r, (enum field)c->column[i], v);
		if (!line.n)
			break;
		line = kd_view_from(line, 1);
	}
	if (i == c->ncolumns && line.n)
		return refuse(rd, no, "it has more values than the first line has names");
	return give(rd, &r, no, false);
}

/* ---- the whole ---- */

enum shape { VALUES, JSON_LINES, JSON_VALUE };

static enum shape shape_of(struct kd_view v)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct kd_error *err;
	size_t n;

	if (*v.p == '[')
		return JSON_VALUE;
	if (*v.p != '{')
		return VALUES;
	n = kd_view_chr(v, '\n');
	err = kd_jsonin_parse(kd_view_head(v, n == KD_NPOS ? v.n : n), NULL, &doc);
	if (!err)
		return JSON_LINES;
	kd_error_free(err);
	/* one object over several lines, unless another begins on the next */
	return n != KD_NPOS && n + 1 < v.n && v.p[n + 1] == '{' ? JSON_LINES : JSON_VALUE;
}

static struct kd_error *lines(const struct reader *rd, enum shape shape)
{
	struct kd_view rest = rd->t->text, line;
	struct kd_error *err = NULL;
	struct csv c = {0};
	uint64_t no = 0;
	bool head = shape == VALUES;

	while (!err && kd_view_take_part(&rest, KD_V("\n"), &line)) {
		no++;
		line = kd_view_trim(line);
		if (!line.n || (shape == VALUES && *line.p == '#'))
			continue;
		if (shape == JSON_LINES)
			err = json_line(rd, line, no);
		else if (!head)
			err = csv_line(rd, &c, line, no);
		else if (!csv_head(line, &c))
			err = kd_error_new(KD_BADDATA, "it is neither JSON nor a table whose first "
						       "line names 'host' and 'release'");
		head = false;
	}
	return err;
}

struct kd_error *kd_inventory_read(const struct kd_inventory_text *t, kd_inventory_fn *fn,
				   void *user)
{
	kd_auto(kd_jsonin_freep) struct kd_jsonin *doc = NULL;
	struct reader rd = {t, fn, user};
	struct kd_view v = kd_view_trim(t->text);
	struct kd_error *err;
	enum shape shape;

	kd_view_skip(&v, KD_V("\xef\xbb\xbf")); /* what spreadsheets put in front */
	if (!v.n)
		return NULL;
	shape = shape_of(v);
	if (shape != JSON_VALUE) {
		struct kd_inventory_text rest = *t;

		kd_view_skip(&rest.text, KD_V("\xef\xbb\xbf"));
		rd.t = &rest;
		return lines(&rd, shape);
	}
	err = kd_jsonin_parse(v, NULL, &doc);
	return err ? err : take_value(&rd, kd_jsonin_root(doc), 1);
}
