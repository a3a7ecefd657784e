// SPDX-License-Identifier: GPL-2.0-or-later
/* The kinds of reports: one row each, in match order. See docs/ADDING.md. */
#include "report/kinds_internal.h"

#include "base/alloc.h"

#define P(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Texts of user space and of the kernel's own chatter that only look like reports. */
static const char *const not_bug[] = {
	"ODEBUG:", "DEBUG:", "Boot_DEBUG:", "xlog_status:",
	"no syscalls can create resource", NULL};

static const char *const not_warning[] = {
	"moduli", "workqueue cpumask: online intersect", "mand", "DT_FLAGS_1",
	"Unprivileged eBPF is enabled", "missed to adjust virtual screen size",
	"for mitigation options", "compiled with CPU_SRSO", "EXT4-fs", "deprecated v2 capabilities",
	"wireless extensions", "XFS (", NULL};

static const char *const not_info[] = {
	"lockdep is turned off", "Stall ended before state dump", "NMI handler",
	"recovery required on readonly", "took too long", "not present in /proc/kallsyms",
	"rmt_storage:INFO:", "_INFO:", NULL};

/* The way from an allocation to the report about it. */
static const char *const allocator[] = {
	"^warn_alloc", "^dump_header", "^oom_kill_process", "^out_of_memory", "^__alloc_pages", "^alloc_pages",
	"^__alloc_frozen_pages", "^alloc_frozen_pages", "^mem_cgroup_out_of_memory", "^try_charge", "^charge_memcg",
	"^__mem_cgroup_charge", "^mem_cgroup_oom", "^pagefault_out_of_memory", "^mem_cgroup_charge", "^obj_cgroup_charge",
	"^__get_free_pages", "^kmalloc_", "^__kmalloc", "^kmalloc", "^__vmalloc", "^vmalloc", "^vzalloc", "^kvmalloc",
	"^__kvmalloc", "^folio_alloc", "^__folio_alloc", "^vma_alloc_folio", "^alloc_slab", "^___slab_alloc",
	"^__slab_alloc", "^allocate_slab", "^new_slab", "^kmem_cache_alloc", "^get_free_pages", "^___kmalloc", "^__netdev_alloc", "^netdev_alloc", "^napi_alloc", "^__napi_alloc",
	"^__alloc_skb", "^alloc_skb",
	/* what allocates for everybody: for strings, objects in trees, sockets, files, names of devices, what security modules add */
	"^kmemleak_", "^kstrdup", "^kstrndup", "^kvasprintf", "^kasprintf", "^memdup_", "^xas_nomem", "^xas_alloc", "^radix_tree_node_alloc",
	"^sk_prot_alloc", "^sk_alloc", "^__alloc_file", "^alloc_empty_file", "^usb_alloc_urb", "^dev_set_name", "^kobject_set_name",
	"^security_*alloc", "^lsm_*alloc", "^apparmor_*alloc", "^selinux_*alloc", "^smack_*alloc", NULL};

/* The way from a check to its report. */
static const char *const checker[] = {
	"^debug_print_object", "^debug_check_no_obj", "^__debug_check_no_obj", "^__ubsan_handle", "^ubsan_epilogue",
	"^handle_overflow", "^__list_add_valid", "^__list_del_entry_valid", "^refcount_warn", "^usercopy_abort",
	"^__check_heap_object", "^__check_object_size", "^check_heap_object", "^check_bytes_and_report", "^check_object",
	"^check_slab", "^slab_bug", "^object_err", "^free_to_partial_list", "^free_debug_processing", "^spin_dump",
	"^spin_bug", "^do_raw_spin_", "^__might_resched", "^__might_sleep", "^__schedule_bug", NULL};

#define K(nm, fam, wd, pcc, tr) .name = nm, .family = fam, .words = wd, .pcclass = KD_PCC_##pcc, .tier = KD_TIER_##tr

