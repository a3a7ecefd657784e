// SPDX-License-Identifier: GPL-2.0-or-later
#include "faketasks.h"

#include <stdio.h>
#include <string.h>

#include "symbol/btfwrite.h"
#include "fakebtf.h"

#define ROOM 0xffff888000d00000u /* four pages */
#define VARS (FAKE_IMAGE + 0x50d00)
#define CONFIG (FAKE_IMAGE + 0x50e08)
enum { RUNQUEUES = 0x200, PAGES = 4, LEAF = 1, RANGE = 2, ARANGE = 3, MAGIC = 0x57ac6e9d };

/* Offsets, the same in the types below and in memory. */
enum { T_STATE = 0x100, T_EXIT = 0x104, T_FLAGS = 0x108, T_CPU = 0x10c, T_MM = 0x110, T_PARENT = 0x118, T_FILES = 0x120, T_FS = 0x128, T_NS = 0x130,
       T_CRED = 0x138, T_SE = 0x140, T_INFO = 0x148, T_POLICY = 0x158, T_PRIO = 0x15c, T_UTIME = 0x160, T_STIME = 0x168, T_THREAD_INFO = 0x170,
       T_SIZE = 0x180, MM_TREE = 0, MM_TOTAL = 16, MM_COUNT = 24, MM_RSS = 32, MM_PGD = 64, MM_STACK = 72, MM_START_BRK = 80, MM_BRK = 88,
       D_PARENT = 16, D_NAME = 24, D_INODE = 40, D_SB = 48, D_OP = 56, D_PPREV = 64 };

/* --- types ------------------------------------------------------------------------------------------- */

static void file_types(struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	const uint32_t u16 = kd_btfw_int(w, KD_V("unsigned short"), 2, 0), s64 = kd_btfw_int(w, KD_V("long long int"), 8, 1);
	const uint32_t path = STRUCT("path", 16, {"mnt", ptr, 0}, {"dentry", ptr, 8});
	const uint32_t qstr = STRUCT("qstr", 16, {"len", u32, 4}, {"name", ptr, 8});
	uint32_t hash, mnt, ns;

	hash = STRUCT("hlist_bl_node", 16, {"next", ptr, 0}, {"pprev", ptr, 8});
	STRUCT("dentry", 72, {"d_parent", ptr, D_PARENT}, {"d_name", qstr, D_NAME}, {"d_inode", ptr, D_INODE}, {"d_sb", ptr, D_SB},
	       {"d_op", ptr, D_OP}, {"d_hash", hash, D_PPREV - 8});
	STRUCT("dentry_operations", 8, {"d_dname", ptr, 0});
	STRUCT("inode", 16, {"i_ino", ulong, 0}, {"i_mode", u16, 8});
	STRUCT("super_block", 32, {"s_type", ptr, 0}, {"s_dev", u32, 8}, {"s_flags", ulong, 16});
	STRUCT("file_system_type", 8, {"name", ptr, 0});
	mnt = STRUCT("vfsmount", 32, {"mnt_root", ptr, 0}, {"mnt_sb", ptr, 8}, {"mnt_flags", u32, 16});
	STRUCT("mount", 80, {"mnt_parent", ptr, 0}, {"mnt_mountpoint", ptr, 8}, {"mnt", mnt, 16}, {"mnt_list", listhead, 48}, {"mnt_devname", ptr, 64});
	ns = STRUCT("ns_common", 4, {"inum", u32, 0});
	STRUCT("mnt_namespace", 24, {"list", listhead, 0}, {"ns", ns, 16});
	STRUCT("nsproxy", 8, {"mnt_ns", ptr, 0});
	STRUCT("fs_struct", 32, {"root", path, 0}, {"pwd", path, 16});
	STRUCT("file", 40, {"f_path", path, 0}, {"f_inode", ptr, 16}, {"f_flags", u32, 24}, {"f_pos", s64, 32});
	STRUCT("files_struct", 8, {"fdt", ptr, 0});
	STRUCT("fdtable", 24, {"max_fds", u32, 0}, {"fd", ptr, 8}, {"open_fds", ptr, 16});
}

