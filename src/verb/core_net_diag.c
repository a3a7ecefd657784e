// SPDX-License-Identifier: GPL-2.0-or-later
/* core net --diagnose: what holds up the network. */
#include <inttypes.h>

#include "base/alloc.h"
#include "core/netdiag.h"
#include "verb/core_hangs_internal.h"
#include "verb/core_irq.h"
#include "verb/core_net_internal.h"

enum { SAID = 8, VERDICT_PARTS = 8, NAME_BYTES = 16 };

struct job {
	struct nets *x;
	struct kd_dump *d;
	struct kd_sheet *s;
	struct kd_netdiag n;
	struct kd_view part[VERDICT_PARTS]; /* of the verdict */
	size_t nparts;
};

/* --- words ------------------------------------------------------------------------------------------- */

static const char *dev_name(const struct kd_nd_dev *d)
{
	return *d->name ? d->name : "a device whose name cannot be read";
}

/* "12.1 s", or jiffies. */
static struct kd_view jiffies_text(struct job *j, uint64_t jiffies)
{
	const unsigned hz = j->n.clock.hz;

	return hz ? kd_sheet_text(j->s, "%" PRIu64 ".%" PRIu64 " s", jiffies / hz, jiffies % hz * 10 / hz) :
		    kd_sheet_text(j->s, "%" PRIu64 " jiffies", jiffies);
}

static void part(struct job *j, struct kd_view text)
{
	if (j->nparts < VERDICT_PARTS)
		j->part[j->nparts++] = text;
}

static struct kd_view sock_text(struct job *j, const struct kd_nd_sock *s)
{
	const char *state = kd_tcp_state(s->s.state);

	return s->listens ? kd_sheet_text(j->s, "%s %s (LISTEN)", s->s.proto, s->s.from) :
	       s->tcp	  ? kd_sheet_text(j->s, "%s %s to %s (%s)", s->s.proto, s->s.from, s->s.to, state ? state : "?") :
			    kd_sheet_text(j->s, "%s %s", s->s.proto, s->s.from);
}

static void prove_member(struct job *j, struct kd_assertion *st, uint64_t addr, const char *type, const char *member, const char *what)
{
	struct kd_field f;

	if (addr && kd_kernel_field(kd_dump_kernel(j->d), type, member, &f) && f.size && f.size <= NAME_BYTES)
		kd_dump_prove(j->d, j->s, st, addr + f.off, f.size, what);
}

/* --- devices ----------------------------------------------------------------------------------------- */

static void state_queue(struct job *j, const struct kd_nd_queue *q)
{
	const struct kd_nd_dev *d = &j->n.devs.v[q->dev];
	const struct kd_view age = q->has_age ? jiffies_text(j, q->age) : KD_V("a time that is not known");
	const struct kd_view limit = !d->timeo.why && d->timeo.v ? jiffies_text(j, d->timeo.v) : KD_V("not known");
	const struct kd_view wait = q->qlen.why ? KD_V("") : kd_sheet_text(j->s, "; %" PRIu64 " packet%s wait%s in its qdisc%s%s", q->qlen.v,
									q->qlen.v == 1 ? "" : "s", q->qlen.v == 1 ? "s" : "", *q->kind ? " " : "",
									q->kind);
	struct kd_assertion *st;

	st = kd_sheet_statement(j->s, KD_STATEMENT_VERIFIED,
				"transmit queue %" PRIu64 " of %s is stopped by its %s; the last packet was given to it %.*s ago (watchdog: %.*s%s)%.*s", q->number,
				dev_name(d), q->driver_off ? "driver" : "byte limit (BQL)", KD_VARG(age), KD_VARG(limit),
				d->watched ? "" : ", which does not look at this driver", KD_VARG(wait));
	prove_member(j, st, q->addr, "netdev_queue", "state", "netdev_queue.state");
	prove_member(j, st, q->addr, "netdev_queue", "trans_start", "netdev_queue.trans_start");
	prove_member(j, st, d->addr, "net_device", "watchdog_timeo", "net_device.watchdog_timeo");
	prove_member(j, st, q->qdisc, "Qdisc", "q.qlen", "Qdisc.q.qlen");
}

