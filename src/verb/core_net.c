// SPDX-License-Identifier: GPL-2.0-or-later
#include "verb/core_net.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "core/net.h"
#include "verb/core_irq.h"
#include "verb/core_net_internal.h"
#include "verb/core_rd.h"

enum { INET = 2, INET6 = 10, RAWSTATES = 12 };

struct kd_cell kd_core_net_text(struct kd_sheet *s, const char *text, const char *why)
{
	return *text ? kd_sheet_cell(s, kd_view_of(text)) : kd_cell_none(why);
}

/* --- devices ------------------------------------------------------------------------------------------ */

static const struct kd_column dev_columns[] = {{"net", "NET NS"}, {"ifindex", "INDEX"}, {"name", "NAME"}, {"state", "STATE"}, {"mtu", "MTU"},
					       {"flags", "FLAGS"}, {"hardware", "HARDWARE"}, {"addresses", "ADDRESSES"}, {"driver", "DRIVER"},
					       {"device", "NET_DEVICE"}, {"flag_bits", NULL}};

static bool add_address(void *user, const char *text)
{
	struct kd_buf *b = user;

	kd_buf_printf(b, "%s%s", b->n ? " " : "", text);
	return true;
}

static struct kd_cell addresses_cell(struct nets *x, uint64_t dev)
{
	kd_auto(kd_buf_deinit) struct kd_buf b = KD_BUF_INIT((size_t)64 << 10);
	struct kd_walk_end end;

	kd_netaddrs_walk(x->k, dev, add_address, &b, &end);
	kd_core_note_end(x->s, "addresses", &end);
	return b.n ? kd_sheet_cell(x->s, kd_buf_view(&b)) : kd_cell_text(KD_V(""));
}

/* RFC 2863's states, include/uapi/linux/if.h. */
static struct kd_cell operstate_cell(struct nets *x, uint64_t dev)
{
	static const char *const names[] = {"unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up"};
	uint64_t v;

	if (!kd_kernel_read(x->k, dev, "net_device", "operstate", &v) || v >= KD_ARRAY_LEN(names))
		return kd_dump_member(x->d, x->s, dev, "net_device", "operstate", false);
	return kd_cell_text(kd_view_of(names[v]));
}

struct kd_cell kd_core_net_ns(struct nets *x, uint64_t net)
{
	struct kd_cell c = kd_dump_member(x->d, x->s, net, "net", "ns.inum", false);
	uint64_t init;

	if (c.kind == KD_CELL_UINT && kd_kernel_symbol(x->k, "init_net", &init) && init == net)
		c.text = KD_V("init_net");
	return c;
}

static bool dev_row(void *user, uint64_t index, uint64_t dev)
{
	struct nets *x = user;
	struct kd_cell *row = kd_table_row(x->t);
	char text[KD_PEEK_TEXT];
	char flags[KD_PEEK_TEXT * 2];
	uint64_t v;

	(void)index;
	row[0] = kd_core_net_ns(x, x->net);
	row[1] = kd_dump_member(x->d, x->s, dev, "net_device", "ifindex", false);
	row[2] = kd_peek_chars(x->k, dev, "net_device", "name", text) ? kd_sheet_cell(x->s, kd_view_of(text)) :
									 kd_cell_none("its name cannot be read");
	row[3] = operstate_cell(x, dev);
	row[4] = kd_dump_member(x->d, x->s, dev, "net_device", "mtu", false);
	row[10] = row[5] = kd_dump_member(x->d, x->s, dev, "net_device", "flags", true);
	if (kd_kernel_read(x->k, dev, "net_device", "flags", &v)) {
		kd_netdev_flags_text(v, flags, sizeof(flags));
		row[5] = *flags ? kd_sheet_cell(x->s, kd_view_of(flags)) : kd_cell_text(KD_V(""));
	}
	kd_netdev_hardware(x->k, dev, text);
	row[6] = kd_core_net_text(x->s, text, "it has none, or it cannot be read");
	row[7] = addresses_cell(x, dev);
	row[8] = kd_netdev_driver(x->k, dev, text) ? kd_sheet_cell(x->s, kd_view_of(text)) :
						     kd_cell_none("there is no device behind it, or it cannot be read");
	row[9] = kd_cell_hex(dev);
	return true;
}

static bool net_devices(void *user, uint64_t index, uint64_t net)
{
	struct nets *x = user;
	struct kd_walk_end end;

	(void)index;
	x->net = net;
	kd_netdevs_walk(x->k, net, dev_row, x, &end);
	kd_core_note_end(x->s, "network devices", &end);
	return true;
}

