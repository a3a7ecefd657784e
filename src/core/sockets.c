// SPDX-License-Identifier: GPL-2.0-or-later
/* The socket behind an inode, in one line. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "core/files.h"
#include "core/unixsock.h"

enum { UNIX = 1, INET = 2, INET6 = 10, NETLINK = 16, PACKET = 17, PROTO_NAME = 32 };

static const char *name_of(const char *const *names, size_t n, uint64_t i)
{
	return i < n && names[i] ? names[i] : NULL;
}

static const char *family_name(uint64_t family)
{
	static const char *const names[] = {[UNIX] = "UNIX", [INET] = "INET", [INET6] = "INET6", [NETLINK] = "NETLINK", [PACKET] = "PACKET",
					    [31] = "BLUETOOTH", [38] = "ALG", [40] = "VSOCK", [44] = "XDP"};

	return name_of(names, KD_ARRAY_LEN(names), family);
}

static const char *type_name(uint64_t type)
{
	static const char *const names[] = {[1] = "STREAM", [2] = "DGRAM", [3] = "RAW", [5] = "SEQPACKET", [10] = "PACKET"};

	return name_of(names, KD_ARRAY_LEN(names), type);
}

/* include/net/tcp_states.h */
static const char *state_name(uint64_t state)
{
	static const char *const names[] = {NULL, "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE",
					    "CLOSE_WAIT", "LAST_ACK", "LISTEN", "CLOSING", "NEW_SYN_RECV"};

	return name_of(names, KD_ARRAY_LEN(names), state);
}

static size_t put(char *to, size_t n, const char *text)
{
	if (n < KD_SOCKET_TEXT && text)
		n += (size_t)snprintf(to + n, KD_SOCKET_TEXT - n, "%s%s", n ? " " : "", text);
	return n;
}

static uint64_t swap16(uint64_t v)
{
	return (v & 0xff) << 8 | (v >> 8 & 0xff);
}

static void ipv4(uint64_t addr, uint64_t port, char ret[64])
{
	snprintf(ret, 64, "%u.%u.%u.%u:%" PRIu64, (unsigned)(addr & 255), (unsigned)(addr >> 8 & 255), (unsigned)(addr >> 16 & 255),
		 (unsigned)(addr >> 24 & 255), port);
}

/* Without shortening of runs of zeros but those of the address that is all zeros. */
static bool ipv6(struct kd_kernel *k, uint64_t sock, const char *path, uint64_t port, char ret[64])
{
	struct kd_field f;
	uint8_t raw[16];
	size_t n = 0;
	bool any = false;

	if (!kd_kernel_field(k, "sock_common", path, &f) || f.size != sizeof(raw) ||
	    !kd_space_read(kd_kernel_space(k), sock + f.off, raw, sizeof(raw), NULL))
		return false;
	for (size_t i = 0; i < sizeof(raw); i++)
		any = any || raw[i];
	n = (size_t)snprintf(ret, 64, "[");
	for (size_t i = 0; any && i < sizeof(raw); i += 2)
		n += (size_t)snprintf(ret + n, 64 - n, "%s%x", i ? ":" : "", (unsigned)(raw[i] << 8 | raw[i + 1]));
	snprintf(ret + n, 64 - n, "%s]:%" PRIu64, any ? "" : "::", port);
	return true;
}

static size_t internet(struct kd_kernel *k, uint64_t sock, bool six, char *text, size_t n)
{
	const struct kd_datum from = kd_datum_member(k, sock, "sock_common", "skc_rcv_saddr"), to = kd_datum_member(k, sock, "sock_common", "skc_daddr");
	const struct kd_datum sport = kd_datum_member(k, sock, "sock_common", "skc_num"), dport = kd_datum_member(k, sock, "sock_common", "skc_dport");
	char one[64], two[64];

	if (from.why || to.why || sport.why || dport.why)
		return n;
	if (six) {
		if (!ipv6(k, sock, "skc_v6_rcv_saddr", sport.v, one) || !ipv6(k, sock, "skc_v6_daddr", swap16(dport.v), two))
			return n;
	} else {
		ipv4(from.v, sport.v, one);
		ipv4(to.v, swap16(dport.v), two);
	}
	n = put(text, n, one);
	return dport.v ? put(text, put(text, n, "-"), two) : n;
}

bool kd_socket_read(struct kd_kernel *k, uint64_t inode, struct kd_socket *ret)
{
	struct kd_field in;
	struct kd_datum sock, family, state, type, proto;
	char name[PROTO_NAME], number[32], path[KD_UNIX_PATH];
	size_t n = 0;

	*ret = (struct kd_socket){.socket = 0};
	if (!kd_kernel_field(k, "socket_alloc", "vfs_inode", &in))
		return false;
	ret->socket = inode - in.off;
	sock = kd_datum_member(k, ret->socket, "socket", "sk");
	if (sock.why)
		return false;
	ret->sock = sock.v;
	if (!sock.v) {
		put(ret->text, 0, "without a protocol (released)");
		return true;
	}
	family = kd_datum_member(k, sock.v, "sock_common", "skc_family");
	state = kd_datum_member(k, sock.v, "sock_common", "skc_state");
	proto = kd_datum_member(k, sock.v, "sock_common", "skc_prot");
	type = kd_datum_member(k, ret->socket, "socket", "type");
	if (family.why)
		return false;
	snprintf(number, sizeof(number), "family %" PRIu64, family.v);
	n = put(ret->text, n, family_name(family.v) ? family_name(family.v) : number);
	n = put(ret->text, n, type.why ? NULL : type_name(type.v));
	if (!proto.why && (family.v == INET || family.v == INET6) && kd_kernel_field(k, "proto", "name", &in) &&
	    kd_kernel_text(k, proto.v + in.off, sizeof(name), name))
		n = put(ret->text, n, name);
	if (family.v == INET || family.v == INET6) {
		n = internet(k, sock.v, family.v == INET6, ret->text, n);
	} else if (family.v == UNIX) {
		kd_unix_path(k, sock.v, path);
		n = put(ret->text, n, *path ? path : NULL);
	}
	put(ret->text, n, state.why || (type.why || type.v != 1) ? NULL : state_name(state.v));
	return true;
}
