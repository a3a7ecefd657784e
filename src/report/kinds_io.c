// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Storage, file systems, network queues, BPF schedulers, Rust: reports of a line or a few.
 *
 * Formats: fs/ext4/super.c (__ext4_error, __ext4_error_inode, __ext4_std_error), fs/jbd2/journal.c,
 * fs/xfs/xfs_error.c and xfs_fsops.c, fs/btrfs/messages.c, fs/f2fs/super.c, block/blk-mq.c
 * (blk_print_req_error; before 5.16 block/blk-core.c), fs/buffer.c (buffer_io_error),
 * drivers/scsi/scsi_logging.c (scsi_print_result, scsi_show_rq), drivers/nvme/host/core.c,
 * net/sched/sch_generic.c (dev_watchdog), kernel/sched/ext.c (scx_ops_disable_workfn),
 * rust/kernel/lib.rs (panic handler), net/sunrpc/clnt.c.
 */
#include "report/kinds_internal.h"

#include "base/alloc.h"

struct io {
	struct kd_view device;
	uint64_t errors, first, last;
	bool has_sector, hardware, readonly, shutdown, only_scsi;
	int32_t hardware_line, end_line;
};

static struct io *io(struct kd_builder *b)
{
	if (!b->mine) {
		struct io *s = kd_arena_new(b->arena, struct io);

		if (s)
			s->hardware_line = s->end_line = -1;
		b->mine = s;
	}
	return b->mine;
}

/* Errors of one device within a second are one event. */
static bool goes_on(const struct kd_builder *b, struct kd_view device)
{
	const struct kd_rline *first = &b->lines.v[0], *now = &b->lines.v[b->line];
	const struct io *s = b->mine;

	if (first->has_mono && now->has_mono && now->mono_us - first->mono_us > 1000000)
		return false;
	return !s->device.p || !device.p || kd_view_eq(s->device, device);
}

static void set_device(struct kd_builder *b, const char *sec, struct kd_view device)
{
	struct io *s = b->mine;

	if (s->device.p || !device.n || device.n > 64)
		return;
	s->device = kd_arena_view(b->arena, device);
	kd_builder_str(b, sec, "device", device);
}

static void suspect_hardware(struct kd_builder *b)
{
	struct io *s = b->mine;

	if (!s->hardware)
		s->hardware_line = b->line;
	s->hardware = true;
}

/* --- file systems ------------------------------------------------------------------------- */

/* "EXT4-fs error (device sda1): f:12: …", "XFS (dm-0): …", "BTRFS: error (device sda1 state A) in …" */
static bool fs_device(struct kd_view t, struct kd_view *device, struct kd_view *rest)
{
	struct kd_view v = kd_after(t, "(");
	size_t close = kd_view_chr(v, ')');

	if (!v.p || close == KD_NPOS)
		return false;
	*rest = kd_view_from(v, close + 1);
	v = kd_view_head(v, close);
	kd_view_skip(&v, KD_V("device "));
	*device = kd_view_head(v, kd_view_chr(v, ' '));
	kd_view_skip(rest, KD_V(":"));
	*rest = kd_view_trim(*rest);
	return device->n > 0;
}

/* "ext4_find_extent:936: inode #12: comm cp: pblk 0 bad header" → function, line, the rest. */
static void fs_place(struct kd_builder *b, struct kd_view *v)
{
	struct kd_view w = *v, func;
	uint64_t n;

	kd_view_skip(&w, KD_V("in "));
	if (!kd_view_take_until(&w, KD_V(":"), &func) || !func.n || kd_view_chr(func, ' ') != KD_NPOS ||
	    !kd_view_take_dec(&w, &n))
		return;
	kd_builder_str(b, "fs", "function", func);
	kd_builder_u64(b, "fs", "source_line", n, NULL);
	kd_builder_where(b, func);
	kd_view_skip(&w, KD_V(":"));
	*v = kd_view_trim(w);
}

