/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netdiag.h: what holds up the network of a dump's machine: transmit queues that are stopped, devices without a carrier or that
 * cannot be taken away, what each CPU has not worked off, sockets whose queues are full or that send again and again.
 *
 *	struct kd_netdiag n;
 *	err = kd_netdiag_read(kernel, waits, cpus, ncpus, &arena, &n);   // waits: core/waits.h
 *	n.queues.v[i].age, n.socks.v[i].why & KD_NS_LISTEN_FULL …
 *	kd_netdiag_deinit(&n);
 *
 * Bits by include/linux/netdevice.h: net_device.state 0 started, 1 present, 2 no carrier; netdev_queue.state 0 stopped by the driver, 1 by
 * the stack (BQL), 2 frozen; reg_state 2, 3 on its way out. A queue that is stopped is overdue when its trans_start is longer ago than the device's
 * watchdog_timeo (net/sched/sch_generic.c: dev_watchdog(), which looks only at devices with ndo_tx_timeout). Sockets: include/net/sock.h
 * (sk_acceptq_is_full(), sk_stream_memory_free()), include/net/inet_connection_sock.h.
 *
 * A device that is being taken away is in no list any more: it is looked for in the words of the stack of who waits in netdev_run_todo(),
 * and believed when it says so itself (reg_state, a name).
 */
#ifndef KD_CORE_NETDIAG_H
#define KD_CORE_NETDIAG_H

#include "base/vec.h"
#include "core/net.h"
#include "core/waits.h"

enum { KD_ND_QUEUES = 1 << 16, KD_ND_SOCKS = 1 << 14, KD_ND_LEAVING = 1 << 10, KD_ND_TXQ_EACH = 8192, KD_ND_NAPIS = 200 };

struct kd_nd_dev {
	uint64_t addr, net;
	char name[KD_PEEK_TEXT];
	struct kd_datum flags, state;
	bool up, carrier; /* with !state.why */
	bool watched; /* the driver has ndo_tx_timeout */
	struct kd_datum timeo; /* jiffies that a queue may be stopped */
};

struct kd_nd_queue {
	size_t dev; /* index */
	uint64_t addr, number;
	uint64_t state;
	bool driver_off, stack_off, frozen;
	struct kd_datum trans_start; /* jiffies */
	bool has_age, overdue;
	uint64_t age; /* jiffies since */
	uint64_t qdisc; /* struct Qdisc; 0: none */
	char kind[KD_PEEK_TEXT]; /* "pfifo_fast"; empty: not known */
	struct kd_datum qlen, backlog; /* packets, bytes; of all CPUs */
};

enum kd_ns_why { KD_NS_RECV_FULL = 1, KD_NS_SEND_FULL = 2, KD_NS_LISTEN_FULL = 4, KD_NS_RETRANSMITS = 8, KD_NS_WINDOW_CLOSED = 16, KD_NS_PROBES = 32,
		KD_NS_RECV_CLOSED = 64 /* its own window is closed: it has as much as it takes */ };

struct kd_nd_sock {
	struct kd_sock s;
	unsigned why; /* enum kd_ns_why */
	bool listens, tcp;
	struct kd_datum rmem, rcvbuf, wmem, sndbuf; /* bytes; wmem: sk_wmem_queued of TCP, else sk_wmem_alloc */
	struct kd_datum backlog, backlog_max; /* of who listens */
	struct kd_datum retransmits, probes, rto; /* of TCP; rto: jiffies */
	struct kd_datum unread, unacked; /* bytes, of TCP */
	struct kd_datum snd_wnd, rcv_wnd;
	struct kd_datum drops;
};

struct kd_nd_cpu {
	unsigned cpu;
	uint64_t addr; /* of softnet_data; 0: not known */
	struct kd_datum input, process; /* packets in its backlog */
	struct kd_datum dropped, squeezed;
	struct kd_datum scheduled; /* NAPIs on its poll list */
	char napis[KD_ND_NAPIS]; /* their devices' names */
};

struct kd_nd_leaving {
	uint64_t addr;
	char name[KD_PEEK_TEXT];
	struct kd_datum refs;
	uint64_t task; /* who waits */
};

struct kd_netdiag {
	KD_VEC(struct kd_nd_dev) devs;
	KD_VEC(struct kd_nd_queue) queues; /* stopped ones, and those of which packets wait */
	KD_VEC(struct kd_nd_sock) socks; /* of which something is said */
	KD_VEC(struct kd_nd_cpu) cpus;
	KD_VEC(struct kd_nd_leaving) leaving;
	uint64_t seen_socks, odd_socks; /* of TCP and UDP; of which something is said */
	struct kd_datum max_backlog; /* packets that a CPU's backlog takes */
	struct kd_clock clock;
	char why[KD_WALK_WHY]; /* why not everything was seen; empty */
	bool cut; /* more than the limits above */
};

/* KD_LIMIT: the arena is full. Call deinit also after an error. */
KD_MUST_CHECK struct kd_error *kd_netdiag_read(struct kd_kernel *k, struct kd_waits *w, const unsigned *cpu, size_t ncpus,
					       struct kd_arena *arena, struct kd_netdiag *ret);
void kd_netdiag_deinit(struct kd_netdiag *n);

/* For kd_netdiag_read(): its sockets. */
void kd_netdiag_socks(struct kd_kernel *k, struct kd_netdiag *n);

#endif
