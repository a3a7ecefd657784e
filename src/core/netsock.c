// SPDX-License-Identifier: GPL-2.0-or-later
/* The hash tables of TCP and UDP, and what a socket is. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/le.h"
#include "core/net.h"

enum { TABLES = 64, CHUNK = 4096, INET = 2, INET6 = 10, TIME_WAIT = 6, NEW_SYN_RECV = 12 };

struct socks {
	struct kd_kernel *k;
	bool (*see)(void *user, uint64_t sock, enum kd_sock_table table);
	void *user;
	struct kd_walk_end *end;
	enum kd_sock_table table;
	uint64_t off; /* of the node in a socket */
	uint64_t done[TABLES]; /* tables that were walked: namespaces share them */
	size_t ndone;
};

static bool see_node(void *user, uint64_t index, uint64_t node)
{
	struct socks *s = user;

	(void)index;
	if (s->end->count >= KD_SOCKS_MAX) {
		kd_walk_wrong(s->end, "there are more than %d sockets: the others were not looked at", KD_SOCKS_MAX);
		s->end->stopped = true;
		return false;
	}
	s->end->count++;
	if (!s->see(s->user, node - s->off, s->table))
		s->end->stopped = true;
	return !s->end->stopped;
}

/* Buckets of `size` bytes, a chain's head at `head` in each: read in pieces, as there may be a million of them. */
static void buckets(struct socks *s, uint64_t at, uint64_t n, uint64_t size, uint64_t head)
{
	kd_auto(kd_freep) unsigned char *room = NULL;
	const uint64_t per = CHUNK / (size ? size : 1);

	if (!at || !size || size > CHUNK || n > KD_BUCKETS_MAX || head + 8 > size) {
		kd_walk_wrong(s->end, "the hash table at 0x%" PRIx64 " has %" PRIu64 " chains of %" PRIu64 " bytes", at, n, size);
		return;
	}
	room = kd_xmalloc(CHUNK);
	for (uint64_t i = 0; i < n && !s->end->stopped; i += per) {
		const uint64_t part = n - i < per ? n - i : per;
		struct kd_space_miss miss;

		if (!kd_space_read(kd_kernel_space(s->k), at + i * size, room, (size_t)(part * size), &miss)) {
			kd_walk_wrong(s->end, "a hash table cannot be read at 0x%" PRIx64 ": %s", miss.addr, kd_space_why(&miss));
			continue;
		}
		for (uint64_t j = 0; j < part && !s->end->stopped; j++) {
			const uint64_t first = kd_le64(room + j * size + head);
			struct kd_walk_end one;

			if (!first || first & 1)
				continue;
			kd_walk_hlist(s->k, at + (i + j) * size + head, KD_SOCKS_MAX, see_node, s, &one);
			if (*one.why)
				kd_walk_wrong(s->end, "%s", one.why);
		}
	}
}

static bool is_new(struct socks *s, uint64_t table)
{
	for (size_t i = 0; i < s->ndone; i++)
		if (s->done[i] == table)
			return false;
	if (s->ndone == TABLES) {
		kd_walk_wrong(s->end, "more than %d namespaces have hash tables of their own: the others were not looked at", TABLES);
		return false;
	}
	s->done[s->ndone++] = table;
	return true;
}

static void tcp(struct socks *s, uint64_t info)
{
	struct kd_field node, chain, head;
	uint64_t at, mask, size;

	if (!is_new(s, info))
		return;
	if (!kd_kernel_field(s->k, "sock_common", "skc_node", &node) || !kd_kernel_sizeof(s->k, "inet_ehash_bucket", &size) ||
	    !kd_kernel_field(s->k, "inet_ehash_bucket", "chain", &chain) || !kd_kernel_read(s->k, info, "inet_hashinfo", "ehash", &at) ||
	    !kd_kernel_read(s->k, info, "inet_hashinfo", "ehash_mask", &mask)) {
		kd_walk_wrong(s->end, "TCP's hash tables are not known, or cannot be read");
		return;
	}
	s->off = node.off;
	s->table = KD_SOCKS_TCP;
	buckets(s, at, mask + 1, size, chain.off);
	/* those that listen: chains by nulls since 5.19, of another node before */
	s->table = KD_SOCKS_LISTEN;
	if (!kd_kernel_sizeof(s->k, "inet_listen_hashbucket", &size) || !kd_kernel_read(s->k, info, "inet_hashinfo", "lhash2", &at) ||
	    !kd_kernel_read(s->k, info, "inet_hashinfo", "lhash2_mask", &mask)) {
		kd_walk_wrong(s->end, "the table of TCP sockets that listen is not known, or cannot be read");
		return;
	}
	/* with both names (up to 5.18) the second table's chains are those of the other node */
	if (kd_kernel_field(s->k, "inet_listen_hashbucket", "head", &head)) {
		if (!kd_kernel_field(s->k, "inet_connection_sock", "icsk_listen_portaddr_node", &node)) {
			kd_walk_wrong(s->end, "how TCP sockets that listen are chained is not known");
			return;
		}
		s->off = node.off;
		buckets(s, at, mask + 1, size, head.off);
	} else if (kd_kernel_field(s->k, "inet_listen_hashbucket", "nulls_head", &head)) {
		buckets(s, at, mask + 1, size, head.off);
	}
}

