// SPDX-License-Identifier: GPL-2.0-or-later
/* Sockets of TCP and UDP whose queues are full, or that send again. */
#include <stdio.h>
#include <string.h>

#include "core/netdiag.h"

enum { ESTABLISHED = 1, SYN_SENT = 2, LISTEN = 10, CLOSE = 7 };

struct looking {
	struct kd_kernel *k;
	struct kd_netdiag *n;
};

static struct kd_datum member(struct looking *l, uint64_t sock, const char *type, const char *path)
{
	return kd_datum_member(l->k, sock, type, path);
}

static bool reaches(struct kd_datum v, struct kd_datum limit)
{
	return !v.why && !limit.why && limit.v && (int32_t)limit.v > 0 && (int32_t)v.v >= (int32_t)limit.v;
}

static bool above(struct kd_datum v, uint64_t limit)
{
	return !v.why && v.v > limit;
}

static struct kd_datum difference(struct kd_datum ahead, struct kd_datum behind)
{
	return ahead.why ? ahead : behind.why ? behind : kd_datum_of((uint32_t)(ahead.v - behind.v));
}

/* Since 6.18 UDP's may be counted elsewhere: struct numa_drop_counters. */
static struct kd_datum drops_of(struct looking *l, uint64_t sock)
{
	const struct kd_datum own = member(l, sock, "sock", "sk_drops.counter"), ptr = member(l, sock, "sock", "sk_drop_counters");
	struct kd_datum a, b;

	if (ptr.why || !ptr.v)
		return own;
	a = member(l, ptr.v, "numa_drop_counters", "drops0.counter");
	b = member(l, ptr.v, "numa_drop_counters", "drops1.counter");
	return a.why ? a : b.why ? b : kd_datum_of(a.v + b.v);
}

static void listening(struct looking *l, struct kd_nd_sock *s)
{
	s->listens = true;
	s->backlog = member(l, s->s.addr, "sock", "sk_ack_backlog");
	s->backlog_max = member(l, s->s.addr, "sock", "sk_max_ack_backlog");
	if (!s->backlog.why && !s->backlog_max.why && s->backlog.v > s->backlog_max.v)
		s->why |= KD_NS_LISTEN_FULL;
}

static void of_tcp(struct looking *l, struct kd_nd_sock *s)
{
	const uint64_t at = s->s.addr;

	s->retransmits = member(l, at, "inet_connection_sock", "icsk_retransmits");
	s->probes = member(l, at, "inet_connection_sock", "icsk_probes_out");
	s->rto = member(l, at, "inet_connection_sock", "icsk_rto");
	s->wmem = member(l, at, "sock", "sk_wmem_queued");
	s->unread = difference(member(l, at, "tcp_sock", "rcv_nxt"), member(l, at, "tcp_sock", "copied_seq"));
	s->unacked = difference(member(l, at, "tcp_sock", "write_seq"), member(l, at, "tcp_sock", "snd_una"));
	s->snd_wnd = member(l, at, "tcp_sock", "snd_wnd");
	s->rcv_wnd = member(l, at, "tcp_sock", "rcv_wnd");
	if (above(s->retransmits, 0))
		s->why |= KD_NS_RETRANSMITS;
	if (s->s.state == SYN_SENT || s->s.state == CLOSE)
		return;
	if (above(s->probes, 0))
		s->why |= KD_NS_PROBES;
	if (!s->snd_wnd.why && !s->snd_wnd.v && above(s->unacked, 0))
		s->why |= KD_NS_WINDOW_CLOSED;
	if (reaches(s->wmem, s->sndbuf))
		s->why |= KD_NS_SEND_FULL;
	if (reaches(s->rmem, s->rcvbuf))
		s->why |= KD_NS_RECV_FULL;
	if (above(s->unread, 0) && !s->rcv_wnd.why && !s->rcv_wnd.v)
		s->why |= KD_NS_RECV_CLOSED;
}

/* What does not fit is dropped, so that it may be full with less than a packet's size to go. */
static void of_others(struct looking *l, struct kd_nd_sock *s)
{
	const struct kd_datum wmem = member(l, s->s.addr, "sock", "sk_wmem_alloc.refs.counter");
	const bool nearly = !s->rmem.why && !s->rcvbuf.why && s->rcvbuf.v && s->rmem.v >= s->rcvbuf.v - s->rcvbuf.v / 4;

	s->wmem = wmem.why ? wmem : kd_datum_of(wmem.v ? wmem.v - 1 : 0); /* it begins with 1 */
	s->drops = drops_of(l, s->s.addr);
	if (reaches(s->rmem, s->rcvbuf) || (nearly && above(s->drops, 0)))
		s->why |= KD_NS_RECV_FULL;
	if (reaches(s->wmem, s->sndbuf))
		s->why |= KD_NS_SEND_FULL;
}

static bool see_sock(void *user, uint64_t sock, enum kd_sock_table table)
{
	static const char none[] = "it has none";
	struct looking *l = user;
	struct kd_nd_sock s = {.tcp = table == KD_SOCKS_TCP || table == KD_SOCKS_LISTEN}, *to;
	struct kd_datum nothing = kd_datum_none(none);

	l->n->seen_socks++;
	if (!kd_sock_read(l->k, sock, &s.s) || !s.s.full)
		return true;
	s.backlog = s.backlog_max = s.retransmits = s.probes = s.rto = s.unread = s.unacked = s.snd_wnd = s.rcv_wnd = s.drops = s.wmem = nothing;
	s.rmem = member(l, sock, "sock", "sk_backlog.rmem_alloc.counter");
	s.rcvbuf = member(l, sock, "sock", "sk_rcvbuf");
	s.sndbuf = member(l, sock, "sock", "sk_sndbuf");
	if (s.tcp && s.s.state == LISTEN)
		listening(l, &s);
	else if (s.tcp)
		of_tcp(l, &s);
	else
		of_others(l, &s);
	if (!s.why)
		return true;
	l->n->odd_socks++;
	to = kd_vec_push(&l->n->socks, KD_ND_SOCKS);
	if (to)
		*to = s;
	else
		l->n->cut = true;
	return true;
}

void kd_netdiag_socks(struct kd_kernel *k, struct kd_netdiag *n)
{
	struct looking l = {.k = k, .n = n};
	struct kd_walk_end end;

	kd_socks_walk(k, see_sock, &l, &end);
	if (*end.why && !*n->why)
		snprintf(n->why, sizeof(n->why), "%s", end.why);
}
