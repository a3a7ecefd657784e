// SPDX-License-Identifier: GPL-2.0-or-later
/* core block: why I/O does not end. */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "core/blockdiag.h"
#include "verb/core_hangs_internal.h"
#include "verb/core_irq.h"

enum { REQUESTS_SAID = 8, TASKS_SAID = 16, NAMES_SAID = 4, NSEC = 1000000000, OP_MASK = 0xff };

struct job {
	struct kd_dump *d;
	struct kd_sheet *s;
	struct kd_blockdiag b;
	bool all;
};

static const char not_known[] = "the dump does not say which";

/* --- words ------------------------------------------------------------------------------------------- */

static const char *disk_name(const struct job *j, int32_t disk)
{
	const char *name = disk == KD_BD_NONE ? "" : j->b.disks.v[disk].b.name;

	return *name ? name : "a disk whose name cannot be read";
}

/* "write"; of an operation without a name its number. */
static struct kd_view op_text(struct job *j, const struct kd_request *r)
{
	char text[32];
	size_t n = 0;

	if (!r->op.n)
		return kd_sheet_text(j->s, "operation %" PRIu64, r->flags & OP_MASK);
	for (; n < r->op.n && n + 1 < sizeof(text); n++)
		text[n] = (char)(r->op.p[n] >= 'A' && r->op.p[n] <= 'Z' ? r->op.p[n] + 'a' - 'A' : r->op.p[n]);
	text[n] = 0;
	return kd_sheet_text(j->s, "%s", text);
}

static struct kd_view seconds(struct job *j, uint64_t ns)
{
	return kd_sheet_text(j->s, "%" PRIu64 ".%" PRIu64 " s", ns / NSEC, ns % NSEC / (NSEC / 10));
}

static struct kd_view timeout_text(struct job *j, const struct kd_bd_request *q)
{
	if (q->timeout.why || !q->timeout.v)
		return KD_V("its timeout is not known");
	if (!j->b.clock.hz)
		return kd_sheet_text(j->s, "timeout %" PRIu64 " jiffies", q->timeout.v);
	return kd_sheet_text(j->s, "timeout %" PRIu64 " s", q->timeout.v / j->b.clock.hz);
}

/* "write of 4096 bytes at sector 64 on vda, 17.2 s in flight, timeout 5 s" */
static struct kd_view request_text(struct job *j, const struct kd_bd_request *q)
{
	const struct kd_view op = op_text(j, &q->r), limit = timeout_text(j, q);
	const struct kd_view age = q->has_age ? seconds(j, q->age) : KD_VNULL;

	return kd_sheet_text(j->s, "%.*s of %" PRIu64 " bytes at sector %" PRIu64 " on %s, %s%.*s in flight, %.*s", KD_VARG(op), q->r.bytes,
			     q->r.sector, disk_name(j, q->disk), q->at_least ? "at least " : "", age.n ? (int)age.n : 25,
			     age.n ? age.p : "it is not known how long", KD_VARG(limit));
}

/* "a (1), b (2) and 3 more" of those that wait for that of that disk. */
static struct kd_view names(struct job *j, int32_t disk, enum kd_bd_what what, size_t *ret_n)
{
	struct kd_view text = KD_V("");
	size_t n = 0;

	for (size_t i = 0; i < j->b.tasks.n; i++) {
		const struct kd_bd_task *t = &j->b.tasks.v[i];

		if (t->what != what || t->disk != disk || n++ >= NAMES_SAID)
			continue;
		text = kd_sheet_text(j->s, "%.*s%s%.*s", KD_VARG(text), n > 1 ? ", " : "", KD_VARG(kd_hang_task(j->s, &t->t)));
	}
	if (n > NAMES_SAID)
		text = kd_sheet_text(j->s, "%.*s and %zu more", KD_VARG(text), n - NAMES_SAID);
	*ret_n = n;
	return text;
}

/* --- requests ---------------------------------------------------------------------------------------- */