static void fs_text(struct kd_builder *b, struct kd_view v)
{
	struct kd_view comm = kd_after(v, "comm "), at;
	uint64_t n;

	if (kd_num_after(v, "inode #", &n))
		kd_builder_u64(b, "fs", "inode", n, NULL);
	if (kd_hex_after(v, "block 0x", &n) || kd_num_after(v, "block ", &n))
		kd_builder_u64(b, "fs", "block", n, NULL);
	if (comm.p && kd_view_find(comm, KD_V(": ")) != KD_NPOS) {
		kd_builder_task(b, kd_view_head(comm, kd_view_find(comm, KD_V(": "))), false, 0);
		v = kd_view_from(comm, kd_view_find(comm, KD_V(": ")) + 2);
	}
	at = kd_after(v, "detected at ");
	if (!at.p)
		at = kd_after(v, "Internal error ");
	if (at.p)
		kd_builder_where(b, at);
	at = kd_after(v, "of file ");
	if (at.p && kd_num_after(v, "at line ", &n)) {
		char place[160];
		int k;

		at = kd_view_head(at, kd_view_find(at, KD_V(".  ")));
		at = kd_view_head(at, kd_view_chr(at, ' '));
		k = snprintf(place, sizeof(place), "%.*s:%llu", KD_VARG(kd_view_head(at, 120)),
			     (unsigned long long)n);
		if (k > 0)
			kd_builder_location(b, kd_view_of(place));
	}
	if (kd_num_after(v, "errno=-", &n) || kd_num_after(v, "error -", &n))
		kd_builder_i64(b, "fs", "errno", n < 4096 ? -(int64_t)n : 0, NULL);
	kd_builder_str(b, "fs", "message", v);
}

/* Lines that say what became of the file system. */
static bool fs_end(struct kd_builder *b, struct kd_view t)
{
	struct io *s = b->mine;

	if (kd_has(t, "Remounting filesystem read-only") || kd_has(t, "forced readonly")) {
		s->readonly = true;
		s->end_line = b->line;
		kd_builder_bool(b, "fs", "remounted_read_only", true);
		return true;
	}
	if (kd_has(t, "hutting down filesystem") || kd_has(t, "_do_force_shutdown") ||
	    kd_has(t, "Stopped filesystem due to reason") || kd_has(t, "Filesystem has been shut down")) {
		s->shutdown = true;
		s->end_line = b->line;
		kd_builder_bool(b, "fs", "shut_down", true);
		return true;
	}
	if (kd_has(t, "Aborting journal on device") || kd_has(t, "aborted journal")) {
		kd_builder_bool(b, "fs", "journal_aborted", true);
		return true;
	}
	return false;
}

static bool fs_hint(struct kd_view t)
{
	return kd_starts(t, "JBD2: ") || kd_has(t, "nmount and run xfs_repair") ||
	       kd_has(t, "lease unmount the filesystem") || kd_has(t, "lease umount the filesystem") ||
	       kd_has(t, "First 128 bytes of corrupted") || kd_has(t, "I/O error while writing superblock") ||
	       kd_has(t, "Delayed block allocation failed") || kd_has(t, "This should not happen!! Data will be lost");
}

/* "Aborting journal on device sdb1-8.": the device and the inode of the journal */
static struct kd_view journal_device(struct kd_view t)
{
	struct kd_view v = kd_word_after(t, "on device ");
	size_t dash;

	if (!v.p)
		v = kd_word_after(t, "superblock for ");
	if (kd_view_ends(v, KD_V(".")))
		v.n--;
	dash = kd_view_rchr(v, '-');
	return v.p ? kd_view_head(v, dash) : v;
}

