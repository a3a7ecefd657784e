// SPDX-License-Identifier: GPL-2.0-or-later
/* UNIX sockets of a dump, and who has a socket open. */
#include <inttypes.h>

#include "base/alloc.h"
#include "verb/core_cell.h"
#include "verb/core_irq.h"
#include "verb/core_net_internal.h"

enum { CONNECTED = 1, LISTENS = 10 };

struct kd_cell kd_core_net_owner(struct nets *x, uint64_t sock)
{
	size_t n;
	const struct kd_sockowner *o = kd_sockowners_of(&x->owners, sock, &n);

	if (!o)
		return kd_cell_none(*x->owners.why ? "not found; not all open files are known" : "no process has it open");
	if (n == 1)
		return kd_cell_text(kd_sheet_text(x->s, "%d %s fd %" PRIu64, (int)o->pid, o->comm, o->fd));
	return kd_cell_text(kd_sheet_text(x->s, "%d %s fd %" PRIu64 ", %zu more", (int)o->pid, o->comm, o->fd, n - 1));
}

static struct kd_cell type_cell(struct kd_datum type)
{
	static const char *const names[] = {NULL, "STREAM", "DGRAM", NULL, NULL, "SEQPACKET"};

	if (!type.why && type.v < KD_ARRAY_LEN(names) && names[type.v])
		return kd_cell_text(kd_view_of(names[type.v]));
	return kd_core_cell(type, KD_CELL_UINT);
}

static struct kd_cell state_cell(struct kd_datum state)
{
	if (state.why)
		return kd_cell_none(state.why);
	return kd_cell_text(state.v == CONNECTED ? KD_V("CONNECTED") : state.v == LISTENS ? KD_V("LISTEN") : KD_V("UNCONNECTED"));
}

/* Where its messages go: the other end, by its owner or its name. */
static struct kd_cell peer_cell(struct kd_datum peer)
{
	struct kd_cell c = kd_core_cell(peer, KD_CELL_HEX);

	return !peer.why && !peer.v ? kd_cell_none("it has none") : c;
}

static struct kd_cell peer_is(struct nets *x, struct kd_datum peer)
{
	char path[KD_UNIX_PATH];
	struct kd_cell owner;

	if (peer.why || !peer.v)
		return kd_cell_none("it has no peer");
	kd_unix_path(x->k, peer.v, path);
	owner = kd_core_net_owner(x, peer.v);
	if (owner.kind == KD_CELL_NONE)
		return *path ? kd_cell_text(kd_sheet_text(x->s, "%s", path)) : owner;
	return *path ? kd_cell_text(kd_sheet_text(x->s, "%.*s (%s)", KD_VARG(owner.text), path)) : owner;
}

static bool row_of(void *user, uint64_t index, uint64_t sock)
{
	struct nets *x = user;
	const bool wanted = kd_table_wants(x->t);
	struct kd_cell *row = kd_table_row(x->t);
	struct kd_unix u;

	(void)index;
	if (!wanted)
		return true;
	row[10] = kd_cell_hex(sock);
	if (!kd_unix_read(x->k, sock, &u)) {
		for (size_t i = 0; i < 10; i++)
			row[i] = kd_cell_none("it is no UNIX socket, or cannot be read");
		return true;
	}
	row[0] = type_cell(u.type);
	row[1] = state_cell(u.state);
	row[2] = kd_core_cell(u.queued, KD_CELL_UINT);
	row[3] = kd_core_net_text(x->s, u.path, "it has no name");
	row[4] = kd_core_net_owner(x, sock);
	row[5] = peer_cell(u.peer);
	row[6] = peer_is(x, u.peer);
	row[7] = kd_core_cell(u.inode, KD_CELL_UINT);
	row[8] = kd_dump_member(x->d, x->s, sock, "sock", "sk_uid.val", false);
	row[9] = u.net ? kd_core_net_ns(x, u.net) : kd_cell_none("it is not known");
	return true;
}

void kd_core_net_unix(struct nets *x)
{
	static const struct kd_column columns[] = {{"type", "TYPE"}, {"state", "STATE"}, {"receive_queue", "RECV"}, {"path", "PATH"}, {"owner", "OWNER"},
						   {"peer", NULL}, {"peer_owner", "PEER"}, {"inode", "INODE"}, {"uid", "UID"}, {"net", "NET NS"}, {"sock", "SOCK"}};
	struct kd_walk_end end;

	x->t = kd_sheet_table(x->s, "unix", columns, KD_ARRAY_LEN(columns));
	kd_unix_walk(x->k, row_of, x, &end);
	kd_core_note_end(x->s, "UNIX sockets", &end);
	if (!x->t->total && !*end.why)
		kd_sheet_say(x->s, "there are no UNIX sockets");
	x->s->none = !x->t->total;
}

bool kd_core_net_unix_one(struct nets *x, uint64_t sock)
{
	struct kd_unix u;

	if (!kd_unix_read(x->k, sock, &u))
		return false;
	kd_sheet_field(x->s, "unix_type", "Kind", type_cell(u.type));
	kd_sheet_field(x->s, "path", "Path", kd_core_net_text(x->s, u.path, "it has no name"));
	kd_sheet_field(x->s, "unix_state", "State", state_cell(u.state));
	kd_sheet_field(x->s, "peer", "Peer", peer_cell(u.peer));
	kd_sheet_field(x->s, "peer_owner", "Peer's owner", peer_is(x, u.peer));
	return true;
}