static void prove_member(struct job *j, struct kd_assertion *st, uint64_t addr, const char *type, const char *member, const char *what)
{
	struct kd_field f;

	if (addr && kd_kernel_field(kd_dump_kernel(j->d), type, member, &f) && f.size && f.size <= 8)
		kd_dump_prove(j->d, j->s, st, addr + f.off, f.size, what);
}

static void state_request(struct job *j, const struct kd_bd_request *q)
{
	const struct kd_view text = request_text(j, q);
	struct kd_assertion *st = kd_sheet_statement(j->s, q->at_least ? KD_STATEMENT_SUPPORTED : KD_STATEMENT_VERIFIED,
						     "over its timeout: request 0x%" PRIx64 ", %.*s", q->r.addr, KD_VARG(text));

	prove_member(j, st, q->r.addr, "request", "state", "request.state");
	prove_member(j, st, q->r.addr, "request", "__sector", "request.__sector");
	prove_member(j, st, q->r.addr, "request", q->r.issued_ns ? "io_start_time_ns" : q->r.start_ns ? "start_time_ns" : "deadline",
		     q->r.issued_ns ? "request.io_start_time_ns" : q->r.start_ns ? "request.start_time_ns" : "request.deadline");
	prove_member(j, st, q->r.addr, "request", "timeout", "request.timeout");
}

static void verdict(struct job *j)
{
	const struct kd_blockdiag *b = &j->b;
	const size_t n = b->tasks.n;
	const struct kd_view tasks = kd_sheet_text(j->s, "%zu task%s wait%s for I/O", n, n == 1 ? "" : "s", n == 1 ? "s" : "");
	const struct kd_view over = b->overdue ? kd_sheet_text(j->s, "; %zu request%s over %s timeout", b->overdue, b->overdue == 1 ? " is" : "s are",
							       b->overdue == 1 ? "its" : "their") : KD_V("");

	const struct kd_view more = b->queued ? kd_sheet_text(j->s, "; %zu more %s not with a driver yet", b->queued, b->queued == 1 ? "is" : "are") :
						KD_V("");

	if (b->requests.n > b->queued)
		kd_sheet_say(j->s, "oldest request: %.*s%.*s%.*s; %.*s", KD_VARG(request_text(j, &b->requests.v[0])), KD_VARG(over),
			     KD_VARG(more), KD_VARG(tasks));
	else
		kd_sheet_say(j->s, "%s%.*s; %.*s", !*b->why ? "no request is in flight" : b->disks.n ? "no request is found in flight" :
				   "which requests are in flight is not known", KD_VARG(more), KD_VARG(tasks));
	for (size_t i = 0, said = 0; i < b->requests.n && said < REQUESTS_SAID; i++)
		if (b->requests.v[i].overdue) {
			state_request(j, &b->requests.v[i]);
			said++;
		}
	if (b->overdue > REQUESTS_SAID)
		kd_sheet_note(j->s, "%zu requests are over their timeout; the %d oldest are told", b->overdue, REQUESTS_SAID);
}

/* --- queues ------------------------------------------------------------------------------------------ */

static bool frozen(const struct kd_bd_disk *d)
{
	return !d->freeze.why && d->freeze.v && d->freeze.v < UINT32_MAX / 2;
}

static bool quiesced(const struct kd_bd_disk *d)
{
	return !d->quiesce.why && d->quiesce.v;
}

