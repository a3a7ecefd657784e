// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/net.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"

/* --- words -------------------------------------------------------------------------------------------- */

void kd_ip4_text(const unsigned char addr[4], char ret[KD_NETADDR_TEXT])
{
	snprintf(ret, KD_NETADDR_TEXT, "%u.%u.%u.%u", addr[0], addr[1], addr[2], addr[3]);
}

/* The longest run of two or more groups of zero, the first of those that are as long. */
static unsigned longest_zeros(const unsigned char addr[16], unsigned *ret_n)
{
	unsigned best = 8, n = 1;

	for (unsigned i = 0; i < 8; i++) {
		unsigned end = i;

		while (end < 8 && !addr[2 * end] && !addr[2 * end + 1])
			end++;
		if (end - i > n) {
			best = i;
			n = end - i;
		}
	}
	*ret_n = best < 8 ? n : 0;
	return best;
}

void kd_ip6_text(const unsigned char addr[16], char ret[KD_NETADDR_TEXT])
{
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	unsigned zeros, at = longest_zeros(addr, &zeros);
	size_t n = 0;

	if (!memcmp(addr, mapped, sizeof(mapped))) {
		snprintf(ret, KD_NETADDR_TEXT, "::ffff:%u.%u.%u.%u", addr[12], addr[13], addr[14], addr[15]);
		return;
	}
	*ret = 0;
	for (unsigned i = 0; i < 8; i++) {
		if (zeros && i == at) {
			n += (size_t)snprintf(ret + n, KD_NETADDR_TEXT - n, "::");
			i += zeros - 1;
			continue;
		}
		n += (size_t)snprintf(ret + n, KD_NETADDR_TEXT - n, "%s%x", n && ret[n - 1] != ':' ? ":" : "",
				      (unsigned)(addr[2 * i] << 8 | addr[2 * i + 1]));
	}
}

void kd_netdev_flags_text(uint64_t flags, char *ret, size_t n)
{
	static const char *const names[] = {"UP", "BROADCAST", "DEBUG", "LOOPBACK", "POINTOPOINT", "NOTRAILERS", "RUNNING", "NOARP", "PROMISC",
					    "ALLMULTI", "MASTER", "SLAVE", "MULTICAST", "PORTSEL", "AUTOMEDIA", "DYNAMIC", "LOWER_UP", "DORMANT",
					    "ECHO"};
	size_t at = 0;

	*ret = 0;
	for (unsigned i = 0; i < KD_ARRAY_LEN(names); i++)
		if (flags >> i & 1 && at + 16 < n)
			at += (size_t)snprintf(ret + at, n - at, "%s%s", at ? "," : "", names[i]);
}

const char *kd_tcp_state(uint64_t state)
{
	static const char *const names[] = {NULL, "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE",
					    "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV"};

	return state < KD_ARRAY_LEN(names) ? names[state] : NULL;
}

/* --- namespaces and devices --------------------------------------------------------------------------- */

struct inner {
	kd_walk_visit *visit;
	void *user;
	uint64_t off;
};

static bool to_object(void *user, uint64_t index, uint64_t node)
{
	const struct inner *i = user;

	return i->visit(i->user, index, node - i->off);
}

void kd_nets_walk(struct kd_kernel *k, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct inner in = {.visit = visit, .user = user};
	struct kd_field list;
	uint64_t head;

	*end = (struct kd_walk_end){0};
	if (!kd_kernel_symbol(k, "net_namespace_list", &head) || !kd_kernel_field(k, "net", "list", &list)) {
		kd_walk_wrong(end, "the list of network namespaces is not known (net_namespace_list)");
		return;
	}
	in.off = list.off;
	kd_walk_list(k, head, KD_NETS_MAX, to_object, &in, end);
}

void kd_netdevs_walk(struct kd_kernel *k, uint64_t net, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct inner in = {.visit = visit, .user = user};
	struct kd_field head, list;

	*end = (struct kd_walk_end){0};
	if (!kd_kernel_field(k, "net", "dev_base_head", &head) || !kd_kernel_field(k, "net_device", "dev_list", &list)) {
		kd_walk_wrong(end, "how network devices are chained is not known");
		return;
	}
	in.off = list.off;
	kd_walk_list(k, net + head.off, KD_NETDEVS_MAX, to_object, &in, end);
}

/* --- addresses ---------------------------------------------------------------------------------------- */

