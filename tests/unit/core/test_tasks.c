// SPDX-License-Identifier: GPL-2.0-or-later
/* Rings, maple trees, paths, mounts, the kernel's configuration out of a made kernel's memory; words for bits. */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "core/files.h"
#include "core/maple.h"
#include "core/mm.h"
#include "core/sysinfo.h"
#include "core/taskinfo.h"
#include "core/taskmore.h"
#include "fake.h"
#include "format/elfcore.h"
#include "fakebtf.h"

enum { ARANGE = 3, RANGE = 2, LEAF = 1, ROOM_PAGES = 4 };
#define ROOM 0xffff888000d00000u
#define CONFIG (ROOM + 0x3000)

/* Offsets of these structs: of the made kernel, as the functions below write them. */
enum { D_PARENT = 16, D_NAME = 24, D_INODE = 40, D_SB = 48, D_OP = 56, D_PPREV = 64, M_PARENT = 0, M_POINT = 8, M_MNT = 16, M_LIST = 48,
       M_DEVNAME = 64, MNT_ROOT = 0, MNT_SB = 8, MNT_FLAGS = 16 };

static void types(struct fake *f, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	uint32_t qstr, vfsmount;

	(void)f;
	STRUCT("maple_tree", 16, {"ma_flags", u32, 0}, {"ma_root", ptr, 8});
	STRUCT("maple_range_64", 256, {"parent", ptr, 0}, {"pivot", kd_btfw_array(w, ulong, 0, 15), 8}, {"slot", kd_btfw_array(w, ptr, 0, 16), 128});
	STRUCT("maple_arange_64", 256, {"parent", ptr, 0}, {"pivot", kd_btfw_array(w, ulong, 0, 9), 8}, {"slot", kd_btfw_array(w, ptr, 0, 10), 80});
	kd_btfw_enum(w, KD_V("maple_type"), 4, false);
	kd_btfw_enumerator(w, KD_V("maple_leaf_64"), LEAF);
	kd_btfw_enumerator(w, KD_V("maple_range_64"), RANGE);
	kd_btfw_enumerator(w, KD_V("maple_arange_64"), ARANGE);
	qstr = STRUCT("qstr", 16, {"len", u32, 4}, {"name", ptr, 8});
	STRUCT("dentry", 72, {"d_parent", ptr, D_PARENT}, {"d_name", qstr, D_NAME}, {"d_inode", ptr, D_INODE}, {"d_sb", ptr, D_SB},
	       {"d_op", ptr, D_OP}, {"d_hash", STRUCT("hlist_bl_node", 16, {"next", ptr, 0}, {"pprev", ptr, 8}), D_PPREV - 8});
	STRUCT("dentry_operations", 8, {"d_dname", ptr, 0});
	STRUCT("inode", 16, {"i_ino", ulong, 0});
	STRUCT("super_block", 32, {"s_type", ptr, 0}, {"s_dev", u32, 8}, {"s_flags", ulong, 16});
	STRUCT("file_system_type", 8, {"name", ptr, 0});
	vfsmount = STRUCT("vfsmount", 32, {"mnt_root", ptr, MNT_ROOT}, {"mnt_sb", ptr, MNT_SB}, {"mnt_flags", u32, MNT_FLAGS});
	STRUCT("mount", 80, {"mnt_parent", ptr, M_PARENT}, {"mnt_mountpoint", ptr, M_POINT}, {"mnt", vfsmount, M_MNT}, {"mnt_list", listhead, M_LIST},
	       {"mnt_devname", ptr, M_DEVNAME});
	STRUCT("mnt_namespace", 16, {"list", listhead, 0});
}

static void symbols(struct fake *f, void (*add)(void *to, const char *name, uint64_t addr), void *to)
{
	(void)f;
	(void)add;
	(void)to;
}

static void begin(struct fake *f)
{
	static const struct fake_more more = {.types = types, .symbols = symbols};

	fake_init_more(f, &fake_61, &more, NULL);
	fake_map(f, ROOM, ROOM_PAGES);
}