static void say_frozen(struct job *j, int32_t i)
{
	const struct kd_bd_disk *d = &j->b.disks.v[i];
	size_t freezers, enter;
	const struct kd_view who = names(j, i, KD_BD_FREEZE, &freezers), in = names(j, i, KD_BD_ENTER, &enter);
	const struct kd_view users = d->users.why ? kd_sheet_text(j->s, "%s", d->users.why) :
						    kd_sheet_text(j->s, "%" PRIu64 " user%s left in it", d->users.v, d->users.v == 1 ? " is" : "s are");
	struct kd_assertion *st;

	kd_sheet_say(j->s, "the queue of %s is frozen (depth %" PRIu64 "), %.*s; %s%.*s; %s%.*s", disk_name(j, i), d->freeze.v, KD_VARG(users),
		     freezers ? "for them to go waits " : "no task is found that waits for them", KD_VARG(who),
		     enter ? "to get in waits " : "no task is found that waits to get in", KD_VARG(in));
	st = kd_sheet_statement(j->s, KD_STATEMENT_VERIFIED, "the queue of %s is frozen", disk_name(j, i));
	prove_member(j, st, d->b.queue, "request_queue", "mq_freeze_depth", "request_queue.mq_freeze_depth");
	if (!d->users.why) {
		const struct kd_datum data = kd_datum_member(kd_dump_kernel(j->d), d->b.queue, "request_queue", "q_usage_counter.data");

		if (!data.why)
			prove_member(j, st, data.v, "percpu_ref_data", "count.counter", "request_queue.q_usage_counter: count");
	}
}

static void say_quiesced(struct job *j, int32_t i)
{
	const struct kd_bd_disk *d = &j->b.disks.v[i];
	struct kd_assertion *st;

	kd_sheet_say(j->s, "the queue of %s is quiesced%s: nothing is given to its driver", disk_name(j, i), d->by_flag ? " (by its flags)" : "");
	st = kd_sheet_statement(j->s, d->by_flag ? KD_STATEMENT_SUPPORTED : KD_STATEMENT_VERIFIED, "the queue of %s is quiesced", disk_name(j, i));
	prove_member(j, st, d->b.queue, "request_queue", d->by_flag ? "queue_flags" : "quiesce_depth",
		     d->by_flag ? "request_queue.queue_flags" : "request_queue.quiesce_depth");
}

static bool used_up(const struct kd_bd_hctx *h)
{
	return h->has_tags && h->all && h->taken == h->all;
}

static bool odd_hctx(const struct kd_bd_hctx *h)
{
	return used_up(h) || (!h->stopped.why && h->stopped.v) || (!h->dispatch.why && h->dispatch.v);
}

static void say_hctx(struct job *j, const struct kd_bd_hctx *h)
{
	size_t n;
	const struct kd_view who = names(j, h->disk, KD_BD_TAG, &n);

	if (used_up(h))
		kd_sheet_say(j->s, "all %" PRIu64 " tags of hardware queue %" PRIu64 " of %s are taken%s%.*s", h->all, h->number.v, disk_name(j, h->disk),
			     n ? "; for one of this disk's waits " : "", KD_VARG(who));
	if (!h->stopped.why && h->stopped.v)
		kd_sheet_say(j->s, "hardware queue %" PRIu64 " of %s is stopped: its driver has to start it again", h->number.v, disk_name(j, h->disk));
	if (!h->dispatch.why && h->dispatch.v)
		kd_sheet_say(j->s, "%" PRIu64 " request%s wait%s in hardware queue %" PRIu64 " of %s to be given to the driver again", h->dispatch.v,
			     h->dispatch.v == 1 ? "" : "s", h->dispatch.v == 1 ? "s" : "", h->number.v, disk_name(j, h->disk));
}

static size_t say_queues(struct job *j)
{
	const size_t before = j->s->block.n;

	for (size_t i = 0; i < j->b.disks.n; i++) {
		if (frozen(&j->b.disks.v[i]))
			say_frozen(j, (int32_t)i);
		if (quiesced(&j->b.disks.v[i]))
			say_quiesced(j, (int32_t)i);
	}
	for (size_t i = 0; i < j->b.hctxs.n; i++)
		say_hctx(j, &j->b.hctxs.v[i]);
	return j->s->block.n - before;
}

static bool odd_disk(const struct job *j, const struct kd_bd_disk *d)
{
	bool odd = d->requests || frozen(d) || quiesced(d);

	for (size_t i = d->hctx; i < d->hctx + d->nhctx; i++)
		odd |= odd_hctx(&j->b.hctxs.v[i]);
	return odd;
}

/* --- tasks ------------------------------------------------------------------------------------------- */

