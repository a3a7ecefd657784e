/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net.h: network namespaces, devices with their addresses, and the sockets of TCP and UDP in a dump.
 *
 *	kd_nets_walk(k, visit, &me, &end);                  // visit(user, number, address of each struct net)
 *	kd_netdevs_walk(k, net, visit, &me, &end);          // each struct net_device
 *	kd_netaddrs_walk(k, dev, see, &me, &end);           // its addresses
 *	kd_socks_walk(k, see, &me, &end);                   // see(user, address of the sock, which table)
 *	if (kd_sock_read(k, sock, &s)) … s.from.text, s.state
 *
 * Sources: include/net/net_namespace.h, include/linux/netdevice.h, include/linux/inetdevice.h, include/net/if_inet6.h,
 * include/net/inet_hashtables.h, include/net/udp.h, include/net/sock.h. TCP's table is the one that each namespace's
 * tcp_death_row.hashinfo names, else tcp_hashinfo; UDP's each namespace's udp_table, else the variable.
 */
#ifndef KD_CORE_NET_H
#define KD_CORE_NET_H

#include "core/peek.h"
#include "core/walk.h"

enum { KD_NETS_MAX = 1 << 16, KD_NETDEVS_MAX = 1 << 20, KD_SOCKS_MAX = 1 << 22, KD_BUCKETS_MAX = 1 << 24, KD_NETADDR_TEXT = 64 };

void kd_nets_walk(struct kd_kernel *k, kd_walk_visit *visit, void *user, struct kd_walk_end *end);
void kd_netdevs_walk(struct kd_kernel *k, uint64_t net, kd_walk_visit *visit, void *user, struct kd_walk_end *end);

/* An address as text: "10.1.2.3", "fe80::1" (RFC 5952). */
void kd_ip4_text(const unsigned char addr[4], char ret[KD_NETADDR_TEXT]);
void kd_ip6_text(const unsigned char addr[16], char ret[KD_NETADDR_TEXT]);

/* text: "10.1.2.3/22". */
void kd_netaddrs_walk(struct kd_kernel *k, uint64_t dev, bool (*see)(void *user, const char *text), void *user, struct kd_walk_end *end);

/* The hardware address: "52:54:00:12:34:56"; empty: none, or not readable. */
void kd_netdev_hardware(struct kd_kernel *k, uint64_t dev, char ret[KD_PEEK_TEXT]);
/* The driver of the device behind it: "virtio_net"; false: there is none (lo). */
bool kd_netdev_driver(struct kd_kernel *k, uint64_t dev, char ret[KD_PEEK_TEXT]);
/* IFF_… in words, as include/uapi/linux/if.h: "UP,BROADCAST,RUNNING,MULTICAST". */
void kd_netdev_flags_text(uint64_t flags, char *ret, size_t n);

/* ---- sockets ---- */

enum kd_sock_table { KD_SOCKS_LISTEN, KD_SOCKS_TCP, KD_SOCKS_UDP, KD_SOCKS_UDPLITE };

/* Each struct sock (or what is shorter: inet_timewait_sock, request_sock), once for each table that it is in. */
void kd_socks_walk(struct kd_kernel *k, bool (*see)(void *user, uint64_t sock, enum kd_sock_table table), void *user,
		   struct kd_walk_end *end);

struct kd_sock {
	uint64_t addr, net;
	uint64_t family, state;
	char proto[KD_PEEK_TEXT]; /* "TCP", "UDPv6" */
	char from[KD_NETADDR_TEXT], to[KD_NETADDR_TEXT]; /* "10.1.2.3:80", "[::1]:53"; of IPv4 and IPv6 alone */
	bool full; /* it is a struct sock; false: one that waits for its end, or a request: only sock_common */
};

bool kd_sock_read(struct kd_kernel *k, uint64_t sock, struct kd_sock *ret);
/* "ESTABLISHED"; NULL: no such state. include/net/tcp_states.h. */
const char *kd_tcp_state(uint64_t state);

#endif