static void opened(struct fake *f)
{
	struct kd_error *err = fake_open(f);

	if (err)
		fail_msg("%s", err->msg);
}

static void put_text(struct fake *f, uint64_t at, const char *text)
{
	for (size_t i = 0; i <= strlen(text); i++)
		fake_put(f, at + i, (unsigned char)text[i], 1);
}

/* --- maple trees --------------------------------------------------------------------------------------- */

struct seen {
	struct kd_maple_entry e[32];
	size_t n;
};

static bool see(void *user, const struct kd_maple_entry *e)
{
	struct seen *s = user;

	assert_true(s->n < KD_ARRAY_LEN(s->e));
	s->e[s->n++] = *e;
	return true;
}

#define TREE ROOM
#define NODE(i) (ROOM + 0x100 * ((uint64_t)(i) + 1))

static uint64_t node_of(unsigned i, unsigned type)
{
	return NODE(i) | type << 3 | 4;
}

/* A root with two leaves: 0…0xfff nothing, 0x1000…0x1fff, 0x2000…0x2fff reserved, 0x3000…0x3fff; 0x4000…max nothing. */
static void put_tree(struct fake *f, unsigned root_type)
{
	const uint64_t slot = root_type == ARANGE ? 80 : 128;

	fake_put(f, TREE + 8, node_of(0, root_type) | 2, 8);
	fake_put(f, NODE(0), TREE | 1, 8);
	fake_put(f, NODE(0) + 8, 0x1fff, 8);
	fake_put(f, NODE(0) + slot, node_of(1, LEAF), 8);
	fake_put(f, NODE(0) + slot + 8, node_of(2, LEAF), 8);
	fake_put(f, NODE(1), NODE(0) | 6, 8);
	fake_put(f, NODE(1) + 8, 0xfff, 8);
	fake_put(f, NODE(1) + 16, 0x1fff, 8);
	fake_put(f, NODE(1) + 128 + 8, 0xffff888000aaa000, 8);
	fake_put(f, NODE(2), NODE(0) | 0xe, 8);
	fake_put(f, NODE(2) + 8, 0x2fff, 8);
	fake_put(f, NODE(2) + 16, 0x3fff, 8);
	fake_put(f, NODE(2) + 128, 257 << 2 | 2, 8); /* XA_ZERO_ENTRY */
	fake_put(f, NODE(2) + 128 + 8, 0xffff888000bbb000, 8);
}

static void walk_tree(void (*change)(struct fake *f), unsigned root_type, size_t want, const char *words)
{
	char why[KD_WALK_WHY];
	struct seen s = {.n = 0};
	struct fake f;

	begin(&f);
	put_tree(&f, root_type);
	if (change)
		change(&f);
	opened(&f);
	kd_maple_walk(f.kernel, TREE, see, &s, why);
	if (!strstr(why, words) || (!*words && *why))
		fail_msg("\"%s\" is not in \"%s\"", words, why);
	assert_int_equal(s.n, want);
	if (want == 2) {
		assert_int_equal(s.e[0].first, 0x1000);
		assert_int_equal(s.e[0].last, 0x1fff);
		assert_int_equal(s.e[0].value, 0xffff888000aaa000);
		assert_int_equal(s.e[1].first, 0x3000);
		assert_int_equal(s.e[1].last, 0x3fff);
	}
	fake_deinit(&f);
}

static void empty_tree(struct fake *f)
{
	fake_put(f, TREE + 8, 0, 8);
}

static void one_entry(struct fake *f)
{
	fake_put(f, TREE + 8, 0xffff888000ccc000, 8);
}

static void wrong_parent(struct fake *f)
{
	fake_put(f, NODE(2), NODE(1) | 6, 8);
}

static void dead_node(struct fake *f)
{
	fake_put(f, NODE(2), NODE(2), 8);
}