static void state_task(struct job *j, const struct kd_bd_task *t)
{
	const struct kd_view who = kd_hang_task(j->s, &t->t);
	const struct kd_view rq = t->request == KD_BD_NONE ? KD_V("") :
				  kd_sheet_text(j->s, ", request 0x%" PRIx64, j->b.requests.v[t->request].r.addr);
	struct kd_assertion *st = kd_sheet_statement(j->s, t->wait.trust == KD_WAIT_PROVEN ? KD_STATEMENT_VERIFIED : KD_STATEMENT_SUPPORTED,
						     "%.*s waits for %s (%s%.*s): %s", KD_VARG(who), kd_bd_what_words(t->what), disk_name(j, t->disk),
						     KD_VARG(rq), t->tie);

	for (size_t i = 0; i < t->wait.nfacts; i++)
		kd_dump_prove(j->d, j->s, st, t->wait.fact[i].addr, t->wait.fact[i].size, t->wait.fact[i].what);
	for (size_t i = 0; i < t->nfacts; i++)
		kd_dump_prove(j->d, j->s, st, t->fact[i].addr, t->fact[i].size, t->fact[i].what);
}

static void state_tasks(struct job *j)
{
	size_t tied = 0, loose = 0;

	for (size_t i = 0; i < j->b.tasks.n; i++) {
		const struct kd_bd_task *t = &j->b.tasks.v[i];

		if (t->disk == KD_BD_NONE)
			loose++;
		else if (tied++ < TASKS_SAID)
			state_task(j, t);
	}
	if (loose)
		kd_sheet_say(j->s, "of %zu of the tasks that wait it is not known for which disk", loose);
	if (tied > TASKS_SAID)
		kd_sheet_note(j->s, "%zu tasks are tied to a disk; the first %d are told, all are in the table", tied, TASKS_SAID);
}

/* --- tables ------------------------------------------------------------------------------------------ */

static struct kd_cell datum(struct kd_datum d)
{
	return d.why ? kd_cell_none(d.why) : kd_cell_uint(d.v);
}

static void request_table(struct job *j)
{
	static const struct kd_column columns[] = {{"disk", "DISK"}, {"hw_queue", "HW QUEUE"}, {"tag", "TAG"}, {"op", "OP"}, {"sector", "SECTOR"},
						   {"bytes", "BYTES"}, {"age", "IN FLIGHT"}, {"timeout", "TIMEOUT"}, {"overdue", "OVER IT"},
						   {"state", "STATE"}, {"request", "REQUEST"}, {"start_ns", NULL}, {"issued_ns", NULL}, {"hctx", NULL}};
	struct kd_table *t = kd_sheet_table(j->s, "requests", columns, KD_ARRAY_LEN(columns));

	t->title = "requests in flight; QUEUED: not with the driver yet";
	for (size_t i = 0; i < j->b.requests.n; i++) {
		const struct kd_bd_request *q = &j->b.requests.v[i];
		struct kd_view state = kd_datum_enumerator(kd_dump_kernel(j->d), "mq_rq_state", q->r.state);
		struct kd_cell *row = kd_table_row(t);

		kd_view_skip(&state, KD_V("MQ_RQ_"));
		if (q->r.queued)
			state = KD_V("QUEUED");
		row[0] = kd_sheet_cell(j->s, kd_view_of(disk_name(j, q->disk)));
		row[1] = q->hctx == KD_BD_NONE ? kd_cell_none("its hardware queue is not in the list") : datum(j->b.hctxs.v[q->hctx].number);
		row[2] = kd_cell_uint(q->r.tag);
		row[3] = kd_cell_text(op_text(j, &q->r));
		row[4] = kd_cell_uint(q->r.sector);
		row[5] = kd_cell_uint(q->r.bytes);
		row[6] = q->has_age ? kd_cell_nsec(q->age) : kd_cell_none("the kernel did not take the time");
		row[6].guessed = q->has_age; /* up to the last tick */
		row[7] = q->timeout.why ? kd_cell_none(q->timeout.why) : q->timeout.v ? kd_hang_jiffies(j->s, q->timeout.v, j->b.clock.hz) :
										    kd_cell_none("it is set when the driver gets it");
		row[8] = q->has_age && !q->timeout.why && q->timeout.v ? kd_cell_bool(q->overdue) : kd_cell_none("its age or its timeout is not known");
		row[10] = kd_cell_hex(q->r.addr);
		row[9] = kd_sheet_cell(j->s, state.n ? state : kd_sheet_text(j->s, "%" PRIu64, q->r.state));
		row[11] = kd_cell_uint(q->r.start_ns);
		row[12] = kd_cell_uint(q->r.issued_ns);
		row[13] = kd_cell_hex(q->r.hctx);
	}
}