static void mm_types(struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong)
{
	const uint32_t tree = STRUCT("maple_tree", 16, {"ma_flags", u32, 0}, {"ma_root", ptr, 8});
	const uint32_t count = STRUCT("atomic64_t", 8, {"counter", ulong, 0});
	const uint32_t rss = STRUCT("mm_rss_stat", 32, {"count", kd_btfw_array(w, count, 0, 4), 0});

	STRUCT("maple_range_64", 256, {"parent", ptr, 0}, {"pivot", kd_btfw_array(w, ulong, 0, 15), 8}, {"slot", kd_btfw_array(w, ptr, 0, 16), 128});
	STRUCT("maple_arange_64", 256, {"parent", ptr, 0}, {"pivot", kd_btfw_array(w, ulong, 0, 9), 8}, {"slot", kd_btfw_array(w, ptr, 0, 10), 80});
	kd_btfw_enum(w, KD_V("maple_type"), 4, false);
	kd_btfw_enumerator(w, KD_V("maple_leaf_64"), LEAF);
	kd_btfw_enumerator(w, KD_V("maple_range_64"), RANGE);
	kd_btfw_enumerator(w, KD_V("maple_arange_64"), ARANGE);
	STRUCT("mm_struct", 96, {"mm_mt", tree, MM_TREE}, {"total_vm", ulong, MM_TOTAL}, {"map_count", u32, MM_COUNT}, {"rss_stat", rss, MM_RSS},
	       {"pgd", ptr, MM_PGD}, {"start_stack", ulong, MM_STACK}, {"start_brk", ulong, MM_START_BRK}, {"brk", ulong, MM_BRK});
	STRUCT("vm_area_struct", 40, {"vm_start", ulong, 0}, {"vm_end", ulong, 8}, {"vm_flags", ulong, 16}, {"vm_file", ptr, 24}, {"vm_pgoff", ulong, 32});
}

static void types(struct fake *f, struct kd_btfw *w, uint32_t ptr, uint32_t u32, uint32_t ulong, uint32_t listhead)
{
	const uint32_t comm = kd_btfw_array(w, kd_btfw_int(w, KD_V("char"), 1, 2), 0, 16);
	const uint32_t s32 = kd_btfw_int(w, KD_V("int"), 4, 1), id = STRUCT("kuid_t", 4, {"val", u32, 0});
	const uint32_t se = STRUCT("sched_entity", 8, {"exec_start", ulong, 0}), thread = STRUCT("thread_struct", 8, {"sp", ulong, 0});
	const uint32_t info = STRUCT("sched_info", 16, {"last_arrival", ulong, 0}, {"last_queued", ulong, 8});
	const uint32_t ti = STRUCT("thread_info", 8, {"flags", ulong, 0});

	(void)f;
	STRUCT("task_struct", T_SIZE, {"pid", u32, 0}, {"tgid", u32, 4}, {"comm", comm, 8}, {"stack", ptr, 24}, {"tasks", listhead, 32},
	       {"thread_node", listhead, 48}, {"signal", ptr, 64}, {"thread", thread, 80}, {"__state", u32, T_STATE}, {"exit_state", u32, T_EXIT},
	       {"flags", u32, T_FLAGS}, {"cpu", u32, T_CPU}, {"mm", ptr, T_MM}, {"real_parent", ptr, T_PARENT}, {"files", ptr, T_FILES},
	       {"fs", ptr, T_FS}, {"nsproxy", ptr, T_NS}, {"cred", ptr, T_CRED}, {"se", se, T_SE}, {"sched_info", info, T_INFO},
	       {"policy", u32, T_POLICY}, {"prio", s32, T_PRIO}, {"utime", ulong, T_UTIME}, {"stime", ulong, T_STIME},
	       {"thread_info", ti, T_THREAD_INFO});
	STRUCT("cred", 16, {"uid", id, 0}, {"gid", id, 4}, {"euid", id, 8}, {"egid", id, 12});
	STRUCT("rq", 24, {"curr", ptr, 0}, {"idle", ptr, 8}, {"clock", ulong, 16});
	mm_types(w, ptr, u32, ulong);
	file_types(w, ptr, u32, ulong, listhead);
}