/* What the file systems share. */
#define FS                                                                                        \
	.alone = true, .tight = true, .rejoins = true, .traced = true, .line = kd_kind_fs_line,     \
	.finish = kd_kind_fs_finish

static const struct kd_kind table[] = {
	{K("kasan", "sanitizer", "KASAN: bad memory access", REPORTER, CRIT), .pats = P("BUG: KASAN:"), .rejoins = true,
	 .line = kd_kind_kasan_line, .finish = kd_kind_kasan_finish},
	{K("kfence", "sanitizer", "KFENCE: bad memory access", REPORTER, CRIT),
	 .pats = P("BUG: KFENCE:"), .rejoins = true, .line = kd_kind_kasan_line, .finish = kd_kind_kasan_finish},
	{K("kmsan", "sanitizer", "KMSAN: use of uninitialised memory", REPORTER, HIGH),
	 .pats = P("BUG: KMSAN:"), .rejoins = true, .line = kd_kind_kasan_line, .finish = kd_kind_kasan_finish},
	{K("kcsan", "sanitizer", "KCSAN: data race", REPORTER, MED), .pats = P("BUG: KCSAN:"),
	 .line = kd_kind_kcsan_line},
	{K("ubsan", "sanitizer", "UBSAN: undefined behaviour", REPORTER, MED), .pats = P("UBSAN:"),
	 .helpers = checker, .line = kd_kind_ubsan_line, .finish = kd_kind_ubsan_finish},
	{K("kasan_hint", "kasan_hint", "KASAN hint", NONE, HIGH),
	 .pats = P("^kasan: GPF could be caused")},
	{K("null_deref", "page_fault", "NULL pointer dereference", FAULTING, CRIT), .oops = true,
	 .pats = P("BUG: unable to handle*NULL pointer dereference", "BUG: kernel NULL pointer dereference",
		   "Unable to handle kernel NULL pointer dereference",
		   "BUG: Kernel NULL pointer dereference", "Kernel attempted to*NULL pointer"),
	 .line = kd_kind_fault_line},
	{K("user_access", "page_fault", "kernel access to user memory", FAULTING, CRIT), .oops = true,
	 .pats = P("Unable to handle kernel access to user memory", "unable to handle kernel access to user memory"),
	 .line = kd_kind_fault_line},
	{K("page_fault", "page_fault", "page fault in the kernel", FAULTING, CRIT), .oops = true,
	 .pats = P("BUG: unable to handle", "Unable to handle kernel", "BUG: Unable to handle",
		   "Kernel attempted to*exploit attempt"),
	 .line = kd_kind_fault_line},
	{K("stack_guard_hit", "stack", "stack guard page hit (stack overflow)", FAULTING, CRIT), .oops = true,
	 .pats = P("BUG: stack guard page was hit", "BUG: IRQ stack guard page was hit",
		   "BUG: TASK stack guard page was hit", "stack guard page was hit at")},
	{K("kernel_stack_overflow", "stack", "kernel stack overflow", FAULTING, CRIT),
	 .pats = P("Insufficient stack space to handle exception", "Kernel stack overflow"),
	 .line = kd_kind_overflow_line, .finish = kd_kind_overflow_finish},
	{K("double_fault", "trap", "double fault", FAULTING, CRIT), .oops = true,
	 .pats = P("PANIC: double fault", "^double fault:", "traps: PANIC: double fault")},
	{K("gpf", "gpf", "general protection fault", FAULTING, CRIT), .oops = true,
	 .pats = P("general protection fault"),
	 .except = P("general protection fault*error:*in ", "general protection fault ip:"),
	 .line = kd_kind_fault_line},
	{K("stack_segment", "trap", "stack segment fault", FAULTING, CRIT), .oops = true,
	 .pats = P("stack segment: ")},
	{K("divide_error", "trap", "divide error", FAULTING, CRIT), .oops = true,
	 .pats = P("divide error:", "divide_error:"), .except = P("trap divide error")},
	{K("int3", "trap", "int3", EXECUTED, HIGH), .oops = true, .pats = P("int3:")},
	{K("list_corruption", "list", "list corruption", TRAP, CRIT),
	 .pats = P("^list_add corruption", "^list_del corruption", "^list_add double add", "^slub: list_"),
	 .helpers = checker, .line = kd_kind_list_line},
	{K("usercopy", "usercopy", "bad usercopy", TRAP, HIGH),
	 .pats = P("^usercopy: Kernel memory", "^usercopy: kernel memory"), .helpers = checker, .line = kd_kind_usercopy_line},
	{K("refcount", "refcount", "reference count misuse", TRAP, HIGH), .pats = P("^refcount_t: "),
	 .helpers = checker, .line = kd_kind_refcount_line},
	{K("odebug", "odebug", "object life-cycle bug", TRAP, HIGH), .pats = P("^ODEBUG: "),
	 .except = P("ODEBUG: Out of memory"), .helpers = checker, .line = kd_kind_odebug_line},
	{K("fortify", "fortify", "buffer overflow found by FORTIFY_SOURCE", TRAP, HIGH),
	 .pats = P("^detected buffer overflow in", "^memcpy: detected field-spanning",
		   /* 6.9 and newer name the function and the sizes */
		   ": detected buffer overflow: ")},
	{K("kernel_bug", "kernel_bug", "kernel BUG", TRAP, CRIT), .oops = true,
	 .pats = P("kernel BUG at", "Kernel BUG at", "kernel BUG [#", "Kernel BUG [#"),
	 .line = kd_kind_bugat_line},
	{K("invalid_opcode", "trap", "invalid opcode", FAULTING, CRIT), .oops = true,
	 .pats = P("invalid opcode:"), .except = P("trap invalid opcode")},
	{K("suspicious_rcu", "lockdep", "suspicious RCU usage", REPORTER, MED),
	 .pats = P("suspicious RCU usage", "suspicious rcu_dereference_check()"), .line = kd_kind_lockdep_line},
	{K("lockdep_circular", "lockdep", "possible circular locking dependency", REPORTER, MED),
	 .pats = P("possible circular locking dependency detected"), .line = kd_kind_lockdep_line},
	{K("lockdep_recursive", "lockdep", "possible recursive locking", REPORTER, MED),
	 .pats = P("possible recursive locking detected"), .line = kd_kind_lockdep_line},
	{K("lockdep_irq_inversion", "lockdep", "possible irq lock inversion", REPORTER, MED),
	 .pats = P("possible irq lock inversion dependency detected", "lock order detected ]",
		   "-safe -> *-unsafe lock order detected"), .line = kd_kind_lockdep_line},
	{K("lockdep_inconsistent", "lockdep", "inconsistent lock state", REPORTER, MED),
	 .pats = P("inconsistent lock state"), .line = kd_kind_lockdep_line},
	{K("lockdep_invalid_wait", "lockdep", "invalid wait context", REPORTER, MED),
	 .pats = P("BUG: Invalid wait context"), .line = kd_kind_lockdep_line},
	{K("lockdep_nested", "lockdep", "nested lock was not taken", REPORTER, MED),
	 .pats = P("Nested lock was not taken", "nested lock was not taken"), .line = kd_kind_lockdep_line},
	{K("bad_unlock_balance", "lockdep", "bad unlock balance", REPORTER, MED),
	 .pats = P("bad unlock balance detected", "bad contention detected"), .line = kd_kind_lockdep_line},
	{K("held_lock_freed", "lockdep", "held lock freed", REPORTER, HIGH),
	 .pats = P("held lock freed"), .line = kd_kind_lockdep_line},
	{K("lock_held_returning", "lockdep", "lock held when returning to user space", REPORTER, MED),
	 .pats = P("lock held when returning to user space"), .line = kd_kind_lockdep_line},
	{K("still_has_locks", "lockdep", "task still has locks held", REPORTER, MED),
	 .pats = P("still has locks held", "still has lock held"), .line = kd_kind_lockdep_line},
	{K("non_static_key", "lockdep", "non-static lock key", REPORTER, LOW),
	 .pats = P("trying to register non-static key"), .line = kd_kind_lockdep_line},
	{K("spinlock", "lock_debug", "spinlock misuse", REPORTER, HIGH),
	 .pats = P("BUG: spinlock", "BUG: rwlock", "BUG: rt_mutex"),
	 .helpers = checker, .line = kd_kind_spinlock_line},
	{K("scheduling_while_atomic", "atomic", "scheduling while atomic", REPORTER, HIGH),
	 .pats = P("BUG: scheduling while atomic"), .helpers = checker, .line = kd_kind_atomic_line},
	{K("sleeping_invalid_context", "atomic", "sleeping in invalid context", REPORTER, MED),
	 .pats = P("BUG: sleeping function called from invalid context"), .helpers = checker, .line = kd_kind_atomic_line},
	{K("preemptible", "atomic", "per-CPU access in preemptible code", REPORTER, MED),
	 .pats = P("BUG: using")},
	{K("soft_lockup", "lockup", "soft lockup", SAMPLED, HIGH), .pats = P("BUG: soft lockup"),
	 .line = kd_kind_hang_line},
	{K("hard_lockup", "lockup", "hard lockup", SAMPLED, CRIT),
	 .pats = P("Watchdog detected hard LOCKUP", "Watchdog CPU:*detected Hard LOCKUP",
		   "Watchdog CPU:*Hard LOCKUP", "BUG: hard lockup"), .line = kd_kind_hang_line},
	{K("rcu_stall", "rcu", "RCU stall", SAMPLED, HIGH),
	 .pats = P("INFO: rcu*detected*stall", "rcu: INFO: rcu*stall"), .except = not_info,
	 .line = kd_kind_rcu_line},
	{K("hung_task", "hang", "hung task", SAMPLED, HIGH), .pats = P("^INFO: task *blocked*for more than"),
	 .line = kd_kind_hang_line},
	{K("task_cant_die", "hang", "task cannot die", SAMPLED, HIGH), .pats = P("^INFO: task *can't die for more than"),
	 .line = kd_kind_hang_line},
	{K("workqueue_lockup", "lockup", "workqueue lockup", NONE, HIGH), .alone = true,
	 .pats = P("BUG: workqueue lockup"),
	 .line = kd_kind_wq_line},
	{K("workqueue_leaked", "atomic", "workqueue leaked lock or atomic", REPORTER, MED),
	 .pats = P("BUG: workqueue leaked")},
	{K("bad_page_state", "memory", "bad page state", REPORTER, CRIT),
	 .pats = P("BUG: Bad page state", "BUG: Bad page cache"), .line = kd_kind_page_line},
	{K("bad_page_map", "memory", "bad page map", REPORTER, CRIT), .pats = P("BUG: Bad page map"),
	 .line = kd_kind_page_line},
	{K("bad_rss_counter", "memory", "bad rss counter", REPORTER, MED), .alone = true,
	 .pats = P("BUG: Bad rss-counter", "BUG: non-zero nr_ptes", "BUG: non-zero nr_pmds",
		   "BUG: non-zero pgtables_bytes")},
	{K("kmemleak", "memory", "memory leak", NONE, LOW), .rejoins = true, .about = KD_STACK_ALLOC,
	 .pats = P("BUG: memory leak", "^unreferenced object 0x", "kmemleak: * new suspected memory leaks"),
	 .helpers = allocator, .line = kd_kind_leak_line, .finish = kd_kind_leak_finish},
	{K("alloc_failure", "memory", "page allocation failure", NONE, MED),
	 .pats = P("page allocation failure: order:", "vmalloc: allocation failure", "vmalloc error: size "),
	 .helpers = allocator, .line = kd_kind_alloc_line, .finish = kd_kind_alloc_finish},
	{K("slab", "slab", "slab corruption", REPORTER, CRIT),
	 .pats = P("BUG * (*ainted*):", "BUG *: Objects remaining", "BUG *: *overwritten", "BUG kmalloc-"),
	 .except = P("BUG: "), .helpers = checker, .line = kd_kind_slab_line, .finish = kd_kind_slab_finish},
	{K("dentry_in_use", "fs", "dentry still in use at unmount", NONE, HIGH), .pats = P("BUG: Dentry")},
	{K("vfs_busy_inodes", "fs", "busy inodes after unmount", NONE, HIGH), .alone = true,
	 .pats = P("VFS: Busy inodes after unmount")},
	{K("vfs_close_count", "fs", "file closed with count 0", NONE, HIGH), .alone = true,
	 .pats = P("VFS: Close: file count is 0")},
	{K("unregister_netdevice", "net", "network device cannot be unregistered", NONE, MED), .alone = true,
	 .pats = P("unregister_netdevice: waiting for")},
	{K("rust_panic", "rust", "Rust panic", TRAP, CRIT), .oops = true, .pats = P("rust_kernel: panicked"),
	 .line = kd_kind_rust_line, .finish = kd_kind_rust_finish},
	{K("netdev_watchdog", "net", "transmit queue timed out", REPORTER, MED), .alone = true,
	 .pats = P("NETDEV WATCHDOG: "), .line = kd_kind_netdev_line, .finish = kd_kind_netdev_finish},
	{K("firmware_fault", "firmware", "page fault in the firmware", FAULTING, HIGH), .owner = KD_OWNER_FIRMWARE,
	 .pats = P("Page fault caused by firmware at PA: "), .line = kd_kind_firmware_line},
	{K("ghes", "hardware", "hardware error from the firmware", IMPRECISE, MED), .owner = KD_OWNER_HARDWARE,
	 .alone = true, .tight = true, .rejoins = true, .line = kd_kind_ghes_line, .finish = kd_kind_hw_finish,
	 .pats = P("[Hardware Error]: Hardware error from APEI Generic Hardware Error Source", "[Hardware Error]: event severity: ",
		   "[Hardware Error]: Error records from previous boot", "BERT: Error records from previous boot")},
	{K("mce", "hardware", "machine check", IMPRECISE, MED), .owner = KD_OWNER_HARDWARE, .alone = true,
	 .tight = true, .rejoins = true, .line = kd_kind_mce_line, .finish = kd_kind_mce_finish,
	 .pats = P("[Hardware Error]: CPU *: Machine Check", "[Hardware Error]: CPU:*_STATUS[",
		   "[Hardware Error]: Machine check: ", "[Hardware Error]: Machine check events logged",
		   "[Hardware Error]: Corrected error, no action", "[Hardware Error]: Deferred error, no action",
		   "[Hardware Error]: Uncorrected, software", "[Hardware Error]: System Fatal error",
		   "^CPU *: Machine Check Exception: * Bank ", "MCE: CPU*: machine check (")},
	{K("machine_check", "hardware", "machine check in the kernel", IMPRECISE, CRIT), .owner = KD_OWNER_HARDWARE, .oops = true,
	 .pats = P("Machine check in kernel mode")},
	{K("edac", "hardware", "memory controller error", IMPRECISE, MED), .owner = KD_OWNER_HARDWARE,
	 .alone = true, .tight = true, .rejoins = true, .line = kd_kind_edac_line, .finish = kd_kind_hw_finish,
	 .pats = P("^EDAC *: * CE ", "^EDAC *: * UE ")},
	{K("pcie_aer", "hardware", "PCIe error", IMPRECISE, MED), .owner = KD_OWNER_HARDWARE, .alone = true,
	 .tight = true, .rejoins = true, .line = kd_kind_aer_line, .finish = kd_kind_hw_finish,
	 .pats = P("AER: *rror* received", "PCIe Bus Error: severity=")},
	{K("panic", "panic", "kernel panic", NONE, CRIT), .alone = true,
	 .pats = P("Kernel panic - not syncing", "Kernel panic: "), .line = kd_kind_panic_line,
	 .except = P("end Kernel panic")},
	{K("oom_kill", "oom", "out-of-memory kill", NONE, MED), .pats = P("invoked oom-killer:"),
	 .helpers = allocator, .line = kd_kind_oom_line, .finish = kd_kind_oom_finish},
	{K("ext4_error", "fs_error", "EXT4 error", NONE, HIGH), FS, .pats = P("EXT4-fs error (device", "EXT3-fs error (device")},
	{K("xfs_error", "fs_error", "XFS error", NONE, HIGH), FS,
	 .pats = P("XFS (*Corruption", "XFS (*xfs_do_force_shutdown", "XFS (*Internal error", "XFS (*corruption detected",
		   "XFS (*Shutting down filesystem", "XFS (*etadata I/O error")},
	{K("btrfs_error", "fs_error", "BTRFS error", NONE, HIGH), FS,
	 .pats = P("BTRFS: error (device", "BTRFS critical (device")},
	{K("btrfs_message", "fs_error", "BTRFS error message", NONE, LOW), FS, .pats = P("BTRFS error (device")},
	{K("f2fs_error", "fs_error", "F2FS error", NONE, HIGH), FS,
	 .pats = P("F2FS-fs (*Stopped filesystem due to reason", "F2FS-fs (*orrupted", "F2FS-fs (*nconsistent")},
	{K("jbd2_abort", "fs_error", "journal aborted", NONE, HIGH), FS,
	 .pats = P("^Aborting journal on device ", "^JBD2: Detected IO errors", "^JBD2: Error -")},
	{K("block_error", "storage", "I/O error of a block device", NONE, MED), .alone = true, .tight = true,
	 .rejoins = true, .line = kd_kind_block_line, .finish = kd_kind_block_finish,
	 .pats = P(" error, dev *, sector ", "Buffer I/O error on dev", "^sd *] *FAILED Result: ",
		   "^nvme*: I/O * QID * timeout, ", "^nvme*Error (sct ")},
	{K("nfs_server", "net_fs", "NFS server does not answer", NONE, LOW), .alone = true, .tight = true,
	 .line = kd_kind_nfs_line, .finish = kd_kind_nfs_finish,
	 .pats = P("^nfs: server *not responding", "^nfs: server *timed out")},
	{K("sched_ext", "bpf", "BPF scheduler stopped", NONE, MED), .owner = KD_OWNER_BPF, .alone = true,
	 .tight = true, .traced = true, .line = kd_kind_scx_line, .finish = kd_kind_scx_finish,
	 .pats = P("sched_ext: BPF scheduler*disabled", "sched_ext: BPF scheduler*errored"),
	 .except = P("(unregistered from ")},
	{K("serror", "unhandled_fault", "asynchronous error from the bus (SError)", IMPRECISE, CRIT), .oops = true,
	 .pats = P("SError Interrupt on CPU"), .finish = kd_kind_serror_finish},
	{K("unhandled_fault", "unhandled_fault", "unhandled fault", FAULTING, CRIT), .oops = true,
	 .pats = P("Unhandled fault:", "Unhandled prefetch abort:", "Alignment trap:", "Unhandled kernel unaligned access",
		   "Bad mode in ", "bad: scheduling from")},
	{K("oops", "oops", "oops", FAULTING, CRIT), .oops = true,
	 .pats = P("Internal error: ", "^Oops: ", "^Oops[#", "^Oops - ", "^Oops [#", "illegal operation:", "specification exception:")},
	{K("unexpected_reboot", "reboot", "unexpected reboot", NONE, NONE), .infrastructure = true, .alone = true,
	 .pats = P("Booting the kernel."), .except = P("Parsing ELF", "Decompressing Linux", "Unknown parameter '", "BUG:")},
	{K("syz_failure", "syz", "fuzzer failure", NONE, NONE), .infrastructure = true, .alone = true,
	 .pats = P("SYZFAIL:", "SYZFATAL:")},
	{K("user_panic", "syz", "user-space panic", NONE, NONE), .infrastructure = true, .alone = true,
	 .pats = P("panic: ", "fatal error: ", "trusty: panic"), .except = P("_panic:", "xlog_status:", "ddb.onpanic:", "evtlog_status:", "ALSA", "cannot create timer", "Kernel panic", "PANIC")},
	{K("locking_bug", "lockdep", "lock checker bug", REPORTER, MED), .pats = P("WARNING: * at kernel/locking/lockdep.c")},
	/* arch/x86/kernel/unwind_frame.c */
	{K("stack_unwind", "stack", "stack that cannot be unwound", NONE, LOW), .alone = true,
	 .pats = P("WARNING: kernel stack regs at ", "WARNING: kernel stack frame pointer at ")},
	{K("warning", "warning", "kernel warning", TRAP, MED),
	 .pats = P("WARNING: CPU: * at ", "WARNING: at ", "WARNING: * at *+0x", "WARNING: *.c:* at ", "------ WARNING"), .except = not_warning,
	 .line = kd_kind_bugat_line},
	{K("bug_other", "bug", "BUG", REPORTER, HIGH), .pats = P("^BUG:", "^[ BUG:", "]: BUG:"), .except = not_bug, .alone = true},
	{K("warning_other", "warning", "kernel warning", REPORTER, LOW), .pats = P("^WARNING:", "]: WARNING:"),
	 .except = not_warning, .needs_trace = true},
	{K("info_other", "info", "kernel notice with a trace", REPORTER, LOW), .pats = P("INFO:"),
	 .except = not_info, .needs_trace = true},
	/* Last: what nobody knows, but looks like a report; see also orphan() of scan.c. */
	{K("unknown", "unknown", "report of no known kind", NONE, MED), .needs_trace = true, .weak = true,
	 .pats = P("[ cut here ]", "[#1]", "[#2]", "[#3]"), .finish = kd_kind_unknown_finish},
	{.name = NULL},
};