static void udp(struct socks *s, uint64_t table, enum kd_sock_table which)
{
	struct kd_field node, head;
	uint64_t at, mask, size;

	if (!is_new(s, table))
		return;
	s->table = which;
	if (!kd_kernel_field(s->k, "sock_common", "skc_node", &node) || !kd_kernel_sizeof(s->k, "udp_hslot", &size) ||
	    !kd_kernel_field(s->k, "udp_hslot", "head", &head) || !kd_kernel_read(s->k, table, "udp_table", "hash", &at) ||
	    !kd_kernel_read(s->k, table, "udp_table", "mask", &mask)) {
		kd_walk_wrong(s->end, "UDP's hash table is not known, or cannot be read");
		return;
	}
	s->off = node.off;
	buckets(s, at, mask + 1, size, head.off);
}

/* Tables that a namespace names; in a kernel that has one for all, they are the same. */
static bool see_net(void *user, uint64_t index, uint64_t net)
{
	struct socks *s = user;
	uint64_t at;

	(void)index;
	if (kd_kernel_read(s->k, net, "net", "ipv4.tcp_death_row.hashinfo", &at) && at)
		tcp(s, at);
	if (kd_kernel_read(s->k, net, "net", "ipv4.udp_table", &at) && at)
		udp(s, at, KD_SOCKS_UDP);
	return !s->end->stopped;
}

void kd_socks_walk(struct kd_kernel *k, bool (*see)(void *user, uint64_t sock, enum kd_sock_table table), void *user,
		   struct kd_walk_end *end)
{
	struct socks s = {.k = k, .see = see, .user = user, .end = end};
	struct kd_walk_end nets;
	uint64_t at;

	*end = (struct kd_walk_end){0};
	if (kd_kernel_symbol(k, "tcp_hashinfo", &at))
		tcp(&s, at);
	if (kd_kernel_symbol(k, "udp_table", &at))
		udp(&s, at, KD_SOCKS_UDP);
	if (kd_kernel_symbol(k, "udplite_table", &at))
		udp(&s, at, KD_SOCKS_UDPLITE);
	if (!end->stopped) {
		kd_nets_walk(k, see_net, &s, &nets);
		if (*nets.why)
			kd_walk_wrong(end, "%s", nets.why);
	}
	if (!s.ndone)
		kd_walk_wrong(end, "the tables of TCP and UDP are not known (tcp_hashinfo, udp_table)");
}

/* --- one ---------------------------------------------------------------------------------------------- */

static bool endpoint(struct kd_kernel *k, uint64_t sock, const char *path, size_t n, uint64_t port, char ret[KD_NETADDR_TEXT])
{
	char text[KD_NETADDR_TEXT];
	unsigned char raw[16];
	struct kd_field f;

	if (!kd_kernel_field(k, "sock_common", path, &f) || f.size != n || !kd_space_read(kd_kernel_space(k), sock + f.off, raw, n, NULL))
		return false;
	if (n == 4) {
		kd_ip4_text(raw, text);
		snprintf(ret, KD_NETADDR_TEXT, "%.20s:%u", text, (unsigned)port);
	} else {
		kd_ip6_text(raw, text);
		snprintf(ret, KD_NETADDR_TEXT, "[%.50s]:%u", text, (unsigned)port);
	}
	return true;
}

bool kd_sock_read(struct kd_kernel *k, uint64_t sock, struct kd_sock *ret)
{
	struct kd_sock s = {.addr = sock};
	uint64_t num, dport, proto;
	bool six;

	if (!kd_kernel_read(k, sock, "sock_common", "skc_family", &s.family) || !kd_kernel_read(k, sock, "sock_common", "skc_state", &s.state))
		return false;
	s.full = s.state != TIME_WAIT && s.state != NEW_SYN_RECV;
	(void)kd_kernel_read(k, sock, "sock_common", "skc_net.net", &s.net);
	if (kd_kernel_read(k, sock, "sock_common", "skc_prot", &proto) && !kd_peek_chars(k, proto, "proto", "name", s.proto))
		s.proto[0] = 0;
	if (s.family != INET && s.family != INET6) {
		*ret = s;
		return true;
	}
	if (!kd_kernel_read(k, sock, "sock_common", "skc_num", &num) || !kd_kernel_read(k, sock, "sock_common", "skc_dport", &dport))
		return false;
	dport = (dport & 0xff) << 8 | dport >> 8; /* big-endian in memory */
	six = s.family == INET6;
	if (!endpoint(k, sock, six ? "skc_v6_rcv_saddr" : "skc_rcv_saddr", six ? 16 : 4, num, s.from) ||
	    !endpoint(k, sock, six ? "skc_v6_daddr" : "skc_daddr", six ? 16 : 4, dport, s.to))
		return false;
	*ret = s;
	return true;
}
