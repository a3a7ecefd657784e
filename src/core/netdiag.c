// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/netdiag.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/words.h"

enum { IFF_UP = 1, STARTED = 1, NO_CARRIER = 4, DRIVER_OFF = 1, STACK_OFF = 2, FROZEN = 4, UNREGISTERING = 2, UNREGISTERED = 3, FRAMES = 24,
       NAPIS_MAX = 4096 };

struct reading {
	struct kd_kernel *k;
	struct kd_netdiag *n;
	struct kd_arena *arena;
	const unsigned *cpu;
	size_t ncpus;
	uint64_t net;
	uint64_t txq_size;
	struct kd_word tx, count, real, timeo, ops, has_timeout, state, flags, txq_state, txq_start, txq_qdisc, qlen, backlog, cpu_stats, ops_of, stat_qlen,
		stat_backlog, reg_state, pcpu_refs, refs, todo;
};

static void wrong(struct kd_netdiag *n, const char *why)
{
	if (*why && !*n->why)
		snprintf(n->why, sizeof(n->why), "%s", why);
}

static struct kd_datum get(struct reading *r, uint64_t addr, const struct kd_word *w)
{
	uint64_t v;

	if (!w->known)
		return kd_datum_none("this kernel has no such member");
	return kd_word_get(r->k, addr, w, &v) ? kd_datum_of(v) : kd_datum_none("it cannot be read");
}

static void layout(struct reading *r)
{
	struct kd_kernel *k = r->k;

	r->tx = kd_word_of(k, "net_device", "_tx");
	r->count = kd_word_of(k, "net_device", "num_tx_queues");
	r->real = kd_word_of(k, "net_device", "real_num_tx_queues");
	r->timeo = kd_word_of(k, "net_device", "watchdog_timeo");
	r->ops = kd_word_of(k, "net_device", "netdev_ops");
	r->has_timeout = kd_word_of(k, "net_device_ops", "ndo_tx_timeout");
	r->state = kd_word_of(k, "net_device", "state");
	r->flags = kd_word_of(k, "net_device", "flags");
	r->reg_state = kd_word_of(k, "net_device", "reg_state");
	r->pcpu_refs = kd_word_of(k, "net_device", "pcpu_refcnt");
	r->refs = kd_word_of(k, "net_device", "dev_refcnt.refs.counter");
	r->todo = kd_word_of(k, "net_device", "todo_list");
	r->txq_size = kd_word_sizeof(k, "netdev_queue");
	r->txq_state = kd_word_of(k, "netdev_queue", "state");
	r->txq_start = kd_word_of(k, "netdev_queue", "trans_start");
	r->txq_qdisc = kd_word_of(k, "netdev_queue", "qdisc");
	r->qlen = kd_word_of(k, "Qdisc", "q.qlen");
	r->backlog = kd_word_of(k, "Qdisc", "qstats.backlog");
	r->cpu_stats = kd_word_of(k, "Qdisc", "cpu_qstats");
	r->ops_of = kd_word_of(k, "Qdisc", "ops");
	r->stat_qlen = kd_word_of(k, "gnet_stats_queue", "qlen");
	r->stat_backlog = kd_word_of(k, "gnet_stats_queue", "backlog");
}

/* --- transmit queues --------------------------------------------------------------------------------- */

/* One without a lock (TCQ_F_NOLOCK) counts on each CPU: there the sum is what waits, and one CPU's number may be below 0. */
static struct kd_datum sum_of(struct reading *r, uint64_t qdisc, const struct kd_word *own, const struct kd_word *each)
{
	struct kd_datum v = get(r, qdisc, own);
	uint64_t stats, at, n;
	uint32_t sum = (uint32_t)v.v;

	if (v.why || !kd_word_get(r->k, qdisc, &r->cpu_stats, &stats) || !stats || !each->known)
		return v;
	for (size_t i = 0; i < r->ncpus; i++) {
		if (!kd_word_percpu(r->k, stats, r->cpu[i], &at) || !kd_word_get(r->k, at, each, &n))
			return kd_datum_none("what CPUs count of it cannot be read");
		sum += (uint32_t)n;
	}
	return kd_datum_of(sum);
}