static void devices(struct nets *x)
{
	struct kd_walk_end end;

	x->t = kd_sheet_table(x->s, "devices", dev_columns, KD_ARRAY_LEN(dev_columns));
	kd_nets_walk(x->k, net_devices, x, &end);
	kd_core_note_end(x->s, "network namespaces", &end);
	x->s->none = !x->t->total;
}

/* --- sockets ------------------------------------------------------------------------------------------ */

static const struct kd_column sock_columns[] = {{"protocol", "PROTOCOL"}, {"local", "LOCAL"}, {"remote", "REMOTE"}, {"state", "STATE"},
						{"receive_queue", "RECV"}, {"send_queue", "SEND"}, {"inode", "INODE"}, {"uid", "UID"},
						{"net", "NET NS"}, {"sock", "SOCK"}, {"owner", "OWNER"}};

static struct kd_cell state_cell(struct nets *x, uint64_t state)
{
	const char *name = kd_tcp_state(state);

	return kd_cell_text(name ? kd_view_of(name) : kd_sheet_text(x->s, "%" PRIu64, state));
}

/* Bytes that wait: of TCP by sequence numbers, as /proc/net/tcp has them; of others what the memory is charged. */
static struct kd_cell queue_cell(struct nets *x, const struct kd_sock *k, bool receive)
{
	const char *const ahead = receive ? "rcv_nxt" : "write_seq", *const behind = receive ? "copied_seq" : "snd_una";
	uint64_t a, b;

	if (!k->full)
		return kd_cell_none("it is no whole socket any more, or not yet");
	if (!kd_view_starts(kd_view_of(k->proto), KD_V("TCP")))
		return kd_dump_member(x->d, x->s, k->addr, "sock", receive ? "sk_backlog.rmem_alloc.counter" : "sk_wmem_alloc.refs.counter", false);
	if (kd_tcp_state(k->state) && kd_view_eq(kd_view_of(kd_tcp_state(k->state)), KD_V("LISTEN")))
		return kd_dump_member(x->d, x->s, k->addr, "sock", receive ? "sk_ack_backlog" : "sk_max_ack_backlog", false);
	if (!kd_kernel_read(x->k, k->addr, "tcp_sock", ahead, &a) || !kd_kernel_read(x->k, k->addr, "tcp_sock", behind, &b))
		return kd_cell_none("the sequence numbers cannot be read");
	return kd_cell_uint((uint32_t)(a - b));
}

/* struct inode of its struct socket, which lies in a struct socket_alloc; 0 when no process holds it. */
static struct kd_cell inode_cell(struct nets *x, const struct kd_sock *k)
{
	struct kd_field socket, inode;
	uint64_t at;

	if (!k->full)
		return kd_cell_none("it is no whole socket any more, or not yet");
	if (!kd_kernel_read(x->k, k->addr, "sock", "sk_socket", &at))
		return kd_dump_member(x->d, x->s, k->addr, "sock", "sk_socket", true);
	if (!at)
		return kd_cell_none("no process holds it");
	if (!kd_kernel_field(x->k, "socket_alloc", "socket", &socket) || !kd_kernel_field(x->k, "socket_alloc", "vfs_inode", &inode))
		return kd_cell_none("where the inode of a socket is is not known");
	return kd_dump_member(x->d, x->s, at - socket.off + inode.off, "inode", "i_ino", false);
}

static bool sock_row(void *user, uint64_t sock, enum kd_sock_table table)
{
	struct nets *x = user;
	struct kd_cell *row = kd_table_row(x->t);
	struct kd_sock k;

	(void)table;
	row[9] = kd_cell_hex(sock);
	row[10] = kd_core_net_owner(x, sock);
	if (!kd_sock_read(x->k, sock, &k)) {
		for (size_t i = 0; i < 9; i++)
			row[i] = kd_cell_none("the socket cannot be read");
		return true;
	}
	row[0] = kd_core_net_text(x->s, k.proto, "its protocol cannot be read");
	row[1] = kd_core_net_text(x->s, k.from, "it is neither IPv4 nor IPv6");
	row[2] = kd_core_net_text(x->s, k.to, "it is neither IPv4 nor IPv6");
	row[3] = state_cell(x, k.state);
	row[4] = queue_cell(x, &k, true);
	row[5] = queue_cell(x, &k, false);
	row[6] = inode_cell(x, &k);
	row[7] = k.full ? kd_dump_member(x->d, x->s, sock, "sock", "sk_uid.val", false) : kd_cell_none("it is no whole socket");
	row[8] = k.net ? kd_core_net_ns(x, k.net) : kd_cell_none("it is not known");
	return true;
}

static void sockets(struct nets *x)
{
	struct kd_walk_end end;

	x->t = kd_sheet_table(x->s, "sockets", sock_columns, KD_ARRAY_LEN(sock_columns));
	kd_socks_walk(x->k, sock_row, x, &end);
	kd_core_note_end(x->s, "sockets", &end);
	if (!x->t->total && !*end.why)
		kd_sheet_say(x->s, "there are no TCP or UDP sockets");
	x->s->none = !x->t->total;
}