static void falling_pivots(struct fake *f)
{
	fake_put(f, NODE(2) + 8, 0x1000, 8);
}

static void unknown_type(struct fake *f)
{
	fake_put(f, NODE(0) + 80 + 8, node_of(2, 9), 8);
}

static void nowhere(struct fake *f)
{
	fake_put(f, NODE(0) + 80 + 8, 0xffff900000000000 | LEAF << 3 | 4, 8);
}

static void not_a_node(struct fake *f)
{
	fake_put(f, NODE(0) + 80 + 8, 0x40, 8);
}

static void in_itself(struct fake *f)
{
	fake_put(f, NODE(0) + 80 + 8, node_of(0, ARANGE), 8);
}

static void maple(void **state)
{
	(void)state;
	walk_tree(NULL, ARANGE, 2, "");
	walk_tree(NULL, RANGE, 2, "");
	walk_tree(empty_tree, ARANGE, 0, "");
	walk_tree(one_entry, ARANGE, 1, "");
	walk_tree(wrong_parent, ARANGE, 1, "does not point back");
	walk_tree(dead_node, ARANGE, 1, "does not point back");
	walk_tree(falling_pivots, ARANGE, 1, "pivots do not rise");
	walk_tree(unknown_type, ARANGE, 1, "type is not known");
	walk_tree(nowhere, ARANGE, 1, "it is not mapped");
	walk_tree(not_a_node, ARANGE, 1, "is no node");
	walk_tree(in_itself, ARANGE, 1, "does not point back");
}

/* --- paths ------------------------------------------------------------------------------------------- */

#define DENTRY(i) (ROOM + 0x100 * (uint64_t)(i))
#define NAME(i) (ROOM + 0x1000 + 0x40 * (uint64_t)(i))
#define MOUNT(i) (ROOM + 0x2000 + 0x80 * (uint64_t)(i))
#define SB (ROOM + 0x2800)
#define NS (ROOM + 0x2c00)

#define NOT_MAPPED 0xffff900000000000

static void put_dentry(struct fake *f, unsigned i, unsigned parent, const char *name)
{
	fake_put(f, DENTRY(i) + D_PARENT, DENTRY(parent), 8);
	fake_put(f, DENTRY(i) + D_NAME + 4, strlen(name), 4);
	fake_put(f, DENTRY(i) + D_NAME + 8, NAME(i), 8);
	fake_put(f, DENTRY(i) + D_SB, SB, 8);
	fake_put(f, DENTRY(i) + D_PPREV, 1, 8);
	put_text(f, NAME(i), name);
}

static void put_mount(struct fake *f, unsigned i, unsigned parent, unsigned point, unsigned root, uint64_t flags)
{
	fake_put(f, MOUNT(i) + M_PARENT, MOUNT(parent), 8);
	fake_put(f, MOUNT(i) + M_POINT, DENTRY(point), 8);
	fake_put(f, MOUNT(i) + M_MNT + MNT_ROOT, DENTRY(root), 8);
	fake_put(f, MOUNT(i) + M_MNT + MNT_SB, SB, 8);
	fake_put(f, MOUNT(i) + M_MNT + MNT_FLAGS, flags, 4);
	fake_put(f, MOUNT(i) + M_DEVNAME, SB + 0x60, 8);
}

