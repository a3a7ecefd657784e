// SPDX-License-Identifier: GPL-2.0-or-later
#include "case/event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/time.h"
#include "report/kind.h"
#include "report/release.h"

enum { AT_DIGITS = 13, DIG_DIGITS = 16 };

static const char insert_event[] =
	"INSERT INTO event (" KD_EVENT_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
	"?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33) ON CONFLICT DO NOTHING";

int64_t kd_sig_number(struct kd_view hex)
{
	uint64_t x = 0;
	struct kd_view v = kd_view_head(hex, DIG_DIGITS);

	if (!kd_view_hex(v, &x))
		return 0;
	return (int64_t)x;
}

void kd_event_id(struct kd_evkey k, char ret[KD_EVENT_ID])
{
	snprintf(ret, KD_EVENT_ID, "ev-%013" PRIx64 "%016" PRIx64, (uint64_t)k.at & (KD_EVENT_AT_END - 1), (uint64_t)k.dig);
}

bool kd_event_id_parse(struct kd_view id, struct kd_evkey *ret)
{
	uint64_t at, dig;

	if (!kd_view_skip(&id, KD_V("ev-")) || id.n != AT_DIGITS + DIG_DIGITS || !kd_view_hex(kd_view_head(id, AT_DIGITS), &at) ||
	    !kd_view_hex(kd_view_from(id, AT_DIGITS), &dig))
		return false;
	*ret = (struct kd_evkey){(int64_t)at, (int64_t)dig};
	return true;
}

static void add_part(struct kd_sha256 *h, struct kd_view v)
{
	kd_sha256_update(h, v);
	kd_sha256_update(h, kd_view("", 1));
}

static int64_t digest(const struct kd_report *r, const struct kd_event *e)
{
	uint8_t sum[KD_SHA256_LEN];
	struct kd_sha256 h;
	char mono[24];
	uint64_t x = 0;

	kd_sha256_init(&h);
	add_part(&h, KD_V("kdoc-event-1"));
	add_part(&h, e->host);
	/* a label that was made of the log is no boot id: it may be another one when the log has grown */
	add_part(&h, kd_view_starts(e->boot, KD_V("~")) ? KD_VNULL : e->boot);
	snprintf(mono, sizeof(mono), "%" PRId64, e->has_mono ? e->mono : -1);
	add_part(&h, kd_view_of(mono));
	for (size_t i = 0; i < r->nlines; i++) {
		kd_sha256_update(&h, r->lines[i].text);
		kd_sha256_update(&h, KD_V("\n"));
	}
	kd_sha256_final(&h, sum);
	for (int i = 0; i < 8; i++)
		x = x << 8 | sum[i];
	return (int64_t)x;
}

/* Microseconds of the header's civil time, if it states year and zone; else 0. */
static int64_t stated_time(const struct kd_report *r)
{
	struct kd_view v = r->nlines ? r->lines[0].wall : KD_VNULL;
	int64_t us;

	return kd_civil_take_us(&v, &us) ? us : 0;
}

/* What the key takes of a stated time: another one would come back from the event's id as a third. */
static int64_t key_time(int64_t at)
{
	return at > 0 && at < KD_EVENT_AT_END ? at : 0;
}

static bool is_debug(struct kd_view release)
{
	struct kd_release rel;

	return release.n && kd_release_parse(release, &rel) &&
	       rel.flavour & (KD_FLAVOUR_KASAN | KD_FLAVOUR_DEBUG | KD_FLAVOUR_SANITIZER);
}

/* "write of 8": kind and width of the access, in e->own. Bytes that it took. */
static size_t access_text(const struct kd_access *a, struct kd_event *e)
{
	size_t room = sizeof(e->own), n;

	if (!a->has_dir && !a->has_size)
		return 0;
	n = (size_t)snprintf(e->own, room, "%s", !a->has_dir ? "access" : a->exec ? "execute" : a->write ? "write" : "read");
	if (a->has_size)
		n += (size_t)snprintf(e->own + n, room - n, " of %" PRIu64, a->size);
	e->access = kd_view(e->own, n);
	return n;
}