static void number_fields(struct nets *x, uint64_t sock)
{
	static const char *const fields[][3] = {{"type", "Type", "sk_type"}, {"receive_buffer", "Receive buffer", "sk_rcvbuf"},
						{"send_buffer", "Send buffer", "sk_sndbuf"}, {"receive_memory", "Receive memory", "sk_backlog.rmem_alloc.counter"},
						{"receive_skbs", "Packets received", "sk_receive_queue.qlen"}, {"send_skbs", "Packets to send", "sk_write_queue.qlen"},
						{"backlog", "Backlog", "sk_backlog.len"}, {"drops", "Drops", "sk_drops.counter"},
						{"error", "Error", "sk_err"}, {"shutdown", "Shutdown", "sk_shutdown"}, {"lock_owned", "Owned", "sk_lock.owned"}};

	for (size_t i = 0; i < KD_ARRAY_LEN(fields); i++)
		kd_sheet_field(x->s, fields[i][0], fields[i][1], kd_dump_member(x->d, x->s, sock, "sock", fields[i][2], false));
	kd_sheet_field(x->s, "socket", "Socket", kd_dump_member(x->d, x->s, sock, "sock", "sk_socket", true));
}

static struct kd_error *one(struct nets *x, const char *text)
{
	struct kd_sock k;
	uint64_t sock;
	struct kd_error *err = kd_core_address_arg(x->d, text, &sock);

	if (err)
		return err;
	if (!kd_sock_read(x->k, sock, &k))
		return kd_error_new(KD_NOTFOUND, "the socket at 0x%" PRIx64 " cannot be read", sock);
	kd_sheet_field(x->s, "sock", "Sock", kd_cell_hex(sock));
	kd_sheet_field(x->s, "family", "Family", kd_cell_uint(k.family));
	kd_sheet_field(x->s, "protocol", "Protocol", kd_core_net_text(x->s, k.proto, "it cannot be read"));
	if (!kd_core_net_unix_one(x, sock)) {
		kd_sheet_field(x->s, "local", "Local", kd_core_net_text(x->s, k.from, "it is neither IPv4 nor IPv6"));
		kd_sheet_field(x->s, "remote", "Remote", kd_core_net_text(x->s, k.to, "it is neither IPv4 nor IPv6"));
		kd_sheet_field(x->s, "state", "State", k.state <= RAWSTATES ? state_cell(x, k.state) : kd_cell_uint(k.state));
	}
	if (k.net)
		kd_sheet_field(x->s, "net", "Network namespace", kd_core_net_ns(x, k.net));
	kd_sheet_field(x->s, "inode", "Inode", inode_cell(x, &k));
	kd_sheet_field(x->s, "owner", "Owner", kd_core_net_owner(x, sock));
	if (k.full)
		number_fields(x, sock);
	else
		kd_sheet_note(x->s, "it is no whole struct sock: what is behind its struct sock_common is something else");
	kd_dump_next(x->d, x->s, "struct", "sock 0x%" PRIx64, sock);
	return NULL;
}

static struct kd_error *check(const struct kd_core_net_options *o, size_t nargs)
{
	const bool lists = o->sockets || o->local;

	if (nargs > 1 || (nargs && lists))
		return kd_error_new(KD_INVALID, "net takes the address of one struct sock, or --sockets, --unix");
	return o->diagnose && (nargs || lists) ? kd_error_new(KD_INVALID, "--diagnose goes with nothing else") : NULL;
}

struct kd_error *kd_core_net(struct kd_dump *d, const void *options, const char *const *args, size_t nargs, struct kd_sheet *s)
{
	const struct kd_core_net_options *o = options;
	struct nets x = {.d = d, .s = s};
	struct kd_error *err = kd_core_need_variables(d, s);
	bool none = true;

	if (!err)
		err = check(o, nargs);
	if (err)
		return err;
	x.k = kd_dump_kernel(d);
	if (!nargs && !o->sockets && !o->local && !o->diagnose) {
		devices(&x);
		return NULL;
	}
	kd_sockowners_read(x.k, &x.owners);
	if (o->diagnose) {
		err = kd_core_net_diagnose(&x);
		none = s->none;
	}
	if (nargs)
		err = one(&x, args[0]);
	if (o->sockets) {
		sockets(&x);
		none = s->none;
	}
	if (o->local) {
		kd_core_net_unix(&x);
		s->none &= none;
	}
	if (!err && !s->none && *x.owners.why)
		kd_sheet_note(s, "not all owners of sockets are known: %s", x.owners.why);
	kd_sockowners_deinit(&x.owners);
	return err;
}