/* "/" (0) has var (1); log (2, 3 is the root of what is mounted there) has messages (4). 5 is a pipe. */
static void put_files(struct fake *f)
{
	put_dentry(f, 0, 0, "/");
	put_dentry(f, 1, 0, "var");
	put_dentry(f, 2, 1, "log");
	put_dentry(f, 3, 3, "/");
	put_dentry(f, 4, 3, "messages");
	put_dentry(f, 5, 5, "");
	put_mount(f, 0, 0, 0, 0, 0x20);
	put_mount(f, 1, 0, 2, 3, 0x41);
	fake_put(f, SB, SB + 0x40, 8);
	fake_put(f, SB + 8, 8 << 20 | 1, 4);
	fake_put(f, SB + 0x40, SB + 0x50, 8);
	put_text(f, SB + 0x50, "pipefs");
	put_text(f, SB + 0x60, "/dev/sda1");
	fake_put(f, DENTRY(5) + D_OP, SB + 0x80, 8);
	fake_put(f, SB + 0x80, 1, 8);
	fake_put(f, DENTRY(5) + D_INODE, SB + 0x90, 8);
	fake_put(f, SB + 0x90, 4711, 8);
	fake_put(f, NS, MOUNT(0) + M_LIST, 8);
	fake_put(f, NS + 8, MOUNT(1) + M_LIST, 8);
	fake_put(f, MOUNT(0) + M_LIST, MOUNT(1) + M_LIST, 8);
	fake_put(f, MOUNT(0) + M_LIST + 8, NS, 8);
	fake_put(f, MOUNT(1) + M_LIST, NS, 8);
	fake_put(f, MOUNT(1) + M_LIST + 8, MOUNT(0) + M_LIST, 8);
}

static void is_path(struct fake *f, unsigned mount, unsigned dentry, const char *want, const char *why)
{
	struct kd_path *p = kd_xmalloc(sizeof(*p));

	kd_path_of(f->kernel, MOUNT(mount) + M_MNT, DENTRY(dentry), p);
	assert_string_equal(p->text, want);
	if (why) {
		assert_non_null(p->why);
		assert_string_equal(p->why, why);
	} else {
		assert_null(p->why);
	}
	kd_free(p);
}

static void paths(void **state)
{
	struct fake f;

	(void)state;
	begin(&f);
	put_files(&f);
	opened(&f);
	is_path(&f, 0, 0, "/", NULL);
	is_path(&f, 0, 2, "/var/log", NULL);
	is_path(&f, 1, 3, "/var/log", NULL);
	is_path(&f, 1, 4, "/var/log/messages", NULL);
	is_path(&f, 0, 5, "pipe:[4711]", NULL);
	is_path(&f, 0, 4, ".../messages", "it is not below the root of its mount");
	fake_deinit(&f);
	/* the root of a mount need not be in the dump (makedumpfile 1.7.2 leaves pages of slabs out of 6.12 and later) */
	begin(&f);
	put_files(&f);
	fake_put(&f, MOUNT(1) + M_MNT + MNT_ROOT, NOT_MAPPED, 8);
	opened(&f);
	{
		struct kd_path *p = kd_xmalloc(sizeof(*p));

		kd_path_of(f.kernel, MOUNT(1) + M_MNT, NOT_MAPPED, p);
		assert_string_equal(p->text, "/var/log");
		assert_null(p->why);
		kd_free(p);
	}
	fake_deinit(&f);
	begin(&f);
	put_files(&f);
	fake_put(&f, DENTRY(4) + D_PPREV, 0, 8);
	fake_put(&f, DENTRY(1) + D_PARENT, DENTRY(2), 8); /* var is in log, which is in var */
	opened(&f);
	is_path(&f, 0, 0, "/", NULL);
	{
		struct kd_path *p = kd_xmalloc(sizeof(*p));

		kd_path_of(f.kernel, MOUNT(0) + M_MNT, DENTRY(2), p);
		assert_non_null(p->why);
		kd_path_of(f.kernel, MOUNT(1) + M_MNT, DENTRY(4), p);
		assert_true(p->deleted);
		assert_non_null(strstr(p->text, "/messages (deleted)"));
		kd_path_of(f.kernel, MOUNT(1) + M_MNT, 0, p);
		assert_string_equal(p->why, "there is none");
		kd_free(p);
	}
	fake_deinit(&f);
}

struct mounted {
	struct kd_mount v[4];
	size_t n;
};