/* file:line or function+offset of who did it, behind it. */
static void place_text(const struct kd_report *r, struct kd_event *e, size_t n)
{
	const struct kd_frame *g = r->has_guilty ? &r->guilty : r->has_where ? &r->where : NULL;
	size_t room = sizeof(e->own) - n;
	int k = -1;

	if (r->loc_file.n && r->loc_line)
		k = snprintf(e->own + n, room, "%.*s:%u", KD_VARG(r->loc_file), r->loc_line);
	else if (g && g->file.n && g->fline)
		k = snprintf(e->own + n, room, "%.*s:%u", KD_VARG(g->file), g->fline);
	else if (g && g->func.n && g->has_offset)
		k = snprintf(e->own + n, room, "%.*s+0x%" PRIx64, KD_VARG(g->func), g->offset);
	if (k > 0 && (size_t)k < room)
		e->place = kd_view(e->own + n, (size_t)k);
}

static struct kd_view either(struct kd_view a, struct kd_view b)
{
	return a.n ? a : b.n ? b : KD_VNULL;
}

void kd_event_of(const struct kd_report *r, const struct kd_event_from *from, struct kd_event *ret)
{
	struct kd_event *e = ret;
	const struct kd_rline *head = r->nlines ? &r->lines[0] : NULL;

	*e = (struct kd_event){.seen = from->seen, .source = kd_view_of(from->source), .input = from->input};
	e->sig = kd_sig_number(kd_view_of(r->sig[KD_SIG_STRICT].hex));
	e->host = either(from->host, head ? head->host : KD_VNULL);
	e->boot = from->boot;
	e->release = either(r->release, from->release);
	e->arch = either(r->arch, from->arch);
	e->hardware = r->hardware;
	e->comm = r->comm;
	e->issue = from->issue;
	e->extid = from->extid;
	e->mark = from->mark;
	e->has_cpu = r->has_cpu;
	e->cpu = r->cpu;
	e->has_pid = r->has_pid;
	e->pid = r->pid;
	e->has_taint = r->taint.stated;
	e->taint = r->taint.bits;
	e->has_oops = r->has_oops_no;
	e->oops = r->oops_no;
	e->has_mono = head && head->has_mono;
	e->mono = e->has_mono ? (int64_t)head->mono_us : 0;
	e->tier = r->tier;
	e->outcome = r->outcome;
	e->debug = is_debug(e->release);
	e->number = r->index + 1;
	place_text(r, e, access_text(&r->access, e));
	e->key.at = key_time(from->at);
	if (!e->key.at)
		e->key.at = key_time(stated_time(r));
	e->key.dig = digest(r, e);
}

void kd_sigrow_of(const struct kd_report *r, struct kd_sigrow *ret)
{
	*ret = (struct kd_sigrow){
		.sig = kd_sig_number(kd_view_of(r->sig[KD_SIG_STRICT].hex)),
		.strict = kd_view_of(r->sig[KD_SIG_STRICT].hex),
		.normal = kd_view_of(r->sig[KD_SIG_NORMAL].hex),
		.loose = kd_view_of(r->sig[KD_SIG_LOOSE].hex),
		.kind = kd_view_of(r->kind->name),
		.family = kd_view_of(r->kind->family),
		.title = r->title,
		.syz = r->syz.title,
		.func = r->has_guilty ? r->guilty.func : r->has_where ? r->where.func : KD_VNULL,
		.place = r->loc_file,
		.subsystem = r->subsystem,
		.owner = r->owner,
		.tier = r->tier,
		.infra = r->infrastructure,
	};
}

/* The first line, numbers replaced. */
static struct kd_view message_title(struct kd_view text, char *room, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n && text.p[i] != '\n' && n < max; i++) {
		if (!kd_is_digit(text.p[i]))
			room[n++] = text.p[i];
		else if (!n || room[n - 1] != '#')
			room[n++] = '#';
	}
	return kd_view(room, n);
}