/* --- memory ------------------------------------------------------------------------------------------ */

enum { TAINTED = 0, AVENRUN = 8, CMDLINE = 32, TOTALRAM = 40, KHZ = 48, ONLINE = 56, PRESENT = 64 };

static void symbols(struct fake *f, void (*add)(void *to, const char *name, uint64_t addr), void *to)
{
	add(to, "runqueues", fake_percpu(f) + RUNQUEUES);
	add(to, "tainted_mask", VARS + TAINTED);
	add(to, "avenrun", VARS + AVENRUN);
	add(to, "saved_command_line", VARS + CMDLINE);
	add(to, "_totalram_pages", VARS + TOTALRAM);
	add(to, "cpu_khz", VARS + KHZ);
	add(to, "__cpu_online_mask", VARS + ONLINE);
	add(to, "__cpu_present_mask", VARS + PRESENT);
	add(to, "kernel_config_data", CONFIG);
}

static void put_text(struct fake *f, uint64_t at, const char *text)
{
	for (size_t i = 0; i <= strlen(text); i++)
		fake_put(f, at + i, (unsigned char)text[i], 1);
}

#define MM ROOM
#define VMA(i) (ROOM + 0x200 + 0x40 * (uint64_t)(i))
#define NODE (ROOM + 0x400)
#define DENTRY(i) (ROOM + 0x1000 + 0x80 * (uint64_t)(i))
#define NAME(i) (ROOM + 0x1800 + 0x20 * (uint64_t)(i))
#define INODE(i) (ROOM + 0x1c00 + 0x20 * (uint64_t)(i))
#define MOUNT (ROOM + 0x2000)
#define SB (ROOM + 0x2100)
#define NS (ROOM + 0x2200)
#define FILES FAKETASKS_FILES
#define FILE_AT(i) (ROOM + 0x2400 + 0x40 * (uint64_t)(i))
#define FS (ROOM + 0x2600)
#define CRED (ROOM + 0x2680)
#define LINE (ROOM + 0x2700)

static void put_dentry(struct fake *f, unsigned i, unsigned parent, const char *name, uint64_t mode)
{
	fake_put(f, DENTRY(i) + D_PARENT, DENTRY(parent), 8);
	fake_put(f, DENTRY(i) + D_NAME + 4, strlen(name), 4);
	fake_put(f, DENTRY(i) + D_NAME + 8, NAME(i), 8);
	fake_put(f, DENTRY(i) + D_INODE, INODE(i), 8);
	fake_put(f, DENTRY(i) + D_SB, SB, 8);
	fake_put(f, DENTRY(i) + D_PPREV, 1, 8);
	fake_put(f, INODE(i), 40 + i, 8);
	fake_put(f, INODE(i) + 8, mode, 2);
	put_text(f, NAME(i), name);
}

static void put_file(struct fake *f, unsigned i, unsigned dentry, uint64_t flags, uint64_t pos)
{
	fake_put(f, FILE_AT(i), MOUNT + 16, 8);
	fake_put(f, FILE_AT(i) + 8, DENTRY(dentry), 8);
	fake_put(f, FILE_AT(i) + 16, INODE(dentry), 8);
	fake_put(f, FILE_AT(i) + 24, flags, 4);
	fake_put(f, FILE_AT(i) + 32, pos, 8);
}

/* "/" (0), /bin (1), /bin/sh (2), /tmp-file (3), which was removed. Descriptors 0: /bin/sh, 2: the removed one. */
static void put_files(struct fake *f)
{
	put_dentry(f, 0, 0, "/", 0x41ed);
	put_dentry(f, 1, 0, "bin", 0x41ed);
	put_dentry(f, 2, 1, "sh", 0x81ed);
	put_dentry(f, 3, 0, "tmp-file", 0x81a4);
	fake_put(f, DENTRY(3) + D_PPREV, 0, 8);
	put_file(f, 0, 2, 0x8000, 512);
	put_file(f, 1, 3, 0x8402, 0);
	fake_put(f, FILES, FILES + 0x10, 8);
	fake_put(f, FILES + 0x10, 64, 4);
	fake_put(f, FILES + 0x18, FILES + 0x40, 8);
	fake_put(f, FILES + 0x20, FILES + 0x30, 8);
	fake_put(f, FILES + 0x30, 5, 8);
	fake_put(f, FILES + 0x40, FILE_AT(0), 8);
	fake_put(f, FILES + 0x50, FILE_AT(1), 8);
	fake_put(f, FS, MOUNT + 16, 8);
	fake_put(f, FS + 8, DENTRY(0), 8);
	fake_put(f, FS + 16, MOUNT + 16, 8);
	fake_put(f, FS + 24, DENTRY(1), 8);
}