static bool see_mount(void *user, const struct kd_mount *m)
{
	struct mounted *x = user;

	assert_true(x->n < KD_ARRAY_LEN(x->v));
	x->v[x->n++] = *m;
	return true;
}

static void mounts(void **state)
{
	char options[KD_MOUNT_OPTIONS], why[KD_WALK_WHY];
	struct kd_path *p = kd_xmalloc(sizeof(*p));
	struct mounted x = {.n = 0};
	struct fake f;

	(void)state;
	begin(&f);
	put_files(&f);
	opened(&f);
	assert_true(kd_mounts_walk(f.kernel, NS, see_mount, &x, why));
	assert_string_equal(why, "");
	assert_int_equal(x.n, 2);
	kd_mount_options(&x.v[0], options);
	assert_string_equal(options, "rw,relatime");
	kd_mount_options(&x.v[1], options);
	assert_string_equal(options, "ro,nosuid");
	assert_string_equal(x.v[1].type, "pipefs");
	assert_string_equal(x.v[1].source, "/dev/sda1");
	assert_int_equal(x.v[1].dev.v >> 20, 8);
	assert_string_equal(x.v[1].id.why, "this kernel has no such member");
	kd_mount_path(f.kernel, &x.v[1], p);
	assert_string_equal(p->text, "/var/log");
	kd_free(p);
	fake_deinit(&f);
	begin(&f);
	put_files(&f);
	fake_put(&f, MOUNT(1) + M_LIST + 8, MOUNT(1) + M_LIST, 8); /* the second does not point back to the first */
	opened(&f);
	x.n = 0;
	assert_true(kd_mounts_walk(f.kernel, NS, see_mount, &x, why));
	assert_non_null(strstr(why, "which points back to"));
	assert_int_equal(x.n, 1);
	fake_deinit(&f);
}

/* --- sockets ----------------------------------------------------------------------------------------- */

static void socket_types(struct fake *f, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	const uint32_t u16 = kd_btfw_int(w, KD_V("unsigned short"), 2, 0), u8 = kd_btfw_int(w, KD_V("unsigned char"), 1, 0);
	const uint32_t six = STRUCT("in6_addr", 16, {"raw", kd_btfw_array(w, u8, 0, 16), 0});
	const uint32_t sock = STRUCT("socket", 16, {"type", u16, 0}, {"sk", ptr, 8}), inode = STRUCT("inode", 16, {"i_ino", ulong, 0});

	(void)f;
	(void)listhead;
	STRUCT("socket_alloc", 32, {"socket", sock, 0}, {"vfs_inode", inode, 16});
	STRUCT("sock_common", 64, {"skc_daddr", u32, 0}, {"skc_rcv_saddr", u32, 4}, {"skc_dport", u16, 8}, {"skc_num", u16, 10}, {"skc_family", u16, 12},
	       {"skc_state", u8, 14}, {"skc_prot", ptr, 16}, {"skc_v6_daddr", six, 24}, {"skc_v6_rcv_saddr", six, 40});
	STRUCT("proto", 32, {"name", kd_btfw_array(w, u8, 0, 32), 0});
	STRUCT("unix_sock", 72, {"addr", ptr, 64});
	STRUCT("unix_address", 8, {"len", u32, 4}, {"name", kd_btfw_array(w, u8, 0, 0), 8});
}

#define SOCKET(i) (ROOM + 0x100 * (uint64_t)(i))
#define SOCK(i) (SOCKET(i) + 0x40)

static void put_socket(struct fake *f, unsigned i, uint64_t family, uint64_t type, uint64_t state)
{
	fake_put(f, SOCKET(i), type, 2);
	fake_put(f, SOCKET(i) + 8, SOCK(i), 8);
	fake_put(f, SOCK(i) + 12, family, 2);
	fake_put(f, SOCK(i) + 14, state, 1);
	fake_put(f, SOCK(i) + 16, ROOM + 0x1000, 8);
}