void kd_event_of_message(struct kd_view text, bool noise, const struct kd_event_from *from, struct kd_event *ret,
			 struct kd_sigrow *row_ret, char *room)
{
	struct kd_event *e = ret;
	uint8_t sum[KD_SHA256_LEN];
	struct kd_sha256 h;
	struct kd_view title = message_title(kd_view_trim(text), room, KD_MESSAGE_ROOM - 34);
	char *hex = room + KD_MESSAGE_ROOM - 33;

	kd_sha256_init(&h);
	add_part(&h, KD_V("kdoc-message-1"));
	kd_sha256_update(&h, title);
	kd_sha256_final(&h, sum);
	kd_hex(sum, 16, hex);
	*row_ret = (struct kd_sigrow){.sig = kd_sig_number(kd_view_of(hex)), .strict = kd_view_of(hex), .normal = kd_view_of(hex),
				      .loose = kd_view_of(hex), .kind = KD_V("message"), .family = KD_V("message"), .title = title,
				      .owner = KD_OWNER_UNKNOWN, .tier = KD_TIER_NONE, .infra = noise};
	*e = (struct kd_event){.seen = from->seen, .source = kd_view_of(from->source), .input = from->input, .sig = row_ret->sig,
			       .host = from->host, .boot = from->boot, .release = from->release, .arch = from->arch,
			       .issue = from->issue, .extid = from->extid, .mark = from->mark, .number = 1,
			       .debug = is_debug(from->release)};
	kd_sha256_init(&h);
	add_part(&h, KD_V("kdoc-event-1"));
	add_part(&h, e->host);
	add_part(&h, e->boot);
	add_part(&h, e->extid);
	kd_sha256_update(&h, text);
	kd_sha256_final(&h, sum);
	e->key = (struct kd_evkey){key_time(from->at), 0};
	for (int i = 0; i < 8; i++)
		e->key.dig = (int64_t)((uint64_t)e->key.dig << 8 | sum[i]);
}

static struct kd_dbval number_if(bool has, int64_t x)
{
	return has ? kd_dbint(x) : kd_dbnull();
}

static struct kd_dbval text(struct kd_view v)
{
	return v.n ? kd_dbtext(v) : kd_dbnull();
}

struct kd_error *kd_event_send(struct kd_db *db, const struct kd_event *e)
{
	const struct kd_dbval args[KD_EVENT_NCOLUMNS] = {
		kd_dbint(e->key.at),
		kd_dbint(e->key.dig),
		kd_dbint(e->sig),
		kd_dbint(e->seen),
		text(e->host),
		text(e->boot),
		text(e->release),
		text(e->arch),
		text(e->hardware),
		number_if(e->has_cpu, e->cpu),
		number_if(e->has_pid, e->pid),
		text(e->comm),
		number_if(e->has_taint, e->taint),
		number_if(e->has_mono, e->mono),
		number_if(e->has_oops, e->oops),
		kd_dbint(e->tier),
		kd_dbint(e->outcome),
		kd_dbint(e->debug),
		text(e->access),
		text(e->place),
		number_if(e->has_cause, e->cause_of.at),
		number_if(e->has_cause, e->cause_of.dig),
		text(e->cause),
		text(e->fatal),
		text(e->source),
		text(e->input),
		text(e->issue),
		text(e->extid),
		number_if(e->has_raw, e->block),
		number_if(e->has_raw, e->off),
		number_if(e->has_raw, e->len),
		kd_dbint(e->number),
		text(e->mark),
	};

	return kd_db_send(db, insert_event, args, KD_EVENT_NCOLUMNS);
}

static bool number_of(const struct kd_dbval *v, int64_t *ret)
{
	*ret = v->type == KD_DBINT ? v->i : 0;
	return v->type == KD_DBINT;
}