static void qdisc_of(struct reading *r, struct kd_nd_queue *q)
{
	uint64_t ops;

	q->qlen = q->backlog = kd_datum_none("it has no qdisc");
	if (!kd_word_get(r->k, q->addr, &r->txq_qdisc, &q->qdisc) || !q->qdisc)
		return;
	if (!kd_word_get(r->k, q->qdisc, &r->ops_of, &ops) || !kd_peek_chars(r->k, ops, "Qdisc_ops", "id", q->kind))
		q->kind[0] = 0;
	q->qlen = sum_of(r, q->qdisc, &r->qlen, &r->stat_qlen);
	q->backlog = sum_of(r, q->qdisc, &r->backlog, &r->stat_backlog);
}

static bool seen_qdisc(const struct kd_netdiag *n, uint64_t qdisc)
{
	for (size_t i = n->queues.n; i--;)
		if (n->queues.v[i].qdisc == qdisc)
			return true;
	return false;
}

static void one_queue(struct reading *r, size_t dev, uint64_t addr, uint64_t number)
{
	const struct kd_nd_dev *d = &r->n->devs.v[dev];
	struct kd_nd_queue q = {.dev = dev, .addr = addr, .number = number}, *to;

	if (!kd_word_get(r->k, addr, &r->txq_state, &q.state)) {
		wrong(r->n, "a transmit queue cannot be read");
		return;
	}
	q.driver_off = q.state & DRIVER_OFF;
	q.stack_off = q.state & STACK_OFF;
	q.frozen = q.state & FROZEN;
	q.trans_start = get(r, addr, &r->txq_start);
	if (!q.trans_start.why && q.trans_start.v && r->n->clock.has_jiffies && r->n->clock.jiffies >= q.trans_start.v) {
		q.has_age = true;
		q.age = r->n->clock.jiffies - q.trans_start.v;
	}
	qdisc_of(r, &q);
	/* a device that is down has its queues stopped */
	if (d->state.why || !d->up || (!q.driver_off && !q.stack_off && (q.qlen.why || !q.qlen.v || seen_qdisc(r->n, q.qdisc))))
		return;
	q.overdue = q.driver_off && d->carrier && q.has_age && !d->timeo.why && d->timeo.v && q.age > d->timeo.v;
	to = kd_vec_push(&r->n->queues, KD_ND_QUEUES);
	if (to)
		*to = q;
	else
		r->n->cut = true;
}

static void queues_of(struct reading *r, size_t dev)
{
	const uint64_t addr = r->n->devs.v[dev].addr;
	uint64_t tx, n;

	if (!r->txq_size || !kd_word_get(r->k, addr, &r->tx, &tx) ||
	    (!kd_word_get(r->k, addr, &r->real, &n) && !kd_word_get(r->k, addr, &r->count, &n))) {
		wrong(r->n, "where the transmit queues of devices are is not known");
		return;
	}
	if (n > KD_ND_TXQ_EACH) {
		wrong(r->n, "a device says that it has more transmit queues than can be");
		return;
	}
	for (uint64_t i = 0; tx && i < n && !r->n->cut; i++)
		one_queue(r, dev, tx + i * r->txq_size, i);
}

/* --- devices ----------------------------------------------------------------------------------------- */

static bool see_dev(void *user, uint64_t index, uint64_t addr)
{
	struct reading *r = user;
	struct kd_nd_dev *d = kd_vec_push(&r->n->devs, KD_NETDEVS_MAX);
	uint64_t ops, timeout;

	(void)index;
	if (!d) {
		r->n->cut = true;
		return false;
	}
	*d = (struct kd_nd_dev){.addr = addr, .net = r->net};
	if (!kd_peek_chars(r->k, addr, "net_device", "name", d->name))
		d->name[0] = 0;
	d->flags = get(r, addr, &r->flags);
	d->state = get(r, addr, &r->state);
	d->up = d->state.v & STARTED && !d->flags.why && d->flags.v & IFF_UP;
	d->carrier = !(d->state.v & NO_CARRIER);
	d->timeo = get(r, addr, &r->timeo);
	d->watched = kd_word_get(r->k, addr, &r->ops, &ops) && kd_word_get(r->k, ops, &r->has_timeout, &timeout) && timeout;
	queues_of(r, r->n->devs.n - 1);
	return !r->n->cut;
}

static bool see_net(void *user, uint64_t index, uint64_t net)
{
	struct reading *r = user;
	struct kd_walk_end end;

	(void)index;
	r->net = net;
	kd_netdevs_walk(r->k, net, see_dev, r, &end);
	wrong(r->n, end.why);
	return true;
}