bool kd_kind_fs_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), device = KD_VNULL, rest = t;
	struct io *s = io(b);
	bool fs = kd_starts(t, "EXT4-fs ") || kd_starts(t, "XFS (") || kd_starts(t, "BTRFS") ||
		  kd_starts(t, "F2FS-fs (") || kd_starts(t, "EXT3-fs") || kd_starts(t, "EXT2-fs");

	if (!s)
		return false;
	if (!fs && !fs_hint(t) && !kd_starts(t, "Aborting journal on device "))
		return false;
	if (fs)
		(void)fs_device(t, &device, &rest);
	else
		device = journal_device(t);
	if (s->errors && !goes_on(b, device))
		return false;
	set_device(b, "fs", device);
	if (!s->errors++) {
		if (fs)
			kd_builder_str(b, "fs", "filesystem", kd_view_head(t, kd_view_find(t, KD_V(" "))));
		fs_place(b, &rest);
		fs_text(b, rest);
		fs_end(b, t);
	} else if (!fs_end(b, t)) {
		kd_builder_role(b, KD_ROLE_DETAIL);
	}
	return true;
}

void kd_kind_fs_finish(struct kd_builder *b)
{
	const struct kd_fact *m = kd_builder_get(b, "fs", "message"), *f = kd_builder_get(b, "fs", "function");
	struct kd_report *r = b->r;
	const struct io *s = b->mine;
	struct kd_view dev;

	if (!s)
		return;
	dev = s->device;
	if (s->readonly || s->shutdown) {
		r->tier = r->tier < KD_TIER_HIGH ? KD_TIER_HIGH : r->tier;
		r->tier_why = s->shutdown ? KD_V("the file system was shut down")
					  : KD_V("the file system was made read-only");
	}
	if (!r->panicked) {
		r->outcome = KD_OUT_RECOVERED;
		r->outcome_why = s->shutdown	? KD_V("the file system was shut down, the kernel goes on")
				 : s->readonly ? KD_V("the file system is read-only now, the kernel goes on")
					       : KD_V("the file system may go on, and no panic line follows");
		r->outcome_line = s->end_line;
	}
	r->owner = KD_OWNER_UNKNOWN;
	r->owner_why = KD_V("a damaged disk, other writers or the file system's code: the text does not tell");
	kd_builder_title(b, "%s%s%.*s%s%.*s%s%.*s", r->kind->words, dev.n ? " on " : "", KD_VARG(dev),
			 f ? " in " : "", KD_VARG(f ? f->str : KD_VNULL), m ? ": " : "",
			 KD_VARG(m ? kd_view_head(m->str, 100) : KD_VNULL));
}

/* --- block devices --------------------------------------------------------------------------- */

/* "[blk_update_request: ]critical medium error, dev sda, sector 12 op 0x0:(READ) flags 0x80700 …" */
static bool blk_line(struct kd_builder *b, struct kd_view t)
{
	struct io *s = b->mine;
	struct kd_view what = t, dev = kd_word_after(t, " error, dev "), op = kd_after(t, ":(");
	size_t at = kd_view_find(t, KD_V(" error, dev "));
	uint64_t n;

	if (!dev.p || !kd_num_after(t, ", sector ", &n) || !goes_on(b, dev))
		return false;
	what = kd_view_head(t, at);
	if (kd_view_find(what, KD_V(": ")) != KD_NPOS)
		what = kd_view_from(what, kd_view_find(what, KD_V(": ")) + 2);
	set_device(b, "block", dev);
	s->only_scsi = false;
	if (kd_has(what, "critical medium"))
		suspect_hardware(b);
	if (!s->has_sector) {
		kd_builder_str(b, "block", "error", what);
		kd_builder_u64(b, "block", "sector", n, NULL);
		if (op.p)
			kd_builder_str(b, "block", "operation", kd_view_head(op, kd_view_chr(op, ')')));
		s->first = n;
	}
	s->has_sector = true;
	s->last = n;
	s->errors++;
	return true;
}