void kd_event_read(const struct kd_dbval *c, struct kd_event *ret)
{
	struct kd_event *e = ret;
	int64_t x;

	*e = (struct kd_event){0};
	number_of(&c[0], &e->key.at);
	number_of(&c[1], &e->key.dig);
	number_of(&c[2], &e->sig);
	number_of(&c[3], &e->seen);
	e->host = kd_dbtext_of(&c[4]);
	e->boot = kd_dbtext_of(&c[5]);
	e->release = kd_dbtext_of(&c[6]);
	e->arch = kd_dbtext_of(&c[7]);
	e->hardware = kd_dbtext_of(&c[8]);
	e->has_cpu = number_of(&c[9], &e->cpu);
	e->has_pid = number_of(&c[10], &e->pid);
	e->comm = kd_dbtext_of(&c[11]);
	e->has_taint = number_of(&c[12], &e->taint);
	e->has_mono = number_of(&c[13], &e->mono);
	e->has_oops = number_of(&c[14], &e->oops);
	e->tier = number_of(&c[15], &x) && x >= 0 && x <= KD_TIER_CRIT ? (uint8_t)x : KD_TIER_NONE;
	e->outcome = number_of(&c[16], &x) && x >= 0 && x <= KD_OUT_RECOVERED ? (uint8_t)x : KD_OUT_UNKNOWN;
	e->debug = number_of(&c[17], &x) && x;
	e->access = kd_dbtext_of(&c[18]);
	e->place = kd_dbtext_of(&c[19]);
	e->has_cause = number_of(&c[20], &e->cause_of.at) && number_of(&c[21], &e->cause_of.dig);
	e->cause = kd_dbtext_of(&c[22]);
	e->fatal = kd_dbtext_of(&c[23]);
	e->source = kd_dbtext_of(&c[24]);
	e->input = kd_dbtext_of(&c[25]);
	e->issue = kd_dbtext_of(&c[26]);
	e->extid = kd_dbtext_of(&c[27]);
	e->has_raw = number_of(&c[28], &e->block) && number_of(&c[29], &e->off) && number_of(&c[30], &e->len);
	e->mark = kd_dbtext_of(&c[32]);
	e->number = number_of(&c[31], &x) && x > 0 && x < UINT32_MAX ? (uint32_t)x : 1;
}

bool kd_event_keep(struct kd_event *e, struct kd_arena *a)
{
	struct kd_view *const v[] = {&e->host,	&e->boot,  &e->release, &e->arch,   &e->hardware, &e->comm,  &e->access,
				     &e->place, &e->cause, &e->fatal,	&e->source, &e->input,	  &e->issue, &e->extid,
				     &e->mark};

	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		if (!v[i]->n)
			continue;
		*v[i] = kd_arena_view(a, *v[i]);
		if (!v[i]->p)
			return false;
	}
	return true;
}

struct get {
	struct kd_arena *a;
	struct kd_event *e;
	bool found;
};

static struct kd_error *get_row(void *user, const struct kd_dbval *col, size_t n)
{
	struct get *g = user;

	(void)n;
	kd_event_read(col, g->e);
	g->found = true;
	return kd_event_keep(g->e, g->a) ? NULL : kd_error_new(KD_LIMIT, "the event's texts need too much memory");
}

struct kd_error *kd_event_get(struct kd_db *db, struct kd_evkey k, struct kd_arena *a, struct kd_event *ret)
{
	struct kd_dbval args[] = {kd_dbint(k.at), kd_dbint(k.dig)};
	struct get g = {a, ret, false};
	struct kd_error *err =
		kd_db_query(db, "SELECT " KD_EVENT_COLUMNS " FROM event WHERE at = ?1 AND dig = ?2", args, 2, get_row, &g);
	char id[KD_EVENT_ID];

	if (err || g.found)
		return err;
	kd_event_id(k, id);
	return kd_error_new(KD_NOTFOUND, "there is no event %s", id);
}
