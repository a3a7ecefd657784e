// SPDX-License-Identifier: GPL-2.0-or-later
#include "core/unixsock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "core/files.h"
#include "core/net.h"
#include "core/words.h"

enum { UNIX = 1, CHAINS = 512, FAMILY_BYTES = 2, SUN_PATH = 108 };

/* --- the table --------------------------------------------------------------------------------------- */

struct walk {
	struct kd_kernel *k;
	kd_walk_visit *visit;
	void *user;
	struct kd_walk_end *end;
	uint64_t node; /* offset in struct sock */
	bool any;
};

static bool see_node(void *user, uint64_t index, uint64_t node)
{
	struct walk *w = user;

	(void)index;
	return kd_walk_take(w->end, KD_UNIX_MAX, w->visit, w->user, w->end->count, node - w->node);
}

static void chains(struct walk *w, uint64_t table)
{
	w->any = true;
	for (uint64_t i = 0; i < CHAINS && !w->end->stopped; i++) {
		struct kd_walk_end one;

		kd_walk_hlist(w->k, table + 8 * i, KD_UNIX_MAX, see_node, w, &one);
		if (*one.why)
			kd_walk_wrong(w->end, "%s", one.why);
	}
}

static bool see_net(void *user, uint64_t index, uint64_t net)
{
	struct walk *w = user;
	uint64_t table;

	(void)index;
	if (!kd_kernel_read(w->k, net, "net", "unx.table.buckets", &table))
		kd_walk_wrong(w->end, "the table of UNIX sockets of the namespace at 0x%" PRIx64 " cannot be read", net);
	else if (table)
		chains(w, table);
	return !w->end->stopped;
}

void kd_unix_walk(struct kd_kernel *k, kd_walk_visit *visit, void *user, struct kd_walk_end *end)
{
	struct walk w = {.k = k, .visit = visit, .user = user, .end = end};
	struct kd_walk_end nets;
	struct kd_field f;
	uint64_t table;

	*end = (struct kd_walk_end){0};
	if (!kd_kernel_field(k, "sock_common", "skc_node", &f)) {
		kd_walk_wrong(end, "how sockets are chained is not known");
		return;
	}
	w.node = f.off;
	if (kd_kernel_field(k, "net", "unx.table.buckets", &f)) {
		kd_nets_walk(k, see_net, &w, &nets);
		if (*nets.why)
			kd_walk_wrong(end, "%s", nets.why);
	} else if (kd_kernel_symbol(k, "unix_socket_table", &table)) {
		chains(&w, table);
	}
	if (!w.any)
		kd_walk_wrong(end, "the table of UNIX sockets is not known (unix_socket_table)");
}

/* --- one ---------------------------------------------------------------------------------------------- */

void kd_unix_path(struct kd_kernel *k, uint64_t sock, char ret[KD_UNIX_PATH])
{
	const struct kd_datum addr = kd_datum_member(k, sock, "unix_sock", "addr");
	const struct kd_datum len = addr.why || !addr.v ? kd_datum_of(0) : kd_datum_member(k, addr.v, "unix_address", "len");
	struct kd_field name;

	*ret = 0;
	if (len.why || len.v <= FAMILY_BYTES || len.v > SUN_PATH + FAMILY_BYTES || !kd_kernel_field(k, "unix_address", "name", &name) ||
	    !kd_space_read(kd_kernel_space(k), addr.v + name.off + FAMILY_BYTES, ret, (size_t)len.v - FAMILY_BYTES, NULL)) {
		*ret = 0;
		return;
	}
	ret[len.v - FAMILY_BYTES] = 0;
	if (!*ret)
		*ret = '@'; /* an abstract one */
	for (char *p = ret; *p; p++)
		*p = *p < ' ' || *p == 0x7f ? '?' : *p;
}

/* The number of the inode of its struct socket, which lies in a struct socket_alloc. */
static struct kd_datum inode_of(struct kd_kernel *k, uint64_t sock)
{
	const struct kd_datum socket = kd_datum_member(k, sock, "sock", "sk_socket");
	struct kd_field in, inode;

	if (socket.why)
		return socket;
	if (!socket.v)
		return kd_datum_none("no process holds it");
	if (!kd_kernel_field(k, "socket_alloc", "socket", &in) || !kd_kernel_field(k, "socket_alloc", "vfs_inode", &inode))
		return kd_datum_none("where the inode of a socket is is not known");
	return kd_datum_member(k, socket.v - in.off + inode.off, "inode", "i_ino");
}