/* --- devices that are being taken away --------------------------------------------------------------- */

static struct kd_datum refs_of(struct reading *r, uint64_t dev)
{
	struct kd_datum base = get(r, dev, &r->pcpu_refs);
	uint64_t at, v;
	int32_t sum = 0;

	if (!r->pcpu_refs.known)
		return get(r, dev, &r->refs);
	if (base.why)
		return base;
	for (size_t i = 0; i < r->ncpus; i++) {
		if (!kd_word_percpu(r->k, base.v, r->cpu[i], &at) || !kd_space_uint(kd_kernel_space(r->k), at, 4, &v, NULL))
			return kd_datum_none("what CPUs count of it cannot be read");
		sum += (int32_t)(uint32_t)v;
	}
	return kd_datum_of((uint64_t)(int64_t)sum);
}

static bool is_name(const char *name)
{
	if (!*name || strlen(name) > 15) /* IFNAMSIZ */
		return false;
	for (; *name; name++)
		if (*name <= ' ' || *name > '~' || *name == '/')
			return false;
	return true;
}

static void maybe_leaving(struct reading *r, uint64_t addr, uint64_t task)
{
	struct kd_nd_leaving l = {.addr = addr, .task = task}, *to;
	uint64_t state;

	if (!(addr >> 63) || addr & 7 || !kd_word_get(r->k, addr, &r->reg_state, &state) || (state != UNREGISTERING && state != UNREGISTERED) ||
	    !kd_peek_chars(r->k, addr, "net_device", "name", l.name) || !is_name(l.name))
		return;
	l.refs = refs_of(r, addr);
	if (l.refs.why || (int64_t)l.refs.v < 0 || l.refs.v > INT32_MAX)
		return;
	for (size_t i = 0; i < r->n->leaving.n; i++)
		if (r->n->leaving.v[i].addr == addr)
			return;
	to = kd_vec_push(&r->n->leaving, KD_ND_LEAVING);
	if (to)
		*to = l;
	else
		r->n->cut = true;
}

static bool waits_for_refs(struct reading *r, const struct kd_wait *w)
{
	static const char *const names[] = {"netdev_run_todo", "netdev_wait_allrefs"};
	struct kd_ksym sym;

	for (size_t i = 0; w->has_stack && i < w->stack.n && i < FRAMES; i++) {
		const struct kd_core_frame *f = &w->stack.v[i];
		const uint64_t pc = f->exact ? f->pc : f->pc - 1;

		if (!kd_kernel_is_text(r->k, pc) || !kd_ksyms_at(kd_kernel_symbols(r->k), pc, &sym))
			continue;
		for (size_t k = 0; k < KD_ARRAY_LEN(names); k++)
			if (!strncmp(sym.name, names[k], strlen(names[k])))
				return true;
	}
	return false;
}

static struct kd_error *leaving(struct reading *r, struct kd_waits *w)
{
	size_t n;
	const uint64_t *task = kd_waits_tasks(w, &n);

	for (size_t i = 0; i < n && !r->n->cut; i++) {
		struct kd_task_state st;
		struct kd_task t;
		struct kd_wait wait;
		struct kd_error *err;
		uint64_t v;

		kd_task_state(w, task[i], &st);
		if (st.on_cpu || st.letter != KD_TASK_BLOCKED || !kd_task_read(r->k, task[i], &t))
			continue;
		err = kd_wait_of_task(w, &t, KD_WAIT_DEEP, r->arena, &wait);
		if (err)
			return err;
		if (!waits_for_refs(r, &wait))
			continue;
		for (uint64_t at = wait.stack.v[0].sp & ~(uint64_t)7; at >= t.stack && at < t.stack_end; at += 8) {
			if (!kd_word_at(r->k, at, &v))
				break;
			maybe_leaving(r, v, task[i]);
			if (r->todo.known)
				maybe_leaving(r, v - r->todo.off, task[i]);
		}
	}
	return NULL;
}

/* --- CPUs -------------------------------------------------------------------------------------------- */

struct polls {
	struct reading *r;
	struct kd_nd_cpu *c;
	struct kd_field node;
	uint64_t backlog; /* this CPU's own */
};