static void sockets(void **state)
{
	static const struct fake_more more = {.types = socket_types};
	static const char *const want[] = {
		"INET STREAM TCP 127.0.0.1:22 - 10.0.0.1:4022 ESTABLISHED", "INET6 STREAM TCP [::]:80 LISTEN",
		"INET6 DGRAM TCP [2001:0:0:0:0:0:0:1]:53", "UNIX STREAM /run/x LISTEN", "UNIX DGRAM @abstract", "family 99 RAW",
	};
	struct kd_socket s;
	struct fake f;

	(void)state;
	fake_init_more(&f, &fake_61, &more, NULL);
	fake_map(&f, ROOM, ROOM_PAGES);
	put_text(&f, ROOM + 0x1000, "TCP");
	put_socket(&f, 0, 2, 1, 1);
	fake_put(&f, SOCK(0), 0x0100000a, 4);
	fake_put(&f, SOCK(0) + 4, 0x0100007f, 4);
	fake_put(&f, SOCK(0) + 8, 0xb60f, 2); /* big-endian 4022 */
	fake_put(&f, SOCK(0) + 10, 22, 2);
	put_socket(&f, 1, 10, 1, 10);
	fake_put(&f, SOCK(1) + 10, 80, 2);
	put_socket(&f, 2, 10, 2, 7);
	fake_put(&f, SOCK(2) + 10, 53, 2);
	fake_put(&f, SOCK(2) + 40, 0x0120, 2);
	fake_put(&f, SOCK(2) + 55, 1, 1);
	put_socket(&f, 3, 1, 1, 10);
	fake_put(&f, SOCK(3) + 64, ROOM + 0x1100, 8);
	fake_put(&f, ROOM + 0x1104, 2 + 7, 4);
	put_text(&f, ROOM + 0x110a, "/run/x");
	put_socket(&f, 4, 1, 2, 7);
	fake_put(&f, SOCK(4) + 64, ROOM + 0x1200, 8);
	fake_put(&f, ROOM + 0x1204, 2 + 9, 4);
	put_text(&f, ROOM + 0x120b, "abstract");
	put_socket(&f, 5, 99, 3, 0);
	put_socket(&f, 6, 2, 1, 7);
	fake_put(&f, SOCKET(6) + 8, 0, 8);
	opened(&f);
	for (unsigned i = 0; i < KD_ARRAY_LEN(want); i++) {
		assert_true(kd_socket_read(f.kernel, SOCKET(i) + 16, &s));
		assert_string_equal(s.text, want[i]);
		assert_int_equal(s.sock, SOCK(i));
	}
	assert_true(kd_socket_read(f.kernel, SOCKET(6) + 16, &s));
	assert_string_equal(s.text, "without a protocol (released)");
	assert_false(kd_socket_read(f.kernel, 0x1000, &s));
	fake_deinit(&f);
}

/* --- words ------------------------------------------------------------------------------------------- */

/* As __task_state_index() of include/linux/sched.h has them. */
static void states(void **state)
{
	static const struct {
		uint64_t state, exit;
		char letter;
	} want[] = {
		{0, 0, 'R'}, {1, 0, 'S'}, {2, 0, 'D'}, {0x402, 0, 'I'}, {0x102, 0, 'D'}, {4, 0, 'T'}, {0x104, 0, 'T'}, {8, 0, 't'}, {0x108, 0, 't'},
		{0x80, 0x20, 'Z'}, {0x80, 0x10, 'X'}, {0x40, 0, 'P'}, {0x1000, 0, 'D'}, {0x2001, 0, 'S'}, {0x2002, 0, 'D'}, {0x200, 0, 'R'}, {0x800, 0, 'R'},
	};

	(void)state;
	for (size_t i = 0; i < KD_ARRAY_LEN(want); i++)
		if (kd_task_state_of(want[i].state, want[i].exit).letter != want[i].letter)
			fail_msg("state 0x%" PRIx64 " exit 0x%" PRIx64 ": '%c'", want[i].state, want[i].exit,
				 kd_task_state_of(want[i].state, want[i].exit).letter);
	assert_true(kd_task_state_of(0x102, 0).killable);
	assert_false(kd_task_state_of(2, 0).killable);
	assert_true(kd_task_state_of(0x800, 0).is_new);
	assert_string_equal(kd_task_state_crash('D'), "UN");
	assert_string_equal(kd_task_state_words('?'), "not known");
}

