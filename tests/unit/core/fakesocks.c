// SPDX-License-Identifier: GPL-2.0-or-later
#include "fakesocks.h"

#include <string.h>

#include "faketasks.h"
#include "symbol/btfwrite.h"
#include "fakebtf.h"

enum { INODE = 0x80 /* of the struct socket_alloc behind a sock */, SOCKET_INODE = 32, ADDR = 0xb0, HD_DEV = 24, DEV_BYTES = 40, PART0 = 40, PRIV = 0x400 };

/* --- types ------------------------------------------------------------------------------------------- */

static void socket_types(struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong)
{
	const uint32_t u16 = kd_btfw_int(w, KD_V("unsigned short"), 2, 0), u8 = kd_btfw_int(w, KD_V("unsigned char"), 1, 0);
	const uint32_t node = STRUCT("hlist_node", 16, {"next", ptr, 0}, {"pprev", ptr, 8});
	const uint32_t inode = STRUCT("inode", 16, {"i_ino", ulong, 0}, {"i_mode", u16, 8}), socket = STRUCT("socket", 16, {"type", u16, 0}, {"sk", ptr, 8});
	const uint32_t net = STRUCT("possible_net_t", 8, {"net", ptr, 0}), id = STRUCT("kuid_t", 4, {"val", u32, 0});
	const uint32_t common = STRUCT("sock_common", 40, {"skc_family", u16, 0}, {"skc_state", u8, 2}, {"skc_net", net, 8}, {"skc_node", node, 16}, {"skc_prot", ptr, 32});
	const uint32_t queue = STRUCT("sk_buff_head", 24, {"qlen", u32, 16});
	const uint32_t sock = STRUCT("sock", 80, {"__sk_common", common, 0}, {"sk_type", u16, 40}, {"sk_uid", id, 44}, {"sk_socket", ptr, 48}, {"sk_receive_queue", queue, 56});

	STRUCT("socket_alloc", 48, {"socket", socket, 0}, {"vfs_inode", inode, SOCKET_INODE});
	STRUCT("unix_sock", 96, {"sk", sock, 0}, {"addr", ptr, 80}, {"peer", ptr, 88});
	STRUCT("unix_address", 4, {"len", u32, 0}, {"name", kd_btfw_array(w, u8, 0, 0), 4});
}

static void disk_types(struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	const uint32_t name = kd_btfw_array(w, kd_btfw_int(w, KD_V("char"), 1, 2), 0, 32);
	const uint32_t kobject = STRUCT("kobject", 24, {"name", ptr, 0}, {"entry", listhead, 8});
	const uint32_t kset = STRUCT("kset", 40, {"list", listhead, 0}, {"kobj", kobject, 16});
	const uint32_t klist = STRUCT("klist", 16, {"k_list", listhead, 0}), knode = STRUCT("klist_node", 16, {"n_node", listhead, 0});
	const uint32_t dev = STRUCT("device", DEV_BYTES, {"kobj", kobject, 0}, {"parent", ptr, 24}, {"devt", u32, 32});
	const uint32_t hd = STRUCT("hd_struct", 64, {"nr_sects", ulong, 0}, {"dkstats", ptr, 8}, {"partno", u32, 16}, {"__dev", dev, HD_DEV});
	const uint32_t map = STRUCT("sbitmap", 16, {"depth", u32, 0}, {"shift", u32, 4}, {"map", ptr, 8});

	STRUCT("subsys_private", 64, {"subsys", kset, 0}, {"klist_devices", klist, 40}, {"class", ptr, 56});
	STRUCT("device_private", 24, {"knode_class", knode, 0}, {"device", ptr, 16});
	STRUCT("gendisk", 128, {"disk_name", name, 0}, {"part0", hd, PART0}, {"fops", ptr, 104}, {"queue", ptr, 112});
	STRUCT("sbitmap_queue", 16, {"sb", map, 0});
	STRUCT("sbitmap_word", 16, {"word", ulong, 0}, {"cleared", ulong, 8});
	STRUCT("blk_mq_tags", 32, {"nr_tags", u32, 0}, {"nr_reserved_tags", u32, 4}, {"bitmap_tags", ptr, 8}, {"breserved_tags", ptr, 16}, {"rqs", ptr, 24});
	STRUCT("blk_mq_hw_ctx", 8, {"tags", ptr, 0});
	STRUCT("request_queue", 16, {"queue_hw_ctx", ptr, 0}, {"nr_hw_queues", u32, 8});
	STRUCT("request", 48, {"q", ptr, 0}, {"mq_hctx", ptr, 8}, {"cmd_flags", u32, 16}, {"state", u32, 20}, {"__sector", ulong, 24}, {"__data_len", u32, 32}, {"start_time_ns", ulong, 40});
	kd_btfw_enum(w, KD_V("req_opf"), 4, false);
	kd_btfw_enumerator(w, KD_V("REQ_OP_READ"), 0);
	kd_btfw_enumerator(w, KD_V("REQ_OP_WRITE"), 1);
}