static void put_mount(struct fake *f)
{
	fake_put(f, MOUNT, MOUNT, 8);
	fake_put(f, MOUNT + 8, DENTRY(0), 8);
	fake_put(f, MOUNT + 16, DENTRY(0), 8);
	fake_put(f, MOUNT + 24, SB, 8);
	fake_put(f, MOUNT + 32, 0x22, 4);
	fake_put(f, MOUNT + 48, NS + 0x10, 8);
	fake_put(f, MOUNT + 56, NS + 0x10, 8);
	fake_put(f, MOUNT + 64, SB + 0x60, 8);
	fake_put(f, NS, NS + 0x10, 8); /* nsproxy */
	fake_put(f, NS + 0x10, MOUNT + 48, 8);
	fake_put(f, NS + 0x18, MOUNT + 48, 8);
	fake_put(f, NS + 0x20, 4026531841, 4);
	fake_put(f, SB, SB + 0x40, 8);
	fake_put(f, SB + 8, 8 << 20 | 1, 4);
	fake_put(f, SB + 0x40, SB + 0x50, 8);
	put_text(f, SB + 0x50, "ext4");
	put_text(f, SB + 0x60, "/dev/sda1");
}

static void put_vma(struct fake *f, unsigned i, uint64_t start, uint64_t end, uint64_t flags, uint64_t file)
{
	fake_put(f, VMA(i), start, 8);
	fake_put(f, VMA(i) + 8, end, 8);
	fake_put(f, VMA(i) + 16, flags, 8);
	fake_put(f, VMA(i) + 24, file, 8);
}

/* A leaf of one level: nothing, the program, its data, nothing, its stack, nothing. */
static void put_mm(struct fake *f)
{
	static const uint64_t pivots[] = {0x3fffff, 0x404fff, 0x405fff, 0x7ffffffdefff, 0x7fffffffffff};

	put_vma(f, 0, 0x400000, 0x405000, 0x75, FILE_AT(0));
	put_vma(f, 1, 0x405000, 0x406000, 0x100073, 0);
	put_vma(f, 2, 0x7ffffffdf000, 0x800000000000, 0x100173, 0);
	fake_put(f, MM + MM_TREE + 8, NODE | LEAF << 3 | 6, 8);
	fake_put(f, NODE, (MM + MM_TREE) | 1, 8);
	for (unsigned i = 0; i < 5; i++)
		fake_put(f, NODE + 8 + 8 * (uint64_t)i, pivots[i], 8);
	fake_put(f, NODE + 128 + 8, VMA(0), 8);
	fake_put(f, NODE + 128 + 16, VMA(1), 8);
	fake_put(f, NODE + 128 + 32, VMA(2), 8);
	fake_put(f, MM + MM_TOTAL, 39, 8);
	fake_put(f, MM + MM_COUNT, 4, 4); /* one more than there are */
	fake_put(f, MM + MM_RSS, 5, 8);
	fake_put(f, MM + MM_RSS + 8, 7, 8);
	fake_put(f, MM + MM_RSS + 24, UINT64_MAX, 8); /* -1: what threads counted is not in it */
	fake_put(f, MM + MM_STACK, 0x7fffffffe000, 8);
	fake_put(f, MM + MM_START_BRK, 0x405000, 8);
	fake_put(f, MM + MM_BRK, 0x405800, 8);
}