static void words(void **state)
{
	char text[KD_VMA_FLAGS], little[8];

	(void)state;
	kd_task_flags(0x208040, text, sizeof(text));
	assert_string_equal(text, "FORKNOEXEC NOFREEZE KTHREAD");
	kd_task_flags(0x10000004, text, sizeof(text));
	assert_string_equal(text, "EXITING 0x10000000");
	kd_task_flags(0xffffffff, little, sizeof(little)); /* cut, and ended */
	assert_true(strlen(little) < sizeof(little));
	kd_task_signals(1ull << 8 | 1ull << 14 | 1ull << 33, text, sizeof(text));
	assert_string_equal(text, "SIGKILL SIGTERM 34");
	kd_task_signals(UINT64_MAX, little, sizeof(little));
	assert_true(strlen(little) < sizeof(little));
	kd_vma_flags(0x100173, text, sizeof(text));
	assert_string_equal(text, "rw-p growsdown account");
	kd_vma_flags(0xd, text, sizeof(text));
	assert_string_equal(text, "r-xs");
	kd_file_flags(0x8001, KD_EM_X86_64, text, sizeof(text));
	assert_string_equal(text, "O_WRONLY|O_LARGEFILE");
	kd_file_flags(0x20000, KD_EM_AARCH64, text, sizeof(text));
	assert_string_equal(text, "O_RDONLY|O_LARGEFILE");
	assert_string_equal(kd_task_policy(1), "SCHED_FIFO");
	assert_null(kd_task_policy(4));
}

/* --- configuration ----------------------------------------------------------------------------------- */

static void config_symbols(struct fake *f, void (*add)(void *to, const char *name, uint64_t addr), void *to)
{
	(void)f;
	add(to, "kernel_config_data", FAKE_IMAGE + 0x50c08);
}

/* gzip of "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_HZ=250\n" */
static const unsigned char packed[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x73, 0xf6, 0xf7, 0x73, 0xf3, 0x74, 0x8f, 0x77, 0xb4, 0xad, 0xe4, 0x52, 0x56, 0x70, 0x86,
	0x70, 0x9c, 0x14, 0x32, 0x8b, 0x15, 0xf2, 0xf2, 0x4b, 0x14, 0x8a, 0x53, 0x4b, 0xb8, 0xa0, 0x62, 0x1e, 0x51, 0xb6, 0x46, 0xa6, 0x06, 0x5c, 0x00,
	0xd3, 0x4d, 0xa1, 0x9d, 0x2f, 0x00, 0x00, 0x00,
};

static void config_of(const char *start, size_t n, const char *end, const char *want, const char *words)
{
	static const struct fake_more more = {.symbols = config_symbols};
	const uint64_t at = FAKE_IMAGE + 0x50c08;
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(1 << 20);
	struct kd_error *err;
	struct fake f;

	fake_init_more(&f, &fake_61, &more, NULL);
	put_text(&f, at - 8, start);
	for (size_t i = 0; i < n; i++)
		fake_put(&f, at + i, packed[i], 1);
	put_text(&f, at + n, end);
	opened(&f);
	err = kd_sys_config(f.kernel, &text);
	if (want) {
		assert_null(err);
		assert_string_equal(text.p, want);
	} else {
		assert_non_null(err);
		assert_int_equal(err->cls, KD_BADDATA);
		assert_non_null(strstr(err->msg, words));
	}
	kd_error_free(err);
	fake_deinit(&f);
}