/* "Buffer I/O error on dev sda1, logical block 0, async page read" */
static bool buffer_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_view v = kd_after(t, "Buffer I/O error on dev"), dev, how;
	uint64_t n;

	if (!v.p)
		return false;
	kd_view_skip(&v, KD_V("ice"));
	if (!kd_view_take_word(&v, &dev))
		return false;
	if (kd_view_ends(dev, KD_V(",")))
		dev.n--;
	/* "sda1" goes on with an error of "sda" */
	if (io(b)->device.p && !kd_view_starts(dev, io(b)->device) && !kd_view_starts(io(b)->device, dev))
		return false;
	set_device(b, "block", dev);
	io(b)->errors++;
	if (kd_builder_get(b, "block", "logical_block")) {
		kd_builder_role(b, KD_ROLE_DETAIL);
		return true;
	}
	if (kd_num_after(v, "logical block ", &n))
		kd_builder_u64(b, "block", "logical_block", n, NULL);
	how = kd_after(kd_after(v, "logical block "), ", ");
	if (how.p)
		kd_builder_str(b, "block", "lost", how);
	return true;
}

/* "sd 0:0:0:0: [sda] tag#0 FAILED Result: hostbyte=DID_OK …", "Sense Key : Medium Error [current]" */
static bool scsi_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_view dev = kd_after(t, "["), v;
	struct io *s = b->mine;

	if (!kd_starts(t, "sd ") && !kd_starts(t, "sr ") && !kd_starts(t, "scsi "))
		return false;
	dev = kd_view_head(dev, kd_view_chr(dev, ']'));
	if (!goes_on(b, dev))
		return false;
	if ((v = kd_after(t, "FAILED Result: ")).p) {
		if (!s->errors)
			s->only_scsi = true;
		set_device(b, "block", dev);
		if (!kd_builder_get(b, "scsi", "result"))
			kd_builder_str(b, "scsi", "result", v);
		return true;
	}
	if ((v = kd_after(t, "Sense Key : ")).p) {
		kd_builder_str(b, "scsi", "sense_key", kd_view_trim(kd_view_head(v, kd_view_chr(v, '['))));
		if (kd_starts(v, "Medium Error") || kd_starts(v, "Hardware Error"))
			suspect_hardware(b);
		return true;
	}
	if ((v = kd_after(t, "Add. Sense: ")).p)
		kd_builder_str(b, "scsi", "additional_sense", v);
	else if ((v = kd_after(t, "CDB: ")).p)
		kd_builder_str(b, "scsi", "command", v);
	else
		return false;
	return true;
}

/* "nvme0n1: I/O Cmd(0x2) @ LBA 12, 8 blocks, I/O Error (sct 0x2 / sc 0x81) DNR" and timeouts */
static bool nvme_line(struct kd_builder *b, struct kd_view t)
{
	struct kd_view dev = kd_view_head(t, kd_view_chr(t, ':')), v;
	struct io *s = b->mine;
	uint64_t n;

	if (!kd_starts(t, "nvme"))
		return false;
	kd_view_skip(&dev, KD_V("nvme "));
	if (s->device.p && !kd_view_starts(s->device, dev) && !kd_view_starts(dev, s->device))
		return false;
	if (kd_has(t, "Error (sct ")) {
		set_device(b, "block", dev);
		if (kd_num_after(t, "@ LBA ", &n))
			kd_builder_u64(b, "nvme", "lba", n, NULL);
		if (kd_hex_after(t, "(sct ", &n)) {
			kd_builder_hex(b, "nvme", "status_code_type", n);
			if (n == 2) /* NVMe base specification: media and data integrity errors */
				suspect_hardware(b);
		}
		if (kd_hex_after(t, "/ sc ", &n))
			kd_builder_hex(b, "nvme", "status_code", n);
		s->errors++;
		return true;
	}
	if (!kd_has(t, " timeout, ") || !kd_has(t, " QID "))
		return false;
	set_device(b, "block", dev);
	v = kd_after(t, " timeout, ");
	kd_builder_str(b, "nvme", "timeout", v);
	s->errors++;
	return true;
}