struct addrs {
	struct kd_kernel *k;
	bool (*see)(void *user, const char *text);
	void *user;
	struct kd_walk_end *end;
};

static bool tell(struct addrs *a, const char *addr, uint64_t prefix)
{
	char text[KD_NETADDR_TEXT + 8];

	snprintf(text, sizeof(text), "%s/%" PRIu64, addr, prefix);
	a->end->count++;
	return a->see(a->user, text);
}

static bool see_ip4(void *user, uint64_t index, uint64_t ifa)
{
	struct addrs *a = user;
	char text[KD_NETADDR_TEXT];
	unsigned char raw[4];
	struct kd_field f;
	uint64_t prefix;

	(void)index;
	if (!kd_kernel_field(a->k, "in_ifaddr", "ifa_local", &f) || !kd_space_read(kd_kernel_space(a->k), ifa + f.off, raw, sizeof(raw), NULL) ||
	    !kd_kernel_read(a->k, ifa, "in_ifaddr", "ifa_prefixlen", &prefix)) {
		kd_walk_wrong(a->end, "the address at 0x%" PRIx64 " cannot be read", ifa);
		return true;
	}
	kd_ip4_text(raw, text);
	return tell(a, text, prefix);
}

static bool see_ip6(void *user, uint64_t index, uint64_t ifa)
{
	struct addrs *a = user;
	char text[KD_NETADDR_TEXT];
	unsigned char raw[16];
	struct kd_field f;
	uint64_t prefix;

	(void)index;
	if (!kd_kernel_field(a->k, "inet6_ifaddr", "addr", &f) || !kd_space_read(kd_kernel_space(a->k), ifa + f.off, raw, sizeof(raw), NULL) ||
	    !kd_kernel_read(a->k, ifa, "inet6_ifaddr", "prefix_len", &prefix)) {
		kd_walk_wrong(a->end, "the address at 0x%" PRIx64 " cannot be read", ifa);
		return true;
	}
	kd_ip6_text(raw, text);
	return tell(a, text, prefix);
}

void kd_netaddrs_walk(struct kd_kernel *k, uint64_t dev, bool (*see)(void *user, const char *text), void *user, struct kd_walk_end *end)
{
	struct addrs a = {k, see, user, end};
	struct kd_walk_end one = {0};
	struct kd_field next, list, node;
	uint64_t ip, first;

	*end = (struct kd_walk_end){0};
	if (kd_kernel_read(k, dev, "net_device", "ip_ptr", &ip) && ip && kd_kernel_field(k, "in_ifaddr", "ifa_next", &next) &&
	    kd_kernel_read(k, ip, "in_device", "ifa_list", &first))
		kd_walk_chain(k, first, next.off, KD_NETDEVS_MAX, see_ip4, &a, &one);
	if (*one.why)
		kd_walk_wrong(end, "%s", one.why);
	if (kd_kernel_read(k, dev, "net_device", "ip6_ptr", &ip) && ip && kd_kernel_field(k, "inet6_dev", "addr_list", &list) &&
	    kd_kernel_field(k, "inet6_ifaddr", "if_list", &node)) {
		struct inner in = {.visit = see_ip6, .user = &a, .off = node.off};

		kd_walk_list(k, ip + list.off, KD_NETDEVS_MAX, to_object, &in, &one);
		if (*one.why)
			kd_walk_wrong(end, "%s", one.why);
	}
}

void kd_netdev_hardware(struct kd_kernel *k, uint64_t dev, char ret[KD_PEEK_TEXT])
{
	unsigned char raw[32];
	uint64_t at, len;
	size_t n = 0;

	*ret = 0;
	if (!kd_kernel_read(k, dev, "net_device", "dev_addr", &at) || !kd_kernel_read(k, dev, "net_device", "addr_len", &len) ||
	    len > sizeof(raw) || !at || !kd_space_read(kd_kernel_space(k), at, raw, (size_t)len, NULL))
		return;
	for (size_t i = 0; i < len; i++)
		n += (size_t)snprintf(ret + n, KD_PEEK_TEXT - n, "%s%02x", i ? ":" : "", raw[i]);
}

bool kd_netdev_driver(struct kd_kernel *k, uint64_t dev, char ret[KD_PEEK_TEXT])
{
	uint64_t parent;

	return kd_kernel_read(k, dev, "net_device", "dev.parent", &parent) && parent &&
	       kd_peek_text(k, parent, "device", "driver", "device_driver", "name", ret);
}