static void say_queues(struct job *j)
{
	const struct kd_nd_queue *worst = NULL;
	struct kd_view age;
	size_t stopped = 0;

	for (size_t i = 0; i < j->n.queues.n; i++) {
		const struct kd_nd_queue *q = &j->n.queues.v[i];

		if (!q->driver_off && !q->stack_off)
			continue;
		if (!worst || (q->has_age && (!worst->has_age || q->age > worst->age)))
			worst = q;
		if (stopped++ < SAID)
			state_queue(j, q);
	}
	if (!stopped)
		return;
	age = worst->has_age ? kd_sheet_text(j->s, ": for %.*s%s", KD_VARG(jiffies_text(j, worst->age)),
					     worst->overdue ? ", longer than its watchdog allows" : "") : KD_V("");
	part(j, kd_sheet_text(j->s, "%zu transmit queue%s stopped (%s%s%.*s)", stopped, stopped == 1 ? " is" : "s are",
			      stopped == 1 ? "" : "the longest: ", dev_name(&j->n.devs.v[worst->dev]), KD_VARG(age)));
	if (stopped > SAID)
		kd_sheet_note(j->s, "%zu transmit queues are stopped; %d are told, all are in the table", stopped, SAID);
}

static void say_carriers(struct job *j)
{
	size_t n = 0;
	const char *first = "";

	for (size_t i = 0; i < j->n.devs.n; i++) {
		const struct kd_nd_dev *d = &j->n.devs.v[i];
		struct kd_assertion *st;

		if (d->state.why || !d->up || d->carrier)
			continue;
		if (!n++)
			first = dev_name(d);
		if (n > SAID)
			continue;
		st = kd_sheet_statement(j->s, KD_STATEMENT_VERIFIED, "%s is up and has no carrier", dev_name(d));
		prove_member(j, st, d->addr, "net_device", "state", "net_device.state");
		prove_member(j, st, d->addr, "net_device", "flags", "net_device.flags");
	}
	if (n)
		part(j, kd_sheet_text(j->s, "%zu device%s up without a carrier (%s%s)", n, n == 1 ? " is" : "s are", first, n > 1 ? " …" : ""));
	if (n > SAID)
		kd_sheet_note(j->s, "%zu devices are up without a carrier; %d are told, all are in the table", n, SAID);
}

static void say_leaving(struct job *j)
{
	for (size_t i = 0; i < j->n.leaving.n; i++) {
		const struct kd_nd_leaving *l = &j->n.leaving.v[i];
		const struct kd_view who = kd_hang_task_at(j->d, j->s, l->task);
		struct kd_assertion *st = kd_sheet_statement(j->s, KD_STATEMENT_SUPPORTED,
							     "%s cannot be taken away: %" PRIu64 " reference%s to it %s held, and %.*s waits for them to go", l->name,
							     l->refs.v, l->refs.v == 1 ? "" : "s", l->refs.v == 1 ? "is" : "are", KD_VARG(who));

		prove_member(j, st, l->addr, "net_device", "name", "net_device.name");
		prove_member(j, st, l->addr, "net_device", "reg_state", "net_device.reg_state");
		prove_member(j, st, l->addr, "net_device", "pcpu_refcnt", "net_device.pcpu_refcnt");
		prove_member(j, st, l->addr, "net_device", "dev_refcnt", "net_device.dev_refcnt");
	}
	if (j->n.leaving.n)
		part(j, kd_sheet_text(j->s, "%zu device%s cannot be taken away (%s%s)", j->n.leaving.n, j->n.leaving.n == 1 ? "" : "s", j->n.leaving.v[0].name,
				      j->n.leaving.n > 1 ? " …" : ""));
}

/* --- sockets ----------------------------------------------------------------------------------------- */