static void types(struct fake *f, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	faketasks_more()->types(f, w, ptr, u32, ulong, listhead);
	socket_types(w, ptr, u32, ulong);
	disk_types(w, ptr, u32, ulong, listhead);
}

static void symbols(struct fake *f, void (*add)(void *to, const char *name, uint64_t addr), void *to)
{
	faketasks_more()->symbols(f, add, to);
	add(to, "unix_socket_table", FAKESOCKS_TABLE);
	add(to, "class_kset", FAKE_IMAGE + 0x50f00);
	add(to, "block_class", FAKE_IMAGE + 0x50f40);
	add(to, "init_net", FAKE_IMAGE + 0x50f80);
}

/* --- sockets ----------------------------------------------------------------------------------------- */

static void put_name(struct fake *f, unsigned i, const char *name, size_t n)
{
	const uint64_t at = FAKESOCKS_SOCK(i) + ADDR;

	fake_put(f, FAKESOCKS_SOCK(i) + 80, at, 8);
	fake_put(f, at, n + 2, 4);
	for (size_t c = 0; c < n; c++)
		fake_put(f, at + 6 + c, (unsigned char)name[c], 1);
}

static void put_sock(struct fake *f, unsigned i, uint64_t type, uint64_t state, uint64_t peer)
{
	const uint64_t at = FAKESOCKS_SOCK(i), chain = FAKESOCKS_TABLE + 8 * (uint64_t)(7 * i);

	fake_put(f, at, 1, 2);
	fake_put(f, at + 2, state, 1);
	fake_put(f, at + 40, type, 2);
	fake_put(f, at + 44, 1000 + i, 4);
	fake_put(f, at + 88, peer, 8);
	fake_put(f, at + 24, chain, 8); /* skc_node.pprev */
	fake_put(f, chain, at + 16, 8);
	if (i == 4) /* it has no struct socket */
		return;
	fake_put(f, at + 48, at + INODE, 8);
	fake_put(f, at + INODE, type, 2);
	fake_put(f, at + INODE + 8, at, 8);
	fake_put(f, at + INODE + SOCKET_INODE, 700 + i, 8);
	fake_put(f, at + INODE + SOCKET_INODE + 8, 0xc1ff, 2);
}

/* Descriptors of PID 101 beside those that faketasks.c gave it. */
static void put_descriptor(struct fake *f, unsigned fd, unsigned sock)
{
	const uint64_t file = FAKESOCKS + 0x1800 + 0x40 * (uint64_t)fd;

	fake_put(f, file + 16, FAKESOCKS_SOCK(sock) + INODE + SOCKET_INODE, 8);
	fake_put(f, FAKETASKS_FILES + 0x40 + 8 * (uint64_t)fd, file, 8);
}

static void put_sockets(struct fake *f)
{
	put_sock(f, 0, 1, 10, 0);
	put_name(f, 0, "/run/x", 7);
	fake_put(f, FAKESOCKS_SOCK(0) + 72, 2, 4);
	put_sock(f, 1, 1, 1, FAKESOCKS_SOCK(2));
	put_sock(f, 2, 1, 1, FAKESOCKS_SOCK(1));
	put_name(f, 2, "/run/x", 7);
	put_sock(f, 3, 2, 7, 0);
	put_name(f, 3, "\0a", 2);
	put_sock(f, 4, 5, 7, 0);
	put_descriptor(f, 3, 0);
	put_descriptor(f, 4, 1);
	fake_put(f, FAKETASKS_FILES + 0x30, 0x1d, 8);
}

/* --- disks ------------------------------------------------------------------------------------------- */