bool kd_kind_block_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text);

	if (!io(b) || (b->header_seen && !goes_on(b, KD_VNULL)))
		return false;
	return blk_line(b, t) || buffer_line(b, t) || scsi_line(b, t) || nvme_line(b, t);
}

void kd_kind_block_finish(struct kd_builder *b)
{
	const struct kd_fact *e = kd_builder_get(b, "block", "error"), *sense = kd_builder_get(b, "scsi", "additional_sense");
	const struct io *s = b->mine;
	struct kd_report *r = b->r;
	struct kd_view dev;

	if (!s)
		return;
	dev = s->device;
	kd_builder_u64(b, "block", "errors", s->errors, NULL);
	if (s->has_sector && s->last != s->first)
		kd_builder_u64(b, "block", "last_sector", s->last, NULL);
	r->outcome = r->panicked ? KD_OUT_FATAL : KD_OUT_RECOVERED;
	if (!r->panicked)
		r->outcome_why = KD_V("an I/O error by itself stops nothing");
	if (kd_view_starts(dev, KD_V("fd")) || kd_view_starts(dev, KD_V("sr")) || s->only_scsi) {
		r->tier = KD_TIER_LOW;
		r->tier_why = s->only_scsi ? KD_V("a command failed; no block request is said to be lost")
					   : KD_V("a drive with removable media: an empty one does the same");
	}
	r->owner = KD_OWNER_UNKNOWN;
	r->owner_why = KD_V("device, cable, controller, driver or a device taken away: the text does not tell");
	if (s->hardware) {
		r->owner = KD_OWNER_HARDWARE;
		r->owner_why = kd_arena_printf(b->arena, "the device itself reports it: %.*s",
					       KD_VARG(kd_view_head(kd_view_trim(r->lines[s->hardware_line].text), 140)));
	}
	kd_builder_title(b, "%.*s error on %.*s%s%.*s%s", KD_VARG(e ? e->str : KD_V("I/O")),
			 KD_VARG(dev.n ? dev : KD_V("a device that is not named")), sense ? " (" : "",
			 KD_VARG(sense ? sense->str : KD_VNULL), sense ? ")" : "");
}

/* --- network queues ----------------------------------------------------------------------------- */

/*
 * "NETDEV WATCHDOG: eth0 (e1000e): transmit queue 0 timed out [5000 ms]" inside a WARNING; since
 * 6.3 a line by itself: "e1000e 0000:00:19.0 eth0: NETDEV WATCHDOG: CPU: 1: transmit queue 0 timed
 * out 5000 ms".
 */
bool kd_kind_netdev_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v = kd_after(t, "NETDEV WATCHDOG: "), name;
	uint64_t n;

	if (kd_starts(t, "WARNING: "))
		return kd_kind_bugat_line(b, text);
	if (!v.p || kd_builder_get(b, "netdev", "queue"))
		return false;
	if (kd_view_skip(&v, KD_V("CPU: "))) {
		struct kd_view before = kd_view_head(t, kd_view_find(t, KD_V(": NETDEV WATCHDOG: "))), word;

		if (kd_view_take_dec(&v, &n))
			kd_builder_cpu(b, n);
		if (kd_view_take_word(&before, &word) && before.n) {
			kd_builder_str(b, "netdev", "driver", word);
			kd_view_take_word(&before, &word);
			kd_builder_str(b, "netdev", "bus_address", word);
			kd_view_skip_blank(&before);
		}
		kd_builder_str(b, "netdev", "device", before.n ? kd_view_trim(before) : word);
	} else if (kd_view_take_until(&v, KD_V(" ("), &name)) {
		kd_builder_str(b, "netdev", "device", name);
		kd_builder_str(b, "netdev", "driver", kd_view_head(v, kd_view_chr(v, ')')));
	}
	if (kd_num_after(t, "transmit queue ", &n))
		kd_builder_u64(b, "netdev", "queue", n, NULL);
	if (kd_num_after(t, "timed out ", &n))
		kd_builder_u64(b, "netdev", "timeout", n, "ms");
	return true;
}