static bool see_napi(void *user, uint64_t index, uint64_t node)
{
	struct polls *p = user;
	const uint64_t napi = node - p->node.off;
	const size_t at = strlen(p->c->napis);
	char name[KD_PEEK_TEXT] = "?";
	uint64_t dev;

	(void)index;
	if (napi == p->backlog)
		snprintf(name, sizeof(name), "its backlog");
	else if (kd_kernel_read(p->r->k, napi, "napi_struct", "dev", &dev) && dev)
		(void)kd_peek_chars(p->r->k, dev, "net_device", "name", name);
	if (at + 24 < sizeof(p->c->napis))
		snprintf(p->c->napis + at, sizeof(p->c->napis) - at, "%s%.18s", at ? ", " : "", name);
	else if (at + 5 < sizeof(p->c->napis) && strcmp(p->c->napis + at - 3, "…") != 0)
		snprintf(p->c->napis + at, sizeof(p->c->napis) - at, "…");
	return true;
}

static void one_cpu(struct reading *r, unsigned cpu)
{
	struct kd_nd_cpu *c = kd_vec_push(&r->n->cpus, KD_CPUS_MAX);
	struct polls p = {.r = r, .c = c};
	struct kd_walk_end end;
	struct kd_field list, backlog;

	if (!c)
		return;
	*c = (struct kd_nd_cpu){.cpu = cpu};
	if (!kd_kernel_percpu(r->k, "softnet_data", cpu, &c->addr)) {
		c->addr = 0;
		c->input = c->process = c->dropped = c->squeezed = c->scheduled = kd_datum_none("softnet_data is not known");
		return;
	}
	c->input = kd_datum_member(r->k, c->addr, "softnet_data", "input_pkt_queue.qlen");
	c->process = kd_datum_member(r->k, c->addr, "softnet_data", "process_queue.qlen");
	c->dropped = kd_datum_member(r->k, c->addr, "softnet_data", kd_datum_has(r->k, "softnet_data", "dropped.counter") ? "dropped.counter" : "dropped");
	c->squeezed = kd_datum_member(r->k, c->addr, "softnet_data", "time_squeeze");
	c->scheduled = kd_datum_none("how CPUs keep what they poll is not known");
	if (!kd_kernel_field(r->k, "softnet_data", "poll_list", &list) || !kd_kernel_field(r->k, "napi_struct", "poll_list", &p.node))
		return;
	if (kd_kernel_field(r->k, "softnet_data", "backlog", &backlog))
		p.backlog = c->addr + backlog.off;
	kd_walk_list(r->k, c->addr + list.off, NAPIS_MAX, see_napi, &p, &end);
	c->scheduled = *end.why ? kd_datum_none("its poll list is broken, or not readable") : kd_datum_of(end.count);
}

static struct kd_datum backlog_limit(struct kd_kernel *k)
{
	struct kd_datum v = kd_datum_variable(k, "netdev_max_backlog", 4);
	struct kd_field f;
	uint64_t at;

	if (v.why && kd_kernel_symbol(k, "net_hotdata", &at) && kd_kernel_field(k, "net_hotdata", "max_backlog", &f) && f.size == 4) /* since 6.9 */
		return kd_datum_at(k, at + f.off, 4);
	return v;
}

/* --- all --------------------------------------------------------------------------------------------- */

struct kd_error *kd_netdiag_read(struct kd_kernel *k, struct kd_waits *w, const unsigned *cpu, size_t ncpus, struct kd_arena *arena,
				 struct kd_netdiag *ret)
{
	struct reading r = {.k = k, .n = ret, .arena = arena, .cpu = cpu, .ncpus = ncpus};
	struct kd_walk_end end;
	struct kd_error *err;

	*ret = (struct kd_netdiag){.clock = *kd_waits_clock(w)};
	layout(&r);
	kd_nets_walk(k, see_net, &r, &end);
	wrong(ret, end.why);
	ret->max_backlog = backlog_limit(k);
	for (size_t i = 0; i < ncpus; i++)
		one_cpu(&r, cpu[i]);
	err = leaving(&r, w);
	if (!err)
		kd_netdiag_socks(k, ret);
	return err;
}

void kd_netdiag_deinit(struct kd_netdiag *n)
{
	kd_vec_free(&n->devs);
	kd_vec_free(&n->queues);
	kd_vec_free(&n->socks);
	kd_vec_free(&n->cpus);
	kd_vec_free(&n->leaving);
}