static void state_sock(struct job *j, const struct kd_nd_sock *s)
{
	static const struct {
		unsigned why;
		const char *words;
		const char *proof[2][2];
	} says[] = {
		{KD_NS_LISTEN_FULL, "has more connections to accept than its limit", {{"sock", "sk_ack_backlog"}, {"sock", "sk_max_ack_backlog"}}},
		{KD_NS_RECV_FULL, "has a full receive queue: nobody reads", {{"sock", "sk_backlog.rmem_alloc.counter"}, {"sock", "sk_rcvbuf"}}},
		{KD_NS_RECV_CLOSED, "takes no more: what it has fills its window, and nobody reads", {{"tcp_sock", "rcv_wnd"}, {"tcp_sock", "copied_seq"}}},
		{KD_NS_SEND_FULL, "has a full send queue", {{"sock", "sk_wmem_queued"}, {"sock", "sk_sndbuf"}}},
		{KD_NS_WINDOW_CLOSED, "may not send: the other end's window is closed", {{"tcp_sock", "snd_wnd"}, {"tcp_sock", "snd_una"}}},
		{KD_NS_RETRANSMITS, "sends again what was not acknowledged", {{"inet_connection_sock", "icsk_retransmits"}, {"inet_connection_sock", "icsk_rto"}}},
		{KD_NS_PROBES, "probes the other end's window without an answer", {{"inet_connection_sock", "icsk_probes_out"}, {"inet_connection_sock", "icsk_rto"}}},
	};
	struct kd_view text = sock_text(j, s);
	struct kd_assertion *st;

	for (size_t i = 0, n = 0; i < KD_ARRAY_LEN(says); i++)
		if (s->why & says[i].why)
			text = kd_sheet_text(j->s, "%.*s%s %s", KD_VARG(text), n++ ? ";" : "", says[i].words);
	st = kd_sheet_statement(j->s, KD_STATEMENT_VERIFIED, "%.*s", KD_VARG(text));
	for (size_t i = 0; i < KD_ARRAY_LEN(says); i++)
		for (size_t k = 0; s->why & says[i].why && k < 2; k++)
			prove_member(j, st, s->s.addr, says[i].proof[k][0], says[i].proof[k][1], says[i].proof[k][1]);
}

static void say_socks(struct job *j)
{
	static const struct {
		unsigned why;
		const char *one, *many;
	} words[] = {{KD_NS_LISTEN_FULL, "queue of connections to accept overflows", "queues of connections to accept overflow"},
		     {KD_NS_RECV_FULL | KD_NS_RECV_CLOSED, "receive queue is full", "receive queues are full"},
		     {KD_NS_SEND_FULL, "send queue is full", "send queues are full"},
		     {KD_NS_RETRANSMITS, "TCP socket sends again", "TCP sockets send again"}};
	size_t n[KD_ARRAY_LEN(words)] = {0};

	for (size_t i = 0; i < j->n.socks.n; i++) {
		for (size_t k = 0; k < KD_ARRAY_LEN(words); k++)
			n[k] += (j->n.socks.v[i].why & words[k].why) != 0;
		if (i < 2 * SAID)
			state_sock(j, &j->n.socks.v[i]);
	}
	for (size_t k = 0; k < KD_ARRAY_LEN(words); k++)
		if (n[k])
			part(j, kd_sheet_text(j->s, "%zu %s", n[k], n[k] == 1 ? words[k].one : words[k].many));
	if (j->n.socks.n > 2 * SAID)
		kd_sheet_note(j->s, "of %zu sockets something is to be said; %d are told, the others are in the table", j->n.socks.n, 2 * SAID);
}

/* --- CPUs -------------------------------------------------------------------------------------------- */

static void say_cpus(struct job *j)
{
	for (size_t i = 0; i < j->n.cpus.n; i++) {
		const struct kd_nd_cpu *c = &j->n.cpus.v[i];
		struct kd_assertion *st;

		if (j->n.max_backlog.why || c->input.why || c->input.v <= j->n.max_backlog.v / 2)
			continue;
		part(j, kd_sheet_text(j->s, "CPU %u has %" PRIu64 " packets of %" PRIu64 " that its backlog takes", c->cpu, c->input.v, j->n.max_backlog.v));
		st = kd_sheet_statement(j->s, KD_STATEMENT_VERIFIED, "CPU %u does not work off its backlog: %" PRIu64 " packets wait", c->cpu, c->input.v);
		prove_member(j, st, c->addr, "softnet_data", "input_pkt_queue.qlen", "softnet_data.input_pkt_queue.qlen");
	}
}