bool kd_unix_read(struct kd_kernel *k, uint64_t sock, struct kd_unix *ret)
{
	const struct kd_datum family = kd_datum_member(k, sock, "sock_common", "skc_family"), net = kd_datum_member(k, sock, "sock_common", "skc_net.net");
	const struct kd_word type = kd_word_of(k, "sock", "sk_type"); /* a bit field up to 5.6 */
	struct kd_unix u = {.addr = sock};

	if (family.why || family.v != UNIX)
		return false;
	u.net = net.why ? 0 : net.v;
	u.state = kd_datum_member(k, sock, "sock_common", "skc_state");
	u.type = kd_word_get(k, sock, &type, &u.type.v) ? u.type : kd_datum_none("it cannot be read");
	u.peer = kd_datum_member(k, sock, "unix_sock", "peer");
	u.queued = kd_datum_member(k, sock, "sock", "sk_receive_queue.qlen");
	u.inode = inode_of(k, sock);
	kd_unix_path(k, sock, u.path);
	*ret = u;
	return true;
}

/* --- owners ------------------------------------------------------------------------------------------- */

struct owners {
	struct kd_kernel *k;
	struct kd_sockowners *ret;
	struct kd_walk_end end;
	size_t cap;
	struct kd_task t;
	uint64_t inode; /* offsets in struct socket_alloc */
	uint64_t socket;
};

static bool see_file(void *user, const struct kd_file *f)
{
	struct owners *o = user;
	struct kd_datum sock;

	if (!f->type || strcmp(f->type, "SOCK") || f->inode.why)
		return true;
	sock = kd_datum_member(o->k, f->inode.v - o->inode + o->socket, "socket", "sk");
	if (sock.why || !sock.v)
		return true;
	if (o->ret->n == KD_SOCKOWNERS_MAX) {
		kd_walk_wrong(&o->end, "more than %d sockets are open: the others were not looked at", KD_SOCKOWNERS_MAX);
		return false;
	}
	if (o->ret->n == o->cap) {
		o->cap = o->cap ? 2 * o->cap : 256;
		o->ret->v = kd_xrealloc(o->ret->v, o->cap * sizeof(*o->ret->v));
	}
	o->ret->v[o->ret->n] = (struct kd_sockowner){.sock = sock.v, .task = o->t.addr, .fd = f->fd, .pid = o->t.pid};
	memcpy(o->ret->v[o->ret->n++].comm, o->t.comm, sizeof(o->t.comm));
	return true;
}

/* Threads share their leader's table of files, as a rule. */
static bool has_own_files(struct owners *o)
{
	struct kd_datum own, leader;

	if (o->t.pid == o->t.tgid)
		return true;
	own = kd_datum_member(o->k, o->t.addr, "task_struct", "files");
	leader = kd_datum_member(o->k, o->t.addr, "task_struct", "group_leader");
	if (!leader.why)
		leader = kd_datum_member(o->k, leader.v, "task_struct", "files");
	return !own.why && own.v && !leader.why && leader.v && own.v != leader.v;
}

static bool see_task(void *user, uint64_t task)
{
	struct owners *o = user;
	char why[KD_WALK_WHY] = "";
	struct kd_fds fds;

	if (!kd_task_read(o->k, task, &o->t) || !has_own_files(o))
		return true;
	if (kd_files_walk(o->k, task, &fds, see_file, o, why) && *why)
		kd_walk_wrong(&o->end, "process %d: %.150s", (int)o->t.pid, why);
	return o->ret->n < KD_SOCKOWNERS_MAX;
}

static int by_sock(const void *a, const void *b)
{
	const struct kd_sockowner *x = a, *y = b;

	if (x->sock != y->sock)
		return x->sock < y->sock ? -1 : 1;
	return x->pid != y->pid ? (x->pid < y->pid ? -1 : 1) : x->fd < y->fd ? -1 : x->fd > y->fd;
}

void kd_sockowners_read(struct kd_kernel *k, struct kd_sockowners *ret)
{
	struct owners o = {.k = k, .ret = ret};
	struct kd_field socket, inode;
	char why[KD_TASKS_WHY] = "";

	*ret = (struct kd_sockowners){.n = 0};
	if (kd_kernel_field(k, "socket_alloc", "socket", &socket) && kd_kernel_field(k, "socket_alloc", "vfs_inode", &inode)) {
		o.socket = socket.off;
		o.inode = inode.off;
		kd_tasks_walk(k, see_task, &o, why);
		if (*why)
			kd_walk_wrong(&o.end, "%.190s", why);
	} else {
		kd_walk_wrong(&o.end, "where the inode of a socket is is not known");
	}
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), by_sock);
	memcpy(ret->why, o.end.why, sizeof(ret->why));
}

void kd_sockowners_deinit(struct kd_sockowners *o)
{
	kd_free(o->v);
	*o = (struct kd_sockowners){.n = 0};
}

const struct kd_sockowner *kd_sockowners_of(const struct kd_sockowners *o, uint64_t sock, size_t *ret)
{
	size_t lo = 0, hi = o->n, n = 0;

	while (lo < hi) {
		const size_t mid = lo + (hi - lo) / 2;

		if (o->v[mid].sock < sock)
			lo = mid + 1;
		else
			hi = mid;
	}
	while (lo + n < o->n && o->v[lo + n].sock == sock)
		n++;
	*ret = n;
	return n ? &o->v[lo] : NULL;
}