void kd_kind_netdev_finish(struct kd_builder *b)
{
	const struct kd_fact *dev = kd_builder_get(b, "netdev", "device"), *drv = kd_builder_get(b, "netdev", "driver"),
			     *q = kd_builder_get(b, "netdev", "queue");
	struct kd_report *r = b->r;

	if (drv) { /* dev_watchdog() is only the timer that noticed */
		r->subsystem = drv->str;
		r->subsystem_why = KD_V("driver that the watchdog names");
	}
	if (!r->panicked) {
		r->outcome = KD_OUT_RECOVERED;
		r->outcome_why = KD_V("the watchdog resets the queue, the kernel goes on");
	}
	kd_builder_title(b, "transmit queue %llu of %.*s timed out%s%.*s%s", q ? (unsigned long long)q->num : 0,
			 KD_VARG(dev ? dev->str : KD_V("a device")), drv ? " (driver " : "",
			 KD_VARG(drv ? drv->str : KD_VNULL), drv ? ")" : "");
}

/* --- sched_ext ------------------------------------------------------------------------------------ */

/* "sched_ext: BPF scheduler "simple" disabled (runtime error)", then "sched_ext: simple: why", a stack. */
bool kd_kind_scx_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v = kd_after(t, "sched_ext: "), name, why;
	size_t close;

	if (!v.p)
		return false;
	if (kd_view_skip(&v, KD_V("BPF scheduler \""))) {
		if (b->phase++ || !kd_view_take_until(&v, KD_V("\""), &name))
			return false;
		kd_builder_str(b, "sched_ext", "scheduler", name);
		why = kd_after(v, "(");
		close = kd_view_rchr(why, ')');
		if (why.p)
			kd_builder_str(b, "sched_ext", "exit", kd_view_head(why, close));
		else
			kd_builder_str(b, "sched_ext", "exit", kd_view_trim(v));
		return true;
	}
	if (kd_builder_get(b, "sched_ext", "message"))
		return false;
	kd_builder_str(b, "sched_ext", "message", v);
	kd_builder_expect_stack(b, KD_STACK_DETECTOR);
	return true;
}

void kd_kind_scx_finish(struct kd_builder *b)
{
	const struct kd_fact *name = kd_builder_get(b, "sched_ext", "scheduler"),
			     *why = kd_builder_get(b, "sched_ext", "exit"), *m = kd_builder_get(b, "sched_ext", "message");
	struct kd_report *r = b->r;

	if (!name)
		return;
	r->owner = KD_OWNER_BPF;
	r->owner_why = kd_arena_printf(b->arena, "the kernel stopped BPF scheduler \"%.*s\" (%.*s): its project owns the fix",
				       KD_VARG(kd_view_head(name->str, 64)),
				       KD_VARG(why ? kd_view_head(why->str, 64) : KD_V("no reason is printed")));
	if (why && kd_has(why->str, "sysrq")) {
		r->owner = KD_OWNER_USER;
		r->owner_why = KD_V("an administrator stopped it (SysRq-S)");
	}
	if (!r->panicked) {
		r->outcome = KD_OUT_RECOVERED;
		r->outcome_why = KD_V("tasks went back to the kernel's own scheduler");
	}
	kd_builder_title(b, "BPF scheduler %.*s stopped%s%.*s%s%.*s", KD_VARG(name->str), why ? ": " : "",
			 KD_VARG(why ? why->str : KD_VNULL), m ? ", " : "", KD_VARG(m ? m->str : KD_VNULL));
}

/* --- Rust ------------------------------------------------------------------------------------------- */

/*
 * "rust_kernel: panicked at drivers/x.rs:12:5:" with the message on the next line, or (rustc
 * before 1.73) "rust_kernel: panicked at 'message', drivers/x.rs:12:5". A BUG() follows.
 */