/* --- tables ------------------------------------------------------------------------------------------ */

static struct kd_cell datum(struct kd_datum d)
{
	return d.why ? kd_cell_none(d.why) : kd_cell_uint(d.v);
}

static void dev_table(struct job *j)
{
	static const struct kd_column columns[] = {{"name", "NAME"}, {"up", "UP"}, {"carrier", "CARRIER"}, {"watchdog", "WATCHDOG"}, {"watched", "WATCHED"},
						   {"net", "NET NS"}, {"device", "NET_DEVICE"}, {"state", NULL}, {"flag_bits", NULL}};
	struct kd_table *t = kd_sheet_table(j->s, "devices", columns, KD_ARRAY_LEN(columns));

	t->title = "devices";
	for (size_t i = 0; i < j->n.devs.n; i++) {
		const struct kd_nd_dev *d = &j->n.devs.v[i];
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_core_net_text(j->s, d->name, "its name cannot be read");
		row[1] = d->state.why ? kd_cell_none(d->state.why) : kd_cell_bool(d->up);
		row[2] = d->state.why ? kd_cell_none(d->state.why) : kd_cell_bool(d->carrier);
		row[3] = d->timeo.why ? kd_cell_none(d->timeo.why) : d->timeo.v ? kd_hang_jiffies(j->s, d->timeo.v, j->n.clock.hz) :
									     kd_cell_none("it has none");
		row[4] = kd_cell_bool(d->watched);
		row[5] = kd_core_net_ns(j->x, d->net);
		row[6] = kd_cell_hex(d->addr);
		row[7] = d->state.why ? kd_cell_none(d->state.why) : kd_cell_hex(d->state.v);
		row[8] = d->flags.why ? kd_cell_none(d->flags.why) : kd_cell_hex(d->flags.v);
	}
}

static void queue_table(struct job *j)
{
	static const struct kd_column columns[] = {{"device", "DEVICE"}, {"queue", "QUEUE"}, {"driver_off", "STOPPED"}, {"stack_off", "BY BQL"},
						   {"since", "LAST SENT"}, {"overdue", "OVERDUE"}, {"qdisc_kind", "QDISC"}, {"packets", "PACKETS"},
						   {"bytes", "BYTES"}, {"netdev_queue", "NETDEV_QUEUE"}, {"qdisc", NULL}, {"trans_start", NULL}};
	struct kd_table *t = kd_sheet_table(j->s, "queues", columns, KD_ARRAY_LEN(columns));

	t->title = "transmit queues that are stopped, or where packets wait";
	for (size_t i = 0; i < j->n.queues.n; i++) {
		const struct kd_nd_queue *q = &j->n.queues.v[i];
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_sheet_cell(j->s, kd_view_of(dev_name(&j->n.devs.v[q->dev])));
		row[1] = kd_cell_uint(q->number);
		row[2] = kd_cell_bool(q->driver_off);
		row[3] = kd_cell_bool(q->stack_off);
		row[4] = q->has_age ? kd_hang_jiffies(j->s, q->age, j->n.clock.hz) : kd_cell_none("nothing was sent, or jiffies are not known");
		row[5] = kd_cell_bool(q->overdue);
		row[6] = kd_core_net_text(j->s, q->kind, "it has none, or its name cannot be read");
		row[7] = datum(q->qlen);
		row[8] = datum(q->backlog);
		row[9] = kd_cell_hex(q->addr);
		row[10] = q->qdisc ? kd_cell_hex(q->qdisc) : kd_cell_none("it has none");
		row[11] = datum(q->trans_start);
	}
}

static struct kd_view why_text(struct job *j, unsigned why)
{
	static const char *const words[] = {"receive queue full", "send queue full", "listen queue overflows", "sends again", "peer's window closed", "probes",
					   "window closed"};
	struct kd_view text = KD_V("");

	for (size_t i = 0; i < KD_ARRAY_LEN(words); i++)
		if (why >> i & 1)
			text = kd_sheet_text(j->s, "%.*s%s%s", KD_VARG(text), text.n ? ", " : "", words[i]);
	return text;
}