static void queue_table(struct job *j)
{
	static const struct kd_column columns[] = {{"disk", "DISK"}, {"hw_queue", "HW QUEUE"}, {"tags_taken", "TAGS TAKEN"}, {"tags", "TAGS"},
						   {"stopped", "STOPPED"}, {"dispatch", "TO DISPATCH"}, {"frozen", "FROZEN"}, {"users", "USERS"},
						   {"quiesced", "QUIESCED"}, {"queue", "REQUEST QUEUE"}, {"hctx", NULL}};
	struct kd_table *t = kd_sheet_table(j->s, "queues", columns, KD_ARRAY_LEN(columns));
	size_t left = 0;

	t->title = j->all ? "queues" : "queues of which something is said";
	for (size_t i = 0; i < j->b.hctxs.n; i++) {
		const struct kd_bd_hctx *h = &j->b.hctxs.v[i];
		const struct kd_bd_disk *d = &j->b.disks.v[h->disk];
		struct kd_cell *row;

		if (!j->all && !odd_disk(j, d)) {
			left++;
			continue;
		}
		row = kd_table_row(t);
		row[0] = kd_sheet_cell(j->s, kd_view_of(disk_name(j, h->disk)));
		row[1] = datum(h->number);
		row[2] = h->has_tags ? kd_cell_uint(h->taken) : kd_cell_none("the tags cannot be read");
		row[3] = h->has_tags ? kd_cell_uint(h->all) : kd_cell_none("the tags cannot be read");
		row[4] = h->stopped.why ? kd_cell_none(h->stopped.why) : kd_cell_bool(h->stopped.v != 0);
		row[5] = datum(h->dispatch);
		row[6] = datum(d->freeze);
		row[7] = datum(d->users);
		row[8] = datum(d->quiesce);
		row[8].guessed = d->by_flag;
		row[9] = kd_cell_hex(d->b.queue);
		row[10] = kd_cell_hex(h->addr);
	}
	if (left)
		kd_sheet_note(j->s, "%zu hardware queues of disks without requests, of which nothing is to be said, are left out: --all", left);
}

