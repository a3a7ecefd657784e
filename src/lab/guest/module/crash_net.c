// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A network that stands still: kdocnet0 takes one packet and never says that it was sent, kdocnet1 has no
 * carrier, kdocnet2 is taken away while somebody holds it; sockets on lo with full queues.  The truth
 * file has their addresses and what was asked of each.
 */
#include "kdoc_crash.h"

#include <linux/etherdevice.h>
#include <linux/in.h>
#include <linux/inet.h>
#include <linux/net.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#define KDOC_NET_LIMIT		5	/* seconds that a queue may be stopped */
#define KDOC_NET_PACKETS	8	/* the first is with the driver, the others wait */
#define KDOC_PORT		7001

static struct net_device *kdoc_net[3];
static struct sk_buff *kdoc_net_taken;
static struct task_struct *kdoc_net_task;
static pid_t kdoc_net_tid;

static const char *const kdoc_sock_names[] = { "udp", "listen", "quiet", "sender", "syn0", "syn1", "syn2", "syn3" };
static struct socket *kdoc_sock[ARRAY_SIZE(kdoc_sock_names)];
enum { UDP_FULL, TCP_LISTEN_FULL, TCP_QUIET, TCP_SENDER, TCP_SYN };

/* ---- devices ---- */

/* Taken and kept: nobody wakes the queue. */
static netdev_tx_t kdoc_net_xmit(struct sk_buff *skb, struct net_device *dev)
{
	netif_stop_queue(dev);
	kdoc_net_taken = skb;
	return NETDEV_TX_OK;				/* fault: net_stall */
}

/* The kernel looks after queues only of who has this. */
static void kdoc_net_timeout(struct net_device *dev, unsigned int queue)
{
}

static const struct net_device_ops kdoc_net_ops = {
	.ndo_start_xmit = kdoc_net_xmit,
	.ndo_tx_timeout = kdoc_net_timeout,
};

static struct net_device *kdoc_net_new(const char *name, bool carrier)
{
	struct net_device *dev = alloc_etherdev(0);
	int ret;

	if (!dev)
		return ERR_PTR(-ENOMEM);
	strcpy(dev->name, name);
	dev->netdev_ops = &kdoc_net_ops;
	dev->watchdog_timeo = KDOC_NET_LIMIT * HZ;
	eth_hw_addr_random(dev);
	if (!carrier)
		netif_carrier_off(dev);
	rtnl_lock();
	ret = register_netdevice(dev);
	if (!ret)
		ret = dev_open(dev, NULL);
	rtnl_unlock();
	return ret ? ERR_PTR(ret) : dev;
}

static int kdoc_net_send(struct net_device *dev)
{
	struct sk_buff *skb = alloc_skb(ETH_HLEN + 100, GFP_KERNEL);

	if (!skb)
		return -ENOMEM;
	skb_reset_mac_header(skb);
	memset(skb_put(skb, ETH_HLEN + 100), 0x5a, ETH_HLEN + 100);
	skb->dev = dev;
	skb->protocol = htons(ETH_P_802_3);
	return dev_queue_xmit(skb);
}

static noinline int kdoc_net_unregister(void *data)
{
	unregister_netdev(kdoc_net[2]);
	return 0;
}

static int kdoc_net_devices(void)
{
	static const char *const names[] = { "kdocnet0", "kdocnet1", "kdocnet2" };
	int i, ret = 0;

	for (i = 0; i < 3; i++) {
		struct net_device *dev = kdoc_net_new(names[i], i != 1);

		if (IS_ERR(dev))
			return PTR_ERR(dev);
		kdoc_net[i] = dev;
	}
	for (i = 0; i < KDOC_NET_PACKETS; i++)
		ret |= kdoc_net_send(kdoc_net[0]);
	dev_hold(kdoc_net[2]);
	kdoc_net_task = kthread_run(kdoc_net_unregister, NULL, "kdoc-unreg");
	if (IS_ERR(kdoc_net_task)) {
		kdoc_net_task = NULL;
		return -ENOMEM;
	}
	kdoc_net_tid = kdoc_net_task->pid;
	return ret ? -EIO : 0;
}

/* ---- sockets ---- */

/* What kernel_bind() and kernel_connect() take is another type since 6.19. */
static void *kdoc_net_addr(int port)
{
	static struct sockaddr_in addr;

	addr = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	return &addr;
}

static int kdoc_net_socket(int which, int type, int port)
{
	int ret = sock_create_kern(&init_net, PF_INET, type, 0, &kdoc_sock[which]);

	if (!ret && port)
		ret = kernel_bind(kdoc_sock[which], kdoc_net_addr(port), sizeof(struct sockaddr_in));
	return ret;
}

static int kdoc_net_sendmsg(struct socket *sock, int port, size_t size)
{
	static char text[4096];
	struct msghdr msg = { .msg_flags = MSG_DONTWAIT };
	struct kvec vec = { .iov_base = text, .iov_len = size };

	if (port) {
		msg.msg_name = kdoc_net_addr(port);
		msg.msg_namelen = sizeof(struct sockaddr_in);
	}
	return kernel_sendmsg(sock, &msg, &vec, 1, size);
}