static void sock_table(struct job *j)
{
	static const struct kd_column columns[] = {{"protocol", "PROTOCOL"}, {"local", "LOCAL"}, {"remote", "REMOTE"}, {"state", "STATE"}, {"why", "WHY"},
						   {"rmem", "RECV MEM"}, {"rcvbuf", "OF"}, {"wmem", "SEND MEM"}, {"sndbuf", "OF"},
						   {"backlog", "TO ACCEPT"}, {"backlog_max", "OF"}, {"retransmits", "AGAIN"}, {"probes", NULL}, {"rto", NULL},
						   {"unread", "UNREAD"}, {"unacked", "UNACKED"}, {"snd_wnd", NULL}, {"rcv_wnd", NULL}, {"drops", "DROPS"},
						   {"sock", "SOCK"}, {"owner", "OWNER"}};
	struct kd_table *t = kd_sheet_table(j->s, "sockets", columns, KD_ARRAY_LEN(columns));

	t->title = "sockets of which something is said";
	for (size_t i = 0; i < j->n.socks.n; i++) {
		const struct kd_nd_sock *s = &j->n.socks.v[i];
		const char *state = kd_tcp_state(s->s.state);
		struct kd_cell *row = kd_table_row(t);
		const struct kd_datum *const numbers[] = {&s->rmem, &s->rcvbuf, &s->wmem, &s->sndbuf, &s->backlog, &s->backlog_max, &s->retransmits,
							  &s->probes, NULL, &s->unread, &s->unacked, &s->snd_wnd, &s->rcv_wnd, &s->drops};

		row[0] = kd_core_net_text(j->s, s->s.proto, "its protocol cannot be read");
		row[1] = kd_core_net_text(j->s, s->s.from, "it is neither IPv4 nor IPv6");
		row[2] = kd_core_net_text(j->s, s->s.to, "it is neither IPv4 nor IPv6");
		row[3] = kd_cell_text(state ? kd_view_of(state) : kd_sheet_text(j->s, "%" PRIu64, s->s.state));
		row[4] = kd_cell_text(why_text(j, s->why));
		for (size_t k = 0; k < KD_ARRAY_LEN(numbers); k++)
			if (numbers[k])
				row[5 + k] = datum(*numbers[k]);
		row[13] = s->rto.why ? kd_cell_none(s->rto.why) : kd_hang_jiffies(j->s, s->rto.v, j->n.clock.hz);
		row[19] = kd_cell_hex(s->s.addr);
		row[20] = kd_core_net_owner(j->x, s->s.addr);
	}
}

static void cpu_table(struct job *j)
{
	static const struct kd_column columns[] = {{"cpu", "CPU"}, {"input", "BACKLOG"}, {"process", "IN WORK"}, {"scheduled", "NAPIS"}, {"napis", "POLLS"},
						   {"dropped", "DROPPED"}, {"squeezed", "SQUEEZED"}, {"softnet_data", NULL}};
	struct kd_table *t = kd_sheet_table(j->s, "cpus", columns, KD_ARRAY_LEN(columns));

	t->title = "what CPUs have not worked off";
	for (size_t i = 0; i < j->n.cpus.n; i++) {
		const struct kd_nd_cpu *c = &j->n.cpus.v[i];
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_cell_uint(c->cpu);
		row[1] = datum(c->input);
		row[2] = datum(c->process);
		row[3] = datum(c->scheduled);
		row[4] = kd_sheet_cell(j->s, kd_view_of(c->napis));
		row[5] = datum(c->dropped);
		row[6] = datum(c->squeezed);
		row[7] = c->addr ? kd_cell_hex(c->addr) : kd_cell_none("softnet_data is not known");
	}
}

