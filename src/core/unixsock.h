/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unixsock.h: the UNIX sockets of a dump, and which process has a socket open.
 *
 *	kd_unix_walk(k, see, &me, &end);                    // see(user, number, address of each struct sock)
 *	if (kd_unix_read(k, sock, &u)) … u.path, u.peer, u.type
 *
 *	struct kd_sockowners o;
 *	kd_sockowners_read(k, &o);                          // always gives something to free
 *	const struct kd_sockowner *w = kd_sockowners_of(&o, sock, &n);   // w[0 … n-1]: pid, command, number of the file
 *	kd_sockowners_deinit(&o);
 *
 * The hash table is that of each network namespace (net.unx.table, since 6.0), else unix_socket_table: 512 chains in both
 * (UNIX_HASH_SIZE of include/net/af_unix.h; 257 with those that have no name until 3.0). Each node says itself whether it belongs there.
 * A socket whose file is in flight in another socket's message, or that the kernel itself uses, has no owner.
 */
#ifndef KD_CORE_UNIXSOCK_H
#define KD_CORE_UNIXSOCK_H

#include "core/datum.h"
#include "core/tasks.h"
#include "core/walk.h"

enum { KD_UNIX_PATH = 112, KD_UNIX_MAX = 1 << 22, KD_SOCKOWNERS_MAX = 1 << 22 };

struct kd_unix {
	uint64_t addr, net;
	struct kd_datum state; /* include/net/tcp_states.h: 1 connected, 10 listens, 7 neither */
	struct kd_datum type; /* 1 stream, 2 datagrams, 5 packets in order */
	struct kd_datum peer; /* struct sock; 0: none */
	struct kd_datum queued; /* messages that nobody read yet; of one that listens: connections that nobody accepted */
	struct kd_datum inode; /* number of its inode; why: nobody has it open */
	char path[KD_UNIX_PATH]; /* "@…": an abstract one; empty: it has no name */
};

void kd_unix_walk(struct kd_kernel *k, kd_walk_visit *visit, void *user, struct kd_walk_end *end);
/* false: it is none, or cannot be read. */
bool kd_unix_read(struct kd_kernel *k, uint64_t sock, struct kd_unix *ret);
/* The name that it is bound to; empty: none, or not readable. */
void kd_unix_path(struct kd_kernel *k, uint64_t sock, char ret[KD_UNIX_PATH]);

struct kd_sockowner {
	uint64_t sock, task, fd;
	int32_t pid; /* of the process: the group's leader, or a thread that has a table of files of its own */
	char comm[KD_TASK_COMM];
};

struct kd_sockowners {
	struct kd_sockowner *v; /* by sock */
	size_t n;
	char why[KD_WALK_WHY]; /* empty, or why not all are known */
};

void kd_sockowners_read(struct kd_kernel *k, struct kd_sockowners *ret);
void kd_sockowners_deinit(struct kd_sockowners *o);
/* The first of those that have it open, how many; NULL: none. */
const struct kd_sockowner *kd_sockowners_of(const struct kd_sockowners *o, uint64_t sock, size_t *ret);

#endif