static void ring(struct fake *f, uint64_t head, const uint64_t *node, size_t n)
{
	for (size_t i = 0; i <= n; i++) {
		const uint64_t at = i < n ? node[i] : head, next = i < n ? (i + 1 < n ? node[i + 1] : head) : node[0];

		fake_put(f, at, next, 8);
		fake_put(f, next + 8, at, 8);
	}
}

static void put_text(struct fake *f, uint64_t at, const char *text)
{
	for (size_t i = 0; i <= strlen(text); i++)
		fake_put(f, at + i, (unsigned char)text[i], 1);
}

static void put_device(struct fake *f, uint64_t hd, unsigned i, const char *name, uint64_t parent)
{
	const uint64_t private = FAKESOCKS_DISK + PRIV + 0x20 * (uint64_t)i, text = FAKESOCKS_DISK + PRIV + 0x60 + 0x10 * (uint64_t)i;

	fake_put(f, hd, 1000 + i, 8);
	fake_put(f, hd + 16, i, 4);
	fake_put(f, hd + HD_DEV, text, 8);
	put_text(f, text, name);
	fake_put(f, hd + HD_DEV + 24, parent, 8);
	fake_put(f, hd + HD_DEV + 32, 8 << 20 | i, 4);
	fake_put(f, private + 16, hd + HD_DEV, 8);
}

static void put_disks(struct fake *f)
{
	const uint64_t kset = FAKESOCKS_DISK + PRIV + 0x100, private = kset + 0x40, node[] = {FAKESOCKS_DISK + PRIV, FAKESOCKS_DISK + PRIV + 0x20};
	const uint64_t entry = private + 16 + 8;

	fake_put(f, FAKE_IMAGE + 0x50f00, kset, 8);
	ring(f, kset, &entry, 1);
	fake_put(f, private + 56, FAKE_IMAGE + 0x50f40, 8);
	ring(f, private + 40, node, 2);
	put_text(f, FAKESOCKS_DISK, "fda");
	fake_put(f, FAKESOCKS_DISK + 104, FAKESOCKS_DISK + 0x300, 8); /* fops: nothing is in it */
	fake_put(f, FAKESOCKS_DISK + 112, FAKESOCKS_QUEUE, 8);
	put_device(f, FAKESOCKS_DISK + PART0, 0, "fda", 0);
	put_device(f, FAKESOCKS_PART, 1, "fda1", FAKESOCKS_DISK + PART0 + HD_DEV);
}

static void put_requests(struct fake *f)
{
	const uint64_t hctx = FAKESOCKS_QUEUE + 0x20, tags = FAKESOCKS_QUEUE + 0x30, bits = FAKESOCKS_QUEUE + 0x60, rq = FAKESOCKS_QUEUE + 0xa0;

	fake_put(f, FAKESOCKS_QUEUE, FAKESOCKS_QUEUE + 0x10, 8);
	fake_put(f, FAKESOCKS_QUEUE + 8, 1, 4);
	fake_put(f, FAKESOCKS_QUEUE + 0x10, hctx, 8);
	fake_put(f, hctx, tags, 8);
	fake_put(f, tags, 2, 4);
	fake_put(f, tags + 8, bits, 8);
	fake_put(f, tags + 24, tags + 0x58, 8);
	fake_put(f, tags + 0x60, rq, 8); /* rqs[1] */
	fake_put(f, bits, 2, 4);
	fake_put(f, bits + 4, 6, 4);
	fake_put(f, bits + 8, bits + 0x10, 8);
	fake_put(f, bits + 0x10, 2, 8);
	fake_put(f, rq, FAKESOCKS_QUEUE, 8);
	fake_put(f, rq + 8, hctx, 8);
	fake_put(f, rq + 16, 1, 4);
	fake_put(f, rq + 20, 1, 4);
	fake_put(f, rq + 24, 2048, 8);
	fake_put(f, rq + 32, 4096, 4);
}

static void memory(struct fake *f)
{
	faketasks_more()->memory(f);
	fake_map(f, FAKESOCKS, 3);
	fake_map(f, FAKESOCKS_TABLE, 1);
	put_sockets(f);
	put_disks(f);
	put_requests(f);
}

void fakesocks_init(struct fake *f)
{
	static const struct fake_more more = {.types = types, .symbols = symbols, .memory = memory, .own_task = true};

	fake_init_more(f, &fake_61, &more, NULL);
}