static void task_table(struct job *j)
{
	static const struct kd_column columns[] = {{"pid", "PID"}, {"comm", "COMMAND"}, {"state", "STATE"}, {"waits", "FOR ABOUT"}, {"what", "WAITS FOR"},
						   {"disk", "DISK"}, {"request", "REQUEST"}, {"how", "KNOWN BY"}, {"function", "IN"}, {"task", NULL},
						   {"lock", NULL}, {"object", NULL}, {"kind", NULL}, {"trust", NULL}};
	struct kd_table *table = kd_sheet_table(j->s, "tasks", columns, KD_ARRAY_LEN(columns));

	table->title = "tasks that wait for I/O";
	for (size_t i = 0; i < j->b.tasks.n; i++) {
		const struct kd_bd_task *t = &j->b.tasks.v[i];
		struct kd_cell *row = kd_table_row(table);

		row[0] = kd_cell_int(t->t.pid);
		row[1] = kd_sheet_cell(j->s, kd_view_of(t->t.comm));
		row[2] = kd_cell_text(kd_sheet_text(j->s, "%c%s", t->state.letter, t->state.in_iowait ? " (I/O)" : ""));
		row[3] = t->age.known ? kd_cell_nsec(t->age.ns) : kd_cell_none("the kernel's clock or the task's last run is not known");
		row[4] = kd_cell_text(kd_view_of(kd_bd_what_words(t->what)));
		row[5] = t->disk == KD_BD_NONE ? kd_cell_none(not_known) : kd_sheet_cell(j->s, kd_view_of(disk_name(j, t->disk)));
		row[6] = t->request == KD_BD_NONE ? kd_cell_none(not_known) : kd_cell_hex(j->b.requests.v[t->request].r.addr);
		row[7] = t->tie ? kd_cell_text(kd_view_of(t->tie)) : kd_cell_none(not_known);
		row[8] = t->function[0] ? kd_sheet_cell(j->s, kd_view_of(t->function)) :
			 t->wait.function[0] ? kd_sheet_cell(j->s, kd_view_of(t->wait.function)) : kd_cell_none(NULL);
		row[9] = kd_cell_hex(t->t.addr);
		row[10] = t->wait.lock ? kd_cell_hex(t->wait.lock) : kd_cell_none(NULL);
		row[11] = t->wait.object ? kd_cell_hex(t->wait.object) : kd_cell_none(NULL);
		row[12] = t->wait.kind != KD_WAIT_UNKNOWN ? kd_cell_text(kd_view_of(kd_wait_kind_words(t->wait.kind))) : kd_cell_none(t->wait.why);
		row[13] = t->wait.kind != KD_WAIT_UNKNOWN ? kd_cell_text(kd_view_of(kd_wait_trust_words(t->wait.trust))) : kd_cell_none(NULL);
	}
}

static void notes(struct job *j, struct kd_waits *w)
{
	size_t plain = 0;

	for (size_t i = 0; i < j->b.disks.n; i++)
		plain += !j->b.disks.v[i].nhctx;
	if (plain)
		kd_sheet_note(j->s, "%zu disks are not by blk-mq (dm, md, zram …): what is in flight there is with the disks below them", plain);
	kd_sheet_note(j->s, "ages are up to the last tick; bios that have no request yet are not seen");
	if (*j->b.why)
		kd_sheet_note(j->s, "not everything could be read: %s", j->b.why);
	if (j->b.cut)
		kd_sheet_note(j->s, "there is more than can be listed: the rest was not looked at");
	if (*kd_waits_tasks_why(w))
		kd_sheet_note(j->s, "not all tasks were found: %s", kd_waits_tasks_why(w));
}

static struct kd_error *answer(struct job *j, struct kd_waits *w)
{
	struct kd_error *err = kd_blockdiag_read(kd_dump_kernel(j->d), w, j->s->arena, &j->b);
	size_t queues;

	if (err)
		return err;
	verdict(j);
	queues = say_queues(j);
	state_tasks(j);
	j->s->none = !j->b.overdue && !queues && !j->b.tasks.n;
	if (j->s->none && *j->b.why)
		kd_sheet_say(j->s, "nothing is found that is stuck, but not everything could be looked at: %s", j->b.why);
	else if (j->s->none)
		kd_sheet_say(j->s, "nothing is stuck: no request is over its timeout, no queue is frozen, quiesced or stopped, no tags are used up, no task waits for I/O");
	request_table(j);
	queue_table(j);
	task_table(j);
	notes(j, w);
	kd_dump_next(j->d, j->s, "deadlock", "%s", "");
	kd_dump_next(j->d, j->s, "bt", "--state=D");
	return NULL;
}

struct kd_error *kd_core_block(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_core_block_options *o = options;
	kd_auto(kd_waits_freep) struct kd_waits *w = NULL;
	struct job j = {.d = d, .s = s, .all = o->all};
	struct kd_unwinder *u = NULL;
	struct kd_error *err = kd_dump_need_types(d);

	(void)args;
	(void)nargs;
	if (!err)
		err = kd_core_need_variables(d, s);
	if (!err)
		err = kd_hang_unwinder(d, s, &u);
	if (!err)
		err = kd_waits_new(kd_dump_kernel(d), u, &w);
	if (!err)
		err = answer(&j, w);
	kd_blockdiag_deinit(&j.b);
	return err;
}