static void put_task(struct fake *f, unsigned i, uint64_t state, uint64_t flags, uint64_t cpu, uint64_t last_ran)
{
	const uint64_t t = fake_task(i);

	fake_put(f, t + T_STATE, state, 4);
	fake_put(f, t + T_FLAGS, flags, 4);
	fake_put(f, t + T_CPU, cpu, 4);
	fake_put(f, t + T_PARENT, fake_task(0), 8);
	fake_put(f, t + T_SE, last_ran, 8);
	fake_put(f, t + T_INFO, last_ran - 1000, 8);
	fake_put(f, t + T_PRIO, 120, 4);
	fake_put(f, t + T_UTIME, 1500000000, 8);
	fake_put(f, t + T_NS, NS, 8);
	fake_put(f, t + T_CRED, CRED, 8);
	fake_put(f, fake_stack(i, FAKE_STACK), MAGIC, 8);
}

/* gzip of "CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_HZ=250\n" */
static const unsigned char config[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0x73, 0xf6, 0xf7, 0x73, 0xf3, 0x74, 0x8f, 0x77, 0xb4, 0xad, 0xe4, 0x52, 0x56, 0x70, 0x86,
	0x70, 0x9c, 0x14, 0x32, 0x8b, 0x15, 0xf2, 0xf2, 0x4b, 0x14, 0x8a, 0x53, 0x4b, 0xb8, 0xa0, 0x62, 0x1e, 0x51, 0xb6, 0x46, 0xa6, 0x06, 0x5c, 0x00,
	0xd3, 0x4d, 0xa1, 0x9d, 0x2f, 0x00, 0x00, 0x00,
};

static void put_variables(struct fake *f)
{
	fake_put(f, VARS + TAINTED, 1 << 12 | 1 << 9, 8);
	fake_put(f, VARS + AVENRUN, 1377 << 11, 8);
	fake_put(f, VARS + AVENRUN + 8, 1024, 8);
	fake_put(f, VARS + CMDLINE, LINE, 8);
	put_text(f, LINE, "console=ttyS0 crashkernel=256M panic_on-oops=1");
	fake_put(f, VARS + TOTALRAM, 4096, 8);
	fake_put(f, VARS + KHZ, 2600123, 4);
	fake_put(f, VARS + ONLINE, 3, 8);
	fake_put(f, VARS + PRESENT, 3, 8);
	put_text(f, CONFIG - 8, "IKCFG_ST");
	for (size_t i = 0; i < sizeof(config); i++)
		fake_put(f, CONFIG + i, config[i], 1);
	put_text(f, CONFIG + sizeof(config), "IKCFG_ED");
	for (unsigned cpu = 0; cpu < FAKE_CPUS; cpu++) {
		const uint64_t rq = fake_area(cpu) + RUNQUEUES;

		fake_put(f, rq, fake_task(cpu), 8);
		fake_put(f, rq + 8, fake_task(0), 8);
		fake_put(f, rq + 16, 60000000000 + cpu, 8);
	}
}

static void memory(struct fake *f)
{
	fake_map(f, ROOM, PAGES);
	put_task(f, 0, 0, 0x200002, 0, 1000);
	put_task(f, 1, 0, 0x400000, 1, 59999000000);
	put_task(f, 2, 2, 0x400004, 0, 20000000000);
	put_task(f, 3, 1, 0x400000, 0, 30000000000);
	fake_put(f, fake_stack(2, FAKE_STACK), 0x4141414141414141, 8);
	put_mm(f);
	put_files(f);
	put_mount(f);
	put_variables(f);
	fake_put(f, fake_task(1) + T_MM, MM, 8);
	fake_put(f, fake_task(1) + T_FILES, FILES, 8);
	fake_put(f, fake_task(1) + T_FS, FS, 8);
	fake_put(f, CRED, 1000, 4);
	fake_put(f, CRED + 4, 100, 4);
	fake_put(f, CRED + 8, 0, 4);
}

const struct fake_more *faketasks_more(void)
{
	static const struct fake_more more = {.types = types, .symbols = symbols, .memory = memory, .own_task = true};

	return &more;
}

void faketasks_init(struct fake *f, const struct fake_kind *kind)
{
	fake_init_more(f, kind, faketasks_more(), NULL);
}