static void config(void **state)
{
	kd_auto(kd_buf_deinit) struct kd_buf text = KD_BUF_INIT(1 << 20);
	struct kd_error *err;
	struct fake f;

	(void)state;
	config_of("IKCFG_ST", sizeof(packed), "IKCFG_ED", "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_HZ=250\n", NULL);
	config_of("IKCFG_ST", sizeof(packed) - 9, "IKCFG_ED", NULL, "cannot be unpacked");
	config_of("IKCFG_XX", sizeof(packed), "IKCFG_ED", NULL, "not between its marks");
	config_of("IKCFG_ST", sizeof(packed), "IKCFG_XX", NULL, "not between its marks");
	fake_init(&f, &fake_61);
	opened(&f);
	err = kd_sys_config(f.kernel, &text);
	assert_non_null(err);
	assert_int_equal(err->cls, KD_NOTFOUND);
	kd_error_free(err);
	fake_deinit(&f);
}

/* --- tasks of the made kernel -------------------------------------------------------------------------- */

static void infos(void **state)
{
	struct kd_taskinfos all;
	struct kd_error *err;
	struct fake f;

	(void)state;
	begin(&f);
	opened(&f);
	err = kd_taskinfos_read(f.kernel, &f.arena, &all);
	assert_null(err);
	assert_int_equal(all.n, FAKE_TASKS);
	assert_string_equal(all.why, "");
	assert_string_equal(all.v[1].t.comm, "task-1");
	assert_null(all.v[1].mm.why); /* a kernel thread: it has none, and nothing resident */
	assert_null(all.v[1].rss.why);
	assert_int_equal(all.v[1].rss.v, 0);
	assert_int_equal(all.v[1].state.letter, 'R');
	assert_non_null(all.now.why); /* there are no run queues: not known, not zero */
	assert_non_null(all.v[1].ppid_why); /* its struct has none of these: not known, not zero */
	assert_non_null(all.v[1].flags.why);
	assert_non_null(all.v[1].arrived.why);
	fake_deinit(&f);
}

/* What is behind a break is found from the list's other end. */
static void from_behind(void **state)
{
	struct kd_taskinfos all;
	struct kd_error *err;
	struct fake f;
	enum { TASKS = 32 };

	(void)state;
	begin(&f);
	fake_put(&f, fake_task(0) + TASKS + 8, fake_task(2) + TASKS, 8);
	fake_put(&f, fake_task(2) + TASKS + 8, fake_task(1) + TASKS, 8);
	fake_put(&f, fake_task(1) + TASKS + 8, fake_task(0) + TASKS, 8);
	fake_put(&f, fake_task(0) + TASKS, 0xffff900000000000, 8); /* the first one leads to nowhere */
	opened(&f);
	err = kd_taskinfos_read(f.kernel, &f.arena, &all);
	assert_null(err);
	assert_int_equal(all.n, FAKE_TASKS);
	assert_non_null(strstr(all.why, "it is not mapped"));
	fake_deinit(&f);
}

/* A list in which the first task leads to itself: each is there, once. */
static void in_a_circle(void **state)
{
	struct kd_taskinfos all;
	struct kd_error *err;
	struct fake f;

	(void)state;
	begin(&f);
	fake_put(&f, fake_task(1) + 32, fake_task(1) + 32, 8);
	opened(&f);
	err = kd_taskinfos_read(f.kernel, &f.arena, &all);
	assert_null(err);
	assert_int_equal(all.n, FAKE_TASKS);
	assert_string_equal(all.why, "the list of tasks does not end");
	for (size_t i = 0; i < all.n; i++)
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(all.v[i].t.addr, all.v[j].t.addr);
	fake_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(maple), cmocka_unit_test(paths), cmocka_unit_test(mounts), cmocka_unit_test(sockets), cmocka_unit_test(states),
		cmocka_unit_test(words), cmocka_unit_test(config), cmocka_unit_test(infos), cmocka_unit_test(from_behind), cmocka_unit_test(in_a_circle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