const struct kd_kind *kd_kinds(void)
{
	return table;
}

bool kd_pattern_fits(const char *pattern, struct kd_view text)
{
	bool anchored = *pattern == '^';

	if (anchored) {
		kd_view_skip_blank(&text);
		pattern++;
	}
	while (*pattern) {
		const char *star = strchr(pattern, '*');
		size_t n = star ? (size_t)(star - pattern) : strlen(pattern);
		struct kd_view piece = kd_view(pattern, n);
		size_t at = kd_view_find(text, piece);

		if (at == KD_NPOS || (anchored && at))
			return false;
		anchored = false;
		text = kd_view_from(text, at + n);
		if (!star)
			break;
		pattern = star + 1;
	}
	return true;
}

static bool any_fits(const char *const *pats, struct kd_view text)
{
	for (; pats && *pats; pats++)
		if (kd_pattern_fits(*pats, text))
			return true;
	return false;
}

const struct kd_kind *kd_kind_match(struct kd_view text)
{
	for (const struct kd_kind *k = table; k->name; k++)
		if (any_fits(k->pats, text) && !any_fits(k->except, text))
			return k;
	return NULL;
}

bool kd_kind_is(const struct kd_kind *kind, const char *name_or_family)
{
	return !strcmp(kind->name, name_or_family) || !strcmp(kind->family, name_or_family);
}

const struct kd_kind *kd_kind_by_name(struct kd_view name)
{
	for (const struct kd_kind *k = table; k->name; k++)
		if (kd_view_eq(name, kd_view_of(k->name)))
			return k;
	return NULL;
}