static void leaving_table(struct job *j)
{
	static const struct kd_column columns[] = {{"name", "NAME"}, {"references", "REFERENCES"}, {"device", "NET_DEVICE"}, {"task", "WHO WAITS"},
						   {"task_address", NULL}};
	struct kd_table *t;

	if (!j->n.leaving.n)
		return;
	t = kd_sheet_table(j->s, "leaving", columns, KD_ARRAY_LEN(columns));
	t->title = "devices that are being taken away";
	for (size_t i = 0; i < j->n.leaving.n; i++) {
		const struct kd_nd_leaving *l = &j->n.leaving.v[i];
		struct kd_cell *row = kd_table_row(t);

		row[0] = kd_sheet_cell(j->s, kd_view_of(l->name));
		row[1] = datum(l->refs);
		row[2] = kd_cell_hex(l->addr);
		row[2].guessed = true; /* a word of a stack */
		row[3] = kd_cell_text(kd_hang_task_at(j->d, j->s, l->task));
		row[4] = kd_cell_hex(l->task);
	}
}

/* --- all --------------------------------------------------------------------------------------------- */

static void notes(struct job *j, struct kd_waits *w)
{
	kd_sheet_note(j->s, "looked at: %" PRIu64 " sockets of TCP and UDP, devices: %zu; not looked at: UNIX, netlink, packet and raw sockets, requests "
			    "that are no sockets yet, receive rings and registers of drivers, firewalls, routes and neighbours",
		      j->n.seen_socks, j->n.devs.n);
	if (*j->n.why)
		kd_sheet_note(j->s, "not everything could be read: %s", j->n.why);
	if (j->n.cut)
		kd_sheet_note(j->s, "there is more than can be listed: the rest was not looked at");
	if (*kd_waits_tasks_why(w))
		kd_sheet_note(j->s, "not all tasks were found: %s", kd_waits_tasks_why(w));
}

static void verdict(struct job *j, size_t at)
{
	struct kd_view text = KD_V("");

	for (size_t i = 0; i < j->nparts; i++)
		text = kd_sheet_text(j->s, "%.*s%s%.*s", KD_VARG(text), i ? "; " : "", KD_VARG(j->part[i]));
	j->s->none = !j->nparts;
	if (j->nparts)
		kd_sheet_say(j->s, "%.*s", KD_VARG(text));
	else if (*j->n.why)
		kd_sheet_say(j->s, "nothing is found that holds up the network, but not everything could be looked at: %s", j->n.why);
	else
		kd_sheet_say(j->s, "nothing is found that holds up the network: no transmit queue is stopped, no device is up without a carrier or cannot be taken "
				   "away, no queue of a TCP or UDP socket is full, none sends again, no CPU's backlog is half full");
	/* the verdict was known last, and is said first */
	if (j->s->block.n > at + 1) {
		const struct kd_block last = j->s->block.v[j->s->block.n - 1];

		for (size_t i = j->s->block.n - 1; i > at; i--)
			j->s->block.v[i] = j->s->block.v[i - 1];
		j->s->block.v[at] = last;
	}
}

static struct kd_error *answer(struct job *j, struct kd_waits *w)
{
	const size_t at = j->s->block.n;
	size_t ncpus;
	const unsigned *cpu = kd_core_cpus(j->d, j->s, &ncpus);
	struct kd_error *err = kd_netdiag_read(kd_dump_kernel(j->d), w, cpu, cpu ? ncpus : 0, j->s->arena, &j->n);

	if (err)
		return err;
	say_queues(j);
	say_carriers(j);
	say_leaving(j);
	say_socks(j);
	say_cpus(j);
	verdict(j, at);
	queue_table(j);
	sock_table(j);
	leaving_table(j);
	dev_table(j);
	cpu_table(j);
	notes(j, w);
	kd_dump_next(j->d, j->s, "net", "--sockets");
	kd_dump_next(j->d, j->s, "irq", "--softirq");
	return NULL;
}

struct kd_error *kd_core_net_diagnose(struct nets *x)
{
	kd_auto(kd_waits_freep) struct kd_waits *w = NULL;
	struct job j = {.x = x, .d = x->d, .s = x->s};
	struct kd_unwinder *u = NULL;
	struct kd_error *err = kd_hang_unwinder(x->d, x->s, &u);

	if (!err)
		err = kd_waits_new(x->k, u, &w);
	if (!err)
		err = answer(&j, w);
	kd_netdiag_deinit(&j.n);
	return err;
}