bool kd_kind_rust_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view t = kd_view_trim(text), v = kd_after(t, "rust_kernel: panicked at "), place;
	struct kd_token k;
	size_t at;

	if (v.p && !b->phase) {
		b->phase = 1;
		place = v;
		at = kd_view_find(v, KD_V("', "));
		if (kd_view_skip(&v, KD_V("'")) && at != KD_NPOS) {
			kd_builder_str(b, "rust", "message", kd_view_head(v, at - 1));
			place = kd_view_from(place, at + 3);
			b->phase = 2;
		}
		if (kd_view_ends(place, KD_V(":")))
			place.n--;
		kd_builder_location(b, kd_view_head(place, kd_view_rchr(place, ':')));
		kd_builder_str(b, "rust", "place", place);
		return true;
	}
	if (b->phase != 1 || !t.n)
		return false;
	b->phase = 2;
	kd_token_parse(text, &k);
	if (k.cls != KD_TOK_OTHER || kd_has(t, "BUG"))
		return false;
	kd_view_skip(&t, KD_V("rust_kernel: "));
	kd_builder_str(b, "rust", "message", t);
	return true;
}

void kd_kind_rust_finish(struct kd_builder *b)
{
	const struct kd_fact *m = kd_builder_get(b, "rust", "message"), *p = kd_builder_get(b, "rust", "place");

	kd_builder_title(b, "Rust panic%s%.*s%s%.*s", p ? " at " : "", KD_VARG(p ? p->str : KD_VNULL), m ? ": " : "",
			 KD_VARG(m ? m->str : KD_VNULL));
}

/* --- firmware, NFS ------------------------------------------------------------------------------------ */

/* arch/x86/platform/efi/quirks.c, efi_crash_gracefully_on_page_fault() */
bool kd_kind_firmware_line(struct kd_builder *b, struct kd_view text)
{
	uint64_t n;

	if (kd_starts(kd_view_trim(text), "WARNING: "))
		return kd_kind_bugat_line(b, text);
	if (!kd_hex_after(text, "caused by firmware at PA: ", &n))
		return kd_has(text, "EFI Runtime Services") || kd_has(text, "efi_rts_wq");
	kd_builder_access(b, n);
	kd_builder_hex(b, "firmware", "physical_address", n);
	return true;
}

/* "nfs: server 10.0.0.1 not responding, still trying" … "nfs: server 10.0.0.1 OK" */
bool kd_kind_nfs_line(struct kd_builder *b, struct kd_view text)
{
	struct kd_view v = kd_after(text, "server "), name;
	struct io *s = io(b);

	if (!s || !v.p || !kd_view_take_word(&v, &name) || !kd_starts(kd_view_trim(text), "nfs"))
		return false;
	v = kd_view_trim(v);
	if (kd_view_eq(v, KD_V("OK"))) {
		if (!kd_view_eq(s->device, name))
			return false;
		s->end_line = b->line;
		kd_builder_bool(b, "nfs", "came_back", true);
		return true;
	}
	if (s->device.p)
		return false;
	s->device = kd_arena_view(b->arena, name);
	kd_builder_str(b, "nfs", "server", name);
	kd_builder_str(b, "nfs", "state", v);
	return true;
}

void kd_kind_nfs_finish(struct kd_builder *b)
{
	const struct io *s = b->mine;
	struct kd_report *r = b->r;

	if (!s)
		return;
	r->owner = KD_OWNER_UNKNOWN;
	r->owner_why = KD_V("the server or the network between did not answer; the text does not tell which");
	if (s->end_line >= 0) {
		r->outcome = KD_OUT_RECOVERED;
		r->outcome_why = KD_V("the server answered again");
		r->outcome_line = s->end_line;
	}
	kd_builder_title(b, "NFS server %.*s does not answer", KD_VARG(s->device));
}