/* Datagrams that nobody reads: the socket takes what its buffer holds, and drops the others. */
static int kdoc_net_udp(void)
{
	struct socket *from;
	int i, ret = kdoc_net_socket(UDP_FULL, SOCK_DGRAM, KDOC_PORT);

	if (!ret)
		ret = sock_create_kern(&init_net, PF_INET, SOCK_DGRAM, 0, &from);
	if (ret)
		return ret;
	WRITE_ONCE(kdoc_sock[UDP_FULL]->sk->sk_rcvbuf, 8192);
	for (i = 0; i < 40; i++)
		kdoc_net_sendmsg(from, KDOC_PORT, 512);
	return 0;
}

/* Four ask one that takes two: the others send their SYN again and again. */
static int kdoc_net_listen(void)
{
	int i, ret = kdoc_net_socket(TCP_LISTEN_FULL, SOCK_STREAM, KDOC_PORT + 1);

	if (!ret)
		ret = kernel_listen(kdoc_sock[TCP_LISTEN_FULL], 1);
	for (i = 0; !ret && i < 4; i++) {
		ret = kdoc_net_socket(TCP_SYN + i, SOCK_STREAM, 0);
		if (!ret)
			kernel_connect(kdoc_sock[TCP_SYN + i], kdoc_net_addr(KDOC_PORT + 1),
				       sizeof(struct sockaddr_in), O_NONBLOCK);
		msleep(100);
	}
	return ret;
}

/* One sends until nothing goes any more; the other end is never read. */
static int kdoc_net_stream(void)
{
	int i, ret = kdoc_net_socket(TCP_QUIET, SOCK_STREAM, KDOC_PORT + 2);

	if (!ret)
		ret = kernel_listen(kdoc_sock[TCP_QUIET], 8);
	if (!ret)
		ret = kdoc_net_socket(TCP_SENDER, SOCK_STREAM, 0);
	if (!ret)
		ret = kernel_connect(kdoc_sock[TCP_SENDER], kdoc_net_addr(KDOC_PORT + 2),
				     sizeof(struct sockaddr_in), 0);
	for (i = 0; !ret && i < 100000; i++)
		if (kdoc_net_sendmsg(kdoc_sock[TCP_SENDER], 0, 4096) <= 0) {
			msleep(300);
			if (kdoc_net_sendmsg(kdoc_sock[TCP_SENDER], 0, 4096) <= 0)
				break;
		}
	return ret;
}

static int kdoc_run_net_stall(void)
{
	int ret;

	if (kdoc_net[0])
		return -EBUSY;
	rtnl_lock();
	ret = dev_open(init_net.loopback_dev, NULL);
	rtnl_unlock();
	if (!ret)
		ret = kdoc_net_udp();
	if (!ret)
		ret = kdoc_net_listen();
	if (!ret)
		ret = kdoc_net_stream();
	return ret ? ret : kdoc_net_devices();
}

void kdoc_net_truth(struct seq_file *seq)
{
	unsigned int i;

	if (!kdoc_net[2])
		return;
	seq_printf(seq, "net.limit %d\n", KDOC_NET_LIMIT);
	seq_printf(seq, "net.packets %d\n", KDOC_NET_PACKETS);
	seq_printf(seq, "net.stopped 0x%px\n", kdoc_net[0]);
	seq_printf(seq, "net.no_carrier 0x%px\n", kdoc_net[1]);
	seq_printf(seq, "net.leaving 0x%px\n", kdoc_net[2]);
	for (i = 0; i < ARRAY_SIZE(kdoc_sock); i++) {
		const struct sock *sk = kdoc_sock[i] ? kdoc_sock[i]->sk : NULL;

		if (!sk)
			continue;
		seq_printf(seq, "sock.%s 0x%px\n", kdoc_sock_names[i], sk);
		seq_printf(seq, "sock.%s.rmem %d\n", kdoc_sock_names[i], atomic_read(&sk->sk_rmem_alloc));
		seq_printf(seq, "sock.%s.rcvbuf %d\n", kdoc_sock_names[i], sk->sk_rcvbuf);
		seq_printf(seq, "sock.%s.wmem_queued %d\n", kdoc_sock_names[i], sk->sk_wmem_queued);
		seq_printf(seq, "sock.%s.sndbuf %d\n", kdoc_sock_names[i], sk->sk_sndbuf);
		seq_printf(seq, "sock.%s.backlog %u\n", kdoc_sock_names[i], READ_ONCE(sk->sk_ack_backlog));
		seq_printf(seq, "sock.%s.backlog_max %u\n", kdoc_sock_names[i], READ_ONCE(sk->sk_max_ack_backlog));
		seq_printf(seq, "sock.%s.state %d\n", kdoc_sock_names[i], sk->sk_state);
	}
	if (!kdoc_net_task)
		return;
	seq_printf(seq, "task.kdoc-unreg.tid %d\n", kdoc_net_tid);
	seq_printf(seq, "task.kdoc-unreg.address 0x%px\n", kdoc_net_task);
	seq_puts(seq, "task.kdoc-unreg.function kdoc_net_unregister\n");
}

const struct kdoc_case kdoc_net_cases[] = {
	{ "net_stall",			kdoc_run_net_stall },
	{ }
};
